"""Whatever goes wrong in the replica: no word of a customer in the error, the log or the report."""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import traceback
from contextlib import suppress

import pytest

from crm.domain.ids import new_id
from desktop.services.fault_report import write_report
from desktop.services.logbook import FILE_NAME, close_log, open_log
from desktop.services.ports import ReceiptQuery
from desktop.storage import engine
from desktop.storage.replica import FILE_NAME as REPLICA
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk

NAME, PHONE, NUMBER, NOTE = "龚阙素娥", "+8615400077312", "430424195503129917", "存折在枕头底下"
PLANTED = (NAME, PHONE, PHONE[3:], NUMBER, NOTE)
log = logging.getLogger("desktop.storage")
FIELDS = {"name": NAME, "phone": PHONE, "id_number": NUMBER, "note": NOTE}


def uses(laptop, customer):
    """What a manager does, by every class that speaks SQL: name, and a call."""

    def reads(name, read):
        def call():
            with laptop.replica.reader() as reader:
                read(reader)

        return name, call

    def writes(name, write):
        def call():
            with laptop.replica.unit_of_work() as uow:
                write(uow)
                uow.commit()

        return name, call

    return [
        reads("Reading", lambda r: (r.get(customer), r.with_values("customer", phone=PHONE))),
        reads("Reading, twins", lambda r: r.customers_with(NUMBER, PHONE)),
        reads("search", lambda r: r.find(f"{NAME} {PHONE[3:]}")),
        reads("Outbox", lambda r: r.outbox(customer)),
        reads("Drafts", lambda r: r.draft("visit", NAME)),
        reads("Changes", lambda r: r.received(customer)),
        reads("Receipts", lambda r: r.find_receipts(ReceiptQuery(roots=[NAME]))),
        reads("Seats", lambda r: r.free_slots(NAME)),
        writes("Edits, create", lambda u: u.create("customer", {**FIELDS, "note": NOTE * 20})),
        writes("Edits, edit", lambda u: u.edit(customer, {"note": f"{NOTE}{new_id()}"})),
        writes("Drafts, write", lambda u: u.save_draft("visit", NAME, {"summary": NOTE * 9})),
        writes("OwnState", lambda u: u.note_viewed(NAME)),
        writes("Edits, delete", lambda u: u.delete(customer)),
    ]


@pytest.fixture
def laptop(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_PRAGMAS", (*engine._PRAGMAS, "PRAGMA busy_timeout = 1"))
    laptop = Laptop(tmp_path / "laptop")
    open_log(tmp_path / "profile")
    yield laptop
    close_log()
    with suppress(Exception):
        laptop.replica.close()


def failures(laptop, customer):
    """Do everything; return {use: error} of what went wrong."""
    failed = {}
    for name, use in uses(laptop, customer):
        try:
            use()
        except Exception as error:  # noqa: BLE001 - whatever it is, it may say nothing
            failed[name] = error
    return failed


def told(error, tmp_path):
    """All that this program and Python's own machinery would say of an error."""
    log.error("went wrong: %s", error, exc_info=error)
    report = write_report(tmp_path / "profile", error, {"screen": "customers"})
    return {
        "traceback": "".join(traceback.format_exception(error)),
        "facts": json.dumps([getattr(each, "facts", None) for each in chain(error)], default=str),
        "log": (tmp_path / "profile" / "logs" / FILE_NAME).read_text("ascii"),
        "report": report.read_text("ascii"),
    }


def chain(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def look_into(errors, tmp_path):
    """Return which words are said where."""
    return [
        (name, type(error).__name__, where, number)
        for name, error in errors.items()
        for where, text in told(error, tmp_path).items()
        for number, word in enumerate(PLANTED)
        if word in text
    ]


def caught(call):
    try:
        call()
    except Exception as error:  # noqa: BLE001 - it is looked into
        return error
    raise AssertionError("nothing went wrong")


WRITES = {"Edits, create", "Edits, edit", "Edits, delete", "Drafts, write", "OwnState"}


def test_what_a_careless_error_says_is_found(laptop, tmp_path, monkeypatch):
    def careless(*_):
        raise sqlite3.IntegrityError(f"({NAME}, {PHONE})")

    customer = laptop.create("customer", **FIELDS)
    monkeypatch.setattr("desktop.storage.reading.Reading.get", careless)
    assert {where for _, _, where, _ in look_into(failures(laptop, customer), tmp_path)} == {
        "traceback"
    }


def test_where_all_is_well_nothing_fails(laptop):
    assert failures(laptop, laptop.create("customer", **FIELDS)) == {}


def test_a_locked_replica_says_nothing_of_anybody(laptop, tmp_path):
    customer = laptop.create("customer", **FIELDS)
    with engine.writing(laptop.replica._engine):  # another program, for longer than anybody waits
        failed = failures(laptop, customer)
    assert failed.keys() >= WRITES
    assert look_into(failed, tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX")
def test_a_full_disk_says_nothing_of_anybody(laptop, tmp_path):
    customer = laptop.create("customer", **FIELDS)
    with full_disk(4096):
        failed = failures(laptop, customer)
    assert failed.keys() >= {"Edits, create", "Edits, edit"}
    assert {error.code for error in failed.values()} == {"replica.disk_full"}
    assert look_into(failed, tmp_path) == []


def test_a_broken_rule_says_nothing_of_the_row(laptop, tmp_path):
    """A row that is there already: the driver and SQLAlchemy know its values."""
    laptop.create("customer", **FIELDS)
    (table,) = [t for t in tables(laptop) if t in ("customer", "customers")]
    columns = [row[1] for row in laptop.rows(f"PRAGMA table_info({table})")]
    (row,) = laptop.rows(f"SELECT * FROM {table}")
    insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
    error = caught(lambda: laptop.write(insert, *row))
    assert type(error).__name__ == "IntegrityError"
    assert any(PHONE in str(value) for value in row)
    assert look_into({"twice": error}, tmp_path) == []


def test_missing_tables_and_columns_say_nothing_of_what_was_asked(laptop, tmp_path):
    customer = laptop.create("customer", **FIELDS)
    for table in tables(laptop):
        with suppress(Exception):  # those of the search index belong together
            laptop.write(f'ALTER TABLE "{table}" RENAME TO "gone_{table}"')
    failed = failures(laptop, customer)
    assert len(failed) >= 10, failed
    assert look_into(failed, tmp_path) == []


def tables(laptop):
    return [row[0] for row in laptop.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]


def test_damaged_pages_say_nothing_of_what_was_on_them(laptop, tmp_path):
    customer = laptop.create("customer", **FIELDS)
    laptop.replica.close()
    path = tmp_path / "laptop" / REPLICA
    whole = path.read_bytes()
    failed = {}
    for page in range(1, len(whole) // 4096, 3):
        content = bytearray(whole)
        content[page * 4096 + 100 : page * 4096 + 140] = bytes(40)
        path.write_bytes(content)
        try:
            laptop.reopen()
            failed |= failures(laptop, customer)
        except Exception as error:  # noqa: BLE001 - it is looked into
            failed[f"page {page}"] = error
        finally:
            laptop.replica.close()
    assert len(failed) > 2, failed
    assert look_into(failed, tmp_path) == []
