"""The customer page's section on consents: where the customer stands, and what was said.

Passive. Words come from `crm.domain.consent_words`; nothing here decides who may be contacted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal

from crm.domain.consent import ASKED, EVERY_WAY, PURPOSES, WAYLESS, Permission, Statement
from crm.domain.consent_words import purpose_label, way_label, why
from crm.domain.kinds import CHANNELS
from desktop.services.consent import Record
from desktop.services.portrait import Mark
from desktop.views.customer.overview import stand_under
from desktop.views.customer.rows import Row, RowsView
from desktop.views.customer.words import Voice, mark_words
from desktop.views.language.formats import day_text
from desktop.views.language.translating import translate
from desktop.views.parts.basics import Label, Speaking, column
from desktop.views.parts.cards import Card

_GRAVE = frozenset({"stopped", "deceased", "withdrawn", "refused"})
Marks = Mapping[str, Mapping[str, Mark]]


class ConsentsTab(Speaking):
    """Two cards. Enter on a purpose records what was said, Space withdraws."""

    record_asked = Signal(str)  # purpose, or ""
    withdraw_asked = Signal(str)
    opened = Signal(str)  # a statement

    def __init__(self) -> None:
        super().__init__()
        self.now, self.said = Card(), Card()
        self.standing, self.history = RowsView(two_lines=True), RowsView(two_lines=True)
        self.nothing = Label("", "small", tone="text3", wrap=True)
        for card, view in ((self.now, self.standing), (self.said, self.history)):
            stand_under(card)
            card.body.addWidget(view)
        self.said.body.addWidget(self.nothing)
        self.setLayout(column(self.now, self.said, None, spacing=12))
        self.now.action_asked.connect(lambda: self.record_asked.emit(""))
        self.standing.opened.connect(self._open)
        self.standing.action_asked.connect(self.withdraw_asked)
        self.history.opened.connect(self.opened)
        self.retranslate()

    def _open(self, purpose: str) -> None:
        if purpose in (*ASKED, "service"):
            self.record_asked.emit(purpose)

    def retranslate(self) -> None:
        self.now.set_title(self.tr("May be contacted today"))
        self.now.set_action(self.tr("Record what was said"))
        self.said.set_title(self.tr("What the customer said"))
        self.standing.setAccessibleName(self.now.accessibleName())
        self.history.setAccessibleName(self.said.accessibleName())
        self.nothing.setText(self.tr("Nobody has asked this customer yet."))

    def show_record(self, voice: Voice, record: Record, marks: Marks) -> None:
        self.standing.show_rows([_standing(voice, record, purpose) for purpose in PURPOSES])
        self.history.show_rows([_said(voice, one, marks) for one in record.statements])
        self.history.setVisible(bool(record.statements))
        self.nothing.setVisible(not record.statements)

    def clear(self) -> None:
        self.standing.show_rows(())
        self.history.show_rows(())


# --- where the customer stands -------------------------------------------------------------


def _standing(voice: Voice, record: Record, purpose: str) -> Row:
    ways = [EVERY_WAY] if purpose in WAYLESS else list(CHANNELS)
    by_way = {way: record.now[purpose, way] for way in ways}
    open_ways = [way for way, one in by_way.items() if one.allowed]
    withdrawable = any(one.reason == "consent" for one in by_way.values())
    right, tone = _verdict(by_way, open_ways)
    return Row(
        key=purpose,
        title=purpose_label(purpose, voice.language),
        detail=_reasons(voice, by_way),
        right=right,
        right_tone=tone,
        action=translate("Customer", "Withdraw") if withdrawable else "",
    )


def _verdict(by_way: Mapping[str, Permission], allowed: Sequence[str]) -> tuple[str, str]:
    if len(allowed) == len(by_way):
        return translate("Customer", "Allowed"), "accent"
    if allowed:
        return translate("Customer", "Some ways"), "text"
    said_no = any(one.reason in _GRAVE for one in by_way.values())
    return translate("Customer", "Not allowed"), "danger" if said_no else "text2"


def _reasons(voice: Voice, by_way: Mapping[str, Permission]) -> str:
    """Return each reason once, with the ways that it holds for unless it holds for all."""
    told: dict[str, list[str]] = {}
    for way, one in by_way.items():
        if one.reason != "other_way":
            told.setdefault(why(one, voice.language), []).append(way_label(way, voice.language))
    if len(told) == 1 and sum(map(len, told.values())) == len(by_way):
        return next(iter(told))
    between, end = ("：", "") if voice.language == "zh" else (": ", " ")
    parts = [f"{voice.joined(ways)}{between}{text}" for text, ways in told.items()]
    if any(one.reason == "other_way" for one in by_way.values()):
        parts.append(translate("Customer", "The other ways: not asked."))
    return end.join(parts)


# --- what was said -------------------------------------------------------------------------


def _said(voice: Voice, said: Statement, marks: Marks) -> Row:
    mark = next(iter(marks.get(said.id, {}).values()), None)
    title = translate("Customer", "{decision}: {purpose}")
    purpose = purpose_label(said.purpose or "", voice.language)
    if said.purpose not in WAYLESS:
        words = translate("Customer", "{purpose}, {way}")
        purpose = words.format(purpose=purpose, way=way_label(said.channel or "", voice.language))
    return Row(
        key=said.id,
        title=title.format(
            decision=voice.choice("consent", "decision", said.decision), purpose=purpose
        ),
        detail=_details(voice, said),
        right=day_text(said.said_on or "", voice.today, voice.language),
        mark=mark,
        spoken=mark_words(mark),
    )


def _details(voice: Voice, said: Statement) -> str:
    evidence = voice.choice("consent", "evidence", said.evidence)
    parts = [evidence, said.evidence_note or ""]
    if said.guardian_name:
        relation = voice.choice("consent", "guardian_relation", said.guardian_relation)
        words = translate("Customer", "guardian {name} ({relation})")
        parts.append(words.format(name=said.guardian_name, relation=relation))
    for day, words in (
        (said.from_on, translate("Customer", "from {day}")),
        (said.until_on, translate("Customer", "until {day}")),
    ):
        if day:
            parts.append(words.format(day=day_text(day, voice.today, voice.language)))
    told = voice.joined([part for part in parts if part])
    return told or translate("Customer", "no evidence noted")


def stopped_words(voice: Voice, permission: Permission | None) -> str:
    """Return the banner over a customer whose data may not be used; "" where it may."""
    return why(permission, voice.language) if permission is not None else ""
