"""Terms, research fields and the verdict set as a browser's forms describe them."""

from app.models import MARK_COLOURS, Bilingual, Issue, Technique
from app.vocabularies.rules import (
    COLOURS,
    VERDICT_COUNT,
    EntryInput,
    IssueInput,
    TermInput,
    VerdictDefinition,
)
from app.web.forms import Form


def entry_from_form(form: Form) -> EntryInput:
    """A research field; all of it is for `rules.check_entry` to judge."""
    return EntryInput(**_texts(form), **_synonyms(form), after=_after(form))


def term_from_form(form: Form, model: type[Technique] | type[Issue]) -> TermInput:
    """A technique, or an issue with its field."""
    given = TermInput(
        **_texts(form),
        after=_after(form),
        **_synonyms(form),
        parent=form.get("parent") or None,
    )
    if model is Technique:
        return given
    field, starred = form.get("field") or None, "starred" in form
    return IssueInput(**given.model_dump(), field=field, starred=starred)


def _texts(form: Form) -> dict[str, str]:
    names = ("slug", "name_en", "name_zh", "definition_en", "definition_zh")
    return {name: form.get(name) for name in names}


def _synonyms(form: Form) -> dict[str, list[str]]:
    return {name: [form.get(name)] for name in ("synonyms_en", "synonyms_zh")}


def _after(form: Form) -> str | None:
    """First is an empty value; a form that does not ask leaves the place as it is."""
    return form.get("after") if "after" in form else None


def verdicts_from_form(form: Form) -> list[VerdictDefinition]:
    """The lines of the verdict set: `label_en-0`, `label_en-1` …, as many as were sent."""
    lines = []
    for line in range(VERDICT_COUNT + 1):
        if f"label_en-{line}" not in form:
            break
        lines.append(
            VerdictDefinition(
                slug=form.get(f"slug-{line}"),
                label_en=form.get(f"label_en-{line}"),
                label_zh=form.get(f"label_zh-{line}"),
                sign=form.get(f"sign-{line}"),
                colour=form.get(f"colour-{line}", COLOURS[0]),
                place=form.get(f"place-{line}"),
                remove=form.get(f"remove-{line}") == "1",
            )
        )
    return lines


def mark_colours_from_form(form: Form) -> dict[str, Bilingual]:
    """What the colours of marks are to be called: `mark-claim-en`, `mark-claim-zh` …"""
    return {
        each: Bilingual(form.get(f"mark-{each}-en"), form.get(f"mark-{each}-zh"))
        for each in MARK_COLOURS
    }
