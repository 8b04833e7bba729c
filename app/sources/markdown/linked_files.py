"""The files that a note refers to, and where they lie in the folder the note came in. Pure."""

import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".avif")
_REFERENCE = re.compile(
    r"(?P<bang>!?)\[(?P<alt>(?:[^\[\]\n]|\\\]|\[[^\[\]\n]{0,200}\]){0,500})\]"
    r"\(\s{0,3}(?:<(?P<angled>[^<>\n]{1,1000})>|(?P<plain>(?:\{\{[^{}\n]{1,200}\}\})?(?:[^\s()<>]|\([^\s()]{0,200}\)){1,2000}))"
    r"(?:\s{1,3}(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?\s{0,3}\)"
    r"|!\[\[(?P<wiki>[^\[\]|#\n]{1,500})(?:#[^\]|\n]{0,200})?(?:\|(?P<size>[^\]\n]{0,200}))?\]\]"
    r"|<img\s[^<>]{0,1000}?\bsrc\s*=\s*(?:\"(?P<double>[^\"\n<>]{1,2000})\"|'(?P<single>[^'\n<>]{1,2000})')[^<>]{0,1000}>",
    re.IGNORECASE,
)
_TARGETS = ("bang", "angled", "plain", "wiki", "double", "single")
_SHOWN = {"wiki": (*PICTURES, ".pdf"), "link": (".pdf",)}
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:|//|#", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[/\\~]|[a-z]:[/\\]|file:", re.IGNORECASE)
_CODE = re.compile(
    r"^( {0,3})(`{3,}|~{3,}).*?(?:^ {0,3}\2[`~]*\s*$|\Z)"
    r"|(?<!`)(?P<tick>`++).{1,2000}?(?<!`)(?P=tick)(?!`)",
    re.M | re.S,
)
_JEKYLL = re.compile(r"\{\{\s*(?:site\.\w+|[\"'](?P<path>[^\"'{}]+)[\"'][^{}]*)\s*\}\}/?")


class FileLink(NamedTuple):
    """`text[start:end]` shows or links `target`, which is as written. `form`: image, link, wiki
    or html."""

    start: int
    end: int
    target: str
    alt: str
    form: str

    @property
    def is_picture(self) -> bool:
        return self.form != "link"


def find_file_links(text: str) -> Iterator[FileLink]:
    """The pictures that a note shows and the PDFs that it links, code left aside; not what lies on
    the web."""
    code = [found.span() for found in _CODE.finditer(text)] if "`" in text or "~~~" in text else []
    at = 0
    for found in _REFERENCE.finditer(text):
        while at < len(code) and code[at][1] <= found.start():
            at += 1
        if at < len(code) and code[at][0] <= found.start():
            continue
        bang, angled, plain, wiki, double, single = found.group(*_TARGETS)
        target = (angled or plain or wiki or double or single or "").strip()
        form = "wiki" if wiki else "html" if double or single else "image" if bang else "link"
        if not target or (_ELSEWHERE.match(target) and not _ABSOLUTE.match(target)):
            continue
        if form in ("wiki", "link") and not _plain(target).lower().endswith(_SHOWN[form]):
            continue  # another note, shown in this one, or a page
        yield FileLink(found.start(), found.end(), target, found["alt"] or "", form)


def _plain(target: str) -> str:
    """A target as a path: decoded, without what follows `?` or `#`, and as Jekyll means it."""
    path = unquote(re.split(r"[?#]", _JEKYLL.sub(lambda m: m["path"] or "/", target))[0])
    return unicodedata.normalize("NFC", path.replace("\\", "/"))


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


class Shelf:
    """Finds the file of a folder that a reference means: beside the note, from the folder's root,
    from where a site has its root, or, as Obsidian does, by its name alone anywhere; upper and
    lower case make no difference. A picture that lies nowhere there, since the note was moved or
    names a place on another computer, is the only one of its name."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_path: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(paths, key=lambda path: (path.count("/"), path)):
            self._by_path.setdefault(_folded(path), path)
            self._by_name.setdefault(_folded(posixpath.basename(path)), []).append(path)

    def find(self, target: str, beside: str = "") -> str | None:
        """The path of the file that `target` means in a note at the path `beside`."""
        if _ELSEWHERE.match(target) and not _ABSOLUTE.match(target):
            return None
        for plain in dict.fromkeys((_plain(target), unicodedata.normalize("NFC", target))):
            here = posixpath.normpath(posixpath.join(posixpath.dirname(beside), plain))
            for path in (here, posixpath.normpath(plain)):
                if found := self._by_path.get(_folded(path)):
                    return found
            if plain.startswith("/") or "/" not in plain:
                ending = _folded(f"/{plain.lstrip('/')}")
                for path in self._by_name.get(_folded(posixpath.basename(plain)), ()):
                    if _folded(f"/{path}").endswith(ending):
                        return path
        name = posixpath.basename(_plain(target.removeprefix("file:")))
        alike = self._by_name.get(_folded(name), ())
        is_picture = posixpath.splitext(name)[1].lower() in PICTURES
        return alike[0] if is_picture and len(alike) == 1 else None


def readdress_files(text: str, addresses: Mapping[str, str], beside: str = "") -> str:
    """A note's text with the files of its folder at new addresses (by their path in the folder);
    what is not among them stays as it is. `beside` is the note's own path."""
    shelf = Shelf(addresses)
    parts: list[str] = []
    end = 0
    for reference in find_file_links(text):
        path = shelf.find(reference.target, beside)
        if path is None:
            continue
        written = text[reference.start : reference.end]
        address = addresses[path]
        if reference.form == "wiki":
            written = f"![{posixpath.basename(reference.target)}]({address})"
        else:
            start = written.rindex("](") + 2 if reference.form in ("image", "link") else 0
            written = written[:start] + written[start:].replace(reference.target, address, 1)
        parts += [text[end : reference.start], written]
        end = reference.end
    return "".join((*parts, text[end:]))
