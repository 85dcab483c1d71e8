"""Where the documents come from: the film world, a folder of text files, a text data set of the Hub.

A corpus is asked for documents by number, and goes on for ever: one that ends begins again, in another order. So a
batch depends on its number alone, and a run that was stopped goes on at any of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Protocol

import numpy as np

from bertlab.errors import InputError, SourceError

TextDocument = Sequence[str]
"""A document: its sentences, in order."""

# WikiText marks an article by " = Title = ", and its sections by more equals signs.
_ARTICLE = re.compile(r"\s*= [^=].*[^=] =\s*$")
_SECTION = re.compile(r"\s*(= )+.* =\s*$")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")


class Corpus(Protocol):
    """Documents by number."""

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents number `start` to `start + count`, exclusive."""


class FilmWorld:
    """The reviews of the film world as documents: each is new, however many are asked for.

    Args:
        seed: of the stream of reviews.
        split: "train", "validation" or "test"; they have no film in common.
        reviews: how many different ones there are before the stream begins again, in the same order; None for no end.
    """

    def __init__(self, *, seed: int = 0, split: str = "train", reviews: int | None = None) -> None:
        from bertlab.world.stream import check_seed_and_split

        check_seed_and_split(seed, split)
        if reviews is not None and reviews < 2:
            raise InputError(f"reviews is {reviews!r}; expected at least 2 (pairs need two documents), or None for no end.")
        self.seed, self.split, self.reviews = seed, split, reviews

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Reviews as lists of sentences."""
        from bertlab.world.stream import write_review

        numbers = range(start, start + count)
        if self.reviews is not None:
            numbers = [number % self.reviews for number in numbers]
        return [
            [sentence.text for sentence in write_review(number, seed=self.seed, split=self.split).sentences]
            for number in numbers
        ]


class TextFiles:
    """Text files of a folder (`*.txt`), held in memory as documents.

    A file is read as WikiText where it has lines such as ` = Title = `, each of which begins a document; otherwise blank
    lines stand between documents. A line is cut into sentences at full stops, question and exclamation marks. Each
    pass over the documents takes them in another order.

    Raises:
        SourceError: for a folder that does not exist or has no text in it.
    """

    def __init__(self, folder: str | Path, *, seed: int = 0) -> None:
        folder = Path(folder)
        paths = [folder] if folder.is_file() else sorted(folder.glob("*.txt"))
        if not paths:
            raise SourceError(f"{folder} is no text file and no folder with text files (*.txt) in it: name one that is.")
        self._documents = []
        for path in paths:
            try:
                lines = path.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise SourceError(f"{path} cannot be read as UTF-8 text: {error}. Convert it, or leave it out.") from error
            wiki = any(_ARTICLE.match(line) for line in lines)
            self._documents += list(read_documents(lines, wiki=wiki))
        if not self._documents:
            raise SourceError(f"{folder}: there is no text in {', '.join(path.name for path in paths)}.")
        self.seed = seed

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents `start` to `start + count` of a sequence in which each pass is a new order of them all."""
        n = len(self)
        passes = range(start // n, (start + count - 1) // n + 1)
        order = np.concatenate([np.random.default_rng([self.seed, number]).permutation(n) for number in passes])
        offset = start - passes[0] * n
        return [self._documents[number] for number in order[offset : offset + count]]


class HubText:
    """A text data set of the Hub, streamed: WikiText-103 raw unless another is named. The order is the data set's.

    Asked for documents further on, it reads up to there; asked for earlier ones, it begins again. It needs `datasets`
    and a reachable Hub, or what its cache holds.

    Raises:
        SourceError: when the data set cannot be had or has no text.
    """

    def __init__(
        self, path: str = "Salesforce/wikitext", name: str | None = "wikitext-103-raw-v1", *, split: str = "train"
    ) -> None:
        import datasets

        try:
            self._rows = datasets.load_dataset(path, name, split=split, streaming=True)
            columns = self._rows.column_names or list(next(iter(self._rows)))
        except Exception as error:  # datasets raises many kinds: no network, no such data set, a broken file
            raise SourceError(
                f"{path} ({name}, {split}) cannot be loaded: {error}. With a network, see that the Hub can be reached and the "
                "name is right; without one, pretrain on the film world or on a folder of text files."
            ) from error
        if "text" not in columns:
            raise SourceError(f"{path} ({name}) has the columns {', '.join(columns)}; expected one called text.")
        self._next = 0
        self._stream = self._endless()

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents `start` to `start + count`, over and over."""
        if start < self._next:
            self._next, self._stream = 0, self._endless()
        found = list(islice(self._stream, start - self._next, start - self._next + count))
        self._next = start + count
        return found

    def _endless(self) -> Iterator[TextDocument]:
        for number in count():
            empty = True
            for document in read_documents((row["text"] for row in self._rows), wiki=True):
                empty = False
                yield document
            if empty and number == 0:
                raise SourceError("The data set holds no text.")


def read_documents(lines: Iterable[str], *, wiki: bool) -> Iterator[list[str]]:
    """Documents in lines of text, each as its sentences; those without text are left out.

    A document ends at ` = Title = ` with `wiki`, where section titles are left out, and at a blank line without.
    """
    document: list[str] = []
    for line in lines:
        if document and (_ARTICLE.match(line) if wiki else not line.strip()):
            yield document
            document = []
        if not (wiki and _SECTION.match(line)):
            document += [sentence for sentence in _SENTENCE_END.split(line.strip()) if sentence]
    if document:
        yield document
