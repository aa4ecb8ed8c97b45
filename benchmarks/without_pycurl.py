"""Runs the connector as if the extra `fast` were not installed."""

import sys

sys.modules["pycurl"] = None  # type: ignore[assignment]

from destination_inflection.run import main  # noqa: E402 - after the import above is blocked

if __name__ == "__main__":
    sys.exit(main())
