"""The form of ORKG, held against its description in INTEROP.md."""

import json
from typing import TypeAlias

from hypothesis import given, settings

from app.exports.formats import orkg
from app.exports.formats.table_model import Sheet, TableEntry
from tests.exports.sheets import say, sheets

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | bool | None


def paths(found: Json, columns: int, values: Json) -> list[str]:
    """The ids of the paths, in order, each checked with its values."""
    ids: list[str] = []
    assert isinstance(found, list)
    assert isinstance(values, dict)
    assert [path["id"] for path in found if isinstance(path, dict)] == list(values)
    for path in found:
        assert isinstance(path, dict)
        assert set(path) == {"id", "label", "description", "type", "children"}
        ids.append(str(path["id"]))
        held = values[ids[-1]]
        assert isinstance(held, list)
        for each in held:
            assert isinstance(each, dict)
            assert set(each) == {"values", "children"}
            assert isinstance(each["values"], list)
            assert len(each["values"]) == columns
            ids += paths(path["children"], columns, each["children"])
    return ids


def things(values: Json) -> list[dict[str, Json]]:
    """Every thing among the values, however deep."""
    if isinstance(values, dict):
        return [values] if "stance" in values else [t for v in values.values() for t in things(v)]
    return [t for each in values for t in things(each)] if isinstance(values, list) else []


@settings(max_examples=40)
@given(sheets())
def test_columns_are_techniques_and_rows_are_paths_of_issues(sheet: Sheet) -> None:
    written: Json = json.loads(orkg.write_orkg(sheet, say).model_dump_json())
    assert isinstance(written, dict)
    assert {"selected_paths", "titles", "subtitles", "values"} <= set(written)
    assert written["titles"] == [row.name for row in sheet.rows]
    assert written["subtitles"] == [row.slug for row in sheet.rows]
    columns = [column.slug for column in sheet.columns]
    assert paths(written["selected_paths"], len(sheet.rows), written["values"]) == columns
    found = {str(thing["id"]): thing for thing in things(written["values"])}
    assert set(found) == {f"{row}/{column}" for row, column in sheet.cells}
    for (row, column), entry in sheet.cells.items():
        assert says_the_same(found[f"{row}/{column}"], entry)


def says_the_same(thing: dict[str, Json], entry: TableEntry) -> bool:
    return (
        (thing["stance"], thing["confidence"], thing["ruled"])
        == (entry.stance, entry.confidence, entry.ruled)
        and thing["supports"] == [str(each) for each in entry.supporting]
        and thing["contradicts"] == [str(each) for each in entry.contradicting]
        and thing["figures"] == list(entry.figures)
    )
