"""What JSON says of an import."""

from pydantic import BaseModel

from app.imports.rules import ImportReport


class ReportItemOut(BaseModel):
    """What became of one thing: `action` is new, held (added to its paper), twin (twice in the
    file, joined), unsure (may be here, left out), published (a preprint became its publication),
    changed, unchanged, differs (says otherwise than what is here, which stays), conflict (edited
    here too, kept), removed, overwritten, left out, stub, issue, verdict (the paper has another),
    image (missing), remark (not understood), problem (could not be read, kept as text), document
    (not stored) or gone (no longer in the file).
    `changes` are fields of a paper that was here, `keeps` those that the file says otherwise and
    that stay: `year: 2020 → 2021`."""

    action: str
    title: str
    kind: str
    url: str
    verdict: str
    changes: list[str]
    keeps: list[str]


class ImportReportOut(BaseModel):
    """What an import did, or would do. `batch` is what to undo; null where nothing changed."""

    name: str
    batch: int | None
    dry_run: bool
    changed: bool
    summary: str
    items: list[ReportItemOut]


def serialize_report(report: ImportReport) -> ImportReportOut:
    return ImportReportOut(
        name=report.name,
        batch=report.batch_id,
        dry_run=report.dry_run,
        changed=report.changed,
        summary=str(report.summary()),
        items=[ReportItemOut.model_validate(vars(line)) for line in report.lines],
    )
