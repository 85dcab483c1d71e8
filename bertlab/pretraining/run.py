"""The pretraining run: a recipe and a corpus in, a model out that `transformers` loads."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import ConcatDataset, DataLoader

from bertlab.errors import InputError, SourceError
from bertlab.model import BertForPreTraining
from bertlab.model.checkpoint import load_checkpoint, save_checkpoint
from bertlab.pretraining.batches import GROUP, PretrainingBatches
from bertlab.pretraining.corpus import Corpus
from bertlab.pretraining.recipes import Recipe
from bertlab.pretraining.start import sinusoids, word_vectors
from bertlab.training.checkpoints import Checkpoints
from bertlab.training.loop import History, Progress, train

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MANIFEST = "manifest.json"

AHEAD = GROUP
"""Batches that a worker process prepares ahead, so that making its next group of them keeps nobody waiting."""


@dataclass(frozen=True)
class Pretrained:
    """What a run has made: the model in evaluation mode, its tokenizer, how it went, and the recipe."""

    model: BertForPreTraining
    tokenizer: "PreTrainedTokenizerBase"
    history: History
    recipe: Recipe

    def save(self, folder: str | Path, about: Mapping[str, Any] | None = None) -> Path:
        """Write model.safetensors, config.json, the tokenizer's files and manifest.json, which comes last.

        The manifest holds the recipe, the steps, the loss over the last hundredth of them, what `about` says (in JSON's
        types), and each file's SHA-256; `check_pretrained` holds the files against it. Raises SourceError where the
        folder cannot be written.
        """
        folder = Path(folder)
        last = self.history.losses[-max(1, len(self.history.losses) // 100) :]
        try:
            save_checkpoint(self.model, folder)
            written = {"model.safetensors", "config.json", *(Path(name).name for name in self.tokenizer.save_pretrained(folder))}
            names = sorted(name for name in written if (folder / name).exists())
            manifest = {
                "recipe": asdict(self.recipe),
                "steps": len(self.history.losses),
                "training_loss": round(sum(last) / len(last), 4),
                "training_seconds": round(self.history.seconds),
                **(about or {}),
                "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names},
            }
            unfinished = folder / f".{MANIFEST}"
            unfinished.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(folder / MANIFEST)
        except OSError as error:
            raise SourceError(f"{folder} cannot be written: {error}. Make room, or name another folder.") from error
        return folder


def check_pretrained(folder: str | Path) -> dict[str, Any]:
    """The manifest of a saved run, after its files have been held against it. Raises SourceError where they differ."""
    folder = Path(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name, digest in manifest["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise SourceError(f"{folder / name} is not the file that {MANIFEST} names: pretrain again, or fetch it again.")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SourceError(f"{folder} is not a whole pretrained model: {error}. Pretrain again, or fetch it again.") from error
    return manifest


def new_model(recipe: Recipe, vocab_size: int) -> BertForPreTraining:
    """The recipe's model before it has seen any text: random weights, which its seed alone decides, and its waves.

    The caller's random state stays as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(recipe.seed)
        model = BertForPreTraining(recipe.config(vocab_size))
    if recipe.waves:
        table = model.bert.embeddings.position_embeddings.weight
        with torch.no_grad():
            table.copy_(recipe.waves * sinusoids(*table.shape))
    return model


def begin(recipe: Recipe, corpus: Corpus, tokenizer: "PreTrainedTokenizerBase") -> BertForPreTraining:
    """The model that a run begins with: `new_model`'s, its word embeddings counted in the corpus where the recipe says so.

    To each vector a tenth of its random start is added, so that no two pieces have the same.
    """
    model = new_model(recipe, len(tokenizer))
    if recipe.word_vectors:
        table = model.bert.embeddings.word_embeddings.weight
        documents = recipe.counted_documents
        vectors = word_vectors(corpus, tokenizer, recipe.hidden_size, documents=documents, seed=recipe.seed)
        met = torch.from_numpy(vectors.any(axis=1))
        with torch.no_grad():
            table[met] = 0.1 * table[met] + recipe.word_vectors * torch.from_numpy(vectors).float()[met]
    return model


def training_batches(
    recipe: Recipe, corpus: Corpus, tokenizer: "PreTrainedTokenizerBase", *, workers: int = 0
) -> DataLoader:
    """The recipe's batches, phase after phase; each phase goes on in the corpus where the one before it stopped.

    Made by so many processes beside the one that trains; the batches are the same with any number of them.
    """
    phases, first = [], 0
    for number, phase in enumerate(recipe.phases):
        phases.append(
            PretrainingBatches(
                corpus,
                tokenizer,
                batches=phase.steps,
                documents_in_a_batch=recipe.documents_in_a_batch,
                interleave=recipe.interleave,
                max_length=phase.max_length,
                masking=replace(recipe.masking, rate=phase.rate),
                next_sentence=recipe.next_sentence,
                masked_only=True,
                first_document=first,
                seed=1000 * recipe.seed + number,
            )
        )
        first += phase.steps * recipe.documents_in_a_batch
    prepared = {"num_workers": workers, "prefetch_factor": AHEAD} if workers else {}
    return DataLoader(ConcatDataset(phases), batch_size=None, shuffle=False, **prepared)


def pretrain(
    recipe: Recipe,
    corpus: Corpus,
    tokenizer: "PreTrainedTokenizerBase",
    *,
    folder: str | Path | None = None,
    every_seconds: float = 120,
    workers: int = 0,
    watch: Callable[[Progress], None] | None = None,
    watch_every: int = 100,
) -> Pretrained:
    """Pretrain a new BERT by a recipe.

    Args:
        recipe: one of `RECIPES`, or a change of it: `dataclasses.replace(RECIPES["live"], next_sentence=False)`.
        corpus: where documents come from: `FilmWorld`, `TextFiles`, `HubText`.
        tokenizer: a BERT's, or one of `train_tokenizer`.
        folder: where checkpoints are kept, or None for none. A run that was broken off, even killed, goes on from the
            newest; on a CPU, with as many threads, it ends with the same weights as if it had never stopped.
        every_seconds: between two checkpoints.
        workers: processes that make the batches ahead; see `training_batches`. A GPU needs some, two cores none.
        watch, watch_every: see `bertlab.training.train`.

    Raises:
        InputError: for text that no pair can be made of, and a checkpoint of another run in `folder`.
        SourceError: where a checkpoint cannot be written or read.
        TrainingError: for a loss that is not finite.
        KeyboardInterrupt: after Ctrl-C, once a checkpoint has been written where there is a folder.
    """
    model = begin(recipe, corpus, tokenizer)
    checkpoints = None
    if folder is not None:
        about = {"recipe": json.loads(json.dumps(asdict(recipe))), "vocabulary": _digest(tokenizer), "corpus": repr(corpus)}
        checkpoints = Checkpoints(folder, every_seconds=every_seconds, recipe=about)
    batches = training_batches(recipe, corpus, tokenizer, workers=workers)
    history = train_by(recipe, model, batches, checkpoints=checkpoints, watch=watch, watch_every=watch_every)
    return Pretrained(model, tokenizer, history, recipe)


def train_by(
    recipe: Recipe,
    model: torch.nn.Module,
    batches: DataLoader,
    *,
    checkpoints: Checkpoints | None = None,
    watch: Callable[[Progress], None] | None = None,
    watch_every: int = 100,
) -> History:
    """Train a model on batches with the rates of a recipe; the keywords are `bertlab.training.train`'s.

    Raises KeyboardInterrupt after Ctrl-C, once `train` has written its checkpoint: what comes next wants the whole run.
    """
    history = train(
        model,
        batches,
        epochs=1,
        learning_rate=recipe.learning_rate,
        muon_learning_rate=recipe.muon_learning_rate if recipe.optimizer == "muon" else None,
        weight_decay=recipe.weight_decay,
        warmup=recipe.warmup,
        betas=recipe.betas,
        optimizer=recipe.optimizer,
        seed=recipe.seed,
        checkpoints=checkpoints,
        watch=watch,
        watch_every=watch_every,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    return history


def steps_in(
    minutes: float, recipe: Recipe, corpus: Corpus, tokenizer: "PreTrainedTokenizerBase", *, workers: int = 0
) -> int:
    """About how many of the recipe's steps fit into so many minutes on this machine, by trying some of each phase."""
    if not minutes > 0:
        raise InputError(f"minutes is {minutes!r}; expected more than 0.")
    marks: list[float] = []
    mean = 0.0
    for phase in recipe.phases:
        # Two rounds of groups: the first pays for what is done once; the second is timed, its documents' making included.
        a_round = GROUP * recipe.interleave
        tried = replace(recipe, phases=(phase._replace(steps=2 * a_round),))
        marks.clear()
        train(
            new_model(tried, len(tokenizer)),
            training_batches(tried, corpus, tokenizer, workers=workers),
            epochs=1,
            learning_rate=recipe.learning_rate,
            optimizer=recipe.optimizer,
            watch=lambda progress: marks.append(progress.seconds),
            watch_every=a_round,
        )
        if len(marks) < 3:  # after Ctrl-C `train` returns what it has
            raise KeyboardInterrupt
        mean += (marks[2] - marks[1]) / a_round * phase.steps / recipe.steps
    return max(len(recipe.phases), int(60 * minutes / mean))


def load_pretrained(folder: str | Path) -> BertForPreTraining:
    """The model that a run saved, after its files have been held against the manifest."""
    check_pretrained(folder)
    return load_checkpoint(folder, BertForPreTraining)


def _digest(tokenizer: "PreTrainedTokenizerBase") -> str:
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    return hashlib.sha256(json.dumps(pieces).encode()).hexdigest()
