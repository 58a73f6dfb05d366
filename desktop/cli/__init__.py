"""yizhan: the laptop's use cases without a window. Verbs, options and JSON: docs/cli.md."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from crm.domain.errors import Refused, UserError
from crm.domain.exits import UNEXPECTED, Answer, show, told
from desktop.cli.parser import parser

INTERRUPTED = 130
log = logging.getLogger("desktop.cli")


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    options = parser().parse_args(arguments or ["window"])
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
        from platformdirs import user_data_path

        from desktop.app.window import run_window

        folder = options.profile or user_data_path("yizhan")
        return Answer(code=run_window(folder, smoke=options.smoke))
    from desktop.cli.commands import run  # --help needs no database

    return run(options)


def _check_text(arguments: Sequence[str]) -> None:
    """Refuse words that are no text in this system's encoding."""
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise Refused("argument.encoding") from error
