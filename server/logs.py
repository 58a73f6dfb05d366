"""The server's log: our own lines, which hold codes, types and places; of libraries no word.

A library quotes what it was given: a database error the row that broke a rule ("Key (...)=(...)"),
a web server the message of whatever escaped. So of their records only name, level and length stay,
and of every error only types and places, its causes included.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import walk_tb

OURS = "yizhan.server"
FORM = "%(asctime)sZ %(levelname)s %(message)s"
DAY_AND_TIME = "%Y-%m-%dT%H:%M:%S"
LOG_BYTES, LOG_FILES = 1_000_000, 5


class Wordless(logging.Formatter):
    """Formats records as the module says. Times are UTC."""

    def __init__(self) -> None:
        super().__init__(FORM, DAY_AND_TIME)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        ours = record.name == OURS
        message = said if ours else f"{record.name}: <text {len(said)}>"
        shown = logging.makeLogRecord(
            {"levelname": record.levelname, "created": record.created, "msg": message}
        )
        lines = [super().format(shown)]
        if record.exc_info and record.exc_info[1] is not None:
            lines += error_lines(record.exc_info[1])
        return "\n".join(lines)


def error_lines(error: BaseException) -> Iterator[str]:
    """Yield an error and its causes, newest first: types and places."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield f"  {type(link).__module__}.{type(link).__qualname__}"
        for frame, line in walk_tb(link.__traceback__):
            yield f"    at {frame.f_globals.get('__name__', '?')}:{line}"
        link = link.__cause__ or link.__context__


def hush() -> None:
    """Let what is logged before or without a file go to standard error without words.

    A record that cannot be written is lost; the standard handler would print its arguments.
    """
    logging.raiseExceptions = False
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Wordless())


def open_log(folder: Path) -> None:
    """Log to `logs/server.log`, rotating: ours from INFO up, libraries' from WARNING up."""
    logs = folder / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    handler = RotatingFileHandler(
        logs / "server.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(Wordless())
    handler.addFilter(lambda record: record.name == OURS or record.levelno >= logging.WARNING)
    logging.getLogger().addHandler(handler)
    log = logging.getLogger(OURS)
    log.setLevel(logging.INFO)
    log.info("serving")
