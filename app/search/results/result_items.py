"""What is shown of what was found: a title, a line of context, a passage with the words marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from urllib.parse import quote, urlencode

from sqlmodel import Session

from app.kit.text import language_of_text
from app.models import (
    Bilingual,
    Claim,
    Correspondence,
    Issue,
    Note,
    Ruling,
    Technique,
    Verdict,
)
from app.models.stances import cell_stance
from app.search import queries
from app.search.index.document_text import Key
from app.search.index.document_text import cached_plain_text as without_marks
from app.search.index.documents import DocumentKind
from app.search.queries import Found, ShownPaper
from app.search.results import link_names
from app.search.results.highlight import Segment, count_distinct, mark_terms, plain_segments
from app.search.retrieval import Findings
from app.settings import Language

_PASSAGE = 170  # letters
_REASONS = 2  # names by which a paper was found
_NAMELESS = 60  # characters of a note's text that stand for a title it has not got


@dataclass(frozen=True)
class Hit:
    """One thing that was found. `snippet` and `title` are plain text; `marked`, `passage` and the
    parts of `context` are cut where a word was found."""

    type: DocumentKind
    key: str
    title: str
    url: str
    marked: list[Segment]
    passage: list[Segment]
    context: tuple[list[Segment], ...] = ()
    authors: tuple[str, ...] = ()
    year: int | None = None
    verdict: Verdict | None = None
    stance: str = ""
    partial: bool = False  # it has only some of the words
    page: int | None = None  # of its file, where nothing else that is shown has the words

    @property
    def snippet(self) -> str:
        return plain_segments(self.passage)


def load_hits(
    session: Session,
    found: Sequence[Found],
    complete: Collection[Found],
    of: Findings,
    language: Language,
    *,
    passages: Language | None = None,
) -> list[Hit]:
    """The hits of some of what was found, in its order; a constant number of statements.

    `passages` is the language in which those of texts in both are to begin.
    """
    maker = _Maker(session, found, of, language, passages)
    made = [
        replace(hit, partial=each not in complete) for each in found if (hit := maker.hit(*each))
    ]
    named = link_names.name_keys(session, [hit.passage for hit in made], of.terms, language)
    return [
        hit if passage is hit.passage else replace(hit, passage=passage)
        for hit, passage in zip(made, named, strict=True)
    ]


class _Maker:
    """Rows of what was found, read at once, and the hits made of them."""

    def __init__(
        self,
        session: Session,
        found: Sequence[Found],
        of: Findings,
        language: Language,
        passages: Language | None,
    ) -> None:
        self.passages = passages
        self.words = of.plan.words
        self.terms = of.terms
        self.language = language
        ids: dict[DocumentKind, list[int]] = {}
        for kind, key in found:
            ids.setdefault(kind, []).append(key[0])
        cells = [key for kind, key in found if kind == "cell"]
        self.papers = queries.shown_papers(session, ids["paper"]) if "paper" in ids else {}
        by_text = [
            number
            for number, paper in self.papers.items()
            if number not in of.written or not self._is_explained(paper)
        ]
        self.pages = of.pages(session, by_text)
        self.texts = queries.page_texts(session, self.pages.values()) if self.pages else {}
        self.notes = queries.notes_by_id(session, ids["note"]) if "note" in ids else {}
        self.techniques: dict[int, Technique] = {}
        self.issues: dict[int, Issue] = {}
        if cells or "technique" in ids:
            wanted = {*ids.get("technique", ()), *(key[0] for key in cells)}
            self.techniques = queries.techniques_of(session, wanted)
        if cells or "issue" in ids:
            wanted = {*ids.get("issue", ()), *(key[1] for key in cells)}
            self.issues = queries.issues_of(session, wanted)
        self.claims = queries.claims_of_cells(session, cells) if cells else {}
        self.rulings = queries.rulings_by_cell(session, cells) if cells else {}
        self.hypotheses = queries.hypotheses_by_cell(session, cells) if cells else {}
        paired = ids.get("correspondence", ())
        self.correspondences = queries.correspondences_by_id(session, paired) if paired else {}
        self.comparisons = queries.comparison_of_cells(session, cells) if cells else {}

    def hit(self, kind: DocumentKind, key: Key) -> Hit | None:
        """The hit of one document, or None where its row is gone."""
        match kind:
            case "paper" if paper := self.papers.get(key[0]):
                return self._paper(paper)
            case "note" if note := self.notes.get(key[0]):
                return self._note(note)
            case "technique" if technique := self.techniques.get(key[0]):
                return self._entry("technique", technique)
            case "issue" if issue := self.issues.get(key[0]):
                return self._entry("issue", issue)
            case "correspondence" if correspondence := self.correspondences.get(key[0]):
                return self._correspondence(correspondence)
            case "cell" if key[0] in self.techniques and key[1] in self.issues:
                return self._cell(key)
        return None

    def _paper(self, paper: ShownPaper) -> Hit:
        page = self.pages.get(paper.id or 0)
        url = f"/papers/{paper.citekey}"
        if page:
            asked = {"file": page.sha256, "page": page.page, "q": self.words}
            url += f"/read?{urlencode(asked, quote_via=quote)}"
            passage = mark_terms(self.texts[page], self.terms, _PASSAGE)
        else:
            passage = self._passage(paper.said, [paper.abstract])
        return Hit(
            "paper",
            paper.citekey,
            paper.title,
            url,
            mark_terms(paper.title, self.terms),
            passage,
            page=page.page if page else None,
            context=self._context(paper.venue, *self._why(paper.techniques)),
            authors=tuple(paper.authors),
            year=paper.year,
            verdict=paper.verdict,
        )

    def _is_explained(self, paper: ShownPaper) -> bool:
        """Whether what is shown of a paper may have the words; its marks, which have them from its
        file, are not shown."""
        said = (paper.title, paper.abstract, paper.venue, *paper.authors, *paper.said)
        names = (name for each in paper.techniques for name in each)
        return any(count_distinct(text, self.terms) for text in (*said, *names))

    def _why(self, techniques: Sequence[Sequence[str]]) -> list[str]:
        """The names and synonyms by which a paper was found without having the words itself; a
        name in the language of the page, whichever of the two was asked for."""
        found = (
            (next((n for n in each if count_distinct(n, self.terms)), ""), each)
            for each in techniques
        )
        own = 1 if self.language == "zh" else 0  # the English name stands first, then the Chinese
        return [(each[own] or name) if name in each[:2] else name for name, each in found if name][
            :_REASONS
        ]

    def _note(self, note: Note) -> Hit:
        title = note.title or " ".join(without_marks(note.body).split())[:_NAMELESS]
        about = ""
        if note.paper:
            about = note.paper.short_title or note.paper.title
        elif subject := note.technique or note.issue:
            about = self._name(subject)
        return Hit(
            "note",
            str(note.id),
            title,
            f"/notes/{note.id}",
            mark_terms(title, self.terms),
            self._passage([note.body]),
            context=self._context(about),
        )

    def _entry(self, kind: DocumentKind, entry: Technique | Issue) -> Hit:
        title = self._name(entry)
        definitions = [entry.definition_en, entry.definition_zh]
        if self.language == "zh":
            definitions.reverse()
        return Hit(
            kind,
            entry.slug,
            title,
            f"/{kind}s/{entry.slug}",
            mark_terms(title, self.terms),
            self._passage(definitions),
            context=self._context(*(each for each in _names(entry) if each != title)),
        )

    def _cell(self, key: Key) -> Hit:
        technique, issue = self.techniques[key[0]], self.issues[key[1]]
        claims, ruling = self.claims.get(key, ()), self.rulings.get(key)
        title = f"{self._name(technique)} × {self._name(issue)}"
        slug = self.comparisons.get(key)
        cell = f"{technique.slug}/{issue.slug}"
        return Hit(
            "cell",
            cell,
            title,
            f"/comparisons/{slug}/{cell}" if slug else f"/techniques/{technique.slug}",
            mark_terms(title, self.terms),
            self._passage([*_cell_texts(claims, ruling), *chain(*self.hypotheses.get(key, ()))]),
            stance=_stance(claims, ruling),
        )

    def _correspondence(self, correspondence: Correspondence) -> Hit:
        sides = (correspondence.source, correspondence.target)
        title = " ↔ ".join(map(self._name, sides))
        others = (side.name_en if self.language == "zh" else side.name_zh for side in sides)
        texts = [*correspondence.carries, *correspondence.breaks]
        if self.language == "zh":
            texts.reverse()
        return Hit(
            "correspondence",
            correspondence.slug,
            title,
            f"/correspondences/{correspondence.slug}",
            mark_terms(title, self.terms),
            self._passage(texts),
            context=self._context(" ↔ ".join(filter(None, others))),
        )

    def _context(self, *parts: str) -> tuple[list[Segment], ...]:
        return tuple(mark_terms(part, self.terms) for part in parts if part)

    def _passage(self, texts: Sequence[str], plain_texts: Sequence[str] = ()) -> list[Segment]:
        """Of the text that holds most of the words (the first of equals), the passage that does.

        Only that one has its Markdown read, for reading all would take longer than the search.
        """
        every = [(text, True) for text in texts if text.strip()]
        every += [(text, False) for text in plain_texts if text.strip()]
        if not every:
            return []
        text, marked_up = every[0]
        if len(every) > 1:
            text, marked_up = max(every, key=lambda each: count_distinct(each[0], self.terms))
        plain = without_marks(text, keyed=True) if marked_up else text
        if self.passages:
            plain = _beginning_in(self.passages, plain)
        return mark_terms(plain, self.terms, _PASSAGE)

    def _name(self, entry: Technique | Issue | Bilingual) -> str:
        one, other = entry.name_en, entry.name_zh
        return (other or one) if self.language == "zh" else (one or other)


def _beginning_in(language: Language, text: str) -> str:
    """A text from its first line in a language on; the whole of it where it has none."""
    lines = text.splitlines()
    said = (at for at, line in enumerate(lines) if line and language_of_text(line) == language)
    return "\n".join(lines[next(said, 0) :])


def _names(entry: Technique | Issue) -> list[str]:
    return [entry.name_en, entry.name_zh, *entry.synonyms_en, *entry.synonyms_zh]


def _cell_texts(claims: Sequence[Claim], ruling: Ruling | None) -> list[str]:
    rationales = [claim.rationale for claim in claims]
    quotes = [evidence.quote for claim in claims for evidence in claim.evidence]
    return [ruling.rationale if ruling else "", *rationales, *quotes]


def _stance(claims: Sequence[Claim], ruling: Ruling | None) -> str:
    said = [(claim.stance, claim.confidence, claim.basis) for claim in claims]
    return cell_stance(ruling.stance if ruling else None, said).stance
