"""What each trick of the live recipe is worth: taken away one at a time, everything else as it was.

    python -m tests.benchmarks.pretraining tricks --seconds 60
    python -m tests.benchmarks.pretraining tricks --only AdamW layers

Every row trains the same number of seconds on the film world (its learning rates reach 0 at the end, so a slower
row takes fewer steps) and is judged on the same held-out pairs, masked at 15 % whatever the row trained with.
"speed" is its tokens per second over the live recipe's, a smaller model's and a larger one's alike. The live recipe
runs first and last: the two differ by what the machine and the seed do, and so may any row. Learning rates are the
live recipe's, except AdamW alone, which has its own rows; at its best it is the row to compare.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from bertlab.pretraining.recipes import RECIPES, Phase, Recipe
from tests.benchmarks.pretraining_runs import Run, film_world, lasting, train_recipe
from tests.benchmarks.reports import headline, write

LIVE = "the live recipe"
AGAIN = "the live recipe, another seed"


def rows(live: Recipe) -> dict[str, tuple[Recipe, dict[str, Any]]]:
    """Name -> the recipe without the trick, and what to change in how its batches are made."""

    def masked(rate: float) -> Recipe:
        return replace(live, phases=tuple(phase._replace(rate=rate) for phase in live.phases))

    last = live.phases[-1]
    found: dict[str, tuple[Recipe, dict[str, Any]]] = {
        LIVE: (live, {}),
        "logits at every position": (live, {"masked_only": False}),
        "dropout 0.1": (replace(live, dropout=0.1), {}),
        "no grouping by length": (live, {"batches_in_a_group": 1}),
        f"{last.max_length} tokens from the start": (
            replace(live, phases=(Phase(last.max_length, live.steps, last.rate),)),
            {},
        ),
    }
    found |= {f"{rate:.0%} masked": (masked(rate), {}) for rate in (0.15, 0.3, 0.45) if rate != live.phases[0].rate}
    for rate in (7e-4, 2e-3, live.learning_rate):
        found[f"AdamW alone, {rate:g}"] = replace(live, optimizer="adamw", learning_rate=rate), {}
    for layers in (2, 3, 4):
        if layers != live.num_hidden_layers:
            found[f"{layers} layers"] = replace(live, num_hidden_layers=layers), {}
    return found | {AGAIN: (replace(live, seed=live.seed + 1), {})}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=22.0, help="of training, for each row")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="rows whose names hold one of these")
    parser.add_argument("--held-out", type=int, default=200, metavar="DOCUMENTS")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/tricks.json"))


def main(arguments: argparse.Namespace, command: str) -> None:
    live = RECIPES["live"]
    world = film_world(arguments.held_out, live.max_length)
    headline(
        command,
        f"{arguments.seconds:g} s of training a row; held-out pairs of {live.max_length} tokens, 15 % masked, nats",
    )
    print(f"uniform {world.uniform:.3f}, unigram {world.unigram:.3f}\n")
    print(
        f"{'row':<31}{'steps':>7}{'tokens':>11}{'seconds':>9}{'tokens/s':>10}{'speed':>7}{'held-out':>10}{'to live':>9}"
    )
    runs: list[Run] = []
    for name, (recipe, changes) in rows(live).items():
        if name != LIVE and not any(text in name for text in arguments.only):
            continue
        recipe = lasting(arguments.seconds, recipe, world.corpus, world.tokenizer, changes)
        run = train_recipe(name, recipe, world.corpus, world.tokenizer, world.held_out, changes=changes)
        runs.append(run)
        speed = run.tokens_per_second / runs[0].tokens_per_second
        run.about = {"speed": round(speed, 3), "held_out": run.loss, "to_live": round(run.loss - runs[0].loss, 4)}
        print(
            f"{name:<31}{run.steps:>7}{run.tokens:>11,}{run.seconds:>9.1f}{run.tokens_per_second:>10,.0f}{speed:>7.2f}"
            f"{run.loss:>10.3f}{run.loss - runs[0].loss:>+9.3f}",
            flush=True,
        )
    told = {"seconds": arguments.seconds, "uniform": world.uniform, "unigram": world.unigram}
    write(arguments.out, command, told | {"rows": [run.as_dict() for run in runs]})
