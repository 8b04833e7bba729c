"""Claims and comparisons as a browser's form describes them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from app.comparison.rules import ClaimInput, ClaimPatch, ComparisonInput, EvidenceInput, order_by
from app.errors import N_, Invalid, Message
from app.models import Basis, Claim, Confidence, Evidence, Polarity, Source, Stance, utc_now
from app.web.forms import Form

EMPTY_ROWS = 3  # of evidence, so that the form is whole without JavaScript
_MOST_ROWS = 60
SHARED = ("stance", "confidence", "source", "basis", "dated_on", "rationale", "evidence")


@dataclass(frozen=True)
class EvidenceFields:
    """A piece of evidence as typed; `hint` says what a `note:ID` is called."""

    source: str = ""
    quote: str = ""
    locator: str = ""
    polarity: str = Polarity.SUPPORTS
    hint: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.source.strip() or self.quote.strip())


@dataclass(frozen=True)
class ClaimFields:
    """A claim as typed, so that nothing is lost when it cannot be saved."""

    stance: str = ""
    confidence: str = Confidence.MEDIUM
    source: str = Source.OWN
    basis: str = Basis.ARGUED
    rationale: str = ""
    dated_on: str = ""
    why: str = ""
    evidence: tuple[EvidenceFields, ...] = ()

    @property
    def rows(self) -> list[EvidenceFields]:
        """The evidence with empty rows to fill in."""
        empty = max(1, EMPTY_ROWS - len(self.evidence))
        return [*self.evidence, *[EvidenceFields()] * empty]


@dataclass(frozen=True)
class RulingFields:
    """A ruling as typed."""

    stance: str = ""
    rationale: str = ""


def read_claim(form: Form) -> ClaimFields:
    """A claim's form; rows of evidence in which nothing was written are left out."""
    columns = [form.all(f"evidence_{name}") for name in ("source", "quote", "locator", "polarity")]
    rows = [EvidenceFields(*row) for row in zip(*columns, strict=False)][:_MOST_ROWS]
    return ClaimFields(
        stance=form.get("stance"),
        confidence=form.get("confidence", Confidence.MEDIUM),
        source=form.get("source", Source.OWN),
        basis=form.get("basis", Basis.ARGUED),
        rationale=form.get("rationale"),
        dated_on=form.get("dated_on").strip(),
        why=form.get("why"),
        evidence=tuple(row for row in rows if not row.is_empty),
    )


def apply_button(form: Form, fields: ClaimFields, held: ClaimFields | None) -> ClaimFields | None:
    """The fields after a button that saves nothing; None where another was pressed.

    `use=N` puts the passage offered for the Nth piece of evidence in the place of its quotation;
    `take=NAME` gives a field the value that somebody else has saved meanwhile, `held`.
    """
    if (number := form.get("use")).isascii() and number.isdigit() and len(number) < 4:
        at = int(number)
        passage = form.get(f"nearest_{at}")
        if at < len(fields.evidence) and passage:
            pieces = list(fields.evidence)
            pieces[at] = replace(pieces[at], quote=passage)
            return replace(fields, evidence=tuple(pieces))
    name = form.get("take")
    if held and name in SHARED:
        return replace(fields, **{name: getattr(held, name)})
    return None


class EvidenceDecision(NamedTuple):
    """What a reader makes of a piece of evidence: the quotation and place it is to have; without
    either it is kept as it is."""

    quote: str | None = None
    locator: str | None = None


def read_decision(form: Form) -> EvidenceDecision:
    """What was decided by the button pressed: `accept` takes the wording and place that were shown,
    `use=N` the Nth passage that was offered."""
    if form.get("do") == "accept":
        return EvidenceDecision(form.get("now") or None, form.get("new_place") or None)
    if use := form.get("use"):
        return EvidenceDecision(
            form.get(f"passage_{use}") or None, form.get(f"place_{use}") or None
        )
    return EvidenceDecision()


def differing_fields(fields: ClaimFields, held: ClaimFields) -> list[str]:
    """The names of the fields in which what was typed differs from what is saved."""

    def said(claim: ClaimFields, name: str) -> object:
        if name == "evidence":
            return [replace(piece, hint="") for piece in claim.evidence]
        return getattr(claim, name).strip().replace("\r\n", "\n")

    return [name for name in SHARED if said(fields, name) != said(held, name)]


def fresh_claim() -> ClaimFields:
    return ClaimFields(dated_on=utc_now().date().isoformat())


def claim_fields(claim: Claim) -> ClaimFields:
    """A claim as its form shows it; its evidence must be loaded."""
    return ClaimFields(
        stance=claim.stance,
        confidence=claim.confidence,
        source=claim.source,
        basis=claim.basis,
        rationale=claim.rationale,
        dated_on=claim.dated_on.isoformat(),
        evidence=tuple(
            EvidenceFields(
                source=_source(each),
                quote=each.quote,
                locator=each.locator,
                polarity=each.polarity,
                hint=_hint(each),
            )
            for each in claim.evidence
        ),
    )


def _source(piece: Evidence) -> str:
    """As it is typed; a pair and an example bring the paper that prints them."""
    if piece.pair:
        return f"pair:{piece.pair.id}"
    if piece.item:
        return piece.item.name
    return piece.paper.citekey if piece.paper else f"note:{piece.note_id}"


def _hint(piece: Evidence) -> str:
    if piece.pair:
        return piece.pair.label
    if piece.item:
        return piece.item.question
    return piece.note.title if piece.note else ""


def claim_from_fields(fields: ClaimFields) -> ClaimInput:
    """The claim that was typed.

    Raises:
        Invalid: where a choice or the date is none; everything else is for `rules.check_claim`.
    """
    errors: dict[str, Message] = {}
    if fields.stance not in list(Stance):
        errors["stance"] = Message.of(N_("Choose a stance."))
    if fields.confidence not in list(Confidence):
        errors["confidence"] = Message.of(N_("Choose how sure this is."))
    if fields.source not in list(Source):
        errors["source"] = Message.of(N_("Choose whose view this is."))
    if fields.basis not in list(Basis):
        errors["basis"] = Message.of(N_("Choose where it was shown."))
    dated_on = None
    if fields.dated_on:
        try:
            dated_on = date.fromisoformat(fields.dated_on)
        except ValueError:
            errors["dated_on"] = Message.of(N_("Write a date as 2023-03-06."))
    for number, each in enumerate(fields.evidence):
        if each.polarity not in list(Polarity):
            errors[f"evidence.{number}.source"] = Message.of(
                N_("Choose whether this supports or contradicts the claim.")
            )
    if errors:
        raise Invalid(errors)
    return ClaimInput(
        stance=Stance(fields.stance),
        confidence=Confidence(fields.confidence),
        source=Source(fields.source),
        basis=Basis(fields.basis),
        rationale=fields.rationale,
        dated_on=dated_on,
        evidence=[
            EvidenceInput(
                source=each.source,
                quote=each.quote,
                locator=each.locator,
                polarity=Polarity(each.polarity),
            )
            for each in fields.evidence
        ],
    )


def whole_patch(given: ClaimInput, *, why: str = "") -> ClaimPatch:
    """All of a claim as the changes to one; a date left empty stays as it was."""
    return ClaimPatch.model_validate({**given.model_dump(), "why": why})


def comparison_from_form(form: Form) -> ComparisonInput:
    """A comparison as its form describes it.

    `row` and `column` are what is ticked, as the vocabulary has it; `row_order` and `column_order`
    say in which order it is to stand.
    """
    return ComparisonInput(
        slug=form.get("slug"),
        title_en=form.get("title_en"),
        title_zh=form.get("title_zh"),
        description_en=form.get("description_en"),
        description_zh=form.get("description_zh"),
        source_field=form.get("source_field"),
        target_field=form.get("target_field"),
        rows=order_by(form.all("row"), form.all("row_order")),
        columns=order_by(form.all("column"), form.all("column_order")),
    )


@dataclass(frozen=True)
class NewTerm:
    """A technique or issue that is added on the way, as typed."""

    name_en: str = ""
    name_zh: str = ""
    parent: str = ""


def new_term_from_form(form: Form, axis: str) -> NewTerm:
    """What is typed into the form's part for a term that the vocabulary of `axis` lacks."""
    return NewTerm(*(form.get(f"new_{axis}_{name}") for name in ("en", "zh", "below")))
