"""The feed of what is new for a query and the filters of the list of papers."""

from collections.abc import Sequence
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.exports.formats import atom
from app.exports.formats.atom import Category, Feed, FeedEntry
from app.exports.formats.paper_entry import PaperEntry
from app.exports.service import make_entry, newest_papers
from app.library.filters import FILTERS, PaperFilters
from app.models import Paper, Technique
from app.settings import Language
from app.web.dependencies import Db
from app.web.languages import language_of, load_catalogue
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)
ENTRIES = 50
_ASKED = ("q", *FILTERS)


@router.get("/feed.atom")
def feed(request: Request, db: Db, q: str = "") -> Response:
    """The papers that were added last among those that the list shows, as Atom; 304 where the
    reader has it already."""
    language = language_of(request)
    filters = PaperFilters.read(request.query_params.getlist)
    with db.read() as session:
        papers = newest_papers(session, q, filters, count=ENTRIES)
    base = str(request.base_url)
    params = request.query_params.multi_items()
    asked = urlencode([(name, value) for name, value in params if name in _ASKED and value])
    said = load_catalogue(language).gettext
    made = Feed(
        title=" · ".join(filter(None, ("Crosswalk", said("New papers"), _said(params)))),
        url=f"{base}feed.atom{'?' if asked else ''}{asked}",
        page=f"{base}papers{'?' if asked else ''}{asked}",
        entries=[_entry(paper, base, language) for paper in papers],
    )
    return _answer(request, atom.write_feed(made), made)


def _answer(request: Request, content: bytes, made: Feed) -> Response:
    """The feed, or that it has not changed (RFC 9110, 13.1: an ETag goes before a date)."""
    etag = f'W/"{sha256(content).hexdigest()[:24]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(made.updated, usegmt=True),
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language, Cookie",
    }
    if known := request.headers.get("if-none-match"):
        unchanged = known.strip() == "*" or etag in (each.strip() for each in known.split(","))
    else:
        unchanged = _seen(request.headers.get("if-modified-since", ""), made)
    if unchanged:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=atom.MEDIA_TYPE, headers=headers)


def _seen(since: str, made: Feed) -> bool:
    try:
        return made.updated.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def _said(params: Sequence[tuple[str, str]]) -> str:
    """What the feed is narrowed by, in words."""
    values = [value if name == "q" else f"{name}:{value}" for name, value in params if value]
    return " ".join(" ".join(each.split()) for each in values)[:200]


def _entry(paper: Paper, base: str, language: Language) -> FeedEntry:
    record = make_entry(paper)
    given = paper.verdict
    label = _name(given.verdict.label_en, given.verdict.label_zh, language) if given else ""
    verdict = f"{given.verdict.sign} {label}: {given.reason}" if given else ""
    if given and given.due:
        words = load_catalogue(language)
        again = words.gettext("again from %(date)s") % {"date": words.date(given.due)}
        verdict = f"{verdict.rstrip(': ')} ({again})"
    return FeedEntry(
        id=atom.id_of("paper", paper.id, paper.created_at),
        title=paper.title,
        url=f"{base}papers/{quote(paper.citekey)}",
        added=paper.created_at,
        updated=paper.updated_at,
        authors=tuple(paper.authors),
        summary="\n\n".join(filter(None, (verdict, paper.abstract))),
        related=_related(record),
        categories=(
            *((Category(f"{base}verdicts", given.verdict.slug, label),) if given else ()),
            *(_technique(each, base, language) for each in paper.techniques),
            *(Category(f"{base}tags", tag, tag) for tag in paper.tag_names),
        ),
    )


def _related(record: PaperEntry) -> str:
    doi = record.paper.doi
    return record.url or (f"https://doi.org/{quote(doi, safe='/:;()')}" if doi else "")


def _technique(technique: Technique, base: str, language: Language) -> Category:
    label = _name(technique.name_en, technique.name_zh, language)
    return Category(f"{base}techniques", technique.slug, label)


def _name(english: str, chinese: str, language: Language) -> str:
    return (chinese or english) if language == "zh" else (english or chinese)
