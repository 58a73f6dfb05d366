"""Migrations give exactly the tables, on both stores; what does not fit is told as such."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from server.store import schema
from server.store.database import Database, reachable
from server.store.tables import metadata
from tests.helpers.server import STORES


@pytest.fixture(params=STORES)
def empty(request, tmp_path):
    """A database in which there is nothing."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'server.db'}"
    else:
        url = request.getfixturevalue("postgresql")
    database = Database(url)
    yield database
    database.dispose()


def differences(database):
    options = {"compare_type": True, "compare_server_default": True}
    with database.snapshot() as connection:
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_migrations_give_exactly_the_tables(empty):
    schema.upgrade(empty)
    schema.require_current(empty)
    assert differences(empty) == []


def test_the_names_of_the_migrations_tell_their_order():
    """Alembic itself is asked only here; whether a schema is current needs no more."""
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    linked = [script.revision for script in scripts.walk_revisions()]
    assert list(schema.revisions()) == linked[::-1]


def test_a_drift_between_migrations_and_tables_would_be_found(empty):
    schema.upgrade(empty)
    with empty.writing() as connection:
        connection.execute(sa.text("ALTER TABLE fate ADD COLUMN mood TEXT"))
        connection.execute(sa.text("DROP INDEX ix_record_root"))
    assert {each[0] for each in differences(empty)} == {"remove_column", "add_index"}


def test_an_upgrade_may_be_repeated(empty):
    schema.upgrade(empty)
    with empty.writing() as connection:
        values = {"id": new_id(), "outcome": "refused", "anchor": None}
        connection.execute(sa.text("INSERT INTO fate VALUES (:id, :outcome, :anchor)"), values)
    schema.upgrade(empty)
    with empty.snapshot() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM fate")).scalar_one() == 1


def refusal(call, *arguments):
    with pytest.raises(UserError) as refused:
        call(*arguments)
    return refused.value


def test_a_database_without_a_server_is_told_as_such(empty):
    reachable(empty)
    assert refusal(schema.require_current, empty).code == "database.uninitialised"


@pytest.mark.parametrize("held", ["9999", None])
def test_a_database_of_another_schema_is_told_as_such(empty, held):
    schema.upgrade(empty)
    with empty.writing() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
        if held:
            connection.execute(
                sa.text("INSERT INTO alembic_version VALUES (:held)"), {"held": held}
            )
    told = refusal(schema.require_current, empty)
    assert (told.code, told.facts) == ("database.schema", {"held": held})


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://localhost/crm", "postgresql+psycopg2://x"]
)
def test_an_address_that_is_none_is_told_as_such(url):
    assert refusal(Database, url).code == "database.url"


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody:horse@127.0.0.1:1/crm"]
)
def test_a_database_that_does_not_answer_is_told_without_its_address(url):
    database = Database(url)
    told = refusal(reachable, database)
    assert told.code == "database.unreachable"
    assert "horse" not in str(told.facts)
    database.dispose()


def test_a_failed_upgrade_leaves_nothing(empty):
    """One transaction, on both stores: a half-made schema would be neither old nor new."""
    with empty.writing() as connection:
        connection.execute(sa.text("CREATE TABLE stream_grant (id TEXT)"))  # in the way
    with pytest.raises(sa.exc.DBAPIError):
        schema.upgrade(empty)
    with empty.snapshot() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {"stream_grant"}


def test_sqlite_keeps_what_it_was_told_through_a_power_cut(tmp_path, careful_disk):
    database = Database(f"sqlite:///{tmp_path / 'server.db'}")
    with database.snapshot() as connection:
        mode = connection.execute(sa.text("PRAGMA journal_mode")).scalar_one()
        synchronous = connection.execute(sa.text("PRAGMA synchronous")).scalar_one()
    assert (mode, synchronous) == ("wal", 2)
    database.dispose()
