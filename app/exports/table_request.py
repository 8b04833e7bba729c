"""How a comparison is asked for: what stands after `?` on its page decides what is written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from sqlmodel import Session

from app.comparison.table.build import Table, get_table
from app.comparison.table.table_filters import read_view, view_input
from app.errors import Invalid

Options = Mapping[str, Sequence[str]]  # every value of each name


def table_for(session: Session, slug: str, options: Options) -> Table:
    """The comparison as its page shows it with these options, but unfolded: sums are for the eye.

    Raises NotFound, and Invalid naming the options that cannot be.
    """
    view, refused = read_view(view_input(urlencode(options, doseq=True)))
    table = get_table(session, slug, replace(view, fold=()))
    if problems := {**refused, **table.problems}:
        raise Invalid(problems)
    return table
