"""The verbs on the flat vocabularies: research fields, the verdict set, what the colours of marks
are called."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlmodel import Session

from app.errors import N_, Invalid, Message, check_version
from app.kit.text import slugify, tidy_line
from app.models import (
    MARK_COLOURS,
    UNREAD,
    Bilingual,
    ImportBatch,
    MarkColour,
    ResearchField,
    Verdict,
)
from app.state_cache import StateCache
from app.vocabularies import queries
from app.vocabularies.rules import (
    LABEL_LIMIT,
    EntryInput,
    VerdictDefinition,
    check_colour_names,
    check_entry,
    check_verdicts,
)
from app.vocabularies.service import (
    SYNONYMS,
    TEXTS,
    check_slug_is_free,
    list_research_fields,
    renumber_siblings,
    save_term,
)

_colour_names = StateCache[Mapping[str, Bilingual]](4)


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
    check_version(field.version, version)
    _write_field(session, field, check_entry(given))


def field_as_input(field: ResearchField) -> EntryInput:
    """A research field as it would be typed."""
    return EntryInput(
        slug=field.slug, **{name: getattr(field, name) for name in (*TEXTS, *SYNONYMS)}
    )


def _write_field(session: Session, field: ResearchField, given: EntryInput) -> None:
    others = {each.slug: each for each in list_research_fields(session) if each is not field}
    errors = check_slug_is_free(given, others)
    if given.after and given.after not in others:
        errors["after"] = Message.of(N_("{slug} is not beside it."), slug=given.after[:80])
    if errors:
        raise Invalid(errors)
    for name in (*TEXTS, *SYNONYMS, "slug"):
        setattr(field, name, getattr(given, name))
    is_new = field.id is None
    save_term(session, field)
    if given.after is not None or is_new:
        renumber_siblings(field, list(others.values()), given.after)
    session.flush()


def count_verdicts(session: Session) -> list[tuple[Verdict, int]]:
    """The verdict set in its order, each with how many papers have or had it."""
    used = queries.verdict_uses(session)
    return [(each, used.get(each.id, 0)) for each in queries.select_verdicts(session)]


def save_verdicts(session: Session, given: Sequence[VerdictDefinition]) -> None:
    """The verdict set as `given`: changed, put in order, added to; removed only where asked.

    Raises:
        Invalid: keyed by field and line (`label_en-2`), also for removing one that papers have.
    """
    held = {verdict.slug: (verdict, papers) for verdict, papers in count_verdicts(session)}
    taken_slugs = {*held, UNREAD}
    named: list[VerdictDefinition] = []
    errors: dict[str, Message] = {}
    for line, each in enumerate(given):
        slug = each.slug
        if slug and slug not in held:
            text = N_("This verdict was removed meanwhile. Open the page again.")
            errors[f"label_en-{line}"] = Message.of(text)
        elif slug and each.remove and held[slug][1]:
            text = N_("Papers have or had this verdict ({count}), so it stays.")
            errors[f"remove-{line}"] = Message.of(text, count=held[slug][1])
        elif not slug and not each.is_blank:
            slug = slugify(tidy_line(each.label_en or each.label_zh)[:LABEL_LIMIT])
            if not slug or slug in taken_slugs:
                text = N_("A verdict has that name already, or no slug can be made of it.")
                errors[f"label_en-{line}"] = Message.of(text)
            taken_slugs.add(slug)
        named.append(each.model_copy(update={"slug": slug}))
    kept = check_verdicts(named)
    if errors:
        raise Invalid(errors)
    for slug in {each.slug for each in named if each.remove} & set(held):
        session.delete(held[slug][0])
    for position, each in enumerate(kept):
        written = each.model_dump(include={"slug", "label_en", "label_zh", "sign", "colour"})
        if each.slug in held:
            held[each.slug][0].sqlmodel_update({**written, "position": position})
        else:
            session.add(Verdict(**written, position=position))
    session.flush()


def get_starter_batch(session: Session) -> ImportBatch | None:
    """The import that brought the starter library, while it can be undone."""
    return queries.select_starter_batch(session)


def mark_colours(session: Session) -> Mapping[str, Bilingual]:
    """What each colour of marks is called, in the order of their keys; both names are empty where
    it is called as shipped."""
    return _colour_names.get(session, (), partial(_read_colour_names, session))


def _read_colour_names(session: Session) -> Mapping[str, Bilingual]:
    named = {
        each.colour: Bilingual(each.name_en, each.name_zh)
        for each in queries.select_mark_colours(session)
    }
    return {colour: named.get(colour, Bilingual("", "")) for colour in MARK_COLOURS}


def name_mark_colours(session: Session, given: Mapping[str, Bilingual]) -> None:
    """Call the colours of marks as `given`; one that gets no name is called as shipped.

    Raises:
        Invalid: keyed by the field of the form (`mark-claim-en`).
    """
    checked = check_colour_names(given)
    for colour, names in checked.items():
        held = session.get(MarkColour, colour)
        if any(names):
            session.merge(MarkColour(colour=colour, name_en=names.name_en, name_zh=names.name_zh))
        elif held:
            session.delete(held)
    session.flush()
