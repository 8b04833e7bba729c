"""Two fields, a technique below another, an issue, two papers: what a correspondence is tied to."""

from typing import Any

from fastapi.testclient import TestClient

from app.database import Database
from app.models import Issue, Paper, ResearchField, Technique, utc_now
from tests.databases import arranged

PAIR: dict[str, Any] = {
    "source_en": "Question-guided attention",
    "source_zh": "问题引导的注意力",
    "target_en": "Schema linking",
    "target_zh": "模式链接",
    "source_field": "vqa",
    "target_field": "sql",
    "carries_en": "The question says where to look, as in [[kim2021vilt]].",
    "breaks_zh": "注意力从不被追问对不对。",
    "techniques": ["cross"],
    "issues": ["matching"],
    "papers": ["kim2021vilt"],
}


@arranged
def library(db: Database) -> Database:
    with db.write() as session:
        attention = Technique(slug="attention", name_en="Attention", name_zh="注意力")
        session.add_all(
            [
                attention,
                ResearchField(slug="vqa", name_en="VQA", name_zh="视觉问答"),
                ResearchField(slug="sql", name_en="Text-to-SQL", position=1),
                Issue(slug="matching", name_en="Matching", name_zh="字面匹配"),
                Issue(slug="unseen", name_en="Unseen data"),
                Paper(citekey="kim2021vilt", title="ViLT", title_sort="vilt", year=2021),
                Paper(citekey="old2000", title="Old", title_sort="old", trashed_at=utc_now()),
            ]
        )
        session.flush()
        session.add(
            Technique(
                slug="cross",
                name_en="Cross-attention",
                name_zh="交叉注意力",
                synonyms_en=["Q-KV"],
                parent_id=attention.id,
            )
        )
    return db


@arranged
def pair(client: TestClient, library: Database) -> str:
    """The address of a correspondence in the API."""
    made = client.post("/api/v1/correspondences", json=PAIR)
    assert made.status_code == 201, made.text
    return made.headers["Location"]
