"""What a step keeps and what it takes at most, against sizes that can be counted by hand."""

import os

import pytest
import torch

from bertlab.training.footprint import kept_bytes, native_messages_off, peak_bytes

MB = 2**20


def test_what_is_kept_is_counted_once():
    x = torch.ones(1024, 256, requires_grad=True)  # 1 MB
    w = torch.ones(256, 256, requires_grad=True)

    def forward():
        y = x @ w  # keeps x and w
        return (y * y.view(256, 1024).view(1024, 256)).exp().sum()  # keeps y, once though twice a view, and the result of exp

    assert kept_bytes(forward, besides=[x, w]) == 2 * MB
    assert kept_bytes(forward, besides=[w]) == 3 * MB


def test_nothing_is_kept_where_no_gradient_is_wanted():
    x = torch.ones(1024, 256)
    assert kept_bytes(lambda: (x @ x.T).exp().sum()) == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="counts a CPU's tensors")
def test_the_peak_is_what_is_held_at_once_and_not_the_sum():
    def work():
        for _ in range(3):
            a = torch.empty(MB // 4)
            b = torch.empty(2 * MB // 4)
            del a, b
        c = torch.empty(MB // 4)
        return c

    assert peak_bytes(work) == pytest.approx(3 * MB, rel=0.02)


@pytest.mark.skipif(torch.cuda.is_available(), reason="counts a CPU's tensors")
def test_what_was_there_before_does_not_count():
    there = torch.ones(8 * MB // 4)

    def work():
        return (there[: MB // 4] + 1).sum()

    assert peak_bytes(work) == pytest.approx(MB, rel=0.02)


def test_native_messages_are_off_and_on_again(capfd):
    with pytest.raises(ValueError, match="kept"), native_messages_off():
        os.write(2, b"from C++")
        raise ValueError("kept")
    os.write(2, b"afterwards")
    assert capfd.readouterr().err == "afterwards"


@pytest.mark.skipif(torch.cuda.is_available(), reason="only a CPU's peak is read from a trace")
def test_the_profiler_says_nothing(capfd):
    peak_bytes(lambda: torch.ones(10) + 1)
    assert capfd.readouterr().err == ""
