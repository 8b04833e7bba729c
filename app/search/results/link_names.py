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
_TORN_BEFORE = re.compile(f"(… )?[^{''.join(KEYED)}]*{KEYED[1]}")
_TORN_AFTER = re.compile(f"{KEYED[0]}[^{''.join(KEYED)}]*?( …)?$")


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
    """The pieces of a text with the keys in it replaced; what is left of a key that was cut says
    nothing, and goes where nothing of it was looked for."""
    marked = [piece.marked for piece in pieces for _ in piece.text]
    at, end = 0, len(text)
    if (torn := _TORN_BEFORE.match(text)) and not any(marked[: torn.end()]):
        yield from _plain(torn[1])
        at = torn.end()
    torn_after = _TORN_AFTER.search(text, at)
    if torn_after and not any(marked[torn_after.start() :]):
        end = torn_after.start()
    for key in _KEY.finditer(text, at, end):
        yield from _between(text, marked, at, key.start())
        name = names.get(key[1], key[1])
        if any(marked[key.start(1) + _key_at(key[1]) : key.end()]):
            yield Segment(name, marked=True)
        else:
            yield from mark_terms(name, terms)
        at = key.end()
    yield from _between(text, marked, at, end)
    if torn_after and end < len(text):
        yield from _plain(torn_after[1])


def _plain(text: str | None) -> Iterator[Segment]:
    if text:
        yield Segment(text, marked=False)


def _between(text: str, marked: Sequence[bool], start: int, end: int) -> Iterator[Segment]:
    for mark, places in groupby(range(start, end), marked.__getitem__):
        if said := _MARK.sub("", "".join(text[place] for place in places)):
            yield Segment(said, mark)
