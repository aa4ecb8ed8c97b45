"""The invariants by name, and what is raised when one is broken."""

from dataclasses import dataclass
from enum import Enum


class Rule(Enum):
    """What must hold in every world, whatever happens in it."""

    CALLS = "each call ends once, and as the world has it"
    STATES = "a state goes out once, in order, after what it covers is settled and stored"
    COUNTS = "read = delivered + rejected + skipped, and the platform counts the same"
    COVERED = "what a state covers that was read is taken, skipped or rejected"
    IDS = "ids and timestamps are stable"
    PERSONS = "order per person"
    ORGS = "order per org"
    PACE = "no more requests than the endpoint and the user allow"
    STANDING = "a stream of which nothing is delivered does not pass for good"
    BOUNDS = "held lines, calls and states stay within their bounds"
    ENDS = "it ends, and well when nothing is wrong"
    SECRETS = "no value and no key where they do not belong"
    SAME_AGAIN = "one seed, one trace"
    DEFECT = "the connector has no defect"


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant, and how it was broken."""

    rule: Rule
    what: str

    def __str__(self) -> str:
        """As a person reads it."""
        return f"{self.rule.value}: {self.what}"


class Violation(BaseException):
    """An invariant is broken. No handler of errors in the connector may swallow it."""

    def __init__(self, rule: Rule, what: str) -> None:
        self.broken = Broken(rule, what)
        super().__init__(str(self.broken))


class Killed(BaseException):
    """The process is dead: raised by whatever of the world it touches next."""
