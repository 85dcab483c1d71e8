"""One training loop for every task."""

from bertlab.training.loop import History, train

__all__ = ["History", "train"]
