"""Where each piece of evidence stands, as pages say it, and the list of what is to be looked at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from sqlmodel import Session

from app.comparison import queries
from app.comparison.cells.quotations import says_abstract, with_page
from app.kit.passages import clean_passage
from app.models import Claim, Comparison, Evidence, EvidenceStanding
from app.notes.rules import DiffLine, diff_texts

PER_PAGE = 30


class EvidenceKind(StrEnum):
    """What evidence can be listed by: how it stands, or what is to be done with it."""

    STALE = "stale"  # reworded or gone, and nobody has said that it may be
    REWORDED = EvidenceStanding.REWORDED
    GONE = EvidenceStanding.GONE
    MOVED = EvidenceStanding.MOVED
    NEWER = "newer"  # its paper has a newer version on arXiv, in which it was not looked for
    UNQUOTED = "unquoted"  # from a paper or note, without a quotation
    UNCHECKED = EvidenceStanding.UNCHECKED  # no text is held that could have it
    STANDS = EvidenceStanding.STANDS


@dataclass(frozen=True)
class EvidencePlace:
    """Where a quotation stands: on a page of a file (`version` of the paper on arXiv, else the
    file's `name`), which `url` opens; in an abstract or a note, where there is no page. `new_place`
    is the locator that would say so; `difference` is from what is quoted to what stands there now.
    """

    page: int | None = None
    version: int | None = None
    name: str = ""
    url: str = ""
    new_place: str = ""
    difference: tuple[DiffLine, ...] = ()


@dataclass(frozen=True)
class ListedEvidence:
    """A piece of evidence with the claim and cell it belongs to; `url` is the cell's, "" where no
    comparison shows it."""

    piece: Evidence
    claim: Claim
    place: EvidencePlace
    url: str


@dataclass(frozen=True)
class EvidenceList:
    """A page of evidence, and how much there is of each kind under the same filters."""

    items: list[ListedEvidence]
    total: int
    counts: Mapping[EvidenceKind, int]


def list_evidence(
    session: Session,
    kind: EvidenceKind,
    *,
    comparison: str = "",
    paper: str = "",
    page: int = 1,
    per_page: int = PER_PAGE,
) -> EvidenceList:
    """The evidence of one kind, the worst first, of a comparison's cells, or from a paper and the
    notes about it. What names nothing is left out: the list is empty then."""
    narrowed = queries.evidence_among(comparison, paper)
    counts = queries.count_evidence(session, narrowed)
    found = queries.select_evidence(
        session, kind.value, narrowed, offset=(page - 1) * per_page, limit=per_page
    )
    showing = queries.first_showing(
        session, {each.technique_id for _, each in found}, {each.issue_id for _, each in found}
    )
    places = find_places(session, [], pieces=[piece for piece, _ in found])
    items = []
    for piece, claim in found:
        slug = showing.get((claim.technique_id, claim.issue_id))
        url = f"/comparisons/{slug}/{claim.technique.slug}/{claim.issue.slug}" if slug else ""
        items.append(ListedEvidence(piece, claim, places[piece.id], url))
    return EvidenceList(
        items, counts[kind.value], {each: counts[each.value] for each in EvidenceKind}
    )


def list_comparisons(session: Session) -> list[Comparison]:
    """The comparisons whose evidence can be listed alone."""
    return queries.select_comparisons(session)


def count_stale(session: Session) -> int:
    """How much evidence is to be looked at."""
    return queries.count_stale_evidence(session)


def find_places(
    session: Session, claims: Iterable[Claim], *, pieces: Iterable[Evidence] = ()
) -> dict[int, EvidencePlace]:
    """Where the evidence of these claims, and these pieces, stand, by their ids; their papers must
    be loaded. One statement, and none where no file is among them."""
    every = [*pieces, *(each for claim in claims for each in claim.evidence)]
    held = [each for each in every if each.sha256 and each.paper_id]
    files = {
        (each.paper_id, each.sha256): each
        for each in queries.quoted_files(session, {each.paper_id or 0 for each in held})
    }
    return {
        each.id: _place(each, files.get((each.paper_id or 0, each.sha256 or ""))) for each in every
    }


def _place(piece: Evidence, file: queries.HeldFile | None) -> EvidencePlace:
    url = ""
    if piece.paper and piece.page and file:
        asked = urlencode({"file": file.sha256, "page": piece.page})
        url = f"/papers/{piece.paper.citekey}/read?{asked}"
    reworded = piece.standing == EvidenceStanding.REWORDED
    difference = diff_texts(clean_passage(piece.quote), piece.now) if reworded else None
    return EvidencePlace(
        page=piece.page,
        version=file.arxiv_version if file else None,
        name=file.name if file else "",
        url=url,
        new_place=_new_place(piece),
        difference=tuple(difference or ()),
    )


def _new_place(piece: Evidence) -> str:
    """The locator that says where it stands now; "" where it says so, or has no page."""
    if piece.page is None or piece.standing not in (
        EvidenceStanding.MOVED,
        EvidenceStanding.REWORDED,
    ):
        return ""
    if says_abstract(piece.locator) and piece.standing == EvidenceStanding.REWORDED:
        return ""
    place = with_page(piece.locator, piece.page)
    return "" if place == piece.locator else place
