"""What people call the parts of a record in front matter, properties and table heads. Pure.

A new spelling is a word in the table; upper and lower case, spaces, `_` and `-` make no difference.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from unicodedata import normalize

from app.errors import N_, Message
from app.kit.text import fold_letters, has_han, tidy_line
from app.sources.arxiv import ids
from app.sources.bibliography import dates, work_types
from app.sources.doi import ids as doi_ids
from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.markdown.citations import read_citation, sole_year
from app.sources.markdown.front_matter import Pair, Value, list_strings
from app.sources.markdown.inline_metadata import FoundVerdict, read_venue
from app.sources.markdown.links import MARKDOWN_LINK, URL, leads_to_paper, unlinked, urls_in
from app.sources.markdown.people import parse_authors

_WRITTEN = {
    "title": "title, name, title of paper, papertitle, full title, "
    "标题, 题目, 名称, 名, 原名, 篇名, 题名, "
    "제목, 논문 제목, タイトル, titel, titre, título, titolo, заглавие, название",
    # What it is called in its own language wins over what it is called in the reader's.
    "original_title": "original title, english title, 英文标题, 英文题目, 原标题, 原题, 原题目",
    "translated_title": "中文标题, 中文题目, 标题翻译, 题目翻译, 译名",
    # As it is cited: what is not said otherwise.
    "reference": "citation, reference, bibliography, cite as, 引用, 引用格式, 参考文献格式, 引文",
    # The paper itself: its title, a reference, or a link.
    "paper": "paper, article, 论文, 文章, 原文, 文献",
    "short_title": "short title, 简称, 短标题",
    "authors": "authors, author, author(s), creators, author list, 作者, 作者列表, 作者团队, "
    "第一作者, 首作者, 一作, 저자, 著者, autor, autoren, auteur, auteurs, autores, autori, "
    "автор, авторы",
    "year": "year, publication year, pub year, year of publication, 発表年, 年份, 年, 연도, "
    "jahr, année, año, anno, год",
    "date": "date, published, published on, publication date, publish date, date published, "
    "pub date, issued, 日期, 时间, 年月, 发表, 発行日, datum, fecha, 날짜, 발표",
    "doi": "doi, doi号, doi link, doi链接",
    "url": "url, link, links, address, link to paper, link to the paper, raw, pdf, full text, "
    "source, website, 链接, 链结, 网址, 下载, 地址, 来源, 논문 링크, リンク, lien, enlace, ссылка",
    "arxiv": "arxiv, arxiv id, eprint, arxiv编号, arxiv号, arxiv link, arxiv url, arxiv number, "
    "arxiv paper, arxiv.org snapshot, arxiv fulltext pdf, paper id, 论文id, arxiv链接, arxiv地址",
    "tags": "tags, tag, keywords, keyword, categories, category, topics, "
    "schlagwörter, mots-clés, palabras clave, キーワード, 标签, 关键词, 关键字, 分类",
    "aliases": "aliases, alias, 别名",
    "citekey": "citekey, citation key, cite key, bibtex key, bibkey, paper key, 引用键",
    "verdict": "verdict, 结论, 评价, 相关性",
    "status": "status, 状态",
    "reason": "reason, verdict reason, 理由",
    "venue": "venue, journal, conference, publication, publication title, booktitle, "
    "container title, journal title, published in, published at, proceedings, proceedings title, "
    "publication venue, conference name, journal name, "
    "会议, 期刊, 出处, 发表于, 发表在, 发表平台, 发表会议, 发表期刊, 会议名, 期刊名, 会议名称, "
    "期刊名称, 会议期刊, 会议来源, 期刊来源, 论文来源, 发表源, 刊物, 发表刊物, 发表出处, "
    "收录, 收录于, 收录会议, 刊会, 刊会简称, 会议简称, 期刊简称, 学会, "
    "掲載誌, 학회, 학술지, zeitschrift, konferenz, revue, conférence, revista, conferencia, журнал",
    "abstract": "abstract, abstract note, 摘要",
    "techniques": "techniques, technique, 技术, 方法技术",
    "fields": "field, fields, research field, 领域, 研究领域, 方向",
    "kind": "kind",
    "type": "type, 类型",
    "volume": "volume, 卷",
    "issue": "issue, 期",
    "page": "page, pages, 页码",
    "publisher": "publisher, 出版社",
    "edition": "edition, 版本",
    "editor": "editor, editors, 编者",
    "ISBN": "isbn",
    "ISSN": "issn",
    "language": "language, lang, 语言",
    # Said beside the authors; a record has no place for them.
    "affiliation": "affiliation, affiliations, institution, institutions, 单位, 机构",
}
# What is said before a label, or beside one, and changes nothing: `论文链接`, `Paper URL`.
_OF_WHAT = re.compile(
    r"(?:original|reference|paper|article|publication|published|main|first|item|entry|source|pdf"
    r"|原文|原|论文|논문|文章|文献|发表|发布|出版|出处|提交|版本|下载)(?=.)"
)
_NAMED_AGAIN = re.compile(r"\s*(?:[/|｜&（(）)、]|\b(?:and|or)\b|和|与|及|或)\s*")
_MEANS_MORE = frozenset({"name", "名称", "名", "下载"})  # alone, anything's
# The traditional characters of these spellings.
_SIMPLIFIED = str.maketrans(
    "論標題發會議鏈結關鍵詞網時間處領類頁碼編號語稱獻下載出級刊來",
    "论标题发会议链结关键词网时间处领类页码编号语称献下载出级刊来",
)
_NAMES = {
    fold_letters(spelling).translate(_SIMPLIFIED): name
    for name, written in _WRITTEN.items()
    for spelling in written.split(", ")
}
_LONGEST_NAME = 60
_OF_A_PAPER = re.compile(
    r"paper|article|pdf|论文|文献|原文|논문", re.IGNORECASE
)  # said by the label itself
_DETAILS = ("volume", "issue", "page", "publisher", "edition", "ISBN", "ISSN", "language")
_KINDS = ("paper", "method", "dataset", "concept", "link")
# What only a publication has: a file that says one of these is about one.
_OF_PAPERS = frozenset(
    {"paper", "year", "doi", "arxiv", "citekey", "venue", "abstract", "type", "kind"}
)
_OF_WEB = frozenset({"webpage", "post", "post-weblog"})
# What tells one publication from all others counts twice towards a text being about one.
_WEIGHTS = {"arxiv_id": 2, "doi": 2, "title": 1, "authors": 1, "year": 1, "venue": 1, "url": 1}

_LONGEST_DATE = 60
_WEEKDAY = re.compile(r"[\[\s]*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+", re.IGNORECASE)
_NOT_YET = re.compile(r"暂无|尚未|未发表|not yet|unpublished|under review", re.IGNORECASE)
_EXPLAINED = re.compile(r"[,，;；][^()（）]*(?=[)）]\Z)|\s?[（(](?:如|若|if )[^()（）]*[)）]\Z")
_OF_THE_NOTE = frozenset({"date", "publishdate", "日期", "时间"})  # unless a paper's is said too
_OF_BLOGGERS = re.compile(
    r"\]\(https?://[\w.]*(?:zhihu|csdn|jianshu|juejin|weixin|cnblogs|medium)\."
)
_IN_A_SENTENCE = re.compile(r"[的是]")
_KEY_AS_TITLE = re.compile(r"@(?=\S*\d)[\w.:-]{3,200}")  # as Logseq calls Zotero's pages
_CITEKEY = re.compile(r"\[{0,2}@?[^\s,{}()\[\]#%\\\"'`~|]{1,200}\]{0,2}")
_NO_DOI = re.compile(r"/10\.5555/|//delivery\.acm\.")  # ACM's own numbers, of what has none
# An id behind the venue: `ICML 2020, arXiv:2002.00001`
_AND_ID = re.compile(
    r"\b(?:arxiv|doi)\b\D{0,12}(?P<id>\d{4}\.\d{4,5}(?:v\d+)?|10\.\d{4,9}/\S{1,200})",
    re.IGNORECASE,
)


def name_of(key: str) -> str:
    """The part of a record that a key names, such as `arxiv` for `arXiv ID`; empty for none. One
    that is named in two ways (`标题 (Title)`, `DOI/arXiv`) names the first."""
    return _name_of(key) if len(key) <= _LONGEST_NAME else ""


def names_paper(key: str) -> bool:
    """Whether a key itself says that its value is of a paper: `论文题目`, `Paper`."""
    return _OF_A_PAPER.search(key) is not None


@lru_cache(maxsize=5_000)
def _name_of(key: str) -> str:
    folded = fold_letters(key).translate(_SIMPLIFIED)
    if name := "" if folded in _MEANS_MORE else _NAMES.get(folded, ""):
        return name
    while found := _OF_WHAT.match(folded):
        folded = folded[found.end() :]
        if name := _NAMES.get(folded, ""):
            return name
    parts = [part for part in _NAMED_AGAIN.split(_EXPLAINED.sub("", key)) if part]
    names = [name_of(part) for part in parts] if len(parts) > 1 else []
    return names[0] if all(names) and names else ""


@dataclass
class Described:
    """What pairs of keys and values say of a paper. `left`: the pairs for which a record has no
    place, or whose value does not fit; `remarks` say of the latter so."""

    paper: dict[str, object] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    citekey: str = ""
    tags: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    verdict: str = ""
    reason: str = ""
    left: list[Pair] = field(default_factory=list)
    remarks: list[Message] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # the parts that it gives

    @property
    def is_paper(self) -> bool:
        """Whether it says something that only publications have; an author and an address are any
        web page's, too."""
        if self.named & _OF_PAPERS or self.paper.keys() & {"arxiv_id", "doi"}:
            return self.details.get("type") not in _OF_WEB
        address = str(self.paper.get("url", ""))
        names = str(self.paper.get("authors", ""))  # one word alone is a nickname
        return leads_to_paper(address) if address else " " in names or has_han(names)

    @property
    def weight(self) -> int:
        """How much of a publication it says: 2 is enough for words in a text, where one of them
        may be anything's."""
        said = {name for name, value in self.paper.items() if value}
        if not self.named & {"year", "venue", "paper"}:
            said.discard("year")  # of a date, which other things have too
        if "paper" not in self.named and not leads_to_paper(str(self.paper.get("url", ""))):
            said.discard("url")  # as anything has
        return sum(_WEIGHTS.get(name, 0) for name in said) + ("paper" in self.named)

    def draft(self, **given: object) -> PaperDraft:
        """The record, where `given` fills what the pairs leave open."""
        values = {**{k: v for k, v in given.items() if v}, **self.paper}
        if self.details:
            values["details"] = self.details
        return PaperDraft.model_validate(values)

    def record(self, verdict: FoundVerdict | None, **given: object) -> RecordDraft:
        """The record of it, where `given` says the rest. A verdict beside its title counts where
        nothing else says one."""
        said = {
            "citekey": self.citekey,
            "tags": self.tags,
            "techniques": self.techniques,
            "fields": self.fields,
            "verdict": self.verdict or (verdict.slug if verdict else ""),
            "reason": self.reason or (verdict.reason if verdict else ""),
            "remarks": tuple(self.remarks),
        }
        return RecordDraft.model_validate(said | given)


def describe_pairs(pairs: Iterable[Pair], *, dated: bool = True) -> Described:
    """What the pairs say. The first of several keys for one part counts. Without `dated` a `date`
    is the note's own, as in a blog, and stays among what is left."""
    found = Described()
    add_pairs(found, pairs, dated=dated)
    return found


def add_pairs(found: Described, pairs: Iterable[Pair], *, dated: bool = True) -> None:
    """Let further pairs fill what is still open in `found`."""
    for key, value in pairs:
        name = name_of(key)
        texts = list_strings(value)
        if name == "title" and len(texts) == 1 and _KEY_AS_TITLE.fullmatch(texts[0].strip()):
            name = "citekey"
        if name and not texts:
            continue  # a field of a template that was never filled in
        again = {"url", "tags"} | ({"paper"} if "title" not in found.paper else set())
        repeated = name in found.named and name not in again
        is_own = not dated and name == "date" and fold_letters(key) in _OF_THE_NOTE
        if not name or repeated or is_own:
            held = read_venue(" ".join(texts)) if name == "venue" else None
            if held and not found.paper.get("year"):  # `conference-name:: ACL 2021` as well
                found.paper["year"] = held.year
            found.left.append((key, value))
            continue
        words: Value = value
        if fold_letters(key) == "categories" and isinstance(value, str) and "," not in value:
            words = list(value.split())  # Jekyll's way
        if _take(found, name, words, texts):
            found.named |= {"title"} if "title" in name and "title" in found.paper else set()
            found.named |= {name, "paper"} if names_paper(key) else {name}
            continue
        found.left.append((key, value))
        if name in ("doi", "arxiv", "year"):
            why = N_("“{value}” was not understood as {name}; it stays in the note.")
            found.remarks.append(Message.of(why, value=texts[0][:80], name=tidy_line(key)))


def _take(found: Described, name: str, value: Value, texts: list[str]) -> bool:
    """Put a value into its place; False where it does not fit there."""
    line = tidy_line(" ".join(texts))
    paper = found.paper
    match name:
        case "title" | "short_title":
            text = unlinked(line).strip("*_ ").removeprefix("@")
            if not re.search(r"\w", text):
                return False
            paper[name] = text
            if name == "title" and (link := MARKDOWN_LINK.search(line)) and "url" not in paper:
                _take_url(paper, link["url"])
        case "original_title" | "translated_title":
            given, text = str(paper.get("title", "")), unlinked(line).strip("*_ ")
            if name == "translated_title" and given:
                given, text = text, given
            paper["title"] = text
            if given not in ("", text):
                paper.setdefault("short_title", given)
        case "paper":
            return _take_paper(paper, line, several=len(texts) > 1)
        case "authors":
            people = tuple(parse_authors(value))
            if _OF_BLOGGERS.search(line) or any(map(_IN_A_SENTENCE.search, people)):
                return False
            paper[name] = people
        case "abstract":
            paper[name] = "\n\n".join(texts).strip()
        case "doi" | "arxiv":
            return len(texts) == 1 and _take_id(paper, line)
        case "tags":
            found.tags = tuple(dict.fromkeys((*found.tags, *parse_tags(value))))
        case "techniques" | "fields":
            setattr(found, name, tuple(_listed(texts)))
        case "aliases":
            if len(texts) > 1 or len(line) > 40 or "short_title" in paper:
                return False
            paper["short_title"] = unlinked(line)
        case "citekey":
            if not _CITEKEY.fullmatch(line.strip("`")):
                return False
            found.citekey = line.strip("`@[]")
        case "verdict" | "status":
            if len(line) > 40 or found.verdict:
                return False
            found.verdict = unlinked(line).strip("#* ")
            return name == "verdict"  # `status: done` says how far the reading is: it stays, too
        case "reason":
            found.reason = "\n".join(texts).strip()
        case "kind":
            if line.lower() not in _KINDS:
                return False
            paper["kind"] = line.lower()
        case "type":
            if not (type_ := work_types.type_of(unlinked(line))):
                return _take_place(paper, line)
            found.details["type"] = type_
        case "editor":
            found.details["editor"] = "; ".join(parse_authors(value))
        case _ if name in _DETAILS:
            found.details[name] = line
        case _:
            return any(take(paper, line) for take in _LINES.get(name, ()))
    return True


def _take_year(paper: dict[str, object], text: str) -> bool:
    year = dates.partial_date(text)[:4] if len(text) <= 40 else ""
    if year:
        paper["year"] = int(year)
    return bool(year)


def _take_venue(paper: dict[str, object], text: str) -> bool:
    """A venue, and the year and the ids that may stand with it; an address is none."""
    if URL.match(text):
        return _take_url(paper, text)
    text = unlinked(text).strip("*_ ")
    if not re.search(r"[^\W\d_]{2}", text) or _NOT_YET.search(text):
        return text.isdigit() and _take_year(paper, text)  # `Journal / Year: 2018`
    ids_beside = list(_AND_ID.finditer(text))
    for found in ids_beside:
        if not paper.keys() & {"doi", "arxiv_id"}:
            _take_id(paper, found["id"])
    name = text[: ids_beside[0].start()].strip(" ,.;，。；(（") if ids_beside else text
    held = read_venue(re.split(r"[(（]", name)[0])
    if year := held.year if held else sole_year(text):
        paper.setdefault("year", year)
    if not (ids_beside and name.lower() in ("", "arxiv", "arxiv preprint")):  # where it lies
        paper["venue"] = name
    return True


def _take_place(paper: dict[str, object], text: str) -> bool:
    """A venue at a label of something else: `来源：EMNLP 2020`, `类型：ACL 2023`."""
    parts = re.split(r"[()（）]", unlinked(text), maxsplit=2)[:2]
    return any(map(read_venue, parts)) and _take_venue(paper, text)


def _take_reference(paper: dict[str, object], text: str) -> bool:
    """What a whole reference says, where nothing else did."""
    address = _address(text)
    cited = read_citation(URL.sub("", unlinked(text)).strip(" ."))
    if cited is None or not cited.is_sure:
        return False
    for name, value in {"title": cited.title, **cited.values()}.items():
        paper.setdefault(name, value)
    if address and not paper.keys() & {"doi", "arxiv_id", "url"}:
        _take_url(paper, address)
    return True


def _take_paper(paper: dict[str, object], text: str, *, several: bool) -> bool:
    """The paper itself: as it is cited, a link, or the title alone. Of anything else nothing, for a
    title cannot be told from names."""
    link, address = MARKDOWN_LINK.search(text), _address(text)
    if several or (address and not _take_url(paper, text) and not _take_url(paper, address)):
        return False
    title = unlinked(link["text"] if link else URL.sub("", text)).strip("*_ ")
    if not link and (held := _AND_ID.search(title)) and _take_id(paper, held["id"]):
        title = title[: held.start()] + title[held.end() :]  # "A title" (arXiv:…, Feb 2026)
    if not link and (cited := read_citation(title)):
        paper |= {"title": cited.title, **cited.values()}
        return True
    if not (name_of(title) or URL.match(title)) and re.fullmatch(
        r"\S.{7,299}" if link else r"[^.。;；]{8,300}\.?", title
    ):
        paper["title"] = title.removesuffix(".")
        return True
    return bool(address)


def _take_date(paper: dict[str, object], text: str) -> bool:
    plain = _WEEKDAY.sub("", normalize("NFKC", text[:_LONGEST_DATE]), count=1).strip("[] ")
    iso, (start, _) = dates.find_date(plain)
    if not iso or start:
        return False
    paper["published"] = iso
    paper.setdefault("year", int(iso[:4]))
    return True


def _take_id(paper: dict[str, object], text: str) -> bool:
    """An arXiv id or a DOI, of which arXiv's says the id as well."""
    found = doi_ids.find_dois(MARKDOWN_LINK.sub(r"\g<text> \g<url>", text))
    if found:
        paper["doi"] = found[0]
    return _take_arxiv(paper, found[0] if found else _address(text) or text) or bool(found)


def _take_arxiv(paper: dict[str, object], text: str) -> bool:
    found = ids.try_arxiv_id(text)
    if found is None:
        return False
    paper["arxiv_id"], paper["arxiv_version"] = found.base, found.version
    return True


def _take_url(paper: dict[str, object], text: str) -> bool:
    """An address: arXiv's and DOI's are the paper's ids as well. Of several links, the one that is
    called by what it leads to: `[arXiv](…) · [code](…)`."""
    links = (each for each in MARKDOWN_LINK.finditer(text) if name_of(each["text"]))
    text = next((each[0] for each in links), text)
    address = _address(text)
    if not address or len(address) > 1_000 or len(URL.findall(text)) > 1 + ("](" in text):
        return False
    if "arxiv_id" not in paper and _take_arxiv(paper, address):
        return True
    if "doi" not in paper and (doi := doi_ids.try_doi(address)):
        paper["doi"] = doi.name
        return True
    if "url" in paper:
        return False
    paper["url"] = address
    if not _NO_DOI.search(address) and (held := doi_ids.in_address(address)):
        paper.setdefault("doi", held.name)
    return True


def _address(text: str) -> str:
    """The address that a text is or links to."""
    link = MARKDOWN_LINK.search(text)
    return next(iter(urls_in(link["url"] if link else text)), "")


# What is read of the one line at a label; the first of these that understands it takes it.
_LINES: dict[str, tuple[Callable[[dict[str, object], str], bool], ...]] = {
    "year": (_take_year,),
    "date": (_take_date, _take_place),
    "venue": (_take_venue,),
    "url": (_take_url, _take_place),
    "reference": (_take_reference,),
}


def _listed(texts: Iterable[str]) -> list[str]:
    items = (item for text in texts for item in re.split(r"[,，;；、]", text))
    tidy = (unlinked(item).strip("#\"' ") for item in dict.fromkeys(items))
    return list(dict.fromkeys(filter(None, tidy)))


def parse_tags(value: Value) -> list[str]:
    """`[a, b]`, `a, b`, `#a #b/c`, `[[a]]`: the words, without their marks."""
    found: list[str] = []
    for text in list_strings(value):
        if re.match(r"\s*#\w", text):
            text = re.sub(r"[\s,，]+(?=#)", ", ", text)
        found += _listed([text])
    return list(dict.fromkeys(found))
