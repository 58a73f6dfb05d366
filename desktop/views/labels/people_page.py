"""Step 1: what for, and who gets a label. Shows what there is to choose from, and the list that
comes of it: who may not be written to for this stands in it, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from crm.domain.consent import NO_REASONS
from crm.domain.consent_words import purpose_label, reasons_text, why
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label, field_label
from desktop.services.labelling import Groups
from desktop.views.labels.order import Person
from desktop.views.labels.rows import LineList, MadeLines, PersonLine, PersonRows
from desktop.views.language.translating import counted, current_language
from desktop.views.parts.basics import (
    Label,
    Speaking,
    column,
    row,
    scrolling,
    separator,
    surface,
)
from desktop.views.parts.buttons import Button, Chip
from desktop.views.parts.fields import ChoiceField
from desktop.views.parts.notices import State
from desktop.views.theme.look import look

NARROW, USUAL = 250, 320
KEYS = ("village", "tag", "tier")
PURPOSES = ("club", "marketing", "survey", "service", "complaint")  # that letters go out for


class PeoplePage(Speaking):
    """Passive: tells what was picked and who was ticked; shows groups and people."""

    picked = Signal()  # another purpose, village, tag or tier
    everybody_asked = Signal()
    list_dropped = Signal()  # the list that came from another screen is to be forgotten
    ticked = Signal(str, bool)  # customer, gets a label

    def __init__(self) -> None:
        super().__init__()
        self._groups = Groups(villages={}, tiers={}, tags={}, everybody=0)
        self._people: Sequence[Person] = ()
        self._left_out: set[str] = set()
        self._handed: int | None = None
        self.purpose = ChoiceField()
        self.village, self.tag, self.tier = ChoiceField(), ChoiceField(), ChoiceField()
        self.everybody = Button(kind="link", icon_name="users-three")
        self._for_what = Label("", "heading")
        self._title, self._hint = Label("", "heading"), Label("", "small", tone="text3", wrap=True)
        self._handed_text, self._drop = Label(wrap=True), Button(kind="link")
        self._count, self._labels = Label("", "heading"), Label("", "small", tone="text2")
        self.barred = Label("", "small", tone="text2", wrap=True)
        self.only_troubled = Chip(icon_name="warning-fill")
        self.list = LineList(PersonRows())
        self.nothing = State("envelope-simple")
        self._shown: list[int] = []
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        handed = column(self._handed_text, row(self._drop, None), margins=(12, 10, 12, 6))
        self._handed_box = surface("info", handed)
        self._handed_box.hide()
        choices = column(
            self._for_what,
            self.purpose,
            self._title,
            self._hint,
            self._handed_box,
            self.village,
            self.tag,
            self.tier,
            row(self.everybody, None),
            None,
            spacing=12,
            margins=(24, 16, 20, 16),
        )
        inside = QWidget()
        inside.setLayout(choices)
        self._side = surface("pane", column(scrolling(inside)))
        head = row(self._count, self._labels, None, self.only_troubled, spacing=12)
        head.setContentsMargins(16, 10, 16, 10)
        listed = QWidget()
        why = row(self.barred, margins=(16, 0, 16, 10))
        listed.setLayout(column(head, why, separator(), self.list, spacing=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(listed)
        layout = row(self._side, separator(upright=True), self._stack, spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.fit(compact=False)

    def _connect(self) -> None:
        for field in (self.purpose, *self._fields()):
            field.edited.connect(self.picked)
        self.everybody.clicked.connect(self.everybody_asked)
        self.nothing.action_asked.connect(self.everybody_asked)
        self._drop.clicked.connect(self.list_dropped)
        self.only_troubled.toggled.connect(lambda _: self._draw())
        self.list.pressed_row.connect(self._toggle)
        self.list.opened_row.connect(self._toggle)

    def _fields(self) -> tuple[ChoiceField, ...]:
        return self.village, self.tag, self.tier

    def fit(self, *, compact: bool) -> None:
        self._side.setFixedWidth(look().px(NARROW if compact else USUAL))

    def retranslate(self) -> None:
        self._for_what.setText(self.tr("What the letters are for"))
        self._title.setText(self.tr("Who gets a label"))
        self._hint.setText(self.tr("People who fit everything that you pick."))
        language = current_language()
        self.purpose.set_label(self.tr("Purpose"))
        offered = [(purpose, purpose_label(purpose, language)) for purpose in PURPOSES]
        self.purpose.fill([("", self.tr("Choose…")), *offered])
        self.village.set_label(field_label("customer", "village", language))
        self.tag.set_label(self.tr("Tag"))
        self.tier.set_label(field_label("customer", "tier", language))
        self._drop.setText(self.tr("Choose otherwise"))
        self.only_troubled.setAccessibleName(self.tr("Show only those without a label"))
        self.list.setAccessibleName(self.tr("People who get a label"))
        self.show_groups(self._groups)
        self.show_handed(self._handed)
        self._draw()

    # --- what may be chosen ---

    def show_groups(self, groups: Groups) -> None:
        """Offer the villages, tags and tiers that there are, each with its count."""
        self._groups = groups
        language, everyone = current_language(), ("", self.tr("Any"))
        tiers = {
            key: (choice_label(SCHEMA["customer"].by_name["tier"], key, language), count)
            for key, count in groups.tiers.items()
        }
        self.village.fill([everyone, *_offers(_plain(groups.villages))])
        self.tag.fill([everyone, *_offers(_plain(groups.tags))])
        self.tier.fill([everyone, *_offers(tiers)])
        self.tag.setVisible(bool(groups.tags))
        everybody = counted(
            groups.everybody, self.tr("Take {n} customer"), self.tr("Take all {n} customers")
        )
        self.everybody.setText(everybody)
        self._tell_nothing()

    def _tell_nothing(self) -> None:
        """Say what is to be picked next: the purpose first, then people."""
        if not self.purpose.text():
            self.nothing.tell(
                self.tr("What are the letters for?"),
                self.tr("Choose the purpose on the left: not everybody may be written to."),
            )
            return
        self.nothing.tell(
            self.tr("Nobody is chosen yet"),
            self.tr("Pick a village, a tag or a value tier on the left."),
            self.everybody.text() if self._groups.everybody else "",
        )

    def wishes(self) -> dict[str, str]:
        """Return what is picked, by village, tag, tier; nothing for what may be any."""
        pairs = zip(KEYS, self._fields(), strict=True)
        return {key: field.text() for key, field in pairs if field.text()}

    def clear_wishes(self) -> None:
        for field in self._fields():
            field.set_text("")

    def show_handed(self, count: int | None) -> None:
        """Say that the people come from the list of another screen; None: they don't."""
        self._handed = count
        self._handed_box.setVisible(count is not None)
        if count is not None:
            self._handed_text.setText(
                counted(
                    count,
                    self.tr("{n} customer from your list"),
                    self.tr("{n} customers from your list"),
                )
            )
        self.everybody.setVisible(count is None)

    # --- who was chosen ---

    def show_people(self, people: Sequence[Person], left_out: set[str], *, asked: bool) -> None:
        """List people with their ticks; `asked`: somebody was asked for."""
        self._people, self._left_out = people, left_out
        self._tell_nothing()
        self._stack.setCurrentIndex(1 if asked else 0)
        if not any(person.gets_none for person in people):
            self.only_troubled.setChecked(False)
        self._draw()

    def clear(self) -> None:
        self.show_people((), set(), asked=False)

    def _draw(self) -> None:
        troubled = sum(person.gets_none for person in self._people)
        one, many = self.tr("{n} person"), self.tr("{n} people")
        self._count.setText(counted(len(self._people), one, many))
        self._count_labels()
        one, many = self.tr("{n} without a label"), self.tr("{n} without a label")
        self.only_troubled.setText(counted(troubled, one, many))
        self._say_barred()
        self.only_troubled.setVisible(troubled > 0)
        only = self.only_troubled.isChecked()
        self._shown = [n for n, p in enumerate(self._people) if p.gets_none or not only]
        self.list.show_rows(MadeLines(len(self._shown), self._line_at))

    def _say_barred(self) -> None:
        """Say how many may not be written to, and why."""
        reasons = Counter(p.barred.reason for p in self._people if p.barred is not None)
        language = current_language()
        in_order = {reason: reasons[reason] for reason in NO_REASONS if reason in reasons}
        one, many = self.tr("{n} may not be written to"), self.tr("{n} may not be written to")
        head = counted(reasons.total(), one, many)
        between = "：" if language == "zh" else ": "
        self.barred.setText(f"{head}{between}{reasons_text(in_order, language)}")
        self.barred.setVisible(bool(reasons))

    def _trouble(self, person: Person) -> str:
        if person.barred is not None:
            return why(person.barred, current_language())
        return "" if person.address else self.tr("No address, no label")

    def _line(self, person: Person) -> PersonLine:
        trouble = self._trouble(person)
        taken = not trouble and person.id not in self._left_out
        state = self.tr("gets a label") if taken else trouble or self.tr("left out by you")
        spoken = f"{person.name}, {person.address or '—'}, {person.postcode}, {state}"
        return PersonLine(
            id=person.id,
            name=person.name,
            address=person.address or "—",
            right=person.postcode if taken or trouble else self.tr("left out by you"),
            taken=taken,
            trouble=trouble,
            spoken=spoken,
        )

    def _line_at(self, number: int) -> PersonLine:
        return self._line(self._people[self._shown[number]])

    def _toggle(self, number: int) -> None:
        line = self._line_at(number)
        if line.trouble:
            return
        taken = not line.taken
        self._left_out = self._left_out - {line.id} if taken else self._left_out | {line.id}
        self.list.rows.changed(number)
        self._count_labels()
        self.ticked.emit(line.id, taken)

    def _count_labels(self) -> None:
        labels = sum(not p.gets_none and p.id not in self._left_out for p in self._people)
        self._labels.setText(
            counted(labels, self.tr("{n} gets a label"), self.tr("{n} get a label"))
        )


def _plain(counts: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    return {key: (key, count) for key, count in counts.items()}


def _offers(counts: Mapping[str, tuple[str, int]]) -> list[tuple[str, str]]:
    return [(key, f"{words}  {count:,}") for key, (words, count) in counts.items()]
