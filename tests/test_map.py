"""The map (app/README.md) and CONTRIBUTING.md name what is there."""

import re
import tomllib
from pathlib import Path

import pytest

from app import __version__

CHECKOUT = Path(__file__).parent.parent
MAP = (CHECKOUT / "app" / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOP = r"(?:app|templates|static|tests|migrations|data)"


def rooms() -> list[str]:
    return sorted(
        str(package.parent.relative_to(CHECKOUT))
        for package in (CHECKOUT / "app").rglob("*/__init__.py")
    )


@pytest.mark.sqlite
def test_every_room_has_its_line() -> None:
    assert re.findall(r"^\| `(app/[\w/]+)` \|", MAP, re.MULTILINE)
    assert sorted(re.findall(r"^\| `(app/[\w/]+)` \|", MAP, re.MULTILINE)) == rooms()


@pytest.mark.sqlite
def test_the_order_drawn_is_the_one_enforced() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert "```\n" + "\n".join(layers) + "\n```" in MAP


@pytest.mark.sqlite
@pytest.mark.parametrize("text", [MAP, CONTRIBUTING], ids=["map", "contributing"])
def test_every_path_is_there(text: str) -> None:
    paths = set(re.findall(rf"`({TOP}/[\w/.-]*)`", text))
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not (CHECKOUT / path).exists()] == []


@pytest.mark.sqlite
@pytest.mark.parametrize("text", [MAP, CONTRIBUTING], ids=["map", "contributing"])
def test_every_name_is_in_the_file_it_is_said_to_be_in(text: str) -> None:
    named = re.findall(rf"`(\w+)` (?:in|of) `({TOP}/[\w/.-]*)`", text)
    assert named
    for name, path in named:
        assert re.search(rf"\b{name}\b", (CHECKOUT / path).read_text(encoding="utf-8")), name


@pytest.mark.sqlite
def test_this_version_stands_in_the_changelog() -> None:
    changes = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", changes, re.MULTILINE)
    assert newest
    assert newest[1] == __version__
