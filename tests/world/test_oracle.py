"""The oracle of small worlds, against counting every review there is."""

import math
from collections import defaultdict
from random import Random

import pytest

from bertlab.world.oracle.prior import Prior
from tests.world.oracle_small import FACTS, MEMORY, World, fact_prior, films

Group = list[tuple[int, float]]


@pytest.fixture(scope="module")
def memory():
    with pytest.MonkeyPatch.context() as patch:
        yield World(patch, MEMORY, Prior((), {}), films()[:1])


@pytest.fixture(scope="module")
def facts():
    with pytest.MonkeyPatch.context() as patch:
        yield World(patch, FACTS, fact_prior(), films())


def hide(tokens, masked, window, tail):
    """The visible words of a window whose last sentence ends before pre-token `tail`."""
    shown = []
    for i in window:
        row = tokens[i][:tail] if i == window[-1] else tokens[i]
        shown.append(tuple(None if (i, j) in masked else word for j, word in enumerate(row)))
    return tuple(shown)


def groups(world, rate, seed, window=None, tail=None):
    """Reviews that look the same once masked, with their probabilities; masks depend on lengths alone."""
    random = Random(seed)
    masks, found = {}, defaultdict(list)
    for k, (review, log_probability) in enumerate(world.reviews):
        tokens, count = world.tokens[k], len(review.sentences)
        if window is not None and (window.stop >= count or (tail is not None and len(tokens[window[-1]]) <= tail)):
            continue
        rows = range(count) if window is None else window
        sizes = tuple(len(tokens[i]) if tail is None or i != rows[-1] else tail for i in rows)
        if sizes not in masks:
            masks[sizes] = {
                (i, j) for i, size in zip(rows, sizes, strict=True) for j in range(size) if random.random() < rate
            }
        visible = hide(tokens, masks[sizes], rows, tail)
        found[visible, tuple(sorted(masks[sizes]))].append((k, math.exp(log_probability)))
    chosen = sorted(found, key=repr)
    random.shuffle(chosen)
    return [(masked, found[visible, masked]) for visible, masked in chosen if masked]


def posterior(world, group: Group, position):
    """The distribution of a masked word over the reviews that look alike."""
    total = math.fsum(p for _, p in group)
    found = defaultdict(float)
    for k, p in group:
        found[world.tokens[k][position[0]][position[1]]] += p / total
    return found


def check(world, rate, seed, limit, window=None, tail=None, most=60):
    """Compare the oracle with counting; return how many beliefs were exact, how many bounds, and how loose these."""
    exact = bounds = 0
    slack = above = 0.0
    for masked, group in groups(world, rate, seed, window, tail)[:limit]:
        if len(group) > most:
            continue
        truths = {position: posterior(world, group, position) for position in masked}
        total = math.fsum(p for _, p in group)
        losses, blind = defaultdict(float), defaultdict(float)
        for k, p in group:
            review = world.reviews[k][0]
            rest = () if tail is None else [(window[-1], j) for j in range(tail, len(world.tokens[k][window[-1]]))]
            for position, belief in world.oracle.beliefs(review, masked, window=window, hidden=rest).items():
                word = world.tokens[k][position[0]][position[1]]
                assert math.fsum(belief.probabilities.values()) == pytest.approx(1, abs=1e-9)
                losses[position] -= p / total * math.log(belief.probabilities[word])
                blind[position] -= p / total * math.log(belief.blind[word])
                if belief.exact:
                    exact += 1
                    for other in {*belief.probabilities, *truths[position]}:
                        assert belief.probabilities.get(other, 0) == pytest.approx(truths[position][other], abs=1e-9)
                else:
                    bounds += 1
        for position, truth in truths.items():
            entropy = -math.fsum(p * math.log(p) for p in truth.values() if p)
            assert losses[position] <= entropy + 1e-9
            slack += (entropy - losses[position]) * total
            above += (blind[position] - entropy) * total
    assert above >= -1e-9
    return exact, bounds, slack


def test_every_review_of_a_small_world_is_listed(memory, facts):
    for world in (memory, facts):
        assert math.fsum(math.exp(p) for _, p in world.reviews) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("rate", "seed"), [(0.1, 0), (0.2, 1), (0.3, 2), (0.4, 3)])
def test_with_memory_the_oracle_counts_right(memory, rate, seed):
    """Exact where it says so; elsewhere, for each visible text, below the entropy; blind, above it on the whole."""
    exact, bounds, slack = check(memory, rate, seed, 150)
    assert exact > 100 and bounds > 50
    assert slack > 0


@pytest.mark.parametrize(("rate", "seed"), [(0.15, 0), (0.3, 1), (0.45, 2)])
def test_with_facts_the_oracle_counts_right(facts, rate, seed):
    """Names, genders, the hero and the place of a title, friends who are not heroes, objects that are two."""
    exact, _, slack = check(facts, rate, seed, 60)
    assert exact > 150
    assert slack < 1e-6


def test_a_segment_cut_off_behind_is_summed_over_all_that_may_follow(memory):
    """A window that begins with the opening: what comes after the cut is neither told nor needed."""
    exact, bounds, _ = check(memory, 0.3, 4, 80, window=range(2), tail=3)
    assert exact + bounds > 100
    assert exact > 50


def test_the_unseen_opening_makes_a_bound(memory):
    """What the sentences before the window used is told, so the loss lies below the entropy where it matters."""
    _, bounds, slack = check(memory, 0.3, 5, 12, window=range(1, 2), most=400)
    assert bounds > 30 and slack > 0
