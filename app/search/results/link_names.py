"""Keys in passages, shown as a page shows them: by the names of what they are the keys of."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from sqlmodel import Session

from app.notes.links import resolve_links
from app.notes.references import LinkTarget, find_target, parse_link
from app.notes.rendering import KEYED
from app.search.results.highlight import Segment, mark_terms, plain_segments
from app.settings import Language

_KEY = re.compile(f"{KEYED[0]}([^{''.join(KEYED)}]*){KEYED[1]}")
_MARK = re.compile(f"[{''.join(KEYED)}]")  # alone, where a key was cut


def name_keys(
    session: Session,
    passages: Sequence[list[Segment]],
    terms: Collection[str],
    language: Language,
) -> list[list[Segment]]:
    """Passages with names in the place of the keys in them; no statement where they have none.

    A name is marked where its key was, and where `terms` stand in it.
    """
    texts = list(map(plain_segments, passages))
    written = {each for text in texts for each in _KEY.findall(text)}
    links = {each: found for each in written if (found := parse_link(each))}
    wanted = {each for link in links.values() for each in link.ways}
    targets = resolve_links(session, wanted) if wanted else {}
    names = {
        each: _name(each, find_target(link, targets), language) for each, link in links.items()
    }
    return [
        list(_shown(text, pieces, names, terms)) if _MARK.search(text) else pieces
        for text, pieces in zip(texts, passages, strict=True)
    ]


def _name(written: str, target: LinkTarget | None, language: Language) -> str:
    if target is None:
        return written[_key_at(written) :].strip()
    return (target.title_zh if language == "zh" else "") or target.title


def _key_at(written: str) -> int:
    """Where the key itself begins, behind what kind of thing it is of."""
    return written.replace("：", ":").find(":") + 1


def _shown(
    text: str, pieces: list[Segment], names: Mapping[str, str], terms: Collection[str]
) -> Iterator[Segment]:
    """The pieces of a text with the keys in it replaced."""
    marked = [piece.marked for piece in pieces for _ in piece.text]
    at = 0
    for key in _KEY.finditer(text):
        yield from _between(text, marked, at, key.start())
        name = names.get(key[1], key[1])
        if any(marked[key.start(1) + _key_at(key[1]) : key.end()]):
            yield Segment(name, marked=True)
        else:
            yield from mark_terms(name, terms)
        at = key.end()
    yield from _between(text, marked, at, len(text))


def _between(text: str, marked: Sequence[bool], start: int, end: int) -> Iterator[Segment]:
    for mark, places in groupby(range(start, end), marked.__getitem__):
        if said := _MARK.sub("", "".join(text[place] for place in places)):
            yield Segment(said, mark)
