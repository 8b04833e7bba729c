"""BibTeX and BibLaTeX: papers as entries that LaTeX can cite by the keys they have here. Pure.

Unicode is kept: biber, Zotero and JabRef read it, and `bibtex` hands it to xelatex and lualatex.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from app.exports.formats.paper_entry import (
    PaperEntry,
    PersonName,
    fold_lines,
    is_others,
    join_keywords,
)
from app.kit.editions import edition_in_words, edition_number
from app.kit.text import has_han
from app.sources.bibliography.tex import MATHEMATICS
from app.sources.drafts import ISSUES, OF_SERIES

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",  # BibTeX counts the brace of \{ too
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
# Between characters that TeX would set as one: ``, '', --, ?`, !`.
_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=[`?!])(?=`)|(?<=')(?=')")
_IN_ADDRESSES = {"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_KEY = re.compile(r"[^\s,{}\"#%~\\'()=]+")  # what is no key to biber is left out
_WORD = re.compile(r"[^\s\-–—/:]+")

# The entry of each of CSL's types; what has none is `misc`.
_BIBTEX = {
    "article-journal": "article",
    "article-magazine": "article",
    "article-newspaper": "article",
    "paper-conference": "inproceedings",
    "chapter": "incollection",
    "entry-encyclopedia": "incollection",
    "entry-dictionary": "incollection",
    "book": "book",
    "thesis": "phdthesis",
    "report": "techreport",
    "manuscript": "unpublished",
}
_BIBLATEX = {
    **_BIBTEX,
    "article": "online",
    "thesis": "thesis",
    "report": "report",
    "webpage": "online",
    "post": "online",
    "post-weblog": "online",
    "dataset": "dataset",
    "software": "software",
    "patent": "patent",
    "periodical": "periodical",
}
# What the reader of an entry takes it for, where it says no more.
_TAKEN_FOR = {
    **{kind: type for type, kind in reversed([*_BIBTEX.items(), *_BIBLATEX.items()])},
    "online": "webpage",
    "misc": "document",
}
_TAKEN_FOR |= {"mastersthesis": "thesis", "proceedings": "book"}
# A thesis that is none of a doctor, whatever it is called.
_MASTERS = re.compile(
    r"master|m\.?\s?(?:sc|a|phil|eng|s)\b|bachelor|b\.?\s?(?:sc|a)\b|diplom|magist|licen[ct]|undergrad"
    r"|honou?rs|硕士|碩士|学士|學士|本科",
    re.IGNORECASE,
)
# The genres that an entry says by its type, or BibLaTeX by a word that it translates.
_SAID_BY = {
    "phdthesis": "PhD thesis",
    "mastersthesis": "Master's thesis",
    "proceedings": "proceedings",
}
_TYPE_KEYS = {
    "PhD thesis": "phdthesis",
    "Master's thesis": "mathesis",
    "Bachelor's thesis": "bathesis",
    "Candidate thesis": "candthesis",
    "Technical report": "techreport",
    "Research report": "resreport",
    "proceedings": "",
}
_IN = {"inproceedings": "booktitle", "incollection": "booktitle"}
_BY = {"phdthesis": "school", "mastersthesis": "school", "techreport": "institution"}
_LANGUAGES = {
    "en": "english",
    "zh": "chinese",
    "de": "german",
    "fr": "french",
    "ja": "japanese",
    "es": "spanish",
    "it": "italian",
    "ru": "russian",
    "ko": "korean",
    "pt": "portuguese",
}


def write_bibtex(records: Iterable[PaperEntry], *, biblatex: bool = False) -> Iterator[str]:
    """An entry for each record, a blank line between them."""
    for number, record in enumerate(records):
        yield ("\n" if number else "") + (biblatex_entry if biblatex else write_bibtex_entry)(
            record
        )


def write_bibtex_entry(record: PaperEntry) -> str:
    """One entry of BibTeX, ended by a line break; fields without a value are left out."""
    paper = record.paper
    kind = _kind(record, _BIBTEX)
    venue = _IN.get(kind, "journal" if kind == "article" else "howpublished")
    year, _, rest = record.date.partition("-")
    # The day of a preprint is none of the journal or the proceedings that took it since.
    dated = kind == "misc" or not paper.arxiv_id
    genre = record.detail("genre")
    if genre == _SAID_BY.get(kind):
        genre = ""
    fields = {
        "entrysubtype": _subtype(kind, record),
        "title": protect_title(paper.title),
        "shorttitle": escape_bibtex(paper.short_title),
        "author": format_bibtex_authors(record.authors),
        "editor": format_bibtex_authors(record.editors),
        "translator": format_bibtex_authors(record.people["translator"]),
        venue: escape_bibtex(record.venue),
        "type": escape_bibtex(genre),
        "year": year,
        "month": _month(rest) if dated else "",
        "day": rest[3:].lstrip("0") if dated and not paper.arxiv_id else "",
        **_where(record),
        _BY.get(kind, "publisher"): escape_bibtex(record.detail("publisher")),
        "address": escape_bibtex(record.detail("publisher-place")),
        "edition": escape_bibtex(edition_in_words(edition_number(record.detail("edition")))),
        "eprint": record.eprint,
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "primaryclass": escape_bibtex(paper.primary_category) if paper.arxiv_id else "",
        "language": escape_bibtex(record.detail("language")),
        **_besides(record),
        "annote": _noted(record),
    }
    return _written(kind, record.key, fields)


def biblatex_entry(record: PaperEntry) -> str:
    """One entry of BibLaTeX: whole dates, its own types, the further keys that find the paper."""
    paper = record.paper
    kind = _kind(record, _BIBLATEX)
    key = record.key if _KEY.fullmatch(record.key) else record.paper.citekey
    further = [each for each in (*record.former, paper.citekey) if each != key]
    venue = _IN.get(kind, "journaltitle" if kind == "article" else "howpublished")
    by = "institution" if kind in ("thesis", "report") else "publisher"
    language = record.detail("language")
    known = _LANGUAGES.get(language[:2].lower()) or ("chinese" if has_han(paper.title) else "")
    fields = {
        "ids": ", ".join(filter(_KEY.fullmatch, further)),
        "entrysubtype": _subtype(kind, record),
        "title": protect_title(paper.title),
        "shorttitle": escape_bibtex(paper.short_title),
        "author": format_bibtex_authors(record.authors),
        "editor": format_bibtex_authors(record.editors),
        "translator": format_bibtex_authors(record.people["translator"]),
        venue: escape_bibtex(record.venue),
        "date": record.date,
        "type": escape_bibtex(_TYPE_KEYS.get(genre := record.detail("genre"), genre))
        or ("phdthesis" if kind == "thesis" else ""),
        **_where(record),
        by: escape_bibtex(record.detail("publisher")),
        "location": escape_bibtex(record.detail("publisher-place")),
        "edition": escape_bibtex(edition_number(record.detail("edition"))),
        "eprint": record.eprint,
        "eprinttype": "arxiv" if paper.arxiv_id else "",
        "eprintclass": escape_bibtex(paper.primary_category) if paper.arxiv_id else "",
        "langid": known,
        "language": escape_bibtex(language),
        **_besides(record),
        "annotation": _noted(record),
    }
    return _written(kind, key, fields)


def _kind(record: PaperEntry, kinds: Mapping[str, str]) -> str:
    """The entry of a record: what its type has, or, of a thesis or a book, what its genre says."""
    kind = kinds.get(record.type, "misc")
    genre = record.detail("genre")
    if kind == "phdthesis" and _MASTERS.search(genre):
        return "mastersthesis"
    if kind == "book" and genre == "proceedings":
        return "proceedings"
    if kinds is _BIBLATEX and kind == "misc" and record.url:
        return "online"
    return kind


def _subtype(kind: str, record: PaperEntry) -> str:
    """The type that the entry does not say, in a field that no standard style prints."""
    told = "article" if record.eprint and kind in ("misc", "online") else _TAKEN_FOR[kind]
    return "" if record.type in (told, "document") else escape_bibtex(record.type)


def _where(record: PaperEntry) -> dict[str, str]:
    """Where in a volume it stands."""
    page = record.detail("page")
    apart = "–" if "–" in page else "-"  # a hyphen may be inside: `3-10–3-22`
    counts = "issue" if record.type in ISSUES else "number"
    in_series = record.type == "paper-conference" and record.detail("collection-title")
    if in_series or (record.type in OF_SERIES and record.detail("collection-number")):
        counts = "collection-number"
    own = record.detail("number") if counts != "number" else ""
    return {
        "series": escape_bibtex(record.detail("collection-title")),
        "volume": escape_bibtex(record.detail("volume")),
        "number": escape_bibtex(record.detail(counts)),
        "issue": escape_bibtex(record.detail("issue") if counts != "issue" else ""),
        "pages": "--".join(escape_bibtex(each.strip()) for each in page.split(apart)),
        "eid": escape_bibtex(own),
        "chapter": escape_bibtex(record.detail("chapter-number")),
        "shortjournal": escape_bibtex(record.detail("container-title-short")),
        "pagetotal": escape_bibtex(record.detail("number-of-pages")),
        "bookauthor": format_bibtex_authors(record.people["container-author"]),
        "eventtitle": escape_bibtex(record.detail("event-title")),
        "venue": escape_bibtex(record.detail("event-place")),
        "eventdate": record.event_date,
        "version": escape_bibtex(record.detail("version-number")),
    }


def _besides(record: PaperEntry) -> dict[str, str]:
    """What is called the same in both, and stands last."""
    return {
        "isbn": escape_bibtex(record.detail("ISBN")),
        "issn": escape_bibtex(record.detail("ISSN")),
        "pmid": escape_bibtex(record.detail("PMID")),
        "pmcid": escape_bibtex(record.detail("PMCID")),
        "doi": _address(record.paper.doi or ""),
        "url": _address(record.url),
        "urldate": record.accessed,
        "keywords": escape_bibtex(join_keywords(record.keywords)),
        "note": escape_bibtex(record.detail("note")),
        "abstract": _with_maths(fold_lines(record.paper.abstract), escape_bibtex),
    }


def _noted(record: PaperEntry) -> str:
    return escape_bibtex("\n\n".join(record.notes))


def _written(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = (
        f"  {name} = {value if name == 'month' else f'{{{value}}}'},\n"
        for name, value in fields.items()
        if value
    )
    return f"@{kind}{{{key},\n{''.join(lines)}}}\n"


def format_bibtex_authors(names: Iterable[str]) -> str:
    """Names as `author_names` writes them, joined by `and`; one that BibTeX would take apart
    wrongly is kept whole in braces."""
    written = []
    for name in names:
        whole = name[1:-1] if name.startswith("{") and name.endswith("}") else ""
        family, comma, given = name.partition(",")
        parts = PersonName.of(name)
        if is_others(name):
            written.append("others")
        elif whole or re.search(r"\band\b", name, re.IGNORECASE):
            written.append(f"{{{escape_bibtex(whole or name)}}}")
        elif (
            parts.suffix
            or parts.dropping
            or (" " in parts.family and not parts.particle)
            or any(word[0].islower() for word in parts.given.split())  # no particle of the family's
        ):
            written.append(escape_bibtex(parts.backwards))
        elif name.count(",") > 1:
            written.append(f"{{{escape_bibtex(name)}}}")
        elif comma and has_han(family):  # without braces two authors, as many files write them
            written.append(f"{{{escape_bibtex(family)}}},{escape_bibtex(given)}")
        else:
            written.append(escape_bibtex(name))
    return " and ".join(written)


def protect_title(title: str) -> str:
    """A title, escaped, with braces around what a style must not put into lower case.

    That is every word with a capital after its first letter or a digit beside one (`ViLT`, `SQL`,
    `T5`); in a title that is not set in capitals, also each word that begins with one, for there
    it is a name.
    """
    return _with_maths(title, _protected)


def _protected(title: str) -> str:
    words = [(each, each[0]) for each in _WORD.finditer(title)]
    later = [text for each, text in words if _inside(title, each.start()) and len(text) > 4]
    in_capitals = sum(text[0].isupper() for text in later) * 2 > len(later)
    pieces, at = [], 0
    for each, text in words:
        pieces.append(escape_bibtex(title[at : each.start()]))
        name = text[:1].isupper() and not in_capitals and _inside(title, each.start())
        kept = name or _is_acronym(text)
        pieces.append(f"{{{escape_bibtex(text)}}}" if kept else escape_bibtex(text))
        at = each.end()
    return "".join(pieces) + escape_bibtex(title[at:])


def _with_maths(text: str, escape: Callable[[str], str]) -> str:
    """`text` escaped but for its mathematics, which braces keep from being put into lower case."""
    if "$" not in text and "\\(" not in text:
        return escape(text)
    pieces = MATHEMATICS.split(text)
    return "".join(
        (f"{{{piece}}}" if _is_maths(piece) else escape(piece)) if n % 2 else escape(piece)
        for n, piece in enumerate(pieces)
    )


def _is_maths(piece: str) -> bool:
    """Whether it is no price, and its braces match, so that it can stand in an entry."""
    if piece in ("$<$", "$>$"):  # which its reader takes for the sign
        return False
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", piece):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            return False
    whole = piece.count("{") == piece.count("}")
    return depth == 0 and whole and re.search(r"[\\^_=<>A-Za-z]", piece) is not None


def _inside(title: str, at: int) -> bool:
    """Whether a word at this place begins neither the title nor the subtitle."""
    before = title[:at].rstrip()
    return bool(before) and not before.endswith((":", "?", "!", ".", "—"))


def _is_acronym(word: str) -> bool:
    letters = re.sub(r"\W|_", "", word)
    inner = any(letter.isupper() for letter in letters[1:])
    return inner or (letters[:1].isupper() and any(map(str.isdigit, letters)))


def escape_bibtex(text: str) -> str:
    """`text` with what is a command to LaTeX made a character again; its braces are balanced."""
    return _LIGATURE.sub("{}", "".join(_ESCAPED.get(each, each) for each in text))


def _address(text: str) -> str:
    """A DOI or URL, which styles set verbatim: only what would break the entry is changed."""
    return "".join(_IN_ADDRESSES.get(each, each) for each in text)


def _month(date: str) -> str:
    month = date[:2]
    return _MONTHS[int(month) - 1] if month.isdigit() and 1 <= int(month) <= 12 else ""
