"""The files under `static/`: their addresses (the bookmarklet is one), and how they are sent."""

import hashlib
import re
from functools import cache, lru_cache
from urllib.parse import quote

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.settings import resource

_SHEETS = ("tokens", "base", "layout", "controls", "papers", "palette")
_SCRIPTS = ("keyboard", "preferences", "messages", "search", "palette", "drop", "later")
# What every page has comes as one sheet and one script.
_JOINED = {
    "css/common.css": [f"css/{name}.css" for name in _SHEETS],
    "js/common.js": [f"js/{name}.js" for name in _SCRIPTS],
}


@cache
def asset_address(path: str) -> str:
    """The address of a file under `static/`; it changes with the content and caches for good."""
    return f"/static/{path}?v={hashlib.sha256(_read_asset(path)).hexdigest()[:10]}"


def _read_asset(path: str) -> bytes:
    parts = [(resource("static") / part).read_bytes() for part in _JOINED.get(path, [path])]
    if path == "js/common.js":
        parts = [b"{\n%b}\n" % part for part in parts]  # each keeps its names to itself
    return b"".join(parts)


class Static(StaticFiles):
    """Our files; an address with a version (`?v=`) is kept by the browser for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path in _JOINED and scope["method"] in ("GET", "HEAD"):
            media_type = "text/css" if path.endswith(".css") else "text/javascript"
            response = Response(_read_asset(path), media_type=media_type)
        else:
            response = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v="):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@lru_cache(maxsize=8)
def write_bookmarklet(origin: str) -> str:
    """A `javascript:` address that opens the form of a new paper at `origin` (`http://host:8000`).

    It is there to be dragged: our Content-Security-Policy lets no such link run on our own pages.
    """
    code = (resource("static") / "js" / "bookmarklet.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in code.splitlines() if not line.startswith("//"))
    # Names of hosts hold no quotes, and a Host that is none of ours is refused.
    code = " ".join(lines).replace("ORIGIN", re.sub(r"[^\w.:/\[\]-]", "", origin).rstrip("/"))
    return "javascript:" + quote(code, safe="!$&()*+,-./:;=?@_~ []{}|^")
