"""How texts and questions are cut: the same way, in both languages."""

import re
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.folding import fold_for_search
from app.search.index import analysis
from app.search.index.analysis import (
    Pattern,
    analyze,
    join_words,
    locate_pieces,
    phrase_pattern,
    split_at_function_characters,
    stem_word,
    word_units,
)

HAN = st.text(alphabet="门控融合对齐注意力机制模型数据库𠮷", min_size=1, max_size=12)
LATIN = st.text(alphabet="abcdefgs", min_size=1, max_size=8)
MIXED = st.lists(
    st.one_of(HAN, LATIN, st.sampled_from([" ", "-", "，", "3", "’"])), max_size=12
).map("".join)


def holds(text: str, pattern: Pattern) -> bool:
    """Whether an index of `text` answers `pattern`."""
    tokens, wanted = analyze(text)[0], pattern.tokens
    for start in range(len(tokens) - len(wanted) + 1):
        window = tokens[start : start + len(wanted)]
        if pattern.prefix and window[-1].startswith(wanted[-1]):
            window[-1] = wanted[-1]
        if tuple(window) == wanted:
            return True
    return False


def finds(query: str, text: str) -> bool:
    """Where the words of the text are all that is known."""
    known = set(analyze(text)[1])
    return all(any(holds(text, way) for way in ways) for ways in word_units(query, known))


def test_chinese_is_cut_in_pairs_with_the_last_character_alone() -> None:
    assert analyze("门控融合")[0] == ["门控", "控融", "融合", "合"]
    assert analyze("门")[0] == ["门"]
    assert word_units("门控融合") == [(Pattern(("门控", "控融", "融合")),)]
    assert word_units("合") == [(Pattern(("合",), prefix=True),)]


def test_scripts_are_cut_apart() -> None:
    assert analyze("BERT模型")[0] == ["bert", "模型", "型"]
    assert [unit[0] for unit in word_units("BERT模型")] == [Pattern(("bert",)), Pattern(("模型",))]


def test_a_hyphenated_word_keeps_phrases_whole_and_is_one_word_too() -> None:
    assert analyze("cross-modal attention")[0] == ["cross", "modal", "attent", "crossmod"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        *product(["cross-modal", "crossmodal", "cross‑modal"], ["Cross-Modal", "crossmodal"]),
        *product(["cross-modal", "crossmodal"], ["cross modal"]),
        *product(["BEiT-3", "beit3", "BEIT‐3"], ["BEiT-3", "BEiT3", "BEiT 3"]),
        *product(["GPT-4", "GPT4"], ["GPT-4 模型", "GPT4模型"]),
        ("text-to-SQL", "Text-to-SQL"),
        ("texttosql", "text-to-SQL"),
        ("networks", "a network"),
        ("study", "studies"),
        ("ＢＥＲＴ", "BERT"),
        ("naïve", "naive"),
        ("Łukasz", "lukasz"),
        ("２２０８.10442", "arXiv:2208.10442v2 2208.10442"),
        ("模", "大模型"),
        ("控", "门控"),
        ("对齐", "图像、文本对齐。"),
        ("BERT's", "BERT"),
        ("soft\u00adware", "software"),
        *product(["α-VAE", r"$\alpha$-VAE", "alpha-VAE"], ["α-VAE", r"$\alpha$-VAE", "alpha VAE"]),
        *product(["L1", "$L_1$", r"$\ell_{1}$"], ["$L_1$ norms", r"the $\ell_1$ norm"]),
        ("n2", "in $O(n^2)$ time"),
        *product(
            ["text2sql", "Text-2-SQL", "text-to-SQL"], ["text2sql", "Text-2-SQL", "Text-to-SQL"]
        ),
        *product(["text2sql", "Text-to-SQL"], ["text to SQL", "TextToSQL"]),
        *product(["cross–modal", "cross―modal", "cross−modal"], ["cross—modal", "cross‐modal"]),
        *product(["C++", "C＋＋"], ["a C++ compiler", "C++11", "(C++)"]),
        ("C#", "in C#, too"),
        ("UNet++", "U-Net and UNet++."),
        ("A*", "an A* search"),
        (".NET", "on .NET."),
        *product(["node.js", "nodejs"], ["Node.js", "NodeJS", "nodejs"]),
        *product(["U.S.", "US"], ["the U.S. market", "the US"]),
        *product(["10,000", "10000"], ["10,000 papers", "10000 papers"]),
        *product(["GPT-3.5", "GPT3.5"], ["GPT-3.5", "GPT3.5"]),
        *product(["Müller", "Mu\u0308ller"], ["Mueller", "Muller", "MÜLLER", "müller"]),
        *product(["Mueller", "Muller"], ["Müller", "Mueller", "Muller"]),
        ("Schroedinger", "Schrödinger's"),
        ("Soerensen", "Sørensen"),
        ("Nguyen", "Nguyễn"),
        ("Lodz", "Łódź"),
        ("Istanbul", "İstanbul"),
        ("Isik", "Işık"),
        *product(["對齊", "对齐"], ["圖像對齊", "图像对齐"]),
        ("臺灣", "台湾"),
        ("裏面", "裡面"),
        *product(["LLM", "LLMs", "llms"], ["LLM", "LLMs'", "an LLM's"]),
        ("GPUs", "GPU"),
        ("VQAs", "VQA"),
        ("ﬁne", "fine"),
        ("β-VAE", "beta-VAE"),
        ("F1", "F-1"),
        ("l2", "L2"),
        ("D3PM", "D$^3$PM"),
        ("attention model", r"An \emph{attention} \textbf{model}"),
        ("ϵ-greedy", r"$\epsilon$-greedy"),
        (r"$\varepsilon$-greedy", "ε-greedy"),
    ],
)
def test_what_is_the_same_to_a_reader_is_found(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("齐对", "对齐"),
        ("对方", "对齐方法"),
        ("cross-modal", "cross the modal"),
        ("modal", "model"),
        ("C++", "vitamin C"),
        ("C#", "C++"),
        ("UNet++", "UNet"),
        (".NET", "a net"),
        ("A*", "a search"),
        ("GPS", "GP"),
        ("text2sql", "text sql"),
        ("Muller", "Miller"),
    ],
)
def test_what_is_not_the_same_is_not(query: str, text: str) -> None:
    assert not finds(query, text)


def test_two_words_written_as_one() -> None:
    assert join_words("cross", "Modals") == "crossmod"
    assert join_words("门控", "gate") is None
    assert join_words("cross-modal", "gate") is None
    assert join_words("", "gate") is None


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("networks", "network"),
        ("study", "studi"),
        ("studies", "studi"),
        ("studying", "studi"),
        ("loss", "loss"),
        ("gates", "gate"),
        ("gating", "gate"),
        ("gas", "gas"),
        ("gpt4s", "gpt4s"),
        ("glasses", "glass"),
        ("analysing", "analyz"),
        ("supervise", stem_word("supervision")),
        ("模型s", "模型s"),
    ],
)
def test_english_endings(word: str, stemmed: str) -> None:
    assert stem_word(word) == stemmed


@pytest.mark.parametrize(
    "forms",
    [
        "matrix matrices",
        "index indices",
        "vertex vertices",
        "analysis analyses",
        "hypothesis hypotheses",
        "criterion criteria",
        "corpus corpora",
        "phenomenon phenomena",
        "schema schemas schemata",
        "axis axes",
        "appendix appendices",
        "spectrum spectra",
        "focus foci",
        "child children",
        "formula formulas formulae",
        "optimum optima",
        "automaton automata",
        "leaf leaves",
        "normalise normalize normalised normalization normalisation",
        "modelling modeling",
        "behaviour behavior behaviours",
        "neighbouring neighboring",
        "tokeniser tokenizer",
        "analyse analyze analysed",
        "centre center centres",
        "LLM LLMs",
        "GPU GPUs",
        "GAN GANs",
        "LM LMs",
    ],
)
def test_forms_of_one_word_are_one(forms: str) -> None:
    first, *others = forms.split()
    assert others
    assert {stem_word(fold_for_search(each)) for each in others} == {
        stem_word(fold_for_search(first))
    }


@pytest.mark.parametrize(
    ("run", "parts"),
    [
        ("图像与文本的对齐", ["图像", "文本", "对齐"]),
        ("圖像與文本的對齊", ["图像", "文本", "对齐"]),
        ("图像以及文本", ["图像", "文本"]),
        ("自然语言处理", []),
        ("研究目的", []),
        ("了解用户", []),
        ("门控的", []),
        ("BERT的模型", []),
        ("", []),
    ],
)
def test_function_characters_part_words_and_stand_within_some(run: str, parts: list[str]) -> None:
    assert split_at_function_characters(run) == parts


@given(HAN, st.data())
def test_every_part_of_a_chinese_text_is_found(run: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(run) - 1))
    end = data.draw(st.integers(start + 1, len(run)))
    wanted = phrase_pattern(run[start:end])
    assert wanted is not None
    assert holds(f"前文 {run}，后文", wanted)


@given(MIXED)
def test_a_text_is_found_by_itself(text: str) -> None:
    wanted = phrase_pattern(text)
    assert (wanted is None) == (not analyze(text)[0])
    assert wanted is None or holds(text, wanted)
    assert finds(text, text)


@given(st.text(alphabet=st.characters()))
def test_tokens_survive_the_index(text: str) -> None:
    for token in analyze(text)[0]:
        assert token
        assert all(not character.isascii() or character.isalnum() for character in token)
        token.encode()
    assert analyze(fold_for_search(text))[0] == analyze(text)[0]


@given(st.text())
def test_pieces_say_where_they_stand(text: str) -> None:
    pieces, place = locate_pieces(text)
    places = [place(n) for n in range(len(pieces))]
    assert places == sorted(places)
    for piece, (start, end) in zip(pieces, places, strict=True):
        shown = fold_for_search(text[start:end])
        assert piece == stem_word(shown) or piece in shown.replace("'", "").replace("’", "")


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_are_cut_as_among_others(text: str) -> None:
    assert locate_pieces(text)[0] == locate_pieces(f"{text} é")[0][:-1]


@given(st.lists(MIXED | st.text(), min_size=1))
def test_what_is_remembered_of_pieces_changes_nothing(texts: list[str]) -> None:
    """Cut run by run, without white space for a border and with nothing in memory: what else a
    piece gives (`nodejs`) comes after."""
    text = " ".join(texts)
    runs = [analysis._cut(run) for run in analysis._RUN.findall(fold_for_search(text))]
    tokens, joined, words = zip(*runs, strict=True) if runs else ((), (), ())
    expected = " ".join((*tokens, *joined)).split(), " ".join(words).split()
    found = analyze(text)
    assert analyze(text) == found
    in_place = " ".join(tokens).split()
    assert found[0][: len(in_place)] == in_place
    assert not Counter(expected[0]) - Counter(found[0])
    assert not Counter(expected[1]) - Counter(found[1])
    if not re.search(r"\w[.,]\w", fold_for_search(text)):
        assert found == expected
