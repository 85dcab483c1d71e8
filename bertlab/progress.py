"""One progress bar for terminals and notebooks."""

import os

from tqdm.auto import tqdm


def progress_bar(*, total: int, description: str, unit: str) -> tqdm:
    """A bar that goes away when it is full, and never comes where ``TQDM_DISABLE`` is set.

    tqdm's own bar for notebooks does not look at that variable; stored runs of the notebooks count on it.
    """
    return tqdm(total=total, desc=description, unit=unit, leave=False, disable=bool(os.environ.get("TQDM_DISABLE")))
