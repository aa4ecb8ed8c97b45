"""The simulator's own tests play long stretches of the connector, too many steps to be traced.

Coverage is measured in the tests of each part.
"""

from pathlib import Path
from typing import Final

import pytest

_HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Does not trace them."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.no_cover)
