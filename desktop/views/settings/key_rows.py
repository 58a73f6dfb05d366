"""The section about what opens this laptop: when it locks, its passphrase, its key."""

from __future__ import annotations

from PySide6.QtCore import Signal

from crm.domain.errors import Refused
from crm.domain.instants import readable
from desktop.services.office import KeyFacts
from desktop.views.language.translating import sentences
from desktop.views.parts.buttons import Button
from desktop.views.settings.facts import Facts
from desktop.views.settings.rows import SettingRow
from desktop.views.settings.sections import LockSection


class KeysAndLockSection(LockSection):
    """Passive: tells what is wanted of the keys, shows when they were last chosen."""

    passphrase_asked = Signal()
    rekey_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._keys: KeyFacts | None = None
        self.change, self.rekey = Button(icon_name="lock-key"), Button(icon_name="key")
        self.change.clicked.connect(self.passphrase_asked)
        self.rekey.clicked.connect(self.rekey_asked)
        self._passphrase = self.add(SettingRow(self.change))
        self._key = self.add(SettingRow(self.rekey))

    def set_texts(self) -> None:
        super().set_texts()
        self.change.setText(self.tr("Change…"))
        self._say_passphrase()
        self._say_key()

    def show_facts(self, facts: Facts) -> None:
        super().show_facts(facts)
        self.show_keys(facts.keys)

    def show_keys(self, keys: KeyFacts | None) -> None:
        """Show when passphrase and key were chosen; None where they are nobody's to change."""
        self._keys = keys
        for button in (self.change, self.rekey):
            button.setEnabled(keys is not None)
        self._say_passphrase()
        self._say_key()

    def _say_passphrase(self) -> None:
        at = _moment(self._keys.passphrase_at if self._keys else "")
        since = self.tr("Chosen on {at}").format(at=at) if at else ""
        self._passphrase.set_words(self.tr("Passphrase"), since)

    def _say_key(self) -> None:
        wanted = self._keys is not None and self._keys.rekey_wanted
        self.rekey.setText(self.tr("Not after all") if wanted else self.tr("New key…"))
        self._key.set_words(self.tr("Key of this laptop"), self._key_words(wanted))
        self.rekey.setAccessibleName(self.rekey.text())

    def _key_words(self, wanted: bool) -> str:
        if wanted:
            return self.tr("The next unlocking makes a new one; that can take some minutes.")
        at = _moment(self._keys.key_at if self._keys else "")
        made = self.tr("Made on {at}.").format(at=at) if at else ""
        when = self.tr(
            "Make a new one where somebody may have copied this laptop and knows an old passphrase."
        )
        return sentences(made, when) if made else when


def _moment(instant: str) -> str:
    """Return when it was, to the minute; "" where nobody knows."""
    try:
        return readable(instant)
    except Refused:
        return ""
