"""Scores, pairs and pasted tables as a browser's form describes them."""

from dataclasses import dataclass, field, replace

from app.benchmarks.scores.rules import COLUMNS, PairInput, ScoreInput, format_conditions
from app.benchmarks.scores.service import ColumnUse, PastedScores, score_as_input, score_from_text
from app.models import Score
from app.sources.score_tables import PastedTable
from app.web.forms import Form


@dataclass(frozen=True)
class ScoreFields:
    """A score as typed, so that nothing is lost when it cannot be saved."""

    system: str = ""
    paper: str = ""
    metric: str = ""
    split: str = ""
    category: str = ""
    value: str = ""
    unit: str = "%"
    place: str = ""
    size: str = ""
    year: str = ""
    conditions: str = ""


def read_score(form: Form) -> ScoreFields:
    return ScoreFields(**{name: form.get(name) for name in COLUMNS})


def score_from_fields(fields: ScoreFields) -> ScoreInput:
    """Raises Invalid where a number is none; all else is for `score_rules.check_score`."""
    return score_from_text(
        {name: str(getattr(fields, name)).strip() for name in COLUMNS}
        | {"conditions": fields.conditions}
    )


def score_fields(score: Score) -> ScoreFields:
    """A score as its form shows it; paper and category must be loaded."""
    given = score_as_input(score)
    return ScoreFields(
        value=f"{score.value:.10g}",
        conditions=format_conditions(given.conditions, "\n"),
        category=given.category or "",
        size=str(given.size or ""),
        year=str(given.year or ""),
        **{
            name: getattr(given, name)
            for name in ("system", "paper", "metric", "split", "unit", "place")
        },
    )


@dataclass(frozen=True)
class PairFields:
    technique: str = ""
    with_id: str = ""
    without_id: str = ""


def read_pair(form: Form) -> PairFields:
    return PairFields(form.get("technique"), form.get("with"), form.get("without"))


def pair_from_fields(fields: PairFields) -> PairInput:
    def number(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    return PairInput(
        technique=fields.technique,
        with_id=number(fields.with_id),
        without_id=number(fields.without_id),
    )


@dataclass(frozen=True)
class PasteFields:
    """What was pasted, and what all of its scores have."""

    text: str = ""
    paper: str = ""
    place: str = ""
    metric: str = ""
    split: str = ""
    unit: str = "%"
    size: str = ""
    year: str = ""
    conditions: str = ""
    columns: list[ColumnUse] = field(default_factory=list)
    rows: frozenset[int] = frozenset()

    @property
    def shared(self) -> dict[str, str]:
        names = ("paper", "place", "metric", "split", "unit", "size", "year", "conditions")
        return {name: getattr(self, name).strip() for name in names}

    def drawn(self, table: PastedTable) -> PastedScores:
        return PastedScores(table, self.columns, self.rows)


def read_paste(form: Form) -> PasteFields:
    fields = PasteFields(
        text=form.get("text"),
        paper=form.get("paper"),
        place=form.get("place"),
        metric=form.get("metric"),
        split=form.get("split"),
        size=form.get("size"),
        year=form.get("year"),
        conditions=form.get("conditions"),
    )
    lists = [form.all(f"column_{name}") for name in ("use", "metric", "category", "split")]
    rows = [int(each) for each in form.all("row") if each.isascii() and each.isdigit()]
    return replace(
        fields,
        unit=form.get("unit", "%"),
        columns=[ColumnUse(*each) for each in zip(*lists, strict=False)],
        rows=frozenset(rows),
    )
