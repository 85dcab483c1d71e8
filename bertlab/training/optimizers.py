"""AdamW, and Muon on the encoder's matrices beside it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from bertlab.errors import InputError
from bertlab.model.parameters import LAYER, parameter_groups

OPTIMIZERS = ("adamw", "muon")


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
    layer_decay: float = 1.0,
) -> torch.optim.Optimizer:
    """The optimizer called ``name``, over every trainable parameter of the model once.

    ``"adamw"`` (Loshchilov and Hutter 2019): two groups, with decay and without. ``"muon"``: a third, the matrices of
    ``hidden_matrices``, goes to `Muon`. With ``layer_decay`` below 1 there are as many for each depth of the model, and each
    has its share of either peak (`bertlab.model.parameters.rate_shares`). ``train`` documents the numbers; ``fused`` is
    AdamW's. The last group's rate is the peak of AdamW's.

    Raises:
        InputError: for another name, for Muon where the model has no such matrix that trains, and for ``layer_decay`` where
            it has no layers.
    """
    if name not in OPTIMIZERS:
        raise InputError(f"optimizer must be one of {', '.join(map(repr, OPTIMIZERS))}, not {name!r}.")
    groups = [{"share": 1.0} | group for group in parameter_groups(model, weight_decay, layer_decay)]
    adamw = {"lr": learning_rate, "betas": betas, "eps": eps, "fused": fused}
    muon_rate = learning_rate if muon_learning_rate is None else muon_learning_rate
    taken = {id(matrix) for matrix in hidden_matrices(model).values()} if name == "muon" else set()
    matrices = []
    for group in groups:
        share = group.pop("share")
        own = [parameter for parameter in group["params"] if id(parameter) in taken]
        if own:
            matrices.append({"params": own, "weight_decay": weight_decay, "lr": muon_rate * share})
        group["params"] = [parameter for parameter in group["params"] if id(parameter) not in taken]
        group["lr"] = learning_rate * share
    if name == "adamw":
        return torch.optim.AdamW(groups, **adamw)
    if not matrices:
        raise InputError(
            f"{type(model).__name__} has no encoder matrix for Muon: none that trains under encoder.layer. "
            "Unfreeze a layer, or use optimizer='adamw'."
        )
    return MuonWithAdamW(matrices, groups, adamw)


def hidden_matrices(model: nn.Module) -> dict[str, nn.Parameter]:
    """The matrices between hidden states, by name: in each layer query, key, value and the three ``dense`` ones.

    Muon is made for these alone: embeddings and heads, though matrices, meet one-hot vectors on one side, and vectors
    have no singular values (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/).
    """
    return {name: p for name, p in model.named_parameters() if p.ndim == 2 and LAYER.search(name)}


class MuonWithAdamW(torch.optim.Optimizer):
    """Muon for the first groups of parameters, AdamW for the others; to a schedule, a loss scaler or a checkpoint, one.

    Muon (Jordan et al. 2024) makes each update's singular values about equal. Its updates are scaled by 0.2 √max(rows,
    columns), by which their root mean square is AdamW's (Liu et al. 2025, section 2.2), so that one learning rate and
    one weight decay can serve both.

    Where a tensor ``found_inf`` is set and is not 0, a step changes no weight, as in torch's fused optimizers; whatever the
    tensor is, nobody waits for it.
    """

    def __init__(self, matrices: list[dict[str, Any]], others: list[dict[str, Any]], adamw: dict[str, Any]) -> None:
        self.muon = torch.optim.Muon(matrices, adjust_lr_fn="match_rms_adamw")
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
        first = len(self.muon.param_groups)
        self.muon.param_groups, self.adamw.param_groups = self.param_groups[:first], self.param_groups[first:]
        self.muon.state = self.adamw.state = self.state
        found_inf = getattr(self, "found_inf", None)
        if found_inf is None:
            self.muon.step()
        else:
            self.adamw.found_inf = found_inf
            matrices = [parameter for group in self.muon.param_groups for parameter in group["params"]]
            before = [matrix.clone() for matrix in matrices]
            self.muon.step()
            for matrix, old in zip(matrices, before):
                matrix.copy_(torch.where(found_inf > 0, old, matrix))
        self.adamw.step()
        return loss
