"""The CommonMark specification's own examples, as far as our profile claims them."""

import re
from pathlib import Path

from app.notes.markdown import render_markdown, sanitise_html

# Where we differ on purpose: the reason, and the numbers of the specification's examples.
ON_PURPOSE: dict[str, set[int]] = {
    "code is highlighted": {142, 143},
    "a tag that we do not take is shown as it was typed (`vector<int>`), not dropped": {
        *(150, 164, 172, 173, 174, 175, 178, 180, 183, 184, 203, 493, 526, 538),
        *(615, 616, 617, 619, 625, 628, 630, 631),
    },
    "a picture that we do not hold is named": {477, 519, 522, 533, *range(574, 592), 593},
    "[[double brackets]] link": {550, 561, 592},
    "`#word` is a tag": {64},
    "an address is a link without marks around it": {604, 610, 613},
}
DIFFERENT = frozenset().union(*ON_PURPOSE.values())

_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)


def examples(shared_dir: Path) -> list[tuple[int, str, str]]:
    spec = (shared_dir / "data/hostile/commonmark-spec/spec.txt").read_text("utf-8")
    found = _EXAMPLE.findall(spec.replace("→", "\t"))
    return [(number, text, html) for number, (text, html) in enumerate(found, 1)]


def normal(html: str) -> str:
    """Without what sanitising adds, and white space between blocks."""
    html = re.sub(r' (id="[^"]*"|class="thought"|rel="noopener noreferrer")', "", html)
    html = re.sub(r"\s*(</?(?:p|ul|ol|li|blockquote|h\d|hr|pre|div|br)\b[^>]*>)\s*", r"\1", html)
    return re.sub(r"[ \n]+", " ", html).strip()


def ours(text: str) -> str:
    return normal(str(render_markdown(text, {})).partition("\n")[2].removesuffix("</div>"))


def theirs(html: str) -> str:
    demoted = re.sub(r"<(/?)h(\d)>", lambda m: f"<{m[1]}h{min(int(m[2]) + 1, 6)}>", html)
    return normal(sanitise_html(demoted, prefix="md-"))


def test_examples_of_the_specification(shared_dir: Path) -> None:
    found = examples(shared_dir)
    assert len(found) > 600
    wrong = {number for number, text, html in found if ours(text) != theirs(html)}
    assert wrong == DIFFERENT
