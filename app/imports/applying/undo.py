"""Taking an import out again: what it made goes, what the reader has edited or built on stays."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from sqlalchemy import delete, select, update
from sqlmodel import Session, SQLModel, col

from app.changes import changes_of
from app.comparison.history import record
from app.errors import N_, Conflict, NotFound
from app.imports import queries
from app.imports.planning.plan_records import fields_held
from app.imports.rules import Undone, taken_back
from app.kit.text import fold
from app.kit.trees import list_ancestors, parent_map
from app.library import bulk
from app.library import service as library
from app.models import (
    Author,
    Benchmark,
    BenchmarkMapping,
    BenchmarkResult,
    Claim,
    Comparison,
    Correspondence,
    FormerCitekey,
    ImportItem,
    Issue,
    Link,
    Note,
    Paper,
    PaperAuthor,
    PaperTag,
    PaperVerdict,
    ResearchField,
    Ruling,
    Tag,
    Technique,
    utc_now,
)
from app.models.stored import references_to
from app.notes import service as notes

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
    Correspondence,
    Paper,
    Technique,
    Issue,
    ResearchField,
)
Term = TypeVar("Term", Technique, Issue)


def undo_import(session: Session, batch_id: int) -> Undone:
    """Take out what the import `batch_id` made and nobody has touched since.

    A note that the import changed goes back to what it was. The number of statements does not
    grow with the import.

    Raises:
        NotFound: there is no such import.
        Conflict: it was undone before.
    """
    batch = queries.batch_by_id(session, batch_id)
    if batch is None:
        raise NotFound(N_("There is no import {number}."), number=batch_id)
    if batch.undone_at is not None:
        raise Conflict(N_("This import was taken out already."))
    undoing = _Undoing(session, batch_id, batch.name)
    undoing.claims()
    undoing.notes()
    undoing.verdicts()
    undoing.filled()
    undoing.comparisons()
    undoing.benchmarks()
    undoing.correspondences()
    undoing.papers()
    undoing.terms(Technique)
    undoing.terms(Issue)
    undoing.fields()
    undoing.orphans()
    batch.undone_at = utc_now()
    session.flush()
    return undoing.done


class _Undoing:
    """One undo under way. Each step looks only at what the steps before have left."""

    def __init__(self, session: Session, batch_id: int, name: str) -> None:
        self.session = session
        self.name = name
        self.done = Undone()
        self.versions: dict[str, dict[int, int]] = defaultdict(dict)
        self.items = queries.items_of(session, batch_id)
        for item in self.items:
            self.versions[item.item_kind][item.item_id] = item.version
        # What an import before this one had made of the same rows.
        self.before = {
            (item.item_kind, item.item_id): item
            for kind in ("paper", "note")
            for item in queries.items_about(session, kind, self.versions[kind])
            if item.batch_id < batch_id
        }
        here = (item for item in self.items if item.before is not None)
        self.papers_before = {item.item_id for item in here if item.item_kind == "paper"}
        self.bumps: Counter[int] = Counter()  # versions that the import took papers on
        self.authors: set[int] = set()
        self.tags: set[int] = set()

    def claims(self) -> None:
        claims = self._rows(Claim)
        gone = {row.id for row in claims if row.version == self.versions["claim"][row.id]}
        self._delete_parts(Claim, gone)
        self._delete(Claim, Claim.id, gone, of=len(claims))
        rulings = self._rows(Ruling)
        given = {
            row.id: (row.technique_id, row.issue_id)
            for row in rulings
            if row.version == self.versions["ruling"][row.id]
        }
        self._delete(Ruling, Ruling.id, given, of=len(rulings))
        record.annotate(self.session, by=self.name)
        # While their techniques and issues are there.
        record.record_changes(self.session, changes_of(self.session))

    def notes(self) -> None:
        found = self._rows(Note)
        versions = self.versions["note"]
        untouched = {row.id for row in found if row.version == versions[row.id]}
        untouched -= self._used(Note, untouched)
        changed = {note_id for note_id in untouched if ("note", note_id) in self.before}
        gone = untouched - changed
        self._delete_parts(Note, gone)
        self._delete(Note, Note.id, gone, of=len(found) - len(changed))
        for note_id in sorted(changed):
            self._put_back(note_id, self.before["note", note_id])

    def _put_back(self, note_id: int, earlier: ImportItem) -> None:
        version = self.versions["note"][note_id]
        if earlier.version < version:
            note = notes.restore_version(self.session, note_id, version - 1)
            earlier.version = note.version  # to that import it is untouched
            self.done.removed["change"] += 1

    def verdicts(self) -> None:
        """Verdicts that were given to papers which the import had not made."""
        made = {each for each in self.versions["paper"] if self._made(each)}
        own = [row for row in self._rows(PaperVerdict) if row.paper_id not in made]
        gone = {row.id for row in own if row.is_current}
        papers = {row.paper_id or 0 for row in own if row.is_current}
        self._delete(PaperVerdict, PaperVerdict.id, gone, of=len(own))
        for earlier in queries.latest_verdicts(self.session, papers):
            earlier.is_current = True
        for paper in queries.papers_among(self.session, papers).values():
            paper.version += 1
        self.bumps.update(papers)
        self.session.flush()

    def filled(self) -> None:
        """What the import wrote into papers that were here, unless it was edited since."""
        items = [item for item in self.items if item.item_id in self.papers_before]
        items = [item for item in items if item.item_kind == "paper" and item.given]
        papers = library.get_papers(self.session, {item.item_id for item in items})
        changes: dict[int, dict[str, object]] = defaultdict(dict)
        for item in reversed(items):
            if paper := papers.get(item.item_id):
                held = {**fields_held(paper), **changes[item.item_id]}
                changes[item.item_id] |= taken_back(held, item.given, item.before or {})
        written = {number: each for number, each in changes.items() if each}
        self.bumps.update(written.keys())
        untouched = {
            number
            for number in self.bumps
            if number in papers
            and papers[number].version
            == self.versions["paper"][number] + (self.bumps[number] - (number in written))
        }
        bulk.overwrite_papers(
            self.session, [(papers[number], each) for number, each in written.items()]
        )
        for number in untouched:  # to the import that made it, it is untouched
            earlier = self.before.get(("paper", number))
            if earlier and earlier.version == self.versions["paper"][number] - self.bumps[number]:
                earlier.version = papers[number].version
        self.done.removed["change"] += len(written)
        aliases = {str(item.given["alias"]) for item in items if "alias" in item.given}
        self._delete(FormerCitekey, FormerCitekey.citekey, aliases)

    def comparisons(self) -> None:
        found = self._rows(Comparison)
        versions = self.versions["comparison"]
        gone = {row.id for row in found if row.version == versions[row.id]}
        gone -= queries.comparisons_with_cells(self.session, gone)
        self._delete_parts(Comparison, gone)
        self._delete(Comparison, Comparison.id, gone, of=len(found))

    def benchmarks(self) -> None:
        """A benchmark stays with all its categories while a result or a mapping needs it."""
        results = {row.id for row in self._rows(BenchmarkResult)}
        self._delete(BenchmarkResult, BenchmarkResult.id, results, of=len(results))
        mappings = self._rows(BenchmarkMapping)
        versions = self.versions["benchmark_mapping"]
        gone = {row.id for row in mappings if row.version == versions[row.id]}
        self._delete(BenchmarkMapping, BenchmarkMapping.id, gone, of=len(mappings))
        found = {row.id for row in self._rows(Benchmark)}
        used = self._used(Benchmark, found)
        used |= queries.mapped_benchmarks(self.session, found)
        self._delete_parts(Benchmark, found - used)
        self._delete(Benchmark, Benchmark.id, found - used, of=len(found))

    def correspondences(self) -> None:
        found = self._rows(Correspondence)
        versions = self.versions["correspondence"]
        linked = queries.linked_targets(
            self.session, ("correspondence",), {row.slug for row in found}
        )
        gone = {
            row.id for row in found if row.version == versions[row.id] and row.slug not in linked
        }
        self._delete_parts(Correspondence, gone)
        self._delete(Correspondence, Correspondence.id, gone, of=len(found))

    def papers(self) -> None:
        found = [row for row in self._rows(Paper) if self._made(row.id)]
        versions = self.versions["paper"]
        free = {
            row.id: row
            for row in found
            if row.version == versions[row.id] or row.trashed_at is not None
        }
        used = self._used(Paper, free)
        linked = queries.linked_targets(
            self.session,
            ("paper", "title", "arxiv"),
            {key for row in free.values() for key in _keys(row)},
        )
        gone = {i for i, row in free.items() if i not in used and not linked & _keys(row)}
        self.authors = self._ids(PaperAuthor.author_id, PaperAuthor.paper_id, gone)
        self.tags = self._ids(PaperTag.tag_id, PaperTag.paper_id, gone)
        self._delete_parts(Paper, gone)
        self._delete(Paper, Paper.id, gone, of=len(found))

    def terms(self, model: type[Term]) -> None:
        """Techniques or issues that nothing uses any more, nor anything below them."""
        kind = str(model.__tablename__)
        versions = self.versions[kind]
        found = self._rows(model)
        everyone = list(self.session.scalars(select(model)))
        free = {row.id for row in found if row.version == versions[row.id]}
        used = self._used(model, free)
        linked = queries.linked_targets(self.session, (kind,), {row.slug for row in found})
        used |= {row.id for row in found if row.slug in linked}
        parents = parent_map(everyone)
        for row in everyone:
            if row.id not in free - used:
                used |= set(list_ancestors(parents, row.id))
        gone = free - used
        self._delete_parts(model, gone)
        # Children name their parents: cut the ties first, then any order will do.
        self.session.execute(update(model).where(col(model.id).in_(gone)).values(parent_id=None))
        self._delete(model, model.id, gone, of=len(found))

    def fields(self) -> None:
        found = self._rows(ResearchField)
        versions = self.versions["field"]
        free = {row.id for row in found if row.version == versions[row.id]}
        used = self._used(ResearchField, free)
        self._delete(ResearchField, ResearchField.id, free - used, of=len(found))

    def orphans(self) -> None:
        """Authors and tags that were on nothing but the papers that are gone."""
        self.authors -= self._used(Author, self.authors)
        self.tags -= self._used(Tag, self.tags)
        self._delete(Author, Author.id, self.authors)
        self._delete(Tag, Tag.id, self.tags)

    # --- Rows by id ---

    def _made(self, paper_id: int) -> bool:
        """Whether this import made the paper, rather than find it."""
        return paper_id not in self.papers_before and ("paper", paper_id) not in self.before

    def _rows(self, model: type[Row]) -> Sequence[Row]:
        ids = list(self.versions[str(model.__tablename__)])
        return self.session.scalars(select(model).where(col(model.id).in_(ids))).all()

    def _used(self, model: type[SQLModel], ids: Collection[int]) -> set[int]:
        """Those of `ids` without which rows that stay would not be whole."""
        used: set[int] = set()
        for table, name in references_to(model):
            if name in table.uses:
                column = getattr(table.model, name)
                used |= self._ids(column, column, ids)
        return used

    def _delete_parts(self, model: type[SQLModel], ids: Collection[int]) -> None:
        for table, name in references_to(model):
            if name in table.parts:
                self._delete(table.model, getattr(table.model, name), ids)

    def _ids(self, wanted: int | None, column: int | None, ids: Iterable[int]) -> set[int]:
        """The values of `wanted` in the rows whose `column` is one of `ids`."""
        rows = self.session.scalars(select(col(wanted)).where(col(column).in_(list(ids))))
        return {int(value) for value in rows if value is not None}

    def _delete(
        self,
        model: type[SQLModel],
        column: int | str | None,
        ids: Collection[int] | Collection[str],
        *,
        of: int | None = None,
    ) -> None:
        """Delete by `column`; `of` counts the rows as removed, and the rest of them as kept."""
        kind = str(model.__tablename__)
        if kind in ("note", "claim", "ruling", "correspondence"):
            links = (col(Link.source_kind) == kind, col(Link.source_id).in_(ids))
            self.session.execute(delete(Link).where(*links))
        if ids:
            self.session.execute(delete(model).where(col(column).in_(ids)))
        if of is not None:
            self.done.removed[kind] += len(ids)
            self.done.kept[kind] += of - len(ids)


def _keys(paper: Paper) -> set[str]:
    """What a link to a paper may be written as."""
    names = (paper.citekey, paper.title, paper.short_title, paper.arxiv_id or "")
    return {fold(name) for name in names if name}
