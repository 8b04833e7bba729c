"""The selects of authors, tags, venues and years, with how many papers each has."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Label, case, func, or_
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app.kit.author_names import family_name
from app.kit.batches import batches
from app.kit.text import has_han, natural_sort_key, sort_key, spell_pinyin
from app.library.filters import Condition, author_called, author_meant, same_person
from app.models import Author, AuthorVariant, Paper, PaperAuthor, PaperTag, Tag, TagChange

_LIMIT = 12  # names that are offered as perhaps the same
_TRASHED = select(col(Paper.id)).where(col(Paper.trashed_at).is_not(None))
_IDS = 10_000


class Heading(NamedTuple):
    """What papers stand under, and how many outside the trash do; an author has a number."""

    label: str
    papers: int
    number: int = 0


class AuthorName(NamedTuple):
    """A name that papers print; `joined_to` says to which other the reader joined it."""

    number: int
    name: str
    papers: int
    joined_to: str = ""
    person: str = ""


def select_author(session: Session, number: int) -> Author | None:
    return session.get(Author, number)


def author_called_exactly(session: Session, name: str) -> Author | None:
    return session.exec(select(Author).where(col(Author.name) == name)).first()


def authors_meant(session: Session, written: str, most: int) -> list[Author]:
    """The first authors whom `written` may mean."""
    found = select(Author).where(author_called(written)).order_by(col(Author.sort_name))
    return list(session.exec(found.limit(most)))


def author_paper_counts(session: Session, written: str = "") -> list[tuple[int, int]]:
    """Each author (whom `written` may mean) who has papers outside the trash, by id, with their
    number; the most first."""
    count: Label[int] = func.count().label("papers")
    author: Label[int | None] = col(PaperAuthor.author_id).label("author_id")
    counted = rows(author, count).group_by(author)
    if written:
        meant = select(col(Author.id)).where(author_meant(written))
        counted = counted.where(col(PaperAuthor.author_id).in_(meant))
    # An index alone answers for all papers; those in the trash are few.
    within = session.execute(counted.where(col(PaperAuthor.paper_id).in_(_TRASHED)))
    trashed = {number: papers for number, papers in within}  # noqa: C416 (a result has keys)
    of = counted.subquery()
    ordered = (
        rows(col(Author.id), of.c.papers)
        .join(of, of.c.author_id == col(Author.id))
        .order_by(of.c.papers.desc(), col(Author.sort_name), col(Author.id))
    )
    found = [(number, papers) for number, papers in session.execute(ordered)]
    if not trashed:
        return found
    left = [(number, papers - trashed.get(number, 0)) for number, papers in found]
    return sorted((each for each in left if each[1]), key=lambda each: -each[1])


def joined_authors(session: Session) -> dict[int, int]:
    """The ids of authors whose names were joined to others', with those under which they stand."""
    person = aliased(Author)
    ties = (
        rows(col(Author.id), col(person.id))
        .join(AuthorVariant, col(AuthorVariant.name) == col(Author.name))
        .join(person, col(person.name) == col(AuthorVariant.person))
    )
    return {number: standing for number, standing in session.execute(ties)}  # noqa: C416


def count_papers_of(session: Session, authors: Collection[int]) -> set[tuple[int, int]]:
    """Author and paper, of these authors, without the trash."""
    found: set[tuple[int, int]] = set()
    pairs = rows(col(PaperAuthor.author_id), col(PaperAuthor.paper_id)).where(
        col(PaperAuthor.paper_id).not_in(_TRASHED)
    )
    for batch in batches(list(authors), _IDS):
        within = pairs.where(col(PaperAuthor.author_id).in_(batch))
        found.update((author, paper) for author, paper in session.execute(within))
    return found


def names_by_id(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    named = rows(col(Author.id), col(Author.name)).where(col(Author.id).in_(numbers))
    return {number: name for number, name in session.execute(named)}  # noqa: C416


def names_of_person(session: Session, number: int) -> list[AuthorName]:
    """All names that stand together with this author's, its own among them."""
    return _names(session, same_person([number]))


def names_perhaps_of(session: Session, name: str, known: Collection[int]) -> list[AuthorName]:
    """Other names that may mean the same person, of those that have the family name: an index says
    which these are. A Chinese name is sorted by its pinyin, a Latin one by its letters."""
    family = family_name(name)
    spelled = "".join(spell_pinyin(family)) if has_han(family) else sort_key(family)
    begun = (
        col(Author.sort_name).between(each, each + "\U0010ffff")
        for each in (spelled, f"~{spelled}")
        if spelled
    )
    found = _names(session, or_(*begun), author_called(name), col(Author.id).not_in(known))
    return [each for each in found if each.papers][:_LIMIT]


def _names(session: Session, *conditions: Condition) -> list[AuthorName]:
    papers = (
        rows(func.count(col(PaperAuthor.paper_id).distinct()))
        .where(col(PaperAuthor.author_id) == col(Author.id))
        .where(col(PaperAuthor.paper_id).not_in(_TRASHED))
        .correlate(Author)
        .scalar_subquery()
    )
    columns = (col(Author.id), col(Author.name), papers.label("papers"))
    ties = (col(AuthorVariant.joined_to), col(AuthorVariant.person))
    named = (
        rows(*columns, *(func.coalesce(tie, "") for tie in ties))
        .outerjoin(AuthorVariant, col(AuthorVariant.name) == col(Author.name))
        .where(*conditions)
        .order_by(papers.desc(), col(Author.name))
        .limit(200)
    )
    return [AuthorName(*row) for row in session.execute(named)]


def variants_under(session: Session, person: str) -> list[AuthorVariant]:
    held = select(AuthorVariant).where(col(AuthorVariant.person) == person)
    return list(session.exec(held))


def tag_counts(session: Session) -> list[Heading]:
    """Every tag, in order, those that no paper wears too."""
    worn = col(PaperTag.paper_id).is_not(None) & col(PaperTag.paper_id).not_in(_TRASHED)
    count = func.count(case((worn, 1)))
    counted = (
        rows(col(Tag.name), count)
        .outerjoin(PaperTag, col(PaperTag.tag_id) == col(Tag.id))
        .group_by(col(Tag.id), col(Tag.name))
    )
    found = (Heading(name, papers) for name, papers in session.execute(counted))
    return sorted(found, key=lambda each: natural_sort_key(each.label))


def venue_counts(session: Session) -> list[Heading]:
    """Every venue as papers write it, the one with most papers first."""
    count = func.count()
    counted = (
        rows(col(Paper.venue), count)
        .where(col(Paper.trashed_at).is_(None), col(Paper.venue) != "")
        .group_by(col(Paper.venue))
    )
    found = (Heading(name, papers) for name, papers in session.execute(counted))
    return sorted(found, key=lambda each: (-each.papers, natural_sort_key(each.label)))


def year_counts(session: Session) -> list[Heading]:
    """Every year that papers have, the latest first."""
    counted = (
        rows(col(Paper.year), func.count())
        .where(col(Paper.trashed_at).is_(None), col(Paper.year).is_not(None))
        .group_by(col(Paper.year))
        .order_by(col(Paper.year).desc())
    )
    return [Heading(str(year), papers) for year, papers in session.execute(counted)]


def tag_folded(session: Session, folded: str) -> Tag | None:
    return session.exec(select(Tag).where(col(Tag.folded) == folded)).first()


def papers_wearing(session: Session, tag: Tag) -> list[int]:
    """The ids of all papers that wear a tag, those in the trash too."""
    worn = select(PaperTag.paper_id).where(col(PaperTag.tag_id) == tag.id)
    return list(session.exec(worn.order_by(col(PaperTag.paper_id))))


def papers_there(session: Session, numbers: Sequence[int]) -> set[int]:
    """Those of the ids that are papers'."""
    return {
        number
        for batch in batches(numbers, _IDS)
        for number in session.exec(select(col(Paper.id)).where(col(Paper.id).in_(batch)))
    }


def select_tag_change(session: Session, number: int) -> TagChange | None:
    return session.get(TagChange, number)
