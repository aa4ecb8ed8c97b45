"""The one place that states the version; setup.py reads it from here."""

from typing import Final

VERSION: Final = "0.2.0"
