"""A picture of a comparison: SVG drawn from the table, and PNG from the SVG.

The signs are drawn rather than written, so that they are the same where a face lacks them; all else
is text, in the reader's own faces.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from app.errors import N_
from app.exports.formats.table_model import (
    UNTRIED,
    UNTRIED_LABEL,
    Head,
    Say,
    Sheet,
    TableEntry,
    describe_cell,
    describe_size,
)
from app.kit.text import has_han
from app.models.comparison import Basis, Confidence, Stance
from app.models.stances import BASES, BLANK, CONTESTED, STANCES
from app.settings import resource

_DRAW = """
import sys, resvg_py
width, height = map(int, sys.argv[1:])
svg = sys.stdin.buffer.read().decode()
sys.stdout.buffer.write(resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height))
"""
LARGEST = 4000  # pixels, either way; a picture of a large table is drawn smaller, never larger

_MARGIN, _LINE, _CELL, _GAP = 28.0, 22.0, 36.0, 2.0
_NAMES = (120.0, 320.0)  # the least and the most that rows' names take
_HEADS = (60.0, 210.0)
_INDENT, _KEY, _FIGURE = 12.0, 30.0, 18.0
_SLOPE = 0.7071  # heads stand at 45°
FACES = (
    "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'WenQuanYi Micro Hei', sans-serif"
)
# Within a circle of radius 5 around the origin; they take the colour of what they stand in.
_SIGNS: Mapping[str, str] = {
    Stance.ADDRESSES: '<circle r="4.6" fill="currentColor"/>',
    Stance.PARTIAL: '<circle r="4" fill="none" stroke="currentColor" stroke-width="1.2"/>'
    '<path d="M0-4.6a4.6 4.6 0 0 0 0 9.2z" fill="currentColor"/>',
    CONTESTED: '<circle r="4" fill="none" stroke="currentColor" stroke-width="1.2"/>'
    '<path d="M0-4.6a4.6 4.6 0 0 1 0 9.2z" fill="currentColor"/>',
    Stance.FAILS: '<path d="M-3.6-3.6 3.6 3.6M-3.6 3.6 3.6-3.6" stroke="currentColor" '
    'stroke-width="1.9"/>',
    Stance.UNCLEAR: '<path d="M-2.4-2.2a2.4 2.4 0 1 1 3.6 2.1c-.9.5-1.2 1-1.2 2" fill="none" '
    'stroke="currentColor" stroke-width="1.5"/><circle cy="4" r="1" fill="currentColor"/>',
    Stance.INAPPLICABLE: '<path d="M-4 0H4" stroke="currentColor" stroke-width="1.6"/>',
    Stance.NO_EVIDENCE: '<circle r="4" fill="none" stroke="currentColor" stroke-width="1.2"/>'
    '<path d="M-3.6 4.8 3.6-4.8" stroke="currentColor" stroke-width="1.2"/>',
}


@dataclass(frozen=True)
class _Key:
    """An entry of the legend: its faces, its words, where it stands below the table."""

    faces: Sequence[TableEntry]
    words: str
    x: float
    y: float


@dataclass(frozen=True)
class _Layout:
    """Where things stand, in pixels: the table's first cell is at `left`, `top`."""

    names: float
    heads: float
    left: float
    top: float
    right: float
    foot: float
    width: float
    height: float
    legend: list[_Key]
    figures: float  # the first line of them


def write_svg(sheet: Sheet, say: Say) -> str:
    """The table as a picture that stands alone; every filled cell says in words what it means."""
    layout = _layout(sheet, say)
    ink, soft, line = read_colours()["ink"], read_colours()["soft"], read_colours()["line"]
    faint = _mixed(line, read_colours()["paper"], 0.6)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" '
        f'font-family="{FACES}" font-size="12" fill="{ink}">',
        f"<title>{escape(sheet.title)}</title>",
        "<defs>",
        *(f'<g id="sign-{stance}">{drawn}</g>' for stance, drawn in _SIGNS.items()),
        "</defs>",
        f'<rect width="100%" height="100%" fill="{read_colours()["paper"]}"/>',
        _text(sheet.title, _MARGIN, _MARGIN + 16, 'font-size="18" font-weight="600"'),
        _text(
            f"{describe_size(sheet, say)} · {sheet.day.isoformat()}",
            _MARGIN,
            _MARGIN + 36,
            f'font-size="11.5" fill="{soft}"',
        ),
    ]
    for number, column in enumerate(sheet.columns):
        x = layout.left + (number + 0.5) * _CELL
        name = _fitting(column.name, layout.heads / _SLOPE - 10, 11.5)
        at = f'transform="translate({x + 3:.1f} {layout.top - 8:.1f}) rotate(-45)"'
        colour = f' fill="{soft}"' if column.depth else ""
        parts.append(f'<text {at} font-size="11.5"{colour}>{escape(name)}</text>')
    for number in range(len(sheet.columns) + 1):
        x = layout.left + number * _CELL
        style = f'stroke="{faint}" stroke-width=".8"'
        parts.append(f'<path d="M{x:.1f} {layout.top:.1f}V{layout.foot:.1f}" {style}/>')
    for number in range(len(sheet.rows) + 1):
        y = layout.top + number * _LINE
        parts.append(_rule(_MARGIN, layout.right, y, line if number else ink))
    for number, row in enumerate(sheet.rows):
        y = layout.top + number * _LINE
        indent = _INDENT * row.depth
        bold = 'font-weight="600"' if row.has_children and not row.depth else ""
        name = _fitting(row.name, layout.names - indent - 10, 12)
        parts.append(_text(name, _MARGIN + indent, y + 15, bold))
        for place, column in enumerate(sheet.columns):
            x = layout.left + place * _CELL
            match sheet.marked(row, column):
                case TableEntry() as entry:
                    parts.append(_cell(entry, x, y, _words(row, column, entry, say)))
                case untried if untried == UNTRIED:
                    parts.append(_untried(x + _CELL / 2, y + _LINE / 2, _named(row, column, say)))
                case left_out if left_out:
                    parts.append(_text(left_out, x + _CELL / 2, y + 15, f'fill="{soft}"'))
    parts += map(_drawn_key, layout.legend)
    if sheet.untried:
        last = layout.legend[-1]
        parts.append(_untried(_MARGIN + 8, last.y + 27, ""))
        style = f'font-size="11" fill="{soft}"'
        parts.append(_text(say(UNTRIED_LABEL), _MARGIN + _KEY, last.y + 31, style))
    for number, (row, column, figure) in enumerate(sheet.figures()):
        y = layout.figures + number * _FIGURE
        line = _fitting(_figure(row, column, figure), layout.width - 2 * _MARGIN, 11)
        parts.append(_text(line, _MARGIN, y, f'font-size="11" fill="{ink}"'))
    parts.append("</svg>\n")
    return "\n".join(parts)


def write_png(drawn: str) -> bytes:
    """An SVG of ours as PNG, at twice its size, or as much as keeps both sides to `LARGEST`.

    Drawn by a process of its own: resvg holds the interpreter's lock meanwhile, and a large table
    (200 × 60, 5,000 cells: 3 s) would stop the whole server.
    """
    found = re.search(r'width="(\d+)" height="(\d+)"', drawn)
    if not found:
        raise ValueError("not a picture of ours")
    width, height = int(found[1]), int(found[2])
    scale = min(2.0, LARGEST / width, LARGEST / height)
    sides = [str(max(1, int(side * scale))) for side in (width, height)]
    done = subprocess.run(  # noqa: S603  # our own interpreter on our own text
        [sys.executable, "-I", "-c", _DRAW, *sides],
        input=drawn.encode(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return done.stdout


@cache
def read_colours() -> Mapping[str, str]:
    """The colours of static/css/tokens.css in its light theme, by their names."""
    tokens = (resource("static") / "css/tokens.css").read_text("utf-8")
    return dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}),", tokens))


def _layout(sheet: Sheet, say: Say) -> _Layout:
    names = (_width(row.name, 12) + _INDENT * row.depth + 14 for row in sheet.rows)
    room = min(max(_NAMES[0], *names, 0.0), _NAMES[1])
    tall = [min((_width(column.name, 11.5) + 14) * _SLOPE, _HEADS[1]) for column in sheet.columns]
    heads = max(_HEADS[0], *tall, 0.0)
    left, top = _MARGIN + room, _MARGIN + 50 + heads
    right = left + len(sheet.columns) * _CELL
    # A head leans to the right as far as it is tall.
    leaning = (left + (n + 0.5) * _CELL + each + 8 for n, each in enumerate(tall))
    width = max(640.0, right, *leaning, _MARGIN + _width(sheet.title, 18)) + _MARGIN
    foot = top + len(sheet.rows) * _LINE
    legend = _legend(width, foot + 18, say)
    below = legend[-1].y + (34 if sheet.untried else 14)
    figures = len(list(sheet.figures()))
    height = below + (figures * _FIGURE + 14 if figures else 0) + _MARGIN
    return _Layout(room, heads, left, top, right, foot, width, height, legend, below + 28)


def _legend(width: float, top: float, say: Say) -> list[_Key]:
    """Signs, weights and the ruling with their words, in as many lines as they need."""
    medium = Confidence.MEDIUM
    keys: list[tuple[Sequence[TableEntry], str]] = [
        ([TableEntry(stance, medium)], say(known.label))
        for stance, known in STANCES.items()
        if stance != BLANK
    ]
    keys += [
        (
            [TableEntry(Stance.PARTIAL, each) for each in Confidence],
            say(N_("low, medium, high confidence")),
        ),
        *(
            ([TableEntry(Stance.PARTIAL, medium, basis=basis)], say(known.label))
            for basis, known in BASES.items()
        ),
        ([TableEntry(Stance.PARTIAL, medium, ruled=True)], say(N_("ruled by the reader"))),
        ([TableEntry(Stance.UNCLEAR, medium, claims=2)], say(N_("number of claims"))),
        ([], say(N_("an empty cell: {label}")).format(label=say(STANCES[BLANK].label))),
    ]
    placed: list[_Key] = []
    x, y = _MARGIN, top
    for faces, words in keys:
        wide = _KEY * len(faces) + _width(words, 11)
        if x > _MARGIN and x + wide > width - _MARGIN:
            x, y = _MARGIN, y + 20
        placed.append(_Key(faces, words, x, y))
        x += wide + 20
    return placed


def _drawn_key(key: _Key) -> str:
    faces = (
        f'<g transform="translate({key.x + _KEY * n:.1f} {key.y:.1f})">{_face(each, 26, 14)}</g>'
        for n, each in enumerate(key.faces)
    )
    style = f'font-size="11" fill="{read_colours()["soft"]}"'
    return "".join([*faces, _text(key.words, key.x + _KEY * len(key.faces), key.y + 11, style)])


def _words(row: Head, column: Head, entry: TableEntry, say: Say) -> str:
    """What a pointer that rests on the cell is told: where it is, its stance, what it rests on."""
    against = say(N_("against: {source}"))
    sources = [str(each) for each in entry.supporting]
    sources += [against.format(source=each) for each in entry.contradicting]
    lines = [f"{row.name} × {column.name}", describe_cell(entry, say), "; ".join(sources)]
    lines += entry.figures
    return "\n".join(filter(None, lines))


def _figure(row: Head, column: Head, figure: str) -> str:
    return f"{row.name} × {column.name}: {figure}"


def _named(row: Head, column: Head, say: Say) -> str:
    return f"{row.name} × {column.name}\n{say(UNTRIED_LABEL)}"


def _untried(x: float, y: float, words: str) -> str:
    """A hollow triangle around a point."""
    title = f"<title>{escape(words)}</title>" if words else ""
    stroke = f'fill="none" stroke="{read_colours()["accent"]}" stroke-width="1.1"'
    path = f'<path d="M-3.4-4.2 4-0 -3.4 4.2z" {stroke}/>'
    return f'<g transform="translate({x:.1f} {y:.1f})">{title}{path}</g>'


def _cell(entry: TableEntry, x: float, y: float, words: str) -> str:
    inner = _face(entry, _CELL - 2 * _GAP, _LINE - 2 * _GAP)
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<g transform="translate({x + _GAP:.1f} {y + _GAP:.1f})">{title}{inner}</g>'


def _face(entry: TableEntry, width: float, height: float) -> str:
    """The ground, the sign, the underline of a ruling, the count of claims."""
    ground, colour = _tones(entry.stance, entry.confidence)
    box = f'width="{width:.1f}" height="{height:.1f}" rx="3"'
    if entry.confidence == Confidence.LOW:
        edge = _mixed(colour, read_colours()["paper"], 0.65)
        outline = f'x=".5" y=".5" width="{width - 1:.1f}" height="{height - 1:.1f}" rx="2.5"'
        parts = [f'<rect {outline} fill="none" stroke="{edge}"/>']
    else:
        parts = [f'<rect {box} fill="{ground[0]}"/>']
    if len(ground) > 1:
        inset = 1.0 if entry.confidence == Confidence.LOW else 0.0
        left, right = width / 2 + 2, width / 2 - 2
        bottom = height - inset
        if inset:
            corners = f"{inset} {inset} {left:.1f} {inset} {right:.1f} {bottom} {inset} {bottom}"
            parts.append(f'<polygon points="{corners}" fill="{ground[0]}"/>')
        parts.append(
            f'<polygon points="{left:.1f} {inset} {width - inset:.1f} {inset} '
            f'{width - inset:.1f} {bottom} {right:.1f} {bottom}" fill="{ground[1]}"/>'
        )
    middle = f"{width / 2:.1f} {height / 2:.1f}"
    sign = f'<use href="#sign-{entry.stance}"/>'
    parts.append(f'<g color="{colour}" transform="translate({middle})">{sign}</g>')
    if entry.ruled:
        parts.append(
            f'<path d="M{width / 2 - 6:.1f} {height - 1.5:.1f}h12" stroke="{colour}" '
            'stroke-width="1.3"/>'
        )
    if entry.basis:
        parts.append(_basis(Basis(entry.basis), colour))
    if entry.claims:
        at = f'x="{width - 3:.1f}" y="{height - 3:.1f}" text-anchor="end"'
        parts.append(f'<text {at} font-size="8" fill="{colour}">{entry.claims}</text>')
    return "".join(parts)


def _basis(basis: Basis, colour: str) -> str:
    """A corner: full where it was tried, hollow where it was shown elsewhere, else a wave."""
    if basis == Basis.ARGUED:
        return f'<path d="M3 6q1.2 -2.2 2.4 -.6t2.4 -.6" fill="none" stroke="{colour}"/>'
    fill = colour if basis == Basis.TARGET else "none"
    box = 'x="3" y="3" width="4" height="4" stroke-width=".9"'
    return f'<rect {box} fill="{fill}" stroke="{colour}"/>'


def _tones(stance: str, confidence: str) -> tuple[list[str], str]:
    """The grounds (two where the claims disagree) and the colour of the sign, as on the page."""
    known = read_colours()
    high = confidence == Confidence.HIGH
    if stance == CONTESTED:
        sides = [
            _mixed(known[tone], known[f"{tone}-bg"], 0.35) if high else known[f"{tone}-bg"]
            for tone in ("yes", "fails")
        ]
        return sides, known["ink"]
    tone = STANCES[stance].tone
    colour, ground = known[tone], known[f"{tone}-bg"]
    if not high:
        return [ground], colour
    return [ground if tone == "na" else _mixed(colour, ground, 0.26)], _mixed(
        colour, known["ink"], 0.55
    )


def _mixed(one: str, other: str, share: float) -> str:
    """`color-mix(in srgb, one share, other)` for two `#rrggbb`."""
    pairs = ((int(one[n : n + 2], 16), int(other[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def _text(text: str, x: float, y: float, style: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'


def _rule(left: float, right: float, y: float, colour: str) -> str:
    return f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="{colour}" stroke-width=".8"/>'


def _width(text: str, size: float) -> float:
    """About how wide `text` is in a sans face of this size."""
    return sum(size * (1.0 if has_han(each) or each > "\u2fff" else 0.56) for each in text)


def _fitting(text: str, room: float, size: float) -> str:
    """`text`, or as much of its beginning as fits, with an ellipsis."""
    if _width(text, size) <= room:
        return text
    while text and _width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
