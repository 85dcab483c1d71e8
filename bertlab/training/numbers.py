"""Which numbers a training run takes."""

from bertlab.errors import InputError


def check_numbers(
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    warmup: float,
    max_grad_norm: float,
    accumulation: int,
    watch_every: int,
) -> None:
    """Raise InputError for the first of the loop's numbers that is out of its range."""
    for name, number in {"epochs": epochs, "accumulation": accumulation, "watch_every": watch_every}.items():
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise InputError(f"{name} must be a whole number of at least 1, not {number!r}.")
    if not 0 < learning_rate < 1:
        raise InputError(
            f"learning_rate must lie between 0 and 1, not {learning_rate!r}. Fine-tuning likes 2e-5 to 1e-4."
        )
    if not 0 <= weight_decay < 1:
        raise InputError(f"weight_decay must be from 0 up to (not including) 1, not {weight_decay!r}.")
    if not 0 <= warmup < 1:
        raise InputError(f"warmup is a share of all steps, from 0 up to (not including) 1, not {warmup!r}.")
    if not max_grad_norm > 0:
        raise InputError(f"max_grad_norm must be greater than 0, not {max_grad_norm!r}.")


def check_optimizer_numbers(muon_learning_rate: float | None, betas: tuple[float, float], eps: float) -> None:
    """Raise InputError for the first of the optimizers' numbers that is out of its range."""
    if muon_learning_rate is not None and not 0 < muon_learning_rate < 1:
        raise InputError(f"muon_learning_rate must lie between 0 and 1, not {muon_learning_rate!r}.")
    if len(betas) != 2 or not all(0 <= beta < 1 for beta in betas):
        raise InputError(f"betas must be two numbers from 0 up to (not including) 1, not {betas!r}.")
    if not eps > 0:
        raise InputError(f"eps must be greater than 0, not {eps!r}.")
