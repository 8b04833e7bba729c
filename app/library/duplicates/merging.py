"""Two papers made one, and parted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from pydantic import BaseModel, JsonValue
from sqlalchemy import ColumnElement, and_, delete, insert, inspect, or_, select, update
from sqlmodel import Session, SQLModel, col

from app.errors import N_, Conflict, Invalid, NotFound
from app.library import publication, queries, service
from app.library.citekeys import unique_citekey
from app.library.rules import PaperInput
from app.models import (
    Evidence,
    ImportItem,
    Paper,
    PaperDistinct,
    PaperMerge,
    PaperVerdict,
    Reading,
)
from app.models.stored import StoredTable, references_to
from app.sources.drafts import PaperDraft

Values: TypeAlias = dict[str, JsonValue]

# What of two papers can be chosen, field by field. With the arXiv id comes what is said of it.
CHOOSABLE = (
    "title",
    "short_title",
    "kind",
    "authors",
    "abstract",
    "year",
    "published",
    "venue",
    "arxiv_id",
    "doi",
    "url",
    "details",
    "verdict",
)
_READINGS = list(Reading)  # the further, the later
_WITH_ARXIV_ID = ("arxiv_version", "primary_category", "revised")


class Moved(BaseModel):
    """What a merge did, row by row and field by field: all that is needed to take it back."""

    keep: int  # the paper's id
    version: int  # and what it was before
    paper: Values  # the other one's row
    gone: dict[str, list[Values]] = {}  # rows that were part of it, by table
    added: dict[str, list[Values]] = {}  # rows that the paper got, by table
    named: dict[str, list[Values]] = {}  # rows that name the paper now, as they were, by table
    fields: dict[str, tuple[JsonValue, JsonValue]] = {}  # the paper's own: before and after
    outdated: int | None = None  # the verdict that was the paper's until then


@dataclass(frozen=True)
class UnmergeReport:
    """Two papers that a merge had made one: their keys, and what was left as it is now."""

    citekey: str
    other: str
    stays: tuple[str, ...]


def merge_papers(
    session: Session,
    keep: Paper,
    other: Paper,
    *,
    take: Collection[str] | None = None,
    by_reader: bool = True,
) -> PaperMerge:
    """Two records of one paper become `keep`: it gets all that hangs on `other`, which leaves.

    Of `other`'s fields it gets those that it has not itself, and those that `take` names (of
    `CHOOSABLE`), which count as the reader's unless not `by_reader`; where `take` is None and
    `keep` is a preprint, all that says where it came out, if `other` does. `other`'s keys go on
    naming it, in links and addresses. A constant number of statements; `unmerge` takes it back.

    Raises:
        Conflict: both are one, or one of them is in the trash.
        Invalid: `take` names what cannot be chosen.
    """
    if keep.id == other.id:
        raise Conflict(N_("These are one paper already."))
    for each in (keep, other):
        if each.trashed_at is not None:
            raise Conflict(N_("{title} is in the trash. Its page restores it."), title=each.title)
    if take is None:
        take = choose_publication(keep, other)
    for name in take:
        if name not in CHOOSABLE:
            raise Invalid.field(
                "take", N_("Choose among these: {names}."), names=", ".join(CHOOSABLE)
            )
    if service.is_stub(keep):
        take = {*take, "title"}
    mine, theirs = service.paper_as_input(keep), service.paper_as_input(other)
    before, source = _fields(keep), _source(other)
    arxiv_id, title, citekey = other.arxiv_id, other.title, other.citekey
    moved = Moved(keep=keep.id, version=keep.version, paper=_values(other))
    outdated = keep.verdict if other.verdict and "verdict" in take else None
    if outdated:
        outdated.is_current = False
        moved.outdated = outdated.id
    yields = keep.verdict is not None
    session.flush()
    session.expunge(other)  # from here on its rows are what counts
    _move_parts(session, moved, moved.keep, other.id)
    _move_naming(session, moved, moved.keep, other.id, yields=yields)
    session.execute(delete(Paper).where(col(Paper.id) == other.id))
    keep = _again(session, keep)
    _take_over(session, keep, mine, theirs, take=take, source=source, by_reader=by_reader)
    keys = [citekey, *([arxiv_id] if arxiv_id and arxiv_id != keep.arxiv_id else [])]
    moved.added["former_citekey"] = [
        {"citekey": key, "paper_id": moved.keep}
        for key in keys
        if service.add_alias(session, keep, key)
    ]
    after = _fields(keep)
    moved.fields = {
        name: (before[name], after[name]) for name in after if before[name] != after[name]
    }
    remembered = PaperMerge(
        keep_id=moved.keep, citekey=citekey, title=title, moved=moved.model_dump(mode="json")
    )
    session.add(remembered)
    session.flush()
    return remembered


def complete_paper(
    session: Session, keep: Paper, given: PaperInput, *, source: PaperDraft | None = None
) -> PaperMerge:
    """What is about to be added is `keep`: it gets what `given` says, as if that had been added and
    merged, so that `unmerge` makes two of them. What the reader wrote stays; in place of all else
    comes what `source` says, if that is where `given` is from, as by `service.refresh_metadata`.

    Raises:
        Conflict: the paper is in the trash.
        Invalid, AlreadyHeld: as `service.create_paper`.
    """
    if keep.trashed_at is not None:
        raise Conflict(N_("{title} is in the trash. Its page restores it."), title=keep.title)
    citekey, free = keep.citekey, {"citekey": ""}
    if given.arxiv_id and given.arxiv_id == keep.arxiv_id:
        free |= {"arxiv_id": ""}
    if given.doi and keep.doi and given.doi.lower() == keep.doi.lower():
        free |= {"doi": ""}
    other = service.create_paper(session, given.model_copy(update=free), source=source)
    keep, other = (service.get_paper(session, each) for each in (citekey, other.citekey))
    take = _said_by_source(keep, other) if source else None
    return merge_papers(session, keep, other, take=take, by_reader=False)


def _said_by_source(keep: Paper, other: Paper) -> set[str]:
    """The fields of a draft that come in place of the paper's own."""
    here, there = (service.paper_as_input(each).model_dump(mode="json") for each in (keep, other))
    told = publication.drop_preprint(here, there)
    taken = {*CHOOSABLE} - {"kind", "verdict", *keep.reader_fields}
    return {name for name in taken if told.get(name)}


def unmerge(session: Session, merge_id: int) -> UnmergeReport:
    """Takes a merge back: what was moved moves back, what was chosen is as it was.

    What was edited or taken away since stays so, and is named.

    Raises:
        NotFound: there is no such merge.
        Conflict: a later merge into the same paper has to be taken back first.
    """
    remembered = session.get(PaperMerge, merge_id)
    if remembered is None:
        raise NotFound(N_("There is no merge {number}."), number=merge_id)
    latest = queries.select_merges_into(session, remembered.keep_id)[0]
    if latest.id != merge_id:
        raise Conflict(N_("Take back the merge with {title} first."), title=latest.title)
    moved = Moved.model_validate(remembered.moved)
    keep = queries.by_ids(session, [remembered.keep_id])[remembered.keep_id]
    keep_id = remembered.keep_id
    untouched = keep.version == moved.version + 1
    stays = _give_back(session, keep, moved)
    for table, rows in moved.added.items():
        model = _models()[table]
        _delete(session, model, [_renamed(model, row, moved.keep, keep_id) for row in rows])
    other, kept = _restored(session, moved)
    stays += kept + _move_back(session, moved, keep_id, other.id)
    if untouched:  # to the import that made it, the paper is again as it was
        item = (col(ImportItem.item_kind) == "paper", col(ImportItem.item_id) == keep_id)
        session.execute(
            update(ImportItem)
            .where(*item, col(ImportItem.version) == moved.version)
            .values(version=keep.version)
        )
    session.delete(remembered)
    session.flush()
    return UnmergeReport(_again(session, keep).citekey, other.citekey, tuple(dict.fromkeys(stays)))


def choose_publication(keep: Paper, other: Paper) -> set[str]:
    """The fields that `keep`, a preprint, is to have of its publication `other`, but for those that
    the reader wrote; none where the two are something else."""
    here, there = (service.paper_as_input(each).model_dump(mode="json") for each in (keep, other))
    update = publication.publication_update(here, there) or {}
    return {name for name, value in update.items() if value and value != here[name]} - {
        *keep.reader_fields
    }


# --- There ---


def _move_parts(session: Session, moved: Moved, keep: int, other: int) -> None:
    """What is part of a paper by its key: techniques, tags, fields, correspondences. The paper gets
    what it has not; its authors are chosen with the other fields."""
    for table, names in _parts():
        model = table.model
        columns = [col(getattr(model, name)) for name in names]
        either = or_(*(column.in_((keep, other)) for column in columns))
        rows = [_values(row) for row in session.scalars(select(model).where(either))]
        theirs = [row for row in rows if any(row[name] == other for name in names)]
        if not theirs:
            continue
        moved.gone[_table(model)] = theirs
        session.execute(delete(model).where(or_(*(column == other for column in columns))))
        if table.merging == "choice":
            continue
        held = [_key(model, row) for row in rows if row not in theirs]
        new = [
            row
            for each in theirs
            if _key(model, row := _renamed(model, each, other, keep)) not in held
            and _is_a_pair(model, row)
        ]
        if new:
            typed = [model.model_validate(row).model_dump() for row in new]  # times, out of JSON
            session.execute(insert(model), typed)
            moved.added[_table(model)] = new


def _move_naming(session: Session, moved: Moved, keep: int, other: int, *, yields: bool) -> None:
    """What names a paper: notes, evidence, verdicts, keys … As objects, for what follows rows sees
    them change. A verdict that `yields` to the paper's own is not the current one any more."""
    for model, name in _naming():
        rows = session.scalars(select(model).where(_names(model, name, other))).all()
        if rows:
            moved.named[_table(model)] = [_values(row) for row in rows]
        for row in rows:
            setattr(row, name, keep)
            if isinstance(row, PaperVerdict) and yields:
                row.is_current = False
            elif isinstance(row, ImportItem):
                row.version = 0  # it is not as it was imported
    session.flush()


def _take_over(
    session: Session,
    keep: Paper,
    mine: PaperInput,
    theirs: PaperInput,
    *,
    take: Collection[str],
    source: Mapping[str, object],
    by_reader: bool,
) -> None:
    """The other's fields that were chosen, and those that the paper has not itself."""
    here, there = mine.model_dump(mode="json"), theirs.model_dump(mode="json")
    published = publication.publication_update(here, there) or {}
    # Of two publications, or of a preprint, nothing fills up what is said of where it came out.
    apart = bool(published) or publication.is_elsewhere(here, there)
    apart = apart or publication.drop_preprint(here, there) != there
    unfilled = publication.FIELDS if apart else ()
    changes: dict[str, object] = {
        name: getattr(theirs, name)
        for name in CHOOSABLE
        if name not in ("verdict", "details")
        and getattr(theirs, name)
        and (name in take or not (getattr(mine, name) or name in unfilled))
        and getattr(theirs, name) != getattr(mine, name)
    }
    if "details" in take and published:
        details = publication.details_of(published)
    elif "details" in take:
        details = theirs.details if apart else mine.details | theirs.details
    else:
        details = mine.details if apart else theirs.details | mine.details
    if details != mine.details:
        changes["details"] = details
    if _READINGS.index(theirs.reading) > _READINGS.index(mine.reading):
        changes["reading"] = theirs.reading
    if "year" in take and "year" in published:
        changes["published"] = published["published"]
    reader = {name for name in changes if by_reader and name in take} | (
        changes.keys() & set(_strings(source["reader_fields"]))
    )
    if "arxiv_id" in changes:
        changes |= {name: getattr(theirs, name) for name in _WITH_ARXIV_ID}
    if "arxiv_id" in changes or (not by_reader and source["metadata_source"]):
        keep.metadata_source = str(source["metadata_source"])
    keep.reader_fields = sorted({*keep.reader_fields, *(reader & set(service.BIBLIOGRAPHIC))})
    service.overwrite_paper(session, keep, changes)


# --- And back ---


def _give_back(session: Session, keep: Paper, moved: Moved) -> list[str]:
    """The paper's own fields as they were; those that were edited since, by name."""
    now = _fields(keep)
    back = {name: was for name, (was, became) in moved.fields.items() if now[name] == became}
    given = PaperInput.model_validate(
        {name: value for name, value in (now | back).items() if name in PaperInput.model_fields}
    )
    changes = {name: getattr(given, name) for name in back if name in PaperInput.model_fields}
    if "reader_fields" in back:
        keep.reader_fields = _strings(back["reader_fields"])
    if "metadata_source" in back:
        keep.metadata_source = str(back["metadata_source"])
    service.overwrite_paper(session, keep, changes)
    return [name for name in moved.fields if name not in back and name in CHOOSABLE]


def _restored(session: Session, moved: Moved) -> tuple[Paper, list[str]]:
    """The other paper with its own id, key and arXiv id, where those are still free; and what of
    them is not."""
    row = dict(moved.paper)
    stays = []
    if session.get(Paper, row["id"]):
        del row["id"]
    key = str(row["citekey"])
    if service.get_papers_by_key(session, [key]):
        row["citekey"] = unique_citekey(key, queries.citekeys_like(session, key))
        stays.append("citekey")
    if row["arxiv_id"] and queries.papers_with_id(session, arxiv_ids=[str(row["arxiv_id"])]):
        row["arxiv_id"] = None
        stays.append("arxiv_id")
    other = Paper.model_validate(row)
    session.add(other)
    session.flush()
    return other, stays


def _move_back(session: Session, moved: Moved, keep: int, other: int) -> list[str]:
    """The rows of the other paper; the tables of those that are gone or elsewhere by now."""
    stays = []
    was = int(str(moved.paper["id"]))
    for table, rows in moved.gone.items():
        model = _models()[table]
        named = [_renamed(model, row, was, other) for row in rows]
        held = _whose_ends_are_held(session, model, named)
        session.add_all(model.model_validate(row) for row in held)
        stays += [table] * (len(rows) - len(held))
    for model, name in _naming():
        before = moved.named.get(_table(model), [])
        key = inspect(model).primary_key[0].key or ""
        wanted = [row[key] for row in before]
        found = (
            {
                getattr(row, key): row
                for row in session.scalars(
                    select(model).where(col(getattr(model, key)).in_(wanted))
                )
                if getattr(row, name) == keep
            }
            if before
            else {}
        )
        for values in before:
            if (row := found.get(values[key])) is None:
                stays.append(_table(model))
                continue
            setattr(row, name, other)
            for column in _ALSO_CHANGED.get(model, ()):
                setattr(row, column, values[column])
    session.flush()
    outdated = session.get(PaperVerdict, moved.outdated) if moved.outdated else None
    if outdated and not queries.select_current_verdict(session, keep):
        outdated.is_current = True
    session.flush()
    return stays


# --- Rows ---


@cache
def _models() -> dict[str, type[SQLModel]]:
    """Every table's class by the table's name."""
    return {_table(mapper.class_): mapper.class_ for mapper in inspect(Paper).registry.mappers}


@cache
def _references() -> list[tuple[StoredTable, str]]:
    """Every column that names a paper."""
    return sorted(references_to(Paper), key=lambda each: each[0].name)


def _parts() -> Iterator[tuple[StoredTable, list[str]]]:
    for table, columns in groupby(_references(), key=itemgetter(0)):
        if table.merging != "follows":
            yield table, [name for _, name in columns]


def _naming() -> list[tuple[type[SQLModel], str]]:
    own = [(table.model, name) for table, name in _references() if table.merging == "follows"]
    return [*own, (ImportItem, "item_id")]


def _names(model: type[SQLModel], column: str, paper_id: int) -> ColumnElement[bool]:
    named = col(getattr(model, column)) == paper_id
    of_papers = col(ImportItem.item_kind).in_(("paper", "paper_file"))
    return and_(named, of_papers) if model is ImportItem else named


# What of a row changes with the paper that it names.
_ALSO_CHANGED: dict[type[SQLModel], tuple[str, ...]] = {
    Evidence: ("standing", "page", "sha256", "now", "looked_version"),
    PaperVerdict: ("is_current",),
    ImportItem: ("version",),
}


def _renamed(model: type[SQLModel], row: Values, old: int, new: int) -> Values:
    """A row with one paper in place of another."""
    names = [name for table, name in _references() if table.model is model]
    renamed = {**row, **{name: new for name in names if row.get(name) == old}}
    if model is PaperDistinct:
        ends = sorted(int(str(renamed[name])) for name in names)
        renamed |= zip(names, ends, strict=True)
    return renamed


def _key(model: type[SQLModel], row: Values) -> list[JsonValue]:
    return [row[column.key or ""] for column in inspect(model).primary_key]


def _is_a_pair(model: type[SQLModel], row: Values) -> bool:
    return model is not PaperDistinct or row["first_id"] != row["second_id"]


def _whose_ends_are_held(
    session: Session, model: type[SQLModel], rows: list[Values]
) -> list[Values]:
    """Those of the rows of which everything that they name is still there."""
    for column in inspect(model).local_table.columns:
        for reference in column.foreign_keys:
            wanted = [row[column.key] for row in rows]
            there = set(
                session.scalars(select(reference.column).where(reference.column.in_(wanted)))
            )
            rows = [row for row in rows if row[column.key] in there]
    return rows


def _delete(session: Session, model: type[SQLModel], rows: Sequence[Values]) -> None:
    """The rows, by their keys where these are known whole."""
    keys = {column.key or "" for column in inspect(model).primary_key}
    same = [
        and_(
            *(
                col(getattr(model, name)) == row[name]
                for name in (keys if keys <= set(row) else row)
            )
        )
        for row in rows
    ]
    if same:
        session.execute(delete(model).where(or_(*same)))


def _again(session: Session, paper: Paper) -> Paper:
    """A paper as its rows are now, with what its page shows."""
    number = paper.id
    session.expire(paper)
    return queries.by_ids(session, [number])[number]


def _fields(paper: Paper) -> Values:
    """A paper's own fields as JSON."""
    given = service.paper_as_input(paper).model_dump(mode="json")
    return {
        name: given[name] for name in (*service.BIBLIOGRAPHIC, "arxiv_id", "kind", "reading")
    } | _source(paper)


def _source(paper: Paper) -> Values:
    return {"reader_fields": [*paper.reader_fields], "metadata_source": paper.metadata_source}


def _strings(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _values(row: SQLModel) -> Values:
    return row.model_dump(mode="json", warnings=False)  # a kind is read as text


def _table(model: type[SQLModel]) -> str:
    return str(model.__tablename__)
