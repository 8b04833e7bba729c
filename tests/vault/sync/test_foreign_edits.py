"""Whatever a file becomes: the sync goes on, no note is lost, and the second one does nothing."""

from contextlib import closing
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlmodel import select

from app.library import service as library
from app.library.rules import PaperInput
from app.models import Note
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.startup import open_library
from app.vault.sync.sync_run import sync_folder
from tests.databases import Template

_PIECES = (
    *(
        "\n",
        " ",
        "\u00a0",
        "\r\n",
        "\t",
        "%% end note %%",
        "%% note id=1 %%",
        "%% note %%",
        "---\n",
    ),
    *("%%", "\\", "## ", "'", '"', "[", "{a: ", ": ", "- ", "&a ", "*a", "#", "\x00", "\x07"),
    *(
        "id: ²\n",
        "year: 99999999999\n",
        "authors: {a: [b]}\n",
        "tags: [[x]]\n",
        "title:\n",
        "😀",
        "\udc80",
    ),
)


def _mutate(text: str, random: Random) -> bytes:
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(text) + 1)
        end = start + random.choice((0, 0, 1, 5, 40))
        text = text[:start] + random.choice(_PIECES) + text[end:]
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.sqlite
@given(seed=st.integers(0, 2**32))
@examples(
    max_examples=3,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_a_file_that_was_changed_anyhow(
    empty: Template, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    place, random = tmp_path_factory.mktemp("foreign"), Random(seed)
    settings = empty.restored(place / "library")
    folder = place / "vault"
    with closing(open_library(settings)) as database:
        with database.write() as session:
            library.create_paper(session, PaperInput(citekey="p1", title="P", year=2020))
            for title in ("One", "Two", ""):
                notes.create_note(session, NoteInput(title=title, body=f"a\nb {title}", paper="p1"))
            notes.create_note(session, NoteInput(title="Alone", body="c\nd"))
        sync_folder(database, settings, folder)
        for _ in range(8):
            for path in [*folder.glob("papers/*.md"), *folder.glob("notes/*.md")]:
                if "conflict" not in path.name:
                    path.write_bytes(_mutate(path.read_text("utf-8", "surrogateescape"), random))
            sync_folder(database, settings, folder)
            with database.read() as session:
                held = {note.id for note in session.exec(select(Note))}
            assert held >= {1, 2, 3, 4}
            before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            report = sync_folder(database, settings, folder)
            assert {line.what for line in report.lines} <= {"left"}, report.text()
            after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
            assert after == before
