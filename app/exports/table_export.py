"""From a comparison as it was read to what the formats write: the one place that knows both."""

from collections.abc import Collection, Mapping

from app.comparison.rules import TreeNode
from app.comparison.table.build import Table
from app.exports.formats.table_model import CitedSource, Head, Sheet, TableEntry
from app.models import Claim, Polarity, utc_now
from app.settings import Language


def sheet_of(
    table: Table,
    claims: Mapping[tuple[int, int], list[Claim]],
    *,
    untried: Collection[tuple[int, int]] = (),
    language: Language,
) -> Sheet:
    """`table` in one language, each cell with what its claims rest on (evidence must be loaded).

    A cell that a filter leaves out is no blank: it is marked as left out. `untried` are the cells
    with a hypothesis.
    """
    comparison = table.comparison
    rows = {row.technique.id: row.technique.slug for row in table.rows}
    columns = {column.issue.id: column.issue.slug for column in table.columns}
    held = {pair: claims.get(pair, []) for pair in table.cells}
    return Sheet(
        slug=comparison.slug,
        title=_one_of(comparison.title_en, comparison.title_zh, language),
        description=_one_of(comparison.description_en, comparison.description_zh, language),
        day=table.view.as_of.day if table.view.as_of else utc_now().date(),
        rows=tuple(
            _head(row.technique, row.place.depth, row.place.has_children, language)
            for row in table.rows
        ),
        columns=tuple(
            _head(column.issue, column.place.depth, column.place.has_children, language)
            for column in table.columns
        ),
        cells={
            (rows[technique], columns[issue]): TableEntry(
                stance=cell.standing.stance,
                confidence=cell.standing.confidence or "",
                ruled=cell.standing.ruled,
                claims=cell.claims,
                sources=_sources(held[technique, issue]),
                basis=cell.standing.basis or "",
                figures=tuple(
                    dict.fromkeys(
                        piece.pair.label
                        for claim in held[technique, issue]
                        for piece in claim.evidence
                        if piece.pair
                    )
                ),
            )
            for (technique, issue), cell in table.cells.items()
            if technique in rows and issue in columns
        },
        left_out=frozenset(
            (row, column)
            for technique, row in rows.items()
            for issue, column in columns.items()
            if (technique, issue) in table.left_out
            or (not table.blanks and (technique, issue) not in table.cells)
        ),
        untried=frozenset(
            (rows[technique], columns[issue])
            for technique, issue in untried
            if technique in rows and issue in columns
        ),
        notes={
            evidence.note_id: evidence.note.title
            for claims_of_cell in held.values()
            for claim in claims_of_cell
            for evidence in claim.evidence
            if evidence.note_id and evidence.note
        },
    )


def _sources(claims: list[Claim]) -> tuple[CitedSource, ...]:
    """Each paper and note once on each side, in the order in which the claims name them."""
    named = (
        CitedSource(
            evidence.paper.citekey if evidence.paper else "",
            evidence.note_id or 0,
            evidence.polarity == Polarity.CONTRADICTS,
        )
        for claim in claims
        for evidence in claim.evidence
    )
    return tuple(dict.fromkeys(each for each in named if each.paper or each.note))


def _head(thing: TreeNode, depth: int, has_children: bool, language: Language) -> Head:
    return Head(thing.slug, _one_of(thing.name_en, thing.name_zh, language), depth, has_children)


def _one_of(english: str, chinese: str, language: Language) -> str:
    return (chinese or english) if language == "zh" else (english or chinese)
