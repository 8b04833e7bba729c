"""From the entries of a file to the rows of a plan."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.errors import N_, Message
from app.imports.planning.library_index import LibraryIndex, PreviousImports, normalize_entry
from app.imports.queries import KnownPaper
from app.imports.rules import (
    ALONE,
    PREAMBLE,
    PREAMBLE_KEY,
    TAKEN,
    Candidate,
    NamedIssue,
    NoteTarget,
    PassingMention,
    PlanRow,
    ReportItem,
    RowState,
    Suggestion,
)
from app.kit.text import fold_letters, tidy_line
from app.models import ImportItem, Paper
from app.sources.drafts import PaperDraft
from app.sources.markdown.links import Mention, NameFinder
from app.sources.markdown.note_list import NoteEntry, NotesFile


def opening_row(
    notes: NotesFile, name: str, earlier: PreviousImports, known: LibraryIndex
) -> PlanRow:
    opening = notes.preamble
    raw = opening.raw + notes.separator
    written = [line.number for line in opening.lines if line.text.strip()]
    if notes.entries:
        title = f"{name}: opening questions" if opening.questions else f"{name}: opening lines"
    else:
        title = opening.title or Path(name).stem
    row = PlanRow(
        position=PREAMBLE,
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
        named=_named(opening.mentions, known),
    )
    return _judged(row, earlier.item(PREAMBLE_KEY, raw), earlier)


def entry_row(
    entry: NoteEntry, key: str, earlier: PreviousImports, known: LibraryIndex, finder: NameFinder
) -> PlanRow:
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
    row = PlanRow(
        position=entry.position,
        key=key,
        state=RowState.NEW,
        kind=entry.kind,
        title=draft.title,
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
        named=_named(entry.mentions, known),
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


def brought_along(rows: Iterable[PlanRow]) -> list[ReportItem]:
    """What taking these rows makes beside them: issues of concepts, stubs of what is only named."""
    taken = [row for row in rows if row.take]
    issues = [
        ReportItem("issue", each.name) for row in taken for each in row.issues if not each.slug
    ]
    made = {
        fold_letters(name)
        for row in taken
        if row.kind not in ALONE and row.target is None
        for name in filter(None, (row.title, row.draft.short_title))
    }
    stubs = []
    for named in (n for row in taken if row.body or row.kind in ALONE for n in row.named):
        names = {fold_letters(name) for name in named.names}
        if not named.citekey and not names & made:
            made |= names
            stubs.append(ReportItem("stub", named.title, named.kind))
    return [*issues, *stubs]


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
        edited = held.version > item.version and held.body != row.body
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
