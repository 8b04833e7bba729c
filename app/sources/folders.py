"""A folder of files, or an unpacked zip → papers and notes. Pure.

Each file is read by what it is; pictures and PDFs are found for the notes that name them; what an
index file says of a paper goes to the file that it links; a note that has the citation key of a
reference beside it is that paper's note.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from app.errors import N_, Invalid, Message, Problem
from app.kit.decoding import decode_text
from app.kit.effort import effort_for
from app.kit.text import fold, fold_letters, tidy_body
from app.sources.drafts import NoteDraft, PaperDraft, ReadFile, RecordDraft, fill_draft
from app.sources.markdown import papers
from app.sources.markdown.linked_files import Shelf, find_file_links

Item = TypeVar("Item", bound=Hashable)

FORMAT = "folder"
Reader = Callable[[str, str], ReadFile]
MARKDOWN = (".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd")
TEXTS_LIMIT = 40_000_000  # bytes that are read at once; what is made of them takes seven times that
_SOMETHING = re.compile(r"(?:[^\W_][\W_]*){3}")  # letters or digits that a note must have
_TITLE = 12  # letters of a title that is no other's
_NAMED = 8  # files that a remark names
# Markdown that is no note: templates, what programs keep beside notes, copies that syncing made.
_NO_NOTE = re.compile(
    r"(?:^|/)(?:logseq/(?:bak|version-files)|_?templates?|archetypes|模板)/"
    r"|(?:^|/)(?:node_modules|__MACOSX|@eaDir|#recycle)/"
    r"|(?:(?:^|[/ _-])_?template(?:[_-]\w+)?|(?-i:[a-z]Template(?:_\w+)?)|模板)\.(?:md|markdown)$"
    r"|\.sync-conflict-|\(.*conflicted copy.*\)|冲突(?:副本|文件)|_conflict-\d"
    r"|-(?:LAPTOP|DESKTOP)-[A-Z\d]{6,8}\.md$"
    r"|(?:^|/)\.(?:_|[^./][^/]*/)|\.(?:excalidraw|tmp)\.md$|(?:^|/)~|\.(?:icloud|tmp|swp|bak)$",
    re.IGNORECASE,
)
_DRAWING_OR_TEMPLATE = re.compile(
    r"\ufeff?---\s*\n(?:[^\n]*\n)*?(?:excalidraw-plugin:|[\w-]+:[^\n]*(?:\{\{|<%))", re.IGNORECASE
)
_SCRIPT = re.compile(rb"(?:\xef\xbb\xbf)?\s*<%")  # Templater's
_WIKILINK = re.compile(r"\[\[(?P<name>[^\[\]|#^\n]{1,300})")
_FILE_LINK = re.compile(r"\]\(<?(?P<path>(?![a-z]+:)[^()<>#\n]{1,300}\.(?:md|markdown))[)>#]", re.I)


def read_folder_files(
    files: Mapping[str, bytes],
    readers: Mapping[str, Reader] | None = None,
    *,
    unread: Collection[str] = (),
) -> ReadFile:
    """The records of all files, by path. `readers` says by a file name's ending (`.bib`) who reads
    what is not Markdown; what nobody reads, as those that are to be `unread`, is counted in a
    problem that lists the paths."""
    shelf = Shelf(files)
    taken = {**dict.fromkeys(MARKDOWN, papers.read_paper_notes), **(readers or {})}
    found, size = _Found(), 0
    skipped = [path for path in sorted(files) if _is_no_note(path, files)]
    for path in sorted({*files}.difference(skipped)):
        reader = taken.get(posixpath.splitext(path)[1].lower())
        if reader is None or path in unread:
            found.others.append(path)
            continue
        data = files[path]
        if size + len(data) > TEXTS_LIMIT:
            why = N_("With it there would be more text than is read at once. Import it by itself.")
            found.problems.append(Problem(line=1, why=Message.of(why), raw="", path=path))
            continue
        size += len(data)
        _read_one(path, data, reader, shelf, found)
    if skipped:
        found.problems.append(_skipped(skipped))
    records = _described(_indexed(_by_name(found.records, files, skipped), files))
    used = {path for record in records for path in record.files}
    pdfs = (path for path in found.others if path.lower().endswith(".pdf"))
    used |= {*pdfs}  # which are read elsewhere
    if left := [path for path in found.others if path not in used]:
        found.problems.append(_unread(left))
    return ReadFile(format=FORMAT, records=tuple(records), problems=tuple(found.problems))


@dataclass
class _Found:
    records: list[RecordDraft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def _read_one(path: str, data: bytes, reader: Reader, shelf: Shelf, found: _Found) -> None:
    try:
        text = decode_text(data)
    except Invalid:
        why = Message.of(N_("This is not a text file."))
        found.problems.append(Problem(line=1, why=why, raw="", path=path))
        return
    if not _SOMETHING.search(text):
        why = Message.of(N_("There is nothing in this file."))
        found.problems.append(Problem(line=1, why=why, raw=text, path=path))
        return
    try:
        with effort_for(text):
            read = reader(text, path)
    except Invalid as error:
        why = next(iter(error.errors.values()))
        found.problems.append(Problem(line=1, why=why, raw=text, path=path))
        return
    found.records += [_placed(record, path, shelf) for record in read.records]
    found.problems += [problem.model_copy(update={"path": path}) for problem in read.problems]


def _placed(record: RecordDraft, path: str, shelf: Shelf) -> RecordDraft:
    """`record` with its path, and the files it names as they are called in the folder."""
    named = {
        reference.target: reference.is_picture
        for note in record.notes
        for reference in find_file_links(note.body)
    } | dict.fromkeys(record.files, False)
    lying = {target: shelf.find(target, path) for target in named}
    missing = [
        target
        for target, is_picture in named.items()
        if lying[target] is None and (is_picture or target in record.files)
    ]
    remarks = record.remarks
    if missing:
        shown = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
        remarks += (
            Message.of(
                N_("Not in the folder, and left in the text as they are ({count}): {names}."),
                count=len(missing),
                names=shown,
            ),
        )
    here = tuple(dict.fromkeys(place for place in lying.values() if place))
    return record.model_copy(update={"path": path, "files": here, "remarks": remarks})


def _is_no_note(path: str, files: Mapping[str, bytes]) -> bool:
    """Whether a file is Markdown of some program's own, or a form to be filled in."""
    if not _is_markdown(path):
        return False
    data = files[path]
    is_form = _SCRIPT.match(data) or _DRAWING_OR_TEMPLATE.match(_head(data))
    return bool(_NO_NOTE.search(path) or is_form)


def _head(data: bytes) -> str:
    head = data[:4_000].decode("utf-8", "replace").replace("\r\n", "\n")
    end = re.search(r"\n---\s*\n", head)
    return head[: end.end()] if end else ""


def _skipped(paths: list[str]) -> Problem:
    shown = ", ".join(paths[:_NAMED]) + (" …" if len(paths) > _NAMED else "")
    why = Message.of(
        N_("Left out ({count} files): templates, and what programs keep for themselves: {names}."),
        count=len(paths),
        names=shown,
    )
    return Problem(line=1, why=why, raw="\n".join(paths), kept=False)


def _by_name(
    records: list[RecordDraft], files: Mapping[str, bytes], skipped: Collection[str]
) -> list[RecordDraft]:
    """The records, where a note goes on being found by its file's name: it is called by it where
    others of the folder link `[[name]]`, as the programs do that read this so; else it is another
    name of a note that stands alone, or that others link `[…](name.md)`."""
    texts = [
        files[path].decode("utf-8", "replace")
        for path in files
        if _is_markdown(path) and path not in skipped
    ]
    linked = {fold(_name_of(m["name"])) for text in texts for m in _WIKILINK.finditer(text)}
    addressed = {
        fold(_name_of(unquote(m["path"]))) for text in texts for m in _FILE_LINK.finditer(text)
    }
    several = Counter(record.path for record in records)
    named = []
    for record in records:
        name = _name_of(record.path)
        if several[record.path] == 1 and record.notes and _is_markdown(record.path):
            first, *rest = record.notes
            alone = record.draft is None
            if alone and fold(name) in linked:
                first = first.model_copy(update={"title": name})
            elif fold(name) in linked | addressed or (alone and not papers.is_index(name)):
                first = first.model_copy(update={"aliases": (name, *first.aliases)})
            record = record.model_copy(update={"notes": (first, *rest)})
        named.append(record)
    return named


def _name_of(path: str) -> str:
    stem, ending = posixpath.splitext(posixpath.basename(path.strip()))
    return stem if ending.lower() in MARKDOWN else f"{stem}{ending}"


def _unread(paths: list[str]) -> Problem:
    endings = Counter(
        posixpath.splitext(path)[1].lower() or posixpath.basename(path) for path in paths
    )
    shown = ", ".join(f"{ending} ({count})" for ending, count in endings.most_common(_NAMED))
    why = Message.of(
        N_("Neither notes nor references, and no note shows them ({count} files): {kinds}."),
        count=len(paths),
        kinds=shown,
    )
    return Problem(line=1, why=why, raw="\n".join(paths), kept=False)


# --- Index files --------------------------------------------------------------------------------


def _indexed(records: list[RecordDraft], files: Mapping[str, bytes]) -> list[RecordDraft]:
    """The records, where an item of a list that links a note of the folder is none of its own:
    what it says goes to that note's record where that is silent, and the list stays a note."""
    several = Counter(record.path for record in records)
    alone = {record.path: at for at, record in enumerate(records) if several[record.path] == 1}
    kept: list[RecordDraft | None] = list(records)
    indexes: dict[str, None] = {}
    for at, item in enumerate(records):
        target = next((path for path in item.files if path in several), None)
        if target is None or not _is_markdown(item.path):
            continue
        kept[at] = None
        indexes.setdefault(item.path)
        noted = kept[alone[target]] if target in alone else None
        if noted is not None:
            kept[alone[target]] = _filled(noted, item)
    result = [record for record in kept if record is not None and not _is_rest(record, indexes)]
    return [*result, *(_whole(path, decode_text(files[path])) for path in indexes)]


def _is_rest(record: RecordDraft, indexes: Mapping[str, None]) -> bool:
    return record.path in indexes and record.draft is None


def _whole(path: str, text: str) -> RecordDraft:
    title = papers.title_of(text, path)
    body = tidy_body(text).strip("\ufeff\n")
    return RecordDraft(
        draft=None, key=path, path=path, raw=text, notes=(NoteDraft(title=title, body=body),)
    )


def _filled(record: RecordDraft, item: RecordDraft) -> RecordDraft:
    """`record` with what an index says of it: its tags, and what its own text leaves open."""
    draft, given = record.draft, item.draft
    if given is not None and draft is None and (given.authors or given.year):
        draft = given
    elif given is not None and draft is not None:
        draft = _with(draft, given, ("short_title", "authors", "year", "venue"))
    return record.model_copy(update={"draft": draft, "tags": _both(record.tags, item.tags)})


def _with(draft: PaperDraft, given: PaperDraft, names: Iterable[str]) -> PaperDraft:
    """`draft` with the parts of `given`, by their names, that it leaves open."""
    empty = {name: getattr(given, name) for name in names if not getattr(draft, name)}
    return draft.model_copy(update=empty)


def _both(first: tuple[Item, ...], second: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*first, *second)))


# --- Notes beside a file of references ----------------------------------------------------------


def _described(records: list[RecordDraft]) -> list[RecordDraft]:
    """The records, where a reference and a note with one citation key, which may be its file's
    name, are one: the reference is the paper's record, filled up from the note's head, and the note
    is its note. So is a note that is called as the reference is titled."""
    several = Counter(record.path for record in records)
    noted: dict[str, int] = {}
    called: dict[str, int] = {}  # by the letters of its name, for a name may not have all signs
    for at, record in enumerate(records):
        if not _is_markdown(record.path):
            continue
        if several[record.path] == 1:
            stem = posixpath.splitext(posixpath.basename(record.path))[0]
            noted.setdefault(fold(stem.removeprefix("@")), at)
            called.setdefault(fold_letters(stem), at)
        if record.draft and record.citekey:
            noted[fold(record.citekey)] = at
    kept: list[RecordDraft | None] = list(records)
    for at, reference in enumerate(records):
        titled = fold_letters(reference.draft.title) if reference.draft else ""
        place = noted.get(fold(reference.citekey)) if reference.citekey else None
        if place is None:
            key = fold_letters(reference.citekey)
            place = called.get(key) if key else None
        if place is None and len(titled) >= _TITLE:
            place = called.get(titled)
        note = kept[place] if place is not None else None
        if place is None or note is None or not reference.draft or _is_markdown(reference.path):
            continue
        draft = fill_draft(reference.draft, note.draft) if note.draft else reference.draft
        note = _of_its_paper(note, {fold_letters(reference.citekey), titled})
        both = {"draft": draft, "raw": f"{note.raw}\n\n{reference.raw}"}
        for name in ("tags", "notes", "techniques", "fields", "files", "remarks"):
            both[name] = _both(getattr(note, name), getattr(reference, name))
        for name in ("verdict", "reason", "citekey"):
            both[name] = getattr(note, name) or getattr(reference, name)
        kept[place], kept[at] = note.model_copy(update=both), None
    return [record for record in kept if record is not None]


def _of_its_paper(note: RecordDraft, names: Collection[str]) -> RecordDraft:
    """A note that has a paper now, and needs no title that is only its paper's key or title."""
    notes = tuple(
        each.model_copy(update={"title": ""}) if fold_letters(each.title) in names else each
        for each in note.notes
    )
    return note.model_copy(update={"notes": notes})


def _is_markdown(path: str) -> bool:
    return path.lower().endswith(MARKDOWN)
