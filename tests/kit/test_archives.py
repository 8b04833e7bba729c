"""Zip files of strangers: what is safe comes in, what is not is named."""

import io
import stat
import struct
import tracemalloc
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.kit.archives import Limits, is_zip, unpack_zip, walk_folder


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(data: bytes) -> dict[str, str]:
    return {problem.path: str(problem.why) for problem in unpack_zip(data).problems}


def test_files_come_in_by_their_path() -> None:
    data = zipped({"笔记/a.md": "文".encode(), "img/b.png": b"\x89PNG"})
    assert is_zip(data)
    assert dict(unpack_zip(data).files) == {"笔记/a.md": "文".encode(), "img/b.png": b"\x89PNG"}
    assert unpack_zip(data).problems == ()


@pytest.mark.parametrize(
    "name", ["../x.md", "a/../../x.md", "/etc/x.md", "C:/x.md", "..\\x.md", "\\\\server\\x.md"]
)
def test_paths_that_lead_out(name: str) -> None:
    data = zipped({name: b"x", "ok.md": b"y"})
    assert list(unpack_zip(data).files) == ["ok.md"]
    assert [str(p.why) for p in unpack_zip(data).problems] == ["Its path leads out of the archive."]


def test_links_and_archives_inside() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("inner.zip", zipped({"a": b"b"}))
        archive.writestr("ok.md", "y")
    assert list(unpack_zip(buffer.getvalue()).files) == ["ok.md"]
    assert refused(buffer.getvalue()) == {
        "link.md": "It is a link or no ordinary file.",
        "inner.zip": "An archive in an archive is not opened: import it by itself.",
    }


def test_an_encrypted_file_is_named() -> None:
    data = bytearray(zipped({"secret.md": b"x", "ok.md": b"y"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert list(unpack_zip(bytes(data)).files) == ["ok.md"]
    assert refused(bytes(data)) == {"secret.md": "It is encrypted."}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_with_one_name_the_first_is_taken() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.md", "first")
        archive.writestr("a.md", "second")
    assert dict(unpack_zip(buffer.getvalue()).files) == {"a.md": b"first"}
    assert list(refused(buffer.getvalue())) == ["a.md"]


def test_a_vault_of_ours_says_how_all_of_it_comes_back() -> None:
    data = zipped({"papers/a.md": b"# A", ".crosswalk/vault.yaml": b"", "v/.crosswalk/x": b""})
    assert [*unpack_zip(data).files] == ["papers/a.md"]
    told = refused(data)
    assert set(told) == {".crosswalk", "v/.crosswalk"}
    assert all("`crosswalk import` into an empty library" in each for each in told.values())


@pytest.mark.parametrize("place", ["", "my/vault/"])
def test_half_a_vault_of_ours_says_what_is_missing(place: str, tmp_path: Path) -> None:
    digests = {name: sha256(name.encode()).hexdigest() for name in ("a", "b", "c", "d")}
    listed = "".join(f"  papers/{name}.md: {digest}\n" for name, digest in digests.items())
    mark = f"format: 1\nfiles:\n{listed}  .crosswalk/claim.yaml: x\n"
    files = {
        f"{place}.crosswalk/vault.yaml": mark.encode(),
        f"{place}papers/a.md": b"edited",
        f"{place}elsewhere.md": b"b",  # moved
        f"{place}new.md": b"new",
    }
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    for unpacked in (unpack_zip(zipped(files)), walk_folder(tmp_path)):
        whole = next(each for each in unpacked.problems if "not whole" in str(each.why))
        assert whole.raw.split("\n") == [f"{place}papers/c.md", f"{place}papers/d.md"]
        assert f"2 of the files that it says it has are missing ({place}papers/c.md, " in str(
            whole.why
        )


def test_folders_of_programs_are_left_out_and_counted() -> None:
    names = [
        "__MACOSX/._a.md",
        "v/.obsidian/app.json",
        "v/.obsidian/x.json",
        ".git/config",
        "v/a.md",
    ]
    data = zipped(dict.fromkeys(names, b"x"))
    assert list(unpack_zip(data).files) == ["v/a.md"]
    assert refused(data) == {
        "__MACOSX": "Left out, as it belongs to another program (files: 1).",
        "v/.obsidian": "Left out, as it belongs to another program (files: 2).",
        ".git": "Left out, as it belongs to another program (files: 1).",
    }


def with_raw_name(stand_in: str, name: bytes, data: bytes) -> bytes:
    """A zip whose one file's name is these bytes, without the mark of UTF-8."""
    made = zipped({stand_in: data})
    assert len(stand_in) == len(name)
    return made.replace(stand_in.encode(), name)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("gbk", "论文笔记/门控融合.md"), ("utf-8", "论文笔记.md"), ("cp437", "résumé.md")],
)
def test_names_without_the_mark_of_utf_8(encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    assert list(unpack_zip(with_raw_name("n" * len(raw), raw, b"x")).files) == [name]


def test_a_bomb_by_ratio() -> None:
    data = zipped({"bomb.md": b"\0" * 8_000_000, "ok.md": b"y"})
    assert len(data) < 20_000
    assert list(unpack_zip(data).files) == ["ok.md"]
    assert "trap" in refused(data)["bomb.md"]


def test_sizes_are_counted_and_not_believed() -> None:
    honest = zipped({"big.md": bytes(range(256)) * 4_000, "ok.md": b"y"}, zipfile.ZIP_STORED)
    assert list(unpack_zip(honest, Limits(total=100_000)).files) == ["ok.md"]
    data = bytearray(zipped({"big.md": b"\0" * 3_000_000 + bytes(range(256)) * 99, "ok.md": b"y"}))
    place = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 10)  # says that it unpacks to ten bytes
    found = unpack_zip(bytes(data), Limits(total=100_000))
    assert list(found.files) == ["ok.md"]
    assert [problem.path for problem in found.problems] == ["big.md"]


def test_memory_stays_within_the_limit() -> None:
    data = zipped({f"{n}.md": b"\0" * 900_000 for n in range(60)})
    tracemalloc.start()
    found = unpack_zip(data, Limits(total=2_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(found.files), len(found.problems)) == (2, 58)
    assert peak < 6_000_000


def test_a_file_of_the_largest_size_is_taken(tmp_path: Path) -> None:
    given = {"a.md": b"123", "b.md": b"1234"}
    for name, data in given.items():
        (tmp_path / name).write_bytes(data)
    for found in (unpack_zip(zipped(given), Limits(file=3)), walk_folder(tmp_path, Limits(file=3))):
        assert list(found.files) == ["a.md"]
        assert [problem.path for problem in found.problems] == ["b.md"]


def test_too_many_files() -> None:
    with pytest.raises(Invalid, match="more than 3 files"):
        unpack_zip(zipped({f"{n}.md": b"" for n in range(4)}), Limits(files=3))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", zipped({"a.md": b"x"})[:-5]])
def test_what_is_no_zip(data: bytes) -> None:
    with pytest.raises(Invalid, match="not a zip"):
        unpack_zip(data)


def test_a_way_of_packing_that_is_not_read() -> None:
    data = zipped({"a.md": b"x" * 100}, zipfile.ZIP_LZMA)
    assert "compressed in a way" in refused(data)["a.md"]


BASE = zipped({"a/b.md": b"hello " * 50, "c.png": bytes(range(200)), "论文.md": b"y"})


@given(
    st.lists(st.tuples(st.integers(0, len(BASE) - 1), st.integers(0, 255)), max_size=12),
    st.integers(1, len(BASE)),
)
def test_damaged_archives_never_break_it(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(BASE)
    for place, byte in changes:
        data[place] = byte
    for given_bytes in (bytes(data), bytes(data[:length])):
        try:
            found = unpack_zip(given_bytes, Limits(total=400))
        except Invalid:
            continue
        assert sum(map(len, found.files.values())) <= 400
        for path in found.files:
            assert not path.startswith("/")
            assert ".." not in path.split("/")


def test_a_folder_on_this_computer(tmp_path: Path) -> None:
    (tmp_path / "sub/.obsidian").mkdir(parents=True)
    (tmp_path / "sub/.obsidian/app.json").write_text("{}")
    (tmp_path / "sub/a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "outside.md").symlink_to("/etc/passwd")
    (tmp_path / "out").symlink_to("/etc")
    found = walk_folder(tmp_path)
    assert dict(found.files) == {"b.md": b"b", "sub/a.md": b"a"}
    assert {problem.path for problem in found.problems} == {"outside.md", "out", "sub/.obsidian"}


def test_a_folder_has_the_same_limits(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_bytes(b"x" * 60)
    found = walk_folder(tmp_path, Limits(total=100))
    assert (list(found.files), [p.path for p in found.problems]) == (["a.md"], ["b.md"])
