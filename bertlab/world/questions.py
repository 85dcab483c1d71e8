"""Questions about a review, with their answers as spans of its text, or with none: for SQuAD 1.1 and 2.0 readers.

What a review tells is read off its derivation (`tree.py`): a pattern that `rules_questions.TOLD` names answers certain
kinds of question, and its slots are the answers. So "Who plays Nell?" is answered where the text says it, and a name
that merely stands in the text answers nothing.

The schema is that of Rajpurkar et al. 2016 (https://arxiv.org/abs/1606.05250), and of Rajpurkar et al. 2018
(https://arxiv.org/abs/1806.03822) for what cannot be answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import NamedTuple

from bertlab.errors import InputError
from bertlab.world.films import FACTS, Film
from bertlab.world.grammar import read_options
from bertlab.world.lexicon_opinions import ASPECTS
from bertlab.world.rules_questions import ASKED, TOLD, UNTOLD
from bertlab.world.stream import check_seed_and_split, write_review
from bertlab.world.structure import Review
from bertlab.world.tree import Node, Reading, read

# Questions of one review in `question_pairs`.
PER_REVIEW = 3
# How often a question without an answer is tried for; not every review has one.
TRIES_UNTOLD = 0.42
SLOT = re.compile(r"\{([^}]+)\}")
# The facts that a wording may name, which then have to stand in the text.
KEYS = ("hero", "friend", "lead", "costar", "director")
# Who plays whom is as good as told where both stand in one sentence.
PAIRS = {
    **dict.fromkeys(("lead", "hero"), ("lead", "hero")),
    **dict.fromkeys(("costar", "friend"), ("costar", "friend")),
}
THIRD_PERSON = {"my": "the reviewer's", "our": "the reviewer's", "me": "the reviewer"}
# What stands in the text to tempt a reader who is asked for what it does not tell: facts and rules.
MENTIONS = {
    "PERSON": ("director", "lead", "costar", "other.director"),
    "CHARACTER": ("hero", "friend"),
    "YEAR": ("year", "decade"),
    "GENRE": ("genre",),
    "PLACE": ("place",),
    "FILM": ("other.title",),
    "NUMBER": ("number",),
    "OBJECT": ("object",),
    "WHO": ("who",),
    "NOUN": tuple(f"{side}.noun" for side in ASPECTS),
}


class Question(NamedTuple):
    """A question about a review. `review.text[start:end] == answer`, in sentence number `sentence`.

    Where the review does not tell, all four are None. `fact` is the kind of question: a key of
    `rules_questions.ASKED`, with "other." before it where it is about the film of a comparison.
    """

    question: str
    answer: str | None
    start: int | None
    end: int | None
    fact: str
    sentence: int | None


class _Told(NamedTuple):
    """A place that answers a question: its kind, what fills the wording, and the tokens of the answer."""

    kind: str
    fillers: tuple[tuple[str, str], ...]
    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Page:
    """A review with its trees, and where each sentence begins in its text."""

    review: Review
    reading: Reading
    offsets: tuple[int, ...]

    def text(self, sentence: int, start: int, end: int) -> str:
        tokens = self.review.sentences[sentence].tokens
        return self.review.sentences[sentence].text[tokens[start].start : tokens[end - 1].end]

    def characters(self, sentence: int, start: int, end: int) -> tuple[int, int]:
        tokens, offset = self.review.sentences[sentence].tokens, self.offsets[sentence]
        return offset + tokens[start].start, offset + tokens[end - 1].end


def questions(review: Review, *, seed: int = 0) -> tuple[Question, ...]:
    """Everything that can be asked of `review`: first what it tells, in the order of the text, then what it does not.

    Each fact is asked once; its wording depends on `seed`, the text and the fact alone. The answer is the first place
    that supports it. What the text answers in two ways is not asked. A question without an answer names what stands in
    the text, and the text holds something else of the kind that is asked for.

    Raises InputError for something that is no review, or a `seed` that is no integer.
    """
    if not isinstance(review, Review):
        raise InputError(f"review is {type(review).__name__}: expected a Review; take one from bertlab.world.reviews")
    check_seed_and_split(seed, "train")
    offsets, at = [], 0
    for sentence in review.sentences:
        offsets.append(at)
        at += len(sentence.text) + 1
    page = _Page(review, read(review), tuple(offsets))
    places = list(_told(page))
    kinds = {place.kind for place in places}
    found = []
    for place in _first_places(page, places):
        start, end = page.characters(*place[2:])
        words = _wording(page, place.kind, dict(place.fillers), seed)
        found.append(Question(words, review.text[start:end], start, end, place.kind, place.sentence))
    for kind, fillers in _untold(page, kinds, seed):
        found.append(Question(_wording(page, kind, fillers, seed), None, None, None, kind, None))
    return tuple(found)


def question_pairs(n: int | None = None, *, seed: int = 0, split: str = "train") -> Iterator[dict[str, object]]:
    """Stream `n` questions (endlessly for None) as rows in the SQuAD schema, up to three of each review.

    A row has `id`, `title`, `context`, `question` and `answers` (`text` and `answer_start`, empty lists where the
    context does not tell: about a third of the rows). The contexts are those of `reviews(seed=seed, split=split)`.

    Raises InputError as `reviews` does.
    """
    if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
        raise InputError(f"n is {n!r}: expected how many questions you want, 0 or more, or None for an endless stream")
    check_seed_and_split(seed, split)
    return _rows(n, seed, split)


def _rows(n: int | None, seed: int, split: str) -> Iterator[dict[str, object]]:
    left = n
    for index in count():
        if left == 0:
            return
        review = write_review(index, seed=seed, split=split)
        random = Random(f"question pairs/{seed}/{split}/{index}")
        asked = questions(review, seed=seed)
        pools = [
            [q for q in asked if q.answer is None and random.random() < _share(q.fact)],
            [q for q in asked if q.answer is not None],
        ]
        for number in range(PER_REVIEW):
            pool = pools[random.random() >= TRIES_UNTOLD]
            if not pool:
                continue
            question = pool.pop(int(random.random() * len(pool)))
            yield {
                "id": f"{split}-{seed}-{index}-{number}",
                "title": review.film.title,
                "context": review.text,
                "question": question.question,
                "answers": {
                    "text": [] if question.answer is None else [question.answer],
                    "answer_start": [] if question.start is None else [question.start],
                },
            }
            if left is not None:
                left -= 1
                if left == 0:
                    return


def _share(kind: str) -> float:
    """The share of the chances to ask without an answer that `question_pairs` takes."""
    return float(UNTOLD["opinion" if kind.startswith("opinion.") else kind].partition("*")[0])


def _told(page: _Page) -> Iterator[_Told]:
    """Every place of the review that answers a question."""
    for number, trees in enumerate(page.reading.sentences):
        for tree in trees:
            for chain in tree.chains():
                if chain[0].name.endswith(".clause"):
                    yield from _opinion(page, number, chain)
                for cue, kinds in TOLD.get(chain[0].name, {}).items():
                    if cue in chain[0].option.pattern:
                        yield from (_answer(page, number, chain, kind) for kind in kinds.split())


def _answer(page: _Page, number: int, chain: tuple[Node, ...], kind: str) -> _Told:
    slot = ASKED[kind.removeprefix("other.")][0]
    if kind == "prefer":
        return _preferred(page, number, chain)
    if "{" + kind in chain[0].option.pattern and kind.startswith("other."):
        slot = kind
    start, end = _slot(chain, slot)
    wordings = ASKED[kind.removeprefix("other.")][1]
    fillers: dict[str, str] = {}
    for part in chain[0].walk():
        name = "event" if part.name.startswith("event.") else part.name
        if name in ("who", "falls", "event") and "{" + name + "}" in wordings and name not in fillers:
            text = page.text(number, part.start, part.end)
            fillers[name] = _third_person(text) if name == "who" else text
    for wording in wordings.split("{=")[1:]:
        name = wording.split("}")[0]
        fillers[f"={name}"] = _lower(page.text(number, *_slot(chain, name)))
    return _Told(kind, tuple(fillers.items()), number, start, end)


def _opinion(page: _Page, number: int, chain: tuple[Node, ...]) -> Iterator[_Told]:
    """What the reviewer says of a side of the film; not what is denied, what others say, or what changed half-way."""
    clause = chain[0]
    for node in chain:
        if node.name == "negated" or "quotation" in node.option.tags or " at first" in node.option.pattern:
            return
    noun, *rest = [part for part in clause.parts if isinstance(part, Node)]
    adjectives = [part for part in rest if part.name.endswith(".adj")]
    kind = f"opinion.{clause.name.removesuffix('.clause')}"
    fillers = (("=noun", page.text(number, noun.start, noun.end)), ("=is", "are" if noun.option.plural else "is"))
    yield _Told(kind, fillers, number, adjectives[0].start, adjectives[-1].end)


def _preferred(page: _Page, number: int, chain: tuple[Node, ...]) -> _Told:
    """The film that comes off better: that of the review where its label is 1. These patterns name both."""
    name = "title" if page.review.label else "other.title"
    return _Told("prefer", (), number, *_slot(chain, name))


def _slot(chain: tuple[Node, ...], path: str) -> tuple[int, int]:
    """The tokens of a slot (`rules_questions` says how it is written), in the innermost node that has it."""
    before, _, path = path.rpartition("<")
    first, _, last = path.partition(":")
    start, end = _find(chain, first)
    if last:
        end = _find(chain, last)[1]
    return start - bool(before), end


def _find(chain: tuple[Node, ...], name: str) -> tuple[int, int]:
    name, _, number = name.partition("#")
    for node in chain:
        found = [part for part in node.walk() if part.name == name and part is not node]
        if found:
            part = found[int(number or 1) - 1]
            return part.start, part.end
    pattern = chain[0].option.pattern
    raise ValueError(f"no slot {name!r} in or around the pattern {pattern!r}: mend the rules of questions")


def _first_places(page: _Page, places: list[_Told]) -> list[_Told]:
    """One place for each question: the first; none where two places answer it differently."""
    answers: dict[tuple[object, ...], set[str]] = {}
    first: dict[tuple[object, ...], _Told] = {}
    for place in places:
        key = (place.kind, place.fillers) if place.kind not in ("says", "told", "insists") else (place.fillers,)
        answers.setdefault(key, set()).add(page.text(*place[2:]).lower())
        first.setdefault(key, place)
    nouns = _nouns(page)
    kept = []
    for key, place in first.items():
        noun = dict(place.fillers).get("=noun")
        if len(answers[key]) == 1 and (noun is None or nouns.count(noun) == 1):
            kept.append(place)
    return kept


def _nouns(page: _Page) -> list[str]:
    """The sides of the film that are spoken of, in any way."""
    return [
        page.text(number, part.start, part.end)
        for number, trees in enumerate(page.reading.sentences)
        for tree in trees
        for part in tree.walk()
        if isinstance(part, Node) and part.name.endswith(".noun")
    ]


def _untold(page: _Page, told: set[str], seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """The kinds of question that a reader of this review could ask in vain, with what fills their wordings."""
    mentions = _mentions(page)
    for kind, row in UNTOLD.items():
        label, _, unless = row.partition("* ")[2].partition(" unless ")
        plain = kind.removeprefix("other.")
        film = page.reading.other if kind != plain else page.review.film
        if film is None or kind in told or told & set(unless.split()) or _guessable(page, plain, film):
            continue
        named = {name for name in KEYS if "{" + name + "}" in ASKED[plain][1]}
        tempting = set().union(*(mentions.get(name, ()) for name in MENTIONS[label]))
        tempting -= {FACTS[name](film) for name in (*named, plain) if name in FACTS}
        if not named <= set(mentions) or not tempting:
            continue
        if kind == "opinion":
            yield from _untold_opinion(page, seed)
        else:
            yield kind, {}


def _untold_opinion(page: _Page, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """One side of the film of which the review says nothing at all."""
    tables = {side: read_options(words["noun"]) for side, words in ASPECTS.items()}
    text = page.review.text
    sides = [side for side, nouns in tables.items() if not any(noun in text for _, noun, _ in nouns)]
    if sides:
        random = Random(f"untold opinion/{seed}/{text}")
        side = sides[int(random.random() * len(sides))]
        _, noun, flags = tables[side][int(random.random() * len(tables[side]))]
        yield f"opinion.{side}", {"=noun": noun, "=is": "are" if "~pl" in flags else "is"}


def _guessable(page: _Page, kind: str, film: Film) -> bool:
    """Whether the text holds, without telling it in so many words, what the question asks for."""
    text = page.review.text
    if kind in PAIRS:
        pair = set(PAIRS[kind])
        return any(pair <= {part.name for tree in trees for part in tree.walk()} for trees in page.reading.sentences)
    values = {"year": ("year", "decade"), "genre": ("genre", "genres"), "set": ("place",), "shot": ("place",)}
    return any(FACTS[name](film) in text for name in values.get(kind, (kind,)) if name in FACTS)


def _mentions(page: _Page) -> dict[str, set[str]]:
    """What stands in the text, by the name of the fact or rule that put it there."""
    found: dict[str, set[str]] = {}
    for number, trees in enumerate(page.reading.sentences):
        for tree in trees:
            for part in tree.walk():
                if part.end > part.start:
                    found.setdefault(part.name, set()).add(page.text(number, part.start, part.end))
    return found


def _wording(page: _Page, kind: str, fillers: dict[str, str], seed: int) -> str:
    """One of the wordings of a kind of question, filled in."""
    plain = kind.removeprefix("other.")
    film = page.review.film if kind == plain else page.reading.other
    wordings = ASKED["opinion" if plain.startswith("opinion.") else plain][1].split(" | ")
    random = Random(f"wording/{seed}/{kind}/{sorted(fillers.items())}/{page.review.text}")

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name in fillers:
            return fillers[name]
        return FACTS[name](film) if name in FACTS else FACTS[name.removeprefix("other.")](page.reading.other)

    return SLOT.sub(fill, wordings[int(random.random() * len(wordings))])


def _third_person(who: str) -> str:
    """"My brother" as others speak of him: "the reviewer's brother"."""
    return " ".join([THIRD_PERSON.get(word, word) for word in _lower(who).split()])


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
