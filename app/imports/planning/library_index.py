"""What the library knows of the names in a file, and of earlier imports of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.imports import queries
from app.imports.planning.name_finder import KnownName
from app.imports.queries import KnownPaper
from app.imports.rules import PassingMention, Suggestion
from app.imports.starter import known_names
from app.kit.text import fold_letters
from app.models import ImportItem, Note, Paper
from app.sources.markdown.note_list import NoteEntry, parse_note_list


@dataclass(frozen=True)
class LibraryIndex:
    """The library, as far as names in a file may mean something of it."""

    by_arxiv: Mapping[str, KnownPaper]
    by_title: Mapping[str, Sequence[KnownPaper]]
    by_key: Mapping[str, PassingMention]  # what a KnownName's key stands for
    names: Sequence[KnownName]
    techniques: Mapping[str, Suggestion]
    spellings: Mapping[str, tuple[str, ...]]
    issues: Mapping[str, str]

    @classmethod
    def load(cls, session: Session) -> "LibraryIndex":
        papers = queries.known_papers(session)
        by_title: dict[str, list[KnownPaper]] = {}
        for paper in papers:
            for key in {fold_letters(title) for title in (paper.short_title, paper.title)} - {""}:
                by_title.setdefault(key, []).append(paper)
        by_key: dict[str, PassingMention] = {}
        names: list[KnownName] = []
        for row in known_names():
            spelled = (row["title"], *row["names"])
            keys = (key for each in spelled if (key := fold_letters(each)) in by_title)
            found = next((by_title[key][0] for key in keys), None)
            named = PassingMention(
                title=found.title if found else row["title"],
                raw="",
                citekey=found.citekey if found else "",
                kind=row["kind"],
                names=spelled,
            )
            by_key[row["title"]] = named
            names.append(KnownName(row["title"], tuple(row["names"])))
        for paper in papers:
            if _is_a_name(paper.short_title) and not paper.in_trash:
                by_key[paper.citekey] = PassingMention(paper.title, "", paper.citekey)
                names.append(KnownName(paper.citekey, (paper.short_title,)))
        techniques = queries.techniques_to_name(session)
        issues = queries.issues_to_name(session)
        return cls(
            by_arxiv={paper.arxiv_id: paper for paper in papers if paper.arxiv_id},
            by_title=by_title,
            by_key=by_key,
            names=names,
            techniques={
                each.slug: Suggestion(each.slug, each.name_en, each.name_zh, "")
                for each in techniques
            },
            spellings={
                t.slug: (t.name_en, t.name_zh, *t.synonyms_en, *t.synonyms_zh) for t in techniques
            },
            issues={
                fold_letters(name): issue.slug
                for issue in issues
                for name in (
                    *issue.synonyms_zh,
                    *issue.synonyms_en,
                    issue.name_zh,
                    issue.name_en,
                )
                if name
            },
        )

    def technique_names(self) -> list[KnownName]:
        return [
            KnownName(slug, tuple(name for name in names if len(name) > 1))
            for slug, names in self.spellings.items()
        ]

    def papers(self, entry: NoteEntry) -> Sequence[KnownPaper]:
        """The paper that an entry is about: by arXiv id, title (with or without its short name in
        front), or short title. Several where they have one title (another edition, a volume) and
        the entry does not say the year of one of them; any before those in the trash."""
        if by_id := self.by_arxiv.get(entry.arxiv_id):
            return [by_id]
        short = fold_letters(entry.short_title)
        for key in filter(None, (*map(fold_letters, (entry.title, entry.heading)), short)):
            found = [
                each
                for each in self.by_title.get(key) or self.by_title.get(short + key) or ()
                if not (entry.arxiv_id and each.arxiv_id)  # two ids are two papers
                # A short name alone finds a stub.
                and (key != short or fold_letters(each.title) == short)
            ]
            if found:
                here = [each for each in found if not each.in_trash] or found[:1]
                dated = [each for each in here if entry.published[:4] == str(each.year)]
                return dated if len(dated) == 1 else here
        return []


def _is_a_name(short_title: str) -> bool:
    """`attention` in a text is a word; `ViLT` or 门控 there is a name."""
    return len(short_title) > 1 and short_title != short_title.lower()


@dataclass(frozen=True)
class PreviousImports:
    """What earlier imports brought in."""

    items: Mapping[str, ImportItem]  # of files of this name, by entry key
    elsewhere: Mapping[str, ImportItem]  # of any file, by entry key and text
    versions: Mapping[tuple[str, int], int]  # that rows had after the last import of them
    notes: Mapping[int, Note]
    papers: Mapping[int, Paper]

    @classmethod
    def load(cls, session: Session, name: str, entries: Mapping[str, str]) -> "PreviousImports":
        """What was imported of a file called `name` and of `entries` (their texts by their keys)
        from any other. Files of one name are editions of one another where something of their texts
        is the same; where nothing is, two files happen to be called alike."""
        found = queries.entries_imported(session, name, entries.keys())
        same = queries.batches_named(session, name)
        batches: dict[int, dict[str, ImportItem]] = {}
        for item in found:
            if item.batch_id in same:
                batches.setdefault(item.batch_id, {})[item.entry_key] = item
        items: dict[str, ImportItem] = {}
        for of_one in batches.values():
            items |= of_one if _is_edition(of_one, entries) else {}
        return cls(
            items=items,
            elsewhere={item.entry_key + normalize_entry(item.raw): item for item in found},
            versions={
                (item.item_kind, item.item_id): item.version
                for item in sorted(found, key=lambda item: item.version)
            },
            notes=queries.notes_among(session, _ids(found, "note")),
            papers=queries.papers_among(session, _ids(found, "paper")),
        )

    def item(self, key: str, raw: str, arxiv_id: str = "") -> ImportItem | None:
        """The earlier import of an entry: by its key in a file of this name, word for word in any
        other, or by its arXiv id where the heading was rewritten."""
        found = self.items.get(key) or self.elsewhere.get(key + normalize_entry(raw))
        if found or not arxiv_id:
            return found
        again = [i for i in self.items.values() if arxiv_id in i.raw and _arxiv_id(i) == arxiv_id]
        return again[-1] if again else None

    def version(self, item: ImportItem) -> int:
        """The version that a row had after the last import that wrote it."""
        return self.versions.get((item.item_kind, item.item_id), item.version)

    def row(self, item: ImportItem) -> Note | Paper | None:
        rows: Mapping[int, Note | Paper] = self.notes if item.item_kind == "note" else self.papers
        return rows.get(item.item_id)

    def missing(self, keys: set[str]) -> Iterable[str]:
        """The titles of entries that the file has no more and the library still has."""
        for key, item in self.items.items():
            row = self.row(item)
            if key not in keys and row is not None and row.trashed_at is None:
                yield row.title


def _is_edition(items: Mapping[str, ImportItem], entries: Mapping[str, str]) -> bool:
    """Whether an entry has something to say that it said before: a line below its heading."""
    for key in items.keys() & entries.keys():
        before, now = normalize_entry(items[key].raw), normalize_entry(entries[key])
        if before == now or _lines(before) & _lines(now) or items[key].item_kind == "paper":
            return True
    return False


def _lines(text: str) -> set[str]:
    first, *below = text.split("\n")
    return {line for each in below or [first] if (line := each.strip(" \t>*-"))}


def _ids(items: Iterable[ImportItem], kind: str) -> set[int]:
    return {item.item_id for item in items if item.item_kind == kind}


def _arxiv_id(item: ImportItem) -> str:
    entries = parse_note_list(item.raw).entries
    return entries[0].arxiv_id if entries else ""


def normalize_entry(raw: str) -> str:
    """An entry's text without what an editor changes by itself: line ends, blank lines after it."""
    return raw.replace("\r\n", "\n").replace("\r", "\n").strip("\ufeff \t\n")
