"""LaTeX: a comparison as a document that compiles as it is, beside its `.bib`. Pure.

It needs what every TeX distribution brings. Latin text compiles with pdflatex too; Chinese is set
in Fandol, which comes with TeX itself, by xelatex or lualatex.
"""

from itertools import pairwise

from app.errors import N_
from app.exports.formats.bibtex import escape_bibtex as _escaped
from app.exports.formats.table_model import (
    UNTRIED,
    UNTRIED_LABEL,
    CitedSource,
    Head,
    Say,
    Sheet,
    TableEntry,
    describe_size,
)
from app.kit.text import has_han
from app.models.comparison import Confidence
from app.models.stances import BASES, BLANK, STANCES

_COLUMNS = 14  # as many as can be read on a landscape A4 page; more of them are a further table
_PAGE, _NAMES, _GAP, _WIDEST = 272.5, 56.0, 1.6, 26.0  # mm

_AFTER_LINE_END = {"[": "{[}", "]": "{]}", "*": "{*}"}  # they would be its options
# Characters that TeX's own Latin faces lack, and that names and titles do have.
_SYMBOLS = {
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "×": r"\times",
    "▷": r"\triangleright",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "≈": r"\approx",
    "−": r"-",
    "∞": r"\infty",
    "∈": r"\in",
    "∅": r"\emptyset",
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "ε": r"\varepsilon",
    "λ": r"\lambda",
    "μ": r"\mu",
    "π": r"\pi",
    "σ": r"\sigma",
}
_WEIGHTS = {
    Confidence.LOW: N_("l"),
    Confidence.MEDIUM: N_("m"),
    Confidence.HIGH: N_("h"),
}

_HEAD = r"""% !TEX program = xelatex
% xelatex NAME && bibtex NAME && xelatex NAME && xelatex NAME, or: latexmk -xelatex NAME
\documentclass[10pt]{article}
\usepackage[a4paper,landscape,margin=12mm,bottom=15mm]{geometry}
\usepackage{iftex}
"""
_LATIN = r"""\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\else
  \usepackage{fontspec}
\fi
"""
_CHINESE = r"""\ifPDFTeX
  \errmessage{This text has Chinese in it: compile it with xelatex or lualatex}
\fi
\usepackage[UTF8,scheme=plain,fontset=fandol]{ctex}
"""
_SYMBOL = r"""\newcommand\symbolfor[3]{\ifPDFTeX\DeclareUnicodeCharacter{#2}{\ensuremath{#3}}\else
  \catcode`#1=\active\begingroup\lccode`\~=`#1\lowercase{\endgroup\def~}{\ensuremath{#3}}\fi}
"""
_PACKAGES = r"""\usepackage{array,booktabs,longtable,graphicx,xcolor,pict2e}
\usepackage[numbers,sort&compress]{natbib}
\usepackage{url}
\definecolor{addresses}{HTML}{24693F}
\definecolor{partial}{HTML}{85570A}
\definecolor{fails}{HTML}{AB352F}
\definecolor{unclear}{HTML}{5B6078}
\definecolor{inapplicable}{HTML}{736D62}
\definecolor{no-evidence}{HTML}{736D62}
\definecolor{contested}{HTML}{1D1B18}
% The signs, drawn: no face of TeX's has them all.
\newcommand\drawn[1]{\raisebox{-0.12em}{\setlength\unitlength{0.1em}\linethickness{0.09em}%
  \begin{picture}(8,8)#1\end{picture}}}
\newcommand\disc{\put(4,4){\circle*{7}}}
\newcommand\ring{\put(4,4){\circle{7}}}
\newcommand\half[2]{\moveto(4,7.5)\circlearc[2]{4}{4}{3.5}{#1}{#2}\closepath\fillpath}
\expandafter\newcommand\csname sign-addresses\endcsname{\drawn{\disc}}
\expandafter\newcommand\csname sign-partial\endcsname{\drawn{\ring\half{90}{270}}}
\expandafter\newcommand\csname sign-contested\endcsname{\drawn{\ring\half{90}{-90}}}
\expandafter\newcommand\csname sign-fails\endcsname{\drawn{\Line(1,1)(7,7)\Line(1,7)(7,1)}}
\expandafter\newcommand\csname sign-unclear\endcsname{\textbf{?}}
\expandafter\newcommand\csname sign-inapplicable\endcsname{\textbf{--}}
\expandafter\newcommand\csname sign-no-evidence\endcsname{\drawn{\ring\Line(1,0.5)(7,7.5)}}
\newcommand\sign[1]{\textcolor{#1}{\csname sign-#1\endcsname}}
% Where it was shown: tried on the target field, shown in the source field, argued.
\expandafter\newcommand\csname basis-target\endcsname{\drawn{\put(1,5){\rule{0.25em}{0.25em}}}}
\expandafter\newcommand\csname basis-source\endcsname{\drawn{\put(1,5){\framebox(2.5,2.5){}}}}
\expandafter\newcommand\csname basis-argued\endcsname{\textsuperscript{\textasciitilde}}
\newcommand\basis[1]{{\scriptsize\csname basis-#1\endcsname}}
\newcommand\says[2]{\sign{#1}\textsuperscript{#2}}
\newcommand\ruled[2]{\underline{\sign{#1}}\textsuperscript{#2}}
\newcommand\against[1]{$\neg$#1}
\newcommand\note[1]{\textit{n}#1}
\newcommand\head[1]{\rotatebox{90}{\parbox[c]{34mm}{\raggedright\scriptsize #1}}}
\newcolumntype{C}[1]{>{\centering\arraybackslash}p{#1}}
\newcolumntype{L}[1]{>{\raggedright\arraybackslash}p{#1}}
\setlength\parindent{0pt}
\setlength\LTleft{0pt}
\setlength\LTright{\fill}
"""


def write_latex(sheet: Sheet, say: Say, *, bibliography: str) -> str:
    """The whole document; it cites the keys that `bibliography`, the text of the `.bib`, has."""
    text = "".join(
        [
            rf"{{\Large\bfseries {escape_latex(sheet.title)}\par}}\medskip" "\n",
            f"{escape_latex(sheet.description)}\\par\\medskip\n" if sheet.description else "",
            f"{escape_latex(describe_size(sheet, say))} \\textperiodcentered\\ "
            f"{sheet.day.isoformat()}\\par\n",
            *(_table(sheet, columns, say) for columns in _portions(sheet.columns)),
            _legend(sheet, say),
            _figures(sheet, say),
            _notes(sheet, say),
        ]
    )
    cites = (
        f"\\bibliographystyle{{unsrtnat}}\n\\bibliography{{{sheet.slug}}}\n"
        if sheet.citekeys
        else ""
    )
    faces = _CHINESE if has_han(text) or has_han(bibliography) else _LATIN
    head = _HEAD.replace("NAME", sheet.slug)
    symbols = "".join(
        f"\\symbolfor{{{each}}}{{{ord(each):04X}}}{{{drawn}}}\n"
        for each, drawn in _SYMBOLS.items()
        if each in text + bibliography
    )
    preamble = f"{head}{faces}{_PACKAGES}{_SYMBOL if symbols else ''}{symbols}"
    return f"{preamble}\\begin{{document}}\n{text}{cites}\\end{{document}}\n"


def escape_latex(text: str) -> str:
    """`text` on one line with nothing left in it that is a command to LaTeX."""
    line = _escaped(" ".join(text.split()))
    return "".join(_AFTER_LINE_END.get(each, each) for each in line)


def _portions(columns: tuple[Head, ...]) -> list[tuple[Head, ...]]:
    """The columns in tables of about the same width; one without columns where there are none."""
    tables = max(1, -(-len(columns) // _COLUMNS))
    wide, more = divmod(len(columns), tables)
    ends = [wide * n + min(n, more) for n in range(tables + 1)]
    return [columns[first:last] for first, last in pairwise(ends)]


def _table(sheet: Sheet, columns: tuple[Head, ...], say: Say) -> str:
    room = (_PAGE - _NAMES) / max(1, len(columns)) - 2 * _GAP
    each = rf"C{{{min(room, _WIDEST):.1f}mm}}"
    form = rf"@{{}}L{{{_NAMES:.0f}mm}}{each * len(columns)}@{{}}"
    heads = " & ".join(["", *(rf"\head{{{_name(column)}}}" for column in columns)])
    body = ""
    for number, row in enumerate(sheet.rows):
        cells = (sheet.marked(row, column) for column in columns)
        line = " & ".join([_row_name(row), *(_cell(each, say) for each in cells)])
        space = "\\addlinespace\n" if number and not row.depth else ""
        body += f"{space}{line} \\\\\n"
    return (
        rf"{{\footnotesize\setlength\tabcolsep{{{_GAP}mm}}"
        "\n"
        f"\\begin{{longtable}}{{{form}}}\n"
        f"\\toprule\n{heads} \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n"
        f"{body}\\end{{longtable}}}}\n"
    )


def _name(head: Head) -> str:
    return ("-- " * head.depth) + escape_latex(head.name)


def _row_name(head: Head) -> str:
    name = escape_latex(head.name)
    if head.has_children and not head.depth:
        name = rf"\textbf{{{name}}}"
    return rf"\hspace*{{{3 * head.depth}mm}}{name}" if head.depth else name


def _cell(entry: TableEntry | str, say: Say) -> str:
    if isinstance(entry, str):
        return escape_latex(entry)
    command = "ruled" if entry.ruled else "says"
    weight = say(_WEIGHTS[Confidence(entry.confidence)]) if entry.confidence else ""
    shown = rf"\basis{{{entry.basis}}}" if entry.basis else ""
    parts = [rf"\{command}{{{entry.stance}}}{{{weight}}}{shown}", *_rests_on(entry.supporting)]
    parts += [rf"\against{{{each}}}" for each in _rests_on(entry.contradicting)]
    return " ".join(parts)


def _rests_on(sources: list[CitedSource]) -> list[str]:
    """One `\\cite` of the papers, and the notes by their numbers."""
    papers = ",".join(each.paper for each in sources if each.paper)
    notes = [rf"\note{{{each.note}}}" for each in sources if each.note]
    return [*([rf"\cite{{{papers}}}"] if papers else []), *notes]


def _legend(sheet: Sheet, say: Say) -> str:
    marks = [
        rf"\sign{{{stance}}}~{escape_latex(say(known.label))}"
        for stance, known in STANCES.items()
        if stance != BLANK
    ]
    words = [
        escape_latex(say(N_("an empty cell: {label}")).format(label=say(STANCES[BLANK].label))),
        ", ".join(rf"\textsuperscript{{{say(each)}}}" for each in _WEIGHTS.values())
        + "~"
        + escape_latex(say(N_("low, medium, high confidence"))),
        *(rf"\basis{{{basis}}}~{escape_latex(say(known.label))}" for basis, known in BASES.items()),
        rf"\ruled{{partial}}{{}}~{escape_latex(say(N_('ruled by the reader')))}",
        rf"\note{{1}}~{escape_latex(say(N_('a note, listed below')))}",
        rf"\against{{}}~{escape_latex(say(N_('contradicts the claim')))}",
    ]
    if sheet.untried:
        words.append(f"{UNTRIED}~{escape_latex(say(UNTRIED_LABEL))}")
    return "{\\small\\raggedright " + " \\quad\n".join([*marks, *words]) + "\\par}\n"


def _figures(sheet: Sheet, say: Say) -> str:
    """What pairs of scores the cells show, a line each."""
    lines = [
        f"\\item {escape_latex(row.name)} × {escape_latex(column.name)}: {escape_latex(figure)}\n"
        for row, column, figure in sheet.figures()
    ]
    title = escape_latex(say(N_("Figures")))
    return (
        f"\\section*{{{title}}}\n\\begin{{itemize}}\n{''.join(lines)}\\end{{itemize}}\n"
        if lines
        else ""
    )


def _notes(sheet: Sheet, say: Say) -> str:
    lines = [
        f"\\item[\\note{{{number}}}] {escape_latex(sheet.notes.get(number, ''))}\n"
        for number in sheet.note_ids
    ]
    title = escape_latex(say(N_("Notes")))
    return (
        f"\\section*{{{title}}}\n\\begin{{description}}\n{''.join(lines)}\\end{{description}}\n"
        if lines
        else ""
    )
