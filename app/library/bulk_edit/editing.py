"""One change of many papers, in a constant number of statements for every thousand, and back.

What was done is written down (`BulkChange`) as ids of papers by what they got and lost, so that
undoing takes back that much and leaves what came since.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel, JsonValue
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from app.errors import N_, Conflict, Invalid, Message, NotFound
from app.kit.batches import batches
from app.kit.text import fold
from app.library import queries
from app.library.queries import ChangeSummary, EditableRow
from app.library.rules import TAGS_LIMIT, PaperEdit, VerdictInput, check_edit
from app.models import (
    UNREAD,
    BulkChange,
    Kind,
    Paper,
    PaperField,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Reading,
    Tag,
    utc_now,
)

CELLS = "cells"  # what `comparison.cells.bulk_claims` calls its edits
_BATCH = 1_000
_SAME = N_("It is so already.")
_GONE = N_("No paper has this citation key.")
_IN_TRASH = N_("It is in the trash.")
_CHANGED = N_("It has changed since it was chosen.")
_FULL = N_("It would have more than {limit} tags.")
_JUDGED = N_("It was judged anew since.")
_SINCE = N_("What was set has been changed since.")
_AWAY = N_("It is not here any more.")

_TieTable: TypeAlias = type[PaperTag] | type[PaperTechnique] | type[PaperField]
_TIES: Mapping[str, tuple[_TieTable, str]] = {
    "tags": (PaperTag, "tag_id"),
    "techniques": (PaperTechnique, "technique_id"),
    "fields": (PaperField, "field_id"),
}
# Papers by what they are tied to: tags by their folded names, the others by their ids.
_Tied: TypeAlias = dict[str, dict[str, list[int]]]


class SkippedPaper(BaseModel):
    """A paper that was left alone, and why; `is_same` where there was nothing to do."""

    citekey: str
    why: Message

    @property
    def is_same(self) -> bool:
        return self.why.text == _SAME


class MovedPapers(BaseModel):
    """What an edit does, by the ids of papers: their values before, the verdicts that were in force
    and the ones given (0: none), and the tags that nobody had before."""

    papers: list[int] = []
    added: _Tied = {}
    removed: _Tied = {}
    kinds: dict[int, Kind] = {}
    readings: dict[int, Reading] = {}
    judged: dict[int, int] = {}
    given: dict[int, int] = {}
    trashed: list[int] = []
    new_tags: list[str] = []


@dataclass(frozen=True)
class EditReport:
    """How many papers were changed, which were not, and the number by which it is undone (None
    where nothing was changed, or was to be)."""

    changed: int
    skipped: Sequence[SkippedPaper]
    change: int | None = None

    @property
    def same(self) -> int:
        """How many had nothing to be changed."""
        return sum(each.is_same for each in self.skipped)

    @property
    def refused(self) -> int:
        return len(self.skipped) - self.same


@dataclass
class _Plan:
    moved: MovedPapers = field(default_factory=MovedPapers)
    skipped: list[SkippedPaper] = field(default_factory=list)


def edit_papers(
    session: Session,
    edit: PaperEdit,
    *,
    ids: Sequence[int] | None = None,
    citekeys: Iterable[str] = (),
    versions: Mapping[str, int] | None = None,
    dry_run: bool = False,
) -> EditReport:
    """Does `edit` to the papers of these ids, or else of these citation keys, each once.

    Left alone are papers that are not there or in the trash, that have nothing to be changed, that
    would get too many tags, and those whose version is above the one that `versions` has for the
    key: they changed since the reader saw them.

    Raises:
        Invalid: with a message for every field that cannot be taken; nothing was changed.
    """
    checked = check_edit(edit)
    wanted = _resolve(session, checked)
    plan = _Plan()
    seen: dict[int, int] = {}
    if ids is None:
        ids = _named(session, citekeys, versions or {}, seen, plan.skipped)
    for batch in batches(ids, _BATCH):
        _plan(session, batch, checked, wanted, seen, plan)
    moved = plan.moved
    if dry_run or not moved.papers:
        return EditReport(len(moved.papers), plan.skipped)
    for batch in batches(moved.papers, _BATCH):
        _set(session, set(batch), checked, moved)
    _tie(session, moved, checked)
    if checked.verdict:
        _judge(session, checked.verdict, wanted.verdict, moved)
    change = BulkChange(
        edit=checked.model_dump(mode="json", exclude_defaults=True),
        moved=moved.model_dump(mode="json", exclude_defaults=True),
        skipped=[each.model_dump(mode="json") for each in plan.skipped],
    )
    session.add(change)
    session.flush()
    return EditReport(len(moved.papers), plan.skipped, change.id)


def check_known(session: Session, edit: PaperEdit) -> PaperEdit:
    """`edit` tidied. Raises Invalid where it cannot be taken, as `edit_papers` does."""
    checked = check_edit(edit)
    _resolve(session, checked)
    return checked


def _named(
    session: Session,
    citekeys: Iterable[str],
    versions: Mapping[str, int],
    seen: dict[int, int],
    skipped: list[SkippedPaper],
) -> list[int]:
    """The ids of the papers with these keys; `seen` gets their versions, `skipped` who is not
    here."""
    keys = list(dict.fromkeys(citekeys))
    found: dict[str, int] = {}
    for batch in batches(keys, _BATCH):
        found |= queries.ids_by_any_key(session, {fold(key) for key in batch})
    ids: dict[int, None] = {}
    for key in keys:
        number = found.get(fold(key))
        if number is None:
            skipped.append(SkippedPaper(citekey=key[:80], why=Message.of(_GONE)))
            continue
        ids[number] = None
        if key in versions:
            seen[number] = versions[key]
    return list(ids)


class _Wanted(NamedTuple):
    """The ids of what an edit names; `verdict` is None where it is taken back, or stays."""

    techniques: dict[str, int]
    fields: dict[str, int]
    verdict: int | None


def _resolve(session: Session, edit: PaperEdit) -> _Wanted:
    errors: dict[str, Message] = {}
    held = {
        "techniques": {each.slug: each.id for each in queries.technique_parents(session)},
        "fields": {each.slug: each.id for each in queries.select_research_fields(session)},
    }
    texts = {
        "techniques": N_("There is no technique {slug}."),
        "fields": N_("There is no field {slug}."),
    }
    for name, known in held.items():
        for way in ("add", "remove"):
            for slug in getattr(edit, f"{way}_{name}"):
                if slug not in known:
                    errors[f"{way}_{name}"] = Message.of(texts[name], slug=slug[:80])
    verdict = None
    if edit.verdict and edit.verdict.verdict != UNREAD:
        given = {each.slug: each.id for each in queries.select_verdict_set(session)}
        verdict = given.get(edit.verdict.verdict)
        if verdict is None:
            errors["verdict"] = Message.of(N_("Choose one of the verdicts."))
    if errors:
        raise Invalid(errors)
    return _Wanted(**held, verdict=verdict)


def _plan(
    session: Session,
    ids: Sequence[int],
    edit: PaperEdit,
    wanted: _Wanted,
    seen: Mapping[int, int],
    plan: _Plan,
) -> None:
    """What becomes of these papers."""
    rows = queries.select_editable(session, ids)
    tags = queries.tags_by_paper(session, ids) if edit.add_tags or edit.remove_tags else {}
    ties = {
        name: queries.ties_by_paper(session, *_TIES[name], ids)
        for name in ("techniques", "fields")
        if getattr(edit, f"add_{name}") or getattr(edit, f"remove_{name}")
    }
    judged = queries.verdicts_by_paper(session, ids) if edit.verdict else {}
    adding = {fold(tag) for tag in edit.add_tags}
    for number in ids:
        row = rows.get(number)
        if row is None:
            continue
        why = _why_not(row, seen.get(number))
        if not why and len(tags.get(number, set()) | adding) > max(
            TAGS_LIMIT, len(tags.get(number, ()))
        ):
            why = Message.of(_FULL, limit=TAGS_LIMIT)
        if why:
            plan.skipped.append(SkippedPaper(citekey=row.citekey, why=why))
            continue
        before = len(plan.moved.papers)
        has = {"tags": tags.get(number, set())}
        has |= {name: set(map(str, held.get(number, ()))) for name, held in ties.items()}
        _move(plan.moved, row, edit, wanted, has, judged.get(number))
        if len(plan.moved.papers) == before:
            plan.skipped.append(SkippedPaper(citekey=row.citekey, why=Message.of(_SAME)))


def _why_not(row: EditableRow, seen: int | None) -> Message | None:
    if row.in_trash:
        return Message.of(_IN_TRASH)
    return Message.of(_CHANGED) if seen is not None and row.version > seen else None


def _move(
    moved: MovedPapers,
    row: EditableRow,
    edit: PaperEdit,
    wanted: _Wanted,
    has: Mapping[str, Collection[str]],
    judged: tuple[int, int, str, str] | None,
) -> None:
    """Writes down what one paper gets and loses, if anything."""
    number, is_moved = row.id, False
    for name, held in has.items():
        for way, ties in (("add", moved.added), ("remove", moved.removed)):
            for key in _keys(edit, wanted, way, name):
                if (key in held) == (way == "remove"):
                    ties.setdefault(name, {}).setdefault(key, []).append(number)
                    is_moved = True
    if edit.kind and edit.kind != row.kind:
        moved.kinds[number], is_moved = Kind(row.kind), True
    if edit.reading and edit.reading != row.reading:
        moved.readings[number], is_moved = Reading(row.reading), True
    if edit.verdict:
        _, *now = judged or (0, None, "", "")
        if now != [wanted.verdict, edit.verdict.reason, edit.verdict.due]:
            moved.judged[number], is_moved = judged[0] if judged else 0, True
    if edit.trash:
        moved.trashed.append(number)
        is_moved = True
    if is_moved:
        moved.papers.append(number)


def _keys(edit: PaperEdit, wanted: _Wanted, way: str, name: str) -> list[str]:
    said: list[str] = getattr(edit, f"{way}_{name}")
    if name == "tags":
        return list(map(fold, said))
    ids: dict[str, int] = getattr(wanted, name)
    return [str(ids[slug]) for slug in dict.fromkeys(said)]


def _set(session: Session, papers: set[int], edit: PaperEdit, moved: MovedPapers) -> None:
    """The columns of papers; each is a version further."""
    now = utc_now()
    _update(session, papers, version=Paper.version + 1, updated_at=now)
    if edit.kind:
        _update(session, papers & moved.kinds.keys(), kind=edit.kind)
    if edit.reading:
        _update(session, papers & moved.readings.keys(), reading=edit.reading)
    if edit.trash:
        _update(session, papers & set(moved.trashed), trashed_at=now)


def _update(session: Session, papers: Collection[int], **values: object) -> None:
    for batch in batches(sorted(papers), _BATCH):
        changed = update(Paper).where(col(Paper.id).in_(batch)).values(**values)
        session.execute(changed, execution_options={"synchronize_session": False})


def _tie(session: Session, moved: MovedPapers, edit: PaperEdit) -> None:
    """Tags, techniques and fields, which come and go."""
    names = {fold(tag): tag for tag in edit.add_tags if fold(tag) in moved.added.get("tags", {})}
    missing = names.keys() - queries.tags_named(session, names).keys()
    session.add_all(Tag(name=names[key], folded=key) for key in sorted(missing))
    session.flush()
    moved.new_tags = sorted(missing)
    for number, model, column, papers in _rows(session, moved.added):
        rows = [{"paper_id": each, column: number} for each in papers]
        session.execute(insert(model), rows)
    for number, model, column, papers in _rows(session, moved.removed):
        _untie(session, model, column, number, papers)


def _rows(session: Session, ties: _Tied) -> Iterator[tuple[int, _TieTable, str, Sequence[int]]]:
    """What papers are tied to that is still there: its id, the table, and the papers in batches."""
    tags = queries.tags_named(session, ties.get("tags", {}))
    there = {
        "tags": {key: tag.id for key, tag in tags.items()},
        "techniques": {str(each.id): each.id for each in queries.technique_parents(session)},
        "fields": {str(each.id): each.id for each in queries.select_research_fields(session)},
    }
    for name, tied in ties.items():
        model, column = _TIES[name]
        for key, papers in tied.items():
            if number := there[name].get(key):
                for batch in batches(papers, _BATCH):
                    yield number, model, column, batch


def _untie(
    session: Session, model: _TieTable, column: str, number: int, papers: Sequence[int]
) -> None:
    named = col(getattr(model, column)) == number, col(model.paper_id).in_(papers)
    gone = delete(model).where(*named)
    session.execute(gone, execution_options={"synchronize_session": False})


def _judge(session: Session, given: VerdictInput, verdict: int | None, moved: MovedPapers) -> None:
    """The verdict on each; those before stay as history."""
    for batch in batches(list(moved.judged), _BATCH):
        _outdate(session, [moved.judged[each] for each in batch if moved.judged[each]])
        if verdict is None:
            moved.given |= dict.fromkeys(batch, 0)
            continue
        now = utc_now()
        rows = [
            {"paper_id": each, "verdict_id": verdict, "reason": given.reason, "due": given.due}
            | {"given_at": now, "is_current": True}
            for each in batch
        ]
        session.execute(insert(PaperVerdict), rows)
        made = queries.verdicts_by_paper(session, batch)
        moved.given |= {each: made[each][0] for each in batch}


def _outdate(session: Session, verdicts: Sequence[int], *, current: bool = False) -> None:
    for batch in batches(verdicts, _BATCH):
        changed = update(PaperVerdict).where(col(PaperVerdict.id).in_(batch))
        session.execute(
            changed.values(is_current=current), execution_options={"synchronize_session": False}
        )


# --- And back -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownChange:
    """A change of many papers, or of many cells: what was done (`edit` to papers), to how many, and
    who was left alone."""

    id: int
    row: BulkChange
    edit: PaperEdit
    changed: int
    skipped: Sequence[SkippedPaper]


def get_change(session: Session, number: int) -> ShownChange:
    """Raises NotFound where there is none of this number."""
    row = session.get(BulkChange, number)
    if row is None:
        raise NotFound(N_("There is no change {number}."), number=number)
    skipped = [SkippedPaper.model_validate(each) for each in row.skipped]
    if CELLS in row.edit:
        claims = row.moved.get("claims")
        changed = len(claims) if isinstance(claims, dict) else 0
        return ShownChange(row.id, row, PaperEdit(), changed, skipped)
    moved = MovedPapers.model_validate(row.moved)
    edit = PaperEdit.model_validate(row.edit)
    return ShownChange(row.id, row, edit, len(moved.papers), skipped)


@dataclass(frozen=True)
class ListedChange:
    """A change in the list of all: `edit` is what was done to papers, `cells` to cells."""

    summary: ChangeSummary
    edit: PaperEdit
    cells: JsonValue


def list_bulk_changes(
    session: Session, *, page: int, per_page: int
) -> tuple[list[ListedChange], int]:
    """A page of all changes of many papers or cells, the newest first, and how many there are."""
    found, total = queries.select_bulk_changes(session, start=(page - 1) * per_page, count=per_page)
    return list(map(_listed, found)), total


def bulk_changes_by_id(session: Session, ids: Collection[int]) -> dict[int, ListedChange]:
    """Those of these numbers that are there."""
    found, _ = queries.select_bulk_changes(session, count=len(ids), ids=ids)
    return {each.id: _listed(each) for each in found}


def _listed(change: ChangeSummary) -> ListedChange:
    cells = change.edit.get(CELLS)
    edit = PaperEdit() if CELLS in change.edit else PaperEdit.model_validate(change.edit)
    return ListedChange(change, edit, cells)


def versions_since(session: Session, number: int) -> dict[str, int]:
    """The citation keys of the papers that a change changed, with their versions now."""
    row = get_change(session, number).row
    moved = MovedPapers.model_validate({} if CELLS in row.edit else row.moved)
    found: dict[str, int] = {}
    for batch in batches(moved.papers, _BATCH):
        rows = queries.select_editable(session, batch).values()
        found |= {row.citekey: row.version for row in rows}
    return found


def undo_edit(session: Session, number: int) -> EditReport:
    """Takes a change of many papers back, but for what was changed since, which is said.

    Raises:
        NotFound: there is no such change.
        Conflict: it was taken back before.
    """
    change = get_change(session, number).row
    if change.undone_at is not None:
        raise Conflict(N_("This change was taken back already."))
    moved = MovedPapers.model_validate(change.moved)
    edit = PaperEdit.model_validate(change.edit)
    skipped: list[SkippedPaper] = []
    done: set[int] = set()
    for batch in batches(moved.papers, _BATCH):
        _put_back(session, batch, moved, edit, done, skipped)
    _take_back_ties(session, moved, done)
    _update(session, done, version=Paper.version + 1, updated_at=utc_now())
    for unused in queries.unused_tags(session, moved.new_tags):
        session.delete(unused)
    change.undone_at = utc_now()
    session.flush()
    return EditReport(len(done), skipped, change.id)


def _put_back(
    session: Session,
    ids: Sequence[int],
    moved: MovedPapers,
    edit: PaperEdit,
    done: set[int],
    skipped: list[SkippedPaper],
) -> None:
    """The columns and verdicts of papers as they were; who is ready for more is `done`."""
    rows = queries.select_editable(session, ids)
    judged = queries.verdicts_by_paper(session, ids) if moved.judged else {}
    kept = queries.verdicts_held(session, [moved.judged.get(each, 0) for each in ids])
    trashed = set(moved.trashed)
    kinds: dict[Kind, list[int]] = {}
    readings: dict[Reading, list[int]] = {}
    verdicts: list[int] = []
    restored: list[int] = []
    for number in ids:
        row = rows.get(number)
        if row is None:
            skipped.append(SkippedPaper(citekey=f"#{number}", why=Message.of(_AWAY)))
            continue
        why = None
        if number in moved.kinds:
            if row.kind == edit.kind:
                kinds.setdefault(moved.kinds[number], []).append(number)
            else:
                why = _SINCE
        if number in moved.readings:
            if row.reading == edit.reading:
                readings.setdefault(moved.readings[number], []).append(number)
            else:
                why = _SINCE
        if number in moved.judged:
            now = judged[number][0] if number in judged else 0
            if now == moved.given.get(number, 0):
                verdicts.append(number)
            else:
                why = _JUDGED
        if number in trashed and row.in_trash:
            restored.append(number)
        if why:
            skipped.append(SkippedPaper(citekey=row.citekey, why=Message.of(why)))
        done.add(number)
    for kind, papers in kinds.items():
        _update(session, papers, kind=kind)
    for reading, papers in readings.items():
        _update(session, papers, reading=reading)
    _update(session, restored, trashed_at=None)
    gone = [given for each in verdicts if (given := moved.given.get(each, 0))]
    for batch in batches(gone, _BATCH):
        taken = delete(PaperVerdict).where(col(PaperVerdict.id).in_(batch))
        session.execute(taken, execution_options={"synchronize_session": False})
    back = [before for each in verdicts if (before := moved.judged[each]) in kept]
    _outdate(session, back, current=True)


def _take_back_ties(session: Session, moved: MovedPapers, papers: set[int]) -> None:
    for number, model, column, tied in _rows(session, moved.added):
        _untie(session, model, column, number, tied)
    for number, model, column, tied in _rows(session, moved.removed):
        named = col(getattr(model, column)) == number, col(model.paper_id).in_(tied)
        held = set(session.exec(select(col(model.paper_id)).where(*named)))
        rows = [{"paper_id": each, column: number} for each in tied if each in papers - held]
        if rows:
            session.execute(insert(model), rows)
