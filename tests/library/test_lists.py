"""What is kept of lists is never what was: orders, counts and vocabularies follow every change."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import pytest
from sqlmodel import Session, col, select, update

from app.database import Database, insert_many, open_database
from app.library import service
from app.library.filters import ORDERS, PaperFilters
from app.library.rules import PaperInput
from app.library_state import state_of
from app.models import Author, Kind, Paper, PaperTag, Tag, Technique, Verdict
from app.settings import Settings
from app.state_cache import StateCache

STEPS = 30
FILTERS: tuple[dict[str, tuple[str, ...]], ...] = (
    {},
    {"verdict": ("try", "unread")},
    {"technique": ("fusion",)},
    {"kind": ("paper",), "year": ("2020..2022",)},
    {"tag": ("t1", "t2")},
    {"has": ("verdict",)},
)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(open_database(settings)) as database:
        with database.write() as session:
            top = Technique(slug="fusion", name_en="Fusion")
            session.add(top)
            session.flush()
            session.add(Technique(slug="gated", name_en="Gated", parent_id=top.id))
        yield database


def add(session: Session, chance: random.Random) -> None:
    given = PaperInput(
        title=f"Paper {chance.randrange(1_000)}",
        year=chance.choice([None, 2019, 2021, 2022]),
        kind=chance.choice(list(Kind)),
        authors=chance.sample(["Wonjae Kim", "Ada Byron", "Li Fei"], chance.randrange(3)),
        tags=chance.sample(["t1", "t2", "t3"], chance.randrange(3)),
        techniques=chance.sample(["fusion", "gated"], chance.randrange(3)),
    )
    service.create_paper(session, given)


def one(session: Session, chance: random.Random) -> Paper:
    ids = session.exec(select(Paper.id)).all()
    return service.get_papers(session, [chance.choice(ids)]).popitem()[1]


def judge(session: Session, chance: random.Random) -> None:
    verdict = chance.choice(["try", "no", "later", "unread"])
    service.give_verdict(session, one(session, chance), verdict=verdict, reason="so")


def move(session: Session, chance: random.Random) -> None:
    paper = one(session, chance)
    if paper.trashed_at:
        service.restore_paper(paper)
    else:
        service.trash_paper(paper)


def carry(session: Session, chance: random.Random) -> None:
    service.set_techniques(session, one(session, chance), chance.sample(["fusion", "gated"], 1))


def reorder(session: Session, chance: random.Random) -> None:
    """By a statement, which no object follows."""
    moved = update(Verdict).where(col(Verdict.slug) == "try")
    session.execute(moved.values(position=chance.randrange(10)))


def rename(session: Session, chance: random.Random) -> None:
    session.execute(update(Author).values(sort_name=str(chance.randrange(9))))


def tag(session: Session, chance: random.Random) -> None:
    """Through the driver, as an import of many does."""
    paper = one(session, chance)
    known = session.exec(select(Tag).where(col(Tag.folded) == "t1")).first()
    if known and known not in paper.tags:
        insert_many(session, PaperTag, [{"paper_id": paper.id, "tag_id": known.id}])


CHANGES: tuple[Callable[[Session, random.Random], None], ...] = (
    add,
    add,
    judge,
    judge,
    move,
    carry,
    reorder,
    rename,
    tag,
)


Asked = tuple[dict[str, tuple[str, ...]], str, int]
ASKED: list[Asked] = [
    (chosen, sort, page) for chosen in FILTERS for sort in ORDERS for page in (1, 2)
]


def lists(session: Session, asked: Sequence[Asked]) -> list[object]:
    """Lists with the counts beside them, and what else is counted."""
    return [
        *(
            service.list_papers(
                session, PaperFilters(chosen), sort=sort, per_page=5, page=page, facets=True
            )
            for chosen, sort, page in asked
        ),
        service.count_library_papers(session),
        service.list_verdict_counts(session),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_lists_are_those_of_the_library_as_it_is(
    database: Database, settings: Settings, seed: int
) -> None:
    """Changed by one server and read by another; what is read while writing is never kept."""
    chance = random.Random(seed)
    with closing(open_database(settings)) as other:
        with database.write() as session:
            for _ in range(6):
                add(session, chance)
        for _ in range(STEPS):
            with database.write() as session:
                chance.choice(CHANGES)(session, chance)
            asked = chance.sample(ASKED, 4)
            with database.write() as session:
                computed = lists(session, asked)
            with other.read() as session:
                assert lists(session, asked) == computed
                assert lists(session, asked) == computed


def test_a_state_has_a_name_that_follows_changes_alone(database: Database) -> None:
    def name() -> str | None:
        with database.read() as session:
            return state_of(session)

    before = name()
    with database.write() as session:
        session.exec(select(Paper)).all()

    def fail() -> None:
        with database.write() as session:
            session.add(Tag(name="a", folded="a"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert name() == before
    with database.write() as session:
        assert state_of(session) is None
        session.add(Tag(name="a", folded="a"))
    assert name() not in (None, before)


def test_what_a_rehearsal_changes_is_kept_for_nobody(database: Database) -> None:
    cache = StateCache[int](2)

    def count(session: Session) -> int:
        return cache.get(session, (), lambda: len(session.exec(select(Tag)).all()))

    def rehearse(session: Session) -> int:
        session.add(Tag(name="a", folded="a"))
        return len(session.exec(select(Tag)).all())

    with database.read() as session:
        assert cache.get(session, (), lambda: rehearse(session)) == 1
    with database.read() as session:
        assert count(session) == 0


def test_a_cache_holds_so_many_and_no_more(database: Database) -> None:
    cache = StateCache[int](2)
    computed: list[int] = []

    def ask(key: int) -> None:
        def compute() -> int:
            computed.append(key)
            return key

        with database.read() as session:
            assert cache.get(session, key, compute) == key

    for key in (1, 2, 1, 3, 1, 2):
        ask(key)
    assert computed == [1, 2, 3, 2]
