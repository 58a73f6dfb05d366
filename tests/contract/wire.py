"""One conversation of the tiny client with a real server, written down word for word.

    python -m tests.contract.wire FILE     writes it anew, when the wire has grown on purpose

All ids are made by rule, so that two runs differ only in what `VOLATILE` names.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.records import sealing
from server.exchange import accounts, recovering
from server.store import people, settings
from tests.contract.tiny_client import AT, Refusal, TinyClient
from tests.helpers.live_server import PASSWORD, LiveServer

VOLATILE = ("nonce", "time", "epoch", "token", "enrolment", "server_key", "seal_key")
VOLATILE += ("sealed", "reply_key", "claim", "secret")
NOBODY = "01900000-0000-7000-8000-0000000000ff"


def an_id(number):
    return f"01900000-0000-7000-8000-{number:012x}"


BRANCH, LIHUA, WANGMIN, ZHAOMIN = an_id(0xB), an_id(0xA1), an_id(0xA2), an_id(0xA3)


class Recorder(TinyClient):
    """Writes down each exchange; ids count up from `first`."""

    def __init__(self, url, exchanges, first):
        made = iter(range(first, first + 10_000))
        super().__init__(url, new_id=lambda: an_id(next(made)))
        self.exchanges = exchanges
        self.http.hooks["response"].append(self._heard)

    def _heard(self, answer, **_):
        sent = json.loads(answer.request.body)
        self.exchanges.append(
            {
                "path": answer.request.path_url,
                "who": self.incarnation,
                "request": without_volatile(sent),
                "status": answer.status_code,
                "reply": without_volatile(answer.json()),
            }
        )


def without_volatile(value):
    if isinstance(value, dict):
        return {
            n: "..." if isinstance(v, str) and is_volatile(n, v) else without_volatile(v)
            for n, v in value.items()
        }
    return [without_volatile(v) for v in value] if isinstance(value, list) else value


def is_volatile(name, text):
    """`request` is the id of a recovery, `code` its digits; of an error they are words."""
    return name in VOLATILE or name == "request" or (name == "code" and text.isdecimal())


def branch_with_two_people(folder, database_url=None):
    """Return a server on which `converse` may be held; ids and moments are always the same."""
    server = LiveServer(folder, database_url=database_url, branch=BRANCH)
    for login, person in (("lihua", LIHUA), ("wangmin", WANGMIN)):
        new = accounts.NewPerson(login, login.title(), "manager", BRANCH, PASSWORD, False)
        accounts.add_person(server.exchange, server.hand, new, None, person)
    return server


def converse(server):
    """Say each message at least once, right and wrong; return the exchanges."""
    exchanges = []
    one, other = Recorder(server.url, exchanges, 0x1000), Recorder(server.url, exchanges, 0x2000)
    one.say("ping")
    with_refusal(one.enrol, "lihua", "wrong-password-1")
    one.enrol("lihua", PASSWORD)
    other.enrol("lihua", PASSWORD)
    customer = one.create(
        "customer", name="欧阳𠮷祥", likes=["茶", "广场舞"], phone="+8619900000000"
    )
    visit = one.create("visit", customer, state="planned", on="2026-03-20")
    one.create("tag", customer, label="茶友")
    one.create("customer", name="欧阳𠮷祥", phone="+8619900000000")
    one.create("customer", name="坏", postcode="12")
    one.create("gift", customer, what="a kind that nobody knows", worth=[1, True])
    one.sync()
    other.sync()
    one.edit(customer, note="茶")
    other.edit(customer, note="酒", village="王家村")
    one.sync()
    other.sync()
    one.delete(visit)
    one._queue("edit", NOBODY, "customer", None, {"note": [None, "later"]})
    one.sync()
    server.move(customer, WANGMIN)
    one.edit(customer, note="水")
    one.sync()
    one.check(f"portfolio:{LIHUA}")
    with_refusal(one.say, "pull", stream=f"portfolio:{WANGMIN}", after=0)
    with_refusal(one.say, "push", operations=[{**wrong_number(one), "number": 99}])
    with_refusal(one.say, "hello")
    forget_the_passphrase(other, server)
    return exchanges


def forget_the_passphrase(client, server):
    """Ask, look, be approved, claim, claim once more; then show the token that has died."""
    lead = accounts.NewPerson("zhaomin", "Zhaomin", "branch_lead", BRANCH, PASSWORD, False)
    accounts.add_person(server.exchange, server.hand, lead, None, ZHAOMIN)
    with server.exchange.database.snapshot() as connection:
        enrolment = people.incarnation(connection, client.incarnation).enrolment
    reply_key, secret = X25519PrivateKey.generate(), bytes(range(32))
    bound = {"enrolment": enrolment, "user": LIHUA}
    seal_key = settings.public_text(server.settings.sealing_key)
    asked = {
        "login": "lihua",
        "password": PASSWORD,
        "enrolment": enrolment,
        "device": "tiny",
        "sealed": sealing.seal_bytes(seal_key, "recovery", bound, bytes(32)),
        "reply_key": settings.public_text(reply_key),
        "claim": hashlib.sha256(secret).hexdigest(),
    }
    with_refusal(client.say, "recovery", **{**asked, "sealed": "AAAA"})
    request = client.say("recovery", **asked)["request"]
    claim = {
        "request": request,
        "secret": secret.hex(),
        "incarnation": client.new_id(),
        "baton": client.new_id(),
    }
    assert client.say("recovery/claim", signed=True, **claim)["state"] == "waiting"
    with server.exchange.database.snapshot() as connection:
        zhaomin = people.person_with(connection, ZHAOMIN)
    recovering.decide(server.exchange, zhaomin, request, grant=True)
    granted = client.say("recovery/claim", signed=True, **claim)
    assert client.say("recovery/claim", signed=True, **claim)["sealed"] == granted["sealed"]
    told = sealing.unseal_bytes(
        reply_key, "recovery answer", {"request": request}, granted["sealed"]
    )
    assert json.loads(told)["user"] == LIHUA
    with_refusal(client.say, "recovery/claim", **{**claim, "secret": "00" * 32})
    with_refusal(client.sync)


def wrong_number(client):
    return {
        "id": client.new_id(),
        "group": client.new_id(),
        "author": client.user,
        "at": AT,
        "verb": "edit",
        "record": NOBODY,
        "kind": "customer",
        "root": NOBODY,
        "fields": {},
    }


def with_refusal(say, *what, **message):
    try:
        say(*what, **message)
    except Refusal:
        return
    raise AssertionError("this should have been refused")


def text_of(exchanges):
    return json.dumps(exchanges, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        branch_with_two_people(Path(folder) / "server") as running,
    ):
        Path(sys.argv[1]).write_text(text_of(converse(running)), encoding="utf-8")
