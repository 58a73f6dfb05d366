"""Decides what the section about keys does: another passphrase, and another key."""

from __future__ import annotations

from PySide6.QtCore import QObject
from shiboken6 import isValid

from crm.domain.errors import UserError
from desktop.jobs.job import Job
from desktop.services.office import KeyFacts, Keys
from desktop.views.language.translating import explained, sentences, translate
from desktop.views.parts.strength import StrengthWatch
from desktop.views.settings.key_rows import KeysAndLockSection
from desktop.views.settings.passphrase_panel import PassphrasePanel
from desktop.views.shell.desk import Desk

OLD_CODES = frozenset({"vault.passphrase.wrong", "vault.wait"})


class KeysPresenter(QObject):
    """One unlocked profile's keys; one panel at a time."""

    def __init__(self, section: KeysAndLockSection, desk: Desk) -> None:
        super().__init__(section)
        self._section, self._desk = section, desk
        self._panel: PassphrasePanel | None = None
        self._job: Job | None = None
        section.passphrase_asked.connect(self.open)
        section.rekey_asked.connect(self._ask_rekey)

    @property
    def _keys(self) -> Keys | None:
        return self._desk.office.keys

    def _show_facts(self) -> None:
        keys = self._keys
        if keys is not None:
            self._desk.jobs.read(lambda _: keys.facts(), self._section.show_keys, key="keys")

    # --- the passphrase ---

    def open(self) -> None:
        """Open the panel, empty; one that is at work stays."""
        keys = self._keys
        if keys is None or (self._job is not None and self._shown() is not None):
            return
        panel = PassphrasePanel()
        panel.save_asked.connect(self._save)
        panel.close_asked.connect(self._close)
        panel.left_field.connect(self._check)
        StrengthWatch(panel.fields["new"], panel.strength, self._desk.jobs, keys.strength)
        self._panel = panel
        self._desk.open_panel(panel)
        panel.focus_first()
        self._desk.jobs.read(lambda _: keys.strength("x"), lambda _: None)  # loads what it needs

    def _shown(self) -> PassphrasePanel | None:
        """Return the panel unless another has taken its place."""
        panel = self._panel
        return panel if panel is not None and isValid(panel) else None

    def _close(self) -> None:
        panel = self._shown()
        if panel is not None:
            panel.forget()
            self._desk.close_panel()
        self._panel = None

    def _check(self, name: str) -> None:
        """Check a field that was left; an empty one is not complained of yet."""
        panel = self._shown()
        if panel is None or panel.busy or not panel.typed(name):
            return
        if name == "new":
            self._look_at(panel.typed("new"))
        elif name == "again":
            panel.show_problem(name, self._differs(panel))

    def _look_at(self, passphrase: str) -> None:
        """Check a new passphrase beside the window: the estimate of a long one takes its time."""
        keys = self._keys
        if keys is not None:
            self._desk.jobs.read(
                lambda _: keys.check(passphrase), lambda _: None, self._unfit, key="passphrase"
            )

    def _unfit(self, error: Exception) -> None:
        panel = self._shown()
        if panel is not None and isinstance(error, UserError):
            panel.show_problem("new", sentences(*explained(error)))

    def _differs(self, panel: PassphrasePanel) -> str:
        if panel.typed("again") == panel.typed("new"):
            return ""
        return translate("Settings", "The two are not the same. Type it again.")

    def _save(self) -> None:
        panel, keys = self._shown(), self._keys
        if panel is None or keys is None or self._job is not None:
            return
        panel.show_problems(found := self._problems(panel))
        if found:
            return
        old, new = panel.typed("old"), panel.typed("new")
        panel.show_busy(True)
        self._job = self._desk.jobs.write(
            lambda _: keys.change_passphrase(old, new), lambda _: self._changed(), self._refused
        )

    def _problems(self, panel: PassphrasePanel) -> dict[str, str]:
        """Return what can be told at once; whether the new one will do is told by the change."""
        found: dict[str, str] = {}
        if not panel.typed("old"):
            found["old"] = translate("Settings", "Type the passphrase until now.")
        if not panel.typed("new"):
            found["new"] = translate("Settings", "Choose a new passphrase.")
        elif differs := self._differs(panel):
            found["again"] = differs
        return found

    def _changed(self) -> None:
        self._job = None
        self._close()
        self._show_facts()
        self._desk.toast(translate("Settings", "The passphrase is changed."))

    def _refused(self, error: Exception) -> None:
        self._job, panel = None, self._shown()
        if panel is None or not isinstance(error, UserError):
            self._desk.tell_error(error)
            return
        panel.show_busy(False)
        said = sentences(*explained(error))
        if error.code in OLD_CODES:
            panel.show_problems({"old": said})
        elif error.code.startswith("vault.passphrase."):
            panel.show_problems({"new": said})
        else:
            panel.show_summary(said)

    # --- the key ---

    def _ask_rekey(self) -> None:
        """Ask first; a wish that was told already is taken back without a question."""
        keys = self._keys
        if keys is None:
            return
        self._desk.jobs.read(lambda _: keys.facts(), self._asked_rekey, key="keys")

    def _asked_rekey(self, facts: KeyFacts) -> None:
        if facts.rekey_wanted:
            self._want(False)
            return
        title = translate("Settings", "Make a new key for this laptop?")
        text = translate(
            "Settings",
            "The window locks. With your next passphrase everything on this laptop is encrypted"
            " anew; that can take some minutes and as much free disk as the data takes. The"
            " passphrase stays, and copies that were saved before still open.",
        )
        safe = translate("Settings", "Leave it")
        other = translate("Settings", "Lock, and make it")
        self._desk.ask(title, text, safe, other, lambda: self._want(True))

    def _want(self, wanted: bool) -> None:
        keys = self._keys
        if keys is not None:
            self._desk.jobs.write(
                lambda _: keys.want_rekey(wanted), lambda _: self._wanted(wanted), self._failed
            )

    def _wanted(self, wanted: bool) -> None:
        if wanted:
            self._desk.lock_wanted.emit()
        else:
            self._show_facts()

    def _failed(self, error: Exception) -> None:
        self._desk.tell_error(error)
