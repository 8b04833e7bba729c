"""Editions as people write them (`Second`, `2nd ed.`, `第二版`) → their number. Pure."""

import re

_ENGLISH = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
)
_GERMAN = ("erste", "zweite", "dritte", "vierte", "fünfte", "sechste", "siebte", "achte", "neunte")
_FRENCH = ("première", "deuxième", "troisième", "quatrième", "cinquième", "sixième", "septième")
_SPANISH = ("primera", "segunda", "tercera", "cuarta", "quinta", "sexta", "séptima", "octava")
_ITALIAN = ("prima", "seconda", "terza", "quarta", "quinta", "sesta", "settima", "ottava")
_PORTUGUESE = ("primeira", "segunda", "terceira", "quarta", "quinta", "sexta", "sétima", "oitava")
_DUTCH = ("eerste", "tweede", "derde", "vierde", "vijfde", "zesde", "zevende", "achtste")
_RUSSIAN = ("первое", "второе", "третье", "четвёртое", "пятое", "шестое", "седьмое", "восьмое")
_CHINESE = "一二三四五六七八九"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_WORDS = {
    **{
        word: n
        for words in (
            *(_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _PORTUGUESE, _DUTCH, _RUSSIAN),
            _ROMAN,
        )
        for n, word in enumerate(words, 1)
    },
    **{f"twenty{mark}{word}": 20 + n for n, word in enumerate(_ENGLISH[:9], 1) for mark in " -"},
    **{"1re": 1, "seconde": 2, "2de": 2, "zehnte": 10, "两": 2, "十": 10},
}
# What says no more than that it is an edition, and that a number is an ordinal.
_EDITION = re.compile(
    r"^第\s*|\s*(?:版次|版|\b(?:edition|edn?|édition|éd|ed|auflage|aufl|ausgabe|edición|edizione|edição|druk|uitgave|изд(?:ание)?)\.?)$",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"(?<=\d)(?:st|nd|rd|th|d|er|re|ère|ème|e|ª|º|a|de|ste|[-‑]?[ея])?\.?$", re.IGNORECASE
)


def edition_number(text: str) -> str:
    """`2` for `Second`, `2nd ed.`, `II`, `第二版`, `2. Auflage`; `text` where it is no number."""
    tidy = " ".join(text.split())
    word = _EDITION.sub("", tidy).strip(" .").lower()
    number = _number(word) or _number(_ORDINAL.sub("", word))
    return str(number) if number else tidy


def edition_in_words(text: str) -> str:
    """`Second` for `2`, as BibTeX's styles want it; `21st` beyond twenty."""
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text)):
        return text
    number = int(text)
    return _ENGLISH[number - 1].capitalize() if number <= len(_ENGLISH) else ordinal(number)


def ordinal(number: int) -> str:
    """`2nd`, `11th`, `23rd`."""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _number(word: str) -> int:
    if word.isascii() and word.isdigit() and len(word) < 4:
        return int(word)
    if word in _WORDS:
        return _WORDS[word]
    tens, ten, ones = word.partition("十")  # 二十三
    if ten and tens in _CHINESE and ones in _CHINESE and len(tens) < 2 and len(ones) < 2:
        return 10 * (_CHINESE.index(tens) + 1 if tens else 1) + (
            _CHINESE.index(ones) + 1 if ones else 0
        )
    return _CHINESE.index(word) + 1 if len(word) == 1 and word in _CHINESE else 0
