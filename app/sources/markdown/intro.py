"""What stands before the first note of a file: questions asked, concepts named. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.sources.markdown.inline_metadata import split_sentences
from app.sources.markdown.outline import MarkdownLine, front_matter, trim_lines


@dataclass(frozen=True)
class OpenQuestion:
    """A question or request put to the note-taker before the first entry."""

    text: str
    line: int
    form: str  # question, request


@dataclass(frozen=True)
class Preamble:
    """What stands before the first entry."""

    raw: str
    body: str
    title: str
    questions: tuple[OpenQuestion, ...]
    concepts: tuple[str, ...]
    lines: tuple[MarkdownLine, ...]


_OPENER = re.compile(
    r"(?<=[，,；;])\s*"
    r"(?=你?(?:能不能|可不可以|是不是|是否|能否|可否)|(?:can|could|would) you\b)",
    re.I,
)
_REQUEST = re.compile(r"(?:吧[。.！!]?|^(?:请|please\b).*)$", re.IGNORECASE)
_CONCEPTS = re.compile(
    r"^[^：:？?]{0,40}(?:概念|问题|难点|挑战|concepts?|issues?|challenges?|notions?)[^：:？?，。]{0,10}[：:](?P<list>[^？?]+)$",
    re.IGNORECASE,
)


def read_preamble(lines: Sequence[MarkdownLine], raw: str) -> Preamble:
    questions: list[OpenQuestion] = []
    concepts: list[str] = []
    for line in lines:
        if line.text.lstrip().startswith(">"):
            continue  # the reply to a question, not a question
        for sentence in split_sentences(line.text):
            if sentence.endswith(("？", "?")):
                asked = _OPENER.split(sentence, maxsplit=1)[-1]
                questions.append(OpenQuestion(asked.strip(), line.number, "question"))
            elif _REQUEST.search(sentence):
                questions.append(OpenQuestion(sentence, line.number, "request"))
        if found := _CONCEPTS.match(line.text.strip()):
            concepts += _listed(found["list"])
    head = lines[: front_matter(lines)]
    title = next((found["t"] for line in head if (found := _FRONT_TITLE.fullmatch(line.text))), "")
    return Preamble(
        raw=raw,
        body=trim_lines([line.text for line in lines]),
        title=title.strip("\"' "),
        questions=tuple(questions),
        concepts=tuple(dict.fromkeys(concepts)),
        lines=tuple(lines),
    )


_FRONT_TITLE = re.compile(r"title\s*[:=]\s*(?P<t>\S.*)", re.IGNORECASE)


def _listed(text: str) -> list[str]:
    """The items of `A、B，C。` (Chinese lists mix 、 and ，) or of `a, b and c.`; two at least."""
    items = re.split(r"[、，；;]|,\s|\s+and\s+", text.strip(" 。.！!"))
    items = [item.strip(" ,和与及") for item in items]
    return [item for item in items if item and len(item) <= 60] if len(items) > 1 else []
