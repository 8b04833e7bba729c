"""What a claim or a ruling says at one moment: the states that the history keeps. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from app.models.comparison import Basis, Confidence, Polarity, Source, Stance


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
    pair_id: int | None = None
    item_id: int | None = None
    kept: str | None = None  # what the reader saw of where it stands, and left as it is quoted


class ClaimState(BaseModel):
    model_config = ConfigDict(frozen=True)

    stance: Stance
    confidence: Confidence
    source: Source
    basis: Basis | None = None  # of states that were written before claims had one
    rationale: str
    dated_on: date
    evidence: tuple[EvidenceState, ...] = ()


class RulingState(BaseModel):
    """A ruling in force; a withdrawn one has no state."""

    model_config = ConfigDict(frozen=True)

    stance: Stance
    rationale: str
    ruled_at: datetime


class SnapshotDifference(NamedTuple):
    """What a change did to one thing that a claim or ruling says: `was` and `now`, "" for nothing.

    A piece of evidence that came or went is a difference of its own, told by quotation or source;
    `checked` is one that was looked at again.
    """

    name: str
    was: str
    now: str


_TOLD = ("stance", "confidence", "source", "basis", "dated_on", "rationale")


def compare_snapshots(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[SnapshotDifference]:
    """What differs between two states, as their JSON is kept."""
    before, after = before or {}, after or {}
    # A state from before claims had a basis does not say what it was.
    knew = all("basis" in state for state in (before, after) if state)
    found = [
        SnapshotDifference(name, before.get(name, ""), after.get(name, ""))
        for name in _TOLD
        if before.get(name, "") != after.get(name, "") and (name != "basis" or knew)
    ]
    had, has = before.get("evidence", []), after.get("evidence", [])
    gone = [_told(piece) for piece in had if piece not in has]
    new = [_told(piece) for piece in has if piece not in had]
    found += [SnapshotDifference("evidence", told, "") for told in gone if told not in new]
    # Of one that says the same, the reader has looked at it again.
    found += [
        SnapshotDifference("checked" if told in gone else "evidence", "", told) for told in new
    ]
    return found


def _told(piece: Mapping[str, Any]) -> str:
    place = ", ".join(filter(None, [piece["name"], piece["locator"]]))
    return f"{piece['quote']} ({place})" if piece["quote"] else place
