"""What a sync did, file by file."""

from dataclasses import dataclass, field

from app.errors import Message
from app.kit.text import show_control_characters

_LINES = {  # what was done, as a report says it
    "in": "folder → library",
    "out": "library → folder",
    "merged": "merged",
    "conflict": "conflict",
    "trashed": "to the trash",
    "restored": "out of the trash",
    "left": "left alone",
}


@dataclass(frozen=True)
class SyncLine:
    """What happened to one file, and what is to be said of it."""

    what: str
    path: str
    why: Message | None = None

    def __str__(self) -> str:
        path = self.path if self.path.isprintable() else show_control_characters(self.path)
        return "\t".join(filter(None, (path, _LINES[self.what], str(self.why or ""))))


@dataclass
class SyncReport:
    lines: list[SyncLine] = field(default_factory=list)

    def leave(self, path: str, why: Message) -> None:
        """That a file was left alone, whatever was to be done with it."""
        self.lines = [each for each in self.lines if (each.what, each.path) != ("out", path)]
        self.lines.append(SyncLine("left", path, why))

    def count(self, what: str) -> int:
        return sum(line.what == what for line in self.lines)

    def text(self) -> list[str]:
        """Lines for a terminal: each file, then how many."""
        counts = {what: self.count(what) for what in _LINES}
        told = ", ".join(f"{number} {_LINES[what]}" for what, number in counts.items() if number)
        return [*map(str, self.lines), told or "In step: nothing to do."]
