"""From the rows of a plan to rows of the library."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlmodel import Session, SQLModel

from app.errors import N_, AlreadyHeld, Invalid
from app.imports import queries
from app.imports.rules import (
    ALONE,
    Line,
    Named,
    Plan,
    Report,
    Row,
    State,
    kept_verdicts,
    outcome,
    remarks,
)
from app.imports.rules import Issue as FoundIssue
from app.library import service as library
from app.library.filters import UNREAD
from app.library.rules import PaperInput
from app.models import ImportBatch, ImportItem, Issue, Kind, Link, Note, Paper, PaperVerdict
from app.notes import service as notes
from app.notes.references import fold
from app.notes.rules import NoteInput
from app.sources.note_links import folded
from app.text import has_han
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import IssueInput


def take(session: Session, plan: Plan, rows: Sequence[Row]) -> Report:
    """Bring in the rows that are to be taken, in the order of the file. See `service.apply`."""
    taken = [row for row in rows if row.take]
    lines = [Line(outcome(row), row.title, row.kind) for row in rows if not row.take]
    if not taken:
        return Report(plan.name, (*lines, *remarks(plan, rows)))
    batch = ImportBatch(format="notes", name=plan.name, sha256=plan.sha256)
    session.add(batch)
    session.flush()
    taking = _Taking(session, batch.id or 0)
    for row in taken:
        with _beside(row):
            taking.record(row)
    for row in taken:
        with _beside(row):
            taking.note(row)
    for row in taken:
        taking.mentions(row)
    taking.write_items()
    at = {row.position: place for place, row in enumerate(rows)}
    done = sorted([*zip(taken, taking.lines(taken), strict=True)], key=lambda d: at[d[0].position])
    return Report(
        plan.name,
        (*(line for _, line in done), *taking.extra, *lines, *remarks(plan, rows)),
        batch_id=batch.id,
    )


@contextmanager
def _beside(row: Row) -> Iterator[None]:
    """What is wrong with a row is said beside that row."""
    try:
        yield
    except Invalid as problem:
        errors = {f"{name}-{row.position}": said for name, said in problem.errors.items()}
        raise Invalid(errors) from problem
    except AlreadyHeld as problem:
        raise Invalid({f"title-{row.position}": problem.message}) from problem


class _Taking:
    """One import under way: what it has made so far."""

    def __init__(self, session: Session, batch_id: int) -> None:
        self.session = session
        self.batch_id = batch_id
        self.papers: dict[int, Paper] = {}  # by position
        self.notes: dict[int, Note] = {}
        self.named: dict[str, Paper] = {}  # made here, by folded title
        self.items: list[tuple[SQLModel, str, str]] = []  # row, entry key, entry text
        self.extra: list[Line] = []

    # --- The record of an entry ---

    def record(self, row: Row) -> None:
        """The paper that the entry is about: made, or found."""
        if row.kind in ALONE:
            return
        if row.target and row.target.item_kind == "paper":
            paper = self._held(row)
        elif row.target and row.state is not State.REMOVED:
            paper = self._paper_of_note(row.target.item_id)
        else:
            paper = self.named.get(folded(row.title))
        if paper is None:
            paper = self._made(row)
        self.papers[row.position] = paper
        self._verdict(row, paper)

    def _held(self, row: Row) -> Paper | None:
        target = row.target
        paper = (
            queries.papers_by_id(self.session, [target.item_id]).get(target.item_id)
            if target
            else None
        )
        if paper is None:
            return None
        if paper.trashed_at is not None:
            library.restore_paper(paper)
        return library.get_paper(self.session, paper.citekey)

    def _paper_of_note(self, note_id: int) -> Paper | None:
        note = notes.get_note(self.session, note_id)
        return library.get_paper(self.session, note.paper.citekey) if note.paper else None

    def _made(self, row: Row) -> Paper:
        """A new record of what the file gives, and of nothing else."""
        if row.kind not in list(Kind):
            raise Invalid.field("kind", N_("Choose one of the kinds."))
        paper = library.create_paper(
            self.session,
            PaperInput(
                kind=Kind(row.kind),
                title=row.title,
                short_title=row.short_title,
                published=row.published,
                revised=row.revised,
                year=int(row.published[:4]) if row.published else None,
                venue=row.venue,
                arxiv_id=row.arxiv_id or None,
                arxiv_version=row.arxiv_version,
                url=row.url,
                techniques=[technique.slug for technique in row.techniques],
            ),
        )
        for name in filter(None, (folded(row.title), folded(row.short_title))):
            self.named.setdefault(name, paper)
        self.items.append((paper, "", ""))
        return paper

    def _verdict(self, row: Row, paper: Paper) -> None:
        """The reader's verdict, unless the paper has one that they gave elsewhere."""
        if row.verdict in ("", UNREAD):
            return
        before = paper.verdict
        if before is None or (row.state is State.CHANGED and self._gave(before)):
            if before and (before.verdict.slug, before.reason) == (row.verdict, row.reason):
                return
            library.give_verdict(self.session, paper, verdict=row.verdict, reason=row.reason)
            if paper.verdict:
                self.items.append((paper.verdict, "", ""))
        else:
            self.extra += kept_verdicts([replace(row, held_verdict=before.verdict.slug)])

    def _gave(self, verdict: PaperVerdict) -> bool:
        """Whether it was an import that gave this verdict."""
        return queries.made_by_import(self.session, "paper_verdict", verdict.id or 0)

    # --- Its note ---

    def note(self, row: Row) -> None:
        """The entry's text as a note. A record that has a place for the dates spares their line."""
        paper = self.papers.get(row.position)
        body = row.body if paper is not None and _says_when(paper, row) else row.full_body
        if row.target and row.target.item_kind == "note" and row.state is not State.REMOVED:
            note = notes.update_note(self.session, row.target.item_id, body=body)
        elif body or paper is None:
            note = notes.create_note(
                self.session,
                NoteInput(title=row.title, body=body, paper=paper.citekey if paper else None),
            )
        else:
            self.items.append((paper, row.key, row.raw))
            return
        self.notes[row.position] = note
        self.items.append((note, row.key, row.raw))
        self._issues(row.issues)

    def _issues(self, found: Sequence[FoundIssue]) -> None:
        """Concepts that have no issue yet get one, named as they are."""
        for concept in found:
            if concept.slug:
                continue
            name = {"name_zh" if has_han(concept.name) else "name_en": concept.name}
            issue = vocabularies.create_term(self.session, Issue, IssueInput(**name))
            self.items.append((issue, "", ""))
            self.extra.append(Line("issue", concept.name, url=f"/issues/{issue.slug}"))

    # --- What it names ---

    def mentions(self, row: Row) -> None:
        """A link from the note to everything that it names; what has no record yet gets a stub."""
        note = self.notes.get(row.position)
        if note is None:
            return
        for link in queries.mentions_of(self.session, note.id or 0):
            self.session.delete(link)
        own = self.papers.get(row.position)
        keys = {self._citekey(named) for named in row.named}
        keys |= {self.papers[at].citekey for at in row.references if at in self.papers}
        for citekey in sorted(keys - {own.citekey if own else ""}):
            self.session.add(
                Link(
                    source_kind="note",
                    source_id=note.id or 0,
                    target_kind="paper",
                    target_key=fold(citekey),
                    origin="mention",
                )
            )

    def _citekey(self, named: Named) -> str:
        if named.citekey:
            return named.citekey
        made = next((self.named[f] for n in named.names if (f := folded(n)) in self.named), None)
        if made is None:
            made = library.create_paper(
                self.session, PaperInput(kind=Kind(named.kind), title=named.title)
            )
            self.named |= {folded(name): made for name in named.names}
            self.items.append((made, "", ""))
            url = f"/papers/{made.citekey}"
            self.extra.append(Line("stub", made.title, str(made.kind), url))
        return made.citekey

    # --- What is remembered ---

    def write_items(self) -> None:
        """Every row that was made or changed, with the version it has now."""
        self.session.flush()
        entries = {id(row) for row, key, _ in self.items if key}
        self.session.add_all(
            ImportItem(
                batch_id=self.batch_id,
                item_kind=str(row.__tablename__),
                item_id=getattr(row, "id"),  # noqa: B009
                version=getattr(row, "version", 1),
                entry_key=key,
                raw=raw,
            )
            for row, key, raw in self.items
            if key or id(row) not in entries
        )
        self.session.flush()

    def lines(self, rows: Sequence[Row]) -> Iterator[Line]:
        for row in rows:
            paper, note = self.papers.get(row.position), self.notes.get(row.position)
            url = f"/papers/{paper.citekey}" if paper else f"/notes/{note.id}" if note else ""
            yield Line(outcome(row), row.title, row.kind, url, row.verdict)


def _says_when(paper: Paper, row: Row) -> bool:
    """Whether the record has the dates and the venue that the entry gives."""
    return (paper.published, paper.revised, paper.venue) == (row.published, row.revised, row.venue)
