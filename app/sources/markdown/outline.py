"""Where in a Markdown file the notes begin: lines, fences, the headings that count. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.errors import N_, Invalid
from app.kit.text import show_control_characters
from app.sources.markdown.front_matter import find_front_matter
from app.sources.markdown.inline_metadata import read_date_line
from app.sources.markdown.links import MARKDOWN_LINK


@dataclass(frozen=True, slots=True)
class MarkdownLine:
    """A line of the file (from 1), `raw` as it is with its end, and what it was taken for.

    `depth` and `heading` are of one that is a heading. In code and front matter (`is_code`) marks
    mean nothing. `role`: heading, date, link, image, thought, body or blank. `quoted` keeps whether
    it began with `>`, which says different things in different entries.
    """

    number: int
    raw: str
    text: str
    depth: int = 0
    heading: str = ""
    is_code: bool = False
    role: str = "body"
    quoted: bool = False


LINE_LIMIT = 100_000  # of a text that is read as notes
# Without a blank too, as people write and some programs read; but `#word` is a tag.
_HEADING = re.compile(r"(?P<marks>#{1,6})(?:[ \t]+|(?<=##)(?=[^#\s])|(?=!?\[[^\[]))(?P<text>\S.*)")
_NO_PICTURE = re.compile(r"!\[[^\[\]]+\]\(\S+\.pdf\)")
BULLET = re.compile(r"[-*+][ \t]+(?!\[[ xX]\])(?P<text>\S.*)")
# An item of a list, quoted or not, to be ticked or not.
ITEM = re.compile(r"\A[>\s]*+(?:[-*+•]|\d{1,3}[.)、])[ \t]+(?:\[[ xX]\][ \t]+)?(?P<text>\S.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
TITLE = re.compile(r"title\s*[:=]\s*(?P<title>.*)", re.IGNORECASE)
_RULE = re.compile(r"\s*([=\-*_])(?:\s*\1){2,}\s*")
# Headings that name a part of one paper's notes, or what is linked beside it, not a paper.
_SECTION = re.compile(
    r"\W*(?:(?:[\d.]+|[一二三四五六七八九十]+)[.、)]?\s*)?"
    r"(?:(?P<study>abstract|(?:the )?methods?|methodology|approach(?:es)?|experiments?"
    r"|contributions?|related works?|key ?points?|pros(?: ?(?:and|&) ?cons)?|cons"
    r"|propos\w{1,3} (?:solution|method|approach)s?|摘要|贡献|创新点|.{0,4}思想|实验.{0,4}"
    r"|(?:所提|提出的?|评价)?(?:方法|算法))"
    r"|introduction|background|motivations?|model|evaluation|results?|discussion|conclusions?"
    r"|summary|tl;?dr|(?:further|more|optional|relevant|related|additional) (?:work|readings?)"
    r"|answers?|architecture|preliminar(?:y|ies)|(?:task|to-?do) ?list|problem statement"
    r"|notes?|(?:my |other )?comments?(?: (?:and|&) questions?)?|misc|highlights?|strengths?"
    r"|(?:key ?)?(?:words?|points?|ideas?|takeaways?)|weakness(?:es)?|limitations?|questions?"
    r"|problems?|implementation|data(?:sets?)?|codes?|appendix|overview|info|references?|ris"
    r"|(?:how to )?cit(?:e|ation|ing)|bib(?: ?tex)?|links?|resources?|slides?|github|videos?|talks?"
    r"|demo|poster|blog|supp(?:lementary)?|project(?: page)?|(?:web|home) ?(?:site|page)"
    r"|简介|介绍|引言|前言|背景|动机|相关工作|模型|结果|讨论|结论|总结|小结|亮点|优点|缺点|不足"
    r"|启发|评论|评价|笔记|关键词|数据集|参考.{0,4}|引用|引文|疑问|延伸阅读|读后感|思考|代码|源码"
    r"|视频|幻灯片|主页|项目.{0,4}|.{0,6}概述|.{0,4}结构|.{0,4}定义)\W*",
    re.IGNORECASE,
)
# What stands in the title block of a paper: `ArXiv:1512, CVPR 2016`; three people or more.
_NAME = r"[A-ZÀ-Þ][\w.'’-]*(?: [A-ZÀ-Þ][\w.'’-]*){1,3}"
_IN_BLOCK = re.compile(
    rf"[aA]r[xX]iv:\s?\d{{4}}(?!\.?\d).*"
    rf"|(?:[Bb]y )?{_NAME}(?:(?:, (?:and )?| and ){_NAME}){{2,}}(?: \(.*\))?"
)


def names_part(heading: str) -> bool:
    """Whether a heading names a part of the notes on one paper, such as `Method` or `note:`."""
    first = heading.strip("*_ ").partition("/")[0]  # Introduction/Motivation
    return _SECTION.fullmatch(first) is not None


def is_section(heading: str) -> bool:
    """Whether a heading names a part of such notes, or is no title at all: a month, a year, a list
    of people."""
    heading = heading.strip("*_ ")
    when = read_date_line(heading)
    is_date = bool(re.fullmatch(r"\W*\d{4}\W*", heading)) or (
        when is not None and when.whole and when.venue is None
    )
    return is_date or names_part(heading) or _IN_BLOCK.fullmatch(heading) is not None


def is_section_of_study(heading: str) -> bool:
    """Whether a heading names what every paper has: its abstract, its method, its experiments."""
    found = _SECTION.fullmatch(heading.strip("*_ ").partition("/")[0])
    return found is not None and found["study"] is not None


def read_lines(text: str) -> list[MarkdownLine]:
    """A text cut into its lines: put together, what they are as they are is the text.

    Raises:
        Invalid: field `file`; there are more of them than anybody writes.
    """
    if text.count("\n") + text.count("\r") - text.count("\r\n") > LINE_LIMIT:
        raise Invalid.field(
            "file",
            N_("This text has more than {limit} lines. Cut it into several."),
            limit=LINE_LIMIT,
        )
    raws = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
    start = find_front_matter(text)[1]
    fence, place = "", 0
    lines = []
    for number, raw in enumerate(raws, start=1):
        line = show_control_characters(raw.rstrip("\r\n").removeprefix("\ufeff"))
        is_front, place = place < start, place + len(raw)
        mark = None if is_front else _FENCE.match(line)
        is_code = bool(mark or fence) or is_front
        if fence and mark and mark[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        elif mark and not fence:
            fence = mark[1]
        depth, heading = (0, "") if is_code else _heading(line)
        role = "front" if is_front else "body"
        lines.append(MarkdownLine(number, raw, line, depth, heading, is_code, role))
    return lines


def _heading(line: str) -> tuple[int, str]:
    found = _HEADING.fullmatch(line)
    if found is None:
        return 0, ""
    text = found["text"].rstrip()
    text = text[1:] if _NO_PICTURE.match(text) else text
    closed = text.rstrip("#")
    return len(found["marks"]), closed.rstrip() if closed.endswith((" ", "\t")) else text


def raw_text(lines: Iterable[MarkdownLine]) -> str:
    """Lines as they stand in their file."""
    return "".join(line.raw for line in lines)


def entry_starts(lines: Sequence[MarkdownLine]) -> list[int]:
    """Indexes of the lines that begin an entry: the headings of the level that dominates and those
    above it, or top-level bullets with a `>` line below them where those are more. None in a file
    that gives itself a title in its front matter: that is one note."""
    level = _entry_level(lines)
    headings = [at for at, line in enumerate(lines) if line.depth]
    starts = [at for at in headings if lines[at].depth == level]
    if headings and not level and not is_section(lines[headings[0]].heading):
        starts = headings[:1]  # a title, and parts beside it
    bullets = [
        at for at, line in enumerate(lines) if not line.is_code and BULLET.fullmatch(line.text)
    ]
    quoted = sum(lines[at + 1].text.lstrip().startswith(">") for at in bullets if lines[at + 1 :])
    if quoted >= max(2, len(starts) + 1) and 2 * quoted >= len(bullets):
        starts, level = bullets, 6
    above = (at for at in headings if starts[:1] < [at] and lines[at].depth <= level)
    return sorted({*starts, *above}) if starts else []


def _entry_level(lines: Sequence[MarkdownLine]) -> int:
    """The heading level that has the most headings, leaving out levels that name parts of a paper
    and what stands below the one title of a file about one paper. 0: none."""
    headings = [line for line in lines if line.depth]
    counts = Counter(line.depth for line in headings)
    is_titled = bool(headings) and counts[headings[0].depth] == 1
    if is_titled and headings[0].depth == min(counts):
        below = lines[lines.index(headings[0]) + 1 :]
        first = next((line.text for line in below if line.text.strip()), "").lstrip("> ")
        if MARKDOWN_LINK.fullmatch(headings[0].heading) or read_date_line(first):
            return headings[0].depth
    for depth in sorted(counts)[is_titled and len(counts) > 1 :]:
        parts = [is_section(line.heading) for line in headings if line.depth == depth]
        if 2 * sum(parts) >= len(parts) + (not parts[0]):
            counts = Counter({d: n for d, n in counts.items() if d < depth})
            break
    return max(counts, key=lambda depth: (counts[depth], -depth), default=0)


def find_separator(lines: Sequence[MarkdownLine], first: int) -> int:
    """Where the rule stands that ends the preamble, only blanks after it; without one, `first`."""
    at = first
    while at > 0 and not lines[at - 1].text.strip():
        at -= 1
    is_rule = at > 0 and not lines[at - 1].is_code and _RULE.fullmatch(lines[at - 1].text)
    return at - 1 if is_rule else first


def indent_of(text: str) -> int:
    """How far in a line stands, marks of quotation counted."""
    return len(text[: len(text) - len(text.lstrip(" \t>"))].expandtabs(4))


def trim_lines(lines: Sequence[str]) -> str:
    """The lines without blank ones at either end (spaces that begin a line may be code)."""
    written = [at for at, line in enumerate(lines) if line.strip()]
    return "\n".join(lines[written[0] : written[-1] + 1]).rstrip() if written else ""


def is_blank(text: str) -> bool:
    """Whether there is nothing to read in a text, whatever spaces and byte-order marks it has."""
    return not text.replace("\ufeff", "").strip()
