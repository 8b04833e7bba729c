"""The index says what the rows say, whatever changed them."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert, text, update
from sqlmodel import Session, col, delete, select

from app.changes import changes_of
from app.database import Database
from app.library import service as library
from app.library.rules import PaperInput
from app.models import (
    Author,
    Claim,
    Evidence,
    Issue,
    Note,
    Paper,
    PaperTag,
    Ruling,
    Stance,
    Tag,
    Technique,
    Verdict,
)
from app.search import service as search
from tests.conftest import counted
from tests.databases import arranged
from tests.search.library import fill

Change = Callable[[Session], object]
GATED = ("gated-fusion", "gated-fusion/dk-t4")


@arranged
def db(db: Database) -> Database:
    with db.write() as session:
        fill(session)
    return db


def paper(session: Session, citekey: str = "kim2021vilt") -> Paper:
    return library.get_paper(session, citekey)


def technique(session: Session, slug: str = "gated-fusion") -> Technique:
    return session.exec(select(Technique).where(Technique.slug == slug)).one()


def claim(session: Session) -> Claim:
    return session.exec(select(Claim)).one()


def note(session: Session, number: int = 1) -> Note:
    return session.get_one(Note, number)


def keys(session: Session, q: str) -> set[str]:
    return {hit.key for hit in search.search_all(session, q).items}


_WHOLE = {
    "sqlite": "t.title, t.names, t.techniques, t.abstract, t.notes FROM search_text t"
    " LEFT JOIN search_document d ON d.id = -t.rowid",
    "postgresql": "t.part, t.words FROM search_text t"
    " LEFT JOIN search_document d ON d.id = -t.document",
}


def index(session: Session) -> set[tuple[object, ...]]:
    """Every document with its text, but for its number."""
    whole = _WHOLE[session.get_bind().dialect.name]
    rows = session.connection().execute(text(f"SELECT d.kind, d.item_id, d.other_id, {whole}"))
    return {tuple(row) for row in rows}


def assert_in_agreement(db: Database) -> None:
    """The index is what it would be if it were written anew."""
    with db.write() as session:
        followed = index(session)
        search.rebuild_index(session)
        assert followed == index(session)


def set_title(session: Session) -> None:
    paper(session).title = "中微子振荡"


def set_authors(session: Session) -> None:
    found = paper(session)
    given = library.paper_as_input(found).model_copy(update={"authors": ["Neutrino Pauli"]})
    library.update_paper(session, found, given)


def rename_author(session: Session) -> None:
    found = session.exec(select(Author).where(Author.name == "Wonjae Kim")).one()
    found.name = "Neutrino Pauli"


def rename_tag(session: Session) -> None:
    session.exec(select(Tag)).one().name = "中微子"


def rename_verdict(session: Session) -> None:
    session.exec(select(Verdict).where(Verdict.slug == "try")).one().label_zh = "中微子"


def rename_technique(session: Session) -> None:
    technique(session).synonyms_zh = ["中微子"]


def rename_issue(session: Session) -> None:
    session.exec(select(Issue).where(Issue.slug == "dk-t4")).one().name_zh = "中微子"


def attach_technique(session: Session) -> None:
    technique(session).name_zh = "中微子"
    session.flush()
    library.set_techniques(session, paper(session), ["gated-fusion"])


def give_verdict(session: Session) -> None:
    library.give_verdict(session, paper(session), verdict="no", reason="与中微子无关")


def write_note(session: Session) -> None:
    session.add(Note(title="新", body="**中微子**", paper_id=paper(session).id))


def move_note(session: Session) -> None:
    note(session).body = "中微子"
    session.flush()
    note(session).paper_id = paper(session, "zhang2020uvrnmt").id


def quote(session: Session) -> None:
    session.add(Evidence(claim_id=claim(session).id, note_id=1, quote="中微子", position=1))


def argue(session: Session) -> None:
    claim(session).rationale = "中微子"


def move_claim(session: Session) -> None:
    claim(session).rationale = "中微子"
    session.flush()
    claim(session).technique_id = technique(session, "cross-attention").id


def rule(session: Session) -> None:
    session.add(
        Ruling(
            technique_id=technique(session, "cross-attention").id,
            issue_id=1,
            stance=Stance.FAILS,
            rationale="中微子",
        )
    )


def update_statement(session: Session) -> None:
    session.execute(update(Note).where(col(Note.id) == 1).values(body="中微子"))


def update_by_key(session: Session) -> None:
    session.execute(update(Note), [{"id": 1, "body": "中微子"}])


def insert_statement(session: Session) -> None:
    session.execute(insert(Note).values(title="中微子", body="", title_folded=""))


def insert_rows(session: Session) -> None:
    session.exec(select(Tag)).one().name = "中微子"
    session.flush()
    session.execute(insert(PaperTag), [{"paper_id": paper(session).id, "tag_id": 1}])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_title, {"kim2021vilt"}),
        (rename_tag, {"zhang2020uvrnmt"}),
        (rename_verdict, {"zhang2020uvrnmt"}),
        (rename_technique, {"zhang2020uvrnmt", "3", *GATED}),  # the note by its other name
        (rename_issue, {"dk-t4", "gated-fusion/dk-t4"}),
        (attach_technique, {"zhang2020uvrnmt", "kim2021vilt", "3", *GATED}),
        (give_verdict, {"kim2021vilt"}),
        (write_note, {"kim2021vilt", "4"}),
        (move_note, {"zhang2020uvrnmt", "1"}),
        (quote, {"gated-fusion/dk-t4"}),
        (argue, {"gated-fusion/dk-t4"}),
        (move_claim, {"cross-attention/dk-t4"}),
        (rule, {"cross-attention/domain-knowledge"}),
        (update_statement, {"kim2021vilt", "1"}),
        (update_by_key, {"kim2021vilt", "1"}),
        (insert_statement, {"4"}),
        (insert_rows, {"kim2021vilt", "zhang2020uvrnmt"}),
    ],
)
def test_what_changes_is_found_by_its_new_words(
    db: Database, change: Change, expected: set[str]
) -> None:
    with db.write() as session:
        change(session)
    with db.read() as session:
        assert keys(session, "中微子") == expected
    assert_in_agreement(db)


@pytest.mark.parametrize("change", [set_authors, rename_author])
def test_authors_are_found_by_their_new_name_alone(db: Database, change: Change) -> None:
    with db.write() as session:
        change(session)
    with db.read() as session:
        assert keys(session, "neutrino pauli") == {"kim2021vilt"}
        assert keys(session, "wonjae") == set()
    assert_in_agreement(db)


def trash_paper(session: Session) -> None:
    library.trash_paper(paper(session))


def trash_note(session: Session) -> None:
    note(session).trashed_at = note(session).created_at


def delete_note(session: Session) -> None:
    session.delete(note(session))


def delete_statement(session: Session) -> None:
    session.exec(delete(Note).where(col(Note.id) == 1))


def delete_all(session: Session) -> None:
    session.exec(delete(Note))


@pytest.mark.parametrize(
    ("change", "q", "expected"),
    [
        (trash_paper, "kim wonjae", set()),
        (trash_note, "先对齐", set()),
        (delete_note, "先对齐", set()),
        (delete_statement, "先对齐", set()),
        (delete_all, "先对齐", set()),
        (lambda session: session.delete(claim(session)), "weighs", set()),
    ],
)
def test_what_is_gone_is_not_found(
    db: Database, change: Change, q: str, expected: set[str]
) -> None:
    with db.read() as session:
        assert keys(session, q) > expected
    with db.write() as session:
        change(session)
    with db.read() as session:
        assert keys(session, q) == expected
    assert_in_agreement(db)


def test_a_restored_paper_is_found_again(db: Database) -> None:
    with db.write() as session:
        trash_paper(session)
    with db.write() as session:
        library.restore_paper(paper(session))
    with db.read() as session:
        assert "kim2021vilt" in keys(session, "wonjae")


def test_a_change_that_is_rolled_back_leaves_the_index_as_it_was(db: Database) -> None:
    def fail(session: Session) -> None:
        set_title(session)
        session.flush()
        search.FOLLOWER.follow(session, changes_of(session))
        assert keys(session, "中微子") == {"kim2021vilt"}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), db.write() as session:
        fail(session)
    with db.read() as session:
        assert keys(session, "中微子") == set()
        assert "kim2021vilt" in keys(session, "wonjae")
    assert_in_agreement(db)


def test_many_changes_take_as_many_statements_as_few(db: Database) -> None:
    def statements(number: int) -> int:
        with db.write() as session:
            for n in range(number):
                made = library.create_paper(
                    session, PaperInput(title=f"{number} {n}", authors=[f"Author {number} {n}"])
                )
                session.add(Note(title="", body="…", paper_id=made.id))
            session.flush()
            with counted(db) as seen:
                search.FOLLOWER.follow(session, changes_of(session))
        return len(seen)

    assert statements(30) == statements(2)


def test_nothing_that_matters_changed_nothing_is_written(db: Database) -> None:
    with db.write() as session, counted(db) as seen:
        search.FOLLOWER.follow(session, changes_of(session))
    assert seen == []


def test_long_texts_are_found_to_their_end(db: Database) -> None:
    """Words, phrases, and what must not be there, however far apart and however often."""
    filler = " ".join(f"filler{n} the" for n in range(9_000))
    body = f"quokka begins. {filler} wombat numbat {filler} the last bandicoot"
    with db.write() as session:
        session.add(Note(title="Long", body=body))
        session.add(Note(title="Longer", body=f"{body} echidna"))

    def found(q: str) -> set[str]:
        with db.read() as session:
            return {hit.title for hit in search.search_all(session, q, as_typed=True).items}

    both = {"Long", "Longer"}
    assert found("quokka bandicoot") == both
    assert found('"wombat numbat"') == both
    assert found('"last bandicoot"') == both
    assert found('"numbat wombat"') == set()
    assert found("quokka bandicoot -echidna") == {"Long"}
    assert found("quokka -bandicoot") == set()
    assert found("quokka in:title") == set()
    assert found('"long" in:title') == {"Long"}
    with db.write() as session:
        session.exec(delete(Note).where(col(Note.title) == "Long"))
    assert found("bandicoot") == {"Longer"}
    assert_in_agreement(db)
