"""Decides what the card for a forgotten passphrase does: asks, waits, and unlocks at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from crm.domain.errors import Locked, UserError
from desktop.jobs.desk import Jobs
from desktop.services.greeting import read_greeting
from desktop.views.language.translating import explained, sentences, translate
from desktop.views.parts.strength import StrengthWatch
from desktop.views.unlock.recovery_card import RecoveryCard

if TYPE_CHECKING:
    from desktop.services.office import Forgotten, Station, Strength

RECOVERED, WAITING = "recovered", "waiting"


class RecoveryPresenter(QObject):
    """One profile's way back in. `unlock` opens it by the passphrase that was chosen."""

    closed = Signal()
    trying = Signal()  # to open the profile, which may take minutes; ends as an unlocking does
    gave_up = Signal()
    fault = Signal(object)

    def __init__(
        self, card: RecoveryCard, station: Station, jobs: Jobs, unlock: Callable[[str], None]
    ) -> None:
        super().__init__(card)
        self._card, self._station, self._jobs, self._unlock = card, station, jobs, unlock
        card.asked.connect(self._ask)
        card.go_on_asked.connect(self._go_on)
        card.anew_asked.connect(self._anew)
        card.closed.connect(self._close)
        StrengthWatch(card.fields["passphrase"], card.strength, jobs, self._strength)
        jobs.read(lambda _: station.strength("x"), lambda _: None)  # loads it before it is typed

    def _strength(self, passphrase: str) -> Strength:
        return self._station.strength(passphrase, self._own_words())

    def _own_words(self) -> tuple[str, ...]:
        """Return what colleagues know of who is typing."""
        known = read_greeting(self._station.folder)
        said = (self._card.fields["login"].text().strip(), known.name, known.branch)
        return tuple(word for word in said if word)

    def open(self) -> None:
        """Show where it stands: the digits of a request under way, or the form."""
        self._card.say("")
        self._card.set_server(self._station.recovery_server())
        if digits := self._station.recovery_digits():
            self._card.show_digits(digits)
        else:
            self._card.show_form()

    def _anew(self) -> None:
        self._card.say("")
        self._card.show_form()

    def _close(self) -> None:
        self._card.show_form()  # nothing that was typed stays
        self.closed.emit()

    # --- asking ---

    def _ask(self, given: Forgotten) -> None:
        if problems := self._problems(given):
            self._card.show_problems(problems)
            return
        self._card.show_busy(True)
        self._card.say("")
        self._jobs.write(lambda _: self._station.ask_recovery(given), self._asked, self._refused)

    def _problems(self, given: Forgotten) -> dict[str, str]:
        found: dict[str, str] = {}
        if not given.login:
            found["login"] = translate("Recovery", "Type your login at the branch.")
        if not given.password:
            found["password"] = translate("Recovery", "Type the password of that login.")
        try:
            practice = read_greeting(self._station.folder).practice
            self._station.check_passphrase(
                given.passphrase, practice=practice, own_words=self._own_words()
            )
        except UserError as error:
            found["passphrase"] = sentences(*explained(error))
        if "passphrase" not in found and self._card.again != given.passphrase:
            found["again"] = translate("Recovery", "The two are not the same. Type it again.")
        return found

    def _asked(self, digits: str) -> None:
        self._card.show_digits(digits)

    def _refused(self, error: Exception) -> None:
        self._card.show_busy(False)
        if isinstance(error, UserError):
            self._card.say(sentences(*explained(error)), "danger")
        else:
            self.fault.emit(error)

    # --- going on ---

    def _go_on(self, passphrase: str) -> None:
        if not passphrase:
            self._card.refuse_chosen(translate("Recovery", "Type the new passphrase."))
            return
        self._card.show_busy(True)
        self._card.say("")
        self.trying.emit()
        self._jobs.write(
            lambda _: self._station.go_on_recovering(passphrase),
            lambda state: self._went_on(state, passphrase),
            self._stopped,
        )

    def _went_on(self, state: str, passphrase: str) -> None:
        if state == RECOVERED:
            self._close()
            self._unlock(passphrase)
            return
        self.gave_up.emit()
        if state == WAITING:
            self._card.refuse_chosen("")
            self._card.chosen.clear_note()
            self._card.say(translate("Recovery", "The branch has not decided yet."))
        else:
            self._card.show_form()
            self._card.say(_word_of(state), "danger")

    def _stopped(self, error: Exception) -> None:
        self.gave_up.emit()
        if isinstance(error, Locked) and error.code == "vault.passphrase.wrong":
            self._card.refuse_chosen(sentences(*explained(error)))
            return
        if not self._station.recovery_digits():  # it has come to its end
            self._card.show_form()
        self._refused(error)


def _word_of(state: str) -> str:
    """Return why a request will not be granted."""
    if state == "refused":
        return translate(
            "Recovery", "The branch lead refused. Nothing on this laptop has changed or is lost."
        )
    if state == "expired":
        return translate("Recovery", "Nobody decided within seven days. Ask again.")
    return translate(
        "Recovery",
        "Another request took the place of this one. If it was not yours, tell the branch.",
    )
