"""What next-sentence prediction can reach: a judge that knows how both segments were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bertlab.errors import InputError
from bertlab.world.films import Film
from bertlab.world.grammar import read_options
from bertlab.world.lexicon_films import GENRES
from bertlab.world.oracle.beliefs import oracle
from bertlab.world.oracle.context import pick_factor
from bertlab.world.oracle.prior import film_prior
from bertlab.world.oracle.trace import Traced, trace
from bertlab.world.stream import OPENED, TOLD, grammar, joiner
from bertlab.world.structure import Review

LIGHT = frozenset(text for _, text, flags in read_options(GENRES) if "~light" in flags)


def compatible(first: Review, a: range, second: Review, b: range) -> bool:
    """Whether segment B (sentences `b` of `second`) could go on where segment A (sentences `a` of `first`) stops.

    The judge knows both derivations, A's review up to A's end, and of B what B itself shows. It says no where B opens
    a review or A closes one, where label or tense differ, where both name a fact and the facts differ, where B takes
    an option of a table that A's review had used and could not take again, where B speaks of the film as if it were
    the topic and A does not leave it so, and where B ties its first opinion to another one than A's last. A true
    continuation is always compatible. Raises InputError where a range is empty or not within its review.
    """
    for review, segment in ((first, a), (second, b)):
        if not segment or segment.step != 1 or segment.start < 0 or segment.stop > len(review.sentences):
            raise InputError(
                f"{segment!r} is no segment of a review of {len(review.sentences)} sentences: expected a range of "
                "sentence numbers with at least one in it"
            )
    one, two = trace(first, grammar()), trace(second, grammar())
    before, after = one[: a.stop], two[b.start : b.stop]
    if b.start == 0 or a.stop == len(one):
        return False
    if first.label != second.label or tense_of(first) != tense_of(second):
        return False
    if not same_facts(first.film, before[a.start :], second.film, after):
        return False
    if after[0].asked is not None and after[0].asked != (before[-1].named and not before[-1].other):
        return False
    closes = b.stop == len(two)
    return carries_on(used_up(before), after) and tie_fits(one[a.stop].before, after, 1 if first.label else -1, closes)


def next_sentence_ceiling(negatives: Iterable[tuple[Review, range, Review, range]]) -> float:
    """The accuracy of a judge that says IsNext where a pair is `compatible`; half of the pairs are true continuations.

    It gets every true continuation right and loses the negatives that fit by coincidence. `negatives` are pairs of
    segments of different reviews, drawn as the objective draws them. Raises InputError where there are none.
    """
    fits = [compatible(*pair) for pair in negatives]
    if not fits:
        raise InputError("there are no pairs: expected at least one (review, range, review, range)")
    return 1 - sum(fits) / len(fits) / 2


def tense_of(review: Review) -> int:
    """The option of the tense that a review took."""
    return next(choice.option for choice in review.derivation.choices if choice.rule.startswith("tense"))


def same_facts(first: Film, before: Sequence[Traced], second: Film, after: Sequence[Traced]) -> bool:
    """Whether what both segments name could belong to one film (and one other film)."""
    mine, theirs = named_facts(first, before), named_facts(second, after)
    if any(mine[fact] != theirs[fact] for fact in mine.keys() & theirs.keys()):
        return False
    prior = film_prior()
    for fact, words in mine.items():
        for other, same in theirs.items():
            if fact != other and words == same and fact in prior.variables and other in prior.variables:
                group = prior.variables[fact].group
                # Of one group, no two facts are alike.
                if group == prior.variables[other].group and group != "names":
                    return False
    return True


def named_facts(film: Film, sentences: Sequence[Traced]) -> dict[str, tuple[str, ...]]:
    """The words of each fact that sentences name, and of what follows from it."""
    found: dict[str, tuple[str, ...]] = {}
    for sentence in sentences:
        for fact, start, end in sentence.mentions:
            found[fact] = sentence.tokens[start:end]
    if "hero" in found:
        found["lead.woman"] = (str(film.lead.woman),)
    if "friend" in found:
        found["costar.woman"] = (str(film.costar.woman),)
    for fact in list(found):
        key = fact.partition(".")[0]
        if key in ("lead", "director", "costar"):
            found[f"{key}.woman"] = (str(getattr(film, key).woman),)
        elif key == "year":
            found["decade"] = tuple(film.fact("decade").words)
        elif key in ("genre", "genres"):
            found |= {view: tuple(film.fact(view).words) for view in ("genre", "genres")}
        elif key == "title":
            # A place or a hero in a title is the film's.
            words = film.title.replace("'s", "").split()
            found |= {
                name: (value.lower(),) for name, value in (("place", film.place), ("hero", film.hero)) if value in words
            }
        if key in ("genre", "genres", "event", "goal") or fact == "friend.goal":
            found["tone"] = (str(film.genre in LIGHT),)
    return found


def used_up(sentences: Sequence[Traced]) -> dict[str, list[int]]:
    """The options that a review took from tables with a memory, in order."""
    found: dict[str, list[int]] = {}
    for sentence in sentences:
        for memory, option, _ in sentence.picks:
            found.setdefault(memory, []).append(option)
    return found


def carries_on(used: dict[str, list[int]], after: Sequence[Traced]) -> bool:
    """Whether a review that has `used` these options could go on to take those of `after`."""
    for memory, options in used_up(after).items():
        probabilities = oracle().memory(memory)
        if (
            pick_factor(probabilities, pick_factor(probabilities, frozenset(), used.get(memory, []))[1], options)[0]
            == 0
        ):
            return False
    return True


def tie_fits(follower: int, after: Sequence[Traced], stance: int, last: bool) -> bool:
    """Whether the words that tie the first opinion of `after` to another fit `follower`, the last opinion before."""
    for sentence in after[: len(after) - last]:
        step = sentence.step
        if step not in TOLD:
            polarity = -stance if step[0] == "!" else stance
            tied = step.lstrip("!") in OPENED
            return not tied or joiner(follower, polarity, stance) == joiner(sentence.before, polarity, stance)
    return True
