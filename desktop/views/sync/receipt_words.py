"""What a receipt says: in a row of the list, as figures, and line by line in its panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.domain.errors import UserError
from desktop.services.ports import ChainReport, Receipt
from desktop.services.receipts import COMPLETE, PARTIAL, mark_of
from desktop.views.language.formats import duration_taken, moment_text, number_text, size_text
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


def row_of(receipt: Receipt, now: datetime, names: Mapping[str, str] | None = None) -> ReceiptRow:
    """Return a receipt as a row; with `names` of customers, whose edits it speaks of."""
    icon, role = _MARKS[mark_of(receipt)]
    moment = moment_text(receipt.at, now, current_language()) if receipt.at else ""
    moment = moment or translate("Receipts", "Before the server answered")
    below = _below(receipt)
    if names and (told := whose(receipt, names, most=3)):
        below += _dot() + told
    return ReceiptRow(moment, below, _state(receipt), icon, role)


def _dot() -> str:
    return "·" if current_language() == "zh" else " · "


def whose(receipt: Receipt, names: Mapping[str, str], most: int | None = None) -> str:
    """Return the names of the customers whose edits a receipt speaks of, as far as they are here.

    With `most` the rest is counted.
    """
    known = [names[root] for root in receipt.lines if names.get(root)]
    comma = "、" if current_language() == "zh" else ", "
    rest = len(receipt.lines) - len(known[:most])
    said = comma.join(known[:most])
    if not rest or not known:
        return said
    more = translate("Receipts", "{names} and {n} more")
    return more.format(names=said, n=number_text(rest))


def chain_words(report: ChainReport) -> tuple[str, str]:
    """Return (sentence, tone) of whether the receipts fit together."""
    if not report.faults:
        good = counted(
            report.length,
            translate("Receipts", "{n} receipt is unchanged and fits what the server keeps."),
            translate("Receipts", "All {n} receipts are unchanged and fit what the server keeps."),
        )
        return good, "good"
    places = sorted({fault.place for fault in report.faults})
    if {fault.what for fault in report.faults} == {"server"}:
        said = translate(
            "Receipts",
            "From receipt {n} on they differ from what the server keeps. Tell the branch before "
            "anybody relies on them.",
        )
    else:
        said = translate(
            "Receipts",
            "Receipt {n} was changed or removed on this laptop. Tell the branch before anybody "
            "relies on them.",
        )
    return said.format(n=places[0]), "bad"


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
    if receipt.dropped:
        return translate("Receipts", "Older than 90 days: its figures are no longer kept")
    if receipt.times > 1:
        times = translate("Receipts", "{n} times in a row, nothing to do")
        return times.format(n=number_text(receipt.times))
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
        said = [cause_of(receipt)]
    return _dot().join(said)


def result_of(receipt: Receipt) -> str:
    """Return how a sync ended, in a sentence."""
    return {
        COMPLETE: translate("Receipts", "Complete"),
        PARTIAL: translate("Receipts", "Complete but for what waits for the next sync"),
    }.get(receipt.outcome) or cause_of(receipt)


def cause_of(receipt: Receipt) -> str:
    """Return what an outcome's error says, with the facts that were kept with it."""
    outcome = receipt.outcome
    try:
        what, _ = explained(UserError(outcome, **receipt.facts))
    except KeyError:  # an older program kept no facts, and its text has places for them
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


def lines_of(receipt: Receipt, customers: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return every count of a receipt as (name, value), and whose edits it speaks of."""
    counts = receipt.counts
    yes, no = translate("Receipts", "Yes"), translate("Receipts", "No")
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
    told = [(translate("Receipts", "Ended"), result_of(receipt))]
    if receipt.place is not None:
        told.append((translate("Receipts", "Number"), number_text(receipt.place)))
    if receipt.times > 1:
        told.append((translate("Receipts", "Times in a row"), number_text(receipt.times)))
    if receipt.dropped:
        gone = translate("Receipts", "older than 90 days, no longer kept")
        return [*told, (translate("Receipts", "Figures"), gone)]
    if customers and (people := whose(receipt, customers)):
        told.append((translate("Receipts", "Whose edits"), people))
    told += [(name, number_text(counts.get(key, 0))) for key, name in names.items()]
    if counts.get("forks"):  # rare: a line that says 0 would only puzzle
        resent = translate("Receipts", "Sent again after a copy or a restore")
        told.append((resent, number_text(counts.get("resent", 0))))
    if counts.get("cuts"):
        told.append((translate("Receipts", "The line broke"), number_text(counts["cuts"])))
    if counts.get("waited_s"):
        waited = duration_taken(counts["waited_s"], current_language())
        told.append((translate("Receipts", "Waited for the server or the line"), waited))
    told.append((translate("Receipts", "Verified"), yes if counts.get("verified") else no))
    up, down = counts.get("bytes_up", 0), counts.get("bytes_down", 0)
    told.append((translate("Receipts", "Data sent"), size_text(up)))
    told.append((translate("Receipts", "Data received"), size_text(down)))
    return told
