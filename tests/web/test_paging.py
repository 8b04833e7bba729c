"""Which items of a list a page shows, and how many pages there are."""

import pytest

from app.web.paging import Paging


@pytest.mark.parametrize(
    ("number", "total", "pages", "first", "last"),
    [
        (1, 45, 3, 1, 20),
        (2, 45, 3, 21, 40),
        (3, 45, 3, 41, 45),
        (1, 20, 1, 1, 20),
        (2, 21, 2, 21, 21),
        (1, 0, 1, 0, 0),
        (9, 45, 3, 45, 45),
    ],
)
def test_a_page_of_twenty(number: int, total: int, pages: int, first: int, last: int) -> None:
    paging = Paging(number, per_page=20, total=total)
    assert (paging.pages, paging.first, paging.last) == (pages, first, last)
