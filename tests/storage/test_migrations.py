"""Tables follow from kinds, and an older replica becomes what a new one is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from crm.domain.kind import Record, kind, text, whole, words
from crm.domain.kinds import SCHEMA, Customer
from desktop.services.ports import Granted, Page
from desktop.storage.migrations import MIGRATIONS, adopt_field, adopt_kind
from desktop.storage.tables import Tables
from tests.helpers.fakes import Laptop

HOME = "portfolio:manager"


@kind("customer", label="Customer", stream="portfolio", rank=10)
class NewCustomer(Customer):
    nickname: str | None = text("Nickname", 40)
    visits_wanted: int | None = whole("Visits wanted")
    pets: list[str] | None = words("Pets", 20)


@kind("gift", label="Gift", stream="portfolio", parents=("customer",), rank=25)
class Gift(Record):
    what: str | None = text("What", 80, required=True)
    cost_minor: int | None = whole("Cost")


NEWER = SCHEMA.with_kinds(NewCustomer, Gift)
STEPS = (
    *MIGRATIONS,
    adopt_field("customer", "nickname"),
    adopt_field("customer", "visits_wanted"),
    adopt_field("customer", "pets"),
    adopt_kind("gift"),
)


def shape(connection, names):
    """{table: {column: (type, not null, key)}} as the database has it."""
    return {
        name: {
            row[1]: (row[2], row[3], row[5])
            for row in connection.exec_driver_sql(f'PRAGMA table_info("{name}")')
        }
        for name in names
    }


@pytest.mark.parametrize(("schema", "steps"), [(SCHEMA, MIGRATIONS), (NEWER, STEPS)])
def test_migrated_tables_are_what_the_kinds_say(tmp_path, schema, steps):
    laptop = Laptop(tmp_path, schema=schema, migrations=steps)
    derived = sa.create_engine("sqlite://")
    tables = Tables(schema)
    tables.metadata.create_all(derived)
    names = sorted(tables.metadata.tables)
    with derived.connect() as connection:
        wanted = shape(connection, names)
    derived.dispose()
    with laptop.replica.transaction() as tx:
        found = shape(tx._connection, names)
    laptop.replica.close()
    assert found == wanted


def a_page(*entries):
    return Page(
        stream=HOME,
        after=None,
        scan="",
        entries=entries,
        next="end",
        more=False,
        head=7,
        live=len(entries),
        digest=0,
    )


def load(laptop, *entries):
    with laptop.replica.transaction() as tx:
        tx.grant({HOME: Granted(head=7, live=0, digest=0, floor=0, write=True)})
        tx.start_scan(HOME)
        tx.apply(a_page(*entries))


CUSTOMER = "01900000-0000-7000-8000-000000000001"
GIFT = "01900000-0000-7000-8000-000000000002"
FIELDS = {
    "name": "Nobody",
    "nickname": "小无",
    "visits_wanted": 3,
    "pets": ["猫", "狗"],
    "new": [1],
}


def test_what_an_older_program_kept_unread_comes_home(tmp_path):
    laptop = Laptop(tmp_path)
    load(
        laptop,
        [0, CUSTOMER, "customer", 4, None, CUSTOMER, FIELDS, "nobody|n"],
        [0, GIFT, "gift", 2, CUSTOMER, CUSTOMER, {"what": "tea", "cost_minor": 800}, None],
    )
    digest = laptop.rows("SELECT digest FROM cursor")
    assert laptop.rows("SELECT kind FROM raw_record") == [("gift",)]
    assert laptop.fields(CUSTOMER) == FIELDS

    laptop.reopen(NEWER, STEPS)

    assert laptop.rows("SELECT nickname, visits_wanted, pets FROM customer") == [
        ("小无", 3, '["猫","狗"]')
    ]
    assert laptop.rows("SELECT extra FROM customer") == [('{"new":[1]}',)]
    assert laptop.fields(CUSTOMER) == FIELDS
    assert laptop.rows("SELECT what, cost_minor, version FROM gift") == [("tea", 800, 2)]
    assert laptop.rows("SELECT count(*) FROM raw_record") == [(0,)]
    with laptop.replica.transaction() as tx:
        assert tx.rehash(_quiet()).count == 0
    assert laptop.rows("SELECT digest FROM cursor") == digest
    laptop.replica.close()


def _quiet():
    from desktop.services.progress import Progress

    return Progress()


def test_a_field_that_leaves_nothing_unread_leaves_no_empty_extra(tmp_path):
    laptop = Laptop(tmp_path)
    fields = {"name": "Nobody", "nickname": "Zero"}
    load(laptop, [0, CUSTOMER, "customer", 1, None, CUSTOMER, fields, None])
    laptop.reopen(NEWER, STEPS)
    assert laptop.rows("SELECT extra, nickname FROM customer") == [(None, "Zero")]
    laptop.replica.close()
