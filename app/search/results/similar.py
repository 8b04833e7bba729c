"""Papers that are like a paper: by the words of title and abstract, by techniques they share.

By BM25, asked with title and abstract: the index is asked for the papers that have the words which
tell most, and of these the likeness is computed with all of the words, each as often as the asking
paper says it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.models import Bilingual, Paper
from app.search import queries
from app.search.engine.choice import engine_of
from app.search.engine.impact_tiers import bm25_share, length_norm
from app.search.index.analysis import Pattern, analyze, stem_word
from app.search.index.documents import COLUMNS
from app.search.query.engine_query import STOPS, EngineQuery
from app.state_cache import StateCache

_TERMS = 16  # telling words of a paper that others are asked for
_POSTINGS = 4_000  # documents that have them, together; what tells most is always asked for
_ALWAYS = 12
_CONSIDERED = 200  # words of a paper
_AVERAGE = 170.0  # telling tokens of a paper with its title twice; measured on SciFact
_READ = 5_000  # characters of an abstract
_CANDIDATES = 30
_SHARING = 30
_FREQUENT = 20_000  # documents, counted no further
_WORDS_SHOWN = 4
_TECHNIQUE = 0.8  # a shared technique counts as so much of the best likeness by words
_TECHNIQUES = 3


@dataclass(frozen=True)
class Similar:
    """A paper with why it is here: shared techniques, and words that both texts have."""

    citekey: str
    title: str
    techniques: tuple[Bilingual, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """The words of the asking paper: how often it says each token, in how many documents that is;
    how the most telling are written; and those by which others are sought."""

    times: Mapping[str, int]
    documents: Mapping[str, int]
    written: Mapping[str, str]
    sought: Sequence[str]


_kept = StateCache[Sequence[Similar]](256)


def find_similar(session: Session, paper: Paper, *, limit: int = 5) -> Sequence[Similar]:
    """The papers most like `paper` (its techniques must be loaded), best first; a constant number
    of statements. Kept for each state of the library."""
    return _kept.get(session, (paper.id, limit), lambda: _similar(session, paper, limit))


def _similar(session: Session, paper: Paper, limit: int) -> list[Similar]:
    asked = _telling(session, paper)
    first: list[int] = []
    if asked.sought:
        groups = (tuple(((Pattern((token,)),),) for token in asked.sought),)
        best = engine_of(session).top_k(
            session, EngineQuery(groups), COLUMNS, among="papers", limit=_CANDIDATES + 1
        )
        first = [number for number, _ in best.ranked if number != paper.id]
    mine = {each.id: Bilingual(each.name_en, each.name_zh) for each in paper.techniques if each.id}
    shared = (
        queries.papers_sharing_techniques(session, paper.id, mine, limit=_SHARING) if mine else {}
    )
    numbers = list(dict.fromkeys((*first, *shared)))
    texts = queries.paper_texts(session, numbers, length=_READ)
    tokens = {n: Counter(_analyze(title, text)[0]) for n, (_, title, text, _) in texts.items()}
    size = max((newest for *_, newest in texts.values()), default=0)
    found = _likeness(asked, tokens, size)
    top = max(found.values(), default=0.0) or 1.0
    for number in found:
        found[number] /= top
        found[number] += _TECHNIQUE * min(shared.get(number, 0), _TECHNIQUES)
    carried = queries.carried(session, numbers, mine) if mine else set[tuple[int, int]]()
    made: list[Similar] = []
    for number in sorted(found, key=lambda n: (-found[n], n)):
        if len(made) == limit:
            break
        citekey, title, *_ = texts[number]
        words = tuple(word for token, word in asked.written.items() if token in tokens[number])
        techniques = tuple(name for each, name in mine.items() if (number, each) in carried)
        if techniques or words:
            made.append(Similar(citekey, title, techniques, words[:_WORDS_SHOWN]))
    return made


def _analyze(title: str, abstract: str) -> tuple[list[str], list[str]]:
    """Tokens and words of a paper, without those of grammar; what the title says counts twice."""
    tokens, words = analyze(f"{title}\n{title}\n{abstract[:_READ]}")
    return [token for token in tokens if token not in STOPS], words


def _idf(size: int, having: int) -> float:
    return math.log(1 + (max(size - having, 0) + 0.5) / (having + 0.5))


def _likeness(asked: _Asked, documents: Mapping[int, Counter[str]], size: int) -> dict[int, float]:
    """What BM25 makes of each document, by its tokens, in a library of about so many."""
    weights = {
        token: times * _idf(size, asked.documents[token]) for token, times in asked.times.items()
    }
    return {
        number: sum(
            weights[token] * bm25_share(times, norm)
            for token, times in tokens.items()
            if token in weights
        )
        for number, tokens in documents.items()
        for norm in [length_norm(tokens.total(), _AVERAGE)]
    }


def _telling(session: Session, paper: Paper) -> _Asked:
    tokens, words = _analyze(paper.title, paper.abstract)
    times = Counter(tokens)
    common = [token for token, _ in times.most_common(_CONSIDERED)]
    engine = engine_of(session)
    documents = engine.frequencies(session, common, most=_FREQUENT)
    said = {token: times[token] for token in common if documents[token] > 1}
    telling = sorted(
        said, key=lambda token: (-said[token] * _idf(_FREQUENT, documents[token]), token)
    )
    sought: list[str] = []
    postings = 0
    for token in telling[:_TERMS]:
        postings += documents[token]
        if postings > _POSTINGS and len(sought) >= _ALWAYS:
            break
        sought.append(token)
    written: dict[str, str] = {}
    for word in words:
        written.setdefault(stem_word(word), word)
    shown = {token: written[token] for token in telling[:_ALWAYS] if token in written}
    return _Asked(said, documents, shown, sought)
