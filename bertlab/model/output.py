"""What a forward pass returns: the fields' names are Hugging Face's, so code written for either reads both."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from jaxtyping import Float
from torch import Tensor


@dataclass
class ModelOutput:
    """The fields that a model fills; the others are None. `output[0]` and `output["logits"]` work as well."""

    loss: Float[Tensor, ""] | None = None
    logits: Float[Tensor, "*positions classes"] | None = None
    prediction_logits: Float[Tensor, "*positions vocab"] | None = None
    seq_relationship_logits: Float[Tensor, "batch 2"] | None = None
    start_logits: Float[Tensor, "batch n"] | None = None
    end_logits: Float[Tensor, "batch n"] | None = None
    last_hidden_state: Float[Tensor, "batch n D"] | None = None
    pooler_output: Float[Tensor, "batch D"] | None = None
    hidden_states: tuple[Float[Tensor, "batch n D"], ...] | None = None  # h0 ... hL
    attentions: tuple[Float[Tensor, "batch h n n"], ...] | None = None  # one a layer, rows sum to 1
    attention_scores: tuple[Float[Tensor, "batch h n n"], ...] | None = None  # softmax of these gives attentions

    def for_task(self, **filled: Any) -> "ModelOutput":
        """A task model's output: this encoder's per-layer tensors, and the fields named here."""
        return replace(self, last_hidden_state=None, pooler_output=None, **filled)

    def keys(self) -> list[str]:
        """Names of the fields that are filled."""
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]

    def to_tuple(self) -> tuple[Any, ...]:
        """The filled fields in order."""
        return tuple(getattr(self, name) for name in self.keys())

    def __getitem__(self, key: str | int | slice) -> Any:
        return getattr(self, key) if isinstance(key, str) else self.to_tuple()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())
