"""An evaluation's numbers, each against its definition or scikit-learn's; slices, mistakes and figures."""

import subprocess
import sys

import numpy as np
import pandas
import pytest
from sklearn import metrics

from bertlab.errors import InputError
from bertlab.tasks.evaluation import NUMBERS, Evaluation

LABELS = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
POSITIVE = np.array([0.1, 0.2, 0.8, 0.9, 0.7, 0.6, 0.4, 0.9, 0.8, 0.3])


def binary(labels=LABELS, positive=POSITIVE):
    return Evaluation(("neg", "pos"), np.asarray(labels), np.stack([1 - positive, positive], axis=1))


def three_classes(n=200, seed=0):
    """A classifier of three classes that is right about half of the time."""
    random = np.random.default_rng(seed)
    labels = random.integers(3, size=n)
    logits = random.normal(size=(n, 3)) + 1.2 * np.eye(3)[labels]
    exponentials = np.exp(logits)
    return Evaluation(("bad", "fair", "good"), labels, exponentials / exponentials.sum(axis=1, keepdims=True))


def test_evaluation_equals_its_definitions():
    judged = binary()
    assert judged.accuracy == 0.7
    assert judged.confusion.tolist() == [[2, 1], [2, 5]]
    f1_neg, f1_pos = 2 * 2 / (2 * 2 + 2 + 1), 2 * 5 / (2 * 5 + 1 + 2)
    assert judged.macro_f1 == pytest.approx((f1_neg + f1_pos) / 2)
    # Wilson's interval, written out: the roots of (p̂ - p)² = z² p (1 - p) / n.
    z, n, p = 1.959963984540054, 10, 0.7
    middle, half = (p + z * z / (2 * n)), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert judged.interval == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))
    assert str(judged) == "accuracy 70.0% (95 % interval 39.7% to 89.2%), macro F1 0.670, 10 texts"


def test_the_auc_counts_pairs_in_the_right_order():
    """Mann and Whitney: the share of pairs of a positive and a negative text in which the positive one stands higher."""
    good, bad = POSITIVE[LABELS == 1], POSITIVE[LABELS == 0]
    pairs = [(1.0 if a > b else 0.5 if a == b else 0.0) for a in good for b in bad]
    assert 0.5 < np.mean(pairs) < 1 and 0.5 in pairs
    assert binary().auc == pytest.approx(np.mean(pairs))


def test_the_auc_of_three_classes_is_the_mean_of_each_against_the_rest():
    judged = three_classes()
    expected = metrics.roc_auc_score(judged.labels, judged.probabilities, multi_class="ovr", average="macro")
    assert judged.auc == pytest.approx(expected) and 0.6 < expected < 0.95


def test_the_losses_and_scores_of_probabilities_are_scikit_learns():
    two, three = binary(), three_classes()
    for judged in (two, three):
        assert judged.log_loss == pytest.approx(metrics.log_loss(judged.labels, judged.probabilities))
        assert judged.brier == pytest.approx(metrics.brier_score_loss(judged.labels, judged.probabilities))
    assert two.losses == pytest.approx(-np.log(np.where(LABELS == 1, POSITIVE, 1 - POSITIVE)))
    assert two.brier == pytest.approx(np.mean((POSITIVE - LABELS) ** 2))


def test_a_certain_mistake_has_a_finite_loss():
    judged = Evaluation(("neg", "pos"), np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert judged.losses == pytest.approx([708.3964, 0.0])


def test_the_roc_curve_turns_at_thresholds():
    false_positives, true_positives = binary().roc()
    points = set(zip(false_positives.round(6), true_positives.round(6)))
    for threshold in (0.85, 0.75, 0.25):  # at 0.75, say, 3 of 7 positive texts and 1 of 3 negative ones stand above
        above = POSITIVE > threshold
        assert (above[LABELS == 0].mean().round(6), above[LABELS == 1].mean().round(6)) in points
    assert (false_positives[0], true_positives[0], false_positives[-1], true_positives[-1]) == (0, 0, 1, 1)
    swapped = binary().roc("neg")
    assert metrics.auc(*swapped) == pytest.approx(binary().auc)


def test_a_roc_curve_needs_texts_of_both_kinds_and_a_class_among_more_than_two():
    with pytest.raises(InputError, match=r"10 of 10 texts are 'pos': a ROC curve needs"):
        binary(labels=np.ones(10, dtype=int)).auc
    with pytest.raises(InputError, match="positive is None; expected the class .* bad, fair, good"):
        three_classes().roc()
    with pytest.raises(InputError, match="positive is 'great'"):
        binary().roc("great")


def test_the_bootstraps_interval_is_the_binomials():
    """Resampled accuracies of n texts are binomial shares: mean p, standard deviation √(p (1 - p) / n)."""
    random = np.random.default_rng(1)
    labels = random.integers(2, size=2000)
    right = random.random(2000) < 0.8
    judged = binary(labels, np.where(right == labels, 0.9, 0.1))
    low, high = judged.bootstrap("accuracy", n=2000, seed=0)
    p = judged.accuracy
    half = 1.96 * (p * (1 - p) / 2000) ** 0.5
    # Each end is a percentile of 2,000 draws, known to about 6 % of the half width.
    assert (p - low, high - p) == pytest.approx((half, half), rel=0.2)
    assert judged.bootstrap(lambda drawn: 1 - drawn.accuracy, n=2000) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_bootstrap_interval_around_it(name):
    judged = three_classes()
    low, high = judged.bootstrap(name, n=60, seed=3)
    assert low < getattr(judged, name) < high and high - low < 0.3
    assert judged.bootstrap(name, n=60, seed=3) == (low, high) != judged.bootstrap(name, n=60, seed=4)


def test_what_cannot_be_bootstrapped():
    with pytest.raises(InputError, match="statistic is 'precision'; expected one of accuracy, macro_f1, auc"):
        binary().bootstrap("precision")
    with pytest.raises(InputError, match="n must be a whole number of draws"):
        binary().bootstrap(n=0)
    with pytest.raises(InputError, match="at least two texts"):
        binary().subset([0]).bootstrap()
    with pytest.raises(InputError, match="a ROC curve needs"):  # every tenth draw lacks the one negative text
        binary(labels=np.array([0] + [1] * 9)).bootstrap("auc")


def test_a_subset_is_what_was_said_of_those_texts():
    hard = np.array([True, False] * 5)
    for part in (binary().subset(hard), binary().subset(np.flatnonzero(hard))):
        assert part.labels.tolist() == LABELS[::2].tolist()
        assert part.accuracy == np.mean((POSITIVE > 0.5)[::2] == LABELS[::2])


@pytest.mark.parametrize("as_given", [list, np.array, pandas.Series, pandas.Categorical])
def test_the_accuracy_of_each_group(as_given):
    groups = ["short", "long", "long", "short", "long", "short", "long", "short", "short", "short"]
    found = binary().by(as_given(groups))
    right = (POSITIVE > 0.5) == (LABELS == 1)
    assert found.index.tolist() == ["long", "short"]
    for group, row in found.iterrows():
        own = [ok for ok, name in zip(right, groups) if name == group]
        assert (row["count"], row["accuracy"]) == (len(own), np.mean(own))
        part = binary().subset([name == group for name in groups])
        assert (row["low"], row["high"]) == pytest.approx(part.interval)


def test_a_text_counts_in_each_of_its_groups_and_in_none():
    phenomena = [["negation"], ["negation", "contrast"], [], None, {"contrast"}, ("negation",), [], [], [], []]
    found = binary().by(phenomena)
    assert found["count"].to_dict() == {"contrast": 2, "negation": 3}
    assert found["accuracy"].to_dict() == {"contrast": 1.0, "negation": 1.0}
    assert binary().by([[]] * 10).empty


def test_lengths_cut_into_ranges_keep_their_order():
    lengths = [300, 5, 20, 150, 7, 9, 500, 40, 30, 8]
    found = binary().by(pandas.cut(lengths, [0, 10, 100, 1000], labels=["short", "middling", "long"]))
    assert found["count"].to_dict() == {"short": 4, "middling": 3, "long": 3}
    assert found.index.tolist() == ["short", "middling", "long"]
    with pytest.raises(InputError, match="There are 10 texts and 9 groups"):
        binary().by(lengths[1:])


def test_the_most_confident_mistakes_come_first():
    texts = [f"review\n number {index} " + "very " * 30 for index in range(10)]
    found = binary().mistakes(texts, n=2)
    assert found.index.tolist() == [2, 9] and found.index.name == "number"
    assert found["true"].tolist() == ["neg", "pos"] and found["predicted"].tolist() == ["pos", "neg"]
    assert found["probability"].tolist() == pytest.approx([0.8, 0.7])
    assert found["loss"].tolist() == pytest.approx([-np.log(0.2), -np.log(0.3)])
    assert found["text"][2].startswith("review number 2 very very") and found["text"][2].endswith("…")
    assert found["text"].str.len().tolist() == [100, 100]
    assert len(binary().mistakes(texts)) == 3, "there are no more"
    assert binary().mistakes(texts, width=1000)["text"][2] == " ".join(texts[2].split())


def test_confidence_and_loss_are_two_orders_among_three_classes():
    probabilities = np.array([[0.6, 0.35, 0.05], [0.5, 0.01, 0.49], [0.9, 0.05, 0.05]])
    judged = Evaluation(("a", "b", "c"), np.array([1, 1, 0]), probabilities)
    texts = ["one", "two", "three"]
    assert judged.mistakes(texts).index.tolist() == [0, 1]
    assert judged.mistakes(texts, by="loss").index.tolist() == [1, 0]
    with pytest.raises(InputError, match="by is 'length'; expected 'confidence' or 'loss'"):
        judged.mistakes(texts, by="length")
    with pytest.raises(InputError, match="3 texts were judged; expected the same, not 2"):
        judged.mistakes(texts[:2])


def test_no_mistakes_are_an_empty_table():
    judged = Evaluation(("neg", "pos"), np.array([0, 1]), np.eye(2))
    assert judged.mistakes(["a", "b"]).columns.tolist() == ["text", "true", "predicted", "probability", "loss"]
    assert judged.mistakes(["a", "b"]).empty


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], np.full((3, 2), 0.5), r"need probabilities of shape \(2, 2\).*not \(3, 2\)"),
        ([0, 1], np.full((2, 3), 1 / 3), r"need probabilities of shape \(2, 2\).*not \(2, 3\)"),
        ([], np.empty((0, 2)), "at least one text"),
        ([0, 2], np.full((2, 2), 0.5), "one integer a text, from 0 to 1"),
        ([0, -1], np.full((2, 2), 0.5), "one integer a text, from 0 to 1"),
        ([0.0, 1.0], np.full((2, 2), 0.5), "one integer a text, from 0 to 1"),
        ([0, 1], np.array([[0.5, 0.5], [2.0, -1.0]]), r"1 of 2 rows are no probabilities: row 1 is \[ 2. -1.\]"),
        ([0, 1], np.array([[0.5, 0.4], [0.5, 0.5]]), "row 0 is"),
        ([0, 1], np.full((2, 2), np.nan), "2 of 2 rows .* training diverged"),
    ],
)
def test_what_is_no_evaluation(labels, probabilities, message):
    with pytest.raises(InputError, match=message):
        Evaluation(("neg", "pos"), np.array(labels), probabilities)


def test_the_confusion_matrix_is_drawn_with_its_counts():
    judged = Evaluation(("neg", "pos"), np.array([0, 0, 1]), np.eye(2)[[0, 1, 1]])
    (axes,) = judged.plot_confusion().axes
    assert [text.get_text() for text in axes.texts] == ["1", "1", "0", "1"]
    assert axes.get_xlabel() == "predicted" and axes.get_ylabel() == "true"


def test_the_roc_curves_are_drawn_with_their_areas():
    (axes,) = binary().plot_roc().axes
    assert np.array_equal(axes.lines[0].get_xydata().T, binary().roc())
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [f"pos (AUC {binary().auc:.3f})", "guessing (AUC 0.500)"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("false positive rate", "true positive rate")
    assert len(three_classes().plot_roc().axes[0].lines) == 4


CHECKED = """
from jaxtyping import TypeCheckError, install_import_hook

with install_import_hook("bertlab.tasks", "beartype.beartype"):
    import bertlab.tasks.calibration, bertlab.tasks.comparison, bertlab.tasks.evaluation
import sys
assert "torch" not in sys.modules
from bertlab.tasks.calibration import calibration_error, fit_temperature
from bertlab.tasks.comparison import compare
from tests.tasks.test_evaluation import LABELS, binary, three_classes

for judged in (binary(), three_classes()):
    judged.confidence, judged.losses, judged.right, judged.confusion, judged.roc(judged.names[0])
    judged.bootstrap("auc", n=5) if len(judged.names) > 2 else judged.bootstrap(lambda drawn: drawn.brier, n=5)
    judged.by([1] * len(judged.labels)), judged.mistakes(["x"] * len(judged.labels))
    calibration_error(fit_temperature(judged).scale(judged)), compare(judged, judged, n=5)
try:
    binary().subset(LABELS * 1.0)
except TypeCheckError:
    print("every shape held")
"""


def test_the_shapes_in_the_signatures_hold():
    """In a process of its own: the checks are built in on import. Nothing here needs torch."""
    done = subprocess.run([sys.executable, "-c", CHECKED], capture_output=True, text=True)
    assert done.stdout.strip() == "every shape held", done.stderr
