"""Hierarchies that are rows with a `parent_id`: order, depth, descendants, cycles. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar


class Node(Protocol):
    """A row of a tree; siblings are ordered by `position`, then `id`."""

    @property
    def id(self) -> int: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def position(self) -> int: ...


N = TypeVar("N", bound=Node)


def preorder(nodes: Iterable[N]) -> list[tuple[N, int]]:
    """Every node with its depth (0 for a root), parents before children, siblings in order.

    A node whose parent is not among `nodes` counts as a root, so that part of a tree can be shown.
    """
    children: dict[int | None, list[N]] = defaultdict(list)
    rows = sorted(nodes, key=lambda node: (node.position, node.id))
    present = {node.id for node in rows}
    for node in rows:
        children[node.parent_id if node.parent_id in present else None].append(node)
    ordered: list[tuple[N, int]] = []
    waiting = [(root, 0) for root in reversed(children[None])]
    while waiting:
        node, depth = waiting.pop()
        ordered.append((node, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(node.id, []))]
    return ordered


def list_descendants(parents: Mapping[int, int | None], roots: Iterable[int]) -> set[int]:
    """`roots` and everything below them; `parents` maps each id to its parent's."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += children[each]
    return found


def list_ancestors(parents: Mapping[int, int | None], child: int) -> list[int]:
    """The ids above `child`, nearest first; ends also on a cycle."""
    above: list[int] = []
    at = parents.get(child)
    while at is not None and at not in above and at != child:
        above.append(at)
        at = parents.get(at)
    return above


def makes_cycle(parents: Mapping[int, int | None], child: int, parent: int | None) -> bool:
    """Whether hanging `child` below `parent` would close a circle."""
    return parent is not None and (parent == child or child in list_ancestors(parents, parent))


def parent_map(nodes: Sequence[Node]) -> dict[int, int | None]:
    """Each node's parent by id."""
    return {node.id: node.parent_id for node in nodes}
