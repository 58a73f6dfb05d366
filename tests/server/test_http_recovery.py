"""A forgotten passphrase at the server: who may ask, who may approve, and what is answered."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.errors import NotFound, Refused, UserError
from crm.domain.ids import new_id
from crm.domain.instants import instant_text, parse_instant
from crm.records.sealing import SealBroken, seal_bytes, unseal_bytes
from server.exchange import recovering, revoking
from server.store import audit, outside, people, recoveries
from server.store import tables as t
from server.store.settings import public_text
from tests.helpers.http_server import Device, error_of, serving

PASSWORD = "ein-gutes-Wort-5"
# Nothing here turns on the store: the second one is for the long run.
pytestmark = pytest.mark.parametrize(
    "site",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)],
    indirect=True,
    scope="module",
)
KEY = bytes(range(32))


class Locked:
    """A computer whose person forgot the passphrase; what it sends, and what it kept."""

    def __init__(self, site, person=None):
        self.site = site
        self.person, self.login = person or site.person(PASSWORD)
        self.device = site.device(self.person)
        self.secret, self.reply_key = secrets.token_hex(32), X25519PrivateKey.generate()
        self.incarnation, self.baton = new_id(), new_id()
        self.request = ""

    def sealed(self, enrolment=None, user=None, key=KEY):
        bound = {"enrolment": enrolment or self.device.enrolment, "user": user or self.person}
        return seal_bytes(self.site.service.seal_key, "recovery", bound, key)

    def ask(self, **given):
        message = {
            "login": self.login,
            "password": PASSWORD,
            "enrolment": self.device.enrolment,
            "device": "laptop",
            "sealed": self.sealed(),
            "reply_key": public_text(self.reply_key),
            "claim": hashlib.sha256(bytes.fromhex(self.secret)).hexdigest(),
        }
        reply = self.site.say("/v1/recovery", message | given)
        if reply.status_code == 200:
            self.request = reply.json()["request"]
        return reply

    def claim(self, **given):
        message = {
            "request": self.request,
            "secret": self.secret,
            "incarnation": self.incarnation,
            "baton": self.baton,
        }
        return self.site.say("/v1/recovery/claim", message | given)

    def answer(self, reply):
        bound = {"request": self.request}
        return json.loads(
            unseal_bytes(self.reply_key, "recovery answer", bound, reply.json()["sealed"])
        )


@pytest.fixture
def locked(site):
    return Locked(site)


def lead(site, role="branch_lead"):
    return site.person(PASSWORD, role)[0]


def decide(site, who, request, *, grant=True):
    with site.world.database.snapshot() as connection:
        person = people.person_with(connection, who)
    return recovering.decide(site.service.exchange, person, request, grant=grant)


def acts(site, *subjects):
    with site.world.database.snapshot() as connection:
        found = [n for s in subjects for n in audit.notes(connection, subject=s)]
    return [note.action for note in found]


def state_of(site, enrolment):
    with site.world.database.snapshot() as connection:
        return people.enrolment_state(connection, enrolment)


def test_an_approved_claim_gets_the_key_and_a_new_token_and_the_old_token_dies(site, locked):
    who = lead(site)
    asked = locked.ask().json()
    assert asked["state"] == "waiting"
    assert len(asked["code"]) == 6
    waiting = locked.claim().json()
    assert (waiting["state"], waiting["code"], waiting["sealed"]) == (
        "waiting",
        asked["code"],
        None,
    )
    decide(site, who, locked.request)
    told = locked.answer(locked.claim())
    assert [base64.b64decode(key) for key in told["keys"]] == [KEY]
    assert (told["user"], told["server_key"]) == (locked.person, site.service.public_key)
    assert error_of(locked.device.hello()) == (401, "token.unknown")
    new = Device.__new__(Device)
    new.__dict__ |= {**vars(locked.device), "token": told["token"], "baton": locked.baton}
    new.laptop.incarnation = locked.incarnation
    assert new.hello().json()["verdict"] == "go"
    assert state_of(site, locked.device.enrolment) == "replaced"
    assert acts(site, locked.request) == [
        "recovery.asked",
        "recovery.approved",
        "recovery.granted",
    ]


def test_nothing_is_released_without_an_approval(site, locked):
    """The thief who has the laptop and even the login's password."""
    locked.ask()
    for _ in range(3):
        assert locked.claim().json()["sealed"] is None
    decide(site, lead(site), locked.request, grant=False)
    refused = locked.claim().json()
    assert (refused["state"], refused["sealed"]) == ("refused", None)
    assert locked.device.hello().status_code == 200, "the old token lives on"


def test_both_keys_come_back_where_a_change_of_key_was_cut_short(site, locked):
    following = bytes(range(32, 64))
    locked.ask(sealed_next=locked.sealed(key=following))
    decide(site, lead(site), locked.request)
    told = locked.answer(locked.claim())
    assert [base64.b64decode(key) for key in told["keys"]] == [KEY, following]


def test_a_wrong_password_asks_for_nothing(locked):
    assert error_of(locked.ask(password="geraten-1")) == (401, "login.wrong")


def test_the_sealed_key_of_another_computer_or_person_is_not_taken(site, locked):
    other = Locked(site)
    for blob in (
        other.sealed(),
        locked.sealed(enrolment=other.device.enrolment),
        locked.sealed(user=other.person),
        locked.sealed(key=b"short"),
        "",
    ):
        assert error_of(locked.ask(sealed=blob)) == (400, "recovery.sealed")
    assert error_of(locked.ask(enrolment=other.device.enrolment)) == (403, "recovery.other_person")
    assert set(acts(site, locked.device.enrolment)) == {"recovery.denied"}


def test_only_the_computer_that_kept_the_secret_can_claim(site, locked):
    locked.ask()
    decide(site, lead(site), locked.request)
    assert error_of(locked.claim(secret=secrets.token_hex(32))) == (404, "recovery.unknown")
    assert error_of(locked.claim(request=new_id())) == (404, "recovery.unknown")
    reply = locked.claim()
    stranger = X25519PrivateKey.generate()
    with pytest.raises(SealBroken):
        unseal_bytes(
            stranger, "recovery answer", {"request": locked.request}, reply.json()["sealed"]
        )


def test_the_same_claim_is_answered_again_for_an_hour_then_wiped(site, locked):
    locked.ask()
    decide(site, lead(site), locked.request)
    first = locked.claim().json()["sealed"]
    assert locked.claim().json()["sealed"] == first
    assert error_of(locked.claim(incarnation=new_id())) == (400, "recovery.over")
    _back_date(site, locked.request, granted_at=timedelta(minutes=61))
    assert error_of(locked.claim()) == (400, "recovery.over")
    assert _held(site, locked.request).answer is None


def _held(site, request):
    with site.world.database.snapshot() as connection:
        return recoveries.held(connection, request)


def _back_date(site, request, **by):
    """Make it as if a request had come, or been granted, so much earlier."""
    held = _held(site, request)
    moved = {
        name: instant_text(parse_instant(getattr(held, name)) - span) for name, span in by.items()
    }
    with site.world.database.writing() as connection:
        recoveries.change(connection, request, **moved)


def test_a_lost_reply_that_nobody_fetched_in_time_is_asked_for_anew(site, locked):
    """Killed after the grant, for two hours: the second recovery ends what the first made."""
    who = lead(site)
    locked.ask()
    decide(site, who, locked.request)
    first = locked.answer(locked.claim())
    _back_date(site, locked.request, granted_at=timedelta(hours=2))
    locked.incarnation, locked.baton = new_id(), new_id()
    assert locked.ask().status_code == 200
    decide(site, who, locked.request)
    second = locked.answer(locked.claim())
    assert state_of(site, first["enrolment"]) == "replaced"
    assert state_of(site, second["enrolment"]) == "active"
    with site.world.database.snapshot() as connection:
        held = people.enrolment(connection, second["enrolment"])
        computer = people.same_computer(connection, first["enrolment"])
    assert held["replaces"] == first["enrolment"], "one after the other, each ends the last"
    assert computer == {locked.device.enrolment, first["enrolment"], second["enrolment"]}


def test_a_request_expires_after_seven_days_approved_or_not(site, locked):
    who = lead(site)
    locked.ask()
    decide(site, who, locked.request)
    _back_date(site, locked.request, at=timedelta(days=7, minutes=1))
    expired = locked.claim().json()
    assert (expired["state"], expired["sealed"]) == ("expired", None)
    assert _held(site, locked.request).sealed == ""
    with pytest.raises(Refused, match=r"recovery\.closed"):
        decide(site, who, locked.request)


def test_a_new_request_takes_the_place_of_an_approved_one(site, locked):
    """A thief's request cannot use the approval of the owner's, nor the other way round."""
    locked.ask()
    first = locked.request
    decide(site, lead(site), first)
    thief = Locked(site, (locked.person, locked.login))
    thief.device = locked.device
    thief.ask()
    assert locked.claim().json()["state"] == "superseded"
    assert thief.claim().json()["state"] == "waiting"


def test_nobody_approves_a_request_of_their_own_nor_one_of_another_branch(site):
    boss = site.person(PASSWORD, "branch_lead")
    own = Locked(site, boss)
    own.ask()
    with pytest.raises(Refused, match=r"recovery\.own"):
        decide(site, boss[0], own.request)
    foreign = lead(site)
    with site.world.database.writing() as connection:
        wanted = t.person.c.id == foreign
        connection.execute(sa.update(t.person).where(wanted).values(branch=new_id()))
    for who in (foreign, site.person(PASSWORD)[0]):
        with pytest.raises(Refused, match=r"recovery\.not_lead"):
            decide(site, who, own.request)
    assert own.claim().json()["state"] == "waiting"
    assert acts(site, own.request) == ["recovery.asked", *["recovery.denied"] * 3]
    decide(site, lead(site, "administrator"), own.request)
    assert own.claim().json()["state"] == "granted"


def test_a_decision_is_made_once_and_can_be_taken_back_until_the_key_is_fetched(site, locked):
    who = lead(site)
    locked.ask()
    decide(site, who, locked.request)
    with pytest.raises(Refused, match=r"recovery\.closed"):
        decide(site, who, locked.request)
    decide(site, who, locked.request, grant=False)
    assert locked.claim().json()["state"] == "refused"
    with pytest.raises(NotFound):
        decide(site, who, new_id())


@pytest.mark.parametrize(("state", "status"), [("lost", 410), ("retired", 403)])
def test_a_lost_or_retired_computer_recovers_nothing(site, locked, state, status):
    who = lead(site)
    locked.ask()
    decide(site, who, locked.request)
    assert revoking.revoke(
        site.service.exchange, site.settings.folder, locked.device.enrolment, state
    )
    assert error_of(locked.claim()) == (status, f"device.{state}")
    assert error_of(locked.ask()) == (status, f"device.{state}")
    with pytest.raises(UserError):
        decide(site, who, locked.request)
    assert acts(site, locked.device.enrolment)[-1] == "recovery.denied"


def test_declaring_a_computer_lost_ends_what_it_was_before_and_after_a_recovery(site, locked):
    locked.ask()
    decide(site, lead(site), locked.request)
    told = locked.answer(locked.claim())
    assert revoking.revoke(
        site.service.exchange, site.settings.folder, locked.device.enrolment, "lost"
    )
    assert state_of(site, told["enrolment"]) == "lost"
    assert locked.device.hello().json()["verdict"] == "destroy"


def test_a_restored_dump_does_not_revive_the_old_token(site, locked):
    locked.ask()
    decide(site, lead(site), locked.request)
    locked.claim()
    with site.world.database.writing() as connection:
        wanted = t.enrolment.c.id == locked.device.enrolment
        connection.execute(sa.update(t.enrolment).where(wanted).values(state="active"))
    assert locked.device.hello().status_code == 200
    with serving(site.settings) as (address, _):
        locked.device.site = type(site)(address, site.world, site.settings, site.service)
        assert error_of(locked.device.hello()) == (401, "token.unknown")
    listed = [r.state for r in outside.revoked(site.settings.folder)]
    assert "replaced" in listed


def test_a_computer_that_a_restored_dump_forgot_can_still_be_recovered(site, locked):
    with site.world.database.writing() as connection:
        wanted = t.enrolment.c.id == locked.device.enrolment
        connection.execute(sa.delete(t.enrolment).where(wanted))
    assert locked.ask().status_code == 200
    decide(site, lead(site), locked.request)
    assert locked.claim().json()["state"] == "granted"


def test_nothing_of_the_key_lies_in_the_store_in_clear(site, locked):
    locked.ask()
    decide(site, lead(site), locked.request)
    told = locked.answer(locked.claim())
    held = _held(site, locked.request)
    text = json.dumps([getattr(held, name) for name in held.__slots__])
    for secret in (told["keys"][0], KEY.hex(), told["token"], locked.secret):
        assert secret not in text


def test_a_request_with_a_key_that_nothing_can_be_sealed_to_is_refused(locked):
    assert error_of(locked.ask(reply_key="AAAA")) == (400, "recovery.reply_key")
