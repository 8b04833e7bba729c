"""What can be saved of a hypothesis, and what trying one says of its cell. Pure."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Number, SlugKey, many_lines, one_line
from app.kit.text import TITLE_LIMIT, Key, problem_with_text, tidy_body, tidy_line
from app.models.comparison import Confidence, Stance
from app.models.hypotheses import HYPOTHESIS_TEXTS, Effort, HypothesisState, Precondition

TEXT_LIMIT = 20_000
NAMES = ("mechanism", "precondition", "expected", "refuted_by", "test")
TEXTS = HYPOTHESIS_TEXTS[:-1]  # all but the result

# What the cell may be said to be once the hypothesis was tried; the first where nothing is said.
STANCES_OF: Mapping[HypothesisState, tuple[Stance, ...]] = {
    HypothesisState.HELD: (Stance.ADDRESSES, Stance.PARTIAL),
    HypothesisState.FAILED: (Stance.FAILS, Stance.INAPPLICABLE),
}
# What the reader's ruling on the cell settles its open hypotheses as.
SETTLED_BY: Mapping[str, HypothesisState] = {
    stance: state for state, stances in STANCES_OF.items() for stance in stances
}
# With basis `target`, these speak against every hypothesis of their cell.
SPEAKS_AGAINST = (Stance.FAILS, Stance.INAPPLICABLE)


_Id = Annotated[Number, Field(ge=1, le=2**31 - 1)]
_Text = Annotated[str, many_lines(TEXT_LIMIT)]


def _as_number(value: object) -> object:
    if type(value) not in (int, Effort):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


class HypothesisInput(BaseModel):
    """A hypothesis, unchecked. `stance` and `confidence` are of the claim that it becomes when it
    was tried."""

    model_config = ConfigDict(extra="forbid")

    technique: SlugKey = Field("", description="a technique's slug")
    issue: SlugKey = Field("", description="an issue's slug")
    benchmark: SlugKey | None = Field(
        None, description="a benchmark's slug: needed where several have the category"
    )
    category: Annotated[Key, one_line(TITLE_LIMIT)] | None = Field(
        None, description="a benchmark category's code, such as T5"
    )
    correspondence: SlugKey | None = Field(
        None, description="a correspondence's slug: where the mechanism carries over, and breaks"
    )
    mechanism: _Text = Field("", description="Markdown: why it would help")
    mechanism_zh: _Text = ""
    precondition: _Text = ""
    precondition_zh: _Text = ""
    precondition_state: Precondition = Precondition.UNKNOWN
    contradicting_claim: _Id | None = Field(
        None, description="the claim that contradicts the precondition"
    )
    contradicting_note: _Id | None = Field(None, description="the note that does")
    expected: _Text = ""
    expected_zh: _Text = ""
    refuted_by: _Text = ""
    refuted_by_zh: _Text = ""
    test: _Text = Field("", description="the cheapest: benchmark, slice, n, what is measured")
    test_zh: _Text = ""
    cost: Annotated[Effort, BeforeValidator(_as_number)] = Field(
        Effort.DAYS, description="of the test: 1 hours, 2 days, 3 weeks"
    )
    state: HypothesisState = HypothesisState.IDEA
    result: _Text = Field("", description="what came of the test; needed for held and failed")
    stance: Stance | None = Field(
        None, description="of the claim: addresses or partial where it held, else fails"
    )
    confidence: Confidence = Confidence.MEDIUM


def check_hypothesis(given: HypothesisInput) -> HypothesisInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {"category": tidy_line(given.category or "") or None}
    for name in (*TEXTS, "result"):
        tidy[name] = text = tidy_body(getattr(given, name)).strip()
        if problem := problem_with_text(text, limit=TEXT_LIMIT):
            errors[name] = problem
    if not tidy_line(given.technique):
        errors["technique"] = Message.of(N_("Choose a technique."))
    if not tidy_line(given.issue):
        errors["issue"] = Message.of(N_("Choose an issue."))
    if not (tidy["mechanism"] or tidy["mechanism_zh"] or errors.get("mechanism")):
        errors["mechanism"] = Message.of(N_("Say by which mechanism it would help."))
    if given.precondition_state != Precondition.CONTRADICTED:
        tidy["contradicting_claim"] = tidy["contradicting_note"] = None
    if given.state in STANCES_OF and not tidy["result"]:
        errors.setdefault("result", Message.of(N_("Say what came of the test.")))
    if given.stance and given.stance not in STANCES_OF.get(given.state, tuple(Stance)):
        errors["stance"] = Message.of(N_("This stance does not follow from how the test went."))
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)


def claimed_stance(given: HypothesisInput) -> Stance:
    """What the claim says that a tried hypothesis becomes."""
    return given.stance or STANCES_OF[given.state][0]
