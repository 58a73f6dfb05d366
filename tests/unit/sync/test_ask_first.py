"""Much does not leave a laptop without a signed cause before its manager has been asked."""

from __future__ import annotations

import pytest

from desktop.services.progress import Progress
from desktop.services.removals import Allowance, AskFirst
from desktop.sync import pull

HOME = "portfolio:manager"
MANY = 120


@pytest.fixture
def full(server, laptop):
    """A laptop that holds MANY customers; their ids."""
    made = [server.put("customer", home=HOME, name=f"N{number}") for number in range(MANY)]
    laptop.sync()
    return made


def asked(report):
    causes = (report.held_back_deleted, report.held_back_moved, report.held_back_missing)
    assert report.held_back == sum(causes)
    return causes


def test_a_server_that_removes_much_is_not_believed_until_the_manager_agrees(server, laptop, full):
    for record in full[:60]:
        server.kill(record)
    report = laptop.sync()
    assert asked(report) == (60, 0, 0)
    assert (report.outcome, report.verified, report.left) == ("partial", False, 0)
    assert laptop.held().keys() == set(full)
    assert asked(laptop.sync()) == (60, 0, 0)  # kept for now: it asks again
    report = laptop.engine.sync(accept_removals=60)
    assert (report.held_back, report.left, report.verified) == (0, 60, True)
    assert laptop.held().keys() == set(full[60:])
    assert laptop.sync().verified


def test_more_than_was_agreed_to_is_asked_about_again(server, laptop, full):
    for record in full[:60]:
        server.kill(record)
    assert laptop.sync().held_back == 60
    server.kill(full[60])
    report = laptop.engine.sync(accept_removals=60)
    assert (report.held_back, report.left) == (61, 0)
    assert laptop.held().keys() == set(full)
    assert laptop.engine.sync(accept_removals=61).left == 61


def test_what_was_agreed_to_is_shared_by_the_streams(server, laptop, full):
    server.grants["manager"]["portfolio:ben"] = True
    others = [server.put("customer", home="portfolio:ben", name=f"B{n}") for n in range(MANY)]
    laptop.sync()
    for record in (*full[:60], *others[:70]):
        server.kill(record)
    assert laptop.sync().held_back == 130
    report = laptop.engine.sync(accept_removals=70)
    assert report.held_back in (60, 70)
    assert report.left + report.held_back == 130
    assert laptop.engine.sync(accept_removals=report.held_back).verified


def test_push_and_the_other_streams_go_on_meanwhile(server, laptop, full):
    server.grants["manager"]["portfolio:ben"] = True
    for record in full[:60]:
        server.kill(record)
    other = server.put("customer", home="portfolio:ben", name="other")
    mine = laptop.create("customer", name="mine")
    report = laptop.sync()
    assert (report.applied, report.held_back) == (1, 60)
    assert mine in server.records
    assert other in laptop.held()


def test_what_was_sent_into_a_stream_that_waits_stays_in_sight(server, laptop, full):
    for record in full[:60]:
        server.kill(record)
    mine = laptop.create("customer", name="mine")
    laptop.edit(full[100], name="renamed")
    for _ in range(2):
        assert laptop.sync().held_back == 60
        with laptop.replica.reader() as reader:
            assert reader.get(mine).fields["name"] == "mine"
            assert reader.get(full[100]).fields["name"] == "renamed"
    assert server.purged == []
    assert laptop.engine.sync(accept_removals=60).verified
    assert {mine, full[100]} <= laptop.held().keys()


def test_who_moved_into_a_stream_that_waits_has_not_left(server, laptop, full):
    server.grants["manager"]["portfolio:ben"] = True
    other = server.put("customer", home="portfolio:ben", name="other")
    laptop.sync()
    for record in full[:60]:
        server.kill(record)
    server.move(other, HOME)
    laptop.sync()
    assert server.purged == []
    assert laptop.engine.sync(accept_removals=60).verified
    assert other in laptop.held()
    assert set(server.purged) == set(full[:60])


def test_a_stream_that_waits_and_is_granted_no_longer_asks_nothing(server, laptop, full):
    server.grants["manager"]["portfolio:ben"] = True
    for record in full[:60]:
        server.kill(record)
    server.put("customer", home="portfolio:ben", name="other")
    server.meanwhile("/v1/hello", lambda: server.grants["manager"].pop(HOME), skip=1)
    report = laptop.sync()
    assert (report.outcome, report.held_back, report.verified) == ("complete", 0, True)


def test_old_hand_overs_sign_for_nothing_in_a_baseline_that_was_interrupted(server, laptop, full):
    """hello tells -1 of a stream that is being scanned: all who ever moved away would count."""
    for record in full[:100]:
        server.move(record, "portfolio:ben")
    made = [server.put("customer", home=HOME, name=f"M{number}") for number in range(MANY)]
    laptop.sync()
    with laptop.replica.transaction() as tx:
        tx.start_scan(HOME)
    for record in made[:90]:
        del server.records[record]  # without a word in the log
        server.streams[HOME].log.pop(record)
    for _ in range(2):
        assert asked(laptop.sync()) == (0, 0, 90)
    assert len(laptop.held()) == 20 + MANY


@pytest.mark.parametrize(("gone", "of"), [(50, 60), (60, 400)], ids=["few", "small-share"])
def test_below_the_thresholds_nobody_is_asked(server, laptop, gone, of):
    made = [server.put("customer", home=HOME, name=f"N{number}") for number in range(of)]
    laptop.sync()
    for record in made[:gone]:
        server.kill(record)
    report = laptop.sync()
    assert (report.held_back, report.left, report.verified) == (0, gone, True)


def test_a_signed_hand_over_and_a_revoked_grant_ask_nobody(server, laptop, full):
    for record in full[:60]:
        server.move(record, "portfolio:ben")
    report = laptop.sync()
    assert (report.held_back, report.left, report.verified) == (0, 60, True)
    del server.grants["manager"][HOME]
    report = laptop.sync()
    assert (report.held_back, report.left) == (0, 60)


def test_departures_that_no_hello_has_signed_are_asked_about(server, laptop, full):
    for record in full[:60]:
        server.move(record, "portfolio:ben")
    server._moved = lambda *_: 0  # the pages say so, the signed word does not
    report = laptop.sync()
    assert asked(report) == (0, 60, 0)
    assert laptop.held().keys() == set(full)


def test_a_hand_over_in_the_midst_of_a_sync_is_signed_by_the_next_hello(server, laptop, full):
    server.put("customer", home=HOME, name="news")

    def hand_over():
        for record in full[:60]:
            server.move(record, "portfolio:ben")

    server.meanwhile("/v1/pull", hand_over)
    report = laptop.sync()
    assert (report.held_back, report.left, report.verified) == (0, 60, True)


def test_a_scan_that_brings_nothing_takes_nothing(server, laptop, full):
    """A server that lost its records, or was set up anew, reads as an empty stream."""
    kept = dict(server.records)
    server.records.clear()
    server.streams[HOME].log.clear()
    server.streams[HOME].head = 0
    report = laptop.sync()
    assert asked(report) == (0, 0, MANY)
    assert laptop.held().keys() == set(full)
    assert asked(laptop.sync()) == (0, 0, MANY)
    server.records.update(kept)
    for record in kept.values():
        server._log(record)
    assert laptop.sync().held_back == 0
    assert laptop.held().keys() == set(full)
    assert laptop.verify(full=True).outcome == "equal"


def test_a_check_that_brings_nothing_takes_nothing(server, laptop, full):
    for record in full[:60]:
        del server.records[record]  # without a word in the log
        server.streams[HOME].log.pop(record)
    report = laptop.sync()
    assert asked(report) == (0, 0, 60)
    assert laptop.held().keys() == set(full)
    assert laptop.verify().outcome == "moved"
    assert laptop.held().keys() == set(full)
    assert laptop.engine.sync(accept_removals=60).verified
    assert laptop.held().keys() == set(full[60:])


def test_what_the_manager_deleted_is_no_surprise(server, laptop, full):
    for record in full[:60]:
        server.put("visit", parent=record, state="planned", on="2026-03-18")
    laptop.sync()
    for record in full[:60]:
        laptop.delete(record)
    report = laptop.sync()
    assert (report.held_back, report.applied, report.verified) == (0, 60, True)
    assert laptop.held().keys() == set(full[60:])


def test_leaving_by_small_steps_is_noticed(server, laptop, full, monkeypatch):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 40)
    for record in full[:100]:
        server.kill(record)
    report = laptop.sync()  # the first page may go, the second is too much
    assert (report.left, report.held_back) == (40, 40)
    report = laptop.sync()
    assert (report.left, report.held_back) == (0, 40)
    assert len(laptop.held()) == MANY - 40
    report = laptop.engine.sync(accept_removals=40)  # as many as were shown, no more
    assert (report.left, report.held_back) == (40, 20)
    assert laptop.engine.sync(accept_removals=20).left == 20
    assert laptop.rows("SELECT value FROM self WHERE name = 'removals_asked'") != []
    laptop.sync()
    assert laptop.rows("SELECT value FROM self WHERE name = 'removals_asked'") == [("{}",)]


def test_a_sync_that_asks_leaves_its_question_in_the_receipt(server, laptop, full):
    for record in full[:60]:
        server.kill(record)
    laptop.sync(Progress())
    with laptop.replica.reader() as reader:
        counts = reader.receipts(1)[0].counts
    assert (counts["held_back"], counts["held_back_deleted"]) == (60, 60)


def test_what_may_leave_is_counted_by_cause():
    allowance = Allowance(held=100, signed=30)
    allowance.take({"moved": 20})
    allowance.take({"moved": 10, "missing": 5})  # signed departures are used up
    assert (allowance.signed, allowance.gone) == (0, 5)
    allowance.take({"deleted": 45})
    with pytest.raises(AskFirst) as much:
        allowance.take({"moved": 1})
    assert (much.value.removals.moved, much.value.removals.total) == (1, 1)
    assert allowance.gone == 50
