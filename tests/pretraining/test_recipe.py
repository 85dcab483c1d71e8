"""The live recipe on a small scale: where its loss begins, what it passes, that it repeats, what it leaves on the disk.

A quarter of the live run's parameters in each matrix and 200 updates on 32 tokens: ten seconds on one core, in which a
model learns more than how frequent words are, and far less than the live run teaches.
"""

import json
import math
from dataclasses import asdict, replace

import pytest
import torch
import transformers

from bertlab.errors import InputError, SourceError
from bertlab.pretraining import FilmWorld
from bertlab.pretraining.heldout import HeldOut, WordFrequencies
from bertlab.pretraining.recipes import RECIPES, Phase, Recipe
from bertlab.pretraining.run import check_pretrained, load_pretrained, new_model, pretrain

SMALL = replace(
    RECIPES["live"],
    num_hidden_layers=1,
    hidden_size=64,
    max_position_embeddings=32,
    phases=(Phase(32, 200),),
    documents_in_a_batch=16,
    optimizer="muon",
    learning_rate=1e-2,
    muon_learning_rate=3e-2,
)
FEW = replace(SMALL, phases=(Phase(24, 4), Phase(32, 3)), documents_in_a_batch=4)


@pytest.fixture(scope="module")
def held_out(tokenizer):
    return HeldOut(FilmWorld(split="validation"), tokenizer, documents=60, max_length=32)


@pytest.fixture(scope="module")
def seen():
    """(step, held-out scores) of the run below, in order."""
    return []


@pytest.fixture(scope="module")
def done(tokenizer, held_out, seen):
    def watch(progress):
        seen.append((progress.step, held_out.score(progress.model)))

    return pretrain(SMALL, FilmWorld(), tokenizer, watch=watch, watch_every=100)


@pytest.fixture(scope="module")
def saved(done, tmp_path_factory):
    return done.save(tmp_path_factory.mktemp("saved"), about={"world": "films"})


def test_the_loss_starts_at_that_of_a_uniform_guess(done, seen, tokenizer):
    assert seen[0][0] == 0
    assert seen[0][1].mlm_loss == pytest.approx(math.log(len(tokenizer)), abs=0.1)
    assert done.history.losses[0] == pytest.approx(math.log(len(tokenizer)) + math.log(2), abs=0.25), "words and pairs"


def test_it_passes_the_unigram_line_and_reaches_its_range(done, seen, held_out, tokenizer):
    """Seeds 0 to 3 end 0.41 to 0.45 nats below the unigram loss; one that saw what it has to guess would be at 0."""
    unigram = WordFrequencies(FilmWorld(), tokenizer, documents=400).score(held_out)
    assert [step for step, _ in seen] == [0, 100, 200]
    start, middle, end = (scores.mlm_loss for _, scores in seen)
    assert start > unigram > middle > end
    assert unigram - 0.55 < end < unigram - 0.33
    assert seen[-1][1].mlm_loss == held_out.score(done.model).mlm_loss


def test_a_seed_decides_the_run(tokenizer):
    first = pretrain(FEW, FilmWorld(), tokenizer)
    torch.manual_seed(99)  # what the caller drew does not matter
    again = pretrain(FEW, FilmWorld(), tokenizer)
    other = pretrain(replace(FEW, seed=1), FilmWorld(), tokenizer)
    assert len(first.history.losses) == 7
    assert first.history.losses == again.history.losses
    weights, same = first.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    assert all(a != b for a, b in zip(first.history.losses, other.history.losses, strict=True))


def test_worker_processes_change_nothing(tokenizer):
    recipe = replace(FEW, interleave=2)
    alone, helped = (pretrain(recipe, FilmWorld(), tokenizer, workers=workers) for workers in (0, 2))
    assert alone.history.losses == helped.history.losses
    assert alone.history.losses != pretrain(FEW, FilmWorld(), tokenizer).history.losses


def test_another_seed_is_another_model(tokenizer):
    weights = [new_model(replace(FEW, seed=seed), 50).bert.embeddings.word_embeddings.weight for seed in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_transformers_loads_what_was_saved(done, saved, held_out):
    theirs = transformers.BertForPreTraining.from_pretrained(saved).eval()
    batch = {name: held_out.batches[0][name] for name in ("input_ids", "attention_mask", "token_type_ids")}
    with torch.no_grad():
        ours, expected = done.model(**batch), theirs(**batch)
    kept = batch["attention_mask"].bool()
    difference = (ours.prediction_logits - expected.prediction_logits)[kept]
    assert difference.abs().max() < 1e-4 and ours.prediction_logits[kept].std() > 0.5
    assert torch.allclose(ours.seq_relationship_logits, expected.seq_relationship_logits, atol=1e-4)
    tokenizer = transformers.AutoTokenizer.from_pretrained(saved)
    assert tokenizer.get_vocab() == done.tokenizer.get_vocab()


def test_the_manifest_says_how_it_was_made(done, saved):
    manifest = check_pretrained(saved)
    assert manifest["recipe"] == json.loads(json.dumps(asdict(SMALL)))
    assert manifest["steps"] == 200 and manifest["world"] == "films"
    assert manifest["training_loss"] == pytest.approx(sum(done.history.losses[-2:]) / 2, abs=1e-4)
    assert sorted(manifest["sha256"]) == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    loaded, weights = load_pretrained(saved).state_dict(), done.model.state_dict()
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_flipped_bit_is_found(saved, name):
    path = saved / name
    whole = path.read_bytes()
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 1
    path.write_bytes(broken)
    try:
        for load in (check_pretrained, load_pretrained):
            with pytest.raises(SourceError, match=f"{name} is not the file that manifest.json names"):
                load(saved)
    finally:
        path.write_bytes(whole)
    assert check_pretrained(saved)["steps"] == 200


@pytest.mark.parametrize("broken", ["absent", "{", "{}"])
def test_a_folder_without_a_whole_manifest(tmp_path, broken):
    if broken != "absent":
        (tmp_path / "manifest.json").write_text(broken)
    with pytest.raises(SourceError, match="is not a whole pretrained model"):
        check_pretrained(tmp_path)


def test_a_recipe_keeps_its_proportions():
    recipe = Recipe(phases=(Phase(32, 600), Phase(64, 300, 0.2), Phase(128, 100, 0.15)))
    assert recipe.steps == 1000 and recipe.max_length == 128
    assert recipe.with_steps(50).phases == (Phase(32, 30), Phase(64, 15, 0.2), Phase(128, 5, 0.15))
    assert recipe.with_steps(3).phases == (Phase(32, 1), Phase(64, 1, 0.2), Phase(128, 1, 0.15))
    assert all(recipe.with_steps(steps).steps == steps for steps in range(3, 60))
    with pytest.raises(InputError, match="at least 3, one a phase"):
        recipe.with_steps(2)


def test_recipes_that_cannot_be():
    with pytest.raises(InputError, match="a phase has sequences of 128 tokens, but the model 64 positions"):
        Recipe(max_position_embeddings=64)
    for phases in ((), (Phase(32, 0),)):
        with pytest.raises(InputError, match="expected at least one, each of at least one step"):
            Recipe(phases=phases)
