"""Dates as references write them → ISO dates that may be partial (`2023-03`). Pure."""

import re
from calendar import monthrange
from collections.abc import Mapping

from app.kit.text import tidy_line

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# As other languages begin them, where that is not as in English.
_FOREIGN = {
    **{"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "juin": 6},
    **{"juil": 7, "aoû": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12},
}
_NAME = "|".join((*MONTHS, *_FOREIGN))
_YEAR = r"(?<!\d)(?P<y>1[0-9]{3}|20[0-9]{2}|21[0-9]{2})"
_TO = r"(?:\s?[-–]\s?\d\d?)?"  # OCT 01-05, 2018; 4–7 June 2019
_OF = r"[\s-]+(?:de )?"  # 4 de marzo de 2021
# The first of these that fits; of a range it is the beginning. EDTF's `?`, `~`, `X` and `..` are
# passed over, and so is what stands after a month that is none (its seasons are 21 to 24).
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}\s?[-/.年]\s?(?P<m>1[0-2]|0?[1-9])(?!\d)(?:\s?[-/.月]\s?(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)\s?[日号]?|\s?月)?",
        rf"{_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
        rf"\b(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?{_TO}\.?{_OF}(?P<n>{_NAME})[a-z]*\.?,?{_OF}{_YEAR}",
        rf"(?<!\d)(?P<d>3[01]|[12]\d|0?[1-9])\.\s?(?P<m>1[0-2]|0?[1-9])\.\s?{_YEAR}(?!\d)",
        rf"(?<![\d/])(?P<a>3[01]|[12]\d|0?[1-9])/(?P<b>3[01]|[12]\d|0?[1-9])/{_YEAR}(?!\d)",
        rf"\b(?P<n>{_NAME})[a-z]*\.?\s+(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?{_TO},?\s+{_YEAR}(?!\d)",
        rf"{_YEAR}[\s/,-]+(?P<n>{_NAME})[a-z]*\.?(?:\s+(?P<d>3[01]|[12]\d|0?[1-9])(?!\d))?",
        rf"\b(?P<n>{_NAME})[a-z]*\.?(?:\s*[-–/]\s*[a-z]+\.?)?,?\s+{_YEAR}(?!\d)",
        rf"(?<![\d/])(?P<m>1[0-2]|0?[1-9])/{_YEAR}(?!\d)",
        rf"{_YEAR}(?!\d)",
    )
)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_OF_HAN = "一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月".split()  # noqa: SIM905
_FAR = 10_000  # characters
_MONTH = re.compile(
    rf"(?P<n>{_NAME})|^\W*(?P<m>1[0-2]|0?[1-9])(?!\d|st|nd|rd|th)(?!\W*(?:{_NAME}))", re.IGNORECASE
)
_DAY = re.compile(r"(?<!\d)(3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d)")


def partial_date(text: str) -> str:
    """The first date in `text`, as exactly as it is given; empty where there is none."""
    return find_date(text)[0]


def find_date(text: str) -> tuple[str, tuple[int, int]]:
    """The same, and where it stands; one that stands far behind the beginning is not looked for."""
    if not text.isascii():
        text = text.translate(_WIDE)
    if not re.search(_YEAR, text[:_FAR]):
        return "", (0, 0)
    found = next((found for form in _FORMS if (found := form.search(text, 0, _FAR))), None)
    if found is None:
        return "", (0, 0)
    said = found.groupdict()
    month, day = said.get("m"), said.get("d")
    if name := said.get("n"):
        month = _number(name)
    elif said.get("a"):  # 13/4/2021 or 4/13/2021; of 3/4/2021 only the year is sure
        day, month = sorted((said["a"], said["b"]), key=int, reverse=True)
        if int(month) > 12 or int(month) != int(day) <= 12:
            day = month = None
    return _iso(said["y"], month, day), found.span()


def of_parts(year: str, month: str, day: str = "") -> str:
    """The date of BibTeX's fields: a year, a month by number or name, and a day."""
    whole = partial_date(year)
    if not month.strip() or len(whole) != 4:
        return whole
    if month.strip() in _OF_HAN:
        month = str(_OF_HAN.index(month.strip()) + 1)
    found = _MONTH.search(month)
    if found is None:
        return whole
    within = _DAY.search(month) if found["n"] else None
    given = _DAY.search(day) or within
    return _iso(
        whole, _number(found["n"]) if found["n"] else found["m"], given[1] if given else None
    )


def of_csl(value: object) -> str:
    """The date of a CSL date variable: `date-parts`, `raw` or `literal`, or a plain text."""
    if value is None:
        return ""
    if not isinstance(value, Mapping):
        return partial_date(str(value)) if isinstance(value, str | int) else ""
    parts = value.get("date-parts") or value.get("date_parts")
    if isinstance(parts, list) and parts:
        first = parts[0] if isinstance(parts[0], list) else parts
        numbers = [tidy_line(str(part)) for part in first if isinstance(part, str | int)]
        whole = partial_date("-".join([numbers[0].zfill(4), *numbers[1:3]])) if numbers else ""
        if whole:
            return whole
    for name in ("raw", "literal", "timestamp", "edtf", "year"):
        text = value.get(name)
        if isinstance(text, str | int) and (whole := partial_date(str(text))):
            return whole
    return ""


def _number(month: str) -> str:
    begun = month.lower()
    foreign = _FOREIGN.get(begun) or _FOREIGN.get(begun[:3])
    return str(foreign or MONTHS.index(begun[:3]) + 1)


def _iso(year: str, month: str | None, day: str | None) -> str:
    parts = [year]
    if month:
        parts.append(f"{int(month):02}")
        if day and int(day) <= monthrange(int(year), int(month))[1]:
            parts.append(f"{int(day):02}")
    return "-".join(parts)
