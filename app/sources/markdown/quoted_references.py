"""Entries of BibTeX and RIS that stand in a text of Markdown, fenced or not → records. Pure."""

import re
from collections.abc import Callable
from itertools import pairwise

from app.sources.bibliography import bibtex, ris
from app.sources.drafts import PaperDraft, ReadFile, RecordDraft, fill_draft

# Quoted lines and items of lists count as lines.
_MARK = r"^[ \t>*+-]*"
_START = re.compile(rf"{_MARK}(?=@[ \t]*[A-Za-z]{{3,20}}[ \t]*\{{|TY  ?- ?\S)", re.MULTILINE)
_HEAD = 40  # characters, in which an entry says its type
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_RIS_LINE = re.compile(r"[A-Z][A-Z0-9]  ?-(?: |$)")
_SAID = re.compile(r"(?:[^\W\d_][\W\d_]*){3}")  # letters that make prose
_NO_PROSE = re.compile(
    r"^[ \t]*(?:%.*|`{3,}.*|~{3,}.*|@.*|\d+[.)]?|[A-Z][\w ]{1,20}: \S+.*)$", re.MULTILINE
)


def find_quoted_references(text: str) -> tuple[RecordDraft, ...]:
    """The entries that are whole, in the order of their lines; what is broken stays text."""
    entries = [text[start:end] for start, end in _places(text) if text[start] == "@"]
    tagged = [text[start:end] for start, end in _places(text) if text[start] != "@"]
    found = [*_read(entries, bibtex.read_bibtex), *_read(tagged, ris.read_ris)]
    return tuple(record for record in found if record.draft)


def has_prose(text: str) -> bool:
    """Whether there are words outside the entries, comments of BibTeX and fences left aside."""
    outside, last = [], 0
    for start, end in _places(text, whole=False):
        outside.append(text[last:start])
        last = end
    rest = "".join((*outside, text[last:]))
    return _SAID.search(_NO_PROSE.sub("", rest)) is not None


def _read(entries: list[str], read: Callable[[str, str], ReadFile]) -> tuple[RecordDraft, ...]:
    plain = (re.sub(r"^[ \t]*(?:>[ \t]?)+", "", entry, flags=re.MULTILINE) for entry in entries)
    return read("\n".join(plain), "").records if entries else ()


def _places(text: str, *, whole: bool = True) -> list[tuple[int, int]]:
    """Where entries begin and end; with those that have no end unless only the `whole` are
    wanted."""
    if "@" not in text and "TY " not in text:
        return []
    places = []
    starts = (found.end() for found in _START.finditer(text))
    for start, limit in pairwise((*starts, len(text))):
        if text[start] == "@" and not bibtex.looks_like_bibtex(text[start : start + _HEAD]):
            continue  # @commentary{…}
        end = (_end_of_braces if text[start] == "@" else _end_of_tags)(text, start, limit)
        if end or not whole:
            places.append((start, end or limit))
    return places


def _end_of_braces(text: str, start: int, limit: int) -> int:
    depth = 0
    for found in _BRACE.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0 and found[0] == "}":
            return found.end()
    return 0


def _end_of_tags(text: str, start: int, limit: int) -> int:
    at = start
    for line in text[start:limit].splitlines(keepends=True):
        words = line.lstrip(" \t>*+-")
        if words.startswith("ER "):
            return at + len(line.rstrip("\r\n"))
        if not _RIS_LINE.match(words):
            return at if at > start else 0
        at += len(line)
    return at


def fill_from_reference(
    draft: PaperDraft, reference: PaperDraft, *, named: frozenset[str]
) -> PaperDraft:
    """What a note says of its paper, with what the reference in it says: `named` are the fields
    that the note's properties give, which come first; of the rest the reference knows more than
    headings do."""
    own = {name: getattr(draft, name) for name in {*named, "kind"}}
    is_short = 0 < len(draft.title) < len(reference.title) / 2
    if is_short and "title" not in named and not reference.short_title:
        own.setdefault("short_title", draft.title)
    own["details"] = {**reference.details, **draft.details}
    return fill_draft(reference.model_copy(update=own), draft)
