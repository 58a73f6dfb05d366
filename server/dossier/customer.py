"""The pages of one customer in a dossier."""

from __future__ import annotations

from collections.abc import Sequence

from crm.domain.kinds import SCHEMA, VISITS_TO_COME
from crm.paper.setter import INNER_MM, LEFT_MM, RIGHT_MM, Cell, Setter
from server.dossier.values import Case, Entry
from server.dossier.words import Words

VISITS = 8  # the last ones; those to come are all told
IN_HALF = 28  # what fits into a column of half the page
IN_HEADING = ("name", "honorific", "tier")
CLOSED = frozenset({"closed", "withdrawn", "not_accepted"})  # complaints that need nobody
HALF_MM = INNER_MM / 2
NAME_MM = {"zh": 26.0, "en": 36.0}  # the column of fields' names
Columns = Sequence[float]  # left edges in mm from the first one


def print_case(setter: Setter, words: Words, case: Case) -> None:
    """Set everything that the new manager is to know of one customer."""
    _heading(setter, words, case.customer)
    for part in (
        *(_basics, _consents, _households, _contacts, _accounts, _visits, _tasks),
        *(_complaints, _to_settle, _hand_overs),
    ):
        part(setter, words, case)


def _heading(setter: Setter, words: Words, customer: Entry) -> None:
    name = " ".join(filter(None, (customer.text("name"), customer.text("honorific"))))
    setter.row(
        Cell(LEFT_MM, INNER_MM - 40, name, 16),
        Cell(RIGHT_MM - 38, 38, _tier(words, customer), 10),
    )
    setter.row(Cell(LEFT_MM, INNER_MM, words.say("dossier.id", id=customer.id), 7.5))


def _tier(words: Words, customer: Entry) -> str:
    tier = words.value(customer, "tier")
    return (
        words.say("dossier.named", name=words.label("customer", "tier"), value=tier) if tier else ""
    )


def _told(words: Words, kind: str, name: str, value: str) -> str:
    return words.say("dossier.named", name=words.label(kind, name), value=value)


def section(setter: Setter, title: str, size_pt: float = 11) -> None:
    """Set a heading with a rule below it, never at the foot of a page."""
    setter.need(18)
    setter.gap(3.5)
    setter.row(Cell(LEFT_MM, INNER_MM, title, size_pt))
    setter.gap(0.6)
    setter.rule()
    setter.gap(1.6)


def _basics(setter: Setter, words: Words, case: Case) -> None:
    customer = case.customer
    known = SCHEMA["customer"].fields
    names = [s.name for s in known if s.name not in IN_HEADING and words.value(customer, s.name)]
    section(setter, words.say("dossier.basics"))
    short = [n for n in names if _breadth(words.value(customer, n)) <= IN_HALF]
    for start in range(0, len(short), 2):
        pair = short[start : start + 2]
        setter.row(
            *(cell for n, name in enumerate(pair) for cell in _named(words, customer, name, n))
        )
    for name in names:
        if name not in short:
            setter.row(*_named(words, customer, name, 0, wide=True))


def _breadth(text: str) -> int:
    """Return roughly how wide a text is: 2 for a Han character, 1 for a letter."""
    return sum(2 if char >= "\u2e80" else 1 for char in text)


def _named(
    words: Words, entry: Entry, name: str, column: int, *, wide: bool = False
) -> tuple[Cell, Cell]:
    """Return a field's name and value as two cells of the left or right half, or of both."""
    left, room = LEFT_MM + column * HALF_MM, NAME_MM[words.language]
    width = (INNER_MM if wide else HALF_MM) - room - 2
    return (
        Cell(left, room - 2, words.label(entry.kind, name)),
        Cell(left + room, width, words.value(entry, name)),
    )


def _table(setter: Setter, edges: Columns, rows: Sequence[Sequence[str]]) -> None:
    ends = (*edges[1:], INNER_MM)
    for row in rows:
        cells = zip(edges, ends, row, strict=True)
        setter.row(*(Cell(LEFT_MM + x, end - x - 2, text) for x, end, text in cells))
        setter.gap(0.4)


def _consents(setter: Setter, words: Words, case: Case) -> None:
    """What the customer agreed to, refused and withdrew, newest first."""
    said = sorted(case.of("consent"), key=lambda c: (c.text("said_on"), c.id), reverse=True)
    if said:
        section(setter, words.kind("consent"))
        _table(setter, (0, 24, 44, 80, 104), [_consent(words, one) for one in said])


def _consent(words: Words, said: Entry) -> tuple[str, ...]:
    named = [words.value(said, name) for name in ("decision", "purpose", "channel")]
    evidence = [words.value(said, n) for n in ("evidence", "evidence_note", "guardian_name")]
    until = said.text("until_on")
    told = [*evidence, _told(words, "consent", "until_on", until) if until else ""]
    return said.text("said_on"), *named, "  ".join(filter(None, told))


def _households(setter: Setter, words: Words, case: Case) -> None:
    for household in case.of("household"):
        title = f"{words.kind('household')}  {household.text('name')}"
        section(setter, title)
        members = case.of("household_member", household.id)
        _table(setter, (0, 26, 76, 106), [_member(words, case, m) for m in members])
        for name in ("address", "note"):
            if household.text(name):
                setter.row(*_named(words, household, name, 0, wide=True))


def _member(words: Words, case: Case, member: Entry) -> tuple[str, ...]:
    name = case.names.get(member.text("customer")) or member.text("name")
    relation, born = words.value(member, "relation"), words.value(member, "birth_date")
    return (relation, name or words.say("dossier.elsewhere"), born, member.text("note"))


def _contacts(setter: Setter, words: Words, case: Case) -> None:
    contacts = case.of("contact_point")
    if contacts:
        section(setter, words.kind("contact_point"))
        _table(setter, (0, 26, 106), [_contact(words, c) for c in contacts])


def _contact(words: Words, contact: Entry) -> tuple[str, ...]:
    preferred = words.label("contact_point", "preferred") if contact.fields.get("preferred") else ""
    tail = "  ".join(filter(None, (preferred, contact.text("note"))))
    return words.value(contact, "type"), words.value(contact, "value"), tail


def _accounts(setter: Setter, words: Words, case: Case) -> None:
    accounts = sorted(case.of("account"), key=lambda a: (a.text("closed_on"), a.text("type"), a.id))
    if not accounts:
        return
    section(setter, words.kind("account"))
    names = ("type", "number", "balance_minor", "rate_bp", "matures_on")
    head = tuple(words.label("account", name) for name in names)
    _table(setter, (0, 26, 76, 122, 144), [head, *(_account(words, a) for a in accounts)])


def _account(words: Words, account: Entry) -> tuple[str, ...]:
    until = account.text("matures_on")
    if closed := account.text("closed_on"):
        until = f"{words.label('account', 'closed_on')} {closed}"
    return (
        words.value(account, "type"),
        words.value(account, "number"),
        words.money(account),
        words.rate(account),
        until,
    )


def _visits(setter: Setter, words: Words, case: Case) -> None:
    visits = sorted(case.of("visit"), key=lambda v: (v.text("on"), v.id), reverse=True)
    to_come = [v for v in visits if v.text("state") in VISITS_TO_COME]
    past = [v for v in visits if v.text("state") not in VISITS_TO_COME]
    shown = [*to_come, *past[:VISITS]]
    if shown:
        section(setter, words.say("dossier.visits"))
        _table(setter, (0, 24, 46, 66), [_visit(words, v) for v in shown])
    if len(past) > VISITS:
        more = words.say("dossier.more", count=len(past) - VISITS)
        setter.row(Cell(LEFT_MM, INNER_MM, more, 8.5))


def _visit(words: Words, visit: Entry) -> tuple[str, ...]:
    told = [(name, words.value(visit, name)) for name in ("needs", "next_step")]
    story = [visit.text("summary"), *(_told(words, "visit", n, v) for n, v in told if v)]
    said = "  ".join(filter(None, story))
    return visit.text("on"), words.value(visit, "state"), words.value(visit, "channel"), said


def _tasks(setter: Setter, words: Words, case: Case) -> None:
    tasks = [t for t in case.of("task") if t.text("state") == "open"]
    if tasks:
        section(setter, words.say("dossier.tasks"))
        tasks.sort(key=lambda t: (t.text("due_on") or "9", t.id))
        rows = [(t.text("due_on"), f"{t.text('title')}  {t.text('note')}".strip()) for t in tasks]
        _table(setter, (0, 24), rows)


def _complaints(setter: Setter, words: Words, case: Case) -> None:
    """Open complaints, whatever fields that kind will have: it comes with a later part."""
    complaints = [c for c in case.of("complaint") if c.text("state") not in CLOSED]
    if complaints:
        section(setter, words.say("dossier.complaints"))
    for complaint in complaints:
        for name in sorted(complaint.fields):
            setter.row(*_named(words, complaint, name, 0, wide=True))


def _to_settle(setter: Setter, words: Words, case: Case) -> None:
    """What two people changed and late edits from elsewhere: what it is about, not the values."""
    notes = [n for k in ("conflict", "inbox_item") for n in case.of(k) if n.text("state") == "open"]
    if notes:
        section(setter, words.say("dossier.to_settle"))
        _table(setter, (0, 46), [(words.kind(n.kind), _about(words, n)) for n in notes])


def _about(words: Words, note: Entry) -> str:
    kind, field = note.text("record_kind"), note.text("field")
    return f"{words.kind(kind)}  {words.label(kind, field) if field else words.value(note, 'verb')}"


def _hand_overs(setter: Setter, words: Words, case: Case) -> None:
    handed = sorted(case.of("hand_over"), key=lambda h: h.text("at"), reverse=True)
    if handed:
        section(setter, words.say("dossier.history"))
        _table(setter, (0, 36, 96), [_hand_over(words, h) for h in handed])


def _hand_over(words: Words, handed: Entry) -> tuple[str, ...]:
    hands = f"{handed.text('from_name') or '?'} → {handed.text('to_name') or '?'}"
    told = [handed.text("reason")]
    if handed.text("override"):
        told.append(words.say("dossier.overridden", reason=handed.text("override")))
    return words.value(handed, "at"), hands, "  ".join(filter(None, told))
