"""Somebody who is erased leaves no byte at the server; whoever must be kept is used no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from crm.domain.belonging import GOES_WITH, STAYS
from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from crm.domain.kind import FieldType
from crm.domain.kinds import SCHEMA
from crm.records import access
from server.exchange import access_log, backups, erasing, handover, repairing
from server.exchange.actors import NOBODY
from server.store import audit, outside, streams, wiping
from server.store import erasing as store
from server.store import tables as t
from tests.helpers.replica_bytes import found_in
from tests.helpers.server_bytes import on_disk
from tests.helpers.stores import database  # noqa: F401 - the second store is for the long run
from tests.server.side_by_side import wait_until_blocked

NAME, PHONE, NUMBER = "麴夔龘", "+8615400987654", "430599190001010019"
TEXTS = {
    "note": "鬯爨的旧账",
    "their_note": "网点写的鞑靼",
    "late": "龠䶮更正",
    "visit": "谈了䴙䴘存单",
    "gone_visit": "删掉的氍毹",
    "contact": "鼐鼒巷九号",
    "member": "儿媳麴饕餮",
    "their_member": "亲家写的魑魅",
    "loser": "合并掉的耄耋",
    "inbox": "移交后写的谶纬",
    "aside": "外人写的醽醁",
    "aside_member": "外人写的魍魉",
    "aside_log": "外人看了鸂鶒",
    "grave_note": "甪直迁来",
    "task": "回访䴙䴘",
}
WORDS = {NAME, PHONE, PHONE[3:], NUMBER, *TEXTS.values()}


def everything(world):
    """Return (root, laptop, colleague) of a customer of whom there is something in every corner."""
    laptop, colleague, stranger = world.laptop(), world.laptop(), world.laptop()
    who = laptop.saved(name=NAME, phone=PHONE, id_number=NUMBER, note=TEXTS["note"])
    visit = laptop.child(who, "visit", state="completed", on="2026-03-18", summary=TEXTS["visit"])
    gone = laptop.child(who, "visit", state="planned", on="2026-03-19", summary=TEXTS["gone_visit"])
    contact = laptop.child(who, "contact_point", type="address", value=TEXTS["contact"])
    home = laptop.child(who, "household", name=NAME)
    member = laptop.child(home, "household_member", relation="other", name=TEXTS["member"])
    assert set(laptop.outcomes(visit, gone, contact, home, member)) == {"applied"}
    task = laptop.operation(
        "create",
        new_id(),
        kind="task",
        home=laptop.home,
        fields={n: (None, v) for n, v in _task(visit.record).items()},
    )
    laptop.push(laptop.delete(world.record(gone.record)), task)
    # a conflict in the family, and one beside a grave
    world.hand().edit(who.id, {"note": TEXTS["their_note"]})
    assert laptop.outcomes(laptop.edit(who, note=(TEXTS["note"], TEXTS["late"]))) == ["conflict"]
    laptop.push(laptop.edit(gone, summary=(TEXTS["gone_visit"], TEXTS["late"])))
    # somebody who was merged into this one
    loser = laptop.saved(name=TEXTS["loser"], note=TEXTS["grave_note"])
    assert laptop.outcomes(laptop.merge(loser.id, who.id)) == ["applied"]
    # another customer's household names this one; another manager's customer shares the number
    other = colleague.saved(name="邻居", phone="+8615400111222")
    their_home = colleague.child(other, "household", name="邻居家")
    theirs = colleague.child(
        their_home,
        "household_member",
        relation="other",
        customer=who.id,
        name=TEXTS["their_member"],
    )
    assert set(colleague.outcomes(their_home, theirs)) == {"applied"}
    colleague.saved(name=NAME + "二", id_number=NUMBER)
    # quarantine: an edit by a stranger
    aside = stranger.edit(who, note=(None, TEXTS["aside"]))
    member = {"relation": "other", "customer": who.id, "name": TEXTS["aside_member"]}
    named = stranger.child(world.record(their_home.record), "household_member", **member)
    looked = entry_about(stranger, who.id, TEXTS["aside_log"], colleague.home)
    assert stranger.outcomes(aside, named, looked) == ["quarantined"] * 3
    # an edit after a hand-over: the inbox
    world.move(who.id, colleague.home)
    assert laptop.outcomes(
        laptop.edit(who, email=(None, "a@x"), village=(None, TEXTS["inbox"]))
    ) == ["diverted"]
    return who.id, laptop, colleague


def entry_about(laptop, subject, note, home):
    """An entry of the access log, as a laptop makes it."""
    said = {
        "author": laptop.person,
        "at": laptop.world.exchange.now(),
        "action": "reveal",
        "subject": subject,
        "count": 1,
        "reason": "other",
        "note": note,
        "what": "phone",
        "place": 1,
    }
    fields = {name: (None, value) for name, value in access.sealed(said).items()}
    return laptop.operation("append", new_id(), kind=access.KIND, home=home, fields=fields)


def _task(visit):
    return {"title": TEXTS["task"], "state": "open", "visit": visit}


def erase(world, folder, root, reason="asked"):
    return erasing.erase(world.exchange, folder, root, world.person("branch_lead"), reason)


def twins(world, root):
    return erasing.look(world.exchange, root).scope.twins


@pytest.fixture
def rich(world):
    return everything(world)


def test_no_byte_of_somebody_erased_is_left_in_the_database(world, tmp_path):
    _no_byte_is_left(world, tmp_path)


def test_no_byte_of_somebody_erased_is_left_in_postgresql_s_tables(postgresql_world, tmp_path):
    """Its own log keeps former states until they are recycled: said, not searched."""
    _no_byte_is_left(postgresql_world, tmp_path)


def _no_byte_is_left(world, tmp_path):
    root, *_ = everything(world)
    found = found_in(on_disk(world.database), WORDS)
    assert found.keys() == WORDS  # the search finds what is there
    (twin,) = twins(world, root)
    for one in (root, twin.id):
        assert erase(world, tmp_path, one).act == "erased"
    assert wiping.wipe(world.database)
    assert found_in(on_disk(world.database), WORDS) == {}
    assert found_in({"list": (tmp_path / outside.ERASURES).read_bytes()}, WORDS) == {}


def test_tombstones_numbers_and_receipts_stay(world, rich, tmp_path):
    root, _laptop, colleague = rich
    count = sa.select(sa.func.count())
    tables = (t.record, t.revision, t.receipt, t.quarantine)
    with world.database.snapshot() as connection:
        before = [connection.execute(count.select_from(one)).scalar_one() for one in tables]
    erase(world, tmp_path, root)
    with world.database.snapshot() as connection:
        after = [connection.execute(count.select_from(one)).scalar_one() for one in tables]
        fates = connection.execute(sa.select(t.fate.c.record).where(t.fate.c.outcome == "erased"))
        assert root in set(fates.scalars())
    assert after[0] == before[0]
    assert after[1] > before[1]  # each grave has its own revision
    assert after[2:] == before[2:]
    assert all(r.dead and r.fields == {} for r in world.family(root))
    assert not world.live(colleague.home, "household_member")
    assert repairing.repair(world.exchange).uncertain == []


def test_late_edits_of_somebody_erased_are_refused_and_nothing_of_them_is_kept(
    world, rich, tmp_path
):
    root, laptop, colleague = rich
    home = next(r for r in world.family(root) if r.kind == "household")
    who = world.record(root)
    homes = world.live(colleague.home, "household")
    neighbour = next(r for r in homes if r.root != root)
    erase(world, tmp_path, root)
    late = [
        colleague.edit(who, note=(None, NAME)),
        colleague.child(who, "visit", state="planned", on="2026-03-20", summary=NAME),
        colleague.child(home, "household_member", relation="other", name=NAME),
        colleague.child(neighbour, "household_member", relation="other", customer=root, name=NAME),
        colleague.operation("restore", root, fields={"name": (None, NAME)}),
        replace(colleague.customer(name=NAME), record=root, root=root),
        laptop.edit(who, note=(None, NAME)),  # it was once on this laptop
        colleague.tag(world.record(neighbour.parent), "tea"),
    ]
    results = [colleague.push(op)[0] for op in late[:6]] + [laptop.push(late[6])[0]]
    assert {(r.outcome, r.reason) for r in results} == {("refused", "customer.erased")}
    assert colleague.outcomes(late[7]) == ["applied"]
    retired = replace(laptop.actor, retired=True)
    op = laptop.numbered([laptop.edit(who, note=(None, NAME))])
    ((_, told),) = world.exchange.accept(retired, op).results
    assert (told.outcome, told.reason) == ("refused", "customer.erased")
    with world.database.snapshot() as connection:
        assert connection.execute(
            sa.select(t.record.c.id).where(t.record.c.fields.contains(NAME))
        ).scalars().all() == [twin.id for twin in _named(world, NAME)]


def _named(world, name):
    with world.database.snapshot() as connection:
        rows = connection.execute(sa.select(t.record).where(t.record.c.kind == "customer"))
        return [row for row in rows if name in row.fields]


def test_a_new_customer_with_the_same_number_is_somebody_new(world, rich, tmp_path):
    root, _, colleague = rich
    (twin,) = twins(world, root)
    erase(world, tmp_path, root)
    erase(world, tmp_path, twin.id)
    again = colleague.saved(name=NAME, id_number=NUMBER)
    assert not again.dead
    assert world.below(again.id, "duplicate_link") == []


def test_the_access_log_keeps_who_looked_and_forgets_at_whom(world, tmp_path):
    laptop = world.laptop()
    who = laptop.saved(name=NAME)
    entry = entry_about(laptop, who.id, NAME, laptop.home)
    assert laptop.outcomes(entry) == ["applied"]
    erase(world, tmp_path, who.id)
    left = world.record(entry.record)
    assert access.is_erased(left.fields)
    assert (left.fields["author"], left.fields["place"]) == (laptop.person, 1)
    assert wiping.wipe(world.database)
    assert found_in(on_disk(world.database), {NAME}) == {}


def test_an_entry_that_was_put_aside_loses_at_whom_it_looked_and_accuses_nobody(world, tmp_path):
    laptop, stranger = world.laptop(), world.laptop()
    who = laptop.saved(name=NAME)
    aside = entry_about(stranger, who.id, "看了" + NAME, laptop.home)
    assert stranger.outcomes(aside) == ["quarantined"]
    erase(world, tmp_path, who.id)
    with world.database.snapshot() as connection:
        found = access_log.read(connection, [stranger.person])
    ((entry, state),) = found.entries
    assert (state, found.faults) == ("erased", ())
    assert entry.fields["reason"] == "other"
    assert not {"subject", "note", "salt"} & entry.fields.keys()


def test_every_reference_of_every_kind_either_goes_with_whom_it_names_or_stays():
    known = {
        (kind.name, spec.name)
        for kind in SCHEMA.kinds
        for spec in kind.fields
        if spec.type is FieldType.REFERENCE
    }
    assert known - GOES_WITH - STAYS == set(), "say in crm.domain.belonging what becomes of it"
    assert (GOES_WITH | STAYS) - known == set()
    assert set() == GOES_WITH & STAYS


def test_no_edit_slips_in_while_somebody_is_erased(postgresql_world, threads, tmp_path):
    """From portfolios that the customer has nothing to do with, side by side with the erasing."""
    world = postgresql_world
    who = world.laptop().saved(name=NAME)
    writers = []
    for _ in range(4):
        laptop = world.laptop()
        home = laptop.child(laptop.saved(name="邻居"), "household", name="邻居家")
        laptop.push(home)
        writers.append((laptop, home))

    def write(laptop, home):
        for _ in range(12):
            laptop.push(
                laptop.child(home, "household_member", relation="other", customer=who.id, name=NAME)
            )

    writing = [threads.submit(write, *each) for each in writers]
    erasing_it = threads.submit(erase, world, tmp_path, who.id)
    for each in (erasing_it, *writing):
        each.result(60)
    assert [r for r in world.family(who.id) if not r.dead] == []
    for laptop, _ in writers:
        assert world.live(laptop.home, "household_member") == []


def test_a_rule_that_comes_in_the_moment_of_erasing_stops_it(postgresql_world, threads, tmp_path):
    """What is decided is decided under the locks: an account opened meanwhile keeps somebody."""
    world = postgresql_world
    who, hand = world.laptop().saved(name=NAME), world.hand()
    given = {"number": "62170000001", "type": "current", "currency": "CNY"}
    opening = hand.operation("create", "account", new_id(), given, parent=who.id)
    with world.database.writing() as connection:
        world.exchange._settle(connection, hand.actor, [opening], frozenset(), numbered=False)
        erasing_it = threads.submit(erase, world, tmp_path, who.id)
        wait_until_blocked(world)
    with pytest.raises(Refused, match=r"erase\.changed"):
        erasing_it.result(20)
    assert world.record(who.id).fields["name"] == NAME
    assert outside.decided(tmp_path) == [], "nothing that the next start would carry out"


def test_whoever_is_erased_twice_at_once_is_erased_once(postgresql_world, threads, tmp_path):
    world = postgresql_world
    who = world.laptop().saved(name=NAME)
    with world.database.writing() as connection:
        streams.lock(world.database, connection, {who.stream})
        both = [threads.submit(erase, world, tmp_path, who.id) for _ in range(2)]
        wait_until_blocked(world, writers=2)
    for each in both:
        assert each.result(20).act == "erased"
    with world.database.snapshot() as connection:
        acts = [n.facts["records"] for n in audit.notes(connection, subject=who.id)]
        assert acts == [1]
        assert store.decided(connection)[who.id].records == 1


def test_nothing_is_done_that_was_not_shown(world, keeper, tmp_path):
    """Who was shown that a customer is kept does not erase, and the other way round."""
    _, who = keeper
    with pytest.raises(Refused, match=r"erase\.changed"):
        erasing.erase(world.exchange, tmp_path, who.id, NOBODY, "asked", agreed="erased")
    assert outside.decided(tmp_path) == []


# --- where a rule says to keep ---


def account(world, root, **fields):
    given = {"number": "62170000001", "type": "current", "currency": "CNY", **fields}
    assert world.hand().create("account", given, parent=root).outcome == "applied"


@pytest.fixture
def keeper(world):
    """Return (laptop, customer) with an open account and a neighbour."""
    laptop = world.laptop()
    who = laptop.saved(name=NAME, phone=PHONE)
    laptop.saved(name=NAME, phone=PHONE)  # the same, typed twice
    account(world, who.id)
    return laptop, who


def test_an_open_account_stops_the_use_instead_and_nobody_is_granted_it(world, keeper, tmp_path):
    laptop, who = keeper
    decided = erase(world, tmp_path, who.id)
    assert (decided.act, decided.kept, decided.until) == ("restricted", "account_open", None)
    held = world.record(who.id)
    assert held.stream == f"archive:{world.branch}"
    assert held.fields["restricted_reason"] == "account_open"
    assert {r.stream for r in world.family(who.id)} == {held.stream}
    assert [r.id for r in world.live(laptop.home)] == [world.live(laptop.home, "customer")[0].id]
    with pytest.raises(Refused, match=r"customer\.restricted"):
        erase(world, tmp_path, who.id)
    assert laptop.outcomes(laptop.edit(who, village=(None, "石湾"))) == ["diverted"]
    with pytest.raises(Refused, match=r"customer\.restricted"):
        world.move(who.id, laptop.home)
    laptop.saved(name=NAME, phone=PHONE)  # it is not compared with whom nobody may use
    assert {r.stream for r in world.live(held.stream, "duplicate_link")} <= {held.stream}


def test_an_account_closed_long_ago_keeps_nobody(world, tmp_path):
    laptop = world.laptop()
    who = laptop.saved(name=NAME)
    account(world, who.id, closed_on="2010-05-01")
    assert erase(world, tmp_path, who.id).act == "erased"


def test_one_who_was_kept_is_erased_when_the_rule_has_run_out(world, tmp_path):
    laptop = world.laptop()
    who = laptop.saved(name=NAME)
    account(world, who.id, closed_on="2024-05-01")
    decided = erase(world, tmp_path, who.id)
    assert (decided.act, decided.kept) == ("restricted", "account_closed")
    assert decided.until == "2035-01-01"  # ten years from the end of the year
    world.clock.pass_time(_until(world, "2034-12-30"))
    with pytest.raises(Refused, match=r"customer\.restricted"):
        erase(world, tmp_path, who.id)
    world.clock.pass_time(_until(world, "2035-01-02"))
    assert erase(world, tmp_path, who.id).act == "erased"
    assert wiping.wipe(world.database)
    assert found_in(on_disk(world.database), {NAME}) == {}


def _until(world, day):
    from datetime import datetime

    return datetime.fromisoformat(f"{day}T08:00:00+00:00") - world.clock.now()


# --- refusals, repetition, restores ---


def test_whoever_is_unknown_merged_or_erased_already_is_told_so(world, rich, tmp_path):
    root, _laptop, _ = rich
    with pytest.raises(NotFound):
        erase(world, tmp_path, new_id())
    loser = next(r for r in erasing.look(world.exchange, root).scope.roots if r != root)
    with pytest.raises(Refused, match=r"erase\.merged"):
        erase(world, tmp_path, loser)
    erase(world, tmp_path, root)
    with pytest.raises(Refused, match=r"customer\.erased"):
        erase(world, tmp_path, root)


def test_looking_changes_nothing(world, rich):
    root, *_ = rich
    before = dump_of(world)
    found = erasing.look(world.exchange, root)
    assert (found.act, len(found.scope.aside), len(found.scope.twins)) == ("erased", 3, 1)
    assert dump_of(world) == before


def dump_of(world):
    with world.database.snapshot() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in t.metadata.sorted_tables
        }


def put_back(world, rows):
    with world.database.writing() as connection:
        for table, held in rows.items():
            connection.execute(table.delete())
            if held:
                connection.execute(table.insert(), held)


def rows_of(world):
    with world.database.snapshot() as connection:
        return {
            table: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in t.metadata.sorted_tables
        }


def carry_out(world, folder):
    with world.database.writing() as connection:
        return erasing.carry_out(world.exchange, connection, folder)


def test_a_dump_from_before_is_erased_again(world, rich, tmp_path):
    root, _, colleague = rich
    rows = rows_of(world)
    erase(world, tmp_path, root)
    put_back(world, rows)
    assert not world.record(root).dead
    assert carry_out(world, tmp_path) == 1
    assert world.record(root).dead
    assert carry_out(world, tmp_path) == 0
    assert colleague.push(colleague.edit(world.record(root), note=(None, "x")))[0].reason == (
        "customer.erased"
    )


def test_a_dump_that_never_knew_the_customer_takes_no_late_create(world, tmp_path):
    laptop = world.laptop()
    rows = rows_of(world)
    created = laptop.customer(name=NAME)
    laptop.push(created)
    erase(world, tmp_path, created.record)
    put_back(world, rows)
    laptop.sent = 0
    assert carry_out(world, tmp_path) == 1
    again = laptop.push(replace(created, number=0))[0]
    assert (again.outcome, again.reason) == ("refused", "customer.erased")


def test_a_dump_from_before_stops_the_use_again(world, keeper, tmp_path):
    _, who = keeper
    rows = rows_of(world)
    erase(world, tmp_path, who.id)
    put_back(world, rows)
    assert carry_out(world, tmp_path) == 1
    assert world.record(who.id).stream.startswith("archive:")
    assert carry_out(world, tmp_path) == 0


def test_the_decision_is_written_down_as_ids_codes_and_counts(world, rich, tmp_path):
    root, *_ = rich
    decided = erase(world, tmp_path, root, "withdrawn")
    with world.database.snapshot() as connection:
        known = store.decided(connection)[root]
        (row,) = connection.execute(sa.select(t.audit)).all()
    assert (known.act, known.reason, known.at) == ("erased", "withdrawn", decided.at)
    assert (row.action, row.subject) == ("customer.erased", root)
    assert found_in({"audit": row.facts.encode()}, WORDS) == {}


def test_the_modules_agree_on_who_is_a_customer():
    assert handover.CUSTOMER == erasing.CUSTOMER
    assert backups.erasing is erasing


def test_a_start_asks_no_more_often_however_many_were_erased(world, tmp_path):
    laptop = world.laptop()
    asked = []
    for _ in range(2):
        for _ in range(4):
            erase(world, tmp_path, laptop.saved(name=NAME).id)
        asked.append(_statements(world, lambda: carry_out(world, tmp_path)))
    assert asked[0] == asked[1] > 0


def _statements(world, work):
    """Return how many statements a piece of work sends."""
    sent = []

    def count(*given):
        sent.append(given[2])

    sa.event.listen(world.database.engine, "before_cursor_execute", count)
    try:
        assert work() == 0
    finally:
        sa.event.remove(world.database.engine, "before_cursor_execute", count)
    return len(sent)
