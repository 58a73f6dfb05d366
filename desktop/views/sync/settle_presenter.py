"""Decides what the To settle page shows, keeps what was chosen, and saves it as one action."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from crm.domain.errors import UserError
from desktop.services.choices import Chosen, kept_choices
from desktop.services.conflicts import Choice, Resolved, resolve_all
from desktop.services.forms import Checked, check
from desktop.services.office import Office
from desktop.services.settling import Case, Contest, cases
from desktop.services.story import story_around
from desktop.services.undo import Action
from desktop.services.urgency import at_a_glance, in_order
from desktop.views.language.translating import counted, explained, sentences, translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.undoing import undoing
from desktop.views.sync.case_words import view_of
from desktop.views.sync.contest_card import OTHER
from desktop.views.sync.list_words import (
    glance_words,
    many_view,
    name_of,
    order_words,
    rows_of,
)
from desktop.views.sync.settle_choices import Choices
from desktop.views.sync.settle_entries import EntryDeeds
from desktop.views.sync.settle_page import CaseView, SettlePage
from desktop.views.sync.settle_revealing import Revealing
from desktop.views.sync.wording import Words

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
        self.choices = Choices(desk, self)
        self._several: tuple[str, ...] = ()  # keys of cases that are selected together
        self._key = ""
        self._place = 0  # among the cases, of the one that is shown
        self._drawn: Case | None = None  # what the page shows, or is about to
        self._saving = False
        self._later = QTimer(self, singleShot=True, interval=DETAIL_AFTER_MS)
        self._later.timeout.connect(self._read_case)
        self._revealing = Revealing(page, desk, self)
        copy = self._revealing.copy_entry
        self._entries = EntryDeeds(desk, copy, self._was_saved, self._not_saved, self)
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
        page.show_asked.connect(self._revealing.reveal)
        page.copy_asked.connect(self._revealing.copy_contest)
        page.acted.connect(self._entries.act)
        self._entries.changed.connect(self.refresh)
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
        self.choices.meet(waits.kept, alive)
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
        self._revealing.about(view)
        self._page.show_case(view)
        for contest in view.contests:
            chosen = self.choices.get(contest.conflict)
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
        chosen = {c: self.choices[c].choice for c in alive if c in self.choices}
        self._page.show_many(many_view(picked, self._words(), chosen))
        self._page.show_decided(len(chosen), len(alive))
        self.case_shown.emit(None)

    def _take_all(self, place: int) -> None:
        """Take the first or the second value of all that are selected, where it can be taken."""
        for case in self._selected():
            for contest in case.contests:
                side = side_at(contest, place)
                if side == "theirs" or contest.mine_possible:
                    self.choices.note(contest.dispute.id, Chosen(side))
        self._show_progress()
        self._show_many()

    # --- choosing ---

    def _choose(self, conflict: str, choice: str) -> None:
        text = self.choices[conflict].text if conflict in self.choices else ""
        self.choices.note(conflict, Chosen(choice, text))
        self._show_progress()

    def _write(self, conflict: str, text: str) -> None:
        self.choices.note(conflict, Chosen(OTHER, text))

    def keep_choices(self) -> None:
        """Keep what was chosen as drafts: a lock or a crash shall not cost a decision."""
        self.choices.keep()

    def _show_progress(self) -> None:
        for case in self._cases:
            decided = len(self.choices.decided(case))
            said = translate("Settle", "{done}/{n} settled")
            said = said.format(done=decided, n=len(case.contests)) if decided else ""
            self._page.list.cases.change(case.key, said)
        shown = self._shown_case()
        if shown is not None and not self._several:
            self._page.show_decided(len(self.choices.decided(shown)), len(shown.contests))

    def _judge(self, conflict: str) -> None:
        """Check what was written, once it is left."""
        case, chosen = self._shown_case(), self.choices.get(conflict)
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
        decided = [conflict for case in here for conflict in self.choices.decided(case)]
        if not decided:
            if self._several:
                self._desk.toast(translate("Settle", "Choose first: M for mine, T for theirs"))
            else:
                self.step(1)
            return
        office, today = self._desk.office, self._desk.today()
        choices = [
            Choice(conflict=c, choice=self.choices[c].choice, written=self.choices[c].text)
            for c in decided
        ]
        self._saving = True
        self.choices.are_saved(decided)
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
            self.choices.were_not_saved()
            self._tell_problems(resolved)
            return
        for found in resolved.settled:
            self.choices.drop(found.id)
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
        self.choices.were_not_saved()
        self._desk.tell_error(error)
        self.refresh()

    def _tell_problems(self, resolved: Resolved) -> None:
        for conflict, checked in resolved.problems.items():
            card = self._page.card_of(conflict)
            written = conflict in self.choices and self.choices[conflict].choice == OTHER
            if card is not None and written and checked.value is None:
                self._tell(conflict, checked)
                card.editor.focus()
            if checked.problem in ("conflict.settled", "conflict.only_theirs"):
                self.choices.drop(conflict)
                self._desk.tell_error(UserError(str(checked.problem), **checked.facts))
                self.refresh()

    def _was_saved(self, action: Action | None, text: str) -> None:
        self._desk.was_saved(undoing(self._desk.office.new_uow, action, text), text)
        self.refresh()

    # --- going ---

    def hide_revealed(self) -> None:
        """Mask what was shown: when one goes on or away."""
        self._revealing.hide()

    def forget(self) -> None:
        """The window locks: show nothing of anybody."""
        self._later.stop()
        self.hide_revealed()
        self.choices.forget()
        self._cases, self._key, self._drawn = (), "", None
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
