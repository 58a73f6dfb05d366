"""The verbs about the keys of a profile: another passphrase, another key."""

from __future__ import annotations

import argparse
from contextlib import closing

from platformdirs import user_data_path

from crm.domain.exits import Answer
from crm.domain.messages import line
from desktop.app.profiles import Profile, open_replica, own_words_of
from desktop.app.rekeying import change_passphrase, rekey
from desktop.cli import asking


def passphrase(options: argparse.Namespace) -> Answer:
    """Change the passphrase. Asks for the old one, then for the new one."""
    profile = _profile(options)
    old = asking.secret("cli.ask.passphrase")
    with closing(open_replica(profile, old, tell=asking.tell_wrong_tries)) as replica:
        words = own_words_of(replica)
        practice = replica.identity().practice
    new = asking.new_passphrase("cli.ask.new_passphrase", practice=practice, own_words=words)
    change_passphrase(profile, old, new, words)
    return Answer({"changed": True}, line("cli.passphrase.done"))


def new_key(options: argparse.Namespace) -> Answer:
    """Give the replica a new key."""
    profile = _profile(options)
    given = asking.secret("cli.ask.passphrase")
    open_replica(profile, given, tell=asking.tell_wrong_tries).close()
    rekey(profile, given)
    return Answer({"rekeyed": True}, line("cli.rekey.done"))


def _profile(options: argparse.Namespace) -> Profile:
    """Return the profile; one that is not there says so before a secret is asked for."""
    found = Profile(options.profile or user_data_path("yizhan"))
    if not found.enrolled:
        open_replica(found, "")
    return found
