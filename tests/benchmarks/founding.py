"""The founding loop against ``bertlab.fine_tune``, side by side: accuracy and time on the same reviews.

    BERTLAB_DATA=<folder with imdb/> python -m tests.benchmarks.founding
    python -m tests.benchmarks.founding --reviews film-world --seeds 1     (no data needed)

The founding loop is the short script that the series began from, with its training reviews shuffled: a Dataset that
tokenises one item at a time and pads to 128, Adam at 2e-5, batches of 8, three epochs. ``--unshuffled`` adds what it was as
written: the first reviews of a split that is sorted by label. ``bertlab.fine_tune`` runs as it comes, with
``attention_dropout=False`` alone, and with all of ``SET_FOR_IT``. All start from the same weights, take the same reviews in
turn, seed by seed, and are judged on the same test reviews. The table goes to the screen and, as JSON, to ``--out``.
"""

import argparse
import json
import os
import platform
import time
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from statistics import mean

import torch
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

import bertlab
from bertlab.tasks.uncertainty import SeedsSpread

LABELS = ["neg", "pos"]
# For reviews on a CPU: reviewers come to their verdict at the end, and dropout on attention weights is slow.
SET_FOR_IT = {"truncation": "head+tail", "attention_dropout": False, "batch_size": 8}


class FoundingReviews(Dataset):
    """Tokenises a review each time it is asked for, padded to the full length."""

    def __init__(self, rows, tokenizer, max_length):
        self.rows, self.tokenizer, self.max_length = rows, tokenizer, max_length

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        encoded = self.tokenizer(
            row["text"], padding="max_length", truncation=True, max_length=self.max_length, return_tensors="pt"
        )
        item = {name: tensor[0] for name, tensor in encoded.items()}
        item["labels"] = torch.tensor(row["label"])
        return item


def founding_loop(model, tokenizer, rows, *, epochs, max_length, seed):
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device)
    loader = DataLoader(FoundingReviews(rows, tokenizer, max_length), batch_size=8, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-5)
    model.train()
    for _ in range(epochs):
        for batch in loader:
            batch = {name: tensor.to(device) for name, tensor in batch.items()}
            optimizer.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            loss.item()


def bertlab_loop(model, tokenizer, rows, **options):
    bertlab.fine_tune(model, tokenizer, rows["text"], rows["label"], **options)


def timed(train, name, rows, test, arguments, seed):
    """Train a fresh model and judge it; returns seconds of training and the evaluation."""
    tokenizer = bertlab.load_tokenizer(arguments.model)
    model = bertlab.load_model(arguments.model, labels=LABELS, seed=seed)
    began = time.perf_counter()
    train(model, tokenizer, rows, epochs=arguments.epochs, max_length=arguments.max_length, seed=seed)
    seconds = time.perf_counter() - began
    truncation = SET_FOR_IT["truncation"] if name == "fine_tune, set for it" else "head"
    judged = bertlab.evaluate(
        model, tokenizer, test["text"], test["label"], max_length=arguments.max_length, truncation=truncation
    )
    tqdm.write(f"  seed {seed}  {name:<22} {seconds:7.1f} s  {judged}")
    return {"loop": name, "seed": seed, "seconds": seconds, "accuracy": judged.accuracy, "interval": judged.interval}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reviews", default="imdb", help="as bertlab.load_reviews takes it")
    parser.add_argument("--model", default="minilm", help="as bertlab.load_model takes it")
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--test", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], metavar="LOOP", help="leave this row out")
    parser.add_argument("--unshuffled", action="store_true", help="add the founding loop on the first reviews as they lie")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/founding.json"))
    arguments = parser.parse_args()

    reviews = bertlab.load_reviews(arguments.reviews)
    test = reviews["test"].shuffle(seed=0).select(range(min(arguments.test, len(reviews["test"]))))
    loops = {
        "founding loop": founding_loop,
        "bertlab.fine_tune": bertlab_loop,
        "no attention dropout": partial(bertlab_loop, attention_dropout=False),
        "fine_tune, set for it": partial(bertlab_loop, **SET_FOR_IT),
    }
    loops = {name: loop for name, loop in loops.items() if name not in arguments.without}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads"
    if torch.cuda.is_available():
        machine += f", {torch.cuda.get_device_name()}"
    date = datetime.now(timezone.utc).date().isoformat()
    print(f"{date}; {machine}; {arguments.model} on {arguments.train} reviews of {arguments.reviews}")

    runs = []
    for seed in range(arguments.seeds):
        rows = reviews["train"].shuffle(seed=seed).select(range(arguments.train))
        # In turn and in alternating order, so that a machine that slows down slows both.
        for name in list(loops) if seed % 2 == 0 else list(loops)[::-1]:
            runs.append(timed(loops[name], name, rows, test, arguments, seed))
    if arguments.unshuffled:
        rows = reviews["train"].select(range(arguments.train))
        runs.append(timed(founding_loop, "founding, unshuffled", rows, test, arguments, 0))

    print(f"\n{'loop':<22} {'accuracy':>9} {'95 % interval':>16} {'seconds':>9} {'time ratio':>11}")
    by_loop = {}
    for run in runs:
        by_loop.setdefault(run["loop"], []).append(run)
    base = {run["seed"]: run["seconds"] for run in by_loop["founding loop"]}
    for name, own in by_loop.items():
        accuracy = SeedsSpread([run["accuracy"] for run in own])
        spread = "one seed" if accuracy.margin is None else f"±{accuracy.margin:.1%} ({len(own)} seeds)"
        ratio = mean(run["seconds"] / base[run["seed"]] for run in own)
        print(f"{name:<22} {accuracy.mean:>9.1%} {spread:>16} {mean(run['seconds'] for run in own):>9.1f} {ratio:>11.2f}")

    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    settings = {key: str(value) for key, value in vars(arguments).items()}
    arguments.out.write_text(json.dumps({"date": date, "machine": machine, "settings": settings, "runs": runs}, indent=1))
    print(f"\nwritten: {arguments.out}")


if __name__ == "__main__":
    main()
