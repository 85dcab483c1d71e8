"""Which parameters train and which decay. Works on this package's models and on Hugging Face's BERTs alike."""

import re
from dataclasses import dataclass
from typing import Any

from torch import nn

from bertlab.errors import InputError


LAYER = re.compile(r"(?:^|\.)(?:encoder|transformer)\.layer\.(\d+)\.")
"""A layer's number in its parameters' names: "encoder.layer" here and at Hugging Face, "transformer.layer" in DistilBERT."""

_EMBEDDINGS = re.compile(r"(?:^|\.)\w*embeddings(?:_project)?\.")


def parameter_groups(model: nn.Module, weight_decay: float = 0.01, layer_decay: float = 1.0) -> list[dict[str, Any]]:
    """The trainable parameters as an optimizer's groups: two, with decay, and without for biases and LayerNorm.

    Devlin et al. 2018, appendix A.2; google-research/bert, optimization.py. Biases and LayerNorm's scales are BERT's
    only vectors, so the number of dimensions tells them, whatever the modules are called.

    With ``layer_decay`` below 1 there are two such groups for each of the rates of `rate_shares`, the lowest first, and each
    group has its ``"share"``. The last two are the head's, the pooler's and the top layer's, whose share is 1.
    """
    trainable = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    if layer_decay == 1:
        return _by_decay(list(trainable.values()), weight_decay)
    shares = rate_shares(model, layer_decay)
    return [
        group | {"share": share}
        for share in sorted({1.0, *shares.values()})
        for group in _by_decay([p for name, p in trainable.items() if shares[name] == share], weight_decay)
    ]


def rate_shares(model: nn.Module, layer_decay: float) -> dict[str, float]:
    """Each parameter's share of the peak learning rate, by name, when the rate decays from layer to layer.

    What lies lower is more general and is to change less (Sun et al. 2019, section 5.3.3): layer k of L, counted from 1 at
    the bottom, has ``layer_decay ** (L - k)``, and so the top layer 1. Heads and the pooler have 1 too, and the embeddings
    ``layer_decay ** L``; with them a masked-LM decoder that is tied to them.

    Raises:
        InputError: for a model without numbered layers, and a ``layer_decay`` that is not above 0 and at most 1.
    """
    if not 0 < layer_decay <= 1:
        raise InputError(f"layer_decay must be greater than 0 and at most 1, not {layer_decay!r}. Fine-tuning likes 0.95.")
    numbers = {name: int(match[1]) for name, _ in model.named_parameters() if (match := LAYER.search(name))}
    if not numbers:
        raise InputError(
            f"{type(model).__name__} has no layers that the rate could decay over: none under encoder.layer. Leave "
            "layer_decay at 1."
        )
    layers = 1 + max(numbers.values())
    shares = {}
    for name, _ in model.named_parameters():
        below = layers - 1 - numbers[name] if name in numbers else layers if _EMBEDDINGS.search(name) else 0
        shares[name] = float(layer_decay**below)
    return shares


def _by_decay(parameters: list[nn.Parameter], weight_decay: float) -> list[dict[str, Any]]:
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


@dataclass(frozen=True)
class Frozen:
    """What `freeze` left: numbers of parameters (a tied decoder is counted once), and what rests."""

    trainable: int
    total: int
    layers: int
    embeddings: bool
    tied_decoder: bool

    def __str__(self) -> str:
        parts = ["the embeddings"] * self.embeddings + [f"the first {self.layers} layers"] * bool(self.layers)
        text = f"{self.trainable:,} of {self.total:,} parameters train; frozen: {' and '.join(parts) or 'nothing'}"
        return text + self.tied_decoder * " (with them the masked-LM decoder, which is the same matrix)"


def freeze(model: nn.Module, layers: int = 0, embeddings: bool = True) -> Frozen:
    """Freeze the embeddings and the first `layers` encoder layers: no gradient, and no dropout either.

    Their dropout is set to 0, so that a later `model.train()` cannot wake it. The call states the whole: the other
    layers, and the embeddings with `embeddings=False`, train again with the dropout that they had. Heads are left
    alone. Raises InputError if the model has no BERT encoder, or fewer layers.
    """
    bert = getattr(model, "bert", model)
    if not hasattr(bert, "embeddings") or not hasattr(getattr(bert, "encoder", None), "layer"):
        raise InputError(f"{type(model).__name__} has no BERT encoder to freeze; expected a BertModel or one under .bert.")
    if not 0 <= layers <= len(bert.encoder.layer):
        raise InputError(f"layers={layers} cannot be frozen; the encoder has {len(bert.encoder.layer)}.")
    _rest(bert.embeddings, embeddings)
    for number, layer in enumerate(bert.encoder.layer):
        _rest(layer, number < layers)
    counts = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return Frozen(
        trainable=sum(size for size, trains in counts if trains),
        total=sum(size for size, _ in counts),
        layers=layers,
        embeddings=embeddings,
        tied_decoder=embeddings and hasattr(getattr(model, "cls", None), "predictions"),
    )


def _rest(part: nn.Module, frozen: bool) -> None:
    part.requires_grad_(not frozen)
    for dropout in part.modules():
        if isinstance(dropout, nn.Dropout):
            awake = getattr(dropout, "p_awake", dropout.p)
            dropout.p_awake, dropout.p = awake, 0.0 if frozen else awake
