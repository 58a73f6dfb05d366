"""Enrolment and passwords over HTTP, and how guessing is slowed."""

from __future__ import annotations

import threading
from datetime import timedelta
from time import perf_counter

import argon2
import pytest
import sqlalchemy as sa

from crm.domain.errors import UserError
from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.exchange import accounts
from server.exchange.accounts import NewPerson
from server.exchange.throttle import BACK_S, OF_ADDRESS, TRIES, Throttle, place
from server.store import people
from server.store import tables as t
from server.store.settings import public_text
from tests.helpers.clocks import FakeClock
from tests.helpers.http_server import error_of
from tests.helpers.server import portfolio

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "four relay horses"
OWN = "five relay horses"


@pytest.fixture
def cheap_passwords(monkeypatch):
    """Real hashes at the least cost, where a test is about what stands beside them."""
    monkeypatch.setattr(accounts, "_hasher", CHEAP)


def enrol(site, login, password, **more):
    message = {
        "login": login,
        "password": password,
        "device": "test",
        "incarnation": new_id(),
        "baton": new_id(),
        **more,
    }
    return site.say("/v1/enrol", message)


def test_enrol_gives_a_token_and_the_key_to_pin(site):
    person, login = site.person(PASSWORD)
    incarnation, baton = new_id(), new_id()
    told = enrol(site, login, PASSWORD, incarnation=incarnation, baton=baton).json()
    assert told["server_key"] == public_text(site.settings.signing_key)
    assert (told["user"], told["role"], told["branch"]) == (person, "manager", site.world.branch)
    assert (told["practice"], told["done"], told["name"]) == (True, 0, "Made Up")
    hello = site.say(
        "/v1/hello",
        {
            "incarnation": incarnation,
            "baton": baton,
            "next_baton": new_id(),
            "acked": 0,
            "unsent": 0,
        },
        told["token"],
    )
    assert hello.json()["verdict"] == "go"
    assert portfolio(person) in hello.json()["streams"]
    assert told["token"] not in str(devices(site, told["enrolment"]))


def devices(site, enrolment):
    with site.world.database.snapshot() as connection:
        return [d for d in people.devices(connection) if d.enrolment == enrolment]


@pytest.mark.usefixtures("cheap_passwords")
def test_the_first_password_must_be_changed(site):
    login = "first"
    new = NewPerson(login, "Made Up", "manager", None, PASSWORD)
    accounts.add_person(site.world.exchange, site.world.hand(), new, None)
    assert error_of(enrol(site, login, PASSWORD)) == (403, "password.change_required")
    short = enrol(site, login, PASSWORD, new_password="abc123")
    assert error_of(short) == (400, "password.short")
    assert error_of(enrol(site, login, PASSWORD, new_password="aaaaaaaaaa")) == error_of(short)
    same = enrol(site, login, PASSWORD, new_password=PASSWORD)
    assert error_of(same) == (400, "password.same")
    assert enrol(site, login, PASSWORD, new_password=OWN).status_code == 200
    assert error_of(enrol(site, login, PASSWORD)) == (401, "login.wrong")
    assert enrol(site, login, OWN).status_code == 200


@pytest.mark.usefixtures("cheap_passwords")
def test_an_incarnation_is_enrolled_once(site):
    _, login = site.person(PASSWORD)
    taken = new_id()
    assert enrol(site, login, PASSWORD, incarnation=taken).status_code == 200
    again = enrol(site, login, PASSWORD, incarnation=taken, new_password=OWN)
    assert error_of(again) == (400, "enrol.incarnation")
    assert enrol(site, login, PASSWORD).status_code == 200  # a refusal changes no password


def test_a_password_is_changed_by_who_knows_it(site):
    _, login = site.person(PASSWORD)
    change = {"login": login, "password": PASSWORD, "new_password": OWN}
    assert site.say("/v1/password", change).status_code == 200
    assert error_of(site.say("/v1/password", change)) == (401, "login.wrong")
    assert enrol(site, login, OWN).status_code == 200


def test_another_version_does_not_enrol(site):
    _, login = site.person(PASSWORD)
    old = enrol(site, login, PASSWORD, schema=SCHEMA.version + 3)
    assert error_of(old) == (426, "schema.upgrade")
    assert error_of(enrol(site, login, PASSWORD, protocol=9)) == (426, "protocol.upgrade")


# -- guessing --------------------------------------------------------------------


def test_a_wrong_password_an_unknown_login_and_somebody_who_left_look_alike(site):
    _, login = site.person(PASSWORD)
    gone, left = site.person(PASSWORD)
    with site.world.database.writing() as connection:
        connection.execute(sa.update(t.person).where(t.person.c.id == gone).values(active=False))
    replies = [
        enrol(site, login, "a wrong password"),
        enrol(site, "nobody-of-that-name", PASSWORD),
        enrol(site, left, PASSWORD),
    ]
    assert {error_of(reply) for reply in replies} == {(401, "login.wrong")}
    assert {str(reply.json()["error"]["facts"]) for reply in replies} == {"{}"}


def test_an_unknown_login_takes_the_time_of_a_wrong_password(site, judge):
    """Else a list of logins could be told from their time."""
    new = NewPerson("timed", "Made Up", "manager", None, PASSWORD)
    accounts.add_person(site.world.exchange, site.world.hand(), new, None)
    person = accounts.find(site.world.exchange, "timed")
    real = argon2.extract_parameters(person.password)
    assert argon2.extract_parameters(accounts.nobody()) == real
    assert real.memory_cost >= 19_456  # KiB: what is recommended at least

    def fastest(login):
        took = []
        for _ in range(3):
            began = perf_counter()
            assert error_of(enrol(site, login, "a wrong password")) == (401, "login.wrong")
            took.append(perf_counter() - began)
        return min(took)

    # That somebody took the processor makes a call longer, never shorter.
    judge.within(3 * fastest("timed-but-unknown"), fastest("timed"), "a login that is known")


def test_guessing_is_slowed_for_that_login_alone(site):
    _, login = site.person(PASSWORD)
    _, other = site.person(PASSWORD)
    wrong = [error_of(enrol(site, login, "a wrong password")) for _ in range(TRIES)]
    assert wrong == [(401, "login.wrong")] * TRIES
    slowed = enrol(site, login, PASSWORD)
    assert error_of(slowed) == (429, "server.busy")
    assert slowed.headers["Retry-After"] == "30"
    change = {"login": login, "password": PASSWORD, "new_password": OWN}
    assert error_of(site.say("/v1/password", change)) == (429, "server.busy")
    assert enrol(site, other, PASSWORD).status_code == 200


def test_a_pause_ends_and_the_right_password_ends_it_for_good():
    clock = FakeClock()
    throttle = Throttle(clock.monotonic)
    for _ in range(TRIES):  # counted before anybody looks: guesses that come together count too
        throttle.take("somebody")
    with pytest.raises(UserError, match=r"server\.busy"):
        throttle.take("somebody")
    clock.pass_time(timedelta(seconds=31))
    throttle.take("somebody")  # one more guess, one more pause
    with pytest.raises(UserError, match=r"server\.busy"):
        throttle.take("somebody")
    throttle.forgive("somebody")
    throttle.take("somebody")


def test_guesses_at_a_thousand_logins_do_not_fill_the_memory_nor_free_the_first():
    throttle = Throttle()
    for n in range(9_000):
        throttle.take(f"login {n}")
    for _ in range(TRIES):
        throttle.take("somebody")
    for n in range(9_000, 18_000):
        throttle.take(f"login {n}")
    assert len(throttle._failed) <= 10_001
    with pytest.raises(UserError, match=r"server\.busy"):
        throttle.take("somebody")


def test_an_address_that_guesses_at_many_logins_waits_and_others_do_not():
    clock = FakeClock()
    throttle = Throttle(clock.monotonic)
    for n in range(OF_ADDRESS):
        throttle.take(f"login {n}", "192.0.2.1")
    with pytest.raises(UserError, match=r"server\.busy"):
        throttle.take("one more", "192.0.2.1")
    throttle.take("one more", "192.0.2.2")
    clock.pass_time(timedelta(seconds=BACK_S))
    throttle.take("another", "192.0.2.1")
    with pytest.raises(UserError, match=r"server\.busy"):
        throttle.take("yet another", "192.0.2.1")


def test_a_branch_behind_one_address_logs_in_as_often_as_it_likes():
    throttle = Throttle(FakeClock().monotonic)
    for n in range(3 * OF_ADDRESS):
        throttle.take(f"login {n}", "192.0.2.1")
        throttle.forgive(f"login {n}", "192.0.2.1")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # one line has all of these
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (place(one) == place(other)) is same


def test_who_finds_too_many_waiting_for_a_hash_is_sent_away_at_once(site, monkeypatch):
    """A flood of guesses takes neither all memory nor every worker: others still sync."""
    monkeypatch.setattr(accounts, "_queue", threading.BoundedSemaphore(1))
    _, login = site.person(PASSWORD)
    with accounts._queue:
        assert error_of(enrol(site, login, PASSWORD)) == (429, "server.busy")
    assert enrol(site, login, PASSWORD).status_code == 200


def test_a_login_with_characters_that_no_store_takes_is_not_understood(site):
    assert error_of(enrol(site, "a\x00b", PASSWORD)) == (400, "request.form")
    _, login = site.person(PASSWORD)
    assert error_of(enrol(site, login, PASSWORD, device="a\x00b")) == (400, "request.form")
    assert error_of(enrol(site, login, "a\x00b")) == (401, "login.wrong")
