"""What `bertlab pretrain` does: a run that says how it goes, survives being killed, and leaves a model with a manifest."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bertlab.errors import InputError, SourceError
from bertlab.pretraining.corpus import Corpus, FilmWorld, HubText, TextFiles
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.pretraining.recipes import RECIPES, Recipe
from bertlab.pretraining.run import Pretrained, pretrain, steps_in
from bertlab.pretraining.tokenizer import train_tokenizer
from bertlab.training.loop import Progress

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PLAN = "plan.json"
"""What a run began with. A run that goes on reads it, so that it takes as many steps as it was to take."""

VOCABULARY = 8000  # pieces, for a tokenizer trained on a folder of text
HELD_OUT = 256  # documents
EXCERPT = 8  # sentences of real text that count as a document


@dataclass(frozen=True)
class Order:
    """What to pretrain: the command line's options under their own names.

    Attributes:
        recipe: a name among `RECIPES`.
        output: where the model goes, its checkpoints into `checkpoints` below.
        minutes: about how long, or None.
        steps: exactly how many updates, or None. Without either, as many as the recipe has.
        text: a folder of text files to train on, or None.
        held_out: a folder or file of text to judge by; needed with `text`.
        hub: whether to train on WikiText-103 raw from the Hub.
        tokenizer: name or folder of a tokenizer; None for the corpus' own: the shipped one for the film world, a new one
            for a folder of text, BERT's for the Hub.
        seed: of the whole run.
        workers: processes that make the batches ahead; the run is the same with any number of them.
    """

    recipe: str
    output: Path
    minutes: float | None = None
    steps: int | None = None
    text: Path | None = None
    held_out: Path | None = None
    hub: bool = False
    tokenizer: str | None = None
    seed: int = 0
    workers: int = 0

    def __post_init__(self) -> None:
        if self.recipe not in RECIPES:
            raise InputError(f"recipe is {self.recipe!r}; expected one of {', '.join(RECIPES)}.")
        if self.minutes is not None and self.steps is not None:
            raise InputError("give --minutes or --steps, not both.")
        if self.text is not None and self.hub:
            raise InputError("give --text or --hub, not both.")
        if isinstance(self.workers, bool) or not isinstance(self.workers, int) or self.workers < 0:
            raise InputError(f"workers is {self.workers!r}; expected a whole number of at least 0.")
        if (self.text is None) != (self.held_out is None):
            raise InputError("--text and --held-out belong together: the text to learn from, and other text to judge by.")


def run(order: Order, say: Callable[[str], None]) -> Pretrained:
    """Pretrain as ordered, or go on with the run that `order.output` holds; `say` is told how it goes, line by line.

    Raises InputError for an order that makes no sense or differs from the run's in the folder, SourceError for text that
    cannot be had and a folder that cannot be written. Of several processes (`accelerate launch`) the main one speaks and
    writes.
    """
    from bertlab.training.processes import this_process

    processes = this_process()
    if not processes.is_main_process:
        say = _silent
    if order.minutes is not None and processes.num_processes > 1:
        raise InputError("--minutes tries steps in one process; expected --steps with several processes.")
    corpus, judged_by = corpora(order)
    recipe = replace(RECIPES[order.recipe], seed=order.seed)
    with processes.main_process_first():  # the others read what it has written
        tokenizer, steps = _begin(order, recipe, corpus, say)
    recipe = recipe.with_steps(steps)
    held_out = HeldOut(judged_by, tokenizer, documents=_documents(judged_by), max_length=min(recipe.max_length, 128))
    frequencies = WordFrequencies(corpus, tokenizer).score(held_out)
    say(f"{recipe.steps} steps; {len(held_out.targets)} held-out words; knowing word frequencies scores {frequencies:.3f}.")

    def watch(progress: Progress) -> None:
        scores = held_out.score(progress.model)
        say(
            f"step {progress.step} of {progress.steps}, {progress.seconds:.0f} s: held-out masked words "
            f"{scores.mlm_loss:.3f} nats, {scores.mlm_accuracy:.1%} right; next sentence {scores.nsp_accuracy:.1%} right"
        )

    result = pretrain(
        recipe,
        corpus,
        tokenizer,
        folder=order.output / "checkpoints",
        workers=order.workers,
        watch=watch,
        watch_every=max(1, recipe.steps // 40),
    )
    scores = held_out.score(result.model)
    about = {
        "command": _command(order, recipe),
        "corpus": repr(corpus),
        "held_out": {
            "corpus": repr(judged_by),
            "word_frequencies_loss": round(frequencies, 4),
            "mlm_loss": round(scores.mlm_loss, 4),
            "mlm_accuracy": round(scores.mlm_accuracy, 4),
            "nsp_loss": round(scores.nsp_loss, 4),
            "nsp_accuracy": round(scores.nsp_accuracy, 4),
        },
    }
    if processes.is_main_process:
        result.save(order.output, about)
    say(f"{order.output} holds the model, its tokenizer and {len(result.history.losses)} steps' manifest.")
    return result


def corpora(order: Order) -> tuple[Corpus, Corpus]:
    """The text to learn from, and the text to judge by."""
    if order.text is not None:
        return TextFiles(order.text, seed=order.seed, excerpt=EXCERPT), TextFiles(order.held_out, excerpt=EXCERPT)
    if order.hub:
        return HubText(excerpt=EXCERPT), HubText(split="validation", excerpt=EXCERPT)
    return FilmWorld(seed=order.seed), FilmWorld(split="validation")


def _silent(line: str) -> None:
    """What the other processes say."""


def _documents(corpus: Corpus) -> int:
    return min(HELD_OUT, len(corpus)) if isinstance(corpus, TextFiles) else HELD_OUT


def _begin(
    order: Order, recipe: Recipe, corpus: Corpus, say: Callable[[str], None]
) -> tuple["PreTrainedTokenizerBase", int]:
    """The run's tokenizer and its number of steps: those of the run in the folder, or new ones, which are written there."""
    from bertlab.sources import load_tokenizer

    wanted = {name: str(value) for name, value in asdict(order).items() if name not in ("output", "workers")}
    path = order.output / PLAN
    if path.exists():
        from transformers import AutoTokenizer

        plan = json.loads(path.read_text(encoding="utf-8"))
        differing = [name for name in wanted if plan["order"].get(name) != wanted[name]]
        if differing:
            listed = "; ".join(f"{name} is {plan['order'].get(name)} there and {wanted[name]} here" for name in differing)
            raise InputError(f"{order.output} holds another run: {listed}. Name another --output, or delete that folder.")
        say(f"Going on with the run in {order.output}.")
        return AutoTokenizer.from_pretrained(order.output), plan["steps"]
    if order.tokenizer is not None:
        tokenizer = load_tokenizer(order.tokenizer)
    elif order.text is not None:
        sentences = (sentence for document in corpus.documents(0, len(corpus)) for sentence in document)
        tokenizer = train_tokenizer(sentences, vocab_size=VOCABULARY)
    else:
        tokenizer = load_tokenizer("google-bert/bert-base-uncased" if order.hub else "filmbert")
    steps = order.steps or recipe.steps
    if order.minutes is not None:
        say("Trying some steps to see how many fit ...")
        steps = steps_in(order.minutes, recipe, corpus, tokenizer, workers=order.workers)
    try:
        order.output.mkdir(parents=True, exist_ok=True)
        tokenizer.save_pretrained(order.output)
        unfinished = path.with_name(f".{PLAN}")
        unfinished.write_text(json.dumps({"order": wanted, "steps": steps}, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise SourceError(f"{order.output} cannot be written: {error}. Make room, or name another --output.") from error
    return tokenizer, steps


def _command(order: Order, recipe: Recipe) -> str:
    """The command that makes the same model again."""
    source = f" --text {order.text} --held-out {order.held_out}" if order.text else " --hub" if order.hub else ""
    tokenizer = f" --tokenizer {order.tokenizer}" if order.tokenizer else ""
    return f"bertlab pretrain --recipe {order.recipe} --steps {recipe.steps} --seed {order.seed}{source}{tokenizer}"
