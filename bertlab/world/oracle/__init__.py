"""The film world's own probabilities: what the best possible predictor would say of a masked word.

    from bertlab.world import reviews
    from bertlab.world.oracle import beliefs
    review = next(reviews(1, split="test"))
    beliefs(review, {(0, 3)})[0, 3].probabilities

**The predictor** knows the grammar and the tables that films are made from; it has never heard of the films. A
position is (number of the sentence, number of the pre-token); `basic_tokens` lists the pre-tokens of a sentence,
which are BERT's.

**What is summed.** All derivations of the masked sentence (`lattice.py`): steps of the plan, words that tie it to the
last opinion, rules, options, articles, agreement, options not used twice, facts. The facts, given what is visible of
them elsewhere (`evidence.py`): names, genders, titles and their places and heroes, and all that a film draws without
repeating. And the latents of the review: stance, tense, kind.

**What is told** (T) beyond the visible words V: which options of tables with a memory the sentences before, and the
other visible ones, took, up to the sign of the review; which step of the plan each of them carries out; where in them
which fact stands, and so how many words it has; whether each names the film; whether the review has more than five
sentences between opening and verdict; and of a segment whose first sentence is cut in front, the words cut off. What
is cut off behind, and what stands behind the window, is neither told nor needed. Whether a sentence opens a review,
closes it or neither counts as visible.

**Exact or a bound.** `Belief.exact` is True where T is a function of V as far as the sentence depends on it: then the
belief is the posterior given V, and no model can be better in expectation. Elsewhere it is the posterior given V and
T, and the bound is one because H(X | V, T) <= H(X | V): its mean negative log-probability lies below the loss of
every model. `blind` forgets the options used in other sentences, its own loss an estimate of the best one from above,
so that the floor lies between the two. (An estimate: it is still told the steps, the topic and where facts stand,
which the visible words rarely leave open.)

**What is neglected.** A review goes on until it has 14 words and stops after 205: a sentence is not asked what its
length does to that. Two films differ in title: a review's second title is not asked to differ from its first. Where a
value of a fact is partly visible, what it excludes for the film's other facts is not counted, and the belief is
called a bound. Told sentences outside the window count by the probabilities of the options that they took, not by
those of touching the table.

**Next sentences.** `compatible` judges pairs of segments; `next_sentence_ceiling` is the accuracy that this allows.
"""

from bertlab.world.oracle.beliefs import Belief, Oracle, beliefs, oracle
from bertlab.world.oracle.kinds import KINDS, kinds
from bertlab.world.oracle.pairs import compatible, next_sentence_ceiling
from bertlab.world.oracle.tokens import BasicToken, basic_tokens

__all__ = [
    "KINDS", "BasicToken", "Belief", "Oracle", "basic_tokens", "beliefs", "compatible", "kinds",
    "next_sentence_ceiling", "oracle",
]  # fmt: skip
