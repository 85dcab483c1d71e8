"""Baselines against scikit-learn's own steps and texts whose answer is known; features against the model's own states."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from transformers import BertModel

import bertlab
from bertlab.errors import InputError
from bertlab.model import load_checkpoint
from bertlab.tasks.baselines import bag_of_words, features, linear_probe, majority
from tests.small import small_classifier, small_config, small_reviews, small_tokenizer

TOKENIZER = small_tokenizer()


def test_the_majority_says_the_commonest_class_with_the_classes_shares():
    judged = majority([1, 1, 1, 0], [0, 1, 0])
    assert judged.predictions.tolist() == [1, 1, 1] and judged.accuracy == pytest.approx(1 / 3)
    assert judged.probabilities == pytest.approx(np.array([[0.25, 0.75]] * 3))
    assert judged.names == ("neg", "pos") and judged.auc == 0.5
    one_of_three = majority([2, 2], [0, 1, 2], names=["a", "b", "c"])
    assert one_of_three.probabilities.tolist() == [[0, 0, 1]] * 3


def test_a_bag_of_words_learns_words_and_pairs_of_words():
    texts, labels = small_reviews(48)
    assert bag_of_words(texts, labels, texts[::-1], labels[::-1]).accuracy == 1.0
    # Only the pairs "not good" and "not bad" tell these apart: each word stands on both sides as often.
    pairs = ["not good but bad", "not bad but good"] * 4
    judged = bag_of_words(pairs, [0, 1] * 4, ["not good", "not bad"], [0, 1])
    assert judged.accuracy == 1.0 and judged.names == ("neg", "pos")


def test_a_bag_of_words_is_the_written_out_one():
    """TF-IDF and the logistic regression's stationary point, both from their formulas."""
    texts = ["dull dull plot", "dull cast", "great plot", "great great great cast", "dull plot", "great cast"]
    labels = np.array([0, 0, 1, 1, 0, 1])
    judged = bag_of_words(texts, labels, texts, labels, C=2.0)
    words = ["cast", "dull", "great", "plot", "dull plot", "great cast"]  # in two texts or more
    terms = [text.split() + [" ".join(pair) for pair in pairwise(text.split())] for text in texts]
    counts = np.array([[found.count(word) for word in words] for found in terms])
    idf = np.log((1 + 6) / (1 + (counts > 0).sum(axis=0))) + 1
    inputs = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf
    inputs /= np.linalg.norm(inputs, axis=1, keepdims=True)
    # log p(pos) / p(neg) is linear in the inputs; where the penalised likelihood is stationary, w = C Σ (y - p) x and
    # Σ (y - p) = 0.
    rest = labels - judged.probabilities[:, 1]
    weights = 2.0 * rest @ inputs
    log_odds = np.log(judged.probabilities[:, 1] / judged.probabilities[:, 0])
    assert rest.sum() == pytest.approx(0, abs=1e-3)
    bias = log_odds - inputs @ weights
    assert np.abs(weights).max() > 0.5 and bias == pytest.approx(np.full(6, bias.mean()), abs=2e-3)


def test_a_linear_probe_finds_a_direction_whatever_its_scale():
    random = np.random.default_rng(0)
    values = random.normal(size=(600, 5)) * [1, 100, 1, 0.001, 1] + 7
    labels = (values[:, 3] > 7).astype(int)
    judged = linear_probe(values[:400], labels[:400], values[400:], labels[400:], C=1.0)
    assert judged.accuracy > 0.95
    assert judged.labels.tolist() == labels[400:].tolist()
    # The penalty holds for each feature alike, once they are scaled: other units change nothing.
    units = values * [1000, 1, 3, 50, 0.1] - 4
    again = linear_probe(units[:400], labels[:400], units[400:], labels[400:], C=1.0)
    assert again.probabilities == pytest.approx(judged.probabilities, abs=1e-3)


def test_a_class_that_training_lacks_gets_probability_0():
    values = np.array([[0.0], [0.1], [1.0], [1.1]])
    judged = linear_probe(values, [0, 0, 2, 2], values, [0, 1, 2, 2], names=("a", "b", "c"))
    assert judged.probabilities[:, 1].tolist() == [0, 0, 0, 0]
    assert judged.predictions.tolist() == [0, 0, 2, 2]


def test_features_of_a_trained_encoder_carry_the_label_to_a_probe():
    model = small_classifier()
    texts, labels = small_reviews(64)
    bertlab.fine_tune(model, TOKENIZER, texts, labels, epochs=10, learning_rate=3e-3, max_length=32)
    values = features(model, TOKENIZER, texts, max_length=32)
    judged = linear_probe(values[:32], labels[:32], values[32:], labels[32:])
    assert judged.accuracy == 1.0


@pytest.fixture(params=["encoder", "classifier", "ours"])
def model(request, tmp_path):
    """Weights large enough that each token's state depends on the others, and would on padding."""
    theirs = small_classifier(initializer_range=0.2)
    if request.param == "encoder":
        return theirs.bert
    if request.param == "classifier":
        return theirs
    theirs.save_pretrained(tmp_path)
    return load_checkpoint(tmp_path)


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooler"])
def test_features_are_each_texts_own_whatever_it_is_batched_with(model, pooling):
    texts, _ = small_reviews(11)
    encoder = getattr(model, "bert", model)
    expected = []
    for text in texts:
        with torch.no_grad():
            output = encoder(**TOKENIZER(text, return_tensors="pt"))
        states = output.last_hidden_state[0]
        expected.append({"mean": states.mean(0), "cls": states[0], "pooler": output.pooler_output[0]}[pooling])
    expected = torch.stack(expected).numpy()
    model.train()
    for batch_size in (1, 3, 32):
        found = features(model, TOKENIZER, texts, pooling=pooling, batch_size=batch_size, max_length=32)
        assert found.dtype == np.float32 and np.abs(found - expected).max() < 1e-5
    assert model.training
    assert np.abs(expected - expected[0]).max() > 0.1, "the texts differ"


@pytest.mark.parametrize("layer", [0, 1, -2, 2, -1])
def test_features_of_a_layer(model, layer):
    text = "the film was great ."
    with torch.no_grad():
        output = getattr(model, "bert", model)(**TOKENIZER(text, return_tensors="pt"), output_hidden_states=True)
    others = ["the very very very very dull film was awful ."]
    found = features(model, TOKENIZER, [text, *others], layer=layer, max_length=32)[0]
    assert found == pytest.approx(output.hidden_states[layer][0].mean(0).numpy(), abs=1e-5)


def test_features_in_half_precision_are_averaged_in_full():
    texts, _ = small_reviews(5)
    model = BertModel(small_config()).eval()
    full = features(model, TOKENIZER, texts, max_length=32)
    half = features(model.bfloat16(), TOKENIZER, texts, max_length=32)
    assert half.dtype == np.float32 and half == pytest.approx(full, abs=0.05)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pooling": "max"}, "pooling is 'max'; expected one of 'mean', 'cls', 'pooler'"),
        ({"layer": 3}, "layer is 3; expected 0"),
        ({"layer": -4}, "layer is -4; expected 0 .the embeddings. to 2, or from the end, -3 to -1"),
        ({"layer": 1, "pooling": "pooler"}, "The pooler reads the last layer"),
        ({"max_length": 65}, "the model has 64 positions"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"texts": []}, "There are no texts"),
    ],
)
def test_features_that_cannot_be_had(changes, message):
    arguments = {"texts": ["the film ."], "max_length": 32} | changes
    with pytest.raises(InputError, match=message):
        features(small_classifier(), TOKENIZER, **arguments)


def test_models_without_what_was_asked_for():
    with pytest.raises(InputError, match="BertModel has none. Use pooling='cls' or 'mean'"):
        without = BertModel(small_config(), add_pooling_layer=False)
        features(without, TOKENIZER, ["the film ."], pooling="pooler", max_length=32)
    with pytest.raises(InputError, match="Linear is no encoder with layers"):
        features(torch.nn.Linear(2, 2), TOKENIZER, ["the film ."], max_length=32)


def test_data_that_no_baseline_learns_from():
    with pytest.raises(InputError, match="All 2 training labels are 0 .neg.*sorted by label"):
        bag_of_words(["a dull film", "a dull plot"], [0, 0], ["a film"], [1])
    with pytest.raises(InputError, match="No word stands in two of the 2 training texts"):
        bag_of_words(["dull", "great"], [0, 1], ["a film"], [1])
    with pytest.raises(InputError, match="2 texts and 1 labels"):
        bag_of_words(["dull", "great"], [0], ["a film"], [1])
    with pytest.raises(InputError, match=r"features has shape \(2, 4\), train_features \(2, 3\)"):
        linear_probe(np.eye(2, 3), [0, 1], np.eye(2, 4), [0, 1])
    with pytest.raises(InputError, match="expected finite numbers"):
        linear_probe(np.array([[np.nan, 0], [0, 1]]), [0, 1], np.eye(2), [0, 1])
    with pytest.raises(InputError, match="There are no labels"):
        majority([], [0])
