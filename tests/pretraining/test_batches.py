"""Batches: number k is always the same, whoever asks and when; what is in it; how long it is."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from transformers import BertTokenizer

import bertlab.pretraining.batches as module
from bertlab.errors import InputError
from bertlab.pretraining import FilmWorld, Masking, Pair, PretrainingBatches, Segment
from bertlab.pretraining.batches import by_length, encode_documents
from bertlab.pretraining.masking import IGNORED
from bertlab.pretraining.pairs import tokens_of

SMALL = {"batches": 8, "documents_in_a_batch": 4, "batches_in_a_group": 4, "max_length": 64}


class Listed:
    """A corpus of given documents, over and over."""

    def __init__(self, documents):
        self._documents = documents

    def documents(self, start, count):
        n = len(self._documents)
        return [self._documents[number % n] for number in range(start, start + count)] if n else []


@pytest.fixture(scope="module")
def corpus():
    """Reviews, written once."""
    return Listed(FilmWorld(seed=3).documents(0, 64))


@pytest.fixture
def make(corpus, tokenizer):
    return lambda **options: PretrainingBatches(options.pop("corpus", corpus), tokenizer, **(SMALL | options))


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def unmasked(batch):
    return torch.where(batch["labels"] == IGNORED, batch["input_ids"], batch["labels"])


# Batch k


def test_a_batch_depends_on_its_number_alone(make):
    in_order = [make()[number] for number in range(8)]
    one = make()
    for number in (5, 0, 7, 7, 1, 3, 6, 2, 4, 0):
        assert same(one[number], in_order[number])
    assert not any(same(a, b) for a, b in pairwise(in_order))


def test_how_many_there_are_changes_no_batch(make):
    assert same(make(batches=3)[2], make(batches=8)[2])
    assert same(make(batches=800)[5], make(batches=8)[5])


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_gives_the_same(make, workers):
    batches = make()
    # Worker processes are forked, so that the tokenizer and the corpus need not be sent.
    options = {"num_workers": workers, "multiprocessing_context": "fork"} if workers else {}
    loaded = list(DataLoader(batches, batch_size=None, **options))
    assert len(loaded) == len(batches) == 8
    assert all(same(a, batches[number]) for number, a in enumerate(loaded))


def test_interleaved_groups_take_turns(make):
    """Batches 0, 1, 2, ... come from groups 0, 1, 2, 0, 1, 2, ...; which batches there are stays the same."""
    plain, turns = make(batches=24), make(batches=24, interleave=3)
    size = turns.batches_in_a_group
    assert size == 4
    order = [(3 * (number // 12) + number % 3) * size + number % 12 // 3 for number in range(24)]
    assert order[:6] == [0, 4, 8, 1, 5, 9] and sorted(order) == list(range(24))
    assert all(same(turns[number], plain[place]) for number, place in enumerate(order))
    again = make(batches=24, interleave=3)
    assert same(again[17], turns[17]) and same(again[2], turns[2]), "in any order"


def test_each_interleaved_group_is_made_once(make):
    asked = []

    class Recording(Listed):
        def documents(self, start, count):
            asked.append(start)
            return super().documents(start, count)

    batches = make(corpus=Recording(FilmWorld(seed=3).documents(0, 64)), batches=24, interleave=3)
    for number in range(24):
        batches[number]
    assert asked == [0, 16, 32, 48, 64, 80]


def test_a_run_that_goes_on_sees_the_same_text(make):
    """A group that begins with document 16 holds the same documents, whether others came before it or not."""
    behind, ahead = make().group(1), make(first_document=16).group(0)
    assert behind.first_document == ahead.first_document == 16
    texts = encode_documents(make().corpus.documents(16, 16), make().tokenizer)
    for group in (behind, ahead):
        pairs = [pair for batch in group.batches for pair in batch]
        assert {pair.source[0].document for pair in pairs} == set(range(16))
        for pair in pairs:
            assert (pair.first, pair.second) == tuple(tokens_of(texts, segment) for segment in pair.source)


def test_groups_follow_each_other_in_the_corpus(make):
    asked = []

    class Recording(Listed):
        def documents(self, start, count):
            asked.append((start, count))
            return super().documents(start, count)

    batches = make(corpus=Recording(FilmWorld(seed=3).documents(0, 40)), first_document=100)
    for number in range(8):
        batches[number]
    assert asked == [(100, 16), (116, 16)]


def test_another_seed_is_another_draw_of_the_same_text(make):
    a, b = make(seed=1), make(seed=2)
    assert not any(same(a[number], b[number]) for number in range(8))


def test_the_same_text_comes_with_fresh_pairs_and_masks(make):
    """A corpus that begins again: the second pass over it is not the first once more."""
    twice = make(corpus=Listed(FilmWorld(seed=3).documents(0, 16)))
    first, second = ([twice[number] for number in numbers] for numbers in (range(4), range(4, 8)))
    rows = [{tuple(row.tolist()) for batch in batches for row in unmasked(batch)} for batches in (first, second)]
    assert len(rows[0] - rows[1]) > len(rows[0]) / 2
    alike = Listed([["the film is good . " * 3, "it is long . " * 3], ["we saw the film . " * 3, "it was good . " * 3]])
    passes = make(corpus=alike, documents_in_a_batch=2, batches_in_a_group=1, batches=6)
    chosen = {str((batch["labels"] != IGNORED).nonzero().tolist()) for batch in passes}
    assert len(chosen) == 6


def test_every_draw_has_a_stream_of_its_own(make, monkeypatch):
    """Seeded with lists, [seed, g] and [seed, g, 0], pairs of group g and masks of its first batch would share one."""
    states = []

    def watched(function):
        def watching(*args, random, **options):
            states.append(str(random.bit_generator.state))
            return function(*args, random=random, **options)

        return watching

    for name in ("make_pairs", "mask_tokens"):
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    for seed in (0, 1, 4):
        batches = make(seed=seed)
        for number in range(8):
            batches[number]
    assert len(states) == len(set(states)) == 3 * (8 + 2)


def test_numbers_outside(make):
    for number in (8, -1, 100):
        with pytest.raises(IndexError):
            make()[number]
    assert len(list(make())) == 8


# What is in a batch


def test_a_batch_is_what_the_tokenizer_makes_of_the_pair(make, tokenizer):
    """A pair that was not cut, given to the tokenizer as two texts: the same ids, segments and attention mask."""
    batches, compared = make(max_length=256), 0
    texts = batches.corpus.documents(0, 16)
    for number, pairs in enumerate(batches.group(0).batches):
        batch = batches[number]
        original = unmasked(batch)
        assert batch["next_sentence_label"].tolist() == [pair.label for pair in pairs]
        for row, pair in enumerate(pairs):
            length = len(pair)
            assert batch["attention_mask"][row].tolist() == [1] * length + [0] * (original.shape[1] - length)
            assert (original[row, length:] == tokenizer.pad_token_id).all()
            if any(segment.front + segment.back for segment in pair.source):
                continue
            a, b = (" ".join(texts[segment.document][segment.start : segment.end]) for segment in pair.source)
            expected = tokenizer(a, b)
            assert original[row, :length].tolist() == expected["input_ids"]
            assert batch["token_type_ids"][row, :length].tolist() == expected["token_type_ids"]
            compared += 1
    assert compared > 20


def test_masks_leave_special_tokens_alone_and_take_fifteen_in_a_hundred(make, tokenizer):
    for batch in make():
        special = torch.isin(unmasked(batch), torch.tensor(tokenizer.all_special_ids))
        assert (batch["labels"][special] == IGNORED).all()
        wanted = [Masking().count(length) for length in batch["attention_mask"].sum(1).tolist()]
        assert (batch["labels"] != IGNORED).sum(1).tolist() == wanted
        assert (batch["labels"] != -100).sum() == sum(wanted)
        shown = batch["input_ids"] == tokenizer.mask_token_id
        assert 0.5 < shown.sum() / sum(wanted) <= 1 and (batch["labels"][shown] != IGNORED).all()


def test_whole_words_are_masked_whole(make, tokenizer):
    pieces = 0
    for batch in make(masking=Masking(rate=0.3, whole_words=True)):
        for ids, labels in zip(unmasked(batch), batch["labels"] != IGNORED):
            tokens = tokenizer.convert_ids_to_tokens(ids.tolist())
            for i in range(2, len(tokens)):
                if tokens[i].startswith("##") and tokens[i - 1] not in ("[CLS]", "[SEP]"):
                    assert labels[i] == labels[i - 1]
                    pieces += int(labels[i])
    assert pieces > 10


def test_without_next_sentence_text_and_masks_are_the_same(make):
    for with_labels, without in zip(make(), make(next_sentence=False), strict=True):
        assert with_labels.pop("next_sentence_label").unique().tolist() == [0, 1]
        assert same(with_labels, without)


def test_masked_only_is_a_word_for_the_model_and_changes_nothing_else(make):
    for plain, asking in zip(make(), make(masked_only=True), strict=True):
        assert asking.pop("masked_only") is True and "masked_only" not in plain
        assert same(plain, asking)


def test_ids_are_of_the_kind_that_models_take(make):
    batch = make()[0]
    assert {name: tensor.dtype for name, tensor in batch.items()} == dict.fromkeys(
        ("input_ids", "attention_mask", "token_type_ids", "labels", "next_sentence_label"), torch.int64
    )
    assert make(max_length=24)[0]["input_ids"].shape[1] <= 24


def test_texts_are_encoded_sentence_by_sentence(tokenizer):
    documents = [["The film is good.", " ", "It is."], ["", "\t"], ["A film?"]]
    encoded = encode_documents(documents, tokenizer)
    words = [[tokenizer.convert_ids_to_tokens(sentence) for sentence in document] for document in encoded]
    assert words == [[["the", "film", "is", "good", "."], ["it", "is", "."]], [["a", "film", "?"]]]
    assert encode_documents([], tokenizer) == encode_documents([[]], tokenizer) == []


# Lengths


def pair_of(length):
    return Pair((7,) * (length - 4), (8,), 0, (Segment(0, 0, 1), Segment(0, 1, 2)))


@pytest.mark.parametrize("batches", [1, 2, 7, 16])
def test_batches_of_like_lengths_and_equally_many_tokens(batches):
    lengths = np.random.default_rng(0).integers(5, 129, 400).tolist()
    groups = by_length([pair_of(length) for length in lengths], batches)
    found = [[len(pair) for pair in group] for group in groups]
    assert len(found) == batches and sum(found, []) == sorted(lengths)
    mean = sum(lengths) / batches
    # Each end is moved by less than a pair.
    assert all(abs(sum(group) - mean) < 128 for group in found)


@pytest.mark.parametrize("lengths", [[5, 5, 5, 500], [500, 500, 5, 5], [5, 6, 7, 8], [5] * 4])
def test_no_batch_is_empty(lengths):
    assert [len(group) for group in by_length([pair_of(length) for length in lengths], 4)] == [1] * 4
    for batches in (2, 3):
        groups = by_length([pair_of(length) for length in lengths], batches)
        assert len(groups) == batches and all(groups) and sum(map(len, groups)) == 4


def test_padding_is_little(make):
    """Of such batches as they come, a good part would be padding."""
    batches = make(batches=16, documents_in_a_batch=4, batches_in_a_group=16, max_length=256)
    masks = [batch["attention_mask"] for batch in batches]
    padding = 1 - sum(mask.sum() for mask in masks) / sum(mask.numel() for mask in masks)
    lengths = [length for mask in masks for length in mask.sum(1).tolist()]
    unsorted = np.random.default_rng(0).permutation(lengths)[: len(lengths) // 16 * 16].reshape(-1, 16)
    assert padding < 0.06 < 0.15 < 1 - unsorted.mean() / unsorted.max(1).mean()
    tokens = [int(mask.sum()) for mask in masks]
    assert max(tokens) - min(tokens) < 2 * 256


def test_short_batches_come_at_no_fixed_place(make):
    groups = [make(seed=seed, max_length=256).group(0) for seed in range(12)]
    shortest = [min(range(4), key=lambda place: len(group.batches[place][0])) for group in groups]
    assert set(shortest) == {0, 1, 2, 3}


# What cannot be


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [
        ("batches", 0, 1),
        ("batches", 2.0, 1),
        ("documents_in_a_batch", 1, 2),
        ("documents_in_a_batch", True, 2),
        ("batches_in_a_group", 0, 1),
        ("first_document", -1, 0),
        ("seed", -1, 0),
        ("seed", "0", 0),
        ("max_length", 4, 5),
    ],
)
def test_numbers_out_of_range(make, name, value, least):
    with pytest.raises(InputError, match=f"{name} is {value!r}; expected a whole number of at least {least}"):
        make(**{name: value})


def test_a_short_share_that_is_none_is_told_at_once(make):
    with pytest.raises(InputError, match="short_share is 2; expected a share from 0 to 1"):
        make(short_share=2)


@pytest.mark.parametrize("absent", ["[MASK]", "[PAD]"])
def test_a_vocabulary_without_a_special_token(absent, corpus):
    """`transformers` gives [MASK] an id behind such a vocabulary; the model has no row there."""
    pieces = [piece for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film") if piece != absent]
    lacking = BertTokenizer(vocab={piece: number for number, piece in enumerate(pieces)})
    with pytest.raises(InputError, match=rf"vocabulary has no \{absent[:-1]}\], which pretraining needs\. Train one"):
        PretrainingBatches(corpus, lacking, **SMALL)


def test_a_tokenizer_without_special_tokens(corpus, tokenizer):
    lacking = BertTokenizer(vocab=tokenizer.get_vocab(), mask_token=None, sep_token=None)
    with pytest.raises(InputError, match=r"has no \[SEP\] and no \[MASK\]"):
        PretrainingBatches(corpus, lacking, **SMALL)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([], "no documents to make pairs from: the corpus is empty"),
        ([["", " "], [" "]], "no documents to make pairs from: the corpus is empty"),
        ([["The film is good."], ["It is long."]], "Every document is one sentence"),
        ([["The film is good.", "It is long."]], "There is one document, in copies"),
    ],
)
def test_a_corpus_of_which_no_pair_can_be_made(make, documents, message):
    batches = make(corpus=Listed(documents), documents_in_a_batch=2, batches_in_a_group=2)
    with pytest.raises(InputError, match=message):
        batches[0]


def test_too_few_pairs_for_the_batches():
    with pytest.raises(InputError, match="3 pairs do not fill 4 batches: take more documents for each batch"):
        by_length([pair_of(9)] * 3, 4)
