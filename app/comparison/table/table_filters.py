"""How a table is read: what its address asks for, and which cells that leaves. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs

from pydantic import BaseModel, Field

from app.comparison.history.record import Moment, parse_as_of
from app.errors import N_, Invalid, Message
from app.kit.json_fields import MOMENT, one_of, shaped
from app.kit.text import tidy_line
from app.library.filters import year_range
from app.models.comparison import Basis, Confidence, Stance
from app.models.stances import BLANK, CONTESTED
from app.search import service as search

UNEXAMINED = "unexamined"  # how an address writes the stance of a blank
ALL = "all"
ROWS = ("examined", "evidence")
ALIKE = "alike"  # rows with like profiles together
SORTS = ("coverage", "addresses", ALIKE)
REST = ("techniques", "issues")
STANCE_VALUES = (*Stance, CONTESTED, UNEXAMINED)
_YEARS = r"^([0-9]{4}(\.\.[0-9]{4})?|[<>]=?[0-9]{4})?$"
_LONG = 80  # of a value that a message repeats


class ViewInput(BaseModel):
    """The parameters of a table's address, unchecked. Repeated values are OR, different ones AND.

    Whatever they hold, they make a view: `read_view` says what it could not take.
    """

    technique: list[str] = Field([], description="slugs: these rows and what is below them")
    issue: list[str] = Field([], description="slugs: these columns and what is below them")
    rows: Annotated[str, one_of(["", *ROWS])] = Field(
        "", description="examined: with a filled cell; evidence: with evidence"
    )
    stance: list[Annotated[str, one_of(["", *STANCE_VALUES])]] = Field(
        [], description="a stance, contested or unexamined"
    )
    confidence: list[Annotated[str, one_of(["", *Confidence])]] = Field(
        [], description="low, medium, high"
    )
    basis: list[Annotated[str, one_of(["", *Basis])]] = Field(
        [], description="target, source, argued: where it was shown"
    )
    verdict: list[str] = Field([], description="slugs, or unread: of the papers behind a cell")
    year: Annotated[str, shaped(_YEARS, 10)] = Field(
        "", description="of the papers behind a cell: 2020, 2020..2023, >=2022"
    )
    q: str = Field("", description="words to look for in the cells")
    stale: str = Field("", description="1: cells with evidence to be looked at again")
    sort: Annotated[str, one_of(["", *SORTS])] = Field(
        "", description="rows by coverage, by how many issues they address, alike together"
    )
    transpose: str = Field("", description="1: issues as rows")
    fold: list[str] = Field([], description="slugs of rows and columns, or all")
    rest: list[Annotated[str, one_of(["", *REST])]] = Field(
        [], description="on the page: techniques, issues that nobody has examined are shown too"
    )
    as_of: Annotated[str, shaped(MOMENT, 40)] = Field(
        "", description="a date, a time, the number of a change"
    )
    since: Annotated[str, shaped(MOMENT, 40)] = Field(
        "", description="the same: mark what differs from then"
    )


def view_input(query: str) -> ViewInput:
    """The parameters of an address's query string."""
    given = parse_qs(query, max_num_fields=1000)
    return ViewInput.model_validate(
        {
            name: values if isinstance(getattr(ViewInput(), name), list) else values[-1]
            for name, values in given.items()
            if name in ViewInput.model_fields
        }
    )


@dataclass(frozen=True)
class TableView:
    """How a table is read. The empty one is the whole table as it is now.

    `technique` and `issue` cut a smaller comparison out, which coverage is then of; `rows`,
    `stance`, `confidence`, `basis`, `verdict`, `year` and `stale` leave cells out; `q` lights
    cells; `sort` puts rows in order, otherwise they stand as a tree; `fold` sums up; `rest` shows
    what nobody has examined where it is tucked away. `transpose` changes only how it is drawn:
    rows are techniques all the same.
    """

    technique: tuple[str, ...] = ()
    issue: tuple[str, ...] = ()
    rows: str = ""
    stance: tuple[str, ...] = ()
    confidence: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    year: str = ""
    q: str = ""
    stale: bool = False
    sort: str = ""
    transpose: bool = False
    fold: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    as_of: Moment | None = None
    since: Moment | None = None

    @property
    def sifts(self) -> bool:
        """Whether cells are left out."""
        return bool(self.stance) or self._sifts_filled

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self.sifts or bool(self.technique or self.issue or self.rows)

    @property
    def blanks(self) -> bool:
        """Whether cells that nobody examined are among what is shown."""
        return not self._sifts_filled and (not self.stance or UNEXAMINED in self.stance)

    @property
    def _sifts_filled(self) -> bool:
        return bool(self.confidence or self.basis or self.verdict or self.year or self.stale)


@dataclass(frozen=True)
class RefusedParameters:
    """What of an address could not be taken, by parameter; the rest of it holds."""

    messages: dict[str, Message] = field(default_factory=dict)

    def choose(self, name: str, given: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
        """Those of `given` that are known, each once; of the others the last is named."""
        for value in given:
            if value and value not in known:
                self.messages[name] = Message.of(
                    N_("{value} is none of the choices here."), value=tidy_line(value)[:_LONG]
                )
        return tuple(dict.fromkeys(value for value in given if value in known))

    def moment(self, name: str, text: str) -> Moment | None:
        try:
            return parse_as_of(text, name) if text.strip() else None
        except Invalid as error:
            self.messages.update(error.errors)
            return None

    def year(self, text: str) -> str:
        """As the query language writes it, or "" where it is none."""
        if not text.strip():
            return ""
        found = search.parse_query(f'year:"{text}"').filters
        if len(found) == 1 and found[0].field == "year" and not found[0].negated:
            return found[0].value
        self.messages["year"] = Message.of(N_("Write years as 2020, 2020..2023 or >=2022."))
        return ""


def read_view(given: ViewInput) -> tuple[TableView, dict[str, Message]]:
    """The view that `given` asks for, and what of it could not be taken, by parameter.

    Slugs of techniques, issues and verdicts are taken as they are: only the library knows them.
    """
    refused = RefusedParameters()
    sort = refused.choose("sort", [given.sort], SORTS)
    rows = refused.choose("rows", [given.rows], ROWS)
    view = TableView(
        technique=_some(given.technique),
        issue=_some(given.issue),
        rows=rows[0] if rows else "",
        stance=refused.choose("stance", given.stance, STANCE_VALUES),
        confidence=refused.choose("confidence", given.confidence, list(Confidence)),
        basis=refused.choose("basis", given.basis, list(Basis)),
        verdict=_some(given.verdict),
        year=refused.year(given.year),
        q=" ".join(given.q.split()),
        stale=given.stale == "1",
        sort=sort[0] if sort else "",
        transpose=given.transpose == "1",
        fold=_some(given.fold),
        rest=refused.choose("rest", given.rest, REST),
        as_of=refused.moment("as_of", given.as_of),
        since=refused.moment("since", given.since),
    )
    return view, refused.messages


def _some(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


@dataclass(frozen=True)
class CellTraits:
    """What of a filled cell filters look at; `sources` are (verdict, year) of the papers behind."""

    stance: str
    confidence: str
    stale: bool = False
    sources: Collection[tuple[str, int | None]] = ()
    basis: str = ""


@dataclass(frozen=True)
class Sifted:
    """Which filled cells pass, and how many would under each value of each filter, if that were
    the value asked for and the other filters as they are."""

    passing: set[tuple[int, int]]
    counts: Mapping[str, Mapping[str, int]]


def filter_cells(view: TableView, cells: Iterable[tuple[tuple[int, int], CellTraits]]) -> Sifted:
    """What `view` leaves of `cells`; one and the same paper must be of the verdict and the year."""
    if not view.sifts:  # nothing to weigh: thousands of cells are only counted
        every = list(cells)
        return Sifted(
            {pair for pair, _ in every},
            {
                "stance": Counter([traits.stance for _, traits in every]),
                "confidence": Counter([traits.confidence for _, traits in every]),
                "basis": Counter([traits.basis for _, traits in every]),
                "verdict": Counter(v for _, t in every for v in {v for v, _ in t.sources}),
                "stale": Counter(["1" for _, traits in every if traits.stale]),
            },
        )
    years = year_range(view.year) if view.year else None
    asked = {
        "stance": {BLANK if stance == UNEXAMINED else stance for stance in view.stance},
        "confidence": set(view.confidence),
        "basis": set(view.basis),
        "verdict": set(view.verdict),
        "stale": {"1"} if view.stale else set(),
    }
    passing: set[tuple[int, int]] = set()
    counts: dict[str, Counter[str]] = {name: Counter() for name in asked}
    for pair, traits in cells:
        sources = traits.sources
        if years:
            sources = [each for each in sources if each[1] and years[0] <= each[1] <= years[1]]
            if not sources:
                continue
        values: dict[str, Collection[str]] = {
            "stance": (traits.stance,),
            "confidence": (traits.confidence,),
            "basis": (traits.basis,),
            "verdict": {verdict for verdict, _ in sources},
            "stale": ("1",) if traits.stale else (),
        }
        failed = [
            name for name, wanted in asked.items() if wanted and wanted.isdisjoint(values[name])
        ]
        if not failed:
            passing.add(pair)
        for name in asked if not failed else failed if len(failed) == 1 else ():
            counts[name].update(values[name])
    return Sifted(passing, counts)
