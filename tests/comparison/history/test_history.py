"""The history of cells: every change is kept, read as of a moment, taken back."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.comparison.cells import claim_service
from app.comparison.history import record
from app.comparison.history.record import parse_as_of
from app.comparison.queries import Pair
from app.comparison.rules import ClaimInput, ClaimPatch, EvidenceInput
from app.database import Database
from app.errors import Conflict, Invalid, NotFound
from app.models import (
    CellChange,
    Claim,
    Evidence,
    EvidenceStanding,
    Issue,
    Paper,
    Stance,
    Technique,
    utc_now,
)
from app.notes import service as notes
from tests.comparison.conftest import claim, pair

QUOTE = "多模态融合再好，也补不出列的取值。"


def cell(session: Session, technique: str = "gated", issue: str = "dk-t4") -> Pair:
    row = session.exec(select(Technique).where(Technique.slug == technique)).one()
    column = session.exec(select(Issue).where(Issue.slug == issue)).one()
    return (row.id, column.id)


def changes(db: Database) -> list[CellChange]:
    with db.read() as session:
        return record.list_cell_changes(session, cell(session))


def rule(db: Database, stance: str, rationale: str = "x") -> None:
    with db.write() as session:
        claim_service.rule_cell(
            session, pair(session, "gated", "dk-t4"), stance=stance, rationale=rationale
        )


def patch(db: Database, number: int, **fields: object) -> None:
    with db.write() as session:
        held = claim_service.get_claim(session, number)
        claim_service.update_claim(
            session, held, ClaimPatch.model_validate({**fields, "why": "Read it again."})
        )


def undo(db: Database, change: CellChange) -> None:
    with db.write() as session:
        record.undo_change(session, change.id)


def test_every_change_is_kept(db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="partial", evidence=[{"note": 1, "quote": QUOTE}])
    patch(db, number, stance="fails")
    patch(db, number, stance="fails")  # says the same: no change
    with db.write() as session:
        claim_service.delete_claim(session, claim_service.get_claim(session, number))
    gone, changed, added = changes(db)
    assert (added.before, added.after and added.after["stance"]) == (None, "partial")
    assert changed.before == added.after
    assert changed.after
    assert changed.after["stance"] == "fails"
    assert changed.why == "Read it again."
    assert (gone.before, gone.after) == (changed.after, None)
    assert {each.claim_id for each in (gone, changed, added)} == {number}


def test_rulings_are_changes_too(db: Database, table: str) -> None:
    rule(db, "fails")
    rule(db, "partial", "Read more.")
    with db.write() as session:
        claim_service.withdraw_ruling(session, pair(session, "gated", "dk-t4"))
    withdrawn, again, first = changes(db)
    assert first.before is None
    assert again.before == first.after
    assert withdrawn.after is None
    undo(db, withdrawn)
    with db.read() as session:
        _, ruling = record.cell_at(session, cell(session), parse_as_of("2999-01-01"))
        assert ruling
        assert (ruling.stance, ruling.rationale) == (Stance.PARTIAL, "Read more.")


def test_a_claim_comes_back_with_its_evidence(db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="partial", evidence=[{"note": 1, "quote": QUOTE}])
    with db.write() as session:
        claim_service.delete_claim(session, claim_service.get_claim(session, number))
    undo(db, changes(db)[0])
    with db.read() as session:
        held = claim_service.get_claim(session, number)
        assert [each.quote for each in held.evidence] == [QUOTE]
        assert held.evidence[0].standing == EvidenceStanding.STANDS
    undone = changes(db)[0]
    assert undone.undoes == changes(db)[1].id
    undo(db, undone)  # an undo can be undone
    with db.read() as session:
        assert session.get(Claim, number) is None
    assert len(changes(db)) == 4


def test_only_the_newest_change_of_a_claim_is_taken_back(db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="partial")
    patch(db, number, stance="fails")
    claim(db, "gated", "dk-t4", stance="addresses")  # another claim's change is in nobody's way
    first = changes(db)[-1]
    with pytest.raises(Conflict), db.write() as session:
        record.undo_change(session, first.id)
    with pytest.raises(NotFound), db.write() as session:
        record.undo_change(session, 999)
    undo(db, changes(db)[1])
    with db.read() as session:
        assert claim_service.get_claim(session, number).stance == "partial"


def test_a_table_as_of_a_change_and_of_a_day(db: Database, table: str) -> None:
    number = claim(db, "gated", "dk-t4", stance="partial", evidence=[{"note": 1, "quote": QUOTE}])
    patch(db, number, stance="fails")
    rule(db, "unclear")
    with db.read() as session:
        comparison, pair = 1, cell(session)
        added = changes(db)[-1].id
        before = record.reading_at(session, comparison, parse_as_of(str(added - 1)))
        then = record.reading_at(session, comparison, parse_as_of(str(added)))
        today = record.reading_at(session, comparison, parse_as_of(utc_now().date().isoformat()))
        yesterday = (utc_now() - timedelta(days=1)).date().isoformat()
        past = record.reading_at(session, comparison, parse_as_of(yesterday))
    assert before.claims == past.claims == {}
    assert then.claims == {pair: [("partial", "medium", "argued")]}
    assert then.evidence == {pair: (1, 0)}
    assert today.claims == {pair: [("fails", "medium", "argued")]}
    assert (then.rulings, today.rulings) == ({}, {pair: "unclear"})


@pytest.mark.parametrize("text", ["", "soon", "2023-13-01", "0001-01-01", "9999-12-31", "x" * 900])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(Invalid):
        parse_as_of(text)


@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    with suppress(Invalid):
        assert parse_as_of(text).condition is not None


def test_a_quotation_goes_stale_and_comes_back(db: Database, table: str) -> None:
    claim(db, "gated", "dk-t4", stance="fails", evidence=[{"note": 1, "quote": QUOTE}])

    def found() -> str:
        with db.read() as session:
            return session.exec(select(Evidence)).one().standing

    def write(body: str) -> None:
        with db.write() as session:
            notes.update_note(session, 1, body=body)

    assert found() == "stands"
    write("别的话。")
    assert found() == "gone"
    write("**多模态融合**再好，也补不出列的取值")
    assert found() == "stands"
    assert len(changes(db)) == 1


def test_of_a_paper_only_the_abstract_can_be_looked_in(db: Database, table: str) -> None:
    with db.write() as session:
        paper = session.get(Paper, 1)
        assert paper
        paper.abstract = "A gate weighs what is there."

    def found(session: Session) -> list[str]:
        return list(session.exec(select(Evidence.standing).order_by("id")))

    evidence = [
        EvidenceInput(paper="kim2021vilt", quote=quote)
        for quote in ("a gate weighs", "Table 3 says otherwise.")
    ]
    with db.write() as session:
        made = ClaimInput(stance=Stance.FAILS, rationale="x", evidence=evidence)
        claim_service.add_claim(session, pair(session, "gated", "dk-t4"), made)
    with db.write() as session:
        assert [each.standing for each in session.exec(select(Evidence).order_by("id"))] == [
            "stands",
            "unchecked",
        ]
        paper = session.get(Paper, 1)
        assert paper
        paper.abstract = "Withdrawn."
    with db.read() as session:
        assert [each.standing for each in session.exec(select(Evidence).order_by("id"))] == [
            "gone",
            "unchecked",
        ]
