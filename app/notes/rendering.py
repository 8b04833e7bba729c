"""How the tokens of a text become HTML, before it is sanitised. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote

from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from app.kit.text import has_han
from app.notes.references import LinkTarget, WrittenLink, heading_id

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from pygments.formatters import HtmlFormatter
    from pygments.lexer import Lexer

KEYED = ("\ue000", "\ue001")  # for private use: no text says anything by them
_HIGHLIGHT_LIMIT = 50_000  # characters of one block of code; Pygments is slow on more
ATTACHMENT = re.compile(r"(?:attachment:|/attachments/)([0-9a-f]{64})")
RAW_TAGS = frozenset(
    "a abbr b blockquote br caption center cite code dd del details div dl dt em figcaption figure "  # noqa: SIM905
    "font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s small span strong sub "
    "summary sup table tbody td tfoot th thead tr u ul wbr".split()
)
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp|svg)\Z", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_COLOURED = re.compile(
    r"\\(?:text)?color\s*\{\s*([a-z]+)\s*\}\s*(?:\{([^{}\\$^_]*)\}|([^{}\\$^_]+))\s*"
)
_INKS: Mapping[str, str] = {
    **{name: name for name in ("red", "orange", "green", "blue", "purple", "grey")},
    **{"gray": "grey", "violet": "purple", "magenta": "purple", "brown": "orange"},
    **{"teal": "green", "cyan": "blue", "yellow": "orange", "pink": "red"},
}
_TAG = re.compile(r"</?([a-zA-Z][\w-]*)")
_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_TAGGED = re.compile(r"<[^>]*>")


class Renderer(RendererHTML):
    """markdown-it's renderer, with our own tokens and without foreign pictures and raw HTML."""

    def wiki_link(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return _link(tokens[idx])

    def tag_link(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        token = tokens[idx]
        address = f"/notes?tag={quote(token.meta['tag'])}"
        return f'<a href="{escape(address)}" class="note-tag">{escape(token.content)}</a>'

    def math_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return _formula(tokens[idx].content, display=bool(tokens[idx].meta["display"]))

    def math_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return f"<p>{_formula(tokens[idx].content.strip(), display=True)}</p>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        alt = self.renderInlineAsText(token.children or [], options, env)
        source, title = str(token.attrs.get("src", "")), str(token.attrs.get("title", ""))
        return _picture(source, alt, title, linked=bool(token.meta.get("linked")))

    def html_inline(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        return _raw(tokens[idx].content)

    def html_block(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        html = _raw(tokens[idx].content)
        return f"<p>{html}</p>\n" if html.startswith("&lt;") else html

    def list_item_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        token = tokens[idx]
        if (done := token.meta.get("checked")) is None:
            return self.renderToken(tokens, idx, options, env)
        token.attrSet("class", "task task-done" if done is True else "task")
        # What a page makes a button of; the line says which box of the text it is.
        inside = next((each for each in tokens[idx + 1 : idx + 3] if each.type == "inline"), token)
        words = escape("".join(token_words(inside)).strip()[:80])
        line = token.map[0] if token.map else 0
        place = "" if env.get("embedded") else f' data-line="{line}" title="{words}"'
        box = f'<span class="task-box"{place}>'
        return f"<li{self.renderAttrs(token)}>{box}{_TASK_SIGNS[done]}</span> "

    def embed(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A note that another shows; what that shows in its turn is linked."""
        token = tokens[idx]
        target: LinkTarget = token.meta["target"]
        anchor = target.url.partition("#note-")[2].partition("-")[2]
        kept = {name: env[name] for name in ("resolve", "parser", "section_of")}
        inside: EnvType = {**kept, "embedded": True, "docId": f"e{idx}"}
        section: Callable[[str, str], str] = env["section_of"]
        parser: MarkdownIt = env["parser"]
        shown = parser.render(section(target.shown, anchor), inside)
        return (
            f'<blockquote class="embed">\n<p class="embed-title">{_link(token)}</p>\n'
            f"{shown}</blockquote>\n"
        )


_TASK_SIGNS: Mapping[bool | str, str] = {False: "☐", True: "☑", "half": "◧"}
_CALLOUT = re.compile(r"\[!([A-Za-z][\w-]{0,30})\]([+-]?)[ \t]*")
_TONES: Mapping[str, str] = {  # Obsidian's names and GitHub's, in the few colours of our pages
    **dict.fromkeys(("tip", "hint", "success", "check", "done"), "yes"),
    **dict.fromkeys(("important", "info", "todo", "abstract", "summary", "tldr"), "accent"),
    **dict.fromkeys(("warning", "caution", "attention", "question", "help", "faq"), "part"),
    **dict.fromkeys(("failure", "fail", "missing", "danger", "error", "bug"), "fails"),
}
_CALLOUT_NAMES: Mapping[str, tuple[str, str]] = {
    "note": ("Note", "笔记"),
    "tip": ("Tip", "提示"),
    "hint": ("Hint", "提示"),
    "info": ("Info", "信息"),
    "important": ("Important", "重要"),
    "warning": ("Warning", "警告"),
    "caution": ("Caution", "小心"),
    "question": ("Question", "问题"),
    "todo": ("To do", "待办"),
    "example": ("Example", "例子"),
    "quote": ("Quote", "引用"),
    "abstract": ("Abstract", "摘要"),
    "summary": ("Summary", "小结"),
    "success": ("Success", "成功"),
    "failure": ("Failure", "失败"),
    "danger": ("Danger", "危险"),
    "bug": ("Bug", "缺陷"),
}
_WIDE_ALT = re.compile(r"(.*?)\s*\\?\|\s*(\d{1,4})(?:x\d{1,4})?\s*", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")


def restyle_tokens(state: StateCore) -> None:
    """Headings go below the page's own, block quotes are thoughts, no cell carries a style.

    A block with Chinese in it says so, for its punctuation and emphasis are set in another face,
    and its links speak Chinese; so does a cell without a word of its own in a table that does.
    """
    chinese = False  # the table that is being read
    for place, block in enumerate(state.tokens):
        inside = block.children or []
        _dress_line(inside)
        if block.type == "table_open":
            chinese = _speaks_chinese(state.tokens[place:])
        elif block.type == "table_close":
            chinese = False
        elif block.type == "inline" and (
            has_han(block.content)
            or (chinese and not any(_LETTER.search(t.content) for t in inside if t.type == "text"))
        ):
            holder = state.tokens[place - (2 if state.tokens[place - 1].hidden else 1)]
            holder.attrSet("lang", "zh-Hans")
            for token in inside:
                if token.type == "wiki_link":
                    token.meta["chinese"] = True
    _dress_callouts(state.tokens)
    if not state.env.get("embedded"):
        _show_embeds(state.tokens)
    ids: dict[str, int] = {}
    for place, token in enumerate(state.tokens):
        if token.type == "heading_open" and not state.env.get("embedded"):
            name = heading_id("".join(token_words(state.tokens[place + 1])))
            ids[name] = ids.get(name, 0) + 1
            token.attrSet("id", name if ids[name] == 1 else f"{name}-{ids[name] - 1}")
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        elif token.type == "blockquote_open" and "class" not in token.attrs:
            token.attrSet("class", "thought")
        elif token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", "")):
            token.attrSet("class", str(style).replace("text-align:", "align-"))


def _show_embeds(tokens: list[Token]) -> None:
    """A paragraph that is `![[a note]]` alone becomes that note."""
    for place, token in enumerate(tokens):
        if (
            token.type != "inline"
            or not token.children
            or tokens[place - 1].type != "paragraph_open"
        ):
            continue
        held = [each for each in token.children if each.type != "text" or each.content.strip()]
        target = held[0].meta.get("target") if len(held) == 1 else None
        if target is not None and held[0].meta.get("shown") and target.shown:
            shown = Token("embed", "", 0, meta=held[0].meta, content=held[0].content, block=True)
            tokens[place - 1].hidden = tokens[place + 1].hidden = True
            tokens[place] = shown


def _dress_callouts(tokens: Sequence[Token]) -> None:
    """`> [!warning] A title` is a box with that title; with `-` behind it, one that is folded."""
    opened: list[Token] = []
    for place, token in enumerate(tokens):
        if token.type == "blockquote_open":
            opened.append(token)
            line = tokens[place + 2] if place + 2 < len(tokens) else token
            if line.type == "inline" and (found := _CALLOUT.match(line.content)):
                _open_callout(token, tokens[place + 1 : place + 4], line, found)
        elif token.type == "blockquote_close":
            token.tag = opened.pop().tag


def _open_callout(
    block: Token, paragraph: Sequence[Token], line: Token, found: re.Match[str]
) -> None:
    kind, fold = found[1].lower(), found[2]
    block.tag = "details" if fold else "div"
    block.attrSet("class", f"callout callout-{_TONES.get(kind, 'note')}")
    if fold == "+":
        block.attrSet("open", "")
    children = line.children or []
    breaks = [n for n, each in enumerate(children) if each.type in ("softbreak", "hardbreak")]
    end = breaks[0] if breaks else len(children)
    title, rest = _without(children[:end], len(found[0])), children[end + 1 :]
    tag = "summary" if fold else "p"
    opening = Token(f"{tag}_open", tag, 1, attrs={"class": "callout-title"})
    if not any(each.content.strip() for each in title):
        default = _CALLOUT_NAMES.get(kind, (kind.capitalize(), kind))
        title = [Token("text", "", 0, content=default[has_han(line.content)])]
    line.children = [opening, *title, Token(f"{tag}_close", tag, -1)]
    # The title is no part of the paragraph, whose own tags stand around what is left.
    paragraph[0].hidden = paragraph[2].hidden = True
    if rest:
        line.children += [Token("paragraph_open", "p", 1), *rest, Token("paragraph_close", "p", -1)]


def _without(tokens: Sequence[Token], letters: int) -> list[Token]:
    """Tokens without their first letters, which stand in texts."""
    kept = []
    for token in tokens:
        if letters and token.type == "text":
            cut = min(letters, len(token.content))
            token.content, letters = token.content[cut:], letters - cut
        kept.append(token)
    return kept


def _speaks_chinese(table: Sequence[Token]) -> bool:
    """Whether a cell of the table that begins here has Chinese in it."""
    for token in table:
        if token.type == "table_close":
            return False
        if token.type == "inline" and has_han(token.content):
            return True
    return False


def _dress_line(tokens: Sequence[Token]) -> None:
    """Know the pictures that stand in links; break the lines that were meant to be broken.

    Who writes Chinese does not wrap lines by hand: a new line beside Chinese is meant as one.
    """
    links = 0
    last = ""
    waiting: Token | None = None
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            links += token.nesting
        elif token.type == "image":
            token.meta["linked"] = links > 0
        elif token.type == "softbreak":
            waiting = token
        if token.content:
            if waiting and (_WIDE.match(last) or _WIDE.match(token.content)):
                waiting.type = "hardbreak"
            waiting = None
            last = token.content[-1]


def _link(token: Token) -> str:
    target: LinkTarget | None = token.meta["target"]
    if target is not None:
        name = (token.meta.get("chinese") and target.title_zh) or target.title
        label = token.content if token.meta["labelled"] else name
        return f'<a href="{escape(target.url)}" class="{target.kind}">{escape(label)}</a>'
    if token.meta.get("shown") and _IMAGE_NAME.search(token.meta["link"].name):
        return _picture(token.meta["link"].name, "", "", linked=False)
    label = escape(token.content)
    if url := _where_to_make(token.meta["link"]):
        return f'<a href="{escape(url)}" class="unresolved">{label}</a>'
    return f'<span class="unresolved">{label}</span>'


def _where_to_make(link: WrittenLink) -> str:
    reference = list(link.ways)[-1]
    match reference.kind:
        case "paper":
            return f"/papers/new?title={quote(link.name.removeprefix('@'))}"
        case "arxiv" | "doi":
            return f"/papers/new?ids={quote(reference.key)}"
        case "title":
            return f"/notes/new?title={quote(link.name)}"
    return ""


def _formula(tex: str, *, display: bool) -> str:
    """TeX for KaTeX to set in the browser, and to be read as it is where nothing sets it.

    A coloured word (`$\\color{red} {No} $`) is no formula: it is that word in that colour.
    """
    if word := _coloured(tex):
        return f'<span class="ink-{word[0]}">{escape(word[1])}</span>'
    mark = ' data-display="true"' if display else ""
    return f'<span class="math"{mark}>{escape(tex)}</span>'


def _coloured(tex: str) -> tuple[str, str] | None:
    """The ink and the words of `\\color{red} {No}`; None for a true formula."""
    found = _COLOURED.fullmatch(tex)
    if not found or not (ink := _INKS.get(found[1])):
        return None
    return ink, (found[2] or found[3] or "").strip()


def _picture(source: str, alt: str, title: str, *, linked: bool, width: str = "") -> str:
    """A picture that we hold, as wide as behind the bar in `words|300`; of any other its words and
    its address, and nothing is fetched."""
    sized = _WIDE_ALT.fullmatch(alt)
    alt, width = sized.groups() if sized else (alt, width)
    if held := ATTACHMENT.fullmatch(source):
        titled = f' title="{escape(title)}"' if title else ""
        titled += f' width="{width}"' if width else ""
        src = f"/attachments/{held[1]}"
        return f'<img src="{src}" alt="{escape(alt)}"{titled} loading="lazy">'
    address = source if len(source) <= 200 else f"{source[:200]}…"
    where = f"<code>{escape(address)}</code>"
    if _REMOTE.match(source) and not linked:
        where = f'<a href="{escape(source)}">{escape(address)}</a>'
    return f'<span class="missing-image">{escape(alt)} {where}</span>'


def _raw(html: str) -> str:
    """HTML in a text where it is harmless; else it is shown as it was written, not lost."""
    html = _COMMENT.sub("", html)
    if {name.lower() for name in _TAG.findall(html)} <= RAW_TAGS and not html.startswith("<!"):
        return _IMG.sub(_raw_picture, html)
    return escape(html, quote=False)


def _raw_picture(match: re.Match[str]) -> str:
    tag = _Attributes()
    tag.feed(match[0])
    tag.close()
    values = tag.values
    width = values.get("width", "").removesuffix("px")
    return _picture(
        *(values.get(name, "") for name in ("src", "alt", "title")),
        linked=False,
        width=width if width.isascii() and width.isdigit() else "",
    )


class _Attributes(HTMLParser):
    """The attributes of the first tag fed."""

    values: Mapping[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.values = self.values or {name: value or "" for name, value in attrs}


def highlight_code(code: str, language: str, _attributes: str) -> str:
    """`code` with its words marked by class, or nothing where the language is not known."""
    if not language or len(code) > _HIGHLIGHT_LIMIT:
        return ""
    from pygments import highlight

    lexer = _lexer(language.lower())
    return str(highlight(code, lexer(stripnl=False, ensurenl=False), _formatter())) if lexer else ""


@lru_cache(maxsize=256)
def _lexer(language: str) -> "type[Lexer] | None":
    from pygments.lexers import find_lexer_class_by_name
    from pygments.util import ClassNotFound

    try:
        return find_lexer_class_by_name(language)
    except ClassNotFound:
        return None


@cache
def _formatter() -> "HtmlFormatter[str]":
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True, classprefix="c-")


def token_words(token: Token, *, keyed: bool = False) -> Iterator[str]:
    """The words of a token and of those within it; with `keyed`, what names a thing of the library
    by a key stands between the two characters of `KEYED`, as it is written."""
    if token.children is not None:
        words = (word for child in token.children for word in token_words(child, keyed=keyed))
        if token.type == "image" and (sized := _WIDE_ALT.fullmatch(alt := "".join(words))):
            yield sized[1]
        elif token.type == "image":
            yield alt
        else:
            yield from words
    elif token.type in ("softbreak", "hardbreak", "p_close", "summary_close"):
        yield " "
    elif token.type == "math_inline" and (word := _coloured(token.content)):
        yield word[1]
    elif token.type == "wiki_link" and not token.meta["labelled"]:
        if keyed and any(each.kind != "title" for each in token.meta["link"].ways):
            yield token.content.join(KEYED)
        else:
            yield re.sub(r"^\w+[:：]\s*(?=[\w-]+$)", "", token.content)
    elif token.type in ("html_inline", "html_block"):
        yield unescape(_TAGGED.sub("", _raw(token.content)))
    else:
        yield token.content
