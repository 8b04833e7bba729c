"""The commands: out, in, sync; what they print and refuse."""

import re
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
    papers = sum(name.startswith("papers/") for name in inside)
    assert papers > 50
    for arguments in (("--format", "vault", "--dry-run"), ("--format", "library")):
        assert f"{papers} papers" in run("two", "import", str(archive), *arguments)
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
def test_a_zip_whose_list_of_files_is_damaged_is_refused(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as held:
        held.writestr(".crosswalk/vault.yaml", "format: 1\n")
    archive.write_bytes(archive.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03"))
    for words in ((), ("--format", "library")):
        with pytest.raises(Invalid, match="damaged"):
            run("one", "import", str(archive), *words)


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


# --- A vault that is not whole ---


@pytest.fixture
def vault(run: Run, tmp_path: Path) -> Path:
    """A few papers and notes as a folder; a note alone among them."""
    notes = tmp_path / "mine.md"
    notes.write_text("# Alone\n\nA note of its own.\n", encoding="utf-8")
    entries = "".join(f"@article{{k{n}, title={{Paper {n}}}, year={{2020}}}}\n" for n in range(4))
    (tmp_path / "refs.bib").write_text(entries)
    run("one", "import", str(tmp_path / "refs.bib"))
    run("one", "import", str(notes), "--format", "markdown")
    run("one", "export", "--format", "vault", "-o", str(tmp_path / "out"))
    return tmp_path / "out"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "lost", ["papers/k1.md", "notes/Alone.md", ".crosswalk/import_item.jsonl", "Papers.base"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_half_a_vault_is_told_and_nothing_is_taken(
    run: Run, vault: Path, lost: str, packed: bool
) -> None:
    (vault / lost).unlink()
    given = _zipped(vault) if packed else vault
    with pytest.raises(Conflict, match=re.escape(lost)):
        run("two", "import", str(given))
    with pytest.raises(Conflict, match="not whole"):
        run("two", "import", str(given), "--dry-run")
    said = run("two", "import", str(given), "--partial")
    assert f"{lost}:1\tleft alone\tIt is missing" in said
    assert ("3 papers" if "k1" in lost else "4 papers") in said


def _zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return folder.with_suffix(".zip")


@pytest.mark.sqlite
def test_lines_that_are_cut_off_are_missing(run: Run, vault: Path) -> None:
    lines = vault / ".crosswalk" / "import_item.jsonl"
    lines.write_text("".join(lines.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(Conflict, match=r"import_item\.jsonl"):
        run("two", "import", str(vault))


@pytest.mark.sqlite
def test_what_was_edited_moved_and_added_is_not_missing(run: Run, vault: Path) -> None:
    paper, note = vault / "papers/k1.md", vault / "notes/Alone.md"
    paper.write_text(paper.read_text().replace("Paper 1", "Called otherwise"))
    (vault / "papers/k2.md").rename(vault / "papers/deep k2.md")
    (vault / "later").mkdir()
    moved = paper.rename(vault / "papers/moved.md")
    assert moved.exists()
    note.write_text(note.read_text() + "\nMore.\n")
    note.rename(vault / "notes/Renamed.md")
    (vault / "notes/New.md").write_text("new")
    said = run("two", "import", str(vault))
    assert "4 papers, 2 notes" in said
    assert "missing" not in said


@pytest.mark.sqlite
@pytest.mark.parametrize("mark", ["format: 1\n", "<<<<<<< ours\nformat: [", "a: &a\nb: *a", ""])
def test_a_vault_that_does_not_say_what_it_had_is_taken(run: Run, vault: Path, mark: str) -> None:
    (vault / ".crosswalk/vault.yaml").write_text(mark)
    (vault / "papers/k1.md").unlink()
    assert "3 papers" in run("two", "import", str(vault))


@pytest.mark.sqlite
def test_a_folder_in_step_says_what_it_has(run: Run, vault: Path, tmp_path: Path) -> None:
    folder = tmp_path / "synced"
    run("one", "sync", str(folder))
    assert (folder / ".crosswalk/vault.yaml").read_bytes() == (
        vault / ".crosswalk/vault.yaml"
    ).read_bytes()
    (folder / "notes/Mine.md").write_text("mine")
    run("one", "sync", str(folder))
    assert "notes/Mine.md: " in (folder / ".crosswalk/vault.yaml").read_text()
    assert "In step" in run("one", "sync", str(folder))
    (folder / "notes/Mine.md").unlink()
    with pytest.raises(Conflict, match=r"Mine\.md"):
        run("two", "import", str(folder))
