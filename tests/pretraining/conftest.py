"""A tokenizer of the film world, trained once."""

import pytest
from transformers import BertTokenizer

from bertlab.pretraining import FilmWorld, train_tokenizer


@pytest.fixture(scope="session")
def tokenizer() -> BertTokenizer:
    documents = FilmWorld(seed=5).documents(0, 150)
    return train_tokenizer([sentence for document in documents for sentence in document], vocab_size=1200)
