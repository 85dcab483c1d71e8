"""The input: h0 = LayerNorm(E + P + S), three tables added up (Devlin et al. 2018, section 3, figure 2)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.model.config import BertConfig


class Embeddings(nn.Module):
    """Word + position + segment, then LayerNorm and dropout (the paper's figure leaves these two out)."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        D = config.hidden_size
        # padding_idx: the [PAD] row starts at 0 and receives no gradient from the input side.
        self.word_embeddings = nn.Embedding(config.vocab_size, D, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, D)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, D)
        self.LayerNorm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(
        self,
        input_ids: Int[Tensor, "batch n"] | None = None,
        token_type_ids: Int[Tensor, "#batch n"] | None = None,
        position_ids: Int[Tensor, "#batch n"] | None = None,
        inputs_embeds: Float[Tensor, "batch n D"] | None = None,
    ) -> Float[Tensor, "batch n D"]:
        """h0 of a batch; without `token_type_ids` all is segment 0, without `position_ids` they count from 0.

        `inputs_embeds` stands in for the looked-up words where a gradient or a mixture of words is wanted. Raises
        InputError for ids outside their table and, without `position_ids`, for more tokens than there are positions.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise InputError("expected either input_ids or inputs_embeds, and not both.")
        shape = inputs_embeds.shape[:-1] if input_ids is None else input_ids.shape  # (B, n)
        n = shape[-1]
        if n < 1 or position_ids is None and n > self.position_embeddings.num_embeddings:
            raise InputError(
                f"the sequence has {n} tokens; expected 1 to {self.position_embeddings.num_embeddings}, one position "
                "embedding each. Truncate: tokenizer(..., truncation=True)."
            )
        if inputs_embeds is None:
            inputs_embeds = _look_up("input_ids", input_ids, self.word_embeddings, shape)  # E: (B, n, D)
        if token_type_ids is None:
            token_type_ids = torch.zeros(1, n, dtype=torch.long, device=inputs_embeds.device)
        if position_ids is None:
            position_ids = torch.arange(n, device=inputs_embeds.device).unsqueeze(0)
        segments = _look_up("token_type_ids", token_type_ids, self.token_type_embeddings, shape)  # S: (B or 1, n, D)
        positions = _look_up("position_ids", position_ids, self.position_embeddings, shape)  # P: (B or 1, n, D)
        return self.dropout(self.LayerNorm(inputs_embeds + segments + positions))  # (B, n, D)


def _look_up(
    name: str, ids: Int[Tensor, "rows n"], table: nn.Embedding, shape: tuple[int, ...]
) -> Float[Tensor, "rows n D"]:
    fits = len(shape) == 2 and ids.shape in (shape, (1, shape[1]))
    if not fits or ids.dtype not in (torch.int64, torch.int32):
        raise InputError(
            f"{name} is {ids.dtype} of shape {tuple(ids.shape)}; expected whole numbers of shape "
            f"{tuple(shape) if len(shape) == 2 else '(batch, tokens)'}, as from tokenizer(texts, padding=True, "
            'return_tensors="pt").'
        )
    # Reading values back from a GPU would stall it, and inside torch.compile there are none to read.
    if ids.device.type == "cpu" and not torch.compiler.is_compiling() and ids.numel():
        low, high = (int(end) for end in torch.aminmax(ids))
        if low < 0 or high >= table.num_embeddings:
            raise InputError(
                f"{name} reach from {low} to {high}; expected 0 to {table.num_embeddings - 1}. "
                "Does the tokenizer belong to this model?"
            )
    return table(ids)
