"""Who gives a command that only a branch lead, or an administrator, may give."""

from __future__ import annotations

from crm.domain.errors import Refused, UserError
from crm.domain.messages import line
from server.commands.answers import secret
from server.exchange import accounts
from server.exchange.accept import Exchange
from server.exchange.throttle import Throttle
from server.store.people import Person

ROLES = ("branch_lead", "administrator")


def named(exchange: Exchange, login: str | None) -> Person | None:
    """Return the lead whose view is asked for; None for the keeper of the server, who sees all.

    Raises: NotFound `person.unknown`; Refused `lead.role`.
    """
    if login is None:
        return None
    person = accounts.find(exchange, login)
    if person.role not in ROLES:
        raise Refused("lead.role", login=login)
    return person


def acting(exchange: Exchange, login: str) -> Person:
    """Return the lead who decides, once the password is shown; a first one must be changed.

    Raises: NotFound, Refused `lead.role`, `password.*`; UserError `login.wrong`.
    """
    named(exchange, login)
    password = secret(line("server.ask.own_password", login=login))
    person = accounts.authenticate(exchange, Throttle(), login, password)
    if person.must_change:
        _own_password(exchange, person)
    return person


def _own_password(exchange: Exchange, person: Person) -> None:
    new = secret(line("server.ask.new_password", login=person.login))
    if not new:
        raise UserError("password.change_required")
    accounts.change_password(exchange, person, new)
