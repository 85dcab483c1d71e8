"""Where the two tables of the input begin: positions as waves, words as their company.

BERT draws both from a normal distribution (Devlin et al. 2018; ``modeling.py`` in google-research/bert), and so has to
find out from its text that position 5 is next to position 6, and that "gripping" keeps company with "witty" and not with
"dull". The reference takes a million steps. A short run has no time for it; so here the tables begin with what is known
beforehand or can be counted. Both train on like all other weights, and the model's form is BERT's.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from bertlab.errors import InputError
from bertlab.pretraining.batches import encode_documents
from bertlab.pretraining.corpus import Corpus

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from transformers import PreTrainedTokenizerBase

CHUNK = 1000
"""Documents that are tokenised at once, so that memory does not grow with their number."""

FEW = 5.0
"""A word pair that chance alone would bring together in so many documents counts half."""


def sinusoids(positions: int, width: int) -> Float[Tensor, "positions width"]:
    """Sines and cosines of wavelengths from 2π to 20,000π (Vaswani et al. 2017, section 3.5).

    A shift by k positions is one rotation, the same at every position: so "the word before" is a matrix that a head can
    find once and use at all places, those that no training sequence has reached yet among them.

    Raises InputError for an odd width.
    """
    if width % 2:
        raise InputError(f"width is {width}; expected an even number: each wave is a sine and a cosine.")
    frequencies = 10_000.0 ** (-torch.arange(0, width, 2) / width)
    angles = torch.arange(positions)[:, None] * frequencies  # (positions, width / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def mutual_information(corpus: Corpus, tokenizer: "PreTrainedTokenizerBase", *, documents: int) -> "csr_array":
    """How many times as often as by chance two pieces stand in one document, as a logarithm (nats), where that is above 0.

    The positive pointwise mutual information of each pair of pieces, (vocab, vocab), symmetric, with nothing on the diagonal.
    A pair that chance would bring together in c documents is shrunk by c / (c + `FEW`): a ratio of few counts is noise.

    Args:
        corpus: where pieces are counted: training text.
        tokenizer: its vocabulary gives rows and columns.
        documents: how many documents of the corpus are counted, from number 0 on.
    """
    from scipy.sparse import coo_array

    size = len(tokenizer)
    rows: list[int] = []
    columns: list[int] = []
    for start in range(0, documents, CHUNK):
        texts = corpus.documents(start, min(CHUNK, documents - start))
        for number, document in enumerate(encode_documents(texts, tokenizer), start):
            pieces = {piece for sentence in document for piece in sentence}
            rows += [number] * len(pieces)
            columns += pieces
    met = coo_array((np.ones(len(rows)), (rows, columns)), shape=(documents, size)).tocsr()
    counts = np.asarray(met.sum(axis=0))  # (vocab,)
    together = (met.T @ met).tocoo()
    a, b = together.coords
    chance = counts[a] * counts[b] / documents
    values = np.log(together.data / chance) * chance / (chance + FEW)
    keep = (a != b) & (values > 0)
    return coo_array((values[keep], (a[keep], b[keep])), shape=(size, size)).tocsr()


def word_vectors(
    corpus: Corpus, tokenizer: "PreTrainedTokenizerBase", width: int, *, documents: int, seed: int = 0
) -> Float[np.ndarray, "vocab width"]:
    """Vectors of length 1 in which pieces that keep the same company point the same way.

    `mutual_information` factorised by its largest eigenvalues (Levy and Goldberg 2014: word2vec factorises such a matrix
    implicitly).

    Args:
        corpus, tokenizer, documents: see `mutual_information`.
        width: of the vectors; less than the vocabulary.
        seed: of the vector that the eigensolver begins with.

    Returns:
        A row for each piece; a piece that was not met, or with every other just as often as by chance, has zeros.
        Eigenvectors are unique but for their signs: another processor may turn some of them around.
    """
    from scipy.sparse.linalg import eigsh

    size = len(tokenizer)
    if not 0 < width < size:
        raise InputError(f"width is {width}; expected 1 to {size - 1}: the vocabulary has {size} pieces.")
    information = mutual_information(corpus, tokenizer, documents=documents)
    if not information.nnz:
        return np.zeros((size, width))
    first = np.random.default_rng(seed).normal(size=size)
    eigenvalues, eigenvectors = eigsh(information, k=width, which="LA", v0=first)
    vectors = eigenvectors * np.sqrt(np.maximum(eigenvalues, 0))
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
