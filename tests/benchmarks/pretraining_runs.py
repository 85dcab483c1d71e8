"""What the pretraining benchmarks share: a recipe trained for so many seconds, its tokens counted, its loss watched."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import nn
from transformers import BertTokenizer

import bertlab
from bertlab.pretraining import FilmWorld, PretrainingBatches, run
from bertlab.pretraining.corpus import Corpus
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.pretraining.recipes import Recipe
from bertlab.training.loop import Progress

FILMBERT = Path(bertlab.__file__).parent / "filmbert"
GROUP = 16  # batches are made so many at a time: what is timed is whole groups


@dataclass
class Run:
    """One training run: `curve` holds (training seconds, held-out loss in nats) of each look."""

    name: str
    seed: int
    steps: int
    tokens: int
    seconds: float
    curve: list[tuple[float, float]] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens_per_second(self) -> float:
        return self.tokens / self.seconds

    @property
    def loss(self) -> float:
        return self.curve[-1][1]

    def seconds_to(self, loss: float) -> float | None:
        """Training seconds until the held-out loss was first at most `loss`; None if it never was."""
        return next((seconds for seconds, seen in self.curve if seen <= loss), None)

    def as_dict(self) -> dict[str, Any]:
        about = {"name": self.name, "seed": self.seed, "steps": self.steps, "tokens": self.tokens, **self.about}
        return about | {
            "seconds": round(self.seconds, 2),
            "tokens_per_second": round(self.tokens_per_second),
            "curve": self.curve,
        }


class TokenCount:
    """Counts the tokens, padding not among them, that a model trains on."""

    def __init__(self) -> None:
        self.tokens = 0

    def watch(self, model: nn.Module) -> None:
        model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, model: nn.Module, _: tuple, inputs: Mapping[str, Any]) -> None:
        if model.training:
            self.tokens += int(inputs["attention_mask"].sum())


@contextmanager
def batches_made_with(changes: Mapping[str, Any]) -> Iterator[None]:
    """Within, a run makes its `PretrainingBatches` with these arguments in place of its own."""

    def changed(*arguments: Any, **options: Any) -> PretrainingBatches:
        return PretrainingBatches(*arguments, **(options | changes))

    with mock.patch.object(run, "PretrainingBatches", changed):
        yield


def train_recipe(
    name: str,
    recipe: Recipe,
    corpus: Corpus,
    tokenizer: BertTokenizer,
    held_out: HeldOut | None = None,
    *,
    looks: int = 1,
    changes: Mapping[str, Any] = {},
) -> Run:
    """Pretrain by a recipe; look at the held-out loss so many times on the way, which the clock leaves out."""
    count, curve = TokenCount(), []

    def watch(progress: Progress) -> None:
        if progress.step == 0:
            count.watch(progress.model)
        if held_out is not None:
            curve.append((round(progress.seconds, 2), round(held_out.score(progress.model).mlm_loss, 4)))

    with batches_made_with(changes):
        every = max(1, recipe.steps // looks)
        history = run.pretrain(recipe, corpus, tokenizer, watch=watch, watch_every=every).history
    return Run(name, recipe.seed, recipe.steps, count.tokens, history.seconds, curve)


def whole_groups(recipe: Recipe, groups: int) -> Recipe:
    """The recipe with that many groups of batches in each of its phases."""
    return replace(recipe, phases=tuple(phase._replace(steps=GROUP * groups) for phase in recipe.phases))


def lasting(
    seconds: float, recipe: Recipe, corpus: Corpus, tokenizer: BertTokenizer, changes: Mapping[str, Any] = {}
) -> Recipe:
    """The recipe with about as many steps as fit into so many seconds here, its phases in their proportion.

    Tried with one group of batches a phase, the making of documents, pairs and masks included.
    """
    marks: list[float] = []
    with batches_made_with(changes):
        run.pretrain(
            whole_groups(recipe, 1), corpus, tokenizer, watch=lambda seen: marks.append(seen.seconds), watch_every=GROUP
        )
    each = [(end - start) / GROUP for start, end in zip(marks, marks[1:])]
    mean = sum(phase.steps * step for phase, step in zip(recipe.phases, each, strict=True)) / recipe.steps
    return recipe.with_steps(max(len(recipe.phases), round(seconds / mean)))


@dataclass
class World:
    """The film world: training text, a tokenizer, held-out pairs, and what these score without a model."""

    corpus: FilmWorld
    tokenizer: BertTokenizer
    held_out: HeldOut
    uniform: float
    unigram: float


def film_world(held_out_documents: int, max_length: int) -> World:
    """The film world with the tokenizer that ships."""
    tokenizer, corpus = BertTokenizer.from_pretrained(FILMBERT), FilmWorld()
    held_out = HeldOut(FilmWorld(split="validation"), tokenizer, documents=held_out_documents, max_length=max_length)
    unigram = WordFrequencies(corpus, tokenizer, documents=1000).score(held_out)
    return World(corpus, tokenizer, held_out, math.log(len(tokenizer)), unigram)
