"""What the exercises call: says whether an answer is right and, where it is not, the likely mistake.

A module for each notebook; ``answers`` is what they share.
"""
