"""The ``full`` profile's own road, with its real loading code, against a Hub on this machine.

The Hub serves a small random BERT as ``google-bert/bert-base-uncased`` and a hundred reviews as ``stanfordnlp/imdb``, so what
is tested is the way there and back: the published weights were out of reach where this was written.
"""

import json

import torch
from transformers import BertConfig, BertForSequenceClassification

import bertlab
from tests.local_hub import run_with_hub
from tests.small import small_tokenizer

TOUR = """
import json
import bertlab
profile = bertlab.setup()
reviews = bertlab.load_reviews(profile.reviews)
first = set(reviews["train"].select(range(20))["label"])
train = reviews["train"].shuffle(seed=0).select(range(32))
tokenizer = bertlab.load_tokenizer(profile.encoder)
model = bertlab.load_model(profile.encoder, labels=["neg", "pos"])
history = bertlab.fine_tune(model, tokenizer, train["text"], train["label"], epochs=2, batch_size=8, max_length=64)
judged = bertlab.evaluate(model, tokenizer, reviews["test"]["text"], reviews["test"]["label"], max_length=64)
(told,) = bertlab.predict(model, tokenizer, ["This movie is fantastic!"], max_length=64)
attention = bertlab.capture_attention(model, tokenizer, "This movie is fantastic!")
bertlab.show_head(attention).savefig("head.png")
print(json.dumps({
    "splits": sorted(reviews), "first": sorted(first), "names": reviews["train"].features["label"].names,
    "steps": len(history.losses), "judged": len(judged.labels), "label": told.label, "probability": told.probability,
    "tokens": attention.tokens, "shape": list(attention.weights.shape), "name": model.config.name_or_path,
}))
"""


def test_the_tours_road_in_full(local_hub, tmp_path):
    run = run_with_hub(TOUR, local_hub, tmp_path, {"BERTLAB_PROFILE": "full", "TQDM_DISABLE": "1", "MPLBACKEND": "agg"})
    assert run.returncode == 0, run.stderr
    said, told = run.stdout.splitlines()[0], json.loads(run.stdout.splitlines()[-1])
    assert said.startswith("bertlab: profile full (BERTLAB_PROFILE=full);")
    assert told["splits"] == ["test", "train"] and told["names"] == ["neg", "pos"]
    assert told["first"] == [0], "the Hub's order is sorted by label, and the tour shows that"
    assert told["steps"] == 8
    assert told["label"] in ("neg", "pos") and 0.5 <= told["probability"] <= 1
    assert told["tokens"][0] == "[CLS]" and told["tokens"][-1] == "[SEP]"
    assert told["shape"][2:] == [len(told["tokens"])] * 2
    assert told["name"] == "google-bert/bert-base-uncased"
    assert (tmp_path / "head.png").stat().st_size > 5_000


def test_a_step_at_bert_bases_shape():
    """Twelve layers, 768 wide, 512 tokens: trained one step, judged and looked at, with random weights."""
    tokenizer = small_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertForSequenceClassification(BertConfig(vocab_size=30_522))
    assert sum(p.numel() for p in model.bert.parameters()) == 109_482_240
    long = "the film was great . " * 200
    texts = [long, "the plot was dull ."]
    history = bertlab.fine_tune(model, tokenizer, texts, [1, 0], epochs=1, batch_size=2, max_length=512)
    assert 0.3 < history.losses[0] < 1.5
    (told,) = bertlab.predict(model, tokenizer, [long], max_length=512)
    assert told.probability >= 0.5
    attention = bertlab.capture_attention(model, tokenizer, "the film was great .")
    assert tuple(attention.weights.shape) == (12, 12, 7, 7)
