"""HTML breaks: which become line breaks, and what stays as it is."""

import pyarrow
import pytest

from bertlab.data.cleaning import clean, replace_breaks
from bertlab.errors import InputError
from bertlab.sources import load_tokenizer


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("One.<br />Two.", "One.\nTwo."),
        ("One.<br /><br />Two.", "One.\nTwo."),
        ("One. <br>\n\t<BR/> <Br  />\r\n Two.<br />Three.", "One.\nTwo.\nThree."),
        ("<br />One.<br />", "\nOne.\n"),
        ("<br />\f\v<br />", "\n"),
        ("One.\n\nTwo.  Three. ", "One.\n\nTwo.  Three. "),
        (other := "a < br, <brr>, < br />, br />, <b>, </br>, <br clear=all>", other),
        ("<i>Up</i> &#345; <grin> &amp;", "<i>Up</i> &#345; <grin> &amp;"),
        ("Well\x85<br />\xa0Yes\u2028<br />é", "Well\x85\n\xa0Yes\u2028\né"),
    ],
)
def test_the_rule(text, cleaned):
    assert clean([text, "as it is"]) == [cleaned, "as it is"]
    assert replace_breaks(pyarrow.array([cleaned])).to_pylist() == [cleaned], "cleaning twice is cleaning once"


def test_a_break_costs_eight_word_pieces_and_cleaned_none():
    """As IMDb has them, in pairs."""
    tokenizer = load_tokenizer("minilm")
    text = "It was dull.<br /><br />Avoid."
    whole, cleaned, without = (tokenizer.tokenize(text) for text in (text, *clean([text]), "It was dull. Avoid."))
    assert cleaned == without
    assert len(whole) == len(without) + 8


def test_a_column_keeps_its_nulls_and_its_type():
    column = pyarrow.chunked_array([["a<br>b", None], ["c"]], pyarrow.large_string())
    replaced = replace_breaks(column)
    assert replaced.to_pylist() == ["a\nb", None, "c"] and replaced.type == pyarrow.large_string()


def test_what_is_no_list_of_texts():
    with pytest.raises(InputError, match="Wrap it in a list"):
        clean("a<br />b")
