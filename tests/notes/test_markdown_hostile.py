"""Nothing dangerous survives, whatever is written; and nothing can be written that fails."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.notes.markdown import find_references, plain_text, render_markdown, sanitise_html
from app.notes.references import LinkReference, LinkTarget
from tests.notes.parsed import Parsed

SHA = "0123456789abcdef" * 4
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_SCHEMES = {"http:", "https:", "mailto:", "zotero:"}
_TAGS = """a abbr b blockquote br caption cite code dd del details div dl dt em figcaption figure h2
h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s section small span strong sub summary
sup table tbody td tfoot th thead tr u ul wbr"""
_ATTRIBUTES = """alt class colspan data-display dir href hx-disable id lang loading open rel
rowspan src start title"""


def assert_harmless(html: str) -> None:
    """As a browser reads it: known elements, known attributes, no address that runs or fetches."""
    shown = Parsed(html)
    assert shown.balanced, html
    for tag, attributes in shown.elements:
        assert tag in _TAGS.split(), html
        assert attributes.keys() <= set(_ATTRIBUTES.split()), html
        # A browser drops these before it looks for a scheme.
        address = re.sub(r"[\x00-\x20\x7f-\xa0]", "", attributes.get("href") or "")
        scheme = _SCHEME.match(address)
        assert scheme is None or scheme[0].lower() in _SCHEMES, html
        assert re.fullmatch(r"(/attachments/[0-9a-f]{64})?", attributes.get("src") or ""), html
        assert (attributes.get("id") or "md-").startswith("md-"), html


def everywhere(payload: str) -> list[str]:
    """A payload in each place where a note can hold one."""
    line = " ".join(payload.split())
    return [
        payload,
        f"> {payload}",
        f"| a |\n|---|\n| {line} |",
        f"```{line}\n{payload}\n```",
        f"[x]({line})",
        f"[x](<{line}>)",
        f"![{line}]({line} '{line}')",
        f"[[{line}]] [[a|{line}]] [[technique:{line}]]",
        f"${line}$ $$\n{payload}\n$$",
        f"x[^1]\n\n[^1]: {line}",
        f"# {line}",
        f"<b {line}>",
        f"![x](attachment:{SHA}{line})",
    ]


VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "<svg/onload=alert(1)>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<p style='background:url(https://evil.example/p)'>x</p>",
    "<form action=https://evil.example><input name=x autofocus onfocus=alert(1)></form>",
    "<b hx-get='/x' hx-trigger='load' data-hx-post='/notes/1/trash'>x</b>",
    "<div id='main' name='body'>x</div>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example>",
    "<video src=https://evil.example poster=https://evil.example></video>",
    "<picture><source srcset=https://evil.example><img></picture>",
    "</div></div></main><h1>spoof</h1>",
    "<details ontoggle=alert(1) open>",
    "\\href{javascript:alert(1)}{x} \\htmlClass{a}{b} \\includegraphics{https://evil.example}",
    '"><img src=x onerror=alert(1)>',
    "'><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]


@pytest.mark.parametrize("payload", VECTORS)
def test_known_vectors(payload: str) -> None:
    for text in everywhere(payload):
        assert_harmless(render_markdown(text, {}))
        named = {each: LinkTarget(payload, payload, "paper") for each in find_references(text)}
        titled = {each: LinkTarget("/papers/x", payload, "paper") for each in named}
        assert_harmless(render_markdown(text, titled))


def test_the_sanitiser_alone_is_enough() -> None:
    for payload in VECTORS:
        assert_harmless(sanitise_html(payload, prefix="md-"))


def test_sanitiser_fixtures_of_dompurify(shared_dir: Path) -> None:
    file = shared_dir / "data/hostile/dompurify/test/fixtures/expect.mjs"
    written = re.findall(r'"payload": ("(?:[^"\\]|\\.)*")', file.read_text("utf-8"))
    payloads = [str(json.loads(each, strict=False)) for each in written]
    assert len(payloads) > 100
    for payload in payloads:
        for text in everywhere(payload):
            assert_harmless(render_markdown(text, {}))


def test_naughty_strings(shared_dir: Path) -> None:
    strings = json.loads((shared_dir / "data/hostile/blns/blns.json").read_text("utf-8"))
    assert len(strings) > 400
    for string in strings:
        for text in everywhere(string):
            assert_harmless(render_markdown(text, {}))


def test_real_notes_of_other_people(shared_dir: Path) -> None:
    files = sorted((shared_dir / "data/notes").rglob("*.md"))[::10]
    assert files
    for file in files:
        text = file.read_text("utf-8", errors="replace")
        assert_harmless(render_markdown(text, {}))


_MARKS = r"""[[ ]] [ ] ( ) | $ $$ ` ``` * ** _ ~~ > # - 1. [^1] [^1]: ^[ ! < <b> </b> <img/src=x>
<!-- --> &lt; \ https://a.org arXiv:2208.10442 重要。 ， \color{red} {No} x attachment:"""
_SPACES = ("\n", "\n\n", " ", "    ", "\n| a |\n|---|\n| b |", "\ufdd0", "\u202e", "\x00")
_PIECES = st.sampled_from([*_MARKS.split(), *_SPACES, *_SPACES])
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=40).map("".join))


@given(_TEXTS)
@settings(max_examples=400)
def test_any_text_can_be_rendered(text: str) -> None:
    found = find_references(text)
    assert_harmless(render_markdown(text, {}))
    assert_harmless(
        render_markdown(text, {each: LinkTarget("/papers/x", "<x>", "paper") for each in found})
    )
    assert "\x00" not in plain_text(text)


@pytest.mark.parametrize("piece", [*_MARKS.split(), "[[a]]", "$a ", "*a **a ", "![a](b) ", "中\n"])
def test_much_of_anything_ends(piece: str) -> None:
    """No repetition makes the parser give up or run away (a quadratic rule would take minutes)."""
    assert_harmless(render_markdown(piece * (20_000 // len(piece)), {}))


def test_references_of_one_text_are_limited() -> None:
    assert len(find_references(" ".join(f"[[note {n}]]" for n in range(5_000)))) == 2_000
    assert LinkReference("title", "note 0") in find_references("[[note 0]]")
