"""The table of ablations: each run differs from the live one in what its name says; the command writes what it found."""

import json
import math
from dataclasses import asdict

import pytest
import torch
import typer
from transformers import AutoTokenizer
from typer.testing import CliRunner

from bertlab.errors import InputError, SourceError
from bertlab.pretraining import FilmWorld, ablations
from bertlab.pretraining.ablations import COLUMNS, TABLE, VARIANTS, chosen, frame, make_table, read_table
from bertlab.pretraining.recipes import RECIPES
from bertlab.pretraining.run import new_model, training_batches

LIVE = RECIPES["live"]


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(TABLE.parent)


@pytest.fixture(scope="module")
def batch(tokenizer):
    return training_batches(LIVE, FilmWorld(seed=0), tokenizer).dataset[0]


def variant(name):
    return chosen([name])[0]


def changed_fields(name):
    live, changed = asdict(LIVE), asdict(variant(name).recipe(LIVE))
    return {field: changed[field] for field in live if changed[field] != live[field]}


def test_each_recipe_differs_in_what_its_name_says():
    phases = tuple(tuple(phase) for phase in LIVE.phases)
    half = tuple(tuple(phase) for phase in LIVE.with_steps(LIVE.steps // 2).phases)
    masking = asdict(LIVE)["masking"]
    assert {v.name: changed_fields(v.name) for v in VARIANTS} == {
        "live": {},
        "seed 1": {"seed": 1},
        "seed 2": {"seed": 2},
        "waves": {"waves": 0.2},
        "counted words": {"word_vectors": 0.5},
        "128 from the start": {"phases": ((128, LIVE.steps, 0.3),)},
        "AdamW 5e-4": {"optimizer": "adamw", "learning_rate": 5e-4},
        "AdamW 1e-3": {"optimizer": "adamw", "learning_rate": 1e-3},
        "AdamW 2e-3": {"optimizer": "adamw", "learning_rate": 2e-3},
        "15 % masked": {"phases": tuple((length, steps, 0.15) for length, steps, _ in phases)},
        "30, then 15 %": {"phases": (phases[0], (*phases[1][:2], 0.15))},
        "45 % masked": {"phases": tuple((length, steps, 0.45) for length, steps, _ in phases)},
        "dropout 0.1": {"dropout": 0.1},
        "no NSP": {"next_sentence": False},
        "[MASK] always": {"masking": masking | {"shown_mask": 1.0, "shown_random": 0.0}},
        "untied": {},
        "logits everywhere": {},
        "lengths mixed": {},
        "4 layers, half the steps": {"num_hidden_layers": 4, "phases": half},
    }


def test_untied_head_has_a_matrix_of_its_own(tokenizer, batch):
    model = variant("untied").model(new_model(LIVE, len(tokenizer)))
    model(**batch).loss.backward()
    gradient = model.bert.embeddings.word_embeddings.weight.grad
    absent = torch.ones(len(tokenizer), dtype=torch.bool)
    absent[batch["input_ids"].flatten()] = False
    assert absent.any()
    assert not gradient[absent].any()  # the tied head's gradient reaches every row
    assert model.cls["predictions"].decoder.grad.any(dim=1).all()
    assert model.cls["predictions"].decoder.std().item() == pytest.approx(0.02, rel=0.02)


def test_untied_model_begins_like_the_live_one_elsewhere(tokenizer):
    live, untied = new_model(LIVE, len(tokenizer)), variant("untied").model(new_model(LIVE, len(tokenizer)))
    extra = untied.state_dict().keys() - live.state_dict().keys()
    assert extra == {"cls.predictions.decoder"}
    assert all(torch.equal(tensor, untied.state_dict()[name]) for name, tensor in live.state_dict().items())


def test_logits_everywhere_are_the_same_where_they_are_asked_for(tokenizer, batch):
    live = new_model(LIVE, len(tokenizer)).eval()
    everywhere = variant("logits everywhere").model(new_model(LIVE, len(tokenizer))).eval()
    with torch.no_grad():
        one, other = live(**batch), everywhere(**batch)
        all_of_them = everywhere(**{name: value for name, value in batch.items() if name != "masked_only"})
    assert torch.allclose(one.loss, other.loss, atol=1e-5)
    assert torch.allclose(one.prediction_logits, other.prediction_logits, atol=1e-4)
    assert all_of_them.prediction_logits.shape == (*batch["input_ids"].shape, len(tokenizer))


def test_mixed_lengths_pad_more(tokenizer):
    def padding(batches):
        longest = batches.dataset.datasets[-1]  # short pairs are hardly ever padded
        masks = [longest[number]["attention_mask"] for number in range(16)]
        return 1 - sum(mask.sum() for mask in masks) / sum(mask.numel() for mask in masks)

    sorted_ones = training_batches(LIVE, FilmWorld(seed=0), tokenizer)
    mixed = variant("lengths mixed").batches(training_batches(LIVE, FilmWorld(seed=0), tokenizer))
    assert padding(mixed) > 2 * padding(sorted_ones)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "new" / "ablations.json"
    told = []
    report = make_table(path, steps=4, only=["logits everywhere", "live"], documents=8, say=told.append)
    return path, report, told


def test_a_table_holds_the_runs_in_order(table):
    path, report, told = table
    assert json.loads(path.read_text(encoding="utf-8")) == report
    assert [run["name"] for run in told] == ["logits everywhere", "live"]
    assert [run["name"] for run in report["runs"]] == ["live", "logits everywhere"]
    assert report["steps"] == 4
    assert report["command"] == "python -m bertlab.pretraining.ablations --steps 4"
    assert not list(path.parent.glob(".*"))


def test_a_run_falls_from_knowing_nothing(table, tokenizer):
    live = table[1]["runs"][0]
    assert [point[0] for point in live["curve"]] == [0, 1, 2, 3, 4]
    losses = [point[2] for point in live["curve"]]
    assert losses[0] == pytest.approx(math.log(len(tokenizer)), abs=0.15)
    assert losses[-1] < losses[0] - 0.5
    assert live["parameters"] == sum(p.numel() for p in new_model(LIVE, len(tokenizer)).parameters())


def test_the_same_work_or_more_gives_the_same_losses(table):
    live, everywhere = table[1]["runs"]
    for one, other in zip(live["curve"], everywhere["curve"], strict=True):
        assert one[2:] == pytest.approx(other[2:], abs=2e-3)


def test_the_frame_shows_the_last_point(table):
    runs = frame(table[1])
    assert list(runs.index) == ["live", "logits everywhere"]
    assert runs.loc["live", list(COLUMNS[2:])].tolist() == table[1]["runs"][0]["curve"][-1][2:]
    assert runs.loc["live", "change"] == "nothing: the recipe of the live run"


def invoke(*arguments):
    app = typer.Typer()
    app.command()(ablations.main)
    return CliRunner().invoke(app, list(arguments))


def test_the_command_adds_to_a_table(table, tmp_path):
    path = tmp_path / "mine.json"
    path.write_bytes(table[0].read_bytes())
    result = invoke("--out", str(path), "--steps", "4", "--only", "no NSP", "--documents", "8")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("no NSP: ")
    report = read_table(path)
    assert [run["name"] for run in report["runs"]] == ["live", "no NSP", "logits everywhere"]
    assert report["runs"][0] == table[1]["runs"][0]
    untrained = report["runs"][1]["curve"][0][4]
    assert report["runs"][1]["curve"][-1][4] == pytest.approx(untrained, abs=0.05)  # nobody teaches it to tell pairs


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "no MLM"], "there is no variant 'no MLM'"),
        (["--only", "live", "--steps", "6"], "holds runs of 4 steps"),
    ],
)
def test_the_command_refuses(table, arguments, words):
    before = table[0].read_bytes()
    result = invoke("--out", str(table[0]), *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert table[0].read_bytes() == before


@pytest.mark.parametrize(
    "text", [None, "{", '{"steps": 4, "runs": []}', "[]"], ids=["none", "broken", "lacking", "list"]
)
def test_what_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "table.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"python -m bertlab\.pretraining\.ablations"):
        read_table(path)


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="cannot be written"):
        ablations._write(tmp_path / "file" / "table.json", {"steps": 4, "runs": []})


def test_unknown_variants_are_refused():
    with pytest.raises(InputError, match="Choose among: live, seed 1"):
        chosen(["live", "LIVE"])
