"""The hard slices are what they say, and hard; the probes are right, and not to be passed by frequency."""

import re
from collections import Counter

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from bertlab.errors import InputError
from bertlab.world import reviews
from bertlab.world.films import all_films, catalogue
from bertlab.world.grammar import read_options
from bertlab.world.lexicon_films import MEN, WOMEN
from bertlab.world.probes import PHENOMENA as PROBED
from bertlab.world.probes import SEED, probes
from bertlab.world.rules_clauses import PHRASES
from bertlab.world.slices import PHENOMENA, SLICES, slices, strength
from bertlab.world.stream import polar_words


# Recommendations of those who are against a film.
AGAINST = (
    "skip it|not see it again|wouldn't see it again|recommend it even|away from it|regret every|or to anybody"
    "|forget every"
)


@pytest.fixture(scope="module")
def members(held_out):
    """For each slice, the positions of its reviews among those held out."""
    found = [slices(review) for review in held_out]
    return {name: [i for i, names in enumerate(found) if name in names] for name in SLICES}


def words_of(sentence) -> int:
    """Good words minus bad ones, titles cut out: counted a second way, in the text."""
    good, bad = polar_words()
    text = sentence.text
    for span in sentence.spans:
        if span.label == "FILM":
            text = text.replace(sentence.surface(span), "")
    words = re.findall(r"[a-z]+(?:['-][a-z]+)*", text.lower())
    return sum(word in good for word in words) - sum(word in bad for word in words)


def test_slices_are_what_they_say(sample):
    seen = Counter()
    for review in sample[:1500]:
        stance = 1 if review.label else -1
        if sum(words_of(sentence) for sentence in review.sentences) * stance >= 0:
            assert slices(review) == frozenset()
            continue
        for name in (*PHENOMENA, "concession"):
            if name == "concession":
                shown = [s for s in review.sentences if s.stance == -stance]
            else:
                shown = [s for s in review.sentences if name in s.phenomena]
            expected = bool(shown) and sum(words_of(s) for s in shown) * stance <= 0
            assert (name in slices(review)) == expected, (name, review.text)
            seen[name] += expected
        assert ("intensity" in slices(review)) == ((strength(review) - review.surface) * stance > 0)
        seen["intensity"] += "intensity" in slices(review)
    assert set(seen) == set(SLICES) and min(seen.values()) >= 10


def test_strength_counts_mild_words_for_nothing_and_intensified_ones_twice(sample):
    """Counted from the words of the text, and the recorded choices of mild words."""
    good, bad = polar_words()
    degrees = {text for name in ("degree", "degree.intense") for _, text, _ in read_options(PHRASES[name]) if text}
    seen = Counter()
    for review in sample[:1000]:
        expected = review.surface
        for sentence in review.sentences:
            signs = [(word.lower() in good) - (word.lower() in bad) for word in sentence.words]
            titles = {i for span in sentence.spans if span.label == "FILM" for i in range(span.start, span.end)}
            for choice in sentence.derivation.choices:
                if choice.rule in ("mild+", "mild-"):
                    expected -= signs[choice.start]
                    seen["mild"] += 1
            for i, word in enumerate(sentence.words[:-1]):
                if word in degrees and i not in titles:
                    expected += signs[i + 1]
                    seen["intensified"] += bool(signs[i + 1])
        assert strength(review) == expected, review.text
    assert seen["mild"] > 100 and seen["intensified"] > 100


def test_each_slice_has_both_labels(held_out, members):
    for name, found in members.items():
        positive = sum(held_out[i].label for i in found)
        # Within four standard errors of a half, or of 0.05 beside it: comparisons lean a little.
        assert abs(positive - len(found) / 2) < 2 * len(found) ** 0.5 + 0.05 * len(found), (name, positive, len(found))
        assert positive and positive < len(found)


@pytest.mark.parametrize("inverse_penalty", [1.0, 10.0])
def test_a_bag_of_words_does_clearly_worse_on_each_slice(sample, held_out, members, inverse_penalty):
    bag = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=inverse_penalty, max_iter=500))
    bag.fit([review.text for review in sample[:2000]], [review.label for review in sample[:2000]])
    predicted = bag.predict([review.text for review in held_out])
    right = [bool(label == review.label) for label, review in zip(predicted, held_out, strict=True)]
    overall = sum(right) / len(right)
    for name, found in members.items():
        if name != "plot":
            assert len(found) > 60, name
            assert sum(right[i] for i in found) / len(found) < overall - 0.04, (name, overall)


def test_what_is_no_review_is_an_error():
    with pytest.raises(InputError, match="expected a Review; take one from bertlab.world.reviews"):
        slices("a review")


def of(phenomenon):
    return [probe for probe in probes() if probe.phenomenon == phenomenon]


def side(words) -> int:
    """+1 where good words are many more than bad ones, -1 for the reverse."""
    good, bad = polar_words()
    score = sum((word in good) - (word in bad) for word in words)
    assert abs(score) == len(words)
    return 1 if score > 0 else -1


def test_forty_probes_of_each_phenomenon():
    assert Counter(probe.phenomenon for probe in probes()) == dict.fromkeys(PROBED, 40)
    assert len({probe.text for probe in probes()}) > 200
    for probe in probes():
        assert probe.text.count("[MASK]") == 1
        assert probe.right and probe.wrong and not set(probe.right) & set(probe.wrong)
        assert all(re.fullmatch("[a-z]+", word) for word in probe.right + probe.wrong), probe


def test_probes_are_about_films_that_nobody_trained_on():
    seen = [film.title for film in all_films() if film.split != "test"]
    for probe in probes():
        assert not [title for title in seen if f" {title} " in f" {probe.text} "], probe
    held_out = [film.title for film in catalogue("test")]
    assert sum(any(title in probe.text for title in held_out) for probe in probes()) > 80


def test_probes_are_sentences_of_the_world():
    """With its right word back, the sentence with the mask stands in a review."""
    known = [s.text for review in reviews(2000, seed=SEED, split="test") for s in review.sentences]
    for probe in probes():
        if len(probe.right) == 1:
            at = probe.text.index("[MASK]")
            word = probe.right[0].title() if probe.phenomenon == "copy" else probe.right[0]
            whole = probe.text.replace("[MASK]", word)
            assert any(0 <= at - whole.find(sentence) < len(sentence) for sentence in known if sentence in whole), probe


def test_only_frequency_is_passed_by_frequency():
    counts = Counter(word.lower() for review in reviews(1500, seed=11) for s in review.sentences for word in s.words)
    for name in PROBED:
        passed = sum(sum(counts[w] for w in p.right) > sum(counts[w] for w in p.wrong) for p in of(name)) / 40
        assert passed == 1 if name == "frequency" else 0.4 <= passed <= 0.6, (name, passed)


def test_agreement_probes_follow_the_noun():
    for probe in of("agreement"):
        if len(probe.right) == 2:
            noun = re.search(r"([a-z-]+) \[MASK\]", probe.text)[1]
            is_plural = noun.endswith("s") and noun not in ("suspense", "narratives", "chess")
            assert (probe.right == ("are", "were")) == is_plural, probe
            assert set(probe.right + probe.wrong) == {"is", "was", "are", "were"}
        else:
            # What is said of the reviewing, not of the film, is in the present.
            told = "there is this|thing is clear|it is true|truth is|what is more|is hard to"
            context = set(re.findall(r"\w+", re.sub(told, "", probe.text.lower())))
            past, present = {"was", "were"} & context, {"is", "are"} & context
            assert bool(past) != bool(present) and (probe.right[0] in ("was", "were")) == bool(past), probe


def test_sentiment_probes_follow_the_recommendation():
    for probe in of("sentiment"):
        against = re.search(AGAINST, probe.text)
        assert side(probe.right) == (-1 if against else 1), probe
        assert side(probe.wrong) == -side(probe.right)


def test_coreference_probes_follow_the_name():
    women, men = ({name for _, name, _ in read_options(table)} for table in (WOMEN, MEN))
    for probe in of("coreference"):
        before = probe.text.split("[MASK]")[0]
        named = [word for word in re.findall(r"[A-Z][a-z]+", before) if word in women | men]
        assert (named[0] in women) == (probe.right[0] in ("she", "her")), probe


def test_negation_probes_turn_where_the_text_turns():
    seen = Counter()
    good, bad = polar_words()
    for probe in of("negation"):
        sentence, mask, rest = probe.text.partition("[MASK]")
        if rest == ".":
            before = [word for word in re.findall(r"[a-z-]+", sentence) if word in good | bad]
            shown = side(before)
            turned = ", but the " in sentence
            assert side(probe.right) == (-shown if turned else shown), probe
        else:
            turned = bool(re.search(r"never|\bno\b|\bnot\b|hardly|anything|far from", sentence))
            seen["verdict"] += 1
        seen[turned, side(probe.right)] += 1
        assert side(probe.wrong) == -side(probe.right)
    assert seen["verdict"] == 20
    assert all(seen[turned, polarity] == 10 for turned in (True, False) for polarity in (1, -1)), seen


def test_copy_probes_have_their_word_in_the_text_and_the_other_not():
    for probe in of("copy"):
        text = re.findall(r"[a-z]+", probe.text.lower())
        assert probe.right[0] in text and probe.wrong[0] not in text, probe
