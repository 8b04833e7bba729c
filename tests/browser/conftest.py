"""A real server on the starter library, and Debian's Chromium to use it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.arxiv_server import ArxivServer

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from PATH where there is one, else Playwright's own; quiet towards the network."""
    chromium = shutil.which(os.environ.get("CROSSWALK_CHROMIUM", "chromium"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def site(tmp_path: Path, arxiv: ArxivServer) -> Iterator[str]:
    """The address of `crosswalk serve` on a fresh library with the starter library in it."""
    port = _free_port()
    env = {
        **os.environ,
        "CROSSWALK_LIBRARY": str(tmp_path / "library"),
        "CROSSWALK_ARXIV_URL": arxiv.url,
        "CROSSWALK_ARXIV_DELAY": "0",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=env) as server:
        try:
            _wait_for(f"{address}/healthz", server)
            yield address
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1)
        except OSError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test when a script fails or anything foreign is asked for."""
    problems: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            problems.append(f"asked for {request.url}")

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            problems.append(message.text)

    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", asked)
    page.on("console", said)
    page.set_default_timeout(10_000)
    yield page
    context.close()
    assert not problems
