"""What a file of the folder says of its thing: as the library wrote it, and as a reader did. Pure.

A reader's properties are read by the functions that an import reads them by. What is missing in a
file stays as it is in the library; what stands there empty is emptied; what cannot be taken waits
in the file and holds nothing else back.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from app.errors import N_, Message
from app.library.citekeys import is_citekey
from app.library.rules import is_partial_date, parse_day
from app.models import Kind
from app.sources.drafts import DETAILS
from app.sources.markdown import field_names, front_matter
from app.sources.markdown.papers import read_paper_notes
from app.sources.markdown.people import parse_authors
from app.vault.dump_load import Row
from app.vault.files import row_format
from app.vault.files.document import (
    Properties,
    Unreadable,
    Value,
    is_alike,
    is_marks_alone,
    list_of_property,
    parse_document,
    read_properties,
    split_properties,
    text_of_property,
    trim_edges,
)
from app.vault.files.obsidian import linked_key, title_of_path
from app.vault.files.parsing import note_of_properties, rows_of_document
from app.vault.files.row_format import CALLED, SHAPES, list_texts
from app.vault.sync.apply_changes import PARTS

# What stands in properties of its own and is one with another.
_BESIDE = {"tags": ("tag_names",), "verdict": ("reason", "verdict_due")}
_SEPARATORS = re.compile(r"[,，;；、]")
# What a new file says of its thing, and a known one cannot change.
_FIXED = {kind: {"slug"} & set(shape.properties) for kind, shape in SHAPES.items()}
_FIXED["note"] = set(row_format.SUBJECTS)
_NOT_UNDERSTOOD = N_("{name}: “{value}” was not understood. It waits; the rest was taken.")


@dataclass
class FileContent:
    """`row` and `notes` in the library's words; `waits` says of properties, by their names in the
    file, why they were not taken; `readers` are the reader's own, though the library has some of
    the same names."""

    row: Row
    notes: list[Row]
    properties: Properties
    waits: dict[str, Message] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)

    def raw(self, names: Iterable[str]) -> dict[str, str]:
        """Those properties as they are written."""
        return {name: self.properties.raw.get(name, "") for name in names}


def read_library_file(kind: str, path: str, text: str) -> FileContent:
    """What the library wrote, or took as it stood.

    Raises:
        Unreadable: its properties are no YAML.
    """
    properties = read_properties(text)
    if kind == "note":
        body = properties.body.removeprefix("\n").removesuffix("\n")
        return FileContent(note_of_properties(path, properties.values, body), [], properties)
    document = parse_document(properties.body, properties.values)
    row, notes = rows_of_document(kind, path, document)
    return FileContent(_with_verdict(row), notes, properties)


def read_edited_content(kind: str, path: str, text: str, known: FileContent) -> FileContent:
    """What a reader made of a file of which `known` was the content.

    Raises:
        Unreadable: it cannot be told what belongs to what.
    """
    found = _read_trimmed(kind, path, text)
    for name in PARTS.get(kind, ()):
        is_block = name in SHAPES[kind].blocks or name == "body"
        if is_block:
            said, was = found.row.get(name), known.row.get(name)
            is_there = name in found.row or name == "body" or name in found.blocks
            if not is_there or is_alike(str(said or ""), str(was or "")):
                _set(found.row, name, was)
        elif name == "details":
            _take_details(found, known.row.get("details"), known.properties.values)
        else:
            _take_property(kind, name, found, known)
    values, before = found.properties.values, known.properties.values
    changed = {name for name in values if values[name] != before.get(name)}
    found.readers = own_names(kind) & changed - known.properties.unread.keys()
    for name in _FIXED[kind] & changed:
        why = N_("{name} is changed in Crosswalk alone. It waits; the rest was taken.")
        found.waits[name] = Message.of(why, name=name)
    return found


def read_new_content(kind: str, path: str, text: str) -> FileContent:
    """What a file says that the library has not seen.

    Raises:
        Unreadable: it cannot be told what belongs to what.
    """
    found = _read_trimmed(kind, path, text)
    values = found.properties.values
    nothing = FileContent({}, [], Properties({}, {}, {}, "", 1))
    if kind == "note":
        found.row.setdefault("title", title_of_path(path))
    if kind == "paper":
        _take_details(found, None, {})
    for name in PARTS.get(kind, ()):
        if name not in ("details", *SHAPES[kind].blocks, "body") and _called(name) in values:
            _take_property(kind, name, found, nothing)
    if kind == "paper":
        _fill_from_import(found, path, text)
    found.readers = own_names(kind) & values.keys()
    return found


def refuse_cut_off(text: str, base: str) -> None:
    """See that a file is not the beginning of what it was, as half a copy is.

    Raises:
        Unreadable: it is, and ends within its properties or a block, or is empty.
    """
    begun = text.rstrip()
    if not base.startswith(begun) or is_marks_alone(base[len(begun) :]):
        return
    values, body, _ = split_properties(begun)
    is_within = base.startswith("---") and not values
    if not begun or is_within or parse_document(body, values).is_open:
        raise Unreadable(1, Message.of(N_("It ends in the middle: the rest of it is missing.")))


def own_names(kind: str) -> set[str]:
    """The properties that the library alone writes, by their names in a file."""
    names = {_called(name) for name in SHAPES[kind].properties if name not in PARTS.get(kind, ())}
    return (names | ({"links"} if kind == "note" else set())) - _FIXED[kind]


def library_names(kind: str) -> set[str]:
    """Every property that the library may write."""
    names = {_called(name) for name in SHAPES[kind].properties}
    if kind == "paper":
        names |= {"tag_names", "verdict", *_BESIDE["verdict"], *DETAILS}
    return names | {"links" if kind == "note" else "aliases"}


def other_properties(content: FileContent) -> str:
    """The properties of a note's file that a note within another file has no place for, as import
    puts them above the text."""
    taken = {"title", *row_format.SUBJECTS}
    return "\n".join(
        line
        for name, value in content.properties.values.items()
        if name not in taken
        for line in front_matter.list_item_lines(name, _written(value))
    )


def _called(name: str) -> str:
    return CALLED.get(name, name)


def _set(row: Row, name: str, value: JsonValue) -> None:
    if value is None:
        row.pop(name, None)
    else:
        row[name] = value


def _with_verdict(row: Row) -> Row:
    """The verdict in force as one value (`row_format.join_verdict`)."""
    verdict = row_format.current_verdict_row(row)
    row.pop("verdicts", None)
    if verdict:
        said = (str(verdict.get(name) or "") for name in ("verdict", "reason", "due"))
        row["verdict"] = row_format.join_verdict(*said)
    return row


def _read_trimmed(kind: str, path: str, text: str) -> FileContent:
    properties = read_properties(text)
    blocks: set[str] = set()
    notes: list[Row] = []
    if kind == "note":
        row = note_of_properties(path, properties.values, trim_edges(properties.body))
    else:
        document = parse_document(properties.body, properties.values)
        if document.unclear:
            raise Unreadable(properties.line, document.unclear)
        blocks = {each.name for each in document.blocks}
        trimmed = [replace(each, text=trim_edges(each.text)) for each in document.blocks]
        document = replace(document, blocks=trimmed, rest=trim_edges(document.rest))
        row, notes = rows_of_document(kind, path, document)
    found = FileContent(_with_verdict(row), notes, properties, blocks=blocks)
    for name in properties.unread.keys() & library_names(kind):
        said = properties.raw[name].partition(":")[2]
        found.waits[name] = _not_understood(name, said)
    return found


def _take_property(kind: str, name: str, found: FileContent, known: FileContent) -> None:
    """Set the column of a row to what its property says; or leave it."""
    values, was = found.properties.values, known.properties.values
    called, beside = _called(name), _BESIDE.get(name, ())
    is_same = all(values.get(each) == was.get(each) for each in (called, *beside))
    is_there = called in values or (
        name == "verdict" and called in was and any(each in values for each in beside)
    )
    if called in found.properties.unread or not is_there or is_same:
        _set(found.row, name, known.row.get(name))
        return
    value = values.get(called, was.get(called))
    try:
        _set(found.row, name, _column(kind, name, value, found, known))
    except ValueError:
        _set(found.row, name, known.row.get(name))
        found.waits[called] = _not_understood(called, text_of_property(value), name)


def _not_understood(called: str, value: str, name: str = "") -> Message:
    value = " ".join(value.split())[:80]
    if name == "kind":
        why = N_("{name}: “{value}” is none of {choices}. It waits; the rest was taken.")
        return Message.of(why, name=called, value=value, choices=", ".join(Kind))
    return Message.of(_NOT_UNDERSTOOD, name=called, value=value)


def _column(
    kind: str, name: str, value: Value | None, found: FileContent, known: FileContent
) -> JsonValue:
    """A property that a reader wrote, as its column has it; None for an empty one.

    Raises:
        ValueError: it is not understood.
    """
    text = text_of_property(value).strip()
    if text in ("", "~", "null"):
        if name in ("kind", "title", "citekey"):
            return known.row.get(name)  # there is no paper without
        return None
    if name == "verdict":
        return _verdict(text, found, known)
    target = SHAPES[kind].links.get(name)
    if target and name in SHAPES[kind].lists:
        links = _split(value) if text.count("[[") != 1 else list_of_property(value)
        return [*dict.fromkeys(linked_key(each, target) for each in links)]
    if target:
        return linked_key(text, target)
    if name == "authors":
        return [*_members(value, known.row.get(name), parse_authors)]
    if name == "tags":
        tags = value if isinstance(value, str) else list_texts(found.row.get(name))
        return [*_members(tags, known.row.get(name), field_names.parse_tags)]
    if name in SHAPES[kind].lists:
        return [*_split(value)]
    return _paper_value(name, value, text) if kind == "paper" else text


def _paper_value(name: str, value: Value | None, text: str) -> JsonValue:
    if name in ("year", "arxiv_version") and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    if name in ("published", "revised") and is_partial_date(text):
        return text
    if name == "citekey" and is_citekey(text):
        return text
    if name == "primary_category":
        return text
    said = field_names.describe_pairs([(_called(name), _written(value))])
    if name == "citekey" and is_citekey(said.citekey):
        return said.citekey
    if name == "url" and not said.left:
        return str(said.paper.get("url", text))
    if name == "arxiv_id" and said.paper.get("arxiv_version"):
        return f"{said.paper['arxiv_id']}v{said.paper['arxiv_version']}"
    taken = said.paper.get(name)
    if not isinstance(taken, str | int):
        raise ValueError(name)
    return taken


def _verdict(text: str, found: FileContent, known: FileContent) -> str:
    values = found.properties.values
    verdict = field_names.describe_pairs([("verdict", text)]).verdict
    if not verdict:
        raise ValueError(text)
    was, reason, due = row_format.split_verdict(str(known.row.get("verdict") or ""))
    if "reason" in values or verdict != was:
        reason = text_of_property(values.get("reason")).strip()
    if "verdict_due" in values or verdict != was:
        said = text_of_property(values.get("verdict_due")).strip()
        if said and not parse_day(said):
            found.waits["verdict_due"] = _not_understood("verdict_due", said)
        else:
            due = parse_day(said)
    return row_format.join_verdict(verdict, reason, due)


def _take_details(found: FileContent, known: JsonValue, was: Mapping[str, Value]) -> None:
    before = known if isinstance(known, dict) else {}
    details: Row = {}
    for name in DETAILS:
        value = found.properties.values.get(name)
        text = text_of_property(value).strip()
        if value is None or value == was.get(name):
            _set(details, name, before.get(name))
        elif text:
            said = field_names.describe_pairs([(name, _written(value))]).details
            details[name] = said.get(name, text)
    _set(found.row, "details", details or None)


def _members(
    value: Value | None, known: JsonValue, read: Callable[[front_matter.Value], list[str]]
) -> list[str]:
    """What a list names: what it named before is as it was, the rest is read."""
    before = list_texts(known)
    if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return [value] if value in before and isinstance(value, str) else read(_written(value))
    named = ([each] if each in before else read([_written(each), ""]) for each in value)
    return list(dict.fromkeys(str(each) for some in named for each in some))


def _split(value: Value | None) -> list[str]:
    """A list, which may be written as one text."""
    texts = list_of_property(value)
    if isinstance(value, str):
        texts = [each.strip() for each in _SEPARATORS.split(value)]
    return [each for each in texts if each]


def _written(value: Value | None) -> front_matter.Value:
    """A value as import's functions take it."""
    if isinstance(value, Mapping):
        return {name: _written(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(each) for each in value]
    return "" if value is None else str(value)


def _fill_from_import(found: FileContent, path: str, text: str) -> None:
    """What the file says of a new paper in other words than the library's: `DOI:`, `作者`, a
    heading."""
    row, values = found.row, found.properties.values
    records = () if found.blocks else read_paper_notes(text, path).records
    record = records[0] if len(records) == 1 else None
    if record is None or record.draft is None:
        pairs = [(name, _written(value)) for name, value in values.items()]
        said = field_names.describe_pairs(pairs)
        draft, citekey, tags, verdict = said.draft(title=""), said.citekey, said.tags, said.verdict
        reason = said.reason
    else:
        draft, citekey, tags, verdict = record.draft, record.citekey, record.tags, record.verdict
        reason = record.reason
    if "title" not in row or "title" not in values:
        row["title"] = draft.title or str(row.get("citekey", ""))
    if "citekey" not in values:
        wanted = (citekey, str(row.get("citekey", "")))
        _set(row, "citekey", next(filter(is_citekey, wanted), None))
    for name in (
        "authors",
        "year",
        "venue",
        "doi",
        "arxiv_id",
        "arxiv_version",
        "url",
        "published",
    ):
        given = getattr(draft, name)
        if given and name not in row and _called(name) not in found.waits:
            row[name] = [*given] if name == "authors" else given
    if draft.abstract and "abstract" not in row:
        row["abstract"] = draft.abstract
    if draft.short_title and draft.short_title != row["title"]:
        row.setdefault("short_title", draft.short_title)
    if tags:
        row.setdefault("tags", [*tags])
    if verdict and "verdict" not in values:
        row["verdict"] = row_format.join_verdict(verdict, reason, "")
    details = row.get("details")
    if draft.details:
        row["details"] = {**draft.details, **(details if isinstance(details, dict) else {})}
