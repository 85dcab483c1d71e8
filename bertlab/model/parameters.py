"""Which parameters train and which decay. Works on this package's models and on Hugging Face's BERTs alike."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from bertlab.errors import InputError


def parameter_groups(model: nn.Module, weight_decay: float = 0.01) -> list[dict[str, Any]]:
    """The trainable parameters as an optimizer's two groups: with decay, and without for biases and LayerNorm.

    Devlin et al. 2018, appendix A.2; google-research/bert, optimization.py. Biases and LayerNorm's scales are BERT's
    only vectors, so the number of dimensions tells them, whatever the modules are called.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trainable if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trainable if parameter.ndim <= 1], "weight_decay": 0.0},
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
