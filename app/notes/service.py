"""The verbs on notes. They take a session first, decide and write, and never commit."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Literal, NamedTuple, TypeAlias

from markupsafe import Markup
from sqlmodel import Session, col, delete, select

from app.errors import N_, Conflict, Invalid, Message, NotFound, check_version
from app.kit.text import TITLE_LIMIT, fold, problem_with_text, tidy_line
from app.models import (
    Bilingual,
    FormerCitekey,
    Issue,
    Note,
    NoteRevision,
    Paper,
    Reading,
    Technique,
    utc_now,
)
from app.notes import queries
from app.notes.links import BY_NAME, name_links, resolve_links
from app.notes.markdown import find_references, plain_text, press_tasks, render_markdown
from app.notes.note_templates import (
    OWN_TITLES,
    SHIPPED,
    NoteTemplate,
    fill_template,
    own_name,
    shipped_template,
)
from app.notes.references import LinkReference, LinkTarget, find_target, parse_link
from app.notes.rules import NoteInput, check_text, toggle_task
from app.settings import Language
from app.state_cache import StateCache

Subject: TypeAlias = Paper | Technique | Issue
Version: TypeAlias = queries.Version
NoteRow: TypeAlias = queries.NoteRow
_SNIPPET = 160  # characters
_BEGINNING = 10 * _SNIPPET  # of Markdown, from which it is made
_WHOLE_WORDS = re.compile(rf".{{1,{_SNIPPET}}}(?![A-Za-z0-9])")

_counts = StateCache[int](32)
_tags = StateCache[list[tuple[str, int]]](2)
NOTE_TAGS = 60  # that are counted
NoteOrder = Literal["updated", "created", "oldest", "title"]
NoteAbout = Literal["", "paper", "technique", "issue", "alone"]


@dataclass(frozen=True)
class RenderedNote:
    """A note with its body as safe markup."""

    note: Note | queries.NoteBody
    html: Markup


@dataclass(frozen=True)
class Backlink:
    """What links here: `url`, `title`, the kind of thing it is, and a line of context."""

    kind: str
    title: str
    url: str
    context: str = ""


class NoteContent(NamedTuple):
    title: str
    body: str


@dataclass(frozen=True)
class NoteList:
    """A page of notes out of `total`; where they were asked for in short, of each the beginning of
    the text alone, as `snippets` have it without its marks."""

    notes: list[NoteRow]
    snippets: list[str]
    total: int


def render_many(session: Session, texts: Sequence[str], *, prefix: str = "text") -> list[Markup]:
    """Each Markdown text as safe markup, its links resolved; at most three statements for all, and
    none where the library has not changed since the same links were resolved.

    `prefix` keeps the ids within these texts apart from others of the same page.
    """
    return _render(session, {f"{prefix}-{place}-": text for place, text in enumerate(texts)})


def _render(session: Session, texts: dict[str, str]) -> list[Markup]:
    wanted: set[LinkReference] = set().union(*map(find_references, texts.values()))
    known = resolve_links(session, wanted)
    if any("![[" in text for text in texts.values()):
        known = _with_shown_texts(session, known, texts.values())
    return [render_markdown(text, known, prefix=prefix) for prefix, text in texts.items()]


_LINKED = re.compile(r"\[\[([^\[\]|\n]{1,1000})(?:\|[^\[\]\n]*)?\]\]")
_SHOWN = re.compile(r"!\[\[([^\[\]|\n]{1,1000})")
_SHOWN_COUNT, _SHOWN_LENGTH = 50, 20_000  # notes that texts show, characters of each


def _with_shown_texts(
    session: Session, known: Mapping[LinkReference, LinkTarget], texts: Iterable[str]
) -> Mapping[LinkReference, LinkTarget]:
    """`known` with the texts of the notes that these texts show by `![[…]]`, and what those link to
    in their turn; five more statements at most."""
    links = [
        found for text in texts for each in _SHOWN.findall(text) if (found := parse_link(each))
    ]
    shown: dict[LinkReference, LinkTarget] = {}
    for link in links[:_SHOWN_COUNT]:
        way = next((each for each in link.ways if each in known), None)
        if way and known[way].kind == "note":
            shown[way] = known[way]
    numbers = {int(target.url.rpartition("/")[2]) for target in shown.values()}
    bodies = {f"/notes/{n}": body for n, body in queries.select_bodies(session, numbers).items()}
    below: set[LinkReference] = set().union(*map(find_references, bodies.values()))
    with_texts = {
        way: replace(target, shown=bodies[target.url][:_SHOWN_LENGTH])
        for way, target in shown.items()
        if bodies.get(target.url, "").strip()
    }
    return {**resolve_links(session, below), **known, **with_texts}


def render_notes(session: Session, notes: Sequence[Note | queries.NoteBody]) -> list[RenderedNote]:
    """These notes with their texts rendered."""
    texts = {f"note-{note.id}-": note.body for note in notes}
    return [
        RenderedNote(note, press_tasks(html, note.id))
        for note, html in zip(notes, _render(session, texts), strict=True)
    ]


def list_notes_about(
    session: Session,
    *,
    paper_id: int | None = None,
    technique_id: int | None = None,
    issue_id: int | None = None,
) -> list[RenderedNote]:
    """The notes about one thing, newest first."""
    found = queries.notes_about_condition(
        session, paper_id=paper_id, technique_id=technique_id, issue_id=issue_id
    )
    return render_notes(session, found)


def note_texts_by_paper(session: Session, paper_ids: Collection[int]) -> dict[int, list[str]]:
    """The notes about each of these papers as Markdown, oldest first, in one statement."""
    found: dict[int, list[str]] = defaultdict(list)
    for note in queries.about_papers(session, paper_ids):
        title = f"# {note.title}" if note.title else ""
        found[note.paper_id or 0].append("\n\n".join(filter(None, (title, note.body))))
    return found


def list_notes(
    session: Session,
    *,
    q: str = "",
    paper: str = "",
    page: int = 1,
    per_page: int = 20,
    short: bool = False,
    language: Language = "en",
    tag: str = "",
    about: NoteAbout = "",
    sort: NoteOrder = "updated",
) -> NoteList:
    """Notes with all words of `q` in title or text, about a kind of thing, with a tag, in two
    statements; `short`, with the names in `language` of what their beginnings link to, in four
    more at most."""
    conditions = queries.notes_matching(paper=paper, q=q, tag=tag, about=about)
    notes = queries.newest_note_rows(
        session,
        conditions,
        page=page,
        per_page=per_page,
        letters=_BEGINNING if short else None,
        sort=sort,
    )
    snippets = _snippets(session, [note.body for note in notes], language) if short else []
    count = partial(queries.count_notes, session, conditions)
    return NoteList(notes, snippets, _counts.get(session, (q, paper, tag, about), count))


def list_note_tags(session: Session) -> list[tuple[str, int]]:
    """The tags that notes have in their texts, with how many have each; the commonest of them."""
    return _tags.get(session, (), partial(queries.count_tags, session, NOTE_TAGS))


def last_notes(session: Session, count: int) -> list[NoteRow]:
    """The notes last written, without their texts."""
    return queries.newest_note_rows(session, queries.notes_matching(), per_page=count, letters=0)


def make_snippets(session: Session, texts: Sequence[Bilingual]) -> list[Bilingual]:
    """The beginning of each text, without its marks, on one line, what it links to by name; no
    Latin word is cut in two. Statements as `name_links`."""
    beginnings = [Bilingual(*(side[:_BEGINNING] for side in text)) for text in texts]
    return [Bilingual(*map(_snippet, named)) for named in name_links(session, beginnings)]


def _snippets(session: Session, texts: Sequence[str], language: Language) -> list[str]:
    """The same of texts in one language each, the names in that of the reader."""
    if language == "zh":
        return [each.name_zh for each in make_snippets(session, [Bilingual("", t) for t in texts])]
    return [each.name_en for each in make_snippets(session, [Bilingual(t, "") for t in texts])]


@lru_cache(maxsize=1_000)
def _snippet(beginning: str) -> str:
    words = " ".join(plain_text(beginning).split())
    if len(words) <= _SNIPPET:
        return words
    whole = _WHOLE_WORDS.match(words)
    return (whole[0] if whole else words[:_SNIPPET]).rstrip() + "…"


def list_backlinks(
    session: Session, *, kind: str, keys: Collection[str], language: Language = "en"
) -> list[Backlink]:
    """Who links to the thing that has one of these keys, but not its own notes.

    Keys are slugs for a comparison or correspondence, all `names_of_term` for a technique or issue;
    citation keys for a paper (its former keys, arXiv id, DOI, title and short title are looked up);
    the title for a note, and those it had. Three statements, four for a paper; five more at most
    where their lines link to something.
    """
    kinds: tuple[str, ...] = BY_NAME if kind in ("paper", "note", "title") else (kind,)
    names = [*keys]
    if kind == "paper":
        names += queries.other_names(session, keys)
    elif kind in ("technique", "issue"):
        kinds = (kind, "title")
    folded = {fold(name) for name in names if name}
    if not folded:
        return []
    found = [
        Backlink("note", note.title, f"/notes/{note.id}", _about(note, language))
        for note in queries.notes_linking(session, kinds, folded)
        if not _is_about(note, kind, folded)
    ]
    lines: dict[int, str] = {}
    for cell in queries.cells_linking(session, kinds, folded):
        technique = _name(cell.technique_en, cell.technique_zh, language)
        title = f"{technique} × {_name(cell.issue_en, cell.issue_zh, language)}"
        url = f"/comparisons/{cell.comparison}/{cell.technique}/{cell.issue}"
        lines[len(found)] = cell.rationale
        found.append(Backlink("cell", title, url))
    for each in queries.correspondences_linking(session, kinds, folded):
        if kind != "correspondence" or each.slug not in folded:
            source = _name(each.source_en, each.source_zh, language)
            title = f"{source} ↔ {_name(each.target_en, each.target_zh, language)}"
            lines[len(found)] = _name(each.carries_en, each.carries_zh, language)
            found.append(Backlink("correspondence", title, f"/correspondences/{each.slug}"))
    snippets = _snippets(session, [*lines.values()], language)
    for place, snippet in zip(lines, snippets, strict=True):
        found[place] = replace(found[place], context=snippet)
    return found


def names_of_term(term: Technique | Issue) -> list[str]:
    """All that links find a technique or issue by."""
    own = (term.slug, term.name_en, term.name_zh)
    return [*own, *term.synonyms_en, *term.synonyms_zh, *term.former_names]


def former_titles(session: Session, note: Note) -> list[str]:
    """The titles by which links still find a note, beside its own; one statement where it never had
    another, else four more at most."""
    had = [
        each for each in queries.select_former_titles(session, note.id) if each != note.title_folded
    ]
    targets = resolve_links(session, [LinkReference("title", each) for each in had])
    return [each.key for each, target in targets.items() if target.url == f"/notes/{note.id}"]


def describe_subject(note: Note) -> Subject | None:
    """What a note is about; None for a note that stands alone."""
    return note.paper or note.technique or note.issue


def _is_about(note: queries.NoteLink, kind: str, keys: Collection[str]) -> bool:
    """Whether the note is one of the thing's own, which its page shows anyway."""
    if kind == "paper":
        return note.paper is not None and fold(note.paper) in keys
    return {"technique": note.technique, "issue": note.issue}.get(kind) in keys


def _about(note: queries.NoteLink, language: Language) -> str:
    """What a note is about, in a few words; empty for a note that stands alone."""
    return note.paper_title or _name(note.name_en or "", note.name_zh or "", language)


def _name(english: str, chinese: str, language: Language) -> str:
    return chinese or english if language == "zh" else english or chinese


def list_templates(session: Session, language: Language) -> list[NoteTemplate]:
    """What a new note may begin with: what is shipped, then the reader's own."""
    shipped = [found for key in SHIPPED if (found := shipped_template(key, language))]
    own = [
        NoteTemplate(str(number), body, name)
        for number, title, body in queries.select_templates(session, OWN_TITLES)
        if (name := own_name(title))
    ]
    return [*shipped, *own]


def begin_note(
    session: Session, template: NoteTemplate, subject: Subject | None, title: str
) -> tuple[str, list[str]]:
    """The text that a note about `subject` begins with, and what it links to that is not there."""
    key, link = "", ""
    if isinstance(subject, Paper):
        key = link = subject.citekey
        title = title or subject.short_title or subject.title
    elif subject:
        key, link = subject.slug, f"{subject.__tablename__}:{subject.slug}"
        title = title or subject.name_en or subject.name_zh
    values = {"title": title, "key": key, "link": f"[[{link}]]" if link else ""}
    body = fill_template(template.body, values, utc_now().date())
    links = {each: found for each in _LINKED.findall(body) if (found := parse_link(each))}
    known = resolve_links(session, {way for link in links.values() for way in link.ways})
    return body, [each for each, link in links.items() if find_target(link, known) is None]


def get_note(session: Session, note_id: int) -> Note:
    """A note with what it is about.

    Raises:
        NotFound: there is no such note.
    """
    note = queries.by_id(session, note_id)
    if note is None:
        raise NotFound(N_("There is no note {number}."), number=note_id)
    return note


def subject_of(session: Session, given: NoteInput) -> Subject | None:
    """What a new note is to be about.

    Raises:
        Invalid: a key names nothing, or more than one thing is named.
    """
    named = [
        (name, key) for name in ("paper", "technique", "issue") if (key := getattr(given, name))
    ]
    if len(named) > 1:
        raise Invalid.field(
            named[1][0], N_("A note is about one thing: a paper, a technique or an issue.")
        )
    for name, key in named:
        found = _subject(session, name, key)
        if found is None:
            raise Invalid.field(name, N_("Nothing in the library is called {key}."), key=key[:100])
        return found
    return None


def _subject(session: Session, name: str, key: str) -> Subject | None:
    if name == "technique":
        return session.exec(select(Technique).where(col(Technique.slug) == key)).first()
    if name == "issue":
        return session.exec(select(Issue).where(col(Issue.slug) == key)).first()
    key = fold(key)
    former = select(FormerCitekey.paper_id).where(col(FormerCitekey.folded) == key)
    own = col(Paper.citekey_folded) == key
    by_key = select(Paper).where(own | col(Paper.id).in_(former))
    return session.exec(by_key.order_by(col(Paper.citekey_folded) != key)).first()


def create_note(session: Session, given: NoteInput) -> Note:
    """A new note.

    Raises:
        Invalid: naming every field that cannot be saved.
    """
    errors: dict[str, Message] = {}
    subject, title, body = None, "", ""
    try:
        title, body = check_text(given.title, given.body)
    except Invalid as problem:
        errors |= problem.errors
    try:
        subject = subject_of(session, given)
    except Invalid as problem:
        errors |= problem.errors
    if errors:
        raise Invalid(errors)
    note = Note(title=title, title_folded=fold(title), body=body)
    note.paper = subject if isinstance(subject, Paper) else None
    if note.paper and note.paper.reading == Reading.UNREAD:
        note.paper.reading = Reading.READING  # who writes about it has begun
    note.technique = subject if isinstance(subject, Technique) else None
    note.issue = subject if isinstance(subject, Issue) else None
    session.add(note)
    session.flush()
    return note


def add_note(session: Session, *, title: str, body: str, paper_id: int | None = None) -> Note:
    """A new note about a paper, or alone, without a flush: for many notes at once.

    Raises:
        Invalid: naming what cannot be saved.
    """
    title, body = check_text(title, body)
    note = Note(title=title, title_folded=fold(title), body=body, paper_id=paper_id)
    session.add(note)
    return note


def add_former_titles(session: Session, named: Sequence[tuple[Note, Sequence[str]]]) -> None:
    """Let links find notes, which have their ids, by other names, too: as titles that they had
    before. What cannot be a title is left out. Without a flush."""
    for note, names in named:
        own = {"", note.title_folded}
        for name in map(tidy_line, names):
            if fold(name) in own or problem_with_text(name, limit=TITLE_LIMIT, one_line=True):
                continue
            own.add(fold(name))
            session.add(
                NoteRevision(
                    note_id=note.id,
                    version=note.version,
                    title=name,
                    title_folded=fold(name),
                    body=note.body,
                    saved_at=note.updated_at,
                )
            )
            note.version += 1


def update_note(
    session: Session,
    note_id: int,
    *,
    title: str | None = None,
    body: str | None = None,
    version: int | None = None,
) -> Note:
    """A note with another title or body; as it was, it becomes a revision.

    Saving what is there already changes nothing, whatever the version.

    Raises:
        Stale: `version` is given and is not the note's any more.
        Invalid: naming what cannot be saved.
    """
    note = rewrite_note(
        session, get_note(session, note_id), title=title, body=body, version=version
    )
    session.flush()
    return note


def rewrite_note(
    session: Session,
    note: Note,
    *,
    title: str | None = None,
    body: str | None = None,
    version: int | None = None,
) -> Note:
    """The same with a note that is loaded, and without a flush: for many notes at once."""
    new = check_text(note.title if title is None else title, note.body if body is None else body)
    if new == (note.title, note.body):
        return note
    check_version(note.version, version)
    session.add(
        NoteRevision(
            note_id=note.id,
            version=note.version,
            title=note.title,
            title_folded=note.title_folded,
            body=note.body,
            saved_at=note.updated_at,
        )
    )
    note.title, note.body = new
    note.title_folded = fold(note.title)
    note.updated_at = utc_now()
    note.version += 1
    return note


def tick_task(session: Session, note_id: int, line: int, *, version: int | None = None) -> Note:
    """A note with the box of the task in this line ticked, or not any more.

    Raises:
        Stale: `version` is given and is not the note's any more.
        NotFound: there is no such note, or no task in that line.
    """
    note = get_note(session, note_id)
    check_version(note.version, version)
    body = toggle_task(note.body, line)
    if body is None:
        raise NotFound(N_("There is no task in line {line} of this note."), line=line + 1)
    note = rewrite_note(session, note, body=body)
    session.flush()
    return note


def list_versions(session: Session, note: Note) -> list[Version]:
    """When and under which title the note was saved before, the latest first."""
    return queries.select_versions(session, note.id)


def two_versions(
    session: Session, note: Note, version: int, other: int | None = None
) -> tuple[NoteContent, NoteContent]:
    """The note as it was at `version`, and at the `other`, or as the next save left it.

    Raises:
        NotFound: there is no such version.
    """
    other = version + 1 if other is None else other
    found: dict[int, NoteRevision | Note] = {
        each.version: each for each in queries.select_revisions(session, note.id, version, other)
    }
    found[note.version] = note
    for each in (version, other):
        if each not in found:
            raise NotFound(N_("There is no version {version} of this note."), version=each)
    before, after = found[version], found[other]
    return NoteContent(before.title, before.body), NoteContent(after.title, after.body)


def restore_version(session: Session, note_id: int, version: int) -> Note:
    """The note as it was at `version`; what it was until now goes into its history.

    Raises:
        NotFound: there is no such version.
    """
    note = get_note(session, note_id)
    old, _ = two_versions(session, note, version)
    return update_note(session, note_id, title=old.title, body=old.body)


def trash_note(session: Session, note_id: int, *, version: int | None = None) -> Note:
    """To the trash, from which it can be restored."""
    note = get_note(session, note_id)
    check_version(note.version, version)
    note.trashed_at = utc_now()
    return note


def restore_note(session: Session, note_id: int) -> Note:
    note = get_note(session, note_id)
    note.trashed_at = None
    return note


def preview_note_deletion(session: Session, note_id: int) -> tuple[Note, int]:
    """A note that `delete_note` would delete, and how many earlier versions go with it.

    Raises:
        Conflict: as `delete_note`.
    """
    note = _deletable(session, note_id)
    return note, queries.count_revisions(session, note_id)


def delete_note(session: Session, note_id: int) -> None:
    """Out of the trash for good, with its revisions.

    Raises:
        Conflict: it is not in the trash, or it is evidence for a claim.
    """
    note = _deletable(session, note_id)
    session.exec(delete(NoteRevision).where(col(NoteRevision.note_id) == note_id))
    session.delete(note)
    session.flush()


def _deletable(session: Session, note_id: int) -> Note:
    note = get_note(session, note_id)
    if note.trashed_at is None:
        raise Conflict(N_("Only what is in the trash can be deleted for good."))
    if cited := queries.count_note_evidence(session, note_id):
        raise Conflict(
            N_("{title} is evidence for {count} claims. Take it out of them first."),
            title=note.title or f"#{note_id}",
            count=cited,
        )
    return note
