"""Fine-tuning, judging and predicting, on lists of texts and labels."""

import warnings

import numpy as np
import pytest
import torch
from transformers import BertModel

import bertlab
from bertlab.errors import InputError
from tests.small import small_classifier, small_config, small_reviews, small_tokenizer

TOKENIZER = small_tokenizer()


@pytest.fixture(scope="module")
def trained():
    model = small_classifier()
    texts, labels = small_reviews(64)
    history = bertlab.fine_tune(model, TOKENIZER, texts, labels, epochs=15, learning_rate=3e-3, max_length=32)
    return model, history


def test_fine_tuned_model_tells_praise_from_blame(trained):
    model, history = trained
    assert history.losses[-1] < 0.1
    good, bad = bertlab.predict(model, TOKENIZER, ["the movie was lovely !", "the cast was grim ."], max_length=32)
    assert (good.label, bad.label) == ("pos", "neg")
    assert good.probability > 0.9 and bad.probability > 0.9
    assert good.probabilities["pos"] == good.probability
    assert sum(good.probabilities.values()) == pytest.approx(1, abs=1e-6)


def test_predictions_are_the_models_own_in_the_texts_order(trained):
    """Whatever the batches are, each text gets what it gets alone and unpadded."""
    model, _ = trained
    texts, _ = small_reviews(23)
    alone = []
    for text in texts:
        with torch.inference_mode():
            alone.append(model(**TOKENIZER(text, return_tensors="pt")).logits.softmax(-1)[0, 1].item())
    for batch_size in (1, 4, 32):
        found = bertlab.predict(model, TOKENIZER, texts, batch_size=batch_size, max_length=32)
        assert [prediction.text for prediction in found] == texts
        assert [prediction.probabilities["pos"] for prediction in found] == pytest.approx(alone, abs=1e-6)


def test_prediction_leaves_the_model_as_it_was(trained):
    model, _ = trained
    model.train()
    first = bertlab.predict(model, TOKENIZER, ["the plot was fine ."], max_length=32)
    assert model.training
    assert first == bertlab.predict(model, TOKENIZER, ["the plot was fine ."], max_length=32), "dropout was on"
    model.bert.encoder.eval()  # frozen, say, and without its dropout
    bertlab.predict(model, TOKENIZER, ["the plot was fine ."], max_length=32)
    assert model.training and not any(part.training for part in model.bert.encoder.modules())
    model.eval()
    bertlab.predict(model, TOKENIZER, ["the plot was fine ."], max_length=32)
    assert not any(part.training for part in model.modules())


def test_texts_are_cut_to_max_length(trained):
    """Only the first pieces count: what stands beyond the cut changes nothing."""
    model, _ = trained
    long = "the film was great . " + "the film was dull . " * 5
    cut, whole = (bertlab.predict(model, TOKENIZER, [long], max_length=length)[0] for length in (7, 40))
    short = bertlab.predict(model, TOKENIZER, ["the film was great ."], max_length=7)[0]
    assert cut.probabilities == pytest.approx(short.probabilities, abs=1e-6)
    assert whole.probabilities != pytest.approx(short.probabilities, abs=1e-6)


def test_evaluate_is_predict_held_against_the_labels(trained):
    model, _ = trained
    texts, labels = small_reviews(20)
    judged = bertlab.evaluate(model, TOKENIZER, texts, labels, max_length=32)
    predicted = [prediction.label for prediction in bertlab.predict(model, TOKENIZER, texts, max_length=32)]
    assert [judged.names[index] for index in judged.predictions] == predicted
    assert judged.labels.tolist() == labels
    assert judged.accuracy == 1.0
    flipped = bertlab.evaluate(model, TOKENIZER, texts, [1 - label for label in labels], max_length=32)
    assert flipped.accuracy == 0.0


def test_the_same_seed_gives_the_same_weights():
    texts, labels = small_reviews(16)
    models = [small_classifier() for _ in range(3)]
    for model, seed in zip(models, (5, 5, 6)):
        bertlab.fine_tune(model, TOKENIZER, texts, labels, epochs=1, max_length=32, seed=seed)
    first, second, third = (model.classifier.weight for model in models)
    assert torch.equal(first, second)
    assert not torch.equal(first, third)


def test_one_class_only_is_a_warning_that_says_why():
    with pytest.warns(UserWarning, match=r"All 3 training labels are 0 \(neg\).*sorted by label"):
        bertlab.fine_tune(small_classifier(), TOKENIZER, ["the film was dull ."] * 3, [0] * 3, epochs=1, max_length=32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bertlab.fine_tune(small_classifier(), TOKENIZER, ["the film was dull ."] * 2, [0, 1], epochs=1, max_length=32)


GOOD_TEXTS, GOOD_LABELS = ["the film was great .", "the film was dull ."], [1, 0]


@pytest.mark.parametrize("call", [bertlab.fine_tune, bertlab.evaluate])
@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["the film .", ""], GOOD_LABELS, r"texts\[1\] is empty"),
        (["the film .", " \n\t"], GOOD_LABELS, r"texts\[1\] is empty"),
        ([], [], "There are no texts"),
        ("the film .", [1], "not one string. Wrap it in a list"),
        (["the film .", 7], GOOD_LABELS, r"texts\[1\] is int, not a string \('7'\)"),
        (["the film .", None], GOOD_LABELS, r"texts\[1\] is NoneType"),
        (3, [1], "must be a sequence of strings, not int"),
        (GOOD_TEXTS, [1], "2 texts and 1 labels"),
        (GOOD_TEXTS, [1, 0, 1], "2 texts and 3 labels"),
        (GOOD_TEXTS, [0, 2], r"labels\[1\] is 2, but the model has 2 classes \(0 to 1\): neg, pos"),
        (GOOD_TEXTS, [0, -1], r"labels\[1\] is -1: a class is 0 or more"),
        (GOOD_TEXTS, [0, 0.5], r"labels\[1\] is 0.5, not an integer. The classes are 0 = neg, 1 = pos"),
        (GOOD_TEXTS, [0, "pos"], r"labels\[1\] is 'pos', not an integer"),
        (GOOD_TEXTS, [0, True], r"labels\[1\] is True, not an integer"),
    ],
)
def test_bad_texts_and_labels(call, texts, labels, message):
    with pytest.raises(InputError, match=message):
        call(small_classifier(), TOKENIZER, texts, labels, max_length=32)


def test_a_model_with_fewer_classes_than_labels_says_how_to_load_one_with_enough():
    with pytest.raises(InputError, match=r"has 2 classes.*load the model with 5 names in labels="):
        bertlab.fine_tune(small_classifier(), TOKENIZER, GOOD_TEXTS, [0, 4], max_length=32)


def test_numpy_labels_and_lazy_columns_are_taken():
    from datasets import Dataset

    rows = Dataset.from_dict({"text": GOOD_TEXTS, "label": GOOD_LABELS})
    model = small_classifier()
    by_column = bertlab.evaluate(model, TOKENIZER, rows["text"], rows["label"], max_length=32)
    by_array = bertlab.evaluate(model, TOKENIZER, np.array(GOOD_TEXTS, dtype=object), np.array([1, 0]), max_length=32)
    assert by_column.labels.tolist() == by_array.labels.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_length": 2}, "max_length must be an integer of at least 3, not 2"),
        ({"max_length": 65}, "max_length is 65, but the model has 64 positions"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, not 0"),
    ],
)
def test_numbers_out_of_range(changes, message):
    with pytest.raises(InputError, match=message):
        bertlab.predict(small_classifier(), TOKENIZER, GOOD_TEXTS, **({"max_length": 32} | changes))


def test_a_model_that_is_no_classifier():
    with pytest.raises(InputError, match=r"BertModel does not classify sequences.*labels="):
        bertlab.predict(BertModel(small_config()), TOKENIZER, GOOD_TEXTS)


def test_a_regression_head():
    with pytest.raises(InputError, match="has 1 class"):
        bertlab.predict(small_classifier(labels=("score",)), TOKENIZER, GOOD_TEXTS)


def test_with_a_cache_the_texts_are_tokenised_once(trained, tmp_path, monkeypatch):
    """The second call finds the pieces of the first; nothing else changes."""
    model, _ = trained
    texts, labels = small_reviews(12)
    plain = bertlab.evaluate(model, TOKENIZER, texts, labels, max_length=32)
    options = {"max_length": 32, "cache": tmp_path}
    first = bertlab.evaluate(model, TOKENIZER, texts, labels, **options)
    monkeypatch.setattr(type(TOKENIZER), "__call__", lambda *_, **__: pytest.fail("the texts were tokenised again"))
    again = bertlab.evaluate(model, TOKENIZER, texts, labels, **options)
    predicted = bertlab.predict(model, TOKENIZER, texts, **options)
    bertlab.fine_tune(small_classifier(), TOKENIZER, texts, labels, validation=(texts, labels), epochs=1, **options)
    assert np.array_equal(first.probabilities, plain.probabilities) and np.array_equal(again.probabilities, plain.probabilities)
    assert [p.probability for p in predicted] == plain.confidence.tolist()
    assert list(tmp_path.iterdir()), "nothing was kept"
