"""What a link in a text names, and what it turned out to be. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias, get_args

from app.kit.text import fold, tidy_line
from app.sources.arxiv import ids
from app.sources.doi.ids import try_doi

__all__ = [
    "LinkReference",
    "LinkTarget",
    "NamedTerm",
    "ReferenceKind",
    "Resolver",
    "WrittenLink",
    "cited_key",
    "find_target",
    "heading_id",
    "identified_paper",
    "parse_link",
]

ReferenceKind = Literal[
    "paper", "technique", "issue", "comparison", "correspondence", "title", "arxiv", "doi", "tag"
]

_BY_OTHER_NAMES = ("title", "arxiv", "doi", "tag")
_PREFIXES: Mapping[str, ReferenceKind] = {
    **{
        kind: kind
        for kind in get_args(ReferenceKind)
        if kind not in ("title", "arxiv", "doi", "tag")
    },
    **{"note": "title", "论文": "paper", "技术": "technique", "问题": "issue", "议题": "issue"},
    **{"笔记": "title", "对照表": "comparison", "对应": "correspondence"},
}
_FOLDERS = {f"{kind}s": kind for kind in _PREFIXES if kind.isascii()}
# Our own keys (`kim2021vilt`) and most people's have a year in them; what has none is asked for as
# a title, and a resolver tries keys for titles too.
_CITEKEY = re.compile(r"[a-z][\w:.+-]*\d{4}[\w:.+-]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, order=True)
class LinkReference:
    """What was written, by kind and folded key: `paper`/`kim2021vilt`, `title`/`a note's title`."""

    kind: ReferenceKind
    key: str


class NamedTerm(NamedTuple):
    """A technique, issue, comparison or correspondence as links name it."""

    kind: ReferenceKind
    slug: str
    name_en: str
    name_zh: str
    synonyms: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


@dataclass(frozen=True)
class LinkTarget:
    """What a reference names: where it is, what it is called, what it is (for its CSS class).

    `title_zh` is its name in a Chinese sentence, where it has one.
    """

    url: str
    title: str
    kind: str
    title_zh: str = ""
    shown: str = ""  # the Markdown of a note that is shown where it is linked with `![[…]]`


@dataclass(frozen=True)
class WrittenLink:
    """What stands in `[[…]]`: all that it may name, the likeliest first, each with the heading that
    is meant there; `name` without folder and heading. One that names nothing has a `heading` of
    the text in which it stands."""

    ways: Mapping[LinkReference, str]
    name: str = ""
    heading: str = ""


Resolver: TypeAlias = (
    Callable[[LinkReference], LinkTarget | None] | Mapping[LinkReference, LinkTarget]
)


def parse_link(text: str) -> WrittenLink | None:
    """What the inside of `[[…]]` may name, as people write it: `key`, `@key`, `doi:10.…`,
    `a title`, `folder/a title.md`, `a title#a heading`, `issue:a name`; None where nothing is left
    of it."""
    if paper := identified_paper(text.strip()):
        return WrittenLink({paper: ""}, text.strip())
    ways = dict.fromkeys(_references(text), "")
    name, _, heading = text.partition("#")
    heading = "" if heading.startswith("^") else tidy_line(heading.rpartition("#")[2])
    if not name.strip() and heading:
        return WrittenLink({}, heading=heading)
    if name != text:
        ways |= {each: heading for each in _references(name) if each not in ways}
    folder, slash, last = name.strip().removesuffix(".md").removesuffix(".MD").rpartition("/")
    kind = _FOLDERS.get(fold(folder.rpartition("/")[2]), "")
    for plain in (f"{kind}:{last}" if kind else "", last, last.removeprefix("@")):
        ways |= {each: heading for each in _references(plain) if each not in ways}
    return WrittenLink(ways, (last if slash else name).strip()) if ways else None


def _references(text: str) -> list[LinkReference]:
    """What a name may mean that has neither a folder nor a heading."""
    if paper := identified_paper(text.strip()):
        return [paper]
    prefix, colon, rest = text.replace("：", ":", 1).partition(":")
    kind = _PREFIXES.get(fold(prefix)) if colon else None
    key = fold(text)
    whole = LinkReference("paper" if _CITEKEY.fullmatch(key) else "title", key)
    if kind is None:
        return [whole] if key else []
    if not rest.strip():
        return []
    # `问题：如何融合` may well be the title of a note.
    return [
        *([] if prefix.isascii() and kind != "title" else [whole]),
        LinkReference(kind, fold(rest)),
    ]


def find_target(link: WrittenLink, resolve: Resolver) -> LinkTarget | None:
    """What a link names, with the place of its heading, if that is known."""
    look_up = resolve.get if isinstance(resolve, Mapping) else resolve
    for reference, heading in link.ways.items():
        if target := look_up(reference):
            if heading and target.kind == "note":
                return replace(
                    target,
                    url=f"{target.url}#note-{target.url.rpartition('/')[2]}-{heading_id(heading)}",
                    title=f"{target.title} › {heading}",
                )
            return target
    if link.heading:
        return LinkTarget(f"#{heading_id(link.heading)}", link.heading, "note")
    return None


def heading_id(words: str) -> str:
    """The id of the first heading of these words in a text, before that text's own prefix."""
    return re.sub(r"[^\w]+", "-", words.lower()).strip("-") or "section"


def identified_paper(text: str) -> LinkReference | None:
    """The paper that an identifier, `arXiv:…`, `doi:…` or the address of one names, whatever the
    version."""
    if found := ids.try_arxiv_id(text):
        return LinkReference("arxiv", found.base)
    doi = try_doi(text)
    return LinkReference("doi", doi.folded) if doi else None


def cited_key(text: str) -> LinkReference | None:
    """The paper of `@key`, where that is a key as most are: with a year in it."""
    key = text.casefold()
    return LinkReference("paper", key) if _CITEKEY.fullmatch(key) else None
