"""arXiv over real HTTP: what is asked, what comes of the answers, and of their absence."""

import itertools
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from app.errors import CrosswalkError
from app.settings import Settings
from app.sources.arxiv import errors
from app.sources.arxiv.client import FetchedArxiv, fetch_arxiv
from app.sources.arxiv.ids import ArxivId, find_arxiv_ids, parse_arxiv_id
from app.sources.drafts import PaperDraft, short_title
from app.sources.web import http_errors
from tests.arxiv_server import ArxivServer

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "arxiv-api"
LQAE, VILT, BEIT = ArxivId("2302.00902"), ArxivId("2102.03334"), ArxivId("2208.10442")


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    with ArxivServer() as server:
        yield server


@pytest.fixture
def settings(arxiv: ArxivServer, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, library=tmp_path, arxiv_url=arxiv.url, arxiv_delay=0, arxiv_timeout=5
    )


def fetch_one(arxiv_id: ArxivId, *, settings: Settings, fresh: bool = False) -> PaperDraft:
    return fetch_arxiv([arxiv_id], settings=settings, fresh=fresh).found[arxiv_id]


def asked(arxiv: ArxivServer) -> list[list[str]]:
    return [seen.ids for seen in arxiv.requests]


# --- What comes back -----------------------------------------------------------------------------


def test_a_paper_becomes_a_draft(settings: Settings) -> None:
    assert fetch_one(VILT, settings=settings) == PaperDraft(
        title="ViLT: Vision-and-Language Transformer Without Convolution or Region Supervision",
        short_title="ViLT",
        authors=("Wonjae Kim", "Bokyung Son", "Ildoo Kim"),
        abstract="A single Transformer reads words beside plain projections of picture patches; "
        "no detector, no convolution, and nearly all the work is where the two meet.",
        year=2021,
        published="2021-02-05",
        revised="2021-06-10",
        arxiv_id="2102.03334",
        arxiv_version=2,
        primary_category="stat.ML",
        url="https://arxiv.org/abs/2102.03334",
        comment="ICML 2021",
    )


def test_a_version_is_that_version(settings: Settings) -> None:
    first, latest = ArxivId(BEIT.base, 1), BEIT
    found = fetch_arxiv([first, latest], settings=settings).found
    assert (found[first].arxiv_version, found[latest].arxiv_version) == (1, 2)
    assert found[first].published == found[latest].published == "2022-08-22"
    assert (found[first].revised, found[latest].revised) == ("2022-08-22", "2022-08-31")


def test_old_ids_and_what_arxiv_wraps(settings: Settings) -> None:
    draft = fetch_one(parse_arxiv_id("math.CA/0611800"), settings=settings)
    assert draft.arxiv_id == "math/0611800"
    assert draft.title == "Covering the plane by rotations of a lattice arrangement of disks"
    printed = fetch_one(parse_arxiv_id("hep-th/9901001"), settings=settings)
    assert printed.venue == "Prog.Theor.Phys. 101 (1999) 1155-1164"
    assert printed.doi == "10.1143/PTP.101.1155"


def test_many_ids_are_one_request_that_says_who_asks(
    arxiv: ArxivServer, settings: Settings
) -> None:
    ids, _ = find_arxiv_ids(
        "2302.00902 2102.03334v1 hep-th/9901001 2303.02995 2302.00902 2109.05157"
    )
    fetched = fetch_arxiv(ids, settings=settings)
    assert list(fetched.found) == list(ids)
    assert fetched.missing == ()
    assert asked(arxiv) == [[str(arxiv_id) for arxiv_id in ids]]
    assert arxiv.requests[0].max_results >= len(ids)
    assert arxiv.requests[0].user_agent.startswith("Crosswalk/")


def test_more_than_a_hundred_ids_are_asked_for_in_slices(
    arxiv: ArxivServer, settings: Settings
) -> None:
    strangers = [ArxivId(f"2001.{number:05}") for number in range(1, 121)]
    fetched = fetch_arxiv([*strangers, LQAE], settings=settings)
    assert list(fetched.found) == [LQAE]
    assert fetched.missing == tuple(strangers)
    assert max(map(len, asked(arxiv))) == 100


def test_what_arxiv_does_not_have_is_reported_and_the_rest_found(settings: Settings) -> None:
    stranger, version = ArxivId("2302.99999"), ArxivId(LQAE.base, 9)
    fetched = fetch_arxiv([stranger, LQAE, version], settings=settings)
    assert list(fetched.found) == [LQAE]
    assert fetched.missing == (stranger, version)


def test_a_paper_that_is_missing_is_asked_for_once_more(
    arxiv: ArxivServer, settings: Settings
) -> None:
    arxiv.mode = "nothing"
    assert fetch_arxiv([LQAE], settings=settings).missing == (LQAE,)
    assert len(arxiv.requests) == 2


def test_nothing_asked_nothing_sent(arxiv: ArxivServer, settings: Settings) -> None:
    assert fetch_arxiv([], settings=settings) == FetchedArxiv({})
    assert arxiv.requests == []


# --- What is kept --------------------------------------------------------------------------------


def test_an_answer_is_asked_for_once_a_day(arxiv: ArxivServer, settings: Settings) -> None:
    first = fetch_one(LQAE, settings=settings)
    assert fetch_one(LQAE, settings=settings) == first
    assert len(arxiv.requests) == 1
    fetch_arxiv([LQAE, VILT], settings=settings)
    assert asked(arxiv)[1:] == [["2102.03334"]]
    fetch_one(LQAE, settings=settings, fresh=True)
    assert asked(arxiv)[2:] == [["2302.00902"]]


def test_old_and_broken_answers_are_asked_for_again(arxiv: ArxivServer, settings: Settings) -> None:
    hep = ArxivId("hep-th/9901001")
    fetch_arxiv([LQAE, VILT, hep], settings=settings)
    kept = {file.stem: file for file in settings.library.glob("arxiv/*.json")}
    yesterday = time.time() - 90_000
    os.utime(kept["2302.00902"], (yesterday, yesterday))
    os.utime(kept["hep-th_9901001"], (yesterday, yesterday))
    kept["2102.03334"].write_text('{"titl', encoding="utf-8")
    assert list(fetch_arxiv([LQAE, VILT], settings=settings).found) == [LQAE, VILT]
    assert asked(arxiv)[1:] == [["2302.00902", "2102.03334"]]
    assert {file.name for file in settings.library.glob("arxiv/*")} == {
        "2302.00902.json",
        "2102.03334.json",
        "turn",
    }


# --- What goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "kind", "message", "requests"),
    [
        ("down", http_errors.SourceUnreachable, "cannot be reached", 1),
        ("slow", http_errors.SourceTimeout, "within 0.3 seconds", 1),
        ("drip", http_errors.SourceTimeout, "within 0.3 seconds", 1),
        ("gone", http_errors.SourceUnreachable, "cannot be reached", 1),
        ("500", http_errors.SourceFailed, "HTTP 500", 1),
        ("404", errors.ArxivWrongAddress, "CROSSWALK_ARXIV_URL", 1),
        ("empty", errors.ArxivEmptyPage, "empty page", 2),
        ("error-entry", errors.ArxivRefused, "“the index is being rebuilt”", 1),
        ("html", errors.ArxivNonsense, "not an answer of arXiv", 1),
        ("cut", errors.ArxivNonsense, "cut off", 1),
    ],
)
def test_each_failure_says_what_it_is_and_what_to_do(
    arxiv: ArxivServer,
    settings: Settings,
    mode: str,
    kind: type[CrosswalkError],
    message: str,
    requests: int,
) -> None:
    arxiv.mode = mode
    impatient = settings.model_copy(update={"arxiv_timeout": 0.3})
    with pytest.raises(kind) as caught:
        fetch_one(LQAE, settings=impatient)
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert any(advice in str(caught.value) for advice in ("Try again", "Check", "Correct it"))
    assert len(arxiv.requests) == requests
    arxiv.mode = "ok"
    assert fetch_one(LQAE, settings=settings).arxiv_id == LQAE.base


def test_nobody_listens(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nowhere = settings.model_copy(update={"arxiv_url": f"http://127.0.0.1:{port}/api/query"})
    with pytest.raises(http_errors.SourceUnreachable):
        fetch_one(LQAE, settings=nowhere)


@pytest.mark.parametrize("mode", ["empty-once", "nothing-once"])
def test_a_falsely_empty_page_is_asked_for_once_again(
    arxiv: ArxivServer, settings: Settings, mode: str
) -> None:
    arxiv.mode = mode
    assert fetch_one(LQAE, settings=settings).arxiv_id == LQAE.base
    assert len(arxiv.requests) == 2


def test_a_page_shorter_than_announced_loses_nothing(
    arxiv: ArxivServer, settings: Settings
) -> None:
    arxiv.mode = "short"
    stranger = ArxivId("2302.99999")
    fetched = fetch_arxiv([LQAE, stranger, VILT], settings=settings)
    assert list(fetched.found) == [LQAE, VILT]
    assert fetched.missing == (stranger,)


@pytest.mark.parametrize("mode", ["429-once", "503-once"])
def test_a_short_wait_is_waited(arxiv: ArxivServer, settings: Settings, mode: str) -> None:
    arxiv.mode = mode
    assert fetch_one(LQAE, settings=settings).arxiv_id == LQAE.base
    first, second = arxiv.requests
    assert second.came - first.came >= 0.99


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("90", 90),
        (None, 60),
        ("soon", 60),
        ("in date form", 90),
        ("999999999", 3600),
    ],
)
def test_a_long_wait_is_told_and_kept(
    arxiv: ArxivServer, settings: Settings, said: str | None, seconds: int
) -> None:
    arxiv.mode = "429"
    arxiv.retry_after = (
        formatdate(time.time() + 90, usegmt=True) if said == "in date form" else said
    )
    for _ in range(2):
        with pytest.raises(http_errors.SourceAsksToWait) as caught:
            fetch_one(LQAE, settings=settings)
        assert seconds - 5 <= caught.value.seconds <= seconds
        assert f"wait {caught.value.seconds} s" in str(caught.value)
    assert len(arxiv.requests) == 1  # the second time arXiv is left alone


def test_a_redirection_is_followed(arxiv: ArxivServer, settings: Settings) -> None:
    arxiv.mode = "moved-once"
    assert fetch_one(LQAE, settings=settings).arxiv_id == LQAE.base
    assert len(arxiv.requests) == 2


def test_503_without_a_time_is_a_failure(arxiv: ArxivServer, settings: Settings) -> None:
    arxiv.mode, arxiv.retry_after = "503", None
    with pytest.raises(http_errors.SourceFailed, match="503"):
        fetch_one(LQAE, settings=settings)


def test_an_id_that_arxiv_calls_malformed_is_quoted(arxiv: ArxivServer, settings: Settings) -> None:
    with pytest.raises(errors.ArxivRefused) as caught:
        fetch_arxiv([LQAE, ArxivId("abc")], settings=settings)
    assert "“incorrect id format for abc”" in str(caught.value.errors["arxiv_id"])
    assert len(arxiv.requests) == 1


def test_a_clock_that_was_set_back_stops_nobody(settings: Settings) -> None:
    (settings.library / "arxiv").mkdir()
    (settings.library / "arxiv" / "turn").write_text(str(time.time() + 1e9), encoding="ascii")
    assert fetch_one(LQAE, settings=settings).arxiv_id == LQAE.base


# --- One after the other, over all processes -----------------------------------------------------

FETCH = """
import sys
from pathlib import Path
from app.settings import Settings
from app.sources.arxiv.client import fetch_arxiv
from app.sources.arxiv.ids import find_arxiv_ids
url, library, ids = sys.argv[1:]
settings = Settings(library=Path(library), arxiv_url=url, arxiv_delay=0.3)
assert not fetch_arxiv(find_arxiv_ids(ids)[0], settings=settings).missing
"""


def assert_spaced(arxiv: ArxivServer, count: int, delay: float) -> None:
    assert len(arxiv.requests) == count
    in_order = sorted(arxiv.requests, key=lambda seen: seen.came)
    for before, after in itertools.pairwise(in_order):
        assert after.came >= before.answered  # one connection
        assert after.came - before.came >= delay - 0.01


def test_processes_take_turns(arxiv: ArxivServer, tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", FETCH, arxiv.url, str(tmp_path), ids])
        for ids in ("2302.00902", "2102.03334", "2208.10442 hep-th/9901001")
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert_spaced(arxiv, count=3, delay=0.3)


def test_threads_take_turns_too(arxiv: ArxivServer, settings: Settings) -> None:
    patient = settings.model_copy(update={"arxiv_delay": 0.2})
    threads = [
        threading.Thread(target=fetch_one, args=[arxiv_id], kwargs={"settings": patient})
        for arxiv_id in (LQAE, VILT, BEIT)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_spaced(arxiv, count=3, delay=0.2)


def test_the_line_is_left_when_it_does_not_move(
    arxiv: ArxivServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sources.web.http_politeness.QUEUE_PATIENCE", 0.1)
    arxiv.mode, arxiv.slow_for = "slow-once", 1.5

    def wait_in_vain() -> None:
        with pytest.raises(http_errors.SourceUnreachable):
            fetch_one(VILT, settings=settings)

    first = threading.Thread(target=wait_in_vain)
    first.start()
    while not arxiv.requests:
        time.sleep(0.01)
    with pytest.raises(http_errors.SourceBusy, match="waiting for their turn"):
        fetch_one(LQAE, settings=settings)
    first.join()
    assert asked(arxiv) == [["2102.03334"]]


def test_the_package_is_imported_only_when_arxiv_is_asked() -> None:
    check = "import sys, app.sources.arxiv.client; sys.exit('arxiv' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


# --- What arXiv really sent ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arxiv_id", "expected"),
    [
        ("id_2104.12255v1_", "2104.12255v1", {"title": "0", "authors": ("Quan Thoi Minh Nguyen",)}),
        (
            "id_astro-ph_0601001_",
            "astro-ph/0601001",
            {
                "arxiv_version": 1,
                "venue": "ActaAstron.56:1-50,2006",
                "primary_category": "astro-ph",
                "authors": ("Andrew Gould", "Susan Dorsher", "B. Scott Gaudi", "Andrzej Udalski"),
            },
        ),
        ("id_1605.08386_", "1605.08386", {"comment": "20 pages, 3 figures", "year": 2016}),
        ("id_quant-ph_0201082v1_", "quant-ph/0201082v1", {"published": "2002-01-18"}),
        ("q_testing_s0_m10_", "2202.12139v1", {"doi": "10.1109/ICSTW55395.2022.00035"}),
    ],
)
def test_recorded_answers(
    arxiv: ArxivServer, settings: Settings, name: str, arxiv_id: str, expected: dict[str, object]
) -> None:
    if not RECORDED.is_dir():
        pytest.skip("no recorded answers here")
    [file] = RECORDED.glob(f"{name}*.xml")
    arxiv.mode, arxiv.canned = "canned", (200, file.read_bytes())
    draft = fetch_one(parse_arxiv_id(arxiv_id), settings=settings)
    assert {field: getattr(draft, field) for field in expected} == expected
    assert not draft.abstract.startswith(" ")


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.xml")), ids=lambda file: file.name[:30])
def test_every_recorded_answer_is_understood(
    arxiv: ArxivServer, settings: Settings, file: Path
) -> None:
    status, sent = int(file.name.split(".http")[1][:3]), file.read_text(encoding="utf-8")
    arxiv.mode, arxiv.canned = "canned", (status, sent.encode())
    if status == 400:
        with pytest.raises(errors.ArxivRefused, match="incorrect id format for abc"):
            fetch_arxiv([LQAE], settings=settings)
        return
    ids = [ArxivId(parse_arxiv_id(url).base) for url in re.findall(r"<id>(\S+/abs/\S+)</id>", sent)]
    fetched = fetch_arxiv([*ids, LQAE], settings=settings)
    assert list(fetched.found) == ids
    assert fetched.missing == (LQAE,)
    for arxiv_id, draft in fetched.found.items():
        assert PaperDraft.model_validate_json(draft.model_dump_json()) == draft
        assert draft.arxiv_id == arxiv_id.base
        assert draft.title
        assert draft.authors


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("ViLT: Vision-and-Language Transformer", "ViLT"),
        ("BEiT：Image as a Foreign Language", "BEiT"),
        ("Spider 2.0: Evaluating Language Models", "Spider 2.0"),
        ("Image as a Foreign Language: BEiT Pretraining", ""),
        ("Attention Is All You Need", ""),
        ("The ratio 3:2 in music", ""),
        ("ViLT: ", ""),
        (": a title", ""),
    ],
)
def test_short_titles(title: str, short: str) -> None:
    assert short_title(title) == short
