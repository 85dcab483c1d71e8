"""Looking at attention: capture it from any model, then draw it."""

from bertlab.attention.capture import Attention, capture_attention
from bertlab.attention.plots import show_cls, show_head

__all__ = ["Attention", "capture_attention", "show_cls", "show_head"]
