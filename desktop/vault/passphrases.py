"""What may be a passphrase, and the bytes it stands for.

Strength and advice come with the change of passphrase; here is only the least rule.
"""

from __future__ import annotations

import unicodedata

from crm.domain.errors import Refused

LEAST_CHARACTERS = 8


def passphrase_bytes(passphrase: str) -> bytes:
    """Return the passphrase in NFC as UTF-8, white space kept.

    NFC, because input methods of different systems compose the same characters differently.
    Raises: Refused `vault.passphrase.unreadable` for text that no keyboard sends.
    """
    try:
        return unicodedata.normalize("NFC", passphrase).encode("utf-8")
    except UnicodeEncodeError:
        # Not chained: that error holds the passphrase itself.
        raise Refused("vault.passphrase.unreadable") from None


def check_new_passphrase(passphrase: str) -> None:
    """Raise Refused unless a new vault may be locked with this passphrase."""
    if not passphrase:
        raise Refused("vault.passphrase.empty")
    characters = len(passphrase_bytes(passphrase).decode("utf-8"))
    if characters < LEAST_CHARACTERS:
        raise Refused("vault.passphrase.short", least=LEAST_CHARACTERS)
