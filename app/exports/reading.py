"""How a comparison is asked for: what stands after `?` on its page decides what is written."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session

from app.comparison.table import Table, get_table
from app.errors import N_, Invalid
from app.models.base import now

Options = Mapping[str, Sequence[str]]  # every value of each name


def day_of(options: Options) -> date:
    """The date that `as_of` names, or today; Invalid where it is none."""
    given = next(iter(options.get("as_of", ())), "").strip()
    try:
        return date.fromisoformat(given) if given else now().date()
    except ValueError:
        raise Invalid.field("as_of", N_("Give a date as 2026-11-24.")) from None


def table_for(session: Session, slug: str, options: Options) -> Table:
    """The comparison as its page shows it with these options."""
    if day_of(options) < now().date():
        raise Invalid.field("as_of", N_("A comparison cannot be read as of an earlier date yet."))
    return get_table(session, slug, examined="examined" in options.get("rows", ()))
