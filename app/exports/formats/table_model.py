"""What the formats are written from: a comparison as plain values, in one language. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.errors import N_
from app.models.comparison import Basis, Confidence
from app.models.stances import BASES, STANCES

Say = Callable[[str], str]  # a msgid in the reader's language

CONFIDENCES: Mapping[str, str] = {
    Confidence.LOW: N_("low confidence"),
    Confidence.MEDIUM: N_("medium confidence"),
    Confidence.HIGH: N_("high confidence"),
}


LEFT_OUT = "…"  # a cell that a filter leaves out, which is no blank
UNTRIED = "▷"  # a blank with a hypothesis that is to be tried
UNTRIED_LABEL = N_("a hypothesis to be tried")


@dataclass(frozen=True)
class Head:
    """What stands at the head of a row or a column; `depth` is its place in the tree."""

    slug: str
    name: str
    depth: int = 0
    has_children: bool = False


@dataclass(frozen=True)
class CitedSource:
    """What a cell rests on: a paper, by its citation key, or a note, by its id."""

    paper: str = ""
    note: int = 0
    against: bool = False

    def __str__(self) -> str:
        return self.paper or f"note {self.note}"  # no citation key has a space


@dataclass(frozen=True)
class TableEntry:
    """A cell that is filled. A cell nobody has examined has no entry."""

    stance: str
    confidence: str = ""
    ruled: bool = False
    claims: int = 0
    sources: tuple[CitedSource, ...] = ()
    basis: str = ""
    figures: tuple[str, ...] = ()  # pairs of scores in words: "+12.6 on Spider-DK, …"

    @property
    def supporting(self) -> list[CitedSource]:
        return [each for each in self.sources if not each.against]

    @property
    def contradicting(self) -> list[CitedSource]:
        return [each for each in self.sources if each.against]


@dataclass(frozen=True)
class Sheet:
    """A comparison as it is written down: rows that were filtered out are not in it.

    `cells` has the filled cells by the slugs of row and column, and `left_out` those that a filter
    leaves out of the rows that are here. `notes` has the titles of the notes that cells rest on,
    `day` is the date as of which all this stood. `untried` are the cells with a hypothesis that is
    to be tried.
    """

    slug: str
    title: str
    day: date
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: Mapping[tuple[str, str], TableEntry]
    description: str = ""
    left_out: frozenset[tuple[str, str]] = frozenset()
    untried: frozenset[tuple[str, str]] = frozenset()
    notes: Mapping[int, str] = field(default_factory=dict)

    def at(self, row: Head, column: Head) -> "TableEntry | str":
        """What stands in a cell: an entry, `LEFT_OUT`, or "" where nobody has examined it."""
        key = (row.slug, column.slug)
        return self.cells.get(key) or (LEFT_OUT if key in self.left_out else "")

    def marked(self, row: Head, column: Head) -> "TableEntry | str":
        """The same, where a blank with a hypothesis says so by `UNTRIED`."""
        said = self.at(row, column)
        return UNTRIED if said == "" and (row.slug, column.slug) in self.untried else said

    def entries(self) -> Iterator[TableEntry]:
        """The filled cells in reading order."""
        for row in self.rows:
            for column in self.columns:
                if entry := self.cells.get((row.slug, column.slug)):
                    yield entry

    def figures(self) -> Iterator[tuple[Head, Head, str]]:
        """What pairs of scores the cells show, with row and column, in reading order."""
        for row in self.rows:
            for column in self.columns:
                if entry := self.cells.get((row.slug, column.slug)):
                    for figure in entry.figures:
                        yield row, column, figure

    def sources(self) -> list[CitedSource]:
        """Every paper and note that a cell rests on, once, in reading order, without its side."""
        return list(
            dict.fromkeys(
                CitedSource(source.paper, source.note)
                for entry in self.entries()
                for source in entry.sources
            )
        )

    @property
    def citekeys(self) -> list[str]:
        return [source.paper for source in self.sources() if source.paper]

    @property
    def note_ids(self) -> list[int]:
        return [source.note for source in self.sources() if source.note]


def describe_cell(entry: TableEntry, say: Say) -> str:
    """A cell in words, without its sources: "Partly addresses it, nobody tried, high confidence,
    ruled"."""
    words = [STANCES[entry.stance].label]
    if entry.basis:
        words.append(BASES[Basis(entry.basis)].label)
    if entry.confidence:
        words.append(CONFIDENCES[entry.confidence])
    if entry.ruled:
        words.append(N_("ruled"))
    return say(N_(", ")).join(map(say, words))


def describe_size(sheet: Sheet, say: Say) -> str:
    """How much is written down, in words."""
    return say(N_("{rows} techniques × {columns} issues, {filled} cells examined")).format(
        rows=len(sheet.rows), columns=len(sheet.columns), filled=sum(1 for _ in sheet.entries())
    )
