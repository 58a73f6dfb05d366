"""Receipts in the replica: chained, folded, found again, dropped when they are old."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from crm.domain.instants import SHANGHAI, instant_text
from desktop.services import receipts
from desktop.services.ports import ChainTold, Receipt
from desktop.services.receipts import ReceiptSearch
from tests.helpers.fakes import Laptop

START = datetime(2026, 3, 1, 9, 0, tzinfo=SHANGHAI)
LIHUA = "01900000-0000-7000-8000-000000000001"


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    yield laptop
    laptop.replica.close()


def synced(laptop, day=0, outcome="complete", lines=None, facts=None, **counts):
    receipt = Receipt(
        at=instant_text(START + timedelta(days=day)),
        outcome=outcome,
        counts=counts,
        heads={},
        facts=facts or {},
        lines=lines or {},
    )
    with laptop.replica.transaction() as tx:
        tx.add_receipt(receipt)


def three(laptop):
    for day in range(3):
        synced(laptop, day, lines={LIHUA: {"applied": day + 1}}, sent=day + 1)
    with laptop.replica.transaction() as tx:
        tip = tx.receipt_chain.tip()
        tx.receipt_chain.tell(ChainTold(tip.length, tip.head, fits=True))


def faults(laptop):
    return {(f.place, f.what) for f in receipts.verify(laptop.replica.reader).faults}


def found(laptop, **wanted):
    got = receipts.search(laptop.replica.reader, ReceiptSearch(**wanted))
    return [receipt.place for receipt in got.receipts]


TAMPERING = {
    "counts": ("UPDATE receipt SET counts = '{\"sent\":9}' WHERE n = 2", {(2, "text")}),
    "moment": ("UPDATE receipt SET at = '' WHERE n = 2", {(2, "header")}),
    "outcome": ("UPDATE receipt SET outcome = 'partial' WHERE n = 2", {(2, "header")}),
    "customer": ("UPDATE receipt_line SET outcomes = '{}' WHERE receipt = 2", {(2, "lines")}),
    "a line away": ("DELETE FROM receipt_line WHERE receipt = 2", {(2, "lines")}),
    "its text away": ("UPDATE receipt SET text_salt = NULL WHERE n = 2", {(2, "text")}),
    "its head": ("UPDATE receipt SET head = zeroblob(32) WHERE n = 2", {(2, "head"), (3, "head")}),
    "the row away": ("DELETE FROM receipt WHERE n = 2", {(2, "missing"), (3, "head")}),
    "the end away": ("DELETE FROM receipt WHERE n = 3", {(3, "server")}),
    "taken out": ("UPDATE receipt SET n = NULL WHERE n = 3", {(0, "loose"), (3, "server")}),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_with_any_row_is_found(laptop, what):
    statement, found = TAMPERING[what]
    three(laptop)
    assert not faults(laptop)
    laptop.write(statement)
    assert found <= faults(laptop)


def test_a_receipts_text_goes_after_90_days_and_the_chain_stays(laptop):
    three(laptop)
    synced(laptop, 92, sent=1)
    kept = receipts.recent(laptop.replica.reader)
    assert [bool(r.counts) for r in kept] == [True, True, False, False]
    assert [r.dropped for r in kept] == [False, False, True, True]
    assert laptop.rows("SELECT DISTINCT receipt FROM receipt_line") == [(3,)]
    assert faults(laptop) == set()


def test_syncs_in_which_nothing_happened_are_one_row(laptop):
    synced(laptop, 0, sent=1)
    for day in range(1, 4):
        synced(laptop, day, requests=1, verified=1)
    synced(laptop, 4, outcome="sync.unreachable")
    synced(laptop, 5, outcome="sync.unreachable")
    last, folded, first = receipts.recent(laptop.replica.reader)
    assert (folded.times, folded.counts["requests"], folded.counts["verified"]) == (3, 3, 1)
    assert (first.place, folded.place, last.place, last.times) == (1, 2, None, 2)
    assert folded.since < folded.at < last.since < last.at
    assert faults(laptop) == set()


@pytest.mark.parametrize("told_alone", ["forks", "held_back"])
def test_a_sync_that_has_something_else_to_tell_joins_no_other(laptop, told_alone):
    synced(laptop, requests=1)
    synced(laptop, day=1, requests=1, **{told_alone: 1})
    synced(laptop, day=2, requests=1)
    quiet, told, _ = receipts.recent(laptop.replica.reader)
    assert (quiet.times, told.times, told.counts[told_alone]) == (1, 1, 1)
    assert faults(laptop) == set()


def test_an_errors_facts_are_kept(laptop):
    synced(laptop, outcome="sync.busy", facts={"seconds": 40})
    assert receipts.recent(laptop.replica.reader)[0].facts == {"seconds": 40}


def test_receipts_are_found_by_day_by_result_and_by_customer(laptop):
    who = laptop.create("customer", name="石敢当")
    synced(laptop, 0, sent=1, lines={who: {"applied": 1}})
    synced(laptop, 1, sent=2, conflicts=1)
    synced(laptop, 2, sent=1, refused=1, conflicts=1)
    synced(laptop, 3, outcome="work.cancelled", received=3)
    synced(laptop, 4, outcome="sync.server_failed", facts={"status": 500}, received=1)
    assert found(laptop) == [5, 4, 3, 2, 1]
    assert found(laptop, since=date(2026, 3, 2), until=date(2026, 3, 3)) == [3, 2]
    marks = {mark: found(laptop, mark=mark) for mark in receipts.MARKS}
    assert marks == {
        "synced": [1],
        "to_settle": [2],
        "refused": [3],
        "stopped": [4],
        "offline": [],
        "failed": [5],
    }
    for receipt in receipts.recent(laptop.replica.reader):
        assert receipt.place in marks[receipts.mark_of(receipt)]
    assert found(laptop, text="石敢") == found(laptop, text="sgd") == [1]
    got = receipts.search(laptop.replica.reader, ReceiptSearch(text="石敢当"))
    assert got.names == {who: "石敢当"}
