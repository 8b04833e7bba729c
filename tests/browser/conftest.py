"""A real server on the starter library, and Debian's Chromium to use it with.

A browser costs ten times what the server does, and what it makes of an answer does not depend on
the database: stories run on SQLite. On both run the main job and searching, from end to end.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from app.main import create_app
from app.settings import Settings
from tests.arxiv_server import ArxivServer
from tests.databases import Template

PATIENCE = 30_000  # milliseconds: on a busy machine a page takes its time, and nothing is wrong
expect.set_options(timeout=PATIENCE)
SHOTS = Path(__file__).parent.parent.parent / "test-results"


ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium(playwright: Playwright) -> Browser:
    """Chromium from PATH where there is one, else Playwright's own; quiet towards the network. The
    one that shows nothing takes a third of the work."""
    asked = os.environ.get("CROSSWALK_CHROMIUM")
    found = map(shutil.which, [asked] if asked else ["chromium-headless-shell", "chromium"])
    program = next(filter(None, found), None)
    return playwright.chromium.launch(executable_path=program, args=ARGUMENTS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def settings(
    tmp_path_factory: pytest.TempPathFactory, starter_library: Template, arxiv: ArxivServer
) -> Settings:
    """The starter library as it was made, always at the same place: see `engines`."""
    settings = starter_library.restored(tmp_path_factory.getbasetemp() / "library")
    update = {"arxiv_url": arxiv.url, "pdf_url": arxiv.pdf_url, "arxiv_delay": 0.0}
    return settings.model_copy(update=update)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """The address of a server of `app`."""
    config = uvicorn.Config(app, port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server ended"
            time.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server goes on"


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    with serve(app) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when a script fails or anything foreign is asked for, in it or in
    another of its context."""
    problems: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            problems.append(f"asked for {request.url}")

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            problems.append(message.text)

    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.on("weberror", lambda failed: problems.append(str(failed.error)))
    context.on("request", asked)
    context.on("console", said)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
    assert not problems
