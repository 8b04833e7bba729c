"""From what a source told to rows: what is new becomes papers, what is held is looked at again."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from app.database import Database
from app.errors import N_, CrosswalkError, Invalid, Message
from app.files import service as files
from app.files import storage
from app.kit.text import fold_letters
from app.library import bulk
from app.library import service as library
from app.library.duplicates.duplicate_search import find_matches
from app.library.rules import check_paper
from app.models import Paper, WatchEntry, WatchEvent
from app.search import service as search
from app.settings import Settings
from app.sources.arxiv.ids import ArxivId
from app.sources.arxiv.pdf import fetch_pdf
from app.sources.drafts import PaperDraft
from app.sources.feeds.entries import FeedItem, is_withdrawn
from app.sources.web.http_errors import SourceUnavailable
from app.watches import queries

_TELLING = 16  # letters of a title that is one paper's alone, whoever wrote it


@dataclass
class Tally:
    """What was done, and what is to be said of it; one asking adds up its harvests."""

    new: int = 0
    replaced: int = 0
    withdrawn: int = 0
    refused: int = 0
    remarks: list[Message] = field(default_factory=list)

    def messages(self) -> list[Message]:
        """The remarks, and what was left out."""
        said = list(dict.fromkeys(self.remarks))
        if self.withdrawn:
            text = N_("Withdrawn by their authors, left out: {count}.")
            said.append(Message.of(text, count=self.withdrawn))
        if self.refused:
            text = N_("Entries that cannot be saved as papers, left out: {count}.")
            said.append(Message.of(text, count=self.refused))
        return said


def take_entries(
    session: Session, watch_id: int, entries: Sequence[FeedItem], tally: Tally
) -> None:
    """Makes papers of those that the library does not hold and no reader deleted for good, and
    notes which of the held ones have another version. A constant number of statements."""
    given = list({each.key: each for each in entries}.values())
    told = queries.entries_with_keys(session, watch_id, [each.key for each in given])
    deleted = queries.keys_of_deleted(session, [each.key for each in given])
    held = find_held(session, [each.draft for each in given])
    new: list[FeedItem] = []
    for entry, paper in zip(given, held, strict=True):
        if paper is not None:
            _note_version(session, watch_id, entry, paper, told.get(entry.key), tally)
        elif entry.is_withdrawn:
            tally.withdrawn += 1
        elif entry.announced != "replace" and entry.key not in deleted:
            new.append(entry)
    _add_papers(session, watch_id, new, told, tally)


def find_held(session: Session, drafts: Sequence[PaperDraft]) -> list[Paper | None]:
    """For each draft the paper that it is, be it in the trash: by arXiv id, DOI, address, or a
    title (and authors) that are no other's."""
    held = library.papers_held(session, drafts)
    open_places = [place for place, paper in enumerate(held) if paper is None]
    found = find_matches(session, [drafts[place] for place in open_places])
    alike = library.get_papers(session, {each.paper_id for some in found for each in some})
    for place, matches in zip(open_places, found, strict=True):
        draft, letters = drafts[place], fold_letters(drafts[place].title)
        for match in matches:
            paper = alike[match.paper_id]
            is_titled = len(letters) >= _TELLING and fold_letters(paper.title) == letters
            if match.sure or (is_titled and not (draft.arxiv_id and paper.arxiv_id)):
                held[place] = paper
                break
    return held


def _note_version(
    session: Session,
    watch_id: int,
    entry: FeedItem,
    paper: Paper,
    told: WatchEntry | None,
    tally: Tally,
) -> None:
    version = entry.draft.arxiv_version
    if entry.draft.arxiv_id is None or entry.draft.arxiv_id != paper.arxiv_id:
        return
    if not version or version <= (paper.arxiv_version or 0):
        return
    if not paper.arxiv_version and entry.announced != "replace":
        return
    if told is None:
        told = WatchEntry(watch_id=watch_id, key=entry.key, paper_id=paper.id)
        session.add(told)
    elif told.event != WatchEvent.NEW and (told.arxiv_version or 0) >= version:
        return
    told.event, told.arxiv_version = WatchEvent.REPLACED, version
    tally.replaced += 1


def _add_papers(
    session: Session,
    watch_id: int,
    entries: Sequence[FeedItem],
    told: dict[str, WatchEntry],
    tally: Tally,
) -> None:
    prepared: list[tuple[FeedItem, bulk.PreparedRow]] = []
    for entry in entries:
        try:
            given = check_paper(library.draft_as_input(entry.draft))
        except Invalid:
            tally.refused += 1
            continue
        prepared.append((entry, bulk.prepare(given, library.source_of(entry.draft))))
    made = bulk.create_prepared(session, [row for _, row in prepared])
    for (entry, _), paper in zip(prepared, made, strict=True):
        if entry.key not in told:
            version = entry.draft.arxiv_version
            session.add(
                WatchEntry(
                    watch_id=watch_id, key=entry.key, paper_id=paper.id, arxiv_version=version
                )
            )
        else:
            told[entry.key].paper_id = paper.id
    search.papers_added(session, [paper.id for paper in made])
    tally.new += len(made)
    session.flush()


def take_found(session: Session, watch_id: int, papers: Sequence[Paper], tally: Tally) -> None:
    """Papers of this library that a search finds now: new to its watch."""
    keys = [f"paper:{paper.id}" for paper in papers]
    told = queries.entries_with_keys(session, watch_id, keys)
    for key, paper in zip(keys, papers, strict=True):
        if key not in told:
            session.add(WatchEntry(watch_id=watch_id, key=key, paper_id=paper.id))
            tally.new += 1
    session.flush()


def versions_to_fetch(
    session: Session, watch_id: int, categories: Sequence[str] = ()
) -> list[ArxivId]:
    """The held papers of which a watch told a later version; with `categories`, those of them too
    that claims quote, for a gap tells of no replacement."""
    papers = queries.later_versions(session, watch_id)
    if categories:
        papers += queries.quoted_on_arxiv(session, categories)
    return list(dict.fromkeys(ArxivId(paper.arxiv_id) for paper in papers if paper.arxiv_id))


def take_versions(
    session: Session, watch_id: int, drafts: Sequence[PaperDraft], tally: Tally
) -> None:
    """What arXiv says now of papers that are held: a later version takes over the abstract and the
    rest that the reader did not write, after which quotations are looked for again; a withdrawal
    is noted, and the paper stays as it was."""
    held = library.papers_holding(session, [each.arxiv_id for each in drafts if each.arxiv_id])
    papers = library.get_papers(session, {paper.id for paper in held.values()})
    by_id = {paper.arxiv_id: paper for paper in papers.values()}
    keys = [f"arxiv:{draft.arxiv_id}" for draft in drafts]
    told = queries.entries_with_keys(session, watch_id, keys)
    for key, draft in zip(keys, drafts, strict=True):
        paper = by_id.get(draft.arxiv_id)
        if paper is None or (draft.arxiv_version or 0) <= (paper.arxiv_version or 0):
            continue
        entry = told.get(key)
        if entry is None:
            entry = WatchEntry(watch_id=watch_id, key=key, paper_id=paper.id)
            session.add(entry)
            tally.replaced += 1
        entry.arxiv_version = draft.arxiv_version
        if is_withdrawn(draft):
            entry.event = WatchEvent.WITHDRAWN
        else:
            entry.event = WatchEvent.REPLACED
            library.refresh_metadata(session, paper, draft)
    session.flush()


def fetch_versions(
    database: Database, settings: Settings, ids: Sequence[int], tally: Tally
) -> None:
    """The PDFs of the new versions of papers that claims quote and of which a PDF of an earlier one
    is held: in it their quotations are looked for, once its text is extracted.

    What cannot be fetched is said, and can be on the paper's page. Raises `SourceUnavailable`.
    """
    with database.read() as session:
        wanted = [
            (paper.id, ArxivId(paper.arxiv_id or "", paper.arxiv_version))
            for paper in queries.holding_older_file(session, ids)
        ]
    for number, arxiv_id in wanted:
        try:
            fetched = fetch_pdf(arxiv_id, settings=settings)
        except SourceUnavailable:
            raise
        except CrosswalkError as error:
            tally.remarks.append(error.message)
            continue
        pieces = io.BytesIO(fetched.data)
        with (
            storage.receive_file(settings.library, pieces) as received,
            database.write() as session,
        ):
            if paper := library.get_papers(session, [number]).get(number):
                files.add_file(
                    session,
                    settings.library,
                    paper,
                    received,
                    name=fetched.name,
                    arxiv_version=fetched.version,
                    origin="arxiv",
                )
