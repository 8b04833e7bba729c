"""The verbs on papers. They take a session first, decide and write, and never commit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.errors import (
    N_,
    AlreadyHeld,
    Conflict,
    Invalid,
    Message,
    NotFound,
    PerhapsHeld,
    check_version,
)
from app.kit import author_names
from app.kit.text import TITLE_LIMIT, ascii_fold, fold, problem_with_text, sort_key, tidy_line
from app.library import publication, queries
from app.library.citekeys import citekey_for, unique_citekey
from app.library.duplicates.duplicate_search import find_matches
from app.library.listing import (
    EditChoices,
    Facet,
    ListPlace,
    PaperList,
    count_library_papers,
    facets_of,
    find_place,
    list_edit_choices,
    list_former_keys,
    list_papers,
    list_verdict_counts,
    list_versions_of,
    paper_ids,
    paper_rows_of,
    papers_of,
    select_passing,
)
from app.library.rules import PaperInput, VerdictInput, bare_title, check_paper, check_verdict
from app.models import (
    UNREAD,
    Author,
    FormerCitekey,
    Kind,
    Mark,
    Paper,
    PaperAuthor,
    PaperFile,
    PaperVerdict,
    Reading,
    ReadingPlace,
    RemovedFile,
    ResearchField,
    Tag,
    Technique,
    Verdict,
    utc_now,
)
from app.sources.drafts import PaperDraft
from app.sources.web import page_capture
from app.sources.web.page_capture import Asked

__all__ = [
    "EditChoices",
    "Facet",
    "ListPlace",
    "PaperList",
    "count_library_papers",
    "facets_of",
    "find_place",
    "list_edit_choices",
    "list_former_keys",
    "list_papers",
    "list_verdict_counts",
    "list_versions_of",
    "paper_ids",
    "paper_rows_of",
    "papers_of",
    "select_passing",
]

# What a source can say of a paper; everything else is the reader's alone.
BIBLIOGRAPHIC = (
    "title",
    "short_title",
    "authors",
    "abstract",
    "year",
    "published",
    "revised",
    "venue",
    "arxiv_version",
    "primary_category",
    "doi",
    "url",
    "details",
)


@dataclass(frozen=True)
class PaperChoices:
    """What a paper's form offers."""

    techniques: list[Technique]
    fields: list[ResearchField]
    tags: list[str]


def list_paper_choices(session: Session) -> PaperChoices:
    return PaperChoices(
        queries.technique_parents(session),
        queries.select_research_fields(session),
        queries.common_tags(session),
    )


def list_verdicts(session: Session) -> list[Verdict]:
    """The verdicts that can be given, in their order."""
    return queries.select_verdict_set(session)


def get_paper(session: Session, citekey: str) -> Paper:
    """A paper with everything its page shows.

    Raises:
        NotFound: no paper has or had this citation key.
    """
    paper = queries.by_citekey(session, citekey)
    if paper is None:
        raise NotFound(N_("No paper has the citation key {citekey}."), citekey=citekey)
    return paper


def get_papers(session: Session, ids: Collection[int]) -> dict[int, Paper]:
    """Papers with everything their pages show; six statements for every few thousand."""
    return queries.by_ids(session, ids)


def papers_holding(session: Session, arxiv_ids: Collection[str]) -> dict[str, Paper]:
    """Which of these arXiv ids the library holds already."""
    return {
        paper.arxiv_id: paper
        for paper in queries.papers_with_id(session, arxiv_ids=arxiv_ids)
        if paper.arxiv_id
    }


def papers_held(session: Session, drafts: Sequence[PaperDraft]) -> list[Paper | None]:
    """For each draft, the paper of the library, be it in the trash, that has its arXiv id, its DOI
    or, where it has neither, its address."""
    keys = [_keys(draft) for draft in drafts]
    papers = queries.papers_with_address(
        session,
        arxiv_ids={value for each in keys for kind, value in each if kind == "arxiv"},
        dois={value for each in keys for kind, value in each if kind == "doi"},
        urls={value for each in keys for kind, value in each if kind == "url"},
    )
    known: dict[tuple[str, str], Paper] = {}
    for paper in papers:
        ids = ("arxiv", paper.arxiv_id), ("doi", (paper.doi or "").lower()), ("url", paper.url)
        known |= {(kind, value): paper for kind, value in ids if value}
    return [next((known[key] for key in each if key in known), None) for each in keys]


def _keys(draft: PaperDraft) -> list[tuple[str, str]]:
    ids = ("arxiv", draft.arxiv_id), ("doi", (draft.doi or "").lower())
    found = [(kind, value) for kind, value in ids if value]
    return found or ([("url", draft.url)] if draft.url else [])


def find_likely_duplicates(session: Session, drafts: Sequence[PaperDraft]) -> list[Paper | None]:
    """For each draft, the paper outside the trash that it most likely is, or may be."""
    found = [
        next((each.paper_id for each in alike if not each.in_trash), None)
        for alike in find_matches(session, drafts)
    ]
    papers = papers_of(session, [each for each in found if each])
    known = {paper.id: paper for paper in papers}
    return [known.get(each or 0) for each in found]


def asked_of(paper: Paper) -> Asked | None:
    """What can be asked for its metadata: its arXiv id, else its DOI."""
    return page_capture.find_id(paper.arxiv_id or "") or page_capture.find_id(paper.doi or "")


def is_complete(paper: Paper) -> bool:
    """Whether arXiv or a DOI's registration agency has said what is known of it."""
    return paper.metadata_source.startswith(("arXiv:", "doi:"))


def create_paper(session: Session, given: PaperInput, *, source: PaperDraft | None = None) -> Paper:
    """A new paper; `source` is the draft that the form was filled from, if any.

    Raises:
        Invalid: with a message for every field that cannot be saved.
        AlreadyHeld: the arXiv id or DOI is a paper's in the library.
    """
    checked = check_paper(given)
    refuse_held(session, arxiv_id=checked.arxiv_id, doi=checked.doi)
    if checked.citekey:
        _refuse_taken(session, checked.citekey, but=None)
    wanted = checked.citekey or _citekey(checked)
    paper = Paper(
        citekey=unique_citekey(wanted, queries.citekeys_like(session, wanted)),
        title=checked.title,
    )
    session.add(paper)
    # Nothing is loaded of a new row, and lazy loads are errors: start from empty collections.
    paper.author_places, paper.techniques, paper.tags, paper.fields, paper.verdicts = (
        [],
        [],
        [],
        [],
        [],
    )
    _write(session, paper, checked)
    if source:
        _note_source(paper, source)
        paper.reader_fields = _differing(checked, source)
    session.flush()
    return paper


def update_paper(
    session: Session, paper: Paper, given: PaperInput, *, version: int | None = None
) -> Paper:
    """`paper` with what `given` says; what changed counts as the reader's from now on.

    Raises:
        Stale: `version` is not the paper's any more.
        Invalid, AlreadyHeld: as for a new paper.
    """
    check_version(paper.version, version)
    checked = check_paper(given)
    refuse_held(session, arxiv_id=checked.arxiv_id, doi=checked.doi, but=paper)
    if checked.citekey and checked.citekey != paper.citekey:
        _refuse_taken(session, checked.citekey, but=paper)
        _rename(session, paper, checked.citekey)
    before = paper_as_input(paper)
    changed = [name for name in BIBLIOGRAPHIC if getattr(before, name) != getattr(checked, name)]
    _write(session, paper, checked)
    paper.reader_fields = sorted({*paper.reader_fields, *changed})
    _touch(paper)
    session.flush()
    return paper


def paper_as_input(paper: Paper) -> PaperInput:
    """A paper as it would be typed, for its form and for partial changes."""
    return PaperInput(
        citekey=paper.citekey,
        kind=Kind(paper.kind),
        reading=Reading(paper.reading),
        authors=paper.authors_written,
        techniques=[technique.slug for technique in paper.techniques],
        tags=paper.tag_names,
        fields=[field.slug for field in paper.fields],
        **{
            name: getattr(paper, name) for name in (*BIBLIOGRAPHIC, "arxiv_id") if name != "authors"
        },
    )


def give_verdict(
    session: Session, paper: Paper, *, verdict: str, reason: str, due: str = ""
) -> None:
    """The reader's verdict on a paper; the one before stays as history. `unread` takes it back.
    `due` is the day (ISO) from which the paper is to be looked at again.

    Raises:
        Invalid: the verdict is not of the set, there is no reason, or `due` is no day.
    """
    chosen = {each.slug: each for each in queries.select_verdict_set(session)}
    if verdict != UNREAD and verdict not in chosen:
        raise Invalid.field("verdict", N_("Choose one of the verdicts."))
    checked = check_verdict(VerdictInput(verdict=verdict, reason=reason, due=due))
    for earlier in paper.verdicts:
        earlier.is_current = False
    session.flush()  # the index that allows one current verdict sees the old one go first
    if verdict != UNREAD:
        given = PaperVerdict(verdict_id=chosen[verdict].id, reason=checked.reason, due=checked.due)
        given.verdict = chosen[verdict]
        paper.verdicts.insert(0, given)
    _touch(paper)
    session.flush()


def withdraw_verdict(session: Session, paper: Paper, *, before: int = 0) -> None:
    """Undoes the giving of the verdict in force, which leaves no history; the earlier one with the
    number `before` is in force again, if it is one of the paper's."""
    given = paper.verdict
    if given is None:
        return
    paper.verdicts.remove(given)
    session.flush()  # the index that allows one current verdict sees it go first
    for earlier in paper.verdicts:
        earlier.is_current = earlier.id == before
    _touch(paper)
    session.flush()


def set_reading(paper: Paper, reading: Reading) -> None:
    """How far the reader is with a paper, whatever its verdict says."""
    if paper.reading != reading:
        paper.reading = reading
        _touch(paper)


def set_techniques(
    session: Session, paper: Paper, slugs: Sequence[str], *, version: int | None = None
) -> None:
    """Exactly these techniques. Raises Invalid for a slug that is no technique's."""
    check_version(paper.version, version)
    paper.techniques = _techniques(session, slugs)
    _touch(paper)
    session.flush()


def draft_as_input(draft: PaperDraft) -> PaperInput:
    """A source's draft as a form shows it before saving."""
    return PaperInput(
        kind=Kind(draft.kind),
        authors=list(draft.authors),
        arxiv_id=draft.arxiv_id,
        **{name: getattr(draft, name) for name in BIBLIOGRAPHIC if name != "authors"},
    )


def refresh_metadata(
    session: Session, paper: Paper, draft: PaperDraft, *, only_missing: bool = False
) -> list[str]:
    """Takes over what the source says now, but for fields that the reader has written; with
    `only_missing`, also but for those that say something.

    Returns the names of the fields that changed. A key that was only made from the arXiv id or DOI
    gets its proper form; the old one keeps working.
    """
    fresh = check_paper(draft_as_input(draft))
    before = paper_as_input(paper)
    here, there = before.model_dump(mode="json"), fresh.model_dump(mode="json")
    of_preprint = there.keys() - publication.drop_preprint(here, there).keys()
    keep = {*paper.reader_fields, *of_preprint}
    changes = {
        name: getattr(fresh, name)
        for name in BIBLIOGRAPHIC
        if name not in keep
        and getattr(fresh, name)
        and getattr(fresh, name) != getattr(before, name)
        and not (only_missing and getattr(before, name))
    }
    if changes:
        overwrite_paper(session, paper, changes)
    if not paper.metadata_source and "title" in changes:
        proper_citekey(session, paper)
    _note_source(paper, draft)
    session.flush()
    return list(changes)


def overwrite_paper(session: Session, paper: Paper, changes: Mapping[str, object]) -> None:
    """Sets fields of `PaperInput` to values that were checked; they do not count as the reader's.
    Its page's parts must be loaded."""
    _write(session, paper, paper_as_input(paper).model_copy(update=changes))
    _touch(paper)
    session.flush()


def is_stub(paper: Paper) -> bool:
    """Whether nothing but an arXiv id or DOI is known of a paper: its title only says the id."""
    return paper.title.startswith(("arXiv:", "doi:")) and not paper.author_places


def proper_citekey(session: Session, paper: Paper) -> None:
    """In place of a key that was only made from the arXiv id or DOI, the one that the paper would
    get; the old one keeps working."""
    given = paper_as_input(paper)
    stub = given.model_copy(update={"title": bare_title(given)})
    if stub.title and paper.citekey.startswith(_citekey(stub)):
        wanted = _citekey(given)
        _rename(session, paper, unique_citekey(wanted, queries.citekeys_like(session, wanted)))


def trash_paper(paper: Paper) -> None:
    """To the trash, from which it can be restored."""
    paper.trashed_at = utc_now()
    _touch(paper)


def restore_paper(paper: Paper) -> None:
    paper.trashed_at = None
    _touch(paper)


def _check_deletable(session: Session, paper: Paper) -> None:
    if paper.trashed_at is None:
        raise Conflict(N_("Only what is in the trash can be deleted for good."))
    if cited := queries.count_paper_evidence(session, paper.id):
        raise Conflict(
            N_("{title} is evidence for {count} claims. Take it out of them first."),
            title=paper.title,
            count=cited,
        )
    if printed := queries.count_paper_scores(session, paper.id):
        raise Conflict(
            N_("{title} is the source of {count} scores. Delete them first."),
            title=paper.title,
            count=printed,
        )
    if named := queries.count_paper_correspondences(session, paper.id):
        raise Conflict(
            N_("{title} is named by {count} correspondences. Take it out of them first."),
            title=paper.title,
            count=named,
        )


@dataclass(frozen=True)
class PaperDeletion:
    """How much goes with a paper that is deleted for good, and how many notes then stand alone."""

    verdicts: int
    records: int  # that were merged into it
    files: int
    marks: int
    notes: int


def preview_paper_deletion(session: Session, paper: Paper) -> PaperDeletion:
    """What `delete_paper` would do, by numbers.

    Raises:
        Conflict: as `delete_paper`.
    """
    _check_deletable(session, paper)
    return PaperDeletion(*queries.count_paper_parts(session, paper.id))


def delete_paper(session: Session, paper: Paper) -> None:
    """Out of the trash for good; its notes stand alone from then on.

    Raises:
        Conflict: it is not in the trash, or a claim rests on it or a correspondence names it.
    """
    _check_deletable(session, paper)
    for note in queries.select_paper_notes(session, paper.id):
        note.paper_id = None
    # Its files and what hangs on them, which no other paper holds through it.
    for model in (FormerCitekey, PaperFile, RemovedFile, Mark, ReadingPlace):
        for row in session.exec(select(model).where(col(model.paper_id) == paper.id)):
            session.delete(row)
    session.flush()
    session.delete(paper)
    session.flush()


def trashed_papers(session: Session) -> list[Paper]:
    return queries.select_trashed(session)


def _touch(paper: Paper) -> None:
    paper.version += 1
    paper.updated_at = utc_now()


def _citekey(given: PaperInput) -> str:
    if given.title == bare_title(given):
        return "".join(filter(str.isalnum, ascii_fold(given.title)))[:60]
    return citekey_for(given.authors, given.year, given.title, given.short_title)


def _rename(session: Session, paper: Paper, citekey: str) -> None:
    """A new citation key; the former one keeps working as address and link."""
    former, paper.citekey = paper.citekey, citekey
    if fold(former) == fold(citekey):
        return
    own_again = queries.former_citekey(session, citekey)
    if own_again:
        session.delete(own_again)
        session.flush()
    session.add(FormerCitekey(citekey=former, paper_id=paper.id))


def add_alias(session: Session, paper: Paper, key: str) -> bool:
    """Keeps `key`, whatever characters it is made of, as one by which the paper is found: in links,
    in `/papers/{key}` where an address can hold it, when a file that has it is imported again.

    False where it is another paper's, or cannot be kept as text.
    """
    key = tidy_line(key)
    if not key or problem_with_text(key, limit=TITLE_LIMIT, one_line=True):
        return False
    holder = get_papers_by_key(session, [key]).get(fold(key))
    if holder is None:
        session.add(FormerCitekey(citekey=key, paper_id=paper.id))
        session.flush()
    return holder is None or holder.id == paper.id


def get_papers_by_key(session: Session, keys: Iterable[str]) -> dict[str, Paper]:
    """The papers, in the trash or not, by those of these keys (folded, as `text.fold` does) that
    they have, had or were given by a file."""
    return queries.by_keys(session, {fold(key) for key in keys})


def _refuse_taken(session: Session, citekey: str, *, but: Paper | None) -> None:
    holder = queries.by_citekey(session, citekey)
    if holder is not None and (but is None or holder.id != but.id):
        raise Invalid.field(
            "citekey",
            N_("{citekey} is the key of “{title}”. Choose another, or leave it empty."),
            citekey=citekey,
            title=holder.title,
        )


def refuse_held(
    session: Session,
    *,
    arxiv_id: str | None = None,
    doi: str | None = None,
    but: Paper | None = None,
) -> None:
    """Raises AlreadyHeld where another paper than `but`, even a trashed one, has id or DOI."""
    for paper in queries.papers_with_id(
        session,
        arxiv_ids=[arxiv_id] if arxiv_id else [],
        dois=[doi.lower()] if doi else [],
    ):
        if but is None or paper.id != but.id:
            text = (
                N_("“{title}” is in the trash. Restore it instead of adding it again.")
                if paper.trashed_at
                else N_("The library holds it already: “{title}” ({citekey}).")
            )
            url = "/trash" if paper.trashed_at else f"/papers/{paper.citekey}"
            raise AlreadyHeld(
                text, key=paper.citekey, url=url, title=paper.title, citekey=paper.citekey
            )


def refuse_alike(session: Session, given: PaperInput) -> None:
    """For whoever adds one paper by hand, before `create_paper`: asks about what may be the same.

    Raises:
        PerhapsHeld: the library holds, or may hold, it already; whoever knows better adds it all
            the same.
        Invalid, AlreadyHeld: as `create_paper`.
    """
    given = check_paper(given)
    refuse_held(session, arxiv_id=given.arxiv_id, doi=given.doi)
    if given.kind == Kind.LINK:
        return
    for match in find_matches(session, [_sought(given)])[0]:
        if not match.in_trash:
            text = (
                N_("The library holds it already, by title and authors: “{title}” ({citekey}).")
                if match.sure
                else N_("Perhaps the library holds it already: “{title}” ({citekey}).")
            )
            raise PerhapsHeld(
                text,
                key=match.citekey,
                url=f"/papers/{match.citekey}",
                title=match.title,
                citekey=match.citekey,
            )


def _sought(given: PaperInput) -> PaperDraft:
    said = given.model_dump(exclude={"citekey", "kind", "authors", "techniques", "tags", "fields"})
    return PaperDraft(authors=tuple(given.authors), **said)


@dataclass(frozen=True)
class PublishedPaper:
    """A paper that was here as a preprint, and what of its publication it says since: "ACL, 2021,
    10.18653/v1/…"."""

    paper: Paper
    news: str


def publish_preprint(
    session: Session, given: PaperInput, *, source: PaperDraft | None = None
) -> PublishedPaper | None:
    """For whoever adds one paper by hand, before `refuse_alike`: where it is, for sure, the
    publication of a preprint that the library holds, that paper becomes it, as by an import. What
    the reader has written stays, and so does the arXiv id; what was empty is filled.

    None, and nothing is done, of any other.

    Raises:
        Invalid: with a message for every field that cannot be saved.
        AlreadyHeld: the arXiv id or DOI is another paper's.
    """
    checked = check_paper(given)
    fresh = checked.model_dump(mode="json")
    if publication.tell_stage(fresh) != "published":
        return None
    sure = [each for each in find_matches(session, [_sought(checked)])[0] if each.sure]
    if len(sure) != 1 or sure[0].in_trash:
        return None
    paper = queries.by_ids(session, [sure[0].paper_id])[sure[0].paper_id]
    before = paper_as_input(paper)
    held = before.model_dump(mode="json")
    update = publication.publication_update(held, fresh)
    if update is None:
        return None
    refuse_held(session, arxiv_id=checked.arxiv_id, doi=checked.doi, but=paper)
    empty = [name for name in (*BIBLIOGRAPHIC, "arxiv_id") if not held[name] and name not in update]
    changes = {**update, **{name: getattr(checked, name) for name in empty}}
    for name in ("techniques", "tags", "fields"):
        has = getattr(before, name)
        changes[name] = [*has, *(each for each in getattr(checked, name) if each not in has)]
    kept = {name for name in paper.reader_fields if held.get(name)}
    changes = {name: value for name, value in changes.items() if name not in kept}
    overwrite_paper(session, paper, changes)
    if source:
        _note_source(paper, source)
        session.flush()
    told = (changes.get(name) for name in ("venue", "year", "doi"))
    return PublishedPaper(paper, ", ".join(str(each) for each in told if each))


def _write(session: Session, paper: Paper, given: PaperInput) -> None:
    for name in (*BIBLIOGRAPHIC, "kind", "reading", "arxiv_id"):
        if name != "authors":
            setattr(paper, name, getattr(given, name))
    paper.title_sort = sort_key(given.title)
    if paper.year is None and given.published:
        paper.year = int(given.published[:4])
    if not paper.author_places or paper.authors_written != given.authors:
        _write_authors(session, paper, given.authors)
    paper.techniques = _techniques(session, given.techniques)
    paper.tags = _tags(session, given.tags)
    paper.fields = _fields(session, given.fields)


def _write_authors(session: Session, paper: Paper, written: Sequence[str]) -> None:
    names = dict(map(author_names.parse_name, written))  # one who is named twice is one author
    known = queries.authors_named(session, names)
    paper.author_places = []
    session.flush()  # places are keyed by position: the old ones must go before the new ones come
    for position, (name, family) in enumerate(names.items()):
        author = known.get(name) or Author.model_validate(author_row(name, family))
        if family and family != author.family:
            author.family, author.sort_name = family, author_row(name, family)["sort_name"]
        paper.author_places.append(PaperAuthor(position=position, author=author))


def author_row(name: str, family: str = "") -> dict[str, str]:
    """An author's columns: sorted as an index of authors is, family name first; found by any of the
    forms in which references write the name."""
    return {
        "name": name,
        "family": family,
        "sort_name": sort_key(f"{family or author_names.family_name(name)} {name}"),
        "search_words": author_names.search_words(name),
    }


def _techniques(session: Session, slugs: Sequence[str]) -> list[Technique]:
    found = {
        each.slug: each
        for each in session.exec(select(Technique).where(col(Technique.slug).in_(slugs)))
    }
    _refuse_unknown("techniques", N_("There is no technique {slug}."), slugs, found)
    return sorted(found.values(), key=lambda each: (each.position, each.id))


def _fields(session: Session, slugs: Sequence[str]) -> list[ResearchField]:
    found = {
        each.slug: each for each in queries.select_research_fields(session) if each.slug in slugs
    }
    _refuse_unknown("fields", N_("There is no field {slug}."), slugs, found)
    return list(found.values())


def _refuse_unknown(name: str, text: str, slugs: Sequence[str], found: Collection[str]) -> None:
    for slug in slugs:
        if slug not in found:
            raise Invalid({name: Message.of(text, slug=tidy_line(slug)[:80])})


def _tags(session: Session, names: Sequence[str]) -> list[Tag]:
    wanted = {fold(name): tidy_line(name) for name in names}
    known = queries.tags_named(session, wanted)
    return [
        known.get(folded) or Tag(name=name, folded=folded)
        for folded, name in sorted(wanted.items())
    ]


def source_of(draft: PaperDraft) -> str:
    """What a draft was taken from, as a paper's `metadata_source` says it."""
    if draft.source or not draft.arxiv_id:
        return draft.source
    version = f"v{draft.arxiv_version}" if draft.arxiv_version else ""
    return f"arXiv:{draft.arxiv_id}{version}"


def _note_source(paper: Paper, draft: PaperDraft) -> None:
    paper.metadata_source = source_of(draft)
    paper.metadata_at = utc_now()


def _differing(given: PaperInput, draft: PaperDraft) -> list[str]:
    offered = check_paper(draft_as_input(draft))
    return [name for name in BIBLIOGRAPHIC if getattr(given, name) != getattr(offered, name)]


def begin_reading(session: Session, ids: Collection[int]) -> None:
    """Papers that a note was written about are not unread; one statement."""
    unread = update(Paper).where(col(Paper.id).in_(ids), col(Paper.reading) == Reading.UNREAD)
    session.execute(unread.values(reading=Reading.READING))
