"""The checks of notebook 05: right answers pass, and each usual mistake is called by its name."""

import copy

import numpy as np
import pandas as pd
import pytest
import torch

from bertlab.checks import pretraining as checks
from bertlab.checks.answers import WrongAnswer


def refused(check, answer, words):
    with pytest.raises(WrongAnswer, match=words):
        check(answer)


def rate(step, steps, warmup, peak):
    return peak * step / warmup if step < warmup else peak * (steps - step) / (steps - warmup)


def by_minimum(step, steps, warmup, peak):
    rise = step / warmup if warmup else 1.0
    return torch.tensor(peak * min(rise, (steps - step) / (steps - warmup)))


@pytest.mark.parametrize("answer", [rate, by_minimum], ids=["plain", "tensor"])
def test_right_rates(answer):
    assert checks.rate(answer) == "Right: rate."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda t, T, w, p: p * (T - t) / (T - w), "no warm-up"),
        (lambda t, T, w, p: p * (t + 1) / w if t < w else p * (T - t) / (T - w), "one step ahead"),
        (lambda t, T, w, p: min(p, p * t / w), "stays at the peak"),
        (lambda t, T, w, p: p * t / w if t < w else p * (T - t) / T, "jumps there"),
        (lambda t, T, w, p: p * t / w if t < w else p * (1 - (t - w) / T), "for `steps` steps after"),
        (lambda t, T, w, p: p * t / w if t < w else p * (T - 1 - t) / (T - 1 - w), "at the last step"),
        (lambda t, T, w, p: rate(t, T, w, 1.0), "`peak` is left out"),
        (lambda t, T, w, p: p * t / w if t < w else p * 0.9 * (T - t) / (T - w), "off by"),
        (lambda t, T, w, p: p * t / w if t / w < 1 else p * (T - t) / (T - w), "ZeroDivisionError"),
        (..., "nothing is there yet"),
    ],
)
def test_wrong_rates(answer, words):
    refused(checks.rate, answer, words)


def best(logits, ids, mask_id, k):
    top = logits[ids == mask_id][0].softmax(-1).topk(k)
    return top.indices.tolist(), top.values.tolist()


def best_as_tensors(logits, ids, mask_id, k):
    return tuple(reversed(logits[(ids == mask_id).nonzero().item()].softmax(-1).topk(k)))


def best_of_rows(logits, ids, mask_id, k):
    top = logits[ids == mask_id].softmax(-1).topk(k)
    return top.indices, top.values  # (1, k) each


@pytest.mark.parametrize("answer", [best, best_as_tensors, best_of_rows])
def test_right_guesses(answer):
    assert checks.best(answer) == "Right: best."


def picked(at=None, p=lambda row: row.softmax(-1), largest=True, sort=True):
    def best(logits, ids, mask_id, k):
        row = logits[ids == mask_id][0] if at is None else logits[at(mask_id)]
        top = p(row).topk(k, largest=largest)
        return (top.indices, top.values) if sort else (top.indices.flip(0), top.values.flip(0))

    return best


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (picked(at=lambda mask_id: 0), "position 0"),
        (picked(at=lambda mask_id: -1), "last position"),
        (picked(at=lambda mask_id: mask_id), "not its place"),
        (picked(largest=False), "least likely ones"),
        (picked(sort=False), "order is rising"),
        (picked(p=lambda row: row), "these are logits"),
        (picked(p=lambda row: row.log_softmax(-1)), "logarithms"),
        (lambda *given: best(*given)[::-1], "swapped"),
        (lambda *given: best(*given)[0], "expected two things"),
        (
            lambda z, i, m, k: (z[i == m][0].topk(k).indices, z[i == m][0].topk(k).values.softmax(-1)),
            "the k best alone",
        ),
        (lambda z, i, m, k: best(z, i, m, k + 1), "shape"),
        (lambda *given: ("a", "b"), "lists or tensors"),
        (None, "nothing is there yet"),
    ],
)
def test_wrong_guesses(answer, words):
    refused(checks.best, answer, words)


def snapshot(model, optimizer):
    return copy.deepcopy((model.state_dict(), optimizer.state_dict(), torch.get_rng_state()))


def restore(model, optimizer, saved):
    weights, means, random = copy.deepcopy(saved)
    model.load_state_dict(weights)
    optimizer.load_state_dict(means)
    torch.set_rng_state(random)


def test_right_snapshot_leaves_the_generator_as_it_was():
    before = torch.get_rng_state()
    assert checks.resume(snapshot, restore) == "Right: snapshot and restore."
    assert torch.equal(torch.get_rng_state(), before)


def test_right_snapshot_by_a_file(tmp_path):
    def write(model, optimizer):
        torch.save({"m": model.state_dict(), "o": optimizer.state_dict(), "r": torch.get_rng_state()}, tmp_path / "it")
        return tmp_path / "it"

    def read(model, optimizer, path):
        saved = torch.load(path)
        model.load_state_dict(saved["m"])
        optimizer.load_state_dict(saved["o"])
        torch.set_rng_state(saved["r"])

    assert checks.resume(write, read) == "Right: snapshot and restore."


def weights_alone(model, optimizer, saved):
    model.load_state_dict(saved[0])


def without_random(model, optimizer, saved):
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(copy.deepcopy(saved[1]))


def without_means(model, optimizer, saved):
    model.load_state_dict(saved[0])
    torch.set_rng_state(saved[2])


def without_copy(model, optimizer, saved):
    model.load_state_dict(saved[0])
    optimizer.load_state_dict(saved[1])
    torch.set_rng_state(saved[2])


def not_copied(model, optimizer):
    return model.state_dict(), copy.deepcopy(optimizer.state_dict()), torch.get_rng_state()


def means_not_copied(model, optimizer):
    return copy.deepcopy(model.state_dict()), optimizer.state_dict(), torch.get_rng_state()


@pytest.mark.parametrize(
    ("take", "put", "words"),
    [
        (not_copied, restore, "moved on with the training"),
        (snapshot, lambda *given: None, "nothing is loaded"),
        (means_not_copied, restore, "running means"),
        (snapshot, weights_alone, "running means"),
        (snapshot, without_means, "running means"),
        (snapshot, without_random, "random state"),
        (snapshot, without_copy, "a second time from the same snapshot: the optimizer's running means"),
        (..., restore, "snapshot: nothing is there"),
        (snapshot, None, "restore: nothing is there"),
        (snapshot, 3, "the function itself"),
        (lambda model, optimizer: None, restore, "returns nothing"),
        (snapshot, lambda model, optimizer, saved: saved["weights"], "restore raises TypeError"),
    ],
)
def test_wrong_snapshots(take, put, words):
    with pytest.raises(WrongAnswer, match=words):
        checks.resume(take, put)


def parts(losses, floor, kinds):
    found = dict.fromkeys(kinds, 0.0)
    for loss, least, kind in zip(losses, floor, kinds, strict=True):
        found[kind] += (loss - least) / len(losses)
    return found


def grouped(how):
    def parts(losses, floor, kinds):
        frame = pd.DataFrame({"gap": np.array(losses) - np.array(floor), "loss": losses, "kind": kinds})
        return how(frame, frame.groupby("kind")["gap"])

    return parts


@pytest.mark.parametrize("answer", [parts, grouped(lambda frame, by: by.sum() / len(frame))], ids=["loop", "series"])
def test_right_parts(answer):
    assert checks.parts(answer) == "Right: parts."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (grouped(lambda frame, by: by.mean().to_dict()), "mean gap within each kind"),
        (grouped(lambda frame, by: by.sum().to_dict()), "these are sums"),
        (grouped(lambda frame, by: (by.sum() / frame["gap"].sum()).to_dict()), "shares of the whole gap"),
        (grouped(lambda frame, by: (-by.sum() / len(frame)).to_dict()), "the sign is turned"),
        (grouped(lambda frame, by: (by.sum() / 3).to_dict()), "number of kinds"),
        (grouped(lambda frame, by: (frame.groupby("kind")["loss"].sum() / len(frame)).to_dict()), "floor is not taken"),
        (
            grouped(lambda frame, by: (by.apply(lambda g: g.clip(lower=0).sum()) / len(frame)).to_dict()),
            "negative gaps",
        ),
        (lambda *given: [1.0, 2.0], "expected a dictionary"),
        (lambda *given: {"copy": 1.0}, "expected each kind once"),
    ],
)
def test_wrong_parts(answer, words):
    refused(checks.parts, answer, words)


def test_right_hours():
    assert checks.gpu_hours(lambda N, t, peak, u: N * t / (600 * peak * u)) == "Right: gpu_hours."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda N, t, peak, u: 6 * N * t / (peak * u), "seconds"),
        (lambda N, t, peak, u: 6 * N * t / (peak * u) / 60, "minutes"),
        (lambda N, t, peak, u: 6 * N * t / (peak * u) / 86400, "days"),
        (lambda N, t, peak, u: N * t / (peak * u) / 3600, "factor 6 is missing"),
        (lambda N, t, peak, u: 2 * N * t / (peak * u) / 3600, "the way up alone"),
        (lambda N, t, peak, u: 6 * N * t / peak / 3600, "utilisation is left out"),
        (lambda N, t, peak, u: 6 * N * t / peak * u / 3600, "multiplied by the utilisation"),
    ],
)
def test_wrong_hours(answer, words):
    refused(checks.gpu_hours, answer, words)
