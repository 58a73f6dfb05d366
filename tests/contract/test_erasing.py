"""Somebody who is erased leaves every laptop, beyond recovery, and what comes late is refused."""

from __future__ import annotations

import pytest

from desktop.views.sync.refusal_words import reason_of
from server.exchange import ending, erasing, erasures, revoking
from server.store import people, wiping
from tests.contract.test_leaving import (
    NAME,
    PHONE,
    TEXTS,
    VILLAGE,
    a_customer_with_everything,
    everything_on_disk,
    sealed,
    words,
)
from tests.helpers.replica_bytes import found_in
from tests.helpers.server_bytes import on_disk
from tests.helpers.stores import database_url  # noqa: F401 - the second store is for the long run

MEMBER = "亲家写的魑魅魍魉"
AT = "2026-03-18T02:30:00.000Z[+08:00]"


@pytest.fixture
def branch(new_server, new_laptop, tmp_path):
    """A manager's laptop, a deputy's, and a colleague's, whose customer's household names one."""
    server = new_server()
    lihua, wangqiang = server.person("lihua"), server.person("wangqiang")
    deputy = server.person("deputy", deputy_of="lihua")
    laptops = [new_laptop(server, person) for person in (lihua, deputy, wangqiang)]
    who = a_customer_with_everything(laptops[0], server)
    neighbour = laptops[2].create("customer", name="邻居")
    home = laptops[2].create("household", neighbour, name="邻居家")
    member = laptops[2].create("household_member", home, relation="other", customer=who)
    laptops[2].edit(member, name=MEMBER)
    for laptop in laptops:
        laptop.sync()
    return server, laptops, who, member


def erase(server, root):
    return erasing.erase(server.exchange, server.data, root, server.person("lead"), "asked")


def test_somebody_erased_leaves_no_byte_on_any_laptop(branch):
    server, laptops, who, member = branch
    laptop, deputy, colleague = laptops
    assert found_in(everything_on_disk(deputy), {NAME, VILLAGE, PHONE}).keys() == {
        NAME,
        VILLAGE,
        PHONE,
    }
    assert found_in(everything_on_disk(colleague), {MEMBER})
    laptop.edit(who, note=TEXTS["note"])  # late: nobody here knows yet
    assert erase(server, who).act == "erased"
    reports = [one.sync() for one in laptops]
    assert [r.purged for r in reports] == [1, 1, 1]
    assert all(r.verified for r in reports)
    assert reports[0].refused == 1
    for one in laptops:
        assert found_in(everything_on_disk(one), {*words(), MEMBER}) == {}
        assert one.verify(full=True).outcome == "equal"
    with laptop.replica.reader() as reader:
        (line,) = [line for line in reader.refused() if line.record == who]
    assert (line.reason, line.fields) == ("customer.erased", {})
    assert all(sealed(laptop)[line.id] for line in laptop.outbox() if line.record == who)
    assert wiping.wipe(server.exchange.database)  # while it serves
    assert found_in(on_disk(server.exchange.database), {*words(), MEMBER}) == {}
    assert reason_of("customer.erased") != reason_of("no.such.reason")
    assert all(sealed(colleague)[line.id] for line in colleague.outbox() if line.record == member)


def test_the_branch_sees_which_laptops_have_confirmed(branch):
    server, laptops, who, _ = branch
    laptop, deputy, colleague = laptops
    erase(server, who)
    assert states(server, who) == {"lihua": "waiting", "deputy": "waiting"}
    laptop.sync()
    assert states(server, who) == {"lihua": "confirmed", "deputy": "waiting"}
    deputy.sync()
    assert states(server, who) == {"lihua": "confirmed", "deputy": "confirmed"}
    colleague.sync()


def states(server, root):
    (told,) = [one for one in erasures.status(server.exchange) if one.root == root]
    return {each.login: each.state for each in told.laptops}


@pytest.mark.slow
def test_one_who_must_be_kept_leaves_every_laptop_as_well(branch):
    server, laptops, who, _ = branch
    server.hand.create(
        "account", {"number": "62170000001", "type": "current", "currency": "CNY"}, parent=who
    )
    laptops[0].sync()
    assert erase(server, who).act == "restricted"
    assert [one.sync().purged for one in laptops[:2]] == [1, 1]
    assert found_in(everything_on_disk(laptops[0]), words()) == {}
    assert states(server, who) == {"lihua": "confirmed", "deputy": "confirmed"}


def test_more_than_a_fifth_of_a_portfolio_may_be_erased_without_asking(new_server, new_laptop):
    """A hello signs for them as for those who were handed over (`ask-first`)."""
    server = new_server()
    laptop = new_laptop(server, server.person("lihua"))
    who = laptop.create("customer", name=NAME)
    for number in range(60):
        laptop.create("tag", who, label=f"标签{number}")
    laptop.sync()
    erase(server, who)
    report = laptop.sync()
    assert (report.purged, report.verified) == (1, True)
    assert who not in laptop.held()


def test_a_lost_laptop_has_confirmed_nothing_until_it_says_that_it_is_done(branch):
    """Who stole it may have heard the word and kept the program from obeying."""
    server, laptops, who, _ = branch
    deputy = laptops[1]
    with server.exchange.database.snapshot() as connection:
        (lost,) = [d.enrolment for d in people.devices(connection) if d.login == "deputy"]
    assert revoking.revoke(server.exchange, server.data, lost, "lost")
    erase(server, who)
    assert states(server, who)["deputy"] == "waiting"
    identity = deputy.replica.identity()
    for purges, state in (([], "told"), ([{"root": "*", "at": AT}], "confirmed")):
        ending.tell_lost(server.exchange, identity.token, identity.incarnation, 0, purges)
        assert states(server, who)["deputy"] == state
