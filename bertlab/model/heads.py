"""What stands on the encoder: the pooler, the masked-LM head, and the losses of the tasks."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.model.config import BertConfig
from bertlab.model.encoder import DenseGelu

IGNORED = -100
"""A label that counts for nothing: padding, pieces after the first of a word, tokens that were not masked."""


class Pooler(nn.Module):
    """tanh(h_[CLS] W + b): the paper's C (section 3), one vector for the whole sequence."""

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


def cross_entropy(
    logits: Float[Tensor, "*positions classes"], labels: Int[Tensor, "*positions"], ignore_index: int = IGNORED
) -> Float[Tensor, ""]:
    """Mean of -log p(label) over the labels that are not ignored; NaN where all are.

    Raises InputError for labels of another shape than the logits' or, on the CPU, outside their classes.
    """
    classes = logits.shape[-1]
    _check_shape(labels, logits.shape[:-1])
    if labels.device.type == "cpu" and not torch.compiler.is_compiling():
        wrong = labels[(labels != ignore_index) & ((labels < 0) | (labels >= classes))]
        if len(wrong):
            raise InputError(
                f"label {wrong[0]} is out of range; expected 0 to {classes - 1}, or {ignore_index} for none. "
                "Is num_labels right?"
            )
    return F.cross_entropy(logits.reshape(-1, classes), labels.reshape(-1), ignore_index=ignore_index)


def classification_loss(
    logits: Float[Tensor, "batch classes"], labels: Num[Tensor, "*labels"]
) -> Float[Tensor, ""]:
    """Hugging Face's rule: one class is a regression, whole-number labels are classes, others are yes/no for each."""
    if logits.shape[-1] == 1:
        _check_shape(labels.reshape(-1), logits.shape[:1])
        return F.mse_loss(logits.squeeze(-1), labels.reshape(-1).to(logits.dtype))
    if labels.is_floating_point():
        _check_shape(labels, logits.shape)
        return F.binary_cross_entropy_with_logits(logits, labels)
    return cross_entropy(logits, labels.reshape(-1).long())


def span_loss(
    start_logits: Float[Tensor, "batch n"],
    end_logits: Float[Tensor, "batch n"],
    start_positions: Int[Tensor, "batch"],
    end_positions: Int[Tensor, "batch"],
) -> Float[Tensor, ""]:
    """Mean of both ends' cross-entropies; an answer that was cut off (a position of n or more) is left out."""
    n = start_logits.shape[1]
    ends = ((start_logits, start_positions), (end_logits, end_positions))
    start_loss, end_loss = (cross_entropy(logits, at.reshape(-1).clamp(0, n), ignore_index=n) for logits, at in ends)
    return (start_loss + end_loss) / 2


def _check_shape(labels: Tensor, expected: torch.Size) -> None:
    if labels.shape != expected:
        raise InputError(f"labels have shape {tuple(labels.shape)}; expected {tuple(expected)}, to match the logits.")
