"""A customer's no on its way: first to leave, and never lost to what did not know of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from crm.domain.errors import ServerUnreachable
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from desktop.services import consent as consents
from desktop.services.progress import Progress
from desktop.services.settling import decide_handed
from desktop.sync.push import PAGE_OPERATIONS
from server.exchange import accounts
from server.store import records
from tests.helpers.bad_middle import Middle
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

TODAY = date(2026, 3, 18)
OTHERS = 500
YES = {"decision": "granted", "purpose": "club", "channel": "any", "evidence": "signed_form"}
NO = {"decision": "withdrawn", "purpose": "club", "channel": "any"}


@pytest.fixture
def server(tmp_path):
    with LiveServer(tmp_path / "server") as made:
        yield made


@pytest.fixture
def new_laptop(server, tmp_path):
    made = []

    def make(person):
        made.append(Laptop(tmp_path / f"laptop{len(made)}", server=server, user=person))
        made[-1].sync()
        return made[-1]

    yield make
    for laptop in made:
        laptop.replica.close()


def a_customer(server, person, *statements):
    made = new_id()
    server.hand.create("customer", {"name": "某某"}, record=made, home=accounts.portfolio(person))
    for one in statements:
        server.hand.create("consent", {**one, "said_on": "2026-01-10"}, parent=made)
    return made


def say(laptop, customer, fields):
    return consents.record_statement(laptop.replica.unit_of_work, SCHEMA, customer, fields, TODAY)


def reason(laptop, customer):
    return consents.permission(laptop.replica.reader, customer, "club", "phone", TODAY).reason


class OnePage(Middle):
    """A line that breaks once the first page of edits has arrived, and its answer is lost too."""

    pages = 0

    def ask(self, handler, body):
        if handler.path == "/v1/push":
            self.pages += 1
            if self.pages > 1:
                raise ConnectionResetError
            super().ask(handler, body)
            raise ConnectionResetError
        return super().ask(handler, body)


def test_a_withdrawal_after_500_other_edits_arrives_before_the_line_breaks(server, new_laptop):
    person = server.person("manager")
    customer = a_customer(server, person, YES)
    laptop, colleague = new_laptop(person), new_laptop(person)
    assert reason(colleague, customer) == "consent"
    with laptop.replica.unit_of_work() as uow:
        for number in range(OTHERS):
            uow.create("customer", {"name": f"N{number}"})
        uow.commit()
    no = say(laptop, customer, NO)
    assert reason(laptop, customer) == "withdrawn"  # at once, with no network
    with OnePage(server.url) as middle:
        laptop.replica.enrolled(laptop.replica.identity().but(server_url=middle.url))
        progress = Progress()
        progress.wait = lambda _: None
        with pytest.raises(ServerUnreachable):
            laptop.sync(progress)
    with server.exchange.database.snapshot() as connection:
        assert no in records.load(connection, [no])
        arrived = len(records.of_kind(connection, "customer")) - 1
    assert arrived == PAGE_OPERATIONS - 1 < OTHERS
    colleague.sync()
    assert reason(colleague, customer) == "withdrawn"
    laptop.replica.enrolled(laptop.replica.identity().but(server_url=server.url))
    assert laptop.sync().verified  # everything else follows
    with server.exchange.database.snapshot() as connection:
        assert len(records.of_kind(connection, "customer")) == OTHERS + 1


def test_a_consent_recorded_at_the_same_time_elsewhere_does_not_undo_a_withdrawal(
    server, new_laptop
):
    person = server.person("manager")
    customer = a_customer(server, person)
    one, other = new_laptop(person), new_laptop(person)
    say(one, customer, NO)
    say(other, customer, YES)  # it has not heard of the no
    assert reason(other, customer) == "consent"
    for laptop in (one, other, one):
        laptop.sync()
    assert reason(one, customer) == reason(other, customer) == "withdrawn"
    say(other, customer, YES)  # the customer was asked again
    other.sync()
    one.sync()
    assert reason(one, customer) == reason(other, customer) == "consent"


def test_what_was_said_goes_with_the_customer_to_the_next_manager_and_late_noes_count_there(
    server, new_laptop
):
    giver, taker = server.person("giver"), server.person("taker")
    customer = a_customer(server, giver, YES)
    old, new = new_laptop(giver), new_laptop(taker)
    server.move(customer, taker)
    new.sync()
    assert reason(new, customer) == "consent"
    said = say(old, customer, NO)  # with no network: it has not heard of the hand-over
    assert old.sync().diverted == 1
    new.sync()
    assert reason(new, customer) == "withdrawn"  # it lies in the inbox, untaken
    with new.replica.reader() as reader:
        (item,) = reader.with_values("inbox_item", state="open")
    decide_handed(new.replica.unit_of_work, SCHEMA, item.id, take=True)
    assert reason(new, customer) == "withdrawn"
    assert new.sync().refused == 0
    assert reason(new, customer) == "withdrawn"
    with server.exchange.database.snapshot() as connection:
        (taken,) = [r for r in records.of_kind(connection, "consent") if r.id == said]
    assert taken.fields["decision"] == "withdrawn"


def test_a_consent_that_answers_a_no_in_the_inbox_stands_when_that_is_taken_in(server, new_laptop):
    giver, taker = server.person("giver"), server.person("taker")
    customer = a_customer(server, giver, YES)
    old, new = new_laptop(giver), new_laptop(taker)
    server.move(customer, taker)
    say(old, customer, NO)
    old.sync()
    new.sync()
    say(new, customer, YES)  # the customer was asked again, the item still lies there
    assert reason(new, customer) == "consent"
    with new.replica.reader() as reader:
        (item,) = reader.with_values("inbox_item", state="open")
    decide_handed(new.replica.unit_of_work, SCHEMA, item.id, take=True)
    assert new.sync().refused == 0
    assert reason(new, customer) == "consent"


def test_of_two_customers_merged_into_one_the_withdrawal_of_either_counts(server, new_laptop):
    person = server.person("manager")
    kept, doubled = a_customer(server, person, YES), a_customer(server, person, YES)
    laptop = new_laptop(person)
    say(laptop, doubled, NO)
    laptop.sync()
    merge = server.hand.operation("merge", "customer", doubled, {})
    server.hand.push([replace(merge, into=kept)])
    laptop.sync()
    assert reason(laptop, kept) == "withdrawn"
    found = consents.record_of(laptop.replica.reader, kept, TODAY)
    assert len(found.statements) == 3
