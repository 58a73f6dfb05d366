"""The guarantees that concern the server's accepting rules, with real laptops (sync.md §7)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crm.domain import kinds
from crm.domain.instants import instant_text
from crm.domain.kind import kind, text
from crm.domain.kinds import SCHEMA
from server.exchange import accounts, read, tidying
from server.exchange.handover import Note, Transfer, move_batch
from server.exchange.operations import FINAL
from server.store import records, tables
from tests.helpers.bad_middle import Middle
from tests.helpers.fakes import NOON

DECADE = timedelta(days=3653)
THIRTEEN_MONTHS = timedelta(days=401)


@kind("customer", label="Customer", stream="portfolio", rank=10)
class Careless(kinds.Customer):
    """What a program would save that has forgotten how long a village's name may be."""

    village: str | None = text("Village", 5000)


CARELESS = SCHEMA.with_kinds(Careless)


@pytest.fixture
def server(new_server):
    made = new_server()
    yield made
    assert read.verify(made.exchange.database)[1] == []


def hand_over(server, giver, taker, *roots):
    """Hand customers over as the command does."""
    transfer = Transfer(
        roots=roots,
        to_stream=accounts.portfolio(taker),
        from_stream=accounts.portfolio(giver),
        note=Note(from_manager=giver, to_manager=taker, by=taker),
    )
    return move_batch(server.exchange, server.hand.actor, transfer)


def receipts(server):
    with server.exchange.database.snapshot() as connection:
        rows = connection.execute(sa.select(tables.receipt)).all()
    return {row.operation: row for row in rows}


def family(server, root):
    """Everything alive of a family at the server: {id: (kind, version, fields)}."""
    with server.exchange.database.snapshot() as connection:
        found = records.family(connection, root)
    return {r.id: (r.kind, r.version, r.fields) for r in found if not r.dead}


def of_family(laptop, root):
    """The same of a laptop."""
    with laptop.replica.reader() as reader:
        return {r.id: (r.kind, r.version, r.fields) for r in reader.family(root)}


def below(server, root, kind_name):
    return [fields for name, _, fields in family(server, root).values() if name == kind_name]


# -- 1 ------------------------------------------------------------------------------


def test_every_operation_ends_and_is_told(server, new_laptop):
    """Applied, already so, in conflict, diverted, quarantined, refused: its author hears of it."""
    first, second, third = (server.person(login) for login in ("first", "second", "third"))
    deputy = server.person("deputy", deputy_of="first")
    mine, other = new_laptop(server, first), new_laptop(server, first, CARELESS)
    theirs = new_laptop(server, deputy)
    kept, contested, moved, lost = (mine.create("customer", name=f"客户{n}") for n in range(4))
    for laptop in (mine, other, theirs):
        laptop.sync()

    saved = {
        "applied": mine.edit(kept, occupation="茶农"),
        "nothing": other.edit(kept, occupation="茶农"),
        "conflict": other.edit(contested, note="去年的"),
        "diverted": other.edit(moved, note="迟到的"),
        "refused": other.edit(kept, village="村" * 900),
        "quarantined": theirs.edit(lost, note="代管时写的"),
    }
    visit = other.create("visit", moved, state="completed", on="2026-03-18")
    mine.edit(contested, note="今年的")
    mine.sync()
    hand_over(server, first, second, moved)  # and on, before the edit arrives
    hand_over(server, second, third, moved)
    with server.exchange.database.writing() as connection:  # a dump that forgot the deputy
        theirs_only = tables.stream_grant.c.person == deputy
        connection.execute(
            sa.delete(tables.stream_grant).where(
                theirs_only, tables.stream_grant.c.stream == accounts.portfolio(first)
            )
        )
    reports = [laptop.sync() for laptop in (mine, other, theirs)]
    assert [r.outcome for r in reports] == ["complete"] * 3
    assert (reports[1].conflicts, reports[1].refused, reports[1].diverted) == (1, 1, 2)
    assert reports[2].quarantined == 1

    told = receipts(server)
    for outcome, operation in saved.items():
        assert told[operation].outcome == outcome
    for laptop in (mine, other, theirs):
        for line in laptop.outbox():
            assert line.outcome in FINAL
            assert line.outcome == told[line.id].outcome
            assert line.state not in ("queued", "sent")
            assert (line.reason is not None) == (line.outcome == "refused"), line.verb
    inbox = below(server, moved, "inbox_item")
    assert {item["operation"] for item in inbox} >= {saved["diverted"]}
    assert {item["record"] for item in inbox} == {moved, visit}
    assert {item["author"] for item in inbox} == {first}
    newest = new_laptop(server, third)
    newest.sync()
    assert of_family(newest, moved) == family(server, moved)


# -- 6 ------------------------------------------------------------------------------


def test_disjoint_merge_same_field_keeps_both(server, new_laptop):
    first = server.person("first")
    deputy = server.person("deputy", deputy_of="first")
    mine, theirs = new_laptop(server, first), new_laptop(server, deputy)
    who = mine.create("customer", name="王芳", phone="+8615400000001", village="东村")
    gone = mine.create("customer", name="李静")
    mine.sync()
    theirs.sync()

    mine.edit(who, occupation="茶农", phone="+8615400000002")
    mine.delete(gone)
    theirs.edit(who, village="西村", phone="+8615400000003")
    theirs.edit(gone, note="刚刚谈过")
    theirs.sync()
    mine.sync()
    for laptop in (theirs, mine):
        laptop.sync()
    for laptop in (mine, theirs):
        fields = laptop.fields(who)
        assert (fields["occupation"], fields["village"]) == ("茶农", "西村")  # both stand
        assert fields["phone"] == "+8615400000003"  # who came first
        assert laptop.fields(gone)["note"] == "刚刚谈过"  # a new note does not die unread
    (phone,) = below(server, who, "conflict")
    assert (phone["field"], phone["state"]) == ("phone", "open")
    values = [json.loads(phone[side]) for side in ("base", "mine", "theirs")]
    assert values == ["+8615400000001", "+8615400000002", "+8615400000003"]
    assert (phone["mine_author"], phone["theirs_author"]) == (first, deputy)
    (whole,) = below(server, gone, "conflict")
    assert (whole["verb"], whole["mine_author"]) == ("delete", first)
    assert mine.held() == theirs.held()


# -- 7 ------------------------------------------------------------------------------


def a_day(server, mine, theirs, skews):
    """The same day whatever the clocks say; return what it came to, without ids and moments."""
    mine.now, theirs.now = (NOON + skew for skew in skews)
    who = mine.create("customer", name="王芳", note="旧", village="东村")
    assert mine.outbox(who)[0].at.startswith(str(mine.now.year))
    visit = mine.create("visit", who, state="planned", on="2026-03-18")
    mine.sync()
    theirs.sync()
    theirs.edit(who, note="他写的", village="西村")
    theirs.edit(visit, state="completed")
    mine.edit(who, note="我写的")
    mine.edit(who, note="我又写的")
    mine.edit(visit, state="cancelled")
    reports = [laptop.sync() for laptop in (theirs, mine, theirs)]
    assert of_family(mine, who) == of_family(theirs, who) == family(server, who)
    unlike = ("record", "mine_at", "mine_op", "mine_device", "theirs_at", "theirs_op")
    found = [
        (name, version, {n: v for n, v in fields.items() if n not in unlike})
        for name, version, fields in family(server, who).values()
    ]
    counts = [(r.applied, r.merged, r.conflicts, r.outcome) for r in reports]
    return sorted(found, key=str), counts


def test_clock_skew_changes_nothing(server, new_laptop):
    first = server.person("first")
    deputy = server.person("deputy", deputy_of="first")
    mine, theirs = new_laptop(server, first), new_laptop(server, deputy)
    days = [
        a_day(server, mine, theirs, skews)
        for skews in (
            (timedelta(), timedelta()),
            (DECADE, -DECADE),
            (-DECADE, DECADE),
        )
    ]
    assert days[0] == days[1] == days[2]
    assert sum(name == "conflict" for name, _, _ in days[0][0]) == 2


# -- 9 ------------------------------------------------------------------------------


def test_new_customer_arrives_whole(server, new_laptop):
    """On a laptop that has long been in step, on a new one, and on one that had them before."""
    giver, taker = server.person("giver"), server.person("taker")
    deputy = server.person("deputy", deputy_of="giver")
    old, theirs = new_laptop(server, giver), new_laptop(server, deputy)
    in_step = new_laptop(server, taker)
    in_step.create("customer", name="邻居")
    who = old.create("customer", name="王芳", note="旧")
    home = old.create("household", who, name="王家")
    old.create("household_member", home, relation="head", customer=who)
    dead = old.create("tag", who, label="茶")
    for n in range(60):
        old.create("visit", who, state="completed", on=f"2026-02-{n % 28 + 1:02d}")
    old.sync()
    fields = {"number": "0099000001", "type": "current", "currency": "CNY"}
    server.hand.create("account", fields, parent=who)
    old.delete(dead)
    for laptop in (old, theirs, in_step):
        laptop.sync()
    old.edit(who, note="我的")
    theirs.edit(who, note="他的")
    theirs.sync()
    old.sync()  # a conflict

    hand_over(server, giver, taker, who)
    theirs.edit(who, note="迟到的")
    theirs.sync()  # to the inbox
    new = new_laptop(server, taker)
    assert in_step.sync().verified
    assert new.sync().verified
    whole = family(server, who)
    assert {name for name, _, _ in whole.values()} == {
        *("customer", "household", "household_member", "visit", "account"),
        *("conflict", "inbox_item", "hand_over"),
    }
    assert of_family(in_step, who) == of_family(new, who) == whole
    old.sync()
    assert of_family(old, who) == {}

    hand_over(server, taker, giver, who)  # and back
    hand_over(server, giver, taker, who)
    hand_over(server, taker, giver, who)
    assert old.sync().verified
    assert of_family(old, who) == family(server, who)
    assert in_step.sync().verified
    assert of_family(in_step, who) == {}


def test_new_customer_arrives_whole_between_a_granted_and_a_foreign_stream(server, new_laptop):
    """The deputy sees one of the two portfolios; the customer goes out of sight and returns."""
    giver, taker = server.person("giver"), server.person("taker")
    deputy = server.person("deputy", deputy_of="giver")
    mine, theirs, deputys = (new_laptop(server, p) for p in (giver, taker, deputy))
    who = mine.create("customer", name="王芳")
    mine.create("visit", who, state="planned", on="2026-03-20")
    for laptop in (mine, theirs, deputys):
        laptop.sync()
    deputys.edit(who, note="代管时写的")
    hand_over(server, giver, taker, who)
    assert deputys.sync().diverted == 1
    assert of_family(deputys, who) == {}
    theirs.sync()
    theirs.create("visit", who, state="completed", on="2026-03-21")
    theirs.sync()
    hand_over(server, taker, giver, who)
    for laptop in (deputys, mine, theirs):
        assert laptop.sync().verified
    assert of_family(deputys, who) == of_family(mine, who) == family(server, who)
    (item,) = below(server, who, "inbox_item")
    assert item["author"] == deputy


# -- 10 -----------------------------------------------------------------------------


def test_one_poison_499_land(server, new_laptop):
    """500 customers, one of which the server refuses: it and its children alone stay behind."""
    first = server.person("first")
    laptop = new_laptop(server, first, CARELESS)
    with laptop.replica.unit_of_work() as uow:
        made = [uow.create("customer", {"name": f"客户{n}"}) for n in range(499)]
        uow.commit()
    poison = laptop.create("customer", name="毒", village="村" * 900)
    visit = laptop.create("visit", poison, state="completed", on="2026-03-18")
    after = laptop.create("customer", name="其后")
    report = laptop.sync()
    assert (report.outcome, report.applied, report.refused) == ("complete", 500, 2)
    with server.exchange.database.snapshot() as connection:
        found = {r.id for r in records.of_kind(connection, "customer")}
    assert found == {*made, after}
    aside = {line.record: line.reason for line in laptop.outbox() if line.state == "aside"}
    assert aside == {poison: "field.too_long village", visit: "record.refused"}


# -- 11 -----------------------------------------------------------------------------


def test_twins_kept_and_linked(server, new_laptop):
    first, second = server.person("first"), server.person("second")
    deputy = server.person("deputy", deputy_of="first")
    mine, theirs, colleagues = (new_laptop(server, p) for p in (first, deputy, second))
    who = {"name": "王芳", "phone": "+8615400000001"}
    home = accounts.portfolio(first)
    ids = [
        mine.create("customer", **who),
        theirs.create("customer", home=home, **who),
        colleagues.create("customer", **who),
    ]
    for laptop in (mine, theirs, colleagues, mine, theirs):
        laptop.sync()
    for laptop in (mine, theirs):
        held = laptop.held()
        assert {i for i, row in held.items() if row[0] == "customer"} == set(ids[:2])
        links = [row[3] for row in held.values() if row[0] == "duplicate_link"]
        inside = [link for link in links if "other" in link]
        assert [link["other"] in ids[:2] for link in inside] == [True]
        assert {link.get("other_manager") for link in links if "other" not in link} == {second}
    theirs_alone = [r[3] for r in colleagues.held().values() if r[0] == "duplicate_link"]
    assert theirs_alone
    assert all(link.get("other_manager") == first for link in theirs_alone)
    assert not any("other" in link for link in theirs_alone)  # whose, and nothing else


# -- 12 -----------------------------------------------------------------------------


def tidied_much_later(server):
    later = instant_text(datetime.now(UTC) + THIRTEEN_MONTHS)
    return tidying.tidy(replace(server.exchange, now=lambda: later))


def test_thirteen_months_away_revives_nothing(server, new_laptop):
    first, second = server.person("first"), server.person("second")
    away, at_home = new_laptop(server, first), new_laptop(server, first)
    kept, moved, dead, tagged = (away.create("customer", name=f"客户{n}") for n in range(4))
    tag = away.create("tag", tagged, label="茶")
    away.sync()
    at_home.sync()

    away.edit(moved, note="十三个月前写的")
    away.edit(dead, note="十三个月前写的")
    away.edit(tag, label="绿茶")
    away.create("visit", dead, state="completed", on="2026-03-18")
    away.create("visit", kept, state="completed", on="2026-03-18")
    hand_over(server, first, second, moved)
    at_home.delete(dead)
    at_home.delete(tag)
    at_home.sync()
    done = tidied_much_later(server)
    assert done.departures == 3
    assert len(server_departures(server)) == 0

    report = away.sync()
    assert report.outcome == "complete"
    assert (report.quarantined, report.applied) == (1, 1)  # where it lived is forgotten
    assert report.verified
    assert report.repaired == 0  # by the floor, not because the sums did not agree
    at_home.sync()
    for laptop in (away, at_home):
        held = laptop.held()
        assert {i for i, row in held.items() if row[0] == "customer"} == {kept, tagged}
        assert tag not in held
    with server.exchange.database.snapshot() as connection:
        found = records.load(connection, [moved, dead, tag])
    assert found[dead].dead
    assert found[tag].dead
    assert "note" not in found[moved].fields
    assert away.verify(full=True).outcome == "equal"


class TidyBetween(Middle):
    """Lets the server forget its departures between a laptop's hello and its first pull."""

    server = None

    def ask(self, handler, body):
        if handler.path == "/v1/pull" and self.server is not None:
            tidied_much_later(self.server)
            self.server = None
        return super().ask(handler, body)


def test_departures_forgotten_between_hello_and_pull_are_found_by_the_sums(server, new_laptop):
    first, second = server.person("first"), server.person("second")
    with TidyBetween(server.url) as line:
        server.url = line.url
        laptop = new_laptop(server, first)
        kept, moved = (laptop.create("customer", name=f"客户{n}") for n in range(2))
        laptop.sync()
        hand_over(server, first, second, moved)
        line.server = server
        assert laptop.sync().verified
        assert line.server is None
        assert laptop.verify(full=True).outcome == "equal"
    assert {i for i, row in laptop.held().items() if row[0] == "customer"} == {kept}


def server_departures(server):
    with server.exchange.database.snapshot() as connection:
        gone = sa.select(tables.stream_log.c.record).where(tables.stream_log.c.gone)
        return list(connection.execute(gone).scalars())
