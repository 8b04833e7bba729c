"""What Obsidian, Windows and a person need of names, tags and links, and the way back. Pure."""

import posixpath
import re
import unicodedata
from collections.abc import Callable, Container, Mapping
from urllib.parse import unquote

from app.kit.text import fold

# Of Windows, and of Obsidian's links. Control characters are no names either.
_ILLEGAL = re.compile(r'[\\/:*?"<>|#^\[\]%\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)
_COLON = "꞉"  # U+A789: reads as a colon, and is allowed everywhere
_DOT = "·"  # after a name that Windows keeps to itself
NAME_BYTES = 180  # of a file's name; systems take 255, sync tools put words behind

FOLDERS = {  # where things stand, and what a link calls them
    "paper": "papers",
    "technique": "techniques",
    "issue": "issues",
    "comparison": "comparisons",
    "correspondence": "correspondences",
    "field": "fields",
    "benchmark": "benchmarks",
    "note": "notes",
}
KINDS = {folder: kind for kind, folder in FOLDERS.items()}
TRASH = ".trash"


def key_name(key: str) -> str:
    """The file name, without its end, of a slug or citation key: itself, but for what cannot be."""
    return _RESERVED.sub(rf"\1{_DOT}", key.replace(":", _COLON), count=1)


def key_of(name: str) -> str:
    """The slug or citation key that `key_name` made a file name of."""
    return name.replace(_DOT, "").replace(_COLON, ":")


def title_name(title: str, number: int) -> str:
    """A file name for a note that every system takes; `note 12` where nothing is left."""
    name = " ".join(_ILLEGAL.sub(" ", unicodedata.normalize("NFC", title)).split())
    name = name.strip(". ").lstrip("@")
    name = name.encode()[:NAME_BYTES].decode(errors="ignore").rstrip(". ")
    return _RESERVED.sub(rf"\1{_DOT}", name, count=1) if name else f"note {number}"


def path_for(kind: str, key: str) -> str:
    """Where the file of a thing that has a key stands: `techniques/gated-fusion.md`."""
    return f"{FOLDERS[kind]}/{key_name(key)}.md"


def title_of_path(path: str) -> str:
    """What a file is called, however its ending is written: `Alone` of `notes/Alone.MD`."""
    return re.sub(r"\.md\Z", "", path.rpartition("/")[2], flags=re.IGNORECASE)


def link_to(kind: str, key: str) -> str:
    return f"[[{FOLDERS[kind]}/{key_name(key)}]]"


def linked_key(text: str, kind: str) -> str:
    """The key that a property's link names, however it is written: `[[techniques/x|X]]`, `x`."""
    inner = text.strip().removeprefix("[[").removesuffix("]]").split("|")[0].strip()
    name = inner.removesuffix(".md").rpartition("/")[2]
    return key_of(name).removeprefix(f"{kind}:")


# --- Tags: Obsidian takes letters, digits, `_`, `-` and `/`, and not digits alone ---

_NO_TAG = re.compile(r"[^\w/\-]+")


def tag_form(name: str) -> str:
    """A tag as Obsidian takes it: `vision-language` of `vision language`, `y2023` of `2023`."""
    plain = _NO_TAG.sub("-", unicodedata.normalize("NFC", name)).strip("-/")
    plain = re.sub(r"/{2,}", "/", plain)
    if not plain:
        return "tag"
    return plain if re.search(r"[^\d/\-_]", plain) else f"y{plain}"


def tag_forms(names: list[str]) -> tuple[list[str], list[str]]:
    """The tags as Obsidian takes them, and the names where those say less (else nothing)."""
    forms = list(dict.fromkeys(map(tag_form, names)))
    return forms, [] if forms == names else names


def tag_names(forms: list[str], names: list[str]) -> list[str]:
    """The names that `tag_forms` made `forms` of, as far as they are still there; and new ones."""
    made = {tag_form(name) for name in names}
    forms = [form.lstrip("#") for form in forms]
    kept = [name for name in names if tag_form(name) in forms]
    return kept + [form for form in dict.fromkeys(forms) if form and form not in made]


# --- Links in texts ---

# As app/notes/syntax.py reads them; within tables `\|` stands before what is shown.
_WIKI = re.compile(r"\[\[([^\[\]|\n\\]{1,1000})(?:(\\?\|)([^\[\]\n]{1,1000}))?\]\](?!\()")
_PREFIXED = re.compile(r"\s*(technique|issue|comparison|correspondence)\s*[:：]\s*(\S.*?)\s*\Z")
_PAPER_PREFIX = re.compile(r"\s*paper\s*[:：]\s*(\S.*?)\s*\Z")
_PICTURE = re.compile(r"\]\(attachment:([0-9a-f]{64})(?=[\s)])")
_PICTURE_FILE = re.compile(r"\]\(\.\./attachments/([0-9a-f]{64})\.(png|jpg|gif|webp)(?=[\s)])")
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
_WRITTEN = "|".join(FOLDERS.values())
_FILE_LINK = re.compile(
    rf"\[\[((?:{_WRITTEN})/[^\[\]|\n\\]+?)(\.md)?\\?\|([^\[\]\n]{{1,1000}})\]\](?!\()"
)


def picture_file(digest: str, media_type: str) -> str:
    return f"attachments/{digest}.{_ENDINGS.get(media_type, 'bin')}"


PDFS = "files"  # the folder of papers' files, in one for each paper


def pdf_name(name: str) -> str:
    """A paper's file as every system takes its name."""
    stem = name[:-4] if name.lower().endswith(".pdf") else name
    plain = title_name(stem, 0)
    return f"{'paper' if plain == 'note 0' else plain}.pdf"


def pdf_folder(citekey: str) -> str:
    """Where a paper's files stand."""
    return f"{PDFS}/{key_name(citekey)}"


def links_to_obsidian(text: str, titles: Mapping[str, str], pictures: Mapping[str, str]) -> str:
    """A Markdown text whose links work in Obsidian.

    `titles` has the files (without their ends) of notes and papers whose name is not that of their
    file, by the folded name; `pictures` the media types by digest. A link that is the name of a
    file already stays as it is.
    """

    def link(found: re.Match[str]) -> str:
        inner, bar, label = found.groups()
        target = _file_of(inner, titles)
        if target is None:
            return found[0]
        bar = bar or ("\\|" if "|" in _line(text, found) else "|")
        if label is None:
            return f"[[{target}{bar}{inner}]]"
        if _inner_of(target) != inner:
            return found[0]  # it could not be told any more how it was written
        return f"[[{target}.md{bar}{label}]]"

    def picture(found: re.Match[str]) -> str:
        kind = pictures.get(found[1])
        return f"](../{picture_file(found[1], kind)}" if kind in _ENDINGS else found[0]

    made = _PICTURE.sub(picture, text) if pictures else text
    if "[[" in made:
        text = made
        made = _WIKI.sub(link, made)
    return made


def _line(text: str, found: re.Match[str]) -> str:
    """What stands beside a link in its line: a pipe there makes it a cell of a table."""
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
    return text[start : found.start()] + text[found.end() : end if end >= 0 else len(text)]


def _file_of(inner: str, titles: Mapping[str, str]) -> str | None:
    """The file that a link names, if Obsidian does not find it by what is written."""
    if prefixed := _PREFIXED.match(inner):
        if called := titles.get(f"{prefixed[1]}:{fold(prefixed[2])}"):
            return called
        return f"{FOLDERS[prefixed[1]]}/{key_name(prefixed[2].lower())}"
    if paper := _PAPER_PREFIX.match(inner):
        return f"papers/{key_name(paper[1].lower())}"
    return titles.get(fold(inner))


def _inner_of(target: str) -> str:
    """How the thing of a file is written in a link with a text of its own."""
    folder, _, name = target.partition("/")
    kind = KINDS.get(folder, "")
    key = key_of(name)
    return key if kind == "paper" else f"{kind}:{key}"


def links_from_obsidian(text: str) -> str:
    """A text of the folder as the library writes it: the way back from `links_to_obsidian`."""

    def link(found: re.Match[str]) -> str:
        target, has_own, label = found.groups()
        return f"[[{_inner_of(target)}|{label}]]" if has_own else f"[[{label}]]"

    if "[[" in text:
        text = _FILE_LINK.sub(link, text)
    return _PICTURE_FILE.sub(r"](attachment:\1", text) if "../attachments/" in text else text


_EMBED = re.compile(r"!\[\[([^\[\]|\n]+\.(?:png|jpe?g|gif|webp))(?:\|([^\[\]\n]*))?\]\]", re.I)
_SHOWN = re.compile(r"!\[([^\[\]\n]*)\]\(<?([^()<>\s:]+\.(?:png|jpe?g|gif|webp))>?\)", re.I)


def picture_path(path: str, name: str, held: Container[str]) -> str | None:
    """The file of the folder that a text at `path` shows as `name`; None where there is none."""
    name = unquote(name).removeprefix("./")
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    tried = (beside, name, f"attachments/{name}")
    return next((each for each in tried if not each.startswith("..") and each in held), None)


def take_pictures(text: str, stored: Callable[[str], str | None]) -> str:
    """A text with the pictures of the folder named by the digests that `stored` gives for them."""

    def embed(found: re.Match[str]) -> str:
        digest = None if _PICTURE_FILE.match(f"]({found[1]})") else stored(found[1])
        words, name = found[2] or "", found[1].rpartition("/")[2].rpartition(".")[0]
        if re.fullmatch(r"\d{1,4}(x\d{1,4})?", words):  # how wide it is
            words = f"{name}|{words}"
        words = words or name
        return f"![{words}](attachment:{digest})" if digest else found[0]

    def shown(found: re.Match[str]) -> str:
        digest = None if _PICTURE_FILE.match(f"]({found[2]})") else stored(found[2])
        return f"![{found[1]}](attachment:{digest})" if digest else found[0]

    return _SHOWN.sub(shown, _EMBED.sub(embed, text)) if "![" in text else text


def there_and_back(text: str, made: str) -> bool:
    """Whether what `links_to_obsidian` made is read as `text` again."""
    return links_from_obsidian(made) == text
