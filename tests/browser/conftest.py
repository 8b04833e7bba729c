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
from playwright.sync_api import Page

from tests.arxiv_server import ArxivServer

SHOTS = Path(__file__).parent.parent.parent / "test-results"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Chromium from PATH where there is one (else Playwright's own), quiet towards the network."""
    arguments: dict[str, object] = {
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
    }
    chromium = shutil.which(os.environ.get("CROSSWALK_CHROMIUM", "chromium"))
    return {**arguments, "executable_path": chromium} if chromium else arguments


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
def page(page: Page) -> Iterator[Page]:
    """A page that fails the test when a script fails or anything foreign is asked for."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
            else problems.append(f"asked for {request.url}")
        ),
    )
    page.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and "Content Security Policy" in said.text
            else None
        ),
    )
    page.set_default_timeout(10_000)
    yield page
    assert not problems
