"""What kind of word stands where, from the derivation: for reporting a loss by kind."""

from __future__ import annotations

from bertlab.world.lexicon_opinions import ASPECTS, WORDS
from bertlab.world.oracle.trace import trace
from bertlab.world.stream import grammar
from bertlab.world.structure import Review

KINDS = ("function", "agreement", "sentiment", "copy", "free", "frame")

# Words of closed classes; all punctuation belongs to them too.
FUNCTION = frozenset(
    """a an the this that these those some any each every all both most much many more no none half one other another
of in on at to from with by about for as than before after during through into under over out up down off across above
along behind between beyond against without within until till like near next round away back despite because except
according besides throughout once while when where if though although since whether unless yet so and or but nor
neither either also too even only just still not never ever hardly i me my you your we us our he him his she her it
its they them their who whom whose which what how why there then here now nothing nobody everything everybody anything
anybody anyone something somebody is are was were be been being am do does did done have has had having can could may
might must shall should will would
s t re ve ll d m don doesn didn won wouldn couldn isn wasn""".split()
)
# Different names for what is one thing to copy from.
SAME = {"decade": "year", "genres": "genre"}
# Tables whose words a reader could not guess from a pattern: any of them would do.
OPEN = frozenset(
    """club kin number fate hard loss gain who people poster place.seen audience times degree degree.intense outweigh
outweighed time occasion lowest luck score quality opener further turn concede sum speaks falls""".split()
)
# Tables of opinion.
OPINION = frozenset(
    {name.rstrip("+-") for name in WORDS} | {f"{name}.adj" for name in ASPECTS} | {"adj.x", "liked.base"}
)


def kinds(review: Review, *, window: range | None = None) -> list[list[str]]:
    """The kind of every pre-token of every sentence; "copy" is judged by the mentions within `window`.

    | kind | what |
    |---|---|
    | `function` | a closed-class word or punctuation mark of a pattern |
    | `agreement` | a word whose form shows number or tense; a pronoun that shows whether somebody is a woman |
    | `sentiment` | a word of the tables of opinion |
    | `copy` | a word of a fact that another place in the window names too |
    | `free` | a word of a fact that is named once; a word of a table any of whose options would do |
    | `frame` | any other word of a pattern |
    """
    sentences = trace(review, grammar())
    window = range(len(sentences)) if window is None else window
    named: dict[str, int] = {}
    for number in window:
        for fact, _, _ in sentences[number].mentions:
            named[referent(fact)] = named.get(referent(fact), 0) + 1
    found = []
    for number, sentence in enumerate(sentences):
        row = []
        for token, word in zip(sentence.tokens, sentence.words, strict=True):
            source = sentence.sources[word]
            if source.startswith("fact "):
                others = named.get(referent(source[5:]), 0) - (number in window)
                row.append("copy" if others > 0 else "free")
            else:
                row.append(kind_of(token, source))
        found.append(row)
    return found


def referent(fact: str) -> str:
    """What a fact names, under one name."""
    prefix = "other." if fact.startswith("other.") else ""
    key = fact.removeprefix(prefix)
    return prefix + SAME.get(key, key)


def kind_of(token: str, source: str) -> str:
    """The kind of a word that is no part of a fact."""
    if source in ("forms", "pronoun"):
        return "agreement"
    if not token.isalnum() or token in FUNCTION:
        return "function"
    table = source.removesuffix("(+)").removesuffix("(-)").rstrip("+-")
    if table in OPINION:
        return "sentiment"
    return "free" if table in OPEN or table.endswith(".noun") else "frame"
