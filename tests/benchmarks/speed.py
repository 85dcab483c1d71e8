"""Four ways to fine-tune the same model on the same reviews, side by side: how fast, and how good at the end.

    BERTLAB_DATA=<folder with imdb/> python -m tests.benchmarks.speed
    python -m tests.benchmarks.speed --reviews film-world --train 96 --judged 60 --lengths 64      (no data needed)

- founding loop: the script that the series began from, with its reviews shuffled: one review tokenised each time it is
  asked for and padded to the full length, Adam at 2e-5, batches of 8, float32.
- Trainer: ``transformers``' as it comes (batches of 8, 5e-5, no sorting by length), on reviews tokenised once.
- Trainer, tuned: batches of like lengths, fused AdamW, half precision where a short measurement finds it quicker
  (`bertlab.training.precision`), ``--batch-size`` reviews in a batch, warm-up.
- bertlab: ``bertlab.fine_tune`` as it comes, in batches of 8.
- bertlab, best: ``--batch-size`` reviews in a batch, precision "auto", no dropout on attention weights; with
  ``--packing`` a row more, without padding.
- bertlab, no dropout: the same without any dropout.

Two models: MiniLM, and a pocket-sized BERT (two layers, 128 wide, MiniLM's vocabulary, new weights), whose learning rates
are ten times as high. For each length every loop trains as many epochs on the same reviews; the loops take turns. The
clock runs from the texts to the trained model, tokenising included. "peak" is the share of the machine's own matrix
product, measured in this run in the quickest of its precisions, that the loop reaches on real tokens: FLOPs by
`bertlab.training.flops`, padding not counted. "to equal" is the time until the accuracy on the judged reviews first
reached the lowest that any loop ended with, judged four times an epoch with the clock stopped.

What cannot be run here (CUDA without a GPU) is said.
"""

import argparse
import math
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn
from torch.utils.data import DataLoader

import bertlab
from bertlab.data.batches import encode
from bertlab.data.reviews import CLASSES
from bertlab.model import BertConfig, BertForSequenceClassification
from bertlab.model.checkpoint import load_checkpoint
from bertlab.training.flops import measured_peak, training_flops
from bertlab.training.precision import resolve
from tests.benchmarks.founding import FoundingReviews
from tests.benchmarks.reports import headline, write

SMALL_BATCH = 8
JUDGED_AN_EPOCH = 4
POCKET = dict(hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=512)
RATE_FACTOR = {"minilm": 1, "pocket": 10}
"""A small model with new weights learns at ten times the rate."""


class Judge:
    """The accuracy on held-out reviews on the way, and the seconds of training without the judging."""

    def __init__(self, tokenizer: Any, rows: Any, max_length: int) -> None:
        self.tokenizer, self.rows, self.max_length = tokenizer, rows, max_length
        self.curve: list[tuple[float, float]] = []
        self.spent = 0.0
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since the beginning, the judging left out."""
        return time.perf_counter() - self.began - self.spent

    def __call__(self, model: nn.Module) -> None:
        seconds, start = self.seconds, time.perf_counter()
        mode = model.training
        judged = bertlab.evaluate(model, self.tokenizer, self.rows["text"], self.rows["label"], max_length=self.max_length)
        model.train(mode)
        self.curve.append((seconds, judged.accuracy))
        self.spent += time.perf_counter() - start


def founding(model: nn.Module, tokenizer: Any, rows: Any, judge: Judge, every: int, arguments: argparse.Namespace) -> None:
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    loader = DataLoader(FoundingReviews(rows, tokenizer, judge.max_length), batch_size=SMALL_BATCH, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5 * arguments.rate_factor)
    step = 0
    for _ in range(arguments.epochs):
        for batch in loader:
            optimizer.zero_grad()
            loss = model(**{name: tensor.to(device) for name, tensor in batch.items()}).loss
            loss.backward()
            optimizer.step()
            loss.item()
            step += 1
            if step % (every * arguments.batch_size // SMALL_BATCH) == 0:
                judge(model)


class Judging(transformers.TrainerCallback):
    """Judges every so many steps of a Trainer."""

    def __init__(self, judge: Judge, every: int) -> None:
        self.judge, self.every = judge, every

    def on_step_end(self, args: Any, state: Any, control: Any, model: nn.Module = None, **_: Any) -> None:
        if state.global_step % self.every == 0:
            self.judge(model)


def trainer(
    model: nn.Module, tokenizer: Any, rows: Any, judge: Judge, every: int, arguments: argparse.Namespace, *, tuned: bool
) -> None:
    examples = encode(tokenizer, rows["text"], rows["label"], max_length=judge.max_length)
    batch_size, options = SMALL_BATCH, {"learning_rate": 5e-5 * arguments.rate_factor}
    if tuned:
        batch_size = arguments.batch_size
        steps = arguments.epochs * math.ceil(len(examples) / batch_size)
        options = {"learning_rate": 1e-4 * arguments.rate_factor, "warmup_steps": steps // 10, "optim": "adamw_torch_fused"}
        options |= {"train_sampling_strategy": "group_by_length", "bf16": resolve("auto") == "bf16"}
    with tempfile.TemporaryDirectory() as folder:
        made = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                folder,
                num_train_epochs=arguments.epochs,
                per_device_train_batch_size=batch_size,
                use_cpu=not torch.cuda.is_available(),
                dataloader_pin_memory=torch.cuda.is_available(),
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                **options,
            ),
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
            train_dataset=examples,
            callbacks=[Judging(judge, every * arguments.batch_size // batch_size)],
        )
        made.remove_callback(transformers.PrinterCallback)
        made.train()


def package(
    model: nn.Module, tokenizer: Any, rows: Any, judge: Judge, every: int, arguments: argparse.Namespace, **options: Any
) -> None:
    options = {"batch_size": arguments.batch_size, "learning_rate": 1e-4 * arguments.rate_factor} | options
    every = every * arguments.batch_size // options["batch_size"]
    # The validation is there to be called; what it says is of no use, and nothing is chosen by it.
    step = 0

    def count(module: nn.Module, inputs: tuple, output: Any) -> None:
        nonlocal step
        if module.training and torch.is_grad_enabled():
            step += 1
            if step % every == 0:
                judge(model)

    hook = model.register_forward_hook(count)
    try:
        bertlab.fine_tune(
            model, tokenizer, rows["text"], rows["label"], epochs=arguments.epochs, max_length=judge.max_length, **options
        )
    finally:
        hook.remove()


def loops(arguments: argparse.Namespace) -> dict[str, Callable[..., None]]:
    """The rows of the table, in its order."""
    best = {"attention_dropout": False, "precision": "auto"}
    found = {
        "founding loop": founding,
        "Trainer": partial(trainer, tuned=False),
        "Trainer, tuned": partial(trainer, tuned=True),
        "bertlab": partial(package, batch_size=SMALL_BATCH, learning_rate=5e-5 * arguments.rate_factor),
        "bertlab, best": partial(package, **best),
        "bertlab, no dropout": partial(package, **best),
    }
    if arguments.packing:
        found["bertlab, packed"] = partial(package, packing=True, **best)
    return found


def new_model(name: str, seed: int, *, dropout: bool) -> BertForSequenceClassification:
    """The same weights for every loop: MiniLM with a new head, or a new pocket-sized BERT."""
    names = dict(enumerate(CLASSES))
    off = {} if dropout else {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if name == "pocket":
            vocabulary = len(bertlab.load_tokenizer("minilm"))
            return BertForSequenceClassification(BertConfig(vocab_size=vocabulary, id2label=names, **POCKET, **off)).eval()
        return load_checkpoint(name, BertForSequenceClassification, new_head=True, id2label=names, **off)


def theirs(model: BertForSequenceClassification) -> nn.Module:
    """The same weights in ``transformers``' model."""
    found = transformers.BertForSequenceClassification(model.config.to_hf())
    found.load_state_dict(model.state_dict(), strict=False)
    return found.eval()


def timed(
    name: str, loop: Callable[..., None], size: str, rows: Any, judged: Any, max_length: int, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Train a fresh model by one loop; returns its speed, its accuracy and the curve."""
    tokenizer = bertlab.load_tokenizer("minilm")
    model = new_model(size, 0, dropout=name != "bertlab, no dropout")
    pieces = tokenizer(list(rows["text"]), truncation=True, max_length=max_length)["input_ids"]
    flops = arguments.epochs * training_flops(model.config, [len(ids) for ids in pieces])
    if "packed" not in name:
        model = theirs(model)
    every = max(1, math.ceil(len(rows["text"]) / arguments.batch_size) // JUDGED_AN_EPOCH)
    judge = Judge(tokenizer, judged, max_length)
    loop(model, tokenizer, rows, judge, every, arguments)
    seconds = judge.seconds
    final = bertlab.evaluate(model, tokenizer, judged["text"], judged["label"], max_length=max_length)
    return {
        "loop": name,
        "model": size,
        "max_length": max_length,
        "seconds": seconds,
        "reviews_per_second": arguments.epochs * len(rows["text"]) / seconds,
        "flops_per_second": flops / seconds,
        "accuracy": final.accuracy,
        "interval": final.interval,
        "curve": [*judge.curve, (seconds, final.accuracy)],
    }


def to_reach(curve: list[tuple[float, float]], accuracy: float) -> float:
    """Seconds until the curve was first as high."""
    return next(seconds for seconds, reached in curve if reached >= accuracy)


def table(runs: list[dict[str, Any]], peak: float) -> list[dict[str, Any]]:
    """Print the loops of one model at one length; returns the rows with the ratios."""
    target = min(run["accuracy"] for run in runs)
    base = {run["loop"]: run for run in runs}
    print(
        f"\n{runs[0]['model']}, {runs[0]['max_length']} tokens\n{'loop':<22}{'reviews/s':>11}{'x founding':>12}{'x Trainer':>11}"
        f"{'peak':>7}{'accuracy':>10}{'95 % (Wilson)':>18}{'to equal':>10}{'x founding':>12}"
    )
    rows = []
    for run in runs:
        reached = to_reach(run["curve"], target)
        row = run | {
            "over_founding": run["reviews_per_second"] / base["founding loop"]["reviews_per_second"],
            "over_trainer": run["reviews_per_second"] / base["Trainer"]["reviews_per_second"],
            "share_of_peak": run["flops_per_second"] / peak,
            "seconds_to_equal": reached,
            "to_equal_over_founding": to_reach(base["founding loop"]["curve"], target) / reached,
        }
        rows.append(row)
        low, high = run["interval"]
        print(
            f"{run['loop']:<22}{run['reviews_per_second']:>11.1f}{row['over_founding']:>12.2f}{row['over_trainer']:>11.2f}"
            f"{row['share_of_peak']:>7.0%}{run['accuracy']:>10.1%}{f'{low:.1%} to {high:.1%}':>18}{reached:>9.1f}s"
            f"{row['to_equal_over_founding']:>12.2f}",
            flush=True,
        )
    return rows


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reviews", default="imdb", help="as bertlab.load_reviews takes it")
    parser.add_argument("--models", nargs="+", choices=tuple(RATE_FACTOR), default=list(RATE_FACTOR))
    parser.add_argument("--lengths", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--train", type=int, default=480, help="reviews to learn from")
    parser.add_argument("--judged", type=int, default=400, help="test reviews")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=16, help="of the loops that are free to choose")
    parser.add_argument("--packing", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--without", action="append", default=[], metavar="LOOP", help="leave this row out")
    parser.add_argument("--threads", type=int, help="torch's, unless it is to choose")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/speed.json"))
    words = sys.argv[1:] if words is None else words
    arguments = parser.parse_args(words)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    command = f"speed {shlex.join(words)}".strip()
    reviews = bertlab.load_reviews(arguments.reviews)
    rows = reviews["train"].shuffle(seed=0).select(range(arguments.train))[:]
    judged = reviews["test"].shuffle(seed=0).select(range(arguments.judged))[:]
    headline(command, f"{arguments.train} reviews of {arguments.reviews}, {arguments.epochs} epochs")
    if not torch.cuda.is_available():
        print("No CUDA device: not run on one, and nothing is said of one.")
    peaks = {precision: measured_peak(precision) for precision in ("fp32", "bf16")}
    print("matrix product, measured here: " + ", ".join(f"{name} {peak / 1e9:,.0f} GFLOP/s" for name, peak in peaks.items()))
    told: dict[str, Any] = {"peaks": peaks, "precision": resolve("auto"), "tables": []}
    for size in arguments.models:
        arguments.rate_factor = RATE_FACTOR[size]
        chosen = {name: loop for name, loop in loops(arguments).items() if name not in arguments.without}
        for number, max_length in enumerate(arguments.lengths):
            order = list(chosen) if number % 2 == 0 else list(chosen)[::-1]
            made = {name: timed(name, chosen[name], size, _cast(rows), _cast(judged), max_length, arguments) for name in order}
            told["tables"].append(table([made[name] for name in chosen], max(peaks.values())))
            write(arguments.out, command, told)


def _cast(rows: dict[str, Any]) -> Any:
    """Rows as the loops want them: by column, and by number."""
    from datasets import Dataset

    return Dataset.from_dict(rows)


if __name__ == "__main__":
    main()
