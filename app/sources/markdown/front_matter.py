"""What a Markdown file says of itself above its text: YAML, TOML, or `key:: value` lines. Pure.

Values are text as written (an arXiv id is no number, a year no date): nothing is computed, no
object is made, and a file that would grow when its aliases are followed is not followed.
"""

import json
import re
import textwrap
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import yaml

from app.errors import N_, Message
from app.kit.guarded_yaml import TextLoader, YamlProblem, load_yaml
from app.kit.text import show_control_characters

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Pair: TypeAlias = tuple[str, Value]

LIMIT = 100_000  # characters
_DEEPEST = 16
_PROPERTY = re.compile(
    r"[>\s]*(?:[-*+]\s+)?(?P<mark>\*\*|__)?(?P<key>\w[\w \-/.]{0,39}?(?:\(s\))?)"
    r"(?(mark)(?P=mark))::"
    r"(?:\s+(?P<value>\S.*?))?\s*"
)
_DOTTED = re.compile(
    rf"(?<![\w-])(?:(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){{{_DEEPEST + 1}}}"
)
_INLINE = re.compile(r"[\[(](?P<key>\w[\w \-/]{0,39})::\s*(?P<value>[^\[\]()\n]{1,500})[\])]")
# `key: value` at the margin, in TOML `key = value`, and `title:A`, which YAML takes for words.
_KEY = re.compile(r"(?P<key>[^\W_][^:=\n]{0,60}?)[ \t]*[:=](?!//)[ \t]*(?P<value>.*)")
_HAS_KEYS = re.compile(r"^[^\s#][^\n]*:(?:\s|$)", re.MULTILINE)
# A tag with its `#`, which YAML takes for a comment.
_HASHED = re.compile(
    r"^(?P<head>(?:[^\s#:][^:\n]*:|[ \t]*-)[ \t]+)(?P<tag>#[^\s#][^\n]*?)[ \t]*$", re.MULTILINE
)
_ENDS = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$|\Z", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$|\Z", re.MULTILINE),
}
_QUOTED = re.compile(r'"[^"]*"(?:\s*,\s*"[^"]*")+')
_ANCHOR = re.compile(r"(?<!\S)&\w")
_WHY = {
    "alias": N_("Line {line}: aliases (*name) are not followed."),
    "depth": N_("Line {line}: this is nested too deeply."),
    "syntax": N_("Line {line}: this YAML cannot be read."),
}


@dataclass(frozen=True)
class FrontMatter:
    """`text[:start]` is the front matter with its marks; `pairs` are its keys as written, in order,
    a key twice where it stands twice. What is not quite YAML or TOML is read line by line. `why`
    says, where it could not be read, what is wrong, and `line` where."""

    pairs: tuple[Pair, ...] = ()
    start: int = 0
    why: Message | None = None
    line: int = 1


def find_front_matter(text: str) -> tuple[str, int]:
    """The YAML or TOML that a text begins with, its line ends as in Unix, and where the text goes
    on; 0 where it begins with none. A rule of its own makes none: it needs its end."""
    found = re.match(
        r"\ufeff?[\r\n]*(?P<mark>---|\+\+\+)[ \t]*(?:\r\n|\r|\n)", text
    )  # as Hugo does
    if found is None:
        return "", 0
    plain = re.sub(r"\r(?!\n)", "\n", text).replace("\r\n", " \n")  # of the same length
    closing = _ENDS[found["mark"]].search(plain, found.end(), found.end() + LIMIT)
    if closing is None or not closing[0].strip():
        return "", 0
    inner = textwrap.dedent(plain[found.end() : closing.start()])
    is_keys = _HAS_KEYS.search(inner) or all(
        map(_KEY.fullmatch, filter(str.strip, inner.splitlines()))
    )
    if found["mark"] == "---" and not is_keys:
        return "", 0  # prose between two rules
    return inner, closing.end() + plain.startswith("\n", closing.end())


def parse_front_matter(text: str) -> FrontMatter:
    """The front matter that a text begins with, if it does. Any text is accepted."""
    inner, start = find_front_matter(text)
    if not start:
        return FrontMatter()
    reading = (_toml if text.lstrip("\ufeff\r\n").startswith("+") else _yaml)(inner)
    if isinstance(reading, _Unread):
        by_line = _by_line(inner)
        if not (by_line and reading.is_slip):
            return FrontMatter(start=start, why=reading.why, line=reading.line + 1)
        reading = by_line
    return FrontMatter(pairs=reading, start=start)


@dataclass(frozen=True)
class _Unread:
    """`is_slip`: it is only written by hand, and does not try anybody's patience."""

    why: Message
    line: int  # of the front matter, from 1
    is_slip: bool = False


def _yaml(text: str) -> tuple[Pair, ...] | _Unread:
    text = _HASHED.sub(lambda m: f"{m['head']}'{m['tag'].replace(chr(39), chr(39) * 2)}'", text)
    try:
        root = load_yaml(text, partial(yaml.compose, Loader=TextLoader), deepest=_DEEPEST)
    except YamlProblem as error:
        why = Message.of(_WHY[error.kind], line=error.line + 1)
        is_slip = error.kind != "depth" and not _ANCHOR.search(text)
        return _Unread(why, error.line, is_slip)
    if root is None:
        return ()
    if not isinstance(root, yaml.MappingNode):
        return _Unread(Message.of(_WHY["syntax"], line=2), 1, is_slip=True)
    return tuple((_text(key), _value(node)) for key, node in root.value)


def _by_line(text: str) -> tuple[Pair, ...]:
    """`key: value` line by line, what is indented or an item below it its own; nothing where a line
    is neither."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("\t") and found and any(found[-1][1]):
            line = line.lstrip()  # which YAML may not be indented by
        if pair := _KEY.fullmatch(line.rstrip()):
            found.append((show_control_characters(pair["key"]), [pair["value"]]))
        elif line.strip() and not line.startswith("#"):
            if not (found and line.startswith((" ", "\t", "-", "]", "}"))):
                return ()
            found[-1][1].append(show_control_characters(line.strip()))
    return tuple((key, _loose_value(lines)) for key, lines in found)


def _loose_value(lines: Sequence[str]) -> Value:
    """The lines of a value: one text, or the items of a list."""
    first, *below = lines
    if below and not first.strip() and all(line.startswith("-") for line in below):
        return [_unquoted(line.lstrip("- ")) for line in below]
    text = " ".join(filter(None, (first.removeprefix("|").strip(), *below)))
    if _QUOTED.fullmatch(text):  # "[[A]]", "[[B]]"
        return re.findall(r'"([^"]*)"', text)
    text = _unquoted(text)
    if text.startswith("[") and text.endswith("]") and not text.startswith("[["):
        return [_unquoted(item) for item in text[1:-1].split(",")]
    return text


def _unquoted(text: str) -> str:
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    if text[:1] in ('"', "'") and text.count(text[0]) == 1:
        return text[1:]  # it was never closed
    return "" if text in ("~", "null") else text[1:-1] if quoted else text


def _value(node: yaml.Node) -> Value:
    if isinstance(node, yaml.MappingNode):
        return {_text(key): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        items = [_value(item) for item in node.value]
        if node.flow_style and len(items) == 1 and isinstance(items[0], list):
            return f"[[{', '.join(list_strings(items[0]))}]]"  # a link, which YAML takes for lists
        return items
    return "" if node.value in ("~", "null") else show_control_characters(node.value)


def _text(node: yaml.Node) -> str:
    value = _value(node)
    return value if isinstance(value, str) else ", ".join(list_strings(value))


def _toml(text: str) -> tuple[Pair, ...] | _Unread:
    try:
        if _DOTTED.search(text):  # `a.a.a.… = 1` costs the square of its length
            raise RecursionError
        return _yaml(json.dumps(tomllib.loads(text), default=str, ensure_ascii=False))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") or 1
        why = Message.of(N_("Line {line}: this TOML cannot be read."), line=line + 1)
        return _Unread(why, line, is_slip=True)
    except (RecursionError, ValueError):
        return _Unread(Message.of(N_("Line {line}: this is nested too deeply."), line=2), 1)


def list_strings(value: Value) -> list[str]:
    """Every text in a value, in order."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    parts = value.values() if isinstance(value, dict) else value
    return [text for part in parts for text in list_strings(part)]


def list_item_lines(key: str, value: Value) -> list[str]:
    """A key and its value as list items of Markdown, the words as they are."""
    return [f"- {key}:{rest}" if n == 0 else f"  {rest}" for n, rest in enumerate(_shown(value))]


def _shown(value: Value) -> list[str]:
    if isinstance(value, str):
        first, *rest = value.strip("\n").split("\n") if value.strip() else [""]
        return [f" {first}".rstrip(), *rest]
    if all(isinstance(each, str) and "\n" not in each for each in value) and isinstance(
        value, list
    ):
        return [f" {', '.join(list_strings(value))}".rstrip()]
    nested = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    return ["", *(line for key, each in nested for line in list_item_lines(str(key), each))]


def property_of(line: str) -> tuple[str, str] | None:
    """The key and the value of a line such as `key:: value`, `- **Key**:: value`, `> key:: value`
    (Obsidian's Dataview, Logseq, Zotero Integration)."""
    found = _PROPERTY.fullmatch(line) if "::" in line and len(line) < 20_000 else None
    return (found["key"].strip(), found["value"] or "") if found else None


def inline_properties(line: str) -> list[tuple[str, str]]:
    """The `[key:: value]` and `(key:: value)` that stand within a line."""
    if "::" not in line:
        return []
    return [(found["key"], found["value"].strip()) for found in _INLINE.finditer(line)]
