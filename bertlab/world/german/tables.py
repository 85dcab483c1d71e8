"""The German tables, compiled against the English ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from bertlab.world import lexicon_films
from bertlab.world.films import plural, with_pronouns
from bertlab.world.german.lexicon_films import EVENTS, GENRES, GOALS, OBJECTS, PLACES, ROLES
from bertlab.world.german.lexicon_opinions import WORDS, derived_words
from bertlab.world.german.morphology import adjective
from bertlab.world.german.notation import ADJECTIVE, CLAUSE, NOUN, PREDICATE, TEXT, VERB, Pattern, Reader
from bertlab.world.german.rules_clauses import CLAUSES
from bertlab.world.german.rules_openings import OPENINGS
from bertlab.world.german.rules_opinions import OPINIONS
from bertlab.world.german.rules_verdicts import VERDICTS
from bertlab.world.grammar import PIECE, read_options
from bertlab.world.stream import grammar

# English has two ways to say these, German one: a German pattern need not use the slot.
CONTRACTIONS = frozenset({"dont", "wouldnt", "couldnt", "didnt", "iam"})
SOURCES = {**WORDS, **derived_words(), **CLAUSES, **OPENINGS, **OPINIONS, **VERDICTS}
KINDS = {
    **dict.fromkeys(("adj", "adj.x", "a.adj", "mild", "more", "hard"), ADJECTIVE),
    **dict.fromkeys(("noun", "quality"), NOUN),
    "affect": VERB,
    **dict.fromkeys(("vp", "actor", "costar.actor", "directs", "falls", "cared", "outweigh", "outweighed"), PREDICATE),
    **dict.fromkeys(("aspect", "denial", "felt", "happening", "happening.hero"), CLAUSE),
}
# Facts that German says in its own words: kind, English sources, German sources.
FACTS = {
    "genre": (NOUN, lexicon_films.GENRES, GENRES),
    "genres": (NOUN, lexicon_films.GENRES, GENRES),
    "role": (NOUN, lexicon_films.ROLES, ROLES),
    "object": (TEXT, lexicon_films.OBJECTS, OBJECTS),
    "place": (TEXT, lexicon_films.PLACES, PLACES),
    "goal": (PREDICATE, lexicon_films.GOALS, GOALS),
    "event": (PREDICATE, lexicon_films.EVENTS, EVENTS),
}


def kind_of(name: str) -> int:
    """What a table of that name (with or without a sign) holds."""
    name = name.rstrip("+-")
    if name in KINDS:
        return KINDS[name]
    return {"noun": NOUN, "adj": ADJECTIVE, "clause": CLAUSE, "denial": CLAUSE}.get(name.rpartition(".")[2], TEXT)


def read(reader: Reader, kind: int, source: str) -> object:
    """What `source` denotes where a table holds things of that `kind`."""
    if kind == CLAUSE:
        return reader.clause(source)
    if kind == PREDICATE:
        return reader.predicates(source)
    if kind == NOUN:
        return reader.phrase(source)
    if kind == ADJECTIVE:
        return reader.slot(source) if source[0] == "{" else adjective(source)
    return reader.text(source)


def compile_option(
    name: str, number: int, english: str, german: str, flags: frozenset[str], kind: int | None = None
) -> Pattern:
    """Option `number` of the table `name`. Raises ValueError where it cannot stand for its English counterpart."""
    kind = kind_of(name) if kind is None else kind
    children: dict[tuple[str, int], int] = {}
    facts: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for piece in PIECE.finditer(english):
        if piece["name"] is None:
            continue
        written = piece["sign"] + piece["name"]
        counts[written] = counts.get(written, 0) + 1
        if grammar().has(piece["name"]):
            children[written, counts[written]] = len(children)
        else:
            facts[written, counts[written]] = piece["name"]
    reader = Reader(children, facts)
    main, _, other = german.partition(" ;; ")
    try:
        content = read(reader, kind, main.strip())
        pattern = Pattern(content, read(reader, kind, other.strip()) if other else content, flags)
        left = {written for written, _ in (children.keys() | facts.keys()) - reader.used} - CONTRACTIONS
        if left:
            raise ValueError(f"it leaves out the slots {', '.join(sorted(left))}")
    except ValueError as error:
        raise ValueError(
            f"German table {name!r}, option {number + 1}, {german!r} for {english!r}: {error}; mend the German option"
        ) from error
    return pattern


def slots(pattern: str) -> frozenset[str]:
    """The slots of an English or a German pattern, as written, without those that German need not use."""
    return frozenset(re.findall(r"\{([!+-]?[a-z][a-z.]*)", pattern)) - CONTRACTIONS


def paired(name: str, english: str, german: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """English option, German option and its flags. Raises ValueError, naming an option, where one is missing."""
    theirs, ours = read_options(english), read_options(german)
    if len(theirs) != len(ours):
        both = enumerate(zip(theirs, ours, strict=False))
        at = next((i for i, (t, o) in both if slots(t[1]) != slots(o[1])), min(len(theirs), len(ours)))
        english, german = (options[at][1] if at < len(options) else "nothing" for options in (theirs, ours))
        raise ValueError(
            f"German table {name!r} has {len(ours)} options and the English one {len(theirs)}, from option {at + 1} "
            f"on: {german!r} for {english!r}; expected as many in the same order; add what is missing or take it out"
        )
    for (_, pattern, _), (_, translation, flags) in zip(theirs, ours, strict=True):
        yield pattern, translation, frozenset(flag[1:] for flag in flags)


def compile_table(name: str, english: str, german: str) -> tuple[Pattern, ...]:
    """The options of a German table. Raises ValueError where they do not fit those of the English one."""
    pairs = enumerate(paired(name, english, german))
    return tuple(compile_option(name, number, *pair) for number, pair in pairs)


@cache
def table(name: str) -> tuple[Pattern, ...]:
    """The compiled options of the German table `name`. Raises ValueError where there is none, or it does not fit."""
    if name not in SOURCES:
        raise ValueError(f"there is no German table {name!r}: expected one for every English table; add it")
    return compile_table(name, grammar().sources[name], SOURCES[name])


@cache
def fact_table(name: str) -> dict[str, Pattern]:
    """The words of a fact, as a film has them, to what they are in German. Raises ValueError as `table` does."""
    kind, english, german = FACTS[name]
    sources = [(name, english, german)]
    if isinstance(english, dict):
        sources = [(f"{name}.{tone}", english[tone], german[tone]) for tone in english]
    found = {}
    for label, theirs, ours in sources:
        for number, (words, translation, flags) in enumerate(paired(label, theirs, ours)):
            pattern = compile_option(label, number, words, translation, flags, kind)
            found[plural(words) if name == "genres" else words] = found[with_pronouns(words, True)] = pattern
    return found
