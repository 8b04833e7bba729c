"""What a folder says of one thing, written into the library by the verbs that its pages use."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue, ValidationError
from sqlmodel import Session

from app.correspondences import service as correspondences
from app.correspondences.rules import CorrespondenceInput
from app.errors import N_, Invalid, Message, NotFound
from app.kit.text import fold
from app.library import service as library
from app.library.rules import PaperInput
from app.models import UNREAD, Correspondence, Issue, Note, Paper, Reading, Technique, Verdict
from app.notes import service as notes
from app.notes.rules import NoteInput
from app.sources.drafts import DETAILS
from app.vault.dump_load import Row
from app.vault.files.row_format import split_verdict
from app.vocabularies import service as vocabularies
from app.vocabularies.rules import IssueInput, TermInput

# What of a thing a folder may change; the rest of its properties is the library's own.
PARTS: Mapping[str, tuple[str, ...]] = {
    "paper": (
        *("citekey", "title", "short_title", "authors", "year", "kind", "venue", "doi"),
        *("arxiv_id", "arxiv_version", "url", "tags", "techniques", "fields", "published"),
        *("revised", "primary_category", "reading", "details", "abstract", "verdict"),
    ),
    "technique": (
        *("name_en", "name_zh", "synonyms_en", "synonyms_zh", "parent"),
        *("definition_en", "definition_zh"),
    ),
    "issue": (
        *("name_en", "name_zh", "synonyms_en", "synonyms_zh", "parent", "field", "starred"),
        *("definition_en", "definition_zh"),
    ),
    "correspondence": (
        *("source_en", "source_zh", "target_en", "target_zh", "source_field", "target_field"),
        *("techniques", "issues", "papers", "carries_en", "carries_zh"),
        *("breaks_en", "breaks_zh"),
    ),
    "note": ("title", "body"),
}
TEXTS = (
    *("abstract", "body", "definition_en", "definition_zh"),
    *("carries_en", "carries_zh", "breaks_en", "breaks_zh"),
)
_LISTS = (
    *("authors", "tags", "techniques", "fields", "issues", "papers"),
    *("synonyms_en", "synonyms_zh"),
)
_NONE = (
    *("year", "doi", "arxiv_id", "arxiv_version", "parent", "field"),
    *("source_field", "target_field"),
)


def change_thing(session: Session, kind: str, item: int, changes: Row) -> None:
    """Write what changed of one thing.

    Raises:
        NotFound: it is not there any more.
        Invalid, AlreadyHeld, Conflict: as where it is typed.
    """
    match kind:
        case "paper":
            _change_paper(session, item, changes)
        case "note":
            said = {name: str(value or "") for name, value in changes.items()}
            notes.update_note(session, item, title=said.get("title"), body=said.get("body"))
        case "technique" | "issue":
            term = _term(session, kind, item)
            if term is None:
                raise _gone(kind, item)
            before = vocabularies.term_as_input(session, term)
            given = _given(type(before), before.model_dump(), changes)
            vocabularies.update_term(session, term, given)
        case "correspondence":
            row = session.get(Correspondence, item)
            if row is None:
                raise _gone(kind, item)
            held = correspondences.get_correspondence(session, row.slug)
            said_now = correspondences.correspondence_as_input(held).model_dump()
            correspondences.update_correspondence(
                session, held, _given(CorrespondenceInput, said_now, changes)
            )


def _term(session: Session, kind: str, item: int) -> Technique | Issue | None:
    return session.get(Technique, item) if kind == "technique" else session.get(Issue, item)


def _gone(kind: str, item: int) -> NotFound:
    return NotFound(N_("{kind} {number} is not there any more."), kind=kind, number=item)


Given = TypeVar("Given", PaperInput, TermInput, IssueInput, CorrespondenceInput)


def _given(model: type[Given], before: Mapping[str, object], changes: Row) -> Given:
    """What a form would have sent."""
    said = {name: _full(name, value) for name, value in changes.items()}
    try:
        return model.model_validate({**before, **said})
    except ValidationError as error:
        problem = error.errors()[0]
        where = str(problem["loc"][0]) if problem["loc"] else "?"
        raise Invalid({where: Message.of(N_("{problem}"), problem=problem["msg"])}) from error


def _full(name: str, value: JsonValue) -> JsonValue:
    """A value, or what stands for none in its column."""
    if value not in (None, ""):
        return value
    if name in _LISTS:
        return []
    if name == "details":
        return {}
    if name == "reading":
        return Reading.UNREAD
    if name == "starred":
        return False
    return None if name in _NONE else ""


def _change_paper(session: Session, item: int, changes: Row) -> None:
    row = session.get(Paper, item)
    if row is None:
        raise _gone("paper", item)
    paper = library.get_paper(session, row.citekey)
    said = {name: value for name, value in changes.items() if name != "verdict"}
    if not said.get("title", "-"):
        del said["title"]  # a paper without one could not be found again
    if not said.get("citekey", "-"):
        del said["citekey"]
    if said:
        given = _given(PaperInput, library.paper_as_input(paper).model_dump(), said)
        library.update_paper(session, paper, given)
    if "verdict" in changes:
        written, reason, due = split_verdict(str(changes["verdict"] or ""))
        verdict = _verdict(library.list_verdicts(session), written)
        library.give_verdict(session, paper, verdict=verdict, reason=reason, due=due)


def _verdict(known: list[Verdict], written: str) -> str:
    """A verdict's slug, however it is written: `adopt`, `Adopt`, `采用`."""
    word = fold(written)
    for each in known:
        if word in (each.slug, fold(each.label_en), fold(each.label_zh)):
            return each.slug
    return word or UNREAD


def create_thing(session: Session, kind: str, row: Row) -> int:
    """A new thing out of what its file says; its number.

    Raises:
        Invalid, AlreadyHeld: as where it is typed.
    """
    said = {name: row[name] for name in (*PARTS[kind], "slug") if row.get(name) not in (None, "")}
    match kind:
        case "paper":
            verdict = said.pop("verdict", None)
            paper = library.create_paper(session, _given(PaperInput, {}, said))
            if verdict:
                _change_paper(session, paper.id, {"verdict": verdict})
            return paper.id
        case "note":
            names = ("paper", "technique", "issue")
            subjects = {name: str(row[name]) for name in names if name in row}
            note = notes.create_note(
                session,
                NoteInput(
                    title=str(row.get("title", "")),
                    body=str(row.get("body", "")),
                    paper=subjects.get("paper"),
                    technique=subjects.get("technique"),
                    issue=subjects.get("issue"),
                ),
            )
            return note.id
        case "technique":
            return vocabularies.create_term(session, Technique, _given(TermInput, {}, said)).id
        case "issue":
            return vocabularies.create_term(session, Issue, _given(IssueInput, {}, said)).id
        case _:
            return correspondences.create_correspondence(
                session, _given(CorrespondenceInput, {}, said)
            ).id


def trash_thing(session: Session, kind: str, item: int) -> None:
    """To the trash, from which it can be restored."""
    if kind == "note":
        notes.trash_note(session, item)
    elif paper := session.get(Paper, item):
        library.trash_paper(paper)


def restore_thing(session: Session, kind: str, item: int) -> None:
    if kind == "note":
        notes.restore_note(session, item)
    elif paper := session.get(Paper, item):
        library.restore_paper(paper)


def is_trashed(session: Session, kind: str, item: int) -> bool:
    row = session.get(Note, item) if kind == "note" else session.get(Paper, item)
    return row is not None and row.trashed_at is not None


# --- A value as a text that a reader can compare and change ---


def as_text(value: JsonValue) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {said}" for name, said in value.items())
    return "" if value is None else str(value)


def from_text(part: str, text: str) -> JsonValue:
    """What `as_text` made a text of, or a reader wrote."""
    if part in _LISTS:
        return [line.strip() for line in text.split("\n") if line.strip()]
    if part == "details":
        pairs = (line.partition(":") for line in text.split("\n"))
        return {name.strip(): said.strip() for name, _, said in pairs if name.strip() in DETAILS}
    return text
