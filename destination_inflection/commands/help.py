"""What `--help` shows below the options: an example, and how a command ends."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

EXITS: Final = """exit status:
  0    the command did what it promises
  1    it did not, and says why
  2    the command line can't be understood, or a question can't be asked
  130  Ctrl-C
  141  nobody reads the output any more
  143  SIGTERM
"""
EXAMPLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": """examples:
  destination-inflection init --catalog discovered.jsonl --into mine
  destination-inflection check --config mine/config.json
  destination-inflection write --config mine/config.json \\
    --catalog mine/configured_catalog.json < messages.jsonl
""",
        "init": """example:
  docker run --rm -v "$PWD:/config" airbyte/source-postgres:latest \\
    discover --config /config/source.json > discovered.jsonl
  destination-inflection init --catalog discovered.jsonl --into mine
""",
        "preview": """example:
  destination-inflection preview --config mine/config.json \\
    --catalog mine/configured_catalog.json < messages.jsonl

exit status: 0 if every stream can be mapped and the configuration holds no unknown option, else 1
""",
        "check": """example:
  destination-inflection check --config config.json --exit-code

exit status: 0, or with --exit-code 1 if the answer is FAILED
""",
        "write": """example:
  docker run --rm -v "$PWD:/config" airbyte/source-postgres:latest read \\
    --config /config/source.json --catalog /config/mine/configured_catalog.json |
    destination-inflection write --config mine/config.json \\
      --catalog mine/configured_catalog.json

exit status: 0 if every record was delivered, rejected or skipped; 1 if the sync failed, and the
TRACE says why; 143 after SIGTERM
""",
        "send": """example:
  destination-inflection send --config mine/config.json \\
    --catalog mine/configured_catalog.json --stream users < messages.jsonl

exit status: 0 if Inflection has the records; 1 if it does not, or has not confirmed it; 2 if there
is no terminal to ask on and no --yes
""",
        "replay": """example:
  destination-inflection replay --config config.json /data/rejects/20261126T101500.000000Z

exit status: 0 if everything went through now or earlier, else 1
""",
    }
)
"""By command; the first is of the program as a whole."""
