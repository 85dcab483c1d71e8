"""One training loop for every task."""

from bertlab.training.checkpoints import Checkpoints
from bertlab.training.history import History, Progress
from bertlab.training.loop import train
from bertlab.training.stopping import Validation

__all__ = ["Checkpoints", "History", "Progress", "Validation", "train"]
