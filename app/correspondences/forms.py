"""A correspondence as a browser's form describes it."""

from app.correspondences.rules import NAMES, TEXTS, CorrespondenceInput
from app.web.forms import Form


def correspondence_from_form(form: Form) -> CorrespondenceInput:
    """All of it is for `rules.check_correspondence` to judge; papers are named one a line, or with
    commas or spaces between."""
    return CorrespondenceInput(
        slug=form.get("slug"),
        source_field=form.get("source_field") or None,
        target_field=form.get("target_field") or None,
        techniques=form.named("technique"),
        issues=form.named("issue"),
        papers=form.get("papers").replace(",", " ").replace("，", " ").split(),
        **{name: form.get(name) for name in (*NAMES, *TEXTS)},
    )
