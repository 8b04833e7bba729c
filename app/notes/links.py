"""Links: what the references of texts name, and the rows that backlinks are read from.

`refresh_links` follows the texts that changed (`app.changes`), and writes their links anew.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from urllib.parse import quote

from sqlalchemy import delete, insert
from sqlmodel import Session, SQLModel, col

from app.changes import Changes, Follower
from app.kit.batches import batches
from app.kit.text import fold
from app.models import (
    HYPOTHESIS_TEXTS,
    Bilingual,
    Claim,
    Correspondence,
    Hypothesis,
    Link,
    Note,
    Ruling,
)
from app.notes import queries
from app.notes.markdown import find_references
from app.notes.references import LinkReference, LinkTarget, NamedTerm, find_target, parse_link
from app.settings import Language
from app.state_cache import StateCache

_BARE = re.compile(r"\[\[([^][|]+)\]\]")  # without words of its own
_BATCH = 500  # ids one statement names
_LOOK_UP = 5_000  # references of one page that are looked up; SQLite takes 32,766 values

# What `[[…]]` without a prefix may be.
BY_NAME = ("paper", "title", "arxiv", "doi")

_targets = StateCache[Mapping[LinkReference, LinkTarget]](256)


def name_links(session: Session, texts: Sequence[Bilingual]) -> list[Bilingual]:
    """Markdown whose `[[key]]` say the names of what they name, in the language of each text, for
    where a text is shown without its links; no statement where there are none, else four."""
    written = {key for text in texts for side in text for key in _BARE.findall(side)}
    links = {key: found for key in written if (found := parse_link(key))}
    if not links:
        return list(texts)
    targets = resolve_links(session, {each for link in links.values() for each in link.ways})

    def named(text: str, language: Language) -> str:
        def name(match: re.Match[str]) -> str:
            target = find_target(links[match[1]], targets) if match[1] in links else None
            if not target:
                return match[0]
            said = (target.title_zh if language == "zh" else "") or target.title
            return f"[[{match[1]}|{said}]]"

        return _BARE.sub(name, text)

    return [Bilingual(named(text.name_en, "en"), named(text.name_zh, "zh")) for text in texts]


def resolve_links(
    session: Session, wanted: Collection[LinkReference]
) -> Mapping[LinkReference, LinkTarget]:
    """What these references name in the library; at most five statements, however many, and none
    where the library has not changed since the same were asked for."""
    if not wanted:
        return {}
    return _targets.get(session, frozenset(wanted), partial(_resolve, session, wanted))


def _resolve(
    session: Session, wanted: Collection[LinkReference]
) -> Mapping[LinkReference, LinkTarget]:
    wanted = list(islice(sorted(wanted), _LOOK_UP))
    names = {each.key for each in wanted if each.kind in ("paper", "title")}
    arxiv_ids = {each.key for each in wanted if each.kind == "arxiv"}
    found: dict[LinkReference, LinkTarget] = {}
    if names:
        for note in queries.notes_named(session, names):
            target = LinkTarget(f"/notes/{note.id}", note.title, "note")
            found |= dict.fromkeys(_by_name(note.folded), target)
    if names or arxiv_ids:
        # Weakest first: a key wins over a title, of two papers of one title the older.
        papers = queries.papers_named(session, names=names, arxiv_ids=arxiv_ids)[::-1]
        targets = [
            LinkTarget(f"/papers/{p.citekey}", p.short_title or p.title, "paper") for p in papers
        ]
        for names_of in (_titles, _former, _keys):
            for paper, target in zip(papers, targets, strict=True):
                found |= dict.fromkeys(names_of(paper), target)
    if dois := {each.key for each in wanted if each.kind == "doi"}:
        for key, citekey, title in queries.papers_with_dois(session, dois):
            found[LinkReference("doi", key)] = LinkTarget(f"/papers/{citekey}", title, "paper")
    terms = [each for each in wanted if each.kind in ("technique", "issue", "title")]
    if any(each not in found for each in terms):
        named = _terms_by_name(named_terms(session))
        found |= {each: named[each] for each in terms if each in named and each not in found}
    slugs: dict[str, set[str]] = {}
    for reference in wanted:
        if reference.kind in queries.SLUGGED:
            slugs.setdefault(reference.kind, set()).add(reference.key)
    for each in queries.named_by_slug(session, slugs):
        found[LinkReference(each.kind, each.slug)] = _term_target(each)
    return found


def _term_target(term: NamedTerm) -> LinkTarget:
    url = f"/{term.kind}s/{quote(term.slug)}"
    return LinkTarget(url, term.name_en or term.name_zh, term.kind, term.name_zh)


_named = StateCache[tuple[NamedTerm, ...]](2)


def named_terms(session: Session) -> tuple[NamedTerm, ...]:
    """Every technique, then every issue, with all that it is and was called; read once a state of
    the library."""
    return _named.get(session, "all", lambda: tuple(queries.select_named_terms(session)))


@lru_cache(maxsize=2)  # most changes of a library are of no term
def _terms_by_name(named: tuple[NamedTerm, ...]) -> Mapping[LinkReference, LinkTarget]:
    """Every technique and issue by all that it is and was called, with its kind before it and
    without."""
    found: dict[LinkReference, LinkTarget] = {}
    terms = [(each, _term_target(each)) for each in named]
    for names_of in (_slug, _own_names, _synonyms, _former_names):
        for term, target in terms:
            for name in map(fold, names_of(term)):
                if name:
                    found.setdefault(LinkReference(term.kind, name), target)
                    found.setdefault(LinkReference("title", name), target)
    return found


def _slug(term: NamedTerm) -> Iterable[str]:
    return (term.slug,)


def _own_names(term: NamedTerm) -> Iterable[str]:
    return (term.name_en, term.name_zh)


def _synonyms(term: NamedTerm) -> Iterable[str]:
    return term.synonyms


def _former_names(term: NamedTerm) -> Iterable[str]:
    return term.former


def _titles(paper: queries.NamedPaper) -> Iterable[LinkReference]:
    for name in {fold(paper.title), fold(paper.short_title)}:
        yield from _by_name(name)


def _former(paper: queries.NamedPaper) -> Iterable[LinkReference]:
    return _by_name(paper.former or "")


def _keys(paper: queries.NamedPaper) -> Iterable[LinkReference]:
    yield from _by_name(fold(paper.citekey))
    if paper.arxiv_id:
        yield LinkReference("arxiv", paper.arxiv_id)


def _by_name(name: str) -> Iterable[LinkReference]:
    return (LinkReference("paper", name), LinkReference("title", name)) if name else ()


_TEXTS: Mapping[str, tuple[type[SQLModel], Sequence[str]]] = {
    "note": (Note, ["body"]),
    "claim": (Claim, ["rationale"]),
    "ruling": (Ruling, ["rationale"]),
    "correspondence": (Correspondence, ["carries_en", "carries_zh", "breaks_en", "breaks_zh"]),
    "hypothesis": (Hypothesis, HYPOTHESIS_TEXTS),
}


def refresh_links(session: Session, changes: Changes) -> None:
    """Write anew the links of the notes, claims … that this transaction changed.

    Mentions that an import recognised are not written in the text, and stay.
    """
    for kind, (model, columns) in _TEXTS.items():
        for batch in batches(sorted(changes.ids(kind)), _BATCH):
            texts = queries.texts(session, model, columns, batch)
            is_source = (col(Link.source_kind) == kind, col(Link.source_id).in_(batch))
            session.execute(delete(Link).where(*is_source, col(Link.origin) == "text"))
            if gone := [number for number in batch if number not in texts]:
                of_gone = (col(Link.source_kind) == kind, col(Link.source_id).in_(gone))
                session.execute(delete(Link).where(*of_gone))
            links = [
                {
                    "source_kind": kind,
                    "source_id": number,
                    "target_kind": reference.kind,
                    "target_key": reference.key,
                    "origin": "text",
                }
                for number, text in texts.items()
                for reference in sorted(find_references(text))
            ]
            if links:
                session.execute(insert(Link), links)


def find_stale_links(session: Session) -> Iterator[tuple[str, int]]:
    """The texts, by kind and number, whose links are not what they name; those that are no more
    and have links."""
    for kind, (model, columns) in _TEXTS.items():
        numbers = queries.texts_ever(session, kind)
        for batch in batches(numbers, _BATCH):
            held: dict[int, list[tuple[str, str]]] = {}
            for number, target, key in queries.links_of(session, kind, batch):
                held.setdefault(number, []).append((target, key))
            texts = queries.texts(session, model, columns, batch)
            for number in batch:
                references = find_references(texts.get(number, ""))
                wanted = [(each.kind, each.key) for each in references]
                if sorted(held.get(number, [])) != sorted(wanted):
                    yield kind, number


FOLLOWER = Follower("links", refresh_links, {kind: ["id"] for kind in _TEXTS})
