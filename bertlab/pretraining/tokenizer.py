"""A WordPiece vocabulary of one's own, in a tokenizer that ``transformers`` saves and loads."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bertlab.errors import InputError

if TYPE_CHECKING:
    from transformers import BertTokenizer

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""They take the ids 0 to 4."""

_SHARED = 5  # words that a piece must stand in, unless it is a word or a letter itself


def train_tokenizer(texts: Iterable[str], *, vocab_size: int = 4000) -> "BertTokenizer":
    """Train BERT's tokenizer on texts: lower case, accents off, punctuation apart, then WordPiece.

    The pieces come from the trainer of ``tokenizers``. Of these are kept: whole words of the texts, single characters,
    and pieces that at least five different words share; steps on the way to one word are left out. Ids follow the
    special tokens in the order of frequency, then of the alphabet.

    The words are the same each time. A few pieces inside words may not be: where several merges are equally frequent,
    the trainer takes them in an order that differs from run to run. So keep the tokenizer with the model that it
    served.

    Args:
        texts: read twice, so they are held in memory.
        vocab_size: the most pieces to learn, special tokens included.

    Raises:
        InputError: for no text at all, one string in place of several texts, and a ``vocab_size`` that is no whole
            number or too small to hold the texts' characters.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import BertTokenizer

    if isinstance(texts, str):
        raise InputError("texts is one string; expected several. Wrap it in a list: [text].")
    if isinstance(vocab_size, bool) or not isinstance(vocab_size, int):
        raise InputError(f"vocab_size is {vocab_size!r}; expected a whole number, such as 4000.")
    texts = list(texts)
    trained = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.normalizer = normalizers.BertNormalizer(lowercase=True)
    trained.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words: Counter[str] = Counter()
    for text in texts:
        normal = trained.normalizer.normalize_str(text)
        words.update(word for word, _ in trained.pre_tokenizer.pre_tokenize_str(normal))
    if not words:
        raise InputError("There is no text to learn a vocabulary from: give at least one text with a word in it.")
    letters = {letter for word in words for letter in word}
    least = len(SPECIAL_TOKENS) + 2 * len(letters)
    if vocab_size < least:
        raise InputError(
            f"vocab_size is {vocab_size}, but the texts have {len(letters)} different characters, and each needs a "
            f"piece of its own at the beginning of a word and inside it. Ask for {least} or more; 1,000 to 4,000 serve "
            "a small world, 30,522 are BERT's."
        )
    # The trainer knows a character inside a word only where it met one there; room is kept for those that it did not.
    unmet = letters - {letter for word in words for letter in word[1:]}
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size - len(unmet),
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(letters),
        show_progress=False,
    )
    trained.train_from_iterator(texts, trainer)
    kept = _worth_keeping(set(trained.get_vocab()) - set(SPECIAL_TOKENS), words, letters)
    vocabulary = {piece: number for number, piece in enumerate([*SPECIAL_TOKENS, *kept])}
    return BertTokenizer(vocab=vocabulary, do_lower_case=True)


def _worth_keeping(pieces: set[str], words: Counter[str], letters: set[str]) -> list[str]:
    """Words, characters, and pieces of several words; the most frequent first."""
    inside = {piece: 0 for piece in pieces if piece.startswith("##")}
    starts = {piece: 0 for piece in pieces if piece not in inside}
    longest = max(len(piece) for piece in pieces)
    for word in words:
        for end in range(1, min(len(word), longest) + 1):
            if word[:end] in starts:
                starts[word[:end]] += 1
        parts = {word[i:j] for i in range(1, len(word)) for j in range(i + 1, min(len(word), i + longest) + 1)}
        for part in parts:
            if f"##{part}" in inside:
                inside[f"##{part}"] += 1
    shared = {piece for piece, count in (starts | inside).items() if count >= _SHARED}
    characters = letters | {f"##{letter}" for letter in letters}
    kept = shared | characters | (pieces & set(words))
    return sorted(kept, key=lambda piece: (-words[piece], bool(re.match("##.", piece)), piece))
