"""Papers that are like a paper: by its telling words and by the techniques they share."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.models import Bilingual, Paper
from app.search import queries
from app.search.engine.choice import engine_of
from app.search.index.analysis import Pattern, analyze, stem_word
from app.search.index.documents import COLUMNS
from app.search.query.engine_query import STOPS, EngineQuery
from app.state_cache import StateCache

_TERMS = 12  # telling words of a paper that others are asked for
_CONSIDERED = 60  # words that may be telling
_READ = 5_000  # characters of an abstract
_CANDIDATES = 30
_FREQUENT = 20_000  # documents; what is in so many tells nothing
_TITLE = 3  # a word of the title counts as so many
_WORDS_SHOWN = 4
_LEAST_WORDS = 2  # that two papers share, if no technique
_TECHNIQUE = 0.4  # a shared technique counts as so much of the best likeness by words
_TECHNIQUES = 3


@dataclass(frozen=True)
class Similar:
    """A paper with why it is here: shared techniques, and words that both texts have."""

    citekey: str
    title: str
    techniques: tuple[Bilingual, ...]
    words: tuple[str, ...]


_kept = StateCache[Sequence[Similar]](256)


def find_similar(session: Session, paper: Paper, *, limit: int = 5) -> Sequence[Similar]:
    """The papers most like `paper` (its techniques must be loaded), best first; a constant number
    of statements. Kept for each state of the library."""
    return _kept.get(session, (paper.id, limit), lambda: _similar(session, paper, limit))


def _similar(session: Session, paper: Paper, limit: int) -> list[Similar]:
    written = _telling(session, paper)
    found: dict[int, float] = {}
    if written:
        groups = (tuple(((Pattern((token,)),),) for token in written),)
        best = engine_of(session).top_k(
            session, EngineQuery(groups), COLUMNS, among="papers", limit=_CANDIDATES + 1
        )
        others = [(number, rank) for number, rank in best.ranked if number != paper.id]
        top = min((rank for _, rank in others), default=0.0)
        found = {number: rank / top if top else 0.0 for number, rank in others}
    mine = {each.id: Bilingual(each.name_en, each.name_zh) for each in paper.techniques if each.id}
    shared = (
        queries.papers_sharing_techniques(session, paper.id, mine, limit=_CANDIDATES)
        if mine
        else {}
    )
    for number, count in shared.items():
        likeness = _TECHNIQUE * min(count, _TECHNIQUES)
        found[number] = found.get(number, 0.0) + likeness
    first = sorted(found, key=lambda n: -found[n])[:_CANDIDATES]
    texts = queries.paper_texts(session, first, length=_READ)
    carried = queries.carried(session, first, mine) if mine else set[tuple[int, int]]()
    made: list[Similar] = []
    for number in sorted(texts, key=lambda n: (-found[n], n)):
        if len(made) == limit:
            break
        citekey, title, abstract = texts[number]
        theirs = set(analyze(f"{title}\n{abstract}")[0])
        words = tuple(word for token, word in written.items() if token in theirs)
        techniques = tuple(name for each, name in mine.items() if (number, each) in carried)
        if techniques or len(words) >= _LEAST_WORDS:
            made.append(Similar(citekey, title, techniques, words[:_WORDS_SHOWN]))
    return made


def _telling(session: Session, paper: Paper) -> dict[str, str]:
    """The tokens that say most of a paper, most telling first, each as it is written there."""
    title, text = analyze(paper.title), analyze(f"{paper.title}\n{paper.abstract[:_READ]}")
    times = Counter(text[0])
    for token in title[0]:
        times[token] += _TITLE - 1
    common = [
        token
        for token, _ in times.most_common()
        if token not in STOPS and len(token) > 1 and not token.isdigit()
    ][:_CONSIDERED]
    documents = engine_of(session).frequencies(session, common, most=_FREQUENT)
    written: dict[str, str] = {}
    for word in text[1]:
        written.setdefault(stem_word(word), word)
    weight = {
        token: times[token] * math.log(_FREQUENT / documents[token])
        for token in common
        if documents[token] > 1 and token in written
    }
    telling = sorted(weight, key=lambda token: (-weight[token], token))[:_TERMS]
    return {token: written[token] for token in telling if weight[token] > 0}
