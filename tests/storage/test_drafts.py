"""Drafts: kept at once, one a form and record, gone with the customer they are about."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from crm.domain.ids import new_id
from desktop.services.customers import note_viewed
from desktop.services.drafts import all_drafts, draft, drop_draft, save_draft
from desktop.services.palette import recent_customers
from desktop.storage.own_state import VIEWED_MOST
from desktop.storage.replica import FILE_NAME
from tests.helpers.fakes import Laptop
from tests.helpers.received import HOME, from_server

TODAY = date(2026, 3, 18)
WHO = "01900000-0000-7000-8000-000000000001"


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    from_server(laptop, [0, WHO, "customer", 3, None, WHO, {"name": "客户甲"}, None])
    yield laptop
    laptop.replica.close()


def keep(laptop, form, record, **values):
    save_draft(laptop.replica.unit_of_work, form, record, values)


def kept(laptop):
    return {(d.form, d.record): d.values for d in all_drafts(laptop.replica.reader)}


def test_a_draft_is_found_again_and_replaced_by_the_next(laptop):
    keep(laptop, "visit", WHO, summary="存")
    keep(laptop, "visit", WHO, summary="存款")
    keep(laptop, "customer", "", name="客")
    found = draft(laptop.replica.reader, "visit", WHO)
    assert (found.values, found.saved_at[:10]) == ({"summary": "存款"}, "2026-03-18")
    assert kept(laptop).keys() == {("visit", WHO), ("customer", "")}
    drop_draft(laptop.replica.unit_of_work, "visit", WHO)
    assert draft(laptop.replica.reader, "visit", WHO) is None
    assert kept(laptop).keys() == {("customer", "")}


KILLED = """
import os, sys
from pathlib import Path
from crm.domain.kinds import SCHEMA
from desktop.services.drafts import save_draft
from desktop.storage.replica import Replica
from tests.helpers.fakes import a_key
replica = Replica.open(Path(sys.argv[1]), a_key(), SCHEMA)
save_draft(replica.unit_of_work, "visit", sys.argv[2], {"summary": "存款"})
os._exit(9)  # nothing is closed, nothing flushed
"""


def test_a_draft_survives_a_killed_process(laptop, request):
    laptop.replica.close()
    command = [sys.executable, "-c", KILLED, str(laptop.folder / FILE_NAME), WHO]
    done = subprocess.run(command, cwd=request.config.rootpath, check=False)
    assert done.returncode == 9
    laptop.reopen()
    assert kept(laptop) == {("visit", WHO): {"summary": "存款"}}


def test_a_draft_is_no_edit_and_leaves_a_stale_index_alone(laptop):
    with laptop.replica.transaction() as tx:
        tx.prepare_load(10**6)
    keep(laptop, "visit", WHO, summary="存")
    assert laptop.outbox() == ()
    assert laptop.rows("SELECT value FROM self WHERE name = 'search_stale'") == [("true",)]


def test_the_next_save_builds_a_stale_index_again(laptop):
    with laptop.replica.transaction() as tx:
        tx.prepare_load(10**6)
    laptop.edit(WHO, village="石湾")
    with laptop.replica.reader() as reader:
        assert [hit.id for hit in reader.find("石湾")] == [WHO]
    assert laptop.rows("SELECT value FROM self WHERE name = 'search_stale'") == [("false",)]


def test_a_draft_leaves_with_its_customer_once_a_pull_is_complete(laptop):
    mine = laptop.create("customer", name="客户乙")
    for form, record in (("visit", WHO), ("visit", mine), ("customer", "")):
        keep(laptop, form, record, note="存")
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert {record for _, record in kept(laptop)} == {WHO, mine, ""}
    with laptop.replica.transaction() as tx:
        tx.purge(HOME)
        tx.end_pull()
        tx.let_go(None)
    assert kept(laptop).keys() == {("customer", "")}


def test_customers_looked_at_come_back_latest_first_and_each_once(laptop):
    new_uow, reader = laptop.replica.unit_of_work, laptop.replica.reader
    other = laptop.create("customer", name="客户乙")
    for record in (WHO, other, WHO, new_id()):
        note_viewed(new_uow, record)
    assert [found.row.id for found in recent_customers(reader, today=TODAY)] == [WHO, other]
    for _ in range(VIEWED_MOST - 1):
        note_viewed(new_uow, new_id())
    assert recent_customers(reader, today=TODAY) == ()
