"""Many papers at once, as a snapshot of arXiv or a file of references brings them: by the rules of
one, without objects.

A thousand papers take a few statements instead of eight thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from sqlmodel import Session

from app.database import insert_many
from app.kit import author_names
from app.kit.batches import batches
from app.kit.text import fold, sort_key
from app.library import queries
from app.library.citekeys import citekey_for, is_citekey, unique_citekey
from app.library.rules import PaperInput
from app.library.service import author_row, get_papers_by_key
from app.models import (
    Author,
    FormerCitekey,
    Paper,
    PaperAuthor,
    PaperField,
    PaperTag,
    PaperTechnique,
    Tag,
    utc_now,
)


class PreparedRow(NamedTuple):
    """A paper that can be written: what of it is the same in every library."""

    row: dict[str, object]  # but for its keys and times
    authors: dict[str, str]  # in order, with what `author_names` read
    citekey: str  # that it asks for
    wanted: str  # that it gets where it asks for none, if that is free
    ties: dict[str, list[str]]  # techniques, tags, fields


class Inserted(NamedTuple):
    """A new paper: its id and the citation key that it got."""

    id: int
    citekey: str


@dataclass
class Added:
    """What became of papers: what was made, by the place in what was given; how many are new, and
    how many are held already."""

    made: dict[int, Inserted] = field(default_factory=dict)
    new: int = 0
    held: int = 0


def prepare(given: PaperInput, source: str = "") -> PreparedRow:
    """A paper of input that `check_paper` has tidied; `source` says where its metadata was taken
    from. Pure."""
    year = given.year or (int(given.published[:4]) if given.published else None)
    sort = {"title_sort": sort_key(given.title), "metadata_source": source, "year": year}
    return PreparedRow(
        {**given.model_dump(mode="json", exclude=_PARTS), **sort},
        dict(map(author_names.parse_name, given.authors)),
        given.citekey,
        citekey_for(given.authors, given.year, given.title, given.short_title),
        {name: values for name in _TIES if (values := getattr(given, name))},
    )


def held_ids(session: Session, papers: Mapping[str, str | None]) -> set[str]:
    """Of papers' arXiv ids, with their DOIs, those of papers that the library has, or had."""
    ids, dois = queries.known_to_arxiv(session, papers, {doi for doi in papers.values() if doi})
    return ids | {arxiv_id for arxiv_id, doi in papers.items() if doi in dois}


def add_papers(session: Session, papers: Sequence[PreparedRow], *, dry_run: bool = False) -> Added:
    """New papers that have arXiv ids; those that the library has, or had, are left alone.

    What follows rows (the search index) does not see them: tell it of what was made.
    """
    places = {str(paper.row["arxiv_id"]): n for n, paper in enumerate(papers)}
    dois = {str(paper.row["arxiv_id"]): cast(str | None, paper.row["doi"]) for paper in papers}
    known = held_ids(session, dois)
    if not dry_run:
        _number_held(session, dois)
    new = [n for arxiv_id, n in places.items() if arxiv_id not in known]
    made = _insert(session, [papers[n] for n in new]) if new and not dry_run else []
    return Added(dict(zip(new, made, strict=False)), len(new), len(papers) - len(new))


def _number_held(session: Session, dois: Mapping[str, str | None]) -> None:
    """Papers that have one of the DOIs and no arXiv id get theirs: of a preprint, the number alone,
    as by `publication.drop_preprint`."""
    numbers = {doi: arxiv_id for arxiv_id, doi in dois.items() if doi}
    unnumbered = {str(paper.doi): paper for paper in queries.unnumbered_papers(session, numbers)}
    wanted = [numbers[doi] for doi in unnumbered]
    taken = {each.arxiv_id for each in queries.papers_with_id(session, arxiv_ids=wanted)}
    for doi, paper in unnumbered.items():
        if numbers[doi] not in taken:
            paper.arxiv_id = numbers[doi]
            paper.version += 1
            paper.updated_at = utc_now()
    session.flush()


def create_papers(session: Session, papers: Sequence[PaperInput]) -> list[Inserted]:
    """New papers of input that `check_paper` has tidied and that the library does not hold.

    A citation key that another paper has, or had, gives way to one that is made. What follows rows
    does not see them: tell it of their ids. A constant number of statements for every thousand.
    """
    return create_prepared(session, [prepare(given) for given in papers])


def create_prepared(session: Session, papers: Sequence[PreparedRow]) -> list[Inserted]:
    """The same of papers that are prepared, which say where they were taken from."""
    made: list[Inserted] = []
    for batch in batches(papers, _BATCH):
        made += _insert(session, batch)
    return made


def add_former_keys(session: Session, keys: Mapping[str, int]) -> set[str]:
    """Keeps the keys that files give to papers, of these ids, as ways to find them; a key that is a
    paper's, or was, stays with it. Returns those that were added."""
    added: set[str] = set()
    for batch in batches(list(keys), _BATCH):
        held = get_papers_by_key(session, batch)
        free = {fold(key): key for key in batch if fold(key) not in held}
        session.add_all(FormerCitekey(citekey=key, paper_id=keys[key]) for key in free.values())
        added |= set(free.values())
    session.flush()
    return added


def overwrite_papers(
    session: Session, changes: Sequence[tuple[Paper, Mapping[str, object]]]
) -> None:
    """Sets fields of papers, whose parts are loaded, to checked values of `PaperInput`; they do not
    count as the reader's. A constant number of statements for every thousand."""
    for batch in batches(changes, _BATCH):
        _write_over(session, batch)


def _write_over(session: Session, changes: Sequence[tuple[Paper, Mapping[str, object]]]) -> None:
    inputs = [PaperInput.model_validate(values) for _, values in changes]
    for (paper, values), given in zip(changes, inputs, strict=True):
        for name in values:
            if name not in _PARTS:
                setattr(paper, name, getattr(given, name))
        if "title" in values:
            paper.title_sort = sort_key(given.title)
        if "authors" in values:
            paper.author_places = []
        paper.version += 1
        paper.updated_at = utc_now()
    session.flush()  # places are keyed by position: the old ones must go before the new ones come
    names = dict(author_names.parse_name(written) for given in inputs for written in given.authors)
    known = queries.authors_named(session, names)
    tags = queries.tags_named(session, {fold(tag) for given in inputs for tag in given.tags})
    techniques = {each.slug: each for each in queries.technique_parents(session)}
    fields = {each.slug: each for each in queries.select_research_fields(session)}
    for (paper, values), given in zip(changes, inputs, strict=True):
        read = dict(map(author_names.parse_name, given.authors))
        for position, (name, family) in enumerate(read.items()):
            author = known.setdefault(name, Author.model_validate(author_row(name, family)))
            paper.author_places.append(PaperAuthor(position=position, author=author))
        if "tags" in values:
            paper.tags = [
                tags.setdefault(fold(tag), Tag(name=tag, folded=fold(tag))) for tag in given.tags
            ]
        if "techniques" in values:
            paper.techniques = [techniques[slug] for slug in given.techniques]
        if "fields" in values:
            paper.fields = [fields[slug] for slug in given.fields]
    session.flush()


_BATCH = 1_000
_NAMES = 10_000  # that a statement names
_TIES = ("techniques", "tags", "fields")
_PARTS = {"citekey", "authors", *_TIES}


def _insert(session: Session, papers: Sequence[PreparedRow]) -> list[Inserted]:
    """Papers with what hangs on them."""
    citekeys = _citekeys(session, papers)
    moment = utc_now()
    same = {
        **Paper(citekey="", title="").model_dump(exclude={"id"}),
        "created_at": moment,
        "updated_at": moment,
    }
    rows = [
        {
            **same,
            **paper.row,
            "citekey": citekey,
            "citekey_folded": fold(citekey),
            "metadata_at": moment if paper.row["metadata_source"] else None,
        }
        for paper, citekey in zip(papers, citekeys, strict=True)
    ]
    insert_many(session, Paper, rows)
    ids = queries.ids_by_citekey(session, citekeys)
    made = [Inserted(ids[citekey], citekey) for citekey in citekeys]
    authors = _author_ids(session, papers)
    places = [
        {"paper_id": number, "position": position, "author_id": authors[name]}
        for (number, _), paper in zip(made, papers, strict=True)
        for position, name in enumerate(paper.authors)
    ]
    insert_many(session, PaperAuthor, places)
    ties = [(number, paper.ties) for (number, _), paper in zip(made, papers, strict=True)]
    _insert_ties(session, [each for each in ties if each[1]])
    return made


def _insert_ties(session: Session, papers: Sequence[tuple[int, Mapping[str, list[str]]]]) -> None:
    """The tags, techniques and fields of new papers."""
    if not papers:
        return
    tagged = {fold(tag): tag for _, ties in papers for tag in ties.get("tags", ())}
    if tagged:
        missing = tagged.keys() - queries.tags_named(session, tagged).keys()
        if missing:
            rows = [{"name": tagged[folded], "folded": folded} for folded in sorted(missing)]
            insert_many(session, Tag, rows)
    tags = {folded: each.id for folded, each in queries.tags_named(session, tagged).items()}
    techniques = {each.slug: each.id for each in queries.technique_parents(session)}
    fields = {each.slug: each.id for each in queries.select_research_fields(session)}
    for tie, column, ids, name in (
        (PaperTag, "tag_id", tags, "tags"),
        (PaperTechnique, "technique_id", techniques, "techniques"),
        (PaperField, "field_id", fields, "fields"),
    ):
        tied = [
            {"paper_id": number, column: key}
            for number, ties in papers
            for key in dict.fromkeys(ids[key] for key in _keys(ties, name))
        ]
        insert_many(session, tie, tied)


def _keys(ties: Mapping[str, list[str]], name: str) -> list[str]:
    keys = ties.get(name, [])
    return [fold(key) for key in keys] if name == "tags" else keys


def _citekeys(session: Session, papers: Sequence[PreparedRow]) -> list[str]:
    """A citation key for each, different from one another and from those that are taken."""
    asked = {fold(paper.citekey) for paper in papers if paper.citekey}
    taken = queries.citekeys_among(session, asked) if asked else set()
    wanted = []
    for paper in papers:
        if paper.citekey and fold(paper.citekey) not in taken:
            taken.add(fold(paper.citekey))  # the first that asks for a key has it
            wanted.append(paper.citekey)
        else:
            wanted.append(paper.wanted)
    held = queries.citekeys_among(session, {fold(key) for key in wanted})
    times = Counter(map(fold, wanted))
    # One that can be nobody's ("new") is not held, and its first suffix may be.
    repeated = {key for key, number in times.items() if number > 1 or not is_citekey(key)}
    taken = queries.citekeys_like(session, *sorted(held | repeated))
    found = []
    for key in wanted:
        free = unique_citekey(key, taken)
        taken.add(fold(free))
        found.append(free)
    return found


def _author_ids(session: Session, papers: Sequence[PreparedRow]) -> dict[str, int]:
    """The ids of the papers' authors by name; new ones are made."""
    families = {name: of for paper in papers for name, of in paper.authors.items()}
    names = sorted(families)
    found: dict[str, int] = {}
    for batch in batches(names, _NAMES):
        found |= queries.author_ids(session, batch)
    new = [(name, families[name]) for name in names if name not in found]
    if not new:
        return found
    last = queries.last_author(session)
    insert_many(session, Author, [author_row(name, family) for name, family in new])
    return found | queries.authors_after(session, last)
