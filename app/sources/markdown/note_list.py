"""One Markdown file of many paper notes → entries, for an import to show and take. Pure.

Read by line, not by a renderer: in CommonMark a `>` line and the plain line below it are one
paragraph, while note-takers mean a date and a text. Nothing of the file is lost: the raw pieces put
together are the file, and every line that is not understood stays in a body.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.kit.text import fold_letters, has_han
from app.sources.arxiv import ids
from app.sources.drafts import check_count
from app.sources.markdown.headings import HeadingText, read_heading
from app.sources.markdown.inline_metadata import (
    DateLine,
    FoundVerdict,
    Venue,
    When,
    read_date_line,
    split_sentences,
    verdict_in_prose,
)
from app.sources.markdown.links import BRACKETED, IMAGE, URL, LinkedPicture, WebLink, urls_in
from app.sources.markdown.outline import (
    BULLET,
    TITLE,
    MarkdownLine,
    entry_starts,
    find_separator,
    is_section,
    raw_text,
    read_lines,
    trim_lines,
)

_BOLD = re.compile(r"\*\*(?=\S)(.{1,400}?)(?<=\S)\*\*")
_THOUGHT = re.compile(
    r"(?:tmp|todo|my |own )?[_\s]*(?:thoughts?|ideas?|notes? to self|todo)[_\s\d]*"
    r"|.{0,6}(?:想法|思考|随想|杂记|感想|读后感|草稿|疑问|总结)",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"[A-Z]{2,3}s?")
_OPENER = re.compile(
    r"(?<=[，,；;])\s*"
    r"(?=你?(?:能不能|可不可以|是不是|是否|能否|可否)|(?:can|could|would) you\b)",
    re.I,
)
_REQUEST = re.compile(r"(?:吧[。.！!]?|^(?:请|please\b).*)$", re.IGNORECASE)
_CONCEPTS = re.compile(
    r"^[^：:？?]{0,40}(?:概念|问题|难点|挑战|concepts?|issues?|challenges?|notions?)[^：:？?，。]{0,10}[：:](?P<list>[^？?]+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CrossReference:
    """`[Another entry's title]`: a bracket without an address; `entry` is the position it names."""

    raw: str
    line: int
    entry: int


@dataclass(frozen=True)
class NoteEntry:
    """One note of the file. `kind`: paper, concept, link or thought. `body` is ready to store;
    `full_body` keeps the line of dates, for where those have no other place."""

    position: int  # from 1
    raw: str
    heading: str
    title: str
    short_title: str
    kind: str
    dates: tuple[When, ...]
    venue: Venue | None
    arxiv_id: str
    arxiv_version: int | None
    verdict: FoundVerdict | None
    links: tuple[WebLink, ...]
    images: tuple[LinkedPicture, ...]
    bold: tuple[str, ...]
    references: tuple[CrossReference, ...]
    lines: tuple[MarkdownLine, ...]
    body: str
    full_body: str

    @property
    def key(self) -> str:
        """What the entry is recognised by when the file comes again: its title, folded."""
        return fold_letters(self.title) or fold_letters(self.heading) or f"entry {self.position}"

    @property
    def depth(self) -> int:
        """Of its heading; below all others where it has none."""
        return self.lines[0].depth or 7

    def values(self) -> dict[str, object]:
        """What its heading and the line of dates say, as fields of a draft."""
        ids = {"arxiv_id": self.arxiv_id, "arxiv_version": self.arxiv_version}
        return {"kind": self.kind, **ids, **DateLine(self.dates, self.venue).values()}

    @property
    def published(self) -> str:
        return DateLine(self.dates).published

    @property
    def revised(self) -> str:
        return DateLine(self.dates).revised

    def numbers(self, *roles: str) -> list[int]:
        """The numbers of the lines that were taken for one of `roles`."""
        return [line.number for line in self.lines if line.role in roles]


@dataclass(frozen=True)
class OpenQuestion:
    """A question or request put to the note-taker before the first entry."""

    text: str
    line: int
    form: str  # question, request


@dataclass(frozen=True)
class Preamble:
    """What stands before the first entry."""

    raw: str
    body: str
    title: str
    questions: tuple[OpenQuestion, ...]
    concepts: tuple[str, ...]
    lines: tuple[MarkdownLine, ...]


@dataclass(frozen=True)
class NotesFile:
    """`preamble.raw + separator + each entry.raw` is the file, character by character."""

    preamble: Preamble
    separator: str
    entries: tuple[NoteEntry, ...]


def parse_note_list(text: str) -> NotesFile:
    """Take a file of notes apart. Any text is accepted; without headings all of it is preamble.

    Raises:
        Invalid: it has more entries, or lines, than are taken at once.
    """
    lines = read_lines(text)
    starts = entry_starts(lines)
    check_count(len(starts))
    first = starts[0] if starts else len(lines)
    rule = find_separator(lines, first) if starts else first
    entries = [
        _entry(position, lines[start:end])
        for position, (start, end) in enumerate(pairwise([*starts, len(lines)]), start=1)
    ]
    separator = raw_text(lines[rule:first])
    return NotesFile(_preamble(lines[:rule]), separator, tuple(_resolve(entries)))


def _entry(position: int, lines: Sequence[MarkdownLine]) -> NoteEntry:
    bullet = BULLET.fullmatch(lines[0].text)
    written = lines[0].heading or (bullet["text"] if bullet else lines[0].text)
    name = read_heading(written.strip())
    below, header = _header(lines[1:])
    cited = name.cited
    venue, year = header.venue, str(cited.year or "")
    if cited.venue and cited.year and not venue:
        venue, year = Venue(cited.venue, cited.venue.removesuffix(f" {year}"), cited.year), ""
    dates = (*header.dates, *((When(year, year, "year"),) if year else ()))
    arxiv_id, arxiv_version = _own_arxiv(written, below)
    kind = _kind(name, below, described=bool(dates or venue or arxiv_id))
    below = _with_thoughts(kind, below)
    kept = [line for line in below if line.role != "date"]
    body, full_body = _stored(kept), _stored(below)
    if name.leftover:
        body, full_body = (f"{name.leftover}\n\n{rest}".strip() for rest in (body, full_body))
    bold = tuple(span for line in below for span in _BOLD.findall(line.text))
    images = ((found, line.number) for line in below for found in IMAGE.finditer(line.text))
    verdict = name.verdict
    if verdict and verdict.place == "markup" and bold:
        verdict = replace(verdict, reason=bold[0])
    return NoteEntry(
        position=position,
        raw=raw_text(lines),
        heading=written,
        title=name.title,
        short_title=name.short,
        kind=kind,
        dates=dates,
        venue=venue,
        arxiv_id=arxiv_id,
        arxiv_version=arxiv_version,
        verdict=None if kind == "thought" else verdict or verdict_in_prose(body),
        links=tuple(WebLink(url, line.number) for line in lines for url in urls_in(line.text)),
        images=tuple(LinkedPicture(found["alt"], found["src"], number) for found, number in images),
        bold=bold,
        references=(),
        lines=(replace(lines[0], role="heading"), *below),
        body=body,
        full_body=full_body,
    )


def _header(lines: Sequence[MarkdownLine]) -> tuple[list[MarkdownLine], DateLine]:
    """The lines below a heading with their first roles, and what the first of them say of date and
    venue. Such a line leaves the body only if nothing else stands in it."""
    roles: list[MarkdownLine] = []
    header = DateLine()
    at_top = True
    for line in lines:
        quoted = line.text.lstrip().startswith(">") and not line.is_code
        words = line.text.strip().lstrip("> \t") if quoted else line.text.strip()
        if not words and not quoted:
            role = "blank"
        elif line.is_code:
            role, at_top = "body", False
        elif at_top and (found := read_date_line(words)):
            header = DateLine((*header.dates, *found.dates), header.venue or found.venue)
            role = "date" if found.whole else "body"
        else:
            role = _role(words)
            at_top = at_top and role == "link"
        roles.append(replace(line, role=role, quoted=quoted))
    return roles, header


def _role(words: str) -> str:
    if URL.search(words) and not re.search(r"[^\s,，;；.<>*+-]", URL.sub("", words)):
        return "link"
    if IMAGE.search(words) and not IMAGE.sub("", words).strip():
        return "image"
    return "body"


def _kind(name: HeadingText, below: Sequence[MarkdownLine], *, described: bool) -> str:
    """What an entry is about, by its heading; anything doubtful is a paper, for most are."""
    title = name.title
    if described:
        return "paper"
    written = [line for line in below if line.role != "blank"]
    if written and all(line.role == "link" for line in written):
        return "link"
    if _THOUGHT.fullmatch(title) or is_section(title):
        return "thought"
    if has_han(title):
        if re.search(r"[，。！？；]", title):
            return "thought"
        return "concept" if len(title) <= 12 else "paper"
    few_small_words = title == title.lower() and 1 < len(title.split()) <= 3
    return "concept" if _ACRONYM.fullmatch(title) or few_small_words else "paper"


def _with_thoughts(kind: str, below: Sequence[MarkdownLine]) -> list[MarkdownLine]:
    """Quoted prose is the reader's own thought in an entry of thoughts, or beside the unquoted text
    of a concept; elsewhere people quote their summaries too."""
    plain = any(line.role == "body" and not line.quoted for line in below)
    thinking = kind == "thought" or (kind == "concept" and plain)
    return [
        replace(line, role="thought") if thinking and line.quoted and line.role == "body" else line
        for line in below
    ]


def _own_arxiv(heading: str, below: Sequence[MarkdownLine]) -> tuple[str, int | None]:
    """The arXiv id that an entry gives for itself: in its heading, or alone on a line.

    An id in running text may be another paper's; and where several are given none is chosen.
    """
    given = urls_in(heading)
    for line in below:
        words = line.text.strip().lstrip("> \t")
        given += urls_in(words) if line.role == "link" else [words] if line.role == "body" else []
    found = {(read.base, read.version) for text in given if (read := ids.try_arxiv_id(text))}
    return found.pop() if len(found) == 1 else ("", None)


def _stored(lines: Sequence[MarkdownLine]) -> str:
    """The lines as a body: verbatim, but for a blank line where CommonMark would draw an unquoted
    line into the quotation above it."""
    body: list[str] = []
    after_quote = False
    for line in lines:
        lazy = after_quote and not line.quoted and line.text.strip()
        if lazy and not line.is_code:
            body.append("")
        body.append(line.text)
        after_quote = line.quoted
    return trim_lines(body)


def _resolve(entries: list[NoteEntry]) -> Iterator[NoteEntry]:
    """With each `[Title]` that names another entry; what names none is only a bracket."""
    titles = {
        fold_letters(title): e.position
        for e in reversed(entries)
        for title in (e.heading, e.short_title, e.title)
        if title
    }
    for entry in entries:
        references = [
            CrossReference(found[0], line.number, titles[key])
            for line in entry.lines[1:]
            if not line.is_code
            for found in BRACKETED.finditer(line.text)
            if titles.get(key := fold_letters(found["text"]), entry.position) != entry.position
        ]
        yield replace(entry, references=tuple(references))


# --- What stands before the first entry ---------------------------------------------------------


def _preamble(lines: Sequence[MarkdownLine]) -> Preamble:
    questions: list[OpenQuestion] = []
    concepts: list[str] = []
    for line in lines:
        if line.text.lstrip().startswith(">"):
            continue  # the reply to a question, not a question
        for sentence in split_sentences(line.text):
            if sentence.endswith(("？", "?")):
                asked = _OPENER.split(sentence, maxsplit=1)[-1]
                questions.append(OpenQuestion(asked.strip(), line.number, "question"))
            elif _REQUEST.search(sentence):
                questions.append(OpenQuestion(sentence, line.number, "request"))
        if found := _CONCEPTS.match(line.text.strip()):
            concepts += _listed(found["list"])
    head = (TITLE.fullmatch(line.text) for line in lines if line.role == "front")
    title = next((found["title"] for found in head if found), "")
    return Preamble(
        raw=raw_text(lines),
        body=trim_lines([line.text for line in lines]),
        title=title.strip("\"' "),
        questions=tuple(questions),
        concepts=tuple(dict.fromkeys(concepts)),
        lines=tuple(lines),
    )


def _listed(text: str) -> list[str]:
    """The items of `A、B，C。` (Chinese lists mix 、 and ，) or of `a, b and c.`; two at least."""
    items = re.split(r"[、，；;]|,\s|\s+and\s+", text.strip(" 。.！!"))
    items = [item.strip(" ,和与及") for item in items]
    return [item for item in items if item and len(item) <= 60] if len(items) > 1 else []
