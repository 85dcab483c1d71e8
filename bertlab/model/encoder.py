"""The encoder: attention, then a feed-forward net, each wrapped as LayerNorm(x + f(x)); L times over."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from bertlab.model.attention import SelfAttention
from bertlab.model.config import GELUS, BertConfig
from bertlab.model.output import ModelOutput
from bertlab.model.packed import Sequences

Weights = Float[Tensor, "batch h n n"]
Mask = Float[Tensor, "#batch 1 #n n"] | Sequences | None
"""What may be read: numbers to add to the scores, or which tokens are of one sequence where several are laid end to end."""


class AddNorm(nn.Module):
    """LayerNorm(residual + Dropout(x W + b)): post-norm (Vaswani et al. 2017, section 3.1 and 5.4)."""

    def __init__(self, in_size: int, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(in_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self, x: Float[Tensor, "batch n inner"], residual: Float[Tensor, "batch n D"]
    ) -> Float[Tensor, "batch n D"]:
        """(B, n, inner) and the (B, n, D) that went around it -> (B, n, D)."""
        return self.LayerNorm(residual + self.dropout(self.dense(x)))


class DenseGelu(nn.Module):
    """GELU(x W + b), GELU(x) = x Φ(x) (Hendrycks and Gimpel 2016): exact, with erf, or approximated by tanh."""

    def __init__(self, out_size: int, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, out_size)
        self.approximate = GELUS[config.hidden_act]

    def forward(self, x: Float[Tensor, "*batch D"]) -> Float[Tensor, "*batch inner"]:
        """(..., D) -> (..., inner)."""
        return F.gelu(self.dense(x), approximate=self.approximate)


class Attention(nn.Module):
    """Multi-head attention and what is added and normalised after it."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.self = SelfAttention(config)
        self.output = AddNorm(config.hidden_size, config)  # its dense is W^O

    def forward(
        self,
        hidden_states: Float[Tensor, "batch n D"],
        mask: Mask = None,
        with_weights: bool = False,
    ) -> tuple[Float[Tensor, "batch n D"], Weights | None, Weights | None]:
        """The sublayer's output, the attention weights and the scores; see SelfAttention."""
        context, weights, scores = self.self(hidden_states, mask, with_weights)
        return self.output(context, hidden_states), weights, scores


class EncoderLayer(nn.Module):
    """One Transformer block. The names of its parts are the checkpoints' names: attention, intermediate, output."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.intermediate = DenseGelu(config.intermediate_size, config)
        self.output = AddNorm(config.intermediate_size, config)

    def forward(
        self,
        hidden_states: Float[Tensor, "batch n D"],
        mask: Mask = None,
        with_weights: bool = False,
    ) -> tuple[Float[Tensor, "batch n D"], Weights | None, Weights | None]:
        """h^(l) from h^(l-1), the attention weights and the scores; see SelfAttention."""
        attended, weights, scores = self.attention(hidden_states, mask, with_weights)  # (B, n, D)
        inner = self.intermediate(attended)  # (B, n, 4D)
        return self.output(inner, attended), weights, scores


class Encoder(nn.Module):
    """The stack of L layers."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(EncoderLayer(config) for _ in range(config.num_hidden_layers))

    def forward(
        self,
        hidden_states: Float[Tensor, "batch n D"],
        mask: Mask = None,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
        output_attention_scores: bool = False,
    ) -> ModelOutput:
        """`last_hidden_state`, and where asked for: L + 1 hidden states (h0 first), L attentions, L scores."""
        with_weights = output_attentions or output_attention_scores
        states, attentions, all_scores = [hidden_states], [], []
        for layer in self.layer:
            hidden_states, weights, scores = layer(hidden_states, mask, with_weights)
            if output_hidden_states:
                states.append(hidden_states)
            attentions.append(weights)
            all_scores.append(scores)
        return ModelOutput(
            last_hidden_state=hidden_states,
            hidden_states=tuple(states) if output_hidden_states else None,
            attentions=tuple(attentions) if output_attentions else None,
            attention_scores=tuple(all_scores) if output_attention_scores else None,
        )
