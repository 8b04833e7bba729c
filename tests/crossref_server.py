"""A stand-in for Crossref's REST API on localhost: finds works by the words of their titles, by
ISBN and by the publisher's number. In a test:

    with CrossrefServer() as crossref:
        settings = Settings(crossref_url=crossref.url, doi_delay=0, ...)
"""

import json
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qs

from tests.stand_in import Handler, StandIn

WORKS: list[dict[str, object]] = [
    {
        "DOI": "10.1109/CVPR.2016.90",
        "type": "proceedings-article",
        "title": ["Deep Residual Learning for Image Recognition"],
        "author": [{"given": "Kaiming", "family": "He"}, {"given": "Jian", "family": "Sun"}],
        "container-title": ["2016 IEEE Conference on Computer Vision (CVPR)"],
        "issued": {"date-parts": [[2016, 6]]},
        "alternative-id": ["S0004370220301855"],
    },
    {
        "DOI": "10.7551/mitpress/0001",
        "type": "book",
        "title": ["Deep Learning"],
        "author": [{"given": "Ian", "family": "Goodfellow"}],
        "publisher": "MIT Press",
        "ISBN": ["9780262035613"],
        "issued": {"date-parts": [[2016]]},
    },
    {"DOI": "10.1000/untitled", "type": "component", "title": []},
]


@dataclass
class CrossrefServer(StandIn):
    content_type: ClassVar[str] = "application/json"

    @property
    def url(self) -> str:
        """What `CROSSWALK_CROSSREF_URL` is set to."""
        return f"{self.address}/works"

    def answer(self, handler: Handler, mode: str, query: str) -> None:
        asked = {name: values[-1] for name, values in parse_qs(query).items()}
        kind, _, wanted = asked.get("filter", "").partition(":")
        words = set(asked.get("query.bibliographic", "").lower().split())
        field = {"isbn": "ISBN", "alternative-id": "alternative-id"}.get(kind, "")
        found = [
            work
            for work in WORKS
            if (wanted and wanted in str(work.get(field)))
            or (words & {*str(work["title"]).lower().strip("[]'").split()})
        ]
        body = json.dumps({"status": "ok", "message": {"items": found}}).encode()
        handler.misbehave(mode, body)
