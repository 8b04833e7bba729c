"""arXiv's identifiers, in all the forms in which people paste them. Pure.

The scheme is arXiv's own (https://info.arxiv.org/help/arxiv_identifier.html and
https://info.arxiv.org/help/arxiv_identifier_for_services.html): `YYMM.NNNN` from 0704 to 1412,
`YYMM.NNNNN` since 1501, before that `archive/YYMMNNN`, where a subject class (`math.CA/0611800`) is
no part of the identifier; each with an optional `vN`.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from app.errors import N_, Invalid

NO_ARXIV_ID = N_("Type an arXiv id such as 2208.10442, or paste the address of a paper on arXiv.")
_LONGEST = 500
_SHORTEST = 9  # `0704.0001`

# The archives of before April 2007, those included that arXiv has since merged into others.
_ARCHIVE = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|"
    "cond-mat|cs|dg-ga|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|"
    "nucl-ex|nucl-th|patt-sol|physics|plasm-ph|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_FORM = re.compile(
    r"(?:"
    r"(?:https?://)?(?:[a-z0-9-]+\.)*(?:arxiv|alphaxiv|ar5iv)\.org"
    r"/(?:(?:abs|pdf|html|format|ps|src|e-print|overview)/|ftp/[a-z-]+/papers/[0-9]{4}/)"
    r"|(?:https?://)?(?:huggingface\.co|hf\.co)/papers/"
    r"|(?:doi:\s*|(?:https?://)?(?:dx\.|www\.)?doi\.org/)?10\.48550/(?=arxiv\.)"
    r")?"
    r"(?:arxiv[:.\s]\s*)?"
    rf"(?:(?P<new>[0-9]{{4}}\.[0-9]{{4,5}})|(?P<archive>{_ARCHIVE})(?:\.[a-z-]+)?/(?P<old>[0-9]{{7}}))"
    r"(?:v(?P<version>[1-9][0-9]{0,2}))?"
    r"(?:\.pdf|\.html|\.ps(?:\.gz)?)?/?",
    re.IGNORECASE,
)
# In a PDF's margin: arXiv:0706.0001v1 [q-bio.CB] 1 Jun 2007
_STAMP = re.compile(
    r"(?<=[0-9])\s*\[[a-z-]+(?:\.[a-z-]+)?\](?:\s+[0-9]{1,2}\s+[a-z]{3}\s+[0-9]{4})?",
    re.IGNORECASE,
)
# What every client may rely on; people paste more than that.
ARXIV_ID_PATTERN = (
    r"^((arXiv:|https?://arxiv\.org/(abs|pdf)/)?"
    r"((0[89]|1[0-4])(0[1-9]|1[0-2])\.[0-9]{3}[1-9]|(1[5-9]|[2-9][0-9])(0[1-9]|1[0-2])\.[0-9]{4}[1-9]"
    rf"|({_ARCHIVE})/(9[2-9]|0[0-6])(0[1-9]|1[0-2])[0-9]{{2}}[1-9])(v[1-9][0-9]{{0,2}})?)?$"
)
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_AFTER = re.compile(r"[?#].*", re.DOTALL)
_AROUND = " \t\r\n<>()[]{}\"'`.,;:、。，；《》「」『』【】“”‘’"
_BETWEEN = re.compile(r"[\s,;|<>()\[\]{}\"'`、。《》「」『』【】“”‘’]+")
_PREFIX_APART = re.compile(r"\b(arxiv|doi)(?:\s*:\s*|\s+(?=[0-9]))", re.IGNORECASE)


@dataclass(frozen=True)
class ArxivId:
    """`base` as arXiv writes it (`2208.10442`, `math/0611800`); no version means the latest."""

    base: str
    version: int | None = None

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"

    @property
    def url(self) -> str:
        """The address of its abstract page."""
        return f"https://arxiv.org/abs/{self}"


def parse_arxiv_id(text: str) -> ArxivId:
    """The identifier that `text` is, whichever way it is written.

    Takes the bare id, `arXiv:…`, arXiv's DOI, the stamp of a PDF's margin, and addresses of arXiv
    and of sites that use its ids, also in full-width characters. Raises `Invalid` (field
    `arxiv_id`) for anything else.
    """
    if found := try_arxiv_id(text):
        return found
    if not text.strip():
        raise Invalid.field("arxiv_id", NO_ARXIV_ID)
    raise Invalid.field(
        "arxiv_id",
        N_(
            "“{given}” is not an arXiv id. Accepted are 2208.10442, 2208.10442v2, hep-th/9901001, "
            "arXiv:2208.10442 and addresses such as https://arxiv.org/abs/2208.10442."
        ),
        given=_shown(text),
    )


def try_arxiv_id(text: str) -> ArxivId | None:
    """The identifier that `text` is, or None: `parse_arxiv_id` for those who only want to know."""
    if len(text) > _LONGEST or (len(text) < _SHORTEST and text.isascii()):
        return None
    tidy = _STAMP.sub("", halfwidth(text)).strip(_AROUND)
    found = _FORM.fullmatch(unquote(_AFTER.sub("", tidy)).strip(_AROUND))
    if found is None:
        return None
    base = _new(found["new"]) if found["new"] else _old(found["archive"].lower(), found["old"])
    if base is None:
        return None
    return ArxivId(base, int(found["version"]) if found["version"] else None)


def find_arxiv_ids(text: str) -> tuple[tuple[ArxivId, ...], tuple[str, ...]]:
    """The identifiers in a pasted list, and what in it could not be read as one.

    They may stand apart by spaces, lines, or punctuation in English or Chinese. Each identifier is
    given once, in the order of the list.
    """
    words = [word for word in _BETWEEN.split(join_prefixes(text)) if word.strip(_AROUND)]
    readings = [(word, try_arxiv_id(word)) for word in words]
    ids = dict.fromkeys(found for _, found in readings if found)
    return tuple(ids), tuple(word for word, found in readings if found is None)


def join_prefixes(text: str) -> str:
    """A pasted list in half-width characters, `arXiv:` and `doi:` joined to what follows them, and
    what stands behind an id in a PDF's margin left out."""
    return _STAMP.sub(" ", _PREFIX_APART.sub(r"\1:", halfwidth(text)))


def halfwidth(text: str) -> str:
    """`text` in half-width characters, without those that nobody sees."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def _new(digits: str) -> str | None:
    """`digits` if arXiv could have given them since April 2007."""
    month, number = digits.split(".")
    if not 1 <= int(month[2:]) <= 12 or int(month) < 704 or int(number) == 0:
        return None
    return digits if len(number) == (4 if int(month) <= 1412 else 5) else None


def _old(archive: str, digits: str) -> str | None:
    """`archive/YYMMNNN` if arXiv could have given it, which it did from August 1991 on."""
    year = int(digits[:2])
    month = (1900 if year > 90 else 2000) + year, int(digits[2:4])
    if not (1991, 8) <= month <= (2007, 3) or not 1 <= month[1] <= 12 or int(digits[4:]) == 0:
        return None
    return f"{archive}/{digits}"


def _shown(text: str) -> str:
    """`text` as a message can hold it: short, and without what a terminal would obey."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text.strip())
    return plain if len(plain) <= 60 else plain[:59] + "…"
