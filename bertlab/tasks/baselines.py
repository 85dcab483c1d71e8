"""What a fine-tuned classifier has to beat: saying the same always, counting words, and a linear probe on a frozen encoder.

Each learns from training texts and returns the `Evaluation` of others, to stand beside a model's on the same ones.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from bertlab.data.batches import check_texts
from bertlab.data.reviews import CLASSES
from bertlab.errors import InputError
from bertlab.tasks.classification import check_labels, infer
from bertlab.tasks.evaluation import Evaluation

POOLINGS = ("mean", "cls", "pooler")


def majority(train_labels: Sequence[int], labels: Sequence[int], *, names: Sequence[str] = CLASSES) -> Evaluation:
    """The commonest class of the training labels for every text; its probabilities are the classes' shares there.

    Args:
        train_labels: integers from 0 to the number of classes less one.
        labels: of the texts to judge on.
        names: the classes' names, as a model's evaluation has them.

    Raises:
        InputError: for labels that cannot be used.
    """
    train_labels = _checked(train_labels, len(train_labels), names)
    labels = _checked(labels, len(labels), names)
    # What a text says does not count: zeros stand in for them.
    classifier = DummyClassifier(strategy="prior").fit(np.zeros((len(train_labels), 1)), train_labels)
    return _judged(classifier, np.zeros((len(labels), 1)), labels, names)


def bag_of_words(
    train_texts: Sequence[str],
    train_labels: Sequence[int],
    texts: Sequence[str],
    labels: Sequence[int],
    *,
    names: Sequence[str] = CLASSES,
    C: float = 10.0,
) -> Evaluation:
    """TF-IDF of words and pairs of words that stand in two training texts or more, and logistic regression on it.

    Term frequencies are taken as 1 + log of the count, since a word said twice does not say twice as much.

    Args:
        train_texts, train_labels: to learn from.
        texts, labels: to judge on.
        names: the classes' names, as a model's evaluation has them.
        C: the inverse of the strength of the L2 penalty. Trained on 20,000 of IMDb's training reviews and judged on the
            other 5,000, 1, 3, 10 and 30 gave 89.0, 89.8, 90.0 and 90.0 %.

    Raises:
        InputError: for texts and labels that cannot be used, training labels of one class, and training texts that have no
            word in common.
    """
    train_texts, texts = check_texts(train_texts), check_texts(texts)
    train_labels, labels = _checked(train_labels, len(train_texts), names), _checked(labels, len(texts), names)
    _check_two_classes(train_labels, names)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    try:
        seen = words.fit_transform(train_texts)
    except ValueError as error:  # scikit-learn's own: nothing is left of the vocabulary
        raise InputError(f"No word stands in two of the {len(train_texts)} training texts. Give more of them.") from error
    classifier = LogisticRegression(C=C, max_iter=1000).fit(seen, train_labels)
    return _judged(classifier, words.transform(texts), labels, names)


def linear_probe(
    train_features: Float[np.ndarray, "train D"],
    train_labels: Sequence[int],
    features: Float[np.ndarray, "text D"],
    labels: Sequence[int],
    *,
    names: Sequence[str] = CLASSES,
    C: float = 0.01,
) -> Evaluation:
    """Logistic regression on what a frozen encoder makes of the texts, each feature scaled to mean 0 and variance 1.

    Args:
        train_features, train_labels: to learn from; see `features`.
        features, labels: to judge on.
        names: the classes' names, as a model's evaluation has them.
        C: the inverse of the strength of the L2 penalty. With MiniLM's means of IMDb reviews, 0.01 had the lowest log
            loss of 0.001 to 10, whether trained on 200 or on 2,000; more makes the probe ever surer, and no better.

    Raises:
        InputError: for features that do not match or are not finite, labels that cannot be used, and training labels of one
            class.
    """
    for name, values in (("train_features", train_features), ("features", features)):
        if values.ndim != 2 or values.shape[1] != train_features.shape[1] or not np.isfinite(values).all():
            raise InputError(
                f"{name} has shape {values.shape}, train_features {train_features.shape}; expected finite numbers, a row "
                "for each text and as many columns in both."
            )
    train_labels = _checked(train_labels, len(train_features), names)
    labels = _checked(labels, len(features), names)
    _check_two_classes(train_labels, names)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000)).fit(train_features, train_labels)
    return _judged(classifier, features, labels, names)


def features(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    *,
    pooling: str = "mean",
    layer: int = -1,
    batch_size: int = 32,
    max_length: int = 128,
    truncation: str = "head",
) -> Float[np.ndarray, "text D"]:
    """What an encoder makes of each text, as one vector; with dropout off, and the model left as it was.

    Args:
        model: an encoder of the BERT family or a model on one, of Hugging Face or ``bertlab.model``.
        tokenizer: the model's.
        texts: at least one.
        pooling: ``"mean"`` of the hidden states of all tokens but padding, ``"cls"``, that of the first, or ``"pooler"``,
            tanh of a linear map of that one. The map was pretrained with BERT's second objective; a model pretrained without
            has a random one.
        layer: of the hidden states: 0 is the embeddings, 1 the first layer; from the end, -1 is the last.
        batch_size, max_length, truncation: as in ``bertlab.fine_tune``. Batches change nothing but the time.

    Returns:
        float32, in the texts' order.

    Raises:
        InputError: for texts, numbers or a pooling that cannot be used, a layer that there is not, and ``"pooler"`` of
            another layer than the last or of a model without one.
    """
    texts = check_texts(texts)
    encoder = getattr(model, "base_model", None) or getattr(model, "bert", model)
    layers = getattr(getattr(encoder, "config", None), "num_hidden_layers", None)
    if layers is None:
        raise InputError(f"{type(model).__name__} is no encoder with layers. Use a model of the BERT family.")
    if pooling not in POOLINGS:
        raise InputError(f"pooling is {pooling!r}; expected one of {', '.join(map(repr, POOLINGS))}.")
    if not isinstance(layer, int) or isinstance(layer, bool) or not -layers - 1 <= layer <= layers:
        raise InputError(
            f"layer is {layer!r}; expected 0 (the embeddings) to {layers}, or from the end, -{layers + 1} to -1."
        )
    last = layer in (-1, layers)
    if pooling == "pooler" and (not last or getattr(encoder, "pooler", None) is None):
        raise InputError(
            f"The pooler reads the last layer, and {type(encoder).__name__} has "
            + ("not been asked for that" if not last else "none") + ". Use pooling='cls' or 'mean'."
        )

    def pooled(batch: dict[str, Tensor]) -> Float[Tensor, "batch D"]:
        output = encoder(**batch) if last else encoder(**batch, output_hidden_states=True)
        if pooling == "pooler":
            return output.pooler_output
        states = output.last_hidden_state if last else output.hidden_states[layer]  # (B, n, D)
        if pooling == "cls":
            return states[:, 0]
        mask = batch["attention_mask"][:, :, None]  # (B, n, 1)
        return (states.float() * mask).sum(dim=1) / mask.sum(dim=1)

    options = {"batch_size": batch_size, "max_length": max_length, "truncation": truncation}
    return infer(encoder, tokenizer, texts, pooled, description="features", **options).numpy()


def _judged(classifier: ClassifierMixin, inputs, labels: list[int], names: Sequence[str]) -> Evaluation:
    """A trained classifier's evaluation; a class that it has not seen gets probability 0."""
    probabilities = np.zeros((len(labels), len(names)))
    probabilities[:, classifier.classes_] = classifier.predict_proba(inputs)
    return Evaluation(tuple(names), np.array(labels), probabilities)


def _checked(labels: Sequence[int], count: int, names: Sequence[str]) -> list[int]:
    if not count:
        raise InputError("There are no labels: give at least one.")
    return check_labels(labels, count, tuple(names))


def _check_two_classes(labels: list[int], names: Sequence[str]) -> None:
    if len(set(labels)) == 1:
        raise InputError(
            f"All {len(labels)} training labels are {labels[0]} ({names[labels[0]]}): there is nothing to tell apart. IMDb "
            "is sorted by label: shuffle before you take a part."
        )
