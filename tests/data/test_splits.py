"""The validation part that is carved from a training split."""

import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from bertlab.data.splits import carve
from bertlab.errors import InputError

FEATURES = Features({"number": Value("int64"), "label": ClassLabel(names=["neg", "pos"])})


def rows(neg, pos):
    """Numbered rows, sorted by label."""
    return Dataset.from_dict({"number": range(neg + pos), "label": [0] * neg + [1] * pos}, FEATURES)


@pytest.mark.parametrize(("size", "counts"), [(0.1, (27, 3)), (0.2, (54, 6)), (60, (54, 6)), (200, (180, 20))])
def test_every_row_once_and_the_classes_in_their_shares(size, counts):
    """270 and 30: nine to one, in both parts."""
    whole = rows(270, 30)
    parts = carve(whole, size)
    assert list(parts) == ["train", "validation"]
    numbers = {name: list(part["number"]) for name, part in parts.items()}
    assert sorted(numbers["train"] + numbers["validation"]) == list(range(300))
    labels = list(parts["validation"]["label"])
    assert (labels.count(0), labels.count(1)) == counts
    for name, part in parts.items():
        assert list(part["label"]) == [int(number >= 270) for number in numbers[name]], "each row keeps its label"
        assert numbers[name] != sorted(numbers[name])
        assert list(part["label"]) not in (sorted(part["label"]), sorted(part["label"], reverse=True))
    assert list(whole["number"]) == list(range(300))


def test_the_seed_decides():
    whole = rows(40, 40)
    first, again, other = (carve(whole, 20, seed=seed) for seed in (3, 3, 4))
    for name in first:
        assert first[name][:] == again[name][:]
        assert first[name][:] != other[name][:]
    assert set(first["validation"]["number"]) != set(other["validation"]["number"])


def test_a_set_on_the_disk_is_divided_without_writing_beside_it(tmp_path):
    rows(10, 10).save_to_disk(tmp_path / "set")
    files = sorted(tmp_path.rglob("*"))
    parts = carve(Dataset.load_from_disk(tmp_path / "set"), 0.5)
    assert parts["train"][:] == carve(rows(10, 10), 0.5)["train"][:]
    assert sorted(tmp_path.rglob("*")) == files


@pytest.mark.parametrize("size", [0, 1.0, 0.0, -0.1, 1.5, 20, 21, -1, True, "0.1", None, float("nan")])
def test_a_size_out_of_range(size):
    with pytest.raises(InputError, match=r"size is .*; expected a share between 0 and 1, or a whole .* than the 20 that"):
        carve(rows(10, 10), size)


@pytest.mark.parametrize("seed", [-1, 0.5, True, None, "0"])
def test_what_is_no_seed(seed):
    with pytest.raises(InputError, match="seed is .*; expected a whole number of at least 0"):
        carve(rows(10, 10), seed=seed)


@pytest.mark.parametrize(("counts", "name"), [((20, 0), "neg"), ((0, 20), "pos")])
def test_one_class_only(counts, name):
    with pytest.raises(InputError, match=f"All 20 rows are of one class, {name}. .*shuffle before taking a part"):
        carve(rows(*counts))


@pytest.mark.parametrize(
    ("counts", "size"),
    [((10, 10), 1), ((10, 10), 19), ((10, 10), 0.01), ((10, 10), 0.99), ((1, 10), 0.5), ((100, 2), 10), ((1, 1), 0.5)],
)
def test_too_few_for_every_class_in_both_parts(counts, size):
    with pytest.raises(InputError, match=rf"cannot be divided with size={size} so that both parts hold all 2 classes: .*Give"):
        carve(rows(*counts), size)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (DatasetDict(train=rows(3, 3), test=rows(2, 2)), r"several \(train, test\): give it reviews\['train'\]"),
        ({"text": ["a"], "label": [0]}, "divides a datasets.Dataset, not dict"),
        (rows(3, 3).rename_column("label", "stars"), "There is no column 'label', only number, stars: name the classes'"),
        (Dataset.from_dict({"label": ["bad"] * 4}), "All 4 rows are of one class, bad"),
    ],
)
def test_what_cannot_be_carved(dataset, message):
    with pytest.raises(InputError, match=message):
        carve(dataset)


def test_another_column_of_any_kind():
    parts = carve(Dataset.from_dict({"stars": ["one", "two"] * 10}), 0.5, column="stars")
    assert sorted(parts["validation"]["stars"]) == ["one"] * 5 + ["two"] * 5
