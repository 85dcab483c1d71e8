"""A BERT of two layers, 128 wide, on all of IMDb's training reviews: how far it comes from which start, beside TF-IDF.

    BERTLAB_DATA=<folder with imdb/> python -m tests.benchmarks.imdb_pocket
    python -m tests.benchmarks.imdb_pocket --start random pca counted+mlm --train 5000 --seeds 1 --test 2000
    python -m tests.benchmarks.imdb_pocket --reviews film-world --train 400 --max-length 64      (no data needed)

The model has MiniLM's vocabulary. Its starts, of which ``--start`` takes one or several:

- random: BERT's own, normal with a standard deviation of 0.02;
- pca: MiniLM's word embeddings, projected on their 128 principal components;
- whitened: the same, each component scaled to the same variance;
- counted: word vectors counted in the training reviews (`bertlab.pretraining.start.word_vectors`);
- any of these with +mlm: pretrained on the training reviews' text first, as a masked language model.

All but random begin with sinusoids for positions. Each start is tried with each of ``--rates`` and one seed; the pair
with the highest accuracy on a validation part, carved from the training split, is trained with all seeds and judged once
on the test split. While it trains, some of the word pieces it reads are masked (``--word-dropout``), so that no verdict
hangs on a few words; the words of so small a model are most of its weights.

Every finished run is kept in the JSON at once; started again with the same settings, the benchmark goes on.
"""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import bertlab
from bertlab.data.reviews import CLASSES
from bertlab.model import BertForPreTraining, BertForSequenceClassification
from bertlab.pretraining.corpus import TextDocument, sentences_of
from bertlab.pretraining.recipes import Phase, Recipe
from bertlab.pretraining.run import train_by, training_batches
from bertlab.pretraining.start import sinusoids, word_vectors
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
    word_baselines,
)
from tests.benchmarks.ledger import Ledger, Record
from tests.benchmarks.reports import headline

VOCABULARY = "minilm"
TABLES = ("random", "pca", "whitened", "counted")
STARTS = tuple(table + more for table in TABLES for more in ("", "+mlm"))
BEST = "pca"
LAYERS, WIDTH, POSITIONS = 2, 128, 512
COUNTED = 10_000  # reviews at most, in which word pairs are counted: the pairs of all would take some gigabytes
TRIED_WITH = 1000  # the seed of the runs that choose: none of the final ones'


class ReviewText:
    """Reviews as documents: each its sentences, or, ``whole``, one; after the last the first comes again."""

    def __init__(self, texts: Sequence[str], *, whole: bool = False) -> None:
        self.texts, self.whole = texts, whole

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents number `start` to `start + count`, exclusive."""
        texts = [self.texts[number % len(self.texts)] for number in range(start, start + count)]
        return [[text] if self.whole else [s for line in text.splitlines() for s in sentences_of(line)] for text in texts]


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The model's sizes, and how it is pretrained where it is."""
    return Recipe(
        num_hidden_layers=LAYERS,
        hidden_size=WIDTH,
        max_position_embeddings=POSITIONS,
        phases=(Phase(128, arguments.mlm_steps),),
        next_sentence=False,
    )


def word_table(name: str, texts: Sequence[str], tokenizer: Any) -> Float[Tensor, "vocab width"]:
    """The word embeddings of a start; a piece about which nothing is known has zeros."""
    if name == "counted":
        corpus = ReviewText(texts, whole=True)
        return torch.from_numpy(word_vectors(corpus, tokenizer, WIDTH, documents=min(COUNTED, len(texts)))).float()
    words = bertlab.load_model(VOCABULARY).get_input_embeddings().weight.detach()
    left, values, _ = torch.linalg.svd(words - words.mean(dim=0), full_matrices=False)
    return left[:, :WIDTH] * (1 if name == "whitened" else values[:WIDTH])


def encoder(start: str, texts: Sequence[str], arguments: argparse.Namespace) -> tuple[dict[str, Tensor], float]:
    """The weights of a start, and the seconds that they took; its randomness is seed 0's."""
    began = time.perf_counter()
    tokenizer, recipe = bertlab.load_tokenizer(VOCABULARY), recipe_of(arguments)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(recipe.seed)
        model = BertForPreTraining(recipe.config(len(tokenizer)))
    table, *pretrained = start.split("+")
    if table != "random":
        vectors = word_table(table, texts, tokenizer)
        known = vectors.any(dim=1)
        embeddings = model.bert.embeddings
        with torch.no_grad():
            # To each vector a tenth of a random start of its size, so that no two pieces have the same.
            noise = embeddings.word_embeddings.weight[known] / model.config.initializer_range
            vectors = vectors[known] / vectors[known].std() + 0.1 * noise
            embeddings.word_embeddings.weight[known] = arguments.word_std * vectors
            embeddings.position_embeddings.weight.copy_(arguments.waves * sinusoids(POSITIONS, WIDTH))
    if pretrained:
        train_by(recipe, model, training_batches(recipe, ReviewText(texts), tokenizer))
    return {name: tensor.cpu() for name, tensor in model.state_dict().items()}, time.perf_counter() - began


def classifier(weights: dict[str, Tensor], seed: int, arguments: argparse.Namespace) -> BertForSequenceClassification:
    """The start's encoder with a new head and with dropout; the seed decides the head."""
    config = recipe_of(arguments).config(len(bertlab.load_tokenizer(VOCABULARY)))
    config = replace(config, id2label=dict(enumerate(CLASSES)), hidden_dropout_prob=arguments.dropout)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = BertForSequenceClassification(config)
    own = {name: weights[name] for name in model.state_dict() if name in weights}
    model.load_state_dict(own, strict=False)
    return model


def drop_words(model: nn.Module, share: float, mask: int, kept: Sequence[int]) -> None:
    """From now on the model reads `mask` in place of that share of the word pieces, while it trains; never for `kept`."""

    def masked(model: nn.Module, inputs: tuple, named: dict[str, Tensor]) -> tuple[tuple, dict[str, Tensor]]:
        if model.training and share:
            ids = named["input_ids"]
            stay = torch.isin(ids, torch.tensor(kept, device=ids.device))
            dropped = (torch.rand(ids.shape, device=ids.device) < share) & ~stay
            named = {**named, "input_ids": ids.masked_fill(dropped, mask)}
        return inputs, named

    model.register_forward_pre_hook(masked, with_kwargs=True)


class Starts:
    """The starts' weights, each made once for the same texts."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.made: dict[tuple[str, int], tuple[dict[str, Tensor], float]] = {}

    def __call__(self, start: str, rows: Rows) -> tuple[dict[str, Tensor], float]:
        key = start, len(rows[0])
        if key not in self.made:
            self.made[key] = encoder(start, rows[0], self.arguments)
        return self.made[key]


def trained(
    start: str, rate: float, seed: int, rows: Rows, asked: Sequence[str], starts: Starts, parts: Parts
) -> dict[str, Any]:
    """Train a classifier from a start; returns the record of the run."""
    arguments, tokenizer = starts.arguments, bertlab.load_tokenizer(VOCABULARY)
    weights, start_seconds = starts(start, rows)
    model = classifier(weights, seed, arguments)
    drop_words(model, arguments.word_dropout, tokenizer.mask_token_id, tokenizer.all_special_ids)
    seconds = fine_tune(model, tokenizer, rows, rate, seed, arguments)
    about = {"learnt_from": len(rows[0]), "seconds": seconds, "start_seconds": start_seconds}
    about |= {"reviews_per_second": len(rows[0]) * arguments.epochs / seconds}
    return about | answers(of_model(model, tokenizer, arguments.max_length), parts, asked)


def row(start: str) -> str:
    """What the tables call the model with this start."""
    return f"pocket BERT, {start}"


def choose(ledger: Ledger, starts: Starts, parts: Parts) -> tuple[list[Record], Record]:
    """Try every start with every rate; returns the runs, and the one that does best on the validation part."""
    print(f"\n{'tried on validation':<28}{'rate':>8}{'accuracy':>10}{'loss':>8}{'seconds':>9}{'for the start':>15}")
    runs = []
    for start in starts.arguments.start:
        for rate in starts.arguments.rates:
            work = partial(trained, start, rate, TRIED_WITH, parts.tuning, CHOSEN_ON, starts, parts)
            runs.append(ledger.run(work, part="tried", name=row(start), start=start, rate=rate))
            judged = evaluation(runs[-1]["validation"], parts.validation[1])
            print(
                f"{row(start):<28}{rate:>8g}{judged.accuracy:>10.2%}{judged.log_loss:>8.3f}{runs[-1]['seconds']:>9.1f}"
                f"{runs[-1]['start_seconds']:>15.1f}",
                flush=True,
            )
    return runs, verdicts.best_of(runs, parts)


def judge(ledger: Ledger, chosen: Record, starts: Starts, parts: Parts) -> list[Record]:
    """Train what was chosen with every seed and judge it on the test reviews, then the baselines; returns the runs."""
    asked = JUDGED_ON if parts.validation_held_out else JUDGED_ON[1:]
    name, start, rate = (chosen["key"][part] for part in ("name", "start", "rate"))
    runs = []
    for seed in range(starts.arguments.seeds):
        work = partial(trained, start, rate, seed, parts.training, asked, starts, parts)
        runs.append(ledger.run(work, part="final", name=name, start=start, rate=rate, seed=seed))
        print(f"trained: {name}, seed {seed}, {runs[-1]['seconds']:.1f} s", flush=True)
    return runs + [ledger.run(work, part="baseline", name=name) for name, work in word_baselines(parts).items()]


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", nargs="+", choices=STARTS, default=[BEST], metavar="START", help=", ".join(STARTS))
    parser.add_argument("--dropout", type=float, default=0.1, help="on hidden states")
    parser.add_argument("--word-dropout", type=float, default=0.1, help="the share of word pieces masked in training")
    parser.add_argument("--word-std", type=float, default=0.08, help="the standard deviation of a start's word vectors")
    parser.add_argument("--waves", type=float, default=0.02, help="the size of the sinusoids")
    parser.add_argument("--mlm-steps", type=int, default=1500, help="of 16 reviews, for the starts with +mlm")
    add_options(
        parser, train=0, epochs=4, rates=[1e-3], batch_size=32, seeds=3, out=Path("build/benchmarks/imdb_pocket.json")
    )
    words = sys.argv[1:] if words is None else words
    arguments = parser.parse_args(words)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    command = f"imdb_pocket {shlex.join(words)}".strip()
    parts = divide(arguments)
    ledger = open_ledger(command, arguments, parts)
    headline(
        command,
        f"{LAYERS} layers, {WIDTH} wide, {len(parts.training[0]):,} reviews of {arguments.reviews}, "
        f"{arguments.epochs} epochs, batches of {arguments.batch_size}, at most {arguments.max_length} tokens ({TRUNCATION})",
    )
    starts = Starts(arguments)
    tried, chosen = choose(ledger, starts, parts)
    runs = judge(ledger, chosen, starts, parts)
    told = {
        "chosen": chosen["key"],
        "accuracy": verdicts.accuracies(runs, parts),
        "calibration": verdicts.calibration(runs, parts, tried=tried),
        "challenge": verdicts.challenge(runs, parts),
    }
    ledger.write(**told)
    print(f"\nwritten: {ledger.path}")


if __name__ == "__main__":
    main()
