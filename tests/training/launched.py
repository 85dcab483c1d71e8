"""A training script for several processes: ``accelerate launch ... -m tests.training.launched RESULT``, or from a notebook.

``--notebook``: this process starts two others by ``notebook_launcher``, which talk over ``--port``. ``--dies``: process 1 is
killed in its third step. ``--batch-size``: of each process.
"""

import argparse
import json
import os
import signal
from pathlib import Path

import torch
from accelerate import notebook_launcher

from bertlab import fine_tune
from bertlab.model import BertConfig, BertForSequenceClassification
from tests.small import small_config, small_reviews, small_tokenizer

DYING_STEP = 3


def tune(result: str, batch_size: int, dies: bool) -> None:
    """Fine-tune the small model without dropout on packed batches, whose order depends on the seed alone."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    changes = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    model = BertForSequenceClassification(BertConfig.from_hf(small_config(num_labels=2, **changes)))
    if dies and os.environ.get("RANK") == "1":
        calls = []

        def die(*_) -> None:
            calls.append(1)
            if len(calls) == DYING_STEP:
                os.kill(os.getpid(), signal.SIGKILL)

        model.register_forward_pre_hook(die)
    settings = {"epochs": 2, "batch_size": batch_size, "learning_rate": 1e-3, "max_length": 48, "packing": True}
    history = fine_tune(model, small_tokenizer(), *small_reviews(48), **settings)
    path = Path(result)
    told = {"losses": history.losses, "examples": history.examples}
    path.with_name(f"{path.name}.{os.environ.get('RANK', 0)}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("result")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--dies", action="store_true")
    parser.add_argument("--notebook", action="store_true")
    parser.add_argument("--port", type=int)
    words = parser.parse_args()
    arguments = (words.result, words.batch_size, words.dies)
    if words.notebook:
        notebook_launcher(tune, arguments, num_processes=2, use_port=str(words.port))
    else:
        tune(*arguments)
