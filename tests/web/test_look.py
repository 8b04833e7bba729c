"""What the look promises: text that can be read in both themes, and nothing from elsewhere."""

import re
from itertools import product

import pytest

from app.settings import resource

STATIC = resource("static")
TEXT = ("ink", "soft", "faint", "accent", "yes", "part", "fails", "unclear", "na")
VERDICTS = ("reference", "limited")
GROUNDS = ("paper", "raise", "tint", "hover")


def palette(theme: str) -> dict[str, str]:
    found = re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)",
        (STATIC / "css/tokens.css").read_text("utf-8"),
    )
    return {name: light if theme == "light" else dark for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_reaches_aa_on_every_ground(theme: str) -> None:
    colours = palette(theme)
    pairs = [*product((*TEXT, *VERDICTS), GROUNDS), ("on-accent", "accent")]
    pairs += [(name.removesuffix("-bg"), name) for name in colours if name.endswith("-bg")]
    pairs += [("ink", name) for name in colours if name.endswith("-bg")]
    too_faint = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    }
    assert not too_faint


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(theme: str) -> None:
    colours = palette(theme)
    assert all(contrast(colours["edge"], colours[ground]) >= 3 for ground in ("paper", "raise"))


def test_no_page_needs_another_host_or_an_inline_style() -> None:
    for page in resource("templates").rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"""<[^>]*\s(style|on\w+)=["']|<style""", text), page
        assert not re.search(r"""<(script|link|img)[^>]*(src|href)=["']https?:""", text), page
    for sheet in STATIC.glob("css/*.css"):
        assert not re.search(r"url\(\s*[\"']?(https?:|data:|//)", sheet.read_text("utf-8")), sheet


def test_every_vendored_folder_is_named_with_its_licence() -> None:
    named = (STATIC / "vendor/VENDORED.md").read_text("utf-8")
    for folder in (STATIC / "vendor").iterdir():
        if folder.is_dir():
            assert f"`{folder.name}/" in named
            assert (folder / "LICENSE").exists()
