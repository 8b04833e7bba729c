"""What the marks in a line of somebody's paper notes mean: dates, venues, verdicts. Pure.

The rules are data: a new way of saying "read later" is a row in a table. Where a mark could mean
two things it means nothing here, and the words stay in the note.
"""

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from app.sources.bibliography.dates import find_date

# --- Dates and venues ---------------------------------------------------------------------------

_DATE_LIMIT = 40  # characters
_ROLE = re.compile(
    r"(?:(?P<version>v\d+)\b[\s:：]*)?"
    r"(?:(?P<verb>submitted|published|posted|revised|updated|发表于|发布于|提交于|修订于|发表|发布|提交|修订)"
    r"\s*(?:on|in)?[\s:：]*)?",
    re.IGNORECASE,
)
_FIRST = {"submitted", "published", "posted", "发表于", "发布于", "提交于", "发表", "发布", "提交"}
_VENUE = re.compile(
    r"(?P<accepted>(?:[Tt]o appear|[Aa]ccepted|[Pp]ublished)\s+(?:at|by|to|for|in)\s+"
    r"|(?:发表于|发表在|收录于)\s*)?"
    r"(?P<name>[A-Z][\w&\-/. ]{1,60}?),?\s*(?P<year>(?:19|20)\d\d|['’]\d\d)"
    r"(?P<honour>\s{0,3}[,(（]?\s{0,3}(?i:best (?:student )?paper|oral|spotlight|poster|highlight)"
    r"(?i: award)?[)）]?)?"
)
_ACRONYM = re.compile(r"\b(?:[A-Z]{2,}|[A-Z][a-z]*[A-Z]\w*)\b")


@dataclass(frozen=True)
class When:
    """A date as it was written. `precision`: day, month or year; `role`: v1, latest or nothing."""

    raw: str
    iso: str
    precision: str
    role: str = ""


@dataclass(frozen=True)
class Venue:
    raw: str
    name: str
    year: int
    is_told: bool = False  # that the paper was accepted there, or honoured

    def __str__(self) -> str:
        return f"{self.name} {self.year}"


@dataclass(frozen=True)
class DateLine:
    """What a line of dates and venue says; `whole`: nothing else stands in it."""

    dates: tuple[When, ...] = ()
    venue: Venue | None = None
    whole: bool = False

    @property
    def published(self) -> str:
        """The ISO date of version 1, empty where not given."""
        return next((when.iso for when in self.dates if when.role in ("v1", "")), "")

    @property
    def revised(self) -> str:
        """The ISO date of the version held, empty where not given."""
        return next((when.iso for when in self.dates if when.role == "latest"), "")

    def values(self) -> dict[str, object]:
        """As fields of a draft."""
        said = {
            "published": self.published if len(self.published) > 4 else "",
            "revised": self.revised,
            "year": int(self.published[:4]) if self.published else self.venue and self.venue.year,
            "venue": str(self.venue or ""),
        }
        return {name: value for name, value in said.items() if value}


def read_date_line(text: str) -> DateLine | None:
    """`3 February, 2023; v1 submitted 2 February, 2023` or `6 March 2023 Accepted at ICLR 2023`.

    None where the line does not begin with a date or consist of a venue.
    """
    dates: list[When] = []
    venue: Venue | None = None
    whole = True
    for number, part in enumerate(re.split(r"[;；]", text)):
        part = part.strip()
        when, rest = _leading_date(part)
        found = read_venue(rest)
        if when is None and found is None:
            if number == 0:
                return None
            whole = False
            continue
        if when is not None:
            dates.append(when)
        if found is not None:
            whole = whole and venue is None
            venue = venue or found
        elif rest:
            whole = False
    if any(when.role == "v1" for when in dates):
        dates = [w if w.role else When(w.raw, w.iso, w.precision, "latest") for w in dates]
    # A record has a place for one date of version 1, and for one of the latest.
    roles = [when.role or "v1" for when in dates]
    return DateLine(tuple(dates), venue, whole and len(roles) == len(set(roles)))


@lru_cache(maxsize=1_000)
def read_venue(text: str) -> Venue | None:
    """`Accepted at ICLR 2023`, `ACM MM 2023`, `FAST ’16`: the whole of `text`, or None."""
    text = text.strip(" ,，.。")
    found = _VENUE.fullmatch(text)
    if found is None or _leading_date(text)[0]:
        return None
    name = found["name"].strip(" ,.")
    if not found["accepted"] and (len(name.split()) > 4 or not _ACRONYM.search(name)):
        return None
    is_told = bool(found["accepted"] or found["honour"])
    return Venue(text, name, full_year(found["year"]), is_told)


def full_year(written: str) -> int:
    """The year that four digits say, or two: `2019`, `'19`."""
    digits = written.strip("'’")
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) < 70 else 1900)


def _leading_date(text: str) -> tuple[When | None, str]:
    """The day or month that a text begins with, what it is of, and the rest of the text."""
    role = _ROLE.match(text)
    start = role.end() if role else 0
    iso, (begin, end) = find_date(text[start : start + _DATE_LIMIT])
    written = text[start : start + end]
    numbers = len(re.findall(r"\d+", written)) + bool(re.search(r"[A-Za-z]{3}", written))
    if len(iso) < 7 or begin or (len(iso) == 7 and numbers > 2):  # it has a day that is none
        return None, text
    said = role.groupdict("") if role else {"version": "", "verb": ""}
    is_first = said["version"] == "v1" or said["verb"].lower() in _FIRST
    named = "v1" if is_first else "latest" if any(said.values()) else ""
    end += start
    when = When(text[:end], iso, "day" if len(iso) > 7 else "month", named)
    return when, text[end:].strip(" ,，")


# --- Verdicts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoundVerdict:
    """A verdict that the file gives. `raw`: the mark as written; `reason`: the reader's sentence;
    `place`: markup, heading or text; `colour`: of the markup."""

    slug: str
    raw: str
    reason: str
    place: str
    colour: str = ""


_COLOURED = (
    re.compile(
        r"\$\s*\\(?:text)?color\s*\{\s*(?P<colour>[\w#]+)\s*\}\s*"
        r"(?:\{\s*(?:\\\w+\s*\{)?(?P<word>[^{}$]*?)\s*\}+|(?P<bare>[^{}$]*?))\s*\$"
    ),
    re.compile(
        r"<(?:font\s+color\s*=\s*|span\s+style\s*=\s*[\"']\s*color\s*:\s*)[\"']?(?P<colour>[\w#]+)[;\"'\s]*>"
        r"\s*(?P<word>[^<]*?)\s*</(?:font|span)>",
        re.IGNORECASE,
    ),
)
_WORDS = {
    "adopt": ("yes", "adopt", "use", "是", "采用", "要用"),
    "try": ("maybe", "try", "可试", "试试", "可能", "也许"),
    "reference": ("ok", "reference", "参考", "可参考"),
    "no": ("no", "not relevant", "irrelevant", "reject", "否", "不", "不行", "无关", "不相关"),
    "later": ("later", "todo", "to read", "read later", "待读", "以后", "稍后"),
}
_WORD_VERDICTS = {word: slug for slug, words in _WORDS.items() for word in words}
# What may stand before some of them; looked for from there, for it says nothing alone.
_HEDGE = re.compile(r"(?:我?(?:感觉|觉得|或许|也许|可能|应该|好像)\s*){0,5}\Z")
_HEDGE_LIMIT = 60  # characters
_PROSE = tuple(
    (slug, is_hedged, re.compile(pattern, re.IGNORECASE))
    for slug, is_hedged, pattern in (
        ("try", True, r"(?<!不)(?:可以|值得|想)(?:去)?(?:试试|试一试|一试|试一下|尝试一下)"),
        ("try", False, r"\bworth (?:trying|a try)\b"),
        ("limited", True, r"参考(?:价值|性|意义)?(?:并)?(?:不是很|不算|不太|不)(?:大|高|强)"),
        ("limited", True, r"(?:没有?什么|没太多|没多少)参考(?:价值|性|意义)?"),
        ("limited", False, r"(?:单纯|只是|就是)(?:跟|和|与)[^，。；！？\s]{1,40}?一样"),
        ("limited", True, r"没有?(?:什么|啥)?新(?:东西|意)"),
        ("limited", False, r"\b(?:of )?(?:little|limited) use (?:to|for) (?:us|me|this)\b"),
        ("later", False, r"(?:有时间|时间多|有空)(?:了|的话)?(?:再|可以)(?:细)?看"),
        ("later", False, r"(?:以后|回头|之后)再(?:细)?看"),
        ("later", False, r"\b(?:to )?read (?:it |this )?(?:later|when there is time)\b"),
        ("reference", True, r"(?<!不)(?:值得|可以|能够)(?:参考|借鉴)(?!价值|性)"),
        ("no", True, r"(?:跟|和|与)我们(?:的(?:问题|任务|工作))?(?:无关|没有?关系|关系不大)"),
    )
)
_SENTENCE_END = re.compile(r"[。！？!?]+[”」）)]*|\n+|\.(?=\s+[A-Z])")


def coloured_word(heading: str) -> tuple[str, FoundVerdict | None]:
    """`heading` without a coloured word, and the verdict it gives if the word is one we know.

    A coloured word that means nothing here comes back as a verdict with an empty slug.
    """
    for pattern in _COLOURED:
        if found := pattern.search(heading):
            word = found["word"] or found.groupdict().get("bare") or ""
            slug = _WORD_VERDICTS.get(word.strip(" .!。！").lower(), "")
            rest = f"{heading[: found.start()].rstrip()} {heading[found.end() :].lstrip()}".strip()
            return rest, FoundVerdict(slug, found[0], word, "markup", found["colour"].lower())
    return heading, None


def verdict_in_prose(text: str, *, place: str = "text") -> FoundVerdict | None:
    """The last verdict in plain words, with the sentence it stands in as its reason."""
    found: list[tuple[int, int, str]] = []
    for slug, is_hedged, pattern in _PROSE:
        if last := next(iter(deque(pattern.finditer(text), maxlen=1)), None):
            start = last.start()
            if is_hedged and (hedge := _HEDGE.search(text, max(0, start - _HEDGE_LIMIT), start)):
                start = hedge.start()
            found.append((start, last.end(), slug))
    if not found:
        return None
    start, end, slug = max(found, key=lambda each: each[0])
    return FoundVerdict(slug, text[start:end], sentence_around(text, start, end), place)


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence of `text` that holds `text[start:end]`."""
    first = max((m.end() for m in _SENTENCE_END.finditer(text, 0, start)), default=0)
    last = _SENTENCE_END.search(text, end)
    return re.sub(r"^[>\s]+", "", text[first : last.end() if last else len(text)]).strip()


def split_sentences(text: str) -> list[str]:
    """`text` cut after each sentence's end mark, which stays with it."""
    ends = (found.end() for found in _SENTENCE_END.finditer(text))
    cut = (text[start:end].strip() for start, end in pairwise((0, *ends, len(text))))
    return list(filter(None, cut))
