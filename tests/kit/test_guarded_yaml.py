"""YAML of other people: read where it is harmless, else said where and why it is not."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.kit.guarded_yaml import TextLoader, YamlProblem, load_yaml


def read(text: str, deepest: int | None = 3) -> Any:
    return load_yaml(text, partial(yaml.load, Loader=TextLoader), deepest=deepest)


def test_every_scalar_is_a_text() -> None:
    text = "id: 2102.03340\nday: 2021-02-05\ntags: [no, {deep: 1}]\n"
    assert read(text) == {"id": "2102.03340", "day": "2021-02-05", "tags": ["no", {"deep": "1"}]}
    assert read("a: '*'") == {"a": "*"}


@pytest.mark.parametrize("deepest", [3, None])
@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", "alias", 3),
        ("a: 1\nb: [1\nc: 2\n", "syntax", 3),
        ("\ta: 1", "syntax", 1),
    ],
)
def test_what_is_not_read(text: str, kind: str, line: int, deepest: int | None) -> None:
    with pytest.raises(YamlProblem) as raised:
        read(text, deepest)
    assert (raised.value.kind, raised.value.line) == (kind, line)


def test_depth_is_counted_before_anything_is_built() -> None:
    assert read("[[[1]]]") == [[["1"]]]
    assert read("a: [1]\nb: [1]\nc: {d: [1]}") == {"a": ["1"], "b": ["1"], "c": {"d": ["1"]}}
    with pytest.raises(YamlProblem, match="line 2: depth"):
        read("- 1\n- [[[1]]]")
    with pytest.raises(YamlProblem, match="depth"):
        read("[" * 100_000)


@given(st.text(max_size=80) | st.text("[]{}&*:- \n!|>'\"%", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(YamlProblem):
        read(text)
