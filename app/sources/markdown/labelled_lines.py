"""Fields that a text of notes labels itself, in whichever way: `**Authors**: …`, `> 论文名称：…`,
a heading `### Year` with its value below, `key:: value`, a table of two columns. Pure.

What is a label is said by `field_names`, for every way alike.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.sources.arxiv import ids
from app.sources.markdown import front_matter
from app.sources.markdown.field_names import Described, add_pairs, name_of
from app.sources.markdown.front_matter import Value, list_strings
from app.sources.markdown.inline_metadata import read_venue
from app.sources.markdown.links import MARKDOWN_LINK, urls_in
from app.sources.markdown.outline import ITEM, MarkdownLine, indent_of
from app.sources.markdown.tables import WrittenTable, plain_html, read_table

# A line of these: what stands before a label, and the marks around it.
_LINE = re.compile(
    r"[>\s]*+(?:(?:[-+•▪]|\*(?!\*)|\d{1,2}[.)、])\s*+)?(?:\[[ xX]\]\s+)?[^\w\[【*_<`|>]{0,4}+"
    r"(?P<open>(?:\*{1,3}|__?|`|<(?:b|strong|u|font[^<>]{0,40})>|[【\[])?)\s*"
    r"(?P<key>[^\W\d_][^:：*_`<>【】\[\]=]{0,38}?)\s*"
    r"(?P<rest>(?:[*_`】\]:：]|</?(?:b|strong|u|font)>)(?:[*_`】\]:：\s]|</?(?:b|strong|u|font)>)*"
    r"|(?:(?<=\s)[-–—]{1,2}|=)\s+)"
    r"(?P<value>\S.*)?"
)
_PARAGRAPH = re.compile(r"[>\s]*<(?:p|div|li|span)\b", re.IGNORECASE)
_COLON = re.compile(r"[:：]")
_BETWEEN = re.compile(r"[|｜]|<br ?/?>", re.IGNORECASE)
_END = re.compile(r"(?:<br ?/?>|</?(?:b|p|strong|font)>|\\)$", re.IGNORECASE)
# Headings over what is said of the paper, rather than of a part of the notes on it.
_ABOUT = re.compile(
    r"[\W\d一二三四五六]*(?:(?P<surely>"
    r"(?:paper |article |publication |bibliographic |reference |basic )?"
    r"(?:info(?:rmation)?|meta ?data|details|facts)|書誌情報"
    r"|(?:论文|文献|文章|基本|基础|元)+(?:信息|数据|简介|介绍))|overview|links?|resources?|citation|信息"
    r"|简介|概况|链接|资源)\W*",
    re.IGNORECASE,
)
_OF_A_RECORD = frozenset(
    {"title", "paper", "short_title", "authors", "year", "date", "doi", "url", "arxiv", "venue"}
    | {"citekey", "tags", "type", "original_title", "translated_title", "reference"}
)
# What an item alone may head a list of.
_LISTED = _OF_A_RECORD - {"paper", "url", "tags", "type", "reference"}
# A line of nothing but `[key:: value]`.
_INLINE_ALONE = re.compile(r"[>\s]*(?:[-*+]\s+)?(?:[\[(]\w[^\[\]()\n]*::[^\[\]()\n]*[\])][\s,;]*)+")
_UNIQUE = ("title", "original_title", "paper", "authors", "doi", "arxiv", "citekey")
_OF_A_LINK = ("paper", "url", "arxiv", "doi")  # parts of a record that links are called by
# `[[paper]](…)`, `[[paper](…)]`
_IN_BRACKETS = re.compile(
    r"\[ ?\[(?P<text>[^\[\]\n]{1,40})\]"
    r"(?:\]\((?P<one>[^()\s]{1,1000})\)|\((?P<two>[^()\s]{1,1000})\) ?\])"
)
# `[![arXiv](https://img.shields.io/…)](https://arxiv.org/…)`
_BADGE = re.compile(
    r"\[!\[(?P<alt>[^\[\]\n]{1,60})\]\([^()\s]{1,500}\)\]\((?P<url>[^()\s]{1,1000})\)"
)
# What a text says that it is a note on: `本文为论文《…》的个人理解`
_NOTE_ON = re.compile(
    r"[^。《》]{0,20}(?:本文|本篇|这篇)[^。《》]{0,8}论文[\s*_]*《(?P<title>[^《》]{8,300})》.*"
)
_ID = re.compile(r"(?:arxiv:|doi:|https?://(?:\w+\.)*(?:arxiv|doi)\.org/)\s*\S+", re.IGNORECASE)
# What is whole where a record has a place for it.
_WHOLE = {
    "year": re.compile(r"\d{4}\s*年?"),
    "date": re.compile(r"[\d\s./年月日-]+"),
    "authors": re.compile(r"(?:(?!\bet al|等|https?:)[^()（）<>*†‡\[\]])+"),
    "venue": re.compile(r"(?:(?!https?:)[^\[\]<>])+"),
    "paper": re.compile(r"\[[^\[\]\n]+\]\([^()\s]+\)|[^\[\]<>(（]+|<?https?://\S+>?"),
}
_LINK_OR_WORDS = re.compile(
    r"\[[^\[\]\n]+\]\([^()\s]+\)|(?:(?!https?:)[^\[\]<>])+|<?https?://\S+>?"
)
_HEAD = 60  # lines, at most, that a text says first what it is about
ENOUGH = 2  # of what a publication is known by
_ROWS = 60  # of a table, and authors that stand a line each: those of one paper
_LONGEST = 2_000  # characters of a line with a label
_LONGEST_ABOUT = 80  # of a heading


@dataclass(frozen=True)
class Label:
    """A label as written with its value, and the numbers of the lines that both stand on. `name`
    is the part of a record, empty for a property of another name; `in_head`: it stands where a
    text says what all of it is about; `opens`: before any other words, below the title at most."""

    key: str
    value: Value
    name: str
    lines: tuple[int, ...]
    in_head: bool = False
    opens: bool = False
    is_property: bool = False  # `key:: value`, which is one whatever its name


def find_labels(lines: Sequence[MarkdownLine]) -> list[Label]:
    """The labelled fields of a text, in its order. Code has none."""
    found: list[Label] = []
    told: set[str] = set()  # the names of those in the head
    in_head = opens = True
    is_titled = False
    within = 0  # the depth of the heading that all of this is about the paper below
    at = written = 0
    while at < len(lines):
        line = lines[at]
        here = [] if line.is_code else list(_labels_at(lines, at))
        words = line.text.strip("> \t")
        written += bool(words)
        if depth := line.depth:
            about = None if here else _about(line.heading)
            if about and (in_head or (about["surely"] and not told)):
                in_head, within, written = True, depth, 0
            elif here:
                in_head = in_head and (opens or 0 < within < depth)
            elif not 0 < within < depth:
                in_head, within = in_head and not is_titled, 0
            opens = opens and (bool(here) or not is_titled)
            is_titled = True
        elif words and not here:
            opens = False
        in_head = in_head and written <= _HEAD
        for label in here:
            is_first = in_head and opens and bool(label.lines)
            found.append(replace(label, in_head=in_head, opens=is_first))
            told |= {label.name} if in_head else set()
        _join_authors(found)
        last = max((n for label in here for n in label.lines), default=line.number)
        at = last - lines[0].number + 1
    return found


def _about(heading: str) -> re.Match[str] | None:
    """Whether a heading, in one of its languages, is over what is said of the paper."""
    parts = re.split(r"[|｜/]", heading) if len(heading) <= _LONGEST_ABOUT else []
    return next((found for part in parts if (found := _ABOUT.fullmatch(part))), None)


def _join_authors(labels: list[Label]) -> None:
    """Make one of the last two labels, where they are lines that name one author each."""
    if len(labels) < 2 or not labels[-2].lines or not labels[-1].lines:
        return
    one, two = labels[-2:]
    beside = two.lines[0] - one.lines[-1] <= 1 and one.is_property == two.is_property
    people = [*one.value] if isinstance(one.value, list) else [one.value]
    if beside and one.name == two.name == "authors" and len(people) < _ROWS:
        lines = (*one.lines, *two.lines)
        labels[-2:] = [replace(one, value=[*people, two.value], lines=lines)]


def pairs_of(text: str) -> list[tuple[str, str]]:
    """The labels and values that a line of text consists of."""
    if len(text) > _LONGEST:
        return []
    pair = front_matter.property_of(text)
    return [pair] if pair else _pairs(text)


def paper_link(text: str) -> re.Match[str] | None:
    """The first link of a line that is called by what it leads to, such as `[[paper]](…)`, found
    in `plain_links(text)`."""
    links = MARKDOWN_LINK.finditer(plain_links(text))
    return next((each for each in links if name_of(each["text"]) in _OF_A_LINK), None)


def plain_links(text: str) -> str:
    """A text where no link stands in brackets of its own, and none is a picture."""
    text = _BADGE.sub(lambda m: f"[{m['alt']}]({m['url']})", text)
    return _IN_BRACKETS.sub(lambda m: f"[{m['text']}]({m['one'] or m['two']})", text)


def are_of_many(labels: Sequence[Label]) -> bool:
    """Whether labels are those of several papers, one under the other."""
    times = Counter(label.name for label in labels)
    first = Counter(label.name for label in labels if label.in_head)
    return any(times[name] > 1 for name in ("title", "authors")) or any(
        first[name] > 1 for name in _UNIQUE
    )


def describe_labels(
    labels: Sequence[Label], *, is_headed: bool = False
) -> tuple[Described, set[int]]:
    """What the labels in the head of a text say of a paper, where that is enough of one, and the
    numbers of the lines above all words that it took whole, so that they need not be said again.
    Below the heading of a paper the authors are."""
    found = Described()
    taken: set[int] = set()
    kept: set[int] = set()
    head = [label for label in labels if label.in_head]
    names = {label.name for label in head}
    dated = bool(names & {"authors", "venue", "arxiv"})
    for label in head:
        left = len(found.left)
        add_pairs(found, [(label.key, label.value)], dated=dated)
        whole = _WHOLE.get(label.name, _LINK_OR_WORDS)
        is_whole = label.opens and len(found.left) == left
        is_whole = is_whole and all(map(whole.fullmatch, list_strings(label.value)))
        (taken if is_whole else kept).update(label.lines)
    found.left.clear()
    if found.weight + (is_headed and "authors" in names) < ENOUGH:
        return Described(), set()
    return found, taken - kept


def _labels_at(lines: Sequence[MarkdownLine], at: int) -> Iterator[Label]:
    text, number = lines[at].text, lines[at].number
    if len(text) > _LONGEST or not text.strip():
        return
    if "<" in text and _PARAGRAPH.match(text):
        text = plain_html(text)
    alone = _INLINE_ALONE.fullmatch(text)
    if not lines[at].depth and (table := read_table(lines, at)):
        if len(table.rows) <= _ROWS:
            yield from _of_table(table, lines[at : table.end])
    elif pair := front_matter.property_of(text):
        yield Label(*pair, name_of(pair[0]), (number,), is_property=True)
    elif pairs := [] if alone else _pairs(lines[at].heading or text) or _bare_label(lines[at]):
        for key, value in pairs:
            below, values = _below(lines, at) if not value else ([], [])
            more = lines[at + 1].text.strip() if value.endswith(",") and lines[at + 1 :] else ""
            if more and name_of(key) == "authors":  # names go on, on the next line
                below, value = [number + 1], f"{value} {more}"
            if value or values:
                yield Label(key, values or value, name_of(key), (number, *below))
    else:
        for key, value in front_matter.inline_properties(text):
            yield Label(key, value, name_of(key), (number,) if alone else (), is_property=True)
        link = None if lines[at].depth else paper_link(text)  # of one that heads its own part
        if link and urls_in(link["url"]):  # [paper](…) | [code](…)
            yield Label(link["text"], link["url"], name_of(link["text"]), ())
        if on := _NOTE_ON.fullmatch(text):
            yield Label("论文", on["title"], "paper", ())
        venue = read_venue(item["text"].strip("*_ ")) if (item := ITEM.fullmatch(text)) else None
        if venue and venue.is_told:
            yield Label("venue", str(venue), "venue", ())


def _pairs(text: str) -> list[tuple[str, str]]:
    """The labels with their values that a line consists of; several stand between bars. An arXiv
    id or a DOI alone needs none."""
    parts = [part for part in _BETWEEN.split(_without_end(text)) if part.strip()]
    if len(parts) > 1:
        several = [pair for part in parts if (pair := _pair(part))]
        if len(several) == len(parts):
            return several
    words = text.strip("<> \t")
    if whole := _pair(text):
        return [whole]
    if len(words) > 200 or not _ID.fullmatch(words):
        return []
    return [("arxiv" if ids.try_arxiv_id(words) else "doi", words)]


def _without_end(text: str) -> str:
    """A line without the break that HTML has at its end."""
    text = text.rstrip()
    while found := _END.search(text[-12:]):
        text = text[: len(text) - len(found[0])].rstrip()
    return text


def _pair(text: str) -> tuple[str, str] | None:
    found = _LINE.fullmatch(_without_end(text))
    if found is None or name_of(found["key"]) not in _OF_A_RECORD:
        return None
    between = found["rest"].strip()
    is_marked = found["open"] and found["open"] not in "[`" and between
    is_dashed = between.strip("-–—=") == "" and name_of(found["key"]) in _LISTED
    if not (_COLON.search(between) or is_marked or is_dashed):
        return None
    value = (found["value"] or "").strip()
    if value.startswith("//"):
        return None
    marks = found["open"]
    if marks and marks not in found["rest"] and value.endswith(marks):  # all of it is bold
        value = value.removesuffix(marks)
    return found["key"], value.strip()


def _bare_label(line: MarkdownLine) -> list[tuple[str, str]]:
    """A heading or an item of a list that is a label alone, for what stands below it."""
    item = ITEM.fullmatch(line.text)
    text = line.heading or (item["text"] if item else "")
    key = text.strip("*_`:： ")
    is_label = name_of(key) in (_OF_A_RECORD - {"tags", "reference"} if line.depth else _LISTED)
    return [(key, "")] if is_label else []


def _below(lines: Sequence[MarkdownLine], at: int) -> tuple[list[int], list[Value]]:
    """The value that stands below a label: a line, or a list's items; not prose. Below an item
    they stand further in."""
    numbers: list[int] = []
    values: list[Value] = []
    is_heading, is_item = lines[at].depth > 0, ITEM.fullmatch(lines[at].text)
    for line in lines[at + 1 : at + 30]:
        words = line.text.strip("> \t")
        is_out = is_item and indent_of(line.text) <= indent_of(lines[at].text)
        if is_out or line.is_code or line.depth or _pairs(line.text):
            break
        item = ITEM.fullmatch(line.text)
        if not words and (values or not is_heading):
            break
        if words:
            if not (item or is_heading) or (values and not item) or "](#" in words:
                return [], []
            values.append((item["text"] if item else words).strip())
        numbers.append(line.number)
    return (numbers, values) if values else ([], [])


def _of_table(table: WrittenTable, lines: Sequence[MarkdownLine]) -> Iterator[Label]:
    """The labels of rows of two cells, or of a row below a row of labels. What is none is yielded
    too, without a name, so that it is not thought to be said."""
    rows = [row.cells for row in table.rows]
    numbers = tuple(line.number for line in lines)
    named = [[cell.strip("*_`:： ") for cell in row] for row in rows]
    if all(len(row) == 2 for row in rows):
        known = sum(name_of(row[0]) in _OF_A_RECORD for row in named)
        if known < 2 or name_of(named[0][1]):
            return
        pairs = [(key, row[1]) for row, (key, _) in zip(rows, named, strict=True)]
        if table.has_head and not name_of(pairs[0][0]) and len(pairs[0][1]) < 16:
            del pairs[0]
    elif len(rows) == 2 and sum(name_of(cell) in _OF_A_RECORD for cell in named[0]) >= 2:
        pairs = [*zip(named[0], rows[1], strict=False)]
    else:
        return
    for key, value in pairs:
        name = name_of(key) if name_of(key) in _OF_A_RECORD else ""
        if name or value.strip():
            yield Label(key, value, name, numbers)
