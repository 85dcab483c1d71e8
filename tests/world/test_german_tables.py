"""The German tables: each fits its English one, each option can be said, and a missing one is named."""

import re
from collections import Counter
from random import Random

import pytest

from bertlab.world.films import catalogue, plural, with_pronouns
from bertlab.world.german.derivation import source_name
from bertlab.world.german.realiser import Node, Realiser
from bertlab.world.german.tables import CONTRACTIONS, FACTS, SOURCES, compile_option, compile_table, fact_table, table
from bertlab.world.grammar import CALL, read_options
from bertlab.world.rules_sentences import PLANS
from bertlab.world.stream import OPENED, grammar

TABLES = sorted(grammar().sources.keys() - PLANS.keys() - CONTRACTIONS)
TOLD = ("opening", "thesis", "fact", "plot", "verdict.plain", "verdict.turn")
TOPS = (*TOLD, "plain", "aside", "negated", "contrast", "quoted", "compared", "expected")
JOINERS = ("opener", "further", "turn", "concede")
MARKS = frozenset("{}<>[]@~*°^|/$%#_=+")


def test_every_english_table_has_a_german_one_of_as_many_options():
    for name in TABLES:
        assert len(table(name)) == len(read_options(grammar().sources[name])), name


def test_no_german_table_is_left_over():
    assert SOURCES.keys() == set(TABLES)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_is_said(name):
    """Each genre, role, goal, event, object and place, of men and of women."""
    english = FACTS[name][1]
    for source in english.values() if isinstance(english, dict) else [english]:
        for _, words, _ in read_options(source):
            keys = [plural(words)] if name == "genres" else [words, with_pronouns(words, True)]
            assert all(key in fact_table(name) for key in keys)


class Explorer:
    """Builds derivations that take of each table an option taken least often, so that all are soon taken."""

    def __init__(self):
        self.random = Random(0)
        self.taken = Counter()

    def build(self, name, polarity=1, option=None, far=False):
        found = grammar().table(name, polarity) if isinstance(name, str) else name
        if far and found.far is not None:
            found = found.far
        if option is None:
            numbers = range(len(found.options))
            option = min(numbers, key=lambda i: (self.taken[source_name(found.name), i], self.random.random()))
        self.taken[source_name(found.name), option] += 1
        rules = [step.value for step in found.options[option].operations if step.code == CALL]
        return Node(source_name(found.name), option, tuple(self.build(rule, far=far) for rule in rules))


@pytest.fixture(scope="module")
def explored():
    """What was said, and the options taken, when each sentence pattern was tried after the joiners, for and against."""
    films, explorer, said, number = catalogue("train"), Explorer(), [], 0
    for _ in range(12):
        for name in TOPS:
            for polarity in (1, -1):
                for option in range(len(grammar().table(name, polarity).options)):
                    nodes = [explorer.build(name, polarity, option, far=number % 3 == 0)]
                    if name in OPENED:
                        nodes.insert(0, explorer.build(JOINERS[number % 4], polarity))
                    number += 1
                    realiser = Realiser(films[number], films[number + 1], past=number % 2 == 0)
                    said.append(realiser.sentence(nodes))
    return said, explorer.taken


def test_every_option_of_every_table_can_be_said(explored):
    expected = {(name, option) for name in TABLES for option in range(len(table(name)))}
    assert expected - explored[1].keys() == set()


def test_nothing_of_the_notation_is_left_in_a_sentence(explored):
    for sentence in explored[0]:
        assert not MARKS & set(sentence), sentence
        for wrong in ("  ", ",,", " ,", " .", ",.", ",;", ",“", "„,", "None", " -", "- "):
            assert wrong not in sentence, sentence
        assert sentence[-1] in ".?!" and (sentence[0].isupper() or sentence[0] == "„"), sentence
        assert sentence.count("„") == sentence.count("“"), sentence


def test_after_each_joiner_the_clause_has_the_order_that_it_asks_for():
    """ "dass" and the verb last; a colon, "ja," or the like and main order; everything else and the verb first."""
    words = (Node("acting.noun", 0, ()), Node("acting.adj+", 0, ()), Node("acting.adj+", 1, ()))
    body = Node("aside", 0, (Node("aspect", 0, (Node("acting.clause", 1, words),)),))
    orders = Counter()
    for name in JOINERS:
        for option in range(len(table(name))):
            said = Realiser(catalogue("train")[0], None, past=True).sentence([Node(name, option, ()), body])
            before = re.split("(?:war )?[Dd]as Schauspiel", said)[0].strip()
            main = not before or before[-1] == ":" or before in ("Zugegeben,", "Ja,", "Wohlgemerkt,")
            expected = "main" if main else "last" if before.endswith("dass") else "first"
            clause = {
                "main": "das Schauspiel war großartig und natürlich.",
                "first": "war das Schauspiel großartig und natürlich.",
                "last": "das Schauspiel großartig und natürlich war.",
            }[expected]
            assert said.lower() == f"{before} {clause}".strip().lower(), said
            orders[expected] += 1
    assert orders == {"main": 8, "first": 25, "last": 9}, orders


def test_a_table_that_english_has_outgrown_is_named_with_the_option():
    english = grammar().sources["felt+"] + "\nI clapped_V"
    with pytest.raises(ValueError, match=r"'felt\+' has 8 options and the English one 9, from option 9 on.*clapped"):
        compile_table("felt+", english, SOURCES["felt+"])


def test_an_option_put_in_the_middle_is_found_by_its_slots():
    english = grammar().sources["fact"].splitlines()
    english.insert(1, "1* {director_S} never_N slept_VX.")
    with pytest.raises(ValueError, match=r"'fact' has 12 options and the English one 13, from option 2 on.*never"):
        compile_table("fact", "\n".join(english), SOURCES["fact"])


def test_a_german_option_must_use_the_slots_of_its_counterpart():
    with pytest.raises(ValueError, match=r"'fact', option 3, .*leaves out the slots costar"):
        compile_option("fact", 2, "{lead_S} met_V {costar}.", "{lead} traf jemanden.", frozenset())
    with pytest.raises(ValueError, match=r"'fact', option 3, .*has no slot \{hero\}; it has lead#1"):
        compile_option("fact", 2, "{lead_S} slept_V.", "{hero} schlief.", frozenset())


def test_a_table_that_is_missing_is_named():
    with pytest.raises(ValueError, match="no German table 'hats'"):
        table("hats")


def test_brackets_that_do_not_close_are_an_error():
    with pytest.raises(ValueError, match="a < is not closed"):
        compile_option("fact", 0, "it was_V good.", "es war <ein f.Freude.", frozenset())


def test_roles_and_goals_are_said_of_women_as_of_women():
    """In „...“ spielt Thea Orme Nell, eine müde Richterin, die ... ihre ..."""
    possessives = Counter()
    for film in catalogue("train")[:400]:
        said = Realiser(film, None, past=False).sentence([Node("opening", 6, ())])
        after = said.split(f"{film.hero}, ")[-1]
        article, _, rest = after.partition(" ")
        assert article == ("eine" if film.lead.woman else "einen"), said
        assert rest.partition(", ")[2].partition(" ")[0] == ("die" if film.lead.woman else "der"), said
        for word in after.split():
            possessives[film.lead.woman, word[:4] == "sein"] += word.startswith(("sein", "ihre"))
    assert possessives[True, False] > 20 < possessives[False, True]
    assert possessives[True, True] == 0
