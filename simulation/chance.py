"""Chance: everything random in a world comes from its seed, the same in every process."""

from random import Random


def chance(seed: int, purpose: str) -> Random:
    """A source of random numbers of its own for each purpose.

    So that a purpose which asks once more does not change what all others get.
    """
    # A text is hashed with SHA-512, unlike `hash`, which differs from process to process.
    return Random(f"{seed} {purpose}")
