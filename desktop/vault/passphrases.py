"""What may be a passphrase, and the bytes it stands for.

A work profile's has to be hard to guess as well; a practice profile has made-up data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from crm.domain.errors import Refused
from desktop.vault.strength import strength

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


def check_new_passphrase(passphrase: str, *, practice: bool, own_words: Iterable[str] = ()) -> None:
    """Raise Refused unless a vault may be locked with this passphrase from now on.

    `own_words` are what everybody knows of its owner: login, name, branch.
    """
    if not passphrase:
        raise Refused("vault.passphrase.empty")
    characters = len(passphrase_bytes(passphrase).decode("utf-8"))
    if characters < LEAST_CHARACTERS:
        raise Refused("vault.passphrase.short", least=LEAST_CHARACTERS)
    if not practice and not strength(passphrase, own_words).enough:
        raise Refused("vault.passphrase.weak")
