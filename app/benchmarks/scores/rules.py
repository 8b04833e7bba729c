"""What a published score may say, which two are a pair, how sure a share of few is. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.benchmarks.rules import SYSTEM_LIMIT
from app.errors import N_, Invalid, Message
from app.kit.json_fields import Number, between, one_line
from app.kit.text import Key, fold, problem_with_text, tidy_line
from app.models.benchmarks import Score, differing_conditions

TEXT_LIMIT = 200
PLACE_LIMIT = 500
CONDITIONS_LIMIT = 12
SIZE_LIMIT = 10_000_000
YEARS = (1950, 2100)
SMALL = 200  # examples below which a share is shown with its interval
SUGGESTED = 40

PERCENT, SHARE = "%", "0–1"
_UNITS = {
    PERCENT: (PERCENT, "percent", "per cent", "pct", "％", "百分比"),
    SHARE: (SHARE, "0-1", "ratio", "share", "fraction", "比例"),
}
_RANGES = {PERCENT: (0.0, 100.0), SHARE: (0.0, 1.0)}
_METRICS = {
    "exact match": ("em", "exact match", "exact set match", "exact match accuracy", "精确匹配"),
    "execution": ("ex", "execution", "execution accuracy", "exec", "执行准确率"),
    "test suite": ("ts", "test suite", "test-suite accuracy", "test suite accuracy"),
    "accuracy": ("acc", "acc.", "accuracy", "准确率"),
    "F1": ("f1", "f1 score", "f-score"),
    "recall": ("recall", "召回率"),
    "precision": ("precision", "精确率"),
}
METRICS = tuple(_METRICS)
_OFF = frozenset(("", "none", "no", "without", "off", "false", "-", "–", "无", "否", "没有"))
# Of the columns of a table that a paper prints and of CSV.
COLUMNS = (
    *("system", "paper", "metric", "split", "category", "value", "unit", "place"),
    *("size", "year", "conditions"),
)


_Conditions = dict[str, Annotated[str, one_line(TEXT_LIMIT)]]
_Measured = Annotated[float, Field(strict=True)]


class ScoreInput(BaseModel):
    """A published score, unchecked. `paper` is the one that prints it."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, one_line(SYSTEM_LIMIT)] = ""
    paper: Annotated[Key, one_line(TEXT_LIMIT)] = Field("", description="a citation key")
    metric: Annotated[str, one_line(TEXT_LIMIT)] = ""
    split: Annotated[str, one_line(TEXT_LIMIT)] = Field(
        "", description="the part of the benchmark, as the paper calls it: dev, test"
    )
    category: Annotated[Key, one_line(80)] | None = Field(
        None, description="a category's code; null: the benchmark as a whole"
    )
    value: _Measured | None = None
    unit: Annotated[str, one_line(40)] = PERCENT
    place: Annotated[str, one_line(PLACE_LIMIT)] = Field("", description="Table 3, p. 7")
    conditions: Annotated[_Conditions, Field(description="what it was reached with, by name")] = (
        Field(default_factory=dict)
    )
    size: Annotated[Number | None, between(1, SIZE_LIMIT)] = Field(
        None, description="examples that it is over"
    )
    year: Annotated[Number | None, between(*YEARS)] = Field(
        None, description="the system's, where it is not the paper's"
    )


class ScorePatch(BaseModel):
    """The fields of a score that are to change."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, one_line(SYSTEM_LIMIT)] | None = None
    paper: Annotated[Key, one_line(TEXT_LIMIT)] | None = None
    metric: Annotated[str, one_line(TEXT_LIMIT)] | None = None
    split: Annotated[str, one_line(TEXT_LIMIT)] | None = None
    category: Annotated[Key, one_line(80)] | None = None
    value: _Measured | None = None
    unit: Annotated[str, one_line(40)] | None = None
    place: Annotated[str, one_line(PLACE_LIMIT)] | None = None
    conditions: _Conditions | None = None
    size: Annotated[Number | None, between(1, SIZE_LIMIT)] = None
    year: Annotated[Number | None, between(*YEARS)] = None


class PairInput(BaseModel):
    """Two scores by their numbers, and the technique that one of them has."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    technique: Annotated[Key, Field(description="a technique's slug")] = ""
    with_id: Annotated[Number | None, Field(alias="with", description="a score's id")] = None
    without_id: Annotated[Number | None, Field(alias="without", description="a score's id")] = None


def metric_name(text: str) -> str:
    """A metric as it is called here: `EX` is `execution`; an unknown one is as it was written."""
    asked = fold(tidy_line(text))
    return next((name for name, said in _METRICS.items() if asked in said), tidy_line(text))


def unit_name(text: str) -> str:
    asked = fold(tidy_line(text))
    return next((name for name, said in _UNITS.items() if asked in said), tidy_line(text))


def check_score(given: ScoreInput) -> ScoreInput:
    """`given` tidied, or Invalid naming every field that cannot be saved. Whether there are such a
    paper and such a category is not known here."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {
        "metric": metric_name(given.metric),
        "unit": unit_name(given.unit) or PERCENT,
        "category": tidy_line(given.category or "") or None,
        "paper": tidy_line(given.paper),
        **{name: tidy_line(getattr(given, name)) for name in ("system", "split", "place")},
    }
    needed = {
        "system": N_("Give the system's name."),
        "paper": N_("Name the paper that prints it: a score without a source is not kept."),
        "metric": N_("Say what was measured, such as exact match or execution."),
    }
    limits = {"system": SYSTEM_LIMIT, "place": PLACE_LIMIT}
    for name in ("system", "paper", "metric", "split", "unit", "place"):
        text = str(tidy[name])
        if not text and name in needed:
            errors[name] = Message.of(needed[name])
        elif problem := problem_with_text(text, limit=limits.get(name, TEXT_LIMIT), one_line=True):
            errors[name] = problem
    conditions = {tidy_line(name): tidy_line(said) for name, said in given.conditions.items()}
    conditions = {name: said for name, said in conditions.items() if name or said}
    if len(conditions) > CONDITIONS_LIMIT:
        limit = Message.of(N_("At most {limit} can be given."), limit=CONDITIONS_LIMIT)
        errors["conditions"] = limit
    elif not all(name and said for name, said in conditions.items()):
        errors["conditions"] = Message.of(N_("Write each as name: text, such as model size: 3B."))
    for text in (*conditions, *conditions.values()):
        if problem := problem_with_text(text, limit=TEXT_LIMIT, one_line=True):
            errors["conditions"] = problem
    if problem := _problem_with_value(given.value, str(tidy["unit"]), str(tidy["metric"])):
        errors["value"] = problem
    for name, (least, greatest) in (("size", (1, SIZE_LIMIT)), ("year", YEARS)):
        number = getattr(given, name)
        if number is not None and not least <= number <= greatest:
            errors[name] = Message.of(
                N_("Give a number between {least} and {greatest}."), least=least, greatest=greatest
            )
    if errors:
        raise Invalid(errors)
    return given.model_copy(update={**tidy, "conditions": conditions})


def _problem_with_value(value: float | None, unit: str, metric: str) -> Message | None:
    if value is None or not math.isfinite(value):
        return Message.of(N_("Give the figure, such as 53.3."))
    if unit not in _RANGES and metric in _METRICS:
        return Message.of(
            N_("{metric} is a share: its unit is % or 0–1, not {unit}."), metric=metric, unit=unit
        )
    least, greatest = _RANGES.get(unit, (-1e12, 1e12))
    if not least <= value <= greatest:
        return Message.of(
            N_("{value} is out of range: in {unit} it is between {least} and {greatest}."),
            value=f"{value:g}",
            unit=unit,
            least=f"{least:g}",
            greatest=f"{greatest:g}",
        )
    return None


def parse_figure(text: str) -> float | None:
    """`53.3`, `53,3`, `53.3%`, `53.3 ± 0.4`, `†53.3*` as a number; None where it is none."""
    text = text.strip().translate({ord(each): None for each in "%％*†‡§ \u00a0"})
    text = text.replace("−", "-").replace("–", "-").partition("±")[0].partition("+/-")[0]
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        value = float(text) if len(text) <= 24 and "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def parse_conditions(text: str) -> dict[str, str]:
    """`model size: 3B; …`, on a line each or with semicolons between them. What has no name stays
    without, and is refused by `check_score`."""
    found: dict[str, str] = {}
    for line in text.replace("；", "\n").replace(";", "\n").splitlines():
        name, colon, said = line.replace("：", ":").partition(":")
        if line.strip():
            found[name.strip() if colon else ""] = said.strip() if colon else line.strip()
    return found


def format_conditions(conditions: Mapping[str, str], between: str = "; ") -> str:
    return between.join(f"{name}: {said}" for name, said in conditions.items())


# --- Pairs --------------------------------------------------------------------------------------


def list_differences(one: Score, other: Score) -> list[str]:
    """The names of all in which two scores differ that a pair may not, and of their conditions."""
    must = [
        name
        for name, a, b in (
            ("benchmark", one.benchmark_id, other.benchmark_id),
            ("metric", fold(one.metric), fold(other.metric)),
            ("split", fold(one.split), fold(other.split)),
            ("category", one.category_id, other.category_id),
            ("unit", one.unit, other.unit),
        )
        if a != b
    ]
    if one.size and other.size and one.size != other.size:
        must.append("size")
    return must


def check_pair(of: Score, without: Score) -> None:
    """Raises Invalid (field `without`): the two are no pair; it says which things differ."""
    if of.id == without.id:
        raise Invalid.field("without", N_("Choose another score than the one with it."))
    must = list_differences(of, without)
    conditions = differing_conditions(of.conditions, without.conditions)
    if must or len(conditions) > 1:
        raise Invalid.field(
            "without",
            N_("These are no pair, for more than one condition differs: {names}."),
            names=", ".join([*must, *conditions]),
        )
    if not conditions:
        raise Invalid.field(
            "without",
            N_(
                "These are no pair: no condition says in what they differ. Give one of them the "
                "condition that it was reached with."
            ),
        )


class PairSuggestion(NamedTuple):
    """Two scores that differ in one condition, which the first has."""

    with_score: Score
    without_score: Score
    condition: str


def suggest_pairs(scores: Sequence[Score], held: Iterable[tuple[int, int]]) -> list[PairSuggestion]:
    """Scores of one benchmark that differ in one condition alone, which one has and the other has
    not, both of one system by its name; but those that are `held` (with, without)."""
    known = set(held)
    names = dict.fromkeys(name for score in scores for name in score.conditions)
    found = []
    for name in names:
        alike: dict[object, list[Score]] = defaultdict(list)
        for score in scores:
            rest = {key: fold(said) for key, said in score.conditions.items() if key != name}
            alike[
                fold(score.metric),
                fold(score.split),
                score.category_id,
                score.unit,
                _stem(score.system),
                frozenset(rest.items()),
            ].append(score)
        for group in alike.values():
            off = [each for each in group if fold(each.conditions.get(name, "")) in _OFF]
            on = [each for each in group if fold(each.conditions.get(name, "")) not in _OFF]
            found += [
                PairSuggestion(one, other, name)
                for one in on
                for other in off
                if (one.id, other.id) not in known
                and not list_differences(one, other)
                and len(differing_conditions(one.conditions, other.conditions)) == 1
            ]
            if len(found) >= SUGGESTED:
                return found[:SUGGESTED]
    return found


def _stem(system: str) -> str:
    """`resdsql` of `RESDSQL-3B + NatSQL`."""
    word = fold(system).replace("-", " ").replace("+", " ").split()
    return word[0] if word else ""


# --- How sure -----------------------------------------------------------------------------------


def wilson_interval(share: float, size: int, z: float = 1.96) -> tuple[float, float]:
    """Between what bounds the share lies of which `size` examples show `share` (both 0 to 1), at
    95 %: Wilson's score interval (JASA 22, 1927), which holds for few examples too."""
    middle = share + z * z / (2 * size)
    spread = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    whole = 1 + z * z / size
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
