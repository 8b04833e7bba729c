"""What the preview of an import sends back."""

import re

from app.imports.rules import Correction
from app.web.forms import Form


def corrections_from(form: Form) -> dict[int, Correction]:
    """The reader's word on every row that the preview showed, by position."""
    shown = [int(value) for value in form.all("row") if re.fullmatch(r"\d{1,9}", value, re.ASCII)]
    return {position: _correction(form, position) for position in shown}


def _correction(form: Form, at: int) -> Correction:
    def said(name: str) -> str | None:
        return form.get(f"{name}-{at}") if f"{name}-{at}" in form else None

    return Correction(
        take=f"take-{at}" in form,
        kind=said("kind"),
        title=said("title"),
        verdict=said("verdict"),
        reason=said("reason"),
        techniques=tuple(form.all(f"technique-{at}")),
        issues=tuple(form.all(f"issue-{at}")),
        token=said("seen"),
    )
