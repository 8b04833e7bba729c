"""The rows of a library as the files of a folder: the same rows, the same bytes. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from pydantic import JsonValue

from app.kit.file_list import FILES
from app.kit.text import fold
from app.vault.dump_load import NUMBERING, Row, Tables
from app.vault.files import obsidian, readonly_views, row_format
from app.vault.files.document import VaultDocument, format_document, front_text, yaml_text

FORMAT = 1
OWN = ".crosswalk"
MARK = f"{OWN}/vault.yaml"  # by which a folder of ours is known
IN_YAML = (
    *("verdict", "mark_colour", "comparison", "claim", "ruling", "benchmark", "benchmark_category"),
    *("benchmark_mapping", "benchmark_result", "score", "score_pair", "hypothesis"),
    *("saved_search", "watch"),
)
# A line a row: nobody edits a history, and it is long.
IN_LINES = (
    *("note_revision", "paper_merge", "paper_distinct", "author_variant", "attachment"),
    *("cell_change", "benchmark_item"),
    *("file", "paper_file", "removed_file"),
    *("import_batch", "import_item", "link", "mark", NUMBERING),
)


class Folder:
    """Which file each row of a library has, and how links to them are written."""

    def __init__(self, tables: Tables) -> None:
        self.pdfs = pdf_paths(
            (str(row["paper"]), str(row["sha256"]), str(row["name"]))
            for row in tables.get("paper_file", [])
        )
        self.tables = {**tables, "paper": _with_files(tables.get("paper", []), self.pdfs)}
        self.pictures = {
            str(row["sha256"]): str(row["media_type"]) for row in tables.get("attachment", [])
        }
        self.notes: dict[tuple[str, str], list[Row]] = defaultdict(list)
        alone: list[Row] = []
        for note in tables.get("note", []):
            subject = next((name for name in row_format.SUBJECTS if note.get(name)), None)
            if subject and not note.get("trashed_at"):
                self.notes[subject, str(note[subject])].append(note)
            else:
                alone.append(note)
        self.alone = {self._own_name(note): note for note in _by_name(alone)}
        self.titles = self._titles()

    def _own_name(self, note: Row) -> str:
        place = f"{obsidian.TRASH}/notes" if note.get("trashed_at") else "notes"
        return f"{place}/{note['file']}.md"

    def _titles(self) -> dict[str, str]:
        """Names that Obsidian would not find a file by, with the file (weakest first)."""
        titles: dict[str, str] = {}
        plain: Counter[str] = Counter()
        for kind, folder in obsidian.FOLDERS.items():
            if kind != "note":
                rows = self.tables.get(kind, [])
                plain.update(
                    fold(obsidian.key_name(row_format.key_of_row(kind, row))) for row in rows
                )
                plain.update([folder])
        titles |= self._term_titles()
        alone = {note.get("id"): path.removesuffix(".md") for path, note in self.alone.items()}
        for row in self.tables.get("note_revision", []):
            number = row.get("note_id")
            if number in alone and (name := fold(str(row.get("title", "")))):
                titles[name] = alone[number]
        for path, note in reversed(self.alone.items()):
            if not note.get("trashed_at"):
                name = fold(str(note.get("title", "")))
                if name and (fold(str(note["file"])) != name or plain[name]):
                    titles[name] = path.removesuffix(".md")
                elif name:
                    titles.pop(name, None)
        papers = [row for row in self.tables.get("paper", []) if not row.get("trashed_at")]
        for names in (("title", "short_title"), ("former_citekeys",)):
            for row in reversed(papers):
                for name in (each for of in names for each in row_format.list_texts(row.get(of))):
                    titles[fold(name)] = f"papers/{obsidian.key_name(str(row['citekey']))}"
        for row in papers:
            key = str(row["citekey"])
            if obsidian.key_name(key) != key or plain[fold(key)] > 1:
                titles[fold(key)] = f"papers/{obsidian.key_name(key)}"
            else:
                titles.pop(fold(key), None)
        return titles

    def _term_titles(self) -> dict[str, str]:
        """What techniques and issues are and were called, with its kind before it and without."""
        titles: dict[str, str] = {}
        for kind in ("issue", "technique"):
            for names in (
                ("former_names",),
                ("synonyms_en", "synonyms_zh"),
                ("name_en", "name_zh"),
            ):
                for row in reversed(self.tables.get(kind, [])):
                    path = f"{obsidian.FOLDERS[kind]}/{obsidian.key_name(str(row['slug']))}"
                    said = [each for of in names for each in row_format.list_texts(row.get(of))]
                    for name in map(fold, said):
                        titles[name] = titles[f"{kind}:{name}"] = path
            for row in self.tables.get(kind, []):
                titles.pop(f"{kind}:{fold(str(row['slug']))}", None)
        return titles

    def out(self, text: str) -> str | None:
        if "[[" not in text and "attachment" not in text:
            return text
        made = obsidian.links_to_obsidian(text, self.titles, self.pictures)
        return made if obsidian.there_and_back(text, made) else None

    def path_of(self, kind: str, row: Row) -> str:
        path = obsidian.path_for(kind, row_format.key_of_row(kind, row))
        return f"{obsidian.TRASH}/{path}" if row.get("trashed_at") else path

    def document(self, kind: str, row: Row) -> VaultDocument:
        notes = self.notes.get((kind, row_format.key_of_row(kind, row)), [])
        return row_format.document_of(kind, row, notes, self.out)

    def own_note(self, note: Row) -> str:
        front, body = row_format.note_document(
            {name: value for name, value in note.items() if name != "file"}, self.out
        )
        return f"{front_text(front)}\n{body}\n" if body else front_text(front)

    def documents(self) -> Iterator[tuple[str, str, int, str]]:
        """Path, kind, number and text of what is kept in step: papers, terms, notes …"""
        for path, kind, number, _, text in self.sources():
            yield path, kind, number, text()

    def sources(self) -> Iterator[tuple[str, str, int, list[Row], Callable[[], str]]]:
        """The same, each with the rows that it is made of, and what writes its text: of these rows
        and, where they have links or pictures, of the folder's `titles` and `pictures`."""
        for kind in ("paper", "technique", "issue", "field", "correspondence"):
            for row in self.tables.get(kind, []):
                rows = [row, *self.notes.get((kind, row_format.key_of_row(kind, row)), [])]
                text = partial(self._term_text, kind, row)
                yield self.path_of(kind, row), kind, int(str(row["id"])), rows, text
        for path, note in self.alone.items():
            yield path, "note", int(str(note["id"])), [note], partial(self.own_note, note)

    def _term_text(self, kind: str, row: Row) -> str:
        return format_document(self.document(kind, row))

    def mark(self, files: Mapping[str, str]) -> str:
        """The file by which a folder of ours is known; it comes last. How many rows of each table
        there are in the folder, the numbers of notes by their files, for these may be called
        otherwise, and all other files with their digests."""
        counts = {name: len(rows) for name, rows in self.tables.items() if rows}
        numbers = {path: note["id"] for path, note in self.alone.items()}
        held = dict(sorted(files.items()))
        return yaml_text({"format": FORMAT, "counts": counts, "notes": numbers, FILES: held})

    def others(self) -> Iterator[tuple[str, str]]:
        """Path and text of what the library alone writes, but for `mark`: tables to look at, and
        what Markdown has no place for."""
        for name in IN_YAML:
            if rows := self.tables.get(name):
                yield (
                    f"{OWN}/{name}.yaml",
                    yaml_text(rows, flow=None if name == "benchmark" else False),
                )
        for name in IN_LINES:
            if rows := self.tables.get(name):
                yield f"{OWN}/{name}.jsonl", "".join(f"{_line(row)}\n" for row in rows)
        yield from readonly_views.list_views(self.tables)

    def files(self) -> Iterator[tuple[str, str]]:
        """Every file but the pictures and the mark."""
        for path, _, _, text in self.documents():
            yield path, text
        yield from self.others()


def pdf_paths(held: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """The papers' files (a citation key, a SHA-256, a name) by their paths, each with its SHA-256:
    no two of one path in any case of letters."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for citekey, digest, name in held:
        path = f"{obsidian.pdf_folder(citekey)}/{obsidian.pdf_name(name)}"
        if path.casefold() in used:
            path = f"{path.removesuffix('.pdf')} ({digest[:8]}).pdf"
        used.add(path.casefold())
        found[path] = digest
    return found


def _with_files(papers: Iterable[Row], pdfs: Iterable[str]) -> list[Row]:
    """The papers' rows, each with links to its files."""
    lying: dict[str, list[JsonValue]] = defaultdict(list)
    for path in pdfs:
        lying[path.rpartition("/")[0]].append(f"[[{path}]]")
    return [
        {**row, "files": found} if (found := lying.get(folder)) else row
        for row in papers
        for folder in (obsidian.pdf_folder(str(row["citekey"])),)
    ]


def _line(row: Mapping[str, JsonValue]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(", ", ": "))


def _by_name(notes: Iterable[Row]) -> Iterator[Row]:
    """The notes with the names of their files, of which no two are the same in any case of letters:
    the second has its number behind it."""
    used: set[str] = set()
    for note in notes:
        number = int(str(note["id"]))
        name = obsidian.title_name(str(note.get("title", "")), number)
        if name.casefold() in used:
            name = f"{name} ({number})"
        used.add(name.casefold())
        yield {**note, "file": name}
