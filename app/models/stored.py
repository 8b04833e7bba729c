"""Every stored table, and what is done with its rows by those who mean all tables: the vault, the
search index, the merging of two papers and the undoing of an import. A new table comes in here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlmodel import SQLModel

from app.models.benchmarks import (
    Benchmark,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    BenchmarkResult,
    Score,
    ScorePair,
)
from app.models.comparison import (
    CellChange,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Evidence,
    Ruling,
)
from app.models.correspondences import (
    Correspondence,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
)
from app.models.files import (
    FilePage,
    Mark,
    PaperFile,
    PrintedReference,
    ReadingPlace,
    RemovedFile,
    StoredFile,
)
from app.models.hypotheses import Hypothesis
from app.models.imports import ImportBatch, ImportItem, ImportRemoval
from app.models.library import (
    Author,
    AuthorVariant,
    BulkChange,
    FormerCitekey,
    LibraryState,
    Paper,
    PaperAuthor,
    PaperDistinct,
    PaperField,
    PaperMerge,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Tag,
    TagChange,
)
from app.models.notes import Attachment, Link, Note, NoteRevision
from app.models.queue import QueueSample, QueueSamplePaper
from app.models.search import SavedSearch, SearchDocument, SearchFile, SearchTerm, TextVector
from app.models.vault import SyncConflict, SyncedFile, SyncedFolder
from app.models.vocabularies import Issue, MarkColour, ResearchField, Technique, Verdict
from app.models.watches import Watch, WatchEntry

Touches = Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class StoredTable:
    """A table.

    `vault`: how a folder of Markdown has its rows: `rows` of their own, in the list that is named
    of another table's rows, `names` in such lists; or not, for they are `derived` from others, or
    are this `machine`'s.

    `index`: what a changed row touches in the search index: columns → what their values are the id
    of. "paper" is the row itself, which other documents show too; "paper text" only what is said of
    it.

    `merging`: what becomes of rows that name a paper which another takes in: it gets those that it
    has not (`joins`), or a `choice` decides whose it has, or they name the other now (`follows`).

    `parts` and `uses`: of the columns that name a row, those of which a row of this table is a part
    and goes with it where an import is undone, and those that keep the named row in the library.

    `is_content`: whether a library that has such a row is not empty.
    """

    model: type[SQLModel]
    vault: Literal["rows", "names", "derived", "machine"] | tuple[str, str] = "rows"
    index: Touches = field(default_factory=dict)
    merging: Literal["joins", "choice", "follows"] | None = None
    parts: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    is_content: bool = False

    @property
    def name(self) -> str:
        return str(self.model.__tablename__)


_TEXT: Touches = {("paper_id",): "paper text"}
_CELL = ("technique_id", "issue_id")
_FIELDS = ("source_field_id", "target_field_id")
_TIE: Touches = {("correspondence_id",): "correspondence"}

# Those that refer to others come after them.
STORED = (
    StoredTable(Verdict, index={("id",): "verdict"}),
    StoredTable(MarkColour),
    StoredTable(ResearchField, is_content=True),
    StoredTable(Technique, index={("id",): "technique"}, is_content=True),
    StoredTable(Issue, index={("id",): "issue"}, uses=("field_id",), is_content=True),
    StoredTable(Author, vault="names", index={("id",): "author"}),
    StoredTable(AuthorVariant),
    StoredTable(Tag, vault="names", index={("id",): "tag"}),
    StoredTable(TagChange, vault="machine"),
    StoredTable(Paper, index={("id",): "paper"}, is_content=True),
    StoredTable(
        PaperAuthor,
        vault=("paper", "authors"),
        index=_TEXT,
        merging="choice",
        parts=("paper_id",),
        uses=("author_id",),
    ),
    StoredTable(
        PaperTechnique,
        vault=("paper", "techniques"),
        index=_TEXT,
        merging="joins",
        parts=("paper_id",),
        uses=("technique_id",),
    ),
    StoredTable(
        PaperField,
        vault=("paper", "fields"),
        merging="joins",
        parts=("paper_id",),
        uses=("field_id",),
    ),
    StoredTable(
        PaperTag,
        vault=("paper", "tags"),
        index=_TEXT,
        merging="joins",
        parts=("paper_id",),
        uses=("tag_id",),
    ),
    StoredTable(
        PaperVerdict,
        vault=("paper", "verdicts"),
        index=_TEXT,
        merging="follows",
        parts=("paper_id",),
        uses=("verdict_id",),
    ),
    StoredTable(
        FormerCitekey,
        vault=("paper", "former_citekeys"),
        index=_TEXT,
        merging="follows",
        parts=("paper_id",),
    ),
    StoredTable(
        Note,
        index={("id",): "note", **_TEXT},
        merging="follows",
        uses=("paper_id", *_CELL),
        is_content=True,
    ),
    StoredTable(NoteRevision, parts=("note_id",)),
    StoredTable(PaperMerge, merging="follows", parts=("keep_id",)),
    StoredTable(PaperDistinct, merging="joins", parts=("first_id", "second_id")),
    StoredTable(Attachment),
    StoredTable(StoredFile),
    StoredTable(
        PaperFile,
        merging="joins",
        parts=("paper_id",),
        uses=("sha256",),
    ),
    StoredTable(
        RemovedFile,
        merging="joins",
        parts=("paper_id",),
        uses=("sha256",),
    ),
    StoredTable(FilePage, vault="derived", parts=("sha256",)),
    StoredTable(PrintedReference, vault="derived", parts=("sha256",)),
    StoredTable(Mark, index=_TEXT, merging="follows", parts=("paper_id",), uses=("sha256",)),
    StoredTable(
        ReadingPlace,
        vault="machine",
        merging="joins",
        parts=("paper_id",),
        uses=("sha256",),
    ),
    StoredTable(Benchmark, merging="follows", uses=("paper_id",), is_content=True),
    StoredTable(BenchmarkCategory, parts=("benchmark_id",)),
    StoredTable(BenchmarkItem, parts=("benchmark_id",)),
    StoredTable(BenchmarkMapping, uses=("issue_id", "category_id", "item_id")),
    StoredTable(BenchmarkResult, uses=("benchmark_id",)),
    StoredTable(
        Score,
        merging="follows",
        uses=("benchmark_id", "category_id", "paper_id"),
    ),
    StoredTable(ScorePair, uses=("technique_id", "with_id", "without_id")),
    StoredTable(Comparison, uses=_FIELDS, is_content=True),
    StoredTable(
        ComparisonRow,
        vault=("comparison", "rows"),
        parts=("comparison_id",),
        uses=("technique_id",),
    ),
    StoredTable(
        ComparisonColumn,
        vault=("comparison", "columns"),
        parts=("comparison_id",),
        uses=("issue_id",),
    ),
    StoredTable(Claim, index={_CELL: "cell"}, uses=_CELL),
    StoredTable(
        Evidence,
        vault=("claim", "evidence"),
        index={("claim_id",): "claim"},
        merging="follows",
        parts=("claim_id",),
        uses=("paper_id", "note_id", "pair_id", "item_id"),
    ),
    StoredTable(Ruling, index={_CELL: "cell"}, uses=_CELL),
    StoredTable(CellChange, parts=_CELL),
    StoredTable(Correspondence, index={("id",): "correspondence"}, uses=_FIELDS, is_content=True),
    StoredTable(
        CorrespondenceTechnique,
        vault=("correspondence", "techniques"),
        index=_TIE,
        parts=("correspondence_id",),
        uses=("technique_id",),
    ),
    StoredTable(
        CorrespondenceIssue,
        vault=("correspondence", "issues"),
        index=_TIE,
        parts=("correspondence_id",),
        uses=("issue_id",),
    ),
    StoredTable(
        CorrespondencePaper,
        vault=("correspondence", "papers"),
        index=_TIE,
        merging="joins",
        parts=("correspondence_id",),
        uses=("paper_id",),
    ),
    StoredTable(
        Hypothesis,
        index={_CELL: "cell"},
        uses=(
            *(*_CELL, "category_id", "correspondence_id"),
            *("contradicting_claim_id", "contradicting_note_id", "claim_id"),
        ),
    ),
    StoredTable(SavedSearch),
    StoredTable(Watch),
    StoredTable(WatchEntry, vault="machine", merging="follows", parts=("watch_id", "paper_id")),
    StoredTable(QueueSample, vault="machine"),
    StoredTable(
        QueueSamplePaper, vault="machine", merging="joins", parts=("sample_id", "paper_id")
    ),
    StoredTable(ImportBatch),
    StoredTable(ImportItem, merging="follows", parts=("batch_id",)),
    StoredTable(ImportRemoval, vault="machine", parts=("batch_id",)),
    StoredTable(BulkChange, vault="machine"),
    StoredTable(Link),
    StoredTable(SearchDocument, vault="derived"),
    StoredTable(SearchFile, vault="derived"),
    StoredTable(SearchTerm, vault="derived"),
    StoredTable(TextVector, vault="derived"),
    StoredTable(SyncedFolder, vault="machine"),
    StoredTable(SyncedFile, vault="machine", parts=("folder_id",)),
    StoredTable(SyncConflict, vault="machine", parts=("folder_id",)),
    StoredTable(LibraryState, vault="machine"),
)
# What a backup holds: a database has its own state, and an index is made anew. A table that is no
# more stays in here, for libraries of an older schema have it.
BACKED_UP = frozenset(
    each.name for each in STORED if each.vault != "derived" and each.model is not LibraryState
)
# Tables of which SQLite may give a number again once the row is gone: nothing else remembers it.
# All others with numbers say AUTOINCREMENT (`sqlite_autoincrement` in their migration).
_ONLY_TIED = ("author", "tag", "evidence", "note_revision", "link", "import_item", "synced_file")
RENUMBERED = frozenset([*_ONLY_TIED, "search_document", "library_state"])
CONTENT = tuple(each.model for each in STORED if each.is_content)


def references_to(model: type[SQLModel]) -> Iterator[tuple[StoredTable, str]]:
    """Every column that names a row of `model`, with its table."""
    name = str(model.__tablename__)
    for each in STORED:
        for column in SQLModel.metadata.tables[each.name].columns:
            if any(key.column.table.name == name for key in column.foreign_keys):
                yield each, column.name
