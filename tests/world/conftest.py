"""Reviews that several tests read; made once."""

import pytest

from bertlab.world import Review, reviews


@pytest.fixture(scope="session")
def sample() -> list[Review]:
    """5,000 reviews of the training split."""
    return list(reviews(5000))


@pytest.fixture(scope="session")
def held_out() -> list[Review]:
    """2,000 reviews about films of the test split."""
    return list(reviews(2000, split="test"))
