"""The benchmarks run, on a handful of reviews and with nothing but what is installed: no figure of theirs is tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(module, *options):
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *options]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)


def test_the_founding_loop_beside_ours(tmp_path):
    out = tmp_path / "founding.json"
    few = "--reviews film-world --train 16 --test 16 --epochs 1 --seeds 2 --max-length 32 --unshuffled".split()
    done = run("founding", *few, "--out", str(out))
    assert done.returncode == 0, done.stderr
    told = json.loads(out.read_text())
    loops = [entry["loop"] for entry in told["runs"]]
    ours = ["bertlab.fine_tune", "no attention dropout", "fine_tune, set for it"]
    assert loops[:4] == ["founding loop", *ours] and loops[8:] == ["founding, unshuffled"]
    assert loops[4:8] == loops[3::-1], "the loops take turns, in alternating order"
    table = done.stdout.split("time ratio")[1]
    for name in set(loops):
        assert name in table
    founding = next(line for line in table.splitlines() if line.startswith("founding loop"))
    assert founding.split()[-1] == "1.00"


@pytest.fixture
def tiny(monkeypatch):
    """The live recipe, small enough for a moment; `bertlab` and torch are imported here alone."""
    from bertlab.pretraining.recipes import RECIPES, Phase, Recipe

    sizes = {"num_hidden_layers": 1, "hidden_size": 32, "max_position_embeddings": 64, "documents_in_a_batch": 2}
    recipe = Recipe(**sizes, phases=(Phase(16, 2), Phase(32, 2)))
    monkeypatch.setitem(RECIPES, "live", recipe)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    return recipe


def test_the_trainer_beside_the_live_recipe(tiny, tmp_path, capsys):
    from tests.benchmarks import pretraining

    out = tmp_path / "trainer.json"
    few = "trainer --seconds 0.2 --turns 2 --held-out 8 --rates 1e-4 1e-3".split()
    pretraining.main([*few, "--out", str(out)])
    told, shown = json.loads(out.read_text()), capsys.readouterr().out
    assert "python -m tests.benchmarks.pretraining trainer --seconds 0.2" in shown
    loops = ["live recipe", "Trainer", "Trainer, no dropout", "Trainer, set for it"]
    assert [turn["name"] for turn in told["turns"]] == [name for name in loops for _ in range(2)]
    assert all(turn["steps"] == 32 for turn in told["turns"])
    assert all(32 * 2 * 10 < turn["tokens"] < 32 * 2 * 150 for turn in told["turns"])
    speeds = shown.split("ratio")[1]
    assert next(line for line in speeds.splitlines() if line.startswith("live recipe")).split()[4] == "1.00"
    runs = [(run["name"], run.get("learning_rate")) for run in told["runs"]]
    theirs = [(name, rate) for rate in (1e-4, 1e-3) for name in ("Trainer", "Trainer, set for it")]
    assert runs == [("live recipe", None), ("live recipe", None), *theirs]
    for run in told["runs"]:
        assert 3 < run["curve"][-1][1] < told["uniform"] + 0.5


def test_the_trainers_model_gets_the_judges_score(tiny):
    """Its weights, in our model, give its own logits, whichever sentence a token is of."""
    import torch
    import transformers

    from tests.benchmarks.pretraining_runs import film_world
    from tests.benchmarks.pretraining_trainer import judge

    world = film_world(8, 32)
    transformers.set_seed(3)
    theirs = transformers.BertForMaskedLM(tiny.config(len(world.tokenizer)).to_hf()).eval()
    theirs.bert.embeddings.word_embeddings.weight.data.mul_(20)  # far from a uniform guess
    losses = []
    with torch.no_grad():
        for batch in world.held_out.batches:
            asked = batch["labels"] != -100
            logits = theirs(batch["input_ids"], batch["attention_mask"]).logits[asked]
            losses.append(torch.nn.functional.cross_entropy(logits, batch["labels"][asked], reduction="none"))
    expected = torch.cat(losses).mean().item()
    assert judge(theirs, tiny, world) == pytest.approx(expected, abs=1e-4) and expected > world.uniform + 0.1


def test_each_trick_taken_away(tiny, tmp_path, capsys):
    from tests.benchmarks import pretraining
    from tests.benchmarks.pretraining_tricks import rows

    out = tmp_path / "tricks.json"
    pretraining.main(["tricks", "--seconds", "0.1", "--held-out", "8", "--only", "logits", "group", "--out", str(out)])
    told, shown = json.loads(out.read_text()), capsys.readouterr().out
    names = ["the live recipe", "logits at every position", "no grouping by length"]
    assert [row["name"] for row in told["rows"]] == names
    assert [line.startswith(name) for name, line in zip(names, shown.split("to live\n")[1].splitlines())] == [True] * 3
    assert told["rows"][0]["speed"] == 1 and told["rows"][0]["to_live"] == 0
    changed = {
        name: (recipe, changes) for name, (recipe, changes) in rows(tiny).items() if (recipe, changes) != (tiny, {})
    }
    assert len(changed) == len(rows(tiny)) - 1, "every row but the first differs from the live recipe"
    assert {recipe.num_hidden_layers for recipe, _ in changed.values()} == {1, 2, 3, 4}
    assert [recipe.phases for name, (recipe, _) in changed.items() if "from the start" in name] == [((32, 4, 0.3),)]


def test_what_a_row_changes_reaches_the_batches(tiny):
    from bertlab.pretraining import run
    from tests.benchmarks.pretraining_runs import batches_made_with, film_world

    world = film_world(8, 32)
    with batches_made_with({"masked_only": False, "batches_in_a_group": 1}):
        phases = run.training_batches(tiny, world.corpus, world.tokenizer).dataset.datasets
    assert [(phase.masked_only, phase.batches_in_a_group) for phase in phases] == [(False, 1), (False, 1)]
    phases = run.training_batches(tiny, world.corpus, world.tokenizer).dataset.datasets
    assert [(phase.masked_only, phase.batches_in_a_group) for phase in phases] == [(True, 16), (True, 16)]


def test_pretraining_on_a_folder_of_text(tiny, tmp_path, capsys):
    from bertlab.pretraining import FilmWorld
    from tests.benchmarks import pretraining

    for name, first in (("train.txt", 0), ("more.txt", 40), ("held.md", 80)):
        reviews = [" ".join(sentences) for sentences in FilmWorld().documents(first, 40)]
        (tmp_path / name).write_text("\n\n".join(reviews), encoding="utf-8")
    out = tmp_path / "text.json"
    few = "--minutes 0.002 --vocab-size 600 --sentences 3 --judged 20 --looks 2".split()
    pretraining.main(
        ["text", "--folder", str(tmp_path), "--held-out", str(tmp_path / "held.md"), *few, "--out", str(out)]
    )
    told, shown = json.loads(out.read_text()), capsys.readouterr().out
    assert told["curve"][0]["step"] == 0 and told["curve"][-1]["step"] == told["steps"]
    assert abs(told["curve"][0]["mlm_loss"] - told["uniform"]) < 0.1 and 4.5 < told["unigram"] < told["uniform"]
    assert (
        f"held-out loss {told['curve'][-1]['mlm_loss']:.3f}" in shown
        and str(tmp_path) not in shown.split("written:")[0]
    )


def test_transfer_from_a_folder(tiny, tmp_path, capsys):
    from bertlab.model import save_checkpoint
    from bertlab.pretraining.run import new_model
    from tests.benchmarks import transfer
    from tests.benchmarks.pretraining_runs import film_world

    tokenizer, folder = film_world(8, 32).tokenizer, tmp_path / "model"
    model = new_model(tiny, len(tokenizer))
    save_checkpoint(model, folder)
    tokenizer.save_pretrained(folder)
    few = "--labels 8 --seeds 2 --rates 1e-3 1e-2 --epochs 1 --judged 6 --max-length 32".split()
    transfer.main(["--model", str(folder), *few, "--out", str(tmp_path / "transfer.json")])
    told = json.loads((tmp_path / "transfer.json").read_text())
    assert [(row["weights"], row["rate"]) for row in told["grid"]] == [
        ("pretrained", 1e-3), ("pretrained", 1e-2), ("random weights", 1e-3), ("random weights", 1e-2)
    ]  # fmt: skip
    order = [(run["seed"], run["weights"]) for run in told["runs"]]
    assert order == [(0, "pretrained"), (0, "random weights"), (1, "random weights"), (1, "pretrained")]
    assert "points" in capsys.readouterr().out
    for source in ("pretrained", "random weights"):
        best = max((row for row in told["grid"] if row["weights"] == source), key=lambda row: row["hard"] + row["easy"])
        assert all(run["rate"] == best["rate"] for run in told["runs"] if run["weights"] == source)
    words = "bert.embeddings.word_embeddings.weight"
    kept, new = (
        transfer.new_model(source, str(folder), 1).state_dict()[words] for source in ("pretrained", "random weights")
    )
    assert (kept == model.state_dict()[words]).all() and (kept == new).float().mean() < 0.01


def test_the_hard_slice_of_transfer_is_hard():
    from bertlab.world import reviews
    from tests.benchmarks.transfer import labelled

    known = {review.text: review.hard for review in reviews(200, split="test")}
    hard, easy = (labelled("test", 5, hard=hard)[0] for hard in (True, False))
    assert all(known[text] for text in hard) and not any(known[text] for text in easy)


def test_what_freezing_saves(tmp_path, capsys):
    from tests.benchmarks import freezing
    from tests.small import small_classifier, small_tokenizer

    model, folder = small_classifier(num_hidden_layers=3), tmp_path / "model"
    model.save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)
    out = tmp_path / "freezing.json"
    few = "--train 8 --accuracy 4 --batch-size 4 --max-length 16 --repeats 2 --threads 1".split()
    freezing.main(["--model", str(folder), *few, "--out", str(out)])
    rows, shown = json.loads(out.read_text())["rows"], capsys.readouterr().out
    names = ["nothing", "embeddings", "and 1 of 3 layers", "and 2 of 3 layers", "and 3 of 3 layers", "nothing (noise)"]
    assert [row["name"] for row in rows] == names and all(name in shown for name in names)
    assert (rows[0]["ratio"], rows[0]["training"]) == (1, rows[5]["training"])
    parts = [model.bert.embeddings, *model.bert.encoder.layer]
    sizes = [sum(4 * parameter.numel() for parameter in part.parameters()) for part in parts]
    assert [a["training"] - b["training"] for a, b in zip(rows, rows[1:5])] == [3 * size for size in sizes]
    a_layers = [a["activations"] - b["activations"] for a, b in zip(rows[1:], rows[2:5])]
    assert a_layers[1] == a_layers[2] > 4 * 16 * 32 * 4, "a layer keeps its input at least"
    assert rows[0]["activations"] > rows[1]["activations"] and all(0 <= row["accuracy"] <= 1 for row in rows)


def test_the_activations_are_those_of_the_backward_pass():
    """Of a linear map whose output is squared: its input, 6 numbers, and its output, 8; the weights are not counted."""
    import torch

    from tests.benchmarks.freezing import activations

    class Squares(torch.nn.Linear):
        def forward(self, given):
            return type("Output", (), {"loss": super().forward(given).square().sum()})

    model, batch = Squares(3, 4), {"given": torch.zeros(2, 3)}
    assert activations(model, batch) == 4 * (6 + 8)
    model.weight.requires_grad_(False)  # the bias alone needs no input
    assert activations(model, batch) == 4 * 8
    assert activations(model.requires_grad_(False), batch) == 0
