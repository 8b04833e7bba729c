"""English and 简体中文: which one a reader gets, and the words.

The catalogue is read from its `.po` file when the application is made, so that there is no compiled
file that could be stale.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

from starlette.requests import Request

from app.errors import Message
from app.settings import Language, Settings

LANGUAGES: Mapping[Language, str] = {"en": "English", "zh": "简体中文"}
_BABEL: Mapping[Language, str] = {"en": "en_GB", "zh": "zh_Hans_CN"}


@dataclass(frozen=True)
class Catalogue:
    """The words of one language. A text without translation stays English.

    A text that means two things has a context (gettext's msgctxt) for each: the keys of `contexts`
    are context and text.
    """

    language: Language
    texts: Mapping[str, str] = field(default_factory=dict)
    contexts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    plurals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def gettext(self, text: str) -> str:
        return self.texts.get(text, text)

    def pgettext(self, context: str, text: str) -> str:
        return self.contexts.get((context, text), text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        if forms := self.plurals.get(one):
            return forms[0]  # Chinese has one form
        return one if count == 1 else many

    def message(self, message: Message) -> str:
        return self.gettext(message.text).format(**dict(message.values))

    def date(self, value: date | datetime | str | None) -> str:
        """A date as a reader of this language writes it; ISO strings may be partial (`2023-03`)."""
        from babel.dates import format_date, format_skeleton

        if not value:
            return ""
        locale = _BABEL[self.language]
        if isinstance(value, date):
            return format_date(value, "long", locale)
        if value.isdigit():
            return value
        try:
            if len(value) == 7:
                return format_skeleton("yMMMM", date.fromisoformat(f"{value}-01"), locale=locale)
            return format_date(date.fromisoformat(value), "long", locale)
        except ValueError:
            return value


@cache
def load_catalogue(language: Language) -> Catalogue:
    """The words of `language`; read once."""
    if language == "en":
        return Catalogue("en")
    from babel.messages.pofile import read_po

    with (Path(__file__).parent / "locale" / f"{language}.po").open("rb") as file:
        entries = [entry for entry in read_po(file, locale="zh") if entry.id and entry.string]
    single = [entry for entry in entries if not entry.pluralizable]
    return Catalogue(
        language,
        {str(entry.id): str(entry.string) for entry in single if not entry.context},
        {
            (str(entry.context), str(entry.id)): str(entry.string)
            for entry in single
            if entry.context
        },
        {entry.id[0]: tuple(entry.string or ()) for entry in entries if entry.pluralizable},
    )


def language_of(request: Request) -> Language:
    """The reader's choice, else the server's setting, else what the browser prefers."""
    settings: Settings = request.app.state.settings
    chosen = request.cookies.get("language") or settings.language
    if chosen in LANGUAGES:
        return "zh" if chosen == "zh" else "en"
    return prefer_language(request.headers.get("accept-language", ""))


def prefer_language(accept_language: str) -> Language:
    """The better of our languages by an `Accept-Language` header (RFC 9110, 12.5.4)."""
    weights: dict[Language, float] = {"en": 0.0, "zh": 0.0}
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        for language in weights:
            if tag.lower().split("-")[0] == language:
                weights[language] = max(weights[language], weight)
    return "zh" if weights["zh"] > weights["en"] else "en"


def make_translator(request: Request) -> Callable[[Message], str]:
    """Says a message in the language of this request."""
    return load_catalogue(language_of(request)).message
