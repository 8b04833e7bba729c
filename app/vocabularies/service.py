"""The verbs on techniques and issues. They take a session first, decide and write, never commit.

To them both are the same thing: a tree of bilingual terms. The flat vocabularies are in `sets.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session, SQLModel

from app.errors import N_, Conflict, Invalid, Message, NotFound, check_version
from app.kit.text import fold, is_slug, tidy_line
from app.kit.trees import list_ancestors, list_descendants, makes_cycle, parent_map, preorder
from app.models import Comparison, Issue, ResearchField, Technique
from app.vocabularies import queries
from app.vocabularies.rules import (
    EntryInput,
    IssueInput,
    TermInput,
    check_entry,
    is_named,
)

Term = TypeVar("Term", bound=Technique | Issue)
Entry = TypeVar("Entry", bound=Technique | Issue | ResearchField)

TEXTS = ("name_en", "name_zh", "definition_en", "definition_zh")
SYNONYMS = ("synonyms_en", "synonyms_zh")
FORMER_NAMES = 50  # of one term
_CIRCLE = N_("It cannot stand below itself or below what is below it.")
_UNKNOWN: Mapping[type[SQLModel], str] = {
    Technique: N_("There is no technique {slug}."),
    Issue: N_("There is no issue {slug}."),
    ResearchField: N_("There is no field {slug}."),
}


@dataclass(frozen=True)
class TermBranch:
    """A term in its tree. `count` is of the papers (a technique's) or claims (an issue's) of it and
    of what is below it; `is_hit` says whether the term itself was asked for."""

    term: Technique | Issue
    depth: int
    count: int
    is_hit: bool = True


@dataclass(frozen=True)
class TermGroup:
    """The trees of one research field (of all techniques: None); each is its root and what is below
    it, in order."""

    field: ResearchField | None
    trees: list[list[TermBranch]]


@dataclass(frozen=True)
class Vocabulary:
    groups: list[TermGroup]
    hits: int
    total: int

    @property
    def rows(self) -> int:
        """How many terms are shown, with what is above those that were asked for."""
        return sum(len(tree) for group in self.groups for tree in group.trees)


@dataclass(frozen=True)
class TermPlace:
    """Where a term stands: what is above it, from the root down, and below it, in order."""

    above: list[Technique | Issue]
    below: list[TermBranch]
    field: ResearchField | None
    count: int


@dataclass(frozen=True)
class Uses:
    """How much hangs on an entry; `notes` and `links` do not keep it from being deleted."""

    papers: int = 0
    children: int = 0
    issues: int = 0
    claims: int = 0
    rulings: int = 0
    comparisons: int = 0
    mappings: int = 0
    correspondences: int = 0
    pairs: int = 0  # of scores
    hypotheses: int = 0
    notes: int = 0
    links: int = 0

    @property
    def keep_it(self) -> bool:
        kept = (self.papers, self.children, self.issues, self.claims, self.rulings)
        more = (self.comparisons, self.mappings, self.correspondences, self.hypotheses)
        return any((*kept, *more, self.pairs))


def find_terms(session: Session, model: type[Technique] | type[Issue], q: str = "") -> Vocabulary:
    """The terms that `q` names in either language, each with what is above it; all without `q`.

    Issues are grouped by research field. Three statements at most.
    """
    branches = _branches(session, model)
    folded = fold(q)
    hits = {each.term.id for each in branches if is_named(each.term, folded)}
    parents = parent_map([each.term for each in branches])
    shown = hits.union(*(list_ancestors(parents, each) for each in hits if each is not None))
    trees: list[list[TermBranch]] = []
    for each in branches:
        if each.term.id in shown:
            if each.depth == 0:
                trees.append([])
            is_hit = each.term.id in hits
            trees[-1].append(TermBranch(each.term, each.depth, each.count, is_hit))
    return Vocabulary(_by_field(session, model, trees), len(hits), len(branches))


def page_of(vocabulary: Vocabulary, number: int, size: int) -> Vocabulary:
    """Page `number` (from 1) of its terms, `size` at a time. A tree that begins on an earlier page
    is shown with what is above its first term here; that is no hit."""
    first, last, at = (number - 1) * size, number * size, 0
    groups = []
    for group in vocabulary.groups:
        trees = []
        for tree in group.trees:
            start, end = max(first - at, 0), last - at
            at += len(tree)
            here = tree[start : max(end, 0)]
            if not here:
                continue
            depth = here[0].depth
            for each in reversed(tree[:start]):
                if each.depth < depth:
                    depth = each.depth
                    here.insert(0, replace(each, is_hit=False))
            trees.append(here)
        if trees:
            groups.append(TermGroup(group.field, trees))
    return replace(vocabulary, groups=groups)


def _branches(session: Session, model: type[Technique] | type[Issue]) -> list[TermBranch]:
    counted = queries.paper_counts if model is Technique else queries.claim_counts
    counts = counted(session)
    terms = queries.select_terms(session, model)
    return [TermBranch(term, depth, counts.get(term.id, 0)) for term, depth in preorder(terms)]


def _by_field(
    session: Session, model: type[Technique] | type[Issue], trees: Sequence[list[TermBranch]]
) -> list[TermGroup]:
    if model is Technique:
        return [TermGroup(None, list(trees))] if trees else []
    groups = []
    for field in (*list_research_fields(session), None):
        here = [
            tree
            for tree in trees
            if isinstance(tree[0].term, Issue)
            and tree[0].term.field_id == (field.id if field else None)
        ]
        if here:
            groups.append(TermGroup(field, here))
    return groups


def place_term(session: Session, term: Technique | Issue) -> TermPlace:
    """Where `term` stands in its tree. Three statements at most."""
    branches = _branches(session, type(term))
    terms = {each.term.id: each.term for each in branches}
    above = [terms[each] for each in list_ancestors(parent_map(list(terms.values())), term.id)]
    start = next(number for number, each in enumerate(branches) if each.term.id == term.id)
    depth = branches[start].depth
    below = []
    for each in branches[start + 1 :]:
        if each.depth <= depth:
            break
        below.append(TermBranch(each.term, each.depth - depth - 1, each.count))
    root = above[-1] if above else term
    field = None
    if isinstance(root, Issue) and root.field_id is not None:
        field = session.get(ResearchField, root.field_id)
    return TermPlace(above[::-1], below, field, branches[start].count)


def get_term(session: Session, model: type[Entry], slug: str) -> Entry:
    """The entry that has this slug, or had it. Raises NotFound where there is none."""
    entry = queries.term_by_slug(session, model, slug) if is_slug(slug) else None
    if entry is None and is_slug(slug):
        every = queries.select_terms(session, model)
        entry = next((each for each in every if slug in getattr(each, "former_names", ())), None)
    if entry is None:
        raise NotFound(_UNKNOWN[model], slug=tidy_line(slug)[:80])
    return entry


def list_research_fields(session: Session) -> list[ResearchField]:
    """The research fields in their order."""
    return queries.select_terms(session, ResearchField)


def create_term(session: Session, model: type[Term], given: TermInput) -> Term:
    """A new technique or issue, the last of its siblings unless `given.after` says otherwise.

    Raises:
        Invalid: with a message for every field that cannot be saved.
    """
    checked = check_entry(given)
    term = model(slug=checked.slug, name_en=checked.name_en)
    _write_term(session, term, checked)
    return term


def update_term(
    session: Session, term: Technique | Issue, given: TermInput, *, version: int | None = None
) -> None:
    """`term` as `given` says; an issue's field is passed on to all below it.

    Raises:
        Stale: `version` is not the term's any more.
        Invalid: as for a new term, also where the tree would close a circle.
    """
    check_version(term.version, version)
    _write_term(session, term, check_entry(given))


def star_issue(session: Session, issue: Issue, *, starred: bool) -> None:
    """Give an issue a star, or take it; nothing where it has it, or has none."""
    if issue.starred != starred:
        issue.starred = starred
        save_term(session, issue)


def term_as_input(session: Session, term: Technique | Issue) -> TermInput:
    """A term as it would be typed, for its form and for partial changes."""
    return as_inputs(session, [term])[0]


def as_inputs(session: Session, terms: Sequence[Technique | Issue]) -> list[TermInput]:
    """Terms of one vocabulary as they would be typed; one statement, two for issues."""
    if not terms:
        return []
    above = queries.term_slugs(session, type(terms[0]))
    fields = queries.term_slugs(session, ResearchField) if isinstance(terms[0], Issue) else {}
    return [_as_input(term, above, fields) for term in terms]


def _as_input(
    term: Technique | Issue, above: Mapping[int, str], fields: Mapping[int, str]
) -> TermInput:
    texts = {name: getattr(term, name) for name in (*TEXTS, *SYNONYMS, "slug")}
    parent = above.get(term.parent_id or 0)
    if isinstance(term, Technique):
        return TermInput(**texts, parent=parent)
    field = fields.get(term.field_id or 0)
    return IssueInput(**texts, parent=parent, field=field, starred=term.starred)


def possible_parents(
    session: Session, model: type[Technique] | type[Issue], term: Technique | Issue | None
) -> list[tuple[Technique | Issue, int]]:
    """What `term`, or a new one, can stand below, with depths: all but what is below itself."""
    everyone = [*queries.select_terms(session, model)]
    below = list_descendants(parent_map(everyone), [term.id]) if term else set()
    return preorder([each for each in everyone if each.id not in below])


def list_siblings(session: Session, term: Technique | Issue) -> list[Technique | Issue]:
    """The terms beside `term` and itself, in their order."""
    return _beside(queries.select_terms(session, type(term)), term.parent_id, _field_id(term))


def count_uses(session: Session, entry: Technique | Issue | ResearchField) -> Uses:
    """How much hangs on an entry."""
    if isinstance(entry, ResearchField):
        return Uses(**queries.field_uses(session, entry))
    return Uses(**queries.term_uses(session, entry))


def list_comparisons_with(session: Session, term: Technique | Issue) -> list[Comparison]:
    """The comparisons that have `term` as a row or column."""
    return queries.select_comparisons_with(session, term)


def delete_entry(
    session: Session,
    entry: Technique | Issue | ResearchField,
    *,
    version: int | None = None,
) -> None:
    """Takes an entry out of its vocabulary; notes about it stand alone from then on.

    Raises:
        Stale: `version` is not the entry's any more.
        Conflict: something still uses it; the message says how much of what, and which comparisons.
    """
    check_version(entry.version, version)
    used = count_uses(session, entry)
    if used.keep_it and isinstance(entry, ResearchField):
        raise Conflict(
            N_(
                "{slug} is still used by papers ({papers}), issues ({issues}), comparisons "
                "({comparisons}) and correspondences ({correspondences}). Take it out of them "
                "first."
            ),
            slug=entry.slug,
            papers=used.papers,
            issues=used.issues,
            comparisons=used.comparisons,
            correspondences=used.correspondences,
        )
    if used.pairs:
        raise Conflict(
            N_("{slug} is the technique of {count} pairs of scores. Delete them first."),
            slug=entry.slug,
            count=used.pairs,
        )
    if used.keep_it and not isinstance(entry, ResearchField):
        shown = [each.slug for each in list_comparisons_with(session, entry)]
        raise Conflict(
            N_(
                "{slug} is still used by papers ({papers}), terms below it ({children}), claims "
                "({claims}), rulings ({rulings}), comparisons ({comparisons}), benchmarks "
                "({mappings}), correspondences ({correspondences}) and hypotheses ({hypotheses}). "
                "Take it out of them first."
            ),
            slug=entry.slug,
            papers=used.papers,
            children=used.children,
            claims=used.claims,
            rulings=used.rulings,
            comparisons=", ".join(shown) or 0,
            mappings=used.mappings,
            correspondences=used.correspondences,
            hypotheses=used.hypotheses,
        )
    if not isinstance(entry, ResearchField):
        for note in queries.select_term_notes(session, entry):
            note.technique_id = note.issue_id = None
        session.flush()
        queries.forget_cells(session, entry)  # nobody says anything there any more
    session.delete(entry)
    session.flush()


def _write_term(session: Session, term: Technique | Issue, given: TermInput) -> None:
    """Writes `given`, which is checked in itself, where it fits with the other terms."""
    everyone = queries.select_terms(session, type(term))
    others = {each.slug: each for each in everyone if each is not term}
    errors = check_slug_is_free(given, others)
    parent = others.get(given.parent) if given.parent else None
    if given.parent and given.parent == term.slug and term.id:
        errors["parent"] = Message.of(_CIRCLE)
    elif given.parent and parent is None:
        errors["parent"] = _unknown(type(term), given.parent)
    elif parent and term.id and makes_cycle(parent_map(everyone), term.id, parent.id):
        errors["parent"] = Message.of(_CIRCLE)
    field_id = _field_id(parent) if parent else None
    if isinstance(given, IssueInput) and given.field:
        known = {each.slug: each.id for each in list_research_fields(session)}
        if not parent:
            field_id = known.get(given.field)
        if given.field not in known:
            errors["field"] = _unknown(ResearchField, given.field)
    parent_id = parent.id if parent else None
    stays = bool(term.id) and (term.parent_id, _field_id(term)) == (parent_id, field_id)
    beside = _beside(others.values(), parent_id, field_id)
    if given.after and given.after not in [each.slug for each in beside]:
        errors["after"] = Message.of(N_("{slug} is not beside it."), slug=given.after[:80])
    if errors:
        raise Invalid(errors)
    named_before = (term.slug, term.name_en, term.name_zh) if term.id else ()
    for name in (*TEXTS, *SYNONYMS, "slug"):
        setattr(term, name, getattr(given, name))
    term.former_names = _former_names(term, named_before)
    term.parent_id = parent_id
    if isinstance(term, Issue):
        _give_field(term, field_id, everyone)
        term.starred = isinstance(given, IssueInput) and given.starred
    save_term(session, term)
    if given.after is not None or not stays:
        renumber_siblings(term, beside, given.after)
    session.flush()


def _former_names(term: Technique | Issue, named_before: Iterable[str]) -> list[str]:
    """What links still find a term by after it is renamed, the last it was called first."""
    now = {fold(name) for name in (term.slug, term.name_en, term.name_zh)}
    former = {fold(name): name for name in (*named_before, *(term.former_names or ())) if name}
    return [name for folded, name in former.items() if folded not in now][:FORMER_NAMES]


def _give_field(issue: Issue, field_id: int | None, everyone: Sequence[Technique | Issue]) -> None:
    parents = parent_map(everyone)
    for each in everyone:
        if isinstance(each, Issue) and issue.id in list_ancestors(parents, each.id):
            each.field_id = field_id
    issue.field_id = field_id


def _field_id(term: Technique | Issue) -> int | None:
    return term.field_id if isinstance(term, Issue) else None


def _beside(
    everyone: Iterable[Technique | Issue],
    parent_id: int | None,
    field_id: int | None,
) -> list[Technique | Issue]:
    """Who of `everyone` has this parent; at the top of the issues, this field too."""
    return [
        each
        for each in everyone
        if each.parent_id == parent_id and (parent_id or _field_id(each) == field_id)
    ]


def check_slug_is_free(given: EntryInput, others: Mapping[str, Entry]) -> dict[str, Message]:
    """The error of a slug that one of `others` has, by its field; else nothing."""
    holder = others.get(given.slug)
    if holder is None:
        return {}
    text = N_("{slug} is the slug of “{name}”. Choose another.")
    said = Message.of(text, slug=given.slug, name=holder.name_en or holder.name_zh)
    return {"slug": said}


def _unknown(model: type[SQLModel], slug: str) -> Message:
    return Message.of(_UNKNOWN[model], slug=tidy_line(slug)[:80])


def save_term(session: Session, entry: Technique | Issue | ResearchField) -> None:
    """A new entry gets its id, one that was there its next version."""
    if entry.id is None:
        session.add(entry)
    else:
        entry.version += 1
    session.flush()


def renumber_siblings(entry: Entry, beside: Sequence[Entry], after: str | None) -> None:
    """Numbers the siblings anew with `entry` after the one named (empty: first; None: last)."""
    slugs = [each.slug for each in beside]
    at = len(beside) if after is None else slugs.index(after) + 1 if after else 0
    for position, each in enumerate([*beside[:at], entry, *beside[at:]]):
        each.position = position
