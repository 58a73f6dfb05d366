"""The words of the command line."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from crm.domain.kinds import ACCESS_REASONS
from crm.domain.messages import line
from desktop.cli import consent_verbs
from desktop.services.receipts import MARKS

MOST = 10_000


def _count(text: str) -> int:
    """Return a number from 1 to MOST."""
    number = int(text)
    if not 1 <= number <= MOST:
        raise ValueError(text)
    return number


class _Verbs:
    """Adds verbs that share --profile and --json."""

    def __init__(self, top: argparse.ArgumentParser) -> None:
        self._common = argparse.ArgumentParser(add_help=False)
        self._common.add_argument("--profile", type=Path, metavar="DIR")
        self._common.add_argument("--json", action="store_true")
        self._verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
        self._groups: dict[str, Any] = {}

    def add(self, name: str) -> Any:
        """Add `verb` or `verb what`; return its parser."""
        first, _, what = name.partition(" ")
        parent = self._group(first) if what else self._verbs
        about = line(f"cli.help.{name.replace(' ', '.').replace('-', '_')}")
        made = parent.add_parser(what or first, parents=[self._common], help=about)
        made.set_defaults(command=name)
        return made

    def _group(self, first: str) -> Any:
        if first not in self._groups:
            group = self._verbs.add_parser(first, help=line(f"cli.help.{first}"))
            self._groups[first] = group.add_subparsers(dest="what", required=True, metavar="WHAT")
        return self._groups[first]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(prog="yizhan", description=line("cli.about"))
    verbs = _Verbs(top)
    verbs.add("window").add_argument("--smoke", action="store_true", help=argparse.SUPPRESS)
    _add_connection(verbs)
    _add_customers(verbs)
    _add_day(verbs)
    _add_files(verbs)
    _add_conflicts(verbs)
    consent_verbs.add_words(verbs)
    return top


def _add_reason(made: Any) -> None:
    """What values in clear are wanted for: it stands in the access log."""
    made.add_argument("--reason", choices=ACCESS_REASONS)
    made.add_argument("--note", default="", metavar="TEXT")


def _add_connection(verbs: _Verbs) -> None:
    made = verbs.add("enrol")
    made.add_argument("--server", required=True, metavar="URL")
    made.add_argument("--login", required=True)
    made.add_argument("--device", metavar="NAME")
    made.add_argument("--practice", action="store_true")
    made.add_argument("--ca", type=Path, metavar="FILE")
    made = verbs.add("enrol-again")
    made.add_argument("--login", required=True)
    made.add_argument("--device", metavar="NAME")
    made = verbs.add("recover")
    made.add_argument("--login", required=True)
    made.add_argument("--server", metavar="URL")
    made.add_argument("--ca", type=Path, metavar="FILE")
    made.add_argument("--wait", type=_count, metavar="MINUTES")
    made.add_argument("--anew", action="store_true")
    verbs.add("backup").add_argument("file", type=Path)
    made = verbs.add("restore")
    made.add_argument("file", type=Path)
    made.add_argument("--replace", action="store_true")
    made = verbs.add("sync")
    made.add_argument("--accept-removals", type=int, default=0, metavar="NUMBER")
    made = verbs.add("verify")
    made.add_argument("--full", action="store_true")
    verbs.add("passphrase")
    verbs.add("rekey")
    made = verbs.add("receipts")
    made.add_argument("--limit", type=_count, default=20, metavar="N")
    made.add_argument("--since", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--until", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--outcome", choices=MARKS)
    made.add_argument("--customer", default="", metavar="NAME")
    made.add_argument("--verify", action="store_true")
    made = verbs.add("doctor")
    made.add_argument("--server", metavar="URL")


def _add_customers(verbs: _Verbs) -> None:
    made = verbs.add("customers find")
    made.add_argument("query", nargs="+")
    made.add_argument("--limit", type=_count, default=50, metavar="N")
    made = verbs.add("customers show")
    made.add_argument("customer")
    made.add_argument("--reveal", action="store_true")
    _add_reason(made)
    made = verbs.add("customers add")
    made.add_argument("values", nargs="+", metavar="FIELD=VALUE")
    made = verbs.add("customers edit")
    made.add_argument("record")
    made.add_argument("values", nargs="+", metavar="FIELD=VALUE")


def _add_day(verbs: _Verbs) -> None:
    made = verbs.add("visits add")
    made.add_argument("customer")
    made.add_argument("--on", metavar="DATE")
    made.add_argument("--state")
    made.add_argument("--place")
    made.add_argument("--channel")
    made.add_argument("--summary")
    made.add_argument("--need", action="append", dest="needs", metavar="TEXT")
    made.add_argument("--next-step", metavar="TEXT")
    made.add_argument("--next-on", metavar="DATE")
    made = verbs.add("visits list")
    made.add_argument("customer")
    made = verbs.add("tasks")
    made.add_argument("--until", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--done", metavar="TASK")


def _add_files(verbs: _Verbs) -> None:
    made = verbs.add("import")
    made.add_argument("file", type=Path)
    made.add_argument("--map", action="append", default=[], metavar="HEADING=FIELD")
    made.add_argument("--dry-run", action="store_true")
    made.add_argument("--yes", action="store_true")
    made.add_argument("--bad-rows", type=Path, metavar="FILE")
    made = verbs.add("export")
    made.add_argument("file", type=Path)
    consent_verbs.add_purpose(made, channel=True)
    made.add_argument("--village")
    made.add_argument("--encoding", default="utf-8-sig", choices=("utf-8-sig", "gb18030"))
    _add_reason(made)
    made = verbs.add("labels")
    made.add_argument("file", type=Path)
    consent_verbs.add_purpose(made, channel=False)
    made.add_argument("--village", required=True)
    made.add_argument("--first-cell", type=int, default=1, metavar="N")
    made.add_argument("--language", default="zh", choices=("zh", "en"))


def _add_conflicts(verbs: _Verbs) -> None:
    verbs.add("conflicts list")
    made = verbs.add("conflicts show")
    made.add_argument("conflict")
    made.add_argument("--reveal", action="store_true")
    _add_reason(made)
    made = verbs.add("conflicts resolve")
    made.add_argument("conflict")
    choice = made.add_mutually_exclusive_group(required=True)
    choice.add_argument("--mine", action="store_const", const="mine", dest="choice")
    choice.add_argument("--theirs", action="store_const", const="theirs", dest="choice")
    choice.add_argument("--write", metavar="VALUE")
    made = verbs.add("conflicts dismiss")
    made.add_argument("operation")
