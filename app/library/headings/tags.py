"""Tags: listed, renamed, merged, deleted, and all that taken back."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.errors import N_, Conflict, Invalid, NotFound
from app.kit.batches import batches
from app.kit.text import fold, problem_with_text, tidy_line
from app.library.headings import queries
from app.library.headings.queries import Heading
from app.library.rules import NAME_LIMIT
from app.models import Paper, PaperTag, Tag, TagChange, utc_now
from app.state_cache import StateCache

_counts = StateCache[list[Heading]](2)
_IDS = 10_000


class TagHeld(Conflict):
    """A tag is called so already; the two can be merged."""

    type = "urn:crosswalk:tag-held"


def list_tags(session: Session, q: str = "") -> list[Heading]:
    """Every tag whose name holds `q`, in order, with how many papers wear it."""
    held = _counts.get(session, (), partial(queries.tag_counts, session))
    return [each for each in held if fold(q) in fold(each.label)] if q else held


def get_tag(session: Session, name: str) -> Tag:
    """Raises NotFound where no tag is called so, in whatever case."""
    tag = queries.tag_folded(session, fold(tidy_line(name)))
    if tag is None:
        raise NotFound(N_("There is no tag “{name}”."), name=tidy_line(name)[:80])
    return tag


def rename_tag(session: Session, tag: Tag, name: str, *, merge: bool = False) -> TagChange | None:
    """Another name for a tag on all papers that wear it; where there is a tag of that name, with
    `merge`, that one in its place. None where it is called so already.

    Raises:
        Invalid: the name (field `name`) cannot be a tag's.
        TagHeld: a tag is called so, and `merge` was not said.
    """
    name = tidy_line(name)
    if not name:
        raise Invalid.field("name", N_("Give a name."))
    if problem := problem_with_text(name, limit=NAME_LIMIT, one_line=True):
        raise Invalid({"name": problem})
    if "," in name or "，" in name:
        raise Invalid.field("name", N_("A comma parts two tags. Leave it out."))
    if name == tag.name:
        return None
    other = queries.tag_folded(session, fold(name))
    if other and other.id != tag.id and not merge:
        raise TagHeld(
            N_("There is a tag “{name}” already (papers: {count}). Merge “{tag}” into it?"),
            name=other.name,
            count=len(queries.papers_wearing(session, other)),
            tag=tag.name,
        )
    if other and other.id != tag.id:
        return _merge(session, tag, other)
    worn = queries.papers_wearing(session, tag)
    change = _remember(session, tag.name, name, worn)
    tag.name, tag.folded = name, fold(name)
    _touch(session, worn)
    return change


def delete_tag(session: Session, tag: Tag) -> TagChange:
    """No paper wears it any more, and it is gone."""
    worn = queries.papers_wearing(session, tag)
    change = _remember(session, tag.name, "", worn)
    _take_off(session, tag, worn)
    session.delete(tag)
    _touch(session, worn)
    return change


def undo_tag_change(session: Session, number: int) -> Tag:
    """The tag as it was, on the papers that wore it: on those that are still there, and that still
    wear what it had become.

    Raises:
        NotFound: no such change is known, or it was taken back already.
    """
    change = queries.select_tag_change(session, number)
    if change is None:
        raise NotFound(N_("This change of a tag was taken back already."))
    into = queries.tag_folded(session, fold(change.into)) if change.into else None
    if into and into.folded == fold(change.name):  # another case, no more
        into.name, tag = change.name, into
        wearing = queries.papers_wearing(session, into)
    else:
        wearing = sorted(queries.papers_there(session, change.papers))
        if change.into:
            has = set(queries.papers_wearing(session, into)) if into else set[int]()
            wearing = [each for each in wearing if each in has]
        tag = _tag_again(session, change.name)
        already = set(queries.papers_wearing(session, tag))
        _put_on(session, tag, [each for each in wearing if each not in already])
        if into:
            _take_off(session, into, sorted({*wearing} - {*change.both}))
            if not queries.papers_wearing(session, into):
                session.delete(into)
    session.delete(change)
    _touch(session, wearing)
    return tag


def _merge(session: Session, tag: Tag, other: Tag) -> TagChange:
    worn, has = (queries.papers_wearing(session, each) for each in (tag, other))
    both = sorted({*worn} & {*has})
    change = _remember(session, tag.name, other.name, worn, both)
    _put_on(session, other, sorted({*worn} - {*has}))
    _take_off(session, tag, worn)
    session.delete(tag)
    _touch(session, worn)
    return change


def _remember(
    session: Session, name: str, into: str, papers: list[int], both: Sequence[int] = ()
) -> TagChange:
    change = TagChange(name=name, into=into, papers=papers, both=list(both))
    session.add(change)
    session.flush()
    return change


def _tag_again(session: Session, name: str) -> Tag:
    tag = queries.tag_folded(session, fold(name))
    if tag is None:
        tag = Tag(name=name, folded=fold(name))
        session.add(tag)
        session.flush()
    return tag


def _put_on(session: Session, tag: Tag, papers: Sequence[int]) -> None:
    ties = [{"paper_id": each, "tag_id": tag.id} for each in papers]
    if ties:
        session.execute(insert(PaperTag), ties)


def _take_off(session: Session, tag: Tag, papers: Sequence[int]) -> None:
    for batch in batches(papers, _IDS):
        worn = (col(PaperTag.tag_id) == tag.id, col(PaperTag.paper_id).in_(batch))
        session.execute(delete(PaperTag).where(*worn))


def _touch(session: Session, papers: Sequence[int]) -> None:
    """Who has one of these papers open must not put the old tag back unseen."""
    session.flush()
    for batch in batches(papers, _IDS):
        changed = update(Paper).where(col(Paper.id).in_(batch))
        session.execute(changed.values(version=col(Paper.version) + 1, updated_at=utc_now()))
    session.expire_all()
