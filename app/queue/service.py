"""The verbs of the queue. They take a session first, decide and write, and never commit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import NamedTuple

from sqlmodel import Session

from app.database import insert_many
from app.errors import N_, Conflict, Invalid, Message, NotFound
from app.kit.passages import sentences_of
from app.library import service as library
from app.library.filters import PaperFilters
from app.models import UNREAD, Paper, QueueSample, QueueSamplePaper, Reading, Verdict, today
from app.queue import queries
from app.queue.learner import rank_words
from app.queue.missed import CONFIDENCE, bound_missed
from app.queue.queries import Member
from app.queue.ranking import RANKED, QueueOrder, RankedQueue, rank_queue
from app.queue.rules import (
    QueueSource,
    Selection,
    Standing,
    count_run,
    draw_curve,
    fuse_orders,
    offered_sizes,
    standing_of,
)
from app.queue.words import is_telling, number_words, spell_words
from app.search import service as search

_TELLING = 6  # words that say why a paper stands where it does
_LAST = 5  # judged papers to which one can go back
_LISTS = 8
_ROWS = 10  # of a curve as a table
_SENTENCES = 40  # of an abstract that are looked at


@dataclass(frozen=True)
class QueuedPaper:
    """A paper that waits: its score (None where the order is by date), the words that speak for it,
    and the sentence that has the most of them."""

    paper: Paper
    score: float | None
    because: list[str]
    sentence: str


@dataclass(frozen=True)
class SampleStanding:
    """How far a random sample is judged: of `waiting` papers that were left then `size` were drawn.
    `at_most` says how many of those that were not drawn are relevant at most, at CONFIDENCE per
    cent; None until all of it is decided. `number` counts the samples of this queue."""

    sample: QueueSample
    judged: int
    relevant: int
    left: list[int]
    number: int

    @property
    def size(self) -> int:
        return self.judged + len(self.left)

    @property
    def at_most(self) -> int | None:
        if self.left:
            return None
        return bound_missed(self.sample.waiting, self.judged, self.relevant)


class SampleOffer(NamedTuple):
    """A size of a sample, and what could be said after it, were none of it relevant."""

    size: int
    at_most: int


@dataclass(frozen=True)
class Queue:
    """A queue: its first papers, how far it is, and how it ends."""

    selection: Selection
    title: str  # of the imported list
    items: list[QueuedPaper]
    waiting: int
    unranked: int  # of them, older than those that are looked at
    judged: int
    relevant: int
    run: int
    curve: list[tuple[int, int]]
    order: QueueOrder
    sample: SampleStanding | None
    offers: list[SampleOffer]
    last: list[Paper]  # that were judged, the latest first
    verdicts: list[Verdict]
    lists: list[tuple[int, str, int]]
    notice: Message | None

    @property
    def table(self) -> list[tuple[int, int]]:
        """The curve in a few rows, the last one its end."""
        step = max(1, -(-(len(self.curve) - 1) // _ROWS))
        return [*self.curve[step:-1:step], self.curve[-1]]

    @property
    def bound(self) -> int | None:
        """How many relevant papers may have been missed; None as long as nobody can say."""
        if not self.waiting:
            return 0 if self.judged else None
        return self.sample.at_most if self.sample else None


@dataclass(frozen=True)
class _Members:
    """The papers of a selection; `waiting` in the order in which they came, the newest first, those
    that are due before all and the postponed ones last."""

    title: str
    every: list[Member]
    waiting: list[Member]
    given: Mapping[int, Standing]
    judged: list[tuple[int, bool]]  # papers in the order of their verdicts, whether relevant
    verdicts: list[Verdict]
    notice: Message | None


def get_queue(
    session: Session,
    selection: Selection,
    *,
    limit: int = 20,
    paper: str = "",
    ranked: bool = False,
) -> Queue:
    """The first papers of a queue, most promising first; before them those whose day has come, and
    last those that were put off. Who is put off until a later day does not wait.

    While a sample is being judged its papers come first, in the order in which they were drawn,
    unless the order is to be `ranked`. `paper`, a citation key, comes before all: one to be looked
    at again, perhaps. A constant number of statements, but for texts that are new here.

    Raises:
        NotFound: there is no such imported list, or no such paper.
    """
    members = _read_members(session, selection)
    looked_at = members.every[:RANKED]
    numbers = {each.id for each in looked_at}
    order = rank_queue(
        session,
        selection.key,
        {each.id: each.stamp for each in looked_at},
        members.given,
        queries.select_note_stamps(session),
    )
    sample = _standing(session, selection, members.given)
    ids = _sorted(members, order, numbers, queries.select_worth(session))
    if sample and sample.left and not ranked:
        decided = {each.id for each in members.waiting if each.verdict is None}
        ids = sorted(sample.left, key=lambda each: each not in decided)
    asked = library.get_paper(session, paper) if paper else None
    if asked:
        ids = [asked.id, *(each for each in ids if each != asked.id)]
    last = [number for number, _ in reversed(members.judged[-_LAST:])]
    papers = library.get_papers(session, {*ids[:limit], *last})
    texts = queries.select_paper_texts(session, ids[:limit]) if order.lesson else {}
    standings = [relevant for _, relevant in members.judged]
    return Queue(
        selection=selection,
        title=members.title,
        items=[
            _queued(papers[each], order, texts.get(each, ""))
            for each in ids[:limit]
            if each in papers
        ],
        waiting=len(members.waiting),
        unranked=sum(each.id not in numbers for each in members.waiting),
        judged=len(standings),
        relevant=sum(standings),
        run=count_run(standings),
        curve=draw_curve(standings),
        order=order.order,
        sample=sample,
        offers=[
            SampleOffer(size, bound_missed(len(members.waiting), size, 0))
            for size in offered_sizes(len(members.waiting))
        ]
        if members.waiting
        else [],
        last=[papers[each] for each in last if each in papers],
        verdicts=members.verdicts,
        lists=queries.select_lists(session, _LISTS),
        notice=members.notice,
    )


def _read_members(session: Session, selection: Selection) -> _Members:
    name = queries.batch_name(session, selection.batch) if selection.batch else ""
    if name is None:
        raise NotFound(N_("There is no imported list {number}."), number=selection.batch)
    asked = search.papers_asked(session, selection.q, PaperFilters(), filled=False)
    passing = library.select_passing(session, asked.filters)
    every = queries.select_members(session, passing, asked.select, selection.batch)
    verdicts = library.list_verdicts(session)
    says = {each.id: standing_of(each.slug, each.colour) for each in verdicts}
    given = {each.paper: says[each.verdict] for each in queries.select_given(session)}
    within = {each.id for each in every}
    now = today()
    waits = [each for each in every if _waits(each, selection.source, says, now)]
    return _Members(
        title=name,
        every=every,
        waiting=sorted(waits, key=lambda each: _turn(each, now)),
        given=given,
        judged=[
            (paper, standing is Standing.RELEVANT)
            for paper, standing in given.items()
            if standing is not Standing.POSTPONED and paper in within
        ],
        verdicts=verdicts,
        notice=asked.notice,
    )


def _turn(member: Member, now: str) -> tuple[bool, bool, str]:
    """Those whose day has come stand first, those put off last, by their days."""
    is_due = "" < member.due <= now
    return not is_due, member.verdict is not None, member.due


def _waits(member: Member, source: QueueSource, says: Mapping[int, Standing], now: str) -> bool:
    postponed = member.verdict is not None and says[member.verdict] is Standing.POSTPONED
    unjudged = member.verdict is None
    match source:
        case QueueSource.ALL:
            return unjudged or ("" < member.due <= now) or (postponed and not member.due)
        case QueueSource.UNREAD:
            return unjudged and member.reading == Reading.UNREAD
        case QueueSource.POSTPONED:
            return postponed
        case QueueSource.NEW:
            return unjudged and member.is_new


def _sorted(
    members: _Members, order: RankedQueue, ranked: Collection[int], worth: Mapping[int, float]
) -> list[int]:
    scores, now = fuse_orders(order.scores, worth), today()
    return [
        each.id
        for each in sorted(
            members.waiting,
            key=lambda each: (
                _turn(each, now),
                each.id not in ranked,
                -scores.get(each.id, 0),
            ),
        )
    ]


def _queued(paper: Paper, order: RankedQueue, text: str) -> QueuedPaper:
    lesson = order.lesson
    if lesson is None or paper.id not in order.scores:
        return QueuedPaper(paper, None, [], "")
    words = [each for each in rank_words(order.corpus, lesson, paper.id) if is_telling(each[0])]
    return QueuedPaper(
        paper,
        order.scores[paper.id],
        spell_words([word for word, _ in words[: 2 * _TELLING]], text)[:_TELLING],
        _best_sentence(paper.abstract, dict(words)),
    )


def _best_sentence(text: str, weights: Mapping[int, float]) -> str:
    """The sentence whose words speak most for the paper; none where there is but one."""
    spans = list(sentences_of(text))[:_SENTENCES]
    if len(spans) < 2:
        return ""
    sentences = [text[start:end] for start, end in spans]
    scores = [sum(weights.get(word, 0) for word in number_words(each)) for each in sentences]
    best = max(range(len(scores)), key=scores.__getitem__)
    return sentences[best] if scores[best] > 0 else ""


# --- Verdicts -----------------------------------------------------------------------------------


class JudgedPaper(NamedTuple):
    """A verdict that was given in the queue; `before` is the one in force until then, or 0."""

    paper: Paper
    number: int
    before: int


def judge_paper(
    session: Session, citekey: str, *, verdict: str, reason: str, due: str = ""
) -> JudgedPaper:
    """The reader's verdict on a paper, to be taken back by `take_back`.

    Raises:
        NotFound, Invalid: as `library.give_verdict`; `unread` is no verdict here.
    """
    paper = library.get_paper(session, citekey)
    if verdict == UNREAD:
        raise Invalid.field("verdict", N_("Choose one of the verdicts."))
    before = paper.verdict.id if paper.verdict else 0
    library.give_verdict(session, paper, verdict=verdict, reason=reason, due=due)
    assert paper.verdict
    return JudgedPaper(paper, paper.verdict.id, before)


def take_back(session: Session, number: int, before: int) -> Paper:
    """Undoes `judge_paper`: the verdict `number` is gone, and `before` in force again.

    Raises:
        Conflict: it is not the verdict in force any more.
    """
    given = queries.verdict_by_id(session, number)
    if given is None or not given.is_current or given.paper_id is None:
        raise Conflict(N_("This verdict has changed since. Nothing was undone."))
    paper = library.get_papers(session, [given.paper_id])[given.paper_id]
    library.withdraw_verdict(session, paper, before=before)
    return paper


# --- The end ------------------------------------------------------------------------------------


def draw_sample(session: Session, selection: Selection, size: int) -> SampleStanding:
    """Draws `size` of the papers that wait at random, to be judged next; all, where fewer wait.

    Raises:
        Invalid: `size` is none.
        Conflict: nothing waits, or the sample before is not judged yet.
    """
    members = _read_members(session, selection)
    if size < 1:
        raise Invalid.field("size", N_("Draw at least one paper."))
    if not members.waiting:
        raise Conflict(N_("Nothing is left, so nothing can have been missed."))
    before = _standing(session, selection, members.given)
    if before and before.left:
        raise Conflict(N_("Judge the sample that was drawn first, or give it up."))
    waiting = [each.id for each in members.waiting]
    drawn = SystemRandom().sample(waiting, min(size, len(waiting)))
    sample = QueueSample(selection=selection.key, waiting=len(waiting), size=len(drawn))
    session.add(sample)
    session.flush()
    insert_many(
        session,
        QueueSamplePaper,
        [
            {"sample_id": sample.id, "paper_id": paper, "position": place}
            for place, paper in enumerate(drawn)
        ],
    )
    standing = _standing(session, selection, members.given)
    assert standing
    return standing


def drop_sample(session: Session, selection: Selection) -> None:
    """Gives up the last sample while it is not judged; verdicts stay. One that is judged stays."""
    given = _read_members(session, selection).given
    standing = _standing(session, selection, given)
    if standing and standing.left:
        session.delete(standing.sample)
        session.flush()


def _standing(
    session: Session, selection: Selection, given: Mapping[int, Standing]
) -> SampleStanding | None:
    sample = queries.select_last_sample(session, selection.key)
    if sample is None:
        return None
    drawn: Sequence[int] = queries.select_sampled(session, sample.id)
    said = [given.get(paper, Standing.POSTPONED) for paper in drawn]
    return SampleStanding(
        sample=sample,
        judged=sum(each is not Standing.POSTPONED for each in said),
        relevant=said.count(Standing.RELEVANT),
        left=[n for n, each in zip(drawn, said, strict=True) if each is Standing.POSTPONED],
        number=queries.count_samples(session, selection.key),
    )


__all__ = [
    "CONFIDENCE",
    "JudgedPaper",
    "Queue",
    "QueuedPaper",
    "SampleOffer",
    "SampleStanding",
    "draw_sample",
    "drop_sample",
    "get_queue",
    "judge_paper",
    "take_back",
]
