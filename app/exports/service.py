"""What is exported, read from the library: a comparison with what it cites, papers in batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.comparison.table.build import Table, claims_by_cell
from app.database import Database
from app.errors import N_, Invalid
from app.exports.formats.paper_entry import PaperEntry
from app.exports.formats.table_model import Sheet
from app.exports.table_export import sheet_of
from app.exports.table_request import Options, table_for
from app.hypotheses import service as hypotheses
from app.kit.batches import batches
from app.kit.text import fold
from app.library import service as library
from app.library.filters import ORDERS, PaperFilters
from app.marks import service as marks
from app.marks.rules import write_out_marks
from app.models import Claim, Paper
from app.notes import service as notes
from app.search import service as search
from app.settings import Language
from app.vocabularies import sets

BATCH = 200


@dataclass(frozen=True)
class ComparisonExport:
    """A comparison as it was read, as it is written down, and the papers that it cites."""

    table: Table
    claims: Mapping[tuple[int, int], list[Claim]]
    sheet: Sheet
    cited: list[PaperEntry]


def read_comparison(
    session: Session, slug: str, options: Options, *, language: Language
) -> ComparisonExport:
    """A comparison with all that its formats need, in a constant number of statements.

    `options` are those of its page. Raises NotFound, Invalid.
    """
    table = table_for(session, slug, options)
    claims = claims_by_cell(session, table)
    untried = (
        () if table.view.as_of else hypotheses.list_untried_cells(session, table.comparison.id)
    )
    sheet = sheet_of(table, claims, untried=untried, language=language)
    ids = {
        evidence.paper.citekey: evidence.paper_id or 0
        for claims_of_cell in claims.values()
        for claim in claims_of_cell
        for evidence in claim.evidence
        if evidence.paper
    }
    cited = library.papers_of(session, [ids[citekey] for citekey in sheet.citekeys])
    return ComparisonExport(table, claims, sheet, list(map(make_entry, cited)))


def find_papers(session: Session, q: str, filters: PaperFilters, sort: str = "") -> list[int]:
    """The ids of the papers that the list shows for a query and its filters, in the same order.

    Raises TookTooLong where that is not known in time: a part of them would pass for all.
    """
    asked = search.papers_asked(session, q, filters, filled=sort not in ORDERS, whole=True)
    return library.paper_ids(
        session,
        asked.filters,
        matching=asked.select,
        sort=sort if sort in ORDERS else "relevance" if asked.matches else "added",
    )


def newest_papers(session: Session, q: str, filters: PaperFilters, *, count: int) -> list[Paper]:
    """The papers that were added last among those that the list shows, in a constant number of
    statements. Raises TookTooLong."""
    asked = search.papers_asked(session, q, filters, filled=False, whole=True)
    ids = library.paper_ids(session, asked.filters, matching=asked.select, most=count)
    return library.papers_of(session, ids)


def named_papers(session: Session, citekeys: Sequence[str]) -> list[int]:
    """The ids of the papers that are found by these citation keys, each once, in this order.

    Raises Invalid naming a key that is no paper's.
    """
    papers = library.get_papers_by_key(session, citekeys)
    for citekey in citekeys:
        if fold(citekey) not in papers:
            raise Invalid.field(
                "key", N_("No paper has the citation key {citekey}."), citekey=citekey[:80]
            )
    return list(dict.fromkeys(papers[fold(citekey)].id for citekey in citekeys))


def by_author(session: Session, ids: Sequence[int]) -> list[int]:
    """The same papers in the order of a bibliography: by first author, year, title."""
    papers = library.papers_of(session, ids)

    def place(paper: Paper) -> tuple[str, int, str]:
        first = next((each.author.sort_name for each in paper.author_places), "\U0010ffff")
        return first, paper.year or 0, paper.title_sort

    return [paper.id for paper in sorted(papers, key=place)]


def records_in_batches(
    database: Database, ids: Sequence[int], *, with_notes: bool = False
) -> Iterator[PaperEntry]:
    """The papers with these ids one by one, loaded `BATCH` at a time.

    Each batch is a transaction of its own, so that a slow reader holds none open.
    """
    for batch in batches(ids, BATCH):
        with database.read() as session:
            records = read_records(session, batch, with_notes=with_notes)
        yield from records


def read_records(
    session: Session, ids: Sequence[int], *, with_notes: bool = False
) -> list[PaperEntry]:
    """The papers with these ids in this order, in a constant number of statements."""
    papers = library.papers_of(session, ids)
    former = library.list_former_keys(session, ids)
    texts = notes.note_texts_by_paper(session, ids) if with_notes else {}
    if with_notes:
        colours = sets.mark_colours(session)
        for number, found in marks.marks_by_paper(session, ids).items():
            texts.setdefault(number, []).append(write_out_marks(found, colours))
    return [
        make_entry(paper, notes=texts.get(paper.id, ()), former=former.get(paper.id, ()))
        for paper in papers
    ]


def make_entry(
    paper: Paper, *, notes: Sequence[str] = (), former: Sequence[str] = ()
) -> PaperEntry:
    """A paper as formats are written from it (its authors and tags must be loaded)."""
    return PaperEntry(
        paper,
        authors=tuple(paper.authors_written),
        keywords=tuple(paper.tag_names),
        notes=tuple(notes),
        former=tuple(former),
    )
