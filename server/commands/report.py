"""`yizhan-server report`: everything that is held of one person, as PDF and JSON (docs/rights.md).

It is for that person (PIPL article 45), so nothing of theirs is masked; numbers of others in what
colleagues have written are. Nothing that is held is left out: kinds are read from what is there.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from crm.domain.errors import NotFound
from crm.domain.kind import Field, FieldType, Personal
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label
from crm.domain.messages import line
from crm.records import access
from server.commands import dossier, erase, leads
from server.commands.answers import Answer
from server.dossier.held import Act, Change, Held, Reader, Report
from server.dossier.report import report_pdf
from server.dossier.values import Entry
from server.dossier.words import Words
from server.exchange import erasing, seen_here
from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY
from server.exchange.erasing import Scope
from server.store import audit, people
from server.store import erasing as found_by
from server.store import records as store
from server.store.files import write_private
from server.store.records import StoredRecord

ROLE = SCHEMA["staff"].by_name["role"]
ACTION, REASON = (SCHEMA["access_entry"].by_name[name] for name in ("action", "reason"))
RESTRICTED = "customer.restricted"  # an act that is written down
LEAST_DIGITS = 10  # of a number that may be somebody's phone, document or account
HIDDEN = frozenset({"other", "other_manager"})  # whom somebody is perhaps the same as
_DIGITS = re.compile(r"\+?[0-9](?:[0-9 \-]{5,20})[0-9Xx]")


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Write FILE (PDF) and FILE.json. Raises: NotFound `customers.unknown`, Refused, OSError."""
    actor, found = NOBODY, erasing.look(exchange, options.customer)
    lead = leads.named(exchange, options.login)
    if lead is not None:
        erase.require_branch(exchange, lead, found)
        actor = leads.acting(exchange, lead.login).id
    data = options.file.with_name(options.file.name + ".json")
    for path in (options.file, data):
        dossier.prepare(path)
    report = gathered(exchange, options.customer, options.language)
    with exchange.database.writing() as connection:  # first: no report without its entry
        seen_here.note(
            connection,
            at=exchange.now(),
            actor=actor,
            action="report",
            what="report",
            subject=options.customer,
            count=1,
            reason="asked",
        )
    write_private(options.file, report_pdf(report, language=options.language))
    write_private(data, as_json(report))
    answer = {"customer": options.customer, "file": str(options.file), "data": str(data)}
    answer |= {"records": 1 + len(report.family), "elsewhere": len(report.elsewhere)}
    return answer, line("server.report.done", file=options.file.name, data=data.name), 0


def as_json(report: Report) -> bytes:
    """Return the report as JSON text; values in words, and as they are held."""
    return orjson.dumps(asdict(report), option=orjson.OPT_INDENT_2)


def gathered(exchange: Exchange, customer: str, language: str) -> Report:
    """Read everything that is held of a customer, in one snapshot.

    Raises: NotFound `customers.unknown`.
    """
    with exchange.database.snapshot() as connection:
        scope = erasing.scope_of(exchange, connection, {customer})
        head = next((r for r in scope.family if r.id == customer and not r.dead), None)
        if head is None:
            raise NotFound("customers.unknown", count=1, first=customer[:40])
        teller = _Teller(connection, scope, language)
        family = [r for r in scope.family if not r.dead and r.id != customer]
        return Report(
            customer=teller.held(head),
            family=tuple(map(teller.held, family)),
            elsewhere=tuple(teller.held(r) for r in scope.beside if not r.dead),
            aside=tuple(teller.put_aside(i, b) for i, b in scope.aside.items() if not _is_entry(b)),
            changes=teller.changes(),
            readers=teller.readers(customer, exchange.now()),
            acts=teller.acts(customer),
            made_at=exchange.now(),
        )


class _Teller:
    """Tells records in words, with whom they came from."""

    def __init__(self, connection: Any, scope: Scope, language: str) -> None:  # of one snapshot
        self._connection, self._scope = connection, scope
        self._words = Words(language, reveal=True)
        self._own = _own_numbers(scope)
        self._histories = store.histories(connection, scope.ids)
        self._people = {p.id: p for p in people.people(connection)}
        self._kinds = {r.id: r.kind for r in (*scope.family, *scope.beside)}

    def _name(self, person: object) -> str:
        known = self._people.get(str(person))
        return known.name if known else ""

    def held(self, record: StoredRecord) -> Held:
        """Return one record with its first writer and how often it was changed since."""
        history = self._histories.get(record.id) or [{}]
        entry = Entry(
            id=record.id,
            kind=record.kind,
            parent=record.parent,
            fields=self._told(record.kind, record.fields),
        )
        return Held(
            entry=entry,
            shown=self._shown(entry),
            since=str(history[0].get("accepted_at", "")),
            by=self._name(history[0].get("author")),
            how=str(history[0].get("verb", "")),
            changed=len(history) - 1,
        )

    def put_aside(self, operation: str, body: Mapping[str, Any]) -> Held:
        """Return an edit that waits in quarantine, as if it were a record."""
        brought = _brought(body)
        kind = str(body.get("kind", ""))
        entry = Entry(id=operation, kind=kind, parent=None, fields=self._told(kind, brought))
        at, author = str(body.get("at", "")), self._name(body.get("author"))
        return Held(entry=entry, shown=self._shown(entry), since=at, by=author, how="aside")

    def _shown(self, entry: Entry) -> dict[str, str]:
        words = {name: self._words.value(entry, name) for name in entry.fields}
        return {name: text for name, text in words.items() if text}

    def _told(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that may be told: nobody else's numbers, nobody else's id."""
        return {n: self._mine(kind, n, v) for n, v in fields.items() if n not in HIDDEN}

    def _mine(self, kind: str, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._mine(kind, name, each) for each in value]
        known = SCHEMA.get(kind)
        spec = known.by_name.get(name) if known else None
        if not isinstance(value, str) or (spec is not None and _is_own(kind, spec)):
            return value
        return without_foreign(value, self._own)

    def changes(self) -> tuple[Change, ...]:
        """Return every change of every record, oldest first, with its values in words."""
        found = [
            self._change(record, row) for record, rows in self._histories.items() for row in rows
        ]
        return tuple(sorted(found, key=lambda c: (c.at, c.record)))

    def _change(self, record: str, row: Mapping[str, Any]) -> Change:
        kind = self._kinds.get(record, "customer")
        pairs = orjson.loads(row["changes"])
        return Change(
            at=row["accepted_at"],
            by=self._name(row["author"]),
            verb=row["verb"],
            kind=kind,
            record=record,
            fields={
                name: (self._text(kind, name, old), self._text(kind, name, new))
                for name, (old, new) in pairs.items()
                if name not in HIDDEN
            },
        )

    def _text(self, kind: str, name: str, value: Any) -> str:
        entry = Entry(id="", kind=kind, parent=None, fields=self._told(kind, {name: value}))
        return self._words.value(entry, name)

    def readers(self, customer: str, now: str) -> tuple[Reader, ...]:
        """Return who could see the customer, and when: by the grants of where it lay."""
        lived = found_by.lived_in(self._connection, customer, now)
        found = []
        for person, stream, since, until in found_by.grants_on(self._connection, lived):
            end = min(until or now, lived[stream])
            known = self._people.get(person)
            if known is not None and since <= end:
                role = choice_label(ROLE, known.role, self._words.language)
                open_end = "" if end == now else end
                found.append(Reader(name=known.name, role=role, since=since, until=open_end))
        return tuple(sorted(found, key=lambda r: (r.since, r.name)))

    def acts(self, customer: str) -> tuple[Act, ...]:
        """Return who revealed, printed or took it away, and what was done at the server."""
        own = {r.id for r in self._scope.family}
        notes = [n for i in sorted(own) for n in audit.notes(self._connection, subject=i)]
        done = [
            Act(at=n.at, by=self._name(n.actor), what=self._act(n.action), why=self._why(n.facts))
            for n in notes
        ]
        aside = [{**_brought(b), "author": b["author"]} for b in self._entries_aside()]
        seen = [
            Act(
                at=str(fields.get("at", "")),
                by=self._name(fields.get("author")),
                what=self._logged(fields, "action"),
                why=self._logged(fields, "reason"),
            )
            for fields in (*(entry.fields for entry in self._scope.log), *aside)
        ]
        return tuple(sorted([*done, *seen], key=lambda a: a.at))

    def _entries_aside(self) -> list[Mapping[str, Any]]:
        return [body for body in self._scope.aside.values() if _is_entry(body)]

    def _act(self, action: str) -> str:
        """Return what was done at the server: of the access log, or with the whole customer."""
        first, _, last = action.partition(".")
        if first == "access":
            return choice_label(ACTION, last, self._words.language)
        return self._words.say("report.act.restricted") if action == RESTRICTED else action

    def _why(self, facts: Mapping[str, Any]) -> str:
        reason = str(facts.get("reason") or "")
        return (
            choice_label(REASON, reason, self._words.language) if reason in REASON.choices else ""
        )

    def _logged(self, fields: Mapping[str, Any], name: str) -> str:
        held = Entry(id="", kind=access.KIND, parent=None, fields=dict(fields))
        return self._words.value(held, name)


def _is_entry(body: Mapping[str, Any]) -> bool:
    """Tell whether what was put aside is an entry of the access log."""
    return bool(body.get("kind") == access.KIND)


def _brought(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: pair[1] for name, pair in (body.get("fields") or {}).items()}


def _is_own(kind: str, spec: Field) -> bool:
    """Tell whether a field holds no free text, or the person's own number."""
    if spec.type not in (FieldType.TEXT, FieldType.WORDS):
        return True
    return spec.personal is Personal.MASKED and kind not in found_by.NOTES


def _own_numbers(scope: Scope) -> frozenset[str]:
    """Return the digits of every number that is this person's own."""
    values = (str(v) for r in scope.family for v in r.fields.values() if isinstance(v, str))
    exact = {_plain(v) for v in values if _DIGITS.fullmatch(v)}
    return frozenset(exact)


def without_foreign(text: str, own: Collection[str]) -> str:
    """Return `text` with the middle of every number hidden that is not one of `own`."""
    return _DIGITS.sub(lambda found: _hidden(found[0], own), text)


def _hidden(number: str, own: Iterable[str]) -> str:
    digits = _plain(number)
    if len(digits) < LEAST_DIGITS or any(digits.endswith(o) or o.endswith(digits) for o in own):
        return number
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def _plain(number: str) -> str:
    return re.sub(r"[^0-9X]", "", number.upper())
