"""Reviews in German, and the stream of pairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bertlab.errors import InputError
from bertlab.world.german.derivation import Replay
from bertlab.world.german.realiser import Realiser
from bertlab.world.stream import check_seed_and_split, reviews
from bertlab.world.structure import Review


def german(review: Review) -> tuple[str, ...]:
    """The sentences of `review` in German, one for each English sentence, in their order.

    The same review gives the same German always. Raises InputError for what is no review, or one that this version of
    the grammar did not write.
    """
    if not isinstance(review, Review):
        raise InputError(
            f"review is a {type(review).__name__}: expected a Review; pass one that bertlab.world.reviews() yields"
        )
    plan = {choice.rule.rstrip("()+-"): choice.option for choice in review.derivation.choices}
    if not {"label", "tense"} <= plan.keys() or not review.derivation.choices[0].rule.startswith("film."):
        raise InputError(
            f"the derivation of the review of {review.film.title!r} does not say its film, label and tense: expected a "
            "review as bertlab.world.reviews() yields; pass it unchanged"
        )
    try:
        replay = Replay(review)
    except (LookupError, AttributeError) as error:
        raise InputError(
            f"the derivation of the review of {review.film.title!r} is not of this version of the grammar ({error}): "
            "expected a review as bertlab.world.reviews() yields; write it again from its seed, split and number"
        ) from error
    realiser = Realiser(review.film, replay.other, past=plan["tense"] == 0)
    return tuple([realiser.sentence(nodes) for nodes in replay.trees])


def parallel(n: int | None = None, *, seed: int = 0, split: str = "train") -> Iterator[tuple[str, str]]:
    """Stream `n` pairs of an English sentence and its German (endlessly for None).

    The pairs are those of `reviews(seed=seed, split=split)`, sentence after sentence, so that a shorter stream is the
    beginning of a longer one, and `itertools.islice` cuts it into shards. Memory does not grow. The films of a split
    occur in no other split; a sentence that names no film may.

    Raises InputError for a negative or non-integer `n`, a `seed` that is no integer, or an unknown `split`.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
        raise InputError(f"n is {n!r}: expected how many pairs you want, 0 or more, or None for an endless stream")
    check_seed_and_split(seed, split)
    return islice(pairs(seed, split), n)


def pairs(seed: int, split: str) -> Iterator[tuple[str, str]]:
    """Every pair of every review."""
    for review in reviews(seed=seed, split=split):
        for sentence, translation in zip(review.sentences, german(review), strict=True):
            yield sentence.text, translation
