"""The commands: out, in, sync; what they print and refuse."""

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.errors import Conflict, Invalid
from tests.databases import Template


@pytest.fixture
def run(empty: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    return Run(empty, tmp_path, monkeypatch)


class Run:
    """The command on one of several libraries."""

    def __init__(self, empty: Template, tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
        self.empty, self.tmp_path, self.patch = empty, tmp_path, patch
        self.made: set[str] = set()

    def __call__(self, library: str, *words: str, starter: str = "0") -> str:
        if library not in self.made:
            settings = self.empty.restored(self.tmp_path / library)
            self.patch.setenv("CROSSWALK_DATABASE_URL", settings.database_url)
            self.made.add(library)
        self.patch.setenv("CROSSWALK_LIBRARY", str(self.tmp_path / library))
        self.patch.setenv("CROSSWALK_STARTER", starter)
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output


@pytest.mark.sqlite
def test_out_and_in_by_folder_and_zip(run: Run, tmp_path: Path) -> None:
    out, archive = tmp_path / "out", tmp_path / "out.zip"
    assert "files" in run("one", "export", "--format", "vault", "-o", str(out), starter="1")
    run("one", "export", "--format", "vault", "-o", str(archive))
    with zipfile.ZipFile(archive) as held:
        inside = {name: held.read(name) for name in held.namelist()}
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert inside == files
    assert "53 papers" in run("two", "import", str(archive), "--format", "vault", "--dry-run")
    assert "53 papers" in run("two", "import", str(archive), "--format", "library")
    run("two", "export", "--format", "vault", "-o", str(tmp_path / "again"))
    with pytest.raises(Conflict):
        run("two", "import", str(out), "--format", "vault")
    for name, data in files.items():
        assert (tmp_path / "again" / name).read_bytes() == data


@pytest.mark.sqlite
def test_a_zip_that_leads_out_is_told_and_stays_in(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as held:
        held.writestr(".crosswalk/vault.yaml", "format: 1\n")
        held.writestr("../../notes/out.md", "out")
        held.writestr("C:\\notes\\out.md", "out")
        held.writestr("notes/in.md", "in")
    said = run("one", "import", str(archive), "--format", "vault")
    assert "1 notes" in said
    assert said.count("left alone") == 2
    with pytest.raises(Invalid):
        run("two", "import", str(tmp_path), "--format", "vault")


@pytest.mark.sqlite
def test_sync_says_what_it_does(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    assert "library → folder" in run("one", "sync", str(folder), "--dry-run")
    assert not folder.exists()
    run("one", "sync", str(folder))
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "notes/Mine.md").write_text("mine")
    assert "notes/Mine.md\tfolder → library" in run("one", "sync", str(folder))
    assert "In step" in run("one", "sync", str(folder))
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.md").write_text("not ours")
    with pytest.raises(Invalid):
        run("one", "sync", str(other))
    assert (other / "a.md").read_text() == "not ours"
