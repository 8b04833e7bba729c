"""The verbs on marks, and on the place where a reader stopped. They take a session first, and
never commit."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from sqlmodel import Session

from app.errors import N_, Invalid, NotFound, check_version
from app.files import service as files
from app.kit.passages import PagedText, Quotation, find_passage
from app.library import service as library
from app.marks import queries
from app.marks.annotations import ForeignMark
from app.marks.rules import MarkInput, MarkPatch, PlaceInput, check_mark
from app.models import Mark, Paper, Reading, ReadingPlace, utc_now
from app.notes import service as notes

_TOGETHER = 4  # pages, at most, that one passage goes over
_REMEMBERED = 1000  # marks that were removed, until the server stops
_removed: OrderedDict[int, Mark] = OrderedDict()


@dataclass(frozen=True)
class RenderedMark:
    """A mark with its comment as HTML."""

    mark: Mark
    comment: Markup


def list_marks(session: Session, paper: Paper) -> list[Mark]:
    """A paper's marks, by page."""
    return queries.select_marks(session, [paper.id])


def render_marks(session: Session, marks: Sequence[Mark]) -> list[RenderedMark]:
    """These marks with their comments rendered."""
    html = notes.render_many(session, [mark.comment for mark in marks], prefix="mark")
    return [RenderedMark(mark, comment) for mark, comment in zip(marks, html, strict=True)]


def get_mark(session: Session, mark_id: int) -> Mark:
    """Raises NotFound."""
    found = session.get(Mark, mark_id)
    if found is None:
        raise NotFound(N_("There is no mark {number}."), number=mark_id)
    return found


def create_mark(
    session: Session, paper: Paper, given: MarkInput, *, origin: str = "", origin_key: str = ""
) -> Mark:
    """Mark a passage of a paper.

    Raises:
        Invalid: what cannot be saved, by field.
        NotFound: the paper holds no such file.
    """
    checked = check_mark(given)
    if checked.file:
        files.get_file(session, paper, checked.file)
        checked = _as_extracted(session, checked)
    mark = Mark(
        paper_id=paper.id,
        sha256=checked.file,
        origin=origin,
        origin_key=origin_key,
        **checked.model_dump(exclude={"file"}),
    )
    session.add(mark)
    session.flush()
    return mark


@dataclass(frozen=True)
class TakenMarks:
    """How many marks of another program came in, and how many were here already."""

    added: int
    held: int


def take_marks(
    session: Session, paper: Paper, found: Sequence[ForeignMark], *, file: str | None, origin: str
) -> TakenMarks:
    """The marks of another program, each once: `origin` is `pdf` or `zotero`. What of them cannot
    be saved is left out."""
    known = queries.select_origin_keys(session, paper.id)
    added = 0
    for each in found:
        if each.key in known:
            continue
        try:
            given = each.given.model_copy(update={"file": file})
            create_mark(session, paper, given, origin=origin, origin_key=each.key)
        except Invalid:
            continue
        known.add(each.key)
        added += 1
    return TakenMarks(added, len(found) - added)


def count_new(session: Session, paper: Paper, found: Sequence[ForeignMark]) -> int:
    """How many marks of another program a paper has not taken in."""
    return len({each.key for each in found} - queries.select_origin_keys(session, paper.id))


def _as_extracted(session: Session, given: MarkInput) -> MarkInput:
    """The words as the extracted text of their pages has them: a browser cannot know which hyphen
    at a line's end is a word's own."""
    quotation = Quotation(given.exact, given.prefix, given.suffix)
    text = PagedText(queries.select_texts(session, given.file or "", given.page, _TOGETHER))
    found = find_passage(quotation, text, least=1)
    return given.model_copy(update={"exact": text.cut(found)}) if found else given


def update_mark(
    session: Session, mark: Mark, given: MarkPatch, *, version: int | None = None
) -> None:
    """Another meaning, or another comment. Raises Invalid, and Stale."""
    check_version(mark.version, version)
    changes = given.model_dump(exclude_none=True)
    before = MarkInput(
        file=mark.sha256,
        **{name: getattr(mark, name) for name in MarkInput.model_fields if name != "file"},
    )
    checked = check_mark(before.model_copy(update=changes))
    mark.colour, mark.comment = checked.colour, checked.comment
    mark.version += 1
    mark.updated_at = utc_now()
    session.flush()


def remove_mark(session: Session, mark: Mark, *, version: int | None = None) -> None:
    """A mark is no more; until the server stops, `restore_mark` brings it back. Raises Stale."""
    check_version(mark.version, version)
    _removed[mark.id] = Mark(**mark.model_dump())
    while len(_removed) > _REMEMBERED:
        _removed.popitem(last=False)
    session.delete(mark)
    session.flush()


def restore_mark(session: Session, mark_id: int) -> Mark:
    """A mark that was removed, under the number that it had.

    Raises NotFound: nothing is known of it any more.
    """
    removed = _removed.get(mark_id)
    if removed is None or session.get(Mark, mark_id) is not None:
        raise NotFound(N_("There is no mark {number} to bring back."), number=mark_id)
    mark = Mark(**removed.model_dump())
    session.add(mark)
    session.flush()
    return mark


def get_place(session: Session, paper: Paper) -> ReadingPlace | None:
    """Where the reader stopped in a paper."""
    return session.get(ReadingPlace, paper.id)


def remember_place(session: Session, paper: Paper, given: PlaceInput) -> bool:
    """Remember where the reader is. Whoever turns the first page of a paper for the first time is
    reading it: returns whether that made it so.

    Raises NotFound: the paper holds no such file.
    """
    files.get_file(session, paper, given.file)
    place = get_place(session, paper)
    if place:
        place.sha256, place.page, place.read_at = given.file, given.page, utc_now()
    elif given.page > 1:
        session.add(ReadingPlace(paper_id=paper.id, sha256=given.file, page=given.page))
        if paper.reading == Reading.UNREAD:
            library.set_reading(paper, Reading.READING)
            session.flush()
            return True
    session.flush()
    return False


def marks_by_paper(session: Session, papers: Iterable[int]) -> dict[int, list[Mark]]:
    """The marks of papers, by the papers' ids; one statement."""
    found: dict[int, list[Mark]] = {}
    for mark in queries.select_marks(session, list(papers)):
        found.setdefault(mark.paper_id, []).append(mark)
    return found
