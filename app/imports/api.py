"""The JSON route of imports."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel

from app.errors import N_, Invalid
from app.imports import service
from app.imports.rules import Report
from app.web.api import Db

router = APIRouter(tags=["import"])


class ReportLine(BaseModel):
    """What became of one thing: `action` is new, held (its note was added), changed, unchanged,
    conflict (edited here too, kept), removed, overwritten, left out, stub, issue, verdict (the
    paper has another), image (missing) or gone (no longer in the file)."""

    action: str
    title: str
    kind: str
    url: str
    verdict: str


class ImportReport(BaseModel):
    """What an import did, or would do. `batch` is what to undo; null where nothing changed."""

    name: str
    batch: int | None
    dry_run: bool
    changed: bool
    summary: str
    items: list[ReportLine]


def report_json(report: Report) -> ImportReport:
    return ImportReport(
        name=report.name,
        batch=report.batch_id,
        dry_run=report.dry_run,
        changed=report.changed,
        summary=str(report.summary()),
        items=[ReportLine(**vars(line)) for line in report.lines],
    )


@router.post("/import")
def import_file(
    db: Db,
    file: Annotated[UploadFile, File(description="A Markdown file of notes")],
    format: Annotated[str, Form(description="notes")] = "notes",
    dry_run: Annotated[bool, Form(description="Report without writing anything")] = False,
    overwrite: Annotated[
        bool, Form(description="Also take entries that were edited here since")
    ] = False,
) -> ImportReport:
    """Import a file of notes: all of it, or, where something is wrong, nothing."""
    if format != "notes":
        raise Invalid.field("format", N_("This format cannot be read. Use: notes."))
    text = service.read_notes(file.file.read(service.FILE_LIMIT + 1))
    with (db.read if dry_run else db.write)() as session:
        report = service.import_text(
            session, text, file.filename or "", dry_run=dry_run, overwrite=overwrite
        )
    return report_json(report)
