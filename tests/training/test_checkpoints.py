"""Checkpoints on the disk: which are taken, which are not, and what a full disk does."""

import errno
import io
import json
import os
import shutil
from pathlib import Path

import pytest

from bertlab.errors import InputError, SourceError
from bertlab.training.checkpoints import Checkpoints, check_same_run, newest_checkpoint, write_checkpoint

FILES = {"a.bin": b"the first file", "b.bin": b"the second file, a longer one"}
RUN = {"steps": 10, "betas": [0.9, 0.999]}


def write(folder, step, keep=2):
    return write_checkpoint(folder, step, FILES, RUN, keep=keep)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_checkpoint_holds_the_files_and_a_manifest(tmp_path):
    folder = tmp_path / "not" / "there" / "yet"
    path = write(folder, 1200)
    assert path == folder / "step-00001200"
    assert names(path) == ["a.bin", "b.bin", "manifest.json"]
    assert {name: (path / name).read_bytes() for name in FILES} == FILES
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["format"] == 2
    assert manifest["step"] == 1200
    assert manifest["run"] == RUN
    assert manifest["files"]["a.bin"] == {
        "bytes": 14,
        "sha256": "e7939f0b60ab303a2a6e28784cf5c5811b98dfd7e5cab7ab2a0fb9c4b38e50cb",
    }


def test_the_newest_are_kept_and_the_newest_is_taken(tmp_path):
    assert newest_checkpoint(tmp_path) is None
    assert newest_checkpoint(tmp_path / "nowhere") is None
    for step in (99_999_999, 100_000_000, 100_000_001):  # where the names' order is no longer the numbers'
        write(tmp_path, step)
        assert newest_checkpoint(tmp_path).name == f"step-{step}"
    assert names(tmp_path) == ["step-100000000", "step-100000001"]
    write(tmp_path, 100_000_002, keep=1)
    assert names(tmp_path) == ["step-100000002"]


def flip(path):
    contents = bytearray(path.read_bytes())
    contents[3] ^= 1
    path.write_bytes(contents)


def edit_run(path):
    path.write_text(path.read_text().replace('"steps": 10', '"steps": 20'))


DAMAGES = {
    "flipped": (lambda folder: flip(folder / "a.bin"), "a.bin with another SHA-256"),
    "last flipped": (lambda folder: flip(folder / "b.bin"), "b.bin with another SHA-256"),
    "cut off": (lambda folder: os.truncate(folder / "b.bin", 5), "b.bin of 5 bytes, expected 29"),
    "missing": (lambda folder: (folder / "a.bin").unlink(), "lacks a.bin"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "lacks manifest.json"),
    "cut manifest": (lambda folder: os.truncate(folder / "manifest.json", 40), "cannot be read"),
    "edited manifest": (lambda folder: edit_run(folder / "manifest.json"), "has a manifest.json that was changed"),
    "no object": (lambda folder: (folder / "manifest.json").write_text("[]"), "cannot be read"),
    "empty": (lambda folder: [path.unlink() for path in folder.iterdir()], "lacks manifest.json"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_named_once_and_passed_over(damage, tmp_path):
    older, newer = write(tmp_path, 1), write(tmp_path, 2)
    spoil, problem = DAMAGES[damage]
    spoil(newer)
    with pytest.warns(UserWarning) as warned:
        assert newest_checkpoint(tmp_path) == older
    (warning,) = warned
    assert f"{newer} is damaged and not used" in str(warning.message)
    assert problem in str(warning.message)
    assert "\n" not in str(warning.message)

    shutil.rmtree(older)
    with pytest.warns(UserWarning), pytest.raises(SourceError, match="Every checkpoint in .* is damaged: .*-00000002"):
        newest_checkpoint(tmp_path)


def test_a_damaged_one_is_replaced_by_the_next_of_its_step_and_later_ones_go(tmp_path):
    write(tmp_path, 1)
    for step in (2, 3):
        flip(write(tmp_path, step, keep=5) / "a.bin")
    replaced = write(tmp_path, 2)
    assert newest_checkpoint(tmp_path) == replaced
    assert names(tmp_path) == ["step-00000001", "step-00000002"]


def test_one_that_was_never_finished_is_named_and_passed_over_and_cleared_by_the_next(tmp_path):
    left = tmp_path / ".step-00000002.unfinished"
    shutil.copytree(write(tmp_path / "other", 2), left)
    with pytest.warns(UserWarning, match=r"\.step-00000002\.unfinished was left by a run that ended while saving"):
        assert newest_checkpoint(tmp_path) is None
    older = write(tmp_path, 1)
    assert newest_checkpoint(tmp_path) == older
    assert not left.exists()


class Disk:
    """Fails with ENOSPC at operation `full_at`, counted from 0: folders made, bytes written, flushes, renamings."""

    def __init__(self, monkeypatch, full_at=None):
        self.done = []
        self.full_at = full_at
        mkdir, fsync, replace, write = Path.mkdir, os.fsync, os.replace, io.BufferedWriter.write

        class Writer(io.BufferedWriter):
            def write(writer, data):
                if len(self.done) == self.full_at:
                    write(writer, data[: len(data) // 2])  # as on a disk: the first half still fits
                self.count("write")
                return write(writer, data)

        def open_path(path, mode="r", *rest, **options):
            return Writer(io.FileIO(path, "w")) if mode == "wb" else open(path, mode, *rest, **options)

        monkeypatch.setattr(Path, "open", open_path)
        monkeypatch.setattr(Path, "mkdir", self.counted("mkdir", mkdir))
        monkeypatch.setattr(os, "fsync", self.counted("fsync", fsync))
        monkeypatch.setattr(os, "replace", self.counted("replace", replace))

    def counted(self, name, function):
        def call(*arguments, **options):
            self.count(name)
            return function(*arguments, **options)

        return call

    def count(self, name):
        self.done.append(name)
        if len(self.done) - 1 == self.full_at:
            raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_at_any_operation(tmp_path, monkeypatch):
    older = [write(tmp_path, step) for step in (1, 2)]
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        shutil.rmtree(write(tmp_path, 3, keep=3))
    operations = disk.done
    assert operations == ["mkdir", *["write", "fsync"] * 3, "fsync", "replace", "fsync"]

    for full_at, operation in enumerate(operations[:-1]):
        with monkeypatch.context() as patch:
            disk = Disk(patch, full_at)
            with pytest.raises(SourceError, match="step 3 could not be written to .*: the disk is full. Free some"):
                write(tmp_path, 3)
        assert disk.done[-1] == operation
        assert names(tmp_path) == [path.name for path in older]
        assert newest_checkpoint(tmp_path) == older[1]
        check_same_run(older[1], RUN)

    with monkeypatch.context() as patch:  # after the renaming: the new one is whole, the error comes all the same
        Disk(patch, len(operations) - 1)
        with pytest.raises(SourceError, match="the disk is full"):
            write(tmp_path, 3)
    assert newest_checkpoint(tmp_path).name == "step-00000003"


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="could not be written to .*Not a directory.* Put it right, then start"):
        write(tmp_path / "file", 3)


def test_what_differs_is_named(tmp_path):
    path = write(tmp_path, 1)
    check_same_run(path, {"betas": (0.9, 0.999), "steps": 10})
    message = r"another run: betas is \[0\.9, 0\.999\] there and \[0\.9, 0\.98\] here; size is 'missing' there and 5"
    with pytest.raises(InputError, match=message):
        check_same_run(path, {"betas": (0.9, 0.98), "steps": 10, "size": 5})


def test_another_format_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path, 1)
    monkeypatch.setattr("bertlab.training.checkpoints.FORMAT", 3)
    with pytest.raises(InputError, match="format is 2 there and 3 here"):
        check_same_run(path, RUN)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Checkpoints need every_steps"),
        ({"every_steps": 0}, "every_steps must be a whole number of at least 1, not 0"),
        ({"every_steps": 1.5}, "not 1.5"),
        ({"every_seconds": 0}, "every_seconds must be greater than 0, not 0"),
        ({"every_steps": 1, "keep": 0}, "keep must be a whole number of at least 1, not 0"),
        ({"every_steps": 1, "recipe": {"data": object()}}, "recipe must hold what JSON can: Object of type"),
    ],
)
def test_what_cannot_be_used(arguments, message, tmp_path):
    with pytest.raises(InputError, match=message):
        Checkpoints(tmp_path, **arguments)
