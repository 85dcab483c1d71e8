from bertlab.world.oracle.beliefs import Belief, Oracle, beliefs, oracle
from bertlab.world.oracle.kinds import KINDS, kinds
from bertlab.world.oracle.pairs import compatible
from bertlab.world.oracle.tokens import BasicToken, basic_tokens

__all__ = ["KINDS", "BasicToken", "Belief", "Oracle", "basic_tokens", "beliefs", "compatible", "kinds", "oracle"]
