"""What comes in about a paper and what of it can be saved. Pure."""

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_, Invalid, Message
from app.kit import author_names
from app.kit.json_fields import (
    DAY,
    Number,
    PartialDate,
    SlugKey,
    Truth,
    between,
    many_lines,
    most,
    one_line,
    shaped,
)
from app.kit.text import TITLE_LIMIT, fold, problem_with_text, tidy_body, tidy_line
from app.library.citekeys import CITEKEY_PATTERN, is_citekey
from app.models.library import Kind, Reading
from app.models.vocabularies import UNREAD
from app.sources.arxiv.ids import ARXIV_ID_PATTERN, try_arxiv_id
from app.sources.bibliography import dates
from app.sources.doi import ids
from app.sources.drafts import DETAILS

ABSTRACT_LIMIT = 50_000
REASON_LIMIT = 10_000
AUTHORS_LIMIT = 5_000
TAGS_LIMIT = 100
NAME_LIMIT = 300  # of an author, a tag
YEARS = (1000, 2200)
ARXIV_VERSIONS = (1, 999)

NOT_AN_ARXIV_ID = N_("This is not an arXiv id. One looks like 2208.10442.")
NOT_A_DOI = N_("A DOI looks like 10.1145/3581783.3613850.")

_URL_PATTERN = r"^(https?://[!-.0-~]+(/[!-~]*)?)?$"
_PARTIAL_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?\Z")


class PaperInput(BaseModel):
    """A paper's bibliographic data and its place in the vocabularies, unchecked."""

    model_config = ConfigDict(extra="forbid")

    citekey: Annotated[str, shaped(CITEKEY_PATTERN, TITLE_LIMIT)] = ""
    kind: Kind = Kind.PAPER
    reading: Reading = Field(Reading.UNREAD, description="how far the reader is with it")
    title: Annotated[str, one_line(TITLE_LIMIT)] = ""
    short_title: Annotated[str, one_line(TITLE_LIMIT)] = ""
    authors: Annotated[list[Annotated[str, one_line(NAME_LIMIT)]], most(AUTHORS_LIMIT)] = Field(
        default_factory=list
    )
    abstract: Annotated[str, many_lines(ABSTRACT_LIMIT)] = ""
    year: Annotated[Number, between(*YEARS)] | None = None
    published: PartialDate = ""
    revised: PartialDate = ""
    venue: Annotated[str, one_line(TITLE_LIMIT)] = ""
    arxiv_id: Annotated[str, shaped(ARXIV_ID_PATTERN, TITLE_LIMIT)] | None = None
    arxiv_version: Annotated[Number, between(*ARXIV_VERSIONS)] | None = None
    primary_category: Annotated[str, one_line(TITLE_LIMIT)] = ""
    doi: Annotated[str, shaped(ids.DOI_PATTERN, TITLE_LIMIT)] | None = None
    url: Annotated[str, shaped(_URL_PATTERN, TITLE_LIMIT)] = ""
    details: dict[str, Annotated[str, one_line(TITLE_LIMIT)]] = Field(
        default_factory=dict,
        description="by the names of CSL's variables",
        json_schema_extra={"propertyNames": {"enum": list(DETAILS)}},
    )
    techniques: list[SlugKey] = Field(default_factory=list, description="slugs")
    tags: Annotated[list[Annotated[str, one_line(NAME_LIMIT)]], most(TAGS_LIMIT)] = Field(
        default_factory=list
    )
    fields: list[SlugKey] = Field(default_factory=list, description="slugs")


class VerdictInput(BaseModel):
    """A verdict's slug (`unread` takes it back), its reason, and the day from which the paper is to
    be looked at again (`2026-12-31`), if any."""

    model_config = ConfigDict(extra="forbid")

    verdict: SlugKey
    reason: Annotated[str, many_lines(REASON_LIMIT)] = ""
    due: Annotated[str, shaped(DAY, 10)] = ""


Tags = Annotated[list[Annotated[str, one_line(NAME_LIMIT)]], most(TAGS_LIMIT)]


class PaperEdit(BaseModel):
    """What is to be done to each of many papers, unchecked; what is not said stays."""

    model_config = ConfigDict(extra="forbid")

    add_tags: Tags = Field(default_factory=list)
    remove_tags: Tags = Field(default_factory=list)
    add_techniques: list[SlugKey] = Field(default_factory=list, description="slugs")
    remove_techniques: list[SlugKey] = Field(default_factory=list, description="slugs")
    add_fields: list[SlugKey] = Field(default_factory=list, description="slugs")
    remove_fields: list[SlugKey] = Field(default_factory=list, description="slugs")
    kind: Kind | None = None
    reading: Reading | None = None
    verdict: VerdictInput | None = None
    trash: Truth = False


def check_edit(given: PaperEdit) -> PaperEdit:
    """`given` tidied, or `Invalid` naming every field that cannot be saved. Whether techniques,
    fields and verdict are there is for whoever has the library."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {}
    for name in ("add_tags", "remove_tags"):
        tags = [tag for each in getattr(given, name) if (tag := tidy_line(each))]
        tidy[name] = list({fold(tag): tag for tag in reversed(tags)}.values())[::-1]
        for tag in tags:
            if problem := problem_with_text(tag, limit=NAME_LIMIT, one_line=True):
                errors[name] = problem
        if len(tags) > TAGS_LIMIT:
            errors[name] = Message.of(N_("At most {limit} can be given."), limit=TAGS_LIMIT)
    for name in ("tags", "techniques", "fields"):
        added = {fold(each): each for each in getattr(given, f"add_{name}")}
        removed = set(map(fold, getattr(given, f"remove_{name}")))
        if both := added.keys() & removed:
            text = N_("“{name}” cannot be both given and taken away.")
            errors[f"remove_{name}"] = Message.of(text, name=added[min(both)][:80])
    if given.verdict:
        try:
            tidy["verdict"] = check_verdict(given.verdict)
        except Invalid as error:
            errors |= error.errors
    if errors:
        raise Invalid(errors)
    checked = given.model_copy(update=tidy)
    if not checked.model_dump(exclude_defaults=True):
        raise Invalid.field("edit", N_("Say what is to be done to the papers."))
    return checked


def check_paper(given: PaperInput) -> PaperInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {}
    for name in ("citekey", "title", "short_title", "venue", "primary_category", "url", "doi"):
        tidy[name] = value = tidy_line(getattr(given, name) or "")
        if problem := problem_with_text(value, limit=TITLE_LIMIT, one_line=True):
            errors[name] = problem
    tidy["abstract"] = tidy_body(given.abstract).strip()
    if problem := problem_with_text(given.abstract, limit=ABSTRACT_LIMIT):
        errors["abstract"] = problem
    for name, limit in (("authors", AUTHORS_LIMIT), ("tags", TAGS_LIMIT)):
        written = filter(None, map(tidy_line, getattr(given, name)))
        tidied = map(author_names.normalize_name, written) if name == "authors" else written
        values = list(dict.fromkeys(tidied))
        tidy[name] = values
        if len(values) > limit:
            errors[name] = Message.of(N_("At most {limit} can be given."), limit=limit)
        for value in values:
            if problem := problem_with_text(value, limit=NAME_LIMIT, one_line=True):
                errors[name] = problem
    tidy["details"] = details = {
        name: text
        for name in DETAILS
        if name in given.details and (text := tidy_line(given.details[name]))
    }
    if unknown := sorted(given.details.keys() - set(DETAILS)):
        errors["details"] = Message.of(
            N_("“{name}” is not kept here; these are: {known}."),
            name=tidy_line(unknown[0])[:80],
            known=", ".join(DETAILS),
        )
    for value in details.values():
        if problem := problem_with_text(value, limit=TITLE_LIMIT, one_line=True):
            errors["details"] = problem
    for name in details.keys() & {"accessed", "event-date"}:
        details[name] = dates.partial_date(details[name])
        if not details[name]:
            errors["details"] = Message.of(N_("Write a date as 2023-03-06, 2023-03 or 2023."))
    if not tidy["title"]:
        errors["title"] = Message.of(N_("Give a title."))
    if tidy["citekey"] and not is_citekey(str(tidy["citekey"])):
        errors["citekey"] = Message.of(
            N_("Use letters, digits and . _ : + - only, such as kim2021vilt.")
        )
    if given.year is not None and not YEARS[0] <= given.year <= YEARS[1]:
        errors["year"] = Message.of(
            N_("Give a year between {first} and {last}."), first=YEARS[0], last=YEARS[1]
        )
    for name in ("published", "revised"):
        value = getattr(given, name).strip()
        tidy[name] = value
        if value and not is_partial_date(value):
            errors[name] = Message.of(N_("Write a date as 2023-03-06, 2023-03 or 2023."))
    doi = str(tidy["doi"])
    found = ids.try_doi(doi)
    tidy["doi"] = found.name if found else doi or None
    if doi and not found:
        errors.setdefault("doi", Message.of(NOT_A_DOI))
    tidy["arxiv_id"] = None
    if given.arxiv_id:
        asked = try_arxiv_id(given.arxiv_id)
        if asked is None:
            errors["arxiv_id"] = Message.of(NOT_AN_ARXIV_ID)
        else:
            tidy["arxiv_id"] = asked.base
            tidy["arxiv_version"] = asked.version or given.arxiv_version
    version = given.arxiv_version
    if version is not None and not ARXIV_VERSIONS[0] <= version <= ARXIV_VERSIONS[1]:
        errors["arxiv_version"] = Message.of(
            N_("Give a number between {first} and {last}."),
            first=ARXIV_VERSIONS[0],
            last=ARXIV_VERSIONS[1],
        )
    if tidy["url"] and not re.match(r"https?://[^\s/]+", str(tidy["url"]), re.IGNORECASE):
        errors["url"] = Message.of(N_("An address begins with http:// or https://."))
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)


def bare_title(given: PaperInput) -> str:
    """The title of a paper of which no more than its arXiv id or DOI is known yet."""
    if given.arxiv_id:
        return f"arXiv:{given.arxiv_id}"
    return f"doi:{given.doi}" if given.doi else ""


def is_partial_date(text: str) -> bool:
    """Whether `text` is an ISO date of which day, or month and day, may be missing."""
    if not _PARTIAL_DATE.match(text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True


def parse_day(text: str) -> str:
    """A day as ISO writes it, or nothing where `text` is none."""
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", text).strip()).isoformat()
    except ValueError:
        return ""


def check_verdict(given: VerdictInput) -> VerdictInput:
    """`given` tidied; a verdict always carries a reason, and `unread` neither reason nor day. Or
    `Invalid` naming every field that cannot be saved."""
    if given.verdict == UNREAD:
        return VerdictInput(verdict=UNREAD)
    errors: dict[str, Message] = {}
    due = parse_day(given.due)
    if given.due.strip() and not due:
        errors["due"] = Message.of(N_("Write the day as 2026-12-31."))
    try:
        reason = check_reason(given.reason)
    except Invalid as error:
        raise Invalid(error.errors | errors) from error
    if errors:
        raise Invalid(errors)
    return VerdictInput(verdict=given.verdict, reason=reason, due=due)


def check_reason(reason: str) -> str:
    """A verdict's reason, tidied; a verdict always carries one."""
    tidied = tidy_body(reason).strip()
    if not tidied:
        raise Invalid.field(
            "reason", N_("Say why: a year from now the reason is what you look for.")
        )
    if problem := problem_with_text(tidied, limit=REASON_LIMIT):
        raise Invalid({"reason": problem})
    return tidied
