"""Passes over a data loader that can go on in the middle, and the random states that this takes."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

import torch
from accelerate import skip_first_batches
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset

from bertlab.data.packing import is_packed, sequences_in

Batch = dict[str, Tensor]


def size(batch: Batch) -> int:
    """How many examples a batch holds."""
    return sequences_in(batch) if is_packed(batch) else len(next(iter(batch.values())))


@dataclass(frozen=True)
class Place:
    """Where a run stands between two updates.

    Attributes:
        epoch, done, beginning: those of `Passes`.
        now: the random states.
    """

    epoch: int
    done: int
    beginning: dict[str, Tensor]
    now: dict[str, Tensor]


class Passes:
    """The batches of ``epochs`` passes, ``accumulation`` at a time; from ``epoch`` and ``done`` on, where a checkpoint sets
    them. The last of a pass are handed out together, however few they are.

    Going on in the middle of a pass draws its order once more, from the random states at its ``beginning``, and skips
    the ``done`` batches without computing them (those of an ``IterableDataset`` are computed all the same). The rest is
    the same as ever if what a dataset or its collator draws follows from the index, not from what was drawn before.

    Attributes:
        epoch: the pass under way, from 0.
        done: batches of it that were handed out.
        beginning: the random states when it began; empty before the first.
        waited: seconds in which the loop waited for its batches to be made.
    """

    def __init__(self, loader: DataLoader, epochs: int, accumulation: int = 1) -> None:
        self.loader, self.epochs, self.accumulation = loader, epochs, accumulation
        self.epoch = self.done = 0
        self.beginning: dict[str, Tensor] = {}
        self.waited = 0.0

    def __iter__(self) -> Iterator[list[Batch]]:
        while self.epoch < self.epochs:
            yield from self._rest_of_pass()
            self.epoch, self.done, self.beginning = self.epoch + 1, 0, {}

    @property
    def steps_per_epoch(self) -> int:
        """Updates in one pass."""
        return math.ceil(len(self.loader) / self.accumulation)

    @property
    def pass_ended(self) -> bool:
        """Whether the last batch of a pass was the last handed out."""
        return self.done == len(self.loader)

    def place(self) -> Place:
        """Where the run stands; to be asked between two updates."""
        return Place(self.epoch, self.done, self.beginning, random_states(self.loader))

    def go_to(self, place: Place) -> None:
        """Stand there, with the random states of then."""
        self.epoch, self.done, self.beginning = place.epoch, place.done, place.beginning
        set_random_states(self.loader, place.now)

    def indices(self, first: int, count: int) -> list[int] | None:
        """Which items of the data set so many batches of the pass under way hold, from number ``first`` on.

        They are found by drawing the order once more, so that knowing them costs nothing as long as nobody asks. None
        where there are no indices: for an ``IterableDataset``.
        """
        if isinstance(self.loader.dataset, IterableDataset):
            return None
        now = random_states(self.loader)
        set_random_states(self.loader, self.beginning)
        try:
            order = DataLoader(
                _Indices(),
                batch_sampler=self.loader.batch_sampler,
                collate_fn=list,
                generator=self.loader.generator,
            )
            items = chain.from_iterable(islice(order, first, first + count))
            return [index for item in items for index in (item if isinstance(item, Sequence) else [item])]
        finally:
            set_random_states(self.loader, now)

    def _rest_of_pass(self) -> Iterator[list[Batch]]:
        now, resumed = random_states(self.loader), bool(self.beginning)
        if resumed:
            set_random_states(self.loader, self.beginning)
        self.beginning = self.beginning or now
        self.loader.set_epoch(self.epoch)
        batches = iter(skip_first_batches(self.loader, self.done) if self.done else self.loader)
        first = self._take(batches, 1)
        if resumed:  # the order is drawn; the dropout goes on from where it was
            set_random_states(None, {name: state for name, state in now.items() if not name.startswith("loader")})
        batches = chain(first, batches)
        while group := self._take(batches, self.accumulation):
            self.done += len(group)
            yield group

    def _take(self, batches: Iterator[Batch], count: int) -> list[Batch]:
        start = time.perf_counter()
        group = list(islice(batches, count))
        self.waited += time.perf_counter() - start
        return group


class _Indices(Dataset):
    """Item k is k."""

    def __getitem__(self, index: Any) -> Any:
        return index


def with_batch_size(loader: DataLoader) -> DataLoader:
    """The same loader for ``accelerate``, which cannot prepare one whose dataset's items are whole batches.

    A loader with ``batch_size=None`` becomes one of batches of a single item, which is taken out again.
    """
    if loader.batch_size is not None or loader.batch_sampler is not None or isinstance(loader.dataset, IterableDataset):
        return loader
    return DataLoader(
        loader.dataset,
        batch_size=1,
        sampler=loader.sampler,
        collate_fn=partial(_only_item, convert=loader.collate_fn),
        num_workers=loader.num_workers,
        pin_memory=loader.pin_memory,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        generator=loader.generator,
        prefetch_factor=loader.prefetch_factor,
        persistent_workers=loader.persistent_workers,
    )


def _only_item(items: list[Any], *, convert: Callable[[Any], Any]) -> Any:
    (item,) = items
    return convert(item)


def random_states(loader: DataLoader | None) -> dict[str, Tensor]:
    """The states, as bytes, of torch's generator, the GPU's where there is one, and of a loader those that order it."""
    states = {"torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    generators = _generators(loader) if loader is not None else []
    return states | {f"loader{n}": generator.get_state() for n, generator in enumerate(generators)}


def set_random_states(loader: DataLoader | None, states: dict[str, Tensor]) -> None:
    """Bring back what ``random_states`` gave; those of the loader only where one is given."""
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    for n, generator in enumerate(_generators(loader) if loader is not None else []):
        generator.set_state(states[f"loader{n}"])


def _generators(loader: DataLoader) -> list[torch.Generator]:
    """The loader's generator and its samplers', each once, in the order in which they are met."""
    owners, found = [loader], []
    for owner in owners:  # which grows meanwhile
        owners += [part for name in ("batch_sampler", "sampler") if (part := getattr(owner, name, None)) is not None]
        generator = getattr(owner, "generator", None)
        if isinstance(generator, torch.Generator) and not any(generator is other for other in found):
            found.append(generator)
    return found
