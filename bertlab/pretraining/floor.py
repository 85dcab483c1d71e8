"""How well held-out text of the film world could be guessed at best: the floor under every model's loss."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from bertlab.errors import InputError
from bertlab.pretraining.corpus import FilmWorld
from bertlab.pretraining.heldout import HeldOut
from bertlab.pretraining.masking import IGNORED
from bertlab.pretraining.pairs import IS_NEXT, Pair, Segment
from bertlab.world.oracle import KINDS, basic_tokens, beliefs, compatible, kinds
from bertlab.world.stream import write_review
from bertlab.world.structure import Review

if TYPE_CHECKING:
    import pandas

STORED = Path(__file__).parents[1] / "filmbert" / "floor.json"
"""Floors that have been worked out beforehand."""

STORED_SIZES = (64,)
"""For how many documents of the test split: it takes some minutes for these."""

Place = tuple[int, int]
"""A sentence of a review and a pre-token of it."""


@dataclass(frozen=True)
class WorldFloor:
    """The best that a model could do at the masked positions of a `HeldOut`, position by position.

    Attributes:
        losses: -log p(the word that stood there) of a predictor that knows the film world's grammar and sums over all that
            the visible words leave open, in nats; in the order of `HeldOut.targets`. Their mean bounds the loss of every
            model from below, but for chance: the text is a sample.
        blind: the same for a predictor that forgets which options other sentences have used up: an estimate from above of
            the best loss, so that the truth lies between the two.
        exact: where the predictor was told nothing that the visible words leave open (`bertlab.world.oracle` says more).
        kinds: the kind of each masked word, one of `bertlab.world.oracle.KINDS`.
    """

    losses: Float[np.ndarray, " masked"]
    blind: Float[np.ndarray, " masked"]
    exact: Bool[np.ndarray, " masked"]
    kinds: list[str]

    @property
    def loss(self) -> float:
        """The floor: the mean of `losses`."""
        return float(self.losses.mean())

    def by_kind(
        self, losses: Float[np.ndarray, " masked"], frequencies: Float[np.ndarray, " masked"]
    ) -> pandas.DataFrame:
        """A model's losses beside the floor, a row a kind and one for all.

        `share` of the masked words; `frequencies`, `model` and `floor` in nats; `gap`, the part of the way from knowing
        word frequencies down to the floor that the model has still to go: (model - floor) / (frequencies - floor).

        Args:
            losses: the model's, `held_out.score(model).losses`.
            frequencies: `WordFrequencies(...).losses(held_out)`.
        """
        import pandas

        for given in (losses, frequencies):
            if len(given) != len(self.losses):
                raise InputError(
                    f"there are {len(given)} losses, but {len(self.losses)} masked positions: give those of the same HeldOut."
                )
        columns = ["frequencies", "model", "floor"]
        frame = pandas.DataFrame({"frequencies": frequencies, "model": losses, "floor": self.losses, "kind": self.kinds})
        table = frame.groupby("kind")[columns].mean().reindex(KINDS)
        table.insert(0, "share", frame["kind"].value_counts(normalize=True).reindex(KINDS, fill_value=0.0))
        table.loc["all"] = [1.0, *frame[columns].mean()]
        return table.assign(gap=(table["model"] - table["floor"]) / (table["frequencies"] - table["floor"]))


def world_floor(held_out: HeldOut) -> WorldFloor:
    """Ask the film world about every masked position of held-out text.

    Where a masked position shows `[MASK]`, the world sees nothing there. Where it shows a word (10 % the right one, 10 % a
    random one), the best predictor weighs that word against the others as the masking would have produced it. Of a pair
    that was cut to its length the world is told what was cut off: another reason why its answer may be a bound.

    It takes a second or two a document; what `python -m bertlab.pretraining.floor` has written beside the shipped model
    is read instead, where it is about the very same text and masks.

    Raises InputError unless the held-out text is the film world's, cut by a tokenizer that has all its words whole.
    """
    asked = _questions(held_out)
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    if _digest(asked) in stored:
        columns = stored[_digest(asked)]
        return WorldFloor(*(np.array(columns[name]) for name in ("losses", "blind", "exact")), columns["kinds"])
    losses, blind, exact, found = [], [], [], []
    for number, pair in enumerate(held_out.pairs):
        shown, labels = asked[number]
        places = _places(held_out, pair)
        cut = any(segment.front or segment.back for segment in pair.source)
        chosen = [position for position in range(len(pair)) if labels[position] != IGNORED]
        kept = {position for position in chosen if shown[position] == labels[position]}
        # The words that show are evidence for the others, but each kept one is asked for as if it did not show.
        seen = _believe(held_out, pair, places, set(chosen) - kept)
        unseen = _believe(held_out, pair, places, set(chosen)) if kept else {}
        for position in chosen:
            belief, kind = (unseen if position in kept else seen)[position]
            right, there = _word(held_out, labels[position]), _word(held_out, shown[position])
            losses.append(-np.log(_weighed(belief.probabilities, right, there, held_out)))
            blind.append(-np.log(_weighed(belief.blind, right, there, held_out)))
            exact.append(belief.exact and not cut)
            found.append(kind)
    return WorldFloor(np.array(losses), np.array(blind), np.array(exact), found)


def allowed_accuracy(held_out: HeldOut) -> float:
    """The accuracy at telling next sentences from others that no model can exceed on held-out text, but for chance.

    A judge who knows how both segments were written calls every true next sentence one, and loses the others that fit by
    coincidence. Raises InputError unless the text is the film world's.
    """
    right = 0
    for pair in held_out.pairs:
        first, second = pair.source
        if pair.label == IS_NEXT:
            right += 1
            continue
        reviews = _review(held_out, first), _review(held_out, second)
        right += not compatible(reviews[0], _sentences(first), reviews[1], _sentences(second))
    return right / len(held_out.pairs)


def _digest(asked: list[tuple[list[int], list[int]]]) -> str:
    """What shows and what is asked, as one name; the grammar stands in the words."""
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _weighed(probabilities: Mapping[str, float], right: str, shown: str, held_out: HeldOut) -> float:
    """The probability of the right word, given the word that shows in its place."""
    probability = probabilities.get(right, 0.0)
    if shown == held_out.tokenizer.mask_token:
        return probability
    masking = held_out.masking
    random = masking.shown_random / len(held_out.tokenizer)
    kept = 1 - masking.shown_mask - masking.shown_random
    return probability * (random + kept * (shown == right)) / (random + kept * probabilities.get(shown, 0.0))


def _questions(held_out: HeldOut) -> list[tuple[list[int], list[int]]]:
    """For each pair the ids that show and the labels."""
    rows = []
    for batch in held_out.batches:
        rows += zip(batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True)
    return rows


def _places(held_out: HeldOut, pair: Pair) -> dict[int, tuple[int, Place]]:
    """Token number in the pair -> segment (0 or 1), sentence and pre-token."""
    places, token = {}, 1
    for number, (segment, ids) in enumerate(zip(pair.source, (pair.first, pair.second), strict=True)):
        review = _review(held_out, segment)
        words = [
            (piece.text, (sentence, i))
            for sentence in _sentences(segment)
            for i, piece in enumerate(basic_tokens(review.sentences[sentence]))
        ]
        words = words[segment.front : len(words) - segment.back]
        if [text for text, _ in words] != held_out.tokenizer.convert_ids_to_tokens(list(ids)):
            raise InputError(
                "the tokenizer cuts a word of the film world into pieces, and the world knows words: use one that has "
                'them whole, such as load_tokenizer("filmbert").'
            )
        for _, place in words:
            places[token] = number, place
            token += 1
        token += 1
    return places


def _believe(held_out: HeldOut, pair: Pair, places: Mapping[int, tuple[int, Place]], masked: set[int]) -> dict:
    """Token number -> what the world believes of it and what kind of word it is."""
    scenes: dict[tuple[int, int, int], list[int]] = {}
    first, second = pair.source
    whole = Segment(first.document, first.start, second.end)
    for number, segment in enumerate(pair.source):
        key = whole if pair.label == IS_NEXT else segment
        scenes.setdefault((key.document, key.start, key.end), []).append(number)
    found = {}
    for (document, start, end), numbers in scenes.items():
        review = _review(held_out, Segment(document, start, end))
        shown = {place: token for token, (number, place) in places.items() if number in numbers}
        asked = {place for place, token in shown.items() if token in masked}
        window = range(start, end)
        answers = beliefs(review, asked, window=window)
        what = kinds(review, window=window)
        found |= {shown[place]: (belief, what[place[0]][place[1]]) for place, belief in answers.items()}
    return found


def _review(held_out: HeldOut, segment: Segment) -> Review:
    if not isinstance(held_out.corpus, FilmWorld):
        raise InputError(f"the text is from {held_out.corpus!r}; only of the FilmWorld it is known how well it can be guessed.")
    number = segment.document if held_out.corpus.reviews is None else segment.document % held_out.corpus.reviews
    return _written(number, held_out.corpus.seed, held_out.corpus.split)


@lru_cache(maxsize=4096)
def _written(number: int, seed: int, split: str) -> Review:
    return write_review(number, seed=seed, split=split)


def _sentences(segment: Segment) -> range:
    return range(segment.start, segment.end)


def _word(held_out: HeldOut, token: int) -> str:
    return held_out.tokenizer.convert_ids_to_tokens(int(token))


def main() -> None:
    """Work out the floor of the held-out text that notebooks and README report on, and store it."""
    from bertlab.sources import load_tokenizer

    tokenizer = load_tokenizer("filmbert")
    stored = {}
    for documents in STORED_SIZES:
        held_out = HeldOut(FilmWorld(split="test"), tokenizer, documents=documents)
        floor = world_floor(held_out)
        columns = {"losses": floor.losses.round(6).tolist(), "blind": floor.blind.round(6).tolist()}
        stored[_digest(_questions(held_out))] = columns | {"exact": floor.exact.tolist(), "kinds": floor.kinds}
        print(
            f"{documents} documents, {len(floor.losses)} masked words: floor {floor.loss:.4f} nats, without a memory of used "
            f"options {floor.blind.mean():.4f}; {floor.exact.mean():.0%} exact; next sentences at most "
            f"{allowed_accuracy(held_out):.4f}"
        )
    STORED.write_text(json.dumps(stored) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
