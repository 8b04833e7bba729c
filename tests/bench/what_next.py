"""How well *What next* chooses, in hindsight, and what it costs.

`python -m tests.bench.what_next [--library FOLDER]`. Of each claim that rests on a paper, the paper
is hidden and all cells are blank: at which place among all papers would it have stood for the
issue? In our order, by BM25 of the issue's names and definition, by the number of techniques (the
order before), by chance; on titles, on abstracts (those that `../shared/data` has), on notes
without their links, and on the files that are held. Then the replay of the library's own history,
as the page has it, and the page's cost for 200 techniques × 60 issues with 5,000 papers that wait.

On the starter library, or one in a folder. Prints, asserts nothing.
"""

import argparse
import json
import lzma
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import Session, col, select

from app.comparison import queries
from app.comparison.reading import paper_texts
from app.comparison.reading.issue_scores import score_issues
from app.comparison.reading.reading_list import get_next
from app.comparison.reading.reading_rank import OpenTable, Waiting, rank_papers
from app.comparison.reading.term_mentions import TermIndex, TextPart
from app.comparison.sentences import (
    content_words,
    definitions_of,
    names_of,
    without_links,
    words_of,
)
from app.kit.text import fold
from app.kit.trees import list_ancestors, list_descendants, parent_map
from app.main import create_app
from app.models import (
    Claim,
    Comparison,
    ComparisonRow,
    Evidence,
    Issue,
    Note,
    Paper,
    PaperTechnique,
    Source,
)
from app.settings import Settings
from app.startup import open_library
from tests.bench import comparison
from tests.conftest import SHARED

WAITING = 5_000
Score = Callable[[int, int], float]  # of a paper for an issue


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help="of one's own; it is read alone")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        library = given.library or Path(folder)
        database = open_library(Settings(_env_file=None, library=library))
        with database.read() as session:
            look_back(session)
            for each in session.exec(select(Comparison)).all():
                said = get_next(session, each.slug).replay
                print(
                    f"replay of {each.slug}: {said.outcomes} papers that claims came to quote;"
                    f" MRR by text {said.by_text:.3f}, by techniques {said.by_techniques:.3f},"
                    f" by chance {said.by_chance:.3f}"
                )
        database.close()
    if not given.library:
        with tempfile.TemporaryDirectory() as folder:
            measure_cost(Path(folder))


def look_back(session: Session) -> None:
    papers = {each.id: each for each in session.exec(select(Paper)).all() if not each.trashed_at}
    issues = {each.id: each for each in queries.all_issues(session)}
    texts = texts_of(session, papers)
    pairs = quoted(session, papers)
    print(
        f"{len(papers)} papers; {len(pairs)} pairs of paper and issue that literature claims quote"
    )
    print(f"{'':44} {'MRR':>6} {'first 3':>8} {'AUC':>6}")
    rows = [each.technique_id for each in session.exec(select(ComparisonRow)).all()]
    carried: dict[int, list[int]] = {}
    for tie in session.exec(select(PaperTechnique)).all():
        carried.setdefault(tie.paper_id, []).append(tie.technique_id)
    parents = parent_map(queries.all_techniques(session))
    numbers = {
        paper: len({row for t in own for row in (t, *list_ancestors(parents, t)) if row in rows})
        for paper, own in carried.items()
    }
    tell("chance", papers, pairs, lambda _paper, _issue: 0.0)
    tell("number of techniques (the order before)", papers, pairs, lambda p, _: numbers.get(p, 0))
    for called, held in texts.items():
        tell(f"BM25, {called}", papers, pairs, bm25(held, issues))
        tell(f"What next, {called}", papers, pairs, ours(session, held, rows, carried, parents))


def quoted(session: Session, papers: Mapping[int, Paper]) -> list[tuple[int, int]]:
    found = session.exec(
        select(Evidence.paper_id, Claim.issue_id)
        .join(Claim, col(Claim.id) == col(Evidence.claim_id))
        .where(col(Evidence.paper_id).is_not(None), col(Claim.source) == Source.LITERATURE)
    )
    return sorted({(paper, issue) for paper, issue in found if paper in papers and paper})


def texts_of(session: Session, papers: Mapping[int, Paper]) -> dict[str, dict[int, list[TextPart]]]:
    """What is read of each paper, by what that is called."""
    titles = {
        number: [TextPart("title", f"{each.title} {each.short_title}")]
        for number, each in papers.items()
    }
    abstracts = known_abstracts(papers)
    found = {"titles": titles}
    if abstracts:
        with_abstracts = {
            number: [
                *parts,
                *([TextPart("abstract", abstracts[number])] if number in abstracts else []),
            ]
            for number, parts in titles.items()
        }
        found[f"titles, abstracts ({len(abstracts)})"] = with_abstracts
    noted = {number: list(parts) for number, parts in titles.items()}
    for note in session.exec(select(Note)).all():
        if note.paper_id in noted and not note.trashed_at:
            text = f"{note.title}\n\n{without_links(note.body)}"
            noted[note.paper_id].append(TextPart("note", text, str(note.id)))
    found["titles, notes"] = noted
    if abstracts:
        found["titles, notes, abstracts"] = {
            number: [*parts, *with_abstracts[number][1:]] for number, parts in noted.items()
        }
    files = {paper: sha for paper, sha in queries.files_with_text(session) if paper in noted}
    pages = paper_texts.read_pages(session, set(files.values()))
    print(f"of {len(files)} papers the full text is held, of {len(abstracts)} an abstract")
    if files:
        found["titles, notes, files"] = {
            number: [*parts, *pages.get(files.get(number, ""), [])]
            for number, parts in noted.items()
        }
    return found


def known_abstracts(papers: Mapping[int, Paper]) -> dict[int, str]:
    """Those that the library has, else those of `../shared/data`, by number or title."""
    found = {number: each.abstract for number, each in papers.items() if each.abstract.strip()}
    file = SHARED / "data" / "arxiv-100k.jsonl.xz"
    if not file.exists():
        return found
    by_key = {each.arxiv_id or fold(each.title): number for number, each in papers.items()}
    by_key |= {fold(each.title): number for number, each in papers.items()}
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            for key in (record["arxiv_id"], fold(" ".join(record["title"].split()))):
                if (number := by_key.get(key)) is not None:
                    found.setdefault(number, record["abstract"])
    return found


def bm25(texts: Mapping[int, Sequence[TextPart]], issues: Mapping[int, Issue]) -> Score:
    """Okapi BM25 (k1 1.2, b 0.75) of an issue's names and definitions in both languages."""
    counts = {
        paper: Counter(content_words(words_of("\n".join(part.text for part in parts))))
        for paper, parts in texts.items()
    }
    lengths = {paper: each.total() for paper, each in counts.items()}
    mean = sum(lengths.values()) / len(lengths)
    spread = Counter(word for each in counts.values() for word in each)
    asked = {
        number: set(content_words(words_of("\n".join([*names_of(each), *definitions_of(each)]))))
        for number, each in issues.items()
    }

    def score(paper: int, issue: int) -> float:
        held, total = counts[paper], 0.0
        for word in asked[issue] & held.keys():
            rare = math.log(1 + (len(counts) - spread[word] + 0.5) / (spread[word] + 0.5))
            short = 1.2 * (0.25 + 0.75 * lengths[paper] / mean)
            total += rare * held[word] * 2.2 / (held[word] + short)
        return total

    return score


def ours(
    session: Session,
    texts: Mapping[int, Sequence[TextPart]],
    rows: Sequence[int],
    carried: Mapping[int, Sequence[int]],
    parents: Mapping[int, int | None],
) -> Score:
    """What the page of an issue would say, nothing being examined yet."""
    issues = queries.all_issues(session)
    index = TermIndex(issues, queries.all_techniques(session))
    scores = score_issues(index, {p: index.read_paper(parts) for p, parts in texts.items()})
    waiting = [Waiting(paper, tuple(carried.get(paper, ()))) for paper in texts]
    of_issues, of_rows = parent_map(issues), {parents.get(row) for row in rows}
    kept: dict[int, dict[int, float]] = {}

    def score(paper: int, issue: int) -> float:
        if issue not in kept:
            columns = [issue, *sorted(list_descendants(of_issues, [issue]) - {issue})]
            over = {of_issues[each] for each in columns[1:]}
            table = OpenTable(
                rows,
                columns,
                headings={each for each in of_rows if each},
                heading_columns={each for each in over if each},
            )
            ranking = rank_papers(
                table,
                parents,
                waiting,
                scores,
                above=dict.fromkeys(columns, issue),
                best=len(waiting),
                best_of_issue=0,
                together=False,
            )
            kept[issue] = {each.paper: each.value for each in ranking.readings.best}
        return kept[issue].get(paper, 0.0)

    return score


def tell(
    called: str, papers: Mapping[int, Paper], pairs: Sequence[tuple[int, int]], score: Score
) -> None:
    reciprocal = first = area = 0.0
    for paper, issue in pairs:
        own, *others = score(paper, issue), *(score(p, issue) for p in papers if p != paper)
        # Of equals it stands in the middle.
        place = 1 + sum(each > own for each in others) + others.count(own) / 2
        reciprocal += 1 / place
        first += place <= 3
        area += 1 - (place - 1) / (len(papers) - 1)
    many = len(pairs) or 1
    print(f"{called:44} {reciprocal / many:6.3f} {first:5.0f}/{len(pairs)} {area / many:6.3f}")


def measure_cost(folder: Path) -> None:
    """The page and its JSON for a large comparison: first, again, and after a change."""
    settings = Settings(_env_file=None, library=folder, allowed_hosts=["testserver"])
    comparison.fill(settings)
    database = open_library(settings)
    with database.write() as session:
        add_waiting(session)
    database.close()
    print(
        f"{comparison.TECHNIQUES} × {comparison.ISSUES}, {WAITING} more papers wait: wall, cpu ms"
    )
    with TestClient(create_app(settings)) as client:
        for path in (
            "/comparisons/large/next",
            "/api/v1/comparisons/large/next",
            "/comparisons/large/next?issue=issue-9",
            "/comparisons/large/next?technique=technique-7",
            "/comparisons/large/next?technique=technique-7&issue=issue-9",
        ):
            told = [comparison.timed(lambda path=path: client.get(path)) for _ in range(3)]  # type: ignore[misc]
            for number in range(5):
                ruling = {"stance": "partial" if number % 2 else "fails", "rationale": "so"}
                answer = client.put(
                    "/api/v1/comparisons/large/cells/technique-7/issue-9", json=ruling
                )
                assert answer.status_code < 300, answer.text
                told.append(comparison.timed(lambda path=path: client.get(path)))  # type: ignore[misc]
            after = sorted(told[3:])[2]
            print(
                f"  {path:60} first {told[0][0]:6.0f} {told[0][1]:6.0f}, again"
                f" {told[2][0]:4.0f} {told[2][1]:4.0f},"
                f" after a ruling {after[0]:4.0f} {after[1]:4.0f}"
            )


def add_waiting(session: Session) -> None:
    """Papers with abstracts of some hundred and fifty words, that name issues and techniques."""
    draw = random.Random(11)
    issues = queries.all_issues(session)
    techniques = queries.all_techniques(session)
    for number, each in enumerate(issues):
        each.synonyms_en = [f"{WORDS[number % 40]} {WORDS[(number * 7 + 3) % 40]}", f"w{number}x"]
    common = [f"common{n}" for n in range(2_000)]
    empty = Paper(citekey="", title="").model_dump(exclude={"id"})
    papers = []
    for number in range(WAITING):
        said = [
            draw.choice(WORDS) if draw.random() < 0.1 else draw.choice(common) for _ in range(150)
        ]
        told = f"It helps {draw.choice(draw.choice(issues).synonyms_en or ['x'])} by technique."
        sentences = [" ".join(said[at : at + 20]).capitalize() + "." for at in range(0, 150, 20)]
        papers.append(
            {
                **empty,
                "citekey": f"waits{number}",
                "citekey_folded": f"waits{number}",
                "title": f"{draw.choice(WORDS)} {draw.choice(common)} {number}",
                "abstract": " ".join([*sentences, told]),
            }
        )
    session.connection().execute(insert(Paper), papers)
    numbers = session.scalars(select(Paper.id).where(col(Paper.citekey).like("waits%"))).all()
    session.connection().execute(
        insert(PaperTechnique),
        [
            {"paper_id": number, "technique_id": technique.id}
            for number in numbers
            if number and number % 3
            for technique in draw.sample(techniques, 2)
        ],
    )


WORDS = """
    knowledge schema linking domain unseen robust synonym column table value question query parser
    gate fusion align image text region attention memory graph tree decode plan ground noise bias
    shift cross modal token vector code join group order filter nested rare idiom sense
""".split()  # noqa: SIM905


if __name__ == "__main__":
    main(sys.argv[1:])
