"""Every page is HTML as the standard has it, by html-validate."""

import json
import subprocess
from itertools import cycle
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from jinja2 import Environment, Template

from app.database import Database
from app.settings import Settings, resource
from tests import databases, pages

pytestmark = pytest.mark.sqlite  # no database has a part in what is written

TOOLS = Path(pages.__file__).parent / "browser"
RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        # Matters of taste, not of the standard.
        "no-implicit-button-type": "off",
        "no-implicit-input-type": "off",
        "no-trailing-whitespace": "off",
        "long-title": "off",
        "aria-label-misuse": ["error", {"allowAnyNamable": True}],
        # Several values of one name are what a filter is; a combobox's list and a fold are roles of
        # ARIA's own patterns.
        "form-dup-name": "off",
        "prefer-native-element": ["error", {"exclude": ["listbox", "button", "region"]}],
        "valid-id": ["error", {"relaxed": True}],
    },
}


@pytest.fixture
def settings(tmp_path: Path, starter_library: databases.Template) -> Settings:
    return starter_library.restored(tmp_path / "library")


def test_every_page_is_valid_html(
    client: TestClient, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (TOOLS / "node_modules").is_dir():
        pytest.fail("`make browser` installs html-validate")
    written: set[str] = set()
    get_template = Environment.get_template

    def noted(env: Environment, name: str, parent: str | None = None) -> Template:
        written.add(name)
        return get_template(env, name, parent)

    monkeypatch.setattr(Environment, "get_template", noted)
    addresses = pages.furnish(client, db)
    folder = tmp_path / "html"
    folder.mkdir()
    (folder / ".htmlvalidate.json").write_text(json.dumps({"root": True, **RULES}), "utf-8")
    states = {}
    for number, (address, language) in enumerate(zip(addresses, cycle(("en", "zh")), strict=False)):
        client.cookies.set("language", language)
        answer = client.get(address, headers={"Accept": "text/html"})
        states[address] = answer.status_code
        (folder / f"{number}.html").write_text(answer.text, "utf-8")
    assert {address: each for address, each in states.items() if each != 200} == pages.REFUSED

    whole = (path for path in resource("templates").rglob("*.html"))
    every = {
        str(path.relative_to(resource("templates")))
        for path in whole
        if '{% extends "base.html" %}' in path.read_text("utf-8")
    }
    assert every <= written, "tests/pages.py names a page of each template"

    report = tmp_path / "report.json"
    program = TOOLS / "node_modules/.bin/html-validate"
    validate = [str(program), "--formatter", f"json={report}", str(folder)]
    said = subprocess.run(validate, capture_output=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    problems = {
        f"{addresses[int(Path(page['filePath']).stem)]}: {each['ruleId']}: {each['message']} "
        f"({each['selector']})"
        for page in json.loads(report.read_text("utf-8"))
        for each in page["messages"]
    }
    assert not problems, "\n".join(sorted(problems)[:40])
