"""The Open Research Knowledge Graph's form of a comparison. Pure.

There columns are what is compared (contributions; here techniques) and rows are paths of properties
(here issues, with those below them as children). A cell that nobody has examined is null.
"""

from pydantic import BaseModel, Field

from app.exports.formats.table_model import Head, Say, Sheet, describe_cell


class Path(BaseModel):
    """A property and those below it."""

    id: str
    label: str
    description: str | None = None
    type: str = "PREDICATE"
    children: list["Path"] = Field(default_factory=list)


class Thing(BaseModel):
    """A cell: its stance, in words, what it rests on, and the pairs of scores that it shows."""

    id: str
    label: str
    classes: list[str]
    stance: str
    confidence: str
    basis: str
    ruled: bool
    supports: list[str]
    contradicts: list[str]
    figures: list[str]


class Values(BaseModel):
    """A thing or null for each column; below it, the same for the children of the path."""

    values: list[Thing | None]
    children: dict[str, list["Values"]] = Field(default_factory=dict)


class OrkgComparison(BaseModel):
    title: str
    description: str
    selected_paths: list[Path]
    titles: list[str]
    subtitles: list[str]
    values: dict[str, list[Values]]


def write_orkg(sheet: Sheet, say: Say) -> OrkgComparison:
    """`sheet` as ORKG has it: its columns, with titles and subtitles, are techniques."""
    trees = _trees(sheet.columns)
    return OrkgComparison(
        title=sheet.title,
        description=sheet.description,
        selected_paths=[_path(each) for each in trees],
        titles=[row.name for row in sheet.rows],
        subtitles=[row.slug for row in sheet.rows],
        values=_values(trees, sheet, say),
    )


class _Tree(BaseModel):
    head: Head
    below: list["_Tree"] = Field(default_factory=list)


def _trees(heads: tuple[Head, ...]) -> list[_Tree]:
    """Heads in tree order with their depths, as trees."""
    roots: list[_Tree] = []
    above: list[_Tree] = []
    for head in heads:
        tree = _Tree(head=head)
        del above[head.depth :]
        (above[-1].below if above else roots).append(tree)
        above.append(tree)
    return roots


def _path(tree: _Tree) -> Path:
    return Path(
        id=tree.head.slug, label=tree.head.name, children=[_path(each) for each in tree.below]
    )


def _values(trees: list[_Tree], sheet: Sheet, say: Say) -> dict[str, list[Values]]:
    return {
        tree.head.slug: [
            Values(
                values=[_thing(row, tree.head, sheet, say) for row in sheet.rows],
                children=_values(tree.below, sheet, say),
            )
        ]
        for tree in trees
    }


def _thing(row: Head, column: Head, sheet: Sheet, say: Say) -> Thing | None:
    entry = sheet.cells.get((row.slug, column.slug))
    if entry is None:
        return None
    return Thing(
        id=f"{row.slug}/{column.slug}",
        label=describe_cell(entry, say),
        classes=["Cell"],
        stance=entry.stance,
        confidence=entry.confidence,
        basis=entry.basis,
        ruled=entry.ruled,
        supports=[str(each) for each in entry.supporting],
        contradicts=[str(each) for each in entry.contradicting],
        figures=list(entry.figures),
    )
