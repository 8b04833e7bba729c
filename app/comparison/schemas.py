"""What JSON says of comparisons, their cells and claims."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.comparison.cells import claim_service
from app.comparison.cells.evidence_list import ListedEvidence
from app.comparison.queries import Pair
from app.comparison.rules import QUOTE_LIMIT, Concern, Coverage, TreeNode
from app.comparison.table.build import Cell, Table, Tree
from app.kit.json_fields import Number, many_lines, one_line
from app.kit.text import TITLE_LIMIT
from app.models import Claim, Evidence, EvidenceStanding, ScorePair, Stance, Subject


class CoverageOut(BaseModel):
    covered: int
    total: int


class BlanksOut(CoverageOut):
    """Also what a cell without anything to borrow can be, each of them counted: nobody looked,
    somebody looked and found nothing, it does not apply, it was tried and failed."""

    unexamined: int
    no_evidence: int
    inapplicable: int
    fails: int


class WholeCoverageOut(BlanksOut):
    """Also by row and column, each by its slug."""

    rows: dict[str, BlanksOut]
    columns: dict[str, BlanksOut]


class ComparisonItem(BaseModel):
    slug: str
    title: str
    title_en: str
    title_zh: str
    rows: int
    columns: int
    claims: int
    coverage: BlanksOut
    changed_at: datetime


class NodeOut(BaseModel):
    """A row or a column; `parent` is a slug of the vocabulary, shown in the table or not."""

    slug: str
    name_en: str
    name_zh: str
    parent: str | None


class SkippedCellOut(BaseModel):
    """A cell that was left alone."""

    technique: str
    issue: str
    why: str


class FilledCellsOut(BaseModel):
    """How many cells got the claim, which were left alone, and the number of the change, by which
    it is undone (null where nothing changed)."""

    changed: int
    skipped: list[SkippedCellOut]
    change: int | None


class PairOut(BaseModel):
    """Two scores that differ by one technique: `difference` is with it less without it."""

    id: int
    benchmark: str
    category: str | None
    metric: str
    difference: float
    unit: str
    label: str


class ExampleOut(BaseModel):
    """A benchmark's example; `name` points to it: its benchmark and its number, from 0."""

    name: str
    question: str
    query: str


class EvidenceOut(BaseModel):
    paper: str | None
    note: int | None
    pair: PairOut | None
    item: ExampleOut | None
    quote: str
    locator: str
    polarity: str
    standing: EvidenceStanding = Field(
        description="whether the quotation stands in what is held of its source: note, abstract, "
        "files; unchecked where nothing is held in which it could be"
    )
    page: int | None = Field(description="of the file, from 1, where it stands or reads otherwise")
    file: str | None = Field(description="the SHA-256 of that file")
    now: str = Field(description="how it reads now, where it is reworded")
    kept: bool = Field(description="the reader saw that, and keeps it as it is quoted")
    concerns: list[Concern] = Field(
        description="why it wants to be looked at again: its quotation stands no more, …"
    )


class ListedEvidenceOut(EvidenceOut):
    """A piece of evidence apart from its claim; `version` is its claim's, which a decision names in
    `If-Match`."""

    id: int
    claim: int
    version: int
    technique: str
    issue: str


class DecisionInput(BaseModel):
    """What is made of a piece of evidence: without `quote` and `locator` it is kept as quoted."""

    model_config = ConfigDict(extra="forbid")

    quote: Annotated[str, many_lines(QUOTE_LIMIT)] = Field("", description="its words from now on")
    locator: Annotated[str, one_line(TITLE_LIMIT)] = Field("", description="its place from now on")


class ClaimOut(BaseModel):
    id: int
    stance: str
    confidence: str
    source: str
    basis: str = Field(description="where it was shown: target, source, argued")
    rationale: str
    dated_on: date
    evidence: list[EvidenceOut]


class CellOut(BaseModel):
    """A cell; `stance` is "" where nobody has looked, `contested` where the claims disagree."""

    technique: str
    issue: str
    stance: str
    ruled: bool
    claims: list[ClaimOut]


class DifferenceOut(BaseModel):
    field: str
    was: str
    now: str


class ChangeOut(BaseModel):
    """A change of a cell, as of which it and its comparison can be read: `as_of=NUMBER`."""

    number: int
    subject: Subject
    claim: int | None
    at: datetime
    by: str = Field(description="empty: the reader; else what did it, such as an import")
    why: str
    undoes: int | None
    can_be_undone: bool
    differences: list[DifferenceOut]


class UndoInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    change: Number = Field(ge=1, le=2**31 - 1)


class SaidOut(BaseModel):
    """What a cell says or said, in short."""

    stance: str
    ruled: bool
    claims: int
    supports: int
    contradicts: int


class CellDifferenceOut(BaseModel):
    technique: str
    issue: str
    before: SaidOut
    after: SaidOut


class SumOut(BaseModel):
    """What stands where a row or a column is folded: the best stance, how many cells have it,
    whether any two contradict each other, how many of all are examined."""

    technique: str
    issue: str
    stance: str
    count: int
    conflict: bool
    examined: int
    total: int


class ComparisonOut(BaseModel):
    """`lit` are the (technique, issue) that have the words of `q`; null where nothing is looked
    for. `differences` are from `since` on."""

    slug: str
    title: str
    title_en: str
    title_zh: str
    description_en: str
    description_zh: str
    source_field: str | None
    target_field: str | None
    rows: list[NodeOut]
    columns: list[NodeOut]
    cells: list[CellOut]
    coverage: WholeCoverageOut
    sums: list[SumOut]
    lit: list[tuple[str, str]] | None
    differences: list[CellDifferenceOut]


def serialize_comparison(table: Table, by_cell: Mapping[Pair, list[Claim]]) -> ComparisonOut:
    """A comparison as the API answers it."""
    rows = {row.place.id: row.technique.slug for row in table.rows}
    columns = {column.place.id: column.issue.slug for column in table.columns}
    pairs = [(row, column) for row in rows for column in columns]
    source, target = table.comparison.source_field, table.comparison.target_field
    return ComparisonOut(
        slug=table.comparison.slug,
        title=table.comparison.title_en or table.comparison.title_zh,
        title_en=table.comparison.title_en,
        title_zh=table.comparison.title_zh,
        description_en=table.comparison.description_en,
        description_zh=table.comparison.description_zh,
        source_field=source.slug if source else None,
        target_field=target.slug if target else None,
        rows=[serialize_node(row.technique, table.techniques) for row in table.rows],
        columns=[serialize_node(column.issue, table.issues) for column in table.columns],
        cells=[
            CellOut(
                technique=rows[pair[0]],
                issue=columns[pair[1]],
                stance=table.cells[pair].standing.stance,
                ruled=table.cells[pair].standing.ruled,
                claims=[serialize_claim(each) for each in by_cell.get(pair, ())],
            )
            for pair in pairs
            if pair in table.cells and pair not in table.sums
        ],
        coverage=WholeCoverageOut(
            **serialize_coverage(table.coverage).model_dump(),
            rows={row.technique.slug: serialize_coverage(row.coverage) for row in table.rows},
            columns={
                column.issue.slug: serialize_coverage(column.coverage) for column in table.columns
            },
        ),
        sums=[
            SumOut(
                technique=rows[pair[0]],
                issue=columns[pair[1]],
                stance=table.sums[pair].stance,
                count=table.sums[pair].count,
                conflict=table.sums[pair].conflict,
                examined=table.sums[pair].examined,
                total=table.sums[pair].total,
            )
            for pair in pairs
            if pair in table.sums
        ],
        lit=None
        if table.lit is None
        else [(rows[p[0]], columns[p[1]]) for p in pairs if p in table.lit],
        differences=[
            CellDifferenceOut(
                technique=each.technique.slug,
                issue=each.issue.slug,
                before=serialize_cell_statement(each.before),
                after=serialize_cell_statement(each.after),
            )
            for each in table.differences
        ],
    )


def serialize_node(node: TreeNode, tree: Tree) -> NodeOut:
    return NodeOut(
        slug=node.slug,
        name_en=node.name_en,
        name_zh=node.name_zh,
        parent=tree[node.parent_id].slug if node.parent_id is not None else None,
    )


def serialize_cell_statement(cell: Cell) -> SaidOut:
    return SaidOut(
        stance=cell.standing.stance,
        ruled=cell.standing.ruled,
        claims=cell.claims,
        supports=cell.supports,
        contradicts=cell.contradicts,
    )


def serialize_claim(claim: Claim) -> ClaimOut:
    return ClaimOut(
        id=claim.id,
        stance=claim.stance,
        confidence=claim.confidence,
        source=claim.source,
        basis=claim.basis,
        rationale=claim.rationale,
        dated_on=claim.dated_on,
        evidence=list(map(serialize_evidence, claim.evidence)),
    )


def serialize_evidence_pair(pair: ScorePair) -> PairOut:
    score = pair.with_score
    return PairOut(
        id=pair.id,
        benchmark=score.benchmark.slug,
        category=score.category.code if score.category else None,
        metric=score.metric,
        difference=pair.difference,
        unit=score.unit,
        label=pair.label,
    )


def serialize_evidence(piece: Evidence) -> EvidenceOut:
    """A piece of evidence; its paper and note must be loaded."""
    return EvidenceOut(
        paper=piece.paper.citekey if piece.paper else None,
        note=piece.note_id,
        pair=serialize_evidence_pair(piece.pair) if piece.pair else None,
        item=ExampleOut.model_validate(piece.item, from_attributes=True) if piece.item else None,
        quote=piece.quote,
        locator=piece.locator,
        polarity=piece.polarity,
        standing=EvidenceStanding(piece.standing or "unchecked"),
        page=piece.page,
        file=piece.sha256,
        now=piece.now or "",
        kept=piece.kept is not None and piece.kept == piece.seen,
        concerns=claim_service.concerns_of(piece),
    )


def serialize_listed_evidence(listed: ListedEvidence) -> ListedEvidenceOut:
    return ListedEvidenceOut(
        **serialize_evidence(listed.piece).model_dump(),
        id=listed.piece.id,
        claim=listed.claim.id,
        version=listed.claim.version,
        technique=listed.claim.technique.slug,
        issue=listed.claim.issue.slug,
    )


def serialize_coverage(coverage: Coverage) -> BlanksOut:
    return BlanksOut(
        covered=coverage.covered,
        total=coverage.total,
        unexamined=coverage.unexamined,
        no_evidence=coverage.count(Stance.NO_EVIDENCE),
        inapplicable=coverage.count(Stance.INAPPLICABLE),
        fails=coverage.failed,
    )
