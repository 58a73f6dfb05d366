"""Why an enrolment was refused: at which field it belongs, and in which words.

Some errors speak to whoever works with the command line; here they get the words of the window.
"""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.errors import UserError
from desktop.services.receipts import NOBODY_ANSWERS
from desktop.views.language.translating import explained, sentences, translate

CHANGE_REQUIRED = "enrol.password.change_required"

_FIELDS = {
    "sync.url.form": "server",
    "sync.url.insecure": "server",
    "sync.ca_file": "ca_file",
    "enrol.login": "password",
    "enrol.not_practice": "server",
    "vault.passphrase.empty": "passphrase",
    "vault.passphrase.short": "passphrase",
    "vault.passphrase.unreadable": "passphrase",
    "vault.passphrase.weak": "passphrase",
    CHANGE_REQUIRED: "new_password",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One sentence or two. `field`: the name of the one it belongs to, "" for the whole page."""

    field: str
    what: str
    remedy: str

    @property
    def text(self) -> str:
        return sentences(self.what, self.remedy)


def refusal(error: UserError) -> Refusal:
    """Return where and how an error is told."""
    if str(error.facts.get("said", "")).startswith("password."):
        return Refusal("new_password", *_new_password_refused(str(error.facts["said"])))
    return Refusal(_field_of(error.code), *(_own_words(error.code) or explained(error)))


def _field_of(code: str) -> str:
    """Return the field that may be at fault; no answer may mean a wrong address."""
    if code in NOBODY_ANSWERS or code.startswith("sync.tls"):
        return "server"
    return _FIELDS.get(code, "")


def _new_password_refused(said: str) -> tuple[str, str]:
    if said == "password.same":
        return (
            translate("Enrol", "The new password is the first one again."),
            translate("Enrol", "Choose another."),
        )
    return (
        translate("Enrol", "The new password is too easy to guess."),
        translate("Enrol", "Choose a longer one."),
    )


def _own_words(code: str) -> tuple[str, str] | None:
    if code == CHANGE_REQUIRED:
        return (
            translate("Enrol", "This is your first password; only you should know the next."),
            translate("Enrol", "Choose a password of your own, then go on."),
        )
    if code == "sync.ca_file":
        return (
            translate("Enrol", "There is no certificate in this file, or it cannot be read."),
            translate("Enrol", "Choose the file that the branch gave you."),
        )
    if code == "enrol.not_practice":
        return (
            translate("Enrol", "This is not a practice server."),
            translate("Enrol", "Check the address, or switch practice off."),
        )
    return _about_the_folder(code)


def _about_the_folder(code: str) -> tuple[str, str] | None:
    if code == "profile.enrolled":
        return (
            translate("Enrol", "This laptop is enrolled already."),
            translate("Enrol", "Close the window and open it again."),
        )
    if code == "profile.unwritable":
        return (
            translate("Enrol", "The program cannot write to its folder."),
            translate("Enrol", "Free some space on the disk, or ask the branch's technician."),
        )
    return None
