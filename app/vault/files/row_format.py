"""A row and its notes as a document, and the way back. Pure.

A paper, a technique … is one file; what it says of itself is in its properties, its longer texts
and its notes are blocks.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from app.sources.drafts import DETAILS
from app.vault.dump_load import Row
from app.vault.files.document import Block, Value, VaultDocument, list_of_property, text_of_property
from app.vault.files.obsidian import (
    key_of,
    link_to,
    linked_key,
    links_from_obsidian,
    tag_forms,
    tag_names,
    title_of_path,
)

SUBJECTS = ("paper", "technique", "issue")  # what notes are about


@dataclass(frozen=True)
class Shape:
    """Of a kind: its properties in order, what stands as blocks, what properties link to."""

    properties: tuple[str, ...]
    blocks: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()


_NAMES = ("name_en", "name_zh")
_DEFINITIONS = ("definition_en", "definition_zh")
_SYNONYMS = ("synonyms_en", "synonyms_zh")
_TERM = ("slug", *_NAMES, *_SYNONYMS, "former_names", "parent")
_TERM_LISTS = frozenset((*_SYNONYMS, "former_names"))
_KEPT = ("id", "created_at", "updated_at", "version")
SHAPES: Mapping[str, Shape] = {
    "paper": Shape(
        (
            *("citekey", "title", "short_title", "authors", "year", "kind", "venue", "doi"),
            *("arxiv_id", "arxiv_version", "url", "files", "tags", "techniques", "fields"),
            *("published", "revised", "primary_category", "reading", "metadata_source"),
            *("metadata_at", "reader_fields", "former_citekeys", *_KEPT, "trashed_at"),
        ),
        ("abstract",),
        {"techniques": "technique", "fields": "field"},
        frozenset(
            ("authors", "files", "tags", "techniques", "fields", "reader_fields", "former_citekeys")
        ),
    ),
    "technique": Shape(
        (*_TERM, "position", "id", "version"),
        _DEFINITIONS,
        {"parent": "technique"},
        _TERM_LISTS,
    ),
    "issue": Shape(
        (*_TERM, "field", "starred", "position", "id", "version"),
        _DEFINITIONS,
        {"parent": "issue", "field": "field"},
        _TERM_LISTS,
    ),
    "field": Shape(
        ("slug", *_NAMES, *_SYNONYMS, "position", "id", "version"),
        _DEFINITIONS,
        lists=frozenset(_SYNONYMS),
    ),
    "correspondence": Shape(
        (
            *("slug", "source_en", "source_zh", "target_en", "target_zh", "source_field"),
            *("target_field", "techniques", "issues", "papers", *_KEPT),
        ),
        ("carries_en", "carries_zh", "breaks_en", "breaks_zh"),
        {
            "source_field": "field",
            "target_field": "field",
            "techniques": "technique",
            "issues": "issue",
            "papers": "paper",
        },
        frozenset(("techniques", "issues", "papers")),
    ),
    "note": Shape(
        ("title", *SUBJECTS, *_KEPT, "trashed_at"), (), {name: name for name in SUBJECTS}
    ),
}
# How a property is called in a file, where that is not the column's name.
CALLED = {
    "arxiv_id": "arxiv",
    "created_at": "created",
    "updated_at": "updated",
    "trashed_at": "trashed",
}
PREFIX = "crosswalk_"  # of a property of the library, where the reader has one of its name
_NUMBERS = {"id", "version", "year", "arxiv_version", "position"}
_FLAGS = {"starred"}
_YES = ("true", "yes", "on", "1", "是")

Out = Callable[[str], str | None]  # a text with links that work in the folder, if it can be read


def key_of_row(kind: str, row: Row) -> str:
    return str(row["citekey" if kind == "paper" else "slug"])


def front_of(kind: str, row: Row) -> dict[str, Value]:
    """A row's properties; what it does not say is left out."""
    shape = SHAPES[kind]
    front: dict[str, Value] = {}
    for name in shape.properties:
        value = row.get(name)
        if value in (None, "", []):
            continue
        called = CALLED.get(name, name)
        if name == "tags":
            forms, names = tag_forms(list_texts(value))
            front["tags"] = forms
            if names:
                front["tag_names"] = names
        elif target := shape.links.get(name):
            every = [link_to(target, each) for each in list_texts(value)]
            front[called] = every if name in shape.lists else every[0]
        elif isinstance(value, list):
            front[called] = list_texts(value)
        else:
            front[called] = value if isinstance(value, (str, int)) else str(value)
        if name in ("title", "name_zh", "name_en", "short_title", "target_zh") and (
            aliases := aliases_of(kind, row)
        ):
            front.setdefault("aliases", aliases)
    if kind == "paper":
        _paper_front(row, front)
    return front


def _paper_front(row: Row, front: dict[str, Value]) -> None:
    verdict = current_verdict_row(row)
    if verdict:
        front["verdict"] = str(verdict["verdict"])
        if verdict.get("reason"):
            front["reason"] = str(verdict["reason"])
        if verdict.get("due"):
            front["verdict_due"] = str(verdict["due"])
    details = row.get("details")
    if isinstance(details, dict):
        front |= {name: str(details[name]) for name in DETAILS if details.get(name)}
    kept = [name for name in ("id", "created", "updated", "version", "trashed") if name in front]
    for name in kept:  # last, for they are nobody's reading
        front[name] = front.pop(name)


def current_verdict_row(row: Row) -> Row | None:
    return next((each for each in verdicts_of(row) if each.get("is_current")), None)


def verdicts_of(row: Row) -> list[Row]:
    given = row.get("verdicts")
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def aliases_of(kind: str, row: Row) -> list[str]:
    """What Obsidian finds the file by, besides its name."""
    match kind:
        case "paper":
            names: list[JsonValue] = [row.get("title"), row.get("short_title")]
        case "correspondence":
            names = [
                f"{row.get(f'source_{x}')} ↔ {row.get(f'target_{x}')}"
                for x in ("en", "zh")
                if row.get(f"source_{x}") and row.get(f"target_{x}")
            ]
        case "note":
            names = []
        case _:
            names = [row.get(name) for name in _NAMES]
            names += [*list_texts(row.get("synonyms_en")), *list_texts(row.get("synonyms_zh"))]
    return list(dict.fromkeys(str(name) for name in names if name))


def list_texts(value: JsonValue) -> list[str]:
    """A value that is a list of texts, or one."""
    return (
        [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
    )


def document_of(kind: str, row: Row, notes: Iterable[Row], out: Out) -> VaultDocument:
    """A row, with the notes about it in their order, as its file."""
    blocks = [
        _text_block(name, str(row[name]), out) for name in SHAPES[kind].blocks if row.get(name)
    ]
    if verdicts := verdicts_of(row):
        blocks.append(Block("verdicts", _verdict_lines(verdicts)))
    blocks += [note_block(note, out) for note in notes]
    return VaultDocument(front_of(kind, row), blocks)


def _text_block(name: str, text: str, out: Out) -> Block:
    made = out(text)
    return Block(name, text, {"links": "raw"}) if made is None else Block(name, made)


def note_block(note: Row, out: Out) -> Block:
    """A note within the file of what it is about."""
    title, body = str(note.get("title", "")), str(note.get("body", ""))
    given = {
        CALLED.get(name, name): str(note[name]) for name in _KEPT if note.get(name) is not None
    }
    made = out(body)
    if made is None:
        given["links"], made = "raw", body
    if title:
        text = f"## {title}\n\n{made}" if made else f"## {title}"
    else:
        text = made
        if text.lstrip("\n").startswith("## "):
            given["title"] = "none"
    return Block("note", text, given)


def note_document(note: Row, out: Out) -> tuple[dict[str, Value], str]:
    """A note that has a file of its own: its properties and its text."""
    body = str(note.get("body", ""))
    made = out(body)
    front = front_of("note", note)
    if made is None:
        front["links"], made = "raw", body
    return front, made


_VERDICT = re.compile(
    r"- (\S+) · (\**)([^\s*·]+)\2(?: · (\d{1,9}))?(?: · (\d{4}-\d\d-\d\d))?\Z", re.ASCII
)


def _verdict_lines(verdicts: Sequence[Row]) -> str:
    lines: list[str] = []
    for each in verdicts:
        mark = "**" if each.get("is_current") else ""
        lines.append(f"- {each['given_at']} · {mark}{each['verdict']}{mark} · {each['id']}")
        if each.get("due"):
            lines[-1] += f" · {each['due']}"
        if reason := str(each.get("reason", "")):
            lines += [f"  {line}" if line else "" for line in reason.split("\n")]
    return "\n".join(lines)


def read_verdicts(text: str) -> list[Row]:
    """The verdicts that a block tells, oldest first."""
    verdicts: list[Row] = []
    reasons: list[list[str]] = []
    for line in text.split("\n") if text else []:
        if found := _VERDICT.match(line):
            given: Row = {"verdict": found[3], "given_at": found[1], "is_current": bool(found[2])}
            given |= {"due": found[5]} if found[5] else {}
            verdicts.append({"id": int(found[4]), **given} if found[4] else given)
            reasons.append([])
        elif reasons:
            reasons[-1].append(line.removeprefix("  "))
    for each, lines in zip(verdicts, reasons, strict=True):
        if lines:
            each["reason"] = "\n".join(lines)
    return verdicts


_DATED = re.compile(r"(.*?)(?: (\d{4}-\d\d-\d\d))?", re.ASCII)


def join_verdict(verdict: str, reason: str, due: str) -> str:
    """A verdict as one value: its slug and day on a line, and below it the reason."""
    return "\n".join(filter(None, (f"{verdict} {due}".strip(), reason)))


def split_verdict(text: str) -> tuple[str, str, str]:
    """A verdict, its reason and its day, out of one value."""
    line, _, reason = text.partition("\n")
    found = _DATED.fullmatch(line)
    return (found[1], reason, found[2] or "") if found else (line, reason, "")


# --- Back ---


def key_of_front(path: str, front: Mapping[str, Value]) -> str:
    """The citation key that a paper's file says, or is called by."""
    said = text_of_property(front.get("citekey")).strip("@[] ")
    return said or key_of(title_of_path(path).removeprefix("@"))


def row_of(kind: str, document: VaultDocument) -> Row:
    """What a file says, as a row; the reader's own properties are not in it."""
    shape = SHAPES[kind]
    row: Row = {}
    for name in shape.properties:
        value = own_value(document.front, CALLED.get(name, name))
        said: JsonValue
        if name == "tags":
            names = list_of_property(document.front.get("tag_names"))
            said = [*tag_names(list_of_property(value), names)]
        elif target := shape.links.get(name):
            every = [linked_key(each, target) for each in list_of_property(value)]
            said = [*every] if name in shape.lists else "".join(every[:1])
        elif name in shape.lists:
            said = [*list_of_property(value)]
        else:
            said = text_of_property(value)
        if said in ("", []) or (name in _FLAGS and str(said).lower() not in _YES):
            continue
        row[name] = True if name in _FLAGS else _whole(name, said)
    for block in document.blocks:
        if block.name in shape.blocks and (text := block_text(block)):
            row[block.name] = text
    if kind == "paper":
        _paper_row(document, row)
    return row


def own_value(front: Mapping[str, Value], name: str) -> Value | None:
    """The library's property of that name, of which the reader may have one too."""
    return front.get(f"{PREFIX}{name}", front.get(name))


def _whole(name: str, said: JsonValue) -> JsonValue:
    """A number as one, where the column has numbers."""
    is_number = isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10
    return int(str(said)) if name in _NUMBERS and is_number else said


def _paper_row(document: VaultDocument, row: Row) -> None:
    details: Row = {
        name: said for name in DETAILS if (said := text_of_property(document.front.get(name)))
    }
    if details:
        row["details"] = details
    told = next((each.text for each in document.blocks if each.name == "verdicts"), "")
    if verdicts := read_verdicts(told):
        row["verdicts"] = [*verdicts]


def block_text(block: Block) -> str:
    return block.text if block.given.get("links") == "raw" else links_from_obsidian(block.text)


def note_of(block: Block) -> Row:
    """The note that a block holds."""
    note: Row = {}
    for name in _KEPT:
        if said := block.given.get(CALLED.get(name, name)):
            note[name] = _whole(name, said)
    text = block.text
    headed = text.lstrip("\n")
    if headed.startswith("## ") and block.given.get("title") != "none":
        title, _, text = headed.partition("\n")
        note["title"] = title.removeprefix("## ").strip()
        text = text.removeprefix("\n")
    body = text if block.given.get("links") == "raw" else links_from_obsidian(text)
    if body:
        note["body"] = body
    return note


def note_of_file(front: Mapping[str, Value], body: str) -> Row:
    """The note that a file of its own holds."""
    note = row_of("note", VaultDocument(front))
    text = body if own_value(front, "links") == "raw" else links_from_obsidian(body)
    return {**note, "body": text} if text else note
