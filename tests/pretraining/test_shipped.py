"""The model that ships: whole, small, loaded by everyone, and as good as its manifest says."""

import pytest
import torch
from transformers import AutoModelForPreTraining, AutoTokenizer

import bertlab
from bertlab.pretraining import FilmWorld
from bertlab.pretraining.ablations import frame, read_table
from bertlab.pretraining.heldout import HeldOut
from bertlab.pretraining.recipes import RECIPES
from bertlab.pretraining.run import check_pretrained, load_pretrained
from bertlab.sources import FILMBERT


@pytest.fixture(scope="module")
def model():
    return load_pretrained(FILMBERT)


def test_the_folder_is_whole_and_small():
    manifest = check_pretrained(FILMBERT)
    assert {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"} <= manifest["sha256"].keys()
    assert (FILMBERT / "model.safetensors").stat().st_size <= 16 * 2**20
    assert manifest["steps"] == RECIPES["filmbert"].steps
    assert f"--recipe filmbert --steps {manifest['steps']} --seed {manifest['recipe']['seed']}" in manifest["command"]
    assert [tuple(phase) for phase in manifest["recipe"]["phases"]] == list(RECIPES["filmbert"].phases)


def test_it_guesses_as_well_as_its_manifest_says(model):
    tokenizer = bertlab.load_tokenizer("filmbert")
    scores = HeldOut(FilmWorld(split="validation"), tokenizer, documents=256).score(model)
    said = check_pretrained(FILMBERT)["held_out"]
    assert scores.mlm_loss == pytest.approx(said["mlm_loss"], abs=2e-3)
    assert scores.mlm_accuracy == pytest.approx(said["mlm_accuracy"], abs=2e-3)
    assert scores.nsp_accuracy == pytest.approx(said["nsp_accuracy"], abs=5e-3)
    assert scores.mlm_loss < said["word_frequencies_loss"] / 5


def test_transformers_loads_it_too(model):
    theirs = AutoModelForPreTraining.from_pretrained(FILMBERT).eval()
    tokenizer = AutoTokenizer.from_pretrained(FILMBERT)
    assert len(tokenizer) == theirs.config.vocab_size
    inputs = tokenizer("The film is slow, but it is never [MASK].", "I liked it.", return_tensors="pt")
    with torch.no_grad():
        here, there = model(**inputs), theirs(**inputs)
        torch.testing.assert_close(there.prediction_logits, here.prediction_logits, atol=1e-4, rtol=0)
        torch.testing.assert_close(there.seq_relationship_logits, here.seq_relationship_logits, atol=1e-4, rtol=0)


def test_the_name_is_known_wherever_a_model_is_asked_for():
    classifier = bertlab.load_model("filmbert", labels=["neg", "pos"])
    assert classifier.config.id2label == {0: "neg", 1: "pos"}
    assert torch.equal(
        classifier.bert.embeddings.word_embeddings.weight, load_pretrained(FILMBERT).bert.embeddings.word_embeddings.weight
    )


def test_the_table_of_ablations_shows_what_the_notebook_says_of_it():
    losses = frame(read_table())["mlm_loss"]
    seeds = losses[["live", "seed 1", "seed 2"]]
    assert (losses[["128 from the start", "AdamW 1e-3", "15 % masked"]] > seeds.max() + 1).all()
