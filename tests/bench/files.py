"""How quickly PDFs are read, what that takes, and what full texts cost a search.

`python -m tests.bench.files` reads ../shared/data/pdf; `… search [PAPERS]` makes a library whose
papers hold twelve made pages each, and asks it the same with and without them.
"""

import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import insert, text

from app.database import Database
from app.files.extraction import UnreadableFile, extract_pages
from app.files.references import list_printed_references
from app.library import service as library
from app.library.rules import PaperInput
from app.models import FilePage, PaperFile, StoredFile, TextState
from app.search import service as search
from app.settings import Settings
from app.startup import open_library
from tests.conftest import SHARED

PDFS = SHARED / "data/pdf"
PAGES, WORDS = 12, 650  # of a paper, of a page
QUERIES = 60
ROUNDS = 3
# What a README beside the files says that a reader must find: page → words.
FACTS: dict[str, dict[int, str]] = {
    "acl-two-column-N18-3011": {
        1: "scientific literature into a heterogeneous graph to facilitate"
    },
    "acl-annotated-acrobat-W18-6511": {2: "Figure 1: The multimodal interface with SeeTrack"},
    "acl-annotated-preview-W16-6608": {1: "task of abstractive caption", 6: "to partcipate."},
    "acl-annotated-okular-W16-6623": {7: "1 for acceptable/good"},
    "joss-eyecite-v1": {1: "Mike Lissner"},
    "joss-eyecite-v2": {1: "Michael Lissner"},
    "zh-java-manual-fonts-embedded": {2: "前言", 4: "【强制】所有编程相关的命名均不能以下划线"},
    "zh-abstracts-font-not-embedded": {1: "工程选材中的适用性研究"},
    "ja-okumacro": {1: "マクロを集めたものです。", 18: "以上で終わりです。"},
    "ocr-text-with-errors": {1: "Eichmond", 2: "visitors"},
    "rotated-pages": {5: "Hello world"},
    "encrypted-empty-user-password": {1: "pdf encryption test"},
    "long-467-pages": {288: "Demosthenes", 467: "status with the IRS."},
}
_MEASURED = """
import resource, sys
from pathlib import Path
from app.files.extraction import extract_pages
for _ in extract_pages(Path(sys.argv[1])): pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss // 1024, round(used.ru_utime + used.ru_stime, 2))
"""


def read_pdfs() -> None:
    """Each file: pages, seconds and the processor's (the start of a process among them), memory in
    MB, references, facts."""
    print(f"{'file':38}{'pages':>6}{'s':>7}{'CPU s':>7}{'MB':>5}{'refs':>6}  facts")
    pages_read, seconds = 0, 0.0
    for path in sorted(PDFS.glob("*.pdf")):
        begun = time.perf_counter()
        try:
            pages = list(extract_pages(path))
        except UnreadableFile as problem:
            print(f"{path.stem:38}{'':31}  says: {problem}")
            continue
        took = time.perf_counter() - begun
        pages_read, seconds = pages_read + len(pages), seconds + took
        asked = [sys.executable, "-c", _MEASURED, str(path)]
        used = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        memory, processor = used.split()
        facts = FACTS.get(path.stem, {})
        said = {page.page: " ".join(page.text.split("\n")) for page in pages}
        held = sum(words in said[page] for page, words in facts.items())
        says = "" if any(said.values()) else "no text: a scan"
        if facts:
            says = f"{held} of {len(facts)}"
        print(
            f"{path.stem:38}{len(pages):>6}{took:>7.2f}{processor:>7}{memory:>5}"
            f"{len(list_printed_references(pages)):>6}  {says}"
        )
    print(f"{pages_read} pages in {seconds:.1f} s: {pages_read / seconds:.0f} pages/s")


def ask_searches(papers: int) -> None:
    """A library of so many papers, asked the same without full texts and with them."""
    chance = random.Random(7)
    words = Counter(re.findall(r"[a-z]{2,}", " ".join(_real_text()).lower()))
    vocabulary, weights = list(words), list(words.values())
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, library=Path(folder), starter=False)
        database = open_library(settings)
        made = [" ".join(chance.choices(vocabulary, weights, k=150)) for _ in range(papers)]
        with database.write() as session:
            for number, abstract in enumerate(made):
                title = f"{abstract[:60]} {number}"
                given = PaperInput(title=title, abstract=abstract, citekey=f"p{number}")
                library.create_paper(session, given)
        search.settle_index(database)
        common = [word for word, _ in words.most_common(1500)][30:]
        rare = [word for word, n in words.items() if n <= 2]
        queries = [
            " ".join([*chance.sample(common, 1 + n % 2), *([chance.choice(rare)] if n % 3 else [])])
            for n in range(QUERIES)
        ]
        without = _time(database, queries)
        size = _size(database)
        took = 0.0
        for number in range(papers):
            pages = [" ".join(chance.choices(vocabulary, weights, k=WORDS)) for _ in range(PAGES)]
            took += _hold(database, number + 1, pages)
        begun = time.perf_counter()
        search.settle_index(database)
        took += time.perf_counter() - begun
        grown = _size(database) - size
        letters = _letters(database)
        held = _time(database, queries)
        only = _time(database, [f"{query} in:fulltext" for query in queries])
        database.close()
    print(f"{papers} papers × {PAGES} pages, {letters / 1e6:.0f} million letters")
    print(f"kept and indexed in {took:.1f} s ({1000 * took / papers:.0f} ms a paper)")
    print(f"the library grew by {grown / 1e6:.0f} MB: {grown / papers / 1e3:.0f} kB a paper")
    for name, times in (("without", without), ("with", held), ("in:fulltext", only)):
        print(f"{name:12} p50 {_share(times, 50):6.1f} ms   p95 {_share(times, 95):6.1f} ms")
    print(f"with ÷ without: p50 {_share(held, 50) / _share(without, 50):.2f}, ", end="")
    print(f"p95 {_share(held, 95) / _share(without, 95):.2f}")


def _real_text() -> list[str]:
    return [page.text for name in FACTS for page in extract_pages(PDFS / f"{name}.pdf")]


def _hold(database: Database, paper: int, pages: list[str]) -> float:
    """Have a paper hold pages; how many seconds that takes."""
    sha256 = f"{paper:064x}"
    file = StoredFile(
        sha256=sha256, media_type="application/pdf", size=1, text_state=TextState.DONE
    )
    rows = [{"sha256": sha256, "page": n, "text": each} for n, each in enumerate(pages, 1)]
    begun = time.perf_counter()
    with database.write() as session:
        session.add(file)
        session.flush()
        session.add(PaperFile(paper_id=paper, sha256=sha256, name="a.pdf"))
        session.execute(insert(FilePage), rows)
    return time.perf_counter() - begun


def _time(database: Database, queries: list[str]) -> list[float]:
    """Milliseconds of each query, the best of some rounds, as the search page asks it."""
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for query in queries:
            with database.read() as session:
                begun = time.perf_counter()
                search.search_all(session, query, grouped=True, facets=True)
                took = 1000 * (time.perf_counter() - begun)
            best[query] = min(took, best.get(query, took))
    return list(best.values())


def _share(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def _letters(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(text("SELECT sum(length(text)) FROM file_page")) or 0)


def _size(database: Database) -> int:
    """Bytes of a SQLite library's pages that are in use."""
    with database.read() as session:
        pages = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count,"
        asked = f"{pages} pragma_freelist_count, pragma_page_size"
        return int(session.scalar(text(asked)) or 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["search"]:
        ask_searches(int(sys.argv[2]) if len(sys.argv) > 2 else 1_000)
    else:
        read_pdfs()
