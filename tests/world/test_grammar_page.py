"""The page that documents the grammar is true: its numbers, its examples, and what it says of adding words."""

import doctest
import re
from pathlib import Path

import pytest

import bertlab.world
from bertlab.world import __main__ as command
from bertlab.world import lexicon_films, stream
from bertlab.world.films import FACT_NAMES
from bertlab.world.grammar import Grammar, read_options
from bertlab.world.rules_questions import ASKED
from bertlab.world.stream import grammar, reviews

PAGE = Path(bertlab.world.__file__).with_name("README.md")
TEXT = PAGE.read_text(encoding="utf-8")
# Not options: ways to write a slot or a mark, which the other examples show in use.
PARTS = {"I liked it=film", "the movie+film"}


@pytest.fixture
def with_tables(monkeypatch):
    """Put a copy of the grammar, with tables of one's own in it, in its place."""

    def put(**tables: str) -> Grammar:
        mine = Grammar(grammar().sources | tables, grammar().fresh, FACT_NAMES)
        monkeypatch.setattr(stream, "grammar", lambda: mine)
        return mine

    return put


def test_its_numbers_are_those_that_the_command_prints(capsys):
    printed = dict(re.findall(r"^\| (\w+) \| ([\d,]+) \|$", TEXT, re.MULTILINE))
    assert printed == {name: f"{number:,}" for name, number in command.counts().items()}
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[:4]] == [[name, number] for name, number in printed.items()]
    assert [line for line in lines if len(line) > 150] == [review.text for review in reviews(3)]


def test_its_code_does_what_it_shows():
    results = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert results.attempted >= 8 and results.failed == 0


def test_its_examples_are_in_the_tables():
    """Those of the last column, in the table of the notation and in that of the tables."""
    films = [value for name, value in vars(lexicon_films).items() if name.isupper()]
    sources = [s for value in films for s in (value.values() if isinstance(value, dict) else [value])]
    sources += [*grammar().sources.values(), " | ".join(wordings for _, wordings in ASKED.values())]
    known = {line.strip() for source in sources for part in source.splitlines() for line in part.split(" | ")}
    known |= {re.sub(r"^[0-9.]+\* *", "", line) for line in known}
    rows = [line for line in TEXT.splitlines() if line.startswith("| `") or line.startswith("| | `")]
    examples = [example for row in rows for example in re.findall(r"`([^`]+)`", row.split(" | ")[-1])]
    assert len(examples) >= 25
    fragments = {example for example in examples if example not in known and example not in PARTS}
    everything = "\n".join(known)
    assert not [example for example in fragments if example not in everything], fragments


def test_the_files_and_tables_it_names_exist():
    for name in re.findall(r"`(\w+\.py)`", TEXT):
        assert PAGE.with_name(name).is_file(), name
    code = "\n".join(path.read_text(encoding="utf-8") for path in PAGE.parent.glob("*.py"))
    for name in set(re.findall(r"`([A-Z_]{4,})`", TEXT)):
        assert re.search(rf"^{name}\b.* = ", code, re.MULTILINE), name


def test_a_word_added_to_a_table_occurs_in_reviews_and_is_counted(with_tables):
    before = command.counts()
    mine = with_tables(**{"acting.adj+": grammar().sources["acting.adj+"] + " | 40* gobsmacking"})
    found = [review for review in reviews(600) if "gobsmacking" in review.text]
    assert len(found) > 15
    assert all(review.film.split == "train" for review in found)
    sentences = [s for review in found for s in review.sentences if "gobsmacking" in s.text]
    assert any(re.search(r"\b(is|are|was|were) [\w ,]*gobsmacking", s.text) for s in sentences)
    assert command.counts(mine) == before | {"options": before["options"] + 1, "words": before["words"] + 1}


def test_a_sentence_added_to_a_table_agrees_and_has_its_arcs(with_tables):
    with_tables(fact=grammar().sources["fact"] + "\n90* the {acting.noun_S} hums/hum/hummed/hummed_V in {place}.")
    seen = set()
    for review in reviews(300):
        for sentence in review.sentences:
            match = re.match(r"The ([\w -]+) (hums?|hummed) in ", sentence.text)
            if match:
                plural = match[1] in ("performances", "child actors", "line readings")
                assert match[2] in (("hum", "hummed") if plural else ("hums", "hummed")), sentence.text
                (arc,) = sentence.arcs
                assert (sentence.words[arc.source], arc.kind) == (match[2], "subject")
                assert sentence.words[arc.target] == match[1].split()[-1]
                assert review.film.place in sentence.text
                seen.add(match[2])
    assert seen == {"hums", "hum", "hummed"}


def test_the_counted_tables_are_all_there_are():
    assert command.counts()["tables"] == len(grammar().sources)
    assert command.counts()["options"] == sum(len(read_options(source)) for source in grammar().sources.values())
    written = {word.lower() for review in reviews(200) for s in review.sentences for word in s.words if word.isalpha()}
    assert len(written) < command.counts()["words"] < 3 * len(written)
