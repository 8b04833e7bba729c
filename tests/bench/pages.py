"""What pages cost, a bare page beside them in the same run: `python -m tests.bench.pages`.

On the starter library, with 100,000 of arXiv's records more, and on PostgreSQL, each served as
anybody would serve it. `--checkout FOLDER` measures another checkout's server too (its own `.venv`
runs it), by turns with ours, so that the machine's moods meet both. `--keep FOLDER` keeps the
100,000 papers, which the first checkout imports: an older one cannot open what a newer one made.

Work is the processor's time of the server, that of PostgreSQL not included: on a busy machine it
says more than the clock. Answers are not compressed. Each page is read a second long before it
counts.
"""

import argparse
import json
import lzma
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal, get_args

import httpx2
from psycopg.sql import SQL, Identifier

from tests import postgres
from tests.bench import bare_page, in_process
from tests.bench.readers import limit, read_pages
from tests.conftest import SHARED

ARXIV = SHARED / "data" / "arxiv-100k.jsonl.xz"
ROOT = Path(__file__).parent.parent.parent
WORDS = "attention"
SEARCH = f"/search?q={WORDS}"
PAGES = (
    "/papers",
    "/api/v1/papers",
    "/papers/kim2021vilt",
    SEARCH,
    "/",
    "/notes",
    "/comparisons/vqa-text-to-sql",
    "/api/v1/complete?q=att&for=link",
)
MADE_UP = ("/comparisons/made-up", "/papers/thirty2025notes")
TECHNIQUES, ISSUES, CELLS = 50, 27, 500
NOTES = 30
ENTRIES = 3_000
HELD = 5.0  # seconds that a writer keeps others waiting
ROUNDS = 3
CONNECTIONS = 32
WRITER = 0x63726F7373  # the lock of PostgreSQL's one writer

Kind = Literal["starter", "100k", "postgresql", "postgresql-100k"]
Row = tuple[str, str]  # whose page (a checkout's name, or "bare"), and its address


@dataclass(frozen=True)
class Checkout:
    """A working copy of the project, set up."""

    name: str
    root: Path

    def program(self, name: str) -> str:
        return str(self.root / ".venv/bin" / name)


@dataclass(frozen=True)
class Place:
    """Where a library is: its folder, and on PostgreSQL its server's socket and its database."""

    folder: Path
    socket: Path | None = None
    database: str = ""

    @property
    def env(self) -> dict[str, str]:
        url = postgres.url(self.socket, self.database) if self.socket else ""
        return {
            **{name: value for name, value in os.environ.items() if name[:10] != "CROSSWALK_"},
            "CROSSWALK_LIBRARY": str(self.folder),
            "CROSSWALK_DATABASE_URL": url,
        }

    @property
    def file(self) -> Path:
        return self.folder / "crosswalk.sqlite3"


@dataclass(frozen=True)
class Server:
    port: int
    session: int  # of its processes

    def work(self) -> float:
        """Seconds of the processor that its processes have used; 0 where /proc does not say."""
        used = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(") ")[2].split()
            except OSError:  # it has ended
                continue
            if int(fields[3]) == self.session:
                used += int(fields[11]) + int(fields[12])
        return used / os.sysconf("SC_CLK_TCK")


@dataclass
class Figures:
    """Of one page: milliseconds of each answer at one connection, the server's work on them, and
    how many answers came in how many seconds at one and at many."""

    took: list[float] = field(default_factory=list)
    alone: float = 0.0
    work: float = 0.0
    together: tuple[int, float] = (0, 0.0)

    def add(self, server: Server, path: str, seconds: float) -> None:
        worked = server.work()
        took, whole = read_pages(server.port, path, connections=1, seconds=seconds)
        self.work += server.work() - worked
        self.took += took
        self.alone += whole
        number, before = self.together
        if before < seconds * (ROUNDS - 0.5):  # many may have to wait long for a slow page
            took, whole = read_pages(server.port, path, connections=CONNECTIONS, seconds=seconds)
            self.together = (number + len(took), before + whole)

    @property
    def median(self) -> float:
        return statistics.median(self.took)

    @property
    def worked(self) -> float:
        return self.work / len(self.took) * 1000

    @property
    def rates(self) -> tuple[float, float]:
        number, whole = self.together
        return len(self.took) / self.alone, number / whole


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="LIBRARY", help=", ".join(get_args(Kind)))
    parser.add_argument("--checkout", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--alone", action="store_true", help="those checkouts, without this one")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    given = parser.parse_args(arguments)
    kinds: list[Kind] = [kind for kind in get_args(Kind) if kind in given.kinds]
    kinds = kinds or ["starter", "100k", "postgresql"]
    roots = [each.resolve() for each in given.checkout]
    if not (roots and given.alone):
        roots.append(ROOT)
    checkouts = [Checkout(root.name, root) for root in dict.fromkeys(roots)]
    print(
        "\nThe readers by themselves take"
        f" {limit(1):.0f} pages of 40 kB a second at 1 connection,"
        f" {limit(CONNECTIONS):.0f} at {CONNECTIONS}"
    )
    known: dict[Kind, dict[Row, Figures]] = {}
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept = given.keep.resolve() if given.keep else temporary
        socket = None
        if any(kind.startswith("postgresql") for kind in kinds):
            socket = stack.enter_context(postgres.server(kept / "postgresql"))
        for kind in kinds:
            if kind.endswith("100k") and not ARXIV.exists():
                print(f"{ARXIV} is not here")
                continue
            folder = temporary / kind
            folder.mkdir()
            server = socket if kind.startswith("postgresql") else None
            places = arrange(kind, checkouts, folder, kept, server)
            small = known.get("postgresql" if server else "starter", {})
            known[kind] = measure(kind, checkouts, places, given.seconds, small)
            shutil.rmtree(folder)


def arrange(
    kind: Kind, checkouts: Sequence[Checkout], folder: Path, kept: Path, socket: Path | None
) -> list[Place]:
    """A library for each checkout: a new one, or a copy of the one with arXiv's records."""
    places = [
        Place(folder / each.name, socket, f"pages_{number}" if socket else "")
        for number, each in enumerate(checkouts)
    ]
    large = kind.endswith("100k")
    base = Place(kept / kind, socket, "pages_100k" if socket else "")
    if large and not base.folder.exists():
        import_records(checkouts[0], base, folder)
    for place in places:
        if socket:
            made = SQL("CREATE DATABASE {}").format(Identifier(place.database))
            if large:
                made = SQL("{} TEMPLATE {}").format(made, Identifier(base.database))
            postgres.execute(
                socket,
                SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(Identifier(place.database)),
            )
            postgres.execute(socket, made)
        if large:
            shutil.copytree(base.folder, place.folder)
        else:
            place.folder.mkdir()
    return places


def import_records(checkout: Checkout, base: Place, folder: Path) -> None:
    """The starter library and arXiv's records, through the command."""
    print(f"arXiv's records are imported into {base.folder} …", flush=True)
    if base.socket:
        name = Identifier(base.database)
        postgres.execute(base.socket, SQL("DROP DATABASE IF EXISTS {}").format(name))
        postgres.execute(base.socket, SQL("CREATE DATABASE {}").format(name))
    snapshot = folder / "snapshot.json"
    with lzma.open(ARXIV) as packed, snapshot.open("wb") as file:
        shutil.copyfileobj(packed, file)
    part = Place(base.folder.with_suffix(".part"), base.socket, base.database)
    command = [checkout.program("crosswalk"), "import", str(snapshot)]
    subprocess.run(command, env=part.env, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    snapshot.unlink()
    if base.socket:
        with postgres.connect(base.socket, base.database) as connection:
            connection.execute("VACUUM ANALYZE")  # as a server that lasts does by itself
    part.folder.rename(base.folder)


def measure(
    kind: Kind,
    checkouts: Sequence[Checkout],
    places: Sequence[Place],
    seconds: float,
    small: dict[Row, Figures],
) -> dict[Row, Figures]:
    """Print the table of one library, beside that of a small one, where there is one."""
    figures: dict[Row, Figures] = {}
    with ExitStack() as stack:
        servers = {
            checkout.name: stack.enter_context(served(checkout, place))
            for checkout, place in zip(checkouts, places, strict=True)
        }
        alone = stack.enter_context(served_bare(places[0]))

        def read(pages: Sequence[str]) -> None:
            rows = {(name, path): servers[name] for path in pages for name in servers}
            rows = {("bare", "/papers"): alone, **rows}
            for (_, path), server in rows.items():
                read_pages(server.port, path, connections=1, seconds=1)
            for _ in range(ROUNDS):
                for row, server in rows.items():
                    figures.setdefault(row, Figures()).add(server, row[1], seconds / ROUNDS)

        read(PAGES)
        for server in servers.values():
            fill(server)
        read(MADE_UP)
        inside = {
            checkout.name: asked_inside(checkout, place)
            for checkout, place in zip(checkouts, places, strict=True)
        }
        show(kind, figures, {name: each[0] for name, each in inside.items()}, small)
        for name, (_, own, work) in inside.items():
            page = figures[name, SEARCH]
            print(
                f"{name}: the search by itself takes {own:.1f} ms, {work:.1f} of work;"
                f" its page {page.median / own:.2f} × that, {page.worked / work:.2f} × by work"
            )
        for (name, server), place in zip(servers.items(), places, strict=True):
            usual = figures[name, "/papers"].median
            print(f"{name}: /papers takes {usual:.0f} ms", end="", flush=True)
            print(f"; while two writers wait, {said(waited(server, place))}", end="", flush=True)
            if ARXIV.exists():
                print(f"; during an import of {ENTRIES} entries, {said(imported(server))}", end="")
            print(flush=True)
    return figures


def show(
    kind: Kind,
    figures: dict[Row, Figures],
    statements: dict[str, dict[str, int]],
    small: dict[Row, Figures],
) -> None:
    bare = figures["bare", "/papers"]
    width = max(len(name) for name, _ in figures)
    print(
        f"\n{kind:<{width + 31}} ms   work    /s 1   /s {CONNECTIONS}   {CONNECTIONS}/1"
        f"  × bare  by work  SQL{'  × starter  by work' if small else ''}"
    )
    for (name, path), its in figures.items():
        one, many = its.rates
        number = statements[name][path] if name in statements else bare_page.STATEMENTS
        line = (
            f"{name:<{width}} {path:<27} {its.median:6.1f} {its.worked:6.1f} {one:7.1f} {many:7.1f}"
            f" {many / one:6.2f} {its.median / bare.median:7.1f}"
            f" {its.worked / (bare.worked or 1):8.1f} {number:4}"
        )
        if its_small := small.get((name, path)):
            line += f" {its.median / its_small.median:10.1f}"
            line += f" {its.worked / (its_small.worked or 1):8.1f}"
        print(line)
    sys.stdout.flush()


@contextmanager
def served(checkout: Checkout, place: Place) -> Iterator[Server]:
    """The checkout's own command, on a library."""
    with running(
        lambda port: [checkout.program("crosswalk"), "serve", "--port", port],
        place.env,
        place.folder,
        "/healthz",
    ) as server:
        yield server


@contextmanager
def served_bare(place: Place) -> Iterator[Server]:
    """The bare page, on the same rows."""
    if place.socket:
        bare_page.make_postgresql(place.socket, place.database)
        where = [str(place.socket), place.database]
    else:
        where = [str(place.folder / "bare.sqlite3")]
        bare_page.make_sqlite(Path(where[0]), place.file)
    program = [sys.executable, "-m", bare_page.__name__]
    with running(lambda port: [*program, port, *where], place.env, ROOT, "/papers") as server:
        yield server


@contextmanager
def running(
    command: Callable[[str], list[str]], env: dict[str, str], folder: Path, path: str
) -> Iterator[Server]:
    """A server, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command(str(port)),
        env=env,
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                httpx2.get(f"http://127.0.0.1:{port}{path}", timeout=60).raise_for_status()
                break
            except httpx2.TransportError:
                assert process.poll() is None, command(str(port))
                time.sleep(0.05)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def asked_inside(checkout: Checkout, place: Place) -> tuple[dict[str, int], float, float]:
    """How many statements each page takes; of the search by itself, milliseconds and work."""
    command = [checkout.program("python"), in_process.__file__, WORDS, *PAGES, *MADE_UP]
    ran = subprocess.run(
        command, env=place.env, cwd=place.folder, check=True, stdout=subprocess.PIPE
    )
    answer = json.loads(ran.stdout.splitlines()[-1])
    return answer["statements"], answer["search"], answer["search_work"]


def fill(server: Server) -> None:
    """A made-up comparison, and a paper with notes, the same each time, through the JSON API."""
    draw = random.Random(7)
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}/api/v1", timeout=60) as client:

        def post(path: str, **given: object) -> None:
            client.post(path, json=given).raise_for_status()

        techniques = [f"made-up-technique-{number}" for number in range(TECHNIQUES)]
        issues = [f"made-up-issue-{number}" for number in range(ISSUES)]
        for kind, slugs, family in (("techniques", techniques, 8), ("issues", issues, 6)):
            for number, slug in enumerate(slugs):
                parent = slugs[number - number % family] if number % family else None
                more = {"parent": parent} if parent else {}
                post(f"/{kind}", slug=slug, name_en=slug.replace("-", " "), name_zh=slug, **more)
        post(
            "/comparisons",
            slug="made-up",
            title_en="A made-up comparison",
            source_field="vqa-alignment",
            target_field="text-to-sql",
            rows=techniques,
            columns=issues,
        )
        stances = ("addresses", "partial", "fails", "unclear", "inapplicable", "no-evidence")
        cells = [(technique, issue) for technique in techniques for issue in issues]
        for technique, issue in draw.sample(cells, CELLS):
            post(
                f"/comparisons/made-up/cells/{technique}/{issue}/claims",
                stance=draw.choice(stances),
                confidence=draw.choice(("low", "medium", "high")),
                rationale="Because a gated fusion of both carries over.",
                evidence=[{"paper": "kim2021vilt"}],
            )
        post("/papers", title="A paper with many notes", citekey="thirty2025notes", force=True)
        text = (
            "## What it says\n\nA *gated* fusion, as in [[kim2021vilt]], with $x^2$ and `code`:\n\n"
            "- first, what the picture shows;\n- then, what the question asks.\n\n"
            "> A quotation of two lines,\n> which the paper has in its third section.\n\n"
        )
        for number in range(NOTES):
            post("/notes", title=f"Note {number}", body=text * 3, paper="thirty2025notes")


def waited(server: Server, place: Place) -> list[float]:
    """What pages take while two saves wait for another program that writes."""
    saves = [
        threading.Thread(target=_save, args=(server.port, f"Waits {number}")) for number in range(2)
    ]
    with _writing(place):
        began = time.perf_counter()
        for each in saves:
            each.start()
        time.sleep(1)
        took: list[float] = []
        reader = threading.Thread(target=_read, args=(server.port, HELD - 1, took))
        reader.start()
        time.sleep(max(0, HELD - (time.perf_counter() - began)))
    for each in (*saves, reader):
        each.join()
    return took


@contextmanager
def _writing(place: Place) -> Iterator[None]:
    """Another program's transaction that writes."""
    if place.socket:
        with postgres.connect(place.socket, place.database) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (WRITER,))
            yield
    else:
        with closing(sqlite3.connect(place.file, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")
            yield
            file.execute("ROLLBACK")


def _save(port: int, title: str) -> None:
    given = {"title": title, "force": True}
    url = f"http://127.0.0.1:{port}/api/v1/papers"
    httpx2.post(url, json=given, timeout=60).raise_for_status()


def _read(port: int, seconds: float, took: list[float]) -> None:
    took += read_pages(port, "/papers", connections=1, seconds=seconds)[0]


def imported(server: Server) -> list[float]:
    """What pages take while a file of references is imported."""
    lines = []
    with lzma.open(ARXIV, "rt", encoding="utf-8") as records:
        papers = [json.loads(line) for line in islice(records, ENTRIES + 1)]
    for number, (one, two) in enumerate(pairwise(papers)):
        halves = one["title"].split()[:4] + two["title"].split()[-4:]
        fields = {
            "title": " ".join(halves),
            "author": " and ".join(one["authors"][:5]),
            "year": str(one["year"]),
            "abstract": two["abstract"],
        }
        clean = {name: "".join(c for c in v if c not in "{}\\%$") for name, v in fields.items()}
        inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in clean.items())
        lines.append(f"@article{{bench{number},\n{inner}\n}}\n")
    url = f"http://127.0.0.1:{server.port}/api/v1/import"
    files = {"file": ("bench.bib", "\n".join(lines).encode())}

    def send() -> None:
        httpx2.post(url, files=files, timeout=600).raise_for_status()

    importing = threading.Thread(target=send)
    importing.start()
    took: list[float] = []
    while importing.is_alive():
        _read(server.port, 0.1, took)
    return took


def said(took: list[float]) -> str:
    return f"{statistics.median(took):.0f} ms ({max(took):.0f} at most, {len(took)} pages read)"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # its servers end with it
    main(sys.argv[1:])
