"""The blank cells of a region filled at once, and emptied again."""

import pytest
from fastapi.testclient import TestClient

from tests.comparison.conftest import TABLE

CELLS = f"/api/v1{TABLE}/cells"


def stances(client: TestClient) -> dict[tuple[str, str], str]:
    cells = client.get(f"/api/v1{TABLE}").json()["cells"]
    return {(each["technique"], each["issue"]): each["stance"] for each in cells if each["stance"]}


@pytest.mark.usefixtures("table")
def test_a_column_is_not_applicable_but_where_somebody_looked(client: TestClient) -> None:
    held = client.post(
        f"{CELLS}/gated/dk-t4/claims", json={"stance": "partial", "rationale": "seen"}
    )
    assert held.status_code == 201
    before = stances(client)
    rows = [each["slug"] for each in client.get(f"/api/v1{TABLE}").json()["rows"]]
    region = {"techniques": rows, "issues": ["dk-t4", "unseen"]}
    done = client.post(
        CELLS, json={**region, "stance": "inapplicable", "rationale": "文本没有这些"}
    ).json()
    assert done["changed"] == 2 * len(rows) - len(before)
    assert {(each["technique"], each["issue"]) for each in done["skipped"]} == set(before)
    assert done["skipped"][0]["why"] == "It has been examined already."
    now = stances(client)
    assert now.items() >= before.items()
    assert now["cross", "unseen"] == "inapplicable"
    again = client.post(CELLS, json={**region, "stance": "no-evidence", "rationale": "x"}).json()
    assert (again["changed"], again["change"]) == (0, None)
    change = client.get(f"/changes/{done['change']}").text
    assert "文本没有这些" in change
    assert f'href="{TABLE}/gated/dk-t4"' in change

    # One is changed since: it stays.
    (claim,) = client.get(f"{CELLS}/cross/unseen").json()["claims"]
    client.patch(f"/api/v1/claims/{claim['id']}", json={"rationale": "better said"})
    undone = client.post(f"/api/v1/changes/{done['change']}/undo").json()
    assert (undone["changed"], len(undone["skipped"])) == (done["changed"] - 1, 1)
    assert stances(client) == {**before, ("cross", "unseen"): "inapplicable"}
    assert client.post(f"/api/v1/changes/{done['change']}/undo").status_code == 409


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stance": "addresses"}, "stance"),
        ({"rationale": " "}, "rationale"),
        ({"issues": []}, "issues"),
        ({"techniques": ["gated", "nope"]}, "techniques"),
    ],
)
def test_what_cannot_be_filled_changes_nothing(
    client: TestClient, changes: dict[str, object], field: str
) -> None:
    before = stances(client)
    given = {"techniques": ["gated"], "issues": ["unseen"], "stance": "no-evidence"}
    answer = client.post(CELLS, json={**given, "rationale": "r", **changes})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert stances(client) == before


@pytest.mark.usefixtures("table")
def test_the_region_that_is_shown_is_ticked(client: TestClient) -> None:
    listed = client.get(f"{TABLE}?issue=dk-t4").text
    assert f'href="{TABLE}/fill?issue=dk-t4"' in listed
    page = client.get(f"{TABLE}/fill?issue=dk-t4").text
    assert 'name="technique" value="cross" checked' in page
    assert 'name="issue" value="dk-t4" checked' in page
    assert 'name="issue" value="unseen" checked' not in page
    assert " checked" not in client.get(f"{TABLE}/fill").text
    form = {"technique": ["gated", "cross"], "issue": "unseen", "stance": "no-evidence"}
    refused = client.post(f"{TABLE}/fill", data=form)
    assert refused.status_code == 422
    assert 'name="technique" value="cross" checked' in refused.text
    back = {"back": f"{TABLE}?issue=unseen"}
    done = client.post(f"{TABLE}/fill", data={**form, **back, "rationale": "searched arXiv"})
    assert "Filled: 2" in done.text
    assert done.url.query == b"issue=unseen"
    assert "/undo" in done.text
