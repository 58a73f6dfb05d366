"""Decides what the To settle page shows, keeps what was chosen, and saves it as one action."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from crm.domain.errors import UserError
from desktop.services.choices import Chosen, keep_choices, kept_choices
from desktop.services.conflicts import Choice, Resolved, resolve_all
from desktop.services.forms import Checked, check
from desktop.services.office import Office
from desktop.services.refusals import Form, edit_again, let_go, take_back
from desktop.services.settling import Case, Contest, cases, decide_handed, tell_twins
from desktop.services.story import story_around
from desktop.services.undo import Action
from desktop.services.urgency import at_a_glance, in_order
from desktop.views.language.translating import counted, explained, sentences, translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.undo import Undoing
from desktop.views.shell.undoing import undoing
from desktop.views.sync.case_words import (
    glance_words,
    many_view,
    name_of,
    order_words,
    rows_of,
    view_of,
)
from desktop.views.sync.contest_card import OTHER
from desktop.views.sync.settle_page import CaseView, SettlePage
from desktop.views.sync.wording import Words

REVEALED_MS = 60_000
KEEP_AFTER_MS = 2_000
DETAIL_AFTER_MS = 80  # arrows pass over cases faster than anybody reads


@dataclass(frozen=True, slots=True)
class Waits:
    """What one look found: the cases in order, and what was chosen before and not saved."""

    cases: tuple[Case, ...]
    kept: dict[str, Chosen]


def look(office: Office) -> Waits:
    """Read what waits. Runs off the GUI thread."""
    person = office.person
    found = cases(office.reader, office.schema, person.user, person.incarnation or None)
    with office.reader() as replica:
        kept = kept_choices(replica)
    return Waits(in_order(found, office.schema), kept)


class SettlePresenter(QObject):
    """One page, for one unlocked profile."""

    counted_cases = Signal(int, int)  # decisions owed, cases
    case_shown = Signal(object)  # CaseView, or None

    def __init__(self, page: SettlePage, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk
        self._cases: tuple[Case, ...] = ()
        self._chosen: dict[str, Chosen] = {}
        self._unkept: set[str] = set()  # conflicts whose choice is not kept yet
        self._several: tuple[str, ...] = ()  # keys of cases that are selected together
        self._key = ""
        self._place = 0  # among the cases, of the one that is shown
        self._drawn: Case | None = None  # what the page shows, or is about to
        self._saving = False
        self._later = QTimer(self, singleShot=True, interval=DETAIL_AFTER_MS)
        self._later.timeout.connect(self._read_case)
        self._mask = QTimer(self, singleShot=True, interval=REVEALED_MS)
        self._mask.timeout.connect(self.hide_revealed)
        self._revealed: tuple[str, int] | None = None
        self._keeping = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._keeping.timeout.connect(self.keep_choices)
        self._connect()

    def _connect(self) -> None:
        page = self._page
        page.case_chosen.connect(self._choose_case)
        page.several_chosen.connect(self._choose_several)
        page.select_all_asked.connect(self._select_all)
        page.all_asked.connect(self._take_all)
        page.choice_made.connect(self._choose)
        page.written.connect(self._write)
        page.field_left.connect(self._judge)
        page.show_asked.connect(self._reveal)
        page.copy_asked.connect(self._copy_contest)
        page.acted.connect(self._act)
        page.save_asked.connect(self.save)
        page.customer_asked.connect(self._open_customer)
        page.texts_wanted.connect(self.show_again)

    def _words(self) -> Words:
        desk = self._desk
        return Words(desk.office.schema, desk.language, desk.now(), desk.today())

    # --- reading ---

    def refresh(self) -> None:
        """Read again what waits; what was chosen and not saved stays chosen."""
        office = self._desk.office
        self._desk.jobs.read(lambda _: look(office), self._read, key="settle")

    def _read(self, waits: Waits) -> None:
        found = waits.cases
        self._cases = found
        alive = {contest.dispute.id for case in found for contest in case.contests}
        here = {c: chosen for c, chosen in self._chosen.items() if c in self._unkept}
        chosen = {**waits.kept, **here}  # what is being chosen now is newer than what was kept
        self._chosen = {c: one for c, one in chosen.items() if c in alive}
        keys = [case.key for case in found]
        if self._key not in keys:
            self._key = keys[min(self._place, len(keys) - 1)] if keys else ""
        self._place = keys.index(self._key) if self._key else 0
        words = self._words()
        contested = sum(bool(case.contests) for case in found)
        glance, order = glance_words(at_a_glance(found), words), order_words()
        self._page.show_glance(glance, order, several=contested > 1)
        self._page.show_rows(rows_of(found, words), self._key)
        self._show_progress()
        self.counted_cases.emit(sum(case.decisions for case in found), len(found))
        if self._several:
            self._show_many()
        elif self._shown_case() != self._drawn:
            self._read_case()

    def _shown_case(self) -> Case | None:
        return next((case for case in self._cases if case.key == self._key), None)

    def show_again(self) -> None:
        """Say everything anew, in another language."""
        self.refresh()
        self._read_case()

    def _choose_case(self, key: str) -> None:
        self._key = key
        self._place = next((n for n, case in enumerate(self._cases) if case.key == key), 0)
        self._later.start()

    def step(self, by: int) -> None:
        """Go to the next case, or the one before."""
        if self._cases:
            number = (self._place + by) % len(self._cases)
            self._choose_case(self._cases[number].key)
            self._page.list.choose(self._key)

    def _read_case(self) -> None:
        self._later.stop()
        case, words = self._shown_case(), self._words()
        self._drawn = case
        if self._several:
            return
        if case is None:
            self._page.show_case(None)
            self.case_shown.emit(None)
            return
        office, today = self._desk.office, self._desk.today()
        self._desk.jobs.read(
            lambda _: view_of(case, words, story_around(office.reader, office.schema, case, today)),
            self._show_case,
            key="settle_case",
        )

    def _show_case(self, view: CaseView) -> None:
        if view.key != self._key or self._several:
            return
        self.hide_revealed()
        self._page.show_case(view)
        for contest in view.contests:
            chosen = self._chosen.get(contest.conflict)
            card = self._page.card_of(contest.conflict)
            if chosen is not None and card is not None:
                card.show_choice(chosen.choice, chosen.text if chosen.choice == OTHER else None)
        self._show_progress()
        self.case_shown.emit(view)

    def place(self) -> tuple[int, int]:
        """Return (number of the case that is shown, from 1; how many there are)."""
        return self._place + 1, len(self._cases)

    # --- several cases at once ---

    def _choose_several(self, keys: tuple[str, ...]) -> None:
        self._several = keys
        if keys:
            self._later.stop()
            self.hide_revealed()
            self._show_many()
        else:
            self._drawn = None  # whatever is shown next is drawn anew

    def _select_all(self) -> None:
        self._page.list.choose_several([case.key for case in self._cases if case.contests])

    def _selected(self) -> list[Case]:
        return [case for case in self._cases if case.key in self._several]

    def _show_many(self) -> None:
        picked = self._selected()
        alive = [c.dispute.id for case in picked for c in case.contests]
        chosen = {c: self._chosen[c].choice for c in alive if c in self._chosen}
        self._page.show_many(many_view(picked, self._words(), chosen))
        self._page.show_decided(len(chosen), len(alive))
        self.case_shown.emit(None)

    def _take_all(self, place: int) -> None:
        """Take the first or the second value of all that are selected, where it can be taken."""
        for case in self._selected():
            for contest in case.contests:
                side = side_at(contest, place)
                if side == "theirs" or contest.mine_possible:
                    self._note(contest.dispute.id, Chosen(side))
        self._show_progress()
        self._show_many()

    # --- choosing ---

    def _choose(self, conflict: str, choice: str) -> None:
        text = self._chosen[conflict].text if conflict in self._chosen else ""
        self._note(conflict, Chosen(choice, text))
        self._show_progress()

    def _write(self, conflict: str, text: str) -> None:
        self._note(conflict, Chosen(OTHER, text))

    def _note(self, conflict: str, chosen: Chosen) -> None:
        self._chosen[conflict] = chosen
        self._unkept.add(conflict)
        if not self._keeping.isActive():
            self._keeping.start()

    def keep_choices(self) -> None:
        """Keep what was chosen as drafts: a lock or a crash shall not cost a decision."""
        self._keeping.stop()
        chosen = {c: self._chosen[c] for c in self._unkept if c in self._chosen}
        new_uow = self._desk.office.new_uow

        def kept(_: object) -> None:
            self._unkept -= {c for c, one in chosen.items() if self._chosen.get(c) == one}

        if chosen:
            self._desk.jobs.write(lambda _: keep_choices(new_uow, chosen), kept)

    def _decided(self, case: Case) -> list[str]:
        return [c.dispute.id for c in case.contests if c.dispute.id in self._chosen]

    def _show_progress(self) -> None:
        for case in self._cases:
            decided = len(self._decided(case))
            said = translate("Settle", "{done}/{n} settled")
            said = said.format(done=decided, n=len(case.contests)) if decided else ""
            self._page.list.cases.change(case.key, said)
        shown = self._shown_case()
        if shown is not None and not self._several:
            self._page.show_decided(len(self._decided(shown)), len(shown.contests))

    def _judge(self, conflict: str) -> None:
        """Check what was written, once it is left."""
        case, chosen = self._shown_case(), self._chosen.get(conflict)
        contest = next(
            (c for c in (case.contests if case else ()) if c.dispute.id == conflict), None
        )
        if contest is None or contest.record is None or chosen is None or chosen.choice != OTHER:
            return
        kind = self._desk.office.schema[contest.dispute.kind]
        name = str(contest.dispute.field)
        self._tell(
            conflict, check(kind, name, chosen.text, contest.record.fields, self._desk.today())
        )

    def _tell(self, conflict: str, checked: Checked) -> None:
        card = self._page.card_of(conflict)
        if card is None:
            return
        if not checked.problem:
            card.show_problem("")
            return
        facts = dict(checked.facts)
        if "field" in facts:
            facts["field"] = card.view.label
        error = UserError(checked.problem, **facts)
        card.show_problem(sentences(*explained(error)))

    # --- saving ---

    def save(self) -> None:
        """Save what is decided here as one action, and go on to the next."""
        picked = self._selected() if self._several else [self._shown_case()]
        here = [case for case in picked if case is not None and case.contests]
        if self._saving or not here:
            return
        decided = [conflict for case in here for conflict in self._decided(case)]
        if not decided:
            if self._several:
                self._desk.toast(translate("Settle", "Choose first: M for mine, T for theirs"))
            else:
                self.step(1)
            return
        office, today = self._desk.office, self._desk.today()
        choices = [
            Choice(conflict=c, choice=self._chosen[c].choice, written=self._chosen[c].text)
            for c in decided
        ]
        self._saving = True
        self._keeping.stop()
        self._unkept -= set(decided)  # the drafts go with the settling
        self._desk.jobs.write(
            lambda _: resolve_all(
                office.new_uow, office.schema, office.person.user, choices, today
            ),
            partial(self._saved, here),
            self._not_saved,
        )

    def _saved(self, here: list[Case], resolved: Resolved) -> None:
        self._saving = False
        if resolved.problems:
            self._unkept |= self._chosen.keys()  # the drafts are still wanted
            self._tell_problems(resolved)
            return
        for found in resolved.settled:
            self._chosen.pop(found.id, None)
        number, contests = len(resolved.settled), sum(len(case.contests) for case in here)
        if number < contests and len(here) == 1:
            self._place = (self._place + 1) % len(self._cases)  # the rest stays; go on
            self._key = self._cases[self._place].key
        if self._several:
            self._several, self._key, self._place = (), "", 0
            self._page.list.end_several()
        self._was_saved(resolved.action, _settled_words(here, number))

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._unkept |= self._chosen.keys()
        self._desk.tell_error(error)
        self.refresh()

    def _tell_problems(self, resolved: Resolved) -> None:
        for conflict, checked in resolved.problems.items():
            card = self._page.card_of(conflict)
            written = conflict in self._chosen and self._chosen[conflict].choice == OTHER
            if card is not None and written and checked.value is None:
                self._tell(conflict, checked)
                card.editor.focus()
            if checked.problem in ("conflict.settled", "conflict.only_theirs"):
                self._chosen.pop(conflict, None)
                self._desk.tell_error(UserError(str(checked.problem), **checked.facts))
                self.refresh()

    def _was_saved(self, action: Action | None, text: str) -> None:
        self._desk.was_saved(undoing(self._desk.office.new_uow, action, text), text)
        self.refresh()

    # --- the other groups ---

    def _act(self, entry: str, action: str) -> None:
        if action == "copy":
            self._copy_entry(entry)
        elif action == "let_go":
            self._let_go(entry)
        elif action == "again":
            self._edit_again(entry)
        elif action in ("same", "different"):
            self._tell_twins(entry, action)
        else:
            self._decide_handed(entry, take=action == "take")

    def _tell_twins(self, link: str, state: str) -> None:
        new_uow = self._desk.office.new_uow
        same = translate("Settle", "Told the branch: the same person")
        other = translate("Settle", "Told the branch: different persons")
        self._write_down(
            lambda: tell_twins(new_uow, link, state), same if state == "same" else other
        )

    def _decide_handed(self, item: str, *, take: bool) -> None:
        office = self._desk.office
        taken, left = translate("Settle", "Taken over"), translate("Settle", "Left as it was")
        self._write_down(
            lambda: decide_handed(office.new_uow, office.schema, item, take=take),
            taken if take else left,
        )

    def _write_down(self, work: Callable[[], Action | None], text: str) -> None:
        self._desk.jobs.write(
            lambda _: work(), lambda action: self._was_saved(action, text), self._not_saved
        )

    def _let_go(self, operation: str) -> None:
        """Put it out of sight at once; it can be taken back."""
        new_uow = self._desk.office.new_uow
        told = translate("Settle", "Let go")

        def still() -> bool:
            return True  # it is kept for 90 days, and a step does not live so long

        undoing = Undoing(
            told,
            partial(take_back, new_uow, operation),
            partial(let_go, new_uow, operation),
            still,
        )
        self._desk.jobs.write(
            lambda _: let_go(new_uow, operation),
            lambda _: self._told(undoing, told),
            self._not_saved,
        )

    def _told(self, undoing: Undoing, text: str) -> None:
        self._desk.was_saved(undoing, text)
        self.refresh()

    def _edit_again(self, operation: str) -> None:
        """Open the form that the edit came from, with what was refused in it."""
        new_uow = self._desk.office.new_uow
        self._desk.jobs.write(
            lambda _: edit_again(new_uow, operation), self._open_form, self._not_saved
        )

    def _open_form(self, form: Form) -> None:
        self.refresh()
        self._desk.saved.emit()
        self._desk.go("customers", form=form)

    # --- copying, showing, going ---

    def _copy_contest(self, conflict: str) -> None:
        card = self._page.card_of(conflict)
        if card is not None:
            self._to_clipboard(card.view.copy)

    def _copy_entry(self, entry: str) -> None:
        for card in self._page.entries:
            if card.view.id == entry:
                self._to_clipboard(card.view.copy)

    def _to_clipboard(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._desk.toast(translate("Settle", "Copied; locking empties the clipboard"))

    def _reveal(self, what: str, line: int) -> None:
        self.hide_revealed()
        self._revealed = (what, line)
        self._page.reveal(what, line, True)
        self._mask.start()

    def hide_revealed(self) -> None:
        """Mask what was shown: after a minute, and when one goes on or away."""
        self._mask.stop()
        if self._revealed is not None:
            what, line = self._revealed
            self._revealed = None
            self._page.reveal(what, line, False)

    def forget(self) -> None:
        """The window locks: show nothing of anybody."""
        self._later.stop()
        self.hide_revealed()
        self.keep_choices()
        self._cases, self._chosen, self._key, self._drawn = (), {}, "", None
        self._several = ()
        self._page.show_rows((), "")

    def _open_customer(self) -> None:
        case = self._shown_case()
        if case is not None and case.customer is not None:
            self._desk.go("customers", customer=case.customer.id)


def side_at(contest: Contest, place: int) -> str:
    """Return which side stands first (0) or second (1): what the reader wrote comes first."""
    swapped = contest.theirs_is_own and not contest.mine_is_own
    return "theirs" if (place == 1) != swapped else "mine"


def _settled_words(here: list[Case], number: int) -> str:
    if len(here) == 1:
        return counted(
            number,
            translate("Settle", "{name}: {n} field settled"),
            translate("Settle", "{name}: {n} fields settled"),
            name=name_of(here[0]),
        )
    return counted(
        number,
        translate("Settle", "{n} field settled"),
        translate("Settle", "{n} fields settled"),
    )
