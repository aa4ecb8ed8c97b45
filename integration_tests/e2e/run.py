"""The end-to-end proof behind `make e2e`: real Airbyte programs deliver into a local sandbox.

Prints an account with one PASS or FAIL a check; ends with 0 only if every check passed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from integration_tests.e2e.proof import main

if __name__ == "__main__":
    sys.exit(main())
