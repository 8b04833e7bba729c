"""Which papers a list shows. Pure."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

FILTERS = (
    "technique",
    "verdict",
    "tag",
    "field",
    "kind",
    "year",
    "author",
    "venue",
    "arxiv",
    "issue",
    "has",
)
SORTS = ("added", "year", "title", "author", "verdict")


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
