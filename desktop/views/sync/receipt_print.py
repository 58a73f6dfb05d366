"""Receipts as a list for paper and spreadsheets: columns, cells, what stands above and below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from crm.domain.instants import instant_text
from desktop.services.office import Person
from desktop.services.ports import ChainReport, Receipt
from desktop.views.language.formats import moment_text, number_text
from desktop.views.language.translating import counted, current_language, translate
from desktop.views.sync.receipt_words import chain_words, result_of, whose

SHARES = (3.2, 3.4, 1.3, 1.3, 1.3, 1.3, 5.2)
WIDTHS = (20, 26, 10, 10, 10, 10, 60)


def headings() -> tuple[str, ...]:
    """Return the names of the columns, in today's language."""
    return (
        translate("Receipts", "When"),
        translate("Receipts", "Ended"),
        translate("Receipts", "Sent"),
        translate("Receipts", "Received"),
        translate("Receipts", "To settle"),
        translate("Receipts", "Refused"),
        translate("Receipts", "Whose edits"),
    )


def row_words(receipt: Receipt, now: datetime, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return a receipt's cells."""
    counts = receipt.counts
    numbers = [counts.get(name, 0) for name in ("sent", "received", "conflicts", "refused")]
    told = [number_text(number) if not receipt.dropped else "" for number in numbers]
    return (when(receipt, now), result_of(receipt), *told, whose(receipt, names))


def when(receipt: Receipt, now: datetime) -> str:
    """Return when it was; of several in which nothing happened from when to when."""
    language = current_language()
    last = moment_text(receipt.at, now, language) if receipt.at else ""
    first = moment_text(receipt.since, now, language) if receipt.since else ""
    if receipt.times > 1 and first and first != last:
        return f"{first} – {last}"
    return last or translate("Receipts", "Before the server answered")


def about_words(
    person: Person, now: datetime, number: int, report: ChainReport | None
) -> list[str]:
    """Return the lines between the title and the list."""
    language = current_language()
    between = "·" if language == "zh" else " · "
    who = between.join(part for part in (person.name, person.branch) if part)
    printed = translate("Receipts", "As of {moment}; times by the server's clock").format(
        moment=moment_text(instant_text(now), now, language)
    )
    told = counted(
        number, translate("Receipts", "{n} receipt"), translate("Receipts", "{n} receipts")
    )
    said = [who, f"{printed}{between}{told}"]
    if report is not None:
        said.append(chain_words(report)[0])
        said.append(f"{report.length}:{report.head.hex()}")
    return [line for line in said if line]


def place_words() -> Callable[[int, int], str]:
    """Return how a page's number is said. It is called off the GUI thread."""
    words = translate("Receipts", "Page {page} of {pages}")
    return lambda page, pages: words.format(page=page, pages=pages)
