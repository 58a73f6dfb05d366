"""One conversation of the tiny client with a real server, written down word for word.

    python -m tests.contract.wire FILE     writes it anew, when the wire has grown on purpose

All ids are made by rule, so that two runs differ only in what `VOLATILE` names.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from server.exchange import accounts
from tests.contract.tiny_client import AT, Refusal, TinyClient
from tests.helpers.live_server import PASSWORD, LiveServer

VOLATILE = ("nonce", "time", "epoch", "token", "enrolment", "server_key", "seal_key")
NOBODY = "01900000-0000-7000-8000-0000000000ff"


def an_id(number):
    return f"01900000-0000-7000-8000-{number:012x}"


BRANCH, LIHUA, WANGMIN = an_id(0xB), an_id(0xA1), an_id(0xA2)


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
            n: "..." if n in VOLATILE and isinstance(v, str) else without_volatile(v)
            for n, v in value.items()
        }
    return [without_volatile(v) for v in value] if isinstance(value, list) else value


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
    return exchanges


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
