"""The replica as a file: encrypted, opened only with its key, never half made."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import IntegrityError

from crm.domain.errors import Damaged, Locked, NotFound, Refused
from crm.domain.kinds import SCHEMA
from desktop.storage.engine import PAGE_BYTES, open_engine, reading, writing
from desktop.storage.migrations import MIGRATIONS
from desktop.storage.replica import FILE_NAME, Replica
from tests.helpers.fakes import Laptop, a_key, an_identity

SECRET = "乌有先生"


@pytest.fixture
def path(tmp_path):
    return tmp_path / FILE_NAME


def a_replica(path, **how):
    return Replica.create(path, a_key(), SCHEMA, **how)


def test_nothing_readable_reaches_the_disk(tmp_path):
    laptop = Laptop(tmp_path)
    laptop.create("customer", name=SECRET, note="plain words")
    laptop.replica.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert len(written) > PAGE_BYTES
    assert SECRET.encode() not in written
    assert b"plain words" not in written
    assert b"SQLite format" not in written


def test_a_replica_opens_again_with_its_key(path):
    first = a_replica(path)
    first.enrolled(an_identity("ann"))
    first.close()
    again = Replica.open(path, a_key(), SCHEMA)
    assert again.identity().user == "ann"
    again.close()


def test_a_wrong_key_is_told_apart_from_a_missing_file(path):
    with pytest.raises(NotFound) as missing:
        Replica.open(path, a_key(), SCHEMA)
    assert missing.value.code == "replica.missing"
    a_replica(path).close()
    with pytest.raises(Locked) as wrong:
        Replica.open(path, a_key("another"), SCHEMA)
    assert wrong.value.code == "replica.key"


def test_an_overwritten_first_page_is_not_opened(path):
    a_replica(path).close()
    damaged = bytearray(path.read_bytes())
    damaged[:64] = b"x" * 64
    path.write_bytes(damaged)
    with pytest.raises(Locked) as broken:
        Replica.open(path, a_key(), SCHEMA)
    assert broken.value.code == "replica.key"


def test_a_flipped_byte_in_the_middle_is_noticed_when_it_is_read(path):
    replica = a_replica(path)
    replica.enrolled(an_identity())
    replica.close()
    damaged = bytearray(path.read_bytes())
    for place in range(PAGE_BYTES + 100, len(damaged), PAGE_BYTES):
        damaged[place] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(Damaged) as broken:
        Replica.open(path, a_key(), SCHEMA).identity()
    assert broken.value.code == "replica.unreadable"


def test_a_plain_database_is_refused(path):
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE customer (name TEXT)")
    plain.commit()
    plain.close()
    with pytest.raises(Damaged) as found:
        Replica.open(path, a_key(), SCHEMA)
    assert found.value.code == "replica.not_encrypted"


def test_a_file_cut_short_is_said_to_be(path):
    a_replica(path).close()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Damaged) as found:
        Replica.open(path, a_key(), SCHEMA)
    assert found.value.code == "replica.cut_short"


def test_a_replica_is_never_made_over_another(path):
    a_replica(path).close()
    before = path.read_bytes()
    with pytest.raises(Refused) as found:
        a_replica(path)
    assert found.value.code == "replica.exists"
    assert path.read_bytes() == before


def test_a_replica_of_a_newer_program_is_left_alone(path):
    a_replica(path, migrations=(*MIGRATIONS, lambda connection, tables: None)).close()
    before = path.read_bytes()
    with pytest.raises(Refused) as found:
        Replica.open(path, a_key(), SCHEMA)
    assert (found.value.code, found.value.facts["found"]) == ("replica.newer", len(MIGRATIONS) + 1)
    assert path.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(path):
    def breaks(connection, tables):
        connection.exec_driver_sql("CREATE TABLE half (a)")
        raise RuntimeError("power cut")

    a_replica(path).close()
    with pytest.raises(RuntimeError):
        Replica.open(path, a_key(), SCHEMA, migrations=(*MIGRATIONS, breaks))
    engine = open_engine(path, a_key(), create=False)
    with reading(engine) as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    engine.dispose()
    assert "half" not in names
    assert version == len(MIGRATIONS)


def test_an_acknowledged_edit_waits_for_the_disk(path, careful_disk):
    engine = open_engine(path, a_key(), create=True)
    with reading(engine) as connection:
        settings = {
            name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("synchronous", "journal_mode", "foreign_keys", "secure_delete")
        }
    engine.dispose()
    assert settings == {
        "synchronous": "2",  # FULL
        "journal_mode": "wal",
        "foreign_keys": "0",
        "secure_delete": "2",  # FAST
    }


def test_a_failed_transaction_leaves_no_trace(path):
    engine = open_engine(path, a_key(), create=True)

    def fails():
        with writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE kept (a)")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    with reading(engine) as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master").all()
    engine.dispose()
    assert names == []


def test_an_sql_error_quotes_no_value(path):
    engine = open_engine(path, a_key(), create=True)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (a UNIQUE)")
    twice = [(SECRET,), (SECRET,)]
    with writing(engine) as connection, pytest.raises(IntegrityError) as failed:
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", twice)
    engine.dispose()
    assert SECRET not in str(failed.value)


def test_a_reader_sees_one_snapshot_while_another_writes(tmp_path):
    laptop = Laptop(tmp_path)
    record = laptop.create("customer", name="Before")
    with laptop.replica.reader() as reader:
        assert reader.get(record).fields["name"] == "Before"
        laptop.edit(record, name="After")
        assert reader.get(record).fields["name"] == "Before"
    assert laptop.fields(record)["name"] == "After"
    laptop.replica.close()
