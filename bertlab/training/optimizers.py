"""AdamW, and Muon on the encoder's matrices beside it."""

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from bertlab.errors import InputError
from bertlab.model.parameters import parameter_groups

OPTIMIZERS = ("adamw", "muon")

_LAYER = re.compile(r"(^|\.)encoder\.layer\.\d+\.")
"""How the names of a BERT's layers begin, here and at Hugging Face, under whatever head."""


def make_optimizer(
    model: nn.Module,
    name: str,
    *,
    learning_rate: float,
    muon_learning_rate: float | None,
    weight_decay: float,
    betas: tuple[float, float],
    eps: float,
    fused: bool,
) -> torch.optim.Optimizer:
    """The optimizer called ``name``, over every trainable parameter of the model once.

    ``"adamw"`` (Loshchilov and Hutter 2019): two groups, with decay and without. ``"muon"``: a third, the matrices of
    ``hidden_matrices``, goes to `Muon`. ``train`` documents the numbers; ``fused`` is AdamW's.

    Raises:
        InputError: for another name, and for Muon where the model has no such matrix that trains.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"optimizer must be one of {', '.join(map(repr, OPTIMIZERS))}, not {name!r}.")
    groups = parameter_groups(model, weight_decay)
    adamw = {"lr": learning_rate, "betas": betas, "eps": eps, "fused": fused}
    if name == "adamw":
        return torch.optim.AdamW(groups, **adamw)
    matrices = [parameter for parameter in hidden_matrices(model).values() if parameter.requires_grad]
    if not matrices:
        raise InputError(
            f"{type(model).__name__} has no encoder matrix for Muon: none that trains under encoder.layer. "
            "Unfreeze a layer, or use optimizer='adamw'."
        )
    taken = {id(matrix) for matrix in matrices}
    for group in groups:
        group["params"] = [parameter for parameter in group["params"] if id(parameter) not in taken]
    rate = learning_rate if muon_learning_rate is None else muon_learning_rate
    return MuonWithAdamW({"params": matrices, "weight_decay": weight_decay, "lr": rate}, groups, adamw)


def hidden_matrices(model: nn.Module) -> dict[str, nn.Parameter]:
    """The matrices between hidden states, by name: in each layer query, key, value and the three ``dense`` ones.

    Muon is made for these alone: embeddings and heads, though matrices, meet one-hot vectors on one side, and vectors
    have no singular values (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).
    """
    return {name: p for name, p in model.named_parameters() if p.ndim == 2 and _LAYER.search(name)}


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for the first group of parameters, AdamW for the others; to a schedule, a loss scaler or a checkpoint, one.

    Muon (Jordan et al. 2024) makes each update's singular values about equal. Its updates are scaled by 0.2 √max(rows,
    columns), by which their root mean square is AdamW's (Liu et al. 2025, section 2.2), so that one learning rate and
    one weight decay can serve both.
    """

    def __init__(self, matrices: dict[str, Any], others: list[dict[str, Any]], adamw: dict[str, Any]) -> None:
        self.muon = torch.optim.Muon([matrices], adjust_lr_fn="match_rms_adamw")
        self.adamw = torch.optim.AdamW(others, **adamw)
        super().__init__(self.muon.param_groups + self.adamw.param_groups, {})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update of every parameter that has a gradient; ``closure`` as in every torch optimizer."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        # Handed over anew each time: load_state_dict, which accelerate calls too, puts other objects in their place.
        self.muon.param_groups, self.adamw.param_groups = self.param_groups[:1], self.param_groups[1:]
        self.muon.state = self.adamw.state = self.state
        self.muon.step()
        self.adamw.step()
        return loss
