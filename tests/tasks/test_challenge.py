"""The challenge set put to classifiers of which it is known beforehand what they will say."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from transformers import BertTokenizerFast

from bertlab.data.challenge import PHENOMENA, load_challenge
from bertlab.errors import InputError
from bertlab.tasks.challenge import ChallengeResult, challenge, positive_class
from bertlab.tasks.classification import Evaluation
from tests.small import small_classifier, small_tokenizer

REVIEWS = load_challenge()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokenizer_of_the_set():
    """A vocabulary of the set's own words, so that no two reviews look the same to a model."""
    split = BertTokenizerFast(vocab={token: index for index, token in enumerate(SPECIAL)}).backend_tokenizer
    words = {word for review in REVIEWS for word, _ in split.pre_tokenizer.pre_tokenize_str(review.text.lower())}
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *sorted(words)])}
    return BertTokenizerFast(vocab=vocabulary, model_max_length=512)


TOKENIZER = tokenizer_of_the_set()


class KnownForSequenceClassification(nn.Module):
    """Gives each review of the set the answer that it was made with: True for positive."""

    def __init__(self, answers, names=("neg", "pos")):
        super().__init__()
        self.config = SimpleNamespace(num_labels=2, id2label=dict(enumerate(names)), max_position_embeddings=512)
        self.nothing = nn.Parameter(torch.zeros(1))
        ids = TOKENIZER([review.text for review in REVIEWS])["input_ids"]
        self.answers = {tuple(own): bool(answer) for own, answer in zip(ids, answers, strict=True)}
        self.positive = int(names[1] in ("pos", "POSITIVE", "LABEL_1"))

    def forward(self, input_ids, attention_mask, **_):
        said = [self.answers[tuple(row[mask.bool()].tolist())] for row, mask in zip(input_ids, attention_mask)]
        columns = [self.positive if answer else 1 - self.positive for answer in said]
        return SimpleNamespace(logits=4.0 * torch.eye(2)[columns])


TRUE = np.array([review.label for review in REVIEWS], dtype=bool)


def answered(answers, names=("neg", "pos")):
    return challenge(KnownForSequenceClassification(answers, names), TOKENIZER)


NAMES = [("neg", "pos"), ("pos", "neg"), ("NEGATIVE", "POSITIVE"), ("positive", "negative"), ("LABEL_0", "LABEL_1")]


@pytest.mark.parametrize("names", NAMES, ids=" ".join)
def test_an_oracle_is_always_right_whatever_the_order_of_its_classes(names):
    table = answered(TRUE, names).table
    assert list(table.index) == ["plain", *PHENOMENA, "all but plain"]
    assert (table["accuracy"] == 1).all() and (table["both_right"] == 1).all() and (table["positive"] == 0.5).all()
    assert table.loc["all but plain", "reviews"] == table.loc[list(PHENOMENA), "reviews"].sum() == (
        len(REVIEWS) - table.loc["plain", "reviews"]
    )
    assert table.loc["all but plain", "pairs"] == table.loc[list(PHENOMENA), "pairs"].sum()


@pytest.mark.parametrize("names", NAMES[:2], ids=" ".join)
def test_its_opposite_is_never_right(names):
    table = answered(~TRUE, names).table
    assert (table["accuracy"] == 0).all() and (table["both_right"] == 0).all() and (table["positive"] == 0.5).all()


@pytest.mark.parametrize("answer", [False, True])
def test_one_that_always_says_the_same_has_half_of_the_reviews_and_no_pair(answer):
    table = answered(np.full(len(REVIEWS), answer), ("pos", "neg")).table
    assert (table["accuracy"] == 0.5).all() and (table["both_right"] == 0).all() and (table["positive"] == answer).all()


def test_the_table_equals_its_definitions():
    answers = np.random.default_rng(0).random(len(REVIEWS)) < 0.6
    result = answered(answers)
    for phenomenon, row in result.table.drop(index="all but plain").iterrows():
        own = [(review, bool(answer)) for review, answer in zip(REVIEWS, answers) if review.phenomenon == phenomenon]
        n, right = len(own), sum(bool(review.label) == answer for review, answer in own)
        z, p = 1.959963984540054, right / n
        middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        assert (row["reviews"], row["accuracy"], row["positive"]) == (n, p, sum(answer for _, answer in own) / n)
        assert row[["low", "high"]].tolist() == pytest.approx(
            [(middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)]
        )
        found = {review.pair: [] for review, _ in own if review.pair}
        for review, answer in own:
            if review.pair:
                found[review.pair].append(bool(review.label) == answer)
        assert (row["pairs"], row["both_right"]) == (len(found), sum(map(all, found.values())) / len(found))
    frame = result.frame()
    assert (frame["right"] == (answers == TRUE)).all() and ((frame["probability"] > 0.5) == answers).all()
    assert list(frame["text"]) == [review.text for review in REVIEWS]


def test_a_part_of_the_set():
    model = KnownForSequenceClassification(TRUE)
    alone = [review for review in REVIEWS if review.phenomenon == "sarcasm" and review.pair is None]
    table = challenge(model, TOKENIZER, reviews=alone).table
    assert list(table.index) == ["sarcasm"], "a total of one row says nothing new"
    assert table.loc["sarcasm", "pairs"] == 0 and np.isnan(table.loc["sarcasm", "both_right"])
    assert "-" in str(challenge(model, TOKENIZER, reviews=alone)).splitlines()[-1]
    plain = [review for review in REVIEWS if review.phenomenon == "plain"]
    (axes,) = challenge(model, TOKENIZER, reviews=plain).plot().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["plain"]
    halves = [review for review in REVIEWS if review.pair and review.label]
    assert challenge(model, TOKENIZER, reviews=halves).table["pairs"].tolist() == [0] * 10
    with pytest.raises(InputError, match="There are no texts"):
        challenge(model, TOKENIZER, reviews=[])


def test_options_go_to_evaluate():
    with pytest.raises(InputError, match="max_length is 513, but the model has 512 positions"):
        challenge(KnownForSequenceClassification(TRUE), TOKENIZER, max_length=513)
    with pytest.raises(TypeError, match="no_such_option"):
        challenge(KnownForSequenceClassification(TRUE), TOKENIZER, no_such_option=1)


def test_a_real_bert_is_judged():
    shown = challenge(small_classifier(), small_tokenizer(), max_length=32)
    assert shown.table["accuracy"].between(0, 1).all()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("ham", "spam"), r"classes are 0 = ham, 1 = spam: nothing says which .* model\.config\.id2label = \{0: 'neg'"),
        (("pos", "positive"), "nothing says which"),
        (("neg", "LABEL_1"), "nothing says which"),
        (("LABEL_1", "LABEL_0"), "nothing says which"),
        (("neg", "neu", "pos"), r"has 3 classes \(0 = neg, 1 = neu, 2 = pos\); the challenge set knows two"),
    ],
)
def test_classes_that_do_not_say_which_is_positive(names, message):
    with pytest.raises(InputError, match=message):
        challenge(small_classifier(labels=names), small_tokenizer(), max_length=32)


def test_the_way_out_that_the_message_names():
    model = small_classifier(labels=("ham", "spam"))
    model.config.id2label = {0: "neg", 1: "pos"}
    challenge(model, small_tokenizer(), max_length=32)
    assert positive_class(("Positive review", "Negative review")) == 0


def test_an_evaluation_of_other_texts():
    few = REVIEWS[:4]
    labels, probabilities = np.array([review.label for review in few]), np.full((4, 2), 0.5)
    assert ChallengeResult(few, Evaluation(("neg", "pos"), labels, probabilities)).table["accuracy"].tolist() == [0.5]
    with pytest.raises(InputError, match="4 labels for 3 reviews. Judge"):
        ChallengeResult(few[:3], Evaluation(("neg", "pos"), labels, probabilities))
    with pytest.raises(InputError, match="4 labels for 4 reviews, or others than theirs. Judge"):
        ChallengeResult(few, Evaluation(("pos", "neg"), labels, probabilities))


def test_it_shows_as_its_table():
    shown = answered(TRUE)
    lines = str(shown).splitlines()
    assert lines[0].split() == ["reviews", "accuracy", "low", "high", "positive", "pairs", "both", "right"]
    assert lines[2].split() == ["negation", "32", "100%", "89%", "100%", "50%", "10", "100%"]
    assert shown._repr_html_().count("<tr") == len(lines) and "negation" in shown._repr_html_()


def test_the_plot_shows_the_table():
    shown = answered(np.random.default_rng(1).random(len(REVIEWS)) < 0.5)
    (axes,) = shown.plot().axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [*PHENOMENA, "all but plain"]
    assert axes.get_xlabel() and axes.get_ylabel()
    rows = shown.table.drop(index="plain")
    control, _, dots, diamonds = (line for line in axes.lines if line.get_label()[0] != "_" or line.get_marker() == "o")
    assert control.get_xdata()[0] == shown.table.loc["plain", "accuracy"]
    assert dots.get_xdata().tolist() == rows["accuracy"].tolist()
    assert diamonds.get_xdata().tolist() == rows["both_right"].tolist()
    (bars,) = axes.containers[0].lines[2]
    assert [segment[:, 0].tolist() for segment in bars.get_segments()] == [
        pytest.approx(row) for row in rows[["low", "high"]].to_numpy().tolist()
    ]
