"""What an import is: a plan to be shown and corrected, and a report of what was done. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.errors import N_, Message

NAME_LIMIT = 200
PREAMBLE = 0  # the position of what stands before the first entry
PREAMBLE_KEY = "::preamble"
ALONE = frozenset({"thought", "questions"})  # kinds that are a note and no record


class State(StrEnum):
    """What an entry of the file is to the library."""

    NEW = "new"
    HELD = "held"  # the library has the paper; the note is new
    UNCHANGED = "unchanged"
    CHANGED = "changed"  # in the file, and not in Crosswalk
    CONFLICT = "conflict"  # in the file and in Crosswalk
    REMOVED = "removed"  # the reader took it out of the library since


# What the command takes and the page ticks; the others only by the reader's word.
TAKEN = frozenset({State.NEW, State.HELD, State.CHANGED})


@dataclass(frozen=True)
class Suggestion:
    """A technique that the entry names; `raw` is the name as written there."""

    slug: str
    name_en: str
    name_zh: str
    raw: str


@dataclass(frozen=True)
class Named:
    """What the entry names in passing: a record, or (without `citekey`) one to be made."""

    title: str
    raw: str
    citekey: str = ""
    kind: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issue:
    """A concept of the opening lines, and the issue that has its name already."""

    name: str
    slug: str = ""


@dataclass(frozen=True)
class Target:
    """The row that an entry belongs to in the library."""

    item_kind: str  # paper, note
    item_id: int
    title: str
    url: str


@dataclass(frozen=True)
class Row:
    """An entry of the file as it would come into the library."""

    position: int
    key: str
    state: State
    kind: str  # a paper's kind, or thought, or questions
    title: str
    raw: str
    body: str
    full_body: str
    take: bool
    lines: tuple[int, int] = (0, 0)
    short_title: str = ""
    published: str = ""
    revised: str = ""
    venue: str = ""
    arxiv_id: str = ""
    arxiv_version: int | None = None
    url: str = ""
    verdict: str = ""
    reason: str = ""
    mark: str = ""  # what the verdict was read from
    held_verdict: str = ""  # the verdict that the paper has already
    techniques: tuple[Suggestion, ...] = ()
    links: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    references: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    target: Target | None = None
    theirs: str = ""  # the note's text in the library, where it differs
    version: int = 0  # of the row that it belongs to

    @property
    def token(self) -> str:
        """What the reader saw of the library when they decided about this row."""
        return f"{self.state}.{self.version}"


@dataclass(frozen=True)
class Plan:
    """Everything that importing a file would do."""

    name: str
    sha256: str
    rows: tuple[Row, ...]
    gone: tuple[str, ...] = ()  # entries of an earlier import that the file has no more

    @property
    def changes_something(self) -> bool:
        return any(row.take for row in self.rows)

    def count(self, *states: State) -> int:
        return sum(1 for row in self.rows if row.state in states)


@dataclass(frozen=True)
class Correction:
    """What the reader says of a row in the preview; None leaves it as it was read."""

    take: bool | None = None
    kind: str | None = None
    title: str | None = None
    verdict: str | None = None
    reason: str | None = None
    techniques: tuple[str, ...] | None = None
    issues: tuple[str, ...] | None = None
    token: str | None = None


def corrected(row: Row, given: Correction | None, *, overwrite: bool = False) -> Row:
    """`row` as the reader wants it. `overwrite` takes what was edited on both sides."""
    if overwrite and row.state is State.CONFLICT:
        row = replace(row, take=True)
    if given is None:
        return row
    values = {
        name: value
        for name in ("take", "kind", "title", "verdict", "reason")
        if (value := getattr(given, name)) is not None
    }
    if given.techniques is not None:
        values["techniques"] = tuple(t for t in row.techniques if t.slug in given.techniques)
    if given.issues is not None:
        values["issues"] = tuple(i for i in row.issues if i.slug or i.name in given.issues)
    if row.state is State.UNCHANGED:
        values["take"] = False
    return replace(row, **values)


def told_apart(keys: Iterable[str]) -> list[str]:
    """Keys of entries, those that repeat told apart by their number: `idea`, `idea#2`."""
    seen: Counter[str] = Counter()
    apart = []
    for key in keys:
        seen[key] += 1
        apart.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return apart


@dataclass(frozen=True)
class Line:
    """A line of a report. `action` is a row's state, or stub, issue, verdict, image, gone."""

    action: str
    title: str
    kind: str = ""
    url: str = ""
    verdict: str = ""


# For a terminal, which speaks English.
_SAID: Mapping[str, str] = {
    State.NEW: "new",
    State.HELD: "note added",
    State.CHANGED: "updated",
    State.UNCHANGED: "unchanged",
    State.CONFLICT: "edited here since, kept",
    State.REMOVED: "taken out here, left out",
    "overwritten": "overwritten",
    "left out": "left out",
    "stub": "named, made as a stub",
    "issue": "issue made",
    "verdict": "has a verdict, kept",
    "image": "picture missing",
    "gone": "no longer in the file, kept",
}


@dataclass(frozen=True)
class Report:
    """What an import did, or, as a dry run, would do."""

    name: str
    lines: tuple[Line, ...]
    batch_id: int | None = None
    dry_run: bool = False

    @property
    def changed(self) -> bool:
        done = {State.NEW, State.HELD, State.CHANGED, "overwritten"}
        return any(line.action in done for line in self.lines)

    def count(self, *actions: str) -> int:
        return sum(1 for line in self.lines if line.action in actions)

    def summary(self) -> Message:
        """One sentence for all of it."""
        if not self.changed:
            return Message.of(N_("{name}: nothing to change."), name=self.name)
        return Message.of(
            N_("{name}: {new} new, {held} added to papers, {changed} updated, {left} left as is."),
            name=self.name,
            new=self.count(State.NEW),
            held=self.count(State.HELD),
            changed=self.count(State.CHANGED, "overwritten"),
            left=self.count(State.UNCHANGED, State.CONFLICT, State.REMOVED, "left out"),
        )

    def text(self) -> list[str]:
        """The report for a terminal, tab-separated; what stayed as it was is only counted."""
        shown = [line for line in self.lines if line.action != State.UNCHANGED]
        table = [
            "\t".join(filter(None, (_SAID[line.action], line.kind, line.title, line.verdict)))
            for line in shown
        ]
        return [*table, str(self.summary())]


def foreseen(plan: Plan, rows: Sequence[Row], beside: Iterable[Line]) -> Report:
    """The report of a dry run: `rows` are the plan's, corrected; `beside`, what they would bring
    with them."""
    lines = [Line(outcome(row), row.title, row.kind, verdict=row.verdict) for row in rows]
    extra = (*kept_verdicts(rows), *beside, *remarks(plan, rows))
    return Report(plan.name, (*lines, *extra), dry_run=True)


def outcome(row: Row) -> str:
    """What becomes of a row: its state, or what the reader's word made of it."""
    if not row.take:
        return "left out" if row.state in TAKEN else row.state
    if row.state is State.CONFLICT:
        return "overwritten"
    return State.NEW if row.state is State.REMOVED else row.state


def kept_verdicts(rows: Sequence[Row]) -> list[Line]:
    """The papers that have another verdict than the file gives."""
    return [
        Line("verdict", row.title, verdict=row.held_verdict)
        for row in rows
        if row.take and row.held_verdict and row.verdict not in ("", row.held_verdict)
    ]


def remarks(plan: Plan, rows: Sequence[Row]) -> list[Line]:
    """What the reader should know of beside the rows."""
    taken = [row for row in rows if row.take]
    return [
        *(Line("image", image) for row in taken for image in row.images),
        *(Line("gone", title) for title in plan.gone),
    ]


@dataclass
class Undone:
    """How many of each kind an undo took out and how many it kept, edited or built on since."""

    removed: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
