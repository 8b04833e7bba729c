"""The text of every document, column by column, read from the rows it shows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, select, tuple_, union
from sqlmodel import Session, col

from app.kit.author_names import with_pinyin
from app.models import (
    HYPOTHESIS_TEXTS,
    Author,
    Claim,
    Correspondence,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
    Evidence,
    FormerCitekey,
    Hypothesis,
    Issue,
    Mark,
    Note,
    Paper,
    PaperAuthor,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Ruling,
    Tag,
    Technique,
    Verdict,
)
from app.search.index.documents import DocumentKind

Key: TypeAlias = tuple[int, ...]  # (id, 0), or of a cell (technique's id, issue's id)
Text: TypeAlias = dict[str, str]  # by column

_PARSED_LIMIT = 200_000  # characters; the marks of longer Markdown texts are indexed too


def all_keys(session: Session, kind: DocumentKind) -> set[Key]:
    """The keys of everything that can have a document."""
    if kind == "cell":
        cells = union(
            select(col(Claim.technique_id), col(Claim.issue_id)),
            select(col(Ruling.technique_id), col(Ruling.issue_id)),
            select(col(Hypothesis.technique_id), col(Hypothesis.issue_id)),
        )
        return {tuple(row) for row in session.execute(cells)}
    ids = {
        "paper": Paper.id,
        "note": Note.id,
        "technique": Technique.id,
        "issue": Issue.id,
        "correspondence": Correspondence.id,
    }[kind]
    return {(row[0], 0) for row in session.execute(select(col(ids)))}


def load_texts(session: Session, kind: DocumentKind, keys: Sequence[Key]) -> dict[Key, Text]:
    """The texts of the documents of `keys`; of what is not there, or in the trash, none. The same
    rows make the same texts, in whichever order a database has them."""
    ids = [key[0] for key in keys]
    match kind:
        case "paper":
            found = _papers(session, ids)
        case "note":
            found = _notes(session, ids)
        case "technique":
            found = _entries(session, Technique, ids)
        case "issue":
            found = _entries(session, Issue, ids)
        case "correspondence":
            found = _correspondences(session, ids)
        case "cell":
            return _cells(session, keys)
    return {(n, 0): text for n, text in found.items()}


def cached_plain_text(markdown: str, *, keyed: bool = False) -> str:
    """A Markdown text without its marks, as `plain_text` has it."""
    if len(markdown) > _PARSED_LIMIT:
        return markdown
    from app.notes.markdown import plain_text

    return plain_text(markdown, keyed=keyed)


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
    tags = select(col(PaperTag.paper_id), col(Tag.name)).join(Tag).order_by(col(Tag.id))
    keys = select(col(FormerCitekey.paper_id), col(FormerCitekey.citekey))
    keys = keys.order_by(col(FormerCitekey.folded))
    techniques = select(col(PaperTechnique.paper_id), *_NAMES[Technique]).join(Technique)
    techniques = techniques.order_by(col(Technique.id))
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
    notes = select(col(Note.paper_id), col(Note.title), col(Note.body)).where(
        col(Note.trashed_at).is_(None)
    )
    notes = notes.order_by(col(Note.id))
    marks = select(col(Mark.paper_id), col(Mark.exact), col(Mark.comment))
    marks = marks.where(col(Mark.exact) + col(Mark.comment) != "").order_by(col(Mark.id))
    names = _said(session, authors.order_by(col(PaperAuthor.position)), PaperAuthor.paper_id, ids)
    _add(names, _said(session, tags, PaperTag.paper_id, ids))
    _add(names, _said(session, keys, FormerCitekey.paper_id, ids))
    carried = _said(session, techniques, PaperTechnique.paper_id, ids)
    said = _said(session, verdicts, PaperVerdict.paper_id, ids)
    for paper, parts in _said(session, notes, Note.paper_id, ids).items():
        said[paper] += [*parts[::2], *map(cached_plain_text, parts[1::2])]
    for paper, parts in _said(session, marks, Mark.paper_id, ids).items():
        said[paper] += parts
    return {
        row.id: paper_text(row._asdict(), names[row.id], carried[row.id], said[row.id])
        for row in rows
    }


def paper_text(
    row: Mapping[str, object],
    names: Sequence[str],
    techniques: Sequence[object] = (),
    said: Sequence[str] = (),
) -> Text:
    """A paper's text by its row; `names` are its authors', its tags, its further keys, which are
    found by their pinyin too, and `said` what verdicts and notes say of it."""
    keys = (row[name] for name in ("citekey", "arxiv_id", "doi", "venue", "year"))
    return {
        "title": _lines(row["title"], row["short_title"]),
        "names": _lines(*keys, *map(with_pinyin, names)),
        "techniques": _lines(*techniques),
        "abstract": str(row["abstract"]),
        "notes": _lines(*said),
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
        n: _text(title=title, names=_lines(*names), notes=cached_plain_text(body))
        for n, title, body, *names in rows
    }


def _entries(
    session: Session, model: type[Technique] | type[Issue], ids: Collection[int]
) -> dict[int, Text]:
    definitions = select(col(model.id), col(model.definition_en), col(model.definition_zh)).where(
        col(model.id).in_(ids)
    )
    named = _vocabulary(session, model, ids)
    return {
        n: _text(
            title=_lines(*named[n][1:3]),
            names=str(named[n][0]),
            techniques=_lines(*named[n][3:]),
            abstract=_lines(en, zh),
        )
        for n, en, zh in session.execute(definitions)
    }


def _cells(session: Session, keys: Sequence[Key]) -> dict[Key, Text]:
    """A cell has a document when it has a claim, a ruling or a hypothesis."""
    claims = select(
        col(Claim.technique_id), col(Claim.issue_id), col(Claim.id), col(Claim.rationale)
    ).where(tuple_(col(Claim.technique_id), col(Claim.issue_id)).in_(keys))
    rulings = select(col(Ruling.technique_id), col(Ruling.issue_id), col(Ruling.rationale)).where(
        tuple_(col(Ruling.technique_id), col(Ruling.issue_id)).in_(keys), col(Ruling.is_current)
    )
    said: defaultdict[Key, list[object]] = defaultdict(list)
    cell_of: dict[int, Key] = {}
    for technique, issue, claim, rationale in session.execute(claims.order_by(col(Claim.id))):
        cell_of[claim] = (technique, issue)
        said[technique, issue].append(cached_plain_text(rationale))
    for technique, issue, rationale in session.execute(rulings):
        said[technique, issue].append(cached_plain_text(rationale))
    hypotheses = select(
        col(Hypothesis.technique_id),
        col(Hypothesis.issue_id),
        *(col(getattr(Hypothesis, name)) for name in HYPOTHESIS_TEXTS),
    ).where(
        tuple_(col(Hypothesis.technique_id), col(Hypothesis.issue_id)).in_(keys),
        col(Hypothesis.trashed_at).is_(None),
    )
    for technique, issue, *texts in session.execute(hypotheses.order_by(col(Hypothesis.id))):
        said[technique, issue] += map(cached_plain_text, filter(None, texts))
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
        .order_by(col(Evidence.claim_id), col(Evidence.position), col(Evidence.id))
    )
    for claim, quote, *paper in session.execute(evidence):
        said[cell_of[claim]].append(cached_plain_text(quote))
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


def _correspondences(session: Session, ids: Collection[int]) -> dict[int, Text]:
    """Both sides in both languages, so that one finds the other, and what it is tied to."""
    rows = session.scalars(select(Correspondence).where(col(Correspondence.id).in_(ids)))
    by_technique = CorrespondenceTechnique.correspondence_id
    by_issue = CorrespondenceIssue.correspondence_id
    by_paper = CorrespondencePaper.correspondence_id
    techniques = select(col(by_technique), *_NAMES[Technique]).join(Technique)
    techniques = techniques.order_by(col(Technique.id))
    issues = select(col(by_issue), *_NAMES[Issue]).join(Issue).order_by(col(Issue.id))
    papers = select(col(by_paper), col(Paper.citekey), col(Paper.short_title)).join(Paper)
    papers = papers.order_by(col(Paper.id))
    tied = _said(session, techniques, by_technique, ids)
    _add(tied, _said(session, issues, by_issue, ids))
    named = _said(session, papers, by_paper, ids)
    return {
        each.id: _text(
            title=_lines(*each.source, *each.target),
            names=_lines(each.slug, *named[each.id]),
            techniques=_lines(*tied[each.id]),
            notes=cached_plain_text(each.text),
        )
        for each in rows
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
