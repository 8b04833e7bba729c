"""Accuracy over some of a benchmark's examples, and what can be saved of a mapping. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Number, many_lines, one_line, one_of
from app.kit.text import Key, problem_with_text, tidy_body, tidy_line
from app.models.benchmarks import Strength
from app.models.comparison import Source

WHY_LIMIT = 2_000
SYSTEM_LIMIT = 200
FEW = 100  # below this one example moves the figure by more than a point: decimals say nothing
_LISTED = 8  # indices or lines that a message names before it only counts them


@dataclass(frozen=True)
class Accuracy:
    """So many right of so many examples."""

    right: int
    size: int

    @property
    def is_few(self) -> bool:
        """Whether the figure needs its `size` beside it to be read rightly."""
        return self.size < FEW

    @property
    def percent(self) -> str:
        """`61.9%`; of few examples without the decimal, of none a dash."""
        if not self.size:
            return "–"
        # Not rounded up to all of them, nor down to none.
        digits = 0 if self.is_few else 1
        step = 10.0**-digits
        value = round(100 * self.right / self.size, digits)
        if self.right < self.size:
            value = min(value, 100 - step)
        if self.right:
            value = max(value, step)
        return f"{value:.{digits}f}%"


def count_accuracy(right: Collection[int], among: Collection[int]) -> Accuracy:
    """How many `among` these examples are `right`; both are indices."""
    return Accuracy(len(frozenset(right).intersection(among)), len(frozenset(among)))


def examples_by_category(examples: Sequence[Collection[str]]) -> dict[str, frozenset[int]]:
    """Which examples are of each category, by its code."""
    found: dict[str, set[int]] = {}
    for at, codes in enumerate(examples):
        for code in codes:
            found.setdefault(code, set()).add(at)
    return {code: frozenset(of_it) for code, of_it in found.items()}


def of_any(members: Mapping[str, frozenset[int]], codes: Collection[str]) -> frozenset[int]:
    """The examples that are of at least one of these categories, each once."""
    return frozenset[int]().union(*(members.get(code, ()) for code in codes))


def uncategorised_examples(examples: Sequence[Collection[str]]) -> frozenset[int]:
    """The examples that are of no category."""
    return frozenset(at for at, own in enumerate(examples) if not own)


def right_of(outcomes: str) -> frozenset[int]:
    """The indices of a result's `1`s."""
    return frozenset(at for at, outcome in enumerate(outcomes) if outcome == "1")


def counted_categories(strengths: Mapping[str, str]) -> list[str]:
    """Which categories an issue's own figure is over, from the strength of each by code: all but
    the weak ones, which are shown and not counted; where all are weak, those."""
    firm = [code for code, strength in strengths.items() if strength != Strength.WEAK]
    return firm or list(strengths)


def is_code(text: str) -> bool:
    """Whether `text` can be a category's code: `T1`, `Schema-synonym`."""
    return re.fullmatch(r"[A-Za-z0-9][\w.-]{0,79}", text, re.ASCII) is not None


# --- Mappings -----------------------------------------------------------------------------------


class MappingInput(BaseModel):
    """How an issue maps to a category, as it is typed; unchecked."""

    model_config = ConfigDict(extra="forbid")

    strength: Annotated[Key, one_of(Strength)] = ""
    source: Annotated[Key, one_of(Source)] = Source.OWN.value
    why_en: Annotated[str, many_lines(WHY_LIMIT)] = ""
    why_zh: Annotated[str, many_lines(WHY_LIMIT)] = ""
    item: Number | Annotated[str, one_line(SYSTEM_LIMIT)] | None = Field(
        None, description="one that shows what is meant: its number, or words that it alone has"
    )


def check_mapping(given: MappingInput) -> MappingInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    tidy = {}
    if given.strength not in set(Strength):
        errors["strength"] = Message.of(N_("Choose how closely it maps."))
    if given.source not in set(Source):
        errors["source"] = Message.of(N_("Choose whose view it is."))
    for name in ("why_en", "why_zh"):
        tidy[name] = tidy_body(getattr(given, name)).strip()
        if problem := problem_with_text(tidy[name], limit=WHY_LIMIT):
            errors[name] = problem
    if not errors and not any(tidy.values()):
        errors["why_en"] = Message.of(N_("Say why, in at least one language."))
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)


# --- Results ------------------------------------------------------------------------------------


def check_system(name: str) -> str:
    """A system's name on one line. Raises Invalid (field `system`)."""
    name = tidy_line(name)
    if not name:
        raise Invalid.field("system", N_("Give the system's name."))
    if problem := problem_with_text(name, limit=SYSTEM_LIMIT, one_line=True):
        raise Invalid({"system": problem})
    return name


def outcomes_from(
    records: Sequence[tuple[int, int, bool]],
    unreadable: Sequence[int],
    *,
    size: int,
    benchmark: str,
) -> str:
    """The outcomes in order, from (line, index, right) of a file and its unreadable lines.

    Raises:
        Invalid: field `file`; one message that names all that is wrong, with line numbers.
    """
    lines: dict[int, list[int]] = {}
    for line, index, _ in records:
        lines.setdefault(index, []).append(line)
    foreign = {index: at for index, at in lines.items() if not 0 <= index < size}
    doubled = {index: at for index, at in lines.items() if index not in foreign and len(at) > 1}
    missing = [index for index in range(size) if index not in lines]
    if unreadable or foreign or doubled or missing:
        raise Invalid.field(
            "file",
            N_(
                "Nothing was stored: {benchmark} needs each index from 0 to {last} once. "
                "Lines that cannot be read: {unreadable}. Foreign indices (with lines): {foreign}. "
                "Indices given twice (with lines): {doubled}. Missing indices: {missing}."
            ),
            benchmark=benchmark,
            last=size - 1,
            unreadable=_ranges(unreadable),
            foreign=_with_lines(foreign),
            doubled=_with_lines(doubled),
            missing=_ranges(missing),
        )
    right = {index for _, index, is_right in records if is_right}
    return "".join("1" if index in right else "0" for index in range(size))


def _ranges(numbers: Sequence[int]) -> str:
    """`3, 5–9`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs[:_LISTED]]
    return _listed(named, left=sum(map(len, runs[_LISTED:])))


def _with_lines(found: Mapping[int, Sequence[int]]) -> str:
    """`535 (536), 7 (8, 9)`."""
    named = [f"{index} ({_ranges(lines)})" for index, lines in found.items()]
    return _listed(named[:_LISTED], left=len(named[_LISTED:]))


def _listed(named: Sequence[str], *, left: int) -> str:
    """A dash for none; of many the first are named and the others counted."""
    return (", ".join(named) or "–") + (f" … (+{left})" if left else "")
