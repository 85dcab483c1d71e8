"""Labelled reviews: IMDb, the film world, or a set of your own, each with the same two splits and two columns."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bertlab.data.cleaning import replace_breaks
from bertlab.errors import InputError, SourceError
from bertlab.sources import hub_failure, hub_reachable, not_on_this_machine

if TYPE_CHECKING:
    import pyarrow
    from datasets import Dataset, DatasetDict, Features

IMDB_HUB_ID = "stanfordnlp/imdb"
FILM_WORLD_SIZES = {"train": 4_000, "test": 2_000}
SPLITS = ("train", "test")
CLASSES = ["neg", "pos"]

_LAYOUTS = ("plain_text/{}-*.parquet", "data/{}-*.parquet", "{}*.parquet", "{}/*.parquet")


def load_reviews(name: str | Path) -> DatasetDict:
    """The splits "train" and "test" of a set of reviews: text (string), label (ClassLabel neg, pos).

    The order is the source's. For IMDb and the film world that is sorted by label, so that the first thousand
    reviews are of one class: shuffle before taking a part. HTML breaks (`<br />`) become line breaks; nothing else of a
    text is changed (`bertlab.data.cleaning.clean` states the rule). All is in memory: what happens to the files later
    is no matter.

    `name` is one of

    - "film-world": 4,000 reviews for training and 2,000 for testing, generated here; two more columns say what is
      in each (`phenomena`: list of str) and whether it is of the hard slice (`hard`: bool);
    - "imdb" or "stanfordnlp/imdb": 25,000 and 25,000, from `$BERTLAB_DATA/imdb/plain_text/*.parquet` when
      BERTLAB_DATA is set, else from the Hub or its cache; the unlabelled third split is left out;
    - a folder with parquet files: `plain_text/train-*.parquet`, `data/train-*.parquet`, `train*.parquet` or
      `train/*.parquet`, and the same for test;
    - any other Hub id of a set with these splits and columns.

    Raises `InputError` for a name that is not text or is empty. Raises `SourceError` when there is no such set, and
    when one is not as expected: a split or a column missing, a label other than 0 and 1, a text that is null or
    empty (or nothing but breaks), a file cut off or gone.
    """
    if not isinstance(name, str | Path):
        raise InputError(f"A data set's name is text or a path, not {type(name).__name__}. Give 'imdb' or a folder.")
    text = str(name)
    if not text.strip():
        raise InputError("A data set's name is empty. Give 'film-world', 'imdb', a folder or a Hub id.")
    if text == "film-world":
        return _film_world()
    if text in ("imdb", IMDB_HUB_ID):
        if os.environ.get("BERTLAB_DATA"):
            return _from_folder(Path(os.environ["BERTLAB_DATA"]).expanduser() / "imdb", "BERTLAB_DATA is set, but ")
        return _from_hub(IMDB_HUB_ID)
    folder = Path(text).expanduser()
    if folder.is_dir():
        return _from_folder(folder)
    if isinstance(name, Path) or text.startswith((".", "/", "~", "\\")) or text.count("/") > 1:
        raise SourceError(f"There is no folder {text}. Expected one with {_layout('train')} and the same for test.")
    return _from_hub(text)


def _film_world() -> DatasetDict:
    from datasets import DatasetDict

    return DatasetDict({split: _film_world_split(split) for split in SPLITS})


@functools.cache
def _film_world_split(split: str) -> Dataset:
    """Written once per process, since the world takes about a millisecond for a review."""
    from datasets import Dataset, Features, List, Value

    from bertlab.world import reviews

    features = Features({**_features(), "hard": Value("bool"), "phenomena": List(Value("string"))})
    told = reviews(FILM_WORLD_SIZES[split], split=split)
    # A review's tokens, spans and arcs are let go at once: four columns of it are all that stays in memory.
    rows = [(review.text, review.label, review.hard, sorted(review.phenomena)) for review in told]
    # Python's sort is stable: within a class the reviews stay in the order in which the world tells them.
    rows.sort(key=lambda row: row[1])
    return Dataset.from_dict(dict(zip(features, zip(*rows, strict=True), strict=True)), features=features)


def _from_folder(folder: Path, why: str = "") -> DatasetDict:
    from datasets import DatasetDict

    if not folder.is_dir():
        raise SourceError(
            f"{why}there is no folder {folder}. Expected it with {_layout('train')} and the same for test: correct or "
            "unset the variable."
        )
    return DatasetDict({split: _read_split(folder, split) for split in SPLITS})


def _read_split(folder: Path, split: str) -> Dataset:
    import pyarrow
    from datasets import Dataset
    from pyarrow import parquet

    found = (sorted(folder.glob(layout.format(split))) for layout in _LAYOUTS)
    files = next((paths for paths in found if paths), None)
    if files is None:
        raise SourceError(f"{folder} has no files of the split {split!r}. Expected {_layout(split)}: add them.")
    tables = []
    for file in files:
        try:
            table = parquet.read_table(file)
        except FileNotFoundError as error:
            raise SourceError(
                f"{file} is gone, or is a link to a file that is: its folder names it and it cannot be opened. Bring it "
                "back (a drive to mount again, a cache that was cleared) and load again."
            ) from error
        except (pyarrow.ArrowException, OSError) as error:
            raise SourceError(
                f"{file} does not read as parquet ({str(error).splitlines()[0]}): it is cut off or another kind of "
                "file. Copy or download it again."
            ) from error
        tables.append(_checked(table, str(file)))
    return Dataset(pyarrow.concat_tables(tables))


def _from_hub(repo_id: str) -> DatasetDict:
    from datasets import Dataset, DatasetDict, load_dataset

    reachable = hub_reachable()
    try:
        with contextlib.nullcontext() if reachable else _datasets_offline():
            found = load_dataset(repo_id)
    except Exception as error:  # datasets lets through what its HTTP, file-system and format libraries raise
        if not reachable:
            raise not_on_this_machine(repo_id, kind="data set") from error
        raise hub_failure(repo_id, error, kind="data set") from error
    if not isinstance(found, DatasetDict) or not set(SPLITS) <= set(found):
        raise SourceError(
            f"The data set {repo_id!r} has the splits {', '.join(found)}; expected train and test. Choose another set, "
            "or save these two as parquet files in a folder and give that."
        )
    return DatasetDict(
        {split: Dataset(_checked(found[split].data.table, f"{repo_id!r}, split {split!r}")) for split in SPLITS}
    )


@contextlib.contextmanager
def _datasets_offline() -> Iterator[None]:
    """Let datasets go to its cache at once: it reads HF_HUB_OFFLINE when imported, and otherwise tries for long."""
    from datasets import config

    before, config.HF_HUB_OFFLINE = config.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before


def _checked(table: pyarrow.Table, where: str) -> pyarrow.Table:
    """The two columns of a table, in the package's own types; `where` names the file or the split in errors."""
    import pyarrow
    from datasets import ClassLabel, Features
    from pyarrow import compute

    for column in ("text", "label"):
        if column not in table.column_names:
            raise SourceError(
                f"{where} has no column {column!r}, only {', '.join(table.column_names)}. Expected text (string) and "
                "label (0 = neg, 1 = pos): rename the columns, or choose another set."
            )
    named = Features.from_arrow_schema(table.schema)["label"]
    names = named.names if isinstance(named, ClassLabel) else CLASSES
    if [name.casefold()[:3] for name in names] != CLASSES:
        raise SourceError(
            f"The labels of {where} stand for {', '.join(names)}, in this order; expected negative, positive. Choose "
            "another set, or write one with these two classes as 0 and 1."
        )
    labels, texts = table["label"], table["text"]
    if not pyarrow.types.is_integer(labels.type):
        raise SourceError(f"The column 'label' of {where} is {labels.type}; expected integers, 0 = neg and 1 = pos.")
    known = compute.is_in(labels, value_set=pyarrow.array([0, 1], labels.type))
    _none_wrong(compute.invert(known), labels, f"The column 'label' of {where}", "0 (neg) or 1 (pos)")
    if not (pyarrow.types.is_string(texts.type) or pyarrow.types.is_large_string(texts.type)):
        raise SourceError(f"The column 'text' of {where} is {texts.type}; expected strings, one review each.")
    cleaned = replace_breaks(texts)
    blank = compute.fill_null(compute.equal(compute.utf8_length(compute.utf8_trim_whitespace(cleaned)), 0), True)
    _none_wrong(blank, texts, f"The column 'text' of {where}", "a text that is not empty")
    # Without the copy, the labels of a set from the Hub would stay in its cache's files, which may go or change.
    columns = {"text": cleaned, "label": pyarrow.array(labels.to_numpy().copy())}
    return pyarrow.table(columns).cast(_features().arrow_schema)


def _none_wrong(wrong: pyarrow.ChunkedArray, column: pyarrow.ChunkedArray, what: str, expected: str) -> None:
    from pyarrow import compute

    count = compute.sum(wrong).as_py() or 0
    if count:
        row = compute.index(wrong, True).as_py()
        raise SourceError(
            f"{what} has {column[row].as_py()!r} in row {row} ({count:,} such rows); expected {expected}. "
            "Drop or mend these rows."
        )


def _features() -> Features:
    from datasets import ClassLabel, Features, Value

    return Features({"text": Value("string"), "label": ClassLabel(names=CLASSES)})


def _layout(split: str) -> str:
    return " or ".join(layout.format(split) for layout in _LAYOUTS)
