"""The German floor of the film world: every sentence of a review, said in German.

    from bertlab.world import reviews
    from bertlab.world.german import german
    for review in reviews(3):
        for sentence, translation in zip(review.sentences, german(review)):
            print(sentence.text, "=", translation)

Nothing is translated word by word, and nothing is left to chance: `derivation.py` rebuilds the tree of choices from
which a sentence was written, and `realiser.py` writes it again with the German tables, which have the same names and as
many options in the same order. `notation.py` explains how they are written, `morphology.py` how words are inflected,
`tables.py` how they are compiled and held against the English ones.

**What German does otherwise**, and the translation has to learn: the verb comes second, whatever stands first, and last
in a subordinate clause; separable verbs part with their prefix; nouns have a gender, which articles, adjectives and
pronouns follow through four cases ("it" is "er", "sie" or "es"); "when" is "wenn" or "als", as the tense has it; much
that English says with a clause stands in the middle field. Titles stay English, in quotation marks; "you" is "man", or
"Sie" where somebody is advised.

**To add** a word or a rule, add it to the English table, then to the German table of the same name, in the same place.
Where one is forgotten, the error names the table and the option.
"""

from bertlab.world.german.translation import german, parallel

__all__ = ["german", "parallel"]
