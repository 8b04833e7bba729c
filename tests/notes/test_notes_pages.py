"""Notes in the browser, without JavaScript and with htmx."""

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.database import Database
from app.models import Bilingual
from app.notes.service import make_snippets
from app.settings import Settings
from tests.databases import arranged
from tests.notes.parsed import Parsed

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
HTMX = {"HX-Request": "true"}


@arranged
def vilt(client: TestClient) -> str:
    given = {"title": "ViLT: a", "short_title": "ViLT", "authors": ["W. Kim"], "year": 2021}
    return str(client.post("/api/v1/papers", json=given).json()["citekey"])


def textarea(page: str) -> str:
    found = re.search(r'<textarea id="field-body"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


def value(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def written(client: TestClient, **form: str) -> int:
    """The id of a new note that stands alone."""
    saved = client.post("/notes", data=form)
    assert saved.status_code == 200
    return int(saved.url.path.removeprefix("/notes/"))


def test_an_empty_list_says_what_to_do_next(client: TestClient) -> None:
    page = client.get("/notes").text
    assert "No notes yet" in page
    assert 'href="/notes/new"' in page
    assert 'href="/import"' in page


def test_the_list_shows_the_newest_first_with_its_beginning(client: TestClient) -> None:
    written(client, title="First", body="# One\n\n**门控** and [[links|labels]]")
    written(client, body="second")
    page = client.get("/notes").text
    assert page.index("Untitled note") < page.index("First")
    assert "One 门控 and labels" in page
    assert "First" not in client.get("/notes", params={"q": "second"}).text
    assert "No note is like that" in client.get("/notes", params={"q": "third"}).text
    fragment = client.get("/notes", headers={**HTMX, "HX-Target": "results"}).text
    assert fragment.lstrip().startswith("<section")


@pytest.mark.parametrize(
    ("body", "beginning"),
    [
        ("word " * 50, "word " * 31 + "word…"),
        ("门控" * 100, "门控" * 80 + "…"),
        ("x" * 200, "x" * 160 + "…"),
        ("short", "short"),
    ],
)
def test_a_beginning_ends_with_a_whole_word(db: Database, body: str, beginning: str) -> None:
    with db.read() as session:
        (made,) = make_snippets(session, [Bilingual(body, "")])
    assert made.name_en == beginning


def test_where_a_note_is_shown_in_a_line_what_it_links_to_has_its_name(
    client: TestClient, vilt: str
) -> None:
    given = {"title": "Thought", "body": f"Gates as in [[{vilt}]]."}
    assert client.post("/api/v1/notes", json=given).status_code == 201
    assert "Gates as in ViLT." in client.get("/notes").text


def test_a_note_about_a_paper_is_written_from_there_and_returns_there(
    client: TestClient, vilt: str
) -> None:
    page = client.get("/notes/new", params={"paper": vilt}).text
    assert "ViLT: a" in page
    assert value(page, "paper") == vilt
    saved = client.post("/notes", data={"paper": vilt, "title": "T", "body": "> 想法"})
    assert saved.url.path == f"/papers/{vilt}"
    assert "想法" in saved.text
    assert 'id="note-1"' in saved.text
    assert f'href="/papers/{vilt}"' in client.get("/notes/1").text
    again = client.post("/notes/1", data={"version": "1", "title": "T", "body": "> 另一个"})
    assert again.url.path == f"/papers/{vilt}"


def test_a_link_to_what_is_missing_leads_to_a_form_with_its_title(client: TestClient) -> None:
    number = written(client, body="[[门控 & more]]")
    link = next(
        a["href"]
        for a in Parsed(client.get(f"/notes/{number}").text).of("a")
        if a.get("class") == "unresolved"
    )
    assert link
    assert value(client.get(link).text, "title") == "门控 & more"


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"title": "t" * 100_000, "body": "text"}, "100000 characters long"),
        ({"title": "t", "body": "x" * 10_000_000}, "10000000 characters long"),
        ({"title": "", "body": "  "}, "an empty note is not kept"),
        ({"title": "a\u202eb", "body": "text"}, "U+202E"),
        ({"title": "t", "body": "bell \x07"}, "U+0007"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_it_and_kept(
    client: TestClient, form: dict[str, str], message: str
) -> None:
    answer = client.post("/notes", data=form)
    assert answer.status_code == 422
    assert message in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert value(answer.text, "title") == form["title"]
    assert textarea(answer.text) == form["body"]
    assert client.get("/api/v1/notes").json()["total"] == 0


def test_what_is_no_longer_there_is_said(client: TestClient) -> None:
    answer = client.post("/notes", data={"paper": "gone", "body": "kept"})
    assert answer.status_code == 422
    assert "Nothing in the library is called gone" in answer.text
    assert textarea(answer.text) == "kept"
    assert client.get("/notes/new", params={"issue": "nope"}).status_code == 422
    assert client.get("/notes/7").status_code == 404
    assert client.get("/notes/7/history").status_code == 404


def test_two_tabs_the_second_is_told_and_keeps_its_text(client: TestClient) -> None:
    number = written(client, title="T", body="one")
    url = f"/notes/{number}"
    client.post(url, data={"version": "1", "title": "T", "body": "from the first tab"})
    second = client.post(url, data={"version": "1", "title": "T", "body": "from the second"})
    assert second.status_code == 412
    assert "from the first tab" in second.text
    assert textarea(second.text) == "from the second"
    assert client.get("/api/v1/notes/1").json()["body"] == "from the first tab"
    assert "Somebody saved a newer version" in second.text

    merged = {"version": value(second.text, "version"), "title": "T", "body": "both"}
    assert client.post(url, data=merged).status_code == 200
    assert client.get("/api/v1/notes/1").json()["body"] == "both"
    history = client.get(f"{url}/history").text
    assert "from the first tab" in Parsed(history).text


def test_the_form_outlives_its_note(client: TestClient) -> None:
    url = f"/notes/{written(client, title='T', body='one')}"
    client.post(url, data={"version": "1", "title": "T", "body": "two"})
    client.post(f"{url}/trash")
    asked = client.get(f"{url}/delete").text
    assert "Earlier versions that go with it: 1." in asked
    assert f'<form method="post" action="{url}/delete"' in asked
    client.post(f"{url}/delete")
    for action in ("", "preview"):
        data = {"version": "1", "title": "Mine", "body": "an hour's work", "action": action}
        answer = client.post(url, data=data)
        assert answer.status_code == 404
        assert "saving makes a new one of it" in answer.text
        assert textarea(answer.text) == "an hour's work"
        assert 'method="post" action="/notes"' in answer.text


def test_the_history_shows_what_changed_and_restores(client: TestClient) -> None:
    number = written(client, title="T", body="感觉可以试试\nsame")
    url = f"/notes/{number}"
    assert "No earlier version" in client.get(f"{url}/history").text
    client.post(url, data={"version": "1", "title": "U", "body": "感觉不可以试\nsame"})
    client.post(url, data={"version": "2", "title": "U", "body": "entirely new"})
    page = client.get(f"{url}/history", params={"version": 1}).text
    assert "<ins>不</ins>" in page
    assert "<del>T</del> <ins>U</ins>" in page
    assert "entirely" not in page
    assert client.get(f"{url}/history", params={"version": 9}).status_code == 404
    page = client.get(f"{url}/history", params={"version": 1, "with": 3}).text
    assert "From version 1 to version 3" in page
    assert "entirely" in page
    assert re.search(r"<time datetime=[^>]*>[^<]* \d\d:\d\d</time>", page)
    back = Parsed(client.get(f"{url}/history", params={"version": 3, "with": 1}).text).text
    assert "From version 3 to version 1" in back
    assert client.get(f"{url}/history", params={"version": 1, "with": 9}).status_code == 404
    client.post(f"{url}/versions/1/restore")
    note = client.get(f"/api/v1/notes/{number}").json()
    assert (note["title"], note["body"], note["version"]) == ("T", "感觉可以试试\nsame", 4)
    assert "entirely new" in Parsed(client.get(f"{url}/history").text).text


def test_the_trash_gives_back(client: TestClient) -> None:
    number = written(client, title="T", body="x")
    thrown = client.post(f"/notes/{number}/trash")
    assert thrown.url.path == "/notes"
    assert "Moved to the trash." in thrown.text
    assert f'action="/notes/{number}/restore"' in thrown.text
    assert "This note is in the trash" in client.get(f"/notes/{number}").text
    assert "No notes yet" in client.get("/notes").text
    assert f'href="/notes/{number}/delete"' in client.get("/trash").text
    client.post(f"/notes/{number}/restore")
    assert client.post(f"/notes/{number}/delete").status_code == 409
    client.post(f"/notes/{number}/trash")
    client.post(f"/notes/{number}/delete")
    assert client.get(f"/notes/{number}").status_code == 404


class TestPreview:
    def test_shows_the_text_and_saves_nothing(self, client: TestClient, vilt: str) -> None:
        answer = client.post("/notes/preview", data={"body": f"**b** [[{vilt}]]"}, headers=HTMX)
        assert "<strong>b</strong>" in answer.text
        assert f'href="/papers/{vilt}"' in answer.text
        assert client.get("/api/v1/notes").json()["total"] == 0

    def test_of_too_much_says_so(self, client: TestClient) -> None:
        answer = client.post("/notes/preview", data={"body": "x" * 1_000_001})
        assert answer.status_code == 422
        assert "at most 1000000" in answer.text

    def test_works_without_javascript(self, client: TestClient) -> None:
        page = client.post("/notes", data={"action": "preview", "title": "T", "body": "**b**"})
        assert page.status_code == 200
        assert "<strong>b</strong>" in page.text
        assert textarea(page.text) == "**b**"
        number = written(client, title="T", body="old")
        form = {"action": "preview", "version": "1", "title": "T", "body": "**new**"}
        page = client.post(f"/notes/{number}", data=form)
        assert "<strong>new</strong>" in page.text
        assert value(page.text, "version") == "1"


class TestPictures:
    def upload(self, client: TestClient, data: bytes, name: str = "门控 [1].png") -> str:
        answer = client.post("/attachments", files={"picture": (name, data)})
        assert answer.status_code == 201
        return str(answer.json()["markdown"])

    def test_are_stored_by_content_and_served_so_that_nothing_runs(
        self, client: TestClient
    ) -> None:
        markdown = self.upload(client, PNG)
        assert markdown.startswith("![门控 1](attachment:")
        assert self.upload(client, PNG, "another.png").endswith(markdown.split("(")[1])
        digest = markdown[-65:-1]
        number = written(client, body=markdown)
        assert f'src="/attachments/{digest}"' in client.get(f"/notes/{number}").text
        picture = client.get(f"/attachments/{digest}")
        assert picture.content == PNG
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["x-content-type-options"] == "nosniff"
        assert picture.headers["content-security-policy"] == (
            "sandbox; default-src 'none'; frame-ancestors 'none'"
        )
        assert "immutable" in picture.headers["cache-control"]

    @pytest.mark.parametrize(
        ("data", "media_type"),
        [
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        ],
    )
    def test_keep_the_type_that_they_have(
        self, client: TestClient, data: bytes, media_type: str
    ) -> None:
        digest = self.upload(client, data, "x.svg")[-65:-1]
        assert client.get(f"/attachments/{digest}").headers["content-type"] == media_type

    @pytest.mark.parametrize(
        "data",
        [b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"text", b"", b"RIFF"],
    )
    def test_that_are_none_are_refused(self, client: TestClient, data: bytes) -> None:
        answer = client.post("/attachments", files={"picture": ("x.png", data)})
        assert answer.status_code == 422
        assert "PNG" in answer.json()["detail"]

    def test_that_are_too_large_are_refused(self, client: TestClient) -> None:
        data = PNG + b"\0" * 10 * 1024 * 1024
        answer = client.post("/attachments", files={"picture": ("x.png", data)})
        assert answer.status_code == 422
        assert "may have 10 MB" in answer.json()["detail"]

    def test_come_by_the_form_without_javascript(self, client: TestClient) -> None:
        form = {"action": "picture", "title": "T", "body": "before"}
        page = client.post("/notes", data=form, files={"picture": ("a.png", PNG)})
        assert re.fullmatch(r"before\n\n!\[a\]\(attachment:[0-9a-f]{64}\)\n", textarea(page.text))
        refused = client.post("/notes", data=form, files={"picture": ("a.png", b"text")})
        assert refused.status_code == 422
        assert "PNG" in refused.text
        assert textarea(refused.text) == "before"
        number = written(client, body="there")
        form = {"action": "picture", "version": "1", "body": "mine"}
        page = client.post(f"/notes/{number}", data=form, files={"picture": ("a.png", PNG)})
        assert textarea(page.text).startswith("mine\n\n![a](attachment:")
        assert client.post(f"/notes/{number}", data=form).status_code == 422

    @pytest.mark.parametrize("damage", [PNG[:-1], b"", PNG + b"x", None])
    def test_that_are_damaged_are_not_shown_and_come_right_when_put_in_again(
        self, client: TestClient, settings: Settings, damage: bytes | None
    ) -> None:
        digest = self.upload(client, PNG, "x.png")[-65:-1]
        file = settings.library / "attachments" / digest[:2] / digest
        file.unlink() if damage is None else file.write_bytes(damage)
        page = client.get(f"/attachments/{digest}")
        assert page.status_code == (404 if damage is None else 500)
        assert damage is None or "damaged" in page.text
        assert "immutable" not in page.headers.get("cache-control", "")
        self.upload(client, PNG, "x.png")
        assert client.get(f"/attachments/{digest}").content == PNG

    def test_that_were_never_stored_are_not_found(self, client: TestClient) -> None:
        assert client.get(f"/attachments/{'0' * 64}").status_code == 404
        assert client.get("/attachments/..%2f..%2fetc%2fpasswd").status_code in (404, 422)


def test_a_note_with_everything_hostile_is_harmless_on_its_page(client: TestClient) -> None:
    number = written(
        client,
        title="<script>alert(1)</script>",
        body="<script>alert(1)</script>\n\n![x](https://evil.example/p.png)\n\n<b onclick=x>b</b>",
    )
    for url in (f"/notes/{number}", f"/notes/{number}/edit", "/notes"):
        page = Parsed(client.get(url).text)
        assert not any("evil.example" in (img.get("src") or "") for img in page.of("img"))
        assert all(script.get("src") for script in page.of("script"))
        assert all(
            not name.startswith("on") for _, attributes in page.elements for name in attributes
        )


def test_the_pages_speak_chinese(client: TestClient) -> None:
    number = written(client, title="T", body="x")
    client.cookies.set("language", "zh")
    for url in ("/notes", "/notes/new", f"/notes/{number}", f"/notes/{number}/history"):
        assert 'lang="zh-Hans"' in client.get(url).text


TASKS = "# Plan\n\n- [ ] read *it*\n  1. [x] twice\n\n> - [ ] quoted"


def test_tasks_are_ticked_by_pressing_them(client: TestClient, vilt: str) -> None:
    alone = written(client, title="T", body=TASKS)
    page = client.get(f"/notes/{alone}").text
    assert page.count('class="task-box" form="tasks-') == 3
    assert 'aria-checked="false" aria-label="read it"' in page
    given = {"line": "2", "version": "1", "alone": "1"}
    answer = client.post(f"/notes/{alone}/tasks", data=given, follow_redirects=False)
    assert answer.headers["Location"] == f"/notes/{alone}#note-{alone}-task-2"
    client.post(f"/notes/{alone}/tasks", data={"line": "3", "version": "2"})
    client.post(f"/notes/{alone}/tasks", data={"line": "5", "version": "3"})
    said = client.get(f"/api/v1/notes/{alone}").json()
    assert said["body"] == "# Plan\n\n- [x] read *it*\n  1. [ ] twice\n\n> - [x] quoted"
    begun = written(client, title="Begun", body="1. [/] half")
    assert 'aria-checked="mixed" aria-label="half"' in client.get(f"/notes/{begun}").text
    client.post(f"/notes/{begun}/tasks", data={"line": "0", "version": "1"})
    assert client.get(f"/api/v1/notes/{begun}").json()["body"] == "1. [x] half"
    # changed meanwhile, or no task there: said, and nothing is ticked
    stale = client.post(f"/notes/{alone}/tasks", data={"line": "2", "version": "1"})
    assert "Nothing was ticked" in stale.text
    none = client.post(f"/notes/{alone}/tasks", data={"line": "0", "version": "4"})
    assert "There is no task in line 1" in none.text
    assert client.get(f"/api/v1/notes/{alone}").json()["version"] == 4

    given = {"title": "P", "body": "- [ ] a", "paper": vilt}
    about = client.post("/api/v1/notes", json=given).json()["id"]
    answer = client.post(f"/notes/{about}/tasks", data={"line": "0"}, follow_redirects=False)
    assert answer.headers["Location"] == f"/papers/{vilt}#note-{about}-task-0"
    assert f'form="tasks-{about}"' in client.get(f"/papers/{vilt}").text


def test_a_longer_note_has_an_outline(client: TestClient) -> None:
    number = written(client, title="T", body="# A\n\n## B $x$\n\n```\n# no\n```\n\n# A\n")
    page = client.get(f"/notes/{number}").text
    outline = page.partition('class="outline"')[2].partition("</nav>")[0]
    places = re.findall(r'href="#(note-[^"]*)"', outline)
    assert places == [f"note-{number}-a", f"note-{number}-b-x", f"note-{number}-a-1"]
    assert all(f'id="{each}"' in page for each in places)
    assert "outline" not in client.get(f"/notes/{written(client, title='S', body='# A')}").text


def test_a_note_shows_another(client: TestClient, vilt: str) -> None:
    inner = written(client, title="Inner", body=f"- [ ] open [[{vilt}]]")
    outer = written(client, title="Outer", body="- [ ] mine\n\n![[Inner]]")
    page = client.get(f"/notes/{outer}").text
    assert f'<p class="embed-title"><a href="/notes/{inner}"' in page
    assert f'href="/papers/{vilt}"' in page
    assert page.count('form="tasks-') == 1  # the other's are its own
    assert f'href="/notes/{outer}"' in client.get(f"/notes/{inner}").text


def listed(client: TestClient, **asked: str) -> list[str]:
    page = client.get("/notes", params=asked).text
    assert page.count("data-row") == client.get("/api/v1/notes", params=asked).json()["total"]
    return re.findall(r'<a href="/notes/\d+" data-open[^>]*>([^<]*)</a>', page)


def test_notes_are_sorted_and_filtered(client: TestClient, vilt: str) -> None:
    first = {"title": "B", "body": "#融合 #gate", "paper": vilt}
    number = client.post("/api/v1/notes", json=first).json()["id"]
    client.post("/api/v1/notes", json={"title": "a", "body": "x (#Gate) C# #1 `#no` a#no"})
    client.post("/api/v1/notes", json={"body": "untitled #gates"})
    client.patch(f"/api/v1/notes/{number}", json={"body": "#融合 #gate again"})
    assert sorted(listed(client)) == ["B", "Untitled note", "a"]
    assert listed(client, sort="title") == ["a", "B", "Untitled note"]
    assert listed(client, sort="oldest") == ["B", "a", "Untitled note"]
    assert listed(client, about="paper") == ["B"]
    assert listed(client, about="alone", sort="created") == ["Untitled note", "a"]
    assert listed(client, tag="gate", sort="title") == ["a", "B"]
    assert listed(client, tag="融合") == ["B"]
    assert listed(client, tag="no") == []
    page = client.get("/notes", params={"tag": "gate"}).text
    assert '<option value="gate" selected>#gate (2)</option>' in page
    assert "No note is like that" in client.get("/notes", params={"tag": "none"}).text
    assert 'href="/notes?tag=%E8%9E%8D%E5%90%88"' in client.get(f"/notes/{number}").text
    assert client.get("/api/v1/notes", params={"sort": "colour"}).status_code == 422
    assert client.get("/notes", params={"sort": "colour"}).status_code == 200


def test_a_note_begins_with_a_template(client: TestClient, vilt: str) -> None:
    body = "On {{link}} ({{key}}): {{title}}\n\nsee [[no such thing]], [[issue:no-such]]"
    own = {"title": "Template: Reading", "body": body}
    number = client.post("/api/v1/notes", json=own).json()["id"]
    fresh = client.get("/notes/new", params={"paper": vilt}).text
    assert f'href="/notes/new?paper={vilt}&amp;template={number}"' in fresh
    asked = {"paper": vilt, "template": number}
    begun = client.get("/notes/new", params=asked)
    assert textarea(begun.text).startswith(f"On [[{vilt}]] ({vilt}): ViLT")
    said = "not in the library: [[no such thing]], [[issue:no-such]]"
    assert said in Parsed(begun.text).text
    meeting = client.get("/notes/new?template=meeting", headers={"Accept-Language": "zh"}).text
    assert re.search(r"日期：\d{4}-\d\d-\d\d", textarea(meeting))
    gone = client.get("/notes/new?template=999")
    assert gone.status_code == 200
    assert "There is no such template any more" in gone.text


def test_a_note_is_begun_from_anywhere(client: TestClient, vilt: str) -> None:
    for page, address in (
        ("/", "/notes/new"),
        (f"/papers/{vilt}", f"/notes/new?paper={vilt}"),
        ("/papers/new", "/notes/new"),
        ("/notes", "/notes/new"),
    ):
        assert f'<a href="{address}" data-key="q">Quick note' in client.get(page).text


def test_a_title_of_which_nothing_is_seen_is_none(client: TestClient) -> None:
    made = client.post("/api/v1/notes", json={"title": "\u200b \u2060", "body": "x"}).json()
    assert made["title"] == ""
