"""The query language: what a reader typed → a `QueryPlan`, and back. Pure; never raises.

    query  := { [ "-" | "NOT" ] ( field ":" value | '"' phrase '"' | word | "(" query ")" )
              | "OR" | "AND" }

Everything must match; `OR` joins its two neighbours (words, values of one filter, brackets); values
of one filter are OR, different filters AND. Quotes, colons, dashes, brackets and spaces may be
full-width. Brackets are multiplied out (`_without_brackets`): a plan has none.
What is not understood becomes plain words, and the plan's `notice` says so.
"""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Literal, get_args

from app.errors import N_, Message
from app.library.filters import FILTERS
from app.search.index import analysis

LENGTH_LIMIT = 500  # characters
TERM_LIMIT = 40
_WORD_LIMIT = 400
_RAW_LIMIT = 10_000

Scope = Literal["title", "abstract", "note", "cell", "fulltext"]

SCOPES: tuple[Scope, ...] = get_args(Scope)

_FIELD_NAMES: dict[str, str] = {
    **{name: name for name in ("in", *FILTERS)},
    **{each.chinese: name for name, each in FILTERS.items() if each.chinese},
    "范围": "in",
}
_SCOPE_NAMES: dict[str, str] = {
    **{scope: scope for scope in SCOPES},
    "标题": "title",
    "摘要": "abstract",
    "笔记": "note",
    "单元格": "cell",
    "全文": "fulltext",
}

_MINUS = "-－−"
_QUOTES = '"“”„＂「」'
_ITEM = re.compile(
    rf"(?P<minus>[{_MINUS}](?=\S))?"
    rf"(?:(?P<field>[^\W\d_]+)[:：](?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?"
    rf"|(?P<bare>[^\s{_QUOTES}]*))"
    rf"|[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]"
    rf"|(?P<unclosed>[{_QUOTES}])"
    rf"|(?P<word>[^\s{_QUOTES}]+))"
)
_OPERATORS = frozenset(("OR", "AND", "NOT"))
_OUTER = re.compile(r"([(]*)(.*?)([)]*)")
_PHRASE = re.compile(rf"[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]")
_BRACKETS = re.compile(r"[()\[\]{}（）【】]")
_PAIRS = dict(zip(")]}）】", "([{（【", strict=True))
_UNSAYABLE = re.compile(r"[\ud800-\udfff\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class QueryTerm:
    """A word as it was typed, or, with `phrase`, the words of a phrase."""

    text: str
    phrase: bool = False

    def __str__(self) -> str:
        return f'"{self.text}"' if self.phrase else self.text


@dataclass(frozen=True)
class Filter:
    """`field:value`; `value` of year, kind and has is canonical, of the others as typed."""

    field: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if " " in self.value else self.value
        return f"{'-' if self.negated else ''}{self.field}:{value}"


@dataclass(frozen=True)
class QueryPlan:
    """What is asked. `str(plan)` is a query that parses to the same plan.

    Every one of `groups` must match, by any of its terms, and none of `excluded`; the words are
    looked for in `scope` alone, or everywhere where it is empty. `notice` says what was taken
    otherwise than written, for the page; it is no part of what is asked.
    """

    groups: tuple[tuple[QueryTerm, ...], ...] = ()
    excluded: tuple[QueryTerm, ...] = ()
    filters: tuple[Filter, ...] = ()
    scope: tuple[Scope, ...] = ()
    notice: Message | None = field(default=None, compare=False)

    def __str__(self) -> str:
        parts = [" OR ".join(map(str, group)) for group in self.groups]
        parts += [f"-{term}" for term in self.excluded]
        parts += map(str, self.filters)
        parts += [f"in:{scope}" for scope in self.scope]
        return " ".join(parts)

    @property
    def size(self) -> int:
        """How many words, phrases and filters there are."""
        return sum(map(len, self.groups)) + len(self.excluded) + len(self.filters)

    @property
    def in_full_texts(self) -> bool:
        """Whether words are looked for in the texts of files, too."""
        return bool(self.groups) and (not self.scope or "fulltext" in self.scope)

    @property
    def words(self) -> str:
        """What is looked for, as a query without filters."""
        return " ".join(" OR ".join(map(str, group)) for group in self.groups)

    @property
    def has_text(self) -> bool:
        """Whether words are asked for, not filters alone."""
        return bool(self.groups or self.excluded)


@dataclass
class _Draft:
    """A plan while it is read."""

    groups: list[list[QueryTerm]] = field(default_factory=list)
    excluded: list[QueryTerm] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    scope: list[Scope] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    joining: bool = False  # an OR stands before what comes next
    negating: bool = False  # a NOT does
    stray: bool = False  # an OR joined nothing
    unclosed: bool = False  # a quotation mark has no other
    brackets: bool = False  # some say nothing
    cut: bool = False  # something was too long
    last: Filter | Literal["term", ""] = ""  # what an OR can follow

    def shorten(self, text: str) -> str:
        """`text`, or as much of one word as is taken."""
        self.cut |= len(text) > _WORD_LIMIT
        return text[:_WORD_LIMIT]

    def add(self, term: QueryTerm, *, negated: bool) -> None:
        if negated:
            self.excluded.append(term)
            self.close("")
        elif self.joining and self.last == "term":
            self.groups[-1].append(term)
            self.joining = False
        else:
            self.groups.append([term])
            self.close("term")

    def take(self, name: str, value: str | None, *, negated: bool) -> bool:
        """Take a filter or a scope; False where it is none."""
        if value is None or (name == "in" and negated):
            return False
        if name == "in":
            self.scope += [scope for scope in SCOPES if scope == value]
            self.close("")
        else:
            self.narrow(Filter(name, value, negated))
        return True

    def narrow(self, narrowing: Filter) -> None:
        before = self.last
        if self.joining and isinstance(before, Filter) and before.field == narrowing.field:
            self.joining = before.negated or narrowing.negated
        self.filters.append(narrowing)
        self.close(narrowing)

    def plan(self) -> QueryPlan:
        return QueryPlan(
            groups=tuple(map(tuple, self.groups)),
            excluded=tuple(self.excluded),
            filters=tuple(dict.fromkeys(self.filters)),
            scope=tuple(dict.fromkeys(self.scope)),
        )

    def close(self, last: Filter | Literal["term", ""]) -> None:
        """Note what was read last; an OR that is still waiting has joined nothing."""
        self.stray |= self.joining
        self.joining = False
        self.last = last


def parse_query(query: str) -> QueryPlan:
    """The plan of `query`, whatever it holds.

    What comes after 40 words and filters, or 500 characters as printed, is left out.
    """
    draft = _Draft(cut=len(query) > _RAW_LIMIT)
    plan = QueryPlan()
    query = " ".join(_UNSAYABLE.sub(" ", query[:_RAW_LIMIT]).split())
    query = _lower_operators(query)
    draft.brackets = _has_stray_bracket(query)
    query, can_be_said = _without_brackets(query)
    draft.brackets |= not can_be_said
    for item in _ITEM.finditer(query):
        _read(item, draft)
        longer = draft.plan()
        if len(str(longer)) > LENGTH_LIMIT or longer.size > TERM_LIMIT:
            draft.cut = True
            break
        plan = longer
    draft.close("")
    if draft.negating and not draft.cut:  # a NOT at the end is a word
        plan = replace(plan, groups=(*plan.groups, (QueryTerm("not"),)))
    return replace(plan, notice=_notice(query, plan, draft))


def plain_terms(value: str) -> list[QueryTerm]:
    """The terms of a value that turned out to be no filter's."""
    return [QueryTerm(word, phrase=True) for word in value.split()]


def _read(item: re.Match[str], draft: _Draft) -> None:
    """Take one item into the draft."""
    if item[0] == "OR":
        draft.stray |= draft.joining
        draft.joining = True
    elif item[0] == "NOT":
        draft.negating = True
    elif item[0] != "AND":
        _read_part(item, draft)


def _lower_operators(query: str) -> str:
    """A title in capitals, which function words show to be one, with OR, AND, NOT as its words."""
    said = query.split()
    others = {each.lower() for each in said if each not in _OPERATORS}
    if not (query.isupper() and others & analysis.STOP_WORDS):
        return query
    return " ".join(each.lower() if each in _OPERATORS else each for each in said)


def _without_brackets(query: str) -> tuple[str, bool]:
    """A query whose round brackets say what an OR or a minus is of, without them: `(a b) OR c` is
    `a OR c b OR c`, `-(a OR b)` is `-a -b`; as it is where they say nothing of it. And whether that
    can be said: not where they do not pair, or where no query without them is the same; then they
    are left out."""
    tokens: list[str] = []
    for item in _ITEM.finditer(query.replace("（", "(").replace("）", ")")):
        if item["phrase"] is not None or item["quoted"] is not None:
            tokens.append(item[0])
            continue
        minus = item["minus"] or ""
        outer = _OUTER.fullmatch(item[0][len(minus) :])
        assert outer is not None
        opened, word, closed = outer.groups()
        own = max(0, min(len(closed), word.count("(") - word.count(")")))  # f(x)
        word, closed = word + closed[:own], closed[own:]
        if minus and opened:
            tokens.append("NOT")
            minus = ""
        tokens += [*opened, *filter(None, [minus + word]), *closed]
    negated = any(pair == ("NOT", "(") for pair in pairwise(tokens))
    if "(" not in tokens or not ("OR" in tokens or negated):
        return query, True
    left = deque(tokens)
    clauses = _read_clauses(left)
    if clauses is None or left or sum(map(len, clauses)) > TERM_LIMIT:
        return " ".join(each for each in tokens if each not in ("(", ")")), False
    return " ".join(map(" OR ".join, clauses)), True


def _read_clauses(left: deque[str]) -> list[list[str]] | None:
    """What stands up to a closing bracket or the end, as clauses, all of which must be met, each by
    one of its items; None where that cannot be said."""
    clauses: list[list[str]] = []
    last: list[list[str]] = []  # what an OR can join to
    joining = False
    while left and left[0] != ")":
        if left[0] in ("OR", "AND"):
            joining = left.popleft() == "OR" and bool(last)
            continue
        read = _read_operand(left)
        if read is None:
            return None
        if joining:
            read = [[*one, *other] for one in last for other in read]
            if sum(map(len, read)) > TERM_LIMIT:
                return None
        else:
            clauses += last
        last, joining = read, False
    return [*clauses, *last]


def _read_operand(left: deque[str]) -> list[list[str]] | None:
    """An item, or what is in brackets, and what of it is negated."""
    item = left.popleft()
    if item == "NOT" and left:
        inner = _read_operand(left)
        if inner is None or len(inner) > 1:
            return None  # not both of two: a plan cannot say that
        return [
            [each[1:] if len(each) > 1 and each[0] in _MINUS else f"-{each}"]
            for each in chain(*inner)
        ]
    if item == "(":
        inner = _read_clauses(left)
        return inner if left and left.popleft() == ")" else None
    return None if item in (")", *_OPERATORS) else [[item]]


def _read_part(item: re.Match[str], draft: _Draft) -> None:
    negated = (item["minus"] is not None) != draft.negating
    draft.negating = False
    name = _FIELD_NAMES.get((item["field"] or "").lower())
    value = draft.shorten((item["quoted"] or item["bare"] or "").strip())
    if item["unclosed"]:
        draft.unclosed = True
        return
    if item["phrase"] is not None:
        terms = [QueryTerm(draft.shorten(item["phrase"]).strip(), phrase=True)]
    elif item["word"] is not None:
        word = item["word"] if negated else item["word"].lstrip(_MINUS)  # NOT --a is a
        terms = [QueryTerm(draft.shorten(word))] if word else []
    elif name and value:
        if draft.take(name, _canonical(name, value), negated=negated):
            return
        terms = plain_terms(value)
    elif item["quoted"] is not None:
        terms = plain_terms(f"{item['field']} {value}")
    else:
        terms = [QueryTerm(draft.shorten(f"{item['field']}:{value}"))]
    if item["field"] and not value.startswith("//"):  # a web address is meant as words
        draft.plain.append(item[0])
    for term in terms:
        if analysis.phrase_pattern(term.text):
            draft.add(term, negated=negated)


def _canonical(name: str, value: str) -> str | None:
    """The one spelling of a value, or None where the field cannot have it."""
    if name == "in":
        return _SCOPE_NAMES.get(unicodedata.normalize("NFKC", value).lower())
    return FILTERS[name].parse(value)


def _notice(query: str, plan: QueryPlan, draft: _Draft) -> Message | None:
    if draft.cut:
        return Message.of(N_("The query is too long; only its beginning was used."))
    if draft.plain:
        return Message.of(N_("Searched as plain words: {parts}"), parts=", ".join(draft.plain))
    if draft.unclosed:
        return Message.of(
            N_("A quotation mark is not closed: what follows it is searched as plain words.")
        )
    if draft.brackets:
        return Message.of(
            N_("Brackets join nothing here: what is in them is searched as plain words.")
        )
    if draft.stray:
        return Message.of(
            N_("OR joins two words, or two values of one filter; here it was left out.")
        )
    if query.strip() and plan == QueryPlan():
        return Message.of(N_("There is no letter, digit or Chinese character to look for."))
    return None


def _has_stray_bracket(query: str) -> bool:
    """Whether a bracket has no other."""
    open_ones: list[str] = []
    for bracket in _BRACKETS.findall(_PHRASE.sub(" ", query)):
        if bracket not in _PAIRS:
            open_ones.append(bracket)
        elif not open_ones or open_ones.pop() != _PAIRS[bracket]:
            return True
    return bool(open_ones)
