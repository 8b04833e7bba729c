"""A Markdown file in whichever habit it is written → papers and notes. Pure.

One file a paper with front matter or properties; many papers under headings of their own; a list
or a table of links; or no papers at all: then it is a note that stands alone. The text of a note
is the file's, word for word; only what has a place in the record is lifted out of the head.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from app.errors import Message
from app.kit.text import fold_letters, tidy_line
from app.sources.drafts import NoteDraft, PaperDraft, ReadFile, RecordDraft
from app.sources.markdown import front_matter, linked_files, lists, title_block
from app.sources.markdown.field_names import Described, add_pairs, describe_pairs, name_of, names_in
from app.sources.markdown.front_matter import Value
from app.sources.markdown.links import MARKDOWN_LINK
from app.sources.markdown.note_list import NoteEntry, parse_note_list
from app.sources.markdown.outline import (
    MarkdownLine,
    fenced_lines,
    heading_level,
    is_blank,
    lines_of,
    pieces_of,
    trim_lines,
)
from app.sources.markdown.quoted_references import fill_from_reference, find_quoted_references

FORMAT = "markdown"
_OPENING = "::preamble"
_JEKYLL = re.compile(r"(\d{4}-\d\d?-\d\d?)-(?P<name>.+)")
_BLOG = frozenset({"layout", "draft", "categories", "mathjax", "permalink", "toc", "comments"})
_LABEL = re.compile(r"[^\W\d_]+(?: (?:et al\.?|[^\W\d_]+))? (?P<year>(?:19|20)\d\d)")
# Headings of a part of the notes on one paper, beyond those that `outline` knows.
_PART = re.compile(
    r"(?:further|more|optional|related|additional) readings?:?|code|links?|resources?|misc|疑问"
    r"|延伸阅读|参考.{0,4}|读后感|思考",
    re.IGNORECASE,
)


# Headings over the reference of what a file is about.
_CITATION = re.compile(
    r"\W*(?:bib ?tex|bib|ris|cit(?:e|ation|ing)|references?|how to cite|引用|参考文献|引文)\W*",
    re.IGNORECASE,
)


def looks_like_markdown(text: str) -> bool:
    """Whether a text is Markdown rather than a list of ids or plain prose: it has front matter,
    properties, a heading, a table, or a link."""
    return front_matter.parse_front_matter(text).start > 0 or bool(
        re.search(
            r"^#{1,6}[ \t]+\S|\]\([^()\s]+[()]|\[\[[^\[\]\n]+\]\]|^\|.+\|\s*$|^[-* ]*\w[\w ]*:: ",
            text,
            re.M,
        )
    )


def read_paper_notes(text: str, name: str = "") -> ReadFile:
    """The papers and notes of a file called `name` (it may be a path in a folder). Any text is
    accepted; an empty one gives nothing. Where BibTeX or RIS stands in it, the fields of that are
    the paper's, and the text stays a note."""
    if is_blank(text):
        return ReadFile(format=FORMAT)
    read = _read_notes(text, name)
    records = [each for record in read.records for each in _with_references(record)]
    return read.model_copy(update={"records": tuple(records)})


def _with_references(record: RecordDraft) -> Iterator[RecordDraft]:
    """A record with the reference in its text; where there are several that it is not about, those
    as papers of their own after it."""
    quoted = find_quoted_references(record.raw)
    if record.draft is not None:  # one that is about one paper has its own already
        own = record.citekey or record.draft.title
        quoted = tuple(
            each for each in quoted if each.draft and own not in (each.citekey, each.draft.title)
        )
        if len(quoted) == 1 and not record.citekey:
            (only,) = quoted
            assert only.draft
            draft = fill_from_reference(record.draft, only.draft, named=frozenset())
            tags = tuple(dict.fromkeys((*record.tags, *only.tags)))
            yield record.model_copy(update={"draft": draft, "citekey": only.citekey, "tags": tags})
            return
    yield record
    for each in quoted:
        place = record.line + record.raw[: max(record.raw.find(each.raw), 0)].count("\n")
        yield each.model_copy(update={"line": place})


def _read_notes(text: str, name: str) -> ReadFile:
    front = front_matter.parse_front_matter(text)
    if front.why is not None:
        return ReadFile(format=FORMAT, records=(_unread(text, name, front.why),))
    lines = lines_of(pieces_of(text))
    start = text[: front.start].count("\n") or text[: front.start].count("\r")
    top, above, within = _properties(lines[start:], fenced_lines(lines))
    own = [*front.pairs, *above]
    dated = _is_dated([*own, *within], name)
    said = describe_pairs(own, dated=dated)
    is_one = said.is_paper or "title" in said.named or _is_named(name)
    if not is_one or _are_of_many([*above, *within]):
        records = lists.read_paper_list(text, name) or _under_headings(text, name, said)
        if records:
            return ReadFile(format=FORMAT, records=records)
    left = list(said.left)  # what stands in the text stays there, and is not said again above it
    add_pairs(said, within, dated=dated)
    said.left = left
    body = lines[start:]
    return ReadFile(format=FORMAT, records=(_about_one(text, name, said, body, top),))


def _is_named(name: str) -> bool:
    """Whether a file is called by its paper's citation key, as Zotero Integration does."""
    return PurePosixPath(name).name.startswith("@")


def _unread(text: str, name: str, why: Message) -> RecordDraft:
    title = _first_heading(lines_of(pieces_of(text))) or _stem(name)
    note = NoteDraft(title=title, body=_body(lines_of(pieces_of(text))))
    return _finished(
        RecordDraft(draft=None, key=name or title, raw=text, notes=(note,), remarks=(why,))
    )


def _body(lines: Sequence[MarkdownLine]) -> str:
    return trim_lines([line.text for line in lines])


def _stem(name: str) -> str:
    """A file's name as a title: `2017-01-02-some-title.md` is `some title`."""
    stem = PurePosixPath(name).stem.removeprefix("@")
    if dated := _JEKYLL.fullmatch(stem):
        stem = dated["name"]
    elif stem.lower() in ("readme", "index", "_index") and PurePosixPath(name).parent.name:
        stem = PurePosixPath(name).parent.name
    return tidy_line(re.sub(r"[-_]+", " ", stem)) if " " not in stem else tidy_line(stem)


def title_of(text: str, name: str) -> str:
    """What a file calls itself: its first heading, else its name."""
    return _first_heading(lines_of(pieces_of(text))) or _stem(name)


def first_words(text: str) -> str:
    """What a text without a name begins with."""
    return _first_words(lines_of(pieces_of(text)))


def _first_words(lines: Sequence[MarkdownLine]) -> str:
    words = next((line.text for line in lines if line.text.strip(" \t#>*-")), "")
    return tidy_line(words).strip("#>*- ")[:80] or "?"


def _first_heading(lines: Sequence[MarkdownLine]) -> str:
    fenced = fenced_lines(lines)
    found = next((found for line in lines if (found := heading_level(line, fenced))), None)
    return title_block.strip_links(found[1]) if found else ""


# --- One file, one paper ------------------------------------------------------------------------


def _properties(
    lines: Sequence[MarkdownLine], fenced: frozenset[int]
) -> tuple[frozenset[int], list[tuple[str, Value]], list[tuple[str, Value]]]:
    """The numbers of the property lines above the text, those properties, and of the rest of the
    text the ones that name a part of a record."""
    top: set[int] = set()
    above: list[tuple[str, Value]] = []
    within: list[tuple[str, Value]] = []
    at_top = True
    for line in lines:
        pair = None if line.number in fenced else front_matter.property_of(line.text)
        at_top = at_top and (pair is not None or not line.text.strip())
        if pair and at_top:
            top.add(line.number)
            above.append(pair)
        elif "::" in line.text and line.number not in fenced:
            found = [pair] if pair else front_matter.inline_properties(line.text)
            within += [pair for pair in found if name_of(pair[0]) not in ("", "url", "status")]
    return frozenset(top), above, within


def _are_of_many(properties: Sequence[tuple[str, Value]]) -> bool:
    """Whether properties are those of several papers, one under the other."""
    names = Counter(name_of(key) for key, _ in properties)
    return any(names[name] > 1 for name in ("title", "authors", "doi", "arxiv", "citekey"))


def _is_dated(pairs: Sequence[tuple[str, Value]], name: str) -> bool:
    """Whether a `date` is the paper's: not in a blog, where it is the post's."""
    keys = {key.lower() for key, _ in pairs}
    is_post = "_posts/" in name or _JEKYLL.fullmatch(PurePosixPath(name).stem) or keys & _BLOG
    parts = {name_of(key) for key in keys}
    return not is_post and bool(parts & {"authors", "doi", "venue", "citekey", "arxiv"})


def _about_one(
    text: str, name: str, said: Described, lines: Sequence[MarkdownLine], top: frozenset[int]
) -> RecordDraft:
    """The record of a file about one thing: a paper, where its head, its first heading or its
    first lines say so, else a note that stands alone."""
    given_title = str(said.paper.pop("title", ""))
    written = given_title or _first_heading(lines) or _stem(name) or _first_words(lines)
    title, values = title_block.split_title(written)
    headed = None if given_title else title_block.describe_heading(lines)
    about = title_block.describe_first_lines(lines)
    quoted = find_quoted_references(text)
    reference = _own_reference(quoted, said, written)
    if reference and not (said.is_paper or given_title) and not _is_about_all(text, reference):
        reference = None
    is_paper = said.is_paper or _is_named(name) or about is not None or reference is not None
    left, kept = list(said.left), [line for line in lines if line.number not in top]
    label = _LABEL.fullmatch(given_title)
    if label and (description := _pop(left, "description")):
        values |= {"title": description, "short_title": written, "year": int(label["year"])}
    elif about and about.get("title"):
        values["short_title"] = values["short_title"] or title_block.short_name(title.title)
    if headed:
        values |= {key: value for key, value in headed.items() if value}
        first = next(line for line in lines if line.text.strip())
        kept = [line for line in kept if line is not first]
    is_paper = is_paper or bool(headed or (given_title and values["year"]))
    values |= {
        key: value
        for key, value in (about or {}).items()
        if value and (key == "title" or not values.get(key))
    }
    head = "\n".join(
        line for key, value in left for line in front_matter.list_item_lines(key, value)
    )
    body = "\n\n".join(filter(None, (head, title.leftover, _body(kept))))
    if not is_paper and not body:
        body = _body(lines_of(pieces_of(text)))
    citekey = said.citekey or (PurePosixPath(name).stem[1:] if _is_named(name) else "")
    verdict = title.verdict
    draft = said.draft(**values) if is_paper else None
    tags = said.tags
    if draft and reference and reference.draft:
        bare = said.draft(title="?")
        named = {each for each in PaperDraft.model_fields if getattr(bare, each)}
        named -= set() if given_title else {"title"}
        draft = fill_from_reference(draft, reference.draft, named=frozenset(named))
        tags = tuple(dict.fromkeys((*tags, *reference.tags)))
    return _finished(
        RecordDraft(
            draft=draft,
            key=citekey or name or title.title,
            citekey=citekey or (reference.citekey if reference else ""),
            raw=text,
            tags=tags,
            notes=(NoteDraft(title="" if is_paper else written, body=body),) if body else (),
            techniques=said.techniques,
            fields=said.fields,
            verdict=said.verdict or (verdict.slug if verdict else ""),
            reason=said.reason or (verdict.reason if verdict else ""),
            remarks=tuple(said.remarks),
        )
    )


def _own_reference(
    quoted: Sequence[RecordDraft], said: Described, title: str
) -> RecordDraft | None:
    """The reference that a file about one thing is about: the only one, or of several the one that
    has its key or its title."""
    if len(quoted) == 1:
        return quoted[0]
    names = {fold_letters(title), fold_letters(said.citekey)} - {""}
    for each in quoted:
        if each.draft and {fold_letters(each.draft.title), fold_letters(each.citekey)} & names:
            return each
    return None


def _is_about_all(text: str, reference: RecordDraft) -> bool:
    """Whether the only reference of a file is what all of it is about, rather than one of the
    things that it has headings for."""
    entries = parse_note_list(text).entries
    first = reference.raw.split("\n")[0]
    own = next((entry for entry in entries if first in entry.raw), None)
    if len(entries) < 2 or own is None or _CITATION.fullmatch(own.title):
        return True
    assert reference.draft
    titles = fold_letters(own.title), fold_letters(reference.draft.title)
    if titles[1].startswith(titles[0]) or titles[0] in titles[1].split():
        return False
    lines = lines_of(pieces_of(text))
    fenced = fenced_lines(lines)
    depths = [found[0] for line in lines if (found := heading_level(line, fenced))]
    return depths[:1] == [1] and depths.count(1) == 1


def _pop(pairs: list[tuple[str, Value]], key: str) -> str:
    """The text of a pair, taken out of `pairs`."""
    for at, (name, value) in enumerate(pairs):
        if name.lower() == key and isinstance(value, str) and value.strip():
            del pairs[at]
            return tidy_line(value)
    return ""


# --- One file, many papers under headings -------------------------------------------------------


def _under_headings(text: str, name: str, said: Described) -> tuple[RecordDraft, ...]:
    """Records for the entries of a file on many papers; none where it is something else."""
    notes = parse_note_list(text)
    papers = [entry for entry in notes.entries if entry.kind != "thought"]
    evident = sum(1 for entry in papers if _is_evident(entry))
    if evident < 2 or 3 * evident < len(papers) - len(_groups(notes.entries)):
        return ()
    opening = notes.preamble.raw + notes.separator
    records = _of_entries(notes.entries, _above(notes.preamble.lines))
    if not is_blank(opening):
        title = notes.preamble.title or title_of(notes.preamble.raw, name)
        note = NoteDraft(title=title, body=notes.preamble.body)
        first = RecordDraft(draft=None, key=_OPENING, raw=opening, tags=said.tags)
        records.insert(0, first.model_copy(update={"notes": (note,) if note.body else ()}))
    return tuple(map(_finished, records))


def _groups(entries: Sequence[NoteEntry]) -> frozenset[int]:
    """The positions of headings that stand over others and say nothing of a paper themselves."""
    return frozenset(
        entry.position
        for entry, following in pairwise(entries)
        if _depth(entry) < _depth(following) and not _is_evident(entry)
    )


def _depth(entry: NoteEntry) -> int:
    text = entry.lines[0].text
    return len(text) - len(text.lstrip("#")) or 7


def _above(lines: Sequence[MarkdownLine]) -> list[tuple[int, str]]:
    """The headings, with their depth, that are open at the end of what a file begins with; not the
    file's own title."""
    fenced = fenced_lines(lines)
    above: list[tuple[int, str]] = []
    headings = [found for line in lines if (found := heading_level(line, fenced))]
    for n, (depth, title) in enumerate(headings):
        above = [each for each in above if each[0] < depth]
        if n or depth > 1:
            above.append((depth, tidy_line(title).strip("*_ ")))
    return above


def _of_entries(entries: Sequence[NoteEntry], above: list[tuple[int, str]]) -> list[RecordDraft]:
    """A record for each entry. A heading over others is their tag; if it has text of its own, that
    is a note, else it goes with the next entry. `above` are the headings that stand before all."""
    groups = _groups(entries)
    records: list[RecordDraft] = []
    heads = ""
    for entry in entries:
        above = [(depth, title) for depth, title in above if depth < _depth(entry)]
        if entry.position in groups:
            above.append((_depth(entry), tidy_line(entry.title)))
            if not entry.body.strip():
                heads += entry.raw
                continue
        record = _of_entry(entry, is_paper=entry.position not in groups)
        tags = tuple(title for _, title in above if len(title) <= 40 and title != entry.title)
        records.append(record.model_copy(update={"raw": heads + entry.raw, "tags": tags}))
        heads = ""
    if heads and records:
        records[-1] = records[-1].model_copy(update={"raw": records[-1].raw + heads})
    return records


def _is_evident(entry: NoteEntry) -> bool:
    """Whether an entry says something of a paper beside its name."""
    if _PART.fullmatch(entry.title):
        return False
    heading_link = MARKDOWN_LINK.search(entry.heading)
    return entry.kind in ("paper", "concept", "link") and bool(
        entry.arxiv_id
        or entry.dates
        or entry.venue
        or (entry.verdict and entry.verdict.place in ("markup", "heading"))
        or (heading_link and "#" not in heading_link["url"][:1])
        or _own_link(entry.lines[1:])
        or find_quoted_references(entry.raw)
    )


def _own_link(lines: Sequence[MarkdownLine]) -> tuple[str, str] | None:
    """The title and address of a link that alone makes the first line below a heading."""
    for line in lines:
        words = line.text.strip().lstrip("> \t")
        words = re.sub(r"^[-*+]\s+", "", words)
        if words:
            link = MARKDOWN_LINK.fullmatch(words)
            return (link["text"], link["url"]) if link and link["url"].startswith("http") else None
    return None


def _of_entry(entry: NoteEntry, *, is_paper: bool) -> RecordDraft:
    verdict = entry.verdict
    record = RecordDraft(
        draft=None,
        key=entry.key,
        line=entry.lines[0].number,
        raw=entry.raw,
        verdict=verdict.slug if verdict else "",
        reason=verdict.reason if verdict else "",
    )
    title = title_block.strip_links(entry.title)
    if entry.kind == "thought" or not is_paper or _PART.fullmatch(title):
        note = NoteDraft(title=title, body=entry.full_body)
        return record.model_copy(update={"notes": (note,)})
    below = [line.text.strip().lstrip("> \t") for line in entry.lines[1:] if line.role == "body"]
    values: dict[str, object] = {
        "kind": entry.kind,
        "title": title,
        "short_title": tidy_line(entry.short_title),
        "published": entry.published if len(entry.published) > 4 else "",
        "revised": entry.revised,
        "year": title_block.year_of(entry.published) or (entry.venue.year if entry.venue else None),
        "venue": str(entry.venue) if entry.venue else "",
        "arxiv_id": entry.arxiv_id or None,
        "arxiv_version": entry.arxiv_version,
    }
    heading_link = MARKDOWN_LINK.search(entry.heading)
    link = _own_link(entry.lines[1:])
    if heading_link and heading_link["url"].startswith("http"):
        values |= title_block.of_address(heading_link["url"])
    elif link and not heading_link:
        values["kind"] = "paper"
        if len(link[0]) > len(title) and not link[0].startswith("http"):
            values |= {"title": tidy_line(link[0]), "short_title": title}
        values |= title_block.of_address(link[1])
    elif below and title_block.are_names(below[0]):
        values["authors"] = tuple(names_in(below[0]))
    draft = describe_pairs(()).draft(**values)
    notes = (NoteDraft(body=entry.body),) if entry.body else ()
    return record.model_copy(update={"draft": draft, "notes": notes})


def _finished(record: RecordDraft) -> RecordDraft:
    """With the files that its notes name, as they are written there."""
    named = dict.fromkeys(
        reference.target
        for note in record.notes
        for reference in linked_files.find_file_links(note.body)
    )
    return record.model_copy(update={"files": tuple(named)})
