"""The JSON route of imports."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from app.imports import uploads
from app.imports.planning.detect_format import FORMATS, ZIP_LIMIT
from app.imports.rules import ForAll
from app.imports.schemas import ImportReportOut
from app.imports.service import ReadingOptions
from app.kit.json_fields import SlugKey
from app.library.rules import Tags
from app.web.dependencies import Worker
from app.web.languages import language_of
from app.web.threads import Route

router = APIRouter(route_class=Route, tags=["import"])


@router.post("/import", response_model=ImportReportOut)
async def import_file(
    request: Request,
    worker: Worker,
    file: Annotated[
        UploadFile,
        File(
            description="BibTeX, RIS, CSL-JSON, Markdown, a zip of them, arXiv ids, predictions",
            json_schema_extra={"minLength": 1},
        ),
    ],
    format: Annotated[
        str,
        Form(
            description="told from the file where empty",
            json_schema_extra={"enum": ["", *FORMATS]},
        ),
    ] = "",
    benchmark: Annotated[
        str, Form(description="slug of the benchmark that predictions are for")
    ] = "",
    system: Annotated[str, Form(description="whose predictions they are")] = "",
    tag: Annotated[Tags | None, Form(description="for all papers; may be repeated")] = None,
    technique: Annotated[list[SlugKey] | None, Form(description="slugs, for all papers")] = None,
    field: Annotated[list[SlugKey] | None, Form(description="slugs, for all papers")] = None,
    dry_run: Annotated[bool, Form(description="Report without writing anything")] = False,
    overwrite: Annotated[
        bool, Form(description="Also take entries that were edited here since")
    ] = False,
) -> Response:
    """Import papers and notes, or a result on a benchmark (predictions: one line for every example,
    its index and right or wrong): all of it, or, where something is wrong, nothing. What may be a
    paper that is here already is left out; entries that cannot be read are kept as a note."""
    data = await file.read(ZIP_LIMIT + 1)
    said = await worker.write(
        len(data),
        uploads.import_upload,
        data,
        file.filename or "",
        ReadingOptions(format, benchmark, system, language_of(request)),
        ForAll(tuple(tag or ()), tuple(technique or ()), tuple(field or ())),
        dry_run=dry_run,
        overwrite=overwrite,
    )
    return Response(said, media_type="application/json")
