"""`yizhan-server backup` and `restore`."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from crm.domain.instants import readable
from crm.domain.messages import line
from server.commands.answers import Answer
from server.exchange import backups
from server.exchange.accept import Exchange
from server.store.settings import Settings


def run(exchange: Exchange, settings: Settings, options: Namespace) -> Answer:
    """Write a backup, read it back, give up the oldest."""
    made = backups.back_up(exchange, settings, options.file, options.keep)
    answer: dict[str, Any] = {
        "backup": made.contents.header.backup,
        "file": str(options.file),
        "rows": made.contents.rows,
        "records": made.contents.records,
        "kept": made.kept,
        "given_up": made.given_up,
    }
    return answer, line("server.backup.done", **answer), 0


def run_restore(exchange: Exchange, settings: Settings, options: Namespace) -> Answer:
    """Put a backup in place."""
    found = backups.restore(exchange, settings, options.file, replace=options.replace)
    answer: dict[str, Any] = {
        "backup": found.header.backup,
        "at": found.header.at,
        "rows": found.rows,
        "records": found.records,
    }
    return answer, line("server.restore.done", **{**answer, "at": readable(found.header.at)}), 0
