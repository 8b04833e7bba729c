"""Backups and restores that are killed: the file is the one before or the new one, and so is the
library; neither is ever a part of one."""

from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import select

from app.backup.archive import open_backup
from app.backup.service import check_backup, restore_backup, write_backup
from app.library import service as library
from app.library.rules import PaperInput
from app.models import Note, Paper
from app.notes import attachments
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.settings import Settings
from app.startup import open_library
from tests.hammer.agreement import disagreements
from tests.hammer.processes import Acknowledge
from tests.hammer.tally import Place, Tally

LIVES = 12  # backups of one library
COUNT = 8  # papers, and as many notes
CHECKED = "checked"


def hammer(place: Place, tally: Tally) -> None:
    """Kill each at moments from its start to its end, until `tally` has enough."""
    while tally.goes_on:
        settings = place.restored()
        with TemporaryDirectory() as folder:
            file = Path(folder) / "library.zip"
            _say(settings, "0")
            _write(settings, file)
            before = "0."
            for number in range(1, LIVES + 1):
                if tally.goes_on:
                    _say(settings, str(number))
                    ended = tally.kill("backup", partial(_write, settings, file))
                    old = set() if ended.acknowledged else {before}
                    before = _compare("the file", _said_in(file), {f"{number}.", *old}, tally)
                if tally.goes_on and number % 3 == 0:  # it takes three times as long
                    _write(settings, file)
                    before = f"{number}."
                    _say(settings, f"{number}, and more")
                    ended = tally.kill("restore", partial(_restore, settings, file), after=CHECKED)
                    old = {f"{number}, and more."} if len(ended.acknowledged) < 2 else set()
                    _compare("the library", _said_by(settings), {f"{number}.", *old}, tally)
                    with closing(open_library(settings)) as database:
                        tally.faults += disagreements(database, settings.library)


def _say(settings: Settings, word: str) -> None:
    """Have all that is in the library say `word`."""
    with closing(open_library(settings)) as database, database.write() as session:
        for note in session.exec(select(Note)).all():
            notes.update_note(session, note.id, body=f"{word}.")
        for paper in session.exec(select(Paper)).all():
            paper.abstract = f"{word}."
        if word == "0":
            data = b"\x89PNG\r\n\x1a\nlamp"
            attachments.store_attachment(session, settings.library, filename="a.png", data=data)
            for n in range(COUNT):
                given = PaperInput(title=f"On Lamps {n}", abstract="0.", tags=[f"lamp {n}"])
                paper = library.create_paper(session, given)
                notes.create_note(session, NoteInput(title="a", body="0.", paper=paper.citekey))


def _said_by(settings: Settings) -> list[str]:
    with closing(open_library(settings)) as database, database.read() as session:
        return [*session.exec(select(Note.body)), *session.exec(select(Paper.abstract))]


def _said_in(file: Path) -> list[str]:
    with open_backup(file) as backup:
        held = dict(backup.tables())
        said = [row["body"] for row in backup.rows(held["note"])]
        return [*map(str, said), *(str(row["abstract"]) for row in backup.rows(held["paper"]))]


def _compare(what: str, said: list[str], may_be: set[str], tally: Tally) -> str:
    """What all of them say."""
    if len(said) != 2 * COUNT or len(set(said)) > 1:
        tally.halves.append(f"{what} has {len(said)} texts and says {set(said)}")
    elif not set(said) <= may_be:
        tally.lost.append(f"{what} says {set(said)}, not {may_be}")
    return said[0] if said else ""


def _write(settings: Settings, file: Path, acknowledge: Acknowledge = lambda _: None) -> None:
    with closing(open_library(settings)) as database:
        write_backup(database, settings, file, overwrite=True)
    acknowledge("written")


def _restore(settings: Settings, file: Path, acknowledge: Acknowledge) -> None:
    with check_backup(file) as checked, closing(open_library(settings)) as database:
        acknowledge(CHECKED)
        restore_backup(database, settings, checked, replace=True)
    acknowledge("restored")
