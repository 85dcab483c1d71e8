"""The package's pretraining on real text: a folder of text files to learn from, a file held out.

    python -m tests.benchmarks.pretraining text --folder <folder of *.txt> --held-out <file> --minutes 5

WikiText-2, as a folder of text files, is what it was made with; any UTF-8 text serves. The tokenizer is trained on
the same folder. The recipe is the live one with short sequences, small batches and a small vocabulary: real text is
far wider than the film world, and a model of two layers leaves what word frequencies alone would score only where
it sees many updates. Printed are the uniform and the unigram loss and, as it falls, the held-out loss (15 % masked)
and the accuracy.

Articles are long, and a batch holds whole documents; so they are cut into excerpts of a few sentences.
"""

import argparse
import math
from dataclasses import replace
from pathlib import Path

from bertlab.pretraining import TextFiles, train_tokenizer
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.pretraining.recipes import RECIPES, Phase
from bertlab.pretraining.run import pretrain
from bertlab.training.loop import Progress
from tests.benchmarks.pretraining_runs import lasting
from tests.benchmarks.reports import headline, write

LONGEST = 64  # tokens of a pair, where the run is judged


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder", type=Path, required=True, help="*.txt, in WikiText's format or with blank lines between"
    )
    parser.add_argument("--held-out", type=Path, required=True, help="a text file of the same kind")
    parser.add_argument("--minutes", type=float, default=5.0, help="of training")
    parser.add_argument("--vocab-size", type=int, default=4000)
    parser.add_argument("--sentences", type=int, default=8, help="in an excerpt")
    parser.add_argument("--judged", type=int, default=200, metavar="EXCERPTS", help="held-out excerpts")
    parser.add_argument("--looks", type=int, default=12, help="at the held-out loss")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/text.json"))


def main(arguments: argparse.Namespace, command: str) -> None:
    corpus = TextFiles(arguments.folder, excerpt=arguments.sentences)
    documents = corpus.documents(0, len(corpus))
    tokenizer = train_tokenizer([text for document in documents for text in document], vocab_size=arguments.vocab_size)
    held_out = HeldOut(
        TextFiles(arguments.held_out, excerpt=arguments.sentences),
        tokenizer,
        documents=arguments.judged,
        max_length=LONGEST,
    )
    uniform = math.log(len(tokenizer))
    unigram = WordFrequencies(corpus, tokenizer, documents=len(corpus)).score(held_out)
    recipe = replace(
        RECIPES["live"],
        max_position_embeddings=LONGEST,
        phases=(Phase(32, 3), Phase(LONGEST, 1)),
        documents_in_a_batch=8,
    )
    recipe = lasting(60 * arguments.minutes, recipe, corpus, tokenizer)
    headline(
        "pretraining text",
        f"{len(corpus)} excerpts of {arguments.sentences} sentences, {len(tokenizer)} pieces, {recipe}",
    )
    print(f"\n{len(held_out.targets)} held-out positions; uniform {uniform:.3f}, unigram {unigram:.3f} nats\n")
    print(f"{'step':>6}{'seconds':>9}{'training':>10}{'held-out':>10}{'to unigram':>12}{'accuracy':>10}{'NSP':>8}")
    curve = []

    def watch(seen: Progress) -> None:
        scores = held_out.score(seen.model)
        training = f"{sum(seen.losses) / len(seen.losses):.3f}" if seen.losses else "-"
        curve.append(
            {"step": seen.step, "seconds": seen.seconds, "mlm_loss": scores.mlm_loss, "accuracy": scores.mlm_accuracy}
        )
        print(
            f"{seen.step:>6}{seen.seconds:>9.1f}{training:>10}{scores.mlm_loss:>10.3f}"
            f"{scores.mlm_loss - unigram:>+12.3f}{scores.mlm_accuracy:>10.1%}{scores.nsp_accuracy:>8.1%}",
            flush=True,
        )

    pretrain(recipe, corpus, tokenizer, watch=watch, watch_every=max(1, recipe.steps // arguments.looks))
    loss = curve[-1]["mlm_loss"]
    print(
        f"\nheld-out loss {loss:.3f}: {abs(unigram - loss):.3f} nats "
        f"{'below' if loss < unigram else 'ABOVE'} the unigram loss"
    )
    write(
        arguments.out,
        "pretraining text",
        {"uniform": uniform, "unigram": unigram, "steps": recipe.steps, "curve": curve},
    )
