"""BERT (Devlin et al. 2018): the encoder, and the encoder under each of the paper's tasks.

Every forward takes Hugging Face's keyword names, so `model(**batch).loss` trains any of them.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor, nn

from bertlab.errors import InputError
from bertlab.model.attention import additive_mask
from bertlab.model.config import BertConfig
from bertlab.model.embeddings import Embeddings
from bertlab.model.encoder import Encoder
from bertlab.model.heads import MaskedLMHead, Pooler, init_weights
from bertlab.model.losses import classification_loss, cross_entropy, span_loss
from bertlab.model.output import ModelOutput
from bertlab.model.packed import sequences_of

Ids = Int[Tensor, "batch n"]
Mask = Int[Tensor, "batch n"] | Bool[Tensor, "batch n"]


class BertModel(nn.Module):
    """Embeddings, encoder and (unless told otherwise) the pooler."""

    def __init__(self, config: BertConfig, add_pooling_layer: bool = True) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.encoder = Encoder(config)
        self.pooler = Pooler(config) if add_pooling_layer else None
        init_weights(self, config)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embeddings.word_embeddings.weight.device

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        position_ids: Int[Tensor, "#batch n"] | None = None,
        inputs_embeds: Float[Tensor, "batch n D"] | None = None,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
        output_attention_scores: bool = False,
        cu_seqlens: Int[Tensor, " ends"] | None = None,
        max_seqlen: int | None = None,
    ) -> ModelOutput:
        """`last_hidden_state` (B, n, D), `pooler_output` (B, D), and on request every layer's states and attentions.

        `attention_mask`: 1 for a token, 0 for padding; without it every token counts. `token_type_ids`: 0 for the
        first sentence, 1 for the second. Raises InputError for what the tables or the mask cannot take.

        With `cu_seqlens`, (S + 1,) int32, the tokens are S sequences laid end to end in one row, (1, T), without padding
        and without a mask (`bertlab.data.packing.pack`): each reads itself alone, its positions count from 0, and
        `pooler_output` is (S, D). `max_seqlen`: the longest one's tokens.
        """
        given, sequences = inputs_embeds if input_ids is None else input_ids, None
        if cu_seqlens is not None and given is not None:
            if attention_mask is not None:
                raise InputError("expected attention_mask or cu_seqlens, not both: packed sequences have no padding.")
            sequences = sequences_of(cu_seqlens, max_seqlen, given.shape)
            if position_ids is None:
                position_ids = sequences.position_ids(given.shape[1])
        h0 = self.embeddings(input_ids, token_type_ids, position_ids, inputs_embeds)  # (B, n, D)
        mask = sequences or additive_mask(attention_mask, like=h0)  # (B, 1, 1, n)
        output = self.encoder(h0, mask, output_hidden_states, output_attentions, output_attention_scores)
        if self.pooler is not None:
            hidden_states = output.last_hidden_state
            if sequences is not None:
                hidden_states = hidden_states[0, sequences.first].unsqueeze(1)  # (S, 1, D): each one's [CLS]
            output.pooler_output = self.pooler(hidden_states)  # (B, D)
        return output


class _TaskModel(nn.Module):
    """What the task models share: the encoder, under the name that checkpoints give it.

    In their signatures **inputs are BertModel's other keywords: position_ids, output_attentions and so on.
    """

    def __init__(self, config: BertConfig, add_pooling_layer: bool) -> None:
        super().__init__()
        self.config = config
        self.bert = BertModel(config, add_pooling_layer)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.bert.device


class BertForPreTraining(_TaskModel):
    """Both objectives of the paper's section 3.1: masked words, and whether sentence B follows sentence A."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config, add_pooling_layer=True)
        heads = {"predictions": MaskedLMHead(config), "seq_relationship": nn.Linear(config.hidden_size, 2)}
        self.cls = nn.ModuleDict(heads)
        init_weights(self.cls, config)

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        *,
        labels: Ids | None = None,
        next_sentence_label: Int[Tensor, "*batch"] | None = None,
        masked_only: bool = False,
        **inputs: Any,
    ) -> ModelOutput:
        """`prediction_logits` (B, n, V), `seq_relationship_logits` (B, 2); `loss` adds up the objectives with labels.

        `labels`: the word's id where one was masked, -100 elsewhere. `next_sentence_label`: 0 where B follows A, 1
        where it does not. With `masked_only` the first logits are (masked, V), in the order of `labels != -100`.
        """
        encoded = self.bert(input_ids, attention_mask, token_type_ids, **inputs)
        table = self.bert.embeddings.word_embeddings.weight
        words, words_loss = self.cls.predictions.words_and_loss(encoded.last_hidden_state, table, labels, masked_only)
        follows = self.cls.seq_relationship(encoded.pooler_output)  # (B, 2)
        losses = [] if words_loss is None else [words_loss]
        if next_sentence_label is not None:
            losses.append(cross_entropy(follows, next_sentence_label.reshape(-1)))
        loss = sum(losses) if losses else None
        return encoded.for_task(loss=loss, prediction_logits=words, seq_relationship_logits=follows)


class BertForMaskedLM(_TaskModel):
    """The first objective alone (section 3.1, task 1)."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config, add_pooling_layer=False)
        self.cls = nn.ModuleDict({"predictions": MaskedLMHead(config)})
        init_weights(self.cls, config)

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        *,
        labels: Ids | None = None,
        masked_only: bool = False,
        **inputs: Any,
    ) -> ModelOutput:
        """`logits` (B, n, V), or (masked, V) with `masked_only`; `labels` as in BertForPreTraining."""
        encoded = self.bert(input_ids, attention_mask, token_type_ids, **inputs)
        table = self.bert.embeddings.word_embeddings.weight
        logits, loss = self.cls.predictions.words_and_loss(encoded.last_hidden_state, table, labels, masked_only)
        return encoded.for_task(loss=loss, logits=logits)


class BertForSequenceClassification(_TaskModel):
    """One label for a sentence or a pair, from the pooled [CLS] (section 4.1)."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config, add_pooling_layer=True)
        self.dropout = nn.Dropout(config.head_dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        init_weights(self.classifier, config)

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        *,
        labels: Num[Tensor, "*labels"] | None = None,
        **inputs: Any,
    ) -> ModelOutput:
        """`logits` (B, num_labels). `labels` (B,): classes; for one class, numbers; or (B, num_labels) floats, 0 or 1."""
        encoded = self.bert(input_ids, attention_mask, token_type_ids, **inputs)
        logits = self.classifier(self.dropout(encoded.pooler_output))  # (B, C)
        loss = None if labels is None else classification_loss(logits, labels)
        return encoded.for_task(loss=loss, logits=logits)


class BertForTokenClassification(_TaskModel):
    """A label for every token, such as the name it is part of (section 5.3)."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.head_dropout)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        init_weights(self.classifier, config)

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        *,
        labels: Ids | None = None,
        **inputs: Any,
    ) -> ModelOutput:
        """`logits` (B, n, num_labels); `labels` (B, n), -100 where a token has none."""
        encoded = self.bert(input_ids, attention_mask, token_type_ids, **inputs)
        logits = self.classifier(self.dropout(encoded.last_hidden_state))  # (B, n, C)
        loss = None if labels is None else cross_entropy(logits, labels)
        return encoded.for_task(loss=loss, logits=logits)


class BertForQuestionAnswering(_TaskModel):
    """Where in the second text the answer to the first begins and ends (section 4.2)."""

    def __init__(self, config: BertConfig) -> None:
        if config.num_labels != 2:  # else transformers could not load what is saved here
            raise InputError(f"num_labels is {config.num_labels}; expected 2 for the two ends of an answer.")
        super().__init__(config, add_pooling_layer=False)
        self.qa_outputs = nn.Linear(config.hidden_size, 2)  # the paper's S and E
        init_weights(self.qa_outputs, config)

    def forward(
        self,
        input_ids: Ids | None = None,
        attention_mask: Mask | None = None,
        token_type_ids: Ids | None = None,
        *,
        start_positions: Int[Tensor, "*batch"] | None = None,
        end_positions: Int[Tensor, "*batch"] | None = None,
        **inputs: Any,
    ) -> ModelOutput:
        """`start_logits` and `end_logits` (B, n); the positions are token numbers, (B,), n or more for no answer."""
        if inputs.get("cu_seqlens") is not None:
            raise InputError(
                "an answer is looked for among the tokens of one text; expected a padded batch, not a packed one."
            )
        encoded = self.bert(input_ids, attention_mask, token_type_ids, **inputs)
        start, end = self.qa_outputs(encoded.last_hidden_state).unbind(-1)  # (B, n) each
        if (start_positions is None) != (end_positions is None):
            raise InputError("expected start_positions and end_positions together.")
        loss = None if start_positions is None else span_loss(start, end, start_positions, end_positions)
        return encoded.for_task(loss=loss, start_logits=start, end_logits=end)
