"""`python -m tests.bench.evidence`: how long it takes to look for the quotations of a library of
10,000 papers, each with a text of ten pages: as they stand, and after a new version of each.

Texts are of `../shared/data/arxiv-100k.jsonl.xz`. Prints; asserts nothing.
"""

import json
import lzma
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

from sqlalchemy import func
from sqlmodel import col, select

from app.changes import Changes
from app.comparison.cells import quotations
from app.database import Database, insert_many
from app.kit.batches import batches
from app.models import (
    Claim,
    Evidence,
    FilePage,
    Issue,
    Paper,
    PaperFile,
    Stance,
    StoredFile,
    Technique,
)
from app.models.files import TextState
from app.settings import Settings
from app.startup import open_library

PAPERS = 10_000
PAGES = 10
_ON_A_PAGE = 3  # abstracts
_CLAIMS = 500
_DATA = Path(__file__).parents[2].parent / "shared/data/arxiv-100k.jsonl.xz"


def page_texts() -> list[str]:
    """Pages of some 3,500 characters, broken into lines, with a soft hyphen each."""
    with lzma.open(_DATA, "rt", encoding="utf-8") as file:
        abstracts = [json.loads(line)["abstract"] for line in islice(file, 9_000)]
    pages = []
    for at in range(0, len(abstracts), _ON_A_PAGE):
        words = " ".join(abstracts[at : at + _ON_A_PAGE]).split()
        lines = [" ".join(words[n : n + 12]) for n in range(0, len(words), 12)]
        pages.append("\n".join(lines).replace("tion", "ti\x02on", 3))
    return pages


def fill(database: Database, pages: list[str]) -> None:
    """Papers, a file of each with its pages, and a claim that quotes each; in eight of a hundred
    the sentence reads otherwise, in two it is not there."""
    with database.write() as session:
        technique, issue = Technique(slug="t", name_en="T"), Issue(slug="i", name_en="I")
        session.add_all([technique, issue])
        session.flush()
        cell = technique.id, issue.id
    numbers = range(1, PAPERS + 1)
    of = {n: [pages[(n * 7 + k) % len(pages)] for k in range(PAGES)] for n in numbers}
    for some in batches(list(numbers), 1_000):
        with database.write() as session:
            session.add_all(Paper(id=n, citekey=f"p{n}", title=f"Paper {n}") for n in some)
            session.flush()
            session.add_all(
                StoredFile(
                    sha256=f"{n:064}",
                    media_type="application/pdf",
                    size=1,
                    text_state=TextState.DONE,
                )
                for n in some
            )
            session.flush()
            session.add_all(PaperFile(paper_id=n, sha256=f"{n:064}", name="a.pdf") for n in some)
            session.flush()
            rows = [
                {"sha256": f"{n:064}", "page": at, "text": text}
                for n in some
                for at, text in enumerate(of[n], 1)
            ]
            insert_many(session, FilePage, rows)
    for some in batches(list(numbers), 1_000):
        with database.write() as session:
            for n in some:
                text = of[n][n % PAGES]
                words = text.replace("\x02", "").split()[20:45]
                if n % 100 < 8:
                    words[5:8] = ["which", "reads", "otherwise"]
                elif n % 100 < 10:
                    words = f"Nobody has ever written number {n} of these sentences here".split()
                claim = Claim(
                    technique_id=cell[0], issue_id=cell[1], stance=Stance.PARTIAL, rationale="x"
                )
                claim.evidence = [Evidence(paper_id=n, quote=" ".join(words), locator="p. 1")]
                session.add(claim)


def look_again(database: Database) -> tuple[float, float, float]:
    """Seconds to look for all quotations, those of the processor, and the longest that a writer had
    to wait for it."""
    with database.read() as session:
        claims = list(session.exec(select(Claim.id)))
    began, worked, longest = time.perf_counter(), time.process_time(), 0.0
    for some in batches(claims, _CLAIMS):
        start = time.perf_counter()
        with database.write() as session:
            changes = Changes()
            changes.add("claim", [{"id": number} for number in some])
            quotations.check_quotations(session, changes)
        longest = max(longest, time.perf_counter() - start)
    return time.perf_counter() - began, time.process_time() - worked, longest


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_library(Settings(library=Path(folder), starter=False))
        began = time.perf_counter()
        fill(database, page_texts())
        print(f"{PAPERS:,} papers of {PAGES} pages, filled in {time.perf_counter() - began:.1f} s")
        whole, worked, longest = look_again(database)
        print(f"all quotations: {whole:.1f} s, of the processor {worked:.1f} s")
        print(f"the longest wait of a writer: {longest:.2f} s")
        with database.read() as session:
            size = session.scalar(select(func.sum(func.length(col(FilePage.text)))))
            found = Counter(session.exec(select(Evidence.standing)))
            print(f"{size or 0:,} characters; {dict(found)}")
        database.close()


if __name__ == "__main__":
    main()
