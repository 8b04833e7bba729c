"""English and 简体中文: nothing untranslated, nothing mistranslated in form."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from fastapi.testclient import TestClient

from app.errors import Message
from app.settings import resource
from app.web.languages import load_catalogue, prefer_language

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "N_": None,
}


def msgids() -> Iterator[tuple[str, str | tuple[str, ...], str | None]]:
    """Every text of the interface with the place where it stands, and its context."""
    for folder, method in (
        (ROOT / "app", "python"),
        (resource("templates"), "jinja2.ext.babel_extract"),
    ):
        pattern = "**.py" if method == "python" else "**.html"
        found = extract_from_dir(
            folder,
            method_map=[(pattern, method)],
            options_map={pattern: {"trimmed": "true", "extensions": "jinja2.ext.do"}},
            keywords=KEYWORDS,
        )
        for name, line, text, _comments, context in found:
            yield f"{name}:{line}", text, context


def test_every_text_has_its_chinese() -> None:
    chinese = load_catalogue("zh")
    missing = sorted(
        {
            f"{place}: {text!r}"
            for place, text, context in msgids()
            if (
                text[0] not in chinese.plurals
                if isinstance(text, tuple)
                else (context, text) not in chinese.contexts
                if context
                else text not in chinese.texts
            )
        }
    )
    assert not missing, "\n".join(missing)


def test_the_chinese_has_the_same_fields() -> None:
    chinese = load_catalogue("zh")
    said = [*chinese.texts.items()]
    said += [(text, translated) for (_, text), translated in chinese.contexts.items()]
    for text, translated in said:
        for pattern in (r"\{(\w+)\}", r"%\((\w+)\)s"):
            assert set(re.findall(pattern, text)) == set(re.findall(pattern, translated)), text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr, zh;q=0.3", "zh"),
        ("fr", "en"),
        ("", "en"),
        ("zh;q=nonsense", "en"),
    ],
)
def test_the_browser_says_which(header: str, language: str) -> None:
    assert prefer_language(header) == language


def test_the_choice_outlives_the_header(client: TestClient) -> None:
    assert '<html lang="zh-Hans"' in client.get("/", headers={"Accept-Language": "zh"}).text
    client.post("/preferences", data={"language": "en"})
    assert '<html lang="en"' in client.get("/", headers={"Accept-Language": "zh"}).text


def test_dates_may_be_partial() -> None:
    english, chinese = load_catalogue("en"), load_catalogue("zh")
    assert [english.date(day) for day in ("2023", "2023-03", "2023-03-06", "", "soon")] == [
        "2023",
        "March 2023",
        "6 March 2023",
        "",
        "soon",
    ]
    assert chinese.date("2023-03-06") == "2023年3月6日"


def test_one_word_in_two_senses_is_two_messages() -> None:
    english, chinese = load_catalogue("en"), load_catalogue("zh")
    senses = ("on a date", "in a history", "of a cell", "after a number")
    assert [chinese.pgettext(sense, "changed") for sense in senses] == [
        "修改于",
        "已修改",
        "有改动",
        "条有改动",
    ]
    assert {english.pgettext(sense, "changed") for sense in senses} == {"changed"}
    assert chinese.pgettext("of a publisher", "Place") != chinese.gettext("Place")
    assert chinese.pgettext("of a text", "Pages") != chinese.gettext("Pages")


def test_a_message_is_said_in_the_readers_language() -> None:
    message = Message.of("Give a year between {first} and {last}.", first=1000, last=2200)
    assert load_catalogue("en").message(message) == "Give a year between 1000 and 2200."
    assert "1000" in load_catalogue("zh").message(message)
