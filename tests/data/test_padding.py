"""Padding and batching change what is computed, never what comes out: losses, gradients, predictions."""

import numpy as np
import pytest
import torch

import bertlab
from bertlab.data.batches import encode, inference_batches, training_batches
from bertlab.model import BertConfig, BertForSequenceClassification
from tests.small import small_classifier, small_reviews, small_tokenizer

TOKENIZER = small_tokenizer()
TEXTS, LABELS = small_reviews(40)
MAX_LENGTH = 48


def classifier(kind, **changes):
    """A small BERT of transformers or of bertlab, without dropout; with weights that are not as small as at the start."""
    theirs = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.3, **changes)
    if kind != "bertlab":
        theirs.set_attn_implementation(kind)
        return theirs.train()
    ours = BertForSequenceClassification(BertConfig.from_hf(theirs.config))
    ours.load_state_dict(theirs.state_dict())
    return ours.train()


def buckets():
    examples = encode(TOKENIZER, TEXTS, LABELS, max_length=MAX_LENGTH)
    return training_batches(TOKENIZER, examples, batch_size=6, generator=torch.Generator().manual_seed(0))


def padded_to(batch, length):
    """The same examples with as many paddings more as ``length`` takes."""
    more = {"input_ids": TOKENIZER.pad_token_id, "token_type_ids": 0, "attention_mask": 0}
    return {
        name: torch.nn.functional.pad(tensor, (0, length - tensor.shape[1]), value=more[name]) if name in more else tensor
        for name, tensor in batch.items()
    }


def loss_and_gradients(model, batch):
    model.zero_grad()
    loss = model(**batch).loss
    loss.backward()
    return loss.item(), {name: parameter.grad.clone() for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("kind", ["eager", "sdpa", "bertlab"])
def test_a_bucket_s_batch_and_the_same_padded_to_the_maximum_give_the_same_loss_and_gradients(kind):
    model, padded_within = classifier(kind), 0
    for batch in buckets():
        batch = dict(batch)
        longest = int(batch["attention_mask"].sum(dim=1).max())
        assert batch["input_ids"].shape[1] == longest < MAX_LENGTH
        padded_within += int((batch["attention_mask"] == 0).sum())
        (loss, gradients), (plain_loss, plain) = (
            loss_and_gradients(model, given) for given in (batch, padded_to(batch, MAX_LENGTH))
        )
        assert plain_loss == pytest.approx(loss, abs=1e-5)
        assert loss > 0.01 and max(gradient.abs().max() for gradient in gradients.values()) > 0.01
        for name, gradient in gradients.items():
            assert torch.allclose(plain[name], gradient, atol=1e-5, rtol=0), name
    assert padded_within, "no batch was padded at all, and nothing was shown"


def test_the_padded_batch_is_the_tokenizer_s_own():
    batch = dict(next(iter(buckets())))
    texts = TOKENIZER.batch_decode(batch["input_ids"], skip_special_tokens=True)
    plain = TOKENIZER(texts, padding="max_length", max_length=MAX_LENGTH, return_tensors="pt")
    for name, tensor in padded_to(batch, MAX_LENGTH).items():
        assert name == "labels" or torch.equal(tensor, plain[name]), name


@pytest.mark.parametrize("kind", ["sdpa", "bertlab"])
def test_batched_any_way_each_text_gets_the_same_logits(kind):
    model = classifier(kind).eval()
    alone = torch.cat([model(**TOKENIZER(text, return_tensors="pt")).logits for text in TEXTS]).detach()
    orders = [list(range(40)), list(range(40))[::-1], torch.randperm(40, generator=torch.Generator().manual_seed(1)).tolist()]
    for order in orders:
        examples = encode(TOKENIZER, [TEXTS[index] for index in order], max_length=MAX_LENGTH)
        for batch_size in (1, 3, 7, 40, 64):
            logits = torch.full((40, 2), torch.nan)
            for indices, batch in inference_batches(TOKENIZER, examples, batch_size=batch_size):
                logits[indices] = model(**batch).logits.detach()
            assert torch.allclose(logits, alone[order], atol=1e-5, rtol=0)


def test_an_evaluation_is_of_the_texts_and_not_of_the_batches():
    """Averaging the batches' accuracies would count the texts of a short last batch for more."""
    model = classifier("sdpa").eval()
    judged = {}
    for batch_size in (1, 7, 32):
        for step in (1, -1):
            found = bertlab.evaluate(
                model, TOKENIZER, TEXTS[::step], LABELS[::step], batch_size=batch_size, max_length=MAX_LENGTH
            )
            judged[batch_size, step] = (found.accuracy, found.macro_f1, found.confusion.tolist())
            assert found.accuracy == np.mean(found.predictions == np.array(LABELS[::step]))
    assert len({str(figures) for figures in judged.values()}) == 1, judged
    assert 0 < judged[1, 1][0] < 1
