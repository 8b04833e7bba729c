"""The tables: one cross-linked graph, one file a family, seen whole by Alembic."""

from app.models.base import UTCDateTime, now, related
from app.models.comparison import (
    CellChange,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Confidence,
    Evidence,
    Polarity,
    Ruling,
    Source,
    Stance,
    Subject,
)
from app.models.imports import ImportBatch, ImportItem
from app.models.library import (
    Author,
    FormerCitekey,
    Kind,
    Paper,
    PaperAuthor,
    PaperField,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Tag,
)
from app.models.notes import Attachment, Link, Note, NoteRevision
from app.models.search import SavedSearch, SearchDocument, SearchTerm
from app.models.vocabularies import Issue, ResearchField, Technique, Verdict

__all__ = [
    "Attachment",
    "Author",
    "CellChange",
    "Claim",
    "Comparison",
    "ComparisonColumn",
    "ComparisonRow",
    "Confidence",
    "Evidence",
    "FormerCitekey",
    "ImportBatch",
    "ImportItem",
    "Issue",
    "Kind",
    "Link",
    "Note",
    "NoteRevision",
    "Paper",
    "PaperAuthor",
    "PaperField",
    "PaperTag",
    "PaperTechnique",
    "PaperVerdict",
    "Polarity",
    "ResearchField",
    "Ruling",
    "SavedSearch",
    "SearchDocument",
    "SearchTerm",
    "Source",
    "Stance",
    "Subject",
    "Tag",
    "Technique",
    "UTCDateTime",
    "Verdict",
    "now",
    "related",
]
