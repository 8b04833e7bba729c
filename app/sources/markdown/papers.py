"""A Markdown file in whichever habit it is written → papers and notes. Pure.

One file a paper with front matter or properties; many papers under headings of their own; a list
or a table of links; or no papers at all: then it is a note that stands alone. The text of a note
is the file's, word for word; only what has a place in the record is lifted out of the head.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from urllib.parse import unquote

from app.errors import N_, Message
from app.kit.text import fold_letters, has_han, show_control_characters, tidy_line
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv_id
from app.sources.drafts import NoteDraft, ReadFile, RecordDraft
from app.sources.markdown import front_matter, linked_files, lists
from app.sources.markdown.citations import read_where
from app.sources.markdown.field_names import (
    Described,
    add_pairs,
    describe_pairs,
    name_of,
    parse_tags,
)
from app.sources.markdown.front_matter import FrontMatter, Pair, list_strings
from app.sources.markdown.headings import (
    Headed,
    HeadingText,
    Values,
    describe_heading,
    find_reference,
    first_said,
    looks_like_title,
    read_heading,
    read_title,
    short_name,
    spell_colon,
    strip_links,
    strip_series,
)
from app.sources.markdown.inline_metadata import read_venue
from app.sources.markdown.labelled_lines import are_of_many, describe_labels, find_labels
from app.sources.markdown.note_list import NoteEntry, NotesFile, parse_note_list
from app.sources.markdown.outline import (
    MarkdownLine,
    is_blank,
    is_section,
    is_section_of_study,
    names_part,
    raw_text,
    read_lines,
    trim_lines,
)
from app.sources.markdown.quoted_references import fill_from_reference, find_quoted_references

FORMAT = "markdown"
LINES_LIMIT = 50_000  # of a file that is looked through: a megabyte of short ones takes seconds
_OPENING = "::preamble"
_JEKYLL = re.compile(r"(\d{4}-\d\d?-\d\d?)-(?P<name>.+)")
_BLOG = frozenset({"layout", "draft", "categories", "mathjax", "permalink", "toc", "comments"})
_OF_PAPERS = frozenset({"authors", "doi", "venue", "citekey", "arxiv"})  # a date beside is theirs
_SURELY = frozenset({"doi", "arxiv", "citekey", "venue", "year"})
_FILED = re.compile(r"论文\S{0,4}|papers?(?:[ -](?:reviews?|reading|notes?))?", re.IGNORECASE)
_VERSIONED = re.compile(r"\W*(?:rfc|version|revision)\W*[:：]", re.IGNORECASE)
_MARKS = re.compile(
    r"^#{1,6}[ \t]+\S|\]\([^()\s]+[()]|\[\[[^\[\]\n]+\]\]|^\|.+\|\s*$|^[-* ]*\w[\w ]*:: ",
    re.MULTILINE,
)
_NUMBERED = re.compile(r"\[?(?P<id>\d{4}\.\d{4,5}(?:v\d{1,2})?)\]?(?:[\s_.-]+(?P<title>\D.*))?")
_HEAD = 20  # lines

# Headings that say what a file is, not what it is about.
_SAYS_NOTHING = re.compile(
    r"\W*(?:paper|article|reading|literature|my|论文|文献|文章|阅读|读书)*\s*(?:reading|notes?|review|笔记|阅读)*"
    r"\W*",
    re.IGNORECASE,
)


def looks_like_markdown(text: str) -> bool:
    """Whether a text is Markdown rather than a list of ids or plain prose: it has front matter,
    properties, a heading, a table, or a link."""
    return front_matter.find_front_matter(text)[1] > 0 or bool(_MARKS.search(text))


def read_paper_notes(text: str, name: str = "") -> ReadFile:
    """The papers and notes of a file called `name` (it may be a path in a folder). Any text is
    accepted; an empty one gives nothing. Where BibTeX or RIS stands in it, the fields of that are
    the paper's, and the text stays a note."""
    if is_blank(text):
        return ReadFile(format=FORMAT)
    read = _read_notes(text, name)
    records = [_with_files(each) for record in read.records for each in _with_references(record)]
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
            yield _filled(record, quoted[0])
            return
    yield record
    for each in quoted:
        place = record.line + record.raw[: max(record.raw.find(each.raw), 0)].count("\n")
        yield each.model_copy(update={"line": place})


def _filled(
    record: RecordDraft, reference: RecordDraft, named: Collection[str] = ()
) -> RecordDraft:
    """A record with what a reference says of its paper, but of the fields that it `named`."""
    assert record.draft
    assert reference.draft
    draft = fill_from_reference(record.draft, reference.draft, named=frozenset(named))
    tags = tuple(dict.fromkeys((*record.tags, *reference.tags)))
    citekey = record.citekey or reference.citekey
    return record.model_copy(update={"draft": draft, "citekey": citekey, "tags": tags})


def is_endless(text: str) -> bool:
    """Whether a text has more lines than are looked through for papers."""
    return text.count("\n") > LINES_LIMIT or text.count("\r") > LINES_LIMIT


def _read_notes(text: str, name: str) -> ReadFile:
    if is_endless(text):
        why = N_("More than {limit} lines: kept as a note, and not looked through for papers.")
        told = Message.of(why, limit=LINES_LIMIT)
        return ReadFile(format=FORMAT, records=(_unread(text, name, told),))
    front = front_matter.parse_front_matter(text)
    if front.why is not None:
        return ReadFile(format=FORMAT, records=(_unread(text, name, front.why),))
    body = [line for line in read_lines(text) if line.role != "front"]
    about = _what_it_says(front, body, name)
    if not about.is_sure or about.of_many:
        records = lists.read_paper_list(text, name) or ()
        is_part = not records or (not records[0].draft and 2 * len(records[0].raw) > len(text))
        if about.labelled.named:
            records = records if sum(map(lists.is_publication, records)) > 1 else ()
        elif is_part:  # which may be more of the notes under its headings
            records = _under_headings(text, name) or records
        if records:
            return ReadFile(format=FORMAT, records=_opened(records, front, name, about.said.tags))
    return ReadFile(format=FORMAT, records=(_about_one(text, name, about, body),))


def _opened(
    records: Sequence[RecordDraft], front: FrontMatter, name: str, tags: tuple[str, ...]
) -> tuple[RecordDraft, ...]:
    """The records of a file on many papers, the note that opens it with the file's front matter."""
    first, *others = records
    if first.draft or first.line > 1:
        return (first, *others)
    said = describe_pairs(front.pairs, dated=False)
    title = str(said.paper.pop("title", ""))
    note = first.notes[0] if first.notes else NoteDraft(title=title_of("", name))
    body = "\n\n".join(filter(None, (_as_items(_pairs_of_note(said)), note.body)))
    note = note.model_copy(update={"title": title or note.title, "body": body})
    place = {"key": first.key, "line": first.line, "raw": first.raw, "tags": tags}
    return (said.record(None, draft=None, notes=(note,) * bool(body), **place), *others)


def _pairs_of_note(said: Described) -> list[Pair]:
    """What is said above a text for which the record of a note has no place."""
    only = {**said.paper, **said.details}.items()
    return [
        *said.left,
        *((key, [*each] if isinstance(each, tuple) else str(each)) for key, each in only),
    ]


def _as_items(pairs: Sequence[Pair]) -> str:
    return "\n".join(line for pair in pairs for line in front_matter.list_item_lines(*pair))


@dataclass(frozen=True)
class _About:
    """What a file says of the one thing that it may be about: `said` above its text, by front
    matter and properties, `labelled` by its first lines; the numbers of the lines that need not be
    said again."""

    said: Described
    labelled: Described
    lines: frozenset[int]
    of_many: bool  # it labels several papers
    is_sure: bool
    headed: Headed | None
    referred: Values  # by a reference to the paper of its title


def _what_it_says(front: FrontMatter, lines: Sequence[MarkdownLine], name: str) -> _About:
    labels = find_labels(lines)
    words = [label for label in labels if not label.is_property]
    top = [label for label in labels if label.is_property and label.opens]
    within = [label for label in labels if label.is_property and not label.opens]
    more = [(each.key, each.value) for each in within if each.name not in ("", "status")]
    own, blogs = _split_post([*front.pairs, *((each.key, each.value) for each in top)], name)
    dated = not blogs and bool({name_of(key) for key, _ in (*own, *more)} & _OF_PAPERS)
    said = describe_pairs(own, dated=dated)
    said.left += blogs
    of_many = are_of_many([*top, *within]) or are_of_many(words)
    headed = describe_heading(lines)
    is_told = headed is not None and headed.is_told and bool(headed.values.get("authors"))
    title = str(said.paper.get("title", "")) or read_title(lines, alone=is_index(name))
    referred = find_reference(lines, strip_series(title) or _stem(name))
    is_sure = said.is_paper or _is_named(name) or is_told or bool(referred)
    labelled, taken = Described(), set[int]()
    if not of_many:
        left = list(said.left)  # what stands in the text stays there, and is not said again
        add_pairs(said, more, dated=dated)
        said.left = left
        labelled, taken = describe_labels(words, is_headed=headed is not None)
        is_report = not labelled.named & _SURELY and any(
            _VERSIONED.match(line.text) for line in lines[:_HEAD]
        )  # of one's own, such as a design
        if not labelled.is_paper or is_report:
            labelled, taken = Described(), set()
    lifted = taken.union(*(label.lines for label in top))
    return _About(said, labelled, frozenset(lifted), of_many, is_sure, headed, referred)


def _split_post(pairs: Sequence[Pair], name: str) -> tuple[list[Pair], list[Pair]]:
    """Properties, and those of them that are a blog's own: of a post its author, its address and
    its date, unless it says what only publications have; known by its place, its name, or what only
    blogs say. What Zotero made is none."""
    keys = {key.lower() for key, _ in pairs}
    dated = _JEKYLL.fullmatch(PurePosixPath(name).stem)
    is_post = "_posts/" in name or dated or keys & _BLOG
    texts = (text for _, value in pairs for text in list_strings(value))
    if not is_post or any("zotero://" in text for text in texts):
        return list(pairs), []
    is_paper = {name_of(key) for key, _ in pairs} & _SURELY
    blogs = {"date"} if is_paper else {"date", "authors", "url"}
    own = [pair for pair in pairs if name_of(pair[0]) not in blogs or pair[0] == "published"]
    return own, [pair for pair in pairs if pair not in own]


def _is_named(name: str) -> bool:
    """Whether a file is called by its paper's citation key, as Zotero Integration does."""
    return re.fullmatch(r"@[\w.:+-]{3,}", PurePosixPath(name).stem, re.ASCII) is not None


def _unread(text: str, name: str, why: Message) -> RecordDraft:
    note = NoteDraft(title=title_of(text, name), body=_body(read_lines(text)))
    return RecordDraft(draft=None, key=name or note.title, raw=text, notes=(note,), remarks=(why,))


def _body(lines: Sequence[MarkdownLine]) -> str:
    return trim_lines([line.text for line in lines])


def is_index(name: str) -> bool:
    """Whether a file has the name that many have, which stand for their folder."""
    return PurePosixPath(name).stem.lower() in ("readme", "index", "_index", "notes")


def _stem(name: str) -> str:
    """A file's name as a title: `2017-01-02-some-title.md` is `some title`."""
    stem = PurePosixPath(name).stem.removeprefix("@")
    stem = re.sub(r" [0-9a-f]{32}\Z", "", unquote(stem))  # Notion's; Logseq writes %3A
    if dated := _JEKYLL.fullmatch(stem):
        stem = dated["name"]
    elif is_index(name) and PurePosixPath(name).parent.name:
        stem = PurePosixPath(name).parent.name
    is_words = " " not in stem and re.search(r"[^\W\d_]", stem)
    stem = spell_colon(stem)
    return tidy_line(re.sub(r"[-_]+", " ", stem) if is_words else stem)


def _read_name(name: str) -> tuple[HeadingText, Values, bool]:
    """What a file's name says of a paper: a title, what stands beside it; whether it names one."""
    numbered = _NUMBERED.fullmatch(PurePosixPath(name).stem)
    arxiv = read_arxiv_id(numbered["id"]) if numbered else None
    if numbered and arxiv:
        title = numbered["title"] or ""
        title = f"arXiv:{arxiv.base}" if _SAYS_NOTHING.fullmatch(title) else title
        given = read_heading(title)
        ids = {"arxiv_id": arxiv.base, "arxiv_version": arxiv.version}
        return given, given.values() | ids, True
    stem = _stem(name)
    if (where := read_where(stem)) and where.authors:  # Gu_et_al_2017
        return HeadingText(stem), {"title": stem, **where.values()}, True
    given = read_heading(stem)
    title = strip_series(given.title)  # 论文笔记：…
    is_placed = given.cited.year and (given.cited.is_sure or stem[:1] in "[【(（")
    is_named = _is_named(name) or bool(is_placed) or title != given.title
    return replace(given, title=title), given.values() | {"title": title}, is_named


def _year_beside(name: str, heading: str) -> int | None:
    """The year that a file's name has beside the title that heads its text: `A title-2018-ACL`."""
    before, title, after = fold_letters(name).partition(fold_letters(heading) or "\n")
    year = re.fullmatch(r"[a-z]{0,12}((?:19|20)\d\d)[a-z]{0,12}", before + after)
    return int(year[1]) if title and year and len(heading.split()) > 3 else None


def title_of(text: str, name: str) -> str:
    """What a file is called: by the heading of level 1 that opens it, else by its name."""
    lines = [line for line in read_lines(text) if line.role != "front"]
    return read_title(lines, alone=is_index(name)) or _stem(name)


def first_words(text: str) -> str:
    """What a text without a name begins with."""
    words = next((line for line in text.splitlines() if line.strip(" \t#>*-\ufeff")), "")
    return tidy_line(show_control_characters(words)).strip("#>*- \ufeff")[:80] or "?"


# --- One file, one paper ------------------------------------------------------------------------


def _about_one(text: str, name: str, about: _About, lines: Sequence[MarkdownLine]) -> RecordDraft:
    """The record of a file about one thing: a paper, where its head, its first heading, its first
    lines or its name say so, else a note that stands alone."""
    said, labelled = about.said, about.labelled
    title_said = str(said.paper.pop("title", ""))
    given = strip_series(title_said)
    called = strip_series(str(labelled.paper.get("title", "")))
    heading = read_title(lines, alone=is_index(name))
    stem, of_file, is_named = _read_name(name)
    if year := _year_beside(stem.title, read_title(lines, alone=True)):
        of_file, is_named = {**of_file, "year": year}, True
    written = given or heading or _stem(name) or first_words(raw_text(lines))
    headed = None if called else about.headed
    is_full = headed and short_name(given) and headed.values.keys() & {"arxiv_id", "doi"}
    if headed and is_full and len(str(headed.values["title"]).split()) > 3:
        given, headed.values["short_title"] = "", given  # `title: DenseNet` over its title
    headed = headed if headed and (headed.is_told or not given) else None
    left = list(said.left)
    label = read_where(given)  # `Wei 2011`, of what a description says
    described = next((str(each) for key, each in left if label and key == "description"), "")
    is_told = bool(labelled.named or said.is_paper or is_named or headed or described)
    is_told = is_told or bool(about.referred) or given != title_said
    is_filed = not has_han(given) and len(given.split()) > 2
    is_filed = is_filed and any(map(_FILED.fullmatch, said.tags))
    parts = [line.heading for line in lines if line.depth and names_part(line.heading)]
    if is_filed or (looks_like_title(stem.title) and len(parts) > 1):
        is_told |= any(map(is_section_of_study, parts))
    reference = _own_reference(find_quoted_references(text), said, written)
    if reference and not (is_told or given) and not _is_about_all(text, reference):
        reference = None
    dated = bool(given and read_heading(given).cited.year)
    is_paper = is_told or dated or reference is not None
    shown = written
    if is_paper and not given:
        opening = strip_series(read_title(lines, alone=True))
        is_name = not opening or _SAYS_NOTHING.fullmatch(opening)
        shown = (stem.title if is_name else opening) or written
    texts = (line.text.strip() for line in lines)
    first = next((text for text in texts if text and not text.startswith("#!")), "")
    if is_paper and first.startswith(f"{shown}: "):  # as it stands above all, in full
        shown = first
    title = read_heading(shown)
    kept = _without(lines, about.lines)
    values, of_heading = title.values(), headed.values if headed else {}
    if label and described:
        left = [pair for pair in left if pair[0] != "description"]
        values = {"title": described, "short_title": written, "year": label.year}
    if headed:
        beside = re.search(r"\]\((?!\w+:)\S", lines[headed.at].text)  # a file, which no field holds
        kept = [line for line in kept if given or beside or line is not lines[headed.at]]
    own = {"title": called, "authors": labelled.paper.get("authors")}
    short = short_name(title.title) if given or heading else ""
    if called and title.title != called and (has_han(called) or not has_han(short)):
        own["short_title"] = title.short or short
    by_rank = (values, of_heading) if given else (of_heading, values)
    values = first_said(own, *by_rank, of_file, labelled.paper, about.referred)
    if not is_paper:
        left = _pairs_of_note(said)
    body = "\n\n".join(filter(None, (_as_items(left), title.leftover, _body(kept))))
    if not is_paper and not body:
        body = _body(read_lines(text))
    venues = {str(held): held for tag in said.tags if (held := read_venue(tag))}
    if len(venues) == 1 and not (values.get("year") or said.paper.get("year")):
        ((venue, held),) = venues.items()  # `tags: [NIPS 2017]`
        values = first_said(values, {"year": held.year, "venue": venue})
    draft = said.draft(**values) if is_paper else None
    citekey = said.citekey or labelled.citekey
    citekey = citekey or (PurePosixPath(name).stem[1:] if _is_named(name) else "")
    note_title = "" if is_paper else written
    if draft and called and heading not in (draft.title, draft.short_title):
        note_title = heading
    called_too = (value for key, value in said.left if name_of(key) == "aliases")
    aliases = tuple(alias for value in called_too for alias in parse_tags(value))
    note = NoteDraft(title=note_title, body=body, aliases=aliases)
    record = said.record(
        title.verdict,
        draft=draft,
        key=citekey or name or title.title,
        citekey=citekey,
        raw=text,
        tags=tuple(dict.fromkeys((*said.tags, *labelled.tags))),
        notes=(note,) if body else (),
    )
    if reference is None:
        return record
    named = {name for name, value in said.paper.items() if value}
    return _filled(record, reference, named | ({"title"} if given or called else set()))


def _without(lines: Sequence[MarkdownLine], numbers: Collection[int]) -> list[MarkdownLine]:
    """The lines without some, and without a blank line that those leave beside another."""
    kept: list[MarkdownLine] = []
    gone = {*numbers}
    for line in lines:
        after_gap = line.number - 1 in gone and (not kept or not kept[-1].text.strip("> \t"))
        if line.number in gone or (after_gap and not line.text.strip("> \t")):
            gone.add(line.number)
        else:
            kept.append(line)
    return kept


def _own_reference(
    quoted: Sequence[RecordDraft], said: Described, title: str
) -> RecordDraft | None:
    """The reference that a file about one thing is about: the only one, or of several the one that
    has its key or its title."""
    if len(quoted) == 1:
        return quoted[0]
    names = {fold_letters(title), fold_letters(said.citekey)} - {""}
    called = ((each, (each.draft.title, each.citekey)) for each in quoted if each.draft)
    return next((each for each, own in called if names & {*map(fold_letters, own)}), None)


def _is_about_all(text: str, reference: RecordDraft) -> bool:
    """Whether the only reference of a file is what all of it is about, rather than one of the
    things that it has headings for."""
    entries = parse_note_list(text).entries
    first = reference.raw.split("\n")[0]
    own = next((entry for entry in entries if first in entry.raw), None)
    if len(entries) < 2 or own is None or is_section(own.title):
        return True
    depths = [line.depth for line in read_lines(text) if line.depth]
    is_titled = depths[0] == 1 and depths.count(1) == 1
    title = reference.draft.title if reference.draft else ""
    return is_titled and not fold_letters(title).startswith(fold_letters(own.title))


# --- One file, many papers under headings -------------------------------------------------------


def _under_headings(text: str, name: str) -> tuple[RecordDraft, ...]:
    """Records for the entries of a file on many papers; none where it is something else."""
    notes = parse_note_list(text)
    papers = [entry for entry in notes.entries if entry.kind != "thought"]
    evident = sum(1 for entry in papers if _is_evident(entry))
    if evident < 2 or 3 * evident < len(papers) - len(_groups(notes.entries)):
        return ()
    opening = notes.preamble.raw + notes.separator
    records = _of_entries(notes)
    if not is_blank(opening):
        lines = [line for line in notes.preamble.lines if line.role != "front"]
        own = NoteDraft(title=title_of(notes.preamble.raw, name), body=_body(lines))
        first = RecordDraft(draft=None, key=_OPENING, raw=opening, notes=(own,) * bool(own.body))
        records.insert(0, first)
    return tuple(records)


def _groups(entries: Sequence[NoteEntry]) -> frozenset[int]:
    """The positions of headings that stand over others and say nothing of a paper themselves."""
    return frozenset(
        entry.position
        for entry, following in pairwise(entries)
        if entry.depth < following.depth and not _is_evident(entry)
    )


def _under(above: dict[int, str], depth: int) -> dict[int, str]:
    return {each: title for each, title in above.items() if each < depth}


def _of_entries(notes: NotesFile) -> list[RecordDraft]:
    """A record for each entry. A heading over others, or before all, is their tag; if it has text
    of its own, that is a note, else it goes with the next entry."""
    groups = _groups(notes.entries)
    above: dict[int, str] = {}  # by depth, a heading with those that it stands under
    for n, line in enumerate(line for line in notes.preamble.lines if line.depth):
        if n or line.depth > 1:  # which is the file's own title
            above = _under(above, line.depth) | {line.depth: line.heading}
    records: list[RecordDraft] = []
    heads = ""
    for entry in notes.entries:
        above = _under(above, entry.depth)
        tags = tuple(tidy_line(title).strip("*_ ") for title in above.values())
        tags = tuple(
            title for title in tags if len(title) <= lists.LONGEST_TAG and title != entry.title
        )
        if entry.position in groups:
            above[entry.depth] = entry.title
            if not entry.body.strip():
                heads += entry.raw
                continue
        several = list_entry(entry)
        if several:
            tags += (tidy_line(entry.title),) if len(entry.title) <= lists.LONGEST_TAG else ()
        for record in several or [_of_entry(entry, is_paper=entry.position not in groups)]:
            every = tuple(dict.fromkeys((*tags, *record.tags)))
            records.append(record.model_copy(update={"raw": heads + record.raw, "tags": every}))
            heads = ""
    if heads and records:
        records[-1] = records[-1].model_copy(update={"raw": records[-1].raw + heads})
    return records


def list_entry(entry: NoteEntry) -> list[RecordDraft]:
    """The papers of an entry that is a heading over a list of them; none of another."""
    found = list(lists.read_paper_list(entry.raw) or ())
    if sum(map(lists.is_publication, found)) < 2:
        return []
    first = entry.lines[0].number
    found = [each.model_copy(update={"line": each.line + first - 1}) for each in found]
    rest = found[0]
    if rest.draft is None and len(rest.raw.strip().splitlines()) == 1:  # the heading alone
        found[1:2] = [found[1].model_copy(update={"raw": rest.raw + found[1].raw})]
        del found[0]
    return found


def _is_evident(entry: NoteEntry) -> bool:
    """Whether an entry says something of a paper beside its name."""
    if is_section(entry.title):
        return False
    marked = entry.verdict and entry.verdict.place in ("markup", "heading")
    said = marked or entry.arxiv_id or entry.dates or entry.venue
    return bool(describe_entry(entry).named) or (
        entry.kind in ("paper", "concept", "link")
        and bool(said or describe_heading(entry.lines) or find_quoted_references(entry.raw))
    )


def describe_entry(entry: NoteEntry) -> Described:
    """What the lines of an entry label of its paper, where it is enough of one."""
    labels = find_labels(entry.lines)
    return Described() if are_of_many(labels) else describe_labels(labels)[0]


def _of_entry(entry: NoteEntry, *, is_paper: bool) -> RecordDraft:
    title = strip_links(entry.title)
    place = {"key": entry.key, "line": entry.lines[0].number, "raw": entry.raw}
    if entry.kind == "thought" or not is_paper or is_section(title):
        note = NoteDraft(title=title, body=entry.full_body)
        return Described().record(entry.verdict, draft=None, notes=(note,), **place)
    headed, labelled = describe_heading(entry.lines), describe_entry(entry)
    called = labelled.paper.get("title")
    values = first_said(
        {"kind": "paper"} if labelled.named or (headed and headed.is_told) else {},
        {"title": called, "short_title": short_name(title)} if called else {},
        headed.values if headed else {},
        {"title": title, "short_title": tidy_line(entry.short_title), **entry.values()},
    )
    notes = (NoteDraft(body=entry.body),) if entry.body else ()
    return labelled.record(entry.verdict, draft=labelled.draft(**values), notes=notes, **place)


def _with_files(record: RecordDraft) -> RecordDraft:
    """With the files that its notes name, as they are written there."""
    bodies = "\n\n".join(note.body for note in record.notes)
    named = (link.target for link in linked_files.find_file_links(bodies))
    return record.model_copy(update={"files": tuple(dict.fromkeys((*record.files, *named)))})
