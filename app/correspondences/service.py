"""The verbs on correspondences. They take a session first, decide and write, and never commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.correspondences import queries
from app.correspondences.rules import (
    NAMES,
    TEXTS,
    CorrespondenceInput,
    check_correspondence,
    found_by,
    free_slug,
)
from app.errors import N_, Invalid, Message, NotFound, check_version
from app.kit.text import fold, natural_sort_key, tidy_line
from app.kit.trees import preorder
from app.models import Bilingual, Correspondence, Issue, Paper, ResearchField, Technique, utc_now
from app.notes import service as notes
from app.settings import Language

SUGGESTIONS = 200  # papers offered while typing; any other can be named too


@dataclass(frozen=True)
class ListedCorrespondence:
    """One page of a list; `total` counts what was asked for, `held` all there are."""

    correspondences: list[Correspondence]
    total: int
    held: int


@dataclass(frozen=True)
class Brief:
    """A correspondence as other pages show it: `line` is the beginning of what carries over."""

    slug: str
    source: Bilingual
    target: Bilingual
    line: Bilingual


@dataclass(frozen=True)
class CorrespondenceChoices:
    """What a correspondence can be tied to."""

    techniques: list[tuple[Technique, int]]
    issues: list[tuple[Issue, int]]
    fields: list[ResearchField]
    papers: list[Paper]


def list_correspondences(
    session: Session,
    *,
    q: str = "",
    field: str = "",
    language: Language = "en",
    page: int = 1,
    per_page: int = 50,
) -> ListedCorrespondence:
    """The correspondences that have all words of `q` and, on either side, this field.

    By their fields, then by the name of the source as `language` sorts it. They are read whole: a
    library has dozens, and their words are found in synonyms too, which a database could not look
    into. Four statements.
    """
    words = fold(q).split()
    every = queries.select_correspondences(session)
    found = [
        each
        for each in every
        if found_by(each, words)
        and (
            not field
            or field in [side.slug for side in (each.source_field, each.target_field) if side]
        )
    ]
    found.sort(
        key=lambda each: (
            *_sorted_by_field(each.source_field),
            *_sorted_by_field(each.target_field),
            _sorted_by_name(each.source, language),
            each.id,
        )
    )
    shown = found[(page - 1) * per_page : page * per_page]
    return ListedCorrespondence(shown, len(found), len(every))


def _sorted_by_field(field: ResearchField | None) -> tuple[bool, int, int]:
    """In the order of the fields; what has none comes last."""
    return (False, field.position, field.id) if field else (True, 0, 0)


def _sorted_by_name(name: Bilingual, language: Language) -> str:
    chosen = (name.name_zh or name.name_en) if language == "zh" else (name.name_en or name.name_zh)
    return natural_sort_key(chosen)


def get_correspondence(session: Session, slug: str) -> Correspondence:
    """A correspondence with all it is tied to. Raises NotFound where none has this slug."""
    found = queries.correspondence_by_slug(session, slug)
    if found is None:
        raise NotFound(N_("There is no correspondence {slug}."), slug=tidy_line(slug)[:80])
    return found


def for_cell(
    session: Session, technique_id: int | None = None, issue_id: int | None = None
) -> list[Brief]:
    """What the fields know of a cell: the correspondences of its technique or its issue, or of what
    is above them, those of both first. With one of the two, those of that. Four statements."""
    found = queries.correspondences_of_cell(session, technique_id=technique_id, issue_id=issue_id)
    return _briefly(session, found)


def for_paper(session: Session, paper_id: int) -> list[Brief]:
    """The correspondences that name a paper; four statements."""
    return _briefly(session, queries.correspondences_citing(session, paper_id))


def _briefly(session: Session, found: Sequence[Correspondence]) -> list[Brief]:
    lines = notes.make_snippets(session, [each.carries for each in found])
    return [
        Brief(each.slug, each.source, each.target, line)
        for each, line in zip(found, lines, strict=True)
    ]


def list_choices(session: Session) -> CorrespondenceChoices:
    return CorrespondenceChoices(
        preorder(queries.select_techniques(session)),
        preorder(queries.select_issues(session)),
        queries.select_fields(session),
        queries.select_latest_papers(session, limit=SUGGESTIONS),
    )


def list_fields(session: Session) -> list[ResearchField]:
    return queries.select_fields(session)


def correspondence_as_input(held: Correspondence) -> CorrespondenceInput:
    """A correspondence as it would be typed, for its form and for partial changes."""
    return CorrespondenceInput(
        slug=held.slug,
        source_field=held.source_field.slug if held.source_field else None,
        target_field=held.target_field.slug if held.target_field else None,
        techniques=[each.slug for each in held.techniques],
        issues=[each.slug for each in held.issues],
        papers=[each.citekey for each in held.papers],
        **{name: getattr(held, name) for name in (*NAMES, *TEXTS)},
    )


def create_correspondence(session: Session, given: CorrespondenceInput) -> Correspondence:
    """A new correspondence; without a slug it gets one from the names of its sides.

    Raises:
        Invalid: with a message for every field that cannot be saved.
    """
    made = Correspondence(slug="")
    _write(session, made, check_correspondence(given))
    session.add(made)
    session.flush()
    return made


def update_correspondence(
    session: Session,
    held: Correspondence,
    given: CorrespondenceInput,
    *,
    version: int | None = None,
) -> None:
    """`held` as `given` says; without a slug it keeps the one it has.

    Raises:
        Stale: `version` is not its version any more.
        Invalid: as for a new one.
    """
    check_version(held.version, version)
    _write(session, held, check_correspondence(given))
    held.version += 1
    held.updated_at = utc_now()
    session.flush()


def delete_correspondence(
    session: Session, held: Correspondence, *, version: int | None = None
) -> None:
    """Raises Stale where `version` is not its version any more."""
    check_version(held.version, version)
    session.delete(held)
    session.flush()


@dataclass(frozen=True)
class _Ends:
    """What a correspondence names, found in the library."""

    fields: Mapping[str, ResearchField]
    techniques: list[Technique]
    issues: list[Issue]
    papers: list[Paper]


def _write(session: Session, held: Correspondence, given: CorrespondenceInput) -> None:
    taken = [slug for slug in queries.correspondence_slugs(session) if slug != held.slug]
    if given.slug in taken:
        raise Invalid.field(
            "slug",
            N_("{slug} is the address of another correspondence. Choose another."),
            slug=given.slug,
        )
    ends = _ends(session, held, given)
    held.slug = given.slug or held.slug or free_slug(given, taken)
    for name in (*NAMES, *TEXTS):
        setattr(held, name, getattr(given, name))
    held.source_field = ends.fields.get(given.source_field or "")
    held.target_field = ends.fields.get(given.target_field or "")
    held.techniques, held.issues, held.papers = ends.techniques, ends.issues, ends.papers


def _ends(session: Session, held: Correspondence, given: CorrespondenceInput) -> _Ends:
    fields = {each.slug: each for each in queries.select_fields(session)}
    techniques = {each.slug: each for each in queries.select_techniques(session)}
    issues = {each.slug: each for each in queries.select_issues(session)}
    keys = {key: fold(key) for key in given.papers}
    papers = queries.papers_by_folded_key(session, keys.values())
    errors: dict[str, Message] = {}
    wanted: Sequence[tuple[str, str, Sequence[str | None], Mapping[str, object]]] = (
        ("source_field", N_("There is no field {slug}."), [given.source_field], fields),
        ("target_field", N_("There is no field {slug}."), [given.target_field], fields),
        ("techniques", N_("There is no technique {slug}."), given.techniques, techniques),
        ("issues", N_("There is no issue {slug}."), given.issues, issues),
    )
    for name, text, slugs, known in wanted:
        for slug in slugs:
            if slug and slug not in known:
                errors[name] = Message.of(text, slug=slug[:80])
    kept = {each.id for each in held.papers} if held.id else set()
    for key in given.papers:
        paper = papers.get(keys[key])
        if paper is None:
            errors["papers"] = Message.of(N_("Nothing in the library is called {key}."), key=key)
        elif paper.trashed_at and paper.id not in kept:
            errors["papers"] = Message.of(
                N_("{key} is in the trash. Restore it first, or leave it out."), key=key
            )
    if errors:
        raise Invalid(errors)
    return _Ends(
        fields,
        [techniques[slug] for slug in given.techniques],
        [issues[slug] for slug in given.issues],
        list({papers[key].id: papers[key] for key in keys.values()}.values()),
    )
