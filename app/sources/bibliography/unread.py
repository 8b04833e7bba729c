"""Files of references that are not read, and what to export instead of them. Pure."""

import re

from app.errors import N_, Message

# What such a file begins with, past a declaration; its name; what its program exports besides.
_UNREAD = (
    (
        re.compile(r"<(?:!DOCTYPE )?Pubmed(?:Article|BookArticle)", re.IGNORECASE),
        N_("This is PubMed's XML, which is not read. In PubMed, save as “PubMed” (.nbib) instead."),
    ),
    (
        re.compile(r"<rdf:RDF", re.IGNORECASE),
        N_(
            "This is RDF, which is not read. In Zotero, export as BibTeX, BibLaTeX, RIS or"
            " CSL JSON instead."
        ),
    ),
    (
        re.compile(r"<xml>\s*<records>", re.IGNORECASE),
        N_(
            "This is EndNote's XML, which is not read. In EndNote, export as RIS or BibTeX instead."
        ),
    ),
    (
        re.compile(r"<(?:mods(?:Collection)?|refworks|b:Sources|bibtex:file|Bibliographies)\b"),
        N_("References in XML are not read. Export them as BibTeX, RIS or CSL JSON instead."),
    ),
)
_BEFORE = re.compile(r"(?:\ufeff|\s|<\?[^>]*\?>|<!--.*?-->)*", re.DOTALL)


def say_instead(text: str) -> Message | None:
    """What to export instead, where `text` is a file of references that is not read."""
    start = _BEFORE.match(text[:2000])
    begun = text[start.end() if start else 0 :][:2000]
    return next((Message.of(why) for told, why in _UNREAD if told.match(begun)), None)
