"""A preprint and its publication: which of the two a record is, and which of its fields say where
it came out. Pure."""

import re
from collections.abc import Mapping
from typing import Literal

from app.library.venue_names import is_same_venue

Stage = Literal["preprint", "published", ""]

# What describes one publication: taken from one record, never mixed out of two.
FIELDS = ("year", "published", "venue", "doi", "url", "details")
# Of the details, what is said of the paper rather than of where it came out.
_OF_THE_PAPER = ("note", "language")

_SERVER = re.compile(
    r"\s*(?:(?:corr|arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|socarxiv|edarxiv|eartharxiv|engrxiv"
    r"|techrxiv|ssrn|research square|preprints?(?:\.org)?|openreview(?:\.net)?|chinaxiv)\b|预印本)",
    re.IGNORECASE,
)
_SERVERS_DOI = re.compile(
    r"10\.(?:48550/arxiv|1101/(?:\d{4}\.\d\d\.|\d{6}\b)|64898/|2139/ssrn|21203/rs|20944/preprints"
    r"|26434/chemrxiv|36227/techrxiv|31234/|31235/|31219/|31222/|31223/|31224/)",
    re.IGNORECASE,
)
_LOOSE = frozenset(["", "article", "document", "manuscript", "webpage"])  # types that say no more


def is_preprint_doi(doi: str) -> bool:
    return _SERVERS_DOI.search(doi) is not None


def is_preprint_server(venue: str) -> bool:
    """Whether a venue is called as servers of preprints are."""
    return _SERVER.match(venue) is not None


def tell_stage(fields: Mapping[str, object]) -> Stage:
    """Whether fields of a paper (of `PaperInput`) are those of a preprint or of a publication;
    neither where they do not say."""
    details = details_of(fields)
    venue, doi = str(fields.get("venue") or ""), str(fields.get("doi") or "")
    placed = bool(venue) and not is_preprint_server(venue)
    named = bool(doi) and not is_preprint_doi(doi)
    loose = details.get("type", "") in _LOOSE
    if placed or (named and not (fields.get("arxiv_id") and loose)):
        return "published"
    on_server = bool(fields.get("arxiv_id") or venue or doi or details.get("type") == "manuscript")
    return "preprint" if on_server and loose else ""


def publication_update(
    held: Mapping[str, object], fresh: Mapping[str, object]
) -> dict[str, object] | None:
    """Where `fresh` says how the preprint `held` was published: every field of `FIELDS` as it is to
    be then. None where it does not.

    A field of which the publication says nothing is emptied, unless the year is: a preprint's date
    is not its publication's.
    """
    if tell_stage(held) != "preprint" or tell_stage(fresh) != "published":
        return None
    kept = {k: v for k, v in details_of(held).items() if k in _OF_THE_PAPER}
    update: dict[str, object] = {
        "venue": fresh.get("venue") or "",
        "doi": fresh.get("doi") or held.get("doi"),
        "url": fresh.get("url") or held.get("url") or "",
        "details": {**kept, **details_of(fresh)},
    }
    if fresh.get("year"):
        update |= {"year": fresh["year"], "published": fresh.get("published") or ""}
    return update


def drop_preprint(held: Mapping[str, object], fresh: Mapping[str, object]) -> dict[str, object]:
    """`fresh` without what it says of a preprint's dates and place, where `held` is published: of
    the preprint such a paper gets the number alone."""
    if tell_stage(held) != "published" or tell_stage(fresh) != "preprint":
        return dict(fresh)
    return {name: value for name, value in fresh.items() if name not in FIELDS}


def is_elsewhere(held: Mapping[str, object], fresh: Mapping[str, object]) -> bool:
    """Whether both are published, and not in one place: a conference's and a journal's version."""
    if tell_stage(held) != "published" or tell_stage(fresh) != "published":
        return False
    here, there = str(held.get("doi") or ""), str(fresh.get("doi") or "")
    if here and there:
        return here.lower() != there.lower()
    venues = str(held.get("venue") or ""), str(fresh.get("venue") or "")
    return bool(venues[0] and venues[1]) and not is_same_venue(*venues)


def details_of(fields: Mapping[str, object]) -> dict[str, str]:
    details = fields.get("details")
    return {str(k): str(v) for k, v in details.items()} if isinstance(details, Mapping) else {}
