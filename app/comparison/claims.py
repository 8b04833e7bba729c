"""The verbs on cells: claims with their evidence, and the reader's rulings. They never commit."""

from collections.abc import Collection, Sequence

from sqlmodel import Session

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import ClaimInput, ClaimPatch, EvidenceInput, check_claim, check_ruling
from app.errors import N_, Invalid, Message, NotFound, check_version
from app.models import (
    Claim,
    Confidence,
    Evidence,
    Issue,
    Ruling,
    Source,
    Stance,
    Technique,
    now,
)
from app.text import tidy_line


def add_claim(session: Session, *, technique: str, issue: str, given: ClaimInput) -> Claim:
    """A claim on a cell.

    Raises:
        NotFound: there is no such technique or issue.
        Invalid: with a message for every field; a piece of evidence's are `evidence.0.source` …
    """
    return add_claims(session, [(technique, issue, given)])[0]


def add_claims(session: Session, given: Sequence[tuple[str, str, ClaimInput]]) -> list[Claim]:
    """Many claims (technique, issue, claim) in a constant number of lookups; errors as for one."""
    checked = [check_claim(claim) for _, _, claim in given]
    techniques, issues = _named(session, {t for t, _, _ in given}, {i for _, i, _ in given})
    origins = _resolve(session, [claim.evidence for claim in checked])
    claims = []
    for (technique, issue, _), claim, evidence in zip(given, checked, origins, strict=True):
        new = Claim(
            technique_id=techniques[technique].id or 0,
            issue_id=issues[issue].id or 0,
            stance=claim.stance,
            confidence=claim.confidence,
            source=claim.source,
            rationale=claim.rationale,
            dated_on=claim.dated_on or now().date(),
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


def _resolve(session: Session, given: Sequence[Sequence[EvidenceInput]]) -> list[list[Evidence]]:
    """The evidence of several claims, each piece bound to its paper or note."""
    every = [each for evidence in given for each in evidence]
    typed = {each.source for each in every if each.source}
    keys = {key for each in every for key in (each.paper, each.source, each.source.lower()) if key}
    ids = {number for each in every if (number := each.note or _note_id(each.source))}
    papers = queries.papers_keyed(session, keys) if keys else {}
    notes = (
        queries.notes_found(session, ids=ids, folded={text.casefold() for text in typed})
        if ids or typed
        else []
    )
    titled = {title: number for number, title in reversed(notes)}
    held = {number for number, _ in notes}
    errors: dict[str, Message] = {}
    resolved: list[list[Evidence]] = []
    for evidence in given:
        resolved.append([])
        for position, each in enumerate(evidence):
            paper = papers.get(each.paper or each.source) or papers.get(each.source.lower())
            note: int | None = each.note or _note_id(each.source)
            if not paper and not note:
                note = titled.get(each.source.casefold())
            if note is not None and note not in held:
                where = "note" if each.note else "source"
                errors[f"evidence.{position}.{where}"] = Message.of(
                    N_("There is no note {number}."), number=note
                )
            elif not paper and not note:
                where = "paper" if each.paper else "source"
                text = (
                    N_("No paper has the citation key {citekey}.")
                    if each.paper
                    else N_("No paper has the citation key {citekey}, and no note that title.")
                )
                errors[f"evidence.{position}.{where}"] = Message.of(
                    text, citekey=(each.paper or each.source)[:80]
                )
            resolved[-1].append(
                Evidence(
                    position=position,
                    paper_id=paper,
                    note_id=None if paper else note,
                    quote=each.quote,
                    locator=each.locator,
                    polarity=each.polarity,
                )
            )
    if errors:
        raise Invalid(errors)
    return resolved


def _note_id(source: str) -> int | None:
    digits = source.lower().removeprefix("note:").strip()
    if not source.lower().startswith("note:") or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits) if len(digits) < 10 else None


def get_claim(session: Session, claim_id: int) -> Claim:
    """A claim with its evidence and its cell. Raises NotFound."""
    claim = queries.claim(session, claim_id)
    if claim is None:
        raise NotFound(N_("There is no claim {number}."), number=claim_id)
    return claim


def claim_as_input(claim: Claim) -> ClaimInput:
    """A claim as it would be typed, for its form and for partial changes."""
    return ClaimInput(
        stance=Stance(claim.stance),
        confidence=Confidence(claim.confidence),
        source=Source(claim.source),
        rationale=claim.rationale,
        dated_on=claim.dated_on,
        evidence=[
            EvidenceInput(
                paper=each.paper.citekey if each.paper else None,
                note=each.note_id,
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
    changes = {
        name: getattr(given, name)
        for name in given.model_fields_set
        if getattr(given, name) is not None
    }
    checked = check_claim(claim_as_input(claim).model_copy(update=changes))
    if "evidence" in changes:
        claim.evidence = _resolve(session, [checked.evidence])[0]
    for name in ("stance", "confidence", "source", "rationale", "dated_on"):
        setattr(claim, name, getattr(checked, name))
    claim.version += 1
    claim.updated_at = now()
    session.flush()


def delete_claim(session: Session, claim: Claim, *, version: int | None = None) -> None:
    """Raises Stale where `version` is given and is not the claim's."""
    check_version(claim.version, version)
    session.delete(claim)
    session.flush()


def rule(
    session: Session,
    *,
    technique: str,
    issue: str,
    stance: str,
    rationale: str,
    version: int | None = None,
) -> Ruling:
    """The reader's ruling on a cell; what it said before stays in the history.

    `version` is that of the ruling that the reader saw, 0 where there has never been one. Ruling
    the same with the same reason again changes nothing.

    Raises:
        NotFound: there is no such technique or issue.
        Invalid: the stance is none, or there is no reason.
        Stale: somebody has ruled, or withdrawn a ruling, since.
    """
    if stance not in list(Stance):
        raise Invalid.field("stance", N_("Choose a stance."))
    reason = check_ruling(rationale)
    cell, ruling = _ruling(session, technique, issue, version)
    if ruling and ruling.is_current and (ruling.stance, ruling.rationale) == (stance, reason):
        return ruling
    if ruling is None:
        ruling = Ruling(technique_id=cell[0], issue_id=cell[1], stance=Stance(stance), version=0)
    ruling.stance = Stance(stance)
    ruling.rationale = reason
    ruling.ruled_at = now()
    ruling.is_current = True
    ruling.version += 1
    session.add(ruling)
    session.flush()
    return ruling


def withdraw_ruling(
    session: Session, *, technique: str, issue: str, version: int | None = None
) -> None:
    """The cell says again what its claims do; the ruling stays as history. Raises as `rule`."""
    _, ruling = _ruling(session, technique, issue, version)
    if ruling and ruling.is_current:
        ruling.is_current = False
        ruling.version += 1
        session.flush()


def _ruling(
    session: Session, technique: str, issue: str, version: int | None
) -> tuple[Pair, Ruling | None]:
    techniques, issues = _named(session, {technique}, {issue})
    cell = (techniques[technique].id or 0, issues[issue].id or 0)
    ruling = queries.rulings_of_cells(session, [cell]).get(cell)
    check_version(ruling.version if ruling else 0, version)
    return cell, ruling
