"""What is said of a right answer, of each way of being wrong, and of a known mistake."""

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from bertlab.checks.answers import WrongAnswer, judge

RIGHT = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
MISTAKES = {"the rows and columns are swapped": RIGHT.T, "it was summed": RIGHT.sum(-1), "nothing was done wrong": RIGHT}


@pytest.mark.parametrize(
    "answer",
    [RIGHT, RIGHT.double(), RIGHT.clone().requires_grad_(), RIGHT.numpy(), RIGHT.tolist(), RIGHT + 5e-5],
    ids=["tensor", "double", "with gradient", "array", "lists", "within the tolerance"],
)
def test_a_right_answer_in_any_form(answer):
    assert judge("the weights", answer, RIGHT, MISTAKES) == "Right: the weights."


def test_a_right_number():
    assert judge("the count", np.int64(7), 7, {"one was forgotten": 6}) == "Right: the count."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "nothing is there yet"),
        (..., r"Replace the \.\.\. with your own code"),
        ("0.5", "str is no number"),
        ([[1.0], [1.0, 2.0]], "list is no number"),
        (RIGHT[0], r"the shape is \(2,\), and should be \(2, 2\)"),
        (RIGHT / 0, "infinite numbers or NaN"),
        (RIGHT * torch.tensor([[1.0, float("nan")], [1, 1]]), "infinite numbers or NaN"),
        (RIGHT + torch.tensor([[0.0, 0], [0.125, 0]]), r"off by 0.12 at \[1, 0\], where it is 0.625 and should be 0.5"),
        (RIGHT.T, "it looks as if the rows and columns are swapped"),
        (RIGHT.sum(-1), "it looks as if it was summed"),
    ],
)
def test_a_wrong_answer(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        judge("the weights", answer, RIGHT, MISTAKES)


def test_a_mistake_that_gives_the_right_answer_here_is_not_held_against_anyone():
    assert judge("the sum", 4, 4, {"the numbers were multiplied": 4})


def test_a_notebook_shows_the_message_alone(capsys):
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from bertlab.checks.answers import judge; judge('the sum', 3, 4, {})")
    finally:
        InteractiveShell.clear_instance()
    assert capsys.readouterr().out.strip() == "Not yet: the sum: off by 1, where it is 3 and should be 4."
