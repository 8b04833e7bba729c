"""A Markdown file in whichever habit it is written → papers and notes. Pure.

One file a paper with front matter or properties; many papers under headings of their own; a list
or a table of links; or no papers at all: then it is a note that stands alone. The text of a note
is the file's, word for word; only what has a place in the record is lifted out of the head.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from app.errors import Message
from app.sources import front_matter, markdown_lists, note_files
from app.sources.arxiv_ids import read as read_arxiv
from app.sources.drafts import NoteDraft, ReadFile, RecordDraft
from app.sources.front_matter import Value
from app.sources.markdown_notes import Entry, parse
from app.sources.note_headings import Name, read_heading
from app.sources.note_links import MARKDOWN_LINK, urls_in
from app.sources.note_marks import Venue, published_and_revised, read_date_line
from app.sources.note_outline import Line, fenced_lines, heading, shown_line, trimmed
from app.sources.paper_keys import Described, add, described, name_of, names_in
from app.text import tidy_line

FORMAT = "markdown"
_OPENING = "::preamble"
_JEKYLL = re.compile(r"(\d{4}-\d\d?-\d\d?)-(?P<name>.+)")
_BLOG = frozenset({"layout", "draft", "categories", "mathjax", "permalink", "toc", "comments"})
# A line that gives the paper that a text is about: as a reference, or as a link called so.
_ABOUT = re.compile(
    r"[>\s]*[*_]{0,2}(?:论文|文章|paper|原文|title)[*_]{0,2}\s*[:：][*_]{0,2}\s*(?P<what>\S.*)",
    re.I,
)
_LINK_CALLED = re.compile(
    r"\[\s*(?:paper|article|pdf|arxiv|full text|原文|论文|论文链接)\s*\]\((?P<url>https?://[^)\s]+)\)",
    re.I,
)
_GB_7714 = re.compile(
    r"(?P<authors>.{2,600}?)[.．]\s*(?P<title>[^.．].{3,400}?)\s*\[[A-Z](?:/OL)?\]\s*[.,．，]?\s*(?P<where>.{0,300})"
)
_SOURCE = re.compile(
    r"(?P<title>.+?)\s*[（(](?P<where>[^()（）,，]{2,40})[,，]\s*(?P<year>(?:19|20)\d\d)[)）].{0,20}"
)
_PUBLISHED = re.compile(
    r"(?P<venue>\D.{3,200}?)[,，]?\s+(?:(?:[A-Z][a-z]{2,8}\.?)\s+)?(?P<year>(?:19|20)\d\d)\.?"
)
# Headings of a part of the notes on one paper, beyond those that `note_outline` knows.
_PART = re.compile(
    r"(?:further|more|optional|related|additional) readings?:?|code|links?|resources?|misc|疑问"
    r"|延伸阅读|参考.{0,4}|读后感|思考",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[^\W\d_]+(?: (?:et al\.?|[^\W\d_]+))? (?P<year>(?:19|20)\d\d)")
_ABOUT_LINES = 12  # how far down a file says what it is about


def looks_like(text: str) -> bool:
    """Whether a text is Markdown rather than a list of ids or plain prose: it has front matter,
    properties, a heading, a table, or a link."""
    return front_matter.read(text).start > 0 or bool(
        re.search(
            r"^#{1,6}[ \t]+\S|\]\([^)\s]+\)|\[\[[^\]\n]+\]\]|^\|.+\|\s*$|^[-* ]*\w[\w ]*:: ",
            text,
            re.M,
        )
    )


def read(text: str, name: str = "") -> ReadFile:
    """The papers and notes of a file called `name` (it may be a path in a folder). Any text is
    accepted; an empty one gives nothing."""
    if not text.strip("\ufeff \t\r\n"):
        return ReadFile(format=FORMAT)
    front = front_matter.read(text)
    if front.why is not None:
        return ReadFile(format=FORMAT, records=(_unread(text, name, front.why),))
    lines = _lines(text)
    start = text[: front.start].count("\n") or text[: front.start].count("\r")
    top, above, within = _properties(lines[start:], fenced_lines(lines))
    own = [*front.pairs, *above]
    dated = _is_dated([*own, *within], name)
    said = described(own, dated=dated)
    left = list(said.left)  # what stands in the text stays there, and is not said again above it
    add(said, within, dated=dated)
    said.left = left
    if _are_of_many([*above, *within]):
        said.named.clear()
    if said.named - {"tags", "status"} or PurePosixPath(name).name.startswith("@"):
        record = _about_one(text, name, said, lines[start:], top)
        return ReadFile(format=FORMAT, records=(record,))
    listed = markdown_lists.read(text, name)
    if listed is not None:
        return ReadFile(format=FORMAT, records=listed)
    return ReadFile(format=FORMAT, records=_by_headings(text, name, said))


def _lines(text: str) -> list[Line]:
    pieces = re.split(r"\r\n|\r|\n", text)
    return [Line(n, shown_line(piece)) for n, piece in enumerate(pieces, start=1)]


def _unread(text: str, name: str, why: Message) -> RecordDraft:
    title = _first_heading(_lines(text)) or _stem(name)
    note = NoteDraft(title=title, body=_body(_lines(text)))
    return _finished(
        RecordDraft(draft=None, key=name or title, raw=text, notes=(note,), remarks=(why,))
    )


def _body(lines: Sequence[Line]) -> str:
    return trimmed([line.text for line in lines])


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
    return _first_heading(_lines(text)) or _stem(name)


def _first_heading(lines: Sequence[Line]) -> str:
    fenced = fenced_lines(lines)
    found = next((found for line in lines if (found := heading(line, fenced))), None)
    return tidy_line(MARKDOWN_LINK.sub(lambda m: m["text"], found[1])).strip("*_ ") if found else ""


# --- One file, one paper ------------------------------------------------------------------------


def _properties(
    lines: Sequence[Line], fenced: frozenset[int]
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
    text: str, name: str, said: Described, lines: Sequence[Line], top: frozenset[int]
) -> RecordDraft:
    """The record of a file that describes itself in its head."""
    written = str(said.paper.pop("title", "")) or _first_heading(lines) or _stem(name)
    given, values = _titled(written)
    about = _about(lines)
    left = list(said.left)
    label = _LABEL.fullmatch(written)
    if label and (description := _pop(left, "description")):
        values |= {"title": description, "year": int(label["year"])}
        values["short_title"] = written
    elif about.get("title"):
        values["short_title"] = values["short_title"] or _short(given.title)
    is_named = PurePosixPath(name).name.startswith("@")
    is_paper = said.is_paper or is_named or bool(about or values["year"])
    values |= {key: value for key, value in about.items() if key == "title" or not values.get(key)}
    head = [line for key, value in left for line in front_matter.lines(key, value)]
    kept = [line for line in lines if line.number not in top]
    body = "\n\n".join(filter(None, ("\n".join(head), given.leftover, _body(kept))))
    if not is_paper and not body:
        body = _body(_lines(text))
    citekey = said.citekey or (PurePosixPath(name).stem[1:] if is_named else "")
    verdict = given.verdict
    return _finished(
        RecordDraft(
            draft=said.draft(**values) if is_paper else None,
            key=citekey or name or given.title,
            citekey=citekey,
            raw=text,
            tags=said.tags,
            notes=(NoteDraft(title="" if is_paper else written, body=body),) if body else (),
            techniques=said.techniques,
            fields=said.fields,
            verdict=said.verdict or (verdict.slug if verdict else ""),
            reason=said.reason or (verdict.reason if verdict else ""),
            remarks=tuple(said.remarks),
        )
    )


def _titled(written: str) -> tuple[Name, dict[str, object]]:
    """What a title says: `YOLO（CVPR，2015）`, `MobileNets (Google, 2017)` and what headings do."""
    name = read_heading(written)
    values = _of_name(name)
    if found := _SOURCE.fullmatch(name.title):
        name = read_heading(found["title"])
        year = int(found["year"])
        values = {**_of_name(name), "venue": f"{found['where']} {year}", "year": year}
    return name, values


def _short(title: str) -> str:
    """A title that is a name of few words, for a paper that has a longer one."""
    return tidy_line(title) if len(title.split()) <= 3 else ""


def _pop(pairs: list[tuple[str, Value]], key: str) -> str:
    """The text of a pair, taken out of `pairs`."""
    for at, (name, value) in enumerate(pairs):
        if name.lower() == key and isinstance(value, str) and value.strip():
            del pairs[at]
            return tidy_line(value)
    return ""


def _of_name(name: Name) -> dict[str, object]:
    """What a heading says of a paper."""
    published, revised = published_and_revised(name.dates)
    return {
        "title": name.title,
        "short_title": name.short,
        "published": published if len(published) > 4 else "",
        "revised": revised,
        "year": _year(published) or (name.venue.year if name.venue else None),
        "venue": str(name.venue) if name.venue else "",
    }


def _year(iso: str) -> int | None:
    return int(iso[:4]) if iso[:4].isdigit() else None


def _about(lines: Sequence[Line]) -> dict[str, object]:
    """What the first lines of a text say of the paper that it is about: `论文：` and a reference,
    `[Article](https://…)`."""
    written = [line.text for line in lines if line.text.strip()][:_ABOUT_LINES]
    for line in written:
        if found := _ABOUT.fullmatch(line):
            return _reference(found["what"])
    for line in written:
        if found := _LINK_CALLED.search(line):
            arxiv = read_arxiv(found["url"])
            return (
                {"arxiv_id": arxiv.base, "arxiv_version": arxiv.version}
                if arxiv
                else {"url": found["url"]}
            )
    return {}


def _of_address(url: str) -> dict[str, object]:
    return described([("url", url)]).paper


def _reference(text: str) -> dict[str, object]:
    """A reference as GB/T 7714 writes it, or a link to the paper; of anything else only that it is
    one, for a title cannot be told from names."""
    urls = sorted(urls_in(text), key=lambda url: read_arxiv(url) is None)
    values = _of_address(urls[0]) if urls else {}
    if found := _GB_7714.fullmatch(text.strip()):
        year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", found["where"])
        where = re.split(r"[,，.．]?\s*(?:19|20)\d\d", found["where"])[0].strip(" .,/")
        names = names_in(found["authors"])
        names = names_in(found["authors"])
        authors = [re.sub(r"^(\S+) ([A-Z](?:[ -]?[A-Z]){0,2})$", r"\1, \2", name) for name in names]
        values |= {
            "title": tidy_line(found["title"]),
            "authors": tuple(authors),
            "venue": "" if "arxiv" in where.lower() else where,
            "year": int(year[0]) if year else None,
        }
    elif link := MARKDOWN_LINK.search(text):
        values["title"] = tidy_line(link["text"]) if not link["text"].startswith("http") else ""
    else:
        values["comment"] = ""  # it is about a paper, of which nothing more is sure
    return values


# --- One file, many papers under headings -------------------------------------------------------


def _by_headings(text: str, name: str, said: Described) -> tuple[RecordDraft, ...]:
    """Records for the entries of a file of notes; one for a file about one paper, or a note."""
    notes = parse(text)
    papers = [entry for entry in notes.entries if entry.kind != "thought"]
    evident = sum(1 for entry in papers if _is_evident(entry))
    if evident >= 2 and 3 * evident >= len(papers) - len(_groups(notes.entries)):
        opening = notes.preamble.raw + notes.separator
        records = _of_entries(notes.entries)
        if opening.strip("\ufeff \t\r\n"):
            title = notes.preamble.title or title_of(notes.preamble.raw, name)
            note = NoteDraft(title=title, body=notes.preamble.body)
            first = RecordDraft(draft=None, key=_OPENING, raw=opening, tags=said.tags)
            records.insert(0, first.model_copy(update={"notes": (note,) if note.body else ()}))
        return tuple(map(_finished, records))
    lines = _lines(text)
    alone = _alone(text, lines)
    if alone is not None:
        return (_finished(alone.model_copy(update={"key": name or alone.key, "tags": said.tags})),)
    title = notes.preamble.title or title_of(text, name)
    note = NoteDraft(title=title, body=_body(lines))
    record = RecordDraft(
        draft=None, key=name or title, raw=text, notes=(note,), tags=said.tags, verdict=said.verdict
    )
    return (_finished(record),)


def _groups(entries: Sequence[Entry]) -> frozenset[int]:
    """The positions of headings that stand over others and say nothing of a paper themselves."""
    return frozenset(
        entry.position
        for entry, following in pairwise(entries)
        if _depth(entry) < _depth(following) and not _is_evident(entry)
    )


def _depth(entry: Entry) -> int:
    text = entry.lines[0].text
    return len(text) - len(text.lstrip("#")) or 7


def _of_entries(entries: Sequence[Entry]) -> list[RecordDraft]:
    """A record for each entry. A heading over others is their tag; if it has text of its own, that
    is a note, else it goes with the next entry."""
    groups = _groups(entries)
    records: list[RecordDraft] = []
    above: list[tuple[int, str]] = []
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


def _is_evident(entry: Entry) -> bool:
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
    )


def _own_link(lines: Sequence[Line]) -> tuple[str, str] | None:
    """The title and address of a link that alone makes the first line below a heading."""
    for line in lines:
        words = line.text.strip().lstrip("> \t")
        words = re.sub(r"^[-*+]\s+", "", words)
        if words:
            link = MARKDOWN_LINK.fullmatch(words)
            return (link["text"], link["url"]) if link and link["url"].startswith("http") else None
    return None


def _of_entry(entry: Entry, *, is_paper: bool) -> RecordDraft:
    verdict = entry.verdict
    record = RecordDraft(
        draft=None,
        key=entry.key,
        line=entry.lines[0].number,
        raw=entry.raw,
        verdict=verdict.slug if verdict else "",
        reason=verdict.reason if verdict else "",
    )
    title = tidy_line(MARKDOWN_LINK.sub(lambda m: m["text"], entry.title)).strip("*_ ")
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
        "year": _year(entry.published) or (entry.venue.year if entry.venue else None),
        "venue": str(entry.venue) if entry.venue else "",
        "arxiv_id": entry.arxiv_id or None,
        "arxiv_version": entry.arxiv_version,
    }
    heading_link = MARKDOWN_LINK.search(entry.heading)
    link = _own_link(entry.lines[1:])
    if heading_link and heading_link["url"].startswith("http"):
        values |= _of_address(heading_link["url"])
    elif link and not heading_link:
        values["kind"] = "paper"
        if len(link[0]) > len(title) and not link[0].startswith("http"):
            values |= {"title": tidy_line(link[0]), "short_title": title}
        values |= _of_address(link[1])
    elif below and _are_names(below[0]):
        values["authors"] = tuple(names_in(below[0]))
    draft = described(()).draft(**values)
    notes = (NoteDraft(body=entry.body),) if entry.body else ()
    return record.model_copy(update={"draft": draft, "notes": notes})


def _alone(text: str, lines: Sequence[Line]) -> RecordDraft | None:
    """The record of a file about one paper, which its first heading names: with a link, a year or
    venue, or a line of date, venue or names below it. None where it names none."""
    fenced = fenced_lines(lines)
    at = next((n for n, line in enumerate(lines) if heading(line, fenced)), None)
    if at is None or any(line.text.strip() for line in lines[:at]):
        return None
    found = heading(lines[at], fenced)
    assert found is not None
    link = MARKDOWN_LINK.search(found[1].strip("*# "))
    name = read_heading(found[1])
    below = [
        line.text.strip().lstrip("> \t") for line in lines[at + 1 :] if line.text.strip("> \t")
    ]
    about = _about(lines[at + 1 :])
    when = read_date_line(below[0]) if below else None
    is_link = (
        link is not None and len(link[0]) > 0.6 * len(found[1]) and not link["url"].startswith("#")
    )
    if not (is_link or name.dates or name.venue or when or about):
        return None
    values = _of_name(name)
    if link and is_link:
        values["title"] = read_heading(tidy_line(link["text"])).title
        address = link["url"]
        if address.startswith("http"):
            values |= _of_address(address)
    values |= _below(below[:6], authors=not is_link)
    if when:
        values |= _when(when.venue, published_and_revised(when.dates))
    elif published := _published(lines[at + 1 :]):
        values |= published
    values |= {key: value for key, value in about.items() if value}
    body = _body(lines[at + 1 :])
    if name.leftover:
        body = f"{name.leftover}\n\n{body}".strip()
    return RecordDraft(
        draft=described(()).draft(**values),
        key=str(values["title"]),
        raw=text,
        notes=(NoteDraft(body=body),) if body else (),
        verdict=name.verdict.slug if name.verdict else "",
        reason=name.verdict.reason if name.verdict else "",
    )


def _when(venue: Venue | None, dates: tuple[str, str]) -> dict[str, object]:
    values: dict[str, object] = {"published": dates[0], "revised": dates[1]}
    values["year"] = _year(dates[0]) or (venue.year if venue else None)
    values["venue"] = str(venue) if venue else ""
    return {key: value for key, value in values.items() if value}


def _published(lines: Sequence[Line]) -> dict[str, object]:
    """Venue and year of a quoted first line: `> Communications of the ACM, April 1988`."""
    first = next((line.text for line in lines if line.text.strip()), "").strip()
    found = _PUBLISHED.fullmatch(first.lstrip("> \t")) if first.startswith(">") else None
    if found is None or "://" in first:
        return {}
    return {"venue": tidy_line(found["venue"]), "year": int(found["year"])}


def _below(lines: Sequence[str], *, authors: bool) -> dict[str, object]:
    """The DOI, the arXiv id and the names that stand alone on lines below the heading."""
    values: dict[str, object] = {}
    for n, line in enumerate(lines):
        address = urls_in(line)
        if address and address[0] == line.strip("<>"):
            given = described([("arxiv", line)] if read_arxiv(line) else [("url", line)])
            values |= {key: value for key, value in given.paper.items() if key not in values}
        elif n == 0 and authors and _are_names(line):
            values["authors"] = tuple(names_in(line))
    return values


_PERSON = re.compile(r"[A-ZÀ-Þ][\w.'’-]*(?: (?:[A-ZÀ-Þ][\w.'’-]*|[a-z]{2,3})){1,4}")


def _are_names(line: str) -> bool:
    """Whether a line consists of people's names: two words or more each, in capitals."""
    names = names_in(line)
    is_prose = re.search(r"[。？！?!:：\[\]()#`]|\.$", line)
    return bool(names) and not is_prose and all(map(_PERSON.fullmatch, names))


def _finished(record: RecordDraft) -> RecordDraft:
    """With the files that its notes name, as they are written there."""
    named = dict.fromkeys(
        reference.target for note in record.notes for reference in note_files.references(note.body)
    )
    return record.model_copy(update={"files": tuple(named)})
