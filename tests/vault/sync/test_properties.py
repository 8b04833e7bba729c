"""Properties as people and plugins write them: one that cannot be taken keeps only itself out, what
import reads in a file a sync reads the same, and a line of the reader's stays."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.database import Database
from app.library import service as library
from app.models import Technique
from app.notes import service as notes
from app.vault.sync.report import SyncReport
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import TermInput
from tests.vault.sync.conftest import BODY, KEY, all_notes, edit, note_called, paper_with

Sync = Callable[..., SyncReport]


@pytest.fixture
def said(held: Database, folder: Path, sync: Sync) -> Path:
    """The file of a paper of which much is known."""
    with held.write() as session:
        vocabularies.create_term(
            session, Technique, TermInput(slug="gate", name_en="Gated Fusion", name_zh="门控融合")
        )
        paper = library.get_paper(session, KEY)
        given = library.paper_as_input(paper).model_copy(
            update={
                "year": 2021,
                "authors": ["Wonjae Kim", "{Barnes and Noble, Inc.}"],
                "doi": "10.1000/1",
                "arxiv_id": "2102.03334",
                "techniques": ["gate"],
                "details": {"volume": "3"},
            }
        )
        library.update_paper(session, paper, given)
        library.give_verdict(session, paper, verdict="adopt", reason="why", due="2026-12-31")
    sync()
    return folder / f"papers/{KEY}.md"


def _left(report: SyncReport) -> list[str]:
    return [str(line.why) for line in report.lines if line.what == "left"]


NAMES = (
    *("citekey", "title", "aliases", "kind", "venue", "year", "authors", "doi", "arxiv", "tags"),
    *(
        "techniques",
        "verdict",
        "reason",
        "verdict_due",
        "volume",
        "id",
        "created",
        "updated",
        "version",
    ),
)


def test_a_property_that_is_missing_stays_as_it_is(held: Database, said: Path, sync: Sync) -> None:
    before, number, was = _values(held), note_called(held, "On it").id, "second line"
    for name in NAMES:
        kept, skips = [], False
        for line in said.read_text("utf-8").split("\n"):
            skips = line.startswith(f"{name}:") or (skips and line.startswith("- "))
            kept += [] if skips else [line]
        text = "\n".join(kept)
        assert f"\n{name}:" not in text
        said.write_text(text.replace(was, now := f"without {name}"), "utf-8")
        assert _left(sync()) == [], name
        assert _values(held) == before, name
        assert all_notes(held)["On it"] == BODY.replace("second line", now)
        assert sync().lines == [], name
        with held.write() as session:  # by which the property is written again
            body = BODY.replace("second line", was := f"with {name}")
            notes.update_note(session, number, body=body)
        sync()
        assert f"\n{name}:" in said.read_text("utf-8")


def _values(database: Database) -> dict[str, object]:
    with database.read() as session:
        paper = library.get_paper(session, KEY)
        verdict = paper.verdict
        assert verdict is not None
        return {
            **library.paper_as_input(paper).model_dump(),
            "verdict": (verdict.verdict.slug, verdict.reason, verdict.due),
        }


ODD = {
    "kind: paper": "kind: article",
    "year: 2021": "year: n.d.",
    "doi: 10.1000/1": "doi: none yet",
    "arxiv: '2102.03334'": "arxiv: soon",
    f"citekey: {KEY}": "citekey: 'my key!'",
    "title: ViLT": "title: ViLT: the paper",
    "verdict: adopt": "verdict: excellent",
    "- '[[techniques/gate]]'": "- '[[techniques/unheard-of]]'",
    "venue: ICML": "venue: ICML\nurl: example",
    "reason: why": "reason: why\npublished: last spring",
    "verdict_due: '2026-12-31'": "verdict_due: some day",
}
TAKEN: dict[str, tuple[str, dict[str, object]]] = {
    "year: 2021\n": ("year: 2020-05-01\n", {"year": 2020}),
    "year: 2021": ("year:", {"year": None}),
    "doi: 10.1000/1": ("doi: https://doi.org/10.1000/2", {"doi": "10.1000/2"}),
    "arxiv: '2102.03334'": (
        "arxiv: https://arxiv.org/abs/2102.09999v2",
        {"arxiv_id": "2102.09999", "arxiv_version": 2},
    ),
    f"citekey: {KEY}": ("citekey: '@kim2021better'", {"citekey": "kim2021better"}),
    "- Wonjae Kim\n": (
        '- "[[Wonjae Kim]]"\n- "[[people/Bob|Bob Sample]]"\n',
        {"authors": ["Wonjae Kim", "Bob Sample", "{Barnes and Noble, Inc.}"]},
    ),
    "authors:\n- Wonjae Kim\n- '{Barnes and Noble, Inc.}'": (
        "authors: Ann Lee and Bob Sample",
        {"authors": ["Ann Lee", "Bob Sample"]},
    ),
    "- two-words": ("- two-words\n- '#new'", {"tags": ["new", "two words"]}),
    "tags:\n- two-words\ntag_names:\n- two words": ("tags: one, three", {"tags": ["one", "three"]}),
    "techniques:\n- '[[techniques/gate]]'": ("techniques: 门控融合", {"techniques": ["gate"]}),
    "venue: ICML": ("venue: '[[ICML 2021]]'", {"venue": "ICML 2021"}),
    "verdict: adopt": ("verdict: 值得一试", {"verdict": ("try", "why", "2026-12-31")}),
    "verdict_due: '2026-12-31'": (
        "verdict_due: 2027-01-31",
        {"verdict": ("adopt", "why", "2027-01-31")},
    ),
    "volume: '3'": ("volume:", {"details": {}}),
    "kind: paper": ("kind:", {}),
}


@pytest.mark.parametrize("old", ODD)
def test_an_odd_property_keeps_only_itself_out_and_stays(
    held: Database, said: Path, sync: Sync, old: str
) -> None:
    new, before = ODD[old], _values(held)
    odd = new.rpartition("\n")[2]
    edit(said, old, new)
    edit(said, "second line", "2nd line")
    told = _left(sync())
    assert len(told) == 1
    assert "waits" in told[0]
    assert told[0].startswith(odd.partition(":")[0] if ":" in odd else "techniques")
    assert _values(held) == before
    assert note_called(held, "On it").body == BODY.replace("second", "2nd")
    with held.write() as session:
        notes.update_note(session, note_called(held, "On it").id, body="from the library")
    assert _left(sync()) == told, "it is told until it is mended"
    text = said.read_text("utf-8")
    assert odd in text
    assert "from the library" in text
    sync()
    assert said.read_text("utf-8") == text
    edit(said, odd, "" if "\n" in new else old)
    sync()
    assert sync().lines == []
    assert _values(held) == before


def test_what_waits_is_taken_once_it_can_be(held: Database, said: Path, sync: Sync) -> None:
    edit(said, "- '[[techniques/gate]]'", "- '[[techniques/gate]]'\n- '[[techniques/later]]'")
    assert len(_left(sync())) == 1
    with held.write() as session:
        vocabularies.create_term(session, Technique, TermInput(slug="later", name_en="Later"))
    assert _left(sync()) == []
    assert _values(held)["techniques"] == ["gate", "later"]
    sync()
    assert sync().lines == []


@pytest.mark.parametrize("old", TAKEN)
def test_a_property_is_read_as_import_reads_it(
    held: Database, said: Path, sync: Sync, old: str
) -> None:
    new, changed = TAKEN[old]
    before = _values(held)
    edit(said, old, new)
    assert _left(sync()) == []
    assert _values(held) == {**before, **changed}
    sync()
    assert sync().lines == []


def test_a_new_file_is_read_as_import_reads_it(held: Database, folder: Path, sync: Sync) -> None:
    sync()
    path = folder / "papers/sample2020rows.md"
    path.write_text(
        "---\n作者:\n  - '[[Bob Sample]]'\n  - {family: Lee, given: Ann}\nyear: 2020-05-01\n"
        "DOI: https://doi.org/10.1000/7\njournal: Rows\nkeywords: a, b c\nrating: 5 # of 5\n"
        "kind: article\n---\n# Rows and Regions\n\nA note.\n"
    )
    assert len(_left(sync())) == 1
    paper = paper_with(held, "sample2020rows")
    assert (paper.title, paper.authors, paper.year) == (
        "Rows and Regions",
        ["Bob Sample", "Ann Lee"],
        2020,
    )
    assert (paper.doi, paper.venue, paper.kind) == ("10.1000/7", "Rows", "paper")
    assert {tag.name for tag in paper.tags} == {"a", "b c"}
    text = path.read_text("utf-8")
    assert "\nrating: 5 # of 5\n" in text
    assert "\nkind: article\n" in text
    edit(path, "kind: article", "kind: paper")
    sync()
    assert sync().lines == []


READERS = (
    "id: 202611281010\ncreated: 2019-03-04\nrating: 5\n# mine\nnested: {a: [1, 2]}\n"
    "links: '[[x]]'\n"
)


def test_the_readers_own_properties_are_never_overwritten(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    zettel = folder / "notes/Z.md"
    zettel.write_text(f"---\n{READERS}updated: 2020-01-01\n---\nbody\n")
    assert _left(sync()) == []
    number = note_called(held, "Z").id
    for body in ("once", "twice"):
        with held.write() as session:
            notes.update_note(session, number, body=body)
        sync()
        text = zettel.read_text("utf-8")
        for line in (*READERS.splitlines(), "updated: 2020-01-01", f"crosswalk_id: {number}", body):
            assert line in text.split("\n")
    edit(zettel, "twice", "in the folder")
    sync()
    assert all_notes(held)["Z"] == "in the folder"
    zettel.rename(folder / "notes/Y.md")
    sync()
    assert note_called(held, "Y").id == number
    assert sync().lines == []


def test_a_plugin_that_stamps_a_file_keeps_its_stamp(
    held: Database, said: Path, sync: Sync, folder: Path
) -> None:
    for path in (said, folder / "notes/Alone.md"):
        text = path.read_text("utf-8")
        stamp = next(line for line in text.split("\n") if line.startswith("updated:"))
        edit(path, stamp, "updated: 2026-11-28 10:20")
    edit(said, "aliases:\n", "aliases:\n- my own name\n")
    sync()
    with held.write() as session:
        paper = library.get_paper(session, KEY)
        given = library.paper_as_input(paper).model_copy(update={"title": "ViLT anew"})
        library.update_paper(session, paper, given)
        notes.update_note(session, note_called(held, "Alone").id, body="anew")
    sync()
    for path in (said, folder / "notes/Alone.md"):
        text = path.read_text("utf-8")
        assert "\nupdated: 2026-11-28 10:20\n" in text
        assert "\ncrosswalk_updated: " in text
    assert "\naliases:\n- ViLT anew\n- my own name\n" in said.read_text("utf-8")
    assert sync().lines == []


def test_a_note_about_a_paper_takes_its_properties_along(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    (folder / "notes/About.md").write_text(f"---\npaper: '[[{KEY}]]'\nrating: 5\n---\nbody\n")
    (folder / "notes/About what.md").write_text("---\npaper: '[[nobody]]'\nrating: 5\n---\nbody\n")
    assert len(_left(sync())) == 1
    sync()
    assert all_notes(held)["About"] == "- rating: 5\n\nbody"
    assert all_notes(held)["About what"] == "body"
    assert "- rating: 5\n\nbody" in (folder / f"papers/{KEY}.md").read_text("utf-8")
    assert not (folder / "notes/About.md").exists()


def test_another_note_with_a_number_of_the_librarys_is_another(
    held: Database, folder: Path, sync: Sync
) -> None:
    sync()
    number = note_called(held, "Alone").id
    (folder / "notes/Mine.md").write_text(f"---\nid: {number}\n---\nmine\n")
    (folder / "notes/Alone.md").unlink()
    sync()
    assert all_notes(held) == {"On it": BODY, "Mine": "mine"}
    assert f"\nid: {number}\n" in (folder / "notes/Mine.md").read_text("utf-8")


def test_a_terms_lists_may_be_texts(held: Database, folder: Path, said: Path, sync: Sync) -> None:
    term = folder / "techniques/gate.md"
    edit(term, "slug: gate", "slug: gate\nsynonyms_en: gating, gated")
    edit(term, "name_zh: 门控融合", "name_zh: 门控\nmine: x")
    assert _left(sync()) == []
    with held.read() as session:
        held_term = vocabularies.get_term(session, Technique, "gate")
    assert (held_term.synonyms_en, held_term.name_zh) == (["gating", "gated"], "门控")
    assert "\nmine: x\n" in term.read_text("utf-8")
    sync()
    assert sync().lines == []
