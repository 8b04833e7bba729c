r"""Text as TeX writes it (`Schr\"odinger`, `{SQL}`, `\emph{x}`) → plain text. Pure.

Mathematics stays as it is: `$O(n^{2})$`.
"""

import re
from functools import lru_cache

from pylatexenc.latex2text import (
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)
from pylatexenc.latexwalker import get_default_latex_context_db as get_default_commands
from pylatexenc.macrospec import LatexContextDb

from app.kit.effort import is_worth
from app.sources.bibliography.ads_journals import ADS_JOURNALS
from app.sources.bibliography.tex_accents import plain_letters

_SPECIAL = re.compile(r"[\\{}~$]|--|``|''")
MATHEMATICS = re.compile(
    r"(\$\$[^$]+\$\$|(?<!\\)\$(?!\s)[^$]+(?<![\s\\])\$|\\\((?:(?!\\[()]).)+\\\))", re.DOTALL
)
_RAISED = re.compile(
    r"(?<=\d)\s*\$\s*\^\s*\{?\s*(?:\\(?:text(?:rm|up)?|mathrm|rm|it)\s*)?\{?\s*(st|nd|rd|th|er?|[èe]re|[èe]me|[aoªº])\s*\}*\s*\$"
)
_MATHS_BY_NAME = re.compile(r"\\ensuremath\s*\{([^{}$]*)\}")
_TWICE = re.compile(r"\\texorpdfstring\s*\{((?:[^{}]|\{[^{}]*\})*+)\}\s*\{[^{}]*\}")
_LINKED = re.compile(r"\\href\s*\{[^{}]*\}\s*(?=\{)")  # its text stands after it
_ADDRESS_FIRST = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{[^{}]*\}")
_SIGN = re.compile(r"\\([~^])\{\s*\}")
_QUOTES = (("``", "“"), ("''", "”"), ("---", "—"), ("--", "–"))
_ESCAPED = re.compile(r"\\([&%$#_{}])")
_TEX = re.compile(r"[\\{}$]")
_NO_BRACES = str.maketrans("", "", "{}")
_SIGNS = {
    "textless": "<",
    "textgreater": ">",
    "textasciitilde": "~",
    "sim": "~",
    "textunderscore": "_",
    "textasciicircum": "^",
    "textbar": "|",
    "textquotesingle": "'",
    "slash": "/",
    "textendash": "-",
    "textbackslash": "\\",
}
_COMMANDS = re.compile(
    r"\\("
    + "|".join(_SIGNS)
    + r"|url|href|path|nolinkurl|allowbreak|string|detokenize|burl|texttt)"
    r"(?![A-Za-z])(?:\{\}| )?"
)
# What a sign stands as while the rest is read.
_FOR_PRIVATE = {character: chr(0xE000 + n) for n, character in enumerate("{}\\~$%&#_")}
_PRIVATE = {private: character for character, private in _FOR_PRIVATE.items()}
# How their argument is set is not kept; it is the text that stands after them.
_STYLES = re.compile(
    r"\\(?:emph|text(?:it|bf|tt|sc|rm|sl|sf|up|md|normal|superscript|subscript)|mkbib[a-z]+|enquote"
    r"|mbox|hbox|fbox|ce|text|textgreek|underline|uline|(?:Make)?(?:upper|lower)case|texorpdfstring"
    r"|url|relax|it|bf|em|rm|sc|sl|tt|sf|itshape|bfseries|upshape|noopsort)(?![A-Za-z])\s*"
)
# What ADS writes around a tilde to set it lower: `{\raisebox{-0.5ex}\textasciitilde}`.
_LIFTED = re.compile(r"\\raisebox\s{0,9}\{[^{}]{0,30}\}")
_LEFT = str.maketrans({"~": " ", "\N{NO-BREAK SPACE}": " ", "{": "", "}": ""})
_ANY_PRIVATE = re.compile("[\ue000-\ue008]")
_ASIDE = {0xE000 + n: chr(0xFDD0 + n) for n in range(9)}  # characters that are none
_BACK = {0xFDD0 + n: chr(0xE000 + n) for n in range(9)}
_MORE = {
    "textbraceleft": _FOR_PRIVATE["{"],
    "textbraceright": _FOR_PRIVATE["}"],
    "textbackslash": _FOR_PRIVATE["\\"],
    "textasciitilde": _FOR_PRIVATE["~"],
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
    "textquotesingle": "'",
    "copyright": "©",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "BibTeX": "BibTeX",
}


def tex_to_text(text: str) -> str:
    """`text` as a person reads it; never raises, and leaves a command that it does not know."""
    if not _SPECIAL.search(text):
        return text
    if _ANY_PRIVATE.search(text):  # its own, as texts out of PDFs have them
        return tex_to_text(text.translate(_ASIDE)).translate(_BACK)
    if "\\ensuremath" in text or "\\texorpdfstring" in text:
        text = _MATHS_BY_NAME.sub(r"$\1$", _TWICE.sub(r"\1", text))
    text = _RAISED.sub(r"\1", text.replace("$<$", "<").replace("$>$", ">"))
    if "$" not in text and "\\(" not in text:
        return _plain(text)
    # With the formulas at the odd places.
    pieces = MATHEMATICS.split(text)
    return "".join(piece if n % 2 else _plain(piece) for n, piece in enumerate(pieces))


def tex_verbatim(text: str) -> str:
    r"""An address, a DOI or a path as a browser takes it: without what TeX needs around a sign
    (`\_`, `{\%}`, `{~}`, `$<$`, `\textasciitilde{}`) and without `\url{…}`."""
    if not _TEX.search(text):
        return text.strip(" \n\t")
    text = _ADDRESS_FIRST.sub(r"\1", text)
    text = text.replace("\\~{}", "~").replace("\\~", "~").replace("\\-", "")
    text = _COMMANDS.sub(lambda found: _SIGNS.get(found[1], ""), text)
    text = re.sub(r"\$([<>~^])\$", r"\1", text)
    return _ESCAPED.sub(r"\1", text).translate(_NO_BRACES).strip()


def journal_title(text: str) -> str:
    r"""A journal's name, which in the records of ADS may be a macro: `\mnras`, `\aap`."""
    macro = re.match(r"[{ ]*\\([A-Za-z]+)[} ]*", text)
    if macro and (name := ADS_JOURNALS.get(macro[1])):  # words may stand behind it: `\aap Suppl.`
        rest = tex_to_text(text[macro.end() :])
        return f"{name}{rest}" if rest[:1] in (",", ";", ":", ".") else f"{name} {rest}".strip()
    return tex_to_text(text)


def _plain(text: str) -> str:
    for written, shown in _QUOTES:
        text = text.replace(written, shown)
    if "\\" in text:
        text = _LINKED.sub("", text)
        text = _SIGN.sub(lambda found: _FOR_PRIVATE.get(found[1], found[1]), text)
        text = plain_letters(text)
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: _FOR_PRIVATE[found[1]], text.replace("\\-", ""))
    if "\\" in text:
        text = _STYLES.sub("", _LIFTED.sub("", text))
    if "\\" in text:
        text = _by_library(text) if is_worth(text.count("\\") + text.count("{")) else _kept(text)
    text = (
        text.replace("~", " ").replace("\N{NO-BREAK SPACE}", " ").replace("{", "").replace("}", "")
    )
    return _ANY_PRIVATE.sub(lambda found: _PRIVATE[found[0]], text)


@lru_cache(maxsize=10_000)
def _by_library(text: str) -> str:
    # `%` begins no comment in a field's value, `&` no column.
    text = re.sub("[%&#$]", lambda found: _FOR_PRIVATE[found[0]], text)
    try:
        return str(_reader().latex_to_text(text, latex_context=_commands()))
    except Exception:  # the library names none: what it cannot read stays as it is written
        return _kept(text)


def _kept(text: str) -> str:
    return text.replace("\\", _FOR_PRIVATE["\\"])


@lru_cache(maxsize=1)
def _commands() -> LatexContextDb:
    """What the library makes anew for each text, if it is not given."""
    return get_default_commands()


@lru_cache(maxsize=1)
def _reader() -> LatexNodes2Text:
    known = get_default_latex_context_db()
    known.add_context_category(
        "references",
        macros=[MacroTextSpec(name, simplify_repl=shown) for name, shown in _MORE.items()],
        prepend=True,
    )
    known.set_unknown_macro_spec(
        MacroTextSpec("", simplify_repl=lambda node: node.latex_verbatim())
    )
    return LatexNodes2Text(latex_context=known, math_mode="verbatim", keep_comments=True)
