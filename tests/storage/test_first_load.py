"""What can be done with a replica while the rest of its first load is still on its way."""

from __future__ import annotations

import pytest

from crm.domain.ids import new_id
from desktop.services.ports import Granted, Page
from desktop.storage.search.index import is_there
from tests.helpers.fakes import Laptop

HOME, OTHER = "portfolio:manager", "portfolio:other"
A, B = sorted(new_id() for _ in range(2))
IN, ON, FURTHER = (f"{place}:{A}" for place in (10, 15, 20))  # positions in a scan


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    yield laptop
    laptop.replica.close()


def put(record, kind, fields, parent=None):
    return [0, record, kind, 1, parent, parent or record, fields, None]


CUSTOMERS = (put(A, "customer", {"name": "Lin"}), put(B, "customer", {"name": "Wu"}))


def visit():
    return put(new_id(), "visit", {"on": "2026-03-18", "state": "done"}, A)


def begin(laptop, *streams):
    granted = Granted(head=0, live=9_000, digest=0, floor=0, write=True)
    with laptop.replica.transaction() as tx:
        tx.grant(dict.fromkeys(streams, granted))
        assert tx.prepare_load(9_000)
        tx.start_scan(HOME)


def bring(laptop, scan, to, *entries):
    page = Page(
        stream=HOME,
        after=None,
        scan=scan,
        entries=entries,
        next=to,
        more=True,
        head=0,
        live=9_000,
        digest=0,
    )
    with laptop.replica.transaction() as tx:
        tx.apply(page)


def found(laptop, text):
    with laptop.replica.reader() as reader:
        return [hit.id for hit in reader.find(text)]


def has_index(laptop):
    with laptop.replica.transaction() as tx:
        return is_there(tx._connection)


def test_customers_are_found_before_the_index_is_there(laptop):
    begin(laptop, HOME)
    bring(laptop, "", IN, *CUSTOMERS)
    assert not has_index(laptop)
    assert found(laptop, "Lin") == [A]


def test_the_index_is_built_as_soon_as_all_that_is_searched_has_come(laptop):
    begin(laptop, HOME)
    bring(laptop, "", IN, *CUSTOMERS)
    bring(laptop, IN, ON, visit())
    assert has_index(laptop)
    assert found(laptop, "Lin") == [A]
    assert found(laptop, "Wu") == [B]


def test_what_is_searched_and_comes_late_is_indexed_as_well(laptop):
    begin(laptop, HOME)
    bring(laptop, "", IN, *CUSTOMERS)
    bring(laptop, IN, ON, visit())
    contact = put(new_id(), "contact_point", {"type": "mobile", "value": "+8615400001111"}, B)
    bring(laptop, ON, FURTHER, contact, visit())
    assert found(laptop, "15400001111") == [B]


def test_the_index_waits_while_another_portfolio_is_still_to_come(laptop):
    begin(laptop, HOME, OTHER)
    bring(laptop, "", IN, *CUSTOMERS)
    bring(laptop, IN, ON, visit())
    assert not has_index(laptop)
    assert found(laptop, "Lin") == [A]
    with laptop.replica.transaction() as tx:
        tx.make_ready()
    assert has_index(laptop)
    assert found(laptop, "Lin") == [A]
