"""`yizhan-server recovery`: who forgot a passphrase, and what a branch lead says to it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from crm.domain.errors import NotFound
from crm.domain.exits import one_line
from crm.domain.instants import readable
from crm.domain.messages import line
from server.commands import leads
from server.commands.answers import Answer, tell
from server.exchange import recovering
from server.exchange.accept import Exchange
from server.exchange.recovering import Shown


def run(exchange: Exchange, options: Namespace) -> Answer:
    """List requests, or decide one. Raises: Refused, NotFound, UserError."""
    if options.what == "list":
        return _list(exchange, options)
    return _decide(exchange, options, grant=options.what == "approve")


def _list(exchange: Exchange, options: Namespace) -> Answer:
    found = recovering.shown(exchange, leads.named(exchange, options.login), everything=options.all)
    text = "\n".join(map(_line, found)) or line("server.recovery.none")
    return {"requests": [_data(one) for one in found]}, text, 0


def _decide(exchange: Exchange, options: Namespace, *, grant: bool) -> Answer:
    """Show what is decided before the password is asked: giving it is the decision."""
    everything = recovering.shown(exchange, None, everything=True)
    asked = next((one for one in everything if one.request.id == options.request), None)
    if asked is None:
        raise NotFound("recovery.unknown")
    tell(_line(asked))
    if grant:
        tell(line("server.recovery.compare", digits=spaced(asked.request.code)))
    lead = leads.acting(exchange, options.login)
    done = recovering.decide(exchange, lead, options.request, grant=grant)
    answer = _data(asked) | {"state": done.state}
    text = line(f"server.recovery.{done.state}", login=asked.login, device=_device(asked))
    return answer, text, 0


def _data(one: Shown) -> dict[str, Any]:
    request = one.request
    names = ("id", "enrolment", "device", "code", "state", "at", "decided_at", "granted_at")
    data = {name: getattr(request, name) for name in names}
    return data | {
        "login": one.login,
        "name": one.name,
        "unsent": one.unsent,
        "seen_at": one.seen_at,
    }


def _line(one: Shown) -> str:
    request = one.request
    unsent = "-" if one.unsent is None else one.unsent
    seen = readable(one.seen_at) if one.seen_at else "-"
    said = line("server.recovery.unsent", unsent=unsent, seen=seen)
    state = line(f"server.recovery.state.{request.state}")
    return (
        f"{request.id}  {spaced(request.code)}  {one.login}  {one.name}  {_device(one)}  "
        f"{readable(request.at)}  {state}  {said}"
    )


def _device(one: Shown) -> str:
    """Return what the computer calls itself; it asks here before anybody has agreed to it."""
    return one_line(one.request.device)


def spaced(code: str) -> str:
    """Return a code as it is read out: two groups of three."""
    return f"{code[:3]} {code[3:]}"
