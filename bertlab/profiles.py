"""The two profiles, and the one call at the top of a notebook.

``pocket`` runs on two CPU cores without a network; ``full`` runs on a CUDA device with the Hugging Face Hub. All that
differs between them stands in ``PROFILES``, so that no notebook needs an ``if``.
"""

import os
from dataclasses import dataclass

from bertlab.errors import InputError, ProfileError, SourceError

VARIABLE = "BERTLAB_PROFILE"


@dataclass(frozen=True)
class Profile:
    """What a notebook trains, on what, and for how long.

    Attributes:
        name: ``"pocket"`` or ``"full"``.
        encoder: the pretrained encoder, as ``bertlab.load_model`` takes it.
        reviews: the data set of reviews, as ``bertlab.load_reviews`` takes it.
        train_reviews: how many reviews the tour trains on.
        test_reviews: how many reviews the tour is judged on.
        fit_reviews: how many reviews notebook 06 trains on, beside its validation part.
        fit_batch_size: reviews in a step there.
        validation_reviews: how many reviews of the validation part it chooses by.
        fit_max_length: word pieces that a review is cut to there.
        fit_frozen_layers: how many layers rest there, as ``bertlab.fine_tune`` takes it: 0 for the embeddings alone.
        judged_reviews: how many reviews it is judged on.
        timed_reviews: how many reviews notebook 07 times a pass over.
        curve: how many labels each point of its learning curve has; the last is ``fit_reviews``.
        max_length: word pieces that a review is cut to in the tour, ``[CLS]`` and ``[SEP]`` included.
        truncation: which part of a longer review is kept, as ``bertlab.fine_tune`` takes it.
        batch_size: reviews in a step.
        epochs: passes over the training reviews.
        learning_rate: AdamW's peak learning rate.
        attention_dropout: whether dropout on the attention weights stays on; off, a CPU trains faster.
    """

    name: str
    encoder: str
    reviews: str
    train_reviews: int
    test_reviews: int
    fit_reviews: int
    fit_batch_size: int
    validation_reviews: int
    fit_max_length: int
    fit_frozen_layers: int | None
    judged_reviews: int
    timed_reviews: int
    curve: tuple[int, ...]
    max_length: int
    truncation: str
    batch_size: int
    epochs: int
    learning_rate: float
    attention_dropout: bool


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="pocket",
            encoder="minilm",
            reviews="film-world",
            train_reviews=400,
            test_reviews=400,
            fit_reviews=320,
            fit_batch_size=4,
            validation_reviews=120,
            fit_max_length=80,
            fit_frozen_layers=0,
            judged_reviews=200,
            timed_reviews=24,
            curve=(40, 80, 160, 320),
            max_length=128,
            truncation="head+tail",
            batch_size=8,
            epochs=2,
            learning_rate=1e-4,
            attention_dropout=False,
        ),
        Profile(
            name="full",
            encoder="google-bert/bert-base-uncased",
            reviews="stanfordnlp/imdb",
            train_reviews=25_000,
            test_reviews=25_000,
            fit_reviews=22_500,
            fit_batch_size=32,
            validation_reviews=2_500,
            fit_max_length=256,
            fit_frozen_layers=None,
            judged_reviews=25_000,
            timed_reviews=1_024,
            curve=(200, 1_000, 5_000, 22_500),
            max_length=256,
            truncation="head+tail",
            batch_size=32,
            epochs=2,
            learning_rate=3e-5,
            attention_dropout=True,
        ),
    )
}


def choose(name: str | None = None) -> tuple[Profile, str]:
    """Choose a profile and say why.

    Args:
        name: ``"pocket"`` or ``"full"``; without it ``$BERTLAB_PROFILE`` decides, and without that the machine: ``full``
            where there is CUDA and the Hub answers, else ``pocket``.

    Returns:
        The profile, and the reason as half a sentence ("no CUDA device here").

    Raises:
        ProfileError: for a name that is no profile, and for a profile that cannot be served: the Hub does not answer and
            its encoder is not on this machine.
    """
    asked = name if name is not None else os.environ.get(VARIABLE) or None
    if asked is not None:
        if asked not in PROFILES:
            whence = "the argument" if name is not None else f"the environment variable {VARIABLE}"
            raise ProfileError(
                f"There is no profile {asked!r} (from {whence}). Choose one of: {', '.join(PROFILES)}."
            )
        profile = PROFILES[asked]
        reason = "asked for" if name is not None else f"{VARIABLE}={asked}"
    else:
        profile, reason = _by_machine()
    _check_served(profile)
    return profile, reason


def _by_machine() -> tuple[Profile, str]:
    import torch

    from bertlab.sources import hub_reachable

    if not torch.cuda.is_available():
        return PROFILES["pocket"], "no CUDA device here"
    if not hub_reachable():
        return PROFILES["pocket"], "a CUDA device, but the Hugging Face Hub does not answer"
    return PROFILES["full"], "a CUDA device, and the Hugging Face Hub answers"


def _check_served(profile: Profile) -> None:
    from bertlab.sources import can_serve

    try:
        can_serve(profile.encoder)
    except SourceError as error:
        raise ProfileError(f"The profile {profile.name!r} cannot be served here. {error}") from error


def setup(profile: str | None = None, *, seed: int = 0) -> Profile:
    """Make a notebook ready: profile, seed, figure style, progress bars. Call it once, at the top.

    Prints one line with what was chosen and why. Seeds Python, NumPy and torch. Progress bars follow ``TQDM_DISABLE``,
    which stored runs of the notebooks set so that no bar lands in an output.

    Args:
        profile: ``"pocket"`` or ``"full"``; see ``choose`` for what decides without it.
        seed: the seed of everything random in the notebook, 0 or more.

    Returns:
        The profile's row of the table.

    Raises:
        ProfileError: see ``choose``.
        InputError: for a seed that is not an integer from 0 to 2**32 - 1.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise InputError(f"seed must be an integer from 0 to 2**32 - 1, not {seed!r}.")
    chosen, reason = choose(profile)

    import torch
    from accelerate.utils import set_seed

    from bertlab.figures import use_style

    set_seed(seed)
    use_style()
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else torch.device("cpu")
    print(f"bertlab: profile {chosen.name} ({reason}); {device.type}; seed {seed}.")
    return chosen
