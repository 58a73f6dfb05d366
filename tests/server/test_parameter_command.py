"""`yizhan-server parameter`: rules of the bank, set for everybody."""

from __future__ import annotations

import pytest

from server.opening import open_exchange
from server.store import records
from server.store import settings as server_settings
from tests.server.test_reassign_command import server  # noqa: F401 - the fixture


@pytest.fixture
def desk(server):  # noqa: F811
    return server


def _named(answer, name):
    return next(row for row in answer["parameters"] if row["name"] == name)


def test_a_rule_set_is_listed_with_its_day_and_the_day_s_value_is_replaced(desk):
    assert _named(desk.run("parameter", "list"), "consent_months")["value"] == 24
    desk.run("parameter", "set", "consent_months", "12", "--from", "2026-01-01")
    desk.run("parameter", "set", "consent_months", "6", "--from", "2026-01-01")
    desk.run("parameter", "set", "consent_months", "3", "--from", "2999-01-01")
    row = _named(desk.run("parameter", "list"), "consent_months")
    assert row["value"] == 6
    assert row["set"] == [
        {"from_on": "2026-01-01", "value": "6"},
        {"from_on": "2999-01-01", "value": "3"},
    ]


def test_rules_lie_in_the_stream_that_everybody_reads(desk):
    desk.run("parameter", "set", "offline_days", "7")
    exchange = open_exchange(server_settings.read(desk.data))
    with exchange.database.snapshot() as connection:
        found = records.of_kind(connection, "parameter")
    exchange.database.dispose()
    assert [(r.stream, r.fields["value"]) for r in found] == [("bank", "7")]


def test_nonsense_is_refused_and_nothing_is_set(desk):
    assert desk.refused("parameter", "set", "offline_days", "0")["code"] == "parameter.value"
    assert desk.refused("parameter", "set", "nonsense", "1")["code"] == "parameter.unknown"
    assert _named(desk.run("parameter", "list"), "offline_days")["set"] == []
