"""Ctrl-C during training: never in the middle of an update, and a second one ends the program."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType


class Interrupts:
    """While it is entered, the first Ctrl-C raises KeyboardInterrupt, but not within ``deferred``: there it waits.

    From the first on, Ctrl-C is Python's own again, so that a second one raises KeyboardInterrupt wherever the program is.
    Where Ctrl-C is not Python's own to begin with (it is ignored, or has a handler of the caller's), or the thread is not
    the main one, nothing is changed and nothing waits.

    Attributes:
        waiting: whether one came within ``deferred`` and has not been raised yet.
    """

    def __init__(self) -> None:
        self.waiting = False
        self._deferring = False
        self._installed = False

    def __enter__(self) -> "Interrupts":
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._first)
            self._installed = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """What is done here is done whole: a first Ctrl-C is raised at its end."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        if self.waiting:
            self.waiting = False
            raise KeyboardInterrupt

    def _first(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._installed = False
        self.waiting = self._deferring
        if not self._deferring:
            raise KeyboardInterrupt
