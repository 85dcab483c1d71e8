"""What every test stands on: the pocket profile, no network, no progress bars, nobody's own folders."""

import os

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
