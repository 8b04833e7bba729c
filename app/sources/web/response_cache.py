"""Answers that are kept for a day, a file each, and not asked for again."""

import time
from pathlib import Path

from app.kit.files import write_file
from app.sources.drafts import PaperDraft

KEPT_SECONDS = 86_400.0  # arXiv asks to repeat a request at most once a day


def get(folder: Path, name: str) -> PaperDraft | None:
    """The answer that was kept under `name`; None where there is none, or it is too old."""
    file = folder / f"{name}.json"
    try:
        if abs(time.time() - file.stat().st_mtime) < KEPT_SECONDS:
            return PaperDraft.model_validate_json(file.read_bytes())
    except (OSError, ValueError):  # not there, or not ours
        pass
    return None


def put(folder: Path, answers: dict[str, PaperDraft]) -> None:
    """Keep each answer under its name, whole or not at all, and drop those that are too old."""
    for name, draft in answers.items():
        data = draft.model_dump_json().encode()
        write_file(folder / f"{name}.json", data, synced=False)
    for old in [*folder.glob("*.json"), *folder.glob("*.part")]:
        try:
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink()
        except FileNotFoundError:  # another process was quicker
            continue
