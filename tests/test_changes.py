"""What follows rows sees the same changes, whether they came as objects or as statements."""

from collections.abc import Callable

import pytest
from sqlalchemy import bindparam, delete, func, insert, update
from sqlmodel import Session, col, select

from app.changes import changes_of
from app.database import Database
from app.models import (
    CellChange,
    Claim,
    Evidence,
    Link,
    Note,
    Paper,
    PaperTag,
    Stance,
    Tag,
)
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.search import service as search
from tests.comparison.conftest import arrange_comparison, claimed, pair
from tests.databases import arranged

Change = Callable[[Session, int], object]


def as_objects(session: Session, note: int) -> None:
    held = session.get_one(Note, note)
    held.body = "zebra [[bbb]]"
    session.add(held)


def by_statement(session: Session, note: int) -> None:
    session.execute(update(Note).where(col(Note.id) == note).values(body="zebra [[bbb]]"))


def by_keys(session: Session, note: int) -> None:
    session.execute(update(Note), [{"id": note, "body": "zebra [[bbb]]"}])


def by_core(session: Session, note: int) -> None:
    table = Note.__table__  # type: ignore[attr-defined]
    which = table.c.id == bindparam("which")
    session.execute(update(table).where(which).values(body="zebra [[bbb]]"), {"which": note})


CHANGES = (as_objects, by_statement, by_keys, by_core)


@arranged
def quoted(db: Database) -> tuple[int, int]:
    """A note with a link, and a claim that quotes it; their ids."""
    with db.write() as session:
        arrange_comparison(session)
        note = notes.create_note(session, NoteInput(title="one", body="a lion, see [[aaa]]"))
        evidence = [{"note": note.id, "quote": "a lion"}]
        claim = claimed(session, "gated", "dk-t4", stance="fails", evidence=evidence)
        return note.id, claim


@pytest.mark.parametrize("change", CHANGES)
def test_a_note_s_links_index_and_quotations_follow_it(
    db: Database, quoted: tuple[int, int], change: Change
) -> None:
    note, claim = quoted
    with db.write() as session:
        change(session, note)
    with db.read() as session:
        links = session.exec(select(Link.target_key).where(col(Link.source_kind) == "note"))
        assert list(links) == ["bbb"]
        assert [item.key for item in search.search_all(session, "zebra").items] == [str(note)]
        found = session.exec(select(Evidence.standing).where(col(Evidence.claim_id) == claim))
        assert list(found) == ["gone"]


def claim_as_object(session: Session, number: int) -> None:
    claim = session.get_one(Claim, number)
    claim.stance, claim.rationale = Stance.PARTIAL, "okapi"


def claim_by_statement(session: Session, number: int) -> None:
    statement = update(Claim).where(col(Claim.id) == number)
    session.execute(statement.values(stance="partial", rationale="okapi"))


def claim_by_keys(session: Session, number: int) -> None:
    session.execute(update(Claim), [{"id": number, "stance": Stance.PARTIAL, "rationale": "okapi"}])


@pytest.mark.parametrize("change", [claim_as_object, claim_by_statement, claim_by_keys])
def test_a_claim_s_history_and_index_follow_it(
    db: Database, quoted: tuple[int, int], change: Change
) -> None:
    with db.write() as session:
        change(session, quoted[1])
    with db.read() as session:
        last = session.exec(select(CellChange).order_by(col(CellChange.id).desc())).first()
        assert last
        assert last.before
        assert last.after
        assert (last.before["stance"], last.after["stance"]) == ("fails", "partial")
        assert search.search_all(session, "okapi").total == 1


def many_as_objects(session: Session, cell: tuple[int, int]) -> None:
    for _ in range(2):
        session.add(Claim(technique_id=cell[0], issue_id=cell[1], stance=Stance.FAILS))


def many_by_statement(session: Session, cell: tuple[int, int]) -> None:
    row = {"technique_id": cell[0], "issue_id": cell[1], "stance": Stance.FAILS}
    session.execute(insert(Claim), [row, row])


def many_as_values(session: Session, cell: tuple[int, int]) -> None:
    row = {"technique_id": cell[0], "issue_id": cell[1], "stance": Stance.FAILS}
    session.execute(insert(Claim).values([row, row]))


@pytest.mark.parametrize("add", [many_as_objects, many_by_statement, many_as_values])
def test_what_comes_in_without_a_number_has_its_history(
    db: Database, quoted: tuple[int, int], add: Callable[[Session, tuple[int, int]], None]
) -> None:
    with db.write() as session:
        add(session, pair(session, "cross", "dk-t4"))
    with db.read() as session:
        told = session.exec(
            select(func.count()).where(
                col(CellChange.technique_id) == pair(session, "cross", "dk-t4")[0]
            )
        )
        assert told.one() == 2


def test_what_a_statement_deletes_is_gone_from_all(db: Database, quoted: tuple[int, int]) -> None:
    note, claim = quoted
    with db.write() as session:
        session.execute(delete(Evidence).where(col(Evidence.claim_id) == claim))
        session.execute(delete(Claim).where(col(Claim.id) == claim))
        session.execute(delete(Note).where(col(Note.id) == note))
    with db.read() as session:
        last = session.exec(select(CellChange).order_by(col(CellChange.id).desc())).first()
        assert last
        assert last.after is None
        assert not session.exec(select(Link)).all()
        assert search.search_all(session, "lion").total == 0


def test_a_row_that_moves_is_seen_where_it_was_and_where_it_is(db: Database) -> None:
    with db.write() as session:
        papers = [Paper(citekey=f"{name}2020", title=name) for name in ("gnu", "emu")]
        session.add_all([*papers, Tag(name="savanna", folded="savanna")])
        session.flush()
        tag = session.exec(select(Tag)).one()
        session.add(PaperTag(paper_id=papers[0].id, tag_id=tag.id))
    with db.write() as session:
        here = col(PaperTag.paper_id) == papers[0].id
        session.execute(update(PaperTag).where(here).values(paper_id=papers[1].id))
        assert changes_of(session).values("paper_tag", "paper_id") == {
            (papers[0].id,),
            (papers[1].id,),
        }
    with db.read() as session:
        assert [item.key for item in search.search_all(session, "savanna").items] == ["emu2020"]


def test_what_only_the_database_works_out_is_refused(db: Database, quoted: tuple[int, int]) -> None:
    with pytest.raises(TypeError, match="technique_id"), db.write() as session:
        session.execute(update(Claim).values(technique_id=col(Claim.technique_id) + 1))
