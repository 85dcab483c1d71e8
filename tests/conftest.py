"""What every test stands on: the pocket profile, no network, no progress bars, nobody's own folders."""

import gc
import os

import pytest

# Set before anything imports a library that reads them once.
os.environ.update(
    BERTLAB_PROFILE="pocket",
    HF_HUB_OFFLINE="1",
    MPLBACKEND="agg",
    TOKENIZERS_PARALLELISM="false",
    TQDM_DISABLE="1",
)
for name in ("BERTLAB_DATA", "BERTLAB_MODELS", "HF_ENDPOINT", "HF_TOKEN"):
    os.environ.pop(name, None)

from tests.local_hub import local_hub  # noqa: E402, F401  (a fixture)


@pytest.fixture(scope="session", autouse=True)
def frozen_imports():
    """What was imported is no garbage. The end of a training run looks for some, which takes longer than a small run."""
    gc.freeze()
