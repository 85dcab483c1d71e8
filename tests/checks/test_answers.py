"""What is said of a function that gives no answer, a right answer, each way of being wrong, and a known mistake."""

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from bertlab.checks.answers import WrongAnswer, call, judge

RIGHT = torch.tensor([[0.25, 0.75], [0.5, 0.5]])
MISTAKES = {"the rows and columns are swapped": RIGHT.T, "it was summed": RIGHT.sum(-1), "nothing was done wrong": RIGHT}


@pytest.mark.parametrize(
    "answer",
    [RIGHT, RIGHT.double(), RIGHT.clone().requires_grad_(), RIGHT.numpy(), RIGHT.tolist(), RIGHT + 5e-5],
    ids=["tensor", "double", "with gradient", "array", "lists", "within the tolerance"],
)
def test_a_right_answer_in_any_form(answer):
    assert judge("the weights", answer, RIGHT, MISTAKES) == "Right: the weights."


def put_to_zero(x, times):
    return x.zero_() + times


def test_a_call_leaves_the_tensors_as_they_were():
    given = torch.ones(3)
    assert call("add", put_to_zero, given, 2).tolist() == [2, 2, 2]
    assert given.tolist() == [1, 1, 1]


@pytest.mark.parametrize("answer", [3, [1, 2], (1, 2), {"loss": 1}, np.ones(2)], ids=lambda answer: type(answer).__name__)
def test_a_call_hands_over_what_the_function_returns(answer):
    assert call("f", lambda: answer) is answer


def test_a_call_leaves_the_gradients_on():
    weight = torch.ones(2, requires_grad=True)
    assert call("slope", lambda w: torch.autograd.grad(w.square().sum(), w)[0], weight).tolist() == [2, 2]


def stop(error):
    def function(x, times):
        raise error

    return function


def test_a_call_says_first_what_was_raised_then_the_shapes_by_name_then_the_hint():
    with pytest.raises(WrongAnswer) as caught:
        call("scale", stop(ValueError("no such thing.\nAnd a second line")), torch.ones(2, 3), 4, hint="Mind the axes.")
    assert str(caught.value) == "scale raises ValueError: no such thing. Shapes: x (2, 3). Mind the axes."
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (..., (), r"^f: nothing is there yet\. Replace the \.\.\. with your own code\.$"),
        (None, (), "^f: nothing is there yet"),
        (lambda: ..., (), "^f: nothing is there yet"),
        (lambda: None, (), "^f returns nothing. Does it end in `return`"),
        (3.5, (), "^f: expected the function itself, found float. Hand in its name, without calling it"),
        (lambda: (7,), (), "^f returns a tuple of 1; .* a comma too many"),
        (lambda: (torch.ones(2), None), (), r"^f returns a tuple of 2; .* or a \[0\] missing"),
        (stop(KeyError("[UNK]")), ("a word", 2), r"^f raises KeyError: '\[UNK\]'\.$"),
        (stop(AssertionError), (1, 2), r"^f raises AssertionError\.$"),
        (stop(IndexError("far off")), (RIGHT, RIGHT[0]), r"far off\. Shapes: x \(2, 2\), times \(2,\)\.$"),
        (lambda x: x, (RIGHT, RIGHT[0]), r"TypeError: .* 2 were given\. Shapes: \(2, 2\), \(2,\)\.$"),
        (lambda *given: given[0] @ given[1], (RIGHT, torch.ones(3)), r"Shapes: \(2, 2\), \(3,\)\.$"),
        (torch.mm, (RIGHT, RIGHT[0]), r"raises RuntimeError: .* Shapes: \(2, 2\), \(2,\)\.$"),
    ],
)
def test_a_call_without_an_answer(function, arguments, message):
    with pytest.raises(WrongAnswer, match=message):
        call("f", function, *arguments)


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
        (RIGHT / 0, r"infinite numbers or NaN in it, inf first at \[0, 0\]\. Is something divided by zero"),
        (RIGHT * torch.tensor([[1.0, float("nan")], [1, 1]]), r"infinite numbers or NaN in it, nan first at \[0, 1\]"),
        ((RIGHT + torch.tensor([[-torch.inf], [0]])).softmax(-1), "a softmax over a row that is all -inf"),
        (RIGHT + torch.tensor([[0.0, 0], [0.125, 0]]), r"off by 0.12 at \[1, 0\], where it is 0.625 and should be 0.5"),
        (RIGHT.T, "it looks as if the rows and columns are swapped"),
        (RIGHT.sum(-1), "it looks as if it was summed"),
    ],
)
def test_a_wrong_answer(answer, message):
    with pytest.raises(WrongAnswer, match=message):
        judge("the weights", answer, RIGHT, MISTAKES)


def test_a_number_that_is_not_finite_has_no_place():
    with pytest.raises(WrongAnswer, match=r"^the loss: there are infinite numbers or NaN in it: nan\. Is it 0 / 0"):
        judge("the loss", float("nan"), 1.0, {})


def test_a_mistake_that_gives_the_right_answer_here_is_not_held_against_anyone():
    assert judge("the sum", 4, 4, {"the numbers were multiplied": 4})


def test_a_notebook_shows_the_message_alone(capsys):
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from bertlab.checks.answers import judge; judge('the sum', 3, 4, {})")
    finally:
        InteractiveShell.clear_instance()
    assert capsys.readouterr().out.strip() == "Not yet: the sum: off by 1, where it is 3 and should be 4."
