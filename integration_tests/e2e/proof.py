"""The proof from start to end: the environments, the two parts, the verdict."""

import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from integration_tests.e2e import faker_sync, smoke
from integration_tests.e2e.account import Account
from integration_tests.e2e.environments import HOME, prepare
from integration_tests.e2e.processes import ProofError


def main() -> int:
    """Runs both parts; returns 0 if every check passed, else 1."""
    signal.signal(signal.SIGTERM, _stop)
    account = Account()
    started = time.monotonic()
    try:
        _prove(account)
    except (ProofError, RuntimeError, OSError) as failure:
        account.check("The proof ran to its end", passed=False, detail=str(failure))
    account.title("Verdict")
    account.note(account.verdict())
    account.note(f"It took {time.monotonic() - started:.0f} s.")
    return 1 if account.failed else 0


def _prove(account: Account) -> None:
    connector = Path(sys.executable).with_name("destination-inflection")
    if not connector.exists():
        raise ProofError("the connector is not installed next to this Python: run `make setup`.")
    account.title("Environments")
    environments = prepare(HOME, account)
    with tempfile.TemporaryDirectory(prefix="run-", dir=HOME) as folder:
        faker_sync.prove(account, environments, connector, Path(folder) / "faker")
        smoke.prove(account, environments, connector, Path(folder) / "smoke")


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends everything that runs on the way out, as Ctrl-C does."""
    sys.exit(143)
