"""Files handed in over the web: kept, looked at page by page, taken. Each step opens transactions
of its own, and any process can do it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode

from sqlmodel import Session

from app.benchmarks.rules import Accuracy
from app.benchmarks.service import read_accuracies
from app.database import Database
from app.errors import Invalid, Message, NotFound, Problem
from app.imports import kept_files, service
from app.imports.applying.benchmark_results import ResultPlan
from app.imports.applying.pdfs import make_holder
from app.imports.applying.pictures import make_illustrator
from app.imports.planning.detect_format import Content, read_mended, read_once
from app.imports.planning.preview_state import Said, delete_state, load_state, save_state
from app.imports.rules import (
    Correction,
    ForAll,
    ImportPlan,
    MadeCounts,
    PlanRow,
    RowState,
    correct_row,
    count_made,
    settle_rows,
    tick_all,
)
from app.imports.schemas import serialize_report
from app.imports.service import ReadingOptions
from app.library import service as library
from app.library.service import EditChoices
from app.library_state import started_from, state_of
from app.models import Kind, Verdict
from app.notes.rules import DiffLine, diff_texts
from app.settings import Settings
from app.state_cache import StateCache

_KINDS = (*(kind.value for kind in Kind), "thought")
_ROWS = 100  # on a page
_PROBLEMS = 50
_plans = StateCache[ImportPlan](2)  # of files that are looked at page by page


@dataclass(frozen=True)
class Upload:
    """A file that was handed in: its SHA-256, its name, and how it is to be read."""

    digest: str
    name: str
    reading: ReadingOptions

    @property
    def url(self) -> str:
        """The address of its preview."""
        asked = {key: value for key, value in self.reading.said.items() if value}
        query = urlencode({"name": self.name, **asked}, quote_via=quote, errors="replace")
        return f"/import/{self.digest}?{query}"


@dataclass(frozen=True)
class ShownProblem:
    """What could not be read, with its number and, if the reader mended it, the text they left."""

    number: int
    problem: Problem
    text: str


@dataclass(frozen=True)
class PlanPage:
    """One page of a plan: first what the reader should look at, then the rest as in the file."""

    name: str
    format: str
    size: int  # entries of the file
    total: int  # rows: entries, and what they bring along
    made: MadeCounts  # what taking what is ticked makes
    counts: Mapping[RowState, int]  # of them
    gone: tuple[str, ...]
    documents: int
    rows: list[tuple[PlanRow, PlanRow]]  # as corrected, and as it was read
    firsts: dict[int, PlanRow]  # the rows that twins join, by position
    titles: dict[int, str]  # of the rows that name stubs and issues, by position
    number: int  # of the page
    per_page: int
    problems: list[ShownProblem]
    unread: int  # how many problems there are
    action: str
    verdicts: list[Verdict]
    kinds: tuple[str, ...]
    differences: dict[str, list[DiffLine] | None]  # by the note's key
    taken: int
    asked: int
    for_all: ForAll
    choices: EditChoices
    errors: dict[str, Message]


@dataclass(frozen=True)
class ShownResult:
    """A result before it is stored."""

    plan: ResultPlan
    accuracies: list[tuple[str, Accuracy]]
    action: str
    system: str
    errors: dict[str, Message]


@dataclass(frozen=True)
class UnusableUpload:
    """Predictions that are no result, and why."""

    problem: Invalid | NotFound


@dataclass(frozen=True)
class TakenImport:
    """What was imported: where to see it, and in a sentence."""

    url: str
    summary: Message


@dataclass(frozen=True)
class GivenCorrections:
    """What a reader sends with a page of a preview; `system` names whose predictions they are."""

    corrections: dict[str, Correction] = field(default_factory=dict)
    mends: dict[int, str] = field(default_factory=dict)
    system: str = ""
    for_all: ForAll | None = None


Shown = PlanPage | ShownResult | UnusableUpload


def keep_upload(
    db: Database, settings: Settings, data: bytes, name: str, reading: ReadingOptions
) -> tuple[str, str]:
    """Store a file, if it can be read; its digest and format.

    Raises:
        TooLarge, Invalid, NotFound: the file, or what was said of it, cannot be taken.
    """
    content = read_once(data, name, reading.asked)
    if content.format == "predictions":
        with db.read() as session:
            _result_plan(session, content, name, reading)
    return kept_files.keep_file(settings.library, data), content.format


def show_upload(db: Database, settings: Settings, upload: Upload, *, number: int = 1) -> Shown:
    """Page `number` of what importing a file would do.

    Raises:
        NotFound: the file is not here.
        Invalid: it has too many entries for one import.
    """
    content = _content(settings, upload)
    with db.read() as session:
        if content.format == "predictions":
            return _shown_result(session, content, upload)
        return _plan_page(session, content, settings, upload, number=number)


def save_corrections(
    db: Database,
    settings: Settings,
    upload: Upload,
    given: GivenCorrections,
    *,
    tick: bool | None = None,
) -> None:
    """Remember what the reader said on a page, and that all rows are ticked, or none."""
    content, told = _content(settings, upload), _told(settings, upload, given)
    if tick is not None:
        with db.read() as session:
            plan = _planned(session, content, told, upload)
        told = told.also(tick_all(plan, told.corrections, take=tick), {})
    save_state(settings.library, upload.digest, upload.name, told)


def take_upload(
    db: Database, settings: Settings, upload: Upload, given: GivenCorrections
) -> TakenImport | Shown:
    """Import a file as its plan was corrected, all of it or nothing; where something is wrong, the
    page that says so."""
    content = _content(settings, upload)
    if content.format == "predictions":
        return _take_result(db, content, upload, given.system)
    told = _told(settings, upload, given)
    try:
        with db.read() as session:
            plan = _planned(session, content, told, upload)
            state = state_of(session)
        with db.write() as session:
            if started_from(session) != state:  # somebody wrote in between
                plan = _planned(session, content, told, upload)
            report = service.apply_plan(
                session,
                plan,
                told.corrections,
                for_all=told.for_all,
                illustrate=make_illustrator(content, settings.library),
                hold=make_holder(content, settings.library),
            )
    except Invalid as problem:
        save_state(settings.library, upload.digest, upload.name, told)
        with db.read() as session:
            return _plan_page(session, content, settings, upload, errors=problem.errors)
    delete_state(settings.library, upload.digest, upload.name)
    url = f"/import/batches/{report.batch_id}" if report.batch_id else upload.url
    return TakenImport(url, report.summary())


def import_upload(
    db: Database,
    settings: Settings,
    data: bytes,
    name: str,
    reading: ReadingOptions,
    for_all: ForAll,
    *,
    dry_run: bool,
    overwrite: bool,
) -> bytes:
    """`service.import_file` in a transaction, and its report as JSON: of twenty thousand papers the
    server would be held up by making it."""
    with (db.read if dry_run else db.write)() as session:
        report = service.import_file(
            session,
            data,
            name,
            library=settings.library,
            reading=reading,
            for_all=for_all,
            dry_run=dry_run,
            overwrite=overwrite,
        )
    return serialize_report(report).model_dump_json().encode()


def _content(settings: Settings, upload: Upload) -> Content:
    data = kept_files.load_file(settings.library, upload.digest)
    return read_once(data, upload.name, upload.reading.asked)


def _told(settings: Settings, upload: Upload, given: GivenCorrections) -> Said:
    before = load_state(settings.library, upload.digest, upload.name)
    return before.also(given.corrections, given.mends, given.for_all)


def _planned(session: Session, content: Content, told: Said, upload: Upload) -> ImportPlan:
    """What importing a file does as the library is now, problems that the reader mended read again;
    kept until the library changes or another problem is mended."""
    digest, name = upload.digest, upload.name
    language = upload.reading.language
    key = digest, name, content.format, language, tuple(sorted(told.mends.items()))
    return _plans.get(
        session,
        key,
        lambda: service.preview_plan(
            session, read_mended(content, told.mends), name, sha256=digest, language=language
        ),
    )


def _plan_page(
    session: Session,
    content: Content,
    settings: Settings,
    upload: Upload,
    *,
    number: int = 1,
    errors: dict[str, Message] | None = None,
) -> PlanPage:
    told = load_state(settings.library, upload.digest, upload.name)
    plan = _planned(session, content, told, upload)
    rows = settle_rows([correct_row(row, told.corrections.get(row.key)) for row in plan.rows])
    pairs = list(zip(rows, plan.rows, strict=True))
    placed = {row.position: row for row in plan.rows}
    errors = errors or {}
    wrong = {int(at) for key in errors if (at := key.rpartition("-")[2]).isdigit()}
    pairs.sort(key=lambda pair: (pair[1].position not in wrong, not pair[1].is_asked))
    number = max(1, min(number, -(-len(pairs) // _ROWS)))
    shown = pairs[(number - 1) * _ROWS :][:_ROWS]
    return PlanPage(
        name=plan.name,
        format=plan.format,
        size=plan.entries,
        total=len(rows),
        made=count_made(rows),
        counts={state: plan.count(state) for state in RowState},
        gone=plan.gone,
        documents=plan.documents,
        rows=shown,
        firsts={row.first: placed[row.first] for row, _ in shown if row.first},
        titles={n: placed[n].title for row, _ in shown for n in row.made_for},
        number=number,
        per_page=_ROWS,
        problems=[
            ShownProblem(at, problem, problem.raw)
            for at, problem in enumerate(plan.problems[:_PROBLEMS])
            if number == 1
        ],
        unread=len(plan.problems),
        action=replace(upload, name=plan.name).url,
        verdicts=library.list_verdicts(session),
        kinds=_KINDS,
        differences=dict(_differences(read for _, read in shown)),
        taken=sum(row.take for row in rows),
        asked=sum(row.is_asked for row in plan.rows),
        for_all=told.for_all,
        choices=library.list_edit_choices(session),
        errors=errors,
    )


def _differences(rows: Iterable[PlanRow]) -> Iterator[tuple[str, list[DiffLine] | None]]:
    """What would change in notes that are here, by the key of row or note."""
    for row in rows:
        if not row.record and row.state in (RowState.CHANGED, RowState.CONFLICT):
            yield row.key, diff_texts(row.theirs, row.body)
        for note in row.notes:
            if note.state in (RowState.CHANGED, RowState.CONFLICT):
                yield note.key, diff_texts(note.theirs, note.body)


def _result_plan(
    session: Session, content: Content, name: str, reading: ReadingOptions
) -> ResultPlan:
    return service.preview_result(
        session, content.text, name, benchmark=reading.benchmark, system=reading.system
    )


def _shown_result(
    session: Session,
    content: Content,
    upload: Upload,
    *,
    typed: str | None = None,
    error: Invalid | None = None,
) -> ShownResult | UnusableUpload:
    try:
        plan = _result_plan(session, content, upload.name, upload.reading)
    except (Invalid, NotFound) as problem:
        return UnusableUpload(problem)
    return ShownResult(
        plan=plan,
        accuracies=read_accuracies(plan.read),
        action=replace(upload, name=plan.name).url,
        system=plan.read.system if typed is None else typed,
        errors=error.errors if error else {},
    )


def _take_result(
    db: Database, content: Content, upload: Upload, system: str
) -> TakenImport | ShownResult | UnusableUpload:
    try:
        with db.write() as session:
            named = replace(upload.reading, system=system)
            plan = _result_plan(session, content, upload.name, named)
            return TakenImport(plan.url, service.take_result(session, plan).summary())
    except (Invalid, NotFound) as problem:
        error = problem if isinstance(problem, Invalid) else None
        unnamed = replace(upload, reading=replace(upload.reading, system=""))
        with db.read() as session:
            return _shown_result(session, content, unnamed, typed=system, error=error)
