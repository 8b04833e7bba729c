"""A small library in both languages to search in."""

from sqlmodel import Session

from app.library import service as library
from app.library.rules import PaperInput
from app.models import (
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Evidence,
    Issue,
    Note,
    ResearchField,
    Stance,
    Technique,
)


def fill(session: Session) -> None:
    """Two papers, a note on each and one alone, three techniques, two issues, a cell."""
    fusion = Technique(slug="fusion", name_en="Fusion", name_zh="模态融合")
    issue = Issue(
        slug="domain-knowledge",
        name_en="Domain knowledge",
        name_zh="领域知识",
        synonyms_zh=["行业知识"],
    )
    field = ResearchField(slug="vqa", name_en="Visual question answering", name_zh="视觉问答")
    session.add_all([fusion, issue, field])
    session.flush()
    gated = Technique(
        slug="gated-fusion",
        parent_id=fusion.id,
        name_en="Gated fusion",
        name_zh="门控融合",
        synonyms_en=["gating"],
        definition_zh="先过一道门，再相加。",
    )
    attention = Technique(slug="cross-attention", name_en="Cross-attention", name_zh="交叉注意力")
    implied = Issue(slug="dk-t4", parent_id=issue.id, name_en="Implied", name_zh="隐含条件")
    session.add_all([gated, attention, implied])
    session.flush()

    uvr = library.create_paper(
        session,
        PaperInput(
            title="Neural Machine Translation with Universal Visual Representation",
            short_title="UVR-NMT",
            authors=["Zhuosheng Zhang", "Kehai Chen"],
            year=2020,
            venue="ICLR 2020",
            tags=["翻译"],
            techniques=["gated-fusion"],
        ),
    )
    library.give_verdict(session, uvr, verdict="try", reason="加了一道门，感觉可以试试")
    vilt = library.create_paper(
        session,
        PaperInput(
            title="ViLT: Vision-and-Language Transformer",
            authors=["Wonjae Kim"],
            year=2021,
            abstract="A cross-modal Transformer with attention over both, initialised like BERT.",
            arxiv_id="2102.03334",
            techniques=["cross-attention"],
            fields=["vqa"],
        ),
    )
    session.add_all(
        [
            Note(title="先对齐再融合", body="**图像**与文字先对齐。", paper_id=vilt.id),
            Note(title="Text side", body="多数方法用 BERT模型 编码文字；crossmodal 也常见。"),
            Note(title="门控何用", body="A gate may close.", technique_id=gated.id),
        ]
    )
    claim = Claim(
        technique_id=gated.id,
        issue_id=implied.id,
        stance=Stance.FAILS,
        rationale="融合得再好，也补不出列的取值。",
    )
    claim.evidence = [Evidence(paper_id=uvr.id, quote="the gate weighs what is there")]
    comparison = Comparison(slug="vqa", title_en="VQA → Text-to-SQL")
    session.add_all([claim, comparison])
    session.flush()
    session.add(ComparisonRow(comparison_id=comparison.id, technique_id=gated.id))
    session.add(ComparisonColumn(comparison_id=comparison.id, issue_id=implied.id))
