"""`yizhan-server dossier`: what the new manager is to know, as a PDF (docs/handover.md)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from crm.domain.access_words import DOSSIER, check_reason
from crm.domain.errors import NotFound, Refused
from crm.domain.messages import line
from crm.records.pinyin import search_key
from server.commands import leads
from server.commands.answers import Answer
from server.dossier import Case, Dossier, Entry, Handing, check_fonts, dossier_pdf
from server.exchange import seen_here
from server.exchange.accept import Exchange
from server.exchange.actors import NOBODY
from server.exchange.twins import ARCHIVE
from server.store import people
from server.store import records as store
from server.store.files import check_writable, write_private
from server.store.records import StoredRecord

HAND_OVER = "hand_over"  # the reason where none is given: what it is made for
Names = dict[str, dict[str, str]]  # portfolio: {customer: name}


def run(exchange: Exchange, options: Namespace) -> Answer:
    """Write the dossier of some customers, or of a hand-over by its number.

    Who is named stands in the access log, and so shows the password.
    Raises: Refused `dossier.what`, `access.reason`, `customer.restricted`, `lead.role`; NotFound
    `customers.unknown`, `handover.unknown`, `person.unknown`; UserError `login.wrong`.
    """
    if bool(options.customers) == bool(options.run_id):
        raise Refused("dossier.what")
    reason = check_reason(options.reason) if options.reveal or options.reason else HAND_OVER
    prepare(options.file)
    actor = leads.acting(exchange, options.login).id if options.login else NOBODY
    count = write(
        exchange,
        options.file,
        customers=options.customers,
        run_id=options.run_id,
        language=options.language,
        reveal=options.reveal,
        actor=actor,
        reason=reason,
    )
    answer = {"customers": count, "masked": not options.reveal}
    return answer, line("server.dossier.done", count=count, file=options.file.name), 0


def prepare(path: Path) -> None:
    """Find out before anything moves whether the dossier can be set and written.

    What may be there under that name stays until the new one is whole.
    Raises: FontsMissing, OSError.
    """
    check_fonts()
    if path.is_dir():
        raise IsADirectoryError(path)
    check_writable(path)


def write(
    exchange: Exchange,
    path: Path,
    *,
    customers: Sequence[str] = (),
    run_id: str | None = None,
    language: str = "zh",
    reveal: bool = False,
    actor: str = NOBODY,
    reason: str = HAND_OVER,
) -> int:
    """Write the file; return how many customers it holds. That it was made is noted first."""
    dossier = _gathered(exchange, customers, run_id)
    count, only = len(dossier.cases), customers[0] if len(customers) == 1 else None
    with exchange.database.writing() as connection:
        seen_here.note(
            connection,
            at=exchange.now(),
            actor=actor,
            action="print",
            what=DOSSIER,
            subject=only,
            count=count,
            reason=reason,
            clear=reveal,
        )
    write_private(path, dossier_pdf(dossier, language=language, reveal=reveal))
    return count


def write_run(exchange: Exchange, path: Path, run_id: str, language: str) -> None:
    """Write the dossier of a hand-over; none where it moved nobody."""
    with suppress(NotFound):
        write(exchange, path, run_id=run_id, language=language)


def _gathered(exchange: Exchange, customers: Sequence[str], run_id: str | None) -> Dossier:
    """Read everything in one snapshot."""
    with exchange.database.snapshot() as connection:
        handed = _of_run(store.of_kind(connection, "hand_over"), run_id) if run_id else []
        roots = list(dict.fromkeys([*customers, *(h.root for h in handed)]))
        families = _families(store.families(connection, roots))
        relatives = store.load(connection, _relatives(families))
        by = people.person_with(connection, handed[0].fields["by"]) if handed else None
    missing = [i for i in customers if i not in families]
    if missing:
        raise NotFound("customers.unknown", count=len(missing), first=missing[0][:40])
    stopped = {root for root, family in families.items() if _is_stopped(family)}
    if stopped and (stopped.issuperset(families) or not stopped.isdisjoint(customers)):
        raise Refused("customer.restricted", until="-")
    families = {root: family for root, family in families.items() if root not in stopped}
    names = _names(relatives.values())
    cases = [_case(family, names) for family in families.values()]
    return Dossier(
        cases=tuple(sorted(cases, key=_by_name)),
        handing=_handing(handed, by.name if by else "") if handed else None,
        printed_at=exchange.now(),
    )


def _of_run(records: Sequence[StoredRecord], run_id: str) -> list[StoredRecord]:
    handed = [r for r in records if r.fields.get("run") == run_id]
    if not handed:
        raise NotFound("handover.unknown")
    return sorted(handed, key=lambda r: (r.fields["at"], r.id))


def _families(records: Sequence[StoredRecord]) -> dict[str, list[StoredRecord]]:
    """Return living families by root, those of customers only."""
    families: dict[str, list[StoredRecord]] = {}
    for record in records:
        if not record.dead:
            families.setdefault(record.root, []).append(record)
    is_customer = {r.id for r in records if r.kind == "customer" and not r.dead}
    return {root: family for root, family in families.items() if root in is_customer}


def _is_stopped(family: Iterable[StoredRecord]) -> bool:
    """Tell whether it is kept and not used: a hand-over is printed without it."""
    return any(record.stream.startswith(ARCHIVE) for record in family)


def _relatives(families: dict[str, list[StoredRecord]]) -> set[str]:
    """Return the ids of customers that households name."""
    members = (r for family in families.values() for r in family if r.kind == "household_member")
    return {str(m.fields["customer"]) for m in members if m.fields.get("customer")}


def _names(relatives: Iterable[StoredRecord]) -> Names:
    names: Names = {}
    for relative in relatives:
        if not relative.dead:
            held = names.setdefault(relative.stream, {})
            held[relative.id] = str(relative.fields.get("name", ""))
    return names


def _case(family: Sequence[StoredRecord], names: Names) -> Case:
    """Return one customer's case; relatives are named where the same manager keeps them."""
    head = next(record for record in family if record.id == record.root)
    return Case(
        customer=_entry(head),
        family=tuple(_entry(record) for record in family if record is not head),
        names=names.get(head.stream, {}),
    )


def _by_name(case: Case) -> tuple[str, str]:
    return search_key(case.customer.text("name")), case.customer.id


def _entry(record: StoredRecord) -> Entry:
    return Entry(id=record.id, kind=record.kind, parent=record.parent, fields=record.fields)


def _handing(handed: Sequence[StoredRecord], by: str) -> Handing:
    """Return what the records of one run say together."""
    said = handed[0].fields
    givers = {str(h.fields.get("from_name") or "") for h in handed}
    worst = max(handed, key=lambda h: h.fields.get("unsynced_devices", 0)).fields
    return Handing(
        run=str(said["run"]),
        giver="、".join(sorted(filter(None, givers))),
        taker=str(said.get("to_name") or ""),
        by=by,
        at=str(said["at"]),
        reason=str(said.get("reason") or ""),
        override=str(worst.get("override") or ""),
        unsynced_devices=int(worst.get("unsynced_devices") or 0),
        unsent=int(worst.get("unsent") or 0),
    )
