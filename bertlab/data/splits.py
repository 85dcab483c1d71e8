"""A validation part, carved from what is there to train on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bertlab.errors import InputError

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict


def carve(dataset: Dataset, size: float | int = 0.1, *, seed: int = 0, column: str = "label") -> DatasetDict:
    """Divide a training split in "train" and "validation", each with the classes' shares of the whole, in random order.

    Whatever is chosen by its result (the epoch to stop at, a learning rate, a temperature, the better of two models) is
    chosen on the validation part. The test split is then used once, at the end: the best of several results on it is
    partly luck, and no longer says how the model does on reviews that had no part in the choice.

    What the validation part of IMDb says may be a little kind. Its test split has no film in common with its training
    split (the README of Maas et al. 2011), while here reviews of one film fall on both sides, and 22 of 2,500 (seed 0)
    stand word for word in both.

    Args:
        dataset: for instance `load_reviews("imdb")["train"]`. It is left as it is.
        size: of the validation part: a share between 0 and 1, or a whole number of rows.
        seed: of the choice and of both orders. The same seed divides the same way.
        column: the classes.

    Returns:
        Both parts, as row numbers into `dataset`: no row is copied, and none is lost or stands twice.

    Raises:
        InputError: for what is no single split or has no such column; for a size or a seed that cannot be; where there
            are rows of one class only, or one of the parts would lack a class.
    """
    import numpy as np
    from datasets import Dataset, DatasetDict
    from sklearn.model_selection import train_test_split

    if isinstance(dataset, DatasetDict):
        raise InputError(f"carve divides one split, not several ({', '.join(dataset)}): give it reviews['train'].")
    if not isinstance(dataset, Dataset):
        raise InputError(f"carve divides a datasets.Dataset, not {type(dataset).__name__}. Make one: Dataset.from_dict(...).")
    if column not in dataset.column_names:
        raise InputError(f"There is no column {column!r}, only {', '.join(dataset.column_names)}: name the classes' column.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"seed is {seed!r}; expected a whole number of at least 0.")
    share = isinstance(size, float) and 0 < size < 1
    rows = isinstance(size, int) and not isinstance(size, bool) and 0 < size < len(dataset)
    if not share and not rows:
        raise InputError(
            f"size is {size!r}; expected a share between 0 and 1, or a whole number of rows from 1 to less than the "
            f"{len(dataset):,} that there are."
        )
    labels = np.asarray(dataset.with_format(None)[column][:])
    classes = set(labels.tolist())
    if len(classes) == 1:
        feature, (only,) = dataset.features[column], classes
        raise InputError(
            f"All {len(dataset):,} rows are of one class, {feature.int2str(only) if hasattr(feature, 'int2str') else only}. "
            "Carve from the whole split, or shuffle before taking a part: IMDb, for one, is sorted by label."
        )
    # scikit-learn's, since datasets' own keeps its row numbers in files beside a set that lies on the disk.
    try:
        parts = train_test_split(np.arange(len(labels)), test_size=size, stratify=labels, random_state=seed)
        problem = "one of them has too few rows." if any(set(labels[part].tolist()) != classes for part in parts) else None
    except ValueError as error:
        problem = str(error)
    if problem:
        raise InputError(
            f"{len(dataset):,} rows cannot be divided with size={size!r} so that both parts hold all {len(classes)} classes: "
            f"{problem} Give another size, or more rows."
        )
    train, validation = (dataset.select(part, keep_in_memory=True) for part in parts)
    return DatasetDict({"train": train, "validation": validation})
