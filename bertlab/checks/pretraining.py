"""The checks of notebook 05, pretraining.

Each takes what an exercise asks for, and returns "Right: ..." or raises WrongAnswer with the likely mistake.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from bertlab.checks.answers import WrongAnswer, call, judge


def rate(answer: Callable[[int, int, int, float], float]) -> str:
    """Exercise 1: `answer(step, steps, warmup, peak)` rises to `peak` at `warmup` and falls, to 0 at `steps`."""
    steps, warmup, peak = 50, 8, 0.4
    every = range(steps)

    def curve(rise: Callable[[int], float], fall: Callable[[int], float]) -> list[float]:
        return [rise(step) if step < warmup else fall(step) for step in every]

    def up(step: int) -> float:
        return peak * step / warmup

    def down(step: int) -> float:
        return peak * (steps - step) / (steps - warmup)

    mistakes = {
        "there is no warm-up": curve(down, down),
        "the warm-up starts at the peak; it starts at 0": curve(lambda step: peak, down),
        "the warm-up is one step ahead: step 0 has a rate of 0, and step `warmup` is the first to have the peak": curve(
            lambda step: peak * (step + 1) / warmup, down
        ),
        "the rate stays at the peak after the warm-up; it falls": curve(up, lambda step: peak),
        "the fall begins at step 0; it begins when the warm-up ends, so the rate jumps there": curve(
            up, lambda step: peak * (steps - step) / steps
        ),
        "the rate falls for `steps` steps after the warm-up; it would reach 0 at step `steps`": curve(
            up, lambda step: peak * (1 - (step - warmup) / steps)
        ),
        "the fall is over at step `steps - warmup`; it ends at `steps`": curve(
            up, lambda step: peak * (steps - warmup - step) / (steps - 2 * warmup)
        ),
        "the rate reaches 0 at the last step, `steps - 1`; it would be 0 at `steps`": curve(
            up, lambda step: peak * (steps - 1 - step) / (steps - 1 - warmup)
        ),
        "`peak` is left out: these are shares of it": [value / peak for value in curve(up, down)],
    }
    hint = "Numbers come in and a number goes out; no tensor is needed."
    found = [call("rate", answer, step, steps, warmup, peak, hint=hint) for step in every]
    judge("rate", found, curve(up, down), mistakes, tolerance=1e-6)
    without = [
        call("rate", answer, step, 10, 0, 1.0, hint="With warmup=0 the first step has the peak.") for step in range(10)
    ]
    return judge("rate", without, [1 - step / 10 for step in range(10)], {}, tolerance=1e-6)


def best(answer: Callable[[Tensor, Tensor, int, int], tuple[Any, Any]]) -> str:
    """Exercise 2: `answer(logits, input_ids, mask_id, k)` is the likeliest ids at the mask and their probabilities."""
    n, V, place, mask_id, k = 9, 30, 5, 4, 3
    random = torch.Generator().manual_seed(2)
    logits = 3 * torch.randn(n, V, generator=random)
    input_ids = torch.randint(5, V, (n,), generator=random)
    input_ids[[0, place, n - 1]] = torch.tensor([2, mask_id, 3])
    p = logits.softmax(-1)
    right = p[place].topk(k)
    hint = "Where the [MASK] is: input_ids == mask_id."
    returned = _two("best", _call_for_two("best", answer, logits, input_ids, mask_id, k, hint=hint))
    ids, probabilities = (_flat("best", part) for part in returned)
    if (ids != ids.round()).any() and (probabilities == probabilities.round()).all():
        raise WrongAnswer("best: it looks as if ids and probabilities are swapped; the ids come first.")
    at_first, at_last = p[0].topk(k), p[-1].topk(k)
    lowest = p[place].topk(k, largest=False)
    mistakes = {
        "they come from position 0, [CLS], and not from the [MASK]": at_first.indices,
        "they come from the last position, and not from the [MASK]": at_last.indices,
        "they come from position `mask_id`; that is the id of [MASK], not its place": p[mask_id].topk(k).indices,
        "they are the least likely ones": lowest.indices,
        "they are the least likely ones, in rising order": lowest.indices.flip(0),
        "the order is rising; the likeliest comes first": right.indices.flip(0),
        "the softmax is over the positions; it is over the vocabulary, dim=-1": logits.softmax(0)[place]
        .topk(k)
        .indices,
    }
    judge("the ids of best", ids, right.indices, mistakes)
    among = logits[place].topk(k).values
    mistakes = {
        "these are logits; a softmax makes them probabilities": among,
        "the softmax is over the k best alone; it is over the whole vocabulary": among.softmax(-1),
        "these are logarithms of probabilities": right.values.log(),
        "the softmax is over the positions; it is over the vocabulary, dim=-1": logits.softmax(0)[place][right.indices],
    }
    judge("the probabilities of best", probabilities, right.values, mistakes)
    return "Right: best."


class _Small(nn.Module):
    """A model with dropout, so that a run depends on the random state."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 12), nn.Dropout(0.5), nn.Linear(12, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def resume(snapshot: Callable[[nn.Module, Any], Any], restore: Callable[[nn.Module, Any, Any], None]) -> str:
    """Exercise 3: after `restore(model, optimizer, saved)` training is what it was after `snapshot`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        text = torch.randn(16, 8, 6)
        model = _Small()
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
        _steps(model, optimizer, text[:4])
        saved = _act("snapshot", snapshot, model, optimizer)
        if saved is None:
            raise WrongAnswer("snapshot returns nothing. Does it end in `return`?")
        there = copy.deepcopy((model.state_dict(), optimizer.state_dict())), torch.get_rng_state()
        expected = _steps(model, optimizer, text[4:8])
        _steps(model, optimizer, text[8:])
        for again in ("", ", a second time from the same snapshot"):
            torch.randn(3)  # somebody else draws
            now = copy.deepcopy(model.state_dict())
            _act("restore", restore, model, optimizer, saved)
            _judge_restored(again, model, optimizer, there, now)
            if not torch.equal(_steps(model, optimizer, text[4:8]), expected):
                raise WrongAnswer(f"restore{again}: training goes on in another way than it did after snapshot.")
    return "Right: snapshot and restore."


def parts(answer: Callable[[Sequence[float], Sequence[float], Sequence[str]], Mapping[str, float]]) -> str:
    """Exercise 4: `answer(losses, floor, kinds)` is what each kind contributes to the mean gap."""
    kinds = ["function"] * 6 + ["copy"] * 3 + ["free"] * 2 + ["function"]
    losses = [0.2, 0.3, 0.1, 0.0, 0.9, 0.4, 5.0, 6.5, 4.0, 3.0, 2.5, 0.6]
    floor = [0.1, 0.3, 0.0, 0.0, 0.2, 0.1, 0.0, 1.5, 0.2, 2.8, 2.9, 0.1]
    names = ["function", "copy", "free"]
    gaps = torch.tensor(losses).double() - torch.tensor(floor).double()
    of = {name: torch.tensor([kind == name for kind in kinds]) for name in names}
    sums, counts = (
        torch.stack([gaps[of[name]].sum() for name in names]),
        torch.stack([of[name].sum() for name in names]),
    )
    losses_of = torch.stack([torch.tensor(losses).double()[of[name]].sum() for name in names])
    found = call(
        "parts", answer, losses, floor, kinds, hint="The three are lists of the same length; np.asarray helps."
    )
    found = found.to_dict() if hasattr(found, "to_dict") else found
    if not isinstance(found, Mapping):
        raise WrongAnswer(f"parts returns {type(found).__name__}; expected a dictionary from each kind to a number.")
    if set(found) != set(names):
        raise WrongAnswer(f"parts: the keys are {sorted(map(str, found))}; expected each kind once: {sorted(names)}.")
    mistakes = {
        "this is the mean gap within each kind; divide each kind's sum by the number of all positions": sums / counts,
        "these are sums; divide by the number of all positions": sums,
        "these are shares of the whole gap, which add up to 1": sums / sums.sum(),
        "each kind's sum is divided by the number of kinds": sums / len(names),
        "the sign is turned: it is the model's loss minus the floor": -sums / len(kinds),
        "the floor is not taken away": losses_of / len(kinds),
        "negative gaps are left out; by luck a model can be below the floor at single words, and these count": (
            torch.stack([gaps[of[name]].clamp(min=0).sum() for name in names]) / len(kinds)
        ),
    }
    judge(
        f"parts, for {', '.join(names)}", [found[name] for name in names], sums / len(kinds), mistakes, tolerance=1e-6
    )
    return "Right: parts."


def gpu_hours(answer: Callable[[float, float, float, float], float]) -> str:
    """Exercise 5: `answer(N, tokens, peak, utilisation)` is hours on one GPU."""
    N, tokens, peak, utilisation = 85e6, 42.6e9, 3e14, 0.4
    hours = 6 * N * tokens / (peak * utilisation) / 3600
    mistakes = {
        "these are seconds; an hour has 3,600": hours * 3600,
        "these are minutes": hours * 60,
        "these are days": hours / 24,
        "the factor 6 is missing": hours / 6,
        "the factor is 2, the way up alone; with the way down it is 6": hours / 3,
        "the utilisation is left out; the GPU reaches only a part of its peak": hours * utilisation,
        "it was multiplied by the utilisation; a GPU that reaches less takes longer": hours * utilisation**2,
    }
    found = call("gpu_hours", answer, N, tokens, peak, utilisation)
    return judge("gpu_hours", found, hours, mistakes, tolerance=1e-3 * hours)


def _call_for_two(name: str, function: Any, *arguments: Any, hint: str) -> Any:
    """`call`, which takes a tuple of tensors for a slip; here two are asked for, so they come in a list."""

    def in_a_list(*given: Any) -> Any:
        returned = function(*given)
        return list(returned) if isinstance(returned, tuple) else returned

    return call(name, in_a_list if callable(function) else function, *arguments, hint=hint)


def _two(name: str, returned: Any) -> tuple[Any, Any]:
    if not isinstance(returned, list | tuple) or len(returned) != 2:
        raise WrongAnswer(f"{name}: expected two things, the ids and their probabilities: `return ids, probabilities`.")
    return returned[0], returned[1]


def _flat(name: str, part: Any) -> Tensor:
    try:
        return torch.as_tensor(part).detach().double().reshape(-1)
    except (TypeError, ValueError, RuntimeError):
        raise WrongAnswer(f"{name} returns a {type(part).__name__}; expected lists or tensors of numbers.") from None


def _act(name: str, function: Any, *arguments: Any) -> Any:
    """`call` for what may return anything, a tuple of tensors or nothing."""
    if function is None or function is Ellipsis:
        raise WrongAnswer(f"{name}: nothing is there yet. Replace the ... with your own code.")
    if not callable(function):
        raise WrongAnswer(f"{name}: expected the function itself, found {type(function).__name__}.")
    try:
        return function(*arguments)
    except Exception as error:  # a learner's function can raise anything
        raise WrongAnswer(f"{name} raises {type(error).__name__}: {error}") from error


def _steps(model: nn.Module, optimizer: Any, text: Tensor) -> Tensor:
    """The losses of some steps of training."""
    losses = []
    for batch in text:
        loss = (model(batch) - batch.sum(-1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack([*losses, *(parameter.detach().sum() for parameter in model.parameters())])


def _judge_restored(again: str, model: nn.Module, optimizer: Any, there: tuple, now: Mapping[str, Tensor]) -> None:
    """Say which part is not what it was when the snapshot was taken."""
    (weights, state), random = there
    found = model.state_dict()
    if any(not torch.equal(found[name], weights[name]) for name in weights):
        if all(torch.equal(found[name], now[name]) for name in weights):
            raise WrongAnswer(
                f"restore{again}: the weights are still those of the last step. Either nothing is loaded, or "
                "the snapshot has moved on with the training: state_dict() hands out the tensors themselves, so "
                "copy.deepcopy them."
            )
        raise WrongAnswer(f"restore{again}: the weights are not those that the model had at snapshot.")
    means = [state["state"][number] for number in sorted(state["state"])]
    others = optimizer.state_dict()["state"]
    if len(others) < len(means):
        raise WrongAnswer(f"restore{again}: the optimizer is empty: its running means belong to a checkpoint.")
    for number, wanted in enumerate(means):
        if any(not torch.equal(torch.as_tensor(others[number][key]), torch.as_tensor(wanted[key])) for key in wanted):
            raise WrongAnswer(
                f"restore{again}: the optimizer's running means are not those of the snapshot. Are they in it, and "
                "copied? optimizer.state_dict() hands out the tensors themselves, and optimizer.load_state_dict keeps "
                "what it is given."
            )
    if not torch.equal(torch.get_rng_state(), random):
        raise WrongAnswer(
            f"restore{again}: the random state is not put back, so dropout draws other numbers: torch.get_rng_state "
            "and torch.set_rng_state."
        )
