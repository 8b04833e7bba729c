"""What PDFium hands out of a page → text as a person would type it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.files.page_text import clean_page_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("published litera\x02ture\r\nof", "published literature\nof"),
        ("litera\ufffeture", "literature"),
        ("litera\u00ad\r\nture and soft\u00adly", "literature and softly"),
        ("a gram-\nmar", "a grammar"),
        ("the Valenzuela\x02Escarcega and", "the Valenzuela-Escarcega and"),
        ("in 2010\x022015", "in 2010-2015"),
        ("a collection\x02of-words approach", "a collection-of-words approach"),
        ("short-term and short\x02term", "short-term and short-term"),
        ("short and term, short\x02term", "short and term, short-term"),
        ("ﬁnd the ﬂow of oﬃce", "find the flow of office"),
        ("一行文字到此处\r\n接着下一行文字", "一行文字到此处接着下一行文字"),
        ("摘要：一行文字到此处。\n关键词：某某", "摘要：一行文字到此处。\n关键词：某某"),
        ("參考文獻列表在此\n[1] 张三", "參考文獻列表在此\n[1] 张三"),
        ("Garcia1\r\n, David", "Garcia1, David"),
        ("a\0b\x0bc  d\ud800", "abc d"),
        ("cafe\u0301", "café"),
        ("⼀⼆", "一二"),
    ],
)
def test_a_page_is_cleaned(raw: str, text: str) -> None:
    assert clean_page_text(raw) == text


def test_words_of_earlier_pages_tell_a_hyphen() -> None:
    words: set[str] = set()
    clean_page_text("state-of-the-art results", words)
    assert clean_page_text("the state-of-the\x02art", words) == "the state-of-the-art"


@given(st.text(alphabet="ab -\n\r\x02\ufffe\u00ad\0中文。，1A", max_size=200))
@settings(max_examples=100)
def test_nothing_unseen_is_left_and_nothing_readable_lost(raw: str) -> None:
    text = clean_page_text(raw)
    assert not set(text) & {"\x02", "\ufffe", "\u00ad", "\r", "\0"}
    letters = [c for c in raw if c.isalnum()]
    assert [c for c in text if c.isalnum()] == letters
