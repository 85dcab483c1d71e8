"""What the benchmarks of classifiers on reviews share: which reviews are for what, and the answers that a run keeps.

An answer is the logarithm of the odds that a review is positive. Accuracy, intervals, calibration and comparisons are
made from the answers when the tables are, so that a finished run need not be repeated for another number.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import bertlab
from bertlab.data.challenge import ChallengeReview, load_challenge
from bertlab.data.reviews import CLASSES
from bertlab.data.splits import carve
from bertlab.errors import InputError
from bertlab.tasks.baselines import bag_of_words, features, linear_probe, majority
from bertlab.tasks.evaluation import Evaluation
from bertlab.training.flops import DTYPES
from bertlab.training.precision import resolve
from tests.benchmarks.ledger import Ledger

Rows = tuple[list[str], list[int]]
"""Texts and their labels."""

Classifier = Callable[[list[str], list[int]], Evaluation]
"""Judged on texts and their labels."""

TRUNCATION = "head+tail"
CHOSEN_ON, JUDGED_ON = ("validation",), ("validation", "test", "challenge")


@dataclass(frozen=True)
class Parts:
    """A set of reviews, divided.

    Attributes:
        tuning: what a setting is tried on.
        validation: what it is chosen by, and what a temperature is fitted on; carved from the training split.
        training: what the final runs learn from: ``tuning``, or the whole training split with the validation part in it.
        whole: the training split.
        test: used once, by the final runs.
    """

    tuning: Rows
    validation: Rows
    training: Rows
    whole: Rows
    test: Rows

    @property
    def validation_held_out(self) -> bool:
        """Whether the final runs do not learn from the validation part."""
        return len(self.training[0]) == len(self.tuning[0])

    @cached_property
    def challenge_reviews(self) -> list[ChallengeReview]:
        return load_challenge()

    @property
    def challenge(self) -> Rows:
        return [review.text for review in self.challenge_reviews], [review.label for review in self.challenge_reviews]

    def sha256(self) -> str:
        """Of all texts and labels, the challenge set's too: runs on others are not the same."""
        told = [self.tuning, self.validation, self.training, self.whole, self.test, self.challenge]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def add_options(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    """The options that the benchmarks of real reviews share."""
    parser.add_argument("--reviews", default="imdb", help="as bertlab.load_reviews takes it")
    parser.add_argument("--train", type=int, help="reviews to learn from; 0 for all")
    parser.add_argument("--validation", type=int, default=2500, help="reviews of the training split to choose by")
    parser.add_argument("--test", type=int, default=0, help="test reviews; 0 for all")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--max-length", type=int, default=256)
    parser.add_argument("--rates", type=float, nargs="+", help="learning rates to choose from")
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--warmup", type=float, default=0.1)
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--threads", type=int, help="torch's, unless it is to choose")
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--resume", action=argparse.BooleanOptionalAction, default=True, help="go on with the runs that --out lacks"
    )
    parser.set_defaults(**defaults)


def open_ledger(command: str, arguments: argparse.Namespace, parts: Parts) -> Ledger:
    """The ledger of a benchmark: all its options are settings but those that only say which runs to make."""
    no_settings = ("rates", "seeds", "threads", "out", "resume", "start")
    settings = {name: value for name, value in vars(arguments).items() if name not in no_settings}
    settings["reviews"] = f"{arguments.reviews}, SHA-256 {parts.sha256()}"
    return Ledger(arguments.out, command, settings, resume=arguments.resume)


def divide(arguments: argparse.Namespace) -> Parts:
    """Load and divide reviews as `add_options` says; the same options divide the same way.

    Raises:
        InputError: for more reviews than there are.
    """
    reviews = bertlab.load_reviews(arguments.reviews)
    whole, parts = reviews["train"], carve(reviews["train"], arguments.validation, seed=0)
    most, train = len(parts["train"]), arguments.train or len(whole)
    if not (2 <= train <= most or train == len(whole)):
        raise InputError(
            f"--train is {train}; expected 2 to {most} beside {arguments.validation} for validation, or 0 for all "
            f"{len(whole)}."
        )
    test = arguments.test or len(reviews["test"])
    if not 2 <= test <= len(reviews["test"]):
        raise InputError(f"--test is {test}; expected 2 to {len(reviews['test'])}, or 0 for all.")
    tuning = _rows(parts["train"].select(range(min(train, most))))
    return Parts(
        tuning=tuning,
        validation=_rows(parts["validation"]),
        training=_rows(whole.shuffle(seed=0)) if train == len(whole) else tuning,
        whole=_rows(whole),
        test=_rows(reviews["test"].shuffle(seed=0).select(range(test))),
    )


def _rows(dataset: Any) -> Rows:
    return dataset["text"][:], dataset["label"][:]


def answers(classifier: Classifier, parts: Parts, asked: Sequence[str]) -> dict[str, list[float]]:
    """The classifier's answers on the parts that are asked for, by name: one call for all."""
    texts = [text for name in asked for text in getattr(parts, name)[0]]
    labels = [label for name in asked for label in getattr(parts, name)[1]]
    logarithms = classifier(texts, labels).log_probabilities
    odds = (logarithms[:, 1] - logarithms[:, 0]).round(5)
    ends = np.cumsum([len(getattr(parts, name)[1]) for name in asked])
    return {name: own.tolist() for name, own in zip(asked, np.split(odds, ends[:-1]), strict=True)}


def evaluation(odds: Sequence[float], labels: Sequence[int]) -> Evaluation:
    """What the answers amount to."""
    signed = np.outer(odds, [-1.0, 1.0])
    return Evaluation(tuple(CLASSES), np.array(labels), 1 / (1 + np.exp(-np.clip(signed, -700, 700))))


def fine_tune(
    model: nn.Module, tokenizer: Any, rows: Rows, rate: float, seed: int, arguments: argparse.Namespace, **more: Any
) -> float:
    """Train by ``bertlab.fine_tune`` as the options say; returns the loop's seconds."""
    history = bertlab.fine_tune(
        model,
        tokenizer,
        *rows,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=rate,
        max_length=arguments.max_length,
        truncation=TRUNCATION,
        weight_decay=arguments.weight_decay,
        warmup=arguments.warmup,
        precision="auto",
        seed=seed,
        **more,
    )
    if history.interrupted:  # half a run is none
        raise KeyboardInterrupt
    return history.seconds


def of_model(model: nn.Module, tokenizer: Any, max_length: int) -> Classifier:
    """A fine-tuned model as a classifier, in what this machine is quickest in."""

    def classifier(texts: list[str], labels: list[int]) -> Evaluation:
        with quickest():
            return bertlab.evaluate(model, tokenizer, texts, labels, max_length=max_length, truncation=TRUNCATION)

    return classifier


def quickest() -> AbstractContextManager:
    """Inference in half precision where a short measurement finds it quicker, and in float32 elsewhere."""
    device, precision = ("cuda" if torch.cuda.is_available() else "cpu"), resolve("auto")
    return nullcontext() if precision == "fp32" else torch.autocast(device, DTYPES[precision])


def word_baselines(parts: Parts) -> dict[str, Callable[[], dict[str, Any]]]:
    """What makes the record of each baseline that needs no model, by name."""
    asked = JUDGED_ON if parts.validation_held_out else JUDGED_ON[1:]

    def of_words(rows: Rows, asked: Sequence[str]) -> dict[str, Any]:
        return answers(partial(bag_of_words, *rows), parts, asked) | {"learnt_from": len(rows[0])}

    def of_the_commonest() -> dict[str, Any]:
        found = answers(lambda _, labels: majority(parts.training[1], labels), parts, JUDGED_ON[1:])
        return found | {"learnt_from": len(parts.training[0])}

    found = {"majority class": of_the_commonest, "TF-IDF": partial(of_words, parts.training, asked)}
    if len(parts.training[0]) < len(parts.whole[0]):
        found["TF-IDF, whole split"] = partial(of_words, parts.whole, JUDGED_ON[1:])
    return found


def probe(name: str, parts: Parts, max_length: int) -> dict[str, Any]:
    """The record of the linear probe on the frozen encoder of that name."""
    encoder, tokenizer = bertlab.load_model(name), bertlab.load_tokenizer(name)

    def read(texts: list[str]) -> np.ndarray:
        with quickest():
            return features(encoder, tokenizer, texts, max_length=max_length, truncation=TRUNCATION)

    seen = read(parts.training[0])

    def classifier(texts: list[str], labels: list[int]) -> Evaluation:
        return linear_probe(seen, parts.training[1], read(texts), labels)

    asked = JUDGED_ON if parts.validation_held_out else JUDGED_ON[1:]
    return answers(classifier, parts, asked) | {"learnt_from": len(parts.training[0])}
