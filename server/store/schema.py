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


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("server.store").joinpath("migrations")))
    return config


def upgrade(database: Database) -> None:
    """Run the migrations that are missing, in one transaction."""
    with database.writing() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


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
