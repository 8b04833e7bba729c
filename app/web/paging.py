"""Pages of a list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paging:
    """Where a list stands: page `number` (from 1) of `total` items, `per_page` at a time."""

    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def linked(self) -> list[int]:
        """The pages that a list links to: the first, the last, and those around this one."""
        near = range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)
        return sorted({1, *near, self.pages})

    @property
    def first(self) -> int:
        """The place of the first item shown, from 1; 0 where there is none."""
        return min(self.total, (self.number - 1) * self.per_page + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.per_page)
