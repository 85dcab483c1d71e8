"""The tokenizer: what is learnt, and that `transformers` reads it as one of its own."""

import json
import re
import string
import unicodedata

import pytest
from transformers import AutoTokenizer, BertTokenizer

from bertlab.errors import InputError
from bertlab.pretraining import FilmWorld, train_tokenizer
from bertlab.pretraining.tokenizer import SPECIAL_TOKENS

TEXTS = ["The acting is charming.", "Acting, acting! It's Zoë's film: her best.", "A film that drags; dragging on."]


@pytest.fixture(scope="module")
def texts():
    return [sentence for document in FilmWorld(seed=5).documents(0, 150) for sentence in document]


def words_of(texts):
    """Words and marks of plain English text, found without a tokenizer."""
    return {word for text in texts for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower())}


def test_special_tokens_come_first(tokenizer):
    assert SPECIAL_TOKENS == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    names = ("pad", "unk", "cls", "sep", "mask")
    assert [getattr(tokenizer, f"{name}_token_id") for name in names] == [0, 1, 2, 3, 4]
    assert tokenizer.convert_ids_to_tokens(range(5)) == list(SPECIAL_TOKENS)


def test_ids_are_one_row_of_numbers(tokenizer):
    vocabulary = tokenizer.get_vocab()
    assert sorted(vocabulary.values()) == list(range(len(tokenizer))) and len(tokenizer) == tokenizer.vocab_size


def test_transformers_loads_it(tokenizer, texts, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert type(loaded) is type(tokenizer) is BertTokenizer
    assert loaded.get_vocab() == tokenizer.get_vocab() and loaded.mask_token_id == 4
    assert loaded(texts[:200], texts[1:201]).data == tokenizer(texts[:200], texts[1:201]).data
    assert loaded("The film.").tokens() == ["[CLS]", "the", "film", ".", "[SEP]"]


def greedy(word, vocabulary):
    """WordPiece as published: from the left the longest piece that there is; [UNK] where there is none."""
    pieces, start = [], 0
    while start < len(word):
        ends = (end for end in range(len(word), start, -1) if ("##" if start else "") + word[start:end] in vocabulary)
        end = next(ends, None)
        if end is None:
            return ["[UNK]"]
        pieces.append(("##" if start else "") + word[start:end])
        start = end
    return pieces


def test_pieces_are_those_of_a_bert_tokenizer_with_the_same_vocabulary(tokenizer, texts, tmp_path):
    vocabulary = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer"}))
    theirs = BertTokenizer.from_pretrained(tmp_path)
    strange = ["Unbelievably bad!!", "Größe and café", "zzyzx qqq 1984", "don't (so)", "Tab\tand\u00a0space", "漢字", ""]
    for text in [*texts[:500], *TEXTS, *strange]:
        assert tokenizer(text).data == theirs(text).data
    for word in sorted(words_of(texts))[:400] + ["unbelievably", "zzyzx", "cafe"]:
        assert tokenizer.tokenize(word) == greedy(word, set(vocabulary))


def test_pairs_have_berts_form(tokenizer):
    encoded = tokenizer("The film.", "It is good.")
    assert encoded.tokens() == ["[CLS]", "the", "film", ".", "[SEP]", "it", "is", "good", ".", "[SEP]"]
    assert encoded["token_type_ids"] == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_text_comes_back(tokenizer, texts):
    """Nothing of the texts it was trained on is [UNK]; lower case and spacing aside, decoding gives the text."""
    for text in texts[:300]:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.unk_token_id not in ids
        decoded = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        plain = "".join(text.lower().split())
        assert "".join(decoded.split()) in (plain, "".join(map(without_accents, plain)))


def without_accents(letter):
    return "".join(part for part in unicodedata.normalize("NFD", letter) if unicodedata.category(part) != "Mn")


def test_whole_words_are_kept(texts):
    """With room enough every word is a piece of its own, and so are all characters, at the beginning and inside."""
    words = words_of(texts)
    tokenizer = train_tokenizer(texts, vocab_size=20_000)
    pieces = set(tokenizer.get_vocab())
    assert {word for word in words if word.isascii()} <= pieces
    for letter in string.ascii_lowercase:
        assert {letter, f"##{letter}"} <= pieces
    # What is left is in five words at least; a step on the way to a single word is not.
    for piece in sorted(pieces - words - set(SPECIAL_TOKENS)):
        bare = piece.removeprefix("##")
        if len(bare) > 1 and bare.isascii():
            inside = {w for w in words if (bare in w[1:] if piece != bare else w.startswith(bare))}
            assert len(inside) >= 5, piece


def test_frequent_words_have_small_ids():
    tokenizer = train_tokenizer(["film film film plot plot plot plot cast"], vocab_size=200)
    assert tokenizer.convert_ids_to_tokens([5, 6, 7]) == ["plot", "film", "cast"]
    rest = [piece for piece, number in tokenizer.get_vocab().items() if number > 7]
    assert all(len(piece.removeprefix("##")) == 1 for piece in rest)


def test_case_accents_and_marks():
    tokenizer = train_tokenizer(TEXTS, vocab_size=200)
    assert tokenizer.tokenize("ZOË'S Film.") == tokenizer.tokenize("zoe ' s film .")
    assert tokenizer.tokenize("acting") == ["acting"]
    assert "[UNK]" in tokenizer.tokenize("film \u6f22")


@pytest.mark.parametrize("more", [0, 1, 5, 100])
def test_never_more_pieces_than_asked_for(more):
    letters = {letter for text in TEXTS for letter in text.lower().replace("ë", "e") if letter != " "}
    least = 5 + 2 * len(letters)
    assert len(train_tokenizer(TEXTS, vocab_size=least + more)) <= least + more
    message = rf"vocab_size is {least - 1}, but the texts have {len(letters)} .*Ask for {least} or more"
    with pytest.raises(InputError, match=message):
        train_tokenizer(TEXTS, vocab_size=least - 1)


def test_the_words_are_the_same_each_time(texts):
    def words(tokenizer):
        return [piece for piece in sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get) if piece in known]

    known = {word for word in words_of(texts) if len(word) > 1}
    assert words(train_tokenizer(texts, vocab_size=4000)) == words(train_tokenizer(iter(texts), vocab_size=4000))


@pytest.mark.parametrize("nothing", [[], [""], ["  ", "\n\t"]])
def test_no_text(nothing):
    with pytest.raises(InputError, match="There is no text to learn a vocabulary from"):
        train_tokenizer(nothing)


def test_one_string_is_no_list_of_texts():
    with pytest.raises(InputError, match=r"texts is one string; expected several\. Wrap it in a list"):
        train_tokenizer("The film is good.")


@pytest.mark.parametrize("size", [4000.0, True, "4000", None])
def test_a_size_that_is_no_number(size):
    with pytest.raises(InputError, match="vocab_size is .*; expected a whole number"):
        train_tokenizer(TEXTS, vocab_size=size)
