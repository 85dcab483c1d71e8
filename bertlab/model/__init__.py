"""BERT from scratch, to be read in this order: config, embeddings, attention, encoder, heads, bert; then checkpoint.

It loads published weights and gives the numbers of `transformers`, part by part (tests/model).
"""

from bertlab.model.bert import (
    BertForMaskedLM,
    BertForPreTraining,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)
from bertlab.model.checkpoint import load_checkpoint, save_checkpoint
from bertlab.model.config import BertConfig
from bertlab.model.output import ModelOutput
from bertlab.model.parameters import Frozen, freeze, parameter_groups

__all__ = [
    "BertConfig",
    "BertForMaskedLM",
    "BertForPreTraining",
    "BertForQuestionAnswering",
    "BertForSequenceClassification",
    "BertForTokenClassification",
    "BertModel",
    "Frozen",
    "ModelOutput",
    "freeze",
    "load_checkpoint",
    "parameter_groups",
    "save_checkpoint",
]
