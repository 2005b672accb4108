"""One model that runs, and what it is held to."""

from dataclasses import dataclass

from harness.core.contract import Contract
from harness.inference.reference import Floats, Reference
from harness.monitor.state import Entry, WatchState

FEWEST = 30  # rows that any statement takes


@dataclass(frozen=True)
class TestRows:
    """The design of the test rows, their losses, and the test's metrics: the estimate and the comparison need them."""

    __test__ = False  # no test, whatever pytest thinks

    design: Floats
    losses: Floats
    metrics: dict[str, float]


@dataclass(frozen=True)
class Circle:
    """One model that runs, and what it is held to."""

    reference: Reference
    contract: Contract
    threshold: float | None
    margin: float
    state: WatchState
    test: TestRows | None = None
    retrain_rows: int = 1000  # new labelled rows that are reason enough
    known_looks: int = 0  # that the last report remembers, so that a lost state is noticed
    known_hash: str | None = None  # of the state's last line then

    @property
    def model(self) -> str:
        return self.reference.model[:12]

    def last(self) -> Entry | None:
        """The look before this one."""
        own = self.state.of(self.model)
        return own[-1] if own else None
