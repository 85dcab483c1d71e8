"""How many floating-point operations a training step needs, and how many the machine can do: the two ends of "fast enough".

A product of (m, k) and (k, n) is m·n multiplications of k pairs each, added up: 2·m·k·n operations. A weight meets every
token once on the way there, and twice on the way back (for the gradients of the inputs and of the weights): 6 operations
a weight and token (Kaplan et al. 2020, section 2.1).
"""

import time
from collections.abc import Sequence

import torch

from bertlab.errors import InputError

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
SIDE = {"cpu": 2048, "cuda": 8192}
"""Of the square matrices that a peak is measured with: large enough that starting them costs nothing."""


def matrix_weights(config: object) -> int:
    """N, the weights of the encoder layers' matrices: 4·D² for attention and 2·D·I for the feed-forward net, L times.

    `config`: of `bertlab.model` or `transformers`. Embeddings are looked up, not multiplied; biases and LayerNorm are few.
    """
    D, inner = config.hidden_size, config.intermediate_size
    return config.num_hidden_layers * (4 * D**2 + 2 * D * inner)


def training_flops(config: object, lengths: Sequence[int]) -> int:
    """Operations of forward and backward over texts of so many tokens each, padding not counted.

    6·N·T for the weights, with T tokens in all, and for attention, where each token of a text meets each other, 12·L·D·n² a
    text: 2·n²·D for QKᵀ and as many for the weighted mean, three times (there, and twice on the way back). The heads on top
    are left out: a classifier's is a thousandth, a masked language model's is not.

    Raises InputError for a length under 1.
    """
    if any(length < 1 for length in lengths):
        raise InputError(f"a text has {min(lengths)} tokens; expected at least 1 each.")
    attention = 12 * config.num_hidden_layers * config.hidden_size * sum(length**2 for length in lengths)
    return 6 * matrix_weights(config) * sum(lengths) + attention


def measured_peak(precision: str = "fp32", device: torch.device | str | None = None) -> float:
    """Operations a second of this machine's product of two large square matrices of random numbers.

    The best of some runs, with as many threads as torch has: what a training loop could reach if it did nothing else.

    Args:
        precision: "fp32", "bf16" or "fp16".
        device: CUDA where there is one, unless given.
    """
    if precision not in DTYPES:
        raise InputError(f"precision must be one of {', '.join(DTYPES)}, not {precision!r}.")
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    side, seconds = SIDE[device.type], []
    with torch.random.fork_rng([device] if device.type == "cuda" else []), torch.no_grad():
        a, b = (torch.randn(side, side, device=device).to(DTYPES[precision]) for _ in range(2))
        for _ in range(6):
            _wait(device)
            start = time.perf_counter()
            a @ b
            _wait(device)
            seconds.append(time.perf_counter() - start)
    return 2 * side**3 / min(seconds[1:])


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
