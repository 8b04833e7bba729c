"""How a file of the folder looks: flat properties, then blocks between comments that are hidden.

    ---
    citekey: kim2021vilt
    ---
    %% note id=12 %%
    ## Its title

    Its text.
    %% end note %%

What stands between no marks is kept too. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import yaml

from app.errors import N_, Message
from app.kit.guarded_yaml import TextLoader, YamlProblem, load_yaml

Value: TypeAlias = str | int | list[str]
FRONT_LIMIT = 500_000  # characters of properties

# Other comments are the reader's: Zotero's `%% begin notes %%`, too.
_NAMES = "note|abstract|verdicts|definition_en|definition_zh|(?:carries|breaks)_(?:en|zh)"
_START = re.compile(rf"%% ({_NAMES})((?: [a-z_]+=[^\s%]*)*) %%\Z")
# What in a text looks like a mark gets a backslash, and what looks like that, one more.
_MARK = re.compile(rf"\\*%% (?:end )?(?:{_NAMES})(?: [a-z_]+=[^\s%]*)* %%\Z")


@dataclass(frozen=True)
class Block:
    """A text between `%% name key=value %%` and `%% end name %%`."""

    name: str
    text: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VaultDocument:
    """A file: its properties, its blocks in order, and what else stands in it."""

    front: Mapping[str, Value] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    rest: str = ""


class Unreadable(Exception):
    """A file that is none of ours, at which line, and why."""

    def __init__(self, line: int, why: Message) -> None:
        self.line = line
        self.why = why
        super().__init__(str(why))


_WHY = {
    "alias": N_("The properties hold an alias (*)."),
    "depth": N_("The properties are nested."),
    "syntax": N_("The properties are no YAML: {problem}"),
}


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """A text of several lines stands as such, so that a change of one is a change of one.

    Without libyaml the slow one does the same.
    """

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def format_document(document: VaultDocument) -> str:
    """The file's text."""
    parts = [front_text(document.front)]
    for block in document.blocks:
        given = "".join(f" {name}={value}" for name, value in block.given.items())
        text = f"{_escaped(block.text)}\n" if block.text else ""
        parts.append(f"\n%% {block.name}{given} %%\n{text}%% end {block.name} %%\n")
    if document.rest:
        parts.append(f"\n{document.rest}\n")
    return "".join(parts)


def front_text(front: Mapping[str, Value]) -> str:
    return f"---\n{yaml_text(dict(front))}---\n" if front else ""


def yaml_text(data: object, *, flow: bool | None = False) -> str:
    """As YAML, in the order given, a line for a value wherever that can be."""
    text: str = yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=1_000_000,
        default_flow_style=flow,
    )
    return text


def parse_document(text: str) -> VaultDocument:
    """What `format_document` wrote, or somebody else.

    Raises:
        Unreadable: its properties are no YAML, or nested deeper than a list.
    """
    front, body, _ = split_properties(text)
    blocks: list[Block] = []
    rest: list[str] = []
    lines = iter(body.split("\n"))
    for line in lines:
        found = _START.match(line)
        if not found:
            rest.append(line)
            continue
        inside, closed = _until(lines, f"%% end {found[1]} %%")
        given = dict(pair.split("=", 1) for pair in found[2].split())
        if not closed:  # somebody took the end away: all that follows is in it
            while inside and not inside[-1]:
                inside.pop()
        blocks.append(Block(found[1], "\n".join(map(_unescaped, inside)), given))
    return VaultDocument(front, blocks, "\n".join(rest).strip("\n"))


def _until(lines: Iterator[str], end: str) -> tuple[list[str], bool]:
    inside: list[str] = []
    for line in lines:
        if line == end:
            return inside, True
        inside.append(line)
    return inside, False


def split_properties(text: str) -> tuple[dict[str, Value], str, int]:
    """Properties, what follows them, and the line at which that begins."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}, text, 1
    end = 3 if text.startswith("---\n---") else text.find("\n---", 3)
    while end >= 0 and text[end + 4 : end + 5] not in ("", "\n"):
        end = text.find("\n---", end + 4)
    if end < 0:
        return {}, text, 1
    head = text[4 : end + 1]
    return parse_properties(head), text[end + 5 :], head.count("\n") + 3


def parse_properties(text: str) -> dict[str, Value]:
    """YAML as Obsidian has it: names, each with a text or a list of texts.

    Raises:
        Unreadable: it is no YAML, has aliases (of which a few lines can make gigabytes), or nests.
    """
    if len(text) > FRONT_LIMIT:
        raise Unreadable(2, Message.of(N_("The properties are too long.")))
    try:
        data = load_yaml(text, partial(yaml.load, Loader=TextLoader), deepest=2)
    except YamlProblem as error:
        why = Message.of(_WHY[error.kind], problem=error.said)
        raise Unreadable(error.line + 1, why) from error
    if data is None or data == "":
        return {}
    if not isinstance(data, dict):
        raise Unreadable(2, Message.of(N_("The properties have no names.")))
    found: dict[str, Value] = {}
    for name, value in data.items():
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            found[str(name)] = [str(each) for each in value]
        elif isinstance(value, str):
            found[str(name)] = value
        else:
            raise Unreadable(2, Message.of(N_("The properties are nested.")))
    return found


def _escaped(text: str) -> str:
    if "%% " not in text:
        return text
    return "\n".join(f"\\{line}" if _MARK.match(line) else line for line in text.split("\n"))


def _unescaped(line: str) -> str:
    return line[1:] if line.startswith("\\") and _MARK.match(line[1:]) else line


def list_of_property(value: Value | None) -> list[str]:
    """A property as a list: Obsidian takes one text for a list of one."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [str(value)]


def text_of_property(value: Value | None) -> str:
    """A property as a text."""
    return ", ".join(value) if isinstance(value, list) else str(value) if value is not None else ""
