"""The marks inside PDFs that other programs made, and ours in a copy of a PDF; by a process of its
own, with limits of time and memory."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from app.errors import N_
from app.files.extraction import FILE_SECONDS, MEMORY, PAGE_SECONDS, UnreadableFile
from app.marks.rules import (
    AROUND_LIMIT,
    COMMENT_LIMIT,
    EXACT_LIMIT,
    RGB,
    MarkInput,
    nearest_colour,
)
from app.models import Mark

_OURS = "crosswalk-"  # how the keys of our marks begin in a copy
_LIMITS = (PAGE_SECONDS, 120, MEMORY, 90, 91)
_UNREAD = N_("The marks of this PDF cannot be read: it is damaged, or protected.")
_UNWRITTEN = N_("No copy of this PDF can be made: it is damaged, or protected.")


@dataclass(frozen=True)
class ForeignMark:
    """A mark that another program made, and its key there, by which it comes in once."""

    given: MarkInput
    key: str


class _Annotation(BaseModel):
    page: int
    exact: str
    prefix: str
    suffix: str
    comment: str
    rgb: tuple[float, float, float] | None
    key: str


_ANNOTATIONS = TypeAdapter(list[_Annotation])


def read_annotations(path: Path) -> list[ForeignMark]:
    """The highlights, underlines, strike-outs and notes in a PDF, with the words that they are on.
    Those of ours that are in it, for it is a copy, are left out.

    Raises:
        UnreadableFile: it cannot be opened, or not in time.
    """
    said = _run("read", path, b"", _UNREAD)
    return [
        ForeignMark(
            MarkInput(
                page=each.page,
                exact=each.exact[:EXACT_LIMIT],
                prefix=each.prefix[-AROUND_LIMIT:],
                suffix=each.suffix[:AROUND_LIMIT],
                colour=nearest_colour(each.rgb) if each.rgb else "claim",
                comment=each.comment[:COMMENT_LIMIT],
            ),
            each.key[:200],
        )
        for each in _ANNOTATIONS.validate_json(said)
        if not each.key.startswith(_OURS)
    ]


def write_annotations(path: Path, marks: Iterable[Mark]) -> bytes:
    """A copy of a PDF with these marks as highlights that other programs show.

    Raises:
        UnreadableFile: it cannot be opened, or not in time.
    """
    given = [
        {
            "page": mark.page,
            "exact": mark.exact,
            "prefix": mark.prefix,
            "comment": mark.comment,
            "rgb": RGB.get(mark.colour, RGB["claim"]),
            "key": f"{_OURS}{mark.id}",
            "by": "Crosswalk",
        }
        for mark in marks
    ]
    return _run("write", path, json.dumps(given).encode(), _UNWRITTEN)


def _run(task: str, path: Path, given: bytes, problem: str) -> bytes:
    command = [sys.executable, "-m", "app.marks.annotation_process", task, str(path.resolve())]
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            [*command, *map(str, _LIMITS)],
            cwd=Path(__file__).parents[2],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=FILE_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise UnreadableFile(problem) from error
    return done.stdout
