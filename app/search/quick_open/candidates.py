"""What the palette can lead to in the library, few enough to be put in order (`matching`)."""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from urllib.parse import quote

from sqlmodel import Session

from app.kit.text import ascii_fold
from app.notes.links import named_terms
from app.notes.references import NamedTerm
from app.search import queries
from app.search.index.documents import DocumentKind
from app.search.query.language import QueryPlan, QueryTerm
from app.search.quick_open.matching import PlaceKind, QuickOpenEntry, typed_words
from app.search.retrieval import run_query
from app.settings import Language
from app.state_cache import StateCache

__all__ = ["PlaceKind", "QuickOpenEntry", "list_candidates"]

_PAPERS = 60  # that the index finds
_NOTES = 300  # last written
_AUTHORS = 3  # by whose names a paper is found


FOUND_KINDS: tuple[PlaceKind, ...] = (
    *("paper", "note", "technique", "issue", "comparison", "correspondence"),
)


def list_candidates(
    session: Session, q: str, language: Language, *, kinds: Collection[PlaceKind] = FOUND_KINDS
) -> list[QuickOpenEntry]:
    """Everything of these kinds in the library that `q` may mean; a constant number of statements.

    Techniques, issues, comparisons and correspondences are all there; papers and notes are those
    that the index finds, the notes last written, for their titles may be typed as they are read,
    and the papers in whose citation key the letters stand in their order: of those, all that
    begin with the first letter, and among the newest also those that do not.
    """
    words = typed_words(q)
    found, notes = _indexed(session, words, kinds) if words else ([], [])
    for kind, make in _ALL_THERE.items():
        if kind in kinds:
            found += _kept.get(session, (kind, language), partial(make, session, language))
    return found + notes


def _indexed(
    session: Session, words: Sequence[str], kinds: Collection[PlaceKind]
) -> tuple[list[QuickOpenEntry], list[QuickOpenEntry]]:
    """The papers, and the notes, that the index finds, among the papers those that
    have such a key, too."""
    plan = QueryPlan(groups=tuple((QueryTerm(word),) for word in words))
    wanted: tuple[DocumentKind, ...] = tuple(k for k in ("paper", "note") if k in kinds)
    if not wanted:
        return [], []
    # One Latin letter says too little for the index: keys and names are enough.
    is_letter = len("".join(words)) == 1 and words[0].isascii()
    found = []
    if not is_letter:
        found = run_query(session, plan, kinds=wanted, papers=_PAPERS, as_typed=True).found
    papers = dict.fromkeys(key[0] for kind, key in found[: 2 * _PAPERS] if kind == "paper")
    notes = [key[0] for kind, key in found[: 2 * _PAPERS] if kind == "note"]
    if "paper" in kinds:
        letters = ["".join(filter(str.isalnum, ascii_fold(word))) for word in words]
        typed = [each for each in letters if each]
        papers |= dict.fromkeys(queries.papers_keyed_like(session, typed))
    titles = dict(queries.note_titles(session, notes)) if notes else {}
    if "note" in kinds and "".join(words).isascii():
        titles |= dict(queries.last_written_notes(session, _NOTES))
    return _papers(session, list(papers)), [
        QuickOpenEntry("note", title, f"/notes/{number}") for number, title in titles.items()
    ]


def _papers(session: Session, numbers: Sequence[int]) -> list[QuickOpenEntry]:
    authors = queries.first_authors(session, numbers, _AUTHORS)
    found = []
    for number, citekey, title, short, year in queries.paper_titles(session, numbers):
        names = authors.get(number, [])
        family = names[0].split()[-1] if names and names[0].split() else ""
        # As one writes it in a hurry: kim21vilt.
        brief = f"{family} {year % 100:02} {short or title}" if year else f"{family} {short}"
        found.append(
            QuickOpenEntry(
                "paper",
                title,
                f"/papers/{quote(citekey)}",
                detail=f"{family} {year or ''}".strip(),
                names=(short, citekey, brief, str(year or ""), *names),
            )
        )
    return found


def _terms(kind: PlaceKind, session: Session, language: Language) -> list[QuickOpenEntry]:
    return _entries_of(named_terms(session), kind, language)


@lru_cache(maxsize=8)  # most changes of a library are of no term
def _entries_of(
    terms: Sequence[NamedTerm], kind: PlaceKind, language: Language
) -> list[QuickOpenEntry]:
    return [
        QuickOpenEntry(
            kind,
            (each.name_zh or each.name_en) if language == "zh" else (each.name_en or each.name_zh),
            f"/{kind}s/{quote(each.slug)}",
            names=(each.name_en, each.name_zh, *each.synonyms, *each.former, each.slug),
        )
        for each in terms
        if each.kind == kind
    ]


def _titled(
    kind: PlaceKind, titles: Sequence[tuple[str, str, str]], language: Language
) -> list[QuickOpenEntry]:
    return [
        QuickOpenEntry(
            kind,
            (zh or en) if language == "zh" else (en or zh),
            f"/{kind}s/{quote(slug)}",
            names=(en, zh, slug),
        )
        for slug, en, zh in titles
    ]


_ALL_THERE: dict[PlaceKind, Callable[[Session, Language], list[QuickOpenEntry]]] = {
    "technique": partial(_terms, "technique"),
    "issue": partial(_terms, "issue"),
    "comparison": lambda session, language: _titled(
        "comparison", queries.comparison_titles(session), language
    ),
    "correspondence": lambda session, language: _titled(
        "correspondence", queries.correspondence_titles(session), language
    ),
}
_kept = StateCache[list[QuickOpenEntry]](16)
