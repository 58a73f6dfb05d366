"""Applying pages to the server layer: which entry counts, what stays laid over, what leaves."""

from __future__ import annotations

import pytest

from crm.domain.errors import NotFound, Refused
from crm.domain.ids import new_id
from crm.records.canonical import content_hash, digest_of
from desktop.services.ports import Granted, Page, Result
from desktop.services.progress import Progress
from tests.helpers.fakes import Laptop

S1, S2 = "portfolio:manager", "portfolio:other"
A, B, C = sorted(new_id() for _ in range(3))
AT = "2026-03-18T02:30:00.000Z[+00:00]"


@pytest.fixture
def laptop(tmp_path):
    laptop = Laptop(tmp_path)
    granted = Granted(head=0, live=0, digest=0, floor=0, write=True)
    with laptop.replica.transaction() as tx:
        tx.grant({S1: granted, S2: granted})
        for stream in (S1, S2):
            tx.start_scan(stream)
            tx.apply(scan_page(stream, head=0))
    yield laptop
    laptop.replica.close()


def put(record, version, fields=None, parent=None, root=None, kind="customer"):
    return [0, record, kind, version, parent, root or record, fields or {"name": "N"}, None]


def gone(record, version, kind="customer", cause="moved"):
    return [0, record, kind, version, None, record, None, cause]


def scan_page(stream, *entries, head=0, scan="", to="end", more=False):
    return Page(
        stream=stream,
        after=None,
        scan=scan,
        entries=entries,
        next=to,
        more=more,
        head=head,
        live=0,
        digest=0,
    )


def log_page(stream, after, to, *entries, head=None):
    return Page(
        stream=stream,
        after=after,
        scan=None,
        entries=entries,
        next=to,
        more=False,
        head=to if head is None else head,
        live=0,
        digest=0,
    )


def apply(laptop, page):
    with laptop.replica.transaction() as tx:
        return tx.apply(page)


def state(laptop, stream=S1):
    with laptop.replica.transaction() as tx:
        return tx.streams()[stream]


def seen(laptop):
    return {record: fields for record, (_, _, _, fields) in laptop.held().items()}


def settle(laptop, operation, outcome, version, number=1):
    with laptop.replica.transaction() as tx:
        tx.number_page(500, 10**6, set())
        result = Result(id=operation, number=number, outcome=outcome, version=version, reason=None)
        tx.settle([result], number, AT)


# --- newer-only -----------------------------------------------------------------------------


def test_newer_only_an_arrival_read_before_its_departure_stays(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    apply(laptop, log_page(S2, 0, 1, put(A, 2)))
    applied = apply(laptop, log_page(S1, 1, 2, gone(A, 2)))
    assert seen(laptop) == {A: {"name": "N"}}
    assert laptop.get(A).stream == S2
    assert applied.removed == frozenset()


def test_newer_only_a_departure_read_first_leaves_room_for_the_arrival(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    assert apply(laptop, log_page(S1, 1, 2, gone(A, 2))).removed == {A}
    assert seen(laptop) == {}
    apply(laptop, log_page(S2, 0, 1, put(A, 2)))
    assert laptop.get(A).stream == S2


def test_newer_only_a_copy_as_old_as_ours_changes_nothing(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 3, {"name": "now"})))
    applied = apply(laptop, log_page(S1, 1, 2, put(A, 3, {"name": "again"})))
    assert (applied.received, seen(laptop)) == (0, {A: {"name": "now"}})


def test_a_page_that_names_a_record_twice_ends_with_the_newest(laptop):
    apply(laptop, log_page(S1, 0, 2, put(A, 2, {"name": "new"}), put(A, 1, {"name": "old"})))
    assert seen(laptop) == {A: {"name": "new"}}
    assert state(laptop).live == 1


# --- page-cursor ----------------------------------------------------------------------------


def test_page_cursor_a_page_is_applied_once_and_in_its_place(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    for page in (log_page(S1, 0, 1, put(B, 1)), log_page(S1, 2, 3, put(B, 1)), scan_page(S1)):
        with pytest.raises(Refused) as refused:
            apply(laptop, page)
        assert refused.value.code == "sync.page.moved"
    assert (state(laptop).number, seen(laptop).keys()) == (1, {A})


def test_page_cursor_rows_totals_and_cursor_fall_together(laptop):
    def dies():
        with laptop.replica.transaction() as tx:
            tx.apply(log_page(S1, 0, 5, put(A, 1)))
            raise KeyError("power cut")

    with pytest.raises(KeyError):
        dies()
    held = state(laptop)
    assert (held.number, held.live, held.digest, seen(laptop)) == (0, 0, 0, {})


def test_totals_are_those_of_the_server_layer(laptop):
    fields = {"name": "N", "unheard_of": ["x"]}
    apply(laptop, log_page(S1, 0, 3, put(A, 1, fields), put(B, 2), put(C, 1)))
    apply(laptop, log_page(S1, 3, 5, put(B, 4, {"name": "M"}), gone(C, 2)))
    laptop.edit(A, village="Cloud")
    hashes = [
        content_hash(A, "customer", 1, None, fields),
        content_hash(B, "customer", 4, None, {"name": "M"}),
    ]
    assert (state(laptop).live, state(laptop).digest) == (2, digest_of(hashes))
    with laptop.replica.transaction() as tx:
        assert tx.recount(S1).digest == digest_of(hashes)


# --- pull-writes, rebase ---------------------------------------------------------------------


def test_rebase_an_arriving_copy_does_not_clobber_what_is_typed(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    laptop.edit(A, village="Cloud")
    apply(laptop, log_page(S1, 1, 2, put(A, 2, {"name": "theirs", "note": "n"})))
    assert laptop.fields(A) == {"name": "theirs", "note": "n", "village": "Cloud"}
    assert laptop.states() == ["queued"]


def test_pull_writes_a_settled_edit_does_not_vanish_before_its_copy_comes(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    operation = laptop.edit(A, village="Cloud")
    settle(laptop, operation, "applied", 3)
    assert laptop.fields(A)["village"] == "Cloud"
    apply(laptop, log_page(S1, 1, 2, put(A, 2, {"name": "theirs"})))  # read before our push
    assert laptop.fields(A) == {"name": "theirs", "village": "Cloud"}
    assert laptop.states() == ["settled"]
    apply(laptop, log_page(S1, 2, 3, put(A, 3, {"name": "theirs", "village": "Cloud"})))
    assert laptop.states() == ["echoed"]
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]
    assert not laptop.get(A).waiting


def test_pull_writes_a_newer_edit_stays_over_the_echo_of_an_older_one(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    first = laptop.edit(A, village="Cloud")
    settle(laptop, first, "applied", 2)
    laptop.edit(A, village="Stone")
    apply(laptop, log_page(S1, 1, 2, put(A, 2, {"name": "N", "village": "Cloud"})))
    assert laptop.fields(A)["village"] == "Stone"
    assert laptop.states() == ["echoed", "queued"]


def test_pull_writes_what_never_comes_back_ends_with_a_complete_pull(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    operation = laptop.edit(A, village="Cloud")
    settle(laptop, operation, "diverted", None)
    assert laptop.fields(A)["village"] == "Cloud"
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert laptop.fields(A) == {"name": "N"}
    assert laptop.states() == ["echoed"]


def test_a_refused_creation_leaves_the_view_but_not_the_outbox(laptop):
    laptop.create("customer", name="Somebody", note="long talk")
    operation = laptop.outbox()[0].id
    settle(laptop, operation, "refused", None)
    assert seen(laptop) == {}
    (line,) = laptop.outbox()
    assert (line.state, line.fields["note"]) == ("aside", [None, "long talk"])


def test_a_creation_that_made_no_row_vanishes_with_the_complete_pull(laptop):
    record = laptop.create("customer", name="Somebody")
    settle(laptop, laptop.outbox()[0].id, "quarantined", None)
    assert record in seen(laptop)
    with laptop.replica.transaction() as tx:
        tx.end_pull()
    assert seen(laptop) == {}
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]


def test_a_record_deleted_here_stays_hidden_while_others_change_it(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    laptop.delete(A)
    apply(laptop, log_page(S1, 1, 2, put(A, 2, {"name": "theirs"})))
    assert seen(laptop) == {}
    with laptop.replica.transaction() as tx:
        tx.number_page(500, 10**6, set())
    operation = laptop.outbox()[0].id
    settle(laptop, operation, "conflict", 2)
    assert seen(laptop) == {A: {"name": "theirs"}}  # a copy of that version is here already


def test_an_edit_of_a_record_that_moved_away_waits_unseen(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    laptop.edit(A, village="Cloud")
    assert apply(laptop, log_page(S1, 1, 2, gone(A, 2))).removed == {A}
    assert (seen(laptop), laptop.states()) == ({}, ["queued"])
    apply(laptop, log_page(S2, 0, 1, put(A, 2)))
    assert laptop.fields(A)["village"] == "Cloud"


# --- loose-keys -----------------------------------------------------------------------------


def test_loose_keys_a_child_that_comes_first_is_hidden_until_its_parent_is_here(laptop):
    visit = {"state": "planned", "on": "2026-03-19"}
    apply(laptop, log_page(S1, 0, 1, put(B, 1, visit, A, A, "visit")))
    with pytest.raises(NotFound):
        laptop.get(B)
    assert seen(laptop) == {}
    apply(laptop, log_page(S1, 1, 2, put(A, 1)))
    assert seen(laptop).keys() == {A, B}
    assert laptop.get(B).fields == visit


# --- baseline, floor, purge-cursor -----------------------------------------------------------


def test_baseline_drops_what_neither_scan_nor_log_brought(laptop):
    apply(laptop, log_page(S1, 0, 3, put(A, 5), put(B, 5), put(C, 5)))
    with laptop.replica.transaction() as tx:
        tx.start_scan(S1)
    apply(laptop, scan_page(S1, put(A, 5), head=9, to=f"10:{A}", more=True))
    applied = apply(laptop, scan_page(S1, head=9, scan=f"10:{A}"))
    assert (state(laptop).number, seen(laptop).keys()) == (9, {A})
    assert applied.removed == {B, C}
    assert (state(laptop).live, state(laptop).baselining) == (1, False)


def test_baseline_waits_for_the_log_since_the_scan_began(laptop):
    apply(laptop, log_page(S1, 0, 2, put(A, 5), put(B, 5)))
    with laptop.replica.transaction() as tx:
        tx.start_scan(S1)
    apply(laptop, scan_page(S1, put(A, 5), head=9, to=f"10:{A}", more=True))
    apply(laptop, scan_page(S1, head=11, scan=f"10:{A}"))  # B was touched behind the scan
    assert (state(laptop).number, seen(laptop).keys()) == (9, {A, B})
    apply(laptop, log_page(S1, 9, 11, put(B, 6), gone(A, 6)))
    assert (state(laptop).number, seen(laptop).keys()) == (11, {B})


def test_baseline_keeps_what_was_born_here(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 5)))
    born = laptop.create("customer", name="Somebody")
    laptop.edit(A, village="Cloud")
    with laptop.replica.transaction() as tx:
        tx.start_scan(S1)
    apply(laptop, scan_page(S1, head=9))
    assert seen(laptop).keys() == {born}
    assert laptop.states() == ["queued", "queued"]


def test_baseline_brings_a_record_back_under_its_waiting_edit(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 5)))
    laptop.edit(A, village="Cloud")
    with laptop.replica.transaction() as tx:
        tx.start_scan(S1)
    apply(laptop, scan_page(S1, put(A, 5, {"name": "theirs"}), head=9))
    assert laptop.fields(A) == {"name": "theirs", "village": "Cloud"}
    assert state(laptop).live == 1


def test_a_first_load_takes_a_record_that_moves_here_meanwhile(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 1)))
    with laptop.replica.transaction() as tx:
        assert tx.start_scan(S2).fresh
    apply(laptop, scan_page(S2, put(A, 2), put(B, 1), head=3))
    assert (state(laptop, S1).live, state(laptop, S2).live) == (0, 2)
    assert laptop.get(A).stream == S2


def test_purge_cursor_rows_shadows_and_cursor_go_and_operations_stay(laptop):
    apply(laptop, log_page(S1, 0, 2, put(A, 1), put(B, 1)))
    laptop.edit(A, village="Cloud")
    laptop.create("customer", name="Somebody")
    with laptop.replica.transaction() as tx:
        assert tx.purge(S1).removed == {A, B}
    assert seen(laptop) == {}
    assert laptop.rows("SELECT count(*) FROM shadow") == [(0,)]
    assert laptop.rows("SELECT stream FROM cursor") == [(S2,)]
    assert laptop.states() == ["queued", "queued"]


def test_a_stream_that_is_granted_again_is_read_from_its_beginning(laptop):
    apply(laptop, log_page(S1, 0, 7, put(A, 1)))
    laptop.edit(A, village="Cloud")
    with laptop.replica.transaction() as tx:
        tx.purge(S1)
        tx.grant({S1: Granted(head=7, live=1, digest=0, floor=0, write=True)})
        assert tx.streams()[S1].number == -1
        tx.start_scan(S1)
        tx.apply(scan_page(S1, put(A, 1), head=7))
    assert laptop.fields(A)["village"] == "Cloud"


# --- repair-forces --------------------------------------------------------------------------


def test_repair_forces_a_copy_with_the_right_version_and_the_wrong_content(laptop):
    apply(laptop, log_page(S1, 0, 2, put(A, 3), put(B, 3)))
    laptop.write("UPDATE customer SET name = 'flipped' WHERE id = ?", A)
    with laptop.replica.transaction() as tx:
        damaged = tx.rehash(Progress())
        assert damaged.records == {S1: {A}}
        applied = tx.repair(S1, [int(A[-2:], 16)], [put(A, 3)])
    assert (applied.received, applied.removed) == (1, frozenset())
    assert seen(laptop) == {A: {"name": "N"}, B: {"name": "N"}}
    hashes = [content_hash(i, "customer", 3, None, {"name": "N"}) for i in (A, B)]
    assert state(laptop).digest == digest_of(hashes)


def test_repair_drops_what_its_buckets_do_not_hold_and_nothing_else(laptop):
    apply(laptop, log_page(S1, 0, 2, put(A, 3), put(B, 3)))
    born = laptop.create("customer", name="Somebody")
    with laptop.replica.transaction() as tx:
        assert tx.repair(S1, [int(A[-2:], 16)], []).removed == {A}
    assert seen(laptop).keys() == {B, born}


def test_repair_leaves_waiting_edits_as_they_are(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 3)))
    laptop.edit(A, village="Cloud")
    laptop.write('UPDATE shadow SET fields = \'{"name":"flipped"}\'')
    with laptop.replica.transaction() as tx:
        assert tx.rehash(Progress()).records == {S1: {A}}
        tx.repair(S1, [int(A[-2:], 16)], [put(A, 3)])
    assert laptop.fields(A) == {"name": "N", "village": "Cloud"}
    assert laptop.states() == ["queued"]


def test_a_root_that_is_not_the_parents_is_found_though_no_hash_covers_it(laptop):
    visit = {"state": "planned", "on": "2026-03-19"}
    apply(laptop, log_page(S1, 0, 2, put(A, 1), put(B, 1, visit, A, A, "visit")))
    laptop.write("UPDATE visit SET root = ?", C)
    with laptop.replica.transaction() as tx:
        assert tx.rehash(Progress()).records == {S1: {B}}


def test_a_row_that_damage_moved_to_no_stream_comes_back(laptop):
    apply(laptop, log_page(S1, 0, 1, put(A, 3)))
    laptop.write("UPDATE customer SET stream = 'nowhere'")
    with laptop.replica.transaction() as tx:
        tx.repair(S1, [int(A[-2:], 16)], [put(A, 3)])
    assert (laptop.get(A).stream, state(laptop).live) == (S1, 1)


# --- unknown kinds --------------------------------------------------------------------------


def test_unknown_kinds_and_fields_are_held_hashed_and_given_up_like_any_other(laptop):
    fields = {"what": "tea", "tags": ["a"], "on_top": True}
    apply(laptop, log_page(S1, 0, 2, put(A, 1), put(B, 2, fields, A, A, "gift")))
    assert laptop.get(B).fields == fields
    hashes = [
        content_hash(A, "customer", 1, None, {"name": "N"}),
        content_hash(B, "gift", 2, A, fields),
    ]
    assert state(laptop).digest == digest_of(hashes)
    assert apply(laptop, log_page(S1, 2, 3, gone(B, 3, "gift"))).removed == {B}
    assert laptop.rows("SELECT count(*) FROM raw_record") == [(0,)]
