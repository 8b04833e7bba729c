"""Markdown to safe HTML. The only module that makes safe markup.

The text is parsed by markdown-it (CommonMark, tables, strikethrough, footnotes, task lists and what
`syntax.py` adds), and whatever comes out goes through nh3: even if a rule elsewhere were wrong, no
script, event handler, foreign picture or style could come of it.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from app.kit.text import NOTE_LIMIT, tidy_body
from app.notes import syntax
from app.notes.references import LinkReference, LinkTarget, Resolver
from app.notes.rendering import (
    ATTACHMENT,
    RAW_TAGS,
    Renderer,
    highlight_code,
    restyle_tokens,
    token_words,
)

_TAG = re.compile(r"#\w")
_TAGS = set(RAW_TAGS - {"center", "font", "h1"} | {"section"})
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"class", "id", "lang"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "details": {"open"},
    "img": {"src", "alt", "title", "loading", "width"},
    "ol": {"start"},
    "span": {"data-display", "data-line", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_CLASSES = re.compile(
    r"math|ink-[a-z]+|thought|missing-image|unresolved|task(-done|-box)?|callout(-[a-z]+)?|embed(-title)?|align-[a-z]+|c-[a-z0-9]+"
    r"|footnotes?(-(ref|item|list|backref|sep))?|language-[\w+#.-]+"
    r"|paper|technique|issue|comparison|note|note-tag"
)
_BOX = re.compile(r'<span class="task-box" data-line="(\d{1,7})" title="([^"]*)">([☐☑◧])</span>')
_CHECKED = {"☐": "false", "☑": "true", "◧": "mixed"}
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_NOT_SHOWN = re.compile(r"[^\x21-\x7e]")
_SCHEMES = {"http", "https", "mailto", "zotero"}
# What comes of a text depends on nothing but the text and what its links name, so it is kept by
# them: to read a page of notes takes a hundred times as long.
_KEPT = 1_024  # texts
_KEPT_LIMIT = 20_000  # characters of one
# Characters at which the parser stops: at the first kind for 20 µs, at the others for 5. A line
# and a `&` cost two of the first, an item of a list two more, an address or an arXiv id three more.
_MARKS, _LIGHT_MARKS, _MARKS_LIMIT = "[]!<&&*_`$~\\:|^>\n\n", "#%@{}+-=", 100_000
_ITEM = re.compile(r"^[ \t>]*+(?:[-*+]|\d{1,9}[.)])[ \t]", re.MULTILINE)
_PART = 50_000
_KEPT_LONG = 4  # longer ones: between being read ahead and being saved


class TextHeading(NamedTuple):
    """A heading of a text: its level, words, id before the text's own prefix, and line."""

    level: int
    words: str
    anchor: str
    line: int


def render_markdown(text: str, resolve: Resolver, *, prefix: str = "md-") -> Markup:
    """`text` as an element of class `prose` that may stand in any page.

    `resolve` says what a reference names. Ids in the text begin with `prefix`, which must differ
    between the texts of one page. Any text can be rendered.
    """
    look_up = resolve.get if isinstance(resolve, Mapping) else resolve
    named = frozenset((each, found) for each in find_references(text) if (found := look_up(each)))
    if below := [found.shown for _, found in named if found.shown]:
        wanted = frozenset().union(*map(find_references, below)) - {each for each, _ in named}
        named |= frozenset((each, found) for each in wanted if (found := look_up(each)))
    make = _kept_markup if len(text) <= _KEPT_LIMIT else _markup
    return make(text, named, prefix)


def _markup(text: str, named: frozenset[tuple[LinkReference, LinkTarget]], prefix: str) -> Markup:
    if _is_no_prose(text):  # escaped is safe, and nh3 takes the square of `&`
        safe = f"<pre>{escape(text)}</pre>\n"
    else:
        env = {"resolve": dict(named).get, "parser": _parser(), "section_of": section_of}
        html = _parser().render(text, env)
        safe = sanitise_html(html, prefix=prefix)
    # hx-disable: htmx leaves a note alone, even if an attribute of its got through.
    opening = '<div class="prose" dir="auto" lang="en" hx-disable>'
    return Markup(f"{opening}\n{safe}</div>")  # noqa: S704


_kept_markup = lru_cache(_KEPT)(_markup)


def _is_no_prose(text: str) -> bool:
    """Whether a text is mostly marks and line ends: it is shown as it is written, for a note may
    have a million characters."""
    if len(text) <= _MARKS_LIMIT:
        return False
    light = sum(map(text.count, _LIGHT_MARKS)) // 2
    links = text.count("://") + text.lower().count("arxiv") + text.count("【【")
    # Part by part: a pattern holds everybody for as long as it looks.
    items = sum(len(_ITEM.findall(text, at, at + _PART)) for at in range(0, len(text), _PART))
    heavy = 2 * items + 3 * links
    return sum(map(text.count, _MARKS)) + light + heavy > _MARKS_LIMIT


def find_references(text: str) -> frozenset[LinkReference]:
    """All that `text` links to; also each `[bracketed text]`, which links where it is a title."""
    marks = any(mark in text for mark in ("[", "【【", "@", "://"))
    if not (marks or "arxiv" in text.lower() or _TAG.search(text)):
        return frozenset()
    return (_kept_references if len(text) <= _KEPT_LIMIT else _last_references)(text)


def read_ahead(text: str) -> None:
    """Take a text apart that is about to be saved, so that nobody waits for that while it is."""
    text = tidy_body(text)
    if len(text) <= NOTE_LIMIT:
        find_references(text)
        plain_text(text)


def _references(text: str) -> frozenset[LinkReference]:
    if _is_no_prose(text):
        return frozenset()
    found: set[LinkReference] = set()
    _parser().parse(text, {"resolve": _unknown, "references_found": found})
    return frozenset(found)


_kept_references = lru_cache(_KEPT)(_references)
_last_references = lru_cache(_KEPT_LONG)(_references)


def list_headings(text: str) -> list[TextHeading]:
    """The headings of `text` in their order; none of a text that is shown as it is written."""
    return list((_kept_headings if len(text) <= _KEPT_LIMIT else _headings)(text))


def _headings(text: str) -> tuple[TextHeading, ...]:
    if ("#" not in text and "\n=" not in text and "\n-" not in text) or _is_no_prose(text):
        return ()
    tokens = _parser().parse(text, {"resolve": _unknown})
    return tuple(
        TextHeading(
            int(token.tag[1]),
            "".join(token_words(tokens[place + 1])).strip(),
            str(token.attrs.get("id", "")),
            token.map[0] if token.map else 0,
        )
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    )


_kept_headings = lru_cache(_KEPT)(_headings)


def section_of(text: str, anchor: str) -> str:
    """What stands beneath the heading of this id, up to the next that is not below it, with it; all
    of `text` where it has no such heading."""
    headings = list_headings(text)
    found = next((n for n, each in enumerate(headings) if each.anchor == anchor), None)
    if found is None:
        return text
    level = headings[found].level
    after = next((each.line for each in headings[found + 1 :] if each.level <= level), None)
    return "\n".join(text.split("\n")[headings[found].line : after])


def plain_text(text: str, *, keyed: bool = False) -> str:
    """`text` without its marks, a line a block, for search and snippets.

    `keyed` as `token_words`.
    """
    keyed = keyed and "[[" in text
    return (_kept_text if len(text) <= _KEPT_LIMIT else _last_text)(text, keyed)


def _plain_text(text: str, keyed: bool) -> str:
    if _is_no_prose(text):
        return text
    tokens = _parser().parse(text, {"resolve": _unknown})
    lines = ("".join(token_words(token, keyed=keyed)).strip() for token in tokens)
    return "\n".join(line for line in lines if line)


_kept_text = lru_cache(_KEPT)(_plain_text)
_last_text = lru_cache(_KEPT_LONG)(_plain_text)


def list_formulas(text: str) -> list[str]:
    """The formulas of `text` as they stand in its `plain_text`."""
    if not any(mark in text for mark in ("$", "\\(", "\\[")) or _is_no_prose(text):
        return []
    tokens = _parser().parse(text, {"resolve": _unknown})
    within = (child for token in tokens for child in (token, *(token.children or ())))
    return [each.content.strip() for each in within if each.type in ("math_inline", "math_block")]


def set_formulas(words: str, formulas: Collection[str]) -> Markup:
    """Words out of a text's `plain_text` as they are shown, its `formulas` set; so are those that
    stand between dollars. A formula that is no more than a word may be one, and stays it."""
    marked = sorted(filter(_MARKED.search, formulas), key=len, reverse=True)
    known = re.compile("|".join((_IN_DOLLARS, *map(re.escape, marked))))
    shown, at = Markup(), 0
    for found in known.finditer(words):
        tex = next(filter(None, found.groups()), found[0])
        shown += escape(words[at : found.start()]) + Markup('<span class="math">{}</span>').format(
            tex
        )
        at = found.end()
    return shown + escape(words[at:])


_MARKED = re.compile(r"[\\^_]")  # what tells a formula from a word
_IN_DOLLARS = r"(?<![\\$])\$(?![\s$])([^$\n]{1,300})(?<![\s\\])\$(?!\d)"


def press_tasks(html: Markup, note_id: int) -> Markup:
    """A rendered note whose tasks are ticked by pressing them: each box is a button of the form
    `tasks-{note_id}`, which says its line."""

    def press(found: re.Match[str]) -> str:
        line = int(found[1])
        return (
            f'<button class="task-box" form="tasks-{note_id}" name="line" value="{line}"'
            f' id="note-{note_id}-task-{line}" role="checkbox"'
            f' aria-checked="{_CHECKED[found[3]]}" aria-label="{found[2]}">'
            f"{found[3]}</button>"
        )

    return Markup(_BOX.sub(press, html)) if "task-box" in html else html  # noqa: S704


def sanitise_html(html: str, *, prefix: str) -> str:
    """`html` with nothing left in it that could run, fetch, restyle the page or take its ids."""

    def keep(_tag: str, attribute: str, value: str) -> str | None:
        if attribute == "class":
            return " ".join(c for c in value.split() if _CLASSES.fullmatch(c)) or None
        if attribute in ("width", "data-line"):
            return value if value.isascii() and value.isdigit() and len(value) < 8 else None
        if attribute == "lang":
            return value if value == "zh-Hans" else None
        if attribute == "src":
            return value if ATTACHMENT.fullmatch(value) else None
        if attribute == "href" and value.startswith("#"):
            return f"#{prefix}{value[1:]}"
        if attribute == "href":
            # nh3 sees no scheme behind `java\x01script:`; browsers have differed in what they skip.
            scheme = _SCHEME.match(_NOT_SHOWN.sub("", value))
            return value if scheme is None or scheme[1].lower() in _SCHEMES else None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes=_SCHEMES,
        id_prefix=prefix,
        link_rel="noopener noreferrer",
    )


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"highlight": highlight_code}, renderer_cls=Renderer)
    syntax.extend_parser(md)
    md.core.ruler.push("dress", restyle_tokens)
    return md


def _unknown(_reference: LinkReference) -> None:
    return None
