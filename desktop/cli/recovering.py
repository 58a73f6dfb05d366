"""`yizhan recover`: asks for a forgotten passphrase's key, and goes on when it was approved."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from crm.domain.errors import NotFound
from crm.domain.exits import ATTENTION, Answer
from crm.domain.messages import line
from desktop.app import destroying, recovering
from desktop.app.profiles import Profile, opened
from desktop.app.recovering import RECOVERED, Given, Outcome
from desktop.vault.request_file import Request

POLL_S = 5.0
WAITING = "waiting"

Secret = Callable[[str], str]


def run(
    profile: Profile, options: argparse.Namespace, secret: Secret, new_secret: Secret
) -> Answer:
    """Ask, or go on with what was asked; wait up to `--wait` minutes for the branch lead."""
    destroying.finish(profile.folder)
    if not profile.enrolled:
        raise NotFound("profile.none")
    known = None if options.anew else recovering.under_way(profile)
    if known is None:
        passphrase, known = _asked(profile, options, secret, new_secret)
    else:
        passphrase = secret("cli.ask.chosen_passphrase")
    outcome = _awaited(profile, options, passphrase, known)
    return _told(profile, outcome, passphrase, known)


def _asked(
    profile: Profile, options: argparse.Namespace, secret: Secret, new_secret: Secret
) -> tuple[str, Request]:
    given = Given(
        login=options.login,
        password=secret("cli.ask.password"),
        passphrase=new_secret("cli.ask.new_passphrase"),
        server_url=options.server,
        ca_file=options.ca,
    )
    return given.passphrase, recovering.ask(profile, given)


def _awaited(
    profile: Profile, options: argparse.Namespace, passphrase: str, known: Request
) -> Outcome:
    """Go on until there is another answer than to wait, or the time is over."""
    until = time.monotonic() + 60 * (options.wait or 0)
    outcome = recovering.go_on(profile, passphrase, options.server, options.ca)
    if outcome.state == WAITING and options.wait:
        sys.stderr.write(line("cli.recover.waiting", digits=spaced(known.code)) + "\n")
        sys.stderr.flush()
    while outcome.state == WAITING and time.monotonic() < until:
        time.sleep(max(0.0, min(POLL_S, until - time.monotonic())))
        outcome = recovering.go_on(profile, passphrase, options.server, options.ca)
    return outcome


def _told(profile: Profile, outcome: Outcome, passphrase: str, known: Request) -> Answer:
    data: dict[str, object] = {
        "state": outcome.state,
        "request": known.request,
        "code": known.code,
        "asked_at": known.at,
    }
    facts: dict[str, Any] = {"digits": spaced(known.code)}
    if outcome.state == RECOVERED:
        facts["unsent"] = data["unsent"] = _unsent(profile, passphrase)
    code = 0 if outcome.state == RECOVERED else ATTENTION
    return Answer(data, line(f"cli.recover.{outcome.state}", **facts), code)


def _unsent(profile: Profile, passphrase: str) -> int:
    with closing(opened(profile, passphrase)[0]) as replica, replica.transaction() as tx:
        return tx.unsent()


def spaced(code: str) -> str:
    """Return a code as it is read out: two groups of three."""
    return f"{code[:3]} {code[3:]}"
