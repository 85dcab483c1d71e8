"""The objective: the mean over the masked positions plus the mean over the pairs, as `transformers` has it."""

import pytest
import torch
import transformers

from bertlab.model import save_checkpoint
from bertlab.pretraining import FilmWorld, Masking, PretrainingBatches
from tests.model.parity import reference, small


@pytest.fixture(scope="module")
def batches(tokenizer):
    options = {"batches": 4, "documents_in_a_batch": 4, "batches_in_a_group": 4, "max_length": 64}
    return [
        PretrainingBatches(FilmWorld(), tokenizer, masking=masking, **options)[number]
        for masking in (Masking(), Masking(rate=0.4), Masking(whole_words=True))
        for number in range(4)
    ]


@pytest.fixture(scope="module")
def ours(tokenizer):
    # In double precision, so that a difference is one of the sums and not of their rounding.
    return small("BertForPreTraining", vocab_size=len(tokenizer), max_position_embeddings=64).double()


@pytest.mark.parametrize("masked_only", [False, True])
@torch.no_grad()
def test_the_total_loss_is_that_of_transformers(ours, batches, masked_only):
    theirs = reference(ours).double()
    for batch in batches:
        loss, expected = ours(**batch, masked_only=masked_only).loss, theirs(**batch).loss
        assert loss.item() == pytest.approx(expected.item(), abs=1e-6) and loss > 5


@torch.no_grad()
def test_the_total_loss_of_a_saved_model(ours, batches, tmp_path):
    model = small("BertForPreTraining", vocab_size=ours.config.vocab_size, max_position_embeddings=64)
    save_checkpoint(model, tmp_path)
    theirs = transformers.BertForPreTraining.from_pretrained(tmp_path).double().eval()
    model.double()
    for batch in batches:
        assert model(**batch, masked_only=True).loss.item() == pytest.approx(theirs(**batch).loss.item(), abs=1e-6)


@pytest.mark.parametrize("masked_only", [False, True])
@torch.no_grad()
def test_the_total_loss_written_out(ours, batches, masked_only):
    """-ln p of each masked token, averaged over all of the batch; plus -ln p of each label, averaged over the pairs."""
    for batch in batches:
        logits = ours(**{name: batch[name] for name in ("input_ids", "attention_mask", "token_type_ids")})
        words = logits.prediction_logits.log_softmax(-1)
        follows = logits.seq_relationship_logits.log_softmax(-1)
        asked = [(row, place) for row, place in (batch["labels"] != -100).nonzero().tolist()]
        guesses = [-words[row, place, batch["labels"][row, place]].item() for row, place in asked]
        pairs = [-follows[row, label].item() for row, label in enumerate(batch["next_sentence_label"].tolist())]
        expected = sum(guesses) / len(guesses) + sum(pairs) / len(pairs)
        assert ours(**batch, masked_only=masked_only).loss.item() == pytest.approx(expected, abs=1e-9)


@torch.no_grad()
def test_the_next_sentence_label_is_0_for_is_next(ours, batches):
    """Index 0 of the two scores is "B follows", in `transformers` too."""
    batch = dict(batches[0])
    scores = ours(**batch).seq_relationship_logits.log_softmax(-1)
    words = ours(**{name: value for name, value in batch.items() if name != "next_sentence_label"}).loss
    for label in (0, 1):
        batch["next_sentence_label"] = torch.full_like(batch["next_sentence_label"], label)
        assert (ours(**batch).loss - words).item() == pytest.approx(-scores[:, label].mean().item(), abs=1e-9)


def test_gradients_of_masked_only_are_those_of_all_positions(ours, batches):
    gradients = []
    for masked_only in (False, True):
        ours.zero_grad()
        ours(**batches[0], masked_only=masked_only).loss.backward()
        gradients.append({name: parameter.grad.clone() for name, parameter in ours.named_parameters()})
    ours.zero_grad()
    for name in gradients[0]:
        assert torch.allclose(gradients[0][name], gradients[1][name], rtol=0, atol=1e-12), name
