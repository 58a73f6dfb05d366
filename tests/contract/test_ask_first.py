"""Much that leaves, with the real server: a hand-over is signed, a colleague's deletes are not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.store import tables as t

MANY = 90
ONE_STORE = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])


def customers(laptop):
    """Let a laptop make MANY customers in one go; return their ids."""
    with laptop.replica.unit_of_work() as uow:
        made = [uow.create("customer", {"name": f"客户{number}"}) for number in range(MANY)]
        uow.commit()
    return made


@pytest.fixture
def branch(new_server, new_laptop):
    """A manager's laptop with MANY customers, the deputy's, and the server."""
    server = new_server()
    lihua = server.person("lihua")
    deputy = server.person("deputy", deputy_of="lihua")
    laptop, colleague = new_laptop(server, lihua), new_laptop(server, deputy)
    made = customers(laptop)
    laptop.sync()
    colleague.sync()
    return server, laptop, colleague, made


def test_a_hand_over_of_most_customers_asks_nobody(branch):
    server, laptop, _, made = branch
    other = server.person("other")
    for record in made[:60]:
        server.move(record, other)
    report = laptop.sync()
    assert (report.held_back, report.left, report.purged, report.verified) == (0, 60, 60, True)


@ONE_STORE
def test_what_a_colleague_deleted_by_the_dozen_is_asked_about(branch):
    _, laptop, colleague, made = branch
    with colleague.replica.unit_of_work() as uow:
        for record in made[:60]:
            uow.delete(record)
        uow.commit()
    assert colleague.sync().verified  # one's own deletes ask nobody
    mine = laptop.create("customer", name="新客户")
    report = laptop.sync()
    assert (report.held_back_deleted, report.left, report.applied) == (60, 0, 1)
    assert set(made) <= laptop.held().keys()
    assert laptop.engine.sync(accept_removals=60).verified
    assert laptop.held().keys() & set(made) == set(made[60:])
    assert mine in laptop.held()


@ONE_STORE
def test_a_server_that_reads_as_empty_takes_nothing(branch):
    """A database set up anew behind the same key and the same device: everything would leave."""
    server, laptop, _, made = branch
    with server.exchange.database.writing() as connection:
        for table in (t.record, t.stream_log, t.revision, t.stream, t.natural_key):
            connection.execute(sa.delete(table))
    report = laptop.sync()
    assert report.held_back_missing >= MANY
    assert set(made) <= laptop.held().keys()
