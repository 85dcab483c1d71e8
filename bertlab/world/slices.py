"""The hard slices: which phenomenon helps to turn the words of a review against its label.

A review is hard where its words point the wrong way (`review.hard`). It is in the slice of a phenomenon where it is
hard, some of its sentences show the phenomenon, and these sentences, left to their words, do not point the right way
either: their good words minus their bad ones are no more than 0 in a good review, no less in a bad one.

| slice | its sentences |
|---|---|
| `negation`, `contrast`, `quotation`, `comparison`, `expectation`, `plot` | those with the phenomenon of that name |
| `concession` | those that weigh against the label: what the reviewer grants the other side |

The slice `intensity` holds the hard reviews whose sum moves towards the label once each word counts for its strength:
a mild word 0, a word with an intensifier ("utterly") 2, any other 1.

A review may be in several slices. An easy one is in none.
"""

from __future__ import annotations

from bertlab.errors import InputError
from bertlab.world.stream import polar_words, surface
from bertlab.world.structure import Review
from bertlab.world.tree import Node, read

PHENOMENA = ("negation", "contrast", "quotation", "comparison", "expectation", "plot")
SLICES = (*PHENOMENA, "concession", "intensity")
INTENSIFIERS = frozenset({"degree", "degree.intense"})


def slices(review: Review) -> frozenset[str]:
    """The hard slices that `review` belongs to, of `SLICES`; none where the review is not hard.

    Raises InputError for something that is no review.
    """
    if not isinstance(review, Review):
        raise InputError(f"review is {type(review).__name__}: expected a Review; take one from bertlab.world.reviews")
    if not review.hard:
        return frozenset()
    stance = 1 if review.label else -1
    groups = {name: [s for s in review.sentences if name in s.phenomena] for name in PHENOMENA}
    groups["concession"] = [s for s in review.sentences if s.stance == -stance]
    found = {name for name, group in groups.items() if group and surface(tuple(group)) * stance <= 0}
    if strength(review) * stance > review.surface * stance:
        found.add("intensity")
    return frozenset(found)


def strength(review: Review) -> int:
    """`review.surface`, with each word counted for its strength: mild words 0, intensified ones 2, all others 1."""
    good, bad = polar_words()
    total = review.surface
    for sentence, trees in zip(review.sentences, read(review).sentences, strict=True):
        for tree in trees:
            intensified = -1
            for part in tree.walk():
                if not isinstance(part, Node) or part.start == part.end:
                    continue
                if part.name in INTENSIFIERS:
                    intensified = part.end
                elif not part.parts and part.end == part.start + 1:
                    word = sentence.words[part.start].lower()
                    sign = (word in good) - (word in bad)
                    if part.name == "mild":
                        total -= sign
                    elif part.start == intensified:
                        total += sign
    return total
