"""Scores as a small picture: systems over years, a panel for each category, drawn as SVG. Pure but
for what it reads of rows.

Ink is `currentColor`, so that a page's theme draws it; what stands alone says its colour itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from app.benchmarks.scores.rules import PERCENT, SHARE, SMALL, wilson_interval
from app.models import Benchmark, BenchmarkCategory, BenchmarkResult, Score

WIDTH, HEIGHT = 236.0, 172.0
_LEFT, _RIGHT, _TOP, _FOOT = 26.0, 10.0, 34.0, 20.0
_INSET, _SIGN = 14.0, 6.4
_GAP, _MARGIN, _ACROSS = 18.0, 24.0, 3
_LABEL_LIMIT = 26
OWN = "own"  # the series of what was measured here


@dataclass(frozen=True)
class PlotPoint:
    """A score in per cent; `low` and `high` bound it where it is over few examples."""

    system: str
    year: int
    value: float
    series: str
    size: int | None
    figure: str

    @property
    def bounds(self) -> tuple[float, float] | None:
        if not self.size or self.size >= SMALL:
            return None
        low, high = wilson_interval(self.value / 100, self.size)
        return 100 * low, 100 * high


@dataclass(frozen=True)
class PlotPanel:
    """A category, or the whole of a benchmark (`code` ""), or a split of it, with what was reached
    on it."""

    code: str
    split: str
    category: BenchmarkCategory | None
    size: int | None
    points: list[PlotPoint]

    @property
    def sizes(self) -> str:
        """`n = 119`; where the scores are over different numbers, from the least to the most."""
        held = sorted({each.size for each in self.points if each.size})
        if not held:
            return f"n = {self.size}" if self.size else "n = ?"
        return f"n = {held[0]}" if len(held) == 1 else f"n = {held[0]}–{held[-1]}"


@dataclass(frozen=True)
class ScorePlot:
    """The panels of one benchmark with the series in them, in the order of their signs."""

    benchmark: Benchmark
    panels: list[PlotPanel]
    series: list[str]

    def draw(self, panel: PlotPanel, title: str) -> str:
        return draw_panel(self, panel, title)

    def sign(self, number: int) -> str:
        """The sign of a series by its place, 12 by 12."""
        return draw_sign(number)

    @property
    def years(self) -> tuple[int, int]:
        years = [point.year for panel in self.panels for point in panel.points]
        return min(years), max(years)


def make_plot(
    benchmark: Benchmark,
    categories: Sequence[BenchmarkCategory],
    scores: Iterable[Score],
    results: Iterable[tuple[BenchmarkResult, Mapping[str, tuple[int, int]]]] = (),
) -> ScorePlot | None:
    """The plot of the scores on a benchmark as a whole and on these categories, side by side; None
    where there is none that can be drawn. `results` are those measured here, each with (right, of)
    by category, "" for the whole. A score that is no share, and one without a year, is not drawn.
    """
    named = {each.code: each for each in categories}
    order = {"": -1, **{code: at for at, code in enumerate(named)}}
    found: dict[tuple[str, str], list[PlotPoint]] = {}
    for score in scores:
        code = score.category.code if score.category else ""
        year = score.year or score.paper.year
        if code in order and year and score.unit in (PERCENT, SHARE):
            found.setdefault((code, score.split), []).append(_point(score, year))
    for result, counted in results:
        for code, (right, size) in counted.items():
            if code in order and size:
                value = 100 * right / size
                figure = f"{value:.1f}"
                point = PlotPoint(result.system, result.dated_on.year, value, OWN, size, figure)
                found.setdefault((code, ""), []).append(point)
    whole = len(benchmark.examples) or None
    panels = [
        PlotPanel(code, split, named.get(code), named[code].size if code else whole, points)
        for (code, split), points in sorted(
            found.items(), key=lambda each: (order[each[0][0]], each[0][1])
        )
    ]
    if not panels:
        return None
    series = dict.fromkeys(point.series for panel in panels for point in panel.points)
    return ScorePlot(benchmark, panels, sorted(series, key=lambda name: name == OWN))


def score_size(score: Score) -> int | None:
    """Over how many examples a score is: what it says, else what its category has."""
    return score.size or (score.category.size if score.category else None) or None


def _point(score: Score, year: int) -> PlotPoint:
    value = score.value * (100 if score.unit == SHARE else 1)
    return PlotPoint(score.system, year, value, score.metric, score_size(score), score.figure)


# --- Drawn --------------------------------------------------------------------------------------

_SIGNS = (
    '<circle cx="{x}" cy="{y}" r="3.1" fill="currentColor"/>',
    '<circle cx="{x}" cy="{y}" r="2.9" fill="none" stroke="currentColor" stroke-width="1.2"/>',
    '<path d="M{x} {y}m-3.2 2.6 3.2-5.8 3.2 5.8z" fill="currentColor"/>',
    '<path d="M{x} {y}m-2.7-2.7h5.4v5.4h-5.4z" fill="none" stroke="currentColor" '
    'stroke-width="1.2"/>',
    '<path d="M{x} {y}m0-3.8 3.3 3.8-3.3 3.8-3.3-3.8z" fill="currentColor"/>',
    '<path d="M{x} {y}m-2.8-2.8 5.6 5.6m0-5.6-5.6 5.6" stroke="currentColor" stroke-width="1.3"/>',
)


def draw_sign(number: int, x: float = 6, y: float = 6) -> str:
    """The sign of a series by its place."""
    return _SIGNS[number % len(_SIGNS)].format(x=f"{x:.1f}", y=f"{y:.1f}")


def draw_panel(plot: ScorePlot, panel: PlotPanel, title: str, place: str = "") -> str:
    """A panel as SVG that is a part of a page, or, with `place` (x and y), of another SVG."""
    first, last = plot.years
    room = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _FOOT

    def across(year: int) -> float:
        inner = room[0] - 2 * _INSET
        share = (year - first) / (last - first) if last > first else 0.5
        return _LEFT + _INSET + inner * share

    def up(value: float) -> float:
        return _TOP + room[1] * (1 - value / 100)

    parts = [
        f'<svg {place} viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        f'role="img" font-size="10" fill="currentColor">',
        f"<title>{escape(title)}, {panel.sizes}</title>",
        f'<text x="0" y="12" font-size="12" font-weight="600">{escape(_cut(title))}</text>',
        f'<text x="{WIDTH:g}" y="12" text-anchor="end" opacity=".75">{panel.sizes}</text>',
    ]
    for value in (0, 25, 50, 75, 100):
        y = up(value)
        parts.append(
            f'<path d="M{_LEFT:g} {y:.1f}H{WIDTH - _RIGHT:g}" stroke="currentColor" '
            f'opacity="{".35" if not value else ".14"}"/>'
            f'<text x="{_LEFT - 5:g}" y="{y + 3.5:.1f}" text-anchor="end" opacity=".75">'
            f"{value}</text>"
        )
    parts += [
        f'<text x="{across(year):.1f}" y="{HEIGHT - 6:g}" text-anchor="middle" '
        f'opacity=".75">{year}</text>'
        for year in _ticks(first, last)
    ]
    best = max(panel.points, key=lambda point: point.value)
    taken: list[tuple[float, float]] = []
    for point in panel.points:
        y = up(point.value)
        x = _free_place(across(point.year), y, taken)
        taken.append((x, y))
        said = f"{point.system}, {point.series}: {point.figure} ({point.year})"
        parts.append(f"<g><title>{escape(said)}</title>")
        if bounds := point.bounds:
            parts.append(
                f'<path d="M{x:.1f} {up(bounds[0]):.1f}V{up(bounds[1]):.1f}" '
                'stroke="currentColor" opacity=".45"/>'
            )
        parts.append(f"{draw_sign(plot.series.index(point.series), x, y)}</g>")
    x, y = across(best.year), up(best.value)
    label = _cut(f"{best.system} {best.figure}")
    anchor = "end" if x > WIDTH / 2 else "start"
    shift = -6 if anchor == "end" else 6
    parts.append(
        f'<text x="{x + shift:.1f}" y="{max(y - 5, _TOP - 7):.1f}" text-anchor="{anchor}">'
        f"{escape(label)}</text></svg>"
    )
    return "".join(parts)


def _free_place(x: float, y: float, taken: Sequence[tuple[float, float]]) -> float:
    """Beside the signs that stand there already, as near to its year as there is room."""
    for step in (0, 1, -1, 2, -2, 3, -3):
        at = x + step * _SIGN
        if all(abs(at - a) >= _SIGN or abs(y - b) >= _SIGN for a, b in taken):
            return at
    return x


def _cut(text: str) -> str:
    limit = _LABEL_LIMIT // (2 if any(ord(each) > 0x2E80 for each in text) else 1) + 6
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _ticks(first: int, last: int) -> Sequence[int]:
    step = max(1, -(-(last - first) // 4))
    return range(first, last + 1, step)


def draw_plots(
    plots: Sequence[tuple[ScorePlot, Sequence[str], Sequence[str]]],
    heading: str,
    *,
    ink: str,
    paper: str,
    faces: str,
) -> str:
    """Plots as one picture that stands alone, below each other: each with the titles of its panels
    and the names of its series."""
    drawn: list[str] = []
    y = _MARGIN + 34
    width = 2 * _MARGIN + _ACROSS * WIDTH + (_ACROSS - 1) * _GAP
    for plot, titles, series in plots:
        drawn.append(
            f'<text x="{_MARGIN:g}" y="{y:.0f}" font-size="13" font-weight="600">'
            f"{escape(plot.benchmark.name)}</text>"
        )
        x = _MARGIN
        y += 18
        for number, name in enumerate(series):
            room = 22 + 7.5 * len(name) * (2 if any(ord(c) > 0x2E80 for c in name) else 1)
            if x + room > width - _MARGIN:
                x, y = _MARGIN, y + 16
            drawn.append(draw_sign(number, x + 5, y - 4))
            drawn.append(f'<text x="{x + 14:.0f}" y="{y:.0f}" font-size="11">{escape(name)}</text>')
            x += room
        y += 16
        panels = list(zip(plot.panels, titles, strict=True))
        for _, some in groupby(enumerate(panels), key=lambda each: each[0] // _ACROSS):
            for at, (panel, title) in some:
                left = _MARGIN + (at % _ACROSS) * (WIDTH + _GAP)
                drawn.append(draw_panel(plot, panel, title, f'x="{left:g}" y="{y:.0f}"'))
            y += HEIGHT + _GAP
        y += 14
    height = y + _MARGIN - 14
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" color="{ink}" '
            f'fill="currentColor" font-family="{escape(faces)}">',
            f"<title>{escape(heading)}</title>",
            f'<rect width="100%" height="100%" fill="{paper}"/>',
            f'<text x="{_MARGIN:g}" y="{_MARGIN + 8:g}" font-size="17" font-weight="600">'
            f"{escape(heading)}</text>",
            *drawn,
            "</svg>\n",
        ]
    )
