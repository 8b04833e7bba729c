"""How well "do I have this already?" answers, and how fast: `python -m tests.bench.matching`.

arXiv's records as a library, and 7,000 drafts as people's files have them, ids left out: half of
papers that are in it, with what files do to a record done to them; half of papers that are not,
whose nearest are all the library's others, parts of series and papers of one group among them.
"""

import random
import re
import unicodedata
from collections.abc import Callable

from app.sources.drafts import PaperDraft
from tests.conftest import SHARED

ARXIV = SHARED / "data" / "arxiv-100k.jsonl.xz"
DRAFTS = 7_000
SEED = 5

Change = Callable[[random.Random, PaperDraft], PaperDraft]


def _titled(change: Callable[[random.Random, str], str]) -> Change:
    return lambda chance, draft: draft.model_copy(update={"title": change(chance, draft.title)})


def _braced(chance: random.Random, title: str) -> str:
    """`{BERT}` and `Schr{\\"o}dinger`, as BibTeX keeps capitals and accents."""
    words = [
        f"{{{word}}}" if any(map(str.isupper, word[1:])) or chance.random() < 0.2 else word
        for word in title.split()
    ]
    accented = {"ö": '{\\"o}', "é": "{\\'e}", "ü": '{\\"u}'}
    return "".join(accented.get(letter, letter) for letter in " ".join(words))


def _typo(chance: random.Random, title: str) -> str:
    place = chance.randrange(len(title))
    return title[:place] + chance.choice(("", title[place] * 2)) + title[place + 1 :]


def _cut(chance: random.Random, title: str) -> str:
    return title[: max(25, len(title) * 2 // 3)].strip()


def _no_subtitle(_: random.Random, title: str) -> str:
    return re.split(r"[:–—]|\s-\s|\?\s", title, maxsplit=1)[0] or title


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text


def _initials(_: random.Random, draft: PaperDraft) -> PaperDraft:
    def short(name: str) -> str:
        *given, family = name.split()
        return f"{family}, {' '.join(part[0] + '.' for part in given)}" if given else name

    return draft.model_copy(update={"authors": tuple(map(short, draft.authors))})


def _first_authors(_: random.Random, draft: PaperDraft) -> PaperDraft:
    return draft.model_copy(update={"authors": draft.authors[:1]})


def _later(chance: random.Random, draft: PaperDraft) -> PaperDraft:
    year = (draft.year or 2015) + chance.choice((-1, 1, 1, 2))
    return draft.model_copy(update={"year": year, "venue": "Proceedings of a conference"})


def _unaccented(_: random.Random, draft: PaperDraft) -> PaperDraft:
    names = tuple(map(_plain, draft.authors))
    return draft.model_copy(update={"title": _plain(draft.title), "authors": names})


CHANGES: dict[str, Change] = {
    "as it is": lambda _, draft: draft,
    "TeX in the title": _titled(_braced),
    "lower case": _titled(lambda _, title: title.lower()),
    "a full stop at its end": _titled(lambda _, title: f"{title}."),
    "hyphens as spaces": _titled(lambda _, title: title.replace("-", " ")),
    "a letter wrong": _titled(_typo),
    "cut off": _titled(_cut),
    "no subtitle": _titled(_no_subtitle),
    "initials": _initials,
    "the first author alone": _first_authors,
    "another year": _later,
    "accents lost": _unaccented,
    "no year": lambda _, draft: draft.model_copy(update={"year": None}),
    "no authors": lambda _, draft: draft.model_copy(update={"authors": ()}),
}
