"""A file of paper notes, taken apart: the seed note line by line, and every habit by itself."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.imports.planning.name_finder import (
    KnownName,
    NameFinder,
    mentions_of_entry,
    mentions_of_opening,
)
from app.kit.decoding import decode_text
from app.sources.markdown.note_list import NoteEntry, NotesFile, parse_note_list

NAMES = [
    KnownName(key, tuple(names))
    for key, names in {
        "albef": ["ALBEF"],
        "clip": ["CLIP"],
        "bert": ["BERT"],
        "gpt3": ["GPT-3", "GPT3"],
        "gan": ["GAN"],
        "memory-networks": ["Memory Networks", "记忆网络"],
        "cbam": ["CBAM"],
        "tree-transformer": ["Tree Transformer", "tree-transformer"],
        "spider-dk": ["Spider-DK", "dk", "dk数据集"],
        "VQA": ["VQA"],
    }.items()
]
_TERMS = ("MLM", "MRM", "VE", "TE", "VLP", "ITmatch", "BiLSTM", "CNN", "text2sql")
TERMS = [KnownName(term, (term,)) for term in (*_TERMS, "对比学习", "一致性学习", "模态对齐")]
STUBS = {known.key for known in NAMES} - {"VQA"}
VERDICTS = {  # what expected_import.yaml calls them → ours
    "reject": "no",
    "try": "try",
    "nothing_new": "limited",
    "maybe_low": "limited",
    "low_value": "limited",
    "read_later": "later",
}
KINDS = {"links": "link"}


def put_together(notes: NotesFile) -> str:
    return notes.preamble.raw + notes.separator + "".join(entry.raw for entry in notes.entries)


def one(text: str) -> NoteEntry:
    """The only entry of a file."""
    (entry,) = parse_note_list(text).entries
    return entry


# --- The real notes, entry by entry -------------------------------------------------------------


@pytest.fixture
def expected(shared_dir: Path) -> Any:
    return yaml.safe_load((shared_dir / "domain/expected_import.yaml").read_text("utf-8"))


@pytest.fixture
def seed(shared_dir: Path) -> NotesFile:
    text = decode_text((shared_dir / "seed/notes.md").read_bytes())
    return parse_note_list(text)


@pytest.fixture
def names(seed: NotesFile) -> NameFinder:
    return NameFinder([*NAMES, *TERMS], put_together(seed))


def test_preamble_of_the_seed(seed: NotesFile, names: NameFinder, expected: Any) -> None:
    wanted = expected["preamble"]
    assert [(q.text, q.line, q.form) for q in seed.preamble.questions] == [
        (q["text"], q["line"], q["form"]) for q in wanted["questions"]
    ]
    assert list(seed.preamble.concepts) == wanted["concepts"]
    assert {m.key for m in mentions_of_opening(seed, names)} >= {"spider-dk", "VQA"}
    first, last = wanted["lines"]
    assert next(line.number for line in seed.preamble.lines if line.text) == first
    assert [line.number for line in seed.preamble.lines if line.text][-1] == last
    assert seed.separator.strip() == "=" * expected["separator"]["length"]


def test_entries_of_the_seed(seed: NotesFile, expected: Any) -> None:
    assert len(seed.entries) == len(expected["entries"]) == expected["file"]["headings"]
    for entry, wanted in zip(seed.entries, expected["entries"], strict=True):
        assert entry.heading == wanted["heading"]
        assert entry.kind == KINDS.get(wanted["kind"], wanted["kind"]), entry.heading
        assert entry.title == wanted.get("title_normalised", wanted["heading"])
        short = wanted.get("alias") or wanted.get("short_prefix")
        assert not short or entry.short_title == short
        written = [line.number for line in entry.lines if line.role != "blank"]
        assert [written[0], written[-1]] == wanted["lines"]
        assert [
            {"raw": d.raw, "iso": d.iso} | ({"role": d.role} if d.role else {}) for d in entry.dates
        ] == [{k: v for k, v in d.items() if k != "precision"} for d in wanted["dates"]]
        assert all(
            d.precision == w.get("precision", "day")
            for d, w in zip(entry.dates, wanted["dates"], strict=True)
        )
        check_verdict(entry, wanted["verdict"])
        check_links(entry, wanted["links"])
        assert [(i.line, i.alt, i.src) for i in entry.images] == [
            (i["line"], i["alt"], i["src"]) for i in wanted["images"]
        ]
        assert entry.numbers("thought") == wanted.get("thoughts", [])
        lines = wanted.get("body_lines") or wanted.get("body_unquoted_lines") or []
        assert entry.numbers("body") == lines
        assert list(entry.bold) == wanted["bold"]
        if venue := wanted.get("venue_note"):
            assert entry.venue
            assert (entry.venue.raw, entry.venue.name, entry.venue.year) == tuple(venue.values())
        else:
            assert entry.venue is None


def check_verdict(entry: NoteEntry, wanted: Any) -> None:
    if wanted is None:
        assert entry.verdict is None
        return
    assert entry.verdict
    assert entry.verdict.raw == wanted["raw"]
    assert entry.verdict.slug == VERDICTS[wanted["polarity"]]
    assert entry.verdict.colour == wanted.get("colour", "")


def check_links(entry: NoteEntry, wanted: Any) -> None:
    assert len(entry.links) == len(wanted)
    for link, expected in zip(entry.links, wanted, strict=True):
        assert link.line == expected["line"]
        assert link.host == expected.get("host", "arxiv.org")
        if "arxiv" in expected:
            assert (entry.arxiv_id, entry.arxiv_version) == (expected["arxiv"], expected["version"])


def test_mentions_of_the_seed(seed: NotesFile, names: NameFinder, expected: Any) -> None:
    """Known names are found exactly; a reference names the entry that it means."""
    for entry, wanted in zip(seed.entries, expected["entries"], strict=True):
        found = {mention.key for mention in mentions_of_entry(entry, names)}
        assert found & STUBS == set(wanted["mentions_set"]) & STUBS, entry.heading
        terms = set(wanted["mentions_set"]) & {known.key for known in TERMS}
        assert found >= terms, entry.heading
        assert [r.entry for r in entry.references] == [
            r["resolves_to_entry"] for r in wanted.get("cross_refs", [])
        ]
    everything = {m.key for e in seed.entries for m in mentions_of_entry(e, names)}
    everything |= {m.key for m in mentions_of_opening(seed, names)}
    assert everything & STUBS == set(expected["stubs_expected_set"])


def test_reasons_of_the_seed_are_the_readers_sentences(seed: NotesFile) -> None:
    reasons = {e.position: e.verdict.reason for e in seed.entries if e.verdict}
    assert reasons[3] == "专注于使用文本模型来完成图像任务"
    assert reasons[6] == "主体还是跟ALBEF一样的attention，加了个Gate and Add感觉可以试试。"
    assert reasons[7].startswith("单纯跟ALBEF一样的交叉注意力机制")
    assert reasons[7].endswith("。")
    assert reasons[9].endswith("(或许参考性不大)")
    assert reasons[13] == "时间多再看"


def test_seed_comes_back_byte_for_byte(seed: NotesFile, shared_dir: Path) -> None:
    assert put_together(seed).encode() == (shared_dir / "seed/notes.md").read_bytes()


@pytest.mark.parametrize("folder", ["data/notes", "data/hostile", "seed"])
def test_other_peoples_files(shared_dir: Path, folder: str) -> None:
    """Whatever is a text is taken apart and comes back whole."""
    read = 0
    for file in sorted((shared_dir / folder).rglob("*")):
        if file.is_file():
            text = decode_text(file.read_bytes())
            assert put_together(parse_note_list(text)) == text, file
            read += 1
    assert read


# --- Nothing is lost ----------------------------------------------------------------------------

_LINE = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "#### 注意力(attention)",
            "## A Title: of a paper (2019)",
            "# Notes",
            "- A bullet",
            "> 3 March 2023",
            "> 3 March 2023, and more",
            "> 想法",
            "plain text",
            "",
            "====",
            "---",
            "```",
            "https://arxiv.org/abs/2208.10442v2",
            "![图](a.png)",
            "\ufefftitle: x",
            "a\u2028b\x0bc\x85d",
        ]
    ),
)
_FILE = st.lists(st.tuples(_LINE, st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))).map(
    lambda pairs: "".join(line + end for line, end in pairs)
)


@given(_FILE | st.text())
def test_the_pieces_are_the_file(text: str) -> None:
    assert put_together(parse_note_list(text)) == text


@given(_FILE)
def test_every_line_is_understood_or_kept(text: str) -> None:
    notes = parse_note_list(text)
    kept = set(notes.preamble.body.split("\n"))
    assert all(
        line.text.rstrip() in kept or line.text in kept
        for line in notes.preamble.lines
        if line.text.strip()
    )
    for entry in notes.entries:
        body, full = entry.body.split("\n"), entry.full_body.split("\n")
        for line in entry.lines[1:]:
            if line.text.strip():
                assert line.text in full or line.text.rstrip() in full
                assert line.role == "date" or line.text in body or line.text.rstrip() in body


# --- Where entries begin ------------------------------------------------------------------------


@pytest.mark.parametrize("marks", ["#", "##", "###", "####"])
def test_any_heading_level(marks: str) -> None:
    notes = parse_note_list(f"{marks} First paper of two\nText.\n{marks} Second paper of two\n")
    assert [e.title for e in notes.entries] == ["First paper of two", "Second paper of two"]


def test_the_level_that_dominates_and_what_stands_above_it() -> None:
    notes = parse_note_list(
        "# To read\n\n## One long title\na\n\n## Two long title\nb\n\n# Done\n\n## Three title\nc"
    )
    assert notes.preamble.body == "# To read"
    assert [e.title for e in notes.entries] == [
        "One long title",
        "Two long title",
        "Done",
        "Three title",
    ]


def test_parts_of_one_papers_notes_are_no_entries() -> None:
    entry = one(
        "# World of Models (2018)\n\n## Abstract\na\n\n## Method\nb\n\n## Zebras\nc\n\n## Results\n"
    )
    assert entry.title == "World of Models"
    assert (entry.dates[0].iso, entry.dates[0].precision) == ("2018", "year")
    assert "## Zebras" in entry.body


def test_a_title_and_parts_of_its_level_are_one_entry() -> None:
    entry = one("# World of Models\n\nx\n\n# Abstract\n\na\n\n# Further readings\n\nb\n")
    assert (entry.title, entry.body.splitlines()[-1]) == ("World of Models", "b")


def test_bullets_with_a_quoted_line_below() -> None:
    notes = parse_note_list(
        "# 2023\n\n- A first paper on tables\n> ACL 2022\nfine\n- Second on trees\n> 3 May 2021\n"
    )
    assert [(e.title, str(e.venue), e.published) for e in notes.entries] == [
        ("A first paper on tables", "ACL 2022", ""),
        ("Second on trees", "None", "2021-05-03"),
    ]
    assert notes.entries[0].body == "fine"


def test_a_file_with_a_title_in_its_front_matter_is_one_note() -> None:
    notes = parse_note_list('---\ntitle: "Li 2012"\n---\n\n## Introduction\n\n## Calcium\n')
    assert (notes.entries, notes.preamble.title) == ((), "Li 2012")
    assert "## Calcium" in notes.preamble.body


def test_headings_in_code_are_code() -> None:
    entry = one("## Only heading here\n```\n## not this\n```\n")
    assert "## not this" in entry.body


@pytest.mark.parametrize(
    "text", ["", "\n\n", "just words", "\ufeff", "####", "no heading\n> quoted"]
)
def test_without_headings_all_is_preamble(text: str) -> None:
    notes = parse_note_list(text)
    assert notes.entries == ()
    assert put_together(notes) == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_and_byte_order_mark(end: str) -> None:
    text = "\ufeff" + end.join(
        ["## ViLT", "> 18 March, 2023", "说明", "", "## 记录一下想法", "> 未完"]
    )
    notes = parse_note_list(text)
    assert put_together(notes) == text
    assert [(e.kind, e.body) for e in notes.entries] == [("paper", "说明"), ("thought", "> 未完")]
    assert notes.entries[0].published == "2023-03-18"


def test_rule_of_equals_signs_is_no_heading() -> None:
    notes = parse_note_list("问题？\n=====\n\n#### A paper with a name\n")
    assert notes.preamble.body == "问题？"
    assert notes.separator == "=====\n\n"


# --- Headings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "title", "short"),
    [
        ("注意力方法(attention)", "注意力方法", "attention"),
        ("LaMP：Light as a Language", "Light as a Language", "LaMP"),
        ("ViLT: Vision and Language", "ViLT: Vision and Language", "ViLT"),
        ("Language Quantized Things: Towards X", "Language Quantized Things: Towards X", ""),
        (
            "HICLIP-contrastive language image pretraining",
            "HICLIP-contrastive language image pretraining",
            "HICLIP",
        ),
        ("BERT-based models for tables and text", "BERT-based models for tables and text", ""),
        ("Cross-modal Learning of Many Things", "Cross-modal Learning of Many Things", ""),
        ("[WiscKey](/a.pdf)", "WiscKey", ""),
        ("**Bold Title Here**", "Bold Title Here", ""),
        ("Mutilmodal Fusoin", "Mutilmodal Fusoin", ""),
        ("Closed Title ##", "Closed Title", ""),
        ("About C#", "About C#", ""),
        ("tmp_thought", "tmp_thought", ""),
    ],
)
def test_titles(heading: str, title: str, short: str) -> None:
    entry = one(f"### {heading}\n")
    assert (entry.title, entry.short_title) == (title, short)


def test_a_file_that_a_heading_links_to_stays_in_the_note() -> None:
    entry = one("### [WiscKey](../pdfs/a.pdf)\nKeys apart from values.\n")
    assert (entry.title, entry.body) == (
        "WiscKey",
        "[WiscKey](../pdfs/a.pdf)\n\nKeys apart from values.",
    )
    assert one("### [WiscKey](https://example.org/a)\nx\n").body == "x"


@pytest.mark.parametrize(
    ("markup", "slug", "colour"),
    [
        (r"$\color{red} {No} $", "no", "red"),
        (r"$\color{red}{No}$", "no", "red"),
        (r"$ \color {green} { Yes } $", "adopt", "green"),
        (r"$\textcolor{orange}{Maybe}$", "try", "orange"),
        (r"$\color{blue} later$", "later", "blue"),
        ('<font color="red">No</font>', "no", "red"),
    ],
)
def test_coloured_words_in_a_heading(markup: str, slug: str, colour: str) -> None:
    entry = one(f"#### A Paper of Note {markup}\nDas **hier**. Mehr.\n")
    assert entry.title == "A Paper of Note"
    assert entry.verdict
    assert (entry.verdict.slug, entry.verdict.colour) == (slug, colour)
    assert entry.verdict.reason == "hier"


def test_a_coloured_word_that_is_no_verdict_stays_in_the_note() -> None:
    entry = one("#### A Paper of Note $\\color{red}{Banana}$\ntext\n")
    assert (entry.title, entry.verdict) == ("A Paper of Note", None)
    assert entry.body == "$\\color{red}{Banana}$\n\ntext"


def test_an_endless_heading_keeps_its_words_in_the_body() -> None:
    heading = "长" * 3000
    entry = one(f"#### {heading}\n正文")
    assert len(entry.title) < 1000
    assert entry.body == f"{heading}\n\n正文"


# --- Dates, venues, verdicts, ids ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "published", "revised"),
    [
        ("3 February, 2023; v1 submitted 2 February, 2023", "2023-02-02", "2023-02-03"),
        ("18 March, 2023", "2023-03-18", ""),
        ("March 18th, 2023", "2023-03-18", ""),
        ("March 2023", "2023-03", ""),
        ("2023-03-06", "2023-03-06", ""),
        ("2023/3/6", "2023-03-06", ""),
        ("2023年3月6日", "2023-03-06", ""),
        ("发表于 2023年3月", "2023-03", ""),
    ],
)
def test_date_lines_leave_the_body(line: str, published: str, revised: str) -> None:
    entry = one(f"#### A paper with dates\n> {line}\nsummary\n")
    assert (entry.published, entry.revised) == (published, revised)
    assert (entry.body, entry.full_body) == ("summary", f"> {line}\n\nsummary")


@pytest.mark.parametrize(
    "line",
    ["31 February, 2023", "3 March 2023, read on the train", "March 2023; maybe", "2023-13-01"],
)
def test_dates_that_are_not_wholly_understood_stay(line: str) -> None:
    assert line in one(f"#### A paper with dates\n> {line}\n").body


def test_a_date_in_the_text_is_text() -> None:
    entry = one("#### A paper with dates\nSome words first.\n> 3 March 2023\n")
    assert (entry.dates, entry.body) == ((), "Some words first.\n> 3 March 2023")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("加了个门，感觉可以试试。", "try"),
        ("值得一试", "try"),
        ("worth trying", "try"),
        ("感觉参考价值不是很大", "limited"),
        ("或许参考性不大", "limited"),
        ("单纯跟FooNet一样的注意力", "limited"),
        ("没什么新意", "limited"),
        ("有时间再看", "later"),
        ("可能可以借鉴", "reference"),
        ("和我们的问题无关", "no"),
    ],
)
def test_verdicts_in_plain_words(text: str, slug: str) -> None:
    entry = one(f"#### A paper with an end\n先说别的。{text}\n")
    assert entry.verdict
    assert entry.verdict.slug == slug
    assert entry.verdict.reason == text


@pytest.mark.parametrize(
    "text",
    [
        "也是使用的交叉注意力",
        "可能能取得良好效果",
        "不可以试试",
        "the method tries hard",
        "参考文献见后",
    ],
)
def test_words_that_are_no_verdict(text: str) -> None:
    assert one(f"#### A paper with an end\n{text}\n").verdict is None


def test_an_id_in_running_text_is_somebody_elses() -> None:
    inside = one("#### A paper with an id\nbuilds on https://arxiv.org/abs/2101.00001 a lot\n")
    alone = one("#### A paper with an id\narXiv:2101.00001v2\n")
    two = one(
        "#### A paper with ids\nhttps://arxiv.org/abs/2101.00001\nhttps://arxiv.org/abs/2101.00002\n"
    )
    assert inside.arxiv_id == two.arxiv_id == ""
    assert (alone.arxiv_id, alone.arxiv_version) == ("2101.00001", 2)
    assert inside.links[0].url == "https://arxiv.org/abs/2101.00001"


def test_addresses_end_where_chinese_begins() -> None:
    entry = one(
        "#### A paper with links\n见https://example.org/a_(b)。然后（https://example.org/c）\n"
    )
    assert [link.url for link in entry.links] == [
        "https://example.org/a_(b)",
        "https://example.org/c",
    ]


def test_names_stand_alone_or_in_chinese() -> None:
    text = "#### Some paper of mine\n和BERT一样，用GANs，不是HICLIP，见 https://x.org/CLIP\n"
    found = mentions_of_entry(one(text), NameFinder(NAMES, text))
    assert [mention.key for mention in found] == ["bert", "gan"]


def test_brackets_that_are_no_reference() -> None:
    entry = one(
        "#### Some paper of mine\n- [ ] todo [link](x) [^1] [[wiki link]] [unknown title]\n"
    )
    assert entry.references == ()


# --- Bytes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings(encoding: str) -> None:
    text = "#### 注意力方法\n> 也是使用的多头交叉注意力机制，掩码训练以及对比学习对齐。\n"
    assert decode_text(text.encode(encoding)) == text


def test_utf_16_of_either_order() -> None:
    assert decode_text(b"\xfe\xff\x00a\x00b") == decode_text(b"\xff\xfea\x00b\x00") == "ab"


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nstream\x01\x17",
        b"caf\xe9 au lait\x01",
        b"a\x00b",
        bytes(range(256)),
    ],
)
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(Invalid, match="not a text file"):
        decode_text(data)
