"""What bertlab raises: each message says what was wrong, what was expected and what to do."""


class BertlabError(Exception):
    """The root of every exception that bertlab raises on purpose."""


class InputError(BertlabError, ValueError):
    """An argument that cannot be used: an empty text, a label out of range, shapes that do not match."""


class SourceError(BertlabError, OSError):
    """A model, a tokenizer or a data set that could not be loaded from where it was asked for."""


class ProfileError(BertlabError, RuntimeError):
    """A profile that does not exist, or that this machine cannot serve."""
