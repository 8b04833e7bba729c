"""Which papers a list shows, and all that it can be filtered by."""

import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    false,
    func,
    literal_column,
    or_,
    union,
)
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.kit.author_names import name_patterns
from app.kit.text import fold
from app.library.rules import parse_day
from app.models import (
    UNREAD,
    Author,
    AuthorVariant,
    Claim,
    Evidence,
    Issue,
    Kind,
    Mark,
    MarkColour,
    Note,
    Paper,
    PaperAuthor,
    PaperField,
    PaperFile,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Reading,
    ResearchField,
    Tag,
    Technique,
    Verdict,
    Watch,
    WatchEntry,
    WatchEvent,
    today,
)

Condition: TypeAlias = ColumnElement[bool]

_NUMBER = re.compile("[0-9]{1,9}")  # a row's id, in place of a name
_COLOUR_NAMES = (MarkColour.name_en, MarkColour.name_zh)
SORTS = ("added", "year", "title", "author", "verdict")
ORDERS = (*SORTS, *(f"-{each}" for each in SORTS))  # and each the other way round


@dataclass(frozen=True)
class PaperFilters:
    """Which papers: values are OR within a filter, AND between filters, less the excluded."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Callable[[str], Sequence[str]]) -> "PaperFilters":
        """The filters of an address, whose parameters `values` gives by name."""
        chosen = {name: tuple(filter(None, values(name))) for name in FILTERS}
        return cls({name: found for name, found in chosen.items() if found})

    def values(self, name: str) -> tuple[str, ...]:
        return self.chosen.get(name, ())

    def without(self, name: str) -> "PaperFilters":
        """The same filters but one: what a facet's counts are taken over."""
        return PaperFilters({n: v for n, v in self.chosen.items() if n != name}, self.excluded)

    def also(self, other: "PaperFilters") -> "PaperFilters":
        """Both sets of filters; values of one filter add up."""
        return PaperFilters(
            _merge(self.chosen, other.chosen), _merge(self.excluded, other.excluded)
        )

    def widened(self, name: str, further: Mapping[str, Sequence[str]]) -> "PaperFilters":
        """The same filters, with what each value of one of them stands for besides itself."""

        def widen(values: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
            if not values.get(name):
                return values
            every = (each for value in values[name] for each in (value, *further.get(value, ())))
            return {**values, name: tuple(dict.fromkeys(every))}

        return PaperFilters(widen(self.chosen), widen(self.excluded))

    @property
    def key(self) -> Hashable:
        """What two filters share that let the same papers pass."""
        return tuple(
            frozenset((name, frozenset(values)) for name, values in each.items() if values)
            for each in (self.chosen, self.excluded)
        )

    def __bool__(self) -> bool:
        return any(self.chosen.values()) or any(self.excluded.values())


def _merge(
    one: Mapping[str, tuple[str, ...]], two: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    names = [*one, *(name for name in two if name not in one)]
    return {n: tuple(dict.fromkeys((*one.get(n, ()), *two.get(n, ())))) for n in names}


def _technique(values: Sequence[str]) -> Condition:
    named = select(col(Technique.id)).where(col(Technique.slug).in_(values))
    carried = select(PaperTechnique.paper_id).where(col(PaperTechnique.technique_id).in_(named))
    return col(Paper.id).in_(carried)


def _verdict(values: Sequence[str]) -> Condition:
    given = (
        select(PaperVerdict.paper_id)
        .join(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .where(col(PaperVerdict.is_current))
    )
    wanted = col(Paper.id).in_(given.where(col(Verdict.slug).in_(values)))
    return or_(wanted, col(Paper.id).not_in(given)) if UNREAD in values else wanted


def _due(values: Sequence[str]) -> Condition:
    """Papers that are to be looked at again on one of these days, or were to be before."""
    dated = select(PaperVerdict.paper_id).where(
        col(PaperVerdict.is_current), col(PaperVerdict.due) != literal_column("''")
    )
    days = max((day for value in values if (day := parse_day(value))), default="")
    return col(Paper.id).in_(dated.where(col(PaperVerdict.due) <= days))


def _parse_due(value: str) -> str | None:
    """A day; `now` is today."""
    return today() if value.lower() in ("now", "today", "今天") else parse_day(value) or None


def _tag(values: Sequence[str]) -> Condition:
    folded = [fold(value) for value in values]
    tagged = select(PaperTag.paper_id).join(Tag).where(col(Tag.folded).in_(folded))
    return col(Paper.id).in_(tagged)


def _field(values: Sequence[str]) -> Condition:
    placed = (
        select(PaperField.paper_id).join(ResearchField).where(col(ResearchField.slug).in_(values))
    )
    return col(Paper.id).in_(placed)


def _year(values: Sequence[str]) -> Condition:
    spans = [span for value in values if (span := year_range(value))]
    return or_(false(), *(col(Paper.year).between(first, last) for first, last in spans))


def _author(values: Sequence[str]) -> Condition:
    written = [value for value in values if not _NUMBER.fullmatch(value)]
    # Not as a list of papers: each statement would go through all authors to make it. Names that
    # were joined are few.
    wrote = select(PaperAuthor.paper_id).join(Author)
    called = wrote.where(or_(false(), *map(author_called, written)))
    joined = wrote.where(or_(false(), *map(_author_joined, values)))
    here = called.where(col(PaperAuthor.paper_id) == col(Paper.id)).exists()
    return or_(here if written else false(), col(Paper.id).in_(joined))


def author_meant(written: str) -> Condition:
    """Whether an author is one that `written` may mean, under whichever of the names that the
    reader joined; by a number, the author with that id."""
    return or_(author_called(written), _author_joined(written))


def same_person(numbers: Sequence[int]) -> Condition:
    """Whether an author is one of these, by their ids, or a name that the reader joined to one."""
    asked, variant = aliased(Author), aliased(AuthorVariant)
    people = (
        select(func.coalesce(col(variant.person), col(asked.name)))
        .select_from(asked)
        .outerjoin(variant, col(variant.name) == col(asked.name))
        .where(col(asked.id).in_(numbers))
    )
    joined = select(col(AuthorVariant.name)).where(col(AuthorVariant.person).in_(people))
    return col(Author.name).in_(union(people, joined))


def _author_joined(written: str) -> Condition:
    """Whether an author stands with one who is called so, or is the one with this number."""
    if _NUMBER.fullmatch(written):
        return same_person([int(written)])
    asked, variant = aliased(Author), aliased(AuthorVariant)
    called = (
        select(col(variant.person))
        .join(asked, col(asked.name).in_((col(variant.name), col(variant.person))))
        .where(_called(written, col(asked.search_words)))
    )
    joined = select(col(AuthorVariant.name)).where(col(AuthorVariant.person).in_(called))
    return col(Author.name).in_(union(called, joined))


def author_called(written: str) -> Condition:
    """Whether an author's name is one that `written` may mean, whichever form each has."""
    return _called(written, col(Author.search_words))


def _called(written: str, search_words: SQLColumnExpression[str]) -> Condition:
    patterns = name_patterns(written)
    told = (or_(*(search_words.like(each) for each in some)) for some in patterns)
    return and_(*told) if patterns else false()


def begun(reading: SQLColumnExpression[Reading]) -> Condition:
    """Whether a paper is not unread, so written that the index of those answers it: with the value
    in the statement, for an index of a part of the rows serves no other."""
    return reading != literal_column(f"'{Reading.UNREAD}'")


def _reading(values: Sequence[str]) -> Condition:
    within = col(Paper.reading).in_(values)
    return within if Reading.UNREAD in values else and_(begun(col(Paper.reading)), within)


def _mark(values: Sequence[str]) -> Condition:
    """Papers with marks of a colour, by its key or by what the reader calls it."""
    names = [value.lower() for value in values]
    called = or_(*(func.lower(col(name)).in_(names) for name in _COLOUR_NAMES))
    named = col(Mark.colour).in_(select(MarkColour.colour).where(called))
    marked = select(Mark.paper_id).where(or_(col(Mark.colour).in_(names), named))
    return col(Paper.id).in_(marked)


def _watch(values: Sequence[str]) -> Condition:
    """Papers that a watch brought, by its number or its name."""
    numbers = [int(value) for value in values if _NUMBER.fullmatch(value)]
    named = select(Watch.id).where(
        or_(col(Watch.id).in_(numbers), col(Watch.name_folded).in_(map(fold, values)))
    )
    brought = select(WatchEntry.paper_id).where(
        col(WatchEntry.watch_id).in_(named), col(WatchEntry.event) == WatchEvent.NEW
    )
    return col(Paper.id).in_(brought)


def _venue(values: Sequence[str]) -> Condition:
    """Papers whose venue holds a value; after `=`, those whose venue it is to the letter."""
    exact = [value[1:].strip() for value in values if value.startswith("=")]
    parts = [value for value in values if not value.startswith("=")]
    held = (col(Paper.venue).icontains(value, autoescape=True) for value in parts)
    return or_(col(Paper.venue).in_(exact), *held)


def _issue(values: Sequence[str]) -> Condition:
    return _cites(col(Issue.slug).in_(values))


def _cites(*issues: Condition) -> Condition:
    """Papers that are evidence in a cell (of these issues)."""
    cited = (
        select(Evidence.paper_id)
        .join(Claim, col(Claim.id) == col(Evidence.claim_id))
        .join(Issue, col(Issue.id) == col(Claim.issue_id))
        .where(col(Evidence.paper_id).is_not(None), *issues)
    )
    return col(Paper.id).in_(cited)


def _has_note() -> Condition:
    noted = select(Note.paper_id).where(
        col(Note.paper_id).is_not(None), col(Note.trashed_at).is_(None)
    )
    return col(Paper.id).in_(noted)


def _has_verdict() -> Condition:
    given = select(PaperVerdict.paper_id).where(col(PaperVerdict.is_current))
    return col(Paper.id).in_(given)


def _has_pdf() -> Condition:
    return col(Paper.id).in_(select(PaperFile.paper_id))


_HAS = {"note": _has_note, "verdict": _has_verdict, "pdf": _has_pdf, "cell": _cites}


def _has(values: Sequence[str]) -> Condition:
    return or_(false(), *(_HAS[value]() for value in values if value in _HAS))


def _as_typed(value: str) -> str | None:
    return value


def _one_of(names: Mapping[str, str]) -> Callable[[str], str | None]:
    return lambda value: names.get(unicodedata.normalize("NFKC", value).lower())


_YEAR = re.compile(r"(?P<sign>[<>]=?|[≥≤])?(?P<year>\d{4})年?")
_YEARS = re.compile(r"(?P<first>\d{4})?年?(?:\.\.+|…|[-–—~])(?P<last>\d{4})?年?")


def _parse_year(value: str) -> str | None:
    """The one spelling of a year or a span: `2023`, `2020..2023`, `>=2022`, `<=2020`."""
    value = unicodedata.normalize("NFKC", value).replace(" ", "")
    if one := _YEAR.fullmatch(value):
        year = int(one["year"])
        match one["sign"]:
            case None:
                return f"{year:04}"
            case ">":
                return f">={year + 1:04}" if year < 9999 else None
            case "<":
                return f"<={year - 1:04}" if year else None
            case sign:
                return f"{'>=' if sign in ('>=', '≥') else '<='}{year:04}"
    if span := _YEARS.fullmatch(value):
        first, last = span["first"], span["last"]
        if first and last:
            return f"{min(first, last)}..{max(first, last)}"
        if first or last:
            return f">={first}" if first else f"<={last}"
    return None


def year_range(text: str) -> tuple[int, int] | None:
    """The years that `2023`, `2020..2023`, `>=2022`, `<2020` … mean, both ends included."""
    text = text.replace(" ", "")
    if found := re.fullmatch(r"(\d{4})\.\.(\d{4})", text):
        return int(found[1]), int(found[2])
    if found := re.fullmatch(r"(>=|<=|>|<|=)?(\d{4})", text):
        sign, year = found[1] or "=", int(found[2])
        return {
            "=": (year, year),
            ">=": (year, 9999),
            ">": (year + 1, 9999),
            "<=": (0, year),
            "<": (0, year - 1),
        }[sign]
    return None


@dataclass(frozen=True)
class FilterField:
    """One thing by which papers are filtered: what a paper must meet to have one of some values.

    In the query language it has a Chinese name too, and `parse` gives a value's one spelling, or
    None for what it cannot have. What the values of a vocabulary are called besides, the search
    looks up (`app.search.query.resolve_filters`).
    """

    condition: Callable[[Sequence[str]], Condition]
    chinese: str = ""
    parse: Callable[[str], str | None] = _as_typed


# The list of filters, by their names in addresses, the API and queries.
FILTERS: Mapping[str, FilterField] = {
    "technique": FilterField(_technique, "技术"),
    "verdict": FilterField(_verdict, "结论"),
    "due": FilterField(_due, "到期", _parse_due),
    "tag": FilterField(_tag, "标签"),
    "author": FilterField(_author, "作者"),
    "year": FilterField(_year, "年份", _parse_year),
    "kind": FilterField(
        lambda values: col(Paper.kind).in_(values),
        "类型",
        _one_of(
            {
                **{kind: kind.value for kind in Kind},
                "论文": "paper",
                "方法": "method",
                "数据集": "dataset",
                "概念": "concept",
                "链接": "link",
            }
        ),
    ),
    "reading": FilterField(
        _reading,
        "阅读",
        _one_of(
            {
                **{reading: reading.value for reading in Reading},
                "未读": "unread",
                "在读": "reading",
                "已读": "read",
            }
        ),
    ),
    "mark": FilterField(_mark, "标注"),
    "field": FilterField(_field, "领域"),
    "issue": FilterField(_issue, "问题"),
    "venue": FilterField(_venue, "出处"),
    "watch": FilterField(_watch, "关注"),
    "arxiv": FilterField(lambda values: col(Paper.arxiv_id).in_(values)),
    "has": FilterField(
        _has,
        "含",
        _one_of(
            {**{name: name for name in _HAS}, "笔记": "note", "结论": "verdict", "单元格": "cell"}
        ),
    ),
}
