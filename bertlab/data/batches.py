"""From texts to batches: tokenise once, pad each batch to its own longest text, keep like lengths together."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase
from transformers.trainer_pt_utils import LengthGroupedSampler

from bertlab.data.rows import Example, Pad, Rows
from bertlab.data.tokens import Cache, word_pieces
from bertlab.errors import InputError


def check_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts as a list, or say which of them cannot be used.

    Raises:
        InputError: for a single string in place of a sequence, for no texts, and for a text that is not a string, holds
            nothing but white space, or holds half a surrogate pair, which is no character and which no tokenizer reads.
    """
    if isinstance(texts, str):
        raise InputError("texts must be a sequence of strings, not one string. Wrap it in a list: [text].")
    try:
        texts = list(texts)
    except TypeError:
        raise InputError(f"texts must be a sequence of strings, not {type(texts).__name__}.") from None
    if not texts:
        raise InputError("There are no texts: give at least one string.")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"texts[{index}] is {type(text).__name__}, not a string ({str(text)[:40]!r}). Convert it, or leave it out."
            )
        if not text.strip():
            raise InputError(f"texts[{index}] is empty: it has nothing to read. Leave it out, and its label too.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"texts[{index}] holds {text[error.start]!r} at position {error.start}: half a surrogate pair, which is no "
                "character. Read the text anew with its right encoding, or mend it: text.encode('utf-8', 'replace').decode()."
            ) from None
    return texts


def check_max_length(tokenizer: PreTrainedTokenizerBase, positions: int | None, max_length: int) -> None:
    """Check that texts cut to ``max_length`` word pieces hold a text and fit the model.

    Args:
        positions: how many positions the model has embeddings for, or None where it sets no limit.

    Raises:
        InputError: for fewer pieces than ``[CLS]``, one word piece and ``[SEP]`` need, or more than ``positions``.
    """
    least = tokenizer.num_special_tokens_to_add(pair=False) + 1
    if not isinstance(max_length, int) or isinstance(max_length, bool) or max_length < least:
        raise InputError(f"max_length must be an integer of at least {least}, not {max_length!r}.")
    if positions is not None and max_length > positions:
        raise InputError(
            f"max_length is {max_length}, but the model has {positions} positions. Set max_length to {positions} or less."
        )


def encode(
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    labels: Sequence[int] | None = None,
    *,
    max_length: int,
    truncation: str = "head",
    cache: Cache = None,
) -> Rows:
    """Tokenise all texts and cut each to ``max_length`` word pieces; nothing is padded.

    Args:
        truncation: what is kept of a text that is too long: its ``"head"``, its ``"tail"``, or ``"head+tail"``, a quarter of
            the pieces from its beginning and the rest from its end (Sun et al. 2019, section 5.3.1: 128 + 382 of 510).
            ``[CLS]`` and ``[SEP]`` always stay.
        cache: a folder where the word pieces are kept for the next time, True for the usual one, or None; see
            ``bertlab.data.tokens.tokenise``. Uncut ones are kept: they serve every ``max_length`` and ``truncation``.

    Returns:
        A row a text: ``input_ids``, ``attention_mask`` and what else the tokenizer gives, each at most ``max_length``
        integers; ``labels``, an integer, where labels were given.

    Raises:
        InputError: for another ``truncation``, and a cache that cannot be one.
    """
    content = max_length - tokenizer.num_special_tokens_to_add(pair=False)
    heads = {"head": content, "tail": 0, "head+tail": round(content / 4)}
    if truncation not in heads:
        raise InputError(f"truncation must be one of {', '.join(map(repr, heads))}, not {truncation!r}.")
    # [CLS] stands before the head, [SEP] behind the tail: cutting the middle out leaves both.
    first = 1 + heads[truncation]
    last = max_length - first
    whole = word_pieces(tokenizer, texts, cache=cache)
    return Rows({name: column.cut(first, last) for name, column in whole.items()}, labels)


def _lengths(examples: Rows | Sequence[Example]) -> list[int]:
    return examples.lengths if isinstance(examples, Rows) else [len(example["input_ids"]) for example in examples]


def training_batches(
    tokenizer: PreTrainedTokenizerBase,
    examples: Rows | Sequence[Example],
    *,
    batch_size: int,
    generator: torch.Generator,
) -> DataLoader:
    """Batches of like lengths in an order that each pass draws anew from ``generator``.

    A batch holds ``input_ids``, ``attention_mask``, ... as (batch, longest text of the batch) and ``labels`` as (batch,).
    """
    sampler = LengthGroupedSampler(batch_size, lengths=_lengths(examples), generator=generator)
    # From pinned memory a batch goes to a GPU while that computes.
    pinned = torch.cuda.is_available()
    return DataLoader(examples, batch_size=batch_size, sampler=sampler, collate_fn=Pad(tokenizer), pin_memory=pinned)


def inference_batches(
    tokenizer: PreTrainedTokenizerBase, examples: Rows | Sequence[Example], *, batch_size: int
) -> Iterator[tuple[list[int], dict[str, torch.Tensor]]]:
    """Every example once, longest first, so that padding is little and a batch that does not fit fails at once.

    Yields:
        The examples' indices, and their batch as in ``training_batches``.
    """
    lengths = _lengths(examples)
    order = sorted(range(len(examples)), key=lambda index: -lengths[index])
    collate = Pad(tokenizer)
    for start in range(0, len(order), batch_size):
        indices = order[start : start + batch_size]
        chosen = examples.__getitems__(indices) if isinstance(examples, Rows) else [examples[index] for index in indices]
        yield indices, collate(chosen)
