"""Published weights in and out again, and the files that are refused."""

import json

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import bertlab.model
from bertlab.errors import SourceError
from bertlab.model import BertConfig, load_checkpoint, save_checkpoint
from bertlab.model.checkpoint import current_names
from tests.model.parity import TASKS, minilm_folder, reference, small


def _same(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture
def pretrained(tmp_path):
    """A pretraining checkpoint: encoder, pooler and both heads."""
    save_checkpoint(small("BertForPreTraining", num_labels=2), tmp_path)
    return tmp_path


@pytest.fixture
def rewrite(pretrained):
    """Changes the tensors or the config of `pretrained`."""

    def change(tensors=None, **config):
        path = pretrained / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | config))
        if tensors is not None:
            old = load_file(pretrained / "model.safetensors")
            save_file({name: tensor.clone() for name, tensor in tensors(old).items()}, pretrained / "model.safetensors")
        return pretrained

    return change


@pytest.mark.parametrize("task", TASKS)
def test_bit_identical_through_both_libraries(task, tmp_path):
    theirs = reference(small(task))
    theirs.save_pretrained(tmp_path / "theirs")
    ours = load_checkpoint(tmp_path / "theirs")
    assert type(ours) is getattr(bertlab.model, task) and not ours.training
    save_checkpoint(ours, tmp_path / "ours")
    again, report = type(theirs).from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert _same(theirs.state_dict(), again.state_dict())
    assert _same(load_file(tmp_path / "theirs/model.safetensors"), load_file(tmp_path / "ours/model.safetensors"))
    assert BertConfig.from_hf(again.config) == ours.config
    assert sorted(path.name for path in (tmp_path / "ours").iterdir()) == ["config.json", "model.safetensors"]


def test_minilm_is_bit_identical_too(tmp_path):
    theirs = transformers.BertModel.from_pretrained(minilm_folder())
    save_checkpoint(load_checkpoint("minilm"), tmp_path)
    assert _same(theirs.state_dict(), transformers.BertModel.from_pretrained(tmp_path).state_dict())


def test_legacy_names(rewrite):
    def as_once_published(tensors):
        old = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
            for name, tensor in tensors.items()
        }
        old["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"]
        old["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"]
        old["bert.embeddings.position_ids"] = torch.arange(40)[None]
        return old

    wanted = load_checkpoint(rewrite())
    assert _same(load_checkpoint(rewrite(as_once_published)).state_dict(), wanted.state_dict())


def test_one_checkpoint_serves_with_or_without_its_heads(pretrained):
    whole = load_checkpoint(pretrained).bert.state_dict()
    encoder = load_checkpoint(pretrained, bertlab.model.BertModel)
    assert _same(encoder.state_dict(), whole)
    save_checkpoint(encoder, pretrained / "encoder")  # names without "bert."
    classifier = load_checkpoint(
        pretrained / "encoder", bertlab.model.BertForSequenceClassification, new_head=True, num_labels=5
    )
    assert _same(classifier.bert.state_dict(), whole)
    assert classifier.classifier.weight.shape == (5, 32) and classifier.classifier.bias.eq(0).all()


@pytest.mark.parametrize("task", TASKS[1:])
def test_a_new_head_is_asked_for_and_then_drawn_afresh(task, tmp_path):
    save_checkpoint(small("BertModel", num_labels=2, initializer_range=0.02), tmp_path)
    with pytest.raises(SourceError, match=r"is missing.*pass new_head=True"):
        load_checkpoint(tmp_path, getattr(bertlab.model, task))
    model = load_checkpoint(tmp_path, getattr(bertlab.model, task), new_head=True)
    for name, tensor in model.named_parameters():
        if not name.startswith("bert."):
            wanted = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            assert tensor.eq(wanted).all() if tensor.ndim == 1 else 0.01 < tensor.std() < 0.03, name


def test_other_labels_need_a_new_head(tmp_path):
    save_checkpoint(small("BertForSequenceClassification"), tmp_path)
    with pytest.raises(SourceError, match=r"classifier.weight has shape \(3, 32\), expected \(2, 32\)"):
        load_checkpoint(tmp_path, num_labels=2)
    assert load_checkpoint(tmp_path, num_labels=2, new_head=True).classifier.out_features == 2


def test_half_precision_files_load_as_float32_unless_asked(tmp_path):
    half = small().to(torch.bfloat16)
    save_checkpoint(half, tmp_path)
    assert load_checkpoint(tmp_path).embeddings.word_embeddings.weight.dtype == torch.float32
    assert _same(load_checkpoint(tmp_path, dtype=torch.bfloat16).state_dict(), half.state_dict())


def _without(tensors):
    return {name: tensor for name, tensor in tensors.items() if "layer.1.output.dense" not in name}


@pytest.mark.parametrize("new_head", [False, True])
@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        (_without, "layer.1.output.dense.weight is missing; bert.encoder.layer.1.output.dense.bias is missing"),
        (lambda tensors: tensors | {"bert.adapter.weight": torch.ones(2)}, "bert.adapter.weight is unexpected"),
        (lambda tensors: tensors | {"bert.embeddings.LayerNorm.bias": torch.ones(31)}, r"shape \(31,\), expected \(32,\)"),
        (lambda tensors: tensors | {"cls.predictions.decoder.weight": torch.ones(99, 32)}, "decoder is not tied"),
    ],
)
def test_tensors_that_do_not_fit(rewrite, tensors, says, new_head):
    with pytest.raises(SourceError, match=says):
        load_checkpoint(rewrite(tensors), new_head=new_head)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"model_type": "roberta"}, "model_type='roberta'"),
        ({"is_decoder": True}, "is_decoder=True"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings=False"),
        ({"architectures": ["BertForMultipleChoice"]}, "holds a BertForMultipleChoice; name the class"),
        ({"hidden_size": "wide"}, "config.json of a BERT"),
        ({"num_hidden_layers": 2}, "layer.2.attention.self.query.weight is unexpected"),
    ],
)
def test_another_architecture(rewrite, config, says):
    with pytest.raises(SourceError, match=says):
        load_checkpoint(rewrite(**config))


def test_files_that_cannot_be_read(pretrained, tmp_path):
    weights = pretrained / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(SourceError, match="safetensors"):
        load_checkpoint(pretrained)
    weights.unlink()
    (pretrained / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(SourceError, match="safetensors"):
        load_checkpoint(pretrained)


def test_a_broken_save_leaves_the_old_checkpoint_whole(pretrained, monkeypatch):
    before = load_checkpoint(pretrained)

    def disk_full(path, data):
        with open(path, "wb") as file:
            file.write(data[:100])
        raise OSError("No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", disk_full)
    with pytest.raises(OSError, match="No space"):
        save_checkpoint(small("BertForPreTraining"), pretrained)
    assert sorted(path.name for path in pretrained.iterdir()) == ["config.json", "model.safetensors"]
    assert _same(load_checkpoint(pretrained).state_dict(), before.state_dict())


def test_names_of_today_are_left_alone():
    tensors = small("BertForPreTraining").state_dict()
    assert list(current_names(tensors)) == list(tensors)
