"""Says why the branch refused an edit, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import UserError
from desktop.services.ports import OutboxLine
from desktop.views.language.translating import explained, translate
from desktop.views.sync.wording import Words


def refusal_of(line: OutboxLine, words: Words) -> tuple[str, str]:
    """Return (what happened, what to do) for a refusal, with the facts that came with it."""
    code, _, named = (line.reason or "").partition(" ")
    facts = {"field": named, **line.facts} if named else dict(line.facts)
    if "field" in facts:
        facts["field"] = words.field(line.kind, str(facts["field"]))
    return reason_of(code, facts)


def reason_of(code: str | None, facts: Mapping[str, object] | None = None) -> tuple[str, str]:
    """Return (what happened, what to do) for the server's reason of a refusal."""
    if code in _REASONS:
        return _REASONS[code]()
    if code:
        try:
            what, remedy = explained(UserError(code, **(facts or {})))
        except KeyError:  # an older server told no facts, and the text has places for them
            return _UNTOLD.get(code, _other_reason)()
        if what != code:
            return what, remedy
    return _other_reason()


def _other_reason() -> tuple[str, str]:
    return (
        translate("Settle", "The branch does not accept this edit."),
        translate("Settle", "Ask the branch; the text is kept here."),
    )


def _bank_only() -> tuple[str, str]:
    return (
        translate("Settle", "This comes from the bank's own systems and is changed only there."),
        translate("Settle", "Ask the branch to correct it."),
    )


def _read_only() -> tuple[str, str]:
    return (
        translate("Settle", "You may see this customer, but no longer change it."),
        translate("Settle", "Ask the colleague who keeps the customer."),
    )


def _follows() -> tuple[str, str]:
    return (
        translate("Settle", "It belongs to something that was refused before."),
        translate("Settle", "Add that again first, then this."),
    )


def _too_large() -> tuple[str, str]:
    return (
        translate("Settle", "It is too long to be sent."),
        translate("Settle", "Copy the text, shorten it and save it anew."),
    )


def _bad_value() -> tuple[str, str]:
    return (
        translate("Settle", "A value in it is not in order."),
        translate("Settle", "Copy the text, mend it and save it anew."),
    )


_REASONS = {
    "kind.server_only": _bank_only,
    "kind.append_only": _bank_only,
    "stream.read_only": _read_only,
    "merge.grant": _read_only,
    "record.refused": _follows,
    "operation.group": _follows,
    "request.too_large": _too_large,
}


_UNTOLD = {
    "field.type": _bad_value,
    "field.too_long": _bad_value,
    "field.form": _bad_value,
    "field.choice": _bad_value,
    "field.characters": _bad_value,
    "field.required": _bad_value,
}
