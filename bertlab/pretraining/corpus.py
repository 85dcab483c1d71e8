"""Where the documents come from: the film world, a folder of text files, a text data set of the Hub.

A corpus is asked for documents by number, and goes on for ever: one that ends begins again, in another order. So a
batch depends on its number alone, and a run that was stopped goes on at any of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from bertlab.errors import InputError, SourceError

TextDocument = Sequence[str]
"""A document: its sentences, in order."""

# WikiText marks an article by " = Title = ", and its sections by more equals signs.
_ARTICLE = re.compile(r"\s*= [^=](.*[^=])? =\s*$")
_SECTION = re.compile(r"\s*(= )+.* =\s*$")
_SENTENCE_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][\"')\]])|(?<=[.!?][\"')\]]{2}))\s+(?=[\"'(\[]*[A-Z0-9])")


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
        if reviews is not None and (isinstance(reviews, bool) or not isinstance(reviews, int) or reviews < 2):
            raise InputError(
                f"reviews is {reviews!r}; expected a whole number of at least 2 (pairs need two documents), or None "
                "for no end."
            )
        self.seed, self.split, self.reviews = seed, split, reviews

    def __repr__(self) -> str:
        """How to make it again."""
        return f"FilmWorld(seed={self.seed}, split={self.split!r}, reviews={self.reviews})"

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

    A file is read as WikiText where it has lines such as ` = Title = `, each of which begins a document; otherwise
    blank lines stand between documents. A line is cut into sentences at full stops, question and exclamation marks
    (`sentences_of`). Each pass over the documents takes them in another order.

    Args:
        folder: or a single file.
        seed: of the order.
        excerpt: cut documents into `excerpts` of so many sentences, which count as documents; None to leave them whole.
            Batches are made of whole documents, so articles of thousands of tokens want cutting.

    Raises:
        InputError: for a seed that is no whole number of at least 0, and an excerpt of less than 2 sentences.
        SourceError: for a folder that does not exist or has no text in it, and a file that is not UTF-8.
    """

    def __init__(self, folder: str | Path, *, seed: int = 0, excerpt: int | None = None) -> None:
        _check_excerpt(excerpt)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise InputError(f"seed is {seed!r}; expected a whole number of at least 0.")
        folder = Path(folder)
        paths = [folder] if folder.is_file() else sorted(folder.glob("*.txt"))
        if not paths:
            raise SourceError(f"{folder} is no text file, and no folder with text files (*.txt) in it. Name one.")
        self._documents = []
        for path in paths:
            try:
                lines = path.read_text(encoding="utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise SourceError(f"{path} is no UTF-8 text: {error}. Convert it, or leave it out.") from error
            wiki = any(_ARTICLE.match(line) for line in lines)
            self._documents += list(excerpts(read_documents(lines, wiki=wiki), excerpt))
        if not self._documents:
            raise SourceError(f"{folder}: there is no text in {', '.join(path.name for path in paths)}.")
        self.folder, self.seed, self.excerpt = folder, seed, excerpt

    def __repr__(self) -> str:
        """How to make it again."""
        return f"TextFiles({str(self.folder)!r}, seed={self.seed}, excerpt={self.excerpt})"

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents `start` to `start + count` of a sequence in which each pass is a new order of them all."""
        n = len(self)
        passes = range(start // n, (start + count) // n + 1)
        order = np.concatenate([np.random.default_rng([self.seed, number]).permutation(n) for number in passes])
        offset = start - passes[0] * n
        return [self._documents[number] for number in order[offset : offset + count]]


class HubText:
    """A text data set of the Hub, streamed: WikiText-103 raw unless another is named. The order is the data set's.

    It is read as WikiText, where a row is a line, if one of its first hundred rows is such as ` = Title = `;
    otherwise each row is a document. Asked for documents further on, it reads up to there; asked for earlier ones, it
    begins again. It needs `datasets` and a reachable Hub, or what its cache holds. `excerpt` is as in `TextFiles`.

    Raises:
        InputError: for an excerpt of less than 2 sentences.
        SourceError: when the data set cannot be had, breaks off, has no column of text or no text in it.
    """

    def __init__(
        self,
        path: str = "Salesforce/wikitext",
        name: str | None = "wikitext-103-raw-v1",
        *,
        split: str = "train",
        excerpt: int | None = None,
    ) -> None:
        import datasets

        _check_excerpt(excerpt)
        self.path, self.name, self.split, self.excerpt = path, name, split, excerpt
        with self._one_error():
            self._rows = datasets.load_dataset(path, name, split=split, streaming=True)
            first = list(self._rows.take(100))
        if not first:
            raise SourceError(f"{self!r} holds no rows: name another split or data set.")
        if not isinstance(first[0].get("text"), str):
            raise SourceError(
                f"{self!r} has the columns {', '.join(first[0])}; expected one called text, of strings. Name another "
                "data set, or write this one's text into files and give their folder to TextFiles."
            )
        self._wiki = any(_ARTICLE.match(row["text"] or "") for row in first)
        self._next, self._stream = 0, None

    def __repr__(self) -> str:
        """How to make it again."""
        return f"HubText({self.path!r}, {self.name!r}, split={self.split!r}, excerpt={self.excerpt})"

    def documents(self, start: int, count: int) -> list[TextDocument]:
        """Documents `start` to `start + count`, over and over."""
        if self._stream is None or start < self._next:
            self._next, self._stream = 0, self._endless()
        # Where reading breaks off, the stream is of no more use: it is given up here and kept only when all is well.
        stream, self._stream = self._stream, None
        with self._one_error():
            found = list(islice(stream, start - self._next, start - self._next + count))
        self._next, self._stream = start + count, stream
        return found

    def _endless(self) -> Iterator[TextDocument]:
        while True:
            empty = True
            for document in excerpts(self._one_pass(), self.excerpt):
                empty = False
                yield document
            if empty:
                raise SourceError(f"{self!r} holds no text: name another split or data set.")

    def _one_pass(self) -> Iterator[TextDocument]:
        texts = (row["text"] or "" for row in self._rows)
        if self._wiki:
            return read_documents(texts, wiki=True)
        return (found for text in texts if (found := [s for line in text.splitlines() for s in sentences_of(line)]))

    @contextmanager
    def _one_error(self) -> Iterator[None]:
        """One SourceError for what datasets lets through: no network, no such data set, a broken file."""
        try:
            yield
        except SourceError:
            raise
        except Exception as error:
            raise SourceError(
                f"{self!r} cannot be read: {type(error).__name__}: {error} With a network, see that the Hub can be "
                "reached and the name is right; without one, pretrain on the film world or on a folder of text files."
            ) from error


def excerpts(documents: Iterable[TextDocument], sentences: int | None) -> Iterator[TextDocument]:
    """The documents in stretches of `sentences`, with one sentence left out between two stretches; whole for None.

    Were nothing left out, one stretch would be the true continuation of another, and a pair might call it a false one.
    """
    for document in documents:
        size = sentences or len(document)
        yield from (document[start : start + size] for start in range(0, len(document), size + 1))


def _check_excerpt(excerpt: int | None) -> None:
    if excerpt is not None and (isinstance(excerpt, bool) or not isinstance(excerpt, int) or excerpt < 2):
        raise InputError(f"excerpt is {excerpt!r}; expected at least 2 sentences (a pair needs two), or None for all.")


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
            document += sentences_of(line)
    if document:
        yield document


def sentences_of(line: str) -> list[str]:
    """A line's sentences.

    One ends at a full stop, question or exclamation mark, with the quotation marks and brackets that close there,
    before white space and a capital or a digit. No character but that white space is lost.
    """
    return [sentence for sentence in _SENTENCE_END.split(line.strip()) if sentence]
