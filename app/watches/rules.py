"""What a watch may be, when it is asked, and from when on. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.errors import N_, Invalid, Message
from app.kit.json_fields import Truth, one_line
from app.kit.text import problem_with_text, tidy_line
from app.models import WatchKind
from app.search.query.language import parse_query
from app.sources.arxiv.listing import parse_categories
from app.sources.feeds.client import ADDRESS_LIMIT, check_address

MOST = 50  # watches; each costs its servers a request a day
NAME_LIMIT = 100
TARGET_LIMIT = ADDRESS_LIMIT

ASKED_EVERY = timedelta(hours=23)  # a timer of each day comes some seconds sooner or later
RETRIED_AFTER = timedelta(hours=1)  # and twice as long after each further failure
_DOUBLINGS = 4
# arXiv announces at midnight of US Eastern time, which is 4 or 5 o'clock UTC.
_MIDNIGHT = timedelta(hours=4)
# What is announced was submitted some days before: over a weekend, or held for a while.
LAG = timedelta(days=4)
QUERY_LAG = timedelta(days=7)
PREVIEWED = timedelta(days=7)
LONGEST_GAP = timedelta(days=60)
OLD = timedelta(days=30)  # before a watch began: entries that old are no news
SLICE = timedelta(days=3)  # of a gap that is asked for at once; at most 2,000 papers


class WatchInput(BaseModel):
    """A watch as it is typed. `target` is what its kind asks for: categories (`cs.CL cs.CV`), a
    query of arXiv's (`abs:"text-to-sql"`), an author's name, a feed's address, a query of this
    library."""

    model_config = ConfigDict(extra="forbid")

    kind: WatchKind = WatchKind.CATEGORIES
    target: Annotated[str, one_line(TARGET_LIMIT)] = ""
    name: Annotated[str, one_line(NAME_LIMIT)] = Field("", description="default: its target")
    on: Truth = Field(False, description="whether it is asked by itself, once a day")


class PaperTiding(NamedTuple):
    """What a watch told of a paper that was held: what happened, its version then, and when."""

    event: str
    arxiv_version: int | None
    seen_at: datetime


def check_watch(given: WatchInput) -> WatchInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved."""
    target, errors = tidy_line(given.target), dict[str, Message]()
    if problem := problem_with_text(target, limit=TARGET_LIMIT, one_line=True):
        errors["target"] = problem
    else:
        try:
            target = _CHECKS[given.kind](target)
        except Invalid as error:
            errors |= error.errors
    name = tidy_line(given.name) or target[:NAME_LIMIT].strip()
    if problem := problem_with_text(name, limit=NAME_LIMIT, one_line=True):
        errors["name"] = problem
    if errors:
        raise Invalid(errors)
    return given.model_copy(update={"target": target, "name": name})


def _check_query(target: str) -> str:
    if not target:
        raise Invalid.field("target", N_("Put in a query, as arXiv takes them: abs:text-to-sql."))
    if target.count("(") != target.count(")") or target.count('"') % 2:
        raise Invalid.field("target", N_("A bracket or a quotation mark is not closed."))
    return target


def _check_author(target: str) -> str:
    name = tidy_line(target.replace('"', " "))
    if not any(map(str.isalpha, name)):
        raise Invalid.field("target", N_("Put in an author's name."))
    return name


def _check_search(target: str) -> str:
    plan = parse_query(target)
    if not (plan.has_text or plan.filters):
        raise Invalid.field("target", N_("There is nothing in it to look for."))
    return target


_CHECKS = {
    WatchKind.CATEGORIES: lambda target: " ".join(parse_categories(target)),
    WatchKind.QUERY: _check_query,
    WatchKind.AUTHOR: _check_author,
    WatchKind.FEED: check_address,
    WatchKind.SEARCH: _check_search,
}


def arxiv_query(kind: WatchKind, target: str) -> str:
    """What arXiv's query API is asked for; nothing for what asks elsewhere."""
    match kind:
        case WatchKind.CATEGORIES:
            return " OR ".join(f"cat:{each}" for each in target.split())
        case WatchKind.AUTHOR:
            return f'au:"{target}"'
        case WatchKind.QUERY:
            return target
        case _:
            return ""


def was_missed(reached: datetime, listed: datetime) -> bool:
    """Whether arXiv announced anything between what has been seen and a listing of later."""
    day, last = ((moment - _MIDNIGHT).date() for moment in (reached, listed))
    while (day := day + timedelta(days=1)) < last:
        if day.weekday() < 5:
            return True
    return False


def next_time(now: datetime, *, failures: int = 0, wait: float = 0.0) -> datetime:
    """When to ask again: tomorrow; after failures in a row in an hour, in two, in four …, and not
    before the seconds are over that a server asks to wait."""
    if not failures:
        return now + ASKED_EVERY
    pause = min(RETRIED_AFTER * (1 << min(failures - 1, _DOUBLINGS)), ASKED_EVERY)
    return now + max(pause, timedelta(seconds=wait))


def pack_message(message: Message) -> dict[str, JsonValue]:
    """A message as it is kept."""
    return {"text": message.text, "values": dict[str, JsonValue](message.values)}


def unpack_message(kept: JsonValue) -> Message | None:
    """A message that was kept; None where there is none, or a folder says something else."""
    if not isinstance(kept, Mapping) or not isinstance(text := kept.get("text"), str):
        return None
    values = kept.get("values")
    said = values if isinstance(values, Mapping) else {}
    message = Message.of(
        text, **{name: value for name, value in said.items() if isinstance(value, str | int)}
    )
    try:
        str(message)
    except (KeyError, IndexError, ValueError, AttributeError):
        return None
    return message
