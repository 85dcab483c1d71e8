"""What `fine_tune` adds to the loop: judging on the way, going on, freezing, and what it does when something goes wrong."""

import errno
import os
import signal

import pytest
import torch

import bertlab
from bertlab.errors import InputError, SourceError, TrainingError
from bertlab.tasks.fine_tuning import score_on
from bertlab.training import Checkpoints
from tests.small import VOCABULARY, small_classifier, small_reviews, small_tokenizer
from tests.training.test_loop import weights_of
from tests.training.test_memory import ERRORS

TOKENIZER = small_tokenizer()
TEXTS, LABELS = small_reviews(22)
HELD_OUT = small_reviews(48)[0][24:], small_reviews(48)[1][24:]
SETTINGS = {"epochs": 2, "batch_size": 4, "learning_rate": 1e-3, "max_length": 32}
STEPS = 12


def tuned(model=None, texts=TEXTS, labels=LABELS, **changes):
    model = model or small_classifier()
    return bertlab.fine_tune(model, TOKENIZER, texts, labels, **(SETTINGS | changes)), model


def test_the_scores_are_those_of_the_whole_not_of_batches():
    """Against a text at a time; 24 texts in batches of 7, so that a mean over the batches would be another number."""
    model, losses, right = small_classifier(seed=5), [], 0
    examples = bertlab.data.batches.encode(TOKENIZER, *HELD_OUT, max_length=32)
    with torch.no_grad():
        for text, label in zip(*HELD_OUT):
            logits = model(**TOKENIZER(text, return_tensors="pt")).logits[0]
            losses.append(-logits.log_softmax(dim=-1)[label].item())
            right += logits.argmax().item() == label
        found = score_on(TOKENIZER, examples, batch_size=7)(model)
    assert found == {"loss": pytest.approx(sum(losses) / 24, abs=1e-6), "accuracy": right / 24}
    assert 0 < right < 24


def test_the_best_weights_are_what_is_left():
    """Judged by the opposite of what it learns, it can only get worse."""
    texts, labels = small_reviews(64)
    opposite = texts[:16], [1 - label for label in labels[:16]]
    options = {"epochs": 6, "batch_size": 8, "learning_rate": 5e-3, "validation": opposite, "validate_every": 16}
    history, model = tuned(texts=texts, labels=labels, **options)
    assert [scores["step"] for scores in history.validation] == [16, 32, 48]
    best, *worse = history.validation
    assert history.best_step == 16 and all(scores["loss"] > best["loss"] + 0.1 for scores in worse)
    judged = bertlab.evaluate(model, TOKENIZER, *opposite, max_length=32)
    assert judged.accuracy == best["accuracy"]
    true = torch.tensor(judged.probabilities)[range(16), judged.labels]
    assert -true.double().log().mean().item() == pytest.approx(best["loss"], abs=1e-5)


def test_each_epoch_is_judged_and_patience_ends_it():
    """At a rate at which nothing changes."""
    history, _ = tuned(epochs=9, learning_rate=1e-9, validation=HELD_OUT, patience=2, monitor="accuracy")
    assert [scores["step"] for scores in history.validation] == [6, 12, 18]
    assert history.stopped_early and history.best_step == 6 and len(history.losses) == 18


def test_accumulation_makes_a_step_of_several_batches():
    history, _ = tuned(accumulation=4)
    assert (len(history.losses), history.steps_per_epoch, history.examples) == (4, 2, 44)


def test_frozen_layers_rest_and_the_rates_decay():
    before = {name: parameter.clone() for name, parameter in small_classifier().named_parameters()}
    _, model = tuned(frozen_layers=1)
    still = {name for name, parameter in model.named_parameters() if torch.equal(parameter, before[name])}
    assert still == {name for name in before if name.startswith(("bert.embeddings.", "bert.encoder.layer.0."))}
    assert {model.bert.encoder.layer[number].output.dropout.p for number in (0, 1)} == {0.0, 0.1}
    _, again = tuned(model)
    assert torch.equal(again.bert.encoder.layer[0].output.dense.bias, before["bert.encoder.layer.0.output.dense.bias"])
    moved = []
    for decay in (1.0, 0.01):
        _, model = tuned(layer_decay=decay)
        words = "bert.embeddings.word_embeddings.weight"
        moved.append((model.get_parameter(words) - before[words]).norm().item())
    assert moved[1] < 1e-3 * moved[0]
    with pytest.raises(InputError, match="layers=3 cannot be frozen; the encoder has 2"):
        tuned(frozen_layers=3)


def test_one_folder_serves_one_run(tmp_path):
    keeping = {"checkpoints": tmp_path / "run", "validation": HELD_OUT}
    expected, model = tuned(**keeping)
    assert [path.name for path in (tmp_path / "run").iterdir()] == [f"step-{STEPS:08d}"]
    history, again = tuned(small_classifier(seed=1), **keeping)
    assert torch.equal(weights_of(again), weights_of(model))
    assert (history.losses, history.validation) == (expected.losses, expected.validation)
    for changes, message in [
        ({"texts": TEXTS[::-1]}, "SHA-256 of the texts and labels is"),
        ({"labels": LABELS[::-1]}, "SHA-256 of the texts and labels is"),
        ({"validation": (HELD_OUT[0][:-1], HELD_OUT[1][:-1])}, "SHA-256 of the validation's texts and labels is"),
        ({"max_length": 31}, r"recipe\.max_length is 32 there and 31 here"),
        ({"truncation": "tail"}, r"recipe\.truncation is 'head' there and 'tail' here"),
        ({"batch_size": 5}, r"recipe\.batch_size is 4 there and 5 here"),
        ({"layer_decay": 0.9}, "layer_decay is 1.0 there and 0.9 here"),
        ({"patience": 3}, "validation is"),
        ({"checkpoints": Checkpoints(tmp_path / "run", every_steps=1, recipe={"by": "me"})}, r"recipe\.by is 'missing' th"),
    ]:
        with pytest.raises(InputError, match=f"is of another run: .*{message}"):
            tuned(**(keeping | changes))


def test_memory_that_runs_out():
    expected, whole = tuned(small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0))
    model = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)

    def check(module, arguments):
        if model.training and len(arguments[0]) > 2:
            raise ERRORS["CUDA"]

    model.bert.encoder.layer[1].register_forward_pre_hook(check)
    with pytest.warns(UserWarning, match="4 examples at once do not fit into memory: from step 1 on, 2 at once"):
        history, _ = tuned(model)
    assert torch.allclose(weights_of(model), weights_of(whole), atol=2e-5, rtol=0)
    assert history.losses == pytest.approx(expected.losses, abs=1e-5)


def test_a_loss_that_is_not_a_number_names_the_texts():
    """One text alone holds a word whose embedding is not a number, as after a damaged download."""
    model = small_classifier()
    with torch.no_grad():
        model.bert.embeddings.word_embeddings.weight[VOCABULARY.index("$")] = torch.nan
    before = []
    model.register_forward_pre_hook(lambda *_: before.append(weights_of(model)))
    texts = [*TEXTS[:13], "the $ was great .", *TEXTS[14:]]
    with pytest.raises(TrainingError, match="The loss of step .* is nan .*their indices in the data set are") as raised:
        tuned(model, texts)
    assert 13 in raised.value.indices and len(raised.value.indices) in (2, 4)
    assert torch.equal(weights_of(model).nan_to_num(), before[-1].nan_to_num())
    assert not model.training


def test_ctrl_c_keeps_what_was_trained(tmp_path):
    model, calls = small_classifier(), []

    def press(*_):
        calls.append(weights_of(model))
        if len(calls) == 8:
            os.kill(os.getpid(), signal.SIGINT)

    handle = model.register_forward_pre_hook(press)
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.warns(UserWarning, match=f"after step 7 of {STEPS}, whose weights the model has. A checkpoint is in"):
            history, _ = tuned(model, checkpoints=tmp_path)
    finally:
        signal.signal(signal.SIGINT, previous)
        handle.remove()
    assert history.interrupted and len(history.losses) == 7
    assert torch.equal(weights_of(model), calls[7]) and not model.training
    bertlab.predict(model, TOKENIZER, TEXTS[:1], max_length=32)
    expected, whole = tuned()
    history, again = tuned(small_classifier(seed=1), checkpoints=tmp_path)
    assert torch.equal(weights_of(again), weights_of(whole)) and history.losses == expected.losses


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    model, weights = small_classifier(), []

    def full(*_):
        weights.append(weights_of(model))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(SourceError, match="the disk is full.*The model in memory has the weights of step 5") as raised:
            tuned(model, checkpoints=Checkpoints(tmp_path, every_steps=5))
    assert "start the same run again" in str(raised.value)
    assert torch.equal(weights_of(model), weights[0]) and not model.training
    assert not torch.equal(weights[0], weights_of(small_classifier()))
    assert list(tmp_path.iterdir()) == []
    _, again = tuned(checkpoints=Checkpoints(tmp_path, every_steps=5))
    assert torch.equal(weights_of(again), weights_of(tuned()[1]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"validation": HELD_OUT[0]}, r"validation must be a pair, \(texts, labels\), not list"),
        ({"validation": (["the film .", ""], [0, 1])}, r"In validation=\(texts, labels\): texts\[1\] is empty"),
        ({"validation": (["the film ."], [2])}, r"In validation=\(texts, labels\): labels\[0\] is 2, but the model has 2"),
        ({"validation": HELD_OUT, "monitor": "f1"}, "monitor must be 'loss' or 'accuracy', not 'f1'"),
        ({"validation": HELD_OUT, "patience": 0}, "patience must be a whole number of at least 1, not 0"),
        ({"patience": 2}, r"need texts to judge on: validation=\(texts, labels\)"),
        ({"validate_every": 2}, r"need texts to judge on: validation=\(texts, labels\)"),
        ({"layer_decay": 1.5}, "layer_decay must be greater than 0 and at most 1, not 1.5"),
        ({"accumulation": 0}, "accumulation must be a whole number of at least 1, not 0"),
    ],
)
def test_what_cannot_be_used(changes, message):
    model = small_classifier()
    before = weights_of(model)
    with pytest.raises(InputError, match=message):
        tuned(model, **changes)
    assert torch.equal(weights_of(model), before) and not model.training
