"""From the records of a file to the rows of a plan."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sqlmodel import Session

from app.errors import N_, Invalid, Message
from app.files import service as files
from app.imports import queries
from app.imports.planning.library_index import PreviousImports, normalize_entry
from app.imports.planning.plan_notes import missing_pictures
from app.imports.planning.read_pdfs import CANNOT_TELL
from app.imports.queries import KnownNote
from app.imports.rules import (
    TAKEN,
    Candidate,
    NoteTarget,
    NoteText,
    PlanRow,
    RowState,
    Suggestion,
    compare_paper,
    list_field_changes,
    unique_keys,
)
from app.kit.text import fold, fold_letters, tidy_line
from app.library import service as library
from app.library.duplicates.duplicate_search import Match, find_matches, traits_of
from app.library.duplicates.similarity import RecordTraits, are_related, compare_records
from app.library.rules import PaperInput, check_paper
from app.models import UNREAD, ImportItem, Kind, Note, Paper, Technique
from app.sources.drafts import PaperDraft, ReadFile, RecordDraft
from app.sources.markdown.linked_files import Shelf

_TELLING = 100  # characters of an abstract, which no two papers share
_DOCUMENTS = (".pdf", ".epub", ".djvu", ".ps")


def record_rows(
    session: Session, read: ReadFile, name: str
) -> tuple[list[PlanRow], PreviousImports]:
    """The rows of a file's records, each with what it is to the library; writes nothing. The number
    of statements grows with the thousands of records, not with the records."""
    keys = unique_keys(_key(record) for record in read.records)
    raws = {key: record.raw for key, record in zip(keys, read.records, strict=True)}
    earlier = PreviousImports.load(session, name, raws)
    words = _Words.load(session)
    rows = [
        _row(position, key, record, words, name)
        for position, (key, record) in enumerate(zip(keys, read.records, strict=True), start=1)
    ]
    rows = list(_twins(rows))
    again = {row.position: item for row in rows if (item := _earlier_item(row, earlier))}
    unknown = [row for row in rows if row.first is None and row.is_paper]
    unknown = [row for row in unknown if row.position not in again]
    found = dict(
        zip(
            (row.position for row in unknown),
            find_matches(session, [row.draft for row in unknown]),
            strict=True,
        )
    )
    wanted = {match.paper_id for each in found.values() for match in each[:_SHOWN]}
    wanted |= {
        item.item_id
        for row in rows
        if (item := again.get(row.position))
        and item.item_kind == "paper"
        and normalize_entry(item.raw) != normalize_entry(row.raw)
    }
    papers = library.get_papers(session, wanted)
    at = {row.position: row for row in rows}
    rows = [
        _seen_again(row, item, earlier, papers)
        if (item := again.get(row.position))
        else _judged(row, found.get(row.position, ()), papers, at.get(row.first or 0))
        for row in rows
    ]
    return list(_without_known_notes(session, rows)), earlier


def _earlier_item(row: PlanRow, earlier: PreviousImports) -> ImportItem | None:
    """The earlier import of an entry; not of one that only has its key: the keys of two people's
    files name different papers."""
    item = earlier.item(row.key, row.raw)
    if item is None or not row.is_paper or normalize_entry(item.raw) == normalize_entry(row.raw):
        return item
    held = earlier.row(item)
    titles = [str(item.given.get("title") or ""), held.title if held else ""]
    return item if any(are_related(row.draft.title, title) for title in titles) else None


def _without_known_notes(session: Session, rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    """Each row without those notes that its paper has, word for word; one that then has nothing to
    add is unchanged. So is a note that stands alone and is here already, wherever it came from."""
    targets = {
        row.target.item_id
        for row in rows
        if row.state is RowState.HELD and row.notes and row.target
    }
    about = queries.notes_about(session, targets)
    alone = [row for row in rows if row.state is RowState.NEW and not row.is_paper and row.notes]
    titled: dict[str, list[KnownNote]] = {}
    for note in queries.notes_titled(session, {fold(row.title) for row in alone}):
        titled.setdefault(fold(note.title), []).append(note)
    for row in rows:
        if row.state is RowState.HELD and row.target:
            row = _without_known(row, about.get(row.target.item_id, ()))
            if not (row.notes or _has_news(row)):
                state = RowState.DIFFERS if row.keeps else RowState.UNCHANGED
                row = replace(row, state=state, take=False)
        elif row.state is RowState.NEW and not row.is_paper and row.notes:
            held = [each for each in titled.get(fold(row.title), ()) if not each.paper_id]
            row = _known_alone(row, held)
        yield row


def _without_known(row: PlanRow, held: Iterable[KnownNote]) -> PlanRow:
    """`row` without those of its notes that are among the held ones, but for pictures that they
    lack."""
    known = {_plain_text(note.body): note for note in reversed([*held])}
    notes: list[NoteText] = []
    for note in row.notes:
        if here := known.get(_plain_text(note.body)):
            notes += _lacking(row, note, here.id, here.body)
        else:
            notes.append(note)
    return _with_pictures(replace(row, notes=tuple(notes)))


def _known_alone(row: PlanRow, held: Sequence[KnownNote]) -> PlanRow:
    """A row of notes alone, where the library has its first one with the same title and text."""
    first = row.notes[0]
    here = next((n for n in held if _plain_text(n.body) == _plain_text(first.body)), None)
    if here is None or len(row.notes) > 1:
        return row
    target = NoteTarget("note", here.id, here.title, f"/notes/{here.id}")
    if here.in_trash:
        return replace(row, state=RowState.REMOVED, take=False, target=target)
    filled = _lacking(row, first, here.id, here.body)
    state = RowState.CHANGED if filled else RowState.UNCHANGED
    row = replace(row, state=state, take=bool(filled), target=target, version=here.version)
    return _with_pictures(replace(row, notes=tuple(filled) or row.notes))


def _lacking(row: PlanRow, note: NoteText, held: int, body: str) -> list[NoteText]:
    """A note that is here, to get the pictures that came now; none where it has all."""
    lacking = missing_pictures(body, row.path, Shelf(row.files)) if row.files else ()
    state = RowState.CHANGED
    return [replace(note, held=held, state=state, body=body, theirs=body)] if lacking else []


def _with_pictures(row: PlanRow) -> PlanRow:
    """`row` with the pictures that are filled into its notes."""
    shelf = Shelf(row.files)
    filled = (n for n in row.notes if n.held and n.body == n.theirs)
    pictures = (path for note in filled for path in missing_pictures(note.body, row.path, shelf))
    return replace(row, pictures=tuple(dict.fromkeys(pictures)))


_PICTURE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)|!\[\[[^\]\n]{0,500}\]\]")


def _plain_text(body: str) -> str:
    """A note's text wherever its pictures lie: `![](a.png)` is `![](attachment:…)` once stored."""
    return normalize_entry(_PICTURE.sub("![]", body))


_SHOWN = 3  # papers that one entry may be


def fields_of(given: PaperInput, *, empty: bool = False) -> dict[str, object]:
    """What an input says of a paper, by field: what an import may set, and set again. With `empty`
    also the fields of which it says nothing. How far it is read no source says."""
    said = given.model_dump(exclude={"citekey", "kind", "reading"}, mode="json")
    return {name: value for name, value in said.items() if value or empty}


def input_of(row: PlanRow, *, citekey: str = "") -> PaperInput:
    """The paper that a row would become.

    Raises:
        Invalid: naming every field that cannot be saved.
    """
    given = library.draft_as_input(row.draft).model_copy(
        update={
            "kind": Kind(row.kind),
            "tags": list(row.tags),
            "techniques": [technique.slug for technique in row.techniques],
            "fields": list(row.fields),
            "citekey": citekey,
        }
    )
    return check_paper(given)


@dataclass(frozen=True)
class _Words:
    """What names in a file mean here."""

    techniques: Mapping[str, Technique]
    fields: Mapping[str, str]
    verdicts: Mapping[str, str]

    @classmethod
    def load(cls, session: Session) -> "_Words":
        choices = library.list_paper_choices(session)
        return cls(
            techniques={
                fold_letters(name): each
                for each in choices.techniques
                for name in (
                    *each.synonyms_zh,
                    *each.synonyms_en,
                    each.name_zh,
                    each.name_en,
                    each.slug,
                )
                if name
            },
            fields={
                fold_letters(name): each.slug
                for each in choices.fields
                for name in (each.name_zh, each.name_en, each.slug)
                if name
            },
            verdicts={
                fold_letters(name): each.slug
                for each in library.list_verdicts(session)
                for name in (each.label_zh, each.label_en, each.slug)
                if name
            },
        )


def _key(record: RecordDraft) -> str:
    inside = f"{record.path}: " if record.path and record.path != record.key else ""
    return f"{inside}{record.key}" if record.key else f"{inside}line {record.line}"


def _row(position: int, key: str, record: RecordDraft, words: _Words, name: str) -> PlanRow:
    """A record with the names in it resolved; what names nothing here becomes a tag."""
    tags, remarks = list(record.tags), list(record.remarks)
    techniques: dict[str, Suggestion] = {}
    for name in record.techniques:
        if known := words.techniques.get(fold_letters(name)):
            techniques[known.slug] = Suggestion(known.slug, known.name_en, known.name_zh, name)
        else:
            tags.append(name)
    fields: dict[str, None] = {}
    for name in record.fields:
        if slug := words.fields.get(fold_letters(name)):
            fields[slug] = None
        else:
            tags.append(name)
    verdict = words.verdicts.get(fold_letters(record.verdict), "")
    if record.verdict and not verdict and fold_letters(record.verdict) != UNREAD:
        remarks.append(
            Message.of(N_("“{name}” is none of the verdicts."), name=record.verdict[:80])
        )
    draft = record.draft
    if draft is not None and not draft.title.strip():
        draft = draft.model_copy(update={"title": record.key or f"{name}, {record.line}"})
        remarks.append(Message.of(N_("It has no title.")))
    notes = tuple(
        NoteText(
            key=f"{key}::note {number}",
            title=note.title or (draft.title if draft else PurePosixPath(record.key).stem),
            body=note.body,
            aliases=note.aliases,
        )
        for number, note in enumerate(record.notes, start=1)
        if note.body.strip() or note.title
    )
    if draft is None and not notes:
        notes = (NoteText(f"{key}::note 1", record.key, record.raw),)
    title = draft.title if draft else notes[0].title
    row = PlanRow(
        position=position,
        key=key,
        state=RowState.NEW,
        kind=draft.kind if draft else "thought",
        title=tidy_line(title),
        raw=record.raw,
        take=True,
        draft=draft or PaperDraft(title=title),
        record=True,
        notes=notes,
        lines=(record.line, record.line + record.raw.rstrip().count("\n")),
        path=record.path,
        citekey=record.citekey,
        tags=tuple(dict.fromkeys(filter(None, map(tidy_line, tags)))),
        techniques=tuple(techniques.values()),
        fields=tuple(fields),
        files=record.files,
        remarks=tuple(remarks),
        verdict=verdict,
        reason=record.reason or (name if verdict else ""),
        mark=record.verdict,
    )
    if draft is None:
        return row
    return _storable(row)


def _storable(row: PlanRow) -> PlanRow:
    """`row` without those values of its draft that no paper can have, each with a remark: one bad
    value never costs the entry."""
    try:
        input_of(row)
    except Invalid as problem:
        empty = PaperDraft(title="")
        dropped = {name for name in problem.errors if name in PaperDraft.model_fields}
        dropped -= {"title", "kind"}
        remarks = [
            Message.of(
                N_("Left out, since it cannot be kept: {value}"),
                value=tidy_line(str(getattr(row.draft, name)))[:80],
            )
            for name in sorted(dropped)
        ]
        update = {name: getattr(empty, name) for name in dropped}
        return replace(
            row,
            draft=row.draft.model_copy(update=update),
            tags=() if "tags" in problem.errors else row.tags,
            remarks=(*row.remarks, *remarks),
        )
    return row


def _twins(rows: Iterable[PlanRow]) -> Iterator[PlanRow]:
    """Each row with the name under which it joins others: that of the first entry of the file that
    has its arXiv id, its DOI, its key or its title and is surely the same paper. A volume's DOI is
    given to each of its papers, and a key that comes twice is often another paper's by mistake.
    Of a list without authors, an entry is the same that has title and abstract of another."""
    first: dict[str, list[tuple[int, RecordTraits]]] = {}
    alike: dict[tuple[str, str], int] = {}
    for row in rows:
        if not row.is_paper:
            yield row
            continue
        draft = row.draft
        traits = traits_of(draft)
        title = f"title {traits.letters}" if traits.letters else ""
        handles = [each for each in (traits.arxiv, traits.doi, row.citekey, title) if each]
        same = next(
            (
                position
                for handle in handles
                for position, other in first.get(handle, ())
                if (found := compare_records(traits, other)) and found.sure
            ),
            None,
        )
        told = draft.abstract if len(draft.abstract) >= _TELLING else row.raw
        if traits.letters and told and row.record:
            same = same or alike.get((traits.letters, told))
            alike.setdefault((traits.letters, told), same or row.position)
        if same is None:
            for handle in handles:
                first.setdefault(handle, []).append((row.position, traits))
        yield replace(row, first=same, names=(f"entry {same or row.position}",))


def _judged(
    row: PlanRow, found: Sequence[Match], papers: Mapping[int, Paper], first: PlanRow | None
) -> PlanRow:
    """`row` with its state: seen against the first entry of the same paper, and what the library
    holds."""
    if first is not None:
        held = fields_of(input_of(first), empty=True)
        differ = compare_paper(held, fields_of(input_of(row)), given={})
        return replace(row, state=RowState.TWIN, keeps=list_field_changes(held, differ.keeps))
    if not found:
        return row
    best = found[0]
    paper = papers.get(best.paper_id)
    if not best.sure:
        return replace(
            row, state=RowState.UNSURE, take=False, candidates=_candidates(found, papers)
        )
    target = NoteTarget("paper", best.paper_id, best.title, f"/papers/{best.citekey}")
    if paper is None or paper.trashed_at is not None:
        return replace(row, state=RowState.REMOVED, take=False, target=target)
    return _compared(replace(row, state=RowState.HELD, target=target), paper)


def _compared(row: PlanRow, paper: Paper) -> PlanRow:
    """`row` with what it would write into its paper, and what stays."""
    held = fields_held(paper)
    differ = compare_paper(
        held,
        fields_of(input_of(row)),
        given=row.given,
        readers=paper.reader_fields,
    )
    return replace(
        row,
        fills=list_field_changes(held, differ.updates),
        clashes=list_field_changes(held, differ.clashes),
        keeps=list_field_changes(held, differ.keeps),
        becomes_published=differ.becomes_published,
        held_verdict=paper.verdict.verdict.slug if paper.verdict else "",
        version=paper.version,
    )


def fields_held(paper: Paper) -> dict[str, object]:
    """The fields of a paper as `fields_of` names them, empty ones too."""
    return fields_of(library.paper_as_input(paper), empty=True)


def _candidates(found: Sequence[Match], papers: Mapping[int, Paper]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(
            paper_id=match.paper_id,
            citekey=match.citekey,
            title=match.title,
            authors=tuple(paper.authors) if paper else (),
            year=paper.year if paper else None,
            venue=paper.venue if paper else "",
            why=match.why,
        )
        for match in found[:_SHOWN]
        for paper in (papers.get(match.paper_id),)
    )


def _seen_again(
    row: PlanRow, item: ImportItem, earlier: PreviousImports, papers: Mapping[int, Paper]
) -> PlanRow:
    """An entry that an earlier import brought in."""
    held = earlier.row(item)
    target = _target(held)
    if held is None or held.trashed_at is not None:
        return replace(row, state=RowState.REMOVED, take=False, target=target)
    if normalize_entry(item.raw) == normalize_entry(row.raw):
        row = replace(row, target=target, version=held.version)
        filled = [each for note in row.notes for each in _filled_again(row, note, earlier)]
        if not filled:
            return replace(row, state=RowState.UNCHANGED, take=False)
        row = replace(row, state=RowState.CHANGED, take=True, notes=tuple(filled))
        return _with_pictures(row)
    row = replace(row, target=target, given=item.given, version=held.version)
    notes = tuple(_note_again(note, earlier) for note in row.notes)
    row = replace(row, notes=notes)
    if isinstance(held, Paper) and (paper := papers.get(held.id)):
        row = _compared(row, paper)
    states = {note.state for note in notes}
    if row.clashes or RowState.CONFLICT in states:
        state = RowState.CONFLICT
    elif _has_news(row) or states & {RowState.NEW, RowState.CHANGED}:
        state = RowState.CHANGED
    else:
        state = RowState.DIFFERS if row.keeps else RowState.UNCHANGED
    return replace(row, state=state, take=state in TAKEN)


def _has_news(row: PlanRow) -> bool:
    return bool(row.fills or (row.verdict and row.verdict != row.held_verdict))


def _filled_again(row: PlanRow, note: NoteText, earlier: PreviousImports) -> list[NoteText]:
    item = earlier.item(note.key, note.body)
    held = earlier.row(item) if item else None
    if not isinstance(held, Note) or held.trashed_at is not None:
        return []
    return _lacking(row, note, held.id, held.body)


def _note_again(note: NoteText, earlier: PreviousImports) -> NoteText:
    item = earlier.items.get(note.key)
    held = earlier.row(item) if item else None
    if item is None or not isinstance(held, Note):
        return note
    if held.trashed_at is not None or normalize_entry(item.raw) == normalize_entry(note.body):
        state = RowState.UNCHANGED
    elif held.version > earlier.version(item) and held.body != note.body:
        state = RowState.CONFLICT
    else:
        state = RowState.CHANGED
    return replace(note, held=held.id, state=state, theirs=held.body)


def _target(held: Note | Paper | None) -> NoteTarget | None:
    if isinstance(held, Paper):
        return NoteTarget("paper", held.id, held.title, f"/papers/{held.citekey}")
    if held is not None:
        return NoteTarget("note", held.id, held.title, f"/notes/{held.id}")
    return None


def documents_of(rows: Collection[PlanRow], pdfs: Collection[str]) -> int:
    """How many PDFs the entries name that did not come along."""
    named = (name for row in rows for name in row.files if name.lower().endswith(_DOCUMENTS))
    return sum(1 for name in named if name not in pdfs)


def with_pdfs(session: Session, rows: Sequence[PlanRow], pdfs: Mapping[str, str]) -> list[PlanRow]:
    """Each row with the PDFs (paths, by which `pdfs` has their SHA-256) that its paper is to get: a
    paper that lacks one is not unchanged. What cannot be told is not taken unasked."""
    targets = {row.target.item_id for row in rows if row.target and row.target.item_kind == "paper"}
    held = files.digests_of_papers(session, targets) if pdfs else {}
    return [_with_pdfs(row, pdfs, held) for row in rows]


def _with_pdfs(
    row: PlanRow, pdfs: Mapping[str, str], held: Mapping[int, Collection[str]]
) -> PlanRow:
    came = [path for path in row.files if path in pdfs]
    if not came or not row.is_paper or not row.record:
        return row
    about = row.target if row.target and row.target.item_kind == "paper" else None
    known = held.get(about.item_id, ()) if about else ()
    new = {pdfs[path]: path for path in came if pdfs[path] not in known}
    row = replace(row, pdfs=tuple(new.values()))
    if any(remark.text == CANNOT_TELL for remark in row.remarks) and row.state is RowState.NEW:
        return replace(row, take=False)
    if new and about and row.state in (RowState.UNCHANGED, RowState.DIFFERS):
        return replace(row, state=RowState.HELD, take=True)
    return row
