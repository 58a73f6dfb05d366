"""What a sync costs: the first one, a day's work up and down, nothing at all, a poor line.

Every figure is a ratio to a floor that is taken in turn with it: SQLCipher's own executemany of
the same rows, PostgreSQL's own UPDATE of the same rows, a bare ping, the bytes over the line.
Laptops run in processes of their own, so that none measures another's memory.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psycopg

from bench import Report
from bench._branch import PASSPHRASE, TODAY, a_branch, enrolled, floor
from bench._line import Shape, own_process
from crm.records.canonical import content_hash
from desktop.app.profiles import Profile, open_replica, sync_engine
from desktop.services.list_values import BY_NAME, EVERYBODY
from desktop.services.progress import Progress
from desktop.storage import engine as engines
from desktop.storage.replica import Replica
from desktop.storage.search.index import is_there
from desktop.sync.ping import ping
from desktop.sync.report import SyncReport
from server.exchange.hand import Hand
from server.exchange.operations import Operation
from server.opening import open_exchange
from server.store import records as store
from server.store.records import StoredRecord
from server.store.settings import read
from tests.helpers.commands import Server
from tests.helpers.postgres import running_postgres

ROUNDS = 3
DAYS = 5  # of a hundred changes each
NOOPS = 31
EDITS = 10_000
KINDS = ("customer", "visit")
# As a bank runs it: what is committed stays.
SAFE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SLOW_BITS = 10_000_000
SLOW = Shape(bits_per_s=SLOW_BITS, round_trip_s=0.1, cut_every=5_000_000)

Made = TypeVar("Made")


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        portfolio(Path(folder), report)
    with tempfile.TemporaryDirectory() as folder:
        day(Path(folder), report)


def alone(work: Callable[..., Made], *given: object) -> Made:
    """Do something in a fresh process."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
        return pool.submit(work, *given).result()


# -- 400,000 records: first syncs, and what then depends on how much is held --------------------


def portfolio(folder: Path, report: Report) -> None:
    """100,000 customers with 300,000 visits; beside them a small branch, to compare with."""
    with ExitStack() as stack:
        large = stack.enter_context(a_branch(folder / "large", 100_000, KINDS))
        small = stack.enter_context(a_branch(folder / "small", 2_500, KINDS))
        firsts = [alone(first_sync, folder / f"laptop{n}", large.url) for n in range(ROUNDS)]
        _report_first(firsts, report)
        alone(first_sync, folder / "small laptop", small.url)
        pair = (folder / f"laptop{ROUNDS - 1}", large.data), (folder / "small laptop", small.data)
        _report_deltas(alone(deltas, *pair), report)
        _report_noops(alone(noops, *pair[0], large.url), report)
        need = statistics.median(first.bytes_down for first in firsts) * 8 / SLOW_BITS
        seconds, cuts = slowly(folder / "far laptop", large)
        report(
            name="sync.slowline.ratio",
            value=seconds / need,
            unit="x",
            floor=1.0,
            note=f"{seconds:.1f} s where the bytes need {need:.1f} s; cut {cuts} times",
        )


@dataclass(slots=True)
class First:
    """What one first sync took."""

    seconds: float
    floor: float
    received: int
    bytes_down: int
    requests: int
    peak_mb: float
    listed: float  # seconds until a thousand customers could be listed and opened
    searched: float  # until every customer could be searched for by the index


def first_sync(folder: Path, url: str) -> First:
    """Enrol and sync, looking in from time to time as a person would; then take the floor."""
    profile = enrolled(folder, url)
    replica = open_replica(profile, PASSPHRASE)
    looks = _Looks(replica)
    synced = sync_engine(profile, replica).sync(Progress(report=looks.look))
    assert synced.verified
    looks.look(0, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if _LINUX else 1024 * 1024)
    replica.close()
    return First(
        seconds=synced.seconds,
        floor=floor(profile, folder / "floor.db"),
        received=synced.received,
        bytes_down=synced.bytes_down,
        requests=synced.requests,
        peak_mb=peak,
        listed=looks.listed or synced.seconds,
        searched=looks.searched or synced.seconds,
    )


_LINUX = sys.platform != "darwin"  # which counts bytes, not KiB


@dataclass(slots=True)
class _Looks:
    """Looks into a replica between two pages of its first sync."""

    replica: Replica
    started: float = field(default_factory=time.monotonic)
    listed: float | None = None
    searched: float | None = None
    customers: int = 0

    def look(self, _done: int, _total: int) -> None:
        if self.listed is None and _can_list(self.replica):
            self.listed = time.monotonic() - self.started
        there, customers = _searchable(self.replica)
        if customers != self.customers or not there:
            self.customers, self.searched = customers, None
        if there and customers and self.searched is None:
            self.searched = time.monotonic() - self.started


def _can_list(replica: Replica) -> bool:
    """Tell whether a thousand customers can be listed by name, and opened."""
    with replica.reader() as reader:
        keys = reader.lists.keys(EVERYBODY, BY_NAME, TODAY, limit=1000)
        rows = reader.lists.rows(keys, TODAY)
        opened = [reader.family(row.id) for row in list(rows.values())[::50]]
    return len(rows) == 1000 and all(opened)


def _searchable(replica: Replica) -> tuple[bool, int]:
    """Return whether there is a search index, and how many customers are held."""
    with engines.reading(replica._engine) as connection:
        last = connection.exec_driver_sql("SELECT max(n) FROM customer").scalar_one()
        return is_there(connection), last or 0


def _report_first(firsts: Sequence[First], report: Report) -> None:
    median = statistics.median
    report(
        name="sync.first.ratio",
        value=median(f.seconds / f.floor for f in firsts),
        unit="x",
        floor=1.0,
        note=f"{firsts[0].received} records in {median(f.seconds for f in firsts):.2f} s, rows only"
        f" {median(f.floor for f in firsts):.2f} s; {firsts[0].bytes_down / 1e6:.0f} MB",
    )
    report(name="sync.first.client_mb", value=max(f.peak_mb for f in firsts), unit="MB")
    report(
        name="sync.first.usable",
        value=median(f.listed / f.seconds for f in firsts),
        unit="of the time",
        note="until 1,000 customers can be listed and opened",
    )
    report(
        name="sync.first.searchable",
        value=median(f.searched / f.seconds for f in firsts),
        unit="of the time",
        note="until every customer is in the search index",
    )


# -- a hundred changes, and none -----------------------------------------------------------------


def deltas(large: tuple[Path, Path], small: tuple[Path, Path]) -> list[tuple[float, float]]:
    """Return the seconds that a hundred changes take among many records and among few."""
    with ExitStack() as stack:
        ends = [_Delta(stack, *pair) for pair in (large, small)]
        for end in ends:
            end.day()  # the first touches what nobody has touched yet
        return [(ends[0].day(), ends[1].day()) for _ in range(DAYS)]


class _Delta:
    """A server where a hundred customers change, and a laptop that hears of it."""

    def __init__(self, stack: ExitStack, folder: Path, data: Path) -> None:
        profile = Profile(folder)
        self._replica = open_replica(profile, PASSPHRASE)
        stack.callback(self._replica.close)
        self._engine = sync_engine(profile, self._replica)
        exchange = open_exchange(read(data))
        stack.callback(exchange.database.dispose)
        self._hand = Hand(exchange)
        self._days = 0

    def day(self) -> float:
        self._days += 1
        chosen = _customers(self._hand)[:: max(1, self._days)][:100]
        values = {"occupation": f"occupation {self._days}"}
        changed = self._hand.push([_edit(self._hand, one, values) for one in chosen])
        assert {result.outcome for result in changed} == {"applied"}
        synced = self._engine.sync()
        assert synced.verified
        assert synced.received == 100
        return synced.seconds


def _report_deltas(found: Sequence[tuple[float, float]], report: Report) -> None:
    large, small = (statistics.median(side) for side in zip(*found, strict=True))
    report(
        name="sync.delta100.growth",
        value=statistics.median(one / other for one, other in found),
        unit="x",
        floor=1.0,
        note=f"100 changes among 400,000 rows in {large * 1000:.0f} ms,"
        f" among 10,000 in {small * 1000:.0f} ms",
    )


def noops(folder: Path, _: Path, url: str) -> list[tuple[float, SyncReport]]:
    """Return the seconds of a bare ping and the report of a sync with nothing to do, in turn."""
    profile = Profile(folder)
    replica = open_replica(profile, PASSPHRASE)
    engine = sync_engine(profile, replica)
    found = []
    for _number in range(NOOPS):
        started = time.perf_counter()
        ping(url)
        taken = time.perf_counter() - started
        started = time.perf_counter()
        synced = engine.sync()
        found.append((taken, replace(synced, seconds=time.perf_counter() - started)))
    replica.close()
    return found[1:]  # the first also loads modules


def _report_noops(found: Sequence[tuple[float, SyncReport]], report: Report) -> None:
    pings = statistics.median(taken for taken, _ in found)
    syncs = statistics.median(synced.seconds for _, synced in found)
    last = found[-1][1]
    report(name="sync.noop.requests", value=max(s.requests for _, s in found), unit="requests")
    report(name="sync.noop.bytes", value=last.bytes_up + last.bytes_down, unit="bytes")
    report(
        name="sync.noop.ratio",
        value=statistics.median(synced.seconds / taken for taken, synced in found),
        unit="x",
        floor=1.0,
        note=f"{syncs * 1000:.1f} ms; a ping by the same client {pings * 1000:.1f} ms",
    )


# -- a poor line ---------------------------------------------------------------------------------


def slowly(folder: Path, server: Server) -> tuple[float, int]:
    """Return the seconds of a first sync over a poor line, and how often that was cut."""
    with own_process(server.port, SLOW) as line:
        seconds = alone(patient_sync, folder, line.url)
    return seconds, line.counted.cuts


def patient_sync(folder: Path, url: str) -> float:
    """Return the seconds of a first sync that has to put up with its line."""
    profile = enrolled(folder, url)
    replica = open_replica(profile, PASSPHRASE)
    started = time.perf_counter()
    synced = sync_engine(profile, replica).sync()
    taken = time.perf_counter() - started
    assert synced.verified
    replica.close()
    return taken


# -- ten thousand edits up, ten thousand rows down -----------------------------------------------


def day(folder: Path, report: Report) -> None:
    """One laptop sends 10,000 edits of 10,000 customers to PostgreSQL; another hears of them."""
    with running_postgres(SAFE) as cluster:
        url = cluster.url(cluster.create_database())
        with a_branch(folder / "branch", EDITS, ("customer",), url) as server:
            found = alone(days, folder, server.url, server.data, url)
    _report_day(found, report)


@dataclass(slots=True)
class Day:
    """What one day took."""

    push: float
    update: float  # PostgreSQL's own, of the same rows
    pull: float
    insert: float  # SQLCipher's own, of the same rows
    sent: SyncReport
    heard: SyncReport


def days(folder: Path, url: str, data: Path, database: str) -> list[Day]:
    """Return ROUNDS days, after one that warms up."""
    writer, listener = (_Laptop(folder / name, url) for name in ("writer", "listener"))
    exchange = open_exchange(read(data))
    hand = Hand(exchange)
    with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
        made = [
            _day(writer, listener, hand, connection, folder / f"floor{number}.db", number)
            for number in range(ROUNDS + 1)
        ]
    exchange.database.dispose()
    writer.replica.close()
    listener.replica.close()
    return made[1:]


class _Laptop:
    def __init__(self, folder: Path, url: str) -> None:
        self.profile = enrolled(folder, url)
        self.replica = open_replica(self.profile, PASSPHRASE)
        self.sync()

    def sync(self, progress: Progress | None = None) -> SyncReport:
        synced = sync_engine(self.profile, self.replica).sync(progress)
        assert synced.verified
        return synced


def _day(
    writer: _Laptop,
    listener: _Laptop,
    hand: Hand,
    connection: psycopg.Connection[Any],
    path: Path,
    number: int,
) -> Day:
    customers = _customers(hand)
    _work(writer.replica, [one.id for one in customers], number)
    _others(hand, customers, number)
    listener.sync()
    stages: dict[str, float] = {}

    def stage(name: str) -> None:
        stages.setdefault(name, time.perf_counter())

    sent = writer.sync(Progress(stage=stage))
    update = _update(connection, number)
    heard = listener.sync()
    changed = {one.id for one in customers}
    return Day(
        push=stages["receive"] - stages["send"],
        update=update,
        pull=heard.seconds,
        insert=floor(listener.profile, path, changed),
        sent=sent,
        heard=heard,
    )


def _work(replica: Replica, customers: Sequence[str], number: int) -> None:
    """Save 10,000 edits: of half the next contact, of most others the occupation or the phone."""
    with replica.unit_of_work() as uow:
        for place, customer in enumerate(customers):
            uow.edit(customer, _wanted(place, number))
        uow.commit()


def _wanted(place: int, number: int) -> dict[str, object]:
    if place % 2:
        return {"next_contact_on": f"20{27 + number}-0{1 + place % 9}-1{place % 10}"}
    if place % 10:
        return {"occupation": f"farmer {number} {place}"}
    return {"phone": f"+86154{number:02d}{place:06d}"}


def _others(hand: Hand, customers: Sequence[StoredRecord], number: int) -> None:
    """Somebody else is at it too: 1 % of the edits meet another value, 4 % another field."""
    ops = [
        _edit(hand, one, {"next_contact_on": f"20{30 + number}-01-11"}) for one in customers[1::100]
    ]
    ops += [_edit(hand, one, {"village": f"village {number}"}) for one in customers[::25]]
    assert {result.outcome for result in hand.push(ops)} == {"applied"}


def _edit(hand: Hand, held: StoredRecord, values: Mapping[str, object]) -> Operation:
    made = hand.operation("edit", held.kind, held.id, {})
    changes = {name: (held.fields.get(name), value) for name, value in values.items()}
    return replace(made, fields=changes)


def _customers(hand: Hand) -> list[StoredRecord]:
    with hand.exchange.database.snapshot() as connection:
        return store.of_kind(connection, "customer")


_FLOOR = """
    UPDATE floor SET
        fields = new.fields, hash = decode(new.hash, 'hex'), version = floor.version + 1
    FROM json_to_recordset(%s::json) AS new (id text, fields text, hash text)
    WHERE floor.id = new.id
"""


def _update(connection: psycopg.Connection[Any], number: int) -> float:
    """Return the seconds of one UPDATE of as many rows in a copy of the server's table.

    As one JSON text: this driver takes three times as long for arrays.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS floor (LIKE record INCLUDING ALL)")
    connection.execute("INSERT INTO floor SELECT * FROM record ON CONFLICT DO NOTHING")
    connection.execute("ANALYZE floor")
    held = connection.execute("SELECT id, fields FROM floor WHERE kind = 'customer'").fetchall()
    rows = [
        {
            "id": record,
            "fields": orjson.dumps({**orjson.loads(fields), **_wanted(place, number)}).decode(),
            "hash": content_hash(record, "customer", number, None, {}).hex(),
        }
        for place, (record, fields) in enumerate(held)
    ]
    text = orjson.dumps(rows).decode()
    started = time.perf_counter()
    connection.execute(_FLOOR, (text,))
    return time.perf_counter() - started


def _report_day(found: Sequence[Day], report: Report) -> None:
    median = statistics.median
    sent, heard = found[-1].sent, found[-1].heard
    report(
        name="sync.push10k.ratio",
        value=median(day.push / day.update for day in found),
        unit="x",
        floor=1.0,
        note=f"{sent.sent} edits ({sent.conflicts} conflicts) in"
        f" {median(day.push for day in found):.2f} s, one UPDATE"
        f" {median(day.update for day in found):.3f} s; whole sync {sent.seconds:.2f} s",
    )
    report(
        name="sync.pull10k.rows_ratio",
        value=median(day.insert / day.pull for day in found),
        unit="x",
        floor=1.0,
        note=f"{heard.received} rows in {median(day.pull for day in found):.2f} s, rows only"
        f" {median(day.insert for day in found):.3f} s",
    )
