"""Numbering, requeueing and forgetting operations."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.seats import PROOF
from desktop.services.ports import Granted, Result
from desktop.storage.engine import writing
from desktop.storage.outbox import Outbox
from desktop.storage.urgent import NOES
from desktop.sync.push import wire
from tests.helpers.fakes import Laptop

AT = "2026-03-18T02:30:00.000Z[+00:00]"
S1 = "portfolio:manager"


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    with laptop.replica.transaction() as tx:
        tx.grant({S1: Granted(head=0, live=0, digest=0, floor=0, write=True)})
    yield laptop
    laptop.replica.close()


def page(laptop, limit=500, size=10**6, waiting=None):
    with laptop.replica.transaction() as tx:
        return tx.number_page(limit, size, set() if waiting is None else waiting)


def settle(laptop, operations, outcome="applied", version=1, acked=None):
    results = [
        Result(id=o.id, number=o.number, outcome=outcome, version=version, reason=None)
        for o in operations
    ]
    with laptop.replica.transaction() as tx:
        tx.settle(results, acked or operations[-1].number, AT)


def group_of(laptop, *names):
    with laptop.replica.unit_of_work() as uow:
        with uow.group():
            made = [uow.create("customer", {"name": name}) for name in names]
        uow.commit()
    return made


def test_in_order_numbers_go_on_from_what_was_acknowledged(laptop):
    for name in "abc":
        laptop.create("customer", name=name)
    first = page(laptop, limit=2)
    assert [operation.number for operation in first] == [1, 2]
    settle(laptop, first)
    assert [operation.number for operation in page(laptop)] == [3]


def test_in_order_what_left_once_leaves_again_under_the_same_numbers(laptop):
    laptop.create("customer", name="a")
    first = page(laptop)
    laptop.create("customer", name="b")
    assert page(laptop) == first
    assert laptop.states() == ["sent", "queued"]


def test_a_page_holds_whole_groups(laptop):
    group_of(laptop, "a", "b")
    group_of(laptop, "c", "d")
    assert len(page(laptop, limit=3)) == 2


def test_a_group_larger_than_the_page_goes_alone(laptop):
    group_of(laptop, "a", "b", "c")
    laptop.create("customer", name="d")
    assert len(page(laptop, limit=1)) == 3


def test_a_page_has_an_end_in_bytes(laptop):
    for name in "abcd":
        laptop.create("customer", name=name, note="x" * 1500)
    assert len(page(laptop, size=5000)) == 2


def test_later_goes_back_to_its_place_and_gets_a_new_number(laptop):
    for name in "abc":
        laptop.create("customer", name=name)
    operations = page(laptop)
    settle(laptop, operations[:1], "later", None, acked=1)
    settle(laptop, operations[1:2], acked=2)
    assert laptop.states() == ["queued", "settled", "sent"]
    settle(laptop, operations[2:], acked=3)
    (again,) = page(laptop)
    assert (again.id, again.number) == (operations[0].id, 4)


def test_later_waits_the_rest_of_the_record_rests_and_everything_else_goes_on(laptop):
    first = laptop.create("customer", name="a")
    laptop.edit(first, village="Cloud")
    other = laptop.create("customer", name="b")
    assert [operation.record for operation in page(laptop, waiting={first})] == [other]


def test_later_waits_takes_along_what_shares_a_group(laptop):
    """Else an edit of b would overtake an older one that waits in a's group."""
    first, second = group_of(laptop, "a", "b")
    laptop.edit(second, village="Cloud")
    other = laptop.create("customer", name="c")
    waiting = {first}
    assert [operation.record for operation in page(laptop, waiting=waiting)] == [other]
    assert waiting == {first, second}


def test_retain_echoed_operations_stay_until_a_backup_holds_them(laptop):
    for name in "ab":
        laptop.create("customer", name=name)
    operations = page(laptop)
    settle(laptop, operations)
    with laptop.replica.transaction() as tx:
        tx.end_pull()
        tx.release(1, "2026-03-01T00:00:00.000Z[+00:00]")
    assert [line.id for line in laptop.outbox()] == [operations[1].id]
    with laptop.replica.transaction() as tx:
        tx.release(0, "2026-03-19T00:00:00.000Z[+00:00]")
    assert laptop.outbox() == ()


def test_retain_never_forgets_what_waits_or_was_set_aside(laptop):
    laptop.create("customer", name="a")
    laptop.create("customer", name="b")
    laptop.create("customer", name="c")
    operations = page(laptop, limit=2)
    settle(laptop, operations[:1], "refused", None, acked=1)
    settle(laptop, operations[1:], acked=2)
    with laptop.replica.transaction() as tx:
        tx.release(99, "2099-01-01T00:00:00.000Z[+00:00]")
    assert laptop.states() == ["aside", "settled", "queued"]


def test_a_settled_operation_is_not_settled_twice(laptop):
    laptop.create("customer", name="a")
    operations = page(laptop)
    settle(laptop, operations, "applied", 1)
    settle(laptop, operations, "refused", None)
    assert [(line.state, line.outcome) for line in laptop.outbox()] == [("settled", "applied")]


def test_a_confirmation_that_comes_to_a_sealed_yes_goes_beside_the_seal(laptop):
    """Its customer left before the result came; a restored server is still to be shown it."""
    record = laptop.create("customer", name="a")
    key = base64.b64encode(X25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    with writing(laptop.replica._engine) as connection:
        Outbox(connection).seal([record], key)
    (sent,) = page(laptop)
    assert "fields" not in wire(sent)
    told = Result(
        id=sent.id, number=1, outcome="applied", version=1, reason=None, confirmation="word"
    )
    with laptop.replica.transaction() as tx:
        tx.settle([told], 1, AT)
        tx.fork()
    (again,) = page(laptop)
    assert wire(again)["fields"] == {PROOF: [None, "word"]}
    assert wire(again)["sealed"] == sent.sealed


# --- a customer's no leaves first ------------------------------------------------------------


def a_no(laptop, customer, decision="withdrawn"):
    fields = {"decision": decision, "purpose": "club", "channel": "any", "said_on": "2026-03-18"}
    return laptop.create("consent", parent=customer, **fields)


def leaving(laptop, **sizes):
    return [operation.record for operation in page(laptop, **sizes)]


def settled_customer(laptop, name):
    made = laptop.create("customer", name=name)
    settle(laptop, page(laptop))
    return made


def test_a_withdrawal_leaves_before_all_that_was_saved_earlier(laptop):
    known = settled_customer(laptop, "a")
    others = [laptop.create("customer", name=name) for name in "bcd"]
    yes = a_no(laptop, known, "granted")
    noes = [a_no(laptop, known), a_no(laptop, known, "refused")]
    assert leaving(laptop, limit=2) == noes
    settle(laptop, page(laptop))
    assert leaving(laptop) == [*others, yes]


def test_a_withdrawal_takes_along_the_customer_that_it_hangs_on_with_the_whole_group(laptop):
    laptop.create("customer", name="a")
    one, other = group_of(laptop, "b", "c")
    laptop.create("customer", name="d")
    laptop.edit(one, note="later, and of no concern")
    no = a_no(laptop, one)
    assert leaving(laptop, limit=3) == [one, other, no]


def test_what_goes_along_overtakes_no_earlier_edit_of_the_same_record(laptop):
    one, other = settled_customer(laptop, "a"), settled_customer(laptop, "b")
    laptop.create("customer", name="c")
    laptop.edit(other, note="first")
    with laptop.replica.unit_of_work() as uow:
        with uow.group():  # one action: a note here, a withdrawal there
            uow.edit(other, {"note": "second"})
            fields = {"decision": "refused", "purpose": "club", "channel": "any"}
            no = uow.create("consent", {**fields, "said_on": "2026-03-18"}, parent=one)
        uow.commit()
    assert leaving(laptop, limit=3) == [other, other, no]


def test_what_has_left_before_leaves_again_before_a_withdrawal(laptop):
    known = settled_customer(laptop, "a")
    sent = [laptop.create("customer", name="b")]
    assert leaving(laptop) == sent
    no = a_no(laptop, known)
    assert leaving(laptop) == sent
    settle(laptop, page(laptop))
    assert leaving(laptop) == [no]


def test_looking_for_withdrawals_does_not_read_a_long_queue(laptop):
    with laptop.replica.transaction() as tx:
        plan = tx._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {NOES}").all()
    assert any("ix_op_consent" in row[3] for row in plan)
