"""What a source hands over: values that the library may make papers of. Pure."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

_PREFIX = re.compile(r"\s*([^:：]{1,40}?)\s*(?::(?=\s)|：)\s*\S")


class PaperDraft(BaseModel):
    """One bibliographic record as a source gives it; what the source does not say stays empty.

    Dates are ISO and may be partial (`2023-03`): `published` is of version 1, `revised` of the
    version that was retrieved. `arxiv_id` has no version: that is `arxiv_version`. Survives a round
    trip through JSON.
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


def short_title(title: str) -> str:
    """The name that a title begins with: `ViLT` of `ViLT: Vision-and-Language …`, or nothing.

    At most three words before the first colon, which is a full-width one or followed by a space.
    """
    found = _PREFIX.match(title)
    return found[1] if found and len(found[1].split()) <= 3 else ""
