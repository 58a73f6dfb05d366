"""The chain of receipts between a real laptop and a real server."""

from __future__ import annotations

import json

import pytest

from crm.records import chain
from desktop.services import receipts
from desktop.services.receipts import ReceiptSearch
from server.exchange import chains as exchange
from server.store import chains, people
from tests.helpers.commands import Server


@pytest.fixture
def database_url(request):
    return request.getfixturevalue("laid_out_postgresql") if getattr(request, "param", "") else None


ON_BOTH = pytest.mark.parametrize(
    "database_url", ["", "postgresql"], indirect=True, ids=["sqlite", "postgresql"]
)


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.fixture
def laptop(server, new_laptop):
    return new_laptop(server, server.person("first"))


def work(laptop, times=3):
    """Syncs that each send something."""
    for number in range(times):
        laptop.create("customer", name=f"客户{number}")
        laptop.sync()


def faults(laptop):
    return {(f.place, f.what) for f in receipts.verify(laptop.replica.reader).faults}


def heads(server, laptop):
    with server.exchange.database.snapshot() as connection:
        return chains.of_enrolment(connection, enrolment(server, laptop))


def enrolment(server, laptop):
    with server.exchange.database.snapshot() as connection:
        return people.incarnation(connection, laptop.replica.identity().incarnation).enrolment


@ON_BOTH
def test_the_server_keeps_each_head_and_sees_that_it_follows(server, laptop):
    work(laptop)
    laptop.sync()
    kept = heads(server, laptop)
    assert [(head.place, head.length, head.fits) for head in kept] == [
        (1, 1, True),
        (2, 2, True),
        (3, 3, True),
    ]
    with laptop.replica.transaction() as tx:
        assert kept[-1].head == tx.receipt_chain.tip().head.hex()
        assert tx.receipt_chain.told().length == 3
    assert faults(laptop) == set()


def test_syncs_in_which_nothing_happens_fold_into_one_row_that_is_chained_later(server, laptop):
    work(laptop, 1)
    for _ in range(4):
        laptop.sync()
    first, *_ = receipts.recent(laptop.replica.reader)
    assert (first.times, first.place, len(receipts.recent(laptop.replica.reader))) == (4, None, 2)
    assert len(heads(server, laptop)) == 1
    work(laptop, 1)
    assert [r.place for r in receipts.recent(laptop.replica.reader)] == [3, 2, 1]
    laptop.sync()
    assert [(h.length, h.fits) for h in heads(server, laptop)] == [(1, True), (3, True)]
    assert faults(laptop) == set()


def rewrite(laptop, counts):
    """What a forger would do: change a receipt and compute the chain anew from there."""
    laptop.write("UPDATE receipt SET counts = ? WHERE n = 2", json.dumps(counts))
    laptop.write(
        "UPDATE receipt SET n = NULL, salt = NULL, text_salt = NULL, parts = NULL,"
        " commitment = NULL, head = NULL WHERE n >= 2"
    )
    with laptop.replica.transaction() as tx:
        held = tx._receipts
        for (seq,) in tx._connection.exec_driver_sql(
            "SELECT seq FROM receipt WHERE n IS NULL ORDER BY seq"
        ).all():
            held._chain(held._row(seq))


@ON_BOTH
def test_a_chain_that_was_computed_anew_is_told_by_both_ends(server, laptop, tmp_path):
    work(laptop)
    laptop.sync()
    rewrite(laptop, {"sent": 99})
    assert faults(laptop) == {(3, "server")}  # fits itself, and not what the server said
    laptop.write("DELETE FROM self WHERE name = 'chain_told'")  # the forger thinks of that too
    assert faults(laptop) == set()
    work(laptop, 1)
    assert faults(laptop) == {(3, "server")}
    assert not heads(server, laptop)[-1].fits
    command = Server(tmp_path / "server")
    told = command.run("devices", "--receipts", enrolment(server, laptop), code=1)
    assert (told["fits"], len(told["heads"])) == (False, 4)
    assert [d["receipts_fit"] for d in command.run("devices")["devices"]] == [False]
    with laptop.replica.transaction() as tx:
        tx.fork()  # as a copy put back begins: a new chain of heads, and the old finding stays
    laptop.sync()
    assert [d["receipts_fit"] for d in command.run("devices")["devices"]] == [False]


def test_a_reply_that_was_lost_or_a_server_set_back_is_no_forgery(server, laptop):
    work(laptop)
    with laptop.replica.transaction() as tx:
        told = tx.receipt_chain.told()
    laptop.sync()
    with laptop.replica.transaction() as tx:
        tx.receipt_chain.tell(told)  # as if the last reply had been lost
    work(laptop, 1)
    with server.exchange.database.writing() as connection:  # a dump of two syncs ago
        connection.exec_driver_sql("DELETE FROM chain_head WHERE place > 1")
    work(laptop, 2)
    laptop.sync()
    assert all(head.fits for head in heads(server, laptop))
    assert faults(laptop) == set()


def test_a_customers_line_leaves_with_the_customer_and_the_chain_stays(server, laptop):
    heir = server.person("second")
    who = laptop.create("customer", name="石敢当")
    laptop.sync()
    laptop.sync()
    find = ReceiptSearch(text="石敢当")
    assert len(receipts.search(laptop.replica.reader, find).receipts) == 1
    server.move(who, heir)
    laptop.sync()
    assert laptop.rows("SELECT root, outcomes, salt FROM receipt_line") == [(None, None, None)]
    assert not receipts.search(laptop.replica.reader, find).receipts
    assert faults(laptop) == set()


def test_a_head_that_does_not_follow_is_asked_again_or_refused():
    head = chain.next_head(chain.NO_HEAD, b"1" * 32)
    last = chains.Head("i", 1, 0, chain.NO_HEAD.hex(), "", True)
    assert exchange._follows(last, (1, head), [(b"1" * 32).hex()]) is True
    assert exchange._follows(last, (1, head), [(b"2" * 32).hex()]) is False
    assert exchange._follows(last, (1, head), []) is None
    assert exchange._follows(None, (7, head), []) is True
