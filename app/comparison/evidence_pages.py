"""Evidence apart from its cell: what is to be looked at, passages that may be evidence, and the way
from a passage to the cell that it is evidence for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.comparison import service
from app.comparison.cells import cell_view, claim_service, evidence_list, passage_offers
from app.comparison.cells.evidence_list import EvidenceKind, EvidenceList
from app.comparison.cells.passage_offers import CellPassages, OfferedPassage
from app.comparison.forms import read_decision
from app.comparison.rules import QUOTE_LIMIT, Concern
from app.errors import N_, Invalid, Message, Stale
from app.models import Comparison, Evidence
from app.web.dependencies import Db, PageNumber
from app.web.forms import SubmittedForm
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
EvidenceId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_ASKED = ("standing", "comparison", "paper", "page")  # what an address of the list may hold


@dataclass(frozen=True)
class EvidenceListPage:
    kind: EvidenceKind
    found: EvidenceList
    paging: Paging
    comparisons: list[Comparison]
    comparison: str
    paper: str
    back: str
    problem: Message | None = None
    kinds: tuple[EvidenceKind, ...] = tuple(EvidenceKind)
    concerns: Callable[[Evidence], list[Concern]] = claim_service.concerns_of


@router.get("/evidence")
def evidence(
    request: Request,
    db: Db,
    standing: str = EvidenceKind.STALE,
    comparison: str = "",
    paper: str = "",
    page: PageNumber = 1,
) -> HTMLResponse:
    """What evidence is to be looked at, or how else it stands; of a comparison or paper alone."""
    asked = {"standing": standing, "comparison": comparison, "paper": paper, "page": str(page)}
    with db.read() as session:
        return _list_page(request, session, asked)


def _list_page(
    request: Request, session: Session, asked: Mapping[str, str], problem: Message | None = None
) -> HTMLResponse:
    standing = asked.get("standing", "")
    kind = EvidenceKind(standing) if standing in list(EvidenceKind) else EvidenceKind.STALE
    comparison, paper = asked.get("comparison", "")[:200], asked.get("paper", "")[:200].strip()
    text = asked.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 else 1
    found = evidence_list.list_evidence(
        session, kind, comparison=comparison, paper=paper, page=max(number, 1)
    )
    context = EvidenceListPage(
        kind,
        found,
        Paging(max(number, 1), evidence_list.PER_PAGE, found.total),
        evidence_list.list_comparisons(session),
        comparison,
        paper,
        urlencode({"standing": kind.value, "comparison": comparison, "paper": paper}),
        problem,
    )
    status = 422 if problem else 200
    return render_page(request, "comparison/evidence_list.html", context, status=status)


@router.post("/evidence/{number}")
def decide(request: Request, db: Db, number: EvidenceId, form: SubmittedForm) -> Response:
    """What the reader makes of a piece: kept as quoted, taken as it reads now, or quoted in a
    passage that was offered. Back to the list as it was."""
    back = {
        name: values[-1]
        for name, values in parse_qs(form.get("back")[:1_000]).items()
        if name in _ASKED
    }
    decision = read_decision(form)
    try:
        with db.write() as session:
            claim = claim_service.get_claim_of_evidence(session, number)
            claim_service.check_evidence(
                session,
                claim,
                number,
                quote=decision.quote,
                locator=decision.locator,
                version=form.version(),
            )
    except (Invalid, Stale) as error:
        problem = next(iter(error.errors.values())) if isinstance(error, Invalid) else error.message
        with db.read() as session:
            answer = _list_page(request, session, back, problem)
        answer.status_code = error.status if isinstance(error, Stale) else 422
        return answer
    said = N_("Quoted.") if form.get("use") else N_("Evidence checked.")
    return redirect_to(f"/evidence?{urlencode(back)}", said)


@dataclass(frozen=True)
class PassagesPage:
    """`evidence` is the piece they are offered for; where it is 0 they begin a claim of the cell
    at `url`."""

    passages: list[OfferedPassage]
    url: str
    title: tuple[str, str]
    evidence: int = 0
    version: int = 0
    back: str = ""
    offered: CellPassages | None = None


@router.get("/evidence/{number}/passages")
def passages_for_evidence(
    request: Request, db: Db, number: EvidenceId, back: str = ""
) -> HTMLResponse:
    """Passages of its own source that come nearest to a piece's claim."""
    with db.read() as session:
        claim = claim_service.get_claim_of_evidence(session, number)
        piece = next(each for each in claim.evidence if each.id == number)
        offered = passage_offers.offer_for_evidence(session, piece, claim)
        context = PassagesPage(
            offered,
            "",
            (claim.technique.slug, claim.issue.slug),
            number,
            claim.version,
            back[:1_000],
        )
    return render_page(request, "comparison/passages.html", context)


@router.get("/comparisons/{slug}/{technique}/{issue}/passages")
def passages_for_cell(
    request: Request, db: Db, slug: str, technique: str, issue: str
) -> HTMLResponse:
    """Passages of the papers that carry the technique, which speak of the issue."""
    with db.read() as session:
        pair = service.find_cell(session, slug, technique, issue)
        offered = passage_offers.offer_for_cell(session, pair)
    url = f"/comparisons/{slug}/{technique}/{issue}"
    context = PassagesPage(offered.passages, url, (technique, issue), offered=offered)
    return render_page(request, "comparison/passages.html", context)


@dataclass(frozen=True)
class EvidencePage:
    source: str
    quote: str
    locator: str
    technique: str
    issue: str
    destinations: cell_view.Destinations
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/evidence/new")
def new_evidence(
    request: Request,
    db: Db,
    source: str = "",
    quote: str = "",
    locator: str = "",
    technique: str = "",
    issue: str = "",
    go: str = "",
) -> Response:
    """Asks which cell the passage speaks to, and goes there with it in the claim's form."""
    source, quote = source[:200], quote[:QUOTE_LIMIT]
    errors: dict[str, Message] = {}
    with db.read() as session:
        if go:
            try:
                url = cell_view.address_of(session, technique, issue)
            except Invalid as error:
                errors = error.errors
            else:
                given = {"source": source, "quote": quote, "locator": locator[:200]}
                return redirect_to(f"{url}?{urlencode(given)}")
        destinations = cell_view.list_destinations(session, source)
    context = EvidencePage(source, quote, locator, technique, issue, destinations, errors)
    status = 422 if errors else 200
    return render_page(request, "comparison/evidence.html", context, status=status)
