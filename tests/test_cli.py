"""The command: what it prints where, and how it ends (0 done, 1 could not, 2 wrong usage)."""

import gc
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from shutil import copyfile, copytree
from socket import IPPROTO_TCP
from typing import NamedTuple, TypeVar
from urllib.request import urlopen

import httpx2
import pytest
import uvicorn
from sqlalchemy import text
from sqlmodel import select
from uvicorn.supervisors.watchfilesreload import FileFilter

from app import __version__
from app.cli import is_loopback, main, serving_line, take_port
from app.database import Database
from app.exports import documents
from app.library.rules import PaperInput
from app.library.service import create_paper
from app.models import Paper
from app.settings import Settings
from app.startup import open_library
from tests.arxiv_server import ArxivServer
from tests.comparison.conftest import arrange_comparison
from tests.doi_server import DoiServer
from tests.imports.looking import FIXTURES, sizes
from tests.test_library_place import seal

CHECKOUT = Path(__file__).parent.parent
READING = str(FIXTURES / "reading.md")


class Ended(NamedTuple):
    code: object
    out: str
    err: str


Run = Callable[..., Ended]
Found = TypeVar("Found")


@pytest.fixture
def run(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Runs `crosswalk …` on an empty library, in this process."""
    monkeypatch.chdir(tmp_path)  # no .env of ours
    monkeypatch.setenv("CROSSWALK_LIBRARY", str(settings.library))
    monkeypatch.setenv("CROSSWALK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CROSSWALK_STARTER", "0")
    monkeypatch.setenv("CROSSWALK_ARXIV_DELAY", "0")
    monkeypatch.setenv("CROSSWALK_ARXIV_URL", settings.arxiv_url)
    monkeypatch.setenv("CROSSWALK_DOI_DELAY", "0")
    monkeypatch.setenv("CROSSWALK_DOI_URL", settings.doi_url)

    def command(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["crosswalk", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Ended(ended.value.code or 0, said.out, said.err)

    return command


@pytest.fixture
def held(settings: Settings) -> Iterator[Database]:
    """The library that the command works on, to look."""
    database = Database(settings.url)
    yield database
    database.close()


def could_not(ended: Ended) -> str:
    """The one line that says why."""
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert ended.err.startswith("crosswalk: ")
    return ended.err


def test_import_reads_what_is_piped_in(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = io.TextIOWrapper(io.BytesIO("@misc{a, title={读自管道}}".encode()))
    monkeypatch.setattr(sys, "stdin", given)
    ended = run("import", "-")
    assert (ended.code, ended.err) == (0, "")
    assert "new\tpaper\t读自管道" in ended.out
    assert sizes(held)["paper"] == 1


def test_it_says_which_version_it_is(run: Run) -> None:
    assert run("--version") == (0, f"crosswalk {__version__}\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("import",),
        ("add",),
        ("search", "--colour"),
        ("migrate", "more"),
        ("serve", "--port", "99999"),
        ("serve", "--port", "soon"),
        ("import", READING, "--format", "docx"),
    ],
)
def test_wrong_usage_is_told_and_does_nothing(
    run: Run, held: Database, words: tuple[str, ...]
) -> None:
    ended = run(*words)
    assert ended.code == 2
    assert "Usage: crosswalk" in ended.err
    assert "paper" not in sizes(held)


def test_a_result_on_a_benchmark_is_imported_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CROSSWALK_STARTER", "1")
    file = tmp_path / "mine.tsv"
    file.write_text("".join(f"{index}\t{index % 2}\n" for index in range(535)), "utf-8")
    options = ("--format", "predictions", "--benchmark", "spider-dk", "--system", "My parser")
    said = "mine.tsv: My parser on Spider-DK, 267 of 535 right (49.9%).\n"
    assert run("import", str(file), *options) == (0, f"new\tresult\tMy parser\n{said}", "")
    assert run("import", str(file), *options).out == "mine.tsv: nothing to change.\n"
    file.write_text("0 1\n1 1\n", "utf-8")
    assert "mine.tsv: Nothing was stored" in could_not(run("import", str(file)))


def test_papers_are_added_in_one_request_and_never_twice(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArxivServer() as arxiv:
        monkeypatch.setenv("CROSSWALK_ARXIV_URL", arxiv.url)
        added = run("add", "2302.00902", "https://arxiv.org/pdf/2102.03334v2.pdf")
        assert added.code == 0
        assert [line.split("\t")[1] for line in added.out.splitlines()] == ["added", "added"]
        assert len(arxiv.requests) == 1
        again = run("add", "arXiv:2302.00902")
        assert (again.code, len(arxiv.requests)) == (0, 1)
        assert "already in the library" in again.out
        assert "has no paper 0704.9999" in could_not(run("add", "0704.9999", "2208.10442"))
    assert sizes(held)["paper"] == 2


def test_ids_dois_and_addresses_are_added_together_or_not_at_all(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ArxivServer() as arxiv, DoiServer() as doi:
        monkeypatch.setenv("CROSSWALK_ARXIV_URL", arxiv.url)
        monkeypatch.setenv("CROSSWALK_DOI_URL", doi.url)
        page = "https://aclanthology.org/2020.acl-main.677/"
        doi.mode = "500"
        assert "HTTP 500" in could_not(run("add", "2302.00902", page))
        assert "paper" not in sizes(held)
        doi.mode = "ok"
        assert "knows no DOI 10.1234/no" in could_not(run("add", "2302.00902", "10.1234/no"))
        added = run("add", "2302.00902", page, "10.1109/cvpr.2016.90")
        assert [line.split("\t")[:2] for line in added.out.splitlines()] == [
            ["liu2023language", "added"],
            ["wang2020ratsql", "added"],
            ["he2016deep", "added"],
        ]
        again = run("add", "doi:10.18653/V1/2020.ACL-MAIN.677")
        assert "wang2020ratsql\talready in the library" in again.out
        assert len(arxiv.requests) == 1
    assert sizes(held)["paper"] == 3


def test_a_preprint_becomes_the_publication_whose_doi_is_added(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    authors = ["Kaiming He", "Xiangyu Zhang", "Shaoqing Ren", "Jian Sun"]
    with held.write() as session:
        given = PaperInput(
            title="Deep Residual Learning for Image Recognition",
            authors=authors,
            year=2015,
            arxiv_id="1512.03385",
            tags=["mine"],
        )
        create_paper(session, given)
    with DoiServer() as doi:
        monkeypatch.setenv("CROSSWALK_DOI_URL", doi.url)
        said = run("add", "10.1109/cvpr.2016.90").out
    assert said.startswith("he2015deep\tpublished: ")
    assert "2016, 10.1109/cvpr.2016.90\tDeep Residual" in said
    with held.read() as session:
        (paper,) = session.exec(select(Paper)).all()
    assert (paper.year, paper.arxiv_id, paper.doi) == (2016, "1512.03385", "10.1109/cvpr.2016.90")
    assert sizes(held)["paper_tag"] == 1


def test_what_seems_to_be_here_is_completed_when_that_is_said(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = "Language Quantized AutoEncoders: Towards Unsupervised Text-Image Alignment"
    with held.write() as session:
        create_paper(session, PaperInput(title=title, citekey="lqae", tags=["mine"]))
    with ArxivServer() as arxiv:
        monkeypatch.setenv("CROSSWALK_ARXIV_URL", arxiv.url)
        assert "(lqae)" in could_not(run("add", "2302.00902"))
        assert run("add", "2302.00902", "--complete").out == "lqae\tcompleted\n"
    with held.read() as session:
        (paper,) = session.exec(select(Paper)).all()
    assert (paper.citekey, paper.arxiv_id) == ("lqae", "2302.00902")
    assert sizes(held)["paper_tag"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "nope"), "“nope” is no arXiv id, DOI or address"),
        (("add", "2302.00902", "https://openreview.net/forum?id=x"), "is no arXiv id, DOI"),
        (("add", ""), "Type an arXiv id"),
        (("add", "\udcff"), "is no arXiv id"),
        (("add", "PMID:", "31452104"), "PubMed's numbers are not looked up"),
        (("add", "2302.00902"), "arXiv cannot be reached"),
        (("add", "10.18653/v1/P19-1001"), "127.0.0.1 cannot be reached"),
        (("import", "nowhere.md"), "no file to import at nowhere.md"),
        (("import", "."), "no file to import"),
    ],
)
def test_what_could_not_be_done_is_one_line(
    run: Run, held: Database, words: tuple[str, ...], said: str
) -> None:
    assert said in could_not(run(*words))
    assert "paper" not in sizes(held)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.md", b"\x00\x01\x02", "a.md: This is not a text file."),
        ("a.md", b"", "a.md: There is nothing in this file."),
        ("a.md", b"x" * (30 * 1024 * 1024 + 1), "a.md: The file is larger than 30 MB."),
    ],
)
def test_a_file_that_is_no_notes(
    run: Run, held: Database, name: str, data: bytes, said: str
) -> None:
    Path(name).write_bytes(data)
    assert said in could_not(run("import", name))
    assert "note" not in sizes(held)


def test_notes_are_looked_at_taken_and_not_taken_again(run: Run, held: Database) -> None:
    nothing = sizes(held)
    foreseen = run("import", READING, "--dry-run")
    assert (foreseen.code, sizes(held)) == (0, nothing)
    done = run("import", READING)
    assert done.code == 0
    assert done.out.splitlines()[-1] == foreseen.out.splitlines()[-1]
    after = sizes(held)
    assert after["paper"] > 0
    again = run("import", READING)
    assert (again.code, again.out) == (0, "reading.md: nothing to change.\n")
    assert sizes(held) == after


def test_a_file_name_that_is_no_utf_8(run: Run, held: Database) -> None:
    copyfile(READING, os.fsencode("笔记.md".encode("gbk")))
    (name,) = (each for each in os.listdir(".") if each.endswith(".md"))
    assert run("import", name).code == 0
    assert sizes(held)["note"] > 0


def test_what_was_imported_is_found_and_indexed(run: Run) -> None:
    run("import", READING)
    found = run("search", "对比学习")
    kind, key, title = found.out.splitlines()[0].split("\t")
    assert (kind, title) == ("paper", "对比学习")
    answer = json.loads(run("search", "对比学习", "--json").out)
    assert {"items", "total", "facets"} <= set(answer)
    assert answer["items"][0]["key"] == key
    nothing = run("search", "xyzzy")
    assert nothing == (0, "", "Nothing found.\n")
    assert run("search", '"(').code == 0
    before = run("reindex").out
    assert before == run("reindex").out
    assert json.loads(run("search", "对比学习", "--json").out) == answer


def test_search_offers_a_word_that_is_more_frequent(run: Run, held: Database) -> None:
    with held.write() as session:
        for n in range(12):
            create_paper(session, PaperInput(title=f"Attention {n}"))
        create_paper(session, PaperInput(title="Odd", abstract="attenton"))
    found = run("search", "attenton")
    assert found.out.endswith("\tOdd\n")
    assert found.err == "Did you mean: attention?\n"
    assert json.loads(run("search", "attenton", "--json").out)["suggestion"] == "attention"
    assert run("search", "attenton", "--as-typed").err == ""


def test_papers_are_exported_as_they_are_found(run: Run, tmp_path: Path) -> None:
    run("import", READING)
    everything = run("export")
    assert everything.code == 0
    assert everything.out.startswith("@misc{")
    found = run("export", "--query", "对比学习", "--format", "json")
    assert 0 < json.loads(found.out)["total"] < everything.out.count("\n}\n")
    assert run("export", "-o", "papers.bib") == (0, "", "")
    assert (tmp_path / "papers.bib").read_text("utf-8") == everything.out


def test_a_comparison_is_exported(run: Run, held: Database, tmp_path: Path) -> None:
    with held.write() as session:
        arrange_comparison(session)
    table = run("export", "--comparison", "vqa-sql")
    assert "Gated fusion [gated]" in table.out
    today = date.today().isoformat()
    assert run("export", "--comparison", "vqa-sql", "--as-of", today).out == table.out
    assert run("export", "--comparison", "vqa-sql", "--format", "png", "-o", "x.png").code == 0
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "docx"), "format: “docx” cannot be written; these can: bibtex, biblatex,"),
        (("--comparison", "none"), "none"),
        (("--comparison", "vqa-sql", "--as-of", "soon"), "as_of: Write a date"),
        (("--comparison", "vqa-sql", "--format", "docx"), "markdown, latex"),
        (("-o", "no/such/folder/x.bib"), "no/such/folder/x.bib"),
    ],
)
def test_what_cannot_be_exported(
    run: Run, held: Database, words: tuple[str, ...], said: str
) -> None:
    with held.write() as session:
        arrange_comparison(session)
    assert said in could_not(run("export", *words))


@pytest.mark.sqlite
def test_a_new_library_is_migrated_where_it_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CROSSWALK_LIBRARY", str(tmp_path / "new" / "one"))
    assert run("migrate") == (0, "", "")
    assert (tmp_path / "new/one/crosswalk.sqlite3").is_file()
    assert run("migrate").code == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "soon", "CROSSWALK_PORT: Input should be a valid integer"),
        ("LANGUAGE", "fr", "CROSSWALK_LANGUAGE: Input should be 'en' or 'zh'"),
        ("ALLOWED_HOSTS", "not json", "allowed_hosts"),
        ("LIBRARY", "/dev/null/library", "/dev/null/library"),
        ("DATABASE_URL", "nonsense", "CROSSWALK_DATABASE_URL: Could not parse"),
        ("DATABASE_URL", "nosql://here", "CROSSWALK_DATABASE_URL: Can't load plugin"),
        ("DATABASE_URL", "mysql://here/it", "CROSSWALK_DATABASE_URL: mysql cannot hold a library"),
        ("DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:9/x", "cannot be used: connection fail"),
    ],
)
def test_settings_that_cannot_be(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"CROSSWALK_{name}", value)
    assert said in could_not(run("migrate"))


@pytest.mark.sqlite
def test_a_database_that_is_none(run: Run, settings: Settings) -> None:
    (settings.library / "crosswalk.sqlite3").write_bytes(b"not a database " * 1000)
    assert "The database is damaged: file is not a database" in could_not(run("reindex"))


@pytest.mark.parametrize(
    "words",
    [
        ("search", "x"),
        ("serve", "--port", "0"),
        ("migrate",),
        ("reindex",),
        ("export",),
        ("export", "--format", "vault", "-o", "out"),
        ("add", "2302.00902"),
        ("import", READING),
        ("import", READING, "--dry-run"),
        ("sync", "vault"),
        ("sync", "vault", "--dry-run"),
    ],
)
def test_a_library_of_a_newer_version_is_told_and_left_alone(
    run: Run, held: Database, words: tuple[str, ...]
) -> None:
    with held.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
        connection.commit()
    said = could_not(run(*words))
    assert "written by a newer Crosswalk: its schema is 0999" in said
    assert sizes(held).keys() <= {"verdict", "library_state"}
    assert not Path("vault").exists()


@pytest.mark.parametrize(
    "words", [("add", "2302.00902"), ("import", READING), ("sync", "vault"), ("reindex",)]
)
def test_a_library_that_cannot_be_written_is_told_in_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, settings: Settings, words: tuple[str, ...]
) -> None:
    if "postgresql" in settings.url:
        option = "options=-c%20default_transaction_read_only%3Don"
        monkeypatch.setenv("CROSSWALK_DATABASE_URL", f"{settings.url}&{option}")
    seal(monkeypatch, settings.library)
    assert "The library is read-only: it can be read and searched" in could_not(run(*words))
    assert run("search", "x").err == "Nothing found.\n"


@pytest.mark.sqlite
def test_a_damaged_library_is_told_by_every_command(run: Run, settings: Settings) -> None:
    file = settings.library / "crosswalk.sqlite3"
    file.write_bytes(file.read_bytes()[:4096] + b"damaged " * 4096)
    for words in (("search", "x"), ("serve", "--port", "0"), ("export",), ("import", READING)):
        assert "database is damaged: " in could_not(run(*words)), words


def test_naughty_strings_are_queries_like_others(run: Run, shared_dir: Path) -> None:
    strings = json.loads((shared_dir / "data/hostile/blns/blns.json").read_text("utf-8"))
    for query in strings[::9]:
        assert run("search", "--", query).code == 0, query
    assert run("search", "--", b"\xff\xfe \x80".decode("utf-8", "surrogateescape")).code == 0


def test_errors_are_in_the_language_of_the_settings(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSWALK_LANGUAGE", "zh")
    assert "不是 arXiv 编号" in could_not(run("add", "nope"))


@pytest.mark.sqlite  # no database is asked about ports
def test_a_port_that_is_taken_is_told_before_a_library_is_made(run: Run, held: Database) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in could_not(run("serve", "--port", port))
    assert "paper" not in sizes(held)


@pytest.mark.sqlite
def test_two_servers_that_take_a_port_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither listens yet: the one that does so later says that the port is taken."""
    (taken,) = take_port("127.0.0.1", 0)
    with taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):  # at once: nobody waits for the start
            socket.create_connection(("127.0.0.1", port), timeout=5)
        monkeypatch.setattr("uvicorn.Config.load", lambda _: taken.listen())
        assert f"port {port}" in could_not(run("serve", "--port", str(port)))


def test_the_port_is_taken_so_that_answers_leave_at_once() -> None:
    (taken,) = take_port("127.0.0.1", 0)
    with taken:
        assert taken.proto == IPPROTO_TCP  # by which asyncio turns Nagle's algorithm off


def test_localhost_is_both_of_its_addresses() -> None:
    with ExitStack() as stack:
        taken = [stack.enter_context(each) for each in take_port("localhost", 0)]
        assert len({each.getsockname()[1] for each in taken}) == 1, "on one port"
        assert {each.getsockname()[0] for each in taken} <= {"127.0.0.1", "::1"}
        assert taken[0].getsockname()[0] == "127.0.0.1"
        assert socket.has_ipv6 == (len(taken) == 2) or not _has_address("::1")
        assert all(map(is_loopback, taken))
        for each in taken:
            each.listen()
        with pytest.raises(OSError, match="in use"):
            take_port("localhost", taken[0].getsockname()[1])


def _has_address(address: str) -> bool:
    try:
        socket.create_server((address, 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "", "::"])
def test_what_others_can_reach_is_no_loopback(host: str) -> None:
    with ExitStack() as stack:
        taken = [stack.enter_context(each) for each in take_port(host, 0)]
        assert not all(map(is_loopback, taken))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "127.9.9.9"])
def test_what_others_cannot_reach_is(host: str) -> None:
    (taken,) = take_port(host, 0)
    with taken:
        assert is_loopback(taken)


@pytest.mark.sqlite  # no database is opened
@pytest.mark.parametrize("by", ["option", "setting"])
def test_it_is_open_to_others_only_where_its_names_are_said(
    run: Run, held: Database, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    words: tuple[str, ...] = ("serve", "--port", "0")
    if by == "option":
        words = (*words, "--host", "0.0.0.0")
    else:
        monkeypatch.setenv("CROSSWALK_HOST", "0.0.0.0")
    said = could_not(run(*words))
    assert "has no accounts" in said
    assert "CROSSWALK_ALLOWED_HOSTS" in said
    assert gc.isenabled(), "a start that failed leaves the process as it was"
    monkeypatch.setenv("CROSSWALK_ALLOWED_HOSTS", '["papers.example"]')
    ended = run(*words)
    assert (ended.code, ended.err.count("\n")) == (0, 1)
    assert "Other computers can reach this server" in ended.err
    assert run("serve", "--port", "0").err == ("" if by == "option" else ended.err)


@pytest.mark.sqlite
@pytest.mark.parametrize("host", ["no.such.name.invalid", "a" * 300, "256.1.1.1", "bad..name"])
def test_a_host_that_is_none(run: Run, host: str) -> None:
    assert "is no address of this computer" in could_not(run("serve", "--host", host))


def test_serving_says_what_it_opened_answers_and_stops(settings: Settings, tmp_path: Path) -> None:
    served = _serve(settings, tmp_path, "--port", "0")
    try:
        said, url = _address(served)
        assert f"library {settings.library} (0 papers, " in said
        assert ("PostgreSQL" if "postgresql" in settings.url else "SQLite") in said
        assert _answer(f"{url}/healthz", served) == b"ok\n"
        behind_a_proxy = {
            "Host": "papers.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.7",
        }
        answer = httpx2.get(f"{url}/feed.atom", headers=behind_a_proxy, timeout=30)
        assert "https://papers.example/feed.atom" in answer.text
        assert "server" not in answer.headers
    finally:
        served.terminate()
        rest, _ = served.communicate(timeout=10)
    assert rest == ""


@pytest.mark.sqlite
def test_a_server_answers_to_the_address_it_listens_on(settings: Settings, tmp_path: Path) -> None:
    """Also where it was written otherwise (127.2 is 127.0.0.2)."""
    served = _serve(settings, tmp_path, "--host", "127.2", "--port", "0")
    try:
        port = _address(served)[1].rpartition(":")[2]
        assert _answer(f"http://127.0.0.2:{port}/healthz", served) == b"ok\n"
    finally:
        served.terminate()
        served.communicate(timeout=10)


@pytest.mark.sqlite
def test_an_export_that_fails_half_way_leaves_the_file_of_before(
    run: Run, held: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    document = documents.ExportedFile("papers.bib", "application/x-bibtex", half())
    monkeypatch.setattr(documents, "papers_document", lambda *_, **__: document)
    file = tmp_path / "papers.bib"
    file.write_bytes(b"before")
    file.chmod(0o640)
    assert "full" in could_not(run("export", "-o", str(file)))
    assert [(each.name, each.read_bytes()) for each in tmp_path.glob("*pa*")] == [
        ("papers.bib", b"before")
    ]
    monkeypatch.setattr(
        documents, "papers_document", lambda *_, **__: replace(document, data=b"after")
    )
    assert run("export", "-o", str(file)).code == 0
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"after", 0o640)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "SQLite"),
        ("sqlite:////srv/papers.sqlite3", "SQLite /srv/papers.sqlite3"),
        ("postgresql+psycopg://me:secret@db.example/papers", "PostgreSQL papers at db.example"),
        ("postgresql+psycopg:///papers?host=/run&password=secret", "PostgreSQL papers"),
    ],
)
def test_what_a_server_opened_is_said_without_a_password(url: str, said: str) -> None:
    settings = Settings(library=Path("books"), database_url=url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert serving_line(settings, listening, 1) == (
            f"Crosswalk {__version__}: http://127.0.0.1:{port}, library books (1 paper, {said})"
        )


@pytest.mark.sqlite
def test_every_file_that_makes_a_page_is_watched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[uvicorn.Config] = []

    class Watching:
        def __init__(self, config: uvicorn.Config, **_: object) -> None:
            watched.append(config)

        def run(self) -> None:
            pass

    monkeypatch.setattr("uvicorn.supervisors.ChangeReload", Watching)
    assert run("serve", "--reload", "--port", "0").code == 0
    (config,) = watched
    makes_a_page = FileFilter(config)
    files = [
        *(CHECKOUT / "app").rglob("*.p[yo]"),
        *(CHECKOUT / "templates").rglob("*.*"),
        *(CHECKOUT / "static" / "css").iterdir(),
        *(CHECKOUT / "static" / "js").iterdir(),
    ]
    assert len(files) > 200
    for file in files:
        assert makes_a_page(file), file
        assert set(config.reload_dirs) & set(file.parents), file


@pytest.mark.sqlite
def test_a_server_that_reloads_shows_a_changed_style_and_a_changed_word(
    settings: Settings, tmp_path: Path
) -> None:
    for name in ("app", "templates", "static", "migrations"):
        copytree(CHECKOUT / name, tmp_path / name)  # compiled files too
    served = _serve(settings, tmp_path, "--reload", "--port", "0", checkout=tmp_path)
    try:
        _, url = _address(served)
        page = _answer(f"{url}/", served).decode()
        assert "总览" in page
        style = re.search(r"/static/css/common\.css\?v=\w+", page)
        assert style
        words = tmp_path / "app" / "web" / "locale" / "zh.po"
        words.write_text(words.read_text("utf-8").replace('"总览"', '"改过的总览"'), "utf-8")
        with (tmp_path / "static" / "css" / "tokens.css").open("a") as file:
            file.write("/* changed */")
        for _ in range(100):
            page = _answer(f"{url}/", served).decode()
            if "改过的总览" in page and style[0] not in page:
                break
            time.sleep(0.1)
        assert "改过的总览" in page
        assert style[0] not in page
    finally:
        served.terminate()
        served.communicate(timeout=10)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=lambda end: end.name)
def test_a_server_ends_its_worker_and_what_that_was_doing(
    settings: Settings, tmp_path: Path, end: signal.Signals
) -> None:
    """Killed while a large import waits for the lock, and told to end when that is done."""
    entries = "".join(
        f"@misc{{k{n}, title={{On Lamps {n}}}, note={{{n:400}}}}}\n" for n in range(200)
    )
    send = partial(httpx2.post, files={"file": ("many.bib", entries.encode())}, timeout=60)
    served = _serve(settings, tmp_path, "--port", "0")
    try:
        _, url = _address(served)
        _answer(f"{url}/healthz", served)
        assert send(f"{url}/api/v1/import", data={"dry_run": "true"}).status_code == 200
        (worker,) = _children(served.pid)
        db = open_library(settings)
        with ThreadPoolExecutor(1) as threads, db.write() as session:
            session.execute(text("SELECT 1"))
            sent = threads.submit(send, f"{url}/api/v1/import")
            time.sleep(1)  # by then, it waits
            if end is signal.SIGTERM:
                session.rollback()
                assert sent.result(60).status_code == 200
            os.kill(served.pid, end)
            served.communicate(timeout=60)
            _until(lambda: not _is_there(worker))
            session.rollback()
            assert sent.exception(60) is None or end is signal.SIGKILL
        with db.read() as session:
            counted = session.execute(text("SELECT count(*) FROM paper")).scalar_one()
        assert counted == (0 if end is signal.SIGKILL else 200)
        db.close()
    finally:
        served.kill()
        served.communicate(timeout=10)


def _children(process: int) -> list[int]:
    """The numbers of the processes that a process has started."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, check=False)
    return [int(number) for number in found.stdout.split()]


def _is_there(process: int) -> bool:
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, check=False
    )
    return shown.stdout.strip()[:1] not in (b"", b"Z")  # Z has ended, and nobody has asked how


def _until(look: Callable[[], Found]) -> Found:
    """What `look` finds, as soon as it finds something."""
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen")


def _serve(
    settings: Settings, folder: Path, *words: str, checkout: Path | None = None
) -> "subprocess.Popen[str]":
    """A server in a process of its own: a browser test may hold this one's loop."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", *words],
        env=_serving(settings, checkout or CHECKOUT),
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _address(served: "subprocess.Popen[str]") -> tuple[str, str]:
    """The line with which a server begins, and the address that it names."""
    assert served.stdout
    said = served.stdout.readline()
    found = re.search(r"http://[^ ,]+", said)
    assert found, said
    return said, found[0]


def _serving(settings: Settings, checkout: Path) -> dict[str, str]:
    """The environment of a server on this library, started in another folder."""
    return {
        **os.environ,
        "PYTHONPATH": str(checkout),
        "CROSSWALK_LANGUAGE": "zh",
        "CROSSWALK_ALLOWED_HOSTS": '["papers.example"]',
        "CROSSWALK_LIBRARY": str(settings.library),
        "CROSSWALK_DATABASE_URL": settings.database_url,
        "CROSSWALK_STARTER": "0",
    }


def _answer(url: str, served: "subprocess.Popen[str]") -> bytes:
    """What `url` answers as soon as it does."""
    for _ in range(300):
        try:
            with urlopen(url, timeout=30) as answer:
                body: bytes = answer.read()
                return body
        except OSError:
            assert served.poll() is None, "the server ended"
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")
