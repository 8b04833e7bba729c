"""The verbs on hypotheses. They take a session first, decide and write, and never commit.

What the reader rules on a cell settles its open hypotheses while the ruling is in force; nothing is
written for that, so that a ruling withdrawn or undone leaves them as they were.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement
from sqlmodel import Session

from app.comparison.cells import claim_service
from app.comparison.rules import ClaimInput, ClaimPatch
from app.errors import N_, Invalid, Message, NotFound, check_version
from app.hypotheses import queries
from app.hypotheses.queries import HeldRow, Pair, ShownClaim, Term
from app.hypotheses.ranking import Fit, Ground, Rank, rank_hypothesis
from app.hypotheses.rules import (
    SETTLED_BY,
    STANCES_OF,
    TEXTS,
    HypothesisInput,
    check_hypothesis,
    claimed_stance,
)
from app.kit.text import tidy_line
from app.kit.trees import list_ancestors, list_descendants, preorder
from app.models import (
    OPEN,
    Basis,
    Benchmark,
    BenchmarkCategory,
    Bilingual,
    Claim,
    Correspondence,
    Effort,
    Hypothesis,
    HypothesisState,
    Issue,
    Note,
    Precondition,
    Ruling,
    Source,
    Technique,
    utc_now,
)
from app.notes import service as notes

NOTES_OFFERED = 100


@dataclass(frozen=True)
class RankedHypothesis:
    """A hypothesis with what it names and where it stands.

    `shown` are the claims of its technique in the source field, `against` the numbers of those in
    its cell that say it was tried and did not help. `ruling` is the reader's on the cell, where it
    settles the hypothesis. `cell_url` is empty where no comparison shows the cell. `line` is the
    first paragraph of its mechanism, on one line.
    """

    held: Hypothesis
    technique: Technique
    issue: Issue
    category: BenchmarkCategory | None
    benchmark: Benchmark | None
    correspondence: Correspondence | None
    shown: list[ShownClaim]
    against: list[int]
    ruling: Ruling | None
    rank: Rank
    cell_url: str
    line: Bilingual

    @property
    def state(self) -> HypothesisState:
        return SETTLED_BY[self.ruling.stance] if self.ruling else self.held.state

    @property
    def result(self) -> str:
        return self.ruling.rationale if self.ruling else self.held.result

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def precondition_state(self) -> Precondition:
        return Precondition.CONTRADICTED if self.against else self.held.precondition_state

    @property
    def mechanism(self) -> Bilingual:
        return Bilingual(self.held.mechanism, self.held.mechanism_zh)

    @property
    def precondition(self) -> Bilingual:
        return Bilingual(self.held.precondition, self.held.precondition_zh)

    @property
    def expected(self) -> Bilingual:
        return Bilingual(self.held.expected, self.held.expected_zh)

    @property
    def refuted_by(self) -> Bilingual:
        return Bilingual(self.held.refuted_by, self.held.refuted_by_zh)

    @property
    def test(self) -> Bilingual:
        return Bilingual(self.held.test, self.held.test_zh)


@dataclass(frozen=True)
class ListedHypotheses:
    """The open ones, most promising first, and the ledger of those that were tried, newest first.
    `total` counts both; `all` is how many the library has, whatever was asked for."""

    open: list[RankedHypothesis]
    ledger: list[RankedHypothesis]
    all: int

    @property
    def total(self) -> int:
        return len(self.open) + len(self.ledger)

    @property
    def every(self) -> list[RankedHypothesis]:
        return [*self.open, *self.ledger]


def list_hypotheses(
    session: Session, *, technique: str = "", issue: str = "", state: str = ""
) -> ListedHypotheses:
    """The hypotheses on a technique, on an issue, or on what is below them, in a state.

    They are read whole, for their order follows from many tables: a constant number of statements,
    some hundreds of rows.
    """
    conditions = [queries.is_kept()]
    vocabularies: tuple[tuple[Term, str], ...] = ((Technique, technique), (Issue, issue))
    for vocabulary, slug in vocabularies:
        if slug:
            conditions.append(_on_branch(session, vocabulary, slug))
    found = _ranked(session, queries.select_hypotheses(session, *conditions))
    listed = _listed([each for each in found if state in ("", each.state)])
    return ListedHypotheses(*listed, queries.count_hypotheses(session))


def _on_branch(session: Session, vocabulary: Term, slug: str) -> ColumnElement[bool]:
    branches = queries.select_branches(session, vocabulary)
    parents = {each.id: each.parent_id for each in branches}
    roots = [each.id for each in branches if each.slug == slug]
    return queries.on_terms(vocabulary, list_descendants(parents, roots))


def _listed(
    found: Sequence[RankedHypothesis],
) -> tuple[list[RankedHypothesis], list[RankedHypothesis]]:
    first = sorted(
        (each for each in found if each.is_open), key=lambda each: (-each.rank.value, each.held.id)
    )
    tried = [each for each in found if not each.is_open]
    tried.sort(key=lambda each: (each.held.updated_at, each.held.id), reverse=True)
    return first, tried


def hypotheses_of_cell(
    session: Session, technique_id: int, issue_id: int
) -> list[RankedHypothesis]:
    """The hypotheses of a cell: the open ones, most promising first, then those that were tried."""
    found = queries.select_hypotheses(
        session, queries.is_kept(), queries.in_cell(technique_id, issue_id)
    )
    first, tried = _listed(_ranked(session, found))
    return [*first, *tried]


def hypotheses_of_terms(
    session: Session, vocabulary: Term, ids: Collection[int]
) -> list[RankedHypothesis]:
    """The hypotheses on these techniques, or issues, in the same order; one statement where there
    are none."""
    found = queries.select_hypotheses(session, queries.is_kept(), queries.on_terms(vocabulary, ids))
    first, tried = _listed(_ranked(session, found))
    return [*first, *tried]


def list_untried_cells(session: Session, comparison_id: int) -> dict[Pair, HypothesisState]:
    """The cells of a comparison that nothing was shown in and nobody ruled on, with a hypothesis to
    be tried: `testing` where one is being tried, else `idea`. One statement."""
    return queries.untried_cells(session, comparison_id)


def list_deleted(session: Session) -> list[HeldRow]:
    """What was deleted and can be brought back."""
    return queries.select_hypotheses(session, queries.is_deleted())


def get_hypothesis(session: Session, number: int) -> RankedHypothesis:
    """Raises NotFound where there is none of this number, or it was deleted."""
    found = _held(session, number)
    return _ranked(session, [found])[0]


def _held(session: Session, number: int) -> HeldRow:
    found = queries.hypothesis_by_id(session, number)
    if found is None:
        raise NotFound(N_("There is no hypothesis {number}."), number=number)
    if found.hypothesis.trashed_at:
        raise NotFound(
            N_("Hypothesis {number} was deleted. The list of hypotheses brings it back."),
            number=number,
        )
    return found


def _ranked(session: Session, found: Sequence[HeldRow]) -> list[RankedHypothesis]:
    """The same with their ranks, in a constant number of statements; none where there are none."""
    if not found:
        return []
    pairs = {(each.technique.id, each.issue.id) for each in found}
    shown: dict[int, list[ShownClaim]] = {}
    for claim in queries.claims_in_source(session, {row for row, _ in pairs}):
        shown.setdefault(claim.technique_id, []).append(claim)
    against = queries.claims_against(session, pairs)
    rulings = queries.settling_rulings(session, pairs)
    comparisons = queries.showing(session, pairs)
    fits = _fits(session, found)
    begun = [(row.hypothesis.mechanism, row.hypothesis.mechanism_zh) for row in found]
    firsts = [Bilingual(*(text.partition("\n\n")[0] for text in each)) for each in begun]
    ranked = []
    for row, line in zip(found, notes.make_snippets(session, firsts), strict=True):
        held = row.hypothesis
        pair = (row.technique.id, row.issue.id)
        speaking = [each for each in against.get(pair, ()) if each != held.claim_id]
        ruling = rulings.get(pair)
        settles = held.state in OPEN and ruling is not None and ruling.stance in SETTLED_BY
        ground = Ground(
            shown=[(each.stance, each.confidence) for each in shown.get(row.technique.id, ())],
            fit=fits.get(held.id),
            precondition=Precondition.CONTRADICTED
            if speaking
            else Precondition(held.precondition_state),
            size=row.category.size if row.category else None,
            cost=held.cost,
        )
        slug = comparisons.get(pair)
        ranked.append(
            RankedHypothesis(
                *row,
                shown=shown.get(row.technique.id, []),
                against=speaking,
                ruling=ruling if settles else None,
                rank=rank_hypothesis(ground),
                cell_url=f"/comparisons/{slug}/{row.technique.slug}/{row.issue.slug}"
                if slug
                else "",
                line=line,
            )
        )
    return ranked


def _fits(session: Session, found: Sequence[HeldRow]) -> dict[int, Fit]:
    """How far the correspondence of each hypothesis goes for it; what is above a term counts."""
    named = {each.correspondence.id for each in found if each.correspondence}
    if not named:
        return {}
    techniques, issues = queries.ties_of(session, named)
    above: list[dict[int, int | None]] = [
        {each.id: each.parent_id for each in queries.select_branches(session, vocabulary)}
        for vocabulary in (Technique, Issue)
    ]

    def is_tied(parents: Mapping[int, int | None], term: int, ties: Iterable[int]) -> bool:
        return not {term, *list_ancestors(parents, term)}.isdisjoint(ties)

    return {
        each.hypothesis.id: Fit(
            carries=any(each.correspondence.carries),
            breaks=any(each.correspondence.breaks),
            of_technique=is_tied(
                above[0], each.technique.id, techniques.get(each.correspondence.id, ())
            ),
            of_issue=is_tied(above[1], each.issue.id, issues.get(each.correspondence.id, ())),
        )
        for each in found
        if each.correspondence
    }


# --- What can be named ---


@dataclass(frozen=True)
class HypothesisChoices:
    """What a hypothesis can name."""

    techniques: list[tuple[Technique, int]]
    issues: list[tuple[Issue, int]]
    categories: list[tuple[BenchmarkCategory, Benchmark]]
    correspondences: list[Correspondence]


def list_nameable(session: Session) -> HypothesisChoices:
    return HypothesisChoices(
        preorder(queries.nameable_techniques(session)),
        preorder(queries.nameable_issues(session)),
        queries.select_slices(session),
        queries.all_correspondences(session),
    )


@dataclass(frozen=True)
class Speaker:
    """A claim that may contradict a precondition, with its cell."""

    claim: Claim
    technique: Technique
    issue: Issue


def list_speakers(session: Session, held: Hypothesis) -> tuple[list[Speaker], list[Note]]:
    """The claims on the technique or the issue of a hypothesis, and the notes written last, with
    those that it names: what may contradict its precondition."""
    claims = queries.claims_near(
        session, held.technique_id, held.issue_id, held.contradicting_claim_id
    )
    noted = queries.select_offered_notes(session, limit=NOTES_OFFERED)
    if held.contradicting_note_id and all(each.id != held.contradicting_note_id for each in noted):
        named = queries.note_by_id(session, held.contradicting_note_id)
        noted += [named] if named else []
    return [Speaker(*row) for row in claims], noted


def hypothesis_as_input(row: RankedHypothesis) -> HypothesisInput:
    """A hypothesis as it would be typed, for its form and for partial changes."""
    names = row.technique, row.issue, row.category, row.benchmark, row.correspondence
    return _as_input(HeldRow(row.held, *names))


def _as_input(row: HeldRow) -> HypothesisInput:
    held = row.hypothesis
    return HypothesisInput(
        technique=row.technique.slug,
        issue=row.issue.slug,
        benchmark=row.benchmark.slug if row.benchmark else None,
        category=row.category.code if row.category else None,
        correspondence=row.correspondence.slug if row.correspondence else None,
        precondition_state=Precondition(held.precondition_state),
        contradicting_claim=held.contradicting_claim_id,
        contradicting_note=held.contradicting_note_id,
        cost=Effort(held.cost),
        state=HypothesisState(held.state),
        result=held.result,
        **{name: getattr(held, name) for name in TEXTS},
    )


# --- What it said before ---


def _state(row: HeldRow) -> dict[str, JsonValue]:
    """What a hypothesis says, by the names that JSON has for it."""
    said = _as_input(row).model_dump(mode="json", exclude={"stance", "confidence"})
    return {**said, "claim": row.hypothesis.claim_id}


def _remember(session: Session, held: Hypothesis, before: Mapping[str, JsonValue]) -> None:
    """Writes down what a change took the place of."""
    row = queries.hypothesis_by_id(session, held.id)
    after = _state(row) if row else {}
    was = {name: value for name, value in before.items() if value != after.get(name)}
    if was:
        held.earlier = [*held.earlier, {"at": utc_now().isoformat(), "was": was}]


@dataclass(frozen=True)
class HypothesisChange:
    """A change of a hypothesis: of each field that it changed, what it said before and after."""

    at: datetime
    differences: list[tuple[str, JsonValue, JsonValue]]


def list_earlier(row: RankedHypothesis) -> list[HypothesisChange]:
    """What was changed of a hypothesis, the newest first."""
    held = row.held
    names = row.technique, row.issue, row.category, row.benchmark, row.correspondence
    after = _state(HeldRow(held, *names))
    found = []
    for each in reversed(held.earlier):
        was = each["was"]
        if isinstance(was, dict):
            differences = [(name, value, after.get(name)) for name, value in was.items()]
            found.append(HypothesisChange(datetime.fromisoformat(str(each["at"])), differences))
            after = {**after, **was}
    return found


# --- Writing ---


def create_hypothesis(session: Session, given: HypothesisInput) -> Hypothesis:
    """A new hypothesis; one that was tried already makes its claim.

    Raises Invalid with a message for every field that cannot be saved.
    """
    made = Hypothesis(technique_id=0, issue_id=0, mechanism="")
    _write(session, made, check_hypothesis(given))
    return made


def update_hypothesis(
    session: Session, held: Hypothesis, given: HypothesisInput, *, version: int | None = None
) -> None:
    """`held` as `given` says. One that is found to hold or to fail becomes a claim on its cell,
    with basis `target`, in the same transaction.

    Raises:
        Stale: `version` is not its version any more.
        Invalid: as for a new one.
    """
    check_version(held.version, version)
    checked = check_hypothesis(given)
    row = queries.hypothesis_by_id(session, held.id)
    before = _state(row) if row else {}
    _write(session, held, checked)
    _remember(session, held, before)
    held.version += 1
    held.updated_at = utc_now()
    session.flush()


def trash_hypothesis(session: Session, held: Hypothesis, *, version: int | None = None) -> None:
    """Raises Stale where `version` is not its version any more."""
    check_version(held.version, version)
    held.trashed_at = utc_now()
    held.version += 1
    session.flush()


def restore_hypothesis(session: Session, number: int) -> Hypothesis:
    """Brings back what was deleted. Raises NotFound where there is none of this number."""
    found = queries.hypothesis_by_id(session, number)
    if found is None:
        raise NotFound(N_("There is no hypothesis {number}."), number=number)
    if found.hypothesis.trashed_at:
        found.hypothesis.trashed_at = None
        found.hypothesis.version += 1
        session.flush()
    return found.hypothesis


def delete_hypothesis(session: Session, number: int) -> None:
    """For good, what was deleted before. Raises NotFound where nothing deleted has this number."""
    found = queries.hypothesis_by_id(session, number)
    if found is None or found.hypothesis.trashed_at is None:
        raise NotFound(N_("There is no hypothesis {number}."), number=number)
    session.delete(found.hypothesis)
    session.flush()


@dataclass(frozen=True)
class _Named:
    technique_id: int
    issue_id: int
    category_id: int | None
    correspondence_id: int | None


def _write(session: Session, held: Hypothesis, given: HypothesisInput) -> None:
    named = _resolve(session, held, given)
    was_state, was_result = held.state, held.result
    held.technique_id, held.issue_id = named.technique_id, named.issue_id
    held.category_id, held.correspondence_id = named.category_id, named.correspondence_id
    held.contradicting_claim_id = given.contradicting_claim
    held.contradicting_note_id = given.contradicting_note
    for name in (*TEXTS, "precondition_state", "cost", "state", "result"):
        setattr(held, name, getattr(given, name))
    session.add(held)
    session.flush()
    if held.state in STANCES_OF and (was_state, was_result) != (held.state, held.result):
        _claim(session, held, given, was_state, was_result)


def _claim(
    session: Session,
    held: Hypothesis,
    given: HypothesisInput,
    was_state: HypothesisState,
    was_result: str,
) -> None:
    """What came of the test, as a claim on the cell. The claim that it made before is changed, but
    for a rationale that the reader has since written anew."""
    stance = claimed_stance(given)
    if held.claim_id is not None:
        claim = claim_service.get_claim(session, held.claim_id)
        if was_state != held.state or claim.rationale == was_result:
            patch = ClaimPatch(rationale=held.result)
            if was_state != held.state or given.stance:
                patch = ClaimPatch(rationale=held.result, stance=stance, basis=Basis.TARGET)
            claim_service.update_claim(session, claim, patch)
    elif was_state != held.state:
        claim = claim_service.add_claim(
            session,
            (held.technique_id, held.issue_id),
            ClaimInput(
                stance=stance,
                confidence=given.confidence,
                source=Source.OWN,
                basis=Basis.TARGET,
                rationale=held.result,
            ),
        )
        held.claim_id = claim.id
    session.flush()


def _resolve(session: Session, held: Hypothesis, given: HypothesisInput) -> _Named:
    """What a hypothesis names, found in the library; Invalid says what there is none of."""
    errors: dict[str, Message] = {}
    technique = queries.named_technique(session, tidy_line(given.technique))
    issue = queries.named_issue(session, tidy_line(given.issue))
    if technique is None:
        errors["technique"] = Message.of(
            N_("There is no technique {slug}: it was removed, renamed or joined to another."),
            slug=tidy_line(given.technique)[:80],
        )
    if issue is None:
        errors["issue"] = Message.of(
            N_("There is no issue {slug}: it was removed, renamed or joined to another."),
            slug=tidy_line(given.issue)[:80],
        )
    cell = (technique.id, issue.id) if technique and issue else None
    if cell and held.claim_id is not None and cell != (held.technique_id, held.issue_id):
        errors["technique"] = Message.of(
            N_("It was tried, and its claim stands in its cell. Make a new one for another.")
        )
    correspondence = None
    if given.correspondence:
        correspondence = queries.named_correspondence(session, given.correspondence)
        if correspondence is None:
            errors["correspondence"] = Message.of(
                N_("There is no correspondence {slug}."), slug=tidy_line(given.correspondence)[:80]
            )
    category = _category(session, given, errors)
    _check_speakers(session, held, given, errors)
    if errors or technique is None or issue is None:
        raise Invalid(errors)
    return _Named(
        technique.id,
        issue.id,
        category.id if category else None,
        correspondence.id if correspondence else None,
    )


def _category(
    session: Session, given: HypothesisInput, errors: dict[str, Message]
) -> BenchmarkCategory | None:
    if not given.category:
        return None
    found = [
        (category, benchmark)
        for category, benchmark in queries.select_slices(session)
        if category.code == given.category and given.benchmark in (None, "", benchmark.slug)
    ]
    if len(found) == 1:
        return found[0][0]
    if found:
        errors["category"] = Message.of(
            N_("Several benchmarks have a category {code}: {slugs}. Say which."),
            code=given.category[:80],
            slugs=", ".join(benchmark.slug for _, benchmark in found),
        )
    else:
        errors["category"] = Message.of(
            N_("No benchmark has a category {code}."), code=given.category[:80]
        )
    return None


def _check_speakers(
    session: Session, held: Hypothesis, given: HypothesisInput, errors: dict[str, Message]
) -> None:
    """What contradicts the precondition is named, and is there; one marked so before whose claim or
    note is gone stays as it is."""
    if given.precondition_state != Precondition.CONTRADICTED:
        return
    claim, note = given.contradicting_claim, given.contradicting_note
    if claim is None and note is None and held.precondition_state != Precondition.CONTRADICTED:
        errors["precondition_state"] = Message.of(
            N_("Name the claim or the note that speaks against it.")
        )
    if claim is not None and queries.named_claim(session, claim) is None:
        errors["contradicting_claim"] = Message.of(N_("There is no claim {number}."), number=claim)
    is_new = note is not None and note != held.contradicting_note_id
    if is_new and note and queries.note_by_id(session, note) is None:
        errors["contradicting_note"] = Message.of(N_("There is no note {number}."), number=note)
