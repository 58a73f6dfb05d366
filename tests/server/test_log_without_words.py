"""Errors of the store may quote the row that broke a rule; the server repeats that to nobody."""

from __future__ import annotations

import logging
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from server import logs

NAME, PHONE, NUMBER = "龚阙素娥", "+8615400077312", "430424195503129917"
PLANTED = (NAME, PHONE[3:], NUMBER, ascii(NAME)[1:-1])
SQLITE = "CREATE TRIGGER broken BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, '{}'); END"
POSTGRESQL = "ALTER TABLE {} ADD CONSTRAINT broken CHECK (false) NOT VALID"


@contextmanager
def a_broken_rule(database, table):
    """Let a new row of a table break a rule. PostgreSQL quotes the row, SQLite is made to."""
    if database.is_sqlite:
        begin, end = SQLITE.format(table, " ".join(PLANTED[:3])), "DROP TRIGGER broken"
    else:
        begin, end = POSTGRESQL.format(table), f"ALTER TABLE {table} DROP CONSTRAINT broken"
    run(database, begin)
    try:
        yield
    finally:
        run(database, end)


def run(database, statement):
    with database.writing() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def log_file(tmp_path):
    """The server's own log, as `yizhan-server serve` has it."""
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    before, level = list(root.handlers), ours.level
    logs.open_log(tmp_path)
    yield tmp_path / "logs" / "server.log"
    for handler in [found for found in root.handlers if found not in before]:
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(level)


@pytest.fixture
def raw(site):
    """What the store said, word for word."""
    caught = []
    engine = site.service.exchange.database.engine

    def listen(context):
        caught.append(str(context.original_exception))

    sa.event.listen(engine, "handle_error", listen)
    yield caught
    sa.event.remove(engine, "handle_error", listen)


@pytest.mark.parametrize("table", ["record", "revision"])
def test_a_store_that_quotes_the_row_is_quoted_nowhere(site, table, log_file, raw, capfd):
    device = site.device()
    new = device.laptop.customer(name=NAME, phone=PHONE, id_type="resident_id", id_number=NUMBER)
    with a_broken_rule(site.world.database, table):
        reply = device.push(new)
    # A rule of the store refuses the edit; where it can't even note that, nothing is taken.
    assert reply.status_code == 500 or reply.json()["results"][0]["outcome"] == "refused"
    assert any(word in said for said in raw for word in PLANTED), "the store quoted nothing"
    told = capfd.readouterr()
    said = {
        "reply": reply.text + str(reply.headers),
        "log": log_file.read_text("utf-8"),
        "output": told.out + told.err,
    }
    found = [(where, n) for where, text in said.items() for n, w in enumerate(PLANTED) if w in text]
    assert found == []


def test_of_libraries_errors_only_types_and_places_are_logged(log_file):
    """What escapes to the web server, or fails in a pool, is logged with its words: not here."""
    try:
        try:
            raise sa.exc.IntegrityError("INSERT", {"name": NAME}, ValueError(f"Key=({PHONE})"))
        except sa.exc.IntegrityError as error:
            raise LookupError(NUMBER) from error
    except LookupError:
        logging.getLogger("sqlalchemy.pool").exception("Exception in ASGI application: %s", NAME)
    text = log_file.read_text("utf-8")
    assert [word for word in PLANTED if word in text] == []
    assert "sqlalchemy.pool: <text " in text
    assert "builtins.LookupError" in text
    assert "sqlalchemy.exc.IntegrityError" in text
    assert f"at {__name__}:" in text


def test_without_a_file_standard_error_gets_no_words_either(monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", True)
    before = logging.lastResort.formatter
    try:
        logs.hush()
        record = logging.LogRecord("library", logging.ERROR, __file__, 1, "%s", (NAME,), None)
        assert logging.lastResort.format(record).endswith("ERROR library: <text 4>")
        assert not logging.raiseExceptions
    finally:
        logging.lastResort.setFormatter(before)
