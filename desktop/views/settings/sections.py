"""The sections of the settings. Each shows the preferences and tells what is wanted of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from desktop.services.preferences import LOCK_AFTER_MIN, TEXT_SIZES, Preferences
from desktop.views.language.switching import language_choices
from desktop.views.language.translating import counted
from desktop.views.parts.buttons import Button, Segmented, Switch
from desktop.views.settings import words
from desktop.views.settings.facts import Facts
from desktop.views.settings.findings import Finding, FindingsView
from desktop.views.settings.input_method import SYSTEM, InputMethod
from desktop.views.settings.key_table import KeyTable
from desktop.views.settings.preview import PreviewRow
from desktop.views.settings.rows import FactText, LockedText, Section, SettingRow


class SettingsSection(Section):
    """A section that is told the preferences and the facts."""

    preferred = Signal(str, object)  # name of a preference, its new value
    wanted = Signal(str)  # lock, sync, labels, customers, examine, copy

    def retranslate(self) -> None:
        self.set_heading(words.section(self.key))
        self.set_texts()

    def set_texts(self) -> None:
        """Set the words of the rows."""

    def show_preferences(self, preferences: Preferences) -> None:
        """Show how it is set."""

    def show_facts(self, facts: Facts) -> None:
        """Show what belongs to this computer and its profile."""

    # --- building ---

    def _segments(self, name: str, values: Sequence[object]) -> Segmented:
        """Return segments for the values of a preference; the keys are their texts."""
        segments = Segmented([str(value) for value in values])
        by_key = {str(value): value for value in values}
        segments.chosen.connect(lambda key: self.preferred.emit(name, by_key[key]))
        return segments

    def _switch(self, name: str) -> Switch:
        switch = Switch()
        switch.clicked.connect(lambda on: self.preferred.emit(name, on))
        return switch

    def _button(self, wish: str, icon: str | None = None) -> Button:
        button = Button(icon_name=icon)
        button.clicked.connect(lambda: self.wanted.emit(wish))
        return button


class DisplaySection(SettingsSection):
    """Language, theme, text size."""

    def __init__(self) -> None:
        super().__init__("display")
        self.language = self._segments("language", ("auto", "zh", "en"))
        self.theme = self._segments("theme", ("auto", "light", "dark"))
        self.text_size = self._segments("text_size", TEXT_SIZES)
        self._language = self.add(SettingRow(self.language, wide=True))
        self._theme = self.add(SettingRow(self.theme, wide=True))
        self._size = self.add(SettingRow(self.text_size, wide=True))
        self.preview = PreviewRow()
        self.add_extra(self.preview)

    def set_texts(self) -> None:
        self.language.set_texts([name for _, name in language_choices()])
        self.theme.set_texts([self.tr("As the system"), self.tr("Light"), self.tr("Dark")])
        sizes = [self.tr("Small"), self.tr("Normal"), self.tr("Large"), self.tr("Larger")]
        self.text_size.set_texts(sizes)
        self._language.set_words(
            self.tr("Language"), self.tr("At once; names and addresses are never translated")
        )
        self._theme.set_words(self.tr("Appearance"))
        self._size.set_words(self.tr("Text size"), self.tr("Text and rows grow together"))
        self.preview.setAccessibleName(self.tr("A row of the list in this size"))

    def show_preferences(self, preferences: Preferences) -> None:
        self.language.choose(preferences.language)
        self.theme.choose(preferences.theme)
        self.text_size.choose(str(preferences.text_size))


class LockSection(SettingsSection):
    """When it locks, and what protects the data."""

    def __init__(self) -> None:
        super().__init__("lock")
        self.after = self._segments("lock_after_min", LOCK_AFTER_MIN)
        self.now, self._data = self._button("lock", "lock-simple"), LockedText()
        self._clipboard = LockedText()
        self._practice = False
        self._after = self.add(SettingRow(self.after, wide=True))
        self._now = self.add(SettingRow(self.now))
        self._encrypted = self.add(SettingRow(self._data))
        self._emptied = self.add(SettingRow(self._clipboard))

    def set_texts(self) -> None:
        minutes = [
            counted(minute, self.tr("{n} min"), self.tr("{n} min")) for minute in LOCK_AFTER_MIN
        ]
        self.after.set_texts(minutes)
        self.now.setText(self.tr("Lock"))
        self._after.set_words(
            self.tr("Lock when nobody types for"), self.tr("10 minutes at the most")
        )
        self._now.set_words(self.tr("Lock now"), self.tr("Ctrl+L, whenever you leave the table"))
        for text in (self._data, self._clipboard):
            text.set_text(self.tr("Always on"))
        self._say_protection()
        self._emptied.set_words(
            self.tr("Empty the clipboard when locking"),
            self.tr("Nobody can paste what you copied"),
        )

    def _say_protection(self) -> None:
        protected = self.tr("Opened only by your passphrase and this computer's keyring together")
        if self._practice:
            protected = self.tr("A practice profile: opened by the passphrase alone")
        self._encrypted.set_words(self.tr("Encrypt everything on this laptop"), protected)

    def show_preferences(self, preferences: Preferences) -> None:
        self.after.choose(str(preferences.lock_after_min))

    def show_facts(self, facts: Facts) -> None:
        self._practice = facts.person.practice
        self._say_protection()


class SyncSection(SettingsSection):
    """When it syncs, and with whom."""

    def __init__(self) -> None:
        super().__init__("sync")
        self.auto, self._address = self._switch("auto_sync"), LockedText()
        self.open = self._button("sync")
        self._auto = self.add(SettingRow(self.auto))
        self._server = self.add(SettingRow(self._address))
        self._open = self.add(SettingRow(self.open))

    def set_texts(self) -> None:
        self._auto.set_words(
            self.tr("Sync by itself"),
            self.tr("When the branch's server answers; you can go on working"),
        )
        self._server.set_words(
            self.tr("Server"), self.tr("Set when this laptop was enrolled; the branch changes it")
        )
        self._open.set_words(
            self.tr("Sync and receipts"), self.tr("Sync now, and what became of every edit")
        )
        self.open.setText(self.tr("Open"))

    def show_preferences(self, preferences: Preferences) -> None:
        self.auto.setChecked(preferences.auto_sync)

    def show_facts(self, facts: Facts) -> None:
        self._address.set_text(facts.person.server_url)


class PrintingSection(SettingsSection):
    """How printed matter is made."""

    def __init__(self) -> None:
        super().__init__("printing")
        self.language = self._segments("print_language", ("zh", "en"))
        self.labels = self._button("labels")
        self._language = self.add(SettingRow(self.language, wide=True))
        self._labels = self.add(SettingRow(self.labels))

    def set_texts(self) -> None:
        named = dict(language_choices())
        self.language.set_texts([named[key] for key in ("zh", "en")])
        self._language.set_words(
            self.tr("Language of printed matter"), self.tr("Apart from the window's language")
        )
        self._labels.set_words(
            self.tr("Label sheets"), self.tr("The sheet, and the next free label on it")
        )
        self.labels.setText(self.tr("Open"))

    def show_preferences(self, preferences: Preferences) -> None:
        self.language.choose(preferences.print_language)


class KeysSection(SettingsSection):
    """Where to find what, the input method, and all keys."""

    PLACES = ("customers", "labels", "sync")

    def __init__(self) -> None:
        super().__init__("keys")
        self._input = InputMethod(SYSTEM, True)
        self._module = FactText()
        self._method = self.add(SettingRow(self._module))
        self.places = {place: self._button(place) for place in self.PLACES}
        self._where = {place: self.add(SettingRow(b)) for place, b in self.places.items()}
        self.table = KeyTable()
        self.body.addWidget(self.table)

    def set_texts(self) -> None:
        self._say_input()
        go = self.tr("Open")
        for button in self.places.values():
            button.setText(go)
        self._where["customers"].set_words(
            self.tr("Customers, visits, import"),
            self.tr("The list, one customer from all sides, spreadsheets from the branch"),
        )
        self._where["labels"].set_words(
            self.tr("Labels and mailings"), self.tr("Address labels for the people you mark")
        )
        self._where["sync"].set_words(
            self.tr("Edits waiting, to settle, receipts"),
            self.tr("What was sent, what came back, where two edits met"),
        )
        self.table.setAccessibleName(self.tr("Keys"))
        self.table.show_keys(words.keys())

    def narrow(self, query: str) -> bool:
        rows = super().narrow(query)
        asked = () if self.matches(query) else query.casefold().split()
        keys = self.table.narrow(asked)
        self.setVisible(rows or keys)
        return rows or keys

    def show_input(self, found: InputMethod) -> None:
        self._input = found
        self._say_input()

    def input_advice(self) -> str:
        """Return what to do so that Chinese can be typed; "" where it can."""
        if self._input.fits:
            return ""
        return self.tr(
            "Chinese cannot be typed this way. Under fcitx or ibus, set QT_IM_MODULE=ibus"
            " in your session, log in again, and start the program again."
        )

    def _say_input(self) -> None:
        module = self._input.module
        self._module.set_text(self.tr("The system's own") if module == SYSTEM else module)
        good = self.tr("Chinese can be typed in every field")
        self._method.set_words(self.tr("Input method"), self.input_advice() or good)


class AboutSection(SettingsSection):
    """Versions, diagnostics, licences."""

    def __init__(self) -> None:
        super().__init__("about")
        self._version = FactText()
        self.examine, self.copy = self._button("examine", "lifebuoy"), self._button("copy", "copy")
        self.findings = FindingsView()
        self._busy = False
        self._program = self.add(SettingRow(self._version))
        self._look = self.add(SettingRow(self.examine))
        self.add_extra(self.findings)
        self._copy = self.add(SettingRow(self.copy))
        self._licences = self.add(SettingRow())

    def set_texts(self) -> None:
        self._program.set_words(self.tr("Yizhan"), self.tr("Works offline; syncs at the branch"))
        self._look.set_words(
            self.tr("Look for problems"),
            self.tr("Checks program, encrypted data, keyring, fonts, server and clock"),
        )
        self._say_examine()
        self._copy.set_words(
            self.tr("Copy the diagnostics report"),
            self.tr("For the branch's technician; no customer is in it"),
        )
        self.copy.setText(self.tr("Copy"))
        lines = [f"{what}: {whose}" for what, whose in words.licences()]
        self._licences.set_words(self.tr("Licences of what is built in"), "\n".join(lines))

    def _say_examine(self) -> None:
        self.examine.setText(self.tr("Looking…") if self._busy else self.tr("Look"))
        self.examine.setEnabled(not self._busy)

    def show_busy(self, busy: bool) -> None:
        self._busy = busy
        self._say_examine()

    def show_findings(self, told: Sequence[Finding]) -> None:
        self.findings.show_findings(told)

    def show_facts(self, facts: Facts) -> None:
        self._version.set_text(facts.version or "—")
