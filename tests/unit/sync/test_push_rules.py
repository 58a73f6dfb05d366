"""Pushing: numbers, replays, refusals, waiting, halving. Each test is named after its rule."""

from __future__ import annotations

from itertools import chain

import pytest

from crm.domain.errors import ServerUnreachable
from desktop.sync import push
from desktop.sync.errors import ServerFailed, UpgradeNeeded
from tests.helpers.fake_server import Refusal

HOME = "portfolio:manager"


def pushes(server):
    return [message["operations"] for path, message in server.requests if path == "/v1/push"]


def outcomes(laptop):
    return [(line.state, line.outcome) for line in laptop.outbox()]


def group_of(laptop, *names):
    with laptop.replica.unit_of_work() as uow:
        with uow.group():
            made = [uow.create("customer", {"name": name}) for name in names]
        uow.commit()
    return made


def test_op_once_a_lost_reply_is_asked_for_again_with_the_same_operations(server, laptop):
    record = laptop.create("customer", name="Somebody")
    server.plan("/v1/push", "lost", "lost")
    with pytest.raises(ServerUnreachable):
        laptop.sync()
    assert laptop.states() == ["sent"]
    laptop.edit(record, village="Cloud")
    report = laptop.sync()
    first, second, third, fourth = pushes(server)
    assert first == second == third
    assert [operation["number"] for operation in first + fourth] == [1, 2]
    assert (report.sent, server.records[record].version) == (2, 2)
    assert laptop.replica.identity().acked == 2


def test_in_order_numbers_are_contiguous_over_pages(server, laptop, monkeypatch):
    monkeypatch.setattr(push, "PAGE_OPERATIONS", 2)
    for name in "abcde":
        laptop.create("customer", name=name)
    assert laptop.sync().applied == 5
    numbers = [[operation["number"] for operation in page] for page in pushes(server)]
    assert numbers == [[1, 2], [3, 4], [5]]


def test_in_order_a_gap_is_numbered_anew(server, laptop):
    laptop.create("customer", name="a")
    laptop.write("UPDATE op SET number = 5, state = 'sent'")
    assert laptop.sync().applied == 1
    assert [page[0]["number"] for page in pushes(server)] == [5, 1]


def test_in_order_a_server_that_never_agrees_ends_the_sync(server, laptop):
    laptop.create("customer", name="a")

    def never(message, device):
        raise Refusal(409, "push.gap")

    server._push = never
    with pytest.raises(ServerUnreachable) as raised:
        laptop.sync()
    assert raised.value.code == "sync.protocol"
    assert laptop.outbox()[0].outcome is None


def test_refused_groups_are_set_aside_with_their_reason_and_the_rest_lands(server, laptop):
    poison = laptop.create("customer", name="poison")
    others = [laptop.create("customer", name=f"good {number}") for number in range(20)]
    server.refuse_ops[lambda op: op["record"] == poison] = ("refused", "field.form")
    report = laptop.sync()
    assert (report.applied, report.refused, report.outcome) == (20, 1, "complete")
    assert laptop.held().keys() == set(others)
    (aside,) = [line for line in laptop.outbox() if line.state == "aside"]
    assert (aside.record, aside.reason) == (poison, "field.form")
    assert aside.fields == {"name": [None, "poison"]}


def test_later_is_requeued_and_lands_when_its_parent_is_known(server, laptop):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    kept = server.records.pop(root)  # a restored server does not know the parent (yet)
    visit = laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    report = laptop.sync()
    assert (report.later, report.outcome, report.verified) == (1, "partial", True)
    assert laptop.states() == ["queued"]
    server.records[root] = kept
    assert laptop.sync().applied == 1
    assert [page[0]["number"] for page in pushes(server)] == [1, 2]
    assert visit in server.records


def test_later_what_came_back_carries_a_copy_of_its_record(server, laptop):
    """The server may give it up one day; whoever looks at it then sees what it was about."""
    root = server.put("customer", home=HOME, name="N", phone="+8610000000000")
    dies = server.put("customer", home=HOME, name="D")
    laptop.sync()
    kept = [server.records.pop(record) for record in (root, dies)]  # a restored server
    laptop.edit(root, village="Cloud")
    visit = laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    laptop.delete(dies)
    laptop.sync()
    assert laptop.held() == {}  # the customers are gone here as well
    good = laptop.create("customer", name="Somebody")
    laptop.sync()
    first, second = pushes(server)
    assert not any("copy" in operation for operation in first)
    assert "sealed" in second[0]  # and nothing of them is readable here
    opened = [server._opened(operation) for operation in second]
    assert {operation["record"]: operation.get("copy") for operation in opened} == {
        root: {"name": "N", "phone": "+8610000000000", "village": "Cloud"},
        visit: {"state": "planned", "on": "2026-03-19"},
        dies: {"name": "D"},
        good: None,
    }
    server.records.update({record.id: record for record in kept})
    laptop.sync()
    assert laptop.rows("SELECT count(*) FROM op WHERE last_copy IS NOT NULL") == [(0,)]
    assert {line.outcome for line in laptop.outbox()} <= {"applied", "conflict"}


def test_later_waits_orphans_do_not_block_the_queue(server, laptop, monkeypatch):
    monkeypatch.setattr(push, "PAGE_OPERATIONS", 4)
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.records.pop(root)
    for _ in range(6):
        laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    good = laptop.create("customer", name="Somebody")
    report = laptop.sync()
    assert (report.later, report.applied) == (6, 1)
    assert good in server.records


def test_a_server_that_does_not_count_a_trailing_later_is_no_fork(server, laptop):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.records.pop(root)
    honest = server._push

    def less(message, device):
        reply = honest(message, device)
        device.done -= reply["results"][-1]["outcome"] == "later"
        return reply

    server._push = less
    laptop.create("customer", name="Somebody")
    laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    assert laptop.sync().later == 1
    laptop.create("customer", name="Somebody else")
    assert laptop.sync().applied == 1
    assert laptop.replica.identity().acked == 3


@pytest.mark.parametrize("fault", ["too_large", "fails"])
def test_bisect_a_page_that_does_not_pass_goes_in_halves(server, laptop, fault):
    for number in range(8):
        laptop.create("customer", name=f"n{number}")
    server.plan("/v1/push", fault, fault)
    assert laptop.sync().applied == 8
    numbers = [[operation["number"] for operation in page] for page in pushes(server)]
    assert numbers[0] == [1, 2]
    assert list(chain(*numbers)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_bisect_a_group_that_the_server_dies_of_waits_and_the_others_land(server, laptop):
    names = [f"n{number}" for number in range(9)]
    records = [laptop.create("customer", name=name) for name in names]
    laptop.edit(records[4], village="Cloud")
    honest = server._push

    def dies(message, device):
        if any(operation["record"] == records[4] for operation in message["operations"]):
            raise Refusal(500, "server.failed")
        return honest(message, device)

    server._push = dies
    report = laptop.sync()
    assert (report.applied, report.later, report.outcome) == (8, 1, "partial")
    assert set(records) - server.records.keys() == {records[4]}
    server._push = honest
    assert laptop.sync().applied == 2
    assert server.records[records[4]].fields["village"] == "Cloud"


def test_bisect_a_failure_that_may_have_taken_something_ends_the_sync(server, laptop):
    """Numbers may be used up: giving them to other operations would look like a fork."""
    laptop.create("customer", name="a")
    honest = server._push

    def commits_then_dies(message, device):
        honest(message, device)
        raise Refusal(500, "server.failed")

    server._push = commits_then_dies
    with pytest.raises(ServerFailed):
        laptop.sync()
    assert laptop.states() == ["sent"]
    server._push = honest
    assert laptop.sync().applied == 1


def test_a_group_too_large_for_any_page_is_set_aside(server, laptop, monkeypatch):
    monkeypatch.setattr(push, "PAGE_BYTES", 700)
    group_of(laptop, "a", "b")
    laptop.create("customer", name="c")
    server.plan("/v1/push", "too_large")
    report = laptop.sync()
    assert (report.refused, report.applied) == (2, 1)
    assert [op["number"] for page in pushes(server) for op in page] == [1]
    asides = [line.reason for line in laptop.outbox() if line.state == "aside"]
    assert asides == ["request.too_large"] * 2


def test_fate_what_hangs_on_a_creation_set_aside_goes_with_it(server, laptop, monkeypatch):
    """The server would hear of a child, an edit and a deletion of what it never saw."""
    monkeypatch.setattr(push, "PAGE_BYTES", 1500)
    kept = server.put("customer", home=HOME, name="K")
    laptop.sync()
    large = laptop.create("customer", name="a", note="x" * 1500)
    with laptop.replica.unit_of_work() as uow, uow.group():
        household = uow.create("household", {"name": "H"}, parent=large)
        uow.create("tag", {"label": "kept"}, parent=kept)  # another root: another unit
        uow.commit()
    member = laptop.create("household_member", parent=household, relation="child")
    laptop.edit(large, village="Cloud")
    laptop.delete(member)
    laptop.edit(kept, village="Stone")
    server.plan("/v1/push", "too_large")
    report = laptop.sync()
    assert (report.refused, report.applied, report.later) == (5, 2, 0)
    assert report.outcome == "complete"
    aside = [(line.record, line.reason) for line in laptop.outbox() if line.state == "aside"]
    follows = "record.refused"
    assert aside == [
        (large, "request.too_large"),
        (household, follows),
        (member, follows),
        (large, follows),
        (member, follows),
    ]
    assert {record for record, (kind, *_) in laptop.held().items() if kind == "customer"} == {kept}
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]
    assert laptop.sync().requests == 1


def test_a_small_group_is_never_called_too_large_and_waits(server, laptop):
    laptop.create("customer", name="a")
    laptop.create("customer", name="b")
    server.plan("/v1/push", "too_large", "too_large")
    report = laptop.sync()
    assert (report.refused, report.later, report.applied, report.outcome) == (0, 1, 1, "partial")
    assert laptop.sync().applied == 1
    assert {line.outcome for line in laptop.outbox()} == {"applied"}


def proxy_says_too_large(handler):
    """What stands between answers in the server's place, and knows no nonce."""
    page = b"<html>413 Request Entity Too Large</html>"
    handler.send_response(413)
    handler.send_header("Content-Length", str(len(page)))
    handler.end_headers()
    handler.wfile.write(page)


def test_too_large_without_our_nonce_is_no_reply_and_sets_nothing_aside(server, laptop):
    names = [laptop.create("customer", name=name) for name in "abcdef"]
    server.plan("/v1/push", *[proxy_says_too_large] * 12)
    with pytest.raises(ServerUnreachable) as raised:
        laptop.sync()
    assert raised.value.code == "sync.not_our_server"
    assert set(laptop.held()) == set(names)
    assert laptop.states() == ["sent"] * 6
    server.plans["/v1/push"].clear()
    assert laptop.sync().applied == 6


def test_fate_children_of_a_diverted_creation_end_with_it(server, laptop):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.grants["ben"] = {"portfolio:ben": True}
    server.move(root, "portfolio:ben")
    visit = laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    laptop.edit(visit, place="home")
    server.refuse_ops[lambda op: op["record"] == visit] = ("diverted", None)
    report = laptop.sync()
    assert (report.diverted, report.left, report.outcome) == (2, 1, "complete")
    assert laptop.held() == {}
    assert outcomes(laptop) == [("echoed", "diverted")] * 2


def test_an_edit_of_a_customer_who_moved_is_diverted_and_he_leaves(server, laptop):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    laptop.edit(root, village="Cloud")
    server.move(root, "portfolio:ben")
    report = laptop.sync()
    assert (report.diverted, report.left, report.verified) == (1, 1, True)
    assert laptop.held() == {}
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]


def test_operations_of_a_lost_stream_are_still_pushed(server, laptop):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    laptop.edit(root, village="Cloud")
    del server.grants["manager"][HOME]
    report = laptop.sync()
    assert (report.quarantined, report.left) == (1, 1)
    assert laptop.held() == {}


def test_what_went_elsewhere_is_listed_to_its_author(server, laptop):
    moved = server.put("customer", home=HOME, name="N")
    laptop.sync()
    first = laptop.edit(moved, village="Cloud")
    laptop.create("customer", name="stays")
    server.move(moved, "portfolio:ben")
    laptop.sync()
    strange = laptop.create("customer", name="S")
    server.refuse_ops[lambda op: op["record"] == strange] = ("quarantined", None)
    server.safe = 2  # a backup holds the first two: they are kept for their author all the same
    laptop.sync()
    laptop.sync()
    with laptop.replica.reader() as reader:
        lines = reader.elsewhere()
    assert [(line.outcome, line.record) for line in lines] == [
        ("quarantined", strange),
        ("diverted", moved),
    ]
    assert (lines[1].id, lines[1].fields) == (first, {})  # that it went, and no longer what
    assert [line.record for line in laptop.outbox()] == [moved, strange]
    with laptop.replica.transaction() as tx:
        tx.release(99, "2099-01-01T00:00:00.000Z[+00:00]")
    with laptop.replica.reader() as reader:
        assert reader.elsewhere() == ()


def test_an_old_program_pushes_what_waits_before_it_is_told(server, laptop):
    laptop.sync()
    record = laptop.create("customer", name="Somebody")
    server.verdict = "upgrade"
    with pytest.raises(UpgradeNeeded) as raised:
        laptop.sync()
    assert raised.value.code == "sync.upgrade"
    assert record in server.records
    assert laptop.fields(record) == {"name": "Somebody"}


def test_a_number_that_the_server_knows_for_another_operation_is_a_fork(server, laptop):
    laptop.create("customer", name="a")
    laptop.sync()
    with laptop.replica.transaction() as tx:
        tx.put_identity(tx.identity().but(acked=0))
    second = laptop.create("customer", name="b")
    before = laptop.replica.identity()
    report = laptop.sync()
    assert (report.forks, report.resent, report.verified) == (1, 1, True)
    assert second in server.records
    assert len(server.records) == 2
    assert laptop.replica.identity().incarnation != before.incarnation


@pytest.mark.parametrize(
    "spoil",
    [
        lambda reply: reply.pop("results"),
        lambda reply: reply["results"].pop(),
        lambda reply: reply["results"][0].update(outcome="perhaps"),
        lambda reply: reply["results"][0].pop("version"),
    ],
)
def test_an_answer_that_is_not_understood_settles_nothing(server, laptop, spoil):
    laptop.create("customer", name="a")
    honest = server._push

    def spoilt(message, device):
        reply = honest(message, device)
        spoil(reply)
        return reply

    server._push = spoilt
    with pytest.raises(ServerUnreachable) as raised:
        laptop.sync()
    assert (raised.value.code, laptop.states()) == ("sync.protocol", ["sent"])


def test_what_is_sent_is_what_the_protocol_page_says(server, laptop):
    root = laptop.create("customer", name="Somebody", likes=["tea"])
    visit = laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    laptop.edit(root, likes=[])
    laptop.delete(visit)
    laptop.sync()
    create, child, edit, delete = pushes(server)[0]
    author = laptop.replica.identity().user
    assert create == {
        "id": create["id"],
        "number": 1,
        "group": create["group"],
        "author": author,
        "at": "2026-03-18T04:00:00.000Z[+08:00]",
        "verb": "create",
        "record": root,
        "kind": "customer",
        "root": root,
        "parent": None,
        "home": HOME,
        "fields": {"name": [None, "Somebody"], "likes": [None, ["tea"]]},
    }
    assert (child["parent"], child["root"], child["home"]) == (root, root, None)
    assert edit["fields"] == {"likes": [["tea"], None]}
    assert (delete["verb"], delete["fields"], len(delete["seen"])) == ("delete", {}, 32)
    assert server.records[visit].dead
