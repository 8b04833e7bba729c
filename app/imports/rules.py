"""What an import is: a plan to be shown and corrected, and a report of what was done. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.errors import N_, Invalid, Message, Problem
from app.kit.text import fold
from app.library import publication
from app.models.library import Kind
from app.sources.drafts import PaperDraft

NAME_LIMIT = 200
ENTRY_LIMIT = 20_000
PREAMBLE_KEY = "::preamble"
ISSUE = "issue"  # the kind of a row that is no entry, but a concept that one names
ALONE = frozenset({"thought", "questions"})  # kinds that are a note and no record


class RowState(StrEnum):
    """What an entry of the file is to the library."""

    NEW = "new"
    HELD = "held"  # the library has the paper; what the entry says more is added
    UNSURE = "unsure"  # the library may have the paper: the reader says
    TWIN = "twin"  # the file has it twice; this one joins the first
    UNCHANGED = "unchanged"
    DIFFERS = "differs"  # adds nothing, but says otherwise than the library, which stays
    CHANGED = "changed"  # in the file, and not in Crosswalk
    CONFLICT = "conflict"  # in the file and in Crosswalk
    REMOVED = "removed"  # the reader took it out of the library since


# What the command takes and the page ticks; the others only by the reader's word.
TAKEN = frozenset({RowState.NEW, RowState.HELD, RowState.TWIN, RowState.CHANGED})
# What the reader looks at first.
ASKED = frozenset({RowState.UNSURE, RowState.CONFLICT, RowState.REMOVED})
OUT_OF_TRASH = "trashed_at"  # what an item says of a paper that came back: since when it was there


@dataclass(frozen=True)
class Suggestion:
    """A technique that the entry names; `raw` is the name as written there."""

    slug: str
    name_en: str
    name_zh: str
    raw: str


@dataclass(frozen=True)
class PassingMention:
    """What the entry names in passing: a record, or (without `citekey`) one to be made."""

    title: str
    raw: str
    citekey: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamedIssue:
    """A concept of the opening lines, and the issue that has its name already."""

    name: str
    slug: str = ""


@dataclass(frozen=True)
class NoteTarget:
    """The row that an entry belongs to in the library."""

    item_kind: str  # paper, note
    item_id: int
    title: str
    url: str


@dataclass(frozen=True)
class Candidate:
    """A paper that an entry may be, with what the two say differently."""

    paper_id: int
    citekey: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    venue: str
    why: Message


@dataclass(frozen=True)
class FieldChange:
    """A field of a paper, or one of its details, as it is here and as the file has it; texts."""

    name: str
    here: str
    file: str

    def __str__(self) -> str:
        return f"{self.name}: {self.here or '–'} → {self.file or '–'}"


@dataclass(frozen=True)
class NoteText:
    """A note of an entry that is a record; `held` is the note that an earlier import made of it."""

    key: str
    title: str
    body: str
    held: int = 0
    state: RowState = RowState.NEW
    theirs: str = ""  # its text in the library, where it differs
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanRow:
    """An entry of the file as it would come into the library.

    Of a file of notes, `body` is the entry's own note; a `record` has any number of `notes`.
    """

    position: int
    key: str
    state: RowState
    kind: str  # a paper's kind, or thought, or questions
    title: str
    raw: str
    take: bool
    draft: PaperDraft
    body: str = ""
    full_body: str = ""
    record: bool = False
    notes: tuple[NoteText, ...] = ()
    lines: tuple[int, int] = (0, 0)
    path: str = ""
    citekey: str = ""  # as the file gives it
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    remarks: tuple[Message, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    first: int | None = None  # of a twin, the position of the entry that it joins
    names: tuple[str, ...] = ()  # what other entries of the file may know it by
    fills: tuple[FieldChange, ...] = ()  # fields of the held paper that this would write
    clashes: tuple[FieldChange, ...] = ()  # fields that were changed in the file and here
    keeps: tuple[FieldChange, ...] = ()  # fields that differ and stay
    becomes_published: bool = False  # the held paper is a preprint, and this its publication
    given: Mapping[str, object] = field(default_factory=dict)  # by the import before this one
    verdict: str = ""
    reason: str = ""
    mark: str = ""  # what the verdict was read from
    held_verdict: str = ""  # the verdict that the paper has already
    techniques: tuple[Suggestion, ...] = ()
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    named: tuple[PassingMention, ...] = ()
    references: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()
    issues: tuple[NamedIssue, ...] = ()
    target: NoteTarget | None = None
    theirs: str = ""  # the note's text in the library, where it differs
    version: int = 0  # of the row that it belongs to
    made_for: tuple[int, ...] = ()  # of a stub or an issue, the positions of those that name it
    pictures: tuple[str, ...] = ()  # files that its notes in the library lack, and that came now
    pdfs: tuple[str, ...] = ()  # files that its paper does not hold, and that came now

    @property
    def token(self) -> str:
        """What the reader saw of the library when they decided about this row."""
        return f"{self.state}.{self.version}"

    @property
    def is_paper(self) -> bool:
        return self.kind not in ALONE and self.kind != ISSUE

    @property
    def is_stub(self) -> bool:
        """Whether it is a record that entries name in passing."""
        return bool(self.made_for) and self.kind != ISSUE

    @property
    def goes_on(self) -> bool:
        """Whether the entry of a file of notes has a note here already."""
        here = self.target is not None and self.target.item_kind == "note"
        return here and self.state is not RowState.REMOVED

    @property
    def is_asked(self) -> bool:
        """Whether the reader should look at this one first."""
        return bool(self.state in ASKED or self.remarks or self.clashes)


@dataclass(frozen=True)
class ImportPlan:
    """Everything that importing a file would do. `problems` are what could not be read."""

    name: str
    sha256: str
    rows: tuple[PlanRow, ...]
    gone: tuple[str, ...] = ()  # entries of an earlier import that the file has no more
    format: str = "notes"
    problems: tuple[Problem, ...] = ()
    documents: int = 0  # PDFs that entries name, and that did not come along

    @property
    def entries(self) -> int:
        """How many there are in the file; stubs and issues come beside them."""
        return sum(1 for row in self.rows if not row.made_for)

    def count(self, *states: RowState) -> int:
        return sum(1 for row in self.rows if row.state in states and not row.made_for)


@dataclass(frozen=True)
class MadeCounts:
    """How many things an import makes, or would; `stubs` are among the papers."""

    papers: int = 0
    stubs: int = 0
    notes: int = 0
    issues: int = 0


def count_made(rows: Sequence[PlanRow]) -> MadeCounts:
    """What taking those of `rows` that are to be taken makes, whatever becomes of the rest."""
    taken = [row for row in rows if row.take]
    held: set[str] = set()  # names of papers that are here
    papers: dict[str, int] = {}  # by name, the first row that is made one
    made = stubs = notes = 0
    for row in taken:
        if row.is_paper and row.target:
            held |= set(row.names)
    for row in taken:
        new = row.is_paper and row.target is None
        if row.first is not None and held & set(row.names):
            new = False
        if new and not any(name in papers for name in row.names):
            made += 1
            stubs += row.is_stub
        if new:
            papers |= dict.fromkeys(row.names, row.position)
        if row.record:
            notes += sum(1 for note in row.notes if not note.held and note.state is RowState.NEW)
        elif not row.made_for and not row.goes_on:
            notes += bool(row.body or not row.is_paper)
    issues = sum(1 for row in taken if row.kind == ISSUE)
    return MadeCounts(made, stubs, notes, issues)


def settle_rows(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """The rows, without those stubs and issues that nothing that is taken names any more."""
    taken = {row.position for row in rows if row.take}
    return [
        replace(row, take=False) if row.made_for and not taken & set(row.made_for) else row
        for row in rows
    ]


@dataclass(frozen=True)
class Correction:
    """What the reader says of a row in the preview; None leaves it as it was read.

    `same` is the id of the paper that an unsure row is, or `new` where it is none of them.
    """

    take: bool | None = None
    kind: str | None = None
    title: str | None = None
    verdict: str | None = None
    reason: str | None = None
    tags: tuple[str, ...] | None = None
    techniques: tuple[str, ...] | None = None
    same: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class ForAll:
    """What every paper of an import gets besides what its entry says: tags, and the slugs of
    techniques and fields."""

    tags: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.techniques or self.fields)


def give_to_all(rows: Sequence[PlanRow], given: ForAll) -> list[PlanRow]:
    """The rows, with what all papers get; papers that are only named in a text get nothing."""
    more = tuple(Suggestion(slug, slug, slug, slug) for slug in given.techniques)

    def give(row: PlanRow) -> PlanRow:
        held = {each.slug for each in row.techniques}
        return replace(
            row,
            tags=tuple(dict.fromkeys((*row.tags, *given.tags))),
            techniques=(*row.techniques, *(each for each in more if each.slug not in held)),
            fields=tuple(dict.fromkeys((*row.fields, *given.fields))),
        )

    is_paper = set(Kind)
    return [
        give(row) if given and row.kind in is_paper and not row.made_for else row for row in rows
    ]


def correct_row(row: PlanRow, given: Correction | None, *, overwrite: bool = False) -> PlanRow:
    """`row` as the reader wants it. `overwrite` takes what was edited on both sides."""
    if overwrite and row.state in (RowState.CONFLICT, RowState.DIFFERS):
        row = replace(row, take=True)
    if given is None:
        return row
    if row.made_for:
        return row if given.take is None else replace(row, take=given.take)
    values: dict[str, Any] = {
        name: value
        for name in ("take", "kind", "title", "verdict", "reason", "tags")
        if (value := getattr(given, name)) is not None
    }
    if given.techniques is not None:
        values["techniques"] = tuple(t for t in row.techniques if t.slug in given.techniques)
    if row.state is RowState.UNCHANGED:
        values["take"] = False
    if row.state is RowState.UNSURE:
        chosen = next((c for c in row.candidates if str(c.paper_id) == given.same), None)
        values["take"] = chosen is not None or given.same == NEW
        if chosen:
            url = f"/papers/{chosen.citekey}"
            values["target"] = NoteTarget("paper", chosen.paper_id, chosen.title, url)
    row = replace(row, **values)
    draft = row.draft.model_copy(update={"title": row.title})
    return replace(row, draft=draft) if draft != row.draft else row


def tick_all(
    plan: ImportPlan, corrections: Mapping[str, Correction], *, take: bool
) -> dict[str, Correction]:
    """Corrections by which all rows are taken, or none; an unsure one only if the reader has said
    what it is, and what says otherwise than the library only one by one."""
    none = Correction()
    left = {RowState.UNCHANGED, *([RowState.DIFFERS] if take else [])}
    return {
        row.key: replace(corrections.get(row.key, none), take=take)
        for row in plan.rows
        if row.state not in left
    }


NEW = "new"
_LISTS = ("tags", "techniques", "fields")


@dataclass(frozen=True)
class Differences:
    """What an entry says otherwise than the paper that it is about, by field: `updates` can be
    written, `clashes` were changed in the file and here, `keeps` are the reader's or another
    source's. `becomes_published`: the paper is a preprint, and the entry its publication."""

    updates: Mapping[str, object]
    clashes: Mapping[str, object]
    keeps: Mapping[str, object]
    becomes_published: bool = False


def compare_paper(
    held: Mapping[str, object],
    fresh: Mapping[str, object],
    *,
    given: Mapping[str, object],
    readers: Collection[str] = (),
) -> Differences:
    """What `fresh` would change in a paper whose fields are `held`, and may.

    `given` is what the import before this one set: a field that still is so follows the file; one
    that is empty is filled, unless it is among the `readers`; nothing else is written over, and
    nothing emptied. Of tags, techniques and fields only what the file itself added is taken out.

    Where a preprint meets its publication, what says where it came out is the publication's, all of
    it but what is among the `readers`; two publications are never mixed field by field.
    """
    updates: dict[str, object] = {}
    clashes: dict[str, object] = {}
    keeps: dict[str, object] = {}
    fresh = publication.drop_preprint(held, fresh)
    published = publication.publication_update(held, fresh) or {}
    for name, new in published.items():
        if new != held.get(name):
            (keeps if name in readers and held.get(name) else updates)[name] = new
    elsewhere = not given and not published and publication.is_elsewhere(held, fresh)
    for name, new in fresh.items():
        if published and name in publication.FIELDS:
            continue
        now, before = held.get(name), given.get(name)
        if name in _LISTS:
            dropped = _folded(before) - _folded(new)
            kept = [each for each in _listed(now) if fold(each) not in dropped]
            more = [each for each in _listed(new) if fold(each) not in _folded(kept)]
            if more or len(kept) < len(_listed(now)):
                updates[name] = [*kept, *more]
        elif isinstance(new, Mapping):  # details, each of which is a field of its own
            here, was = _mapped(now), _mapped(before)
            inside = compare_paper(here, new, given=was, readers=new if name in readers else ())
            if inside.updates:
                updates[name] = {**here, **inside.updates}
            if inside.clashes:
                clashes[name] = {**here, **inside.updates, **inside.clashes}
            if inside.keeps:
                keeps[name] = {**here, **inside.updates, **inside.keeps}
            if elsewhere and inside.updates:
                keeps[name] = {**here, **new}
                del updates[name]
        elif not new or new == now:
            continue
        elif name not in given:
            if now or name in readers or (elsewhere and name in publication.FIELDS):
                keeps[name] = new
            else:
                updates[name] = new
        elif new != before:
            (updates if now == before else clashes)[name] = new
    return Differences(updates, clashes, keeps, bool(published))


def list_field_changes(
    held: Mapping[str, object], fresh: Mapping[str, object]
) -> tuple[FieldChange, ...]:
    """What `fresh` says otherwise than `held`, field by field, for people to read."""
    changes: list[FieldChange] = []
    for name, new in fresh.items():
        now = held.get(name)
        if isinstance(new, Mapping):
            here = _mapped(now)
            changes += list_field_changes(
                {key: here.get(key, "") for key in {**here, **new}},
                {key: new.get(key, "") for key in sorted({**here, **new})},
            )
        elif _said(new) != _said(now):
            changes.append(FieldChange(name, _said(now), _said(new)))
    return tuple(changes)


def _said(value: object) -> str:
    text = "; ".join(value) if isinstance(value, (list, tuple)) else str(value or "")
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_SHOWN = 200  # characters of a value


def taken_back(
    held: Mapping[str, object], given: Mapping[str, object], before: Mapping[str, object]
) -> dict[str, object]:
    """The fields that an import had `given` as they were `before`, but for those that hold
    something else by now. Of tags, techniques and fields what it added and took out is undone."""
    back: dict[str, object] = {}
    for name, was in before.items():
        now, gave = held.get(name), given.get(name)
        if name in _LISTS:
            here, then, set_to = _listed(now), _listed(was), _listed(gave)
            kept = [each for each in here if each in then or each not in set_to]
            gone = [each for each in then if each not in set_to and each not in here]
            if gone or len(kept) < len(here):
                back[name] = [*kept, *gone]
        elif isinstance(was, Mapping):
            new = {key: text for key, text in _mapped(gave).items() if was.get(key) != text}
            rest = {key: text for key, text in _mapped(now).items() if new.get(key) != text}
            inside = {**{key: was[key] for key in new if key in was and key not in rest}, **rest}
            if inside != now:
                back[name] = inside
        elif now == gave:
            back[name] = was
    return back


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []


def _folded(value: object) -> set[str]:
    return set(map(fold, _listed(value)))


def _mapped(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, Mapping) else {}


def check_size(entries: int) -> None:
    """Raises Invalid: these are too many for one import."""
    if entries > ENTRY_LIMIT:
        raise Invalid.field(
            "file",
            N_("This file has {count} entries; at most {limit} are taken at once."),
            count=entries,
            limit=ENTRY_LIMIT,
        )


_NAMELESS = re.compile(r"(?:pasted|unnamed|stdin)-[0-9a-f]{8}(?:\.\w{1,5})?")


def is_nameless(name: str) -> bool:
    """Whether a file has a name only because it needs one; see `service.name_text`."""
    return _NAMELESS.fullmatch(name) is not None


def unique_keys(keys: Iterable[str]) -> list[str]:
    """Keys of entries, those that repeat told apart by their number: `idea`, `idea#2`."""
    seen: Counter[str] = Counter()
    apart = []
    for key in keys:
        seen[key] += 1
        apart.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return apart


@dataclass(frozen=True)
class ReportItem:
    """A line of a report. `action` is a row's state, or stub, issue, verdict, image, gone."""

    action: str
    title: str
    kind: str = ""
    url: str = ""
    verdict: str = ""
    changes: tuple[str, ...] = ()  # what a held paper says otherwise now, field by field
    keeps: tuple[str, ...] = ()  # what the file says otherwise, and stays as it is here


# For a terminal, which speaks English.
_SAID: Mapping[str, str] = {
    RowState.NEW: "new",
    RowState.HELD: "added to its paper",
    RowState.TWIN: "twice in the file, joined",
    RowState.UNSURE: "may be here already, left out",
    RowState.CHANGED: "updated",
    RowState.DIFFERS: "differs from what is here, which stays",
    "published": "became the published version",
    RowState.UNCHANGED: "unchanged",
    RowState.CONFLICT: "edited here since, kept",
    RowState.REMOVED: "taken out here, left out",
    "overwritten": "overwritten",
    "left out": "left out",
    "stub": "named, made as a stub",
    "issue": "issue made",
    "verdict": "has a verdict, kept",
    "image": "picture missing",
    "picture": "picture filled in",
    "gone": "no longer in the file, kept",
    "problem": "could not be read, kept as text",
    "remark": "not understood",
    "pdf": "PDF, stored with its paper",
    "document": "named, and not here",
}


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or, as a dry run, would do."""

    name: str
    lines: tuple[ReportItem, ...]
    batch_id: int | None = None
    dry_run: bool = False
    said: Message | None = None  # the summary of what is no file of notes
    made: MadeCounts = field(default_factory=MadeCounts)

    @property
    def changed(self) -> bool:
        done = {*TAKEN, "published", "overwritten", "stub", ISSUE}
        return any(line.action in done for line in self.lines)

    def count(self, *actions: str) -> int:
        return sum(1 for line in self.lines if line.action in actions)

    def summary(self) -> Message:
        """One sentence for all of it."""
        differ = self.count(RowState.DIFFERS)
        if not self.changed and differ:
            return Message.of(
                N_("{name}: nothing was changed; {count} differ from what is here, which stays."),
                name=self.name,
                count=differ,
            )
        if not self.changed:
            return Message.of(N_("{name}: nothing to change."), name=self.name)
        if self.said:
            return self.said
        return Message.of(
            N_(
                "{name}: {new} new, {held} added to papers, {changed} updated, {left} left as is."
                " Papers {papers} (stubs: {stubs}), notes {notes}, issues {issues}."
            ),
            **vars(self.made),
            name=self.name,
            new=self.count(RowState.NEW),
            held=self.count(RowState.HELD, RowState.TWIN, "published"),
            changed=self.count(RowState.CHANGED, "overwritten"),
            left=self.count(
                *(RowState.UNCHANGED, RowState.DIFFERS, RowState.CONFLICT, RowState.REMOVED),
                *(RowState.UNSURE, "left out"),
            ),
        )

    def text(self) -> list[str]:
        """The report for a terminal, tab-separated; what stayed as it was is only counted."""
        shown = [line for line in self.lines if line.action != RowState.UNCHANGED]
        table = ["\t".join(filter(None, _columns(line))) for line in shown]
        return [*table, str(self.summary())]


def _columns(line: ReportItem) -> tuple[str, ...]:
    kept = f"kept: {'; '.join(line.keeps)}" if line.keeps else ""
    said = _SAID[line.action], line.kind, line.title, line.verdict
    return (*said, "; ".join(line.changes), kept)


def report_row(
    row: PlanRow, url: str = "", changes: Sequence[FieldChange] | None = None
) -> ReportItem:
    """The line of a report on what becomes of a row; `changes` are those that were made in its
    paper, else those that the plan foresees."""
    outcome = row_outcome(row)
    if changes is None:
        over = outcome == "overwritten"
        changes = (*row.fills, *(row.clashes if over else ()), *(row.keeps if over else ()))
    keeps = [each for each in (*row.clashes, *row.keeps) if each not in changes]
    return ReportItem(
        outcome,
        row.title,
        row.kind,
        url,
        row.verdict,
        tuple(map(str, changes)) if row.take else (),
        tuple(map(str, keeps)) if outcome != RowState.UNCHANGED else (),
    )


def dry_run_report(plan: ImportPlan, rows: Sequence[PlanRow]) -> ImportReport:
    """The report of a dry run: `rows` are the plan's, corrected."""
    lines = [report_row(row) for row in rows if row.take or not row.made_for]
    extra = (*kept_verdicts(rows), *list_remarks(plan, rows))
    return ImportReport(plan.name, (*lines, *extra), dry_run=True, made=count_made(rows))


def row_outcome(row: PlanRow) -> str:
    """What becomes of a row: its state, or what the reader's word made of it."""
    if not row.take:
        return "left out" if row.state in TAKEN else row.state
    if row.made_for:
        return ISSUE if row.kind == ISSUE else "stub"
    if row.state in (RowState.CONFLICT, RowState.DIFFERS):
        return "overwritten"
    if row.becomes_published and row.target:
        return "published"
    if row.state is RowState.UNSURE:
        return RowState.HELD if row.target else RowState.NEW
    return RowState.NEW if row.state is RowState.REMOVED else row.state


def kept_verdicts(rows: Sequence[PlanRow]) -> list[ReportItem]:
    """The papers that have another verdict than the file gives."""
    return [
        ReportItem("verdict", row.title, verdict=row.held_verdict)
        for row in rows
        if row.take and row.held_verdict and row.verdict not in ("", row.held_verdict)
    ]


def list_remarks(plan: ImportPlan, rows: Sequence[PlanRow]) -> list[ReportItem]:
    """What the reader should know of beside the rows."""
    taken = [row for row in rows if row.take]
    return [
        *(ReportItem("image", image) for row in taken for image in row.images),
        *(ReportItem("picture", path) for row in taken for path in row.pictures),
        *(ReportItem("remark", f"{row.title}: {said}") for row in taken for said in row.remarks),
        *(ReportItem("problem", _problem(problem)) for problem in plan.problems),
        *(ReportItem("pdf", path) for row in taken for path in row.pdfs),
        *([ReportItem("document", f"{plan.documents} PDF")] if plan.documents else []),
        *(ReportItem("gone", title) for title in plan.gone),
    ]


def entry_to_mend(problem: Problem) -> str:
    """An entry that could not be read, as Markdown: its place, why, and its text as it stands."""
    place = f"{problem.path}, line {problem.line}" if problem.path else f"Line {problem.line}"
    place += f", {problem.key}" if problem.key else ""
    longest = max(map(len, re.findall("`+", problem.raw)), default=0)
    fence = "`" * max(3, longest + 1)
    text = problem.raw.strip("\r\n")
    return f"{place}: {problem.why}\n\n{fence}\n{text}\n{fence}"


def _problem(problem: Problem) -> str:
    place = f"{problem.path}:{problem.line}" if problem.path else str(problem.line)
    place += f" {problem.key}" if problem.key else ""
    return f"{place}: {problem.why}"


@dataclass
class Undone:
    """How many of each kind an undo took out and how many it kept, edited or built on since;
    `holding` are the rows, by table, that others made and that need what is kept."""

    removed: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    holding: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
