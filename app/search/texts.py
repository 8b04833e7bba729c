"""The text of every document, column by column, read from the rows it shows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Select, select, tuple_, union
from sqlmodel import Session, col

from app.models import (
    Author,
    Claim,
    Evidence,
    Issue,
    Note,
    Paper,
    PaperAuthor,
    PaperField,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    ResearchField,
    Ruling,
    Tag,
    Technique,
    Verdict,
)
from app.search.documents import DocumentKind

Key: TypeAlias = tuple[int, ...]  # (id, 0), or of a cell (technique's id, issue's id)
Text: TypeAlias = dict[str, str]  # by column

_PARSED_LIMIT = 200_000  # characters; the marks of longer Markdown texts are indexed too


def all_keys(session: Session, kind: DocumentKind) -> set[Key]:
    """The keys of everything that can have a document."""
    if kind == "cell":
        cells = union(
            select(col(Claim.technique_id), col(Claim.issue_id)),
            select(col(Ruling.technique_id), col(Ruling.issue_id)),
        )
        return {tuple(row) for row in session.execute(cells)}
    ids = {"paper": Paper.id, "note": Note.id, "technique": Technique.id, "issue": Issue.id}[kind]
    return {(row[0], 0) for row in session.execute(select(col(ids)))}


def texts(session: Session, kind: DocumentKind, keys: Sequence[Key]) -> dict[Key, Text]:
    """The texts of the documents of `keys`; of what is not there, or in the trash, none."""
    if kind == "cell":
        return _cells(session, keys)
    makers = {"paper": _papers, "note": _notes, "technique": _techniques, "issue": _issues}
    found = makers[kind](session, [key[0] for key in keys])
    return {(n, 0): text for n, text in found.items()}


def plain(markdown: str) -> str:
    """A Markdown text without its marks; remembered, for the same notes are found again."""
    if len(markdown) > _PARSED_LIMIT:
        return markdown
    return _plain(markdown) if len(markdown) < 20_000 else _plain.__wrapped__(markdown)


@lru_cache(maxsize=512)
def _plain(markdown: str) -> str:
    from app.notes.markdown import plain_text

    return plain_text(markdown)


def _papers(session: Session, ids: Collection[int]) -> dict[int, Text]:
    rows = session.execute(
        select(
            col(Paper.id),
            col(Paper.title),
            col(Paper.short_title),
            col(Paper.citekey),
            col(Paper.arxiv_id),
            col(Paper.doi),
            col(Paper.venue),
            col(Paper.year),
            col(Paper.abstract),
        ).where(col(Paper.id).in_(ids), col(Paper.trashed_at).is_(None))
    )
    authors = select(col(PaperAuthor.paper_id), col(Author.name)).join(Author)
    tags = select(col(PaperTag.paper_id), col(Tag.name)).join(Tag)
    fields = select(
        col(PaperField.paper_id), col(ResearchField.name_en), col(ResearchField.name_zh)
    ).join(ResearchField)
    techniques = select(col(PaperTechnique.paper_id), *_NAMES[Technique]).join(Technique)
    verdicts = (
        select(
            col(PaperVerdict.paper_id),
            col(PaperVerdict.reason),
            col(Verdict.label_en),
            col(Verdict.label_zh),
        )
        .join(Verdict)
        .where(col(PaperVerdict.is_current))
    )
    notes = select(col(Note.paper_id), col(Note.body)).where(col(Note.trashed_at).is_(None))
    names = _said(session, authors.order_by(col(PaperAuthor.position)), PaperAuthor.paper_id, ids)
    _add(names, _said(session, tags, PaperTag.paper_id, ids))
    _add(names, _said(session, fields, PaperField.paper_id, ids))
    carried = _said(session, techniques, PaperTechnique.paper_id, ids)
    said = _said(session, verdicts, PaperVerdict.paper_id, ids)
    for paper, bodies in _said(session, notes, Note.paper_id, ids).items():
        said[paper] += map(plain, bodies)
    return {
        n: {
            "title": _lines(title, short),
            "names": _lines(citekey, arxiv, doi, venue, year, *names[n]),
            "techniques": _lines(*carried[n]),
            "abstract": abstract,
            "notes": _lines(*said[n]),
        }
        for n, title, short, citekey, arxiv, doi, venue, year, abstract in rows
    }


def _notes(session: Session, ids: Collection[int]) -> dict[int, Text]:
    rows = session.execute(
        select(
            col(Note.id),
            col(Note.title),
            col(Note.body),
            col(Paper.citekey),
            col(Paper.short_title),
            col(Technique.name_en),
            col(Technique.name_zh),
            col(Issue.name_en),
            col(Issue.name_zh),
        )
        .outerjoin(Paper, col(Paper.id) == col(Note.paper_id))
        .outerjoin(Technique, col(Technique.id) == col(Note.technique_id))
        .outerjoin(Issue, col(Issue.id) == col(Note.issue_id))
        .where(col(Note.id).in_(ids), col(Note.trashed_at).is_(None))
    )
    return {
        n: _text(title=title, names=_lines(*names), notes=plain(body))
        for n, title, body, *names in rows
    }


def _techniques(session: Session, ids: Collection[int]) -> dict[int, Text]:
    rows = session.execute(
        select(
            col(Technique.id),
            col(Technique.slug),
            col(Technique.definition_en),
            col(Technique.definition_zh),
            *_NAMES[Technique],
        ).where(col(Technique.id).in_(ids))
    )
    return {
        n: _text(
            title=_lines(en, zh),
            names=slug,
            techniques=_lines(*synonyms),
            abstract=_lines(definition_en, definition_zh),
        )
        for n, slug, definition_en, definition_zh, en, zh, *synonyms in rows
    }


def _issues(session: Session, ids: Collection[int]) -> dict[int, Text]:
    rows = session.execute(
        select(
            col(Issue.id),
            col(Issue.slug),
            col(ResearchField.name_en),
            col(ResearchField.name_zh),
            col(Issue.definition_en),
            col(Issue.definition_zh),
            *_NAMES[Issue],
        )
        .outerjoin(ResearchField, col(ResearchField.id) == col(Issue.field_id))
        .where(col(Issue.id).in_(ids))
    )
    return {
        n: _text(
            title=_lines(en, zh),
            names=_lines(slug, field_en, field_zh),
            techniques=_lines(*synonyms),
            abstract=_lines(definition_en, definition_zh),
        )
        for n, slug, field_en, field_zh, definition_en, definition_zh, en, zh, *synonyms in rows
    }


def _cells(session: Session, keys: Sequence[Key]) -> dict[Key, Text]:
    """A cell has a document when it has a claim or a ruling."""
    claims = select(
        col(Claim.technique_id), col(Claim.issue_id), col(Claim.id), col(Claim.rationale)
    ).where(tuple_(col(Claim.technique_id), col(Claim.issue_id)).in_(keys))
    rulings = select(col(Ruling.technique_id), col(Ruling.issue_id), col(Ruling.rationale)).where(
        tuple_(col(Ruling.technique_id), col(Ruling.issue_id)).in_(keys), col(Ruling.is_current)
    )
    said: defaultdict[Key, list[object]] = defaultdict(list)
    cell_of: dict[int, Key] = {}
    for technique, issue, claim, rationale in session.execute(claims):
        cell_of[claim] = (technique, issue)
        said[technique, issue].append(plain(rationale))
    for technique, issue, rationale in session.execute(rulings):
        said[technique, issue].append(plain(rationale))
    cited: defaultdict[Key, list[object]] = defaultdict(list)
    evidence = (
        select(
            col(Evidence.claim_id),
            col(Evidence.quote),
            col(Paper.citekey),
            col(Paper.short_title),
        )
        .outerjoin(Paper, col(Paper.id) == col(Evidence.paper_id))
        .where(col(Evidence.claim_id).in_(cell_of))
    )
    for claim, quote, *paper in session.execute(evidence):
        said[cell_of[claim]].append(plain(quote))
        cited[cell_of[claim]] += paper
    techniques = _vocabulary(session, Technique, {key[0] for key in said})
    issues = _vocabulary(session, Issue, {key[1] for key in said})
    return {
        key: _text(
            title=_lines(*techniques[key[0]][1:3], *issues[key[1]][1:3]),
            names=_lines(techniques[key[0]][0], issues[key[1]][0], *cited[key]),
            techniques=_lines(*techniques[key[0]][3:], *issues[key[1]][3:]),
            notes=_lines(*parts),
        )
        for key, parts in said.items()
        if key[0] in techniques and key[1] in issues
    }


_NAMES = {
    model: (
        col(model.name_en),
        col(model.name_zh),
        col(model.synonyms_en),
        col(model.synonyms_zh),
    )
    for model in (Technique, Issue)
}


def _vocabulary(
    session: Session, model: type[Technique] | type[Issue], ids: Collection[int]
) -> dict[int, Sequence[object]]:
    """Slug, both names and the synonyms of a vocabulary's entries, by id."""
    columns = select(col(model.id), col(model.slug), *_NAMES[model])
    return {row[0]: list(row)[1:] for row in session.execute(columns.where(col(model.id).in_(ids)))}


def _said(
    session: Session, statement: Select[*tuple[Any, ...]], column: object, ids: Collection[int]
) -> defaultdict[int, list[Any]]:
    """What a statement's rows say after their first column, an id of `ids`, by that id."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for n, *parts in session.execute(statement.where(col(column).in_(ids))):
        found[n] += parts
    return found


def _add(one: defaultdict[int, list[Any]], other: defaultdict[int, list[Any]]) -> None:
    for n, parts in other.items():
        one[n] += parts


def _text(
    *, title: str, names: str = "", techniques: str = "", abstract: str = "", notes: str = ""
) -> Text:
    return {
        "title": title,
        "names": names,
        "techniques": techniques,
        "abstract": abstract,
        "notes": notes,
    }


def _lines(*parts: object) -> str:
    """All that is there of `parts`, lists opened, a line each."""
    lines: Iterable[object] = (
        line for part in parts for line in (part if isinstance(part, list) else [part])
    )
    return "\n".join(str(line) for line in lines if line)
