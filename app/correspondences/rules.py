"""What comes in about a correspondence, what of it can be saved, which ones words find. Pure."""

from collections.abc import Sequence
from itertools import count
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Slug, SlugKey, many_lines, most, one_line
from app.kit.text import SLUG_LIMIT, Key, is_slug, problem_with_text, slugify, tidy_body, tidy_line
from app.models.correspondences import Correspondence
from app.models.vocabularies import Issue, Technique

NAME_LIMIT = 200
TEXT_LIMIT = 20_000
TIES_LIMIT = 50  # techniques, issues or papers

NAMES = ("source_en", "source_zh", "target_en", "target_zh")
TEXTS = ("carries_en", "carries_zh", "breaks_en", "breaks_zh")
TIES = ("techniques", "issues", "papers")


class CorrespondenceInput(BaseModel):
    """A correspondence, unchecked."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug = Field("", description="made from the names when left empty")
    source_en: Annotated[str, one_line(NAME_LIMIT)] = ""
    source_zh: Annotated[str, one_line(NAME_LIMIT)] = ""
    target_en: Annotated[str, one_line(NAME_LIMIT)] = ""
    target_zh: Annotated[str, one_line(NAME_LIMIT)] = ""
    source_field: SlugKey | None = Field(None, description="a field's slug")
    target_field: SlugKey | None = Field(None, description="a field's slug")
    carries_en: Annotated[str, many_lines(TEXT_LIMIT)] = Field(
        "", description="Markdown: what carries over"
    )
    carries_zh: Annotated[str, many_lines(TEXT_LIMIT)] = ""
    breaks_en: Annotated[str, many_lines(TEXT_LIMIT)] = Field(
        "", description="Markdown: where the analogy breaks"
    )
    breaks_zh: Annotated[str, many_lines(TEXT_LIMIT)] = ""
    techniques: Annotated[list[SlugKey], most(TIES_LIMIT)] = Field(
        default_factory=list, description="slugs"
    )
    issues: Annotated[list[SlugKey], most(TIES_LIMIT)] = Field(
        default_factory=list, description="slugs"
    )
    papers: Annotated[list[Key], most(TIES_LIMIT)] = Field(
        default_factory=list, description="citation keys of who says so"
    )


def check_correspondence(given: CorrespondenceInput) -> CorrespondenceInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved.

    A slug that was not given stays empty: `free_slug` makes one.
    """
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {"slug": given.slug.strip()}
    for name in NAMES:
        tidy[name] = value = tidy_line(getattr(given, name))
        if problem := problem_with_text(value, limit=NAME_LIMIT, one_line=True):
            errors[name] = problem
    for name in TEXTS:
        tidy[name] = value = tidy_body(getattr(given, name)).strip()
        if problem := problem_with_text(value, limit=TEXT_LIMIT):
            errors[name] = problem
    for side in ("source", "target"):
        if not (tidy[f"{side}_en"] or tidy[f"{side}_zh"]):
            errors[f"{side}_en"] = Message.of(N_("Give a name in at least one language."))
    for name in TIES:
        named = dict.fromkeys(filter(None, map(tidy_line, getattr(given, name))))
        tidy[name] = list(named)
        if len(named) > TIES_LIMIT:
            errors[name] = Message.of(N_("At most {limit} can be given."), limit=TIES_LIMIT)
    if tidy["slug"] and (problem := _problem_with_slug(str(tidy["slug"]))):
        errors["slug"] = problem
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)


def _problem_with_slug(slug: str) -> Message | None:
    if slug == "new":
        return Message.of(N_("This word is taken by a page. Choose another."))
    if not is_slug(slug):
        return Message.of(
            N_(
                "Use lower-case letters, Chinese words, digits and hyphens only, "
                "such as region-column."
            )
        )
    return None


def free_slug(given: CorrespondenceInput, taken: Sequence[str]) -> str:
    """A slug that nothing has yet, of the names of both sides: `image-region-column`."""
    sides = (given.source_en or given.source_zh, given.target_en or given.target_zh)
    wanted = slugify("-".join(map(slugify, sides)))[: SLUG_LIMIT - 5].strip("-")
    wanted = wanted if wanted not in ("", "new") else "correspondence"
    tries = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(slug for slug in tries if slug not in taken)


def found_by(correspondence: Correspondence, words: Sequence[str]) -> bool:
    """Whether each of the folded `words` stands somewhere in what it says, in either language, or
    in a name or synonym of what it is tied to (techniques and issues must be loaded)."""
    tied: list[Technique | Issue] = [*correspondence.techniques, *correspondence.issues]
    names = [
        name
        for term in tied
        for name in (term.name_en, term.name_zh, *term.synonyms_en, *term.synonyms_zh)
    ]
    sides = (*correspondence.source, *correspondence.target)
    whole = "\n".join((*sides, *names, correspondence.text)).casefold()
    return all(word in whole for word in words)
