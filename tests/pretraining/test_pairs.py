"""Pairs, audited token by token: every token names its document, sentence and place. Bounds hold at 1 - 1e-6."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from bertlab.errors import InputError
from bertlab.pretraining import IS_NEXT, NOT_NEXT, Segment, make_pairs
from bertlab.pretraining.pairs import tokens_of
from tests.pretraining.confidence import check_distribution, check_same_distribution, check_share


def named(lengths, number):
    """A document whose tokens are (document, sentence, place) in one number."""
    return [[10**6 * number + 10**3 * s + place for place in range(length)] for s, length in enumerate(lengths)]


def names(token):
    return token // 10**6, token // 10**3 % 10**3


def library(documents=60, seed=0, most=14, longest=12):
    """Documents of 1 to `most` sentences of 1 to `longest` tokens."""
    draw = np.random.default_rng(seed)
    return [named(draw.integers(1, longest + 1, draw.integers(1, most + 1)), number) for number in range(documents)]


def pairs_of(documents, max_length=32, seed=0, short_share=0.1):
    return make_pairs(documents, max_length=max_length, random=np.random.default_rng(seed), short_share=short_share)


def audit(documents, pair, max_length):
    """Everything that one pair must be, told from its tokens' names."""
    for side, segment in zip((pair.first, pair.second), pair.source, strict=True):
        assert side, "an empty side"
        whole = [token for sentence in documents[segment.document][segment.start : segment.end] for token in sentence]
        assert tokens_of(documents, segment) == side
        assert list(side) == whole[segment.front : segment.front + len(side)]
        assert segment.front + len(side) + segment.back == len(whole)
        assert {names(token)[0] for token in side} == {segment.document}
        assert all(segment.start <= names(token)[1] < segment.end for token in side)
    a, b = pair.source
    if pair.label == IS_NEXT:
        assert b.document == a.document and b.start == a.end, "a negative among the true ones"
    else:
        assert pair.label == NOT_NEXT
        assert documents[b.document] != documents[a.document], "B is of A's own document: it leaks"
    assert len(pair) == len(pair.first) + len(pair.second) + 3 <= max_length
    cut_a, cut_b = a.front + a.back, b.front + b.back
    if cut_a or cut_b:
        assert len(pair) == max_length, "cut, though there was room"
    # A side loses a token only while it is the longer one (B where both are equally long, as in the reference).
    if cut_a:
        assert len(pair.first) + 1 > len(pair.second)
    if cut_b:
        assert len(pair.second) + 1 >= len(pair.first)


def used(pair):
    """The sentences of A's document that a pair takes for good: with a B from elsewhere, A's alone."""
    a, b = pair.source
    return a.start, (b.end if pair.label == IS_NEXT else a.end)


def full_chunk(document, start, room):
    """How many sentences from `start` on are gathered for a pair that aims at `room` tokens."""
    gathered = 0
    for end in range(start, len(document)):
        gathered += len(document[end])
        if gathered >= room:
            break
    return end + 1 - start


# Each pair


@pytest.mark.parametrize("max_length", [5, 6, 17, 32, 128])
@pytest.mark.parametrize("short_share", [0.0, 0.1, 1.0])
def test_every_pair_is_what_it_says(max_length, short_share):
    documents = library()
    pairs = pairs_of(documents, max_length, short_share=short_share)
    for pair in pairs:
        audit(documents, pair, max_length)
    assert {pair.label for pair in pairs} == {0, 1} == {IS_NEXT, NOT_NEXT} and IS_NEXT == 0


def test_the_audit_sees_what_leaks():
    documents = library()
    pairs = pairs_of(documents)
    true = next(pair for pair in pairs if pair.label == IS_NEXT)
    with pytest.raises(AssertionError, match="it leaks"):
        audit(documents, replace(true, label=NOT_NEXT), 32)
    false = next(pair for pair in pairs if pair.label == NOT_NEXT)
    with pytest.raises(AssertionError, match="a negative among the true ones"):
        audit(documents, replace(false, label=IS_NEXT), 32)
    # B from the same document, but not what follows A: the reference may draw it, and here it must not occur either.
    apart = replace(true, source=(true.source[0], Segment(true.source[0].document, 0, 1)))
    apart = replace(apart, second=tokens_of(documents, apart.source[1]), label=NOT_NEXT)
    with pytest.raises(AssertionError, match="it leaks"):
        audit(documents, apart, 32)


def test_a_copy_of_a_document_is_not_another_one():
    """Three documents, twenty times each, as in a corpus that begins again: B's tokens never name A's document."""
    three = [named([4] * 6, number) for number in range(3)]
    documents = [[list(sentence) for sentence in document] for document in three * 20]
    negatives = [pair for pair in pairs_of(documents, 20) if pair.label == NOT_NEXT]
    assert len(negatives) > 50
    for pair in negatives:
        assert {names(token)[0] for token in pair.first}.isdisjoint(names(token)[0] for token in pair.second)


@pytest.mark.parametrize("short_share", [0.0, 0.1])
def test_no_sentence_is_lost(short_share):
    """What the pairs of a document take for good is the document, sentence after sentence."""
    documents = [*library(), named([5] * 200, 60)]
    pairs = pairs_of(documents, short_share=short_share)
    for number, document in enumerate(documents):
        stretches = [used(pair) for pair in pairs if pair.source[0].document == number]
        assert [start for start, _ in stretches] == [0, *(end for _, end in stretches[:-1])]
        assert stretches[-1][1] == len(document)


def test_a_pair_takes_as_many_sentences_as_fill_it():
    documents, room = library(200), 29
    for pair in pairs_of(documents, room + 3, short_share=0.0):
        a, b = pair.source
        chunk = full_chunk(documents[a.document], a.start, room)
        assert 1 <= a.end - a.start <= max(1, chunk - 1)
        if pair.label == IS_NEXT:
            assert b.end == a.start + chunk
        else:
            left = max(1, room - sum(map(len, documents[a.document][a.start : a.end])))
            assert b.end - b.start == full_chunk(documents[b.document], b.start, left)


# How often


def test_half_of_the_chunks_with_a_choice_are_true():
    documents, room = library(3000), 29
    choices, alone = [], []
    for pair in pairs_of(documents, room + 3, short_share=0.0):
        a = pair.source[0]
        several = full_chunk(documents[a.document], a.start, room) > 1
        (choices if several else alone).append(pair.label)
    assert len(choices) > 6000
    check_share(choices.count(IS_NEXT), len(choices), 0.5)
    assert len(alone) > 300 and set(alone) == {NOT_NEXT}


def test_a_ends_anywhere_and_b_is_any_stretch_of_any_other_document():
    documents = [named([4] * 5, number) for number in range(4)]
    ends, stretches = Counter(), Counter()
    for seed in range(4000):
        pair = pairs_of(documents, 23, seed=seed, short_share=0.0)[0]
        ends[pair.source[0].end] += 1
        if pair.label == NOT_NEXT:
            stretches[pair.source[1].document, pair.source[1].start] += 1
    check_distribution(ends, {end: 1 / 4 for end in (1, 2, 3, 4)})
    check_distribution(stretches, {(document, start): 1 / 15 for document in (1, 2, 3) for start in range(5)})


def test_cuts_are_at_front_and_back_alike():
    documents = [named([50, 50], number) for number in range(300)]
    pairs = pairs_of(documents, 43)
    segments = [segment for pair in pairs for segment in pair.source]
    front, back = (sum(getattr(segment, side) for segment in segments) for side in ("front", "back"))
    assert front + back > 10_000
    check_share(front, front + back, 0.5)


def test_a_tenth_of_the_documents_aim_at_shorter_pairs():
    """Sentences of one token: a true pair that is not its document's last is as long as was aimed at."""
    documents = [named([1] * 100, number) for number in range(2500)]
    aims = {}
    for pair in pairs_of(documents, 13):
        a, b = pair.source
        if pair.label == IS_NEXT and b.end < 100:
            aims.setdefault(a.document, set()).add(len(pair) - 3)
    assert len(aims) > 2400 and all(len(aim) == 1 for aim in aims.values())
    found = Counter(next(iter(aim)) for aim in aims.values())
    # 2 to 10, one as likely as another, in a tenth; 10 in the rest. Short aims make more pairs, so nearly none is lost.
    check_share(found.total() - found[10], found.total(), 0.1 * 8 / 9)


def test_short_aims_are_evenly_spread():
    documents = [named([1] * 100, number) for number in range(1000)]
    aims = {}
    for pair in pairs_of(documents, 9, short_share=1.0):
        if pair.label == IS_NEXT and pair.source[1].end < 100:
            aims[pair.source[0].document] = len(pair) - 3
    check_distribution(Counter(aims.values()), {aim: 1 / 5 for aim in (2, 3, 4, 5, 6)})


def published(documents, number, max_length, short_share, random):
    """The pairs of one document by the published description, with lists that are filled and emptied.

    Where it draws up to ten times for another document and then takes what it has, this draws until it has one.
    """
    made = []
    room = max_length - 3
    target = room
    if random.random() < short_share:
        target = random.randint(2, room)
    waiting, chunk = list(documents[number]), []
    while waiting:
        chunk.append(waiting.pop(0))
        if waiting and sum(map(len, chunk)) < target:
            continue
        split = random.randint(1, len(chunk) - 1) if len(chunk) > 1 else 1
        a = sum(chunk[:split], [])
        if len(chunk) == 1 or random.random() < 0.5:
            label, other = 1, number
            while other == number:
                other = random.randint(0, len(documents) - 1)
            following = documents[other][random.randint(0, len(documents[other]) - 1) :]
            b = []
            while following and (not b or len(b) < target - len(a)):
                b, following = b + following[0], following[1:]
            waiting = chunk[split:] + waiting
        else:
            label, b = 0, sum(chunk[split:], [])
        while len(a) + len(b) > room:
            longer = a if len(a) > len(b) else b
            longer.pop(0 if random.random() < 0.5 else -1)
        made.append((tuple(a), tuple(b), label))
        chunk = []
    return tuple(made)


def test_pairs_are_distributed_as_in_the_published_procedure():
    documents = [named([2, 3, 1, 2], 0), named([3, 2], 1), named([4], 2)]
    random, slow = np.random.default_rng(0), Random(1)
    ours, theirs = Counter(), Counter()
    for _ in range(6000):
        pairs = make_pairs(documents, max_length=9, random=random, short_share=0.3)
        ours[tuple((p.first, p.second, p.label) for p in pairs if p.source[0].document == 0)] += 1
        theirs[published(documents, 0, 9, 0.3, slow)] += 1
    assert len([outcome for outcome, count in ours.items() if count >= 20]) > 40
    check_same_distribution(ours, theirs)


def test_the_generator_decides():
    documents = library()
    assert pairs_of(documents, seed=1) == pairs_of(documents, seed=1) != pairs_of(documents, seed=2)


def test_documents_are_left_as_they_are():
    documents = library()
    pairs_of(documents)
    assert documents == library()


# What cannot be


def test_no_documents():
    with pytest.raises(InputError, match="There are no documents to make pairs from: the corpus is empty"):
        pairs_of([])


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_one_document(copies):
    with pytest.raises(InputError, match=r"There is one document.* needs a second one.*two different documents"):
        pairs_of([named([3, 3], 0)] * copies)


def test_documents_of_one_sentence_each():
    with pytest.raises(InputError, match=r"Every document is one sentence.*no true pair can be made\. Give doc"):
        pairs_of([named([5], number) for number in range(10)])


@pytest.mark.parametrize("empty", [[], [[1], []]])
def test_an_empty_document_or_sentence(empty):
    with pytest.raises(InputError, match="document 1 has no sentences, or an empty one"):
        pairs_of([named([3, 3], 0), empty])


@pytest.mark.parametrize("max_length", [4, 0, -1, 32.0, True])
def test_a_length_that_holds_no_pair(max_length):
    with pytest.raises(InputError, match="max_length is .*; expected a whole number of at least 5"):
        pairs_of(library(), max_length)


@pytest.mark.parametrize("short_share", [-0.1, 1.1, 10, float("nan")])
def test_a_share_that_is_none(short_share):
    with pytest.raises(InputError, match="short_share is .*; expected a share from 0 to 1"):
        pairs_of(library(), short_share=short_share)
