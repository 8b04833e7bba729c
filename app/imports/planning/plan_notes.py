"""From the entries of a file to the rows of a plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session

from app.errors import N_, Message
from app.imports.planning.library_index import LibraryIndex, PreviousImports, normalize_entry
from app.imports.planning.name_finder import (
    Mention,
    NameFinder,
    mentions_of_entry,
    mentions_of_opening,
)
from app.imports.queries import KnownPaper
from app.imports.rules import (
    ALONE,
    ISSUE,
    PREAMBLE_KEY,
    TAKEN,
    Candidate,
    NamedIssue,
    NoteTarget,
    PassingMention,
    PlanRow,
    RowState,
    Suggestion,
    check_size,
    is_nameless,
    unique_keys,
)
from app.kit.text import fold_letters, tidy_line
from app.models import ImportItem, Paper
from app.settings import Language
from app.sources.drafts import PaperDraft, RecordDraft
from app.sources.markdown.linked_files import Shelf, find_file_links
from app.sources.markdown.note_list import NoteEntry, NotesFile, parse_note_list
from app.sources.markdown.papers import describe_entry, first_words
from app.sources.markdown.quoted_references import fill_from_reference, find_quoted_references


def notes_rows(
    session: Session,
    text: str,
    name: str,
    *,
    path: str = "",
    shelf: Shelf | None = None,
    language: Language = "en",
) -> tuple[list[PlanRow], PreviousImports, list[RecordDraft]]:
    """The rows of a file of notes called `name`, each with what it is to the library; what earlier
    imports of it brought; the references in its entries that are no entry's own. `path` is where it
    lies in a folder, `shelf` what lies there with it; what gets a title from us gets it in
    `language`. Writes nothing."""
    known = LibraryIndex.load(session)
    notes = parse_note_list(text)
    check_size(len(notes.entries))
    keys = unique_keys(entry.key for entry in notes.entries)
    raws = {key: entry.raw for entry, key in zip(notes.entries, keys, strict=True)}
    raws[PREAMBLE_KEY] = notes.preamble.raw + notes.separator
    earlier = PreviousImports.load(session, name, raws)
    techniques = NameFinder(known.technique_names(), text)
    names = NameFinder(known.names, text)
    opening = mentions_of_opening(notes, names)
    rows: list[PlanRow] = []
    if notes.preamble.body:
        rows.append(opening_row(notes, name, earlier, known, opening, language))
    others: list[RecordDraft] = []
    for entry, key in zip(notes.entries, keys, strict=True):
        quoted = find_quoted_references(entry.raw)
        own = quoted[0] if len(quoted) == 1 and entry.kind != "thought" else None
        others += () if own else quoted
        row = entry_row(entry, key, earlier, known, techniques, own)
        rows.append(replace(row, named=_named(mentions_of_entry(entry, names), known)))
    if shelf is not None:
        rows = [_with_files(row, path, shelf, earlier) for row in rows]
    return rows, earlier, others


def _with_files(row: PlanRow, path: str, shelf: Shelf, earlier: PreviousImports) -> PlanRow:
    """A row of a file in a folder, with the files that lie there; where its note is here already
    and lacks one of them, it gets that and stays as it is otherwise."""
    targets = {each.target for each in find_file_links(row.full_body)}
    lying = {target: found for target in targets if (found := shelf.find(target, path))}
    row = replace(
        row,
        path=path,
        files=tuple(dict.fromkeys(lying.values())),
        images=tuple(each for each in row.images if each not in lying),
    )
    held = earlier.notes.get(row.target.item_id) if row.goes_on and row.target else None
    if row.state is not RowState.UNCHANGED or held is None:
        return row
    lacking = missing_pictures(held.body, path, shelf)
    if not lacking:
        return row
    return replace(
        row,
        state=RowState.CHANGED,
        take=True,
        body=held.body,
        full_body=held.body,
        theirs=held.body,
        pictures=lacking,
        files=lacking,
        named=(),
        issues=(),
    )


def missing_pictures(body: str, path: str, shelf: Shelf) -> tuple[str, ...]:
    """The pictures of a folder that a note's text shows by where they lie there, not its own."""
    shown = (each.target for each in find_file_links(body) if each.is_picture)
    found = (shelf.find(target, path) for target in shown)
    return tuple(dict.fromkeys(filter(None, found)))


# Of the note that is made of what stands before the first entry: of lines, and of questions.
_OPENINGS: Mapping[Language, tuple[str, str]] = {
    "en": ("{}: opening lines", "{}: opening questions"),
    "zh": ("{}：开头的话", "{}：开头的问题"),
}


def opening_row(
    notes: NotesFile,
    name: str,
    earlier: PreviousImports,
    known: LibraryIndex,
    mentions: Iterable[Mention],
    language: Language,
) -> PlanRow:
    opening = notes.preamble
    raw = opening.raw + notes.separator
    written = [line.number for line in opening.lines if line.text.strip()]
    if notes.entries:
        title = _OPENINGS[language][bool(opening.questions)].format(name)
    else:
        called = first_words(opening.raw) if is_nameless(name) else Path(name).stem
        title = opening.title or called
    row = PlanRow(
        position=0,
        key=PREAMBLE_KEY,
        state=RowState.NEW,
        kind="questions" if opening.questions else "thought",
        title=title,
        raw=raw,
        draft=PaperDraft(title=title),
        body=opening.body,
        full_body=opening.body,
        take=True,
        lines=(written[0], written[-1]),
        questions=tuple(question.text for question in opening.questions),
        issues=tuple(
            NamedIssue(c, known.issues.get(fold_letters(c), "")) for c in opening.concepts
        ),
        named=_named(mentions, known),
    )
    return _judged(row, earlier.item(PREAMBLE_KEY, raw), earlier)


def entry_row(
    entry: NoteEntry,
    key: str,
    earlier: PreviousImports,
    known: LibraryIndex,
    finder: NameFinder,
    reference: RecordDraft | None = None,
) -> PlanRow:
    """`reference` is the one that stands in the entry and says what its paper is."""
    found = known.papers(entry) if entry.kind != "thought" else ()
    paper = found[0] if len(found) == 1 else None
    written = [line.number for line in entry.lines if line.role != "blank"]
    verdict = entry.verdict
    draft = PaperDraft(
        title=_one_line(entry.title),
        short_title=_one_line(entry.short_title),
        year=int(entry.published[:4]) if entry.published else None,
        published=entry.published,
        revised=entry.revised,
        venue=str(entry.venue) if entry.venue else "",
        arxiv_id=entry.arxiv_id or None,
        arxiv_version=entry.arxiv_version,
        url=_own_url(entry),
    )
    labelled = describe_entry(entry)
    is_about = entry.kind != "thought"
    if labelled.named and is_about:
        draft = labelled.draft(**draft.model_dump(exclude={"kind", "details"}))
    if reference and reference.draft:
        draft = fill_from_reference(draft, reference.draft, named=frozenset())
    row = PlanRow(
        position=entry.position,
        key=key,
        state=RowState.NEW,
        kind="paper" if reference or (labelled.named and is_about) else entry.kind,
        title=draft.title,
        citekey=reference.citekey if reference else "",
        tags=reference.tags if reference else (),
        raw=entry.raw,
        draft=draft,
        body=entry.body,
        full_body=entry.full_body,
        take=True,
        lines=(written[0], written[-1]),
        names=tuple(filter(None, (fold_letters(draft.title), fold_letters(draft.short_title)))),
        verdict=verdict.slug if verdict else "",
        reason=verdict.reason if verdict else "",
        mark=verdict.raw if verdict else "",
        techniques=_suggested(entry, known, finder) if entry.kind != "thought" else (),
        links=tuple(dict.fromkeys(link.url for link in entry.links)),
        images=tuple(image.src for image in entry.images if "://" not in image.src),
        references=tuple(r.entry for r in entry.references if r.entry is not None),
    )
    if paper and (paper.published, paper.revised, paper.venue) != (
        draft.published,
        draft.revised,
        draft.venue,
    ):
        row = replace(row, body=row.full_body)  # the record has other dates: the note keeps these
    item = earlier.item(key, entry.raw, entry.arxiv_id)
    if item is None and len(found) > 1:
        return replace(
            row, state=RowState.UNSURE, take=False, techniques=(), candidates=_candidates(found)
        )
    if item is None and paper is not None:
        return replace(
            row,
            state=RowState.REMOVED if paper.in_trash else RowState.HELD,
            take=not paper.in_trash,
            target=_paper_target(paper.id, paper.citekey, paper.title),
            held_verdict=paper.verdict or "",
            techniques=(),
        )
    if paper is not None:
        row = replace(row, held_verdict=paper.verdict or "", techniques=())
    return _judged(row, item, earlier)


def beside_rows(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """What taking these rows makes beside them, as rows that can be left out: issues of concepts,
    stubs of what is only named and has no entry of its own."""
    entries = {
        fold_letters(name)
        for row in rows
        if row.is_paper and row.target is None
        for name in filter(None, (row.title, row.draft.short_title))
    }
    found: dict[str, PlanRow] = {}
    keys: dict[str, str] = {}  # of stubs, by what they may be called
    position = max((row.position for row in rows), default=0)
    for row in rows:
        if row.record or row.state is RowState.UNCHANGED:
            continue
        made: list[tuple[str, str, str, tuple[str, ...]]] = [
            (f"::issue {each.name}", each.name, ISSUE, ()) for each in row.issues if not each.slug
        ]
        for named in row.named if row.body or row.kind in ALONE else ():
            names = tuple(fold_letters(name) for name in named.names)
            if not named.citekey and not entries & set(names):
                key = next((keys[name] for name in names if name in keys), f"::stub {named.title}")
                keys |= dict.fromkeys(names, key)
                made.append((key, named.title, named.kind, names))
        for key, title, kind, names in made:
            if before := found.get(key):
                position_of = dict.fromkeys((*before.made_for, row.position))
                found[key] = replace(before, made_for=tuple(position_of))
                continue
            position += 1
            found[key] = PlanRow(
                position=position,
                key=key,
                state=RowState.NEW,
                kind=kind,
                title=title,
                raw="",
                take=True,
                draft=PaperDraft.model_validate({"title": title, **_kind_of(kind)}),
                names=names,
                made_for=(row.position,),
            )
    return list(found.values())


def _kind_of(kind: str) -> dict[str, str]:
    return {} if kind == ISSUE else {"kind": kind}


def _judged(row: PlanRow, item: ImportItem | None, earlier: PreviousImports) -> PlanRow:
    """`row` with its state, seen against what an earlier import made of the same entry."""
    if item is None:
        return row
    held = earlier.row(item)
    if held is None or held.trashed_at is not None:
        state, theirs = RowState.REMOVED, ""
    elif normalize_entry(item.raw) == normalize_entry(row.raw):
        state, theirs = RowState.UNCHANGED, ""
    elif isinstance(held, Paper):
        state, theirs = RowState.CHANGED, ""
    else:
        edited = held.version > earlier.version(item) and held.body != row.body
        state, theirs = RowState.CONFLICT if edited else RowState.CHANGED, held.body
    target = None
    if isinstance(held, Paper):
        target = _paper_target(held.id, held.citekey, held.title)
    elif held is not None:
        target = NoteTarget("note", held.id, held.title, f"/notes/{held.id}")
    return replace(
        row,
        state=state,
        take=state in TAKEN,
        target=target,
        theirs=theirs,
        version=held.version if held else 0,
    )


_SEVERAL = Message(N_("several papers here have this title"))


def _candidates(found: Iterable[KnownPaper]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(each.id, each.citekey, each.title, (), each.year, each.venue, _SEVERAL)
        for each in found
    )


def _paper_target(paper_id: int, citekey: str, title: str) -> NoteTarget:
    return NoteTarget("paper", paper_id, title, f"/papers/{citekey}")


def _own_url(entry: NoteEntry) -> str:
    """The first address that stands alone on its line and is not arXiv's."""
    alone = set(entry.numbers("link"))
    for link in entry.links:
        is_arxiv = link.host.endswith("arxiv.org")
        if (link.line in alone or link.line == entry.lines[0].number) and not is_arxiv:
            return link.url if len(link.url) <= 1_000 and link.url.startswith("http") else ""
    return ""


def _suggested(entry: NoteEntry, known: LibraryIndex, finder: NameFinder) -> tuple[Suggestion, ...]:
    found: dict[str, Suggestion] = {}
    for slug, raw in finder.find(f"{entry.title}\n{entry.body}"):
        found.setdefault(slug, replace(known.techniques[slug], raw=raw))
    return tuple(found.values())


def _named(mentions: Iterable[Mention], known: LibraryIndex) -> tuple[PassingMention, ...]:
    named = [replace(known.by_key[mention.key], raw=mention.raw) for mention in mentions]
    return tuple({each.citekey or each.title: each for each in named}.values())


def _one_line(title: str) -> str:
    """Without the invisible marks that would rearrange what stands beside it; the note's text
    keeps them."""
    return tidy_line("".join(c for c in title if c not in _DIRECTIONS))


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
