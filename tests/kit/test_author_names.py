"""Authors' names: what is written says which part is the family's, and comes back as it went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.author_names import family_name, format_name, normalize_name, parse_name


@pytest.mark.parametrize(
    ("written", "name", "family"),
    [
        ("Wonjae Kim", "Wonjae Kim", "Kim"),
        ("Kim, Wonjae", "Wonjae Kim", "Kim"),
        ("García Márquez, Gabriel", "Gabriel García Márquez", "García Márquez"),
        ("van der Maaten, Laurens", "Laurens van der Maaten", "van der Maaten"),
        ("{World Health Organization}", "World Health Organization", "World Health Organization"),
        ("张三", "张三", "张"),
        ("张, 三", "张三", "张"),
        ("欧阳, 修", "欧阳修", "欧阳"),
        ("John Smith, Jr.", "John Smith Jr.", "Smith"),
        ("King, Jr., Ann", "Ann King Jr.", "King"),
        ("Ann King III", "Ann King III", "King"),
        ("Ann van Dorp", "Ann van Dorp", "van Dorp"),
        ("Guy Van den Broeck", "Guy Van den Broeck", "Van den Broeck"),
        ("Nguyen Van Anh", "Nguyen Van Anh", "Anh"),
        ("Humboldt, Alexander von", "Alexander von Humboldt", "Humboldt"),
        ("Hovel, Ed", "Ed Hovel", "Hovel"),
        ("欧阳娜娜", "欧阳娜娜", "欧阳"),
        ("熊 玮", "熊玮", "熊"),
        ("山田 太郎", "山田太郎", "山田"),
        ("卡尔·马克思", "卡尔·马克思", "卡尔·马克思"),
        ("OpenAI", "OpenAI", "OpenAI"),
        ("{}", "{}", ""),
        (",", ",", ""),
    ],
)
def test_a_written_name_is_read(written: str, name: str, family: str) -> None:
    shown, said = parse_name(written)
    assert shown == name
    assert (said or family_name(shown)) == family


@given(st.text(alphabet="aB 张三,{}éJr.", max_size=20).map(str.strip))
def test_a_name_is_written_as_it_is_read(written: str) -> None:
    assert parse_name(format_name(*parse_name(written))) == parse_name(written)
    assert normalize_name(normalize_name(written)) == normalize_name(written)
