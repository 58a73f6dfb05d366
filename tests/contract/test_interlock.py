"""A hand-over and the laptops it waits for: what the server knows of them is what they said."""

from __future__ import annotations

from contextlib import suppress

from crm.domain.errors import ServerUnreachable
from server.exchange import accounts, interlock
from tests.contract.test_guarantees import below, family, hand_over, of_family
from tests.helpers.bad_middle import Middle


class CutAtPush(Middle):
    """Lets a hello through and nothing after it, while `cut` is set."""

    cut = False

    def ask(self, handler, body):
        if self.cut and handler.path == "/v1/push":
            handler.hang_up()
            raise ConnectionAbortedError
        return super().ask(handler, body)


def waited_for(server, manager, days=7):
    since = interlock.days_ago(server.exchange, days)
    found = interlock.unsynced(server.exchange, [accounts.portfolio(manager)], since)
    return [(device.login, device.why, device.unsent) for device in found]


def test_a_laptop_is_waited_for_from_the_hello_that_owns_up_to_the_one_that_is_empty(
    new_server, new_laptop
):
    server = new_server()
    giver, taker = server.person("giver"), server.person("taker")
    deputy = server.person("deputy", deputy_of="giver")
    with CutAtPush(server.url) as line:
        server.url = line.url
        mine, deputys, theirs = (new_laptop(server, p) for p in (giver, deputy, taker))
        assert len(waited_for(server, giver)) == 2  # enrolled, and never heard of since
        who = mine.create("customer", name="王芳")
        for laptop in (mine, deputys, theirs):
            laptop.sync()
        assert waited_for(server, giver) == []
        assert [
            login for login, why, _ in waited_for(server, giver, days=0) if why == "silent"
        ] == [
            *("deputy", "giver"),
        ]

        deputys.edit(who, note="代管时写的")
        line.cut = True
        with suppress(ServerUnreachable):
            deputys.sync()
        assert waited_for(server, giver) == [("deputy", "unsent", 1)]
        line.cut = False
        deputys.sync()
        assert waited_for(server, giver) == []

        mine.edit(who, village="东村")  # nobody knows of this one
        hand_over(server, giver, taker, who)
        theirs.sync()
        assert mine.sync().diverted == 1
        assert theirs.sync().verified
    assert of_family(mine, who) == {}
    assert of_family(theirs, who) == family(server, who)
    assert theirs.fields(who) == {"name": "王芳", "note": "代管时写的"}
    (item,) = below(server, who, "inbox_item")
    assert (item["author"], item["changes"]) == (giver, '{"village":[null,"东村"]}')
