"""The verbs on the flat vocabularies: research fields and the verdict set."""

from collections.abc import Sequence

from sqlmodel import Session

from app.errors import N_, Invalid, Message
from app.library.filters import UNREAD
from app.models import ImportBatch, ResearchField, Verdict
from app.text import slugify, tidy_line
from app.vocabularies import queries
from app.vocabularies.rules import EntryInput, VerdictInput, check_entry, check_verdicts
from app.vocabularies.service import TEXTS, check_version, put, research_fields, save, taken


def create_field(session: Session, given: EntryInput) -> ResearchField:
    """A new research field. Raises Invalid, as for a term."""
    checked = check_entry(given)
    field = ResearchField(slug=checked.slug, name_en=checked.name_en)
    _write_field(session, field, checked)
    return field


def update_field(
    session: Session, field: ResearchField, given: EntryInput, *, version: int | None = None
) -> None:
    """`field` as `given` says. Raises Stale, Invalid, as for a term."""
    check_version(field, version)
    _write_field(session, field, check_entry(given))


def field_as_input(field: ResearchField) -> EntryInput:
    """A research field as it would be typed."""
    return EntryInput(slug=field.slug, **{name: getattr(field, name) for name in TEXTS})


def _write_field(session: Session, field: ResearchField, given: EntryInput) -> None:
    others = {each.slug: each for each in research_fields(session) if each is not field}
    errors = taken(given, others)
    if given.after and given.after not in others:
        errors["after"] = Message.of(N_("{slug} is not beside it."), slug=given.after[:80])
    if errors:
        raise Invalid(errors)
    for name in (*TEXTS, "slug"):
        setattr(field, name, getattr(given, name))
    is_new = field.id is None
    save(session, field)
    if given.after is not None or is_new:
        put(field, list(others.values()), given.after)
    session.flush()


def verdicts(session: Session) -> list[tuple[Verdict, int]]:
    """The verdict set in its order, each with how many papers have or had it."""
    used = queries.verdict_uses(session)
    return [(each, used.get(each.id or 0, 0)) for each in queries.verdict_set(session)]


def save_verdicts(session: Session, given: Sequence[VerdictInput]) -> None:
    """The verdict set as `given`: changed, put in order, added to; removed only where asked.

    Raises:
        Invalid: keyed by field and line (`label_en-2`), also for removing one that papers have.
    """
    kept = check_verdicts(given)
    held = {verdict.slug: (verdict, number) for verdict, number in verdicts(session)}
    errors: dict[str, Message] = {}
    for line, each in enumerate(given):
        _, number = held.get(each.slug, (None, 0))
        if each.slug and each.slug not in held:
            errors[f"label_en-{line}"] = Message.of(
                N_("This verdict was removed meanwhile. Open the page again.")
            )
        elif each.remove and number:
            errors[f"remove-{line}"] = Message.of(
                N_("Papers have or had this verdict ({count}), so it stays."), count=number
            )
        elif not each.slug and not each.is_blank and not each.remove:
            slug = slugify(tidy_line(each.label_en or each.label_zh))
            if not slug or slug in held or slug == UNREAD:
                errors[f"label_en-{line}"] = Message.of(
                    N_("There is a verdict of that name already, or no slug can be made of it.")
                )
    if errors:
        raise Invalid(errors)
    for each in given:
        if each.remove and each.slug:
            session.delete(held.pop(each.slug)[0])
    for position, each in enumerate(kept):
        slug = each.slug or slugify(each.label_en or each.label_zh)
        verdict = (
            held[slug][0] if slug in held else Verdict(slug=slug, label_en="", sign="", colour="")
        )
        for name in ("label_en", "label_zh", "sign", "colour"):
            setattr(verdict, name, getattr(each, name))
        verdict.position = position
        session.add(verdict)
    session.flush()


def starter_batch(session: Session) -> ImportBatch | None:
    """The import that brought the starter library, while it can be undone."""
    return queries.starter_batch(session)
