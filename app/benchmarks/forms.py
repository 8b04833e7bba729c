"""A mapping as a browser's form describes it."""

from app.benchmarks.rules import MappingInput
from app.web.forms import Form


def mapping_from_form(form: Form) -> MappingInput:
    """All of it is for `rules.check_mapping` to judge."""
    return MappingInput(
        strength=form.get("strength"),
        source=form.get("source"),
        why_en=form.get("why_en"),
        why_zh=form.get("why_zh"),
        item=form.get("item").strip() or None,
    )
