"""What the proof says: headings, tables, and one PASS or FAIL a check."""

from collections.abc import Iterable, Sequence


class Account:
    """Prints as it goes and remembers the checks that failed."""

    def __init__(self) -> None:
        self.checks = 0
        self.failed: list[str] = []

    def title(self, text: str) -> None:
        """Prints a heading."""
        self.note(f"\n{text}\n{'-' * len(text)}")

    def note(self, text: str) -> None:
        """Prints a line."""
        print(text, flush=True)

    def check(self, claim: str, *, passed: bool, detail: str = "") -> None:
        """Books one check; `detail` holds the numbers behind it."""
        self.checks += 1
        if not passed:
            self.failed.append(claim)
        self.note(f"{'PASS' if passed else 'FAIL'}  {claim}{f': {detail}' if detail else ''}")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Prints aligned columns: the first to the left, numbers to the right."""
        lines = [list(head), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
        for line in lines:
            first, *others = (
                cell.rjust(width) if at else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            self.note("      " + "  ".join([first, *others]).rstrip())

    def verdict(self) -> str:
        """One sentence on all checks."""
        if not self.failed:
            return f"All {self.checks} checks passed."
        named = "; ".join(self.failed)
        return f"{len(self.failed)} of {self.checks} checks failed: {named}."
