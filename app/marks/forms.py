"""A mark as a browser's form describes it."""

from pydantic import ValidationError

from app.errors import N_, Invalid
from app.marks.rules import MarkInput, MarkPatch
from app.web.forms import Form

_TEXTS = ("exact", "prefix", "suffix", "colour", "comment")


def mark_from_form(form: Form) -> MarkInput:
    """The mark that a form describes. Raises Invalid: its page or its file is none."""
    page = form.get("page")
    try:
        return MarkInput(
            file=form.get("file") or None,
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 0,
            **{name: form.get(name) for name in _TEXTS if name in form},
        )
    except ValidationError as problem:
        raise Invalid.field("page", N_("Say which page of the file it is on.")) from problem


def patch_from_form(form: Form) -> MarkPatch:
    """What a form changes of a mark."""
    given = {name: form.get(name) for name in ("colour", "comment") if name in form}
    return MarkPatch(**given)
