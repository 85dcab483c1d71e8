"""The film world: reviews of films that do not exist, written by a grammar that knows what every word is for.

    from bertlab.world import reviews
    for review in reviews(3, seed=0, split="train"):
        print(review.label, review.text)
"""

from bertlab.world.films import Film
from bertlab.world.reviews import reviews
from bertlab.world.structure import Arc, Review, Sentence, Span, Token

__all__ = ["Arc", "Film", "Review", "Sentence", "Span", "Token", "reviews"]
