"""Where a claim was shown, changed in the folder and in the program between two syncs: claims are
edited in the program alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.comparison.cells import claim_service
from app.comparison.rules import ClaimInput, ClaimPatch
from app.database import Database
from app.models import Basis, Issue, Stance, Technique
from app.vault.sync.report import SyncReport
from tests.vault.sync.conftest import edit

Sync = Callable[..., SyncReport]
CLAIMS = ".crosswalk/claim.yaml"


@pytest.fixture
def claim(held: Database, sync: Sync) -> int:
    """A claim with basis `source` that both sides know."""
    with held.write() as session:
        terms = Technique(slug="gate", name_en="Gate"), Issue(slug="unseen", name_en="Unseen")
        session.add_all(terms)
        session.flush()
        pair = terms[0].id, terms[1].id
        given = ClaimInput(stance=Stance.PARTIAL, basis=Basis.SOURCE, rationale="So it is.")
        number = claim_service.add_claim(session, pair, given).id
    sync()
    return number


def test_a_basis_changed_on_both_sides_is_the_programs_and_the_folders_is_kept(
    held: Database, sync: Sync, folder: Path, claim: int
) -> None:
    edit(folder / CLAIMS, "basis: source", "basis: target")
    with held.write() as session:
        found = claim_service.get_claim(session, claim)
        claim_service.update_claim(session, found, ClaimPatch(basis=Basis.ARGUED))
    report = sync()
    assert report.count("conflict") == 1
    assert any("Change it in Crosswalk" in line for line in report.text())
    with held.read() as session:
        assert claim_service.get_claim(session, claim).basis == Basis.ARGUED
    assert "basis: argued" in (folder / CLAIMS).read_text("utf-8")
    (copy,) = folder.glob(".crosswalk/claim (conflict*")
    assert "basis: target" in copy.read_text("utf-8")
    assert sync().count("conflict") == 0, "in step again"
