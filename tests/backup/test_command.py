"""The commands: what they print, how they end."""

import json
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from app.cli import main
from app.database import Database
from app.models import Paper
from app.settings import Settings
from app.startup import open_library
from tests.backup.conftest import DIGEST, PICTURE, everything


class Ended(NamedTuple):
    code: object
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `crosswalk …` on a library, in this process."""
    monkeypatch.chdir(tmp_path)

    def command(settings: Settings, *words: str) -> Ended:
        monkeypatch.setenv("CROSSWALK_LIBRARY", str(settings.library))
        monkeypatch.setenv("CROSSWALK_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("CROSSWALK_STARTER", "1")
        monkeypatch.setattr(sys, "argv", ["crosswalk", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(ended.value.code or 0, said.out, said.err)

    return command


def could_not(ended: Ended) -> str:
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    return ended.err


def test_out_in_and_in_again(
    run: Run, full: Database, settings: Settings, elsewhere: Settings
) -> None:
    done = run(settings, "backup", "a.zip")
    assert (done.code, done.err) == (0, "")
    with full.read() as session:
        papers = session.scalar(select(func.count()).select_from(Paper))
    assert done.out.startswith(f"a.zip: {papers} papers, ")
    assert ", 1 pictures, " in done.out
    assert "--overwrite" in could_not(run(settings, "backup", "a.zip"))
    assert run(settings, "backup", "a.zip", "--overwrite").code == 0
    done = run(elsewhere, "restore", "a.zip")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    assert "--replace" in could_not(run(elsewhere, "restore", "a.zip"))
    done = run(elsewhere, "restore", "a.zip", "--replace")
    kept = Path(done.out.splitlines()[1].removeprefix("What was there before is in "))
    assert kept.parent == elsewhere.library / "backups"
    assert run(elsewhere, "restore", str(kept), "--replace").code == 0
    assert run(elsewhere, "check").out == "All parts agree.\n"


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + bytes(18), b"PK" + bytes(200)])
def test_what_is_no_backup_makes_no_library(
    run: Run, elsewhere: Settings, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert "no backup of Crosswalk's" in could_not(run(elsewhere, "restore", "a.zip"))
    could_not(run(elsewhere, "restore", "b.zip"))
    could_not(run(elsewhere, "restore", "."))
    assert not elsewhere.library.exists()


def test_a_damaged_picture_is_told_by_backup_and_check(
    run: Run, full: Database, settings: Settings
) -> None:
    (settings.library / "attachments" / DIGEST[:2] / DIGEST).write_bytes(b"\x89PNG")
    (settings.library / "attachments" / DIGEST[:2] / ("cd" * 32)).write_bytes(b"")
    done = run(settings, "backup", "a.zip")
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert DIGEST in done.err
    done = run(settings, "check")
    assert (done.code, done.err) == (1, "")
    assert [line.split("\t")[:2] for line in done.out.splitlines()] == [["picture", "wrong"]] * 2
    done = run(settings, "check", "--repair", "--json")
    assert done.code == 1
    said = json.loads(done.out)["disagreements"]
    assert [each["repaired"] for each in said] == [False, True]
    assert said[0].keys() == {"part", "what", "repaired"}


@pytest.mark.sqlite
def test_a_database_that_nobody_can_read_is_kept_and_replaced(
    run: Run, full: Database, settings: Settings
) -> None:
    held = everything(full, settings.library)
    assert run(settings, "backup", "a.zip").code == 0
    full.close()
    since = settings.library / "attachments" / "ab" / ("ab" * 32)  # which no backup has
    since.parent.mkdir(exist_ok=True)
    since.write_bytes(PICTURE)
    file = settings.library / "crosswalk.sqlite3"
    damaged = file.read_bytes()[:4096] + b"damaged " * 4096
    for beside in settings.library.glob("crosswalk.sqlite3-*"):
        beside.unlink()
    file.write_bytes(damaged)
    assert "restore FILE --replace" in could_not(run(settings, "check"))
    could_not(run(settings, "restore", "a.zip"))
    done = run(settings, "restore", "a.zip", "--replace")
    kept = Path(done.out.splitlines()[1].removeprefix("What was there before is in "))
    assert kept.read_bytes() == damaged
    assert since.read_bytes() == PICTURE
    since.unlink()
    with closing(open_library(settings)) as database:
        assert everything(database, settings.library) == held
