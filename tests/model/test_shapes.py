"""The shapes in the signatures hold: a process of its own runs every model with beartype reading them.

Its own, because the checks are built in when bertlab.model is imported, and other tests have imported it by then.
"""

import subprocess
import sys

CHECKED = """
import torch
from jaxtyping import TypeCheckError, install_import_hook

with install_import_hook("bertlab.model", "beartype.beartype"):
    import bertlab.model
from bertlab.model.attention import scaled_dot_product
from tests.model.parity import TASKS, batch, small

for task in TASKS:
    for padded in (False, True):
        inputs = batch(task, padded=padded, pairs=padded)
        model = small(task).train()
        output = model(**inputs, output_hidden_states=True, output_attentions=True, output_attention_scores=True)
        assert len(output.hidden_states) == 4 and len(output.attentions) == len(output.attention_scores) == 3
        if "labels" in inputs and hasattr(model, "cls"):
            model(**inputs, masked_only=True)
        model.bfloat16()(**inputs)
    bertlab.model.freeze(model, layers=1), bertlab.model.parameter_groups(model)
for labels, number in ((torch.rand(3), 1), (torch.rand(3, 3), 3)):
    small("BertForSequenceClassification", num_labels=number)(batch("BertModel")["input_ids"], labels=labels)

q, k = torch.rand(2, 4, 5, 8), torch.rand(2, 4, 6, 8)
scaled_dot_product(q, k, k, torch.zeros(2, 1, 1, 6))
for wrong in ((q, k.transpose(2, 3), k), (q, k, q), (q, k, k, torch.zeros(2, 6)), (q.long(), k, k)):
    try:
        scaled_dot_product(*wrong)
    except TypeCheckError:
        continue
    raise AssertionError([tuple(tensor.shape) for tensor in wrong])
print("every shape held")
"""


def _python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout.strip()


def test_every_signature_holds():
    assert _python(CHECKED) == "every shape held"


def test_importing_the_model_loads_no_transformers():
    assert _python("import sys, bertlab.model; print('torch' in sys.modules, 'transformers' in sys.modules)") == "True False"
