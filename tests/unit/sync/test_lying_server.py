"""A server that lies: types, positions, totals. Nothing of such a reply may stay, nor crash."""

from __future__ import annotations

import base64

import pytest

from crm.domain.errors import Refused, ServerUnreachable
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from desktop.sync import pull
from desktop.sync.enrol import demand_practice, enrol
from desktop.sync.errors import Busy

HOME = "portfolio:manager"
NUMBER, ID, KIND, VERSION, PARENT, ROOT, FIELDS, ASIDE = range(8)
TOO_LARGE = 2**60
NO_NUMBER = float(2**70)  # what JSON's 1180591620717411303424 is read as


def twist(server, message, how):
    """Let `how` spoil each honest reply to `message`; it is handed the reply and the question."""
    honest = getattr(server, "_" + message)

    def twisted(asked, *rest):
        reply = honest(asked, *rest)
        how(reply, asked)
        return reply

    setattr(server, "_" + message, twisted)


def code_of(action, error=ServerUnreachable):
    with pytest.raises(error) as raised:
        action()
    return raised.value.code


def in_place(place, value):
    def spoil(reply, _):
        for entry in reply["entries"]:
            entry[place] = value

    return spoil


def fields(**values):
    def spoil(reply, _):
        for entry in reply["entries"]:
            entry[FIELDS] = {**entry[FIELDS], **values}

    return spoil


BAD_ENTRIES = [
    *(in_place(NUMBER, value) for value in ("0", 1, None, False, [])),
    *(in_place(ID, value) for value in (5, "zz", "../x", None, [1], "G" * 36, "乌" * 36, "-" * 36)),
    *(in_place(KIND, value) for value in (5, 'dr"op;--', "", None, [1], "K", "k" * 41)),
    *(in_place(VERSION, value) for value in ("5", None, TOO_LARGE, NO_NUMBER, 0, -1, True, 1.5)),
    *(in_place(PARENT, value) for value in ([1], "", "zz", 5, {})),
    *(in_place(ROOT, value) for value in (None, [1], "", 5)),
    *(in_place(FIELDS, value) for value in ([1], None, "x", 5)),
    *(in_place(ASIDE, value) for value in (5, [1], {}, True)),
    *(fields(name=value) for value in (5, {"a": 1}, None, ["x"], True, 1.5)),
    *(fields(likes=value) for value in ("x", [1], [None], {}, 5)),
    *(fields(newer=value) for value in (None, 1.5, TOO_LARGE, {"A": 1}, [[1.5]])),
    fields(**{"no name": "x"}),
    lambda reply, _: reply.update(entries=5),
    lambda reply, _: reply.update(entries=None),
    lambda reply, _: reply.update(entries=[[1, 2]]),
    lambda reply, _: reply.update(entries=["12345678"]),
    lambda reply, _: reply["entries"].append({}),
]


@pytest.mark.parametrize("spoil", BAD_ENTRIES)
@pytest.mark.parametrize("message", ["pull", "check"])
def test_an_entry_that_is_none_is_told_and_nothing_of_its_page_stays(
    server, laptop, message, spoil
):
    server.put("customer", home=HOME, name="N", likes=["tea"])
    if message == "check":
        laptop.sync()
        laptop.write("UPDATE cursor SET digest = ? WHERE stream = ?", "1" * 32, HOME)
        laptop.write("UPDATE customer SET version = 7, hash = ?", b"0" * 16)
    before = laptop.held()
    twist(server, message, spoil)
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.held() == before


BAD_PAGES = [
    {"head": -5},
    {"head": "x"},
    {"head": NO_NUMBER},
    {"head": TOO_LARGE},
    {"head": True},
    {"live": -1},
    {"live": None},
    {"live": NO_NUMBER},
    {"digest": "-1"},
    {"digest": "zz" * 16},
    {"digest": 5},
    {"next": 5},
    {"next": None},
    {"next": "10:zz"},
    {"next": "x:" + "0" * 36},
    {"more": 1},
    {"more": "yes"},
    {"stream": "portfolio:else"},
    {"stream": None},
]


@pytest.mark.parametrize("lie", BAD_PAGES)
def test_a_page_that_is_none_is_told_and_nothing_of_it_stays(server, laptop, lie):
    server.put("customer", home=HOME, name="N")
    twist(server, "pull", lambda reply, _: reply.update(lie))
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.held() == {}


@pytest.mark.parametrize(
    "lie",
    [
        {"next": -1},
        {"next": NO_NUMBER},
        {"next": "2"},
        {"next": 1, "more": True},
        {"next": 2, "more": True},
        {"next": 3, "head": 9},
        {"next": 3, "more": True, "head": 9, "entries": []},
    ],
)
def test_the_log_must_lead_on_to_its_head(server, laptop, lie):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.edit(root, name="M")
    twist(server, "pull", lambda reply, _: reply.update(lie))
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.fields(root) == {"name": "N"}


@pytest.mark.parametrize("number", [0, 1, 3, -1, "2", None, True])
def test_entries_of_the_log_lie_between_its_ends(server, laptop, number):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.edit(root, name="M")
    twist(server, "pull", in_place(NUMBER, number))
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.fields(root) == {"name": "N"}


@pytest.mark.parametrize("cause", [None, "lost", 5, ["deleted"]])
def test_what_leaves_has_a_cause(server, laptop, cause):
    root = server.put("customer", home=HOME, name="N")
    laptop.sync()
    server.kill(root)
    twist(server, "pull", in_place(ASIDE, cause))
    assert code_of(laptop.sync) == "sync.protocol"
    assert root in laptop.held()


def test_a_scan_that_goes_round_in_a_circle_is_ended(server, laptop, monkeypatch):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 1)
    roots = [server.put("customer", home=HOME, name="N") for _ in range(2)]
    positions = [f"10:{root}" for root in sorted(roots)]

    def circle(reply, _):
        pulls = sum(path == "/v1/pull" for path, _ in server.requests)
        reply.update(more=True, next=positions[pulls % 2])

    twist(server, "pull", circle)
    assert code_of(laptop.sync) == "sync.protocol"
    assert len(server.requests) < 8


def test_a_scan_of_empty_pages_is_ended(server, laptop):
    server.put("customer", home=HOME, name="N")
    twist(
        server, "pull", lambda reply, _: reply.update(entries=[], more=True, next=f"11:{new_id()}")
    )
    assert code_of(laptop.sync) == "sync.protocol"
    assert len(server.requests) < 8


def test_positions_are_compared_by_rank_and_not_by_letters(server, laptop, monkeypatch):
    """Rank 5 comes before rank 10."""
    monkeypatch.setattr(pull, "PAGE_RECORDS", 1)
    monkeypatch.setattr(server.schema, "rank", {"branch": 0, "staff": 5, "customer": 10}.get)
    server.grants["manager"]["branch:b"] = False
    branch = server.put("branch", home="branch:b", name="B")
    server.put("staff", parent=branch, name="S", login="s", role="manager")

    def unpadded(reply, asked):
        rank, _, behind = str(reply["next"]).partition(":")
        reply.update(next=f"{int(rank)}:{behind}" if behind else reply["next"])

    twist(server, "pull", unpadded)
    assert laptop.sync().verified


def test_more_records_than_were_asked_for_are_not_taken(server, laptop, monkeypatch):
    for _ in range(4):
        server.put("customer", home=HOME, name="N")
    monkeypatch.setattr(pull, "PAGE_RECORDS", 2)
    honest = server._scan
    server._scan = lambda stream, position, limit: honest(stream, position, 99)
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.held() == {}


GOOD_STREAM = {"head": 0, "live": 0, "digest": "0" * 32, "floor": 0, "write": True}


@pytest.mark.parametrize(
    "lie",
    [
        {"streams": []},
        {"streams": None},
        {"streams": {"x'\"/../": GOOD_STREAM}},
        {"streams": {HOME: []}},
        {"streams": {HOME: {}}},
        *({"streams": {HOME: {**GOOD_STREAM, "head": value}}} for value in (NO_NUMBER, -1, "5")),
        *({"streams": {HOME: {**GOOD_STREAM, "floor": value}}} for value in (NO_NUMBER, -1, None)),
        *({"streams": {HOME: {**GOOD_STREAM, "live": value}}} for value in (-1, True)),
        {"streams": {HOME: {**GOOD_STREAM, "digest": "00"}}},
        {"streams": {HOME: {**GOOD_STREAM, "write": 1}}},
        *({"safe": value} for value in (NO_NUMBER, -1, "x", [1])),
        *({"verdict": value} for value in (5, None, [1])),
        *({"epoch": value} for value in (None, ["x"], 5)),
        *({"done": value} for value in (None, "0", True, -1)),
    ],
)
def test_a_hello_that_is_none_is_told_and_grants_nothing(server, laptop, lie):
    laptop.create("customer", name="Somebody", home=HOME)
    honest = server.answer

    def lying(*asked):
        status, reply = honest(*asked)
        return status, {**reply, **lie}

    server.answer = lying
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.states() == ["queued"]
    server.answer = honest
    assert laptop.sync().applied == 1


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00.000Z[+08:00]", "9999-12-31T23:59:59.999Z[-12:00]", "", None, 5]
)
def test_a_time_that_cannot_be_is_not_reckoned_with(server, laptop, time):
    honest = server.answer

    def lying(*asked):
        status, reply = honest(*asked)
        return status, {**reply, "time": time}

    server.answer = lying
    assert code_of(laptop.sync) == "sync.protocol"


@pytest.mark.parametrize(
    "lie",
    [
        {"version": NO_NUMBER},
        {"version": "x"},
        {"version": True},
        {"reason": {"a": 1}},
        {"reason": 5},
        {"reason": "x" * 201},
        {"outcome": "fine"},
        {"outcome": None},
        {"outcome": ["applied"]},
        {"id": "somebody"},
        {"id": [1]},
    ],
)
def test_a_result_that_is_none_settles_nothing(server, laptop, lie):
    laptop.create("customer", name="Somebody", home=HOME)
    honest = server._push

    def lying(asked, device):
        return {"results": [{**result, **lie} for result in honest(asked, device)["results"]]}

    server._push = lying
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.states() == ["sent"]
    server._push = honest
    assert laptop.sync().applied == 1


@pytest.mark.parametrize("results", [None, 5, [], [None], ["x"], {"id": 1}])
def test_results_that_are_none_settle_nothing(server, laptop, results):
    laptop.create("customer", name="Somebody", home=HOME)
    twist(server, "push", lambda reply, _: reply.update(results=results))
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.states() == ["sent"]


@pytest.mark.parametrize("buckets", [None, 5, [256], [-1], ["x"], [True], [[1]]])
def test_a_check_names_buckets_and_records_that_lie_in_them(server, laptop, buckets):
    server.put("customer", home=HOME, name="N")
    laptop.sync()
    laptop.write("DELETE FROM customer")
    laptop.write("UPDATE cursor SET live = 0, digest = ? WHERE stream = ?", "0" * 32, HOME)
    twist(server, "check", lambda reply, _: reply.update(buckets=buckets))
    assert code_of(laptop.sync) == "sync.protocol"
    assert laptop.held() == {}


@pytest.mark.parametrize("seconds", ["²", "-1", "1.5", "soon", "9" * 400])
def test_a_wait_that_is_no_number_is_half_a_minute(server, laptop, seconds):
    server.retry_after = seconds
    server.plan("/v1/hello", "busy")
    with pytest.raises(Busy) as raised:
        laptop.sync()
    assert raised.value.facts == {"seconds": 30}


# --- enrolment ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        *({"enrolment": value} for value in ("../../x", 5, None, "")),
        *({"user": value} for value in ("x'", 5, None)),
        *({"branch": value} for value in ("b", 5, [1])),
        *({"token": value} for value in (5, "a\nb", "", "乌有", "x" * 5000, None)),
        *({"server_key": value} for value in (5, "zz", "", None, "乌")),
        {"server_key": base64.b64encode(b"k" * 31).decode()},
        *({"role": value} for value in ([1], "a b", None)),
        *({"name": value} for value in (5, None)),
        *({"practice": value} for value in (1, "true", None)),
        *({"epoch": value} for value in (5, ["x"])),
    ],
)
def test_an_enrolment_that_is_none_is_not_kept(server, lie):
    twist_enrol(server, lie)
    assert code_of(lambda: enrolled(server)) == "enrol.reply"


def test_an_enrolment_for_work_is_not_taken_for_practice(server):
    twist_enrol(server, {"practice": False})
    identity = enrolled(server)
    with pytest.raises(Refused) as refused:
        demand_practice(identity)
    assert refused.value.code == "enrol.practice_differs"
    assert refused.value.facts == {"device": identity.enrolment}


def twist_enrol(server, lie):
    honest = server._enrol
    server._enrol = lambda message: {**honest(message), **lie}


def enrolled(server):
    return enrol(server.url, "manager", "right", device="laptop", schema=SCHEMA)
