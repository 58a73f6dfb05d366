"""Runs one command of the command line: reads its words, carries it out, says what came of it."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import replace

from crm.domain.errors import Refused, UserError
from crm.domain.exits import UNEXPECTED, Answer, show, told
from desktop.cli.parser import parser

INTERRUPTED = 130
log = logging.getLogger("desktop.cli")


def run_command(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    options = parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written here is for its owner only
    log.addHandler(logging.NullHandler())  # before a profile's log is open, nobody is told
    return show(_outcome(options, arguments), as_json=options.json)


def _outcome(options: argparse.Namespace, arguments: Sequence[str]) -> Answer:
    try:
        _check_text(arguments)
        return _run(options)
    except UserError as error:
        log.info("ended with %s", error.code)
        return told(error)
    except KeyboardInterrupt:
        return Answer(code=INTERRUPTED)
    except Exception as error:
        log.exception("unexpected")
        answer = told(UserError("program.fault", kind=type(error).__name__))
        return replace(answer, code=UNEXPECTED)


def _run(options: argparse.Namespace) -> Answer:
    """Carry out a command; what it needs is imported only now."""
    if options.command == "window":
        from desktop.app.window import start

        return Answer(code=start(options.profile, options.smoke))
    from desktop.cli.commands import run  # --help needs no database

    return run(options)


def _check_text(arguments: Sequence[str]) -> None:
    """Refuse words that are no text in this system's encoding."""
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise Refused("argument.encoding") from error
