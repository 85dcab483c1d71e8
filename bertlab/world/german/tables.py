"""The German tables, compiled against the English ones."""

from __future__ import annotations

from functools import cache

from bertlab.world.grammar import PIECE, read_options
from bertlab.world.lexicon_films import EVENTS, GENRES, GOALS, OBJECTS, PLACES, ROLES
from bertlab.world.films import plural, with_pronouns
from bertlab.world.german import lexicon_films, lexicon_opinions, rules_clauses, rules_openings, rules_opinions, rules_verdicts
from bertlab.world.german.notation import ADJECTIVE, CLAUSE, NOUN, PREDICATE, TEXT, VERB, Pattern, Reader
from bertlab.world.stream import grammar

# English has two ways to say these, German one: a German pattern need not use the slot.
CONTRACTIONS = frozenset({"dont", "wouldnt", "couldnt", "didnt", "iam"})
SOURCES = {
    **lexicon_opinions.WORDS, **lexicon_opinions.derived_words(), **rules_clauses.CLAUSES, **rules_openings.SENTENCES,
    **rules_opinions.SENTENCES, **rules_verdicts.SENTENCES,
}  # fmt: skip
KINDS = {
    **dict.fromkeys(("adj", "adj.x", "a.adj", "mild", "more", "hard"), ADJECTIVE),
    **dict.fromkeys(("noun", "quality"), NOUN),
    "affect": VERB,
    **dict.fromkeys(("vp", "actor", "costar.actor", "directs", "falls", "cared", "outweigh", "outweighed"), PREDICATE),
    **dict.fromkeys(("aspect", "denial", "felt", "happening", "happening.hero"), CLAUSE),
}
# Facts that German says in its own words: kind, English sources, German sources.
FACTS = {
    "genre": (NOUN, GENRES, lexicon_films.GENRES),
    "genres": (NOUN, GENRES, lexicon_films.GENRES),
    "role": (NOUN, ROLES, lexicon_films.ROLES),
    "object": (TEXT, OBJECTS, lexicon_films.OBJECTS),
    "place": (TEXT, PLACES, lexicon_films.PLACES),
    "goal": (PREDICATE, GOALS, lexicon_films.GOALS),
    "event": (PREDICATE, EVENTS, lexicon_films.EVENTS),
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
    if kind in (NOUN, ADJECTIVE) and not (kind == ADJECTIVE and source.startswith("{")):
        return reader.phrase(source) if kind == NOUN else reader.phrase(source + "~").parts[0]
    return reader.slot(source) if kind == ADJECTIVE else reader.text(source)


def compile_option(name: str, number: int, english: str, german: str, flags: frozenset[str]) -> Pattern:
    """Option `number` of the table `name`. Raises ValueError where it cannot stand for its English counterpart."""
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
        kind = kind_of(name)
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


def compile_table(name: str, english: str, german: str) -> tuple[Pattern, ...]:
    """The options of a German table. Raises ValueError, with the first option concerned, where one is missing."""
    theirs, ours = read_options(english), read_options(german)
    if len(theirs) != len(ours):
        at = min(len(theirs), len(ours))
        longer = (theirs if len(theirs) > at else ours)[at][1]
        raise ValueError(
            f"German table {name!r} has {len(ours)} options and the English one {len(theirs)}: expected as many, in the "
            f"same order; look at option {at + 1}, {longer!r}, and before"
        )
    return tuple(
        compile_option(name, number, pattern, translation, frozenset(flag[1:] for flag in flags))
        for number, ((_, pattern, _), (_, translation, flags)) in enumerate(zip(theirs, ours, strict=True))
    )


@cache
def table(name: str) -> tuple[Pattern, ...]:
    """The compiled options of the German table `name`. Raises ValueError where there is none, or it does not fit."""
    if name not in SOURCES:
        raise ValueError(f"there is no German table {name!r}: expected one for every English table; add it")
    return compile_table(name, grammar().sources[name], SOURCES[name])


@cache
def fact_table(name: str) -> dict[str, Pattern]:
    """English words of a fact (as they stand in a film) to what they are in German."""
    kind, english, german = FACTS[name]
    tones = english if isinstance(english, dict) else {"": english}
    found = {}
    for tone, source in tones.items():
        own = german[tone] if isinstance(german, dict) else german
        theirs, ours = read_options(source), read_options(own)
        if len(theirs) != len(ours):
            raise ValueError(f"German words for {name!r} {tone}: {len(ours)}, English {len(theirs)}; add those that are missing")
        for number, ((_, words, _), (_, translation, flags)) in enumerate(zip(theirs, ours, strict=True)):
            reader = Reader({}, {})
            try:
                content = read(reader, kind, translation)
            except ValueError as error:
                raise ValueError(f"German words for {name!r}, number {number + 1}, {translation!r}: {error}") from error
            pattern = Pattern(content, content, flags)
            for key in (words, with_pronouns(words, True), plural(words)):
                found.setdefault(key, pattern)
    return found
