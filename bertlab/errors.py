"""What bertlab raises: each message says what was wrong, what was expected and what to do."""


class BertlabError(Exception):
    """The root of every exception that bertlab raises on purpose."""


class InputError(BertlabError, ValueError):
    """An argument that cannot be used: an empty text, a label out of range, shapes that do not match."""


class SourceError(BertlabError, OSError):
    """A model, a tokenizer or a data set that could not be loaded from where it was asked for."""


class ProfileError(BertlabError, RuntimeError):
    """A profile that does not exist, or that this machine cannot serve."""


class TrainingError(BertlabError, RuntimeError):
    """A training run that cannot go on: its loss or its gradient is not finite, or another of its processes has ended.

    Attributes:
        step: the update that was not made, from 1; where a process has ended, the last that was.
        indices: which examples of the data set it was to be made from; None where that is not known.
    """

    def __init__(self, message: str, *, step: int, indices: list[int] | None = None) -> None:
        super().__init__(message)
        self.step, self.indices = step, indices
