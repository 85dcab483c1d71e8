"""A model's weights by name, as checkpoints keep them."""

from torch import Tensor, nn


def weights(model: nn.Module, *, moving: bool = False) -> dict[str, Tensor]:
    """The state dictionary, what is tied once: under the first of its names. ``moving``: without what does not train."""
    seen: dict[int, str] = {}
    state = model.state_dict(keep_vars=True)
    return {
        name: tensor
        for name, tensor in state.items()
        if seen.setdefault(id(tensor), name) == name
        and not (moving and isinstance(tensor, nn.Parameter) and not tensor.requires_grad)
    }
