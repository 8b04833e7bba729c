"""Passages of held papers that speak of a cell, for the reader to choose as evidence.

Never chosen by itself. What counts is how much of the names of issue and technique, in both
languages, a sentence has, and of the words around them: the claim, the definitions; rare words more
than common ones. Sentences are cut into words as the search does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log

from markupsafe import Markup, escape
from sqlmodel import Session

from app.comparison import queries
from app.comparison.cells.quotations import (
    HeldTexts,
    SourceText,
    read_sources,
    says_abstract,
    with_page,
)
from app.comparison.queries import Pair
from app.comparison.rules import PaperTitle
from app.comparison.sentences import (
    before_references,
    content_words,
    cut_sentences,
    definitions_of,
    names_of,
    share_named,
    words_of,
)
from app.kit.trees import list_descendants, parent_map
from app.library.filters import PaperFilters
from app.models import Claim, Evidence, Issue, Note, Technique
from app.notes.markdown import list_formulas, plain_text, set_formulas
from app.search import service as search

_PAPERS = 24  # that one cell's passages are looked for in
_TEXT_LIMIT = 400_000  # characters of one paper
_NOTE_LIMIT = 50_000
_OFFERED = 5
_OF_A_PAPER = 2
_OF_ISSUE, _OF_TECHNIQUE = 2.0, 1.0  # what a whole name weighs beside all the words around it
_WORDS = 8  # so many of the rarest words around them weigh as much as a name that is there
_LEAST = 0.3


@dataclass(frozen=True)
class OfferedPassage:
    """A sentence that may be evidence: `shown` with its formulas set, `source` is the citation key
    or `note:ID` it is from, `url` opens it at its page."""

    text: str
    shown: Markup
    source: str
    title: str
    locator: str
    url: str
    score: float
    page: int | None = None


@dataclass(frozen=True)
class CellPassages:
    """What is offered for a cell; `papers` carry its technique, by tag or in their text, and of
    `read` of them a text is held."""

    passages: list[OfferedPassage]
    papers: list[PaperTitle]
    read: int


@dataclass(frozen=True)
class _Sentence:
    words: list[str]
    text: str
    held: SourceText | None  # None: of a note
    note: Note | None
    page: int
    paper: PaperTitle | None


@dataclass(frozen=True)
class _Subject:
    """What sentences are about: the names of issue and technique, and the words around them."""

    issue: list[str]
    technique: list[str]
    around: str


def offer_for_cell(session: Session, cell: Pair) -> CellPassages:
    """The passages that speak of a cell's issue in the papers that carry its technique."""
    technique = queries.select_techniques_by_id(session, {cell[0]})[cell[0]]
    issue = queries.select_issues_by_id(session, {cell[1]})[cell[1]]
    papers = _papers_about(session, technique)
    sentences, read = _sentences_of_papers(session, papers)
    subject = _subject(technique, issue, "")
    return CellPassages(_best(subject, sentences, needs_issue=True), papers, read)


def offer_for_evidence(session: Session, piece: Evidence, claim: Claim) -> list[OfferedPassage]:
    """The passages of the paper or note that `piece` is from that come nearest to its claim;
    technique and issue of `claim` must be loaded. Notes on a paper are no words of it."""
    if piece.note_id:
        noted = queries.select_notes_by_id(session, {piece.note_id})
        sentences = [each for note in noted.values() for each in _of_note(note, None)]
    else:
        papers = queries.titles_of_papers(session, [piece.paper_id or 0])
        sentences, _ = _sentences_of_papers(session, papers, notes=False)
    subject = _subject(claim.technique, claim.issue, claim.rationale)
    offered = _best(subject, sentences, of_a_paper=_OFFERED)
    return [replace(each, locator=_place_in(piece.locator, each)) for each in offered]


def _place_in(locator: str, passage: OfferedPassage) -> str:
    """What `locator` says once the passage is quoted: the page is put into it."""
    if passage.page:
        return with_page(locator, passage.page)
    return locator if says_abstract(locator) else passage.locator or locator


def _papers_about(session: Session, technique: Technique) -> list[PaperTitle]:
    """The papers with this technique, or one below it; then those that have its name."""
    parents = parent_map(queries.all_techniques(session))
    below = list_descendants(parents, [technique.id]) | {technique.id}
    carrying = queries.papers_carrying(session, below, limit=_PAPERS)
    asked = " OR ".join(f'"{name}"' for name in names_of(technique) if '"' not in name)
    found = search.papers_asked(session, asked, PaperFilters(), filled=False).select
    named = queries.papers_ranked(session, found, limit=_PAPERS) if found is not None else []
    return list(dict.fromkeys([*carrying, *named]))[:_PAPERS]


def _sentences_of_papers(
    session: Session, papers: Sequence[PaperTitle], *, notes: bool = True
) -> tuple[list[_Sentence], int]:
    """The sentences of abstracts and files, and of notes; of how many papers there are any."""
    by_id = {each.id: each for each in papers}
    noted = queries.notes_on_papers(session, by_id) if notes else {}
    texts = read_sources(session, papers=by_id)
    found: list[_Sentence] = []
    read = 0
    for number, paper in by_id.items():
        before = len(found)
        found += _of_paper(paper, texts[("paper", number)])
        for note in noted.get(number, []):
            found += _of_note(note, paper)
        read += len(found) > before
    return found, read


def _of_paper(paper: PaperTitle, texts: HeldTexts) -> Iterator[_Sentence]:
    seen: set[str] = set()
    for held in texts.current:
        left = _TEXT_LIMIT
        for number, page in enumerate(held.text.pages, 1):
            page, ends = before_references(page[: max(left, 0)], number, len(held.text.pages))
            left -= len(page)
            for words, text in cut_sentences(page):
                if text not in seen:
                    seen.add(text)
                    yield _Sentence(words, text, held, None, number, paper)
            if ends:
                break


def _of_note(note: Note, paper: PaperTitle | None) -> Iterator[_Sentence]:
    for words, text in cut_sentences(plain_text(note.body[:_NOTE_LIMIT])):
        yield _Sentence(words, text, None, note, 0, paper)


# --- How near ---


def _subject(technique: Technique, issue: Issue, rationale: str) -> _Subject:
    around = [rationale, *definitions_of(issue), *definitions_of(technique)]
    return _Subject(names_of(issue), names_of(technique), "\n".join(around))


def _best(
    subject: _Subject,
    sentences: Sequence[_Sentence],
    *,
    needs_issue: bool = False,
    of_a_paper: int = _OF_A_PAPER,
) -> list[OfferedPassage]:
    counts = Counter(word for each in sentences for word in set(each.words))
    # A word that no sentence has weighs as one that a single sentence has.
    weights = {
        word: log(1 + len(sentences) / max(counts[word], 1))
        for word in set(content_words(words_of(subject.around)))
    }
    whole = sum(sorted(weights.values(), reverse=True)[:_WORDS]) or 1.0
    scored: list[tuple[float, int]] = []
    for at, each in enumerate(sentences):
        words = set(each.words)
        of_issue = share_named(subject.issue, words, each.text)
        if needs_issue and not of_issue:
            continue
        score = _OF_ISSUE * of_issue + _OF_TECHNIQUE * share_named(
            subject.technique, words, each.text
        )
        score += min(sum(weights[word] for word in words & weights.keys()) / whole, 1.0)
        if score >= _LEAST:
            scored.append((-score, at))
    found: list[OfferedPassage] = []
    taken: Counter[int] = Counter()
    for negative, at in sorted(scored):
        each = sentences[at]
        number = each.paper.id if each.paper else 0
        if taken[number] < of_a_paper:
            taken[number] += 1
            found.append(_offered(each, round(-negative, 3)))
        if len(found) == _OFFERED:
            break
    return found


def _offered(each: _Sentence, score: float) -> OfferedPassage:
    if each.note:
        return OfferedPassage(
            each.text,
            set_formulas(each.text, list_formulas(each.note.body[:_NOTE_LIMIT])),
            f"note:{each.note.id}",
            each.note.title or (each.paper.title if each.paper else ""),
            "",
            f"/notes/{each.note.id}",
            score,
        )
    paper, held = each.paper, each.held
    assert paper
    assert held
    key, title = paper.citekey, paper.short_title or paper.title
    if held.sha256 is None:
        shown = set_formulas(each.text, ())
        return OfferedPassage(each.text, shown, key, title, "abstract", f"/papers/{key}", score)
    url = f"/papers/{key}/read?file={held.sha256}&page={each.page}"
    shown = escape(each.text)
    return OfferedPassage(each.text, shown, key, title, f"p. {each.page}", url, score, each.page)
