"""The search page: everything that was found, by type, as it is typed. And the palette."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from app.errors import N_, Conflict, Invalid, Stale
from app.library.filters import PaperFilters
from app.library.service import Facet
from app.models import SavedSearch
from app.search import saved_searches, service
from app.search.quick_open import candidates
from app.search.quick_open.matching import QuickOpenEntry, rank_candidates
from app.search.saved_searches import SavedInput
from app.search.semantic.neighbours import OtherLanguage, SemanticSearch
from app.search.service import KINDS, DocumentKind, Results
from app.web.dependencies import PER_PAGE, Db, PageNumber
from app.web.forms import FilledForm, SubmittedForm
from app.web.languages import LANGUAGES, language_of, load_catalogue
from app.web.pages import redirect_to, render_page
from app.web.paging import Paging
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)

Wanted = Annotated[str, Query(alias="type")]
_SHOWN = 12  # places in the palette


@dataclass(frozen=True)
class SearchPage:
    """`filters` are those of the address, beside those that `q` may hold; `saved` is the saved
    search that asks just this, or None, and `form` where it is saved."""

    q: str
    type: DocumentKind | None
    types: tuple[DocumentKind, ...]
    as_typed: bool
    results: Results
    paging: Paging
    filters: PaperFilters
    unfiltered: str
    facets: Mapping[str, list[Facet]]
    saved: SavedSearch | None
    form: FilledForm[SavedInput]
    other: OtherLanguage | None = None  # where there is a model


@router.get("/search")
def search(
    request: Request,
    db: Db,
    q: str = "",
    wanted: Wanted = "",
    as_typed: str = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """All types with the best of each, or one type in full; htmx asks for `results` alone."""
    with db.read() as session:
        return _page(request, session, q, _kind(wanted), as_typed=bool(as_typed), number=number)


@router.post("/search")
def save(
    request: Request, db: Db, form: SubmittedForm, q: str = "", wanted: Wanted = ""
) -> Response:
    """Gives what this address asks a name, or another, or (`delete`) takes it away."""
    kind = _kind(wanted)
    query = saved_searches.join_query(q, PaperFilters.read(request.query_params.getlist))
    given = SavedInput(name=form.get("name"), q=query, type=kind)
    said = N_("Saved. The overview shows it, and what is new in it.")
    try:
        with db.write() as session:
            held = saved_searches.saved_as(session, query, kind)
            if held and "delete" in form:
                saved_searches.delete_search(session, held, version=form.version())
                said = N_("Deleted.")
            elif held:
                saved_searches.change_search(session, held, given, version=form.version())
            elif "delete" not in form:
                saved_searches.save_search(session, given)
    except (Invalid, Conflict, Stale) as error:
        with db.read() as session:
            return _page(request, session, q, kind, typed=FilledForm(given, form.version(), error))
    return redirect_to(f"/search?{request.url.query}", said)


@router.post("/searches/{number}")
def open_saved(db: Db, number: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> RedirectResponse:
    """To what a saved search finds; all of it counts as seen from now on."""
    with db.write() as session:
        search = saved_searches.get_search(session, number)
        saved_searches.mark_opened(session, search)
        url = saved_searches.search_address(search.query, search.kind)
    return redirect_to(url)


def _kind(wanted: str) -> DocumentKind | None:
    return next((kind for kind in KINDS if kind == wanted), None)


def _page(
    request: Request,
    session: Session,
    q: str,
    kind: DocumentKind | None,
    *,
    as_typed: bool = False,
    number: int = 1,
    typed: FilledForm[SavedInput] | None = None,
) -> HTMLResponse:
    filters = PaperFilters.read(request.query_params.getlist)
    results = service.search_all(
        session,
        q,
        types=(kind,) if kind else KINDS,
        page=number,
        per_page=PER_PAGE,
        grouped=kind is None,
        language=language_of(request),
        as_typed=as_typed,
        filters=filters,
        facets=True,
    )
    semantic: SemanticSearch | None = request.app.state.semantic.search
    other = None
    if semantic and number == 1 and kind in (None, "paper", "note"):
        but = {(hit.type, hit.key) for hit in results.items}
        language = language_of(request)
        other = semantic.find_other_language(session, q, results.filters, language, but=but)
    query = saved_searches.join_query(q, filters)
    held = saved_searches.saved_as(session, query, kind)
    saved = SavedInput(name=held.name if held else "", q=query, type=kind)
    form = (typed or FilledForm(saved)).with_saved(saved, held.version if held else 0)
    context = SearchPage(
        q=q,
        type=kind,
        types=KINDS,
        as_typed=as_typed,
        results=results,
        paging=Paging(number, PER_PAGE, results.total),
        filters=filters,
        unfiltered=saved_searches.search_address(q, kind),
        facets=results.papers,
        saved=held,
        form=form,
        other=other,
    )
    return render_page(
        request, "search/search.html", context, blocks=("results",), status=form.status
    )


@dataclass(frozen=True)
class Jump:
    q: str
    places: list[QuickOpenEntry]
    stopped: bool = False


@router.get("/jump")
def jump(request: Request, db: Db, q: str = "") -> HTMLResponse:
    """Where a few letters may lead: the list of the palette, best first."""
    fixed = _fixed(request)
    if not q.strip():
        return render_page(request, "search/jump.html", Jump(q, fixed))
    found: list[QuickOpenEntry] = []
    with db.read() as session, service.deadline(session) as patience:
        found = candidates.list_candidates(session, q, language_of(request))
    shown = rank_candidates(q, [*fixed, *found], limit=_SHOWN)
    return render_page(request, "search/jump.html", Jump(q, shown, patience.stopped))


# What the palette knows beside the library: pages, and what a page's own buttons do (`press` finds
# the button).
_PAGES = (
    ("/", N_("Overview")),
    ("/papers", N_("Papers")),
    ("/authors", N_("Authors")),
    ("/tags", N_("Tags")),
    ("/venues", N_("Venues")),
    ("/years", N_("Years")),
    ("/notes", N_("Notes")),
    ("/comparisons", N_("Comparison")),
    ("/techniques", N_("Techniques")),
    ("/issues", N_("Issues")),
    ("/search", N_("Search")),
    ("/watches", N_("Watches")),
    ("/import", N_("Import")),
    ("/trash", N_("Trash")),
    ("/changes", N_("Changes of many")),
    ("/settings", N_("Settings")),
)
_COMMANDS = (
    ("/papers/new", N_("Add paper")),
    ("/notes/new", N_("New note")),
    ("/comparisons/new", N_("New comparison")),
    ("/techniques/new", N_("New technique")),
    ("/issues/new", N_("New issue")),
)
_BUTTONS = (
    ('[name="theme"][value="light"]', N_("Appearance"), N_("Light")),
    ('[name="theme"][value="dark"]', N_("Appearance"), N_("Dark")),
    ('[name="theme"][value=""]', N_("Appearance"), N_("As the system")),
    ('[name="density"][value=""]', N_("Appearance"), N_("Roomy lists")),
    ('[name="density"][value="compact"]', N_("Appearance"), N_("Compact lists")),
    ('[data-key="?"]', "", N_("Keyboard")),
)


def _fixed(request: Request) -> list[QuickOpenEntry]:
    """Pages and commands, found by their names in every language, shown in the reader's."""
    mine = load_catalogue(language_of(request)).gettext

    def place(
        kind: candidates.PlaceKind, *texts: str, url: str = "", press: str = ""
    ) -> QuickOpenEntry:
        names = (
            ": ".join(filter(None, map(load_catalogue(each).gettext, texts))) for each in LANGUAGES
        )
        label = ": ".join(filter(None, map(mine, filter(None, texts))))
        return QuickOpenEntry(kind, label, url, names=tuple(names), press=press)

    return [
        *(place("command", text, url=url) for url, text in _COMMANDS),
        *(place("page", text, url=url) for url, text in _PAGES),
        *(
            QuickOpenEntry(
                "command",
                label,
                "",
                names=(code, "language", "语言"),
                press=f'[name="language"][value="{code}"]',
            )
            for code, label in LANGUAGES.items()
        ),
        *(place("command", *texts, press=press) for press, *texts in _BUTTONS),
    ]
