"""Comparisons as plain values, of any text, to write and to read back."""

from datetime import date

from hypothesis import strategies as st

from app.exports.formats.table_model import CitedSource, Head, Sheet, TableEntry
from app.models import stances
from app.models.comparison import Confidence

# What the library lets in: one line without control characters, lone surrogates, overrides.
LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\u202e"),
    min_size=1,
    max_size=30,
)
SPECIAL = st.text("\\{}$&#^_~%[]*|<>`\"'=+-@;:, \t中é→A1", min_size=1, max_size=20)
TEXT = (LINE | SPECIAL).map(lambda text: " ".join(text.split())).filter(bool)
CITEKEY = st.from_regex(r"[a-z0-9][a-z0-9_:.+-]{0,12}", fullmatch=True)
SLUG = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,4})?", fullmatch=True)
SOURCES = st.builds(CitedSource, paper=CITEKEY, against=st.booleans()) | st.builds(
    CitedSource, note=st.integers(1, 2**31 - 1), against=st.booleans()
)
STANCES = [stance for stance in stances.STANCES if stance]
ENTRIES = st.builds(
    TableEntry,
    stance=st.sampled_from(STANCES),
    confidence=st.sampled_from(list(Confidence)),
    ruled=st.booleans(),
    claims=st.integers(0, 40),
    sources=st.lists(SOURCES, max_size=3, unique=True).map(tuple),
    figures=st.lists(TEXT, max_size=2, unique=True).map(tuple),
)


def say(text: str) -> str:
    """English."""
    return text


@st.composite
def heads(draw: st.DrawFn, most: int) -> tuple[Head, ...]:
    slugs = draw(st.lists(SLUG, max_size=most, unique=True))
    made: list[Head] = []
    for slug in slugs:
        deepest = made[-1].depth + 1 if made else 0
        made.append(Head(slug, draw(TEXT), draw(st.integers(0, deepest)), draw(st.booleans())))
    return tuple(made)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    rows, columns = draw(heads(5)), draw(heads(18))
    pairs = [(row.slug, column.slug) for row in rows for column in columns]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True)) if pairs else []
    cells = {pair: draw(ENTRIES) for pair in chosen}
    notes = {
        source.note: draw(TEXT)
        for entry in cells.values()
        for source in entry.sources
        if source.note
    }
    return Sheet(
        slug=draw(SLUG),
        title=draw(TEXT),
        day=date(2026, 11, 24),
        rows=rows,
        columns=columns,
        cells=cells,
        description=draw(st.just("") | TEXT),
        notes=notes,
    )
