"""Files are written whole or not at all, and no walk leaves its folder."""

import errno
import os
import stat
from pathlib import Path

import pytest

from app.kit.files import PARTS, walk, write_file


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_file(path, b"first")
    held = write_file(path, b"second", mode=0o644)
    assert path.read_bytes() == b"second"
    assert held.st_mode & 0o777 == path.stat().st_mode & 0o777 == 0o644
    assert held.st_ino == path.stat().st_ino
    assert os.listdir(path.parent) == ["a.txt"]


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_file(path, b"first")

    def full(descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"second")
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_file_and_folder_are_on_disk_when_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, list[str]]] = []

    def noted(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, sorted(os.listdir(tmp_path))))

    monkeypatch.setattr(os, "fsync", noted)
    held = write_file(tmp_path / "a", b"1")
    (file, before), (folder, after) = synced
    assert (file, folder) == (held.st_ino, tmp_path.stat().st_ino)
    assert Path(before[0]).match(PARTS), "its bytes first"
    assert after == ["a"], "then its name"
    write_file(tmp_path / "b", b"2", synced=False)
    assert len(synced) == 2


def test_a_drive_that_syncs_no_folders_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", of_files)
    write_file(tmp_path / "a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_walk_names_links_and_what_it_leaves_out(tmp_path: Path) -> None:
    for name in ("b.md", "sub/a.md", "sub/deep/c.md", ".git/config"):
        write_file(tmp_path / name, b"")
    (tmp_path / "elsewhere").symlink_to("/etc")
    (tmp_path / "sub" / "link.md").symlink_to(tmp_path / "b.md")
    found = walk(tmp_path, lambda path: path != ".git")
    assert sorted(found) == [
        ".git",
        "b.md",
        "elsewhere",
        "sub/a.md",
        "sub/deep/c.md",
        "sub/link.md",
    ]
    assert list(walk(tmp_path / "missing")) == []
