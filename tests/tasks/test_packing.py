"""Fine-tuning without padding: the same lessons, and what cannot be packed."""

import numpy as np
import pytest
import torch

import bertlab
from bertlab.errors import InputError
from bertlab.model import BertConfig, BertForSequenceClassification
from tests.small import small_classifier, small_reviews, small_tokenizer

TOKENIZER = small_tokenizer()
TEXTS, LABELS = small_reviews(48)
SETTINGS = {"epochs": 2, "batch_size": 8, "learning_rate": 3e-3, "max_length": 48}


def ours(seed=0, dropout=0.0):
    theirs = small_classifier(seed=seed, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout)
    model = BertForSequenceClassification(BertConfig.from_hf(theirs.config))
    model.load_state_dict(theirs.state_dict())
    return model.eval()


def same_weights(a, b):
    return all(torch.equal(one, other) for one, other in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_it_learns_what_padded_batches_teach():
    model = ours()
    before = bertlab.evaluate(model, TOKENIZER, TEXTS, LABELS, max_length=48).accuracy
    history = bertlab.fine_tune(model, TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS | {"epochs": 10, "learning_rate": 1e-2})
    assert len(history.losses) == 60 and history.examples == 10 * 48, "texts are counted, not rows"
    assert before < 0.7 and bertlab.evaluate(model, TOKENIZER, TEXTS, LABELS, max_length=48).accuracy == 1.0


def test_a_step_of_all_texts_is_the_padded_one():
    """One batch holds everything, so both ways see the same in each step."""
    settings = SETTINGS | {"batch_size": 48, "epochs": 3}
    packed, padded = ours(), ours()
    one = bertlab.fine_tune(packed, TOKENIZER, TEXTS, LABELS, packing=True, **settings)
    two = bertlab.fine_tune(padded, TOKENIZER, TEXTS, LABELS, **settings)
    assert np.allclose(one.losses, two.losses, atol=1e-5)
    for name, tensor in packed.state_dict().items():
        torch.testing.assert_close(tensor, padded.state_dict()[name], atol=1e-4, rtol=0, msg=name)


def test_accumulated_batches_weigh_by_their_texts():
    whole, parts = ours(), ours()
    bertlab.fine_tune(whole, TOKENIZER, TEXTS[:20], LABELS[:20], packing=True, **SETTINGS | {"batch_size": 20, "epochs": 1})
    bertlab.fine_tune(
        parts, TOKENIZER, TEXTS[:20], LABELS[:20], packing=True, accumulation=3, **SETTINGS | {"batch_size": 8, "epochs": 1}
    )
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(tensor, parts.state_dict()[name], atol=2e-4, rtol=0, msg=name)


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
    from bertlab.training import Checkpoints

    whole, halves = ours(dropout=0.1), ours(dropout=0.1)
    bertlab.fine_tune(whole, TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS)
    kept = Checkpoints(tmp_path, every_steps=5)
    bertlab.fine_tune(halves, TOKENIZER, TEXTS, LABELS, packing=True, checkpoints=kept, **SETTINGS)
    (tmp_path / "step-00000012").rename(tmp_path / "gone")
    again = ours(seed=5, dropout=0.1)
    history = bertlab.fine_tune(again, TOKENIZER, TEXTS, LABELS, packing=True, checkpoints=kept, **SETTINGS)
    assert len(history.losses) == 12 and same_weights(again, whole) and same_weights(halves, whole)
    with pytest.raises(InputError, match="packing"):
        bertlab.fine_tune(ours(), TOKENIZER, TEXTS, LABELS, checkpoints=kept, **SETTINGS)


def test_a_packed_batch_that_does_not_fit_goes_through_in_halves(monkeypatch):
    """A model that takes at most three texts at once, as if its memory ended there, ends as one that takes all."""
    whole, small = ours(), ours()
    plain = bertlab.fine_tune(whole, TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS)
    forward = BertForSequenceClassification.forward

    def little_memory(self, *args, **inputs):
        if self is small and self.training and len(inputs["cu_seqlens"]) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, *args, **inputs)

    monkeypatch.setattr(BertForSequenceClassification, "forward", little_memory)
    with pytest.warns(UserWarning, match="from step 1 on, 2 at once"):
        history = bertlab.fine_tune(small, TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS)
    assert np.allclose(history.losses, plain.losses, atol=1e-4)


def test_a_loss_that_is_no_number_is_traced_to_its_texts():
    from bertlab.errors import TrainingError

    model = ours()
    with torch.no_grad():
        model.classifier.bias.fill_(torch.nan)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(TrainingError, match="step 1 is nan") as raised:
        bertlab.fine_tune(model, TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS)
    assert len(raised.value.indices) == 8 and set(raised.value.indices) <= set(range(48))
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], atol=0, rtol=0, equal_nan=True, msg=name)


def test_a_model_of_transformers_is_refused_with_the_way_out():
    with pytest.raises(InputError, match="reads padded batches only.*load_checkpoint"):
        bertlab.fine_tune(small_classifier(), TOKENIZER, TEXTS, LABELS, packing=True, **SETTINGS)
