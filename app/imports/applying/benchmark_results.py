"""Taking in a result on a benchmark: a file that says right or wrong of every example."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePath

from sqlmodel import Session

from app.benchmarks import service as benchmarks
from app.benchmarks.rules import SYSTEM_LIMIT
from app.benchmarks.service import ReadResult
from app.errors import N_, Message
from app.imports.rules import NAME_LIMIT, ImportReport, ReportItem, RowState
from app.kit.text import tidy_line
from app.models import ImportBatch, ImportItem
from app.sources import predictions


@dataclass(frozen=True)
class ResultPlan:
    """What taking in a file of predictions would do: nothing, where the result is here already."""

    name: str
    sha256: str
    read: ReadResult

    @property
    def url(self) -> str:
        return f"/benchmarks/{self.read.benchmark.slug}"


def preview_result(
    session: Session, text: str, name: str, *, benchmark: str = "", system: str = ""
) -> ResultPlan:
    """What the predictions in `text` are. `benchmark` is a slug; the system is called like the
    file where `system` names none. Writes nothing.

    Raises:
        NotFound: there is no such benchmark.
        Invalid: fields `file`, `benchmark`, `system`.
    """
    name = tidy_line(name)[:NAME_LIMIT] or "predictions.txt"
    read = benchmarks.read_result(
        session,
        predictions.parse_predictions(text),
        benchmark=benchmark,
        system=system or PurePath(name).stem[:SYSTEM_LIMIT],
    )
    return ResultPlan(name, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), read)


def take_result(session: Session, plan: ResultPlan) -> ImportReport:
    """Stores the result, if it is not here yet, as an import that can be undone."""
    if plan.read.held:
        return report_results(plan)
    batch = ImportBatch(format="predictions", name=plan.name, sha256=plan.sha256)
    session.add(batch)
    result = benchmarks.add_result(session, plan.read, file_name=plan.name)
    session.add(
        ImportItem(batch_id=batch.id, item_kind="benchmark_result", item_id=result.id, version=1)
    )
    session.flush()
    return report_results(plan, batch_id=batch.id)


def report_results(
    plan: ResultPlan, *, batch_id: int | None = None, dry_run: bool = False
) -> ImportReport:
    """What became of the file, or, as a dry run, would."""
    read, over = plan.read, plan.read.accuracy
    said = Message.of(
        N_("{name}: {system} on {benchmark}, {right} of {size} right ({percent})."),
        name=plan.name,
        system=read.system,
        benchmark=read.benchmark.name,
        right=over.right,
        size=over.size,
        percent=over.percent,
    )
    state = RowState.UNCHANGED if read.held else RowState.NEW
    line = ReportItem(state, read.system, "result", plan.url)
    return ImportReport(plan.name, (line,), batch_id, dry_run, None if read.held else said)
