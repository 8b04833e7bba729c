"""Many papers at once, as a snapshot of arXiv or a file of references brings them: by the rules of
one, without objects.

A thousand papers take a few statements instead of eight thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert
from sqlmodel import Session

from app import author_names
from app.errors import Invalid
from app.library import queries
from app.library.citekeys import citekey_for, unique_citekey
from app.library.rules import PaperInput, check_paper
from app.library.service import author_sort_key, draft_as_input, papers_keyed, source_of
from app.models import (
    Author,
    FormerCitekey,
    Paper,
    PaperAuthor,
    PaperField,
    PaperTag,
    PaperTechnique,
    Tag,
    now,
)
from app.sources.drafts import PaperDraft
from app.text import fold, sort_key


@dataclass(frozen=True)
class Made:
    """A new paper: its id and the citation key that it got."""

    id: int
    citekey: str


@dataclass
class Added:
    """What became of drafts: ids of new papers, how many are held already, what was refused why."""

    ids: list[int] = field(default_factory=list)
    held: int = 0
    refused: list[tuple[PaperDraft, Invalid]] = field(default_factory=list)


def add_papers(session: Session, drafts: Sequence[PaperDraft], *, dry_run: bool = False) -> Added:
    """New papers of drafts with arXiv ids; those that the library has, or had, are left alone.

    What follows rows (the search index) does not see them: tell it of `ids`.
    """
    added = Added()
    new = {draft.arxiv_id: draft for draft in drafts if draft.arxiv_id}
    dois = {draft.doi for draft in drafts if draft.doi}
    held, held_dois = queries.known_to_arxiv(session, new, dois)
    checked: list[tuple[PaperInput, PaperDraft]] = []
    added.held = len(drafts) - len(new)
    for arxiv_id, draft in new.items():
        if arxiv_id in held or draft.doi in held_dois:
            added.held += 1
            continue
        try:
            checked.append((check_paper(draft_as_input(draft)), draft))
        except Invalid as problem:
            added.refused.append((draft, problem))
    if checked and not dry_run:
        moment = now()
        sources = [
            {"metadata_source": source_of(draft), "metadata_at": moment} for _, draft in checked
        ]
        made = _insert(session, [given for given, _ in checked], sources)
        added.ids = [each.id for each in made]
    elif dry_run:
        added.ids = [0] * len(checked)
    return added


def create_papers(session: Session, papers: Sequence[PaperInput]) -> list[Made]:
    """New papers of input that `check_paper` has tidied and that the library does not hold.

    A citation key that another paper has, or had, gives way to one that is made. What follows rows
    does not see them: tell it of their ids. A constant number of statements for every thousand.
    """
    made: list[Made] = []
    for start in range(0, len(papers), _BATCH):
        batch = papers[start : start + _BATCH]
        made += _insert(session, batch, [{}] * len(batch))
    return made


def add_aliases(session: Session, keys: Mapping[str, int]) -> set[str]:
    """Keeps the keys that files give to papers, of these ids, as ways to find them; a key that is a
    paper's, or was, stays with it. Returns those that were added."""
    wanted = list(keys)
    added: set[str] = set()
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        held = papers_keyed(session, batch)
        free = {fold(key): key for key in batch if fold(key) not in held}
        session.add_all(FormerCitekey(citekey=key, paper_id=keys[key]) for key in free.values())
        added |= set(free.values())
    session.flush()
    return added


def write_over(session: Session, changes: Sequence[tuple[Paper, Mapping[str, object]]]) -> None:
    """Sets fields of papers, whose parts are loaded, to checked values of `PaperInput`; they do not
    count as the reader's. A constant number of statements for every thousand."""
    for start in range(0, len(changes), _BATCH):
        _write_over(session, changes[start : start + _BATCH])


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
        paper.updated_at = now()
    session.flush()  # places are keyed by position: the old ones must go before the new ones come
    names = dict(author_names.read(written) for given in inputs for written in given.authors)
    known = queries.authors_named(session, names)
    tags = queries.tags_named(session, {tag.casefold() for given in inputs for tag in given.tags})
    techniques = {each.slug: each for each in queries.technique_parents(session)}
    fields = {each.slug: each for each in queries.research_fields(session)}
    for (paper, values), given in zip(changes, inputs, strict=True):
        read = dict(map(author_names.read, given.authors))
        for position, (name, family) in enumerate(read.items()):
            author = known.setdefault(
                name, Author(name=name, family=family, sort_name=author_sort_key(name, family))
            )
            paper.author_places.append(PaperAuthor(position=position, author=author))
        if "tags" in values:
            paper.tags = [
                tags.setdefault(tag.casefold(), Tag(name=tag, folded=tag.casefold()))
                for tag in given.tags
            ]
        if "techniques" in values:
            paper.techniques = [techniques[slug] for slug in given.techniques]
        if "fields" in values:
            paper.fields = [fields[slug] for slug in given.fields]
    session.flush()


_BATCH = 1_000
_PARTS = frozenset({"citekey", "authors", "techniques", "tags", "fields"})


def _insert(
    session: Session, papers: Sequence[PaperInput], sources: Sequence[Mapping[str, object]]
) -> list[Made]:
    """Papers with what hangs on them; `sources` say where their metadata was taken from."""
    connection = session.connection()  # below the ORM: nothing is to follow row by row
    citekeys = _citekeys(session, papers)
    empty = Paper(citekey="", title="").model_dump(exclude={"id"})
    moment = now()
    rows = [
        {
            **empty,
            **given.model_dump(exclude=set(_PARTS)),
            "citekey": citekey,
            "citekey_folded": fold(citekey),
            "title_sort": sort_key(given.title),
            "year": given.year or (int(given.published[:4]) if given.published else None),
            **source,
            "created_at": moment,
            "updated_at": moment,
        }
        for given, source, citekey in zip(papers, sources, citekeys, strict=True)
    ]
    connection.execute(insert(Paper), rows)
    ids = queries.ids_by_citekey(session, citekeys)
    named = [dict(map(author_names.read, given.authors)) for given in papers]
    authors = _author_ids(session, {name: of for each in named for name, of in each.items()})
    places = [
        {"paper_id": ids[citekey], "position": position, "author_id": authors[name]}
        for names, citekey in zip(named, citekeys, strict=True)
        for position, name in enumerate(names)
    ]
    if places:
        connection.execute(insert(PaperAuthor), places)
    _insert_ties(session, [(ids[key], given) for key, given in zip(citekeys, papers, strict=True)])
    return [Made(ids[citekey], citekey) for citekey in citekeys]


def _insert_ties(session: Session, papers: Sequence[tuple[int, PaperInput]]) -> None:
    """The tags, techniques and fields of new papers."""
    connection = session.connection()
    tagged = {tag.casefold(): tag for _, given in papers for tag in given.tags}
    if tagged:
        missing = tagged.keys() - queries.tags_named(session, tagged).keys()
        if missing:
            rows = [{"name": tagged[folded], "folded": folded} for folded in sorted(missing)]
            connection.execute(insert(Tag), rows)
    tags = {folded: each.id for folded, each in queries.tags_named(session, tagged).items()}
    techniques = {each.slug: each.id for each in queries.technique_parents(session)}
    fields = {each.slug: each.id for each in queries.research_fields(session)}
    for tie, column, ids, name in (
        (PaperTag, "tag_id", tags, "tags"),
        (PaperTechnique, "technique_id", techniques, "techniques"),
        (PaperField, "field_id", fields, "fields"),
    ):
        ties = [
            {"paper_id": number, column: tied}
            for number, given in papers
            for tied in dict.fromkeys(ids[key] for key in _keys(given, name))
        ]
        if ties:
            connection.execute(insert(tie), ties)


def _keys(given: PaperInput, name: str) -> list[str]:
    return [tag.casefold() for tag in given.tags] if name == "tags" else list(getattr(given, name))


def _citekeys(session: Session, papers: Sequence[PaperInput]) -> list[str]:
    """A citation key for each, different from one another and from those that are taken."""
    asked = {fold(paper.citekey) for paper in papers if paper.citekey}
    taken = queries.citekeys_among(session, asked) if asked else set()
    wanted = []
    for paper in papers:
        if paper.citekey and fold(paper.citekey) not in taken:
            taken.add(fold(paper.citekey))  # the first that asks for a key has it
            wanted.append(paper.citekey)
        else:
            wanted.append(citekey_for(paper.authors, paper.year, paper.title, paper.short_title))
    held = queries.citekeys_among(session, {fold(key) for key in wanted})
    repeated = {key for key, times in Counter(map(fold, wanted)).items() if times > 1}
    taken = queries.citekeys_like(session, *sorted(held | repeated))
    found = []
    for key in wanted:
        free = unique_citekey(key, taken)
        taken.add(fold(free))
        found.append(free)
    return found


def _author_ids(session: Session, names: Mapping[str, str]) -> dict[str, int]:
    """The ids of authors by name, of names with what `author_names` read; new ones are made."""
    found = queries.author_ids(session, names)
    new = [name for name in sorted(names) if name not in found]
    if new:
        rows = [
            {"name": name, "family": names[name], "sort_name": author_sort_key(name, names[name])}
            for name in new
        ]
        session.connection().execute(insert(Author), rows)
        found |= queries.author_ids(session, new)
    return found
