from bertlab.world.oracle.beliefs import Belief, Oracle, beliefs, oracle
from bertlab.world.oracle.tokens import BasicToken, basic_tokens

__all__ = ["BasicToken", "Belief", "Oracle", "basic_tokens", "beliefs", "oracle"]
