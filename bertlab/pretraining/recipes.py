"""What a pretraining run consists of: sizes, lengths, rates. The two runs of the film world are one recipe, long and short."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from bertlab.errors import InputError
from bertlab.model.config import BertConfig
from bertlab.pretraining.masking import Masking


class Phase(NamedTuple):
    """A stretch of training: `steps` updates on pairs of at most `max_length` tokens, of which `rate` are masked."""

    max_length: int
    steps: int
    rate: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a run depends on but the text.

    BERT was trained on short sequences first (90 % of its steps on 128 tokens, then 512; appendix A.2): attention costs
    less there, and learns faster where to look. The phases here do the same on a smaller scale.

    Attributes:
        num_hidden_layers: encoder layers.
        hidden_size: the width; a head is 32 wide, the intermediate layer four times the width.
        max_position_embeddings: the longest sequence that the model will take.
        phases: in order. Lengths should rise; the rate may fall towards BERT's 0.15, at which a model is judged.
        documents_in_a_batch, interleave: see `PretrainingBatches`.
        masking: how to mask in training; the rate is the phases'. Held-out text is always masked as BERT's was.
        next_sentence: whether the next-sentence loss is part of the total.
        dropout: on hidden states and attention weights. Text that is new at every step needs none.
        waves: the size of the sinusoids that the position embeddings begin as; 0 for BERT's own start, random numbers.
        word_vectors: the length of the vectors of co-occurrence that the word embeddings begin as; 0 for BERT's own start.
        counted_documents: how many documents their co-occurrences are counted in.
        optimizer, learning_rate, muon_learning_rate, weight_decay, warmup, betas: see `bertlab.training.train`.
        seed: of the weights, the text's order, the pairs and the masks.
    """

    num_hidden_layers: int = 2
    hidden_size: int = 128
    max_position_embeddings: int = 256
    phases: tuple[Phase, ...] = (Phase(32, 340), Phase(128, 740))
    documents_in_a_batch: int = 16
    interleave: int = 1
    masking: Masking = Masking()
    next_sentence: bool = True
    dropout: float = 0.0
    waves: float = 0.0
    word_vectors: float = 0.0
    counted_documents: int = 2000
    optimizer: str = "muon"
    learning_rate: float = 5e-3
    muon_learning_rate: float = 1.5e-2
    weight_decay: float = 0.01
    warmup: float = 0.05
    betas: tuple[float, float] = (0.9, 0.95)
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.waves >= 0 and self.word_vectors >= 0 and self.counted_documents >= 1):
            raise InputError(
                f"waves is {self.waves!r}, word_vectors {self.word_vectors!r}, counted_documents {self.counted_documents!r}; "
                "expected sizes of 0 or more, counted in at least 1 document."
            )
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise InputError(f"seed is {self.seed!r}; expected a whole number of at least 0.")
        if not self.phases or any(phase.steps < 1 for phase in self.phases):
            raise InputError(f"phases are {self.phases!r}; expected at least one, each of at least one step.")
        longest = max(phase.max_length for phase in self.phases)
        if longest > self.max_position_embeddings:
            raise InputError(
                f"a phase has sequences of {longest} tokens, but the model {self.max_position_embeddings} positions: raise "
                "max_position_embeddings or shorten the phase."
            )

    @property
    def steps(self) -> int:
        """Updates of the whole run."""
        return sum(phase.steps for phase in self.phases)

    @property
    def max_length(self) -> int:
        """The length of the last phase, at which a run is judged."""
        return self.phases[-1].max_length

    def with_steps(self, steps: int) -> "Recipe":
        """The recipe with so many updates in all, its phases in the same proportion."""
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < len(self.phases):
            raise InputError(f"steps is {steps!r}; expected a whole number of at least {len(self.phases)}, one a phase.")
        ends, done, sizes = 0, 0, []
        for phase in self.phases:
            ends += phase.steps
            sizes.append(max(1, round(steps * ends / self.steps) - done))
            done += sizes[-1]
        sizes[0] += steps - sum(sizes)
        return replace(self, phases=tuple(p._replace(steps=n) for p, n in zip(self.phases, sizes, strict=True)))

    def config(self, vocab_size: int) -> BertConfig:
        """The model's configuration for a vocabulary."""
        return BertConfig(
            vocab_size=vocab_size,
            hidden_size=self.hidden_size,
            num_hidden_layers=self.num_hidden_layers,
            num_attention_heads=max(1, self.hidden_size // 32),
            intermediate_size=4 * self.hidden_size,
            max_position_embeddings=self.max_position_embeddings,
            hidden_dropout_prob=self.dropout,
            attention_probs_dropout_prob=self.dropout,
        )


RECIPES = {
    "live": Recipe(),
    "filmbert": Recipe(
        num_hidden_layers=3,
        hidden_size=160,
        phases=(Phase(32, 250), Phase(128, 9750), Phase(256, 4000, rate=0.15)),
        waves=0.2,
        word_vectors=0.5,
        counted_documents=8000,
        learning_rate=2e-3,
        muon_learning_rate=1.2e-2,
        warmup=0.02,
    ),
    "mini": Recipe(
        num_hidden_layers=4,
        hidden_size=256,
        max_position_embeddings=512,
        phases=(Phase(128, 9000, rate=0.15), Phase(512, 1000, rate=0.15)),
        documents_in_a_batch=8,
        dropout=0.1,
        learning_rate=1e-3,
        muon_learning_rate=5e-3,
    ),
}
"""`live`: the two minutes of notebook 05. `filmbert`: the long run, whose checkpoint ships. `mini`: BERT-mini's size, for
real text on a GPU."""
