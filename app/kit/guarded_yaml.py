"""YAML that somebody else wrote → values, before a few lines of it have become gigabytes. Pure."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import yaml

T = TypeVar("T")
Kind: TypeAlias = Literal["alias", "depth", "syntax"]

# Every scalar is a text and no tag acts. Without libyaml the slow one does the same.
TextLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class YamlProblem(Exception):
    """Why a text is not read, at which line of it (from 1); `said` is the parser's word for it."""

    def __init__(
        self, kind: Literal["alias", "depth", "syntax"], line: int, said: str = ""
    ) -> None:
        self.kind = kind
        self.line = line
        self.said = said
        super().__init__(f"line {line}: {said or kind}")


def load_yaml(text: str, read: Callable[[str], T], *, deepest: int | None = None) -> T:
    """What `read` makes of a text without aliases, nested at most `deepest` collections.

    Raises:
        YamlProblem: it has aliases, nests deeper, or is no YAML.
    """
    try:
        if deepest is not None or "*" in text:
            _check(text, deepest)
        return read(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = str(getattr(error, "problem", None) or "?")
        raise YamlProblem("syntax", mark.line + 1 if mark else 1, said) from error


def _check(text: str, deepest: int | None) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=TextLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlProblem("alias", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if deepest is not None and depth > deepest:
                raise YamlProblem("depth", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
