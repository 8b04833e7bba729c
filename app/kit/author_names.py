"""How an author's name is written so that its family name is known. Pure.

`Gabriel García Márquez` says nothing of where the family name begins; `García Márquez, Gabriel`
does, and `{World Health Organization}` has none: the form of BibTeX.
"""

import re

from app.kit.text import has_han

_SUFFIX = re.compile(r"(?:jr|sr|i{2,3}|iv|ph\.?d|m\.?d|inc|ltd|llc|co|eds?)\.?\Z", re.IGNORECASE)


def family_name(name: str) -> str:
    """`Kim` of `Wonjae Kim` and of `Kim, Wonjae`; `张` of `张三`; an organisation's whole name."""
    if name.startswith("{") and name.endswith("}"):
        return name[1:-1]
    if "," in name:
        return name.split(",")[0].strip()
    if has_han(name[:1]) and " " not in name:
        return name[0]
    return name.split()[-1] if name.split() else ""


def parse_name(written: str) -> tuple[str, str]:
    """The name as it is shown, and its family name where that is not the one it seems to have.

    `("Gabriel García Márquez", "García Márquez")`, `("Wonjae Kim", "")` for `Kim, Wonjae`,
    `("WHO", "WHO")` for an organisation in braces. `张, 三` is shown as `张三`.
    """
    if written.startswith("{") and written.endswith("}") and len(written) > 2:
        inner = written[1:-1].strip()
        return inner, inner
    family, comma, given = (part.strip() for part in written.partition(","))
    if not (comma and family and given) or "," in given or _SUFFIX.match(given):
        return written, ""
    joint = "" if has_han(family) and has_han(given) else " "
    name = f"{family}{given}" if not joint else f"{given} {family}"
    return name, "" if family_name(name) == family else family


def format_name(name: str, family: str) -> str:
    """A name so that `parse_name` gives it back: as it is shown, where that says it all."""
    if not family:
        return name
    if family == name:
        return f"{{{name}}}"
    if name.startswith(family):
        return f"{family}, {name[len(family) :].strip()}"
    return f"{family}, {name[: -len(family)].strip()}"


def normalize_name(written: str) -> str:
    """The one way in which a name is written: in braces or with a comma only where it must be."""
    return format_name(*parse_name(written))
