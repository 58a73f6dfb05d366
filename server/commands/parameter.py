"""`yizhan-server parameter`: the rules that the bank sets for everybody, and since when."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from crm.domain import parameters
from crm.domain.instants import business_date, parse_instant
from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange.accept import Exchange
from server.exchange.hand import Hand
from server.store import records
from server.store.records import StoredRecord


def run_set(exchange: Exchange, options: Namespace) -> Answer:
    """Set a rule from a day on (today). A value already set for that day is replaced.

    Raises: Refused `parameter.*`.
    """
    value = parameters.checked(options.name, options.value)
    first = options.first.isoformat() if options.first else _today(exchange)
    given = {"name": options.name, "value": value, "from_on": first, "note": options.note}
    fields = {n: v for n, v in given.items() if v is not None}
    there = [r for r in _held(exchange) if _is(r, options.name, first)]
    hand = Hand(exchange)
    if there:
        hand.edit(there[0].id, {"value": value, "note": options.note})
    else:
        hand.create(parameters.KIND, fields, home=parameters.STREAM)
    answer = {"name": options.name, "value": int(value), "from_on": first}
    return answer, line("server.parameter.done", **answer), 0


def run_list(exchange: Exchange, _: Namespace) -> Answer:
    """Show every rule that programs ask for: today's value, and all that was ever set."""
    held, today = _held(exchange), _today(exchange)
    rows = [_row(name, held, today) for name in parameters.KNOWN]
    lines = []
    for row in rows:
        lines.append(line("server.parameter.today", **{n: row[n] for n in ("name", "value")}))
        lines += [line("server.parameter.set", **each) for each in row["set"]]
    return {"parameters": rows}, "\n".join(lines), 0


def _row(name: str, held: list[StoredRecord], today: str) -> dict[str, Any]:
    mine = sorted(
        (r.fields for r in held if r.fields.get("name") == name), key=lambda f: str(f["from_on"])
    )
    known = parameters.KNOWN[name]
    return {
        "name": name,
        "value": parameters.value_on(mine, name, today),
        "default": known.default,
        "low": known.low,
        "high": known.high,
        "set": [{"from_on": f["from_on"], "value": f["value"]} for f in mine],
    }


def _held(exchange: Exchange) -> list[StoredRecord]:
    with exchange.database.snapshot() as connection:
        return records.of_kind(connection, parameters.KIND, [parameters.STREAM])


def _is(record: StoredRecord, name: str, first: str) -> bool:
    return record.fields.get("name") == name and record.fields.get("from_on") == first


def _today(exchange: Exchange) -> str:
    return business_date(parse_instant(exchange.now())).isoformat()
