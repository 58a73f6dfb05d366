"""What the diagnostics found, one line each: good or to look at, in words, with the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.views.language.formats import number_text, size_text
from desktop.views.language.translating import counted, translate
from desktop.views.parts.basics import IconLabel, Label, column, emptied, row
from desktop.views.settings.words import check

MB = 2**20


@dataclass(frozen=True, slots=True)
class Finding:
    """One check in words."""

    name: str
    good: bool
    text: str
    remedy: str


def findings(found: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return what `Office.examine` found, in words; what is wrong comes first."""
    checks: Mapping[str, Mapping[str, Any]] = found.get("checks", {})
    told = [
        Finding(check(name), bool(facts["good"]), _text(name, facts), str(facts.get("remedy", "")))
        for name, facts in checks.items()
    ]
    return tuple(sorted(told, key=lambda each: each.good))


def _text(name: str, facts: Mapping[str, Any]) -> str:
    if "what" in facts:
        return str(facts["what"])
    say = _SAYINGS.get(name)
    return say(facts) if say else ""


def _versions(facts: Mapping[str, Any]) -> str:
    return translate("Settings", "Version {version}, {system}").format(
        version=facts.get("yizhan", "?"), system=facts.get("system", "?")
    )


def _profile(facts: Mapping[str, Any]) -> str:
    size = size_text(round(float(facts.get("replica_mb", 0)) * MB))
    return translate("Settings", "{size} on the disk").format(size=size)


def _keyring(facts: Mapping[str, Any]) -> str:
    if facts.get("secure"):
        return translate("Settings", "Secure")
    if not facts.get("needed", True):
        return translate("Settings", "None; a practice profile works without")
    return translate("Settings", "No secure keyring")


def _fonts(facts: Mapping[str, Any]) -> str:
    number = int(facts.get("usable", 0))
    return counted(
        number,
        translate("Settings", "{n} font can print Chinese"),
        translate("Settings", "{n} fonts can print Chinese"),
    )


def _replica(facts: Mapping[str, Any]) -> str:
    damaged = int(facts.get("damaged_pages", 0))
    if damaged:
        return counted(
            damaged,
            translate("Settings", "{n} page is damaged"),
            translate("Settings", "{n} pages are damaged"),
        )
    waiting = number_text(int(facts.get("edits_waiting", 0)))
    return translate("Settings", "Every page was checked; edits waiting: {n}").format(n=waiting)


def _receipts(facts: Mapping[str, Any]) -> str:
    number = int(facts.get("chained", 0))
    if facts.get("faults"):
        return translate("Settings", "Receipts were changed, or differ from what the server keeps")
    return counted(
        number,
        translate("Settings", "{n} receipt, unchanged"),
        translate("Settings", "{n} receipts, unchanged"),
    )


def _lease(facts: Mapping[str, Any]) -> str:
    return counted(
        int(facts.get("days_left", 0)),
        translate("Settings", "{n} day left without a sync"),
        translate("Settings", "{n} days left without a sync"),
    )


def _server(facts: Mapping[str, Any]) -> str:
    if facts.get("practice"):
        return translate("Settings", "Answers; it is a practice server")
    return translate("Settings", "Answers")


def _clock(facts: Mapping[str, Any]) -> str:
    off_s = round(abs(float(facts.get("ahead_of_server_s", 0))))
    return translate("Settings", "{n} s off the server's").format(n=number_text(off_s))


_SAYINGS = {
    "versions": _versions,
    "profile": _profile,
    "keyring": _keyring,
    "fonts": _fonts,
    "replica": _replica,
    "receipts": _receipts,
    "lease": _lease,
    "server": _server,
    "clock": _clock,
}


class FindingsView(QWidget):
    """The findings, each with a mark and a word for it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = column(spacing=10, margins=(0, 8, 0, 8))
        self.setLayout(self._lines)
        self.told: tuple[Finding, ...] = ()
        self.show_findings(())

    def show_findings(self, told: Sequence[Finding]) -> None:
        self.told = tuple(told)
        emptied(self._lines)
        for finding in told:
            self._lines.addWidget(_line(finding))
        self.setProperty("empty", not told)
        self.setVisible(bool(told))


def _line(finding: Finding) -> QWidget:
    good = translate("Settings", "good") if finding.good else translate("Settings", "look at this")
    name = Label(finding.name, bold=True)
    state = Label(good, "small", tone="accent" if finding.good else "warn")
    pieces: list[Label] = []
    for text, tone in ((finding.text, "text2"), (finding.remedy, "text")):
        if text:
            pieces.append(Label(text, "small", tone=tone if tone != "text" else None, wrap=True))
    mark = ("check-circle-fill", "accent") if finding.good else ("warning-fill", "warn")
    words = column(row(name, state, None), *pieces, spacing=0)
    line = row(IconLabel(*mark, 18), words, spacing=12)
    line.setStretch(1, 1)
    holder = QWidget()
    holder.setLayout(line)
    holder.setAccessibleName(f"{finding.name}: {good}. {finding.text} {finding.remedy}".strip())
    return holder
