"""The floor under a held-out loss: position by position, and with what shows taken as evidence."""

import json
import math

import numpy as np
import pytest

from bertlab import load_tokenizer
from bertlab.errors import InputError
from bertlab.pretraining import IS_NEXT, NOT_NEXT, FilmWorld, Masking, TextFiles, train_tokenizer
from bertlab.pretraining import floor as floor_module
from bertlab.pretraining.floor import STORED, STORED_SIZES, allowed_accuracy, world_floor
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.world.oracle import KINDS, basic_tokens, beliefs
from bertlab.world.stream import write_review


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer("filmbert")


@pytest.fixture(scope="module")
def held_out(tokenizer):
    return HeldOut(FilmWorld(split="test", seed=5), tokenizer, documents=3, max_length=48, seed=1)


@pytest.fixture(scope="module")
def floor(held_out):
    return world_floor(held_out)


def test_every_masked_word_has_a_loss_and_a_kind(held_out, floor):
    assert len(floor.losses) == len(floor.blind) == len(floor.exact) == len(floor.kinds) == len(held_out.targets)
    assert np.isfinite(floor.losses).all() and (floor.losses >= -1e-9).all()
    assert np.isfinite(floor.blind).all()
    assert set(floor.kinds) <= set(KINDS)
    assert 0 < floor.loss < floor.blind.mean() + 0.05


def test_targets_and_places_name_the_same_words(held_out):
    for (pair, position), target in zip(held_out.places, held_out.targets, strict=True):
        first, second = held_out.pairs[pair].first, held_out.pairs[pair].second
        ids = [None, *first, None, *second, None]
        assert ids[position] == target


def test_with_masks_alone_it_is_the_oracles_own_loss(tokenizer):
    """The whole review in one pair, every chosen word shown as [MASK]: then beliefs() can be asked directly."""
    held_out = HeldOut(
        FilmWorld(split="test", seed=5), tokenizer, documents=3, max_length=96,
        masking=Masking(shown_mask=1.0, shown_random=0.0), seed=3,
    )  # fmt: skip
    floor, checked = world_floor(held_out), 0
    for number, pair in enumerate(held_out.pairs):
        first, second = pair.source
        review = write_review(first.document, seed=5, split="test")
        if pair.label != IS_NEXT or first.front + first.back + second.front + second.back:
            continue
        at = [(i, j) for i in range(first.start, second.end) for j in range(len(basic_tokens(review.sentences[i])))]
        cut = len(pair.first)
        mine = [(k, token) for k, (p, token) in enumerate(held_out.places) if p == number]
        places = {k: at[token - 1 if token <= cut else token - 2] for k, token in mine}
        answers = beliefs(review, set(places.values()), window=range(first.start, second.end))
        for k, (i, j) in places.items():
            expected = -math.log(answers[i, j].probabilities[basic_tokens(review.sentences[i])[j].text])
            assert floor.losses[k] == pytest.approx(expected, abs=1e-9)
            checked += 1
    assert checked > 3


def test_a_word_that_shows_is_weighed_as_the_masking_made_it(held_out):
    """80/10/10: over all words that could have stood there, the weights of what was produced add up to 1."""
    beliefs_here = {"film": 0.7, "movie": 0.25, "picture": 0.05}
    for shown in ("film", "picture", "the", "[MASK]"):
        weights = {w: floor_module._weighed(beliefs_here, w, shown, held_out) for w in beliefs_here}
        assert sum(weights.values()) == pytest.approx(1.0)
        if shown in beliefs_here:
            assert weights[shown] > 0.98  # a random word is that one in 1 of 2,624 cases
        else:
            assert weights == pytest.approx(beliefs_here)


def test_no_model_of_frequencies_comes_near_it(held_out, floor):
    frequencies = WordFrequencies(FilmWorld(), held_out.tokenizer, documents=200)
    losses = frequencies.losses(held_out)
    assert losses.mean() == pytest.approx(frequencies.score(held_out))
    table = floor.by_kind(losses, losses)
    assert table.loc["all", "gap"] == pytest.approx(1.0)
    assert table.loc["all", "model"] > table.loc["all", "floor"] + 3
    assert table.loc[list(KINDS), "share"].sum() == pytest.approx(1.0)
    assert floor.by_kind(floor.losses, losses).loc["all", "gap"] == pytest.approx(0.0)
    with pytest.raises(InputError, match="same HeldOut"):
        floor.by_kind(losses[:-1], losses)


def test_allowed_accuracy_loses_only_negatives_that_fit(held_out, monkeypatch):
    negatives = sum(pair.label == NOT_NEXT for pair in held_out.pairs)
    monkeypatch.setattr(floor_module, "compatible", lambda *_: False)
    assert allowed_accuracy(held_out) == 1.0
    monkeypatch.setattr(floor_module, "compatible", lambda *_: True)
    assert allowed_accuracy(held_out) == pytest.approx(1 - negatives / len(held_out.pairs))


def test_what_was_worked_out_beforehand_is_read_for_the_same_text_alone(held_out, tmp_path, monkeypatch):
    digest = floor_module._digest(floor_module._questions(held_out))
    columns = {"losses": [9.0], "blind": [9.5], "exact": [True], "kinds": ["free"]}
    path = tmp_path / "floor.json"
    monkeypatch.setattr(floor_module, "STORED", path)
    path.write_text(json.dumps({digest: columns}))
    assert world_floor(held_out).loss == 9.0
    path.write_text(json.dumps({"another": columns}))
    monkeypatch.setattr(floor_module, "beliefs", lambda *_, **__: pytest.fail("asked"))
    with pytest.raises(pytest.fail.Exception, match="asked"):
        world_floor(held_out)


@pytest.mark.parametrize("documents", STORED_SIZES)
def test_the_shipped_floor_is_of_the_text_that_the_world_writes_now(tokenizer, documents):
    """`python -m bertlab.pretraining.floor` makes it anew after a change of the grammar, the masking or the pairs."""
    held_out = HeldOut(FilmWorld(split="test"), tokenizer, documents=documents)
    stored = json.loads(STORED.read_text())[floor_module._digest(floor_module._questions(held_out))]
    assert len(stored["losses"]) == len(held_out.targets)


def test_other_text_has_no_known_floor(tokenizer, tmp_path):
    (tmp_path / "a.txt").write_text("The film is good. I saw it.\n\nThe plot is thin. I left.\n")
    held_out = HeldOut(TextFiles(tmp_path), tokenizer, documents=2, max_length=32)
    with pytest.raises(InputError, match="FilmWorld"):
        world_floor(held_out)
    letters = train_tokenizer(["abcdefghijklmnopqrstuvwxyz 0123456789 .,;:!?\"'()-"], vocab_size=200)
    pieces = HeldOut(FilmWorld(split="test"), letters, documents=2, max_length=64)
    with pytest.raises(InputError, match="whole"):
        world_floor(pieces)
