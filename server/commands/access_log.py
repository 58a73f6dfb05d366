"""`yizhan-server access-log`: who saw, printed or took away what; is that list whole?"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from crm.domain.access_words import LOG, choice_words, what_words, why_words
from crm.domain.errors import Refused
from crm.domain.exits import ATTENTION, one_line
from crm.domain.instants import business_date, parse_instant, readable
from crm.domain.messages import line, system_language
from server.commands import leads
from server.commands.answers import Answer
from server.exchange import access_log, accounts, seen_here
from server.exchange.accept import Exchange
from server.exchange.access_log import GOOD, Log
from server.exchange.actors import NOBODY
from server.store import audit, people
from server.store import records as store
from server.store.audit import Note
from server.store.people import Person

Row = dict[str, Any]
MEMBERS = ("action", "reason", "note", "what", "count", "subject", "subject_kind", "place")


def run(exchange: Exchange, options: Namespace) -> Answer:
    """List entries and what does not fit; that somebody looked is an entry too.

    Raises: NotFound, Refused `lead.role`, `access.may_not`; UserError `login.wrong`.
    """
    lead = leads.acting(exchange, options.login)
    whose = _whose(exchange, lead, options.of)
    with exchange.database.writing() as connection:
        seen_here.note(
            connection,
            at=exchange.now(),
            actor=lead.id,
            action="reveal",
            what=LOG,
            count=len(whose),
            subject=whose[0].id if options.of else None,
        )
    with exchange.database.snapshot() as connection:
        log = access_log.read(connection, [person.id for person in whose])
        noted = audit.notes(connection, actions=seen_here.ACTIONS)
        rows = _rows(log, noted, {person.id: person for person in whose})
        rows = [row for row in rows if _is_wanted(row, options)]
    names = _names(exchange, lead, {row["subject"] for row in rows if row.get("subject")})
    by_id = {person.id: person for person in whose}
    for row in rows:
        row["subject_name"] = names.get(row.get("subject") or "", "")
    rows.sort(key=lambda row: str(row["at"]), reverse=True)
    return _answer(log, rows, by_id)


def _names(exchange: Exchange, lead: Person, subjects: Collection[str]) -> dict[str, str]:
    """Return {id: name} of those subjects that lie in a portfolio which this lead may see.

    An entry may name anybody: what the keeper of the server looked at, what a laptop made up.
    """
    with exchange.database.snapshot() as connection:
        owners = {accounts.portfolio(one.id): one for one in people.people(connection)}
        records = store.load(connection, subjects).values()
    return {
        record.id: str(record.fields.get("name") or "")
        for record in records
        if (owner := owners.get(record.stream)) and accounts.may_lead(lead, owner.branch)
    }


def _whose(exchange: Exchange, lead: Person, login: str | None) -> list[Person]:
    """Return the people whose log this lead may see. Raises: Refused `access.may_not`."""
    if login is not None:
        person = accounts.find(exchange, login)
        if not accounts.may_lead(lead, person.branch):
            raise Refused("access.may_not")
        return [person]
    with exchange.database.snapshot() as connection:
        everyone = people.people(connection)
    return [person for person in everyone if accounts.may_lead(lead, person.branch)]


def _rows(log: Log, noted: Sequence[Note], whose: Mapping[str, Person]) -> list[Row]:
    """Return entries and what these people did at the server itself, in one form.

    What the keeper of the server did without a name is everybody's to know.
    """
    rows = [
        {
            "entry": entry.id,
            "at": entry.fields.get("at"),
            "login": _login(whose, entry.fields.get("author")),
            **{name: entry.fields.get(name) for name in MEMBERS},
            "state": state,
            "where": "laptop",
        }
        for entry, state in log.entries
    ]
    return rows + [_noted(note, whose) for note in noted if _is_theirs(note, whose)]


def _noted(note: Note, whose: Mapping[str, Person]) -> Row:
    _, _, action = note.action.partition(".")
    facts = {name: note.facts.get(name) for name in MEMBERS}
    return {
        **facts,
        "entry": note.id,
        "at": note.at,
        "login": _login(whose, note.actor),
        "action": action,
        "subject": note.subject,
        "state": GOOD,
        "where": "server",
    }


def _is_theirs(note: Note, whose: Mapping[str, Person]) -> bool:
    return note.actor in whose or note.actor == NOBODY


def _login(whose: Mapping[str, Person], person: object) -> str:
    found = whose.get(str(person))
    return found.login if found else ""


def _is_wanted(row: Row, options: Namespace) -> bool:
    if options.action and row["action"] != options.action:
        return False
    if options.of and row["login"] != options.of:
        return False
    if not (options.since or options.until):
        return True
    day = business_date(parse_instant(str(row["at"])))
    return (options.since or date.min) <= day <= (options.until or date.max)


# --- what is said ---


def _answer(log: Log, rows: list[Row], whose: Mapping[str, Person]) -> Answer:
    faults = [asdict(f) | {"login": _login(whose, f.person)} for f in log.faults]
    forks = [asdict(f) | {"login": _login(whose, f.person)} for f in log.forks]
    answer = {"entries": rows, "faults": faults, "forks": forks, "waiting": log.waiting}
    text = "\n".join([*map(_line, rows), *_said(faults, forks, log.waiting, len(rows))])
    return answer, text, ATTENTION if faults else 0


def _line(row: Row) -> str:
    language = system_language()
    who = row["login"] or line("server.access.keeper")
    cells = (
        readable(str(row["at"])),
        who,
        choice_words(row, "action", language),
        str(row["count"] or ""),
        what_words(str(row["what"] or ""), language),
        row["subject_name"] or row["subject"] or "",
        why_words(row, language),
        "" if row["state"] == GOOD else line(f"server.access.{row['state']}", place=row["place"]),
    )
    return "  ".join(filter(None, cells))


def _said(faults: Iterable[Row], forks: Iterable[Row], waiting: int, count: int) -> Iterable[str]:
    told = [
        f"{fault['login']}  {one_line(fault['device'])}  "
        + line(f"server.access.{fault['what']}", place=fault["place"])
        for fault in faults
    ]
    yield from told
    for fork in forks:
        names = ("shared", "aside", "lost")
        said = line("server.access.fork", **{name: fork[name] for name in names})
        yield f"{fork['login']}  {one_line(fork['device'])}  {said}"
    if waiting:
        yield line("server.access.waiting", count=waiting)
    yield line("server.access.bad" if told else "server.access.whole", count=count)
