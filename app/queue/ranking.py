"""The order of a queue, kept in this process: the counts of words of each paper, and of the last
queues what was learned of them. Nothing of it is stored: a process begins with the texts."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from sqlmodel import Session

from app.queue import queries
from app.queue.learner import Corpus, Lesson, build_corpus, learn, score_papers
from app.queue.rules import Standing
from app.queue.words import WordCounts, count_terms

RANKED = 20_000  # papers that are looked at, the newest
_TAUGHT = 5_000  # verdicts on other papers that are learned from, the latest
_KEPT = 60_000  # papers whose words are counted
_QUEUES = 4
SMALL = 2_000  # papers that are ranked anew after each verdict
EVERY = 5  # verdicts after which more are

Stamp = tuple[object, ...]


class QueueOrder(StrEnum):
    """How a queue is ordered."""

    LEARNED = "learned"
    LIKENESS = "likeness"  # to the relevant ones, for no verdict says what is irrelevant
    DATE = "date"  # for no verdict says what is relevant


@dataclass(frozen=True)
class RankedQueue:
    """The papers that wait, by their scores. `taught` has what was learned from."""

    corpus: Corpus
    counts: Mapping[int, WordCounts]
    taught: Mapping[int, Standing]
    noted: Collection[int]
    lesson: Lesson | None
    scores: Mapping[int, float] = field(default_factory=dict)

    @property
    def order(self) -> QueueOrder:
        if self.lesson is None:
            return QueueOrder.DATE
        told = Standing.IRRELEVANT in self.taught.values()
        return QueueOrder.LEARNED if told else QueueOrder.LIKENESS


class _Counted(NamedTuple):
    stamp: Stamp
    counts: WordCounts


_counted: dict[int, _Counted] = {}
_queues: OrderedDict[str, RankedQueue] = OrderedDict()
_lock = Lock()  # what one asks for another need not do again


def rank_queue(
    session: Session,
    key: str,
    members: Mapping[int, Stamp],
    given: Mapping[int, Standing],
    noted: Mapping[int, int],
) -> RankedQueue:
    """What was learned of a queue's papers, which come with what tells that their texts changed.

    `given` says what all verdicts say, those on other papers too, the latest last; `noted` which
    papers have notes. A large queue is learned anew after every few verdicts; between those it
    stands as it was. A constant number of statements for every few thousand texts that are new.
    """
    others = [paper for paper in given if paper not in members][-_TAUGHT:]
    with _lock:
        stamps: dict[int, Stamp] = {**members}
        stamps |= queries.select_stamps(session, others)
        counts = _count(session, {n: (*stamp, noted.get(n)) for n, stamp in stamps.items()})
        decided = {
            paper: standing
            for paper, standing in given.items()
            if paper in counts and standing is not Standing.POSTPONED
        }
        before = _queues.get(key)
        corpus = before.corpus if before and before.counts == counts else build_corpus(counts)
        if before and before.corpus is corpus:
            changed = dict(decided.items() ^ before.taught.items())
            few = 1 if len(counts) <= SMALL or before.order is not QueueOrder.LEARNED else EVERY
            if len(changed) < few:
                _queues.move_to_end(key)
                return before
        taught = {each: [n for n, said in decided.items() if said is each] for each in Standing}
        hints = {paper for paper in noted if paper in counts and paper not in decided}
        lesson = learn(corpus, taught[Standing.RELEVANT], taught[Standing.IRRELEVANT], hints)
        scores = score_papers(corpus, lesson, members) if lesson else {}
        ranked = RankedQueue(corpus, counts, decided, hints, lesson, scores)
        _queues[key] = ranked
        _queues.move_to_end(key)
        if len(_queues) > _QUEUES:
            _queues.popitem(last=False)
        return ranked


def _count(session: Session, stamps: Mapping[int, Stamp]) -> dict[int, WordCounts]:
    """The words of papers, counted where their texts may have changed."""
    new = [n for n, stamp in stamps.items() if n not in _counted or _counted[n].stamp != stamp]
    if len(_counted) + len(new) > _KEPT:
        for number in _counted.keys() - stamps.keys():
            del _counted[number]
    for number, text in queries.select_paper_texts(session, new).items():
        counts, known = count_terms(text), _counted.get(number)
        if known and known.counts == counts:
            counts = known.counts  # the same object is compared at once
        _counted[number] = _Counted(stamps[number], counts)
    return {number: _counted[number].counts for number in stamps}
