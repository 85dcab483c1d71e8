"""Call a learner's function; hold its answer against the right one and against what the usual mistakes would give."""

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from bertlab.errors import BertlabError


class WrongAnswer(BertlabError, AssertionError):
    """An answer to an exercise that is not right yet. In a notebook only its message is shown, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"Not yet: {self}"]


def call(name: str, function: Any, *arguments: Any, hint: str = "") -> Any:
    """Return what a learner's function makes of the arguments, or raise with the reason why there is nothing to judge.

    It gets copies of the tensors, so that one that works in place changes nothing for the check. Gradients are left as they
    are, for an exercise may ask for them; a module that takes none should come with its parameters frozen.

    Args:
        name: the function's name in the exercise: "my_layer".
        function: what the learner hands in.
        arguments: what to call it with, by position.
        hint: a whole sentence for one whose function raises: the thing that most often goes wrong.

    Returns:
        what the function returns, of whatever kind: `judge` takes it from there.

    Raises:
        WrongAnswer: the function is still ``...`` or None, cannot be called, raises, or returns ``...``, nothing, or a tuple
            with a tensor or a single thing in it. A tuple of numbers is an answer.
    """
    if function is None or function is Ellipsis:
        raise _missing(name)
    if not callable(function):
        kind = type(function).__name__
        raise WrongAnswer(f"{name}: expected the function itself, found {kind}. Hand in its name, without calling it.")
    returned = _run(name, function, arguments, hint)
    if returned is Ellipsis:
        raise _missing(name)
    if returned is None:
        raise WrongAnswer(f"{name} returns nothing. Does it end in `return`?")
    if isinstance(returned, tuple) and (len(returned) == 1 or any(isinstance(part, Tensor) for part in returned)):
        many = f"a tuple of {len(returned)}; expected the result alone"
        raise WrongAnswer(f"{name} returns {many}. Is there a comma too many, or a [0] missing?")
    return returned


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
        raise _missing(what)
    found, right = _tensor(what, answer), _tensor(what, expected)
    for mistake, given in mistakes.items():
        wrong = _tensor(what, given)
        if found.shape == wrong.shape and not _equal(wrong, right, tolerance) and _equal(found, wrong, tolerance):
            raise WrongAnswer(f"{what}: it looks as if {mistake}.")
    if found.shape != right.shape:
        raise WrongAnswer(f"{what}: the shape is {tuple(found.shape)}, and should be {tuple(right.shape)}.")
    if not found.isfinite().all():
        raise WrongAnswer(f"{what}: there are infinite numbers or NaN in it{_not_finite(found)}")
    if not _equal(found, right, tolerance):
        off = (found - right).abs()
        worst = _place_of_largest(off)
        where = f" at {list(worst)}" if worst else ""
        raise WrongAnswer(
            f"{what}: off by {off.max():.2g}{where}, where it is {found[worst]:.4g} and should be {right[worst]:.4g}."
        )
    return f"Right: {what}."


def _run(name: str, function: Any, arguments: tuple[Any, ...], hint: str) -> Any:
    copies = [given.clone() if isinstance(given, Tensor) else given for given in arguments]
    try:
        return function(*copies)
    except Exception as error:  # a learner's function can raise anything
        said = (str(error).splitlines() or [""])[0].rstrip(" .")
        raised = f"{name} raises {type(error).__name__}" + (f": {said}." if said else ".")
        raise WrongAnswer(" ".join(part for part in (raised, _shapes(function, arguments), hint) if part)) from error


def _shapes(function: Any, arguments: tuple[Any, ...]) -> str:
    """The shapes of the tensors, with the names that the function itself gives them, where it gives each a name."""
    try:
        names = list(inspect.signature(function).bind(*arguments).arguments)
    except (TypeError, ValueError):  # it takes another number of arguments, or is built in
        names = []
    if len(names) != len(arguments):  # it takes *arguments
        names = [""] * len(arguments)
    named = zip(names, arguments, strict=True)
    shapes = [f"{name} {tuple(given.shape)}".strip() for name, given in named if isinstance(given, Tensor)]
    return f"Shapes: {', '.join(shapes)}." if shapes else ""


def _missing(what: str) -> WrongAnswer:
    return WrongAnswer(f"{what}: nothing is there yet. Replace the ... with your own code.")


def _not_finite(found: Tensor) -> str:
    """The end of a sentence: where the first such number is, NaN before infinity, and what it usually comes from."""
    nan = found.isnan()
    first = _place_of_largest(nan if nan.any() else ~found.isfinite())
    where = f", {found[first]:.4g} first at {list(first)}." if first else f": {found[first]:.4g}."
    if nan.any():
        return f"{where} Is it 0 / 0, the root or logarithm of a negative number, or a softmax over a row that is all -inf?"
    return f"{where} Is something divided by zero, the logarithm of 0, or -inf from a mask that no softmax made a 0?"


def _place_of_largest(numbers: Tensor) -> tuple[int, ...]:
    """The index of the largest number, or of the first that is True."""
    return tuple(int(index) for index in torch.unravel_index(numbers.double().argmax(), numbers.shape))


def _tensor(what: str, value: Any) -> Tensor:
    try:
        return torch.as_tensor(value).detach().to("cpu", torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswer(f"{what}: {type(value).__name__} is no number, tensor, array or list of numbers.") from None


def _equal(first: Tensor, second: Tensor, tolerance: float) -> bool:
    return first.shape == second.shape and torch.allclose(first, second, rtol=0, atol=tolerance)
