"""Texts of reference files (HTML, JATS, stray controls) → lines, abstracts and Markdown. Pure."""

import html
import re

from app.kit.effort import is_worth
from app.kit.text import tidy_body, tidy_line

_UNKEPT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:i|b|em|strong|sub|sup|sc|scp|span|u|tt|italic|bold|inf|jats:[\w-]+|mml:[\w-]+)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"</?(?:jats:)?(?:p|sec|title|div|br|list|list-item)(?:\s[^<>]*)?/?>", re.I)
_HTML = re.compile(
    r"<(?:p|div|br|h[1-6]|ul|ol|li|blockquote|pre|table|span|strong|em|a|img)\b[^<>]*>", re.I
)


def clean_text(text: str) -> str:
    """`text` with Unix line ends, and without the characters that cannot be stored or shown."""
    return text if text.isprintable() else _UNKEPT.sub("", tidy_body(text))


def clean_line(text: str) -> str:
    """`text` on one line, without the markup that a title or a name may have."""
    if not text:
        return ""
    if "<" in text:
        text = _INLINE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return tidy_line(clean_text(text))


def clean_abstract(text: str) -> str:
    """An abstract with a blank line between its paragraphs, without markup."""
    text = text.removeprefix("<正>")  # as CNKI marks what is no abstract but begins the text
    if "<" in text:
        text = _INLINE.sub("", _PARAGRAPH.sub("\n\n", text))
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    paragraphs = [each.strip() for each in re.split(r"\n\s*\n", clean_text(text)) if each.strip()]
    headed = len(paragraphs) > 1 and paragraphs[0].lower().rstrip(".:") in ("abstract", "摘要")
    return "\n\n".join(paragraphs[headed:])


def html_to_markdown(text: str) -> str:
    """A note as Markdown, which it is made into where it is HTML."""
    text = clean_text(text).strip()
    if not _HTML.search(text) or not is_worth(text.count("<") + text.count("&")):
        return text
    if text.count("<") > 2 * text.count(">") + 100:
        return text  # tags that nothing closes are each looked for to the end
    # Loaded where it is needed: most notes are no HTML.
    from bs4.exceptions import ParserRejectedMarkup
    from markdownify import ATX, markdownify

    try:
        made = markdownify(text, heading_style=ATX, bullets="-", strip=["script", "style"])
    except (RecursionError, ParserRejectedMarkup):  # nested deeper than any note, or no HTML
        return text
    return re.sub(r"\n{3,}", "\n\n", str(made)).strip()
