"""The reviews as English: lengths, words, repeats, and the small things that show a machine."""

import re
from collections import Counter

from bertlab.world.grammar import article, read_options
from bertlab.world.stream import grammar
from bertlab.world.structure import Choice


def all_sentences(collection):
    return [sentence for review in collection for sentence in review.sentences]


def test_lengths_are_spread_like_those_of_real_reviews(sample):
    """In words: from some twenty to 250, skewed to the right."""
    lengths = sorted(len(review.text.split()) for review in sample)
    median, mean = lengths[len(lengths) // 2], sum(lengths) / len(lengths)
    assert lengths[0] >= 15 and lengths[-1] <= 250
    assert 60 <= median <= 85
    assert mean > 1.1 * median
    assert lengths[len(lengths) // 20] < 45 and lengths[-len(lengths) // 20] > 150


def test_the_vocabulary_is_that_of_people_who_talk_about_films(sample):
    words = Counter(word for review in sample for word in re.findall(r"[a-z]+(?:'[a-z]+)?", review.text.lower()))
    assert len(words) >= 1500
    everyday = "movie film fantastic great terrible boring awful wonderful acting plot story director scene never hardly"
    assert [word for word in everyday.split() if words[word] < 20] == []


def test_hardly_a_sentence_comes_twice(sample):
    texts = Counter(sentence.text for sentence in all_sentences(sample))
    repeats = sum(count - 1 for count in texts.values())
    assert repeats < 0.01 * sum(texts.values())


def test_no_review_comes_twice(sample):
    assert len({review.text for review in sample}) == len(sample)


def test_articles_fit_the_next_word(sample):
    wrong = Counter()
    for sentence in all_sentences(sample):
        for word, following in zip(sentence.words, sentence.words[1:], strict=False):
            if word.lower() in ("a", "an") and word.lower() != article(following):
                wrong[word, following] += 1
    assert not wrong


def test_articles_go_by_sound():
    for word in ("ordeal", "hour", "honest", "umbrella", "unimpressed", "eight"):
        assert article(word) == "an", word
    for word in ("mess", "university", "useful", "one-note", "European", "hat", "uneven"[2:]):
        assert article(word) == ("an" if word == "even" else "a"), word


def test_sentences_begin_and_end_as_sentences_do(sample):
    for sentence in all_sentences(sample):
        assert re.match(r'"?[A-Z]', sentence.text), sentence.text
        assert sentence.text.endswith((".", "!", "?")), sentence.text


def test_spacing_and_punctuation(sample):
    bad = re.compile(r"\s\s|\s[,.;:!?)]|[,;:]{2}|[,;:][.!?]|\.\.|[(]\s|[{}_|@#^~*=+<>/]|\bi\b|[^\x20-\x7e]|,[A-Za-z]")
    found = [sentence.text for sentence in all_sentences(sample) if bad.search(sentence.text)]
    assert found == []


def test_quotation_marks_are_balanced(sample):
    for sentence in all_sentences(sample):
        assert sentence.text.count('"') % 2 == 0, sentence.text
        for quote in re.findall(r'"([^"]*)"', sentence.text):
            assert quote and quote == quote.strip(), sentence.text


def test_no_word_stands_twice_in_a_row(sample):
    doubled = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
    found = [sentence.text for sentence in all_sentences(sample) if doubled.search(sentence.text)]
    assert found == []


def test_verbs_agree_with_plural_subjects(sample):
    """"The songs was" and "the score were" do not occur; "the X and the Y" aside, a subject's number is its noun's."""
    plural = {"performances", "jokes", "songs", "sets", "costumes", "effects", "stunts", "characters", "twists", "gags"}
    singular = {"acting", "script", "plot", "score", "pacing", "photography", "ending", "editing", "humour", "film"}
    seen = 0
    for sentence in all_sentences(sample):
        for noun, verb in zip(sentence.words, sentence.words[1:], strict=False):
            if noun in plural:
                assert verb not in ("was", "is", "has"), sentence.text
                seen += verb in ("were", "are")
            elif noun in singular:
                assert verb not in ("were", "are", "have"), sentence.text
    assert seen > 100


def test_every_option_of_every_rule_is_reached(sample, held_out):
    """A rule that nothing calls, or an option that is never drawn, is dead."""
    drawn: dict[str, set[int]] = {}

    def note(choice: Choice) -> None:
        drawn.setdefault(choice.rule.removesuffix("(+)").removesuffix("(-)"), set()).add(choice.option)

    for review in [*sample, *held_out]:
        for choice in review.derivation.choices:
            note(choice)
        for sentence in review.sentences:
            for choice in sentence.derivation.choices:
                note(choice)
    missing = {
        name: [option for i, (_, option, _) in enumerate(read_options(source)) if i not in drawn.get(name, ())]
        for name, source in grammar().sources.items()
    }
    assert {name: options for name, options in missing.items() if options} == {}
