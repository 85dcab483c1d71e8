"""Word order: clauses as parts until their place is known, then as words; and words as a sentence.

A clause has a subject and one or more predicates of a finite verb, a middle, an end (participle, infinitive, separable
prefix, predicative) and what comes after. Main order is subject, verb, middle, end, after; something at the front sends
the subject behind the verb; a subordinate clause sends the verb behind the end, where it joins its prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from bertlab.world.german.morphology import conjugate

# Pronouns that stand first in the middle of a clause ("einen°" is the accusative of "man", "einen" an article), and
# those of them that stand even before a subject that is no pronoun.
LIGHT = frozenset("mich mir sich uns einen° einem° es ihn ihm".split())
LIGHTEST = frozenset("mich mir sich uns es".split())
PRONOUNS_AS_SUBJECTS = frozenset("ich wir Sie er sie es man niemand".split())
# A preposition and an article (marked `°`, unlike the relative pronouns that look like it) that become one word.
CONTRACTED = {
    ("von", "°dem"): "vom", ("zu", "°dem"): "zum", ("zu", "°der"): "zur", ("in", "°dem"): "im", ("in", "°das"): "ins",
    ("an", "°dem"): "am", ("an", "°das"): "ans", ("bei", "°dem"): "beim",
}  # fmt: skip
CLOSE = frozenset(",.;:?!)“")
OPEN = frozenset("„(:;^")


@dataclass(slots=True)
class Part:
    """A realised predicate; the verb is words, or a verb and whether it is past."""

    verb: tuple[str, bool] | list[str]
    middle: list[str]
    end: list[str]
    after: list[str]

    def finite(self, person: int) -> list[str]:
        """The finite verb for a person."""
        return [conjugate(*self.verb, person)] if isinstance(self.verb, tuple) else self.verb

    def add(self, words: list[str]) -> None:
        """Put an adverbial where it belongs: a clause behind the verb, others first in the middle, after pronouns."""
        if words and words[0] == ",":
            self.after = self.after + words
            return
        at = 0
        while at < len(self.middle) and self.middle[at] in LIGHT:
            at += 1
        self.middle[at:at] = words


@dataclass(slots=True)
class Draft:
    """A realised clause whose order is not settled. `person` is as in `morphology.conjugate`."""

    front: list[str]
    subject: list[str]
    person: int
    parts: list[Part]

    def order(self, mode: str) -> list[str]:
        """The words in main order (m), with the verb first (i), or with the verb last (s)."""
        front, subject = self.front, self.subject
        if front and mode != "m":
            self.parts[0].add(front if front[0] == "," or front[-1] != "," else front[:-1])
            front = []
        if front:
            mode = "i"
        middle = self.parts[0].middle
        if mode != "m" and subject and middle and middle[0] in LIGHTEST:
            if not PRONOUNS_AS_SUBJECTS & {subject[0], subject[-1]}:
                subject = [middle.pop(0), *subject]
        words = front if mode == "i" else front + subject
        for number, part in enumerate(self.parts):
            if number:
                words = [*words, "und"]
            if mode == "s":
                words = words + part.middle + joined(part.end, part.finite(self.person))
            else:
                inverted = subject if mode == "i" and not number else []
                end = [word.removesuffix("-") for word in part.end]
                words = words + part.finite(self.person) + inverted + part.middle + end
            words = words + part.after
        return words


def joined(end: list[str], verb: list[str]) -> list[str]:
    """The end of a subordinate clause: "vom Weg ab-" and "kommt" are "vom Weg abkommt"."""
    if end and end[-1].endswith("-"):
        return [*end[:-1], end[-1][:-1] + verb[0], *verb[1:]]
    return end + verb


def join(words: list[str]) -> str:
    """The sentence: contractions, commas where two meet or none belongs, spaces, capitals."""
    kept: list[str] = []
    for word in words:
        if kept and kept[-1] == "," and word in CLOSE:
            kept.pop()
        before = kept[-1] if kept else "^"
        if word == "," and before in OPEN:
            continue
        if (before, word) in CONTRACTED:
            kept[-1] = CONTRACTED[before, word]
        else:
            kept.append(word.strip("°"))
    text, before, capital = "", "(", True
    for word in kept:
        if word == "^":
            capital = True
            continue
        if capital and word[0].isalpha():
            word, capital = word[0].upper() + word[1:], False
        elif word[0] == "„" and len(word) > 1:
            capital = False
        text += word if word in CLOSE or before in ("(", "„") else " " + word
        before = word
    return text
