"""What `[[`, and the fields that name things, may go on with: what the palette would lead to, as it
is written there."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote

from sqlmodel import Session

from app.kit.text import has_han
from app.notes.links import resolve_links
from app.notes.references import find_target, parse_link
from app.search import queries
from app.search.quick_open.candidates import list_candidates
from app.search.quick_open.matching import (
    LENGTH_LIMIT,
    PlaceKind,
    QuickOpenEntry,
    rank_candidates,
    typed_words,
)
from app.settings import Language
from app.state_cache import StateCache

CompletedField = Literal[
    "link", "source", "paper", "note", "technique", "issue", "tag", "author", "venue"
]
SHOWN = 10
_LINKED: tuple[PlaceKind, ...] = (
    *("paper", "note", "technique", "issue", "correspondence", "comparison"),
)
_KINDS: Mapping[CompletedField, tuple[PlaceKind, ...]] = {
    "link": _LINKED,
    "source": ("paper", "note"),
    "paper": ("paper",),
    "note": ("note",),
    "technique": ("technique",),
    "issue": ("issue",),
}
_PREFIXED = re.compile(r"\s*(\w+)\s*[:：]\s*(.*)", re.DOTALL)

_kept_words = StateCache[list[str]](4)


@dataclass(frozen=True)
class FieldCompletion:
    """`text` is what is written, `label` what it is called; `kind` is what it is."""

    kind: PlaceKind | CompletedField
    label: str
    text: str
    detail: str = ""


def complete_field(
    session: Session, q: str, field: CompletedField, language: Language
) -> list[FieldCompletion]:
    """The likeliest for what was typed so far, best first; a constant number of statements.

    For a link, also `issue:` with nothing behind it, and what is newest where nothing is typed; a
    name is written only if it leads there, else the key.
    """
    if field in ("tag", "author", "venue"):
        return _complete_word(session, q, field)
    kinds = _KINDS[field]
    prefix = ""
    if field == "link" and (written := _PREFIXED.fullmatch(q)):
        link = parse_link(f"{written[1]}:x")
        named = {each.kind for each in link.ways} if link else ()
        kinds_named = tuple(kind for kind in _LINKED if kind in named)
        if kinds_named:
            kinds, q, prefix = kinds_named, written[2], written[1]
    q = q.strip().removeprefix("@")
    language = "zh" if has_han(q) else language  # who types Chinese goes on in Chinese
    if typed_words(q):
        found = list_candidates(session, q, language, kinds=kinds)
        found = rank_candidates(q, found, limit=SHOWN)
    elif prefix:
        found = list_candidates(session, "", language, kinds=kinds)[:SHOWN]
    else:
        found = _newest(session, kinds)
    shown = [_as_written(each, field) for each in found]
    return _leading_there(session, shown, found) if field == "link" else shown


def _newest(session: Session, kinds: Collection[PlaceKind]) -> list[QuickOpenEntry]:
    half = SHOWN // 2
    notes = queries.last_written_notes(session, half) if "note" in kinds else []
    papers = queries.last_added_papers(session, half) if "paper" in kinds else []
    return [
        *(QuickOpenEntry("note", title, f"/notes/{number}") for number, title in notes),
        *(
            QuickOpenEntry("paper", title, f"/papers/{key}", detail=str(year or ""))
            for key, title, year in papers
        ),
    ]


def _as_written(place: QuickOpenEntry, field: CompletedField) -> FieldCompletion:
    key = unquote(place.url.rpartition("/")[2])
    text, detail = key, place.detail
    match place.kind:
        case "paper":
            detail = " ".join(filter(None, (key, place.detail)))
        case "note":
            text = place.label if field == "link" else f"note:{key}"
        case _ if field == "link":
            text = f"{place.kind}:{place.label}"
            detail = key
    return FieldCompletion(place.kind, place.label, text, detail)


def _leading_there(
    session: Session, shown: list[FieldCompletion], found: Iterable[QuickOpenEntry]
) -> list[FieldCompletion]:
    """Each written so that it leads to what it is of: by its name, or else by its key; a note whose
    title is something else's is left out."""
    links = [parse_link(each.text) for each in shown]
    targets = resolve_links(session, {way for link in links if link for way in link.ways})
    kept = []
    for each, place, link in zip(shown, found, links, strict=True):
        target = find_target(link, targets) if link else None
        if target and target.url == place.url:
            kept.append(each)
        elif each.kind != "note":
            key = unquote(place.url.rpartition("/")[2])
            kept.append(replace(each, text=key if each.kind == "paper" else f"{each.kind}:{key}"))
    return kept


def _complete_word(session: Session, q: str, field: CompletedField) -> list[FieldCompletion]:
    """Tags, authors, venues: words that are not things with pages of their own."""
    if not typed_words(q):
        return []
    if field == "author":
        words = queries.authors_beginning(session, q[:LENGTH_LIMIT])
    else:
        every = queries.every_tag if field == "tag" else queries.every_venue
        words = _kept_words.get(session, field, lambda: every(session))
    places = [QuickOpenEntry("command", word, word) for word in words]
    found = rank_candidates(q, places, limit=SHOWN)
    return [FieldCompletion(field, each.label, each.label) for each in found]
