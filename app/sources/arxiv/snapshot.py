"""arXiv's metadata as files of JSON lines → drafts, read as a stream.

Two forms are known: the snapshot that arXiv publishes (`id`, `authors_parsed`, `categories` in one
string, `versions`, `update_date`, `journal-ref` …) and records with `arxiv_id`, `authors`,
`created` and `updated`. A file may be packed by xz, gzip, bzip2 or zip.
"""

import bz2
import gzip
import json
import lzma
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any, cast

from app.kit.text import tidy_line
from app.sources.arxiv import ids
from app.sources.arxiv.ids import ArxivId
from app.sources.bibliography.tex_accents import plain_letters
from app.sources.drafts import PaperDraft, short_title

LINE_LIMIT = 4 * 1024 * 1024  # bytes; a record with 3,000 authors has 100,000
_ZIP = b"PK\x03\x04"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True)
class SnapshotLine:
    """One line of a snapshot: its draft, or None where it is no record of a paper on arXiv.

    `read` is the share of the file that was read up to here.
    """

    number: int
    draft: PaperDraft | None
    read: float


def is_snapshot(path: Path) -> bool:
    """Whether a file begins with a record as these files have them; it need not exist."""
    if not path.is_file():
        return False
    try:
        with _opened(path) as (lines, _):
            record = json.loads(lines.readline(LINE_LIMIT) or b"0")
    except (OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile):
        return False
    return isinstance(record, dict) and "title" in record and bool({"id", "arxiv_id"} & {*record})


def read_snapshot(path: Path) -> Iterator[SnapshotLine]:
    """Every line that says something, in order; no more than one is held.

    Raises:
        OSError, EOFError: the file cannot be read, or ends in the middle of its packing.
    """
    with _opened(path) as (lines, share):
        number = 0
        while line := lines.readline(LINE_LIMIT):
            number += 1
            if line.strip():
                yield SnapshotLine(number, _draft(line), share())


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], "_Share"]]:
    """The file's lines unpacked, and how much of the file was read for them."""
    with path.open("rb") as raw:
        start = raw.read(8)
        raw.seek(0)
        share = _Share(raw, path.stat().st_size)
        if start.startswith(_ZIP):
            with zipfile.ZipFile(raw) as archive:
                largest = max(archive.infolist(), key=lambda member: member.file_size)
                with archive.open(largest) as lines:
                    yield lines, share
            return
        with _unpacked(raw, start) as lines:
            yield lines, share


def _unpacked(raw: IO[bytes], start: bytes) -> IO[bytes]:
    if start.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(raw)
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(raw))
    return bz2.open(raw) if start.startswith(b"BZh") else raw


@dataclass(frozen=True)
class _Share:
    raw: IO[bytes]
    size: int

    def __call__(self) -> float:
        return self.raw.tell() / self.size if self.size else 1.0


def _draft(line: bytes) -> PaperDraft | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    arxiv_id = ids.try_arxiv_id(str(record.get("arxiv_id") or record.get("id") or ""))
    title = _line(record.get("title"))
    if arxiv_id is None or not title:
        return None
    published, revised, version = _dates(record)
    categories = record.get("categories") or ""
    primary = categories.split() if isinstance(categories, str) else _texts(categories)
    doi = _DOI.search(_line(record.get("doi")))
    return PaperDraft(
        title=title,
        short_title=short_title(title),
        authors=tuple(_authors(record)),
        abstract=_line(record.get("abstract")),
        year=int(published[:4]) if published else None,
        published=published,
        revised=revised or published,
        venue=_line(record.get("journal-ref")),
        arxiv_id=arxiv_id.base,
        arxiv_version=arxiv_id.version or version,
        primary_category=_line(record.get("primary_category")) or next(iter(primary), ""),
        doi=doi[0].rstrip(",;.") if doi else None,
        url=ArxivId(arxiv_id.base).url,
        comment=_line(record.get("comment") or record.get("comments")),
    )


def _line(value: object) -> str:
    """A text on one line, without the control characters that some of these records hold."""
    if not isinstance(value, str):
        return ""
    letters = plain_letters(value)
    return tidy_line(letters if letters.isprintable() else _CONTROL.sub(" ", letters))


def _texts(values: object) -> Sequence[str]:
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def _authors(record: Mapping[str, Any]) -> Iterator[str]:
    """`authors_parsed` is [family, given, suffix]; a collaboration's list may hold a lone ":"."""
    parsed = record.get("authors_parsed")
    if isinstance(parsed, list):
        names = [" ".join((*part[1:2], *part[:1], *part[2:3])) for part in map(_texts, parsed)]
    else:
        names = list(_texts(record.get("authors")))
    for name in map(_line, names):
        if any(map(str.isalnum, name)):
            yield name


def _dates(record: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """The dates of the first version and of the last, and the last one's number."""
    versions = record.get("versions")
    if isinstance(versions, list) and versions:
        first, last = versions[0], versions[-1]
        made = [
            _day(each.get("created")) if isinstance(each, dict) else "" for each in (first, last)
        ]
        return made[0], made[1], len(versions)
    created = _iso(record.get("created")) or _iso(record.get("update_date"))
    return created, _iso(record.get("updated")) or _iso(record.get("update_date")), None


def _iso(value: object) -> str:
    found = _DATE.match(value) if isinstance(value, str) else None
    return found[0] if found else ""


def _day(value: object) -> str:
    """The day of `Mon, 2 Apr 2007 19:18:42 GMT`."""
    try:
        return parsedate_to_datetime(str(value)).date().isoformat()
    except (TypeError, ValueError):
        return _iso(value)
