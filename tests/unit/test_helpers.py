"""The shared fixtures do what tests rely on: a server of their own, a seed that is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.helpers.house import ROOT
from tests.helpers.postgres import NoPostgres, find_programs, running_postgres


def rows(url, *statements):
    """The rows of the last of some statements, run in one transaction."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return [tuple(row) for row in result]
    finally:
        engine.dispose()


def run_pytest(folder, test, **environment):
    """What pytest prints of one test that has our fixtures and nothing else."""
    (folder / "test_it.py").write_text(test, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = postgresql\n", encoding="utf-8")
    bare = {"CI": "", "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "tests.conftest"],
        cwd=folder,
        env={**os.environ, **bare, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout + done.stderr


def test_a_failing_test_tells_its_seed(tmp_path):
    report = run_pytest(tmp_path, "def test_it(seed): assert seed < 0", YIZHAN_SEED="4711")
    assert "repeat with YIZHAN_SEED=4711" in report


def test_each_database_starts_empty_and_holds_any_character(postgresql, postgresql_server):
    other = postgresql_server.create_database()
    made = (
        "CREATE TABLE t (v text)",
        "INSERT INTO t VALUES ('驿𠮷')",
        "SELECT v, length(v) FROM t",
    )
    assert rows(postgresql, *made) == [("驿𠮷", 2)]
    assert rows(postgresql_server.url(other), *made) == [("驿𠮷", 2)]
    postgresql_server.drop_database(other)


def test_a_database_can_be_copied_from_a_prepared_one(postgresql_server):
    prepared = postgresql_server.create_database()
    rows(postgresql_server.url(prepared), "CREATE TABLE t AS SELECT 7 AS v", "SELECT v FROM t")
    copy = postgresql_server.create_database(template=prepared)
    assert rows(postgresql_server.url(copy), "SELECT v FROM t") == [(7,)]


@pytest.mark.usefixtures("postgresql_server")  # which says what to do where there is none
def test_nothing_of_a_server_is_left_behind():
    with running_postgres() as server:
        where = server.url("postgres").replace("+psycopg", "")
        with psycopg.connect(where) as connection:
            (folder,) = connection.execute("SHOW data_directory").fetchone()
        assert Path(folder).is_dir()
    assert not Path(folder).exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(where)


def test_without_postgresql_tests_are_skipped_unless_it_is_owed(tmp_path):
    test = "def test_it(postgresql): pass"
    nowhere = {"YIZHAN_POSTGRESQL": str(tmp_path)}
    assert "1 skipped" in run_pytest(tmp_path, test, **nowhere)
    assert "1 error" in run_pytest(tmp_path, test, **nowhere, YIZHAN_NEED_POSTGRESQL="1")
    assert "1 error" in run_pytest(tmp_path, test, **nowhere, CI="true")


def test_a_missing_postgresql_is_told_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("YIZHAN_POSTGRESQL", str(tmp_path))
    with pytest.raises(NoPostgres, match=r"do\.py setup"):
        find_programs()
