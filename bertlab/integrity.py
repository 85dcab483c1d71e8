"""Whether a file of weights is whole, and whether it is the one that was published."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from pathlib import Path

from bertlab.errors import SourceError

_LFS_POINTER = b"version h"  # the first bytes of "version https://git-lfs.github.com/spec/v1"


def check_safetensors(path: Path) -> None:
    """Hold a safetensors file's header against the file's length, without reading the weights.

    The file is eight bytes with the header's length, the header in JSON, and the data. Raises `SourceError` when it
    is cut off, too long, a Git LFS pointer or no safetensors file at all.
    """
    size = path.stat().st_size
    again = "Copy or download it again."
    with path.open("rb") as file:
        start = file.read(len(_LFS_POINTER))
        if start == _LFS_POINTER:
            raise SourceError(f"{path} is a Git LFS pointer, not the weights it stands for. Run `git lfs pull`.")
        length = int.from_bytes(start[:8], "little")
        if len(start) < 9 or start[8:] == b"{" and 8 + length > size:
            raise SourceError(f"{path} is cut off: {size:,} bytes, and its header is not whole. {again}")
        file.seek(8)
        try:
            header = json.loads(file.read(min(length, size)))
            ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise SourceError(f"{path} is not a safetensors file: its header does not read. {again}") from error
    expected = 8 + length + max(ends, default=0)
    if size != expected:
        what = "cut off" if size < expected else "too long"
        raise SourceError(f"{path} is {what}: {size:,} bytes, expected {expected:,} by its own header. {again}")


def check_published(path: Path) -> None:
    """Hold a file of the Hub's cache against its SHA-256, which is the name of the blob that it links to.

    The Hub client itself compares lengths alone. A file that is no such link is not checked. Raises `SourceError`
    when the bytes differ.
    """
    blob = path.resolve()
    if blob.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]{64}", blob.name) and sha256(blob) != blob.name:
        raise SourceError(
            f"{path} does not have the bytes that the Hub published: its SHA-256 is {sha256(blob)}, expected "
            f"{blob.name}. Delete {blob} and load the model again."
        )


def sha256(path: Path) -> str:
    """A file's SHA-256 in hexadecimal, read once for as long as its length and its time of change stay the same."""
    status = path.stat()
    return _sha256_once(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256_once(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
