"""Which profile is chosen, what is said of it, and what one call sets."""

import random

import numpy as np
import pytest
import torch

import bertlab
from bertlab import profiles, sources
from bertlab.errors import InputError, ProfileError, SourceError


@pytest.fixture
def machine(monkeypatch):
    """Make a machine with or without CUDA, Hub and local models; no profile is asked for."""
    monkeypatch.delenv("BERTLAB_PROFILE", raising=False)

    def make(*, cuda, hub, local=True):
        def can_serve(name):
            if not hub and not local:
                raise SourceError(f"{name} is not on this machine. Connect.")

        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(sources, "hub_reachable", lambda: hub)
        monkeypatch.setattr(sources, "can_serve", can_serve)

    return make


@pytest.mark.parametrize(
    ("cuda", "hub", "name", "reason"),
    [
        (False, False, "pocket", "no CUDA device here"),
        (False, True, "pocket", "no CUDA device here"),
        (True, False, "pocket", "a CUDA device, but the Hugging Face Hub does not answer"),
        (True, True, "full", "a CUDA device, and the Hugging Face Hub answers"),
    ],
)
def test_the_machine_decides_when_nobody_asks(machine, cuda, hub, name, reason):
    machine(cuda=cuda, hub=hub)
    profile, why = profiles.choose()
    assert (profile.name, why) == (name, reason)


def test_the_variable_overrides_the_machine_and_the_argument_the_variable(machine, monkeypatch):
    machine(cuda=True, hub=True)
    monkeypatch.setenv("BERTLAB_PROFILE", "pocket")
    assert profiles.choose() == (profiles.PROFILES["pocket"], "BERTLAB_PROFILE=pocket")
    assert profiles.choose("full") == (profiles.PROFILES["full"], "asked for")
    monkeypatch.setenv("BERTLAB_PROFILE", "")
    assert profiles.choose()[0].name == "full", "an empty variable is no choice"


def test_an_unknown_profile_is_named_with_where_it_came_from(machine, monkeypatch):
    machine(cuda=False, hub=False)
    with pytest.raises(ProfileError, match=r"no profile 'tiny' \(from the argument\). Choose one of: pocket, full"):
        profiles.choose("tiny")
    monkeypatch.setenv("BERTLAB_PROFILE", "Full")
    with pytest.raises(ProfileError, match=r"no profile 'Full' \(from the environment variable BERTLAB_PROFILE\)"):
        profiles.choose()


@pytest.mark.parametrize("name", ["pocket", "full"])
def test_a_profile_that_cannot_be_served_says_so_and_never_falls_back(machine, name):
    machine(cuda=True, hub=False, local=False)
    with pytest.raises(ProfileError, match=f"The profile '{name}' cannot be served here.*Connect."):
        profiles.choose(name)


def test_a_profile_with_its_encoder_on_the_machine_needs_no_hub(machine):
    machine(cuda=False, hub=False, local=True)
    assert profiles.choose("full")[0].name == "full"


def test_setup_says_what_it_chose_and_why_in_one_line(capsys):
    assert bertlab.setup("pocket", seed=3) is profiles.PROFILES["pocket"]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    assert capsys.readouterr().out == f"bertlab: profile pocket (asked for); {device}; seed 3.\n"


def test_setup_seeds_python_numpy_and_torch():
    def draw():
        bertlab.setup(seed=11)
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    first = draw()
    assert draw() == first
    bertlab.setup(seed=12)
    assert random.random() != first[0] and float(np.random.rand()) != first[1] and float(torch.rand(())) != first[2]


def test_setup_sets_the_figure_style():
    import matplotlib

    matplotlib.rcdefaults()
    bertlab.setup()
    assert matplotlib.rcParams["image.cmap"] == "viridis" and matplotlib.rcParams["axes.grid"]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, "0", True])
def test_a_seed_that_cannot_be_used(seed):
    with pytest.raises(InputError, match="seed must be an integer from 0"):
        bertlab.setup(seed=seed)
