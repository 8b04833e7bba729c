"""The pictures that notes of a folder or zip show, stored as the library's own."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from sqlmodel import Session

from app.errors import Invalid
from app.imports.reading import Content
from app.imports.rules import Row
from app.imports.taking import Illustrate
from app.notes import attachments

_SHOWN = re.compile(
    r"!\[(?P<alt>[^\]\n]*)\]\((?P<path><[^>\n]+>|[^)\s]+)(?P<title>\s+\"[^\"\n]*\")?\)"
    r"|!\[\[(?P<wiki>[^\]|\n]+)(?:\|[^\]\n]*)?\]\]"
)


def as_written(_session: Session, _row: Row, body: str) -> str:
    """A note's text where no files came with it."""
    return body


def illustrator(content: Content, library: Path | None) -> Illustrate:
    """What gives a note's text with the pictures that came with it stored in `library`."""
    if library is None or not content.files:
        return as_written
    by_name = {PurePosixPath(path).name: path for path in reversed(list(content.files))}

    def illustrate(session: Session, row: Row, body: str) -> str:
        def shown(found: re.Match[str]) -> str:
            written = found["wiki"] or found["path"].strip("<>")
            path = find(content.files, row.path, written) or by_name.get(
                PurePosixPath(unquote(written)).name
            )
            data = content.files.get(path) if path else None
            if path is None or data is None:
                return found[0]
            try:
                stored = attachments.store(
                    session, library, filename=PurePosixPath(path).name, data=data
                )
            except Invalid:  # it is no picture that we keep: the link stays as it was
                return found[0]
            alt = found["alt"] or PurePosixPath(path).stem
            return f"![{alt}](attachment:{stored.sha256}{found['title'] or ''})"

        return _SHOWN.sub(shown, body)

    return illustrate


def find(files: Mapping[str, bytes], of: str, written: str) -> str | None:
    """The file that a link `written` in the file `of` means: from its folder, or from the top."""
    target = unquote(written).replace("\\", "/").split("#")[0]
    if "://" in target:
        return None
    for start in (PurePosixPath(of).parent, PurePosixPath()):
        path = _flat(start / target.lstrip("/"))
        if path in files:
            return path
    return None


def _flat(path: PurePosixPath) -> str:
    """Without `.` and `..`; one that leads out of the folder names nothing in it."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
