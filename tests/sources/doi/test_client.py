"""A DOI's metadata over real HTTP: what is asked, and what comes of every answer."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import CrosswalkError
from app.settings import Settings
from app.sources import metadata_lookup
from app.sources.arxiv.ids import ArxivId
from app.sources.doi import client as doi_source
from app.sources.doi.client import fetch_dois
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft
from app.sources.web import http_errors
from app.sources.web.page_capture import Asked
from tests.arxiv_server import ArxivServer
from tests.doi_server import DoiServer

RAT = Doi("10.18653/v1/2020.acl-main.677")
RESNET = Doi("10.1109/CVPR.2016.90")
WORDS = Doi("10.1162/tacl_a_00001")


@pytest.fixture
def doi() -> Iterator[DoiServer]:
    with DoiServer() as server:
        yield server


@pytest.fixture
def settings(doi: DoiServer, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None, library=tmp_path, doi_url=doi.url, doi_delay=0, arxiv_delay=0, doi_timeout=5
    )


def one(doi: Doi, settings: Settings) -> PaperDraft:
    return metadata_lookup.fetch_paper(doi, settings=settings)


def test_a_record_becomes_a_draft(settings: Settings) -> None:
    draft = one(RESNET, settings)
    assert draft.title == "Deep Residual Learning for Image Recognition"
    assert draft.authors == ("He, Kaiming", "Zhang, Xiangyu", "Ren, Shaoqing", "Sun, Jian")
    assert (draft.year, draft.published) == (2016, "2016-06")
    assert draft.venue.startswith("2016 IEEE Conference")
    assert draft.doi == "10.1109/CVPR.2016.90", "as it was asked for"
    assert draft.source == "doi:10.1109/CVPR.2016.90"
    assert draft.details["page"] == "770-778"
    assert draft.details["type"] == "paper-conference"


def test_markup_is_no_part_of_a_record(settings: Settings) -> None:
    draft = one(WORDS, settings)
    assert draft.title == "Words & pictures"
    assert draft.authors == ("García Márquez, Gabriel", "{World Health Organization}")
    assert "What a picture says beside its words." in draft.abstract
    assert "<" not in draft.abstract


def test_the_resolver_is_told_who_asks_and_for_what(doi: DoiServer, settings: Settings) -> None:
    one(RAT, settings)
    assert [seen.path for seen in doi.requests] == [
        "/10.18653/v1%2F2020.acl-main.677",
        "/agency/10.18653/v1/2020.acl-main.677",
    ]
    for seen in doi.requests:
        assert seen.user_agent.startswith("Crosswalk/")
        assert seen.accept == "application/vnd.citationstyles.csl+json"


def test_an_answer_is_asked_for_once_a_day(doi: DoiServer, settings: Settings) -> None:
    first = one(RAT, settings)
    assert one(Doi(RAT.name.upper()), settings).title == first.title
    assert len(doi.requests) == 2, "one, with its redirection"
    fetch_dois([RAT], settings=settings, fresh=True)
    assert len(doi.requests) == 4


def test_ids_of_both_kinds_come_in_their_order(settings: Settings) -> None:
    with ArxivServer() as arxiv:
        both = settings.model_copy(update={"arxiv_url": arxiv.url})
        asked: list[Asked] = [
            RAT,
            ArxivId("2302.00902"),
            Doi("10.1234/none"),
            ArxivId("2102.03334"),
        ]
        fetched = metadata_lookup.fetch_papers(asked, settings=both)
        assert list(fetched.found) == [RAT, ArxivId("2302.00902"), ArxivId("2102.03334")]
        assert fetched.missing == (Doi("10.1234/none"),)
        assert len(arxiv.requests) == 1
    missing = metadata_lookup.not_found([Doi("10.1234/none"), ArxivId("2302.99999")], both)
    assert "10.1234/none, 2302.99999" in str(missing)


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        ("down", http_errors.SourceUnreachable, "127.0.0.1 cannot be reached"),
        ("slow", http_errors.SourceTimeout, "within 0.3 seconds"),
        ("drip", http_errors.SourceTimeout, "within 0.3 seconds"),
        ("gone", http_errors.SourceUnreachable, "cannot be reached"),
        ("429", http_errors.SourceAsksToWait, "asks to wait 90 s"),
        ("503", http_errors.SourceAsksToWait, "asks to wait 90 s"),
        ("500", http_errors.SourceFailed, "HTTP 500"),
        ("404", doi_source.DoiNotFound, "knows no DOI 10.18653"),
        ("406", doi_source.DoiWithoutMetadata, "gives no metadata"),
        ("moved", http_errors.SourceLeadsAstray, "sends us on"),
        ("html", doi_source.DoiWebPage, "a web page instead"),
        ("cut", doi_source.DoiNotJson, "no JSON, or was cut off"),
    ],
)
def test_each_failure_says_what_it_is_and_what_to_do(
    doi: DoiServer, settings: Settings, mode: str, kind: type[CrosswalkError], message: str
) -> None:
    doi.mode, doi.retry_after = mode, "90"
    impatient = settings.model_copy(update={"doi_timeout": 0.3})
    with pytest.raises(kind) as caught:
        one(RAT, impatient)
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert any(advice in str(caught.value) for advice in ("Try again", "Fill in", "Check"))
    assert len(doi.requests) <= 6, "redirections end"
    if mode in ("429", "503"):
        with pytest.raises(kind):
            one(RESNET, settings)
        assert len(doi.requests) == 1, "it is left alone until then"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"title": []}',
        b'{"title": ["<i></i>"]}',
        json.dumps({"author": [{"family": "Nobody"}]}).encode(),
    ],
)
def test_what_describes_no_paper_is_refused(
    doi: DoiServer, settings: Settings, body: bytes
) -> None:
    doi.mode, doi.canned = "canned", (200, body)
    with pytest.raises(doi_source.DoiNoRecord):
        one(RAT, settings)
    assert not list(settings.library.glob("doi/*.json"))


@pytest.mark.parametrize("body", [b"[" * 200_000, b"", b"\xff\xfe\x00", b'{"title": "half'])
def test_what_is_no_json_is_refused(doi: DoiServer, settings: Settings, body: bytes) -> None:
    doi.mode, doi.canned = "canned", (200, body)
    with pytest.raises(doi_source.DoiNotJson):
        one(RAT, settings)


def test_hostile_values_are_left_out(doi: DoiServer, settings: Settings) -> None:
    item = {
        "title": ["A title"],
        "author": [None, 7, {"family": ["List"]}, {"given": {}}, {"family": "Real", "given": "A"}],
        "issued": {"date-parts": [["x", None]]},
        "container-title": {"a": 1},
        "volume": 3.5,
        "DOI": "10.9999/another",
        "custom": {"deep": [[[]]]},
    }
    doi.mode, doi.canned = "canned", (200, json.dumps(item).encode())
    draft = one(RAT, settings)
    assert draft.title == "A title"
    assert "Real, A" in draft.authors
    assert (draft.year, draft.doi) == (None, RAT.name)


def test_an_endless_answer_ends(
    doi: DoiServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    doi.mode, doi.canned = "canned", (200, b" " * 10_000_001)
    with pytest.raises(http_errors.SourceTooLong):
        one(RAT, settings)


def test_a_redirection_into_a_private_network_is_not_followed(
    doi: DoiServer, settings: Settings
) -> None:
    with DoiServer() as inside:
        port = inside.url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            doi.mode, doi.elsewhere = "elsewhere", f"http://{host}:{port}secret"
            with pytest.raises(CrosswalkError, match=r"sends us on|cannot be reached"):
                one(RAT, settings)
        assert inside.requests == []
    for elsewhere in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http://"):
        doi.elsewhere = elsewhere
        with pytest.raises(CrosswalkError, match=r"sends us on|cannot be reached"):
            one(RAT, settings)


FETCH = """
import sys
from pathlib import Path
from app.settings import Settings
from app.sources.doi.client import fetch_dois
from app.sources.doi.ids import Doi
url, library, name = sys.argv[1:]
settings = Settings(library=Path(library), doi_url=url, doi_delay=0.3)
assert fetch_dois([Doi(name)], settings=settings).found
"""


def test_processes_take_turns(doi: DoiServer, tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", FETCH, doi.url, str(tmp_path), each.name])
        for each in (RAT, RESNET)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert len(doi.requests) == 4
    in_order = sorted(doi.requests, key=lambda seen: seen.came)
    for before, after in itertools.pairwise(in_order):
        assert after.came >= before.answered  # one connection
        assert after.came - before.came >= 0.29
