"""Word pieces made once: found again by content, whatever the process, and never when damaged."""

import copy
import errno
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from datasets import Dataset

from bertlab.data import tokens
from bertlab.data.batches import encode
from bertlab.data.tokens import tokenise
from bertlab.errors import InputError
from tests.small import VOCABULARY, small_reviews, small_tokenizer

TEXTS, LABELS = small_reviews(30)


class Counting:
    """A tokenizer that counts the texts it is given."""

    def __init__(self, tokenizer):
        self.tokenizer, self.texts = tokenizer, 0

    def __getattr__(self, name):
        return getattr(self.tokenizer, name)

    def __call__(self, texts, **settings):
        self.texts += len(texts)
        return self.tokenizer(texts, **settings)


@pytest.fixture
def tokenizer():
    return Counting(small_tokenizer())


def whole():
    return small_tokenizer()(TEXTS)


def files(folder):
    return sorted(folder.iterdir())


def test_all_pieces_of_each_text_in_however_many_calls(monkeypatch, tokenizer):
    for at_once in (1000, 7, 1):
        monkeypatch.setattr(tokens, "_AT_ONCE", at_once)
        assert tokenise(tokenizer, TEXTS).to_pydict() == dict(whole())


def test_nothing_is_kept_unless_asked(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "datasets")
    for cache in (None, False):
        tokenise(tokenizer, TEXTS, cache=cache)
    assert tokenizer.texts == 2 * len(TEXTS) and not (tmp_path / "datasets").exists()
    for _ in range(2):
        tokenise(tokenizer, TEXTS, cache=True)
    assert tokenizer.texts == 3 * len(TEXTS)
    assert len(files(tmp_path / "datasets" / "bertlab-tokens")) == 1


def test_made_once_for_every_length_and_truncation(tokenizer, tmp_path):
    cache = tmp_path / "deep" / "cache"
    for max_length in (6, 8, 64):
        for truncation in ("head", "tail", "head+tail"):
            kept = encode(tokenizer, TEXTS, LABELS, max_length=max_length, truncation=truncation, cache=cache)
            fresh = encode(small_tokenizer(), TEXTS, LABELS, max_length=max_length, truncation=truncation)
            assert kept.to_dict() == fresh.to_dict()
    assert tokenizer.texts == len(TEXTS)
    assert len(files(cache)) == 1
    flipped = encode(tokenizer, TEXTS, [1 - label for label in LABELS], max_length=64, cache=str(cache))
    assert flipped["labels"][:] == [1 - label for label in LABELS], "labels are not of what is kept"
    assert tokenizer.texts == len(TEXTS)


def test_the_last_call_s_settings_do_not_make_another_tokenizer(tokenizer, tmp_path):
    tokenise(tokenizer, TEXTS, cache=tmp_path)
    tokenizer.tokenizer("the film", padding="max_length", truncation=True, max_length=5)
    assert tokenise(tokenizer, TEXTS, cache=tmp_path).to_pydict() == dict(whole())
    assert tokenizer.texts == len(TEXTS)


def other_vocabulary(tokenizer):
    return type(tokenizer)(vocab={token: index for index, token in enumerate(reversed(VOCABULARY))})


def another_word(tokenizer):
    tokenizer.add_tokens(["lovely film"])
    return tokenizer


def fewer_columns(tokenizer):
    tokenizer.model_input_names = ["input_ids"]
    return tokenizer


def special_tokens_split(tokenizer):
    tokenizer.split_special_tokens = True
    return tokenizer


@pytest.mark.parametrize("change", [other_vocabulary, another_word, fewer_columns, special_tokens_split])
def test_another_tokenizer_finds_nothing(change, tmp_path):
    texts = ["the lovely film [SEP] was great .", *TEXTS]
    before = tokenise(small_tokenizer(), texts, cache=tmp_path).to_pydict()
    other = change(small_tokenizer())
    found = tokenise(other, texts, cache=tmp_path).to_pydict()
    assert found == dict(copy.deepcopy(other)(texts)) != before
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize(
    "texts", [TEXTS[:-1], TEXTS[::-1], [*TEXTS[:-1], TEXTS[-1] + " "], [TEXTS[0] + TEXTS[1], *TEXTS[2:]], [*TEXTS, "."]]
)
def test_other_texts_find_nothing(texts, tokenizer, tmp_path):
    tokenise(tokenizer, TEXTS, cache=tmp_path)
    assert tokenise(tokenizer, texts, cache=tmp_path)["input_ids"].to_pylist() == small_tokenizer()(texts)["input_ids"]
    assert tokenizer.texts == len(TEXTS) + len(texts)


def test_where_one_text_ends_is_part_of_the_content(tokenizer, tmp_path):
    for texts in (["a b", "c"], ["a ", "bc"], ["a b", "c", "."]):
        tokenise(tokenizer, texts, cache=tmp_path)
    assert tokenizer.texts == 7 and len(files(tmp_path)) == 3


IN_ANOTHER = """
import sys
from tests.small import small_reviews, small_tokenizer
from bertlab.data.tokens import tokenise
tokenizer = small_tokenizer()
type(tokenizer).__call__ = None
print(tokenise(tokenizer, small_reviews(30)[0], cache=sys.argv[1])["input_ids"].to_pylist())
"""


def test_another_process_finds_them(tmp_path):
    tokenise(small_tokenizer(), TEXTS, cache=tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER, str(tmp_path)],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(whole()["input_ids"]), done.stderr


def test_a_cache_that_vanishes_is_not_missed(tokenizer, tmp_path):
    tokenise(tokenizer, TEXTS, cache=tmp_path / "cache")
    examples = encode(tokenizer, TEXTS, max_length=64, cache=tmp_path / "cache")
    for file in files(tmp_path / "cache"):
        os.truncate(file, 0)  # a memory map that was still in use would end the process here
    shutil.rmtree(tmp_path / "cache")
    assert examples.to_dict() == dict(whole())
    tokenise(tokenizer, TEXTS, cache=tmp_path / "cache")
    assert len(files(tmp_path / "cache")) == 1


def test_an_arrow_stream_that_datasets_reads(tokenizer, tmp_path):
    tokenise(tokenizer, TEXTS, cache=tmp_path)
    (file,) = files(tmp_path)
    assert Dataset.from_file(str(file)).to_dict() == dict(whole())


@pytest.mark.parametrize("damage", ["first byte", "middle byte", "last byte", "cut off", "empty", "longer", "folder"])
def test_a_damaged_file_is_made_anew_with_a_warning(damage, tokenizer, tmp_path):
    tokenise(tokenizer, TEXTS, cache=tmp_path)
    (file,) = files(tmp_path)
    data = bytearray(file.read_bytes())
    if damage.endswith("byte"):
        data[{"first": 0, "middle": len(data) // 2, "last": -1}[damage.split()[0]]] ^= 1
    damaged = {"cut off": data[: len(data) // 2], "empty": b"", "longer": data + b"\0"}.get(damage, data)
    if damage == "folder":  # which cannot be deleted as a file can, nor renamed over
        file.unlink()
        file.mkdir()
        with pytest.warns(UserWarning, match="could not be kept in"), pytest.warns(UserWarning, match="cannot be used"):
            assert tokenise(tokenizer, TEXTS, cache=tmp_path).to_pydict() == dict(whole())
        return
    file.write_bytes(damaged)
    with pytest.warns(UserWarning, match=rf"{file.name} cannot be used \(its SHA-256 is not .* are made anew") as warned:
        assert tokenise(tokenizer, TEXTS, cache=tmp_path).to_pydict() == dict(whole())
    assert len(warned) == 1 and tokenizer.texts == 2 * len(TEXTS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert tokenise(tokenizer, TEXTS, cache=tmp_path).to_pydict() == dict(whole())
    assert tokenizer.texts == 2 * len(TEXTS)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("where", ["pathlib.Path.mkdir", "os.fsync", "os.replace"])
def test_a_full_disk_loses_nothing_but_the_cache(where, tokenizer, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.warns(UserWarning, match="could not be kept in .*: the disk is full. The run goes on without"):
            found = encode(tokenizer, TEXTS, LABELS, max_length=8, cache=tmp_path)
    assert found.to_dict() == encode(tokenizer, TEXTS, LABELS, max_length=8).to_dict()
    assert files(tmp_path) == [], "what was half written is gone"
    tokenise(tokenizer, TEXTS, cache=tmp_path)
    assert len(files(tmp_path)) == 1


def test_a_file_where_the_folder_should_be(tokenizer, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(UserWarning, match="could not be kept in .*The run goes on without"):
        assert tokenise(tokenizer, TEXTS, cache=tmp_path / "file").to_pydict() == dict(whole())


@pytest.mark.parametrize("cache", ["", " ", 1, 0.5, ["folder"], b"folder"])
def test_what_is_no_cache(cache, tokenizer):
    with pytest.raises(InputError, match="cache is .*; expected a folder, True for the usual one, or None"):
        tokenise(tokenizer, TEXTS, cache=cache)


def test_a_slow_tokenizer_works_without_a_cache_only(tmp_path):
    class Slow:
        model_input_names = ["input_ids"]

        def __call__(self, texts, **_):
            return {"input_ids": [[len(text)] for text in texts]}

    assert tokenise(Slow(), ["a", "bc"]).to_pydict() == {"input_ids": [[1], [2]]}
    with pytest.raises(InputError, match="Slow is a slow tokenizer.* Take a fast one .* or leave cache out"):
        tokenise(Slow(), ["a"], cache=tmp_path)
