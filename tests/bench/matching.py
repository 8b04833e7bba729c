"""How well "do I have this already?" answers, and how fast: `python -m tests.bench.matching`.

arXiv's records as a library, and 7,000 drafts as people's files have them, ids left out: half of
papers that are in it, with what files do to a record done to them; half of papers that are not,
whose nearest are all the library's others, parts of series and papers of one group among them.
"""

import json
import lzma
import random
import re
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlmodel import Session, col

from app.imports.applying.snapshots import import_snapshot
from app.library.duplicate_search import find_duplicates, find_matches
from app.models import Paper
from app.settings import Settings
from app.sources.drafts import PaperDraft, short_title
from app.startup import open_library
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


# Two arXiv ids of one paper, as abstracts say; what the matcher says of them is no mistake.
_ONE_ABSTRACT = 70.0


def main() -> None:
    if not ARXIV.exists():
        print(f"{ARXIV} is not here")
        return
    chance = random.Random(SEED)
    with lzma.open(ARXIV, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    chosen = chance.sample(range(len(records)), DRAFTS)
    absent = {*chosen[DRAFTS // 2 :]}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, library=Path(folder) / "library", starter=False)
        snapshot = Path(folder) / "snapshot.json"
        with snapshot.open("w", encoding="utf-8") as file:
            for number, record in enumerate(records):
                if number not in absent:
                    file.write(json.dumps(record) + "\n")
        database = open_library(settings)
        for _ in import_snapshot(database, snapshot):
            pass
        with database.read() as session:
            measure(session, chance, records, chosen, absent)
            began = time.perf_counter()
            pairs = find_duplicates(session)
            took = time.perf_counter() - began
            print(f"duplicates among {len(records) - len(absent):,}: {len(pairs)} in {took:.1f} s")
            began = time.perf_counter()
            find_matches(session, [draft_of(records[chosen[0]])])
            print(f"one draft: {(time.perf_counter() - began) * 1000:.0f} ms")
        database.close()


def draft_of(record: dict[str, Any]) -> PaperDraft:
    return PaperDraft(
        title=record["title"],
        short_title=short_title(record["title"]),
        authors=tuple(record["authors"]),
        year=int(record["year"]),
    )


def measure(
    session: Session,
    chance: random.Random,
    records: Sequence[dict[str, Any]],
    chosen: Sequence[int],
    absent: Collection[int],
) -> None:
    """Print precision and recall of what is sure and of what is shown, and what was done to those
    that were not found."""
    drafts, changes = [], []
    for turn, number in enumerate(chosen):
        done = [list(CHANGES)[turn % len(CHANGES)]]
        if chance.random() < 0.3:
            done.append(chance.choice(list(CHANGES)))
        draft = draft_of(records[number])
        for name in done:
            draft = CHANGES[name](chance, draft)
        drafts.append(draft)
        changes.append(" + ".join(done))
    began = time.perf_counter()
    found = find_matches(session, drafts)
    took = time.perf_counter() - began
    ids = {record["arxiv_id"]: record for record in records}
    arxiv_ids = session.execute(select(col(Paper.id), col(Paper.arxiv_id)))
    held = {number: key or "" for number, key in arxiv_ids}

    def is_it(number: int, paper_id: int) -> bool:
        arxiv_id, record = held[paper_id], records[number]
        if arxiv_id == record["arxiv_id"]:
            return True
        other = ids[arxiv_id]["abstract"]
        return bool(fuzz.token_set_ratio(record["abstract"], other) >= _ONE_ABSTRACT)

    answered: Counter[tuple[str, bool]] = Counter()
    present = sure = shown = 0
    missed: Counter[str] = Counter()
    for number, change, candidates in zip(chosen, changes, found, strict=True):
        for each in candidates:
            right = is_it(number, each.paper_id)
            answered["sure" if each.sure else "unsure", right] += 1
            if each.sure and not right:
                print(f"  sure and wrong: {records[number]['title']} | {each.title}")
        if number not in absent:
            own = [c for c in candidates if held[c.paper_id] == records[number]["arxiv_id"]]
            present += 1
            shown += bool(own)
            sure += any(each.sure for each in own)
            if not own:
                missed[change] += 1
    print(f"{len(drafts):,} drafts against {len(held):,} papers: {took:.1f} s")
    for kind in ("sure", "unsure"):
        good, bad = answered[kind, True], answered[kind, False]
        print(f"{kind}: {good} right, {bad} wrong: precision {good / (good + bad):.4f}")
    print(f"of {present} that are there: {sure / present:.4f} sure, {shown / present:.4f} shown")
    print("missed most: " + ", ".join(f"{name} {n}" for name, n in missed.most_common(5)))


if __name__ == "__main__":
    main()
