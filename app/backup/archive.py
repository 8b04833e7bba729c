"""A backup's file: a zip that is written as it is read, and checked whole before it is believed.

`tables/NAME.jsonl` has the rows of a table, `manifest.json`, which comes last, says of every member
its size, SHA-256 and number of rows; `attachments/…`, `files/…` and `imports/…` are files of the
library's folder. The zip's comment is the SHA-256 of all that stands before it: also a byte that no
member has, in the zip's own tables, cannot change unseen.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Annotated, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, Field, ValidationError

from app import __version__
from app.backup.rows import StoredRow, UnfitRow, parse_row
from app.errors import N_, Conflict, Damaged
from app.kit.files import open_whole
from app.models import utc_now

VERSION = 1  # of the form; a higher one is of a newer Crosswalk
_MANIFEST = "manifest.json"
_SEAL = 64  # the digits of a SHA-256
_PIECE = 1024 * 1024
_MEMBERS = 1_000_000  # at most: who opens a zip holds them all in memory
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
_MANIFEST_LIMIT = 512 * 1024 * 1024  # bytes
_LINE_LIMIT = 128 * 1024 * 1024  # bytes of a row: a note has a million characters
_NAMES = re.compile(
    r"tables/[a-z_]{1,60}\.jsonl|(?:attachments|files)/([0-9a-f]{2})/\1[0-9a-f]{62}"
    r"|imports/\w[\w.-]{0,199}",
    re.ASCII,
)


class BackupMember(BaseModel):
    """A file in a backup."""

    name: str
    size: int  # bytes
    sha256: str
    rows: int | None = None  # of a table


class BackupManifest(BaseModel):
    """What a backup holds, and of which library."""

    format: Literal["crosswalk-backup"] = "crosswalk-backup"
    version: int
    crosswalk: str
    schema_version: str
    database: str  # sqlite or postgresql; of no account for what can be done with it
    made_at: datetime
    members: list[BackupMember]
    # By table, the last number that was given to a row: none is given again, also after a restore.
    numbers: dict[str, Annotated[int, Field(ge=0, lt=2**31)]] = {}

    @property
    def counts(self) -> dict[str, int]:
        """The number of rows, by table."""
        return {
            each.name.removeprefix("tables/").removesuffix(".jsonl"): each.rows
            for each in self.members
            if each.rows is not None
        }


# --- Written ---


class BackupWriter:
    """Takes members, in any order; what they are made of passes through."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._now = utc_now().timetuple()[:6]
        self.members: list[BackupMember] = []

    def add_table(self, name: str, lines: Iterable[bytes]) -> None:
        self._add(f"tables/{name}.jsonl", lines, ZIP_DEFLATED, are_rows=True)

    def add_file(self, name: str, pieces: Iterable[bytes]) -> None:
        """A file of the library's folder, by its path in there; they are packed already."""
        self._add(name, pieces, ZIP_STORED, are_rows=False)

    def add_manifest(
        self, *, schema_version: str, database: str, numbers: Mapping[str, int] = {}
    ) -> BackupManifest:
        """What was added so far."""
        manifest = BackupManifest(
            version=VERSION,
            crosswalk=__version__,
            schema_version=schema_version,
            database=database,
            made_at=utc_now(),
            members=self.members,
            numbers=dict(numbers),
        )
        text = manifest.model_dump_json(indent=1, exclude_none=True)
        self._archive.writestr(self._info(_MANIFEST, ZIP_DEFLATED), text)
        return manifest

    def _info(self, name: str, packing: int) -> ZipInfo:
        info = ZipInfo(name, self._now)
        info.compress_type = packing
        info.external_attr = 0o600 << 16
        return info

    def _add(self, name: str, pieces: Iterable[bytes], packing: int, *, are_rows: bool) -> None:
        digest, size, count = sha256(), 0, 0
        with self._archive.open(self._info(name, packing), "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
                count += 1
        rows = count if are_rows else None
        self.members.append(
            BackupMember(name=name, size=size, sha256=digest.hexdigest(), rows=rows)
        )


@contextmanager
def create_backup(path: Path) -> Iterator[BackupWriter]:
    """A backup at `path`, there when it is whole and on the disk; only its owner may read it."""
    with open_whole(path) as file:
        with ZipFile(file, "w", compresslevel=_LEVEL) as archive:
            archive.comment = b"0" * _SEAL
            yield BackupWriter(archive)
        end = file.tell() - _SEAL
        seal = _digest_until(file, end)
        file.seek(end)
        file.write(seal.encode())


_LEVEL = 4  # of 9: a tenth larger than at 6, in two thirds of the time


def _digest_until(file: IO[bytes], end: int) -> str:
    """SHA-256 of the bytes before `end`. Raises Damaged where they hold too many members."""
    digest, entries = sha256(), 0
    file.seek(0)
    while piece := file.read(min(_PIECE, end - file.tell())):
        digest.update(piece)
        entries += piece.count(_ENTRY)
        if entries > _MEMBERS:
            raise damaged_backup(f"more than {_MEMBERS} members")
    return digest.hexdigest()


# --- Read ---


class Backup:
    """A backup that is as it was written; its members are checked as they are read."""

    def __init__(self, archive: ZipFile, manifest: BackupManifest) -> None:
        self._archive = archive
        self.manifest = manifest

    @property
    def size(self) -> int:
        """Bytes, unpacked."""
        return sum(each.size for each in self.manifest.members)

    def tables(self) -> Iterator[tuple[str, BackupMember]]:
        for each in self.manifest.members:
            if each.name.startswith("tables/"):
                yield each.name.removeprefix("tables/").removesuffix(".jsonl"), each

    def files(self) -> Iterator[BackupMember]:
        """What is no table, by its path in the library's folder."""
        for each in self.manifest.members:
            if not each.name.startswith("tables/"):
                yield each

    def read(self, member: BackupMember) -> Iterator[bytes]:
        """A member piece by piece. Raises Damaged, at its end, where it is not what it was."""
        digest, size = sha256(), 0
        try:
            with self._archive.open(member.name) as file:
                while piece := file.read(_PIECE):
                    size += len(piece)
                    if size > member.size:
                        break
                    digest.update(piece)
                    yield piece
        except _UNREADABLE as error:
            raise damaged_backup(member.name) from error
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            raise damaged_backup(member.name)

    def rows(self, member: BackupMember) -> Iterator[StoredRow]:
        """The rows of a table. Raises Damaged where they are not as many as there were."""
        count = 0
        for line in _lines(self.read(member)):
            count += 1
            try:
                yield parse_row(line)
            except UnfitRow as error:
                raise damaged_backup(f"{member.name}, row {count}") from error
        if count != member.rows:
            raise damaged_backup(member.name)


_UNREADABLE = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """The backup at `path`, its seal and its list of members checked.

    Raises:
        Damaged: it is none, or is not as it was written.
        Conflict: a newer Crosswalk wrote it.
        OSError: it cannot be opened.
    """
    with path.open("rb") as file:
        end = file.seek(0, 2) - _SEAL
        seal = _digest_until(file, max(0, end))
        file.seek(max(0, end))
        if file.read() != seal.encode():
            raise Damaged(
                N_("{path} is no backup of Crosswalk's, or it is damaged or cut off."),
                path=str(path),
            )
        try:
            archive = ZipFile(file)
        except (*_UNREADABLE, ValueError) as error:
            raise damaged_backup(path.name) from error
        with archive:
            manifest = _read_manifest(archive)
            if manifest.version > VERSION:
                raise newer_backup(manifest)
            _check_members(archive, manifest)
            yield Backup(archive, manifest)


def _read_manifest(archive: ZipFile) -> BackupManifest:
    try:
        if archive.getinfo(_MANIFEST).file_size > _MANIFEST_LIMIT:
            raise damaged_backup(_MANIFEST)
        return BackupManifest.model_validate_json(archive.read(_MANIFEST))
    except (*_UNREADABLE, KeyError, ValidationError) as error:
        raise damaged_backup(_MANIFEST) from error


def _check_members(archive: ZipFile, manifest: BackupManifest) -> None:
    """Raises Damaged where the members are not those that the manifest names, each once, or one is
    called otherwise than we call it: then somebody else wrote this."""
    named = [each.name for each in manifest.members]
    for name in named:
        if not _NAMES.fullmatch(name):
            raise damaged_backup(name[:200])
    infos = archive.infolist()
    if sorted([*named, _MANIFEST]) != sorted(info.filename for info in infos):
        raise damaged_backup(_MANIFEST)
    for info in infos:
        if info.flag_bits & 0x1 or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise damaged_backup(info.filename)


def newer_backup(manifest: BackupManifest) -> Conflict:
    return Conflict(
        N_(
            "A newer Crosswalk ({theirs}) wrote this backup; this is {ours}. Restore it with that "
            "one, or a newer one."
        ),
        theirs=manifest.crosswalk,
        ours=__version__,
    )


def damaged_backup(what: str) -> Damaged:
    return Damaged(N_("This backup is damaged: {what}. Nothing was restored."), what=what)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    parts: list[bytes] = []  # of the line that has begun
    size = 0
    for piece in pieces:
        first, *others = piece.split(b"\n")
        parts.append(first)
        size += len(first)
        if size > _LINE_LIMIT:
            raise damaged_backup("a row of more than 128 MB")
        if others:
            yield b"".join(parts)
            yield from others[:-1]
            parts, size = [others[-1]], len(others[-1])
    if size:
        yield b"".join(parts)
