"""Venues and years, as papers write them."""

import re
from functools import partial

from sqlmodel import Session

from app.kit.text import fold
from app.library.headings import queries
from app.library.headings.queries import Heading
from app.library.venue_names import is_same_venue
from app.state_cache import StateCache

_venues = StateCache[list[Heading]](2)
_years = StateCache[list[Heading]](2)
_alike = StateCache[list[Heading]](64)
_COMPARED = 2_000  # of a library's venues, those with most papers; a name takes 20 µs
_SHOWN = 12
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def list_venues(session: Session, q: str = "") -> list[Heading]:
    """Every venue whose name holds `q`, the one with most papers first."""
    held = _venues.get(session, (), partial(queries.venue_counts, session))
    return [each for each in held if fold(q) in fold(each.label)] if q else held


def list_years(session: Session) -> list[Heading]:
    """Every year that papers have, the latest first."""
    return _years.get(session, (), partial(queries.year_counts, session))


def similar_venues(session: Session, name: str) -> list[Heading]:
    """Other venues of the library that may be this one, under other names or of other years: ACL
    2021, Annual Meeting of the Association for …"""
    return _alike.get(session, name, partial(_compare, session, name))


def _compare(session: Session, name: str) -> list[Heading]:
    others = (each for each in list_venues(session)[:_COMPARED] if each.label != name)
    bare = _YEAR.sub(" ", name)
    return [each for each in others if is_same_venue(bare, _YEAR.sub(" ", each.label))][:_SHOWN]
