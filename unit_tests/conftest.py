"""What all unit tests need."""

from unit_tests import settings

pytest_collection_modifyitems = settings.pytest_collection_modifyitems
