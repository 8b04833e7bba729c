"""The pages of techniques and of issues: the tree, a term, its form. One set of routes for both."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from app.errors import N_, Conflict, Invalid, NotFound, Stale
from app.models import (
    Comparison,
    Issue,
    ResearchField,
    Technique,
)
from app.vocabularies import service
from app.vocabularies.forms import term_from_form
from app.vocabularies.rules import NAME_LIMIT, IssueInput, TermInput, first_sentence
from app.vocabularies.service import Uses, Vocabulary
from app.web.dependencies import Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.languages import language_of
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

PER_PAGE = 200  # terms; most vocabularies are one page


@dataclass(frozen=True)
class TreePage:
    kind: str
    vocabulary: Vocabulary
    q: str
    sentences: dict[str, str]
    paging: Paging


@dataclass(frozen=True)
class TermForm:
    kind: str
    form: FilledForm[TermInput]
    term: Technique | Issue | None
    parents: list[tuple[Technique | Issue, int]]
    fields: list[ResearchField]
    beside: list[Technique | Issue]
    uses: Uses
    comparisons: list[Comparison]


def _routes(model: type[Technique] | type[Issue]) -> APIRouter:
    kind = "technique" if model is Technique else "issue"
    router = APIRouter(route_class=Route, prefix=f"/{kind}s", include_in_schema=False)

    def after(slug: str, form: SubmittedForm) -> str:
        return f"/{kind}s/{slug}/edit" if form.stays else f"/{kind}s/{slug}"

    @router.get("")
    def tree(request: Request, db: Db, q: str = "", number: PageNumber = 1) -> HTMLResponse:
        """The tree, or what of it `q` names; htmx asks for `results` alone."""
        with db.read() as session:
            found = service.find_terms(session, model, q[:NAME_LIMIT])
        shown = service.page_of(found, number, PER_PAGE)
        paging = Paging(number, PER_PAGE, found.rows)
        context = TreePage(kind, shown, q, _sentences(request, shown), paging)
        return render_page(request, "vocabularies/tree.html", context, blocks=("results",))

    @router.get("/new")
    def new_term(
        request: Request,
        db: Db,
        name: Annotated[str, Query(max_length=1000)] = "",
        parent: Annotated[str, Query(max_length=1000)] = "",
        field: Annotated[str, Query(max_length=1000)] = "",
    ) -> HTMLResponse:
        given = TermInput(name_en=name, parent=parent or None)
        if model is Issue:
            given = IssueInput(**given.model_dump(), field=field or None)
        with db.read() as session:
            return _form(request, session, model, FilledForm(given))

    @router.post("")
    def add_term(request: Request, db: Db, form: SubmittedForm) -> Response:
        given = term_from_form(form, model)
        try:
            with db.write() as session:
                slug = service.create_term(session, model, given).slug
        except Invalid as error:
            with db.read() as session:
                return _form(request, session, model, FilledForm(given, error=error))
        return redirect_to(after(slug, form), N_("Saved."))

    @router.get("/{slug}/edit")
    def edit_term(request: Request, db: Db, slug: str) -> HTMLResponse:
        with db.read() as session:
            found = service.get_term(session, model, slug)
            return _form(request, session, model, FilledForm(*_saved(session, found)), found)

    @router.post("/{slug}")
    def save_term(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
        given = term_from_form(form, model)
        try:
            with db.write() as session:
                found = service.get_term(session, model, slug)
                if _moves(service.term_as_input(session, found), given):
                    given = given.model_copy(update={"after": None})  # among others now: last
                service.update_term(session, found, given, version=form.version())
                slug = found.slug
        except NotFound as error:  # renamed or deleted in another tab: what was typed is kept
            with db.read() as session:
                return _form(request, session, model, FilledForm(given, error=error))
        except (Invalid, Stale) as error:
            with db.read() as session:
                found = service.get_term(session, model, slug)
                again = FilledForm(given, form.version(), error)
                again = again.with_saved(*_saved(session, found))
                return _form(request, session, model, again, found)
        return redirect_to(after(slug, form), N_("Saved."))

    @router.post("/{slug}/delete")
    def delete_term(request: Request, db: Db, slug: str, form: SubmittedForm) -> Response:
        try:
            with db.write() as session:
                found = service.get_term(session, model, slug)
                service.delete_entry(session, found, version=form.version())
        except (Conflict, Stale) as error:
            with db.read() as session:
                found = service.get_term(session, model, slug)
                again = FilledForm(*_saved(session, found), error)
                return _form(request, session, model, again, found)
        return redirect_to(f"/{kind}s", N_("Deleted."))

    return router


_stars = APIRouter(route_class=Route, prefix="/issues", include_in_schema=False)


@_stars.post("/{slug}/star")
@_stars.post("/{slug}/star/redo")
def star_issue(db: Db, slug: str) -> Response:
    return _star(db, slug, starred=True)


@_stars.post("/{slug}/star/undo")
def unstar_issue(db: Db, slug: str) -> Response:
    return _star(db, slug, starred=False)


def _star(db: Db, slug: str, *, starred: bool) -> Response:
    with db.write() as session:
        service.star_issue(session, service.get_term(session, Issue, slug), starred=starred)
    said = (
        N_("Starred: what speaks of it is read first.")
        if starred
        else N_("It has no star any more.")
    )
    undo = f"/issues/{slug}/star/{'undo' if starred else 'redo'}"
    return redirect_to(f"/issues/{slug}", said, undo=undo)


router = APIRouter(route_class=Route)
router.include_router(_stars)
router.include_router(_routes(Technique))
router.include_router(_routes(Issue))


def _moves(held: TermInput, given: TermInput) -> bool:
    """Whether the term would stand among others than those its form listed."""
    where = {"parent", "field"}
    return held.model_dump(include=where) != given.model_dump(include=where)


def _sentences(request: Request, vocabulary: Vocabulary) -> dict[str, str]:
    """The first sentence of each definition, in the reader's language where there is one."""
    chinese = language_of(request) == "zh"
    sentences = {}
    for group in vocabulary.groups:
        for tree in group.trees:
            for each in tree:
                texts = (each.term.definition_en, each.term.definition_zh)
                mine, other = texts[::-1] if chinese else texts
                sentences[each.term.slug] = first_sentence(mine or other)
    return sentences


def _form(
    request: Request,
    session: Session,
    model: type[Technique] | type[Issue],
    form: FilledForm[TermInput],
    term: Technique | Issue | None = None,
) -> HTMLResponse:
    """The form with what was typed; `term` is the one it changes, if it is not for a new one."""
    beside = service.list_siblings(session, term) if term else []
    if term and form.given.after is None:
        at = beside.index(term)
        given = form.given.model_copy(update={"after": beside[at - 1].slug if at else ""})
        form = replace(form, given=given)
    context = TermForm(
        kind="technique" if model is Technique else "issue",
        form=form,
        term=term,
        parents=service.possible_parents(session, model, term),
        fields=service.list_research_fields(session) if model is Issue else [],
        beside=[each for each in beside if each is not term],
        uses=service.count_uses(session, term) if term else Uses(),
        comparisons=service.list_comparisons_with(session, term) if term else [],
    )
    return render_page(request, "vocabularies/term_form.html", context, status=form.status)


def _saved(session: Session, term: Technique | Issue) -> tuple[TermInput, int]:
    return service.term_as_input(session, term), term.version
