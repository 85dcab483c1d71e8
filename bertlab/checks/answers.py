"""Hold an answer against the right one and against what the usual mistakes would give."""

from collections.abc import Mapping
from typing import Any

import torch

from bertlab.errors import BertlabError


class WrongAnswer(BertlabError, AssertionError):
    """An answer to an exercise that is not right yet. In a notebook only its message is shown, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"Not yet: {self}"]


def judge(what: str, answer: Any, expected: Any, mistakes: Mapping[str, Any], *, tolerance: float = 1e-4) -> str:
    """Return a word of praise for a right answer, or raise with the likely mistake.

    Args:
        what: the answer's name in the exercise, as the subject of a sentence: "the attention weights".
        answer: a tensor, a NumPy array, a number or nested lists of numbers.
        expected: the right answer, in any of these forms.
        mistakes: for each usual mistake, told as the end of the sentence "It looks as if ...", what it would give.
        tolerance: the largest absolute difference that still counts as equal.

    Returns:
        ``"Right: ..."``.

    Raises:
        WrongAnswer: says the first of these that is so: the answer is missing, no number, of another shape, not finite,
            what a named mistake gives, or off by so much at which place.
    """
    if answer is None or answer is Ellipsis:
        raise WrongAnswer(f"{what}: nothing is there yet. Replace the ... with your own code.")
    found, right = _tensor(what, answer), _tensor(what, expected)
    for mistake, given in mistakes.items():
        wrong = _tensor(what, given)
        if found.shape == wrong.shape and not _equal(wrong, right, tolerance) and _equal(found, wrong, tolerance):
            raise WrongAnswer(f"{what}: it looks as if {mistake}.")
    if found.shape != right.shape:
        raise WrongAnswer(f"{what}: the shape is {tuple(found.shape)}, and should be {tuple(right.shape)}.")
    if not found.isfinite().all():
        raise WrongAnswer(f"{what}: there are infinite numbers or NaN in it. Is something divided by zero?")
    if not _equal(found, right, tolerance):
        off = (found - right).abs()
        worst = tuple(int(index) for index in torch.unravel_index(off.argmax(), off.shape))
        where = f" at {list(worst)}" if worst else ""
        raise WrongAnswer(
            f"{what}: off by {off.max():.2g}{where}, where it is {found[worst]:.4g} and should be {right[worst]:.4g}."
        )
    return f"Right: {what}."


def _tensor(what: str, value: Any) -> torch.Tensor:
    try:
        return torch.as_tensor(value).detach().to("cpu", torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswer(f"{what}: {type(value).__name__} is no number, tensor, array or list of numbers.") from None


def _equal(first: torch.Tensor, second: torch.Tensor, tolerance: float) -> bool:
    return first.shape == second.shape and torch.allclose(first, second, rtol=0, atol=tolerance)
