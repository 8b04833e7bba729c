"""Zip files and folders → files by their path, for a reader to read. Writes nothing anywhere.

An archive is somebody else's: its sizes are counted while it is read, its names are only names, and
what is refused is said by its path while the rest comes in.
"""

import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.errors import N_, Invalid, Message, Problem
from app.kit.decoding import decode_text
from app.kit.file_list import FILES, missing_files, read_file_list
from app.kit.files import walk
from app.kit.text import has_han

_MB = 1024 * 1024
_RATIO_FREE = _MB  # of each file, however tightly it is packed
_PIECE = 64 * 1024
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
OF_OTHERS = re.compile(
    r"(?:^|/)(?P<part>__MACOSX|\.[^/]+|Thumbs\.db|desktop\.ini|node_modules)(?:/|$)"
)
_LEFT_OUT = N_("Left out, as it belongs to another program (files: {count}).")
_OUR_VAULT = N_(
    "Crosswalk wrote this folder. Here its papers and notes alone are read; all of it comes back "
    "by `crosswalk import` into an empty library."
)
_MARK = ".crosswalk/vault.yaml"
_MARK_LIMIT = 20 * _MB
_NAMED = 20  # paths in a message
_NOT_WHOLE = N_(
    "This vault is not whole: {count} of the files that it says it has are missing ({names}). What "
    "is here can be taken all the same."
)
_DAMAGED = (
    *(BadZipFile, zlib.error, struct.error, EOFError),
    *(RuntimeError, ValueError, OSError, OverflowError),
)
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Limits:
    """How many files are taken, the bytes of each and of all, and what a packed byte may become."""

    files: int = 20_000
    file: int = 64 * _MB
    total: int = 128 * _MB
    ratio: int = 200
    # Of PDFs, which are never all in memory, and count for themselves.
    pdf: int = 200 * _MB
    pdfs: int = 2_000 * _MB


_LIMITS = Limits()
_PDF = ".pdf"


@dataclass(frozen=True)
class Unpacked:
    """Files by their path, with `/` between folders, and what was refused."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()


def is_zip(data: bytes) -> bool:
    """Whether these bytes begin as a zip file does."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def open_zip(file: Path | BytesIO) -> ZipFile:
    """Raises `Invalid` (field `file`) where it is no zip, or its list of files is damaged."""
    try:
        return ZipFile(file)
    except _DAMAGED:
        raise Invalid.field("file", N_("This is not a zip file, or it is damaged.")) from None


def unpack_zip(
    data: bytes, limits: Limits = _LIMITS, *, leaves_out: re.Pattern[str] | None = OF_OTHERS
) -> Unpacked:
    """The files of a zip, in its order. They stay packed: each is unpacked when it is asked for.

    Links, encrypted files, archives inside, paths that lead out, second files of one name and what
    unpacks to too much are refused one by one. Raises `Invalid` (field `file`) where nothing can be
    read: it is no zip, or has more files than are taken.
    """
    if data.count(_ENTRY) > limits.files:
        raise Invalid.field(
            "file",
            N_("This archive holds more than {limit} files. Make several of it."),
            limit=limits.files,
        )
    archive = open_zip(BytesIO(data))
    packed: dict[str, ZipInfo] = {}
    taken = _Taken(_Packed(archive, packed))
    infos = archive.infolist()
    for info, name in zip(infos, _names(infos), strict=True):
        if name.endswith("/"):
            continue  # a folder
        path = _path(name)
        if path is None:
            taken.refuse(name, N_("Its path leads out of the archive."))
        elif leaves_out and (left_out := leaves_out.search(path)):
            taken.leave_out(path[: left_out.end("part")])
            if f"/{path}".endswith(f"/{_MARK}"):
                taken.expect(path.removesuffix(_MARK), _read_mark(archive, info))
        elif why := _why_not(info, path, packed):
            taken.refuse(path, why)
        elif told := _why_not_unpacked(archive, info, path, taken, limits):
            taken.refuse(path, told)
        else:
            packed[path] = info
    return taken.unpacked()


def walk_folder(folder: Path, limits: Limits = _LIMITS) -> Unpacked:
    """The files of a folder on this computer, by their paths in it, sorted. No link is followed.

    The same is left out and refused as in `unpack_zip`. Raises `Invalid` (field `file`) for more
    files than are taken, OSError where the folder itself cannot be read.
    """
    files = LyingFiles()
    taken = _Taken(files)
    walked = walk(folder, lambda path: not OF_OTHERS.search(path))
    paths = sorted(islice(walked, limits.files + 1))
    if len(paths) > limits.files:
        raise Invalid.field(
            "file",
            N_("This folder holds more than {limit} files. Take it in parts."),
            limit=limits.files,
        )
    for path in paths:
        place = folder / path
        if left_out := OF_OTHERS.search(path):
            taken.leave_out(path[: left_out.end("part")])
            if _is_ours(path) and (mark := folder / path / "vault.yaml").is_file():
                with mark.open("rb") as file:
                    taken.expect(path.removesuffix(".crosswalk"), file.read(_MARK_LIMIT))
        elif place.is_symlink() or not place.is_file():
            taken.refuse(path, N_("It is a link or no ordinary file."))
        elif path.lower().endswith(_ARCHIVES):
            taken.refuse(path, N_("An archive in an archive is not opened: import it by itself."))
        else:
            try:
                size = place.stat().st_size
                if why := taken.too_large(path, size, limits):
                    taken.refuse(path, why)
                elif path.lower().endswith(_PDF):
                    files.places[path] = place
                    taken.count(path, size)
                else:
                    files.read[path] = place.read_bytes()
                    taken.count(path, len(files.read[path]))
            except OSError:
                taken.refuse(path, N_("It cannot be read."))
    return taken.unpacked()


class LyingFiles(Mapping[str, bytes]):
    """Files of a folder: texts as they were read, and PDFs, read when they are asked for."""

    def __init__(self, *, places: Mapping[str, Path] | None = None) -> None:
        self.read: dict[str, bytes] = {}
        self.places: dict[str, Path] = dict(places or {})

    def __getitem__(self, path: str) -> bytes:
        if path in self.read:
            return self.read[path]
        try:
            return self.places[path].read_bytes()
        except OSError as gone:  # since it was listed
            raise KeyError(path) from gone

    def __iter__(self) -> Iterator[str]:
        return iter(sorted([*self.read, *self.places]))

    def __len__(self) -> int:
        return len(self.read) + len(self.places)


class _Packed(Mapping[str, bytes]):
    """The files of an archive that were found to be good, unpacked one by one."""

    def __init__(self, archive: ZipFile, infos: Mapping[str, ZipInfo]) -> None:
        self._archive = archive
        self._infos = infos

    def __getitem__(self, path: str) -> bytes:
        return self._archive.read(self._infos[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def __len__(self) -> int:
        return len(self._infos)


class _Taken:
    """What has come in so far, and what has not."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.size = 0
        self.pdfs = 0  # bytes of them
        self.refused: list[Problem] = []
        self.left_out: Counter[str] = Counter()
        self.expected: dict[str, str] = {}  # digests by path, of what a vault says that it has

    def refuse(self, path: str, why: str | Message) -> None:
        message = Message.of(why) if isinstance(why, str) else why
        self.refused.append(Problem(line=1, why=message, raw="", path=_shown(path)))

    def count(self, path: str, size: int) -> None:
        if path.lower().endswith(_PDF):
            self.pdfs += size
        else:
            self.size += size

    def too_large(self, path: str, size: int, limits: Limits) -> Message | None:
        """Why a file of this size is not taken beside what came in already."""
        if path.lower().endswith(_PDF):
            return _too_large(size, self.pdfs + size, limits.pdf, limits.pdfs)
        return _too_large(size, self.size + size, limits.file, limits.total)

    def leave_out(self, part: str) -> None:
        self.left_out[part] += 1

    def expect(self, place: str, mark: bytes) -> None:
        """Of a vault at `place` (`a/b/`, or empty), whose notes alone are read."""
        for path, digest in read_file_list(mark).get(FILES, {}).items():
            if not path.startswith("."):
                self.expected[f"{place}{path}"] = digest

    def missing(self) -> list[Problem]:
        """One, if any."""
        paths = missing_files(self.expected, self.files)
        if not paths:
            return []
        shown = ", ".join(map(_shown, paths[:_NAMED])) + (" …" if len(paths) > _NAMED else "")
        why = Message.of(_NOT_WHOLE, count=len(paths), names=shown)
        return [Problem(line=1, why=why, raw="\n".join(map(_shown, paths)), path=_MARK)]

    def unpacked(self) -> Unpacked:
        left_out = [
            Problem(
                line=1,
                why=Message.of(_OUR_VAULT if _is_ours(part) else _LEFT_OUT, count=count),
                raw="",
                path=_shown(part),
            )
            for part, count in self.left_out.items()
        ]
        return Unpacked(self.files, (*self.missing(), *self.refused, *left_out))


def _read_mark(archive: ZipFile, info: ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(_MARK_LIMIT)
    except _DAMAGED:
        return b""


def _is_ours(part: str) -> bool:
    """Whether this is where a vault that Crosswalk wrote keeps what is not Markdown."""
    return f"/{part}".endswith("/.crosswalk")


def _shown(path: str) -> str:
    """A refused name as it can be kept and shown, whatever was in it."""
    return path.encode("utf-8", "backslashreplace").decode().replace("\0", "␀")[:1_000]


def _names(infos: Sequence[ZipInfo]) -> list[str]:
    """Each entry's name. Those that do not say that they are UTF-8 are decoded together, as one
    program wrote them all: UTF-8, Chinese GB 18030, or the code page 437 of the format."""
    silent = [info.orig_filename for info in infos if not info.flag_bits & 0x800]
    written = "\n".join(name.replace("\n", "_") for name in silent)
    try:
        decoded = decode_text(written.encode("cp437"))
    except (Invalid, UnicodeEncodeError):
        decoded = written
    if not has_han(decoded) and not _is_utf_8(written):
        decoded = written
    renamed = iter(decoded.split("\n") if decoded.count("\n") + 1 == len(silent) else silent)
    return [
        info.orig_filename if info.flag_bits & 0x800 else next(renamed, info.orig_filename)
        for info in infos
    ]


def _is_utf_8(name: str) -> bool:
    try:
        name.encode("cp437").decode()
    except UnicodeError:
        return False
    return True


def _path(name: str) -> str | None:
    """`name` as a path inside the archive, or None where it leads elsewhere or is no name."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain) or "\0" in plain:
        return None
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    return "/".join(parts) if parts and ".." not in parts else None


def _why_not(info: ZipInfo, path: str, packed: Mapping[str, ZipInfo]) -> str:
    """Why an entry is not to be opened; empty where it may be."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return N_("It is a link or no ordinary file.")
    if info.flag_bits & 0x1:
        return N_("It is encrypted.")
    if path in packed:
        return N_("A second file of this name: the first one was taken.")
    if path.lower().endswith(_ARCHIVES):
        return N_("An archive in an archive is not opened: import it by itself.")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return N_("It is compressed in a way that is not read here.")
    return ""


def _why_not_unpacked(
    archive: ZipFile, info: ZipInfo, path: str, taken: _Taken, limits: Limits
) -> Message | None:
    """Why an entry is not taken, which is found by unpacking it piece by piece; none of it is held.
    None where it is as it should be: then its size is counted."""
    size = 0
    try:
        with archive.open(info) as file:
            while piece := file.read(_PIECE):
                size += len(piece)
                if why := taken.too_large(path, size, limits):
                    return why
                if size > _RATIO_FREE + limits.ratio * info.compress_size:
                    return Message.of(N_("It is packed so tightly that it looks like a trap."))
    except _DAMAGED:
        return Message.of(N_("It is damaged."))
    taken.count(path, size)
    return None


def _too_large(size: int, total: int, largest: int, together: int) -> Message | None:
    if size > largest:
        return Message.of(N_("It is larger than {limit} MB."), limit=largest // _MB)
    if total > together:
        return Message.of(
            N_("With it there would be more than is taken at once. Make several archives.")
        )
    return None
