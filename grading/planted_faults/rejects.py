"""Faults in `rejects` and in what reads lines and writes states back."""

from typing import Final

from grading.planted_faults.planted import Planted

_ENTRY: Final = "rejects/entry.py"
_INTAKE: Final = "airbyte/intake.py"
_PARTS: Final = "rejects/parts.py"
_STATES: Final = "airbyte/states.py"

REJECTS: Final = (
    Planted(
        "a reject counts as stored once it is taken",
        _PARTS,
        "self.taken += 1",
        "self.taken = self.stored = self.taken + 1",
    ),
    Planted(
        "what was stored is stored again with each part that follows",
        _PARTS,
        "            del self._collected[stream]\n",
        "",
    ),
    Planted(
        "a part of a stream has the name of the one before",
        _PARTS,
        "self._parts[stream] += 1",
        "self._parts[stream] = 0",
    ),
    Planted(
        "only the first reject of a part is written into it",
        _PARTS,
        "_zipped(entries, self._parts.total() + 1)",
        "_zipped(entries[:1], self._parts.total() + 1)",
    ),
    Planted(
        "a stored reject does not have its record",
        _ENTRY,
        "        **kept,\n",
        "",
    ),
    Planted(
        "a state goes back with what another destination had counted in it",
        _STATES,
        "if all(member.key != _STATS for member in found):",
        "if all(member.key == '' for member in found) or found:",
    ),
    Planted(
        "rejected records count as settled, too",
        _STATES,
        '"recordCount":{float(settled)}',
        '"recordCount":{float(settled + rejected)}',
    ),
    Planted(
        "what comes behind the state in its line is lost",
        _STATES,
        "{separator}{body[1:]}{rest}'",
        "{separator}{body[1:]}}}'",
    ),
    Planted(
        "a line that nobody can read is passed over",
        _INTAKE,
        "case Unreadable(why) if line.strip():",
        "case Unreadable(why) if origin is not None:",
    ),
    Planted(
        "of a line that nobody can read only the beginning is kept",
        _INTAKE,
        "Cut(line[: bounds.kept_bytes], len(line))",
        "Cut(line[:16], len(line))",
    ),
    Planted(
        "rejected records count as records that never arrived",
        _INTAKE,
        "counted = released.settled + released.rejected",
        "counted = released.settled",
    ),
    Planted(
        "a record that is not an object is passed over",
        _INTAKE,
        "sync.reject(Fault(Reason.NOT_AN_OBJECT, stream), kept)",
        "pass",
    ),
)
