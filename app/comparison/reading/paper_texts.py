"""The texts of the papers that wait to be read, and what they say of issues and techniques.

What was read of a paper is kept in this process by what it was read from, its texts and the terms,
so that after a change only what changed is read again. Nothing of it is stored.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Generic, TypeVar

from sqlmodel import Session

from app.comparison import queries
from app.comparison.queries import LookedPaper
from app.comparison.reading.issue_scores import TextScores, find_mention, score_issues
from app.comparison.reading.term_mentions import (
    PaperMentions,
    TermIndex,
    TermMention,
    TextPart,
    key_of_terms,
)
from app.comparison.sentences import before_references, without_links
from app.kit.batches import batches
from app.models import (
    Evidence,
    FilePage,
    Issue,
    Note,
    Paper,
    PaperFile,
    PaperTechnique,
    PaperVerdict,
    StoredFile,
    Technique,
    Verdict,
)
from app.state_cache import StateCache

LOOKED = 8_000  # papers, of a library where more wait
_NOTE_LIMIT = 50_000  # characters of a note
_FILE_LIMIT = 400_000  # of a file
_FILES_AT_ONCE = 40  # that are read while somebody waits; the others when it is asked again
_KEPT = 3 * LOOKED
_KEPT_SENTENCES = 50_000

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The last `size` values, by keys that say all that they depend on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        if (held := self.find(key)) is not None:
            return held
        value = compute()
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def find(self, key: Hashable) -> Value | None:
        return self._values.get(key)


_indexes = Kept[TermIndex](4)
_mentions = Kept[PaperMentions](_KEPT)
_scores = Kept[TextScores](4)
_sentences = Kept[tuple[TermMention | None]](_KEPT_SENTENCES)


@dataclass(frozen=True)
class LibraryTexts:
    """What the texts say of the papers that wait, and of those that are quoted.

    `carried` are the techniques of papers; `key` is another where a text or a term is, `tied` where
    papers carry other techniques. `unread` counts the papers with files that nobody had the time to
    read yet.
    """

    index: TermIndex
    papers: Mapping[int, LookedPaper]
    carried: Mapping[int, Sequence[int]]
    key: int
    tied: int
    scores: TextScores
    unread: int
    _held: Mapping[int, tuple[int, Sequence[TextPart], PaperMentions]]

    def find_sentence(self, paper: int, issue: int) -> TermMention | None:
        """The sentence of a paper that speaks of an issue: one with a name of the issue, else the
        nearest in title, abstract and notes; of a note in Markdown, and without its links."""
        key, parts, mentions = self._held[paper]
        if found := find_mention(self.index, issue, mentions):
            return found
        (nearest,) = _sentences.get(
            (key, issue),
            lambda: (self.index.nearest_sentence(issue, parts, self.scores.weights),),
        )
        return nearest

    def of_others(self, papers: Mapping[int, tuple[str, str]]) -> "LibraryTexts":
        """What titles and abstracts of other papers say, as rare as words are in this library."""
        held = {}
        for number, (title, abstract) in papers.items():
            parts = _parts_of(title, abstract)
            held[number] = (hash((self.index.key, *parts)), parts, self.index.read_paper(parts))
        known = {-number: found for number, (_, _, found) in self._held.items()}
        both = {**known, **{number: found for number, (_, _, found) in held.items()}}
        return replace(self, scores=score_issues(self.index, both), _held=held)


_of_library = StateCache[LibraryTexts](
    2,
    reads=(
        *(Issue, Technique, Paper, PaperTechnique, PaperVerdict, Verdict, Note, Evidence),
        *(PaperFile, StoredFile, FilePage),
    ),
)
_wholes = Kept[LibraryTexts](2)  # by all that was read: most changes of a library are no texts


def read_library(session: Session) -> LibraryTexts:
    """What the texts that are held say; eight statements at most, none for a state of the library
    of which it is known."""
    partial: list[LibraryTexts] = []

    def read() -> LibraryTexts:
        found = _read(session)
        if found.unread:
            partial.append(found)
            raise _Unfinished
        return found

    try:
        return _of_library.get(session, "all", read)
    except _Unfinished:
        return partial[0]


class _Unfinished(Exception):
    """Not to be kept: the rest of the files is read when it is asked again."""


def _read(session: Session) -> LibraryTexts:
    issues, techniques = queries.all_issues(session), queries.all_techniques(session)
    terms = key_of_terms(issues, techniques)
    index = _indexes.get(terms, lambda: TermIndex(issues, techniques))
    looked = queries.looked_papers(session, limit=LOOKED)
    noted, with_text = queries.notes_of_papers(session), queries.files_with_text(session)
    carried = queries.techniques_of_papers(session)
    tied = hash(tuple((paper, *own) for paper, own in carried.items()))
    said = hash((terms, tied, *looked, *map(tuple, noted), *map(tuple, with_text)))
    if whole := _wholes.find(said):
        return whole
    papers = {each.id: each for each in looked}
    notes: dict[int, list[TextPart]] = defaultdict(list)
    for note, paper, title, body in noted:
        if paper in papers:
            text = f"{title}\n\n{without_links(body[:_NOTE_LIMIT])}"
            notes[paper].append(TextPart("note", text, str(note)))
    files: dict[int, list[str]] = defaultdict(list)
    for paper, sha256 in with_text:
        if paper in papers:
            files[paper].append(sha256)
    parts = {
        number: [*_parts_of(each.title, each.abstract, each.short_title), *notes[number]]
        for number, each in papers.items()
    }
    keys = {number: hash((terms, number, *parts[number])) for number in papers}
    full = {number: hash((keys[number], *files[number])) for number in papers}
    missing = [number for number in papers if files[number] and not _mentions.find(full[number])]
    now = missing[:_FILES_AT_ONCE]
    pages = read_pages(session, {sha for number in now for sha in files[number][-1:]})
    late = set(missing[len(now) :])
    held = {}
    for number in papers:
        key = keys[number] if number in late else full[number]
        newest = files[number][-1:]

        def read(number: int = number, newest: Sequence[str] = newest) -> PaperMentions:
            more = [page for sha256 in newest for page in pages.get(sha256, ())]
            return index.read_paper([*parts[number], *more])

        held[number] = (key, parts[number], _mentions.get(key, read))
    everything = hash((terms, *(key for key, _, _ in held.values())))
    scores = _scores.get(
        everything, lambda: score_issues(index, {n: found for n, (_, _, found) in held.items()})
    )
    found = LibraryTexts(index, papers, carried, everything, tied, scores, len(late), held)
    return found if late else _wholes.get(said, lambda: found)


def _parts_of(title: str, abstract: str, short_title: str = "") -> list[TextPart]:
    parts = [TextPart("title", f"{title} ({short_title})" if short_title else title)]
    return [*parts, TextPart("abstract", abstract)] if abstract.strip() else parts


def read_pages(session: Session, files: set[str]) -> dict[str, list[TextPart]]:
    found: dict[str, list[TextPart]] = {}
    for batch in batches(sorted(files), _FILES_AT_ONCE):
        for sha256, pages in queries.pages_of_files(session, batch).items():
            found[sha256] = []
            left = _FILE_LIMIT
            for number, page in enumerate(pages, 1):
                text, ends = before_references(page[: max(left, 0)], number, len(pages))
                left -= len(text)
                found[sha256].append(TextPart("page", text, sha256, number))
                if ends:
                    break
    return found
