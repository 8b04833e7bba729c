"""The README says what is true."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.settings import Settings

README = Path(__file__).parent.parent / "README.md"


def settings_table() -> str:
    """The table as the settings themselves give it."""
    rows = [
        f"| `CROSSWALK_{name.upper()}` | {shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def shown(default: object) -> str:
    if isinstance(default, bool):
        return f"`{int(default)}`"
    text = json.dumps(default) if isinstance(default, list) else str(default)
    return f"`{text}`" if text and text != "PydanticUndefined" else ""


def test_the_settings_are_all_there() -> None:
    text = README.read_text(encoding="utf-8")
    found = re.search(r"<!-- settings.*?-->\n(.*?)\n<!-- /settings -->", text, re.DOTALL)
    assert found
    assert found[1] == settings_table()


def test_every_make_target_it_names_is_there() -> None:
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    texts = [README, README.parent / "CONTRIBUTING.md"]
    targets = [
        target
        for text in texts
        for target in re.findall(
            r"(?:^|`)make (\w+)", text.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "command", re.findall(r"bin/crosswalk (\w+)", README.read_text(encoding="utf-8"))
)
def test_every_command_it_names_is_there(command: str) -> None:
    assert CliRunner().invoke(cli, [command, "--help"]).exit_code == 0


def test_every_file_it_links_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert {"app/README.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(linked)
    assert [name for name in linked if not (README.parent / name).exists()] == []
