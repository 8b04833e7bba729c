"""A paper as a browser's form describes it."""

import re

from app.errors import N_, Invalid, Message
from app.library.rules import NOT_AN_ARXIV_ID, PaperEdit, PaperInput, VerdictInput
from app.models.library import Kind, Reading
from app.sources.arxiv.ids import try_arxiv_id
from app.sources.drafts import DETAILS
from app.web.forms import Form


def paper_from_form(form: Form) -> tuple[PaperInput, dict[str, Message]]:
    """A paper as its form describes it, and what of the form is no value at all.

    Such a field is left out of the paper; everything else is for `rules.check_paper`.
    """
    errors: dict[str, Message] = {}
    year = form.get("year").strip()
    if year and not re.fullmatch(r"-?\d{1,9}", year, re.ASCII):
        errors["year"] = Message.of(N_("A year is a number, such as 2021."))
    kind = form.get("kind") or Kind.PAPER
    if kind not in list(Kind):
        errors["kind"] = Message.of(N_("Choose one of the kinds."))
    reading = form.get("reading") or Reading.UNREAD
    if reading not in list(Reading):
        errors["reading"] = Message.of(N_("Choose how far it is read."))
    arxiv_id = form.get("arxiv_id").strip()
    asked = try_arxiv_id(arxiv_id)
    if arxiv_id and asked is None:
        errors["arxiv_id"] = Message.of(NOT_AN_ARXIV_ID)
    version = form.get("arxiv_version")
    known_version = int(version) if re.fullmatch(r"[1-9]\d{0,2}", version, re.ASCII) else None
    given = PaperInput(
        citekey=form.get("citekey"),
        kind=Kind.PAPER if "kind" in errors else Kind(kind),
        reading=Reading.UNREAD if "reading" in errors else Reading(reading),
        title=form.get("title"),
        short_title=form.get("short_title"),
        authors=[name for name in re.split(r"[;；\n]", form.get("authors")) if name.strip()],
        abstract=form.get("abstract"),
        year=int(year) if year and "year" not in errors else None,
        published=form.get("published"),
        revised=form.get("revised"),
        venue=form.get("venue"),
        arxiv_id=asked.base if asked else arxiv_id or None,
        arxiv_version=(asked.version if asked else None) or known_version,
        primary_category=form.get("primary_category"),
        doi=form.get("doi").strip() or None,
        url=form.get("url"),
        details={name: form.get(f"details-{name}") for name in DETAILS},
        techniques=form.named("technique"),
        tags=[tag for tag in re.split(r"[,，、;；\n]", form.get("tags")) if tag.strip()],
        fields=form.all("field"),
    )
    return given, errors


def edit_from_form(form: Form) -> PaperEdit:
    """What a form for many papers has done to each: `do` says which of its fields count.

    Raises Invalid where it is nothing that can be done.
    """
    do = form.get("do")
    tags = [tag for tag in re.split(r"[,，、;；\n]", form.get("tags")) if tag.strip()]
    listed = {"tags": tags, "techniques": form.all("technique"), "fields": form.all("field")}
    way, _, what = do.partition("_")
    if way in ("add", "remove") and what in listed:
        said = [each for each in listed[what] if each]
        if not said:
            raise Invalid.field(what, N_("Say which."))
        return PaperEdit.model_validate({do: said})
    if do == "verdict":
        given = VerdictInput(**{name: form.get(name) for name in VerdictInput.model_fields})
        return PaperEdit(verdict=given)
    if do == "kind":
        if form.get("kind") not in list(Kind):
            raise Invalid.field("kind", N_("Choose one of the kinds."))
        return PaperEdit(kind=Kind(form.get("kind")))
    if do == "reading":
        if form.get("reading") not in list(Reading):
            raise Invalid.field("reading", N_("Choose how far it is read."))
        return PaperEdit(reading=Reading(form.get("reading")))
    return PaperEdit(trash=do == "trash")


def ticked_papers(form: Form) -> dict[str, int | None]:
    """The citation keys of the papers that were ticked, with the versions that were seen: a line
    for each in `ticked`, or a `key` without."""
    found: dict[str, int | None] = dict.fromkeys(filter(None, form.all("key")))
    for line in form.get("ticked").splitlines():
        key, _, version = line.strip().partition(" ")
        if key:
            is_number = version.isascii() and version.isdigit() and len(version) < 10
            found[key] = int(version) if is_number else None
    return found
