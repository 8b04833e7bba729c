"""How well people's notes are read: `python -m tests.bench.reading ../shared/data/notes`; of any
other folder, its files of references: `reading_bibliographies`.

Precision and recall against what a person wrote down of each file (`reading_notes.tsv`: whether it
is about one paper, and what it says of that), of 200 files of four people; then of 60 others of
these and two more, to which nothing was fitted; or, of another folder, against its own
`labels.tsv`. A field that a file does not give and that is read all the same counts against
precision.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.kit.text import fold_letters
from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.folders import read_folder_files
from tests.bench import reading_bibliographies

LABELS = "reading_notes.tsv"
HELD_OUT = "reading_notes_held_out.tsv"  # labelled once, before what is read of them was looked at
OTHERS = ["et", "al"]  # which says that a list of names is cut short
FIELDS = ("paper", "title", "year", "authors", "ids")
Facts = dict[str, frozenset[str]]


def main(folder: Path) -> None:
    own = folder / "labels.tsv"  # of a folder that is labelled where it lies
    paths = [own] if own.is_file() else [Path(__file__).with_name(n) for n in (LABELS, HELD_OUT)]
    labels = {path.name: _labels(path) for path in paths}
    names = {path.split("/")[0] for each in labels.values() for path in each}
    if not any((folder / name).is_dir() for name in names):
        reading_bibliographies.main(folder)
        return
    read = _read(folder, names)
    for each in labels.values():
        _compare(each, read)


def _labels(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=3)}


def _compare(labelled: Mapping[str, dict[str, str]], read: Mapping[str, list[RecordDraft]]) -> None:
    counts = {name: [0, 0, 0] for name in FIELDS}  # right, read, there
    wrong = []
    for path, row in labelled.items():
        there, found = _labelled(row), _facts(read.get(path, []))
        for name in FIELDS:
            right = len(there[name] & found[name])
            counts[name][0] += right
            counts[name][1] += len(found[name])
            counts[name][2] += len(there[name])
            if there[name] != found[name]:
                wrong.append(f"{path}: {name} {[*found[name]]}, not {[*there[name]]}")
    print(f"{len(labelled)} files          precision     recall")
    for name, (right, given, wanted) in counts.items():
        print(f"{name:10} {right:4}/{given:<4} {right / (given or 1):6.3f}"
              f"   {right:4}/{wanted:<4} {right / (wanted or 1):6.3f}")  # fmt: skip
    if "--verbose" in sys.argv:
        print(*wrong, sep="\n")


def _read(folder: Path, names: Iterable[str]) -> dict[str, list[RecordDraft]]:
    found = defaultdict(list)
    for name in sorted(names):
        root = folder / name
        files = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
        }
        for record in read_folder_files(files).records:
            found[f"{name}/{record.path}"].append(record)
    return found


def _labelled(row: dict[str, str]) -> Facts:
    if row["kind"] != "paper":
        return dict.fromkeys(FIELDS, frozenset())
    return {
        "paper": frozenset({"yes"}),
        "title": frozenset({fold_letters(row["title"])}),
        "year": frozenset(filter(None, {row["year"]})),
        "authors": _names(row["authors"].split(";")),
        "ids": frozenset(fold_letters(each) for each in row["ids"].split()),
    }


def _facts(records: list[RecordDraft]) -> Facts:
    """What was read of a file, where it was taken for one about one paper."""
    papers = [each.draft for each in records if each.draft and each.draft.kind == "paper"]
    if len(papers) != 1:
        return dict.fromkeys(FIELDS, frozenset())
    (draft,) = papers
    return {
        "paper": frozenset({"yes"}),
        "title": frozenset({fold_letters(draft.title)}),
        "year": frozenset({str(draft.year)} if draft.year else ()),
        "authors": _names(draft.authors),
        "ids": _ids(draft),
    }


def _names(written: Iterable[str]) -> frozenset[str]:
    """Each name by its longest word, which is the family's more often than not."""
    words = (name.replace(",", " ").replace(".", " ").split() for name in written)
    return frozenset(fold_letters(max(each, key=len)) for each in words if each not in ([], OTHERS))


def _ids(draft: PaperDraft) -> frozenset[str]:
    ids = (f"arxiv:{draft.arxiv_id or ''}", f"doi:{draft.doi or ''}")
    return frozenset(fold_letters(each) for each in ids if not each.endswith(":"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
