"""Programs of several releases on one server (guarantee 15)."""

from __future__ import annotations

import pytest

from crm.domain.kinds import SCHEMA
from desktop.sync.errors import UpgradeNeeded
from tests.helpers.sample_kinds import grown, grown_steps
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

OURS = SCHEMA.version
NEWEST = OURS + 3


def laptop_of(new_laptop, server, user, version):
    return new_laptop(server, user, grown(version), grown_steps(version))


def life_of(newest):
    """Let the newest program write what older ones do not know; return the ids."""
    customer = newest.create("customer", name="王芳", note="茶")
    visit = newest.create("visit", customer, state="planned", on="2026-03-20", mood="好")
    sample = newest.create("sample", customer, said="只下午在家", weight=3)
    part = newest.create("sample_part", visit, name="第一部分", marks=["甲", "乙"])
    return customer, visit, sample, part


@pytest.mark.parametrize("behind", [0, 1, 2])
@pytest.mark.parametrize("of_server", [0, 1])
def test_unknown_fields_survive_version_matrix(new_server, new_laptop, behind, of_server):
    """A program `behind` releases edits what the newest wrote, on a server that is one behind."""
    server = new_server(grown(NEWEST - of_server))
    user = server.person("lihua")
    newest = laptop_of(new_laptop, server, user, NEWEST)
    older = laptop_of(new_laptop, server, user, NEWEST - of_server - behind)
    customer, visit, sample, part = life_of(newest)
    newest.sync()
    assert older.sync().verified
    older.edit(customer, note="酒")
    older.edit(visit, state="confirmed", place="村委会")
    own = older.create("tag", customer, label="茶友")
    assert older.sync().verified
    older.delete(own)
    assert older.sync().verified

    assert newest.sync().verified
    assert newest.fields(customer)["note"] == "酒"
    assert newest.fields(visit) == {
        "state": "confirmed",
        "on": "2026-03-20",
        "mood": "好",
        "place": "村委会",
    }
    assert newest.fields(sample) == {"said": "只下午在家", "weight": 3}
    assert newest.fields(part) == {"name": "第一部分", "marks": ["甲", "乙"]}
    assert older.verify(full=True).outcome == newest.verify(full=True).outcome == "equal"
    older.reopen(grown(NEWEST), grown_steps(NEWEST))
    assert older.fields(part) == newest.fields(part)
    assert older.fields(visit) == newest.fields(visit)
    assert older.sync().verified


@pytest.mark.parametrize("ahead", [3, -3])
def test_a_program_three_releases_away_pushes_what_it_has_and_is_told_to_upgrade(
    new_server, new_laptop, ahead
):
    server_version, version = (NEWEST, OURS) if ahead < 0 else (OURS, NEWEST)
    server = new_server(grown(server_version))
    user = server.person("lihua")
    away = laptop_of(new_laptop, server, user, version)
    colleague = laptop_of(new_laptop, server, user, server_version)
    customer = away.create("customer", name="王芳")
    away.create("visit", customer, state="planned", on="2026-03-20")
    for _ in range(2):
        with pytest.raises(UpgradeNeeded):
            away.sync()
    assert away.fields(customer) == {"name": "王芳"}
    assert {line.outcome for line in away.outbox()} == {"applied"}

    assert colleague.sync().verified
    assert colleague.fields(customer) == {"name": "王芳"}
    if ahead < 0:
        away.reopen(grown(server_version), grown_steps(server_version))
        assert away.sync().verified


@pytest.mark.parametrize("seen", [True, False])
def test_a_delete_counts_children_of_kinds_that_the_program_does_not_know(
    new_server, new_laptop, seen
):
    server = new_server(grown(NEWEST))
    user = server.person("lihua")
    newest, older = (laptop_of(new_laptop, server, user, v) for v in (NEWEST, OURS + 1))
    customer, visit, sample, part = life_of(newest)
    newest.sync()
    older.sync()
    if not seen:
        newest.edit(part, name="anders")
        newest.sync()
    older.delete(visit)
    older.sync()
    assert newest.sync().verified

    assert older.outbox()[-1].outcome == ("applied" if seen else "conflict")
    here = newest.held().keys()
    assert (visit in here, part in here) == (not seen, not seen)
    assert {customer, sample} <= here
