"""The benchmarks of pretraining, each described in its own module.

    python -m tests.benchmarks.pretraining trainer                        (pretraining_trainer.py)
    python -m tests.benchmarks.pretraining tricks                         (pretraining_tricks.py)
    python -m tests.benchmarks.pretraining text --folder F --held-out F   (pretraining_text.py)

Each takes about six minutes on two cores as it comes; `--seconds` and `--minutes` say otherwise.
"""

import argparse
import shlex
import sys

import torch

from tests.benchmarks import pretraining_text, pretraining_trainer, pretraining_tricks

PARTS = {"trainer": pretraining_trainer, "tricks": pretraining_tricks, "text": pretraining_text}


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    for name, module in PARTS.items():
        own = parts.add_parser(name, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        own.add_argument("--threads", type=int, help="torch's, unless it is to choose")
        module.add_options(own)
    words = sys.argv[1:] if words is None else words
    arguments = parser.parse_args(words)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    PARTS[arguments.part].main(arguments, f"pretraining {shlex.join(words)}")


if __name__ == "__main__":
    main()
