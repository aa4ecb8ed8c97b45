"""A fault that is planted: a line of the connector, and what it is made. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """Its name says what is wrong once it is there."""

    name: str
    module: str
    """Its path in the connector's package."""
    old: str
    """Occurs once in the module."""
    new: str

    def patched(self, source: str) -> str:
        """The module with the fault in it.

        Raises:
            ValueError: `old` does not occur exactly once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module} has {source.count(self.old)} times: {self.old}")
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A fault that the simulator does not notice."""

    planted: Planted
    why: str
    """Why no rule is broken in any world that is played."""
    noticed_by: str | None
    """The unit test that fails with it, as `path::name` in `unit_tests/`; None if nothing changes
    that anybody could notice."""
