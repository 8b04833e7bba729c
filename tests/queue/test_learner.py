"""What is learned from verdicts, and the words that say so."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.queue.learner import build_corpus, learn, rank_words, score_papers
from app.queue.words import count_terms, spell_words

TEXTS = {
    1: "Gated fusion of vision and language",
    2: "Protein folding with deep networks",
    3: "Fusions of language and images by gates",
    4: "门控融合：视觉与语言",
    5: "蛋白质折叠的深度网络",
    6: "视觉语言的门控融合方法",
    7: "",
}
CORPUS = build_corpus({n: count_terms(text) for n, text in TEXTS.items()})


def test_what_is_alike_comes_first_in_either_language() -> None:
    lesson = learn(CORPUS, [1, 4], [2, 5])
    assert lesson
    scores = score_papers(CORPUS, lesson, [3, 6, 7])
    assert scores[3] > scores[7] < scores[6]
    words = [word for word, _ in rank_words(CORPUS, lesson, 3)]
    assert set(spell_words(words, TEXTS[3])) >= {"Fusions", "gates", "language"}
    words = [word for word, _ in rank_words(CORPUS, lesson, 6)]
    assert "门控融合" in spell_words(words, TEXTS[6])  # pairs that overlap are one word
    assert not rank_words(CORPUS, lesson, 7)


def test_without_a_relevant_paper_there_is_no_lesson() -> None:
    assert learn(CORPUS, [], [2]) is None
    assert learn(CORPUS, [7], [2]) is None  # it has no words
    assert learn(build_corpus({}), [], []) is None


def test_one_relevant_paper_is_enough_to_tell_what_is_like_it() -> None:
    lesson = learn(CORPUS, [1], [])
    assert lesson
    scores = score_papers(CORPUS, lesson, [2, 3])
    assert scores[3] > scores[2]


def test_a_note_is_a_weak_sign() -> None:
    plain, hinted = learn(CORPUS, [1], [2]), learn(CORPUS, [1], [2], noted=[4])
    assert plain
    assert hinted
    before, after = (score_papers(CORPUS, each, [5, 6]) for each in (plain, hinted))
    assert after[6] - after[5] > before[6] - before[5]


words = st.sampled_from(
    ["fusion", "gate", "image", "fold", "cell", "融合", "折叠", "a", "2020", "é"]
)
texts = st.lists(words, max_size=12).map(" ".join)


@given(st.lists(texts, min_size=2, max_size=8), st.data())
@settings(max_examples=80)
def test_any_verdicts_on_any_texts_give_an_order(every: list[str], data: st.DataObject) -> None:
    corpus = build_corpus(dict(enumerate(map(count_terms, every))))
    for weights in corpus.weights.values():
        assert not weights or abs(sum(each * each for each in weights) - 1) < 1e-5
    numbers = st.lists(st.sampled_from(range(len(every))), unique=True)
    relevant = data.draw(numbers)
    irrelevant = [n for n in data.draw(numbers) if n not in relevant]
    lesson = learn(corpus, relevant, irrelevant)
    if lesson is None:
        assert not any(corpus.words[n] for n in relevant)
        return
    scores = score_papers(corpus, lesson, range(len(every)))
    for n, score in scores.items():
        speaking = sum(weight for _, weight in rank_words(corpus, lesson, n))
        assert speaking >= score - 1e-9
        assert (score != score) is False  # no NaN
