"""Capture the attention weights that a model gives to a text."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from bertlab.data.batches import check_texts
from bertlab.errors import InputError


@dataclass(frozen=True)
class Attention:
    """The attention weights of every head of a model for one text, padding left out.

    Attributes:
        tokens: the n tokens, as the tokenizer writes them: ``[CLS]``, ``this``, ..., ``[SEP]``.
        weights: (layers, heads, n queries, n keys), float32 on the CPU; each row, over the keys, sums to 1.
    """

    tokens: tuple[str, ...]
    weights: torch.Tensor = field(repr=False)

    def __post_init__(self) -> None:
        expected = (len(self.tokens), len(self.tokens))
        if self.weights.ndim != 4 or tuple(self.weights.shape[2:]) != expected:
            raise InputError(
                f"{len(self.tokens)} tokens need weights of shape (layers, heads, {expected[0]}, {expected[1]}), "
                f"not {tuple(self.weights.shape)}."
            )

    @property
    def layers(self) -> int:
        return self.weights.shape[0]

    @property
    def heads(self) -> int:
        return self.weights.shape[1]

    def head(self, layer: int, head: int) -> torch.Tensor:
        """One head's weights, (n queries, n keys). Both count from 0; negative numbers count from the end.

        Raises:
            InputError: for a layer or a head that the model does not have.
        """
        _check_index("layer", layer, self.layers)
        _check_index("head", head, self.heads)
        return self.weights[layer, head]


def _check_index(name: str, index: int, count: int) -> None:
    if not isinstance(index, int) or isinstance(index, bool) or not -count <= index < count:
        raise InputError(
            f"There is no {name} {index!r}: the model has {count}, numbered 0 to {count - 1} (or from the end, -{count} to -1)."
        )


def capture_attention(
    model: nn.Module, tokenizer: PreTrainedTokenizerBase, text: str, pair: str | None = None
) -> Attention:
    """Run a text through a model and return what each head attends to.

    The fused attention kernels (SDPA, the default in ``transformers``) never hold the weights, so the model is switched to
    the plain ("eager") implementation for this one call, with dropout off; afterwards it is as it was.

    Args:
        model: any Hugging Face model of the BERT family, with or without a head, or ``bertlab.model``'s.
        tokenizer: the model's.
        text: what to read.
        pair: a second text, for models that read pairs.

    Raises:
        InputError: for a text that is empty or longer than the model's positions, and for a model that gives no attention
            weights.
    """
    texts = check_texts([text] if pair is None else [text, pair])
    inputs = tokenizer(*texts, return_tensors="pt")
    length = int(inputs["attention_mask"].sum())
    positions = getattr(model.config, "max_position_embeddings", None)
    if positions is not None and length > positions:
        raise InputError(f"The text has {length} tokens, but the model has {positions} positions. Shorten the text.")

    device = next(model.parameters()).device
    with _plain_attention(model), torch.inference_mode():
        outputs = model(**inputs.to(device), output_attentions=True)
    layers = getattr(outputs, "attentions", None)
    padded = inputs["input_ids"].shape[1]
    if not layers or any(layer is None or layer.shape[::2] != (1, padded) or layer.shape[3] != padded for layer in layers):
        raise InputError(
            f"{type(model).__name__} gave no attention weights of shape (1, heads, {padded}, {padded}). "
            "Use a model of the BERT family."
        )
    kept = inputs["attention_mask"][0].bool().cpu()
    weights = torch.cat([layer.float().cpu() for layer in layers])[:, :, kept][:, :, :, kept]
    tokens = tokenizer.convert_ids_to_tokens(inputs["input_ids"][0][kept.to(inputs["input_ids"].device)].tolist())
    return Attention(tuple(tokens), weights.clone())


@contextmanager
def _plain_attention(model: nn.Module) -> Iterator[None]:
    """The model with eager attention and dropout off, and afterwards as it was."""
    training = model.training
    before = model.config._attn_implementation if isinstance(model, PreTrainedModel) else None
    try:
        model.eval()
        if before is not None:
            model.set_attn_implementation("eager")
        yield
    finally:
        model.train(training)
        if before is not None:
            model.set_attn_implementation(before)
