"""Each check of notebook 01 lets right answers pass, and names the mistake in code as a learner would write it."""

import unicodedata

import pytest
import torch
import torch.nn.functional as F

from bertlab.checks import inputs
from bertlab.checks.answers import WrongAnswer


def normalise(text):
    split = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in split if unicodedata.category(letter) != "Mn")


def cut(word, vocab, mark="##", shortest=False, on_failure=lambda found: ["[UNK]"]):
    found, start = [], 0
    while start < len(word):
        fitting = [end for end in range(start + 1, len(word) + 1) if (mark if start else "") + word[start:end] in vocab]
        if not fitting:
            return on_failure(found)
        end = fitting[0] if shortest else fitting[-1]
        found.append((mark if start else "") + word[start:end])
        start = end
    return found


def cut_any_way(word, vocab):
    ways = [[piece] for piece in vocab if word.startswith(piece)]
    while ways:
        ways.sort(key=lambda way: -len(way[-1]))
        way = ways.pop(0)
        done = sum(len(piece.removeprefix("##")) for piece in way)
        if done == len(word):
            return way
        ways += [[*way, piece] for piece in vocab if piece.startswith("##") and word[done:].startswith(piece[2:])]
    return ["[UNK]"]


def between_cls_and_sep(found, longest):
    return ["[CLS]", *found[: longest - 2], "[SEP]"]


def encode(text, vocab, max_length, clean=normalise, cut_word=cut, frame=between_cls_and_sep):
    found = [piece for word in clean(text).split() for piece in cut_word(word, vocab)]
    return [vocab[piece] for piece in frame(found, max_length)]


def framed(frame):
    return lambda text, vocab, longest: encode(text, vocab, longest, frame=frame)


def cutting(cut_word):
    return lambda text, vocab, longest: encode(text, vocab, longest, cut_word=cut_word)


def without_accents_alone(text):
    split = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in split if unicodedata.category(letter) != "Mn")


WRONG_ENCODE = {
    "looked up whole": cutting(lambda word, vocab: [word if word in vocab else "[UNK]"]),
    "the shortest piece": cutting(lambda word, vocab: cut(word, vocab, shortest=True)),
    "without ##": cutting(lambda word, vocab: cut(word, vocab, mark="")),
    r"one \[UNK\] stands for the part": cutting(
        lambda word, vocab: cut(word, vocab, on_failure=lambda found: [*found, "[UNK]"])
    ),
    "a word is dropped": cutting(lambda word, vocab: cut(word, vocab, on_failure=lambda found: found)),
    "never goes back": cutting(cut_any_way),
    "capitals were left": lambda text, vocab, longest: encode(text, vocab, longest, clean=without_accents_alone),
    "accents were left": lambda text, vocab, longest: encode(text, vocab, longest, clean=str.lower),
    r"\[CLS\] and \[SEP\] are missing": framed(lambda found, longest: found[: longest - 2]),
    r"\[CLS\] is missing": framed(lambda found, longest: [*found[: longest - 2], "[SEP]"]),
    r"\[SEP\] is missing": framed(lambda found, longest: ["[CLS]", *found[: longest - 2]]),
    "not cut to max_length": framed(lambda found, longest: ["[CLS]", *found, "[SEP]"]),
    "on top of max_length": framed(lambda found, longest: ["[CLS]", *found[:longest], "[SEP]"]),
    "room for one more": framed(lambda found, longest: ["[CLS]", *found[: longest - 3], "[SEP]"]),
    r"\[SEP\] went with it": framed(lambda found, longest: ["[CLS]", *found, "[SEP]"][:longest]),
    "returns pieces": lambda text, vocab, longest: normalise(text).split(),
    r"returns torch.float32; expected whole numbers": lambda *given: torch.tensor(encode(*given)).float(),
}


def layer_norm(x, gamma, beta, eps, **mean_and_var):
    mean_and_var = {"dim": -1, "keepdim": True} | mean_and_var
    mean = x.mean(**mean_and_var)
    return gamma * (x - mean) / torch.sqrt((x - mean).square().mean(**mean_and_var) + eps) + beta


def outside(x, gamma, beta, eps):
    return gamma * (x - x.mean(-1, keepdim=True)) / (x.std(-1, correction=0, keepdim=True) + eps) + beta


def unbiased(x, gamma, beta, eps):
    return gamma * (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + eps) + beta


def not_rooted(x, gamma, beta, eps):
    return gamma * (x - x.mean(-1, keepdim=True)) / (x.var(-1, correction=0, keepdim=True) + eps) + beta


def not_centred(x, gamma, beta, eps):
    return gamma * x / torch.sqrt(x.var(-1, correction=0, keepdim=True) + eps) + beta


WRONG_LAYER_NORM = {
    "the unbiased one": unbiased,
    "eps is added outside the root": outside,
    "divides by the variance": not_rooted,
    "the mean is not taken off": not_centred,
    "does not divide": lambda x, gamma, beta, eps: gamma * (x - x.mean(-1, keepdim=True)) + beta,
    r"over the tokens \(dim=1\)": lambda *given: layer_norm(*given, dim=1),
    r"over the batch \(dim=0\)": lambda *given: layer_norm(*given, dim=0),
    "over tokens and columns together": lambda *given: layer_norm(*given, dim=(1, 2)),
    "over all numbers together": lambda *given: layer_norm(*given, dim=(0, 1, 2)),
    "gamma is forgotten": lambda x, gamma, beta, eps: layer_norm(x, 1, beta, eps),
    "beta is forgotten": lambda x, gamma, beta, eps: layer_norm(x, gamma, 0, eps),
    "gamma and beta are forgotten": lambda x, gamma, beta, eps: layer_norm(x, 1, 0, eps),
    "beta is added before gamma": lambda x, gamma, beta, eps: gamma * layer_norm(x, 1, beta, eps),
    "gamma and beta are swapped": lambda x, gamma, beta, eps: layer_norm(x, beta, gamma, eps),
    "eps is left out, or is not the one": lambda x, gamma, beta, eps: layer_norm(x, gamma, beta, 1e-12),
    r"raises RuntimeError: .*keepdim=True": lambda *given: layer_norm(*given, keepdim=False),
    "returns a tuple of 2": lambda *given: (layer_norm(*given), given[0].mean(-1)),
    r"the shape is \(2, 3\)": lambda *given: layer_norm(*given)[..., 0],
}

WRONG_SEGMENT_IDS = {
    r"the last \[SEP\] is in segment 0": lambda a, b: [0] * (a + 2) + [1] * b + [0],
    r"the first \[SEP\] is in segment 1": lambda a, b: [0] * (a + 1) + [1] * (b + 2),
    r"\[CLS\] is in segment 1": lambda a, b: [1] + [0] * (a + 1) + [1] * (b + 1),
    r"\[CLS\] and \[SEP\] are not counted": lambda a, b: [0] * a + [1] * b,
    r"\[CLS\] or the first \[SEP\] is not counted": lambda a, b: [0] * (a + 1) + [1] * (b + 1),
    r"the last \[SEP\] is not counted": lambda a, b: [0] * (a + 2) + [1] * b,
    "all tokens are in segment 0": lambda a, b: [0] * (a + b + 3),
    "count from 1": lambda a, b: [1] * (a + 2) + [2] * (b + 1),
    "0 and 1 are swapped": lambda a, b: [1] * (a + 2) + [0] * (b + 1),
    r"returns torch.bool": lambda a, b: torch.arange(a + b + 3) > a + 1,
}


def input_embedding(ids, segments, E, P, S, gamma, beta):
    return F.layer_norm(E[ids] + P[: ids.shape[1]] + S[segments], gamma.shape, gamma, beta, 1e-12)


def given_sum(make):
    """An answer that is right but for what it adds up."""

    def answer(ids, segments, E, P, S, gamma, beta):
        return F.layer_norm(make(ids, segments, E, P, S), gamma.shape, gamma, beta, 1e-12)

    return answer


def positions_anew(ids, segments, E, P, S):
    rows = []
    for row in segments:
        first = int((row == 0).sum())
        rows.append(torch.cat([P[:first], P[: len(row) - first]]))
    return E[ids] + torch.stack(rows) + S[segments]


def each_normalised(ids, segments, E, P, S, gamma, beta):
    return sum(F.layer_norm(part, gamma.shape, gamma, beta) for part in (E[ids], P[: ids.shape[1]], S[segments]))


WRONG_INPUT_EMBEDDING = {
    "LayerNorm is forgotten": lambda ids, segments, E, P, S, gamma, beta: E[ids] + P[: ids.shape[1]] + S[segments],
    "the segments are forgotten": given_sum(lambda ids, segments, E, P, S: E[ids] + P[: ids.shape[1]]),
    "every token is in segment 0": given_sum(lambda ids, segments, E, P, S: E[ids] + P[: ids.shape[1]] + S[0]),
    "0 and 1 are swapped": given_sum(lambda ids, segments, E, P, S: E[ids] + P[: ids.shape[1]] + S[1 - segments]),
    "the positions are forgotten": given_sum(lambda ids, segments, E, P, S: E[ids] + S[segments]),
    "count from 1": given_sum(lambda ids, segments, E, P, S: E[ids] + P[1 : ids.shape[1] + 1] + S[segments]),
    "begin again with the second text": given_sum(positions_anew),
    "taken for positions": given_sum(lambda ids, segments, E, P, S: E[ids] + P[ids.clamp(max=len(P) - 1)] + S[segments]),
    "each part is normalised": each_normalised,
    "only the words are normalised": lambda ids, segments, E, P, S, gamma, beta: (
        F.layer_norm(E[ids], gamma.shape, gamma, beta) + P[: ids.shape[1]] + S[segments]
    ),
    "multiplied by √D": given_sum(
        lambda ids, segments, E, P, S: E[ids] * E.shape[1] ** 0.5 + P[: ids.shape[1]] + S[segments]
    ),
    "gamma and beta are forgotten": lambda *given: F.layer_norm(
        given[2][given[0]] + given[3][: given[0].shape[1]] + given[4][given[1]], given[5].shape
    ),
    "over the tokens": lambda ids, segments, E, P, S, gamma, beta: layer_norm(
        E[ids] + P[: ids.shape[1]] + S[segments], gamma, beta, 1e-12, dim=1
    ),
    "the unbiased one": lambda ids, segments, E, P, S, gamma, beta: unbiased(
        E[ids] + P[: ids.shape[1]] + S[segments], gamma, beta, 1e-12
    ),
    "Is there dropout in it": lambda *given: F.dropout(input_embedding(*given), 0.1),
    r"raises IndexError: .* Shapes: .* E \(11, 5\), .* rows of P": given_sum(lambda ids, segments, E, P, S: E[ids] + S[ids]),
    r"the shape is \(6, 5\)": lambda *given: input_embedding(*given)[0],
}

WRONG_MEAN_OF_TOKENS = {
    "padding is in the mean": lambda states, mask: states.mean(dim=1),
    "but is divided by n": lambda states, mask: (states * mask.unsqueeze(-1)).mean(dim=1),
    "padding is in the sum": lambda states, mask: states.sum(dim=1) / mask.sum(dim=1, keepdim=True),
    "the sum is not divided": lambda states, mask: torch.einsum("bnd,bn->bd", states, mask.float()),
    "the sum is not divided, and padding": lambda states, mask: states.sum(dim=1),
    r"\[CLS\] alone": lambda states, mask: states[:, 0],
    "over the D columns; take it over the tokens": lambda states, mask: states.mean(dim=-1),
    r"take it over the tokens \(dim=1\)": lambda states, mask: (states * mask.unsqueeze(-1)).mean(dim=-1),
    "over all tokens of the batch": lambda states, mask: states[mask.bool()].mean(dim=0),
    "tokens in the whole batch": lambda states, mask: (states * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(),
    r"\[CLS\] is left out": lambda states, mask: torch.stack(
        [row[1 : int(kept.sum())].mean(dim=0) for row, kept in zip(states, mask, strict=True)]
    ),
    r"RuntimeError: .* mask \(3, 4\)\. mask\[:, :, None\]": lambda states, mask: (states * mask).sum(dim=1),
}

RIGHT = {
    "encode": [encode, lambda *given: torch.tensor(encode(*given)), lambda *given: tuple(encode(*given))],
    "layer_norm": [
        layer_norm,
        lambda x, gamma, beta, eps: F.layer_norm(x, gamma.shape, gamma, beta, eps),
        lambda x, *others: layer_norm(x.double(), *others),
        lambda x, gamma, beta, eps: layer_norm(x, 1, 0, eps).mul_(gamma).add_(beta).numpy(),
    ],
    "segment_ids": [lambda a, b: [0] * (a + 2) + [1] * (b + 1), lambda a, b: (torch.arange(a + b + 3) > a + 1).long()],
    "input_embedding": [input_embedding],
    "mean_of_tokens": [
        lambda states, mask: (states * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True),
        lambda states, mask: torch.stack([row[kept.bool()].mean(dim=0) for row, kept in zip(states, mask, strict=True)]),
    ],
}
WRONG = {
    "encode": WRONG_ENCODE,
    "layer_norm": WRONG_LAYER_NORM,
    "segment_ids": WRONG_SEGMENT_IDS,
    "input_embedding": WRONG_INPUT_EMBEDDING,
    "mean_of_tokens": WRONG_MEAN_OF_TOKENS,
}


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers])
def test_a_right_answer(name, answer):
    assert getattr(inputs, name)(answer) == f"Right: {name}."


@pytest.mark.parametrize(("name", "message"), [(name, message) for name, answers in WRONG.items() for message in answers])
def test_a_wrong_answer(name, message):
    with pytest.raises(WrongAnswer, match=message):
        getattr(inputs, name)(WRONG[name][message])


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (..., "nothing is there yet"),
        (None, "nothing is there yet"),
        (lambda *given: ..., "nothing is there yet"),
        (lambda *given: None, "returns nothing"),
        (torch.ones(3), "expected the function itself, found Tensor"),
        (lambda: 3, "raises TypeError: .* takes 0 positional arguments"),
        (lambda *given: "three", "str is no number"),
    ],
    ids=["dots", "None", "returns dots", "returns None", "no function", "other arguments", "text"],
)
def test_what_is_no_answer(name, answer, message):
    with pytest.raises(WrongAnswer, match=message):
        getattr(inputs, name)(answer)


def test_a_function_that_changes_its_input_is_judged_by_what_it_returns():
    def in_place(x, gamma, beta, eps):
        answer = layer_norm(x, gamma, beta, eps)
        x.zero_(), gamma.zero_(), beta.zero_()
        return answer

    assert inputs.layer_norm(in_place)
