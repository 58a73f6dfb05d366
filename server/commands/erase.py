"""`yizhan-server erase`: a customer is erased, or its use is stopped (docs/rights.md)."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crm.domain.errors import Refused
from crm.domain.exits import ATTENTION, one_line
from crm.domain.instants import readable
from crm.domain.messages import line
from crm.domain.retention import REASONS
from server.commands import leads
from server.commands.answers import Answer, tell
from server.exchange import accounts, erasing, erasures
from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY
from server.exchange.erasing import Found
from server.exchange.erasures import Laptop, Status
from server.exchange.twins import ARCHIVE
from server.store import backup_list, wiping
from server.store.people import Person

SHOWN = 5  # ids of other records in a text; JSON holds all


def run(exchange: Exchange, folder: Path, options: Namespace) -> Answer:
    """Show what would go, and with a reason let it go; or show how far earlier ones are.

    Raises: Refused `erase.*`, `customer.*`, `lead.role`; NotFound `customers.unknown`.
    """
    if options.status:
        return _status(exchange, folder)
    if options.wipe:
        return _wiped(exchange, {"erased": []}, "")
    if not options.customers:
        raise Refused("erase.who")
    found = [erasing.look(exchange, root) for root in dict.fromkeys(options.customers)]
    shown = "\n".join(_told(one, "would") for one in found)
    if options.dry_run:
        return {"would": [_data(one) for one in found], "dry_run": True}, shown, 0
    if options.reason is None:
        raise Refused("erase.reason", reasons=", ".join(REASONS))
    tell(shown)
    actor = _actor(exchange, options.login, found)
    for one in found:
        erasing.erase(exchange, folder, one.head.id, actor, options.reason, agreed=one.act)
    answer = {"erased": [_data(one) for one in found], "dry_run": False}
    text = "\n".join([*(_told(one, "done") for one in found), *_still_held(folder)])
    return _wiped(exchange, answer, text)


def _actor(exchange: Exchange, login: str | None, found: list[Found]) -> str:
    """Return who decides: a lead of these customers' branch, an administrator, or the keeper of
    the server (NOBODY), each written down. Giving the password is the decision."""
    lead = leads.named(exchange, login)
    if lead is None:
        return NOBODY
    for one in found:
        require_branch(exchange, lead, one)
    return leads.acting(exchange, lead.login).id


def require_branch(exchange: Exchange, lead: Person, found: Found) -> None:
    """Raise Refused `erase.branch` unless the customer is of the lead's branch."""
    with exchange.database.snapshot() as connection:
        archive = erasing.archive_of(connection, found.head.stream)
    if not accounts.may_lead(lead, archive.removeprefix(ARCHIVE)):
        raise Refused("erase.branch")


def _wiped(exchange: Exchange, answer: dict[str, Any], text: str) -> Answer:
    """Write the database's files anew, and say what that does not reach."""
    wiped = wiping.wipe(exchange.database)
    told = line("server.erase.wiped" if wiped else "server.erase.not_wiped")
    lines = [*([text] if text else []), told]
    if wiped and not exchange.database.is_sqlite:
        lines.append(line("server.erase.log"))
    return {**answer, "wiped": wiped}, "\n".join(lines), 0 if wiped else ATTENTION


def _told(found: Found, how: str) -> str:
    """Say what goes, or has gone, and what the branch must look at by itself."""
    facts = _data(found)
    kept = facts["kept"]
    lines = [line(f"server.erase.{how}_{found.act}", **{n: facts[n] for n in _COUNTED})]
    for one in kept:
        until = one["until"] or line("server.erase.open")
        lines.append(line(f"server.erase.kept.{one['reason']}", until=until))
    for what in ("twins", "mentions"):
        if ids := facts[what]:
            some = ", ".join(ids[:SHOWN])
            lines.append(line(f"server.erase.{what}", count=len(ids), some=some))
    return "\n".join(lines)


_COUNTED = ("customer", "records", "elsewhere", "aside")


def _data(found: Found) -> dict[str, Any]:
    scope = found.scope
    return {
        "customer": found.head.id,
        "act": found.act,
        "records": sum(not r.dead for r in scope.family),
        "elsewhere": sum(not r.dead for r in scope.beside),
        "aside": len(scope.aside),
        "kept": [
            {"reason": k.reason, "until": None if k.open else k.until.isoformat()}
            for k in found.kept
        ],
        "twins": [twin.id for twin in scope.twins],
        "mentions": list(scope.mentions),
    }


def _still_held(folder: Path) -> list[str]:
    """Say which backups hold it until they are given up."""
    held = backup_list.read(folder)
    return [line("server.erase.backups", count=len(held))] if held else []


def _status(exchange: Exchange, folder: Path) -> Answer:
    found = erasures.status(exchange)
    text = "\n".join(map(_one, found)) or line("server.erase.none")
    answer = {
        "erasures": [{**asdict(one), "open": one.open} for one in found],
        "backups": [
            {"file": b.file, "at": b.at, "holds": sum(b.at < one.at for one in found)}
            for b in backup_list.read(folder)
        ],
    }
    stale = sum(b["holds"] > 0 for b in answer["backups"])
    return answer, "\n".join([text, *([_backups(stale)] if stale else [])]), 0


def _backups(count: int) -> str:
    return line("server.erase.backups", count=count)


def _one(status: Status) -> str:
    head = line(
        f"server.erase.status.{status.act}",
        customer=status.root,
        at=readable(status.at),
        reason=line(f"server.erase.reason.{status.reason}"),
        open=status.open,
        laptops=len(status.laptops),
        until=status.until or "-",
    )
    lines = [
        f"    {one.login}  {one_line(one.device)}  {_seen(one)}  "
        + line(f"server.erase.laptop.{one.state}")
        for one in status.laptops
    ]
    return "\n".join([head, *lines])


def _seen(laptop: Laptop) -> str:
    return readable(laptop.seen_at) if laptop.seen_at else "-"
