"""The queue over HTTP, as pages and as JSON."""

import re

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from tests.conftest import counted

API = "/api/v1/queue"
FUSION = [f"Gated fusion of vision and language, part {n}" for n in range(6)]
PROTEIN = [f"Protein folding with deep networks, part {n}" for n in range(6)]


def csv_of(titles: list[str]) -> str:
    rows = [f'"{t}","About {t.lower()}. It says more.",Kim W,2021' for t in titles]
    return "\n".join(["title,abstract,authors,year", *rows]) + "\n"


def imported(client: TestClient, text: str, name: str = "candidates.csv") -> int:
    """The number of the import of a list."""
    page = client.post("/import", files={"file": (name, text.encode())})
    assert page.status_code == 200
    action = re.search(r'<form method="post" action="([^"]+)" class="preview"', page.text)
    assert action, page.text
    done = client.post(action[1].replace("&amp;", "&"), data={})
    found = re.search(r"/import/batches/(\d+)", str(done.url))
    assert found, done.text
    return int(found[1])


@pytest.fixture
def batch(client: TestClient) -> int:
    mixed = [title for pair in zip(FUSION, PROTEIN, strict=True) for title in pair]
    return imported(client, csv_of(mixed))


def judge(client: TestClient, verdict: str, **more: str) -> str:
    """Gives a verdict to the first paper of the page; its citation key."""
    page = client.get("/queue", params=more)
    key = re.search(r'name="citekey" value="([^"]+)"', page.text)
    assert key, page.text
    answer = client.post("/queue/verdicts", data={"citekey": key[1], "verdict": verdict, **more})
    assert answer.status_code == 200
    return key[1]


def test_nothing_waits(client: TestClient) -> None:
    assert client.get(API).json() == {
        "items": [],
        "judged": 0,
        "relevant": 0,
        "bound": None,
        "waiting": 0,
        "unranked": 0,
        "order": "date",
        "sample": None,
    }
    assert "Nothing waits to be judged" in client.get("/queue").text
    assert "Nothing waits here" in client.get("/queue?q=fusion").text
    refused = client.post(f"{API}/sample", json={"size": 3})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Nothing is left, so nothing can have been missed.",
    )


def test_the_order_is_learned_and_says_why(client: TestClient, batch: int) -> None:
    before = client.get(API).json()
    assert (before["order"], before["waiting"], before["items"][0]["score"]) == ("date", 12, None)
    assert "Nothing is judged so far" in client.get("/queue").text
    keys = {item["title"]: item["citekey"] for item in client.get(API).json()["items"]}
    say(client, keys[FUSION[0]], "try")
    one = client.get(API).json()
    assert one["order"] == "likeness"
    assert all(item["title"] in FUSION for item in one["items"][:5])
    assert "Only relevant papers are judged so far" in client.get("/queue").text
    say(client, keys[PROTEIN[0]], "no")
    both = client.get(API).json()
    assert (both["order"], both["judged"], both["relevant"]) == ("learned", 2, 1)
    assert all(item["title"] in FUSION for item in both["items"][:5])
    first, last = both["items"][0], both["items"][-1]
    assert first["score"] > 0 > last["score"]
    assert "fusion" in first["because"].lower()
    assert first["sentence"].startswith("About gated fusion")
    page = client.get("/queue").text
    assert "Why here:" in page
    assert "<mark>About gated fusion" in page
    say(client, keys[FUSION[0]], "no")
    say(client, keys[PROTEIN[0]], "adopt")
    turned = client.get(API).json()
    assert all(item["title"] in PROTEIN for item in turned["items"][:5])


def say(client: TestClient, citekey: str, verdict: str) -> None:
    given = {"verdict": verdict, "reason": "as the title says"}
    answer = client.post(f"/api/v1/papers/{citekey}/verdicts", json=given)
    assert answer.status_code == 201


def test_only_irrelevant_ones_teach_nothing(client: TestClient, batch: int) -> None:
    keys = [judge(client, verdict) for verdict in ("no", "limited", "later")]
    listed = client.get(API).json()
    assert (listed["order"], listed["judged"], listed["relevant"]) == ("date", 2, 0)
    assert "there is nothing to learn from" in client.get("/queue").text
    assert listed["items"][-1]["citekey"] == keys[2], "what was put off comes last"
    assert listed["items"][-1]["verdict"] == "later"
    put_off = client.get(API, params={"source": "postponed"}).json()
    assert [item["citekey"] for item in put_off["items"]] == [keys[2]]
    given = {"verdict": "later", "reason": "after the survey", "due": "2999-01-01"}
    client.post(f"/api/v1/papers/{keys[2]}/verdicts", json=given).raise_for_status()
    put_off = client.get(API, params={"source": "postponed"}).json()
    assert [(each["citekey"], each["due"]) for each in put_off["items"]] == [
        (keys[2], "2999-01-01")
    ]


def test_a_verdict_is_given_taken_back_and_looked_at_again(client: TestClient, batch: int) -> None:
    page = client.get("/queue")
    key = re.findall(r'name="citekey" value="([^"]+)"', page.text)[0]
    given = {"citekey": key, "verdict": "later", "reason": "", "q": "", "source": "", "import": ""}
    client.post("/queue/verdicts", data=given)
    assert client.get(f"/api/v1/papers/{key}").json()["reason"] == "By title and abstract."
    done = client.post("/queue/verdicts", data={**given, "verdict": "try", "reason": "对齐"})
    assert client.get(f"/api/v1/papers/{key}").json()["reason"] == "对齐"
    undo = re.search(r'name="done" value="([^"]+)"', done.text)
    assert undo
    back = client.post("/queue/undo", data={"done": undo[1]})
    assert f'value="{key}"' in back.text, "its paper comes again"
    paper = client.get(f"/api/v1/papers/{key}").json()
    assert (paper["verdict"], len(paper["verdicts"])) == ("later", 1)
    twice = client.post("/queue/undo", data={"done": undo[1]})
    assert (twice.status_code, "Nothing was undone" in twice.text) == (409, True)
    for wrong in ("", "x.y", "9999999999999.1", "1"):
        assert client.post("/queue/undo", data={"done": wrong}).status_code == 409


def test_what_cannot_be_saved_comes_back_as_it_was_typed(client: TestClient, batch: int) -> None:
    key = re.findall(r'name="citekey" value="([^"]+)"', client.get("/queue").text)[0]
    for verdict in ("", "unread", "nonsense"):
        answer = client.post(
            "/queue/verdicts", data={"citekey": key, "verdict": verdict, "reason": "my <reason>"}
        )
        assert answer.status_code == 422
        assert "Choose one of the verdicts." in answer.text
        assert 'value="my &lt;reason&gt;"' in answer.text
        assert f'value="{key}"' in answer.text
    gone = client.post("/queue/verdicts", data={"citekey": "nobody", "verdict": "no"})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    "address", ["source=late", "import=x", "import=99999999999", f"q={'x' * 1001}"]
)
def test_an_address_that_says_nothing(client: TestClient, address: str) -> None:
    assert client.get(f"/queue?{address}").status_code == 422
    assert client.get(f"{API}?{address}").status_code == 422


def test_a_list_that_is_not_there(client: TestClient) -> None:
    assert client.get("/queue?import=7").status_code == 404
    assert client.get(API, params={"import": 7}).status_code == 404
    assert client.get("/queue?paper=nobody").status_code == 404


def test_a_queue_of_a_list_or_a_search_is_of_its_papers_alone(
    client: TestClient, batch: int
) -> None:
    few = ["Sparrows sing in the city", "A history of glass"]
    client.post("/api/v1/papers", json={"title": few[0], "authors": ["W. Kim"], "year": 2021})
    other = imported(client, csv_of([*few, "Tides of the North Sea"]), "b.csv")
    judge(client, "no", **{"import": str(other)})
    of_list = client.get(API, params={"import": other}).json()
    assert of_list["waiting"] + of_list["judged"] == 3, "one was here already, and is of it too"
    assert client.get(API, params={"import": batch}).json()["waiting"] == 12
    assert client.get(API, params={"q": "fusion"}).json()["waiting"] == 6
    assert client.get(API, params={"q": "fusion", "import": other}).json()["waiting"] == 0
    page = client.get("/queue", params={"import": batch}).text
    assert "candidates.csv (12)" in page
    assert "b.csv (3)" in page
    assert f'/queue?import={batch}"' in client.get(f"/import/batches/{batch}").text
    assert client.get(API, params={"source": "unread"}).json()["waiting"] == 14
    assert client.get(API, params={"source": "new"}).json()["waiting"] == 14


def test_the_end_is_known_by_a_random_sample(client: TestClient, batch: int) -> None:
    judge(client, "try")
    judge(client, "no")
    drawn = client.post(f"{API}/sample", json={"size": 4})
    assert drawn.status_code == 201
    sample = drawn.json()
    assert (sample["waiting"], sample["size"], sample["at_most"]) == (10, 4, None)
    assert client.post(f"{API}/sample", json={"size": 4}).status_code == 409
    assert client.get(API).json()["bound"] is None
    page = client.get("/queue").text
    assert "Random sample" in page
    assert "1 of 4" in page
    ranked = client.get("/queue?order=ranked").text
    assert "Go on with the sample" in ranked
    items = client.get(API).json()["items"]
    assert len(items) == 4
    judge(client, "later")
    assert client.get(API).json()["sample"]["judged"] == 0, "put off is not decided"
    for _ in range(4):
        judge(client, "no")
    listed = client.get(API).json()
    assert (listed["bound"], listed["sample"]["at_most"]) == (4, 4)  # 10, 4, none: P(4) is 0.07
    page = client.get("/queue").text
    assert "With 95 % confidence at most 4 of the 6 unseen papers are relevant." in page
    for _ in range(6):
        judge(client, "no")
    assert client.get(API).json()["bound"] == 0
    assert "All 12 papers are judged" in client.get("/queue").text


def test_a_sample_can_be_given_up_and_a_wrong_size_is_refused(
    client: TestClient, batch: int
) -> None:
    for size in ("0", "-1", "many", ""):
        answer = client.post("/queue/sample", data={"size": size})
        assert (answer.status_code, "Draw at least one paper." in answer.text) == (422, True)
    assert "1 of 12" in client.post("/queue/sample", data={"size": "500"}).text
    client.post("/queue/sample", data={"do": "drop"})
    assert client.get(API).json()["sample"] is None
    assert client.post(f"{API}/sample", json={"size": 0}).status_code == 422
    assert client.post(f"{API}/sample", json={"size": 3, "of": 1}).status_code == 422


def test_a_paper_of_a_sample_that_goes_leaves_the_bound_safe(
    client: TestClient, batch: int
) -> None:
    client.post(f"{API}/sample", json={"size": 3})
    first, *rest = [item["citekey"] for item in client.get(API).json()["items"]]
    assert client.delete(f"/api/v1/papers/{first}").status_code == 204
    for key in rest:
        say(client, key, "no")
    sample = client.get(API).json()["sample"]
    assert (sample["size"], sample["judged"], sample["waiting"]) == (2, 2, 12)
    assert sample["at_most"] == 8  # of 12, two seen


def test_htmx_gets_the_next_paper_alone(client: TestClient, batch: int) -> None:
    key = re.findall(r'name="citekey" value="([^"]+)"', client.get("/queue").text)[0]
    answer = client.post(
        "/queue/verdicts",
        data={"citekey": key, "verdict": "no", "import": str(batch)},
        headers={"hx-request": "true", "hx-target": "queue"},
    )
    assert "<html" not in answer.text
    assert answer.text.lstrip().startswith('<div id="queue"')
    assert answer.headers["hx-replace-url"].startswith(f"/queue?import={batch}&done=")


def test_the_page_takes_as_many_statements_however_long_the_queue(
    client: TestClient, db: Database, batch: int
) -> None:
    judge(client, "try")
    judge(client, "no")
    with counted(db) as few:
        client.get("/queue")
    imported(client, csv_of([f"A further one, {word}" for word in FUSION + PROTEIN]), "more.csv")
    client.get("/queue")  # words of new papers are counted once
    with counted(db) as many:
        client.get("/queue")
    assert len(many) == len(few)


def test_chinese_candidates_are_told_apart(client: TestClient) -> None:
    rows = [f"门控融合的视觉语言模型（{n}）,多模态对齐与融合" for n in range(4)]
    rows += [f"蛋白质折叠预测（{n}）,深度网络与结构" for n in range(4)]
    imported(client, "题名,摘要\n" + "\n".join(rows) + "\n", "候选.csv")
    keys = {item["title"]: item["citekey"] for item in client.get(API).json()["items"]}
    say(client, keys["门控融合的视觉语言模型（0）"], "try")
    say(client, keys["蛋白质折叠预测（0）"], "no")
    first = client.get(API).json()["items"][0]
    assert first["title"].startswith("门控融合")
    assert "融合" in first["because"]
    page = client.get("/queue", headers={"accept-language": "zh"}).text
    assert "排在这里，因为：" in page
    key = re.findall(r'name="citekey" value="([^"]+)"', page)[0]
    client.post(
        "/queue/verdicts",
        data={"citekey": key, "verdict": "no"},
        headers={"accept-language": "zh"},
    )
    assert client.get(f"/api/v1/papers/{key}").json()["reason"] == "据题目和摘要。"
