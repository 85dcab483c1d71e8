"""A BERT small enough to train in a test, and reviews that it can learn."""

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

GOOD = ["great", "fine", "lovely", "bright"]
BAD = ["awful", "dull", "weak", "grim"]
THINGS = ["film", "movie", "plot", "cast", "score", "script"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "was", "very", ".", "!", "$", *GOOD, *BAD, *THINGS]


def small_tokenizer() -> BertTokenizerFast:
    return BertTokenizerFast(vocab={token: index for index, token in enumerate(VOCABULARY)}, model_max_length=64)


def small_config(**changes) -> BertConfig:
    settings = dict(
        vocab_size=len(VOCABULARY),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    return BertConfig(**(settings | changes))


def small_classifier(labels=("neg", "pos"), seed=0, **changes) -> BertForSequenceClassification:
    names = dict(enumerate(labels))
    config = small_config(id2label=names, label2id={name: index for index, name in names.items()}, **changes)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return BertForSequenceClassification(config).eval()


def small_reviews(n=64) -> tuple[list[str], list[int]]:
    """Texts of differing length, and labels: 1 where the word of praise stands."""
    texts, labels = [], []
    for index in range(n):
        label = index % 2
        word = (GOOD if label else BAD)[index // 2 % 4]
        thing = THINGS[index // 8 % len(THINGS)]
        texts.append(f"the {thing} was " + "very " * (index % 5) + f"{word} .")
        labels.append(label)
    return texts, labels
