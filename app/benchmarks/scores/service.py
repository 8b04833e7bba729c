"""The verbs on published scores. They take a session first, decide and write, and never commit."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from app.benchmarks import queries
from app.benchmarks.scores.rules import (
    COLUMNS,
    PERCENT,
    TEXT_LIMIT,
    ScoreInput,
    ScorePatch,
    check_score,
    format_conditions,
    metric_name,
    parse_conditions,
    parse_figure,
)
from app.errors import N_, Conflict, Invalid, Message, NotFound, check_version
from app.kit.text import fold, tidy_line
from app.models import Benchmark, BenchmarkCategory, ImportBatch, ImportItem, Paper, Score
from app.sources.score_tables import PastedTable

CSV_LIMIT = 5_000  # rows of a file
_TOLD = 20  # rows that a message names
_SUGGESTED = 200


def list_scores(session: Session, benchmark: Benchmark) -> list[Score]:
    """The scores on a benchmark with papers and categories, by system; one statement."""
    return queries.select_scores(session, [benchmark.id])


def get_score(session: Session, score_id: int) -> Score:
    """Raises NotFound."""
    score = queries.score_by_id(session, score_id)
    if score is None:
        raise NotFound(N_("There is no score {number}."), number=score_id)
    return score


def suggest_papers(session: Session) -> list[tuple[str, str]]:
    """Citation keys and titles that a score is likely to come from."""
    return queries.latest_papers(session, _SUGGESTED)


def add_score(session: Session, benchmark: Benchmark, given: ScoreInput) -> Score:
    """A score on a benchmark.

    Raises Invalid with a message for every field that cannot be saved, on `system` where the same
    is here already.
    """
    adding = _Adding(session, benchmark, [given])
    score = adding.make(given)
    session.flush()
    return get_score(session, score.id)


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row of a file or a pasted table."""

    row: int
    name: str
    message: Message


class InvalidRows(Invalid):
    """Rows of which some cannot be saved, so that none is."""

    def __init__(self, problems: Sequence[RowProblem], field_name: str) -> None:
        self.problems = list(problems)
        super().__init__(
            {
                field_name: Message.of(
                    N_("Nothing was saved: {count} rows cannot be."),
                    count=len({each.row for each in problems}),
                )
            }
        )


def add_scores(
    session: Session,
    benchmark: Benchmark,
    given: Sequence[tuple[int, ScoreInput]],
    *,
    named: str = "file",
) -> tuple[list[Score], int]:
    """Scores from rows with their numbers; all or none. Those that are here already, with the same
    figure, are passed over and counted.

    Raises InvalidRows, on the field `named`, which says what is wrong row by row.
    """
    adding = _Adding(session, benchmark, [score for _, score in given])
    problems: list[RowProblem] = []
    made: list[Score] = []
    passed = 0
    for row, score in given:
        try:
            if adding.holds(score):
                passed += 1
            else:
                made.append(adding.make(score))
        except Invalid as error:
            problems += [RowProblem(row, name, each) for name, each in error.errors.items()]
    if problems:
        raise InvalidRows(problems, named)
    session.flush()
    return made, passed


def record_import(session: Session, made: Sequence[Score], name: str, text: str) -> int | None:
    """The scores of one file or pasted table as one import, which can be undone like others; its
    number. `name` is what it is called, `text` what was read. None where nothing was made."""
    if not made:
        return None
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    batch = ImportBatch(format="scores", name=tidy_line(name)[:TEXT_LIMIT], sha256=digest)
    session.add(batch)
    session.flush()
    session.add_all(
        ImportItem(batch_id=batch.id, item_kind="score", item_id=each.id) for each in made
    )
    session.flush()
    return batch.id


class _Adding:
    """What new scores of a benchmark may name, and what is there: three lookups."""

    def __init__(self, session: Session, benchmark: Benchmark, given: Sequence[ScoreInput]) -> None:
        self.session = session
        self.benchmark = benchmark
        keys = {fold(each.paper) for each in given}
        self.papers: Mapping[str, Paper] = queries.papers_by_key(session, keys)
        found = queries.select_categories(session, benchmark.id)
        self.categories = {each.code: each for each in found}
        self.held = {
            score_key(each, each.category_id, each.paper_id): each.value
            for each in queries.select_scores(session, [benchmark.id])
        }

    def resolve(self, given: ScoreInput) -> tuple[ScoreInput, BenchmarkCategory | None, Paper]:
        errors: dict[str, Message] = {}
        try:
            given = check_score(given)
        except Invalid as error:
            errors = dict(error.errors)
        paper = self.papers.get(fold(given.paper))
        category = self.categories.get(given.category or "")
        if given.paper and paper is None:
            errors["paper"] = Message.of(
                N_("No paper has the citation key {citekey}."), citekey=given.paper[:80]
            )
        elif paper and paper.trashed_at:
            errors["paper"] = Message.of(
                N_("{citekey} is in the trash. Restore it before you quote it."),
                citekey=paper.citekey,
            )
        if given.category and category is None:
            errors["category"] = Message.of(
                N_("{benchmark} has no category {code}."),
                benchmark=self.benchmark.name,
                code=given.category[:80],
            )
        if errors or paper is None:
            raise Invalid(errors)
        return given, category, paper

    def holds(self, given: ScoreInput) -> bool:
        checked, category, paper = self.resolve(given)
        key = score_key(checked, category.id if category else None, paper.id)
        return self.held.get(key) == checked.value

    def make(self, given: ScoreInput) -> Score:
        checked, category, paper = self.resolve(given)
        key = score_key(checked, category.id if category else None, paper.id)
        if key in self.held:
            raise Invalid.field(
                "system",
                N_("This score is here already: {value}. Change that one, or say what differs."),
                value=str(self.held[key]),
            )
        self.held[key] = checked.value or 0.0
        score = Score(
            benchmark_id=self.benchmark.id, paper_id=paper.id, system="", metric="", value=0.0
        )
        _write(score, checked, category, paper)
        self.session.add(score)
        return score


def score_key(score: Score | ScoreInput, category_id: int | None, paper_id: int) -> object:
    """What makes a score another than the rest of its benchmark's, but for the figure."""
    conditions = frozenset((fold(name), fold(said)) for name, said in score.conditions.items())
    words = (score.system, score.metric, score.split, score.place)
    return (*map(fold, words), score.unit, conditions, category_id, paper_id)


def _write(
    score: Score, checked: ScoreInput, category: BenchmarkCategory | None, paper: Paper
) -> None:
    score.category_id = category.id if category else None
    score.paper_id = paper.id
    score.value = checked.value or 0.0
    for name in ("system", "metric", "split", "unit", "place", "conditions", "size", "year"):
        setattr(score, name, getattr(checked, name))


def score_as_input(score: Score) -> ScoreInput:
    """A score as it would be typed; paper and category must be loaded."""
    return ScoreInput(
        paper=score.paper.citekey,
        category=score.category.code if score.category else None,
        **score.model_dump(include=set(COLUMNS) - {"paper", "category"}),
    )


def update_score(
    session: Session, score: Score, given: ScorePatch, *, version: int | None = None
) -> Score:
    """The score with what `given` sets.

    Raises:
        Stale: `version` is not the score's any more.
        Invalid: as for a new score.
    """
    check_version(score.version, version)
    benchmark = session.get(Benchmark, score.benchmark_id)
    if benchmark is None:
        raise NotFound(N_("There is no score {number}."), number=score.id)
    changes = {name: getattr(given, name) for name in given.model_fields_set}
    whole = score_as_input(score).model_copy(update=changes)
    adding = _Adding(session, benchmark, [whole])
    checked, category, paper = adding.resolve(whole)
    own = score_key(score, score.category_id, score.paper_id)
    key = score_key(checked, category.id if category else None, paper.id)
    if key != own and key in adding.held:
        raise Invalid.field("system", N_("This score is here already."))
    _write(score, checked, category, paper)
    score.version += 1
    session.flush()
    session.expire(score, ["category", "paper"])
    return get_score(session, score.id)


def delete_score(session: Session, score: Score, *, version: int | None = None) -> None:
    """Raises Stale; Conflict: a pair has it."""
    check_version(score.version, version)
    if pairs := queries.pairs_of_score(session, score.id):
        raise Conflict(
            N_("This score is in {count} pairs, such as {pair}. Delete them first."),
            count=len(pairs),
            pair=pairs[0].label,
        )
    session.delete(score)
    session.flush()


# --- CSV ----------------------------------------------------------------------------------------


def write_scores(scores: Sequence[Score], *, with_benchmark: bool = False) -> str:
    """Scores as CSV that `read_scores` reads, but for those of several benchmarks, which name
    theirs; papers and categories must be loaded."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    columns = (["benchmark"] if with_benchmark else []) + [*COLUMNS]
    lines.writerow(columns)
    for each in scores:
        said = {
            **each.model_dump(include=set(COLUMNS)),
            "benchmark": each.benchmark.slug,
            "paper": each.paper.citekey,
            "category": each.category.code if each.category else "",
            "value": each.figure,
            "conditions": format_conditions(each.conditions),
        }
        lines.writerow([_safe(said[name]) for name in columns])
    return out.getvalue()


_FORMULA = ("=", "@", "\t", "\r", "+=", "-=", "'")  # what a spreadsheet might calculate


def _safe(said: object) -> str:
    """A cell that no spreadsheet takes for a formula; `_as_said` gives it back."""
    text = "" if said is None else str(said)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _as_said(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def read_scores(text: str) -> list[tuple[int, ScoreInput]]:
    """Scores of a CSV file, with the numbers of their lines.

    Raises:
        Invalid: field `file`; columns are missing or unknown, or there are too many rows.
        InvalidRows: a figure or a number is none.
    """
    sample = text.lstrip("\ufeff")
    mark = max(",;\t", key=sample.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=mark, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise Invalid.field(
            "file",
            N_("Line {line} is no CSV: a quotation mark is not closed, or stands within a cell."),
            line=reader.line_num,
        ) from error
    head = [fold(name.strip()).replace(" ", "_") for name in lines[0][1]] if lines else []
    unknown = [name for name in head if name not in COLUMNS]
    missing = [name for name in ("system", "paper", "metric", "value") if name not in head]
    if unknown or missing or len(set(head)) < len(head):
        raise Invalid.field(
            "file",
            N_(
                "The first line names the columns: {columns}. Missing: {missing}. Unknown: "
                "{unknown}."
            ),
            columns=", ".join(COLUMNS),
            missing=", ".join(missing) or "–",
            unknown=", ".join(unknown)[:200] or "–",
        )
    if len(lines) > CSV_LIMIT + 1:
        raise Invalid.field("file", N_("At most {limit} rows can be taken."), limit=CSV_LIMIT)
    found: list[tuple[int, ScoreInput]] = []
    problems: list[RowProblem] = []
    for number, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(head) and any(cell.strip() for cell in cells[len(head) :]):
            more = Message.of(
                N_("{count} cells for {columns} columns: put one that has {mark} in it in quotes."),
                count=len(cells),
                columns=len(head),
                mark=mark if mark != "\t" else "Tab",
            )
            problems.append(RowProblem(number, head[-1], more))
            continue
        said = {name: _as_said(cell.strip()) for name, cell in zip(head, cells, strict=False)}
        try:
            found.append((number, score_from_text(said)))
        except Invalid as error:
            problems += [RowProblem(number, name, each) for name, each in error.errors.items()]
    if problems:
        raise InvalidRows(problems, "file")
    if not found:
        raise Invalid.field("file", N_("There is no score in this file."))
    return found


def score_from_text(said: Mapping[str, str]) -> ScoreInput:
    """A score of which everything is text, as forms and files have it.

    Raises Invalid where a number is none; all else is for `check_score`.
    """
    errors: dict[str, Message] = {}
    value = parse_figure(said.get("value", ""))
    if said.get("value") and value is None:
        errors["value"] = Message.of(N_("{figure} is no figure."), figure=said["value"][:40])
    numbers: dict[str, int | None] = {}
    for name in ("size", "year"):
        text = said.get(name, "").strip()
        whole = text.isascii() and text.isdigit() and len(text) < 10
        numbers[name] = int(text) if whole else None
        if text and not whole:
            errors[name] = Message.of(N_("{number} is no whole number."), number=text[:40])
    if errors:
        raise Invalid(errors)
    return ScoreInput(
        value=value,
        conditions=parse_conditions(said.get("conditions", "")),
        unit=said.get("unit") or PERCENT,
        category=said.get("category") or None,
        **{name: said.get(name, "") for name in ("system", "paper", "metric", "split", "place")},
        size=numbers["size"],
        year=numbers["year"],
    )


# --- Drawn from a table -------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnUse:
    """What a column of a pasted table is: `system`, a `condition` of that name, a `score`, or "",
    which leaves it out."""

    use: str = ""
    metric: str = ""
    category: str = ""
    split: str = ""


@dataclass(frozen=True)
class PastedScores:
    """A pasted table with what its columns are and which rows are wanted."""

    table: PastedTable
    columns: list[ColumnUse]
    chosen: frozenset[int] = field(default_factory=frozenset)


def guess_columns(table: PastedTable, categories: Sequence[BenchmarkCategory]) -> list[ColumnUse]:
    """What the columns of a pasted table are likely to be: the first with words the system, those
    with figures scores, of the category or the metric that stands above them."""
    codes = {fold(each.code): each.code for each in categories}
    codes |= {fold(each.name_en): each.code for each in categories}
    found: list[ColumnUse] = []
    for at, head in enumerate(table.head):
        cells = [row[at] for row in table.rows if row[at].strip("-–— ")]
        figures = sum(parse_figure(cell) is not None for cell in cells)
        if figures * 2 <= len(cells):
            named = any(each.use == "system" for each in found)
            found.append(ColumnUse("condition" if named and head else "" if named else "system"))
            continue
        category = codes.get(fold(head), "")
        words = [word for word in head.replace("(", " ").replace(")", " ").split() if word]
        metric = next((m for m in map(metric_name, [head, *words]) if m in _KNOWN), "")
        found.append(ColumnUse("score", metric=metric, category=category))
    return found


_KNOWN = frozenset(metric_name(each) for each in ("em", "ex", "ts", "acc", "f1"))


def draw_scores(drawn: PastedScores, shared: Mapping[str, str]) -> list[tuple[int, ScoreInput]]:
    """The scores of the chosen rows, each with its row's number from 1. `shared` is what all have:
    paper, place, unit, conditions, and the metric and split of columns that name none.

    Raises:
        Invalid: no column is the system's or a score's, or no row is chosen.
        InvalidRows: a cell that is to be a score is no figure.
    """
    uses = [each.use for each in drawn.columns]
    if uses.count("system") != 1:
        raise Invalid.field("columns", N_("Say which one column names the systems."))
    if "score" not in uses:
        raise Invalid.field("columns", N_("Say which columns are scores."))
    if not drawn.chosen:
        raise Invalid.field("rows", N_("Tick the rows that are to be taken."))
    found: list[tuple[int, ScoreInput]] = []
    problems: list[RowProblem] = []
    for at, row in enumerate(drawn.table.rows):
        if at not in drawn.chosen:
            continue
        conditions = parse_conditions(shared.get("conditions", ""))
        for each, head, cell in zip(drawn.columns, drawn.table.head, row, strict=True):
            if each.use == "condition" and cell.strip("-– "):
                conditions[head or "condition"] = cell
        for each, head, cell in zip(drawn.columns, drawn.table.head, row, strict=True):
            if each.use != "score" or not cell.strip("-–— "):
                continue
            said = {
                **shared,
                "system": row[uses.index("system")],
                "metric": each.metric or shared.get("metric", ""),
                "split": each.split or shared.get("split", ""),
                "category": each.category,
                "value": cell,
            }
            try:
                score = score_from_text(said).model_copy(update={"conditions": conditions})
            except Invalid as error:
                problems += [
                    RowProblem(at + 1, head or name, it) for name, it in error.errors.items()
                ]
            else:
                found.append((at + 1, score))
    if problems:
        raise InvalidRows(problems, "rows")
    return found
