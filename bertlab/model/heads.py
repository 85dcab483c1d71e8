"""What stands on the encoder: the pooler and the masked-LM head. (The other heads are one linear map each.)"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.model.config import BertConfig
from bertlab.model.encoder import DenseGelu
from bertlab.model.losses import IGNORED, check_shape, cross_entropy


class Pooler(nn.Module):
    """tanh(h_[CLS] W + b), one vector for the whole sequence (google-research/bert, modeling.py; the paper's C is h_[CLS])."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden_states: Float[Tensor, "batch n D"]) -> Float[Tensor, "batch D"]:
        """(B, n, D) -> (B, D), from the first token alone."""
        return self.dense(hidden_states[:, 0]).tanh()


class Transform(DenseGelu):
    """LayerNorm(GELU(x W + b)): what the masked-LM head does before it compares with the words."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config.hidden_size, config)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, x: Float[Tensor, "*selected D"]) -> Float[Tensor, "*selected D"]:
        """(..., D) -> (..., D)."""
        return self.LayerNorm(super().forward(x))


class MaskedLMHead(nn.Module):
    """Scores for every word of the vocabulary: dense, GELU, LayerNorm, then the word embeddings once more, plus a bias.

    The decoder *is* the embedding table (google-research/bert, run_pretraining.py), handed in on each call: there is
    one matrix, and freezing the embeddings freezes the decoder.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.transform = Transform(config)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(
        self, hidden_states: Float[Tensor, "*selected D"], word_embeddings: Float[Tensor, "vocab D"]
    ) -> Float[Tensor, "*selected vocab"]:
        """(..., D) -> (..., V), for all positions or for those that the caller picked."""
        return F.linear(self.transform(hidden_states), word_embeddings, self.bias)  # (..., V)

    def words_and_loss(
        self,
        hidden_states: Float[Tensor, "batch n D"],
        word_embeddings: Float[Tensor, "vocab D"],
        labels: Int[Tensor, "batch n"] | None,
        masked_only: bool,
    ) -> tuple[Float[Tensor, "*selected vocab"], Float[Tensor, ""] | None]:
        """Logits and loss: of every position, (B, n, V), or of those that have a label, (masked, V): far less work."""
        if masked_only and labels is None:
            raise InputError("masked_only=True picks the positions that have a label; expected labels as well.")
        if labels is None:
            return self(hidden_states, word_embeddings), None
        check_shape(labels, hidden_states.shape[:2])
        if masked_only:
            picked = labels != IGNORED
            hidden_states, labels = hidden_states[picked], labels[picked]  # (masked, D), (masked,)
        logits = self(hidden_states, word_embeddings)
        return logits, cross_entropy(logits, labels)


def init_weights(module: nn.Module, config: BertConfig) -> None:
    """Weights from N(0, initializer_range²), biases 0, LayerNorm 1 and 0, the [PAD] row 0; in place."""
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Embedding):
            nn.init.normal_(part.weight, std=config.initializer_range)
        if isinstance(part, nn.Embedding) and part.padding_idx is not None:
            nn.init.zeros_(part.weight[part.padding_idx].detach())
        if isinstance(part, nn.LayerNorm):
            part.reset_parameters()
        if isinstance(part, nn.Linear | MaskedLMHead):
            nn.init.zeros_(part.bias)
