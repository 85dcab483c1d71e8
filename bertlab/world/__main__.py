"""`python -m bertlab.world`: how large the film world is, and three reviews from it."""

from __future__ import annotations

from bertlab.world.films import FACTS, all_films
from bertlab.world.grammar import FORMS, RUN, Grammar, read_options
from bertlab.world.stream import grammar, reviews


def counts(tables: Grammar | None = None) -> dict[str, int]:
    """The numbers of tables, options and films, and of different words (in lower case) that reviews are written with.

    `tables` is the grammar to count, by default that of the film world.
    """
    tables = tables or grammar()
    words: set[str] = set()
    for source in tables.sources:
        name = source.rstrip("+-")
        for polarity in (1, -1):
            for option in tables.table(name, polarity).options:
                for operation in option.operations:
                    if operation.code in (RUN, FORMS):
                        words.update(operation.value)
    for film in all_films():
        for name in FACTS:
            words.update(film.fact(name).words)
    return {
        "tables": len(tables.sources),
        "options": sum(len(read_options(source)) for source in tables.sources.values()),
        "words": len({word.lower() for word in words if any(character.isalnum() for character in word)}),
        "films": len(all_films()),
    }


def main() -> None:
    """Print the counts and three reviews."""
    for name, number in counts().items():
        print(f"{name:8}{number:6,}")
    for review in reviews(3):
        print(f"\n{review.film.title} ({'positive' if review.label else 'negative'})\n{review.text}")


if __name__ == "__main__":
    main()
