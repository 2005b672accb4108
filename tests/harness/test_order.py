"""What takes longest begins first, in every worker."""

import pytest

from tests.support.constants import ROOT
from tests.support.order import SLOW, spread


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("slow", [0, 1, 5, 20])
def test_each_worker_begins_with_its_share_of_the_slow_tests(workers: int, slow: int) -> None:
    names = [f"tests/harness/core/test_{number}.py" for number in range(20)]
    names += [f"{SLOW[number % len(SLOW)]}::{number}" for number in range(slow)]
    order = spread(names, names, workers)
    assert sorted(order) == sorted(names)
    rest, shares = order, []
    for worker in range(workers):  # as pytest-xdist cuts them
        size = len(rest) // (workers - worker)
        share, rest = rest[:size], rest[size:]
        kinds = [name.startswith(SLOW) for name in share]
        assert kinds == sorted(kinds, reverse=True)
        shares.append(sum(kinds))
    assert max(shares) - min(shares) <= 1


def test_every_slow_file_is_there() -> None:
    assert [name for name in SLOW if not (ROOT / name).exists()] == []
