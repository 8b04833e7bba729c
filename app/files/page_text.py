"""What PDFium hands out of a page → text as a person would type it. Pure, standard library alone,
for the process that reads PDFs imports nothing else."""

import re
import unicodedata

WORDS_KEPT = 200_000  # of a file, to tell a hyphen of the line from one of the word

_HYPHEN = "\x02"  # stands for a hyphen at a line's end, and the line's end with it
# PDFium says U+0002 or U+FFFE; others leave the hyphen and the line's end, or a soft hyphen.
_LINE_END_HYPHEN = re.compile(r"[\x02\ufffe]\n?|\u00ad\n|(?<=[^\W\d_])[-\u2010]\n(?=[^\W\d_A-Z])")
_BROKEN_WORD = re.compile(r"([\w\-\u2010]*)\x02([\w\-\u2010]*)")
_WORD = re.compile(r"[^\W\d_]{2,}(?:[-\u2010][^\W\d_]{2,})*")
# Control characters, soft hyphens within a line, marks of byte order and halves of characters.
_REMOVED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Ligatures, the radicals that stand for the characters they look like, compatibility ideographs.
_FOLDED = re.compile(r"[\ufb00-\ufb06\u2e80-\u2fdf\uf900-\ufaff]+")
# Chinese and Japanese letters, and the punctuation that goes with them.
_CJK = (
    r"\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f"
    r"\U00020000-\U0003ffff"
)
_PUNCTUATION = (
    r"\u3001\u3002\u3008-\u3011\u3014-\u301b\u2018\u2019\u201c\u201d\u2026"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_ENDS_CJK = re.compile(rf"[{_CJK}{_PUNCTUATION}]$")
_BEGINS_CJK = re.compile(rf"^[{_CJK}{_PUNCTUATION}]")
_HAS_CJK = re.compile(rf"[{_CJK}]")
_WIDE = re.compile(rf"[{_CJK}{_PUNCTUATION}]")
_ENDS_SENTENCE = re.compile(r"[。！？!?.：；]$")
# How a new part begins, whatever stands before it.
_BEGINS_PART = re.compile(
    r"^(?:摘\s*要|关键词|關鍵詞|参考文献|參考文獻|中图分类号|目\s*录|前\s*言|【|第[一二三四五六七八九十百\d]+[章节節条]"
    r"|[\[［]\d+[\]］]|[（(]?[一二三四五六七八九十]+[)）、.．]|[·•◆●])"
)


def clean_page_text(raw: str, words: set[str] | None = None) -> str:
    """A page's text with `\\n` for line ends, words joined that a line's end broke, Chinese and
    Japanese lines joined as far as that is safe, and nothing in it that cannot be seen.

    `words` are those of the file's pages before, in small letters; this page's are added. They tell
    a hyphen that the line's end made (`litera-ture`) from one that belongs (`state-of-the-art`).
    """
    words = set() if words is None else words
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = _LINE_END_HYPHEN.sub(_HYPHEN, text)
    text = _FOLDED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    if len(words) < WORDS_KEPT:
        whole = _BROKEN_WORD.sub(" ", text)
        words.update(word.casefold() for word in _WORD.findall(whole))
    if _HYPHEN in text:
        text = _BROKEN_WORD.sub(lambda found: _join(found[1], found[2], words), text)
    text = unicodedata.normalize("NFC", _REMOVED.sub("", text))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    text = "\n".join(_join_cjk([line for line in lines if line]))
    return re.sub(r"\n(?=[,;，；、。])", "", text)  # what follows a raised number


def _join(before: str, after: str, words: set[str]) -> str:
    """The two ends of a word that a line's end broke, with its hyphen where it has one."""
    hyphened = f"{before}-{after}"
    if not before or not after:
        return hyphened if before or after else "-"
    joined = before + after
    if before[-1].isdigit() or after[0].isdigit() or (after[0].isupper() and before[-1].islower()):
        return hyphened
    if joined.casefold() in words:
        return joined
    if hyphened.casefold() in words:
        return hyphened
    first, second = before.rpartition("-")[2], after.partition("-")[0]
    both = first.casefold() in words and second.casefold() in words
    known = len(first) > 2 and len(second) > 2 and both
    return hyphened if known or (after != second and len(first) > 2) else joined


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _join_cjk(lines: list[str]) -> list[str]:
    """Lines that go on in Chinese or Japanese made one, without a space.

    A line goes on where it is nearly as long as the page's lines are; one that ends a sentence must
    be as long, for it may end its paragraph.
    """
    widths = sorted(_width(line) for line in lines if _HAS_CJK.search(line))
    if not widths:
        return lines
    usual = widths[len(widths) * 9 // 10]
    joined: list[str] = []
    last = ""
    for line in lines:
        full = _width(last) >= usual * (0.9 if _ENDS_SENTENCE.search(last) else 0.6)
        goes_on = full and _ENDS_CJK.search(last) and _BEGINS_CJK.search(line)
        if goes_on and not _BEGINS_PART.search(line):
            joined[-1] += line
        else:
            joined.append(line)
        last = line
    return joined
