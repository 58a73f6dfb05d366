"""What is told once when a profile opens: wrong passphrases before, what came of a new key."""

from __future__ import annotations

from functools import partial

from crm.domain.errors import Refused
from crm.domain.instants import readable
from desktop.services.office import Keys
from desktop.views.language.translating import counted, explained, sentences, translate
from desktop.views.shell.desk import Desk

MANY = 3  # wrong tries from which a person is asked whether they were theirs


def tell_about_keys(desk: Desk) -> None:
    """Tell what belongs to this unlocking."""
    keys = desk.office.keys
    if keys is None:
        return
    if keys.wrong_tries:
        _tell_tries(desk, keys)
    if keys.rekeyed:
        desk.toast(translate("Shell", "This laptop has a new key; everything is encrypted anew."))
    elif keys.rekey_failed is not None:
        desk.toast(sentences(*explained(keys.rekey_failed)), good=False)


def _tell_tries(desk: Desk, keys: Keys) -> None:
    title = counted(
        keys.wrong_tries,
        translate("Shell", "{n} wrong passphrase was tried"),
        translate("Shell", "{n} wrong passphrases were tried"),
    )
    if keys.wrong_tries < MANY:  # one's own slip, most likely
        desk.toast(f"{title} · {_moment(keys.wrong_since)}")
        return
    text = translate(
        "Shell",
        "Since {since}, before this one. If that was not you, somebody had this laptop in hand:"
        " tell your branch, and choose another passphrase.",
    ).format(since=_moment(keys.wrong_since))
    mine = translate("Shell", "It was me")
    other = translate("Shell", "Choose another passphrase")
    desk.ask(title, text, mine, other, partial(desk.go, "settings", section="lock"))


def _moment(instant: str) -> str:
    try:
        return readable(instant)
    except Refused:  # nobody knows: the count was tampered with
        return translate("Shell", "an unknown time")
