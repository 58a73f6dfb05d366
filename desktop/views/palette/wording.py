"""Says what was found: findings become headings and entries in the window's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm.domain.kind import Schema
from crm.domain.labels import choice_label
from crm.domain.masking import mask
from desktop.services.highlight import spans
from desktop.services.listing import Found
from desktop.services.palette import Command, Findings, Hit, Todo, Word
from desktop.views.language.formats import ago, day_text, number_text
from desktop.views.language.places import short_place
from desktop.views.language.translating import counted, translate
from desktop.views.palette import entries as e
from desktop.views.palette.commands import LOOKS, VISIT
from desktop.views.palette.entries import Entry, Heading, Line, Marked

# Rows of each group while all groups show: so many that nothing need be scrolled.
WITH_TEXT = {e.CUSTOMERS: 4, e.WORDS: 2, e.TODOS: 2, e.COMMANDS: 2}
WITHOUT_TEXT = {e.CUSTOMERS: 4, e.WORDS: 0, e.TODOS: 2, e.COMMANDS: 4}
AT_MOST = 100  # rows of one group alone; who sees more types another character


@dataclass(frozen=True, slots=True)
class Shown:
    """What the palette shows for one text."""

    lines: tuple[Line, ...]
    counts: Mapping[str, str]  # scope: how much it holds, "" while nothing is typed


@dataclass(frozen=True, slots=True)
class Wording:
    """What texts depend on."""

    language: str
    today: date
    schema: Schema

    def shown(self, found: Findings, scope: str) -> Shown:
        """Return lines and counts; a scope other than all shows its group whole."""
        groups = self._groups(found)
        lines: list[Line] = []
        for group, members in groups.items():
            if scope in (e.ALL, group):
                lines += self._group(found, group, members, scope)
        return Shown(tuple(lines), self._counts(found, groups))

    def _groups(self, found: Findings) -> dict[str, tuple[Entry, ...]]:
        customers = tuple(self.customer(one, found.text) for one in found.customers)
        visit = tuple(visit_entry(one) for one in customers[:1])
        others = {
            e.WORDS: tuple(self._word(hit) for hit in found.words),
            e.TODOS: tuple(self._todo(hit) for hit in found.todos),
            e.COMMANDS: (*visit, *(self._command(hit) for hit in found.commands)),
        }
        if found.similar and any((found.words, found.todos, found.commands)):
            others[e.COMMANDS] = others[e.COMMANDS][1:]
            return {e.CUSTOMERS: (), **others}
        return {e.CUSTOMERS: customers, **others}

    def _group(
        self, found: Findings, group: str, members: tuple[Entry, ...], scope: str
    ) -> list[Line]:
        typed = bool(found.text.strip())
        room = AT_MOST if scope == group else (WITH_TEXT if typed else WITHOUT_TEXT)[group]
        shown = members[:room]
        if not shown:
            return []
        total = self._total(found, group, members)
        more = typed and scope == e.ALL and total > len(shown)
        link = translate("Palette", "All {n}").format(n=number_text(total)) if more else ""
        count = self._count(found, group, total) if typed else ""
        return [Heading(group, self._title(found, group), count, link), *shown]

    def _total(self, found: Findings, group: str, members: tuple[Entry, ...]) -> int:
        return found.customers_total if group == e.CUSTOMERS and members else len(members)

    def _count(self, found: Findings, group: str, total: int) -> str:
        capped = group == e.CUSTOMERS and found.capped
        return f"{number_text(total)}+" if capped else number_text(total)

    def _counts(self, found: Findings, groups: Mapping[str, tuple[Entry, ...]]) -> dict[str, str]:
        if not found.text.strip():
            return dict.fromkeys(e.SCOPES, "")
        totals = {name: self._total(found, name, members) for name, members in groups.items()}
        counts = {name: self._count(found, name, total) for name, total in totals.items()}
        plus = "+" if found.capped and totals[e.CUSTOMERS] else ""
        return {e.ALL: f"{number_text(sum(totals.values()))}{plus}", **counts}

    def _title(self, found: Findings, group: str) -> str:
        if group == e.CUSTOMERS and not found.text.strip():
            return translate("Palette", "Viewed last")
        if group == e.CUSTOMERS and found.similar:
            return translate("Palette", "Similar")
        return titles()[group]

    # --- entries ---

    def customer(self, found: Found, text: str) -> Entry:
        row = found.row
        tier = self._choice("tier", row.tier)
        visited = ago(row.last_visit, self.today, self.language) if row.last_visit else ""
        place = self._place(found, text)
        told = (row.name, tier, place.text, visited)
        return Entry(
            verb="customer",
            target=row.id,
            icon="user",
            title=Marked(row.name, found.name_spans),
            second=Marked(found.pinyin.text, found.pinyin.spans) if found.pinyin else Marked(),
            tier=row.tier or "",
            tier_word=tier,
            place=place,
            right=visited,
            spoken=self._spoken(e.CUSTOMERS, told),
            customer=row.id,
            name=row.name,
        )

    def _place(self, found: Found, text: str) -> Marked:
        """Return the address, or what else of the customer the text was found in."""
        row = found.row
        if found.matched in ("phone", "contacts"):
            phone = mask(self.schema["customer"].by_name["phone"], row.phone or "")
            held = spans(phone, text)
            return Marked(phone, held) if held else Marked(translate("Palette", "Phone fits"))
        if found.matched == "id_number":
            return Marked(translate("Palette", "Identity number fits"))
        address = row.address or row.village or ""
        near = short_place(address) or address
        held = spans(near, text)
        if not held and (whole := spans(address, text)):
            return Marked(address, whole)
        return Marked(near, held)

    def _choice(self, name: str, value: str | None) -> str:
        spec = self.schema["customer"].by_name[name]
        return choice_label(spec, value, self.language) if value else ""

    def _word(self, hit: Hit[Word]) -> Entry:
        word = hit.found
        tag = word.kind == "tag"
        kind = translate("Palette", "Tag") if tag else translate("Palette", "Village")
        right = counted(
            word.customers,
            translate("Palette", "{n} customer"),
            translate("Palette", "{n} customers"),
        )
        return Entry(
            verb=word.kind,
            target=word.text,
            icon="tag" if tag else "map-pin",
            title=Marked(word.text, hit.spans),
            second=Marked(kind),
            right=right,
            spoken=", ".join((kind, word.text, right)),
        )

    def _todo(self, hit: Hit[Todo]) -> Entry:
        todo = hit.found
        due = day_text(todo.due_on, self.today, self.language) if todo.due_on else ""
        return Entry(
            verb="task",
            target=todo.id,
            icon="check-square",
            title=Marked(todo.title, hit.spans),
            second=Marked(todo.name),
            right=due,
            spoken=self._spoken(e.TODOS, (todo.title, todo.name, due)),
            customer=todo.customer,
            name=todo.name,
        )

    def _command(self, hit: Hit[Command]) -> Entry:
        command = hit.found
        look = LOOKS[command.key]
        return Entry(
            verb="command",
            target=command.key,
            icon=look.icon,
            title=Marked(command.label, hit.spans),
            keys=look.keys,
            spoken=self._spoken(e.COMMANDS, (command.label, look.keys)),
        )

    def _spoken(self, group: str, told: tuple[str, ...]) -> str:
        return ", ".join(part for part in (titles()[group], *told) if part)


def titles() -> dict[str, str]:
    """Return what the scopes are called."""
    return {
        e.ALL: translate("Palette", "All"),
        e.CUSTOMERS: translate("Palette", "Customers"),
        e.WORDS: translate("Palette", "Tags and villages"),
        e.TODOS: translate("Palette", "To do"),
        e.COMMANDS: translate("Palette", "Actions"),
    }


def visit_entry(customer: Entry) -> Entry:
    """Return the command that records a visit to a customer."""
    label = translate("Palette", "Record a visit to {name}").format(name=customer.name)
    look = LOOKS[VISIT]
    return Entry(
        verb="command",
        target=VISIT,
        icon=look.icon,
        title=Marked(label),
        keys=look.keys,
        spoken=", ".join((titles()[e.COMMANDS], label, look.keys)),
        customer=customer.customer,
        name=customer.name,
    )


def for_customer(lines: tuple[Line, ...], customer: Entry) -> tuple[Line, ...]:
    """Return the lines with the command of visiting meant for another customer."""
    return tuple(
        visit_entry(customer)
        if isinstance(line, Entry) and line.same == ("command", VISIT)
        else line
        for line in lines
    )
