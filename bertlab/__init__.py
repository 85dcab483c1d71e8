"""bertlab: the package that the notebooks import, and whose helpers work in notebooks of your own.

The names below are all there is at the top, and they stay. Each loads what it needs when it is first used, so importing the
package itself is quick and loads no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bertlab.attention import capture_attention, show_cls, show_head
    from bertlab.data.reviews import load_reviews
    from bertlab.profiles import setup
    from bertlab.sources import load_model, load_tokenizer
    from bertlab.tasks.classification import evaluate, fine_tune, predict

__version__ = "0.1.0"

_HOMES = {
    "setup": "bertlab.profiles",
    "load_model": "bertlab.sources",
    "load_tokenizer": "bertlab.sources",
    "load_reviews": "bertlab.data.reviews",
    "fine_tune": "bertlab.tasks.classification",
    "evaluate": "bertlab.tasks.classification",
    "predict": "bertlab.tasks.classification",
    "capture_attention": "bertlab.attention",
    "show_head": "bertlab.attention",
    "show_cls": "bertlab.attention",
}

__all__ = [
    "capture_attention",
    "evaluate",
    "fine_tune",
    "load_model",
    "load_reviews",
    "load_tokenizer",
    "predict",
    "setup",
    "show_cls",
    "show_head",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bertlab' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
