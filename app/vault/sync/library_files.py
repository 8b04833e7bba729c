"""The library as the files of a folder, as of one moment."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from app.vault.dump_load import Row, Tables
from app.vault.files.writing import Folder

# SHA-256 of what a file is made of, and of its text
Made = tuple[str, str]


@dataclass(frozen=True)
class LibraryFile:
    """How the library would write a file, and where. `made` is the SHA-256 of `text`, which is
    written when it is asked for."""

    home: str
    made: str
    write: Callable[[], str]

    @cached_property
    def text(self) -> str:
        return self.write()


class LibraryFiles:
    """The files of papers, terms and notes by kind and number, and what the library alone writes.

    `known` is what an earlier one has `made`, by kind and number: only what is made of something
    else by now is written again to know its digest.
    """

    def __init__(self, held: Tables, known: Mapping[str, Made]) -> None:
        self.pictures = held["attachment"]
        self._folder = Folder(held)
        self.pdfs = self._folder.pdfs  # SHA-256 of papers' files, by their paths
        self.made: dict[str, Made] = {}
        self.documents: dict[tuple[str, int], LibraryFile] = {}
        links = digest_of(json.dumps([self._folder.titles, self._folder.pictures]))
        for home, kind, item, source, write in self._folder.sources():
            name = f"{kind} {item}"
            source_digest = _source_digest(source, links)
            text_digest = _known_digest(known.get(name), source_digest) or digest_of(write())
            self.made[name] = source_digest, text_digest
            self.documents[kind, item] = LibraryFile(home, text_digest, write)

    def rows(self, table: str) -> list[Row]:
        """The rows that the files are made of."""
        return self._folder.tables.get(table, [])

    def others(self) -> Iterator[tuple[str, str]]:
        """Path and text of what the library alone writes, but for `mark`."""
        return self._folder.others()

    def mark(self, files: Mapping[str, str]) -> str:
        """The file by which the folder is known, of its other files with their digests."""
        return self._folder.mark(files)


def _source_digest(source: list[Row], links: str) -> str:
    """Of the rows that a file is made of, and, where they may have links or pictures, of all that
    those are written by."""
    said = json.dumps(source, ensure_ascii=False)
    return digest_of(said + links if "[[" in said or "attachment" in said else said)


def _known_digest(known: Made | None, source: str) -> str:
    return known[1] if known and known[0] == source else ""


def digest_of(said: str | bytes) -> str:
    """The SHA-256 of a text or of bytes."""
    return sha256(said.encode() if isinstance(said, str) else said).hexdigest()
