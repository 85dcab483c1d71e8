"""What pretraining is worth with few labels: the same model fine-tuned from pretrained and from random weights.

    python -m tests.benchmarks.transfer
    python -m tests.benchmarks.transfer --model my-model --labels 100 --seeds 5

Both are fine-tuned by ``bertlab.fine_tune`` on the same few labelled reviews of the film world, seed by seed, and
judged on the hard slice of its test split, where the words of a review point the wrong way: films and reviews that
neither has seen. (A film of the test split occurs in no review of the training split, which pretraining read
without labels.) Each gets the learning rate and the epochs, of one grid, that do best on hard and easy reviews of
the validation split with the first seed's labels.
"""

import argparse
from itertools import islice
from pathlib import Path
from statistics import mean

import torch
import transformers
from torch import nn

import bertlab
from bertlab.world import reviews
from tests.benchmarks.pretraining_runs import FILMBERT
from tests.benchmarks.reports import headline, write

LABELS = ["neg", "pos"]
PRETRAINED, RANDOM = "pretrained", "random weights"
Rows = tuple[list[str], list[int]]


def new_model(source: str, folder: str, seed: int) -> nn.Module:
    """The folder's model with a new head; with `RANDOM`, its sizes alone."""
    model = bertlab.load_model(folder, labels=LABELS, seed=seed)
    if source == PRETRAINED:
        return model
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return transformers.AutoModelForSequenceClassification.from_config(model.config).eval()


def labelled(split: str, count: int, *, seed: int = 0, hard: bool | None = None) -> Rows:
    """So many reviews of a split; with `hard`, only those of the hard slice, or only the others."""
    stream = (review for review in reviews(seed=seed, split=split) if hard is None or review.hard is hard)
    taken = list(islice(stream, count))
    return [review.text for review in taken], [review.label for review in taken]


def fine_tuned(
    source: str, folder: str, rows: Rows, *, epochs: int, rate: float, seed: int, max_length: int
) -> nn.Module:
    model = new_model(source, folder, seed)
    tokenizer = bertlab.load_tokenizer(folder)
    bertlab.fine_tune(
        model, tokenizer, *rows, epochs=epochs, learning_rate=rate, batch_size=8, max_length=max_length, seed=seed
    )
    return model


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(FILMBERT), help="a folder, or a name that bertlab.load_model takes")
    parser.add_argument("--labels", type=int, default=200, help="labelled reviews to learn from")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-4, 3e-4, 1e-3])
    parser.add_argument("--epochs", type=int, nargs="+", default=[4, 10])
    parser.add_argument("--judged", type=int, default=400, help="reviews of the hard slice, and as many easy ones")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/transfer.json"))
    arguments = parser.parse_args(words)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    tokenizer = bertlab.load_tokenizer(arguments.model)
    headline("transfer", f"{arguments.labels} labels, at most {arguments.max_length} tokens")

    def accuracy(model: nn.Module, rows: Rows) -> float:
        return bertlab.evaluate(model, tokenizer, *rows, max_length=arguments.max_length).accuracy

    half = arguments.judged // 2
    validation = [labelled("validation", half, hard=hard) for hard in (True, False)]
    test = [labelled("test", arguments.judged, hard=hard) for hard in (True, False)]
    lessons = [labelled("train", arguments.labels, seed=1000 + seed) for seed in range(arguments.seeds)]

    best, grid = {}, []
    print(f"\n{'weights':<16}{'rate':>8}{'epochs':>8}{'hard, validation':>18}{'easy':>8}")
    for source in (PRETRAINED, RANDOM):
        for rate in arguments.rates:
            for epochs in arguments.epochs:
                options = {"epochs": epochs, "rate": rate, "max_length": arguments.max_length}
                model = fine_tuned(source, arguments.model, lessons[0], seed=0, **options)
                hard, easy = (accuracy(model, rows) for rows in validation)
                grid.append({"weights": source, "rate": rate, "epochs": epochs, "hard": hard, "easy": easy})
                print(f"{source:<16}{rate:>8g}{epochs:>8}{hard:>18.1%}{easy:>8.1%}", flush=True)
                if source not in best or hard + easy > best[source][0]:
                    best[source] = hard + easy, options

    print(f"\n{'seed':<6}{'weights':<16}{'rate':>8}{'epochs':>8}{'hard, test':>18}{'easy':>8}")
    runs = []
    for seed, rows in enumerate(lessons):
        for source in (PRETRAINED, RANDOM) if seed % 2 == 0 else (RANDOM, PRETRAINED):
            options = best[source][1]
            model = fine_tuned(source, arguments.model, rows, seed=seed, **options)
            hard, easy = (accuracy(model, judged) for judged in test)
            runs.append({"weights": source, "seed": seed, **options, "hard": hard, "easy": easy})
            print(
                f"{seed:<6}{source:<16}{options['rate']:>8g}{options['epochs']:>8}{hard:>18.1%}{easy:>8.1%}", flush=True
            )

    scores = {source: [run["hard"] for run in runs if run["weights"] == source] for source in best}
    gains = [own - other for own, other in zip(scores[PRETRAINED], scores[RANDOM], strict=True)]
    print()
    for source, values in scores.items():
        print(f"{source:<16}{mean(values):>7.1%} of the hard slice ({min(values):.1%} to {max(values):.1%})")
    points = [100 * gain for gain in gains]
    print(
        f"{'gain':<16}{mean(points):>+7.1f} points ({min(points):+.1f} to {max(points):+.1f}) over {len(points)} seeds"
    )
    write(arguments.out, "transfer", {"labels": arguments.labels, "grid": grid, "runs": runs, "gains": gains})


if __name__ == "__main__":
    main()
