"""Connects the settings' page with the preferences, the profile's facts and the diagnostics."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from crm.domain.errors import Refused
from desktop.services.preferences import Preferences
from desktop.services.private_files import write_private_file
from desktop.views.language.translating import translate
from desktop.views.parts.file_dialogs import ask_where
from desktop.views.settings.facts import Facts, read_facts
from desktop.views.settings.findings import findings
from desktop.views.settings.input_method import present_input_method
from desktop.views.settings.page import SettingsPage
from desktop.views.shell.desk import Desk

AskFile = Callable[[QWidget, str, Callable[[str], None]], object]  # parent, name, then
Examined = dict[str, Any]


def ask_file(parent: QWidget, name: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask where to save; `then` gets the path if one is chosen."""
    title = translate("Settings", "Save diagnostics report")
    return ask_where(parent, title, name, translate("Settings", "Text files (*.txt)"), then)


class SettingsPresenter(QObject):
    """One unlocked profile's settings."""

    def __init__(self, page: SettingsPage, desk: Desk, ask: AskFile = ask_file) -> None:
        super().__init__(page)
        self._page, self._desk, self._ask = page, desk, ask
        self._wishes: dict[str, Callable[[], object]] = {
            "lock": desk.lock_wanted.emit,
            "sync": partial(desk.go, "sync"),
            "labels": partial(desk.go, "mailings"),
            "customers": partial(desk.go, "customers"),
            "examine": partial(self._examine, lambda _: None),
            "copy": partial(self._examine, self._copy),
            "save": partial(self._examine, self._save),
        }
        page.preferred.connect(lambda name, value: desk.prefer(**{name: value}))
        page.wanted.connect(lambda wish: self._wishes[wish]())
        page.shown.connect(self._read)
        desk.preferences_changed.connect(self._preferred)
        page.show_preferences(desk.preferences)
        self._show_input()

    def _preferred(self, preferences: Preferences) -> None:
        self._page.show_preferences(preferences)

    def _show_input(self) -> None:
        self._page.keys.show_input(present_input_method(os.environ))
        self._page.nav.show_attention("keys", self._page.keys.input_advice())

    def _read(self) -> None:
        office = self._desk.office
        self._desk.jobs.read(lambda _: read_facts(office), self._told, key="settings")

    def _told(self, facts: Facts) -> None:
        self._page.show_facts(facts)

    # --- diagnostics ---

    def _examine(self, then: Callable[[Examined], object]) -> None:
        self._page.about.show_busy(True)

        def done(found: Examined) -> None:
            self._examined(found)
            then(found)

        office = self._desk.office
        self._desk.jobs.long(lambda _: office.examine(), done, self._failed)

    def _examined(self, found: Examined) -> None:
        told = findings(found)
        self._page.about.show_busy(False)
        self._page.about.show_findings(told)
        wrong = [finding.name for finding in told if not finding.good]
        between = "、" if self._desk.language == "zh" else ", "
        self._page.nav.show_attention("about", between.join(wrong))

    def _failed(self, error: Exception) -> None:
        self._page.about.show_busy(False)
        self._desk.tell_error(error)

    def _report(self, found: Examined) -> str:
        from desktop.views.settings.report import report_text

        desk = self._desk
        return report_text(found, desk.preferences, desk.office.folder, desk.now())

    def _copy(self, found: Examined) -> None:
        QApplication.clipboard().setText(self._report(found))
        self._desk.toast(translate("Settings", "The report is copied; paste it where you like."))

    def _save(self, found: Examined) -> None:
        name = f"yizhan-diagnostics-{self._desk.today():%Y%m%d}.txt"
        text = self._report(found)
        self._ask(self._page, name, lambda path: self._write(Path(path), text))

    def _write(self, file: Path, text: str) -> None:
        self._desk.jobs.write(lambda _: _write(file, text), self._saved)

    def _saved(self, file: Path) -> None:
        told = translate("Settings", "Report saved: {file}")
        self._desk.toast(told.format(file=file.name))


def _write(file: Path, text: str) -> Path:
    """Raises: Refused `report.unwritable`."""
    try:
        write_private_file(file, text.encode("ascii"))
    except OSError as error:
        raise Refused("report.unwritable") from error
    return file
