"""Masking: what is chosen and what is shown there, against the published description; bounds hold at 1 - 1e-6."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from bertlab.errors import InputError
from bertlab.pretraining import Masking, mask_tokens
from bertlab.pretraining.masking import IGNORED
from tests.pretraining.confidence import RISK, check_distribution, check_share

PAD, CLS, SEP, MASK = 0, 2, 3, 4
VOCABULARY = 30_000


def sequences(lengths, seed=1, width=None):
    """`[CLS] A [SEP] B [SEP]` of random tokens, as three arrays: ids, where a token may be chosen, lengths."""
    random = np.random.default_rng(seed)
    shape = len(lengths), width or max(lengths)
    ids = random.integers(5, VOCABULARY, size=shape)
    place, lengths = np.arange(shape[1]), np.array(lengths)
    ids[:, 0] = CLS
    for row, length in enumerate(lengths):
        ids[row, [length // 2, length - 1]] = SEP
        ids[row, length:] = PAD
    special = (ids == CLS) | (ids == SEP) | (place >= lengths[:, None])
    return ids, ~special, lengths


def masked(ids, maskable, lengths, seed=0, **options):
    options = {"mask_id": MASK, "vocab_size": VOCABULARY} | options
    return mask_tokens(ids, maskable, lengths, random=np.random.default_rng(seed), **options)


# How many


@pytest.mark.parametrize(
    ("tokens", "expected"),
    # Python rounds halves to the even neighbour, as the reference does: 10 x 0.15 = 1.5, 30 x 0.15 = 4.5.
    [(3, 1), (5, 1), (9, 1), (10, 2), (16, 2), (17, 3), (30, 4), (64, 10), (128, 19), (512, 77)],
)
def test_fifteen_in_a_hundred_of_all_tokens(tokens, expected):
    assert Masking().count(tokens) == expected


def test_the_count_is_capped():
    assert Masking(most=76).count(512) == 76
    assert Masking(most=20).count(128) == 19
    assert Masking(rate=0.4, most=3).count(128) == 3
    assert Masking(rate=0.4).count(128) == 51
    assert Masking(rate=0.001).count(128) == 1


@pytest.mark.parametrize("masking", [Masking(), Masking(rate=0.3), Masking(most=4)])
def test_each_sequence_has_the_count_of_its_own_length(masking):
    lengths = list(range(5, 129))
    found = masked(*sequences(lengths), masking=masking)
    assert (found.labels != IGNORED).sum(1).tolist() == [masking.count(length) for length in lengths]


def test_no_more_than_there_are():
    ids, maskable, lengths = sequences([5])
    found = masked(ids, maskable, lengths, masking=Masking(rate=0.9))
    assert (found.labels[0] != IGNORED).tolist() == [False, True, False, True, False]


# Which ones


def test_special_tokens_and_padding_are_never_chosen_nor_changed():
    ids, maskable, lengths = sequences([8, 20, 64, 100] * 100)
    found = masked(ids, maskable, lengths, masking=Masking(rate=0.5))
    assert (found.labels[~maskable] == IGNORED).all()
    assert (found.input_ids[~maskable] == ids[~maskable]).all()
    assert (found.labels[maskable] != IGNORED).mean() > 0.4


def test_every_position_is_equally_likely():
    """1 and 2 chosen of the four in `[CLS] a b [SEP] c d [SEP]`: every set of them as often."""
    ids, maskable, lengths = sequences([7] * 12_000)
    positions = np.flatnonzero(maskable[0])
    for rate, size in ((0.15, 1), (0.3, 2)):
        found = masked(ids, maskable, lengths, masking=Masking(rate=rate))
        sets = Counter(tuple(np.flatnonzero(row != IGNORED).tolist()) for row in found.labels)
        check_distribution(sets, chosen_sets([[position] for position in positions.tolist()], size))


def chosen_sets(words, count):
    """The published procedure over all orders of the words: the probability of each set of positions."""
    sets = Counter()
    for order in permutations(words):
        taken = []
        for word in order:
            if len(taken) >= count:
                break
            if len(taken) + len(word) <= count:
                taken += word
        sets[tuple(sorted(taken))] += 1
    return {chosen: number / sets.total() for chosen, number in sets.items()}


# What is shown


def shown(original, input_ids, labels):
    """How many of the chosen positions show [MASK], their own token, another."""
    chosen = labels != IGNORED
    mask, same = input_ids[chosen] == MASK, input_ids[chosen] == original[chosen]
    return int(mask.sum()), int(same.sum()), int((~mask & ~same).sum())


def check_80_10_10(original, input_ids, labels):
    counts = shown(original, input_ids, labels)
    # A random piece is, once in a vocabulary, [MASK] or the token that stood there.
    once = 0.1 / VOCABULARY
    for count, share in zip(counts, (0.8 + once, 0.1 + once, 0.1 - 2 * once)):
        check_share(count, sum(counts), share)


@pytest.fixture(scope="module")
def many():
    """Some 100,000 chosen positions: enough to tell 9 in a hundred from 10."""
    ids, maskable, lengths = sequences([128] * 5500)
    return ids, masked(ids, maskable, lengths)


def test_80_10_10(many):
    ids, found = many
    check_80_10_10(ids, found.input_ids, found.labels)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda u, v: (u < 0.8, v < 0.1),  # independent draws, the later one winning: 72/18/10 and the like
        lambda u, v: (u < 0.8, (u >= 0.8) & (v < 0.1)),  # 80/2/18
        lambda u, v: ((u < 0.8) & ~((u >= 0.1) & (u < 0.11)), (u >= 0.9)),  # 79 instead of 80
        lambda u, v: (u < 0.81, (u >= 0.81) & (u < 0.9)),  # 81/9/10
        lambda u, v: (u < 0.81, u >= 0.9),  # 81/10/9
    ],
)
def test_the_bounds_are_narrow_enough_for_the_known_mistakes(many, mistake):
    ids, found = many
    random = np.random.default_rng(5)
    to_mask, to_random = mistake(random.random(ids.shape), random.random(ids.shape))
    chosen = found.labels != IGNORED
    wrong = np.where(chosen & to_mask, MASK, ids)
    wrong = np.where(chosen & to_random, random.integers(VOCABULARY, size=ids.shape), wrong)
    with pytest.raises(AssertionError, match="expected"):
        check_80_10_10(ids, wrong, found.labels)


def test_what_is_shown_does_not_depend_on_the_place_or_the_order_of_choice(many):
    ids, found = many
    chosen = found.labels != IGNORED
    for half in (slice(0, 64), slice(64, 128)):
        check_80_10_10(ids[:, half], found.input_ids[:, half], found.labels[:, half])
    first = chosen & (chosen.cumsum(1) == 1)
    check_80_10_10(ids, found.input_ids, np.where(first, found.labels, IGNORED))


def test_random_pieces_are_of_the_whole_vocabulary():
    ids, maskable, lengths = sequences([128] * 400)
    every = Masking(rate=0.5, shown_mask=0.0, shown_random=1.0)
    found = masked(ids, maskable, lengths, masking=every, vocab_size=20)
    pieces = Counter(found.input_ids[found.labels != IGNORED].tolist())
    check_distribution(pieces, {piece: 1 / 20 for piece in range(20)})


@pytest.mark.parametrize(("shares", "expected"), [((1.0, 0.0), 0), ((0.0, 0.0), 1)])
def test_other_shares(shares, expected):
    ids, maskable, lengths = sequences([64] * 20)
    found = masked(ids, maskable, lengths, masking=Masking(shown_mask=shares[0], shown_random=shares[1]))
    counts = shown(ids, found.input_ids, found.labels)
    assert counts[expected] == sum(counts) == 20 * 10


def test_labels_are_what_stood_there_and_the_rest_stays(many):
    ids, found = many
    chosen = found.labels != IGNORED
    assert (found.labels[chosen] == ids[chosen]).all()
    assert (found.input_ids[~chosen] == ids[~chosen]).all()


def test_the_input_is_left_as_it_is():
    arrays = sequences([30, 40])
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    found = masked(*arrays, masking=Masking(rate=0.5))
    assert all((a == b).all() for a, b in zip(arrays, before))
    assert not np.shares_memory(found.input_ids, arrays[0]) and (found.input_ids != arrays[0]).any()


# Whole words


def test_whole_words_are_chosen_as_in_the_published_procedure():
    """`[CLS] a ##b ##c d e ##f [SEP] ##g h [SEP]`, four to be chosen: words of 3, 1, 2, 1 and 1 pieces."""
    size = 20_000
    ids, maskable, lengths = (np.repeat(array, size, axis=0) for array in sequences([11]))
    ids[:, :] = [CLS, 11, 12, 13, 14, 15, 16, SEP, 17, 18, SEP]
    maskable[:, :] = (ids != CLS) & (ids != SEP)
    continues = np.isin(ids, (12, 13, 16, 17))
    masking = Masking(rate=0.4, whole_words=True)
    found = masked(ids, maskable, lengths, masking=masking, continues=continues)
    sets = Counter(tuple(np.flatnonzero(row != IGNORED).tolist()) for row in found.labels)
    # A piece that continues a word behind [SEP] begins one: its beginning was cut off.
    expected = chosen_sets([[1, 2, 3], [4], [5, 6], [8], [9]], 4)
    # (The three words of one piece leave a place to which neither other word fits.)
    assert sorted(map(len, expected)) == [3, 4, 4, 4, 4, 4, 4]
    check_distribution(sets, expected)


def test_all_pieces_of_a_word_or_none_and_never_too_many():
    ids, maskable, lengths = sequences(list(range(20, 120)) * 5)
    continues = maskable & (np.random.default_rng(3).random(ids.shape) < 0.4)
    masking = Masking(whole_words=True)
    found = masked(ids, maskable, lengths, masking=masking, continues=continues)
    chosen = found.labels != IGNORED
    joined = continues[:, 1:] & maskable[:, :-1]  # two neighbours of one word
    assert (chosen[:, 1:] == chosen[:, :-1])[joined].all()
    assert not (chosen[:, 1:] == chosen[:, :-1])[~joined].all()
    counts = np.array([masking.count(length) for length in lengths])
    assert (chosen.sum(1) <= counts).all()
    assert (chosen.sum(1) == counts).mean() > 0.9
    assert not chosen[~maskable].any()


def test_each_piece_of_a_word_is_shown_by_a_draw_of_its_own():
    ids, maskable, lengths = sequences([128] * 5500)
    continues = maskable & (np.arange(128) % 3 != 1)
    found = masked(ids, maskable, lengths, masking=Masking(whole_words=True), continues=continues)
    check_80_10_10(ids, found.input_ids, found.labels)
    both = (found.labels != IGNORED)[:, 1:] & (found.labels != IGNORED)[:, :-1] & continues[:, 1:]
    first, second = (found.input_ids[:, :-1] == MASK)[both], (found.input_ids[:, 1:] == MASK)[both]
    check_share(int((first & second).sum()), len(first), 0.64 + 2 * 0.8 * 0.1 / VOCABULARY)


def test_words_that_do_not_fit_are_passed_over():
    ids, maskable, lengths = sequences([9])
    continues = np.array([[False, False, True, True, False, False, True, True, False]])
    found = masked(ids, maskable, lengths, masking=Masking(whole_words=True), continues=continues)
    assert (found.labels == IGNORED).all() and (found.input_ids == ids).all()


def test_without_whole_words_what_continues_does_not_matter():
    arrays = sequences([50] * 3)
    plain = masked(*arrays)
    told = masked(*arrays, continues=np.ones_like(arrays[1]))
    assert (plain.input_ids == told.input_ids).all() and (plain.labels == told.labels).all()


# Again the same, and not the same again


def test_the_same_state_gives_the_same_masks_and_the_next_state_others():
    arrays = sequences([128] * 8)
    options = {"mask_id": MASK, "vocab_size": VOCABULARY}
    random = np.random.default_rng(7)
    first, second = (mask_tokens(*arrays, random=random, **options) for _ in range(2))
    again = masked(*arrays, seed=7)
    assert (first.labels == again.labels).all() and (first.input_ids == again.input_ids).all()
    assert (first.labels != second.labels).any(1).all()
    # Two draws of 19 of 125 share about 19 x 19 / 125 of their positions: they are independent, not merely unequal.
    shared = ((first.labels != IGNORED) & (second.labels != IGNORED)).sum()
    low, high = stats.hypergeom.interval(1 - RISK, 125 * 8, 19 * 8, 19 * 8)
    assert low <= shared <= high


# What cannot be


@pytest.mark.parametrize("rate", [0, 1, 0.0, 1.0, -0.1, 1.5, 15, float("nan"), float("inf")])
def test_a_rate_outside_0_to_1(rate):
    with pytest.raises(InputError, match=r"mask rate is .*; expected a share between 0 and 1, neither included"):
        Masking(rate=rate)


@pytest.mark.parametrize("most", [0, -1, 2.5, True, "20"])
def test_a_cap_that_is_no_number_of_tokens(most):
    with pytest.raises(InputError, match="most is .*; expected a whole number of at least 1, or None"):
        Masking(most=most)


@pytest.mark.parametrize("shares", [(-0.1, 0.1), (0.8, -0.1), (0.8, 0.3), (float("nan"), 0.1), (0.8, float("nan"))])
def test_shares_that_do_not_add_up(shares):
    with pytest.raises(InputError, match="expected two shares that add up to at most 1"):
        Masking(shown_mask=shares[0], shown_random=shares[1])


def test_shapes_that_do_not_match():
    ids, maskable, lengths = sequences([10, 12])
    with pytest.raises(InputError, match=r"maskable has shape \(2, 11\); expected \(2, 12\)"):
        masked(ids, maskable[:, 1:], lengths)
    with pytest.raises(InputError, match=r"continues has shape \(1, 12\); expected \(2, 12\)"):
        masked(ids, maskable, lengths, continues=maskable[:1])
    with pytest.raises(InputError, match=r"lengths has shape \(1,\); expected \(2,\)"):
        masked(ids, maskable, lengths[:1])
    with pytest.raises(InputError, match="whole_words .* expected continues"):
        masked(ids, maskable, lengths, masking=Masking(whole_words=True))
