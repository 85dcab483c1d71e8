"""Operations counted by formula against torch's own counter, and a peak that follows the machine."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from bertlab.errors import InputError
from bertlab.model import BertConfig, BertModel
from bertlab.training import flops


@pytest.mark.parametrize("tokens", [1, 16, 48])
def test_the_formula_counts_what_torch_counts(tokens):
    config = BertConfig(
        vocab_size=30,
        hidden_size=24,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=40,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = BertModel(config, add_pooling_layer=False)
    counter = FlopCounterMode(display=False)
    with counter:
        # The weights are asked for, so that attention is written out: the fused kernel's backward computes QKᵀ once more.
        states = model(torch.ones(2, tokens, dtype=torch.long), output_attentions=True).last_hidden_state
        states.sum().backward()
    assert counter.get_total_flops() == flops.training_flops(config, [tokens, tokens])


def test_bert_base_has_85_million_weights_in_matrices():
    assert flops.matrix_weights(BertConfig()) == 12 * 12 * 768**2 == 84_934_656


def test_texts_count_by_their_own_lengths():
    config = BertConfig()
    uneven, even = flops.training_flops(config, [100, 400]), flops.training_flops(config, [250, 250])
    assert uneven == flops.training_flops(config, [100]) + flops.training_flops(config, [400])
    assert uneven - even == 12 * 12 * 768 * (100**2 + 400**2 - 2 * 250**2), "as many tokens, but more pairs of them"


def test_a_slower_product_is_a_lower_peak(monkeypatch):
    monkeypatch.setitem(flops.SIDE, "cpu", 512)
    plain, product = flops.measured_peak(), torch.Tensor.__matmul__
    monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: [product(a, b) for _ in range(8)][-1])
    assert 0 < flops.measured_peak() < plain / 2


def test_what_cannot_be():
    with pytest.raises(InputError, match="a text has 0 tokens"):
        flops.training_flops(BertConfig(), [3, 0])
    with pytest.raises(InputError, match="must be one of fp32, bf16, fp16"):
        flops.measured_peak("tf32")
