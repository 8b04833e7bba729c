"""The verbs on comparisons and their cells. They take a session first and never commit."""

from dataclasses import dataclass

from sqlmodel import Session

from app.comparison import queries
from app.comparison.queries import Pair
from app.comparison.rules import (
    ComparisonInput,
    check_comparison,
)
from app.errors import N_, AlreadyHeld, Invalid, Message, NotFound, check_version
from app.kit.text import slugify, tidy_line
from app.kit.trees import preorder
from app.models import (
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Issue,
    ResearchField,
    Technique,
)


@dataclass(frozen=True)
class ComparisonChoices:
    """What a comparison is made of."""

    techniques: list[tuple[Technique, int]]
    issues: list[tuple[Issue, int]]
    fields: list[ResearchField]


def get_comparison(session: Session, slug: str) -> Comparison:
    """Raises NotFound where no comparison has this slug."""
    comparison = queries.comparison_by_slug(session, slug)
    if comparison is None:
        raise _no_comparison(slug)
    return comparison


def find_cell(session: Session, slug: str, technique: str, issue: str) -> Pair:
    """The ids of the technique and the issue of a comparison's cell, by their slugs: one statement.

    Raises NotFound where the comparison does not show it.
    """
    found = queries.cell_named(session, slug, technique, issue)
    if found is None:
        raise _no_comparison(slug)
    row, column = found
    if row is None or column is None:
        raise no_cell(slug, technique, issue)
    return row, column


def no_cell(slug: str, technique: str, issue: str) -> NotFound:
    return NotFound(
        N_("{comparison} has no cell {technique} × {issue}."),
        comparison=slug,
        technique=tidy_line(technique)[:80],
        issue=tidy_line(issue)[:80],
    )


def _no_comparison(slug: str) -> NotFound:
    return NotFound(N_("There is no comparison {slug}."), slug=tidy_line(slug)[:80])


def list_axes(session: Session, comparison: Comparison) -> tuple[list[Technique], list[Issue]]:
    """The rows and the columns of a comparison, in its order."""
    return (
        queries.row_techniques(session, comparison.id),
        queries.columns_of(session, comparison.id),
    )


def list_axis_choices(session: Session) -> ComparisonChoices:
    return ComparisonChoices(
        preorder(queries.all_techniques(session)),
        preorder(queries.all_issues(session)),
        queries.comparison_fields(session),
    )


def create_comparison(session: Session, given: ComparisonInput) -> Comparison:
    """A new comparison; without a slug it gets one from its title.

    Raises:
        AlreadyHeld: another comparison has this slug.
        Invalid: with a message for every field that cannot be saved.
    """
    checked = check_comparison(given)
    slug = checked.slug or _free_slug(session, checked)
    comparison = Comparison(slug=slug, title_en=checked.title_en)
    _refuse_taken(session, slug, but=None)
    parts = _parts(session, checked)
    session.add(comparison)
    session.flush()
    _write_comparison(session, comparison, checked, parts)
    return comparison


def update_comparison(
    session: Session, comparison: Comparison, given: ComparisonInput, *, version: int | None = None
) -> int:
    """`comparison` as `given` says; how many claims are no longer in the table.

    Claims and rulings hang on technique × issue and stay: put back, the row shows them again.

    Raises:
        Stale: `version` is not the comparison's any more.
        AlreadyHeld, Invalid: as for a new one.
    """
    check_version(comparison.version, version)
    checked = check_comparison(given)
    slug = checked.slug or comparison.slug
    _refuse_taken(session, slug, but=comparison)
    parts = _parts(session, checked)
    leaving = claims_leaving(session, comparison_as_input(session, comparison), checked)
    comparison.slug = slug
    comparison.version += 1
    _write_comparison(session, comparison, checked, parts)
    return leaving


def claims_leaving(session: Session, saved: ComparisonInput, given: ComparisonInput) -> int:
    """How many claims are in the table of `saved` and not in that of `given`."""
    if set(saved.rows) <= set(given.rows) and set(saved.columns) <= set(given.columns):
        return 0
    techniques = queries.techniques_named(session, saved.rows)
    issues = queries.issues_named(session, saved.columns)
    before, after = (
        queries.claims_among(
            session,
            [each.id for slug, each in techniques.items() if slug in rows],
            [each.id for slug, each in issues.items() if slug in columns],
        )
        for rows, columns in (
            (set(saved.rows), set(saved.columns)),
            (set(given.rows), set(given.columns)),
        )
    )
    return before - after


def delete_comparison(
    session: Session, comparison: Comparison, *, version: int | None = None
) -> None:
    """The table goes; what was claimed about its cells stays.

    Raises Stale where `version` is not the comparison's any more.
    """
    check_version(comparison.version, version)
    _clear(session, comparison)
    session.delete(comparison)
    session.flush()


def comparison_as_input(session: Session, comparison: Comparison) -> ComparisonInput:
    """A comparison as it would be typed, for its form."""
    source, target = comparison.source_field, comparison.target_field
    return ComparisonInput(
        slug=comparison.slug,
        title_en=comparison.title_en,
        title_zh=comparison.title_zh,
        description_en=comparison.description_en,
        description_zh=comparison.description_zh,
        source_field=source.slug if source else "",
        target_field=target.slug if target else "",
        rows=[each.slug for each in queries.row_techniques(session, comparison.id)],
        columns=[each.slug for each in queries.columns_of(session, comparison.id)],
    )


@dataclass(frozen=True)
class _Parts:
    rows: list[Technique]
    columns: list[Issue]
    source_field: ResearchField | None
    target_field: ResearchField | None


def _parts(session: Session, given: ComparisonInput) -> _Parts:
    techniques = queries.techniques_named(session, given.rows)
    issues = queries.issues_named(session, given.columns)
    fields = {each.slug: each for each in queries.comparison_fields(session)}
    errors: dict[str, Message] = {}
    for name, text, slugs, found in (
        ("rows", N_("There is no technique {slug}."), given.rows, techniques),
        ("columns", N_("There is no issue {slug}."), given.columns, issues),
        ("source_field", N_("There is no field {slug}."), [given.source_field], fields),
        ("target_field", N_("There is no field {slug}."), [given.target_field], fields),
    ):
        for slug in slugs:
            if slug and slug not in found:
                errors[name] = Message.of(text, slug=tidy_line(slug)[:80])
    if errors:
        raise Invalid(errors)
    return _Parts(
        [techniques[slug] for slug in given.rows],
        [issues[slug] for slug in given.columns],
        fields.get(given.source_field),
        fields.get(given.target_field),
    )


def _write_comparison(
    session: Session, comparison: Comparison, given: ComparisonInput, parts: _Parts
) -> None:
    comparison.title_en = given.title_en
    comparison.title_zh = given.title_zh
    comparison.description_en = given.description_en
    comparison.description_zh = given.description_zh
    comparison.source_field = parts.source_field
    comparison.target_field = parts.target_field
    _clear(session, comparison)
    for position, technique in enumerate(parts.rows):
        session.add(
            ComparisonRow(comparison_id=comparison.id, technique_id=technique.id, position=position)
        )
    for position, issue in enumerate(parts.columns):
        session.add(
            ComparisonColumn(comparison_id=comparison.id, issue_id=issue.id, position=position)
        )
    session.flush()


def _clear(session: Session, comparison: Comparison) -> None:
    for row in queries.row_places(session, comparison.id):
        session.delete(row)
    for column in queries.column_places(session, comparison.id):
        session.delete(column)
    session.flush()  # places are keyed by what stands there: the old go before the new come


def _free_slug(session: Session, given: ComparisonInput) -> str:
    wanted = slugify(given.title_en) or slugify(given.title_zh) or "comparison"
    wanted = "comparison" if wanted == "new" else wanted
    taken = {each.slug for each in queries.select_comparisons(session)}
    number = 1
    slug = wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _refuse_taken(session: Session, slug: str, *, but: Comparison | None) -> None:
    holder = queries.comparison_by_slug(session, slug)
    if holder is not None and (but is None or holder.id != but.id):
        raise AlreadyHeld(
            N_("{slug} is the address of “{title}”. Choose another, or leave it empty."),
            key=slug,
            url=f"/comparisons/{slug}",
            slug=slug,
            title=holder.title_en or holder.title_zh,
        )
