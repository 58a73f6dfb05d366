"""The words of the commands about consent. Needs no database."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from crm.domain import consent
from crm.domain.kinds import (
    CHANNELS,
    CONSENT_CHANNELS,
    CONSENT_EVIDENCE,
    CONSENT_PURPOSES,
    GUARDIAN_RELATIONS,
)


def add_words(verbs: Any) -> None:
    """Add the verbs of this module; `verbs` adds one by its name."""
    made = verbs.add("consents add")
    _add_statement_words(made)
    made.add_argument("--refused", action="store_true")
    made.add_argument("--evidence", choices=CONSENT_EVIDENCE)
    made.add_argument("--from", dest="from_on", metavar="DATE")
    made.add_argument("--until", dest="until_on", metavar="DATE")
    made.add_argument("--guardian", dest="guardian_name", metavar="NAME")
    made.add_argument("--relation", dest="guardian_relation", choices=GUARDIAN_RELATIONS)
    _add_statement_words(verbs.add("consents withdraw"))
    verbs.add("consents list").add_argument("customer")
    made = verbs.add("may-contact")
    made.add_argument("customer")
    made.add_argument("--purpose", choices=consent.PURPOSES, required=True)
    made.add_argument("--channel", choices=(*CHANNELS, consent.EVERY_WAY), required=True)
    made.add_argument("--on", type=date.fromisoformat, metavar="DATE")


def add_purpose(made: argparse.ArgumentParser, *, channel: bool) -> None:
    """Add what every list must be asked for."""
    made.add_argument("--purpose", choices=consent.PURPOSES, required=True)
    if channel:
        choices = (*CHANNELS, consent.EVERY_WAY)
        made.add_argument("--channel", choices=choices, default=consent.EVERY_WAY)


def _add_statement_words(made: argparse.ArgumentParser) -> None:
    made.add_argument("customer")
    made.add_argument("--purpose", choices=CONSENT_PURPOSES, required=True)
    made.add_argument("--channel", choices=CONSENT_CHANNELS, default=consent.EVERY_WAY)
    made.add_argument("--note", dest="evidence_note", metavar="TEXT")
    made.add_argument("--said-on", metavar="DATE")
