"""A file itself, as browsers show it, and what is done to one of a paper's."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from app.errors import N_, NotFound, Refused
from app.files import citations, service, storage, text
from app.files.citations import MissingWork
from app.files.forms import Sha256
from app.library import service as library
from app.web.dependencies import Config, Db
from app.web.pages import redirect_to, render_page
from app.web.threads import Route

router = APIRouter(route_class=Route, include_in_schema=False)


@dataclass(frozen=True)
class MissingWorks:
    works: list[MissingWork]
    adopted: bool


@router.get("/references")
def missing_works(request: Request, db: Db, of: str = "") -> HTMLResponse:
    """What papers of the library cite and the library has not; `of=adopted`, those adopted."""
    adopted = of == "adopted"
    with db.read() as session:
        works = citations.list_missing_works(session, adopted=adopted)
    return render_page(request, "files/references.html", MissingWorks(works, adopted))


# Nothing in it may run or load. The browser's own viewer needs its styles, and to embed the file in
# a page of its own; `sandbox` would keep it from starting.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


@router.get("/files/{sha256}")
def file(
    request: Request,
    db: Db,
    config: Config,
    sha256: Sha256,
    site: Annotated[str, Header(alias="sec-fetch-site")] = "",
    mode: Annotated[str, Header(alias="sec-fetch-mode")] = "",
    known: Annotated[str, Header(alias="if-none-match")] = "",
) -> Response:
    """A file, whole or in ranges. Its address is its content, so it never changes. A page of
    another site gets nothing of it, though a link there may lead here."""
    if site in ("cross-site", "same-site") and mode != "navigate":
        raise Refused(N_("A page of another site asked for this file."))
    with db.read() as session:
        stored = service.get_stored_file(session, sha256)
        name = service.name_of_file(session, sha256)
    path = storage.file_path(config.library, sha256)
    if not path.is_file():
        raise NotFound(N_("This file is gone from the library's folder. Put it in again."))
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Encoding": "identity",  # ranges are of the file's own bytes
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": f'"{sha256}"',
    }
    if f'"{sha256}"' in known:
        return Response(status_code=304, headers=headers)
    return FileResponse(
        path,
        media_type=stored.media_type,
        headers=headers,
        filename=name if name.lower().endswith(".pdf") else f"{name or sha256[:12]}.pdf",
        content_disposition_type="attachment" if "download" in request.query_params else "inline",
    )


@router.post("/papers/{citekey}/files/{sha256}/remove")
def remove_file(db: Db, citekey: str, sha256: Sha256) -> RedirectResponse:
    with db.write() as session:
        service.detach_file(session, library.get_paper(session, citekey), sha256)
    url = f"/papers/{citekey}"
    return redirect_to(
        f"{url}#files", N_("Moved to the trash."), undo=f"{url}/files/{sha256}/restore"
    )


@router.post("/papers/{citekey}/files/{sha256}/restore")
def restore_file(db: Db, citekey: str, sha256: Sha256) -> RedirectResponse:
    with db.write() as session:
        service.restore_file(session, library.get_paper(session, citekey), sha256)
    return redirect_to(f"/papers/{citekey}#files", N_("Restored."))


@router.post("/papers/{citekey}/files/{sha256}/text")
def read_again(db: Db, citekey: str, sha256: Sha256) -> RedirectResponse:
    with db.write() as session:
        service.get_file(session, library.get_paper(session, citekey), sha256)
        text.extract_again(session, sha256)
    return redirect_to(f"/papers/{citekey}#files")


@router.post("/papers/{citekey}/files/{sha256}/delete")
def delete_file(db: Db, config: Config, citekey: str, sha256: Sha256) -> RedirectResponse:
    with db.write() as session:
        service.delete_file(session, library.get_paper(session, citekey), sha256)
    service.purge_files(db, config.library)
    return redirect_to("/trash", N_("Deleted for good."))
