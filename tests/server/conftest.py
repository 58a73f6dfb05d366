"""What the tests of the central server ask for."""

from tests.helpers.http_server import site  # noqa: F401 - a fixture
from tests.helpers.server import (  # noqa: F401 - fixtures
    database,
    postgresql_database,
    postgresql_world,
    sqlite_database,
    world,
)
