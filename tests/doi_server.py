"""A stand-in for doi.org on localhost, and for the agency that it sends requests on to.

A registered DOI is redirected to `/agency/…`, as doi.org does, and answered there with CSL-JSON as
Crossref sends it; one that is not is HTTP 404. In a test:

    with DoiServer() as doi:
        settings = Settings(doi_url=doi.url, doi_delay=0, ...)
        doi.mode = "html"
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, unquote

from tests.stand_in import Handler, StandIn


@dataclass
class DoiServer(StandIn):
    content_type: ClassVar[str] = "application/vnd.citationstyles.csl+json"

    modes: ClassVar[dict[str, str]] = StandIn.modes | {
        "406": "gives no metadata in this form",
        "elsewhere": "redirects to `elsewhere`",
    }

    # Where the "elsewhere" mode sends a request on to.
    elsewhere: str = ""

    def __post_init__(self) -> None:
        known = Path(__file__).parent / "sources/fixtures/dois.json"
        items: list[dict[str, object]] = json.loads(known.read_text(encoding="utf-8"))
        self.items = {str(item["DOI"]).lower(): item for item in items}
        super().__post_init__()

    @property
    def url(self) -> str:
        """What `CROSSWALK_DOI_URL` is set to."""
        return f"{self.address}/"

    def answer(self, handler: Handler, mode: str, query: str) -> None:
        asked = unquote(handler.path).lstrip("/")
        doi = asked.removeprefix("agency/").lower()
        item = self.items.get(doi)
        match mode:
            case "406":
                handler.send(406, b"")
            case "elsewhere":
                handler.send(302, b"", {"Location": self.elsewhere})
            case "ok" if item is None:
                page = b"<html><body>DOI Not Found</body></html>"
                handler.send(404, page, {"Content-Type": "text/html"})
            case "ok" if not asked.startswith("agency/"):
                handler.send(302, b"", {"Location": f"/agency/{quote(asked, safe='/')}"})
            case _:
                handler.misbehave(mode, json.dumps(item).encode())
