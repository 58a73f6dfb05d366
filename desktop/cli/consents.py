"""Consents by command: what customers said, whether they may be contacted, who is left out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from typing import Any

from crm.domain import consent
from crm.domain.consent import Permission, Statement
from crm.domain.consent_words import purpose_label, reasons_text, way_label, why
from crm.domain.errors import Refused
from crm.domain.exits import ATTENTION, Answer
from crm.domain.instants import business_date
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label
from crm.domain.messages import line, system_language
from desktop.services import consent as consents
from desktop.services.ports import Held
from desktop.storage.replica import Replica, local_now

_GIVEN = ("purpose", "channel", "evidence", "evidence_note", "from_on", "until_on", "said_on")
_GUARDIAN = ("guardian_name", "guardian_relation")


def today() -> date:
    """Return the business date."""
    return business_date(local_now())


# --- saying ----------------------------------------------------------------------------------


def add(replica: Replica, options: argparse.Namespace) -> Answer:
    """Record a consent or a refusal. Raises: Refused, NotFound."""
    decision = "refused" if options.refused else "granted"
    return _said(replica, options, decision, (*_GIVEN, *_GUARDIAN))


def withdraw(replica: Replica, options: argparse.Namespace) -> Answer:
    """Record a withdrawal. Raises: Refused, NotFound."""
    return _said(replica, options, "withdrawn", _GIVEN)


def _said(
    replica: Replica, options: argparse.Namespace, decision: str, names: Sequence[str]
) -> Answer:
    given = {n: v for n in names if (v := getattr(options, n, None)) is not None}
    made = consents.record_statement(
        replica.unit_of_work, SCHEMA, options.customer, {**given, "decision": decision}, today()
    )
    return Answer({"consent": made}, line("cli.saved", record=made))


# --- asking ----------------------------------------------------------------------------------


def listed(replica: Replica, options: argparse.Namespace) -> Answer:
    """Show where a customer stands, and all that was said. Raises: NotFound."""
    found = consents.record_of(replica.reader, options.customer, today())
    language = system_language()
    now: dict[str, dict[str, Any]] = {}
    lines = []
    for (purpose, way), one in found.now.items():
        now.setdefault(purpose, {})[way] = _shown(one, language)
        if way == consent.EVERY_WAY:
            lines.append(line("cli.consents.now", **_names(purpose, way), why=why(one, language)))
    lines += [_line(one, language) for one in found.statements]
    statements = [{**one._asdict(), "seen": sorted(one.seen)} for one in found.statements]
    return Answer({"now": now, "statements": statements}, "\n".join(lines))


def may_contact(replica: Replica, options: argparse.Namespace) -> Answer:
    """Answer one question: exit code 0 for a yes, 1 for a no. Raises: NotFound."""
    found = consents.permission(
        replica.reader, options.customer, options.purpose, options.channel, options.on or today()
    )
    shown = _shown(found, system_language())
    text = line(f"cli.may_contact.{'yes' if found.allowed else 'no'}", why=shown["text"])
    return Answer(shown, text, 0 if found.allowed else ATTENTION)


def _shown(one: Permission, language: str) -> dict[str, Any]:
    return {
        "allowed": one.allowed,
        "reason": one.reason,
        "facts": dict(one.facts),
        "text": why(one, language),
    }


def _names(purpose: str, way: str) -> dict[str, str]:
    language = system_language()
    return {"purpose": purpose_label(purpose, language), "way": way_label(way, language)}


def _line(one: Statement, language: str) -> str:
    decision = SCHEMA[consent.KIND].by_name["decision"]
    return line(
        "cli.consents.line",
        said_on=one.said_on or "-",
        decision=choice_label(decision, one.decision or "", language),
        **_names(one.purpose or "", one.channel or ""),
    )


# --- lists -----------------------------------------------------------------------------------


def kept(
    replica: Replica, held: Sequence[Held], purpose: str, channel: str
) -> tuple[list[Held], consents.Gate]:
    """Return those of a list who may be contacted, and who was left out.

    Raises: Refused `consent.nobody` where nobody is left of somebody.
    """
    passed = consents.gate(replica.reader, [h.id for h in held], purpose, channel, today())
    if held and not passed.allowed:
        reasons = reasons_text(passed.reasons, system_language())
        raise Refused("consent.nobody", n=len(held), why=reasons)
    allowed = frozenset(passed.allowed)
    return [h for h in held if h.id in allowed], passed


def left_out(passed: consents.Gate) -> tuple[dict[str, Any], list[str]]:
    """Return who was left out as JSON, and as a line for people where there is anybody."""
    language = system_language()
    data = {"left_out": len(passed.left_out), "left_out_why": passed.reasons}
    if not passed.left_out:
        return data, []
    said = reasons_text(passed.reasons, language)
    return data, [line("cli.left_out", n=len(passed.left_out), why=said)]
