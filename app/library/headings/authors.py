"""Authors, and the names under which each of them publishes: found, joined and parted.

A paper goes on saying the name that it prints; what is joined are the names.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from app.errors import N_, Conflict, Invalid, Message, NotFound
from app.kit.author_names import parse_name
from app.kit.text import tidy_line
from app.library.headings import queries
from app.library.headings.queries import AuthorName, Heading
from app.models import Author, AuthorVariant
from app.state_cache import StateCache

_orders = StateCache[tuple[Sequence[int], Sequence[int]]](4)  # ids of authors, numbers of papers


@dataclass(frozen=True)
class Person:
    """An author: `number` and `name` are the ones that it stands under, `names` all that it has,
    the one with most papers first; `possible` may be more of them."""

    number: int
    name: str
    names: list[AuthorName]
    possible: list[AuthorName]

    @property
    def joined(self) -> list[AuthorName]:
        return [each for each in self.names if each.joined_to]


def list_authors(
    session: Session, q: str = "", *, page: int = 1, per_page: int = 50
) -> tuple[list[Heading], int]:
    """A page of the authors (whom `q` may mean), the one with most papers first; and how many there
    are. Names that were joined are one author."""
    ids, papers = _orders.get(session, q, partial(_order, session, q))
    start = (page - 1) * per_page
    shown = ids[start : start + per_page]
    names = queries.names_by_id(session, shown)
    counted = zip(shown, papers[start:], strict=False)
    return [Heading(names[each], number, each) for each, number in counted], len(ids)


def _order(session: Session, q: str) -> tuple[Sequence[int], Sequence[int]]:
    counts = queries.author_paper_counts(session, q)
    if joined := queries.joined_authors(session):
        ties = {**joined, **{standing: standing for standing in joined.values()}}
        of = queries.count_papers_of(session, ties)
        together = Counter(standing for standing, _ in {(ties[one], paper) for one, paper in of})
        met = dict.fromkeys(ties[number] for number, _ in counts if number in ties)
        alone = [(number, papers) for number, papers in counts if number not in ties]
        counts = [*((number, together[number]) for number in met), *alone]
        counts.sort(key=lambda each: -each[1])
    return array("q", [number for number, _ in counts]), array("q", [n for _, n in counts])


def get_person(session: Session, number: int) -> Person:
    """The author with this id, under whichever name.

    Raises:
        NotFound: no author has it.
    """
    asked = _get_author(session, number)
    names = queries.names_of_person(session, number)
    standing = next((each.person for each in names if each.number == number), "") or asked.name
    main = next((each for each in names if each.name == standing), None)
    possible = queries.names_perhaps_of(session, standing, [each.number for each in names])
    return Person(main.number if main else number, standing, names, possible)


def name_authors(session: Session, values: Sequence[str]) -> dict[str, str]:
    """What the authors are called whose ids are among the values of a filter."""
    numbers = [int(each) for each in values if each.isascii() and each.isdigit() and len(each) < 10]
    named = queries.names_by_id(session, numbers) if numbers else {}
    return {str(number): name for number, name in named.items()}


def find_author(session: Session, written: str) -> Author | None:
    """The author who is called exactly so, or the only one whom the name may mean."""
    written = tidy_line(written)
    exact = queries.author_called_exactly(session, parse_name(written)[0])
    if exact or not written:
        return exact
    meant = queries.authors_meant(session, written, 2)
    return meant[0] if len(meant) == 1 else None


def join_authors(session: Session, number: int, other: int) -> str:
    """From now on the names of `other` are `number`'s as well; the name that is so.

    Raises:
        NotFound: no author has one of the numbers.
        Conflict: they are one already.
    """
    name, taken = (_standing(session, _get_author(session, each).name) for each in (number, other))
    if name == taken:
        raise Conflict(N_("{name} is this author already."), name=taken)
    for each in queries.variants_under(session, taken):
        each.person = name
    session.add(AuthorVariant(name=taken, joined_to=name, person=name))
    session.flush()
    return taken


def find_to_join(session: Session, written: str) -> Author:
    """The author whom the reader means, to be joined. Raises `Invalid` (field `name`)."""
    found = find_author(session, written)
    if found is None:
        text = N_("No author is called “{name}”, or several may be. Write the name as papers do.")
        raise Invalid({"name": Message.of(text, name=tidy_line(written)[:80])})
    return found


def part_author(session: Session, number: int) -> int | None:
    """The name with this id is an author of its own again, with those that were joined to it; the
    id of the one that it was joined to, if that is still there.

    Raises:
        NotFound: no author has the number.
        Conflict: its name was not joined to another.
    """
    name = _get_author(session, number).name
    variant = session.get(AuthorVariant, name)
    if variant is None:
        raise Conflict(N_("{name} is not joined to another name."), name=name)
    others = queries.variants_under(session, variant.person)
    session.delete(variant)
    below = {name}
    while more := {each.name for each in others if each.joined_to in below} - below:
        below |= more
    for each in others:
        if each.name in below and each.name != name:
            each.person = name
    session.flush()
    main = queries.author_called_exactly(session, variant.joined_to)
    return main.id if main else None


def _get_author(session: Session, number: int) -> Author:
    author = queries.select_author(session, number)
    if author is None:
        raise NotFound(N_("There is no author {number}."), number=number)
    return author


def _standing(session: Session, name: str) -> str:
    variant = session.get(AuthorVariant, name)
    return variant.person if variant else name
