"""Probe sentences: what has a masked language model learned by now?

A probe is a text with one [MASK], words that are right there and words that are wrong. A model passes where the right
words get more probability together than the wrong ones. The texts come from reviews of the test split, so that no film
in them was seen in training; what is right is read off their derivations.

| phenomenon | the mask stands for | right against wrong |
|---|---|---|
| `frequency` | a common function word | that word against a rare word of another kind |
| `agreement` | is, are, was or were | the number of the subject, or the tense of the review so far |
| `sentiment` | the adjective of a verdict | adjectives of the side that the recommendation is on |
| `coreference` | he, she, his or her | the gender of the person named before |
| `negation` | an adjective after "but" or "never" | the side that the turn leaves over; half the probes have no turn |
| `copy` | a word of the title, or a surname, at its second mention | that word against another of its table |

In all but `frequency`, which that is enough for, always choosing what is more frequent passes about half.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from bertlab.world.grammar import article, read_options
from bertlab.world.lexicon_films import SURNAMES, TITLE_WORDS
from bertlab.world.lexicon_opinions import ASPECTS, WORDS
from bertlab.world.stream import reviews
from bertlab.world.structure import Review, Sentence
from bertlab.world.tree import Fact, Node, Reading, read

PHENOMENA = ("frequency", "agreement", "sentiment", "coreference", "negation", "copy")
MASK = "[MASK]"
# Probes of each phenomenon, drawn evenly from its kinds, which balance one another; the seed of their reviews.
PER_PHENOMENON = 40
SEED = 5
# Words (and punctuation marks) that a text of one sentence, and of two, may have.
SHORT, LONG = 16, 44
COMMON = ("the", "and", "of", "to", "in", "that", "a", "it")
TENSES = {"is": "was", "are": "were", "was": "is", "were": "are"}
NUMBERS = {"is": ("is", "was"), "was": ("is", "was"), "are": ("are", "were"), "were": ("are", "were")}
GENDERS = {"he": "she", "she": "he", "his": "her", "her": "his"}


class Probe(NamedTuple):
    """A text with one [MASK]; `right` and `wrong` are single words in lower case; `phenomenon` is one of `PHENOMENA`.

    Words that the tokenizer cuts into several pieces have no single probability: leave them out of the sums.
    """

    text: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    phenomenon: str


class _Page(NamedTuple):
    """A review, its trees, and the stance of its label."""

    review: Review
    reading: Reading
    stance: int

    def text(self, masked: tuple[int, int], *sentences: int) -> str:
        """These sentences, joined, with the token `masked` (its sentence and position) masked."""
        written = self.review.sentences
        return " ".join(
            mask(written[number], masked[1]) if number == masked[0] else written[number].text for number in sentences
        )

    def words(self, *sentences: int) -> int:
        return sum(len(self.review.sentences[number].words) for number in sentences)

    def nodes(self, number: int) -> Iterator[Node]:
        return (part for tree in self.reading.sentences[number] for part in tree.walk() if isinstance(part, Node))


Candidates = Iterator[tuple[object, Probe]]


@cache
def probes() -> tuple[Probe, ...]:
    """The probes, 40 of each phenomenon, in the order of `PHENOMENA`. Always the same."""
    frequencies = Counter(word.lower() for review in reviews(500) for s in review.sentences for word in s.words)
    taken: dict[str, dict[object, list[Probe]]] = {name: {kind: [] for kind in KINDS[name]} for name in PHENOMENA}
    missing = set(PHENOMENA)
    for review in reviews(None, seed=SEED, split="test"):
        if not missing:
            break
        page = _Page(review, read(review), 1 if review.label else -1)
        for name in sorted(missing):
            quota = PER_PHENOMENON // len(KINDS[name])
            for kind, probe in FINDERS[name](page, frequencies):
                if len(taken[name][kind]) < quota:
                    taken[name][kind].append(probe)
                    break
            if all(len(found) == quota for found in taken[name].values()):
                missing.discard(name)
    return tuple(probe for name in PHENOMENA for found in taken[name].values() for probe in found)


def mask(sentence: Sentence, position: int) -> str:
    """The text of a sentence with [MASK] for the token at `position`."""
    token = sentence.tokens[position]
    return sentence.text[: token.start] + MASK + sentence.text[token.end :]


def single_words(table: str, before: str = "") -> tuple[str, ...]:
    """The entries of a table that are one lower-case word, and fit after the article `before` if there is one."""
    words = (text for _, text, _ in read_options(table))
    return tuple(w for w in words if w.isalpha() and w.islower() and before in ("", article(w)))


def sides(page: _Page, number: int, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of an adjective's own side and of the other, that could stand where it stands."""
    signs = "+-" if node.polarity > 0 else "-+"
    if node.name == "adj":
        before = page.review.sentences[number].words[node.start - 1]
        right, wrong = (single_words(WORDS[f"adj{sign}"], before if before in ("a", "an") else "") for sign in signs)
    else:
        right, wrong = (single_words(ASPECTS[node.name.removesuffix(".adj")][sign]) for sign in signs)
    return right, wrong


def _frequency(page: _Page, frequencies: Counter[str]) -> Candidates:
    random = Random(page.review.text)
    rare = [word for table in ASPECTS.values() for sign in "+-" for word in single_words(table[sign])]
    for number, sentence in enumerate(page.review.sentences):
        for position, word in enumerate(sentence.words):
            if word in COMMON and len(sentence.words) <= SHORT:
                wrong = rare[int(random.random() * len(rare))]
                if frequencies[word] > 20 * frequencies[wrong]:
                    yield word, Probe(page.text((number, position), number), (word,), (wrong,), "frequency")


def _agreement(page: _Page, frequencies: Counter[str]) -> Candidates:
    verbs = [
        [verb for node in page.nodes(number) if node.name.endswith((".clause", ".denial")) for verb in node.verbs]
        for number in range(len(page.review.sentences))
    ]
    for number, sentence in enumerate(page.review.sentences):
        for position in verbs[number]:
            word = sentence.words[position]
            if page.words(number) <= SHORT:
                right = NUMBERS[word]
                wrong = next(pair for pair in NUMBERS.values() if pair != right)
                yield ("number", word), Probe(page.text((number, position), number), right, wrong, "agreement")
            if number and verbs[number - 1] and len(verbs[number]) == 1 and page.words(number - 1, number) <= LONG:
                text = page.text((number, position), number - 1, number)
                yield ("tense", word), Probe(text, (word,), (TENSES[word],), "agreement")


def _sentiment(page: _Page, frequencies: Counter[str]) -> Candidates:
    last = len(page.review.sentences) - 1
    for node in page.nodes(last):
        if node.name == "verdict.plain" and "a {adj} {genre}; {recommend}" in node.option.pattern:
            adjective = next(part for part in node.parts if part.name == "adj")
            if adjective.end == adjective.start + 1:
                right, wrong = sides(page, last, adjective)
                yield page.stance, Probe(page.text((last, adjective.start), last), right, wrong, "sentiment")


def _coreference(page: _Page, frequencies: Counter[str]) -> Candidates:
    for number, sentence in enumerate(page.review.sentences):
        for arc in sentence.arcs:
            word = sentence.words[arc.source]
            if arc.kind == "coreference" and not arc.back and word in GENDERS and page.words(number) <= LONG:
                text = page.text((number, arc.source), number)
                yield word in ("she", "her"), Probe(text, (word,), (GENDERS[word],), "coreference")


def _negation(page: _Page, frequencies: Counter[str]) -> Candidates:
    last = len(page.review.sentences) - 1
    told = any(node.name == "verdict.plain" for node in page.nodes(last))
    for number in range(last):
        for node in page.nodes(number):
            turn = TURNS.get((node.name, node.option.pattern))
            if turn is None or node.polarity != page.stance:
                continue
            alone = turn in ("but", "and")
            shown = (number,) if alone else (number, last)
            *_, clause = [n for n in node.walk() if n.name.endswith((".clause", ".denial"))]
            adjectives = [part for part in clause.parts if part.name.endswith(".adj")]
            if len(adjectives) == 1 and page.words(*shown) <= LONG and (alone or told):
                right, wrong = sides(page, number, adjectives[0])
                text = page.text((number, adjectives[0].start), *shown)
                yield (turn, adjectives[0].polarity), Probe(text, right, wrong, "negation")


def _copy(page: _Page, frequencies: Counter[str]) -> Candidates:
    random = Random(page.review.text)
    for fact in ("title", "director"):
        places = [
            (number, part)
            for number, trees in enumerate(page.reading.sentences)
            for tree in trees
            for part in tree.walk()
            if isinstance(part, Fact) and part.name == fact
        ]
        if not places:
            continue
        first = places[0][0]
        for number, part in places[1:]:
            if number == first or page.words(first, number) > LONG:
                continue
            words = page.review.sentences[number].words
            for position in range(part.start, part.end):
                for table in COPIED[fact]:
                    if words[position] not in table:
                        continue
                    right = words[position].lower()
                    context = page.text((number, position), first, number)
                    wrong = table[int(random.random() * len(table))].lower()
                    commoner = frequencies[wrong] - frequencies[right]
                    if commoner and right in context.lower() and wrong not in context.lower():
                        yield (fact, commoner > 0), Probe(context, (right,), (wrong,), "copy")


# Patterns with an adjective at their end: after "but" it is on the other side than the one before, after "and" on the
# same; "never" and the like turn it away from the side of the verdict.
TURNS = {
    ("contrast", "{!aspect}, but {aspect}."): "but",
    ("plain", "{aspect}, and {aspect}."): "and",
    ("negated", "{denial} {where}."): "never",
    ("plain", "{aspect} {when}."): "plain",
}
COPIED = {
    "title": tuple(
        tuple(text for _, text, _ in read_options(TITLE_WORDS[name]) if text.isalpha())
        for name in ("adjective", "noun")
    ),
    "director": (tuple(text for _, text, _ in read_options(SURNAMES) if text.isalpha()),),
}
KINDS: dict[str, tuple[object, ...]] = {
    "frequency": COMMON,
    "agreement": tuple((kind, word) for kind in ("number", "tense") for word in TENSES),
    "sentiment": (1, -1),
    "coreference": (True, False),
    "negation": tuple((turn, side) for turn in TURNS.values() for side in (1, -1)),
    "copy": tuple((fact, common) for fact in COPIED for common in (True, False)),
}
FINDERS: dict[str, Callable[[_Page, Counter[str]], Candidates]] = {
    "frequency": _frequency,
    "agreement": _agreement,
    "sentiment": _sentiment,
    "coreference": _coreference,
    "negation": _negation,
    "copy": _copy,
}
