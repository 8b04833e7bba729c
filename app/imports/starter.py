"""The starter library (`data/starter`): YAML and Markdown → rows, as an import that can be undone.

Loaded in bulk: a first start should not make anybody wait.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel

from app.comparison.history import record
from app.imports import queries
from app.imports.queries import Row
from app.kit.text import fold, sort_key
from app.library.service import author_row
from app.models import (
    Author,
    Basis,
    Benchmark,
    BenchmarkCategory,
    BenchmarkItem,
    BenchmarkMapping,
    Claim,
    Comparison,
    ComparisonColumn,
    ComparisonRow,
    Correspondence,
    CorrespondenceIssue,
    CorrespondencePaper,
    CorrespondenceTechnique,
    Evidence,
    Hypothesis,
    ImportBatch,
    ImportItem,
    Issue,
    Kind,
    Note,
    Paper,
    PaperAuthor,
    PaperField,
    PaperTag,
    PaperTechnique,
    PaperVerdict,
    Polarity,
    Precondition,
    Reading,
    ResearchField,
    Ruling,
    Score,
    ScorePair,
    Source,
    Strength,
    Tag,
    Technique,
)
from app.settings import resource

Data = Mapping[str, Any]  # what YAML holds is known only by looking; tests/data looks
Shown = Mapping[tuple[str, str, str], int]
Term = TypeVar("Term", Technique, Issue)
_TEXTS = ("name_en", "name_zh", "definition_en", "definition_zh")


def is_wanted(session: Session, *, again: bool = False) -> bool:
    """Whether `load_starter` would do anything."""
    if queries.is_anything_there(session):
        return False
    return again or not queries.starter_was_here(session)


def load_starter(session: Session, *, again: bool = False) -> ImportBatch | None:
    """Fill an empty library with the starter library.

    None, and nothing is done, where the library holds anything, or has had the starter library
    before (it was removed then): only `again` brings it back.
    """
    if not is_wanted(session, again=again):
        return None
    folder = resource("data") / "starter"
    batch = ImportBatch(format="starter", name="starter", sha256=_fingerprint(folder))
    _added(session, [batch])
    made: list[SQLModel] = []
    fields = _fields(session, _read(folder, "fields"))
    techniques = _terms(session, Technique, _read(folder, "techniques"), fields)
    issues = _terms(session, Issue, _read(folder, "issues"), fields)
    made += [*fields.values(), *techniques.values(), *issues.values()]
    papers, verdicts = _papers(session, _read(folder, "papers"), techniques, fields)
    notes = _notes(session, folder / "notes", papers, techniques, issues)
    made += [*papers.values(), *verdicts, *notes.values()]
    made += _benchmarks(session, _read(folder, "benchmarks"), papers, issues)
    scores, pairs = _scores(session, folder, papers, techniques)
    made += [*scores, *pairs.values()]
    of_comparison = _comparison(
        session, _read(folder, "comparison"), fields, techniques, issues, papers, notes, pairs
    )
    made += of_comparison
    correspondences = _correspondences(
        session, _read(folder, "correspondences"), fields, techniques, issues, papers
    )
    made += correspondences
    claims = [each for each in of_comparison if isinstance(each, Claim)]
    made += _hypotheses(
        session, _read(folder, "hypotheses"), techniques, issues, correspondences, claims, notes
    )
    _remember(session, batch, made)
    return batch


def load_benchmarks(session: Session) -> ImportBatch | None:
    """The starter library's benchmarks alone, for a library that has none: mapped to those issues
    that it has, by their slugs. None, and nothing is done, where it has a benchmark."""
    if queries.has_benchmark(session):
        return None
    given = _read(resource("data") / "starter", "benchmarks")
    names = ", ".join(row["name"] for row in given["benchmarks"])
    digest = hashlib.sha256(repr(given).encode()).hexdigest()
    batch = ImportBatch(format="benchmarks", name=names, sha256=digest)
    _added(session, [batch])
    papers = queries.papers_by_citekey(session, [row["paper"] for row in given["benchmarks"]])
    issues = {issue.slug: issue for issue in queries.issues_to_name(session)}
    made = _benchmarks(session, given, papers, issues)
    folder = resource("data") / "starter"
    printing = [row["paper"] for row in _read(folder, "scores")["scores"]]
    techniques = {each.slug: each for each in queries.techniques_to_name(session)}
    papers = queries.papers_by_citekey(session, printing)
    scores, pairs = _scores(session, folder, papers, techniques)
    made += [*scores, *pairs.values()]
    _remember(session, batch, made)
    return batch


def _remember(session: Session, batch: ImportBatch, made: Iterable[SQLModel]) -> None:
    items = [
        ImportItem(
            batch_id=batch.id,
            item_kind=str(row.__tablename__),
            item_id=getattr(row, "id"),  # noqa: B009 (every one of these tables has one)
            version=getattr(row, "version", 1),
        )
        for row in made
    ]
    _inserted(session, ImportItem, items)


def known_names() -> list[dict[str, Any]]:
    """How notes shorten well-known things: title, kind, names (`data/starter/names.yaml`)."""
    names: list[dict[str, Any]] = _read(resource("data") / "starter", "names")
    return names


def _read(folder: Path, name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((folder / f"{name}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506 (safe)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _added(session: Session, rows: Iterable[SQLModel]) -> None:
    """A statement a row on SQLite, and seen by what follows texts as they are flushed."""
    session.add_all(rows)
    session.flush()


def _inserted(session: Session, model: type[Row], rows: Sequence[Row]) -> list[Row]:
    """All rows in one statement, read back in their order."""
    if not rows:
        return []
    whole = insert(model).execution_options(render_nulls=True)  # one statement, also with gaps
    session.execute(whole, [row.model_dump(exclude={"id"}) for row in rows])
    return queries.last_inserted(session, model, len(rows))


def _fields(session: Session, given: Sequence[Data]) -> dict[str, ResearchField]:
    fields = {
        row["slug"]: ResearchField(
            slug=row["slug"],
            position=position,
            synonyms_en=row.get("synonyms_en", []),
            synonyms_zh=row.get("synonyms_zh", []),
            **{name: row.get(name, "") for name in _TEXTS},
        )
        for position, row in enumerate(given)
    }
    _added(session, fields.values())
    return fields


def _terms(
    session: Session, model: type[Term], given: Sequence[Data], fields: Mapping[str, ResearchField]
) -> dict[str, Term]:
    """A tree. Children are told their parents once every row has its id."""
    rows = [
        model(
            slug=row["slug"],
            synonyms_en=row.get("synonyms_en", []),
            synonyms_zh=row.get("synonyms_zh", []),
            position=at,
            **{name: row.get(name, "") for name in _TEXTS},
        )
        for at, row in enumerate(given)
    ]
    terms = {term.slug: term for term in _inserted(session, model, rows)}
    for row in given:
        term = terms[row["slug"]]
        if "parent" in row:
            term.parent_id = terms[row["parent"]].id
        if isinstance(term, Issue) and "field" in row:
            term.field_id = fields[row["field"]].id
    session.flush()
    return terms


def _papers(
    session: Session,
    given: Sequence[Data],
    techniques: Mapping[str, Technique],
    fields: Mapping[str, ResearchField],
) -> tuple[dict[str, Paper], list[PaperVerdict]]:
    names = dict.fromkeys(name for row in given for name in row.get("authors", ()))
    authors = _authors(session, names)
    tags = _tags(session, {fold(tag): tag for row in given for tag in row.get("tags", ())})
    held = _inserted(session, Paper, [_paper(row) for row in given])
    papers = {paper.citekey: paper for paper in held}
    rows: list[SQLModel] = []
    verdicts: list[PaperVerdict] = []
    ids = queries.verdict_ids(session)
    for row in given:
        paper = papers[row["citekey"]].id
        rows += [
            PaperAuthor(paper_id=paper, position=at, author_id=authors[name].id)
            for at, name in enumerate(row.get("authors", ()))
        ]
        rows += [
            PaperTechnique(paper_id=paper, technique_id=techniques[slug].id)
            for slug in row.get("techniques", ())
        ]
        rows += [PaperField(paper_id=paper, field_id=fields[s].id) for s in row.get("fields", ())]
        rows += [PaperTag(paper_id=paper, tag_id=tags[fold(tag)].id) for tag in row.get("tags", ())]
        if verdict := row.get("verdict"):
            slug, reason = verdict["verdict"], verdict["reason"].strip()
            verdicts.append(PaperVerdict(paper_id=paper, verdict_id=ids[slug], reason=reason))
    _added(session, [*rows, *verdicts])
    return papers, verdicts


def _authors(session: Session, names: Iterable[str]) -> dict[str, Author]:
    """Authors by name; some may be left of papers that were deleted."""
    known = {author.name: author for author in queries.orphan_authors(session)}
    new = [Author.model_validate(author_row(n)) for n in names if n not in known]
    return known | {author.name: author for author in _inserted(session, Author, new)}


def _tags(session: Session, words: Mapping[str, str]) -> dict[str, Tag]:
    """Tags by folded name; some may be left as well."""
    known = {tag.folded: tag for tag in queries.orphan_tags(session)}
    new = [Tag(name=tag, folded=folded) for folded, tag in words.items() if folded not in known]
    return known | {tag.folded: tag for tag in _inserted(session, Tag, new)}


def _paper(row: Data) -> Paper:
    published = str(row.get("published", ""))
    return Paper(
        citekey=row["citekey"],
        citekey_folded=fold(row["citekey"]),
        kind=Kind(row["kind"]),
        title=row["title"],
        title_sort=sort_key(row["title"]),
        short_title=row.get("short_title", ""),
        abstract=row.get("abstract", "").strip(),
        year=row.get("year") or (int(published[:4]) if published else None),
        published=published,
        revised=str(row.get("revised", "")),
        venue=row.get("venue", ""),
        arxiv_id=row.get("arxiv_id"),
        arxiv_version=row.get("arxiv_version"),
        doi=row.get("doi"),
        url=row.get("url", ""),
    )


def _notes(
    session: Session,
    folder: Path,
    papers: Mapping[str, Paper],
    techniques: Mapping[str, Technique],
    issues: Mapping[str, Issue],
) -> dict[str, Note]:
    notes: dict[str, Note] = {}
    for file in sorted(folder.glob("*.md")):
        _, front, body = file.read_text("utf-8").split("---\n", 2)
        about = yaml.safe_load(front)
        notes[file.stem] = Note(
            title=about["title"],
            title_folded=fold(about["title"]),
            body=body.strip(),
            paper_id=papers[about["paper"]].id if "paper" in about else None,
            technique_id=techniques[about["technique"]].id if "technique" in about else None,
            issue_id=issues[about["issue"]].id if "issue" in about else None,
        )
    _added(session, notes.values())
    noted = {note.paper_id for note in notes.values()}
    for paper in papers.values():
        if paper.id in noted:
            paper.reading = Reading.READING
    return notes


def _comparison(
    session: Session,
    given: Data,
    fields: Mapping[str, ResearchField],
    techniques: Mapping[str, Technique],
    issues: Mapping[str, Issue],
    papers: Mapping[str, Paper],
    notes: Mapping[str, Note],
    pairs: Mapping[str, ScorePair],
) -> list[SQLModel]:
    """The comparison with its claims and rulings: the rows that count as made by the import."""
    texts = ("slug", "title_en", "title_zh", "description_en", "description_zh")
    comparison = Comparison(
        source_field_id=fields[given["source_field"]].id,
        target_field_id=fields[given["target_field"]].id,
        **{name: given[name].strip() for name in texts},
    )
    claims = [
        Claim(
            technique_id=techniques[row["technique"]].id,
            issue_id=issues[row["issue"]].id,
            stance=row["stance"],
            confidence=row["confidence"],
            source=row["source"],
            basis=row.get("basis", Basis.ARGUED),
            rationale=row["rationale"].strip(),
            dated_on=row["dated_on"],
        )
        for row in given["claims"]
    ]
    rulings = [
        Ruling(
            technique_id=techniques[row["technique"]].id,
            issue_id=issues[row["issue"]].id,
            stance=row["stance"],
            rationale=row["rationale"].strip(),
        )
        for row in given["rulings"]
    ]
    made: list[SQLModel] = [comparison, *claims, *rulings]
    _added(session, made)
    record.annotate(session, by="starter")
    rows: list[SQLModel] = [
        ComparisonRow(comparison_id=comparison.id, technique_id=techniques[slug].id, position=at)
        for at, slug in enumerate(given["rows"])
    ]
    rows += [
        ComparisonColumn(comparison_id=comparison.id, issue_id=issues[slug].id, position=at)
        for at, slug in enumerate(given["columns"])
    ]
    session.add_all(rows)
    evidence = [
        Evidence(
            claim_id=claim.id,
            position=at,
            paper_id=papers[piece["paper"]].id if "paper" in piece else None,
            note_id=notes[piece["note"]].id if "note" in piece else None,
            pair_id=pairs[piece["pair"]].id if "pair" in piece else None,
            quote=piece.get("quote", ""),
            locator=piece.get("locator", ""),
            polarity=Polarity(piece["polarity"]),
            arxiv_version=papers[piece["paper"]].arxiv_version if "paper" in piece else None,
        )
        for claim, row in zip(claims, given["claims"], strict=True)
        for at, piece in enumerate(row.get("evidence", ()))
    ]
    session.flush()
    _inserted(session, Evidence, evidence)
    return made


def _benchmarks(
    session: Session, given: Data, papers: Mapping[str, Paper], issues: Mapping[str, Issue]
) -> list[SQLModel]:
    """Benchmarks with their categories and examples, and the mappings of `issues` to those; what
    belongs to its benchmark does not count as made on its own."""
    benchmarks = {
        row["slug"]: Benchmark(
            slug=row["slug"],
            name=row["name"],
            paper_id=papers[row["paper"]].id if row["paper"] in papers else None,
            definition_en=row["definition_en"],
            definition_zh=row["definition_zh"],
            origin=row["origin"],
            examples=_examples(row.get("examples", "")),
            position=at,
        )
        for at, row in enumerate(given["benchmarks"])
    }
    _added(session, benchmarks.values())
    rows = [(row["slug"], each) for row in given["benchmarks"] for each in row["categories"]]
    held = _inserted(
        session,
        BenchmarkCategory,
        [
            BenchmarkCategory(
                benchmark_id=benchmarks[slug].id,
                code=each["code"],
                group=each.get("group", ""),
                size=each["size"],
                position=at,
                **{name: each[name] for name in _TEXTS},
            )
            for at, (slug, each) in enumerate(rows)
        ],
    )
    categories = {(row[0], each.code): each for row, each in zip(rows, held, strict=True)}
    shown = _items(session, _read(resource("data") / "starter", "items"), benchmarks)
    mappings = [
        BenchmarkMapping(
            issue_id=issues[row["issue"]].id,
            category_id=categories[row["benchmark"], code].id,
            strength=Strength(row["strength"]),
            source=Source(row["source"]),
            why_en=row["why_en"],
            why_zh=row["why_zh"],
            item_id=shown.get((row["issue"], row["benchmark"], code)),
        )
        for row in given["mappings"]
        if row["issue"] in issues
        for code in row["categories"]
    ]
    return [*benchmarks.values(), *_inserted(session, BenchmarkMapping, mappings)]


def _scores(
    session: Session,
    folder: Path,
    papers: Mapping[str, Paper],
    techniques: Mapping[str, Technique],
) -> tuple[list[Score], dict[str, ScorePair]]:
    """Published scores whose papers there are, and the pairs of them whose techniques there are, by
    their names in the file."""
    benchmarks = {each.slug: each for each in session.scalars(select(Benchmark))}
    held = session.scalars(select(BenchmarkCategory))
    categories = {(each.benchmark_id, each.code): each.id for each in held}
    given = _read(folder, "scores")
    rows = [row for row in given["scores"] if row["paper"] in papers]
    scores = _inserted(
        session,
        Score,
        [
            Score(
                benchmark_id=benchmarks[row["benchmark"]].id,
                category_id=categories[benchmarks[row["benchmark"]].id, row["category"]]
                if "category" in row
                else None,
                system=row["system"],
                paper_id=papers[row["paper"]].id,
                place=row["place"],
                metric=row["metric"],
                split=row.get("split", ""),
                value=row["value"],
                size=row.get("size"),
                year=row.get("year"),
                conditions=row.get("conditions", {}),
            )
            for row in rows
        ],
    )
    numbers = {row["id"]: score.id for row, score in zip(rows, scores, strict=True)}
    wanted = [
        row
        for row in given["pairs"]
        if row["technique"] in techniques and {row["with"], row["without"]} <= set(numbers)
    ]
    pairs = _inserted(
        session,
        ScorePair,
        [
            ScorePair(
                technique_id=techniques[row["technique"]].id,
                with_id=numbers[row["with"]],
                without_id=numbers[row["without"]],
            )
            for row in wanted
        ],
    )
    return scores, {row["id"]: pair for row, pair in zip(wanted, pairs, strict=True)}


def _items(session: Session, given: Data, benchmarks: Mapping[str, Benchmark]) -> Shown:
    """A benchmark's examples; which of them shows what, by issue, benchmark and category."""
    benchmark = benchmarks[given["benchmark"]]
    items = _inserted(
        session,
        BenchmarkItem,
        [
            BenchmarkItem(
                benchmark_id=benchmark.id,
                position=row["number"],
                question=row["question"],
                query=row["query"],
                database=row["database"],
            )
            for row in given["items"]
        ],
    )
    numbers = {each.position: each.id for each in items}
    return {
        (row["issue"], given["benchmark"], row["category"]): numbers[row["number"]]
        for row in given["shown"]
    }


def _examples(line: str) -> list[list[str]]:
    """`T1 - T2+T3` → [[T1], [], [T2, T3]]."""
    return [[] if codes == "-" else codes.split("+") for codes in line.split()]


def _correspondences(
    session: Session,
    given: Sequence[Data],
    fields: Mapping[str, ResearchField],
    techniques: Mapping[str, Technique],
    issues: Mapping[str, Issue],
    papers: Mapping[str, Paper],
) -> list[Correspondence]:
    made = [
        Correspondence(
            slug=row["slug"],
            source_field_id=fields[row["source_field"]].id,
            target_field_id=fields[row["target_field"]].id,
            **{
                f"{name}_{language}": row[f"{name}_{language}"].strip()
                for name in ("source", "target", "carries", "breaks")
                for language in ("en", "zh")
            },
        )
        for row in given
    ]
    _added(session, made)
    rows: list[SQLModel] = []
    for row, held in zip(given, made, strict=True):
        rows += [
            CorrespondenceTechnique(correspondence_id=held.id, technique_id=techniques[slug].id)
            for slug in row.get("techniques", ())
        ]
        rows += [
            CorrespondenceIssue(correspondence_id=held.id, issue_id=issues[slug].id)
            for slug in row.get("issues", ())
        ]
        rows += [
            CorrespondencePaper(correspondence_id=held.id, paper_id=papers[key].id)
            for key in row.get("papers", ())
        ]
    _added(session, rows)
    return made


def _hypotheses(
    session: Session,
    given: Sequence[Data],
    techniques: Mapping[str, Technique],
    issues: Mapping[str, Issue],
    correspondences: Sequence[Correspondence],
    claims: Sequence[Claim],
    notes: Mapping[str, Note],
) -> list[Hypothesis]:
    """Hypotheses; the papers that they rest on are links in their mechanism. One that is
    contradicted names a note, or an issue on which the technique's first claim speaks."""
    slices = queries.categories_by_code(session)
    by_slug = {each.slug: each for each in correspondences}
    first: dict[tuple[int, int], int] = {}
    for claim in claims:
        first.setdefault((claim.technique_id, claim.issue_id), claim.id)
    made = []
    for row in given:
        technique = techniques[row["technique"]]
        links = [f"[[{key}]]" for key in row.get("papers", ())]
        texts = {
            f"{name}{end}": row.get(f"{name}_{language}", "").strip()
            for name in ("mechanism", "precondition", "expected", "refuted_by", "test")
            for language, end in (("en", ""), ("zh", "_zh"))
        }
        if links:
            texts["mechanism"] += f"\n\nSee {', '.join(links)}."
            texts["mechanism_zh"] += (
                f"\n\n参见 {'、'.join(links)}。" if texts["mechanism_zh"] else ""
            )
        against = row.get("contradicting_claim")
        made.append(
            Hypothesis(
                technique_id=technique.id,
                issue_id=issues[row["issue"]].id,
                category_id=slices[row["benchmark"], str(row["category"])]
                if "category" in row
                else None,
                correspondence_id=by_slug[row["correspondence"]].id
                if "correspondence" in row
                else None,
                precondition_state=Precondition(row.get("precondition_state", "unknown")),
                contradicting_note_id=notes[row["contradicting_note"]].id
                if "contradicting_note" in row
                else None,
                contradicting_claim_id=first[technique.id, issues[against].id] if against else None,
                cost=row.get("cost", 2),
                **texts,
            )
        )
    return _inserted(session, Hypothesis, made)
