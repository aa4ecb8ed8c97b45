"""A question to the person at the terminal, even where standard input and output are pipes."""

from pathlib import Path


def ask(question: str) -> bool | None:
    """Whether the answer is yes; None where there is no terminal."""
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal:
            terminal.write(question.encode())
            try:
                answer = terminal.readline()
            except KeyboardInterrupt:
                terminal.write(b"\nNothing was sent.\n")
                raise
            return answer.strip().lower() in (b"y", b"yes")
    except OSError:
        return None
