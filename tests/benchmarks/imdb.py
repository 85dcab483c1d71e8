"""``bertlab.fine_tune`` against a tuned ``transformers`` Trainer on IMDb, beside what a classifier has to beat.

    BERTLAB_DATA=<folder with imdb/> python -m tests.benchmarks.imdb
    python -m tests.benchmarks.imdb --reviews film-world --train 400 --max-length 64      (no data needed)

Both fine-tune the same model from the same weights on the same reviews, cut to 256 tokens from head and tail: 5,000 on a
CPU, all 25,000 on a GPU (``--train 0`` says all). Both have the same epochs, batch size, weight decay, warm-up and linear
decay; batches of like lengths; fused AdamW; no dropout on the attention weights, which a CPU pays for dearly; and bfloat16
where a short measurement finds it quicker (`bertlab.training.precision`). Each gets the learning rate, of one grid, with the highest
accuracy on a validation part that is carved from the training split; a rate that wins at the grid's end is said. What
else ``fine_tune`` takes can be tried: ``--ours layer_decay=0.9``.

Then each trains with three seeds, in alternating order, and is judged once on the test split. The seconds are those of the
training loops alone; both tokenise before. Temperatures are fitted on the validation part. Where all reviews are learnt
from, that part is among them, and the temperature is that of the run that was tried at the same rate without it. A film of
the test split has no review in the training split, so nothing that is chosen has seen its films.

Every finished run is kept in the JSON at once. Started again with the same settings, the benchmark goes on with the runs
that are missing: on two cores the whole takes hours.
"""

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

import bertlab
from bertlab.data.batches import encode
from bertlab.data.reviews import CLASSES
from bertlab.training.dropout import without_attention_dropout
from bertlab.training.precision import resolve
from tests.benchmarks import verdicts
from tests.benchmarks.judging import (
    CHOSEN_ON,
    JUDGED_ON,
    TRUNCATION,
    Parts,
    Rows,
    add_options,
    answers,
    divide,
    evaluation,
    fine_tune,
    of_model,
    open_ledger,
    probe,
    word_baselines,
)
from tests.benchmarks.ledger import Ledger, Record
from tests.benchmarks.pretraining_trainer import Clock
from tests.benchmarks.reports import headline

OURS, TRAINER, PROBE = "bertlab.fine_tune", "Trainer, tuned", "frozen encoder, linear probe"
TRIED_WITH = 1000  # the seed of the runs that choose a rate: none of the final ones'


def ours(model: nn.Module, tokenizer: Any, rows: Rows, rate: float, seed: int, arguments: argparse.Namespace) -> float:
    """Train by ``bertlab.fine_tune``; returns the loop's seconds."""
    return fine_tune(model, tokenizer, rows, rate, seed, arguments, **arguments.ours)


def trainer(model: nn.Module, tokenizer: Any, rows: Rows, rate: float, seed: int, arguments: argparse.Namespace) -> float:
    """Train by the Trainer; returns the loop's seconds."""
    examples, clock = encode(tokenizer, *rows, max_length=arguments.max_length, truncation=TRUNCATION), Clock()
    steps = arguments.epochs * -(-len(examples) // arguments.batch_size)
    with tempfile.TemporaryDirectory() as folder:
        made = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                folder,
                num_train_epochs=arguments.epochs,
                per_device_train_batch_size=arguments.batch_size,
                learning_rate=rate,
                weight_decay=arguments.weight_decay,
                warmup_steps=int(arguments.warmup * steps),
                lr_scheduler_type="linear",
                optim="adamw_torch_fused",
                train_sampling_strategy="group_by_length",
                bf16=resolve("auto") == "bf16",
                use_cpu=not torch.cuda.is_available(),
                seed=seed,
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=torch.cuda.is_available(),
            ),
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
            train_dataset=examples,
            callbacks=[clock],
        )
        made.remove_callback(transformers.PrinterCallback)
        with without_attention_dropout(model):
            made.train()
    return clock.seconds


LOOPS: dict[str, Callable[..., float]] = {OURS: ours, TRAINER: trainer}


def trained(
    name: str, rate: float, seed: int, rows: Rows, asked: tuple[str, ...], parts: Parts, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Train a fresh model; returns the record of the run."""
    tokenizer = bertlab.load_tokenizer(arguments.model)
    model = bertlab.load_model(arguments.model, labels=CLASSES, seed=seed)
    seconds = LOOPS[name](model, tokenizer, rows, rate, seed, arguments)
    speed = len(rows[0]) * arguments.epochs / seconds
    about = {"learnt_from": len(rows[0]), "seconds": seconds, "reviews_per_second": speed}
    return about | answers(of_model(model, tokenizer, arguments.max_length), parts, asked)


def alternating(number: int) -> list[str]:
    """The loops, in an order that turns, so that a machine that slows down slows both."""
    return list(LOOPS) if number % 2 == 0 else list(LOOPS)[::-1]


def choose_rates(ledger: Ledger, parts: Parts, arguments: argparse.Namespace) -> tuple[list[Record], dict[str, float]]:
    """Try every rate with each loop; returns the runs, and the rate of each loop that does best on the validation part.

    A single rate is tried only where the final runs learn from the validation part, for the temperature.
    """
    if len(arguments.rates) == 1 and parts.validation_held_out:
        return [], dict.fromkeys(LOOPS, arguments.rates[0])
    print(f"\n{'tried on validation':<28}{'rate':>8}{'accuracy':>10}{'loss':>8}{'seconds':>9}", flush=True)
    runs = []
    for number, rate in enumerate(arguments.rates):
        for name in alternating(number):
            work = partial(trained, name, rate, TRIED_WITH, parts.tuning, CHOSEN_ON, parts, arguments)
            runs.append(ledger.run(work, part="tried", name=name, rate=rate))
            judged = evaluation(runs[-1]["validation"], parts.validation[1])
            seconds = runs[-1]["seconds"]
            print(f"{name:<28}{rate:>8g}{judged.accuracy:>10.2%}{judged.log_loss:>8.3f}{seconds:>9.1f}", flush=True)
    best = {name: verdicts.best_of(own, parts)["key"]["rate"] for name, own in verdicts.by_name(runs).items()}
    for name, rate in best.items():
        if len(arguments.rates) > 1 and rate in (min(arguments.rates), max(arguments.rates)):
            print(f"{name} is best at {rate:g}, an end of the grid: a wider one might do better.")
    return runs, best


def judge(ledger: Ledger, rates: dict[str, float], parts: Parts, arguments: argparse.Namespace) -> list[Record]:
    """Train with every seed and judge on the test reviews, then the baselines; returns the runs."""
    asked = JUDGED_ON if parts.validation_held_out else JUDGED_ON[1:]
    runs = []
    for seed in range(arguments.seeds):
        for name in alternating(seed):
            work = partial(trained, name, rates[name], seed, parts.training, asked, parts, arguments)
            runs.append(ledger.run(work, part="final", name=name, rate=rates[name], seed=seed))
            print(f"trained: {name}, seed {seed}, {runs[-1]['seconds']:.1f} s", flush=True)
    runs.sort(key=lambda record: list(LOOPS).index(record["key"]["name"]))
    baselines = word_baselines(parts) | {PROBE: partial(probe, arguments.model, parts, arguments.max_length)}
    return runs + [ledger.run(work, part="baseline", name=name) for name, work in baselines.items()]


def named_value(word: str) -> tuple[str, Any]:
    """NAME=VALUE, with the value in JSON."""
    name, _, value = word.partition("=")
    return name, json.loads(value)


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm", help="as bertlab.load_model takes it")
    parser.add_argument(
        "--ours",
        type=named_value,
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="more for bertlab.fine_tune, values in JSON",
    )
    add_options(parser, epochs=3, rates=[5e-5, 1e-4, 2e-4], seeds=3, out=Path("build/benchmarks/imdb.json"))
    words = sys.argv[1:] if words is None else words
    arguments = parser.parse_args(words)
    arguments.ours = {"attention_dropout": False} | dict(arguments.ours)
    if arguments.train is None:
        arguments.train = 0 if torch.cuda.is_available() else 5000
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    command = f"imdb {shlex.join(words)}".strip()
    parts = divide(arguments)
    ledger = open_ledger(command, arguments, parts)
    headline(
        command,
        f"{arguments.model} on {len(parts.training[0]):,} reviews of {arguments.reviews}, {arguments.epochs} epochs, "
        f"batches of {arguments.batch_size}, at most {arguments.max_length} tokens ({TRUNCATION})",
    )
    tried, rates = choose_rates(ledger, parts, arguments)
    runs = judge(ledger, rates, parts, arguments)
    told = {
        "rates": rates,
        "accuracy": verdicts.accuracies(runs, parts),
        "paired": verdicts.paired(OURS, TRAINER, runs, parts),
        "calibration": verdicts.calibration(runs, parts, tried=tried),
        "challenge": verdicts.challenge(runs, parts),
    }
    ledger.write(**told)
    print(f"\nwritten: {ledger.path}")


if __name__ == "__main__":
    main()
