"""Markdown: a comparison as a table that GitHub, Obsidian and Pandoc read. Pure."""

import re
from collections.abc import Mapping

from app.errors import N_
from app.exports.formats.table_model import (
    LEFT_OUT,
    UNTRIED,
    UNTRIED_LABEL,
    CitedSource,
    Head,
    Say,
    Sheet,
    TableEntry,
    describe_cell,
    describe_size,
)
from app.models.stances import BLANK, STANCES

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~$^@])")
_AT_START = re.compile(r"(\d*)([-+=.)])")  # a list's mark, or a heading's line


def write_markdown(sheet: Sheet, say: Say, titles: Mapping[str, str]) -> str:
    """Title, table, legend, sources; papers are cited as Pandoc does it: `[@kim2021vilt]`.

    `titles` describes each paper by its citation key.
    """
    parts = [
        f"# {escape_markdown(sheet.title)}",
        escape_markdown(sheet.description),
        f"{describe_size(sheet, say)} · {sheet.day.isoformat()}",
        _table(sheet, say),
        _legend(sheet, say),
        _figures(sheet, say),
        _sources(sheet, say, titles),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def escape_markdown(text: str) -> str:
    """`text` on one line, as Markdown that shows just this."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _AT_START.sub(r"\1\\\2", line, count=1) if _AT_START.match(line) else line


def _table(sheet: Sheet, say: Say) -> str:
    heads = [say(N_("Technique")), *(_head(column) for column in sheet.columns)]
    lines = [heads, ["---", *[":-:"] * len(sheet.columns)]]
    for row in sheet.rows:
        cells = (sheet.marked(row, column) for column in sheet.columns)
        lines.append([_head(row), *(it if isinstance(it, str) else _cell(it, say) for it in cells)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(head: Head) -> str:
    """The name, with a mark for each level it stands below the top."""
    return "› " * head.depth + escape_markdown(head.name)


def _cell(entry: TableEntry, say: Say) -> str:
    words = f"{STANCES[entry.stance].sign} {describe_cell(entry, say)}"
    papers = "; ".join(f"@{each}" for each in entry.supporting if each.paper)
    notes = [_note(each, say) for each in entry.supporting if each.note]
    rests_on = [f"[{papers}]" if papers else "", *notes]
    against = [f"[@{each}]" if each.paper else _note(each, say) for each in entry.contradicting]
    rests_on += [say(N_("against: {source}")).format(source=each) for each in against]
    return " · ".join([words, *filter(None, rests_on)])


def _note(source: CitedSource, say: Say) -> str:
    return say(N_("note {number}")).format(number=source.note)


def _legend(sheet: Sheet, say: Say) -> str:
    marks = (
        f"{known.sign} {say(known.label)}" for stance, known in STANCES.items() if stance != BLANK
    )
    blank = say(N_("an empty cell: {label}")).format(label=say(STANCES[BLANK].label))
    filtered = [f"{LEFT_OUT} {say(N_('left out by the filter'))}"] if sheet.left_out else []
    untried = [f"{UNTRIED} {say(UNTRIED_LABEL)}"] if sheet.untried else []
    return " · ".join([*marks, blank, *untried, *filtered])


def _figures(sheet: Sheet, say: Say) -> str:
    """What pairs of scores the cells show, a line each."""
    lines = [
        f"- {escape_markdown(row.name)} × {escape_markdown(column.name)}: {escape_markdown(figure)}"
        for row, column, figure in sheet.figures()
    ]
    return "\n".join([f"## {say(N_('Figures'))}", "", *lines]) if lines else ""


def _sources(sheet: Sheet, say: Say, titles: Mapping[str, str]) -> str:
    lines = [
        f"- `@{key}` {escape_markdown(titles.get(key, ''))}".rstrip() for key in sheet.citekeys
    ]
    for number in sheet.note_ids:
        name = say(N_("note {number}")).format(number=number)
        lines.append(f"- {name}: {escape_markdown(sheet.notes.get(number, ''))}")
    return "\n".join([f"## {say(N_('Sources'))}", "", *lines]) if lines else ""
