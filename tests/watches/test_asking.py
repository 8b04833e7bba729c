"""What is new comes once, whatever the sources do."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.database import Database
from app.errors import CrosswalkError
from app.files import text
from app.models import Watch
from app.settings import Settings
from app.watches import service
from app.watches.rules import WatchInput
from app.watches.runs import run_watch
from app.watches.taking import Tally
from tests.comparison.conftest import arrange_comparison
from tests.feed_server import Announced, FeedServer
from tests.files.pdf_bytes import make_pdf, page_of

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def make(db: Database, **given: object) -> int:
    with db.write() as session:
        return service.create_watch(session, WatchInput.model_validate(given)).id


def ask(db: Database, settings: Settings, number: int, now: datetime = MONDAY) -> Tally:
    tally = Tally()
    for done in run_watch(db, settings, number, now=now):
        tally = done
    return tally


def look(db: Database, number: int) -> Watch:
    with db.read() as session:
        return service.get_watch(session, number).watch


def papers(client: TestClient, **given: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = client.get("/api/v1/papers", params=given).json()["items"]
    return items


def entries(count: int, first: int = 1) -> list[Announced]:
    return [
        Announced(f"2611.{first + n:05}", f"Paper number {first + n} of its kind")
        for n in range(count)
    ]


def test_a_listing_becomes_papers_that_wait_and_the_same_tomorrow_brings_nothing(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = [
        Announced("2611.00001", "ViLT: gates for $x<y$", "We show that p<0.05 & more."),
        Announced("2611.00002", "A cross-listed one", announced="cross"),
        Announced("2611.00003", "Not held, replaced", announced="replace", version=2),
        Announced("2611.00001", "ViLT: gates for $x<y$", announced="cross"),
    ]
    number = make(db, target="cs.cl, CS.CV")
    assert ask(db, settings, number).new == 2
    assert server.listings() == ["/atom/cs.CL+cs.CV"]
    found = {each["arxiv_id"]: each for each in papers(client, watch=str(number))}
    assert set(found) == {"2611.00001", "2611.00002"}
    paper = client.get(f"/api/v1/papers/{found['2611.00001']['citekey']}").json()
    assert paper["title"] == "ViLT: gates for $x<y$"
    assert paper["abstract"] == "We show that p<0.05 & more."
    assert paper["authors"] == ["Ada Lovelace", "John Smith, Jr."] or paper["authors"] == [
        "Ada Lovelace",
        "John Smith Jr.",
    ]
    assert (paper["reading"], paper["verdict"], paper["published"]) == ("unread", None, "2026-11")
    assert papers(client, q="watch:cs.CL cross") or papers(client, q='watch:"cs.CL cs.CV" cross')
    assert ask(db, settings, number, MONDAY + DAY).new == 0
    assert client.get("/api/v1/watches").json()["items"][0]["new"] == 2
    assert len(server.requests) == 2


def test_what_is_held_is_not_new(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    """By arXiv id, in the trash too; by DOI; by a title that another source wrote."""
    for given in (
        {"title": "As I know it", "arxiv_id": "2611.00001"},
        {"title": "Thrown away", "arxiv_id": "2611.00002"},
        {"title": "Schema linking, for whom it may concern", "authors": ["Ada Lovelace"]},
    ):
        assert client.post("/api/v1/papers", json=given).status_code == 201
    trashed = papers(client, q="Thrown")[0]["citekey"]
    client.delete(f"/api/v1/papers/{trashed}")
    server.listed = [
        Announced("2611.00001", "As arXiv knows it"),
        Announced("2611.00002", "Thrown away"),
        Announced("2611.00003", "Schema Linking: for whom it may concern"),
    ]
    assert ask(db, settings, make(db, target="cs.CL")).new == 0


def test_a_paper_that_was_deleted_for_good_does_not_come_back(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = entries(1)
    number = make(db, target="cs.CL")
    ask(db, settings, number)
    key = papers(client)[0]["citekey"]
    client.delete(f"/api/v1/papers/{key}")
    answer = client.post(f"/papers/{key}/delete")
    assert answer.status_code == 200, answer.text
    assert client.get(f"/api/v1/papers/{key}").status_code == 404
    assert ask(db, settings, number, MONDAY + DAY).new == 0


def test_a_week_without_asking_is_made_good(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = entries(1)
    number = make(db, target="cs.CL")
    ask(db, settings, number)
    assert not server.queries()
    server.day += 8 * DAY
    server.listed = entries(1, first=50)
    server.submitted = [
        Announced(
            f"2611.{n:05}", f"Missed on day {n}", submitted=MONDAY + (n - 10) * DAY, version=1
        )
        for n in range(8, 16)
    ]
    tally = ask(db, settings, number, MONDAY + 8 * DAY)
    assert tally.new == 1 + 8
    assert all(each.startswith("(cat:cs.CL) AND submittedDate:[") for each in server.queries())
    assert ask(db, settings, number, MONDAY + 8 * DAY).new == 0
    over_a_weekend = len(server.queries())
    server.day = datetime(2026, 12, 2, 5, tzinfo=UTC)
    ask(db, settings, number, server.day)
    assert len(server.queries()) == over_a_weekend


def test_a_weekend_and_an_empty_listing_lose_nothing(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    """The feed of a Saturday is empty; so is one that is falsely so, and the next finds the gap."""
    friday = datetime(2026, 11, 20, 5, tzinfo=UTC)
    server.day, server.listed = friday, entries(1)
    number = make(db, target="cs.CL")
    ask(db, settings, number, friday)
    server.day, server.listed = friday + DAY, []
    assert ask(db, settings, number, friday + DAY).new == 0
    server.day, server.listed = friday + 3 * DAY, entries(1, first=7)
    assert ask(db, settings, number, friday + 3 * DAY).new == 1
    assert not server.queries()
    server.day, server.mode = friday + 4 * DAY, "nothing"
    ask(db, settings, number, friday + 4 * DAY)
    server.day, server.mode = friday + 5 * DAY, "ok"
    server.listed = []
    ask(db, settings, number, friday + 5 * DAY)
    assert server.queries()


def test_a_gap_goes_on_where_it_broke_off(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = entries(1)
    number = make(db, target="cs.CL")
    ask(db, settings, number)
    server.day += 14 * DAY
    server.submitted = [
        Announced(f"2611.{n:05}", f"Missed on day {n}", submitted=MONDAY + (n - 100) * DAY)
        for n in range(100, 112)
    ]
    steps = run_watch(db, settings, number, now=MONDAY + 14 * DAY)
    next(steps), next(steps), next(steps)
    del steps  # the server ends
    done, asked = look(db, number).reached, len(server.queries())
    assert done
    assert MONDAY < done < MONDAY + 14 * DAY
    ask(db, settings, number, MONDAY + 14 * DAY)
    with db.read() as session:
        assert service.get_watch(session, number).brought == 1 + 12
    assert len(server.queries()) < 2 * asked + 4


WRONG = {
    "429": "asks to wait",
    "503": "asks to wait",
    "500": "HTTP 500",
    "down": "cannot be reached",
    "slow": "did not answer",
    "drip": "did not answer",
    "html": "not an answer of arXiv",
    "cut": "not an answer of arXiv",
    "gone": "cannot be reached",
    "moved": "sends us on",
    "empty-body": "empty listing",
    "huge": "more than can be",
}


def test_what_goes_wrong_is_said_and_tomorrow_it_goes_on(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = entries(3)
    number = make(db, target="cs.CL", on=True)
    for mode, said in WRONG.items():
        server.mode = mode
        settings.arxiv_timeout = 0.5 if mode in ("slow", "drip") else 60
        server.slow_for = 2
        with pytest.raises(CrosswalkError):
            ask(db, settings, number)
        with db.read() as session:
            standing = service.get_watch(session, number)
            assert said in str(standing.problem), mode
            assert standing.watch.next_at
            assert standing.watch.next_at - MONDAY < DAY
        (settings.library / "arxiv" / "turn").unlink()  # as if the time to wait were over
    server.mode = "ok"
    assert ask(db, settings, number, MONDAY + DAY).new == 3
    assert not look(db, number).problem


def test_failures_in_a_row_are_asked_less_often(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    number = make(db, target="cs.CL", on=True)
    server.mode, pauses = "500", []
    for _ in range(7):
        with pytest.raises(CrosswalkError):
            ask(db, settings, number)
        next_at = look(db, number).next_at
        assert next_at
        pauses.append((next_at - MONDAY) / timedelta(hours=1))
    assert pauses == [1, 2, 4, 8, 16, 16, 16]


def test_two_thousand_at_once(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    server.listed = entries(2_000)
    number = make(db, target="cs.CL cs.CV")
    assert ask(db, settings, number).new == 2_000
    assert ask(db, settings, number, MONDAY + DAY).new == 0
    assert client.get("/api/v1/search", params={"q": '"number 1999"'}).json()["total"] == 1


def test_a_query_and_an_author_are_asked_of_the_api(
    db: Database, settings: Settings, server: FeedServer
) -> None:
    server.submitted = entries(3)
    query = make(db, kind="query", target='abs:"text-to-sql"')
    author = make(db, kind="author", target="Ada Lovelace")
    assert ask(db, settings, query).new == 3
    assert ask(db, settings, author).new == 0
    first, second = server.queries()
    assert first.startswith('(abs:"text-to-sql") AND submittedDate:[2026')
    assert second.startswith('(au:"Ada Lovelace") AND')
    server.api_mode = "refused"
    with pytest.raises(CrosswalkError):
        ask(db, settings, query)
    with db.read() as session:
        assert "does not take this query" in str(service.get_watch(session, query).problem)
    server.api_mode = "short"
    with pytest.raises(CrosswalkError):
        ask(db, settings, author)


def test_a_search_of_this_library_tells_what_came(
    client: TestClient, db: Database, settings: Settings, server: FeedServer
) -> None:
    client.post("/api/v1/papers", json={"title": "Gates of before"})
    number = make(db, kind="search", target="gates")
    now = look(db, number).created_at
    with db.write() as session:
        for paper in service.find_since(session, "gates", now - DAY):
            paper.created_at = now - DAY
    client.post("/api/v1/papers", json={"title": "Gates of today"})
    client.post("/api/v1/papers", json={"title": "Trees of today"})
    assert ask(db, settings, number, now + timedelta(seconds=5)).new == 1
    assert ask(db, settings, number, now + DAY).new == 0
    assert [each["title"] for each in papers(client, watch=str(number))] == ["Gates of today"]
    assert not server.requests


def test_withdrawn_papers_do_not_come(db: Database, settings: Settings, server: FeedServer) -> None:
    server.submitted = [
        Announced("2611.00001", "One", comment="This paper has been withdrawn by the author"),
        Announced("2611.00002", "Two", "This paper has been withdrawn due to an error."),
        Announced("2611.00003", "Withdrawn from the market: a study"),
    ]
    number = make(db, kind="query", target="all:withdrawn")
    assert ask(db, settings, number).new == 1
    with db.read() as session:
        said = " ".join(map(str, service.get_watch(session, number).remarks))
    assert "Withdrawn by their authors, left out: 2" in said


@pytest.fixture
def quoted(client: TestClient, db: Database, server: FeedServer) -> str:
    """A paper whose abstract a claim quotes; its citation key."""
    given = {
        "title": "Gated fusion for schema linking",
        "arxiv_id": "2611.00001",
        "arxiv_version": 1,
        "primary_category": "cs.CL",
        "abstract": "We fuse by gates. The gain is three points on unseen databases.",
    }
    key = str(client.post("/api/v1/papers", json=given).json()["citekey"])
    with db.write() as session:
        arrange_comparison(session)
    claim = {
        "stance": "partial",
        "confidence": "medium",
        "source": "literature",
        "rationale": "It says so.",
        "evidence": [
            {"paper": key, "quote": "three points on unseen databases", "locator": "abstract"}
        ],
    }
    answered(client.post("/api/v1/comparisons/vqa-sql/cells/gated/unseen/claims", json=claim))
    return key


def answered(answer: Response) -> Response:
    assert answer.status_code in (200, 201), answer.text
    return answer


def standing(client: TestClient) -> str:
    cells = client.get("/api/v1/comparisons/vqa-sql").json()["cells"]
    return str(cells[0]["claims"][0]["evidence"][0]["standing"])


def test_a_new_version_has_its_quotations_looked_at_again(
    client: TestClient, db: Database, settings: Settings, server: FeedServer, quoted: str
) -> None:
    assert standing(client) == "stands"
    later = Announced(
        "2611.00001",
        "Gated fusion for schema linking",
        "We fuse by gates. The gain is one point on unseen databases.",
        announced="replace",
        version=2,
    )
    server.know(later)
    server.listed = [later]
    number = make(db, target="cs.CL")
    server.api_mode = "500"
    with pytest.raises(CrosswalkError):
        ask(db, settings, number)
    server.api_mode, server.listed = "ok", []
    tally = ask(db, settings, number, MONDAY + DAY)  # the listing tells of it no more
    assert (tally.new, standing(client)) == (0, "reworded")
    assert client.get(f"/api/v1/papers/{quoted}").json()["arxiv_version"] == 2
    page = client.get(f"/watches/{number}").text
    assert "version 2 is there" in page
    assert client.get(f"/api/v1/watches/{number}").json()["told"][0]["event"] == "replaced"
    assert "Version 2 is on arXiv" in client.get(f"/papers/{quoted}").text


def test_the_file_of_a_new_version_is_fetched_where_an_older_one_is_held(
    client: TestClient, db: Database, settings: Settings, server: FeedServer, quoted: str
) -> None:
    def versions() -> list[object]:
        held = client.get(f"/api/v1/papers/{quoted}/files").json()["items"]
        for each in held:
            text.extract_text(db, settings, each["sha256"])
        return [each["arxiv_version"] for each in held]

    first = make_pdf(page_of("The gain is three points on unseen databases."))
    second = make_pdf(page_of("The gain is one point on unseen databases."))
    server.pdfs["2611.00001"] = server.pdfs["2611.00001v1"] = first
    answered(client.post(f"/api/v1/papers/{quoted}/files/fetch"))
    assert (versions(), standing(client)) == ([1], "stands")
    del server.pdfs["2611.00001"]
    number = make(db, target="cs.CL")

    def announce(version: int) -> Tally:
        later = Announced("2611.00001", "Gated fusion", announced="replace", version=version)
        server.know(later)
        server.listed = [later]
        server.day += DAY
        return ask(db, settings, number, MONDAY + version * DAY)

    assert announce(2).remarks  # its file is not there yet: said, all else is done
    assert (versions(), standing(client)) == ([1], "moved")  # in the file that is held
    server.pdfs["2611.00001v3"] = second
    announce(3)
    assert (versions(), standing(client)) == ([3, 1], "reworded")  # newest first


def test_in_a_gap_quoted_papers_are_asked_for_by_their_ids(
    client: TestClient, db: Database, settings: Settings, server: FeedServer, quoted: str
) -> None:
    server.listed = entries(1, first=9)
    number = make(db, target="cs.CL")
    ask(db, settings, number)
    server.know(
        Announced(
            "2611.00001",
            "Gated fusion for schema linking",
            comment="This paper has been withdrawn by the authors",
            version=2,
        )
    )
    server.day += 7 * DAY
    ask(db, settings, number, MONDAY + 7 * DAY)
    assert standing(client) == "stands"  # of what is withdrawn nothing is taken over
    assert "withdrawn by its authors" in client.get(f"/watches/{number}").text
    assert "Withdrawn from arXiv" in client.get(f"/papers/{quoted}").text
