"""Choosing rows and columns and their order, step by step: what the comparison's form is made of.

A form is a `ComparisonInput` that is not saved yet; each of its buttons makes another one of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.comparison import queries, service
from app.comparison.rules import ComparisonInput, move, order_by, tree_order
from app.kit.trees import list_descendants, parent_map
from app.models import Comparison, Issue, ResearchField, Technique
from app.vocabularies import service as vocabularies

Term = Technique | Issue
FIELDS = {"row": "rows", "column": "columns"}  # an axis and the field that holds it
OFFERED = 200  # terms that are not chosen; the filter finds the others


@dataclass(frozen=True)
class Offer:
    """A term that can be chosen. `below` counts what stands below it, `papers` those of the source
    field that carry it; one that is chosen is `hidden` where the filter leaves it out."""

    term: Term
    depth: int
    below: int
    papers: int
    chosen: bool
    hidden: bool


@dataclass(frozen=True)
class TermChoices:
    """Terms of one research field, of which there are `total`; `first` where that is the field that
    was chosen."""

    field: ResearchField | None
    offers: list[Offer]
    total: int
    first: bool

    @property
    def shown(self) -> bool:
        return any(not each.hidden for each in self.offers)

    @property
    def chosen(self) -> int:
        return sum(each.chosen for each in self.offers)


@dataclass(frozen=True)
class Chosen:
    """A row or column to be, where the table will have it."""

    term: Term
    depth: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Axis:
    """One side of the table: what is offered, what is chosen; `more` counts what would be offered
    if the list were not long enough; `used` are the techniques that papers of the source field
    carry, `removed` what is saved but not chosen any more; `terms` are all, with their depths."""

    groups: list[TermChoices]
    more: int
    terms: Sequence[tuple[Term, int]]
    chosen: list[Chosen]
    used: list[Term]
    removed: list[Term]
    filter: str


@dataclass(frozen=True)
class Draft:
    """What the form shows; `leaving` counts the claims that saving takes out of the table."""

    row: Axis
    column: Axis
    fields: list[ResearchField]
    names: dict[str, Term]  # by axis and slug: `row gated-fusion`
    leaving: int


def build_form(
    session: Session,
    given: ComparisonInput,
    *,
    comparison: Comparison | None = None,
    filters: dict[str, str] | None = None,
) -> Draft:
    """Everything the form of `given` shows; `comparison` is what is saved of it.

    The number of statements does not grow with the vocabularies. What `given` names and no
    vocabulary has is left out.
    """
    choices = service.list_axis_choices(session)
    saved = service.comparison_as_input(session, comparison) if comparison else ComparisonInput()
    papers = queries.papers_by_technique(session, given.source_field) if given.source_field else {}
    hits = {
        axis: _hits(session, model, text)
        for axis, model in (("row", Technique), ("column", Issue))
        if (text := (filters or {}).get(axis, "").strip())
    }
    techniques = _axis(choices.techniques, given.rows, hits.get("row"), papers)
    issues = _axis(choices.issues, given.columns, hits.get("column"), {})
    rows, more_rows = _shorten([TermChoices(None, techniques, len(techniques), first=True)])
    columns, more_columns = _shorten(_by_field(issues, choices.fields, given.target_field))
    everyone: dict[str, Term] = {
        **{f"row {each.slug}": each for each, _ in choices.techniques},
        **{f"column {each.slug}": each for each, _ in choices.issues},
    }
    return Draft(
        row=Axis(
            rows if techniques else [],
            more_rows,
            choices.techniques,
            _chosen(choices.techniques, given.rows),
            [each.term for each in techniques if each.papers],
            [everyone[f"row {each}"] for each in saved.rows if each not in given.rows],
            (filters or {}).get("row", ""),
        ),
        column=Axis(
            columns,
            more_columns,
            choices.issues,
            _chosen(choices.issues, given.columns),
            [],
            [everyone[f"column {each}"] for each in saved.columns if each not in given.columns],
            (filters or {}).get("column", ""),
        ),
        fields=choices.fields,
        names=everyone,
        leaving=service.claims_leaving(session, saved, given),
    )


def apply_action(session: Session, given: ComparisonInput, pressed: str) -> ComparisonInput:
    """`given` after one of the form's buttons, which is named by an axis, what to do and slugs.

    `row-up gated`, `row-down gated`: one place among its siblings. `column-below dk`: with all that
    stands below it; out again where all of that is chosen. `row-with a b`: these too. `row-used`:
    what papers of the source field carry. Anything else leaves it as it is.
    """
    what, *slugs = pressed.split(" ")
    axis, _, verb = what.partition("-")
    if axis not in FIELDS:
        return given
    choices = service.list_axis_choices(session)
    nodes: Sequence[tuple[Term, int]] = choices.techniques if axis == "row" else choices.issues
    ids = {each.slug: each.id for each, _ in nodes}
    by_id = {number: slug for slug, number in ids.items()}
    parents = parent_map([each for each, _ in nodes])
    order: list[str] = getattr(given, FIELDS[axis])
    named = [ids[each] for each in slugs if each in ids]
    known = [ids[each] for each in order if each in ids]
    if verb in ("up", "down") and named:
        steps = -1 if verb == "up" else 1
        order = [by_id[each] for each in move(known, parents, named[0], steps)]
    elif verb in ("with", "below", "used"):
        wanted = set(named)
        if verb == "below":
            wanted = list_descendants(parents, named)
        elif verb == "used":
            wanted = set(queries.papers_by_technique(session, given.source_field))
        taken = set(known)
        wanted = taken - wanted if verb == "below" and wanted <= taken else taken | wanted
        order = order_by([each.slug for each, _ in nodes if each.id in wanted], order)
    return given.model_copy(update={FIELDS[axis]: order})


def _hits(session: Session, model: type[Technique] | type[Issue], text: str) -> set[int]:
    """What `text` names in either language, with what stands above it."""
    found = vocabularies.find_terms(session, model, text)
    return {each.term.id for group in found.groups for tree in group.trees for each in tree}


def _axis(
    nodes: Sequence[tuple[Term, int]],
    chosen: Collection[str],
    hits: Collection[int] | None,
    papers: dict[int, int],
) -> list[Offer]:
    picked = set(chosen)
    offers = []
    for at, (term, depth) in enumerate(nodes):
        below = 0
        for _, deeper in nodes[at + 1 :]:
            if deeper <= depth:
                break
            below += 1
        offers.append(
            Offer(
                term=term,
                depth=depth,
                below=below,
                papers=papers.get(term.id, 0),
                chosen=term.slug in picked,
                hidden=hits is not None and term.id not in hits,
            )
        )
    return offers


def _by_field(
    offers: Sequence[Offer], fields: Sequence[ResearchField], target: str
) -> list[TermChoices]:
    """Issues by research field, those of the chosen one first."""
    groups = []
    for field in (*sorted(fields, key=lambda each: each.slug != target), None):
        number = field.id if field else None
        here = [
            each for each in offers if isinstance(each.term, Issue) and each.term.field_id == number
        ]
        if here:
            first = not target or bool(field and field.slug == target)
            groups.append(TermChoices(field, here, len(here), first))
    return groups


def _shorten(groups: Sequence[TermChoices]) -> tuple[list[TermChoices], int]:
    """`groups` with what is chosen and the first `OFFERED` that the filter leaves; how many more it
    leaves."""
    room, more, short = OFFERED, 0, []
    for group in groups:
        kept = []
        for each in group.offers:
            if not each.chosen and not each.hidden:
                room -= 1
                more += room < 0
            if each.chosen or (not each.hidden and room >= 0):
                kept.append(each)
        short.append(replace(group, offers=kept))
    return short, more


def _chosen(nodes: Sequence[tuple[Term, int]], order: Sequence[str]) -> list[Chosen]:
    terms = {each.id: each for each, _ in nodes}
    ids = {each.slug: number for number, each in terms.items()}
    places = tree_order(
        [ids[each] for each in order if each in ids], parent_map(list(terms.values()))
    )
    first: dict[int | None, int] = {}
    last: dict[int | None, int] = {}
    for place in places:
        first.setdefault(place.parent, place.id)
        last[place.parent] = place.id
    return [
        Chosen(
            terms[place.id],
            place.depth,
            first[place.parent] == place.id,
            last[place.parent] == place.id,
        )
        for place in places
    ]
