"""The blank cells of a row, a column or a region said at once to be not applicable, or looked at in
vain: a claim in each, with one rationale, as one change that can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from app.comparison import queries, service
from app.comparison.cells import claim_service
from app.comparison.history import record
from app.comparison.rules import RATIONALE_LIMIT, ClaimInput
from app.errors import N_, Conflict, Invalid, Message
from app.kit.batches import batches
from app.kit.json_fields import SlugKey, many_lines, one_of
from app.library.bulk_edit.editing import CELLS, EditReport, SkippedPaper
from app.models import BulkChange, Stance, utc_now

FILLING = (Stance.INAPPLICABLE, Stance.NO_EVIDENCE)
_EXAMINED = N_("It has been examined already.")
_CHANGED = N_("What was set has been changed since.")
_BATCH = 500


class CellsInput(BaseModel):
    """Which cells of a comparison, where its rows meet its columns, and what is said of each."""

    model_config = ConfigDict(extra="forbid")

    techniques: list[SlugKey]
    issues: list[SlugKey]
    stance: Annotated[str, one_of(FILLING)]
    rationale: Annotated[str, many_lines(RATIONALE_LIMIT)] = ""


class SkippedCell(BaseModel):
    """A cell that was left alone, and why."""

    technique: str
    issue: str
    why: Message

    @property
    def address(self) -> str:
        return f"{self.technique}/{self.issue}"


@dataclass(frozen=True)
class FilledCells:
    """How many cells were filled, which were not, and the number by which that is undone (None
    where nothing was)."""

    changed: int
    skipped: Sequence[SkippedCell]
    change: int | None


def fill_cells(session: Session, slug: str, given: CellsInput) -> FilledCells:
    """Puts a claim into each cell of the region that has none and no ruling.

    Raises:
        NotFound: no comparison has this slug.
        Invalid: a row or column is none of its, the stance is none of FILLING, or there is no
            rationale; nothing was done.
    """
    comparison = service.get_comparison(session, slug)
    rows = {each.slug: each.id for each in queries.row_techniques(session, comparison.id)}
    columns = {each.slug: each.id for each in queries.columns_of(session, comparison.id)}
    errors = {
        name: Message.of(N_("Choose rows and columns of the comparison."))
        for name, chosen, known in (
            ("techniques", given.techniques, rows),
            ("issues", given.issues, columns),
        )
        if not chosen or not known.keys() >= set(chosen)
    }
    if given.stance not in FILLING:
        errors["stance"] = Message.of(N_("Choose a stance."))
    if errors:
        raise Invalid(errors)
    claim = ClaimInput(stance=Stance(given.stance), rationale=given.rationale)
    filled = queries.filled_in(session, comparison.id, [rows[each] for each in given.techniques])
    blank: list[tuple[str, str, ClaimInput]] = []
    skipped = []
    for technique in dict.fromkeys(given.techniques):
        for issue in dict.fromkeys(given.issues):
            if (rows[technique], columns[issue]) in filled:
                why = Message.of(_EXAMINED)
                skipped.append(SkippedCell(technique=technique, issue=issue, why=why))
            else:
                blank.append((technique, issue, claim))
    claims = claim_service.add_claims(session, blank)
    if not claims:
        return FilledCells(0, skipped, None)
    change = BulkChange(
        edit={CELLS: {**given.model_dump(mode="json"), "comparison": slug}},
        moved={"claims": {str(each.id): each.version for each in claims}},
        skipped=[
            {
                "citekey": f"{each.technique}/{each.issue}",
                "why": each.model_dump(mode="json")["why"],
            }
            for each in skipped
        ],
    )
    session.add(change)
    session.flush()
    return FilledCells(len(claims), skipped, change.id)


def undo_filling(session: Session, change: BulkChange) -> EditReport:
    """Takes the claims out again, but for those that were changed since, which are named by their
    cells' numbers. Raises Conflict where that was done before."""
    if change.undone_at is not None:
        raise Conflict(N_("This change was taken back already."))
    made = change.moved.get("claims")
    assert isinstance(made, dict)
    versions = {int(number): version for number, version in made.items()}
    gone, skipped = 0, []
    for some in batches(list(versions), _BATCH):
        for claim in queries.claims_by_id(session, some):
            if claim.version == versions[claim.id]:
                session.delete(claim)
                gone += 1
            else:
                skipped.append(SkippedPaper(citekey=f"#{claim.id}", why=Message.of(_CHANGED)))
    record.annotate(session)
    change.undone_at = utc_now()
    session.flush()
    return EditReport(gone, skipped, change.id)
