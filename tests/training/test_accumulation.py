"""Several batches in a step: the same as one large batch, also where they differ in size."""

import json

import pytest
import torch
from safetensors.torch import load_file

from bertlab.errors import InputError
from bertlab.training import Validation, train
from tests.small import small_classifier
from tests.training.runs import in_order, moved, run_in_two_processes
from tests.training.test_loop import weights_of


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


@pytest.mark.parametrize("accumulation", [1, 2])
def test_two_processes_take_turns_with_the_batches(accumulation, tmp_path):
    """So that a step of theirs is one of twice as many batches in one process."""
    run_in_two_processes(accumulation, tmp_path / "result")
    model = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    judged = Validation(moved, monitor="near", keep_best=False)
    options = {"epochs": 2, "learning_rate": 1e-3, "eps": 1e-4, "validation": judged}
    expected = train(model, in_order(32, 4), accumulation=2 * accumulation, **options)
    for rank in (0, 1):
        state = load_file(tmp_path / f"{rank}.safetensors")
        assert all(torch.allclose(tensor, state[name], atol=1e-6, rtol=0) for name, tensor in model.state_dict().items())
        losses, examples, validation = json.loads((tmp_path / f"{rank}.json").read_text())
        assert losses == pytest.approx(expected.losses, abs=1e-6) and examples == expected.examples == 64
        assert [scores["step"] for scores in validation] == [scores["step"] for scores in expected.validation]
        assert [scores["near"] for scores in validation] == pytest.approx(
            [scores["near"] for scores in expected.validation], abs=1e-6
        )


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
