"""The history of cells: written as the rows change (`FOLLOWER`), read as of a time, taken back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, col

from app.changes import Changes, Follower
from app.comparison import queries
from app.comparison.history.snapshots import ClaimState, EvidenceState, RulingState
from app.comparison.queries import Pair
from app.errors import N_, Conflict, Invalid, NotFound
from app.kit.batches import batches
from app.models import (
    Basis,
    CellChange,
    Claim,
    Confidence,
    Evidence,
    Polarity,
    Ruling,
    Source,
    Stance,
    Subject,
    utc_now,
)
from app.models.stances import SaidByClaim

_INFO = "cells_said"
_BATCH = 500  # ids one statement names
_FIRST_YEAR = 1900
_LOOKED_AT = 40  # changes, among which are those of few cells


class RecentChange(NamedTuple):
    """A cell's last change: what it came to say (or said, where that is gone), and the slug of the
    first comparison that shows the cell, "" where none does."""

    change: CellChange
    comparison: str
    stance: str
    rationale: str

    @property
    def url(self) -> str:
        technique, issue = self.change.technique.slug, self.change.issue.slug
        if self.comparison:
            return f"/comparisons/{self.comparison}/{technique}/{issue}"
        return f"/techniques/{technique}"


@dataclass
class _Said:
    """What a transaction says of its changes."""

    why: str = ""
    by: str = ""
    undoes: int | None = None


def annotate(session: Session, *, why: str = "", by: str = "", undoes: int | None = None) -> None:
    """Why, and by what, this transaction changes cells: kept with every change that it makes."""
    session.info[_INFO] = _Said(why, by, undoes)


def record_changes(session: Session, changes: Changes) -> None:
    """Write what this transaction changed of claims and rulings."""
    said: _Said = session.info.pop(_INFO, _Said())
    claims = {number for (number,) in changes.values("evidence", "claim_id")}
    made: list[CellChange] = []
    for batch in batches(sorted(claims | changes.ids("claim")), _BATCH):
        made += _claims_changed(session, batch)
    rulings = changes.values("ruling", "technique_id", "issue_id")
    for cells in batches(sorted((row, column) for row, column in rulings), _BATCH):
        made += _rulings_changed(session, cells)
    for change in made:
        change.why, change.by, change.undoes = said.why, said.by, said.undoes
    if made:
        session.execute(insert(CellChange), [change.model_dump(exclude={"id"}) for change in made])


FOLLOWER = Follower(
    "history",
    record_changes,
    {
        "claim": ["id"],
        "evidence": ["claim_id"],
        "ruling": ["technique_id", "issue_id"],
    },
)


def find_unrecorded(session: Session) -> Iterator[CellChange]:
    """What claims and rulings say, or that they are gone, where the history says otherwise: the
    changes that are missing from it.

    How a paper or note is called now does not count: its renaming is no change of a cell.
    """
    for batch in batches(queries.claims_ever(session), _BATCH):
        yield from filter(_is_news, _claims_changed(session, batch))
    for cells in batches(queries.cells_ever_ruled(session), _BATCH):
        yield from filter(_is_news, _rulings_changed(session, cells))


def _is_news(change: CellChange) -> bool:
    before, after = _without_names(change.before), _without_names(change.after)
    if before and after and before.get("basis") is None:  # from before claims had one
        after = {**after, "basis": None}
    return before != after


def _without_names(state: Mapping[str, JsonValue] | None) -> dict[str, JsonValue] | None:
    """A state with what those before it did not know yet."""
    if state is None:
        return None
    if "evidence" not in state:
        return _dump(RulingState.model_validate(state))
    return ClaimState.model_validate(state).model_dump(
        mode="json", exclude={"evidence": {"__all__": {"name"}}}
    )


def _claims_changed(session: Session, ids: Sequence[int]) -> Iterator[CellChange]:
    last = queries.last_changes(session, col(CellChange.claim_id).in_(ids))
    before = {change.claim_id: change for change in last}
    claims = {claim.id: claim for claim in queries.claims_by_id(session, ids)}
    for claim_id in ids:
        claim, earlier = claims.get(claim_id), before.get(claim_id)
        after = _dump(claim_state(claim)) if claim else None
        said = earlier.after if earlier else None
        cell = claim or earlier
        if cell and said != after:
            yield CellChange(
                technique_id=cell.technique_id,
                issue_id=cell.issue_id,
                subject=Subject.CLAIM,
                claim_id=claim_id,
                before=said,
                after=after,
            )


def _rulings_changed(session: Session, cells: Sequence[Pair]) -> Iterator[CellChange]:
    about = queries.in_cells(CellChange, cells)
    last = queries.last_changes(session, about, col(CellChange.subject) == Subject.RULING)
    before = {(change.technique_id, change.issue_id): change.after for change in last}
    rulings = queries.rulings_of_cells(session, cells)
    for cell in cells:
        ruling, said = rulings.get(cell), before.get(cell)
        after = _dump(ruling_state(ruling)) if ruling and ruling.is_current else None
        if said != after:
            yield CellChange(
                technique_id=cell[0],
                issue_id=cell[1],
                subject=Subject.RULING,
                before=said,
                after=after,
            )


def claim_state(claim: Claim) -> ClaimState:
    """What a claim says; its evidence, with papers and notes, must be loaded."""
    return ClaimState(
        stance=Stance(claim.stance),
        confidence=Confidence(claim.confidence),
        source=Source(claim.source),
        basis=Basis(claim.basis),
        rationale=claim.rationale,
        dated_on=claim.dated_on,
        evidence=tuple(
            EvidenceState(
                paper_id=each.paper_id,
                note_id=each.note_id,
                name=_called(each),
                quote=each.quote,
                locator=each.locator,
                polarity=Polarity(each.polarity),
                arxiv_version=each.arxiv_version,
                pair_id=each.pair_id,
                item_id=each.item_id,
                kept=each.kept,
            )
            for each in claim.evidence
        ),
    )


def _called(piece: Evidence) -> str:
    if piece.pair:
        return piece.pair.label
    if piece.item:
        return piece.item.name
    return piece.paper.citekey if piece.paper else piece.note.title if piece.note else ""


def ruling_state(ruling: Ruling) -> RulingState:
    return RulingState(
        stance=Stance(ruling.stance), rationale=ruling.rationale, ruled_at=ruling.ruled_at
    )


def _dump(state: ClaimState | RulingState) -> dict[str, JsonValue]:
    said = state.model_dump(mode="json")
    for piece in said.get("evidence", ()):
        for name in ("pair_id", "item_id"):  # states before these were known say nothing of them
            if piece[name] is None:
                del piece[name]
    return said


# --- As of a moment ---


@dataclass(frozen=True)
class Moment:
    """A point of the history: the end of a day, a time, or right after a change.

    `text` is how an address writes it: `2026-11-20`, `2026-11-20T14:05:00Z`, `123`.
    """

    text: str
    until: datetime | None = None
    number: int | None = None

    @property
    def day(self) -> date:
        """Its day; of a change, which says none, today."""
        return (self.until - timedelta(seconds=1)).date() if self.until else utc_now().date()

    @property
    def condition(self) -> ColumnElement[bool]:
        """True of the changes that had happened."""
        if self.number is not None:
            return col(CellChange.id) <= self.number
        return col(CellChange.at) < self.until


def parse_as_of(text: str, name: str = "as_of") -> Moment:
    """The moment that `text` writes. Raises Invalid, on the field `name`, where it writes none."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return Moment(text, number=int(text))
    try:
        if len(text) == 10:
            until = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
        else:
            given = datetime.fromisoformat(text.replace(" ", "+"))  # `+` is a space in addresses
            until = (given if given.tzinfo else given.replace(tzinfo=UTC)) + timedelta(seconds=1)
        until = until.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid.field(name, N_("Write a date as 2023-03-06.")) from error
    if until.year < _FIRST_YEAR:
        raise Invalid.field(name, N_("Write a date as 2023-03-06."))
    return Moment(text, until=until)


@dataclass(frozen=True)
class CellsAsOf:
    """What a table's cells hold: of each what its claims say, the stance of its
    ruling in force, how much evidence supports and contradicts."""

    claims: Mapping[Pair, list[SaidByClaim]]
    rulings: Mapping[Pair, str]
    evidence: Mapping[Pair, tuple[int, int]]


def reading_at(session: Session, comparison_id: int, at: Moment) -> CellsAsOf:
    """The cells of a comparison as they were, in one statement."""
    claims: dict[Pair, list[SaidByClaim]] = {}
    rulings: dict[Pair, str] = {}
    evidence: dict[Pair, tuple[int, int]] = {}
    states = queries.last_states_in(session, comparison_id, at.condition)
    bases = _bases_since(session, states)
    for change in states:
        pair, said = (change.technique_id, change.issue_id), change.after
        if said is None:
            continue
        if change.subject == Subject.RULING:
            rulings[pair] = said["stance"]
            continue
        basis = said.get("basis") or bases.get(change.claim_id, Basis.ARGUED)
        claims.setdefault(pair, []).append((said["stance"], said["confidence"], basis))
        pieces = [piece["polarity"] for piece in said["evidence"]]
        against = pieces.count(Polarity.CONTRADICTS)
        before = evidence.get(pair, (0, 0))
        evidence[pair] = (before[0] + len(pieces) - against, before[1] + against)
    return CellsAsOf(claims, rulings, evidence)


def _bases_since(session: Session, states: Iterable[queries.LatestState]) -> dict[int, str]:
    """What those claims have now whose states are from before claims had a basis."""
    silent = [each.claim_id for each in states if each.after and "basis" not in each.after]
    return queries.bases_of_claims(session, silent) if silent else {}


def cell_at(session: Session, cell: Pair, at: Moment) -> tuple[list[Claim], Ruling | None]:
    """A cell's claims and the ruling in force as they were, as rows of no session."""
    states: list[queries.LatestState] = []
    ruling = None
    about = queries.in_cells(CellChange, [cell])
    for state in queries.last_states(session, about, at.condition):
        if state.subject == Subject.CLAIM:
            states.append(state)
        elif state.after:
            said = RulingState.model_validate(state.after)
            ruling = Ruling(
                technique_id=cell[0],
                issue_id=cell[1],
                stance=said.stance,
                rationale=said.rationale,
                ruled_at=said.ruled_at,
            )
    return _claims_then(session, states), ruling


def claims_at(session: Session, comparison_id: int, at: Moment) -> list[Claim]:
    """Every claim of a comparison as it was, with its evidence, oldest first."""
    states = queries.last_states_in(session, comparison_id, at.condition)
    return _claims_then(session, [each for each in states if each.subject == Subject.CLAIM])


def _claims_then(session: Session, states: Iterable[queries.LatestState]) -> list[Claim]:
    states = list(states)
    bases = _bases_since(session, states)
    said = [(each, ClaimState.model_validate(each.after)) for each in states if each.after]
    pieces = [piece for _, state in said for piece in state.evidence]
    papers = queries.select_papers_by_id(
        session, {each.paper_id for each in pieces if each.paper_id}
    )
    notes = queries.select_notes_by_id(session, {each.note_id for each in pieces if each.note_id})
    pairs = {each.pair_id for each in pieces if each.pair_id}
    held = queries.pairs_named(session, pairs) if pairs else {}
    items = {each.item_id for each in pieces if each.item_id}
    shown = queries.items_by_id(session, items) if items else {}
    claims = []
    for each, state in said:
        claim = Claim(
            id=each.claim_id,
            technique_id=each.technique_id,
            issue_id=each.issue_id,
            **state.model_dump(exclude={"evidence", "basis"}),
            basis=state.basis or Basis(bases.get(each.claim_id, Basis.ARGUED)),
        )
        claim.evidence = [
            Evidence(
                position=at,
                **piece.model_dump(exclude={"name"}),
                paper=papers.get(piece.paper_id or 0),
                note=notes.get(piece.note_id or 0),
                pair=held.get(piece.pair_id or 0),
                item=shown.get(piece.item_id or 0),
            )
            for at, piece in enumerate(state.evidence)
        ]
        claims.append(claim)
    return sorted(claims, key=lambda claim: (claim.dated_on, claim.id))


# --- Reading and taking back ---


def list_cell_changes(session: Session, cell: Pair) -> list[CellChange]:
    """Every change of a cell, newest first."""
    return queries.select_changes(session, queries.in_cells(CellChange, [cell]))


def list_recent_changes(session: Session, limit: int) -> list[RecentChange]:
    """The cells that changed last, newest first, each with its last change; two statements."""
    newest: dict[Pair, CellChange] = {}
    for change in queries.newest_changes(session, _LOOKED_AT):
        newest.setdefault((change.technique_id, change.issue_id), change)
    chosen = dict(list(newest.items())[:limit])
    techniques, issues = {row for row, _ in chosen}, {column for _, column in chosen}
    shown = queries.first_showing(session, techniques, issues) if chosen else {}
    return [
        RecentChange(
            change,
            shown.get(cell, ""),
            str((change.after or change.before or {}).get("stance", "")),
            str((change.after or {}).get("rationale", "")),
        )
        for cell, change in chosen.items()
    ]


def undo_change(session: Session, change_id: int, *, cell: Pair | None = None) -> CellChange:
    """Make a claim or ruling what it was before a change; that is a change too, and can be undone.

    Raises:
        NotFound: there is no such change, or it is not of `cell`.
        Conflict: the claim or ruling was changed again since.
    """
    change = queries.change_by_id(session, change_id)
    if change is None or (cell and cell != (change.technique_id, change.issue_id)):
        raise NotFound(N_("There is no change {number}."), number=change_id)
    if queries.is_superseded(session, change):
        raise Conflict(N_("It was changed again since. Undo the later change first."))
    annotate(session, undoes=change.id)
    if change.subject == Subject.RULING:
        _put_back_ruling(session, change)
    else:
        _put_back_claim(session, change)
    session.flush()
    return change


def _put_back_ruling(session: Session, change: CellChange) -> None:
    cell = (change.technique_id, change.issue_id)
    ruling = queries.rulings_of_cells(session, [cell]).get(cell)
    state = RulingState.model_validate(change.before) if change.before else None
    if ruling is None:
        if state is None:
            return
        ruling = Ruling(technique_id=cell[0], issue_id=cell[1], stance=state.stance, version=0)
    if state:
        ruling.stance, ruling.rationale = state.stance, state.rationale
        ruling.ruled_at = state.ruled_at
    ruling.is_current = state is not None
    ruling.version += 1
    session.add(ruling)


def _put_back_claim(session: Session, change: CellChange) -> None:
    claim = next(iter(queries.claims_by_id(session, [change.claim_id])), None)
    if change.before is None:
        if claim:
            session.delete(claim)
        return
    state = ClaimState.model_validate(change.before)
    evidence = _evidence_again(session, state)
    if claim is None:
        claim = Claim(
            id=change.claim_id,
            technique_id=change.technique_id,
            issue_id=change.issue_id,
            stance=state.stance,
            basis=Basis.ARGUED,
            version=0,
        )
    for name in ("stance", "confidence", "source", "rationale", "dated_on"):
        setattr(claim, name, getattr(state, name))
    claim.basis = state.basis or claim.basis
    claim.evidence = evidence
    claim.version += 1
    claim.updated_at = utc_now()
    session.add(claim)


def _evidence_again(session: Session, state: ClaimState) -> list[Evidence]:
    """The evidence of a state; of a source that is gone for good, its name stays in the place."""
    papers = queries.paper_abstracts(
        session, {each.paper_id for each in state.evidence if each.paper_id}
    )
    notes = queries.note_bodies(session, {each.note_id for each in state.evidence if each.note_id})
    pairs = queries.pairs_named(session, {each.pair_id for each in state.evidence if each.pair_id})
    items = queries.items_left(session, {each.item_id for each in state.evidence if each.item_id})
    pieces = []
    for position, each in enumerate(state.evidence):
        left = (each.paper_id in papers, each.note_id in notes)
        figures = (each.pair_id in pairs, each.item_id in items)
        gone = not any((*left, *figures)) or bool(
            (each.pair_id or each.item_id) and not any(figures)
        )
        locator = ", ".join(filter(None, [each.name, each.locator])) if gone else each.locator
        pieces.append(
            Evidence(
                position=position,
                paper_id=each.paper_id if each.paper_id in papers else None,
                note_id=each.note_id if each.note_id in notes else None,
                pair_id=each.pair_id if each.pair_id in pairs else None,
                item_id=each.item_id if each.item_id in items else None,
                quote=each.quote,
                locator=locator,
                polarity=each.polarity,
                arxiv_version=each.arxiv_version,
                kept=each.kept,
            )
        )
    return pieces
