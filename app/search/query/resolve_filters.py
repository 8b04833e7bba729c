"""The values of a plan's filters, found in the library: slugs, or names in either language."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sqlmodel import Session

from app.errors import N_, Message
from app.kit.trees import list_descendants, parent_map
from app.library.filters import PaperFilters
from app.models import UNREAD, Issue, ResearchField, Technique
from app.search import queries
from app.search.index import analysis
from app.search.query.language import Filter, QueryPlan, plain_terms
from app.sources.arxiv import ids

# What a filter's value becomes, and the names that mean it.
_Entry: TypeAlias = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class ResolvedPlan:
    """A plan whose filters were found in the vocabularies; what was not found is text again."""

    plan: QueryPlan
    filters: PaperFilters = field(default_factory=PaperFilters)
    notice: Message | None = None


def resolve_filters(session: Session, plan: QueryPlan) -> ResolvedPlan:
    """Find what a plan's filters name, in at most one statement for each field named."""
    chosen: defaultdict[str, list[str]] = defaultdict(list)
    excluded: defaultdict[str, list[str]] = defaultdict(list)
    groups, none = list(plan.groups), list(plan.excluded)
    known: list[Filter] = []
    unknown: list[str] = []
    vocabularies: dict[str, Mapping[str, Sequence[str]]] = {}
    for narrowing in plan.filters:
        values = _values(session, narrowing, vocabularies)
        if values:
            (excluded if narrowing.negated else chosen)[narrowing.field] += values
            known.append(narrowing)
            continue
        unknown.append(str(narrowing))
        for term in plain_terms(narrowing.value):
            if analysis.phrase_pattern(term.text):
                if narrowing.negated:
                    none.append(term)
                else:
                    groups.append((term,))
    notice = plan.notice
    if unknown and notice is None:
        notice = Message.of(
            N_("The library does not know {parts}: searched as plain words."),
            parts=", ".join(unknown),
        )
    return ResolvedPlan(
        replace(plan, groups=tuple(groups), excluded=tuple(none), filters=tuple(known)),
        PaperFilters(_frozen(chosen), _frozen(excluded)),
        notice,
    )


def _values(
    session: Session, narrowing: Filter, vocabularies: dict[str, Mapping[str, Sequence[str]]]
) -> Sequence[str]:
    """What `library.filters` calls the things that a filter means; nothing where it is unknown."""
    value = narrowing.value
    match narrowing.field:
        case "arxiv":
            found = ids.try_arxiv_id(value)
            return [found.base] if found else []
        case "author":
            last, comma, first = value.partition(",")
            wanted = f"{first.strip()} {last.strip()}" if comma else value
            return [wanted] if queries.has_author(session, wanted) else []
        case "venue":
            return [value] if queries.has_venue(session, value) else []
        case vocabulary if vocabulary in _READERS:
            if vocabulary not in vocabularies:
                vocabularies[vocabulary] = _by_name(_READERS[vocabulary](session))
            return vocabularies[vocabulary].get(analysis.name_key(value), ())
        case _:
            return [value]


def _techniques(session: Session) -> Iterable[_Entry]:
    return [([each.slug], _names(each)) for each in queries.every_technique(session)]


def _issues(session: Session) -> Iterable[_Entry]:
    """An issue means those below it too."""
    issues = queries.every_issue(session)
    parents = parent_map(issues)
    slugs = {issue.id: issue.slug for issue in issues}
    return [
        ([slugs[each] for each in sorted(list_descendants(parents, [issue.id]))], _names(issue))
        for issue in issues
    ]


def _names(each: Technique | Issue | ResearchField) -> list[str]:
    return [each.slug, each.name_en, each.name_zh, *each.synonyms_en, *each.synonyms_zh]


def _verdicts(session: Session) -> Iterable[_Entry]:
    given = queries.every_verdict(session)
    named = [([each.slug], [each.slug, each.label_en, each.label_zh]) for each in given]
    return [*named, ([UNREAD], [UNREAD, "none", "未读"])]


def _fields(session: Session) -> Iterable[_Entry]:
    fields = queries.every_field(session)
    return [([each.slug], _names(each)) for each in fields]


def _tags(session: Session) -> Iterable[_Entry]:
    return [([tag], [tag]) for tag in queries.every_tag_name(session)]


_READERS: Mapping[str, Callable[[Session], Iterable[_Entry]]] = {
    "technique": _techniques,
    "issue": _issues,
    "verdict": _verdicts,
    "field": _fields,
    "tag": _tags,
}


def _by_name(entries: Iterable[_Entry]) -> dict[str, list[str]]:
    """The values that each name means; a name that several things bear means them all."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for values, names in entries:
        for each in names:
            found[analysis.name_key(each)] |= dict.fromkeys(values)
    return {key: list(values) for key, values in found.items() if key}


def _frozen(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(each)) for key, each in values.items()}
