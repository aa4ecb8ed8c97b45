"""A fault that is planted: a line of the connector, and what it is made. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """Its name says what is wrong once it is there."""

    name: str
    module: str
    """Its path in the connector's package."""
    old: str
    """Stands once in the module."""
    new: str

    def patched(self, source: str) -> str:
        """The module with the fault in it.

        Raises:
            ValueError: what is to be replaced stands there not once.
        """
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module} has {source.count(self.old)} times: {self.old}")
        return source.replace(self.old, self.new)
