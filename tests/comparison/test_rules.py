"""What a cell says, how much is filled, where rows stand: for any claims, any tree."""

from collections import Counter
from collections.abc import Mapping
from itertools import groupby, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparison.rules import (
    ClaimInput,
    ComparisonInput,
    Coverage,
    EvidenceInput,
    FieldDifference,
    check_claim,
    compare_inputs,
    copy_input,
    count_coverage,
    draw_strokes,
    evidence_marks,
    group_label,
    move,
    order_alike,
    order_by,
    sum_up,
    tree_order,
)
from app.errors import Invalid
from app.models import Basis, Confidence, Stance
from app.models.stances import CONTESTED, STANCES, CellStanding, cell_stance

SILENT = {Stance.UNCLEAR, Stance.NO_EVIDENCE}
CLAIMS = st.lists(st.tuples(*(st.sampled_from(list(each)) for each in (Stance, Confidence, Basis))))
ORDER = list(Confidence)
BEST = ["addresses", "partial", "contested", "fails", "inapplicable", "unclear", "no-evidence", ""]


@pytest.mark.parametrize(
    ("claims", "stance", "confidence", "basis"),
    [
        ("", "", None, None),
        ("addresses low argued", "addresses", "low", "argued"),
        ("addresses low source, addresses high argued", "addresses", "high", "source"),
        ("addresses high argued, fails low target", CONTESTED, "low", "target"),
        ("addresses high source, partial medium argued", CONTESTED, "medium", "source"),
        ("partial low argued, unclear high target", "partial", "low", "argued"),
        ("fails medium target, no-evidence high argued", "fails", "medium", "target"),
        ("no-evidence high target, unclear low argued", "unclear", "low", "argued"),
        ("inapplicable high argued, partial high argued", CONTESTED, "high", "argued"),
    ],
)
def test_what_claims_agree_on(
    claims: str, stance: str, confidence: str | None, basis: str | None
) -> None:
    said = [tuple(each.split()) for each in filter(None, claims.split(", "))]
    expected = Confidence(confidence) if confidence else None
    shown = Basis(basis) if basis else None
    assert cell_stance(None, [(a, b, c) for a, b, c in said]) == CellStanding(
        stance, expected, ruled=False, basis=shown
    )


@given(CLAIMS)
def test_tried_and_failed_is_fails_on_the_target_and_nothing_else(
    claims: list[tuple[str, str, str]],
) -> None:
    stands = cell_stance(None, claims)
    tried = any(stance == "fails" and basis == "target" for stance, _, basis in claims)
    assert stands.failed == (stands.stance == "fails" and tried)


@given(CLAIMS, st.sampled_from(list(Stance)))
def test_a_ruling_decides_whatever_the_claims(
    claims: list[tuple[str, str, str]], ruling: Stance
) -> None:
    stands = cell_stance(ruling, claims)
    assert (stands.stance, stands.confidence, stands.ruled) == (ruling, Confidence.HIGH, True)
    agreeing = {basis for stance, _, basis in claims if stance == ruling}
    assert stands.basis in (agreeing or {Basis.ARGUED})


@given(CLAIMS.flatmap(lambda claims: st.tuples(st.just(claims), st.permutations(claims))))
def test_the_order_of_claims_does_not_matter(
    pair: tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]],
) -> None:
    assert cell_stance(None, pair[0]) == cell_stance(None, pair[1])


@given(CLAIMS)
def test_contested_means_two_positions_and_nothing_else(claims: list[tuple[str, str, str]]) -> None:
    positions = {stance for stance, _, _ in claims if stance not in SILENT}
    said = cell_stance(None, claims).stance
    assert (said == CONTESTED) == (len(positions) > 1)
    assert (said == "") == (not claims)
    if said not in ("", CONTESTED):
        assert said in {stance for stance, _, _ in claims}


@given(CLAIMS, st.sampled_from(sorted(SILENT)), st.sampled_from(ORDER))
def test_not_knowing_changes_nothing_that_is_known(
    claims: list[tuple[str, str, str]], silent: str, confidence: str
) -> None:
    if any(stance not in SILENT for stance, _, _ in claims):
        more = [*claims, (silent, confidence, Basis.TARGET)]
        assert cell_stance(None, more) == cell_stance(None, claims)


@given(CLAIMS, st.sampled_from(ORDER))
def test_one_more_who_agrees_never_weakens(
    claims: list[tuple[str, str, str]], confidence: Confidence
) -> None:
    before = cell_stance(None, claims)
    if before.stance in ("", CONTESTED) or before.confidence is None:
        return
    after = cell_stance(None, [*claims, (before.stance, confidence, Basis.ARGUED)])
    assert after.stance == before.stance
    assert after.confidence is not None
    assert ORDER.index(after.confidence) >= ORDER.index(before.confidence)


def test_every_stance_has_a_sign_of_its_own() -> None:
    assert set(STANCES) == {*Stance, CONTESTED, ""}
    assert len({mark.sign for mark in STANCES.values()}) == len(STANCES)


IDS = st.lists(st.integers(1, 30), unique=True)


PAIRS = st.tuples(st.integers(1, 30), st.integers(1, 30))


STANDING = st.builds(
    CellStanding,
    st.sampled_from([*Stance, CONTESTED]),
    st.sampled_from(ORDER),
    st.booleans(),
    st.sampled_from(list(Basis)),
)


@given(IDS, IDS, st.dictionaries(PAIRS, STANDING), st.sets(st.integers(1, 30)))
def test_coverage_adds_up(
    rows: list[int],
    columns: list[int],
    standings: dict[tuple[int, int], CellStanding],
    headings: set[int],
) -> None:
    found = count_coverage(rows, columns, standings, headings)
    inside = {p: s for p, s in standings.items() if p[0] in rows and p[1] in columns}
    leaves = [row for row in rows if row not in headings]
    whole = found.whole
    # A heading has no blanks; what does not apply is no cell to be covered.
    above = sum(row in headings for row, _ in inside)
    senseless = sum(each.stance == Stance.INAPPLICABLE for each in inside.values())
    assert whole.covered == len(inside) - senseless
    assert whole.cells == len(leaves) * len(columns) + above == whole.total + senseless
    assert whole.unexamined + sum(whole.stances.values()) == whole.cells
    assert whole.stances == Counter(each.stance for each in inside.values())
    assert whole.failed == sum(each.failed for each in inside.values())
    for parts in (found.rows.values(), found.columns.values()):
        assert sum(each.covered for each in parts) == whole.covered
        assert sum(each.cells for each in parts) == whole.cells
        assert sum(each.failed for each in parts) == whole.failed
        assert all(sum(each.count(s) for each in parts) == n for s, n in whole.stances.items())
    assert all(found.rows[row].cells == len(columns) for row in leaves)


STANDINGS = st.lists(STANDING)


PROFILES = st.dictionaries(
    st.integers(1, 12),
    st.dictionaries(st.integers(1, 5), st.sampled_from(["addresses", "fails", "partial"])),
)


@given(PROFILES, st.randoms(use_true_random=False))
def test_like_rows_stand_together(profiles: dict[int, dict[int, str]], random: Random) -> None:
    order = list(profiles)
    found = order_alike(order, profiles)
    assert sorted(found) == sorted(order)
    assert found == order_alike(order, profiles), "the same again"
    said = [frozenset(profiles[each].items()) for each in found]
    runs = [profile for profile, _ in groupby(said)]
    assert len(runs) == len(set(runs)), "those that say the same stand side by side"
    assert frozenset() not in runs[:-1], "what says nothing comes last"
    mixed = random.sample(order, len(order))
    assert sorted(order_alike(mixed, profiles)) == sorted(found)


def test_rows_that_say_much_the_same_are_nearer_than_others() -> None:
    one = dict.fromkeys(range(6), "addresses")
    other = dict.fromkeys(range(10, 16), "fails")
    profiles = {1: one, 2: other, 3: {**one, 7: "fails"}, 4: {**other, 17: "partial"}, 5: {}}
    assert order_alike([5, 1, 2, 3, 4], profiles) == [1, 3, 2, 4, 5]


@given(STANDINGS, st.integers(0, 9), st.randoms())
def test_a_sum_depends_on_no_order_and_says_no_more_than_its_parts(
    standings: list[CellStanding], blanks: int, random: Random
) -> None:
    total = len(standings) + blanks
    found = sum_up(standings, total)
    shuffled = random.sample(standings, len(standings))
    assert sum_up(shuffled, total) == found
    assert (found.examined, found.unexamined, found.total) == (len(standings), blanks, total)
    assert (found.stance == "") == (not standings), "blank where nothing is examined, only there"
    assert found.count == sum(each.stance == found.stance for each in standings)
    if standings:
        said = {(each.stance, each.confidence) for each in standings}
        assert (found.stance, found.confidence) in said
    positions = {each.stance for each in standings} - SILENT
    assert found.conflict == (len(positions) > 1 or CONTESTED in positions)


@given(st.sampled_from([*Stance, CONTESTED]), st.sampled_from(ORDER), st.booleans())
def test_one_cell_sums_to_itself(stance: str, confidence: Confidence, ruled: bool) -> None:
    found = sum_up([CellStanding(stance, confidence, ruled)], 1)
    assert (found.stance, found.confidence, found.count) == (stance, confidence, 1)
    assert found.conflict == (stance == CONTESTED)


@given(STANDINGS, STANDINGS)
def test_more_cells_make_a_sum_no_worse_and_no_conflict_goes_away(
    some: list[CellStanding], more: list[CellStanding]
) -> None:
    before, after = sum_up(some, len(some)), sum_up(some + more, len(some + more))
    assert BEST.index(after.stance) <= BEST.index(before.stance)
    assert after.conflict or not before.conflict


@pytest.mark.parametrize(
    ("covered", "total", "percent"),
    [(0, 0, 0), (0, 10, 0), (1, 1350, 1), (1349, 1350, 99), (10, 10, 100), (1, 3, 33)],
)
def test_percents_are_0_and_100_only_where_it_is_so(covered: int, total: int, percent: int) -> None:
    assert Coverage(covered, total).percent == percent


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int], dict[int, int | None]]:
    ids = list(range(1, draw(st.integers(1, 15)) + 1))
    parents: dict[int, int | None] = {
        each: draw(st.sampled_from([None, *range(1, each)])) for each in ids
    }
    shown = draw(st.lists(st.sampled_from(ids), unique=True))
    return shown, parents


@given(trees())
def test_rows_stand_below_their_nearest_shown_ancestor(
    tree: tuple[list[int], Mapping[int, int | None]],
) -> None:
    order, parents = tree
    places = tree_order(order, parents)
    assert sorted(place.id for place in places) == sorted(order)
    at = {place.id: number for number, place in enumerate(places)}
    for place in places:
        above = parents[place.id]
        while above is not None and above not in at:
            above = parents[above]
        assert place.parent == above
        if above is None:
            assert place.depth == 0
        else:
            parent = places[at[above]]
            assert place.depth == parent.depth + 1
            assert parent.has_children
            assert at[above] < at[place.id]
    for one, two in pairwise(order):
        if places[at[one]].parent == places[at[two]].parent:
            assert at[one] < at[two], "siblings keep the order they were given in"


def test_a_circle_of_parents_hides_no_row() -> None:
    assert {place.id for place in tree_order([1, 3], {1: 2, 2: 1, 3: None})} == {1, 3}


def test_a_group_is_named_by_its_abbreviation() -> None:
    assert group_label(["expert knowledge", "Spider-DK", "DK"]) == "DK"
    assert group_label(["DB perturbations"]) == ""


@given(st.integers(0, 50), st.integers(0, 50))
def test_evidence_marks_stay_small_and_show_both_sides(supports: int, contradicts: int) -> None:
    marks = evidence_marks(supports, contradicts)
    assert len(marks) <= 4
    assert ("•" in marks) == bool(supports)
    assert ("◦" in marks) == bool(contradicts)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"rationale": " "}, "rationale"),
        ({"rationale": "x" * 20_001}, "rationale"),
        ({"rationale": "a\x00b"}, "rationale"),
        ({"rationale": "x", "dated_on": "0999-01-01"}, "dated_on"),
        ({"evidence": [{"quote": "no source"}]}, "evidence.0.source"),
        ({"evidence": [{"paper": "a", "note": 1}]}, "evidence.0.source"),
        ({"evidence": [{"paper": "a"}, {"paper": "b", "quote": "\ud800"}]}, "evidence.1.quote"),
        ({"rationale": "x", "evidence": [{"paper": "a"}] * 51}, "evidence"),
    ],
)
def test_claims_that_cannot_be_saved(given: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_claim(ClaimInput.model_validate({"stance": "fails", **given}))
    assert list(caught.value.errors) == [field]


def test_evidence_alone_is_reason_enough() -> None:
    checked = check_claim(
        ClaimInput(stance=Stance.FAILS, evidence=[EvidenceInput(paper=" kim2021vilt ")])
    )
    assert checked.evidence[0].paper == "kim2021vilt"


SLUGS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(SLUGS, SLUGS)
def test_placing_keeps_both_orders(chosen: list[str], order: list[str]) -> None:
    found = order_by(chosen, order)
    assert sorted(found) == sorted(chosen)
    assert [each for each in found if each in order] == [each for each in order if each in chosen]
    assert order_by(chosen, found) == found
    assert order_by(chosen, []) == chosen


def test_a_newcomer_stands_after_what_the_vocabulary_has_before_it() -> None:
    assert order_by(["a", "b", "c", "d"], ["d", "b"]) == ["a", "d", "b", "c"]
    assert order_by(["a", "b"], ["b", "b", "nothing"]) == ["a", "b"]


TREE: Mapping[int, int | None] = {1: None, 2: 1, 3: 1, 4: None, 5: 3, 6: None}


@given(st.permutations(list(TREE)), st.sampled_from(list(TREE)), st.sampled_from([-1, 1]))
def test_moving_there_and_back(order: list[int], one: int, steps: int) -> None:
    tidy = [place.id for place in tree_order(order, TREE)]
    there = move(order, TREE, one, steps)
    assert sorted(there) == sorted(tidy)
    assert [place.id for place in tree_order(there, TREE)] == there, "a tree still"
    if there != tidy:
        assert move(there, TREE, one, -steps) == tidy


def test_a_branch_moves_with_all_that_is_below_it() -> None:
    assert move([1, 2, 3, 5, 4], TREE, 1, 1) == [4, 1, 2, 3, 5]
    assert move([1, 2, 3, 5, 4], TREE, 3, -1) == [1, 3, 5, 2, 4]
    assert move([1, 2, 3, 5, 4], TREE, 2, -1) == [1, 2, 3, 5, 4], "the first of its siblings"
    assert move([2, 5, 4], TREE, 5, 1) == [2, 4, 5], "siblings where what is between is not shown"
    assert move([1], TREE, 9, 1) == [1]


CELLS = st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)))


@given(CELLS, st.sampled_from(["yes", "fails"]))
def test_a_picture_has_every_cell_once(cells: set[tuple[int, int]], tone: str) -> None:
    path = draw_strokes((row, column, tone) for row, column in cells).get(tone, "")
    drawn = []
    for stroke in path.split("M")[1:]:
        column, rest = stroke.split(" ")
        row, length = rest.split(".5h")
        drawn += [(int(row), int(column) + at) for at in range(int(length))]
    assert sorted(drawn) == sorted(cells)


def test_a_copy_says_that_it_is_one() -> None:
    given = ComparisonInput(slug="x", title_en="", title_zh="表", rows=["a"])
    assert copy_input(given) == ComparisonInput(title_zh="表（副本）", rows=["a"])


def test_differences_say_what_the_saved_one_has() -> None:
    saved = ComparisonInput(title_en="a", rows=["x", "y"], columns=["c", "d"])
    mine = ComparisonInput(title_en="b", rows=["y", "z"], columns=["d", "c"])
    assert compare_inputs(saved, mine) == [
        FieldDifference("title_en", saved="a"),
        FieldDifference("rows", lacks=("x",), adds=("z",)),
        FieldDifference("columns"),
    ]
    assert compare_inputs(saved, saved) == []
