"""Exit codes of both command lines, and how an error is told. See docs/cli.md."""

from __future__ import annotations

import json
import sys

from crm.domain import errors
from crm.domain.messages import explain

ATTENTION = 1  # done, but something waits for a person
USAGE = 2
UNEXPECTED = 70
_CODES: tuple[tuple[type[errors.UserError], int], ...] = (
    (errors.Cancelled, 10),
    (errors.NotFound, 4),
    (errors.BadFile, 5),
    (errors.Locked, 6),
    (errors.ServerUnreachable, 7),
    (errors.ServerRefused, 8),
    (errors.Damaged, 9),
    (errors.UserError, 3),
)


def exit_code(error: errors.UserError) -> int:
    """Return the process's exit code for an error."""
    return next(code for cls, code in _CODES if isinstance(error, cls))


def tell(error: errors.UserError, *, as_json: bool) -> int:
    """Say what happened and what to do; return the exit code."""
    what, remedy = explain(error)
    if as_json:
        told = {"code": error.code, "facts": error.facts, "what": what, "remedy": remedy}
        sys.stdout.write(json.dumps({"error": told}, ensure_ascii=False, default=str) + "\n")
    else:
        sys.stderr.write(f"{what}\n{remedy}\n" if remedy else f"{what}\n")
    return exit_code(error)
