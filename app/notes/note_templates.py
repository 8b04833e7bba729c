"""What a note may begin with: shipped texts, and the reader's own notes whose title says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.kit.text import fold
from app.settings import Language

OWN_TITLES = ("template:", "模板:", "模板：")  # with which the title of a note that is one begins
_FORMS = {
    "paper": (
        "## In one sentence\n\n\n## What it does\n\n- \n\n## Evidence\n\n- \n\n"
        "## What can be carried over\n\n> \n\n## To do\n\n- [ ] \n",
        "## 一句话\n\n\n## 做法\n\n- \n\n## 证据\n\n- \n\n## 可以借鉴什么\n\n> \n\n"
        "## 待办\n\n- [ ] \n",
    ),
    "issue": (
        "## The problem\n\n\n## An example\n\n\n## What has been tried\n\n- [[]]: \n\n"
        "## What is open\n\n- [ ] \n",
        "## 问题是什么\n\n\n## 例子\n\n\n## 已有的尝试\n\n- [[]]：\n\n## 尚未解决\n\n- [ ] \n",
    ),
    "meeting": (
        "Date: {{date}}\nWith: \n\n## Talked about\n\n- \n\n## Decided\n\n- \n\n"
        "## To do\n\n- [ ] \n",
        "日期：{{date}}\n参加：\n\n## 讨论\n\n- \n\n## 决定\n\n- \n\n## 待办\n\n- [ ] \n",
    ),
}
SHIPPED = tuple(_FORMS)


@dataclass(frozen=True)
class NoteTemplate:
    """A text to begin with. `key` is `paper`, `issue` or `meeting`, or the number of a note, whose
    `name` is what stands behind `Template:` in its title."""

    key: str
    body: str
    name: str = ""


def shipped_template(key: str, language: Language) -> NoteTemplate | None:
    texts = _FORMS.get(key)
    return NoteTemplate(key, texts[language == "zh"]) if texts else None


def own_name(title: str) -> str:
    """What a template of the reader's own is called; empty where a note is none."""
    found = next((each for each in OWN_TITLES if fold(title).startswith(each)), "")
    return title[len(found) :].strip() if found else ""


def fill_template(body: str, values: Mapping[str, str], today: date) -> str:
    """A template with `{{date}}`, `{{title}}`, `{{key}}` and `{{link}}` filled in."""
    for name, value in {"date": today.isoformat(), **values}.items():
        body = body.replace(f"{{{{{name}}}}}", value)
    return body
