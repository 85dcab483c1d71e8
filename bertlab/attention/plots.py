"""Draw attention: one head as a heat map, ``[CLS]``'s row as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bertlab.attention.capture import Attention
from bertlab.errors import InputError
from bertlab.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# Up to this many tokens a cell is wide enough for its number.
_NUMBERED = 12


def show_head(attention: Attention, *, layer: int = -1, head: int = 0) -> "Figure":
    """Draw one head's attention weights as a heat map: a row is a query, its columns are the keys and sum to 1.

    Args:
        attention: from ``capture_attention``.
        layer: counted from 0, or from the end with a minus sign; -1 is the last.
        head: counted likewise.

    Returns:
        A figure; as the last value of a cell it is shown.

    Raises:
        InputError: for a layer or a head that the model does not have.
    """
    import seaborn

    weights = attention.head(layer, head).numpy()
    n = len(attention.tokens)
    side = max(3.4, 0.5 * n) if n <= _NUMBERED else min(0.3 * n + 1, 9)
    figure, axes = new_figure(width=side + 1.4, height=side + 0.4)
    seaborn.heatmap(
        weights,
        vmin=0,
        vmax=1,
        cmap="Blues",
        square=True,
        annot=n <= _NUMBERED,
        fmt=".2f",
        annot_kws={"size": 9},
        xticklabels=attention.tokens,
        yticklabels=attention.tokens,
        cbar_kws={"label": "attention weight", "shrink": 0.8},
        ax=axes,
    )
    axes.set(xlabel="key: the token attended to", ylabel="query: the token that attends")
    axes.set_title(f"layer {layer % attention.layers}, head {head % attention.heads} (counted from 0)")
    axes.tick_params(labelsize=10 if n <= 30 else 7)
    _turn(axes.get_xticklabels())
    axes.tick_params(axis="y", rotation=0)
    _as_written([*axes.get_xticklabels(), *axes.get_yticklabels()])
    return figure


def show_cls(attention: Attention, *, layer: int = -1, head: int | None = None) -> "Figure":
    """Draw how ``[CLS]`` shares its attention out over the tokens, as one bar a token.

    Args:
        attention: from ``capture_attention``.
        layer: counted from 0, or from the end with a minus sign; -1 is the last.
        head: counted likewise; without it the bars are the mean of the layer's heads, and each head is a dot.

    Returns:
        A figure; as the last value of a cell it is shown.

    Raises:
        InputError: for a layer or a head that the model does not have, and for a text that does not begin with ``[CLS]``.
    """
    if attention.tokens[0] != "[CLS]":
        raise InputError(f"The first token is {attention.tokens[0]!r}, not '[CLS]': this model's tokenizer puts none there.")
    heads = range(attention.heads) if head is None else [head]
    rows = [attention.head(layer, index)[0].numpy() for index in heads]
    figure, axes = new_figure(width=min(max(5, 0.5 * len(attention.tokens)), 10), height=3.6)
    places = range(len(attention.tokens))
    axes.bar(places, sum(rows) / len(rows), color="C0", label="mean of the heads" if head is None else None)
    if head is None:
        for index, row in enumerate(rows):
            axes.plot(places, row, "o", markersize=4, color="0.25", alpha=0.6, label=None if index else "one head")
        axes.legend()
    title = f"layer {layer % attention.layers}" + ("" if head is None else f", head {head % attention.heads}")
    axes.set(ylabel="attention weight", ylim=(0, None), title=f"What [CLS] attends to, {title} (counted from 0)")
    axes.set_xticks(places, attention.tokens)
    axes.grid(axis="x", visible=False)
    _turn(axes.get_xticklabels())
    _as_written(axes.get_xticklabels())
    return figure


def _turn(labels: "Sequence[Text]") -> None:
    """Turn the labels below an axis so that long tokens do not overlap; each ends at its tick."""
    for label in labels:
        label.set(rotation=45, rotation_mode="anchor", horizontalalignment="right")


def _as_written(labels: "Sequence[Text]") -> None:
    """Keep matplotlib from reading what stands between two dollar signs in a token as mathematics."""
    for label in labels:
        label.set_parse_math(False)
