"""The section about the copy of this laptop: what it is good for, saving one, how far that is."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.views.parts.buttons import Button
from desktop.views.parts.progress import ProgressLine
from desktop.views.settings.facts import Facts
from desktop.views.settings.rows import SettingRow
from desktop.views.settings.sections import SettingsSection

MB = 1_000_000


class CopySection(SettingsSection):
    """Passive: asks for a copy, shows how it goes."""

    save_asked = Signal()
    cancel_asked = Signal()

    def __init__(self) -> None:
        super().__init__("copies")
        self._practice = self._busy = False
        self.save = Button(icon_name="floppy-disk")
        self.save.clicked.connect(self.save_asked)
        self._save = self.add(SettingRow(self.save))
        self.progress = ProgressLine()
        self.progress.cancel_asked.connect(self.cancel_asked)
        self.add_extra(self.progress)
        self._opens, self._back = self.add(SettingRow()), self.add(SettingRow())
        self.show_idle()

    def set_texts(self) -> None:
        self.save.setText(self.tr("Save a copy…"))
        self._save.set_words(
            self.tr("In case the disk fails or the data is damaged"),
            self.tr(
                "One encrypted file with everything on this laptop, edits that wait included."
                " Keep it on another disk."
            ),
        )
        self.save.setAccessibleName(self.save.text())
        self._say_opening()
        self._back.set_words(
            self.tr("Taking it back"),
            self.tr(
                "The branch's technician does it with the command yizhan restore. What was sent"
                " since the copy was made comes back with the next sync."
            ),
        )

    def _say_opening(self) -> None:
        opens = self.tr(
            "Only on this computer, logged in as you, with your passphrase. If the computer itself"
            " is lost, the branch has what was sent."
        )
        if self._practice:
            opens = self.tr("A practice profile: it opens with the passphrase alone.")
        self._opens.set_words(self.tr("Where it opens"), opens)

    def show_facts(self, facts: Facts) -> None:
        self._practice = facts.person.practice
        self._say_opening()

    # --- how it goes ---

    def show_stage(self, name: str) -> None:
        """Show what is being done; how far is not known yet."""
        self._busy = True
        self.progress.setProperty("empty", False)
        self.progress.show_progress(self._stage(name), 0, 0)
        self.progress.show()
        self.save.setEnabled(False)

    def show_done(self, name: str, done: int, total: int) -> None:
        """Show how far a stage is, in bytes."""
        if self._busy:
            self.progress.show_progress(self._stage(name), done // MB, max(1, total // MB))

    def show_idle(self) -> None:
        self._busy = False
        self.progress.setProperty("empty", True)
        self.progress.hide()
        self.save.setEnabled(True)

    def _stage(self, name: str) -> str:
        return {
            "copy": self.tr("Copying (MB)"),
            "check": self.tr("Checking the copy"),
            "write": self.tr("Writing the file (MB)"),
        }[name]
