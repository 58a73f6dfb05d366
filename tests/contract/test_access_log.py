"""The access log between real laptops and a real server: what tampering shows, and where."""

from __future__ import annotations

import shutil
import time

import orjson
import pytest
import sqlalchemy as sa

from crm.domain.ids import new_id
from crm.domain.instants import parse_instant
from crm.records import access, chain
from desktop.services.access import Access, note_access, own_log
from desktop.storage.engine import writing
from server.exchange import access_log, chains
from server.store import chains as store
from server.store import people
from server.store import tables as t
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

CALL = Access(action="reveal", reason="call", what="customer.phone")


@pytest.fixture
def server(new_server):
    return new_server()


@pytest.fixture
def laptop(server, new_laptop):
    return new_laptop(server, server.person("first"))


def look(laptop, times=1, **changes):
    """Somebody looks at a masked value, so many times; return the entries' ids."""
    access_ = Access(**{**{n: getattr(CALL, n) for n in ("action", "reason", "what")}, **changes})
    return [note_access(laptop.replica.unit_of_work, access_) for _ in range(times)]


def log(server, laptop):
    with server.exchange.database.snapshot() as connection:
        return access_log.read(connection, [laptop.user])


def faults(server, laptop):
    return {(fault.what, fault.place) for fault in log(server, laptop).faults}


def unsent(laptop, entry):
    """The fields of an entry's operation, as they wait to be sent."""
    ((text,),) = laptop.rows("SELECT fields FROM op WHERE record = ?", entry)
    return orjson.loads(text)


def rewrite(laptop, entry, **changes):
    """What somebody with the key and a database program does to an entry before it is sent."""
    fields = unsent(laptop, entry)
    fields |= {name: [None, value] for name, value in changes.items()}
    laptop.write("UPDATE op SET fields = ? WHERE record = ?", orjson.dumps(fields).decode(), entry)
    named = {n: v for n, v in changes.items() if n in ("reason", "what", "place")}
    for name, value in named.items():
        laptop.write(f"UPDATE access_entry SET {name} = ? WHERE id = ?", value, entry)


def chain_anew(laptop, since=1):
    """The forger computes commitments, links and heads anew from a place on."""
    with laptop.replica.transaction() as tx:
        head = tx.access_chain.head_at(since - 1)
    rows = laptop.rows("SELECT n, entry FROM access_link WHERE n >= ? ORDER BY n", since)
    for place, (_, entry) in enumerate(rows, start=since):
        told = {name: pair[1] for name, pair in unsent(laptop, entry).items()}
        fresh = access.sealed({**access.content(told), "place": place})
        rewrite(laptop, entry, **fresh)
        link = bytes.fromhex(fresh["commitment"])
        head = chain.next_head(head, link)
        laptop.write("DELETE FROM access_link WHERE entry = ?", entry)
        laptop.write(
            "INSERT INTO access_link (n, entry, commitment, head) VALUES (?, ?, ?, ?)",
            place,
            entry,
            link,
            head,
        )


def test_entries_reach_the_server_and_their_chain_fits(server, laptop):
    look(laptop, 2)
    laptop.sync()
    look(laptop, action="export", what="customers", reason="form", count=7)
    laptop.sync()
    laptop.sync()
    found = log(server, laptop)
    assert sorted(e.fields["place"] for e, state in found.entries if state == "good") == [1, 2, 3]
    assert (found.faults, found.forks, found.waiting) == ((), (), 0)
    newest = own_log(laptop.replica.reader, laptop.user)[0].entry
    assert (newest.fields["what"], newest.fields["count"]) == ("customers", 7)
    with laptop.replica.transaction() as tx:
        assert tx.access_chain.told().fits


def test_an_entry_that_was_changed_before_it_was_sent_is_told(server, laptop):
    first, *_ = look(laptop, 2)
    rewrite(laptop, first, reason="mailing")
    laptop.sync()
    assert faults(server, laptop) == {("altered", 1)}
    assert len(log(server, laptop).entries) == 2  # and it is not left out


@pytest.mark.slow
def test_an_entry_that_was_changed_after_it_was_sent_stands_at_the_server_as_it_was(server, laptop):
    (entry,) = look(laptop)
    laptop.sync()
    laptop.write("UPDATE access_entry SET reason = 'mailing' WHERE id = ?", entry)
    laptop.sync()
    ((stored, state),) = log(server, laptop).entries
    assert (stored.fields["reason"], state) == ("call", "good")


def test_an_entry_that_was_taken_out_is_missed(server, laptop):
    _, second, _ = look(laptop, 3)
    laptop.write("DELETE FROM op WHERE record = ?", second)
    laptop.write("DELETE FROM access_entry WHERE id = ?", second)
    laptop.sync()
    assert faults(server, laptop) == {("missing", 2)}


def test_an_entry_that_was_put_in_stands_in_no_chain(server, laptop):
    look(laptop, 2)
    own = {"author": laptop.user, "at": "2026-03-18T04:00:00.000Z[+08:00]", "place": 2}
    made = access.sealed({"action": "reveal", "reason": "call", "count": 1, **own})
    laptop.create("access_entry", **made)
    laptop.sync()
    assert faults(server, laptop) == {("stray", 2)}


@pytest.mark.slow
def test_entries_that_change_places_are_both_told(server, laptop):
    first, second = look(laptop, 2)
    rewrite(laptop, first, place=2)
    rewrite(laptop, second, place=1)
    laptop.sync()
    assert {what for what, _ in faults(server, laptop)} == {"altered"}


def test_a_chain_that_is_computed_anew_does_not_follow_on_what_was_told(server, laptop):
    look(laptop, 2)
    laptop.sync()
    head = laptop.rows("SELECT head FROM access_link WHERE n = 1")[0][0]
    look(laptop)
    laptop.write("DELETE FROM access_link WHERE n = 2")  # an entry shall never have been
    laptop.write("UPDATE access_link SET n = 2 WHERE n = 3")
    with writing(laptop.replica._engine) as connection:
        ((link,),) = connection.exec_driver_sql("SELECT commitment FROM access_link WHERE n = 2")
    laptop.write("UPDATE access_link SET head = ? WHERE n = 2", chain.next_head(head, link))
    laptop.sync()
    assert ("head", 2) in faults(server, laptop)
    with laptop.replica.transaction() as tx:
        assert not tx.access_chain.told().fits
    assert len(log(server, laptop).entries) == 3


def test_a_chain_that_has_become_shorter_is_told(server, laptop):
    look(laptop, 3)
    laptop.sync()
    laptop.write("DELETE FROM access_link WHERE n = 3")
    laptop.sync()
    assert ("shorter", 2) in faults(server, laptop)


def test_what_nobody_was_told_of_can_be_rewritten_and_that_is_not_promised(server, laptop):
    look(laptop, 2)
    chain_anew(laptop)
    laptop.sync()
    assert faults(server, laptop) == set()


def test_a_laptop_that_speaks_of_no_chain_is_told(server, laptop):
    look(laptop)
    laptop.write("DELETE FROM access_link")
    laptop.sync()
    assert faults(server, laptop) == {("untold", 1)}


def test_a_replica_put_back_from_an_older_copy_is_a_fork_and_no_fault(server, laptop, tmp_path):
    look(laptop, 2)
    laptop.sync()
    laptop.replica.close()
    copy = shutil.copy(laptop.folder / "replica.db", tmp_path / "older.db")
    laptop.reopen()
    look(laptop)
    laptop.sync()
    laptop.replica.close()
    shutil.copy(copy, laptop.folder / "replica.db")
    laptop.reopen()
    look(laptop)
    laptop.sync()
    laptop.sync()
    found = log(server, laptop)
    assert (found.faults, found.waiting, len(found.entries)) == ((), 0, 4)
    ((fork),) = found.forks
    assert (fork.shared, fork.aside, fork.lost) == (2, 1, 0)


def test_a_clone_logs_on_beside_the_first_laptop_and_neither_is_accused(
    server, laptop, new_laptop, tmp_path
):
    look(laptop)
    laptop.sync()
    clone = new_laptop(server, laptop.user)
    for one in (laptop, clone):
        one.replica.close()
    shutil.copy(laptop.folder / "replica.db", clone.folder / "replica.db")
    for one in (laptop, clone):
        one.reopen()
        look(one)
    for one in (laptop, clone, laptop, clone):
        one.sync()
    found = log(server, laptop)
    assert (found.faults, found.waiting, len(found.entries)) == ((), 0, 3)
    assert len(found.forks) == 1


@pytest.mark.parametrize(
    ("verb", "more", "reason"),
    [
        ("edit", {"fields": {"reason": ["call", "mailing"]}}, "kind.append_only"),
        ("delete", {"fields": {}}, "kind.append_only"),
        ("append", {"fields": {"reason": [None, "mailing"]}}, "kind.append_only"),
    ],
    ids=["edit", "delete", "append"],
)
def test_no_laptop_changes_or_removes_an_entry_at_the_server(server, laptop, verb, more, reason):
    (entry,) = look(laptop)
    laptop.sync()
    with laptop.replica.unit_of_work() as uow:
        task = uow.create("task", {"title": "t", "state": "open"})
        uow.commit()
    laptop.write(
        "UPDATE op SET record = ?, root = ?, kind = 'access_entry', verb = ?, fields = ?, home = ?"
        " WHERE record = ?",
        entry, entry, verb, orjson.dumps(more["fields"]).decode(), None, task,
    )  # fmt: skip
    laptop.sync()
    told = laptop.rows("SELECT outcome, reason FROM op WHERE record = ? ORDER BY seq DESC", entry)
    assert told[0] == ("refused", reason)
    ((stored, state),) = log(server, laptop).entries
    assert (stored.fields["reason"], state) == ("call", "good")


@pytest.mark.slow
def test_an_entry_in_a_colleagues_name_is_refused(server, laptop):
    other = server.person("second")
    own = {"author": other, "at": "2026-03-18T04:00:00.000Z[+08:00]", "place": 1}
    fields = access.sealed({"action": "reveal", "reason": "call", "count": 1, **own})
    entry = laptop.create("access_entry", **fields)
    laptop.sync()
    assert laptop.rows("SELECT outcome, reason FROM op WHERE record = ?", entry) == [
        ("refused", "operation.author")
    ]


def test_what_was_told_and_not_yet_sent_is_on_its_way_and_no_fault(server, laptop):
    look(laptop, 2)
    tell_of_them(server, laptop)
    assert (log(server, laptop).waiting, faults(server, laptop)) == (2, set())
    laptop.sync()
    assert (log(server, laptop).waiting, faults(server, laptop)) == (0, set())


def test_a_laptop_that_says_for_ever_that_something_waits_is_not_believed_for_ever(server, laptop):
    look(laptop, 2)
    identity = tell_of_them(server, laptop)
    for seen_at, expected in (
        ("2026-04-17T04:00:00.000Z", (2, set())),
        ("2026-04-18T04:00:00.000Z", (0, {("missing", 1), ("missing", 2)})),
    ):
        with server.exchange.database.writing() as connection:
            people.update_incarnation(connection, identity.incarnation, unsent=1, seen_at=seen_at)
        assert (log(server, laptop).waiting, faults(server, laptop)) == expected
    laptop.sync()  # what came late is there
    assert faults(server, laptop) == set()


def tell_of_them(server, laptop):
    """A hello that tells of entries, and breaks off before they are sent; return who told."""
    with server.exchange.database.writing() as connection:
        with laptop.replica.transaction() as tx:
            identity, tip = tx.identity(), tx.access_chain.tip()
            links = [link.hex() for link in tx.access_chain.links_after(0)]
        told = chain.told(tip.length, tip.head)
        at = "2026-03-18T04:00:00.000Z"
        chains.note_access(
            server.exchange.database, connection, identity.incarnation, told, links, at
        )
        people.update_incarnation(connection, identity.incarnation, unsent=2, seen_at=at)
    return identity


@pytest.mark.slow
def test_a_long_log_is_told_some_hundred_links_at_a_time_and_never_accused(
    server, laptop, monkeypatch
):
    monkeypatch.setattr(chain, "MOST_LINKS", 3)
    look(laptop, 8)
    seen = set()
    for _ in range(4):
        laptop.sync()
        seen |= faults(server, laptop)
    with laptop.replica.transaction() as tx:
        assert tx.access_chain.told().length == 8
    assert seen == set()


def test_the_entries_of_a_retired_laptop_are_read_where_they_were_put_aside(server, laptop):
    look(laptop)
    laptop.sync()
    look(laptop)
    with server.exchange.database.writing() as connection:
        held = people.incarnation(connection, laptop.replica.identity().incarnation)
        people.revoke(connection, held.enrolment, "retired")
    with pytest.raises(Exception, match=r"sync\.retired"):
        laptop.sync()
    found = log(server, laptop)
    assert [entry.set_aside for entry, _ in found.entries] == [False, True]
    assert found.faults == ()


def test_what_a_retired_laptop_made_up_is_told_as_its_own_and_hides_nothing(server, laptop):
    """Nobody judges what is put aside: no colleague's name, no nonsense in it may stop the list."""
    (entry,) = look(laptop)
    forged = {"author": server.person("second"), "place": "first", "at": "2026-02-30", "count": [1]}
    fields = unsent(laptop, entry) | {name: [None, value] for name, value in forged.items()}
    laptop.write("UPDATE op SET fields = ? WHERE record = ?", orjson.dumps(fields).decode(), entry)
    with server.exchange.database.writing() as connection:
        held = people.incarnation(connection, laptop.replica.identity().incarnation)
        people.revoke(connection, held.enrolment, "retired")
    with pytest.raises(Exception, match=r"sync\.retired"):
        laptop.sync()
    found = log(server, laptop)
    ((told, state),) = found.entries
    assert (told.fields["author"], state) == (laptop.user, "altered")
    parse_instant(told.fields["at"])
    assert {(fault.what, fault.person) for fault in found.faults} >= {("altered", laptop.user)}


def test_an_entry_of_no_moment_is_not_taken(server, laptop):
    """One that says the 30th of February would stop the list for the whole branch."""
    (entry,) = look(laptop)
    rewrite(laptop, entry, at="2026-02-30T04:00:00.000Z[+08:00]")
    assert laptop.sync().refused == 1
    assert log(server, laptop).entries == ()


def test_what_the_branch_has_erased_is_told_as_that_and_one_without_salt_is_not(server, laptop):
    first, second = look(laptop, 2)
    laptop.sync()
    for entry, version in ((first, 2), (second, 1)):  # by the server's hand; as a laptop can't
        left = orjson.dumps(access.erased(laptop.fields(entry))).decode()
        with server.exchange.database.writing() as connection:
            connection.execute(
                sa.update(t.record)
                .where(t.record.c.id == entry)
                .values(fields=left, version=version)
            )
    found = log(server, laptop)
    assert {entry.id: state for entry, state in found.entries} == {
        first: "erased",
        second: "altered",
    }
    assert {fault.entry for fault in found.faults} == {second}


@pytest.mark.slow
def test_ten_thousand_entries_are_read_and_checked_in_a_second(server, laptop):
    made, links = [], []
    for place in range(1, 10_001):
        fields = access.sealed(
            {
                "author": laptop.user,
                "at": f"2026-03-18T04:00:{place % 60:02}.000Z[+08:00]",
                "action": "reveal",
                "reason": "call",
                "count": 1,
                "what": "customer.phone",
                "subject": new_id(),
                "place": place,
            }
        )
        made.append(fields)
        links.append(fields["commitment"])
    with server.exchange.database.writing() as connection:
        incarnation = laptop.replica.identity().incarnation
        store.add_links(server.exchange.database, connection, incarnation, 1, links)
        rows = [
            {
                "id": new_id(),
                "kind": "access_entry",
                "rank": 60,
                "root": "r",
                "parent": None,
                "stream": f"portfolio:{laptop.user}",
                "version": 1,
                "hash": b"",
                "dead": False,
                "merged_into": None,
                "fields": orjson.dumps(fields).decode(),
                "aside": None,
            }
            for fields in made
        ]
        server.exchange.database.insert(connection, t.record, rows)
    began = time.process_time()
    found = log(server, laptop)
    assert (len(found.entries), found.faults) == (10_000, ())
    assert time.process_time() - began < 1
