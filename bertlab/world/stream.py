"""Reviews: how one is laid out, and the stream of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import count
from random import Random

from bertlab.errors import InputError
from bertlab.world.films import FACT_NAMES, SPLITS
from bertlab.world.grammar import Grammar, Table, read_options
from bertlab.world.lexicon_opinions import ASPECTS, WORDS
from bertlab.world.rules_clauses import CLAUSES
from bertlab.world.rules_sentences import FRESH, SENTENCES
from bertlab.world.structure import Review, Sentence
from bertlab.world.writer import Writer

# A review ends soon after so many words (punctuation marks count), and does not come to its verdict before so many.
LONGEST, SHORTEST = 205, 14
# Sentences that an opener such as "honestly," can stand before.
OPENED = frozenset({"plain", "negated", "contrast", "aside"})
# Sentences that only tell.
TOLD = frozenset({"fact", "plot"})


@cache
def grammar() -> Grammar:
    """The grammar of the film world."""
    return Grammar({**CLAUSES, **SENTENCES}, FRESH, FACT_NAMES)


@cache
def polar_words() -> tuple[frozenset[str], frozenset[str]]:
    """The words with a good ring and those with a bad one: the single words in the tables of opinion of one sign only."""
    sides: dict[str, set[str]] = {"+": set(), "-": set()}
    sources = [(name[-1], source) for name, source in WORDS.items()]
    sources += [(sign, words[sign]) for words in ASPECTS.values() for sign in "+-"]
    for sign, source in sources:
        sides[sign].update(text for _, text, _ in read_options(source) if " " not in text)
    return frozenset(sides["+"] - sides["-"]), frozenset(sides["-"] - sides["+"])


def reviews(n: int | None = None, *, seed: int = 0, split: str = "train") -> Iterator[Review]:
    """Stream `n` reviews (endlessly for None); half of them, in expectation, are positive.

    Review number i depends on `seed`, `split` and i alone, whatever n is, so that a stream can be cut into shards with
    `itertools.islice` and memory does not grow. The films of a split occur in no other split.

    Raises InputError for a negative or non-integer `n`, a `seed` that is no integer, or an unknown `split`.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
        raise InputError(f"n is {n!r}: expected how many reviews you want, 0 or more, or None for an endless stream")
    check_seed_and_split(seed, split)
    return (write_review(i, seed=seed, split=split) for i in (count() if n is None else range(n)))


def check_seed_and_split(seed: int, split: str) -> None:
    """Raise InputError unless both can be used."""
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InputError(f"seed is {seed!r}: expected an integer; pass the same one again to get the same reviews again")
    if split not in SPLITS:
        raise InputError(f"split is {split!r}: expected one of {', '.join(SPLITS)}; choose one of these")


def write_review(index: int, *, seed: int, split: str) -> Review:
    """Review number `index` of the stream."""
    writer = Writer(Random(f"review/{seed}/{split}/{index}"), split)
    tables = grammar()
    positive = writer.choose(tables.table("label", 1)) == "positive"
    stance = 1 if positive else -1
    writer.tense = 2 if writer.choose(tables.table("tense", stance)) == "past" else 0
    kind = writer.choose(tables.table("kind", stance))
    length = int(writer.choose(tables.table("length", stance)))
    plan = writer.take_choices()
    sentences = tuple(write_sentences(writer, stance, kind, length))
    return Review(int(positive), writer.film, sentences, surface(sentences), plan)


def write_sentences(writer: Writer, stance: int, kind: str, length: int) -> Iterator[Sentence]:
    """An opening, about `length` sentences of a `kind` of review, and a verdict; for (+1) or against (-1) the film."""

    def table(name: str, polarity: int = stance) -> Table:
        return grammar().table(name, polarity)

    start = writer.choose(table("start.long" if length > 5 else "start.short"))
    sentence = writer.sentence([table(start)], "opening", stance if start == "thesis" else 0)
    yield sentence
    words, before = len(sentence.words), sentence.stance
    written = 0
    while (written < length or words < SHORTEST) and words < LONGEST:
        step = writer.choose(table(f"step.{kind}"))
        polarity = -stance if step[0] == "!" else stance
        step = step.lstrip("!")
        rules = [table(step, polarity)]
        if step in TOLD:
            sentence = writer.sentence(rules, step, 0)
        else:
            if step in OPENED:
                rules.insert(0, table(joiner(before, polarity, stance), polarity))
            sentence = writer.sentence(rules, "opinion", polarity)
            before = polarity
        yield sentence
        words += len(sentence.words)
        written += 1
    yield writer.sentence([table(writer.choose(table(f"close.{kind}")))], "verdict", stance)


def joiner(before: int, polarity: int, stance: int) -> str:
    """The rule for the words that tie an opinion to the one `before` it (0: none yet)."""
    if polarity != stance:
        return "concede"
    if before == -polarity:
        return "turn"
    return "further" if before else "opener"


def surface(sentences: tuple[Sentence, ...]) -> int:
    """Words with a good ring minus words with a bad one, outside the titles of films."""
    good, bad = polar_words()
    score = 0
    for sentence in sentences:
        titles = {i for span in sentence.spans if span.label == "FILM" for i in range(span.start, span.end)}
        for i, word in enumerate(sentence.words):
            lower = word.lower()
            if i not in titles:
                score += (lower in good) - (lower in bad)
    return score
