"""Brings a database to the newest schema, by Alembic."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from crm.domain.errors import UserError
from server.store.database import Database
from server.store.tables import metadata


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("server.store").joinpath("migrations")))
    return config


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction."""
    with database.writing() as connection:
        upgrade_to(connection, "head")


def upgrade_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` in this transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """Tell whether this program has the migrations up to `revision`."""
    scripts = ScriptDirectory.from_config(_config())
    return any(script.revision == revision for script in scripts.walk_revisions())


def clear(connection: Connection) -> None:
    """Drop our tables, that of the migrations too; what else may be there is not ours."""
    ours = {*metadata.tables, "alembic_version"} & set(sa.inspect(connection).get_table_names())
    held = sa.MetaData()
    if ours:
        held.reflect(connection, only=sorted(ours))
        held.drop_all(connection)


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise UserError `database.uninitialised` or `database.schema` unless it is up to date."""
    with database.snapshot() as connection:
        if not sa.inspect(connection).has_table("server_state"):
            raise UserError("database.uninitialised")
        held = current(connection)
    if held != ScriptDirectory.from_config(_config()).get_current_head():
        raise UserError("database.schema", held=held)
