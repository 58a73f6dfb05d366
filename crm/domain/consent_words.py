"""Consent in words: purposes, ways, and the reason of an answer. One sentence, for a person."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.consent import Permission
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label
from crm.domain.messages import line

_FIELDS = SCHEMA["consent"].by_name


def purpose_label(purpose: str, language: str) -> str:
    """Return what a purpose is called."""
    if purpose == "complaint":  # nothing is ever said for it
        return line("consent.purpose.complaint", language)
    return choice_label(_FIELDS["purpose"], purpose, language)


def way_label(channel: str, language: str) -> str:
    """Return what a way of contact is called."""
    return choice_label(_FIELDS["channel"], channel, language)


def why(permission: Permission, language: str) -> str:
    """Return the reason of an answer as one sentence."""
    facts = {name: _fact(name, value, language) for name, value in permission.facts.items()}
    return line(f"consent.why.{permission.reason}", language, **facts)


def counted(reason: str, count: int, language: str) -> str:
    """Return how many were left out for a reason: `12 never asked`."""
    return line("consent.count", language, why=line(f"consent.short.{reason}", language), n=count)


def reasons_text(reasons: Mapping[str, int], language: str) -> str:
    """Return who is left out and why, as one line."""
    between = "；" if language == "zh" else "; "
    return between.join(counted(reason, n, language) for reason, n in reasons.items())


def _fact(name: str, value: str | int, language: str) -> str | int:
    if name != "ways":
        return value
    between = "、" if language == "zh" else ", "
    return between.join(way_label(way, language) for way in str(value).split())
