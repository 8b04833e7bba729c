"""What the form of a note says."""

from app.notes.rules import NoteInput
from app.web.forms import Form


def note_from_form(form: Form) -> NoteInput:
    about = {name: form.get(name) or None for name in ("paper", "technique", "issue")}
    return NoteInput(title=form.get("title"), body=form.get("body"), **about)
