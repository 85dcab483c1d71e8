"""Texts as word pieces: made once by the fast tokenizer's own threads, and kept on the disk by what they were made from."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bertlab.data.rows import Ragged, joined
from bertlab.errors import InputError

if TYPE_CHECKING:
    import pyarrow
    from transformers import PreTrainedTokenizerBase

Cache = str | Path | bool | None

_FORMAT = 1
# Texts in one call of the tokenizer: enough for its threads. All 25,000 of IMDb in one take 1.6 GB more, and a third longer.
_AT_ONCE = 1_000


def tokenise(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, cache: Cache = None) -> pyarrow.Table:
    """The word pieces of each text, all of them: nothing is cut or padded.

    Args:
        cache: where they are kept, so that no process makes them again: a folder, or True for `bertlab-tokens` in the
            folder where `datasets` keeps its own (`HF_DATASETS_CACHE`); None to keep nothing. They are found by content:
            the file's name holds the SHA-256 of the texts in their order, of the tokenizer (its own serialisation, and
            what of its settings and its libraries' versions decides) and its own SHA-256, against which it is held when
            read. It is an Arrow stream, 17 MB for 25,000 reviews; delete it at any time.

    Returns:
        A row a text. The columns are those that the tokenizer gives (`input_ids`, `attention_mask`, ...), each a list
        of int32, in memory.

    Raises:
        InputError: for a cache that is no folder, or with a tokenizer that cannot be serialised: a slow one.

    Warns:
        UserWarning: for a damaged file, which is made anew, and where none can be written (a full disk): the word pieces
            are returned all the same.
    """
    folder = _folder(cache)
    if folder is None:
        return _tokenised(tokenizer, texts)
    key = _key(tokenizer, texts)
    table = _kept(folder, key)
    if table is None:
        table = _tokenised(tokenizer, texts)
        _keep(folder, key, table)
    return table


def word_pieces(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], *, cache: Cache = None) -> dict[str, Ragged]:
    """The same as `tokenise` gives, as arrays; where nothing is kept, without Arrow, which need not be there then."""
    if _folder(cache) is None:
        columns: dict[str, list[Ragged]] = {}
        for chunk in _chunks(tokenizer, texts):
            for name, rows in chunk.items():
                columns.setdefault(name, []).append(Ragged.of(rows))
        return {name: joined(parts) for name, parts in columns.items()}
    table = tokenise(tokenizer, texts, cache=cache)
    return {name: joined([_of_arrow(part) for part in table[name].chunks]) for name in table.column_names}


def _of_arrow(rows: pyarrow.ListArray) -> Ragged:
    offsets = rows.offsets.to_numpy().astype(np.int64)
    return Ragged(rows.flatten().to_numpy(), offsets - offsets[0])


def _chunks(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Iterator[Mapping[str, list[list[int]]]]:
    texts = list(texts)
    for start in range(0, len(texts), _AT_ONCE):
        yield tokenizer(texts[start : start + _AT_ONCE], truncation=False, padding=False, verbose=False)


def _tokenised(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> pyarrow.Table:
    import pyarrow

    columns: dict[str, list[pyarrow.Array]] = {}
    for chunk in _chunks(tokenizer, texts):
        for name, rows in chunk.items():
            columns.setdefault(name, []).append(pyarrow.array(rows, pyarrow.list_(pyarrow.int32())))
    return pyarrow.table({name: pyarrow.chunked_array(chunks) for name, chunks in columns.items()})


def _folder(cache: Cache) -> Path | None:
    if cache is None or cache is False:
        return None
    if cache is True:
        from datasets import config

        return Path(config.HF_DATASETS_CACHE) / "bertlab-tokens"
    if not isinstance(cache, str | Path) or not str(cache).strip():
        raise InputError(f"cache is {cache!r}; expected a folder, True for the usual one, or None to keep nothing.")
    return Path(cache).expanduser()


def _key(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> str:
    """The SHA-256 of all that decides the word pieces."""
    import tokenizers
    import transformers

    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise InputError(
            f"{type(tokenizer).__name__} is a slow tokenizer, which cannot be told from another by its content. Take a fast "
            "one (AutoTokenizer gives it where there is one), or leave cache out."
        )
    state = json.loads(backend.to_str())
    for of_the_last_call in ("truncation", "padding"):
        state.pop(of_the_last_call, None)
    about = {
        "format": _FORMAT,
        "versions": [tokenizers.__version__, transformers.__version__],
        "class": type(tokenizer).__name__,
        "columns": list(tokenizer.model_input_names),
        "split_special_tokens": bool(getattr(tokenizer, "split_special_tokens", False)),
        "tokenizer": state,
    }
    digest = hashlib.sha256()
    for part in (json.dumps(about), *texts):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def _kept(folder: Path, key: str) -> pyarrow.Table | None:
    import pyarrow

    for path in sorted(folder.glob(f"{key}-*.arrow")):
        try:
            data = path.read_bytes()
            if path.name != _name(key, data):
                raise ValueError("its SHA-256 is not the one in its name")
            return pyarrow.ipc.open_stream(data).read_all()
        except (OSError, ValueError) as error:  # pyarrow's errors are among them
            warnings.warn(f"{path} cannot be used ({error}): the word pieces are made anew.", stacklevel=4)
            with contextlib.suppress(OSError):
                path.unlink()
    return None


def _keep(folder: Path, key: str, table: pyarrow.Table) -> None:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema, options=pyarrow.ipc.IpcWriteOptions(compression="lz4")) as stream:
        stream.write_table(table)
    data = sink.getvalue()
    final = folder / _name(key, data)
    unfinished = folder / f".{final.stem}.{os.getpid()}.unfinished"  # another process may be at the same
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, final)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        warnings.warn(
            f"The word pieces could not be kept in {folder}: {'the disk is full' if full else error}. The run goes on "
            "without; next time they are made again.",
            stacklevel=4,
        )


def _name(key: str, data: bytes | pyarrow.Buffer) -> str:
    return f"{key}-{hashlib.sha256(data).hexdigest()}.arrow"
