"""Where documents come from: the film world, folders of text, and a Hub on this machine."""

import io
import json

import pyarrow
import pytest
from pyarrow import parquet

from bertlab.errors import InputError, SourceError
from bertlab.pretraining import FilmWorld, HubText, TextFiles
from bertlab.pretraining.corpus import read_documents, sentences_of
from bertlab.world import reviews
from tests.local_hub import LocalHub, run_with_hub

# The film world


def test_documents_are_the_world_s_reviews():
    told = [[sentence.text for sentence in review.sentences] for review in reviews(6, seed=4, split="validation")]
    corpus = FilmWorld(seed=4, split="validation")
    assert corpus.documents(0, 6) == told
    assert corpus.documents(2, 3) == told[2:5] and corpus.documents(5, 1) == told[5:]
    assert FilmWorld(seed=5, split="validation").documents(0, 1) != told[:1]
    assert FilmWorld(seed=4, split="test").documents(0, 1) != told[:1]
    assert all(len(document) > 1 for document in told)


def test_a_world_of_so_many_reviews_begins_again():
    endless, of_three = FilmWorld(), FilmWorld(reviews=3)
    first = endless.documents(0, 3)
    assert of_three.documents(0, 7) == first + first + first[:1]
    assert of_three.documents(301, 2) == first[1:]
    assert endless.documents(3, 3) != first


@pytest.mark.parametrize("number", [1, 0, -5, 2.5, True, "10"])
def test_a_world_of_too_few_reviews(number):
    with pytest.raises(InputError, match="reviews is .*; expected a whole number of at least 2"):
        FilmWorld(reviews=number)


def test_no_such_split_or_seed():
    with pytest.raises(InputError, match="split is 'dev': expected one of"):
        FilmWorld(split="dev")
    with pytest.raises(InputError, match="seed is '0': expected an integer"):
        FilmWorld(seed="0")


def test_a_corpus_says_how_to_make_it_again(tmp_path):
    (tmp_path / "a.txt").write_text("One.")
    files = TextFiles(tmp_path, seed=3)
    assert repr(FilmWorld(seed=2, reviews=9)) == "FilmWorld(seed=2, split='train', reviews=9)"
    assert repr(files) == f"TextFiles({str(tmp_path)!r}, seed=3, excerpt=None)"


def test_excerpts_leave_a_sentence_out(tmp_path):
    (tmp_path / "a.txt").write_text("One. Two. Three. Four. Five. Six. Seven.\n\nEight. Nine.\n")
    found = TextFiles(tmp_path, excerpt=2).documents(0, 4)
    assert sorted(found) == [["Eight.", "Nine."], ["Four.", "Five."], ["One.", "Two."], ["Seven."]]
    with pytest.raises(InputError, match="at least 2 sentences"):
        TextFiles(tmp_path, excerpt=1)


# Text files


@pytest.fixture
def folder(tmp_path):
    """Eleven documents of two sentences in three files of the plain kind, and one that is no text file."""
    texts = [[f"Document {number} begins.", f"It is number {number}!"] for number in range(11)]
    for name, part in (("c", texts[8:]), ("a", texts[:5]), ("b", texts[5:8])):
        (tmp_path / f"{name}.txt").write_text("\n\n".join(" ".join(document) for document in part), encoding="utf-8")
    (tmp_path / "notes.md").write_text("Not this.")
    return tmp_path, texts


def test_a_pass_holds_every_document_once(folder):
    path, texts = folder
    files = TextFiles(path)
    assert len(files) == 11
    passes = [files.documents(11 * number, 11) for number in range(4)]
    assert all(sorted(found) == sorted(texts) for found in passes)
    assert len({json.dumps(found) for found in [*passes, texts]}) == 5


def test_a_document_s_number_decides(folder):
    files = TextFiles(folder[0])
    stream = files.documents(0, 60)
    for start, count in ((0, 1), (3, 5), (10, 2), (11, 11), (9, 40), (59, 1), (5, 0), (11, 0)):
        assert TextFiles(folder[0]).documents(start, count) == stream[start : start + count]
    assert TextFiles(folder[0], seed=1).documents(0, 60) != stream


def test_a_single_file(folder):
    path, texts = folder
    assert sorted(TextFiles(path / "b.txt").documents(0, 3)) == texts[5:8]
    assert sorted(TextFiles(str(path / "b.txt")).documents(0, 3)) == texts[5:8]


WIKI = """
 = The First = \n
 It has a sentence . It has another ! \n
 = = A Section = = \n
 A third is here . \n
 = = = Deeper = = = \n
 = B = \n
 This article has a title of one letter . Is it the second ? \n
 = 1 + 1 = 2 = \n
 The third .
"""


@pytest.mark.parametrize("marked", ["", "\ufeff"])
def test_wikitext(tmp_path, marked):
    (tmp_path / "wiki.txt").write_text(marked + WIKI.strip(), encoding="utf-8")
    (tmp_path / "plain.txt").write_text("Plain stays plain.\n\nIt is = so = here.", encoding="utf-8")
    assert sorted(TextFiles(tmp_path).documents(0, 5)) == [
        ["It has a sentence .", "It has another !", "A third is here ."],
        ["It is = so = here."],
        ["Plain stays plain."],
        ["The third ."],
        ["This article has a title of one letter .", "Is it the second ?"],
    ]


def test_documents_without_text_are_left_out():
    lines = ["", "", "One.", " ", "", "\t", "Two. Three.", "Four.", ""]
    assert list(read_documents(lines, wiki=False)) == [["One."], ["Two.", "Three.", "Four."]]
    assert list(read_documents([" = A = ", " = Bcd = ", " = = E = = ", ""], wiki=True)) == []
    assert list(read_documents(["Before .", "", " = Title = ", "Behind ."], wiki=True)) == [["Before ."], ["Behind ."]]


@pytest.mark.parametrize(
    ("line", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ('She said "Go." Then she left.', ['She said "Go."', "Then she left."]),
        ("(It was late.) (So it was.) 5 came.", ["(It was late.)", "(So it was.)", "5 came."]),
        ("He asked ('Why?') Nobody knew.", ["He asked ('Why?')", "Nobody knew."]),
        ('It ended. "What now?" she said.', ["It ended.", '"What now?" she said.']),
        ("It cost 3.5 million, i.e. more.", ["It cost 3.5 million, i.e. more."]),
        ("  Spaces   inside.   Outside.  ", ["Spaces   inside.", "Outside."]),
        ("", []),
    ],
)
def test_sentences(line, sentences):
    assert sentences_of(line) == sentences
    assert "".join("".join(sentences).split()) == "".join(line.split())


def test_a_folder_that_is_none(tmp_path):
    for path in (tmp_path, tmp_path / "gone", tmp_path / "gone.txt"):
        with pytest.raises(SourceError, match=f"{path} is no text file, and no folder with text files"):
            TextFiles(path)


def test_files_without_text(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(" \n\n\t")
    with pytest.raises(SourceError, match=r"there is no text in a\.txt, b\.txt"):
        TextFiles(tmp_path)


def test_a_file_that_is_not_utf_8(tmp_path):
    (tmp_path / "a.txt").write_text("Fine.")
    (tmp_path / "b.txt").write_bytes("Größe".encode("latin-1"))
    with pytest.raises(SourceError, match=r"b\.txt is no UTF-8 text: .*Convert it, or leave it out"):
        TextFiles(tmp_path)


@pytest.mark.parametrize("seed", [-1, 1.0, None])
def test_a_seed_that_is_none(folder, seed):
    with pytest.raises(InputError, match="seed is .*; expected a whole number of at least 0"):
        TextFiles(folder[0], seed=seed)


# The Hub

CARD = """---
configs:
- config_name: small
  default: true
  data_files:
  - split: train
    path: train.parquet
---
"""


def data_set(**columns):
    """The files of a data set of one split."""
    content = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), content)
    return {"README.md": CARD.encode(), "train.parquet": content.getvalue()}


@pytest.fixture
def hub():
    """A Hub that holds nothing yet."""
    with LocalHub() as hub:
        yield hub


def test_data_sets_of_the_hub(hub, tmp_path):
    repos = hub.repos
    lines = [line + "\n" for line in WIKI.splitlines()]
    rows = ["One film. It is long.\n\nStill the same.", "", "Another film. It is = not = long."]
    repos["datasets", "a/wiki"] = data_set(text=lines)
    repos["datasets", "a/rows"] = data_set(text=[*rows, None])
    repos["datasets", "a/blank"] = data_set(text=["", " "])
    repos["datasets", "a/column"] = data_set(words=["a"], label=[1])
    repos["datasets", "a/numbers"] = data_set(text=[1, 2])
    repos["datasets", "a/cut"] = data_set(text=["One film. " * 50] * 200)
    hub.failures["a/cut"] = "cut off"
    code = """
import json
from bertlab.pretraining import HubText

answers = {}
wiki = HubText("a/wiki", "small")
answers["again"] = [wiki.documents(start, count) for start, count in ((0, 4), (1, 1), (2, 2), (7, 1), (0, 1))]
answers["rows"] = HubText("a/rows", "small").documents(0, 3)
for name in ("column", "numbers", "cut", "gone", "blank"):
    try:
        answers[name] = HubText(f"a/{name}", "small").documents(0, 2)
    except Exception as error:
        answers[name] = [type(error).__name__, str(error)]
try:
    HubText("a/wiki", "small", split="dev")
except Exception as error:
    answers["split"] = [type(error).__name__, str(error)]
print("answers", json.dumps(answers))
"""
    done = run_with_hub(code, hub, tmp_path)
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.split("answers ")[1])
    first, second, third = (
        ["It has a sentence .", "It has another !", "A third is here ."],
        ["This article has a title of one letter .", "Is it the second ?"],
        ["The third ."],
    )
    assert answers.pop("again") == [[first, second, third, first], [second], [third, first], [second], [first]]
    one = ["One film.", "It is long.", "Still the same."]
    assert answers.pop("rows") == [one, ["Another film.", "It is = not = long."], one]
    expected = {
        "column": "has the columns words, label; expected one called text, of strings",
        "numbers": "has the columns text; expected one called text, of strings",
        "cut": "HubText('a/cut', 'small', split='train', excerpt=None) cannot be read:",
        "gone": "HubText('a/gone', 'small', split='train', excerpt=None) cannot be read:",
        "blank": "holds no text: name another split",
        "split": "split='dev', excerpt=None) cannot be read:",
    }
    assert {name: kind for name, (kind, _) in answers.items()} == dict.fromkeys(expected, "SourceError")
    for name, part in expected.items():
        assert part in answers[name][1], answers[name]


def test_a_stream_that_breaks_off_is_begun_again(monkeypatch):
    """Once the network is back, a document that was asked for in vain is the one that it always was."""
    texts, works = [f"Film {number}. It is long." for number in range(150)], [True]

    class Rows:
        def take(self, count):
            return [{"text": text} for text in texts[:count]]

        def __iter__(self):
            for number, text in enumerate(texts):
                if number == 120 and not works[0]:
                    raise ConnectionError("the line is dead")
                yield {"text": text}

    monkeypatch.setattr("datasets.load_dataset", lambda *args, **options: Rows())
    corpus = HubText("a/rows", None)
    assert corpus.documents(100, 2) == [["Film 100.", "It is long."], ["Film 101.", "It is long."]]
    works[0] = False
    for _ in range(2):
        said = r"HubText\(.a/rows., None, split=.train., excerpt=None\) cannot be read: Conn.*dead"
        with pytest.raises(SourceError, match=said):
            corpus.documents(119, 2)
    works[0] = True
    assert corpus.documents(119, 2) == [["Film 119.", "It is long."], ["Film 120.", "It is long."]]
