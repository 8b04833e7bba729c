"""Trees of rows: order, depth, what is above and below; also where the rows are no tree."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from app.kit.trees import list_ancestors, list_descendants, makes_cycle, parent_map, preorder


@dataclass(frozen=True)
class Row:
    id: int
    parent_id: int | None = None
    position: int = 0


def test_parents_come_before_children_and_siblings_in_order() -> None:
    rows = [Row(5, 2), Row(4, 1), Row(3, 1), Row(2, None, 1), Row(1, None, 2), Row(6, 1, -1)]
    shown = [(row.id, depth) for row, depth in preorder(rows)]
    assert shown == [(2, 0), (5, 1), (1, 0), (6, 1), (3, 1), (4, 1)]


def test_a_part_of_a_tree_begins_where_its_parents_are_missing() -> None:
    rows = [Row(4, 3), Row(3, 2), Row(9, 8)]
    assert [(row.id, depth) for row, depth in preorder(rows)] == [(3, 0), (4, 1), (9, 0)]


def test_what_is_above_and_below() -> None:
    parents = parent_map([Row(1), Row(2, 1), Row(3, 2), Row(4, 1), Row(5)])
    assert list_ancestors(parents, 3) == [2, 1]
    assert list_ancestors(parents, 5) == []
    assert list_descendants(parents, [2, 4]) == {2, 3, 4}
    assert list_descendants(parents, []) == set()


def test_nothing_may_hang_below_itself() -> None:
    parents = {1: None, 2: 1, 3: 2}
    assert makes_cycle(parents, 1, 1)
    assert makes_cycle(parents, 1, 3)
    assert not makes_cycle(parents, 3, 1)
    assert not makes_cycle(parents, 1, None)


@given(st.dictionaries(st.integers(1, 6), st.none() | st.integers(1, 6)), st.integers(1, 6))
def test_circles_end(parents: dict[int, int | None], child: int) -> None:
    above = list_ancestors(parents, child)
    assert len(above) == len(set(above))
    assert child not in above
    assert all(child in list_descendants(parents, [one]) for one in above)
