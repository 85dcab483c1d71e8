"""What a review is made of: tokens, spans, arcs, the choices that wrote it.

Everything is an index into the tokens of one sentence, so that a later floor (named entities, questions, probes of
attention heads) reads labels off and never searches the text. Character offsets count Python characters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bertlab.world.films import Film


class Token(NamedTuple):
    """A word or punctuation mark. `text == sentence.text[start:end]`.

    Clitics that begin with an apostrophe stand alone ("it" + "'s", "Orme" + "'s"); words in "n't" stay whole.
    """

    text: str
    start: int
    end: int
    space_before: bool


class Span(NamedTuple):
    """Tokens `start` to `end` (exclusive) of a sentence name an entity: PERSON, CHARACTER, FILM, YEAR, GENRE, PLACE."""

    start: int
    end: int
    label: str


class Arc(NamedTuple):
    """A directed relation between two tokens, from `source` to `target`.

    | kind | source | target |
    |---|---|---|
    | `subject` | the verb | the last word of its subject |
    | `negation` | the negating word | the word that it negates |
    | `coreference` | a pronoun | the last word of what it stands for |

    `source` indexes the tokens of the sentence that holds the arc; `target` those of the sentence `back` places earlier
    in the review (0: the same sentence).
    """

    source: int
    target: int
    kind: str
    back: int = 0


class Choice(NamedTuple):
    """One weighted choice: `rule` took its option number `option`, which had `probability` at that moment.

    `excluded` are the options that could not be taken because the review had used them (rules that do not repeat
    themselves); `start` and `end` are the tokens of the sentence that the choice produced (both 0 for a choice that
    concerns the whole review).
    """

    rule: str
    option: int
    probability: float
    excluded: tuple[int, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Derivation:
    """The choices in the order in which they were made (a tree in pre-order: a rule, then its slots left to right)."""

    choices: tuple[Choice, ...]

    @property
    def log_probability(self) -> float:
        """The natural logarithm of the probability of making exactly these choices."""
        return math.fsum(math.log(choice.probability) for choice in self.choices)


@dataclass(frozen=True)
class Sentence:
    """A sentence: `words` and, for each, whether a space stands before it; what they mean; how they were chosen.

    `role` says what the sentence does in the review: "opening", "fact", "plot", "opinion" or "verdict".
    `stance` is +1 or -1 where the sentence weighs for or against the film, 0 where it only tells.
    """

    words: tuple[str, ...]
    spaces: tuple[bool, ...]
    spans: tuple[Span, ...]
    arcs: tuple[Arc, ...]
    phenomena: frozenset[str]
    derivation: Derivation
    role: str
    stance: int

    @cached_property
    def text(self) -> str:
        """The sentence as written."""
        return "".join([" " + w if s else w for w, s in zip(self.words, self.spaces, strict=True)])

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words with their character offsets in `text`."""
        tokens, at = [], 0
        for word, space in zip(self.words, self.spaces, strict=True):
            at += space
            tokens.append(Token(word, at, at + len(word), space))
            at += len(word)
        return tuple(tokens)

    def surface(self, span: Span) -> str:
        """The text that a span covers."""
        return self.text[self.tokens[span.start].start : self.tokens[span.end - 1].end]


@dataclass(frozen=True)
class Review:
    """A film review. `label` is 1 where the reviewer is for the film and 0 where against, as in IMDb.

    `surface` is the number of words with a good ring minus those with a bad one, titles aside, whatever the sentence
    does with them (`bertlab.world` says which words).
    `derivation` holds the choices that concern the whole review; each sentence holds its own.
    """

    label: int
    film: Film
    sentences: tuple[Sentence, ...]
    surface: int
    derivation: Derivation

    @cached_property
    def text(self) -> str:
        """The sentences, joined by single spaces."""
        return " ".join([sentence.text for sentence in self.sentences])

    @cached_property
    def phenomena(self) -> frozenset[str]:
        """What makes the review more than a bag of words: the union over its sentences."""
        return frozenset().union(*(sentence.phenomena for sentence in self.sentences))

    @property
    def hard(self) -> bool:
        """Whether the words point against the label: `surface > 0` in a bad review, `surface < 0` in a good one."""
        return self.surface < 0 if self.label else self.surface > 0

    @property
    def log_probability(self) -> float:
        """The natural logarithm of the probability of this review's derivation, all choices together."""
        return math.fsum([self.derivation.log_probability, *(s.derivation.log_probability for s in self.sentences)])

    def as_row(self) -> dict[str, str | int]:
        """The review in the IMDb schema."""
        return {"text": self.text, "label": self.label}
