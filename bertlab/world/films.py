"""The films of the world: a fixed catalogue, made once from its own seed, the same for every review seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random
from typing import NamedTuple

from bertlab.world import lexicon_films as lexicon
from bertlab.world.grammar import CLITIC, PIECE, Marks, article, read_options

CATALOGUE_SIZE = 6000
SPLITS = ("train", "validation", "test")
# Those that a later pronoun can stand for.
MENTIONED = frozenset({"title", "director", "lead", "costar", "hero"})
LABELS = {
    "title": "FILM", "year": "YEAR", "decade": "YEAR", "genre": "GENRE", "genres": "GENRE",
    "director": "PERSON", "lead": "PERSON", "costar": "PERSON", "hero": "CHARACTER",
    "friend": "CHARACTER", "place": "PLACE",
}  # fmt: skip
NUMBERS = ("one", "two", "three", "four", "five", "six")
PRONOUNS = {"he": "she", "him": "her", "his": "her"}


class Fact(NamedTuple):
    """A fact as words: what entity it names, if any, and whom it names or stands for."""

    words: tuple[str, ...]
    spaces: tuple[bool, ...]
    label: str | None
    marks: Marks | None


@dataclass(frozen=True)
class Person:
    """Somebody in front of or behind the camera."""

    name: str
    woman: bool


@dataclass(frozen=True)
class Film:
    """A film and what is true of it. `hero` is played by `lead`, `friend` by `costar`.

    `events` are things that happen, the first half of them to the hero, the others to the friend; `objects` are places
    and occasions of memorable scenes.
    """

    title: str
    year: int
    genre: str
    director: Person
    lead: Person
    costar: Person
    hero: str
    friend: str
    role: str
    goal: str
    friend_role: str
    friend_goal: str
    events: tuple[str, ...]
    objects: tuple[str, ...]
    place: str

    @property
    def split(self) -> str:
        """The one split whose reviews may be about this film."""
        return split_of(self.title)

    def fact(self, name: str) -> Fact:
        """What a pattern names in braces. Raises KeyError where there is no such fact."""
        who, _, pronoun = name.partition(".")
        if pronoun in PRONOUNS:
            person = {"director": self.director, "lead": self.lead, "costar": self.costar, "hero": self.lead}[who]
            text = PRONOUNS[pronoun] if person.woman else pronoun
            return Fact(*cut(text), None, Marks((), False, who, None))
        words, spaces = cut(FACTS[name](self))
        mention = Marks((), False, None, name if name != "title" else "film") if name in MENTIONED else None
        return Fact(words, spaces, LABELS.get(name), mention)


FACTS: dict[str, Callable[[Film], str]] = {
    "title": lambda film: film.title,
    "year": lambda film: str(film.year),
    "decade": lambda film: f"{film.year // 10 * 10}s",
    "genre": lambda film: film.genre,
    "genres": lambda film: plural(film.genre),
    "director": lambda film: film.director.name,
    "lead": lambda film: film.lead.name,
    "costar": lambda film: film.costar.name,
    "hero": lambda film: film.hero,
    "friend": lambda film: film.friend,
    "role": lambda film: film.role,
    "goal": lambda film: film.goal,
    "friend.role": lambda film: film.friend_role,
    "friend.goal": lambda film: film.friend_goal,
    "place": lambda film: film.place,
    **{f"event.{name}": lambda film, i=i: film.events[i] for i, name in enumerate(NUMBERS)},
    **{f"object.{name}": lambda film, i=i: film.objects[i] for i, name in enumerate(NUMBERS[:-1])},
}
FACT_NAMES = frozenset(
    [*FACTS, *(f"other.{name}" for name in FACTS)]
    + [f"{who}.{pronoun}" for who in ("director", "lead", "costar", "hero") for pronoun in PRONOUNS]
)


@lru_cache(maxsize=20_000)
def cut(text: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """`text` cut into words as patterns are cut, and whether a space stands before each."""
    words: list[str] = []
    spaces: list[bool] = []
    for chunk in text.split():
        pieces = [piece[0] for piece in PIECE.finditer(chunk)]
        for i, piece in enumerate(pieces):
            clitic = CLITIC.match(piece)
            parts = (clitic[1], clitic[2]) if clitic else (piece,)
            words += parts
            spaces += [i == 0] + [False] * (len(parts) - 1)
    return tuple(words), tuple(spaces)


def plural(noun: str) -> str:
    """The plural of a genre."""
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + "s"


@cache
def split_of(title: str) -> str:
    """train, validation or test (about 80, 10 and 10 in a hundred), by a hash of the title alone."""
    bucket = int.from_bytes(hashlib.sha256(title.encode()).digest()[:4]) % 10
    return "validation" if bucket == 8 else "test" if bucket == 9 else "train"


@cache
def catalogue(split: str) -> tuple[Film, ...]:
    """The films of a split, in a fixed order."""
    return tuple(film for film in all_films() if film.split == split)


@cache
def all_films() -> tuple[Film, ...]:
    """Every film there is, no two of one title."""
    random = Random("the bertlab film world, first edition")
    tables = {name: read_options(source) for name, source in lexicon.TITLE_WORDS.items()}
    tables |= {
        name: read_options(source)
        for name, source in {
            "titles": lexicon.TITLES, "women": lexicon.WOMEN, "men": lexicon.MEN, "surnames": lexicon.SURNAMES,
            "heroines": lexicon.CHARACTERS_WOMEN, "heroes": lexicon.CHARACTERS_MEN, "place": lexicon.PLACES,
            "genres": lexicon.GENRES, "roles": lexicon.ROLES, "objects": lexicon.OBJECTS,
            **{f"goals.{tone}": source for tone, source in lexicon.GOALS.items()},
            **{f"events.{tone}": source for tone, source in lexicon.EVENTS.items()},
        }.items()
    }  # fmt: skip

    def draw(name: str) -> tuple[str, frozenset[str]]:
        options = tables[name]
        left = random.random() * sum(weight for weight, _, _ in options)
        for weight, text, flags in options:
            left -= weight
            if left < 0:
                break
        return text, flags

    films: dict[str, Film] = {}
    while len(films) < CATALOGUE_SIZE:
        film = make_film(draw, random)
        films.setdefault(film.title, film)
    return tuple(films.values())


def make_film(draw: Callable[[str], tuple[str, frozenset[str]]], random: Random) -> Film:
    """A film at random; `draw(name)` gives an entry of a table and its flags."""

    def person(woman: bool) -> Person:
        first = draw("women" if woman else "men")[0]
        return Person(f"{first} {draw('surnames')[0]}", woman)

    director, lead, costar = (person(random.random() < 0.5) for _ in range(3))
    hero = draw("heroines" if lead.woman else "heroes")[0]
    friend = draw("heroines" if costar.woman else "heroes")[0]
    while friend == hero:
        friend = draw("heroines" if costar.woman else "heroes")[0]
    genre, flags = draw("genres")
    tone = "light" if "~light" in flags else "dark"
    place = draw("place")[0]
    pattern = draw("titles")[0]
    words: set[str] = set()
    while "{" in pattern:
        name = pattern[pattern.index("{") + 1 : pattern.index("}")]
        word = place if name == "place" else hero if name == "first" else draw(name)[0]
        if word in words and name != "place":
            continue
        words.add(word)
        pattern = pattern.replace("{" + name + "}", word, 1)
    if pattern.startswith("A ") and article(pattern[2:]) == "an":
        pattern = "An " + pattern[2:]

    def several(name: str, count: int) -> tuple[str, ...]:
        found: dict[str, None] = {}
        while len(found) < count:
            found[draw(name)[0]] = None
        return tuple(found)

    goals, roles = several(f"goals.{tone}", 2), several("roles", 2)
    return Film(
        title=pattern[0].upper() + pattern[1:],
        year=1930 + int(90 * random.random() ** 0.6),
        genre=genre,
        director=director,
        lead=lead,
        costar=costar,
        hero=hero,
        friend=friend,
        role=roles[0],
        goal=with_pronouns(goals[0], lead.woman),
        friend_role=roles[1],
        friend_goal=with_pronouns(goals[1], costar.woman),
        events=several(f"events.{tone}", 6),
        objects=several("objects", 5),
        place=place,
    )


def with_pronouns(text: str, woman: bool) -> str:
    """`text`, which speaks of a man, about a woman where that is so."""
    return " ".join(PRONOUNS.get(word, word) for word in text.split()) if woman else text
