"""Papers in a list or a table of links, one an item or a row. Pure.

What an item says beside its link is its note; what the file says between the items is a note that
stands alone. A heading above items is their tag.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import PurePosixPath
from typing import TypeAlias

from app.kit.text import fold, tidy_line
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv
from app.sources.drafts import NoteDraft, RecordDraft, check_count
from app.sources.markdown import front_matter, linked_files
from app.sources.markdown.citations import Citation, read_beside, read_citation
from app.sources.markdown.field_names import describe_pairs, name_of, parse_tags
from app.sources.markdown.front_matter import Value
from app.sources.markdown.headings import read_heading
from app.sources.markdown.labelled_lines import pairs_of, paper_link, plain_links
from app.sources.markdown.links import (
    MARKDOWN_LINK,
    is_link_definition,
    leads_to_paper,
    link_definitions,
    unlinked,
    urls_in,
)
from app.sources.markdown.outline import (
    MarkdownLine,
    fenced_lines,
    heading_level,
    is_blank,
    is_section,
    lines_of,
    pieces_of,
    trim_lines,
)
from app.sources.markdown.tables import WrittenTable, read_table

_ITEM = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?P<text>\S.*)"
)
# Marks, signs and dates may stand before an item's link; words are another sentence.
_LEADING = re.compile(
    r"(?P<before>(?:[^\w\[\]()<>!]|\d{4}(?:[-/.]\d\d?){0,2}(?=\W)){0,30}?)(?<!!)"
    r"\[(?P<title>(?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){1,600})\]"
    r"(?:\(\s?<?(?P<url>[^\s<>]{1,2000}?)>?(?:\s\"[^\"\n]*\")?\s?\)(?!\))|\[(?P<ref>[^\]\n]{0,200})\])"
    r"(?P<after>.*)"
)
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_NEAR = re.compile(r"^(?!#|[a-z]+:).*\.(?:mdx?|markdown|pdf)(?:#.*)?$", re.IGNORECASE)
# Columns that hold the paper itself, beyond what `field_names` calls a title.
_PAPER_COLUMN = re.compile(r"papers?|article|论文(?:名称?)?|文章", re.IGNORECASE).fullmatch
_TITLE_COLUMN = re.compile(r"work|name|model|method|名[字称]|模型|方法", re.IGNORECASE).fullmatch
_NOTE_COLUMN = re.compile(
    r"notes?|comments?|summary|tl;?dr|description|笔记|备注|简介|总结|描述|说明", re.IGNORECASE
)
_OF_A_ROW = frozenset({"paper", "url", "year", "venue", "authors", "doi", "arxiv"})
# What is linked beside a paper.
_BESIDE = re.compile(
    r"\W*(?:slides?|codes?|github|videos?|talks?|demo|poster|blog|project(?: page)?"
    r"|(?:web|home) ?(?:site|page)|data(?:sets?)?|supp(?:lementary)?|代码|源码|视频|幻灯片|主页"
    r"|项目.{0,4})\W*",
    re.IGNORECASE,
)
_NO_TAGS = re.compile(
    r"[\d\s./-]*|(?:table of )?contents?|toc|目录.*|.*readings?|papers?|summary", re.IGNORECASE
)


@dataclass(frozen=True)
class _Found:
    """A record and the lines (from 0, without the end) that are its own."""

    record: RecordDraft
    start: int
    end: int
    is_paper: bool


def read_paper_list(text: str, name: str = "") -> tuple[RecordDraft, ...] | None:
    """The records of a file that is mostly a list or a table of papers, and the rest of it as a
    note; None where it is something else.

    Raises:
        Invalid: there are more papers than are taken at once, or more lines.
    """
    pieces = pieces_of(text)
    lines = lines_of(pieces)
    fenced = fenced_lines(lines)
    found: list[_Found] = []
    for each in chain(_rows(lines, pieces, fenced), _items(lines, pieces, fenced)):
        found.append(each)
        check_count(len(found))
    found.sort(key=lambda each: each.start)
    if not _is_list(found, lines, fenced):
        return None
    records = [each.record for each in found]
    inside = {at for each in found for at in range(each.start, each.end)}
    rest = [at for at in range(len(lines)) if at not in inside]
    raw = "".join(pieces[at] for at in rest)
    if not is_blank(raw):
        title = next((h[1] for line in lines if (h := heading_level(line, fenced))), "")
        title = tidy_line(title).strip("*_ ") or PurePosixPath(name).stem or "notes"
        body = trim_lines([lines[at].text for at in rest])
        note = NoteDraft(title=title, body=re.sub(r"\n{3,}", "\n\n", body))
        records.insert(
            0,
            RecordDraft(draft=None, key="::rest", line=rest[0] + 1, raw=raw, notes=(note,)),
        )
    return tuple(records)


def _is_list(
    found: Sequence[_Found], lines: Sequence[MarkdownLine], fenced: frozenset[int]
) -> bool:
    """Whether items make up at least half of what is written, and at least half of them are
    papers."""
    papers = [each for each in found if each.is_paper]
    written = [
        line
        for line in lines
        if line.text.strip()
        and not heading_level(line, fenced)
        and not is_link_definition(line.text)
        and line.text.strip("-=*_ ")
    ]
    own = sum(1 for each in found for line in lines[each.start : each.end] if line.text.strip())
    sure = any(p.record.draft and (p.record.draft.arxiv_id or p.record.draft.doi) for p in papers)
    return (
        len(papers) >= (1 if sure else 2)
        and 2 * len(papers) >= len(found)
        and 2 * own >= len(written)
    )


def _tag(lines: Sequence[MarkdownLine], fenced: frozenset[int]) -> dict[int, tuple[str, ...]]:
    """For each line the heading above it, where that is a word for a group of papers."""
    above: dict[int, tuple[str, ...]] = {}
    current: tuple[str, ...] = ()
    for at, line in enumerate(lines):
        if found := heading_level(line, fenced):
            title = tidy_line(found[1]).strip("*_ :：")
            current = () if _NO_TAGS.fullmatch(title) or len(title) > 40 or at == 0 else (title,)
        above[at] = current
    return above


def _record(
    pairs: Sequence[tuple[str, Value]],
    *,
    title: str,
    url: str,
    note: str,
    line: int,
    own_tags: Sequence[str],
) -> tuple[RecordDraft, bool]:
    """A record of a title with its link, what is written beside it, and what columns say."""
    title = title.strip(" .,:：-–—|_[(（") or title
    cited = read_citation(title) or Citation(title.replace("**", ""))
    title = cited.title
    given = read_heading(title.strip("*_` "))
    year = next((int(when.iso[:4]) for when in given.dates), None)
    said = describe_pairs([*pairs, *([("url", url)] if url else [])])
    left = [
        text for pair in said.left if pair[1] != url for text in front_matter.list_item_lines(*pair)
    ]
    nearby = [url] if url and "://" not in url else []
    if nearby:
        left.append(f"- [{tidy_line(title)}]({url})")
    body = "\n\n".join(filter(None, (note, "\n".join(left))))
    values: dict[str, object] = {
        "title": tidy_line(given.title) or tidy_line(title),
        "short_title": given.short,
        "year": year or (given.venue.year if given.venue else None),
        "venue": str(given.venue) if given.venue else "",
        **cited.values(),
    }
    is_paper = bool(
        read_arxiv(url)
        or leads_to_paper(url)
        or year
        or given.venue
        or cited.year
        or cited.authors
        or said.named & {"authors", "year", "venue", "doi", "arxiv"}
        or said.paper.get("arxiv_id")
        or said.paper.get("doi")
    ) and not (is_section(title) or _BESIDE.fullmatch(title))
    if not is_paper:
        values["kind"] = "link"
    said.paper.pop("title", None)
    record = RecordDraft(
        draft=said.draft(**values),
        key=said.citekey or tidy_line(given.title) or tidy_line(title),
        citekey=said.citekey,
        line=line,
        tags=tuple(dict.fromkeys((*own_tags, *said.tags))),
        notes=(NoteDraft(body=body),) if body else (),
        techniques=said.techniques,
        fields=said.fields,
        verdict=said.verdict or (given.verdict.slug if given.verdict else ""),
        reason=said.reason or (given.verdict.reason if given.verdict else ""),
        files=tuple(
            dict.fromkeys((*nearby, *(r.target for r in linked_files.find_file_links(body))))
        ),
        remarks=tuple(said.remarks),
    )
    return record, is_paper


# --- Lists --------------------------------------------------------------------------------------


def _items(
    lines: Sequence[MarkdownLine], pieces: Sequence[str], fenced: frozenset[int]
) -> Iterator[_Found]:
    """The items that begin with a link; deeper items and indented lines are their own, unless they
    begin with a link, too."""
    defined = link_definitions(line.text for line in lines if line.number not in fenced)
    above = _tag(lines, fenced)
    links = {
        at: link
        for at, line in enumerate(lines)
        if (link := _leading(line, fenced, defined) or _block(lines, at, fenced))
    }
    check_count(len(links))
    for at, (depth, title, url, after, last) in links.items():
        end = max(at + 1, last)
        for place in range(at + 1, len(lines)) if not last else ():
            if not lines[place].text.strip():
                continue
            if place in links or _indent(lines[place].text) <= depth:
                break
            end = place + 1
        below = [line.text for line in lines[at + 1 : end]]
        found_tags, below = _tag_line(below)
        pairs: list[tuple[str, Value]] = [pair for line in below for pair in pairs_of(line)]
        if first := front_matter.property_of(lines[at].text):
            pairs.insert(0, first)
            title = next((str(each) for key, each in pairs if name_of(key) == "title"), title)
        pairs = [pair for pair in pairs if name_of(pair[0])]
        words = MARKDOWN_LINK.sub("", after) if len(after) <= _LONGEST_BESIDE else ""
        if beside := read_beside(words):  # (ACL 2023) - Ann Example et al.
            pairs += beside.pairs()
            after = "" if words == after else after
        whole = _dedented(below)
        note = "\n\n".join(filter(None, (after, whole)))
        record, is_paper = _record(
            pairs,
            title=title,
            url=url,
            note=note,
            line=at + 1,
            own_tags=(*above[at], *found_tags),
        )
        record = record.model_copy(update={"raw": "".join(pieces[at:end])})
        yield _Found(record, at, end, is_paper)


_LONGEST_BESIDE = 300  # characters
_LONGEST_TITLE = 1_000  # characters of a line that may be one
_Item: TypeAlias = tuple[int, str, str, str, int]


def _leading(line: MarkdownLine, fenced: frozenset[int], defined: dict[str, str]) -> _Item | None:
    """Depth, title, address and the rest of an item that begins with a link to something outside
    the file, or has a title before its `[paper](…)`."""
    item = (
        None if line.number in fenced else _ITEM.fullmatch(line.text) or _LONE.fullmatch(line.text)
    )
    found = _LEADING.fullmatch(item["text"]) if item else None
    url = (found["url"] or defined.get(fold(found["ref"] or found["title"]), "")) if found else ""
    if (
        found is None
        or not (_WEB.match(url) or _NEAR.search(url))
        or paper_link(f"[{found['title']}](u)")
    ):
        return _trailing(line, item["text"]) if item else None
    before, after = found["before"].strip(), found["after"].strip()
    for mark in ("**", "__", "*", "_"):  # that the link stands in
        if before.endswith(mark) and after.startswith(mark):
            before, after = before.removesuffix(mark), after.removeprefix(mark)
    beside = f"{before} {after.lstrip(' ·|–—:：,，-')}".strip()
    if not re.search(r"\w", beside):
        beside = ""
    return _indent(line.text), found["title"].strip("*_ "), url, beside, 0


def _trailing(line: MarkdownLine, text: str) -> _Item | None:
    """`- A title. [[paper]](…) [[code]](…)`."""
    found = paper_link(text)
    if found is None and ":" in text and (bare := _BARE.fullmatch(text)):
        held = f"arxiv.org/abs/{bare['id']}" if bare["id"] else f"doi.org/{bare['doi']}"
        url = bare["url"] or f"https://{held}"
        title = bare["title"].strip(" .,:：-–—(（")
        return (_indent(line.text), title, url, bare["after"], 0) if len(title) >= 8 else None
    if found is None and not urls_in(text):
        cited = read_citation(text)
        sure = cited and cited.year and (cited.authors or cited.venue)
        return (_indent(line.text), text, "", "", 0) if sure else None
    text = plain_links(text)
    before = text[: found.start()].strip(" .,:：-–—|_[(（") if found else ""
    if found is None or not _WEB.match(found["url"]) or len(before) < 8 or "](" in before:
        return None
    after = text[found.end() :].lstrip(" .,;|)）]·").rstrip()
    return _indent(line.text), before, found["url"], after, 0


# A link to a paper that makes a line of its own is an item without its mark.
_LONE = re.compile(
    r"(?P<text>\[[^\[\]\n]{8,600}\]\(https?://(?:\w+\.)*(?:arxiv|doi)\.org/[^()\s]+\))"
)
# `- A title. 2017. https://arxiv.org/abs/…`
_BARE = re.compile(
    r"(?P<title>(?:(?!https?://|arXiv:|doi:|\]\().){8,600}?)[\s(（<\[.,]{0,20}+"
    r"(?:(?P<url>https?://(?:\w+\.)*(?:arxiv|doi)\.org/[^\s<>()\[\]]++)|arXiv:\s?(?P<id>\d{4}\.\d{4,5}(?:v\d)?)"
    r"|doi:\s?(?P<doi>10\.\d{4,9}/[^\s<>()\[\]]++))"
    r"[)）>\].,;]*+\s*+(?P<after>(?:(?!https?://).)*+)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"\s*[^:：]{1,20}[:：]\s*<?https?://\S+\s*(?:<br\s*/?>\s*)*")


def _block(lines: Sequence[MarkdownLine], at: int, fenced: frozenset[int]) -> _Item | None:
    """The same of a line above lines that label what is a paper's: of an item in Logseq, or of
    one that begins no list."""
    text = lines[at].text
    item = None if lines[at].number in fenced else _ITEM.fullmatch(text)
    first = front_matter.property_of(text)
    if lines[at].number in fenced or not text.strip() or (pairs_of(text) and not (item and first)):
        return None
    if item is None and (
        heading_level(lines[at], fenced) or text.startswith((">", "|", " ", "\t"))
    ):
        return None
    named = {name_of(first[0])} if first else set()
    end = at + 1
    for place in range(at + 1, min(at + 30, len(lines))):
        below = lines[place].text
        pairs = pairs_of(below)
        if item is None and (_BREAK.fullmatch(below) or _ADDRESSED.fullmatch(below)) and not pairs:
            continue
        inside = below.startswith((" ", "\t")) and not _ITEM.fullmatch(below)
        if not pairs or (item is not None and not inside):
            break
        named |= {name_of(key) for key, _ in pairs}
        end = place + 1
    known = named & {"doi", "arxiv", "authors", "year", "citekey", "venue", "url", "paper"}
    if first and "title" not in named:
        return None
    if item is not None:
        told = known & {"doi", "arxiv", "authors", "year", "citekey"}
        return (_indent(text), unlinked(item["text"]).strip("*_ "), "", "", 0) if told else None
    if len(known) < 2 or len(text) > _LONGEST_TITLE:
        return None
    title = re.sub(r"^\d{1,4}[.、)]\s*", "", _BREAK.sub(" ", text).strip()).strip("*_ ")
    return (0, title, "", "", end) if len(title) >= 8 else None


def _indent(text: str) -> int:
    return len(text[: len(text) - len(text.lstrip())].expandtabs(4))


def _tag_line(below: list[str]) -> tuple[list[str], list[str]]:
    """The tags, where the first line below an item is nothing but words between commas."""
    if below and (item := _ITEM.fullmatch(below[0])):
        words = parse_tags(item["text"])
        plain = all(len(word) <= 30 and " " not in word and not urls_in(word) for word in words)
        if plain and (len(words) > 1 or item["text"].startswith("#")) and "::" not in item["text"]:
            return words, below[1:]
    return [], below


def _dedented(lines: Sequence[str]) -> str:
    written = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in written), default=0)
    return trim_lines([line[margin:] for line in lines])


# --- Tables -------------------------------------------------------------------------------------


def _rows(
    lines: Sequence[MarkdownLine], pieces: Sequence[str], fenced: frozenset[int]
) -> Iterator[_Found]:
    """The rows of the tables that have a column of papers. The head goes with a table's first row,
    so that no line is without its record."""
    above = _tag(lines, fenced)
    at = 0
    while at < len(lines):
        table = read_table(lines, at) if lines[at].number not in fenced else None
        if table is None:
            at += 1
            continue
        head, *rows = table.rows
        column = _title_column(head.cells, [row.cells for row in rows]) if rows else None
        if column is not None and all(one.end <= two.start for one, two in pairwise(table.rows)):
            yield from _of_table(table, column, pieces, above[at])
        at = table.end


def _of_table(
    table: WrittenTable, column: int, pieces: Sequence[str], tags: Sequence[str]
) -> Iterator[_Found]:
    head, *rows = table.rows
    start = head.start
    for row in rows:
        found = _row(head.cells, row.cells, column, line=row.start + 1, own_tags=tags)
        if found is None:
            continue  # it goes with the next row
        draft = found[0].draft
        if draft and draft.kind == "link" and not draft.url and not found[0].files:
            start = row.end  # it names no paper, and is left with the rest
            continue
        end = table.end if row is rows[-1] else row.end
        record = found[0].model_copy(update={"raw": "".join(pieces[start:end])})
        yield _Found(record, start, end, found[1])
        start = end


def _title_column(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """Which column names the papers: by its head, else the one with the most links; None where the
    table is of something else."""
    plain = [tidy_line(cell).strip("*_` ") for cell in head]
    for is_title in (lambda cell: name_of(cell) == "title", _PAPER_COLUMN, _TITLE_COLUMN):
        for at, cell in enumerate(plain):
            if is_title(cell) and not _are_called_links(rows, at):
                return at
    linked = [
        sum(1 for row in rows if len(row) > at and MARKDOWN_LINK.match(row[at]))
        for at in range(len(head))
    ]
    known = sum(1 for cell in plain if name_of(cell))
    best = max(range(len(head)), key=lambda at: linked[at])
    return best if known and 2 * linked[best] >= max(2, len(rows)) else None


def _are_called_links(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a column holds links that are called `paper` and the like, rather than titles."""
    links = [paper_link(row[at]) for row in rows if len(row) > at and row[at]]
    return 2 * sum(link is not None for link in links) > len(links)


def _row(
    head: Sequence[str],
    row: Sequence[str],
    column: int,
    *,
    line: int,
    own_tags: Sequence[str],
) -> tuple[RecordDraft, bool] | None:
    title = row[column] if len(row) > column else ""
    link = MARKDOWN_LINK.search(title)
    plain = unlinked(_BREAK.sub(" ", title)).strip("*_ ")
    if not plain.strip("*_` "):
        return None
    pairs: list[tuple[str, Value]] = []
    notes: list[str] = []
    for at, cell in enumerate(row):
        key = tidy_line(head[at]).strip("*_` ") if at < len(head) else str(at + 1)
        if at == column or not cell:
            continue
        if _NOTE_COLUMN.fullmatch(key):
            notes.append(_BREAK.sub("\n\n", cell))
        else:
            pairs.append((key or str(at + 1), cell))
    record, is_paper = _record(
        pairs,
        title=plain,
        url=link["url"] if link else "",
        note="\n\n".join(notes),
        line=line,
        own_tags=own_tags,
    )
    named = describe_pairs(pairs).named & _OF_A_ROW
    return record, is_paper or bool(named)
