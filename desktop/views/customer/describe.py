"""What the page shows of a portrait, in words: head, figures, lines and rows. No widget here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crm.domain.kind import Kind
from desktop.services.portrait import SOON_DAYS, Duplicate, Member, Portrait, day_of, text_of
from desktop.services.ports import Held
from desktop.views.customer.edit_line import Line
from desktop.views.customer.rows import Row
from desktop.views.customer.words import (
    NOTHING,
    Note,
    Voice,
    is_masked,
    mark_words,
    shown,
    typed_value,
)
from desktop.views.language.formats import (
    age_text,
    ago,
    amount_exact,
    amount_short,
    day_text,
    moment_text,
)
from desktop.views.language.translating import counted, translate

IsShown = Callable[[str, str], bool]  # record, field: revealed now?
MOST_TASKS = 5
MOST_ACCOUNTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands at the top of the page. Tags are (id, words)."""

    name: str
    tier: str
    tier_words: str
    below: str
    tags: tuple[tuple[str, str], ...]
    waiting: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureText:
    name: str
    value: str
    below: str = ""
    tone: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Words one portrait. `doubts` are the notes on fields that could not be verified."""

    voice: Voice
    portrait: Portrait
    doubts: Mapping[str, Note]
    is_shown: IsShown

    # --- head and figures ---

    def head(self) -> Head:
        fields, voice = self.portrait.customer.fields, self.voice
        tier = str(fields.get("tier") or "")
        facts = (
            voice.choice("customer", "gender", fields.get("gender")),
            age_text(str(fields.get("birth_date") or ""), voice.today, voice.language),
            str(fields.get("occupation") or ""),
            str(fields.get("village") or ""),
        )
        waiting = self.portrait.waiting
        return Head(
            name=str(fields.get("name") or ""),
            tier=tier if tier in ("high", "general", "low") else "",
            tier_words=voice.choice("customer", "tier", tier or None),
            below=("·" if voice.language == "zh" else ", ").join(filter(None, facts)),
            tags=tuple((tag.id, text_of(tag, "label") or "") for tag in self.portrait.tags),
            waiting=_waiting(waiting) if waiting else "",
        )

    def figures(self) -> tuple[FigureText, ...]:
        return (self._assets(), self._maturing(), self._last_visit(), self._next_contact())

    def _assets(self) -> FigureText:
        accounts, voice = self.portrait.accounts, self.voice
        as_of = ""
        if accounts.as_of:
            moment = moment_text(accounts.as_of, voice.now, voice.language)
            as_of = translate("Customer", "as of {moment}").format(moment=moment)
        value = amount_short(accounts.total_minor, voice.language) if accounts.held else ""
        return FigureText(
            name=translate("Customer", "Total assets"), value=value, below=as_of if value else ""
        )

    def _maturing(self) -> FigureText:
        accounts, voice = self.portrait.accounts, self.voice
        name = translate("Customer", "Maturing in {n} days").format(n=SOON_DAYS)
        if accounts.next_maturity is None:
            return FigureText(name=name, value="", below=translate("Customer", "nothing matures"))
        day = accounts.next_maturity.isoformat()
        near = ago(day, voice.today, voice.language)
        below = f"{near} {day_text(day, voice.today, voice.language)}"
        value = amount_short(accounts.maturing_minor, voice.language)
        return FigureText(name=name, value=value, below=below, tone="warn")

    def _last_visit(self) -> FigureText:
        last, voice = self.portrait.last_visit, self.voice
        name = translate("Customer", "Last visit")
        if last is None:
            return FigureText(name=name, value="", below=translate("Customer", "not visited yet"))
        day = last.day.isoformat()
        how = voice.choice("visit", "channel", last.channel)
        below = f"{day_text(day, voice.today, voice.language)} {how}".strip()
        return FigureText(name=name, value=ago(day, voice.today, voice.language), below=below)

    def _next_contact(self) -> FigureText:
        voice, name = self.voice, translate("Customer", "Next contact")
        day = day_of(self.portrait.customer, "next_contact_on")
        tasks = [
            (due, task) for task in self.portrait.open_tasks if (due := day_of(task, "due_on"))
        ]
        task = min(tasks, key=lambda found: found[0], default=None)
        title = ""
        if task is not None and (day is None or task[0] <= day):
            day, title = task[0], text_of(task[1], "title") or ""
        if day is None:
            return FigureText(name=name, value="", below=translate("Customer", "no date yet"))
        iso = day.isoformat()
        return FigureText(
            name=name,
            value=day_text(iso, voice.today, voice.language),
            below=title or ago(iso, voice.today, voice.language),
            tone="warn" if day < voice.today else None,
        )

    # --- lines ---

    def line(self, name: str) -> Line:
        """Return the line of one of the customer's own fields."""
        note = self.doubts.get(name, NOTHING)
        return record_line(
            self.voice,
            self.portrait.customer,
            name,
            self._marks(self.portrait.customer.id),
            self.is_shown,
            note,
        )

    def contact_lines(self) -> tuple[Line, ...]:
        """Return a line for each further way to reach the customer."""
        return tuple(self._contact_line(held) for held in self.portrait.contacts)

    def _contact_line(self, held: Held) -> Line:
        voice = self.voice
        name = voice.choice("contact_point", "type", held.fields.get("type"))
        if held.fields.get("preferred"):
            name = translate("Customer", "{contact}, preferred").format(contact=name)
        marks = self._marks(held.id)
        return record_line(voice, held, "value", marks, self.is_shown, NOTHING, name)

    def _marks(self, record: str) -> Mapping[str, str]:
        return self.portrait.marks_by_record.get(record, {})

    def _mark(self, record: str) -> str | None:
        """Return the gravest mark on a record, whatever field it is on."""
        found = set(self._marks(record).values())
        return next((mark for mark in ("to_settle", "refused", "waiting") if mark in found), None)

    # --- rows ---

    def accounts(self) -> tuple[Row, ...]:
        """Return open accounts, soonest maturity first."""
        return tuple(self._account(held) for held in self.portrait.accounts.held)

    def closed_accounts(self) -> tuple[Row, ...]:
        return tuple(self._account(held) for held in self.portrait.accounts.closed)

    def _account(self, held: Held) -> Row:
        voice, fields = self.voice, held.fields
        revealed = self.is_shown(held.id, "number")
        number = shown(voice, held, "number", revealed=revealed)
        balance = fields.get("balance_minor")
        currency = str(fields.get("currency") or "CNY")
        exact = amount_exact(balance, voice.language, currency) if isinstance(balance, int) else ""
        right, tone = self._matures(held)
        return Row(
            key=held.id,
            title=voice.choice("account", "type", fields.get("type")),
            detail=number if revealed else tail_words(number),
            number=exact,
            right=right,
            right_tone=tone,
            action=translate("Customer", "Hide") if revealed else translate("Customer", "Show"),
        )

    def _matures(self, held: Held) -> tuple[str, str]:
        voice = self.voice
        closed, day = text_of(held, "closed_on"), day_of(held, "matures_on")
        if closed:
            words = translate("Customer", "closed {day}")
            return words.format(day=day_text(closed, voice.today, voice.language)), "text3"
        if day is None:
            return "—", "text3"
        soon = 0 <= (day - voice.today).days <= SOON_DAYS
        near = 0 <= (day - voice.today).days <= 1
        iso = day.isoformat()
        words = (
            ago(iso, voice.today, voice.language)
            if near
            else day_text(iso, voice.today, voice.language)
        )
        return words, "warn" if soon else "text2"

    def members(self) -> tuple[Row, ...]:
        """Return the members of all households but the customer, the head first."""
        return tuple(
            self._member(member)
            for household in self.portrait.households
            for member in household.members
            if not member.is_self
        )

    def _member(self, member: Member) -> Row:
        voice, born = self.voice, str(member.held.fields.get("birth_date") or "")
        facts = (
            age_text(born, voice.today, voice.language),
            translate("Customer", "a customer of yours") if member.customer else "",
            str(member.held.fields.get("note") or ""),
        )
        return Row(
            key=member.customer or member.held.id,
            title=member.name or translate("Customer", "Kept by another manager"),
            detail=voice.joined([fact for fact in facts if fact]),
            right=voice.choice("household_member", "relation", member.relation),
            mark=self._mark(member.held.id),
            spoken=mark_words(self._mark(member.held.id)),
        )

    def tasks(self) -> tuple[Row, ...]:
        """Return what is to be done, most urgent first."""
        return tuple(self._task(held) for held in self.portrait.open_tasks)

    def _task(self, held: Held) -> Row:
        voice, due = self.voice, day_of(held, "due_on")
        late = due is not None and due < voice.today
        day = day_text(due.isoformat(), voice.today, voice.language) if due else ""
        words = translate("Customer", "due {day}").format(day=day) if day else ""
        overdue = translate("Customer", "overdue since {day}").format(day=day)
        return Row(
            key=held.id,
            title=text_of(held, "title") or "",
            right=overdue if late else words,
            right_tone="warn" if late else "text2",
            mark=self._mark(held.id),
            action=translate("Customer", "Done"),
            spoken=mark_words(self._mark(held.id)),
        )

    # --- banners ---

    def to_settle(self) -> str:
        """Return the sentence of the banner over what is contested; "" for nothing."""
        found = self.portrait.disputes
        if not found:
            return ""
        names = [
            self.voice.field(d.kind, d.field) if d.field else self.voice.kind(d.kind) for d in found
        ]
        words = translate(
            "Customer", "You and the branch changed the same field: {fields}. Both are kept."
        )
        return words.format(fields=self.voice.joined(list(dict.fromkeys(names))))

    def duplicate(self) -> tuple[str, str]:
        """Return (sentence, the other customer's id or "") of a suspected duplicate."""
        if not self.portrait.duplicates:
            return "", ""
        first = self.portrait.duplicates[0]
        return self._duplicate(first), first.other or ""

    def _duplicate(self, found: Duplicate) -> str:
        if found.name is None:
            return translate(
                "Customer", "Another manager keeps somebody who may be the same person."
            )
        if found.basis == "identity":
            words = translate("Customer", "{name} has the same identity number.")
        else:
            words = translate("Customer", "{name} has the same name and phone.")
        return words.format(name=found.name)


def _is_editable(kind: Kind | None) -> bool:
    """Tell whether a person may change records of a kind field by field."""
    if kind is None or kind.server_only or kind.append_only:
        return False
    return kind.laptop_fields is None


def record_line(
    voice: Voice,
    held: Held,
    name: str,
    marks: Mapping[str, str],
    is_shown: IsShown,
    note: Note = NOTHING,
    label: str = "",
) -> Line:
    """Return the line of any record's field."""
    spec, value = voice.spec(held.kind, name), held.fields.get(name)
    masked, revealed = is_masked(spec), is_shown(held.id, name)
    open_to_type = not masked or revealed or value is None
    kind = voice.schema.get(held.kind)
    mark = marks.get(name) or marks.get("")
    return Line(
        record=held.id,
        field=name,
        name=label or voice.field(held.kind, name),
        text=shown(voice, held, name, revealed=revealed),
        typed=typed_value(spec, value) if spec is not None and open_to_type else None,
        masked=masked,
        revealed=revealed,
        choices=voice.choices(held.kind, name),
        mark=mark,
        mark_words=mark_words(mark),
        note=note,
        editable=_is_editable(kind) and not (spec is not None and spec.server_only),
    )


def tail_words(masked: str) -> str:
    """Return "ending in 17" for a masked account number: what the mask leaves at its end."""
    tail = masked.rpartition("*")[2]
    return translate("Customer", "ending in {tail}").format(tail=tail) if tail else masked


def _waiting(number: int) -> str:
    return counted(
        number,
        translate("Customer", "{n} edit waiting"),
        translate("Customer", "{n} edits waiting"),
    )
