"""A hypothesis as a browser's form describes it."""

from dataclasses import asdict, dataclass

from app.errors import N_, Invalid, Message
from app.hypotheses.rules import TEXTS, HypothesisInput
from app.models import Confidence, Effort, HypothesisState, Precondition, Stance
from app.web.forms import Form


@dataclass(frozen=True)
class HypothesisFields:
    """A hypothesis as typed, so that nothing is lost when it cannot be saved. `slice` is a category
    as `benchmark/code`; `speaker` is `claim:5` or a note's number after `note:`."""

    technique: str = ""
    issue: str = ""
    slice: str = ""
    correspondence: str = ""
    mechanism: str = ""
    mechanism_zh: str = ""
    precondition: str = ""
    precondition_zh: str = ""
    precondition_state: str = Precondition.UNKNOWN
    speaker: str = ""
    expected: str = ""
    expected_zh: str = ""
    refuted_by: str = ""
    refuted_by_zh: str = ""
    test: str = ""
    test_zh: str = ""
    cost: str = str(int(Effort.DAYS))
    state: str = HypothesisState.IDEA
    result: str = ""
    stance: str = ""
    confidence: str = Confidence.MEDIUM


NAMES = tuple(asdict(HypothesisFields()))


def read_fields(form: Form, held: HypothesisFields | None = None) -> HypothesisFields:
    """What was typed; what the form does not have is as in `held`."""
    known = asdict(held or HypothesisFields())
    return HypothesisFields(**{name: form.get(name, known[name]) for name in NAMES})


def filled_fields(given: HypothesisInput) -> HypothesisFields:
    """A hypothesis as its form shows it."""
    speaker = ""
    if given.contradicting_claim:
        speaker = f"claim:{given.contradicting_claim}"
    elif given.contradicting_note:
        speaker = f"note:{given.contradicting_note}"
    return HypothesisFields(
        technique=given.technique,
        issue=given.issue,
        slice=f"{given.benchmark}/{given.category}" if given.category else "",
        correspondence=given.correspondence or "",
        precondition_state=given.precondition_state,
        speaker=speaker,
        cost=str(int(given.cost)),
        state=given.state,
        result=given.result,
        **{name: getattr(given, name) for name in TEXTS},
    )


def hypothesis_from_fields(fields: HypothesisFields) -> HypothesisInput:
    """The hypothesis that was typed.

    Raises:
        Invalid: where a choice is none; everything else is for `rules.check_hypothesis`.
    """
    errors: dict[str, Message] = {}
    for name, choices in (
        ("precondition_state", list(Precondition)),
        ("state", list(HypothesisState)),
        ("confidence", list(Confidence)),
        ("cost", [str(int(each)) for each in Effort]),
        ("stance", ["", *Stance]),
    ):
        if getattr(fields, name) not in choices:
            errors[name] = Message.of(
                N_("{value} is none of the choices here."), value=str(getattr(fields, name))[:80]
            )
    kind, _, number = fields.speaker.partition(":")
    is_number = number.isascii() and number.isdigit() and 0 < len(number) < 10 and int(number) > 0
    if fields.speaker and not (kind in ("claim", "note") and is_number):
        errors["speaker"] = Message.of(
            N_("{value} is none of the choices here."), value=fields.speaker[:80]
        )
    if errors:
        raise Invalid(errors)
    benchmark, _, code = fields.slice.partition("/")
    return HypothesisInput(
        technique=fields.technique,
        issue=fields.issue,
        benchmark=benchmark if code else None,
        category=code or benchmark or None,
        correspondence=fields.correspondence or None,
        precondition_state=Precondition(fields.precondition_state),
        contradicting_claim=int(number) if kind == "claim" else None,
        contradicting_note=int(number) if kind == "note" else None,
        cost=Effort(int(fields.cost)),
        state=HypothesisState(fields.state),
        result=fields.result,
        stance=Stance(fields.stance) if fields.stance else None,
        confidence=Confidence(fields.confidence),
        **{name: getattr(fields, name) for name in TEXTS},
    )


def by_field(error: Invalid) -> Invalid:
    """The same with what is said of a name beside the field of the form that gives it."""
    fields = {
        "contradicting_claim": "speaker",
        "contradicting_note": "speaker",
        "precondition_state": "speaker",
        "category": "slice",
    }
    return Invalid({fields.get(name, name): said for name, said in error.errors.items()})
