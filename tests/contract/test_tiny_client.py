"""The tiny client and real laptops keep one server's records alike."""

from __future__ import annotations

import random

import pytest

from tests.contract.tiny_client import Refusal, TinyClient
from tests.helpers.live_server import PASSWORD
from tests.helpers.sample_kinds import SAMPLED, SAMPLED_STEPS
from tests.helpers.stores import database_url  # noqa: F401 - a fixture


@pytest.fixture
def server(new_server):
    return new_server(SAMPLED)


def tiny(server, login="lihua"):
    client = TinyClient(server.url)
    client.enrol(login, PASSWORD)
    return client


def settled(*pairs):
    """Let everybody sync until nothing is new; two rounds bring everything everywhere."""
    for _ in range(3):
        last = [sync() for sync in pairs]
    assert all(last)


def alike(client, laptop):
    mine = {i: (row[1], row[2], row[5]) for i, row in client.records.items()}
    theirs = {i: (kind, version, fields) for i, (kind, _, version, fields) in laptop.held().items()}
    assert mine == theirs


def test_a_client_written_from_the_page_alone_syncs_with_a_real_laptop(server, new_laptop):
    user = server.person("lihua")
    client, laptop = tiny(server), new_laptop(server, user, SAMPLED, SAMPLED_STEPS)
    customer = client.create("customer", name="欧阳𠮷祥", likes=["茶", "广场舞"])
    visit = client.create("visit", customer, state="planned", on="2026-03-20")
    client.create("sample", customer, verb="append", said="只下午在家")
    client.create("sample_part", visit, name="第一部分", marks=["甲"])
    assert client.sync()
    laptop.sync()
    laptop.edit(customer, village="王家村", note="茶")
    client.edit(customer, note="酒", honorific="老师")
    laptop.sync()

    assert client.sync()
    assert client.outcomes[next(reversed(client.outcomes))]["outcome"] == "conflict"
    laptop.sync()
    alike(client, laptop)
    held = client.view(customer)[5]
    assert (held["note"], held["honorific"], held["village"]) == ("茶", "老师", "王家村")
    assert [row[5]["mine"] for row in client.records.values() if row[1] == "conflict"] == ['"酒"']
    assert all(client.check(stream) == [] for stream in client.cursors)


@pytest.mark.parametrize("seed", [3, pytest.param(1911, marks=pytest.mark.slow)])
def test_random_days_of_the_tiny_client_and_a_laptop_end_alike(server, new_laptop, seed):
    dice = random.Random(seed)
    user = server.person("lihua")
    client, laptop = tiny(server), new_laptop(server, user, SAMPLED, SAMPLED_STEPS)
    for _ in range(60):
        one_step(dice, client, laptop)
    settled(client.sync, lambda: laptop.sync().verified)
    alike(client, laptop)
    assert not client.outbox
    assert {r["outcome"] for r in client.outcomes.values()} <= {"applied", "nothing", "conflict"}


def one_step(dice, client, laptop):
    here = [i for i, row in client.records.items() if row[1] == "customer" and client.view(i)]
    there = [i for i, held in laptop.held().items() if held[0] == "customer"]
    match dice.randrange(7):
        case 0:
            client.create("customer", name=f"甲{dice.randrange(99)}")
        case 1 if there:
            laptop.create("sample", dice.choice(there), said="话")
        case 2 if here:
            client.edit(dice.choice(here), note=dice.choice("甲乙丙"))
        case 3 if there:
            laptop.edit(dice.choice(there), note=dice.choice("甲乙丙"))
        case 4 if here and dice.random() < 0.3:
            client.delete(dice.choice(here))
        case 5:
            client.sync()
        case _:
            laptop.sync()


def test_the_tiny_client_hears_what_is_wrong_by_its_code(server):
    server.person("lihua")
    client = tiny(server)
    with pytest.raises(Refusal) as refused:
        client.say("pull", stream="portfolio:" + "0" * 8 + "-0000-7000-8000-" + "0" * 12, after=0)
    assert refused.value.args == (403, "stream.not_granted")
    client.token = "somebody-else"
    with pytest.raises(Refusal) as refused:
        client.hello()
    assert refused.value.args == (401, "token.unknown")
