"""Runs the connector from a checkout or an image: `python main.py spec | check | write`."""

import sys

from destination_inflection.start import main

if __name__ == "__main__":
    sys.exit(main())
