"""What each choice of a recipe is worth: the live run of notebook 05, with one thing changed at a time.

    python -m bertlab.pretraining.ablations --out bertlab/filmbert/ablations.json

makes the table that notebook 05 shows, in half an hour on two quiet cores. `--steps 300` makes shorter runs of it, and
`--only "no NSP"` (as often as wanted) only those named; the others keep what the file holds of them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import torch
import typer
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.data import DataLoader

from bertlab.errors import BertlabError, InputError, SourceError
from bertlab.model import BertForPreTraining
from bertlab.model.heads import MaskedLMHead, init_weights
from bertlab.model.losses import IGNORED
from bertlab.model.output import ModelOutput
from bertlab.pretraining.corpus import Corpus, FilmWorld
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.pretraining.recipes import RECIPES, Phase, Recipe
from bertlab.pretraining.run import begin, train_by, training_batches
from bertlab.training.loop import Progress

if TYPE_CHECKING:
    import pandas
    from transformers import PreTrainedTokenizerBase

TABLE = Path(__file__).resolve().parent.parent / "filmbert" / "ablations.json"
"""The table that ships with the package."""

COLUMNS = ("step", "seconds", "mlm_loss", "mlm_accuracy", "nsp_loss", "nsp_accuracy")
"""What a run's curve holds at each point; seconds are of training alone."""

POINTS = 10


def _same(given: Any) -> Any:
    return given


@dataclass(frozen=True)
class Variant:
    """A run that differs from the live one in a single choice.

    Attributes:
        name: what the table calls it.
        change: what is different, for a reader.
        recipe: the live recipe in, the changed one out.
        model: the new model in, the changed one out.
        batches: the training batches in, the changed ones out.
    """

    name: str
    change: str
    recipe: Callable[[Recipe], Recipe] = _same
    model: Callable[[BertForPreTraining], BertForPreTraining] = _same
    batches: Callable[[DataLoader], DataLoader] = _same


class UntiedHead(MaskedLMHead):
    """The masked-LM head with a matrix of its own: the embeddings that it is handed are left alone."""

    def __init__(self, head: MaskedLMHead, model: BertForPreTraining) -> None:
        super().__init__(model.config)
        init_weights(self, model.config)
        self.load_state_dict(head.state_dict())
        table = torch.empty_like(model.bert.embeddings.word_embeddings.weight)
        self.decoder = nn.Parameter(nn.init.normal_(table, std=model.config.initializer_range))

    def forward(
        self, hidden_states: Float[Tensor, "*selected D"], word_embeddings: Float[Tensor, "vocab D"]
    ) -> Float[Tensor, "*selected vocab"]:
        """(..., D) -> (..., V)."""
        return super().forward(hidden_states, self.decoder)


class LogitsEverywhere(BertForPreTraining):
    """Computes the logits of every position, and then leaves out those that were not asked for."""

    def forward(self, *inputs: Any, labels: Any = None, masked_only: bool = False, **others: Any) -> ModelOutput:
        """As `BertForPreTraining`: the same numbers with more work."""
        output = super().forward(*inputs, labels=labels, **others)
        if masked_only:
            output.prediction_logits = output.prediction_logits[labels != IGNORED]
        return output


def untied(model: BertForPreTraining) -> BertForPreTraining:
    """The model with an `UntiedHead`, whose matrix its recipe's seed does not change."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model.cls["predictions"] = UntiedHead(model.cls["predictions"], model)
    return model


def logits_everywhere(model: BertForPreTraining) -> BertForPreTraining:
    """The same weights in a `LogitsEverywhere`."""
    changed = LogitsEverywhere(model.config)
    changed.load_state_dict(model.state_dict())
    return changed


def ungrouped(batches: DataLoader) -> DataLoader:
    """Batches made one by one, of pairs as they come: short ones are padded to the longest."""
    for phase in batches.dataset.datasets:
        phase.batches_in_a_group = 1
    return batches


def with_rate(recipe: Recipe, *rates: float) -> Recipe:
    """The recipe with these mask rates, one a phase."""
    return replace(recipe, phases=tuple(p._replace(rate=rate) for p, rate in zip(recipe.phases, rates, strict=True)))


def with_adamw(recipe: Recipe, rate: float) -> Recipe:
    """The recipe with AdamW for every weight, at one learning rate."""
    return replace(recipe, optimizer="adamw", learning_rate=rate)


def in_half_the_steps(recipe: Recipe, layers: int) -> Recipe:
    """The recipe with so many layers, and half as many steps for them."""
    return replace(recipe.with_steps(max(len(recipe.phases), recipe.steps // 2)), num_hidden_layers=layers)


VARIANTS = (
    Variant("live", "nothing: the recipe of the live run"),
    Variant("seed 1", "another seed", lambda r: replace(r, seed=1)),
    Variant("seed 2", "another seed", lambda r: replace(r, seed=2)),
    Variant("waves", "positions begin as sinusoids, not at random", lambda r: replace(r, waves=0.2)),
    Variant("counted words", "words begin as vectors of their company", lambda r: replace(r, word_vectors=0.5)),
    Variant("128 from the start", "no phase of 32 tokens", lambda r: replace(r, phases=(Phase(128, r.steps),))),
    Variant("AdamW 5e-4", "AdamW for all weights, at most 5e-4", lambda r: with_adamw(r, 5e-4)),
    Variant("AdamW 1e-3", "AdamW for all weights, at most 1e-3", lambda r: with_adamw(r, 1e-3)),
    Variant("AdamW 2e-3", "AdamW for all weights, at most 2e-3", lambda r: with_adamw(r, 2e-3)),
    Variant("15 % masked", "BERT's rate throughout", lambda r: with_rate(r, 0.15, 0.15)),
    Variant("30, then 15 %", "BERT's rate in the second phase", lambda r: with_rate(r, 0.3, 0.15)),
    Variant("45 % masked", "nearly half of the tokens", lambda r: with_rate(r, 0.45, 0.45)),
    Variant("dropout 0.1", "BERT's dropout", lambda r: replace(r, dropout=0.1)),
    Variant("no NSP", "the masked words alone", lambda r: replace(r, next_sentence=False)),
    Variant(
        "[MASK] always",
        "100/0/0 in place of 80/10/10",
        lambda r: replace(r, masking=replace(r.masking, shown_mask=1.0, shown_random=0.0)),
    ),
    Variant("untied", "a decoder of its own", model=untied),
    Variant("logits everywhere", "the head at every position", model=logits_everywhere),
    Variant("lengths mixed", "batches not sorted by length", batches=ungrouped),
    Variant("4 layers, half the steps", "twice as deep, half as long", lambda r: in_half_the_steps(r, 4)),
)


def run_variant(
    variant: Variant,
    recipe: Recipe,
    corpus: Corpus,
    tokenizer: "PreTrainedTokenizerBase",
    held_out: HeldOut,
    *,
    points: int = POINTS,
) -> dict[str, Any]:
    """Train one variant and score it on held-out text before, during and after.

    Returns:
        `name`, `change`, `steps`, `parameters`, `seconds` of training, and the `curve`: a list of `COLUMNS`.
    """
    changed = variant.recipe(recipe)
    model = variant.model(begin(changed, corpus, tokenizer))
    curve: list[list[float]] = []

    def watch(progress: Progress) -> None:
        scores = held_out.score(progress.model)
        point = scores.mlm_loss, scores.mlm_accuracy, scores.nsp_loss, scores.nsp_accuracy
        curve.append([progress.step, round(progress.seconds, 2), *(round(number, 4) for number in point)])

    batches = variant.batches(training_batches(changed, corpus, tokenizer))
    history = train_by(changed, model, batches, watch=watch, watch_every=max(1, changed.steps // points))
    return {
        "name": variant.name,
        "change": variant.change,
        "steps": changed.steps,
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": round(history.seconds, 2),
        "curve": curve,
    }


def read_table(path: str | Path = TABLE) -> dict[str, Any]:
    """What the command wrote. Raises SourceError where it cannot be read."""
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
        lacking = {"steps", "unigram", "runs"} - report.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise SourceError(f"{path} holds no table of ablations: {error}. Make one: {COMMAND} --out {path}") from error
    if lacking:
        raise SourceError(f"{path} lacks {', '.join(sorted(lacking))}. Make it again: {COMMAND} --out {path}")
    return report


def frame(report: dict[str, Any]) -> "pandas.DataFrame":
    """A row a run, by name: `change`, `steps`, `parameters`, `seconds`, and the last point's losses and accuracies."""
    import pandas

    rows = [run | dict(zip(COLUMNS[2:], run["curve"][-1][2:], strict=True)) for run in report["runs"]]
    columns = ["change", "steps", "parameters", "seconds", *COLUMNS[2:]]
    return pandas.DataFrame(rows).set_index("name")[columns]


def chosen(names: Sequence[str]) -> list[Variant]:
    """The variants of these names, or all for none. Raises InputError for a name that is not there."""
    known = {variant.name: variant for variant in VARIANTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"there is no variant {unknown[0]!r}. Choose among: {', '.join(known)}.")
    return [known[name] for name in names] or list(VARIANTS)


def make_table(
    path: str | Path, *, steps: int | None = None, only: Sequence[str] = (), documents: int = 256, say: Callable = _same
) -> dict[str, Any]:
    """Run the variants and write the table after each; see the module for what is kept of an older one.

    Judged on the validation split: recipes are chosen by it, so the test split has to stay out of it.

    Args:
        path: the JSON file to write.
        steps: of every run; the live recipe's where not given.
        only: names of variants; all where not given.
        documents: how many held-out ones the runs are judged on.
        say: called with each finished run.

    Raises:
        InputError: for an unknown name, bad numbers, and an older table of another length.
        SourceError: where the file is there and no table, or cannot be written.
    """
    from transformers import AutoTokenizer

    path, variants = Path(path), chosen(only)
    recipe = RECIPES["live"] if steps is None else RECIPES["live"].with_steps(steps)
    older = read_table(path) if only and path.exists() else None
    if older and older["steps"] != recipe.steps:
        raise InputError(
            f"{path} holds runs of {older['steps']} steps, and these have {recipe.steps}: name another file, or "
            "make all anew."
        )
    tokenizer = AutoTokenizer.from_pretrained(TABLE.parent)
    world = FilmWorld(seed=recipe.seed)
    held_out = HeldOut(FilmWorld(split="validation"), tokenizer, documents=documents, max_length=recipe.max_length)
    runs = {run["name"]: run for run in older["runs"]} if older else {}
    report = {
        "command": COMMAND + (f" --steps {steps}" if steps is not None else ""),
        "steps": recipe.steps,
        "judged_on": f"{documents} documents of the validation split, {len(held_out.targets)} masked words",
        "unigram": round(WordFrequencies(world, tokenizer, documents=2000).score(held_out), 4),
        "threads": torch.get_num_threads(),
        "torch": version("torch"),
        "columns": list(COLUMNS),
    }
    for variant in variants:
        runs[variant.name] = run_variant(variant, recipe, world, tokenizer, held_out)
        order = [runs[v.name] for v in VARIANTS if v.name in runs]
        _write(path, report | {"runs": order})
        say(runs[variant.name])
    return read_table(path)


COMMAND = "python -m bertlab.pretraining.ablations"


def _write(path: Path, report: dict[str, Any]) -> None:
    unfinished = path.with_name(f".{path.name}")
    # A line a run: to be read, and compared, by people.
    runs = ",\n".join("  " + json.dumps(run, ensure_ascii=False) for run in report["runs"])
    head = json.dumps({name: value for name, value in report.items() if name != "runs"}, indent=1, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n', encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be written: {error}. Make room, or name another file.") from error


def main(
    out: Annotated[Path, typer.Option(help="The JSON file to write.")] = Path("build/ablations.json"),
    steps: Annotated[int | None, typer.Option(min=2, help="Steps of every run; without it, the live run's.")] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Run this variant; may be repeated.")] = None,
    documents: Annotated[int, typer.Option(min=2, help="Held-out documents to judge on.")] = 256,
) -> None:
    """Train the live run of notebook 05 again and again, with one thing changed at a time, and write a table."""

    def say(run: dict[str, Any]) -> None:
        typer.echo(f"{run['name']}: {run['curve'][-1][2]:.3f} nats after {run['steps']} steps, {run['seconds']:.0f} s")

    try:
        make_table(out, steps=steps, only=only or (), documents=documents, say=say)
    except BertlabError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
