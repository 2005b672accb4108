"""Bytes of bodies over all requests: thirty that are held at once must not take the memory of thirty."""

from dataclasses import dataclass

SMALL_BODY = 16_384  # bytes that do not count: who asks for a row is answered, whoever else holds what


@dataclass
class BodyBudget:
    """Bytes of bodies that this process holds at once."""

    most: int
    held: int = 0

    def take(self, size: int) -> bool:
        """Whether there is room for so many more bytes, which then count."""
        if self.held + size > self.most:
            return False
        self.held += size
        return True

    def give(self, size: int) -> None:
        """These bytes are held no longer."""
        self.held -= size
