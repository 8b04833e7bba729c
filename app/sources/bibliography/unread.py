"""Files of references that are not read, and what to export instead of them. Pure."""

import re
from pathlib import PurePosixPath

from app.errors import N_, Message

OF_XML = N_("References in XML are not read. Export them as BibTeX, RIS or CSL JSON instead.")
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
        re.compile(r"<!DOCTYPE netscape-bookmark", re.IGNORECASE),
        N_(
            "These are a browser's bookmarks, which are not read. Paste the addresses of the"
            " papers (arXiv, doi.org) instead, one a line."
        ),
    ),
    (
        re.compile(r"<(?:!DOCTYPE )?html\b", re.IGNORECASE),
        N_("A web page is not read. Export the references as BibTeX, RIS or CSL JSON instead."),
    ),
    (
        re.compile(r"<[A-Za-z][\w:.-]*\s[^>]*\bxmlns|<(?:mods(?:Collection)?|refworks)\b"),
        OF_XML,
    ),
    (
        re.compile(r'(?:\[|\{[^\[]{0,1000}"items"\s*:\s*\[)\s*\{[^{}]{0,1000}"itemType"'),
        N_("This is Zotero's own JSON, which is not read. In Zotero, export as CSL JSON instead."),
    ),
)
# A reference as GB/T 7714 has it printed: `[1]张三.水壶分类[J].水壶学报,2020,43(05):1-10.`
_PRINTED = re.compile(r"\[[A-Z]{1,2}(?:/[A-Z]{2})?\]\s*[.,．，/]")
_OF_PRINTED = N_(
    "These are references as they are printed, which are not read. In CNKI, export as"
    " EndNote, NoteExpress or RefWorks instead."
)
_NUMBERED = re.compile(r"\s{0,9}\[\d{1,4}\] [^\n]{10,2000}?\b(?:19|20)\d\d\b")
_OF_NUMBERED = N_(
    "These are references as they are printed, which are not read. Export them as BibTeX, RIS or"
    " CSL JSON where they come from."
)
_OF_YAML = N_("References in YAML are not read. Export them as BibTeX, RIS or CSL JSON instead.")
_OF_CFF = N_(
    "CITATION.cff is not read. On GitHub, copy the BibTeX under “Cite this repository” and paste"
    " it."
)
_BEFORE = re.compile(r"(?:\ufeff|\s|<\?[^>]*\?>|<!--.*?-->)*", re.DOTALL)


def say_instead(text: str, name: str = "") -> Message | None:
    """What to export instead, where `text` is a file of references that is not read."""
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".cff" or re.match(r"\ufeff?(?:\s*#[^\n]*\n|\s)*cff-version\s*:", text[:2000]):
        return Message(_OF_CFF)
    if ending in (".yaml", ".yml"):
        return Message(_OF_YAML)
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    if ending == ".txt" and lines and all(map(_PRINTED.search, lines[:100])):
        return Message(_OF_PRINTED)
    if ending == ".txt" and len(lines) > 1 and all(map(_NUMBERED.match, lines[:100])):
        return Message(_OF_NUMBERED)
    start = _BEFORE.match(text[:2000])
    begun = text[start.end() if start else 0 :][:2000]
    why = next((why for told, why in _UNREAD if told.match(begun)), "")
    xml = text.lstrip("\ufeff \t\r\n").startswith("<?xml") or ending in (".xml", ".rdf", ".mods")
    if not why and xml and begun.startswith("<"):
        why = OF_XML
    return Message(why) if why else None
