"""Checks for notebook 01, the input: each takes the function that an exercise asks for and tries it on inputs of its own.

All return "Right: ...", or raise `WrongAnswer` with the likely mistake; so too when the function raises, returns
nothing, or returns something of another kind.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from bertlab.checks.answers import WrongAnswer, call, judge

EPSILON = 1e-12


@dataclass(frozen=True)
class Case:
    """One trial of a function: what is asked of it, the arguments, the right answer, and what usual mistakes give."""

    what: str
    arguments: tuple[Any, ...]
    expected: Any
    mistakes: Mapping[str, Any]


def encode(function: Callable[[str, dict[str, int], int], list[int]]) -> str:
    """Check ``encode(text, vocab, max_length)``: the list of ids of a text, normalised, cut, framed and truncated."""
    names = "[PAD] [CLS] [SEP] [UNK] cafe film films watch able ##able ##s ##script".split()
    vocab = {name: number for number, name in enumerate(names)}
    texts = [
        ("watch films", 10),
        ("film cafe watchable", 10),
        ("watchs filming film", 10),
        ("filmscript", 10),
        ("Watch Films", 10),
        ("café films", 10),
        ("film film watchable films cafe", 5),
    ]
    cases = []
    for text, longest in texts:
        mistakes = {told: _encode(text, vocab, longest, **changes) for told, changes in ENCODE_MISTAKES.items()}
        what = f"the ids of {text!r} with max_length={longest}"
        cases.append(Case(what, (text, vocab, longest), _encode(text, vocab, longest), mistakes))
    return _try(function, "encode", cases, whole_numbers=True)


def layer_norm(function: Callable[[Tensor, Tensor, Tensor, float], Tensor]) -> str:
    """Check ``layer_norm(x, gamma, beta, eps)``: `x` (B, n, D), `gamma` and `beta` (D,); the answer is (B, n, D)."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 5, generator=generator) * 2 + 1
    gamma, beta = torch.rand(5, generator=generator) + 0.5, torch.randn(5, generator=generator)
    cases = []
    for eps in (EPSILON, 0.5):
        mistakes = {told: _layer_norm(x, gamma, beta, eps, **changes) for told, changes in LAYER_NORM_MISTAKES.items()}
        mistakes["gamma is forgotten"] = _layer_norm(x, torch.ones(5), beta, eps)
        mistakes["beta is forgotten"] = _layer_norm(x, gamma, torch.zeros(5), eps)
        mistakes["gamma and beta are forgotten"] = _layer_norm(x, torch.ones(5), torch.zeros(5), eps)
        mistakes["beta is added before gamma multiplies; multiply first"] = gamma * _layer_norm(x, torch.ones(5), beta, eps)
        mistakes["gamma and beta are swapped"] = _layer_norm(x, beta, gamma, eps)
        mistakes["eps is left out, or is not the one handed in"] = _layer_norm(x, gamma, beta, EPSILON)
        arguments = (x, gamma, beta, eps)
        cases.append(Case(f"layer_norm with eps={eps}", arguments, _layer_norm(*arguments), mistakes))
    return _try(function, "layer_norm", cases, hint="Did mean and variance keep their last dimension (keepdim=True)?")


def segment_ids(function: Callable[[int, int], list[int]]) -> str:
    """Check ``segment_ids(n_a, n_b)``: 0 or 1 for each token of `[CLS] A [SEP] B [SEP]`, (n_a + n_b + 3,)."""
    cases = []
    for a, b in ((4, 2), (1, 5)):
        right = [0] * (a + 2) + [1] * (b + 1)
        mistakes = {
            "the last [SEP] is in segment 0; it ends B and belongs to it": [0] * (a + 2) + [1] * b + [0],
            "the first [SEP] is in segment 1; it ends A and belongs to it": [0] * (a + 1) + [1] * (b + 2),
            "[CLS] is in segment 1; it goes with A": [1] + right[1:],
            "[CLS] and [SEP] are not counted": [0] * a + [1] * b,
            "[CLS] or the first [SEP] is not counted": right[1:],
            "the last [SEP] is not counted": right[:-1],
            "all tokens are in segment 0": [0] * len(right),
            "the segments count from 1; they count from 0": [number + 1 for number in right],
            "0 and 1 are swapped": [1 - number for number in right],
        }
        cases.append(Case(f"the segments for n_a={a}, n_b={b}", (a, b), right, mistakes))
    return _try(function, "segment_ids", cases, whole_numbers=True)


def input_embedding(function: Callable[..., Tensor]) -> str:
    """Check ``input_embedding(ids, segments, E, P, S, gamma, beta)``: h0 (B, n, D) of ids and segments (B, n)."""
    generator = torch.Generator().manual_seed(0)
    E, P, S = (torch.randn(rows, 5, generator=generator) for rows in (11, 9, 2))
    gamma, beta = torch.rand(5, generator=generator) + 0.5, torch.randn(5, generator=generator)
    ids = torch.tensor([[2, 7, 5, 3, 8, 3], [2, 9, 3, 10, 4, 3]])
    segments = torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1]])
    count = torch.arange(6)  # (n,)
    again = torch.where(segments == 1, segments.cumsum(-1) - 1, count)  # (B, n)

    def normed(summed: Tensor, **changes: Any) -> Tensor:
        return _layer_norm(summed, gamma, beta, EPSILON, **changes)

    words, right = E[ids], E[ids] + P[count] + S[segments]  # (B, n, D)
    each = [normed(part) for part in (words, P[count], S[segments])]
    mistakes = {
        "LayerNorm is forgotten: this is E + P + S": right,
        "the segments are forgotten": normed(words + P[count]),
        "every token is in segment 0": normed(words + P[count] + S[0]),
        "0 and 1 are swapped in the segments": normed(words + P[count] + S[1 - segments]),
        "the positions are forgotten": normed(words + S[segments]),
        "the positions count from 1; they count from 0": normed(words + P[count + 1] + S[segments]),
        "the positions begin again with the second text; they run on": normed(words + P[again] + S[segments]),
        "the ids are taken for positions": normed(words + P[ids.clamp(max=8)] + S[segments]),
        "each part is normalised before the sum; normalise the sum": sum(each),
        "only the words are normalised; normalise the sum": normed(words) + P[count] + S[segments],
        "the words are multiplied by √D, as in the original Transformer; BERT does not do it": normed(
            words * 5**0.5 + P[count] + S[segments]
        ),
        "gamma and beta are forgotten": _layer_norm(right, torch.ones(5), torch.zeros(5), EPSILON),
        "LayerNorm's mean and variance are over the tokens; each token is normalised by itself": normed(right, axes=1),
        "LayerNorm's variance is the unbiased one; divide by D": normed(right, correction=1),
        "the sum is divided by 3": normed(right / 3),
    }
    case = Case("the input embedding", (ids, segments, E, P, S, gamma, beta), normed(right), mistakes)
    hint = "E[ids] and S[segments] are (B, n, D), and the first n rows of P are (n, D), which fits them."
    return _try(function, "input_embedding", [case], hint=hint, repeatable=True)


def mean_of_tokens(function: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Check ``mean_of_tokens(hidden_states, attention_mask)``: (B, n, D) and (B, n) to (B, D), padding left out."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(3, 4, 5, generator=generator) + 1
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])
    kept = states * mask[..., None]  # (B, n, D)
    counts = mask.sum(1, keepdim=True)  # (B, 1)
    mistakes = {
        "padding is in the mean": states.mean(1),
        "the sum leaves padding out, but is divided by n; divide by the number of real tokens": kept.mean(1),
        "padding is in the sum": states.sum(1) / counts,
        "the sum is not divided": kept.sum(1),
        "the sum is not divided, and padding is in it": states.sum(1),
        "[CLS] alone is taken": states[:, 0],
        "the mean is over the D columns; take it over the tokens": states.mean(2),
        "the mean is over the D columns; take it over the tokens (dim=1)": kept.mean(2),
        "the mean is over all tokens of the batch; take one a text": kept.sum((0, 1)) / mask.sum(),
        "each text is divided by the number of real tokens in the whole batch": kept.sum(1) / mask.sum(),
        "[CLS] is left out; it is a token like the others": kept[:, 1:].sum(1) / (counts - 1),
    }
    expected = kept.sum(1) / counts  # (B, D)
    case = Case("the mean of the tokens", (states, mask), expected, mistakes)
    hint = "mask[:, :, None] is (B, n, 1), which fits the states, (B, n, D)."
    return _try(function, "mean_of_tokens", [case], hint=hint)


ENCODE_MISTAKES: dict[str, dict[str, Any]] = {
    "the words are looked up whole; a word that is no entry is cut into pieces": {"cut": False},
    "the shortest piece that fits is taken; take the longest": {"longest": False},
    "the pieces inside a word are looked up without ##": {"mark": ""},
    "one [UNK] stands for the part that cannot be cut; it stands for the whole word": {"unknown": "rest"},
    "a word is dropped where it cannot be cut on; the whole word becomes [UNK]": {"unknown": "dropped"},
    "it goes back to a shorter piece when the longest leads nowhere; WordPiece never goes back": {"greedy": False},
    "capitals were left; make the text lower case first": {"lower": False},
    "accents were left; take them off first": {"accents": True},
    "[CLS] and [SEP] are missing": {"frame": ([], [])},
    "[CLS] is missing": {"frame": ([], ["[SEP]"])},
    "[SEP] is missing": {"frame": (["[CLS]"], [])},
    "the text is not cut to max_length": {"room": None},
    "[CLS] and [SEP] come on top of max_length; they count too": {"room": 0},
    "there is room for one more piece": {"room": 3},
    "the text is cut after [SEP] was put on, and [SEP] went with it": {"late": True},
}
"""A mistake -> what it changes in `_encode`."""

LAYER_NORM_MISTAKES: dict[str, dict[str, Any]] = {
    "the variance is the unbiased one, which divides by D - 1; divide by D": {"correction": 1},
    "eps is added outside the root; it belongs to the variance, inside": {"outside": True},
    "it divides by the variance; take its root first": {"root": False},
    "the mean is not taken off": {"centre": False},
    "it does not divide by the standard deviation": {"divide": False},
    "mean and variance are over the tokens (dim=1); take them over the D columns, dim=-1": {"axes": 1},
    "mean and variance are over the batch (dim=0); take them over the D columns, dim=-1": {"axes": 0},
    "mean and variance are over tokens and columns together; take them over the D columns alone": {"axes": (1, 2)},
    "mean and variance are over all numbers together; take them over the D columns alone": {"axes": (0, 1, 2)},
}
"""A mistake -> what it changes in `_layer_norm`."""


def _encode(
    text: str,
    vocab: Mapping[str, int],
    max_length: int,
    *,
    lower: bool = True,
    accents: bool = False,
    frame: tuple[list[str], list[str]] = (["[CLS]"], ["[SEP]"]),
    room: int | None = 2,
    late: bool = False,
    **cutting: Any,
) -> list[int]:
    """The ids; the keywords make the mistakes. `room` is what truncation keeps free for the special tokens."""
    text = text.lower() if lower else text
    if not accents:
        text = "".join(sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")
    pieces = [piece for word in text.split() for piece in _wordpiece(word, vocab, **cutting)]
    if room is not None and not late:
        pieces = pieces[: max_length - room]
    pieces = frame[0] + pieces + frame[1]
    return [vocab[piece] for piece in (pieces[:max_length] if late else pieces)]


def _wordpiece(
    word: str,
    vocab: Mapping[str, int],
    *,
    cut: bool = True,
    longest: bool = True,
    greedy: bool = True,
    mark: str = "##",
    unknown: str = "word",
) -> list[str]:
    if not cut:
        return [word if word in vocab else "[UNK]"]
    if not greedy:
        return _any_cut(word, vocab) or ["[UNK]"]
    pieces, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1) if longest else range(start + 1, len(word) + 1)
        candidates = ((end, (mark if start else "") + word[start:end]) for end in ends)
        fits = next(((end, piece) for end, piece in candidates if piece in vocab), None)
        if fits is None:
            return {"word": ["[UNK]"], "rest": [*pieces, "[UNK]"], "dropped": pieces}[unknown]
        start = fits[0]
        pieces.append(fits[1])
    return pieces


def _any_cut(rest: str, vocab: Mapping[str, int], mark: str = "") -> list[str] | None:
    """The pieces of a word by going back wherever the longest piece leads nowhere; None where there is no way."""
    if not rest:
        return []
    for end in range(len(rest), 0, -1):
        if mark + rest[:end] in vocab and (others := _any_cut(rest[end:], vocab, "##")) is not None:
            return [mark + rest[:end], *others]
    return None


def _layer_norm(
    x: Tensor,
    gamma: Tensor,
    beta: Tensor,
    eps: float,
    *,
    axes: int | tuple[int, ...] = -1,
    correction: int = 0,
    outside: bool = False,
    root: bool = True,
    centre: bool = True,
    divide: bool = True,
) -> Tensor:
    """LayerNorm; the keywords make the mistakes."""
    variance = x.var(axes, correction=correction, keepdim=True)
    below = variance.sqrt() + eps if outside else (variance + eps).sqrt()
    if not root:
        below = variance + eps
    if not divide:
        below = torch.ones(())
    return gamma * (x - x.mean(axes, keepdim=True) * centre) / below + beta


def _try(
    function: Any,
    name: str,
    cases: Iterable[Case],
    *,
    hint: str = "",
    whole_numbers: bool = False,
    repeatable: bool = False,
) -> str:
    """Hold the function's answer to each case against the right one, the named mistakes first."""
    for case in cases:
        answer = call(name, function, *case.arguments, hint=hint)
        if whole_numbers:
            _check_whole_numbers(name, answer)
        if repeatable and isinstance(answer, Tensor):
            again = call(name, function, *case.arguments, hint=hint)
            if not torch.equal(answer.nan_to_num(), again.nan_to_num()):
                raise WrongAnswer(f"{name}: two calls give two answers. Is there dropout in it? Leave it out here.")
        judge(case.what, answer, case.expected, case.mistakes)
    return f"Right: {name}."


def _check_whole_numbers(name: str, answer: Any) -> None:
    if isinstance(answer, list | tuple) and any(isinstance(part, str) for part in answer):
        raise WrongAnswer(f"{name} returns pieces; expected their ids. Look each piece up: vocab[piece].")
    if isinstance(answer, Tensor) and (answer.is_floating_point() or answer.dtype == torch.bool):
        raise WrongAnswer(f"{name} returns {answer.dtype}; expected whole numbers: only these look up rows (.long()).")
