"""Checkpoints on the disk: whole or not there at all, and never taken when damaged.

A checkpoint is a folder ``step-00001200`` of safetensors and JSON; nothing in it is pickled, since unpickling a file
runs what stands in it. (``accelerate``'s ``save_state`` pickles the optimizer's and the random states, and writes into
the final folder: hence this module.) It is written into a folder beside it, flushed to the disk and renamed. Its
``manifest.json`` holds every file's length and SHA-256, and what must be the same in a run that goes on from it.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from bertlab.errors import InputError, SourceError
from bertlab.integrity import sha256

FORMAT = 2
"""The version of the layout; a checkpoint of another is refused."""

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Checkpoints:
    """Where a training run keeps its checkpoints, and how often it makes one. One folder serves one run.

    Attributes:
        folder: made if it is not there. Where it holds checkpoints, training goes on from the newest whole one.
        every_steps: one after every so many steps.
        every_seconds: one after the first step that ends so many seconds after the last one. One of the two, or both,
            must be given; the end of the run always has one.
        keep: how many are kept, the newest.
        recipe: what else must be the same in a run that goes on, in JSON's types: say, how the batches are made.

    Raises:
        InputError: for numbers out of their range, and a recipe that JSON cannot hold.
    """

    folder: str | Path
    _: KW_ONLY
    every_steps: int | None = None
    every_seconds: float | None = None
    keep: int = 2
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.every_steps is None and self.every_seconds is None:
            raise InputError("Checkpoints need every_steps=..., every_seconds=..., or both.")
        for name in ("every_steps", "keep"):
            number = getattr(self, name)
            if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
                raise InputError(f"{name} must be a whole number of at least 1, not {number!r}.")
        if self.every_seconds is not None and not self.every_seconds > 0:
            raise InputError(f"every_seconds must be greater than 0, not {self.every_seconds!r}.")
        try:
            json.dumps(dict(self.recipe))
        except (TypeError, ValueError) as error:
            raise InputError(f"recipe must hold what JSON can: {error}.") from None


def write_checkpoint(folder: Path, step: int, files: Mapping[str, bytes], run: Mapping[str, Any], *, keep: int) -> Path:
    """Write one checkpoint and delete those that it makes superfluous.

    Args:
        folder: of all checkpoints.
        step: how many steps have been done.
        files: name -> contents.
        run: what a run that goes on from here must agree with, in JSON's types.
        keep: how many checkpoints stay, this one included.

    Returns:
        The checkpoint's folder.

    Raises:
        SourceError: where the disk is full, or cannot be written for another reason. Older checkpoints stay.
    """
    final = folder / f"step-{step:08d}"
    unfinished = folder / f".{final.name}.unfinished"
    listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    contents = {"format": FORMAT, "step": step, "files": listed, "run": dict(run)}
    manifest = {"sha256": _digest(contents)} | contents
    try:
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(parents=True)
        for name, data in (dict(files) | {MANIFEST: json.dumps(manifest, indent=2).encode()}).items():
            with (unfinished / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _flush_folder(unfinished)
        if final.exists():  # a damaged one: from a whole one the run would have gone on
            shutil.rmtree(final)
        os.replace(unfinished, final)
        _flush_folder(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise SourceError(
            f"The checkpoint of step {step} could not be written to {folder}: "
            + ("the disk is full. Free some space" if full else f"{error}. Put it right")
            + ", then start the same run again: it goes on from the checkpoint before, or from its beginning where there is "
            f"none. The model in memory has the weights of step {step}."
        ) from error
    _delete_superfluous(folder, step, keep)
    return final


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint of a folder, or None where there is none at all, whole or not.

    Raises:
        SourceError: where there are checkpoints, and all of them are damaged.

    Warns:
        UserWarning: for each damaged one that is newer, and for each that was never finished, with its path.
    """
    for unfinished in sorted(folder.glob(".step-*.unfinished")):
        warnings.warn(f"{unfinished} was left by a run that ended while saving: it is not used.", stacklevel=2)
    problems = []
    for _, path in sorted(_all_checkpoints(folder), reverse=True):
        problem = _damage(path)
        if problem is None:
            return path
        problems.append(f"{path} {problem}")
        warnings.warn(f"{path} is damaged and not used: it {problem}.", stacklevel=2)
    if problems:
        raise SourceError(
            f"Every checkpoint in {folder} is damaged: {'; '.join(problems)}. Bring back a copy of one, or delete the "
            "folder to begin anew."
        )
    return None


def run_of(folder: Path) -> dict[str, Any]:
    """What the newest checkpoint of a folder says of its run, whole or not; empty where there is none that says anything."""
    for _, path in sorted(_all_checkpoints(folder), reverse=True):
        try:
            return json.loads((path / MANIFEST).read_text(encoding="utf-8"))["run"]
        except (OSError, ValueError, KeyError):
            continue
    return {}


def check_same_run(checkpoint: Path, run: Mapping[str, Any]) -> None:
    """Hold what a whole checkpoint says of its run against the present one.

    Raises:
        InputError: naming each value that differs.
    """
    manifest = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
    here = {"format": FORMAT} | json.loads(json.dumps(dict(run)))
    there = {"format": manifest["format"]} | manifest["run"]
    missing = object()
    differing = [
        f"{name} is {there.get(name, 'missing')!r} there and {here.get(name, 'missing')!r} here"
        for name in sorted(here.keys() | there.keys())
        if here.get(name, missing) != there.get(name, missing)
    ]
    if differing:
        raise InputError(
            f"The checkpoint {checkpoint} is of another run: {'; '.join(differing)}. Give the same values to go on "
            "with it, or name another folder to begin a new one."
        )


def _all_checkpoints(folder: Path) -> list[tuple[int, Path]]:
    named = ((re.fullmatch(r"step-(\d{8,})", path.name), path) for path in folder.glob("step-*"))
    return [(int(match[1]), path) for match, path in named if match]


def _delete_superfluous(folder: Path, step: int, keep: int) -> None:
    # Later ones are damaged, or the run would have gone on from them.
    others = sorted((found for found in _all_checkpoints(folder) if found[0] != step), reverse=True)
    later = [path for number, path in others if number > step]
    earlier = [path for number, path in others if number < step]
    for path in [*later, *earlier[keep - 1 :], *folder.glob(".step-*.unfinished")]:
        shutil.rmtree(path, ignore_errors=True)  # what cannot be deleted is no reason to end a training run


def _damage(checkpoint: Path) -> str | None:
    try:
        manifest = json.loads((checkpoint / MANIFEST).read_text(encoding="utf-8"))
        if manifest.pop("sha256") != _digest(manifest):
            return f"has a {MANIFEST} that was changed"
        for name, entry in manifest["files"].items():
            path = checkpoint / name
            if not path.is_file():
                return f"lacks {name}"
            if path.stat().st_size != entry["bytes"]:
                return f"has a {name} of {path.stat().st_size:,} bytes, expected {entry['bytes']:,}"
            if sha256(path) != entry["sha256"]:
                return f"has a {name} with another SHA-256 than its manifest says"
    except FileNotFoundError:
        return f"lacks {MANIFEST}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"cannot be read ({error!r})"
    return None


def _digest(contents: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and its entries are written with the files
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
