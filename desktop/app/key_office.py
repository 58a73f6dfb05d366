"""Fills services.office.Keys: what opens an unlocked profile, and how the screens change it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from desktop.app import rekeying
from desktop.app.profiles import Profile, own_words_of
from desktop.services.office import KeyFacts, Keys
from desktop.storage.replica import Replica
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.strength import strength
from desktop.vault.vault import WrongTries


def keys_of(
    profile: Profile,
    replica: Replica,
    tried: Sequence[WrongTries],
    rekeyed: rekeying.Rekeyed,
) -> Keys:
    """Return the keys of an open profile.

    tried: wrong passphrases before this unlocking. rekeyed: whether it has made a new key.
    """
    words, practice = own_words_of(replica), replica.identity().practice
    return Keys(
        facts=partial(_facts, profile),
        strength=lambda passphrase: strength(passphrase, words),
        check=partial(check_new_passphrase, practice=practice, own_words=words),
        change_passphrase=lambda old, new: rekeying.change_passphrase(profile, old, new, words),
        want_rekey=partial(rekeying.want, profile.folder),
        wrong_tries=sum(each.count for each in tried),
        wrong_since=tried[0].since if tried else "",
        rekeyed=rekeyed.done,
        rekey_failed=rekeyed.failed,
    )


def _facts(profile: Profile) -> KeyFacts:
    changed = profile.vault.changed()
    return KeyFacts(
        passphrase_at=changed.passphrase,
        key_at=changed.key,
        rekey_wanted=(profile.folder / rekeying.WANTED).exists(),
    )
