"""yizhan: the laptop's use cases without a window. Verbs, options and JSON: docs/cli.md."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence

from crm.domain.errors import UserError
from crm.domain.exits import UNEXPECTED, tell
from desktop.cli.parser import parser

INTERRUPTED = 130


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    options = parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written here is for its owner only
    from desktop.cli.commands import run  # after parsing: --help needs no database

    try:
        answer = run(options)
    except UserError as error:
        return tell(error, as_json=options.json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        logging.getLogger("yizhan").exception("unexpected")
        tell(UserError("program.fault", kind=type(error).__name__), as_json=options.json)
        return UNEXPECTED
    text = json.dumps(answer.data, ensure_ascii=False) if options.json else answer.text
    if text:
        sys.stdout.write(text + "\n")
    return answer.code
