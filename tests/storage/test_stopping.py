"""A wish to stop is heard in the midst of one long statement, and nothing of it stays."""

from __future__ import annotations

import threading
import time

import pytest

from crm.domain.errors import Cancelled
from desktop.services.progress import Progress
from tests.helpers.fakes import Laptop

# Counts to a number that it never reaches while anybody waits.
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path / "laptop")
    yield made
    made.replica.close()


def change_and_count(laptop, mark, progress):
    with laptop.replica.transaction(progress) as tx:
        tx.put_identity(mark.but(acked=41))
        tx._connection.exec_driver_sql(ENDLESS).all()


def test_a_wish_to_stop_interrupts_a_statement_and_undoes_the_transaction(laptop, judge):
    progress, wished = Progress(), []

    def stop():
        wished.append(time.monotonic())
        progress.cancel()

    mark = laptop.replica.identity()
    threading.Timer(0.05, stop).start()
    with pytest.raises(Cancelled):
        change_and_count(laptop, mark, progress)
    judge.within(0.2, time.monotonic() - wished[0], "to stop")
    assert laptop.replica.identity() == mark
    assert laptop.create("customer", name="Somebody") in laptop.held()  # the file is free again


def test_who_does_not_wish_to_stop_is_not_stopped_and_errors_stay_what_they_are(laptop):
    with laptop.replica.transaction(Progress()) as tx:
        tx.put_identity(tx.identity().but(acked=41))
    assert laptop.replica.identity().acked == 41
    with pytest.raises(Exception, match="unreadable"), laptop.replica.transaction(Progress()) as tx:
        tx._connection.exec_driver_sql("SELECT nonsense")
