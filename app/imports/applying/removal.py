"""What taking an import out again would take out, and what stays; writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeVar

from sqlalchemy import inspect, or_, select, tuple_
from sqlmodel import Session, SQLModel, col

from app.imports import queries
from app.imports.planning.plan_records import fields_held
from app.imports.rules import OUT_OF_TRASH, Undone, taken_back
from app.kit.batches import batches
from app.kit.text import fold
from app.kit.trees import list_ancestors, parent_map
from app.library import service as library
from app.models import (
    Author,
    Benchmark,
    BenchmarkMapping,
    BenchmarkResult,
    Claim,
    Comparison,
    Correspondence,
    Hypothesis,
    ImportBatch,
    Issue,
    Note,
    Paper,
    PaperAuthor,
    PaperFile,
    PaperTag,
    PaperVerdict,
    ResearchField,
    Ruling,
    Score,
    ScorePair,
    Tag,
    Technique,
)
from app.models.stored import STORED, StoredTable, references_to

Row = TypeVar(
    "Row",
    Claim,
    Ruling,
    Note,
    PaperVerdict,
    Comparison,
    Benchmark,
    BenchmarkMapping,
    BenchmarkResult,
    Score,
    ScorePair,
    Correspondence,
    Hypothesis,
    Paper,
    Technique,
    Issue,
    ResearchField,
)
Term = TypeVar("Term", Technique, Issue)
NAMED = 10_000  # ids that one statement names; PostgreSQL takes 65,535, SQLite as few as 32,766
_PAIRS = 500
MODELS: Mapping[str, type[SQLModel]] = {each.name: each.model for each in STORED}


class Removal:
    """What an import made and nobody has touched since (`gone`, ids by table), and what of papers
    and notes that it changed goes back. Each step looks at what the steps before leave. The number
    of statements does not grow with the import."""

    def __init__(self, session: Session, batch: ImportBatch) -> None:
        self.session = session
        self.batch = batch
        self.done = Undone()
        self.gone: dict[type[SQLModel], set[int]] = defaultdict(set)
        self.loaded: dict[type[SQLModel], Sequence[SQLModel]] = {}
        self.versions: dict[str, dict[int, int]] = defaultdict(dict)
        self.items = queries.items_of(session, batch.id)
        for item in self.items:
            self.versions[item.item_kind][item.item_id] = item.version
        # What an import before this one had made of the same rows.
        self.before = {
            (item.item_kind, item.item_id): item
            for kind in ("paper", "note")
            for some in batches(list(self.versions[kind]), NAMED)
            for item in queries.items_about(session, kind, some)
            if item.batch_id < batch.id
        }
        here = (item for item in self.items if item.before is not None)
        self.papers_before = {item.item_id for item in here if item.item_kind == "paper"}
        self.files: list[PaperFile] = []  # of papers that stay
        self.notes_back: set[int] = set()
        self.verdicts_of: set[int] = set()  # papers that lose one that the import gave
        self.filled: dict[int, dict[str, object]] = {}  # fields of papers, as they were before
        self.trashed: dict[int, datetime] = {}  # papers that go back to the trash: since when
        self._hypotheses()
        self._claims()
        self._notes()
        self._verdicts()
        self._filled()
        self._trashed()
        self._comparisons()
        self._benchmarks()
        self._correspondences()
        self._papers()
        self._files()
        self._terms(Technique)
        self._terms(Issue)
        self._fields()
        self._orphans()

    def made(self, paper_id: int) -> bool:
        """Whether this import made the paper, rather than find it."""
        return paper_id not in self.papers_before and ("paper", paper_id) not in self.before

    def parts(self) -> list[tuple[StoredTable, str, set[int]]]:
        """The tables whose rows are parts of what goes, with the columns that say of what."""
        return [
            (table, name, ids)
            for model, ids in self.gone.items()
            if ids
            for table, name in references_to(model)
            if name in table.parts
        ]

    def _hypotheses(self) -> None:
        found = self._rows(Hypothesis)
        self._go(Hypothesis, self._untouched(found), of=len(found))

    def _claims(self) -> None:
        claims, rulings = self._rows(Claim), self._rows(Ruling)
        self._go(Claim, self._untouched(claims), of=len(claims))
        self._go(Ruling, self._untouched(rulings), of=len(rulings))

    def _notes(self) -> None:
        found = self._rows(Note)
        untouched = self._untouched(found)
        untouched -= self._used(Note, untouched)
        changed = {note_id for note_id in untouched if ("note", note_id) in self.before}
        self._go(Note, untouched - changed, of=len(found) - len(changed))
        self.notes_back = {
            note_id
            for note_id in changed
            if self.before["note", note_id].version < self.versions["note"][note_id]
        }
        self.done.removed["change"] += len(self.notes_back)

    def _verdicts(self) -> None:
        """Verdicts that were given to papers which the import had not made."""
        made = {each for each in self.versions["paper"] if self.made(each)}
        own = [row for row in self._rows(PaperVerdict) if row.paper_id not in made]
        self._go(PaperVerdict, {row.id for row in own if row.is_current}, of=len(own))
        self.verdicts_of = {row.paper_id or 0 for row in own if row.is_current}

    def _filled(self) -> None:
        """What the import wrote into papers that were here, unless it was edited since."""
        items = [item for item in self.items if item.item_id in self.papers_before]
        items = [item for item in items if item.item_kind == "paper" and item.given]
        if not items:
            return
        papers = library.get_papers(self.session, {item.item_id for item in items})
        changes: dict[int, dict[str, object]] = defaultdict(dict)
        for item in reversed(items):
            if paper := papers.get(item.item_id):
                held = {**fields_held(paper), **changes[item.item_id]}
                changes[item.item_id] |= taken_back(held, item.given, item.before or {})
        self.filled = {number: each for number, each in changes.items() if each}
        self.done.removed["change"] += len(self.filled)

    def _trashed(self) -> None:
        """What the import brought out of the trash, unless the reader has worked on it since."""
        since = {
            item.item_id: datetime.fromisoformat(str(item.given[OUT_OF_TRASH]))
            for item in self.items
            if item.item_kind == "paper" and OUT_OF_TRASH in item.given
        }
        for some in batches(list(since), NAMED):
            for paper in queries.papers_among(self.session, some).values():
                if paper.version == self.versions["paper"][paper.id] and not paper.trashed_at:
                    self.trashed[paper.id] = since[paper.id]
        self.done.removed["change"] += len(self.trashed.keys() - self.filled.keys())

    def _comparisons(self) -> None:
        found = self._rows(Comparison)
        gone = self._untouched(found)
        gone -= queries.comparisons_with_cells(
            self.session, gone, claims=self.gone[Claim], rulings=self.gone[Ruling]
        )
        self._go(Comparison, gone, of=len(found))

    def _benchmarks(self) -> None:
        """A benchmark stays with all its categories while a result or a mapping needs it."""
        pairs = {row.id for row in self._rows(ScorePair)}
        self._go(ScorePair, pairs - self._used(ScorePair, pairs), of=len(pairs))
        scores = self._untouched(self._rows(Score))
        of = len(self.loaded[Score])
        self._go(Score, scores - self._used(Score, scores), of=of)
        results = {row.id for row in self._rows(BenchmarkResult)}
        self._go(BenchmarkResult, results, of=len(results))
        mappings = self._rows(BenchmarkMapping)
        self._go(BenchmarkMapping, self._untouched(mappings), of=len(mappings))
        found = {row.id for row in self._rows(Benchmark)}
        used = self._used(Benchmark, found)
        used |= queries.mapped_benchmarks(self.session, found, but=self.gone[BenchmarkMapping])
        self._go(Benchmark, found - used, of=len(found))

    def _correspondences(self) -> None:
        found = self._rows(Correspondence)
        linked = self._linked(("correspondence",), {row.slug for row in found})
        gone = self._untouched([row for row in found if row.slug not in linked])
        self._go(Correspondence, gone, of=len(found))

    def _papers(self) -> None:
        found = [row for row in self._rows(Paper) if self.made(row.id)]
        untouched = self._untouched(found)
        free = {r.id: r for r in found if r.id in untouched or r.trashed_at is not None}
        used = self._used(Paper, free)
        keys = {key for row in free.values() for key in _keys(row)}
        linked = self._linked(("paper", "title", "arxiv"), keys)
        gone = {i for i, row in free.items() if i not in used and not linked & _keys(row)}
        self._go(Paper, gone, of=len(found))

    def _files(self) -> None:
        """Files that the import gave to papers that stay, where they still hold them."""
        given = [item for item in self.items if item.item_kind == PaperFile.__tablename__]
        stays = [item for item in given if item.item_id not in self.gone[Paper]]
        for some in batches(stays, _PAIRS):
            pairs = [(item.item_id, str(item.given["sha256"])) for item in some]
            key = tuple_(col(PaperFile.paper_id), col(PaperFile.sha256))
            self.files += self.session.scalars(select(PaperFile).where(key.in_(pairs)))
        self.done.removed["file"] += len(self.files) + len(given) - len(stays)

    def _terms(self, model: type[Term]) -> None:
        """Techniques or issues that nothing uses any more, nor anything below them."""
        ids = self.versions[str(model.__tablename__)]
        everyone = list(self.session.scalars(select(model))) if ids else []
        found = [row for row in everyone if row.id in ids]
        self.loaded[model] = found
        free = self._untouched(found)
        used = self._used(model, free)
        linked = self._linked((str(model.__tablename__),), {row.slug for row in found})
        used |= {row.id for row in found if row.slug in linked}
        parents = parent_map(everyone)
        for row in everyone:
            if row.id not in free - used:
                used |= set(list_ancestors(parents, row.id))
        self._go(model, free - used, of=len(found))

    def _fields(self) -> None:
        found = self._rows(ResearchField)
        free = self._untouched(found)
        self._go(ResearchField, free - self._used(ResearchField, free), of=len(found))

    def _orphans(self) -> None:
        """Authors and tags that were on nothing but the papers that go."""
        papers = self.gone[Paper]
        for model, tie, name in ((Author, PaperAuthor, "author_id"), (Tag, PaperTag, "tag_id")):
            if not papers:
                continue
            of = select(col(getattr(tie, name))).where(col(tie.paper_id).in_(papers))
            ids = {number for number in self.session.scalars(of) if number is not None}
            self.gone[model] = ids - self._used(model, ids, count=False)

    def _rows(self, model: type[Row]) -> Sequence[Row]:
        ids = list(self.versions[str(model.__tablename__)])
        found = [
            row
            for some in batches(ids, NAMED)
            for row in self.session.scalars(select(model).where(col(model.id).in_(some)))
        ]
        self.loaded[model] = found
        return found

    def _untouched(self, rows: Iterable[Row]) -> set[int]:
        return {
            row.id
            for row in rows
            if getattr(row, "version", 1) == self.versions[str(row.__tablename__)][row.id]
        }

    def _go(self, model: type[SQLModel], ids: set[int], *, of: int) -> None:
        kind = str(model.__tablename__)
        self.gone[model] = ids
        self.done.removed[kind] += len(ids)
        self.done.kept[kind] += of - len(ids)

    def _used(self, model: type[SQLModel], ids: Collection[int], *, count: bool = True) -> set[int]:
        """Those of `ids` without which rows that stay would not be whole; whose rows those are is
        counted, unless the import made them."""
        used: set[int] = set()
        using: dict[str, list[str]] = defaultdict(list)
        for table, name in references_to(model):
            if name in table.uses and ids:
                using[table.name].append(name)
        for table in (each for each in STORED if each.name in using):
            own = ["id"] if "id" in inspect(table.model).columns else []
            names = list(dict.fromkeys([*own, *table.parts, *using[table.name]]))
            columns = [col(getattr(table.model, each)) for each in names]
            mine = self.versions[table.name]
            named = [
                or_(*(col(getattr(table.model, each)).in_(some) for each in using[table.name]))
                for some in batches(list(ids), NAMED)
            ]
            found = (select(*columns).where(each) for each in named)
            for values in chain.from_iterable(map(self.session.execute, found)):
                row = dict(zip(names, values, strict=True))
                if self._goes(table, row):
                    continue
                used |= {row[each] for each in using[table.name]} & set(ids)
                if count and own and row["id"] not in mine and table.model is not PaperVerdict:
                    self.done.holding[table.name].add(row["id"])
        return used

    def _goes(self, table: StoredTable, row: Mapping[str, int]) -> bool:
        if row.get("id") in self.gone.get(table.model, ()):
            return True
        columns = inspect(table.model).local_table.columns
        for name in table.parts:
            for key in columns[name].foreign_keys:
                whole = MODELS.get(key.column.table.name)
                if whole and row[name] in self.gone.get(whole, ()):
                    return True
        return False

    def _linked(self, kinds: Collection[str], keys: Collection[str]) -> set[str]:
        """Which of these targets something that stays links to or mentions."""
        found: set[str] = set()
        for some in batches(list(keys), NAMED):
            for target, kind, source in queries.links_to(self.session, kinds, some):
                if source in self.gone.get(MODELS[kind], ()):
                    continue
                found.add(target)
                if source not in self.versions[kind]:
                    self.done.holding[kind].add(source)
        return found


def _keys(paper: Paper) -> set[str]:
    """What a link to a paper may be written as."""
    names = (paper.citekey, paper.title, paper.short_title, paper.arxiv_id or "")
    return {fold(name) for name in names if name}
