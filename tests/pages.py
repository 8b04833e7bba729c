"""Every kind of page, at an address of the starter library, for what is to be true of each."""

import re
from itertools import chain

from httpx2 import Client

from app.database import Database
from app.models import SyncConflict, SyncedFolder
from tests.files.pdf_bytes import make_pdf, page_of

TABLE = "/comparisons/vqa-text-to-sql"
CELL = f"{TABLE}/gated-fusion/commonsense"
BIB = """@article{lamp2020, title={Lamps That Read Tables}, author={Vogel, Ada}, year={2020}}
@article{vilt, title={ViLT: Vision-and-Language Transformer Without Convolution}}
"""
RESULT = "".join(f"{place},{place % 2}\n" for place in range(535))
LISTS = (
    "/papers",
    "/papers?field=vqa&q=gate",
    "/papers?tag=nobody-has-it",
    "/notes",
    "/comparisons",
    "/techniques",
    "/issues",
    "/correspondences",
    "/hypotheses",
    "/benchmarks",
    "/benchmarks/spider-dk",
    "/benchmarks/spider-dk/items",
    "/benchmarks/spider-dk/pairs",
    "/benchmarks/spider-dk/scores",
    "/evidence",
    "/files",
    "/references",
    "/completion",
    "/duplicates",
    "/queue",
    "/watches",
    "/search",
    "/search?q=cross+attention",
    "/search?q=zzzzqq",
    "/trash",
    "/authors",
    "/tags",
    "/venues",
    "/years",
    "/bulk?field=vqa-alignment",
    "/sync",
)
THINGS = (
    "/",
    "/papers/kim2021vilt",
    "/papers/kim2021vilt/marks",
    "/papers/held/read",
    "/papers/held/marks",
    "/tags/parser",
    "/years/2021",
    "/changes/1",
    "/changes",
    "/notes/18",
    "/notes/18/history",
    TABLE,
    f"{TABLE}?transpose=1&fold=all",
    f"{TABLE}?technique=unimodal-encoding",
    f"{TABLE}?technique=unimodal-encoding&issue=unseen-data",
    f"{TABLE}/next",
    CELL,
    f"{CELL}/passages",
    f"{TABLE}/schema-verbalisation/unseen-data",
    "/techniques/gated-fusion",
    "/issues/domain-knowledge",
    "/correspondences/modality-alignment-schema-linking",
    "/hypotheses/19",
    "/benchmarks/spider-dk/scores/15",
    "/import/batches/1",
    "/watches/1",
    "/sync/conflicts/1",
    "/cite?key=kim2021vilt&key=yu2018spider",
    "/settings",
    "/settings/other-language",
    "/api/v1/docs",
    "/no/such/page",
)
FORMS = (
    "/papers/new",
    "/papers/kim2021vilt/edit",
    "/papers/gone/delete",
    "/notes/new?paper=kim2021vilt",
    "/notes/18/edit",
    "/comparisons/new",
    f"{TABLE}/edit",
    f"{TABLE}/fill",
    "/techniques/new",
    "/techniques/gated-fusion/edit",
    "/issues/new",
    "/correspondences/new",
    "/correspondences/modality-alignment-schema-linking/edit",
    "/hypotheses/new",
    "/hypotheses/19/edit",
    "/benchmarks/spider-dk/T1/language-prior",
    "/benchmarks/spider-dk/scores/new",
    "/benchmarks/spider-dk/scores/paste",
    "/evidence/new",
    "/export",
    "/import",
    "/import/batches/1/undo",
    "/watches/new",
    "/watches/1/edit",
)
REFUSED = {"/no/such/page": 404}


def furnish(client: Client, db: Database) -> list[str]:
    """Puts into the starter library what it has none of, and returns where each kind of page is."""
    for citekey in ("held", "gone"):
        client.post("/api/v1/papers", json={"title": f"{citekey} lamps", "citekey": citekey})
    pdf = make_pdf(page_of("Lamps that light rooms", "References", "[1] A. Vogel. Tables."))
    client.post("/api/v1/papers/held/files", files={"file": ("held.pdf", pdf, "application/pdf")})
    client.post("/api/v1/papers/held/marks", json={"page": 1, "exact": "Lamps that light rooms"})
    client.delete("/api/v1/papers/gone")
    gone = client.post("/api/v1/notes", json={"title": "Gone", "body": "x"}).json()["id"]
    client.delete(f"/api/v1/notes/{gone}")
    tagging = {"citekeys": ["held"], "add_tags": ["lamps"]}
    client.post("/api/v1/papers/bulk", json=tagging)
    client.post("/watches", data={"kind": "query", "target": "abs:gates", "name": "Gates"})
    with db.write() as session:
        session.add(SyncedFolder(id=1, path="/home/reader/vault"))
        session.flush()
        session.add(
            SyncConflict(
                id=1,
                folder_id=1,
                path="notes/a.md",
                copy_path="notes/a (conflict).md",
                kind="note",
                item_id=18,
                part="body",
                ours="a\nours",
                theirs="a\ntheirs",
            )
        )
    slug = {
        "title_en": "Another",
        "slug": "another",
        "rows": ["gated-fusion"],
        "columns": ["dk-t4"],
    }
    client.post("/api/v1/comparisons", json=slug)
    beside = f"/comparisons?beside={TABLE.split('/')[-1]}&beside=another"
    given = ({"text": BIB}, {"text": RESULT, "benchmark": "spider-dk", "system": "lamp"})
    answers = [client.post("/import", data=each, follow_redirects=True) for each in given]
    previews = [re.sub(r"^https?://[^/]+", "", str(answer.url)) for answer in answers]
    return [*chain(LISTS, THINGS, FORMS), f"/notes/{gone}/delete", beside, *previews]
