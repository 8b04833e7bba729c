"""Every `select` of imports."""

from collections.abc import Collection
from typing import NamedTuple, TypeVar

from sqlalchemy import and_, delete, func, or_
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from app.kit.text import fold
from app.models import (
    Author,
    Benchmark,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    BenchmarkResult,
    Claim,
    ComparisonColumn,
    ComparisonRow,
    Evidence,
    FormerCitekey,
    Hypothesis,
    ImportBatch,
    ImportItem,
    ImportRemoval,
    Issue,
    Link,
    Note,
    Paper,
    PaperVerdict,
    Ruling,
    Score,
    ScorePair,
    Tag,
    Technique,
    Verdict,
)
from app.models.stored import CONTENT

Row = TypeVar(
    "Row",
    Technique,
    Issue,
    Author,
    Tag,
    Paper,
    Evidence,
    ImportItem,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    Score,
    ScorePair,
    Hypothesis,
)


def is_anything_there(session: Session) -> bool:
    """Whether the library holds a row of its own, in the trash too."""
    return any(session.exec(select(model).limit(1)).first() is not None for model in CONTENT)


def has_benchmark(session: Session) -> bool:
    return session.exec(select(Benchmark.id).limit(1)).first() is not None


def starter_was_here(session: Session) -> bool:
    found = select(ImportBatch.id).where(col(ImportBatch.format) == "starter").limit(1)
    return session.exec(found).first() is not None


def verdict_ids(session: Session) -> dict[str, int]:
    """The set of verdicts by slug."""
    return {verdict.slug: verdict.id for verdict in session.exec(select(Verdict))}


def last_inserted(session: Session, model: type[Row], count: int) -> list[Row]:
    """The rows that were inserted last, in their order."""
    newest = select(model).order_by(col(model.id).desc()).limit(count)
    return list(session.exec(newest))[::-1]


def orphan_authors(session: Session) -> list[Author]:
    return list(session.exec(select(Author)))


def orphan_tags(session: Session) -> list[Tag]:
    return list(session.exec(select(Tag)))


class KnownPaper(NamedTuple):
    """A paper as an import recognises it."""

    id: int
    citekey: str
    title: str
    short_title: str
    arxiv_id: str | None
    published: str
    revised: str
    venue: str
    year: int | None
    in_trash: bool
    verdict: str | None


def known_papers(session: Session) -> list[KnownPaper]:
    """Every paper, those in the trash last, since they would be restored rather than doubled."""
    current = (col(PaperVerdict.paper_id) == col(Paper.id)) & col(PaperVerdict.is_current)
    statement = (
        rows(
            col(Paper.id),
            col(Paper.citekey),
            col(Paper.title),
            col(Paper.short_title),
            col(Paper.arxiv_id),
            col(Paper.published),
            col(Paper.revised),
            col(Paper.venue),
            col(Paper.year),
            col(Paper.trashed_at).is_not(None),
            col(Verdict.slug),
        )
        .outerjoin(PaperVerdict, current)
        .outerjoin(Verdict, col(Verdict.id) == col(PaperVerdict.verdict_id))
        .order_by(col(Paper.trashed_at).is_not(None), col(Paper.id))
    )
    return [KnownPaper(*row) for row in session.execute(statement)]


def techniques_to_name(session: Session) -> list[Technique]:
    return list(session.exec(select(Technique).order_by(col(Technique.position))))


def issues_to_name(session: Session) -> list[Issue]:
    return list(session.exec(select(Issue)))


def entries_imported(session: Session, name: str, keys: Collection[str]) -> list[ImportItem]:
    """The entries that earlier imports of the file `name` brought in, and those of the same keys
    from other files, oldest first."""
    statement = (
        select(ImportItem)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportItem.batch_id))
        .where(
            col(ImportBatch.undone_at).is_(None),
            col(ImportItem.entry_key) > "",
            or_(col(ImportBatch.name) == name, col(ImportItem.entry_key).in_(keys)),
        )
        .order_by(col(ImportItem.id))
    )
    return list(session.exec(statement))


def note_lists_named(session: Session, names: Collection[str]) -> list[str]:
    """The names of files of notes that were imported, not undone, and are called as one of these,
    whatever folder they lay in; the latest last."""
    statement = (
        select(ImportBatch.name)
        .where(col(ImportBatch.format) == "notes", col(ImportBatch.undone_at).is_(None))
        .order_by(col(ImportBatch.id))
    )
    return [name for name in session.exec(statement) if name.rpartition("/")[2] in names]


def texts_imported(session: Session, name: str) -> list[str]:
    """The texts of the entries that came from files called `name`."""
    statement = (
        select(ImportItem.raw)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportItem.batch_id))
        .where(col(ImportBatch.name) == name, col(ImportBatch.undone_at).is_(None))
        .where(col(ImportItem.entry_key) > "")
    )
    return list(session.exec(statement))


def item_of_text(session: Session, name: str, text: str) -> ImportItem | None:
    """What is remembered of a note that was made of a whole file of this name and text."""
    statement = (
        select(ImportItem)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportItem.batch_id))
        .where(
            col(ImportBatch.undone_at).is_(None),
            col(ImportItem.item_kind) == "note",
            or_(
                col(ImportItem.entry_key) == name,
                col(ImportItem.entry_key).endswith(f"/{name}", autoescape=True),
            ),
            col(ImportItem.raw) == text,
        )
    )
    return session.exec(statement.order_by(col(ImportItem.id).desc()).limit(1)).first()


def batches_named(session: Session, name: str) -> set[int]:
    """The batches of the file `name` that were not undone."""
    statement = select(ImportBatch.id).where(
        col(ImportBatch.name) == name,
        col(ImportBatch.undone_at).is_(None),
    )
    return {number for number in session.exec(statement) if number is not None}


class KnownNote(NamedTuple):
    """A note as an import recognises it."""

    id: int
    title: str
    body: str
    paper_id: int | None
    version: int
    in_trash: bool


_KNOWN = (
    col(Note.id),
    col(Note.title),
    col(Note.body),
    col(Note.paper_id),
    col(Note.version),
    col(Note.trashed_at).is_not(None),
)


def notes_about(session: Session, paper_ids: Collection[int]) -> dict[int, list[KnownNote]]:
    """The notes on each of these papers, in the trash too."""
    statement = rows(*_KNOWN).where(col(Note.paper_id).in_(paper_ids)).order_by(col(Note.id))
    found: dict[int, list[KnownNote]] = {}
    for row in session.execute(statement):
        note = KnownNote(*row)
        found.setdefault(note.paper_id or 0, []).append(note)
    return found


def notes_titled(session: Session, titles: Collection[str]) -> list[KnownNote]:
    """The notes that have one of these titles (folded), in the trash too; those last."""
    statement = rows(*_KNOWN).where(col(Note.title_folded).in_(titles))
    found = session.execute(statement.order_by(col(Note.trashed_at).is_not(None), col(Note.id)))
    return [KnownNote(*row) for row in found]


def notes_among(session: Session, ids: Collection[int]) -> dict[int, Note]:
    found = session.exec(select(Note).where(col(Note.id).in_(ids)))
    return {note.id: note for note in found}


def papers_among(session: Session, ids: Collection[int]) -> dict[int, Paper]:
    found = session.exec(select(Paper).where(col(Paper.id).in_(ids)))
    return {paper.id: paper for paper in found}


def papers_by_citekey(session: Session, citekeys: Collection[str]) -> dict[str, Paper]:
    found = session.exec(select(Paper).where(col(Paper.citekey).in_(citekeys)))
    return {paper.citekey: paper for paper in found}


def benchmarks_by_id(session: Session, ids: Collection[int]) -> dict[int, Benchmark]:
    found = session.exec(select(Benchmark).where(col(Benchmark.id).in_(ids)))
    return {benchmark.id: benchmark for benchmark in found}


def results_by_id(session: Session, ids: Collection[int]) -> list[tuple[BenchmarkResult, str]]:
    """Results with the slugs of their benchmarks."""
    statement = rows(BenchmarkResult, col(Benchmark.slug)).join(
        Benchmark, col(Benchmark.id) == col(BenchmarkResult.benchmark_id)
    )
    found = session.execute(statement.where(col(BenchmarkResult.id).in_(ids)))
    return [(result, slug) for result, slug in found]


def scores_of(session: Session, batch_id: int) -> list[tuple[Score, str, int]]:
    """The scores that an import made, with the slugs of their benchmarks and the versions that they
    had then."""
    statement = (
        rows(Score, col(Benchmark.slug), col(ImportItem.version))
        .join(Benchmark, col(Benchmark.id) == col(Score.benchmark_id))
        .join(ImportItem, col(ImportItem.item_id) == col(Score.id))
        .where(col(ImportItem.batch_id) == batch_id, col(ImportItem.item_kind) == "score")
        .order_by(col(ImportItem.id))
    )
    return [(score, slug, version) for score, slug, version in session.execute(statement)]


def select_batches(session: Session) -> list[tuple[ImportBatch, int]]:
    """Every import, the latest first, with the number of things that it made or changed."""
    parts = ("paper_verdict", "benchmark_mapping", "score", "score_pair")
    things = or_(col(ImportBatch.format) == "scores", col(ImportItem.item_kind).not_in(parts))
    statement = (
        rows(ImportBatch, func.count(col(ImportItem.id)))
        .outerjoin(ImportItem, and_(col(ImportItem.batch_id) == col(ImportBatch.id), things))
        .group_by(col(ImportBatch.id))
        .order_by(col(ImportBatch.id).desc())
    )
    return [(batch, count) for batch, count in session.execute(statement)]


def batch_by_id(session: Session, batch_id: int) -> ImportBatch | None:
    return session.get(ImportBatch, batch_id)


def items_of(session: Session, batch_id: int) -> list[ImportItem]:
    statement = select(ImportItem).where(col(ImportItem.batch_id) == batch_id)
    return list(session.exec(statement.order_by(col(ImportItem.id))))


def forget_mentions(session: Session, note_ids: Collection[int]) -> None:
    """Takes out the links from these notes that imports found in their prose."""
    session.execute(
        delete(Link).where(
            col(Link.source_kind) == "note",
            col(Link.source_id).in_(note_ids),
            col(Link.origin) == "mention",
        )
    )


def made_by_import(session: Session, kind: str, item_id: int) -> bool:
    statement = select(ImportItem.id).where(
        col(ImportItem.item_kind) == kind, col(ImportItem.item_id) == item_id
    )
    return session.exec(statement.limit(1)).first() is not None


def items_about(session: Session, kind: str, ids: Collection[int]) -> list[ImportItem]:
    """What imports that were not undone noted about these rows, oldest first."""
    statement = (
        select(ImportItem)
        .join(ImportBatch, col(ImportBatch.id) == col(ImportItem.batch_id))
        .where(
            col(ImportBatch.undone_at).is_(None),
            col(ImportItem.item_kind) == kind,
            col(ImportItem.item_id).in_(ids),
        )
        .order_by(col(ImportItem.id))
    )
    return list(session.exec(statement))


def latest_verdicts(session: Session, paper_ids: Collection[int]) -> list[PaperVerdict]:
    """The newest verdict that each of these papers has left."""
    newest = rows(func.max(col(PaperVerdict.id))).where(col(PaperVerdict.paper_id).in_(paper_ids))
    statement = select(PaperVerdict).where(
        col(PaperVerdict.id).in_(newest.group_by(col(PaperVerdict.paper_id)))
    )
    return list(session.exec(statement))


def comparisons_with_cells(
    session: Session, ids: Collection[int], *, claims: Collection[int], rulings: Collection[int]
) -> set[int]:
    """Of these comparisons the ones that show a claim or a ruling beside these."""
    found: set[int] = set()
    for model, but in ((Claim, claims), (Ruling, rulings)):
        statement = (
            rows(col(ComparisonRow.comparison_id))
            .join(
                ComparisonColumn,
                col(ComparisonColumn.comparison_id) == col(ComparisonRow.comparison_id),
            )
            .join(
                model,
                and_(
                    col(model.technique_id) == col(ComparisonRow.technique_id),
                    col(model.issue_id) == col(ComparisonColumn.issue_id),
                ),
            )
            .where(col(ComparisonRow.comparison_id).in_(ids), col(model.id).not_in(but))
            .distinct()
        )
        found |= {number for number in session.scalars(statement) if number is not None}
    return found


def mapped_benchmarks(session: Session, ids: Collection[int], *, but: Collection[int]) -> set[int]:
    """Which of these benchmarks an issue is mapped to, these mappings aside."""
    statement = (
        rows(col(BenchmarkCategory.benchmark_id))
        .join(BenchmarkMapping, col(BenchmarkMapping.category_id) == col(BenchmarkCategory.id))
        .where(col(BenchmarkCategory.benchmark_id).in_(ids), col(BenchmarkMapping.id).not_in(but))
        .distinct()
    )
    return set(session.scalars(statement))


def links_to(
    session: Session, kinds: Collection[str], keys: Collection[str]
) -> list[tuple[str, str, int]]:
    """What links to or mentions one of these targets: the target, the kind of row, its id."""
    statement = rows(col(Link.target_key), col(Link.source_kind), col(Link.source_id)).where(
        col(Link.target_kind).in_(kinds), col(Link.target_key).in_(keys)
    )
    return [(target, kind, source) for target, kind, source in session.execute(statement)]


def removal_of(session: Session, batch_id: int) -> ImportRemoval | None:
    return session.get(ImportRemoval, batch_id)


def removable_batches(session: Session) -> set[int]:
    """The imports that were taken out and can be brought back."""
    return set(session.exec(select(ImportRemoval.batch_id)))


def current_verdicts(session: Session, paper_ids: Collection[int]) -> list[PaperVerdict]:
    statement = select(PaperVerdict).where(
        col(PaperVerdict.paper_id).in_(paper_ids), col(PaperVerdict.is_current)
    )
    return list(session.exec(statement))


def citekeys_held(session: Session, beginning: str) -> set[str]:
    """The folded keys that begin so, of papers or kept for them."""
    key = fold(beginning)
    present = select(Paper.citekey_folded).where(
        col(Paper.citekey_folded).startswith(key, autoescape=True)
    )
    former = select(FormerCitekey.folded).where(
        col(FormerCitekey.folded).startswith(key, autoescape=True)
    )
    return {*session.exec(present), *session.exec(former)}


def techniques_among(session: Session, ids: Collection[int]) -> dict[int, Technique]:
    found = session.exec(select(Technique).where(col(Technique.id).in_(ids)))
    return {technique.id: technique for technique in found}


def issues_among(session: Session, ids: Collection[int]) -> dict[int, Issue]:
    found = session.exec(select(Issue).where(col(Issue.id).in_(ids)))
    return {issue.id: issue for issue in found}


def categories_by_code(session: Session) -> dict[tuple[str, str], int]:
    """The ids of the categories of benchmarks by the benchmark's slug and their code."""
    statement = rows(
        col(Benchmark.slug), col(BenchmarkCategory.code), col(BenchmarkCategory.id)
    ).join(Benchmark, col(Benchmark.id) == col(BenchmarkCategory.benchmark_id))
    return {(slug, code): number for slug, code, number in session.execute(statement)}
