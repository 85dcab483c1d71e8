"""Reviews from a folder, from the film world and from the Hub, and what is said about those that cannot be used."""

import json
import os
import shutil
import time

import pyarrow
import pytest
from datasets import ClassLabel, Dataset, Features, Value
from pyarrow import parquet

from bertlab import world
from bertlab.data.cleaning import clean
from bertlab.data.reviews import FILM_WORLD_SIZES, load_reviews
from bertlab.errors import InputError, SourceError
from tests.local_hub import IMDB, run_with_hub, small_imdb


@pytest.fixture
def folder(tmp_path):
    """A folder laid out as IMDb's repository is."""
    return write(tmp_path / "imdb", small_imdb())


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def rewrite(path, **columns):
    """A plain parquet file, without the names of classes that datasets adds."""
    parquet.write_table(pyarrow.table(columns), path)
    return path


def train_file(folder):
    return folder / "plain_text" / "train-00000-of-00001.parquet"


def check_schema(reviews):
    assert list(reviews) == ["train", "test"]
    for split in reviews.values():
        assert split.features["text"] == Value("string")
        assert split.features["label"] == ClassLabel(names=["neg", "pos"])


# Folders


def test_a_folder_in_the_source_s_order(folder):
    reviews = load_reviews(folder)
    check_schema(reviews)
    assert reviews["train"].column_names == ["text", "label"]
    assert list(reviews["train"]["label"]) == [0] * 50 + [1] * 50
    assert list(reviews["train"]["text"]) == parquet.read_table(train_file(folder))["text"].to_pylist()
    assert list(reviews["train"]["text"]) != list(reviews["test"]["text"])


@pytest.mark.parametrize("layout", ["data/{}-00000-of-00001.parquet", "{}.parquet", "{}/part.parquet"])
def test_layouts_of_a_folder(layout, tmp_path):
    for split in ("train", "test"):
        path = tmp_path / layout.format(split)
        path.parent.mkdir(exist_ok=True)
        rewrite(path, text=[f"{split} a", "b"], label=[0, 1], more=[1, 2])
    reviews = load_reviews(str(tmp_path))
    check_schema(reviews)
    assert list(reviews["test"]["text"]) == ["test a", "b"]
    assert reviews["test"].column_names == ["text", "label"]


def test_several_files_of_one_split_come_in_their_order(folder):
    train_file(folder).unlink()
    for index in (1, 0):
        path = folder / "plain_text" / f"train-0000{index}-of-00002.parquet"
        rewrite(path, text=pyarrow.array([f"file {index}"], pyarrow.large_string()), label=[index])
    assert list(load_reviews(folder)["train"]["text"]) == ["file 0", "file 1"]


def test_breaks_are_cleaned(folder):
    rewrite(train_file(folder), text=["One.<br /><br />Two.", "a  b\n\nc <i>d</i>"], label=[0, 1])
    assert list(load_reviews(folder)["train"]["text"]) == ["One.\nTwo.", "a  b\n\nc <i>d</i>"]


def test_a_folder_that_vanishes_after_loading_is_not_missed(folder):
    texts = parquet.read_table(train_file(folder))["text"].to_pylist()
    reviews = load_reviews(folder)
    for path in folder.glob("plain_text/*.parquet"):
        os.truncate(path, 0)  # a memory map that was still in use would end the process here
    shutil.rmtree(folder)
    shuffled = reviews["train"].shuffle(seed=0)
    assert sorted(shuffled["text"]) == sorted(texts) and sum(shuffled["label"]) == 50
    with pytest.raises(SourceError, match="There is no folder"):
        load_reviews(folder)


def test_a_link_to_a_file_that_is_gone(folder):
    """As a Hub's cache looks when its blobs were cleared."""
    train_file(folder).unlink()
    train_file(folder).symlink_to(folder / "blobs" / "0a1b")
    with pytest.raises(SourceError, match=r"00001.parquet is gone, or is a link to a file that is.* load again"):
        load_reviews(folder)


@pytest.mark.parametrize("name", ["imdb", IMDB])
def test_imdb_from_bertlab_data(folder, name, monkeypatch):
    monkeypatch.setenv("BERTLAB_DATA", str(folder.parent))
    assert load_reviews(name)["train"].num_rows == 100


def test_bertlab_data_without_imdb(tmp_path, monkeypatch):
    monkeypatch.setenv("BERTLAB_DATA", str(tmp_path))
    with pytest.raises(SourceError, match=r"BERTLAB_DATA is set, but .*imdb\. Expected .*plain_text/train-\*.parquet"):
        load_reviews("imdb")


@pytest.mark.parametrize(
    ("name", "message"),
    [(None, "text or a path, not NoneType"), (b"imdb", "not bytes"), ("", "name is empty"), (" ", "name is empty")],
)
def test_what_is_no_name(name, message):
    with pytest.raises(InputError, match=message):
        load_reviews(name)


@pytest.mark.parametrize("name", ["./gone", "/gone", "a/b/c"])
def test_no_such_folder(name):
    with pytest.raises(SourceError, match=f"There is no folder {name}. Expected one with plain_text/train-"):
        load_reviews(name)


@pytest.mark.parametrize("split", ["train", "test"])
def test_one_split_only(folder, split):
    (folder / "plain_text" / f"{split}-00000-of-00001.parquet").unlink()
    with pytest.raises(SourceError, match=f"has no files of the split '{split}'. Expected plain_text/{split}-.*: add"):
        load_reviews(folder)


@pytest.mark.parametrize("kept", [0, 3, 1000, -1])
def test_truncated_parquet(folder, kept):
    path = train_file(folder)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError, match=r"train-00000-of-00001.parquet does not read as parquet .*download it again"):
        load_reviews(folder)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"review": ["a"], "label": [0]}, r"has no column 'text', only review, label\. Expected .*: rename"),
        ({"text": ["a"], "sentiment": [0]}, r"has no column 'label', only text, sentiment"),
        ({"text": ["a", "b", "c"], "label": [0, 2, 5]}, r"'label' of .* has 2 in row 1 \(2 such rows\); expected 0"),
        ({"text": ["a", "b"], "label": [-1, 0]}, r"'label' of .* has -1 in row 0 \(1 such rows\)"),
        ({"text": ["a", "b"], "label": [0, None]}, r"'label' of .* has None in row 1 \(1 such rows\)"),
        ({"text": ["a"], "label": ["pos"]}, r"'label' of .* is string; expected integers, 0 = neg and 1 = pos"),
        ({"text": ["a"], "label": [0.5]}, r"'label' of .* is double; expected integers"),
        ({"text": ["a", None], "label": [0, 1]}, r"'text' of .* has None in row 1 .* expected a text .* Drop or mend"),
        ({"text": ["a", "", " \n"], "label": [0, 1, 1]}, r"'text' of .* has '' in row 1 \(2 such rows\)"),
        ({"text": ["a", "<br /> <BR>"], "label": [0, 1]}, r"'text' of .* has '<br /> <BR>' in row 1 \(1 such rows\)"),
        ({"text": [1], "label": [0]}, r"'text' of .* is int64; expected strings"),
    ],
)
def test_columns_that_cannot_be_used(folder, columns, message):
    rewrite(train_file(folder), **columns)
    with pytest.raises(SourceError, match=message) as error:
        load_reviews(folder)
    assert "train-00000-of-00001.parquet" in str(error.value)


@pytest.mark.parametrize("names", [["pos", "neg"], ["ham", "spam"], ["neg", "neutral", "pos"]])
def test_classes_with_another_meaning(folder, names):
    features = Features({"text": Value("string"), "label": ClassLabel(names=names)})
    Dataset.from_dict({"text": ["a"], "label": [0]}, features).to_parquet(train_file(folder))
    with pytest.raises(SourceError, match=f"stand for {', '.join(names)}, in this order; expected negative, positive"):
        load_reviews(folder)


# The film world


def test_the_film_world_is_sorted_by_label_as_imdb_is():
    reviews = load_reviews("film-world")
    check_schema(reviews)
    for split, data in reviews.items():
        labels = list(data["label"])
        assert len(labels) == FILM_WORLD_SIZES[split] and labels == sorted(labels)
        assert 0.4 < sum(labels) / len(labels) < 0.6
        assert 0 < sum(data["hard"]) < len(labels)
        assert data.cache_files == []
        assert clean(data["text"]) == list(data["text"]), "there are no breaks in it"
    assert not set(reviews["train"]["text"]) & set(reviews["test"]["text"])
    told = [review for review in world.reviews(20, split="test") if review.label == 0]
    for row, review in zip(reviews["test"], told, strict=False):
        assert (row["text"], row["hard"], row["phenomena"]) == (review.text, review.hard, sorted(review.phenomena))


# The Hub

LOAD = """
import json, time
from bertlab.data.reviews import load_reviews
answers = {}
for name in NAMES:
    start = time.monotonic()
    try:
        reviews = load_reviews(name)
        answer = [{split: data.num_rows for split, data in reviews.items()}, str(reviews["train"].features)]
    except Exception as error:
        answer = [type(error).__name__, str(error)]
    answers[name] = [*answer, time.monotonic() - start]
print(json.dumps(answers))
"""


def load_with(hub, tmp_path, names):
    done = run_with_hub(f"NAMES = {names!r}\n{LOAD}", hub, tmp_path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_imdb_and_others_from_the_hub_and_then_from_the_cache(local_hub, tmp_path):
    imdb = small_imdb()
    columns = {"review": ["good"], "label": [1]}
    for repo_id, splits in {"owner/column": ("train", "test"), "owner/split": ("train",)}.items():
        files = {f"{split}.parquet": rewrite(tmp_path / "part", **columns).read_bytes() for split in splits}
        local_hub.repos["datasets", repo_id] = files
    for failure in ("gated", "cut off"):
        local_hub.repos["datasets", f"owner/{failure[:3]}"] = imdb
        local_hub.failures[f"owner/{failure[:3]}"] = failure
    names = ["imdb", "owner/column", "owner/split", "owner/gat", "owner/cut", "owner/none"]
    answers = load_with(local_hub, tmp_path, names)

    assert answers["imdb"][0] == {"train": 100, "test": 100}
    assert "ClassLabel(names=['neg', 'pos'])" in answers["imdb"][1]
    for name, part in {
        "owner/column": "'owner/column', split 'train' has no column 'text', only review, label.",
        "owner/split": "'owner/split' has the splits train; expected train and test.",
        "owner/gat": "'owner/gat' is gated: the Hub wants to know who asks. Request access",
        "owner/cut": "'owner/cut' could not be fetched whole",
        "owner/none": "has no data set 'owner/none' that it shows to you.",
    }.items():
        kind, message, seconds = answers[name]
        assert kind == "SourceError" and part in message and seconds < 5, answers[name]

    asked = len(local_hub.requests)
    local_hub.close()
    start = time.monotonic()
    answers = load_with(local_hub, tmp_path, ["imdb", "owner/none"])
    assert answers["imdb"][0] == {"train": 100, "test": 100}
    assert answers["owner/none"][0] == "SourceError" and answers["owner/none"][2] < 3
    assert "'owner/none' is not in the local cache" in answers["owner/none"][1]
    assert len(local_hub.requests) == asked and time.monotonic() - start < 30


VANISH = """
import os, shutil
from pathlib import Path
from datasets import config
from bertlab.data.reviews import load_reviews
reviews = load_reviews("imdb")
before = reviews["train"][:]
files = [path for path in Path(config.HF_DATASETS_CACHE).rglob("*") if path.is_file() and path.suffix == ".arrow"]
for path in files:
    os.truncate(path, 0)
shutil.rmtree(config.HF_DATASETS_CACHE)
shuffled = reviews["train"].shuffle(seed=0)
print(len(files), reviews["train"][:] == before, sorted(shuffled["text"]) == sorted(before["text"]), sum(shuffled["label"]))
"""


def test_a_cache_that_vanishes_after_loading_is_not_missed(local_hub, tmp_path):
    done = run_with_hub(VANISH, local_hub, tmp_path)
    assert done.returncode == 0, f"{done.returncode} {done.stderr}"
    assert done.stdout.split() == ["3", "True", "True", "50"]
