"""The live recipe against ``transformers``' Trainer with its masked-language-model collator, side by side.

    python -m tests.benchmarks.pretraining trainer --seconds 40
    python -m tests.benchmarks.pretraining trainer --seconds 120 --rates 1e-3      (longer, one rate)

Both train a BERT of the same sizes on the same reviews of the film world, with the same tokenizer, on the same
threads.

- Trainer: ``BertForMaskedLM`` with BERT's dropout of 0.1 and the fused attention it takes by default,
  ``DataCollatorForLanguageModeling`` at 15 %, each review one sequence cut at the live recipe's last length, padded
  to the longest of its batch, as many reviews in a batch as the recipe has documents; else the Trainer's defaults,
  logging off.
- Trainer, no dropout: the same without any.
- Trainer, set for it: no dropout, batches of like lengths, weight decay, warm-up and AdamW's second decay rate of
  the recipe.

Its reviews are written and tokenised before its clock starts; the live recipe writes, tokenises, pairs and masks
inside of its own, and learns next sentences as well.

First the speed: the loops take turns, in alternating order, and "ratio" is the live recipe's tokens per second over
each one's, turn by turn. Then the loss: the live recipe trains for so many seconds, twice (two seeds), and the
Trainer as long with each learning rate of a grid; all are judged by one `HeldOut`, 15 % masked. "live there after"
is when the live recipe's held-out loss, in the slower of its two runs, was as low as this row's at its end; "share"
is that over the row's seconds.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
import transformers

from bertlab.model import BertForPreTraining
from bertlab.model.checkpoint import current_names
from bertlab.pretraining import FilmWorld
from bertlab.pretraining.recipes import RECIPES, Recipe
from tests.benchmarks.pretraining_runs import (
    GROUP,
    Run,
    TokenCount,
    World,
    film_world,
    lasting,
    train_recipe,
    whole_groups,
)
from tests.benchmarks.reports import headline, write

LIVE = "live recipe"
AS_IT_COMES, SET_FOR_IT = "Trainer", "Trainer, set for it"
DROPOUT = {AS_IT_COMES: 0.1, "Trainer, no dropout": 0.0, SET_FOR_IT: 0.0}


class Clock(transformers.TrainerCallback):
    """Seconds from before the first batch until after the last step."""

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.began = time.perf_counter()

    def on_train_end(self, *_: Any, **__: Any) -> None:
        self.seconds = time.perf_counter() - self.began


def tokenised(world: World, reviews: int, max_length: int) -> list[dict[str, list[int]]]:
    """Reviews of the training stream, one sequence each, and no more than that before the collator sees them."""
    texts = [" ".join(sentences) for sentences in FilmWorld().documents(0, reviews)]
    encoded = world.tokenizer(texts, truncation=True, max_length=max_length)
    return [dict(zip(encoded, row, strict=True)) for row in zip(*encoded.values(), strict=True)]


def run_trainer(
    name: str, recipe: Recipe, world: World, rows: list[dict], steps: int, rate: float, *, judged: bool
) -> Run:
    """Train a new model for so many steps; `rows` are met in the Trainer's order."""
    config = replace(recipe, dropout=DROPOUT[name]).config(len(world.tokenizer)).to_hf()
    transformers.set_seed(recipe.seed)
    model = transformers.BertForMaskedLM(config)
    count, clock = TokenCount(), Clock()
    count.watch(model)
    options: dict[str, Any] = {}
    if name == SET_FOR_IT:
        options = {"train_sampling_strategy": "group_by_length", "weight_decay": recipe.weight_decay}
        options |= {"warmup_steps": int(recipe.warmup * steps), "adam_beta2": recipe.betas[1]}
    with tempfile.TemporaryDirectory() as folder:
        trainer = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                folder,
                max_steps=steps,
                per_device_train_batch_size=recipe.documents_in_a_batch,
                learning_rate=rate,
                seed=recipe.seed,
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=torch.cuda.is_available(),
                **options,
            ),
            data_collator=transformers.DataCollatorForLanguageModeling(world.tokenizer, mlm_probability=0.15),
            train_dataset=rows,
            callbacks=[clock],
        )
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()
    curve = [(round(clock.seconds, 2), round(judge(model, recipe, world), 4))] if judged else []
    return Run(name, recipe.seed, steps, count.tokens, clock.seconds, curve, {"learning_rate": rate})


def judge(theirs: transformers.BertForMaskedLM, recipe: Recipe, world: World) -> float:
    """Its held-out loss, by the judge of the live recipe.

    It was trained on single sequences, so the embedding of second sentences is made that of first ones.
    """
    ours = BertForPreTraining(recipe.config(len(world.tokenizer)))
    missing, unexpected = ours.load_state_dict(current_names(theirs.cpu().state_dict()), strict=False)
    assert not unexpected and all(name.startswith(("bert.pooler", "cls.seq_relationship")) for name in missing), missing
    kinds = ours.bert.embeddings.token_type_embeddings.weight.data
    kinds[1] = kinds[0]
    return world.held_out.score(ours).mlm_loss


def compare_speed(arguments: argparse.Namespace, recipe: Recipe, world: World) -> dict[str, list[Run]]:
    """Turns of each loop; the first of each, which pays for what is done once, is thrown away."""
    short = whole_groups(recipe, arguments.groups)
    rows = tokenised(world, short.steps * recipe.documents_in_a_batch, recipe.max_length)
    found: dict[str, list[Run]] = {name: [] for name in (LIVE, *DROPOUT)}

    def turn(name: str, recipe: Recipe) -> Run:
        if name == LIVE:
            return train_recipe(name, recipe, world.corpus, world.tokenizer)
        return run_trainer(name, recipe, world, rows, recipe.steps, arguments.rates[0], judged=False)

    for name in found:
        turn(name, whole_groups(recipe, 1))
    for number in range(arguments.turns):
        for name in list(found) if number % 2 == 0 else list(found)[::-1]:
            found[name].append(turn(name, short))
    print(f"\nspeed: {arguments.turns} turns of {short.steps} steps")
    print(f"{'loop':<21}{'tokens a step':>15}{'tokens/s':>10}{'ratio':>8}   spread")
    for name, runs in found.items():
        ratios = [own.tokens_per_second / run.tokens_per_second for own, run in zip(found[LIVE], runs, strict=True)]
        speed = median(run.tokens_per_second for run in runs)
        print(
            f"{name:<21}{runs[0].tokens / runs[0].steps:>15,.0f}{speed:>10,.0f}{median(ratios):>8.2f}"
            f"   {min(ratios):.2f} to {max(ratios):.2f}",
            flush=True,
        )
    return found


def compare_loss(
    arguments: argparse.Namespace, recipe: Recipe, world: World, speeds: dict[str, list[Run]]
) -> list[Run]:
    """The live recipe and the Trainer, each the same seconds."""
    names = arguments.loops or [AS_IT_COMES, SET_FOR_IT]
    paces = {name: median(run.seconds / run.steps for run in speeds[name]) for name in names}
    steps = {name: max(1, round(arguments.seconds / pace)) for name, pace in paces.items()}
    rows = tokenised(world, max(steps.values()) * recipe.documents_in_a_batch, recipe.max_length)
    scaled = lasting(arguments.seconds, recipe, world.corpus, world.tokenizer)

    def live(seed: int) -> Run:
        return train_recipe(LIVE, replace(scaled, seed=seed), world.corpus, world.tokenizer, world.held_out, looks=30)

    runs = [live(0)]
    theirs = [
        run_trainer(name, recipe, world, rows, steps[name], rate, judged=True)
        for rate in arguments.rates
        for name in names
    ]
    runs.append(live(1))
    print(
        f"\nheld-out loss after {arguments.seconds:g} s of training "
        f"(nats; uniform {world.uniform:.3f}, unigram {world.unigram:.3f})"
    )
    print(
        f"{'loop':<21}{'rate':>8}{'steps':>7}{'tokens':>11}{'seconds':>9}{'held-out':>10}"
        f"{'live there after':>18}{'share':>8}"
    )
    for run in theirs:
        there = [own.seconds_to(run.loss) for own in runs]
        late = None if None in there else max(there)
        run.about |= {"live_there_after": late, "share": None if late is None else round(late / run.seconds, 3)}
    for run in runs + theirs:
        rate, late, share = (run.about.get(key) for key in ("learning_rate", "live_there_after", "share"))
        told = f"{late:>16.1f} s{share:>8.2f}" if late is not None else f"{'never' if rate else '':>18}"
        print(
            f"{run.name:<21}{rate or '':>8}{run.steps:>7}{run.tokens:>11,}{run.seconds:>9.1f}{run.loss:>10.3f}{told}",
            flush=True,
        )
    best = min(theirs, key=lambda run: run.loss)
    share = best.about["share"]
    there = "is never as low" if share is None else f"is as low after {share:.0%} of that time"
    print(
        f"\n{best.name} at its best ({best.about['learning_rate']:g}) ends at {best.loss:.3f}; the live recipe {there}."
    )
    return runs + theirs


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=30.0, help="of training, for each run of the second table")
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3], help="the Trainer's learning rates"
    )
    parser.add_argument("--loops", nargs="+", choices=DROPOUT, help="for the second table")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--groups", type=int, default=1, help=f"of {GROUP} batches for each phase in a turn")
    parser.add_argument("--held-out", type=int, default=200, metavar="DOCUMENTS")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/trainer.json"))


def main(arguments: argparse.Namespace, command: str) -> None:
    recipe = RECIPES["live"]
    world = film_world(arguments.held_out, recipe.max_length)
    sizes = f"{recipe.num_hidden_layers} layers, {recipe.hidden_size} wide, {len(world.tokenizer)} pieces"
    headline(command, f"{sizes}, {recipe.documents_in_a_batch} reviews in a batch, at most {recipe.max_length} tokens")
    speeds = compare_speed(arguments, recipe, world)
    runs = compare_loss(arguments, recipe, world, speeds)
    told = {"uniform": world.uniform, "unigram": world.unigram}
    turns = [run.as_dict() for own in speeds.values() for run in own]
    write(arguments.out, command, told | {"turns": turns, "runs": [run.as_dict() for run in runs]})
