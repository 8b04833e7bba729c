"""A new table is told to everybody who means all tables: they take their part from one list."""

from sqlmodel import SQLModel

from app.models import Paper
from app.models.stored import STORED, references_to


def test_every_table_is_in_the_list_once() -> None:
    tables = set(SQLModel.metadata.tables) - {"alembic_version"}
    assert sorted(each.name for each in STORED) == sorted(tables)


def test_an_undone_import_answers_for_every_reference() -> None:
    """A row is a part of what it names, or keeps it; but for those that stand in a tree."""
    for each in STORED:
        for column in SQLModel.metadata.tables[each.name].columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            answers = (column.name in each.parts) + (column.name in each.uses)
            assert answers == len(targets - {each.name}), f"{each.name}.{column.name}"


def test_a_merge_of_papers_answers_for_every_reference_to_one() -> None:
    named = {table.name for table, _ in references_to(Paper)} | {"import_item"}
    assert {each.name for each in STORED if each.merging} == named
    for table, column in references_to(Paper):
        is_key = SQLModel.metadata.tables[table.name].c[column].primary_key
        assert (table.merging in ("joins", "choice")) == is_key, table.name


def test_the_vault_has_every_list_in_rows_of_its_own() -> None:
    own = {each.name for each in STORED if each.vault == "rows"}
    for each in STORED:
        if isinstance(each.vault, tuple):
            owner, _ = each.vault
            assert owner in own
            assert f"{owner}_id" in each.parts, each.name


def test_the_index_watches_columns_that_there_are() -> None:
    for each in STORED:
        for column in {name for names in each.index for name in names}:
            assert column in SQLModel.metadata.tables[each.name].c, f"{each.name}.{column}"
