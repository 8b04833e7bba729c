"""Published scores: entered, refused with reasons, drawn from tables and CSV, exported, plotted."""

import re

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st

from app.benchmarks.scores.rules import (
    format_conditions,
    metric_name,
    parse_conditions,
    parse_figure,
    wilson_interval,
)
from app.database import Database
from app.errors import Invalid
from app.sources.score_tables import parse_table
from tests.conftest import counted

pytestmark = pytest.mark.usefixtures("mini")
API = "/api/v1/benchmarks/mini/scores"
SCORE = {
    "system": "RESDSQL-3B",
    "paper": "li2020mini",
    "metric": "EX",
    "value": 58.8,
    "category": "A",
    "place": "Table 3",
    "conditions": {"intermediate language": "none", "model size": "3B"},
}


def add(client: TestClient, **changes: object) -> dict[str, object]:
    answer = client.post(API, json={**SCORE, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_score_says_where_it_stands(client: TestClient) -> None:
    made = add(client)
    assert (made["metric"], made["unit"], made["size"]) == ("execution", "%", 3)
    listed = client.get(API).json()
    assert listed["total"] == 1
    page = client.get("/benchmarks/mini/scores").text
    assert "Table 3" in page
    assert "n" in page
    assert "58.8 %" in page
    assert "20–" not in client.get("/benchmarks/sizes/scores").text


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"paper": ""}, "paper", "without a source"),
        ({"paper": "nobody2020"}, "paper", "No paper has"),
        ({"value": 158.8}, "value", "between 0 and 100"),
        ({"value": 58.8, "unit": "ratio"}, "value", "between 0 and 1"),
        ({"value": None}, "value", "Give the figure"),
        ({"unit": "points"}, "value", "is a share"),
        ({"category": "Z"}, "category", "no category Z"),
        ({"system": " "}, "system", "name"),
        ({"conditions": {"": "3B"}}, "conditions", "name: text"),
        ({"year": 20}, "year", "between"),
    ],
)
def test_what_cannot_be_a_score_is_refused(
    client: TestClient, changes: dict[str, object], field: str, said: str
) -> None:
    answer = client.post(API, json={**SCORE, **changes})
    assert answer.status_code == 422
    assert said in answer.json()["errors"][field]
    typed = {**{k: str(v) for k, v in SCORE.items() if k != "conditions"}, "conditions": "a: b"}
    typed |= {k: str(v or "") if k != "conditions" else "3B" for k, v in changes.items()}
    form = client.post("/benchmarks/mini/scores/new", data=typed)
    assert form.status_code == 422
    assert "Nothing was saved" in form.text
    assert client.get(API).json()["total"] == 0


def test_it_changes_only_as_it_was_read(client: TestClient) -> None:
    made = add(client)
    address = f"/api/v1/scores/{made['id']}"
    etag = client.get(address).headers["etag"]
    changed = client.patch(address, json={"value": 59.1}, headers={"If-Match": etag})
    assert changed.json()["value"] == 59.1
    assert client.patch(address, json={"value": 1}, headers={"If-Match": etag}).status_code == 412
    assert client.delete(address, headers={"If-Match": etag}).status_code == 412
    page = f"/benchmarks/mini/scores/{made['id']}"
    form = client.get(page).text
    assert 'value="59.1"' in form
    assert "intermediate language: none" in form
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.get(page).status_code == 404


def test_the_same_score_is_not_kept_twice(client: TestClient) -> None:
    add(client)
    assert "here already: 58.8" in client.post(API, json=SCORE).json()["errors"]["system"]
    add(client, conditions={"model size": "3B"})


def test_csv_goes_out_and_comes_back_whole_or_not_at_all(client: TestClient, db: Database) -> None:
    add(client, place='=HYPERLINK("x")')
    add(client, category=None, split="dev", value=80, size=1034, year=2021)
    text = client.get("/benchmarks/mini/scores.csv").text
    assert "'=HYPERLINK" in text
    for each in client.get(API).json()["items"]:
        client.delete(f"/api/v1/scores/{each['id']}")
    lines = text.splitlines()
    wrong = "\n".join([*lines, "X,nobody,EX,dev,,50,%,,,,", "Y,li2020mini,EX,dev,,five,%,,,,"])
    refused = send(client, wrong)
    assert refused.status_code == 422
    assert "Row 5" in refused.text
    assert client.get(API).json()["total"] == 0
    assert "line 6 is no csv" in send(client, "\n".join([*lines, *lines[1:], '"open'])).text.lower()
    shifted = send(client, "system;paper;metric;value\nX;li2020mini;EX;50;3")
    assert "Row 2" in shifted.text
    assert "5 cells for 4 columns" in shifted.text
    added = send(client, "\n".join(lines)).text
    assert "Scores added: 2. Here already: 0." in added
    undo = re.search(r'action="(/import/batches/\d+/undo)"', added)
    assert undo
    assert "RESDSQL-3B: execution 58.8" in client.get(undo[1].removesuffix("/undo")).text
    assert ">2</td>" in client.get("/import").text
    assert "Taken out: 2" in client.post(undo[1]).text
    assert client.get(API).json()["total"] == 0
    client.post(undo[1].replace("undo", "restore"))
    assert "Scores added: 0. Here already: 2." in send(client, "\n".join(lines)).text
    assert "Unknown: colour" in send(client, "system,paper,metric,value,colour\na,b,c,1,d").text


def send(client: TestClient, text: str) -> Response:
    return client.post(
        "/benchmarks/mini/scores/import", files={"file": ("scores.csv", text.encode(), "text/csv")}
    )


TABLES = {
    "Markdown": "| Model | A | B |\n|---|---:|---:|\n| **RAT-SQL** | 40.1 | 38.2 |\n"
    "| GAP | – | 44.1 |",
    "LaTeX": r"\begin{tabular}{lcc}\toprule Model & A & B \\ \midrule RAT-SQL~\cite{x} & 40.1 & "
    r"\textbf{38.2} \\ GAP & - & 44.1$^{*}$ \\ \bottomrule\end{tabular}".replace("$^{*}$", "*"),
    "HTML": "<table><tr><th>Model<th>A<th>B</tr><tr><td>RAT-SQL</td><td>40.1</td><td>38.2</td></tr>"
    "<tr><td>GAP</td><td>–</td><td>44.1</td></tr></table>",
    "tabs": "Model\tA\tB\nRAT-SQL\t40.1\t38.2\nGAP\t-\t44.1",
    "PDF": "Model A B\nRAT-SQL 40.1 38.2\nGAP – 44.1",
}


@pytest.mark.parametrize("name", list(TABLES))
def test_a_pasted_table_is_shown_and_then_taken(client: TestClient, name: str) -> None:
    table = parse_table(TABLES[name])
    assert table.head == ["Model", "A", "B"]
    assert [row[0] for row in table.rows] == ["RAT-SQL", "GAP"]
    typed: dict[str, object] = {"text": TABLES[name], "paper": "li2020mini", "metric": "EM"}
    preview = client.post("/benchmarks/mini/scores/paste", data=typed)
    assert preview.status_code == 200
    assert '<option value="A" selected>' in preview.text
    assert client.get(API).json()["total"] == 0
    typed |= {
        "column_use": ["system", "score", "score"],
        "column_metric": ["", "", ""],
        "column_category": ["", "A", "B"],
        "column_split": ["", "", ""],
    }
    nothing = client.post("/benchmarks/mini/scores/paste", data=typed)
    assert "Tick the rows" in nothing.text
    done = client.post("/benchmarks/mini/scores/paste", data={**typed, "row": ["0", "1"]})
    assert "Scores added: 3." in done.text
    found = {(s["system"], s["category"]): s["value"] for s in client.get(API).json()["items"]}
    assert found == {("RAT-SQL", "A"): 40.1, ("RAT-SQL", "B"): 38.2, ("GAP", "B"): 44.1}


def test_a_pasted_table_is_taken_whole_or_not_at_all(client: TestClient) -> None:
    typed = {
        "text": "Model\tA\nX\t40.1\nY\t140.1\nZ\tn/a",
        "column_use": ["system", "score"],
        "column_metric": ["", "EM"],
        "column_category": ["", "A"],
        "column_split": ["", ""],
        "row": ["0", "1", "2"],
    }
    for paper, said in (("li2020mini", "Row 3, A"), ("", "Row 3, A")):
        answer = client.post("/benchmarks/mini/scores/paste", data={**typed, "paper": paper})
        assert answer.status_code == 422
        assert said in answer.text
        assert "140.1" in answer.text
    answer = client.post("/benchmarks/mini/scores/paste", data={**typed, "row": ["0", "1"]})
    assert "without a source" in answer.text
    assert client.get(API).json()["total"] == 0
    assert client.post("/benchmarks/mini/scores/paste", data={"text": "words"}).status_code == 422
    many = "\n".join(f"S{n}\t{n % 100}" for n in range(400))
    assert (
        "At most 300 rows" in client.post("/benchmarks/mini/scores/paste", data={"text": many}).text
    )


def test_an_issue_shows_its_scores_as_plot_table_and_files(
    client: TestClient, db: Database
) -> None:
    assert "<svg" not in client.get("/benchmarks/mini").text.split('id="scores"')[1]
    assert client.get("/benchmarks/mini/plot.svg").status_code == 404
    add(client, year=2021)
    add(client, system="<b>&", category="B", value=40, year=2023)
    page = client.get("/issues/idiom").text
    section = page.split('id="scores"')[1]
    assert "n = 3" in section
    assert "<b>&" not in section
    assert 'href="/issues/idiom/scores.csv"' in section
    assert client.get("/issues/idiom/scores.csv").text.count("\n") == 3
    svg = client.get("/issues/idiom/scores.svg").text
    assert svg.startswith("<svg xmlns")
    assert "&lt;b&gt;&amp;" in svg
    assert client.get("/benchmarks/mini/plot.png").content.startswith(b"\x89PNG")
    assert 'id="scores"' not in client.get("/issues/unseen").text
    add(client, system="S", year=1999)
    with counted(db) as few:
        client.get("/issues/idiom")
    for number in range(20):
        add(client, system=f"S{number}", year=2000 + number)
    with counted(db) as many:
        client.get("/issues/idiom")
    assert len(few) == len(many)


def test_what_a_score_hangs_on_stays(client: TestClient) -> None:
    add(client)
    client.delete("/api/v1/papers/li2020mini")
    answer = client.post("/papers/li2020mini/delete")
    assert "is the source of 1 scores" in answer.text
    assert client.get(API).json()["total"] == 1


@given(st.floats(0, 100, allow_nan=False), st.sampled_from(["{}", "{}%", "†{}*", "{} ± 0.4"]))
def test_a_figure_is_read_as_it_is_printed(value: float, form: str) -> None:
    shown = f"{value:.2f}"
    assert parse_figure(form.format(shown)) == float(shown)
    assert parse_figure("n/a") is None
    assert parse_figure("nan") is None


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_interval_holds_the_share(right: int, size: int) -> None:
    share = min(right, size) / size
    low, high = wilson_interval(share, size)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
    narrow = wilson_interval(share, size * 100)
    assert narrow[1] - narrow[0] < high - low


@given(st.text(max_size=300))
def test_whatever_is_pasted_is_a_table_or_refused(text: str) -> None:
    try:
        table = parse_table(text)
    except Invalid:
        return
    assert {len(table.head)} == {len(row) for row in table.rows}


def test_words_for_metrics_and_conditions() -> None:
    assert (metric_name("EX"), metric_name("Exact Match"), metric_name("VES")) == (
        "execution",
        "exact match",
        "VES",
    )
    given_ = {"model size": "3B", "中间语言": "NatSQL"}
    assert parse_conditions(format_conditions(given_)) == given_
    assert parse_conditions("规模：3B；语言：无") == {"规模": "3B", "语言": "无"}
