"""Every `select` over comparisons, claims, rulings and evidence."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    tuple_,
    union,
)
from sqlalchemy import select as rows
from sqlalchemy.orm import Mapped, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption
from sqlalchemy.orm.strategy_options import _AbstractLoad as Load
from sqlmodel import Session, col, select

from app.comparison.rules import NoteTitle, PaperTitle, TreeNode
from app.kit.batches import batches
from app.kit.text import fold
from app.models import (
    LATER,
    Benchmark,
    BenchmarkItem,
    CellChange,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Evidence,
    EvidenceStanding,
    FilePage,
    FormerCitekey,
    Hypothesis,
    Issue,
    Kind,
    Note,
    Paper,
    PaperField,
    PaperFile,
    PaperTechnique,
    PaperVerdict,
    Polarity,
    Reading,
    ResearchField,
    Ruling,
    Score,
    ScorePair,
    StoredFile,
    Technique,
    TextState,
    Verdict,
    loader_path,
)
from app.models.comparison import STALE
from app.models.stances import SaidByClaim
from app.state_cache import StateCache

Condition = ColumnElement[bool]
Pair = tuple[int, int]  # technique id, issue id


def select_comparisons(session: Session) -> list[Comparison]:
    """All comparisons in the order they were made, with their fields."""
    return list(
        session.exec(select(Comparison).options(*_with_fields()).order_by(col(Comparison.id)))
    )


def comparison_by_slug(session: Session, slug: str) -> Comparison | None:
    return session.execute(_by_slug(), {"slug": slug}).scalars().first()


@cache
def _by_slug() -> Select[Comparison]:
    statement = rows(Comparison).where(col(Comparison.slug) == bindparam("slug"))
    return statement.options(*_with_fields())


def cell_named(
    session: Session, slug: str, technique: str, issue: str
) -> tuple[int | None, int | None] | None:
    """The ids of a technique and an issue by their slugs, each None where the comparison `slug` has
    no such row or column; None where there is no such comparison."""
    row = (
        rows(col(ComparisonRow.technique_id))
        .join(Technique, col(Technique.id) == col(ComparisonRow.technique_id))
        .where(
            col(ComparisonRow.comparison_id) == col(Comparison.id), col(Technique.slug) == technique
        )
    )
    column = (
        rows(col(ComparisonColumn.issue_id))
        .join(Issue, col(Issue.id) == col(ComparisonColumn.issue_id))
        .where(col(ComparisonColumn.comparison_id) == col(Comparison.id), col(Issue.slug) == issue)
    )
    found = session.execute(
        rows(row.scalar_subquery(), column.scalar_subquery()).where(col(Comparison.slug) == slug)
    ).first()
    return (found[0], found[1]) if found else None


def _with_fields() -> list[ORMOption]:
    return [
        joinedload(loader_path(Comparison.source_field)),
        joinedload(loader_path(Comparison.target_field)),
    ]


def hypotheses_in(session: Session, comparison_id: int) -> dict[Pair, int]:
    """How many hypotheses each cell of a comparison has that has one."""
    cell = col(Hypothesis.technique_id), col(Hypothesis.issue_id)
    statement = rows(*cell, func.count()).group_by(*cell)
    held = col(Hypothesis.trashed_at).is_(None)
    statement = statement.where(held, *_in_comparison(Hypothesis, comparison_id))
    return {(row, column): number for row, column, number in session.execute(statement)}


def row_techniques(session: Session, comparison_id: int) -> list[Technique]:
    """The techniques of a comparison in its order."""
    statement = select(Technique).join(ComparisonRow)
    statement = statement.where(col(ComparisonRow.comparison_id) == comparison_id)
    order = col(ComparisonRow.position), col(Technique.position), col(Technique.id)
    return list(session.exec(statement.order_by(*order)))


def columns_of(session: Session, comparison_id: int) -> list[Issue]:
    """The issues of a comparison in its order."""
    statement = select(Issue).join(ComparisonColumn)
    statement = statement.where(col(ComparisonColumn.comparison_id) == comparison_id)
    order = col(ComparisonColumn.position), col(Issue.position), col(Issue.id)
    return list(session.exec(statement.order_by(*order)))


def select_tree(session: Session, vocabulary: type[Technique] | type[Issue]) -> dict[int, TreeNode]:
    """A whole vocabulary's tree by id."""
    return {row[0]: TreeNode(*row) for row in session.execute(rows(*_branch(vocabulary)))}


def _branch(vocabulary: type[Technique] | type[Issue]) -> list[Mapped[Any]]:
    names = TreeNode._fields if vocabulary is Issue else TreeNode._fields[:-1]
    return [col(getattr(vocabulary, name)) for name in names]


def axis(
    session: Session, vocabulary: type[Technique] | type[Issue], comparison_id: int
) -> tuple[dict[int, TreeNode], list[int]]:
    """A whole vocabulary's tree by id, and those of it that a comparison shows, in its order."""
    tree: dict[int, TreeNode] = {}
    shown: list[int] = []
    for row in session.execute(_axis(vocabulary), {"comparison": comparison_id}):
        tree[row[0]] = TreeNode(*row[:-1])
        if row[-1] is not None:
            shown.append(row[0])
    return tree, shown


@cache
def _axis(vocabulary: type[Technique] | type[Issue]) -> Select[Any]:
    if vocabulary is Technique:
        number, place = col(ComparisonRow.technique_id), col(ComparisonRow.position)
        comparison = col(ComparisonRow.comparison_id)
    else:
        number, place = col(ComparisonColumn.issue_id), col(ComparisonColumn.position)
        comparison = col(ComparisonColumn.comparison_id)
    here = (number == col(vocabulary.id)) & (comparison == bindparam("comparison"))
    return (
        rows(*_branch(vocabulary), place)
        .outerjoin(number.class_, here)  # type: ignore[attr-defined]
        .order_by(place, col(vocabulary.position), col(vocabulary.id))
    )


def _in_comparison(
    subject: type[Claim] | type[Ruling] | type[CellChange] | type[Hypothesis],
    comparison_id: int | BindParameter[int],
) -> tuple[Condition, Condition]:
    techniques = rows(col(ComparisonRow.technique_id)).where(
        col(ComparisonRow.comparison_id) == comparison_id
    )
    issues = rows(col(ComparisonColumn.issue_id)).where(
        col(ComparisonColumn.comparison_id) == comparison_id
    )
    return col(subject.technique_id).in_(techniques), col(subject.issue_id).in_(issues)


def claimed_stances(session: Session, *conditions: Condition) -> dict[Pair, list[SaidByClaim]]:
    """What the claims say under `conditions`, by cell."""
    return _stances_by_cell(session.execute(_stances().where(*conditions)))


_SHOWN = ComparisonRow, ComparisonColumn
_kept_stances = StateCache[Mapping[Pair, list[SaidByClaim]]](4, reads=(Claim, *_SHOWN))


def stances_in(session: Session, comparison_id: int) -> Mapping[Pair, list[SaidByClaim]]:
    def read() -> Mapping[Pair, list[SaidByClaim]]:
        return _stances_by_cell(session.execute(_stances_in(), {"comparison": comparison_id}))

    return _kept_stances.get(session, comparison_id, read)


def _stances() -> Select[int, int, str, str, str]:
    said = col(Claim.stance), col(Claim.confidence), col(Claim.basis)
    return rows(col(Claim.technique_id), col(Claim.issue_id), *said)


@cache
def _stances_in() -> Select[int, int, str, str, str]:
    return _stances().where(*_in_comparison(Claim, bindparam("comparison")))


def _stances_by_cell(
    claims: Iterable[Row[int, int, str, str, str]],
) -> dict[Pair, list[SaidByClaim]]:
    found: dict[Pair, list[SaidByClaim]] = {}
    for row, column, *said in claims:
        found.setdefault((row, column), []).append((said[0], said[1], said[2]))
    return found


def evidence_counts(session: Session, *conditions: Condition) -> dict[Pair, tuple[int, int, int]]:
    """How much evidence supports and contradicts the claims under `conditions`, by cell, and how
    much of it is stale: its quotation stands elsewhere or no more, its paper has a newer arXiv
    version, its source lies in the trash."""
    return _evidence_by_cell(session.execute(_evidence().where(*conditions)))


def _evidence() -> Select[int, int, int, int, int]:
    cell = col(Claim.technique_id), col(Claim.issue_id)
    # Joined to every paper and note this took three times as long.
    stale = or_(
        is_stale(),
        _is_newer(),
        col(Evidence.paper_id).in_(rows(col(Paper.id)).where(col(Paper.trashed_at).is_not(None))),
        col(Evidence.note_id).in_(rows(col(Note.id)).where(col(Note.trashed_at).is_not(None))),
    )
    return (
        rows(
            *cell,
            func.count(),
            func.sum(case((col(Evidence.polarity) == Polarity.CONTRADICTS, 1), else_=0)),
            func.sum(case((stale, 1), else_=0)),
        )
        .join(Evidence, col(Evidence.claim_id) == col(Claim.id))
        .group_by(*cell)
    )


def is_stale() -> Condition:
    """True of evidence as `Evidence.is_stale` is."""
    return col(Evidence.standing).in_(STALE) & ~_is_kept()


def _is_kept() -> Condition:
    """True of evidence as `Evidence.is_kept` is."""
    shown = case(
        (
            col(Evidence.standing) == EvidenceStanding.MOVED,
            func.coalesce(cast(col(Evidence.page), String), ""),
        ),
        else_=col(Evidence.now),
    )
    seen = col(Evidence.standing) + ":" + shown
    return func.coalesce(col(Evidence.kept), "") == seen


def newest_looked() -> ColumnElement[int]:
    """The newest version of its paper on arXiv that it was quoted from, or looked for in."""
    looked = func.coalesce(col(Evidence.looked_version), 0)
    return case((looked > col(Evidence.arxiv_version), looked), else_=col(Evidence.arxiv_version))


def _is_newer() -> Condition:
    """True of evidence whose paper has a version on arXiv in which it was not looked for."""
    newest = rows(col(Paper.arxiv_version)).where(col(Paper.id) == col(Evidence.paper_id))
    return and_(
        col(Evidence.arxiv_version).is_not(None),
        newest_looked() < newest.correlate(Evidence).scalar_subquery(),
    )


def _evidence_kinds() -> dict[str, Condition]:
    """What evidence is listed by (`cells.evidence_list.EvidenceKind`)."""
    standing, quoted = col(Evidence.standing), col(Evidence.quote) != ""
    has_source = or_(col(Evidence.paper_id).is_not(None), col(Evidence.note_id).is_not(None))
    stale, looked_for = is_stale(), (*STALE, EvidenceStanding.MOVED)
    return {
        "stale": stale,
        **{each.value: stale & (standing == each) for each in STALE},
        "moved": (standing == EvidenceStanding.MOVED) & ~_is_kept(),
        "newer": _is_newer(),
        "unquoted": ~quoted
        & has_source
        & col(Evidence.pair_id).is_(None)
        & col(Evidence.item_id).is_(None),
        "unchecked": quoted & (standing == EvidenceStanding.UNCHECKED),
        "stands": quoted
        & ((standing == EvidenceStanding.STANDS) | standing.in_(looked_for) & _is_kept()),
    }


def evidence_among(comparison: str, paper: str) -> list[Condition]:
    """True of the evidence in the cells of the comparison `comparison`, and of what is from the
    paper `paper` or a note about it; "" narrows nothing."""
    found: list[Condition] = []
    if comparison:
        number = rows(col(Comparison.id)).where(col(Comparison.slug) == comparison)
        of_rows = rows(col(ComparisonRow.technique_id)).where(
            col(ComparisonRow.comparison_id).in_(number)
        )
        of_columns = rows(col(ComparisonColumn.issue_id)).where(
            col(ComparisonColumn.comparison_id).in_(number)
        )
        found += [col(Claim.technique_id).in_(of_rows), col(Claim.issue_id).in_(of_columns)]
    if paper:
        papers = rows(col(Paper.id)).where(col(Paper.citekey_folded) == fold(paper))
        notes = rows(col(Note.id)).where(col(Note.paper_id).in_(papers))
        found.append(or_(col(Evidence.paper_id).in_(papers), col(Evidence.note_id).in_(notes)))
    return found


def count_evidence(session: Session, narrowed: Sequence[Condition]) -> dict[str, int]:
    """How much evidence there is of each kind; one statement."""
    kinds = _evidence_kinds()
    sums = [func.coalesce(func.sum(case((each, 1), else_=0)), 0) for each in kinds.values()]
    statement = rows(*sums).select_from(Evidence).join(Claim).where(*narrowed)
    counts = session.execute(statement).one()
    return dict(zip(kinds, counts, strict=True))


def count_stale_evidence(session: Session) -> int:
    return int(session.scalar(rows(func.count()).select_from(Evidence).where(is_stale())) or 0)


def select_evidence(
    session: Session, kind: str, narrowed: Sequence[Condition], *, offset: int, limit: int
) -> list[tuple[Evidence, Claim]]:
    """A page of one kind of evidence, with claims and cells: reworded first, then what is gone."""
    cell = joinedload(loader_path(Claim.technique)), joinedload(loader_path(Claim.issue))
    source = joinedload(loader_path(Evidence.paper)), joinedload(loader_path(Evidence.note))
    worst = case(
        (col(Evidence.standing) == EvidenceStanding.REWORDED, 0),
        (col(Evidence.standing) == EvidenceStanding.GONE, 1),
        else_=2,
    )
    statement = (
        select(Evidence, Claim)
        .join(Claim)
        .where(_evidence_kinds()[kind], *narrowed)
        .order_by(worst, col(Evidence.paper_id), col(Evidence.id))
        .options(*cell, *source, *_figures())
    )
    return [(piece, claim) for piece, claim in session.exec(statement.offset(offset).limit(limit))]


@cache
def _evidence_in() -> Select[int, int, int, int, int]:
    return _evidence().where(*_in_comparison(Claim, bindparam("comparison")))


def _evidence_by_cell(
    counts: Iterable[Row[int, int, int, int, int]],
) -> dict[Pair, tuple[int, int, int]]:
    return {
        (row, column): (pieces - against, against, gone)
        for row, column, pieces, against, gone in counts
    }


_kept_evidence = StateCache[Mapping[Pair, tuple[int, int, int]]](
    4, reads=(Claim, Evidence, Paper, Note, *_SHOWN)
)


def evidence_in(session: Session, comparison_id: int) -> Mapping[Pair, tuple[int, int, int]]:
    def read() -> Mapping[Pair, tuple[int, int, int]]:
        return _evidence_by_cell(session.execute(_evidence_in(), {"comparison": comparison_id}))

    return _kept_evidence.get(session, comparison_id, read)


def evidence_of_cell(session: Session, cell: Pair) -> tuple[int, int, int]:
    return evidence_counts(session, in_cells(Claim, [cell])).get(cell, (0, 0, 0))


_kept_papers = StateCache[Mapping[Pair, set[int]]](4, reads=(Claim, Evidence, Note, *_SHOWN))


def papers_behind(session: Session, comparison_id: int) -> Mapping[Pair, set[int]]:
    """The papers that the claims of each cell quote, or quote a note about."""
    return _kept_papers.get(session, comparison_id, lambda: _papers_behind(session, comparison_id))


def _papers_behind(session: Session, comparison_id: int) -> dict[Pair, set[int]]:
    paper = func.coalesce(col(Evidence.paper_id), col(Note.paper_id))
    statement = (
        rows(col(Claim.technique_id), col(Claim.issue_id), paper)
        .join(Evidence, col(Evidence.claim_id) == col(Claim.id))
        .outerjoin(Note, col(Note.id) == col(Evidence.note_id))
        .where(*_in_comparison(Claim, comparison_id), paper.is_not(None))
    )
    found: dict[Pair, set[int]] = {}
    for row, column, number in session.execute(statement):
        found.setdefault((row, column), set()).add(number)
    return found


def noted_papers(session: Session) -> dict[int, int]:
    """Of each note about a paper, that paper."""
    statement = rows(col(Note.id), col(Note.paper_id)).where(col(Note.paper_id).is_not(None))
    return {note: paper for note, paper in session.execute(statement) if note and paper}


def judged_papers(session: Session) -> dict[int, tuple[str | None, int | None]]:
    """The slug of the verdict in force, and the year, of every paper."""
    given = (
        rows(col(PaperVerdict.paper_id), col(Verdict.slug))
        .join(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .where(col(PaperVerdict.is_current))
        .subquery()
    )
    statement = rows(col(Paper.id), given.c.slug, col(Paper.year)).outerjoin(
        given, given.c.paper_id == col(Paper.id)
    )
    return {number: (verdict, year) for number, verdict, year in session.execute(statement)}


def current_rulings(session: Session, *conditions: Condition) -> dict[Pair, str]:
    """The stances that the reader's rulings in force give, by cell."""
    found = session.execute(_rulings().where(*conditions))
    return {(row, column): stance for row, column, stance in found}


def _rulings() -> Select[int, int, str]:
    statement = rows(col(Ruling.technique_id), col(Ruling.issue_id), col(Ruling.stance))
    return statement.where(col(Ruling.is_current))


@cache
def _rulings_in() -> Select[int, int, str]:
    return _rulings().where(*_in_comparison(Ruling, bindparam("comparison")))


def filled_rows(session: Session, comparison_id: int) -> set[int]:
    """The techniques of a comparison that have a claim or a ruling in force in it."""
    claimed = rows(col(Claim.technique_id)).where(*_in_comparison(Claim, comparison_id))
    ruled = rows(col(Ruling.technique_id)).where(
        *_in_comparison(Ruling, comparison_id), col(Ruling.is_current)
    )
    return {row for (row,) in session.execute(union(claimed.distinct(), ruled))}


def filled_in(session: Session, comparison_id: int, techniques: Collection[int]) -> set[Pair]:
    """The cells of a comparison in these rows that have a claim or a ruling in force."""
    claimed = rows(col(Claim.technique_id), col(Claim.issue_id)).where(
        *_in_comparison(Claim, comparison_id), col(Claim.technique_id).in_(techniques)
    )
    ruled = rows(col(Ruling.technique_id), col(Ruling.issue_id)).where(
        *_in_comparison(Ruling, comparison_id),
        col(Ruling.technique_id).in_(techniques),
        col(Ruling.is_current),
    )
    return {(row, column) for row, column in session.execute(union(claimed, ruled))}


def rulings_in(session: Session, comparison_id: int) -> dict[Pair, str]:
    found = session.execute(_rulings_in(), {"comparison": comparison_id})
    return {(row, column): stance for row, column, stance in found}


def _figures(evidence: Load | None = None) -> list[Load]:
    """What evidence shows besides words: a statement each, where there is any; of benchmarks the
    names alone, for their examples would be too much."""
    names = loader_path(Benchmark.slug), loader_path(Benchmark.name)
    to = evidence.selectinload if evidence else selectinload
    pair = to(loader_path(Evidence.pair))
    found = [
        to(loader_path(Evidence.item))
        .joinedload(loader_path(BenchmarkItem.benchmark))
        .load_only(*names)
    ]
    for side in (loader_path(ScorePair.with_score), loader_path(ScorePair.without_score)):
        score = pair.joinedload(side)
        found.append(score.joinedload(loader_path(Score.category)))
        found.append(score.joinedload(loader_path(Score.benchmark)).load_only(*names))
    return found


def _with_evidence() -> list[ORMOption]:
    evidence = selectinload(loader_path(Claim.evidence))
    return [
        evidence.joinedload(loader_path(Evidence.paper)),
        evidence.joinedload(loader_path(Evidence.note)),
        *_figures(evidence),
    ]


def bases_of_claims(session: Session, ids: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for batch in batches(list(ids), 20_000):
        held = rows(col(Claim.id), col(Claim.basis)).where(col(Claim.id).in_(batch))
        found.update((number, basis) for number, basis in session.execute(held))
    return found


def claims_in(session: Session, comparison_id: int) -> list[Claim]:
    """Every claim of a comparison with its evidence, oldest first."""
    statement = select(Claim).where(*_in_comparison(Claim, comparison_id))
    return list(session.exec(statement.options(*_with_evidence()).order_by(*_dated())))


def claims_about(session: Session, condition: Condition) -> list[Claim]:
    """The claims under `condition` with their evidence, oldest first."""
    statement = select(Claim).where(condition).options(*_with_evidence())
    return list(session.exec(statement.order_by(*_dated())))


def first_with_issue(session: Session, issue_id: int) -> str | None:
    """The slug of the first comparison that shows an issue."""
    shown = rows(col(ComparisonColumn.comparison_id)).where(
        col(ComparisonColumn.issue_id) == issue_id
    )
    statement = rows(col(Comparison.slug)).where(col(Comparison.id).in_(shown))
    return session.scalar(statement.order_by(col(Comparison.id)).limit(1))


def claims_of_cell(session: Session, technique_id: int, issue_id: int) -> list[Claim]:
    """A cell's claims with their evidence, oldest first."""
    statement = select(Claim).where(
        col(Claim.technique_id) == technique_id, col(Claim.issue_id) == issue_id
    )
    return list(session.exec(statement.options(*_with_evidence()).order_by(*_dated())))


def _dated() -> Sequence[ColumnElement[object]]:
    return col(Claim.dated_on).asc(), col(Claim.id).asc()  # type: ignore[return-value]


def claim_by_id(session: Session, claim_id: int) -> Claim | None:
    """A claim with its evidence and its cell."""
    statement = select(Claim).where(col(Claim.id) == claim_id)
    cell = joinedload(loader_path(Claim.technique)), joinedload(loader_path(Claim.issue))
    return session.exec(statement.options(*_with_evidence(), *cell)).first()


def rulings_of_cells(session: Session, cells: Collection[Pair]) -> dict[Pair, Ruling]:
    """The rulings on these cells, in force or withdrawn."""
    found = session.exec(select(Ruling).where(in_cells(Ruling, cells)))
    return {(each.technique_id, each.issue_id): each for each in found}


def in_cells(
    subject: type[Claim] | type[Ruling] | type[CellChange], cells: Collection[Pair]
) -> Condition:
    return tuple_(col(subject.technique_id), col(subject.issue_id)).in_(cells)


def claims_by_id(session: Session, ids: Collection[int]) -> list[Claim]:
    """Claims with their evidence."""
    statement = select(Claim).where(col(Claim.id).in_(ids)).options(*_with_evidence())
    return list(session.exec(statement.execution_options(populate_existing=True)))


def evidence_of_claims(session: Session, claims: Collection[int]) -> list[Evidence]:
    return list(session.exec(select(Evidence).where(col(Evidence.claim_id).in_(claims))))


def claims_quoting(
    session: Session, *, notes: Collection[int] = (), papers: Collection[int] = ()
) -> set[int]:
    """The ids of the claims with a quotation from one of these notes or papers."""
    source = or_(col(Evidence.note_id).in_(notes), col(Evidence.paper_id).in_(papers))
    statement = rows(col(Evidence.claim_id)).where(source, col(Evidence.quote) != "").distinct()
    return {number for (number,) in session.execute(statement) if number is not None}


def note_bodies(session: Session, ids: Collection[int]) -> dict[int, str]:
    """What these notes say."""
    if not ids:
        return {}
    statement = rows(col(Note.id), col(Note.body)).where(col(Note.id).in_(ids))
    return {number: body for number, body in session.execute(statement) if number is not None}


def paper_abstracts(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The abstracts of these papers."""
    if not ids:
        return {}
    statement = rows(col(Paper.id), col(Paper.abstract)).where(col(Paper.id).in_(ids))
    return {number: text for number, text in session.execute(statement) if number is not None}


class HeldFile(NamedTuple):
    """A file of a paper as far as its text goes."""

    paper_id: int
    sha256: str
    arxiv_version: int | None
    name: str
    is_waiting: bool  # for its text


def quoted_files(session: Session, ids: Collection[int]) -> list[HeldFile]:
    """The files of these papers, in the order they were added."""
    if not ids:
        return []
    statement = (
        rows(
            col(PaperFile.paper_id),
            col(PaperFile.sha256),
            col(PaperFile.arxiv_version),
            col(PaperFile.name),
            col(StoredFile.text_state) == TextState.WAITING,
        )
        .join(StoredFile, col(StoredFile.sha256) == col(PaperFile.sha256))
        .where(col(PaperFile.paper_id).in_(ids))
        .order_by(col(PaperFile.added_at), col(PaperFile.sha256))
    )
    return [HeldFile(*row) for row in session.execute(statement)]


def pages_of_files(session: Session, files: Collection[str]) -> dict[str, list[str]]:
    """The texts of the pages, the first one's first, of those of these files that have text."""
    if not files:
        return {}
    statement = (
        rows(col(FilePage.sha256), col(FilePage.page), col(FilePage.text))
        .where(col(FilePage.sha256).in_(files), col(FilePage.text) != "")
        .order_by(col(FilePage.sha256), col(FilePage.page))
    )
    found: dict[str, list[str]] = {}
    for sha256, page, text in session.execute(statement):
        pages = found.setdefault(sha256 or "", [])
        pages += [""] * ((page or 1) - 1 - len(pages))
        pages.append(text)
    return found


def papers_with_files(session: Session, files: Collection[str]) -> set[int]:
    """The ids of the papers that hold one of these files."""
    statement = rows(col(PaperFile.paper_id)).where(col(PaperFile.sha256).in_(files))
    return {number for (number,) in session.execute(statement) if number is not None}


def _last(*conditions: Condition) -> Select[int | None]:
    """The numbers of the newest changes under `conditions`: of each claim, of each ruling, one."""
    subject = (
        col(CellChange.technique_id),
        col(CellChange.issue_id),
        col(CellChange.subject),
        col(CellChange.claim_id),
    )
    return rows(func.max(col(CellChange.id))).where(*conditions).group_by(*subject)


def last_changes(session: Session, *conditions: Condition) -> list[CellChange]:
    """The newest change under `conditions` of each claim and of each ruling, oldest first."""
    newest = select(CellChange).where(col(CellChange.id).in_(_last(*conditions)))
    return list(session.exec(newest.order_by(col(CellChange.id))))


def claims_ever(session: Session) -> list[int]:
    """The numbers of all claims, also of those that only the history knows."""
    told = rows(col(CellChange.claim_id)).where(col(CellChange.subject) == "claim")
    return sorted(session.scalars(union(rows(col(Claim.id)), told)))


def cells_ever_ruled(session: Session) -> list[Pair]:
    told = rows(col(CellChange.technique_id), col(CellChange.issue_id))
    told = told.where(col(CellChange.subject) == "ruling")
    held = rows(col(Ruling.technique_id), col(Ruling.issue_id))
    return sorted((row[0], row[1]) for row in session.execute(union(held, told)))


class LatestState(NamedTuple):
    """What a claim or a ruling said after its newest change; `after` is None where it is gone."""

    technique_id: int
    issue_id: int
    subject: str
    claim_id: int
    after: dict[str, Any] | None  # a state of states.py as JSON


def last_states(session: Session, *conditions: Condition) -> list[LatestState]:
    """The states of everything after the changes under `conditions`."""
    statement = (
        rows(*(getattr(CellChange, name) for name in LatestState._fields))
        .where(col(CellChange.id).in_(_last(*conditions)))
        .order_by(col(CellChange.claim_id))
    )
    return [LatestState(*row) for row in session.execute(statement)]


def last_states_in(
    session: Session, comparison_id: int, *conditions: Condition
) -> list[LatestState]:
    """The same, of a comparison's cells."""
    return last_states(session, *_in_comparison(CellChange, comparison_id), *conditions)


def select_changes(session: Session, *conditions: Condition) -> list[CellChange]:
    """Changes, newest first."""
    return list(
        session.exec(select(CellChange).where(*conditions).order_by(col(CellChange.id).desc()))
    )


def change_by_id(session: Session, change_id: int) -> CellChange | None:
    return session.get(CellChange, change_id)


def is_superseded(session: Session, change: CellChange) -> bool:
    """Whether the claim or ruling that `change` is about was changed again."""
    later = rows(func.count()).where(
        col(CellChange.id) > change.id,
        in_cells(CellChange, [(change.technique_id, change.issue_id)]),
        col(CellChange.subject) == change.subject,
        col(CellChange.claim_id) == change.claim_id,
    )
    return bool(session.execute(later).scalar_one())


def papers_carrying(
    session: Session, techniques: Collection[int], *, limit: int
) -> list[PaperTitle]:
    """Papers with one of these techniques, newest first."""
    carrying = rows(col(PaperTechnique.paper_id)).where(
        col(PaperTechnique.technique_id).in_(techniques)
    )
    statement = (
        _paper_titles()
        .where(col(Paper.id).in_(carrying), col(Paper.trashed_at).is_(None))
        .order_by(func.coalesce(col(Paper.year), 0).desc(), col(Paper.title_sort))
    )
    return [PaperTitle(*row) for row in session.execute(statement.limit(limit))]


def papers_ranked(session: Session, found: Subquery, *, limit: int) -> list[PaperTitle]:
    """The papers that a search found (`item_id`, `rank`), best first."""
    statement = _paper_titles().join(found, found.c.item_id == col(Paper.id))
    statement = statement.where(col(Paper.trashed_at).is_(None)).order_by(found.c.rank)
    return [PaperTitle(*row) for row in session.execute(statement.limit(limit))]


def titles_of_papers(session: Session, ids: Collection[int]) -> list[PaperTitle]:
    return [
        PaperTitle(*row) for row in session.execute(_paper_titles().where(col(Paper.id).in_(ids)))
    ]


def notes_on_papers(session: Session, papers: Collection[int]) -> dict[int, list[Note]]:
    """The notes about these papers, by paper, without the trash."""
    statement = select(Note).where(col(Note.paper_id).in_(papers), col(Note.trashed_at).is_(None))
    found: dict[int, list[Note]] = {}
    for note in session.exec(statement.order_by(col(Note.id))):
        found.setdefault(note.paper_id or 0, []).append(note)
    return found


def claim_of_evidence(session: Session, evidence_id: int) -> Claim | None:
    """The claim that a piece of evidence is of, with its evidence and its cell."""
    number = session.execute(
        rows(col(Evidence.claim_id)).where(col(Evidence.id) == evidence_id)
    ).scalar_one_or_none()
    return claim_by_id(session, number) if number else None


def _paper_titles() -> Select[Any]:
    return rows(*(col(getattr(Paper, name)) for name in PaperTitle._fields))


class LookedPaper(NamedTuple):
    """A paper of which the texts are looked through: one that waits to be read, or that evidence
    quotes."""

    id: int
    year: int | None
    is_waiting: bool
    is_postponed: bool
    title: str
    short_title: str
    abstract: str


def looked_papers(session: Session, *, limit: int) -> list[LookedPaper]:
    """The papers that evidence quotes, then those that wait: the postponed, those with a technique,
    those with a note, then the newest."""
    quoting = rows(col(Evidence.id)).where(col(Evidence.paper_id) == col(Paper.id))
    noting = (
        rows(col(Evidence.id))
        .join(Note, col(Note.id) == col(Evidence.note_id))
        .where(col(Note.paper_id) == col(Paper.id))
    )
    quoted = or_(quoting.exists(), noting.exists())
    waits = and_(*_waiting())
    carrying = rows(col(PaperTechnique.paper_id)).where(
        col(PaperTechnique.paper_id) == col(Paper.id)
    )
    noted = rows(col(Note.id)).where(
        col(Note.paper_id) == col(Paper.id), col(Note.trashed_at).is_(None)
    )
    known = or_(carrying.exists(), noted.exists())
    chosen = (
        rows(
            col(Paper.id).label("id"),
            case((waits, 1), else_=0).label("waits"),
            case((col(Verdict.slug) == LATER, 1), else_=0).label("postponed"),
        )
        .outerjoin(PaperVerdict, _in_force())
        .outerjoin(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .where(col(Paper.trashed_at).is_(None), or_(waits, quoted))
        .order_by(
            case((quoted, 0), (col(Verdict.slug) == LATER, 1), (known, 2), else_=3),
            col(Paper.id).desc(),
        )
        .limit(limit)
        .subquery()  # for texts are not sorted along
    )
    texts = col(Paper.title), col(Paper.short_title), col(Paper.abstract)
    statement = rows(
        col(Paper.id), col(Paper.year), chosen.c.waits, chosen.c.postponed, *texts
    ).join(chosen, chosen.c.id == col(Paper.id))
    return [
        LookedPaper(number, year, bool(waiting), bool(postponed), *told)
        for number, year, waiting, postponed, *told in session.execute(statement)
    ]


def notes_of_papers(session: Session) -> Sequence[tuple[int, int, str, str]]:
    """(note, paper, title, body) of every note about a paper, oldest first."""
    statement = (
        rows(col(Note.id), col(Note.paper_id), col(Note.title), col(Note.body))
        .where(col(Note.paper_id).is_not(None), col(Note.trashed_at).is_(None))
        .order_by(col(Note.id))
    )
    return session.execute(statement).all()


def files_with_text(session: Session) -> Sequence[tuple[int, str]]:
    """(paper, SHA-256) of every file of a paper whose text is extracted, oldest first."""
    statement = (
        rows(col(PaperFile.paper_id), col(PaperFile.sha256))
        .join(StoredFile, col(StoredFile.sha256) == col(PaperFile.sha256))
        .where(col(StoredFile.text_state) == TextState.DONE)
        .order_by(col(PaperFile.added_at), col(PaperFile.sha256))
    )
    return session.execute(statement).all()


def techniques_of_papers(session: Session) -> dict[int, list[int]]:
    """The techniques that papers carry, by paper."""
    paper, technique = col(PaperTechnique.paper_id), col(PaperTechnique.technique_id)
    return _lists(session, rows(paper, technique).order_by(paper, technique))


def last_quoted(
    session: Session, comparison_id: int, *, limit: int
) -> list[tuple[int, int, datetime]]:
    """(paper, issue, when it was first claimed) of the evidence in a comparison, the last first."""
    paper = func.coalesce(col(Evidence.paper_id), col(Note.paper_id))
    first = func.min(col(Claim.created_at))
    statement = (
        rows(paper, col(Claim.issue_id), first)
        .join(Evidence, col(Evidence.claim_id) == col(Claim.id))
        .outerjoin(Note, col(Note.id) == col(Evidence.note_id))
        .where(*_in_comparison(Claim, comparison_id), paper.is_not(None))
        .group_by(paper, col(Claim.issue_id))
        .order_by(first.desc(), paper, col(Claim.issue_id))
        .limit(limit)
    )
    return [(number, issue, at) for number, issue, at in session.execute(statement)]


def when_added(session: Session) -> dict[int, datetime]:
    """When each paper came into the library."""
    found = session.execute(rows(col(Paper.id), col(Paper.created_at)))
    return {number: at for number, at in found if number is not None}


def waiting_with(session: Session, techniques: Collection[int], *, limit: int) -> list[PaperTitle]:
    """The papers with one of these techniques that have no verdict, or `later`, newest first."""
    carrying = rows(col(PaperTechnique.paper_id)).where(
        col(PaperTechnique.technique_id).in_(techniques)
    )
    statement = (
        _paper_titles()
        .outerjoin(PaperVerdict, _in_force())
        .outerjoin(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .where(*_waiting(), col(Paper.id).in_(carrying))
        .order_by(func.coalesce(col(Paper.year), 0).desc(), col(Paper.title_sort))
    )
    return [PaperTitle(*row) for row in session.execute(statement.limit(limit))]


def waiting_counts(session: Session) -> tuple[int, int]:
    """How many papers have no verdict, or `later`; and how many of those carry no technique."""
    carrying = rows(col(PaperTechnique.paper_id))
    bare = func.sum(case((col(Paper.id).in_(carrying), 0), else_=1))
    statement = (
        rows(func.count(), func.coalesce(bare, 0))
        .select_from(Paper)
        .outerjoin(PaperVerdict, _in_force())
        .outerjoin(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .where(*_waiting())
    )
    papers, without = session.execute(statement).one()
    return papers, without


def _in_force() -> Condition:
    return (col(PaperVerdict.paper_id) == col(Paper.id)) & col(PaperVerdict.is_current)


def _waiting() -> tuple[Condition, ...]:
    unjudged_or_later = or_(col(Verdict.id).is_(None), col(Verdict.slug) == LATER)
    unfinished = col(Paper.reading) != Reading.READ
    is_text = col(Paper.kind).not_in((Kind.CONCEPT, Kind.METHOD))  # there is something to read
    return col(Paper.trashed_at).is_(None), unjudged_or_later, unfinished, is_text


def papers_with_verdicts(session: Session, ids: Collection[int]) -> dict[int, Paper]:
    """Papers with their verdicts in force."""
    current = loader_path(Paper.verdicts).and_(col(PaperVerdict.is_current))
    verdict = selectinload(current).joinedload(loader_path(PaperVerdict.verdict))
    found = session.exec(select(Paper).where(col(Paper.id).in_(ids)).options(verdict))
    return {each.id: each for each in found if each.id}


def latest_cited_papers(session: Session, *, limit: int) -> list[PaperTitle]:
    statement = _paper_titles().where(col(Paper.trashed_at).is_(None))
    found = session.execute(statement.order_by(col(Paper.id).desc()).limit(limit))
    return [PaperTitle(*row) for row in found]


def latest_notes(session: Session, *, limit: int) -> list[NoteTitle]:
    statement = rows(col(Note.id), col(Note.title)).where(
        col(Note.trashed_at).is_(None), col(Note.title) != ""
    )
    found = session.execute(statement.order_by(col(Note.updated_at).desc()).limit(limit))
    return [NoteTitle(number or 0, title) for number, title in found]


def techniques_named(session: Session, slugs: Collection[str]) -> dict[str, Technique]:
    found = session.exec(select(Technique).where(col(Technique.slug).in_(slugs)))
    return {each.slug: each for each in found}


def issues_named(session: Session, slugs: Collection[str]) -> dict[str, Issue]:
    found = session.exec(select(Issue).where(col(Issue.slug).in_(slugs)))
    return {each.slug: each for each in found}


def all_techniques(session: Session) -> list[Technique]:
    return list(session.exec(select(Technique)))


def all_issues(session: Session) -> list[Issue]:
    return list(session.exec(select(Issue)))


def starred_issues(session: Session) -> set[int]:
    found = session.execute(rows(col(Issue.id)).where(col(Issue.starred)))
    return {number for (number,) in found if number is not None}


def comparison_fields(session: Session) -> list[ResearchField]:
    return list(session.exec(select(ResearchField).order_by(col(ResearchField.position))))


class QuotedPaper(NamedTuple):
    """A paper as far as evidence goes."""

    id: int
    arxiv_version: int | None
    is_trashed: bool


def quoted_papers_by_key(session: Session, keys: Collection[str]) -> dict[str, QuotedPaper]:
    """The papers that have, or had, these folded citation keys; those in the trash too."""
    paper = (col(Paper.id), col(Paper.arxiv_version), col(Paper.trashed_at).is_not(None))
    former = (
        rows(col(FormerCitekey.folded), *paper)
        .join(Paper, col(Paper.id) == col(FormerCitekey.paper_id))
        .where(col(FormerCitekey.folded).in_(keys))
    )
    present = rows(col(Paper.citekey_folded), *paper).where(col(Paper.citekey_folded).in_(keys))
    return {
        key: QuotedPaper(number, version, bool(is_trashed))
        for statement in (former, present)
        for key, number, version, is_trashed in session.execute(statement)
        if number is not None
    }


def notes_found(
    session: Session, *, ids: Collection[int], folded: Collection[str]
) -> list[tuple[int, str, bool]]:
    """(id, folded title, whether it is in the trash) of the notes with these ids or titles; those
    in the trash first, then oldest last."""
    is_trashed = col(Note.trashed_at).is_not(None)
    statement = (
        rows(col(Note.id), col(Note.title_folded), is_trashed)
        .where(or_(col(Note.id).in_(ids), col(Note.title_folded).in_(folded)))
        .order_by(is_trashed.desc(), col(Note.id).desc())
    )
    return [
        (number, title, bool(trashed))
        for number, title, trashed in session.execute(statement)
        if number is not None
    ]


def cells_quoting(session: Session, paper_id: int) -> set[Pair]:
    """The (technique, issue) ids of claims whose evidence is from a paper or a note about it."""
    notes = select(Note.id).where(col(Note.paper_id) == paper_id, col(Note.trashed_at).is_(None))
    quoting = select(Evidence.claim_id).where(
        or_(col(Evidence.paper_id) == paper_id, col(Evidence.note_id).in_(notes))
    )
    statement = select(Claim.technique_id, Claim.issue_id).where(col(Claim.id).in_(quoting))
    return set(session.exec(statement))


def select_papers_by_id(session: Session, ids: Collection[int]) -> dict[int, Paper]:
    if not ids:
        return {}
    found = session.exec(select(Paper).where(col(Paper.id).in_(ids)))
    return {each.id: each for each in found if each.id}


def select_notes_by_id(session: Session, ids: Collection[int]) -> dict[int, Note]:
    if not ids:
        return {}
    found = session.exec(select(Note).where(col(Note.id).in_(ids)))
    return {each.id: each for each in found if each.id}


def select_techniques_by_id(session: Session, ids: Collection[int]) -> dict[int, Technique]:
    found = session.exec(select(Technique).where(col(Technique.id).in_(ids)))
    return {each.id: each for each in found if each.id}


def select_issues_by_id(session: Session, ids: Collection[int]) -> dict[int, Issue]:
    found = session.exec(select(Issue).where(col(Issue.id).in_(ids)))
    return {each.id: each for each in found if each.id}


def first_showing(
    session: Session, techniques: Collection[int], issues: Collection[int]
) -> dict[Pair, str]:
    """The slug of the first comparison that shows each of these techniques × issues."""
    statement = (
        rows(col(ComparisonRow.technique_id), col(ComparisonColumn.issue_id), Comparison.slug)  # type: ignore[call-overload]
        .join(
            ComparisonColumn,
            col(ComparisonColumn.comparison_id) == col(ComparisonRow.comparison_id),
        )
        .join(Comparison, col(Comparison.id) == col(ComparisonRow.comparison_id))
        .where(
            col(ComparisonRow.technique_id).in_(techniques),
            col(ComparisonColumn.issue_id).in_(issues),
        )
        .order_by(col(Comparison.id).desc())  # the first one is read last, and stays
    )
    return {(row, column): slug for row, column, slug in session.execute(statement)}


def newest_changes(session: Session, limit: int) -> list[CellChange]:
    """The last changes of claims and rulings, newest first, with their technique and issue."""
    statement = select(CellChange).order_by(col(CellChange.id).desc()).limit(limit)
    named = (
        joinedload(loader_path(CellChange.technique)),
        joinedload(loader_path(CellChange.issue)),
    )
    return list(session.exec(statement.options(*named)))


def shown_techniques(session: Session) -> list[Technique]:
    """Every technique that is a row of some comparison."""
    shown = rows(col(ComparisonRow.technique_id))
    return list(session.exec(select(Technique).where(col(Technique.id).in_(shown))))


def shown_issues(session: Session) -> list[Issue]:
    """Every issue that is a column of some comparison."""
    shown = rows(col(ComparisonColumn.issue_id))
    return list(session.exec(select(Issue).where(col(Issue.id).in_(shown))))


def techniques_of_source(session: Session, source: str, note_id: int | None) -> set[int]:
    """The ids of the techniques of the paper with this citation key, or that a note is about."""
    cited = rows(col(Paper.id)).where(col(Paper.citekey_folded) == fold(source))
    noted = rows(col(Note.paper_id)).where(col(Note.id) == note_id)
    paper = col(PaperTechnique.paper_id).in_(cited if note_id is None else noted)
    carried = rows(col(PaperTechnique.technique_id)).where(paper)
    own = rows(col(Note.technique_id)).where(col(Note.id) == (note_id or 0))
    found = session.execute(union(carried, own))
    return {number for (number,) in found if number is not None}


def row_places(session: Session, comparison_id: int) -> list[ComparisonRow]:
    statement = select(ComparisonRow).where(col(ComparisonRow.comparison_id) == comparison_id)
    return list(session.exec(statement))


def all_rows(session: Session) -> dict[int, list[int]]:
    """The ids of every comparison's techniques, in its order."""
    comparison, technique = col(ComparisonRow.comparison_id), col(ComparisonRow.technique_id)
    return _lists(session, rows(comparison, technique).order_by(col(ComparisonRow.position)))


def all_columns(session: Session) -> dict[int, list[int]]:
    """The ids of every comparison's issues, in its order."""
    comparison, issue = col(ComparisonColumn.comparison_id), col(ComparisonColumn.issue_id)
    return _lists(session, rows(comparison, issue).order_by(col(ComparisonColumn.position)))


def _lists(session: Session, statement: Select[int | None, int | None]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for comparison, each in session.execute(statement):
        found.setdefault(comparison or 0, []).append(each or 0)
    return found


def last_changed(session: Session) -> dict[int, datetime]:
    """When a claim or ruling in each comparison was last changed, by its id."""
    comparison = col(ComparisonRow.comparison_id)
    statement = (
        rows(comparison, func.max(col(CellChange.at)))
        .join(
            ComparisonColumn,
            col(ComparisonColumn.comparison_id) == col(ComparisonRow.comparison_id),
        )
        .join(
            CellChange,
            (col(CellChange.technique_id) == col(ComparisonRow.technique_id))
            & (col(CellChange.issue_id) == col(ComparisonColumn.issue_id)),
        )
        .group_by(comparison)
    )
    return {each or 0: at for each, at in session.execute(statement)}


def papers_by_technique(session: Session, field: str) -> dict[int, int]:
    """How many papers of a research field carry each technique, by its id."""
    technique = col(PaperTechnique.technique_id)
    statement = (
        rows(technique, func.count())
        .join(Paper, col(Paper.id) == col(PaperTechnique.paper_id))
        .join(PaperField, col(PaperField.paper_id) == col(Paper.id))
        .join(ResearchField, col(ResearchField.id) == col(PaperField.field_id))
        .where(col(ResearchField.slug) == field, col(Paper.trashed_at).is_(None))
        .group_by(technique)
    )
    return {each or 0: number for each, number in session.execute(statement)}


def claims_among(session: Session, techniques: Collection[int], issues: Collection[int]) -> int:
    """How many claims there are on these techniques × issues."""
    statement = rows(func.count()).where(
        col(Claim.technique_id).in_(techniques), col(Claim.issue_id).in_(issues)
    )
    return int(session.execute(statement).scalar_one())


def column_places(session: Session, comparison_id: int) -> list[ComparisonColumn]:
    statement = select(ComparisonColumn).where(col(ComparisonColumn.comparison_id) == comparison_id)
    return list(session.exec(statement))


def pairs_named(session: Session, ids: Collection[int]) -> dict[int, ScorePair]:
    """Pairs of scores by their ids, with what their labels say."""
    names = loader_path(Benchmark.slug), loader_path(Benchmark.name)
    options = []
    for side in (loader_path(ScorePair.with_score), loader_path(ScorePair.without_score)):
        options.append(joinedload(side).joinedload(loader_path(Score.category)))
        benchmark = joinedload(side).joinedload(loader_path(Score.benchmark))
        options.append(benchmark.load_only(*names))
    found = session.exec(select(ScorePair).where(col(ScorePair.id).in_(ids)).options(*options))
    return {pair.id: pair for pair in found}


def items_named(
    session: Session, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], tuple[int, int | None]]:
    """A benchmark's items by its slug and their numbers: their ids and the benchmark's paper."""
    statement = (
        rows(
            col(Benchmark.slug),
            col(BenchmarkItem.position),
            col(BenchmarkItem.id),
            col(Benchmark.paper_id),
        )
        .join(Benchmark, col(Benchmark.id) == col(BenchmarkItem.benchmark_id))
        .where(
            col(Benchmark.slug).in_({slug for slug, _ in wanted}),
            col(BenchmarkItem.position).in_({number for _, number in wanted}),
        )
    )
    return {
        (slug, position): (number, paper)
        for slug, position, number, paper in session.execute(statement)
    }


def items_left(session: Session, ids: Collection[int]) -> set[int]:
    """Which of these items there are still."""
    found = session.execute(rows(col(BenchmarkItem.id)).where(col(BenchmarkItem.id).in_(ids)))
    return {number for (number,) in found}


def items_by_id(session: Session, ids: Collection[int]) -> dict[int, BenchmarkItem]:
    """Benchmarks' items by their ids, with the names of their benchmarks."""
    names = loader_path(Benchmark.slug), loader_path(Benchmark.name)
    benchmark = joinedload(loader_path(BenchmarkItem.benchmark)).load_only(*names)
    statement = select(BenchmarkItem).where(col(BenchmarkItem.id).in_(ids)).options(benchmark)
    return {item.id: item for item in session.exec(statement)}


def quoted_papers_by_id(session: Session, ids: Collection[int]) -> dict[int, "QuotedPaper"]:
    found = select_papers_by_id(session, ids)
    return {
        number: QuotedPaper(number, paper.arxiv_version, paper.trashed_at is not None)
        for number, paper in found.items()
    }
