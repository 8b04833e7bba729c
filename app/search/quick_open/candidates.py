"""What the palette can lead to in the library, few enough to be put in order (`matching`)."""

from collections.abc import Sequence

from sqlmodel import Session

from app.kit.text import ascii_fold
from app.models import Issue, Technique
from app.search import queries
from app.search.query.language import QueryPlan, QueryTerm
from app.search.quick_open.matching import PlaceKind, QuickOpenEntry, typed_words
from app.search.retrieval import run_query
from app.settings import Language

__all__ = ["PlaceKind", "QuickOpenEntry", "list_candidates"]

_PAPERS = 60  # that the index finds
_AUTHORS = 3  # by whose names a paper is found


def list_candidates(session: Session, q: str, language: Language) -> list[QuickOpenEntry]:
    """Everything in the library that `q` may mean; a constant number of statements.

    Techniques, issues and comparisons are all there; papers and notes are those that the index
    finds, and the papers in whose citation key the letters stand in their order: of those, all that
    begin with the first letter, and among the newest also those that do not.
    """
    words = typed_words(q)
    if not words:
        return []
    plan = QueryPlan(groups=tuple((QueryTerm(word),) for word in words))
    found = run_query(session, plan, kinds=("paper", "note"), papers=_PAPERS, as_typed=True).found
    papers = dict.fromkeys(key[0] for kind, key in found[: 2 * _PAPERS] if kind == "paper")
    notes = [key[0] for kind, key in found[: 2 * _PAPERS] if kind == "note"]
    letters = ["".join(filter(str.isalnum, ascii_fold(word))) for word in words]
    papers |= dict.fromkeys(queries.papers_keyed_like(session, [each for each in letters if each]))
    return [
        *_papers(session, list(papers)),
        *_terms("technique", queries.every_technique(session), language),
        *_terms("issue", queries.every_issue(session), language),
        *_comparisons(session, language),
        *(
            QuickOpenEntry("note", title, f"/notes/{number}")
            for number, title in queries.note_titles(session, notes)
        ),
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
                f"/papers/{citekey}",
                detail=f"{family} {year or ''}".strip(),
                names=(short, citekey, brief, str(year or ""), *names),
            )
        )
    return found


def _terms(
    kind: PlaceKind, terms: Sequence[Technique | Issue], language: Language
) -> list[QuickOpenEntry]:
    return [
        QuickOpenEntry(
            kind,
            (each.name_zh or each.name_en) if language == "zh" else (each.name_en or each.name_zh),
            f"/{kind}s/{each.slug}",
            names=(
                each.name_en,
                each.name_zh,
                *each.synonyms_en,
                *each.synonyms_zh,
                each.slug,
            ),
        )
        for each in terms
    ]


def _comparisons(session: Session, language: Language) -> list[QuickOpenEntry]:
    return [
        QuickOpenEntry(
            "comparison",
            (zh or en) if language == "zh" else (en or zh),
            f"/comparisons/{slug}",
            names=(en, zh, slug),
        )
        for slug, en, zh in queries.comparison_titles(session)
    ]
