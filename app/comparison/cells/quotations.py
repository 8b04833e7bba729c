"""Whether a quotation stands in a text, and the passage that comes nearest to it. Pure."""

import re

from rapidfuzz import fuzz

from app.kit.text import fold_letters

_LOOKED_AT = 200_000  # characters of a text in which the nearest passage is looked for
_NEAR = 60  # of 100; less alike is no suggestion
_GAP = re.compile(r"(?<!\s)\s*(?:\[?(?:…|\.{3})\]?)+\s*")
_ENDS = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])\s+")


def quote_in_text(quote: str, *texts: str) -> bool:
    """Whether all of `quote` is in one of `texts`.

    Letters and digits count, in any width or case: a quotation survives new punctuation, line
    breaks and Markdown's marks. `…` stands for anything left out.
    """
    parts = [part for part in map(fold_letters, _GAP.split(quote)) if part]
    if not parts:
        return any(quote.strip() in text for text in texts)
    return any(_in_order(parts, fold_letters(text)) for text in texts)


def nearest_passage(quote: str, text: str) -> str:
    """The passage of `text` most like `quote`, in whole sentences; "" where none is alike."""
    text = text[:_LOOKED_AT]
    found = fuzz.partial_ratio_alignment(quote.casefold(), text.casefold(), score_cutoff=_NEAR)
    if found is None or len(text.casefold()) != len(text):
        return ""
    starts = [0, *(match.end() for match in _ENDS.finditer(text)), len(text)]
    start = max(at for at in starts if at <= found.dest_start)
    end = min(at for at in starts if at >= found.dest_end)
    return text[start:end].strip()


def _in_order(parts: list[str], text: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
