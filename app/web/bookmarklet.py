"""The bookmarklet `static/js/bookmarklet.js` as the address of a link."""

import re
from functools import lru_cache
from urllib.parse import quote

from app.settings import resource


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
