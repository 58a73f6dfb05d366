"""`yizhan-server devices`: the computers, what became of lost and retired ones, and revoking."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from crm.domain.errors import NotFound, Refused
from crm.domain.exits import ATTENTION, one_line
from crm.domain.instants import readable
from crm.domain.messages import line
from server.commands import leads
from server.commands.answers import Answer
from server.exchange import accounts, ending, revoking
from server.exchange.accept import Exchange
from server.store import chains, people, statements
from server.store.people import Device, Person
from server.store.settings import read
from server.store.statements import DESTROYED, HANDED_IN, Statement

Told = dict[str, list[Statement]]


def run(exchange: Exchange, options: Namespace) -> Answer:
    """List devices; first revoke one, where that is asked. A lead sees those of the branch.

    Raises: NotFound `device.unknown`; Refused `lead.*`; UserError `login.wrong`.
    """
    if options.receipts:
        return chain_heads(exchange, options.receipts)
    lead = leads.named(exchange, options.login)
    _revoke(exchange, options)
    with exchange.database.snapshot() as connection:
        devices = [d for d in people.devices(connection) if _is_shown(lead, d)]
        broken = chains.broken(connection)
        told = statements.of_devices(connection, [d.enrolment for d in devices])
    rows = [_row(exchange, device, broken, told) for device in devices]
    lines = [_line(device, row) for device, row in zip(devices, rows, strict=True)]
    lost = sum(row["lost_edits"] for row in rows)
    if any(device.state == "lost" for device in devices):
        lines.append(line("server.device.lost_edits", edits=lost))
    code = 0 if all(row["statements_fit"] for row in rows) else ATTENTION
    return {"devices": rows, "lost_edits": lost}, "\n".join(lines), code


def _is_shown(lead: Person | None, device: Device) -> bool:
    return lead is None or accounts.may_lead(lead, device.branch)


def _revoke(exchange: Exchange, options: Namespace) -> None:
    """Carry out --retire and --lost; with --as only for a lead of the device's branch."""
    wanted = [("retired", options.retire), ("lost", options.lost)]
    for state, enrolment in [(state, one) for state, one in wanted if one]:
        by = _allowed(exchange, options.login, enrolment)
        folder = read(options.data).folder
        if not revoking.revoke(exchange, folder, enrolment, state, by):
            raise NotFound("device.unknown")


def _allowed(exchange: Exchange, login: str | None, enrolment: str) -> str | None:
    """Return the id of the lead who revokes; None for the keeper of the server."""
    if login is None:
        return None
    lead = leads.acting(exchange, login)
    with exchange.database.snapshot() as connection:
        held = people.enrolment(connection, enrolment)
        owner = people.person_with(connection, held["person"]) if held else None
    if held is None:
        raise NotFound("device.unknown")
    if not accounts.may_lead(lead, owner.branch if owner else None):
        raise Refused("lead.branch", login=login)
    return lead.id


def _row(exchange: Exchange, device: Device, broken: set[str], told: Told) -> dict[str, Any]:
    """Return what is known of a device. `lost_edits` is exact once a lost one has asked."""
    kept = told.get(device.enrolment, [])
    said = [ending.said_in(exchange.tokens, one) for one in kept]
    done = [one for one in kept if one.what in (DESTROYED, HANDED_IN)]
    return {
        **{name: getattr(device, name) for name in device.__slots__},
        "receipts_fit": device.enrolment not in broken,
        "lost_edits": device.unsent if device.state == "lost" else 0,
        "destroyed_at": done[0].at if done else None,
        "statements": [
            {"what": one.what, "at": one.at, "said": body, "token": one.token, "fits": bool(body)}
            for one, body in zip(kept, said, strict=True)
        ],
        "statements_fit": all(said),
    }


def _line(device: Device, row: dict[str, Any]) -> str:
    seen = readable(device.seen_at) if device.seen_at else "-"
    words = [
        device.enrolment,
        device.login,
        one_line(device.device),
        device.state,
        f"done {device.done}",
        f"unsent {device.unsent}",
        seen,
        *_ends(device, row),
    ]
    return "  ".join(words)


def _ends(device: Device, row: dict[str, Any]) -> list[str]:
    found = [
        ("server.device.revoked", device.revoked_at if device.state != "active" else None),
        ("server.device.ended", device.ended_at),
        ("server.device.destroyed", row["destroyed_at"]),
    ]
    words = [line(code, at=readable(at)) for code, at in found if at]
    if not row["statements_fit"]:
        words.append(line("server.device.statement_broken"))
    if not row["receipts_fit"]:
        words.append(line("server.chain.broken"))
    return words


def chain_heads(exchange: Exchange, enrolment: str) -> Answer:
    """Show what a device said of its chain of receipts, and whether each head followed."""
    with exchange.database.snapshot() as connection:
        if people.enrolment_state(connection, enrolment) is None:
            raise NotFound("device.unknown")
        found = chains.of_enrolment(connection, enrolment)
    fits = all(head.fits for head in found)
    said = line(f"server.chain.all_{_fit(fits)}", heads=len(found))
    answer = {"heads": [asdict(head) for head in found], "fits": fits}
    return answer, "\n".join([*_heads(found), said]), 0 if fits else ATTENTION


def _heads(found: Sequence[chains.Head]) -> list[str]:
    return [
        f"{readable(h.at)}  {h.incarnation}  {h.length}  {h.head}  "
        + line(f"server.chain.{_fit(h.fits)}")
        for h in found
    ]


def _fit(fits: bool) -> str:
    return "fits" if fits else "broken"
