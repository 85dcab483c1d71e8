"""Where a run's tables begin: waves for positions, the words' company for words."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import bertlab
from bertlab.errors import InputError
from bertlab.pretraining import FilmWorld
from bertlab.pretraining.recipes import RECIPES
from bertlab.pretraining.run import begin, new_model
from bertlab.pretraining.start import mutual_information, sinusoids, word_vectors
from bertlab.world.stream import polar_words

STARTED = replace(RECIPES["live"], waves=0.2, word_vectors=0.5, counted_documents=200)


class Documents:
    """A corpus of documents of one sentence each."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def documents(self, start: int, count: int) -> list[list[str]]:
        return [[self.texts[number % len(self.texts)]] for number in range(start, start + count)]


@pytest.fixture(scope="module")
def tokenizer():
    return bertlab.load_tokenizer("filmbert")


def test_the_waves_are_the_papers():
    table = sinusoids(50, 16)
    for position, column in ((0, 0), (3, 4), (49, 15), (17, 1)):
        angle = position / 10_000 ** (2 * (column // 2) / 16)
        expected = np.cos(angle) if column % 2 else np.sin(angle)
        assert table[position, column].item() == pytest.approx(expected, abs=1e-5)


def test_one_matrix_shifts_every_position():
    """The rotation by one position, written out, is the same at the beginning and far behind it."""
    table = sinusoids(128, 32)
    shift = torch.zeros(32, 32)
    for wave in range(16):
        turn = torch.tensor(10_000.0 ** (-2 * wave / 32))
        block = torch.tensor([[turn.cos(), -turn.sin()], [turn.sin(), turn.cos()]])
        shift[2 * wave : 2 * wave + 2, 2 * wave : 2 * wave + 2] = block
    torch.testing.assert_close(table[:-1] @ shift, table[1:], atol=1e-4, rtol=0)


def test_an_odd_width_has_no_waves():
    with pytest.raises(InputError, match="width is 7; expected an even number"):
        sinusoids(4, 7)


def test_pieces_of_one_company_point_the_same_way(tokenizer):
    corpus = Documents("gripping witty superb", "dull limp clumsy", "witty gripping", "clumsy dull", "superb witty", "limp dull")
    vectors = word_vectors(corpus, tokenizer, 2, documents=600)
    good, bad = (vectors[tokenizer.convert_tokens_to_ids(words.split())] for words in ("gripping witty superb", "dull limp clumsy"))
    assert (good @ good.T > 0.99).all() and (bad @ bad.T > 0.99).all()
    assert (abs(good @ bad.T) < 0.01).all()
    assert (vectors[tokenizer.convert_tokens_to_ids(["film"])] == 0).all(), "a piece that was not met has no vector"


def test_pieces_that_meet_as_often_as_by_chance_tell_nothing_of_each_other(tokenizer):
    """Each of the two in half of the documents, and together in a quarter: no information, so no vector."""
    corpus = Documents("the witty", "the", "witty", "dull")
    assert not word_vectors(corpus, tokenizer, 1, documents=400).any()


def test_the_information_is_as_the_paper_has_it(tokenizer):
    """"the" and "witty" stand together in half of 400 documents: log 2, of which 100 to 105 is left; "dull" stands alone."""
    the, witty, dull = tokenizer.convert_tokens_to_ids(["the", "witty", "dull"])
    corpus = Documents("the witty", "dull")
    found = mutual_information(corpus, tokenizer, documents=400).todense()
    expected = np.log((200 / 400) / (200 / 400) ** 2) * 100 / 105
    assert found[the, witty] == pytest.approx(expected) and found[witty, the] == pytest.approx(expected)
    assert np.count_nonzero(found) == 2
    vectors = word_vectors(corpus, tokenizer, 1, documents=400)
    assert vectors[the] @ vectors[witty] == pytest.approx(1) and not vectors[dull].any()


def test_in_the_film_world_they_know_praise_from_blame(tokenizer):
    """What the company of words tells without a label: a line through half of the words sorts the other half."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    vectors = word_vectors(FilmWorld(), tokenizer, 64, documents=1500)
    sides = [(tokenizer.convert_tokens_to_ids(word), side) for side, words in enumerate(polar_words()) for word in sorted(words)]
    known = [(piece, side) for piece, side in sides if piece != tokenizer.unk_token_id and vectors[piece].any()]
    pieces, sides = zip(*known)
    assert len(pieces) > 300
    assert cross_val_score(LogisticRegression(C=10), vectors[list(pieces)], sides, cv=4).mean() > 0.8


def test_a_width_that_the_vocabulary_does_not_reach(tokenizer):
    with pytest.raises(InputError, match=r"width is 2624; expected 1 to 2623"):
        word_vectors(Documents("the film"), tokenizer, len(tokenizer), documents=10)


def test_a_run_begins_with_them(tokenizer):
    recipe, corpus = STARTED, FilmWorld()
    model = begin(recipe, corpus, tokenizer)
    tables = model.bert.embeddings
    torch.testing.assert_close(tables.position_embeddings.weight, recipe.waves * sinusoids(256, 128))
    vectors = torch.from_numpy(word_vectors(corpus, tokenizer, 128, documents=200, seed=recipe.seed)).float()
    met = vectors.any(dim=1)
    drawn = new_model(recipe, len(tokenizer)).bert.embeddings.word_embeddings.weight
    table = tables.word_embeddings.weight
    torch.testing.assert_close(table[met], 0.1 * drawn[met] + recipe.word_vectors * vectors[met])
    assert torch.equal(table[~met], drawn[~met])
    assert met.sum() > 500 and not met[tokenizer.pad_token_id]


def test_without_them_it_begins_as_berts_do(tokenizer):
    recipe = replace(STARTED, waves=0.0, word_vectors=0.0)
    for table in (begin(recipe, FilmWorld(), tokenizer).bert.embeddings.get_submodule(f"{name}_embeddings").weight for name in ("word", "position")):
        assert table[1:].std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("wrong", [{"waves": -1.0}, {"word_vectors": float("nan")}, {"counted_documents": 0}])
def test_sizes_that_are_none(wrong):
    with pytest.raises(InputError, match="expected sizes of 0 or more, counted in at least 1 document"):
        replace(STARTED, **wrong)
