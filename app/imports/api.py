"""The JSON route of imports."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel

from app.imports import service
from app.imports.planning.detect_format import FORMATS, ZIP_LIMIT
from app.imports.rules import Report
from app.web.dependencies import Config, Db
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["import"])


class ReportLine(BaseModel):
    """What became of one thing: `action` is new, held (added to its paper), twin (twice in the
    file, joined), unsure (may be here, left out), changed, unchanged, conflict (edited here too,
    kept), removed, overwritten, left out, stub, issue, verdict (the paper has another), image
    (missing), remark (not understood), problem (could not be read, kept as text), document (not
    stored) or gone (no longer in the file)."""

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
    config: Config,
    file: Annotated[
        UploadFile,
        File(description="BibTeX, RIS, CSL-JSON, Markdown, a zip of them, arXiv ids, predictions"),
    ],
    format: Annotated[
        str, Form(description=f"{', '.join(FORMATS)}; told from the file where empty")
    ] = "",
    benchmark: Annotated[
        str, Form(description="slug of the benchmark that predictions are for")
    ] = "",
    system: Annotated[str, Form(description="whose predictions they are")] = "",
    dry_run: Annotated[bool, Form(description="Report without writing anything")] = False,
    overwrite: Annotated[
        bool, Form(description="Also take entries that were edited here since")
    ] = False,
) -> ImportReport:
    """Import papers and notes, or a result on a benchmark (predictions: one line for every example,
    its index and right or wrong): all of it, or, where something is wrong, nothing. What may be a
    paper that is here already is left out; entries that cannot be read are kept as a note."""
    data = file.file.read(ZIP_LIMIT + 1)
    with (db.read if dry_run else db.write)() as session:
        report = service.import_file(
            session,
            data,
            file.filename or "",
            library=config.library,
            reading=service.Reading(format, benchmark, system),
            dry_run=dry_run,
            overwrite=overwrite,
        )
    return report_json(report)
