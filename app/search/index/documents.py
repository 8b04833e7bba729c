"""What is indexed: kinds of documents, the columns of their texts, where words are looked for.

A document's number is its row number in the index. A paper's is its own id, so that a filter of
papers needs no table between; every other document has a row in `search_document`, whose id, below
zero, is its number.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from app.search.query.language import QueryPlan, Scope

DocumentKind = Literal["paper", "note", "technique", "issue", "cell", "correspondence"]
KINDS: tuple[DocumentKind, ...] = get_args(DocumentKind)
COLUMNS = ("title", "names", "techniques", "abstract", "notes")


@dataclass(frozen=True)
class Part:
    """Documents of some kinds, looked at in some columns."""

    kinds: tuple[DocumentKind, ...]
    columns: tuple[str, ...] = COLUMNS


_PARTS: dict[Scope, tuple[Part, ...]] = {
    "title": (Part(KINDS, ("title",)),),
    "abstract": (Part(("paper",), ("abstract",)),),
    "note": (Part(("paper",), ("notes",)), Part(("note",), ("title", "notes"))),
    "cell": (Part(("cell",)),),
    "fulltext": (),  # has an index of its own
}


def plan_parts(plan: QueryPlan, kinds: tuple[DocumentKind, ...] = KINDS) -> list[Part]:
    """Where a plan's words are looked for among `kinds`: each kind once, papers by themselves."""
    wanted = [part for scope in plan.scope for part in _PARTS[scope]]
    if not plan.scope:
        wanted = [Part(KINDS)]
    columns: dict[tuple[bool, tuple[str, ...]], list[DocumentKind]] = {}
    for kind in kinds:
        looked = {name for part in wanted if kind in part.kinds for name in part.columns}
        ordered = tuple(name for name in COLUMNS if name in looked)
        if ordered:
            columns.setdefault((kind == "paper", ordered), []).append(kind)
    return [Part(tuple(those), ordered) for (_, ordered), those in columns.items()]
