"""While tests run, what a cache computes reads no table but those that it says it reads."""

import re
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel

from app.state_cache import StateCache

_TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?(\w+)', re.IGNORECASE)
_computing = threading.local()


@contextmanager
def checked_caches(patch: pytest.MonkeyPatch) -> Iterator[None]:
    get = StateCache.get

    def checked(
        cache: StateCache[Any], session: Session, key: Hashable, compute: Callable[[], Any]
    ) -> object:
        held: list[StateCache[Any]] = _computing.__dict__.setdefault("caches", [])
        _check(held, cache.tables or ["the whole library"])

        def watched() -> object:
            held.append(cache)
            try:
                return compute()
            finally:
                held.pop()

        return get(cache, session, key, watched)

    patch.setattr(StateCache, "get", checked)
    event.listen(Engine, "before_cursor_execute", _check_statement)
    yield
    event.remove(Engine, "before_cursor_execute", _check_statement)


def _check_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if caches := _computing.__dict__.get("caches"):
        tables = set(_TABLE.findall(statement)) & SQLModel.metadata.tables.keys()
        _check(caches, tables - {"library_state"})


def _check(caches: list[StateCache[Any]], tables: Any) -> None:
    for cache in caches:
        if cache.tables and not set(tables) <= set(cache.tables):
            raise AssertionError(f"a cache that reads {cache.tables} read {sorted(tables)}")
