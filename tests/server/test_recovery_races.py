"""A computer is recovered and declared lost in the same moment: whoever is first, it is lost."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.records.sealing import seal_bytes
from server.exchange import recovering, revoking
from server.exchange.recovering import Asked, Claimed
from server.store import outside, people
from server.store import tables as t
from server.store.settings import public_text
from tests.server.side_by_side import wait_until_blocked


@dataclass
class Thief:
    """Somebody with a computer whose recovery a lead has approved."""

    world: object
    folder: object

    def __post_init__(self):
        exchange = self.world.exchange
        self.person, self.enrolment = self.world.person(), new_id()
        lead, self.secret = self.world.person("branch_lead"), secrets.token_hex(32)
        with self.world.database.writing() as connection:
            people.add_enrolment(
                connection,
                id=self.enrolment,
                person=self.person,
                device="test",
                state="active",
                token=new_id(),
                at=exchange.now(),
            )
        with self.world.database.snapshot() as connection:
            who, decides = (people.person_with(connection, one) for one in (self.person, lead))
        self.request = recovering.ask(exchange, who, self.asked()).id
        recovering.decide(exchange, decides, self.request, grant=True)
        self.who = who

    def asked(self):
        bound = {"enrolment": self.enrolment, "user": self.person}
        sealed_to = public_text(self.world.exchange.sealing_key)
        return Asked(
            enrolment=self.enrolment,
            device="test",
            sealed=(seal_bytes(sealed_to, "recovery", bound, bytes(32)),),
            reply_key=public_text(X25519PrivateKey.generate()),
            claim=hashlib.sha256(bytes.fromhex(self.secret)).hexdigest(),
        )

    def claim(self):
        claimed = Claimed(
            request=self.request, secret=self.secret, incarnation=new_id(), baton=new_id()
        )
        return recovering.claim(self.world.exchange, self.folder, claimed, {})

    def declare_lost(self):
        return revoking.revoke(self.world.exchange, self.folder, self.enrolment, "lost")

    def states(self):
        with self.world.database.snapshot() as connection:
            rows = connection.execute(sa.select(t.enrolment.c.id, t.enrolment.c.state))
            return dict(tuple(row) for row in rows)


@pytest.fixture
def thief(postgresql_world, tmp_path):
    return Thief(postgresql_world, tmp_path)


def test_what_was_recovered_while_it_was_declared_lost_is_lost_too(thief, threads):
    """The declaring begins before the new enrolment is there, and ends behind it."""
    with thief.world.database.writing() as connection:
        people.lock_computer(connection, thief.enrolment)
        declared = threads.submit(thief.declare_lost)
        wait_until_blocked(thief.world)
        at, made = thief.world.exchange.now(), new_id()
        people.replace_enrolment(connection, thief.enrolment, at)
        people.add_enrolment(
            connection,
            id=made,
            person=thief.person,
            device="test",
            state="active",
            token=new_id(),
            at=at,
            replaces=thief.enrolment,
        )
    assert declared.result(20)
    assert thief.states() == {thief.enrolment: "lost", made: "lost"}
    listed = {one.enrolment: one.state for one in outside.revoked(thief.folder)}
    assert listed == {thief.enrolment: "lost", made: "lost"}, "a restore takes back neither"


def test_a_claim_that_comes_while_it_is_declared_lost_gets_nothing(thief, threads):
    with thief.world.database.writing() as connection:
        people.lock_computer(connection, thief.enrolment)
        claimed = threads.submit(thief.claim)
        wait_until_blocked(thief.world)
        at = thief.world.exchange.now()
        people.revoke(connection, thief.enrolment, "lost", at=at)
    with pytest.raises(UserError, match=r"device\.lost"):
        claimed.result(20)
    assert thief.states() == {thief.enrolment: "lost"}, "and no new enrolment"


def test_of_two_requests_of_the_same_moment_one_is_open(thief, threads):
    exchange = thief.world.exchange
    with thief.world.database.writing() as connection:
        people.lock_computer(connection, thief.enrolment)
        both = [threads.submit(recovering.ask, exchange, thief.who, thief.asked()) for _ in "ab"]
        wait_until_blocked(thief.world, writers=2)
    asked = {each.result(20).id for each in both}
    still_open = recovering.shown(exchange, None)
    assert len(still_open) == 1
    assert still_open[0].request.id in asked, "and the approved one is closed"
