"""What freezing saves: time, and memory, with the embeddings and the first layers at rest.

    python -m tests.benchmarks.freezing
    python -m tests.benchmarks.freezing --model google-bert/bert-base-uncased --max-length 512 --repeats 5

Every row fine-tunes the same weights on the same reviews with ``bertlab.fine_tune``; the rows take turns. "time" is the
median over the repetitions of a step's seconds over those of full fine-tuning; "noise" is the row that freezes nothing, run a
second time. On the CPU seconds are the process's own processor time, which other processes disturb less; on CUDA wall time.

"activations" are the bytes that autograd keeps of one full batch for the backward pass, weights not counted; "training" those of
the gradients and of AdamW's two means. Both are counted, not sampled. On CUDA "peak" is the allocator's own. With ``--accuracy``
each model is judged on as many test reviews, since what is frozen does not learn.
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from torch import nn

import bertlab
from bertlab.data.batches import encode, training_batches
from bertlab.model import freeze
from tests.benchmarks.reports import headline, write

LABELS = ["neg", "pos"]
MIB = 2**20


def activations(model: nn.Module, batch: dict[str, torch.Tensor]) -> int:
    """The bytes that autograd keeps of a forward pass, each piece of storage once, without the parameters'."""
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage  # held, so that no other takes its place
        return tensor

    model.train()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = model(**batch).loss
    del loss
    model.eval()
    return sum(storage.nbytes() for storage in kept.values())


def training_bytes(model: nn.Module) -> int:
    """The bytes of a gradient and of AdamW's two means for each parameter that trains."""
    return sum(3 * parameter.nbytes for parameter in model.parameters() if parameter.requires_grad)


def loaded(arguments: argparse.Namespace, frozen: int | None) -> nn.Module:
    model = bertlab.load_model(arguments.model, labels=LABELS, seed=0)
    if frozen is not None:
        freeze(model, layers=frozen)
    return model


def timed(arguments: argparse.Namespace, frozen: int | None, reviews, test) -> dict[str, float]:
    """Fine-tune once; seconds a step, and the rest that only a run tells."""
    model, tokenizer = loaded(arguments, frozen), bertlab.load_tokenizer(arguments.model)
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    began = time.process_time()
    history = bertlab.fine_tune(
        model,
        tokenizer,
        reviews["text"],
        reviews["label"],
        epochs=1,
        batch_size=arguments.batch_size,
        max_length=arguments.max_length,
    )
    seconds = history.seconds if cuda else time.process_time() - began
    told = {"seconds": seconds / len(history.losses)}
    if cuda:
        told["peak"] = torch.cuda.max_memory_allocated()
    if test is not None:
        told["accuracy"] = bertlab.evaluate(model, tokenizer, *test, max_length=arguments.max_length).accuracy
    return told


def main(options: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="minilm", help="as bertlab.load_model takes it")
    parser.add_argument("--reviews", default="film-world", help="as bertlab.load_reviews takes it")
    parser.add_argument("--train", type=int, default=160)
    parser.add_argument("--accuracy", type=int, default=0, metavar="REVIEWS", help="judge on so many test reviews")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/freezing.json"))
    arguments = parser.parse_args(options)
    torch.set_num_threads(arguments.threads)

    splits = bertlab.load_reviews(arguments.reviews)
    reviews = splits["train"].shuffle(seed=0).select(range(arguments.train))
    test = None
    if arguments.accuracy:
        rows = splits["test"].shuffle(seed=0).select(range(arguments.accuracy))
        test = rows["text"], rows["label"]
    layers = loaded(arguments, None).config.num_hidden_layers
    rows: dict[str, int | None] = {"nothing": None, "embeddings": 0}
    rows |= {f"and {number} of {layers} layers": number for number in sorted({layers // 3, 2 * layers // 3, layers} - {0})}
    rows["nothing (noise)"] = None

    tokenizer = bertlab.load_tokenizer(arguments.model)
    cut = {"max_length": arguments.max_length, "truncation": "head"}
    batches = training_batches(
        tokenizer,
        encode(tokenizer, reviews["text"], reviews["label"], **cut),
        batch_size=arguments.batch_size,
        generator=torch.Generator().manual_seed(0),
    )
    longest = max(batches, key=lambda batch: batch["input_ids"].numel())
    counted = {}
    for name, frozen in rows.items():
        model = loaded(arguments, frozen)
        counted[name] = {"activations": activations(model, longest), "training": training_bytes(model)}

    runs: dict[str, list[dict[str, float]]] = {name: [] for name in rows}
    for repeat in range(arguments.repeats):
        for name in list(rows) if repeat % 2 == 0 else list(rows)[::-1]:
            runs[name].append(timed(arguments, rows[name], reviews, test))

    shape = " x ".join(map(str, longest["input_ids"].shape))
    headline("freezing", f"{arguments.model}, {arguments.train} reviews of {arguments.reviews}, batches up to {shape}\n")
    print(f"{'frozen':<20}{'s a step':>9}{'time':>7}{'activations':>13}{'training':>11}{'peak':>11}{'accuracy':>10}")
    table = []
    for name in rows:
        ratio = statistics.median(run["seconds"] / first["seconds"] for run, first in zip(runs[name], runs["nothing"]))
        row = {"name": name, "seconds": statistics.median(run["seconds"] for run in runs[name]), "ratio": ratio}
        row |= counted[name] | {key: runs[name][0][key] for key in ("peak", "accuracy") if key in runs[name][0]}
        table.append(row)
        peak = f"{row['peak'] / MIB:,.0f} MiB" if "peak" in row else "-"
        accuracy = f"{row['accuracy']:.1%}" if "accuracy" in row else "-"
        print(
            f"{name:<20}{row['seconds']:>9.3f}{ratio:>7.2f}{row['activations'] / MIB:>9,.0f} MiB"
            f"{row['training'] / MIB:>7,.0f} MiB{peak:>11}{accuracy:>10}"
        )
    settings = {key: str(value) for key, value in vars(arguments).items()}
    write(arguments.out, "freezing", {"settings": settings, "rows": table})


if __name__ == "__main__":
    main()
