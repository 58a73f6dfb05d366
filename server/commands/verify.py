"""`yizhan-server verify`: whether hashes, logs and totals follow from the content; --repair."""

from __future__ import annotations

import logging
from argparse import Namespace
from dataclasses import asdict
from typing import Any

from crm.domain.exits import ATTENTION
from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import read, repairing
from server.exchange.accept import Exchange

log = logging.getLogger("yizhan.server")


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Look, and with --repair put right what can be and look again."""
    checked, faults = read.verify(exchange.database)
    said: list[str] = []
    answer: dict[str, Any] = {"found": _told(faults)}
    if options.repair and faults:
        done = asdict(repairing.repair(exchange))
        log.warning("repaired: %s", {k: v for k, v in done.items() if k != "uncertain"})
        answer["repaired"] = done
        said.append(line("server.verify.repaired", **done))
        said += [line("server.verify.uncertain", record=r) for r in done["uncertain"]]
        checked, faults = read.verify(exchange.database)
    said += [line("server.verify.fault", **each) for each in _told(faults)]
    if not faults:
        said.append(line("server.verify.good", streams=checked))
    answer |= {"streams": checked, "faults": _told(faults), "verified": not faults}
    return answer, "\n".join(said), ATTENTION if faults else 0


def _told(faults: list[read.StreamFault]) -> list[dict[str, str]]:
    return [{"stream": f.stream, "what": f.what} for f in faults]
