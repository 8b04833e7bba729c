"""Which papers of the library the papers of the library cite, by the references that their files
print; nobody else is asked. What is not surely the same work is none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import Select, and_, distinct, func, or_, select
from sqlmodel import Session, col

from app.files.references import reference_key
from app.files.service import files_of
from app.kit.batches import batches
from app.kit.text import fold_letters, sort_key
from app.models import (
    Kind,
    Paper,
    PaperFile,
    PaperVerdict,
    PrintedReference,
    Verdict,
)
from app.sources.doi.ids import try_doi

_BEGINNING = 12  # letters with which two titles begin alike, to be compared
_ALIKE = 95.0  # of 100: titles that are one, printed once with a slip
_TELLING = 15  # letters that a title needs for that; of fewer, all must be the same
_APART = 2  # years between a preprint and its publication
_BATCH = 100  # entries that a statement asks for
_OFTEN = 300  # works that many papers cite, of which those that are held are left out
_LAST = "\U0010ffff"


class PaperName(NamedTuple):
    """What a list calls a paper by."""

    id: int
    citekey: str
    title: str
    year: int | None


@dataclass(frozen=True)
class PrintedCitation:
    """An entry of a paper's list of references, and the paper of the library that it is."""

    entry: PrintedReference
    paper: PaperName | None = None


@dataclass(frozen=True)
class MissingWork:
    """A work that papers of the library cite and the library has not; `entry` is how one of them
    prints it."""

    entry: PrintedReference
    cited_by: tuple[PaperName, ...]


def list_citations(session: Session, paper: Paper) -> list[PrintedCitation]:
    """The references that the paper's file prints, in its order: of its files, those of the first
    to be read that prints any."""
    for file in files_of(session, paper.id):
        printed = (
            select(PrintedReference)
            .where(col(PrintedReference.sha256) == file.sha256)
            .order_by(col(PrintedReference.position))
        )
        if entries := list(session.scalars(printed)):
            held = match_entries(session, entries)
            return [
                PrintedCitation(entry, None if found and found.id == paper.id else found)
                for entry in entries
                for found in [held.get(entry.position)]
            ]
    return []


def list_citing(session: Session, paper: Paper) -> list[PaperName]:
    """The papers of the library whose files' references name this one; the newest first."""
    doi = try_doi(paper.doi or "")
    key = reference_key(paper.title, None, None)
    titled = col(PrintedReference.key) == key
    if paper.year:
        said = func.coalesce(col(PrintedReference.year), paper.year)
        titled = and_(titled, said.between(paper.year - _APART, paper.year + _APART))
    same = [
        titled if key else None,
        col(PrintedReference.doi) == doi.folded if doi else None,
        col(PrintedReference.arxiv_id) == paper.arxiv_id if paper.arxiv_id else None,
    ]
    named = [condition for condition in same if condition is not None]
    if not named:
        return []
    files = select(col(PrintedReference.sha256)).where(or_(*named))
    rows = session.execute(
        select(col(Paper.id), col(Paper.citekey), col(Paper.title), col(Paper.year))
        .join(PaperFile, col(PaperFile.paper_id) == col(Paper.id))
        .where(
            col(PaperFile.sha256).in_(files),
            col(Paper.id) != paper.id,
            col(Paper.trashed_at).is_(None),
        )
        .distinct()
        .order_by(col(Paper.year).desc().nulls_last(), col(Paper.citekey))
    )
    return [PaperName(*row) for row in rows]


def list_missing_works(
    session: Session, *, adopted: bool = False, least: int = 2, limit: int = 50
) -> list[MissingWork]:
    """The works that most papers cite and that the library has not; with `adopted`, most of those
    whose verdict is the best of the set."""
    cited = (
        select(
            col(PrintedReference.key),
            func.count(distinct(col(PaperFile.paper_id))).label("papers"),
        )
        .join(PaperFile, col(PaperFile.sha256) == col(PrintedReference.sha256))
        .join(Paper, col(Paper.id) == col(PaperFile.paper_id))
        .where(col(Paper.trashed_at).is_(None), col(PrintedReference.key) != "")
        .group_by(col(PrintedReference.key))
    )
    if adopted:
        cited = cited.where(col(Paper.id).in_(_adopted()))
    count = func.count(distinct(col(PaperFile.paper_id)))
    cited = cited.having(count >= least).order_by(count.desc(), col(PrintedReference.key))
    keys = [key for key, _ in session.execute(cited.limit(_OFTEN))]
    if not keys:
        return []
    entries: dict[str, list[PrintedReference]] = {key: [] for key in keys}
    printed = select(PrintedReference).where(col(PrintedReference.key).in_(keys))
    for entry in session.scalars(printed):
        entries[entry.key].append(entry)
    shown = [_best_printed(some) for some in entries.values() if some]
    numbered = dict(enumerate(shown))
    held = _match(session, numbered)
    missing = [entry for at, entry in numbered.items() if at not in held][:limit]
    citing = _citing_by_key(session, [entry.key for entry in missing], adopted=adopted)
    return [MissingWork(entry, tuple(citing[entry.key])) for entry in missing]


def _adopted() -> Select[int | None]:
    """The papers with the verdict that comes first in the set."""
    first = select(col(Verdict.id)).order_by(col(Verdict.position)).limit(1).scalar_subquery()
    return select(col(PaperVerdict.paper_id)).where(
        col(PaperVerdict.is_current), col(PaperVerdict.verdict_id) == first
    )


def _citing_by_key(
    session: Session, keys: Sequence[str], *, adopted: bool
) -> dict[str, list[PaperName]]:
    statement = (
        select(
            col(PrintedReference.key),
            col(Paper.id),
            col(Paper.citekey),
            col(Paper.title),
            col(Paper.year),
        )
        .join(PaperFile, col(PaperFile.sha256) == col(PrintedReference.sha256))
        .join(Paper, col(Paper.id) == col(PaperFile.paper_id))
        .where(col(PrintedReference.key).in_(keys), col(Paper.trashed_at).is_(None))
        .distinct()
        .order_by(col(Paper.citekey))
    )
    if adopted:
        statement = statement.where(col(Paper.id).in_(_adopted()))
    found: dict[str, list[PaperName]] = {key: [] for key in keys}
    for key, *paper in session.execute(statement):
        found[key].append(PaperName(*paper))
    return found


def _best_printed(entries: Sequence[PrintedReference]) -> PrintedReference:
    """The entry that says most of the work."""
    return max(entries, key=lambda each: (bool(each.doi), bool(each.arxiv_id), bool(each.year)))


# --- The same work -------------------------------------------------------------------------------


def match_entries(session: Session, entries: Sequence[PrintedReference]) -> dict[int, PaperName]:
    """The papers of the library that entries of one list are, by the entries' positions."""
    return _match(session, {entry.position: entry for entry in entries})


class _Held(NamedTuple):
    name: PaperName
    doi: str | None
    arxiv_id: str | None
    letters: str


def _match(session: Session, entries: dict[int, PrintedReference]) -> dict[int, PaperName]:
    found: dict[int, PaperName] = {}
    for batch in batches(list(entries), _BATCH):
        some = {place: entries[place] for place in batch}
        held = _near(session, some.values())
        for place, entry in some.items():
            if best := _same(entry, held):
                found[place] = best
    return found


def _near(session: Session, entries: Collection[PrintedReference]) -> list[_Held]:
    """The papers that have an entry's DOI or arXiv id, or whose title begins as its does."""
    beginnings = {sort_key(each.title)[:_BEGINNING] for each in entries if each.title} - {""}
    dois = {each.doi for each in entries if each.doi}
    arxiv_ids = {each.arxiv_id for each in entries if each.arxiv_id}
    near = [col(Paper.title_sort).between(each, each + _LAST) for each in sorted(beginnings)]
    if dois:
        near.append(func.lower(col(Paper.doi)).in_(dois))
    if arxiv_ids:
        near.append(col(Paper.arxiv_id).in_(arxiv_ids))
    if not near:
        return []
    rows = session.execute(
        select(
            col(Paper.id),
            col(Paper.citekey),
            col(Paper.title),
            col(Paper.year),
            col(Paper.doi),
            col(Paper.arxiv_id),
        ).where(and_(or_(*near), col(Paper.trashed_at).is_(None), col(Paper.kind) != Kind.LINK))
    )
    return [
        _Held(
            PaperName(number or 0, citekey, title, year),
            doi.lower() if doi else None,
            arxiv_id,
            fold_letters(title),
        )
        for number, citekey, title, year, doi, arxiv_id in rows
    ]


def _same(entry: PrintedReference, held: Sequence[_Held]) -> PaperName | None:
    by_id = (
        each.name
        for each in held
        if (entry.doi and each.doi == entry.doi)
        or (entry.arxiv_id and each.arxiv_id == entry.arxiv_id)
    )
    letters = fold_letters(entry.title)
    by_title = (each.name for each in held if _is_title(letters, entry.year, each))
    return next(chain(by_id, by_title), None)


def _is_title(letters: str, year: int | None, held: _Held) -> bool:
    if year and held.name.year and abs(year - held.name.year) > _APART:
        return False
    if len(letters) < _TELLING:
        return len(letters) >= 4 and letters == held.letters and year == held.name.year
    return fuzz.ratio(letters, held.letters, score_cutoff=_ALIKE) > 0
