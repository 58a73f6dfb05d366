"""What the tests of the central server ask for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.http_server import site  # noqa: F401 - a fixture
from tests.helpers.server import (  # noqa: F401 - fixtures
    database,
    postgresql_database,
    postgresql_world,
    sqlite_database,
    world,
)


@pytest.fixture
def threads():
    """Let several writers work at once."""
    with ThreadPoolExecutor(max_workers=6) as pool:
        yield pool
