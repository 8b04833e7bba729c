"""Other names of what a query asks for: 注意力 finds attention. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from app.search.index import analysis
from app.search.query.engine_query import Wider
from app.search.query.language import QueryPlan

_LONGEST = 6  # words of a name as it is typed
_MOST = 12  # other names that are asked for too


def synonym_expansions(plan: QueryPlan, entries: Iterable[Sequence[str]]) -> list[Wider]:
    """Where words of `plan`, side by side, are one of the names of an entry: its other names.

    Names are the same whatever their case, spaces, hyphens and plural endings. Words in quotation
    marks, and words beside an OR, are meant as they are written.
    """
    plain = [len(group) == 1 and not group[0].phrase for group in plan.groups]
    if not any(plain):
        return []
    named: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    for names in entries:
        for key in {analysis.name_key(name) for name in names if name}:
            named[key].append(names)
    found: list[Wider] = []
    start = 0
    while start < len(plain):
        for end in range(min(start + _LONGEST, len(plain)), start, -1):
            typed = " ".join(group[0].text for group in plan.groups[start:end])
            key = analysis.name_key(typed) if all(plain[start:end]) else ""
            if key in named and (others := _others(key, named[key])):
                found.append(Wider(start, end, typed, others))
                start = end - 1
                break
        start += 1
    return found


def _others(key: str, entries: Iterable[Sequence[str]]) -> tuple[str, ...]:
    others: dict[str, str] = {}
    for names in entries:
        for name in names:
            if name and len(name) > 1:
                others.setdefault(analysis.name_key(name), name)
    others.pop(key, None)
    return tuple(others.values())[:_MOST]
