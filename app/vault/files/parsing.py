"""The files of a folder as the rows of a library. Pure: nothing of a path is opened here."""

import json
from collections.abc import Iterator, Mapping
from functools import partial

import yaml

from app.errors import N_, Invalid, Message, Problem
from app.kit.decoding import decode_text
from app.kit.guarded_yaml import YamlProblem, load_yaml
from app.library.rules import parse_day
from app.models import utc_now
from app.vault.dump_load import Row, Tables
from app.vault.files import obsidian, row_format
from app.vault.files.document import (
    Unreadable,
    Value,
    VaultDocument,
    parse_document,
    split_properties,
)
from app.vault.files.writing import IN_LINES, IN_YAML, MARK, OWN

KINDS = {
    obsidian.FOLDERS[kind]: kind
    for kind in ("paper", "technique", "issue", "field", "correspondence")
}
_VIEWS = {
    obsidian.FOLDERS[kind] for kind in ("comparison", "benchmark")
}  # made from what is in OWN


def looks_like_vault(paths: Mapping[str, object]) -> bool:
    """Whether a folder is one that `crosswalk export --format vault` wrote."""
    return MARK in paths


def kind_of(path: str) -> str | None:
    """What the file at `path` is about: `paper`, `technique` …, `note`, or "" for what the library
    alone writes; None for what is no text of ours."""
    place = path.removeprefix(f"{obsidian.TRASH}/")
    folder = place.partition("/")[0]
    if folder == OWN or folder in _VIEWS:
        return ""
    if not place.lower().endswith(".md") or folder.startswith("."):
        return None
    return KINDS.get(folder, "note") if "/" in place else "note"


def tables_of(files: Mapping[str, bytes]) -> tuple[Tables, list[Problem]]:
    """Rows out of files; what cannot be read is a problem that keeps its text."""
    tables: Tables = {name: [] for name in (*IN_YAML, *IN_LINES, *KINDS.values(), "note")}
    problems: list[Problem] = []
    for path in sorted(files):
        kind = kind_of(path)
        if kind is None:
            continue
        text = ""
        try:
            text = decode_file(files[path])
            if kind == "":
                name = path.removeprefix(f"{OWN}/").partition(".")[0]
                if path.startswith(f"{OWN}/") and name in tables:
                    tables[name] += parse_rows(text, path.endswith(".jsonl"))
            elif kind == "note" and not is_paper(text):
                tables["note"].append(own_note(path, text))
            else:
                kind = "paper" if kind == "note" else kind
                row, notes = parse_document_file(kind, path, text)
                tables[kind].append(row)
                tables["note"] += notes
        except Unreadable as problem:
            problems.append(Problem(line=problem.line, why=problem.why, raw=text, path=path))
    for name, rows in tables.items():
        rows.sort(key=lambda row: _order(name, row))
    return tables, problems


def decode_file(data: bytes) -> str:
    if data and not data.strip(b"\0"):  # what a crash leaves of a file on some systems
        raise Unreadable(1, Message.of(N_("This is no text.")))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return decode_text(data)
        except Invalid as error:
            raise Unreadable(1, Message.of(N_("This is no text."))) from error


def _order(name: str, row: Row) -> tuple[int, str]:
    number = row.get("id")
    if name in ("attachment", "file") or not isinstance(number, int):
        return (2**40, str(row.get("sha256", "")))
    return (number, "")


def parse_document_file(kind: str, path: str, text: str) -> tuple[Row, list[Row]]:
    """What a file is about, and the notes in it. What stands beside its blocks is a note too."""
    return rows_of_document(kind, path, parse_document(text))


def rows_of_document(kind: str, path: str, document: VaultDocument) -> tuple[Row, list[Row]]:
    """The same, of a file that was read already."""
    row = row_format.row_of(kind, document)
    name = obsidian.key_of(obsidian.title_of_path(path).removeprefix("@"))
    key = "citekey" if kind == "paper" else "slug"
    row.setdefault(key, name)
    if kind == "paper":
        row.setdefault("title", str(row[key]))
        if path.startswith(f"{obsidian.TRASH}/"):
            row.setdefault("trashed_at", str(row.get("updated_at") or utc_now().isoformat()))
        else:
            row.pop("trashed_at", None)
        said = (document.front.get(name) for name in ("verdict", "reason", "verdict_due"))
        settle_verdict(row, *said)
    about = {kind: row[key]}
    notes = [
        {**row_format.note_of(block), **about} for block in document.blocks if block.name == "note"
    ]
    if document.rest.strip() and kind in row_format.SUBJECTS:
        notes.append({"body": obsidian.links_from_obsidian(document.rest), **about})
    return row, notes


def settle_verdict(row: Row, verdict: object, reason: object, due: object) -> None:
    """The verdict in force as the properties say it; the block tells those before."""
    verdicts = row_format.verdicts_of(row)
    current = next((each for each in verdicts if each.get("is_current")), None)
    said = (str(verdict or ""), str(reason or ""), str(due or ""))
    if current and said == tuple(str(current.get(n, "")) for n in ("verdict", "reason", "due")):
        return
    for each in verdicts:
        each["is_current"] = False
    if said[0]:
        given: Row = {"verdict": said[0], "reason": said[1], "due": parse_day(said[2])}
        given["is_current"] = True
        row["verdicts"] = [*verdicts, given]


def is_paper(text: str) -> bool:
    """Whether a file that may stand anywhere is about a paper: it has a citation key."""
    return (
        text.startswith("---") and "\ncitekey:" in text and "citekey" in split_properties(text)[0]
    )


def own_note(path: str, text: str) -> Row:
    """The note that a file holds; its name is its title where it says none."""
    front, body, _ = split_properties(text)
    return note_of_properties(path, front, body.removeprefix("\n").removesuffix("\n"))


def note_of_properties(path: str, front: Mapping[str, Value], body: str) -> Row:
    """The same, of a file that was read already."""
    note = row_format.note_of_file(front, body)
    if "title" not in note and not isinstance(note.get("id"), int):
        note["title"] = obsidian.title_of_path(path)
    if path.startswith(f"{obsidian.TRASH}/"):
        note.setdefault("trashed_at", str(note.get("updated_at") or utc_now().isoformat()))
    else:
        note.pop("trashed_at", None)
    return note


_DEEPEST = 16  # libyaml takes the square of the depth


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML without dates: they are texts here."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse_rows(text: str, in_lines: bool) -> list[Row]:
    """The rows of a file below `.crosswalk`.

    Raises:
        Unreadable: at its line.
    """
    if in_lines:
        return list(_lines(text))
    try:
        rows = load_yaml(text, partial(yaml.load, Loader=_Loader), deepest=_DEEPEST)
    except YamlProblem as error:
        alias, syntax = N_("It holds an alias (*)."), N_("This is no YAML: {problem}")
        why = Message.of(alias if error.kind == "alias" else syntax, problem=error.said)
        raise Unreadable(error.line, why) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable(1, Message.of(N_("It is no list of rows.")))
    return rows


def _lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Unreadable(number, Message.of(N_("This line is no JSON."))) from error
        if not isinstance(row, dict):
            raise Unreadable(number, Message.of(N_("This line is no row.")))
        yield row
