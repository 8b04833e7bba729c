"""Words that stand in the text of a paper's file alone find the paper, and the page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, insert
from sqlmodel import col, select

from app.database import Database
from app.files import text
from app.models import FilePage, Paper, PaperFile, StoredFile, TextState
from app.search import service as search


def hold_text(
    db: Database, *pages: str, citekey: str, title: str = "A study", version: int | None = None
) -> str:
    """Have a paper hold a file with the text of these pages; its SHA-256."""
    sha256 = f"{citekey}{version or ''}".encode().hex().ljust(64, "0")
    with db.write() as session:
        paper = session.exec(select(Paper).where(Paper.citekey == citekey)).one_or_none()
        if paper is None:
            paper = Paper(citekey=citekey, citekey_folded=citekey, title=title)
            session.add(paper)
            session.flush()
        session.add(
            StoredFile(
                sha256=sha256,
                media_type="application/pdf",
                size=1,
                pages=len(pages),
                text_state=TextState.DONE,
            )
        )
        session.flush()
        session.add(
            PaperFile(paper_id=paper.id, sha256=sha256, name="a.pdf", arxiv_version=version)
        )
        rows = [{"sha256": sha256, "page": n, "text": each} for n, each in enumerate(pages, 1)]
        session.execute(insert(FilePage), rows)
    return sha256


def items(client: TestClient, q: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/api/v1/search", params={"q": q}).json()["items"]
    return found


def keys(client: TestClient, q: str) -> list[object]:
    return [each["key"] for each in items(client, q)]


def test_a_word_of_a_page_finds_the_paper_there(client: TestClient, db: Database) -> None:
    sha256 = hold_text(
        db, "Introduction.", "We lower perplexity by gated fusion of views.", citekey="lee2024"
    )
    (hit,) = items(client, "perplexity")
    assert (hit["type"], hit["key"], hit["page"]) == ("paper", "lee2024", 2)
    url = urlsplit(str(hit["url"]))
    assert url.path == "/papers/lee2024/read"
    assert parse_qs(url.query) == {"file": [sha256], "page": ["2"], "q": ["perplexity"]}
    assert "lower perplexity by gated" in str(hit["snippet"])
    assert "p. 2" in client.get("/search", params={"q": "perplexity"}).text


def test_a_word_that_was_marked_is_found_where_it_stands(client: TestClient, db: Database) -> None:
    hold_text(db, "Introduction.", "We lower perplexity by fusion.", citekey="lee2024")
    mark = {"page": 2, "exact": "We lower perplexity", "colour": "claim"}
    assert client.post("/api/v1/papers/lee2024/marks", json=mark).status_code == 201
    (hit,) = items(client, "perplexity")
    assert (hit["page"], "perplexity" in str(hit["snippet"])) == (2, True)
    with db.write() as session:
        session.exec(select(Paper)).one().abstract = "Less perplexity."
    (hit,) = items(client, "perplexity")
    assert (hit["page"], hit["snippet"]) == (None, "Less perplexity.")


def test_chinese_is_found_across_what_were_lines(client: TestClient, db: Database) -> None:
    hold_text(db, "本文提出一种门控融合方法", citekey="zhang2023")
    assert keys(client, "门控融合") == ["zhang2023"]
    assert keys(client, "范围:全文 融合方法") == ["zhang2023"]


def test_what_is_written_of_a_paper_comes_first(client: TestClient, db: Database) -> None:
    hold_text(db, "perplexity perplexity perplexity", citekey="aa2024")
    hold_text(db, "Nothing of it.", citekey="bb2024", title="Perplexity of parsers")
    assert keys(client, "perplexity") == ["bb2024", "aa2024"]
    assert keys(client, "perplexity in:fulltext") == ["aa2024"]
    assert keys(client, "perplexity in:title") == ["bb2024"]
    listed = client.get("/api/v1/papers", params={"q": "perplexity", "sort": "relevance"}).json()
    assert {each["citekey"] for each in listed["items"]} == {"aa2024", "bb2024"}


def test_one_hit_a_paper_whichever_page_and_version(client: TestClient, db: Database) -> None:
    hold_text(db, "beam search", "beam beam", citekey="lee2024", version=1)
    newer = hold_text(db, "beam search", "beam beam", citekey="lee2024", version=2)
    (hit,) = items(client, "beam")
    assert newer in str(hit["url"])


def test_words_on_several_pages_are_found_after_those_on_one(
    client: TestClient, db: Database
) -> None:
    hold_text(db, "an oracle", "a parser", citekey="apart2024")
    hold_text(db, "the oracle of a parser", citekey="together2024")
    hold_text(db, "an oracle alone", citekey="half2024")
    assert keys(client, "oracle parser")[:2] == ["together2024", "apart2024"]
    assert keys(client, "oracle parser in:fulltext")[:2] == ["together2024", "apart2024"]


def test_a_word_that_must_not_be_there_is_nowhere_in_the_text(
    client: TestClient, db: Database
) -> None:
    hold_text(db, "an oracle", "a parser", citekey="apart2024")
    hold_text(db, "an oracle", citekey="half2024")
    hold_text(db, "an oracle", citekey="titled2024", title="A parser")
    assert keys(client, "oracle -parser") == ["half2024"]


def test_filters_narrow_full_texts(client: TestClient, db: Database) -> None:
    hold_text(db, "an oracle", citekey="apart2024")
    hold_text(db, "an oracle", citekey="old1999")
    with db.write() as session:
        session.exec(select(Paper).where(Paper.citekey == "old1999")).one().year = 1999
    assert keys(client, "oracle year:1999") == ["old1999"]
    assert keys(client, "oracle year:1999 in:fulltext") == ["old1999"]


def test_the_trash_is_not_searched_and_what_comes_back_is(client: TestClient, db: Database) -> None:
    hold_text(db, "an oracle", citekey="lee2024")
    response = client.get("/api/v1/papers/lee2024")
    client.delete("/api/v1/papers/lee2024", headers={"If-Match": response.headers["ETag"]})
    assert keys(client, "oracle") == []


def test_a_file_that_is_gone_or_read_anew_is_indexed_as_it_is(
    client: TestClient, db: Database
) -> None:
    sha256 = hold_text(db, "an oracle", citekey="lee2024")
    with db.write() as session:
        text.remove_text(session, sha256)
    assert keys(client, "oracle") == []
    with db.write() as session:
        session.execute(insert(FilePage), [{"sha256": sha256, "page": 1, "text": "a parser"}])
    with db.write() as session:
        session.execute(insert(FilePage), [{"sha256": sha256, "page": 2, "text": "a grammar"}])
    assert keys(client, "oracle") == []
    assert keys(client, "parser") == keys(client, "grammar") == ["lee2024"]
    with db.write() as session:
        session.execute(delete(FilePage).where(col(FilePage.page) == 1))
    assert keys(client, "parser") == []
    assert keys(client, "grammar") == ["lee2024"]


@pytest.mark.parametrize("anew", ["rebuild", "renew"])
def test_full_texts_are_indexed_anew_with_all_else(
    client: TestClient, db: Database, anew: str
) -> None:
    hold_text(db, "an oracle", "a parser", citekey="lee2024")
    hold_text(db, "a grammar", citekey="kim2024")
    if anew == "rebuild":
        with db.write() as session:
            search.rebuild_index(session)
    else:
        done = list(search.renew_index(db))
        assert done[-1][0] == done[-1][1]
    assert keys(client, "parser") == ["lee2024"]
    assert keys(client, "grammar") == ["kim2024"]
