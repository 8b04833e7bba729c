"""What JSON says of correspondences."""

from app.correspondences import service
from app.correspondences.rules import CorrespondenceInput
from app.models import Correspondence


class CorrespondenceItem(CorrespondenceInput):
    """A correspondence with its title, such as `image region ↔ column`, and version."""

    slug: str  # also of Chinese words
    title: str
    updated_at: str
    version: int


def serialize_correspondence(held: Correspondence) -> CorrespondenceItem:
    sides = (side.name_en or side.name_zh for side in (held.source, held.target))
    return CorrespondenceItem(
        **service.correspondence_as_input(held).model_dump(),
        title=" ↔ ".join(sides),
        updated_at=held.updated_at.isoformat(),
        version=held.version,
    )
