"""Killed while a customer leaves, while much is asked about, while a retired laptop hands in."""

from __future__ import annotations

import signal

import pytest

from crm.domain.errors import ServerUnreachable
from desktop.services.drafts import VISIT_FORM, save_draft
from desktop.sync.errors import Condemned
from tests.helpers.fakes import a_key
from tests.helpers.replica_bytes import found_in, images
from tests.unit.sync.test_killed import run_sync

HOME = "portfolio:manager"
NAME, NOTE, DRAFT = "麴夔龘", "鬯爨的旧账", "写到一半的谶纬"


def killed(laptop, failpoint):
    laptop.replica.close()
    code, stderr = run_sync(laptop, failpoint)
    assert code == -signal.SIGKILL, stderr
    laptop.reopen()


def remains(laptop):
    pages = images(laptop.folder / "replica.db", a_key())
    return found_in({"pages": bytes(8).join(i.content for i in pages)}, {NAME, NOTE, DRAFT})


@pytest.mark.parametrize(
    "failpoint",
    [
        "page.before_commit",
        pytest.param("page.committed", marks=pytest.mark.slow),
        pytest.param("leave.before_commit", marks=pytest.mark.slow),
        "leave.committed",
        "wipe.before_commit",
        "wipe.committed",
        pytest.param("baton.accepted", marks=pytest.mark.slow),
    ],
)
def test_a_customer_who_was_leaving_leaves_no_byte_all_the_same(server, laptop, failpoint):
    who = server.put("customer", home=HOME, name=NAME)
    laptop.sync()
    laptop.edit(who, note=NOTE)
    save_draft(laptop.replica.unit_of_work, VISIT_FORM, who, {"summary": DRAFT})
    server.move(who, "portfolio:ben")
    assert remains(laptop).keys() == {NAME, NOTE, DRAFT}
    killed(laptop, failpoint)
    assert laptop.sync().verified
    assert remains(laptop) == {}
    assert set(server.purged) == {who}
    assert laptop.rows("SELECT * FROM departure") == []
    assert [bool(sealed) for (sealed,) in laptop.rows("SELECT sealed FROM op")] == [True]


def test_what_is_left_of_who_left_goes_with_no_network_too(server, laptop):
    who = server.put("customer", home=HOME, name=NAME)
    laptop.sync()
    server.move(who, "portfolio:ben")
    killed(laptop, "leave.committed")
    server.plan("/v1/hello", "portal")
    with pytest.raises(ServerUnreachable):
        laptop.sync()
    assert remains(laptop) == {}
    assert server.purged == []  # told once there is somebody to tell
    laptop.sync()
    assert server.purged == [who]


@pytest.mark.parametrize("failpoint", ["ask.before_commit", "ask.committed"])
def test_a_question_that_was_being_asked_is_asked_again(server, laptop, failpoint):
    made = [server.put("customer", home=HOME, name=f"N{number}") for number in range(80)]
    laptop.sync()
    for record in made[:60]:
        server.kill(record)
    killed(laptop, failpoint)  # its pages are of two records: fifty may go unasked
    assert len(laptop.held()) == 30
    assert laptop.sync().held_back == 10
    assert laptop.engine.sync(accept_removals=10).left == 10


def test_what_left_before_a_kill_counts(server, laptop):
    made = [server.put("customer", home=HOME, name=f"N{number}") for number in range(200)]
    laptop.sync()
    for record in made[:45]:
        server.kill(record)
    killed(laptop, "page.committed")  # two of them have left
    for record in made[45:160]:
        server.kill(record)
    report = laptop.sync()
    assert (report.left, report.held_back) == (0, 158)
    assert len(laptop.held()) == 198


@pytest.mark.parametrize("failpoint", ["settle.committed", "retire.sent", "retire.stated"])
def test_a_retired_laptop_goes_on_handing_in(server, laptop, failpoint):
    created = laptop.create("customer", name=NAME)
    server.verdict = "retire"
    killed(laptop, failpoint)
    with pytest.raises(Condemned, match=r"sync\.retired"):
        laptop.sync()
    assert set(server.purged) == {"*"}
    assert created in server.records
    assert sum(path == "/v1/push" for path, _ in server.requests) == 1
