"""How well a model guesses text that it has never seen, and what word frequencies alone would score there."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from bertlab.pretraining.batches import PretrainingBatches, by_length, encode_documents
from bertlab.pretraining.corpus import Corpus
from bertlab.pretraining.masking import IGNORED, Masking
from bertlab.pretraining.pairs import Pair, make_pairs

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Scores:
    """What `HeldOut.score` finds.

    Attributes:
        mlm_loss: mean of -log p(the word that stood there) over the masked positions, in nats.
        mlm_accuracy: the share of masked positions whose likeliest word is right.
        nsp_loss: mean of -log p(the right label) over the pairs, in nats.
        nsp_accuracy: the share of pairs whose likelier label is right.
        losses: of each masked position, in the order of `HeldOut.targets`, in nats.
    """

    mlm_loss: float
    mlm_accuracy: float
    nsp_loss: float
    nsp_accuracy: float
    losses: Float[np.ndarray, " masked"]


class HeldOut:
    """Pairs of held-out documents, masked once and for all as BERT's were (15 %, 80/10/10).

    Args:
        corpus: documents that the model is not trained on.
        tokenizer: the model's.
        documents: how many of them to take, from number 0 on; at least 2.
        max_length: tokens of a pair with its special tokens.
        masking: BERT's unless another is given.
        seed: of pairs and masks.

    Attributes:
        pairs: in the order in which their masked positions follow each other.
        batches: the same, padded and masked, as tensors.
    """

    def __init__(
        self,
        corpus: Corpus,
        tokenizer: "PreTrainedTokenizerBase",
        *,
        documents: int = 256,
        max_length: int = 128,
        masking: Masking = Masking(),
        seed: int = 0,
    ) -> None:
        self.corpus, self.tokenizer, self.masking = corpus, tokenizer, masking
        maker = PretrainingBatches(
            corpus, tokenizer, batches=1, max_length=max_length, masking=masking, masked_only=True, seed=seed
        )
        random = np.random.default_rng([seed, documents])
        texts = encode_documents(corpus.documents(0, documents), tokenizer)
        pairs = make_pairs(texts, max_length=max_length, random=random)
        groups = by_length(pairs, min(len(pairs), max(1, len(pairs) // 32)))
        self.pairs: list[Pair] = [pair for group in groups for pair in group]
        self.batches = [maker.collate(group, random) for group in groups]

    @cached_property
    def targets(self) -> Int[np.ndarray, " masked"]:
        """The ids that stood at the masked positions, pair after pair, left to right."""
        labels = [batch["labels"][batch["labels"] != IGNORED] for batch in self.batches]
        return torch.cat(labels).numpy()

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """For each masked position the number of its pair and its token number, `[CLS]` being 0."""
        found, first = [], 0
        for batch in self.batches:
            rows, columns = torch.nonzero(batch["labels"] != IGNORED, as_tuple=True)
            found += [(first + row, column) for row, column in zip(rows.tolist(), columns.tolist(), strict=True)]
            first += len(batch["labels"])
        return found

    @torch.no_grad()
    def score(self, model: nn.Module) -> Scores:
        """A `BertForPreTraining`'s losses and accuracies. The model is put into evaluation mode, and back."""
        training = model.training
        model.eval()
        device = next(model.parameters()).device
        losses, hits, nsp_losses, nsp_hits = [], [], [], []
        for batch in self.batches:
            on_device = {n: v.to(device) if isinstance(v, Tensor) else v for n, v in batch.items()}
            output = model(**on_device)
            labels = on_device["labels"][on_device["labels"] != IGNORED]
            logits, follows = output.prediction_logits.float(), output.seq_relationship_logits.float()
            losses.append(F.cross_entropy(logits, labels, reduction="none").cpu())
            hits.append((logits.argmax(-1) == labels).cpu())
            nsp_losses.append(F.cross_entropy(follows, on_device["next_sentence_label"], reduction="none").cpu())
            nsp_hits.append((follows.argmax(-1) == on_device["next_sentence_label"]).cpu())
        model.train(training)
        means = [torch.cat(part).double().mean().item() for part in (losses, hits, nsp_losses, nsp_hits)]
        return Scores(*means, torch.cat(losses).double().numpy())


class WordFrequencies:
    """A model that knows how frequent each piece is, and nothing else.

    Args:
        corpus: where the frequencies are counted: training text.
        tokenizer: its vocabulary is the model's.
        documents: how many to count in.
    """

    def __init__(self, corpus: Corpus, tokenizer: "PreTrainedTokenizerBase", *, documents: int = 5000) -> None:
        counts = np.ones(len(tokenizer))  # one for each piece, so that none has a probability of 0
        for document in encode_documents(corpus.documents(0, documents), tokenizer):
            np.add.at(counts, [token for sentence in document for token in sentence], 1)
        self.probabilities = counts / counts.sum()

    def losses(self, held_out: HeldOut) -> Float[np.ndarray, " masked"]:
        """Its loss at each masked position of held-out text, in nats, in the order of `HeldOut.targets`."""
        return -np.log(self.probabilities[held_out.targets])

    def score(self, held_out: HeldOut) -> float:
        """Its mean loss at the masked positions of held-out text, in nats."""
        return float(self.losses(held_out).mean())
