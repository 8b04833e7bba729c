"""From the rows of a plan to rows of the library: a constant number of statements for every
thousand entries, and a few for each that names things in its text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import insert
from sqlmodel import Session

from app.errors import N_, AlreadyHeld, Invalid
from app.imports import queries
from app.imports.planning.plan_records import fields_held, fields_of, input_of
from app.imports.rules import (
    ISSUE,
    OUT_OF_TRASH,
    FieldChange,
    ImportPlan,
    ImportReport,
    MadeCounts,
    PassingMention,
    PlanRow,
    ReportItem,
    RowState,
    compare_paper,
    kept_verdicts,
    list_field_changes,
    list_remarks,
    report_row,
)
from app.kit.batches import batches
from app.kit.text import fold, fold_letters, has_han
from app.library import bulk
from app.library import service as library
from app.library.citekeys import is_citekey
from app.library.rules import PaperInput, check_reason
from app.models import (
    UNREAD,
    ImportBatch,
    ImportItem,
    Issue,
    Kind,
    Link,
    Note,
    Paper,
    PaperFile,
    PaperVerdict,
)
from app.notes import service as notes
from app.search import service as search
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import IssueInput

_BATCH = 1_000  # rows that one statement writes
Illustrate = Callable[[Session, PlanRow, str], str]
Hold = Callable[[Session, Paper, str], str]


def hold_nothing(_session: Session, _paper: Paper, _path: str) -> str:
    """Where no PDFs came along."""
    return ""


def apply_rows(
    session: Session,
    plan: ImportPlan,
    rows: Sequence[PlanRow],
    *,
    illustrate: Illustrate = lambda _session, _row, body: body,
    hold: Hold = hold_nothing,
) -> ImportReport:
    """Bring in the rows that are to be taken, in the order of the file. See `service.apply`.

    `illustrate` gives a note's text with its pictures stored, `hold` has a paper hold a PDF.
    """
    taken = [row for row in rows if row.take]
    lines = [replace(report_row(row), verdict="") for row in rows if not row.take]
    if not taken:
        return ImportReport(plan.name, (*lines, *list_remarks(plan, rows)))
    batch = ImportBatch(format=plan.format, name=plan.name, sha256=plan.sha256)
    session.add(batch)
    session.flush()
    taking = _PlanApplier(session, batch.id)
    taking.papers(taken)
    taking.verdicts(taken)
    taking.notes(taken, illustrate)
    taking.mentions(taken)
    taking.pdfs(taken, hold)
    taking.write_items()
    at = {row.position: place for place, row in enumerate(rows)}
    done = sorted([*zip(taken, taking.lines(taken), strict=True)], key=lambda d: at[d[0].position])
    return ImportReport(
        plan.name,
        (*(line for _, line in done), *taking.extra, *lines, *list_remarks(plan, rows)),
        batch_id=batch.id,
        made=taking.count(taken),
    )


@contextmanager
def _beside(row: PlanRow) -> Iterator[None]:
    """What is wrong with a row is said beside that row."""
    try:
        yield
    except Invalid as problem:
        errors = {f"{name}-{row.position}": said for name, said in problem.errors.items()}
        raise Invalid(errors) from problem
    except AlreadyHeld as problem:
        raise Invalid({f"title-{row.position}": problem.message}) from problem


@dataclass(frozen=True)
class _Item:
    """What is remembered of a row that was made or changed. The number and version of `row` are
    read when everything is written; those of a paper that was made in bulk are known."""

    row: Paper | Note | PaperVerdict | Issue | None
    key: str = ""
    raw: str = ""
    given: Mapping[str, object] = field(default_factory=dict)
    before: Mapping[str, object] | None = None
    paper_id: int = 0


@dataclass(frozen=True)
class _Ref:
    """A paper as far as the rest of an import needs it; `made` is what it was made of here."""

    id: int
    citekey: str
    made: PaperInput | None = None


class _PlanApplier:
    """One import under way: what it has made so far."""

    def __init__(self, session: Session, batch_id: int) -> None:
        self.session = session
        self.batch_id = batch_id
        self.refs: dict[int, _Ref] = {}  # papers by position
        self.held: dict[int, Paper] = {}  # papers that were here, by id, whole
        self.named: dict[str, _Ref] = {}  # made here, by what entries may call them
        self.given: dict[int, str] = {}  # verdicts given here, by paper
        self.written: dict[int, list[Note]] = {}  # notes by position
        self.issues: dict[int, str] = {}  # slugs by position
        self.rewritten: set[int] = set()  # notes that were here
        self.aliased: list[tuple[Note, tuple[str, ...]]] = []
        self.aliases: set[str] = set()  # keys of the file that papers have besides their own
        self.items: list[_Item] = []
        self.files: list[tuple[int, str]] = []  # papers' ids, and what they hold now
        self.extra: list[ReportItem] = []
        self.changed: dict[int, tuple[FieldChange, ...]] = {}  # in papers that were here

    # --- The papers of entries ---

    def papers(self, rows: Sequence[PlanRow]) -> None:
        """The papers that the entries are about: found and filled, or made."""
        about = [row for row in rows if row.is_paper]
        self._find(about)
        new: list[list[PlanRow]] = []
        leaders: dict[str, list[PlanRow]] = {}
        for row in about:
            if row.position in self.refs:
                continue
            twins = next((leaders[name] for name in row.names if name in leaders), None)
            if twins is None:
                twins = []
                new.append(twins)
            twins.append(row)
            for name in row.names:
                leaders.setdefault(name, twins)
        self._make(new)
        keys = {row.citekey: self.refs[row.position].id for row in about if row.citekey}
        self.aliases = bulk.add_former_keys(self.session, keys)
        said = (row for row in about if row.record or row.citekey)
        self._fill([row for row in said if self.refs[row.position].id in self.held])

    def _find(self, rows: Sequence[PlanRow]) -> None:
        """The papers that the library has of these rows."""
        noted = {
            row.target.item_id
            for row in rows
            if row.target and row.target.item_kind == "note" and row.state is not RowState.REMOVED
        }
        notes_here = queries.notes_among(self.session, noted)
        found: dict[int, int] = {}
        by_name: dict[str, int] = {}
        for row in rows:
            if row.target and row.target.item_kind == "paper":
                number: int | None = row.target.item_id
            elif row.target and row.target.item_id in noted:
                number = notes_here[row.target.item_id].paper_id
            else:
                joined = (by_name[name] for name in row.names if name in by_name)
                number = next(joined, None) if row.first is not None else None
            if number is not None:
                found[row.position] = number
                for name in row.names:
                    by_name.setdefault(name, number)
        self.held = library.get_papers(self.session, set(found.values()))
        for position, number in found.items():
            if paper := self.held.get(number):
                self.refs[position] = _Ref(number, paper.citekey)
                if paper.trashed_at is not None:
                    since = {OUT_OF_TRASH: paper.trashed_at.isoformat()}
                    self.items.append(_Item(paper, given=since, before={}))
                    library.restore_paper(paper)

    def _make(self, new: Sequence[Sequence[PlanRow]]) -> None:
        """New records of what the file gives, and of nothing else; of twins one."""
        inputs = []
        checked = {row.position: _checked(row) for twins in new for row in twins}
        for twins in new:
            first, *others = (checked[row.position] for row in twins)
            for other in others:
                more = compare_paper(fields_of(first, empty=True), fields_of(other), given={})
                first = first.model_copy(update=dict(more.updates))
            inputs.append(first)
        made = bulk.create_papers(self.session, inputs)
        search.papers_added(self.session, [each.id for each in made])
        for twins, given, each in zip(new, inputs, made, strict=True):
            ref = _Ref(each.id, each.citekey, given)
            for row in twins:
                self.refs[row.position] = ref
                for name in row.names:
                    self.named.setdefault(name, ref)
                if row.record:
                    said = fields_of(checked[row.position])
                    entry = _Item(None, row.key, row.raw, given=said, paper_id=each.id)
                    self.items.append(entry)
            if not twins[0].record:
                self.items.append(_Item(None, paper_id=each.id))

    def _fill(self, rows: Sequence[PlanRow]) -> None:
        """What entries say more than the papers that are here, and nothing over the reader's word
        unless they ask for it."""
        fresh = {row.position: fields_of(_checked(row)) for row in rows}
        wanted = {str(each["arxiv_id"]) for each in fresh.values() if each.get("arxiv_id")}
        taken = set(library.papers_holding(self.session, wanted))
        changes: dict[int, dict[str, object]] = {}
        for row in rows:
            paper = self.held[self.refs[row.position].id]
            written = changes.setdefault(paper.id, {})
            held = {**fields_held(paper), **written}
            differ = compare_paper(
                held, fresh[row.position], given=row.given, readers=paper.reader_fields
            )
            more = dict(differ.updates)
            if row.state is RowState.CONFLICT:
                more |= differ.clashes
            if row.state is RowState.DIFFERS:
                more |= differ.keeps
            if more.get("arxiv_id") in taken:  # another paper's
                said = f"{row.title}: arXiv:{more.pop('arxiv_id')} is another paper's number here"
                self.extra.append(ReportItem("remark", said))
            if more.get("arxiv_id", held["arxiv_id"]) != fresh[row.position].get("arxiv_id"):
                more.pop("arxiv_version", None)
            if "arxiv_id" in more:
                taken.add(str(more["arxiv_id"]))
            written |= more
            self.changed[row.position] = list_field_changes(held, more)
            self.items.append(
                _Item(
                    paper,
                    row.key,
                    row.raw,
                    given={**row.given, **more, **self._alias(row)},
                    before={name: held[name] for name in more},
                )
            )
        written_over = [(self.held[number], each) for number, each in changes.items() if each]
        bulk.overwrite_papers(self.session, written_over)

    def _alias(self, row: PlanRow) -> dict[str, object]:
        return {"alias": row.citekey} if row.citekey in self.aliases else {}

    def verdicts(self, rows: Sequence[PlanRow]) -> None:
        """The verdicts of the file, but for papers that have one that the reader gave elsewhere."""
        known = {each.slug: each for each in library.list_verdicts(self.session)}
        for row in rows:
            if row.verdict in ("", UNREAD) or row.position not in self.refs:
                continue
            ref = self.refs[row.position]
            paper = self.held.get(ref.id)
            before = paper.verdict if paper else None
            with _beside(row):
                if row.verdict not in known:
                    raise Invalid.field("verdict", N_("Choose one of the verdicts."))
                reason = check_reason(row.reason)
            if before is None and ref.id not in self.given:
                given = PaperVerdict(
                    paper_id=ref.id, verdict_id=known[row.verdict].id, reason=reason
                )
                self.session.add(given)
                self.items.append(_Item(given))
                if paper:
                    paper.version += 1
            elif before and row.state is RowState.CHANGED and self._gave(before):
                assert paper is not None
                if (before.verdict.slug, before.reason) == (row.verdict, row.reason):
                    continue
                library.give_verdict(self.session, paper, verdict=row.verdict, reason=reason)
                if paper.verdict:
                    self.items.append(_Item(paper.verdict))
            else:
                kept = before.verdict.slug if before else self.given[ref.id]
                self.extra += kept_verdicts([replace(row, held_verdict=kept)])
                continue
            self.given[ref.id] = row.verdict
        self.session.flush()

    def _gave(self, verdict: PaperVerdict) -> bool:
        """Whether it was an import that gave this verdict."""
        return queries.made_by_import(self.session, "paper_verdict", verdict.id)

    # --- Their notes ---

    def notes(self, rows: Sequence[PlanRow], illustrate: Illustrate) -> None:
        """The texts of the entries as notes; those of an earlier import go on."""
        again = {each.held for row in rows for each in row.notes if each.held}
        again |= {row.target.item_id for row in rows if row.goes_on and row.target}
        here = queries.notes_among(self.session, again)
        for row in rows:
            with _beside(row):
                if row.kind == ISSUE:
                    self._issue(row)
                elif row.record:
                    self._notes_of_record(row, here, illustrate)
                elif not row.is_stub:
                    self._note(row, here, illustrate)
        self.session.flush()
        notes.add_former_titles(self.session, self.aliased)
        written = (note.paper_id for found in self.written.values() for note in found)
        library.begin_reading(self.session, {each for each in written if each is not None})

    def _notes_of_record(
        self, row: PlanRow, here: Mapping[int, Note], illustrate: Illustrate
    ) -> None:
        ref = self.refs.get(row.position)
        for each in row.notes:
            if each.state is RowState.UNCHANGED:
                continue
            body = illustrate(self.session, row, each.body)
            if each.held in here:
                note = notes.rewrite_note(self.session, here[each.held], body=body)
                self.rewritten.add(note.id)
            else:
                title = row.title if ref is None and each is row.notes[0] else each.title
                note = notes.add_note(
                    self.session, title=title, body=body, paper_id=ref.id if ref else None
                )
                self.aliased += [(note, each.aliases)] if each.aliases else []
            self.written.setdefault(row.position, []).append(note)
            self.items.append(_Item(note, each.key, each.body))
            if ref is None and each is row.notes[0]:
                self.items.append(_Item(note, row.key, row.raw))

    def _note(self, row: PlanRow, here: Mapping[int, Note], illustrate: Illustrate) -> None:
        """The entry's text as a note. A record that has a place for the dates spares their line."""
        ref = self.refs.get(row.position)
        body = row.body if ref is not None and self._says_when(ref, row) else row.full_body
        body = illustrate(self.session, row, body)
        if row.goes_on and row.target:
            note = notes.rewrite_note(self.session, here[row.target.item_id], body=body)
            self.rewritten.add(note.id)
        elif body or ref is None:
            note = notes.add_note(
                self.session, title=row.title, body=body, paper_id=ref.id if ref else None
            )
        else:
            paper = self.held.get(ref.id)
            before = None if paper is None else dict[str, object]()
            self.items.append(_Item(paper, row.key, row.raw, before=before, paper_id=ref.id))
            return
        self.written[row.position] = [note]
        self.items.append(_Item(note, row.key, row.raw))

    def _says_when(self, ref: _Ref, row: PlanRow) -> bool:
        """Whether the record has the dates and the venue that the entry gives."""
        paper = ref.made or self.held[ref.id]
        said = row.draft
        return (paper.published, paper.revised, paper.venue) == (
            said.published,
            said.revised,
            said.venue,
        )

    def _issue(self, row: PlanRow) -> None:
        """A concept that has no issue yet gets one, named as it is."""
        name = {"name_zh" if has_han(row.title) else "name_en": row.title}
        issue = vocabularies.create_term(self.session, Issue, IssueInput(**name))
        self.items.append(_Item(issue))
        self.issues[row.position] = issue.slug

    # --- What they name ---

    def mentions(self, rows: Sequence[PlanRow]) -> None:
        """A link from each note to everything that it names and that is here."""
        of_notes = [
            (row, self.written[row.position][0]) for row in rows if _names_things(row, self.written)
        ]
        numbers = [note.id for _, note in of_notes]
        for batch in batches(numbers, _BATCH):
            queries.forget_mentions(self.session, batch)
        links = []
        for row, note in of_notes:
            own = self.refs.get(row.position)
            keys = set(filter(None, map(self._citekey, row.named)))
            keys |= {self.refs[at].citekey for at in row.references if at in self.refs}
            links += [
                {
                    "source_kind": "note",
                    "source_id": note.id,
                    "target_kind": "paper",
                    "target_key": fold(citekey),
                    "origin": "mention",
                }
                for citekey in sorted(keys - {own.citekey if own else ""})
            ]
        if links:
            self.session.execute(insert(Link), links)

    def _citekey(self, named: PassingMention) -> str:
        names = map(fold_letters, named.names)
        made = next((self.named[name] for name in names if name in self.named), None)
        return named.citekey or (made.citekey if made else "")

    # --- Their PDFs ---

    def pdfs(self, rows: Sequence[PlanRow], hold: Hold) -> None:
        """The PDFs that came with the entries, held by their papers."""
        given = [row for row in rows if row.pdfs and row.position in self.refs]
        papers = queries.papers_among(self.session, {self.refs[row.position].id for row in given})
        for row in given:
            paper = papers[self.refs[row.position].id]
            digests = (hold(self.session, paper, path) for path in row.pdfs)
            self.files += [(paper.id, digest) for digest in digests if digest]

    # --- What is remembered ---

    def write_items(self) -> None:
        """Every row that was made or changed, with the version it has now."""
        self.session.flush()
        entries = {(_kind(item), _number(item)) for item in self.items if item.key}
        rows = [
            {
                "batch_id": self.batch_id,
                "item_kind": _kind(item),
                "item_id": _number(item),
                "version": getattr(item.row, "version", 1),
                "entry_key": item.key,
                "raw": item.raw,
                "given": dict(item.given),
                "before": None if item.before is None else dict(item.before),
            }
            for item in self.items
            if item.key or OUT_OF_TRASH in item.given or (_kind(item), _number(item)) not in entries
        ]
        rows += [
            {
                "batch_id": self.batch_id,
                "item_kind": PaperFile.__tablename__,
                "item_id": paper_id,
                "version": 1,
                "entry_key": "",
                "raw": "",
                "given": {"sha256": digest},
                "before": None,
            }
            for paper_id, digest in self.files
        ]
        if rows:
            self.session.execute(insert(ImportItem), rows)

    def count(self, rows: Sequence[PlanRow]) -> MadeCounts:
        """What was made of these rows."""
        made = {item.paper_id: item for item in self.items if item.row is None and item.paper_id}
        ids = {ref.id for ref in self.refs.values() if ref.made is not None}
        stubs = {self.refs[row.position].id for row in rows if row.is_stub}
        notes = {item.row.id for item in self.items if isinstance(item.row, Note)} - self.rewritten
        return MadeCounts(len(ids & made.keys()), len(stubs), len(notes), len(self.issues))

    def lines(self, rows: Sequence[PlanRow]) -> Iterator[ReportItem]:
        for row in rows:
            ref, written = self.refs.get(row.position), self.written.get(row.position)
            url = f"/papers/{ref.citekey}" if ref else f"/notes/{written[0].id}" if written else ""
            if slug := self.issues.get(row.position):
                url = f"/issues/{slug}"
            yield report_row(row, url, self.changed.get(row.position, ()))


def _checked(row: PlanRow) -> PaperInput:
    with _beside(row):
        if row.kind not in list(Kind):
            raise Invalid.field("kind", N_("Choose one of the kinds."))
        return input_of(row, citekey=row.citekey if is_citekey(row.citekey) else "")


def _names_things(row: PlanRow, written: Mapping[int, Sequence[Note]]) -> bool:
    return not row.record and row.position in written


def _kind(item: _Item) -> str:
    return "paper" if item.row is None else str(item.row.__tablename__)


def _number(item: _Item) -> int:
    return item.paper_id if item.row is None else item.row.id
