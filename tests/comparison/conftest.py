"""A small comparison: fusion (gated, cross) and alignment × issues, with T1 and T4 below DK."""

from sqlmodel import Session, select

from app.comparison import service
from app.comparison.cells import claim_service
from app.comparison.queries import Pair
from app.comparison.rules import ClaimInput, ComparisonInput
from app.database import Database
from app.models import Issue, Note, Paper, ResearchField, Technique
from tests.databases import arranged

TABLE = "/comparisons/vqa-sql"
CELL = f"{TABLE}/gated/dk-t4"


def arrange_vocabularies(session: Session) -> None:
    session.add(ResearchField(slug="vqa", name_en="VQA", name_zh="视觉问答"))
    session.add(ResearchField(slug="sql", name_en="Text-to-SQL"))
    fusion = Technique(slug="fusion", name_en="Fusion", name_zh="融合", position=0)
    session.add(fusion)
    dk = Issue(
        slug="dk", name_en="Domain knowledge", synonyms_en=["expert knowledge", "DK"], position=1
    )
    session.add_all([dk, Issue(slug="unseen", name_en="Unseen data", name_zh="未知数据")])
    session.flush()
    for position, (slug, name_en, name_zh) in enumerate(
        [("gated", "Gated fusion", "门控融合"), ("cross", "Cross-attention", "交叉注意力")]
    ):
        session.add(
            Technique(
                slug=slug,
                name_en=name_en,
                name_zh=name_zh,
                parent_id=fusion.id,
                position=position,
            )
        )
    session.add(Technique(slug="alignment", name_en="Alignment", position=1))
    for slug, name_en in (("dk-t1", "T1 omitted"), ("dk-t4", "T4 implied")):
        session.add(Issue(slug=slug, name_en=name_en, parent_id=dk.id))
    session.add(Paper(citekey="kim2021vilt", title="ViLT: Vision-and-Language", short_title="ViLT"))
    session.add(
        Note(
            title="融合与隐含条件",
            title_folded="融合与隐含条件",
            body="多模态融合再好，也补不出列的取值。",
        )
    )
    session.flush()


def arrange_comparison(session: Session, **changes: object) -> None:
    arrange_vocabularies(session)
    given = ComparisonInput(
        slug="vqa-sql",
        title_en="VQA to SQL",
        title_zh="从视觉问答到 SQL",
        source_field="vqa",
        target_field="sql",
        rows=["fusion", "gated", "cross", "alignment"],
        columns=["unseen", "dk", "dk-t1", "dk-t4"],
    )
    service.create_comparison(session, given.model_copy(update=changes))


@arranged
def table(db: Database) -> str:
    """The comparison, nothing examined yet; its address."""
    with db.write() as session:
        arrange_comparison(session)
    return TABLE


def pair(session: Session, technique: str, issue: str) -> Pair:
    """The ids of a technique and an issue by their slugs, whatever comparison shows them."""
    row = session.exec(select(Technique.id).where(Technique.slug == technique)).one()
    column = session.exec(select(Issue.id).where(Issue.slug == issue)).one()
    return row, column


def claim(db: Database, technique: str, issue: str, **given: object) -> int:
    """A claim added through the service; its id."""
    with db.write() as session:
        return claimed(session, technique, issue, **given)


def claimed(session: Session, technique: str, issue: str, **given: object) -> int:
    """`claim` in the caller's transaction."""
    made = ClaimInput.model_validate({"rationale": "因为。", **given})
    return claim_service.add_claim(session, pair(session, technique, issue), made).id
