"""What a claim or a ruling says at one moment: the states that the history keeps. Pure."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from app.models.comparison import Confidence, Polarity, Source, Stance


class EvidenceState(BaseModel):
    """A piece of evidence. `name` is the citation key or title that its source had then."""

    model_config = ConfigDict(frozen=True)

    paper_id: int | None = None
    note_id: int | None = None
    name: str = ""
    quote: str = ""
    locator: str = ""
    polarity: Polarity = Polarity.SUPPORTS
    arxiv_version: int | None = None


class ClaimState(BaseModel):
    model_config = ConfigDict(frozen=True)

    stance: Stance
    confidence: Confidence
    source: Source
    rationale: str
    dated_on: date
    evidence: tuple[EvidenceState, ...] = ()


class RulingState(BaseModel):
    """A ruling in force; a withdrawn one has no state."""

    model_config = ConfigDict(frozen=True)

    stance: Stance
    rationale: str
    ruled_at: datetime
