"""Whole syncs: what is pulled, compared, mended, counted; forks; one at a time."""

from __future__ import annotations

import shutil

import pytest
from filelock import FileLock

from crm.domain.errors import Cancelled, Damaged, Locked, Refused, ServerUnreachable
from crm.domain.kind import Record, kind, text
from crm.domain.kinds import SCHEMA, Customer
from desktop.services.logbook import close_log, open_log
from desktop.services.progress import Progress
from desktop.storage.migrations import MIGRATIONS, adopt_field, adopt_kind
from desktop.sync import pull
from desktop.sync.engine import LOCK_NAME

HOME = "portfolio:manager"


def paths(server, since=0):
    return [path.rpartition("/")[2] for path, _ in server.requests[since:]]


def a_family(server, home=HOME, name="N"):
    root = server.put("customer", home=home, name=name)
    visit = server.put("visit", parent=root, state="planned", on="2026-03-18")
    return root, visit


def unhurried():
    """Pauses between tries take no time."""
    progress = Progress()
    progress.wait = lambda _: None
    return progress


def code_of(action, error):
    with pytest.raises(error) as raised:
        action()
    return raised.value.code


# --- the order of a sync ---------------------------------------------------------------------


def test_a_first_sync_brings_everything_and_the_second_hello_verifies_it(server, laptop):
    a_family(server)
    report = laptop.sync()
    assert paths(server) == ["hello", "pull", "pull", "hello"]
    assert (report.received, report.verified, report.requests) == (2, True, 4)
    assert report.outcome == "complete"


def test_with_nothing_to_say_one_hello_is_the_whole_sync(server, laptop):
    a_family(server)
    laptop.sync()
    since = len(server.requests)
    report = laptop.sync()
    assert paths(server, since) == ["hello"]
    assert (report.requests, report.verified, report.sent, report.received) == (1, True, 0, 0)


def test_hello_push_pull_hello_when_there_is_something(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.edit(root, village="Cloud")
    since = len(server.requests)
    laptop.sync()
    assert paths(server, since) == ["hello", "push", "pull", "hello"]


def test_progress_has_real_totals_and_reaches_them(server, laptop):
    for _ in range(3):
        a_family(server)
    laptop.create("customer", name="Somebody")
    seen = []
    laptop.sync(Progress(lambda done, total: seen.append((done, total))))
    done, total = seen[-1]
    assert done == total >= 7
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_sync_tells_its_stages_and_passes_over_comparing_where_nothing_is_new(server, laptop):
    a_family(server)
    told = []
    laptop.sync(Progress(stage=told.append))
    assert told == ["identity", "send", "receive", "verify", "receipt"]
    told.clear()
    laptop.sync(Progress(stage=told.append))
    assert told == ["identity", "send", "receive", "receipt"]


def test_a_wish_to_stop_that_comes_with_the_receipt_is_too_late(server, laptop):
    progress = Progress(stage=lambda name: name == "receipt" and progress.cancel())
    assert laptop.sync(progress).outcome == "complete"
    progress = Progress(stage=lambda name: name == "receive" and progress.cancel())
    a_family(server)
    assert code_of(lambda: laptop.sync(progress), Cancelled) == "work.cancelled"


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_cancel_is_safe_at_any_page_and_the_next_sync_goes_on(server, laptop, monkeypatch, pages):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 3)
    for _ in range(6):
        a_family(server)
    progress = Progress(lambda done, _: done >= 3 * pages and progress.cancel())
    assert code_of(lambda: laptop.sync(progress), Cancelled) == "work.cancelled"
    held = laptop.rows("SELECT sum(live) FROM cursor")[0][0]
    assert 0 < held < 12
    report = laptop.sync()
    assert (report.received, report.verified) == (12 - held, True)


def test_one_sync_at_a_time(laptop):
    with FileLock(laptop.folder / LOCK_NAME):
        assert code_of(laptop.sync, Refused) == "sync.running"
    assert laptop.sync().verified


def test_a_lock_that_is_a_folder_is_told(laptop):
    (laptop.folder / LOCK_NAME).mkdir()
    assert code_of(laptop.sync, Locked) == "sync.lock"
    (laptop.folder / LOCK_NAME).rmdir()
    assert laptop.sync().verified


def test_each_sync_leaves_a_receipt_also_one_that_failed(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.edit(root, village="Cloud")
    server.plan("/v1/push", "portal")
    code_of(laptop.sync, ServerUnreachable)
    laptop.sync()
    with laptop.replica.reader() as reader:
        receipts = reader.receipts()
    assert [receipt.outcome for receipt in receipts] == [
        "complete",
        "sync.portal",
        "complete",
    ]
    assert receipts[0].counts["applied"] == 1
    assert receipts[0].heads == {"bank": 0, HOME: 3}


def test_syncs_are_logged_by_counts_and_codes_alone(server, laptop, tmp_path):
    root, _ = a_family(server, name="Nobody At All")
    log_folder = tmp_path / "log"
    open_log(log_folder)
    try:
        laptop.sync()
        laptop.edit(root, village="Cloud")
        server.plan("/v1/push", "portal")
        code_of(laptop.sync, ServerUnreachable)
        laptop.sync()
        laptop.verify(full=True)
        server.plan("/v1/hello", "portal")
        code_of(laptop.verify, ServerUnreachable)
    finally:
        close_log()
    text = (log_folder / "logs" / "yizhan.log").read_text(encoding="ascii")
    said = [
        line.partition(" desktop.sync.engine:")[2].partition(" ")[2] for line in text.split("\n")
    ]
    starts = [line.partition(";")[0] for line in said if line]
    assert starts == [
        "sync started: 0 unsent, 2 streams",
        "sync ended: complete",
        "sync started: 1 unsent, 2 streams",
        "sync ended: sync.portal",
        "sync started: 1 unsent, 2 streams",
        "sync ended: complete",
        "verify started: full 1",
        "verify ended: equal",
        "verify started: full 0",
        "verify ended: sync.portal",
    ]
    assert "received 2, left 0, repaired 0, verified 1; 4 requests" in text
    assert "sent 1, conflicts 0" in text
    assert not any(word in text for word in ("Nobody", "Cloud", "<", root))


# --- what it counts ---------------------------------------------------------------------------


def test_merged_counts_own_edits_of_records_that_others_changed_too(server, laptop):
    both, _ = a_family(server)
    mine, _ = a_family(server)
    laptop.sync()
    laptop.edit(both, village="Cloud")
    laptop.edit(both, employer="Post")
    laptop.edit(mine, village="Cloud")
    server.edit(both, note="office")
    report = laptop.sync()
    assert (report.sent, report.merged, report.applied, report.conflicts) == (3, 2, 1, 0)
    assert laptop.fields(both) == {
        "name": "N",
        "village": "Cloud",
        "employer": "Post",
        "note": "office",
    }


def test_merged_is_told_right_after_an_interrupted_sync(server, laptop):
    mine, _ = a_family(server)
    laptop.sync()
    laptop.edit(mine, village="Cloud")
    server.plan("/v1/pull", "portal")
    code_of(laptop.sync, ServerUnreachable)
    laptop.edit(mine, employer="Post")
    report = laptop.sync()
    assert (report.merged, report.applied) == (0, 1)


def test_field_the_same_field_keeps_both_values(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.edit(root, note="mine")
    server.edit(root, note="theirs")
    report = laptop.sync()
    assert (report.conflicts, report.applied, report.merged) == (1, 0, 0)
    assert laptop.fields(root)["note"] == "theirs"
    with laptop.replica.reader() as reader:
        (conflict,) = reader.open_conflicts()
    assert (conflict.fields["mine"], conflict.fields["theirs"]) == ('"mine"', '"theirs"')


@pytest.mark.parametrize("dies", [0, 1])
def test_a_conflict_outlives_what_it_speaks_of_and_can_be_settled(server, laptop, dies):
    family = a_family(server)
    laptop.sync()
    laptop.edit(family[1], place="mine")
    server.edit(family[1], place="theirs")
    laptop.sync()
    item = server.put("inbox_item", parent=family[1], state="open")
    server.bury(family[dies])
    assert laptop.sync().verified
    with laptop.replica.reader() as reader:
        (conflict,) = reader.open_conflicts()
        assert reader.get(conflict.id) == conflict
        assert [held.id for held in reader.with_values("inbox_item")] == [item]
        assert reader.get(item).parent == family[1]
        assert reader.with_values("visit") == ()
    laptop.edit(conflict.id, state="theirs")
    assert laptop.sync().applied == 1
    with laptop.replica.reader() as reader:
        assert reader.open_conflicts() == ()


def test_settling_a_conflict_is_an_ordinary_edit_and_travels(server, laptop, new_laptop):
    root, _ = a_family(server)
    other = new_laptop()
    laptop.sync()
    other.sync()
    laptop.edit(root, note="mine")
    server.edit(root, note="theirs")
    laptop.sync()
    with laptop.replica.unit_of_work() as uow:
        (conflict,) = uow.open_conflicts()
        with uow.group():
            uow.edit(root, {"note": "mine"})
            uow.edit(conflict.id, {"state": "mine"})
        uow.commit()
    assert laptop.sync().applied == 2
    other.sync()
    assert other.fields(root)["note"] == "mine"
    with other.replica.reader() as reader:
        assert reader.open_conflicts() == ()


def test_left_counts_records_that_left_and_not_those_that_moved_within(server, laptop):
    server.grants["manager"]["portfolio:ben"] = True
    stays, _ = a_family(server)
    leaves, _ = a_family(server)
    dies, _ = a_family(server)
    laptop.sync()
    server.move(stays, "portfolio:ben")
    server.move(leaves, "portfolio:stranger")
    server.kill(dies)
    report = laptop.sync()
    assert (report.left, report.verified) == (4, True)
    assert {record for record, (_, stream, *_) in laptop.held().items()} >= {stays}
    assert laptop.get(stays).stream == "portfolio:ben"


# --- pulling ----------------------------------------------------------------------------------


def test_newer_only_a_move_between_two_pulls_loses_nobody(server, laptop):
    """The record leaves the second stream for the first after the first was read."""
    server.grants["manager"]["portfolio:zoe"] = True
    root, _ = a_family(server, home="portfolio:zoe")
    a_family(server)
    laptop.sync()
    server.edit(root, note="touched")
    a_family(server)
    since = len(server.requests)
    server.meanwhile("/v1/pull", lambda: server.move(root, HOME), skip=1)
    report = laptop.sync()
    assert (report.verified, report.repaired, report.left) == (True, 0, 0)
    assert laptop.get(root).stream == HOME
    assert "check" not in paths(server, since)


def test_quiet_verify_a_move_the_other_way_is_no_false_alarm(server, laptop):
    server.grants["manager"]["portfolio:zoe"] = True
    root, _ = a_family(server)
    laptop.sync()
    server.edit(root, note="touched")
    a_family(server, home="portfolio:zoe")
    since = len(server.requests)
    server.meanwhile("/v1/pull", lambda: server.move(root, "portfolio:zoe"), skip=1)
    report = laptop.sync()
    assert (report.verified, report.repaired) == (True, 0)
    assert laptop.get(root).stream == "portfolio:zoe"
    assert "check" not in paths(server, since)


def test_pages_of_a_stream_follow_each_other_while_it_changes(server, laptop, monkeypatch):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 2)
    families = [a_family(server) for _ in range(5)]
    server.meanwhile("/v1/pull", lambda: server.kill(families[0][0]), skip=3)
    server.meanwhile("/v1/pull", lambda: a_family(server, name="late"), skip=4)
    server.meanwhile("/v1/pull", lambda: server.edit(families[4][0], note="late"), skip=5)
    assert laptop.sync().verified
    assert len(laptop.held()) == 10


def test_floor_a_cursor_below_it_is_read_from_the_beginning(server, laptop):
    gone, _ = a_family(server)
    kept, _ = a_family(server)
    laptop.sync()
    server.move(gone, "portfolio:stranger")
    server.purge_log(HOME)
    since = len(server.requests)
    report = laptop.sync()
    assert server.requests[since + 1][1]["scan"] == ""
    assert (report.verified, report.left) == (True, 2)
    assert kept in laptop.held()
    assert gone not in laptop.held()


def test_floor_also_in_the_midst_of_a_scan(server, laptop, monkeypatch):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 2)
    families = [a_family(server) for _ in range(4)]
    server.plan("/v1/pull", None, None, "portal")
    code_of(laptop.sync, ServerUnreachable)
    assert laptop.rows("SELECT count(*) FROM customer") == [(2,)]
    server.kill(families[0][0])
    server.edit(families[3][0], note="after")
    server.purge_log(HOME)
    since = len(server.requests)
    assert laptop.sync().verified
    assert server.requests[since + 1][1]["scan"] == ""
    assert "check" not in paths(server, since)
    assert len(laptop.held()) == 6


def test_a_cursor_ahead_of_its_head_is_read_from_the_beginning(server, laptop):
    a_family(server)
    laptop.sync()
    laptop.write("UPDATE cursor SET number = 99 WHERE stream = ?", HOME)
    report = laptop.sync()
    assert report.verified
    assert laptop.rows("SELECT number FROM cursor WHERE stream = ?", HOME) == [(2,)]


def test_purge_cursor_a_regained_stream_arrives_whole(server, laptop):
    root, visit = a_family(server)
    laptop.sync()
    grant = server.grants["manager"].pop(HOME)
    assert laptop.sync().left == 2
    assert laptop.held() == {}
    server.grants["manager"][HOME] = grant
    report = laptop.sync()
    assert (report.received, report.verified) == (2, True)
    assert laptop.held().keys() == {root, visit}


def test_a_newly_assigned_customer_arrives_whole(server, laptop):
    root, visit = a_family(server, home="portfolio:stranger")
    laptop.sync()
    server.move(root, HOME)
    assert laptop.sync().received == 2
    assert laptop.held().keys() == {root, visit}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda reply: reply.pop("entries"),
        lambda reply: reply.update(entries=[[1, 2, 3]]),
        lambda reply: reply.update(stream="portfolio:else"),
        lambda reply: reply.update(more=True, next=""),
        lambda reply: reply.update(head="many"),
    ],
)
def test_a_page_that_is_not_understood_changes_nothing(server, laptop, spoil):
    a_family(server)
    honest = server._pull

    def spoilt(message, device):
        reply = honest(message, device)
        spoil(reply)
        return reply

    server._pull = spoilt
    assert code_of(laptop.sync, ServerUnreachable) == "sync.protocol"
    assert laptop.held() == {}


def test_a_server_that_keeps_changing_ends_a_sync_all_the_same(server, laptop):
    root, _ = a_family(server)
    for skip in range(40):
        server.meanwhile("/v1/hello", lambda: server.edit(root, note="again"), skip=0)
        server.before["/v1/hello"][-1][0] = skip
    report = laptop.sync()
    assert report.verified
    assert report.requests < 20


# --- comparing and mending --------------------------------------------------------------------


def test_flipped_byte_is_found_and_healed(server, laptop):
    families = [a_family(server) for _ in range(5)]
    laptop.sync()
    laptop.edit(families[1][0], village="Cloud")
    laptop.write("UPDATE customer SET name = 'flipped' WHERE id = ?", families[0][0])
    assert laptop.sync().verified  # totals are carried along: only a full look can tell
    report = laptop.verify(full=True)
    assert (report.outcome, report.damaged) == ("repaired", 1)
    assert laptop.fields(families[0][0]) == {"name": "N"}
    assert laptop.verify(full=True).outcome == "equal"


def test_verify_sends_no_edit_and_leaves_it_as_it_is(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.edit(root, village="Cloud")
    laptop.write('UPDATE shadow SET fields = \'{"name":"flipped"}\'')
    assert laptop.verify(full=True).outcome == "repaired"
    assert laptop.fields(root) == {"name": "N", "village": "Cloud"}
    assert laptop.states() == ["queued"]
    assert "push" not in paths(server)


def test_a_lost_row_is_noticed_by_the_next_sync(server, laptop):
    root, visit = a_family(server)
    laptop.sync()
    laptop.write("DELETE FROM visit")
    laptop.write("UPDATE cursor SET live = live - 1, digest = ? WHERE stream = ?", "0" * 32, HOME)
    report = laptop.sync()
    assert (report.repaired, report.verified) == (1, True)
    assert laptop.held().keys() == {root, visit}


def test_a_row_that_nobody_has_is_dropped(server, laptop):
    root, visit = a_family(server)
    laptop.sync()
    server.records.pop(visit)  # a restored server that forgot it, at the same head
    report = laptop.sync()
    assert (report.left, report.verified) == (1, True)
    assert laptop.held().keys() == {root}


def scans(server, since):
    return [
        m for path, m in server.requests[since:] if path == "/v1/pull" and m["scan"] is not None
    ]


def test_a_repair_overtaken_by_writers_reads_on_and_compares_again(server, laptop):
    families = [a_family(server) for _ in range(4)]
    laptop.sync()
    laptop.write("UPDATE customer SET name = 'flipped' WHERE id = ?", families[0][0])
    for skip in range(3):
        server.meanwhile(
            "/v1/check",
            lambda: server.edit(families[1][0], note=f"at {len(server.requests)}"),
            skip,
        )
    since = len(server.requests)
    report = laptop.verify(full=True)
    assert (report.outcome, report.damaged) == ("repaired", 1)
    assert paths(server, since).count("check") == 5
    assert scans(server, since) == []
    assert laptop.fields(families[0][0]) == {"name": "N"}
    assert laptop.verify(full=True).outcome == "equal"


def test_a_repair_that_never_catches_up_reads_the_stream_again(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.write("UPDATE customer SET name = 'flipped'")
    for skip in range(20):
        server.meanwhile(
            "/v1/check", lambda: server.edit(root, note=f"at {len(server.requests)}"), skip
        )
    since = len(server.requests)
    assert laptop.verify(full=True).outcome == "repaired"
    assert [message["scan"] for message in scans(server, since)] == [""]
    assert laptop.fields(root)["name"] == "N"


def test_a_stream_withdrawn_in_the_midst_of_a_repair_is_left_alone(server, laptop):
    a_family(server)
    laptop.sync()
    laptop.write("UPDATE customer SET name = 'flipped'")

    def withdrawn():
        a_family(server)
        server.meanwhile("/v1/hello", lambda: server.grants["manager"].pop(HOME))

    server.meanwhile("/v1/check", withdrawn)
    since = len(server.requests)
    laptop.verify(full=True)
    assert scans(server, since) == []
    assert laptop.sync().verified
    assert laptop.held() == {}


def test_totals_that_are_wrong_by_themselves_are_added_up_again(server, laptop):
    a_family(server)
    laptop.sync()
    laptop.write("UPDATE cursor SET digest = ? WHERE stream = ?", "1" * 32, HOME)
    report = laptop.sync()
    assert (report.repaired, report.verified) == (0, True)


def test_what_cannot_be_mended_is_said_and_does_not_go_round_in_circles(server, laptop):
    a_family(server)
    laptop.sync()
    honest = server.totals
    server.totals = lambda stream: {**honest(stream), "digest": "f" * 32}
    assert code_of(laptop.sync, Damaged) == "sync.still_differs"
    assert len(server.requests) < 20


# --- forks ------------------------------------------------------------------------------------


def test_baton_a_repeated_hello_gets_the_same_welcome(server, laptop):
    laptop.sync()
    baton = laptop.replica.identity().baton
    server.plan("/v1/hello", *["lost"] * 5)
    code_of(lambda: laptop.sync(unhurried()), ServerUnreachable)
    assert laptop.replica.identity().baton == baton
    proposal = laptop.replica.identity().next_baton
    assert laptop.sync().verified
    assert laptop.replica.identity().baton == proposal
    assert laptop.replica.identity().next_baton is None


def test_baton_a_cloned_laptop_is_told_and_keeps_its_edits(server, new_laptop, tmp_path):
    original = new_laptop()
    original.sync()
    clone = new_laptop()
    clone.replica.enrolled(original.replica.identity())
    clone.sync()
    clone.create("customer", name="from the clone")
    original.create("customer", name="from the original")
    report = original.sync()
    assert (report.forks, report.applied, report.verified) == (1, 1, True)
    assert clone.sync().applied == 1
    assert {r.fields["name"] for r in server.records.values()} == {
        "from the clone",
        "from the original",
    }
    assert original.replica.identity().incarnation != clone.replica.identity().incarnation


def test_done_back_another_epoch_is_a_fork(server, laptop):
    laptop.sync()
    laptop.create("customer", name="Somebody")
    server.epoch = "another"
    report = laptop.sync()
    assert (report.forks, report.applied, report.verified) == (1, 1, True)
    assert laptop.replica.identity().epoch == "another"


def test_done_back_a_server_that_forgot_our_operations_is_a_fork(server, laptop):
    laptop.create("customer", name="Somebody")
    laptop.sync()
    next(iter(server.devices.values())).done = 0
    report = laptop.sync()
    assert (report.forks, report.resent, report.verified) == (1, 1, True)
    assert len(server.records) == 1


def test_done_back_counts_in_every_reply(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.edit(root, village="Cloud")

    def forget():
        next(iter(server.devices.values())).done = 0

    server.meanwhile("/v1/pull", forget)
    report = laptop.sync()
    assert (report.forks, report.resent, report.verified) == (1, 1, True)
    assert laptop.states() == ["echoed"]
    assert laptop.fields(root)["village"] == "Cloud"


def test_a_restored_laptop_loses_nothing_the_server_holds(server, laptop):
    root, _ = a_family(server)
    laptop.sync()
    laptop.replica.close()
    shutil.copytree(laptop.folder, laptop.folder.with_suffix(".backup"))
    laptop.reopen()
    laptop.edit(root, village="Cloud")
    laptop.sync()
    laptop.replica.close()
    shutil.rmtree(laptop.folder)
    shutil.move(laptop.folder.with_suffix(".backup"), laptop.folder)
    laptop.reopen()
    assert (report := laptop.sync()).forks == 1
    assert report.verified
    assert laptop.fields(root)["village"] == server.records[root].fields["village"] == "Cloud"


# --- schema growth ----------------------------------------------------------------------------


@kind("customer", label="Customer", stream="portfolio", rank=10)
class WithNickname(Customer):
    nickname: str | None = text("Nickname", 40)


@kind("gift", label="Gift", stream="portfolio", parents=("customer",), rank=25)
class Gift(Record):
    what: str | None = text("What", 80, required=True)


NEWER = SCHEMA.with_kinds(WithNickname, Gift)
STEPS = (*MIGRATIONS, adopt_field("customer", "nickname"), adopt_kind("gift"))


def test_a_new_field_and_a_new_kind_sync_through_old_and_new_programs(server, new_laptop):
    new, old = new_laptop(schema=NEWER, migrations=STEPS), new_laptop()
    root = new.create("customer", name="N", nickname="Zero")
    gift = new.create("gift", parent=root, what="tea")
    assert new.sync().applied == 2
    assert old.sync().verified
    assert old.fields(root) == {"name": "N", "nickname": "Zero"}
    assert old.get(gift).fields == {"what": "tea"}
    old.edit(root, village="Cloud")
    old.sync()
    old.reopen(NEWER, STEPS)
    old.edit(gift, what="green tea")
    assert old.sync().applied == 1
    new.sync()
    assert new.fields(root) == {"name": "N", "nickname": "Zero", "village": "Cloud"}
    assert new.get(gift).fields == {"what": "green tea"}
    assert new.verify(full=True).outcome == old.verify(full=True).outcome == "equal"


def test_a_large_first_load_ends_with_its_indexes_and_search(server, laptop, monkeypatch):
    monkeypatch.setattr("desktop.storage.sync_store.BULK", 3)
    for number in range(6):
        a_family(server, name=f"Nobody {number}")
    server.plan("/v1/pull", None, "portal")
    code_of(laptop.sync, ServerUnreachable)
    laptop.create("customer", name="Somebody")
    laptop.sync()
    with laptop.replica.reader() as reader:
        assert len(reader.find("nobody")) == 6
        assert len(reader.find("somebody")) == 1
    indexes = laptop.rows("SELECT name FROM sqlite_master WHERE name = 'ix_visit_root'")
    assert indexes == [("ix_visit_root",)]


def cancelled_first_load(server, laptop):
    """Six customers come; the manager cancels after a page of them."""
    for number in range(6):
        a_family(server, name=f"Nobody {number}")
    progress = Progress(lambda done, _: done >= 3 and progress.cancel())
    assert code_of(lambda: laptop.sync(progress), Cancelled) == "work.cancelled"


def found(laptop, query):
    with laptop.replica.reader() as reader:
        return len(reader.find(query))


def index_is_there(laptop):
    return laptop.rows("SELECT count(*) FROM sqlite_master WHERE name = 'search'") == [(1,)]


@pytest.fixture
def bulk(monkeypatch):
    monkeypatch.setattr("desktop.storage.sync_store.BULK", 3)
    monkeypatch.setattr(pull, "PAGE_RECORDS", 3)


@pytest.mark.usefixtures("bulk")
def test_a_cancelled_first_load_finds_who_has_come_without_an_index(server, laptop):
    """Who stops does not wait for an index; the next edit or sync makes it."""
    cancelled_first_load(server, laptop)
    assert not index_is_there(laptop)
    assert found(laptop, "nobody") == 3
    laptop.reopen()
    assert found(laptop, "nobody") == 3
    laptop.create("customer", name="Somebody")
    assert index_is_there(laptop)
    assert (found(laptop, "nobody"), found(laptop, "somebody")) == (3, 1)
    assert laptop.sync().verified
    assert found(laptop, "nobody") == 6


def test_a_contact_that_leaves_leaves_no_token_behind(server, laptop):
    """What leaves comes without its root; the customer's index must hear of it all the same."""
    root = server.put("customer", home=HOME, name="N")
    contact = server.put("contact_point", parent=root, type="mobile", value="+8610055512345")
    laptop.sync()
    tokens = "SELECT count(*) FROM search WHERE search MATCH '512'"
    assert laptop.rows(tokens) == [(1,)]
    server.kill(contact)
    laptop.sync()
    assert laptop.rows(tokens) == [(0,)]
