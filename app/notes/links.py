"""Links: what the references of texts name, and the rows that backlinks are read from.

While a session flushes, the texts that changed are written down; before it commits, `refresh_links`
(a hook of `Database.before_commit`) writes their links anew. What bulk statements change is not
seen.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from sqlalchemy import delete, event, insert
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel, col

from app.kit.batches import batches
from app.kit.text import fold
from app.models import Claim, Correspondence, Link, Note, Ruling
from app.notes import queries
from app.notes.markdown import references
from app.notes.references import Reference, Target

_INFO = "texts_changed"
_BATCH = 500  # ids one statement names
_LOOK_UP = 5_000  # references of one page that are looked up; SQLite takes 32,766 values

# What `[[…]]` without a prefix may be.
BY_NAME = ("paper", "title", "arxiv")


def resolve(session: Session, wanted: Collection[Reference]) -> Mapping[Reference, Target]:
    """What these references name in the library; at most three statements, however many."""
    wanted = list(islice(sorted(wanted), _LOOK_UP))
    names = {each.key for each in wanted if each.kind in ("paper", "title")}
    arxiv_ids = {each.key for each in wanted if each.kind == "arxiv"}
    found: dict[Reference, Target] = {}
    if names:
        for note in queries.notes_named(session, names):
            target = Target(f"/notes/{note.id}", note.title, "note")
            found |= dict.fromkeys(_by_name(note.folded), target)
    if names or arxiv_ids:
        # Weakest first: a key wins over a title, of two papers of one title the older.
        papers = queries.papers_named(session, names=names, arxiv_ids=arxiv_ids)[::-1]
        targets = [
            Target(f"/papers/{p.citekey}", p.short_title or p.title, "paper") for p in papers
        ]
        for names_of in (_titles, _former, _keys):
            for paper, target in zip(papers, targets, strict=True):
                found |= dict.fromkeys(names_of(paper), target)
    terms = [each for each in wanted if each.kind in queries.SLUGGED]
    slugs: dict[str, set[str]] = {}
    for term in terms:
        slugs.setdefault(term.kind, set()).add(term.key)
    held = {(term.kind, term.slug): term for term in queries.named_by_slug(session, slugs)}
    for reference in terms:
        if named := held.get((reference.kind, reference.key)):
            url = f"/{named.kind}s/{named.slug}"
            english, chinese = named.name_en or named.name_zh, named.name_zh
            found[reference] = Target(url, english, named.kind, chinese)
    return found


def _titles(paper: queries.Named) -> Iterable[Reference]:
    for name in {fold(paper.title), fold(paper.short_title)}:
        yield from _by_name(name)


def _former(paper: queries.Named) -> Iterable[Reference]:
    return _by_name(paper.former or "")


def _keys(paper: queries.Named) -> Iterable[Reference]:
    yield from _by_name(fold(paper.citekey))
    if paper.arxiv_id:
        yield Reference("arxiv", paper.arxiv_id)


def _by_name(name: str) -> Iterable[Reference]:
    return (Reference("paper", name), Reference("title", name)) if name else ()


@event.listens_for(Session, "after_flush")
def _write_down(session: Session, _context: UOWTransaction) -> None:
    changed: dict[tuple[str, int], str | None] = session.info.setdefault(_INFO, {})
    for row in (*session.new, *session.dirty):
        if (key := _source(row)) is not None:
            changed[key] = _text(row)
    for row in session.deleted:
        if (key := _source(row)) is not None:
            changed[key] = None


def _source(row: SQLModel) -> tuple[str, int] | None:
    if isinstance(row, (Note, Claim, Ruling, Correspondence)) and row.id is not None:
        return type(row).__name__.lower(), row.id
    return None


def _text(row: SQLModel) -> str:
    if isinstance(row, Note):
        return row.body
    if isinstance(row, Correspondence):
        return row.text
    return row.rationale if isinstance(row, (Claim, Ruling)) else ""


def refresh_links(session: Session) -> None:
    """Write anew the links of the notes, claims … that this transaction changed.

    Mentions that an import recognised are not written in the text, and stay.
    """
    changed: dict[tuple[str, int], str | None] = session.info.pop(_INFO, {})
    for kind in ("note", "claim", "ruling", "correspondence"):
        texts = {number: text for (name, number), text in changed.items() if name == kind}
        for batch in batches(sorted(texts), _BATCH):
            session.execute(
                delete(Link).where(
                    col(Link.source_kind) == kind,
                    col(Link.source_id).in_(batch),
                    col(Link.origin) == "text",
                )
            )
        gone = [number for number, text in texts.items() if text is None]
        for batch in batches(gone, _BATCH):
            session.execute(
                delete(Link).where(col(Link.source_kind) == kind, col(Link.source_id).in_(batch))
            )
        links = [
            {
                "source_kind": kind,
                "source_id": number,
                "target_kind": reference.kind,
                "target_key": reference.key,
                "origin": "text",
            }
            for number, text in texts.items()
            for reference in sorted(references(text or ""))
        ]
        if links:
            session.execute(insert(Link), links)
