"""What JSON says of hypotheses."""

from datetime import datetime

from pydantic import BaseModel, Field, JsonValue

from app.hypotheses import service
from app.hypotheses.rules import HypothesisInput
from app.hypotheses.service import HypothesisChange, RankedHypothesis
from app.models import HypothesisState, Precondition


class FactorOut(BaseModel):
    name: str
    weight: float
    reason: str


class HypothesisOut(HypothesisInput):
    """A hypothesis as it is held, and where it stands."""

    id: int
    claim: int | None = Field(description="what it became when it was tried")
    settled: HypothesisState = Field(
        description="its state; where it is open and the reader ruled on its cell, what follows"
    )
    standing: Precondition = Field(
        description="of the precondition; contradicted also where `against` has a claim"
    )
    against: list[int] = Field(
        description="claims in its cell that say it was tried on the target field and failed"
    )
    evidence: list[int] = Field(description="claims that it worked in its own field")
    rank: float = Field(description="100 at most: the product of what the reasons weigh")
    reasons: list[FactorOut]
    created_at: datetime
    updated_at: datetime
    version: int


class FieldDifferenceOut(BaseModel):
    field: str
    before: JsonValue
    after: JsonValue


class HypothesisChangeOut(BaseModel):
    """A change of a hypothesis."""

    at: datetime
    differences: list[FieldDifferenceOut]


def serialize_change(change: HypothesisChange) -> HypothesisChangeOut:
    return HypothesisChangeOut(
        at=change.at,
        differences=[
            FieldDifferenceOut(field=name, before=before, after=after)
            for name, before, after in change.differences
        ],
    )


def serialize_hypothesis(row: RankedHypothesis) -> HypothesisOut:
    return HypothesisOut(
        **service.hypothesis_as_input(row).model_dump(),
        id=row.held.id,
        claim=row.held.claim_id,
        settled=row.state,
        standing=row.precondition_state,
        against=row.against,
        evidence=[each.id for each in row.shown],
        rank=round(row.rank.value, 2),
        reasons=[
            FactorOut(name=each.name, weight=round(each.weight, 3), reason=str(each.reason))
            for each in row.rank.factors
        ],
        created_at=row.held.created_at,
        updated_at=row.held.updated_at,
        version=row.held.version,
    )
