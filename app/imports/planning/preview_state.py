"""What the reader said of a file while its preview was open: kept beside the file, so that it holds
from page to page and over a reload, until the file is imported."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.imports.rules import Correction, ForAll
from app.kit.files import write_file


@dataclass(frozen=True)
class Said:
    """Corrections by entry key, mended texts by the number of their problem, and what all papers
    get."""

    corrections: dict[str, Correction] = field(default_factory=dict)
    mends: dict[int, str] = field(default_factory=dict)
    for_all: ForAll = field(default_factory=ForAll)

    def also(
        self,
        corrections: dict[str, Correction],
        mends: dict[int, str],
        for_all: ForAll | None = None,
    ) -> "Said":
        """The same with what was said since; `for_all` takes the place of what it was."""
        kept = self.for_all if for_all is None else for_all
        return Said({**self.corrections, **corrections}, {**self.mends, **mends}, kept)


_JSON = TypeAdapter(Said)


def load_state(library: Path, digest: str, name: str) -> Said:
    """What was said of a kept file of this name; nothing where nothing was."""
    try:
        return _JSON.validate_json(_path(library, digest, name).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Said()


def save_state(library: Path, digest: str, name: str, given: Said) -> None:
    write_file(_path(library, digest, name), _JSON.dump_json(given), synced=False)


def delete_state(library: Path, digest: str, name: str) -> None:
    _path(library, digest, name).unlink(missing_ok=True)


def _path(library: Path, digest: str, name: str) -> Path:
    of = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return library / "imports" / f"{digest}.{of}.json"
