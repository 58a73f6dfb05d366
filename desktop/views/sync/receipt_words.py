"""What a receipt says: in a row of the list, as figures, and line by line in its panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.domain.errors import UserError
from desktop.services.ports import Receipt
from desktop.services.receipts import COMPLETE, PARTIAL, mark_of
from desktop.views.language.formats import moment_text, number_text, size_text
from desktop.views.language.translating import counted, current_language, explained, translate
from desktop.views.sync.receipt_list import ReceiptRow

_MARKS = {
    "synced": ("check-circle-fill", "accent"),
    "to_settle": ("diamond-fill", "warn"),
    "refused": ("warning-octagon-fill", "danger"),
    "stopped": ("stop-circle", "text2"),
    "offline": ("cloud-slash", "text2"),
    "failed": ("warning-octagon-fill", "danger"),
}


def row_of(receipt: Receipt, now: datetime) -> ReceiptRow:
    icon, role = _MARKS[mark_of(receipt)]
    moment = moment_text(receipt.at, now, current_language()) if receipt.at else ""
    moment = moment or translate("Receipts", "Before the server answered")
    return ReceiptRow(moment, _below(receipt), _state(receipt), icon, role)


def _state(receipt: Receipt) -> str:
    counts = receipt.counts
    return {
        "synced": translate("Receipts", "Complete"),
        "to_settle": translate("Receipts", "Some to settle"),
        "refused": translate("Receipts", "{n} refused").format(n=counts.get("refused", 0)),
        "stopped": translate("Receipts", "Stopped"),
        "offline": translate("Receipts", "No network"),
        "failed": translate("Receipts", "Not complete"),
    }[mark_of(receipt)]


def _below(receipt: Receipt) -> str:
    counts = receipt.counts
    said = [
        translate("Receipts", "sent {n}").format(n=number_text(counts.get("sent", 0))),
        translate("Receipts", "received {n}").format(n=number_text(counts.get("received", 0))),
    ]
    if counts.get("conflicts"):
        found = counts["conflicts"]
        said.append(
            counted(
                found,
                translate("Receipts", "{n} to settle"),
                translate("Receipts", "{n} to settle"),
            )
        )
    elif counts.get("verified"):
        said.append(translate("Receipts", "verified"))
    if mark_of(receipt) == "failed":
        said = [cause_of(receipt.outcome)]
    return ("·" if current_language() == "zh" else " · ").join(said)


def cause_of(outcome: str) -> str:
    """Return what an outcome's error says; facts are not kept with a receipt."""
    try:
        what, _ = explained(UserError(outcome))
    except KeyError:  # its text has places for facts
        return translate("Receipts", "The sync ended early")
    return what if what != outcome else translate("Receipts", "The sync ended early")


def figures_of(counts: Mapping[str, int]) -> list[tuple[str, str, str | None]]:
    """Return (name, number, tone) of the figures that matter most."""
    refused, conflicts = counts.get("refused", 0), counts.get("conflicts", 0)
    told: list[tuple[str, str, str | None]] = [
        (translate("Receipts", "Sent"), number_text(counts.get("sent", 0)), None),
        (translate("Receipts", "Applied"), number_text(counts.get("applied", 0)), None),
        (translate("Receipts", "Merged"), number_text(counts.get("merged", 0)), None),
        (
            translate("Receipts", "New to settle"),
            number_text(conflicts),
            "warn" if conflicts else None,
        ),
        (translate("Receipts", "Refused"), number_text(refused), "danger" if refused else None),
    ]
    return told


def lines_of(receipt: Receipt) -> list[tuple[str, str]]:
    """Return every count of a receipt as (name, value)."""
    counts = receipt.counts
    yes, no = translate("Receipts", "Yes"), translate("Receipts", "No")
    ended = {
        COMPLETE: translate("Receipts", "Complete"),
        PARTIAL: translate("Receipts", "Complete but for what waits for the next sync"),
    }.get(receipt.outcome) or cause_of(receipt.outcome)
    names = {
        "sent": translate("Receipts", "Sent"),
        "applied": translate("Receipts", "Applied"),
        "merged": translate("Receipts", "Merged"),
        "conflicts": translate("Receipts", "New to settle"),
        "refused": translate("Receipts", "Refused"),
        "diverted": translate("Receipts", "Handed to who keeps the customer now"),
        "quarantined": translate("Receipts", "With the branch"),
        "later": translate("Receipts", "Waiting for the next sync"),
        "received": translate("Receipts", "Received"),
        "left": translate("Receipts", "Left this laptop"),
        "held_back": translate("Receipts", "Waiting for your word before they leave"),
        "repaired": translate("Receipts", "Fetched again"),
    }
    told = [(translate("Receipts", "Ended"), ended)]
    told += [(name, number_text(counts.get(key, 0))) for key, name in names.items()]
    if counts.get("forks"):  # rare: a line that says 0 would only puzzle
        resent = translate("Receipts", "Sent again after a copy or a restore")
        told.append((resent, number_text(counts.get("resent", 0))))
    told.append((translate("Receipts", "Verified"), yes if counts.get("verified") else no))
    up, down = counts.get("bytes_up", 0), counts.get("bytes_down", 0)
    told.append((translate("Receipts", "Data sent"), size_text(up)))
    told.append((translate("Receipts", "Data received"), size_text(down)))
    return told
