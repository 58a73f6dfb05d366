"""The access log in the replica: entry and place in one transaction, or neither."""

from __future__ import annotations

import os
import signal

import pytest

from crm.domain.errors import Refused
from crm.domain.kinds import SCHEMA
from crm.records import access as records
from desktop.services.access import Access, masked_of, note_access, own_log, subject_of
from desktop.services.standing import standing
from desktop.storage.replica import FILE_NAME, Replica
from tests.helpers.fakes import Laptop, a_key
from tests.helpers.offices import PERSON

CALL = Access(action="reveal", reason="call", what="customer.phone")


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path, user=PERSON.user)
    yield made
    made.replica.close()


def held(laptop):
    """The places of entries, and those of links."""
    entries = laptop.rows("SELECT place FROM access_entry ORDER BY place")
    return entries, laptop.rows("SELECT n FROM access_link ORDER BY n")


def test_an_entry_says_what_it_committed_to_and_names_no_value(laptop):
    who = laptop.create("customer", name="客户甲", phone="+8615400001234")
    told = Access(
        action="reveal", reason="other", note=" 法院 ", what="customer.phone", subject=who
    )
    entry = note_access(laptop.replica.unit_of_work, told)
    fields = laptop.fields(entry)
    assert records.is_true(fields)
    assert not records.is_true({**fields, "reason": "call"})
    assert (fields["note"], fields["author"], fields["count"]) == ("法院", PERSON.user, 1)
    assert not any("5400001234" in str(value) for value in fields.values())
    (logged,) = own_log(laptop.replica.reader, PERSON.user)
    assert logged.name == "客户甲"


def test_an_entry_is_sent_like_an_edit_and_is_not_counted_as_one(laptop):
    note_access(laptop.replica.unit_of_work, CALL)
    now = standing(laptop.replica.reader)
    assert (now.waiting, now.looks) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"reason": "curious"}, "access.reason"), ({"reason": "other"}, "access.note")],
    ids=["no reason", "no words"],
)
def test_without_a_reason_there_is_neither_entry_nor_place(laptop, wrong, code):
    with pytest.raises(Refused, match=code):
        note_access(laptop.replica.unit_of_work, Access(action="reveal", what="x", **wrong))
    assert held(laptop) == ([], [])


def test_what_the_kind_refuses_leaves_no_place_either(laptop):
    wrong = Access(action="reveal", reason="call", what="x", subject="no id")
    with pytest.raises(Refused, match="field"):
        note_access(laptop.replica.unit_of_work, wrong)
    assert held(laptop) == ([], [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a child of its own")
@pytest.mark.parametrize("committed", [True, False], ids=["after", "before"])
def test_killed_around_the_commit_both_stand_or_neither(laptop, committed):
    """Killed between entry and sight: the entry stands, and nobody has seen anything."""
    laptop.replica.close()
    child = os.fork()
    if child == 0:
        replica = Replica.open(laptop.folder / FILE_NAME, a_key(), SCHEMA)
        if committed:
            note_access(replica.unit_of_work, CALL)
        else:
            with replica.unit_of_work() as uow:
                uow.log_access({"action": "reveal", "reason": "call", "count": 1})
                os.kill(os.getpid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    laptop.reopen()
    assert held(laptop) == (([(1,)], [(1,)]) if committed else ([], []))


def test_what_is_masked_in_a_card_is_named_and_belongs_to_its_customer(laptop):
    who = laptop.create("customer", name="客户甲", phone="+8615400001234")
    contact = laptop.create("contact_point", who, type="mobile", value="+8615400005678")
    seen = masked_of(SCHEMA, [laptop.get(who), laptop.get(contact)])
    assert seen == "customer.phone, contact_point.value"
    assert subject_of(laptop.replica.reader, contact) == (who, "customer")
