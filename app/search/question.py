"""From a plan to what an engine is asked: patterns of tokens, and looser ways to ask. Pure."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from app.search import analysis
from app.search.analysis import Pattern
from app.search.query import Plan, Term

Ways: TypeAlias = tuple[Pattern, ...]
Words: TypeAlias = tuple[Ways, ...]

_PREFIX_FROM = 2  # letters; a shorter beginning would find nearly everything


@dataclass(frozen=True)
class Question:
    """Each of `groups` must be met by one of its `Words`, each way of which counts; and no `none`.

    That is: AND of OR of AND of OR of patterns.
    """

    groups: tuple[tuple[Words, ...], ...] = ()
    none: tuple[Words, ...] = ()

    def terms(self) -> tuple[str, ...]:
        """What to mark in a text that was found, as `highlight.segments` takes it."""
        patterns = (
            way for group in self.groups for words in group for ways in words for way in ways
        )
        return tuple(dict.fromkeys(_shown(pattern) for pattern in patterns))


def exact(plan: Plan) -> Question:
    """All that was asked for, as it was asked for."""
    groups = [[_words(term) for term in group] for group in plan.groups]
    for n in range(len(groups) - 1):
        pair = plan.groups[n : n + 2]
        if any(len(group) > 1 or group[0].phrase for group in pair):
            continue
        if joined := analysis.join(pair[0][0].text, pair[1][0].text):
            way = Pattern((joined,))
            for group in groups[n : n + 2]:
                group[0] = ((*group[0][0], way),)
    return Question(
        tuple(tuple(words for words in group if words) for group in groups),
        tuple(filter(None, map(_words, plan.excluded))),
    )


def completed(question: Question, plan: Plan) -> Question | None:
    """The last word taken for the beginning of one, as while it is typed; None where it is none."""
    if not plan.groups or plan.groups[-1][-1].phrase:
        return None
    words = question.groups[-1][-1]
    first = words[-1][0]
    if first.prefix or len(first.tokens[-1]) < _PREFIX_FROM or not first.tokens[-1].isascii():
        return None
    last: Words = (*words[:-1], (replace(first, prefix=True), *words[-1][1:]))
    group = (*question.groups[-1][:-1], last)
    return replace(question, groups=(*question.groups[:-1], group))


def loosened(question: Question) -> Question | None:
    """Any word instead of all of them; None where there is but one."""
    patterns = dict.fromkeys(
        single
        for group in question.groups
        for words in group
        for ways in words
        for way in ways[:1]
        for single in _singles(way)
    )
    telling = [each for each in patterns if each.tokens[0] not in analysis.STOP_WORDS]
    chosen = telling or list(patterns)
    if len(patterns) < 2:
        return None
    return replace(question, groups=(tuple(((pattern,),) for pattern in chosen),))


def _words(term: Term) -> Words:
    if not term.phrase:
        return tuple(analysis.units(term.text))
    pattern = analysis.phrase(term.text)
    return ((pattern,),) if pattern else ()


def _singles(pattern: Pattern) -> list[Pattern]:
    """The tokens of a pattern one by one, without the last characters that stand alone."""
    last = len(pattern.tokens) - 1
    return [
        Pattern((token,), prefix=pattern.prefix and n == last)
        for n, token in enumerate(pattern.tokens)
        if not analysis.is_cjk(token) or len(token) > 1 or (n == last and pattern.prefix)
    ]


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
    star = "*" if pattern.prefix and not analysis.is_cjk(before) else ""
    return " ".join(parts) + star
