"""The realiser: puts a derivation into German words, table by table, with the tables' own agreement."""

from __future__ import annotations

from typing import NamedTuple

from bertlab.world.films import PRONOUNS, Film
from bertlab.world.german.morphology import CASES, PRONOUN, RELATIVE, Adjective, Noun, conjugate, determine, verb_form
from bertlab.world.german.notation import (
    ADJECTIVE, CLAUSE, NOUN, PREDICATE, VERB, Clause, Finite, Gendered, Phrase, Predicate, Reference, Slot,
)  # fmt: skip
from bertlab.world.german.order import Draft, Part, join
from bertlab.world.german.tables import fact_table, kind_of, table

# Whose gender a fact has.
WHO = {"director": "director", "lead": "lead", "costar": "costar", "hero": "lead", "friend": "costar"}
# Tables of what the film is called.
FILMS = frozenset({"film", "film@far", "film.object"})


class Node(NamedTuple):
    """A choice of the derivation: the table, its option, and a child for each rule that the option asks for."""

    name: str
    option: int
    children: tuple[Node, ...]


class Realiser:
    """Realises the sentences of one review of `film`, compared with `other`, in the past or the present.

    What it remembers while it goes: the order and case that the place asks for, the gender of what was named last (for
    relative pronouns), the number of the first thing named in a subject (for the verb), the gender of the film's last
    name ("er", "sie" or "es"), the subject of the clause before, and whether the person spoken of is a woman.
    """

    def __init__(self, film: Film, other: Film | None, past: bool) -> None:
        self.films = (film, other)
        self.past = past
        self.order = "m"
        self.case = 0
        self.film_gender = "m"
        self.gender = "m"
        self.first: str | None = None
        self.subject: list[str] = []
        self.woman = False

    def sentence(self, nodes: list[Node]) -> str:
        """The sentence that `nodes`, one after the other, make."""
        words: list[str] = []
        self.order, self.case, self.subject = "m", 0, []
        for node in nodes:
            words += self.node(node)
            flags = table(node.name)[node.option].flags
            self.order = "i" if "inv" in flags else "s" if "sub" in flags else "m"
        return join(words)

    def node(self, node: Node, order: str = "o", form: str | None = None) -> list[str]:
        """The words of a table's option, whatever it holds."""
        kind, pattern = kind_of(node.name), table(node.name)[node.option]
        past = self.past
        if pattern.flags & {"past", "pres"}:
            self.past = "past" in pattern.flags
        content = pattern.content if self.order == "m" else pattern.other
        if kind == CLAUSE:
            words = self.draft(node, content).order(self.resolve(order))
        elif kind == PREDICATE:
            words = self.loose(self.parts(node, content))
        elif kind == ADJECTIVE:
            found = self.adjective(node)
            words = [found.superlative if form == "sup" else found.base]
        elif kind == NOUN:
            words = self.phrase(node, content)
        else:
            outer, self.first = self.first, None
            words = self.text(node, content)
            if kind == VERB:
                words = verb_form(" ".join(words), form)
            elif node.name in FILMS:
                self.film_gender = self.first or self.film_gender
            self.first = outer or self.first
        gender = pattern.flags & {"m", "f", "n"}
        if gender:
            self.film_gender = min(gender)
        self.past = past
        return words

    def resolve(self, order: str) -> str:
        """The order of a clause: `o` as the place asks, `c` as a later clause of that place."""
        if order == "o":
            return self.order
        if order == "c":
            return "s" if self.order == "s" else "m"
        return order

    def text(self, node: Node | None, items: tuple) -> list[str]:
        """The words of a sequence of items."""
        words: list[str] = []
        for item in items:
            if isinstance(item, str):
                words.append(item)
            elif isinstance(item, Slot | Clause):
                if item.order == "c" and self.order == "s" and words[-2:] == [",", "und"]:
                    # Main clauses are parted by a comma before "und", subordinate ones are not.
                    del words[-2]
                if isinstance(item, Slot):
                    words += self.slot(node, item)
                else:
                    words += self.clause(node, item)
            elif isinstance(item, Phrase):
                words += self.phrase(node, item)
            elif isinstance(item, Gendered):
                words += (item.woman if self.woman else item.man).split()
            elif isinstance(item, Reference):
                forms = PRONOUN[self.film_gender] if item.kind == "$" else RELATIVE[self.gender]
                words.append(forms[item.case])
            elif item.infinitive == "wenn":
                words.append("als" if self.past else "wenn")
            else:
                past = self.past if item.past is None else item.past
                words.append(conjugate(item.infinitive, past, 1))
        return words

    def clause(self, node: Node | None, clause: Clause) -> list[str]:
        """The words of a clause; one that goes on with the subject of the clause before need not name it again."""
        draft, order = self.draft(node, clause), self.resolve(clause.order)
        if clause.order == "c" and order == "s":
            film = bool(clause.subject) and isinstance(clause.subject[0], Reference)
            if film or draft.subject == self.subject:
                draft.subject = []
        self.subject = draft.subject or self.subject
        return draft.order(order)

    def slot(self, node: Node | None, slot: Slot) -> list[str]:
        """The words of a slot."""
        case, past = self.case, self.past
        if slot.case is not None:
            self.case = slot.case
        if slot.past is not None:
            self.past = slot.past
        if slot.child is not None:
            words = self.node(node.children[slot.child], slot.order, slot.form)
        else:
            words = self.fact(slot)
        self.case, self.past = case, past
        return words

    def phrase(self, node: Node | None, phrase: Phrase) -> list[str]:
        """A noun phrase with its endings."""
        case = self.case if phrase.case is None else phrase.case
        outer, self.case = self.case, case
        parts = self.flat(node, phrase)
        head = next(part for part in parts if isinstance(part, Noun))
        woman = self.woman and head.woman is not None
        gender = "f" if woman else head.gender
        forms = (head.woman,) * 4 if woman else head.forms
        determiner = phrase.determiner
        if determiner == "$sein":
            determiner = "ihr" if self.film_gender == "f" else "sein"
        words, endings = determine(determiner, gender, case)
        for part in parts:
            if isinstance(part, Noun):
                words.append(forms[case] if part is head else part.forms[case])
                if not words[-1]:
                    words.pop()
            elif isinstance(part, Adjective):
                words.append(part.stem + endings[gender][case])
            else:
                words.append(part)
        self.case = outer
        self.named(gender)
        return words

    def flat(self, node: Node | None, phrase: Phrase) -> list[str | Adjective | Noun]:
        """The parts of a noun phrase, with those of its slots in their place."""
        parts: list[str | Adjective | Noun] = []
        for part in phrase.parts:
            if not isinstance(part, Slot):
                parts.append(part)
            elif part.fact in ("genre", "genres", "role"):
                found = self.fact_nouns(part.fact)
                if part.form == "0":
                    found = [p._replace(forms=("",) * 4) if isinstance(p, Noun) else p for p in found]
                parts += found
            elif part.child is None:
                parts += self.slot(node, part)
            else:
                child = node.children[part.child]
                kind = kind_of(child.name)
                if kind == ADJECTIVE:
                    found = self.adjective(child)
                    parts.append(found._replace(stem=found.superlative) if part.form == "sup" else found)
                elif kind == NOUN:
                    parts += self.flat(child, table(child.name)[child.option].content)
                else:
                    parts += self.slot(node, part)
        return parts

    def adjective(self, node: Node) -> Adjective:
        """The adjective of a node; some tables hand on another's."""
        content = table(node.name)[node.option].content
        return self.adjective(node.children[content.child]) if isinstance(content, Slot) else content

    def named(self, gender: str) -> None:
        """Note the noun phrase just written, for relative pronouns and the agreement of the verb."""
        self.gender = gender
        self.first = self.first or gender

    def draft(self, node: Node, clause: Clause) -> Draft:
        """A clause as its parts."""
        if clause.slot is not None:
            front = self.text(node, clause.front)
            child = node.children[clause.slot.child]
            past = self.past
            content = table(child.name)[child.option]
            if content.flags & {"past", "pres"}:
                self.past = "past" in content.flags
            draft = self.draft(child, content.content)
            self.past = past
            draft.front = front or draft.front
            for adverbial in clause.adverbials:
                words = self.text(node, adverbial)
                draft.parts[-1 if words and words[0] == "," else 0].add(words)
            return draft
        outer, outer_case, self.case = self.first, self.case, 0
        front = self.text(node, clause.front)
        self.first = None
        subject = self.text(node, clause.subject)
        literal = [item for item in clause.subject if isinstance(item, str)]
        if "ich" in literal:
            person = 0
        elif {"und", "wir", "Sie"} & set(literal):
            person = 2
        else:
            person = 2 if self.first == "p" else 1
        parts = [part for predicate in clause.predicates for part in self.predicate(node, predicate)]
        self.first, self.case = outer, outer_case
        return Draft(front, subject, person, parts)

    def parts(self, node: Node | None, predicates: tuple[Predicate, ...]) -> list[Part]:
        """The predicates of a table's option."""
        return [part for predicate in predicates for part in self.predicate(node, predicate)]

    def predicate(self, node: Node | None, predicate: Predicate) -> list[Part]:
        """A predicate, or those of the slot that stands in place of its verb."""
        first = predicate.verb[0] if predicate.verb else ""
        if isinstance(first, Slot):
            found = self.inner(node, first)
            if predicate.middle:
                self.complement(found[0], node, predicate.middle)
            found[-1].end += self.text(node, predicate.end)
            found[-1].after += self.text(node, predicate.after)
            return found
        if isinstance(first, Finite):
            verb = (first.infinitive, self.past if first.past is None else first.past)
        else:
            verb = self.text(node, predicate.verb)
        part = Part(verb, [], [], [])
        moved: list[str] = []
        for item in predicate.middle:
            words = self.text(node, (item,))
            if words and words[0] == "," and isinstance(item, Slot):
                moved += words
            else:
                part.middle += words
        part.end = self.text(node, predicate.end)
        part.after = moved + self.text(node, predicate.after)
        return [part]

    def complement(self, part: Part, node: Node | None, items: tuple) -> None:
        """Put what a predicate wants in place of its star, in the case that the star asks for; else as an adverbial."""
        star = next((word for word in part.middle if word[0] == "*"), None)
        if star is None:
            part.add(self.text(node, items))
            return
        outer, self.case = self.case, CASES[star[1:] or "acc"]
        at = part.middle.index(star)
        part.middle[at : at + 1] = self.text(node, items)
        self.case = outer

    def inner(self, node: Node | None, slot: Slot) -> list[Part]:
        """The predicates that a slot stands for."""
        past = self.past
        if slot.past is not None:
            self.past = slot.past
        if slot.child is not None:
            child = node.children[slot.child]
            found = self.parts(child, table(child.name)[child.option].content)
        else:
            found = self.parts(None, self.fact_pattern(slot.fact).content)
        self.past = past
        return found

    def loose(self, parts: list[Part]) -> list[str]:
        """Predicates in subordinate order, where a pattern asks for them without a clause."""
        return Draft([], [], 1, parts).order("s")

    def film_of(self, name: str) -> tuple[Film, str]:
        """The film that a fact is of, and the fact's own name."""
        film, other = self.films
        return (other, name[6:]) if name.startswith("other.") else (film, name)

    def fact_pattern(self, name: str):
        """The German entry for a fact; notes whether its person is a woman."""
        film, key = self.film_of(name)
        who, _, rest = key.partition(".")
        if who == "friend":
            self.woman, key = film.costar.woman, f"friend_{rest}"
        elif who == "event":
            self.woman = film.costar.woman if rest in ("four", "five", "six") else film.lead.woman
        else:
            self.woman = film.lead.woman
        english = film.fact(name.removeprefix("other."))
        words = "".join(" " + w if s else w for w, s in zip(english.words, english.spaces, strict=True)).strip()
        group = {"friend": rest}.get(who, who)
        return fact_table(group)[words]

    def fact_nouns(self, name: str) -> list[str | Adjective | Noun]:
        """The words of a genre or a role."""
        parts = list(self.fact_pattern(name).content.parts)
        if name == "genres":
            return [p._replace(gender="p", forms=p.plural) if isinstance(p, Noun) else p for p in parts]
        return parts

    def fact(self, slot: Slot) -> list[str]:
        """The words of a fact of the film."""
        film, key = self.film_of(slot.fact)
        who, _, rest = key.partition(".")
        if rest in PRONOUNS:
            man = {"he": "er", "him": "ihn", "his": "sein"}[rest] + (slot.form or "")
            woman = {"he": "sie", "him": "sie", "his": "ihr"}[rest] + (slot.form or "")
            return [woman if getattr(film, WHO[who]).woman else man]
        if key == "title":
            if film is self.films[0]:
                self.film_gender = "m"
            self.named("m")
            title = "„" + film.title + "“"
            return ["von", title] if self.case == CASES["gen"] else [title]
        if key in WHO:
            self.woman = getattr(film, WHO[key]).woman
            self.named("f" if self.woman else "m")
            found = getattr(film, key)
            return [found if isinstance(found, str) else found.name]
        if key == "year":
            return [str(film.year)]
        if key == "decade":
            return [f"{film.year // 10 * 10}er-Jahre"]
        pattern = self.fact_pattern(slot.fact)
        if rest == "goal" or key == "goal":
            return self.loose(self.parts(None, pattern.content))
        if key in ("role", "friend.role"):
            return self.phrase(None, Phrase(None if slot.form == "0" else "ein", pattern.content.parts, None))
        if key in ("genre", "genres"):
            return self.phrase(None, Phrase(None, tuple(self.fact_nouns(slot.fact)), None))
        return self.text(None, pattern.content)
