"""The order of the tests over several workers: what takes longest begins first, so that no worker is left with it."""

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")

SLOW = (
    "tests/harness/workflows/test_publish.py",
    "tests/harness/workflows/test_promote.py",
    "tests/harness/workflows/test_pull_request.py",
    "tests/harness/workflows/test_comment.py",
    "tests/harness/serve/test_protection.py",
    "tests/harness/commands/",
    "tests/harness/adopt/test_adopt.py",
    "tests/harness/test_extend.py",
    "tests/harness/test_clones.py",
    "tests/harness/project/",
)


def spread(items: Sequence[Item], names: Sequence[str], workers: int) -> list[Item]:
    """The items in such an order that each worker begins with its share of the slow ones; `names` has their files.

    Each worker begins with as long a stretch of the tests as the others (pytest-xdist's `worksteal`).
    """
    slow = sorted(
        (index for index, name in enumerate(names) if name.startswith(SLOW)),
        key=lambda index: next(place for place, start in enumerate(SLOW) if names[index].startswith(start)),
    )
    taken = set(slow)
    others = iter([index for index in range(len(items)) if index not in taken])
    order: list[int] = []
    for worker in range(workers):
        size = (len(items) - len(order)) // (workers - worker)
        share = slow[worker::workers][:size]
        order += [*share, *(next(others, -1) for _ in range(size - len(share)))]
    order = [index for index in order if index >= 0]
    left = set(range(len(items))) - set(order)
    return [items[index] for index in [*order, *sorted(left)]]
