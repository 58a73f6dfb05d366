"""Saving edits: view, shadow and operation in one transaction; what may not be saved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Record, kind, text
from crm.domain.kinds import SCHEMA
from crm.records.canonical import seen_hash
from desktop.services.ports import Granted, Page
from desktop.storage.edits import GROUP_LIMIT
from desktop.storage.migrations import MIGRATIONS, adopt_kind
from tests.helpers.fakes import Laptop

HOME = "portfolio:manager"
ROOT = "01900000-0000-7000-8000-000000000001"
VISIT = "01900000-0000-7000-8000-000000000002"
BANK = "01900000-0000-7000-8000-000000000003"


@kind(
    "note_line", label="Note", stream="portfolio", parents=("customer",), rank=30, append_only=True
)
class NoteLine(Record):
    words: str | None = text("Words", 80, required=True)


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(
        tmp_path,
        schema=SCHEMA.with_kinds(NoteLine),
        migrations=(*MIGRATIONS, adopt_kind("note_line")),
    )
    load(laptop, HOME, [0, ROOT, "customer", 3, None, ROOT, {"name": "Nobody"}, "nobody|n"])
    yield laptop
    laptop.replica.close()


def load(laptop, stream, *entries, write=True):
    granted = {stream: Granted(head=9, live=len(entries), digest=0, floor=0, write=write)}
    with laptop.replica.transaction() as tx:
        tx.grant(granted)
        tx.start_scan(stream)
        tx.apply(
            Page(
                stream=stream,
                after=None,
                scan="",
                entries=entries,
                next="end",
                more=False,
                head=9,
                live=len(entries),
                digest=0,
            )
        )


def code_of(action):
    with pytest.raises((Refused, NotFound)) as refused:
        action()
    return refused.value.code


def test_an_edit_shows_at_once_and_keeps_the_servers_copy(laptop):
    laptop.edit(ROOT, village="Cloud", name="Somebody")
    seen = laptop.get(ROOT)
    assert seen.fields == {"name": "Somebody", "village": "Cloud"}
    assert (seen.version, seen.waiting) == (3, True)
    assert laptop.rows("SELECT version, fields FROM shadow") == [(3, '{"name":"Nobody"}')]
    (line,) = laptop.outbox()
    assert line.fields == {"name": ["Nobody", "Somebody"], "village": [None, "Cloud"]}
    assert (line.verb, line.state, line.kind) == ("edit", "queued", "customer")


def test_a_second_edit_has_the_first_as_its_base(laptop):
    laptop.edit(ROOT, village="Cloud")
    laptop.edit(ROOT, village="Stone")
    changes = [line.fields["village"] for line in laptop.outbox()]
    assert changes == [[None, "Cloud"], ["Cloud", "Stone"]]
    assert laptop.fields(ROOT)["village"] == "Stone"


def test_an_edit_that_changes_nothing_writes_no_operation(laptop):
    assert laptop.edit(ROOT, name="Nobody", village="", likes=[]) is None
    assert laptop.outbox() == ()
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]


def test_an_emptied_field_is_absent(laptop):
    laptop.edit(ROOT, village="Cloud")
    laptop.edit(ROOT, village="")
    assert laptop.fields(ROOT) == {"name": "Nobody"}
    assert laptop.outbox()[-1].fields == {"village": ["Cloud", None]}


def test_what_is_not_committed_is_undone(laptop):
    with laptop.replica.unit_of_work() as uow:
        uow.edit(ROOT, {"village": "Cloud"})
        assert uow.get(ROOT).fields["village"] == "Cloud"
    assert laptop.fields(ROOT) == {"name": "Nobody"}
    assert laptop.outbox() == ()


def test_an_error_inside_the_block_undoes_all_of_it(laptop):
    def fails():
        with laptop.replica.unit_of_work() as uow:
            uow.edit(ROOT, {"village": "Cloud"})
            uow.edit(ROOT, {"name": None})

    assert code_of(fails) == "field.required"
    assert laptop.outbox() == ()


def test_a_new_record_and_its_child_are_one_family(laptop):
    root = laptop.create("customer", name="Somebody")
    child = laptop.create("visit", parent=root, state="planned", on="2026-03-19")
    with laptop.replica.reader() as reader:
        assert [held.id for held in reader.family(root)] == [root, child]
    created = laptop.outbox()
    assert [(line.verb, line.record) for line in created] == [("create", root), ("create", child)]
    assert laptop.rows("SELECT root, parent, home FROM op ORDER BY seq") == [
        (root, None, HOME),
        (root, root, None),
    ]
    assert laptop.rows("SELECT version, hash, fields FROM shadow WHERE record = ?", root) == [
        (0, None, None)
    ]


def test_kinds_that_only_grow_are_appended_to(laptop):
    line = laptop.create("note_line", parent=ROOT, words="called")
    assert laptop.outbox()[0].verb == "append"
    assert code_of(lambda: laptop.edit(line, words="did not call")) == "edit.append_only"
    assert code_of(lambda: laptop.delete(line)) == "edit.append_only"


def test_a_delete_carries_what_was_seen(laptop):
    visit = laptop.create("visit", parent=ROOT, state="planned", on="2026-03-19")
    laptop.edit(ROOT, village="Cloud")
    laptop.delete(ROOT)
    seen = seen_hash(
        [
            (ROOT, "customer", None, {"name": "Nobody", "village": "Cloud"}),
            (visit, "visit", ROOT, {"state": "planned", "on": "2026-03-19"}),
        ]
    )
    assert laptop.rows("SELECT seen FROM op WHERE verb = 'delete'") == [(seen,)]
    assert code_of(lambda: laptop.get(ROOT)) == "record.unknown"
    assert code_of(lambda: laptop.get(visit)) == "record.unknown"  # hidden with its root


def test_a_group_is_one_user_action(laptop):
    with laptop.replica.unit_of_work() as uow:
        with uow.group():
            root = uow.create("customer", {"name": "Somebody"})
            uow.create("tag", {"label": "new"}, parent=root)
        uow.edit(ROOT, {"village": "Cloud"})
        uow.commit()
    groups = [row[0] for row in laptop.rows("SELECT group_id FROM op ORDER BY seq")]
    assert groups[0] == groups[1] != groups[2]


def test_a_group_has_an_end(laptop):
    def fails():
        with laptop.replica.unit_of_work() as uow, uow.group():
            for number in range(GROUP_LIMIT + 1):
                uow.create("tag", {"label": str(number)}, parent=ROOT)

    assert code_of(fails) == "edit.group.too_many"
    assert laptop.outbox() == ()


def test_values_are_checked_as_the_server_will(laptop):
    assert code_of(lambda: laptop.edit(ROOT, name="x" * 61)) == "field.too_long"
    assert code_of(lambda: laptop.edit(ROOT, gender="neither")) == "field.choice"
    assert code_of(lambda: laptop.edit(ROOT, name=None)) == "field.required"
    assert code_of(lambda: laptop.create("customer", village="Cloud")) == "field.required"
    assert code_of(lambda: laptop.edit(ROOT, shoe_size=43)) == "edit.field.unknown"
    assert code_of(lambda: laptop.edit(ROOT, name="\ud800")) in {"wire.value", "field.characters"}
    assert laptop.outbox() == ()


def test_records_of_the_banks_systems_are_only_read(laptop):
    load(
        laptop, "branch:b", [0, BANK, "branch", 1, None, BANK, {"name": "Town"}, None], write=False
    )
    assert code_of(lambda: laptop.edit(BANK, name="City")) == "edit.kind.read_only"
    assert (
        code_of(lambda: laptop.create("account", parent=ROOT, number="1234", type="loan"))
        == "edit.kind.read_only"
    )


def test_a_stream_granted_for_reading_takes_no_edit(laptop):
    other = "01900000-0000-7000-8000-000000000009"
    load(
        laptop,
        "portfolio:x",
        [0, other, "customer", 1, None, other, {"name": "A"}, None],
        write=False,
    )
    assert code_of(lambda: laptop.edit(other, village="Cloud")) == "edit.stream.read_only"
    assert code_of(lambda: laptop.create("tag", parent=other, label="a")) == "edit.stream.read_only"
    assert code_of(lambda: laptop.delete(other)) == "edit.stream.read_only"
    assert (
        code_of(lambda: laptop.create("customer", home="portfolio:x", name="B"))
        == "edit.stream.read_only"
    )
    assert (
        code_of(lambda: laptop.create("customer", home="portfolio:never", name="B"))
        == "edit.stream.read_only"
    )


NOTES = {
    "conflict": {"record": ROOT, "record_kind": "customer", "verb": "edit", "state": "open"},
    "inbox_item": {"record": ROOT, "record_kind": "customer", "verb": "edit", "state": "open"},
    "duplicate_link": {"other": VISIT, "basis": "identity", "state": "open"},
}
SETTLED = {"conflict": "mine", "inbox_item": "taken", "duplicate_link": "same"}


@pytest.mark.parametrize("kind_name", NOTES)
def test_a_note_of_the_server_is_settled_and_nothing_else(laptop, kind_name):
    note, fields = "01900000-0000-7000-8000-00000000000a", NOTES[kind_name]
    load(
        laptop,
        HOME,
        [0, ROOT, "customer", 3, None, ROOT, {"name": "Nobody"}, None],
        [0, note, kind_name, 1, ROOT, ROOT, fields, None],
    )
    read_only = "edit.kind.read_only"
    assert code_of(lambda: laptop.create(kind_name, parent=ROOT, **fields)) == read_only
    assert code_of(lambda: laptop.delete(note)) == read_only
    other = next(name for name in fields if name not in {"record", "state"})
    assert code_of(lambda: laptop.edit(note, **{other: BANK})) == read_only
    assert code_of(lambda: laptop.edit(note, state="open", **{other: BANK})) == read_only
    assert laptop.outbox() == ()
    laptop.edit(note, state=SETTLED[kind_name])
    assert laptop.fields(note)["state"] == SETTLED[kind_name]


def test_a_new_root_lives_where_its_kind_lives(laptop):
    load(laptop, "branch:b", write=True)
    assert (
        code_of(lambda: laptop.create("customer", home="branch:b", name="B")) == "edit.stream.kind"
    )


def test_what_hangs_under_a_deleted_record_is_hidden_with_it(laptop):
    household = laptop.create("household", parent=ROOT, name="H")
    member = laptop.create("household_member", parent=household, relation="child")
    laptop.delete(household)
    assert member not in laptop.held()
    assert code_of(lambda: laptop.get(member)) == "record.unknown"


def test_a_record_hangs_where_its_kind_may(laptop):
    assert code_of(lambda: laptop.create("visit", state="planned")) == "edit.parent.missing"
    tag = laptop.create("tag", parent=ROOT, label="a")
    assert (
        code_of(lambda: laptop.create("visit", parent=tag, state="planned")) == "edit.parent.kind"
    )
    assert code_of(lambda: laptop.create("tag", parent=VISIT, label="a")) == "record.unknown"
    assert code_of(lambda: laptop.create("giraffe", name="a")) == "edit.kind.unknown"


def test_before_the_first_sync_edits_are_saved_all_the_same(tmp_path):
    fresh = Laptop(tmp_path / "fresh")
    record = fresh.create("customer", name="Somebody")
    assert fresh.get(record).stream == HOME
    assert fresh.states() == ["queued"]
    fresh.replica.close()


def test_a_set_aside_operation_can_be_let_go_and_taken_back_and_no_other(laptop):
    operation = laptop.edit(ROOT, village="Cloud")
    with laptop.replica.unit_of_work() as uow, pytest.raises(NotFound):
        uow.let_go(operation)
    with laptop.replica.transaction() as tx:
        tx.set_aside([operation], "field.form", "2026-03-18T02:30:00.000Z[+00:00]")
    assert laptop.fields(ROOT) == {"name": "Nobody"}
    (line,) = laptop.outbox(ROOT)
    assert (line.state, line.reason, line.fields) == (
        "aside",
        "field.form",
        {"village": [None, "Cloud"]},
    )
    with laptop.replica.unit_of_work() as uow:
        assert uow.outbox_states([ROOT]) == {ROOT: {"aside": 1}}
        uow.let_go(operation)
        uow.commit()
    with laptop.replica.unit_of_work() as uow:
        assert (uow.refused(), uow.outbox_states([ROOT])) == ((), {})
        uow.take_back(operation)
        assert [line.id for line in uow.refused()] == [operation]
        with pytest.raises(NotFound):
            uow.take_back(operation)  # it is not let go now


def test_what_was_let_go_is_forgotten_after_90_days(laptop):
    operation = laptop.edit(ROOT, village="Cloud")
    with laptop.replica.transaction() as tx:
        tx.set_aside([operation], "field.form", "2026-03-18T02:30:00.000Z[+00:00]")
    with laptop.replica.unit_of_work() as uow:
        uow.let_go(operation)
        uow.commit()
    for days, left in ((90, ["let_go"]), (1, [])):
        laptop.now += timedelta(days=days)
        with laptop.replica.transaction() as tx:
            tx.release(0, "")
        assert laptop.states() == left


def test_lists_hold_what_they_say(laptop):
    due = laptop.create("task", parent=ROOT, title="call", due_on="2026-03-20", state="open")
    laptop.create("task", parent=ROOT, title="later", due_on="2026-05-01", state="open")
    laptop.create("task", parent=ROOT, title="done", due_on="2026-03-01", state="done")
    laptop.create("task", title="own", state="open", due_on="2026-03-19")
    visit = laptop.create("visit", parent=ROOT, state="planned", on="2026-03-19")
    with laptop.replica.reader() as reader:
        titles = [held.fields["title"] for held in reader.tasks_due("2026-03-31")]
        assert titles == ["own", "call"]
        assert [held.id for held in reader.children(ROOT, "visit")] == [visit]
        assert [held.id for held in reader.customers(limit=1)] == [ROOT]
        assert reader.customers(after=ROOT) == ()
        assert [held.id for held in reader.with_values("task", title="call", note=None)] == [due]
        with pytest.raises(ValueError, match="no field"):
            reader.with_values("task", colour="red")


def test_a_new_name_is_found_at_once(laptop):
    record = laptop.create("customer", name="慕容无名", phone="+8610000000000")
    laptop.edit(ROOT, name="欧阳乌有")
    with laptop.replica.reader() as reader:
        assert [hit.id for hit in reader.find("mrwm")] == [record]
        assert [hit.id for hit in reader.find("乌有")] == [ROOT]
        assert reader.find("nobody") == []
    laptop.delete(record)
    with laptop.replica.reader() as reader:
        assert reader.find("mrwm") == []
