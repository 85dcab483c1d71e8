"""The challenge set: what it promises of its reviews, and what is said about a file that cannot be used."""

import re
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from bertlab.data.challenge import CONTROL, PHENOMENA, ChallengeReview, load_challenge
from bertlab.errors import SourceError

REVIEWS = load_challenge()


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower())


def pairs():
    found = {}
    for review in REVIEWS:
        if review.pair:
            found.setdefault(review.pair, []).append(review)
    return found


def test_every_phenomenon_has_thirty_reviews_and_half_of_them_are_positive():
    counts = Counter((review.phenomenon, review.label) for review in REVIEWS)
    assert list(dict.fromkeys(review.phenomenon for review in REVIEWS)) == [CONTROL, *PHENOMENA]
    for phenomenon in (CONTROL, *PHENOMENA):
        assert counts[phenomenon, 0] == counts[phenomenon, 1] >= 15, phenomenon


def test_texts_are_plain_and_short_and_stand_once():
    texts = [review.text for review in REVIEWS]
    assert len({" ".join(words(text)) for text in texts}) == len(texts)
    for text in texts:
        assert text.isascii() and text.isprintable() and text == " ".join(text.split())
        assert 6 <= len(text.split()) <= 60, text


def test_a_pair_is_one_of_each_label_in_nearly_the_same_words():
    found = pairs()
    assert sum(review.pair is not None and review.phenomenon != CONTROL for review in REVIEWS) >= 2 * 40
    for pair, (one, other) in found.items():
        assert {one.label, other.label} == {0, 1} and one.phenomenon == other.phenomenon == pair.split("/")[0]
        first, second = Counter(words(one.text)), Counter(words(other.text))
        assert 2 * (first & second).total() / (first.total() + second.total()) >= 0.6, pair


def test_many_ways_to_begin():
    """The two of a pair count once."""
    begins = {(" ".join(words(review.text)[:2]), review.pair or review.text) for review in REVIEWS}
    begin, times = Counter(begin for begin, _ in begins).most_common(1)[0]
    assert times <= 3, begin


@pytest.mark.parametrize("phenomenon", PHENOMENA)
def test_neither_length_nor_the_first_person_tells_the_label(phenomenon):
    length, person = {}, {}
    for label in (0, 1):
        texts = [review.text for review in REVIEWS if (review.phenomenon, review.label) == (phenomenon, label)]
        length[label] = np.mean([len(text.split()) for text in texts])
        person[label] = np.mean([bool({"i", "i'd", "i've", "i'm", "my", "me"} & set(words(text))) for text in texts])
    assert length[0] / length[1] == pytest.approx(1, abs=0.25)
    assert person[0] == pytest.approx(person[1], abs=0.25)


@pytest.mark.parametrize("alone", [False, True], ids=["all", "without pairs"])
def test_the_words_do_not_tell_the_label(alone):
    """What words can learn on some of the set does not help on the rest; the two of a pair stay together."""
    hard = [review for review in REVIEWS if review.phenomenon != CONTROL and not (alone and review.pair)]
    texts, labels = [review.text for review in hard], np.array([review.label for review in hard])
    groups = [review.pair or review.text for review in hard]
    counter = make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=4))
    accuracies = [
        (cross_val_predict(counter, texts, labels, groups=groups, cv=folds) == labels).mean()
        for folds in (StratifiedGroupKFold(10, shuffle=True, random_state=seed) for seed in range(3))
    ]
    assert 0.42 < np.mean(accuracies) < 0.58


# Files


GOOD = "label\tpair\ttext\npos\tone\tNot bad at all.\nneg\tone\tNot good at all.\n\n# why\nneg\t-\tHe said \"great\".\n"


def write(folder, text, name="negation"):
    file = folder / f"{name}.tsv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize("change", [str, lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_a_set_of_ones_own(tmp_path, change):
    write(tmp_path, change(GOOD))
    write(tmp_path, "label\tpair\ttext\npos\tone\tFine.\nneg\tone\tFine?", name="irony")
    write(tmp_path, "label\tpair\ttext\npos\t-\tA joy.", name="plain")
    assert load_challenge(str(tmp_path)) == [
        ChallengeReview("A joy.", 1, "plain"),
        ChallengeReview("Not bad at all.", 1, "negation", "negation/one"),
        ChallengeReview("Not good at all.", 0, "negation", "negation/one"),
        ChallengeReview('He said "great".', 0, "negation"),
        ChallengeReview("Fine.", 1, "irony", "irony/one"),
        ChallengeReview("Fine?", 0, "irony", "irony/one"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pos\tone", "good\tone", r"line 2 has the label 'good'; expected neg or pos"),
        ("pos\tone", "1\tone", r"line 2 has the label '1'; expected neg or pos"),
        ("pos\tone\tNot", "pos\tNot", r"line 2 has 2 fields; expected 3, label, pair, text, with one tab .*'pos\\tNot bad"),
        ("Not good", "Not\tgood", r"line 3 has 4 fields"),
        ("neg\t-\t", "neg\t\t", r"line 6 has the pair ''; expected one word .* or - for none"),
        ("neg\t-\t", "neg\tno pair\t", r"line 6 has the pair 'no pair'"),
        ("Not bad at all.", "", r"line 2 has no text. Write the review"),
        ("Not bad", " Not bad", r"line 2 has spaces before, after or doubled .*' Not bad at all\.'"),
        ("Not bad", "Not  bad", r"line 2 has spaces before, after or doubled"),
        ("Not bad", "Not\x07bad", r"line 2 has the character '\\x07' in its text, which does not print"),
        ("Not bad", "Not\u2028bad", r"line 2 has the character '\\u2028'"),
        ("Not good", "not BAD", r"line 3 repeats the text of .*negation\.tsv, line 2: change or delete"),
        ("neg\tone", "neg\ttwo", r"line 2: the pair 'one' has 1 reviews; expected 2"),
        ("neg\t-", "neg\tone", r"line 2 and 3 and 6: the pair 'one' has 3 reviews"),
        ("neg\tone", "pos\tone", r"line 2 and 3: the pair 'one' is pos twice; expected one neg and one pos"),
        ("label\tpair\ttext\n", "", r"line 1, is no header. Expected label, pair, text, divided by tabs"),
        (GOOD, "", r"negation\.tsv has no header"),
        (GOOD, "label\tpair\ttext\n# none\n", r"has a header and no reviews"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path, old, new, message):
    assert old in GOOD
    file = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SourceError, match=message) as error:
        load_challenge(tmp_path)
    assert str(file) in str(error.value)


def test_a_file_in_another_encoding(tmp_path):
    write(tmp_path, GOOD.replace("Not bad", "Pas très mal").encode("latin-1"))
    with pytest.raises(SourceError, match=r"negation.tsv is not UTF-8 \(byte 30\): save it"):
        load_challenge(tmp_path)


def test_a_folder_without_files(tmp_path):
    with pytest.raises(SourceError, match=r"holds no files <phenomenon>.tsv"):
        load_challenge(tmp_path)
