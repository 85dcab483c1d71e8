"""`bertlab pretrain`: orders that make no sense, a run that goes on, and what it leaves behind."""

import json
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForPreTraining, AutoTokenizer
from typer.testing import CliRunner

from bertlab import load_tokenizer
from bertlab.cli import app
from bertlab.errors import InputError, SourceError
from bertlab.pretraining import FilmWorld
from bertlab.pretraining.command import Order, run
from bertlab.pretraining.recipes import RECIPES, Phase, Recipe
from bertlab.pretraining.run import check_pretrained, load_pretrained, pretrain, steps_in
from bertlab.training.loop import Progress

TINY = Recipe(
    num_hidden_layers=1,
    hidden_size=32,
    max_position_embeddings=64,
    phases=(Phase(16, 2), Phase(32, 2)),
    documents_in_a_batch=2,
)


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    monkeypatch.setattr("bertlab.pretraining.command.HELD_OUT", 8)


def test_the_world(tmp_path):
    lines = []
    result = run(Order("tiny", tmp_path / "m", steps=4), lines.append)
    manifest = check_pretrained(tmp_path / "m")
    assert manifest["steps"] == 4 and len(result.history.losses) == 4
    assert manifest["command"] == "bertlab pretrain --recipe tiny --steps 4 --seed 0"
    assert manifest["held_out"]["corpus"].startswith("FilmWorld(seed=0, split='validation'")
    assert any("step 4 of 4" in line for line in lines)

    # What was saved is the model, for this package and for transformers.
    ids = torch.tensor([[2, 8, 4, 9, 3]])
    here, there = load_pretrained(tmp_path / "m"), AutoModelForPreTraining.from_pretrained(tmp_path / "m")
    with torch.no_grad():
        expected = result.model(ids)
        assert torch.equal(here(ids).prediction_logits, expected.prediction_logits)
        torch.testing.assert_close(there(ids).prediction_logits, expected.prediction_logits, atol=1e-5, rtol=0)
        torch.testing.assert_close(there(ids).seq_relationship_logits, expected.seq_relationship_logits, atol=1e-5, rtol=0)
    assert AutoTokenizer.from_pretrained(tmp_path / "m").get_vocab() == result.tokenizer.get_vocab()

    # The same order again trains no further and leaves the same weights; another order is refused.
    again = run(Order("tiny", tmp_path / "m", steps=4), lines.append)
    assert again.history.losses == result.history.losses
    assert check_pretrained(tmp_path / "m")["sha256"] == manifest["sha256"]
    with pytest.raises(InputError, match="seed is 0 there and 1 here"):
        run(Order("tiny", tmp_path / "m", steps=4, seed=1), lines.append)

    weights = tmp_path / "m" / "model.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    with pytest.raises(SourceError, match="model.safetensors"):
        load_pretrained(tmp_path / "m")


def test_a_folder_of_text(tmp_path):
    (tmp_path / "train").mkdir()
    for number in range(3):
        documents = [f"Ship {number} {k} left the harbour. It was late. Nobody waved." for k in range(6)]
        (tmp_path / "train" / f"{number}.txt").write_text("\n\n".join(documents))
    (tmp_path / "other.txt").write_text("A ship came in. It was early.\n\nNobody left. The harbour was late.")
    order = Order("tiny", tmp_path / "m", steps=4, text=tmp_path / "train", held_out=tmp_path / "other.txt")
    result = run(order, lambda line: None)
    assert "harbour" in result.tokenizer.get_vocab()
    assert f"--text {tmp_path / 'train'} --held-out" in check_pretrained(tmp_path / "m")["command"]


def test_minutes_become_steps_once(tmp_path, monkeypatch):
    monkeypatch.setattr("bertlab.pretraining.command.steps_in", lambda minutes, *_, **__: int(minutes * 10))
    run(Order("tiny", tmp_path / "m", minutes=0.5), lambda line: None)
    assert json.loads((tmp_path / "m" / "plan.json").read_text())["steps"] == 5
    assert "plan.json" not in check_pretrained(tmp_path / "m")["sha256"], "the model is whole without it"
    monkeypatch.setattr("bertlab.pretraining.command.steps_in", lambda *_, **__: 99)
    assert len(run(Order("tiny", tmp_path / "m", minutes=0.5), lambda line: None).history.losses) == 5


def test_ctrl_c_leaves_a_checkpoint_and_is_passed_on(tmp_path):
    """What comes next, here the saving of the model, is made for a whole run."""

    def press(progress):
        if progress.step == 3:
            raise KeyboardInterrupt

    tokenizer = load_tokenizer("filmbert")
    with pytest.warns(UserWarning, match="interrupted after step 3 of 4"), pytest.raises(KeyboardInterrupt):
        pretrain(TINY, FilmWorld(), tokenizer, folder=tmp_path, watch=press, watch_every=1)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000003"]
    with pytest.warns(UserWarning, match="interrupted after step 0"), pytest.raises(KeyboardInterrupt):
        pretrain(TINY, FilmWorld(), tokenizer, watch=lambda progress: press(replace(progress, step=3)))


def test_ctrl_c_while_steps_are_tried(monkeypatch):
    def train(model, batches, *, watch, **_):
        watch(Progress(0, len(batches), model, 0.0, []))

    monkeypatch.setattr("bertlab.pretraining.run.train", train)
    with pytest.raises(KeyboardInterrupt):
        steps_in(1.0, TINY, FilmWorld(), load_tokenizer("filmbert"))


def test_steps_in_so_many_minutes(monkeypatch):
    """With two seconds a step in every phase, thirty steps fit into a minute."""
    monkeypatch.setattr("bertlab.pretraining.run.GROUP", 4)

    def train(model, batches, *, watch, watch_every, **_):
        for step in range(0, len(batches) + 1, watch_every):
            watch(Progress(step, len(batches), model, 2.0 * step, []))

    monkeypatch.setattr("bertlab.pretraining.run.train", train)
    assert steps_in(1.0, TINY, FilmWorld(), load_tokenizer("filmbert")) == 30
    with pytest.raises(InputError, match="more than 0"):
        steps_in(float("nan"), TINY, FilmWorld(), load_tokenizer("filmbert"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--recipe", "large"], "expected one of"),
        (["--minutes", "1", "--steps", "3"], "not both"),
        (["--text", ".", "--hub"], "not both"),
        (["--text", "."], "--held-out"),
        (["--minutes", "0"], "more than 0"),
        (["--steps", "1"], "at least 2"),
        (["--text", "nowhere", "--held-out", "nowhere"], "nowhere"),
        (["--tokenizer", "no such"], "no such"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_orders_that_make_no_sense(options, said, tmp_path):
    outcome = CliRunner().invoke(app, ["pretrain", "--recipe", "tiny", "--output", str(tmp_path / "m"), *options])
    assert outcome.exit_code == 2, outcome.output
    assert said in outcome.output.replace("\n", " ")
    assert not (tmp_path / "m" / "model.safetensors").exists()


def test_proportions_of_phases():
    recipe = RECIPES["live"]
    assert recipe.with_steps(recipe.steps) == recipe
    half = recipe.with_steps(recipe.steps // 2)
    assert [phase.steps for phase in half.phases] == [170, 370]
    assert sum(phase.steps for phase in recipe.with_steps(7).phases) == 7
    with pytest.raises(InputError, match="at least 2"):
        recipe.with_steps(1)
