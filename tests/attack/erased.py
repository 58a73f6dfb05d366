"""Somebody was erased: is a byte left, and can any laptop bring one back?"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm.domain.belonging import GOES_WITH
from crm.domain.ids import new_id
from server.exchange import erased, erasing
from server.exchange.epoch import Epoch
from server.exchange.operations import VERBS, Operation
from server.store import erasing as store
from server.store import wiping
from tests.attack.registry import Run, attack, weakness
from tests.attack.stage import Stage, stage
from tests.helpers.server import Laptop
from tests.helpers.server_bytes import on_disk

BRINGERS = ("manager", "deputy", "ended_deputy", "colleague", "manager_b", "lead", "retired")
PLACES = ("record", "root", "parent", "into", *sorted(GOES_WITH))
AFTER = {"refused"}  # what may become of an operation about somebody erased


@attack("erased", quick_s=1.0, full_s=60.0)
def somebody_erased(run: Run) -> None:
    """Customers are erased; every byte of the store is searched, before and after everybody has
    pushed late operations about them in every place of an operation, and a dump has come back."""
    with stage(run.folder) as made:
        folder, dump = made.site.settings.folder, run.folder / "dump.db"
        _aside(made)
        _copy(made, dump)
        gone = [made.marked[made.home(who)] for who in ("manager", "colleague")]
        marks = {made.marks[made.home(who)] for who in ("manager", "colleague")}
        _expect_there(run, made, marks)
        for root in gone:
            erasing.erase(made.site.world.exchange, folder, root, made.people["lead"], "asked")
            run.tried("erasing")
        _search(run, made, marks, "after erasing")
        marks |= _bring_late(run, made, gone)
        _search(run, made, marks, "after late operations")
        _put_back(made, dump)
        Epoch(made.site.world.exchange, folder)  # what a start does
        run.tried("restore")
        _search(run, made, marks, "after a dump was put back")


def _aside(made: Stage) -> None:
    """A stranger's edit of what is to be erased waits in quarantine."""
    home = made.home("manager")
    device = made.devices["manager_b"]
    edit = device.laptop.operation(
        "edit", made.marked[home], fields={"note": (None, made.marks[home])}
    )
    device.push(edit)


def _bring_late(run: Run, made: Stage, gone: list[str]) -> set[str]:
    """Push every verb with an erased id in every place, then such things by chance."""
    words: set[str] = set()
    cases = [(verb, place) for verb in sorted(VERBS) for place in PLACES]
    for verb, place in run.some(cases, 40):
        words.add(_bring(run, made, verb, place, gone))
    while run.going():
        verb, place = run.dice.choice(cases)
        words.add(_bring(run, made, verb, place, gone))
    return words


def _bring(run: Run, made: Stage, verb: str, place: Any, gone: list[str]) -> str:
    who, word = run.dice.choice(BRINGERS), "zl" + secrets.token_hex(6)
    device = made.devices[who]
    op = _late(device.laptop, verb, place, run.dice.choice(gone), word)
    reply = device.push(op)
    run.tried("late operation")
    told = [result["outcome"] for result in reply.json().get("results", ())]
    run.expect(
        reply.status_code != 200 or set(told) <= AFTER,
        f"{verb} by {who}, erased in {place}: {told}",
    )
    return word


def _late(laptop: Laptop, verb: str, place: Any, gone: str, word: str) -> Operation:
    """Return an operation that is full of `word` and names `gone` in one place."""
    fields = {"name": (None, word), "note": (None, word), "label": (None, word)}
    more: dict[str, Any] = {"kind": "customer", "home": laptop.home}
    if isinstance(place, tuple):
        more["kind"], name = place
        fields[name] = (None, gone)
    record = gone if place == "record" else new_id()
    more["root"] = gone if place == "root" else record
    more["parent"] = gone if place == "parent" else None
    more["into"] = gone if place == "into" else (new_id() if verb == "merge" else None)
    return laptop.operation(verb, record, fields=fields, **more)


def _search(run: Run, made: Stage, marks: set[str], when: str) -> None:
    wiping.wipe(made.database)
    files = {**on_disk(made.database), **_others(made.site.settings.folder)}
    for mark in sorted(marks):
        run.tried("word searched")
        places = [place for place, content in files.items() if mark.encode() in content]
        run.expect(not places, f"{when}: a word of somebody erased is in {places}")


def _expect_there(run: Run, made: Stage, marks: set[str]) -> None:
    files = on_disk(made.database)
    for mark in marks:
        found = any(mark.encode() in content for content in files.values())
        run.expect(found, "the search itself finds nothing")


def _others(folder: Path) -> dict[str, bytes]:
    return {str(f): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def _copy(made: Stage, dump: Path) -> None:
    held = made.database.engine.raw_connection()
    held.execute(f"VACUUM INTO '{dump}'")
    held.close()


def _put_back(made: Stage, dump: Path) -> None:
    """Let every table hold what it held then, as a keeper with a tool of the database's would."""
    with made.database.engine.raw_connection().driver_connection as held:
        held.execute(f"ATTACH '{dump}' AS then_")
        for name in _tables(held):
            held.execute(f"DELETE FROM main.{name}")
            held.execute(f"INSERT INTO main.{name} SELECT * FROM then_.{name}")
        held.commit()
        held.execute("DETACH then_")
    dump.unlink()


def _tables(held: Any) -> Iterator[str]:
    rows = held.execute("SELECT name FROM then_.sqlite_master WHERE type = 'table'").fetchall()
    return (name for (name,) in rows if not name.startswith("sqlite_"))


@weakness("erased")
def revisions_keep_what_was(patch: Any) -> None:
    whole = store.blank

    def careless(database: Any, connection: Any, records: Any, once: Any, operations: Any) -> None:
        whole(database, connection, set(), set(), operations)

    patch.setattr(store, "blank", careless)


@weakness("erased")
def quarantine_keeps_what_came(patch: Any) -> None:
    whole = store.blank
    patch.setattr(store, "blank", lambda d, c, r, once, ops: whole(d, c, r, once, {}))


@weakness("erased")
def late_operations_are_taken(patch: Any) -> None:
    patch.setattr(erased, "concerns", lambda draft, op: False)


@weakness("erased")
def files_are_not_written_anew(patch: Any) -> None:
    patch.setattr(wiping, "wipe", lambda database: True)


@weakness("erased")
def a_start_forgets_who_was_erased(patch: Any) -> None:
    patch.setattr(erasing, "carry_out", lambda exchange, connection, folder: 0)
