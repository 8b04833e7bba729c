"""Names that the library knows, found in the lines of a file of notes. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.kit.text import fold, fold_letters
from app.sources.markdown.links import IMAGE, URL
from app.sources.markdown.note_list import NoteEntry, NotesFile


@dataclass(frozen=True)
class KnownName:
    """A thing that notes may name: `key` is the caller's own, `names` are how it is written."""

    key: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Mention:
    key: str
    raw: str  # as written


class NameFinder:
    """Finds known names in a text, the longest first; Latin ones as whole words in any case."""

    def __init__(self, names: Sequence[KnownName], text: str) -> None:
        """For pieces of `text`: what does not occur in it is not looked for again and again."""
        whole = fold(text)
        self._keys = {
            spelled: known.key
            for known in reversed(names)
            for name in known.names
            if (spelled := fold(name)) in whole
        }
        longest = sorted(filter(None, self._keys), key=len, reverse=True)
        parts = [_whole_word(name) for name in longest]
        self._pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None

    def find(self, text: str) -> list[tuple[str, str]]:
        """`(key, as written)` of each name in `text`, addresses left aside."""
        if self._pattern is None:
            return []
        plain = IMAGE.sub(" ", URL.sub(" ", text))
        found = (match[0] for match in self._pattern.finditer(plain))
        return [(key, raw) for raw in found if (key := self._key(raw)) is not None]

    def mentions(self, texts: Iterable[str], own: Collection[str] = ()) -> tuple[Mention, ...]:
        """The first mention of each thing in lines; what is called by one of its `own` folded names
        is not mentioned."""
        found: dict[str, Mention] = {}
        for key, raw in (each for text in texts for each in self.find(text)):
            if fold_letters(raw) not in own:
                found.setdefault(key, Mention(key, raw))
        return tuple(found.values())

    def _key(self, raw: str) -> str | None:
        plain = re.sub(r"\s+", " ", raw.casefold())
        return self._keys.get(plain) or self._keys.get(plain.removesuffix("s"))


def _whole_word(name: str) -> str:
    """Latin letters and digits must not go on before or after; Chinese stands without spaces."""
    pattern = re.escape(name).replace(r"\ ", r"\s+")
    if re.match(r"[a-z0-9]", name):
        pattern = rf"(?<![A-Za-z0-9_-]){pattern}"
    if re.search(r"[a-z]$", name):
        return rf"{pattern}s?(?![A-Za-z0-9_])"
    if re.search(r"[0-9]$", name):
        return rf"{pattern}(?![A-Za-z0-9_])"
    return pattern


def mentions_of_entry(entry: NoteEntry, finder: NameFinder) -> tuple[Mention, ...]:
    """The things that an entry names beside its own, in its heading only where it is no paper's."""
    own = {fold_letters(entry.title), fold_letters(entry.short_title)}
    below = [line.text for line in entry.lines[1:]]
    return finder.mentions(below if entry.kind == "paper" else [entry.heading, *below], own)


def mentions_of_opening(notes: NotesFile, finder: NameFinder) -> tuple[Mention, ...]:
    """The things that what stands before the entries names."""
    return finder.mentions(line.text for line in notes.preamble.lines)
