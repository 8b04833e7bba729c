"""The sheet of an experiment: a hypothesis as Markdown, to be printed or filed. Pure."""

from collections.abc import Callable

from app.errors import N_, Message
from app.hypotheses.service import RankedHypothesis
from app.models import Bilingual, Effort, HypothesisState, Precondition

STATES = {
    HypothesisState.IDEA: N_("idea"),
    HypothesisState.TESTING: N_("being tested"),
    HypothesisState.HELD: N_("held"),
    HypothesisState.FAILED: N_("failed"),
}
PRECONDITIONS = {
    Precondition.UNKNOWN: N_("not known"),
    Precondition.HOLDS: N_("holds"),
    Precondition.CONTRADICTED: N_("contradicted"),
}
COSTS = {Effort.HOURS: N_("hours"), Effort.DAYS: N_("days"), Effort.WEEKS: N_("weeks")}


def write_sheet(
    row: RankedHypothesis, say: Callable[[Message], str], choose: Callable[[Bilingual], str]
) -> str:
    """All of a hypothesis, with room for what comes of it. `say` has the reader's language, and
    `choose` takes a text of two in it."""

    def told(text: str, **values: str | int) -> str:
        return say(Message.of(text, **values))

    def name(thing: object) -> str:
        return choose(Bilingual(getattr(thing, "name_en", ""), getattr(thing, "name_zh", "")))

    facts = [
        (N_("State"), told(STATES[row.state])),
        (N_("Technique"), f"{name(row.technique)} (`{row.technique.slug}`)"),
        (N_("Issue"), f"{name(row.issue)} (`{row.issue.slug}`)"),
    ]
    if row.category and row.benchmark:
        at = f"{row.benchmark.name} {row.category.code}, n = {row.category.size}"
        facts.append((N_("Slice"), at))
    facts.append((N_("Cost of the test"), told(COSTS[Effort(row.held.cost)])))
    parts = [
        f"# {name(row.technique)} → {name(row.issue)}",
        "\n".join(f"- {told(label)}: {value}" for label, value in facts),
        _part(told(N_("Mechanism")), choose(row.mechanism)),
    ]
    if row.correspondence:
        sides = (choose(row.correspondence.source), choose(row.correspondence.target))
        carried = _part(told(N_("What carries over")), choose(row.correspondence.carries), level=3)
        breaks = _part(
            told(N_("Where the analogy breaks")), choose(row.correspondence.breaks), level=3
        )
        parts += [f"## {' ↔ '.join(sides)}", carried, breaks]
    standing = told(PRECONDITIONS[row.precondition_state])
    parts += [
        _part(f"{told(N_('Precondition'))} ({standing})", choose(row.precondition)),
        _part(told(N_("Expected effect")), choose(row.expected)),
        _part(told(N_("What would refute it")), choose(row.refuted_by)),
        _part(told(N_("Cheapest test")), choose(row.test)),
        _reasons(row, say),
        f"## {told(N_('Result'))}\n\n{row.result or '…'}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _part(heading: str, text: str, *, level: int = 2) -> str:
    return f"{'#' * level} {heading}\n\n{text}" if text else ""


def _reasons(row: RankedHypothesis, say: Callable[[Message], str]) -> str:
    heading = say(Message.of(N_("Why it stands where it does")))
    lines = [
        f"- {say(Message.of(each.name))} × {each.weight:.2f}: {say(each.reason)}"
        for each in row.rank.factors
    ]
    return "\n".join([f"## {heading}", "", *lines])
