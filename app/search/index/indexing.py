"""The index follows the rows, within the transaction that changes them.

`index_changes` writes anew the documents that show the rows that changed (`app.changes`). What is
changed by textual SQL is not seen: call `rebuild_index` after it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

from sqlalchemy import delete, func, insert, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from app.changes import Changes, Follower, changes_of
from app.database import Database, explain_error, is_index_damaged
from app.errors import ReadOnly
from app.kit.batches import batches
from app.models import (
    Claim,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
    Evidence,
    Hypothesis,
    Note,
    Paper,
    PaperAuthor,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Ruling,
    SearchDocument,
    Technique,
)
from app.models.stored import STORED
from app.search.engine.choice import engine_of
from app.search.engine.engine_results import Tokens
from app.search.engine.impact_tiers import high_impact_terms
from app.search.index import document_text, vocabulary
from app.search.index.analysis import analyze
from app.search.index.document_text import Key, Text
from app.search.index.documents import KINDS, DocumentKind
from app.search.index.page_index import rebuild_pages, renew_pages

Touched: TypeAlias = defaultdict[str, set[tuple[int, ...]]]

_CHECKED = 100  # documents whose words a statement names
_BATCH = 1_000  # rows a statement names; SQLite takes 32,766 values
_ADDED = "search_papers_added"
_REBUILT = "search_rebuilt"
_LOWEST = -(2**62)  # below every number

# What other documents show of it: those of its notes and cells stay as they are while that does.
_SHOWN_BY: Mapping[str, Sequence[str]] = {"paper": ("citekey", "short_title")}
_WATCHED = {each.name: each.index for each in STORED if each.index}


def index_changes(session: Session, changes: Changes) -> None:
    """Write the documents of what this transaction changed; a constant number of statements for
    every thousand of a kind."""
    added: set[int] = session.info.pop(_ADDED, set())
    if session.info.pop(_REBUILT, None) == len(changes):
        return
    touched: Touched = defaultdict(set)
    touched["paper text"].update((number, 0) for number in added)
    for table, watched in _WATCHED.items():
        for columns, kind in watched.items():
            keys = changes.values(table, *columns)
            if columns == ("id",):  # what has just come in, no other document shows by its name
                new = {key for key in keys if key[0] in changes.new(table)}
                touched[f"{kind} text"] |= new
                keys -= new
            if kind in _SHOWN_BY:
                touched[f"{kind} text"] |= keys
                named = (changes.edited(table, column) for column in _SHOWN_BY[kind])
                keys = {(number,) for number in set().union(*named)}
            touched[kind] |= keys
    if any(touched.values()):
        _spread(session, touched)
        for kind in KINDS:
            keys = {(*key, 0)[:2] for key in touched[f"{kind} text"]}
            for batch in batches(sorted(keys), _BATCH):
                _write(session, kind, batch)


FOLLOWER = Follower(
    "index",
    index_changes,
    {
        table: list(dict.fromkeys(chain.from_iterable(watched)))
        for table, watched in _WATCHED.items()
    },
    edits=[(table, column) for table, columns in _SHOWN_BY.items() for column in columns],
)


def papers_added(session: Session, ids: Collection[int]) -> None:
    """Say that papers were written below the session; `index_changes` writes their documents."""
    session.info.setdefault(_ADDED, set()).update(ids)


def rebuild_index(session: Session) -> None:
    """Write the whole index anew within this transaction."""
    session.flush()
    session.info[_REBUILT] = len(changes_of(session))
    engine = engine_of(session)
    if engine.is_sound(session):
        engine.clear(session)
    else:
        engine.reset(session)
    vocabulary.reset_counts(session)
    session.execute(delete(SearchDocument))
    for kind in KINDS:
        for batch in batches(sorted(document_text.all_keys(session, kind)), _BATCH):
            _write(session, kind, batch)
    rebuild_pages(session)


def renew_index(database: Database) -> Iterator[tuple[int, int]]:
    """Write the whole index anew, in short transactions between which others write; yields how many
    documents of how many are done. Until then what was there is found as before."""
    with database.write() as session:
        engine_of(session).repair(session)
        vocabulary.reset_counts(session)
    with database.read() as session:
        batches = _everything(session)
    pages = renew_pages(database)
    total = sum(len(batch) for _, batch in batches) + next(pages)
    done = 0
    yield done, total
    for kind, batch in batches:
        with database.write() as session:
            _write(session, kind, batch)
        done += len(batch)
        yield done, total
    for one in pages:
        done += one
        yield done, total
    with database.write() as session:
        _remove_strays(session)
    settle_index(database)


def settle_index(database: Database) -> None:
    """What is good to be done after much was written, in short transactions."""
    tidying = True
    while tidying:
        with database.write() as session:
            tidying = engine_of(session).optimize(session)


def find_unlike(session: Session) -> Iterator[tuple[str, int, int]]:
    """The documents, by kind and key, that are not in the index as their rows would have them;
    with the kind `stray`, the numbers of those that no row stands behind."""
    engine = engine_of(session)
    expected: set[int] = set()
    for kind in KINDS:
        for batch in batches(sorted(document_text.all_keys(session, kind)), _CHECKED):
            made = {
                key: analyze_document(text)
                for key, text in document_text.load_texts(session, kind, batch).items()
            }
            numbers = (
                _held(session, kind, list(made))
                if kind != "paper"
                else {key: key[0] for key in made}
            )
            expected.update(numbers.values())
            tokens = {numbers[key]: made[key].tokens for key in made if key in numbers}
            unlike = engine.unlike(session, tokens)
            said = {key: set(each.words.split()) for key, each in made.items()}
            known = vocabulary.known_words(session, set().union(*said.values()))
            for key, words in said.items():
                if key not in numbers or numbers[key] in unlike or not words <= known:
                    yield kind, key[0], key[1]
    after = _LOWEST
    while some := engine.ids_after(session, after=after, limit=_BATCH):
        after = some[-1]
        yield from (("stray", number, 0) for number in some if number not in expected)


def is_index_sound(database: Database) -> bool:
    """Whether the database can make sense of the index at all; of one that cannot be written,
    nobody can ask."""
    try:
        with database.write() as session:
            return engine_of(session).is_sound(session)
    except DBAPIError as error:
        if isinstance(explain_error(error), ReadOnly):
            return True
        raise


def fill_empty(database: Database) -> None:
    """Write the index of a library that has rows and no index, as after a change of its form, or
    one that the database cannot open any more.

    All of it in one transaction: what is interrupted begins anew the next time, and of several who
    open the library at once the others wait, and find it written.
    """
    with database.read() as session:
        if not _is_unwritten(session):
            return
    with database.write() as session:
        if not _is_unwritten(session):
            return
        rebuild_index(session)
    settle_index(database)


def _is_unwritten(session: Session) -> bool:
    try:
        if engine_of(session).ids_after(session, after=_LOWEST, limit=1):
            return False
    except DBAPIError as error:
        if not is_index_damaged(error):
            raise
    some = (col(Technique.id), col(Paper.id))
    return any(session.execute(select(each).limit(1)).first() for each in some)


def _everything(session: Session) -> list[tuple[DocumentKind, Sequence[Key]]]:
    """The keys of all that has a row, or has had one and is still in the index, in batches."""
    last = session.scalar(select(func.max(col(Paper.id)))) or 0
    found: list[tuple[DocumentKind, Sequence[Key]]] = [
        ("paper", [(n, 0) for n in range(start, min(start + _BATCH, last + 1))])
        for start in range(1, last + 1, _BATCH)
    ]
    for kind in KINDS[1:]:
        held = select(col(SearchDocument.item_id), col(SearchDocument.other_id))
        rows = session.execute(held.where(col(SearchDocument.kind) == kind))
        keys = document_text.all_keys(session, kind) | {tuple(row) for row in rows}
        found += ((kind, batch) for batch in batches(sorted(keys), _BATCH))
    return found


def _remove_strays(session: Session) -> None:
    """Take out of the index what no row stands behind."""
    engine = engine_of(session)
    last = session.scalar(select(func.max(col(Paper.id)))) or 0
    held = set(session.scalars(select(-col(SearchDocument.id))))
    after = _LOWEST
    while batch := engine.ids_after(session, after=after, limit=_BATCH):
        after = batch[-1] if batch[-1] < 0 else max(last, batch[-1])
        engine.remove(session, [n for n in batch if (n < 0 and n not in held) or n > last])


def _spread(session: Session, touched: Touched) -> None:
    """From the rows that changed to the documents that show them."""
    for each in KINDS:
        touched[f"{each} text"] |= touched[each]
    for kind, column, shown in (
        ("author", PaperAuthor.author_id, PaperAuthor.paper_id),
        ("tag", PaperTag.tag_id, PaperTag.paper_id),
        ("verdict", PaperVerdict.verdict_id, PaperVerdict.paper_id),
        ("technique", PaperTechnique.technique_id, PaperTechnique.paper_id),
    ):
        touched["paper text"] |= _related(session, touched[kind], column, shown)
    touched["paper text"] |= _related(session, touched["note"], Note.id, Note.paper_id)
    for kind, column in (
        ("paper", Note.paper_id),
        ("technique", Note.technique_id),
        ("issue", Note.issue_id),
    ):
        touched["note text"] |= _related(session, touched[kind], column, Note.id)
    for kind, column, shown in (
        (
            "technique",
            CorrespondenceTechnique.technique_id,
            CorrespondenceTechnique.correspondence_id,
        ),
        ("issue", CorrespondenceIssue.issue_id, CorrespondenceIssue.correspondence_id),
        ("paper", CorrespondencePaper.paper_id, CorrespondencePaper.correspondence_id),
    ):
        touched["correspondence text"] |= _related(session, touched[kind], column, shown)
    touched["claim"] |= _related(session, touched["paper"], Evidence.paper_id, Evidence.claim_id)
    for kind, column in (
        ("claim", Claim.id),
        ("technique", Claim.technique_id),
        ("issue", Claim.issue_id),
    ):
        touched["cell text"] |= _related(
            session, touched[kind], column, Claim.technique_id, Claim.issue_id
        )
    for model in (Ruling, Hypothesis):
        for kind, column in (("technique", model.technique_id), ("issue", model.issue_id)):
            touched["cell text"] |= _related(
                session, touched[kind], column, model.technique_id, model.issue_id
            )


def _related(
    session: Session, keys: set[tuple[int, ...]], column: object, *wanted: object
) -> set[tuple[int, ...]]:
    """The `wanted` columns of the rows whose `column` is one of `keys`."""
    found: set[tuple[int, ...]] = set()
    for batch in batches(sorted(keys), _BATCH):
        ids = [key[0] for key in batch]
        rows = session.execute(select(*map(col, wanted)).where(col(column).in_(ids)))
        found |= {tuple(row) for row in rows if None not in tuple(row)}
    return found


def _write(session: Session, kind: DocumentKind, keys: Sequence[Key]) -> None:
    """Write the documents of `keys`, and take out those that are no more."""
    engine = engine_of(session)
    made = document_text.load_texts(session, kind, keys)
    if kind == "paper":
        numbers = {key: key[0] for key in keys}
    else:
        numbers = _numbers(session, kind, keys, made)
    engine.remove(session, [number for key, number in numbers.items() if key not in made])
    put_documents(session, {numbers[key]: analyze_document(text) for key, text in made.items()})


class Analysed(NamedTuple):
    """What a document is in the index: its tokens, and each of its words once, a space between."""

    tokens: Tokens
    words: str


def analyze_document(text: Text) -> Analysed:
    """A document by its text. Pure."""
    cuts = {name: analyze(column) for name, column in text.items()}
    tokens = {name: found for name, (found, _) in cuts.items()}
    words = dict.fromkeys(chain.from_iterable(said for _, said in cuts.values()))
    columns = {name: " ".join(found) for name, found in tokens.items()}
    return Analysed({**columns, "strong": " ".join(high_impact_terms(tokens))}, " ".join(words))


def put_documents(session: Session, made: Mapping[int, Analysed]) -> None:
    """Put documents, by number, into the index and their words into the vocabulary."""
    engine_of(session).write(session, {number: each.tokens for number, each in made.items()})
    vocabulary.count_words(session, Counter(chain(*(each.words.split() for each in made.values()))))


def _numbers(
    session: Session, kind: DocumentKind, keys: Sequence[Key], made: Collection[Key]
) -> dict[Key, int]:
    """The numbers of documents that are no papers: those that `keys` have, and new ones for what
    of `made` has none yet; the rows of the others are taken out."""
    held = _held(session, kind, keys)
    gone = [-number for key, number in held.items() if key not in made]
    if gone:
        session.execute(delete(SearchDocument).where(col(SearchDocument.id).in_(gone)))
    new = [key for key in made if key not in held]
    if new:
        session.execute(
            insert(SearchDocument),
            [{"kind": kind, "item_id": item, "other_id": other} for item, other in new],
        )
        held |= _held(session, kind, new)
    return held


def _held(session: Session, kind: DocumentKind, keys: Collection[Key]) -> dict[Key, int]:
    """The numbers of `keys`, of those that have one."""
    place = tuple_(col(SearchDocument.item_id), col(SearchDocument.other_id))
    rows = session.execute(
        select(
            col(SearchDocument.item_id), col(SearchDocument.other_id), col(SearchDocument.id)
        ).where(col(SearchDocument.kind) == kind, place.in_(keys))
    )
    return {(item, other): -number for item, other, number in rows}
