"""Sequences laid end to end give what each gives alone: outputs, losses, gradients; and the fast kernel is asked rightly."""

from dataclasses import replace

import pytest
import torch

from bertlab.data.packing import pack
from bertlab.errors import InputError
from bertlab.model import (
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    packed,
)

CONFIG = BertConfig(
    vocab_size=50,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=32,
    max_position_embeddings=12,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
    initializer_range=0.4,
    num_labels=3,
)
LENGTHS = [5, 12, 1, 7, 12]  # 37 tokens together: more than there are positions


def examples(labels=None):
    """Random sequences; ``labels``: "each" for one a sequence, "tokens" for one a token, some of them -100."""
    draw = torch.Generator().manual_seed(0)
    made = []
    for number, length in enumerate(LENGTHS):
        example = {
            "input_ids": torch.randint(1, 50, (length,), generator=draw).tolist(),
            "token_type_ids": torch.randint(0, 2, (length,), generator=draw).tolist(),
        }
        if labels == "each":
            example["labels"] = number % 3
        if labels == "tokens":
            example["labels"] = [-100 if place % 3 == 1 else (number + place) % 3 for place in range(length)]
        made.append(example)
    return made


def pad(rows):
    """The same as a padded batch."""
    longest = max(LENGTHS)
    fill = {"input_ids": 0, "token_type_ids": 0, "labels": -100}
    batch = {"attention_mask": torch.tensor([[1] * n + [0] * (longest - n) for n in LENGTHS])}
    for name in rows[0]:
        columns = [row[name] for row in rows]
        if isinstance(columns[0], list):
            columns = [column + [fill[name]] * (longest - len(column)) for column in columns]
        batch[name] = torch.tensor(columns)
    return batch


def new(kind, **changes):
    torch.manual_seed(0)
    return kind(CONFIG, **changes)


def loss_and_gradients(model, batch):
    model.zero_grad()
    output = model(**batch)
    output.loss.backward()
    return output, {name: parameter.grad for name, parameter in model.named_parameters()}


def test_every_token_and_every_pooled_vector_is_the_padded_one():
    model, rows = new(BertModel), examples()
    together, apart = model(**pack(rows), output_hidden_states=True), model(**pad(rows))
    assert together.last_hidden_state.shape == (1, 37, 16) and len(together.hidden_states) == 3
    for number, part in enumerate(together.last_hidden_state[0].split(LENGTHS)):
        torch.testing.assert_close(part, apart.last_hidden_state[number, : LENGTHS[number]], atol=1e-5, rtol=0)
    torch.testing.assert_close(together.pooler_output, apart.pooler_output, atol=1e-5, rtol=0)
    assert together.pooler_output.std(0).min() > 1e-3, "which differ from each other"


@pytest.mark.parametrize(
    "kind, labels",
    [
        (BertForSequenceClassification, "each"),
        (BertForTokenClassification, "tokens"),
        (BertForMaskedLM, "tokens"),
    ],
)
def test_loss_and_gradients_are_those_of_the_padded_batch(kind, labels):
    model, rows = new(kind), examples(labels)
    (together, packed_gradients), (apart, gradients) = (loss_and_gradients(model, batch) for batch in (pack(rows), pad(rows)))
    torch.testing.assert_close(together.loss, apart.loss, atol=1e-5, rtol=0)
    assert packed_gradients.keys() == gradients.keys()
    for name, gradient in packed_gradients.items():
        torch.testing.assert_close(gradient, gradients[name], atol=1e-5, rtol=0, msg=name)


def test_pretraining_s_two_losses_too():
    model, rows = new(BertForPreTraining), examples("tokens")
    follows = torch.tensor([0, 1, 1, 0, 1])
    together = model(**pack(rows), next_sentence_label=follows, masked_only=True)
    apart = model(**pad(rows), next_sentence_label=follows, masked_only=True)
    torch.testing.assert_close(together.loss, apart.loss, atol=1e-5, rtol=0)
    torch.testing.assert_close(together.prediction_logits, apart.prediction_logits, atol=1e-5, rtol=0)


def test_what_a_neighbour_says_changes_nothing():
    model, rows = new(BertModel), examples()
    before = model(**pack(rows)).last_hidden_state
    rows[1]["input_ids"] = [1 + token % 49 for token in rows[1]["input_ids"]]
    after = model(**pack(rows)).last_hidden_state
    assert torch.equal(before[:, :5], after[:, :5]) and torch.equal(before[:, 17:], after[:, 17:])
    assert not torch.allclose(before[:, 5:17], after[:, 5:17])


def test_positions_and_the_longest_are_worked_out_where_they_are_not_given():
    model, batch = new(BertModel), pack(examples())
    bare = {name: batch[name] for name in ("input_ids", "token_type_ids", "cu_seqlens")}
    assert torch.equal(model(**bare).last_hidden_state, model(**batch).last_hidden_state)


def test_dropout_on_the_weights_stays_where_it_is_asked_for():
    config = replace(CONFIG, attention_probs_dropout_prob=0.5)
    torch.manual_seed(0)
    model, batch = BertModel(config).train(), pack(examples())
    assert not torch.allclose(model(**batch).last_hidden_state, model(**batch).last_hidden_state)
    model.eval()
    assert torch.equal(model(**batch).last_hidden_state, model(**batch).last_hidden_state)


class OnCuda:
    """A tensor that says it lies on a GPU."""

    def __init__(self, tensor, dtype=torch.bfloat16):
        self.tensor, self.is_cuda, self.dtype, self.shape = tensor, True, dtype, tensor.shape

    def __getitem__(self, index):
        return self.tensor[index]


def test_on_a_gpu_one_kernel_does_all(monkeypatch):
    """There is none here: what stands for the kernel looks at what it is handed, and computes it by definition."""
    asked = []

    def kernel(query, key, value, query_ends, key_ends, longest_query, longest_key):
        asked.append((query.shape, query_ends.tolist(), key_ends.tolist(), longest_query, longest_key))
        rows = []
        for start, end in zip(query_ends[:-1], query_ends[1:], strict=True):
            q, k, v = (x[start:end].transpose(0, 1) for x in (query, key, value))
            rows.append(((q @ k.transpose(1, 2) / 2).softmax(-1) @ v).transpose(0, 1))  # d = 4
        return torch.cat(rows)

    torch.manual_seed(0)
    query, key, value = torch.randn(3, 1, 4, 37, 4)
    sequences = packed.sequences_of(pack(examples())["cu_seqlens"], None, torch.Size([1, 37]))
    expected = packed.packed_attention(query, key, value, sequences)
    monkeypatch.setattr(packed, "varlen_attn", kernel)
    claimed = [OnCuda(tensor) for tensor in (query, key, value)]
    torch.testing.assert_close(packed.packed_attention(*claimed, sequences), expected, atol=1e-5, rtol=0)
    ends = [0, 5, 17, 18, 25, 37]
    assert asked == [((37, 4, 4), ends, ends, 12, 12)]
    packed.packed_attention(*claimed, sequences, dropout=0.1)
    assert len(asked) == 1, "the kernel has no dropout"


def test_in_float32_a_gpu_computes_it_at_once(monkeypatch):
    """Padded inside the one operation: the same outputs and gradients, and dropout where there is some."""
    torch.manual_seed(0)
    tensors = [torch.randn(1, 4, 37, 4, requires_grad=True) for _ in range(3)]
    sequences = packed.sequences_of(pack(examples())["cu_seqlens"], None, torch.Size([1, 37]))
    claimed = [OnCuda(tensor, torch.float32) for tensor in tensors]
    calls, kernel = [], torch.nn.functional.scaled_dot_product_attention
    found = []
    for given in (tensors, claimed):
        context = packed.packed_attention(*given, sequences)
        found.append([context, *torch.autograd.grad(context.square().sum(), tensors)])
    for one, other in zip(*found):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    monkeypatch.setattr(packed.F, "scaled_dot_product_attention", lambda *a, **k: calls.append(k) or kernel(*a, **k))
    dropped = packed.packed_attention(*claimed, sequences, dropout=0.5)
    assert len(calls) == 1 and calls[0]["dropout_p"] == 0.5 and not torch.allclose(dropped, found[0][0])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"cu_seqlens": torch.tensor([0, 5, 17, 18, 25, 36], dtype=torch.int32)}, "rise from 0 to 37"),
        ({"cu_seqlens": torch.tensor([1, 5, 37], dtype=torch.int32)}, "rise from 0 to 37"),
        ({"cu_seqlens": torch.tensor([0, 5, 5, 37], dtype=torch.int32)}, "rise from 0 to 37"),
        ({"cu_seqlens": torch.tensor([0, 37])}, "torch.int64 of shape"),
        ({"cu_seqlens": torch.tensor([0], dtype=torch.int32)}, "expected torch.int32 of shape"),
        ({"max_seqlen": 11}, "max_seqlen is 11, but a sequence has 12 tokens"),
        ({"attention_mask": torch.ones(1, 37, dtype=torch.long)}, "attention_mask or cu_seqlens, not both"),
        ({"output_attentions": True}, "no attention weights to show"),
    ],
)
def test_what_cannot_be(change, message):
    with pytest.raises(InputError, match=message):
        new(BertModel)(**(pack(examples()) | change))


def test_tokens_in_several_rows_are_not_packed():
    ends = torch.tensor([0, 4], dtype=torch.int32)
    with pytest.raises(InputError, match=r"all tokens are in one row, \(1, T\); these have shape \(2, 4\)"):
        new(BertModel)(torch.ones(2, 4, dtype=torch.long), cu_seqlens=ends)


def test_a_packed_sequence_longer_than_the_positions():
    ids = torch.ones(1, 13, dtype=torch.long)
    with pytest.raises(InputError, match="position_ids reach from 0 to 12; expected 0 to 11"):
        new(BertModel)(ids, cu_seqlens=torch.tensor([0, 13], dtype=torch.int32))


def test_answers_are_looked_for_in_padded_batches():
    two = replace(CONFIG, num_labels=2)
    with pytest.raises(InputError, match="expected a padded batch, not a packed one"):
        BertForQuestionAnswering(two)(**pack(examples()))
