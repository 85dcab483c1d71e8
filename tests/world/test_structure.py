"""What the world knows about its sentences: tokens, spans, arcs, choices and their probabilities."""

import math
from collections import Counter

import pytest

from bertlab.world import stream
from bertlab.world.films import FACTS, PRONOUNS, catalogue
from bertlab.world.grammar import Grammar
from bertlab.world.stream import grammar

NEGATORS = frozenset("never not no nobody nothing none neither hardly anything far can't won't don't wouldn't couldn't didn't".split())
PERSONAL = frozenset("it he she him her his".split())


def test_the_text_is_the_join_of_the_sentences(sample):
    for review in sample[:500]:
        assert review.text == " ".join(sentence.text for sentence in review.sentences)
        assert review.as_row() == {"text": review.text, "label": review.label}
        assert review.label in (0, 1)


def test_tokens_rebuild_the_sentence_exactly(sample):
    for review in sample[:1000]:
        for sentence in review.sentences:
            rebuilt = ""
            for token in sentence.tokens:
                rebuilt += " " * token.space_before + token.text
                assert sentence.text[token.start : token.end] == token.text
            assert rebuilt == sentence.text


def test_spans_are_the_facts_of_the_film(sample):
    """Each span reads as the entity it names; the film's own title stands in every review."""
    labels = Counter()
    for review in sample:
        film = review.film
        known = {
            "PERSON": {film.director.name, film.lead.name, film.costar.name},
            "CHARACTER": {film.hero, film.friend},
            "YEAR": {str(film.year), FACTS["decade"](film)},
            "GENRE": {film.genre, FACTS["genres"](film)},
            "PLACE": {film.place},
            "FILM": {film.title},
        }
        titles = 0
        for sentence in review.sentences:
            compared = any(choice.rule.startswith("other") for choice in sentence.derivation.choices)
            for span in sentence.spans:
                surface = sentence.surface(span)
                labels[span.label] += 1
                titles += surface == film.title
                foreign = span.label == "FILM" or (span.label == "PERSON" and "comparison" in review.phenomena)
                assert surface in known[span.label] or foreign or compared, (surface, span)
        assert titles >= 1, review.text
    assert set(labels) == {"PERSON", "CHARACTER", "YEAR", "GENRE", "PLACE", "FILM"}
    assert min(labels.values()) > 500


def test_other_films_named_are_films(sample):
    titles = {film.title for film in catalogue("train")}
    for review in sample[:1000]:
        for sentence in review.sentences:
            for span in sentence.spans:
                if span.label == "FILM":
                    assert sentence.surface(span) in titles


def test_arcs_point_where_they_say(sample):
    kinds = Counter()
    negators, pronouns = Counter(), Counter()
    for review in sample:
        for number, sentence in enumerate(review.sentences):
            for arc in sentence.arcs:
                kinds[arc.kind] += 1
                assert 0 <= arc.back <= number
                assert 0 <= arc.source < len(sentence.words)
                assert 0 <= arc.target < len(review.sentences[number - arc.back].words)
                assert arc.back or arc.source != arc.target
                if arc.kind == "negation":
                    negators[sentence.words[arc.source].lower()] += 1
                elif arc.kind == "coreference":
                    pronouns[sentence.words[arc.source].lower()] += 1
                    assert arc.back or arc.target < arc.source, sentence.text
                    antecedent = review.sentences[number - arc.back].words[arc.target]
                    assert antecedent.lower() not in PERSONAL
                else:
                    assert arc.back == 0
    assert set(kinds) == {"subject", "negation", "coreference"}
    assert set(negators) <= NEGATORS, negators
    assert set(pronouns) <= PERSONAL, pronouns
    assert len(negators) >= 10 and len(pronouns) >= 3


def test_the_ends_of_arcs_are_words(sample):
    for review in sample[:1000]:
        for number, sentence in enumerate(review.sentences):
            for arc in sentence.arcs:
                target = review.sentences[number - arc.back].words[arc.target]
                assert sentence.words[arc.source].strip("'\"").isalnum() or "'" in sentence.words[arc.source] or "-" in (
                    sentence.words[arc.source]
                ), sentence.text
                assert any(character.isalnum() for character in target), sentence.text


def test_a_sentence_that_negates_says_so(sample):
    for review in sample[:1000]:
        for sentence in review.sentences:
            if any(arc.kind == "negation" for arc in sentence.arcs):
                assert "negation" in sentence.phenomena


def test_it_means_the_film(sample):
    """Every "it" of the reviewer that the grammar marks points at a name of the film or a noun for it."""
    across = 0
    for review in sample:
        nouns = {"film", "movie", "picture", "thing", "version"} | set(review.film.title.split()) | set(review.film.genre.split())
        for number, sentence in enumerate(review.sentences):
            for arc in sentence.arcs:
                if arc.kind == "coreference" and sentence.words[arc.source].lower() == "it":
                    across += arc.back > 0
                    assert review.sentences[number - arc.back].words[arc.target].strip(",") in nouns, review.text
    assert across > 300


def test_log_probability_is_the_sum_of_logs(sample):
    for review in sample[:300]:
        total = sum(math.log(choice.probability) for choice in review.derivation.choices)
        for sentence in review.sentences:
            own = sum(math.log(choice.probability) for choice in sentence.derivation.choices)
            assert sentence.derivation.log_probability == pytest.approx(own, abs=1e-9)
            total += own
        assert review.log_probability == pytest.approx(total, abs=1e-9)
        assert total < -15


def test_choices_carry_the_probabilities_of_the_grammar(sample):
    """With nothing excluded, a choice has its table's probability; otherwise that of the options left."""
    excluding = 0
    for review in sample[:500]:
        for sentence in review.sentences:
            for choice in sentence.derivation.choices:
                name = choice.rule.removesuffix("(+)").removesuffix("(-)")
                if name not in grammar().sources:
                    continue
                polarity = -1 if choice.rule.endswith("-") or choice.rule.endswith("(-)") else 1
                table = grammar().table(name.rstrip("+-"), polarity)
                free = 1 - sum(table.probabilities[i] for i in choice.excluded)
                assert choice.option not in choice.excluded
                assert choice.probability == pytest.approx(table.probabilities[choice.option] / free)
                assert 0 <= choice.start <= choice.end <= len(sentence.words)
                excluding += bool(choice.excluded)
    assert excluding > 1000


@pytest.mark.parametrize("rule", ["kind", "degree(+)", "film@far(+)", "happening(-)"])
def test_frequencies_agree_with_probabilities(sample, rule):
    """Chi-square over the choices with nothing excluded; a true grammar fails once in 10,000."""
    from scipy.stats import chi2

    seen: Counter[int] = Counter()
    probabilities: dict[int, float] = {}
    for review in sample:
        for choices in [review.derivation.choices, *(s.derivation.choices for s in review.sentences)]:
            for choice in choices:
                if choice.rule.removesuffix("(+)" if "(" not in rule else "") == rule and not choice.excluded:
                    seen[choice.option] += 1
                    probabilities[choice.option] = choice.probability
    total = sum(seen.values())
    assert total > 500 and sum(probabilities.values()) == pytest.approx(1)
    statistic = sum((seen[i] - total * p) ** 2 / (total * p) for i, p in probabilities.items())
    assert statistic < chi2.ppf(0.9999, len(probabilities) - 1)


def test_a_misspelt_slot_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="{achting} is neither a rule of the grammar nor a fact"):
        Grammar({"rule": "the {achting}"}, {}, frozenset()).table("rule", 1)


def test_a_pattern_that_cannot_be_read_is_an_error_that_names_it():
    with pytest.raises(ValueError, match="cannot read"):
        Grammar({"rule": "the %acting"}, {}, frozenset()).table("rule", 1)


def test_people_are_spoken_of_as_they_are():
    """A woman is not "he"."""
    for film in catalogue("test")[:50]:
        for he, she in PRONOUNS.items():
            assert film.fact(f"director.{he}").words == ((she if film.director.woman else he),)


class Replay:
    """In place of a random generator: draws what makes the writer repeat the choices of a review."""

    def __init__(self, review):
        self.choices = [*review.derivation.choices, *(c for s in review.sentences for c in s.derivation.choices)]
        self.at = 0

    def random(self):
        choice = self.choices[self.at]
        self.at += 1
        name = choice.rule.removesuffix("(+)").removesuffix("(-)")
        if name not in grammar().sources:
            return (choice.option + 0.5) * choice.probability
        polarity = -1 if choice.rule.endswith("-") or choice.rule.endswith("(-)") else 1
        probabilities = grammar().table(name.rstrip("+-"), polarity).probabilities
        left = [0 if i in choice.excluded else p for i, p in enumerate(probabilities)]
        return (sum(left[: choice.option]) + left[choice.option] / 2) / sum(left)


def test_the_derivation_is_the_whole_review(sample, monkeypatch):
    """Made again from its recorded choices alone, a review is the same: nothing was left to an unrecorded chance."""
    for review in sample[:200]:
        replay = Replay(review)
        monkeypatch.setattr(stream, "Random", lambda _, replay=replay: replay)
        assert stream.write_review(-1, seed=-1, split="train") == review
        assert replay.at == len(replay.choices)
