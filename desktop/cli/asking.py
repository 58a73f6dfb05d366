"""How the command line asks for secrets, and what it says about them: never on the command line."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence

from crm.domain.errors import Refused, UserError
from crm.domain.instants import readable
from crm.domain.messages import explain, line
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.strength import strength
from desktop.vault.vault import WrongTries


def secret(prompt: str) -> str:
    """Read a secret: by prompt on a terminal, else the next line of standard input."""
    if _on_terminal():
        return getpass.getpass(line(prompt) + ": ")
    try:
        given = sys.stdin.readline() if sys.stdin else ""
    except UnicodeDecodeError as error:
        raise Refused("argument.encoding") from error
    if not given:
        raise Refused("secret.none")
    return given.rstrip("\r\n")


def new_secret(prompt: str) -> str:
    """Read a secret that is being chosen: twice on a terminal."""
    first = secret(prompt)
    if _on_terminal() and getpass.getpass(line("cli.ask.again") + ": ") != first:
        raise Refused("secret.differs")
    return first


def new_passphrase(prompt: str, *, practice: bool, own_words: Sequence[str] = ()) -> str:
    """Read a passphrase that is being chosen, and say on standard error what it is worth.

    One that will not do is asked for again on a terminal. Raises: Refused `vault.passphrase.*`.
    """
    while True:
        first = secret(prompt)
        try:
            check_new_passphrase(first, practice=practice, own_words=own_words)
        except Refused as refusal:
            _advise(first, own_words)
            if not _on_terminal():
                raise
            _say(" ".join(explain(refusal)))
            continue
        if _on_terminal() and getpass.getpass(line("cli.ask.again") + ": ") != first:
            raise Refused("secret.differs")
        return first


def tell_wrong_tries(earlier: WrongTries) -> None:
    """Say, once, that somebody tried wrong passphrases."""
    since = readable(earlier.since) if earlier.since else "?"
    _say(line("cli.wrong_tries", count=earlier.count, since=since))


def _advise(passphrase: str, own_words: Sequence[str]) -> None:
    for code in strength(passphrase, own_words).advice:
        _say(" ".join(explain(UserError(code))))


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _on_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
