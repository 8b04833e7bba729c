"""Every page is HTML as the standard has it, by html-validate, and light when it is first opened.

A browser measures what a first visit costs in `tests/bench/page_weights.py`. What is fetched later
(behind a click, or when a field is written in) is not counted here.
"""

import json
import re
import subprocess
from itertools import cycle
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
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
MOST = 100_000  # bytes
MORE = {"/papers/held/read": 150_000}  # pdf.js, which draws the file, and what draws with it
SIGNS = "/static/vendor/noto-signs/signs.woff2"  # the common sheet has them fetched
LINKED = re.compile(r"<(?:link|script)\b[^>]*?\s(?:href|src)=\"(/static/[^\"]+)\"")


@pytest.fixture
def settings(
    tmp_path_factory: pytest.TempPathFactory, starter_library: databases.Template
) -> Settings:
    return starter_library.restored(tmp_path_factory.getbasetemp() / "library")


def sent(answer: Response) -> int:
    """Bytes on the line: the body as it is compressed, and the headers."""
    assert answer.status_code in (200, 404), answer.url
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return answer.num_bytes_downloaded + head


def test_every_page_is_valid_html_and_at_most_100_kb(
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
    files: dict[str, int] = {}
    weights = {}
    for number, (address, language) in enumerate(zip(addresses, cycle(("en", "zh")), strict=False)):
        client.cookies.set("language", language)
        answer = client.get(address, headers={"Accept": "text/html"})
        states[address] = answer.status_code
        (folder / f"{number}.html").write_text(answer.text, "utf-8")
        linked = {SIGNS, *LINKED.findall(answer.text)}
        assert len(linked) > 5, address
        files |= {each: sent(client.get(each)) for each in linked - files.keys()}
        weights[address] = sent(answer) + sum(files[each] for each in linked)
    assert {address: each for address, each in states.items() if each != 200} == pages.REFUSED
    heavy = {
        address: weight
        for address, weight in weights.items()
        if weight > MOST + MORE.get(address, 0)
    }
    assert not heavy

    whole = (path for path in resource("templates").rglob("*.html"))
    every = {
        str(path.relative_to(resource("templates")))
        for path in whole
        if '{% extends "base.html" %}' in path.read_text("utf-8")
    }
    posted = {"library/candidates.html"}  # what another server was asked
    assert every - posted <= written, "tests/pages.py names a page of each template"

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
