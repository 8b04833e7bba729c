"""Where a library is: who may read it, and what is said where it cannot be written or opened."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from app.database import Database, explain_error, open_database
from app.errors import Unusable
from app.imports import kept_files
from app.library.rules import PaperInput
from app.library.service import create_paper
from app.main import create_app
from app.search import service as search
from app.settings import Settings
from app.startup import open_library
from tests.imports.looking import READING

PICTURE = b"\x89PNG\r\n\x1a\nlamp"


def modes(folder: Path) -> dict[str, str]:
    """The mode of a folder and of everything in it, by path."""
    every = [folder, *folder.rglob("*")]
    return {
        path.relative_to(folder).as_posix(): oct(stat.S_IMODE(path.lstat().st_mode))[2:]
        for path in every
    }


def use(settings: Settings) -> None:
    """Have all that a library's folder holds made."""
    with TestClient(create_app(settings)) as client:
        client.post("/api/v1/papers", json={"title": "On Lamps"}).raise_for_status()
        client.post("/attachments", files={"picture": ("a.png", PICTURE)}).raise_for_status()
        client.post("/import", files={"file": ("a.md", READING)}).raise_for_status()
        client.post("/papers/lookup", data={"ids": "2208.10442"})


def assert_private(library: Path) -> None:
    for path, mode in modes(library).items():
        assert mode == ("700" if (library / path).is_dir() else "600"), path


@pytest.fixture
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def new(settings: Settings, tmp_path: Path) -> Settings:
    """Settings on a library that is not there yet."""
    return settings.model_copy(update={"library": tmp_path / "some" / "library"})


@pytest.mark.usefixtures("_usual_umask")
def test_a_library_is_its_owners_alone(new: Settings) -> None:
    use(new)
    assert_private(new.library)


@pytest.mark.usefixtures("_usual_umask")
def test_one_that_others_could_read_is_mended_and_that_is_said_once(
    new: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    use(new)
    for path in [new.library, *new.library.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    caplog.clear()
    open_library(new).close()
    open_library(new).close()
    assert_private(new.library)
    assert [record.message for record in caplog.records if "chmod" in record.message] == [
        f"{new.library} was open to other users of this computer, and is not any more. To share it"
        f" with a group: chmod -R g+rwX,g+s {new.library}"
    ]


@pytest.mark.usefixtures("_usual_umask")
def test_files_are_mended_in_a_folder_that_was_closed(new: Settings) -> None:
    use(new)
    for path in new.library.iterdir():
        if path.is_file():
            path.chmod(0o640)
    open_library(new).close()
    assert {mode for path, mode in modes(new.library).items() if "." in path[1:]} <= {"600"}


@pytest.mark.usefixtures("_usual_umask")
def test_one_that_is_shared_with_its_group_stays_so(new: Settings) -> None:
    use(new)
    for path in [new.library, *new.library.rglob("*")]:
        path.chmod(0o2775 if path.is_dir() else 0o664)
    before = set(modes(new.library))
    with TestClient(create_app(new)) as client:
        client.post("/attachments", files={"picture": ("b.png", PICTURE + b"2")})
    now = modes(new.library)
    assert set(now) > before
    for name, mode in now.items():
        assert mode == ("2770" if (new.library / name).is_dir() else "660"), name


@pytest.mark.usefixtures("_usual_umask")
def test_what_is_not_ours_stays_as_it_is(new: Settings, tmp_path: Path) -> None:
    use(new)
    others = new.library / "thesis.tex"
    others.write_text("mine")
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (new.library / "imports" / "link").symlink_to(outside)
    new.library.chmod(0o755)
    (new.library / "imports").chmod(0o755)
    open_library(new).close()
    now = modes(new.library)
    assert now["."] == "755", "others may want to reach what else is in it"
    assert (now["imports"], now["thesis.tex"]) == ("700", "644")
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


@pytest.mark.usefixtures("_usual_umask")
@pytest.mark.sqlite
def test_a_database_elsewhere_is_private_too_and_its_folder_left_alone(
    new: Settings, tmp_path: Path
) -> None:
    (tmp_path / "srv").mkdir(mode=0o755)
    url = f"sqlite:///{tmp_path}/srv/papers.sqlite3"
    use(new.model_copy(update={"database_url": url}))
    assert modes(tmp_path / "srv") == {".": "755", "papers.sqlite3": "600"}


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("file", "Not a directory"),
        ("file/library", "Not a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_place_where_no_library_can_be(
    new: Settings, tmp_path: Path, place: str, reason: str
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Unusable, match=reason) as told:
        open_database(new.model_copy(update={"library": tmp_path / place}))
    assert str(tmp_path) in str(told.value)


@pytest.mark.sqlite
def test_a_folder_in_the_databases_place(new: Settings) -> None:
    (new.library / "crosswalk.sqlite3").mkdir(parents=True)
    with pytest.raises(Unusable, match=r"crosswalk\.sqlite3: Is a directory"):
        open_database(new)


# --- Read-only ------------------------------------------------------------------------------------

_SAID = "The library is read-only: it can be read and searched, but nothing can be saved."


@pytest.fixture
def sealed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A library with a paper, in a folder where nothing can be written; root could all the same."""
    with closing(open_library(settings)) as database, database.write() as session:
        create_paper(session, PaperInput(title="On Lamps", abstract="A lamp."))
    if "postgresql" in settings.url:
        option = "options=-c%20default_transaction_read_only%3Don"
        settings = settings.model_copy(update={"database_url": f"{settings.url}&{option}"})
    seal(monkeypatch, settings.library)
    return settings


def seal(patch: pytest.MonkeyPatch, library: Path) -> None:
    """Have nothing written in a library's folder, whoever it is that runs this."""

    def refuse(path: object = library, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    patch.setattr("app.database.os.access", lambda path, how, **_: how != os.W_OK)
    make_file = tempfile.NamedTemporaryFile

    def refuse_within(*given: object, dir: str | Path = "", **named: object) -> object:
        if Path(dir).is_relative_to(library):
            refuse()
        return make_file(*given, dir=dir, **named)  # type: ignore[call-overload]

    patch.setattr("app.kit.files.tempfile.NamedTemporaryFile", refuse_within)
    patch.setattr("app.kit.files.Path.mkdir", refuse)
    patch.setattr("app.kit.files.Path.chmod", refuse)
    patch.setattr("app.imports.kept_files.os.utime", refuse)


def test_a_library_that_cannot_be_written_is_read_and_searched(sealed: Settings) -> None:
    before = {path: path.stat().st_mtime_ns for path in sealed.library.rglob("*")}
    with TestClient(create_app(sealed), raise_server_exceptions=False) as client:
        for address in ("/", "/papers", "/search?q=lamp", "/api/v1/papers?q=lamp", "/feed.atom"):
            assert client.get(address).status_code == 200, address
        assert client.get("/api/v1/search?q=lamp").json()["total"] == 1
        for method, address, sent in (
            ("POST", "/api/v1/papers", {"json": {"title": "x"}}),
            ("DELETE", "/api/v1/papers/lamps", {}),
            ("POST", "/papers", {"data": {"title": "x"}}),
            ("POST", "/attachments", {"files": {"picture": ("a.png", PICTURE)}}),
            ("POST", "/import", {"files": {"file": ("a.md", READING)}}),
            ("POST", "/api/v1/import", {"files": {"file": ("a.md", READING)}}),
        ):
            answer = client.request(method, address, **sent)
            if answer.status_code != 404:  # which paper it is, is looked up first
                assert answer.status_code == 403, address
                assert _SAID in answer.text, address
        assert client.get("/api/v1/papers").json()["total"] == 1
    assert {path: path.stat().st_mtime_ns for path in sealed.library.rglob("*")} == before


@pytest.mark.sqlite
def test_it_is_followed_when_somebody_else_writes_it(
    settings: Settings, sealed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app(sealed)) as client:
        assert client.get("/api/v1/papers?q=lamp").json()["total"] == 1
        with monkeypatch.context() as able:
            able.undo()
            other = Database(f"{settings.url}?cached_statements=128")  # an engine of its own
            with closing(other) as database, database.write() as session:
                create_paper(session, PaperInput(title="On Candles"))
        seal(monkeypatch, settings.library)
        assert client.get("/api/v1/papers").json()["total"] == 2


@pytest.mark.sqlite
def test_an_older_one_that_cannot_be_written_is_told(
    sealed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.errors import ReadOnly
    from tests.test_database import downgrade

    monkeypatch.undo()
    with closing(Database(sealed.url)) as database:
        downgrade(database, to="0010")
    seal(monkeypatch, sealed.library)
    with pytest.raises(ReadOnly, match="older version, and cannot be written: Read-only file"):
        open_library(sealed)


# --- Full, damaged --------------------------------------------------------------------------------


@pytest.fixture
def full(client: TestClient, db: Database) -> Iterator[TestClient]:
    """A client of a library on whose disk there is no room."""

    def limit(connection: Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # as many as there are

    db.close()
    event.listen(db.engine, "checkout", limit)
    yield client
    event.remove(db.engine, "checkout", limit)


@pytest.mark.sqlite
def test_a_full_disk_says_that_it_is_full(full: TestClient) -> None:
    long = {"title": "On Lamps", "abstract": "A lamp. " * 3000}
    answer = full.post("/api/v1/papers", json=long)
    assert (answer.status_code, answer.json()["title"]) == (507, "The disk is full")
    assert "make room" in answer.json()["detail"]
    page = full.post("/papers", data=long)
    assert page.status_code == 507
    assert "The disk is full. Nothing was saved" in page.text
    assert full.get("/api/v1/papers").json()["total"] == 0


def test_a_full_disk_says_so_where_a_file_is_kept(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("app.kit.files.os.fsync", refuse)
        for address, files in (
            ("/import", {"file": ("a.md", READING)}),
            ("/attachments", {"picture": ("a.png", PICTURE)}),
        ):
            answer = client.post(address, files=files)
            assert answer.status_code == 507, address
            assert "The disk is full" in answer.text, address
    assert client.post("/attachments", files={"picture": ("a.png", PICTURE)}).status_code == 201


@pytest.mark.sqlite
def test_a_damaged_database_says_so(client: TestClient, db: Database, settings: Settings) -> None:
    with db.write() as session:
        for n in range(50):
            create_paper(session, PaperInput(title=f"On Lamps {n}", abstract="A lamp. " * 200))
    file = settings.library / "crosswalk.sqlite3"
    db.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"damaged " * ((len(whole) - 4096) // 8))
    answer = client.get("/api/v1/papers")
    assert answer.status_code == 503
    assert "The database is damaged: " in answer.json()["detail"]
    assert "The database is damaged" in client.get("/papers").text
    db.close()


@pytest.mark.sqlite
def test_a_damaged_index_says_what_to_do_and_that_mends_it(
    client: TestClient, db: Database
) -> None:
    with db.write() as session:
        create_paper(session, PaperInput(title="On Lamps"))
    damage = "UPDATE search_text_data SET block = x'00112233'"
    check = "INSERT INTO search_text (search_text, rank) VALUES ('integrity-check', 0)"
    with db.engine.connect() as connection:
        connection.exec_driver_sql(damage)
        connection.commit()
    db.close()
    with pytest.raises(DatabaseError) as told, db.write() as session:
        session.connection().exec_driver_sql(check)
    assert "Make it anew: crosswalk reindex." in str(explain_error(told.value))
    for _ in search.renew_index(db):
        pass
    with db.write() as session:
        session.connection().exec_driver_sql(check)
    assert client.get("/api/v1/papers?q=lamps").json()["total"] == 1


# --- What imports keep ----------------------------------------------------------------------------


def _aged(path: Path, days: float) -> None:
    then = path.stat().st_mtime - days * 86_400
    os.utime(path, (then, then))


def test_files_that_were_handed_in_are_not_kept_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, looked_at, corrected = (
        kept_files.keep_file(tmp_path, word * 100) for word in (b"a", b"b", b"c")
    )
    folder = tmp_path / "imports"
    (folder / f"{old}.0123.json").write_text("{}")
    (folder / f"{corrected}.0123.json").write_text("{}")
    (folder / ".crosswalk-abc.part").write_text("{}")
    for path in folder.iterdir():
        _aged(path, 31)
    kept_files.load_file(tmp_path, looked_at)
    os.utime(folder / f"{corrected}.0123.json")
    kept_files.remove_old_files(tmp_path)
    assert {path.name for path in folder.iterdir()} == {
        looked_at,
        corrected,
        f"{corrected}.0123.json",
    }
    _aged(folder / looked_at, 1)
    monkeypatch.setattr(kept_files, "KEPT_BYTES", 250)
    newest = kept_files.keep_file(tmp_path, b"d" * 100)
    assert {path.name[:64] for path in folder.iterdir()} == {corrected, newest}
    assert kept_files.keep_file(tmp_path, b"e" * 300) == kept_files.keep_file(tmp_path, b"e" * 300)
    assert len(list(folder.iterdir())) == 1
