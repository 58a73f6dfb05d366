"""A new field and a new kind cost ten lines each, and no sync code."""

from __future__ import annotations

from crm.domain import kinds
from crm.domain.kind import Record, kind, text, whole
from crm.domain.kinds import SCHEMA
from desktop.storage.migrations import MIGRATIONS, adopt_field, adopt_kind


@kind("tag", label="Tag", stream="portfolio", parents=("customer",), rank=20)
class TagWithColour(kinds.Tag):
    colour: str | None = text("Colour", 20)


@kind("gift", label="Gift", stream="portfolio", parents=("customer",), rank=20)
class Gift(Record):
    what: str | None = text("What", 60, required=True)
    worth_minor: int | None = whole("Worth")


NEWER = SCHEMA.with_kinds(TagWithColour, Gift)
STEPS = (*MIGRATIONS, adopt_field("tag", "colour"), adopt_kind("gift"))


def test_a_new_field_and_a_new_kind_travel_without_sync_code(new_server, new_laptop):
    server = new_server(NEWER)
    user = server.person("lihua")
    one, other = (new_laptop(server, user, NEWER, STEPS) for _ in range(2))
    customer = one.create("customer", name="王芳")
    tag = one.create("tag", customer, label="茶", colour="绿")
    gift = one.create("gift", customer, what="茶杯", worth_minor=3000)
    one.sync()
    assert other.sync().verified
    other.edit(gift, worth_minor=3500)
    other.edit(tag, colour="红")
    other.sync()

    assert one.sync().verified
    assert one.fields(tag) == {"label": "茶", "colour": "红"}
    assert one.fields(gift) == {"what": "茶杯", "worth_minor": 3500}


def test_an_older_laptop_keeps_what_it_does_not_know_and_returns_it_untouched(
    new_server, new_laptop
):
    server = new_server(NEWER)
    user = server.person("lihua")
    newer, older = new_laptop(server, user, NEWER, STEPS), new_laptop(server, user)
    customer = newer.create("customer", name="王芳")
    tag = newer.create("tag", customer, label="茶", colour="绿")
    gift = newer.create("gift", customer, what="茶杯")
    newer.sync()

    assert older.sync().verified
    older.edit(tag, label="绿茶")
    older.sync()
    assert newer.sync().verified
    assert newer.fields(tag) == {"label": "绿茶", "colour": "绿"}
    older.reopen(NEWER, STEPS)
    assert older.fields(gift) == {"what": "茶杯"}
    assert older.fields(tag)["colour"] == "绿"
    assert older.verify(full=True).outcome == "equal"
