"""Sequence classification: fine-tune, evaluate, predict.

Each works on any Hugging Face sequence classifier of the BERT family and on ``bertlab.model``'s, from plain lists of texts
and labels.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from bertlab.data.batches import check_max_length, check_texts, encode, inference_batches, training_batches
from bertlab.data.packing import packed_batches
from bertlab.data.tokens import Cache
from bertlab.errors import InputError
from bertlab.model.bert import BertForSequenceClassification
from bertlab.model.parameters import freeze
from bertlab.progress import progress_bar
from bertlab.tasks.evaluation import Evaluation
from bertlab.tasks.fine_tuning import Labelled, checkpoints_of, score_on
from bertlab.training import Checkpoints, History, Validation, train


@dataclass(frozen=True)
class Prediction:
    """What a classifier says of one text.

    Attributes:
        text: the text.
        label: the name of the most probable class.
        probability: that class's probability, from 0 to 1.
        probabilities: each class's probability, by name; they sum to 1.
    """

    text: str
    label: str
    probability: float
    probabilities: dict[str, float]


def fine_tune(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    labels: Sequence[int],
    *,
    epochs: int = 3,
    batch_size: int = 16,
    accumulation: int = 1,
    learning_rate: float = 5e-5,
    layer_decay: float = 1.0,
    frozen_layers: int | None = None,
    max_length: int = 128,
    truncation: str = "head",
    packing: bool = False,
    weight_decay: float = 0.01,
    warmup: float = 0.1,
    max_grad_norm: float = 1.0,
    attention_dropout: bool = True,
    dropout: bool = True,
    precision: str | None = None,
    compile: bool | str = False,
    validation: Labelled | None = None,
    validate_every: int | None = None,
    patience: int | None = None,
    monitor: str = "loss",
    checkpoints: Checkpoints | str | Path | None = None,
    cache: Cache = None,
    seed: int = 0,
) -> History:
    """Train a sequence classifier on texts and labels, in place.

    Every text is tokenised once, cut to ``max_length`` word pieces and batched with others of like length, so that little is
    padded, or, with ``packing``, laid end to end with any others; the order is drawn anew for each epoch.
    ``bertlab.training.train`` does the rest and documents ``learning_rate``, ``layer_decay``, ``weight_decay``, ``warmup``,
    ``max_grad_norm``, ``attention_dropout``, ``dropout``, ``precision`` and ``compile``.

    Where memory runs out, each batch goes through the model in parts half as large, whose gradients are added up: a step is
    still made from as many texts, and a warning says so. Ctrl-C ends the training and keeps what was trained: the model has
    the weights of the last step, and the history is returned with ``interrupted``. After an error, too, the model has the
    weights of the last step, and can be used or saved.

    Args:
        model: a sequence classifier; see ``bertlab.load_model(name, labels=...)``.
        tokenizer: the model's.
        texts: at least one.
        labels: the class of each text, integers from 0 to the number of the model's classes less one.
        epochs: passes over the texts.
        batch_size: texts in a batch.
        accumulation: batches in a step, which is then made from ``batch_size`` times ``accumulation`` texts.
        frozen_layers: the embeddings and so many of the first encoder layers rest: they do not train, have no dropout, and
            their activations are not kept. They stay so afterwards; ``bertlab.model.freeze`` wakes them. None leaves what is
            frozen as it is, 0 freezes the embeddings alone. ``tests/benchmarks/freezing.py`` measures what it saves.
        max_length: word pieces in a text at most, ``[CLS]`` and ``[SEP]`` included.
        truncation: what is kept of longer texts: ``"head"``, ``"tail"`` or ``"head+tail"``, a quarter from the beginning and
            the rest from the end. Judge and predict with what the model was trained with.
        packing: train without padding (``bertlab.data.packing``): a step is made from ``batch_size`` texts as ever, however
            many tokens they have. Only ``bertlab.model``'s models can; on a GPU it takes ``attention_dropout=False`` to be
            fast, since the kernel for it has no dropout.
        validation: other texts and their labels, as a pair: neither trained on nor the test split. After each epoch the loss
            and the accuracy on them go into the history, and at the end the model has the weights that were best.
        validate_every: so many steps between two validations, in place of an epoch.
        patience: training stops when so many validations in a row were no better than the best before. By default never.
        monitor: by which score the best is told: ``"loss"`` or ``"accuracy"``.
        checkpoints: a folder, for one checkpoint every two minutes and one at the end, or a ``bertlab.training.Checkpoints``.
            Killed and started again in the same way, with a model of the same shape, the run goes on from the newest; on a
            CPU, with as many threads, it ends with the same weights to the last bit. One folder serves one run.
        cache: where word pieces are kept, so that the same texts are tokenised once for all runs and lengths: a folder, True
            for a folder of its own in ``datasets``' cache, or None for nowhere; see ``bertlab.data.tokens``.
        seed: of the order of the texts and of the dropout. The same seed gives the same weights on the same machine.

    Returns:
        The loss of each step, the scores of each validation, and how long it took.

    Raises:
        InputError: for texts, labels or numbers that cannot be used, a checkpoint of another run, and where not even one text
            fits into memory; the message says which and why.
        SourceError: where a checkpoint cannot be written (a full disk), or all that there are are damaged.
        TrainingError: for a loss that is not finite; the message and the error's ``indices`` say at which texts.

    Warns:
        UserWarning: where all labels are the same: nothing can be learnt from one class; where memory ran out; after Ctrl-C.
    """
    names = class_names(model)
    texts = check_texts(texts)
    labels = check_labels(labels, len(texts), names)
    _check_batch_size(batch_size)
    check_max_length(tokenizer, _positions(model), max_length)
    held_out = _check_validation(validation, names, patience=patience, validate_every=validate_every, monitor=monitor)
    if len(set(labels)) == 1 and len(labels) > 1:
        warnings.warn(
            f"All {len(labels)} training labels are {labels[0]} ({names[labels[0]]}): the model can only learn to say that "
            "always. This is almost surely a mistake: IMDb, for one, is sorted by label, so its first 1,000 reviews hold "
            "one class. Shuffle before you select: dataset.shuffle(seed=0).select(range(1000)).",
            stacklevel=2,
        )
    cut = {"max_length": max_length, "truncation": truncation}
    examples = encode(tokenizer, texts, labels, **cut, cache=cache)
    generator = torch.Generator().manual_seed(seed)
    if packing:
        _check_packs(model)
        batches, cut = packed_batches(examples, batch_size=batch_size, generator=generator), cut | {"packing": True}
    else:
        batches = training_batches(tokenizer, examples, batch_size=batch_size, generator=generator)
    judge = None
    if held_out is not None:
        judged = encode(tokenizer, *held_out, max_length=max_length, truncation=truncation, cache=cache)
        score = score_on(tokenizer, judged, batch_size=batch_size)
        judge = Validation(score, every_steps=validate_every, patience=patience, monitor=monitor)
    checkpoints = checkpoints_of(checkpoints, tokenizer, (texts, labels), held_out, batch_size=batch_size, **cut)
    if frozen_layers is not None:
        freeze(model, layers=frozen_layers)
    return train(
        model,
        batches,
        epochs=epochs,
        learning_rate=learning_rate,
        layer_decay=layer_decay,
        weight_decay=weight_decay,
        warmup=warmup,
        max_grad_norm=max_grad_norm,
        attention_dropout=attention_dropout,
        dropout=dropout,
        precision=precision,
        compile=compile,
        accumulation=accumulation,
        validation=judge,
        fit_memory=True,
        checkpoints=checkpoints,
        seed=seed,
    )


def evaluate(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    labels: Sequence[int],
    *,
    batch_size: int = 32,
    max_length: int = 128,
    truncation: str = "head",
    cache: Cache = None,
) -> Evaluation:
    """Judge a sequence classifier on texts whose labels are known; the model is left as it was.

    Arguments and errors are ``fine_tune``'s.
    """
    names = class_names(model)
    texts = check_texts(texts)
    labels = check_labels(labels, len(texts), names)
    probabilities = _probabilities(model, tokenizer, texts, batch_size, max_length, truncation, cache)
    return Evaluation(names, torch.tensor(labels).numpy(), probabilities.numpy())


def predict(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    *,
    batch_size: int = 32,
    max_length: int = 128,
    truncation: str = "head",
    cache: Cache = None,
) -> list[Prediction]:
    """Classify texts, in their order; the model is left as it was. Arguments and errors are ``fine_tune``'s."""
    names = class_names(model)
    texts = check_texts(texts)
    probabilities = _probabilities(model, tokenizer, texts, batch_size, max_length, truncation, cache)
    predictions = []
    for text, row in zip(texts, probabilities.tolist()):
        best = max(range(len(names)), key=row.__getitem__)
        predictions.append(Prediction(text, names[best], row[best], dict(zip(names, row))))
    return predictions


def _probabilities(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    batch_size: int,
    max_length: int,
    truncation: str,
    cache: Cache,
) -> Float[Tensor, "text class"]:
    """The classes' probabilities, float64, so that one near 1 leaves the others their digits."""
    options = {"batch_size": batch_size, "max_length": max_length, "truncation": truncation, "cache": cache}
    logits = infer(model, tokenizer, texts, lambda batch: model(**batch).logits, description="predict", **options)
    return logits.double().softmax(dim=-1)


def infer(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    texts: list[str],
    compute: Callable[[dict[str, Tensor]], Float[Tensor, "batch numbers"]],
    *,
    description: str,
    batch_size: int,
    max_length: int,
    truncation: str,
    cache: Cache = None,
) -> Float[Tensor, "text numbers"]:
    """Read texts with a model in evaluation mode, batch by batch; the model is left as it was.

    Args:
        texts: checked.
        compute: what to keep of each text, from a padded batch that is on the model's device.
        description: of the progress bar.
        batch_size, max_length, truncation, cache: as in ``fine_tune``, whose errors are raised.

    Returns:
        A row for each text, in the texts' order; float32 on the CPU.
    """
    _check_batch_size(batch_size)
    check_max_length(tokenizer, _positions(model), max_length)
    examples = encode(tokenizer, texts, max_length=max_length, truncation=truncation, cache=cache)
    device = next(model.parameters()).device
    found, order = [], []
    modes = [(part, part.training) for part in model.modules()]  # frozen parts may be in evaluation mode while others train
    model.eval()
    try:
        with torch.inference_mode(), progress_bar(total=len(examples), description=description, unit="text") as bar:
            for indices, batch in inference_batches(tokenizer, examples, batch_size=batch_size):
                found.append(compute({name: tensor.to(device) for name, tensor in batch.items()}).float().cpu())
                order += indices
                bar.update(len(indices))
    finally:
        for part, mode in modes:
            part.training = mode
    return torch.cat(found)[torch.tensor(order).argsort()]


def class_names(model: nn.Module) -> tuple[str, ...]:
    """The names of a sequence classifier's classes, in the order of its logits.

    Raises:
        InputError: for a model that is no sequence classifier, or one with a single output (a regression).
    """
    architecture = type(model).__name__
    config = getattr(model, "config", None)
    if "SequenceClassification" not in architecture or config is None:
        raise InputError(
            f"{architecture} does not classify sequences. Load the model with its classes' names: "
            "bertlab.load_model(name, labels=['neg', 'pos'])."
        )
    if config.num_labels < 2:
        raise InputError(f"The model has {config.num_labels} class; a classifier needs two or more names in labels=[...].")
    return tuple(config.id2label[index] for index in range(config.num_labels))


def check_labels(labels: Sequence[int], texts: int, names: tuple[str, ...]) -> list[int]:
    """Return the labels as a list of integers, or say which of them cannot be used.

    Raises:
        InputError: for as many labels as there are not texts, a label that is no integer, and one that no class has.
    """
    labels = list(labels)
    if len(labels) != texts:
        raise InputError(f"There are {texts} texts and {len(labels)} labels: give each text one label.")
    for index, label in enumerate(labels):
        if not isinstance(label, Integral) or isinstance(label, bool):
            raise InputError(
                f"labels[{index}] is {label!r}, not an integer. The classes are "
                + ", ".join(f"{number} = {name}" for number, name in enumerate(names)) + "."
            )
        if label < 0:
            raise InputError(
                f"labels[{index}] is {label}: a class is 0 or more. IMDb marks unlabelled reviews with -1; leave them out."
            )
    highest = max(labels)
    if highest >= len(names):
        raise InputError(
            f"labels[{labels.index(highest)}] is {highest}, but the model has {len(names)} classes (0 to {len(names) - 1}): "
            f"{', '.join(names)}. Correct the label, or load the model with {highest + 1} names in labels=[...]."
        )
    return [int(label) for label in labels]


def _positions(model: nn.Module) -> int | None:
    return getattr(model.config, "max_position_embeddings", None)


def _check_packs(model: nn.Module) -> None:
    if not isinstance(model, BertForSequenceClassification):
        raise InputError(
            f"{type(model).__module__}.{type(model).__name__} reads padded batches only; packing=True needs bertlab.model's "
            "own classifier. The same weights in it: bertlab.model.load_checkpoint(name, "
            "bertlab.model.BertForSequenceClassification, new_head=True, id2label={0: 'neg', 1: 'pos'})."
        )


def _check_validation(
    validation: Labelled | None, names: tuple[str, ...], *, patience: int | None, validate_every: int | None, monitor: str
) -> tuple[list[str], list[int]] | None:
    """The validation's texts and labels, checked."""
    if validation is None:
        if patience is not None or validate_every is not None:
            raise InputError("patience and validate_every need texts to judge on: validation=(texts, labels).")
        return None
    if monitor not in ("loss", "accuracy"):
        raise InputError(f"monitor must be 'loss' or 'accuracy', not {monitor!r}.")
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise InputError(f"validation must be a pair, (texts, labels), not {type(validation).__name__}.")
    try:
        texts = check_texts(validation[0])
        return texts, check_labels(validation[1], len(texts), names)
    except InputError as error:
        raise InputError(f"In validation=(texts, labels): {error}") from None


def _check_batch_size(batch_size: int) -> None:
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise InputError(f"batch_size must be a whole number of at least 1, not {batch_size!r}.")
