"""The PDFs of a folder or zip, stored and held by the papers that they are."""

from pathlib import Path, PurePosixPath

from sqlmodel import Session

from app.errors import Invalid
from app.files import service, storage
from app.imports.applying.plan_applier import Hold, hold_nothing
from app.imports.planning.detect_format import Content
from app.models import Paper


def make_holder(content: Content, library: Path | None) -> Hold:
    """What has a paper hold the file at a path of `content`, stored in the folder `library`: says
    its SHA-256 where the paper did not hold it before; nothing where it cannot be taken."""
    if library is None or not content.pdfs:
        return hold_nothing

    def hold(session: Session, paper: Paper, path: str) -> str:
        name = PurePosixPath(path).name
        try:
            data = content.files[path]
            with storage.receive_file(library, [data]) as received:
                added = service.add_file(
                    session, library, paper, received, name=name, origin="import"
                )
        except (Invalid, KeyError):  # it changed since it was read
            return ""
        return received.sha256 if added.is_new else ""

    return hold
