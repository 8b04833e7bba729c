"""How a file of the folder looks: properties, then blocks between comments that are hidden.

    ---
    citekey: kim2021vilt
    ---
    %% note id=12 %%
    ## Its title

    Its text.
    %% end note %%

What stands between no marks is kept too. White space at a mark means nothing: formatters add and
take it, and move a mark to the end of the line above. Pure.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import yaml

from app.errors import N_, Message
from app.kit.guarded_yaml import TextLoader, YamlProblem, load_yaml

Value: TypeAlias = str | int | Sequence["Value"] | Mapping[str, "Value"]
FRONT_LIMIT = 500_000  # characters of properties
_DEEPEST = 16  # collections within each other, in properties of the reader's own

# Other comments are the reader's: Zotero's `%% begin notes %%`, too.
_NAMES = "note|abstract|verdicts|definition_en|definition_zh|(?:carries|breaks)_(?:en|zh)"
_WHITE = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c != "\n")
_WHITE += "\u200b\u2060\ufeff"  # of no width
_GAP = rf"[{_WHITE}]"
# What in a text looks like a mark gets a backslash, and what looks like that, one more.
_MARK = re.compile(
    rf"(?P<slashes>\\*)%%(?:{_GAP}*end{_GAP}+(?P<end>{_NAMES})"
    rf"|(?:{_GAP}+|(?=(?:{_NAMES}){_GAP}+[a-z_]+=))(?P<start>{_NAMES})"
    rf"(?P<given>(?:{_GAP}+[a-z_]+=[^%{_WHITE}]*)*)){_GAP}*%%"
)
_COLON = re.compile(r":(?=[ \t]|\Z)")
_FENCE = re.compile(r"---[ \t\xa0]*(?:\n|\Z)")
_FENCE_END = re.compile(r"^(?:---|\.\.\.)[ \t\xa0]*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A text between `%% name key=value %%` and `%% end name %%`."""

    name: str
    text: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class VaultDocument:
    """A file: its properties, its blocks in order, and what else stands in it.

    `unclear` says why its marks cannot be told apart; `is_open` that the last end mark is missing.
    """

    front: Mapping[str, Value] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    rest: str = ""
    unclear: Message | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Properties:
    """What a file begins with. `raw` has each as it is written, comments under "#1", "#2" …;
    `unread` those that are no YAML; `body` is what follows, from line `line`."""

    values: Mapping[str, Value]
    raw: Mapping[str, str]
    unread: Mapping[str, Message]
    body: str
    line: int


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


def parse_document(text: str, front: Mapping[str, Value] | None = None) -> VaultDocument:
    """What `format_document` wrote, or somebody else. With `front` that is all that is read, and
    `text` what follows it.

    Raises:
        Unreadable: its properties are no YAML.
    """
    if front is None:
        front, text, _ = split_properties(text)
    reading = _Reading()
    for line in text.split("\n"):
        for piece in _pieces(line):
            if isinstance(piece, str):
                reading.add_text(piece)
            else:
                reading.add_mark(piece)
    return reading.document(front)


class _Reading:
    """The blocks of a file, read line by line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.rest: list[str] = []
        self.name = ""  # of the block that is open
        self.given: dict[str, str] = {}
        self.inside: list[str] = []
        self.closed = ""  # the name of the last one, while nothing has followed it
        self.unclear: Message | None = None

    def add_text(self, line: str) -> None:
        if self.name:
            self.inside.append(_MARK.sub(_unescaped, line))
            return
        self.rest.append(line)
        if line.strip(_WHITE):
            self.closed = ""

    def add_mark(self, mark: re.Match[str]) -> None:
        if name := mark["start"]:
            given = dict(pair.split("=", 1) for pair in re.split(f"{_GAP}+", mark["given"]) if pair)
            is_double = (name, given) == (self.name, self.given)
            if is_double and not "".join(self.inside).strip(_WHITE):
                return
            self._close()  # whose end mark somebody took away
            self.name, self.given = name, given
        elif mark["end"] == self.name:
            self.closed = self.name
            self._close()
        elif self.name or mark["end"] != self.closed:
            why = N_(
                "“{mark}” ends nothing that begins above it. Put the marks back in their places."
            )
            self.unclear = self.unclear or Message.of(why, mark=f"%% end {mark['end']} %%")

    def _close(self) -> None:
        if self.name:
            self.blocks.append(Block(self.name, "\n".join(self.inside), self.given))
        self.name, self.given, self.inside = "", {}, []

    def document(self, front: Mapping[str, Value]) -> VaultDocument:
        is_open = bool(self.name)
        while is_open and self.inside and not self.inside[-1]:
            self.inside.pop()
        self._close()
        rest = "\n".join(self.rest).strip("\n")
        return VaultDocument(front, self.blocks, rest, self.unclear, is_open)


def _pieces(line: str) -> list[str | re.Match[str]]:
    """A line's marks, and the text before, between and behind them: a mark within text is text."""
    marks = [each for each in _MARK.finditer(line) if not each["slashes"]] if "%%" in line else []
    first, last = 0, len(line)
    before: list[str | re.Match[str]] = []
    behind: list[str | re.Match[str]] = []
    while marks and not line[first : marks[0].start()].strip(_WHITE):
        first = marks[0].end()
        before.append(marks.pop(0))
    while marks and not line[marks[-1].end() : last].strip(_WHITE):
        last = marks[-1].start()
        behind.insert(0, marks.pop())
    text = line[first:last]
    if not before and not behind:
        return [line]
    text = text.lstrip(_WHITE) if before else text
    text = text.rstrip(_WHITE) if behind else text
    return [*before, *([text] if text.strip(_WHITE) else []), *behind]


def split_properties(text: str) -> tuple[dict[str, Value], str, int]:
    """Properties, what follows them, and the line at which that begins.

    Raises:
        Unreadable: they are no YAML, or have aliases (of which a few lines can make gigabytes).
    """
    head, body, line = _split_head(text)
    return parse_properties(head), body, line


def _split_head(text: str) -> tuple[str, str, int]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    begin = _FENCE.match(text)
    end = _FENCE_END.search(text, begin.end()) if begin else None
    if begin is None or end is None:
        return "", text, 1
    head = text[begin.end() : end.start()]
    return head, text[end.end() + 1 :], head.count("\n") + 3


def read_properties(text: str) -> Properties:
    """The same, and each property as it is written. One that is no YAML keeps only itself out.

    Raises:
        Unreadable: none of them is.
    """
    head, body, line = _split_head(text)
    raw = split_raw(head)
    try:
        return Properties(parse_properties(head), raw, {}, body, line)
    except Unreadable:
        values: dict[str, Value] = {}
        unread: dict[str, Message] = {}
        for name, lines in raw.items():
            try:
                values |= parse_properties(lines)
            except Unreadable as problem:
                unread[name] = problem.why
        if not values or len(head) > FRONT_LIMIT:
            raise
        return Properties(values, raw, unread, body, line)


def split_raw(head: str) -> dict[str, str]:
    """Properties as they are written, by their names; comments by "#" and a number. What follows
    a property indented, or as a list, belongs to it."""
    raw: dict[str, str] = {}
    name = ""
    for line in head.removesuffix("\n").split("\n") if head else ():
        if line.startswith("#"):
            name = f"#{len(raw)}"
        elif line and line[0] not in " \t[]{}" and not (line == "-" or line.startswith("- ")):
            colon = _COLON.search(line)
            name = line[: colon.start()].rstrip().strip("\"'") if colon else name
        if name:
            raw[name] = raw.get(name, "") + f"{line}\n"
    return raw


def raw_properties(text: str) -> dict[str, str]:
    """A file's properties as they are written, unread."""
    return split_raw(_split_head(text)[0])


def replace_properties(text: str, lines: Mapping[str, str]) -> str:
    """A file's text with these lines for its properties; empty ones are none."""
    _, body, _ = _split_head(text)
    raw = "".join(lines.values())
    return f"---\n{raw}---\n{body}" if raw else body


def trim_edges(text: str) -> str:
    """A text without the blank lines around it, and the white space behind its last line."""
    lines = text.split("\n")
    while lines and not lines[0].strip(_WHITE):
        del lines[0]
    return "\n".join(lines).rstrip(_WHITE + "\n")


def is_marks_alone(text: str) -> bool:
    """Whether a text has nothing but marks and white space."""
    return not _MARK.sub("", text).strip(_WHITE + "\n")


def is_alike(one: str, other: str) -> bool:
    """Whether two texts differ in the white space around them alone."""
    return one.strip(_WHITE + "\n") == other.strip(_WHITE + "\n")


def parse_properties(text: str) -> dict[str, Value]:
    """YAML as names, each with a text, or with lists and mappings of texts.

    Raises:
        Unreadable: it is no YAML, or has aliases (of which a few lines can make gigabytes).
    """
    if len(text) > FRONT_LIMIT:
        raise Unreadable(2, Message.of(N_("The properties are too long.")))
    try:
        data = load_yaml(text, partial(yaml.load, Loader=TextLoader), deepest=_DEEPEST)
    except YamlProblem as error:
        why = Message.of(_WHY[error.kind], problem=error.said)
        raise Unreadable(error.line + 1, why) from error
    if data is None or data == "":
        return {}
    if not isinstance(data, dict):
        raise Unreadable(2, Message.of(N_("The properties have no names.")))
    return {str(name): value for name, value in data.items()}


def _escaped(text: str) -> str:
    return _MARK.sub(r"\\\g<0>", text) if "%%" in text else text


def _unescaped(mark: re.Match[str]) -> str:
    return mark[0].removeprefix("\\")


def list_of_property(value: Value | None) -> list[str]:
    """A property as a list: Obsidian takes one text for a list of one."""
    return list(_texts(value))


def text_of_property(value: Value | None) -> str:
    """A property as a text."""
    return str(value) if isinstance(value, int) else ", ".join(_texts(value))


def _texts(value: Value | None) -> Iterator[str]:
    if isinstance(value, (str, int)):
        if value != "":
            yield str(value)
    elif value is not None:
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
