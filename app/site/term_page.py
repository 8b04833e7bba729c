"""A technique or an issue, with all that is filed under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from sqlmodel import Session

from app.benchmarks import service as benchmarks
from app.benchmarks.scores.board import IssueScores, scores_of_issue
from app.benchmarks.scores.pairs import TestingPair, pairs_of_technique
from app.benchmarks.service import OnBenchmark, Unmapped
from app.comparison.cells import cell_view
from app.comparison.cells.cell_view import Known
from app.comparison.reading import reading_list
from app.comparison.rules import PaperTitle
from app.correspondences import service as correspondences
from app.correspondences.service import Brief
from app.hypotheses import service as hypotheses
from app.hypotheses.service import RankedHypothesis
from app.library import service as library
from app.library.filters import PaperFilters
from app.library.rows import PaperRow
from app.models import (
    BenchmarkItem,
    Issue,
    Technique,
)
from app.models.vocabularies import LATER, UNREAD
from app.notes import service as notes
from app.notes.service import Backlink, RenderedNote
from app.vocabularies import service
from app.vocabularies.service import TermPlace
from app.web.dependencies import Db
from app.web.languages import language_of
from app.web.pages import render_page
from app.web.threads import Route

PAPERS_SHOWN = 12


@dataclass(frozen=True)
class NextOfTerm:
    """What waits to be read about it, and where all of that stands."""

    papers: Sequence[PaperTitle]
    url: str


@dataclass(frozen=True)
class TermPage:
    kind: str
    term: Technique | Issue
    place: TermPlace
    definition: Markup
    other_definition: Markup
    papers: list[PaperRow]
    paper_count: int
    papers_url: str
    known: Known
    next: NextOfTerm | None
    correspondences: list[Brief]
    notes: list[RenderedNote]
    backlinks: list[Backlink]
    benchmarks: list[OnBenchmark]
    hypotheses: list[RankedHypothesis]
    unmapped: list[Unmapped]
    scores: IssueScores
    pairs: list[TestingPair]  # of a technique
    examples: Mapping[int, BenchmarkItem]  # by mapping: one that shows what is meant


def _next(session: Session, term: Technique | Issue, place: TermPlace) -> NextOfTerm | None:
    """Of an issue, what could settle open cells of the first comparison that shows it; of a
    technique, what carries it and has no verdict, or one that puts it off."""
    if isinstance(term, Technique):
        waits = reading_list.next_for_techniques(
            session, [term.id, *(each.term.id for each in place.below)]
        )
        asked = [("technique", term.slug), ("verdict", UNREAD), ("verdict", LATER)]
        return NextOfTerm(waits, f"/papers?{urlencode(asked)}")
    waiting = reading_list.next_for_issue(session, term)
    if waiting is None:
        return None
    slug, readings = waiting
    return NextOfTerm(readings, f"/comparisons/{slug}/next?{urlencode({'issue': term.slug})}")


def _term_page(request: Request, session: Session, term: Technique | Issue) -> HTMLResponse:
    kind = "technique" if isinstance(term, Technique) else "issue"
    place = service.place_term(session, term)
    slugs = (term.slug, *(each.term.slug for each in place.below))
    # The filter by technique looks below it by itself.
    filtered = (term.slug,) if isinstance(term, Technique) else slugs
    papers = library.list_papers(
        session, PaperFilters({kind: filtered}), sort="verdict", per_page=PAPERS_SHOWN
    )
    texts = (term.definition_en, term.definition_zh)
    language = language_of(request)
    mine, other = texts[::-1] if language == "zh" else texts
    definition, other_definition = notes.render_many(session, [mine or other, mine and other])
    technique_id = term.id if isinstance(term, Technique) else None
    issue_id = term.id if isinstance(term, Issue) else None
    on = benchmarks.for_issues(session, [issue_id]).get(issue_id, []) if issue_id else []
    unmapped = benchmarks.list_unmapped(session, on) if issue_id else []
    context = TermPage(
        kind=kind,
        term=term,
        place=place,
        definition=definition,
        other_definition=other_definition,
        papers=papers.papers,
        paper_count=papers.total,
        papers_url=f"/papers?{urlencode([(kind, slug) for slug in filtered])}",
        known=cell_view.list_known(session, term),
        next=_next(session, term, place),
        correspondences=correspondences.for_cell(session, technique_id, issue_id),
        notes=notes.list_notes_about(session, technique_id=technique_id, issue_id=issue_id),
        backlinks=notes.list_backlinks(
            session, kind=kind, keys=notes.names_of_term(term), language=language
        ),
        benchmarks=on,
        hypotheses=hypotheses.hypotheses_of_terms(
            session, type(term), [term.id, *(each.term.id for each in place.below)]
        ),
        unmapped=unmapped,
        scores=scores_of_issue(session, on, unmapped),
        pairs=pairs_of_technique(session, technique_id) if technique_id else [],
        examples={
            each.mapping.id: each.mapping.item
            for of in on
            for each in of.mapped
            if each.mapping.item
        },
    )
    return render_page(request, "vocabularies/term.html", context)


router = APIRouter(route_class=Route, include_in_schema=False)


@router.get("/techniques/{slug}")
def technique(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        return _term_page(request, session, service.get_term(session, Technique, slug))


@router.get("/issues/{slug}")
def issue(request: Request, db: Db, slug: str) -> HTMLResponse:
    with db.read() as session:
        return _term_page(request, session, service.get_term(session, Issue, slug))
