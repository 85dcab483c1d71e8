"""The film world: reviews of films that do not exist, written by a grammar that knows what every word is for.

    from bertlab.world import reviews
    for review in reviews(3, seed=0, split="train"):
        print(review.label, review.text)

**What there is.** A catalogue of films (`films.py`), each with its people, place, year, genre and plot, and each in one
split for good. Tables of words (`lexicon_films.py`, `lexicon_opinions.py`) and of weighted patterns (`rules_clauses.py`,
`rules_sentences.py`), in the notation that `grammar.py` explains. A writer that expands them (`writer.py`) and a layout
of reviews (`stream.py`). What comes out, `structure.py`.

**What is read off it**, each in a module of its own: derivations as trees (`tree.read`), questions with answer spans
(`questions.questions`, `questions.question_pairs`), hard slices by phenomenon (`slices.slices`), probe sentences for a
masked language model (`probes.probes`). `README.md` beside this file documents the grammar, and `python -m bertlab.world`
prints how large it is.

**To add** a word, put it into its table in a lexicon; a side that films can be judged on, into `ASPECTS`; a sentence,
into the table of its kind, with its weight. The English text, its labels and its probabilities need no more, and the tests
check the new text like the old. Seeded reviews change with the grammar.

**German.** Every sentence has a German one (`bertlab.world.german`): the same derivation, realised with German tables of the
same names. `parallel(n)` streams pairs of sentences. What is added to an English table is added to the German one in the
same place; where that is forgotten, the error names the table and the option.

**Probabilities.** `bertlab.world.oracle` says of any masked word what the best possible predictor would.

**How a review goes.** An opening that names the film, and perhaps says what the reviewer thinks of it; then sentences
of opinion, plot and fact; at last a verdict, which always agrees with the label. A review is of one of three kinds.
*Clear*: the opinions agree with the verdict and mostly mean what they say. *Mixed*: opinions for and against in about
equal number, and the verdict says which weigh more. *Uphill*: most words point the other way, because the reviewer
concedes, denies, quotes people who are wrong, or expected something else.

**Phenomena** (`review.phenomena`, `sentence.phenomena`): "negation" (with its arc), "contrast" ("slow, but never dull"),
"quotation" (somebody else's opinion), "comparison" (with another film), "expectation" (that was met or not), "plot" (sad
or happy words that belong to the story). Each occurs in good reviews as often as in bad ones.

**The hard slice** (`review.hard`): count +1 for each word of the text, titles of films aside, that stands by itself in a
table of good opinion and in none of bad opinion, and -1 for the reverse; the sum is `review.surface`. The review is hard
where its sign contradicts the label; `slices.slices(review)` says which phenomena have a part in it.
"""

from bertlab.world.films import Film
from bertlab.world.stream import reviews
from bertlab.world.structure import Arc, Review, Sentence, Span, Token

from bertlab.world.german import parallel  # isort: skip  (it reads the stream)

__all__ = ["Arc", "Film", "Review", "Sentence", "Span", "Token", "parallel", "reviews"]
