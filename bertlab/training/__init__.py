"""One training loop for every task."""

from bertlab.training.checkpoints import Checkpoints
from bertlab.training.loop import History, Progress, train

__all__ = ["Checkpoints", "History", "Progress", "train"]
