"""The rest of the package takes this model where it takes one of `transformers`."""

import torch

import bertlab
from bertlab.model import BertConfig, BertForSequenceClassification
from tests.small import small_classifier, small_reviews, small_tokenizer


def _both() -> tuple:
    theirs = small_classifier(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    ours = BertForSequenceClassification(BertConfig.from_hf(theirs.config)).eval()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def test_the_training_loop_gives_the_same_losses():
    texts, labels = small_reviews(32)
    settings = dict(epochs=2, batch_size=8, learning_rate=1e-3, max_length=32)
    mine, yours = (bertlab.fine_tune(model, small_tokenizer(), texts, labels, **settings) for model in _both())
    assert torch.allclose(torch.tensor(mine.losses), torch.tensor(yours.losses), atol=1e-5)
    assert mine.losses[-1] < mine.losses[0]


def test_predictions_and_attention_are_the_same():
    texts, _ = small_reviews(8)
    mine, yours = (bertlab.predict(model, small_tokenizer(), texts, max_length=32) for model in _both())
    assert [prediction.label for prediction in mine] == [prediction.label for prediction in yours]
    assert all(abs(a.probability - b.probability) < 1e-5 for a, b in zip(mine, yours, strict=True))
    mine, yours = (bertlab.capture_attention(model, small_tokenizer(), texts[0]) for model in _both())
    assert mine.tokens == yours.tokens and torch.allclose(mine.weights, yours.weights, atol=1e-6)
