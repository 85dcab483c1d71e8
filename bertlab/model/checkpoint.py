"""Published weights in, published weights out: a config.json and a model.safetensors, key by key."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from bertlab.errors import SourceError
from bertlab.model import bert
from bertlab.model.config import BertConfig
from bertlab.model.heads import init_weights
from bertlab.sources import model_folder

Model = TypeVar("Model", bound=nn.Module)

MODELS: dict[str, type[nn.Module]] = {
    model.__name__: model
    for model in (
        bert.BertModel,
        bert.BertForPreTraining,
        bert.BertForMaskedLM,
        bert.BertForSequenceClassification,
        bert.BertForTokenClassification,
        bert.BertForQuestionAnswering,
    )
}
"""The name among a config.json's `architectures` -> the class."""

LEGACY_NAMES = (
    (r"\.gamma$", ".weight"),  # LayerNorm's scale, in checkpoints converted from TensorFlow
    (r"\.beta$", ".bias"),  # and its shift
    (r"^(?=(embeddings|encoder|pooler)\.)", "bert."),  # saved from a bare encoder
    (r"^bert\.embeddings\.(position_ids|token_type_ids)$", ""),  # constants, once stored: left out
    (r"^cls\.predictions\.decoder\.weight$", "bert.embeddings.word_embeddings.weight"),  # copies of what is tied
    (r"^cls\.predictions\.decoder\.bias$", "cls.predictions.bias"),
)
"""Names that checkpoints have carried (regular expressions) -> the names here; every row is tried, in this order."""

HEADS = r"(bert\.pooler|cls\.predictions|cls\.seq_relationship|classifier|qa_outputs)\."
"""How the names of all that is not embeddings or encoder begin."""


def load_checkpoint(
    source: str | Path,
    model_class: type[Model] | None = None,
    *,
    new_head: bool = False,
    dtype: torch.dtype = torch.float32,
    **changes: Any,
) -> Model:
    """The model of a folder, an alias ("minilm") or a Hub id, with its weights, in eval mode.

    `model_class`: the class that the checkpoint names, unless given. `new_head=True`: a head that the checkpoint lacks,
    or has in other shapes, starts from random weights; without it that is an error. Heads that only the checkpoint has
    are left out. `dtype`: the model's, whatever the file's. `changes`: config values to replace, such as `num_labels=3`.

    Raises SourceError for what is not a BERT or whose tensors do not fit (it lists them), InputError for bad `changes`.
    """
    folder = Path(source) if Path(source).is_dir() else model_folder(source)  # a folder needs no tokenizer here
    config, written_as = _read_config(folder, changes)
    if model_class is None and written_as not in MODELS:
        raise SourceError(f"{folder} holds a {written_as}; name the class to load, one of {', '.join(MODELS)}.")
    with torch.device("meta"):  # shapes only: random weights would be overwritten at once
        model = (model_class or MODELS[written_as])(config)
    model = model.to(dtype).to_empty(device="cpu")

    read, expected = current_names(_read_tensors(folder)), current_names(model.state_dict())
    misfits = _misfits(read, expected)
    new_parts = {head[1] for name in misfits if (head := re.match(HEADS, name))}
    if misfits and not (new_head and all(re.match(HEADS, name) for name in misfits)):
        hint = f" To begin {' and '.join(sorted(new_parts))} anew, pass new_head=True." if new_parts else ""
        listed = "; ".join(f"{name} {problem}" for name, problem in misfits.items())
        raise SourceError(f"{folder} does not fit {type(model).__name__}: {listed}.{hint}")
    for part in new_parts:
        owner = model if hasattr(model, "bert") else nn.ModuleDict({"bert": model})
        init_weights(owner.get_submodule(part), model.config)
    for name, parameter in expected.items():
        if not name.startswith(tuple(f"{part}." for part in new_parts)):
            parameter.copy_(read[name])
    return model.eval()


def save_checkpoint(model: nn.Module, folder: str | Path) -> None:
    """Write config.json and model.safetensors, which `load_checkpoint` and `transformers` load.

    Each file is written under another name and renamed, so that a broken run leaves the old one whole.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    about = {"architectures": [type(model).__name__], "dtype": str(next(model.parameters()).dtype).split(".")[1]}
    config = json.dumps(model.config.to_dict() | about, indent=2, ensure_ascii=False) + "\n"
    _write(folder / "model.safetensors", lambda path: path.write_bytes(save(tensors, metadata={"format": "pt"})))
    _write(folder / "config.json", lambda path: path.write_text(config, encoding="utf-8"))


def current_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under the names of a task model here, copies of tied ones merged.

    Raises SourceError where two tensors come to one name and differ: such a model cannot be tied.
    """
    renamed: dict[str, Tensor] = {}
    for old, tensor in tensors.items():
        name = old
        for pattern, replacement in LEGACY_NAMES:
            name = re.sub(pattern, replacement, name)
        if name in renamed and not torch.equal(renamed[name], tensor):
            raise SourceError(f"{old} differs from {name}, with which it is one here: this BERT's decoder is not tied.")
        if name:
            renamed[name] = tensor
    return renamed


def _misfits(read: dict[str, Tensor], expected: dict[str, Tensor]) -> dict[str, str]:
    """Name -> what is wrong with it. A head that is only in the file is no misfit."""
    extra = [name for name in read if name not in expected and not re.match(HEADS, name)]
    shapes = {name: (tuple(read[name].shape), tuple(expected[name].shape)) for name in expected if name in read}
    return (
        {name: "is missing" for name in expected if name not in read}
        | {name: "is unexpected" for name in extra}
        | {name: f"has shape {here}, expected {there}" for name, (here, there) in shapes.items() if here != there}
    )


def _read_config(folder: Path, changes: dict[str, Any]) -> tuple[BertConfig, str]:
    try:
        written = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        BertConfig.from_hf(written)
    except (OSError, ValueError, TypeError, AttributeError) as error:  # InputError and JSONDecodeError are ValueErrors
        raise SourceError(f"{folder} does not hold the config.json of a BERT: {error}") from error
    return BertConfig.from_hf(written, **changes), (written.get("architectures") or ["BertModel"])[0]


def _read_tensors(folder: Path) -> dict[str, Tensor]:
    path = folder / "model.safetensors"
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise SourceError(
            f"{folder} has no model.safetensors. A pytorch_model.bin is a pickle, which can run code and is not read; "
            "transformers' save_pretrained writes safetensors."
        ) from error
    except (OSError, SafetensorError) as error:
        raise SourceError(f"{path} cannot be read ({error}); is the file whole? Download it again.") from error


def _write(path: Path, write: Callable[[Path], Any]) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
