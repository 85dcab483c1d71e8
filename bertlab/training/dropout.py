"""Training without dropout: on the attention weights, which costs a CPU most, or without any."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from bertlab.errors import InputError


@contextmanager
def without_attention_dropout(model: nn.Module) -> Iterator[None]:
    """The model with no dropout on its attention weights, and afterwards as it was; all other dropout stays.

    On a CPU, dropout above 0 takes ``scaled_dot_product_attention`` off its fused path: the weights, (batch, heads, n, n)
    numbers a layer, are then written out and kept for the backward pass.

    Raises:
        InputError: for a model whose attention modules are not built as BERT's are.
    """
    # BERT, RoBERTa, ELECTRA and bertlab.model name the projection "query"; DistilBERT names it "q_lin".
    owners = [module for module in model.modules() if hasattr(module, "query") or hasattr(module, "q_lin")]
    dropouts = [owner.dropout for owner in owners if isinstance(getattr(owner, "dropout", None), nn.Dropout)]
    if not dropouts:
        raise InputError(
            f"{type(model).__name__} has no attention dropout that could be found. Set it in the model's config, and leave "
            "attention_dropout=True."
        )
    with _at_zero(dropouts):
        yield


@contextmanager
def without_dropout(model: nn.Module) -> Iterator[None]:
    """The model without any dropout, and afterwards as it was.

    Each dropout draws a random number for every hidden state, which a CPU takes a while for. What it costs in accuracy to
    leave it out stands beside the time in ``tests/benchmarks/speed.py``.
    """
    with _at_zero([module for module in model.modules() if isinstance(module, nn.Dropout)]):
        yield


@contextmanager
def _at_zero(dropouts: list[nn.Dropout]) -> Iterator[None]:
    before = [dropout.p for dropout in dropouts]
    try:
        for dropout in dropouts:
            dropout.p = 0.0
        yield
    finally:
        for dropout, p in zip(dropouts, before):
            dropout.p = p
