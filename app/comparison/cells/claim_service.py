"""The verbs on cells: claims with their evidence, and the reader's rulings. They never commit."""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session

from app.comparison import queries
from app.comparison.cells import quotations
from app.comparison.history import record
from app.comparison.queries import Pair
from app.comparison.rules import (
    ClaimInput,
    ClaimPatch,
    Concern,
    EvidenceInput,
    check_claim,
    check_ruling,
    check_why,
    find_concerns,
)
from app.errors import N_, Invalid, Message, NotFound, check_version
from app.kit.text import fold, is_slug, tidy_line
from app.models import (
    Basis,
    Claim,
    Confidence,
    Evidence,
    EvidenceStanding,
    Issue,
    Ruling,
    ScorePair,
    Source,
    Stance,
    Technique,
    utc_now,
)

_STANDING = (EvidenceStanding.STANDS, EvidenceStanding.MOVED)


def add_claim(session: Session, cell: Pair, given: ClaimInput) -> Claim:
    """A claim on a cell, a technique and an issue that there are.

    Raises Invalid with a message for every field; a piece of evidence's are `evidence.0.source` …
    """
    return _add(session, [cell], [given])[0]


def add_claims(session: Session, given: Sequence[tuple[str, str, ClaimInput]]) -> list[Claim]:
    """Many claims (the slugs of a technique and an issue, claim) in a constant number of lookups.

    Raises:
        NotFound: there is no such technique or issue.
        Invalid: as for one.
    """
    techniques, issues = _named(session, {t for t, _, _ in given}, {i for _, i, _ in given})
    cells = [(techniques[row].id, issues[column].id) for row, column, _ in given]
    return _add(session, cells, [claim for _, _, claim in given])


def _add(session: Session, cells: Sequence[Pair], given: Sequence[ClaimInput]) -> list[Claim]:
    checked = [check_claim(claim) for claim in given]
    origins = _resolve(session, [claim.evidence for claim in checked])
    claims = []
    for (technique_id, issue_id), claim, evidence in zip(cells, checked, origins, strict=True):
        new = Claim(
            technique_id=technique_id,
            issue_id=issue_id,
            stance=claim.stance,
            confidence=claim.confidence,
            source=claim.source,
            basis=claim.basis,
            rationale=claim.rationale,
            dated_on=claim.dated_on or utc_now().date(),
        )
        new.evidence = evidence
        claims.append(new)
    session.add_all(claims)
    session.flush()
    return claims


def _named(
    session: Session, technique_slugs: Collection[str], issue_slugs: Collection[str]
) -> tuple[dict[str, Technique], dict[str, Issue]]:
    techniques = queries.techniques_named(session, technique_slugs)
    issues = queries.issues_named(session, issue_slugs)
    for slug in technique_slugs:
        if slug not in techniques:
            raise NotFound(N_("There is no technique {slug}."), slug=tidy_line(slug)[:80])
    for slug in issue_slugs:
        if slug not in issues:
            raise NotFound(N_("There is no issue {slug}."), slug=tidy_line(slug)[:80])
    return techniques, issues


def _resolve(
    session: Session,
    given: Sequence[Sequence[EvidenceInput]],
    held: Collection[Evidence] = (),
) -> list[list[Evidence]]:
    """The evidence of several claims, each piece bound to its paper or note.

    A piece that is `held` already stays as it is, also where its quotation stands no more or its
    source is in the trash: it was given when they were there, and says so itself.
    """
    every = [each for evidence in given for each in evidence]
    known = _Sources(session, every)
    kept = {
        (each.paper_id, each.note_id, each.pair_id, each.item_id, each.quote): each for each in held
    }
    errors: dict[str, Message] = {}
    resolved: list[list[Evidence]] = []
    fresh: dict[str, Evidence] = {}
    for evidence in given:
        resolved.append([])
        for position, each in enumerate(evidence):
            pair, item, from_figure, missing = known.shown(each)
            if missing:
                errors[f"evidence.{position}.source"] = missing
                continue
            paper, note, problem = (
                known.of(each) if known.named(each, pair, item) else (from_figure, None, None)
            )
            shown = (pair.id if pair else None, item)
            before = kept.get((paper.id if paper else None, note, *shown, each.quote))
            where = "paper" if each.paper else "note" if each.note else "source"
            if problem and not (before and (paper or note)):
                errors[f"evidence.{position}.{where}"] = problem
            piece = Evidence(
                position=position,
                paper_id=paper.id if paper else None,
                note_id=note,
                pair_id=shown[0],
                item_id=shown[1],
                quote=each.quote,
                locator=each.locator or (pair.with_score.place if pair else ""),
                polarity=each.polarity,
                standing=EvidenceStanding(before.standing if before else "unchecked"),
                kept=before.kept if before else None,
                arxiv_version=before.arxiv_version
                if before
                else paper.arxiv_version
                if paper
                else None,
            )
            resolved[-1].append(piece)
            if each.quote and not before and not problem:
                fresh[f"evidence.{position}.quote"] = piece
    errors |= _not_there(session, fresh)
    if errors:
        raise Invalid(errors)
    return resolved


class _Sources:
    """The papers and notes that evidence may name: two lookups, however much there is of it."""

    def __init__(self, session: Session, given: Sequence[EvidenceInput]) -> None:
        typed = {each.source for each in given if each.source}
        keys = {fold(key) for each in given for key in (each.paper, each.source) if key}
        ids = {number for each in given if (number := each.note or note_number(each.source))}
        self.papers = queries.quoted_papers_by_key(session, keys) if keys else {}
        folded = set(map(fold, typed))
        notes = queries.notes_found(session, ids=ids, folded=folded) if ids or typed else []
        pairs = {each.pair or pair_number(each.source) or 0 for each in given} - {0}
        self.pairs = queries.pairs_named(session, pairs) if pairs else {}
        named = {item_name(each.item or each.source) for each in given} - {None}
        wanted = {each for each in named if each}
        self.items = queries.items_named(session, wanted) if wanted else {}
        printed = {pair.with_score.paper_id for pair in self.pairs.values()}
        printed |= {paper for _, paper in self.items.values() if paper}
        self.printed = queries.quoted_papers_by_id(session, printed) if printed else {}
        self.titled = {title: number for number, title, _ in notes}
        self.trashed = {number: trashed for number, _, trashed in notes}

    def shown(
        self, each: EvidenceInput
    ) -> tuple[ScorePair | None, int | None, queries.QuotedPaper | None, Message | None]:
        """The pair and the item that a piece shows, the paper that prints them, and what is wrong
        with their names."""
        number = each.pair or pair_number(each.source)
        pair = self.pairs.get(number) if number else None
        if number and pair is None:
            return None, None, None, Message.of(N_("There is no pair {number}."), number=number)
        typed = each.item or ("" if self.knows(each.source) else each.source)
        name = item_name(typed)
        item, paper = self.items.get(name, (None, None)) if name else (None, None)
        if each.item and item is None:
            text = N_("There is no example {name}.")
            return None, None, None, Message.of(text, name=each.item[:80])
        paper = pair.with_score.paper_id if pair else paper
        return pair, item, self.printed.get(paper or 0), None

    def named(self, each: EvidenceInput, pair: ScorePair | None, item: int | None) -> bool:
        """Whether a piece names a paper or a note, rather than what it shows alone."""
        by_source = each.source and (self.knows(each.source) or not (pair or item))
        return bool(each.paper or each.note or by_source)

    def knows(self, source: str) -> bool:
        """Whether a paper or a note is called so."""
        return fold(source) in self.papers or fold(source) in self.titled

    def of(
        self, each: EvidenceInput
    ) -> tuple[queries.QuotedPaper | None, int | None, Message | None]:
        """A piece's paper or note, and what is wrong with it."""
        key = each.paper or each.source
        paper = None if each.note else self.papers.get(fold(key))
        if paper:
            in_trash = N_("{citekey} is in the trash. Restore it before you quote it.")
            return paper, None, Message.of(in_trash, citekey=key) if paper.is_trashed else None
        note = each.note or note_number(each.source) or self.titled.get(fold(each.source))
        if note in self.trashed:
            in_trash = N_("Note {number} is in the trash. Restore it before you quote it.")
            return None, note, Message.of(in_trash, number=note) if self.trashed[note] else None
        if note is not None:
            return None, None, Message.of(N_("There is no note {number}."), number=note)
        text = (
            N_("No paper has the citation key {citekey}.")
            if each.paper
            else N_("No paper has the citation key {citekey}, and no note that title.")
        )
        return None, None, Message.of(text, citekey=key[:80])


def _not_there(session: Session, fresh: Mapping[str, Evidence]) -> dict[str, Message]:
    """What is wrong with new quotations, by field: they must stand in the note, or the abstract,
    that they say they are from. Of the rest of a paper we hold nothing to look in."""
    texts = quotations.texts_held(session, fresh.values())
    errors: dict[str, Message] = {}
    for name, piece in fresh.items():
        source = ("note", piece.note_id) if piece.note_id else ("paper", piece.paper_id or 0)
        held = texts.get(source, quotations.HeldTexts())
        if piece.note_id:
            where = N_("The note does not say this.")
            near = N_("The note does not say this. The nearest passage: {passage}")
        elif quotations.says_abstract(piece.locator) and held.abstract:
            where = N_("The abstract does not say this.")
            near = N_("The abstract does not say this. The nearest passage: {passage}")
        else:
            continue
        if quotations.look_for(piece, held).standing not in _STANDING:
            passage = quotations.nearest_in_abstract_or_note(piece.quote, held)
            errors[name] = Message.of(near, passage=passage) if passage else Message.of(where)
    return errors


def note_number(source: str) -> int | None:
    """The id of the note that `note:ID` names."""
    digits = source.lower().removeprefix("note:").strip()
    if not source.lower().startswith("note:") or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits) if len(digits) < 10 else None


def pair_number(source: str) -> int | None:
    """The id of the pair that `pair:ID` names."""
    before, _, digits = source.strip().partition(":")
    named = before.lower() == "pair" and digits.isascii() and digits.isdigit() and len(digits) < 10
    return int(digits) if named else None


def item_name(source: str) -> tuple[str, int] | None:
    """The slug and the number of the benchmark's example that `spider-dk:113` names."""
    slug, _, digits = source.strip().rpartition(":")
    named = digits.isascii() and digits.isdigit() and len(digits) < 9
    return (slug, int(digits)) if named and is_slug(slug) and slug not in ("note", "pair") else None


def get_claim(session: Session, claim_id: int) -> Claim:
    """A claim with its evidence and its cell. Raises NotFound."""
    claim = queries.claim_by_id(session, claim_id)
    if claim is None:
        raise NotFound(N_("There is no claim {number}."), number=claim_id)
    return claim


def get_claim_of_evidence(session: Session, evidence_id: int) -> Claim:
    """The claim that a piece of evidence is of, with its evidence and its cell. Raises NotFound."""
    claim = queries.claim_of_evidence(session, evidence_id)
    if claim is None:
        raise NotFound(N_("There is no evidence {number}."), number=evidence_id)
    return claim


def claim_as_input(claim: Claim) -> ClaimInput:
    """A claim as it would be typed, for its form and for partial changes."""
    return ClaimInput(
        stance=Stance(claim.stance),
        confidence=Confidence(claim.confidence),
        source=Source(claim.source),
        basis=Basis(claim.basis),
        rationale=claim.rationale,
        dated_on=claim.dated_on,
        evidence=[
            EvidenceInput(
                paper=each.paper.citekey if each.paper else None,
                note=each.note_id,
                pair=each.pair_id,
                item=each.item.name if each.item else None,
                quote=each.quote,
                locator=each.locator,
                polarity=each.polarity,
            )
            for each in claim.evidence
        ],
    )


def update_claim(
    session: Session, claim: Claim, given: ClaimPatch, *, version: int | None = None
) -> None:
    """The claim with what `given` sets; evidence, where given, replaces all there was.

    Raises:
        Stale: `version` is not the claim's any more.
        Invalid: as for a new claim.
    """
    check_version(claim.version, version)
    record.annotate(session, why=check_why(given.why))
    changes = {
        name: getattr(given, name)
        for name in given.model_fields_set - {"why"}
        if getattr(given, name) is not None
    }
    checked = check_claim(claim_as_input(claim).model_copy(update=changes))
    if "evidence" in changes:
        claim.evidence = _resolve(session, [checked.evidence], claim.evidence)[0]
    for name in ("stance", "confidence", "source", "basis", "rationale", "dated_on"):
        setattr(claim, name, getattr(checked, name))
    claim.version += 1
    claim.updated_at = utc_now()
    session.flush()


def check_evidence(
    session: Session,
    claim: Claim,
    evidence_id: int,
    *,
    quote: str | None = None,
    locator: str | None = None,
    version: int | None = None,
) -> None:
    """The reader has looked at a piece of evidence again: it is left as it is quoted, or, with
    `quote`, holds in these words, and with `locator`, at that place.

    Raises:
        NotFound: the claim has no such evidence.
        Stale: `version` is not the claim's any more.
        Invalid: `quote` is not what its source says (`evidence.N.quote`), or is no text that can be
            kept.
    """
    check_version(claim.version, version)
    piece = next((each for each in claim.evidence if each.id == evidence_id), None)
    if piece is None:
        raise NotFound(N_("There is no evidence {number}."), number=evidence_id)
    at = claim.evidence.index(piece)
    if quote or locator:
        given = claim_as_input(claim)
        given.evidence[at] = given.evidence[at].model_copy(
            update={"quote": quote or piece.quote, "locator": locator or piece.locator}
        )
        checked = check_claim(given).evidence[at]
        piece.locator = checked.locator
        if quote:
            piece.quote = checked.quote
            errors = _not_there(session, {f"evidence.{at}.quote": piece})
            if errors:
                raise Invalid(errors)
    else:
        piece.kept = piece.seen
    if piece.paper:
        piece.arxiv_version = piece.paper.arxiv_version
    claim.version += 1
    claim.updated_at = utc_now()
    session.flush()


def concerns_of(piece: Evidence) -> list[Concern]:
    """Why a piece of evidence wants to be looked at; its paper and note must be loaded."""
    source = piece.paper or piece.note
    return find_concerns(
        standing=None if piece.is_kept else EvidenceStanding(piece.standing),
        quoted=piece.arxiv_version and max(piece.arxiv_version, piece.looked_version or 0),
        held=piece.paper.arxiv_version if piece.paper else None,
        is_trashed=source.trashed_at is not None if source else None,
    )


def delete_claim(
    session: Session, claim: Claim, *, version: int | None = None, why: str = ""
) -> None:
    """Raises Stale where `version` is given and is not the claim's."""
    check_version(claim.version, version)
    record.annotate(session, why=check_why(why))
    session.delete(claim)
    session.flush()


def rule_cell(
    session: Session, cell: Pair, *, stance: str, rationale: str, version: int | None = None
) -> Ruling:
    """The reader's ruling on a cell; what it said before stays in the history.

    `version` is that of the ruling that the reader saw, 0 where there has never been one. Ruling
    the same with the same reason again changes nothing.

    Raises:
        Invalid: the stance is none, or there is no reason.
        Stale: somebody has ruled, or withdrawn a ruling, since.
    """
    if stance not in list(Stance):
        raise Invalid.field("stance", N_("Choose a stance."))
    reason = check_ruling(rationale)
    ruling = _ruling(session, cell, version)
    if ruling and ruling.is_current and (ruling.stance, ruling.rationale) == (stance, reason):
        return ruling
    if ruling is None:
        ruling = Ruling(technique_id=cell[0], issue_id=cell[1], stance=Stance(stance), version=0)
    ruling.stance = Stance(stance)
    ruling.rationale = reason
    ruling.ruled_at = utc_now()
    ruling.is_current = True
    ruling.version += 1
    session.add(ruling)
    session.flush()
    return ruling


def withdraw_ruling(session: Session, cell: Pair, *, version: int | None = None) -> None:
    """The cell says again what its claims do; the ruling stays as history.

    Raises as `rule_cell`.
    """
    ruling = _ruling(session, cell, version)
    if ruling and ruling.is_current:
        ruling.is_current = False
        ruling.version += 1
        session.flush()


def _ruling(session: Session, cell: Pair, version: int | None) -> Ruling | None:
    ruling = queries.rulings_of_cells(session, [cell]).get(cell)
    check_version(ruling.version if ruling else 0, version)
    return ruling
