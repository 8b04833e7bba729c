"""From a plan to what an engine is asked: patterns of tokens, and looser ways to ask. Pure."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from app.kit.folding import fold_for_search
from app.search.index import analysis
from app.search.index.analysis import Pattern
from app.search.query.language import QueryPlan, QueryTerm

Ways: TypeAlias = tuple[Pattern, ...]
Words: TypeAlias = tuple[Ways, ...]

# What stands around an identifier: the address of a DOI or of a paper on arXiv, its version.
_ADDRESS = re.compile(
    r"(?:https?://)?(?:(?:dx\.)?doi\.org/|doi:|(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/|arxiv:)?"
    r"(10\.\d{4,9}/\S+|\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?$",
    re.IGNORECASE,
)
_PREFIX_FROM = 2  # letters; a shorter beginning would find nearly everything


@dataclass(frozen=True)
class EngineQuery:
    """Each of `groups` must be met by one of its `Words`, each way of which counts; and no `none`.

    That is: AND of OR of AND of OR of patterns.
    """

    groups: tuple[tuple[Words, ...], ...] = ()
    none: tuple[Words, ...] = ()

    def patterns(self) -> Iterator[Pattern]:
        """Everything that is looked for."""
        every = (ways for group in self.groups for words in group for ways in words)
        return (way for ways in every for way in ways)

    def terms(self) -> tuple[str, ...]:
        """What to mark in a text that was found, as `highlight.segments` takes it."""
        return tuple(dict.fromkeys(_shown(pattern) for pattern in self.patterns()))


@dataclass(frozen=True)
class Wider:
    """Groups of a plan, from `start` to before `end`, that are a name of something; and its other
    names, which count as much."""

    start: int
    end: int
    typed: str
    others: tuple[str, ...]


def all_terms(
    plan: QueryPlan, *, known: Collection[str] | None = None, wider: Sequence[Wider] = ()
) -> EngineQuery:
    """All that was asked for, as it was asked for, or by another name.

    A word is tried as two where both are `known`. Function words ("of", "with") need not be there,
    but the last word must, which may be the beginning of another.
    """
    groups = [
        [words for term in group for words in _readings(term, known)] for group in plan.groups
    ]
    for start, end, joined in _neighbours(plan):
        for group in groups[start:end]:
            group[0] = ((*group[0][0], *joined),)
    named = {n for each in wider for n in range(each.start, each.end)}
    for n, terms in enumerate(plan.groups[:-1]):
        if n not in named and all(map(_says_nothing, terms)):
            groups[n] = []
    for each in sorted(wider, key=lambda wider: -wider.start):
        typed: Words = tuple(ways for group in groups[each.start : each.end] for ways in group[0])
        groups[each.start : each.end] = [[typed, *_named(each)]]
    asked = (tuple(filter(None, group)) for group in groups)
    return EngineQuery(
        tuple(filter(None, asked)),
        tuple(filter(None, (_words(term, known) for term in plan.excluded))),
    )


def _neighbours(plan: QueryPlan) -> Iterator[tuple[int, int, Ways]]:
    """Where groups of a plan (from, to before) are words that may be written as one, and how."""
    plain = [
        group[0].text if len(group) == 1 and not group[0].phrase else "" for group in plan.groups
    ]
    for n in range(len(plain) - 1):
        if joined := analysis.join_words(*plain[n : n + 2]):
            yield n, n + 2, (Pattern((joined,)),)
    for n in range(len(plain) - 2):
        if both := analysis.join_with_digit(*plain[n : n + 3]):
            yield n, n + 3, tuple(Pattern((each,)) for each in both)


def candidate_words(plan: QueryPlan) -> set[str]:
    """What words of a plan might be besides: what `all_terms` wants to have `known`."""
    terms = [term for group in (*plan.groups, plan.excluded) for term in group if not term.phrase]
    return {word for term in terms for word in analysis.other_words(term.text)}


def last_prefix(plan: QueryPlan) -> str | None:
    """The last word, if it can be the beginning of one, as while it is typed."""
    if not plan.groups or plan.groups[-1][-1].phrase:
        return None
    last = analysis.analyze(plan.groups[-1][-1].text)[1][-1:]
    if not last or not last[0].isascii() or len(last[0]) < _PREFIX_FROM:
        return None
    return last[0]


def with_prefix(
    question: EngineQuery, words: Sequence[str], *, named: bool = False
) -> EngineQuery | None:
    """The last word taken for the beginning of one of `words`; None where there is none.

    `named` says that it ends a name, which its other names follow.
    """
    if not words:
        return None
    group = list(question.groups[-1])
    at = 0 if named else -1
    *units, ways = group[at]
    tokens = ways[0].tokens[:-1]
    more = (Pattern((*tokens, analysis.stem_word(word))) for word in words)
    group[at] = (*units, tuple(dict.fromkeys((*ways, *more))))
    return replace(question, groups=(*question.groups[:-1], tuple(group)))


def expand_prefixes(
    question: EngineQuery, completions: Callable[[str], Sequence[str]]
) -> EngineQuery:
    """The same without beginnings: each becomes the words that it may stand for."""

    def ways(patterns: Ways) -> Ways:
        found: list[Pattern] = []
        for pattern in patterns:
            *before, last = pattern.tokens
            words = [last, *completions(last)] if pattern.prefix else [last]
            found += (Pattern((*before, word)) for word in dict.fromkeys(words))
        return tuple(found)

    def phrases(words: Words) -> Words:
        return tuple(ways(each) for each in words)

    if not any(pattern.prefix for pattern in _every(question)):
        return question
    return EngineQuery(
        tuple(tuple(map(phrases, group)) for group in question.groups),
        tuple(map(phrases, question.none)),
    )


def any_term(
    plan: QueryPlan, *, wider: Sequence[Wider] = (), last: Ways = ()
) -> EngineQuery | None:
    """Any word instead of all of them; None where there is but one.

    What stands in quotation marks stays whole; `last` are further ways to read the last word. What
    is said twice is asked twice, and counts twice.
    """
    typed = [
        (single, term.phrase)
        for group in plan.groups
        for term in group
        for single in _loosened(term)
    ]
    if len({single for single, _ in typed}) < 2:
        return None
    telling = [each for each, phrase in typed if phrase or each.tokens[0] not in STOPS]
    names = [ways[0] for each in wider for words in _named(each) for ways in words]
    further = dict.fromkeys((*names, *last))
    chosen = telling or [each for each, _ in typed]
    chosen += (each for each in further if each not in chosen)
    return EngineQuery((tuple(((pattern,),) for pattern in chosen),), _none(plan))


def drop_frequent(
    question: EngineQuery, frequencies: Mapping[str, int], *, most: int
) -> EngineQuery:
    """Of a question for any word, its rarer words, as many as stand in `most` documents together;
    always the rarest."""

    def frequency(words: Words) -> int:
        return min(frequencies.get(token, 0) for token in words[0][0].tokens)

    kept: set[Words] = set()
    documents = 0
    for words in sorted(dict.fromkeys(question.groups[0]), key=frequency):
        documents += frequency(words)
        if kept and documents > most:
            break
        kept.add(words)
    return replace(question, groups=(tuple(filter(kept.__contains__, question.groups[0])),))


STOPS = frozenset(map(analysis.stem_word, analysis.STOP_WORDS))


def _says_nothing(term: QueryTerm) -> bool:
    return not term.phrase and fold_for_search(term.text) in analysis.STOP_WORDS


def _named(wider: Wider) -> list[Words]:
    patterns = [analysis.phrase_pattern(name) for name in wider.others]
    return [((pattern,),) for pattern in dict.fromkeys(patterns) if pattern]


def _none(plan: QueryPlan) -> tuple[Words, ...]:
    return tuple(filter(None, (_words(term, ()) for term in plan.excluded)))


def _every(question: EngineQuery) -> Iterator[Pattern]:
    excluded = (way for words in question.none for ways in words for way in ways)
    return (each for patterns in (question.patterns(), excluded) for each in patterns)


def _readings(term: QueryTerm, known: Collection[str] | None) -> list[Words]:
    """What a term asks for, as it stands; a run of Chinese also as the words between its function
    characters, wherever they are."""
    words = _words(term, known)
    parts = [] if term.phrase else analysis.split_at_function_characters(term.text)
    return [words, *([tuple(_ways_of(part) for part in parts)] if parts else [])]


def _ways_of(part: str) -> Ways:
    pattern = analysis.phrase_pattern(part)
    return (pattern,) if pattern else ()


def _words(term: QueryTerm, known: Collection[str] | None) -> Words:
    if not term.phrase:
        address = _ADDRESS.match(term.text)
        return tuple(analysis.word_units(address[1] if address else term.text, known))
    pattern = analysis.phrase_pattern(term.text)
    return ((pattern,),) if pattern else ()


def _singles(pattern: Pattern) -> list[Pattern]:
    """The tokens of a pattern one by one, without the last characters that stand alone."""
    last = len(pattern.tokens) - 1
    return [
        Pattern((token,), prefix=pattern.prefix and n == last)
        for n, token in enumerate(pattern.tokens)
        if not analysis.is_cjk(token) or len(token) > 1 or (n == last and pattern.prefix)
    ]


def _loosened(term: QueryTerm) -> list[Pattern]:
    """What any of may be found for a term: a phrase, or each word of it."""
    if term.phrase:
        return [way for ways in _words(term, ()) for way in ways]
    parts = analysis.split_at_function_characters(term.text)
    every = [_ways_of(part) for part in parts] or _words(term, ())
    return [single for ways in every for single in _singles(ways[0])]


def _shown(pattern: Pattern) -> str:
    """The text that a pattern was made of: pairs of characters become the run again."""
    parts: list[str] = []
    before = ""
    for token in pattern.tokens:
        pair = analysis.is_cjk(token)
        if pair and analysis.is_cjk(before) and len(before) == 2 and before[1] == token[0]:
            parts[-1] += token[1:]
        else:
            parts.append(token)
        before = token
    return " ".join(parts)
