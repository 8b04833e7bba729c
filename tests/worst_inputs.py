"""Each reader of what others wrote, and what it takes longest for: `test_worst_inputs` compares two
lengths of it, `bench.worst_inputs` measures a megabyte.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote_plus

from fastapi import HTTPException
from pydantic import JsonValue

from app.imports.planning.detect_format import read_content
from app.kit import author_names, decoding, text
from app.kit.passages import PagedText, Quotation, clean_passage, find_passage, sentences_of
from app.notes.markdown import _markup, _plain_text, _references  # what keeps nothing
from app.notes.rules import diff_texts
from app.search.index import analysis
from app.search.query.language import parse_query
from app.sources.arxiv import ids as arxiv_ids
from app.sources.bibliography import (
    bibtex,
    csl_json,
    csv_table,
    dates,
    id_list,
    markup,
    names,
    ris,
    tex,
    unread,
)
from app.sources.doi import ids as doi_ids
from app.sources.drafts import short_title
from app.sources.markdown import (
    field_names,
    front_matter,
    headings,
    inline_metadata,
    linked_files,
    links,
    lists,
    note_list,
    papers,
    people,
    title_block,
)
from app.sources.predictions import parse_predictions
from app.sources.web import page_capture
from app.vault.files import document, obsidian, parsing
from app.vault.sync.three_way_merge import merge_rows, merge_text
from app.web.forms import _fields
from app.web.languages import prefer_language
from app.web.request_limits import _parse_json


@dataclass(frozen=True)
class Worst:
    """`unit` over and over, between what stands around it."""

    read: Callable[[str], object]
    units: tuple[str, ...]
    before: str = ""
    after: str = ""

    def text(self, unit: str, length: int) -> str:
        """`length` characters of `unit`."""
        return self.before + unit * (length // len(unit)) + self.after


def bib_field(name: str) -> tuple[str, str]:
    return f"@article{{a, title={{t}}, {name}={{", "}}"


def ris_tag(name: str) -> tuple[str, str]:
    return f"TY  - JOUR\nTI  - t\n{name}  - ", "\nER  - "


def item(name: str) -> Callable[[str], object]:
    return lambda value: csl_json.draft_from_item({"title": "t", name: value})


def captured(name: str) -> Callable[[str], object]:
    return lambda value: page_capture.read_capture(
        lambda asked: [value] if asked == name else ["t"] if asked == "title" else []
    )


def listed(found: Callable[[str], Iterator[object]]) -> Callable[[str], object]:
    return lambda value: list(found(value))


def merged_lists(value: str) -> object:
    """Its words as a list that both sides changed."""
    words: list[JsonValue] = [f"{word}{number}" for number, word in enumerate(value.split())]
    return merge_rows({"a": words}, {"a": ["b", *words]}, {"a": [*words, "c"]}, ["a"])


def parsed(value: str) -> None:
    with suppress(HTTPException, ValueError):
        _parse_json(value.encode())


def cited_in_a_list(part: str) -> str:
    """Items, each with other names, of what is taken for a citation."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    parts = (part.replace("A", one).replace("2", n) for one in letters for n in "123456789")
    items = ((each * 60)[:470] for each in parts)
    return "".join(f"- A title of it. {item}\n" for item in items)


def rendered(value: str) -> object:
    return _markup(value, frozenset(), "x")


BRACKETS = ("![", "[", "[[", "[a](", "]", "[^", "^[")
SPACES = (" ", "\t", "\u3000", "a ", " a", "\n ", "\r")
SIGNS = (
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    '"',
    "'",
    "`",
    "$",
    "|",
    ";",
    ",",
    "，",
    "、",
    ":",
    "-",
    "#",
    "\\",
    "/",
    "&",
    "%",
    "@",
)
STRANGE = ("😀", "e\u0301", "\u0301", "\0", "\ufffd", "\u200b", "１", "ﬃ")
ALL = (*BRACKETS, *SPACES, *SIGNS, *STRANGE)
LINES = (
    "\n",
    "a\n",
    "# a\n",
    "- a\n",
    "> a\n",
    "| a ",
    "|--",
    "```\n",
    "~~~\n",
    "a:: b\n",
    "1. a\n",
)
WEB = (
    "http://a.",
    "https://a.b/)",
    "10.1000/",
    "10.1000.1",
    "10.1000/a<",
    "doi:",
    "arxiv ",
    "2208.10442,",
)

CITED = ("A. B. C, ", "ACL 2020, ", "Ab Cd, ", "A. B [J] ", "张三, A, 2020. ", "Ab, C. (2020), ")

TABLE: dict[str, Worst] = {
    "bibtex": Worst(bibtex.read_bibtex, (*ALL, "@a{", "@a{b,\n", "@string{a=", "{}", '""', ",\n")),
    "bibtex, looked at": Worst(bibtex.looks_like_bibtex, ("@", "\n@", "@ ", "\n ")),
    **{
        f"bibtex {name}": Worst(bibtex.read_bibtex, units, *bib_field(name))
        for name, units in {
            "doi": WEB,
            "pages": (" ", " - ", "-", "~", "1~"),
            "title": ("{}a=", "{}"),
            "author": (" and ", "{} ", "a, ", ";", "，", "\\'{", "von "),
            "file": (":", ";", "\\:", ":;", "\\;", "a;"),
            "keywords": (" ", ",", " , "),
            "note": (" ", ": a", "\n", "a: b\n"),
            "annote": ("<p>", "<b>", "&a;", "<a ", "<!--", "<![", "<td>"),
            "date": ("2020", "2020-", "jan ", "1/"),
            "howpublished": ("http://a", "http://"),
            "abstract": ("<jats:p>", "<i ", "\n \n", "\\a", "$", "\\(", "\\begin{a}"),
            "xdata": ("a,", "b,"),
        }.items()
    },
    "ris": Worst(ris.read_ris, (*SPACES, "TY  - JOUR\n", "AU  - a\n", "\nER  - ", "  a\n")),
    **{
        f"ris {tag}": Worst(ris.read_ris, units, *ris_tag(tag))
        for tag, units in {
            "AU": (",", ";", "a, ", "中", "，"),
            "KW": (";", "\n", "*"),
            "UR": (";", "; ", ";a:", "https://a"),
            "SN": ("1", "1-", "(", "978"),
            "N1": ("<p>", "doi:", "=>", '=>"a"'),
            "SP": (" ", "-"),
            "DO": WEB,
        }.items()
    },
    "medline": Worst(
        ris.read_ris, (" ", "FAU - a\n", "      a\n", "(", "[doi]"), "PMID- 1\nTI  - t\n"
    ),
    "wos": Worst(ris.read_ris, (" ", "AF a\n", "   a\n", ";"), "PT J\nTI t\n"),
    "csl": Worst(
        csl_json.read_csl_json, ("{},", '{"a":[', '\n{"a":', "[", "{", '"\\u', "{},\n"), "["
    ),
    "csl, never closed": Worst(csl_json.read_csl_json, ("{},\n",), '{"a":[\n' * 200),
    **{
        f"csl {name}": Worst(item(name), (*SPACES, ": ", "-", "arxiv:", "[", "10.1000/", "2020"))
        for name in ("title", "author", "issued", "DOI", "page", "keyword", "note", "annote")
    },
    "csv": Worst(
        csv_table.read_csv,
        ("a,b\n", '"a\n', 'a,"b\n', ",\n", "\n", '"', ",", "K, W., ", "K W, ", "a and b, ", "; "),
        "title,authors\n",
    ),
    "csv, as many rows as may be": Worst(
        csv_table.read_csv,
        (
            "A title of some words,Smith J and Brown K and Li L\n",
            'Some title of words,"Ab, C.; De, F.; Gh, I.; J, K"\n',
            "某某方法的研究与它在文本到查询语句中的应用：第三版,张三；李四；王五；欧阳六；司马七；赵八；钱九；孙十\n",
        ),
        "title,authors\n",
    ),
    "csv, its head": Worst(csv_table.looks_like_csv, ("title,", '"', ",", ";", "\t")),
    "csv, its authors": Worst(
        csv_table.read_csv,
        ("K, W., ", "K W, ", "Smith J. ", "a and ", "A.-", "'' ", "{a", "{a};"),
        'title,authors\na,"',
        '"\n',
    ),
    "ids": Worst(id_list.read_id_list, (*WEB, "10.1000/a,", "10.1000/a #x\n", "\n", "# ", "- ")),
    "ids, looked at": Worst(id_list.looks_like_id_list, (*WEB, "\n", "# ")),
    "dois": Worst(doi_ids.find_dois, (*WEB, ")", "%25", ",")),
    "doi in address": Worst(doi_ids.in_address, WEB, "https://a.b/"),
    "arxiv ids": Worst(arxiv_ids.find_arxiv_ids, (*WEB, *ALL, "1[a")),
    "lookup field": Worst(page_capture.parse_all, (*WEB, *ALL, "|", "、|", ", ")),
    "page address": Worst(page_capture.page_address, ("utm_a=&", "a=b&", "&"), "https://a.b/?"),
    **{
        f"capture {name}": Worst(captured(name), (*SPACES, *WEB, ";", "2020/"))
        for name in ("authors", "date", "doi", "url", "quote", "title")
    },
    "names": Worst(
        names.of_bibtex, (*ALL, " and ", "\\'{a}", "family=a,", "Ann B & ", "a, b und ")
    ),
    "names of a list": Worst(names.of_list, (*ALL, "A B & ", "a, b und ", "{a", "等", "a (")),
    "references as printed": Worst(
        lambda value: unread.say_instead(value, "a.txt"), (*SPACES, "[1] a 19", "[1] ", "[M]. ")
    ),
    "author name": Worst(author_names.normalize_name, ALL),
    "dates": Worst(dates.partial_date, (*SPACES, "2020", "jan ", "12/", "1st ", "20")),
    "month": Worst(lambda value: dates.of_parts("2020", value, value), (*SPACES, "jan", "12")),
    "tex": Worst(
        tex.tex_to_text,
        (
            *(*ALL, "\\(", "$$", "\\a", "\\'", "\\emph{", "\\begin{a}", "\\a\t"),
            *("\\ensuremath{", "\\ensuremath ", "\\texorpdfstring{{}", "\\texorpdfstring{}"),
        ),
    ),
    "html": Worst(
        markup.html_to_markdown, ("<p>", "<b>", "<!--", "<![", "<a ", "&#", "<td>"), "<p>"
    ),
    "abstract": Worst(markup.clean_abstract, ("<p>", "<i ", "&a", "\n ", "<jats:p ")),
    "short title": Worst(short_title, (*SPACES, ":", ": ", "a")),
    "predictions": Worst(parse_predictions, ("1,1\n", '"', "\n", '{"a":', "a ", " , ")),
    "first line of predictions": Worst(parse_predictions, ("a ", "a,", " ", ","), "a ", " a ::"),
    "line of predictions": Worst(parse_predictions, (" ", ": "), "1", "a b"),
    "front matter": Worst(
        front_matter.parse_front_matter,
        ("[", "{", "- ", "? ", "a: b\n", "&a ", "*a ", "|\n", "a.", " ", '"'),
        "---\na: ",
        "\n---\n",
    ),
    "toml": Worst(front_matter.parse_front_matter, ("a.", "[", "[a]\n", '"'), "+++\n", "\n+++\n"),
    "property": Worst(front_matter.property_of, ("**", "a ", "::", " "), "", "::"),
    "paper notes": Worst(lambda value: papers.read_paper_notes(value, "a.md"), (*ALL, *LINES)),
    "paper notes in a table": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        ALL,
        "| Paper | b |\n|--|--|\n| [a](http://b) | ",
    ),
    "labels in notes": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        ("## Metadata\n## z\n", "## Metadata\nyear: 2019\n", "year – 2019\n", "a | b: ", "a = "),
        "# x\n## y\nyear: 2019\n",
    ),
    "tables of HTML in notes": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        (
            *("<table>\n", "<dl>\n", "<tr>\n", "<dt>a\n", "<dd>", "<tr><td>a</td></tr>\n", "<td"),
            *("<li>a</li><li>", "</li><li", "<a href='b'>", "<a href="),
        ),
        "<table>\n<tr><td>Title</td><td>a",
        "</td></tr>\n</table>\n",
    ),
    "lines below a heading": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        (*ALL, "A. B, ", "A, ", "(2020) ", "[![a](b)](", "### by A B, C D\n", "#[a][b]\n"),
        "# A Title of Some Words\n\n",
        " A Title of Some Words. 2020",
    ),
    "heading of notes": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        (*ALL, " et al. 2020 ", ", ACL", "(A & B 2020)", "##", "[a][b]"),
        "# A ",
    ),
    "names of authors": Worst(
        people.names_in, (*ALL, "A B, ", "A, ", " M.D.", ", PhD", "#a/", " 1,", "A B and "), "A B, "
    ),
    "note list": Worst(note_list.parse_note_list, (*ALL, *LINES)),
    "notes of one entry": Worst(note_list.parse_note_list, (*ALL, *LINES), "# t\n"),
    "paper list": Worst(lists.read_paper_list, (*ALL, *LINES, "- [a](http://b.pdf)\n")),
    "citations in a list": Worst(lists.read_paper_list, tuple(map(cited_in_a_list, CITED))),
    "item of a list": Worst(lists.read_paper_list, ALL, "- [a](http://arxiv.org/abs/2208.10442) "),
    "bare item of a list": Worst(lists.read_paper_list, ALL, "- "),
    "address in an item of a list": Worst(
        lists.read_paper_list, ALL, "- A title. https://arxiv.org/abs/", " https://a.b"
    ),
    "heading": Worst(headings.read_heading, ALL),
    "line of dates": Worst(inline_metadata.read_date_line, (*SPACES, "2023/1/1", "v1 ", "ICLR ")),
    "verdict in prose": Worst(
        inline_metadata.verdict_in_prose,
        ("可以", "感觉", "单纯跟", "。", "我", "感觉可以试试", "没有", "to read "),
    ),
    "links": Worst(links.urls_in, (*WEB, "(", ")")),
    "files": Worst(
        listed(linked_files.find_file_links),
        (*BRACKETS, "`", "` ", "``a", "```\n", "<img src=", "<img ", "{{", "![a](b"),
    ),
    "fields": Worst(
        lambda value: field_names.describe_pairs([("authors", value), ("tags", value)]), ALL
    ),
    "markdown": Worst(
        rendered,
        (
            *(*ALL, *LINES, *WEB, "<a", "<!--", "<?", "&#", "*a ", "_a", "~~", "> ", "- ", "***"),
            *(f"{mark}{'a' * 10}" for mark in "[]!<&*_`$~\\:^>\n"),
            *(f"{mark}aa" for mark in "#%@{"),
            *("- item of it\n", "1. an item\n", "# a heading\n"),
            *("@a2020 ", "[@a2020] ", "【【a】】", "【【a", "`【【a"),
            *("http://aaaaaaaaaaaa ", "arxiv:2208.10442 "),
            *("```\na\n```\n", f"```python\na = {'b' * 180}\n```\n", "[[aaaaaaaaaaaaaaaaa"),
        ),
    ),
    "references": Worst(_references, BRACKETS),
    "plain text": Worst(lambda value: _plain_text(value, False), (*BRACKETS, "<a ", "<!--")),
    "query": Worst(parse_query, ("OR ", "-", '"', "title:", "(", "a ", "，")),
    "cut for the index": Worst(analysis.analyze, (*ALL, "a-", "α", "\\text", "中")),
    "phrase": Worst(analysis.phrase_pattern, (*ALL, "a-", "中")),
    "quotation": Worst(
        lambda value: find_passage(Quotation(f"a{value}b"), PagedText(["a b", "c"]), least=0.1),
        (*SPACES, "… ", "...", "[", "a", "ab ", "中"),
    ),
    "text quoted from": Worst(
        lambda value: find_passage(Quotation("a b c"), PagedText([value, value]), least=0.1),
        (*SPACES, "a ", "a-\n", "\x02", "中", "。", "a. "),
    ),
    "sentences": Worst(
        lambda value: [clean_passage(value), list(sentences_of(value))],
        (*SPACES, "a ", "a-\n", "\x02", "。", "a. ", "\n", "\n "),
    ),
    "vault file": Worst(
        document.parse_document, ("%% note %%\n", "%% end note %%\n", "---\n", "\n---")
    ),
    "properties": Worst(
        document.parse_document, ("- ", "[", "a\n", "? ", " "), "---\na: ", "\n---\n"
    ),
    "rows": Worst(
        lambda value: parsing.parse_rows(value, False), ("[", "- ", "? ", "&a ", "a: ", "{"), "- "
    ),
    "links from obsidian": Worst(obsidian.links_from_obsidian, (*BRACKETS, "[[a|", "`", "@")),
    "merge": Worst(
        lambda value: merge_text(value, f"{value}\nb", f"b\n{value}"), ("a\n", "\n", "a\nb\n")
    ),
    "merge of lists": Worst(merged_lists, ("a ",)),
    "difference": Worst(
        lambda value: diff_texts(value, f"b\n{value}c"), ("a\n", "\n", "a b\n", "a ")
    ),
    "words that differ": Worst(
        lambda value: diff_texts(value, value.replace("b", "c")), ("a b " * 200 + "\n.\n", "a b\n")
    ),
    "json": Worst(parsed, ("[", "[],", "{},", "0,", '"', '"",', '{"a":[', '{"a":0},', " "), "["),
    "text in json": Worst(parsed, ("\\u4e2d", "\\n", "a", "[", "😀"), '["', '"]'),
    "form": Worst(
        lambda value: _fields(f"a={quote_plus(value)}".encode()), (*STRANGE, ")", " ", "&", "%")
    ),
    "language": Worst(prefer_language, (",", "zh;q=", ";", "zh,")),
    "one line": Worst(text.tidy_line, (*ALL,)),
    "looks like Markdown": Worst(
        papers.looks_like_markdown, (*ALL, *LINES, "](", "](a", "[[a", "| |")
    ),
    "title": Worst(title_block.split_title, (*ALL, "(a,", "[a]( ")),
    "title's links": Worst(title_block.strip_links, (*ALL, "[a](", "[a]( ")),
    "first lines": Worst(
        lambda value: papers.read_paper_notes(value, "a.md"),
        (*SPACES, "a. ", "[paper](https://", "[A]."),
        "论文：a. ",
        "b",
    ),
    "slug": Worst(text.slugify, (*ALL, "a-")),
    "sort key": Worst(text.sort_key, (*ALL, "_")),
    "natural sort key": Worst(text.natural_sort_key, (*ALL, "0", "1", "1a")),
    "bytes": Worst(
        lambda value: decoding.decode_text(value.encode("gb18030")), ("中", "a", "é", "\t")
    ),
    "any file": Worst(
        lambda value: read_content(value.encode(), "a"), (*SPACES, *LINES, *BRACKETS)
    ),
}
