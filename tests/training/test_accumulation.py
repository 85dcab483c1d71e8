"""Several batches in a step: the same as one large batch, also where they differ in size."""

import pytest
import torch
from torch.utils.data import DataLoader
from transformers import DataCollatorWithPadding

from bertlab.data.batches import encode
from bertlab.errors import InputError
from bertlab.training import train
from tests.small import small_classifier, small_reviews, small_tokenizer
from tests.training.test_loop import weights_of


def in_order(n, batch_size):
    tokenizer = small_tokenizer()
    examples = encode(tokenizer, *small_reviews(n), max_length=64)
    return DataLoader(examples, batch_size=batch_size, collate_fn=DataCollatorWithPadding(tokenizer))


def trained(n, batch_size, accumulation, optimizer="adamw"):
    model = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    history = train(
        model,
        in_order(n, batch_size),
        epochs=2,
        learning_rate=1e-3,
        max_grad_norm=0.5,
        accumulation=accumulation,
        optimizer=optimizer,
        eps=1e-4,  # which keeps a gradient of 1e-9, all rounding, from being an update of the full rate
    )
    return weights_of(model), history


@pytest.mark.parametrize(
    ("n", "batch_size", "accumulation"),
    [
        (24, 4, 3),  # batches of one size
        (22, 4, 3),  # 4 + 4 + 4, then 4 + 4 + 2
        (17, 4, 2),  # 4 + 4, 4 + 4, then 1 alone
        (10, 4, 9),  # more than there are: all of a pass
    ],
)
def test_equals_one_large_batch(n, batch_size, accumulation):
    large, expected = trained(n, batch_size * accumulation, 1)
    small, history = trained(n, batch_size, accumulation)
    assert torch.allclose(small, large, atol=1e-6, rtol=0)
    assert history.losses == pytest.approx(expected.losses, abs=1e-6)
    assert history.learning_rates == expected.learning_rates
    assert (history.steps_per_epoch, history.examples) == (expected.steps_per_epoch, 2 * n)


def test_muon_takes_them_too():
    large, _ = trained(22, 12, 1, optimizer="muon")
    small, _ = trained(22, 4, 3, optimizer="muon")
    assert torch.allclose(small, large, atol=2e-4, rtol=0)  # Muon turns the rounding of small singular values into large ones
    assert not torch.allclose(small, weights_of(small_classifier()), atol=2e-3, rtol=0)


def test_a_step_is_an_update_to_those_who_watch():
    seen = []
    train(
        small_classifier(), in_order(22, 4), epochs=2, learning_rate=1e-3, accumulation=4, watch=seen.append, watch_every=1
    )
    assert [(now.step, now.steps) for now in seen] == [(step, 4) for step in range(5)]


@pytest.mark.parametrize("number", [0, 1.5, True])
def test_what_cannot_be_used(number):
    with pytest.raises(InputError, match=f"accumulation must be a whole number of at least 1, not {number}"):
        train(small_classifier(), in_order(8, 4), epochs=1, learning_rate=1e-3, accumulation=number)
