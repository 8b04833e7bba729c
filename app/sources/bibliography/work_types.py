"""What Zotero, BibTeX, databases and people call a kind of publication → CSL's name. Pure."""

from app.kit.text import fold_letters

_TYPES = {
    **dict.fromkeys(
        ("article", "article-journal", "journal article", "journal", "review", "article review"),
        "article-journal",
    ),
    **dict.fromkeys(("early access article", "期刊论文", "期刊", "期刊文章"), "article-journal"),
    **dict.fromkeys(("magazine article", "magazine"), "article-magazine"),
    **dict.fromkeys(("newspaper article", "报纸文章", "报纸"), "article-newspaper"),
    **dict.fromkeys(
        (
            "conference paper",
            "paper-conference",
            "inproceedings",
            "proceedings paper",
            "conference",
        ),
        "paper-conference",
    ),
    **dict.fromkeys(("conferences", "会议论文", "会议"), "paper-conference"),
    **dict.fromkeys(("preprint", "posted content", "预印本"), "article"),
    **dict.fromkeys(("book section", "incollection", "chapter", "book chapter"), "chapter"),
    **dict.fromkeys(("book", "books", "monograph", "图书", "专著"), "book"),
    **dict.fromkeys(
        ("thesis", "phd thesis", "masters thesis", "dissertation", "学位论文"), "thesis"
    ),
    **dict.fromkeys(("report", "tech report", "technical report", "报告"), "report"),
    **dict.fromkeys(("webpage", "web page", "网页"), "webpage"),
    **dict.fromkeys(("dataset", "data set", "数据集"), "dataset"),
    **dict.fromkeys(("software", "computer program", "软件"), "software"),
    **dict.fromkeys(("patent", "专利"), "patent"),
    **dict.fromkeys(("standard", "standards", "标准"), "standard"),
    **dict.fromkeys(("manuscript", "unpublished"), "manuscript"),
    **dict.fromkeys(("blog post", "blog"), "post-weblog"),
    "presentation": "speech",
}
_FOLDED = {fold_letters(called): type_ for called, type_ in _TYPES.items()}


def type_of(called: str) -> str:
    """CSL's type for `journalArticle`, `Conference paper`, `学位论文`; empty for another word."""
    return _FOLDED.get(fold_letters(called), "")
