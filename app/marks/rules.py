"""What can be saved of a mark, and what its colours mean. Pure."""

import colorsys
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Number, many_lines, one_of
from app.kit.text import problem_with_text, tidy_body, tidy_line
from app.models import MARK_COLOURS, Bilingual, Mark

EXACT_LIMIT = 20_000
AROUND_LIMIT = 500  # characters before, and after
COMMENT_LIMIT = 20_000
PAGES = 100_000

# Where each stands on the wheel: yellow, green, blue, red.
_HUES = {"claim": 50 / 360, "evidence": 130 / 360, "method": 215 / 360, "doubt": 350 / 360}
RGB: Mapping[str, tuple[int, int, int]] = {  # as files are marked
    "claim": (255, 212, 0),
    "evidence": (95, 178, 54),
    "method": (46, 168, 229),
    "doubt": (255, 102, 102),
}

Colour = Annotated[str, one_of(MARK_COLOURS)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class MarkInput(BaseModel):
    """A passage of a page with its meaning, unchecked: a W3C text-quote selector."""

    model_config = ConfigDict(extra="forbid")

    file: Sha256 | None = Field(None, description="the file's SHA-256")
    page: Number = Field(ge=1, le=PAGES, description="from 1")
    exact: Annotated[str, many_lines(EXACT_LIMIT)] = Field(
        "", description="the words; none where a place is marked"
    )
    prefix: Annotated[str, many_lines(AROUND_LIMIT)] = Field("", description="what stands before")
    suffix: Annotated[str, many_lines(AROUND_LIMIT)] = Field("", description="what comes after")
    colour: Colour = "claim"
    comment: Annotated[str, many_lines(COMMENT_LIMIT)] = Field("", description="Markdown")


class MarkPatch(BaseModel):
    """The fields of a mark that are to change; its words stay."""

    model_config = ConfigDict(extra="forbid")

    colour: Colour | None = None
    comment: Annotated[str, many_lines(COMMENT_LIMIT)] | None = None


class PlaceInput(BaseModel):
    """Where the reader is: a file that the paper holds, and a page of it."""

    model_config = ConfigDict(extra="forbid")

    file: Sha256
    page: Number = Field(ge=1, le=PAGES)


def check_mark(given: MarkInput) -> MarkInput:
    """`given` tidied. Raises Invalid, naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    update: dict[str, str] = {"comment": tidy_body(given.comment).strip()}
    for name in ("exact", "prefix", "suffix"):
        update[name] = tidy_line(getattr(given, name))
    for name, limit in (
        ("exact", EXACT_LIMIT),
        ("prefix", AROUND_LIMIT),
        ("suffix", AROUND_LIMIT),
        ("comment", COMMENT_LIMIT),
    ):
        if problem := problem_with_text(update[name], limit=limit):
            errors[name] = problem
    if not update["exact"] and not update["comment"]:
        errors["exact"] = Message.of(N_("Select the words that are to be marked."))
    if given.colour not in MARK_COLOURS:
        errors["colour"] = Message.of(N_("Choose one of the colours."))
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=update)


def nearest_colour(rgb: tuple[float, float, float]) -> str:
    """Which of ours a colour (each part 0 to 1) comes nearest to; a grey is a claim."""
    hue, saturation, _ = colorsys.rgb_to_hsv(*rgb)
    if saturation < 0.1:
        return "claim"
    return min(_HUES, key=lambda name: min(abs(hue - _HUES[name]), 1 - abs(hue - _HUES[name])))


def parse_hex(colour: str) -> tuple[float, float, float] | None:
    """`#ffd400` as parts from 0 to 1; None where it is no such thing."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return None
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def write_out_marks(marks: Iterable[Mark], colours: Mapping[str, Bilingual]) -> str:
    """Marks as Markdown, each a quotation with its page and meaning, its comment below it. Of what
    the reader calls `colours`, the English name."""
    parts = []
    for mark in marks:
        called = colours.get(mark.colour, Bilingual("", ""))
        where = f"p. {mark.page}, {called.name_en or called.name_zh or mark.colour}"
        parts.append(f"> {mark.exact} ({where})" if mark.exact else f"> ({where})")
        if mark.comment:
            parts.append(mark.comment)
    return "\n\n".join(parts)
