"""What our Markdown adds to CommonMark and GFM tables, as rules of markdown-it. Pure.

- `[[links]]`, also as `【【links】】`; `[Exact Title]`, `[@key]` and `@key` where the environment's
  resolver knows that title or key
- `$math$`, `$$math$$`, `\\(math\\)`, `\\[math\\]`; bare `https://…` and `arXiv:…`
- `#tags`; `==highlights==`; `%%comments%%`, which are not shown
- emphasis beside Chinese; `|` inside a link or formula does not end a table's cell
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cached_property
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.parser_inline import ParserInline, RuleFuncInlineType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.dollarmath.index import math_block_dollar
from mdit_py_plugins.footnote import footnote_plugin

from app.kit.text import TITLE_LIMIT, fold
from app.notes.references import (
    LinkReference,
    LinkTarget,
    WrittenLink,
    cited_key,
    find_target,
    identified_paper,
    parse_link,
)

LINK_LIMIT = 2_000  # distinct references of one text that are looked up
PARAGRAPH_LIMIT = 10_000  # characters within which a mark finds its other one

# `[[x]](url)` stays a Markdown link whose text is `[x]`.
_WIKI = re.compile(r"\[\[([^\[\]|\n\\]{1,1000})(?:\\?\|([^\[\]\n]{0,1000}))?\]\](?!\()")
# As an input method writes them; what is between backticks stays.
_WIDE = re.compile(
    r"`[^`\n]{1,2000}`|【【([^【】\[\]|｜\n]{1,1000})(?:[|｜]([^【】\n]{1,1000}))?】】"
)
_CITED = re.compile(r"@([A-Za-z][\w:.+-]{0,100})", re.ASCII)
_SHORTCUT = re.compile(r"\[(?![\^\s])([^\[\]\\]{2,1000})\](?![\[(:])")
_DOUBLE = re.compile(r"\$\$(?!\$)((?:[^$\\]|\\.){1,5000}?)\$\$", re.DOTALL)
# Prices are no formulas: the dollars hug what is between them, or there is TeX between them.
_SINGLE = re.compile(
    r"\$(?!\$)(?:(?![\s])((?:[^$\\\n]|\\.|\n(?!\n)){0,4999}?(?:[^$\\\s]|\\\S))"
    r"|([^$\n\\]{0,100}\\[a-zA-Z](?:[^$\\\n]|\\.){0,4000}))\$(?![\d$])",
)
_PIPES = re.compile(rf"{_WIKI.pattern}|{_DOUBLE.pattern}|{_SINGLE.pattern}")
_URL = re.compile(
    # ASCII as RFC 3986 has it; Chinese only where it starts a segment, a value or a word of its own
    # (/wiki/注意力), not where a sentence goes on behind the address (…/2208.10442的方法).
    r"https?://[A-Za-z0-9\[][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
    r"(?:(?<=[/=_#\-])[\u3400-\u9fff]+[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*)*",
    re.IGNORECASE,
)
_ARXIV = re.compile(r":\s?((?:\d{4}\.\d{4,5}|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)(?![\w.]*\d)")
_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9.+\-])(https?)$", re.IGNORECASE)
_ARXIV_SCHEME = re.compile(r"(?:^|[^A-Za-z0-9])(arxiv)$", re.IGNORECASE)
_HIGHLIGHT = re.compile(r"==(?![=\s])((?:[^=\n]|=(?!=)){1,2000}?)(?<!\s)==(?!=)")
_COMMENT = re.compile(r"%%(?:[^%]|%(?!%)){0,5000}%%")
_BRACKETED = re.compile(
    r"\\\((?P<inline>[^\n]{1,4000}?)\\\)|\\\[(?P<display>.{1,5000}?)\\\]", re.DOTALL
)
# `\(see above\)` is a bracket that a converter escaped; in a formula there is a sign or no word.
_TEX = re.compile(r"[\\^_={}<>+|/]|^(?!.*(?:[A-Za-z]{3}|[\u3400-\u9fff]))", re.DOTALL)
# As Obsidian has them: not within a word, and not of digits alone.
_NOTE_FILE = re.compile(r"(?![/#])[^:?]{1,1000}\.md(?:#|$)", re.IGNORECASE)
_BLOCK_ID = re.compile(r"(?:^|\s)\^(?=[\w-]*[A-Za-z])[A-Za-z0-9-]{3,64}$")
_TAG = re.compile(r"#(?=[\w/-]*[^\W\d_])([\w/-]{1,80})(?![\w#])")
_BEFORE_TAG = re.compile(r"[\s(（,，、。；：\[]\Z")
_INTERRUPTED = ["paragraph", "reference", "blockquote", "list"]
_NONCHARACTERS = [chr(code) for code in range(0xFDD0, 0xFDF0)]


def extend_parser(md: MarkdownIt) -> None:
    """Teach `md` all of the above."""
    md.inline = _Inline(md.inline)
    md.helpers = _Helpers  # type: ignore[assignment]
    md.use(footnote_plugin)
    md.enable(["table", "strikethrough"])
    md.options["tasklists"] = True
    md.inline.ruler.after("escape", "math", _math)
    md.inline.ruler.before("escape", "bracket_math", _bracket_math)
    md.inline.ruler.after("escape", "highlight", _highlight)
    md.inline.ruler.after("escape", "comment", _comment)
    md.inline.ruler.after("escape", "tag", _tag)
    md.block.ruler.before("fence", "comment_block", _comment_block, {"alt": _INTERRUPTED})
    md.block.ruler.before("fence", "bracket_math_block", _bracket_math_block)
    md.inline.ruler.before("image", "shown_link", _wiki_link)
    md.inline.ruler.before("link", "wiki_link", _wiki_link)
    md.inline.ruler.after("footnote_ref", "shortcut", _shortcut)
    md.inline.ruler.after("escape", "cited", _cited)
    md.inline.ruler.after("text", "bare_link", _bare_link)
    md.inline.ruler.after("text", "lone_bracket", _lone_bracket)
    md.block.ruler.before("fence", "math_block", _math_block)
    md.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    md.core.ruler.before("inline", "wide_links", _wide_links)
    md.core.ruler.before("inline", "begun_tasks", _begun_tasks)
    md.core.ruler.push("paper_links", _paper_links)
    md.core.ruler.push("file_links", _file_links)
    md.core.ruler.push("block_ids", _hide_block_ids)


def _lone_bracket(state: StateInline, silent: bool) -> bool:
    """A `[` that begins nothing, as was found when it was passed over: no rule is asked again."""
    if silent or state.src[state.pos] != "[" or state.cache.get(state.pos) != state.pos + 1:
        return False
    state.append_pending("[")
    state.pos += 1
    return True


def _resolved(env: EnvType, reference: LinkReference) -> LinkTarget | None:
    """What `reference` names, if that is known; collects it where references are collected."""
    found: set[LinkReference] | None = env.get("references_found")
    if found is not None and len(found) < LINK_LIMIT:
        found.add(reference)
    resolve: Callable[[LinkReference], LinkTarget | None] = env["resolve"]
    return resolve(reference)


def _wiki_link(state: StateInline, silent: bool) -> bool:
    """`[[…]]`, and `![[…]]`, which shows what it names where that stands alone."""
    start = state.pos + state.src.startswith("![[", state.pos)
    if state.src[start] != "[" or state.linkLevel > 0:
        return False
    match = _WIKI.match(state.src, start, state.posMax)
    if not match or (link := parse_link(match[1])) is None:
        return False
    if not silent:
        token = state.push("wiki_link", "a", 0)
        label = (match[2] or "").strip()
        token.content = label or match[1].strip()
        token.meta = {
            "link": link,
            "target": _target(state.env, link),
            "labelled": bool(label),
            "shown": start > state.pos,
        }
    state.pos = match.end()
    return True


def _target(env: EnvType, link: WrittenLink) -> LinkTarget | None:
    """What a link names; collects all that it may name where references are collected."""
    targets = {reference: _resolved(env, reference) for reference in link.ways}
    return find_target(link, targets.get)


def _shortcut(state: StateInline, silent: bool) -> bool:
    """`[Exact Title]`: taken only if there is such a title, so that all other brackets stay."""
    if state.src[state.pos] != "[" or state.linkLevel > 0:
        return False
    match = _SHORTCUT.match(state.src, state.pos, state.posMax)
    if not match or len(match[1]) > TITLE_LIMIT or match[1].isdigit():
        return False
    cited = match[1].startswith("@")  # one alone; of several, each is a link of its own
    reference = LinkReference("title", fold(match[1].removeprefix("@")))
    target = _resolved(state.env, reference)
    if target is None or target.kind not in ("paper", "note"):  # `[MASK]` is no technique
        return False
    if not silent:
        token = state.push("wiki_link", "a", 0)
        token.content = match[1]
        link = WrittenLink({reference: ""}, match[1])
        token.meta = {"link": link, "target": target, "labelled": not cited}
    state.pos = match.end()
    return True


def _cited(state: StateInline, silent: bool) -> bool:
    """`@key` in a sentence, or in `[see @key, p. 3; @other]`, where there is such a paper."""
    if state.src[state.pos] != "@" or state.linkLevel > 0:
        return False
    before = state.src[state.pos - 1 : state.pos]
    match = _CITED.match(state.src, state.pos, state.posMax)
    if not match or (before.isascii() and (before.isalnum() or before in ("_", ".", "/"))):
        return False
    key = match[1].rstrip(".:+-")
    reference = cited_key(key)
    target = _resolved(state.env, reference) if reference else None
    if reference is None or target is None:
        return False
    if not silent:
        token = state.push("wiki_link", "a", 0)
        token.content = key
        token.meta = {
            "link": WrittenLink({reference: ""}, key),
            "target": target,
            "labelled": False,
        }
    state.pos = match.start(1) + len(key)
    return True


def _wide_links(state: StateCore) -> None:
    """`【【name｜words】】`, as an input method writes `[[name|words]]`, is that."""
    for block in state.tokens:
        if block.type == "inline" and "【【" in block.content:
            block.content = _WIDE.sub(_narrow, block.content)


def _narrow(match: re.Match[str]) -> str:
    name, words = match.groups()
    if not name:
        return match[0]
    return f"[[{name}|{words}]]" if words else f"[[{name}]]"


def _math(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    double = _DOUBLE.match(state.src, state.pos, state.posMax)
    match = double or _SINGLE.match(state.src, state.pos, state.posMax)
    if not match or not (tex := next(part for part in match.groups() if part).strip()):
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = tex
        token.meta = {"display": bool(double)}
    state.pos = match.end()
    return True


def _bracket_math(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith(("\\(", "\\["), state.pos):
        return False
    match = _BRACKETED.match(state.src, state.pos, state.posMax)
    tex = (match["inline"] or match["display"]).strip() if match else ""
    if not match or not _TEX.search(tex) or not any(map(str.isalnum, tex)):
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = tex
        token.meta = {"display": match["display"] is not None}
    state.pos = match.end()
    return True


_in_dollars = math_block_dollar(allow_labels=False, allow_blank_lines=True)


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`$$ … $$` over several lines, blank ones too. Where one is not closed, no later one is: that
    is looked for once, for a text of such beginnings would take its length squared."""
    first = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("$$", first):
        return False
    place = (end, state.level, state.blkIndent)
    if place in state.env.setdefault("unclosed_math", set()):
        return False
    if _in_dollars(state, start, end, silent):
        return True
    state.env["unclosed_math"].add(place)
    return False


def _bracket_math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A formula between lines that are `\\[` and `\\]`: no line of it is a list or a heading."""
    if _line_of(state, start) != "\\[":
        return False
    last = next((n for n in range(start + 1, end) if _line_of(state, n) == "\\]"), None)
    if last is None or not (tex := state.getLines(start + 1, last, state.blkIndent, False).strip()):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block, token.content, token.map = True, tex, [start, last + 1]
        state.line = last + 1
    return True


def _highlight(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("==", state.pos):
        return False
    match = _HIGHLIGHT.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        state.push("mark_open", "mark", 1)
        stop, state.posMax = state.posMax, match.end(1)
        state.pos = match.start(1)
        state.md.inline.tokenize(state)
        state.posMax = stop
        state.push("mark_close", "mark", -1)
    state.pos = match.end()
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    """`#word`: the notes that have it are listed behind it."""
    if state.src[state.pos] != "#" or state.linkLevel > 0:
        return False
    if state.pos and not _BEFORE_TAG.search(state.src[state.pos - 1]):
        return False
    match = _TAG.match(state.src, state.pos, state.posMax)
    if not match or not (name := match[1].strip("/-")):
        return False
    if not silent:
        found: set[LinkReference] | None = state.env.get("references_found")
        if found is not None and len(found) < LINK_LIMIT:
            found.add(LinkReference("tag", fold(name)))
        token = state.push("tag_link", "a", 0)
        token.content = match[0]
        token.meta = {"tag": name}
    state.pos = match.end()
    return True


def _comment(state: StateInline, _silent: bool) -> bool:
    """`%%…%%` is the writer's alone: it is neither shown nor found."""
    if not state.src.startswith("%%", state.pos):
        return False
    match = _COMMENT.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    state.pos = match.end()
    return True


def _comment_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The same over several lines or paragraphs; one that is not closed is text."""
    line = _line_of(state, start)
    if not line.startswith("%%") or "%%" in line[2:]:
        return False
    last = next((n for n in range(start + 1, end) if "%%" in _line_of(state, n)), None)
    if last is None or not _line_of(state, last).endswith("%%"):
        return False
    if not silent:
        state.line = last + 1
    return True


def _line_of(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()


def _bare_link(state: StateInline, silent: bool) -> bool:
    """`https://…` and `arXiv:…` without marks around them.

    In place of linkify, which takes the Chinese sentence after an address for a part of it.
    """
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return False
    if state.src.startswith("://", state.pos):
        scheme = _SCHEME.search(state.pending[-20:])
        start = state.pos - len(scheme[1]) if scheme else 0
        match = _URL.match(state.src, start, state.posMax) if scheme else None
        shown = _trimmed(match[0]) if match else ""
        url = shown
    else:
        scheme = _ARXIV_SCHEME.search(state.pending[-20:])
        match = _ARXIV.match(state.src, state.pos, state.posMax) if scheme else None
        start = state.pos - len(scheme[1]) if scheme else 0
        shown = state.src[start : match.end()] if match else ""
        url = f"https://arxiv.org/abs/{match[1]}" if match else ""
    if not scheme or not shown or start + len(shown) <= state.pos:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": state.md.normalizeLink(url)}
        token.info = "auto"
        token = state.push("text", "", 0)
        token.content = state.md.normalizeLinkText(shown)
        token = state.push("link_close", "a", -1)
        token.info = "auto"
    state.pos = start + len(shown)
    return True


def _trimmed(url: str) -> str:
    """`url` without what belongs to the sentence: end punctuation, a bracket opened before it."""
    spare = {")": url.count(")") - url.count("("), "]": url.count("]") - url.count("[")}
    end = len(url)
    while end and (url[end - 1] in "?!.,:;*_~'" or spare.get(url[end - 1], 0) > 0):
        if url[end - 1] in spare:
            spare[url[end - 1]] -= 1
        end -= 1
    return url[:end]


def _paper_links(state: StateCore) -> None:
    """A bare link to a paper that the library holds, at arXiv or by its DOI, names the paper and
    leads to it."""
    for block in state.tokens:
        children = block.children or []
        for place, token in enumerate(children):
            if token.type != "link_open" or token.info != "auto":
                continue
            address = str(token.attrs.get("href", ""))
            reference = identified_paper(address)
            if reference and (target := _resolved(state.env, reference)):
                token.attrs = {"href": target.url, "class": target.kind, "title": address}
                children[place + 1].content = target.title


def _file_links(state: StateCore) -> None:
    """`[words](folder/A%20note.md#heading)`, as editors of folders write links, leads to what
    `[[A note#heading]]` does; where that names nothing it stays as it is."""
    for block in state.tokens:
        for token in block.children or []:
            address = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
            if not _NOTE_FILE.match(address):
                continue
            link = parse_link(unquote(address))
            if link and (target := _target(state.env, link)):
                token.attrs = {"href": target.url, "class": target.kind}


def _begun_tasks(state: StateCore) -> None:
    """`- [/] …` is a task that is half done, as Obsidian's themes have it."""
    for item, paragraph, text in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        if (
            (item.type, paragraph.type) == ("list_item_open", "paragraph_open")
            and text.content[:4] in ("[/] ", "[/]\t")
            and item.map
            and text.map
            and text.map[0] == item.map[0]
        ):
            item.meta = {"checked": "half"}
            text.content = text.content[4:]


def _hide_block_ids(state: StateCore) -> None:
    """` ^id` at the end of a paragraph is what Obsidian names it by: no word of it."""
    for block in state.tokens:
        if block.type == "inline" and block.children and block.children[-1].type == "text":
            last = block.children[-1]
            last.content = _BLOCK_ID.sub("", last.content)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """GFM tables whose cells may hold `[[a|b]]` and `$x|y$`.

    Those pipes are out of the way, one character for another, while the table is cut into cells.
    """
    source: str = state.src
    if state.env.get("masked_for") is not source:
        mask = next((c for c in _NONCHARACTERS if c not in source), "|")
        masked = source
        if "|" in source:
            masked = _PIPES.sub(lambda match: match[0].replace("|", mask), source)
        state.env.update(masked_for=source, masked=masked, mask=mask)
    before = len(state.tokens)
    state.src = state.env["masked"]
    try:
        found = table(state, start, end, silent)
    finally:
        state.src = source
    for token in state.tokens[before:] if found and not silent else ():
        token.content = token.content.replace(state.env["mask"], "|")
    return found


_FIRST_CHARACTERS = {
    **{"lone_bracket": "[", "bare_link": ":", "newline": "\n", "bracket_math": "\\"},
    **{"escape": "\\", "cited": "@", "tag": "#", "comment": "%", "highlight": "=", "math": "$"},
    **{"backticks": "`", "strikethrough": "~", "emphasis": "*_", "wiki_link": "[!", "link": "["},
    **{"shown_link": "[!", "image": "!", "footnote_inline": "^", "footnote_ref": "["},
    **{"shortcut": "[", "autolink": "<", "html_inline": "<", "entity": "&"},
}


class _Inline(ParserInline):
    """The inline parser, with a state that knows Chinese; at a character it asks the rules that
    begin with it (`_FIRST_CHARACTERS`), where markdown-it asks all."""

    def __init__(self, plain: ParserInline) -> None:
        super().__init__()
        self.ruler = plain.ruler
        self.ruler2 = plain.ruler2

    @cached_property
    def _rules(self) -> dict[str, list[RuleFuncInlineType]]:
        """The rules by the character that they begin with."""
        named = [*zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True)]
        return {
            first: [rule for name, rule in named if first in _FIRST_CHARACTERS.get(name, first)]
            for first in frozenset("".join(_FIRST_CHARACTERS.values()))
        }

    @cached_property
    def _anywhere(self) -> list[RuleFuncInlineType]:
        """The rules at any other character."""
        named = zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True)
        return [rule for name, rule in named if name not in _FIRST_CHARACTERS]

    def _take(self, state: StateInline, *, silent: bool) -> bool:
        """Whether a rule goes on from where `state` stands."""
        for rule in self._rules.get(state.src[state.pos], self._anywhere):
            if rule(state, silent):
                return True
        return False

    def tokenize(self, state: StateInline) -> None:
        while state.pos < state.posMax:
            if state.level >= state.md.options["maxNesting"] or not self._take(state, silent=False):
                state.append_pending(state.src[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        start = state.pos
        if start in state.cache:
            state.pos = state.cache[start]
            return
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax + 1
        else:
            state.level += 1
            if not self._take(state, silent=True):
                state.pos += 1
            state.level -= 1
        state.cache[start] = state.pos

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        for piece in _pieces(src):
            state = _State(piece, md, env, [])
            self.tokenize(state)
            for rule in self.ruler2.getRules(""):
                rule(state)
            tokens += state.tokens
        return tokens


def _pieces(src: str) -> Iterator[str]:
    """A paragraph, or, of one longer than any text has, pieces cut at its lines or words: a mark
    without its other one is looked for to the end, again and again."""
    while len(src) > PARAGRAPH_LIMIT:
        space = src.rfind("\n", PARAGRAPH_LIMIT // 2, PARAGRAPH_LIMIT)
        space = space if space > 0 else src.rfind(" ", PARAGRAPH_LIMIT // 2, PARAGRAPH_LIMIT)
        end = space if space > 0 else PARAGRAPH_LIMIT
        yield src[:end]
        src = src[end:]
    yield src


class _Helpers:
    """What markdown-it's rules find the parts of a link by."""

    parseLinkDestination = staticmethod(parseLinkDestination)  # noqa: N815
    parseLinkTitle = staticmethod(parseLinkTitle)  # noqa: N815

    @staticmethod
    def parseLinkLabel(state: "_State", start: int, disableNested: bool = False) -> int:  # noqa: N802, N803
        """Where the bracket at `start` is closed, or -1.

        As markdown-it's own, which goes from every bracket to the end of the text: here each is
        passed once, and what closes it is remembered.
        """
        if start not in state.closed:
            _match_brackets(state, start)
        end, holds_link = state.closed[start]
        return -1 if end >= state.posMax or (disableNested and holds_link) else end


def _match_brackets(state: "_State", start: int) -> None:
    """Note in `state.closed` what closes the bracket at `start` and those behind it: the place, or
    -1, and whether a link stands between."""
    before = state.pos
    opened, linked = [start], [False]
    state.pos = start + 1
    while opened and state.pos < state.posMax:
        at = state.pos
        mark = state.src[at]
        if mark == "]":
            state.closed[opened.pop()] = at, (inside := linked.pop())
            if linked:
                linked[-1] |= inside
        state.md.inline.skipToken(state)
        if mark != "[":
            continue
        if state.pos != at + 1:
            linked[-1] = True
        elif at not in state.closed:
            opened.append(at)
            linked.append(False)
        elif state.closed[at][0] < 0:
            break
        else:
            end, inside = state.closed[at]
            linked[-1] |= inside
            state.pos = end + 1
    state.closed.update((each, (-1, False)) for each in opened)
    state.pos = before


class _State(StateInline):
    def __init__(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self.closed: dict[int, tuple[int, bool]] = {}  # what closes the brackets that were passed

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803
        """CommonMark's flanking rule, amended for scripts without spaces.

        Chinese punctuation counts as a letter, and a Chinese neighbour does what a space would do,
        so that `**重要。**后文` is bold (https://github.com/tats-u/markdown-cjk-friendly).
        """
        end = start
        while end < self.posMax and self.src[end] == self.src[start]:
            end += 1
        before = self.src[start - 1] if start > 0 else " "
        after = self.src[end] if end < self.posMax else " "
        punctuation_before, punctuation_after = _is_punctuation(before), _is_punctuation(after)
        left = not after.isspace() and (
            not punctuation_after or before.isspace() or punctuation_before or _is_wide(before)
        )
        right = not before.isspace() and (
            not punctuation_before or after.isspace() or punctuation_after or _is_wide(after)
        )
        return Scanned(
            left and (canSplitWord or not right or punctuation_before),
            right and (canSplitWord or not left or punctuation_after),
            end - start,
        )


def _is_wide(character: str) -> bool:
    """Chinese, Japanese, Korean: letters and their own punctuation."""
    return character >= "\u1100" and unicodedata.east_asian_width(character) in "WFH"


def _is_punctuation(character: str) -> bool:
    """Punctuation or symbol as CommonMark 0.31 has it, but for that of wide scripts."""
    if character.isalnum() or character.isspace():  # most are: quick
        return False
    return unicodedata.category(character)[0] in "PS" and not _is_wide(character)
