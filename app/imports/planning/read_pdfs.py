"""PDFs of a folder or an archive as papers: what each says it is, by an id that is printed on it or
is its name, else by its title."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile

from app.errors import N_, CrosswalkError, Message, Problem
from app.files.extraction import FileOpening, read_opening
from app.kit.text import tidy_line
from app.sources.arxiv.ids import ArxivId, try_arxiv_id
from app.sources.doi.ids import Doi
from app.sources.drafts import PaperDraft, ReadFile, RecordDraft
from app.sources.web.page_capture import find_id

_HEAD = 1024  # bytes within which readers look for a PDF's first line
_TITLE = 300  # characters
# arXiv prints it into the margin of the first page: arXiv:2208.10442v2 [cs.CV] 31 Aug 2022
_STAMP = re.compile(
    r"arXiv:\s?(?P<id>[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,3})?|[a-z-]{2,20}(?:\.[A-Z]{2})?/[0-9]{7}"
    r"(?:v[0-9]{1,3})?)\s{0,3}\[[a-z-]{2,20}(?:\.[A-Za-z-]{2,20})?\]"
)
_NUMBERED = re.compile(r"(?<![0-9.])[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,3})?(?![0-9.])")
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\"<>{}|\\^`\]]{2,200}")
_LABEL = re.compile(
    r"(?:doi(?:\.org)?\s?[:/]|digital object identifier|DOI)\s{0,3}(?:https?://(?:dx\.)?doi\.org/)?\Z",
    re.IGNORECASE,
)
# What programs write into a PDF's metadata where nobody gave it a title.
_NO_TITLE = re.compile(
    r"untitled|title|document\d*|binder\d*|scan.{0,20}|paper|manuscript|main|article|template|"
    r"microsoft word|powerpoint|latex|acl|[\W\d_]+|"
    r".{0,60}\.(?:pdf|docx?|tex|dvi|ps|indd|eps|qxd|rtf)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")
CANNOT_TELL = N_("No arXiv id, no DOI and no title could be read in it: say what it is.")


def is_pdf(data: bytes) -> bool:
    """Whether these bytes begin as a PDF does."""
    return b"%PDF-" in data[:_HEAD]


def find_pdfs(files: Mapping[str, bytes]) -> dict[str, str]:
    """The PDFs among the files, by path: the SHA-256 of each."""
    found = {}
    for path in files:
        if path.lower().endswith(".pdf"):
            data = files[path]
            if is_pdf(data):
                found[path] = sha256(data).hexdigest()
    return found


def read_pdfs(files: Mapping[str, bytes], pdfs: Mapping[str, str]) -> ReadFile:
    """A record for each PDF; one that is there twice, once. What cannot be opened is a problem."""
    records: list[RecordDraft] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for path, digest in pdfs.items():
        if digest in seen:
            continue
        seen.add(digest)
        opened = _open(_Bytes(digest, files[path]))
        if isinstance(opened, Message):
            problems.append(Problem(line=1, why=opened, raw="", path=path))
        draft = describe_pdf(
            PurePosixPath(path).name, None if isinstance(opened, Message) else opened
        )
        remarks = () if draft else (Message(CANNOT_TELL),)
        named = draft or PaperDraft(title=tidy_line(PurePosixPath(path).stem) or "PDF")
        records.append(
            RecordDraft(
                draft=named, key=path, path=path, raw=digest, files=(path,), remarks=remarks
            )
        )
    return ReadFile(format="pdf", records=tuple(records), problems=tuple(problems))


class _Bytes:
    """A PDF's bytes, known by their digest."""

    def __init__(self, digest: str, data: bytes) -> None:
        self.digest = digest
        self.data = data

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes) and other.digest == self.digest


def _open(pdf: _Bytes) -> FileOpening | Message:
    """What it says of itself, or why it cannot be read; kept, for a preview is looked at often."""
    known = _opened(pdf.digest)
    if not known:
        try:
            with NamedTemporaryFile(suffix=".pdf") as file:
                file.write(pdf.data)
                file.flush()
                known.append(read_opening(Path(file.name), texts=1))
        except CrosswalkError as error:
            known.append(error.message)
    return known[0]


@lru_cache(maxsize=4_096)
def _opened(_digest: str) -> list[FileOpening | Message]:
    return []


def describe_pdf(name: str, opening: FileOpening | None) -> PaperDraft | None:
    """The paper that a PDF called `name` says it is; None where it cannot be told. Pure."""
    text = opening.texts[0].text if opening and opening.texts else ""
    metadata = opening.metadata if opening else {}
    found = _arxiv_id(name, text) or _printed_doi(text, metadata)
    title = _title(opening, text, metadata)
    if found is None and not title:
        return None
    if isinstance(found, ArxivId):
        return PaperDraft(
            title=title or f"arXiv:{found.base}",
            arxiv_id=found.base,
            arxiv_version=found.version,
            url=ArxivId(found.base).url,
        )
    return PaperDraft(title=title or f"doi:{found}", doi=str(found) if found else None)


def _arxiv_id(name: str, text: str) -> ArxivId | None:
    """The id of the margin, or of the file's name. Others on a page are of papers that it cites."""
    if stamp := _STAMP.search(text):
        return try_arxiv_id(stamp["id"])
    stem = name.rsplit(".", 1)[0]
    if whole := try_arxiv_id(stem.replace("_", "/")):
        return whole
    inside = _NUMBERED.search(stem)
    return try_arxiv_id(inside[0]) if inside else None


def _printed_doi(text: str, metadata: Mapping[str, str]) -> Doi | ArxivId | None:
    """The DOI that the metadata name, or that the first page prints as its own: the only one on it,
    or the only one that is called so."""
    for said in metadata.values():
        if inside := _DOI.search(said):
            return find_id(inside[0].rstrip(".,;)"))
    printed = {each[0].rstrip(".,;)").lower(): each for each in _DOI.finditer(text)}
    if len(printed) > 1:
        printed = {
            key: each
            for key, each in printed.items()
            if _LABEL.search(text[max(0, each.start() - 60) : each.start()])
            and each.start() < len(text) // 3
        }
    if len(printed) != 1:
        return None
    (only,) = printed.values()
    return find_id(only[0].rstrip(".,;)"))


def _title(opening: FileOpening | None, text: str, metadata: Mapping[str, str]) -> str:
    """The title of the metadata where the page shows it too, else the page's largest lines, else
    what the metadata say of pages without text."""
    shown = _sensible(opening.title if opening else "")
    told = _sensible(metadata.get("Title", ""))
    if told and (_letters(told) in _letters(text) or not text):
        return told
    return shown


def _sensible(title: str) -> str:
    """A title that can be one; nothing of a placeholder or a file's name."""
    title = tidy_line(title)[:_TITLE]
    words, letters = _WORD.findall(title), _HAN.findall(title)
    if _NO_TITLE.fullmatch(title) or (len(words) < 2 and len(letters) < 4):
        return ""
    return title


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
