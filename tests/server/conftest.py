"""What the tests of the central server ask for."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.helpers.http_server import site  # noqa: F401 - a fixture
from tests.helpers.server import (  # noqa: F401 - fixtures
    database,
    postgresql_database,
    postgresql_world,
    sqlite_database,
    world,
)

# What these prove is decided before a store is asked: the second one is for the long run.
WHATEVER_THE_STORE = {
    "test_accept_fields",
    "test_http_bounds",
    "test_http_ending",
    "test_http_enrol",
    "test_http_hello",
    "test_http_incarnation",
    "test_http_recovery",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in WHATEVER_THE_STORE and item.path.parent == Path(__file__).parent:
            given = getattr(item, "callspec", None)
            if given is not None and "postgresql" in given.params.values():
                item.add_marker(pytest.mark.slow)


@pytest.fixture
def threads():
    """Let several writers work at once."""
    with ThreadPoolExecutor(max_workers=6) as pool:
        yield pool
