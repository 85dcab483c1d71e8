"""Capturing attention: the weights are the model's own, and the model is left as it was."""

import pytest
import torch
from transformers import BertModel

import bertlab
from bertlab.attention import Attention
from bertlab.errors import InputError
from tests.small import small_classifier, small_config, small_tokenizer

TOKENIZER = small_tokenizer()
TEXT = "the film was very great ."


def by_hand(model, layer, text):
    """softmax(Q Kᵀ / √d) of every head of one layer, from the layer's own input."""
    inputs = TOKENIZER(text, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**inputs, output_hidden_states=True).hidden_states[layer]
        attention = model.bert.encoder.layer[layer].attention.self
        heads, width = model.config.num_attention_heads, model.config.hidden_size // model.config.num_attention_heads
        query, key = (
            part(hidden)[0].view(-1, heads, width).transpose(0, 1) for part in (attention.query, attention.key)
        )
        return (query @ key.transpose(1, 2) / width**0.5).softmax(-1)


def test_weights_are_the_softmax_by_hand():
    model = small_classifier()
    attention = bertlab.capture_attention(model, TOKENIZER, TEXT)
    assert attention.tokens == ("[CLS]", "the", "film", "was", "very", "great", ".", "[SEP]")
    assert (attention.layers, attention.heads, tuple(attention.weights.shape)) == (2, 4, (2, 4, 8, 8))
    for layer in range(2):
        assert torch.allclose(attention.weights[layer], by_hand(model, layer, TEXT), atol=1e-6)
    assert torch.equal(attention.head(-1, 3), attention.weights[1, 3])


@pytest.mark.parametrize("implementation", ["sdpa", "eager"])
@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(implementation, training):
    model = small_classifier()
    model.set_attn_implementation(implementation)
    model.train(training)
    first = bertlab.capture_attention(model, TOKENIZER, TEXT)
    assert model.config._attn_implementation == implementation
    assert model.training == training
    assert torch.equal(first.weights, bertlab.capture_attention(model, TOKENIZER, TEXT).weights), "dropout was on"
    assert torch.allclose(first.weights.sum(-1), torch.ones(2, 4, 8), atol=1e-6)


def test_the_model_is_left_as_it_was_after_a_failure():
    model = small_classifier()
    model.forward = lambda **inputs: 1 / 0
    with pytest.raises(ZeroDivisionError):
        bertlab.capture_attention(model.train(), TOKENIZER, TEXT)
    assert model.config._attn_implementation == "sdpa" and model.training


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding_is_left_out(side):
    class Padding:
        """A tokenizer that pads whatever it is asked, as one saved with a fixed padding may."""

        def __call__(self, *texts, **options):
            return TOKENIZER(*texts, **options, padding="max_length", max_length=20, padding_side=side)

        convert_ids_to_tokens = TOKENIZER.convert_ids_to_tokens

    model = small_classifier()
    plain = bertlab.capture_attention(model, TOKENIZER, TEXT)
    padded = bertlab.capture_attention(model, Padding(), TEXT)
    assert padded.tokens == plain.tokens
    assert tuple(padded.weights.shape) == (2, 4, 8, 8)
    assert torch.allclose(padded.weights.sum(-1), torch.ones(2, 4, 8), atol=1e-6)
    if side == "right":  # on the left, padding moves the positions, so the weights differ
        assert torch.allclose(padded.weights, plain.weights, atol=1e-6)


def test_a_pair_and_an_encoder_without_a_head():
    model = BertModel(small_config()).eval()
    attention = bertlab.capture_attention(model, TOKENIZER, "the film was great .", "the plot was dull .")
    assert attention.tokens.count("[SEP]") == 2
    inputs = TOKENIZER("the film was great .", "the plot was dull .", return_tensors="pt")
    model.set_attn_implementation("eager")
    with torch.no_grad():
        expected = model(**inputs, output_attentions=True).attentions
    assert torch.allclose(attention.weights, torch.cat(expected), atol=1e-6)


def test_an_empty_text():
    with pytest.raises(InputError, match=r"texts\[0\] is empty"):
        bertlab.capture_attention(small_classifier(), TOKENIZER, " ")


def test_a_text_longer_than_the_positions():
    with pytest.raises(InputError, match="The text has 102 tokens, but the model has 64 positions"):
        bertlab.capture_attention(small_classifier(), TOKENIZER, "the " * 100)


def test_a_model_that_gives_no_attention():
    model = small_classifier()
    forward = model.forward
    model.forward = lambda **inputs: forward(**inputs | {"output_attentions": False})
    with pytest.raises(InputError, match=r"gave no attention weights of shape \(1, heads, 8, 8\)"):
        bertlab.capture_attention(model, TOKENIZER, TEXT)


@pytest.mark.parametrize(("layer", "head", "name"), [(2, 0, "layer 2"), (-3, 0, "layer -3"), (0, 4, "head 4"), (0, 1.0, "head")])
def test_a_layer_or_head_out_of_range(layer, head, name):
    attention = bertlab.capture_attention(small_classifier(), TOKENIZER, TEXT)
    with pytest.raises(InputError, match=f"There is no {name}"):
        attention.head(layer, head)


def test_tokens_and_weights_that_differ_in_length():
    with pytest.raises(InputError, match=r"3 tokens need weights of shape \(layers, heads, 3, 3\), not \(2, 4, 8, 8\)"):
        Attention(("[CLS]", "the", "[SEP]"), torch.rand(2, 4, 8, 8))
