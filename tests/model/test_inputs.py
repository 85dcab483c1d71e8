"""What the model refuses, and what it says."""

from dataclasses import replace

import pytest
import torch

from bertlab.errors import InputError
from bertlab.model import BertConfig, BertForSequenceClassification, BertModel
from tests.model.parity import SMALL, batch, small

IDS = torch.tensor([[1, 2, 3]])


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({"input_ids": torch.tensor([[1, 99]])}, "input_ids reach from 1 to 99; expected 0 to 98"),
        ({"input_ids": torch.tensor([[-1, 5]])}, "input_ids reach from -1 to 5"),
        ({"input_ids": IDS, "token_type_ids": torch.tensor([[0, 1, 2]])}, "token_type_ids reach from 0 to 2"),
        ({"input_ids": IDS, "position_ids": torch.tensor([[38, 39, 40]])}, "position_ids reach from 38 to 40"),
        ({"input_ids": torch.ones(1, 41, dtype=torch.long)}, "41 tokens; expected 1 to 40"),
        ({"input_ids": torch.ones(2, 0, dtype=torch.long)}, "0 tokens"),
        ({"input_ids": torch.tensor([1, 2])}, r"shape \(2,\); expected .* \(batch, tokens\)"),
        ({"input_ids": torch.rand(1, 3)}, "input_ids is torch.float32"),
        ({"input_ids": IDS, "token_type_ids": torch.zeros(1, 2, dtype=torch.long)}, r"token_type_ids .* shape \(1, 2\)"),
        ({}, "either input_ids or inputs_embeds"),
        ({"input_ids": IDS, "inputs_embeds": torch.rand(1, 3, 32)}, "either input_ids or inputs_embeds"),
        ({"input_ids": IDS, "attention_mask": torch.ones(3, dtype=torch.long)}, r"attention_mask .* shape \(1, 3\)"),
        ({"input_ids": IDS, "attention_mask": torch.ones(1, 4, dtype=torch.long)}, r"attention_mask .* shape \(1, 3\)"),
        ({"input_ids": IDS, "attention_mask": torch.zeros(1, 1, 1, 3)}, "attention_mask is torch.float32"),
        ({"input_ids": IDS, "attention_mask": torch.ones(1, 3)}, "attention_mask is torch.float32"),
    ],
)
def test_inputs(inputs, says):
    with pytest.raises(InputError, match=says):
        small()(**inputs)


def test_ids_of_another_type_and_masks_of_another_type_that_serve():
    model = small()
    wanted = model(IDS, attention_mask=torch.tensor([[1, 1, 0]])).last_hidden_state
    other = model(IDS.int(), attention_mask=torch.tensor([[True, True, False]])).last_hidden_state
    assert torch.equal(wanted, other)


def test_a_row_without_any_token_gives_numbers():
    mask = torch.tensor([[1, 1, 1], [0, 0, 0]])
    for asked in (False, True):
        output = small()(IDS.expand(2, 3), attention_mask=mask, output_attentions=asked)
        assert output.last_hidden_state.isfinite().all()


@pytest.mark.parametrize(
    ("task", "labels", "says"),
    [
        ("BertForSequenceClassification", {"labels": torch.tensor([0, 3, 1])}, "label 3 is out of range; expected 0 to 2"),
        ("BertForSequenceClassification", {"labels": torch.tensor([0, 1])}, r"shape \(2,\); expected \(3,\)"),
        ("BertForSequenceClassification", {"labels": torch.rand(3)}, r"shape \(3,\); expected \(3, 3\)"),
        ("BertForTokenClassification", {"labels": torch.zeros(3, 5, dtype=torch.long)}, r"expected \(3, 17\)"),
        ("BertForMaskedLM", {"labels": torch.full((3, 17), -1)}, "label -1 is out of range"),
        ("BertForPreTraining", {"labels": torch.ones(3, 5).long(), "masked_only": True}, r"expected \(3, 17\)"),
        ("BertForMaskedLM", {"labels": None, "masked_only": True}, "expected labels as well"),
        ("BertForQuestionAnswering", {"end_positions": None}, "start_positions and end_positions together"),
    ],
)
def test_labels(task, labels, says):
    with pytest.raises(InputError, match=says):
        small(task)(**(batch(task) | labels))


def test_a_regression_with_too_few_numbers():
    model = small("BertForSequenceClassification", num_labels=1)
    with pytest.raises(InputError, match=r"expected \(3,\)"):
        model(**(batch("BertForSequenceClassification") | {"labels": torch.rand(2)}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"hidden_size": 30}, "hidden_size 30 cannot be cut into num_attention_heads 4"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0; expected at least 1"),
        ({"hidden_dropout_prob": 1.0}, "hidden_dropout_prob is 1.0; expected a probability"),
        ({"classifier_dropout": -0.1}, "classifier_dropout is -0.1"),
        ({"hidden_act": "relu"}, "hidden_act is 'relu'; expected one of gelu"),
        ({"pad_token_id": 99}, "pad_token_id 99 is outside the vocabulary of 99"),
        ({"id2label": {0: "neg", 1: "pos"}}, "num_labels 3"),
    ],
)
def test_configs(change, says):
    with pytest.raises(InputError, match=says):
        replace(SMALL, **change)


def test_labels_without_names_are_numbered_and_follow_their_number():
    assert SMALL.id2label == {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
    assert replace(SMALL, num_labels=1).id2label == {0: "LABEL_0"}


def test_config_to_transformers_and_back():
    config = replace(SMALL, id2label={0: "NEG", 1: "MIXED", 2: "POS"}, classifier_dropout=0.3, hidden_act="gelu_new")
    theirs = config.to_hf()
    assert theirs.num_labels == 3 and theirs.label2id["POS"] == 2
    assert BertConfig.from_hf(theirs) == BertConfig.from_hf(theirs.to_dict()) == config
    assert BertConfig.from_hf(theirs, num_labels=2).id2label == {0: "LABEL_0", 1: "LABEL_1"}


@pytest.mark.parametrize(
    "change", [{"model_type": "roberta"}, {"is_decoder": True}, {"position_embedding_type": "relative_key"}]
)
def test_configs_of_what_is_not_built_here(change):
    with pytest.raises(InputError, match=f"the config says {next(iter(change))}"):
        BertConfig.from_hf(SMALL.to_dict() | change)


def test_bert_base_has_the_published_number_of_parameters():
    with torch.device("meta"):
        base = BertModel(BertConfig())
    assert sum(parameter.numel() for parameter in base.parameters()) == 109_482_240


def test_fresh_weights_have_the_published_spread():
    torch.manual_seed(0)
    model = BertForSequenceClassification(replace(SMALL, initializer_range=0.02, hidden_size=256))
    assert abs(model.bert.embeddings.word_embeddings.weight[1:].std() - 0.02) < 1e-3
    assert model.bert.embeddings.word_embeddings.weight[0].eq(0).all()
    assert model.bert.encoder.layer[2].intermediate.dense.bias.eq(0).all() and model.classifier.bias.eq(0).all()
    assert model.bert.encoder.layer[0].output.LayerNorm.weight.eq(1).all()
