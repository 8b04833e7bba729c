"""Snapshots of arXiv's metadata, in both forms, packed and broken."""

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.arxiv.snapshot import is_snapshot, read_snapshot
from app.sources.bibliography.tex_accents import plain_letters

PUBLISHED = {  # as arXiv publishes it; the record is made up
    "id": "0704.0009",
    "submitter": "A. Writer",
    "authors": "Bal\\'azs C. K\\'egl, M{\\\"u}ller, Jr and others",
    "title": "On $\\alpha$-decay\n  of names",
    "comments": "12 pages",
    "journal-ref": "Journ. of Names 3 (2008)",
    "doi": "10.1000/182 10.1000/183",
    "categories": "hep-ph cs.CL",
    "license": None,
    "abstract": '  We ask Schr\\"odinger\nabout cats.\n',
    "versions": [
        {"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"},
        {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"},
    ],
    "update_date": "2008-11-26",
    "authors_parsed": [
        ["K\\'egl", "Bal\\'azs C.", ""],
        ['M{\\"u}ller', "Ann", "Jr"],
        [":", "", ""],
    ],
}
PLAIN = {
    "arxiv_id": "cs/0410020",
    "title": "Adaptive names",
    "abstract": "Names.",
    "authors": ["Ada Author", "Ben Writer"],
    "year": "2004",
    "created": "2004-10-10",
    "updated": None,
    "primary_category": "cs.NE",
    "categories": ["cs.NE", "cs.CV"],
    "comment": "35 pages",
    "doi": None,
}


def file(folder: Path, *lines: object, name: str = "snapshot.json") -> Path:
    path = folder / name
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text + "\n", "utf-8")
    return path


def test_both_forms_become_drafts(tmp_path: Path) -> None:
    one, two = (line.draft for line in read_snapshot(file(tmp_path, PUBLISHED, PLAIN)))
    assert one
    assert two
    assert one.title == "On $\\alpha$-decay of names"
    assert one.authors == ("Balázs C. Kégl", "Ann Müller Jr")
    assert one.abstract == "We ask Schrödinger about cats."
    assert (one.published, one.revised, one.year) == ("2007-04-02", "2007-07-24", 2007)
    assert (one.arxiv_id, one.arxiv_version) == ("0704.0009", 2)
    assert (one.primary_category, one.doi) == ("hep-ph", "10.1000/182")
    assert (one.venue, one.comment) == ("Journ. of Names 3 (2008)", "12 pages")
    assert two.authors == ("Ada Author", "Ben Writer")
    assert (two.published, two.primary_category) == ("2004-10-10", "cs.NE")
    assert two.arxiv_id == "cs/0410020"


def _zip(path: Path, data: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
        archive.writestr("arxiv.json", data)


@pytest.mark.parametrize(
    "pack",
    [
        lambda path, data: path.write_bytes(lzma.compress(data)),
        lambda path, data: path.write_bytes(gzip.compress(data)),
        lambda path, data: path.write_bytes(bz2.compress(data)),
        _zip,
    ],
)
def test_packed_files_are_read_as_they_are(
    tmp_path: Path, pack: Callable[[Path, bytes], object]
) -> None:
    plain = file(tmp_path, PUBLISHED, PLAIN)
    packed = tmp_path / "packed"
    pack(packed, plain.read_bytes())
    assert is_snapshot(packed)
    assert [line.draft for line in read_snapshot(packed)] == [
        line.draft for line in read_snapshot(plain)
    ]
    assert [line.read for line in read_snapshot(packed)][-1] == pytest.approx(1.0, abs=0.5)


def test_lines_that_are_no_records_are_told_by_their_number(tmp_path: Path) -> None:
    path = file(tmp_path, PLAIN, "{not json", "[]", "", {"id": "x", "title": "y"}, PUBLISHED)
    assert [(line.number, line.draft is None) for line in read_snapshot(path)] == [
        (1, False),
        (2, True),
        (3, True),
        (5, True),
        (6, False),
    ]


@pytest.mark.parametrize("text", ["", "# Notes\n", "[1, 2]\n", '{"title": "x"}\n', "\x00\xff"])
def test_other_files_are_no_snapshots(tmp_path: Path, text: str) -> None:
    assert not is_snapshot(file(tmp_path, text))
    assert not is_snapshot(tmp_path)
    assert not is_snapshot(tmp_path / "nowhere")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*PUBLISHED, *PLAIN]), VALUES))
def test_no_record_is_an_error(record: dict[str, object]) -> None:
    from app.sources.arxiv.snapshot import _draft

    _draft(json.dumps({**PLAIN, **record}).encode())


@pytest.mark.parametrize(
    ("tex", "letters"),
    [
        (r"Schr\"odinger", "Schrödinger"),
        (r"M{\"u}ller", "Müller"),
        (r"Garc\'{\i}a", "García"),
        (r"\v{S}imon Ha\v cek", "Šimon Haček"),
        (r"{\O}rsted {\L}ukasz stra\ss e", "Ørsted Łukasz straße"),
        (r"Erd\H{o}s, Fran\c{c}ois", "Erdős, François"),
        (r"$\alpha$ $\ddot{x}$ $\hat{o}$ \textit{a}", r"$\alpha$ $\ddot{x}$ $\hat{o}$ \textit{a}"),
    ],
)
def test_accents_in_tex_become_letters(tex: str, letters: str) -> None:
    assert plain_letters(tex) == letters
    assert plain_letters(letters) == letters
