"""`yizhan-server reassign`: customers go from manager to manager (docs/handover.md)."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crm.domain.assignments import typed_values
from crm.domain.errors import Refused
from crm.domain.exits import one_line
from crm.domain.ids import derived_id
from crm.domain.instants import business_date, parse_instant, readable
from crm.domain.kind import ID
from crm.domain.messages import line
from crm.interchange.text_encoding import decode
from server.commands import dossier
from server.commands.answers import STOPPED, Answer, count, tell
from server.exchange import accounts, choosing, handover, interlock
from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY
from server.exchange.choosing import Chosen
from server.exchange.hand import Hand
from server.exchange.handover import Moved, Note, Transfer
from server.exchange.interlock import Unsynced
from server.store import people
from server.store.people import Person

PAUSE_S = 5
HEADINGS = ("id", "编号")  # of a list of customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for, with everybody looked up."""

    exchange: Exchange
    giver: Person | None
    taker: Person
    by: str
    chosen: Chosen
    reason: str | None
    override: str | None
    since: str  # a computer not seen since then is waited for

    @property
    def run(self) -> str:
        """The number of this hand-over: the same order on the same day goes on with it."""
        day = business_date(parse_instant(self.exchange.now())).isoformat()
        giver = self.giver.id if self.giver else ""
        return derived_id("run", giver, self.taker.id, self.reason or "", day)

    def look(self) -> list[Unsynced]:
        return interlock.unsynced(self.exchange, self.chosen.roots.keys(), self.since)


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Show who has not synced; wait, stop or go on as asked; move. Raises: Refused, NotFound."""
    order = _order(exchange, options)
    waiting = order.look()
    if options.dry_run:
        return _answer(order, waiting, Moved(), "server.reassign.would", dry_run=True)
    if waiting and options.wait is not None:
        waiting = interlock.wait(order.look, _tell_waiting, _until(options.wait))
    if waiting and order.override is None:
        return _answer(order, waiting, Moved(), "server.reassign.stopped", code=STOPPED)
    if options.dossier is not None:
        dossier.prepare(options.dossier)
    moved = _move(order)
    if options.dossier is not None:  # of a run that was killed too: what it had moved is in it
        dossier.write_run(exchange, options.dossier, order.run, options.language)
    return _answer(order, waiting, moved, "server.reassign.done")


# --- what was asked for ---


def _order(exchange: Exchange, options: Namespace) -> Order:
    giver = accounts.find(exchange, options.giver) if options.giver else None
    taker = accounts.find(exchange, options.taker)
    if taker.role != "manager" or not taker.active:
        raise Refused("person.no_portfolio", login=taker.login)
    if giver is not None and giver.id == taker.id:
        raise Refused("reassign.same")
    if options.override is not None and not options.override.strip():
        raise Refused("reassign.no_reason")
    said = {"reason": options.reason, "override": options.override}
    exchange.schema["hand_over"].check(
        {n: v for n, v in said.items() if v is not None}, whole_record=False
    )
    return Order(
        exchange=exchange,
        giver=giver,
        taker=taker,
        by=accounts.find(exchange, options.login).id if options.login else NOBODY,
        chosen=_choose(exchange, options, giver, taker),
        reason=options.reason,
        override=options.override,
        since=interlock.days_ago(exchange, options.days),
    )


def _choose(exchange: Exchange, options: Namespace, giver: Person | None, taker: Person) -> Chosen:
    """Return what is to move. Raises: Refused when it is said in no way, or in several."""
    ids = [*options.customers, *(_ids(options.file) if options.file else ())]
    wanted = _wanted(options)
    if sum(map(bool, (ids, wanted, options.all))) != 1:
        raise Refused("reassign.what")
    here = accounts.portfolio(giver.id) if giver else None
    there = accounts.portfolio(taker.id)
    if ids:
        return choosing.named(exchange, ids, there, here)
    if wanted:
        values = typed_values(exchange.schema["customer"], wanted, {})
        return choosing.found(exchange, values, there, here)
    if here is None:
        raise Refused("reassign.from")
    return choosing.everything(exchange, here)


def _wanted(options: Namespace) -> list[str]:
    pairs = list(options.where)
    pairs += [f"village={options.village}"] if options.village else []
    pairs += [f"tier={options.tier}"] if options.tier else []
    return pairs


def _ids(path: Path) -> list[str]:
    """Return the ids that a file lists, one a line, in its first column.

    Raises: OSError; BadFile `import.encoding`; Refused `reassign.file` with the first line that
    holds none.
    """
    lines = decode(path.read_bytes()).text.splitlines()
    cells = [text.replace("\t", ",").split(",")[0].strip(' "') for text in lines]
    given = [(n, c) for n, c in enumerate(cells, 1) if c and not (n == 1 and c.lower() in HEADINGS)]
    for number, cell in given:
        if not ID.fullmatch(cell):
            raise Refused("reassign.file", line=number)
    return [cell for _, cell in given]


# --- waiting ---


def _tell_waiting(waiting: Sequence[Unsynced]) -> None:
    tell(line("server.reassign.waiting", count=len(waiting)))
    tell(_devices(waiting))


def _until(minutes: int) -> interlock.Pause:
    """Return what pauses between two looks; it says whether to look again. 0: for ever."""
    ends = time.monotonic() + minutes * 60

    def pause() -> bool:
        if minutes and time.monotonic() >= ends:
            return False
        time.sleep(PAUSE_S)
        return True

    return pause


# --- moving ---


def _move(order: Order) -> Moved:
    """Move portfolio by portfolio; what a killed run has moved is no longer there to choose."""
    hand, moved = Hand(order.exchange, order.by), Moved()
    for stream, roots in order.chosen.roots.items():
        transfer = Transfer(
            roots=roots,
            to_stream=accounts.portfolio(order.taker.id),
            from_stream=stream,
            note=_note(order, stream),
            graves=order.chosen.graves,
        )
        moved += handover.move_all(order.exchange, hand.actor, transfer, count)
    return moved


def _note(order: Order, stream: str) -> Note:
    giver_id = stream.partition(":")[2]
    with order.exchange.database.snapshot() as connection:
        giver = people.person_with(connection, giver_id)
    waiting = interlock.unsynced(order.exchange, [stream], order.since)
    return Note(
        from_manager=giver_id,
        from_name=giver.name if giver else None,
        to_manager=order.taker.id,
        to_name=order.taker.name,
        by=order.by,
        reason=order.reason,
        override=order.override if waiting else None,
        unsynced_devices=len(waiting),
        unsent=sum(device.unsent for device in waiting),
        run=order.run,
    )


# --- the answer ---


def _answer(
    order: Order,
    waiting: Sequence[Unsynced],
    moved: Moved,
    code_of_text: str,
    *,
    code: int = 0,
    dry_run: bool = False,
) -> Answer:
    chosen = order.chosen
    answer: dict[str, Any] = {
        "run": order.run,
        "to": order.taker.login,
        "chosen": chosen.customers,
        "moved": moved.customers,
        "records": moved.records,
        "already_there": len(chosen.there),
        "elsewhere": list(chosen.elsewhere),
        "unsynced": [asdict(device) for device in waiting],
        "override": order.override if waiting and moved.roots else None,
        "dry_run": dry_run,
    }
    words = {**answer, "elsewhere": len(chosen.elsewhere), "unsynced": len(waiting)}
    text = line(code_of_text, **words)
    return answer, "\n".join([text, _devices(waiting)] if waiting else [text]), code


def _devices(waiting: Sequence[Unsynced]) -> str:
    return "\n".join(
        line(
            f"server.reassign.{device.why}",
            login=device.login,
            device=one_line(device.device),
            unsent=device.unsent,
            seen=_seen(device.seen_at),
        )
        for device in waiting
    )


def _seen(at: str | None) -> str:
    if at is None:
        return line("server.reassign.never")
    return readable(at)
