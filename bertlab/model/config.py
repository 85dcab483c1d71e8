"""The numbers that make a BERT: one dataclass, the same names as in a Hugging Face config.json."""

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from bertlab.errors import InputError

if TYPE_CHECKING:
    import transformers

GELUS = {"gelu": "none", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}
"""Name in a config -> the `approximate=` of torch's GELU: exact (erf) or by tanh."""

_WHAT_WE_BUILD = {
    "model_type": "bert",
    "is_decoder": False,
    "add_cross_attention": False,
    "position_embedding_type": "absolute",
    "tie_word_embeddings": True,
}


@dataclass(frozen=True, kw_only=True)
class BertConfig:
    """BERT-base as published (Devlin et al. 2018, section 3 and appendix A.2); every number can be changed.

    Frozen: a variant is `dataclasses.replace(config, hidden_act="gelu_new")`. Raises InputError for numbers that no
    BERT can have.
    """

    vocab_size: int = 30522
    hidden_size: int = 768  # H in the paper, D in shape comments
    num_hidden_layers: int = 12  # L in the paper
    num_attention_heads: int = 12  # A in the paper, h in shape comments
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int | None = 0
    classifier_dropout: float | None = None  # None: as hidden_dropout_prob
    num_labels: int = 2
    id2label: dict[int, str] | None = None  # the labels' names; without, LABEL_0, LABEL_1 ...

    @property
    def head_size(self) -> int:
        """d_k, the width of one head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def head_dropout(self) -> float:
        """The dropout before a classifier."""
        return self.hidden_dropout_prob if self.classifier_dropout is None else self.classifier_dropout

    def __post_init__(self) -> None:
        for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
                     "max_position_embeddings", "type_vocab_size", "num_labels"):  # fmt: skip
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; expected at least 1.")
        if self.hidden_size % self.num_attention_heads:
            raise InputError(
                f"hidden_size {self.hidden_size} cannot be cut into num_attention_heads {self.num_attention_heads} "
                "equal heads; choose a hidden_size that is a multiple of the number of heads."
            )
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"):
            if not 0 <= (getattr(self, name) or 0) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; expected a probability from 0 up to, not with, 1.")
        if self.hidden_act not in GELUS:
            raise InputError(f"hidden_act is {self.hidden_act!r}; expected one of {', '.join(GELUS)}.")
        if self.pad_token_id is not None and not 0 <= self.pad_token_id < self.vocab_size:
            raise InputError(f"pad_token_id {self.pad_token_id} is outside the vocabulary of {self.vocab_size}.")
        names = self.id2label or {}
        if names == _default_names(len(names)):  # they follow num_labels, names that mean something do not
            object.__setattr__(self, "id2label", _default_names(self.num_labels))
        elif set(names) != set(range(self.num_labels)):
            raise InputError(f"id2label names {sorted(names)}; expected each number below num_labels {self.num_labels}.")

    @classmethod
    def from_hf(cls, hf: "transformers.BertConfig | dict[str, Any]", **changes: Any) -> "BertConfig":
        """Our config from a Hugging Face one (the object, or what its config.json holds), with `changes` on top.

        Raises InputError where it describes something that this package does not build, such as a RoBERTa or a decoder.
        """
        theirs = hf if isinstance(hf, dict) else hf.to_dict()
        for name, expected in _WHAT_WE_BUILD.items():
            if theirs.get(name, expected) != expected:
                raise InputError(f"the config says {name}={theirs[name]!r}; only {name}={expected!r} can be built here.")
        ours = {field.name: theirs[field.name] for field in fields(cls) if field.name in theirs}
        if theirs.get("id2label"):  # Hugging Face counts the names; JSON has made their numbers text
            names = {int(number): name for number, name in theirs["id2label"].items()}
            ours |= {"num_labels": len(names), "id2label": names}
        if "num_labels" in changes:  # names for another number of labels would be wrong names
            ours["id2label"] = None
        return cls(**(ours | changes))

    def to_dict(self) -> dict[str, Any]:
        """What a Hugging Face config.json for this model holds."""
        ours = asdict(self) | {"model_type": "bert", "label2id": {name: n for n, name in self.id2label.items()}}
        del ours["num_labels"]
        return ours

    def to_hf(self) -> "transformers.BertConfig":
        """The same model's `transformers.BertConfig`."""
        import transformers

        return transformers.BertConfig(**self.to_dict())


def _default_names(num_labels: int) -> dict[int, str]:
    return {number: f"LABEL_{number}" for number in range(num_labels)}
