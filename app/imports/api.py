"""The JSON route of imports."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile

from app.imports import service
from app.imports.planning.detect_format import FORMATS, ZIP_LIMIT
from app.imports.schemas import ImportReport, serialize_report
from app.web.dependencies import Config, Db
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["import"])


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
    return serialize_report(report)
