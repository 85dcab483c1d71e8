"""The speed benchmark runs at tiny size on the film world, and its columns are what they say."""

import json

import pytest
import torch

from tests.benchmarks import speed

LOOPS = ["founding loop", "Trainer", "Trainer, tuned", "bertlab", "bertlab, best", "bertlab, no dropout", "bertlab, packed"]


def test_all_loops_side_by_side(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr("bertlab.training.flops.SIDE", {"cpu": 256, "cuda": 256})
    out = tmp_path / "speed.json"
    few = "--reviews film-world --models pocket --train 24 --judged 10 --lengths 16 --batch-size 8 --threads 1"
    speed.main([*few.split(), "--out", str(out)])
    told, shown = json.loads(out.read_text()), capsys.readouterr().out
    (rows,) = told["tables"]
    assert [row["loop"] for row in rows] == LOOPS
    assert told["command"].startswith("python -m tests.benchmarks.speed --reviews film-world")
    base = {row["loop"]: row for row in rows}
    for row in rows:
        assert row["reviews_per_second"] == pytest.approx(24 / row["seconds"])
        assert row["over_founding"] == pytest.approx(base["founding loop"]["seconds"] / row["seconds"])
        assert row["over_trainer"] == pytest.approx(base["Trainer"]["seconds"] / row["seconds"])
        # 24 texts of 16 word pieces, one epoch: 6 N T + 12 L D n^2 a text.
        flops = 6 * 2 * 12 * 128**2 * 24 * 16 + 24 * 12 * 2 * 128 * 16**2
        assert row["flops_per_second"] * row["seconds"] == pytest.approx(flops)
        assert row["share_of_peak"] == pytest.approx(row["flops_per_second"] / max(told["peaks"].values()))
        assert len(row["curve"]) >= 3 and row["curve"][-1] == [row["seconds"], row["accuracy"]]
        times = [seconds for seconds, _ in row["curve"]]
        assert times == sorted(times), "the judging does not count"
        assert row["loop"] in shown
    if not torch.cuda.is_available():
        assert "No CUDA device" in shown


def test_the_time_to_an_accuracy_is_that_of_the_first_that_reaches_it():
    curve = [(1.0, 0.5), (2.0, 0.7), (3.0, 0.6), (4.0, 0.8)]
    assert speed.to_reach(curve, 0.6) == 2.0 and speed.to_reach(curve, 0.75) == 4.0


def test_all_start_from_the_same_weights():
    ours = speed.new_model("pocket", 0, dropout=True)
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), speed.new_model("pocket", 0, dropout=False).parameters()))
    others = dict(speed.theirs(ours).named_parameters())
    assert all(torch.equal(others[name], parameter) for name, parameter in ours.named_parameters())
    assert any(module.p > 0 for module in ours.modules() if isinstance(module, torch.nn.Dropout))
    still = speed.new_model("pocket", 0, dropout=False)
    assert not any(module.p > 0 for module in still.modules() if isinstance(module, torch.nn.Dropout))
