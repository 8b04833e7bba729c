"""What a source hands over: values that the library may make papers of. Pure."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app.errors import N_, Invalid, Message, Problem
from app.kit import author_names

ENTRY_LIMIT = 20_000  # of one file

# Who had a part in it besides its authors, by CSL's names; `container-author` wrote the book that a
# chapter is in.
ROLES = ("editor", "translator", "container-author")
# What a reference says besides, by the names of CSL 1.0.2's variables: `type` is an item's type,
# `ROLES` the names joined by "; ", `accessed` and `event-date` ISO dates, `number` what names
# the document itself (a report, a standard, a patent). CSL's `version` is `version-number`, for
# rows of the library have a version of their own.
DETAILS = (
    "type",
    "volume",
    "issue",
    "number",
    "page",
    "publisher",
    "publisher-place",
    "edition",
    "version-number",
    "chapter-number",
    "collection-title",
    "collection-number",
    *ROLES,
    "container-title-short",
    "event-title",
    "event-place",
    "event-date",
    "number-of-pages",
    "genre",
    "ISBN",
    "ISSN",
    "PMID",
    "PMCID",
    "language",
    "accessed",
    "note",
)

# The types of CSL 1.0.2.
TYPES = {
    *("article", "article-journal", "article-magazine", "article-newspaper", "bill", "book"),
    *("broadcast", "chapter", "classic", "collection", "dataset", "document", "entry", "event"),
    *("entry-dictionary", "entry-encyclopedia", "figure", "graphic", "hearing", "interview"),
    *("legal_case", "legislation", "manuscript", "map", "motion_picture", "musical_score"),
    *("pamphlet", "paper-conference", "patent", "performance", "periodical", "post", "report"),
    *("personal_communication", "post-weblog", "regulation", "review", "review-book", "song"),
    *("software", "speech", "standard", "thesis", "treaty", "webpage"),
}
# What the number of a BibTeX entry counts: issues, or volumes of a series; of other types (CSL's)
# it is the document's own.
ISSUES = {
    "article-journal",
    "article-magazine",
    "article-newspaper",
    "paper-conference",
    "periodical",
    "review",
}
OF_SERIES = {"book", "chapter", "entry-encyclopedia", "entry-dictionary", "pamphlet"}

_PREFIX = re.compile(r"([^:：]{1,40})(?::(?=\s)|：)\s*\S")


class PaperDraft(BaseModel):
    """One bibliographic record as a source gives it; what the source does not say stays empty.

    Dates are ISO and may be partial (`2023-03`): `published` is of version 1, `revised` of the
    version that was retrieved. `arxiv_id` has no version: that is `arxiv_version`. Survives a round
    trip through JSON. Authors are written as `app.kit.author_names` reads them; the keys of
    `details` are out of `DETAILS`. `source` says what it was taken from, where that is not arXiv:
    `doi:10.1145/…`, or the site of a page.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    short_title: str = ""
    kind: Literal["paper", "method", "dataset", "concept", "link"] = "paper"
    authors: tuple[str, ...] = ()
    abstract: str = ""
    year: int | None = None
    published: str = ""
    revised: str = ""
    venue: str = ""
    arxiv_id: str | None = None
    arxiv_version: int | None = None
    primary_category: str = ""
    doi: str | None = None
    url: str = ""
    comment: str = ""
    details: dict[str, str] = {}
    source: str = ""

    @property
    def names(self) -> list[str]:
        """The authors' names in order, as they are shown."""
        return [author_names.parse_name(each)[0] for each in self.authors]


def fill_draft(draft: PaperDraft, other: PaperDraft) -> PaperDraft:
    """`draft`, with what `other` says of the same paper where it says nothing."""
    more = {
        name: getattr(other, name)
        for name in PaperDraft.model_fields
        if not getattr(draft, name) and getattr(other, name)
    }
    details = {**other.details, **draft.details}
    return draft.model_copy(update={**more, "details": details})


class NoteDraft(BaseModel):
    """A note as a source gives it; `body` is Markdown, `aliases` what links find it by besides."""

    model_config = ConfigDict(frozen=True)

    title: str = ""
    body: str = ""
    aliases: tuple[str, ...] = ()


class RecordDraft(BaseModel):
    """One entry of a file: a paper with what hangs on it, or (`draft` is None) notes alone.

    `key` is what the entry is called in its file (citation key, id, path); `citekey` the citation
    key that the file gives, as written, or empty. `line` counts from 1; `raw` is the entry's text
    as it stands there; `path` the file of a folder or zip. Techniques, fields and the verdict are
    names as written. `files` are pictures and PDFs that the entry names; `remarks` say what of it
    was not understood.
    """

    model_config = ConfigDict(frozen=True)

    draft: PaperDraft | None
    key: str
    citekey: str = ""
    line: int = 1
    raw: str = ""
    path: str = ""
    tags: tuple[str, ...] = ()
    notes: tuple[NoteDraft, ...] = ()
    techniques: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    verdict: str = ""
    reason: str = ""
    files: tuple[str, ...] = ()
    remarks: tuple[Message, ...] = ()


class ReadFile(BaseModel):
    """What a reader found in a file: every entry is a record or a problem."""

    model_config = ConfigDict(frozen=True)

    format: str
    records: tuple[RecordDraft, ...] = ()
    problems: tuple[Problem, ...] = ()


def check_count(entries: int) -> None:
    """Raises Invalid: field `file`; there are more entries in it than are taken at once."""
    if entries > ENTRY_LIMIT:
        raise Invalid.field(
            "file",
            N_("This file has more than {limit} entries. Cut it into several."),
            limit=ENTRY_LIMIT,
        )


def short_title(title: str) -> str:
    """The name that a title begins with: `ViLT` of `ViLT: Vision-and-Language …`, or nothing.

    At most three words before the first colon, which is a full-width one or followed by a space.
    """
    found = _PREFIX.match(title.strip())
    name = found[1].strip() if found else ""
    return name if len(name.split()) <= 3 else ""
