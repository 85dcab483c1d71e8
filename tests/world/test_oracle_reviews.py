"""The oracle on the film world's own reviews: tokens, parses, calibration, kinds of words, pairs of segments."""

import math
import subprocess
import sys
from itertools import pairwise
from random import Random

import pytest
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from bertlab.errors import InputError
from bertlab.world import reviews
from bertlab.world.grammar import article, read_options
from bertlab.world.lexicon_opinions import WORDS
from bertlab.world.oracle import KINDS, basic_tokens, beliefs, compatible, kinds, next_sentence_ceiling, oracle
from bertlab.world.oracle.beliefs import Scene
from bertlab.world.oracle.context import pick_factor


@pytest.fixture(scope="module")
def collection():
    return list(reviews(200, split="test"))


def test_pre_tokens_are_those_of_bert(collection):
    normalizer, splitter = BertNormalizer(lowercase=True), BertPreTokenizer()
    for review in collection:
        for sentence in review.sentences:
            expected = [text for text, _ in splitter.pre_tokenize_str(normalizer.normalize_str(sentence.text))]
            tokens = basic_tokens(sentence)
            assert [token.text for token in tokens] == expected
            for number, word in enumerate(sentence.words):
                assert "".join(token.text for token in tokens if token.word == number) == word.lower()


def test_every_sentence_is_in_the_grammar_of_the_oracle(collection):
    """The sum over derivations is no less than the probability of the true one, and of a whole sentence rarely more."""
    more = total = 0
    for review in collection:
        scene = Scene(oracle(), review, (), None, ())
        tense = {"past": 2, "present": 0}[
            oracle().grammar.table("tense", 1).options[review.derivation.choices[2].option].pattern
        ]
        for number, sentence in enumerate(review.sentences):
            this = scene.traced[number]
            found = scene.told(number, scene.stance, tense, this.near, this.before)
            true = math.prod(
                c.probability for c in sentence.derivation.choices[1:] if not c.rule.startswith("other film")
            )
            # The told sum leaves the options of tables with a memory to `pick_factor`.
            used = scene.picks(range(number), scene.stance)
            for memory, options in scene.picks([number], scene.stance).items():
                table = oracle().memory(memory)
                found *= pick_factor(table, pick_factor(table, frozenset(), used.get(memory, []))[1], options)[0]
            assert found >= true * (1 - 1e-9), sentence.text
            more += found > true * (1 + 1e-9)
            total += 1
    assert total > 800 and more < 0.1 * total


def test_beliefs_are_calibrated(collection):
    """Surprise at the true words is what the beliefs expect, within 4 standard errors (reviews being independent)."""
    random = Random(0)
    gaps, exact, seen = [], 0, 0
    for number, review in enumerate(collection[:27]):
        masked = [
            (i, j)
            for i, s in enumerate(review.sentences)
            for j in range(len(basic_tokens(s)))
            if random.random() < 0.15
        ]
        window, hidden = None, []
        if number % 3 == 0:
            # A segment as next-sentence pairs have them, cut off in front and behind.
            window = range(random.randrange(2), len(review.sentences) - random.randrange(len(review.sentences) - 1))
            size = len(basic_tokens(review.sentences[window[-1]]))
            hidden = [(window[0], 0), *((window[-1], j) for j in range(random.randrange(2, size), size))]
            masked = [position for position in masked if position[0] in window and position not in hidden]
        gap = 0.0
        for (i, j), belief in beliefs(review, masked, window=window, hidden=hidden).items():
            word = basic_tokens(review.sentences[i])[j].text
            for probabilities in (belief.probabilities, belief.blind):
                assert math.fsum(probabilities.values()) == pytest.approx(1, abs=1e-9)
                assert probabilities[word] > 0
            entropy = -math.fsum(p * math.log(p) for p in belief.probabilities.values() if p)
            gap += -math.log(belief.probabilities[word]) - entropy
            exact += belief.exact
            seen += 1
        gaps.append(gap)
    mean = math.fsum(gaps) / len(gaps)
    error = (math.fsum((gap - mean) ** 2 for gap in gaps) / len(gaps) / (len(gaps) - 1)) ** 0.5
    assert seen > 250 and 0.2 * seen < exact < 0.9 * seen
    assert abs(mean) < 4 * error
    # Wrong beliefs would be seen: 0.1 nats a word are far outside.
    assert 0.1 * seen / len(gaps) > 4 * error


def positions(review, text):
    """Where a pre-token stands."""
    return [
        (i, j) for i, s in enumerate(review.sentences) for j, token in enumerate(basic_tokens(s)) if token.text == text
    ]


def test_an_article_follows_from_the_next_word(collection):
    """One test review in many has an "an" that a visible word decides."""
    seen = 0
    for review in collection[:30]:
        for position in positions(review, "an")[:1]:
            belief = beliefs(review, [position])[position]
            assert belief.probabilities.get("a", 0.0) == 0.0
            assert belief.probabilities["an"] > 0.5
            seen += 1
    assert seen > 2


def test_a_name_known_from_elsewhere_is_certain(collection):
    """A first name that is masked once and visible elsewhere."""
    seen = 0
    for review in collection[:24]:
        name = review.film.lead.name.split()[0].lower()
        places = positions(review, name)
        if len(places) > 1:
            belief = beliefs(review, places[:1])[places[0]]
            assert belief.probabilities[name] == pytest.approx(1, abs=1e-9)
            # Masked everywhere, the name is one of 39 women's or men's, or of all 78.
            free = beliefs(review, places)[places[0]].probabilities[name]
            assert free < 1 / 35
            seen += 1
    assert seen > 3


def test_stance_is_summed(collection):
    """An opening that says "a … comedy", seen alone, leaves adjectives of both signs; with the review, its own."""
    seen = 0
    for review in collection:
        thesis = next((c for c in review.sentences[0].derivation.choices if c.rule in ("thesis(+)", "thesis(-)")), None)
        if thesis is None or thesis.option != 1:
            continue
        adjective = next(c for c in review.sentences[0].derivation.choices if c.rule in ("adj+", "adj-"))
        if not review.sentences[0].words[adjective.start].isalpha():
            continue
        place = next(j for j, t in enumerate(basic_tokens(review.sentences[0])) if t.word == adjective.start)
        alone = beliefs(review, [(0, place)], window=range(1))[0, place].probabilities
        good, bad = alone.get("wonderful", 0.0), alone.get("awful", 0.0)
        # Those that the visible "a" or "an" allows, in single pre-tokens.
        before = basic_tokens(review.sentences[0])[place - 1].text
        options = {sign: [t for _, t, _ in read_options(WORDS[f"adj{sign}"])] for sign in "+-"}
        fits = {s: [t for t in words if article(t) == before and t.isalpha()] for s, words in options.items()}
        free = sum(len(fits[sign]) / len(options[sign]) for sign in "+-")
        for probability, sign, word in ((good, "+", "wonderful"), (bad, "-", "awful")):
            expected = (word in fits[sign]) / len(options[sign]) / free
            assert probability == pytest.approx(expected, abs=1e-9)
        whole = beliefs(review, [(0, place)])[0, place].probabilities
        good = sum(whole.get(word, 0.0) for word in fits["+"])
        assert abs(good - review.label) < 0.01
        seen += 1
    assert seen > 2


def test_bad_positions_are_named(collection):
    review = collection[0]
    for position in ((0, 999), (len(review.sentences), 0), (-1, 0), (0, -1)):
        with pytest.raises(InputError, match="there is no position"):
            beliefs(review, [position])
    with pytest.raises(InputError, match="there is no position"):
        beliefs(review, [(0, 0)], window=range(1, 2))
    for window in (range(0), range(1, 99), range(0, len(review.sentences), 2)):
        with pytest.raises(InputError, match="is no window"):
            beliefs(review, [], window=window)
    with pytest.raises(InputError, match="no segment"):
        compatible(review, range(0), review, range(1, 2))
    with pytest.raises(InputError, match="there are no pairs"):
        next_sentence_ceiling([])


def test_every_word_is_of_one_kind(collection):
    examples = {"is": "agreement", ".": "function", "the": "function", "masterpiece": "sentiment", "credits": "frame"}
    seen = set()
    for review in collection:
        for sentence, row in zip(review.sentences, kinds(review), strict=True):
            tokens = basic_tokens(sentence)
            assert len(row) == len(tokens) and set(row) <= set(KINDS)
            titles = {w for span in sentence.spans for w in range(span.start, span.end)}
            for token, kind in zip(tokens, row, strict=True):
                if token.word in titles:
                    assert kind in ("copy", "free") or sentence.words[token.word] == "The"
                elif token.text in ("masterpiece", "credits", "."):
                    assert kind == examples[token.text], sentence.text
                    seen.add(token.text)
    assert seen == {"masterpiece", "credits", "."}


def test_a_fact_named_once_in_the_window_is_no_copy(collection):
    """The title of the opening is one to copy where another visible sentence has it, and free where none has."""
    copied = 0
    for review in collection:
        span = next(span for span in review.sentences[0].spans if span.label == "FILM")
        place = next(j for j, t in enumerate(basic_tokens(review.sentences[0])) if t.word == span.start)
        title = review.sentences[0].surface(span)
        again = any(s.surface(x) == title for s in review.sentences[1:] for x in s.spans if x.label == "FILM")
        assert kinds(review)[0][place] == ("copy" if again else "free")
        assert kinds(review, window=range(1))[0][place] == "free"
        copied += again
    assert 20 < copied < 200


def test_true_continuations_are_compatible_and_few_others_are(collection):
    random = Random(1)
    negatives = []
    for review, other in pairwise(collection):
        count = len(review.sentences)
        at = random.randrange(1, count)
        start, end = random.randrange(at), random.randrange(at + 1, count + 1)
        assert compatible(review, range(start, at), review, range(at, end))
        from_ = random.randrange(len(other.sentences))
        negatives.append(
            (review, range(start, at), other, range(from_, random.randrange(from_ + 1, len(other.sentences) + 1)))
        )
    fits = sum(compatible(*pair) for pair in negatives)
    assert 0 < fits < 0.15 * len(negatives)
    assert next_sentence_ceiling(negatives) == 1 - fits / len(negatives) / 2
    review = collection[0]
    last = len(review.sentences)
    assert not compatible(review, range(last), review, range(1, last))
    assert not compatible(review, range(1), review, range(1))


def test_the_oracle_needs_no_numbers_library():
    code = "import sys, bertlab.world.oracle; print(sorted({'torch', 'numpy', 'tokenizers'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
