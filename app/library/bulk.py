"""Many papers at once, as a snapshot of arXiv brings them: by the rules of one, without objects.

A thousand papers take a few statements instead of eight thousand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert
from sqlmodel import Session

from app import author_names
from app.errors import Invalid
from app.library import queries
from app.library.citekeys import citekey_for, unique_citekey
from app.library.rules import PaperInput, check_paper
from app.library.service import author_sort_key, draft_as_input, source_of
from app.models import Author, Paper, PaperAuthor, now
from app.sources.drafts import PaperDraft
from app.text import sort_key


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
        added.ids = _insert(session, checked)
    elif dry_run:
        added.ids = [0] * len(checked)
    return added


def _insert(session: Session, checked: Sequence[tuple[PaperInput, PaperDraft]]) -> list[int]:
    connection = session.connection()  # below the ORM: nothing is to follow row by row
    citekeys = _citekeys(session, [given for given, _ in checked])
    empty = Paper(citekey="", title="").model_dump(exclude={"id"})
    moment = now()
    rows = [
        {
            **empty,
            **given.model_dump(exclude={"citekey", "authors", "techniques", "tags", "fields"}),
            "citekey": citekey,
            "citekey_folded": citekey,  # they are made in lower case
            "title_sort": sort_key(given.title),
            "year": given.year or (int(given.published[:4]) if given.published else None),
            "metadata_source": source_of(draft),
            "metadata_at": moment,
            "created_at": moment,
            "updated_at": moment,
        }
        for (given, draft), citekey in zip(checked, citekeys, strict=True)
    ]
    connection.execute(insert(Paper), rows)
    ids = queries.ids_by_citekey(session, citekeys)
    named = [dict(map(author_names.read, given.authors)) for given, _ in checked]
    authors = _author_ids(session, {name: of for each in named for name, of in each.items()})
    places = [
        {"paper_id": ids[citekey], "position": position, "author_id": authors[name]}
        for names, citekey in zip(named, citekeys, strict=True)
        for position, name in enumerate(names)
    ]
    if places:
        connection.execute(insert(PaperAuthor), places)
    return [ids[citekey] for citekey in citekeys]


def _citekeys(session: Session, papers: Iterable[PaperInput]) -> list[str]:
    """A citation key for each, different from one another and from those that are taken."""
    wanted = [citekey_for(p.authors, p.year, p.title, p.short_title) for p in papers]
    held = queries.citekeys_among(session, set(wanted))
    repeated = {key for key, times in Counter(wanted).items() if times > 1}
    taken = queries.citekeys_like(session, *sorted(held | repeated))
    found = []
    for key in wanted:
        free = unique_citekey(key, taken)
        taken.add(free)
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
