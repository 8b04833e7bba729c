"""A large import is done by a process beside the server's."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import NoReturn

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app.database import Database, explain_error
from app.errors import CrosswalkError, Invalid, PerhapsHeld, TooLarge, Unavailable
from app.imports import service, uploads
from app.imports.rules import ForAll, ImportReport
from app.imports.service import ReadingOptions
from app.main import create_app
from app.settings import Settings
from app.web.worker import SMALL, WorkerProcess
from tests.conftest import counted
from tests.databases import Template
from tests.imports.looking import sizes
from tests.imports.test_import_pages import hand_in, shown

HANGS = 60  # seconds after which what should end does not end any more
COUNT = 250


def entries(start: int = 0, title: str = "On Lamps, part") -> bytes:
    """Enough of them to be large."""
    return b"".join(
        f"@article{{k{n}, title={{{title} {n}}}, author={{Lamp, Ada}}, year={{2020}},"
        f" abstract={{{'A table is read by the light of a lamp. ' * 6}}}}}\n".encode()
        for n in range(start, start + COUNT)
    )


def send(client: TestClient, data: bytes, **said: str) -> tuple[int, dict[str, object]]:
    """The status and JSON of an import over the API."""
    answer = client.post("/api/v1/import", data=said, files={"file": ("many.bib", data)})
    kind = "application/json" if answer.is_success else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.status_code, answer.json()


def held(client: TestClient) -> int:
    total: int = client.get("/api/v1/papers").json()["total"]
    return total


@pytest.fixture
def worker(client: TestClient) -> WorkerProcess:
    found: WorkerProcess = client.app.state.worker  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def kept(empty: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client for tests that do not ask how the process starts or ends: it keeps one."""
    settings = empty.another(tmp_path_factory.mktemp("kept") / "library")
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def kept_worker(kept: TestClient) -> WorkerProcess:
    found: WorkerProcess = kept.app.state.worker  # type: ignore[attr-defined]
    return found


def number_of_process(_db: Database, _settings: Settings) -> int:
    return os.getpid()


def ask_number(client: TestClient, worker: WorkerProcess) -> int:
    assert client.portal
    return client.portal.call(partial(worker.read, SMALL, number_of_process))


def test_a_large_file_is_looked_at_corrected_and_taken(client: TestClient) -> None:
    page = hand_in(client, entries(), "many.bib")
    assert page.status_code == 200
    assert f"{COUNT} entries" in page.text
    second = client.post(str(page.url), data=shown(page.text) | {"go": "2"})
    none = client.post(str(second.url), data=shown(second.text) | {"do": "none"})
    assert "0 are ticked" in none.text
    form = shown(client.post(str(none.url), data=shown(none.text) | {"do": "all"}).text)
    at = next(name.removeprefix("title-") for name in form if name.startswith("title-"))
    wrong = client.post(str(page.url), data=form | {f"title-{at}": " "})
    assert wrong.status_code == 422
    assert f'id="title-error-{at}"' in wrong.text
    assert held(client) == 0
    done = client.post(str(page.url), data=form | {f"title-{at}": "Another Title"})
    assert "/import/batches/" in str(done.url)
    assert held(client) == COUNT
    assert client.get("/api/v1/papers?q=another").json()["total"] == 1


def test_the_server_itself_does_nothing_of_it(client: TestClient, db: Database) -> None:
    with counted(db) as statements:
        assert send(client, entries(), dry_run="true")[1]["changed"]
        status, report = send(client, entries())
    assert not statements
    assert status == 200
    assert (
        report["summary"] == f"many.bib: {COUNT} new, 0 added to papers, 0 updated, 0 left as is."
        f" Papers {COUNT} (stubs: 0), notes 0, issues 0."
    )
    assert held(client) == COUNT


def test_what_is_wrong_is_said_as_ever(kept: TestClient) -> None:
    page = kept.post("/import", data={"format": "nope"}, files={"file": ("many.bib", entries())})
    assert page.status_code == 422
    assert "This format cannot be read" in page.text
    status, problem = send(kept, entries(), format="nope")
    assert status == 422
    assert "This format cannot be read" in str(problem["errors"])
    predictions = b"".join(b"%d right\n" % n for n in range(10_000))
    status, problem = send(kept, predictions, benchmark="nowhere")
    assert status == 404
    assert "nowhere" in str(problem["detail"])


@pytest.mark.parametrize(
    "error",
    [
        CrosswalkError("{what} and {{ braces }}", what="{x}"),
        Invalid.field("file", "{limit} MB", limit=3),
        PerhapsHeld("It is {title}", key="k", url="/papers/k", title="Lamps"),
        TooLarge("{limit} MB", limit=30),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_back_as_they_are(
    kept: TestClient, kept_worker: WorkerProcess, error: CrosswalkError
) -> None:
    assert kept.portal
    with pytest.raises(type(error)) as caught:
        kept.portal.call(kept_worker.read, SMALL, refuse, error)
    assert vars(caught.value) == vars(error)
    assert str(caught.value) == str(error)


def refuse(_db: Database, _settings: Settings, error: CrosswalkError) -> NoReturn:
    raise error


def test_a_database_out_of_reach_is_known_as_such(
    kept: TestClient, kept_worker: WorkerProcess
) -> None:
    assert kept.portal
    with pytest.raises(OperationalError) as caught:
        kept.portal.call(kept_worker.read, SMALL, connect_nowhere)
    assert isinstance(explain_error(caught.value), Unavailable)
    with pytest.raises(ZeroDivisionError) as defect:
        kept.portal.call(kept_worker.read, SMALL, divide)
    assert "in divide" in "".join(defect.value.__notes__), "the log says where"


def connect_nowhere(_db: Database, _settings: Settings) -> None:
    create_engine("sqlite:////nowhere/at/all").connect()


def divide(_db: Database, _settings: Settings) -> None:
    _ = 1 / 0


def test_a_process_killed_half_way_leaves_nothing_and_another_takes_over(
    client: TestClient, db: Database, worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sizes(db)
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "import_upload", die_half_way)
        status, problem = send(client, entries())
    assert status == 503
    assert "broken off" in str(problem["detail"])
    assert sizes(db) == before
    os.kill(ask_number(client, worker), signal.SIGKILL)  # while it has nothing to do
    statuses = [send(client, entries())[0] for _ in range(2)]
    assert statuses[-1] == 200
    assert held(client) == COUNT


def die_half_way(
    db: Database,
    settings: Settings,
    data: bytes,
    name: str,
    reading: ReadingOptions,
    for_all: ForAll,
    *,
    dry_run: bool,
    overwrite: bool,
) -> ImportReport:
    with db.write() as session:
        report = service.import_file(session, data, name)
        assert report.batch_id
        os.kill(os.getpid(), signal.SIGKILL)
        return report


@pytest.fixture
def busy(db: Database) -> Iterator[ExitStack]:
    """Somebody else writes, until this is closed."""
    with ExitStack() as writing:
        writing.enter_context(db.write()).execute(text("SELECT 1"))
        yield writing


def test_pages_come_while_large_imports_wait(client: TestClient, busy: ExitStack) -> None:
    """More of them than there are threads for anything."""
    with ThreadPoolExecutor(8) as threads:
        importing = [threads.submit(send, client, entries(COUNT * n)) for n in range(6)]
        try:
            for address in ("/papers", "/healthz", "/import", "/notes/new"):
                assert threads.submit(client.get, address).result(HANGS).status_code == 200
            assert not any(each.done() for each in importing)
        finally:
            busy.close()
        assert {each.result(HANGS)[0] for each in importing} == {200}
    assert held(client) == 6 * COUNT


def test_it_stays_and_ends_with_the_server(settings: Settings) -> None:
    app = create_app(settings)
    with TestClient(app) as client:
        number = ask_number(client, app.state.worker)
        assert ask_number(client, app.state.worker) == number != os.getpid()
    assert is_gone(number)


def is_gone(process: int) -> bool:
    until = time.monotonic() + HANGS
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
