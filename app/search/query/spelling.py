"""Misspelt words, put right by what the library does say; in both languages.

A Latin word is compared with the words of the index that look like it. Of a Chinese run the pairs
of characters that stand nowhere say which character is wrong, and one that sounds the same and goes
with its neighbours is put in its place.

`correct_plan` is for words that stand nowhere, not even within others (`find_containing`).
`suggest_plan` is for those that do, but in very few
documents: as a slip of whoever wrote these, perhaps, and then it is for the reader to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract
from sqlmodel import Session

from app.kit.folding import fold_for_search
from app.kit.text import has_han, spell_pinyin
from app.search import queries
from app.search.engine.choice import engine_of
from app.search.index import analysis, vocabulary
from app.search.query.engine_query import EngineQuery, Wider
from app.search.query.language import QueryPlan, QueryTerm
from app.search.results.highlight import count_distinct

_PART_FROM = 3  # letters of a word that is looked for within others
_PARTS = 8  # words in which it stands
_SHORTEST = 4  # letters; shorter words are too near to too many others
_TWICE_FROM = 7  # letters, from which two slips are put right
_LONGEST = 24
_RUN_LIMIT = 12  # characters
_WORDS = 3  # of a query that are put right
_KEPT = 50
_SELDOM = 3  # documents; what stands in more was not written by a slip
_OFFERED_FROM = 6  # letters of the longer word; shorter ones are mostly other words (Farey, Frey)
_OFTENER = 10  # times as many have what is offered instead


Unknown: TypeAlias = Mapping[QueryTerm, Sequence[str]]


def unknown_words(session: Session, plan: QueryPlan) -> Unknown:
    """The terms of a plan, each with those of its words that stand nowhere in any form."""
    terms = [term for group in plan.groups for term in group]
    written = {term: analysis.analyze(term.text)[1] for term in terms}
    known = _known(session, {word for words in written.values() for word in words})
    return {
        term: unknown
        for term, words in written.items()
        if (unknown := [word for word in words if word not in known])
    }


def find_containing(session: Session, plan: QueryPlan, unknown: Unknown) -> list[Wider]:
    """For a word that stands nowhere by itself, the words in which it does: `former` in
    `transformer`."""
    found: list[Wider] = []
    for n, group in enumerate(plan.groups):
        term = group[0]
        word = fold_for_search(term.text)
        if len(group) > 1 or term.phrase or list(unknown.get(term, ())) != [word]:
            continue
        if len(word) < _PART_FROM or analysis.has_cjk(word) or len(found) == _WORDS:
            continue
        if others := vocabulary.words_containing(session, word, limit=_PARTS):
            found.append(Wider(n, n + 1, term.text, tuple(others)))
    return found


def correct_plan(session: Session, plan: QueryPlan, unknown: Unknown) -> QueryPlan | None:
    """`plan` with the words that stand nowhere put right, or None where none could be."""
    better: dict[QueryTerm, QueryTerm] = {}
    for term, words in list(unknown.items())[:_WORDS]:
        if text := _put_right(session, term.text, words):
            better[term] = replace(term, text=text)
    return _with(plan, better)


def suggest_plan(
    session: Session, plan: QueryPlan, names: Iterable[Sequence[str]]
) -> QueryPlan | None:
    """`plan` with words that stand in very few documents read as what looks or sounds like them and
    stands in many more, or None; one statement where no word is so rare.

    What is in quotation marks is meant as it is written, and so is what is a name: of a technique
    or an issue (`names`), a person, a paper.
    """
    terms = [term for group in plan.groups for term in group if not term.phrase]
    written = {term: _stems(term.text) for term in terms}
    tokens = {stem for stems in written.values() for stem in stems.values()}
    if not tokens:
        return None
    held = engine_of(session).frequencies(session, tokens, most=_SELDOM + 1)
    better: dict[QueryTerm, QueryTerm] = {}
    for term, stems in written.items():
        # What stands nowhere was found by another reading, as long as it is no second choice.
        seldom = {word: held[stem] for word, stem in stems.items() if 0 < held[stem] <= _SELDOM}
        if not seldom or len(better) == _WORDS:
            continue
        if (text := _offered(session, term, seldom)) and not _is_name(session, term, names):
            better[term] = replace(term, text=text)
    return _with(plan, better)


def _stems(text: str) -> dict[str, str]:
    """The words of a term as they are typed, each with the token that the index has of it."""
    return {word: analysis.stem_word(word) for word in analysis.analyze(text)[1]}


def _with(plan: QueryPlan, better: Mapping[QueryTerm, QueryTerm]) -> QueryPlan | None:
    """`plan` with some terms in the place of others; None where there are none."""
    if not better:
        return None
    groups = tuple(tuple(better.get(term, term) for term in group) for group in plan.groups)
    return replace(plan, groups=groups)


def _offered(session: Session, term: QueryTerm, seldom: Mapping[str, int]) -> str | None:
    """A term with its rare words (in how many documents each stands) read as more frequent ones."""
    text = fold_for_search(term.text)
    if analysis.has_cjk(text):
        return _homophone(session, text, seldom)
    found = {word: _oftener(session, word, n) for word, n in seldom.items() if word in text}
    for word, other in found.items():
        text = text.replace(word, other or word)
    return text if any(found.values()) else None


def _oftener(session: Session, word: str, documents: int) -> str | None:
    """The word that is one slip away, begins as `word` does (`gating` is no slip for `rating`) and
    stands in many more documents."""
    if len(word) > _LONGEST or not word.isalpha() or word in analysis.STOP_WORDS:
        return None
    least = _OFTENER * documents
    about = vocabulary.frequent_lookalikes(session, word, least=least)
    same = analysis.stem_word(word)
    near = [
        each
        for each, _, _ in extract(
            word, list(about), scorer=OSA.distance, score_cutoff=1, limit=_KEPT
        )
        if max(len(word), len(each)) >= _OFFERED_FROM
        and each.isalpha()
        and each not in analysis.STOP_WORDS
        and analysis.stem_word(each) != same
    ]
    best = min(near, key=lambda each: (-about[each], each), default=None)
    if best is None or _may_go_on(session, word):
        return None
    stem = analysis.stem_word(best)
    held = engine_of(session).frequencies(session, [stem], most=least)
    return best if held[stem] >= least else None


def _may_go_on(session: Session, word: str) -> bool:
    """Whether `word` is the beginning of another one, as when somebody is still typing that."""
    longer = vocabulary.complete_word(session, word)
    return any(analysis.stem_word(each) != analysis.stem_word(word) for each in longer)


def _homophone(session: Session, run: str, seldom: Mapping[str, int]) -> str | None:
    """A run of Chinese with one character of a rare pair replaced by one that sounds the same, so
    that all of its pairs stand in many more documents."""
    if not all(map(has_han, run)) or not 2 <= len(run) <= _RUN_LIMIT:
        return None
    pair = next((run[n : n + 2] for n in range(len(run) - 1) if run[n : n + 2] in seldom), "")
    wrong = run.find(pair)
    found: set[str] = set()
    for place in (wrong + 1, wrong):
        before, after = run[place - 1] if place else "", run[place + 1 : place + 2]
        sound = spell_pinyin(run[place])
        found |= {
            run[:place] + character + run[place + 1 :]
            for character, _ in _between(session, before, after)
            if character != run[place] and spell_pinyin(character) == sound
        }
    pairs = {better: {better[n : n + 2] for n in range(len(better) - 1)} for better in found}
    least = _OFTENER * max(seldom.values())
    every = {each for those in pairs.values() for each in those}
    held = engine_of(session).frequencies(session, every, most=_KEPT * least) if every else {}
    fewest = {better: min(held[each] for each in those) for better, those in pairs.items()}
    best = min(fewest, key=lambda better: (-fewest[better], better), default=None)
    return best if best is not None and fewest[best] >= least else None


def _is_name(session: Session, term: QueryTerm, names: Iterable[Sequence[str]]) -> bool:
    """Whether a term is called so: in the names of techniques and issues; of authors, citation
    keys, venues and tags; in a paper's short title, or in its title before the colon."""
    pattern = analysis.phrase_pattern(term.text)
    if pattern is None:
        return False
    asked = EngineQuery(groups=((((pattern,),),),))
    terms = asked.terms()
    if any(count_distinct(name, terms) for entry in names for name in entry if name):
        return True
    engine = engine_of(session)
    if engine.top_k(session, asked, ("names",), among="papers", limit=1).total:
        return True
    titled = engine.top_k(session, asked, ("title",), among="papers", limit=_SELDOM).ranked
    for _, _, title, short, _ in queries.paper_titles(session, [n for n, _ in titled]):
        name, colon, _ = title.replace("：", ":").partition(":")
        if count_distinct(short, terms) or (
            colon and analysis.name_key(name) == analysis.name_key(term.text)
        ):
            return True
    return False


def _known(session: Session, words: set[str]) -> set[str]:
    """Those of `words` that stand somewhere, or another form of them."""
    known = vocabulary.known_words(session, words)
    stems = {word: analysis.stem_word(word) for word in words - known}
    held = engine_of(session).frequencies(session, set(stems.values()), most=1)
    return known | {word for word, stem in stems.items() if held[stem]}


def _put_right(session: Session, text: str, unknown: Iterable[str]) -> str | None:
    """A term with its unknown words replaced, or None where one has no replacement."""
    text = fold_for_search(text)
    if analysis.has_cjk(text):
        return _chinese(session, text)
    for word in dict.fromkeys(unknown):
        found = _latin(session, word)
        if found is None:
            return None
        text = text.replace(word, found)
    return text


def _latin(session: Session, word: str) -> str | None:
    if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha():
        return None
    slips = 1 if len(word) < _TWICE_FROM else 2
    alike = vocabulary.find_lookalikes(session, word, slips=slips)
    near = extract(word, alike, scorer=OSA.distance, score_cutoff=slips, limit=_KEPT)
    documents = vocabulary.document_counts(session, [each for each, _, _ in near])
    best = min(near, key=lambda each: (each[1], -documents[each[0]], each[0]), default=None)
    return best[0] if best else None


def _chinese(session: Session, run: str) -> str | None:
    """A run of Chinese with one character replaced, so that all its pairs are known."""
    if not all(map(has_han, run)) or not 2 <= len(run) <= _RUN_LIMIT:
        return None
    pairs = [run[n : n + 2] for n in range(len(run) - 1)]
    known = vocabulary.known_words(session, pairs)
    wrong = next((n for n, pair in enumerate(pairs) if pair not in known), None)
    if wrong is None:
        return None
    found: dict[str, tuple[bool, int]] = {}
    for place in (wrong + 1, wrong):
        before, after = run[place - 1] if place else "", run[place + 1 : place + 2]
        sound = spell_pinyin(run[place])
        for character, documents in _between(session, before, after):
            alike = spell_pinyin(character) == sound
            if alike or (before and after):
                better = run[:place] + character + run[place + 1 :]
                found[better] = (not alike, -documents)
    every = {better[n : n + 2] for better in found for n in range(len(better) - 1)}
    there = vocabulary.known_words(session, every)
    whole = [b for b in found if all(b[n : n + 2] in there for n in range(len(b) - 1))]
    return min(whole, key=lambda better: (found[better], better), default=None)


def _between(session: Session, before: str, after: str) -> list[tuple[str, int]]:
    """The characters that stand after `before` and before `after` somewhere, most often first."""
    if before:
        return [(pair[1], n) for pair, n in vocabulary.character_pairs(session, first=before)]
    return [(pair[0], n) for pair, n in vocabulary.character_pairs(session, second=after)]
