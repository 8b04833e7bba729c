"""Many papers changed at once: what is done, what is left alone and why, and back."""

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

from app import cli
from app.database import Database
from app.library import bulk
from app.library.filters import FILTERS
from app.library.rules import PaperInput
from app.library.schemas import BulkRequest
from app.models import Kind, ResearchField, Technique
from app.search.service import papers_added
from app.settings import Settings
from tests.conftest import counted
from tests.databases import arranged

BULK = "/api/v1/papers/bulk"


@arranged
def keys(client: TestClient) -> list[str]:
    """Five papers, a technique and a field."""
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    with database.write() as session:
        session.add(Technique(slug="gating", name_en="Gating", name_zh="门控"))
        session.add(ResearchField(slug="vision", name_en="Vision", name_zh="视觉"))
        papers = [
            PaperInput(title=f"Gated thing {n}", authors=["Ada Byron"], year=2020 + n)
            for n in range(5)
        ]
        made = bulk.create_papers(session, papers)
        papers_added(session, [each.id for each in made])
        return [each.citekey for each in made]


def edit(client: TestClient, **body: object) -> dict[str, object]:
    answer = client.post(BULK, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def state(client: TestClient, keys: Sequence[str]) -> list[dict[str, object]]:
    papers = [client.get(f"/api/v1/papers/{key}").json() for key in keys]
    for paper in papers:
        for name in ("version", "updated_at"):
            del paper[name]
    return papers


def test_everything_at_once_and_back(client: TestClient, keys: list[str]) -> None:
    client.post(f"/api/v1/papers/{keys[0]}/verdicts", json={"verdict": "try", "reason": "first"})
    client.patch(f"/api/v1/papers/{keys[1]}", json={"tags": ["old", "Gates"]})
    before = state(client, keys)
    done = edit(
        client,
        citekeys=keys,
        add_tags=["gates", "new one"],
        remove_tags=["old"],
        add_techniques=["gating"],
        add_fields=["vision"],
        kind="method",
        reading="read",
        verdict={"verdict": "no", "reason": "同一个理由"},
    )
    assert (done["changed"], done["skipped"]) == (5, [])
    papers = state(client, keys)
    assert papers[1]["tags"] == ["Gates", "new one"]
    for paper in papers:
        assert (paper["kind"], paper["reading"], paper["verdict"]) == ("method", "read", "no")
        assert (paper["techniques"], paper["fields"]) == (["gating"], ["vision"])
        assert paper["reason"] == "同一个理由"
    history = papers[0]["verdicts"]
    assert isinstance(history, list)
    assert [each["current"] for each in history] == [True, False]
    assert client.get("/api/v1/search", params={"q": "同一个理由"}).json()["total"] == 5

    undone = client.post(f"/api/v1/changes/{done['change']}/undo").json()
    assert (undone["changed"], undone["skipped"]) == (5, [])
    assert state(client, keys) == before
    assert client.get("/api/v1/search", params={"q": "同一个理由"}).json()["total"] == 0
    assert "new one" not in client.get("/papers/new").text  # the tag that it brought is gone too
    again = client.post(f"/api/v1/changes/{done['change']}/undo")
    assert again.status_code == 409


def test_the_trash_and_out_of_it(client: TestClient, keys: list[str]) -> None:
    done = edit(client, q="year:..2022", trash=True)
    assert done["changed"] == 3
    assert client.get("/api/v1/papers").json()["total"] == 2
    client.post(f"/api/v1/changes/{done['change']}/undo")
    assert client.get("/api/v1/papers").json()["total"] == 5


def test_who_is_left_alone_and_why(client: TestClient, keys: list[str]) -> None:
    """Others meanwhile changed one and threw one away; one has the tag, one is nobody's key."""
    seen = {key: client.get(f"/api/v1/papers/{key}").json()["version"] for key in keys}
    client.patch(f"/api/v1/papers/{keys[0]}", json={"venue": "ICML"})
    client.delete(f"/api/v1/papers/{keys[1]}")
    client.patch(f"/api/v1/papers/{keys[2]}", json={"tags": ["X"]})
    seen[keys[2]] += 1
    versions = [*seen.values(), 1]
    done = edit(client, citekeys=[*keys, "nobody"], versions=versions, add_tags=["x"])
    assert done["changed"] == 2
    assert done["skipped"] == [
        {"citekey": "nobody", "why": "No paper has this citation key."},
        {"citekey": keys[0], "why": "It has changed since it was chosen."},
        {"citekey": keys[1], "why": "It is in the trash."},
        {"citekey": keys[2], "why": "It is so already."},
    ]
    change = client.get(f"/api/v1/changes/{done['change']}").json()
    assert change["skipped"] == done["skipped"]
    assert set(change["papers"]) == set(keys[3:])
    assert edit(client, citekeys=keys[3:], add_tags=["X"])["change"] is None


def test_two_thousand_of_which_three_were_changed_meanwhile(client: TestClient) -> None:
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    with database.write() as session:
        made = bulk.create_papers(
            session, [PaperInput(title=f"Other thing {n}", year=1999) for n in range(2_000)]
        )
    seen = dict(line.split() for line in client.get("/bulk/keys?year=1999").text.splitlines())
    assert len(seen) == 2_000
    theirs = [each.citekey for each in made[::900]]
    for key in theirs:
        client.patch(f"/api/v1/papers/{key}", json={"venue": "theirs"})
    versions = list(map(int, seen.values()))
    done = edit(client, citekeys=list(seen), versions=versions, add_tags=["mine"])
    assert done["changed"] == 1_997
    assert done["skipped"] == [
        {"citekey": key, "why": "It has changed since it was chosen."} for key in theirs[::-1]
    ]


def test_what_was_changed_since_stays(client: TestClient, keys: list[str]) -> None:
    done = edit(
        client,
        citekeys=keys,
        kind="method",
        verdict={"verdict": "no", "reason": "why"},
        add_tags=["a"],
    )
    client.post(f"/api/v1/papers/{keys[0]}/verdicts", json={"verdict": "try", "reason": "anew"})
    client.patch(f"/api/v1/papers/{keys[1]}", json={"kind": Kind.DATASET, "tags": ["a", "mine"]})
    undone = client.post(f"/api/v1/changes/{done['change']}/undo").json()
    assert undone["skipped"] == [
        {"citekey": keys[0], "why": "It was judged anew since."},
        {"citekey": keys[1], "why": "What was set has been changed since."},
    ]
    first, second, third = state(client, keys)[:3]
    assert (first["verdict"], first["kind"], first["tags"]) == ("try", "paper", [])
    assert (second["verdict"], second["kind"], second["tags"]) == (None, "dataset", ["mine"])
    assert (third["verdict"], third["kind"], third["tags"]) == (None, "paper", [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"add_tags": ["a"]}, "citekeys"),
        ({"q": "gated", "citekeys": ["a"], "add_tags": ["a"]}, "citekeys"),
        ({"q": "gated"}, "edit"),
        ({"citekeys": ["a", "b"], "versions": [1], "add_tags": ["a"]}, "versions"),
        ({"q": "gatted thng", "trash": True}, "q"),
        ({"q": '""', "trash": True}, "q"),
        ({"q": "gated", "add_tags": ["a"], "remove_tags": ["A"]}, "remove_tags"),
        ({"q": "gated", "add_tags": ["x" * 301]}, "add_tags"),
        ({"q": "gated", "add_techniques": ["nope"]}, "add_techniques"),
        ({"q": "gated", "remove_fields": ["nope"]}, "remove_fields"),
        ({"q": "gated", "verdict": {"verdict": "nope", "reason": "x"}}, "verdict"),
        ({"q": "gated", "verdict": {"verdict": "no", "reason": " "}}, "reason"),
        ({"q": "gated", "kind": "poem"}, "kind"),
        ({"q": "gated", "colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    client: TestClient, keys: list[str], body: dict[str, object], field: str
) -> None:
    before = state(client, keys)
    answer = client.post(BULK, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in answer.json()["errors"]
    assert state(client, keys) == before


def test_filters_are_those_of_lists(client: TestClient, keys: list[str]) -> None:
    said = set(BulkRequest.model_fields)
    assert set(FILTERS) <= said | {"verdict", "kind", "reading"}
    assert edit(client, year="2021", add_tags=["one"])["changed"] == 1
    assert edit(client, tag=["one"], year=["2021", "2022"], add_tags=["two"])["changed"] == 1
    tried = edit(client, q="verdict:unread", dry_run=True, reading="read")
    assert (tried["changed"], tried["change"]) == (5, None)
    assert client.get("/api/v1/papers", params={"reading": "read"}).json()["total"] == 0
    assert client.get("/api/v1/changes/99").status_code == 404


def test_as_many_statements_for_many_as_for_few(client: TestClient, keys: list[str]) -> None:
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    with database.write() as session:
        papers = [PaperInput(title=f"Other thing {n}", year=1999) for n in range(200)]
        bulk.create_papers(session, papers)
    body = {"add_tags": ["a", "b"], "verdict": {"verdict": "no", "reason": "r"}}
    edit(client, citekeys=keys[:1], **body)  # what is read once
    with counted(database) as few:
        edit(client, citekeys=keys[1:3], **body)
    with counted(database) as many:
        edit(client, year="1999", **body)
    assert len(many) <= len(few) + 5


@pytest.mark.sqlite
def test_the_command(
    client: TestClient,
    settings: Settings,
    keys: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CROSSWALK_LIBRARY", str(settings.library))

    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["crosswalk", "edit", *arguments])
        code: object = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        return (code, *capsys.readouterr())

    tag = ("--add-tag", "x")
    client.patch(f"/api/v1/papers/{keys[0]}", json={"tags": ["x"]})
    assert run("--query", "year:..2022", *tag, "--dry-run") == (
        0,
        "2 would be changed, 1 as they should be already\n",
        "",
    )
    code, out, err = run("--key", keys[1], "--key", "nobody", *tag, "--verdict", "unread")
    assert (code, out[:26], err) == (
        0,
        "1 changed, 1 left alone; t",
        "nobody\tNo paper has this citation key.\n",
    )
    assert client.get("/api/v1/papers", params={"tag": "x"}).json()["total"] == 2
    assert run("--undo", out.split()[-1]) == (0, "1 changed\n", "")
    assert client.get("/api/v1/papers", params={"tag": "x"}).json()["total"] == 1
    for wrong, status, why in (
        (tag, 2, "Say which papers"),
        (("--query", "gated"), 1, "Say what is to be done"),
        (("--query", "gated", "--verdict", "no"), 1, "Say why"),
        (("--query", "gated", "--kind", "poem"), 2, "--kind is one of"),
        (("--query", "gatted thng", "--trash"), 1, "Showing results for"),
    ):
        code, out, err = run(*wrong)
        assert (code, out) == (status, "")
        assert why in " ".join(err.split())
