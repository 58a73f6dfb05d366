"""Exit codes of both command lines, and how an error is told. See docs/cli.md."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any

from crm.domain import errors
from crm.domain.messages import explain

ATTENTION = 1  # done, but something waits for a person
USAGE = 2
UNREAD = 11  # done, but the answer could not be written
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


# What a terminal obeys, or what turns a line around: a device's name may be full of it.
_OBEYED = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = {char: "\ufffd" for char in _OBEYED if chr(char) not in "\n\t"}
_ESCAPED = {char: f"\\u{char:04x}" for char in _OBEYED}  # of JSON: the same value


def exit_code(error: errors.UserError) -> int:
    """Return the process's exit code for an error."""
    return next(code for cls, code in _CODES if isinstance(error, cls))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command came to: JSON, text for people, exit code."""

    data: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    code: int = 0
    problem: bool = False  # text goes to standard error


def told(error: errors.UserError) -> Answer:
    """Return what happened and what to do."""
    what, remedy = explain(error)
    data = {"code": error.code, "facts": error.facts, "what": what, "remedy": remedy}
    text = f"{what}\n{remedy}" if remedy else what
    return Answer({"error": data}, text, exit_code(error), problem=True)


def harmless(text: str) -> str:
    """Return a text that moves no terminal; its lines stay lines."""
    return text.translate(_SHOWN)


def one_line(text: str) -> str:
    """Return what a stranger has called something, so that it is not read as further lines."""
    return harmless(text).translate(dict.fromkeys(map(ord, "\n\t"), "�"))


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, default=str).translate(_ESCAPED)


def show(answer: Answer, *, as_json: bool) -> int:
    """Write the answer where it belongs; return the exit code.

    What was done stays done if nobody reads it: a closed or full output has a code of
    its own. JSON is UTF-8 whatever the system's encoding is.
    """
    stream = sys.stdout if as_json or not answer.problem else sys.stderr
    text = _json(answer.data) if as_json else harmless(answer.text)
    if not text or (as_json and not answer.data):
        return answer.code
    if stream is None:
        return answer.code or UNREAD
    encoding = "utf-8" if as_json else stream.encoding
    try:
        stream.flush()
        stream.buffer.write((text + "\n").encode(encoding, "replace"))
        stream.flush()
    except OSError:
        # Python would try again at its end, and end with a code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return answer.code or UNREAD
    return answer.code
