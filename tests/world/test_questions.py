"""Questions: answers stand where they are said to, follow from the text, and lack where the text does not tell."""

import re
from collections import Counter
from itertools import islice

import pytest

from bertlab.errors import InputError
from bertlab.world import reviews
from bertlab.world.films import FACTS, all_films, split_of
from bertlab.world.grammar import read_options
from bertlab.world.questions import question_pairs, questions
from bertlab.world.rules_questions import ASKED, TOLD, UNTOLD
from bertlab.world.stream import grammar
from bertlab.world.tree import Fact, read

FILMS = {film.title: film for film in all_films()}
# Kinds whose answer is a fact of the film by that name, or by another.
TRUTH = {name: name for name in ("director", "year", "decade", "genre", "lead", "hero", "costar", "friend")}
TRUTH |= {"set": "place", "shot": "place", "lived": "place", "meet": "place", "about": "role", "hero.role": "role"}
TRUTH |= {"friend.role": "friend.role", "script": "director", "script.with": "costar", "lead.role": "role"}
TRUTH |= {"shares": "costar"}
# Options of one rule that say the same and answer the same, by what they have in common.
SHARED_CUES = {
    ("happening", "{hero} {event"), ("happening", "{friend} {event"), ("happening.hero", "{hero} {event"),
    ("actor", "{hero}"), ("costar.actor", "{friend}"), ("compared.own", "{other.title"), ("signed.turn", "choose_V {"),
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(sample):
    return [(review, questions(review)) for review in sample[:2000]]


def kind_of(fact: str) -> str:
    return "opinion" if fact.startswith("opinion.") else fact.removeprefix("other.")


def test_a_review_and_all_that_can_be_asked_of_it():
    """Read by hand: who is who, and what is missing."""
    review = next(islice(reviews(seed=5), 41, None))
    assert review.text.startswith("Finding Cairo is Barnaby Hollander's 1974 thriller about a disgraced lawyer")
    answers = {q.fact: q.answer for q in questions(review)}
    assert answers == {
        "director": "Barnaby Hollander", "year": "1974", "genre": "thriller", "set": "Cairo",
        "about": "a disgraced lawyer",
        "lead": "Delia Quarrington", "hero": "Mabel", "costar": "Paloma Nettleship", "friend": "Greta",
        "script": "Barnaby Hollander", "script.with": "Paloma Nettleship", "opinion.music": "intrusive",
        "event.friend": "Greta", "lived": None, "meet": None, "opens": None, "opinion.ending": None,
    }  # fmt: skip
    by_fact = {q.fact: q for q in questions(review)}
    assert by_fact["costar"].question == "Who is cast as Greta in Finding Cairo?"
    assert by_fact["costar"].start == review.text.index("Paloma Nettleship, who also plays Greta")
    assert by_fact["costar"].sentence == 2
    assert by_fact["script"].start == review.text.index("Barnaby Hollander wrote the script")


def test_the_first_place_that_tells_is_the_answer():
    """Who plays Greta is said in the first sentence and again in the fourth."""
    review = next(islice(reviews(seed=5), 23, None))
    assert review.sentences[0].text.endswith("the comedy with Renata Dovecote as Greta.")
    assert review.sentences[3].text.startswith("Then there is this: Renata Dovecote was excellent as Greta,")
    (question,) = [q for q in questions(review) if q.fact == "lead"]
    assert (question.sentence, question.start) == (0, review.text.index("Renata Dovecote"))
    # "I can't claim that the villain was really insufferable" is no opinion of the villain.
    assert "opinion.people" not in {q.fact for q in questions(review)}


def test_answers_stand_where_they_are_said_to(asked):
    for review, found in asked:
        for q in found:
            assert q.question[0].isupper() and q.question.endswith("?") and "{" not in q.question, q
            if q.answer is None:
                assert (q.start, q.end, q.sentence) == (None, None, None)
                continue
            assert review.text[q.start : q.end] == q.answer
            before = sum(len(s.text) + 1 for s in review.sentences[: q.sentence])
            assert before <= q.start < q.end <= before + len(review.sentences[q.sentence].text)


def test_answers_are_true_of_the_film_that_is_asked_about(asked):
    seen = Counter()
    for review, found in asked:
        other = read(review).other
        for q in found:
            kind = kind_of(q.fact)
            if q.answer is not None and kind in TRUTH:
                film = review.film if kind == q.fact else other
                if q.fact == "other.genre":
                    # The text calls both films by the genre of the first.
                    assert q.answer == review.film.genre
                    seen[q.fact] += 1
                    continue
                assert q.answer.lower() == FACTS[TRUTH[kind]](film).lower(), (q, review.text)
                titles = [review.film.title, other.title] if other else [review.film.title]
                named = [title for title in titles if title in q.question]
                if named:
                    assert film.title in named, q
                seen[q.fact] += 1
    assert set(seen) >= set(TRUTH) | {"other.director", "other.genre"}


def test_the_preferred_film_is_the_one_the_label_prefers(asked):
    both = Counter()
    for review, found in asked:
        for q in found:
            if q.fact == "prefer":
                assert (q.answer == review.film.title) == bool(review.label), review.text
                assert split_of(q.answer) == "train" and q.answer in q.question
                both[review.label] += 1
    assert min(both.values()) > 50


def test_an_answer_is_not_given_away_by_its_question(asked):
    for review, found in asked:
        for q in found:
            if q.answer is not None and q.fact not in ("prefer", "score", "score.who"):
                words = q.question
                for title in (review.film.title, getattr(read(review).other, "title", "")):
                    words = words.replace(title, "") if title else words
                assert not re.search(rf"\b{re.escape(q.answer)}\b", words), (q, review.text)


def test_no_question_is_asked_twice_or_answered_in_two_ways(asked):
    for review, found in asked:
        assert len({q.question for q in found}) == len(found), review.text


def test_what_the_text_answers_in_two_ways_is_not_asked(sample):
    """ "By the end Nell has lost the war", and elsewhere "Nell has lost a house": what has she lost?"""
    once = twice = 0
    for review in sample:
        losses = set(re.findall(r" has lost (.+?) and ", review.text))
        if losses:
            asked = [q.answer for q in questions(review) if q.fact == "lost"]
            assert asked == (list(losses) if len(losses) == 1 else []), review.text
            once, twice = once + (len(losses) == 1), twice + (len(losses) > 1)
    assert once > 100 and twice >= 1


def test_who_else_acts_stands_near_enough_to_tempt(asked):
    """"Who plays Nell?" is often asked where two or more people are named."""
    several = [
        len({s.surface(span) for s in review.sentences for span in s.spans if span.label == "PERSON"}) > 1
        for review, found in asked
        for q in found
        if q.fact in ("lead", "costar") and q.answer
    ]
    assert sum(several) > 0.6 * len(several) > 200


def test_what_is_not_told_is_not_in_the_text(asked):
    seen = Counter()
    for review, found in asked:
        other = read(review).other
        for q in found:
            kind = kind_of(q.fact)
            if q.answer is None and kind in ("director", "year", "genre", "set", "shot"):
                film = review.film if kind == q.fact else other
                assert FACTS[TRUTH[kind]](film) not in review.text, (q, review.text)
                seen[q.fact] += 1
            elif q.answer is None and kind in ("lead", "costar"):
                # Never in one sentence: that would be as good as told.
                pair = {FACTS[kind](review.film), FACTS["hero" if kind == "lead" else "friend"](review.film)}
                for sentence in review.sentences:
                    assert not pair <= {sentence.surface(span) for span in sentence.spans}, (q, sentence.text)
                seen[q.fact] += 1
                seen["named"] += FACTS[kind](review.film) in review.text
            elif q.answer is None and kind == "opinion":
                noun = re.search(r"(?:the|is|are) the ([a-z -]+?)(?: described)?\?$", q.question)
                assert noun is None or f"the {noun[1]}" not in review.text.lower()
    assert set(seen) >= {"director", "lead", "costar", "other.director", "other.year", "other.genre", "other.set"}
    assert seen["named"] > 100, "the hard ones: the right person is named, but not as playing that part"


def test_what_is_not_told_could_be_mistaken_for_told(asked):
    """Somebody else is named where the text does not say who directed."""
    for review, found in asked:
        people = {s.surface(span) for s in review.sentences for span in s.spans if span.label == "PERSON"}
        for q in found:
            if q.answer is None and kind_of(q.fact) in ("director", "lead", "costar", "script", "script.with"):
                assert people - {name for name in people if name in q.question}, (q, review.text)


def test_an_opinion_is_the_reviewers_own(asked):
    seen = 0
    for review, found in asked:
        for q in found:
            if q.fact.startswith("opinion.") and q.answer:
                sentence = review.sentences[q.sentence].text
                for denied in ("can't claim", "have read that", "insists", "keep telling", "said that", " at first"):
                    assert denied not in sentence, (q, sentence)
                assert '"' not in sentence
                seen += 1
    assert seen > 1500


def test_every_kind_is_asked(asked):
    told = {kind_of(q.fact) for _, found in asked for q in found if q.answer is not None}
    untold = {q.fact for _, found in asked for q in found if q.answer is None}
    untold = {"opinion" if fact.startswith("opinion.") else fact for fact in untold}
    assert told == set(ASKED)
    assert untold == set(UNTOLD)


def test_every_cue_names_one_option_of_its_rule():
    for rule, cues in TOLD.items():
        sources = [grammar().sources[name] for name in (rule, f"{rule}+", f"{rule}-") if name in grammar().sources]
        assert sources, rule
        for cue, kinds in cues.items():
            hits = [sum(cue in pattern for _, pattern, _ in read_options(source)) for source in sources]
            assert max(hits) == 1 or (rule, cue) in SHARED_CUES and max(hits) > 1, (rule, cue, hits)
            assert {kind_of(kind) for kind in kinds.split()} <= set(ASKED), (rule, cue)


def test_wordings_vary_with_the_seed_and_only_with_it(sample):
    first, again, other = ([q for review in sample[:100] for q in questions(review, seed=seed)] for seed in (0, 0, 1))
    assert first == again
    assert 0.3 < sum(a.question != b.question for a, b in zip(first, other, strict=False)) / len(first) < 0.8
    told = [[(q.fact, q.start) for q in found if q.answer] for found in (first, other)]
    assert told[0] == told[1]


def test_the_trees_read_every_fact_where_it_stands(sample):
    """Against the spans, which the writer noted when it wrote them."""
    for review in sample[:1000]:
        for sentence, trees in zip(review.sentences, read(review).sentences, strict=True):
            labelled = set("director lead costar hero friend place year decade genre genres title".split())
            facts = sorted(
                (part.start, part.end)
                for tree in trees
                for part in tree.walk()
                if isinstance(part, Fact) and part.name.removeprefix("other.") in labelled
            )
            assert facts == sorted((span.start, span.end) for span in sentence.spans if span.label), sentence.text


def test_rows_are_squad_rows():
    rows = list(question_pairs(1500, split="test"))
    assert len(rows) == 1500 and len({row["id"] for row in rows}) == 1500
    texts = {review.text for review in reviews(1000, split="test")}
    for row in rows:
        assert list(row) == ["id", "title", "context", "question", "answers"]
        assert split_of(row["title"]) == "test" and row["context"] in texts
        spans = list(zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True))
        assert len(spans) <= 1
        for text, start in spans:
            assert row["context"][start : start + len(text)] == text
    without = sum(not row["answers"]["text"] for row in rows) / len(rows)
    assert 0.25 < without < 0.4


def test_the_kind_of_question_does_not_tell_whether_it_has_an_answer():
    """Guessing by kind gains little over always guessing the commoner case (70 in 100)."""
    facts = {(review.text, q.question): kind_of(q.fact) for review in reviews(700) for q in questions(review)}
    rows = [row for row in question_pairs(1500) if (row["context"], row["question"]) in facts]
    assert len(rows) > 1000
    told = Counter((facts[row["context"], row["question"]], bool(row["answers"]["text"])) for row in rows)
    guessed = sum(max(told[kind, True], told[kind, False]) for kind in {kind for kind, _ in told})
    assert guessed / len(rows) < 0.78


def test_the_stream_is_the_same_however_long():
    long = list(question_pairs(60, seed=2))
    assert list(question_pairs(20, seed=2)) == long[:20]
    assert list(islice(question_pairs(seed=2), 60)) == long
    assert list(question_pairs(0)) == []
    assert [row["question"] for row in question_pairs(20, seed=3)] != [row["question"] for row in long[:20]]


def test_bad_input_says_what_to_do(sample):
    with pytest.raises(InputError, match="expected a Review; take one from bertlab.world.reviews"):
        questions("a review")
    with pytest.raises(InputError, match="seed is '1': expected an integer"):
        questions(sample[0], seed="1")
    with pytest.raises(InputError, match="n is -1: expected how many questions"):
        question_pairs(-1)
    with pytest.raises(InputError, match="split is 'dev': expected one of train"):
        question_pairs(1, split="dev")
