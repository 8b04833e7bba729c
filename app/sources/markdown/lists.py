"""Papers in a list or a table of links, one an item or a row. Pure.

What an item says beside its link is its note; what the file says between the items is a note that
stands alone. A heading above items is their tag.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain, pairwise
from pathlib import PurePosixPath

from app.kit.text import tidy_line
from app.sources.drafts import NoteDraft, RecordDraft, check_count
from app.sources.markdown import front_matter, linked_files
from app.sources.markdown.citations import Citation, read_beside, read_citation
from app.sources.markdown.field_names import describe_pairs, name_of, names_paper, parse_tags
from app.sources.markdown.front_matter import Pair
from app.sources.markdown.headings import looks_like_title, read_heading
from app.sources.markdown.labelled_lines import ENOUGH, pairs_of, paper_link, plain_links
from app.sources.markdown.links import (
    MARKDOWN_LINK,
    leads_to_paper,
    link_definitions,
    link_directly,
    unlinked,
    urls_in,
)
from app.sources.markdown.outline import (
    ITEM,
    MarkdownLine,
    indent_of,
    is_blank,
    is_section,
    names_part,
    raw_text,
    read_lines,
    trim_lines,
)
from app.sources.markdown.tables import read_table

# Marks, signs and dates may stand before an item's link; words are another sentence.
_LEADING = re.compile(
    r"(?P<before>(?:[^\w\[\]()<>!]|\d{4}(?:[-/.]\d\d?){0,2}(?=\W)|\[[^\[\]\n]{2,30}\](?![(\[:])){0,30}?)"
    r"(?<!!)"
    r"\[(?P<title>(?:[^\[\]\n]|\[[^\[\]\n]{0,200}\]){1,600})\]"
    r"\(\s?<?(?P<url>[^\s<>]{1,2000}?)>?(?:\s\"[^\"\n]*\")?\s?\)(?!\))"
    r"(?P<after>.*)"
)
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
# Where a paper may lie: on the web, or beside the file.
_TARGET = re.compile(
    r"(?:https?|ftp)://|(?!#|[a-z]+:).*\.(?:mdx?|markdown|pdf)(?:#.*)?\Z", re.IGNORECASE
)
_NAME_COLUMN = re.compile(r"work|name|model|method|名[字称]|模型|方法", re.IGNORECASE)
_NOTE_COLUMN = re.compile(
    r"notes?|comments?|summary|tl;?dr|description|笔记|备注|简介|总结|描述|说明", re.IGNORECASE
)
_LONGEST_BESIDE = 300  # characters
_LONGEST_TITLE = 1_000  # characters of a line that may be one
LONGEST_TAG = 40  # characters of a heading
_SHORTEST_TITLE = 4
_BETWEEN = " .,:：-–—|_[(（<"
# `[arXiv:2301.00001](…)`, and a file's name in brackets before it
_ID_LINK = re.compile(r"\[(?:arxiv|doi):[^\[\]\n]{4,60}\]\((?P<url>[^()\s]{1,1000})\)", re.I)
_FILE_NAMED = re.compile(r"\(`[^`()\n]{1,200}`\)[\s–—-]*\Z")
_LINK_ASIDE = re.compile(r"\(\[[^\[\]\n]{1,60}\]\([^()\s]{1,1000}\)\)")  # ([summary](…))
_REMARK = re.compile(r"\s\((?P<inner>[^()\s]+\s[^()]+)\)\Z")  # (from Kettle Lab)
_NUMBER = re.compile(r"^\d{1,4}[.、)]\s*")
_WORDS = re.compile(r"[^\W_]")
_INITIAL = re.compile(r"\b[A-Z]\. [A-Z]")  # of a name, in what is no title alone
_LINK_TEXT = re.compile(r"(?<!!)\[[^\[\]\n]{1,600}\](?=\()")
_NO_WORDS = re.compile(r"[-=*_\s]+|<[^<>]*>|&nbsp;")
_ARXIV_OR_DOI = r"https?://(?:\w+\.)*(?:arxiv|doi)\.org/"
# A link to a paper that makes a line of its own is an item without its mark.
_LONE = re.compile(rf"(?P<text>\[[^\[\]\n]{{8,600}}\]\({_ARXIV_OR_DOI}[^()\s]+\))")
# `- A title. 2017. https://arxiv.org/abs/…`
_BARE_ID = re.compile(
    rf"(?P<url>{_ARXIV_OR_DOI}[^\s<>()\[\]]+)|arXiv:\s?(?P<id>\d{{4}}\.\d{{4,5}}(?:v\d)?)"
    r"|doi:\s?(?P<doi>10\.\d{4,9}/[^\s<>()\[\]]+)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"\s*[^:：]{1,20}[:：]\s*<?https?://\S+\s*(?:<br\s*/?>\s*)*")
_SIGNS = re.compile(r"\A[^\w(\[（【《“\"]+")  # 📝
_NO_TAGS = re.compile(
    r"[\d\s./-]*|(?:table of )?contents?|toc|目录.*|.*readings?|papers?|summary", re.IGNORECASE
)


@dataclass(frozen=True)
class _Written:
    """What an item or a row says of the thing that it names. Its lines (from 0, without the end)
    are its own."""

    title: str
    url: str = ""
    note: str = ""
    pairs: Sequence[Pair] = ()
    tags: Sequence[str] = ()
    start: int = 0
    end: int = 0
    cited: Citation = field(default_factory=Citation)
    is_paper: bool = False  # so says the head of its column, where none has a link
    line: int = 0  # where it stands, below the head of a table


def read_paper_list(text: str, name: str = "") -> tuple[RecordDraft, ...] | None:
    """The records of a file that is mostly a list or a table of papers, and the rest of it as a
    note; None where it is something else.

    Raises:
        Invalid: there are more papers than are taken at once, or more lines.
    """
    lines = read_lines(text)
    found: list[tuple[_Written, RecordDraft]] = []
    for each in chain(_rows(lines), _items(lines)):
        found.append((each, _record(each, lines)))
        check_count(len(found))
    found.sort(key=lambda each: each[0].start)
    # A row that names no paper, and links nothing, is left with the rest.
    found = [each for each in found if is_publication(each[1]) or each[0].url or each[1].files]
    sections = list(accumulate(int(line.depth > 0) for line in lines))
    of_papers = Counter(dict.fromkeys(sections, 0))
    for each, record in found:
        of_papers[sections[each.start]] += 1 if is_publication(record) else -1
    found = [each for each in found if of_papers[sections[each[0].start]] >= 0]
    inside = {at for each, _ in found for at in range(each.start, each.end)}
    records = [record for _, record in found]
    listed = {sections[at] for at in inside}
    if not _is_list(records, lines, inside, [each in listed for each in sections]):
        return None
    rest = [line for at, line in enumerate(lines) if at not in inside]
    raw = raw_text(rest)
    if not is_blank(raw):
        title = next((line.heading for line in lines if line.depth), "")
        title = tidy_line(title).strip("*_ ") or PurePosixPath(name).stem or "notes"
        body = trim_lines([line.text for line in rest if line.role != "front"])
        note = NoteDraft(title=title, body=re.sub(r"\n{3,}", "\n\n", body))
        opening = RecordDraft(draft=None, key="::rest", line=rest[0].number, raw=raw, notes=(note,))
        records.insert(0, opening)
    return tuple(records)


def is_publication(record: RecordDraft) -> bool:
    """Whether a record is of something to cite, rather than of a note or an address."""
    return record.draft is not None and record.draft.kind != "link"


def _is_list(
    records: Sequence[RecordDraft],
    lines: Sequence[MarkdownLine],
    inside: Collection[int],
    listed: Sequence[bool],
) -> bool:
    """Whether enough of them are papers, and items make up at least half of what is written where
    it is `listed`; a quarter of everything, where a heading is of notes on one paper."""
    papers = list(filter(is_publication, records))
    sure = any(each.draft and (each.draft.arxiv_id or each.draft.doi) for each in papers)
    if len(papers) < (1 if sure else 2) or 2 * len(papers) < len(records):
        return False
    is_of_one = any(line.depth and names_part(line.heading) for line in lines)
    items = beside = elsewhere = 0
    for at, line in enumerate(lines):
        if line.role != "front" and not line.depth and _NO_WORDS.sub("", line.text):
            is_defined = link_definitions([line.text])
            items += at in inside
            beside += listed[at] and at not in inside and not is_defined
            elsewhere += not listed[at] and not is_defined
    return items >= beside and (not is_of_one or 3 * items >= elsewhere + beside)


def _tag(lines: Sequence[MarkdownLine]) -> list[tuple[str, ...]]:
    """For each line the heading above it, where that is a word for a group of papers."""
    above: tuple[str, ...] = ()
    tags: list[tuple[str, ...]] = []
    for line in lines:
        if line.depth:
            title = _SIGNS.sub("", tidy_line(line.heading)).strip("*_ :：")
            is_none = _NO_TAGS.fullmatch(title) or len(title) > LONGEST_TAG or not tags
            above = () if is_none else (title,)
        tags.append(above)
    return tags


def _record(written: _Written, lines: Sequence[MarkdownLine]) -> RecordDraft:
    """The record of an item or a row."""
    url = written.url
    title = written.title.strip(" .,:：-–—|_") or written.title
    given = read_heading(title.replace("**", "").strip("*_` "))
    title = tidy_line(given.title) or tidy_line(title)
    said = describe_pairs([*written.pairs, *([("url", url)] if url else [])])
    pairs = [pair for pair in said.left if pair[1] != url]
    left = [line for pair in pairs for line in front_matter.list_item_lines(*pair)]
    nearby = (url,) if url and "://" not in url else ()
    left += (f"- [{title}]({each})" for each in nearby)
    body = "\n\n".join(filter(None, (written.note, "\n".join(left))))
    cited = written.cited.filled(given.cited)
    is_told = cited.year or cited.authors or said.is_paper or written.is_paper
    is_told = is_told or leads_to_paper(url)
    kind = "paper" if is_told and not is_section(title) else "link"
    said.paper.pop("title", None)
    values = {"title": title, "short_title": given.short, **cited.values()}
    return said.record(
        given.verdict,
        draft=said.draft(**values, kind=kind),
        key=said.citekey or title,
        line=written.line or written.start + 1,
        raw=raw_text(lines[written.start : written.end]),
        tags=tuple(dict.fromkeys((*written.tags, *said.tags))),
        notes=(NoteDraft(body=body),) if body else (),
        files=(*nearby, *(each.target for each in linked_files.find_file_links(body))),
    )


# --- Lists --------------------------------------------------------------------------------------


def _items(lines: Sequence[MarkdownLine]) -> Iterator[_Written]:
    """The items that begin with a link; deeper items and indented lines are their own, unless they
    begin with a link, too."""
    defined = link_definitions(line.text for line in lines if not line.is_code)
    above = _tag(lines)
    found: dict[int, _Written] = {}
    for at, line in enumerate(lines):
        if line.is_code or not line.text.strip():
            continue
        item = ITEM.fullmatch(line.text) or _LONE.fullmatch(line.text)
        text = link_directly(item["text"], defined) if item else ""
        if (label := pairs_of(text)) and name_of(label[0][0]) in ("title", "paper"):
            text = label[0][1]  # **Paper:** [A title](…)
        if each := _leading(text) or _trailing(text) or _above_labels(lines, at):
            found[at] = each
    depths = {indent_of(lines[at].text) for at in found} if len(found) > 1 else set()
    for at, line in enumerate(lines):  # titles alone, among the others
        item = None if line.is_code or at in found else ITEM.fullmatch(line.text)
        if item and indent_of(line.text) in depths and looks_like_title(item["text"]):
            found[at] = _Written(item["text"], is_paper=True)
    check_count(len(found))
    for at, each in found.items():
        depth = indent_of(lines[at].text)
        end = each.end or at + 1
        for place in range(at + 1, len(lines)) if not each.end else ():
            if not lines[place].text.strip():
                continue
            if place in found or indent_of(lines[place].text) <= depth:
                break
            end = place + 1
        tags, below = _tag_line([line.text for line in lines[at + 1 : end]])
        pairs = [*each.pairs, *(pair for line in below for pair in pairs_of(line))]
        after = each.note
        rest = trim_lines(textwrap.dedent("\n".join(below)).split("\n"))
        words = MARKDOWN_LINK.sub("", after) if len(after) <= _LONGEST_BESIDE else ""
        beside = read_beside(words)  # (ACL 2023) - Ann Example et al.
        after = "" if beside and words == after else after
        yield replace(
            each,
            note="\n\n".join(filter(None, (after, rest))),
            pairs=[pair for pair in pairs if name_of(pair[0])],
            tags=(*above[at], *tags),
            start=at,
            end=end,
            cited=beside or Citation(),
        )


def _leading(text: str) -> _Written | None:
    """An item that begins with a link to something outside the file."""
    found = _LEADING.fullmatch(text)
    if found is None or not _TARGET.match(found["url"]):
        return None
    if paper_link(f"[{found['title']}](u)"):
        return None
    before, after = found["before"].strip(), found["after"].strip()
    for mark in ("**", "__", "*", "_"):  # that the link stands in
        if before.endswith(mark) and after.startswith(mark):
            before, after = before.removesuffix(mark), after.removeprefix(mark)
    beside = f"{before} {after.lstrip(' ·|–—:：,，-')}".strip()
    note = beside if re.search(r"\w", beside) else ""
    return _Written(found["title"].strip("*_ "), found["url"], note)


def _trailing(text: str) -> _Written | None:
    """`- A title. [[paper]](…) [[code]](…)`, one with an id, or a paper as it is cited."""
    plain = _ID_LINK.sub(r"[paper](\g<url>)", plain_links(text))
    if "](" not in plain and ":" in plain:
        plain = _BARE_ID.sub(_link_id, plain, count=1)
    called = (each for each in MARKDOWN_LINK.finditer(plain) if each["text"].isalpha())
    places = (each for each in called if leads_to_paper(each["url"]))  # [OpenReview](…)
    link = paper_link(plain) or next(places, None)
    if link is None:
        urls, text = urls_in(text), _LINK_ASIDE.sub("", text)
        alone = text.removesuffix(urls[0]).rstrip(" <(") if len(urls) == 1 else unlinked(text)
        cited = None if urls_in(alone) else read_citation(alone)
        is_sure = cited and cited.year and cited.is_sure and not _INITIAL.search(cited.title)
        urls = urls or [each["url"] for each in MARKDOWN_LINK.finditer(text)]
        return _Written(alone, urls[0] if urls else "") if is_sure else None
    before, url, after = plain[: link.start()], link["url"], plain[link.end() :]
    other = MARKDOWN_LINK.search(before)
    if other and not _WORDS.search(MARKDOWN_LINK.sub("", before[other.start() :])):
        # A title [note](…) [paper](…)
        before, after = before[: other.start()], f"{before[other.start() :]} {after}"
    before = _FILE_NAMED.sub("", before)
    title = before.strip(_BETWEEN)
    while (remark := _REMARK.search(title)) and not read_beside(remark["inner"]):
        title, after = title[: remark.start()], f"{remark[0].strip()} {after}"
    if len(title) < _SHORTEST_TITLE or "](" in title or not _TARGET.match(url):
        return None
    return _Written(title, url, after.lstrip(" .,;|)）]>·").rstrip())


def _link_id(found: re.Match[str]) -> str:
    """A paper's address or id in running text, as a link to it."""
    held = f"doi.org/{found['doi']}" if found["doi"] else f"arxiv.org/abs/{found['id']}"
    return f"[paper]({found['url'] or f'https://{held}'})"


def _above_labels(lines: Sequence[MarkdownLine], at: int) -> _Written | None:
    """A line above lines that label what is a paper's: an item in Logseq, or one that begins no
    list, which ends where those do."""
    text = lines[at].text
    item, first = ITEM.fullmatch(text), front_matter.property_of(text)
    if len(text) > _LONGEST_TITLE or (pairs_of(text) and not (item and first)):
        return None
    is_apart = lines[at].depth > 0 or text.startswith((">", "|", " ", "\t"))
    is_apart = is_apart or bool(at and pairs_of(lines[at - 1].heading))  # ### Title: …
    if item is None and (is_apart or _ADDRESSED.fullmatch(text)):
        return None
    pairs: list[Pair] = [first] if first else []
    end = at + 1
    for place in range(at + 1, min(at + 30, len(lines))):
        below = lines[place].text
        found = pairs_of(below)
        if item is None and not found and (_BREAK.fullmatch(below) or _ADDRESSED.fullmatch(below)):
            continue
        is_inside = below.startswith((" ", "\t")) and not ITEM.fullmatch(below)
        if not found or (item is not None and not is_inside):
            break
        pairs += found
        end = place + 1
    said = describe_pairs(pairs)
    title = item["text"] if item else _NUMBER.sub("", _BREAK.sub(" ", text).strip())
    title = unlinked(str(said.paper.get("title", "")) if first else title).strip("*_ ")
    is_titled = item or len(title) >= _SHORTEST_TITLE
    if said.weight < ENOUGH or not is_titled or (first and "title" not in said.named):
        return None
    return _Written(title, pairs=pairs[:1] if first else (), end=0 if item else end)


def _tag_line(below: list[str]) -> tuple[list[str], list[str]]:
    """The tags, where the first line below an item is nothing but words between commas."""
    if below and (item := ITEM.fullmatch(below[0])):
        words = parse_tags(item["text"])
        plain = all(len(word) <= 30 and " " not in word and not urls_in(word) for word in words)
        if plain and (len(words) > 1 or item["text"].startswith("#")) and "::" not in item["text"]:
            return words, below[1:]
    return [], below


# --- Tables -------------------------------------------------------------------------------------


def _rows(lines: Sequence[MarkdownLine]) -> Iterator[_Written]:
    """The rows of the tables that have a column of papers. The head goes with a table's first row,
    so that no line is without its record."""
    above = _tag(lines)
    at = 0
    while at < len(lines):
        table = None if lines[at].is_code else read_table(lines, at)
        if table is None:
            at += 1
            continue
        head, *rows = table.rows
        column = _title_column(head.cells, [row.cells for row in rows]) if rows else None
        start, at = at, table.end
        if column is None or any(one.end > two.start for one, two in pairwise(table.rows)):
            continue
        titles = [row.cells[column] for row in rows if len(row.cells) > column]
        is_of_papers = names_paper(head.cells[column]) and not any("](" in each for each in titles)
        for row in rows:
            if written := _row(head.cells, row.cells, column):
                end = table.end if row is rows[-1] else row.end
                yield replace(
                    written,
                    tags=above[head.start],
                    is_paper=is_of_papers,
                    start=start,
                    end=end,
                    line=row.start + 1,
                )
                start = end  # one that names nothing goes with the next


def _title_column(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """Which column names the papers: by its head, else the one with the most links; None where the
    table is of something else."""
    plain = [tidy_line(cell).strip("*_` ") for cell in head]
    columns = [[row[at] for row in rows if len(row) > at and row[at]] for at in range(len(head))]
    for wanted in ("title", "paper", "name"):
        for cell, column in zip(plain, columns, strict=True):
            kind = "name" if _NAME_COLUMN.fullmatch(cell) else name_of(cell.removesuffix("s"))
            # Links that are called `paper` and the like are no titles.
            if kind == wanted and 2 * sum(map(bool, map(paper_link, column))) <= len(column):
                return columns.index(column)
    linked = [
        len({each[0] for each in map(_LINK_TEXT.match, column) if each}) for column in columns
    ]
    is_known = any(map(name_of, plain)) and 2 * max(linked) >= max(2, len(rows))
    return linked.index(max(linked)) if is_known else None


def _row(head: Sequence[str], row: Sequence[str], column: int) -> _Written | None:
    title = row[column] if len(row) > column else ""
    link = MARKDOWN_LINK.search(title)
    plain = unlinked(_BREAK.sub(" ", title)).strip("*_` ")
    pairs: list[Pair] = []
    notes: list[str] = []
    for at, cell in enumerate(row):
        key = tidy_line(head[at]).strip("*_` ") if at < len(head) else ""
        if at == column or not cell:
            continue
        if _NOTE_COLUMN.fullmatch(key):
            notes.append(_BREAK.sub("\n\n", cell))
        else:
            pairs.append((key or str(at + 1), cell))
    url = link["url"] if link else ""
    return _Written(plain, url, "\n\n".join(notes), pairs) if plain else None
