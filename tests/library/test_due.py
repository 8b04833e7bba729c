"""A verdict may say from which day its paper is to be looked at again."""

import re
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient

DAY = timedelta(days=1)


def day_in(days: int) -> str:
    return (date.today() + days * DAY).isoformat()


@pytest.fixture
def keys(client: TestClient) -> dict[str, str]:
    """Papers put off until yesterday, today and tomorrow, one without a day, and one new."""
    found = {}
    days = {"Past": day_in(-1), "Now": day_in(0), "Future": day_in(1), "Undated": "", "New": None}
    for title, due in days.items():
        key = client.post("/api/v1/papers", json={"title": title}).json()["citekey"]
        if due is not None:
            given = {"verdict": "later", "reason": "when there is time", "due": due}
            answer = client.post(f"/api/v1/papers/{key}/verdicts", json=given)
            assert (answer.status_code, answer.json()["due"]) == (201, due)
        found[title] = key
    return found


def section(page: str, heading: str) -> list[str]:
    """The titles of the rows below a heading of the overview."""
    part = page.partition(heading)[2].partition("</section>")[0]
    return re.findall(r'<h2 class="row-title"><a [^>]*>([^<]+)<', part)


def test_the_front_page_says_what_is_due(client: TestClient, keys: dict[str, str]) -> None:
    page = client.get("/").text
    assert section(page, "To be looked at again</a>") == ["Now", "Past"]
    assert section(page, "To read when there is time") == ["Undated", "Future"]
    client.post(f"/papers/{keys['Past']}/verdicts", data={"verdict": "no", "reason": "read it"})
    assert section(client.get("/").text, "To be looked at again</a>") == ["Now"]
    history = client.get(f"/api/v1/papers/{keys['Past']}").json()["verdicts"]
    assert [each["due"] for each in history] == ["", day_in(-1)]


def test_what_is_due_comes_first_in_the_queue(client: TestClient, keys: dict[str, str]) -> None:
    def waiting(**asked: str) -> list[str]:
        items = client.get("/api/v1/queue", params=asked).json()["items"]
        return [each["title"] for each in items]

    assert waiting() == ["Past", "Now", "New", "Undated"]
    assert waiting(source="postponed") == ["Past", "Now", "Undated", "Future"]
    sent = {"citekey": keys["Past"], "verdict": "later", "due": day_in(9)}
    client.post("/queue/verdicts", data=sent)
    assert waiting() == ["Now", "New", "Undated"]
    assert client.get(f"/api/v1/papers/{keys['Past']}").json()["due"] == day_in(9)


def test_lists_are_asked_for_it(client: TestClient, keys: dict[str, str]) -> None:
    def found(**asked: str) -> set[str]:
        items = client.get("/api/v1/papers", params=asked).json()["items"]
        return {each["title"] for each in items}

    assert found(q="due:now") == found(q="到期:今天") == {"Past", "Now"}
    assert found(due=day_in(1)) == {"Past", "Now", "Future"}
    assert found(due="soon") == set()
    client.delete(f"/api/v1/papers/{keys['Past']}")
    assert found(q="due:today") == {"Now"}


def test_many_are_put_off_at_once_and_back(client: TestClient, keys: dict[str, str]) -> None:
    ticked = [keys["New"], keys["Undated"], keys["Future"]]
    given = {"verdict": "later", "reason": "when there is time", "due": day_in(1)}
    done = client.post("/api/v1/papers/bulk", json={"citekeys": ticked, "verdict": given}).json()
    assert (done["changed"], len(done["skipped"])) == (2, 1)
    assert "again from" in client.get(f"/changes/{done['change']}").text
    client.post(f"/api/v1/changes/{done['change']}/undo")
    papers = [client.get(f"/api/v1/papers/{key}").json() for key in ticked]
    assert [each["due"] for each in papers] == ["", "", day_in(1)]
    sent = {"key": ticked, "do": "verdict", "verdict": "later", "reason": "x", "due": "soon"}
    answer = client.post("/bulk", data=sent)
    assert (answer.status_code, "2026-12-31" in answer.text) == (422, True)


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "2026-12", "31.12.2026"])
def test_what_is_no_day(client: TestClient, keys: dict[str, str], day: str) -> None:
    given = {"verdict": "later", "reason": "so", "due": day}
    answer = client.post(f"/api/v1/papers/{keys['New']}/verdicts", json=given)
    assert (answer.status_code, [*answer.json()["errors"]]) == (422, ["due"])
    page = client.post(f"/papers/{keys['New']}/verdicts", data=given)
    assert (page.status_code, f'value="{day}"' in page.text) == (422, True)
    page = client.post("/queue/verdicts", data={"citekey": keys["New"], **given})
    assert (page.status_code, "Write the day as" in page.text) == (422, True)
    assert client.get(f"/api/v1/papers/{keys['New']}").json()["verdict"] is None


def test_it_is_read_on_the_paper(client: TestClient, keys: dict[str, str]) -> None:
    written = {"verdict": "later", "reason": "so", "due": "２０２６-12-31"}  # by an input method
    client.post(f"/papers/{keys['New']}/verdicts", data=written)
    page = client.get(f"/papers/{keys['New']}").text
    assert "again from 31 December 2026" in page
    page = client.get(f"/papers/{keys['New']}", headers={"accept-language": "zh"}).text
    assert "2026年12月31日起再看" in page
    client.post(f"/papers/{keys['New']}/verdicts", data={"verdict": "unread"})
    assert client.get(f"/api/v1/papers/{keys['New']}").json()["due"] == ""
