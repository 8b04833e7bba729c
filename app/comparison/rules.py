"""What a cell says, how much of a table is filled, what can be saved about it. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.errors import N_, Invalid, Message
from app.kit.json_fields import (
    Day,
    Number,
    Slug,
    SlugKey,
    many_lines,
    most,
    one_line,
    shaped,
    with_field,
)
from app.kit.text import TITLE_LIMIT, Key, is_slug, problem_with_text, tidy_body, tidy_line
from app.kit.trees import list_ancestors
from app.models.comparison import Basis, Confidence, EvidenceStanding, Polarity, Source, Stance
from app.models.stances import BEST_FIRST, BLANK, CONFIDENCES, CONTESTED, STANCES, CellStanding

RATIONALE_LIMIT = 20_000
QUOTE_LIMIT = 5_000
EVIDENCE_LIMIT = 50
SIDE_LIMIT = 2_000  # rows, and columns
DATES = (date(1900, 1, 1), date(2200, 12, 31))


@dataclass(frozen=True)
class Coverage:
    """How many of `total` cells have a ruling or a claim; how many of all say what, and how many
    were tried on the target field and failed. Cells that do not apply are among neither."""

    covered: int
    total: int
    stances: Mapping[str, int] = field(default_factory=dict)
    failed: int = 0

    @property
    def percent(self) -> int:
        """Rounded, but 0 and 100 only where that is so."""
        if not self.total or self.covered in (0, self.total):
            return 100 if self.total and self.covered else 0
        return min(99, max(1, round(100 * self.covered / self.total)))

    @property
    def unexamined(self) -> int:
        return self.total - self.covered

    @property
    def cells(self) -> int:
        """All there are, with those that do not apply."""
        return self.total + self.count(Stance.INAPPLICABLE)

    def count(self, stance: str) -> int:
        return self.stances.get(stance, 0)


@dataclass(frozen=True)
class Coverages:
    rows: Mapping[int, Coverage]
    columns: Mapping[int, Coverage]
    whole: Coverage


_FAILED = "failed"  # among the stances while they are counted


def count_coverage(
    rows: Sequence[int],
    columns: Sequence[int],
    standings: Mapping[tuple[int, int], CellStanding],
    headings: Collection[int] = (),
    over: Collection[int] = (),
) -> Coverages:
    """Of each row, each column and the whole; `standings` are those of filled cells.

    Rows that are `headings` and columns that stand `over` others have no blanks: of theirs, only
    what is filled counts.
    """
    by_row: dict[int, Counter[str]] = {row: Counter() for row in rows}
    by_column: dict[int, Counter[str]] = {column: Counter() for column in columns}
    whole: Counter[str] = Counter()
    extra_of_row: Counter[int] = Counter()
    extra_of_column: Counter[int] = Counter()
    for (row, column), standing in standings.items():
        if row in by_row and column in by_column:
            said = [standing.stance, _FAILED] if standing.failed else [standing.stance]
            for count in (by_row[row], by_column[column], whole):
                count.update(said)
            if row in headings or column in over:
                extra_of_row[row] += 1
                extra_of_column[column] += 1
    high = sum(row not in headings for row in by_row)
    wide = sum(column not in over for column in by_column)
    return Coverages(
        {
            row: _coverage(count, (0 if row in headings else wide) + extra_of_row[row])
            for row, count in by_row.items()
        },
        {
            column: _coverage(count, (0 if column in over else high) + extra_of_column[column])
            for column, count in by_column.items()
        },
        _coverage(whole, high * wide + extra_of_row.total()),
    )


def _coverage(count: Counter[str], cells: int) -> Coverage:
    return coverage_of(count, cells, failed=count.pop(_FAILED, 0))


def coverage_of(stances: Counter[str], cells: int, *, failed: int) -> Coverage:
    """The coverage of so many cells, of which the filled ones take these `stances`."""
    senseless = stances[Stance.INAPPLICABLE]
    return Coverage(stances.total() - senseless, cells - senseless, +stances, failed)


@dataclass(frozen=True)
class Sum:
    """What several cells say together: no more than one of them says.

    `stance` is the best that any of them has, `count` of them have it, the firmest of those with
    this confidence. `conflict`: some contradict others, or one is contested. Of `total` cells
    `examined` have been; where that is none, the stance is blank.
    """

    stance: str
    confidence: Confidence | None
    count: int
    examined: int
    total: int
    conflict: bool

    @property
    def unexamined(self) -> int:
        return self.total - self.examined


def sum_up(standings: Collection[CellStanding], total: int) -> Sum:
    """The sum of `total` cells; `standings` are those of the examined ones among them.

    Cells conflict as claims in one cell do: where two different positions are taken.
    """
    counts = Counter(each.stance for each in standings)
    best = next((stance for stance in BEST_FIRST if counts[stance]), BLANK)
    firmness = [each.confidence for each in standings if each.stance == best and each.confidence]
    positions = [stance for stance in counts if STANCES[stance].takes_position]
    return Sum(
        stance=best,
        confidence=max(firmness, key=CONFIDENCES.index, default=None),
        count=counts[best],
        examined=len(standings),
        total=total,
        conflict=len(positions) > 1 or CONTESTED in counts,
    )


class TreeNode(NamedTuple):
    """A node of a vocabulary, as far as a table shows it."""

    id: int
    parent_id: int | None
    slug: str
    name_en: str
    name_zh: str
    synonyms_en: Sequence[str] = ()  # of issues alone


class PaperTitle(NamedTuple):
    """A paper as far as a list names it."""

    id: int
    citekey: str
    title: str
    short_title: str
    year: int | None


class NoteTitle(NamedTuple):
    id: int
    title: str


class AxisPlace(NamedTuple):
    """Where a row or a column stands: `parent` is the nearest one above it that is shown."""

    id: int
    depth: int
    parent: int | None
    has_children: bool


def tree_order(order: Sequence[int], parents: Mapping[int, int | None]) -> list[AxisPlace]:
    """`order` as a tree: everything below its nearest shown ancestor, siblings as they were given.

    `parents` is of the whole vocabulary, so that a grandchild hangs below its grandparent where the
    generation between them is not shown.
    """
    shown = set(order)
    above = {
        each: next((one for one in list_ancestors(parents, each) if one in shown), None)
        for each in shown
    }
    children: dict[int | None, list[int]] = defaultdict(list)
    for each in dict.fromkeys(order):
        children[above[each]].append(each)
    places: list[AxisPlace] = []
    waiting = [(each, 0) for each in reversed(children[None])]
    while waiting:
        each, depth = waiting.pop()
        places.append(AxisPlace(each, depth, above[each], each in children))
        waiting += [(child, depth + 1) for child in reversed(children.get(each, []))]
    return places


def order_by(chosen: Sequence[str], order: Sequence[str]) -> list[str]:
    """`chosen`, which is in the vocabulary's order, as `order` has it.

    What `order` does not name stands right after what the vocabulary has before it.
    """
    wanted = set(chosen)
    kept = [each for each in dict.fromkeys(order) if each in wanted]
    named = set(kept)
    newcomers: dict[str, list[str]] = defaultdict(list)
    before = ""
    for each in dict.fromkeys(chosen):
        if each in named:
            before = each
        else:
            newcomers[before].append(each)
    return newcomers[""] + [one for each in kept for one in (each, *newcomers[each])]


def move(
    order: Sequence[int], parents: Mapping[int, int | None], one: int, steps: int
) -> list[int]:
    """`order` with `one`, and what is below it, `steps` places on among its siblings.

    Siblings are those of the table (`tree_order`). At either end it stays where it is.
    """
    places = tree_order(order, parents)
    tidy = [place.id for place in places]
    above = {place.id: place.parent for place in places}
    beside = [each for each in tidy if each in above and above[each] == above.get(one)]
    to = beside.index(one) + steps if one in above else -1
    if not 0 <= to < len(beside):
        return tidy
    swap = {one: beside[to], beside[to]: one}
    return [place.id for place in tree_order([swap.get(each, each) for each in tidy], parents)]


def draw_strokes(grid: Iterable[tuple[int, int, str]]) -> dict[str, str]:
    """An SVG path for each tone of the (row, column, tone) of a picture, one unit a cell.

    Neighbours in a row are one stroke, to be dashed into squares: a picture stays a few kilobytes.
    """
    runs: dict[str, list[list[int]]] = defaultdict(list)
    for row, column, tone in sorted(grid):
        last = runs[tone][-1] if runs[tone] else None
        if last and last[0] == row and last[1] + last[2] == column:
            last[2] += 1
        else:
            runs[tone].append([row, column, 1])
    return {
        tone: "".join(f"M{column} {row}.5h{length}" for row, column, length in found)
        for tone, found in runs.items()
    }


MOST_ALIKE = 400  # different profiles; more stay in the order they have


def order_alike(order: Sequence[int], profiles: Mapping[int, Mapping[int, str]]) -> list[int]:
    """`order` with those together that say like things: each of `profiles` is what one says, by
    column. What is equal stays as it stands, and what says nothing comes last.

    Clusters are joined by average linkage, the two likest first (Müllner 2011, the chain of
    nearest neighbours); where two are joined, the one that came first stays first. Likeness is the
    share of columns in which both say something, and the same (half where it is something else).
    """
    alike: dict[frozenset[tuple[int, str]], list[int]] = {}
    for each in order:
        alike.setdefault(frozenset(profiles.get(each, {}).items()), []).append(each)
    silent = alike.pop(frozenset(), [])
    said = list(alike)
    if len(said) > MOST_ALIKE:
        return [each for each in order if each not in set(silent)] + silent
    columns = [frozenset(column for column, _ in profile) for profile in said]
    near: dict[int, dict[int, float]] = {at: {} for at in range(len(said))}
    for at, profile in enumerate(said):
        for other in range(at):
            same, both = len(profile & said[other]), len(columns[at] & columns[other])
            likeness = (same + both) / 2 / len(columns[at] | columns[other])
            near[at][other] = near[other][at] = likeness
    leaves = {at: [at] for at in near}
    chain: list[int] = []
    while len(near) > 1:
        chain = chain or [min(near)]
        last = chain[-1]
        # The one before it where none is nearer: so the chain ends.
        best = max(near[last].values())
        before = chain[-2] if len(chain) > 1 else -1
        nearest = (
            before
            if near[last].get(before) == best
            else min(at for at, likeness in near[last].items() if likeness == best)
        )
        if nearest != before:
            chain.append(nearest)
            continue
        del chain[-2:]
        one, other = sorted((last, nearest))
        sizes = len(leaves[one]), len(leaves[other])
        gone = near.pop(other)
        for each, likeness in gone.items():
            del near[each][other]
            if each != one:
                mean = (near[one][each] * sizes[0] + likeness * sizes[1]) / sum(sizes)
                near[one][each] = near[each][one] = mean
        leaves[one] += leaves.pop(other)
    return [each for tree in leaves.values() for at in tree for each in alike[said[at]]] + silent


def with_those_above(places: Sequence[AxisPlace], kept: Collection[int]) -> list[AxisPlace]:
    """The `kept` ones of a tree, and what stands above them."""
    wanted = set(kept)
    for place in reversed(places):  # children come after their parents
        if place.id in wanted and place.parent is not None:
            wanted.add(place.parent)
    with_children = {place.parent for place in places if place.id in wanted}
    return [
        AxisPlace(place.id, place.depth, place.parent, place.id in with_children)
        for place in places
        if place.id in wanted
    ]


def folded_into(places: Sequence[AxisPlace], folded: Collection[int]) -> dict[int, int]:
    """Where each place is shown: at itself, or at the highest folded one above it."""
    into: dict[int, int] = {}
    for place in places:  # parents come first
        above = place.parent
        hidden = above is not None and (above in folded or into[above] != above)
        into[place.id] = into[above] if hidden and above is not None else place.id
    return into


def group_label(synonyms: Sequence[str]) -> str:
    """What stands over the children of an issue: its abbreviation among its synonyms (`DK`)."""
    return next((each for each in synonyms if re.fullmatch(r"[A-Z]{2,4}", each)), "")


def evidence_marks(supports: int, contradicts: int) -> str:
    """A small mark for each piece of evidence (at most four): hollow contradicts."""
    if supports + contradicts <= 4:
        return "•" * supports + "◦" * contradicts
    return "••" * bool(supports) + "◦" * bool(contradicts) + "+"


_NAMES_SOURCE: JsonDict = {
    "oneOf": [
        with_field("paper"),
        with_field("source"),
        {"required": ["note"], "properties": {"note": {"type": "integer"}}},
    ]
}
_DATE_PATTERN = "^(19[0-9]{2}|2(0|1)[0-9]{2})-"


class Concern(StrEnum):
    """Why a piece of evidence wants to be looked at again."""

    MISSING = "missing"  # the quotation stands no more in its source, or in other words
    MOVED = "moved"  # it stands on another page than the locator says
    NEWER = "newer"  # arXiv has a newer version of the paper than was quoted and looked at
    TRASHED = "trashed"  # its source is in the trash
    GONE = "gone"  # its source was deleted for good


class EvidenceInput(BaseModel):
    """A quotation from one paper or one note, or what else it rests on, unchecked. A pair or an
    example alone is from the paper that prints it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_NAMES_SOURCE)

    paper: Annotated[Key, one_line(TITLE_LIMIT)] | None = Field(None, description="a citation key")
    note: Number | None = Field(None, ge=1, le=2**31 - 1, description="a note's id")
    source: Annotated[str, one_line(TITLE_LIMIT)] = Field(
        "",
        description="instead: a citation key, note:ID, a note's title, pair:ID, or a benchmark's "
        "example, such as spider-dk:113",
    )
    pair: Number | None = Field(None, ge=1, le=2**31 - 1, description="a pair of scores, its id")
    item: Annotated[Key, one_line(TITLE_LIMIT)] | None = Field(
        None, description="a benchmark's example: its slug and number, such as spider-dk:113"
    )
    quote: Annotated[str, many_lines(QUOTE_LIMIT)] = ""
    locator: Annotated[str, one_line(TITLE_LIMIT)] = Field("", description="section, page, line")
    polarity: Polarity = Polarity.SUPPORTS


class ClaimInput(BaseModel):
    """A claim on a cell, unchecked."""

    model_config = ConfigDict(extra="forbid")

    stance: Stance
    confidence: Confidence = Confidence.MEDIUM
    source: Source = Source.OWN
    basis: Basis = Field(
        Basis.ARGUED,
        description="where it was shown: tried on the target field, shown in the source field only,"
        " or nobody tried",
    )
    rationale: Annotated[str, many_lines(RATIONALE_LIMIT)] = ""
    dated_on: Annotated[Day, shaped(_DATE_PATTERN, 10)] | None = Field(
        None, description="today where none is given"
    )
    evidence: Annotated[list[EvidenceInput], most(EVIDENCE_LIMIT)] = Field(default_factory=list)


class ClaimPatch(BaseModel):
    """The fields of a claim that are to change; `evidence` replaces all there was."""

    model_config = ConfigDict(extra="forbid")

    stance: Stance | None = None
    confidence: Confidence | None = None
    source: Source | None = None
    basis: Basis | None = None
    rationale: Annotated[str, many_lines(RATIONALE_LIMIT)] | None = None
    dated_on: Annotated[Day, shaped(_DATE_PATTERN, 10)] | None = None
    evidence: Annotated[list[EvidenceInput], most(EVIDENCE_LIMIT)] | None = None
    why: Annotated[str, one_line(TITLE_LIMIT)] = Field(
        "", description="why it is changed: kept in the history, not in the claim"
    )


class RulingInput(BaseModel):
    """The reader's own stance on a cell, with the reason; no stance takes the ruling back."""

    model_config = ConfigDict(extra="forbid")

    stance: Stance | None
    rationale: Annotated[str, many_lines(RATIONALE_LIMIT)] = ""


class ComparisonInput(BaseModel):
    """A comparison, unchecked. Rows and columns are slugs, in the order they are to stand."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug = ""
    title_en: Annotated[str, one_line(TITLE_LIMIT)] = ""
    title_zh: Annotated[str, one_line(TITLE_LIMIT)] = ""
    description_en: Annotated[str, many_lines(RATIONALE_LIMIT)] = ""
    description_zh: Annotated[str, many_lines(RATIONALE_LIMIT)] = ""
    source_field: SlugKey = Field("", description="a field's slug")
    target_field: SlugKey = Field("", description="a field's slug")
    rows: Annotated[list[SlugKey], most(SIDE_LIMIT)] = Field(
        default_factory=list, description="techniques' slugs"
    )
    columns: Annotated[list[SlugKey], most(SIDE_LIMIT)] = Field(
        default_factory=list, description="issues' slugs"
    )


# A blank that somebody has looked at says how: the four kinds of blank are different things.
_TOLD_WHY: Mapping[Stance, str] = {
    Stance.NO_EVIDENCE: N_("Say what was searched, and how."),
    Stance.INAPPLICABLE: N_("Say why it does not apply here."),
}


NEW_CLAIM: JsonDict = {
    "allOf": [
        {"anyOf": [with_field("rationale"), with_field("evidence")]},
        {
            "anyOf": [
                {"properties": {"stance": {"not": {"enum": [*map(str, _TOLD_WHY)]}}}},
                with_field("rationale"),
            ]
        },
    ]
}


def check_claim(given: ClaimInput) -> ClaimInput:
    """`given` tidied, or `Invalid`; a piece of evidence's fields are named `evidence.0.quote` …"""
    errors: dict[str, Message] = {}
    rationale = tidy_body(given.rationale).strip()
    if problem := problem_with_text(rationale, limit=RATIONALE_LIMIT):
        errors["rationale"] = problem
    elif not rationale and given.stance in _TOLD_WHY:
        errors["rationale"] = Message.of(_TOLD_WHY[given.stance])
    elif not rationale and not given.evidence:
        errors["rationale"] = Message.of(N_("Say why, or give a piece of evidence."))
    if given.dated_on and not DATES[0] <= given.dated_on <= DATES[1]:
        errors["dated_on"] = Message.of(
            N_("Give a year between {first} and {last}."), first=DATES[0].year, last=DATES[1].year
        )
    if len(given.evidence) > EVIDENCE_LIMIT:
        errors["evidence"] = Message.of(N_("At most {limit} can be given."), limit=EVIDENCE_LIMIT)
    evidence = []
    for number, each in enumerate(given.evidence):
        update = {
            "source": tidy_line(each.source),
            "locator": tidy_line(each.locator),
            "quote": tidy_body(each.quote).strip(),
            "paper": tidy_line(each.paper or "") or None,
            "item": tidy_line(each.item or "") or None,
        }
        for name, limit in (
            ("source", TITLE_LIMIT),
            ("locator", TITLE_LIMIT),
            ("quote", QUOTE_LIMIT),
        ):
            text = str(update[name])
            if problem := problem_with_text(text, limit=limit, one_line=name != "quote"):
                errors[f"evidence.{number}.{name}"] = problem
        named = [update["paper"], each.note, update["source"]]
        shown = each.pair is not None or update["item"]
        if sum(bool(one) for one in named) != 1 and (any(named) or not shown):
            errors[f"evidence.{number}.source"] = Message.of(
                N_("Name one paper or one note that this is from.")
            )
        evidence.append(each.model_copy(update=update))
    if errors:
        raise Invalid(errors)
    return given.model_copy(update={"rationale": rationale, "evidence": evidence})


def check_why(why: str) -> str:
    """Why something is changed, tidied; it may be empty."""
    tidied = tidy_line(why)
    if problem := problem_with_text(tidied, limit=TITLE_LIMIT, one_line=True):
        raise Invalid({"why": problem})
    return tidied


def find_concerns(
    *,
    standing: EvidenceStanding | None,
    quoted: int | None,
    held: int | None,
    is_trashed: bool | None,
) -> list[Concern]:
    """What is to be looked at: `standing` is None where the reader need not look, `quoted` (or
    looked at) and `held` are versions of a paper on arXiv, and `is_trashed` is None where the
    source is gone."""
    checks = {
        Concern.GONE: is_trashed is None,
        Concern.TRASHED: is_trashed is True,
        Concern.MISSING: standing in (EvidenceStanding.REWORDED, EvidenceStanding.GONE),
        Concern.MOVED: standing == EvidenceStanding.MOVED,
        Concern.NEWER: quoted is not None and held is not None and held > quoted,
    }
    return [concern for concern, is_so in checks.items() if is_so]


def check_ruling(rationale: str) -> str:
    """A ruling's reason, tidied; a ruling always carries one."""
    tidied = tidy_body(rationale).strip()
    if not tidied:
        raise Invalid.field(
            "rationale", N_("Say why: a year from now the reason is what you look for.")
        )
    if problem := problem_with_text(tidied, limit=RATIONALE_LIMIT):
        raise Invalid({"rationale": problem})
    return tidied


def copy_input(given: ComparisonInput) -> ComparisonInput:
    """A comparison to start another from: all but its address, and titles that say so."""
    return given.model_copy(
        update={
            "slug": "",
            "title_en": given.title_en and f"Copy of {given.title_en}",
            "title_zh": given.title_zh and f"{given.title_zh}（副本）",
        }
    )


@dataclass(frozen=True)
class FieldDifference:
    """Where what is saved now differs from what is to be saved: `lacks` and `adds` are its rows or
    columns that are not in the latter, and the other way round; both empty: in another order."""

    name: str
    saved: str = ""
    lacks: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()


def compare_inputs(saved: ComparisonInput, given: ComparisonInput) -> list[FieldDifference]:
    """Field by field, in the form's order; nothing where both say the same."""
    found = []
    for name in ComparisonInput.model_fields:
        theirs, mine = getattr(saved, name), getattr(given, name)
        if theirs == mine:
            continue
        if isinstance(theirs, list):
            lacks = tuple(each for each in theirs if each not in mine)
            adds = tuple(each for each in mine if each not in theirs)
            found.append(FieldDifference(name, lacks=lacks, adds=adds))
        else:
            found.append(FieldDifference(name, saved=theirs))
    return found


def check_comparison(given: ComparisonInput) -> ComparisonInput:
    """`given` tidied, or `Invalid` naming every field that cannot be saved."""
    errors: dict[str, Message] = {}
    tidy: dict[str, object] = {}
    for name in ("slug", "title_en", "title_zh"):
        tidy[name] = value = tidy_line(getattr(given, name))
        if problem := problem_with_text(value, limit=TITLE_LIMIT, one_line=True):
            errors[name] = problem
    for name in ("description_en", "description_zh"):
        tidy[name] = value = tidy_body(getattr(given, name)).strip()
        if problem := problem_with_text(value, limit=RATIONALE_LIMIT):
            errors[name] = problem
    if not tidy["title_en"] and not tidy["title_zh"]:
        errors["title_en"] = Message.of(N_("Give a title, in either language."))
    if tidy["slug"] and not is_slug(str(tidy["slug"])):
        errors["slug"] = Message.of(
            N_(
                "Use lower-case letters, Chinese words, digits and hyphens only, "
                "such as vqa-text-to-sql."
            )
        )
    if tidy["slug"] == "new":
        errors["slug"] = Message.of(N_("This word is taken by a page. Choose another."))
    for name, text in (
        ("rows", N_("Choose at least one technique.")),
        ("columns", N_("Choose at least one issue.")),
    ):
        tidy[name] = chosen = list(dict.fromkeys(filter(None, getattr(given, name))))
        if not chosen:
            errors[name] = Message.of(text)
        elif len(chosen) > SIDE_LIMIT:
            errors[name] = Message.of(N_("At most {limit} can be given."), limit=SIDE_LIMIT)
    if errors:
        raise Invalid(errors)
    return given.model_copy(update=tidy)
