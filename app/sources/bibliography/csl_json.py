"""CSL-JSON, as Zotero, Better BibTeX, Crossref and Pandoc write it → drafts. Pure.

The other formats of references are read into such items too (`draft_from_item`): what a CSL
variable becomes in a draft is said here alone.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, TypeAlias, cast

from app.errors import N_, Message, Problem
from app.kit.editions import edition_number
from app.kit.text import TITLE_LIMIT, fold_letters, has_han, tidy_body
from app.sources.arxiv.ids import ArxivId
from app.sources.arxiv.ids import try_arxiv_id as read_arxiv_id
from app.sources.bibliography import dates, markup, names
from app.sources.doi import ids
from app.sources.drafts import (
    DETAILS,
    ISSUES,
    ROLES,
    NoteDraft,
    PaperDraft,
    ReadFile,
    RecordDraft,
    check_count,
    short_title,
)

FORMAT = "csl-json"
PEOPLE_LIMIT = 10_000  # who are read of a role: more than a paper may have, which is refused later

Item: TypeAlias = Mapping[str, object]

NO_TITLE = N_("This entry has no title.")
NOT_KEPT = N_("Kept in the entry's text alone: {names}.")

_KINDS: dict[str, Literal["dataset", "link"]] = {
    "dataset": "dataset",
    "webpage": "link",
    "post": "link",
    "post-weblog": "link",
}
# Crossref's types and old ones of CSL, by those of CSL 1.0.2; what is in neither stays as it is.
_TYPES = {
    "journal-article": "article-journal",
    "proceedings-article": "paper-conference",
    "book-chapter": "chapter",
    "book-section": "chapter",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-series": "book",
    "book-set": "book",
    "book-part": "chapter",
    "reference-entry": "entry-encyclopedia",
    "report-component": "report",
    "database": "dataset",
    "journal": "periodical",
    "journal-issue": "periodical",
    **dict.fromkeys(("component", "grant"), "document"),
    "proceedings": "book",
    "posted-content": "article",
    "dissertation": "thesis",
    "peer-review": "review",
    "preprint": "article",
}
_PEOPLE = {"author", *ROLES}
_OF_PEOPLE = {*ROLES, "custom"}  # where it is said that there are more
_PLAIN_DETAILS = {*DETAILS} - {"type", "accessed", "event-date", "note", *ROLES}
# Of these a number is that of an issue; of others it names the document.
_SERIAL = {*ISSUES, ""}
_WITHIN_BOOKS = frozenset({"chapter", "paper-conference"})
_VENUES = ("container-title", "event-title")
# What is read below, and what of those who write the files says nothing of the paper.
_SILENT = {
    *(
        "custom",
        "id",
        "citation-key",
        "citekey",
        "author",
        "editor",
        "issued",
        "title",
        "title-short",
    ),
    *("shortTitle", "abstract", "DOI", "URL", "keyword", "annote", "annotation", "note", "number"),
    *("accessed", "source", "eprint", "eprinttype", "arxiv"),
    "version",
    *("journalAbbreviation", "citation-label", "system_id", "categories", "submitted", "language"),
    *DETAILS,
    *(*_VENUES, "event"),
}
# What Crossref answers besides CSL's own: counts, licences, identifiers of its own.
_OF_CROSSREF = "indexed"

_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)
_ARXIV = re.compile(
    r"\barxiv(?:\s+preprint)?(?:\s+arxiv)?(?:\s*e-?prints?)?[:\s,]*"
    r"(?:https?://arxiv\.org/abs/)?(?P<id>[a-z-]+(?:\.[a-z-]+)?/\d{7}|\d{4}\.\d{4,5})(?P<v>v\d+)?",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"\[([a-z-]+(?:\.[A-Za-z-]+)?)\]")
_ABS = re.compile(r"\babs/(\S+)")
# A venue that says no more than that it is a preprint there.
_AT_ARXIV = re.compile(
    r"(?:corr|arxiv(?:\.org)?(?:\s+e-?prints?|\s+preprint)?)(?:[\s:,]*(?:arxiv[:\s]*)?"
    r"(?:abs/)?(?:[a-z-]+(?:\.[a-z-]+)?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)?(?:\s*\[[^\]]*\])?",
    re.IGNORECASE,
)
_NO_KEY = re.compile(r"[\s{}(),\"#%~\\]|://|\A10\.\d{4}")
_EXTRA = re.compile(r"([A-Za-z][A-Za-z ._-]{1,40}?)\s{0,9}:\s*(\S.*)", re.DOTALL)
_EXTRA_NAMES = {
    "citation key": "citation-key",
    "bibtex": "citation-key",
    "doi": "DOI",
    "url": "URL",
    "isbn": "ISBN",
    "issn": "ISSN",
    "type": "type",
    "publisher": "publisher",
    "publisher place": "publisher-place",
    "container title": "container-title",
    "collection title": "collection-title",
    "event title": "event-title",
    "issued": "issued",
    "language": "language",
    "edition": "edition",
    "volume": "volume",
    "issue": "issue",
    "page": "page",
    "title short": "title-short",
    "number": "number",
    "genre": "genre",
    "collection number": "collection-number",
    "tex.eprint": "arxiv",
    "tex.arxiv": "arxiv",
    "arxiv": "arxiv",
    "version": "version",
    "chapter number": "chapter-number",
    "event date": "event-date",
    "editor": "editor",
    "translator": "translator",
    "container author": "container-author",
    "container title short": "container-title-short",
    "event place": "event-place",
    "number of pages": "number-of-pages",
    "pmid": "PMID",
    "pmcid": "PMCID",
}
_MARKS = (re.compile(r"[;；]"), re.compile(r"[,，]"), re.compile(r"、|\s[·•|]\s"))
_ACCESSED = re.compile(
    r"\[?\(?(?:online[;,:.]?\s*)?(?:\b(?:last|date|zuletzt|letzte[rn]?|stand|дата|data"
    r"|fecha de)\s+)?"
    r"(?:\b(?:access(?:ed)?|visited|retrieved|checked|viewed|zugriff|abgerufen|aufgerufen|besucht"
    r"|consult(?:é|ed|ado)|acessado|acesso|acceso|accedido|dostępu?|обращения|erişim)|(?:访问|引用|检索|查阅)(?:日期|时间|于))"
    r"(?:\s+(?:on|date|am|le|el|em|tarihi))?\s*[:：]?\s*|\A\[(?=\d{4}-\d\d?-\d\d?\]\Z)",
    re.IGNORECASE,
)
_BESIDES = re.compile(r"\[online\]|\bonline\b|,?\s*\bfrom:?\s+(?=https?://)", re.IGNORECASE)
_PAGES = re.compile(
    r"(?:[pP]p\.?|[pP]\.|[pP]ages?|[pP]gs?\.|S\.|Seiten?)\s*(?=[\dA-Zivx])|第\s*(?=\d)"
)
_DASHES = re.compile(r"[\u2010-\u2012\u2212\uff5e\u301c]|(?<=\d) (?:to|bis) (?=\d)")
# Where it came out, or by whom, is not known: the marks of ISBD and GB/T 7714.
_UNKNOWN = re.compile(
    r"\W{0,3}(?:[Ss]\. ?l\.?(?: ?[:：,，] ?[Ss]\. ?n\.?)?|[Ss]\. ?[na]\.?|[Ss]ine (?:loco|nomine)"
    r"|出版地不[详詳](?: ?[:：,，] ?出版者不[详詳])?|出版[者社]不[详詳])\W{0,3}"
)
_ARTICLE = re.compile(
    r"art(?:icle|\.)\s*(?:n(?:o|r|umber)\b\.?|id)?\s*(\w+)(?:,? \d+ pages)?", re.IGNORECASE
)
_ROMAN = re.compile(r"[ivxlcdm\W]+", re.IGNORECASE)
_OF_CNKI = re.compile(r"\bCNKI:SUN:\S+", re.IGNORECASE)  # an id of CNKI's, which it gives as a DOI
_COUNT = re.compile(r"\d+ (?:pages?|pp\.?|页)|共\s*\d+\s*页", re.IGNORECASE)  # which are no place
# An address that a note says where it has no field: `[Online]. Available: http://…`.
_NOTED_ADDRESS = re.compile(
    r"\W{0,9}(?:(?:available|online|at|from|on|url|the|see)\b\W{0,9}){0,4}(https?://[^\s<>{}]+)",
    re.IGNORECASE,
)
_WHERE_ALONE = re.compile(
    r"(?:\W{0,9}\b(?:available|online|at|from|on|url|web(?:site|page)?|link|the|see)\b)+\W{0,9}",
    re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)


def looks_like_csl_json(text: str) -> bool:
    """Whether `text` is JSON whose first object says what CSL items say."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("[", "{")):
        return False
    head = start[:20_000]
    said = [name for name in ("type", "title", "author", "issued", "id") if f'"{name}"' in head]
    return len(said) >= 2


def read_csl_json(text: str, name: str = "") -> ReadFile:  # noqa: ARG001 (readers are called alike)
    """The items of an array, of one object, or of `{"items": […]}`; or of objects line by line.

    An object that is no item, and text that is no JSON, is a problem with its text.

    Raises:
        Invalid: there are more items than are taken at once.
    """
    text = tidy_body(text).removeprefix("\ufeff")
    records: list[RecordDraft] = []
    problems: list[Problem] = []
    line, counted = 1, 0
    for place, raw, value in _values(text):
        line, counted = line + text.count("\n", counted, place), place
        if isinstance(value, Message):
            problems.append(Problem(line=line, why=value, raw=raw))
        elif isinstance(value, dict):
            record = draft_from_item(cast("Item", value), line=line, raw=raw)
            if record.draft is None:
                why = Message.of(NO_TITLE)
                problems.append(Problem(line=line, why=why, raw=raw, key=record.key))
            else:
                records.append(record)
        else:
            why = Message.of(N_("This is no reference: an object with a title is expected."))
            problems.append(Problem(line=line, why=why, raw=raw))
        check_count(len(records) + len(problems))
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(problems))


def draft_from_item(
    item: Item,
    *,
    key: str = "",
    line: int = 1,
    raw: str = "",
    verdict: str = "",
    reason: str = "",
    files: Sequence[str] = (),
    tags: Sequence[str] = (),
    remarks: Sequence[Message] = (),
) -> RecordDraft:
    """The draft of one CSL item; `draft` is None where it has no title, `key` its record's where
    it says neither a key nor a title.

    Texts may hold the markup that CSL and Crossref allow (`<i>`, `<jats:p>`); a name in `author`
    is a CSL name; `keyword` becomes tags, `annote` a note. Lines `name: value` of `note` (Zotero's
    Extra) fill what the item itself leaves empty. What is not kept is remarked.
    """
    said = list(remarks)
    item, note = _with_extra(item)
    text = {name: _text(value) for name, value in item.items() if name not in _PEOPLE}
    get = text.get
    within = item.get("container-title")
    if isinstance(within, list) and len(within) > 1:  # Crossref: a journal's other names
        text["container-title"] = _text(within[0])
        if _TYPES.get(get("type", ""), get("type", "")) in _WITHIN_BOOKS:  # a series, and its book
            text["container-title"] = _text(within[-1])
            text.setdefault("collection-title", _text(within[0]))
    if "event" in text:  # as CSL called it before
        text.setdefault("event-title", text["event"])
    title = _line(get("title", ""))
    named = _line(get("title-short", "") or get("shortTitle", ""))
    citekey = _line(get("citation-key", "") or get("citekey", ""))
    own = citekey or _line(get("id", ""))
    doi, url = _doi(text, said) if "DOI" in text or "URL" in text else (None, "")
    venue = next((_line(text[name]) for name in _VENUES if text.get(name)), "")
    if doi is None and (other := _OF_CNKI.search(get("DOI", ""))):
        note = "\n".join(filter(None, (note, other[0])))
    arxiv, category = _arxiv(text, note, venue, doi, url)
    kind: Literal["paper", "dataset", "link"] = _KINDS.get(get("type", ""), "paper")
    details = {name: _line(text[name]) for name in text.keys() & _PLAIN_DETAILS}
    details["type"] = _TYPES.get(get("type", ""), _line(get("type", "")))
    if "arxiv" in details.get("number", "").lower():
        del details["number"]
    elif "number" in details and details["type"] in _SERIAL and "issue" not in item:
        details["issue"] = details.pop("number")
    for name in ("publisher", "publisher-place"):
        if name in details and _UNKNOWN.fullmatch(details[name]):
            del details[name]
    if "version" in text:
        details["version-number"] = _line(text["version"])
    _tidy_details(details, text, venue, doi, said)
    if "event-date" in item:
        details["event-date"] = dates.of_csl(item["event-date"])
    if "edition" in details:
        details["edition"] = edition_number(details["edition"])
    if not item.keys().isdisjoint(_OF_PEOPLE):
        details |= {role: "; ".join(_people(item, role)) for role in ROLES}
    if note or "accessed" in item:
        details["accessed"], note = _accessed(item, note)
        if "://" in note and not url and (found := _NOTED_ADDRESS.fullmatch(note)):
            url, note = found[1], ""
        details["note"] = "" if _WHERE_ALONE.fullmatch(note) else _line(note)
    if details["type"] == "book" and venue and fold_letters(venue) == fold_letters(title):
        venue = ""  # a work is not in itself
    if arxiv:
        if _AT_ARXIV.fullmatch(venue):
            venue = ""
            details["type"] = "article"
            if _ABS.match(details.get("volume", "")):
                del details["volume"]
        if details.get("publisher", "").lower() == "arxiv":
            del details["publisher"]
        if _ARXIV.fullmatch(details.get("page", "")):  # as ADS has it: its number, once more
            del details["page"]
        if kind == "link" or details["type"] in ("", "document"):
            kind, details["type"] = "paper", "article"
    published = _date(item.get("issued"), said)
    left = [name for name in item if name not in _SILENT and text[name]]
    if arxiv:
        left = [name for name in left if not name.startswith("archive")]
    if _OF_CROSSREF in item:
        left = []
    for name in [name for name, value in details.items() if len(value) > TITLE_LIMIT]:
        del details[name]
        left.append(name)
    if left:
        said.append(Message.of(NOT_KEPT, names=", ".join(map(_line, sorted(left)))[:300]))
    draft = (
        PaperDraft(
            title=title,
            short_title=named or short_title(title),
            kind=kind,
            authors=tuple(_of_periodical(_people(item, "author"), venue, details["type"])),
            abstract=markup.clean_abstract(text["abstract"]) if "abstract" in text else "",
            year=int(published[:4]) if published else None,
            published=published if len(published) > 4 else "",
            venue=venue,
            arxiv_id=arxiv.base if arxiv else None,
            arxiv_version=arxiv.version if arxiv else None,
            primary_category=category,
            doi=doi,
            url=url,
            details={name: details[name] for name in DETAILS if details.get(name)},
        )
        if title
        else None
    )
    keywords = item.get("keyword") or item.get("categories")
    return RecordDraft(
        draft=draft,
        key=own or title or key,
        citekey=citekey or _as_citekey(own),
        line=line,
        raw=raw,
        verdict=verdict,
        reason=reason,
        tags=tuple(dict.fromkeys([*tags, *_tags(keywords)] if keywords else tags)),
        notes=_notes(item) if "annote" in item or "annotation" in item else (),
        files=tuple(files),
        remarks=tuple(said),
    )


def _notes(item: Item) -> tuple[NoteDraft, ...]:
    given = (item[name] for name in ("annote", "annotation") if name in item)
    texts = (text for value in given for text in _each(value))
    return tuple(dict.fromkeys(note for text in texts if (note := read_note(text))))


def read_note(text: str) -> NoteDraft | None:
    """A note, which a heading at its beginning gives its title; nothing where it is empty."""
    body = markup.html_to_markdown(text)
    if found := _HEADED.match(body):
        return NoteDraft(title=found[1].strip(), body=body[found.end() :])
    return NoteDraft(body=body) if body else None


_HEADED = re.compile(r"# (\S[^\n]{0,200})\n\s*(?=\S)")


def _values(text: str) -> Iterator[tuple[int, str, object]]:
    """Each item with its place and its text; a `Message` in its stead where it is no JSON."""
    decoder = json.JSONDecoder()
    left = _REREAD * len(text)
    place = _after(text, 0, " \t\n")
    if text[place : place + 1] == "[":
        place += 1
    elif found := _ITEMS.match(text, place):
        place = found.end()
    while (place := _after(text, place, " \t\n,")) < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            if not text[place:].strip(" \t\n,]}"):
                return
            left -= error.pos - place if isinstance(error, json.JSONDecodeError) else _DEEP
            found = _NEXT.search(text, place + 1) if left > 0 else None
            end = found.start() if found else len(text)
            at = getattr(error, "msg", "") or type(error).__name__
            value = Message.of(N_("This is not JSON as it should be: {why}."), why=str(at))
        yield place, text[place:end], value
        place = end


# What is read in vain and then again, in lengths of the file: an item that is not closed may be
# found out at its end only. Of one that nests too deeply it is not said where that was.
_REREAD = 4
_DEEP = 10_000  # characters
_ITEMS = re.compile(r'\{\s*"items"\s*:\s*\[')
# Where the next item begins after one that cannot be read.
_NEXT = re.compile(r"(?<=\n)[ \t]*\{|(?<=[},])\s*\{(?=\s*\"(?:id|type|title)\")")


def _after(text: str, place: int, passed: str) -> int:
    while place < len(text) and text[place] in passed:
        place += 1
    return place


def _with_extra(item: Item) -> tuple[Item, str]:
    """The item with what the lines of its `note` say besides, and the note without those lines."""
    note = _text(item.get("note", ""))
    if ":" not in note:
        return item, note
    filled = dict(item)
    left = []
    for each in note.split("\n"):
        found = _EXTRA.fullmatch(each.strip())
        name = _EXTRA_NAMES.get(found[1].lower().replace("-", " "), "") if found else ""
        value = found[2] if found else ""
        if name == "arxiv":
            named, known = read_arxiv_id(value), read_arxiv_id(_text(filled.get(name, "")))
            taken = named is not None and (known is None or known.base == named.base)
            value = _text(filled[name]) if known else value
        else:
            taken = name == "type" or bool(name and not filled.get(name))
        if taken:
            filled[name] = value
        else:
            left.append(each)
    return filled, "\n".join(left)


def _arxiv(
    text: Mapping[str, str], note: str, venue: str, doi: str | None, url: str
) -> tuple[ArxivId | None, str]:
    """The arXiv id and the category, wherever a reference names them; the plainest first."""
    own, number = text.get("arxiv", ""), text.get("number", "")
    where = filter(None, (own, doi, url))
    found = next((read for each in where if (read := read_arxiv_id(each))), None)
    for each in filter(None, (number, venue, note, text.get("page"), text.get("volume"))):
        if found is None and (within := _ARXIV.search(each)):
            found = read_arxiv_id(within["id"] + (within["v"] or ""))
        if found is None and (within := _ABS.match(each)):
            found = read_arxiv_id(within[1])
    if found is None:
        return None, ""
    named = (own, text.get("category", ""), number, note, venue)
    return found, next((m[1] for each in named if (m := _CATEGORY.search(each))), "")


def _doi(text: Mapping[str, str], said: list[Message]) -> tuple[str | None, str]:
    """The DOI, which may be written as an address or stand in `URL`, and the address."""
    written, url = _line(text.get("DOI", "")), _url(_line(text.get("URL", "")))
    # A DOI may have any printable character: a field that has one of them is all of it.
    one = ids.try_doi(written) if written.count("10.") == 1 and " " not in written else None
    if len(more := _WEB.findall(_line(text.get("URL", "")))) > 1:
        urls = ", ".join(more[1:])[:300]
        said.append(Message.of(N_("It names other addresses too: {urls}."), urls=urls))
    found = [one.name] if one else ids.find_dois(written) if written else []
    if written and not found:
        said.append(Message.of(N_("“{value}” is not a DOI."), value=written[:200]))
    if not found and re.match(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/", url, re.IGNORECASE):
        found = ids.find_dois(url)
    found.sort(key=lambda doi: bool(_ARXIV_DOI.match(doi)))  # the publisher's before arXiv's own
    if found[1:]:
        others = ", ".join(found[1:])[:300]
        said.append(Message.of(N_("It names other DOIs too: {dois}."), dois=others))
    return (found[0] if found else None), url


def _url(written: str) -> str:
    """The address of a field that may have words or brackets around it, or several addresses."""
    found = _WEB.search(written) if written else None
    if found is None:
        return f"http://{written}" if _WITHOUT_SCHEME.fullmatch(written) else written
    if _NOWHERE.fullmatch(written):
        return ""
    return found[0].rstrip(".,;") if found[0] != written else written


_WITHOUT_SCHEME = re.compile(
    r"www\.\S+|(?:[a-z\d-]{1,63}\.){1,4}(?!pdf|html?|txt|docx?|epub|zip)[a-z]{2,10}(?:/\S*)?",
    re.IGNORECASE,
)
_NOWHERE = re.compile(r"https?://(?:(?:dx\.|www\.)?doi\.org)?/?", re.IGNORECASE)


def _accessed(item: Item, note: str) -> tuple[str, str]:
    """The day on which it was looked at, and what is left of the note that may say so."""
    said = dates.of_csl(item.get("accessed"))
    left = []
    for each in note.split("\n"):
        found = None if said else _ACCESSED.search(each)
        date, (start, end) = dates.find_date(each[found.end() :]) if found else ("", (0, 0))
        if found and date and start < 2:
            rest = f"{each[: found.start()]} {each[found.end() + end :]}"
            rest = _BESIDES.sub("", rest).strip(" .,;:()[]（）。")
            if len(date) > 4 or not rest:
                said, each = date, rest
        left.append(each)
    return said, "\n".join(filter(None, left))


def _tidy_pages(written: str) -> str:
    """Pages without the word for them, and with plain hyphens."""
    if _COUNT.fullmatch(written):
        return ""
    if article := _ARTICLE.fullmatch(written):
        return article[1]
    pages = _DASHES.sub("-", _PAGES.sub("", written, count=1) if _PAGES.match(written) else written)
    pages = pages.removesuffix("页").rstrip(" -–")
    return pages[1:-1] if pages[:1] == "(" and pages[1:].find(")") == len(pages) - 2 else pages


def _tidy_details(
    details: dict[str, str],
    text: Mapping[str, str],
    venue: str,
    doi: str | None,
    said: list[Message],
) -> None:
    """Pages in one spelling; nothing that only says again what another field says."""
    if "page" in details:
        details["page"] = _tidy_pages(details["page"])
        if doi and details["page"] == doi.partition("/")[2]:  # as medRxiv has it
            del details["page"]
        elif _are_words(details["page"]):
            said.append(Message.of(NOT_KEPT, names="page"))
            del details["page"]
    details.setdefault("container-title-short", _line(text.get("journalAbbreviation", "")))
    again = {
        "container-title-short": venue,
        "event-title": venue,
        "event-place": details.get("publisher-place", ""),  # as Zotero has it of every book
    }
    for name, other in again.items():
        if fold_letters(details.get(name, "")) == fold_letters(other):
            details.pop(name, None)


def _are_words(page: str) -> bool:
    """Whether it is no place: `in press`, or a program's subtitle, for which RIS has no tag."""
    counted = any(map(str.isdigit, page)) or has_han(page) or _ROMAN.fullmatch(page)
    return page.count(" ") > 1 and not counted  # `Appendix A` is one


def _people(item: Item, role: str) -> list[str]:
    people, cut = item.get(role), item.get("custom")
    if not people and not cut:
        return []
    given = people if isinstance(people, list) else [people or ""]
    more = [names.OTHERS] if isinstance(cut, Mapping) and cut.get(f"more-{role}s") else []
    written: list[str] = []
    for each in islice(given, PEOPLE_LIMIT):
        if isinstance(each, dict):
            written.append(names.write_name(each))
        else:  # in Zotero's Extra: `Grey || Bo`
            one = _line(each if isinstance(each, str) else _text(each))
            written += names.write_names(one.replace("||", ","))
    return list(dict.fromkeys(filter(None, [*written, *more])))


def _of_periodical(authors: list[str], venue: str, type_: str) -> list[str]:
    """Authors, of whom one that is called as the periodical is no person: `Times, Kettle`."""
    if " " not in venue or not (type_ in _PERIODICALS or venue.isupper()):
        return authors
    called = fold_letters(venue)
    return [
        f"{{{venue}}}" if fold_letters(" ".join(reversed(each.split(", ")))) == called else each
        for each in authors
    ]


_PERIODICALS = {"article-journal", "article-magazine", "article-newspaper"}


def _date(value: object, said: list[Message]) -> str:
    found = dates.of_csl(value)
    if not found and value:
        given = value.get("literal") or value.get("raw") if isinstance(value, Mapping) else value
        shown = _line(_text(given or json.dumps(value, ensure_ascii=False, default=str)))
        said.append(Message.of(N_("No year could be read in “{value}”."), value=shown[:200]))
    return found


def split_keywords(text: str) -> list[str]:
    """Keywords as one text lists them: where it has semicolons, they alone separate; else commas,
    and where there are none either, other marks."""
    return next((mark.split(text) for mark in _MARKS if mark.search(text)), [text])


def _tags(value: object) -> list[str]:
    each = value if isinstance(value, list) else split_keywords(_text(value or ""))
    return [tag for one in each if (tag := _line(_text(one)))]


def _as_citekey(key: str) -> str:
    """`key` where it may be a citation key, and is no number or address of another program."""
    return "" if not key or key.isdecimal() or _NO_KEY.search(key) else key


def _each(value: object) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else [_text(value)]


def _text(value: object, *, depth: int = 3) -> str:
    """A variable's value as text: of Crossref's lists the first, or all of the numbers."""
    if isinstance(value, str):
        return markup.clean_text(value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and depth:
        return ", ".join(filter(None, (_text(each, depth=depth - 1) for each in value)))
    return "…" if value else ""


def _line(text: str) -> str:
    return markup.clean_line(text)
