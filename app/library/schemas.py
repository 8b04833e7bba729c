"""What JSON says of papers."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from app.kit.json_fields import Number, SlugKey, Truth, one_of
from app.kit.text import Key
from app.library.bulk_edit.editing import EditReport, ListedChange, ShownChange
from app.library.duplicates import merging
from app.library.rows import PaperRow
from app.library.rules import PaperEdit, PaperInput
from app.models import Paper


class PaperItem(BaseModel):
    """A paper in a list."""

    citekey: str
    title: str
    short_title: str
    authors: list[str]
    year: int | None
    kind: str
    reading: str
    venue: str
    arxiv_id: str | None
    doi: str | None
    url: str
    techniques: list[str]
    verdict: str | None
    reason: str
    due: str
    tags: list[str]


class GivenVerdict(BaseModel):
    verdict: str
    reason: str
    due: str
    given_at: str
    current: bool


class PaperDetail(PaperItem):
    """A paper whole, with the history of its verdicts."""

    model_config = ConfigDict(extra="forbid")

    abstract: str
    published: str
    revised: str
    arxiv_version: int | None
    primary_category: str
    details: dict[str, str]
    fields: list[str]
    verdicts: list[GivenVerdict]
    metadata_source: str
    created_at: str
    updated_at: str
    version: int


class NewPaper(PaperInput):
    """A paper to be added; `force` adds it also where the library seems to hold it already,
    `same_as` completes the one that is called so instead."""

    force: Truth = False
    same_as: Key = ""


class CandidateItem(BaseModel):
    """A paper that a title may mean: `id` is an arXiv id or a DOI, `held` the key of the paper of
    the library that has it."""

    id: str
    title: str
    authors: list[str]
    year: int | None
    venue: str
    held: str | None


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


FilterValues = Annotated[
    list[Key],
    BeforeValidator(_listed),
    Field(description="alternatives, as in the address of a list"),
]


class BulkRequest(PaperEdit):
    """Which papers, and what is done to each: those of `citekeys`, or all that `q` and filters find
    (`verdict:`, `kind:` and `reading:` are said in `q`). With `versions`, a paper that has a higher
    one now is left alone: it changed since."""

    citekeys: list[Key] = Field(default_factory=list)
    versions: list[Number] = Field(
        default_factory=list, description="what each of `citekeys` was when it was chosen, in order"
    )
    q: Key = ""
    technique: FilterValues = Field(default_factory=list)
    tag: FilterValues = Field(default_factory=list)
    author: FilterValues = Field(default_factory=list)
    year: FilterValues = Field(default_factory=list)
    mark: FilterValues = Field(default_factory=list)
    field: FilterValues = Field(default_factory=list)
    issue: FilterValues = Field(default_factory=list)
    due: FilterValues = Field(default_factory=list)
    venue: FilterValues = Field(default_factory=list)
    watch: FilterValues = Field(default_factory=list)
    arxiv: FilterValues = Field(default_factory=list)
    has: FilterValues = Field(default_factory=list)
    dry_run: Truth = False


class SkippedItem(BaseModel):
    """A paper that was left alone."""

    citekey: str
    why: str


class BulkResult(BaseModel):
    """How many papers were changed, which were left alone, and the number of the change, by which
    it is undone (null where nothing changed)."""

    changed: int
    skipped: list[SkippedItem]
    change: int | None


class ChangeItem(BulkResult):
    """A change of many papers as it was made; `papers` has the versions of those that it changed as
    they are now, by citation key."""

    made_at: str
    undone_at: str | None
    papers: dict[str, int]


class ChangeListItem(BaseModel):
    """A change in the list of all: `done` is what was asked for, `changed` and `skipped` are how
    many papers (or cells) were changed and left alone."""

    model_config = ConfigDict(extra="forbid")

    change: int
    made_at: str
    undone_at: str | None
    done: dict[str, JsonValue]
    changed: int
    skipped: int


def serialize_listed_change(listed: ListedChange) -> ChangeListItem:
    said = listed.summary
    return ChangeListItem(
        change=said.id,
        made_at=said.made_at.isoformat(),
        undone_at=said.undone_at.isoformat() if said.undone_at else None,
        done=said.edit,
        changed=said.changed,
        skipped=said.skipped,
    )


def serialize_edit(report: EditReport) -> BulkResult:
    skipped = [SkippedItem(citekey=each.citekey, why=str(each.why)) for each in report.skipped]
    return BulkResult(changed=report.changed, skipped=skipped, change=report.change)


def serialize_bulk_change(change: ShownChange, versions: Mapping[str, int]) -> ChangeItem:
    skipped = [SkippedItem(citekey=each.citekey, why=str(each.why)) for each in change.skipped]
    undone = change.row.undone_at
    return ChangeItem(
        changed=change.changed,
        skipped=skipped,
        change=change.id,
        made_at=change.row.made_at.isoformat(),
        undone_at=undone.isoformat() if undone else None,
        papers=dict(versions),
    )


class TechniqueList(BaseModel):
    model_config = ConfigDict(extra="forbid")

    techniques: list[SlugKey]


def serialize_paper(paper: Paper | PaperRow) -> PaperItem:
    """A paper as lists have it."""
    return PaperItem.model_validate(paper_values(paper))


def paper_values(paper: Paper | PaperRow) -> dict[str, object]:
    given = paper.verdict
    return {
        **{
            name: getattr(paper, name)
            for name in (
                "citekey",
                "title",
                "short_title",
                "authors",
                "year",
                "kind",
                "reading",
                "venue",
                "arxiv_id",
                "doi",
                "url",
            )
        },
        "techniques": [technique.slug for technique in paper.techniques],
        "verdict": given.verdict.slug if given else None,
        "reason": given.reason if given else "",
        "due": given.due if given else "",
        "tags": paper.tag_names,
    }


def serialize_paper_detail(paper: Paper) -> PaperDetail:
    """A paper as the API answers it (what its page shows must be loaded)."""
    return PaperDetail.model_validate(
        {
            **paper_values(paper),
            "abstract": paper.abstract,
            "published": paper.published,
            "revised": paper.revised,
            "arxiv_version": paper.arxiv_version,
            "primary_category": paper.primary_category,
            "details": paper.details,
            "fields": [field.slug for field in paper.fields],
            "verdicts": [
                {
                    "verdict": given.verdict.slug,
                    "reason": given.reason,
                    "due": given.due,
                    "given_at": given.given_at.isoformat(),
                    "current": given.is_current,
                }
                for given in paper.verdicts
            ],
            "metadata_source": paper.metadata_source,
            "created_at": paper.created_at.isoformat(),
            "updated_at": paper.updated_at.isoformat(),
            "version": paper.version,
        }
    )


class PairItem(BaseModel):
    """Two papers that are one (`sure`) or may be, and in which fields they differ."""

    first: PaperItem
    second: PaperItem
    sure: bool
    score: float
    why: str
    differs: list[str]


class MergeInput(BaseModel):
    """The other record of the paper, and the fields of which its value is to be had."""

    model_config = ConfigDict(extra="forbid")

    other: Key
    take: list[Annotated[str, one_of(merging.CHOOSABLE)]] = Field(default_factory=list)


class OtherInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    other: Key


class MergeResult(BaseModel):
    """The paper, and the number by which the merge is taken back."""

    merge: int
    paper: PaperDetail


class MergeItem(BaseModel):
    merge: int
    citekey: str
    other: str
    title: str
    merged_at: str


class UnmergeResult(BaseModel):
    """Two papers again; `stays` names what was changed since, and is left as it is."""

    citekey: str
    other: str
    stays: list[str]
