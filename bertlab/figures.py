"""How the notebooks' figures look: one style, colours that colour-blind readers tell apart, one way to make a figure."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def use_style() -> None:
    """Set matplotlib's and seaborn's defaults for the notebooks: white grid, colour-blind palette, 100 dots an inch."""
    import seaborn

    seaborn.set_theme(
        context="notebook",
        style="whitegrid",
        palette="colorblind",
        rc={"figure.dpi": 100, "savefig.dpi": 100, "figure.figsize": (7, 3.5), "image.cmap": "viridis", "axes.titlesize": "medium"},
    )


def new_figure(*, width: float, height: float) -> "tuple[Figure, Axes]":
    """Make a figure with one pair of axes, in inches, that a notebook shows once: as the value of the cell.

    ``pyplot`` would show every figure that it knows a second time at the end of the cell, so it is told to forget this one.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(width, height), layout="constrained")
    plt.close(figure)
    return figure, axes
