"""A challenge set for sentiment classifiers: short reviews written for this project, each hard in a way that has a name.

There is a file for each phenomenon, in which a bag of words cannot find the verdict, and one more, ``plain``, of easy
reviews: the control group, against which a drop on the others is read. Most of the hard reviews are one of a pair: nearly
the same words and the opposite label, so that whoever goes by the words gets one of the two wrong (as in contrast sets,
Gardner et al. 2020). Half of each file is positive.

How the labels were checked: reviews and labels are one author's. The author read all of them twice more, shuffled, with the
labels hidden, and wrote the labels down anew. Both times all agreed; the eight reviews at which the first reading had
hesitated were rewritten before the second. No second annotator has read them, so how far others agree is not known.

The files are meant to be edited: UTF-8, a line for each review with ``neg`` or ``pos``, the pair's name or ``-``, and the
text, divided by tabs. The text is taken as it stands, quotes included. Lines that begin with ``#`` and empty ones do not
count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bertlab.data.reviews import CLASSES
from bertlab.errors import SourceError

CONTROL = "plain"
PHENOMENA = (
    "negation",
    "contrast",
    "sarcasm",
    "comparison",
    "mixed",
    "quoted",
    "intensity",
    "plot-versus-verdict",
)
HEADER = ("label", "pair", "text")
FOLDER = Path(__file__).parent

_ORDER = (CONTROL, *PHENOMENA)


@dataclass(frozen=True)
class ChallengeReview:
    """One review of the challenge set.

    Attributes:
        text: the review, one line of plain text.
        label: 0 (negative) or 1 (positive).
        phenomenon: why it is hard, the name of its file; ``plain`` for those that are not.
        pair: phenomenon and name of the pair, as in ``negation/moment``; None for a review that stands alone.
    """

    text: str
    label: int
    phenomenon: str
    pair: str | None = None


def load_challenge(folder: str | Path = FOLDER) -> list[ChallengeReview]:
    """The challenge set: the control group, then the phenomena in the order of ``PHENOMENA``, each in its file's order.

    Args:
        folder: where the files ``<phenomenon>.tsv`` are, for a set of your own; phenomena with other names come last, in
            the alphabet's order.

    Raises:
        SourceError: for a folder without such files, and a file that is not as expected; it names the file, the line and
            what is wrong there.
    """
    files = sorted(Path(folder).glob("*.tsv"), key=lambda file: (_place(file.stem), file.stem))
    if not files:
        raise SourceError(f"{folder} holds no files <phenomenon>.tsv. Expected some: give another folder.")
    reviews, seen = [], {}
    for file in files:
        for number, review in _read(file):
            where = f"{file}, line {number}"
            first = seen.setdefault(review.text.casefold(), where)
            if first != where:
                raise SourceError(f"{where} repeats the text of {first}: change or delete one of them.")
            reviews.append(review)
    return reviews


def _place(phenomenon: str) -> int:
    return _ORDER.index(phenomenon) if phenomenon in _ORDER else len(_ORDER)


def _read(file: Path) -> Iterator[tuple[int, ChallengeReview]]:
    """The reviews of one file, each with the number of its line."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")  # -sig: some editors begin a file with a mark
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not UTF-8 (byte {error.start}): save it in this encoding.") from error
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if not rows or tuple(rows[0][1].split("\t")) != HEADER:
        where = f"{file}, line {rows[0][0]}, is" if rows else f"{file} has"
        raise SourceError(f"{where} no header. Expected {', '.join(HEADER)}, divided by tabs, before the first review.")
    found = [(number, _review(line, file, number)) for number, line in rows[1:]]
    if not found:
        raise SourceError(f"{file} has a header and no reviews. Add some, or delete the file.")
    _check_pairs(found, file)
    yield from found


def _review(line: str, file: Path, number: int) -> ChallengeReview:
    fields = line.split("\t")
    where = f"{file}, line {number}"
    if len(fields) != len(HEADER):
        raise SourceError(
            f"{where} has {len(fields)} fields; expected {len(HEADER)}, {', '.join(HEADER)}, with one tab between two of "
            f"them and none in the text: {line[:60]!r}."
        )
    label, pair, text = fields
    if label not in CLASSES:
        raise SourceError(f"{where} has the label {label!r}; expected {' or '.join(CLASSES)}. Mend it.")
    if pair != "-" and (not pair or not pair.isprintable() or " " in pair):
        raise SourceError(f"{where} has the pair {pair!r}; expected one word that both of a pair have, or - for none.")
    if not text.strip():
        raise SourceError(f"{where} has no text. Write the review, or delete the line.")
    odd = next((character for character in text if not character.isprintable()), None)
    if odd is not None:
        raise SourceError(f"{where} has the character {odd!r} in its text, which does not print: delete it.")
    if text != " ".join(text.split()):
        raise SourceError(f"{where} has spaces before, after or doubled in its text: delete them ({text[:60]!r}).")
    return ChallengeReview(text, CLASSES.index(label), file.stem, None if pair == "-" else f"{file.stem}/{pair}")


def _check_pairs(found: list[tuple[int, ChallengeReview]], file: Path) -> None:
    pairs: dict[str, list[tuple[int, ChallengeReview]]] = {}
    for number, review in found:
        if review.pair is not None:
            pairs.setdefault(review.pair, []).append((number, review))
    for pair, members in pairs.items():
        where = f"{file}, line {' and '.join(str(number) for number, _ in members)}: the pair {pair.split('/')[-1]!r}"
        if len(members) != 2:
            raise SourceError(f"{where} has {len(members)} reviews; expected 2. Mend the names, or write - for no pair.")
        labels = [review.label for _, review in members]
        if labels[0] == labels[1]:
            raise SourceError(f"{where} is {CLASSES[labels[0]]} twice; expected one neg and one pos. Mend the label.")
