"""Customers who leave a laptop: their edits reach the new owner, and no byte of them stays."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace

import orjson
import pytest

from desktop.services.drafts import VISIT_FORM, save_draft
from desktop.services.progress import Progress
from desktop.storage.engine import reading
from server.exchange import accounts
from server.store import people, tables
from tests.helpers.fakes import a_key
from tests.helpers.replica_bytes import found_in, fragments, images

NAME, VILLAGE, PHONE = "麴夔龘", "鱻鱺礐村", "+8615400987654"
TEXTS = {
    "note": "鬯爨的旧账",
    "note_later": "龠䶮更正",
    "visit": "谈了䴙䴘存单",
    "visit_offline": "明日送氍毹去",
    "their_note": "网点写的鞑靼",
    "draft": "写到一半的谶纬",
    "draft_given_up": "不要了的耄耋",
    "contact": "鼐鼒巷九号",
    "tag": "爱喝醽醁",
    "old_address": "迁居前的甪直",
}


ONE_STORE = pytest.mark.parametrize("database_url", [None], ids=["sqlite"])
BETWEEN = bytes(8)  # what lies on two pages is not one text


def words():
    """Every text of the customer who leaves, whole and in the pieces that the search keeps."""
    whole = {NAME, VILLAGE, PHONE, PHONE[3:], PHONE[-6:], *TEXTS.values()}
    pieces = {piece for text in (NAME, VILLAGE, *TEXTS.values()) for piece in fragments(text)}
    return whole | pieces


def neighbours(laptop, count=260):
    """Others who stay, some of them changed later, so that rows move between pages."""
    dice = random.Random(7)
    with laptop.replica.unit_of_work() as uow:
        made = [
            uow.create("customer", {"name": f"邻居{n}", "note": "平" * dice.randrange(1, 90)})
            for n in range(count)
        ]
        uow.commit()
    return made


def a_customer_with_everything(laptop, server):
    """Return the id of a customer of whom there is something in every corner of the replica."""
    who = laptop.create("customer", name=NAME, village=VILLAGE, phone=PHONE, note=TEXTS["note"])
    laptop.edit(who, address=TEXTS["old_address"])
    laptop.create("contact_point", who, type="address", value=TEXTS["contact"])
    laptop.create("tag", who, label=TEXTS["tag"])
    visit = laptop.create("visit", who, state="completed", on="2026-03-18")
    laptop.sync()
    laptop.edit(visit, summary=TEXTS["visit"])
    laptop.edit(who, note=TEXTS["note_later"], address="石湾")
    server.hand.edit(who, {"note": TEXTS["their_note"]})  # a conflict, and a received change
    assert laptop.sync().conflicts == 1
    uow = laptop.replica.unit_of_work
    save_draft(uow, VISIT_FORM, who, {"summary": TEXTS["draft_given_up"]})
    save_draft(uow, VISIT_FORM, who, {"summary": TEXTS["draft"]})
    with uow() as open_uow:
        open_uow.note_viewed(who)
        open_uow.commit()
    return who


def everything_on_disk(laptop):
    """Every page, free ones too, every frame of the log, every other file: {place: bytes}."""
    pages = images(laptop.folder / "replica.db", a_key())
    found = {
        place: BETWEEN.join(image.content for image in pages if image.place == place)
        for place in ("file", "log")
    }
    others = (path for path in laptop.folder.rglob("*") if path.is_file())
    found |= {str(path): path.read_bytes() for path in others}
    return found


def searched_terms(laptop):
    """The terms of the search index, as it keeps them."""
    with reading(laptop.replica._engine) as connection:
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab(main, search, row)"
        )
        return set(connection.exec_driver_sql("SELECT term FROM temp.terms").scalars())


def sealed(laptop):
    return {row[0]: row[1] for row in laptop.rows("SELECT id, sealed FROM op")}


def test_moved_customer_leaves_no_byte(new_server, new_laptop, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("SQLITE_TMPDIR", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    server = new_server()
    lihua, wangqiang = server.person("lihua"), server.person("wangqiang")
    laptop, colleague = new_laptop(server, lihua), new_laptop(server, wangqiang)
    staying = neighbours(laptop)
    who = a_customer_with_everything(laptop, server)
    with laptop.replica.unit_of_work() as uow:
        for number, record in enumerate(staying[::3]):
            uow.edit(record, {"note": "长" * (300 + number)})
        uow.commit()
    laptop.create("visit", who, state="completed", on="2026-03-19", summary=TEXTS["visit_offline"])
    laptop.edit(who, email="a@example.org")

    found = found_in(everything_on_disk(laptop), words())
    kept = {text for name, text in TEXTS.items() if name != "draft_given_up"}
    assert found.keys() >= {NAME, VILLAGE, PHONE, *kept}  # the search finds what is there
    assert "log" in found.values()
    assert {term for term in searched_terms(laptop) for letter in NAME if letter in term}

    server.move(who, wangqiang)
    report = laptop.sync()
    assert (report.diverted, report.purged, report.verified) == (2, 1, True)
    assert found_in(everything_on_disk(laptop), words()) == {}
    assert list(scratch.rglob("*")) == []
    assert not {term for term in searched_terms(laptop) for letter in NAME if letter in term}
    assert all(sealed(laptop)[line.id] for line in laptop.outbox() if line.record == who)
    assert laptop.rows("SELECT value FROM self WHERE name = 'viewed'") == [("[]",)]
    assert len([1 for kind, *_ in laptop.held().values() if kind == "customer"]) == len(staying)
    assert laptop.verify(full=True).outcome == "equal"

    colleague.sync()
    with colleague.replica.reader() as reader:
        told = "".join(item.fields["changes"] for item in reader.with_values("inbox_item"))
    assert TEXTS["visit_offline"] in told
    assert "a@example.org" in told


@ONE_STORE
def test_what_was_saved_while_its_customer_left_is_sealed_and_still_arrives(new_server, new_laptop):
    server = new_server()
    lihua, wangqiang = server.person("lihua"), server.person("wangqiang")
    laptop, colleague = new_laptop(server, lihua), new_laptop(server, wangqiang)
    who = laptop.create("customer", name=NAME)
    laptop.sync()

    def typing_on(stage):
        if stage == "receive":  # everything is sent; the customer has left, and nobody knows
            laptop.edit(who, note=TEXTS["note"])
            laptop.create("visit", who, state="planned", on="2026-03-18", summary=TEXTS["visit"])

    server.move(who, wangqiang)
    assert laptop.sync(Progress(stage=typing_on)).purged == 1
    assert laptop.states()[-2:] == ["queued", "queued"]
    assert found_in(everything_on_disk(laptop), words()) == {}
    assert laptop.held().keys().isdisjoint({who})
    assert laptop.sync().diverted == 2
    colleague.sync()
    with colleague.replica.reader() as reader:
        told = "".join(item.fields["changes"] for item in reader.with_values("inbox_item"))
    assert TEXTS["note"] in told
    assert TEXTS["visit"] in told


def test_a_stream_that_is_granted_no_longer_leaves_no_byte(new_server, new_laptop):
    server = new_server()
    lihua = server.person("lihua")
    deputy = server.person("deputy", deputy_of="lihua")
    laptop, own = new_laptop(server, deputy), new_laptop(server, lihua)
    who = own.create("customer", name=NAME, phone=PHONE, village=VILLAGE)
    own.sync()
    laptop.sync()
    mine = laptop.create("customer", name="自己的客户")
    laptop.edit(who, note=TEXTS["note"])
    laptop.sync()
    with server.exchange.database.writing() as connection:
        people.close_grant(connection, deputy, f"portfolio:{lihua}", server.exchange.now())
    laptop.edit(who, note=TEXTS["note_later"])  # in vain, and nobody here knows yet
    laptop.create("customer", home=f"portfolio:{lihua}", name=TEXTS["tag"])
    report = laptop.sync()
    assert (report.diverted, report.purged) == (2, 2)
    assert found_in(everything_on_disk(laptop), words()) == {}
    assert laptop.fields(mine) == {"name": "自己的客户"}


def test_the_server_keeps_what_was_stated_and_the_laptop_what_was_signed(new_server, new_laptop):
    server = new_server()
    lihua, other = server.person("lihua"), server.person("other")
    laptop = new_laptop(server, lihua)
    roots = [laptop.create("customer", name=f"客户{n}") for n in range(3)]
    laptop.sync()
    for root in roots[:2]:
        server.move(root, other)
    assert laptop.sync().purged == 2
    incarnation = laptop.replica.identity().incarnation
    with server.exchange.database.snapshot() as connection:
        stated = people.purges_of(connection, incarnation)
    assert {row["root"] for row in stated} == set(roots[:2])
    ((told, body, signature),) = laptop.rows("SELECT roots, body, signature FROM purge_answer")
    assert set(orjson.loads(told)) == set(roots[:2])
    assert set(orjson.loads(body)["purged"]) == set(roots[:2])
    assert signature
    assert laptop.rows("SELECT * FROM departure") == []
    assert laptop.sync().purged == 0


@ONE_STORE
def test_a_customer_who_moves_between_two_streams_of_one_laptop_stays_whole(new_server, new_laptop):
    server = new_server()
    lihua = server.person("lihua")
    deputy = server.person("deputy", deputy_of="lihua")
    laptop = new_laptop(server, deputy)
    who = laptop.create("customer", name=NAME)
    laptop.sync()
    save_draft(laptop.replica.unit_of_work, VISIT_FORM, who, {"summary": TEXTS["draft"]})
    laptop.edit(who, note=TEXTS["note"])
    for target in (lihua, deputy, lihua):
        server.move(who, target)
        report = laptop.sync()
        assert (report.purged, report.verified) == (0, True)
    assert laptop.fields(who) == {"name": NAME, "note": TEXTS["note"]}
    with laptop.replica.reader() as reader:
        assert reader.draft(VISIT_FORM, who).values == {"summary": TEXTS["draft"]}
    assert laptop.rows("SELECT * FROM departure") == []


@ONE_STORE
@pytest.mark.parametrize("regrant", [False, True], ids=["gone", "back"])
def test_a_customer_who_left_and_came_back_is_whole_again(new_server, new_laptop, regrant):
    server = new_server()
    lihua, other = server.person("lihua"), server.person("other")
    laptop = new_laptop(server, lihua)
    who = laptop.create("customer", name=NAME)
    visit = laptop.create("visit", who, state="planned", on="2026-03-18", summary=TEXTS["visit"])
    laptop.sync()
    server.move(who, other)
    laptop.sync()
    if regrant:
        server.move(who, lihua)
        assert laptop.sync().verified
        assert laptop.fields(visit)["summary"] == TEXTS["visit"]
        laptop.edit(who, village="石湾")
        assert laptop.sync().applied == 1
    assert (who in laptop.held()) is regrant
    assert laptop.verify(full=True).outcome == "equal"


@ONE_STORE
def test_a_merge_takes_the_loser_alone(new_server, new_laptop):
    server = new_server()
    lihua = server.person("lihua")
    laptop = new_laptop(server, lihua)
    loser, survivor = (laptop.create("customer", name=name) for name in (NAME, "王芳"))
    visit = laptop.create("visit", loser, state="planned", on="2026-03-18")
    laptop.sync()

    def typing_on(stage):
        if stage == "receive":
            laptop.edit(visit, summary=TEXTS["visit"])

    operation = server.hand.operation("merge", "customer", loser, {})
    (result,) = server.hand.push([replace(operation, into=survivor)])
    assert result.outcome == "applied"
    assert laptop.sync(Progress(stage=typing_on)).purged == 1
    assert laptop.fields(visit)["summary"] == TEXTS["visit"]  # it hangs under one who is here
    assert laptop.get(visit).root == survivor
    assert laptop.sync().applied == 1


def rows_of(database):
    """Everything that the server has, as a dump would hold it."""
    with database.snapshot() as connection:
        return {
            table: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in tables.metadata.sorted_tables
        }


def put_back(database, rows):
    with database.writing() as connection:
        for table, held in rows.items():
            connection.execute(table.delete())
            if held:
                connection.execute(table.insert(), held)


@ONE_STORE
def test_sealed_edits_go_again_after_a_restore_and_are_opened_and_judged(new_server, new_laptop):
    """The dump is of a time when the customer was still here, and the edits were not."""
    server = new_server()
    lihua, wangqiang = server.person("lihua"), server.person("wangqiang")
    laptop = new_laptop(server, lihua)
    who = laptop.create("customer", name=NAME)
    laptop.sync()
    dump = rows_of(server.exchange.database)
    laptop.edit(who, note=TEXTS["note"])
    laptop.create("visit", who, state="planned", on="2026-03-18", summary=TEXTS["visit"])
    assert laptop.sync().applied == 2
    server.move(who, wangqiang)
    assert laptop.sync().purged == 1
    assert found_in(everything_on_disk(laptop), words()) == {}

    put_back(server.exchange.database, dump)
    report = laptop.sync()
    assert (report.forks, report.resent, report.verified) == (1, 3, True)
    assert (report.diverted, report.refused, report.conflicts, report.quarantined) == (0, 0, 0, 0)
    assert laptop.fields(who) == {"name": NAME, "note": TEXTS["note"]}
    with laptop.replica.reader() as reader:
        (visit,) = reader.children(who, "visit")
    assert visit.fields["summary"] == TEXTS["visit"]
    server.move(who, wangqiang)
    assert laptop.sync().purged == 1
    assert found_in(everything_on_disk(laptop), words()) == {}


@ONE_STORE
def test_a_fork_does_not_open_what_is_sealed(new_server, new_laptop):
    server = new_server()
    lihua, wangqiang = server.person("lihua"), server.person("wangqiang")
    laptop, colleague = new_laptop(server, lihua), new_laptop(server, wangqiang)
    who = laptop.create("customer", name=NAME)
    laptop.sync()
    laptop.edit(who, note=TEXTS["note"])
    server.move(who, wangqiang)
    assert laptop.sync().diverted == 1
    with laptop.replica.transaction() as tx:
        tx.fork()
    report = laptop.sync()  # known operations get their receipts: nothing acts twice
    assert (report.diverted, report.verified) == (1, True)
    assert found_in(everything_on_disk(laptop), words()) == {}
    assert laptop.held().keys().isdisjoint({who})
    colleague.sync()
    with colleague.replica.reader() as reader:
        assert len(reader.with_values("inbox_item")) == 1


@ONE_STORE
@pytest.mark.parametrize("leaves", ["customer", "stream"])
def test_edits_of_what_a_merge_hung_elsewhere_are_sealed_when_the_survivor_leaves(
    new_server, new_laptop, leaves
):
    """Found by the fuzzer: they name the root that the record had when they were saved."""
    server = new_server()
    user, other = server.person("lihua"), server.person("wangmin")
    laptop = new_laptop(server, user)
    loser, survivor = (laptop.create("customer", name=name) for name in ("王芳", "王方"))
    laptop.create("contact_point", loser, type="wechat", value=TEXTS["contact"])
    laptop.sync()
    merge = server.hand.operation("merge", "customer", loser, {})
    (result,) = server.hand.push([replace(merge, into=survivor)])
    assert result.outcome == "applied"
    laptop.sync()
    if leaves == "customer":
        server.move(survivor, other)
    else:
        accounts.end_grant(
            server.exchange, accounts.find(server.exchange, "lihua"), f"portfolio:{user}"
        )
    laptop.sync()
    assert not [op for op in laptop.rows("SELECT fields FROM op") if TEXTS["contact"] in op[0]]
