"""Whether quotations stand in the texts that are held of their sources, and where.

`FOLLOWER` keeps what evidence says of it in step with notes, abstracts, files and their pages.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlmodel import Session

from app.changes import Changes, Follower
from app.comparison import queries
from app.kit.batches import batches
from app.kit.passages import (
    NEAR,
    PagedText,
    Passage,
    Quotation,
    find_alike,
    find_passage,
    whole_sentences,
)
from app.models import Evidence, EvidenceStanding
from app.notes.markdown import plain_text

_BATCH = 500  # claims whose sources' texts are held at once
_READ_LIMIT = 200_000  # characters; of a longer note the quotation must stand as it was written
_ABSTRACT = re.compile(r"abstract|摘要", re.IGNORECASE)
_PAGES = (
    re.compile(r"\bp(?:p|gs?|ages?)?\.?\s*(\d{1,4})(?:\s*[-–—]\s*(\d{1,4}))?", re.IGNORECASE),
    re.compile(r"第?\s*(\d{1,4})(?:\s*[-–—~至到]\s*(\d{1,4}))?\s*页"),
)
# So much alike must a sentence be in a file that came later, for it to be the one that is quoted.
_ANOTHER_VERSION = 0.7


@dataclass(frozen=True)
class SourceText:
    """A text of a paper: an abstract, or a file with when it was added."""

    text: PagedText
    sha256: str | None = None
    arxiv_version: int | None = None
    came: int = 0  # the order in which the paper's files were added


@dataclass(frozen=True)
class HeldTexts:
    """What is held of a quoted source.

    `current`: of a paper the file of its newest version, the files without one, the abstract; of a
    note what it says. `older`: the versions before. `is_waiting`: some file's text is not extracted
    yet.
    """

    current: Sequence[SourceText] = ()
    older: Sequence[SourceText] = ()
    is_waiting: bool = False
    note: str | None = None
    looked_version: int | None = None
    read: list[PagedText] = field(default_factory=list)  # the note as it is read, when needed

    @property
    def abstract(self) -> SourceText | None:
        return next((each for each in self.current if each.sha256 is None), None)

    @property
    def files(self) -> list[SourceText]:
        return [each for each in self.current if each.sha256]

    @property
    def note_texts(self) -> Iterator[PagedText]:
        """The note as it is written, then as it is read."""
        if self.note is not None:
            yield self.current[0].text
            if not self.read and len(self.note) < _READ_LIMIT:
                self.read.append(PagedText([plain_text(self.note)]))
            yield from self.read


class Look(NamedTuple):
    """Where a quotation stands: the columns of `Evidence` that say so."""

    standing: EvidenceStanding
    page: int | None = None
    sha256: str | None = None
    now: str = ""
    looked_version: int | None = None


Source = tuple[str, int]  # "note" or "paper", id
_NONE = HeldTexts()


def texts_held(session: Session, evidence: Iterable[Evidence]) -> Mapping[Source, HeldTexts]:
    """What is held of the notes and papers that these pieces quote, in four statements."""
    quoting = [each for each in evidence if each.quote]
    notes = {each.note_id for each in quoting if each.note_id}
    papers = {each.paper_id for each in quoting if each.paper_id}
    return read_sources(session, notes=notes, papers=papers)


def read_sources(
    session: Session, *, notes: Collection[int] = (), papers: Collection[int] = ()
) -> Mapping[Source, HeldTexts]:
    """What is held of these notes and papers."""
    texts: dict[Source, HeldTexts] = {}
    for number, body in queries.note_bodies(session, notes).items():
        texts["note", number] = HeldTexts([SourceText(PagedText([body]))], note=body)
    files = queries.quoted_files(session, papers)
    pages = queries.pages_of_files(session, {each.sha256 for each in files})
    by_paper: dict[int, list[queries.HeldFile]] = defaultdict(list)
    for each in files:
        by_paper[each.paper_id].append(each)
    for number, abstract in queries.paper_abstracts(session, papers).items():
        texts["paper", number] = _texts_of_paper(abstract, by_paper[number], pages)
    return texts


def _texts_of_paper(
    abstract: str, files: Sequence[queries.HeldFile], pages: Mapping[str, Sequence[str]]
) -> HeldTexts:
    read = [
        SourceText(PagedText(pages[each.sha256]), each.sha256, each.arxiv_version, came)
        for came, each in enumerate(files, 1)
        if each.sha256 in pages
    ]
    versions = sorted(
        (each for each in read if each.arxiv_version),
        key=lambda each: (each.arxiv_version or 0, each.came),
        reverse=True,
    )
    newest = versions[0].arxiv_version if versions else None
    current = [each for each in versions if each.arxiv_version == newest]
    current += [each for each in reversed(read) if each.arxiv_version is None]
    if abstract.strip():
        current.append(SourceText(PagedText([abstract])))
    return HeldTexts(
        current,
        [each for each in versions if each.arxiv_version != newest],
        is_waiting=any(each.is_waiting for each in files),
        looked_version=newest,
    )


def look_for(piece: Evidence, held: HeldTexts) -> Look:
    """Where the quotation of `piece` stands in what is held of its source."""
    if not piece.quote:
        return Look(EvidenceStanding.UNCHECKED)
    if piece.note_id:
        return _look_in_note(Quotation(piece.quote), held)
    return _look_in_paper(piece, held)._replace(looked_version=held.looked_version)


def _look_in_note(quotation: Quotation, held: HeldTexts) -> Look:
    texts = []
    for text in held.note_texts:
        if find_passage(quotation, text, least=1):
            return Look(EvidenceStanding.STANDS)
        texts.append(text)
    found = find_alike(quotation, texts[-1]) if texts else None
    if found is None:
        return Look(EvidenceStanding.GONE)
    return Look(EvidenceStanding.REWORDED, now=_sentences(texts[-1], found))


def _look_in_paper(piece: Evidence, held: HeldTexts) -> Look:
    quotation = Quotation(piece.quote)
    says_abstract = _ABSTRACT.match(piece.locator) is not None
    pages = pages_named(piece.locator)
    texts = list(held.current)
    if says_abstract and held.abstract:
        texts.insert(0, texts.pop(texts.index(held.abstract)))
    for each in texts:
        page = pages.start if pages else None
        found = find_passage(quotation, each.text, page=page, least=1)
        if found and (other := _reworded_later(quotation, each, held)):
            return other
        if found:
            return _standing_at(found, each, pages, moved=says_abstract and bool(held.abstract))
    if held.is_waiting:
        standing = EvidenceStanding(piece.standing)
        return Look(standing, piece.page, piece.sha256, piece.now)
    # Of a paper of which the abstract alone is held, a quotation may be from further in.
    was_there = says_abstract or piece.standing != EvidenceStanding.UNCHECKED
    if not held.current or not (held.files or was_there):
        return Look(EvidenceStanding.UNCHECKED)
    alike = [(found, each) for each in texts if (found := find_alike(quotation, each.text))]
    if alike:
        return _reworded(*max(alike, key=lambda pair: pair[0].score))
    for each in held.older:
        if found := find_passage(quotation, each.text, least=1):
            return Look(EvidenceStanding.GONE, found.page, each.sha256)
    return Look(EvidenceStanding.GONE)


def _standing_at(found: Passage, held: SourceText, pages: range | None, *, moved: bool) -> Look:
    if held.sha256 is None:
        return Look(EvidenceStanding.STANDS)
    # A number that the file has no page of is one that is printed on it: `p. 84` of a journal.
    elsewhere = pages and pages.start <= len(held.text.pages) and found.page not in pages
    moved = moved or bool(elsewhere)
    standing = EvidenceStanding.MOVED if moved else EvidenceStanding.STANDS
    return Look(standing, found.page, held.sha256)


def _reworded_later(quotation: Quotation, stands_in: SourceText, held: HeldTexts) -> Look | None:
    """A file that came later and says it in other words: another version, though nobody said so."""
    for each in held.files if stands_in.sha256 else ():
        if each.came > stands_in.came and not find_passage(quotation, each.text, least=1):
            found = find_alike(quotation, each.text, least=_ANOTHER_VERSION)
            if found:
                return _reworded(found, each)
    return None


def _reworded(found: Passage, held: SourceText) -> Look:
    page = found.page if held.sha256 else None
    now = _sentences(held.text, found)
    return Look(EvidenceStanding.REWORDED, page, held.sha256, now)


def _sentences(text: PagedText, found: Passage) -> str:
    return text.cut(whole_sentences(text, found))


def nearest_in_abstract_or_note(quote: str, held: HeldTexts) -> str:
    """The sentences that come nearest to `quote`; "" where none does."""
    texts = list(held.note_texts)[-1:] or [each.text for each in [held.abstract] if each]
    for text in texts:
        if found := find_alike(Quotation(quote), text, least=NEAR):
            return _sentences(text, found)
    return ""


def says_abstract(locator: str) -> bool:
    """Whether a place is an abstract, in either language."""
    return _ABSTRACT.match(locator) is not None


def pages_named(locator: str) -> range | None:
    """The pages that a place names: `p. 3`, `pp. 3–4`, `第 3 页`; None where it names none."""
    for pattern in _PAGES:
        if found := pattern.search(locator):
            first = int(found[1])
            return range(first, max(first, int(found[2] or 0)) + 1)
    return None


def with_page(locator: str, page: int) -> str:
    """`locator` with `page` in the place of the page it names, or added to what it says."""
    for pattern in _PAGES:
        if found := pattern.search(locator):
            _, end = found.span(2) if found[2] else found.span(1)
            return f"{locator[: found.start(1)]}{page}{locator[end:]}"
    rest = _ABSTRACT.sub("", locator).strip(" ,;，；")
    return f"{rest}, p. {page}" if rest else f"p. {page}"


# --- Kept in step ---


def find_outdated(session: Session) -> Iterator[int]:
    """The claims with a quotation of which is kept what is so no more."""
    for batch in batches(queries.claims_ever(session), _BATCH):
        pieces = queries.evidence_of_claims(session, batch)
        texts = texts_held(session, pieces)
        stale = {each.claim_id for each in pieces if _look(each, texts) != _said(each)}
        yield from sorted(number for number in stale if number)


def check_quotations(session: Session, changes: Changes) -> None:
    """See where the quotations stand that this transaction may have touched."""
    claims = changes.ids("claim") | {number for (number,) in changes.values("evidence", "claim_id")}
    for batch in batches(sorted(changes.edited("note", "body")), _BATCH):
        claims |= queries.claims_quoting(session, notes=batch)
    papers = {number for (number,) in changes.values("paper_file", "paper_id")}
    papers |= changes.edited("paper", "abstract")
    files = {
        str(one) for name in ("file", "file_page") for (one,) in changes.values(name, "sha256")
    }
    for some in batches(sorted(files), _BATCH):
        papers |= queries.papers_with_files(session, some)
    for batch in batches(sorted(papers), _BATCH):
        claims |= queries.claims_quoting(session, papers=batch)
    for batch in batches(sorted(claims), _BATCH):
        pieces = queries.evidence_of_claims(session, batch)
        texts = texts_held(session, pieces)
        for piece in pieces:
            look = _look(piece, texts)
            if look != _said(piece):
                for name, value in look._asdict().items():
                    setattr(piece, name, value)
    session.flush()


def _look(piece: Evidence, texts: Mapping[Source, HeldTexts]) -> Look:
    source = ("note", piece.note_id) if piece.note_id else ("paper", piece.paper_id or 0)
    return look_for(piece, texts.get(source, _NONE))


def _said(piece: Evidence) -> Look:
    return Look(*(getattr(piece, name) for name in Look._fields))


FOLLOWER = Follower(
    "quotations",
    check_quotations,
    {
        "claim": ["id"],
        "evidence": ["claim_id"],
        "note": ["id"],
        "paper": ["id"],
        "paper_file": ["paper_id"],
        "file": ["sha256"],
        "file_page": ["sha256"],
    },
    edits=[("note", "body"), ("paper", "abstract")],
)
