"""Two papers side by side: what differs, what is to be kept; what the reader decided."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.errors import N_, Conflict
from app.library import queries, service
from app.library.duplicates import duplicate_search, merging
from app.library.duplicates.merging import CHOOSABLE
from app.library.duplicates.similarity import Likeness
from app.models import Paper, PaperDistinct, PaperMerge
from app.state_cache import StateCache

_pairs: StateCache[list[duplicate_search.DuplicatePair]] = StateCache(
    1, reads=duplicate_search.SEARCHED
)


@dataclass(frozen=True)
class Choice:
    """One field of two papers: what each says of it, and whether the second's is to be had."""

    name: str
    first: str
    second: str
    second_chosen: bool = False

    @property
    def differs(self) -> bool:
        return self.first != self.second


@dataclass(frozen=True)
class ComparedPair:
    """Two papers that are or may be one, with their fields; `likeness` is None where the reader
    asked for them."""

    first: Paper
    second: Paper
    choices: list[Choice]
    likeness: Likeness | None = None


@dataclass(frozen=True)
class PairList:
    pairs: list[ComparedPair]
    total: int


def list_pairs(session: Session, *, page: int = 1, per_page: int = 10) -> PairList:
    """The duplicates of the library, the surest first, without those that the reader said are two;
    looked for again when a paper or its authors have changed."""
    likely = _pairs.get(session, "all", lambda: duplicate_search.find_duplicates(session))
    found = duplicate_search.without_distinct(session, likely)
    shown = found[(page - 1) * per_page : page * per_page]
    papers = queries.by_ids(session, {n for each in shown for n in (each.first_id, each.second_id)})
    pairs = [
        pair_of(papers[each.first_id], papers[each.second_id], each.likeness) for each in shown
    ]
    return PairList(pairs, len(found))


def pair_of(first: Paper, second: Paper, likeness: Likeness | None = None) -> ComparedPair:
    """Two papers (with what their pages show), field by field."""
    one, other = _told(first), _told(second)
    published = merging.choose_publication(first, second)
    choices = [
        Choice(
            name,
            one[name],
            other[name],
            name in published or _is_better(name, one, other, first, second),
        )
        for name in CHOOSABLE
        if one[name] or other[name]
    ]
    return ComparedPair(first, second, choices, likeness)


def _is_better(
    name: str, one: Mapping[str, str], other: Mapping[str, str], first: Paper, second: Paper
) -> bool:
    """What the reader wrote is kept, then what there is, then the older paper's."""
    if not one[name] or not other[name]:
        return not one[name]
    return name in second.reader_fields and name not in first.reader_fields


def _told(paper: Paper) -> dict[str, str]:
    given = paper.verdict
    special = {
        "authors": "; ".join(paper.authors),
        "details": "; ".join(f"{name}: {text}" for name, text in sorted(paper.details.items())),
        "verdict": f"{given.verdict.slug}: {given.reason}" if given else "",
    }
    return {name: special.get(name, str(getattr(paper, name, "") or "")) for name in CHOOSABLE}


def tell_apart(session: Session, first: Paper, second: Paper) -> None:
    """The reader says that these are two papers: they are not shown as one any more.

    Raises:
        Conflict: they are one paper.
    """
    if first.id == second.id:
        raise Conflict(N_("These are one paper already."))
    ends = sorted((first.id, second.id))
    if not session.get(PaperDistinct, tuple(ends)):
        session.add(PaperDistinct(first_id=ends[0], second_id=ends[1]))
        session.flush()


def list_merges(session: Session) -> list[tuple[PaperMerge, Paper]]:
    """Every merge that can be taken back, the latest first, with the paper that it made."""
    return queries.select_merges(session)


def list_merges_into(session: Session, paper: Paper) -> list[PaperMerge]:
    """The other records that were taken into a paper, the latest first."""
    return queries.select_merges_into(session, paper.id)


def merge_by_key(
    session: Session, keep: str, other: str, *, take: frozenset[str] | None = None
) -> PaperMerge:
    """`merging.merge_papers` by citation keys. Raises NotFound for a key that no paper has."""
    return merging.merge_papers(
        session, service.get_paper(session, keep), service.get_paper(session, other), take=take
    )
