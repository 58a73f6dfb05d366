"""What was typed on the first page, and what of it can be judged before a server is asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from crm.domain.errors import UserError
from desktop.services.office import Enrolment
from desktop.views.language.translating import explained, sentences, translate

Problems = dict[str, str]  # name of a field -> the sentence that belongs below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The fields as they stand. `asks_new`: the server wants a password of the person's own."""

    server: str = ""
    login: str = ""
    password: str = ""
    asks_new: bool = False
    new_password: str = ""
    new_again: str = ""
    passphrase: str = ""
    again: str = ""
    practice: bool = False
    ca_file: str = ""

    def own_words(self) -> tuple[str, ...]:
        """Return what colleagues know of the person, as far as it is typed here."""
        return (self.login.strip(),) if self.login.strip() else ()

    def enrolment(self) -> Enrolment:
        return Enrolment(
            server_url=with_scheme(self.server),
            login=self.login.strip(),
            password=self.password,
            new_password=self.new_password if self.asks_new else "",
            passphrase=self.passphrase,
            practice=self.practice,
            ca_file=Path(self.ca_file.strip()) if self.ca_file.strip() else None,
        )


def with_scheme(address: str) -> str:
    """Return an address as it was meant: https where no scheme was typed.

    Only a server on this very computer (a practice server) is spoken to without encryption.
    """
    typed = address.strip()
    if not typed or "://" in typed:
        return typed
    return f"http://{typed}" if _is_here(typed) else f"https://{typed}"


def _is_here(address: str) -> bool:
    host = address.split("/", maxsplit=1)[0].rsplit(":", 1)[0]
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class CheckPassphrase(Protocol):
    """Raises: Refused `vault.passphrase.*`."""

    def __call__(
        self, passphrase: str, *, practice: bool, own_words: tuple[str, ...] = ()
    ) -> None: ...


def problems(entered: Entered, check_passphrase: CheckPassphrase) -> Problems:
    """Return what is missing or cannot be right, in the order of the page."""
    found: Problems = {}
    if not entered.server.strip():
        found["server"] = translate("Enrol", "Type the address that the branch gave you.")
    found |= login_problems(entered)
    if sentence := own_passphrase_problem(entered, check_passphrase):
        found["passphrase"] = sentence
    elif entered.again != entered.passphrase:
        found["again"] = differs()
    return found


def login_problems(entered: Entered) -> Problems:
    """Return what is missing of that which the server is shown, in the order of the page."""
    found: Problems = {}
    if not entered.login.strip():
        found["login"] = translate("Enrol", "Type your login at the branch.")
    if not entered.password:
        found["password"] = translate("Enrol", "Type the password that the branch gave you.")
    if entered.asks_new and not entered.new_password:
        found["new_password"] = translate("Enrol", "Choose a password of your own.")
    elif entered.asks_new and entered.new_again != entered.new_password:
        found["new_again"] = differs()
    return found


def own_passphrase_problem(entered: Entered, check: CheckPassphrase) -> str:
    """As `passphrase_problem`, for who enrols: the login counts for little in it."""
    check_it = partial(check, practice=entered.practice, own_words=entered.own_words())
    return passphrase_problem(entered.passphrase, check_it)


def passphrase_problem(passphrase: str, check: Callable[[str], None]) -> str:
    """Return why a passphrase will not do, "" if it will."""
    try:
        check(passphrase)
    except UserError as error:
        return sentences(*explained(error))
    return ""


def differs() -> str:
    return translate("Enrol", "The two are not the same. Type it again.")
