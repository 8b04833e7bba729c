"""A name means one thing in the whole of `app/` (CONTRIBUTING.md has the rule)."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parent.parent / "app"
# What answers one question in several ways has one name: what search asks of an index.
INTERFACES = (APP / "search/engine",)
ROUTES = {"get", "post", "put", "patch", "delete", "command"}
MOST = 16  # modules of one room

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definitions() -> Iterator[tuple[Path, Definition]]:
    for file in sorted(APP.rglob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, Definition) and not node.name.startswith("_"):
                yield file, node


def is_route(node: Definition) -> bool:
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in ROUTES
        for each in node.decorator_list
    )


def taken_twice(kinds: tuple[type, ...]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for file, node in definitions():
        if isinstance(node, kinds) and not is_route(node) and file.parent not in INTERFACES:
            places[node.name].append(file.relative_to(APP).as_posix())
    return {name: files for name, files in places.items() if len(set(files)) > 1}


def test_a_public_class_stands_once() -> None:
    assert taken_twice((ast.ClassDef,)) == {}


def test_a_public_function_stands_once() -> None:
    """Routes aside, which are named by their addresses, and what an interface names."""
    assert taken_twice((ast.FunctionDef, ast.AsyncFunctionDef)) == {}


def test_a_room_has_a_dozen_modules_or_a_few_more() -> None:
    rooms: dict[Path, int] = defaultdict(int)
    for file in APP.rglob("*.py"):
        rooms[file.parent] += file.stem != "__init__"
    assert {room.name: count for room, count in rooms.items() if count > MOST} == {}
