"""Calibration errors against their definition and known truths; the temperature that undoes what another did."""

import numpy as np
import pytest
import torch
from transformers import ElectraConfig, ElectraForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

import bertlab
from bertlab.errors import InputError
from bertlab.model import load_checkpoint
from bertlab.tasks.calibration import Temperature, calibration_error, fit_temperature, plot_reliability, reliability
from bertlab.tasks.evaluation import Evaluation
from tests.small import small_classifier, small_config, small_reviews, small_tokenizer


def drawn_from_its_own_probabilities(n, classes=2, seed=0, spread=2.0, temperature=1.0):
    """Labels drawn from softmax(logits); the classifier says softmax(logits / temperature)."""
    random = np.random.default_rng(seed)
    logits = random.normal(scale=spread, size=(n, classes))
    true, said = (np.exp(part) / np.exp(part).sum(axis=1, keepdims=True) for part in (logits, logits / temperature))
    labels = (random.random((n, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=classes - 1)
    return Evaluation(tuple("abcdefgh"[:classes]), labels, said)


def written_out(evaluation, bins):
    """Guo et al. 2017, equations 1 to 3: bins (m-1)/M < confidence <= m/M."""
    total, n = 0.0, len(evaluation.labels)
    for m in range(1, bins + 1):
        inside = [
            (p.max(), p.argmax() == label)
            for p, label in zip(evaluation.probabilities, evaluation.labels)
            if (m - 1) / bins < p.max() <= m / bins
        ]
        if inside:
            confidence, right = np.mean(inside, axis=0)
            total += len(inside) / n * abs(right - confidence)
    return total


@pytest.mark.parametrize(("classes", "bins"), [(2, 15), (2, 4), (5, 15), (3, 1)])
def test_the_error_is_the_papers(classes, bins):
    judged = drawn_from_its_own_probabilities(500, classes, temperature=0.5)
    assert calibration_error(judged, bins=bins) == pytest.approx(written_out(judged, bins))


def test_the_error_by_hand():
    """Three texts at 0.8, two of them right; one at 1.0, wrong: 3/4 |2/3 - 0.8| + 1/4 |0 - 1|; both on a bin's border."""
    probabilities = np.array([[0.8, 0.2]] * 3 + [[1.0, 0.0]])
    judged = Evaluation(("a", "b"), np.array([0, 0, 1, 1]), probabilities)
    table = reliability(judged, bins=5)
    assert table["low"].tolist() == pytest.approx([0.6, 0.8]) and table["high"].tolist() == pytest.approx([0.8, 1.0])
    assert table["count"].tolist() == [3, 1]
    assert table["accuracy"].tolist() == pytest.approx([2 / 3, 0])
    assert table["confidence"].tolist() == pytest.approx([0.8, 1.0])
    assert calibration_error(judged, bins=5) == pytest.approx(0.75 * abs(2 / 3 - 0.8) + 0.25)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_a_calibrated_classifier_has_a_small_error_and_an_overconfident_one_its_gap(equal_mass):
    calibrated = drawn_from_its_own_probabilities(40_000)
    assert calibration_error(calibrated, equal_mass=equal_mass) < 0.01
    surer = drawn_from_its_own_probabilities(40_000, temperature=0.4)
    gap = surer.confidence.mean() - surer.accuracy
    assert gap > 0.05, "overconfident in every bin, so that the mean gap is the error"
    assert calibration_error(surer, equal_mass=equal_mass) == pytest.approx(gap, abs=0.005)


def test_bins_of_equal_mass_hold_as_many_texts_and_keep_equal_confidences_together():
    judged = drawn_from_its_own_probabilities(1500)
    table = reliability(judged, bins=15, equal_mass=True)
    assert table["count"].tolist() == [100] * 15
    assert (table["low"][1:].to_numpy() == table["high"][:-1].to_numpy()).all()
    by_confidence = np.argsort(judged.confidence)[:100]
    assert table["accuracy"][0] == pytest.approx(judged.right[by_confidence].mean())
    same = Evaluation(("a", "b"), np.array([0, 1, 0, 0]), np.array([[0.7, 0.3]] * 4))
    assert reliability(same, bins=3, equal_mass=True)["count"].tolist() == [4]
    assert calibration_error(same, bins=3, equal_mass=True) == pytest.approx(0.05)


@pytest.mark.parametrize("made_with", [0.3, 0.8, 2.5])
@pytest.mark.parametrize("classes", [2, 4])
def test_the_temperature_that_was_put_in_is_found(made_with, classes):
    """Labels drawn from softmax(z), a classifier that says softmax(z / T₀): dividing by 1 / T₀ mends it."""
    judged = drawn_from_its_own_probabilities(60_000, classes, seed=1, temperature=made_with)
    temperature = fit_temperature(judged)
    # 60,000 labels know it to about one per cent; the exact minimum for them is checked below.
    assert temperature.value == pytest.approx(1 / made_with, rel=0.02)
    again = fit_temperature(drawn_from_its_own_probabilities(60_000, classes, seed=1))
    assert temperature.value * made_with == pytest.approx(again.value, rel=1e-4)
    mended = temperature.scale(judged)
    assert calibration_error(mended) < 0.01 < calibration_error(judged)


def test_the_temperature_is_at_the_minimum_of_the_loss():
    judged = drawn_from_its_own_probabilities(300, 3, seed=2, temperature=0.5)
    best = fit_temperature(judged).value
    grid = np.exp(np.linspace(np.log(0.1), np.log(20), 400))
    losses = [Temperature(value).scale(judged).log_loss for value in grid]
    assert Temperature(best).scale(judged).log_loss <= min(losses)
    assert best == pytest.approx(grid[np.argmin(losses)], rel=0.02)
    turns = np.diff(np.sign(np.diff(losses)))
    assert np.count_nonzero(turns) == 1, "one minimum over log T"


def test_scaling_is_the_models_own_logits_divided():
    logits = torch.randn(200, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 30
    judged = Evaluation(("a", "b", "c"), np.arange(200) % 3, logits.softmax(-1).numpy())
    for value in (0.4, 1.0, 7.0):
        scaled = Temperature(value).scale(judged)
        assert scaled.probabilities == pytest.approx((logits / value).softmax(-1).numpy(), abs=1e-12)
        assert (scaled.predictions == judged.predictions).all() and scaled.accuracy == judged.accuracy
        assert (scaled.labels == judged.labels).all() and scaled.names == judged.names


def roberta():
    names = {0: "neg", 1: "pos"}
    sizes = dict(vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)
    return RobertaForSequenceClassification(RobertaConfig(id2label=names, max_position_embeddings=70, **sizes)).eval()


def electra():
    names = {0: "neg", 1: "pos"}
    sizes = dict(vocab_size=40, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64)
    return ElectraForSequenceClassification(ElectraConfig(id2label=names, embedding_size=32, **sizes)).eval()


@pytest.fixture
def ours(tmp_path):
    small_classifier().save_pretrained(tmp_path)
    return lambda: load_checkpoint(tmp_path)


@pytest.mark.parametrize("kind", [small_classifier, roberta, electra, "ours"])
def test_a_scaled_head_predicts_what_scaling_the_evaluation_gives(kind, ours):
    model = ours() if kind == "ours" else kind()
    with torch.no_grad():  # a random head has logits near 0, which a temperature hardly moves
        for name, parameter in model.named_parameters():
            if name.startswith("classifier"):
                parameter.add_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3)))
    texts, labels = small_reviews(12)
    before = bertlab.evaluate(model, small_tokenizer(), texts, labels, max_length=32)
    temperature = Temperature(2.5)
    temperature.scale_head(model)
    after = bertlab.evaluate(model, small_tokenizer(), texts, labels, max_length=32)
    assert after.probabilities == pytest.approx(temperature.scale(before).probabilities, abs=1e-6)
    assert np.abs(after.probabilities - before.probabilities).max() > 0.01
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_head_that_is_not_found_is_said_so():
    model = small_classifier()
    model.score, model.classifier = model.classifier, torch.nn.Identity()
    with pytest.raises(InputError, match="no linear layer of 2 outputs at the end of model.classifier"):
        Temperature(2.0).scale_head(model)
    from transformers import BertModel

    with pytest.raises(InputError, match="does not classify sequences"):
        Temperature(2.0).scale_head(BertModel(small_config()))


def test_no_temperature_fits():
    right = Evaluation(("a", "b"), np.array([0, 1]), np.array([[0.999, 0.001], [0.4, 0.6]]))
    with pytest.raises(InputError, match="All 2 texts are classified rightly, so the closer to 0"):
        fit_temperature(right)
    swapped = Evaluation(("a", "b"), np.array([1, 0]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    with pytest.raises(InputError, match=r"gets no more than the others \(accuracy 0.0%\), so the greater"):
        fit_temperature(swapped)


def test_numbers_out_of_range():
    judged = drawn_from_its_own_probabilities(10)
    for bins in (0, 2.5, True):
        with pytest.raises(InputError, match="bins must be a whole number of at least 1"):
            calibration_error(judged, bins=bins)
    for value in (0, -1.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="A temperature is greater than 0"):
            Temperature(value)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_the_reliability_diagram_shows_the_table(equal_mass):
    judged = drawn_from_its_own_probabilities(600, temperature=0.4)
    table = reliability(judged, equal_mass=equal_mass)
    figure = plot_reliability(judged, equal_mass=equal_mass)
    axes, counts = figure.axes
    drawn = axes.lines[1].get_xydata()
    assert drawn == pytest.approx(table[["confidence", "accuracy"]].to_numpy())
    bars = axes.collections[0].get_segments()
    first = judged.subset((judged.confidence > table["low"][0]) & (judged.confidence <= table["high"][0]))
    assert bars[0][:, 1] == pytest.approx(first.interval)
    assert [bar.get_height() for bar in counts.patches] == table["count"].tolist()
    assert f"ECE {calibration_error(judged, equal_mass=equal_mass):.3f}" in axes.get_title()
    assert axes.get_ylabel() == "accuracy in the bin" and "confidence" in counts.get_xlabel()
    assert counts.get_ylabel() == "texts"
