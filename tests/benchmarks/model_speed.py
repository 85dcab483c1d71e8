"""Forward and forward + backward of ``bertlab.model.BertModel`` against ``transformers``' BertModel, side by side.

    python -m tests.benchmarks.model_speed
    python -m tests.benchmarks.model_speed --model base --repeats 5 --threads 2
    python -m tests.benchmarks.model_speed --no-compile

Both hold the same weights, without dropout, in float32 with the fused attention that each takes by default. They take turns,
each going first as often as the others. "ratio" is the median over the repetitions of (ours / theirs): below 1 ours is quicker;
"best" is the ratio of the quickest runs, which other processes disturb least; "noise" is "ratio" for a second copy of theirs in
place of ours, which nothing but the machine moves from 1.

On the CPU always; on CUDA where there is one; with torch.compile where there is a C++ compiler. Times on the CPU are the
process's own processor time, all threads together, so that a busy machine disturbs them less; on CUDA they are wall-clock.
"""

import argparse
import os
import platform
import shutil
import statistics
import time
from collections.abc import Callable

import torch
import transformers
from torch import nn

from bertlab.model import BertConfig, BertModel

SIZES = {
    "minilm": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "base": {},
}


def pair_of_models(size: str, device: str) -> list[nn.Module]:
    """Ours, theirs, and a second copy of theirs, with the same weights."""
    torch.manual_seed(0)
    config = BertConfig(**SIZES[size], hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    ours = BertModel(config)
    models = [ours, transformers.BertModel(config.to_hf()), transformers.BertModel(config.to_hf())]
    for theirs in models[1:]:
        theirs.load_state_dict(ours.state_dict())
    return [model.to(device) for model in models]


def batch(tokens: int, size: int, padded: bool, device: str) -> dict[str, torch.Tensor]:
    lengths = torch.linspace(tokens // 2 if padded else tokens, tokens, size).long()
    mask = (torch.arange(tokens) < lengths[:, None]).long()
    ids = torch.randint(1000, 30000, (size, tokens), generator=torch.Generator().manual_seed(0)) * mask
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device), "token_type_ids": torch.zeros_like(ids).to(device)}


def forward(model: nn.Module, inputs: dict[str, torch.Tensor]) -> None:
    with torch.no_grad():
        model(**inputs)


def forward_backward(model: nn.Module, inputs: dict[str, torch.Tensor]) -> None:
    model.zero_grad()
    output = model(**inputs)
    (output.last_hidden_state.mean() + output.pooler_output.mean()).backward()


def measure(work: Callable, models: list[nn.Module], inputs: dict[str, torch.Tensor], repeats: int) -> list[list[float]]:
    """Seconds, one list a model; the order turns by one at each repetition."""

    on_cuda = inputs["input_ids"].is_cuda
    clock = time.perf_counter if on_cuda else time.process_time

    def timed(model: nn.Module) -> float:
        began = clock()
        work(model, inputs)
        if on_cuda:
            torch.cuda.synchronize()
        return clock() - began

    for model in models * 2:
        timed(model)
    seconds: list[list[float]] = [[] for _ in models]
    for repeat in range(repeats):
        for turn in range(len(models)):
            index = (turn + repeat) % len(models)
            seconds[index].append(timed(models[index]))
    return seconds


def rows(arguments: argparse.Namespace, device: str, compiled: bool) -> None:
    models = pair_of_models(arguments.model, device)
    if compiled:
        models = [torch.compile(model, dynamic=False) for model in models[:2]]
    for tokens in arguments.tokens:
        for padded in (False, True):
            inputs = batch(tokens, arguments.batch, padded, device)
            for name, work, train in (("forward", forward, False), ("forward + backward", forward_backward, True)):
                ours, theirs, *again = measure(work, [model.train(train) for model in models], inputs, arguments.repeats)
                ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
                noise = [f"{statistics.median(a / b for a, b in zip(copy, theirs, strict=True)):.3f}" for copy in again]
                print(
                    f"{device + ' compiled' * compiled:<14} {tokens:>6} {'yes' if padded else 'no':>7} {name:<19}"
                    f"{1000 * statistics.median(ours):>10.1f}{1000 * statistics.median(theirs):>10.1f}{ratio:>8.3f}"
                    f"{min(ours) / min(theirs):>8.3f}"
                    f"{(noise or ['-'])[0]:>8}",
                    flush=True,
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=SIZES, default="minilm")
    parser.add_argument("--tokens", type=int, nargs="+", default=[128, 512])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-compile", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {platform.processor() or platform.machine()},")
    print(f"{os.cpu_count()} cores, {arguments.threads} thread(s); {arguments.model}, batches of {arguments.batch}, float32,")
    print(f"no dropout, {arguments.repeats} repetitions, medians in milliseconds\n")
    print(f"{'':<14} {'tokens':>6} {'padding':>7} {'':<19}{'ours':>10}{'theirs':>10}{'ratio':>8}{'best':>8}{'noise':>8}")
    compiler = shutil.which(os.environ.get("CXX", "")) or shutil.which("g++") or shutil.which("clang++")
    for device in ["cpu"] + ["cuda"] * torch.cuda.is_available():
        rows(arguments, device, compiled=False)
        if not arguments.no_compile and (compiler or device == "cuda"):
            rows(arguments, device, compiled=True)


if __name__ == "__main__":
    main()
