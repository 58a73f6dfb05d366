"""Guarantee 5: whatever byte is flipped in what a laptop stores, it is found and healed.

Real server, real laptop. Only what differs travels, it is told whose records these were, and
edits that wait are as they were.
"""

from __future__ import annotations

import secrets

import orjson
import pytest
import sqlalchemy as sa

from crm.domain.ids import new_id
from desktop.storage.tables import ASIDE
from desktop.sync import drill
from desktop.sync.drill import Piece
from server.exchange import comparing
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

FAMILIES = 12


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with LiveServer(tmp_path_factory.mktemp("server")) as made:
        made.manager = made.person("manager")
        made.home = f"portfolio:{made.manager}"
        made.roots = [a_family(made, number) for number in range(FAMILIES)]
        yield made


def a_family(server, number=0):
    """A customer of whom every sort of field is filled, with a visit; return the id."""
    root = new_id()
    fields = {"name": "王小明", "village": f"V{number}", "note": "seen"}
    fields["phone"] = f"+861540000{number:04}"
    server.hand.create("customer", fields, record=root, home=server.home)
    server.hand.create("visit", {"state": "planned", "on": "2026-03-18"}, parent=root)
    return root


@pytest.fixture
def laptop(tmp_path, server):
    made = Laptop(tmp_path / "laptop", server, server.manager)
    made.sync()
    yield made
    made.replica.close()


@pytest.fixture(scope="module")
def patient(tmp_path_factory, server):
    """A laptop on which one column after another is damaged and healed; some edits wait there."""
    made = Laptop(tmp_path_factory.mktemp("patient"), server, server.manager)
    made.sync()
    made.edit(server.roots[0], village="Cloud")  # so that it has a shadow
    made.wanted = made.held(), [(line.id, line.state) for line in made.outbox()]
    yield made
    made.replica.close()


SLOW = pytest.mark.slow
KEYS = {"customer": "id", "visit": "id", "shadow": "record", "cursor": "stream"}
HEAD = ["parent", "root", "stream", "version", "hash"]
COLUMNS = {
    "customer": ["id", *HEAD, "name", "village", "note", "phone", ASIDE],
    "visit": ["id", *HEAD, "state", "on", ASIDE],
    "shadow": ["record", "kind", *HEAD, "fields", "aside"],
    "cursor": ["stream", "number", "scan", "base", "baselining", "live", "digest", "writable"],
}
FLIPS = {
    "other": "'flipped'",  # readable, and wrong
    "bits": "CAST(X'C3' || COALESCE(CAST({column} AS BLOB), X'28') AS TEXT)",  # no UTF-8
    "none": "NULL",
    "more": "{column} + 1",
}
RARE = ("other", "none", "more")


@pytest.mark.parametrize("how", ["bits", *(pytest.param(h, marks=SLOW) for h in RARE)])
@pytest.mark.parametrize("table", COLUMNS)
def test_flipped_byte_is_found_and_healed(server, patient, table, how):
    """Each column of a row, of a shadow, of the totals; a plausible value, garbage, nothing."""
    keyed = {"cursor": server.home, "shadow": server.roots[0]}
    held, waiting = patient.wanted
    for column in COLUMNS[table]:
        flip = FLIPS[how].format(column=f'"{column}"')
        key = keyed.get(table) or target(patient, table)
        try:
            patient.write(f'UPDATE "{table}" SET "{column}" = {flip} WHERE {KEYS[table]} = ?', key)
        except sa.exc.IntegrityError:  # the table itself forbids this value
            continue
        assert patient.verify(full=True).outcome in {"equal", "repaired"}, column
        assert patient.held() == held, column
        assert [(line.id, line.state) for line in patient.outbox()] == waiting
        assert patient.verify(full=True).outcome == "equal", column


def target(laptop, table):
    """A clean row of a table that holds one kind."""
    rows = laptop.rows(
        f'SELECT id FROM "{table}" WHERE hash IS NOT NULL AND root <> ? ORDER BY id', "-"
    )
    return rows[-1][0]


def test_a_repair_brings_only_what_differs_and_says_whose_it_was(server, laptop):
    damaged, lost, extra = server.roots[1], server.roots[2], new_id()
    laptop.write("UPDATE customer SET note = 'flipped' WHERE id = ?", damaged)
    laptop.write("DELETE FROM visit WHERE root = ?", lost)
    laptop.write("UPDATE customer SET id = ? WHERE id = ?", extra, server.roots[3])
    report = laptop.verify(full=True)
    assert report.outcome == "repaired"
    assert report.repaired == 3  # one that differed, one that was gone, one under another id
    assert report.removed == 1
    assert set(report.roots) >= {damaged, lost, server.roots[3]}
    assert not set(report.roots) & set(server.roots[4:])
    assert laptop.verify(full=True).outcome == "equal"


def test_a_sync_that_mends_names_the_customers_in_its_receipt(server, laptop):
    damaged = server.roots[5]
    laptop.write("DELETE FROM visit WHERE root = ?", damaged)
    laptop.write("UPDATE cursor SET live = live - 1 WHERE stream = ?", server.home)
    report = laptop.sync()
    assert (report.verified, report.repaired) == (True, 1)
    with laptop.replica.reader() as reader:
        newest = reader.receipts()[0]
    assert newest.lines == {damaged: {"repaired": 1}}
    assert newest.counts["repaired"] == 1


def test_a_verify_that_mends_leaves_a_receipt_one_that_finds_nothing_does_not(server, laptop):
    with laptop.replica.reader() as reader:
        before = len(reader.receipts())
    laptop.verify(full=True)
    with laptop.replica.reader() as reader:
        assert len(reader.receipts()) == before
    laptop.write("UPDATE customer SET note = 'flipped' WHERE id = ?", server.roots[6])
    laptop.verify(full=True)
    with laptop.replica.reader() as reader:
        newest = reader.receipts()[0]
    assert (newest.outcome, newest.lines) == ("complete", {server.roots[6]: {"repaired": 1}})


@pytest.mark.parametrize("most", [1, 3, 5000])
def test_a_check_is_read_in_pieces_of_any_size(monkeypatch, server, laptop, most):
    monkeypatch.setattr(drill, "PIECE", most)
    monkeypatch.setattr(comparing, "MOST_ENTRIES", most)
    before = laptop.held()
    laptop.write("UPDATE customer SET note = 'flipped'")
    laptop.write("DELETE FROM visit")
    assert laptop.verify(full=True).outcome == "repaired"
    assert laptop.verify(full=True).outcome == "equal"
    assert laptop.held() == before


def test_a_bucket_is_repaired_while_somebody_writes_to_it(monkeypatch, server, laptop):
    """A head that has moved on: nothing is compared; it reads on and looks again."""
    laptop.write("UPDATE customer SET note = 'flipped'")
    written = []
    honest = drill._ask

    def ask(session, stream, buckets, piece: Piece):
        if len(written) < 2:
            written.append(secrets.token_hex(4))
            server.hand.edit(server.roots[7], {"village": written[-1]})
        return honest(session, stream, buckets, piece)

    monkeypatch.setattr(drill, "_ask", ask)
    assert laptop.verify(full=True).outcome == "repaired"
    assert laptop.fields(server.roots[7])["village"] == written[-1]
    assert laptop.verify(full=True).outcome == "equal"


def test_an_extra_record_and_one_in_the_wrong_stream_are_put_right(server, laptop):
    branch = f"branch:{server.branch}"
    laptop.write("UPDATE customer SET stream = ? WHERE id = ?", branch, server.roots[8])
    laptop.write("UPDATE visit SET stream = ? WHERE root = ?", branch, server.roots[9])
    assert laptop.verify(full=True).outcome == "repaired"
    streams = {kind_stream[:2] for kind_stream in laptop.held().values()}
    assert ("customer", branch) not in streams
    assert ("visit", branch) not in streams
    assert laptop.verify(full=True).outcome == "equal"


def test_no_reply_grows_with_the_stream_for_a_laptop_of_the_first_release(
    monkeypatch, server, laptop
):
    """It sends sums alone, is sent as many whole buckets as fit, and reads the rest anew."""
    monkeypatch.setattr(comparing, "MOST_ENTRIES", 3)
    asked = comparing.Asked(sums=["0" * 32] * 256)
    told = orjson.loads(b"{" + comparing.check(server.exchange.database, server.home, asked) + b"}")
    assert 0 < len(told["entries"]) <= 3
    assert len(told["buckets"]) < 256
