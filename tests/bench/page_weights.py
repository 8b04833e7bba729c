"""What a first visit of each kind of page costs on the line: `python -m tests.bench.page_weights`,
or with the addresses that are meant.

A browser that keeps nothing opens each address of `tests/pages.py`, served from the starter
library. A row: kB of all answers (headers and bodies, as sent), how many, the heaviest. Prints;
asserts nothing: that is `tests/web/test_every_page.py`, without a browser.
"""

import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from httpx2 import Client
from playwright.sync_api import Browser, Request, sync_playwright

from app.settings import Settings
from app.startup import open_library
from tests.bench.__main__ import served
from tests.browser.conftest import chromium
from tests.pages import furnish

LIMIT = 100  # kB
HEAVIEST = 5


def main(only: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        settings = Settings(_env_file=None, library=Path(folder))
        database = open_library(settings)
        browser = chromium(playwright)
        with served(settings) as site, Client(base_url=site, timeout=60) as client:
            kinds = furnish(client, database)
            rows = {where: weigh(browser, site + where) for where in only or kinds}
        browser.close()
        database.close()
    for where, parts in sorted(rows.items(), key=lambda row: -sum(row[1].values())):
        heaviest = sorted(parts.items(), key=lambda part: -part[1])[:HEAVIEST]
        named = ", ".join(f"{name} {size / 1000:.1f}" for name, size in heaviest)
        print(f"{sum(parts.values()) / 1000:6.1f} {len(parts):3}  {where:<60} {named}")
    over = sum(sum(parts.values()) > LIMIT * 1000 for parts in rows.values())
    print(f"{over} of {len(rows)} kinds of page above {LIMIT} kB")


def weigh(browser: Browser, address: str) -> dict[str, int]:
    """Bytes of each answer, headers and all, by the file's name; "page" is the page's own."""
    finished: list[Request] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(address, wait_until="networkidle")
    parts: dict[str, int] = {}
    for request in finished:
        name = urlsplit(request.url).path.rpartition("/")[2]
        sizes = request.sizes()
        size = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        parts["page" if request.url == address else name] = size
    context.close()
    return parts


if __name__ == "__main__":
    main(sys.argv[1:])
