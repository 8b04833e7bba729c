"""What comes in about the vocabularies and what of it can be saved. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Slug, SlugKey, Truth, many_lines, most, one_line
from app.kit.text import (
    SLUG_LIMIT,
    fold,
    is_slug,
    problem_with_text,
    slugify,
    tidy_body,
    tidy_line,
)
from app.models import Bilingual

NAME_LIMIT = 200
SYNONYM_COUNT = 50
DEFINITION_LIMIT = 10_000
LABEL_LIMIT = 60
SIGN_LIMIT = 4
VERDICT_COUNT = 30
COLOURS = ("yes", "part", "reference", "limited", "fails", "unclear")  # of static/css/tokens.css

_ADDRESSES = {"new"}  # /techniques/new is a form
_SEPARATORS = re.compile(r"[,，、;；\n]")
_SENTENCE = re.compile(r".*?(?:[。！？]|[.!?](?=\s|$))", re.DOTALL)


_Synonyms = Annotated[str, many_lines(NAME_LIMIT * SYNONYM_COUNT)]  # between commas


class EntryInput(BaseModel):
    """A research field, or what of a technique or an issue it shares with one; unchecked."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug = Field("", description="made from the name when left empty")
    name_en: Annotated[str, one_line(NAME_LIMIT)] = ""
    name_zh: Annotated[str, one_line(NAME_LIMIT)] = ""
    synonyms_en: Annotated[list[_Synonyms], most(SYNONYM_COUNT)] = Field(default_factory=list)
    synonyms_zh: Annotated[list[_Synonyms], most(SYNONYM_COUNT)] = Field(default_factory=list)
    definition_en: Annotated[str, many_lines(DEFINITION_LIMIT)] = ""
    definition_zh: Annotated[str, many_lines(DEFINITION_LIMIT)] = ""
    after: SlugKey | None = Field(
        None,
        description="slug of the sibling to stand after; empty: first; null: as it is, or last",
    )


class TermInput(EntryInput):
    """A technique."""

    parent: SlugKey | None = Field(None, description="slug of the one above; null: at the top")


class IssueInput(TermInput):
    """An issue; below another it belongs to that one's field."""

    field: SlugKey | None = Field(None, description="slug of its research field")
    starred: Truth = Field(
        False, description="one of those that matter most: what speaks of it is read first"
    )


class VerdictDefinition(BaseModel):
    """One line of the verdict set. `slug` is empty for a verdict that is to be added."""

    slug: str = ""
    label_en: str = ""
    label_zh: str = ""
    sign: str = ""
    colour: str = COLOURS[0]
    place: str = ""
    remove: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether this is the line for a new verdict, left empty."""
        return not (self.slug or self.label_en.strip() or self.label_zh.strip())


class HasNames(Protocol):
    """What a reader may look a term up by."""

    slug: str
    name_en: str
    name_zh: str
    synonyms_en: list[str]
    synonyms_zh: list[str]


Given = TypeVar("Given", bound=EntryInput)


def check_entry(given: Given) -> Given:
    """`given` tidied and with its slug, or `Invalid` naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {}
    for name in ("name_en", "name_zh"):
        tidy[name] = value = tidy_line(getattr(given, name))
        if problem := problem_with_text(value, limit=NAME_LIMIT, one_line=True):
            errors[name] = problem
    for name in ("definition_en", "definition_zh"):
        tidy[name] = value = tidy_body(getattr(given, name)).strip()
        if problem := problem_with_text(value, limit=DEFINITION_LIMIT):
            errors[name] = problem
    for name in ("synonyms_en", "synonyms_zh"):
        tidy[name] = synonyms = split_synonyms(getattr(given, name))
        if problem := _problem_with_synonyms(synonyms):
            errors[name] = problem
    if not (tidy["name_en"] or tidy["name_zh"]):
        errors["name_en"] = Message.of(N_("Give a name in at least one language."))
    typed = given.slug.strip()
    tidy["slug"] = slug = typed or slugify(str(tidy["name_en"] or tidy["name_zh"])[:NAME_LIMIT])
    # A slug that was not typed is wrong only because of the name, which is told already.
    if (typed or not errors) and (problem := problem_with_slug(slug)):
        errors["slug"] = problem
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)


def problem_with_slug(slug: str) -> Message | None:
    """Why `slug` cannot be one, or None."""
    if not slug:
        return Message.of(N_("No slug can be made from the name. Give one, such as gated-fusion."))
    if not is_slug(slug):
        return Message.of(
            N_(
                "Use lower-case letters, Chinese words, digits and single hyphens, "
                "at most {limit}, such as gated-fusion."
            ),
            limit=SLUG_LIMIT,
        )
    if slug in _ADDRESSES:
        return Message.of(N_("{slug} is an address of its own here. Choose another."), slug=slug)
    return None


def split_synonyms(given: Iterable[str]) -> list[str]:
    """Synonyms one by one, in their order, none twice. Commas and new lines separate them."""
    kept: dict[str, str] = {}
    for each in given:
        for piece in filter(None, map(tidy_line, _SEPARATORS.split(each))):
            kept.setdefault(fold(piece), piece)
    return list(kept.values())


def _problem_with_synonyms(synonyms: Sequence[str]) -> Message | None:
    if len(synonyms) > SYNONYM_COUNT:
        return Message.of(N_("At most {limit} can be given."), limit=SYNONYM_COUNT)
    for synonym in synonyms:
        if problem := problem_with_text(synonym, limit=NAME_LIMIT, one_line=True):
            return problem
    return None


def is_named(term: HasNames, folded: str) -> bool:
    """Whether a name, synonym or slug of `term`, in either language, contains `folded`."""
    names = (term.slug, term.name_en, term.name_zh, *term.synonyms_en, *term.synonyms_zh)
    return any(folded in fold(name) for name in names)


def first_sentence(text: str, *, limit: int = 180) -> str:
    """The first sentence of a definition in either language, cut at a word where it is long."""
    line = tidy_line(text)
    found = _SENTENCE.match(line)
    sentence = found[0] if found else line
    if len(sentence) <= limit:
        return sentence
    cut = sentence[:limit]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"


def check_verdicts(given: Sequence[VerdictDefinition]) -> list[VerdictDefinition]:
    """The lines that are to be kept, tidied, in the order of their places.

    Raises:
        Invalid: its keys name field and line: `label_en-2`.
    """
    errors: dict[str, Message] = {}
    kept: list[tuple[float, VerdictDefinition]] = []
    for line, each in enumerate(given):
        if each.is_blank or each.remove:
            continue
        labels = {name: tidy_line(getattr(each, name)) for name in ("label_en", "label_zh")}
        sign = tidy_line(each.sign)
        for name, value, limit in (
            ("label_en", labels["label_en"], LABEL_LIMIT),
            ("label_zh", labels["label_zh"], LABEL_LIMIT),
            ("sign", sign, SIGN_LIMIT),
        ):
            if problem := problem_with_text(value, limit=limit, one_line=True):
                errors[f"{name}-{line}"] = problem
        if not any(labels.values()):
            errors[f"label_en-{line}"] = Message.of(N_("Give a name in at least one language."))
        if not sign:
            errors[f"sign-{line}"] = Message.of(N_("Give a sign: colour alone is not seen by all."))
        if each.colour not in COLOURS:
            errors[f"colour-{line}"] = Message.of(N_("Choose one of the colours."))
        place = each.place.strip()
        if place and not re.fullmatch(r"-?\d{1,6}", place, re.ASCII):
            errors[f"place-{line}"] = Message.of(N_("A place is a whole number."))
            place = ""
        tidied = each.model_copy(update={**labels, "sign": sign})
        kept.append((int(place) if place else float("inf"), tidied))
    if len(kept) > VERDICT_COUNT:
        errors[f"label_en-{len(given) - 1}"] = Message.of(
            N_("At most {limit} can be given."), limit=VERDICT_COUNT
        )
    if errors:
        raise Invalid(errors)
    return [each for _, each in sorted(kept, key=lambda pair: pair[0])]


def check_colour_names(given: Mapping[str, Bilingual]) -> dict[str, Bilingual]:
    """What the colours of marks are to be called, tidied; one without a name is called as shipped.

    Raises:
        Invalid: its keys name colour and language: `mark-claim-en`.
    """
    errors: dict[str, Message] = {}
    kept = {
        colour: Bilingual(tidy_line(names.name_en), tidy_line(names.name_zh))
        for colour, names in given.items()
    }
    for language in ("en", "zh"):
        called: set[str] = set()
        for colour, names in kept.items():
            name = getattr(names, f"name_{language}")
            shown = fold(name or names.name_en or names.name_zh or colour)
            if problem := problem_with_text(name, limit=LABEL_LIMIT, one_line=True):
                errors[f"mark-{colour}-{language}"] = problem
            elif shown in called:
                errors.setdefault(
                    f"mark-{colour}-{language}", Message.of(N_("Another colour is called so."))
                )
            called.add(shown)
    if errors:
        raise Invalid(errors)
    return kept
