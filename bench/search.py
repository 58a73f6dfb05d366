"""The customer search against LIKE over four columns, in one encrypted replica.

100,000 made-up customers; queries as people type them, drawn from the customers themselves.
A query's time is its SQL and the making of its hits, the median of three tries. LIKE answers a
part of the same queries in the same run: it is the floor that a program without an index has.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import Report
from crm.domain.kinds import SCHEMA
from crm.records.pinyin import search_key
from desktop.storage.engine import loading, open_engine, reading, writing
from desktop.storage.search import find, rebuild
from desktop.storage.tables import KindTable, Tables
from server.practice.dice import Dice, Ids
from server.practice.people import People
from server.practice.places import HOME_COUNTY, Places

CUSTOMERS = 100_000
PER_KIND = 60
LIKE_EVERY = 12  # LIKE answers each twelfth query
TRIES = 3  # of each query; the median counts, so that other programs do not
SEED = 11

Row = dict[str, Any]
_LIKE = "(name LIKE ? OR _aside LIKE ? OR phone LIKE ? OR address LIKE ?)"


def run(report: Report) -> None:
    """Build a replica, search it, and report milliseconds and the ratio to LIKE."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(Path(folder) / "replica.db", bytes(range(32)), create=True)
        tables = Tables(SCHEMA)
        customers = list(people(CUSTOMERS))
        _report_build(report, engine, tables, customers)
        _report_queries(report, engine, customers)
        engine.dispose()


def people(count: int) -> Iterator[Row]:
    """Make up customers as a practice branch has them."""
    dice = Dice(SEED, "bench search")
    drawn, places, ids = People(dice, HOME_COUNTY), Places(dice), Ids(dice, 1_750_000_000_000)
    for _ in range(count):
        person, home, own_id = drawn.anybody(), places.home(), ids.next()
        document = drawn.document(person) or (None, None)
        yield {
            "id": own_id,
            "root": own_id,
            "stream": "portfolio:bench",
            "version": 1,
            "hash": bytes(32),
            "name": person.name,
            "id_type": document[0],
            "id_number": document[1],
            "phone": f"+861{dice.pick('012')}{dice.digits(9)}",  # segments no operator has
            "address": home.address,
            "village": home.village or None,
            "postcode": home.postcode,
            "tier": "general",
            "since": "2021-05-01",
            "_aside": search_key(person.name),
        }


def _report_build(
    report: Report, engine: sa.Engine, tables: Tables, customers: Sequence[Row]
) -> None:
    with loading(engine), writing(engine) as connection:
        tables.metadata.create_all(connection)
        connection.exec_driver_sql("CREATE INDEX ix_contact_point_root ON contact_point (root)")
        rows_s = _seconds(lambda: _insert(connection, tables.kinds["customer"], customers))
        before = _pages(connection)
        index_s = _seconds(lambda: rebuild(connection))
        megabytes = (_pages(connection) - before) * 4096 / 1e6
    note = f"{len(customers)} customers; floor: executemany of the rows alone"
    report(name="search.build_s", value=index_s, unit="s", floor=rows_s, note=note)
    report(name="search.index_mb", value=megabytes, unit="MB", floor=before * 4096 / 1e6)


def _insert(connection: sa.Connection, table: KindTable, customers: Sequence[Row]) -> None:
    columns = ("id", "parent", "root", "stream", "version", "hash", *table.body)
    rows = [tuple(map(customer.get, columns)) for customer in customers]
    raw: Any = connection.connection.dbapi_connection
    raw.executemany(table.insert_sql, rows)


def _pages(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())


def _report_queries(report: Report, engine: sa.Engine, customers: Sequence[Row]) -> None:
    queries = list(mixed(customers, random.Random(SEED)))
    with reading(engine) as connection:
        for _, query in queries[::LIKE_EVERY]:
            find(connection, query)  # warms the page cache, as a morning's work does
        ours = [(kind, _ms(partial(find, connection, query))) for kind, query in queries]
        like = [_ms(partial(_by_like, connection, q)) for _, q in queries[::LIKE_EVERY]]
    times = [ms for _, ms in ours]
    slowest = max(_by_kind(ours).items(), key=lambda pair: pair[1])
    note = f"{len(times)} queries; floor: LIKE p95; slowest kind {slowest[0]} {slowest[1]:.2f} ms"
    report(name="search.p95_ms", value=_p95(times), unit="ms", floor=_p95(like), note=note)
    middle, floor = statistics.median(times), statistics.median(like)
    report(name="search.p50_ms", value=middle, unit="ms", floor=floor, note="floor: LIKE p50")
    note = "LIKE p50 / p50, higher is better"
    report(name="search.like_ratio", value=floor / middle, unit="x", floor=1.0, note=note)
    for kind, p95 in _by_kind(ours).items():
        report(name=f"search.{kind}.p95_ms", value=p95, unit="ms")


def mixed(customers: Sequence[Row], dice: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, query): each kind in turn, so that a part of them is as mixed as all."""
    for _ in range(PER_KIND):
        for kind, make in KINDS.items():
            yield kind, make(dice.choice(customers), dice)


def _part(text: str, length: int, dice: random.Random) -> str:
    at = dice.randrange(max(len(text) - length, 0) + 1)
    return text[at : at + length]


def _initials(customer: Row) -> str:
    return str(customer["_aside"]).split(";", maxsplit=1)[0].partition("|")[2]


def _pinyin(customer: Row) -> str:
    return str(customer["_aside"]).partition("|")[0].replace(" ", "")


def _slip(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    return text[:at] + dice.choice("0123456789") + text[at + 1 :]


KINDS: dict[str, Callable[[Row, random.Random], str]] = {
    "surname": lambda c, _: c["name"][0],
    "name_2": lambda c, dice: _part(c["name"], 2, dice),
    "name_whole": lambda c, _: c["name"],
    "initials": lambda c, dice: _initials(c)[: dice.randint(1, 3)],
    "pinyin": lambda c, dice: _pinyin(c)[: dice.randint(4, 9)],
    "phone_tail_4": lambda c, _: c["phone"][-4:],
    "phone_part_7": lambda c, dice: _part(c["phone"][3:], 7, dice),
    "address_4": lambda c, dice: _part(c["address"], 4, dice),
    "two_terms": lambda c, _: f"{c['name'][0]} {(c['village'] or c['address'])[:3]}",
    "initials_tail": lambda c, _: f"{_initials(c)} {c['phone'][-4:]}",
    "nobody": lambda c, dice: dice.choice(("囧槑", "qqxz", "囧东槑村", "9999999999", "zq 囧")),
    "slip": lambda c, dice: _slip(c["phone"][3:], dice),
    "one_mark": lambda _, dice: dice.choice("张1z"),
}


def _by_like(connection: sa.Connection, query: str) -> list[sa.Row[Any]]:
    words = query.split()
    sql = f"SELECT id, name FROM customer WHERE {' AND '.join([_LIKE] * len(words))} LIMIT 50"
    values = tuple(f"%{word}%" for word in words for _ in range(4))
    return list(connection.exec_driver_sql(sql, values))


def _by_kind(timed: Sequence[tuple[str, float]]) -> dict[str, float]:
    return {kind: _p95([ms for k, ms in timed if k == kind]) for kind in KINDS}


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _ms(work: Callable[[], object]) -> float:
    return statistics.median(_seconds(work) for _ in range(TRIES)) * 1000
