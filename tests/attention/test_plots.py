"""The drawings show the weights that they are given, under the tokens that they belong to."""

import numpy as np
import pytest
import torch

from bertlab.attention import Attention, show_cls, show_head
from bertlab.errors import InputError

TOKENS = ("[CLS]", "what", "a", "$film$", "!", "[SEP]")


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return Attention(TOKENS, torch.randn(3, 4, 6, 6).softmax(-1))


def test_the_heat_map_shows_one_heads_weights(attention):
    axes = show_head(attention, layer=1, head=2).axes[0]
    drawn = np.asarray(axes.collections[0].get_array()).reshape(6, 6)
    assert np.array_equal(drawn, attention.weights[1, 2].numpy())
    assert axes.collections[0].get_clim() == (0, 1)
    assert [label.get_text() for label in axes.get_xticklabels()] == list(TOKENS)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(TOKENS)
    assert axes.get_title() == "layer 1, head 2 (counted from 0)"
    assert axes.yaxis_inverted(), "the first query must stand on top"
    assert axes.texts[1].get_text() == f"{attention.weights[1, 2, 0, 1]:.2f}"


def test_the_last_layer_and_first_head_are_what_is_drawn_unasked(attention):
    drawn = np.asarray(show_head(attention).axes[0].collections[0].get_array()).reshape(6, 6)
    assert np.array_equal(drawn, attention.weights[2, 0].numpy())


def test_a_long_text_has_no_numbers_in_its_cells():
    attention = Attention(("[CLS]", *["word"] * 18, "[SEP]"), torch.full((1, 1, 20, 20), 0.05))
    assert not show_head(attention).axes[0].texts


def test_the_bars_are_cls_attention(attention):
    one = show_cls(attention, layer=0, head=1).axes[0]
    assert [bar.get_height() for bar in one.patches] == pytest.approx(attention.weights[0, 1, 0].tolist())
    mean = show_cls(attention, layer=0).axes[0]
    assert [bar.get_height() for bar in mean.patches] == pytest.approx(attention.weights[0, :, 0].mean(0).tolist(), abs=1e-6)
    dots = np.stack([line.get_ydata() for line in mean.lines])
    assert np.array_equal(dots, attention.weights[0, :, 0].numpy())
    assert [label.get_text() for label in mean.get_xticklabels()] == list(TOKENS)


def test_dollar_signs_stay_dollar_signs(attention):
    for figure in (show_head(attention), show_cls(attention)):
        label = figure.axes[0].get_xticklabels()[3]
        assert label.get_text() == "$film$" and not label.get_parse_math()
        figure.canvas.draw()


def test_a_figure_is_shown_once(attention):
    import matplotlib.pyplot as plt

    plt.close("all")
    show_head(attention)
    show_cls(attention)
    assert not plt.get_fignums(), "pyplot would show the figure a second time"


def test_bad_input(attention):
    with pytest.raises(InputError, match="There is no head 9"):
        show_head(attention, head=9)
    with pytest.raises(InputError, match="There is no layer 3"):
        show_cls(attention, layer=3)
    with pytest.raises(InputError, match=r"first token is 'what', not '\[CLS\]'"):
        show_cls(Attention(TOKENS[1:], attention.weights[:, :, 1:, 1:]))
